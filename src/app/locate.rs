//! Looking up where something is: the listing's row of an offset, the object an opcode makes, the object at a path.

use std::sync::Arc;

use super::jobs::Job;
use super::workspace::Doc;
use crate::bytes::Progress;
use crate::formats::Artifact;
use crate::pickle::NodeId;
use crate::view::paths;
use crate::view::search;

/// What a look-up of an opcode or object gives.
#[derive(Debug, Default)]
pub struct Located {
    /// Row of the listing.
    pub op_row: Option<u64>,
    /// Offset of the opcode.
    pub offset: Option<u64>,
    /// The object made there, with the way to it.
    pub object: Option<Way>,
    /// Open the tree there.
    pub reveal: bool,
    /// From where to where the object is written.
    pub extent: Option<std::ops::Range<u64>>,
    /// The part it is in, where a path was looked up.
    pub part: Option<usize>,
    /// What was looked up, if it is not there.
    pub missing: Option<String>,
}

/// An object, the pickle it is in, and the steps (parent, position) to it.
pub type Way = (NodeId, usize, Vec<(NodeId, usize)>);

impl Doc {
    /// Finds the listing's row for an offset, and for `reveal` the object that the opcode there makes.
    pub fn locate(&mut self, ctx: &egui::Context, part: usize, offset: u64, node: Option<NodeId>, reveal: bool) {
        let artifact = Arc::clone(&self.artifact);
        self.locating = Some(Job::spawn(ctx, "Looking up", move |progress| {
            located(&artifact, part, offset, node, reveal, progress)
        }));
    }

    /// Finds the object at a path: one that was typed, or one that was remembered and need not be there any more.
    pub fn locate_path(&mut self, ctx: &egui::Context, text: String, typed: bool) {
        let (artifact, now) = (Arc::clone(&self.artifact), self.selection.clone());
        self.locating = Some(Job::spawn(ctx, "Looking up", move |progress| {
            let Some(place) = search::place(&artifact, &text) else {
                return match now.offset.filter(|_| !typed) {
                    Some(offset) => located(&artifact, now.part, offset, now.node, false, progress),
                    None => Located { missing: typed.then_some(text), ..Located::default() },
                };
            };
            let offset = artifact.pickled(place.part).map_or(0, |p| p.decoded.graph.offset(place.node));
            let found = located(&artifact, place.part, offset, Some(place.node), true, progress);
            Located { part: Some(place.part), ..found }
        }));
    }
}

fn located(
    artifact: &Artifact,
    part: usize,
    offset: u64,
    node: Option<NodeId>,
    reveal: bool,
    progress: &Progress,
) -> Located {
    // What is no pickle has bytes all the same.
    let Some(pickled) = artifact.pickled(part) else {
        return Located { offset: Some(offset), ..Located::default() };
    };
    let decoded = &pickled.decoded;
    let op_row = decoded.index.row_at(&decoded.bytes, offset);
    let at = op_row.and_then(|row| decoded.ops_from(row).next()).and_then(|op| op.ok()).map(|op| op.offset);
    // A document has no opcodes: the place itself is shown.
    let at = if artifact.document(part).is_some() { Some(offset) } else { at };
    let node = node.or_else(|| at.and_then(|at| decoded.graph.made_at(at)));
    let extent = node.and_then(|node| decoded.extent(node, progress));
    let object = if reveal {
        node.and_then(|node| paths::steps_to(pickled, node).map(|(pickle, steps)| (node, pickle, steps)))
    } else {
        None
    };
    Located { op_row, offset: at, object, reveal, extent, ..Located::default() }
}
