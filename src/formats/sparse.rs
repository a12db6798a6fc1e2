//! Sparse matrices and tensors, of SciPy and PyTorch: what they are made of, and whether that fits together. Libraries trust
//! the indices of a matrix they unpickle, and a lie among them reads or writes outside of memory.
//!
//! Shapes are compared when a file is opened; indices are read when somebody looks, in a job.

use super::Artifact;
use super::known::Role;
use super::torch;
use crate::array::{ArrayRef, Elements, Scalar};
use crate::bytes::{Error, ErrorKind, Problem, Progress, Result, Span};
use crate::pickle::{Graph, Kind, NodeId};

/// Problems of one matrix that are kept.
const KEPT: usize = 20;
/// Matrices whose shapes are compared when a file is opened.
const MOST: usize = 10_000;

/// A sparse matrix or tensor.
#[derive(Clone, Debug)]
pub struct Sparse<'a> {
    artifact: &'a Artifact,
    part: usize,
    /// What its library calls it: `CSR`, `csr_matrix`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<u64>,
    held: Held<'a>,
    /// Where its object stands.
    at: Span,
    /// PyTorch's, which wants all indices used.
    torch: bool,
}

/// What it is made of. A part that is no array of the file is None.
#[derive(Clone, Debug)]
enum Held<'a> {
    /// An index for each axis and value: one array a row of it (PyTorch), or an array for each axis.
    Coordinates { all: Option<&'a ArrayRef>, each: Vec<Option<&'a ArrayRef>>, values: Option<&'a ArrayRef> },
    /// Where each row (or column) begins in the indices of the other axis.
    Compressed {
        /// The axis of which the lines are, of the last two.
        axis: usize,
        blocks: bool,
        starts: Option<&'a ArrayRef>,
        others: Option<&'a ArrayRef>,
        values: Option<&'a ArrayRef>,
    },
    /// Diagonals and where they begin.
    Diagonals { offsets: Option<&'a ArrayRef>, values: Option<&'a ArrayRef> },
    /// A list of columns and one of values for each row.
    Lists { rows: Option<NodeId>, values: Option<NodeId> },
    /// Values by their place.
    Keys(Option<NodeId>),
}

/// The shape at the end of a class name of SciPy: `scipy.sparse._csr.csr_matrix`.
fn scipy_format(graph: &Graph, node: NodeId) -> Option<(&str, &str)> {
    let object = graph.object(node)?;
    let named = |symbol: &'_ crate::pickle::Symbol| symbol.module.starts_with("scipy.sparse");
    // Protocols below 2, and dok_matrix, which is a dict: `copyreg._reconstructor(class, dict, ..)`.
    let class = match graph.symbol(object.callee)? {
        symbol if named(symbol) => symbol,
        symbol if &*symbol.name == "_reconstructor" => graph.symbol(*graph.items(object.args)?.first()?)?,
        _ => return None,
    };
    let name = &*class.name;
    let format = name.strip_suffix("_matrix").or_else(|| name.strip_suffix("_array")).filter(|_| named(class))?;
    Some((format, name))
}

