//! How a node is stored: 16 bytes, and what its parts mean.

/// A node of one [`super::Graph`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    pub(super) const NONE: Self = Self(u32::MAX);

    /// Position in the node arena: dense, in the order of creation.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The raw number, for layers that may not know graphs.
    pub fn raw(self) -> u32 {
        self.0
    }

    /// Back from [`NodeId::raw`]. A number that is no node reads as None everywhere.
    pub fn from_raw(raw: u32) -> Self {
        Self(raw)
    }

    pub(super) fn some(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }
}

impl std::fmt::Debug for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// What a node is. The numbers are part of a node's head only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// None.
    None,
    /// True or False.
    Bool,
    /// An integer of 64 bits.
    Int,
    /// A larger integer.
    Long,
    /// A float.
    Float,
    /// str.
    Text,
    /// str of Python 2: bytes that may be text.
    Str8,
    /// bytes.
    Bytes,
    /// bytearray.
    ByteArray,
    /// list.
    List,
    /// tuple.
    Tuple,
    /// set.
    Set,
    /// frozenset.
    FrozenSet,
    /// dict.
    Dict,
    /// A name that was imported.
    Global,
    /// The result of a call.
    Object,
    /// What the application would give for a persistent id.
    Persistent,
    /// What the extension registry would give for a code.
    Extension,
    /// A buffer handed in beside the pickle.
    Buffer,
}

impl Kind {
    /// True for text and bytes, which lie in the arena of data.
    pub(super) fn is_data(self) -> bool {
        matches!(self, Self::Text | Self::Str8 | Self::Bytes | Self::ByteArray | Self::Long)
    }
}

const KINDS: [Kind; 19] = [
    Kind::None,
    Kind::Bool,
    Kind::Int,
    Kind::Long,
    Kind::Float,
    Kind::Text,
    Kind::Str8,
    Kind::Bytes,
    Kind::ByteArray,
    Kind::List,
    Kind::Tuple,
    Kind::Set,
    Kind::FrozenSet,
    Kind::Dict,
    Kind::Global,
    Kind::Object,
    Kind::Persistent,
    Kind::Extension,
    Kind::Buffer,
];

/// Facts about a node beside its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub(super) u8);

impl Flags {
    /// Fetched from the memo, or duplicated: it may be referred to more than once.
    pub const SHARED: Self = Self(1);
    /// Its edges have room to a power of two (they were moved to grow).
    pub(super) const ROOM: Self = Self(2);
    /// Its data are not kept; payload is an index into the long table.
    pub(super) const LONG: Self = Self(4);
    /// A tuple or frozenset that Python cannot hash.
    pub(super) const UNHASHABLE: Self = Self(8);
    /// A read-only buffer.
    pub(super) const READONLY: Self = Self(16);
    /// A Global read while PROTO was at least 4: dots in the name are walked.
    pub const DOTTED: Self = Self(32);
    /// A Global read while PROTO was below 3: Python 2 names are translated.
    pub const PY2_NAMES: Self = Self(64);

    /// True if all of `other` are set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// 16 bytes. `head` = kind 8 | flags 8 | offset of the opcode 48; `payload` depends on the kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    head: u64,
    pub(super) payload: u64,
}

const _: () = assert!(size_of::<Node>() == 16);
const OFFSET_BITS: u32 = 48;
const OFFSET_MASK: u64 = (1 << OFFSET_BITS) - 1;

impl Node {
    /// Fills memory that no node is in yet. Not zeros: those a system gives without making them.
    pub(super) const UNUSED: Self = Self { head: u64::MAX, payload: u64::MAX };

    #[inline]
    pub(super) fn new(kind: Kind, flags: Flags, offset: u64, payload: u64) -> Self {
        let head = (kind as u64) << 56 | u64::from(flags.0) << OFFSET_BITS | offset & OFFSET_MASK;
        Self { head, payload }
    }

    #[inline]
    pub(super) fn kind(&self) -> Kind {
        KINDS.get((self.head >> 56) as usize).copied().unwrap_or(Kind::None)
    }

    #[inline]
    pub(super) fn flags(&self) -> Flags {
        Flags((self.head >> OFFSET_BITS & 0xff) as u8)
    }

    #[inline]
    pub(super) fn set(&mut self, flags: Flags) {
        self.head |= u64::from(flags.0) << OFFSET_BITS;
    }

    #[inline]
    pub(super) fn unset(&mut self, flags: Flags) {
        self.head &= !(u64::from(flags.0) << OFFSET_BITS);
    }

    pub(super) fn offset(&self) -> u64 {
        self.head & OFFSET_MASK
    }

    #[inline]
    pub(super) fn range(&self) -> Range32 {
        Range32::from_payload(self.payload)
    }
}

/// Start and length in an arena.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Range32 {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Range32 {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "two halves of a u64")]
    pub(super) fn from_payload(payload: u64) -> Self {
        Self { start: (payload >> 32) as u32, len: payload as u32 }
    }

    #[inline]
    pub(super) fn payload(self) -> u64 {
        u64::from(self.start) << 32 | u64::from(self.len)
    }

    pub(super) fn of<T>(self, arena: &[T]) -> &[T] {
        let start = self.start as usize;
        arena.get(start..start + self.len as usize).unwrap_or(&[])
    }
}

/// Data of which only the beginning is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Long {
    pub(super) kept: Range32,
    pub(super) len: u64,
    /// Offset of the content in the stream.
    pub(super) at: u64,
    /// False if the stream holds it escaped, so that it must be decoded again to be read.
    pub(super) plain: bool,
}
