//! pandas' block manager: blocks of lines, and which line is which column.

use std::sync::LazyLock;

use super::values::{Values, values, view_of};
use super::{Column, Home};
use crate::bytes::Progress;
use crate::formats::artifact::Pickled;
use crate::formats::known;
use crate::pickle::{Graph, NodeId, Value};

/// Columns of slices with gaps that are noted one by one, and the number of longer ones that are kept as they are.
const SCATTERED: u64 = 65_536;
const MOST_STRIDED: usize = 64;

/// A block: values of one type, and the columns they are.
#[derive(Debug)]
pub(super) struct Block {
    pub values: Values,
    pub places: Places,
}

/// Which columns the lines of a block are, in order.
#[derive(Debug)]
pub(super) enum Places {
    /// start, step, number.
    Slice(u64, u64, u64),
    /// One by one.
    List(Vec<u64>),
    /// It is not said in a way that is understood.
    Unknown(String),
}

/// Columns that follow each other by `step`, as lines of a block that do by one.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: u64,
    step: u64,
    len: u64,
    block: usize,
    line: u64,
}

impl Run {
    /// The line that column `i` is.
    fn line_of(&self, i: u64) -> Option<u64> {
        let from = i.checked_sub(self.start)?;
        (from % self.step == 0 && from / self.step < self.len).then(|| self.line + from / self.step)
    }
}

/// The blocks of a table, by column.
#[derive(Debug)]
pub(super) struct Manager {
    blocks: Vec<Block>,
    /// Runs of neighbours by their first column.
    runs: Vec<Run>,
    /// Long runs with gaps: a handful.
    strided: Vec<Run>,
}

/// What stands for a column that no block holds.
static ABSENT: LazyLock<Values> = LazyLock::new(|| Values::unread("", "no block holds this column"));

impl Manager {
    /// Sorts the blocks of a table of this size out. A block that does not fit becomes columns that say so.
    pub(super) fn new(mut blocks: Vec<Block>, columns: u64, rows: u64, problems: &mut Vec<String>) -> Self {
        let (mut runs, mut strided) = (Vec::new(), Vec::new());
        for (i, block) in blocks.iter_mut().enumerate() {
            if let Some(held) = block.values.rows.filter(|held| *held != rows) {
                let why = format!("its block has {held} rows, the index {rows}");
                block.values = Values { node: block.values.node, ..Values::unread(block.values.dtype.clone(), why) };
            }
            let whole = |len| block.values.is_unread() || len == block.values.lines;
            let run = |start, step, len, line| Run { start, step, len, block: i, line };
            match &block.places {
                Places::Unknown(why) => problems.push(format!("block {i}: {why}")),
                Places::Slice(start, step, len) => {
                    let last = len.checked_sub(1).and_then(|n| n.checked_mul(*step)?.checked_add(*start));
                    if !whole(*len) || last.is_some_and(|last| last >= columns) {
                        problems.push(misfit(i, *len, &block.values, columns));
                    }
                    match (*step, *len) {
                        (_, 0) => {}
                        (1, len) => runs.push(run(*start, 1, len, 0)),
                        (step, len) if len <= SCATTERED => {
                            runs.extend((0..len).map_while(|n| Some(run(n.checked_mul(step)? + start, 1, 1, n))));
                        }
                        (step, len) if strided.len() < MOST_STRIDED => strided.push(run(*start, step, len, 0)),
                        _ => problems.push(format!("block {i} is one of too many with gaps")),
                    }
                }
                Places::List(list) => {
                    if !whole(list.len() as u64) || list.iter().any(|place| *place >= columns) {
                        problems.push(misfit(i, list.len() as u64, &block.values, columns));
                    }
                    let mut open: Option<Run> = None;
                    for (line, place) in list.iter().enumerate() {
                        match &mut open {
                            Some(run) if run.start.checked_add(run.len) == Some(*place) => run.len += 1,
                            _ => runs.extend(open.replace(run(*place, 1, 1, line as u64))),
                        }
                    }
                    runs.extend(open);
                }
            }
        }
        runs.sort_by_key(|run| run.start);
        Self { blocks, runs, strided }
    }

    /// A column of the table.
    pub(super) fn column(&self, i: u64) -> Column<'_> {
        let before = self.runs.partition_point(|run| run.start <= i);
        let near = before.checked_sub(1).and_then(|at| self.runs.get(at));
        let found = near.into_iter().chain(&self.strided).find_map(|run| Some((run.block, run.line_of(i)?)));
        match found.and_then(|(block, line)| Some((self.blocks.get(block)?, line))) {
            Some((block, line)) if block.values.is_unread() || line < block.values.lines => {
                Column { values: &block.values, line }
            }
            _ => Column { values: &ABSENT, line: 0 },
        }
    }
}

fn misfit(i: usize, places: u64, values: &Values, columns: u64) -> String {
    format!("block {i} of {} lines is said to be {places} of {columns} columns", values.lines)
}

