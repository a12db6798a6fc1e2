//! A table in words: names, types and cells of pandas' frames as they are shown, read in pages.

use std::ops::Range;

use crate::bytes::{Progress, Result, Span};
use crate::formats::Artifact;
use crate::formats::frame::{Cell, Frame, Home, Kind, Level, Values, class_name, size_of};
use crate::formats::known::Role;
use crate::pickle::{NodeId, Value};
use crate::view::describe::{Class, Detail, describe};
use crate::view::{escape, number};

/// Rows and columns read at once.
pub const PAGE_ROWS: u64 = 128;
/// Columns read at once.
pub const PAGE_COLUMNS: u64 = 64;
/// Rows looked at for the width of a column.
const MEASURED: u64 = 40;

/// What a cell is: decides colour and side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A number.
    Number,
    /// True, False.
    Bool,
    /// Text.
    Text,
    /// A time.
    Time,
    /// Missing, in pandas' word.
    Missing,
    /// An object that stands in the tree.
    Object,
    /// It could not be read.
    Problem,
}

/// A cell as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Its text, fit to be shown.
    pub text: String,
    /// What it is.
    pub tone: Tone,
    /// The object to go to, where there is more of it than the text.
    pub node: Option<NodeId>,
}

/// The head of a column.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its name, level by level.
    pub names: Vec<String>,
    /// Its type as pandas names it.
    pub dtype: String,
    /// What else there is to say.
    pub note: String,
    /// Its numbers end at the right.
    pub right: bool,
    /// No cell can be shown: the note says why.
    pub unread: bool,
    /// The array or object it is.
    pub node: Option<NodeId>,
    /// Characters of its widest cell, of those looked at, and of its names.
    pub characters: usize,
}

impl Head {
    /// Its name in one line.
    pub fn name(&self) -> String {
        self.names.join(" / ")
    }
}

/// A piece of a table that was read.
#[derive(Debug)]
pub enum Page {
    /// Heads of columns.
    Heads(Vec<Head>),
    /// Rows of cells.
    Cells(Vec<Vec<Shown>>),
}

/// Which piece of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Heads of the levels of the index.
    IndexHeads,
    /// The names of the levels of the columns, as one head.
    Levels,
    /// Heads of this page of columns.
    Heads(u64),
    /// Labels of this page of rows.
    Index(u64),
    /// Cells of this page of rows and of columns.
    Cells(u64, u64),
}

/// Reads a piece of a table; for a job.
pub fn read(artifact: &Artifact, part: usize, frame: &Frame, piece: Piece, progress: &Progress) -> Result<Page> {
    let Some(home) = Home::of(artifact, part) else { return Ok(Page::Cells(Vec::new())) };
    let rows =
        |page: u64| page.saturating_mul(PAGE_ROWS)..page.saturating_add(1).saturating_mul(PAGE_ROWS).min(frame.rows);
    let columns = |page: u64| {
        page.saturating_mul(PAGE_COLUMNS)..page.saturating_add(1).saturating_mul(PAGE_COLUMNS).min(frame.columns)
    };
    Ok(match piece {
        Piece::IndexHeads => {
            let head = |level: &Level| {
                let name = level.name.map(|name| shown(home, node_cell(home, name)).text);
                head(home, vec![name.unwrap_or_default()], &level.values, 0, frame.rows)
            };
            Page::Heads(frame.index.iter().map(head).collect())
        }
        Piece::Levels => {
            let name =
                |level: &Level| level.name.map(|name| shown(home, node_cell(home, name)).text).unwrap_or_default();
            let names = frame.names.iter().map(name).collect();
            let nothing = String::new;
            let (right, unread, node, characters) = (true, false, None, 0);
            Page::Heads(vec![Head { names, dtype: nothing(), note: nothing(), right, unread, node, characters }])
        }
        Piece::Heads(page) => {
            let mut all = Vec::new();
            for i in columns(page) {
                progress.check(Span::default())?;
                all.extend(column_head(home, frame, i));
            }
            Page::Heads(all)
        }
        Piece::Index(page) => {
            let mut all = Vec::new();
            for row in rows(page) {
                progress.check(Span::default())?;
                all.push(frame.index.iter().map(|level| shown(home, level.values.cell(home, 0, row))).collect());
            }
            Page::Cells(all)
        }
        Piece::Cells(page, across) => {
            let held: Vec<_> = columns(across).filter_map(|i| frame.column(i)).collect();
            let mut all = Vec::new();
            for row in rows(page) {
                progress.check(Span::default())?;
                all.push(held.iter().map(|column| shown(home, column.cell(home, row))).collect());
            }
            Page::Cells(all)
        }
    })
}

