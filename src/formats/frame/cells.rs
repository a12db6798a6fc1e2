//! A cell read where it lies, as pandas would name it.

use super::Home;
use super::time::{self, Freq};
use super::values::{Places, Source, Values};
use super::zone::Zone;
use crate::array::{ArrayView, Scalar};
use crate::bytes::Result;
use crate::formats::children::object_items;
use crate::pickle::{Graph, NodeId, Value, text};

/// What a cell holds. Text is as the file has it: not yet fit to be shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A number in Python's notation.
    Number(String),
    /// True or False.
    Bool(bool),
    /// Text, without quotes.
    Text(String),
    /// A moment, a span of time, a period, an interval.
    Time(String),
    /// Missing, in pandas' word for it.
    Missing(&'static str),
    /// An object.
    Node(NodeId),
    /// There is nothing to say: the column cannot be shown, or a name is absent.
    Nothing,
    /// It could not be read, and why.
    Problem(String),
}

impl Cell {
    /// An object of the graph as a cell.
    pub fn of(graph: &Graph, node: NodeId) -> Self {
        node_cell(graph, node)
    }

    /// The ends of a `pandas.Interval(left, right, closed)`, in its brackets.
    pub fn interval(graph: &Graph, node: NodeId) -> Option<(char, NodeId, NodeId, char)> {
        let object = graph.object(node)?;
        graph.symbol(object.callee).filter(|class| &*class.name == "Interval" && is_pandas(&class.module))?;
        let [left, right, closed, ..] = graph.items(object.args)? else { return None };
        let (from, to) = match graph.str(*closed)? {
            "left" => ('[', ')'),
            "right" => ('(', ']'),
            "both" => ('[', ']'),
            "neither" => ('(', ')'),
            _ => return None,
        };
        Some((from, *left, *right, to))
    }

    /// Its text where it is no object.
    pub fn text(&self) -> String {
        match self {
            Self::Number(text) | Self::Text(text) | Self::Time(text) | Self::Problem(text) => text.clone(),
            Self::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
            Self::Missing(word) => (*word).to_owned(),
            Self::Node(_) | Self::Nothing => String::new(),
        }
    }
}

impl Values {
    /// The cell in a row of a line.
    pub fn cell(&self, home: Home<'_>, line: u64, row: u64) -> Cell {
        // The depth of values is capped where they are built.
        self.read(home, line, row).unwrap_or_else(|error| Cell::Problem(error.to_string()))
    }

    fn read(&self, home: Home<'_>, line: u64, row: u64) -> Result<Cell> {
        let graph = &home.pickled.decoded.graph;
        if self.rows.is_none_or(|rows| row >= rows) || line >= self.lines {
            return Ok(Cell::Nothing);
        }
        Ok(match &self.source {
            Source::Array(view) => element(view, line, row)?,
            Source::Objects(array, rows) => {
                let at = line.checked_mul(*rows).and_then(|at| usize::try_from(at.checked_add(row)?).ok());
                let items = object_items(graph, &home.pickled.known, *array);
                match items.zip(at).and_then(|(items, at)| items.get(at)) {
                    Some(node) => node_cell(graph, *node),
                    None => Cell::Nothing,
                }
            }
            Source::Times { stored, per_second, delta, zone } => match integer(stored, line, row)? {
                Some(value) if value != i128::from(i64::MIN) => {
                    Cell::Time(if *delta { time::span(value, *per_second) } else { zone.moment(value, *per_second) })
                }
                _ => Cell::Missing("NaT"),
            },
            Source::Periods(view, freq) => match integer(view, line, row)? {
                Some(value) if value != i128::from(i64::MIN) => Cell::Time(freq.period(value)),
                _ => Cell::Missing("NaT"),
            },
            Source::Codes { codes, categories, missing } => {
                let Source::Array(view) = &codes.source else { return Ok(Cell::Nothing) };
                match integer(view, line, row)? {
                    Some(-1) => Cell::Missing(missing),
                    Some(code) => match u64::try_from(code).ok().filter(|code| categories.rows > Some(*code)) {
                        Some(code) => categories.read(home, 0, code)?,
                        None => Cell::Problem(format!("code {code} has no category")),
                    },
                    None => Cell::Nothing,
                }
            }
            Source::Masked(values, mask) => match element(mask, line, row)? {
                Cell::Bool(true) => Cell::Missing("<NA>"),
                _ => values.read(home, line, row)?,
            },
            Source::Sparse { values, places, fill } => match place(places, row)? {
                Some(at) => values.read(home, 0, at)?,
                None => node_cell(graph, *fill),
            },
            Source::Intervals(left, right, from, to) => {
                match (left.read(home, line, row)?, right.read(home, line, row)?) {
                    (Cell::Missing(_), _) | (_, Cell::Missing(_)) => Cell::Missing("NaN"),
                    (left, right) => {
                        let (open, close) = (if *from { '[' } else { '(' }, if *to { ']' } else { ')' });
                        Cell::Time(format!("{open}{}, {}{close}", left.text(), right.text()))
                    }
                }
            }
            Source::Arrow(arrow, missing) => arrow.cell(row, missing)?,
            Source::Range(start, step) => {
                Cell::Number((i128::from(*start) + i128::from(*step) * i128::from(row)).to_string())
            }
            Source::Nodes(nodes) => match usize::try_from(row).ok().and_then(|i| nodes.get(i).copied().flatten()) {
                Some(node) => node_cell(graph, node),
                None => Cell::Nothing,
            },
            Source::Unread => Cell::Nothing,
        })
    }
}

