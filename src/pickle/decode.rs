//! (opcode, argument) at an offset: the only code that parses arguments.
//!
//! [`op_at`] is the raw step that the machine uses: it borrows from a window and copies nothing. [`Ops`] is the
//! comfortable iterator behind listings: it reads windows itself and gives owned arguments.

use num_bigint::BigInt;

use super::op::{ArgKind, Op};
use super::text;
use crate::bytes::{Bytes, Error, ErrorKind, Result};

/// Bytes fetched at once while walking a stream that is not in memory: small enough to stay in cache, large enough
/// that reading costs nothing.
pub(super) const WINDOW: usize = 1 << 20;
/// Longest argument an [`Ops`] item carries; longer ones are described by their place.
pub const ARG_SHOWN: u64 = 1 << 20;

/// An argument as it stands in the stream.
#[derive(Clone, Copy, Debug)]
pub(super) enum RawArg<'a> {
    None,
    /// Fixed-width integers.
    Int(i64),
    Float(f64),
    /// A line without its end.
    Line(&'a [u8]),
    /// Two lines.
    Pair(&'a [u8], &'a [u8]),
    /// Length-prefixed content: `header` bytes after the opcode byte come before it. `data` is None if the window
    /// does not hold all of it.
    Payload {
        header: u64,
        len: u64,
        data: Option<&'a [u8]>,
    },
}

/// One opcode in a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct RawOp<'a> {
    pub op: Op,
    pub arg: RawArg<'a>,
    /// Bytes it takes in all, opcode byte included.
    pub size: u64,
}

/// Why there is no opcode.
#[derive(Debug)]
pub(super) enum Stuck {
    /// The window ends inside; fetch more and try again.
    More,
    /// There is none.
    Bad(ErrorKind),
}

/// Decodes the opcode at `at` of `window`. `left` is how many bytes the stream has from `at` on; where it is more than
/// the window holds, an argument may be cut.
#[inline]
pub(super) fn op_at(window: &[u8], at: usize, left: u64) -> Result<RawOp<'_>, Stuck> {
    let Some((&code, rest)) = window.get(at..).and_then(<[u8]>::split_first) else {
        return Err(if left == 0 { Stuck::Bad(ErrorKind::NoStop) } else { Stuck::More });
    };
    let Some(op) = Op::from_code(code) else { return Err(Stuck::Bad(ErrorKind::UnknownOpcode(code))) };
    whole_op(op, rest).map_or_else(|| cut_op(op, rest, left), Ok)
}

/// The opcode `op`, if `rest`, which begins behind its byte, holds all of its argument. Where `op` is known when this
/// is compiled, so is what is left of it.
#[inline(always)]
pub(super) fn whole_op(op: Op, rest: &[u8]) -> Option<RawOp<'_>> {
    let (arg, size) = match op.arg_kind() {
        ArgKind::None => (RawArg::None, 1),
        ArgKind::U1 => (RawArg::Int(i64::from(*rest.first()?)), 2),
        ArgKind::U2 => (RawArg::Int(i64::from(u16::from_le_bytes(*rest.first_chunk()?))), 3),
        ArgKind::U4 => (RawArg::Int(i64::from(u32::from_le_bytes(*rest.first_chunk()?))), 5),
        ArgKind::I4 => (RawArg::Int(i64::from(i32::from_le_bytes(*rest.first_chunk()?))), 5),
        // FRAME only; a u64, carried as the i64 of the same bits.
        ArgKind::U8 => (RawArg::Int(i64::from_le_bytes(*rest.first_chunk()?)), 9),
        ArgKind::F8 => (RawArg::Float(f64::from_be_bytes(*rest.first_chunk()?)), 9),
        ArgKind::Text1
        | ArgKind::Bytes1
        | ArgKind::Str1
        | ArgKind::Long1
        | ArgKind::Text4
        | ArgKind::Bytes4
        | ArgKind::Str4
        | ArgKind::Long4
        | ArgKind::Text8
        | ArgKind::Bytes8 => {
            let (header, len) = content_len(op, rest)?;
            let data = rest.get(usize::from(header)..)?.get(..usize::try_from(len).ok()?)?;
            let header = u64::from(header);
            (RawArg::Payload { header, len, data: Some(data) }, 1 + header + len)
        }
        ArgKind::Decimal
        | ArgKind::DecimalLong
        | ArgKind::FloatLine
        | ArgKind::Index
        | ArgKind::QuotedLine
        | ArgKind::EscapedLine
        | ArgKind::Line => {
            let (line, _) = line(rest)?;
            (RawArg::Line(line), line.len() as u64 + 2)
        }
        ArgKind::Pair => {
            let (first, after) = line(rest)?;
            let (second, _) = line(after)?;
            (RawArg::Pair(first, second), (first.len() + second.len()) as u64 + 3)
        }
    };
    Some(RawOp { op, arg, size })
}

