//! How estimators are put together: the steps of a pipeline, the branches of a ColumnTransformer, what a search, a stack
//! or an ensemble wraps. Where fitted copies are kept beside what was given (`estimators_` beside `estimators`), the
//! fitted ones are meant.

use super::Pickled;
use super::estimator::{Attribute, Estimator, is_estimator, named};
use super::known;
use crate::pickle::{Graph, NodeId, Pickle, Value};

/// Blocks of one structure: nobody reads more, and shared estimators may be reached by endlessly many ways.
pub const MOST_BLOCKS: usize = 2000;
/// Deepest nesting that is followed. Real ones have five levels.
pub const MAX_DEPTH: usize = 32;

/// Estimators whose `fit` learns nothing: scikit-learn's tag `requires_fit` says so.
const STATELESS: &[&str] = &[
    "AdditiveChi2Sampler",
    "Binarizer",
    "FeatureHasher",
    "FunctionTransformer",
    "HashingVectorizer",
    "Normalizer",
    "PatchExtractor",
];

/// Parameters that stand for a default estimator when they are None.
const INNER: &[&str] = &["estimator", "base_estimator", "regressor", "transformer"];

/// How the parts of a block follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// It has none.
    Leaf,
    /// One gets what the other gives.
    Serial,
    /// All get the same.
    Parallel,
}

/// Whether `fit` was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fitted {
    /// It was.
    Yes,
    /// It was not.
    No,
    /// It makes no difference.
    Stateless,
    /// The file breaks off before it would say so.
    Unread,
}

/// A box of the diagram.
#[derive(Clone, Debug)]
pub struct Block {
    /// The name it has in its parent; empty for the root and for a mere group.
    pub name: String,
    /// The object; None for a group of branches.
    pub node: Option<NodeId>,
    /// (parent, position) from the root's object to this one.
    pub way: Vec<(NodeId, usize)>,
    /// The columns it gets.
    pub columns: Option<NodeId>,
    /// How many fitted copies there are of which this is the first.
    pub copies: Option<usize>,
    /// How its parts follow each other.
    pub form: Form,
    /// Its parts.
    pub children: Vec<usize>,
    /// Whether it is fitted; None for what is no estimator.
    pub fitted: Option<Fitted>,
    /// Levels above it.
    pub depth: usize,
}

/// Estimators as they are put together. The first block is the root, and parents stand before their children.
#[derive(Clone, Debug)]
pub struct Structure {
    /// All blocks.
    pub blocks: Vec<Block>,
    /// Something is missing: a limit was reached, or an estimator holds itself.
    pub cut: bool,
}

/// A part that was found.
struct Piece {
    name: String,
    node: NodeId,
    way: Vec<(NodeId, usize)>,
    columns: Option<NodeId>,
    copies: Option<usize>,
}

enum Part {
    One(Piece),
    /// Branches that stand in a row with others.
    Beside(Vec<Piece>),
}

/// True if an estimator is made of others: whether a diagram says more than its name. Looks at attributes only.
pub fn is_composite(pickled: &Pickled, node: NodeId) -> bool {
    parts(pickled, node).is_some()
}

