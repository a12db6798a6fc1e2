//! Where no reader of a file looks: behind its end and behind the place where it breaks, between the members of an archive, in
//! a file that is nothing picklescope knows. A program that knows the place finds there what was left for it.

use super::encodings;
use super::finding::{Collector, Place};
use super::hidden::{HEAD, MAX_BEHIND, open, open_at, text, unpacked};
use super::rules::Severity;
use crate::bytes::{Bytes, ErrorKind};
use crate::formats::Pickled;
use crate::pickle::End;

/// How far behind an end is looked.
const BEHIND: u64 = 4 << 20;

/// Looks into a file that is nothing picklescope knows: a reader that skips what stands in front may find a pickle.
pub(super) fn nowhere(collector: &mut Collector<'_>, depth: usize) {
    let artifact = collector.artifact;
    if depth > 0 {
        return;
    }
    if artifact.pickles().next().is_none() {
        let whole = Place { part: 0, at: artifact.bytes.span(0, artifact.bytes.len()), node: None, op: None };
        let bytes = match artifact.container.is_empty() {
            true => text(&artifact.bytes),
            false => unpacked(artifact),
        };
        if bytes.is_some_and(|bytes| open(collector, bytes, whole, "encoded as text", depth)) {
            return;
        }
    }
    margins(collector, depth);
    if artifact.pickles().next().is_some() || !artifact.container.is_empty() {
        return;
    }
    search(collector, &artifact.bytes.clone(), 0, 0, "behind what stands in front", depth, &|_| false);
}

/// Looks behind the end of a stream: behind its last STOP, or behind the place where it broke.
pub(super) fn behind(collector: &mut Collector<'_>, part: usize, pickled: &Pickled, depth: usize) {
    let decoded = &pickled.decoded;
    let Some(last) = decoded.pickles.iter().rev().find(|pickle| pickle.inside.is_none()) else { return };
    let from = match &last.how {
        End::Stop { .. } => last.end,
        End::Broke(error) if matches!(error.kind, ErrorKind::Cancelled) => return,
        End::Broke(error) => error.at.start + 1,
    };
    // PyTorch's old files go on with storages, which begin like anything.
    if pickled.main > 0 || from >= decoded.bytes.len() {
        return;
    }
    let whereabouts = "behind the end, where no unpickler of this file gets,";
    let rest = decoded.bytes.slice(from, (decoded.bytes.len() - from).min(BEHIND)).ok();
    if let Some(inner) = rest.and_then(|rest| text(&rest)) {
        let place = Place { part, at: decoded.bytes.span(from, 1), node: None, op: None };
        if open(collector, inner, place, whereabouts, depth) {
            return;
        }
    }
    search(collector, &decoded.bytes, from, part, whereabouts, depth, &|_| false);
}

/// Looks for pickles where something is wrong with what surrounds the members of an archive, an array or compressed data:
/// no reader gets there, and a program that knows the place does.
fn margins(collector: &mut Collector<'_>, depth: usize) {
    const MAX_MARGINS: usize = 16;
    let artifact = collector.artifact;
    let odd = |kind: &ErrorKind| {
        !matches!(
            kind,
            ErrorKind::Limit { .. } | ErrorKind::Ratio { .. } | ErrorKind::Cancelled | ErrorKind::NotSupported(_)
        )
    };
    let mut seen = Vec::new();
    for problem in artifact.problems.iter().filter(|problem| odd(&problem.kind)) {
        let part = artifact.parts.iter().position(|part| part.stream == problem.at.stream);
        let pickle = part.is_some_and(|part| artifact.pickled(part).is_some());
        let Some(stream) = artifact.streams.get(problem.at.stream).filter(|_| !pickle) else { continue };
        // The file itself begins at 0, and was read.
        let (at, bytes) = (problem.at.start.max(1), stream.bytes.clone());
        if seen.contains(&(problem.at.stream, at)) || at >= bytes.len() {
            continue;
        }
        if seen.len() >= MAX_MARGINS {
            return;
        }
        seen.push((problem.at.stream, at));
        let place = Place { part: part.unwrap_or(0), at: bytes.span(at, 1), node: None, op: None };
        if let Ok(rest) = bytes.slice(at, (bytes.len() - at).min(BEHIND))
            && rest.head(HEAD).is_ok_and(|head| encodings::begins(&head))
            && open(collector, rest, place, "where no reader of this file looks,", depth)
        {
            continue;
        }
        // What was read as a member stands there for everybody to see.
        let places: Vec<_> = artifact
            .streams
            .iter()
            .filter(|(_, inner)| !inner.name.is_empty())
            .filter_map(|(_, inner)| inner.from.map(|origin| origin.place))
            .filter(|place| place.stream == problem.at.stream)
            .map(|place| place.start..place.start.saturating_add(place.len))
            .collect();
        let seen = |at: u64| places.iter().any(|place| place.contains(&at));
        search(collector, &bytes, at, part.unwrap_or(0), "where no reader of this file looks,", depth, &seen);
    }
}

/// Tries every place from `from` on that looks like the beginning of a pickle and was not `seen`.
fn search(
    collector: &mut Collector<'_>,
    bytes: &Bytes,
    from: u64,
    part: usize,
    whereabouts: &str,
    depth: usize,
    seen: &dyn Fn(u64) -> bool,
) {
    let len = (bytes.len() - from).min(BEHIND);
    let Ok(rest) = bytes.read_vec(from, len) else { return };
    let mut tried = 0;
    let mut at = 0;
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        let candidate = match here {
            [0x80, 2..=5, ..] | [0x1f, 0x8b, 8, ..] => true,
            [b'c' | b'i' | b'(', ..] => encodings::begins(here.get(..128).unwrap_or(here)),
            _ => false,
        };
        if candidate && !seen(from + at as u64) {
            tried += 1;
            if tried > MAX_BEHIND {
                return;
            }
            let start = from + at as u64;
            let Ok(inner) = bytes.slice(start, bytes.len() - start) else { return };
            let place = Place { part, at: bytes.span(start, 1), node: None, op: None };
            // A harmless one may be what an archive holds; the search goes on behind its first byte.
            let known = collector.findings.len();
            if open_at(collector, inner, place, whereabouts, depth, true)
                && collector.findings.iter().skip(known).any(|found| found.rule.severity == Severity::Danger)
            {
                return;
            }
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::path::Path;

    use super::super::{Allow, report_below};
    use crate::bytes::{Bytes, Limits, Progress};
    use crate::formats;

    /// Each of forty pickles that stand behind each other between other bytes is opened once, and not again from each of
    /// those before it: a checkpoint of PyTorch in parts, of 6 KB, took minutes.
    #[test]
    fn pickles_behind_each_other_are_opened_once() {
        let mut raw = b"\x80\x04N.".to_vec();
        for _ in 0..40 {
            raw.extend_from_slice(b"\xff\x80\x04]N.");
        }
        let (limits, progress) = (Limits::default(), Progress::new());
        let artifact = formats::read(Path::new("a.pkl"), Bytes::from_vec(raw), &limits, &progress);
        let opened = Cell::new(0);
        report_below(&artifact, &Allow::default(), &opened, 0, false);
        assert_eq!(opened.get(), 40);
    }
}
