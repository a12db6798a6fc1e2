//! Arrow's arrays as pyarrow pickles them: a type, lengths, and buffers that lie in the stream as they are. Text,
//! numbers, bools and times are read; other types are named.

use super::cells::Cell;
use super::time;
use super::values::{Source, Values};
use super::zone::Zone;
use super::{Home, class_name};
use crate::array::{ArrayView, Dtype, date_text, layout};
use crate::bytes::{Bytes, Error, ErrorKind, Result};
use crate::formats::arrays;
use crate::pickle::{Graph, NodeId};

/// Longest text of a cell, in bytes.
const MAX_TEXT: u64 = 1024;

/// Lists in lists whose types are spelt out.
const MAX_NESTED: usize = 4;

/// A column of Arrow's.
#[derive(Debug)]
pub(super) struct Arrow {
    what: What,
    chunks: Vec<Chunk>,
}

/// What the elements are.
#[derive(Clone, Debug)]
enum What {
    /// Offsets of this many bytes, and UTF-8.
    Text(u64),
    Bool,
    Number,
    /// Steps in a second.
    Moment(i128, Zone),
    Span(i128),
    /// Steps in a day.
    Date(i128),
}

/// An array of a chunked array.
#[derive(Debug)]
struct Chunk {
    /// Rows before it.
    before: u64,
    len: u64,
    /// Elements of the buffers before its first.
    offset: u64,
    valid: Option<Bytes>,
    held: Held,
}

#[derive(Debug)]
enum Held {
    Elements(ArrayView),
    Bits(Bytes),
    Text(Bytes, Bytes),
}

impl Arrow {
    pub(super) fn is_numeric(&self) -> bool {
        matches!(self.what, What::Number)
    }

    /// The cell in a row; `missing` is what null is called.
    pub(super) fn cell(&self, row: u64, missing: &'static str) -> Result<Cell> {
        let at = self.chunks.partition_point(|chunk| chunk.before <= row);
        let Some(chunk) = at.checked_sub(1).and_then(|at| self.chunks.get(at)) else { return Ok(Cell::Nothing) };
        let Some(i) = (row - chunk.before).checked_add(chunk.offset).filter(|_| row - chunk.before < chunk.len) else {
            return Ok(Cell::Nothing);
        };
        if let Some(valid) = &chunk.valid
            && !bit(valid, i)?
        {
            return Ok(Cell::Missing(missing));
        }
        Ok(match (&chunk.held, &self.what) {
            (Held::Bits(bits), _) => Cell::Bool(bit(bits, i)?),
            (Held::Text(offsets, text), What::Text(width)) => Cell::Text(text_at(offsets, text, *width, i)?),
            (Held::Elements(view), what) => {
                let number = || view.int(&[i]).map(|n| n.unwrap_or(0));
                match what {
                    What::Moment(per_second, zone) => Cell::Time(zone.moment(number()?, *per_second)),
                    What::Span(per_second) => Cell::Time(time::span(number()?, *per_second)),
                    What::Date(per_day) => Cell::Time(date_text(number()?.div_euclid(*per_day))),
                    _ => match view.text(&[i])? {
                        text if text == "nan" => Cell::Missing("NaN"),
                        text => Cell::Number(text),
                    },
                }
            }
            _ => Cell::Nothing,
        })
    }
}

fn bit(bits: &Bytes, i: u64) -> Result<bool> {
    let byte = bits.read_vec(i / 8, 1)?;
    Ok(byte.first().is_some_and(|byte| byte >> (i % 8) & 1 == 1))
}

fn text_at(offsets: &Bytes, text: &Bytes, width: u64, i: u64) -> Result<String> {
    let lie = || Error {
        at: text.span(0, 0),
        kind: ErrorKind::Header { what: "Arrow array", message: "its offsets do not fit its text".to_owned() },
    };
    let pair = offsets.read_vec(i.checked_mul(width).ok_or_else(lie)?, 2 * width)?;
    let half = pair.len() / 2;
    let number = |raw: Option<&[u8]>| {
        raw.map(|raw| raw.iter().rev().fold(0u64, |n, byte| n << 8 | u64::from(*byte))).ok_or_else(lie)
    };
    let (start, end) = (number(pair.get(..half))?, number(pair.get(half..))?);
    let len = end.checked_sub(start).ok_or_else(lie)?;
    let raw = text.read_vec(start, len.min(MAX_TEXT))?;
    let kept = String::from_utf8_lossy(&raw);
    Ok(if len > MAX_TEXT {
        format!("{}…", kept.trim_end_matches(char::REPLACEMENT_CHARACTER))
    } else {
        kept.into_owned()
    })
}

