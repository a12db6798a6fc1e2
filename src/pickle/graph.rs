//! The object graph: what the opcodes build, kept small. It has no behaviour of Python's; it is the record of a load.
//!
//! A node is 16 bytes; containers point into one arena of edges; short texts and bytes lie in one arena of data, so
//! that showing a tree never reads the file. Access is through [`Graph::value`], which gives an enum.
//!
//! Shared references and cycles are edges like any other: a tree is only a view of this graph.

use std::collections::HashMap;

use crate::bytes::StreamId;

/// Text of at most this many bytes is kept with the graph; of longer ones the beginning is, and where the rest lies.
pub const TEXT_KEPT: usize = 1024;
/// Bytes (not text) of at most this length are kept with the graph.
pub const BYTES_KEPT: usize = 256;

/// A node of one [`Graph`].
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

    fn some(self) -> Option<Self> {
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

    fn of<T>(self, arena: &[T]) -> &[T] {
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

/// Text or bytes of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data<'g> {
    /// The content, or its beginning. For text: UTF-8 in which lone surrogates may occur (WTF-8).
    pub kept: &'g [u8],
    /// True length in bytes.
    pub len: u64,
    /// For data that are not kept whole: where the content begins in the stream, if it stands there as it is.
    pub at: Option<u64>,
}

impl<'g> Data<'g> {
    /// True if `kept` is all.
    pub fn is_whole(&self) -> bool {
        self.kept.len() as u64 == self.len
    }

    /// The content as a string, if it is whole and valid UTF-8.
    pub fn as_str(&self) -> Option<&'g str> {
        if self.is_whole() { std::str::from_utf8(self.kept).ok() } else { None }
    }
}

/// A name that a pickle imports. Names are kept as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Symbol {
    /// Module, e.g. `numpy.core.multiarray`.
    pub module: Box<str>,
    /// Name in the module, e.g. `_reconstruct`.
    pub name: Box<str>,
}

impl Symbol {
    /// `module.name`
    pub fn dotted(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }

    /// True for exactly this module and name.
    pub fn is(&self, module: &str, name: &str) -> bool {
        &*self.module == module && &*self.name == name
    }
}

/// Index of a [`Symbol`] in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SymbolId(pub(super) u32);

impl SymbolId {
    /// Position in [`Graph::symbols`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Which opcode made an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Made {
    /// REDUCE: the callable was called.
    Reduce,
    /// NEWOBJ: `cls.__new__(cls, *args)`.
    NewObj,
    /// NEWOBJ_EX: the same with keyword arguments.
    NewObjEx,
    /// INST.
    Inst,
    /// OBJ.
    Obj,
}

/// The result of a call, and what was done to it afterwards.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// How it was made.
    pub made: Made,
    pub(super) callee: NodeId,
    pub(super) args: NodeId,
    pub(super) kwargs: NodeId,
    pub(super) state: NodeId,
    pub(super) items: Range32,
    pub(super) entries: Range32,
    pub(super) room: u8,
}

pub(super) const ROOM_ITEMS: u8 = 1;
pub(super) const ROOM_ENTRIES: u8 = 2;

/// An object with its edges resolved: what [`Value::Object`] holds.
#[derive(Clone, Copy, Debug)]
pub struct ObjectRef<'g> {
    /// How it was made.
    pub made: Made,
    /// What was called: mostly a [`Value::Global`].
    pub callee: NodeId,
    /// The arguments: mostly a [`Value::Tuple`].
    pub args: NodeId,
    /// Keyword arguments (NEWOBJ_EX): mostly a [`Value::Dict`].
    pub kwargs: Option<NodeId>,
    /// The last state given by BUILD.
    pub state: Option<NodeId>,
    /// What APPEND, APPENDS and ADDITEMS added.
    pub items: &'g [NodeId],
    /// What SETITEM and SETITEMS set: key, value, key, value.
    pub entries: Pairs<'g>,
}

/// Keys and values, in file order. A key may occur twice: the later one wins in Python.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pairs<'g>(pub(super) &'g [NodeId]);

impl<'g> Pairs<'g> {
    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.0.len() / 2
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pair at `i`.
    pub fn get(&self, i: usize) -> Option<(NodeId, NodeId)> {
        match self.0.get(i.checked_mul(2)?..)? {
            [key, value, ..] => Some((*key, *value)),
            _ => None,
        }
    }

