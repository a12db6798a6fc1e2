//! scikit-learn's trees: `Tree` objects with their array of 56 or 64 bytes a node, the `TreePredictor` of histogram
//! boosting, and the estimators that hold one or many of them. The layouts are those of `sklearn/tree/_tree.pyx` and
//! `sklearn/ensemble/_hist_gradient_boosting/common.pyx`; module paths of every version are taken.

use std::sync::Arc;

use super::{DecisionTree, Ensemble, Meaning, Rule, Side, Size, Split, TreeNode, Trees, Values};
use crate::array::{ArrayRef, ArrayView, Elements, Scalar};
use crate::bytes::{Error, ErrorKind, Progress, Result, Span};
use crate::formats::children::object_items;
use crate::formats::{Artifact, Pickled};
use crate::pickle::{Graph, Kind, NodeId, Value};

/// What an object is, as far as trees go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// One tree.
    One,
    /// Several.
    Many,
}

/// Whether an object is a tree or holds trees. Looks at names, and at the first members only: this is asked at every
/// selection.
pub fn holds(artifact: &Artifact, part: usize, node: NodeId) -> Option<Holds> {
    let pickled = artifact.pickled(part)?;
    let find = Find { artifact, part, pickled };
    if find.one(node).is_some() {
        return Some(Holds::One);
    }
    find.first(node).is_some().then_some(Holds::Many)
}

/// The ensemble an object is (one tree is an ensemble of one), and the position of the tree that the object itself is,
/// if it belongs to a larger one. For a job: reads names, and looks through all objects for the owner of a tree.
pub fn ensemble(artifact: &Artifact, part: usize, node: NodeId) -> Option<(Ensemble, Option<usize>)> {
    let pickled = artifact.pickled(part)?;
    let find = Find { artifact, part, pickled };
    if find.one(node).is_none() {
        return Some((find.many(node)?, None));
    }
    let mut estimator = node;
    // A bare Tree: its estimator knows what it predicts.
    if find.tree_of(node).is_none()
        && let Some(owner) = find.objects().find(|id| find.graph().attribute(*id, "tree_") == Some(node))
    {
        estimator = owner;
    }
    for owner in find.objects() {
        if let Some(i) = find.members(owner).and_then(|members| members.nodes.iter().position(|id| *id == estimator)) {
            return Some((find.many(owner)?, Some(i)));
        }
    }
    Some((find.single(estimator)?, None))
}

/// A tree as the file holds it: arrays that have not been read.
#[derive(Clone, Debug)]
struct Stored {
    nodes: ArrayRef,
    /// `values` of a Tree, `raw_left_cat_bitsets` of a TreePredictor.
    second: Option<ArrayRef>,
    boosted: bool,
    size: Option<Size>,
    /// Which features of the ensemble are this tree's, in its own order (bagging).
    features: Option<ArrayRef>,
}

#[derive(Debug)]
struct Forest {
    trees: Vec<Result<Stored>>,
    meaning: Meaning,
    /// Trees a round, where boosting grows one a class.
    round: usize,
    /// AdaBoost's weights of its members.
    voices: Vec<f64>,
}

impl Trees for Forest {
    fn count(&self) -> usize {
        self.trees.len()
    }

    fn tree(&self, i: usize) -> Result<DecisionTree> {
        match self.trees.get(i) {
            Some(Ok(stored)) if stored.boosted => boosted(stored),
            Some(Ok(stored)) => grown(stored, self.meaning),
            Some(Err(error)) => Err(error.clone()),
            None => Err(wrong(Span::default(), "there is no such tree")),
        }
    }

    fn claimed(&self, i: usize) -> Option<Size> {
        self.trees.get(i)?.as_ref().ok()?.size
    }

    fn label(&self, i: usize) -> String {
        if self.round > 1 { format!("[{}][{}]", i / self.round, i % self.round) } else { format!("[{i}]") }
    }

    fn voice(&self, i: usize) -> f64 {
        self.voices.get(i).copied().unwrap_or(1.0)
    }

    fn class(&self, i: usize) -> Option<u32> {
        if self.round > 1 { u32::try_from(i % self.round).ok() } else { None }
    }
}

fn wrong(at: Span, message: impl Into<String>) -> Error {
    Error { at, kind: ErrorKind::Header { what: "tree", message: message.into() } }
}

