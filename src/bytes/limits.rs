//! Every cap by name, with its reason.

use super::{Error, ErrorKind, Result, Span};

/// What [`Limits::inflated_bytes`] counts, as errors name it.
pub const INFLATED: &str = "inflated bytes";

/// What reading one file may cost. The user can raise each; the default suits a desktop.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Layers in layers (a pickle in a gzip in a zip): more than this is a bomb or a joke. Real files have at most 3.
    pub layers: u32,
    /// Bytes all inflated streams of one file may have together. 64 GiB is above any model people inflate whole.
    pub inflated_bytes: u64,
    /// Times a stream may grow when inflated, beyond [`Limits::ratio_floor`]. Deflate ends near 1,032; bz2 and xz
    /// reach far more on zeros only.
    pub ratio: u64,
    /// Times a stream may grow that no longer fits [`Limits::memory_bytes`]: a gigabyte in which nothing but one value
    /// stands is a bomb, for deflate too.
    pub spilled_ratio: u64,
    /// Below this size a stream may grow by any ratio: small files of zeros are common and harmless.
    pub ratio_floor: u64,
    /// Inflated bytes of one file kept in memory, all its streams together; what is beyond goes to an unlinked temporary
    /// file.
    pub memory_bytes: u64,
    /// Times a stream may grow beyond [`Limits::ratio_floor`] and stay in memory: what a person trained is not packed so
    /// well, and the file that takes the rest costs a bomb's author nothing of ours.
    pub memory_ratio: u64,
    /// Members listed of one archive.
    pub members: u64,
    /// Nodes of one object graph. Ids are 32 bits.
    pub nodes: u64,
    /// Longest header (npy, safetensors) that is parsed.
    pub header_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            layers: 8,
            inflated_bytes: 64 << 30,
            ratio: 2_000,
            spilled_ratio: 500,
            ratio_floor: 64 << 20,
            memory_bytes: 1 << 30,
            memory_ratio: 100,
            members: 1_000_000,
            nodes: u32::MAX as u64 - 16,
            header_bytes: 100 << 20,
        }
    }
}

impl Limits {
    /// The limits for who has seen them refuse a file and wants all of it: what stands against bombs is off, and only
    /// memory and disk end it.
    #[must_use]
    pub fn raised(self) -> Self {
        Self { inflated_bytes: u64::MAX, ratio: u64::MAX, spilled_ratio: u64::MAX, ..self }
    }

    /// True if a stream that holds `len` bytes out of `taken` is too even to fill memory with.
    pub(crate) fn spills(&self, len: u64, taken: u64) -> bool {
        len > self.ratio_floor && len / taken.max(1) > self.memory_ratio
    }

    /// How many times its size a stream may have grown that holds `len` bytes now; `None` while any growth is fine.
    pub(crate) fn ratio_at(&self, len: u64) -> Option<u64> {
        let spilled = (len > self.memory_bytes).then_some(self.spilled_ratio);
        spilled.or((len > self.ratio_floor).then_some(self.ratio))
    }
}

/// A limit that counts down.
#[derive(Clone, Debug)]
pub struct Budget {
    left: u64,
    limit: u64,
    what: &'static str,
}

impl Budget {
    /// `limit` units of `what`.
    pub fn new(what: &'static str, limit: u64) -> Self {
        Self { left: limit, limit, what }
    }

    /// Takes `n`, or says that the limit is reached at `at`.
    pub fn spend(&mut self, n: u64, at: Span) -> Result<()> {
        match self.left.checked_sub(n) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Error { at, kind: ErrorKind::Limit { what: self.what, limit: self.limit } }),
        }
    }

    /// Units left.
    pub fn left(&self) -> u64 {
        self.left
    }
}

/// How much to reserve for `count` items of a file's word, when `left` bytes are there and an item takes at least
/// `each` bytes: never more than could be true, and never more than 64 Ki at once.
pub fn capacity_for(count: u64, left: u64, each: u64) -> usize {
    let possible = left / each.max(1);
    usize::try_from(count.min(possible).min(1 << 16)).unwrap_or(0)
}