    /// All pairs in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (NodeId, NodeId)> + DoubleEndedIterator + Clone + 'g {
        self.0.as_chunks().0.iter().map(|[key, value]| (*key, *value))
    }
}

/// What a node is, with what it holds.
#[derive(Clone, Copy, Debug)]
pub enum Value<'g> {
    /// None.
    None,
    /// True or False.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A larger integer: little-endian two's complement bytes.
    Long(Data<'g>),
    /// A float.
    Float(f64),
    /// str (WTF-8).
    Text(Data<'g>),
    /// str of Python 2: 8-bit characters.
    Str8(Data<'g>),
    /// bytes.
    Bytes(Data<'g>),
    /// bytearray.
    ByteArray(Data<'g>),
    /// list.
    List(&'g [NodeId]),
    /// tuple.
    Tuple(&'g [NodeId]),
    /// set.
    Set(&'g [NodeId]),
    /// frozenset.
    FrozenSet(&'g [NodeId]),
    /// dict.
    Dict(Pairs<'g>),
    /// A name that was imported.
    Global(&'g Symbol),
    /// The result of a call.
    Object(ObjectRef<'g>),
    /// What the application would give for this persistent id.
    Persistent(NodeId),
    /// What the extension registry would give for this code.
    Extension(i64),
    /// The n-th buffer handed in beside the pickle.
    Buffer {
        /// Position among the buffers.
        index: u64,
        /// READONLY_BUFFER was applied.
        readonly: bool,
    },
}

/// Bytes that lie raw between the opcodes and belong to an object (joblib's arrays).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The object whose BUILD they follow.
    pub node: NodeId,
    /// Offset of the first byte after the BUILD.
    pub at: u64,
    /// Padding before the data, its length byte included.
    pub padding: u64,
    /// Length of the data as the object claims.
    pub len: u64,
}

impl Raw {
    /// Offset of the data.
    pub fn data_at(&self) -> u64 {
        self.at.saturating_add(self.padding)
    }

    /// Offset behind the data.
    pub fn end(&self) -> u64 {
        self.data_at().saturating_add(self.len)
    }
}

/// All objects of one stream of pickles.
#[derive(Debug, Default)]
pub struct Graph {
    pub(super) stream: StreamId,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<NodeId>,
    pub(super) data: Vec<u8>,
    pub(super) longs: Vec<Long>,
    pub(super) symbols: Vec<Symbol>,
    pub(super) symbol_ids: HashMap<Symbol, SymbolId>,
    pub(super) objects: Vec<Object>,
    pub(super) raws: Vec<Raw>,
    /// (object, result): what a nested pickle in place of raw bytes gave.
    pub(super) nested: Vec<(NodeId, NodeId)>,
    /// States given by BUILD to what is no object, or before the last one to an object.
    pub(super) extra_states: Vec<(NodeId, NodeId)>,
    /// (target, key or NONE, value): items set on, or appended to, what is neither a container nor an object.
    pub(super) extra_items: Vec<(NodeId, NodeId, NodeId)>,
}

impl Graph {
    /// The stream the offsets count in.
    pub fn stream(&self) -> StreamId {
        self.stream
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True if there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All nodes in the order of creation.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = NodeId> + DoubleEndedIterator {
        (0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)).map(NodeId)
    }

    /// What `id` is.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.nodes.get(id.index()).map_or(Kind::None, Node::kind)
    }

    /// Facts about `id`.
    pub fn flags(&self, id: NodeId) -> Flags {
        self.nodes.get(id.index()).map_or(Flags(0), Node::flags)
    }

    /// True if `id` was fetched from the memo, so that several places may refer to it.
    pub fn is_shared(&self, id: NodeId) -> bool {
        self.flags(id).has(Flags::SHARED)
    }

    /// Offset of the opcode that made `id`.
    pub fn offset(&self, id: NodeId) -> u64 {
        self.nodes.get(id.index()).map_or(0, Node::offset)
    }

    /// What `id` is, with what it holds.
    pub fn value(&self, id: NodeId) -> Value<'_> {
        let Some(node) = self.nodes.get(id.index()) else { return Value::None };
        match node.kind() {
            Kind::None => Value::None,
            Kind::Bool => Value::Bool(node.payload != 0),
            Kind::Int => Value::Int(node.payload.cast_signed()),
            Kind::Float => Value::Float(f64::from_bits(node.payload)),
            Kind::Long => Value::Long(self.data_of(node)),
            Kind::Text => Value::Text(self.data_of(node)),
            Kind::Str8 => Value::Str8(self.data_of(node)),
            Kind::Bytes => Value::Bytes(self.data_of(node)),
            Kind::ByteArray => Value::ByteArray(self.data_of(node)),
            Kind::List => Value::List(node.range().of(&self.edges)),
            Kind::Tuple => Value::Tuple(node.range().of(&self.edges)),
            Kind::Set => Value::Set(node.range().of(&self.edges)),
            Kind::FrozenSet => Value::FrozenSet(node.range().of(&self.edges)),
            Kind::Dict => Value::Dict(Pairs(node.range().of(&self.edges))),
            Kind::Global => {
                usize::try_from(node.payload).ok().and_then(|i| self.symbols.get(i)).map_or(Value::None, Value::Global)
            }
            Kind::Object => self.object_of(node).map_or(Value::None, |o| {
                Value::Object(ObjectRef {
                    made: o.made,
                    callee: o.callee,
                    args: o.args,
                    kwargs: o.kwargs.some(),
                    state: o.state.some(),
                    items: o.items.of(&self.edges),
                    entries: Pairs(o.entries.of(&self.edges)),
                })
            }),
            Kind::Persistent => Value::Persistent(NodeId(u32::try_from(node.payload).unwrap_or(u32::MAX))),
            Kind::Extension => Value::Extension(node.payload.cast_signed()),
            Kind::Buffer => Value::Buffer { index: node.payload, readonly: node.flags().has(Flags::READONLY) },
        }
    }

    /// The object record of `id`, if it is the result of a call.
    pub fn object(&self, id: NodeId) -> Option<ObjectRef<'_>> {
        match self.value(id) {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The symbol of `id`, if it is an imported name.
    pub fn symbol(&self, id: NodeId) -> Option<&Symbol> {
        match self.value(id) {
            Value::Global(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// The id of the symbol of `id`, if it is an imported name.
    pub fn symbol_id(&self, id: NodeId) -> Option<SymbolId> {
        let node = self.nodes.get(id.index()).filter(|node| node.kind() == Kind::Global)?;
        u32::try_from(node.payload).ok().map(SymbolId)
    }

    /// The class or function that made `id`: the symbol of its callee.
    pub fn class(&self, id: NodeId) -> Option<&Symbol> {
        self.object(id).and_then(|object| self.symbol(object.callee))
    }

    /// Distinct imported names, in the order of their first occurrence.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Text of `id` if it is a str that is kept whole and valid UTF-8; a Python 2 string if it is ASCII.
    pub fn str(&self, id: NodeId) -> Option<&str> {
        match self.value(id) {
            Value::Text(text) => text.as_str(),
            Value::Str8(text) if text.kept.is_ascii() => text.as_str(),
            _ => None,
        }
    }

    /// Integer value of `id` if it is an int of 64 bits or a bool.
    pub fn int(&self, id: NodeId) -> Option<i64> {
        match self.value(id) {
            Value::Int(i) => Some(i),
            Value::Bool(b) => Some(i64::from(b)),
            _ => None,
        }
    }

    /// Items of `id` if it is a list, tuple, set or frozenset.
    pub fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.value(id) {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => Some(items),
            _ => None,
        }
    }

    /// Pairs of `id` if it is a dict.
    pub fn pairs(&self, id: NodeId) -> Option<Pairs<'_>> {
        match self.value(id) {
            Value::Dict(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The value a dict has for a text key; the last one if there are several.
    pub fn get(&self, dict: NodeId, key: &str) -> Option<NodeId> {
        self.pairs(dict)?.iter().rev().find(|(k, _)| self.str(*k) == Some(key)).map(|(_, value)| value)
    }

    /// An attribute of an object: a key of the dict state given by BUILD (or of the dicts of a `(dict, slots)` pair).
    pub fn attribute(&self, object: NodeId, name: &str) -> Option<NodeId> {
        let state = self.object(object)?.state?;
        match self.value(state) {
            Value::Dict(_) => self.get(state, name),
            Value::Tuple([first, second]) => self.get(*second, name).or_else(|| self.get(*first, name)),
            _ => None,
        }
    }

    /// Bytes that lie raw behind the BUILD of objects, by object.
    pub fn raws(&self) -> &[Raw] {
        &self.raws
    }

    /// Raw bytes that belong to `id`.
    pub fn raw(&self, id: NodeId) -> Option<&Raw> {
        self.raws.binary_search_by_key(&id, |raw| raw.node).ok().and_then(|i| self.raws.get(i))
    }

    /// What the nested pickle behind `id` gave (joblib's object arrays).
    pub fn nested(&self, id: NodeId) -> Option<NodeId> {
        let found = self.nested.binary_search_by_key(&id, |(node, _)| *node).ok();
        found.and_then(|i| self.nested.get(i)).map(|(_, result)| *result)
    }

    /// Items set on what is neither a container nor an object: (target, key, value), in file order.
    pub fn extra_items(&self) -> impl Iterator<Item = (NodeId, Option<NodeId>, NodeId)> + '_ {
        self.extra_items.iter().map(|(target, key, value)| (*target, key.some(), *value))
    }

    /// The nodes `id` refers to directly, in file order: items, keys and values, callee, arguments, state.
    /// Pushed to `out`, so that walks need no allocation per node.
    pub fn references(&self, id: NodeId, out: &mut Vec<NodeId>) {
        match self.value(id) {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
                out.extend_from_slice(items);
            }
            Value::Dict(pairs) => out.extend_from_slice(pairs.0),
            Value::Object(object) => {
                out.extend([object.callee, object.args]);
                out.extend(object.kwargs);
                out.extend(object.state);
                out.extend_from_slice(object.items);
                out.extend_from_slice(object.entries.0);
                out.extend(self.nested(id));
            }
            Value::Persistent(pid) => out.push(pid),
            _ => {}
        }
    }

    /// The object that the opcode at `offset` made, if it made one: the last node with that offset.
    pub fn made_at(&self, offset: u64) -> Option<NodeId> {
        // Nodes are made in the order of the stream.
        let behind = self.nodes.partition_point(|node| node.offset() <= offset);
        let at = behind.checked_sub(1)?;
        (self.nodes.get(at)?.offset() == offset).then(|| NodeId(u32::try_from(at).unwrap_or(u32::MAX)))
    }

    /// Number of lists, dicts, sets and objects: what has an identity of its own in Python and can change.
    pub fn object_count(&self) -> u64 {
        let mutable = |node: &&Node| matches!(node.kind(), Kind::List | Kind::Dict | Kind::Set | Kind::Object);
        self.nodes.iter().filter(mutable).count() as u64
    }

    /// States given to `id` by BUILDs before the last, in file order (all of them, if it is no object).
    pub fn earlier_states(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let from = self.extra_states.partition_point(|(target, _)| *target < id);
        let same = self.extra_states.get(from..).unwrap_or(&[]).iter().take_while(move |(target, _)| *target == id);
        same.map(|(_, state)| *state)
    }

    /// Puts the side tables into the order that look-ups need.
    pub(super) fn settle(&mut self) {
        self.extra_states.sort_by_key(|(target, _)| *target);
        self.raws.sort_by_key(|raw| raw.node);
        self.nested.sort_by_key(|(node, _)| *node);
    }

    fn data_of(&self, node: &Node) -> Data<'_> {
        if node.flags().has(Flags::LONG) {
            let Some(long) = usize::try_from(node.payload).ok().and_then(|i| self.longs.get(i)) else {
                return Data { kept: &[], len: 0, at: None };
            };
            return Data { kept: long.kept.of(&self.data), len: long.len, at: long.plain.then_some(long.at) };
        }
        let kept = node.range().of(&self.data);
        Data { kept, len: kept.len() as u64, at: None }
    }

    fn object_of(&self, node: &Node) -> Option<&Object> {
        self.objects.get(usize::try_from(node.payload).ok()?)
    }
}
