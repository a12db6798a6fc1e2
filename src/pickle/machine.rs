//! The machine: one arm per opcode, writing the graph and the effect log. It calls, imports and fetches nothing.
//!
//! It follows CPython's C unpickler, which is what users run: its fence rules, its memo, its errors. Where that one
//! would raise, the stream breaks here, and everything up to there is kept.

mod run;
mod salvage;

use run::code;

use super::decode::{RawArg, RawOp, Stuck, WINDOW, op_at};
use super::dialect::{Dialect, RawClaim};
use super::effects::{Effect, EffectKind};
use super::framing::Framing;
use super::graph::{
    BYTES_KEPT, Flags, Graph, INTEGER_KEPT, Kind, Long, Made, Node, NodeId, Object, ROOM_ENTRIES, ROOM_ITEMS, Range32,
    Raw, Symbol, SymbolId, TEXT_KEPT,
};
use super::index::{OpIndex, STEP};
use super::memo::Memo;
use super::nodes::Supply;
use super::op::{ArgKind, Op};
use super::text;
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Problem, Progress, Result};

/// How a pickle ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// STOP, at this offset.
    Stop {
        /// Offset of the opcode.
        at: u64,
    },
    /// A real unpickler would raise here; what it did before is done.
    Broke(Error),
}

/// One pickle of a stream.
#[derive(Clone, Debug)]
pub struct Pickle {
    /// Offset of its first opcode.
    pub start: u64,
    /// Offset behind its last byte (behind STOP, or the opcode at which it broke).
    pub end: u64,
    /// How it ends.
    pub how: End,
    /// What it gives; where it broke, the bottom of the stack, with what already lay ready for it put in its place.
    pub root: Option<NodeId>,
    /// Argument of its last PROTO, 0 if it has none.
    pub protocol: u8,
    /// Number of opcodes, those of nested pickles not counted.
    pub n_ops: u64,
    /// Row of its first opcode in the stream's listing.
    pub first_row: u64,
    /// Its effects in [`Decoded::effects`], those of nested pickles included.
    pub effects: std::ops::Range<usize>,
    /// Objects left on the stack that the result does not hold; no reader looks at them.
    pub leftover: Vec<NodeId>,
    /// Objects that were popped and are not part of the result.
    pub discarded: Vec<NodeId>,
    /// For a nested pickle: the object in whose place it stands.
    pub inside: Option<NodeId>,
}

impl Pickle {
    /// True if it ends with STOP.
    pub fn is_complete(&self) -> bool {
        matches!(self.how, End::Stop { .. })
    }
}

/// All that a stream of pickles holds.
#[derive(Debug)]
pub struct Decoded {
    /// The bytes it was read from.
    pub bytes: Bytes,
    /// The objects.
    pub graph: Graph,
    /// What loading would do, in order.
    pub effects: Vec<Effect>,
    /// Where the opcodes are.
    pub index: OpIndex,
    /// The pickles in the order of their start; nested ones follow the one they are in.
    pub pickles: Vec<Pickle>,
    /// What was odd or broke.
    pub problems: Vec<Problem>,
}

impl Decoded {
    /// The pickles that stand in the stream themselves, without nested ones.
    pub fn top(&self) -> impl Iterator<Item = &Pickle> {
        self.pickles.iter().filter(|pickle| pickle.inside.is_none())
    }

    /// The result of the first pickle.
    pub fn root(&self) -> Option<NodeId> {
        self.top().next().and_then(|pickle| pickle.root)
    }

    /// The listing from `row` on.
    pub fn ops_from(&self, row: u64) -> super::decode::Ops<'_> {
        self.index.ops_from(&self.bytes, row)
    }

    /// The bytes of the stream that write an object: from the first opcode of what it is made of to the last one that
    /// fills it, raw array data included. Walks the stream, so it belongs in a job; None if cancelled.
    pub fn extent(&self, node: NodeId, progress: &Progress) -> Option<std::ops::Range<u64>> {
        super::extent::extent(self, node, progress)
    }

    /// The bytes of the stream that write no object. Walks the stream, so it belongs in a job; None if cancelled.
    pub fn framing(&self, progress: &Progress) -> Option<Vec<(std::ops::Range<u64>, Framing)>> {
        super::framing::framing(self, progress)
    }
}

/// Stack and memo just before an opcode, for the evidence panes. Node ids are those of the full graph, since building
/// is deterministic.
#[derive(Clone, Debug, Default)]
pub struct Moment {
    /// The stack, bottom first.
    pub stack: Vec<NodeId>,
    /// Heights at which marks stand.
    pub marks: Vec<usize>,
    /// The memo by index.
    pub memo: Vec<(u64, NodeId)>,
    /// Number of nodes made so far.
    pub nodes: usize,
}

/// Walks all pickles of `bytes`.
pub fn decode(bytes: &Bytes, dialect: Option<&mut dyn Dialect>, limits: &Limits, progress: &Progress) -> Decoded {
    let mut machine = Machine::new(bytes, dialect, limits, progress);
    machine.all();
    machine.finish()
}

/// Walks at most `most` pickles of `bytes`: for formats in which something else follows.
pub fn decode_first(
    most: usize,
    bytes: &Bytes,
    dialect: Option<&mut dyn Dialect>,
    limits: &Limits,
    progress: &Progress,
) -> Decoded {
    let mut machine = Machine::new(bytes, dialect, limits, progress);
    machine.most = most;
    machine.all();
    machine.finish()
}

/// Runs again up to the opcode at `offset` and tells what the machine holds there.
pub fn moment_at(
    bytes: &Bytes,
    dialect: Option<&mut dyn Dialect>,
    limits: &Limits,
    progress: &Progress,
    offset: u64,
) -> Moment {
    let mut machine = Machine::new(bytes, dialect, limits, progress);
    machine.until = offset;
    machine.all();
    Moment {
        stack: std::mem::take(&mut machine.stack),
        marks: machine.marks.iter().map(|height| *height as usize).collect(),
        memo: machine.memo.entries(),
        nodes: machine.graph.nodes.len(),
    }
}

/// What is set aside while a nested pickle is read.
struct Outer {
    stack: Vec<NodeId>,
    marks: Vec<u32>,
    memo: Memo,
    protocol: u8,
    newest: u8,
    wrapper: NodeId,
    pickle: usize,
    popped: Vec<NodeId>,
}

struct Machine<'a, 'd> {
    bytes: &'a Bytes,
    dialect: Option<&'d mut dyn Dialect>,
    progress: &'a Progress,
    node_limit: usize,
    until: u64,
    /// Pickles read at most.
    most: usize,
    graph: Graph,
    supply: Supply,
    effects: Vec<Effect>,
    index: OpIndex,
    stack: Vec<NodeId>,
    marks: Vec<u32>,
    memo: Memo,
    protocol: u8,
    /// The newest protocol that an opcode of this pickle belongs to.
    newest: u8,
    /// Offset behind the frame that is being read; 0 outside of frames.
    frame_end: u64,
    /// Offsets of FRAMEs that announce more than there is: a lie, unless the file is cut.
    overlong: Vec<u64>,
    rows: u64,
    buffers: u64,
    popped: Vec<NodeId>,
    /// For each symbol, whether the dialect wants it.
    wanted: Vec<bool>,
    outer: Vec<Outer>,
    pickles: Vec<Pickle>,
    /// Index of the pickle being read.
    current: usize,
    problems: Vec<Problem>,
}

