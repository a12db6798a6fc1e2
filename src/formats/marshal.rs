//! Python's marshal format: how code objects are written in `.pyc` files, and how they hide in pickles as
//! `marshal.loads(b'..')`. It is read as data into the same objects as a pickle's, a code object as the call that would make
//! it; nothing is ever compiled or run.
//!
//! The layouts of code objects are those of Python 2.7, 3.0 to 3.7, 3.8 to 3.10, and 3.11 on. Nothing in the bytes says which
//! it is: the one that reads them to their end is taken.

use num_bigint::{BigInt, BigUint, Sign};

use super::document::Parsed;
use super::scan::Scan;
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Progress, Result};
use crate::pickle::{Builder, Kind, NodeId};

/// What this is called where it is shown.
pub(super) const WHAT: &str = "Python code (marshal)";
/// Deepest nesting; CPython stops at 2000.
const DEEPEST: usize = 200;
/// Says that a value may be referred to later.
const REF: u8 = 0x80;

/// True if bytes may be a code object: its type, and a count of arguments that a function may have.
pub(super) fn begins_like_code(head: &[u8]) -> bool {
    matches!(head, [b'c' | 0xe3, _, 0, 0, 0, ..])
}

/// A layout of code objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// Python 3.11 and later.
    Python311,
    /// Python 3.8 to 3.10.
    Python38,
    /// Python 3.0 to 3.7.
    Python3,
    /// Python 2.
    Python2,
}

const LAYOUTS: [Layout; 4] = [Layout::Python311, Layout::Python38, Layout::Python3, Layout::Python2];

impl Layout {
    /// Integers in front of the bytecode.
    fn counts(self) -> usize {
        match self {
            Self::Python311 | Self::Python3 => 5,
            Self::Python38 => 6,
            Self::Python2 => 4,
        }
    }

    /// Values between the counts and the first line.
    fn before_line(self) -> usize {
        8
    }

    /// Values behind the first line.
    fn after_line(self) -> usize {
        if self == Self::Python311 { 2 } else { 1 }
    }

    fn fields(self) -> usize {
        self.before_line() + self.after_line()
    }
}

/// Reads a value. The layout that reads all of it wins; if none does, the one that came furthest.
pub(super) fn read(bytes: &Bytes, limits: &Limits, progress: &Progress) -> Parsed {
    let mut best: Option<(u64, Reader, Error)> = None;
    for layout in LAYOUTS {
        let mut reader = Reader::new(bytes, limits, layout);
        let outcome = reader.whole(progress);
        let came = reader.scan.at();
        match outcome {
            Ok(()) => return reader.finish(Vec::new()),
            Err(error) if best.as_ref().is_none_or(|(furthest, ..)| came > *furthest) => {
                best = Some((came, reader, error));
            }
            Err(_) => {}
        }
    }
    match best {
        Some((_, reader, error)) => reader.finish(vec![error]),
        None => Reader::new(bytes, limits, Layout::Python311).finish(Vec::new()),
    }
}

/// True if [`read`] finds a code object that fills the bytes.
pub(super) fn is_code(parsed: &Parsed) -> bool {
    let graph = &parsed.decoded.graph;
    let root = parsed.decoded.root();
    parsed.decoded.problems.is_empty()
        && root.and_then(|root| graph.class(root)).is_some_and(|class| class.is("types", "CodeType"))
}

/// A value that holds others and is not read to its end.
enum Frame {
    /// Items to come.
    Items { kind: Kind, left: u64, items: Vec<NodeId>, at: u64, slot: Option<usize> },
    /// Keys and values by turns, up to a NULL.
    Pairs { items: Vec<NodeId>, at: u64, slot: Option<usize> },
    /// A code object: its counts, its first line once that is read, and its other values.
    Code { counts: Vec<NodeId>, fields: Vec<NodeId>, line: Option<NodeId>, at: u64, slot: Option<usize> },
}

impl Frame {
    fn slot(&self) -> Option<usize> {
        match self {
            Self::Items { slot, .. } | Self::Pairs { slot, .. } | Self::Code { slot, .. } => *slot,
        }
    }
}

struct Reader {
    bytes: Bytes,
    scan: Scan,
    builder: Builder,
    layout: Layout,
    /// What may be referred to; None while it is being read.
    refs: Vec<Option<NodeId>>,
    /// Python 2's interned strings.
    interned: Vec<NodeId>,
    /// What is being read, innermost last.
    open: Vec<Frame>,
    root: Option<NodeId>,
}

/// What a type byte gives.
enum Read {
    Value(NodeId),
    /// The end of a dict.
    Null,
    /// It was opened.
    Opened,
}

