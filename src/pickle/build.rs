//! Builds a graph from what is no pickle: the same objects, so that everything that shows a graph shows it too, but
//! without an opcode that made them.
//!
//! Calls come in the order of the bytes, as in a stream of events: [`Builder::begin_dict`], [`Builder::key`],
//! [`Builder::int`], [`Builder::end`]. What is still open when the input breaks is closed by [`Builder::finish`], so
//! that what was read is kept.

use std::collections::HashMap;

use super::graph::{Flags, Graph, Kind, Long, Made, Node, NodeId, Object, Range32, Symbol, SymbolId, TEXT_KEPT, Value};
use super::index::OpIndex;
use super::machine::{Decoded, End, Pickle};
use super::nodes::Supply;
use crate::bytes::{Budget, Bytes, Error, ErrorKind, Limits, Problem, Result};

/// Deepest nesting that is built. Models nest some ten levels; a file of a million brackets is no model.
pub const DEEPEST: usize = 1000;
/// Distinct keys that are stored once.
const KEYS: usize = 1 << 16;

/// Builds one object of Python's plain kinds.
pub struct Builder {
    graph: Graph,
    supply: Supply,
    bytes: Bytes,
    budget: Budget,
    open: Vec<Open>,
    /// Children of what is open, innermost last.
    pending: Vec<NodeId>,
    root: Option<NodeId>,
    keys: HashMap<Box<[u8]>, NodeId>,
    /// Values hang on nothing until they are composed.
    loose: bool,
}

struct Open {
    node: NodeId,
    /// Where its children begin in `pending`.
    first: usize,
}

impl Builder {
    /// Builds from `bytes`; offsets count from their beginning.
    pub fn new(bytes: &Bytes, limits: &Limits) -> Self {
        Self {
            graph: Graph { stream: bytes.stream(), ..Graph::default() },
            supply: Supply::default(),
            bytes: bytes.clone(),
            budget: Budget::new("nodes", limits.nodes),
            open: Vec::new(),
            pending: Vec::new(),
            root: None,
            keys: HashMap::new(),
            loose: false,
        }
    }

    /// From here on values hang on nothing by themselves: they are put together by [`Builder::composed`] and
    /// [`Builder::call`], and [`Builder::set_root`] says what all of it is. For formats that refer back to what they had.
    pub fn loosen(&mut self) {
        self.loose = true;
    }

    /// A list, tuple, set or dict of values that were made before; keys and values of a dict by turns.
    pub fn composed(&mut self, kind: Kind, at: u64, items: &[NodeId]) -> Result<NodeId> {
        let range = self.range(self.graph.edges.len(), items.len(), at)?;
        self.graph.edges.extend_from_slice(items);
        self.value(kind, Flags(0), at, range.payload())
    }

    /// An imported name.
    pub fn global(&mut self, at: u64, module: &str, name: &str) -> Result<NodeId> {
        let symbol = Symbol { module: module.into(), name: name.into() };
        let id = match self.graph.symbol_ids.get(&symbol) {
            Some(id) => *id,
            None => {
                let next = u32::try_from(self.graph.symbols.len());
                let id = SymbolId(next.map_err(|_| self.refused("names", u64::from(u32::MAX), at))?);
                self.graph.symbols.push(symbol.clone());
                self.graph.symbol_ids.insert(symbol, id);
                id
            }
        };
        self.value(Kind::Global, Flags(0), at, u64::from(id.0))
    }

    /// What calling a name with a tuple of arguments would make. It is not called.
    pub fn call(&mut self, at: u64, (module, name): (&str, &str), args: NodeId) -> Result<NodeId> {
        let callee = self.global(at, module, name)?;
        let index = self.graph.objects.len() as u64;
        self.graph.objects.push(Object {
            made: Made::Reduce,
            callee,
            args,
            kwargs: NodeId::NONE,
            state: NodeId::NONE,
            items: Range32::default(),
            entries: Range32::default(),
            room: 0,
        });
        self.value(Kind::Object, Flags(0), at, index)
    }

    /// Bytes that begin with `start` and stand at `content`.
    pub fn bytes(&mut self, at: u64, start: &[u8], len: u64, content: u64) -> Result<NodeId> {
        let kept = start.get(..TEXT_KEPT).unwrap_or(start);
        let range = self.range(self.graph.data.len(), kept.len(), at)?;
        self.graph.data.extend_from_slice(kept);
        // Where they stand is kept for short ones too: there is no opcode to look for them behind.
        self.graph.longs.push(Long { kept: range, len, at: content, plain: true });
        self.graph.holds_bytes = true;
        let index = self.graph.longs.len() as u64 - 1;
        self.value(Kind::Bytes, Flags::LONG, at, index)
    }

