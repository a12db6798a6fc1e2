//! What gets a line of its own: what is flagged, shared, thrown away or filled afterwards. The rest stands inside the
//! line of what it belongs to. One walk over the graph, without recursion.

use super::super::Report;
use crate::bytes::{Progress, Span};
use crate::formats::{Artifact, Pickled};
use crate::pickle::{EffectKind, Kind, NodeId};

const SEEN: u8 = 1;
/// It has a name.
const ALONE: u8 = 2;
const ROOT: u8 = 4;
/// It is part of what is asked for, shown or not.
const WITHIN: u8 = 8;

/// How an object hangs on the first thing that holds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    pub parent: NodeId,
    /// The key or attribute.
    pub key: Option<NodeId>,
    /// The position, where it has no key.
    pub position: usize,
}

/// What the walk found.
pub(super) struct Analysis {
    state: Vec<u8>,
    uses: Vec<u32>,
    holds: Vec<Option<Hold>>,
}

impl Analysis {
    pub fn of(
        artifact: &Artifact,
        report: &Report,
        part: usize,
        pickled: &Pickled,
        subtree: Option<NodeId>,
        progress: &Progress,
    ) -> Self {
        let decoded = &pickled.decoded;
        let graph = &decoded.graph;
        let n = graph.len();
        let mut found = Self { state: vec![0; n], uses: vec![0; n], holds: vec![None; n] };
        let roots: Vec<NodeId> = match subtree {
            Some(node) => vec![node],
            None => decoded.top().filter_map(|pickle| pickle.root).collect(),
        };
        roots.iter().for_each(|root| found.set(*root, ROOT));
        found.within(pickled, &roots, subtree.is_none(), progress);
        let mut open: Vec<NodeId> = roots;
        // What is flagged has its line also where what holds it is not written out.
        let calls = decoded.effects.iter().filter(|e| matches!(e.kind(), EffectKind::Call | EffectKind::Persistent));
        for effect in calls {
            if found.has(effect.node, WITHIN) && report.mark_at(part, effect.at()).is_some() {
                found.set(effect.node, ALONE);
                open.push(effect.node);
            }
        }
        if subtree.is_none() {
            // A call whose result is popped still ran.
            for popped in decoded.pickles.iter().flat_map(|pickle| &pickle.discarded) {
                if graph.kind(*popped) == Kind::Object {
                    found.set(*popped, ALONE);
                }
                open.push(*popped);
            }
        }
        open.reverse();
        let mut below: Vec<(NodeId, Hold)> = Vec::new();
        let mut ticks = 0usize;
        while let Some(id) = open.pop() {
            ticks += 1;
            if ticks.is_multiple_of(65_536) && progress.check(Span::default()).is_err() {
                break;
            }
            if found.has(id, SEEN) {
                continue;
            }
            found.set(id, SEEN);
            if artifact.array_of(part, id).is_some() && formats_items(pickled, id).is_none() {
                continue;
            }
            below.clear();
            found.children(pickled, id, &mut below);
            for (child, hold) in below.iter().rev() {
                if let Some(uses) = found.uses.get_mut(child.index()) {
                    *uses = uses.saturating_add(1);
                }
                if let Some(slot @ None) = found.holds.get_mut(child.index()) {
                    *slot = Some(*hold);
                }
                open.push(*child);
            }
        }
        for id in graph.ids().filter(|id| found.has(*id, SEEN)).collect::<Vec<_>>() {
            found.decide(artifact, part, pickled, id);
        }
        found
    }

    /// Marks all that is reachable, shown or not; everything for a whole file.
    fn within(&mut self, pickled: &Pickled, roots: &[NodeId], all: bool, progress: &Progress) {
        if all {
            self.state.iter_mut().for_each(|state| *state |= WITHIN);
            return;
        }
        let (mut open, mut below) = (roots.to_vec(), Vec::new());
        while let Some(id) = open.pop() {
            if self.has(id, WITHIN) || progress.is_cancelled() {
                continue;
            }
            self.set(id, WITHIN);
            below.clear();
            pickled.decoded.graph.references(id, &mut below);
            below.extend(pickled.decoded.graph.earlier_states(id));
            open.append(&mut below);
        }
    }

