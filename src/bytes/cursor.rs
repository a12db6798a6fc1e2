//! A bounds-checked reader over a slice that knows where the slice lies.

use super::{Error, ErrorKind, Result, Span, StreamId};

/// Reads little- and big-endian numbers; every failure says where and what was expected.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    data: &'a [u8],
    at: usize,
    stream: StreamId,
    base: u64,
}

macro_rules! number {
    ($name:ident, $ty:ty, $from:ident, $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&mut self, what: &'static str) -> Result<$ty> {
            let raw = self.take(size_of::<$ty>(), what)?;
            Ok(<$ty>::$from(raw.try_into().unwrap_or_default()))
        }
    };
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte of `data`, which lies at `base` of `stream`.
    pub fn new(data: &'a [u8], stream: StreamId, base: u64) -> Self {
        Self { data, at: 0, stream, base }
    }

    /// Bytes not read yet.
    pub fn left(&self) -> usize {
        self.data.len() - self.at
    }

    /// Offset of the next byte in its stream.
    pub fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// Position of the next byte in the slice.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize, what: &'static str) -> Result<&'a [u8]> {
        match self.data.get(self.at..).and_then(|rest| rest.get(..n)) {
            Some(part) => {
                self.at += n;
                Ok(part)
            }
            None => Err(Error {
                at: Span { stream: self.stream, start: self.offset(), len: self.left() as u64 },
                kind: ErrorKind::Truncated { what, needed: n as u64, left: self.left() as u64 },
            }),
        }
    }

    number!(u8, u8, from_le_bytes, "One byte.");
    number!(u16_le, u16, from_le_bytes, "A little-endian u16.");
    number!(u32_le, u32, from_le_bytes, "A little-endian u32.");
    number!(u64_le, u64, from_le_bytes, "A little-endian u64.");
    number!(i32_le, i32, from_le_bytes, "A little-endian i32.");
    number!(i64_le, i64, from_le_bytes, "A little-endian i64.");
    number!(i64_be, i64, from_be_bytes, "A big-endian i64.");
    number!(f64_be, f64, from_be_bytes, "A big-endian f64.");

    /// An error at the next byte.
    pub fn error(&self, kind: ErrorKind) -> Error {
        Error { at: Span { stream: self.stream, start: self.offset(), len: 0 }, kind }
    }
}
