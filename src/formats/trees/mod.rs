//! Decision trees and ensembles of them, whichever library grew them: one model for scikit-learn, XGBoost and LightGBM.
//!
//! A format turns its own node arrays into [`TreeNode`]s and calls [`DecisionTree::new`], which follows every link before
//! anybody else does: links come from a file, so they may lead out of range, in circles, or twice to one node. What has
//! passed is a tree in the strict sense, and no later walk needs to look again.

pub mod boosters;
mod importance;
pub mod sklearn;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use crate::bytes::{Error, ErrorKind, Progress, Result, Span};

pub use importance::{Importance, Rule, forest_importance, tree_importance};

/// The question a node asks; its left child takes what answers yes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Split {
    /// None: a leaf.
    #[default]
    Leaf,
    /// feature <= value (scikit-learn, LightGBM).
    AtMost(f64),
    /// feature < value (XGBoost).
    Below(f64),
    /// The feature is one of these categories: a position in [`DecisionTree::categories`].
    In(u32),
    /// The feature is none of these categories.
    NotIn(u32),
}

/// One of two children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The first one: yes.
    Left,
    /// The second one: no.
    Right,
}

/// A node, as its file tells it. What a library does not record is None.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TreeNode {
    /// Left and right child.
    pub children: Option<[u32; 2]>,
    /// The feature it asks about.
    pub feature: Option<u32>,
    /// What it asks.
    pub split: Split,
    /// Where rows go that lack the feature.
    pub missing: Option<Side>,
    /// Training rows that reached it.
    pub samples: Option<f64>,
    /// Their weight: summed sample weights, or the cover (summed hessian) of boosting.
    pub weight: Option<f64>,
    /// Impurity of its rows.
    pub impurity: Option<f64>,
    /// What its split gained.
    pub gain: Option<f64>,
}

/// What the values of the nodes are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing that a reader should see (the targets of an isolation forest are random numbers), or there are none.
    #[default]
    Nothing,
    /// For each output the share, or the weight, of each class.
    Classes,
    /// For each output the predicted number.
    Prediction,
    /// What a leaf adds to the raw score of the ensemble, before any learning rate. Inner nodes have NaN, or a number of
    /// another kind: only leaves count.
    Score,
}

/// The values of all nodes of a tree.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    /// What they are.
    pub meaning: Meaning,
    /// Outputs a node speaks for.
    pub outputs: u32,
    /// Values an output has: one a class, else one.
    pub each: u32,
    /// `outputs * each` numbers a node. NaN where a library keeps none (inner nodes of boosting).
    pub all: Vec<f64>,
}

impl Values {
    fn stride(&self) -> usize {
        usize::try_from(u64::from(self.outputs) * u64::from(self.each)).unwrap_or(usize::MAX)
    }

    /// All values of a node, one output behind the other; empty if there are none.
    pub fn of(&self, node: u32) -> &[f64] {
        let stride = self.stride();
        let at = (node as usize).saturating_mul(stride);
        self.all.get(at..at.saturating_add(stride)).unwrap_or(&[])
    }

    /// The values that one output of a node has.
    pub fn output(&self, node: u32, output: u32) -> &[f64] {
        let each = self.each as usize;
        let at = (output as usize).saturating_mul(each);
        self.of(node).get(at..at.saturating_add(each)).unwrap_or(&[])
    }

    /// For each class its share of one output of a node; empty if these are no classes or nothing is there to share.
    /// scikit-learn stores weights before 1.3 and shares since: both give shares here.
    pub fn shares(&self, node: u32, output: u32) -> impl ExactSizeIterator<Item = f64> + Clone + '_ {
        let all = if self.meaning == Meaning::Classes { self.output(node, output) } else { &[] };
        let sum: f64 = all.iter().sum();
        let all = if sum.is_finite() && sum > 0.0 { all } else { &[] };
        all.iter().map(move |value| value / sum)
    }

    /// The class with the largest share, the first of equals, with its share.
    pub fn majority(&self, node: u32, output: u32) -> Option<(u32, f64)> {
        let mut best: Option<(u32, f64)> = None;
        for (class, share) in (0u32..).zip(self.shares(node, output)) {
            if best.is_none_or(|(_, most)| share > most) {
                best = Some((class, share));
            }
        }
        best
    }
}

/// A tree whose links have been followed: every node of [`DecisionTree::order`] is reached once, from node 0.
#[derive(Clone, Debug, Default)]
pub struct DecisionTree {
    nodes: Vec<TreeNode>,
    places: Vec<Place>,
    order: Vec<u32>,
    leaves: u32,
    depth: u32,
    /// Values of the nodes.
    pub values: Values,
    /// Sets of categories that splits name.
    pub categories: Vec<Box<[u32]>>,
    /// For leaves that are linear models, by their number.
    pub linear: BTreeMap<u32, Linear>,
}

/// A linear model in a leaf: what it predicts unless one of its features is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linear {
    /// What is added to the sum.
    pub constant: f64,
    /// Features, and what each is multiplied by.
    pub terms: Vec<(u32, f64)>,
}