/// The members of an ensemble, in order.
struct Members<'g> {
    nodes: Vec<NodeId>,
    round: usize,
    features: &'g [NodeId],
}

struct Find<'a> {
    artifact: &'a Artifact,
    part: usize,
    pickled: &'a Pickled,
}

impl<'a> Find<'a> {
    fn graph(&self) -> &'a Graph {
        &self.pickled.decoded.graph
    }

    fn objects(&self) -> impl Iterator<Item = NodeId> + use<'a> {
        let graph = self.graph();
        graph.ids().filter(|id| graph.kind(*id) == Kind::Object)
    }

    fn array(&self, node: NodeId) -> Option<&'a ArrayRef> {
        self.artifact.arrays.get(self.artifact.array_of(self.part, node)?)
    }

    /// The nodes array of a Tree or TreePredictor.
    fn nodes_array(&self, node: NodeId) -> Option<&'a ArrayRef> {
        let class = self.graph().class(node)?;
        let grown = &*class.name == "Tree" && class.module.ends_with("_tree");
        if !grown && &*class.name != "TreePredictor" {
            return None;
        }
        self.array(self.graph().attribute(node, "nodes")?)
    }

    /// The Tree of an estimator that has one.
    fn tree_of(&self, estimator: NodeId) -> Option<NodeId> {
        self.graph().attribute(estimator, "tree_").filter(|tree| self.nodes_array(*tree).is_some())
    }

    /// The Tree or TreePredictor that an object is or has.
    fn one(&self, node: NodeId) -> Option<NodeId> {
        self.graph().object(node)?;
        if self.nodes_array(node).is_some() { Some(node) } else { self.tree_of(node) }
    }

    /// Items of a list or tuple, or of an array of objects.
    fn items(&self, node: NodeId) -> Option<&'a [NodeId]> {
        self.graph().items(node).or_else(|| object_items(self.graph(), &self.pickled.known, node))
    }

    /// The first tree of an ensemble.
    fn first(&self, node: NodeId) -> Option<NodeId> {
        let graph = self.graph();
        graph.object(node)?;
        let list = graph.attribute(node, "estimators_").or_else(|| graph.attribute(node, "_predictors"))?;
        let first = *self.items(list)?.first()?;
        let first = self.graph().items(first).map_or(Some(first), |round| round.first().copied())?;
        self.one(first)
    }

    fn members(&self, node: NodeId) -> Option<Members<'a>> {
        self.first(node)?;
        let graph = self.graph();
        let features = graph.attribute(node, "estimators_features_").and_then(|list| self.items(list)).unwrap_or(&[]);
        if let Some(list) = graph.attribute(node, "estimators_") {
            // Gradient boosting: an array of objects, (rounds, classes).
            let round = self.array(list).and_then(|array| array.shape.get(1)).and_then(|n| usize::try_from(*n).ok());
            return Some(Members { nodes: self.items(list)?.to_vec(), round: round.unwrap_or(1).max(1), features });
        }
        let rounds = self.items(graph.attribute(node, "_predictors")?)?;
        let mut nodes = Vec::new();
        let mut round = 1;
        for item in rounds {
            let members = self.items(*item).unwrap_or(&[]);
            round = members.len().max(round);
            nodes.extend_from_slice(members);
        }
        Some(Members { nodes, round, features: &[] })
    }

    fn stored(&self, member: NodeId, features: Option<NodeId>) -> Result<Stored> {
        let graph = self.graph();
        let at = Span { stream: graph.stream(), start: graph.offset(member), len: 0 };
        let tree = self.one(member).ok_or_else(|| wrong(at, "this estimator has none"))?;
        let nodes = self.nodes_array(tree).ok_or_else(|| wrong(at, "its nodes are no array"))?.clone();
        let boosted = graph.class(tree).is_some_and(|class| &*class.name == "TreePredictor");
        let second = if boosted { "raw_left_cat_bitsets" } else { "values" };
        let second = graph.attribute(tree, second).and_then(|id| self.array(id)).cloned();
        let number =
            |name| graph.attribute(tree, name).and_then(|id| graph.int(id)).and_then(|n| u32::try_from(n).ok());
        // In a binary tree every split adds one leaf.
        let size = number("node_count").zip(number("max_depth")).map(|(nodes, depth)| Size {
            nodes,
            leaves: nodes / 2 + nodes % 2,
            depth,
        });
        Ok(Stored { nodes, second, boosted, size, features: features.and_then(|id| self.array(id)).cloned() })
    }

    fn many(&self, node: NodeId) -> Option<Ensemble> {
        let members = self.members(node)?;
        let features = |i: usize| members.features.get(i).copied();
        let trees = members.nodes.iter().enumerate().map(|(i, member)| self.stored(*member, features(i))).collect();
        let class = self.graph().class(node)?;
        let boosting = class.name.contains("GradientBoosting");
        let meaning = match &*class.name {
            _ if boosting => Meaning::Score,
            "IsolationForest" | "RandomTreesEmbedding" => Meaning::Nothing,
            _ => self.meaning(*members.nodes.first()?),
        };
        let voices = self.graph().attribute(node, "estimator_weights_").and_then(|id| self.array(id)?.view());
        let voices = voices.and_then(|view| view.numbers(&Progress::new()).ok()).unwrap_or_default();
        let mut ensemble = self.named(node, Forest { trees, meaning, round: members.round, voices })?;
        ensemble.features = self.reordered(node, ensemble.features);
        // What the members know stands in for what the ensemble does not say.
        let first = *members.nodes.first()?;
        ensemble.criterion =
            ensemble.criterion.filter(|name| &**name != "deprecated").or_else(|| self.text(first, "criterion"));
        ensemble.rule = match (self.graph().attribute(node, "_predictors"), boosting, &*class.name) {
            (Some(_), _, _) => Rule::Gain,
            (None, true, _) => Rule::ImpuritySum,
            (None, false, "IsolationForest" | "RandomTreesEmbedding") => Rule::Splits,
            _ => Rule::ImpurityMean,
        };
        Some(ensemble)
    }

    fn single(&self, node: NodeId) -> Option<Ensemble> {
        let trees = vec![self.stored(node, None)];
        let boosted = matches!(trees.first(), Some(Ok(Stored { boosted: true, .. })));
        let mut ensemble =
            self.named(node, Forest { trees, meaning: self.meaning(node), round: 1, voices: Vec::new() })?;
        if boosted {
            ensemble.rule = Rule::Gain;
        }
        Some(ensemble)
    }

    /// What the values of a member mean.
    fn meaning(&self, member: NodeId) -> Meaning {
        let graph = self.graph();
        let Some(tree) = self.one(member) else { return Meaning::Nothing };
        if graph.class(tree).is_some_and(|class| &*class.name == "TreePredictor") {
            return Meaning::Score;
        }
        let values = graph.attribute(tree, "values").and_then(|id| self.array(id));
        let several = values.and_then(|values| values.shape.get(2)).is_some_and(|each| *each > 1);
        if several || graph.attribute(member, "classes_").is_some() { Meaning::Classes } else { Meaning::Prediction }
    }

    /// An ensemble with the names that an estimator has.
    fn named(&self, node: NodeId, trees: Forest) -> Option<Ensemble> {
        let graph = self.graph();
        let features = graph.attribute(node, "feature_names_in_").map(|id| self.names(id)).unwrap_or_default();
        let classes = graph.attribute(node, "classes_").map(|id| self.classes(id)).unwrap_or_default();
        Some(Ensemble {
            kind: graph.class(node)?.name.clone(),
            trees: Arc::new(trees),
            features,
            classes,
            criterion: self.text(node, "criterion"),
            rule: Rule::ImpurityMean,
        })
    }

    /// The features as histogram boosting numbers them: since 1.4 its encoder puts the categorical ones first.
    fn reordered(&self, node: NodeId, features: Vec<Box<str>>) -> Vec<Box<str>> {
        let graph = self.graph();
        let encoded = graph.attribute(node, "_preprocessor").is_some_and(|id| graph.kind(id) == Kind::Object);
        let flags = graph.attribute(node, "is_categorical_").filter(|_| encoded).and_then(|id| self.array(id)?.view());
        let Some(flags) = flags.and_then(|view| view.numbers(&Progress::new()).ok()) else { return features };
        let features = match features.len() {
            0 => (0..flags.len()).map(|i| format!("feature {i}").into()).collect(),
            n if n == flags.len() => features,
            _ => return features,
        };
        let (first, second): (Vec<_>, Vec<_>) = features.into_iter().zip(flags).partition(|(_, flag)| *flag != 0.0);
        first.into_iter().chain(second).map(|(name, _)| name).collect()
    }

    fn text(&self, node: NodeId, name: &str) -> Option<Box<str>> {
        let id = self.graph().attribute(node, name)?;
        crate::formats::arrays::any_text(self.graph(), id).map(|text| text.into_owned().into_boxed_str())
    }

    /// The classes of each output: one array, or a list of them.
    fn classes(&self, node: NodeId) -> Vec<Vec<Box<str>>> {
        match self.graph().value(node) {
            Value::List(outputs) => outputs.iter().map(|id| self.names(*id)).collect(),
            _ => vec![self.names(node)],
        }
    }

    /// The elements of an array as text, strings without their quotes.
    fn names(&self, node: NodeId) -> Vec<Box<str>> {
        let graph = self.graph();
        let text = |id: NodeId| -> Box<str> {
            let written = match graph.value(id) {
                Value::Int(i) => i.to_string(),
                Value::Bool(b) => if b { "True" } else { "False" }.to_owned(),
                Value::Float(f) => crate::pickle::text::float_repr(f),
                _ => crate::formats::arrays::any_text(graph, id).unwrap_or("?".into()).into_owned(),
            };
            written.into()
        };
        if let Some(items) = self.items(node) {
            return items.iter().map(|id| text(*id)).collect();
        }
        let Some(view) = self.array(node).and_then(ArrayRef::view) else { return Vec::new() };
        let written = |i: u64| view.text(&[i]).ok();
        let bare = |text: String| -> Box<str> {
            let quoted = matches!(view.dtype().scalar, Scalar::Str | Scalar::Bytes);
            let text = if quoted { text.trim_start_matches('b').trim_matches('\'') } else { &text };
            text.into()
        };
        // Few names of a million classes help anybody; the others are numbered.
        (0..view.len().min(NAMES)).map_while(written).map(bare).collect()
    }
}

