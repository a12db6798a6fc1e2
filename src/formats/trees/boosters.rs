//! XGBoost's and LightGBM's trees, from the documents that their models are written in. Columns of a tree are arrays that
//! are read when the tree is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::sklearn::Holds;
use super::{DecisionTree, Ensemble, Linear, Meaning, Rule, Side, Size, Split, TreeNode, Trees, Values};
use crate::array::{ArrayView, Scalar};
use crate::bytes::{Error, ErrorKind, Progress, Result, Span};
use crate::formats::Artifact;
use crate::formats::boosters::{Library, Model};
use crate::formats::lightgbm::{COLUMNS, LINEAR};
use crate::pickle::NodeId;

/// Columns of XGBoost's tree.
const XGBOOST: &[&str] = &[
    "left_children",
    "right_children",
    "split_indices",
    "split_conditions",
    "default_left",
    "sum_hessian",
    "loss_changes",
    "base_weights",
    "leaf_weights",
    "split_type",
    "categories",
    "categories_nodes",
    "categories_segments",
    "categories_sizes",
];
/// Columns of XGBoost's binary form: records.
const BINARY: &[&str] = &["nodes", "stats"];
/// Names made up for features that have none.
const NAMES: u64 = 1 << 16;

/// Whether an object is a tree of a model, or a model with trees or what holds one.
pub fn holds(artifact: &Artifact, part: usize, node: NodeId) -> Option<Holds> {
    if let Some(document) = artifact.document(part) {
        let graph = &document.pickled.decoded.graph;
        let key = |name: &str| graph.get(node, name).is_some();
        if key("left_children") || (key("nodes") && key("tree_param")) || (key("num_leaves") && key("leaf_value")) {
            return Some(Holds::One);
        }
        let model = Model::of_part(artifact, part)?;
        if model.trees() == Some(node) {
            return (!graph.items(node)?.is_empty()).then_some(Holds::Many);
        }
    }
    let model = Model::of(artifact, part, node)?;
    let trees = model.graph().items(model.trees()?)?;
    (!trees.is_empty()).then_some(Holds::Many)
}

/// The ensemble that an object belongs to, and the position of the tree that it is. For a job.
pub fn ensemble(artifact: &Artifact, part: usize, node: NodeId) -> Option<(Ensemble, Option<usize>)> {
    let holds = holds(artifact, part, node)?;
    let model = match Model::of(artifact, part, node) {
        Some(model) => model,
        None => Model::of_part(artifact, part)?,
    };
    let graph = model.graph();
    let nodes = graph.items(model.trees()?)?;
    let member = if holds == Holds::One { Some(nodes.iter().position(|tree| *tree == node)?) } else { None };
    let xgboost = model.library == Library::Xgboost;
    let stored: Vec<Stored> = nodes.iter().map(|tree| Stored::of(&model, *tree)).collect();
    let numbers = |node: Option<NodeId>| node.and_then(|node| model.numbers(node).ok()).unwrap_or_default();
    let groups = if xgboost { numbers(model.in_trees("tree_info")) } else { Vec::new() };
    let dropped = match model.get(&["gradient_booster", "weight_drop"]) {
        None => model.in_trees("weight_drop"),
        found => found,
    };
    let voices = numbers(dropped);
    let summary = model.summary();
    let mut features: Vec<Box<str>> = summary.names.into_iter().map(String::into_boxed_str).collect();
    if features.is_empty() {
        let prefix = if xgboost { "f" } else { "Column_" };
        features = (0..summary.features.unwrap_or(0).min(NAMES)).map(|i| format!("{prefix}{i}").into()).collect();
    }
    let round = usize::try_from(model.round()).unwrap_or(1).max(1);
    // A tree with vectors speaks for all of them.
    let vectors = stored.iter().any(|tree| tree.vector > 1);
    let several = !vectors && summary.classes.or(summary.targets).is_some();
    let trees = Arc::new(Boosted { trees: stored, xgboost, round, several, groups, voices });
    let rule = if xgboost { Rule::Gain } else { Rule::Splits };
    let kind = model.library.name().into();
    Some((Ensemble { kind, trees, features, classes: Vec::new(), criterion: None, rule }, member))
}