/// The block manager of a DataFrame or Series.
pub(super) fn manager_of(pickled: &Pickled, node: NodeId) -> Option<NodeId> {
    let graph = &pickled.decoded.graph;
    // `_data` until pandas 1.0.
    let manager = graph.attribute(node, "_mgr").or_else(|| graph.attribute(node, "_data"))?;
    let class = known::class_of(graph, manager)?;
    (class.module.starts_with("pandas.") && class.name.ends_with("BlockManager")).then_some(manager)
}

/// The state of a manager: (axes, values, items, {"0.14.1": {axes, blocks}}).
fn state(graph: &Graph, manager: NodeId) -> &[NodeId] {
    graph.object(manager).and_then(|object| graph.items(object.state?)).unwrap_or(&[])
}

/// The axes of a manager: the columns first, if there are two.
pub(super) fn axes_of(pickled: &Pickled, manager: NodeId) -> Option<&[NodeId]> {
    let graph = &pickled.decoded.graph;
    let axes = match state(graph, manager) {
        [axes, ..] => *axes,
        // Since 1.3: (blocks, axes) as arguments.
        [] => *graph.items(graph.object(manager)?.args)?.get(1)?,
    };
    graph.items(axes)
}

/// The name of a Series.
pub(super) fn series_name(pickled: &Pickled, node: NodeId) -> Option<NodeId> {
    let graph = &pickled.decoded.graph;
    let name = graph.attribute(node, "_name").or_else(|| graph.attribute(node, "name"))?;
    (graph.kind(name) != crate::pickle::Kind::None).then_some(name)
}

/// The blocks of a manager.
pub(super) fn blocks(home: Home<'_>, manager: NodeId, problems: &mut Vec<String>, progress: &Progress) -> Vec<Block> {
    let graph = &home.pickled.decoded.graph;
    let described = described(graph, manager).unwrap_or_default();
    if described.is_empty() && !state(graph, manager).is_empty() {
        let [_, held, ..] = state(graph, manager) else { return Vec::new() };
        if graph.items(*held).is_some_and(|held| !held.is_empty()) {
            problems.push("its blocks are written as before pandas 0.14".to_owned());
        }
    }
    let mut all = Vec::new();
    for (held, places) in described {
        if progress.is_cancelled() {
            break;
        }
        let values = values(home, held, progress, 0);
        let places = match places {
            Some(places) => places_of(home, places),
            // A SingleBlockManager holds the one column there is.
            None => Places::Slice(0, 1, 1),
        };
        all.push(Block { values, places });
    }
    all
}

/// (values, placement) of the blocks, in whichever form they are written.
fn described(graph: &Graph, manager: NodeId) -> Option<Vec<(NodeId, Option<NodeId>)>> {
    let single = known::class_of(graph, manager)?.name.starts_with("Single");
    let keep = |place: NodeId| (!single).then_some(place);
    match state(graph, manager) {
        [_, _, _, extra, ..] => {
            let blocks = graph.items(graph.get(graph.get(*extra, "0.14.1")?, "blocks")?)?;
            let one = |block: &NodeId| Some((graph.get(*block, "values")?, keep(graph.get(*block, "mgr_locs")?)));
            Some(blocks.iter().filter_map(one).collect())
        }
        [] => {
            let first = *graph.items(graph.object(manager)?.args)?.first()?;
            let alone = [first];
            // A SingleBlockManager may have its block without a tuple around it.
            let blocks = graph.items(first).unwrap_or(&alone);
            let one = |block: &NodeId| match graph.items(graph.object(*block)?.args)? {
                [values, places, ..] => Some((*values, keep(*places))),
                _ => None,
            };
            Some(blocks.iter().filter_map(one).collect())
        }
        _ => None,
    }
}

fn places_of(home: Home<'_>, node: NodeId) -> Places {
    let graph = &home.pickled.decoded.graph;
    let unknown = |why: &str| Places::Unknown(why.to_owned());
    let number = |id: &NodeId| graph.int(*id).and_then(|n| u64::try_from(n).ok());
    if let Some(at) = number(&node) {
        return Places::Slice(at, 1, 1);
    }
    if graph.class(node).is_some_and(|class| &*class.name == "slice") {
        let args = graph.object(node).and_then(|object| graph.items(object.args)).unwrap_or(&[]);
        let [start, stop, step] = args else { return unknown("its slice is not one") };
        let step = if matches!(graph.value(*step), Value::None) { Some(1) } else { number(step) };
        return match (number(start), number(stop), step) {
            (Some(start), Some(stop), Some(step)) if step > 0 => {
                Places::Slice(start, step, stop.saturating_sub(start).div_ceil(step))
            }
            _ => unknown("its columns are a slice that counts backwards"),
        };
    }
    let Some(view) = view_of(home, node).filter(|view| view.shape().len() == 1) else {
        return unknown("it does not say which columns it holds");
    };
    let place = |i: u64| u64::try_from(view.int(&[i]).ok()??).ok();
    // Bounded by the bytes that are there.
    match (0..view.len()).map(place).collect() {
        Some(list) => Places::List(list),
        None => unknown("its columns are not all numbers of columns"),
    }
}