/// Names kept of an array.
const NAMES: u64 = 100_000;

/// One field of the nodes as numbers; None if the file's version lacks it.
fn column(view: &ArrayView, name: &str) -> Result<Option<Vec<f64>>> {
    let Scalar::Struct(fields) = &view.dtype().scalar else {
        return Err(wrong(view.bytes().span(0, 0), "its nodes are no records"));
    };
    match fields.iter().find(|field| &*field.name == name).and_then(|field| view.field(field)) {
        Some(column) => column.numbers(&Progress::new()).map(Some),
        None => Ok(None),
    }
}

fn needed(view: &ArrayView, name: &str) -> Result<Vec<f64>> {
    column(view, name)?.ok_or_else(|| wrong(view.bytes().span(0, 0), format!("its nodes have no field {name}")))
}

fn view_of(array: &ArrayRef) -> Result<ArrayView> {
    match (array.view(), &array.elements) {
        (Some(view), _) => Ok(view),
        (None, Elements::Missing(error)) => Err(error.clone()),
        _ => Err(wrong(array.span, "its arrays cannot be read")),
    }
}

/// A number of the file as an id: not negative, whole, and of 32 bits.
fn id(value: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (value >= 0.0 && value <= f64::from(u32::MAX)).then_some(value as u32)
}