    /// What the whole is.
    pub fn set_root(&mut self, root: NodeId) {
        self.root = Some(root);
    }

    /// What a value is that was made before.
    pub fn kind(&self, id: NodeId) -> Kind {
        self.graph.kind(id)
    }

    /// The items of a list or tuple that was made before.
    pub fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        self.graph.items(id)
    }

    /// Bytes that were made before, if they are kept whole.
    pub fn kept(&self, id: NodeId) -> Option<&[u8]> {
        match self.graph.value(id) {
            Value::Bytes(data) if data.is_whole() => Some(data.kept),
            _ => None,
        }
    }

    /// Number of lists and dicts that are open.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// None.
    pub fn none(&mut self, at: u64) -> Result<NodeId> {
        self.value(Kind::None, Flags(0), at, 0)
    }

    /// True or False.
    pub fn bool(&mut self, at: u64, value: bool) -> Result<NodeId> {
        self.value(Kind::Bool, Flags(0), at, u64::from(value))
    }

    /// An integer.
    pub fn int(&mut self, at: u64, value: i64) -> Result<NodeId> {
        self.value(Kind::Int, Flags(0), at, value.cast_unsigned())
    }

    /// An integer of more than 64 bits, as little-endian two's complement bytes.
    pub fn long(&mut self, at: u64, value: &[u8]) -> Result<NodeId> {
        let (flags, payload) = self.data(at, value, value.len() as u64, None)?;
        self.value(Kind::Long, flags, at, payload)
    }

    /// A float.
    pub fn float(&mut self, at: u64, value: f64) -> Result<NodeId> {
        self.value(Kind::Float, Flags(0), at, value.to_bits())
    }

    /// Text that is there as a whole.
    pub fn text(&mut self, at: u64, text: &[u8]) -> Result<NodeId> {
        self.long_text(at, text, text.len() as u64, None)
    }

    /// Text of `len` bytes that begins with `start`; where it stands in the bytes as it is, `content` says at which
    /// offset. Only the beginning of long text is kept.
    pub fn long_text(&mut self, at: u64, start: &[u8], len: u64, content: Option<u64>) -> Result<NodeId> {
        let (flags, payload) = self.data(at, start, len, content)?;
        self.value(Kind::Text, flags, at, payload)
    }

    /// Opens a list: what follows until its [`Builder::end`] are its items.
    pub fn begin_list(&mut self, at: u64) -> Result<NodeId> {
        self.begin(Kind::List, at)
    }

    /// Opens a dict: what follows until its [`Builder::end`] are keys and values by turns.
    pub fn begin_dict(&mut self, at: u64) -> Result<NodeId> {
        self.begin(Kind::Dict, at)
    }

    /// A key of the innermost dict. The same text is stored once.
    pub fn key(&mut self, at: u64, text: &[u8]) -> Result<NodeId> {
        if let Some(known) = self.keys.get(text) {
            self.pending.push(*known);
            return Ok(*known);
        }
        let key = self.text(at, text)?;
        if self.keys.len() < KEYS && text.len() <= TEXT_KEPT {
            self.keys.insert(text.into(), key);
        }
        Ok(key)
    }

    /// Closes the innermost list or dict.
    pub fn end(&mut self) -> Result<()> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let mut children = self.pending.split_off(open.first.min(self.pending.len()));
        if self.graph.kind(open.node) == Kind::Dict && children.len() % 2 == 1 {
            // The input broke between a key and its value.
            children.pop();
        }
        let range = self.range(self.graph.edges.len(), children.len(), self.graph.offset(open.node))?;
        self.graph.edges.extend(children);
        if let Some(node) = self.graph.nodes.get_mut(open.node.index()) {
            node.payload = range.payload();
        }
        Ok(())
    }

    /// Closes what is open and gives the object with no opcodes and no effects: nothing of it is run.
    pub fn finish(mut self, problems: Vec<Problem>) -> Decoded {
        let mut problems = problems;
        while !self.open.is_empty() {
            if let Err(error) = self.end() {
                problems.push(error);
            }
        }
        let end = self.bytes.len();
        let pickle = Pickle {
            start: 0,
            end,
            how: End::Stop { at: end.saturating_sub(1) },
            root: self.root,
            protocol: 0,
            n_ops: 0,
            first_row: 0,
            effects: 0..0,
            leftover: Vec::new(),
            discarded: Vec::new(),
            inside: None,
        };
        Decoded {
            bytes: self.bytes,
            graph: self.graph,
            effects: Vec::new(),
            index: OpIndex::default(),
            pickles: vec![pickle],
            problems,
        }
    }

    fn begin(&mut self, kind: Kind, at: u64) -> Result<NodeId> {
        if self.open.len() >= DEEPEST {
            return Err(self.refused("nested lists and dicts", DEEPEST as u64, at));
        }
        let node = self.value(kind, Flags(0), at, 0)?;
        self.open.push(Open { node, first: self.pending.len() });
        Ok(node)
    }

    /// A node that hangs on what is open, or is the root.
    fn value(&mut self, kind: Kind, flags: Flags, at: u64, payload: u64) -> Result<NodeId> {
        self.budget.spend(1, self.bytes.span(at, 1))?;
        let id = u32::try_from(self.graph.nodes.len()).map_err(|_| self.refused("nodes", u64::from(u32::MAX), at))?;
        let id = NodeId(id);
        self.graph.nodes.push(Node::new(kind, flags, at, payload), &mut self.supply);
        match self.open.is_empty() {
            _ if self.loose => {}
            true => self.root = self.root.or(Some(id)),
            false => self.pending.push(id),
        }
        Ok(id)
    }

    fn data(&mut self, at: u64, start: &[u8], len: u64, content: Option<u64>) -> Result<(Flags, u64)> {
        let mut kept = start.get(..TEXT_KEPT).unwrap_or(start);
        // Not through the middle of a character.
        while kept.len() < start.len() && start.get(kept.len()).is_some_and(|byte| byte & 0xc0 == 0x80) {
            kept = kept.split_last().map_or(&[], |(_, rest)| rest);
        }
        let range = self.range(self.graph.data.len(), kept.len(), at)?;
        self.graph.data.extend_from_slice(kept);
        if kept.len() as u64 == len {
            return Ok((Flags(0), range.payload()));
        }
        self.graph.longs.push(Long { kept: range, len, at: content.unwrap_or(0), plain: content.is_some() });
        Ok((Flags::LONG, self.graph.longs.len() as u64 - 1))
    }

    fn range(&self, start: usize, len: usize, at: u64) -> Result<Range32> {
        match (u32::try_from(start), u32::try_from(len)) {
            (Ok(start), Ok(len)) if start.checked_add(len).is_some() => Ok(Range32 { start, len }),
            _ => Err(self.refused("edges or text bytes", u64::from(u32::MAX), at)),
        }
    }

    fn refused(&self, what: &'static str, limit: u64, at: u64) -> Error {
        Error { at: self.bytes.span(at, 1), kind: ErrorKind::Limit { what, limit } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_when_the_input_breaks_is_kept() {
        let mut b = Builder::new(&Bytes::from_vec(vec![0; 100]), &Limits::default());
        b.begin_dict(0).unwrap();
        b.key(1, b"a").unwrap();
        b.begin_list(2).unwrap();
        b.int(3, -7).unwrap();
        b.long_text(4, &[b'x'; 5000], 9000, Some(5)).unwrap();
        b.end().unwrap();
        b.key(9, b"no value").unwrap();
        let decoded = b.finish(Vec::new());
        let graph = &decoded.graph;
        let root = decoded.root().unwrap();
        assert_eq!(graph.pairs(root).unwrap().len(), 1);
        let items = graph.items(graph.get(root, "a").unwrap()).unwrap();
        assert_eq!(graph.int(items[0]), Some(-7));
        let Value::Text(text) = graph.value(items[1]) else { panic!() };
        assert_eq!((text.kept.len(), text.len, text.at), (TEXT_KEPT, 9000, Some(5)));
        assert_eq!(graph.made_at(3), Some(items[0]));
    }

    #[test]
    fn nesting_and_nodes_are_limited() {
        let bytes = Bytes::from_vec(vec![0; 100]);
        let mut b = Builder::new(&bytes, &Limits::default());
        let error = (0..2000).find_map(|i| b.begin_list(i).err()).unwrap();
        assert!(matches!(error.kind, ErrorKind::Limit { limit: 1000, .. }));
        let mut b = Builder::new(&bytes, &Limits { nodes: 3, ..Limits::default() });
        b.begin_list(0).unwrap();
        assert!((0..10).any(|i| b.int(i, 1).is_err()));
    }
}