impl Reader {
    fn new(bytes: &Bytes, limits: &Limits, layout: Layout) -> Self {
        let mut builder = Builder::new(bytes, limits);
        builder.loosen();
        let scan = Scan::new(bytes, 0);
        Self {
            bytes: bytes.clone(),
            scan,
            builder,
            layout,
            refs: Vec::new(),
            interned: Vec::new(),
            open: Vec::new(),
            root: None,
        }
    }

    fn finish(mut self, problems: Vec<Error>) -> Parsed {
        if let Some(root) = self.root.or_else(|| self.kept().ok()) {
            self.builder.set_root(root);
        }
        Parsed { decoded: self.builder.finish(problems), numbers: Vec::new() }
    }

    /// What was read before it broke: the values of what stands open, in lists.
    fn kept(&mut self) -> Result<NodeId> {
        let mut inner: Option<NodeId> = None;
        while let Some(frame) = self.open.pop() {
            let (at, mut items) = match frame {
                Frame::Items { items, at, .. } | Frame::Pairs { items, at, .. } => (at, items),
                Frame::Code { counts, fields, at, .. } => (at, [counts, fields].concat()),
            };
            items.extend(inner);
            inner = Some(self.builder.composed(Kind::List, at, &items)?);
        }
        match inner {
            Some(inner) => Ok(inner),
            None => self.builder.none(0),
        }
    }

    fn whole(&mut self, progress: &Progress) -> Result<()> {
        loop {
            progress.check(self.bytes.span(self.scan.at().min(self.bytes.len()), 0))?;
            let mut value = match self.value()? {
                Read::Opened => self.close_full()?,
                Read::Value(value) => Some(value),
                Read::Null => match self.open.pop() {
                    Some(Frame::Pairs { items, at, slot }) if items.len() % 2 == 0 => {
                        let dict = self.builder.composed(Kind::Dict, at, &items)?;
                        self.settle(slot, dict);
                        Some(dict)
                    }
                    _ => return Err(self.lie("a NULL stands where a value belongs")),
                },
            };
            // What is complete is a value of what stands open above it.
            while let Some(done) = value {
                match self.open.last_mut() {
                    None => {
                        self.root = Some(done);
                        return match self.scan.left() {
                            0 => Ok(()),
                            left => Err(self.lie(&format!("{left} bytes follow the value"))),
                        };
                    }
                    Some(Frame::Items { items, left, .. }) => {
                        items.push(done);
                        *left = left.saturating_sub(1);
                    }
                    Some(Frame::Pairs { items, .. }) => items.push(done),
                    Some(Frame::Code { fields, .. }) => fields.push(done),
                }
                value = self.close_full()?;
            }
        }
    }

    /// Closes the innermost frame if it is full, and gives its value.
    fn close_full(&mut self) -> Result<Option<NodeId>> {
        let (layout, at) = (self.layout, self.scan.at());
        let full = match self.open.last_mut() {
            Some(Frame::Items { left, .. }) => *left == 0,
            Some(Frame::Code { fields, line, .. }) => {
                if fields.len() == layout.before_line() && line.is_none() {
                    let number = i64::from(i32::from_le_bytes(self.scan.array(WHAT)?));
                    *line = Some(self.builder.int(at, number)?);
                }
                fields.len() == layout.fields()
            }
            _ => false,
        };
        if !full {
            return Ok(None);
        }
        let Some(frame) = self.open.pop() else { return Ok(None) };
        let slot = frame.slot();
        let node = match frame {
            Frame::Items { kind, items, at, .. } => self.builder.composed(kind, at, &items)?,
            Frame::Code { counts, fields, line, at, .. } => self.code(at, &counts, &fields, line)?,
            Frame::Pairs { .. } => return Ok(None),
        };
        self.settle(slot, node);
        Ok(Some(node))
    }

    fn settle(&mut self, slot: Option<usize>, node: NodeId) {
        if let Some(place) = slot.and_then(|slot| self.refs.get_mut(slot)) {
            *place = Some(node);
        }
    }

