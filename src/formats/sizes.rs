//! What objects hold, measured once when a file is opened: bytes of the arrays below them, and how often an object is
//! referred to. A tree then only looks the numbers up.

use std::collections::{HashMap, HashSet};

use super::walk::Walk;
use super::{Artifact, Pickled};
use crate::pickle::{Kind, NodeId};

/// Nodes of a pickle above which nothing is measured: it would take longer than reading the file.
const MOST_NODES: usize = 4_000_000;

/// Objects above an array that count it. Thousands of arrays in ten thousand levels of lists are no tree to be read.
const LEVELS: usize = 64;

/// Sizes and numbers of references of the objects of an artifact.
#[derive(Clone, Debug, Default)]
pub struct Sizes {
    bytes: HashMap<(usize, NodeId), u64>,
    references: HashMap<(usize, NodeId), u32>,
}

impl Sizes {
    /// Measures everything.
    pub fn of(artifact: &Artifact) -> Self {
        let mut sizes = Self::default();
        for (part, _, pickled) in artifact.pickles() {
            if pickled.decoded.graph.len() <= MOST_NODES {
                sizes.add_references(part, pickled);
                if artifact.arrays.iter().any(|array| array.part == part && array.node.is_some()) {
                    sizes.add_bytes(artifact, part, pickled);
                }
            }
        }
        sizes
    }

    /// Bytes of the arrays below an object. What several refer to counts where it is reached first.
    pub fn bytes(&self, part: usize, node: NodeId) -> Option<u64> {
        self.bytes.get(&(part, node)).copied()
    }

    /// How many places refer to an object that was fetched from the memo; None if that was not counted.
    pub fn references(&self, part: usize, node: NodeId) -> Option<u32> {
        self.references.get(&(part, node)).copied()
    }

    fn add_references(&mut self, part: usize, pickled: &Pickled) {
        let graph = &pickled.decoded.graph;
        let counted = |id: &NodeId| {
            graph.is_shared(*id)
                && matches!(graph.kind(*id), Kind::List | Kind::Dict | Kind::Set | Kind::Object | Kind::ByteArray)
        };
        if !graph.ids().any(|id| counted(&id)) {
            return;
        }
        let mut references = Vec::new();
        for id in graph.ids() {
            references.clear();
            graph.references(id, &mut references);
            for target in references.iter().filter(|id| counted(id)) {
                *self.references.entry((part, *target)).or_default() += 1;
            }
        }
    }

    fn add_bytes(&mut self, artifact: &Artifact, part: usize, pickled: &Pickled) {
        let graph = &pickled.decoded.graph;
        let mut walk = Walk::new(graph, &pickled.known);
        let mut seen = HashSet::new();
        for pickle in pickled.decoded.top() {
            let Some(root) = pickle.root.filter(|root| walk.enter(*root, "")) else { continue };
            let mut next = Some(root);
            while let Some(node) = next {
                let array = artifact.array_of(part, node).and_then(|i| artifact.arrays.get(i));
                // Tied tensors are two objects and one set of elements.
                let new = array.is_some_and(|array| {
                    array.storage.as_ref().is_none_or(|key| seen.insert((key, array.span.start, &array.shape)))
                });
                if let Some(bytes) = array.filter(|_| new).and_then(|array| array.nbytes()) {
                    for above in walk.above().take(LEVELS) {
                        let sum = self.bytes.entry((part, above)).or_default();
                        *sum = sum.saturating_add(bytes);
                    }
                }
                next = walk.advance();
            }
        }
    }
}