impl<'a> Sparse<'a> {
    /// The sparse matrix that an object is. Looks at names and shapes only.
    pub fn of(artifact: &'a Artifact, part: usize, node: NodeId) -> Option<Self> {
        let pickled = artifact.pickled(part)?;
        let graph = &pickled.decoded.graph;
        let object = graph.object(node)?;
        let at = pickled.decoded.bytes.span(graph.offset(node), 1);
        let array = |node: NodeId| artifact.array_of(part, node).and_then(|i| artifact.arrays.get(i));
        if pickled.known.role_of_callee(graph, object.callee) == Role::Sparse {
            let [layout, data] = graph.items(object.args)? else { return None };
            let layout = torch::layout_of(graph, *layout)?;
            let parts = graph.items(*data)?;
            let part_of = |name: &str| {
                let i = layout.components.iter().position(|component| *component == name)?;
                parts.get(i).copied()
            };
            let shape = torch::size_of(graph, part_of("size")?)?;
            let values = part_of("values").and_then(array);
            let compressed = |axis: usize, starts: &str, others: &str| Held::Compressed {
                axis,
                blocks: layout.name.starts_with('B'),
                starts: part_of(starts).and_then(array),
                others: part_of(others).and_then(array),
                values,
            };
            let held = match layout.name {
                "COO" => Held::Coordinates { all: part_of("indices").and_then(array), each: Vec::new(), values },
                "CSR" | "BSR" => compressed(0, "crow_indices", "col_indices"),
                _ => compressed(1, "ccol_indices", "row_indices"),
            };
            return Some(Self { artifact, part, name: layout.name.to_owned(), shape, held, at, torch: true });
        }
        let (format, name) = scipy_format(graph, node)?;
        let attribute = |name: &str| graph.attribute(node, name);
        let arrays = |name: &str| attribute(name).and_then(array);
        let shape = attribute("_shape").and_then(|shape| super::arrays::shape_of(graph, shape))?;
        let values = arrays("data");
        let compressed = |axis: usize| Held::Compressed {
            axis,
            blocks: format == "bsr",
            starts: arrays("indptr"),
            others: arrays("indices"),
            values,
        };
        let held = match format {
            "csr" | "bsr" => compressed(0),
            "csc" => compressed(1),
            "coo" => {
                let each = match attribute("coords").and_then(|coords| graph.items(coords)) {
                    Some(coords) => coords.iter().take(64).map(|node| array(*node)).collect(),
                    None => vec![arrays("row"), arrays("col")],
                };
                Held::Coordinates { all: None, each, values }
            }
            "dia" => Held::Diagonals { offsets: arrays("offsets"), values },
            "lil" => Held::Lists { rows: attribute("rows"), values: attribute("data") },
            "dok" => Held::Keys(attribute("_dict").or(Some(node))),
            _ => return None,
        };
        Some(Self { artifact, part, name: name.to_owned(), shape, held, at, torch: false })
    }

    /// Values that are stored, zeros among them.
    pub fn stored(&self) -> Option<u64> {
        match &self.held {
            Held::Coordinates { values, .. } | Held::Compressed { values, .. } | Held::Diagonals { values, .. } => {
                crate::array::layout::count(&(*values)?.shape)
            }
            Held::Lists { .. } => None,
            Held::Keys(dict) => self.graph().and_then(|graph| Some(graph.pairs((*dict)?)?.len() as u64)),
        }
    }

    /// The type of its values.
    pub fn dtype(&self) -> Option<String> {
        match &self.held {
            Held::Coordinates { values, .. } | Held::Compressed { values, .. } | Held::Diagonals { values, .. } => {
                (*values)?.dtype.as_ref().map(|dtype| dtype.human())
            }
            Held::Lists { .. } | Held::Keys(_) => None,
        }
    }

    /// Sides of its blocks, where values come in blocks.
    pub fn blocks(&self) -> Option<[u64; 2]> {
        let Held::Compressed { blocks: true, others, values, .. } = &self.held else { return None };
        let batch = (*others)?.shape.len().checked_sub(1)?;
        let shape = &(*values)?.shape;
        Some([*shape.get(batch + 1)?, *shape.get(batch + 2)?])
    }

