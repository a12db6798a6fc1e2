//! Findings about how a file is made, apart from what it calls: what readers disagree about, what is damaged or was not
//! opened, what expands beyond measure.

use super::finding::{Collector, Executed, Place};
use super::foreign;
use super::rules::{self, Rule};
use crate::bytes::{ErrorKind, Problem};
use crate::formats::{Artifact, Pickled, torch};
use crate::pickle::graph::Flags;
use crate::pickle::{Kind, NodeId};

/// The rule that a problem of the file falls under; None for what says nothing about trust.
fn rule_of(problem: &Problem) -> Option<&'static Rule> {
    Some(match &problem.kind {
        ErrorKind::Ambiguous { .. } => &rules::READERS_DISAGREE,
        ErrorKind::Archive { .. } => &rules::ARCHIVE_CONTRADICTS,
        ErrorKind::Limit { .. } | ErrorKind::Ratio { .. } => &rules::BOMB,
        ErrorKind::NotSupported(_) => &rules::NOT_OPENED,
        ErrorKind::Trailing(_) => &rules::TRAILING,
        ErrorKind::Oddity(_) => &rules::LEFTOVER,
        ErrorKind::Unrecognised | ErrorKind::Changed | ErrorKind::Shrunk => return None,
        // An array whose description does not fit its data is damaged, not harmful.
        ErrorKind::Header { what: "array" | "tensor" | "companion", .. } => return None,
        _ => &rules::INCOMPLETE,
    })
}

/// Turns what was odd or damaged into findings, one a rule and kind.
pub(super) fn problems(collector: &mut Collector<'_>) {
    let artifact = collector.artifact;
    for problem in &artifact.problems {
        let Some(rule) = rule_of(problem) else { continue };
        if rule.id == rules::TRAILING.id && is_padding(artifact, problem) {
            continue;
        }
        let part = artifact.parts.iter().position(|part| part.stream == problem.at.stream).unwrap_or(0);
        if let Some(what) = foreign::behind(artifact, problem) {
            let place = Place { part, at: problem.at, node: None, op: None };
            let words = format!("What stands there is {what}");
            collector.add(&rules::PROGRAM_BEHIND, String::new(), words, place, Executed::No);
        }
        // TorchScript keeps the shapes of traced inputs without their values, which is nothing left over.
        if matches!(&problem.kind, ErrorKind::Oddity(words) if words == torch::EMPTIED) {
            continue;
        }
        let place = Place { part, at: problem.at, node: None, op: None };
        // Grouped by kind: a broken archive of a thousand members is one finding.
        let about = match &problem.kind {
            ErrorKind::Ambiguous { what, .. } => (*what).to_owned(),
            _ => String::new(),
        };
        collector.add(rule, about, problem.to_string(), place, Executed::No);
    }
}

/// True if what stands behind the end is nothing but zeros and line ends.
fn is_padding(artifact: &Artifact, problem: &Problem) -> bool {
    const LOOKED_AT: u64 = 1 << 20;
    let Some(stream) = artifact.streams.get(problem.at.stream) else { return false };
    let rest = stream.bytes.read_vec(problem.at.start, problem.at.len.min(LOOKED_AT)).unwrap_or_default();
    problem.at.len <= LOOKED_AT && rest.iter().all(|b| matches!(b, 0 | b'\n' | b'\r' | b' '))
}

/// Several pickles in one stream.
pub(super) fn pickles(collector: &mut Collector<'_>, part: usize, pickled: &Pickled) {
    let n = pickled.decoded.top().count();
    if n > 1 && pickled.main == 0 {
        let second = pickled.decoded.top().nth(1).map_or(0, |pickle| pickle.start);
        let place = Place { part, at: pickled.decoded.bytes.span(second, 1), node: None, op: None };
        let words = format!("{n} pickles stand behind each other; pickle.load reads the first");
        collector.add(&rules::SEVERAL_PICKLES, String::new(), words, place, Executed::No);
    }
}

/// Paths that a tree view of an object may have before it is called a bomb: 2 to the power of 30. A model that shares some
/// of its parts has a few thousand more paths than objects.
const PATHS: f64 = 1_073_741_824.0;
/// Containers that hold shared containers and others, from which on paths are counted at all.
const SUSPECTS: usize = 16;

/// A few shared containers that hold each other several times stand for more objects than there are atoms.
pub(super) fn bombs(collector: &mut Collector<'_>, part: usize, pickled: &Pickled) {
    let graph = &pickled.decoded.graph;
    let is_container =
        |id: NodeId| matches!(graph.kind(id), Kind::List | Kind::Tuple | Kind::Set | Kind::FrozenSet | Kind::Dict);
    let shared = |id: NodeId| graph.flags(id).has(Flags::SHARED) && is_container(id);
    let mut below = Vec::new();
    let suspects = graph
        .ids()
        .filter(|id| shared(*id))
        .filter(|id| {
            below.clear();
            graph.references(*id, &mut below);
            below.iter().any(|child| shared(*child)) && below.iter().filter(|child| is_container(**child)).count() >= 2
        })
        .take(SUSPECTS)
        .count();
    if suspects < SUSPECTS {
        return;
    }
    // Paths below each node, children before parents; a cycle counts once.
    let mut paths = vec![0f64; graph.len()];
    let mut open: Vec<(NodeId, bool)> = Vec::new();
    for root in graph.ids().filter(|id| shared(*id)) {
        open.push((root, false));
        while let Some((id, done)) = open.pop() {
            let Some(known) = paths.get(id.index()).copied() else { continue };
            if !done && known != 0.0 {
                continue;
            }
            below.clear();
            graph.references(id, &mut below);
            if done {
                let total =
                    1.0 + below.iter().filter_map(|child| paths.get(child.index())).map(|n| n.max(1.0)).sum::<f64>();
                if let Some(n) = paths.get_mut(id.index()) {
                    *n = total;
                }
                if total > PATHS {
                    let at = pickled.decoded.bytes.span(graph.offset(id), 1);
                    let place = Place { part, at, node: Some(id), op: None };
                    let words = "Containers that hold each other stand for more than a billion objects".to_owned();
                    collector.add(&rules::BOMB, String::new(), words, place, Executed::No);
                    return;
                }
                continue;
            }
            if let Some(n) = paths.get_mut(id.index()) {
                *n = 1.0;
            }
            open.push((id, true));
            open.extend(below.iter().filter(|child| is_container(**child)).map(|child| (*child, false)));
        }
    }
}