#[derive(Debug)]
struct Boosted {
    trees: Vec<Stored>,
    xgboost: bool,
    /// Trees a round.
    round: usize,
    /// There are several classes or targets.
    several: bool,
    /// XGBoost's class or target of each tree.
    groups: Vec<f64>,
    /// DART's weights of the trees.
    voices: Vec<f64>,
}

impl Trees for Boosted {
    fn count(&self) -> usize {
        self.trees.len()
    }

    fn tree(&self, i: usize) -> Result<DecisionTree> {
        let stored = self.trees.get(i).ok_or_else(|| wrong(Span::default(), "there is no such tree"))?;
        match (self.xgboost, stored.column("nodes")) {
            (true, Some(nodes)) => binary(stored, nodes),
            (true, None) => xgboost(stored),
            (false, _) => lightgbm(stored),
        }
    }

    fn claimed(&self, _i: usize) -> Option<Size> {
        None
    }

    fn label(&self, i: usize) -> String {
        if self.round > 1 { format!("[{}][{}]", i / self.round, i % self.round) } else { format!("[{i}]") }
    }

    fn voice(&self, i: usize) -> f64 {
        self.voices.get(i).copied().unwrap_or(1.0)
    }

    fn class(&self, i: usize) -> Option<u32> {
        if !self.several {
            return None;
        }
        match self.groups.get(i) {
            Some(group) => id(*group),
            None if self.round > 1 => u32::try_from(i % self.round).ok(),
            None => None,
        }
    }
}

/// A tree as the document holds it.
#[derive(Debug)]
struct Stored {
    columns: Vec<(&'static str, Column)>,
    /// Values of a leaf, where it has several.
    vector: usize,
    /// LightGBM: number of leaves.
    leaves: u64,
    at: Span,
}

#[derive(Debug)]
enum Column {
    Array(ArrayView),
    Few(Vec<f64>),
}

impl Stored {
    fn of(model: &Model<'_>, tree: NodeId) -> Self {
        let graph = model.graph();
        let names = if model.library == Library::Xgboost { [XGBOOST, BINARY] } else { [COLUMNS, LINEAR] }.concat();
        let column = |name: &&'static str| {
            let node = graph.get(tree, name)?;
            let column = match model.array(node) {
                Some(view) => Column::Array(view),
                None => Column::Few(model.numbers(node).ok()?),
            };
            Some((*name, column))
        };
        let vector = graph.get(tree, "tree_param").and_then(|param| graph.get(param, "size_leaf_vector"));
        let leaves = graph.get(tree, "num_leaves").and_then(|node| model.int(node));
        Self {
            columns: names.iter().filter_map(column).collect(),
            vector: vector.and_then(|node| model.int(node)).and_then(|n| usize::try_from(n).ok()).unwrap_or(1).max(1),
            leaves: leaves.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
            at: Span { stream: graph.stream(), start: graph.offset(tree), len: 1 },
        }
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(own, _)| *own == name).map(|(_, column)| column)
    }

    /// A column; empty if the tree has none.
    fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        match self.column(name) {
            Some(Column::Array(view)) => view.numbers(&Progress::new()),
            Some(Column::Few(all)) => Ok(all.clone()),
            None => Ok(Vec::new()),
        }
    }

    fn child(&self, value: f64, node: usize) -> Result<u32> {
        id(value).ok_or_else(|| wrong(self.at, format!("node {node} has the child {value}")))
    }
}

fn wrong(at: Span, message: impl Into<String>) -> Error {
    Error { at, kind: ErrorKind::Header { what: "tree", message: message.into() } }
}

/// A number of the file as an id: not negative, whole, and of 32 bits.
fn id(value: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (value >= 0.0 && value <= f64::from(u32::MAX)).then_some(value as u32)
}