    fn graph(&self) -> Option<&'a Graph> {
        self.artifact.pickled(self.part).map(|pickled| &pickled.decoded.graph)
    }

    fn wrong(&self, at: Span, message: String) -> Problem {
        let message = format!("{}: {message}", self.name);
        Error { at, kind: ErrorKind::Header { what: "sparse matrix", message } }
    }

    /// What can be told from shapes and types alone.
    pub fn shape_problems(&self) -> Vec<Problem> {
        let mut all = Vec::new();
        let mut say = |message: String| all.push(self.wrong(self.at, message));
        let whole = |array: &ArrayRef| {
            array.dtype.as_ref().is_none_or(|dtype| matches!(dtype.scalar, Scalar::Int | Scalar::Uint))
        };
        let text = |shape: &[u64]| crate::array::tuple_text(shape);
        match &self.held {
            Held::Coordinates { all: Some(indices), values: Some(values), .. } => {
                let ([sides, count], Some((stored, rest))) = (indices.shape.as_slice(), values.shape.split_first())
                else {
                    say(format!(
                        "indices of shape {} and values of shape {} make none",
                        text(&indices.shape),
                        text(&values.shape)
                    ));
                    return all;
                };
                if count != stored {
                    say(format!("it has {count} indices and {stored} values"));
                }
                let sides = usize::try_from(*sides).unwrap_or(usize::MAX);
                if self.shape.get(sides..) != Some(rest) {
                    say(format!(
                        "{sides} indices a value and values of shape {} do not make shape {}",
                        text(rest),
                        text(&self.shape)
                    ));
                }
                if !whole(indices) {
                    say("its indices are no integers".to_owned());
                }
            }
            Held::Coordinates { all: None, each, values } => {
                if each.len() != self.shape.len() {
                    say(format!("it has indices for {} axes and shape {}", each.len(), text(&self.shape)));
                }
                for (axis, array) in each.iter().enumerate() {
                    let Some(array) = array else { continue };
                    if values.is_some_and(|values| values.shape != array.shape) {
                        let n = values.map(|values| text(&values.shape)).unwrap_or_default();
                        say(format!("the indices of axis {axis} have shape {}, the values {n}", text(&array.shape)));
                    }
                    if !whole(array) {
                        say(format!("the indices of axis {axis} are no integers"));
                    }
                }
            }
            Held::Compressed { axis, starts: Some(starts), others: Some(others), values: Some(values), .. } => {
                let (Some((lines, batch)), Some((count, other_batch))) =
                    (starts.shape.split_last(), others.shape.split_last())
                else {
                    say("its starts or indices have no length".to_owned());
                    return all;
                };
                if batch != other_batch || values.shape.get(..batch.len()) != Some(batch) {
                    say("its starts, indices and values are for different batches".to_owned());
                }
                if values.shape.get(batch.len()) != Some(count) {
                    say(format!("it has {count} indices, and values of shape {}", text(&values.shape)));
                }
                match self.lines(*axis, batch.len()) {
                    Some(wanted) if wanted.checked_add(1) == Some(*lines) => {}
                    Some(wanted) => say(format!("it has {lines} starts for {wanted} lines")),
                    None => say(format!("its blocks do not fill shape {}", text(&self.shape))),
                }
                if !whole(starts) || !whole(others) {
                    say("its starts or indices are no integers".to_owned());
                }
            }
            Held::Diagonals { offsets: Some(offsets), values: Some(values) }
                if values.shape.len() != 2
                    || offsets.shape.len() != 1
                    || values.shape.first() != offsets.shape.first() =>
            {
                let (n, shape) = (text(&offsets.shape), text(&values.shape));
                say(format!("it has offsets of shape {n} and diagonals of shape {shape}"));
            }
            Held::Lists { rows, values } => {
                for (what, node) in [("lists of columns", rows), ("lists of values", values)] {
                    let array = node.and_then(|node| self.artifact.array_of(self.part, node));
                    let Some(array) = array.and_then(|i| self.artifact.arrays.get(i)) else { continue };
                    if array.shape.first() != self.shape.first() || array.shape.len() != 1 {
                        say(format!("it has {what} of shape {} and shape {}", text(&array.shape), text(&self.shape)));
                    }
                }
            }
            _ => {}
        }
        all
    }

    /// Number of rows or columns, in blocks where there are any.
    fn lines(&self, axis: usize, batch: usize) -> Option<u64> {
        // A vector of SciPy is one row.
        if self.shape.len() == 1 && !self.torch {
            return Some(1);
        }
        let side = *self.shape.get(batch.checked_add(axis)?)?;
        match self.blocks() {
            Some(blocks) => {
                let block = *blocks.get(axis)?;
                (block > 0 && side.is_multiple_of(block)).then(|| side / block)
            }
            None => Some(side),
        }
    }

    /// What only the indices tell. Reads them; for a job.
    pub fn value_problems(&self, progress: &Progress) -> Result<Vec<Problem>> {
        let mut found = Found { sparse: self, all: Vec::new() };
        match &self.held {
            Held::Coordinates { all: Some(indices), .. } => {
                if let [sides, count] = indices.shape.as_slice() {
                    let shape = &self.shape;
                    let side = |i: u64| shape.get(usize::try_from(i / (*count).max(1)).ok()?).copied();
                    found.inside(indices, "index", progress, |i| side(i).filter(|_| *sides > 0))?;
                }
            }
            Held::Coordinates { each, .. } => {
                for (axis, array) in each.iter().enumerate() {
                    if let (Some(array), Some(side)) = (array, self.shape.get(axis)) {
                        found.inside(array, &format!("index of axis {axis}"), progress, |_| Some(*side))?;
                    }
                }
            }
            Held::Compressed { axis, starts: Some(starts), others: Some(others), .. } => {
                let batch = starts.shape.len().saturating_sub(1);
                let other =
                    if self.shape.len() == 1 { self.shape.first().copied() } else { self.lines(1 - axis, batch) };
                if let Some(other) = other {
                    let what = if *axis == 0 { "column index" } else { "row index" };
                    found.inside(others, what, progress, |_| Some(other))?;
                }
                found.rising(starts, others, progress)?;
            }
            Held::Lists { rows, values } => self.lists(*rows, *values, &mut found),
            Held::Keys(dict) => self.keys(*dict, &mut found, progress)?,
            _ => {}
        }
        Ok(found.all)
    }

    fn lists(&self, rows: Option<NodeId>, values: Option<NodeId>, found: &mut Found<'_>) {
        let Some(pickled) = self.artifact.pickled(self.part) else { return };
        let graph = &pickled.decoded.graph;
        let items = |node: Option<NodeId>| super::children::object_items(graph, &pickled.known, node?);
        let (Some(rows), Some(values)) = (items(rows), items(values)) else { return };
        let columns = self.shape.get(1).copied().unwrap_or(0);
        for (i, (row, value)) in rows.iter().zip(values).enumerate() {
            let (Some(row_items), Some(value_items)) = (graph.items(*row), graph.items(*value)) else { continue };
            let at = pickled.decoded.bytes.span(graph.offset(*row), 1);
            if row_items.len() != value_items.len() {
                found.say(at, || format!("row {i} has {} columns and {} values", row_items.len(), value_items.len()));
            }
            for column in row_items {
                let number = graph.int(*column);
                if number.is_some_and(|n| u64::try_from(n).map_or(true, |n| n >= columns)) {
                    let number = number.unwrap_or(0);
                    found.say(at, || format!("row {i} has column {number} of {columns}"));
                }
            }
        }
    }

    fn keys(&self, dict: Option<NodeId>, found: &mut Found<'_>, progress: &Progress) -> Result<()> {
        let Some(pickled) = self.artifact.pickled(self.part) else { return Ok(()) };
        let graph = &pickled.decoded.graph;
        let pairs = dict.and_then(|dict| match graph.object(dict) {
            Some(object) => Some(object.entries),
            None => graph.pairs(dict),
        });
        for (key, _) in pairs.unwrap_or_default().iter() {
            let at = pickled.decoded.bytes.span(graph.offset(key), 1);
            progress.check(at)?;
            // A number that is not understood (NumPy's, in old protocols) is left alone.
            let number = |node: &NodeId| {
                let scalar = || i64::try_from(*super::arrays::shape_of(graph, *node)?.first()?).ok();
                graph.int(*node).or_else(scalar)
            };
            let place: Option<Vec<i64>> = graph.items(key).and_then(|all| all.iter().map(number).collect());
            let inside = |place: &Vec<i64>| {
                let fits = |(i, side): (&i64, &u64)| u64::try_from(*i).is_ok_and(|i| i < *side);
                place.len() == self.shape.len() && place.iter().zip(&self.shape).all(fits)
            };
            if place.is_some_and(|place| !inside(&place)) {
                let shape = crate::array::tuple_text(&self.shape);
                found.say(at, || format!("it has a value outside of shape {shape}"));
            }
        }
        Ok(())
    }
}

