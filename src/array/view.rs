//! Elements of an array, read by position: any strides, any alignment, any byte order.

use std::sync::Arc;

use super::dtype::{Dtype, Float8, Scalar};
use super::layout;
use crate::bytes::{Bytes, Error, ErrorKind, Progress, Result};

/// Elements fetched at once, in bytes.
const CHUNK: u64 = 1 << 20;
/// Most bytes held for one block of an array that is not in C order.
const BLOCK: u64 = 32 << 20;

/// The values of an array. Cheap to make: nothing is read until asked for.
#[derive(Clone, Debug)]
pub struct ArrayView {
    bytes: Bytes,
    dtype: Arc<Dtype>,
    shape: Vec<u64>,
    strides: Vec<i64>,
    count: u64,
}

/// A plain piece of an element: what a record is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Offset in the element.
    pub offset: usize,
    /// Size in bytes.
    pub size: usize,
    /// Bytes that are reversed as a unit to change the byte order; 1 for none.
    pub unit: usize,
    /// Stored big-endian.
    pub big: bool,
}

impl ArrayView {
    /// Checks that every element lies inside `bytes`; the first element is at its start.
    pub fn new(bytes: Bytes, dtype: Arc<Dtype>, shape: Vec<u64>, strides: Vec<i64>) -> Result<Self> {
        let error = |message: &str| Error {
            at: bytes.span(0, 0),
            kind: ErrorKind::Header { what: "array", message: message.to_owned() },
        };
        let count = layout::count(&shape).ok_or_else(|| error("its shape overflows"))?;
        if count > 0 {
            let (low, high) = layout::extent(&shape, &strides).ok_or_else(|| error("its strides overflow"))?;
            let end = u64::try_from(high).ok().and_then(|high| high.checked_add(dtype.size));
            if low < 0 || end.is_none_or(|end| end > bytes.len()) {
                return Err(error("it reaches outside its data"));
            }
        }
        Ok(Self { bytes, dtype, shape, strides, count })
    }

    /// Number of elements.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Element type.
    pub fn dtype(&self) -> &Arc<Dtype> {
        &self.dtype
    }

    /// Length of each axis.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// The bytes the elements lie in.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Offset of an element in [`ArrayView::bytes`]; None outside the shape.
    pub fn offset(&self, index: &[u64]) -> Option<u64> {
        if index.len() != self.shape.len() || index.iter().zip(&self.shape).any(|(i, side)| i >= side) {
            return None;
        }
        let at = index
            .iter()
            .zip(&self.strides)
            .try_fold(0i64, |at, (i, stride)| at.checked_add(i64::try_from(*i).ok()?.checked_mul(*stride)?))?;
        u64::try_from(at).ok()
    }

    /// The raw bytes of one element.
    pub fn element(&self, index: &[u64]) -> Result<Vec<u8>> {
        let at = self.offset(index).ok_or_else(|| Error {
            at: self.bytes.span(0, 0),
            kind: ErrorKind::Header { what: "array", message: "no such index".to_owned() },
        })?;
        self.bytes.read_vec(at, self.dtype.size)
    }

    /// One element as an integer; None if it is no bool, integer or time.
    pub fn int(&self, index: &[u64]) -> Result<Option<i128>> {
        Ok(as_int(&self.dtype, &self.element(index)?))
    }

    /// One element as Python writes it.
    pub fn text(&self, index: &[u64]) -> Result<String> {
        Ok(element_text(&self.dtype, &self.element(index)?))
    }

    /// The fields of one record as Python writes them, in the order of the dtype; empty if the elements are no records.
    pub fn record(&self, index: &[u64]) -> Result<Vec<String>> {
        let Scalar::Struct(fields) = &self.dtype.scalar else { return Ok(Vec::new()) };
        let raw = self.element(index)?;
        let piece = |field: &super::dtype::Field| {
            let start = usize::try_from(field.offset).unwrap_or(usize::MAX);
            let size = usize::try_from(field.dtype.size).unwrap_or(0);
            raw.get(start..start.saturating_add(size)).unwrap_or(&[])
        };
        Ok(fields.iter().map(|field| element_text(&field.dtype, piece(field))).collect())
    }