/// The float32 that a decimal stands for: XGBoost computes in them, and JSON writes as few digits as tell them apart.
fn single(value: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "meant")]
    f64::from(value as f32)
}

fn side(left: bool) -> Side {
    if left { Side::Left } else { Side::Right }
}

fn xgboost(stored: &Stored) -> Result<DecisionTree> {
    let (left, right) = (stored.numbers("left_children")?, stored.numbers("right_children")?);
    let (feature, split) = (stored.numbers("split_indices")?, stored.numbers("split_conditions")?);
    let (default, cover, gain) =
        (stored.numbers("default_left")?, stored.numbers("sum_hessian")?, stored.numbers("loss_changes")?);
    let (kinds, sets) = (stored.numbers("split_type")?, category_sets(stored)?);
    let vector = stored.vector;
    let weights = if vector > 1 { stored.numbers("base_weights")? } else { Vec::new() };
    let leaf_weights = if vector > 1 { stored.numbers("leaf_weights")? } else { Vec::new() };
    let mut nodes = Vec::with_capacity(left.len());
    let mut values = Vec::new();
    let mut categories = Vec::new();
    let get = |all: &[f64], i: usize| all.get(i).copied();
    for (i, to) in left.iter().enumerate() {
        let mut node = TreeNode { weight: get(&cover, i).map(single), ..TreeNode::default() };
        let right = get(&right, i).unwrap_or(-1.0);
        if *to >= 0.0 {
            node.children = Some([stored.child(*to, i)?, stored.child(right, i)?]);
            node.feature = get(&feature, i).and_then(id);
            node.missing = get(&default, i).map(|left| side(left != 0.0));
            node.gain = get(&gain, i).map(single);
            node.split = Split::Below(single(get(&split, i).unwrap_or(f64::NAN)));
            if get(&kinds, i) == Some(1.0) {
                // The categories of the set go right.
                node.split = Split::NotIn(u32::try_from(categories.len()).unwrap_or(u32::MAX));
                let set = sets.iter().find(|(node, _)| *node == i).map(|(_, set)| set.clone());
                categories.push(set.unwrap_or_default());
            }
            values.extend(std::iter::repeat_n(f64::NAN, vector));
        } else if vector == 1 {
            values.push(single(get(&split, i).unwrap_or(f64::NAN)));
        } else {
            // Since 3.1 the leaves have a table of their own, and a leaf's right child is its row; before, all nodes have
            // a vector.
            let (all, row) = if leaf_weights.is_empty() { (&weights, Some(i)) } else { (&leaf_weights, row(right)) };
            let from = row.and_then(|row| row.checked_mul(vector));
            let found = from.and_then(|from| all.get(from..from.checked_add(vector)?));
            match found {
                Some(found) => values.extend(found.iter().copied().map(single)),
                None => return Err(wrong(stored.at, format!("the vector of leaf {i} is missing"))),
            }
        }
        nodes.push(node);
    }
    let outputs = u32::try_from(vector).unwrap_or(1);
    DecisionTree::new(nodes, Values { meaning: Meaning::Score, outputs, each: 1, all: values }, categories, stored.at)
}

fn row(value: f64) -> Option<usize> {
    id(value).map(|row| row as usize)
}

/// The nodes that split on categories, with these.
fn category_sets(stored: &Stored) -> Result<Vec<(usize, Box<[u32]>)>> {
    let (nodes, all) = (stored.numbers("categories_nodes")?, stored.numbers("categories")?);
    let (starts, sizes) = (stored.numbers("categories_segments")?, stored.numbers("categories_sizes")?);
    let mut sets = Vec::new();
    for ((node, start), size) in nodes.iter().zip(&starts).zip(&sizes) {
        let (Some(node), Some(start), Some(size)) = (row(*node), row(*start), row(*size)) else { continue };
        let Some(set) = start.checked_add(size).and_then(|end| all.get(start..end)) else {
            return Err(wrong(stored.at, format!("the categories of node {node} lie outside their list")));
        };
        sets.push((node, set.iter().copied().filter_map(id).collect()));
    }
    Ok(sets)
}