    /// The call of the constructor that makes such a code object.
    fn code(&mut self, at: u64, counts: &[NodeId], fields: &[NodeId], line: Option<NodeId>) -> Result<NodeId> {
        let line = line.ok_or_else(|| self.lie("a code object has no first line"))?;
        let mut args = Vec::new();
        if self.layout == Layout::Python311 {
            let [code, consts, names, variables, kinds, file, name, qualified, table, exceptions] = fields else {
                return Err(self.lie("a code object is incomplete"));
            };
            let [positional, only, keyword, stack, flags] = counts else {
                return Err(self.lie("a code object has no counts"));
            };
            let [local, cell, free] = self.variables(at, *variables, *kinds)?;
            let n_locals = self.builder.items(local).map_or(0, <[NodeId]>::len);
            let n_locals = self.builder.int(at, i64::try_from(n_locals).unwrap_or(i64::MAX))?;
            args.extend([*positional, *only, *keyword, n_locals, *stack, *flags]);
            args.extend([
                *code,
                *consts,
                *names,
                local,
                *file,
                *name,
                *qualified,
                line,
                *table,
                *exceptions,
                free,
                cell,
            ]);
        } else {
            let [code, consts, names, variables, free, cells, file, name, table] = fields else {
                return Err(self.lie("a code object is incomplete"));
            };
            args.extend(counts);
            args.extend([*code, *consts, *names, *variables, *file, *name, line, *table, *free, *cells]);
            let is_text = |id: &NodeId| matches!(self.builder.kind(*id), Kind::Text | Kind::Str8 | Kind::Bytes);
            if ![file, name].into_iter().all(is_text) {
                return Err(self.lie("a code object has no name"));
            }
        }
        let is_bytes = args.get(counts_of(args.len())).is_some_and(|code| self.builder.kind(*code) == Kind::Bytes);
        if !is_bytes {
            return Err(self.lie("a code object has no bytecode"));
        }
        let args = self.builder.composed(Kind::Tuple, at, &args)?;
        self.builder.call(at, ("types", "CodeType"), args)
    }

    /// Local variables, cells and free variables, which 3.11 and later write in one list with their kinds.
    fn variables(&mut self, at: u64, names: NodeId, kinds: NodeId) -> Result<[NodeId; 3]> {
        let wrong = "the variables of a code object and their kinds do not fit";
        let (Some(names), Some(kinds)) = (self.builder.items(names), self.builder.kept(kinds)) else {
            return Err(self.lie(wrong));
        };
        if names.len() != kinds.len() {
            return Err(self.lie(wrong));
        }
        let of = |bit: u8| -> Vec<NodeId> {
            names.iter().zip(kinds).filter(|(_, kind)| *kind & bit != 0).map(|(name, _)| *name).collect()
        };
        let (local, cell, free) = (of(0x20), of(0x40), of(0x80));
        let mut tuple = |items: &[NodeId]| self.builder.composed(Kind::Tuple, at, items);
        Ok([tuple(&local)?, tuple(&cell)?, tuple(&free)?])
    }

    fn value(&mut self) -> Result<Read> {
        let at = self.scan.at();
        let byte = self.scan.u8(WHAT)?;
        let slot = (byte & REF != 0).then(|| {
            self.refs.push(None);
            self.refs.len() - 1
        });
        let kind = byte & !REF;
        let node = match kind {
            b'0' => return Ok(Read::Null),
            b'N' => self.builder.none(at)?,
            b'F' => self.builder.bool(at, false)?,
            b'T' => self.builder.bool(at, true)?,
            b'.' => self.builder.global(at, "builtins", "Ellipsis")?,
            b'S' => self.builder.global(at, "builtins", "StopIteration")?,
            b'i' => {
                let number = i64::from(i32::from_le_bytes(self.scan.array(WHAT)?));
                self.builder.int(at, number)?
            }
            b'I' => {
                let number = i64::from_le_bytes(self.scan.array(WHAT)?);
                self.builder.int(at, number)?
            }
            b'l' => self.long(at)?,
            b'g' => {
                let number = f64::from_le_bytes(self.scan.array(WHAT)?);
                self.builder.float(at, number)?
            }
            b'f' => {
                let number = self.float_text()?;
                self.builder.float(at, number)?
            }
            b'y' | b'x' => {
                let binary = kind == b'y';
                let mut part = || -> Result<NodeId> {
                    let number = match binary {
                        true => f64::from_le_bytes(self.scan.array(WHAT)?),
                        false => self.float_text()?,
                    };
                    self.builder.float(at, number)
                };
                let parts = [part()?, part()?];
                let args = self.builder.composed(Kind::Tuple, at, &parts)?;
                self.builder.call(at, ("builtins", "complex"), args)?
            }
            b's' => {
                let len = self.count(1)?;
                self.bytes_of(at, len)?
            }
            b't' | b'u' | b'a' | b'A' => {
                let len = self.count(1)?;
                let text = self.text_of(at, len)?;
                if kind == b't' {
                    self.interned.push(text);
                }
                text
            }
            b'z' | b'Z' => {
                let len = u64::from(self.scan.u8(WHAT)?);
                self.text_of(at, len)?
            }
            b'R' => {
                let index = u32::from_le_bytes(self.scan.array(WHAT)?);
                let known = self.interned.get(index as usize).copied();
                return known.map(Read::Value).ok_or_else(|| self.lie("it refers to a string that does not exist"));
            }
            b'r' => {
                let index = u32::from_le_bytes(self.scan.array(WHAT)?);
                let known = self.refs.get(index as usize).copied().flatten();
                return known.map(Read::Value).ok_or_else(|| self.lie("it refers to a value that does not exist"));
            }
            b'(' | b'[' | b'<' | b'>' => {
                let left = self.count(1)?;
                let kind = match kind {
                    b'(' => Kind::Tuple,
                    b'[' => Kind::List,
                    b'<' => Kind::Set,
                    _ => Kind::FrozenSet,
                };
                return self.open(Frame::Items { kind, left, items: Vec::new(), at, slot });
            }
            b')' => {
                let left = u64::from(self.scan.u8(WHAT)?);
                return self.open(Frame::Items { kind: Kind::Tuple, left, items: Vec::new(), at, slot });
            }
            b'{' => return self.open(Frame::Pairs { items: Vec::new(), at, slot }),
            b'c' => {
                let mut counts = Vec::new();
                for _ in 0..self.layout.counts() {
                    let place = self.scan.at();
                    let number = i64::from(i32::from_le_bytes(self.scan.array(WHAT)?));
                    counts.push(self.builder.int(place, number)?);
                }
                return self.open(Frame::Code { counts, fields: Vec::new(), line: None, at, slot });
            }
            other => return Err(self.lie(&format!("{other:#04x} is no type of marshal"))),
        };
        self.settle(slot, node);
        Ok(Read::Value(node))
    }

