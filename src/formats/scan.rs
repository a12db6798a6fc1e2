//! Reads bytes from front to back through a small window, so that what is skipped is never read.

use crate::bytes::{Bytes, Error, ErrorKind, Result};

/// Bytes fetched at once.
const WINDOW: usize = 1 << 16;

/// A position in bytes.
pub(super) struct Scan {
    bytes: Bytes,
    window: Vec<u8>,
    /// Offset of the window.
    base: u64,
    at: u64,
}

impl Scan {
    /// Starts at `at`.
    pub fn new(bytes: &Bytes, at: u64) -> Self {
        Self { bytes: bytes.clone(), window: Vec::new(), base: at, at }
    }

    /// Offset of the next byte.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Bytes not read yet.
    pub fn left(&self) -> u64 {
        self.bytes.len().saturating_sub(self.at)
    }

    /// The next byte, which stays.
    pub fn peek(&mut self) -> Result<Option<u8>> {
        let at = usize::try_from(self.at - self.base).unwrap_or(usize::MAX);
        if let Some(byte) = self.window.get(at) {
            return Ok(Some(*byte));
        }
        if self.left() == 0 {
            return Ok(None);
        }
        self.fetch(1)?;
        Ok(self.window.first().copied())
    }

    /// The next byte.
    pub fn u8(&mut self, what: &'static str) -> Result<u8> {
        let byte = self.peek()?.ok_or_else(|| self.short(what, 1))?;
        self.at += 1;
        Ok(byte)
    }

    /// The next `n` bytes; for lengths that the file says, [`Scan::skip`] what is not wanted.
    pub fn take(&mut self, n: usize, what: &'static str) -> Result<&[u8]> {
        if n as u64 > self.left() {
            return Err(self.short(what, n as u64));
        }
        let mut from = usize::try_from(self.at - self.base).unwrap_or(usize::MAX);
        if from.checked_add(n).is_none_or(|end| end > self.window.len()) {
            self.fetch(n)?;
            from = 0;
        }
        self.at += n as u64;
        Ok(self.window.get(from..from + n).unwrap_or(&[]))
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N]> {
        Ok(self.take(N, what)?.try_into().unwrap_or([0; N]))
    }

    /// Goes `n` bytes further without reading them.
    pub fn skip(&mut self, n: u64, what: &'static str) -> Result<()> {
        if n > self.left() {
            return Err(self.short(what, n));
        }
        self.at += n;
        if usize::try_from(self.at - self.base).is_ok_and(|at| at <= self.window.len()) {
            return Ok(());
        }
        self.window.clear();
        self.base = self.at;
        Ok(())
    }

    /// The next line without its end; None at the end of the bytes.
    pub fn line(&mut self, line: &mut Vec<u8>) -> Result<bool> {
        line.clear();
        if self.left() == 0 {
            return Ok(false);
        }
        while self.peek()?.is_some() {
            let from = usize::try_from(self.at - self.base).unwrap_or(usize::MAX);
            let rest = self.window.get(from..).unwrap_or(&[]);
            match memchr::memchr(b'\n', rest) {
                Some(n) => {
                    line.extend_from_slice(rest.get(..n).unwrap_or(&[]));
                    self.at += n as u64 + 1;
                    break;
                }
                None => {
                    line.extend_from_slice(rest);
                    self.at += rest.len() as u64;
                }
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(true)
    }

    /// What is wrong with a document that was read with this outcome: an error, or bytes behind its end.
    pub fn ended(&self, outcome: Result<()>) -> Vec<Error> {
        match outcome {
            Ok(()) if self.left() > 0 => vec![self.error(ErrorKind::Trailing(self.left()))],
            outcome => outcome.err().into_iter().collect(),
        }
    }

    /// An error at the next byte.
    pub fn error(&self, kind: ErrorKind) -> Error {
        Error { at: self.bytes.span(self.at, 1.min(self.left())), kind }
    }

    fn short(&self, what: &'static str, needed: u64) -> Error {
        let left = self.left();
        Error { at: self.bytes.span(self.at, left), kind: ErrorKind::Truncated { what, needed, left } }
    }

    /// Puts at least `n` bytes from the position on into the window; they are known to be there.
    fn fetch(&mut self, n: usize) -> Result<()> {
        let want = self.left().min(n.max(WINDOW) as u64);
        self.window = self.bytes.read_vec(self.at, want)?;
        self.base = self.at;
        Ok(())
    }
}
