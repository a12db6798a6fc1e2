//! Where the boxes of a drawn tree stand: Reingold and Tilford's tidy drawing. A parent stands in the middle above its
//! children, equal subtrees look equal, and neither boxes nor edges cross.
//!
//! Each subtree's outline is a thread through its outermost nodes, so that putting two side by side costs the height of
//! the lower one, and the whole drawing costs what the tree has nodes. All walks go by the tree's own order, which has
//! parents before children: nothing recurses, however deep a file claims a tree to be.

use crate::formats::trees::DecisionTree;

/// Width of a box that asks something.
pub const SPLIT_WIDTH: f64 = 136.0;
/// Width of a leaf.
pub const LEAF_WIDTH: f64 = 76.0;
/// Height of a box.
pub const BOX_HEIGHT: f64 = 46.0;
/// From the top of one row of boxes to the next.
pub const PITCH: f64 = 82.0;
/// Least space between two boxes of a row.
const GAP: f64 = 14.0;

/// Places of all nodes of a tree, in points at full size.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    x: Vec<f64>,
    starts: Vec<u32>,
    slots: Vec<Slot>,
    /// Width of the drawing.
    pub width: f64,
    /// Height of the drawing.
    pub height: f64,
}

/// A node in its row. Rows are walked every frame, so that what drawing needs lies together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Slot {
    /// The node.
    pub id: u32,
    /// How far to the right its parent is; 0 for the root.
    pub to_parent: f32,
    /// The middle of its box.
    pub x: f64,
    /// Half the width of its box.
    pub half: f32,
}

/// Width of the box of a node.
pub fn width_of(tree: &DecisionTree, id: u32) -> f64 {
    if tree.children(id).is_some() { SPLIT_WIDTH } else { LEAF_WIDTH }
}

const NONE: u32 = u32::MAX;

/// The outlines of the subtrees that are finished.
struct Outlines<'t> {
    tree: &'t DecisionTree,
    /// Distance of the children from the middle, for nodes that have some.
    spread: Vec<f64>,
    /// The next node of an outline below a leaf, and how far to the right it is.
    thread: Vec<(u32, f64)>,
    /// For each subtree the outermost nodes of its lowest row: (node, distance from the subtree's root).
    lowest: Vec<[(u32, f64); 2]>,
}

impl Outlines<'_> {
    /// One step down an outline: the next node, and how far to the right of this one it is.
    fn below(&self, id: u32, right: bool) -> Option<(u32, f64)> {
        match self.tree.children(id) {
            Some([left_child, right_child]) => {
                let spread = self.spread.get(id as usize).copied().unwrap_or(0.0);
                Some(if right { (right_child, spread) } else { (left_child, -spread) })
            }
            None => self.thread.get(id as usize).copied().filter(|(next, _)| *next != NONE),
        }
    }

    fn low(&self, id: u32, right: bool) -> (u32, f64) {
        self.lowest.get(id as usize).map_or((id, 0.0), |[first, last]| if right { *last } else { *first })
    }

    /// Puts the two subtrees of `id` side by side.
    fn join(&mut self, id: u32, [left, right]: [u32; 2]) {
        // The right outline of the left subtree against the left outline of the right one, row by row.
        let mut apart: f64 = 0.0;
        let (mut a, mut b) = ((left, 0.0), (right, 0.0));
        let (next_a, next_b) = loop {
            let needed = (width_of(self.tree, a.0) + width_of(self.tree, b.0)) / 2.0 + GAP;
            apart = apart.max(a.1 - b.1 + needed);
            let (below_a, below_b) = (self.below(a.0, true), self.below(b.0, false));
            match (below_a, below_b) {
                (Some(x), Some(y)) => (a, b) = ((x.0, a.1 + x.1), (y.0, b.1 + y.1)),
                _ => break (below_a.map(|x| (x.0, a.1 + x.1)), below_b.map(|y| (y.0, b.1 + y.1))),
            }
        };
        let half = apart / 2.0;
        if let Some(spread) = self.spread.get_mut(id as usize) {
            *spread = half;
        }
        let ends = [self.low(left, false), self.low(left, true), self.low(right, false), self.low(right, true)];
        let [left_first, left_last, right_first, right_last] = ends;
        let mut lowest = [(left_first.0, left_first.1 - half), (right_last.0, right_last.1 + half)];
        if let Some((next, at)) = next_a {
            // The left one goes on below: the outline on the right continues there.
            if let Some(thread) = self.thread.get_mut(right_last.0 as usize) {
                *thread = (next, (at - half) - (right_last.1 + half));
            }
            lowest[1] = (left_last.0, left_last.1 - half);
        } else if let Some((next, at)) = next_b {
            if let Some(thread) = self.thread.get_mut(left_first.0 as usize) {
                *thread = (next, (at + half) - (left_first.1 - half));
            }
            lowest[0] = (right_first.0, right_first.1 + half);
        }
        if let Some(place) = self.lowest.get_mut(id as usize) {
            *place = lowest;
        }
    }
}

