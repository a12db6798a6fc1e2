//! Decision trees as they are looked at: names, sentences, places and colours by meaning. What they are is found in
//! `formats::trees`; the window only paints.

pub mod layout;
pub mod tile;
pub mod tone;
pub mod words;

use std::sync::Arc;

use crate::bytes::{Progress, Result};
use crate::formats::Artifact;
use crate::formats::trees::{DecisionTree, Ensemble, Importance, Size, boosters, sklearn, tree_importance};
use crate::pickle::NodeId;
use layout::Layout;
use tone::{Tone, Tones};

/// An ensemble of trees, or a single one, before any tree is drawn.
#[derive(Debug)]
pub struct Grove {
    /// The trees.
    pub ensemble: Arc<Ensemble>,
    /// The tree that was selected, where the selection is a member of a larger ensemble.
    pub member: Option<usize>,
    /// How large each tree is, as the file claims or as it was read; fewer than there are trees if reading was stopped.
    pub sizes: Vec<Result<Size>>,
    /// Fewest and most leaves of a tree.
    pub leaves: (u32, u32),
    /// Splits above the deepest leaf of all.
    pub depth: u32,
    /// Facts of all trees in a line: `200 trees · 2,264 nodes · depth 3 to 9`.
    pub facts: String,
}

/// What trees are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SortBy {
    /// As in the file.
    #[default]
    Index,
    /// Deepest first.
    Depth,
    /// Most nodes first.
    Nodes,
}

impl Grove {
    /// Finds the trees of an object of a pickle; None if it has none. For a job.
    pub fn of_object(artifact: &Artifact, part: usize, node: NodeId, progress: &Progress) -> Option<Self> {
        let found = sklearn::ensemble(artifact, part, node).or_else(|| boosters::ensemble(artifact, part, node));
        let (ensemble, member) = found?;
        Some(Self::new(ensemble, member, progress))
    }

    /// For a job: sizes that the file does not tell are read.
    pub fn new(ensemble: Ensemble, member: Option<usize>, progress: &Progress) -> Self {
        let sizes = ensemble.sizes(progress);
        let leaves = || sizes.iter().filter_map(|size| size.as_ref().ok()).map(|size| size.leaves);
        let leaves = (leaves().min().unwrap_or(0), leaves().max().unwrap_or(0));
        let depth = sizes.iter().filter_map(|size| size.as_ref().ok()).map(|size| size.depth).max().unwrap_or(0);
        let facts = words::grove_facts(ensemble.trees.count(), &sizes);
        Self { ensemble: Arc::new(ensemble), member, sizes, leaves, depth, facts }
    }

    /// The tree to show at once: the one selected, or the only one.
    pub fn first_shown(&self) -> Option<usize> {
        self.member.or((self.ensemble.trees.count() == 1).then_some(0))
    }

    /// The order of the trees. Those that cannot be read come last.
    pub fn order(&self, by: SortBy) -> Vec<u32> {
        let n = u32::try_from(self.ensemble.trees.count()).unwrap_or(u32::MAX);
        let mut order: Vec<u32> = (0..n).collect();
        let size = |i: &u32| self.sizes.get(*i as usize).and_then(|size| size.as_ref().ok());
        match by {
            SortBy::Index => {}
            SortBy::Depth => order.sort_by_key(|i| std::cmp::Reverse(size(i).map(|size| (size.depth, size.nodes)))),
            SortBy::Nodes => order.sort_by_key(|i| std::cmp::Reverse(size(i).map(|size| (size.nodes, size.depth)))),
        }
        order
    }
}

/// A tree, laid out.
#[derive(Debug)]
pub struct Drawn {
    /// Its number in the ensemble.
    pub index: usize,
    /// The output whose values are shown.
    pub output: u32,
    /// The tree.
    pub tree: DecisionTree,
    /// Where its boxes stand.
    pub layout: Layout,
    /// The scale of its colours.
    pub scale: Tones,
    /// The colour of each node by its number.
    pub tones: Vec<Tone>,
    /// What it splits on.
    pub importance: Vec<Importance>,
}

impl Drawn {
    /// Reads and lays out a tree of an ensemble. For a job.
    pub fn new(ensemble: &Ensemble, index: usize, output: u32) -> Result<Self> {
        let tree = ensemble.trees.tree(index)?;
        let layout = Layout::new(&tree);
        let scale = Tones::new(&tree, output);
        let mut tones = vec![Tone::default(); tree.ids() as usize];
        for id in tree.order() {
            if let Some(place) = tones.get_mut(*id as usize) {
                *place = scale.of(&tree, *id);
            }
        }
        let importance = tree_importance(&tree, ensemble.rule);
        Ok(Self { index, output, tree, layout, scale, tones, importance })
    }

    /// The colour of a node.
    pub fn tone(&self, id: u32) -> Tone {
        self.tones.get(id as usize).copied().unwrap_or_default()
    }
}
