//! The object graph: what the opcodes build, kept small. It has no behaviour of Python's; it is the record of a load.
//!
//! A node is 16 bytes; containers point into one arena of edges; short texts and bytes lie in one arena of data, so
//! that showing a tree never reads the file. Access is through [`Graph::value`], which gives an enum.
//!
//! Shared references and cycles are edges like any other: a tree is only a view of this graph.

use std::collections::HashMap;

pub use super::node::{Flags, Kind, NodeId};
pub(super) use super::node::{Long, Node, Range32};
pub(super) use super::nodes::Nodes;
use crate::bytes::StreamId;

/// Text of at most this many bytes is kept with the graph; of longer ones the beginning is, and where the rest lies.
pub const TEXT_KEPT: usize = 1024;
/// Bytes (not text) of at most this length are kept with the graph.
pub const BYTES_KEPT: usize = 256;
/// Integers of at most this many bytes are kept with the graph: nearly ten thousand digits.
pub const INTEGER_KEPT: usize = 4096;

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
    pub(super) nodes: Nodes,
    pub(super) edges: Vec<NodeId>,
    pub(super) data: Vec<u8>,
    /// True once a node of bytes was made.
    pub(super) holds_bytes: bool,
    pub(super) longs: Vec<Long>,
    pub(super) symbols: Vec<Symbol>,
    pub(super) symbol_ids: HashMap<Symbol, SymbolId>,
    pub(super) objects: Vec<Object>,
    pub(super) raws: Vec<Raw>,
    /// (object, result): what a nested pickle in place of raw bytes gave.
    pub(super) nested: Vec<(NodeId, NodeId)>,
    /// States given by BUILD to what is no object, or before the last one to an object.
    pub(super) extra_states: Vec<(NodeId, NodeId)>,
    /// (name, module, name): imported names of which STACK_GLOBAL takes a part from the result of a call.
    pub(super) computed: Vec<(NodeId, NodeId, NodeId)>,
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

    /// True if there is a bytes, a bytearray or an 8-bit str.
    pub fn holds_bytes(&self) -> bool {
        self.holds_bytes
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

    /// The global that names the class of an object: what was called, or what protocols 0 and 1 hand to
    /// `copyreg._reconstructor` as the first argument.
    pub fn class_node(&self, id: NodeId) -> Option<NodeId> {
        let object = self.object(id)?;
        let Some(called) = self.symbol(object.callee) else { return Some(object.callee) };
        if !matches!(&*called.module, "copyreg" | "copy_reg") || &*called.name != "_reconstructor" {
            return Some(object.callee);
        }
        let first = self.items(object.args)?.first()?;
        Some(if self.symbol(*first).is_some() { *first } else { object.callee })
    }

    /// The class or function that made `id`: the symbol of its callee.
    pub fn class(&self, id: NodeId) -> Option<&Symbol> {
        self.object(id).and_then(|object| self.symbol(object.callee))
    }

    /// The nodes that give module and name of `id`, if it is an imported name that is not written but computed while
    /// loading; its symbol then says `<computed>` for what is not known.
    pub fn computed(&self, id: NodeId) -> Option<(NodeId, NodeId)> {
        // Names are made in the order of the stream.
        let found = self.computed.binary_search_by_key(&id, |(name, _, _)| *name).ok();
        found.and_then(|i| self.computed.get(i)).map(|(_, module, name)| (*module, *name))
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

    /// Texts and short bytes that are kept, one behind the other.
    pub fn kept_text(&self) -> &[u8] {
        &self.data
    }

    /// The objects whose text or bytes lie, whole or in part, in these ranges of [`Graph::kept_text`], which are sorted.
    pub fn keepers(&self, places: &[std::ops::Range<usize>]) -> Vec<NodeId> {
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return Vec::new() };
        let lies_there = |id: &NodeId| {
            let Some(node) = self.nodes.get(id.index()).filter(|node| node.kind().is_data()) else { return false };
            let range = match node.flags().has(Flags::LONG) {
                true => usize::try_from(node.payload).ok().and_then(|i| self.longs.get(i)).map(|long| long.kept),
                false => Some(node.range()),
            };
            let Some(Range32 { start, len }) = range else { return false };
            let (start, end) = (start as usize, (start as usize).saturating_add(len as usize));
            end > first.start
                && start < last.end
                && places.get(places.partition_point(|place| place.end <= start)).is_some_and(|place| place.start < end)
        };
        self.ids().filter(lies_there).collect()
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
