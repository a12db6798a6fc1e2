//! Places: an offset always says into what.

/// Which stream of an artifact: the file itself, a zip member, what a codec inflated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u32);

impl StreamId {
    /// The file as it lies on disk.
    pub const FILE: Self = Self(0);
}

/// `len` bytes at `start` of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// The stream the offset counts in.
    pub stream: StreamId,
    /// Offset of the first byte.
    pub start: u64,
    /// Number of bytes; 0 for a point.
    pub len: u64,
}

impl Span {
    /// Offset behind the last byte.
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.len)
    }

    /// True if `offset` of `stream` lies inside.
    pub fn contains(&self, stream: StreamId, offset: u64) -> bool {
        self.stream == stream && offset >= self.start && offset < self.end()
    }
}