/// The arrays of a chunked array, or the one array there is.
fn arrays_of(graph: &Graph, node: NodeId) -> Option<Vec<&[NodeId]>> {
    let object = graph.object(node)?;
    let args = graph.items(object.args)?;
    let restored = |node: NodeId| graph.items(*graph.items(graph.object(node)?.args)?.first()?);
    match &*graph.symbol(object.callee)?.name {
        "_restore_array" => Some(vec![restored(node)?]),
        "chunked_array" => graph.items(*args.first()?)?.iter().map(|array| restored(*array)).collect(),
        _ => None,
    }
}

/// Number of elements.
pub(super) fn length(graph: &Graph, node: NodeId) -> Option<u64> {
    let length = |array: &[NodeId]| array.get(1).and_then(|n| graph.int(*n)).and_then(|n| u64::try_from(n).ok());
    arrays_of(graph, node)?.into_iter().try_fold(0u64, |sum, array| sum.checked_add(length(array)?))
}

/// A type in Arrow's words; lists say what is in them.
fn type_text(home: Home<'_>, node: NodeId, depth: usize) -> String {
    let graph = &home.pickled.decoded.graph;
    let args = graph.object(node).and_then(|object| graph.items(object.args)).unwrap_or(&[]);
    let text = |i: usize| args.get(i).and_then(|arg| arrays::any_text(graph, *arg));
    match (&*class_name(home.pickled, node), text(0), text(1)) {
        ("type_for_alias", Some(alias), _) => alias.into_owned(),
        ("timestamp", Some(unit), None) => format!("timestamp[{unit}]"),
        ("timestamp", Some(unit), Some(zone)) => format!("timestamp[{unit}, tz={zone}]"),
        ("list_", ..) if depth < MAX_NESTED => match args.first().and_then(|field| field_of(graph, *field)) {
            Some((name, inner)) => format!("list<{name}: {}>", type_text(home, inner, depth + 1)),
            None => "list".to_owned(),
        },
        (name, ..) => name.trim_end_matches('_').to_owned(),
    }
}

/// Name and type of a field.
fn field_of(graph: &Graph, node: NodeId) -> Option<(String, NodeId)> {
    let args = graph.items(graph.object(node)?.args)?;
    Some((arrays::any_text(graph, *args.first()?)?.into_owned(), *args.get(1)?))
}

fn what(text: &str) -> Option<(What, Option<&'static str>)> {
    if let Some(unit) = text.strip_prefix("timestamp[").and_then(|rest| rest.strip_suffix(']')) {
        let (unit, zone) = match unit.split_once(", tz=") {
            Some((unit, zone)) => (unit, Zone::by_name(zone)),
            None => (unit, Zone::Naive),
        };
        return Some((What::Moment(time::per_second(unit)?, zone), Some("<i8")));
    }
    if let Some(unit) = text.strip_prefix("duration[").and_then(|rest| rest.strip_suffix(']')) {
        return Some((What::Span(time::per_second(unit)?), Some("<i8")));
    }
    Some(match text {
        "string" | "utf8" => (What::Text(4), None),
        "large_string" | "large_utf8" => (What::Text(8), None),
        "bool" => (What::Bool, None),
        "date32[day]" => (What::Date(1), Some("<i4")),
        "date64[ms]" => (What::Date(86_400_000), Some("<i8")),
        "int8" => (What::Number, Some("|i1")),
        "int16" => (What::Number, Some("<i2")),
        "int32" => (What::Number, Some("<i4")),
        "int64" => (What::Number, Some("<i8")),
        "uint8" => (What::Number, Some("|u1")),
        "uint16" => (What::Number, Some("<u2")),
        "uint32" => (What::Number, Some("<u4")),
        "uint64" => (What::Number, Some("<u8")),
        "halffloat" => (What::Number, Some("<f2")),
        "float" => (What::Number, Some("<f4")),
        "double" => (What::Number, Some("<f8")),
        _ => return None,
    })
}

