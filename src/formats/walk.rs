//! Walks a graph in pre-order, each object once, by the first path that reaches it: the order in which arrays are
//! listed and named. The stack is explicit and holds the path, so that depth costs 16 bytes a level.

use super::children::{Children, Edge};
use super::known::Known;
use crate::pickle::{Graph, Kind, NodeId};

/// A walk from one root.
pub struct Walk<'g> {
    graph: &'g Graph,
    known: &'g Known,
    seen: Vec<u64>,
    /// (node, next position among its children)
    stack: Vec<(NodeId, usize)>,
    prefix: String,
}

impl<'g> Walk<'g> {
    /// Starts at nothing: call [`Walk::enter`].
    pub fn new(graph: &'g Graph, known: &'g Known) -> Self {
        Self { graph, known, seen: vec![0; graph.len() / 64 + 1], stack: Vec::new(), prefix: String::new() }
    }

    /// Begins at `root`, whose path is `prefix`. What earlier roots reached is not visited again. False if `root`
    /// itself was.
    pub fn enter(&mut self, root: NodeId, prefix: &str) -> bool {
        prefix.clone_into(&mut self.prefix);
        self.stack.clear();
        if !self.visit(root) {
            return false;
        }
        self.stack.push((root, 0));
        true
    }

    fn visit(&mut self, id: NodeId) -> bool {
        match self.seen.get_mut(id.index() / 64) {
            Some(word) if *word >> (id.index() % 64) & 1 == 0 => {
                *word |= 1 << (id.index() % 64);
                true
            }
            _ => false,
        }
    }

    /// The next node that may have children or meaning of its own; plain leaves are passed over.
    pub fn advance(&mut self) -> Option<NodeId> {
        loop {
            let (node, position) = *self.stack.last()?;
            let children = Children::of(self.graph, self.known, node);
            let mut position = position;
            let mut found = None;
            while position < children.positions() {
                let child = children.get(self.graph, position);
                position += 1;
                if let Some((_, child)) = child
                    && !is_leaf(self.graph.kind(child))
                    && self.visit(child)
                {
                    found = Some(child);
                    break;
                }
            }
            if let Some(top) = self.stack.last_mut() {
                top.1 = position;
            }
            match found {
                Some(child) => {
                    self.stack.push((child, 0));
                    return Some(child);
                }
                None => {
                    self.stack.pop();
                }
            }
        }
    }

    /// The steps from the root to the node last given.
    pub fn edges(&self) -> Vec<Edge> {
        let steps = self.stack.len().saturating_sub(1);
        let above = self.stack.iter().take(steps);
        above
            .filter_map(|(node, position)| {
                let children = Children::of(self.graph, self.known, *node);
                children.get(self.graph, position.checked_sub(1)?).map(|(edge, _)| edge)
            })
            .collect()
    }

    /// The same as (parent, position of the child).
    pub fn steps(&self) -> Vec<(NodeId, usize)> {
        let steps = self.stack.len().saturating_sub(1);
        self.stack.iter().take(steps).map(|(node, next)| (*node, next.saturating_sub(1))).collect()
    }

    /// The nodes above the node last given, the nearest first.
    pub fn above(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.stack.iter().rev().skip(1).map(|(node, _)| *node)
    }

    /// The path of the node last given.
    pub fn path(&self) -> String {
        let mut text = self.prefix.clone();
        for edge in self.edges() {
            edge.write(self.graph, &mut text);
        }
        text
    }
}

fn is_leaf(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::None
            | Kind::Bool
            | Kind::Int
            | Kind::Long
            | Kind::Float
            | Kind::Text
            | Kind::Str8
            | Kind::Bytes
            | Kind::ByteArray
            | Kind::Global
            | Kind::Extension
            | Kind::Buffer
    )
}