impl Layout {
    /// Lays a tree out.
    pub fn new(tree: &DecisionTree) -> Self {
        let n = tree.ids() as usize;
        let mut outlines =
            Outlines { tree, spread: vec![0.0; n], thread: vec![(NONE, 0.0); n], lowest: vec![[(NONE, 0.0); 2]; n] };
        // Children before parents.
        for id in tree.order().iter().rev() {
            match tree.children(*id) {
                Some(children) => outlines.join(*id, children),
                None => {
                    if let Some(place) = outlines.lowest.get_mut(*id as usize) {
                        *place = [(*id, 0.0); 2];
                    }
                }
            }
        }
        let mut x = vec![0.0; n];
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let rows = tree.size().depth as usize + 1;
        let mut starts = vec![0u32; rows + 1];
        for id in tree.order() {
            let at = x.get(*id as usize).copied().unwrap_or(0.0);
            let half = width_of(tree, *id) / 2.0;
            (low, high) = (low.min(at - half), high.max(at + half));
            if let Some([left, right]) = tree.children(*id) {
                let spread = outlines.spread.get(*id as usize).copied().unwrap_or(0.0);
                for (child, at) in [(left, at - spread), (right, at + spread)] {
                    if let Some(place) = x.get_mut(child as usize) {
                        *place = at;
                    }
                }
            }
            if let Some(count) = starts.get_mut(tree.depth_of(*id) as usize + 1) {
                *count += 1;
            }
        }
        x.iter_mut().for_each(|at| *at -= low);
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        // The order visits each row from left to right.
        let mut next = starts.clone();
        let mut slots = vec![Slot::default(); tree.order().len()];
        let place_of = |id: u32| x.get(id as usize).copied().unwrap_or(0.0);
        for id in tree.order() {
            if let Some(at) = next.get_mut(tree.depth_of(*id) as usize) {
                if let Some(slot) = slots.get_mut(*at as usize) {
                    let own = place_of(*id);
                    let to_parent = tree.parent(*id).map_or(0.0, |parent| place_of(parent) - own);
                    #[expect(clippy::cast_possible_truncation, reason = "widths of boxes and distances to be drawn")]
                    let (to_parent, half) = (to_parent as f32, (width_of(tree, *id) / 2.0) as f32);
                    *slot = Slot { id: *id, to_parent, x: own, half };
                }
                *at += 1;
            }
        }
        let height = f64::from(tree.size().depth) * PITCH + BOX_HEIGHT;
        Self { x, starts, slots, width: (high - low).max(0.0), height }
    }

    /// The middle of a node's box.
    pub fn x(&self, id: u32) -> f64 {
        self.x.get(id as usize).copied().unwrap_or(0.0)
    }