/// Why the walk through a window stopped.
enum Step {
    /// Go on at this offset with more bytes.
    Fetch(u64),
    /// The outermost pickle ended with STOP; the offset is behind it.
    Stop(u64),
    /// Broke at the opcode at this offset.
    Break(u64, ErrorKind),
    /// `until` was reached.
    Until,
}

/// What an arm asks of the loop.
enum Next {
    Op,
    /// Continue behind raw bytes.
    Skip(u64),
    Stop,
}

type Arm<T> = Result<T, ErrorKind>;

const ODDITIES_KEPT: usize = 100;
/// FRAMEs beyond the end that are remembered: a file that is cut has one.
const OVERLONG_KEPT: usize = 8;
/// No file has a hundred million memo entries; the C unpickler makes room up to the index.
const HUGE_INDEX: u64 = 100_000_000;
const POPPED_KEPT: usize = 10_000;

impl<'a, 'd> Machine<'a, 'd> {
    fn new(bytes: &'a Bytes, dialect: Option<&'d mut dyn Dialect>, limits: &Limits, progress: &'a Progress) -> Self {
        Self {
            bytes,
            dialect,
            progress,
            node_limit: usize::try_from(limits.nodes).unwrap_or(usize::MAX).min(u32::MAX as usize - 16),
            until: u64::MAX,
            most: usize::MAX,
            graph: Graph { stream: bytes.stream(), ..Graph::default() },
            supply: Supply::default(),
            effects: Vec::new(),
            index: OpIndex::default(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Memo::default(),
            protocol: 0,
            newest: 0,
            frame_end: 0,
            overlong: Vec::new(),
            rows: 0,
            buffers: 0,
            popped: Vec::new(),
            wanted: Vec::new(),
            outer: Vec::new(),
            pickles: Vec::new(),
            current: 0,
            problems: Vec::new(),
        }
    }

    fn all(&mut self) {
        let len = self.bytes.len();
        self.progress.phase("Reading opcodes", len);
        let mut at = 0;
        let mut read = 0;
        while at < len && read < self.most {
            read += 1;
            // What a failed attempt at a further pickle would leave behind must not stay.
            let before = (self.pickles.len(), self.rows, self.effects.len());
            self.begin(at, None);
            let first = self.current;
            let (end, how) = self.one(at);
            if self.until != u64::MAX && end >= self.until {
                return;
            }
            let broke = matches!(how, End::Broke(_));
            self.settle(end, how);
            let starts_like_one = self.starts_with_proto(at);
            if broke && before.0 > 0 && !starts_like_one && self.effects.len() == before.2 {
                self.pickles.truncate(before.0);
                self.rows = before.1;
                self.problems.retain(|problem| problem.at.start < at);
                self.problem(at, len - at, ErrorKind::Trailing(len - at));
                return;
            }
            if let Some(Pickle { how: End::Broke(error), .. }) = self.pickles.get(first) {
                let error = error.clone();
                // A file that is cut ends inside its last frame, which says what was there before.
                if matches!(error.kind, ErrorKind::Truncated { .. } | ErrorKind::NoStop) {
                    let overlong = std::mem::take(&mut self.overlong);
                    self.problems.retain(|problem| !overlong.contains(&problem.at.start));
                }
                self.problems.push(error);
                return;
            }
            at = end;
            let root = self.pickles.get(first).and_then(|pickle| pickle.root);
            if let (Some(dialect), Some(root)) = (self.dialect.as_mut(), root) {
                match dialect.after_stop(&self.graph, root, self.bytes, end) {
                    Ok(0) => {}
                    Ok(raw) if raw <= len - end => {
                        self.index.gap(end, raw);
                        at = end + raw;
                    }
                    Ok(raw) => {
                        let kind = ErrorKind::Truncated { what: "raw data", needed: raw, left: len - end };
                        return self.problem(end, len - end, kind);
                    }
                    Err(error) => return self.problems.push(error),
                }
            }
        }
    }

    fn starts_with_proto(&self, at: u64) -> bool {
        let mut head = [0; 2];
        self.bytes.read_at(at, &mut head).is_ok() && head[0] == 0x80 && (2..=5).contains(&head[1])
    }

    fn begin(&mut self, at: u64, inside: Option<NodeId>) {
        self.stack.clear();
        self.marks.clear();
        self.memo = Memo::default();
        self.protocol = 0;
        (self.newest, self.frame_end) = (0, 0);
        self.popped.clear();
        self.current = self.pickles.len();
        self.pickles.push(Pickle {
            start: at,
            end: at,
            how: End::Broke(Error { at: self.bytes.span(at, 0), kind: ErrorKind::NoStop }),
            root: None,
            protocol: 0,
            n_ops: 0,
            first_row: self.rows,
            effects: self.effects.len()..self.effects.len(),
            leftover: Vec::new(),
            discarded: Vec::new(),
            inside,
        });
    }

    /// Ends the pickle being read, and every one around it if it broke.
    fn settle(&mut self, end: u64, how: End) {
        loop {
            let stopped = matches!(how, End::Stop { .. });
            let (root, leftover) =
                if stopped { (self.stack.pop(), std::mem::take(&mut self.stack)) } else { self.salvage() };
            let (rows, effects) = (self.rows, self.effects.len());
            let nested: u64 = self.pickles.get(self.current + 1..).unwrap_or(&[]).iter().map(|p| p.n_ops).sum();
            let popped = std::mem::take(&mut self.popped);
            if self.newest > self.protocol.max(1) {
                let start = self.pickles.get(self.current).map_or(0, |pickle| pickle.start);
                let (newest, protocol) = (self.newest, self.protocol);
                let says = if protocol == 0 { "announces none".to_owned() } else { format!("announces {protocol}") };
                let message = format!("it uses opcodes of protocol {newest} but {says}");
                self.ambiguous("protocol", start, message);
            }
            if stopped && !leftover.is_empty() && self.outer.is_empty() {
                let n = leftover.len();
                let words = if n == 1 { "1 object is".to_owned() } else { format!("{n} objects are") };
                self.oddity(end - 1, format!("{words} left on the stack below the result; no reader looks at them"));
            }
            if let Some(pickle) = self.pickles.get_mut(self.current) {
                pickle.end = end;
                pickle.how = how.clone();
                pickle.root = root;
                pickle.protocol = self.protocol;
                pickle.n_ops = rows - pickle.first_row - nested;
                pickle.effects.end = effects;
                pickle.leftover = leftover;
                pickle.discarded = popped;
            }
            if stopped {
                return;
            }
            let Some(outer) = self.outer.pop() else { return };
            if let Some(root) = root {
                self.graph.nested.push((outer.wrapper, root));
            }
            self.resume(outer);
        }
    }

    fn resume(&mut self, outer: Outer) {
        self.stack = outer.stack;
        self.marks = outer.marks;
        self.memo = outer.memo;
        (self.protocol, self.newest, self.frame_end) = (outer.protocol, outer.newest, 0);
        self.popped = outer.popped;
        self.current = outer.pickle;
    }

    /// Walks one pickle (with those nested in it) and says where and how it ends.
    fn one(&mut self, start: u64) -> (u64, End) {
        let len = self.bytes.len();
        if let Some(all) = self.bytes.in_memory() {
            return match self.walk(all, 0, start) {
                Step::Stop(end) => (end, End::Stop { at: end - 1 }),
                Step::Break(at, kind) => (at, self.broke(at, kind)),
                Step::Fetch(at) => (at, self.broke(at, ErrorKind::NoStop)),
                Step::Until => (self.until, End::Stop { at: self.until }),
            };
        }
        let (mut at, mut want) = (start, WINDOW as u64);
        let mut window = Vec::new();
        let mut base = u64::MAX;
        loop {
            // A second request at the same place means that an argument is longer than the window.
            want = if base == at { want.saturating_mul(2) } else { WINDOW as u64 };
            base = at;
            let n = want.min(len.saturating_sub(at));
            window.resize(usize::try_from(n).unwrap_or(0), 0);
            if let Err(error) = self.bytes.read_at(at, &mut window) {
                return (at, End::Broke(error));
            }
            match self.walk(&window, base, at) {
                Step::Stop(end) => return (end, End::Stop { at: end - 1 }),
                Step::Break(at, kind) => return (at, self.broke(at, kind)),
                Step::Until => return (self.until, End::Stop { at: self.until }),
                Step::Fetch(next) => at = next,
            }
        }
    }

    #[cold]
    fn broke(&self, at: u64, kind: ErrorKind) -> End {
        End::Broke(Error { at: self.bytes.span(at, 1.min(self.bytes.len().saturating_sub(at))), kind })
    }

    /// The loop. `window` lies at `base`; opcodes are read from offset `from` on until the window or the pickle ends.
    fn walk(&mut self, window: &[u8], base: u64, from: u64) -> Step {
        let total = self.bytes.len();
        let Ok(mut pos) = usize::try_from(from - base) else { return Step::Fetch(from) };
        loop {
            let (size, next) = match self.run(window, base, &mut pos) {
                Some(halted) => halted,
                None => {
                    let at = base + pos as u64;
                    let raw = match op_at(window, pos, total - at) {
                        Ok(raw) => raw,
                        Err(Stuck::More) => return Step::Fetch(at),
                        Err(Stuck::Bad(kind)) => return Step::Break(at, kind),
                    };
                    if self.rows.is_multiple_of(STEP) {
                        self.index.checkpoint(at);
                        self.progress.set(at);
                        if self.progress.is_cancelled() {
                            return Step::Break(at, ErrorKind::Cancelled);
                        }
                    }
                    if at >= self.until {
                        return Step::Until;
                    }
                    if at < self.frame_end && at + raw.size > self.frame_end {
                        self.straddles(raw.op, at);
                    }
                    self.count(raw.op);
                    (raw.size, self.execute(raw, at))
                }
            };
            let at = base + pos as u64;
            match next {
                Ok(Next::Op) => {}
                Ok(Next::Skip(to)) => match usize::try_from(to - base) {
                    Ok(next) if next <= window.len() && (next < window.len() || to >= total) => {
                        pos = next;
                        continue;
                    }
                    _ => return Step::Fetch(to),
                },
                Ok(Next::Stop) => {
                    let end = at + size;
                    if self.outer.is_empty() {
                        return Step::Stop(end);
                    }
                    self.end_nested(end);
                }
                Err(kind) => return Step::Break(at, kind),
            }
            // A long argument reaches past the window: fetch behind it.
            match usize::try_from(size).ok().and_then(|n| pos.checked_add(n)).filter(|next| *next <= window.len()) {
                Some(next) => pos = next,
                None => return Step::Fetch(at + size),
            }
        }
    }

    fn end_nested(&mut self, end: u64) {
        let root = self.stack.last().copied();
        let Some(outer) = self.outer.pop() else { return };
        self.settle_nested(end, outer, root);
    }

    fn settle_nested(&mut self, end: u64, outer: Outer, root: Option<NodeId>) {
        self.settle(end, End::Stop { at: end - 1 });
        if let Some(root) = root {
            self.graph.nested.push((outer.wrapper, root));
        }
        self.resume(outer);
    }

    /// Takes note of an opcode that is about to run.
    #[inline(always)]
    fn count(&mut self, op: Op) {
        self.rows += 1;
        self.newest = self.newest.max(op.protocol());
    }

    fn execute(&mut self, raw: RawOp<'_>, at: u64) -> Arm<Next> {
        let op = raw.op;
        match op {
            Op::PROTO => {
                let RawArg::Int(version) = raw.arg else { return Ok(Next::Op) };
                match u8::try_from(version) {
                    Ok(version @ 0..=5) => {
                        self.proto(version, at);
                        self.protocol = version;
                    }
                    _ => return Err(unpickler(op, format!("unsupported pickle protocol {version}"))),
                }
            }
            Op::FRAME => self.frame(raw.arg, at),
            Op::STOP => {
                self.need(op, 1)?;
                return Ok(Next::Stop);
            }
            Op::POP => self.pop_op(op)?,
            Op::POP_MARK => {
                let start = self.mark(op)?;
                let dropped = self.stack.split_off(start.min(self.stack.len()));
                let room = POPPED_KEPT.saturating_sub(self.popped.len());
                self.popped.extend(dropped.into_iter().take(room));
            }
            Op::DUP => {
                let top = self.top(op)?;
                self.share(top);
                self.stack.push(top);
            }
            Op::PUT => {
                let index = index_line(op, raw.arg)?;
                let top = self.top(op)?;
                self.put(index, top, at);
            }
            Op::GET => {
                let index = index_line(op, raw.arg)?;
                self.get(op, index)?;
            }
            Op::INT | Op::LONG | Op::FLOAT => self.number_line(op, raw.arg, at)?,
            Op::LONG4
            | Op::BINUNICODE8
            | Op::BINSTRING
            | Op::SHORT_BINSTRING
            | Op::BINBYTES
            | Op::BINBYTES8
            | Op::BYTEARRAY8 => self.content(op, raw.arg, at)?,
            Op::STRING | Op::UNICODE => self.text_line(op, raw.arg, at)?,
            Op::EMPTY_SET => self.leaf(Kind::Set, at, 0)?,
            Op::LIST => {
                let start = self.mark(op)?;
                let items = self.collect(start)?;
                self.leaf(Kind::List, at, items.payload())?;
            }
            Op::FROZENSET => {
                let start = self.mark(op)?;
                self.check_hashable(op, start, 1)?;
                let items = self.collect(start)?;
                self.leaf(Kind::FrozenSet, at, items.payload())?;
            }
            Op::DICT => {
                let start = self.mark(op)?;
                self.check_pairs(op, start)?;
                let items = self.collect(start)?;
                self.leaf(Kind::Dict, at, items.payload())?;
            }
            Op::ADDITEMS => {
                let start = self.mark(op)?;
                self.need_below(op, start)?;
                self.add_items(op, start, at)?;
            }
            Op::GLOBAL => {
                let global = self.global_line(op, raw.arg, at)?;
                self.stack.push(global);
            }
            Op::STACK_GLOBAL => self.stack_global(op, at)?,
            Op::EXT1 | Op::EXT2 | Op::EXT4 => {
                let RawArg::Int(code) = raw.arg else { return Ok(Next::Op) };
                if code <= 0 {
                    return Err(unpickler(op, format!("extension code {code} is out of range")));
                }
                let node = self.node(Kind::Extension, Flags(0), at, code.cast_unsigned())?;
                self.effects.push(Effect::new(EffectKind::Extension, op, at, node, NodeId::NONE));
                self.stack.push(node);
            }
            Op::NEWOBJ_EX => self.call_with_keywords(op, at)?,
            Op::INST => {
                let start = self.mark(op)?;
                let args = self.detached_tuple(start, at)?;
                let class = self.global_line(op, raw.arg, at)?;
                self.object(op, at, Made::Inst, class, args, NodeId::NONE)?;
            }
            Op::OBJ => {
                let start = self.mark(op)?;
                if self.stack.len() <= start {
                    return Err(ErrorKind::StackUnderflow { op: op.name(), needed: 1, have: 0 });
                }
                let args = self.detached_tuple(start + 1, at)?;
                let class = self.pop(op)?;
                self.callable(op, class)?;
                self.object(op, at, Made::Obj, class, args, NodeId::NONE)?;
            }
            Op::PERSID => {
                let RawArg::Line(line) = raw.arg else { return Ok(Next::Op) };
                if !line.is_ascii() {
                    return Err(unpickler(op, "persistent IDs in protocol 0 must be ASCII strings".to_owned()));
                }
                let id = self.data(Kind::Text, at, at + 1, line, true)?;
                self.persistent(op, id, at)?;
            }
            Op::BINPERSID => {
                let id = self.pop(op)?;
                self.persistent(op, id, at)?;
            }
            Op::NEXT_BUFFER => {
                let node = self.node(Kind::Buffer, Flags(0), at, self.buffers)?;
                self.buffers += 1;
                self.effects.push(Effect::new(EffectKind::Buffer, op, at, node, NodeId::NONE));
                self.stack.push(node);
            }
            Op::READONLY_BUFFER => {
                let top = self.top(op)?;
                if let Some(node) = self.graph.nodes.get_mut(top.index()).filter(|node| node.kind() == Kind::Buffer) {
                    node.set(Flags::READONLY);
                }
            }
            Op::BINGET
            | Op::LONG_BINGET
            | Op::BINPUT
            | Op::LONG_BINPUT
            | Op::MEMOIZE
            | Op::MARK
            | Op::NONE
            | Op::NEWTRUE
            | Op::NEWFALSE
            | Op::BININT
            | Op::BININT1
            | Op::BININT2
            | Op::BINFLOAT
            | Op::BINUNICODE
            | Op::SHORT_BINUNICODE
            | Op::SHORT_BINBYTES
            | Op::LONG1
            | Op::EMPTY_LIST
            | Op::EMPTY_TUPLE
            | Op::EMPTY_DICT
            | Op::APPEND
            | Op::APPENDS
            | Op::SETITEM
            | Op::SETITEMS
            | Op::TUPLE
            | Op::TUPLE1
            | Op::TUPLE2
            | Op::TUPLE3
            | Op::REDUCE
            | Op::NEWOBJ
            | Op::BUILD => return self.one_frequent(raw, at),
        }
        Ok(Next::Op)
    }

    /// The arms of the opcodes that data are made of: compiled once for each, `CODE`, and there is but one arm in each.
    #[inline(always)]
    fn frequent<const CODE: u8>(&mut self, raw: RawOp<'_>, at: u64) -> Arm<Next> {
        let op = raw.op;
        match CODE {
            code::MARK => {
                let height = u32::try_from(self.stack.len()).map_err(|_| limit("stack entries"))?;
                self.marks.push(height);
            }
            code::BINPUT | code::LONG_BINPUT => {
                let top = self.top(op)?;
                if let RawArg::Int(index) = raw.arg {
                    self.put(index.cast_unsigned(), top, at);
                }
            }
            code::MEMOIZE => {
                let top = self.top(op)?;
                self.put(self.memo.len(), top, at);
            }
            code::BINGET | code::LONG_BINGET => {
                if let RawArg::Int(index) = raw.arg {
                    self.get(op, index.cast_unsigned())?;
                }
            }
            code::NONE => self.leaf(Kind::None, at, 0)?,
            code::NEWTRUE => self.leaf(Kind::Bool, at, 1)?,
            code::NEWFALSE => self.leaf(Kind::Bool, at, 0)?,
            code::BININT | code::BININT1 | code::BININT2 => {
                if let RawArg::Int(value) = raw.arg {
                    self.leaf(Kind::Int, at, value.cast_unsigned())?;
                }
            }
            code::BINFLOAT => {
                if let RawArg::Float(value) = raw.arg {
                    self.leaf(Kind::Float, at, value.to_bits())?;
                }
            }
            code::LONG1 | code::BINUNICODE | code::SHORT_BINUNICODE | code::SHORT_BINBYTES => {
                self.content(op, raw.arg, at)?
            }
            code::EMPTY_LIST => self.leaf(Kind::List, at, 0)?,
            code::EMPTY_TUPLE => self.leaf(Kind::Tuple, at, 0)?,
            code::EMPTY_DICT => self.leaf(Kind::Dict, at, 0)?,
            code::TUPLE => {
                let start = self.mark(op)?;
                self.tuple(start, at)?;
            }
            code::TUPLE1 => self.tuple_of(op, 1, at)?,
            code::TUPLE2 => self.tuple_of(op, 2, at)?,
            code::TUPLE3 => self.tuple_of(op, 3, at)?,
            code::APPEND => {
                self.need(op, 1)?;
                let start = self.stack.len() - 1;
                self.need_below(op, start)?;
                self.append(op, start, at)?;
            }
            code::APPENDS => {
                let start = self.mark(op)?;
                self.need_below(op, start)?;
                self.append(op, start, at)?;
            }
            code::SETITEM => {
                self.need(op, 2)?;
                let start = self.stack.len() - 2;
                self.need_below(op, start)?;
                self.set_items(op, start, at)?;
            }
            code::SETITEMS => {
                let start = self.mark(op)?;
                self.need_below(op, start)?;
                self.set_items(op, start, at)?;
            }
            code::REDUCE | code::NEWOBJ => self.call(op, at)?,
            code::BUILD => return self.build(op, at, raw.size),
            _ => {}
        }
        Ok(Next::Op)
    }

    // ---- stack ----

    #[inline(always)]
    fn fence(&self) -> usize {
        self.marks.last().map_or(0, |height| *height as usize)
    }

    #[inline(always)]
    fn need(&self, op: Op, n: usize) -> Arm<()> {
        let have = self.stack.len().saturating_sub(self.fence());
        if have < n { Err(underflow(op, n, have)) } else { Ok(()) }
    }

    /// An object to work on must lie below `start`, above the fence.
    #[inline(always)]
    fn need_below(&self, op: Op, start: usize) -> Arm<()> {
        if start > self.stack.len() || start <= self.fence() { Err(underflow(op, 1, 0)) } else { Ok(()) }
    }

    #[inline(always)]
    fn top(&self, op: Op) -> Arm<NodeId> {
        self.need(op, 1)?;
        self.stack.last().copied().ok_or_else(|| underflow(op, 1, 0))
    }

    #[inline(always)]
    fn pop(&mut self, op: Op) -> Arm<NodeId> {
        self.need(op, 1)?;
        self.stack.pop().ok_or_else(|| underflow(op, 1, 0))
    }

    #[inline(always)]
    fn mark(&mut self, op: Op) -> Arm<usize> {
        match self.marks.pop() {
            Some(height) => Ok(height as usize),
            None => Err(ErrorKind::NoMark { op: op.name() }),
        }
    }

    fn pop_op(&mut self, op: Op) -> Arm<()> {
        if self.marks.last().is_some_and(|height| *height as usize == self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        let popped = self.pop(op)?;
        if self.popped.len() < POPPED_KEPT {
            self.popped.push(popped);
        }
        Ok(())
    }

    #[inline(always)]
    fn get(&mut self, op: Op, index: u64) -> Arm<()> {
        let Some(id) = self.memo.get(index) else { return Err(ErrorKind::MissingMemo { op: op.name(), index }) };
        self.share(id);
        self.stack.push(id);
        Ok(())
    }

    #[inline(always)]
    fn put(&mut self, index: u64, id: NodeId, at: u64) {
        if index > HUGE_INDEX {
            let message = format!("memo entry {index} makes a real unpickler ask for as many places");
            self.ambiguous("memo", at, message);
        }
        if let Some(before) = self.memo.put(index, id)
            && before != id
        {
            let message = format!("memo entry {index} is stored again with another object; no writer does that");
            self.ambiguous("memo", at, message);
        }
    }

    #[inline(always)]
    fn share(&mut self, id: NodeId) {
        if let Some(node) = self.graph.nodes.get_mut(id.index()) {
            node.set(Flags::SHARED);
        }
    }

    // ---- nodes ----

    #[inline(always)]
    fn node(&mut self, kind: Kind, flags: Flags, at: u64, payload: u64) -> Arm<NodeId> {
        let index = self.graph.nodes.len();
        if index >= self.node_limit {
            return Err(limit("objects"));
        }
        // Known when this is compiled, for nearly all that call it.
        self.graph.holds_bytes |= matches!(kind, Kind::Bytes | Kind::ByteArray | Kind::Str8);
        self.graph.nodes.push(Node::new(kind, flags, at, payload), &mut self.supply);
        #[expect(clippy::cast_possible_truncation, reason = "node_limit is below 2^32")]
        Ok(NodeId(index as u32))
    }

    #[inline(always)]
    fn leaf(&mut self, kind: Kind, at: u64, payload: u64) -> Arm<()> {
        let id = self.node(kind, Flags(0), at, payload)?;
        self.stack.push(id);
        Ok(())
    }

    fn kind(&self, id: NodeId) -> Kind {
        self.graph.kind(id)
    }

    /// A node for content that stands at `content_at` of the stream; `plain` if it stands there as it is.
    #[inline(always)]
    fn data(&mut self, kind: Kind, at: u64, content_at: u64, content: &[u8], plain: bool) -> Arm<NodeId> {
        let most = match kind {
            Kind::Bytes | Kind::ByteArray => BYTES_KEPT,
            Kind::Long => INTEGER_KEPT,
            _ => TEXT_KEPT,
        };
        if content.len() <= most
            && let Some(kept) = self.keep(content)
        {
            return self.node(kind, Flags(0), at, kept.payload());
        }
        self.long(kind, at, content_at, content, content.len() as u64, plain)
    }

    /// A node for content that is not kept whole; `head` is its beginning.
    #[cold]
    fn long(&mut self, kind: Kind, at: u64, content_at: u64, head: &[u8], len: u64, plain: bool) -> Arm<NodeId> {
        let most = if kind == Kind::Text { TEXT_KEPT } else { BYTES_KEPT };
        let head = if kind == Kind::Text { text::cut(head, most) } else { head.get(..most).unwrap_or(head) };
        let kept = self.keep(head).unwrap_or_default();
        let index = self.graph.longs.len() as u64;
        self.graph.longs.push(Long { kept, len, at: content_at, plain });
        self.node(kind, Flags::LONG, at, index)
    }

    #[inline(always)]
    fn keep(&mut self, content: &[u8]) -> Option<Range32> {
        let data = &mut self.graph.data;
        let start = u32::try_from(data.len()).ok()?;
        let len = u32::try_from(content.len()).ok()?;
        start.checked_add(len)?;
        data.extend_from_slice(content);
        Some(Range32 { start, len })
    }

    fn number_line(&mut self, op: Op, arg: RawArg<'_>, at: u64) -> Arm<()> {
        let RawArg::Line(line) = arg else { return Ok(()) };
        let bad = || ErrorKind::BadArgument { op: op.name(), message: format!("{} is no number", excerpt(line)) };
        match op {
            Op::FLOAT => {
                let value = text::float(line).ok_or_else(bad)?;
                return self.leaf(Kind::Float, at, value.to_bits());
            }
            Op::INT if line == b"00" => return self.leaf(Kind::Bool, at, 0),
            Op::INT if line == b"01" => return self.leaf(Kind::Bool, at, 1),
            _ => {}
        }
        let digits = if op == Op::LONG { line.strip_suffix(b"L").unwrap_or(line) } else { line };
        // The C reader tries strtol first, which takes a leading zero for octal.
        let octal = || {
            let digits = digits.strip_prefix(b"0")?;
            let all = !digits.is_empty() && digits.iter().all(|d| (b'0'..=b'7').contains(d));
            all.then(|| num_bigint::BigInt::parse_bytes(digits, 8)).flatten()
        };
        let zeros = || digits.iter().all(|d| *d == b'0').then(|| text::integer(digits, true)).flatten();
        let value = zeros().or_else(octal).or_else(|| text::integer(digits, false)).ok_or_else(bad)?;
        match i64::try_from(&value) {
            Ok(small) => self.leaf(Kind::Int, at, small.cast_unsigned()),
            Err(_) => {
                let id = self.data(Kind::Long, at, at + 1, &value.to_signed_bytes_le(), false)?;
                self.stack.push(id);
                Ok(())
            }
        }
    }

    #[inline(always)]
    fn content(&mut self, op: Op, arg: RawArg<'_>, at: u64) -> Arm<()> {
        let RawArg::Payload { header, len, data } = arg else { return Ok(()) };
        let kind = match op.arg_kind() {
            ArgKind::Text1 | ArgKind::Text4 | ArgKind::Text8 => Kind::Text,
            ArgKind::Str1 | ArgKind::Str4 => Kind::Str8,
            ArgKind::Long1 | ArgKind::Long4 => Kind::Long,
            _ if op == Op::BYTEARRAY8 => Kind::ByteArray,
            _ => Kind::Bytes,
        };
        let content_at = at + 1 + header;
        let id = match data {
            Some(data) => {
                if kind == Kind::Text && !data.is_ascii() && !text::is_wtf8(data) {
                    return Err(bad_utf8(op));
                }
                match (kind, text::small_signed_le(data)) {
                    (Kind::Long, Some(small)) => self.node(Kind::Int, Flags(0), at, small.cast_unsigned())?,
                    _ => self.data(kind, at, content_at, data, true)?,
                }
            }
            None => {
                let head = self.long_content(op, kind, content_at, len)?;
                self.long(kind, at, content_at, &head, len, true)?
            }
        };
        self.stack.push(id);
        Ok(())
    }

    /// The beginning of content that the window does not hold; text is checked to its end, in pieces.
    #[cold]
    fn long_content(&self, op: Op, kind: Kind, at: u64, len: u64) -> Arm<Vec<u8>> {
        let read = |at: u64, n: u64| self.bytes.read_vec(at, n).map_err(|error| error.kind);
        let head = read(at, len.min(TEXT_KEPT as u64 + 4))?;
        if kind == Kind::Text {
            let (mut done, mut carry) = (0, Vec::new());
            while done < len {
                let n = (len - done).min(WINDOW as u64);
                carry.extend(read(at + done, n)?);
                done += n;
                // Up to three bytes may belong to a character that the next piece completes.
                let keep =
                    if done < len { carry.len() - text::cut(&carry, carry.len().saturating_sub(4)).len() } else { 0 };
                let checked = carry.len() - keep;
                if !carry.get(..checked).is_some_and(text::is_wtf8) {
                    return Err(bad_utf8(op));
                }
                carry.drain(..checked);
            }
        }
        Ok(head)
    }

    fn text_line(&mut self, op: Op, arg: RawArg<'_>, at: u64) -> Arm<()> {
        let RawArg::Line(line) = arg else { return Ok(()) };
        let bad = |message: &str| ErrorKind::BadArgument { op: op.name(), message: message.to_owned() };
        let id = if op == Op::STRING {
            let text = text::unquote(line).ok_or_else(|| bad("it is not a quoted string"))?;
            self.data(Kind::Str8, at, at + 1, &text, false)?
        } else {
            let text = text::raw_unicode(line).ok_or_else(|| bad("it has a broken escape"))?;
            self.data(Kind::Text, at, at + 1, &text, false)?
        };
        self.stack.push(id);
        Ok(())
    }

    // ---- containers ----

    /// Moves the stack from `start` on to the edges.
    #[inline(always)]
    fn collect(&mut self, start: usize) -> Arm<Range32> {
        let edges = &mut self.graph.edges;
        let items = self.stack.get(start..).unwrap_or(&[]);
        let range = edge_range(edges.len(), items.len())?;
        edges.extend_from_slice(items);
        self.stack.truncate(start);
        Ok(range)
    }

    #[inline(always)]
    fn tuple(&mut self, start: usize, at: u64) -> Arm<()> {
        let id = self.detached_tuple(start, at)?;
        self.stack.push(id);
        Ok(())
    }

    #[inline(always)]
    fn detached_tuple(&mut self, start: usize, at: u64) -> Arm<NodeId> {
        let items = self.stack.get(start..).unwrap_or(&[]);
        let flags = if items.iter().all(|id| self.is_hashable(*id)) { Flags(0) } else { Flags::UNHASHABLE };
        let items = self.collect(start)?;
        self.node(Kind::Tuple, flags, at, items.payload())
    }

    #[inline(always)]
    fn tuple_of(&mut self, op: Op, n: usize, at: u64) -> Arm<()> {
        self.need(op, n)?;
        self.tuple(self.stack.len() - n, at)
    }

    #[inline(always)]
    fn is_hashable(&self, id: NodeId) -> bool {
        let Some(node) = self.graph.nodes.get(id.index()) else { return true };
        match node.kind() {
            Kind::List | Kind::Dict | Kind::Set | Kind::ByteArray => false,
            Kind::Tuple => !node.flags().has(Flags::UNHASHABLE),
            _ => true,
        }
    }

    #[inline(always)]
    fn check_hashable(&self, op: Op, start: usize, step: usize) -> Arm<()> {
        for id in self.stack.get(start..).unwrap_or(&[]).iter().step_by(step) {
            if !self.is_hashable(*id) {
                return Err(unpickler(op, format!("unhashable type: '{}'", type_name(self.kind(*id)))));
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn check_pairs(&self, op: Op, start: usize) -> Arm<()> {
        if !(self.stack.len() - start.min(self.stack.len())).is_multiple_of(2) {
            return Err(unpickler(op, "odd number of items".to_owned()));
        }
        self.check_hashable(op, start, 2)
    }

    /// Adds the stack from `start` on to the edges of the container `target`.
    #[inline(always)]
    fn extend(&mut self, target: NodeId, start: usize) -> Arm<()> {
        let Some(node) = self.graph.nodes.get_mut(target.index()) else { return Ok(()) };
        let new = self.stack.get(start..).unwrap_or(&[]);
        let (range, room) = grow(&mut self.graph.edges, node.range(), node.flags().has(Flags::ROOM), new)?;
        node.payload = range.payload();
        if room {
            node.set(Flags::ROOM);
        } else {
            node.unset(Flags::ROOM);
        }
        self.stack.truncate(start);
        Ok(())
    }

    /// The object below `start`.
    #[inline(always)]
    fn below(&self, op: Op, start: usize) -> Arm<NodeId> {
        start.checked_sub(1).and_then(|i| self.stack.get(i)).copied().ok_or_else(|| underflow(op, 1, 0))
    }

    #[inline(always)]
    fn append(&mut self, op: Op, start: usize, at: u64) -> Arm<()> {
        let target = self.below(op, start)?;
        if self.kind(target) == Kind::List {
            return self.extend(target, start);
        }
        self.add_to_other(op, EffectKind::Append, target, start, at)
    }

    fn add_items(&mut self, op: Op, start: usize, at: u64) -> Arm<()> {
        let target = self.below(op, start)?;
        if self.kind(target) == Kind::Set {
            self.check_hashable(op, start, 1)?;
            return self.extend(target, start);
        }
        self.add_to_other(op, EffectKind::AddItem, target, start, at)
    }

    /// APPEND, APPENDS and ADDITEMS on anything but their own container call a method of it.
    fn add_to_other(&mut self, op: Op, effect: EffectKind, target: NodeId, start: usize, at: u64) -> Arm<()> {
        let Some(last) = self.stack.get(start..).and_then(<[NodeId]>::last).copied() else { return Ok(()) };
        let kind = self.kind(target);
        let method = if effect == EffectKind::AddItem { "add" } else { "append" };
        // A list has no add, a set no append, a dict, text or number neither.
        if is_plain(kind) && !(kind == Kind::ByteArray && method == "append") {
            let name = type_name(kind);
            return Err(unpickler(op, format!("'{name}' object has no attribute '{method}'")));
        }
        self.effects.push(Effect::new(effect, op, at, last, target));
        self.add_to_object(target, start, None)
    }

    /// Records items (or pairs, if `entries`) on an object, or in the side table for anything else.
    fn add_to_object(&mut self, target: NodeId, start: usize, entries: Option<()>) -> Arm<()> {
        let payload =
            self.graph.nodes.get(target.index()).filter(|node| node.kind() == Kind::Object).map(|n| n.payload);
        let index = payload.and_then(|payload| usize::try_from(payload).ok());
        let new = self.stack.get(start..).unwrap_or(&[]);
        match index.and_then(|index| self.graph.objects.get_mut(index)) {
            Some(object) => {
                let edges = &mut self.graph.edges;
                let (range, bit) = match entries {
                    Some(()) => (&mut object.entries, ROOM_ENTRIES),
                    None => (&mut object.items, ROOM_ITEMS),
                };
                let (grown, room) = grow(edges, *range, object.room & bit != 0, new)?;
                *range = grown;
                object.room = if room { object.room | bit } else { object.room & !bit };
            }
            None if entries.is_some() => {
                for pair in new.as_chunks::<2>().0 {
                    self.graph.extra_items.push((target, pair[0], pair[1]));
                }
            }
            None => {
                for item in new {
                    self.graph.extra_items.push((target, NodeId::NONE, *item));
                }
            }
        }
        self.stack.truncate(start);
        Ok(())
    }

    #[inline(always)]
    fn set_items(&mut self, op: Op, start: usize, at: u64) -> Arm<()> {
        let target = self.below(op, start)?;
        let kind = self.kind(target);
        if kind == Kind::Dict {
            self.check_pairs(op, start)?;
            return self.extend(target, start);
        }
        self.set_items_of_other(op, kind, target, start, at)
    }

    fn set_items_of_other(&mut self, op: Op, kind: Kind, target: NodeId, start: usize, at: u64) -> Arm<()> {
        if !(self.stack.len() - start).is_multiple_of(2) {
            return Err(unpickler(op, "odd number of items".to_owned()));
        }
        let Some(last) = self.stack.get(start..).and_then(<[NodeId]>::last).copied() else { return Ok(()) };
        // list[i] = x and bytearray[i] = x are legal, if odd.
        if is_plain(kind) && !matches!(kind, Kind::List | Kind::ByteArray) {
            let name = type_name(kind);
            return Err(unpickler(op, format!("'{name}' object does not support item assignment")));
        }
        self.effects.push(Effect::new(EffectKind::SetItem, op, at, last, target));
        self.add_to_object(target, start, Some(()))
    }

    // ---- names and calls ----

    fn global_line(&mut self, op: Op, arg: RawArg<'_>, at: u64) -> Arm<NodeId> {
        let RawArg::Pair(module, name) = arg else { return Err(bad_utf8(op)) };
        let (Ok(module), Ok(name)) = (std::str::from_utf8(module), std::str::from_utf8(name)) else {
            return Err(bad_utf8(op));
        };
        self.global(op, module, name, at)
    }

    fn stack_global(&mut self, op: Op, at: u64) -> Arm<()> {
        self.need(op, 2)?;
        let (name_at, module_at) = (self.pop(op)?, self.pop(op)?);
        let (Some((module, module_known)), Some((name, name_known))) =
            (self.name_text(module_at), self.name_text(name_at))
        else {
            return Err(unpickler(op, "STACK_GLOBAL requires str".to_owned()));
        };
        let global = self.global(op, &module, &name, at)?;
        if !(module_known && name_known) {
            self.graph.computed.push((global, module_at, name_at));
        }
        self.stack.push(global);
        Ok(())
    }

    /// The text of an operand of STACK_GLOBAL, and whether it is written in the stream. Python 3 reads 8-bit strings as
    /// str, and the result of a call may be one. None for what is no str for sure.
    fn name_text(&self, id: NodeId) -> Option<(String, bool)> {
        match self.graph.value(id) {
            super::Value::Text(data) => {
                let mut text = String::from_utf8_lossy(data.kept).into_owned();
                if !data.is_whole() {
                    text.push('…');
                }
                Some((text, true))
            }
            super::Value::Str8(data) => Some((data.kept.iter().map(|b| char::from(*b)).collect(), true)),
            _ if is_plain(self.kind(id)) => None,
            _ => Some(("<computed>".to_owned(), false)),
        }
    }

    fn global(&mut self, op: Op, module: &str, name: &str, at: u64) -> Arm<NodeId> {
        let symbol = Symbol { module: module.into(), name: name.into() };
        let id = match self.graph.symbol_ids.get(&symbol) {
            Some(id) => *id,
            None => {
                let id = SymbolId(u32::try_from(self.graph.symbols.len()).map_err(|_| limit("names"))?);
                self.wanted.push(self.dialect.as_ref().is_some_and(|dialect| dialect.wants(&symbol)));
                self.graph.symbols.push(symbol.clone());
                self.graph.symbol_ids.insert(symbol, id);
                id
            }
        };
        let flags = match self.protocol {
            4.. => Flags::DOTTED,
            3 => Flags(0),
            _ => Flags::PY2_NAMES,
        };
        let node = self.node(Kind::Global, flags, at, u64::from(id.0))?;
        self.effects.push(Effect::new(EffectKind::Import, op, at, node, NodeId::NONE));
        Ok(node)
    }

    /// A real unpickler raises before anything happens if what it should call is plain data.
    fn callable(&self, op: Op, callee: NodeId) -> Arm<()> {
        let kind = self.kind(callee);
        if is_plain(kind) {
            return Err(unpickler(op, format!("'{}' object is not callable", type_name(kind))));
        }
        Ok(())
    }

    fn arguments(&self, op: Op, args: NodeId) -> Arm<()> {
        let kind = self.kind(args);
        if is_plain(kind) && kind != Kind::Tuple {
            return Err(unpickler(op, format!("arguments must be a tuple, not {}", type_name(kind))));
        }
        Ok(())
    }

    fn call(&mut self, op: Op, at: u64) -> Arm<()> {
        self.need(op, 2)?;
        let (args, callee) = (self.pop(op)?, self.pop(op)?);
        self.callable(op, callee)?;
        self.arguments(op, args)?;
        let made = if op == Op::REDUCE { Made::Reduce } else { Made::NewObj };
        self.object(op, at, made, callee, args, NodeId::NONE)
    }

    fn call_with_keywords(&mut self, op: Op, at: u64) -> Arm<()> {
        self.need(op, 3)?;
        let (kwargs, args, callee) = (self.pop(op)?, self.pop(op)?, self.pop(op)?);
        self.callable(op, callee)?;
        self.arguments(op, args)?;
        let kind = self.kind(kwargs);
        if is_plain(kind) && kind != Kind::Dict {
            return Err(unpickler(op, format!("keyword arguments must be a dict, not {}", type_name(kind))));
        }
        self.object(op, at, Made::NewObjEx, callee, args, kwargs)
    }

    fn object(&mut self, op: Op, at: u64, made: Made, callee: NodeId, args: NodeId, kwargs: NodeId) -> Arm<()> {
        let index = self.graph.objects.len() as u64;
        self.graph.objects.push(Object {
            made,
            callee,
            args,
            kwargs,
            state: NodeId::NONE,
            items: Range32::default(),
            entries: Range32::default(),
            room: 0,
        });
        let node = self.node(Kind::Object, Flags(0), at, index)?;
        self.effects.push(Effect::new(EffectKind::Call, op, at, node, callee));
        self.stack.push(node);
        Ok(())
    }

    fn build(&mut self, op: Op, at: u64, size: u64) -> Arm<Next> {
        self.need(op, 2)?;
        let state = self.pop(op)?;
        let target = self.top(op)?;
        let kind = self.kind(target);
        if is_plain(kind) {
            if self.kind(state) == Kind::None {
                return Ok(Next::Op);
            }
            return Err(unpickler(op, format!("'{}' object has no attribute '__dict__'", type_name(kind))));
        }
        self.effects.push(Effect::new(EffectKind::SetState, op, at, state, target));
        let payload = self.graph.nodes.get(target.index()).map_or(u64::MAX, |node| node.payload);
        let object = if kind == Kind::Object { usize::try_from(payload).ok() } else { None };
        let Some(object) = object.and_then(|index| self.graph.objects.get_mut(index)) else {
            self.graph.extra_states.push((target, state));
            return Ok(Next::Op);
        };
        let callee = object.callee;
        if object.state != NodeId::NONE {
            self.graph.extra_states.push((target, object.state));
        }
        object.state = state;
        if self.is_wanted(callee) || self.graph.class_node(target).is_some_and(|class| self.is_wanted(class)) {
            self.raw_behind(target, at + size)
        } else {
            Ok(Next::Op)
        }
    }

    /// True if the dialect asked to see the objects of this class.
    fn is_wanted(&self, class: NodeId) -> bool {
        self.graph.symbol_id(class).is_some_and(|id| self.wanted.get(id.index()) == Some(&true))
    }

    /// Asks the dialect what lies behind the BUILD of `target`.
    fn raw_behind(&mut self, target: NodeId, at: u64) -> Arm<Next> {
        let Some(dialect) = self.dialect.as_mut() else { return Ok(Next::Op) };
        let claim = match dialect.after_build(&self.graph, target, self.bytes, at) {
            Ok(claim) => claim,
            Err(error) => return Err(error.kind),
        };
        match claim {
            None => Ok(Next::Op),
            Some(RawClaim::Bytes { padding, len }) => {
                let raw = Raw { node: target, at, padding, len };
                self.graph.raws.push(raw);
                let left = self.bytes.len().saturating_sub(raw.data_at());
                if len > left {
                    return Err(ErrorKind::Truncated { what: "array data", needed: len, left });
                }
                self.index.gap(at, padding + len);
                if raw.end() >= self.bytes.len() {
                    return Err(ErrorKind::NoStop);
                }
                Ok(Next::Skip(raw.end()))
            }
            Some(RawClaim::Pickle) => {
                let outer = Outer {
                    stack: std::mem::take(&mut self.stack),
                    marks: std::mem::take(&mut self.marks),
                    memo: std::mem::take(&mut self.memo),
                    protocol: self.protocol,
                    newest: self.newest,
                    wrapper: target,
                    pickle: self.current,
                    popped: std::mem::take(&mut self.popped),
                };
                self.outer.push(outer);
                self.begin(at, Some(target));
                Ok(Next::Op)
            }
        }
    }

    fn persistent(&mut self, op: Op, id: NodeId, at: u64) -> Arm<()> {
        let node = self.node(Kind::Persistent, Flags(0), at, u64::from(id.0))?;
        self.effects.push(Effect::new(EffectKind::Persistent, op, at, node, NodeId::NONE));
        self.stack.push(node);
        Ok(())
    }

    // ---- remarks ----

    fn frame(&mut self, arg: RawArg<'_>, at: u64) {
        let RawArg::Int(len) = arg else { return };
        let (len, left) = (len.cast_unsigned(), self.bytes.len().saturating_sub(at + 9));
        if len > left {
            let message = format!("FRAME announces {len} bytes, {left} are left; readers disagree on such frames");
            self.ambiguous("frame", at, message);
            if self.overlong.len() < OVERLONG_KEPT {
                self.overlong.push(at);
            }
        } else if at < self.frame_end {
            self.ambiguous("frame", at, "a FRAME begins inside another; no writer does that".to_owned());
        }
        self.frame_end = (at + 9).saturating_add(len);
    }

    /// An opcode reaches over the end of its frame: C reads on, other readers stop.
    #[cold]
    fn straddles(&mut self, op: Op, at: u64) {
        let message = format!("{} reaches over the end of its FRAME; readers disagree on such frames", op.name());
        self.ambiguous("frame", at, message);
        self.frame_end = 0;
    }

    fn proto(&mut self, version: u8, at: u64) {
        if self.pickles.get(self.current).is_some_and(|pickle| pickle.start != at) {
            let message = format!("PROTO {version} stands inside the pickle and changes how later names are read");
            self.ambiguous("protocol", at, message);
        }
    }

    fn ambiguous(&mut self, what: &'static str, at: u64, message: String) {
        self.problem(at, 1, ErrorKind::Ambiguous { what, message });
    }

    fn oddity(&mut self, at: u64, message: String) {
        self.problem(at, 1, ErrorKind::Oddity(message));
    }

    fn problem(&mut self, at: u64, len: u64, kind: ErrorKind) {
        if self.problems.len() < ODDITIES_KEPT {
            self.problems.push(Error { at: self.bytes.span(at, len), kind });
        }
    }

    fn finish(mut self) -> Decoded {
        self.index.set_rows(self.rows);
        self.graph.settle();
        for pickle in &mut self.pickles {
            keep_unreachable(&self.graph, pickle);
        }
        Decoded {
            bytes: self.bytes.clone(),
            graph: self.graph,
            effects: self.effects,
            index: self.index,
            pickles: self.pickles,
            problems: self.problems,
        }
    }
}

/// Of what was popped, keeps only what the result does not hold: a recursive tuple pops its parts and uses them.
fn keep_unreachable(graph: &Graph, pickle: &mut Pickle) {
    if pickle.discarded.is_empty() {
        return;
    }
    let mut seen = vec![0u64; graph.len() / 64 + 1];
    let mut visit = |id: NodeId| match seen.get_mut(id.index() / 64) {
        Some(word) if *word >> (id.index() % 64) & 1 == 0 => {
            *word |= 1 << (id.index() % 64);
            true
        }
        _ => false,
    };
    let mut open: Vec<NodeId> = pickle.root.into_iter().chain(pickle.leftover.iter().copied()).collect();
    open.retain(|id| visit(*id));
    let mut below = Vec::new();
    while let Some(id) = open.pop() {
        below.clear();
        graph.references(id, &mut below);
        open.extend(below.iter().copied().filter(|id| visit(*id)));
    }
    pickle.discarded.retain(|id| visit(*id));
}

/// Extends a range of edges by `new`: in place at the tail or where there is room, else at the tail, once, with room
/// to a power of two. The second result says whether it has such room now.
#[inline(always)]
fn grow(edges: &mut Vec<NodeId>, range: Range32, room: bool, new: &[NodeId]) -> Arm<(Range32, bool)> {
    let (start, len) = (range.start as usize, range.len as usize);
    let capacity = if room { len.next_power_of_two() } else { len };
    if len == 0 {
        let grown = edge_range(edges.len(), new.len())?;
        edges.extend_from_slice(new);
        return Ok((grown, false));
    }
    if start + capacity == edges.len() {
        let grown = edge_range(start, len + new.len())?;
        edges.truncate(start + len);
        edges.extend_from_slice(new);
        return Ok((grown, false));
    }
    let total = len + new.len();
    if room && total <= capacity {
        if let Some(free) = edges.get_mut(start + len..start + total) {
            free.copy_from_slice(new);
        }
        return Ok((edge_range(start, total)?, true));
    }
    let grown = edge_range(edges.len(), total.next_power_of_two())?;
    edges.extend_from_within(start..start + len);
    edges.extend_from_slice(new);
    edges.resize(grown.start as usize + grown.len as usize, NodeId::NONE);
    Ok((Range32 { len: u32::try_from(total).map_err(|_| limit("references"))?, ..grown }, true))
}

#[inline(always)]
fn edge_range(start: usize, len: usize) -> Arm<Range32> {
    match (u32::try_from(start), u32::try_from(len)) {
        (Ok(start), Ok(len)) if start.checked_add(len).is_some() => Ok(Range32 { start, len }),
        _ => Err(limit("references")),
    }
}

fn index_line(op: Op, arg: RawArg<'_>) -> Arm<u64> {
    let line = if let RawArg::Line(line) = arg { line } else { &[] };
    text::integer(line, true)
        .and_then(|value| u64::try_from(value).ok())
        .ok_or_else(|| ErrorKind::BadArgument { op: op.name(), message: format!("{} is no memo index", excerpt(line)) })
}

/// True for what the opcodes make themselves, so that its behaviour is known: everything but what was imported,
/// called or handed in.
fn is_plain(kind: Kind) -> bool {
    !matches!(kind, Kind::Global | Kind::Object | Kind::Persistent | Kind::Extension | Kind::Buffer)
}

/// The name of a plain kind's Python type.
fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::None => "NoneType",
        Kind::Bool => "bool",
        Kind::Int | Kind::Long => "int",
        Kind::Float => "float",
        Kind::Text | Kind::Str8 => "str",
        Kind::Bytes => "bytes",
        Kind::ByteArray => "bytearray",
        Kind::List => "list",
        Kind::Tuple => "tuple",
        Kind::Set => "set",
        Kind::FrozenSet => "frozenset",
        Kind::Dict => "dict",
        _ => "object",
    }
}

fn excerpt(line: &[u8]) -> String {
    let shown = String::from_utf8_lossy(line.get(..32).unwrap_or(line)).into_owned();
    if line.len() > 32 { format!("{shown:?}…") } else { format!("{shown:?}") }
}

#[cold]
fn underflow(op: Op, needed: usize, have: usize) -> ErrorKind {
    ErrorKind::StackUnderflow { op: op.name(), needed: needed as u64, have: have as u64 }
}

#[cold]
fn unpickler(op: Op, message: String) -> ErrorKind {
    ErrorKind::Unpickler { op: op.name(), message }
}

#[cold]
fn limit(what: &'static str) -> ErrorKind {
    ErrorKind::Limit { what, limit: u64::from(u32::MAX) }
}

#[cold]
fn bad_utf8(op: Op) -> ErrorKind {
    ErrorKind::BadArgument { op: op.name(), message: "its text is not UTF-8".to_owned() }
}