    /// One field of a record array as an array of its own; a sub-array adds its axes at the end.
    pub fn field(&self, field: &super::dtype::Field) -> Option<Self> {
        let bytes = self.bytes.slice(field.offset, self.bytes.len().checked_sub(field.offset)?).ok()?;
        let (mut shape, mut strides) = (self.shape.clone(), self.strides.clone());
        let dtype = match &field.dtype.scalar {
            Scalar::Sub(base, sides) => {
                shape.extend(sides);
                strides.extend(layout::c_strides(sides, base.size)?);
                (**base).clone()
            }
            _ => field.dtype.clone(),
        };
        Self::new(bytes, Arc::new(dtype), shape, strides).ok()
    }

    /// True if the elements are one block of the file, in some order.
    pub fn is_dense(&self) -> bool {
        layout::is_dense(&self.shape, &self.strides, self.dtype.size)
    }

    fn is_c(&self) -> bool {
        layout::c_strides(&self.shape, self.dtype.size).is_some_and(|c| {
            self.shape.iter().zip(c).zip(&self.strides).all(|((side, c), stride)| *side <= 1 || c == *stride)
        })
    }

    /// Ranges of whole elements, in file order, for a dense array: work that does not care for the order.
    pub(super) fn dense_chunks(&self) -> Vec<(u64, u64)> {
        let size = self.dtype.size.max(1);
        let step = (CHUNK / size).max(1) * size;
        let total = self.count * self.dtype.size;
        (0..total.div_ceil(step)).map(|i| (i * step, step.min(total - i * step))).collect()
    }

    /// Calls `visit` with the elements in C order, packed, in pieces of whole elements.
    pub fn chunks(&self, progress: &Progress, mut visit: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if self.count == 0 || self.dtype.size == 0 {
            return Ok(());
        }
        if self.is_c() {
            for (at, len) in self.dense_chunks() {
                progress.check(self.bytes.span(at, len))?;
                visit(&self.bytes.read_vec(at, len)?)?;
                progress.add(len);
            }
            return Ok(());
        }
        // Blocks of rows along the first axis; each gathered from strips that are contiguous in the file where possible.
        let rows = self.shape.first().copied().unwrap_or(1);
        let row: u64 = self.count / rows.max(1);
        let row_bytes = row.saturating_mul(self.dtype.size).max(1);
        let step = (BLOCK / row_bytes).clamp(1, rows);
        let mut first = 0;
        while first < rows {
            let n = step.min(rows - first);
            progress.check(self.bytes.span(0, 0))?;
            self.gather(first, n, &mut visit)?;
            progress.add(n * row_bytes);
            first += n;
        }
        Ok(())
    }

