//! A tree as a small picture: a row a depth, each node as wide as the part of the training rows that reach it.

use super::tone::{Tone, Tones};
use crate::formats::trees::{DecisionTree, Size};

/// Columns of a picture.
pub const COLUMNS: u8 = 96;
/// Most rows; deeper trees have every second or third depth drawn, and so on.
pub const ROWS: u8 = 28;

/// Columns of one row that look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The row.
    pub row: u8,
    /// First column.
    pub from: u8,
    /// Column behind the last.
    pub to: u8,
    /// Colour.
    pub tone: Tone,
}

/// The picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tile {
    /// How large the tree really is.
    pub size: Size,
    /// Rows of the picture.
    pub rows: u8,
    /// Its runs.
    pub runs: Vec<Run>,
}

impl Tile {
    /// Draws a tree. Visits only nodes that are wide enough to be seen, and those above them.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "columns of a picture")]
    pub fn new(tree: &DecisionTree) -> Self {
        let size = tree.size();
        let tones = Tones::new(tree, 0);
        let depths = u64::from(size.depth) + 1;
        let rows = u8::try_from(depths).unwrap_or(ROWS).min(ROWS);
        let mut runs: Vec<Run> = Vec::new();
        let mut open = vec![(tree.root(), 0.0f64, f64::from(COLUMNS))];
        while let Some((id, low, high)) = open.pop() {
            // The columns whose middle it covers.
            let (from, to) = ((low - 0.5).ceil().max(0.0) as u8, (high - 0.5).ceil().max(0.0) as u8);
            if from >= to {
                continue;
            }
            let depth = u64::from(tree.depth_of(id));
            // A row shows the first of its depths.
            let row = depth * u64::from(rows) / depths;
            if depth == 0 || (depth - 1) * u64::from(rows) / depths != row {
                let row = u8::try_from(row).unwrap_or(u8::MAX);
                runs.push(Run { row, from, to, tone: tones.of(tree, id) });
            }
            if let Some([left, right]) = tree.children(id) {
                let part = split_at(tree, left, right);
                let middle = low + (high - low) * part;
                open.extend([(right, middle, high), (left, low, middle)]);
            }
        }
        runs.sort_by_key(|run| (run.row, run.from));
        runs.dedup_by(|next, run| {
            let same = next.row == run.row && next.from == run.to && next.tone == run.tone;
            if same {
                run.to = next.to;
            }
            same
        });
        Self { size, rows, runs }
    }
}

/// The part of a node's width that its left child takes.
fn split_at(tree: &DecisionTree, left: u32, right: u32) -> f64 {
    match (tree.weight(left), tree.weight(right)) {
        (Some(left), Some(right)) if left + right > 0.0 && (left + right).is_finite() => left / (left + right),
        _ => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Span;
    use crate::formats::trees::{Meaning, TreeNode, Values};

    #[test]
    fn children_are_as_wide_as_their_rows() {
        let node = |children, samples| TreeNode { children, samples: Some(samples), ..TreeNode::default() };
        let nodes = vec![node(Some([1, 2]), 100.0), node(None, 25.0), node(None, 75.0)];
        let values =
            Values { meaning: Meaning::Classes, outputs: 1, each: 2, all: vec![0.25, 0.75, 1.0, 0.0, 0.0, 1.0] };
        let tree = DecisionTree::new(nodes, values, Vec::new(), Span::default()).unwrap();
        let tile = Tile::new(&tree);
        let spans: Vec<(u8, u8, u8)> = tile.runs.iter().map(|run| (run.row, run.from, run.to)).collect();
        assert_eq!((tile.rows, spans), (2, vec![(0, 0, 96), (1, 0, 24), (1, 24, 96)]));
    }

    #[test]
    fn a_deep_chain_makes_a_small_picture() {
        let n = 100_000u32;
        let node = |children| TreeNode { children, samples: Some(1.0), ..TreeNode::default() };
        let mut nodes: Vec<TreeNode> = (0..n).flat_map(|i| [node(Some([2 * i + 1, 2 * i + 2])), node(None)]).collect();
        nodes.push(node(None));
        let tree = DecisionTree::new(nodes, Values::default(), Vec::new(), Span::default()).unwrap();
        let tile = Tile::new(&tree);
        assert_eq!((tile.rows, tile.size.depth), (ROWS, n));
        assert!(tile.runs.len() < 500);
    }
}