impl Structure {
    /// The structure below `root`; None if it is no estimator made of others.
    pub fn of(pickled: &Pickled, root: NodeId) -> Option<Self> {
        parts(pickled, root)?;
        let graph = &pickled.decoded.graph;
        let mut all = Self { blocks: Vec::new(), cut: false };
        let first = Piece { name: String::new(), node: root, way: Vec::new(), columns: None, copies: None };
        // (block, its parent): explicit, since depth belongs to the file.
        let mut parents = vec![None];
        all.blocks.push(block(pickled, first, &[], 0));
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            let Some(Block { node: Some(node), way, depth, .. }) = all.blocks.get(at).cloned() else { continue };
            let mut next = parents.get(at).copied().flatten();
            let mut cycle = false;
            while let Some(i) = next {
                cycle |= all.blocks.get(i).is_some_and(|above: &Block| above.node == Some(node));
                next = parents.get(i).copied().flatten();
            }
            if !is_estimator(graph, node) {
                continue;
            }
            if cycle {
                all.cut = true;
                continue;
            }
            let Some((form, found)) = parts(pickled, node) else { continue };
            if depth >= MAX_DEPTH {
                all.cut = true;
                continue;
            }
            if let Some(block) = all.blocks.get_mut(at) {
                block.form = form;
            }
            for part in found {
                match part {
                    Part::One(piece) => open.extend(all.add(pickled, &mut parents, at, piece, &way, depth + 1)),
                    Part::Beside(pieces) => {
                        let group = Block {
                            name: String::new(),
                            node: None,
                            way: way.clone(),
                            columns: None,
                            copies: None,
                            form: Form::Parallel,
                            children: Vec::new(),
                            fitted: None,
                            depth: depth + 1,
                        };
                        let Some(group) = all.push(&mut parents, at, group) else { continue };
                        for piece in pieces {
                            open.extend(all.add(pickled, &mut parents, group, piece, &way, depth + 2));
                        }
                    }
                }
            }
        }
        all.settle(pickled);
        Some(all)
    }

    fn add(
        &mut self,
        pickled: &Pickled,
        parents: &mut Vec<Option<usize>>,
        parent: usize,
        piece: Piece,
        way: &[(NodeId, usize)],
        depth: usize,
    ) -> Option<usize> {
        self.push(parents, parent, block(pickled, piece, way, depth))
    }

    fn push(&mut self, parents: &mut Vec<Option<usize>>, parent: usize, block: Block) -> Option<usize> {
        if self.blocks.len() >= MOST_BLOCKS {
            self.cut = true;
            return None;
        }
        let at = self.blocks.len();
        self.blocks.push(block);
        parents.push(Some(parent));
        self.blocks.get_mut(parent)?.children.push(at);
        Some(at)
    }

    /// A pipeline or union has nothing fitted of its own: it is fitted where its steps are.
    fn settle(&mut self, pickled: &Pickled) {
        for at in (0..self.blocks.len()).rev() {
            let Some(block) = self.blocks.get(at) else { continue };
            if block.form == Form::Leaf || block.fitted == Some(Fitted::Yes) {
                continue;
            }
            if block.node.is_none_or(|node| has_state(pickled, node)) {
                continue;
            }
            let inner = block.children.iter().filter_map(|child| self.blocks.get(*child));
            let states: Vec<Fitted> = inner.filter_map(|child| child.fitted).collect();
            let fitted = match block.form {
                // What comes last is fitted last.
                Form::Serial => states.iter().rev().find(|state| **state != Fitted::Stateless) == Some(&Fitted::Yes),
                _ => states.contains(&Fitted::Yes) && !states.contains(&Fitted::No),
            };
            let stateless = !states.is_empty() && states.iter().all(|state| *state == Fitted::Stateless);
            if let Some(block) = self.blocks.get_mut(at) {
                block.fitted = Some(match () {
                    () if fitted => Fitted::Yes,
                    () if stateless => Fitted::Stateless,
                    () if block.fitted == Some(Fitted::Unread) => Fitted::Unread,
                    () => Fitted::No,
                });
            }
        }
    }
}

fn block(pickled: &Pickled, piece: Piece, way: &[(NodeId, usize)], depth: usize) -> Block {
    Block {
        fitted: fitted(pickled, piece.node),
        name: piece.name,
        node: Some(piece.node),
        way: way.iter().copied().chain(piece.way).collect(),
        columns: piece.columns,
        copies: piece.copies,
        form: Form::Leaf,
        children: Vec::new(),
        depth,
    }
}

/// True for composites of scikit-learn that are fitted only where they say so: a calibration may be given an estimator that
/// was fitted before.
fn has_state(pickled: &Pickled, node: NodeId) -> bool {
    let Some(estimator) = Estimator::of(pickled, node) else { return false };
    let own = known::class_of(&pickled.decoded.graph, node).is_some_and(|class| class.module.starts_with("sklearn."));
    own && !matches!(estimator.name(), "Pipeline" | "FeatureUnion" | "FrozenEstimator")
}

/// Whether an estimator is fitted, as scikit-learn's `check_is_fitted` decides it.
pub fn fitted(pickled: &Pickled, node: NodeId) -> Option<Fitted> {
    let estimator = Estimator::of(pickled, node)?;
    let graph = &pickled.decoded.graph;
    let learned = |a: &Attribute<'_>| {
        let booster = a.name == "_Booster" && !matches!(graph.value(a.node), Value::None);
        booster || a.name.ends_with('_') && !a.name.starts_with("__")
    };
    Some(match () {
        () if estimator.attributes().any(|a| learned(&a)) => Fitted::Yes,
        () if STATELESS.contains(&estimator.name()) => Fitted::Stateless,
        // What the file has not come to may be what was fitted.
        () if !pickled.decoded.top().all(Pickle::is_complete) => Fitted::Unread,
        () => Fitted::No,
    })
}

fn is_text(graph: &Graph, node: NodeId, text: &str) -> bool {
    graph.str(node) == Some(text)
}