/// Where a node stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// [`NOWHERE`] for the root and for what no link reaches.
    parent: u32,
    depth: u32,
}

const NOWHERE: u32 = u32::MAX;

/// Size of a tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Nodes, leaves among them.
    pub nodes: u32,
    /// Leaves.
    pub leaves: u32,
    /// Splits above the deepest leaf.
    pub depth: u32,
}

impl DecisionTree {
    /// Follows the links from node 0. `at` is where the file holds the nodes: errors point there. Nodes that no link
    /// reaches stay out of the tree (XGBoost keeps pruned ones).
    pub fn new(nodes: Vec<TreeNode>, values: Values, categories: Vec<Box<[u32]>>, at: Span) -> Result<Self> {
        let error = |message: String| Error { at, kind: ErrorKind::Header { what: "tree", message } };
        if nodes.is_empty() {
            return Err(error("it has no nodes".to_owned()));
        }
        if u32::try_from(nodes.len()).is_err() {
            return Err(Error { at, kind: ErrorKind::Limit { what: "tree nodes", limit: u64::from(u32::MAX) } });
        }
        let expected = nodes.len().checked_mul(values.stride());
        if !values.all.is_empty() && expected != Some(values.all.len()) {
            let message = format!("{} values do not fit {} nodes", values.all.len(), nodes.len());
            return Err(error(message));
        }
        let unseen = Place { parent: NOWHERE, depth: NOWHERE };
        let mut places = vec![unseen; nodes.len()];
        let mut order = Vec::with_capacity(nodes.len());
        let (mut leaves, mut deepest) = (0, 0);
        let mut open = vec![(0u32, NOWHERE, 0u32)];
        while let Some((id, parent, depth)) = open.pop() {
            let (Some(node), Some(place)) = (nodes.get(id as usize), places.get_mut(id as usize)) else {
                let message = format!("node {parent} has the child {id}, but there are {} nodes", nodes.len());
                return Err(error(message));
            };
            if place.depth != NOWHERE {
                return Err(error(format!("node {id} is reached twice, the second time from node {parent}")));
            }
            *place = Place { parent, depth };
            order.push(id);
            deepest = deepest.max(depth);
            match node.children {
                Some([left, right]) => open.extend([(right, id, depth + 1), (left, id, depth + 1)]),
                None => leaves += 1,
            }
        }
        Ok(Self { nodes, places, order, leaves, depth: deepest, values, categories, linear: BTreeMap::new() })
    }

    /// A node; None if there is no such number.
    pub fn node(&self, id: u32) -> Option<&TreeNode> {
        self.nodes.get(id as usize)
    }

    /// The root.
    pub fn root(&self) -> u32 {
        0
    }

    /// Number of nodes the file has, unreached ones included; ids lie below.
    pub fn ids(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    /// The nodes of the tree, a parent before its children, left before right.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The parent of a node.
    pub fn parent(&self, id: u32) -> Option<u32> {
        self.places.get(id as usize).map(|place| place.parent).filter(|parent| *parent != NOWHERE)
    }

    /// Splits above a node.
    pub fn depth_of(&self, id: u32) -> u32 {
        self.places.get(id as usize).map_or(0, |place| place.depth)
    }

    /// Left and right child of a node.
    pub fn children(&self, id: u32) -> Option<[u32; 2]> {
        self.node(id)?.children
    }

    /// How large it is.
    pub fn size(&self) -> Size {
        let nodes = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        Size { nodes, leaves: self.leaves, depth: self.depth }
    }

    /// What a node weighs among others: its weight, else its rows.
    pub fn weight(&self, id: u32) -> Option<f64> {
        let node = self.node(id)?;
        node.weight.or(node.samples).filter(|w| w.is_finite() && *w >= 0.0)
    }

    /// The part of the root's weight that reaches a node, between 0 and 1; None if the file does not tell.
    pub fn share(&self, id: u32) -> Option<f64> {
        let whole = self.weight(self.root())?;
        let share = self.weight(id)? / whole;
        share.is_finite().then(|| share.clamp(0.0, 1.0))
    }

    /// The nodes from the root to a node, both included, each with the side taken to it.
    pub fn path(&self, id: u32) -> Vec<(u32, Option<Side>)> {
        let mut path = Vec::new();
        let mut at = id;
        // A tree has no circles: this ends at the root.
        while let Some(parent) = self.parent(at) {
            let side = if self.children(parent).is_some_and(|[left, _]| left == at) { Side::Left } else { Side::Right };
            path.push((at, Some(side)));
            at = parent;
        }
        path.push((at, None));
        path.reverse();
        path
    }
}

/// Where the trees of an ensemble come from: read one at a time, when they are looked at.
pub trait Trees: Debug + Send + Sync {
    /// Number of trees.
    fn count(&self) -> usize;
    /// Reads a tree.
    fn tree(&self, i: usize) -> Result<DecisionTree>;
    /// What the file claims of a tree's size without its nodes being read. Only for sorting and naming.
    fn claimed(&self, i: usize) -> Option<Size>;
    /// What a tree is called among the others: `[3]`, or `[1][0]` where a round grows a tree a class.
    fn label(&self, i: usize) -> String {
        format!("[{i}]")
    }
    /// How much a tree counts among the others (AdaBoost).
    fn voice(&self, _i: usize) -> f64 {
        1.0
    }
    /// The class whose score a tree adds to, where boosting grows one tree a class.
    fn class(&self, _i: usize) -> Option<u32> {
        None
    }
}

/// An estimator made of trees.
#[derive(Clone, Debug)]
pub struct Ensemble {
    /// Its class or library: `RandomForestClassifier`, `XGBoost`.
    pub kind: Box<str>,
    /// Its trees.
    pub trees: Arc<dyn Trees>,
    /// Names of the features, as the file has them; may be empty or too few.
    pub features: Vec<Box<str>>,
    /// Names of the classes, for each output; may be empty or too few.
    pub classes: Vec<Vec<Box<str>>>,
    /// What impurity is called: `gini`.
    pub criterion: Option<Box<str>>,
    /// How the importance of a feature is found.
    pub rule: Rule,
}

impl Ensemble {
    /// The name of a feature; `feature 3` where the file has none.
    pub fn feature(&self, i: u32) -> String {
        self.features.get(i as usize).map_or_else(|| format!("feature {i}"), |name| name.to_string())
    }