    fn children(&self, pickled: &Pickled, id: NodeId, out: &mut Vec<(NodeId, Hold)>) {
        let graph = &pickled.decoded.graph;
        let mut below = Vec::new();
        if let Some(object) = graph.object(id) {
            let states: Vec<NodeId> = graph.earlier_states(id).chain(object.state).collect();
            let mut push = |node, key, position| out.push((node, Hold { parent: id, key, position }));
            push(object.callee, None, 0);
            match graph.items(object.args) {
                Some(args) => args.iter().for_each(|arg| push(*arg, None, 0)),
                None => push(object.args, None, 0),
            }
            object.kwargs.iter().for_each(|kwargs| push(*kwargs, None, 0));
            for state in states {
                match graph.pairs(state) {
                    Some(pairs) => pairs.iter().for_each(|(key, value)| push(value, Some(key), 0)),
                    None => push(state, None, 0),
                }
            }
            object.items.iter().enumerate().for_each(|(i, item)| push(*item, None, i));
            object.entries.iter().for_each(|(key, value)| push(value, Some(key), 0));
            graph.nested(id).iter().for_each(|nested| push(*nested, None, 0));
        } else if let Some(pairs) = graph.pairs(id) {
            for (key, value) in pairs.iter() {
                out.push((key, Hold { parent: id, key: None, position: 0 }));
                out.push((value, Hold { parent: id, key: Some(key), position: 0 }));
            }
        } else {
            graph.references(id, &mut below);
            let hold = |(position, node)| (node, Hold { parent: id, key: None, position });
            out.extend(below.into_iter().enumerate().map(hold));
        }
    }

    fn decide(&mut self, artifact: &Artifact, part: usize, pickled: &Pickled, id: NodeId) {
        let graph = &pickled.decoded.graph;
        let shared = self.uses(id) > 1;
        match graph.kind(id) {
            Kind::Object => {
                let plain =
                    artifact.array_of(part, id).is_some() || super::phrase::is_plain(artifact, part, pickled, id);
                let filled =
                    graph.object(id).is_some_and(|o| o.state.is_some() || !o.items.is_empty() || !o.entries.is_empty());
                if !plain && (shared || filled) {
                    self.set(id, ALONE);
                }
            }
            Kind::Persistent if shared => self.set(id, ALONE),
            Kind::List | Kind::Dict | Kind::Set if shared => {
                // An empty one that several share is still one and the same.
                self.set(id, ALONE);
            }
            _ => {}
        }
    }

    fn has(&self, id: NodeId, bit: u8) -> bool {
        self.state.get(id.index()).is_some_and(|state| state & bit != 0)
    }

    fn set(&mut self, id: NodeId, bit: u8) {
        if let Some(state) = self.state.get_mut(id.index()) {
            *state |= bit;
        }
    }

    /// True if it has a line, and so a name, of its own.
    pub fn stands_alone(&self, id: NodeId) -> bool {
        self.has(id, ALONE)
    }

    /// True if it belongs to what is written.
    pub fn is_within(&self, id: NodeId) -> bool {
        self.has(id, WITHIN)
    }

    /// True for the result of a pickle, or what was asked for.
    pub fn is_root(&self, id: NodeId) -> bool {
        self.has(id, ROOT)
    }

    /// Places that hold it.
    pub fn uses(&self, id: NodeId) -> u32 {
        self.uses.get(id.index()).copied().unwrap_or(0)
    }

    /// What holds it first.
    pub fn hold(&self, id: NodeId) -> Option<Hold> {
        self.holds.get(id.index()).copied().flatten()
    }
}

fn formats_items(pickled: &Pickled, id: NodeId) -> Option<&[NodeId]> {
    crate::formats::children::object_items(&pickled.decoded.graph, &pickled.known, id)
}