/// What was found wrong with the indices of a matrix.
struct Found<'a> {
    sparse: &'a Sparse<'a>,
    all: Vec<Problem>,
}

impl Found<'_> {
    fn say(&mut self, at: Span, message: impl FnOnce() -> String) {
        if self.all.len() < KEPT {
            self.all.push(self.sparse.wrong(at, message()));
        }
    }

    /// Says which indices are not below what `side` says of their position.
    fn inside(
        &mut self,
        array: &ArrayRef,
        what: &str,
        progress: &Progress,
        side: impl Fn(u64) -> Option<u64>,
    ) -> Result<()> {
        each(array, progress, |i, value| {
            if let Some(side) = side(i)
                && u64::try_from(value).map_or(true, |value| value >= side)
            {
                self.say(place(array, i), || format!("{what} {value} at position {i} is outside of {side}"));
            }
        })
    }

    /// Starts begin at 0, never fall, and end where the indices do.
    fn rising(&mut self, starts: &ArrayRef, others: &ArrayRef, progress: &Progress) -> Result<()> {
        let (Some(lines), Some(count)) = (starts.shape.last().copied(), others.shape.last().copied()) else {
            return Ok(());
        };
        let torch = self.sparse.torch;
        let mut last = 0;
        each(starts, progress, |i, value| {
            let within = i.checked_rem(lines).unwrap_or(0);
            let at = place(starts, i);
            if within == 0 && value != 0 {
                self.say(at, || format!("the first start is {value}, not 0"));
            } else if within > 0 && value < last {
                self.say(at, || format!("start {within} is {value}, behind {last}"));
            }
            // SciPy may have room behind the last one.
            if within.checked_add(1) == Some(lines)
                && (value > i128::from(count) || torch && value != i128::from(count))
            {
                self.say(at, || format!("the last start is {value}, there are {count} indices"));
            }
            last = value;
        })
    }
}