    /// The name of a class of an output; `class 3` where the file has none.
    pub fn class(&self, output: u32, i: u32) -> String {
        let names = self.classes.get(output as usize);
        names.and_then(|names| names.get(i as usize)).map_or_else(|| format!("class {i}"), |name| name.to_string())
    }

    /// The sizes of all trees: as claimed where the file says, else by reading. For a job.
    pub fn sizes(&self, progress: &Progress) -> Vec<Result<Size>> {
        let n = self.trees.count();
        progress.phase("Trees", n as u64);
        let mut sizes = Vec::new();
        for i in 0..n {
            if progress.is_cancelled() {
                break;
            }
            sizes.push(self.trees.claimed(i).map_or_else(|| self.trees.tree(i).map(|tree| tree.size()), Ok));
            progress.add(1);
        }
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(left: u32, right: u32) -> TreeNode {
        TreeNode { children: Some([left, right]), split: Split::AtMost(0.5), feature: Some(0), ..TreeNode::default() }
    }

    fn tree(nodes: Vec<TreeNode>) -> Result<DecisionTree> {
        DecisionTree::new(nodes, Values::default(), Vec::new(), Span::default())
    }

    fn refused(nodes: Vec<TreeNode>) -> String {
        tree(nodes).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn links_that_make_no_tree_are_refused_with_the_node() {
        let leaf = TreeNode::default();
        assert_eq!(refused(Vec::new()), "tree: it has no nodes");
        assert_eq!(refused(vec![split(1, 7), leaf, leaf]), "tree: node 0 has the child 7, but there are 3 nodes");
        assert_eq!(refused(vec![split(0, 1), leaf]), "tree: node 0 is reached twice, the second time from node 0");
        let circle = vec![split(1, 2), split(0, 2), leaf];
        assert_eq!(refused(circle), "tree: node 0 is reached twice, the second time from node 1");
        let diamond = vec![split(1, 2), split(3, 4), split(4, 5), leaf, leaf, leaf];
        assert_eq!(refused(diamond), "tree: node 4 is reached twice, the second time from node 2");
    }

    #[test]
    fn a_chain_of_a_million_splits_is_walked() {
        let n = 1_000_000u32;
        // Node 2i splits into the leaf 2i+1 and the next node 2i+2.
        let mut nodes: Vec<TreeNode> =
            (0..n).flat_map(|i| [split(2 * i + 1, 2 * i + 2), TreeNode::default()]).collect();
        nodes.push(TreeNode::default());
        let tree = tree(nodes).unwrap();
        assert_eq!(tree.size(), Size { nodes: 2 * n + 1, leaves: n + 1, depth: n });
        assert_eq!(tree.path(2 * n).len(), n as usize + 1);
    }

    #[test]
    fn nodes_that_no_link_reaches_are_not_part_of_the_tree() {
        let leaf = TreeNode::default();
        let tree = tree(vec![split(1, 3), leaf, split(0, 0), leaf]).unwrap();
        assert_eq!((tree.order(), tree.size().nodes, tree.ids()), (&[0, 1, 3][..], 3, 4));
        assert_eq!(tree.path(3), [(0, None), (3, Some(Side::Right))]);
    }

    #[test]
    fn shares_are_the_same_from_weights_and_from_shares() {
        let values =
            Values { meaning: Meaning::Classes, outputs: 1, each: 2, all: vec![3.0, 9.0, 0.25, 0.75, 0.0, 0.0] };
        assert_eq!(values.shares(0, 0).collect::<Vec<_>>(), [0.25, 0.75]);
        assert_eq!(values.majority(1, 0), Some((1, 0.75)));
        assert_eq!(values.majority(2, 0), None);
        assert_eq!(values.output(7, 0), [0.0; 0]);
    }
}