fn child(value: f64, node: usize, at: Span) -> Result<u32> {
    id(value).ok_or_else(|| wrong(at, format!("node {node} has the child {value}")))
}

/// The numbers of the ensemble's features that are this tree's.
fn feature_map(stored: &Stored) -> Result<Option<Vec<f64>>> {
    match &stored.features {
        Some(array) => view_of(array)?.numbers(&Progress::new()).map(Some),
        None => Ok(None),
    }
}

/// A `Tree`.
fn grown(stored: &Stored, meaning: Meaning) -> Result<DecisionTree> {
    let at = stored.nodes.span;
    let view = view_of(&stored.nodes)?;
    let (left, right) = (needed(&view, "left_child")?, needed(&view, "right_child")?);
    let (feature, threshold) = (needed(&view, "feature")?, needed(&view, "threshold")?);
    let impurity = column(&view, "impurity")?;
    let (samples, weight) = (column(&view, "n_node_samples")?, column(&view, "weighted_n_node_samples")?);
    let missing = column(&view, "missing_go_to_left")?;
    let map = feature_map(stored)?;
    let get = |all: &Option<Vec<f64>>, i: usize| all.as_ref().and_then(|all| all.get(i)).copied();
    let mut nodes = Vec::with_capacity(left.len());
    for (i, (left, right)) in left.iter().zip(&right).enumerate() {
        let mut node = TreeNode {
            impurity: get(&impurity, i),
            samples: get(&samples, i),
            weight: get(&weight, i),
            ..TreeNode::default()
        };
        // TREE_LEAF is -1, for both.
        if *left >= 0.0 || *right >= 0.0 {
            node.children = Some([child(*left, i, at)?, child(*right, i, at)?]);
            let own = feature.get(i).copied().and_then(id);
            node.feature = match &map {
                Some(map) => own.and_then(|own| map.get(own as usize)).copied().and_then(id),
                None => own,
            };
            node.split = Split::AtMost(threshold.get(i).copied().unwrap_or(f64::NAN));
            node.missing = get(&missing, i).map(|left| if left == 0.0 { Side::Right } else { Side::Left });
        }
        nodes.push(node);
    }
    let values = match (&stored.second, meaning) {
        (_, Meaning::Nothing) | (None, _) => Values::default(),
        (Some(array), _) => {
            let side = |axis: usize| array.shape.get(axis).copied().and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
            Values { meaning, outputs: side(1), each: side(2), all: view_of(array)?.numbers(&Progress::new())? }
        }
    };
    DecisionTree::new(nodes, values, Vec::new(), at)
}