/// How many bytes say the length of `op`'s content, and what they say; a signed length below 0 reads as more than any
/// stream holds.
#[inline(always)]
fn content_len(op: Op, rest: &[u8]) -> Option<(u8, u64)> {
    Some(match op.arg_kind() {
        ArgKind::Text1 | ArgKind::Bytes1 | ArgKind::Str1 | ArgKind::Long1 => (1, u64::from(*rest.first()?)),
        ArgKind::Text4 | ArgKind::Bytes4 => (4, u64::from(u32::from_le_bytes(*rest.first_chunk()?))),
        ArgKind::Str4 | ArgKind::Long4 => (4, i64::from(i32::from_le_bytes(*rest.first_chunk()?)).cast_unsigned()),
        _ => (8, u64::from_le_bytes(*rest.first_chunk()?)),
    })
}

/// What [`whole_op`] cannot give: why the argument is not there, or, of content longer than the window, its place.
#[cold]
fn cut_op<'a>(op: Op, rest: &[u8], left: u64) -> Result<RawOp<'a>, Stuck> {
    let whole = rest.len() as u64 + 1 >= left;
    let needed = match op.arg_kind() {
        ArgKind::None => 0,
        ArgKind::U1 | ArgKind::Text1 | ArgKind::Bytes1 | ArgKind::Str1 | ArgKind::Long1 => 1,
        ArgKind::U2 => 2,
        ArgKind::U4 | ArgKind::I4 | ArgKind::Text4 | ArgKind::Bytes4 | ArgKind::Str4 | ArgKind::Long4 => 4,
        ArgKind::U8 | ArgKind::F8 | ArgKind::Text8 | ArgKind::Bytes8 => 8,
        _ if whole => {
            let message = "its line has no end".to_owned();
            return Err(Stuck::Bad(ErrorKind::BadArgument { op: op.name(), message }));
        }
        _ => return Err(Stuck::More),
    };
    if rest.len() < needed {
        return Err(match whole {
            true => {
                let (needed, left) = (needed as u64, rest.len() as u64);
                Stuck::Bad(ErrorKind::Truncated { what: op.name(), needed, left })
            }
            false => Stuck::More,
        });
    }
    let Some((header, len)) = content_len(op, rest) else { return Err(Stuck::More) };
    if matches!(op.arg_kind(), ArgKind::Str4 | ArgKind::Long4) && len.cast_signed() < 0 {
        let message = format!("negative length {}", len.cast_signed());
        return Err(Stuck::Bad(ErrorKind::BadArgument { op: op.name(), message }));
    }
    let header = u64::from(header);
    let after = left.saturating_sub(1 + header);
    if len > after {
        return Err(Stuck::Bad(ErrorKind::Truncated { what: op.name(), needed: len, left: after }));
    }
    if len < WINDOW as u64 / 2 {
        return Err(Stuck::More);
    }
    Ok(RawOp { op, arg: RawArg::Payload { header, len, data: None }, size: 1 + header + len })
}

/// The line that `rest` begins with, without its end, and what follows.
#[inline]
fn line(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let (line, end) = rest.split_at_checked(memchr::memchr(b'\n', rest)?)?;
    Some((line, end.get(1..)?))
}

/// An argument, decoded as Python reads it.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg {
    /// The opcode has none.
    None,
    /// An integer of 64 bits.
    Int(i64),
    /// A larger one.
    BigInt(BigInt),
    /// `00` or `01` of INT.
    Bool(bool),
    /// A float.
    Float(f64),
    /// Text as WTF-8; 8-bit strings of Python 2 come as the characters of Latin-1 that their bytes are.
    Text(Vec<u8>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Module and name of GLOBAL and INST.
    Pair(Vec<u8>, Vec<u8>),
    /// Content longer than [`ARG_SHOWN`]: text (true) or bytes, and where it begins.
    Long {
        /// Text or bytes.
        is_text: bool,
        /// Offset of the content in the stream.
        at: u64,
        /// Length in bytes.
        len: u64,
    },
    /// The argument's text is not what the opcode wants; the raw line.
    Bad(Vec<u8>),
}

/// An opcode of a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct OpView {
    /// Row in the listing of its stream, from 0.
    pub row: u64,
    /// Offset of the opcode byte.
    pub offset: u64,
    /// Bytes it takes in all.
    pub len: u64,
    /// The opcode.
    pub op: Op,
    /// Its argument.
    pub arg: Arg,
}

/// Walks the opcodes of a stream from an offset on, skipping the given gaps. Ends after the first error.
pub struct Ops<'a> {
    bytes: &'a Bytes,
    gaps: &'a [(u64, u64)],
    at: u64,
    row: u64,
    buffer: Vec<u8>,
    /// Offset of `buffer` in the stream.
    base: u64,
    ended: bool,
}

impl<'a> Ops<'a> {
    /// Starts at `at`, which is row `row`. `gaps` are (offset, length) of raw bytes between opcodes, sorted.
    pub fn new(bytes: &'a Bytes, gaps: &'a [(u64, u64)], at: u64, row: u64) -> Self {
        Self { bytes, gaps, at, row, buffer: Vec::new(), base: at, ended: false }
    }