/// A tree of the binary form: two lists of records.
fn binary(stored: &Stored, nodes: &Column) -> Result<DecisionTree> {
    let field = |column: &Column, name: &str| -> Result<Vec<f64>> {
        let Column::Array(view) = column else { return Ok(Vec::new()) };
        let Scalar::Struct(fields) = &view.dtype().scalar else { return Ok(Vec::new()) };
        match fields.iter().find(|field| &*field.name == name).and_then(|field| view.field(field)) {
            Some(view) => view.numbers(&Progress::new()),
            None => Ok(Vec::new()),
        }
    };
    let (left, right) = (field(nodes, "left")?, field(nodes, "right")?);
    let (feature, value) = (field(nodes, "feature")?, field(nodes, "value")?);
    let (gain, cover) = match stored.column("stats") {
        Some(stats) => (field(stats, "loss_change")?, field(stats, "sum_hessian")?),
        None => (Vec::new(), Vec::new()),
    };
    const MISSING_LEFT: u32 = 1 << 31;
    let get = |all: &[f64], i: usize| all.get(i).copied();
    let mut values = Vec::new();
    let mut all = Vec::with_capacity(left.len());
    for (i, to) in left.iter().enumerate() {
        let mut node = TreeNode { weight: get(&cover, i), ..TreeNode::default() };
        let number = get(&value, i).unwrap_or(f64::NAN);
        if *to >= 0.0 {
            node.children = Some([stored.child(*to, i)?, stored.child(get(&right, i).unwrap_or(-1.0), i)?]);
            let packed = get(&feature, i).and_then(id).unwrap_or(0);
            node.feature = Some(packed & !MISSING_LEFT);
            node.missing = Some(side(packed & MISSING_LEFT != 0));
            node.gain = get(&gain, i);
            node.split = Split::Below(number);
        }
        values.push(if node.children.is_some() { f64::NAN } else { number });
        all.push(node);
    }
    DecisionTree::new(all, Values { meaning: Meaning::Score, outputs: 1, each: 1, all: values }, Vec::new(), stored.at)
}