/// A `TreePredictor` of histogram boosting.
fn boosted(stored: &Stored) -> Result<DecisionTree> {
    let at = stored.nodes.span;
    let view = view_of(&stored.nodes)?;
    let (left, right) = (needed(&view, "left")?, needed(&view, "right")?);
    let (leaf, feature) = (needed(&view, "is_leaf")?, needed(&view, "feature_idx")?);
    // `threshold` before 0.24.
    let threshold = match column(&view, "num_threshold")? {
        Some(found) => found,
        None => needed(&view, "threshold")?,
    };
    let (value, count, gain) = (needed(&view, "value")?, column(&view, "count")?, column(&view, "gain")?);
    let missing = column(&view, "missing_go_to_left")?;
    let (categorical, bitset) = (column(&view, "is_categorical")?, column(&view, "bitset_idx")?);
    let bitsets = match &stored.second {
        Some(array) => view_of(array)?.numbers(&Progress::new())?,
        None => Vec::new(),
    };
    let get = |all: &Option<Vec<f64>>, i: usize| all.as_ref().and_then(|all| all.get(i)).copied();
    let mut nodes = Vec::with_capacity(leaf.len());
    let mut categories: Vec<Box<[u32]>> = Vec::new();
    for (i, is_leaf) in leaf.iter().enumerate() {
        let mut node = TreeNode { samples: get(&count, i), ..TreeNode::default() };
        if *is_leaf == 0.0 {
            let side = |all: &[f64]| child(all.get(i).copied().unwrap_or(f64::NAN), i, at);
            node.children = Some([side(&left)?, side(&right)?]);
            node.feature = feature.get(i).copied().and_then(id);
            node.missing = get(&missing, i).map(|left| if left == 0.0 { Side::Right } else { Side::Left });
            node.gain = get(&gain, i);
            node.split = Split::AtMost(threshold.get(i).copied().unwrap_or(f64::NAN));
            if get(&categorical, i).is_some_and(|yes| yes != 0.0) {
                node.split = Split::In(u32::try_from(categories.len()).unwrap_or(u32::MAX));
                categories.push(set(&bitsets, get(&bitset, i).and_then(id)));
            }
        }
        nodes.push(node);
    }
    let values = Values { meaning: Meaning::Score, outputs: 1, each: 1, all: value };
    DecisionTree::new(nodes, values, categories, at)
}

/// The members of a bitset: eight words of 32 bits.
fn set(bitsets: &[f64], which: Option<u32>) -> Box<[u32]> {
    const WORDS: usize = 8;
    let from = which.map_or(usize::MAX, |i| (i as usize).saturating_mul(WORDS));
    let words = bitsets.get(from..from.saturating_add(WORDS)).unwrap_or(&[]);
    let mut members = Vec::new();
    for (base, word) in (0u32..).step_by(32).zip(words) {
        let word = id(*word).unwrap_or(0);
        members.extend((0..32).filter(|bit| word >> bit & 1 == 1).map(|bit| base + bit));
    }
    members.into()
}