/// The values of a column that Arrow holds. `name` is the dtype where it is not Arrow's.
pub(super) fn values(home: Home<'_>, node: NodeId, name: &str, missing: &'static str) -> Values {
    let graph = &home.pickled.decoded.graph;
    let rows = length(graph, node);
    let all = arrays_of(graph, node).unwrap_or_default();
    let kind = match all.first().and_then(|array| array.first()) {
        Some(kind) => Some(*kind),
        // Without chunks, the type stands beside them.
        None => graph.object(node).and_then(|object| graph.items(object.args)?.get(1).copied()),
    };
    let kind = kind.map(|kind| type_text(home, kind, 0)).unwrap_or_default();
    let dtype = if name.is_empty() { format!("{kind}[pyarrow]") } else { name.to_owned() };
    let unread = |why: String| Values { rows, ..Values::unread(dtype.clone(), why) };
    let Some((what, element)) = what(&kind) else {
        return unread(format!("values of Arrow's type {kind} are not shown"));
    };
    let mut arrow = Arrow { what, chunks: Vec::new() };
    let (mut before, mut bytes) = (0u64, 0u64);
    for array in all {
        match chunk(home, array, before, &arrow.what, element) {
            Ok((chunk, size)) => {
                (before, bytes) = (before.saturating_add(chunk.len), bytes.saturating_add(size));
                arrow.chunks.push(chunk);
            }
            Err(why) => return unread(why),
        }
    }
    // The words of pandas: null of a number of Arrow's is <NA>, also where NaN is a number.
    Values { bytes, ..Values::new(dtype, before, Source::Arrow(arrow, missing)) }
}

/// (type, length, nulls, offset, [buffers], [children], dictionary)
fn chunk(
    home: Home<'_>,
    array: &[NodeId],
    before: u64,
    what: &What,
    element: Option<&str>,
) -> std::result::Result<(Chunk, u64), String> {
    let graph = &home.pickled.decoded.graph;
    let number = |i: usize| array.get(i).and_then(|n| graph.int(*n)).and_then(|n| u64::try_from(n).ok());
    let (Some(len), Some(offset)) = (number(1), number(3)) else { return Err("an Arrow array has no length".into()) };
    let buffers = array.get(4).and_then(|buffers| graph.items(*buffers)).unwrap_or(&[]);
    let buffer = |i: usize| -> std::result::Result<Option<Bytes>, String> {
        let Some(node) = buffers.get(i).copied() else { return Ok(None) };
        if graph.kind(node) == crate::pickle::Kind::None {
            return Ok(None);
        }
        let held = graph.object(node).and_then(|object| graph.items(object.args)?.first().copied());
        let decoded = &home.pickled.decoded;
        arrays::content(decoded, held.unwrap_or(node), &Vec::new()).map_err(|error| error.to_string())
    };
    let end = len.checked_add(offset).ok_or("an Arrow array is longer than anything")?;
    let short = |what: &str| format!("Arrow's {what} are shorter than the column");
    let valid = buffer(0)?;
    if valid.as_ref().is_some_and(|valid| valid.len() < end.div_ceil(8)) {
        return Err(short("validity bits"));
    }
    let empty = || Bytes::from_vec(Vec::new());
    let first = buffer(1)?.unwrap_or_else(empty);
    let mut bytes = first.len();
    let held = match (what, element) {
        (What::Text(width), _) => {
            let text = buffer(2)?.unwrap_or_else(empty);
            let needed = end.checked_add(1).and_then(|n| n.checked_mul(*width));
            if len > 0 && needed.is_none_or(|needed| needed > first.len()) {
                return Err(short("offsets"));
            }
            bytes = bytes.saturating_add(text.len());
            Held::Text(first, text)
        }
        (_, None) if first.len() >= end.div_ceil(8) => Held::Bits(first),
        (_, None) => return Err(short("bits")),
        (_, Some(element)) => {
            let dtype = Dtype::parse(element).ok_or("an Arrow type is not understood")?;
            let strides = layout::c_strides(&[end], dtype.size).ok_or_else(|| short("values"))?;
            let view = ArrayView::new(first, std::sync::Arc::new(dtype), vec![end], strides);
            Held::Elements(view.map_err(|_| short("values"))?)
        }
    };
    Ok((Chunk { before, len, offset, valid, held }, bytes))
}
