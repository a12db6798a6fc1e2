//! Layer 0: where bytes come from, how to walk them, how to say where.
//!
//! [`Bytes`] is a cheap clone of (owner, range): a file read at positions, or memory. It knows the stream it belongs
//! to, so every failed read already says where. Nothing here maps a file: a map of a file that shrinks kills the
//! process, a positioned read returns an error that can be shown.
//!
//! Read next: `span.rs` (places), `error.rs` (what can go wrong), `limits.rs` (every cap by name).

mod cursor;
mod error;
mod limits;
mod progress;
mod source;
mod span;

pub use cursor::Cursor;
pub use error::{Error, ErrorKind, Problem, Result, grouped};
pub use limits::{Budget, INFLATED, Limits, capacity_for};
pub use progress::Progress;
pub use source::{FileStamp, Source};
pub use span::{Span, StreamId};

use std::io;
use std::path::Path;
use std::sync::Arc;

/// A range of a file or of memory, cheap to clone and to cut. Reading never panics.
#[derive(Clone, Debug)]
pub struct Bytes {
    source: Arc<Source>,
    stream: StreamId,
    /// Offset of the first byte in its stream: what a [`Span`] counts from.
    origin: u64,
    /// Offset of the first byte in the source.
    start: u64,
    len: u64,
}

impl Bytes {
    /// Opens a file for positioned reads. The length is the one at this moment; [`Source::changed`] tells later.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::of(Source::open(path)?))
    }

    /// Bytes in memory.
    pub fn from_vec(bytes: Vec<u8>) -> Self {
        Self::of(Source::Memory(bytes))
    }

    /// All of `source`, as stream 0 until [`Bytes::labelled`] says otherwise.
    pub fn of(source: Source) -> Self {
        let len = source.len();
        Self { source: Arc::new(source), stream: StreamId::FILE, origin: 0, start: 0, len }
    }

    /// The same bytes as a stream of their own: offsets count from 0 and spans name `stream`.
    pub fn labelled(mut self, stream: StreamId) -> Self {
        self.stream = stream;
        self.origin = 0;
        self
    }

    /// Number of bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The stream that spans into these bytes name.
    pub fn stream(&self) -> StreamId {
        self.stream
    }

    /// Where the bytes come from.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The place of `len` bytes at `at` (counted from the start of these bytes).
    pub fn span(&self, at: u64, len: u64) -> Span {
        Span { stream: self.stream, start: self.origin.saturating_add(at), len }
    }

    /// Part of these bytes; an error if it is not inside.
    pub fn slice(&self, at: u64, len: u64) -> Result<Self> {
        match at.checked_add(len) {
            Some(end) if end <= self.len => Ok(Self {
                source: Arc::clone(&self.source),
                stream: self.stream,
                origin: self.origin + at,
                start: self.start + at,
                len,
            }),
            _ => Err(self.truncated(at, len)),
        }
    }

    /// All bytes, where they are in memory.
    pub fn in_memory(&self) -> Option<&[u8]> {
        match &*self.source {
            Source::Memory(all) => {
                let start = usize::try_from(self.start).ok()?;
                let len = usize::try_from(self.len).ok()?;
                all.get(start..start.checked_add(len)?)
            }
            _ => None,
        }
    }

    /// Fills `buf` from position `at`; an error if fewer bytes are left, or if the file has shrunk or fails.
    pub fn read_at(&self, at: u64, buf: &mut [u8]) -> Result<()> {
        let want = buf.len() as u64;
        if at.checked_add(want).is_none_or(|end| end > self.len) {
            return Err(self.truncated(at, want));
        }
        let mut done = 0;
        while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.source.read_at(self.start + at + done as u64, rest) {
                Ok(0) => return Err(Error { at: self.span(at, want), kind: ErrorKind::Shrunk }),
                Ok(n) => done += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error { at: self.span(at, want), kind: ErrorKind::Io(e.to_string()) }),
            }
        }
        Ok(())
    }

    /// Reads what there is from `at`, at most `buf.len()` bytes; 0 at the end.
    pub fn read_some(&self, at: u64, buf: &mut [u8]) -> Result<usize> {
        let left = self.len.saturating_sub(at);
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        let Some(part) = buf.get_mut(..n) else { return Ok(0) };
        self.read_at(at, part)?;
        Ok(n)
    }

    /// A copy of `len` bytes at `at`. The length is checked against what is there before anything is allocated.
    pub fn read_vec(&self, at: u64, len: u64) -> Result<Vec<u8>> {
        if at.checked_add(len).is_none_or(|end| end > self.len) {
            return Err(self.truncated(at, len));
        }
        let n = usize::try_from(len).map_err(|_| self.truncated(at, len))?;
        // A sparse file can claim terabytes: let the allocator refuse, do not abort.
        let mut out = Vec::new();
        out.try_reserve_exact(n)
            .map_err(|_| Error { at: self.span(at, len), kind: ErrorKind::Limit { what: "memory", limit: len } })?;
        out.resize(n, 0);
        self.read_at(at, &mut out)?;
        Ok(out)
    }

    /// The first at most `n` bytes, for recognising a format.
    pub fn head(&self, n: usize) -> Result<Vec<u8>> {
        self.read_vec(0, self.len.min(n as u64))
    }

    /// A sequential reader that starts at `at`.
    pub fn reader(&self, at: u64) -> Reader {
        Reader { bytes: self.clone(), at }
    }

    fn truncated(&self, at: u64, needed: u64) -> Error {
        let left = self.len.saturating_sub(at);
        Error {
            at: self.span(at.min(self.len), left.min(needed)),
            kind: ErrorKind::Truncated { what: "data", needed, left },
        }
    }
}

/// `io::Read` over [`Bytes`], for the crates that inflate. Wrap it in a `BufReader`.
#[derive(Clone, Debug)]
pub struct Reader {
    bytes: Bytes,
    at: u64,
}

impl Reader {
    /// Position of the next byte, from the start of the bytes read.
    pub fn position(&self) -> u64 {
        self.at
    }
}

impl io::Read for Reader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read_some(self.at, buf).map_err(io::Error::other)?;
        self.at += n as u64;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_outside_is_an_error_that_names_the_place() {
        let bytes = Bytes::from_vec(vec![1, 2, 3, 4]);
        let part = bytes.slice(1, 3).unwrap();
        assert_eq!(part.in_memory(), Some(&[2, 3, 4][..]));
        let error = part.slice(2, 2).unwrap_err();
        assert_eq!(error.at, Span { stream: StreamId::FILE, start: 3, len: 1 });
        assert!(bytes.slice(u64::MAX, 2).is_err());
    }

    #[test]
    fn reading_a_file_that_shrank_is_an_error_and_not_a_crash() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.bin");
        std::fs::write(&path, [7u8; 100]).unwrap();
        let bytes = Bytes::open(&path).unwrap();
        std::fs::write(&path, [7u8; 10]).unwrap();
        let mut buf = [0; 50];
        assert_eq!(bytes.read_at(0, &mut buf).unwrap_err().kind, ErrorKind::Shrunk);
        assert!(bytes.source().changed());
    }
}