/// LightGBM numbers inner nodes and leaves apart: a child below 0 is the leaf `-child - 1`. Here leaves follow the inner
/// nodes.
fn lightgbm(stored: &Stored) -> Result<DecisionTree> {
    /// Bits of `decision_type`.
    const CATEGORICAL: u32 = 1;
    const DEFAULT_LEFT: u32 = 2;
    let value = stored.numbers("leaf_value")?;
    let leaves = value.len();
    if leaves as u64 != stored.leaves {
        return Err(wrong(stored.at, format!("it has {leaves} leaves and claims {}", stored.leaves)));
    }
    let (left, right) = (stored.numbers("left_child")?, stored.numbers("right_child")?);
    let (feature, threshold) = (stored.numbers("split_feature")?, stored.numbers("threshold")?);
    let (kind, gain) = (stored.numbers("decision_type")?, stored.numbers("split_gain")?);
    let (bounds, bits) = (stored.numbers("cat_boundaries")?, stored.numbers("cat_threshold")?);
    let inner = left.len();
    let get = |all: &[f64], i: usize| all.get(i).copied();
    let child = |to: f64, node: usize| -> Result<u32> {
        let id =
            if to < 0.0 { id(-to - 1.0).and_then(|leaf| leaf.checked_add(u32::try_from(inner).ok()?)) } else { id(to) };
        id.ok_or_else(|| wrong(stored.at, format!("node {node} has the child {to}")))
    };
    let (counts, weights) = (stored.numbers("internal_count")?, stored.numbers("internal_weight")?);
    let (leaf_counts, leaf_weights) = (stored.numbers("leaf_count")?, stored.numbers("leaf_weight")?);
    let mut nodes = Vec::with_capacity(inner.saturating_add(leaves));
    let mut categories = Vec::new();
    for (i, to) in left.iter().enumerate() {
        let kind = get(&kind, i).and_then(id).unwrap_or(0);
        let limit = get(&threshold, i).unwrap_or(f64::NAN);
        let categorical = kind & CATEGORICAL != 0;
        let split = if categorical {
            let set = u32::try_from(categories.len()).unwrap_or(u32::MAX);
            categories.push(bit_set(&bounds, &bits, row(limit)));
            Split::In(set)
        } else {
            Split::AtMost(limit)
        };
        nodes.push(TreeNode {
            children: Some([child(*to, i)?, child(get(&right, i).unwrap_or(f64::NAN), i)?]),
            feature: get(&feature, i).and_then(id),
            split,
            // Without a rule for missing values they count as 0; categories that are missing go right.
            missing: Some(match (categorical, kind >> 2 & 3) {
                (true, _) => Side::Right,
                (false, 0) => side(0.0 <= limit),
                _ => side(kind & DEFAULT_LEFT != 0),
            }),
            samples: get(&counts, i),
            weight: get(&weights, i),
            impurity: None,
            gain: get(&gain, i),
        });
    }
    for i in 0..leaves {
        nodes.push(TreeNode { samples: get(&leaf_counts, i), weight: get(&leaf_weights, i), ..TreeNode::default() });
    }
    let mut all = stored.numbers("internal_value")?;
    all.resize(inner, f64::NAN);
    all.extend(value);
    let values = Values { meaning: Meaning::Score, outputs: 1, each: 1, all };
    let mut tree = DecisionTree::new(nodes, values, categories, stored.at)?;
    tree.linear = linear(stored, inner)?;
    Ok(tree)
}

/// The linear models of the leaves, which follow `inner` nodes. A leaf whose model has no feature has its value.
fn linear(stored: &Stored, inner: usize) -> Result<BTreeMap<u32, Linear>> {
    let (constants, counts) = (stored.numbers("leaf_const")?, stored.numbers("num_features")?);
    let (features, factors) = (stored.numbers("leaf_features")?, stored.numbers("leaf_coeff")?);
    let mut all = BTreeMap::new();
    let mut at = 0_usize;
    for (leaf, (constant, count)) in constants.iter().zip(&counts).enumerate() {
        let end = row(*count).and_then(|count| at.checked_add(count));
        let found = end.and_then(|end| features.get(at..end).zip(factors.get(at..end)));
        let Some((names, factors)) = found else {
            return Err(wrong(stored.at, format!("the linear model of leaf {leaf} needs {count} features")));
        };
        at += names.len();
        let terms = names.iter().zip(factors).map(|(feature, factor)| Some((id(*feature)?, *factor))).collect();
        let Some(terms) = terms else {
            return Err(wrong(stored.at, format!("the linear model of leaf {leaf} names no features")));
        };
        let terms: Vec<(u32, f64)> = terms;
        if let Ok(node) = u32::try_from(inner.saturating_add(leaf))
            && !terms.is_empty()
        {
            all.insert(node, Linear { constant: *constant, terms });
        }
    }
    Ok(all)
}

/// The members of the n-th set: bits in words of 32, from one boundary to the next.
fn bit_set(bounds: &[f64], words: &[f64], n: Option<usize>) -> Box<[u32]> {
    let bound = |i: usize| bounds.get(i).copied().and_then(row);
    let range = n.and_then(|n| Some(bound(n)?..bound(n.checked_add(1)?)?));
    let words = range.and_then(|range| words.get(range)).unwrap_or(&[]);
    let mut set = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let (Some(word), Ok(first)) = (id(*word), u32::try_from(i.saturating_mul(32))) else { continue };
        set.extend((0..32).filter(|bit| word >> bit & 1 == 1).map(|bit| first.saturating_add(bit)));
    }
    set.into()
}