/// Calls `visit` with the integers of an array in C order, with their positions. Nothing is kept.
fn each(array: &ArrayRef, progress: &Progress, mut visit: impl FnMut(u64, i128)) -> Result<()> {
    let Some(view) = array.view() else { return Ok(()) };
    let mut i = 0;
    view.ints(progress, |value| {
        visit(i, value);
        i += 1;
    })
}

/// Where an element stands: exactly, if they lie in order.
fn place(array: &ArrayRef, i: u64) -> Span {
    let unit = array.dtype.as_ref().map_or(0, |dtype| dtype.size);
    let in_order = crate::array::layout::c_strides(&array.shape, unit).is_some_and(|strides| strides == array.strides);
    let offset = i.checked_mul(unit).and_then(|at| array.span.start.checked_add(at));
    match (offset, &array.elements) {
        (Some(start), Elements::Bytes(_)) if in_order => Span { start, len: unit, ..array.span },
        _ => array.span,
    }
}

/// All sparse matrices of an artifact.
pub fn all(artifact: &Artifact) -> impl Iterator<Item = Sparse<'_>> {
    let parts = artifact.pickles().filter(|(_, _, pickled)| {
        let sparse = |symbol: &crate::pickle::Symbol| {
            Role::of(symbol) == Role::Sparse || symbol.module.starts_with("scipy.sparse")
        };
        pickled.decoded.graph.symbols().iter().any(sparse)
    });
    parts.flat_map(move |(part, _, pickled)| {
        let graph = &pickled.decoded.graph;
        let objects = graph.ids().filter(|id| graph.kind(*id) == Kind::Object);
        objects.filter_map(move |id| Sparse::of(artifact, part, id))
    })
}

/// What the shapes of an artifact's sparse matrices say, when it is opened.
pub(super) fn problems(artifact: &Artifact) -> Vec<Problem> {
    all(artifact).take(MOST).flat_map(|sparse| sparse.shape_problems()).collect()
}