fn integer(view: &ArrayView, line: u64, row: u64) -> Result<Option<i128>> {
    match view.shape() {
        [_] => view.int(&[row]),
        _ => view.int(&[line, row]),
    }
}

fn element(view: &ArrayView, line: u64, row: u64) -> Result<Cell> {
    let text = match view.shape() {
        [_] => view.text(&[row])?,
        _ => view.text(&[line, row])?,
    };
    Ok(match &view.dtype().scalar {
        Scalar::Bool => Cell::Bool(text == "True"),
        Scalar::Float | Scalar::Complex if text.contains("nan") => Cell::Missing("NaN"),
        Scalar::Str | Scalar::Bytes | Scalar::Void | Scalar::Struct(_) | Scalar::Sub(..) => Cell::Text(text),
        Scalar::Datetime(_) | Scalar::Timedelta(_) => Cell::Time(text),
        _ => Cell::Number(text),
    })
}

/// Where the value of a row of a sparse array stands among those it holds.
fn place(places: &Places, row: u64) -> Result<Option<u64>> {
    match places {
        Places::Runs(runs) => {
            let behind = runs.partition_point(|(start, ..)| *start <= row);
            let run = behind.checked_sub(1).and_then(|at| runs.get(at));
            Ok(run.filter(|(start, len, _)| row - start < *len).map(|(start, _, before)| before + (row - start)))
        }
        Places::Rows(view) => {
            let (mut low, mut high) = (0, view.len());
            while low < high {
                let middle = low + (high - low) / 2;
                match view.int(&[middle])?.map(|at| at.cmp(&i128::from(row))) {
                    Some(std::cmp::Ordering::Equal) => return Ok(Some(middle)),
                    Some(std::cmp::Ordering::Less) => low = middle + 1,
                    _ => high = middle,
                }
            }
            Ok(None)
        }
    }
}

/// An object of the graph as a cell: plain values by their text, pandas' own by its words.
pub(super) fn node_cell(graph: &Graph, node: NodeId) -> Cell {
    // An interval is between two of the others.
    interval(graph, node).unwrap_or_else(|| simple(graph, node))
}

/// An interval whose ends have a text of their own.
fn interval(graph: &Graph, node: NodeId) -> Option<Cell> {
    let (from, left, right, to) = Cell::interval(graph, node)?;
    let (left, right) = (simple(graph, left), simple(graph, right));
    if [&left, &right].iter().any(|end| matches!(end, Cell::Node(_) | Cell::Nothing | Cell::Missing(_))) {
        return None;
    }
    Some(Cell::Time(format!("{from}{}, {}{to}", left.text(), right.text())))
}

fn is_pandas(module: &str) -> bool {
    module == "pandas" || module.starts_with("pandas.")
}

fn simple(graph: &Graph, node: NodeId) -> Cell {
    match graph.value(node) {
        Value::None => Cell::Missing("None"),
        Value::Bool(value) => Cell::Bool(value),
        Value::Int(value) => Cell::Number(value.to_string()),
        Value::Float(value) if value.is_nan() => Cell::Missing("NaN"),
        Value::Float(value) => Cell::Number(text::float_repr(value)),
        Value::Text(data) => Cell::Text(match String::from_utf8_lossy(data.kept) {
            text if data.is_whole() => text.into_owned(),
            // The rest of it is shown where the object itself is.
            text => format!("{}…", text.trim_end_matches(char::REPLACEMENT_CHARACTER)),
        }),
        Value::Global(symbol) if &*symbol.name == "NA" && symbol.module.starts_with("pandas") => Cell::Missing("<NA>"),
        Value::Object(object) => {
            let Some(class) = graph.symbol(object.callee) else { return Cell::Node(node) };
            if !is_pandas(&class.module) {
                return Cell::Node(node);
            }
            let number = |i: usize| graph.items(object.args).and_then(|args| args.get(i)).and_then(|n| graph.int(*n));
            // (value, freq, tz, resolution), (value, resolution): nanoseconds where it is not said.
            let per_second = |resolution: Option<i64>| match resolution {
                Some(7) => 1,
                Some(8) => 1000,
                Some(9) => 1_000_000,
                _ => 1_000_000_000,
            };
            match (&*class.name, number(0)) {
                ("_nat_unpickle" | "__nat_unpickle", _) => Cell::Missing("NaT"),
                ("_unpickle_timestamp" | "Timestamp", Some(value)) => {
                    let tz = graph.items(object.args).and_then(|args| args.get(2)).copied();
                    let zone = tz.map_or(Zone::Naive, |tz| Zone::of(graph, tz));
                    Cell::Time(zone.moment(i128::from(value), per_second(number(3))))
                }
                // (None, freq, ordinal)
                ("Period", _) => {
                    let freq = graph.items(object.args).and_then(|args| args.get(1));
                    let freq = freq.and_then(|freq| Freq::of_offset(graph, *freq)).filter(Freq::is_known);
                    match freq.zip(number(2)) {
                        Some((freq, ordinal)) => Cell::Time(freq.period(i128::from(ordinal))),
                        None => Cell::Node(node),
                    }
                }
                ("_timedelta_unpickle", Some(value)) => {
                    Cell::Time(time::span(i128::from(value), per_second(number(1))))
                }
                _ => Cell::Node(node),
            }
        }
        _ => Cell::Node(node),
    }
}

/// A plain value in words, for a dtype: `0.0`, `nan`, `False`.
pub(super) fn node_text(graph: &Graph, node: NodeId) -> String {
    match node_cell(graph, node) {
        Cell::Missing("NaN") => "nan".to_owned(),
        Cell::Node(_) => "an object".to_owned(),
        cell => cell.text(),
    }
}