    /// All values as floats, in C order. For arrays that are a part of something (the nodes of a tree); an error if they
    /// are no numbers, or if fewer bytes hold them than they would take.
    pub fn numbers(&self, progress: &Progress) -> Result<Vec<f64>> {
        let unit = self.unit_once()?;
        let mut all = Vec::with_capacity(usize::try_from(self.count).unwrap_or(0));
        self.chunks(progress, |part| {
            for raw in part.chunks_exact(unit) {
                all.push(as_f64(&self.dtype, raw).ok_or_else(|| self.refused("it holds no numbers"))?);
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// Bytes of a value, if there are as many bytes as the values take: strides of 0 would make many of few.
    fn unit_once(&self) -> Result<usize> {
        let size = self.dtype.size;
        if size == 0 || self.count.checked_mul(size).is_none_or(|n| n > self.bytes.len()) {
            return Err(self.refused("it repeats its data"));
        }
        Ok(usize::try_from(size).unwrap_or(usize::MAX))
    }

    fn refused(&self, message: &str) -> Error {
        let kind = ErrorKind::Header { what: "array", message: message.to_owned() };
        Error { at: self.bytes.span(0, 0), kind }
    }

    /// Calls `visit` with all values as integers, in C order; nothing is kept. An error if they are no integers, or if fewer
    /// bytes hold them than they would take.
    pub fn ints(&self, progress: &Progress, mut visit: impl FnMut(i128)) -> Result<()> {
        let unit = self.unit_once()?;
        self.chunks(progress, |part| {
            for raw in part.chunks_exact(unit) {
                visit(as_int(&self.dtype, raw).ok_or_else(|| self.refused("it holds no integers"))?);
            }
            Ok(())
        })
    }

    fn gather(&self, first: u64, rows: u64, visit: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let size = self.dtype.size;
        let mut shape = self.shape.clone();
        let Some(side) = shape.first_mut() else { return Ok(()) };
        *side = rows;
        let (Some((low, high)), Some(base)) = (
            layout::extent(&shape, &self.strides),
            self.strides.first().and_then(|s| s.checked_mul(i64::try_from(first).ok()?)),
        ) else {
            return Ok(());
        };
        let fetch = |at: i64, len: u64| self.bytes.read_vec(u64::try_from(base + at).unwrap_or(u64::MAX), len);
        let unit = usize::try_from(size).unwrap_or(usize::MAX);
        let span = u64::try_from(high - low).unwrap_or(u64::MAX).saturating_add(size);
        let whole = if span <= 2 * BLOCK { Some(fetch(low, span)?) } else { None };
        let mut out = Vec::new();
        let count = layout::count(&shape).unwrap_or(0);
        let strip_stride = self.strides.first().copied().unwrap_or(0);
        if whole.is_none() && u64::try_from(strip_stride) == Ok(size) {
            // Fortran order: read each strip along the first axis once and scatter it.
            let inner: Vec<u64> = shape.get(1..).unwrap_or(&[]).to_vec();
            let inner_strides = self.strides.get(1..).unwrap_or(&[]);
            let columns = layout::count(&inner).unwrap_or(0);
            out.resize(usize::try_from(count.saturating_mul(size)).unwrap_or(0), 0);
            for column in 0..columns {
                let index = layout::unravel(column, &inner);
                let at: i64 = index.iter().zip(inner_strides).map(|(i, s)| i.cast_signed() * s).sum();
                let strip = fetch(at, rows * size)?;
                for (r, element) in strip.chunks_exact(unit).enumerate() {
                    let to = (r as u64 * columns + column) * size;
                    let to = usize::try_from(to).unwrap_or(usize::MAX);
                    if let Some(place) = out.get_mut(to..to.saturating_add(unit)) {
                        place.copy_from_slice(element);
                    }
                }
            }
            return visit(&out);
        }
        let mut index = vec![0u64; shape.len()];
        for _ in 0..count {
            let at: i64 = index.iter().zip(&self.strides).map(|(i, s)| i.cast_signed() * s).sum();
            match &whole {
                Some(block) => {
                    let from = usize::try_from(at - low).unwrap_or(usize::MAX);
                    out.extend_from_slice(block.get(from..from.saturating_add(unit)).unwrap_or(&[]));
                }
                None => out.extend(fetch(at, size)?),
            }
            if out.len() as u64 >= CHUNK {
                visit(&out)?;
                out.clear();
            }
            for (i, side) in index.iter_mut().zip(&shape).rev() {
                *i += 1;
                if *i < *side {
                    break;
                }
                *i = 0;
            }
        }
        if out.is_empty() { Ok(()) } else { visit(&out) }
    }
}

/// The plain pieces of an element in order, padding left out.
pub fn leaves(dtype: &Dtype) -> Vec<Leaf> {
    let mut all = Vec::new();
    collect(dtype, 0, &mut all);
    all
}

fn collect(dtype: &Dtype, offset: u64, all: &mut Vec<Leaf>) {
    // The depth of a dtype is capped where it is made; the number of leaves here.
    if all.len() > 100_000 {
        return;
    }
    match &dtype.scalar {
        Scalar::Struct(fields) => fields.iter().for_each(|field| collect(&field.dtype, offset + field.offset, all)),
        Scalar::Sub(base, shape) if base.depth() > 0 => {
            for i in 0..layout::count(shape).unwrap_or(0).min(100_000) {
                collect(base, offset + i * base.size, all);
            }
        }
        Scalar::Sub(base, _) => push(base, offset, dtype.size, all),
        _ => push(dtype, offset, dtype.size, all),
    }
}

fn push(dtype: &Dtype, offset: u64, size: u64, all: &mut Vec<Leaf>) {
    let unit = match dtype.scalar {
        Scalar::Complex => dtype.size / 2,
        Scalar::Str => 4,
        Scalar::Bytes | Scalar::Void | Scalar::Object | Scalar::Opaque(_) => 1,
        _ => dtype.size,
    };
    let (Ok(offset), Ok(size), Ok(unit)) = (usize::try_from(offset), usize::try_from(size), usize::try_from(unit))
    else {
        return;
    };
    all.push(Leaf { offset, size, unit: unit.max(1), big: dtype.big });
}

fn ordered<const N: usize>(raw: &[u8], big: bool) -> [u8; N] {
    let mut bytes = [0; N];
    if let Some(part) = raw.get(..N) {
        bytes.copy_from_slice(part);
    }
    if big {
        bytes.reverse();
    }
    bytes
}

/// A real number as f64, whatever its type; None for what is no number.
pub(super) fn as_f64(dtype: &Dtype, raw: &[u8]) -> Option<f64> {
    let big = dtype.big;
    #[expect(clippy::cast_precision_loss, reason = "NumPy converts the same way")]
    Some(match (&dtype.scalar, dtype.size) {
        (Scalar::Float, 8) => f64::from_le_bytes(ordered(raw, big)),
        (Scalar::Float, 4) => f64::from(f32::from_le_bytes(ordered(raw, big))),
        (Scalar::Float, 2) => half::f16::from_le_bytes(ordered(raw, big)).to_f64(),
        (Scalar::Float, 12 | 16) => {
            // Ten bytes count; the rest is padding, in front for big-endian machines.
            let bytes = if big { ordered(raw.get(raw.len().saturating_sub(10)..)?, true) } else { ordered(raw, false) };
            x87(bytes)
        }
        (Scalar::Bool, _) => f64::from(u8::from(raw.first().is_some_and(|b| *b != 0))),
        (Scalar::Int | Scalar::Uint, _) => as_int(dtype, raw)? as f64,
        (Scalar::BFloat16, _) => half::bf16::from_le_bytes(ordered(raw, big)).to_f64(),
        (Scalar::Float8(kind), _) => float8(*kind, *raw.first()?),
        _ => return None,
    })
}

/// An integer, exactly.
pub(super) fn as_int(dtype: &Dtype, raw: &[u8]) -> Option<i128> {
    let big = dtype.big;
    Some(match (&dtype.scalar, dtype.size) {
        (Scalar::Bool, _) => i128::from(raw.first().is_some_and(|b| *b != 0)),
        (Scalar::Int, 1) => i128::from(i8::from_le_bytes(ordered(raw, big))),
        (Scalar::Int, 2) => i128::from(i16::from_le_bytes(ordered(raw, big))),
        (Scalar::Int, 4) => i128::from(i32::from_le_bytes(ordered(raw, big))),
        (Scalar::Int, _) => i128::from(i64::from_le_bytes(ordered(raw, big))),
        (Scalar::Uint, 1) => i128::from(u8::from_le_bytes(ordered(raw, big))),
        (Scalar::Uint, 2) => i128::from(u16::from_le_bytes(ordered(raw, big))),
        (Scalar::Uint, 4) => i128::from(u32::from_le_bytes(ordered(raw, big))),
        (Scalar::Uint, _) => i128::from(u64::from_le_bytes(ordered(raw, big))),
        (Scalar::Datetime(_) | Scalar::Timedelta(_), _) => i128::from(i64::from_le_bytes(ordered(raw, big))),
        _ => return None,
    })
}

/// x86's 80-bit float: 64 bits of mantissa with the leading one written out, 15 of exponent, a sign.
fn x87(raw: [u8; 10]) -> f64 {
    let [m0, m1, m2, m3, m4, m5, m6, m7, e0, e1] = raw;
    let mantissa = u64::from_le_bytes([m0, m1, m2, m3, m4, m5, m6, m7]);
    let top = u16::from_le_bytes([e0, e1]);
    let sign = if top & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(top & 0x7fff);
    if exponent == 0x7fff {
        return if mantissa << 1 == 0 { sign * f64::INFINITY } else { f64::NAN };
    }
    #[expect(clippy::cast_precision_loss, reason = "80 bits do not fit into 64; rounding is meant")]
    let value = mantissa as f64;
    // In two steps, so that neither factor leaves the range of f64 before the product does.
    let power = exponent - 16383 - 63;
    let half = power.clamp(-1000, 1000);
    sign * value * 2f64.powi(half) * 2f64.powi((power - half).clamp(-2000, 2000))
}

fn float8(kind: Float8, raw: u8) -> f64 {
    if kind == Float8::E8M0Fnu {
        return if raw == 0xff { f64::NAN } else { 2f64.powi(i32::from(raw) - 127) };
    }
    let (exponent_bits, mantissa_bits, bias) = match kind {
        Float8::E4M3Fn => (4u32, 3u32, 7),
        Float8::E4M3Fnuz => (4, 3, 8),
        Float8::E5M2 => (5, 2, 15),
        _ => (5, 2, 16),
    };
    let sign = if raw & 0x80 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(raw >> mantissa_bits) & ((1 << exponent_bits) - 1);
    let mantissa = f64::from(raw & ((1 << mantissa_bits) - 1));
    match kind {
        Float8::E4M3Fn if raw & 0x7f == 0x7f => return f64::NAN,
        Float8::E5M2 if exponent == 31 => return if mantissa == 0.0 { sign * f64::INFINITY } else { f64::NAN },
        Float8::E4M3Fnuz | Float8::E5M2Fnuz if raw == 0x80 => return f64::NAN,
        _ => {}
    }
    let scale = f64::from(1u32 << mantissa_bits);
    let value = if exponent == 0 {
        mantissa / scale * 2f64.powi(1 - bias)
    } else {
        (1.0 + mantissa / scale) * 2f64.powi(exponent - bias)
    };
    sign * value
}

/// A tuple of numbers as Python writes it: `(3, 4)`, `(3,)`, `()`.
pub fn tuple_text(numbers: &[u64]) -> String {
    match numbers {
        [one] => format!("({one},)"),
        all => format!("({})", all.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// One element as Python writes it.
pub(super) fn element_text(dtype: &Dtype, raw: &[u8]) -> String {
    match &dtype.scalar {
        Scalar::Bool => if raw.first().is_some_and(|b| *b != 0) { "True" } else { "False" }.to_owned(),
        Scalar::Int | Scalar::Uint => as_int(dtype, raw).unwrap_or(0).to_string(),
        Scalar::Float | Scalar::BFloat16 | Scalar::Float8(_) => float_text(dtype, raw),
        Scalar::Complex => {
            let part = Dtype { scalar: Scalar::Float, size: dtype.size / 2, big: dtype.big, name: None };
            let (re, im) = raw.split_at_checked(raw.len() / 2).unwrap_or((raw, &[]));
            let im = float_text(&part, im);
            let sign = if im.starts_with('-') { "" } else { "+" };
            format!("({}{sign}{im}j)", float_text(&part, re))
        }
        Scalar::Bytes => {
            let end = raw.iter().rposition(|b| *b != 0).map_or(0, |n| n + 1);
            format!("b'{}'", raw.get(..end).unwrap_or(&[]).escape_ascii())
        }
        Scalar::Str => {
            let mut text = String::new();
            for unit in raw.as_chunks::<4>().0 {
                let code = if dtype.big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
                text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            format!("'{}'", text.trim_end_matches('\0').replace('\\', "\\\\").replace('\'', "\\'"))
        }
        Scalar::Datetime(unit) => match as_int(dtype, raw) {
            Some(value) if value != i128::from(i64::MIN) => datetime_text(value * i128::from(unit.count), &unit.unit),
            _ => "NaT".to_owned(),
        },
        Scalar::Timedelta(unit) => match as_int(dtype, raw) {
            Some(value) if value != i128::from(i64::MIN) => {
                format!("{} {}", value * i128::from(unit.count), unit.unit)
            }
            _ => "NaT".to_owned(),
        },
        Scalar::Struct(fields) => {
            let part = |offset: u64, size: u64| {
                let start = usize::try_from(offset).unwrap_or(usize::MAX);
                let size = usize::try_from(size).unwrap_or(0);
                raw.get(start..start.saturating_add(size)).unwrap_or(&[])
            };
            let parts: Vec<String> =
                fields.iter().take(64).map(|f| element_text(&f.dtype, part(f.offset, f.dtype.size))).collect();
            format!("({})", parts.join(", "))
        }
        Scalar::Sub(base, _) => {
            let size = usize::try_from(base.size.max(1)).unwrap_or(1);
            let parts: Vec<String> = raw.chunks_exact(size).take(16).map(|raw| element_text(base, raw)).collect();
            let more = if raw.len() / size > 16 { ", …" } else { "" };
            format!("[{}{more}]", parts.join(", "))
        }
        Scalar::Void | Scalar::Object | Scalar::Opaque(_) => {
            let shown: String = raw.iter().take(32).map(|b| format!("{b:02x}")).collect();
            if raw.len() > 32 { format!("{shown}…") } else { shown }
        }
    }
}

/// The shortest digits that give the same value in the element's own precision.
fn float_text(dtype: &Dtype, raw: &[u8]) -> String {
    let value = as_f64(dtype, raw).unwrap_or(f64::NAN);
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let value = match dtype.scalar {
        Scalar::BFloat16 => shortest(value, |value| half::bf16::from_f64(value).to_bits()),
        Scalar::Float if dtype.size == 2 => shortest(value, |value| half::f16::from_f64(value).to_bits()),
        _ => value,
    };
    #[expect(clippy::cast_possible_truncation, reason = "the value came from no more than an f32")]
    let text = match dtype.size {
        4 => format!("{:?}", value as f32),
        _ => format!("{value:?}"),
    };
    let wide = value != 0.0 && !(1e-4..1e16).contains(&value.abs());
    match (wide, dtype.size) {
        #[expect(clippy::cast_possible_truncation, reason = "the value came from an f32")]
        (true, 4) => exponent(&format!("{:e}", value as f32)),
        (true, _) => exponent(&format!("{value:e}")),
        _ if text.contains(['.', 'e']) => text,
        _ => text + ".0",
    }
}

/// The number with the fewest digits that is the same in a type of 16 bits.
fn shortest(value: f64, bits: impl Fn(f64) -> u16) -> f64 {
    (0..8)
        .filter_map(|digits| format!("{value:.digits$e}").parse().ok())
        .find(|short| bits(*short) == bits(value))
        .unwrap_or(value)
}

fn exponent(text: &str) -> String {
    match text.split_once('e') {
        Some((digits, e)) => match e.strip_prefix('-') {
            Some(e) => format!("{digits}e-{e:0>2}"),
            None => format!("{digits}e+{e:0>2}"),
        },
        None => text.to_owned(),
    }
}

/// ISO text of a datetime64: `value` units since 1970.
fn datetime_text(value: i128, unit: &str) -> String {
    let per_day: i128 = match unit {
        "Y" => return format!("{}", 1970 + value),
        "M" => return format!("{}-{:02}", 1970 + value.div_euclid(12), value.rem_euclid(12) + 1),
        "W" => return date_text(value * 7),
        "D" => return date_text(value),
        "h" => 24,
        "m" => 1440,
        "s" => 86_400,
        "ms" => 86_400_000,
        "us" | "μs" => 86_400_000_000,
        "ns" => 86_400_000_000_000,
        "ps" => 86_400_000_000_000_000,
        "fs" => 86_400_000_000_000_000_000,
        "as" => 86_400_000_000_000_000_000_000,
        _ => return value.to_string(),
    };
    let (day, rest) = (value.div_euclid(per_day), value.rem_euclid(per_day));
    let date = date_text(day);
    match unit {
        "h" => format!("{date}T{rest:02}"),
        "m" => format!("{date}T{:02}:{:02}", rest / 60, rest % 60),
        _ => {
            let per_second = per_day / 86_400;
            let (second, fraction) = (rest / per_second, rest % per_second);
            let clock = format!("{date}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
            match per_second {
                1 => clock,
                n => format!("{clock}.{fraction:0width$}", width = n.ilog10() as usize),
            }
        }
    }
}

/// Days since 1970 as a date of the proleptic Gregorian calendar (Howard Hinnant's algorithm).
pub fn date_text(days: i128) -> String {
    let z = days + 719_468;
    let (era, day_of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(dtype: &str, raw: &[u8]) -> String {
        element_text(&Dtype::parse(dtype).unwrap(), raw)
    }

    #[test]
    fn elements_as_numpy_shows_them() {
        // repr(x.item()) of arrays made by NumPy with these bytes.
        assert_eq!(text("<f8", &0.1f64.to_le_bytes()), "0.1");
        assert_eq!(text("<f4", &0.1f32.to_le_bytes()), "0.1");
        assert_eq!(text(">f4", &1e-8f32.to_be_bytes()), "1e-08");
        assert_eq!(text("<f2", &[0x00, 0x3c]), "1.0");
        // str() of np.float16: 0.1, 65500.0, 6e-08.
        assert_eq!(text("<f2", &[0x66, 0x2e]), "0.1");
        assert_eq!(text("<f2", &[0xff, 0x7b]), "65500.0");
        assert_eq!(text("<f2", &[0x01, 0x00]), "6e-08");
        assert_eq!(text("<i8", &(-5i64).to_le_bytes()), "-5");
        assert_eq!(text(">U2", &[0, 0, 0, 97, 0, 0, 0, 0]), "'a'");
        assert_eq!(text("|S4", b"ab\0\0"), "b'ab'");
        assert_eq!(text("<c8", &[0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]), "(1.0-2.0j)");
        assert_eq!(text("<M8[ns]", &1_577_836_800_000_000_001i64.to_le_bytes()), "2020-01-01T00:00:00.000000001");
        assert_eq!(text("<M8[D]", &(-1i64).to_le_bytes()), "1969-12-31");
        assert_eq!(text("<M8[M]", &(-1i64).to_le_bytes()), "1969-12");
        assert_eq!(text("<M8[25us]", &2i64.to_le_bytes()), "1970-01-01T00:00:00.000050");
        assert_eq!(text("<m8[s]", &i64::MIN.to_le_bytes()), "NaT");
    }

    #[test]
    fn bfloat16_has_the_range_of_float32() {
        // torch.tensor([0.1, 1e5, -3e38, 1e-30], dtype=torch.bfloat16).view(torch.int16), and the same numbers read back
        // by torch.tensor of what stands here.
        let dtype = Dtype { scalar: Scalar::BFloat16, size: 2, big: false, name: Some("bfloat16") };
        let all = [(0x3dcd, "0.1"), (0x47c3, "100000.0"), (0xff62, "-3e+38"), (0x0da2, "1e-30")];
        for (bits, shown) in all {
            assert_eq!(element_text(&dtype, &u16::to_le_bytes(bits)), shown);
        }
    }

    #[test]
    fn long_doubles_of_x86() {
        // np.longdouble(1), (-2.5), inf: their first ten bytes
        assert_eq!(x87([0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f]), 1.0);
        assert_eq!(x87([0, 0, 0, 0, 0, 0, 0, 0xa0, 0x00, 0xc0]), -2.5);
        assert_eq!(x87([0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x7f]), f64::INFINITY);
    }

    #[test]
    fn float8_extremes() {
        // torch: float8_e4m3fn max 448, e5m2 max 57344, e4m3fnuz max 240, e8m0fnu 0 = 2^-127
        assert_eq!(float8(Float8::E4M3Fn, 0x7e), 448.0);
        assert_eq!(float8(Float8::E5M2, 0x7b), 57344.0);
        assert_eq!(float8(Float8::E4M3Fnuz, 0x7f), 240.0);
        assert_eq!(float8(Float8::E8M0Fnu, 0), 2f64.powi(-127));
        assert!(float8(Float8::E5M2Fnuz, 0x80).is_nan());
    }

    #[test]
    fn c_order_of_a_fortran_array_and_of_a_transposed_view() {
        let bytes = Bytes::from_vec((0..6u8).collect());
        let dtype = Arc::new(Dtype::parse("|u1").unwrap());
        let view = ArrayView::new(bytes.clone(), dtype.clone(), vec![2, 3], vec![1, 2]).unwrap();
        let mut all = Vec::new();
        view.chunks(&Progress::new(), |part| {
            all.extend_from_slice(part);
            Ok(())
        })
        .unwrap();
        assert_eq!(all, [0, 2, 4, 1, 3, 5]);
        assert!(view.is_dense());
        assert!(ArrayView::new(bytes.clone(), dtype.clone(), vec![2, 3], vec![1, 3]).is_err());
        assert!(ArrayView::new(bytes, dtype, vec![u64::MAX, 3], vec![1, 2]).is_err());
    }
}
