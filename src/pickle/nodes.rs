//! The nodes of a graph, in pieces: a list of a hundred megabytes that never moves, and whose memory is made ready by
//! another thread.
//!
//! A process pays for new memory when it first writes to it, one page of 4 kB at a time. For a pickle of ten million
//! objects that took as long as reading its opcodes; on another core it costs the reader nothing.

use std::sync::mpsc::{Receiver, sync_channel};

use super::node::Node;

const PIECE_BITS: u32 = 16;
/// Nodes in a piece: 1 MiB.
const PIECE: usize = 1 << PIECE_BITS;
/// Pieces a pickle fills before it is worth a thread.
const WORTH_A_THREAD: usize = 8;
/// Pieces that may lie ready, beside the one being made.
const AHEAD: usize = 2;

/// The nodes by their position.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    /// The pieces that are full.
    full: Vec<Vec<Node>>,
    /// The piece that is being filled.
    last: Vec<Node>,
}

impl Nodes {
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.full.len() * PIECE + self.last.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline]
    pub(super) fn get(&self, at: usize) -> Option<&Node> {
        let piece = at >> PIECE_BITS;
        match self.full.get(piece) {
            Some(full) => full.get(at % PIECE),
            None if piece == self.full.len() => self.last.get(at % PIECE),
            None => None,
        }
    }

    #[inline]
    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut Node> {
        let (piece, whole) = (at >> PIECE_BITS, self.full.len());
        match self.full.get_mut(piece) {
            Some(full) => full.get_mut(at % PIECE),
            None if piece == whole => self.last.get_mut(at % PIECE),
            None => None,
        }
    }

    /// Adds a node, in memory from `supply` where that is needed.
    #[inline]
    pub(super) fn push(&mut self, node: Node, supply: &mut Supply) {
        if self.last.len() >= PIECE {
            self.add_piece(supply);
        }
        self.last.push(node);
    }

    #[cold]
    fn add_piece(&mut self, supply: &mut Supply) {
        // The first grows as it is filled: most pickles are small.
        self.full.push(std::mem::take(&mut self.last));
        self.last = supply.piece(self.full.len());
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Node> {
        self.full.iter().flatten().chain(&self.last)
    }

    /// The number of nodes before the first for which `before` is false, if those for which it is true come first.
    pub(super) fn partition_point(&self, before: impl Fn(&Node) -> bool) -> usize {
        let whole = self.full.partition_point(|piece| piece.last().is_some_and(&before));
        whole * PIECE + self.full.get(whole).unwrap_or(&self.last).partition_point(before)
    }
}

/// Gives a [`Nodes`] that grows large its pieces.
#[derive(Debug, Default)]
pub(super) struct Supply(Option<Receiver<Vec<Node>>>);

impl Supply {
    /// Room for a piece, behind as many that are `full`.
    fn piece(&mut self, full: usize) -> Vec<Node> {
        if full == WORTH_A_THREAD {
            self.0 = start();
        }
        let ready = self.0.as_ref().and_then(|ready| ready.recv().ok());
        ready.unwrap_or_else(|| Vec::with_capacity(PIECE))
    }
}

/// Starts the thread; it ends when nobody waits for pieces any more. None if the system has no thread to give.
fn start() -> Option<Receiver<Vec<Node>>> {
    let (ready, pieces) = sync_channel(AHEAD);
    let work = move || {
        loop {
            let mut piece = vec![Node::UNUSED; PIECE];
            piece.clear();
            if ready.send(piece).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("memory for objects".to_owned()).spawn(work).ok().map(|_| pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pickle::node::{Flags, Kind};

    #[test]
    fn nodes_are_found_in_every_piece() {
        let n = PIECE * (WORTH_A_THREAD + 3) + 5;
        let (mut nodes, mut supply) = (Nodes::default(), Supply::default());
        for i in 0..n {
            nodes.push(Node::new(Kind::Int, Flags(0), 2 * i as u64, i as u64), &mut supply);
        }
        assert!(supply.0.is_some());
        assert_eq!((nodes.len(), nodes.iter().count()), (n, n));
        for at in [0, 1, PIECE - 1, PIECE, PIECE * WORTH_A_THREAD, n - 1] {
            assert_eq!(nodes.get(at).map(|node| node.payload), Some(at as u64));
            assert_eq!(nodes.get_mut(at).map(|node| node.payload), Some(at as u64));
            assert_eq!(nodes.partition_point(|node| node.offset() < 2 * at as u64), at);
        }
        assert!(nodes.get(n).is_none() && nodes.get(n + PIECE).is_none() && nodes.get_mut(n + PIECE).is_none());
        assert_eq!(nodes.partition_point(|_| true), n);
    }
}