/// What an estimator is made of; None if it is made of nothing.
fn parts(pickled: &Pickled, node: NodeId) -> Option<(Form, Vec<Part>)> {
    let graph = &pickled.decoded.graph;
    let estimator = Estimator::of(pickled, node)?;
    let attributes: Vec<Attribute<'_>> = estimator.attributes().filter(|a| !a.name.is_empty()).collect();
    let get = |name: &str| attributes.iter().rev().find(|a| a.name == name);
    // The pairs of a list that is an attribute, as pieces.
    let pairs = |name: &str| -> Option<Vec<Piece>> {
        let list = get(name)?;
        let all = named(graph, list.node)?;
        let piece = |(i, step): (usize, &super::estimator::Named<'_>)| Piece {
            name: step.name.to_owned(),
            node: step.object,
            way: vec![(node, list.position), (list.node, i), (step.pair, 1)],
            columns: step.columns,
            copies: None,
        };
        Some(all.iter().enumerate().map(piece).collect())
    };
    let one = |name: &str, found: &Attribute<'_>| Piece {
        name: name.to_owned(),
        node: found.node,
        way: vec![(node, found.position)],
        columns: None,
        copies: None,
    };
    let ones = |pieces: Vec<Piece>| pieces.into_iter().map(Part::One).collect::<Vec<_>>();
    if let Some(steps) = pairs("steps") {
        return Some((Form::Serial, ones(steps)));
    }
    if let Some(branches) = pairs("transformer_list") {
        return Some((Form::Parallel, ones(branches)));
    }
    if let Some(given) = pairs("transformers") {
        let fitted = pairs("transformers_").map(|mut fitted| {
            let nothing = |piece: &Piece| {
                piece.columns.is_some_and(|columns| graph.items(columns).is_some_and(<[NodeId]>::is_empty))
            };
            fitted.retain(|piece| !(is_text(graph, piece.node, "drop") && nothing(piece)));
            fitted
        });
        let branches = fitted.unwrap_or_else(|| {
            let rest = get("remainder").filter(|rest| !is_text(graph, rest.node, "drop"));
            given.into_iter().chain(rest.map(|rest| one("remainder", rest))).collect()
        });
        return Some((Form::Parallel, ones(branches)));
    }
    if let Some(mut given) = pairs("estimators") {
        // What was dropped has no fitted copy.
        let meant: Vec<&mut Piece> = given.iter_mut().filter(|piece| is_estimator(graph, piece.node)).collect();
        if let Some(copies) = get("estimators_")
            && let Value::List(fitted) = graph.value(copies.node)
            && fitted.len() == meant.len()
        {
            for (i, (piece, copy)) in meant.into_iter().zip(fitted).enumerate() {
                (piece.node, piece.way) = (*copy, vec![(node, copies.position), (copies.node, i)]);
            }
        }
        let Some(last) = get("final_estimator") else { return Some((Form::Parallel, ones(given))) };
        let last = get("final_estimator_").filter(|a| is_estimator(graph, a.node)).unwrap_or(last);
        let last = is_estimator(graph, last.node).then(|| Part::One(one(last.name, last)));
        return Some((Form::Serial, std::iter::once(Part::Beside(given)).chain(last).collect()));
    }
    if let Some(best) = get("best_estimator_").filter(|a| is_estimator(graph, a.node)) {
        return Some((Form::Serial, vec![Part::One(one(best.name, best))]));
    }
    let mut found: Vec<Piece> = Vec::new();
    for parameter in attributes.iter().filter(|a| a.standing.is_parameter()) {
        let given = is_estimator(graph, parameter.node);
        if !given && !INNER.contains(&parameter.name) {
            continue;
        }
        let fitted = format!("{}_", parameter.name);
        let twin = get(&fitted).filter(|a| is_estimator(graph, a.node));
        let copy = if INNER.contains(&parameter.name) { first_copy(pickled, node, &attributes) } else { None };
        let piece = match (copy, twin) {
            (Some(copy), _) => Piece { name: parameter.name.to_owned(), ..copy },
            (None, Some(twin)) => one(twin.name, twin),
            (None, None) if given => one(parameter.name, parameter),
            _ => continue,
        };
        if found.iter().all(|other| other.node != piece.node) {
            found.push(piece);
        }
    }
    let form = if found.len() > 1 { Form::Parallel } else { Form::Serial };
    (!found.is_empty()).then(|| (form, ones(found)))
}

/// The first of the fitted copies that an ensemble or a calibration keeps in a list.
fn first_copy(pickled: &Pickled, node: NodeId, attributes: &[Attribute<'_>]) -> Option<Piece> {
    let graph = &pickled.decoded.graph;
    let list = attributes.iter().find(|a| matches!(a.name, "estimators_" | "calibrated_classifiers_"))?;
    let Value::List(items) = graph.value(list.node) else { return None };
    // Where all rows had one answer, a stub stands for the estimator.
    let is_stub = |id: NodeId| known::class_of(graph, id).is_some_and(|class| &*class.name == "_ConstantPredictor");
    let (at, first) = items.iter().copied().enumerate().find(|(_, item)| !is_stub(*item))?;
    let mut piece = Piece {
        name: String::new(),
        node: first,
        way: vec![(node, list.position), (list.node, at)],
        columns: None,
        copies: Some(items.len()),
    };
    if is_estimator(graph, first) {
        return Some(piece);
    }
    // A calibrated classifier is no estimator itself, but holds one.
    let children = super::children::Children::of(graph, &pickled.known, first);
    let inner = (0..children.positions().min(100)).find_map(|position| {
        let (edge, child) = children.get(graph, position)?;
        let super::children::Edge::Attribute(key) = edge else { return None };
        let held = matches!(graph.str(key)?, "estimator" | "base_estimator") && is_estimator(graph, child);
        held.then_some((position, child))
    });
    let (position, child) = inner?;
    piece.way.push((first, position));
    piece.node = child;
    Some(piece)
}
