//! The memo: dense in every pickle CPython writes, sparse where somebody plays.

use std::collections::HashMap;

use super::graph::NodeId;

/// Index to object.
#[derive(Debug, Default)]
pub(super) struct Memo {
    dense: Vec<NodeId>,
    // A hostile LONG_BINPUT 0xffff_ffff must not make us allocate what it says, so indices far past the end go to a
    // map. (Growing the vector to the index was tried: 16 GB for nine bytes.)
    sparse: HashMap<u64, NodeId>,
    stored: u64,
}

impl Memo {
    /// Entries that MEMOIZE counts.
    #[inline]
    pub(super) fn len(&self) -> u64 {
        self.stored
    }

    /// Stores `id` at `index`, and gives what was there.
    #[inline(always)]
    pub(super) fn put(&mut self, index: u64, id: NodeId) -> Option<NodeId> {
        if index == self.dense.len() as u64 && self.sparse.is_empty() {
            self.dense.push(id);
            self.stored += 1;
            return None;
        }
        self.put_slow(index, id)
    }

    fn put_slow(&mut self, index: u64, id: NodeId) -> Option<NodeId> {
        let before = self.get(index);
        self.stored += u64::from(before.is_none());
        // Gaps happen (Python 2 counts from 1, optimised pickles keep their numbers): room for twice what was stored.
        let near = index < self.stored.saturating_mul(2).saturating_add(1024);
        match usize::try_from(index) {
            Ok(at) if near => {
                if at >= self.dense.len() {
                    self.dense.resize(at + 1, NodeId::NONE);
                }
                if let Some(slot) = self.dense.get_mut(at) {
                    *slot = id;
                }
                self.sparse.remove(&index);
            }
            _ => {
                self.sparse.insert(index, id);
            }
        }
        before
    }

    /// What is stored at `index`.
    #[inline]
    pub(super) fn get(&self, index: u64) -> Option<NodeId> {
        let dense = usize::try_from(index).ok().and_then(|at| self.dense.get(at)).copied();
        match dense {
            Some(id) if id != NodeId::NONE => Some(id),
            _ if self.sparse.is_empty() => None,
            _ => self.sparse.get(&index).copied(),
        }
    }

    /// All entries by index.
    pub(super) fn entries(&self) -> Vec<(u64, NodeId)> {
        let mut all: Vec<_> = self.dense.iter().enumerate().map(|(i, id)| (i as u64, *id)).collect();
        all.retain(|(_, id)| *id != NodeId::NONE);
        let mut sparse: Vec<_> = self.sparse.iter().map(|(index, id)| (*index, *id)).collect();
        sparse.sort_unstable();
        all.extend(sparse);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_index_costs_nothing_and_memoize_counts_entries() {
        let mut memo = Memo::default();
        memo.put(1, NodeId(7));
        memo.put(u64::from(u32::MAX), NodeId(8));
        assert_eq!(memo.len(), 2);
        assert_eq!(memo.get(u64::from(u32::MAX)), Some(NodeId(8)));
        assert_eq!(memo.get(0), None);
        assert!(memo.dense.capacity() < 10_000);
        memo.put(1, NodeId(9));
        assert_eq!((memo.len(), memo.get(1)), (2, Some(NodeId(9))));
    }

    #[test]
    fn an_entry_is_found_after_the_dense_part_has_grown_past_it() {
        let mut memo = Memo::default();
        memo.put(1500, NodeId(1));
        for i in 0..1600 {
            if i != 1500 {
                memo.put(i, NodeId(2));
            }
        }
        assert_eq!(memo.get(1500), Some(NodeId(1)));
        assert_eq!(memo.len(), 1600);
    }
}