/// The head of a column.
pub fn column_head(home: Home<'_>, frame: &Frame, i: u64) -> Option<Head> {
    let column = frame.column(i)?;
    let names = frame.names.iter().map(|level| shown(home, level.values.cell(home, 0, i)).text).collect();
    Some(head(home, names, column.values, column.line, frame.rows))
}

fn head(home: Home<'_>, names: Vec<String>, values: &Values, line: u64, rows: u64) -> Head {
    // The first rows, and the last: numbers of rows grow.
    let looked_at = (0..rows.min(MEASURED)).chain(rows.checked_sub(1));
    let widest = looked_at.map(|row| shown(home, values.cell(home, line, row)).text.chars().count()).max();
    let head = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(values.dtype.chars().count());
    Head {
        dtype: escape::plain(&values.dtype),
        note: escape::plain(&values.note),
        right: values.is_numeric(),
        unread: values.is_unread(),
        node: values.node,
        characters: widest.unwrap_or(0).max(head),
        names,
    }
}

/// The object itself as a cell.
fn node_cell(home: Home<'_>, node: NodeId) -> Cell {
    Cell::of(&home.pickled.decoded.graph, node)
}

/// A cell as it is shown.
pub fn shown(home: Home<'_>, cell: Cell) -> Shown {
    let plain = |text: &str, tone| Shown { text: escape::plain(text), tone, node: None };
    match &cell {
        Cell::Number(text) => plain(text, Tone::Number),
        Cell::Bool(_) => plain(&cell.text(), Tone::Bool),
        Cell::Text(text) => plain(text, Tone::Text),
        Cell::Time(text) => plain(text, Tone::Time),
        Cell::Missing(word) => plain(word, Tone::Missing),
        Cell::Nothing => plain("", Tone::Missing),
        Cell::Problem(text) => plain(text, Tone::Problem),
        Cell::Node(node) => object(home, *node),
    }
}

fn object(home: Home<'_>, node: NodeId) -> Shown {
    let graph = &home.pickled.decoded.graph;
    let Some((from, left, right, to)) = Cell::interval(graph, node) else { return described(home, node) };
    // Ends that are objects are NumPy's scalars.
    let end = |end: NodeId| match Cell::of(graph, end) {
        Cell::Node(node) => described(home, node).text,
        cell => escape::plain(&cell.text()),
    };
    Shown { text: format!("{from}{}, {}{to}", end(left), end(right)), tone: Tone::Time, node: Some(node) }
}

fn described(home: Home<'_>, node: NodeId) -> Shown {
    let graph = &home.pickled.decoded.graph;
    let d = describe(home.artifact, home.part, home.pickled, node, Detail::Row);
    let alone = match d.class {
        Class::Number => Some(Tone::Number),
        Class::Bool | Class::Constant => Some(Tone::Bool),
        Class::Bytes | Class::Text => Some(Tone::Text),
        _ => None,
    };
    // What the text says in full leads nowhere.
    let known = home.pickled.known.role(graph, node);
    let leaf = !matches!(graph.value(node), Value::Object(_)) || matches!(known, Role::Scalar | Role::Encode);
    match alone.filter(|_| !d.value.is_empty()) {
        Some(tone) => Shown { text: d.value, tone, node: (!leaf).then_some(node) },
        None => {
            let text = match d.value.is_empty() {
                true => d.type_name,
                // Its brackets say what it is: a column's name is often one.
                false if matches!(graph.value(node), Value::Tuple(_)) => d.value,
                false => format!("{} {}", d.type_name, d.value),
            };
            Shown { text, tone: Tone::Object, node: Some(node) }
        }
    }
}

/// How much a table holds: `1,000 rows × 4 columns`, `3 rows`, `3 labels`.
pub fn size_text(kind: Kind, rows: u64, columns: u64) -> String {
    match kind {
        Kind::DataFrame => format!("{} × {}", number::count(rows, "row"), number::count(columns, "column")),
        Kind::Series => number::count(rows, "row"),
        Kind::Index => number::count(rows, "label"),
    }
}

/// The class of a node, and the same of it; None if it is no table of pandas.
pub fn size_of_node(artifact: &Artifact, part: usize, node: NodeId) -> Option<(String, String)> {
    let home = Home::of(artifact, part)?;
    let (kind, rows, columns) = size_of(home, node)?;
    Some((class_name(home.pickled, node), size_text(kind, rows, columns)))
}

/// The pages that a range of rows or columns touches.
pub fn pages(range: Range<u64>, page: u64) -> Range<u64> {
    if range.is_empty() { 0..0 } else { range.start / page..(range.end - 1) / page + 1 }
}
