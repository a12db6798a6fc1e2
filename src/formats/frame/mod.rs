//! pandas' tables: a DataFrame, a Series or an Index as levels and columns, of which cells are read by position.
//!
//! A frame is built from names and shapes; its values stay where they are. What is not understood, or does not fit, is
//! a column that says so, and the rest of the table is there.

mod arrow;
mod axis;
mod cells;
mod manager;
mod time;
mod values;
mod zone;

use super::artifact::{Artifact, Pickled};
use super::known;
use crate::bytes::Progress;
use crate::pickle::{NodeId, Value};

pub use axis::Level;
use axis::axis;
pub use axis::length;
pub use cells::Cell;
use manager::{Block, Manager, manager_of};
pub use values::Values;

/// What a table was in Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `pandas.DataFrame`, or a subclass.
    DataFrame,
    /// `pandas.Series`, or a subclass.
    Series,
    /// `pandas.Index`, in any of its kinds.
    Index,
}

/// The part of an artifact that a frame is in: where its nodes and arrays are looked up.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// The artifact.
    pub artifact: &'a Artifact,
    /// The part.
    pub part: usize,
    /// The part's pickles.
    pub pickled: &'a Pickled,
}

impl<'a> Home<'a> {
    /// The part with this number, if it is a pickle.
    pub fn of(artifact: &'a Artifact, part: usize) -> Option<Self> {
        artifact.pickled(part).map(|pickled| Self { artifact, part, pickled })
    }
}

/// A table.
#[derive(Debug)]
pub struct Frame {
    /// What it was.
    pub kind: Kind,
    /// Number of rows.
    pub rows: u64,
    /// Number of columns.
    pub columns: u64,
    /// The index of the rows, outermost level first. An Index has none: its levels are the columns.
    pub index: Vec<Level>,
    /// Levels of the column names, outermost first.
    pub names: Vec<Level>,
    /// Bytes of the values in all columns, as far as they are known.
    pub bytes: u64,
    /// What is wrong with the table as a whole.
    pub problems: Vec<String>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Blocks(Manager),
    Levels(Vec<Level>),
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Its values.
    pub values: &'a Values,
    /// Which line of them it is: a block holds several columns.
    pub line: u64,
}

/// What `node` is, by its names only; None if it is none of pandas' tables.
pub fn kind_of(pickled: &Pickled, node: NodeId) -> Option<Kind> {
    let graph = &pickled.decoded.graph;
    let class = graph.class(node)?;
    if class.module.starts_with("pandas.") && class.name.starts_with("_new_") && class.name.ends_with("Index") {
        return Some(Kind::Index);
    }
    let manager = manager_of(pickled, node)?;
    let name = &*known::class_of(graph, manager)?.name;
    match graph.attribute(node, "_typ").and_then(|typ| graph.str(typ)) {
        Some("dataframe") => Some(Kind::DataFrame),
        Some("series") => Some(Kind::Series),
        _ if name.starts_with("Single") => Some(Kind::Series),
        _ => Some(Kind::DataFrame),
    }
}

/// Rows and columns of a table, without building it: for a line in a list. A Series and an Index have one column.
pub fn size_of(home: Home<'_>, node: NodeId) -> Option<(Kind, u64, u64)> {
    let kind = kind_of(home.pickled, node)?;
    if kind == Kind::Index {
        return Some((kind, length(home, node, 0)?, 1));
    }
    let axes = manager::axes_of(home.pickled, manager_of(home.pickled, node)?)?;
    match (kind, axes) {
        (Kind::DataFrame, [columns, rows, ..]) => Some((kind, length(home, *rows, 0)?, length(home, *columns, 0)?)),
        (Kind::Series, [rows, ..]) => Some((kind, length(home, *rows, 0)?, 1)),
        _ => None,
    }
}

impl Frame {
    /// Builds the table that `node` is; None if it is none.
    pub fn build(home: Home<'_>, node: NodeId, progress: &Progress) -> Option<Self> {
        let kind = kind_of(home.pickled, node)?;
        if kind == Kind::Index {
            return Some(Self::of_index(home, node, progress));
        }
        let mut problems = Vec::new();
        let manager = manager_of(home.pickled, node)?;
        let axes = manager::axes_of(home.pickled, manager).unwrap_or(&[]);
        let (names, index) = match (kind, axes) {
            (Kind::DataFrame, [columns, rows, ..]) => (Some(*columns), Some(*rows)),
            (Kind::Series, [rows, ..]) => (None, Some(*rows)),
            _ => {
                problems.push("its axes are missing".to_owned());
                (None, None)
            }
        };
        let names = names.map(|node| axis(home, node, progress));
        let index = index.map(|node| axis(home, node, progress));
        problems.extend(names.iter().chain(&index).filter_map(|axis| axis.problem.clone()));
        let blocks = manager::blocks(home, manager, &mut problems, progress);
        let fits = |block: &Block| block.values.rows;
        let rows = index.as_ref().and_then(|index| index.len).or_else(|| blocks.iter().find_map(fits)).unwrap_or(0);
        let columns = match kind {
            Kind::Series => 1,
            _ => {
                let held = || blocks.iter().map(|block| block.values.lines).fold(0, u64::saturating_add);
                names.as_ref().and_then(|names| names.len).unwrap_or_else(held)
            }
        };
        let bytes = blocks.iter().map(|block| block.values.bytes).fold(0, u64::saturating_add);
        let index = index.map(|axis| axis.levels).unwrap_or_default();
        let names = match kind {
            Kind::Series => vec![Level::named(manager::series_name(home.pickled, node))],
            _ => names.map(|axis| axis.levels).unwrap_or_default(),
        };
        let body = Body::Blocks(Manager::new(blocks, columns, rows, &mut problems));
        Some(Self { kind, rows, columns, index, names, bytes, problems, body })
    }

    fn of_index(home: Home<'_>, node: NodeId, progress: &Progress) -> Self {
        let axis = axis(home, node, progress);
        let names = axis.levels.iter().map(|level| level.name).collect();
        Self {
            kind: Kind::Index,
            rows: axis.len.unwrap_or(0),
            columns: axis.levels.len() as u64,
            index: Vec::new(),
            names: vec![Level::named_each(names)],
            bytes: axis.levels.iter().map(|level| level.values.bytes).fold(0, u64::saturating_add),
            problems: axis.problem.into_iter().collect(),
            body: Body::Levels(axis.levels),
        }
    }

    /// A column; None outside the table.
    pub fn column(&self, i: u64) -> Option<Column<'_>> {
        if i >= self.columns {
            return None;
        }
        match &self.body {
            Body::Blocks(manager) => Some(manager.column(i)),
            Body::Levels(levels) => {
                let level = levels.get(usize::try_from(i).ok()?)?;
                Some(Column { values: &level.values, line: 0 })
            }
        }
    }
}

impl Column<'_> {
    /// The cell in a row.
    pub fn cell(&self, home: Home<'_>, row: u64) -> Cell {
        self.values.cell(home, self.line, row)
    }
}

/// The class of an object as a name for people: its last part, also where a function of pandas restores it.
pub fn class_name(pickled: &Pickled, node: NodeId) -> String {
    let graph = &pickled.decoded.graph;
    match graph.value(node) {
        Value::Object(object) => graph.symbol(values::class_node(graph, node).unwrap_or(object.callee)),
        _ => None,
    }
    .map_or_else(|| "an object".to_owned(), |symbol| symbol.name.rsplit('.').next().unwrap_or(&symbol.name).to_owned())
}