    fn step(&mut self, wanted: bool) -> Result<OpView> {
        if let Ok(i) = self.gaps.binary_search_by_key(&self.at, |gap| gap.0) {
            self.at = self.gaps.get(i).map_or(self.at, |gap| gap.0.saturating_add(gap.1)).min(self.bytes.len());
        }
        let left = self.bytes.len() - self.at;
        let mut want = 4096usize;
        loop {
            let (window, start) = match self.bytes.in_memory() {
                Some(all) => (all, usize::try_from(self.at).unwrap_or(usize::MAX)),
                None => {
                    let start = self.at.checked_sub(self.base).and_then(|n| usize::try_from(n).ok());
                    (self.buffer.as_slice(), start.filter(|n| *n <= self.buffer.len()).unwrap_or(usize::MAX))
                }
            };
            match op_at(window, start, left) {
                Ok(raw) => {
                    let arg = if wanted { arg_of(raw, self.at) } else { Arg::None };
                    let view = OpView { row: self.row, offset: self.at, len: raw.size, op: raw.op, arg };
                    self.at += raw.size;
                    self.row += 1;
                    self.ended = false;
                    return Ok(view);
                }
                Err(Stuck::Bad(kind)) => return Err(Error { at: self.bytes.span(self.at, 1.min(left)), kind }),
                Err(Stuck::More) => {
                    // Each try fetches more: a line of a protocol 0 array may be as long as the file.
                    want = want.saturating_mul(4);
                    let n = left.min(want as u64);
                    self.buffer = self.bytes.read_vec(self.at, n)?;
                    self.base = self.at;
                }
            }
        }
    }

    /// The next opcode without its argument: (opcode, offset, length).
    pub(super) fn next_bare(&mut self) -> Option<Result<(Op, u64, u64)>> {
        if self.ended || self.at >= self.bytes.len() {
            return None;
        }
        let item = self.step(false).map(|op| (op.op, op.offset, op.len));
        self.ended = item.is_err();
        Some(item)
    }

    /// Goes on without decoding arguments until `row`. False if the listing ends before.
    pub fn skip_to(&mut self, row: u64) -> bool {
        while self.row < row {
            if self.step(false).is_err() {
                self.ended = true;
                return false;
            }
        }
        true
    }
}

impl Iterator for Ops<'_> {
    type Item = Result<OpView>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended || self.at >= self.bytes.len() {
            return None;
        }
        let item = self.step(true);
        self.ended = item.is_err();
        Some(item)
    }
}

fn latin1(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|b| char::from(*b)).collect::<String>().into_bytes()
}

fn arg_of(raw: RawOp<'_>, at: u64) -> Arg {
    match raw.arg {
        RawArg::None => Arg::None,
        RawArg::Int(i) if i < 0 && raw.op.arg_kind() == ArgKind::U8 => Arg::BigInt(i.cast_unsigned().into()),
        RawArg::Int(i) => Arg::Int(i),
        RawArg::Float(f) => Arg::Float(f),
        RawArg::Pair(module, name) => Arg::Pair(module.to_vec(), name.to_vec()),
        RawArg::Line(line) => line_arg(raw.op, line),
        RawArg::Payload { header, len, data } => {
            let is_text = !matches!(raw.op.arg_kind(), ArgKind::Bytes1 | ArgKind::Bytes4 | ArgKind::Bytes8);
            match data {
                Some(data) if len <= ARG_SHOWN => match raw.op.arg_kind() {
                    ArgKind::Text1 | ArgKind::Text4 | ArgKind::Text8 => Arg::Text(data.to_vec()),
                    ArgKind::Str1 | ArgKind::Str4 => Arg::Text(latin1(data)),
                    ArgKind::Long1 | ArgKind::Long4 => match text::small_signed_le(data) {
                        Some(i) => Arg::Int(i),
                        None => Arg::BigInt(text::signed_le(data)),
                    },
                    _ => Arg::Bytes(data.to_vec()),
                },
                _ => Arg::Long { is_text, at: at + 1 + header, len },
            }
        }
    }
}

fn line_arg(op: Op, line: &[u8]) -> Arg {
    let number = |value: Option<BigInt>| match value {
        Some(value) => i64::try_from(&value).map_or(Arg::BigInt(value), Arg::Int),
        None => Arg::Bad(line.to_vec()),
    };
    match op.arg_kind() {
        ArgKind::Decimal => match line {
            b"00" => Arg::Bool(false),
            b"01" => Arg::Bool(true),
            _ => number(text::integer(line, false).or_else(|| text::integer(line, true))),
        },
        ArgKind::DecimalLong => {
            let digits = line.strip_suffix(b"L").unwrap_or(line);
            number(text::integer(digits, false).or_else(|| text::integer(digits, true)))
        }
        ArgKind::Index => number(text::integer(line, true)),
        ArgKind::FloatLine => text::float(line).map_or_else(|| Arg::Bad(line.to_vec()), Arg::Float),
        ArgKind::QuotedLine => {
            text::unquote(line).map_or_else(|| Arg::Bad(line.to_vec()), |raw| Arg::Text(latin1(&raw)))
        }
        ArgKind::EscapedLine => text::raw_unicode(line).map_or_else(|| Arg::Bad(line.to_vec()), Arg::Text),
        _ => Arg::Text(latin1(line)),
    }
}
