//! The values of columns: from the arrays of NumPy, pandas and Arrow to where each cell lies.

use super::arrow::{self, Arrow};
use super::time::Freq;
use super::zone::Zone;
use super::{Home, axis, class_name};
use crate::array::{ArrayRef, ArrayView, Elements, Scalar, layout};
use crate::bytes::Progress;
use crate::formats::arrays;
use crate::pickle::{Graph, NodeId, Value};

/// Arrays in arrays in indexes: real ones have four.
const MAX_DEPTH: usize = 8;

/// Values that share a type and lie together: one line for each column.
#[derive(Debug)]
pub struct Values {
    /// The type as pandas names it.
    pub dtype: String,
    /// What else there is to say: frequency, categories, why cells cannot be shown.
    pub note: String,
    /// Number of lines; 1 for what has one dimension.
    pub lines: u64,
    /// Number of cells in a line; None if that cannot be known.
    pub rows: Option<u64>,
    /// Bytes of the values.
    pub bytes: u64,
    /// The array or object in the graph.
    pub node: Option<NodeId>,
    pub(super) source: Source,
}

/// Where cells lie. A cell is at (line, row).
#[derive(Debug)]
pub(super) enum Source {
    /// Elements of an array of one or two axes.
    Array(ArrayView),
    /// Objects: the items of this array node, in C order.
    Objects(NodeId, u64),
    /// 64-bit times, since 1970 or between two moments.
    Times { stored: ArrayView, per_second: i128, delta: bool, zone: Zone },
    /// Ordinals of periods.
    Periods(ArrayView, Freq),
    /// Numbers into other values; what -1 means.
    Codes { codes: Box<Values>, categories: Box<Values>, missing: &'static str },
    /// Values, and where they are missing.
    Masked(Box<Values>, ArrayView),
    /// A few values, and one for all others.
    Sparse { values: Box<Values>, places: Places, fill: NodeId },
    /// Pairs of values; closed on the left, on the right.
    Intervals(Box<Values>, Box<Values>, bool, bool),
    /// Arrow's buffers; what null is called.
    Arrow(Arrow, &'static str),
    /// start, step.
    Range(i64, i64),
    /// Nodes of the graph, some of them absent.
    Nodes(Vec<Option<NodeId>>),
    /// It says in the note why not.
    Unread,
}

/// Where sparse values stand.
#[derive(Debug)]
pub(super) enum Places {
    /// Row by row, ascending.
    Rows(ArrayView),
    /// Runs: first row, length, values before.
    Runs(Vec<(u64, u64, u64)>),
}

impl Values {
    pub(super) fn new(dtype: impl Into<String>, rows: u64, source: Source) -> Self {
        Self { dtype: dtype.into(), note: String::new(), lines: 1, rows: Some(rows), bytes: 0, node: None, source }
    }

    /// Values that cannot be shown, and why.
    pub(super) fn unread(dtype: impl Into<String>, why: impl Into<String>) -> Self {
        Self { note: why.into(), rows: None, ..Self::new(dtype, 0, Source::Unread) }
    }

    fn at(mut self, node: NodeId) -> Self {
        self.node = Some(node);
        self
    }

    /// True for what is aligned on its last digit.
    pub fn is_numeric(&self) -> bool {
        match &self.source {
            Source::Array(view) => !matches!(view.dtype().scalar, Scalar::Bool | Scalar::Str | Scalar::Bytes),
            Source::Range(..) => true,
            Source::Masked(values, _) | Source::Sparse { values, .. } => values.is_numeric(),
            Source::Codes { categories, .. } => categories.is_numeric(),
            Source::Arrow(arrow, _) => arrow.is_numeric(),
            _ => false,
        }
    }

    /// True if no cell can be shown.
    pub fn is_unread(&self) -> bool {
        matches!(self.source, Source::Unread)
    }

    /// What a missing value of this type is called.
    pub(super) fn missing(&self) -> &'static str {
        match &self.source {
            Source::Times { .. } | Source::Periods(..) => "NaT",
            Source::Masked(..) => "<NA>",
            Source::Arrow(_, missing) => missing,
            Source::Objects(..) if self.dtype == "string" => "<NA>",
            _ => "NaN",
        }
    }
}

/// The node of the class that an object is of: pandas restores some by a function that gets the class.
pub(super) fn class_node(graph: &Graph, node: NodeId) -> Option<NodeId> {
    let object = graph.object(node)?;
    let name = &*graph.symbol(object.callee)?.name;
    if name.starts_with("__pyx_unpickle_") || name.starts_with("_new_") {
        return graph.items(object.args)?.first().copied();
    }
    graph.class_node(node)
}

/// A field of an array or index of pandas, wherever its way of pickling puts it.
pub(super) fn field(graph: &Graph, node: NodeId, name: &str) -> Option<NodeId> {
    let object = graph.object(node)?;
    let callee = &*graph.symbol(object.callee)?.name;
    if callee.starts_with("_new_") {
        return graph.get(*graph.items(object.args)?.get(1)?, name);
    }
    if callee.starts_with("__pyx_unpickle_") {
        let state = graph.items(object.state?)?;
        return state.iter().take(4).find_map(|part| graph.get(*part, name));
    }
    graph.attribute(node, name)
}

/// The NumPy array behind an array of pandas, and its dtype where that stands beside it.
pub(super) fn backing(home: Home<'_>, node: NodeId) -> (Option<NodeId>, Option<NodeId>) {
    let graph = &home.pickled.decoded.graph;
    let is_array = |id: &NodeId| home.pickled.known.role(graph, *id).is_array();
    let state = graph.object(node).and_then(|object| graph.items(object.state?));
    if let Some(state) = state.filter(|state| state.len() >= 2) {
        let array = state.iter().take(4).copied().find(is_array);
        let dtype = state.iter().take(4).copied().find(|id| !is_array(id) && graph.object(*id).is_some());
        return (array, dtype);
    }
    let array = ["_ndarray", "_data", "_codes"].iter().find_map(|name| field(graph, node, name));
    (array, field(graph, node, "_dtype").or_else(|| field(graph, node, "dtype")))
}

/// The values that an array of NumPy or pandas, or an index of one level, holds.
pub(super) fn values(home: Home<'_>, node: NodeId, progress: &Progress, depth: usize) -> Values {
    let graph = &home.pickled.decoded.graph;
    if depth > MAX_DEPTH {
        return Values::unread("", "arrays are nested too deeply").at(node);
    }
    if let Some(array) = home.artifact.array_of(home.part, node).and_then(|i| home.artifact.arrays.get(i)) {
        return of_array(array, node, Zone::Naive);
    }
    let inner = |node: NodeId| Box::new(values(home, node, progress, depth + 1));
    let name = class_name(home.pickled, node);
    let found = match name.as_str() {
        "Categorical" => categorical(home, node, progress, depth),
        "DatetimeArray" | "TimedeltaArray" => times(home, node),
        "PeriodArray" => periods(home, node),
        "IntegerArray" | "FloatingArray" | "BooleanArray" => masked(home, node, progress, depth),
        "StringArray" | "PandasArray" | "NumpyExtensionArray" | "NumpyStringArray" | "StringArrayNumpySemantics" => {
            strings(home, node)
        }
        "ArrowStringArray" | "ArrowExtensionArray" | "ArrowStringArrayNumpySemantics" => {
            // Before 3.0 a class of its own stood for text that is missing as numbers are.
            let as_numbers = string_dtype(home, node) == "str" || name.ends_with("NumpySemantics");
            let missing = if as_numbers { "NaN" } else { "<NA>" };
            ["_pa_array", "_data"]
                .iter()
                .find_map(|name| field(graph, node, name))
                .map(|data| arrow::values(home, data, string_dtype(home, node), missing))
        }
        "SparseArray" => sparse(home, node, progress, depth),
        "IntervalArray" => {
            let dtype = field(graph, node, "_dtype");
            let closed = dtype.and_then(|dtype| graph.attribute(dtype, "closed")).or(field(graph, node, "_closed"));
            match (field(graph, node, "_left"), field(graph, node, "_right")) {
                (Some(left), Some(right)) => Some(intervals(inner(left), inner(right), text(graph, closed))),
                _ => None,
            }
        }
        _ if is_index(graph, node) => return axis::flat(home, node, progress, depth + 1),
        _ => {
            let module = class_node(graph, node).and_then(|class| graph.symbol(class)).map(|class| class.dotted());
            let why = format!("{} is not an array picklescope reads", module.as_deref().unwrap_or("this object"));
            Some(Values::unread(name.clone(), why))
        }
    };
    found.unwrap_or_else(|| Values::unread(name, "a part of this array is missing")).at(node)
}

/// True for what `_new_Index` and its siblings make.
pub(super) fn is_index(graph: &Graph, node: NodeId) -> bool {
    graph.class(node).is_some_and(|class| class.name.starts_with("_new_"))
}

fn text(graph: &Graph, node: Option<NodeId>) -> String {
    node.and_then(|node| arrays::any_text(graph, node)).map(|text| text.into_owned()).unwrap_or_default()
}

/// The view of an array node whose elements are bytes.
pub(super) fn view_of(home: Home<'_>, node: NodeId) -> Option<ArrayView> {
    home.artifact.arrays.get(home.artifact.array_of(home.part, node)?)?.view()
}

/// Lines and rows of an array that is a block or a column.
fn sides(shape: &[u64]) -> Option<(u64, u64)> {
    match shape {
        [rows] => Some((1, *rows)),
        [lines, rows] => Some((*lines, *rows)),
        _ => None,
    }
}

/// The values of a NumPy array.
pub(super) fn of_array(array: &ArrayRef, node: NodeId, zone: Zone) -> Values {
    let dtype = array.dtype.as_ref().map(|dtype| dtype.human()).unwrap_or_default();
    let Some((lines, rows)) = sides(&array.shape) else {
        return Values::unread(dtype, format!("a block of shape {} is no column", array.shape_text())).at(node);
    };
    let bytes = array.nbytes().unwrap_or(0);
    let source = match &array.elements {
        Elements::Missing(error) => Err(error.to_string()),
        Elements::Objects if array.n_items == layout::count(&array.shape) => Ok(Source::Objects(node, rows)),
        Elements::Objects => Err("it does not hold as many objects as its shape says".to_owned()),
        Elements::Bytes(_) => match array.view() {
            None => Err("it reaches outside its data".to_owned()),
            Some(view) => Ok(match &view.dtype().scalar {
                Scalar::Datetime(unit) | Scalar::Timedelta(unit) => {
                    let delta = matches!(view.dtype().scalar, Scalar::Timedelta(_));
                    match super::time::per_second(&unit.unit).filter(|_| unit.count == 1) {
                        Some(per_second) => Source::Times { stored: view, per_second, delta, zone },
                        None => Source::Array(view),
                    }
                }
                _ => Source::Array(view),
            }),
        },
    };
    match source {
        Ok(source) => Values { lines, bytes, node: Some(node), ..Values::new(dtype, rows, source) },
        Err(why) => Values { lines, rows: Some(rows), ..Values::unread(dtype, why).at(node) },
    }
}

fn categorical(home: Home<'_>, node: NodeId, progress: &Progress, depth: usize) -> Option<Values> {
    let graph = &home.pickled.decoded.graph;
    let (codes, dtype) = backing(home, node);
    let codes = values(home, codes?, progress, depth + 1);
    let (categories, ordered) = match dtype {
        Some(dtype) => (graph.attribute(dtype, "categories"), graph.attribute(dtype, "ordered")),
        // Before 0.21.
        None => (field(graph, node, "_categories"), field(graph, node, "_ordered")),
    };
    let categories = values(home, categories?, progress, depth + 1);
    let n = categories.rows.map(|n| n.to_string()).unwrap_or_default();
    let ordered = if ordered.and_then(|o| graph.int(o)) == Some(1) { ", ordered" } else { "" };
    let missing = if categories.missing() == "NaT" { "NaT" } else { "NaN" };
    Some(Values {
        note: format!("{n} categories of {}{ordered}", categories.dtype),
        rows: codes.rows,
        lines: codes.lines,
        bytes: codes.bytes.saturating_add(categories.bytes),
        ..Values::new("category", 0, coded(codes, categories, missing))
    })
}

/// Codes into categories; what is wrong with either is wrong with both.
pub(super) fn coded(codes: Values, categories: Values, missing: &'static str) -> Source {
    match (&codes.source, &categories.source) {
        (Source::Array(view), _) if view.dtype().scalar == Scalar::Int => {
            Source::Codes { codes: Box::new(codes), categories: Box::new(categories), missing }
        }
        _ => Source::Unread,
    }
}

fn times(home: Home<'_>, node: NodeId) -> Option<Values> {
    let graph = &home.pickled.decoded.graph;
    let (array, dtype) = backing(home, node);
    let array = array?;
    let stored = home.artifact.arrays.get(home.artifact.array_of(home.part, array)?)?;
    let zone = dtype.and_then(|dtype| graph.attribute(dtype, "tz")).map_or(Zone::Naive, |tz| Zone::of(graph, tz));
    let mut all = of_array(stored, array, zone.clone());
    if let (Some(name), Some(unit)) = (zone.name(), all.dtype.strip_suffix(']')) {
        all.dtype = format!("{unit}, {name}]");
    }
    if let Zone::Unknown(name) = &zone {
        all.note = format!("shown in UTC, as stored: the rules of {name} are not known");
    }
    if let Some(freq) = ["_freq", "freq"].iter().find_map(|name| field(graph, node, name)) {
        if !all.note.is_empty() {
            all.note.push_str("; ");
        }
        all.note.push_str(&Freq::of_offset(graph, freq).map(|freq| format!("frequency {freq}")).unwrap_or_default());
    }
    Some(all)
}

fn periods(home: Home<'_>, node: NodeId) -> Option<Values> {
    let graph = &home.pickled.decoded.graph;
    let (array, dtype) = backing(home, node);
    let array = array?;
    let freq = dtype
        .and_then(|dtype| Freq::of_dtype(graph, dtype))
        .or_else(|| field(graph, node, "_freq").and_then(|freq| Freq::of_offset(graph, freq)))?;
    let mut all = of_array(home.artifact.arrays.get(home.artifact.array_of(home.part, array)?)?, array, Zone::Naive);
    all.dtype = format!("period[{freq}]");
    if !freq.is_known() {
        all.note = "periods of this frequency are shown by their number".to_owned();
    }
    if let Source::Array(view) = all.source {
        all.source = Source::Periods(view, freq);
    }
    Some(all)
}

fn masked(home: Home<'_>, node: NodeId, progress: &Progress, depth: usize) -> Option<Values> {
    let graph = &home.pickled.decoded.graph;
    let data = values(home, field(graph, node, "_data")?, progress, depth + 1);
    let mask = view_of(home, field(graph, node, "_mask")?)?;
    let dtype = match data.dtype.as_str() {
        "bool" => "boolean".to_owned(),
        other => {
            let other = other.replacen("uint", "UInt", 1).replacen("int", "Int", 1);
            other.replacen("float", "Float", 1)
        }
    };
    if !matches!(data.source, Source::Array(_)) || mask.dtype().scalar != Scalar::Bool {
        return Some(Values::unread(dtype, "its values and its mask do not fit"));
    }
    if sides(mask.shape()) != data.rows.map(|rows| (data.lines, rows)) {
        return Some(Values::unread(dtype, "its mask is not as long as its values"));
    }
    let (rows, lines, bytes) = (data.rows, data.lines, data.bytes.saturating_add(mask.len()));
    Some(Values { rows, lines, bytes, ..Values::new(dtype, 0, Source::Masked(Box::new(data), mask)) })
}

/// `str` for pandas 3's default text, of which missing values are NaN; `string` for the nullable one.
fn string_dtype(home: Home<'_>, node: NodeId) -> &'static str {
    let graph = &home.pickled.decoded.graph;
    let (_, beside) = backing(home, node);
    let dtype = field(graph, node, "_dtype").or(beside);
    let Some(object) = dtype.filter(|dtype| class_name(home.pickled, *dtype) == "StringDtype") else { return "" };
    let args = graph.object(object).and_then(|object| graph.items(object.args)).unwrap_or(&[]);
    match args.get(1).map(|na| graph.value(*na)) {
        Some(Value::Float(na)) if na.is_nan() => "str",
        _ => "string",
    }
}

fn strings(home: Home<'_>, node: NodeId) -> Option<Values> {
    let array = backing(home, node).0?;
    let stored = home.artifact.arrays.get(home.artifact.array_of(home.part, array)?)?;
    let mut all = of_array(stored, array, Zone::Naive);
    let name = string_dtype(home, node);
    if !name.is_empty() {
        all.dtype = name.to_owned();
    }
    Some(all)
}

/// Intervals from their two ends.
pub(super) fn intervals(left: Box<Values>, right: Box<Values>, closed: String) -> Values {
    let dtype = format!("interval[{}, {closed}]", left.dtype);
    if left.rows != right.rows || left.is_unread() || right.is_unread() {
        return Values::unread(dtype, "its left and its right ends do not fit");
    }
    let (from, to) = (matches!(&*closed, "left" | "both"), matches!(&*closed, "right" | "both"));
    let (rows, bytes) = (left.rows, left.bytes.saturating_add(right.bytes));
    Values { rows, bytes, ..Values::new(dtype, 0, Source::Intervals(left, right, from, to)) }
}

fn sparse(home: Home<'_>, node: NodeId, progress: &Progress, depth: usize) -> Option<Values> {
    let graph = &home.pickled.decoded.graph;
    let held = values(home, field(graph, node, "_sparse_values")?, progress, depth + 1);
    let dtype = field(graph, node, "_dtype")?;
    let fill = graph.attribute(dtype, "_fill_value")?;
    let index = field(graph, node, "_sparse_index")?;
    let args = graph.items(graph.object(index)?.args)?;
    let rows = u64::try_from(graph.int(*args.first()?)?).ok()?;
    let first = view_of(home, *args.get(1)?)?;
    let places = match args.get(2) {
        None => Places::Rows(first),
        Some(lengths) => Places::Runs(runs(&first, &view_of(home, *lengths)?, progress)?),
    };
    let n = match &places {
        Places::Rows(view) => view.len(),
        Places::Runs(runs) => runs.last().map_or(0, |(_, len, before)| len + before),
    };
    let name = format!("Sparse[{}, {}]", held.dtype, super::cells::node_text(graph, fill));
    if held.rows != Some(n) || held.lines != 1 {
        return Some(Values::unread(name, "it does not have a place for each of its values"));
    }
    let note = format!("{n} of {rows} values are stored");
    let bytes = held.bytes;
    Some(Values { note, bytes, ..Values::new(name, rows, Source::Sparse { values: Box::new(held), places, fill }) })
}

/// Runs of a sparse array, with how many values come before each. Read at once, since each depends on those before.
fn runs(starts: &ArrayView, lengths: &ArrayView, progress: &Progress) -> Option<Vec<(u64, u64, u64)>> {
    if starts.len() != lengths.len() || starts.shape().len() != 1 || lengths.shape().len() != 1 {
        return None;
    }
    let (mut all, mut before) = (Vec::new(), 0u64);
    for i in 0..starts.len() {
        if i % 4096 == 0 && progress.is_cancelled() {
            return None;
        }
        let number = |view: &ArrayView| view.int(&[i]).ok().flatten().and_then(|n| u64::try_from(n).ok());
        let (start, len) = (number(starts)?, number(lengths)?);
        if all.last().is_some_and(|(at, len, _): &(u64, u64, u64)| start < at.saturating_add(*len)) {
            return None;
        }
        all.push((start, len, before));
        before = before.checked_add(len)?;
    }
    Some(all)
}