    /// Number of rows.
    pub fn rows(&self) -> u32 {
        u32::try_from(self.starts.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The nodes of a row, from left to right.
    pub fn row(&self, row: u32) -> &[Slot] {
        let at = |i: usize| self.starts.get(i).map(|start| *start as usize);
        match (at(row as usize), at(row as usize + 1)) {
            (Some(from), Some(to)) => self.slots.get(from..to).unwrap_or(&[]),
            _ => &[],
        }
    }

    /// The nodes of a row whose middle lies between two places, with a neighbour on each side: those are drawn too, since
    /// a box or an edge may reach in from outside.
    pub fn row_between(&self, row: u32, low: f64, high: f64) -> &[Slot] {
        let all = self.row(row);
        let from = all.partition_point(|slot| slot.x < low).saturating_sub(1);
        let to = (all.partition_point(|slot| slot.x <= high) + 1).min(all.len());
        all.get(from..to).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Span;
    use crate::formats::trees::{Split, TreeNode, Values};

    /// A tree from a list of children.
    fn tree(links: &[Option<[u32; 2]>]) -> DecisionTree {
        let node = |children: &Option<[u32; 2]>| TreeNode {
            children: *children,
            split: Split::AtMost(0.0),
            ..TreeNode::default()
        };
        DecisionTree::new(links.iter().map(node).collect(), Values::default(), Vec::new(), Span::default()).unwrap()
    }

    /// Links that look random but are the same each time.
    fn grown(nodes: u32, seed: u64) -> DecisionTree {
        let mut state = seed;
        let mut links: Vec<Option<[u32; 2]>> = vec![None];
        let mut leaves = vec![0u32];
        while links.len() + 1 < nodes as usize {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let pick = usize::try_from(state >> 33).unwrap() % leaves.len();
            let id = leaves.swap_remove(pick);
            let next = u32::try_from(links.len()).unwrap();
            links[id as usize] = Some([next, next + 1]);
            links.extend([None, None]);
            leaves.extend([next, next + 1]);
        }
        tree(&links)
    }

    /// What a tidy drawing promises, looked at node by node.
    fn check(tree: &DecisionTree) {
        let layout = Layout::new(tree);
        for row in 0..layout.rows() {
            for pair in layout.row(row).windows(2) {
                let [a, b] = pair else { continue };
                let room = f64::from(a.half + b.half);
                assert!(b.x - a.x >= room + GAP - 1e-6, "boxes {} and {} touch", a.id, b.id);
            }
        }
        let n: usize = (0..layout.rows()).map(|row| layout.row(row).len()).sum();
        assert_eq!(n, tree.order().len());
        for id in tree.order() {
            if let Some([left, right]) = tree.children(*id) {
                let middle = (layout.x(left) + layout.x(right)) / 2.0;
                assert!((middle - layout.x(*id)).abs() < 1e-6, "{id} is not in the middle");
            }
            let half = width_of(tree, *id) / 2.0;
            assert!(layout.x(*id) >= half - 1e-6 && layout.x(*id) <= layout.width - half + 1e-6);
        }
    }

    #[test]
    fn boxes_never_touch_and_parents_stand_in_the_middle() {
        check(&tree(&[None]));
        check(&tree(&[Some([1, 2]), None, None]));
        for seed in 0..60 {
            check(&grown(u32::try_from(3 + seed * 7).unwrap(), seed));
        }
        check(&grown(100_001, 7));
    }

    #[test]
    fn a_small_tree_has_the_places_one_finds_by_hand() {
        let layout = Layout::new(&tree(&[Some([1, 2]), None, None]));
        // Two leaves of 76 with a gap of 14: middles at 38 and 128.
        assert_eq!((layout.x(1), layout.x(2), layout.x(0), layout.width), (38.0, 128.0, 83.0, 166.0));
        let slots = layout.row_between(1, 0.0, 50.0);
        let found: Vec<(u32, f32, f32)> = slots.iter().map(|slot| (slot.id, slot.to_parent, slot.half)).collect();
        assert_eq!(found, [(1, 45.0, 38.0), (2, -45.0, 38.0)]);
    }

    #[test]
    fn a_chain_of_a_million_is_laid_out() {
        let n = 1_000_000u32;
        let mut links: Vec<Option<[u32; 2]>> = (0..n).flat_map(|i| [Some([2 * i + 1, 2 * i + 2]), None]).collect();
        links.push(None);
        let tree = tree(&links);
        let layout = Layout::new(&tree);
        assert_eq!((layout.rows(), layout.row(n).len()), (n + 1, 2));
    }
}
