//! The axes of a table: an Index in any of its kinds, as levels.

use super::time::Freq;
use super::values::{Source, Values, backing, coded, field, intervals, is_index, values};
use super::{Home, class_name};
use crate::bytes::Progress;
use crate::formats::arrays;
use crate::pickle::{Graph, NodeId};

/// Deepest nesting at which a length is looked for.
const MAX_DEPTH: usize = 6;
/// Most levels of a MultiIndex that are shown.
const MAX_LEVELS: usize = 64;

/// A level of an index.
#[derive(Debug)]
pub struct Level {
    /// Its name, if it has one.
    pub name: Option<NodeId>,
    /// Its labels.
    pub values: Values,
}

impl Level {
    /// A level of one label: the name of a Series.
    pub(super) fn named(name: Option<NodeId>) -> Self {
        Self::named_each(vec![name])
    }

    /// A level that has these labels; nothing for None.
    pub(super) fn named_each(names: Vec<Option<NodeId>>) -> Self {
        let rows = names.len() as u64;
        Self { name: None, values: Values::new("", rows, Source::Nodes(names)) }
    }
}

/// An axis of a table.
pub(super) struct Axis {
    pub levels: Vec<Level>,
    /// Number of labels; None if that cannot be known.
    pub len: Option<u64>,
    pub problem: Option<String>,
}

/// The number of labels of an index, or of cells of an array, from shapes only.
pub fn length(home: Home<'_>, node: NodeId, depth: usize) -> Option<u64> {
    if depth > MAX_DEPTH {
        return None;
    }
    let graph = &home.pickled.decoded.graph;
    if let Some(array) = home.artifact.array_of(home.part, node).and_then(|i| home.artifact.arrays.get(i)) {
        return array.shape.last().copied();
    }
    if let Some((start, stop, step)) = range(graph, node) {
        return range_length(start, stop, step);
    }
    let below = |name: &str| field(graph, node, name);
    if let Some(codes) = below("codes").or_else(|| below("labels")) {
        // A MultiIndex has a list of them, an old CategoricalIndex one array.
        let first = graph.items(codes).map_or(Some(codes), |all| all.first().copied())?;
        return length(home, first, depth + 1);
    }
    if let Some(index) = below("_sparse_index") {
        return graph.int(*graph.items(graph.object(index)?.args)?.first()?).and_then(|n| u64::try_from(n).ok());
    }
    if let Some(data) = below("_pa_array") {
        return super::arrow::length(graph, data);
    }
    let held = ["data", "left", "_left"].iter().find_map(|name| below(name)).or_else(|| backing(home, node).0)?;
    length(home, held, depth + 1).or_else(|| super::arrow::length(graph, held))
}

/// start, stop and step of a RangeIndex.
fn range(graph: &Graph, node: NodeId) -> Option<(i64, i64, i64)> {
    if !is_index(graph, node) {
        return None;
    }
    let number = |name: &str| field(graph, node, name).and_then(|n| graph.int(n));
    Some((number("start")?, number("stop")?, number("step").unwrap_or(1)))
}

fn range_length(start: i64, stop: i64, step: i64) -> Option<u64> {
    let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
    let n = match step {
        0 => return None,
        step if step > 0 => (stop - start + step - 1).div_euclid(step),
        step => (start - stop - step - 1).div_euclid(-step),
    };
    u64::try_from(n.max(0)).ok()
}

/// Understands an index.
pub(super) fn axis(home: Home<'_>, node: NodeId, progress: &Progress) -> Axis {
    let graph = &home.pickled.decoded.graph;
    if class_name(home.pickled, node) == "MultiIndex" {
        return multi(home, node, progress);
    }
    let values = flat(home, node, progress, 0);
    let problem = values.is_unread().then(|| format!("an index cannot be shown: {}", values.note));
    Axis { len: values.rows, levels: vec![Level { name: name(graph, node), values }], problem }
}

fn name(graph: &Graph, node: NodeId) -> Option<NodeId> {
    field(graph, node, "name").filter(|name| !is_none(graph, *name))
}

fn is_none(graph: &Graph, node: NodeId) -> bool {
    graph.kind(node) == crate::pickle::Kind::None
}

/// The labels of an index of one level.
pub(super) fn flat(home: Home<'_>, node: NodeId, progress: &Progress, depth: usize) -> Values {
    let graph = &home.pickled.decoded.graph;
    if let Some((start, stop, step)) = range(graph, node) {
        return match range_length(start, stop, step) {
            Some(n) => Values {
                note: format!("{start} to {stop} by {step}"),
                node: Some(node),
                ..Values::new("int64", n, Source::Range(start, step))
            },
            None => Values::unread("int64", format!("a range from {start} to {stop} by {step} has no length")),
        };
    }
    if let (Some(left), Some(right)) = (field(graph, node, "left"), field(graph, node, "right")) {
        let end = |node| Box::new(values(home, node, progress, depth + 1));
        let closed = field(graph, node, "closed").and_then(|closed| arrays::any_text(graph, closed));
        let all = intervals(end(left), end(right), closed.map(|c| c.into_owned()).unwrap_or_default());
        return Values { node: Some(node), ..all };
    }
    let mut all = match field(graph, node, "data") {
        Some(data) => values(home, data, progress, depth + 1),
        None if is_index(graph, node) => Values::unread("", "an index of this form is not understood"),
        None => values(home, node, progress, depth + 1),
    };
    let freq = field(graph, node, "freq").and_then(|freq| Freq::of_offset(graph, freq));
    if let Some(freq) = freq.filter(|_| all.note.is_empty()) {
        all.note = format!("frequency {freq}");
    }
    all
}

fn multi(home: Home<'_>, node: NodeId, progress: &Progress) -> Axis {
    let graph = &home.pickled.decoded.graph;
    let list = |name: &str| field(graph, node, name).and_then(|all| graph.items(all)).unwrap_or(&[]);
    let (levels, names) = (list("levels"), list("names"));
    let codes = match list("codes") {
        [] => list("labels"),
        codes => codes,
    };
    let mut problem = (levels.len() != codes.len())
        .then(|| format!("a MultiIndex has {} levels, and codes for {}", levels.len(), codes.len()));
    if levels.len() > MAX_LEVELS {
        problem = Some(format!("of {} levels of a MultiIndex, {MAX_LEVELS} are shown", levels.len()));
    }
    let mut all = Vec::new();
    for (i, (level, codes)) in levels.iter().zip(codes).enumerate().take(MAX_LEVELS) {
        // A level holds each label once.
        let labels = values(home, *level, progress, 1);
        let codes = values(home, *codes, progress, 1);
        let own = names.get(i).copied().filter(|name| !is_none(graph, *name)).or_else(|| name(graph, *level));
        let missing = labels.missing();
        let (rows, bytes) = (codes.rows, codes.bytes.saturating_add(labels.bytes));
        let dtype = labels.dtype.clone();
        let source = coded(codes, labels, missing);
        let note = if matches!(source, Source::Unread) { "its codes are no integers" } else { "" };
        let values = Values { rows, bytes, note: note.to_owned(), node: Some(*level), ..Values::new(dtype, 0, source) };
        all.push(Level { name: own, values });
    }
    let len = all.first().and_then(|level| level.values.rows);
    if let Some(short) = all.iter().position(|level| level.values.rows != len) {
        problem.get_or_insert(format!("level {short} of a MultiIndex is not as long as the first"));
    }
    Axis { levels: all, len, problem }
}