    fn open(&mut self, frame: Frame) -> Result<Read> {
        if self.open.len() >= DEEPEST {
            let kind = ErrorKind::Limit { what: "values in values of marshal", limit: DEEPEST as u64 };
            return Err(self.scan.error(kind));
        }
        self.open.push(frame);
        Ok(Read::Opened)
    }

    /// A length in front of so many things of at least `each` bytes.
    fn count(&mut self, each: u64) -> Result<u64> {
        let count = i32::from_le_bytes(self.scan.array(WHAT)?);
        let left = self.scan.left();
        match u64::try_from(count) {
            Ok(count) if count <= left / each => Ok(count),
            _ => Err(self.lie(&format!("it claims {count} things, {left} bytes are left"))),
        }
    }

    /// Digits of 15 bits; a negative count stands for a negative number.
    fn long(&mut self, at: u64) -> Result<NodeId> {
        let count = i32::from_le_bytes(self.scan.array(WHAT)?);
        let digits = u64::from(count.unsigned_abs());
        if digits > self.scan.left() / 2 {
            return Err(self.lie(&format!("it claims {digits} digits")));
        }
        let (mut raw, mut kept, mut bits) = (Vec::new(), 0u32, 0);
        for _ in 0..digits {
            kept |= u32::from(u16::from_le_bytes(self.scan.array(WHAT)?) & 0x7fff) << bits;
            bits += 15;
            while bits >= 8 {
                raw.push(kept.to_le_bytes()[0]);
                kept >>= 8;
                bits -= 8;
            }
        }
        raw.push(kept.to_le_bytes()[0]);
        let sign = if count < 0 { Sign::Minus } else { Sign::Plus };
        let number = BigInt::from_biguint(sign, BigUint::from_bytes_le(&raw));
        match i64::try_from(&number) {
            Ok(number) => self.builder.int(at, number),
            Err(_) => self.builder.long(at, &number.to_signed_bytes_le()),
        }
    }

    fn float_text(&mut self) -> Result<f64> {
        let len = usize::from(self.scan.u8(WHAT)?);
        let text = self.scan.take(len, WHAT)?;
        let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
        number.ok_or_else(|| self.lie("a float is no number"))
    }

    fn text_of(&mut self, at: u64, len: u64) -> Result<NodeId> {
        let content = self.scan.at();
        let start = self.start(len)?;
        self.builder.long_text(at, &start, len, Some(content))
    }

    fn bytes_of(&mut self, at: u64, len: u64) -> Result<NodeId> {
        let content = self.scan.at();
        let start = self.start(len)?;
        self.builder.bytes(at, &start, len, content)
    }

    /// The beginning of a text, and past it.
    fn start(&mut self, len: u64) -> Result<Vec<u8>> {
        let kept = usize::try_from(len.min(2048)).unwrap_or(0);
        let start = self.scan.take(kept, WHAT)?.to_vec();
        self.scan.skip(len - kept as u64, WHAT)?;
        Ok(start)
    }

    fn lie(&self, message: &str) -> Error {
        let at = self.scan.at().min(self.bytes.len());
        let at = self.bytes.span(at, 1.min(self.bytes.len() - at));
        Error { at, kind: ErrorKind::Header { what: WHAT, message: message.to_owned() } }
    }
}

/// Position of the bytecode among so many arguments of the constructor.
fn counts_of(args: usize) -> usize {
    match args {
        18 | 16 => 6,
        15 => 5,
        _ => 4,
    }
}
