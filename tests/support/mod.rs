//! Hand-assembled cases (`tests/cases/*.toml`) and what is done with each: read as it stands, gzipped, and as the member
//! of a zip archive. The notation is explained at the top of `tests/cases/pickle.toml`. A test file takes part by
//! `mod support;` and checks of a case what it is about: `tests/cases.rs` tree, effects and errors; a test of the audit
//! would check `findings`.
#![allow(dead_code, reason = "each test file uses its part of this")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

use picklescope::bytes::{Bytes, Limits, Progress};
use picklescope::formats::{self, Artifact};
use picklescope::pickle::{EffectKind, Graph, Kind, NodeId, Value};

/// A case as it is written.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A sentence that can be false.
    pub name: String,
    /// The stream.
    pub asm: String,
    /// What comes out.
    pub tree: Option<String>,
    /// What would be imported, called and changed.
    pub effects: Option<Vec<String>>,
    /// Where CPython raises.
    pub error: Option<Wrong>,
    /// Ids of the audit's rules that fire, in the order of the file.
    pub findings: Option<Vec<String>>,
    /// The rule of the audit that this only looks like.
    pub near: Option<String>,
}

/// Where and how a stream breaks.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// Offset of the opcode.
    pub at: u64,
    /// `ErrorKind::name`.
    pub kind: String,
}

#[derive(serde::Deserialize)]
struct Table {
    case: Vec<Case>,
}

/// The cases of a file of `tests/cases`.
pub fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file);
    let table: Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    table.case
}

/// A case read as it stands, gzipped, and zipped; the word says which.
pub fn each_way(case: &Case, mut check: impl FnMut(&str, &Artifact)) {
    let plain = assemble(&case.asm);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    for (way, bytes) in [("plain", plain.clone()), ("gzipped", gzip.finish().unwrap()), ("zipped", zipped(&plain))] {
        let artifact =
            formats::read(Path::new("case.pkl"), Bytes::from_vec(bytes), &Limits::default(), &Progress::new());
        check(way, &artifact);
    }
}

/// A zip archive with one stored member `case.pkl`, by the layout of APPNOTE 4.3.
fn zipped(data: &[u8]) -> Vec<u8> {
    let name = b"case.pkl";
    let mut crc = flate2::Crc::new();
    crc.update(data);
    let size = u32::try_from(data.len()).unwrap().to_le_bytes();
    // version, flags, method, time, date, crc, sizes, lengths of name and extra field
    let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
    common.extend(crc.sum().to_le_bytes());
    common.extend(size);
    common.extend(size);
    common.extend([8, 0, 0, 0]);
    let mut out = b"PK\x03\x04".to_vec();
    out.extend(&common);
    out.extend(name);
    out.extend(data);
    let directory = u32::try_from(out.len()).unwrap();
    out.extend(b"PK\x01\x02\x14\x00");
    out.extend(&common);
    // comment, disk, attributes, offset of the member
    out.extend([0; 14]);
    out.extend(name);
    let length = u32::try_from(out.len()).unwrap() - directory;
    out.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    out.extend(length.to_le_bytes());
    out.extend(directory.to_le_bytes());
    out.extend([0, 0]);
    out
}

// ---- the assembler ----

/// How an argument is written: a table of its own, after `pickletools`, so that a mistake in ours shows.
#[derive(Clone, Copy)]
enum Arg {
    None,
    Unsigned(usize),
    Signed,
    Float,
    Line,
    Pair,
    Counted(usize),
    Long(usize),
}

/// Name, byte and argument of every opcode.
const CODES: &[(&str, u8, Arg)] = &[
    ("INT", b'I', Arg::Line),
    ("BININT", b'J', Arg::Signed),
    ("BININT1", b'K', Arg::Unsigned(1)),
    ("BININT2", b'M', Arg::Unsigned(2)),
    ("LONG", b'L', Arg::Line),
    ("LONG1", 0x8a, Arg::Long(1)),
    ("LONG4", 0x8b, Arg::Long(4)),
    ("STRING", b'S', Arg::Line),
    ("BINSTRING", b'T', Arg::Counted(4)),
    ("SHORT_BINSTRING", b'U', Arg::Counted(1)),
    ("BINBYTES", b'B', Arg::Counted(4)),
    ("SHORT_BINBYTES", b'C', Arg::Counted(1)),
    ("BINBYTES8", 0x8e, Arg::Counted(8)),
    ("BYTEARRAY8", 0x96, Arg::Counted(8)),
    ("NEXT_BUFFER", 0x97, Arg::None),
    ("READONLY_BUFFER", 0x98, Arg::None),
    ("NONE", b'N', Arg::None),
    ("NEWTRUE", 0x88, Arg::None),
    ("NEWFALSE", 0x89, Arg::None),
    ("UNICODE", b'V', Arg::Line),
    ("SHORT_BINUNICODE", 0x8c, Arg::Counted(1)),
    ("BINUNICODE", b'X', Arg::Counted(4)),
    ("BINUNICODE8", 0x8d, Arg::Counted(8)),
    ("FLOAT", b'F', Arg::Line),
    ("BINFLOAT", b'G', Arg::Float),
    ("EMPTY_LIST", b']', Arg::None),
    ("APPEND", b'a', Arg::None),
    ("APPENDS", b'e', Arg::None),
    ("LIST", b'l', Arg::None),
    ("EMPTY_TUPLE", b')', Arg::None),
    ("TUPLE", b't', Arg::None),
    ("TUPLE1", 0x85, Arg::None),
    ("TUPLE2", 0x86, Arg::None),
    ("TUPLE3", 0x87, Arg::None),
    ("EMPTY_DICT", b'}', Arg::None),
    ("DICT", b'd', Arg::None),
    ("SETITEM", b's', Arg::None),
    ("SETITEMS", b'u', Arg::None),
    ("EMPTY_SET", 0x8f, Arg::None),
    ("ADDITEMS", 0x90, Arg::None),
    ("FROZENSET", 0x91, Arg::None),
    ("POP", b'0', Arg::None),
    ("DUP", b'2', Arg::None),
    ("MARK", b'(', Arg::None),
    ("POP_MARK", b'1', Arg::None),
    ("GET", b'g', Arg::Line),
    ("BINGET", b'h', Arg::Unsigned(1)),
    ("LONG_BINGET", b'j', Arg::Unsigned(4)),
    ("PUT", b'p', Arg::Line),
    ("BINPUT", b'q', Arg::Unsigned(1)),
    ("LONG_BINPUT", b'r', Arg::Unsigned(4)),
    ("MEMOIZE", 0x94, Arg::None),
    ("EXT1", 0x82, Arg::Unsigned(1)),
    ("EXT2", 0x83, Arg::Unsigned(2)),
    ("EXT4", 0x84, Arg::Signed),
    ("GLOBAL", b'c', Arg::Pair),
    ("STACK_GLOBAL", 0x93, Arg::None),
    ("REDUCE", b'R', Arg::None),
    ("BUILD", b'b', Arg::None),
    ("INST", b'i', Arg::Pair),
    ("OBJ", b'o', Arg::None),
    ("NEWOBJ", 0x81, Arg::None),
    ("NEWOBJ_EX", 0x92, Arg::None),
    ("PROTO", 0x80, Arg::Unsigned(1)),
    ("STOP", b'.', Arg::None),
    ("FRAME", 0x95, Arg::Unsigned(8)),
    ("PERSID", b'P', Arg::Line),
    ("BINPERSID", b'Q', Arg::None),
];

/// The bytes of a stream written in opcodes.
pub fn assemble(asm: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for piece in pieces(asm) {
        let (name, rest) = piece.split_once(' ').unwrap_or((piece, ""));
        let rest = rest.trim();
        if let Ok(n) = piece.parse::<i64>() {
            match n {
                0..256 => out.extend([b'K', u8::try_from(n).unwrap()]),
                256..65536 => {
                    out.push(b'M');
                    out.extend(u16::try_from(n).unwrap().to_le_bytes());
                }
                _ => {
                    out.push(b'J');
                    out.extend(i32::try_from(n).unwrap().to_le_bytes());
                }
            }
        } else if piece.starts_with('\'') {
            out.push(0x8c);
            counted(1, piece, &mut out);
        } else if let Some(bytes) = piece.strip_prefix('b').filter(|rest| rest.starts_with('\'')) {
            out.push(b'C');
            counted(1, bytes, &mut out);
        } else if name == "RAW" {
            out.extend(rest.split(' ').map(|hex| u8::from_str_radix(hex, 16).unwrap()));
        } else {
            let (_, code, kind) = CODES.iter().find(|row| row.0 == name).unwrap_or_else(|| panic!("no opcode {name}"));
            out.push(*code);
            match kind {
                Arg::None => {}
                Arg::Unsigned(width) => out.extend(&rest.parse::<u64>().unwrap().to_le_bytes()[..*width]),
                Arg::Signed => out.extend(rest.parse::<i32>().unwrap().to_le_bytes()),
                Arg::Float => out.extend(rest.parse::<f64>().unwrap().to_be_bytes()),
                Arg::Line => {
                    out.extend(unescape(rest));
                    out.push(b'\n');
                }
                Arg::Pair => {
                    out.extend(rest.replacen(' ', "\n", 1).into_bytes());
                    out.push(b'\n');
                }
                Arg::Counted(width) => counted(*width, rest, &mut out),
                Arg::Long(width) => {
                    let n: num_bigint::BigInt = rest.parse().unwrap();
                    let data = if rest == "0" { Vec::new() } else { n.to_signed_bytes_le() };
                    out.extend(&(data.len() as u64).to_le_bytes()[..*width]);
                    out.extend(data);
                }
            }
        }
    }
    out
}

/// The pieces between semicolons; those in quotes part nothing.
fn pieces(asm: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    asm.split(move |c| {
        quoted ^= c == '\'';
        c == ';' && !quoted
    })
    .map(str::trim)
    .filter(|piece| !piece.is_empty())
}

fn counted(width: usize, quoted: &str, out: &mut Vec<u8>) {
    let data = unescape(&quoted[1..quoted.len() - 1]);
    out.extend(&(data.len() as u64).to_le_bytes()[..width]);
    out.extend(data);
}

/// UTF-8, and `\xNN` as the byte itself.
fn unescape(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut out = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        out.push(u8::from_str_radix(&part[..2], 16).unwrap());
        out.extend(&part.as_bytes()[2..]);
    }
    out
}

// ---- the notation ----

/// An object in the notation of the cases.
pub fn text(graph: &Graph, root: NodeId) -> String {
    let mut writer = Writer { graph, times: HashMap::new(), numbers: HashMap::new() };
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        let times = writer.times.entry(id).or_insert(0usize);
        *times += 1;
        if *times == 1 {
            graph.references(id, &mut open);
        }
    }
    writer.write(root)
}

struct Writer<'g> {
    graph: &'g Graph,
    /// How many places refer to an object.
    times: HashMap<NodeId, usize>,
    numbers: HashMap<NodeId, usize>,
}

impl Writer<'_> {
    fn write(&mut self, id: NodeId) -> String {
        let has_identity =
            matches!(self.graph.kind(id), Kind::List | Kind::Dict | Kind::Set | Kind::Object | Kind::ByteArray);
        if !has_identity || self.times[&id] < 2 {
            return self.bare(id);
        }
        if let Some(number) = self.numbers.get(&id) {
            return format!("#{number}");
        }
        let number = self.numbers.len() + 1;
        self.numbers.insert(id, number);
        format!("#{number} {}", self.bare(id))
    }

    fn row(&mut self, items: &[NodeId]) -> String {
        items.iter().map(|i| self.write(*i)).collect::<Vec<_>>().join(", ")
    }

    fn bare(&mut self, id: NodeId) -> String {
        let graph = self.graph;
        match graph.value(id) {
            Value::None => "None".to_owned(),
            Value::Bool(b) => if b { "True" } else { "False" }.to_owned(),
            Value::Int(i) => i.to_string(),
            Value::Long(data) => picklescope::pickle::text::signed_le(data.kept).to_string(),
            Value::Float(f) => picklescope::pickle::text::float_repr(f),
            Value::Text(data) => format!("{:?}", String::from_utf8_lossy(data.kept)),
            Value::Str8(data) => format!("s{:?}", String::from_utf8_lossy(data.kept)),
            Value::Bytes(data) => format!("b{:?}", String::from_utf8_lossy(data.kept)),
            Value::ByteArray(data) => format!("bytearray{:?}", String::from_utf8_lossy(data.kept)),
            Value::List(items) => format!("[{}]", self.row(items)),
            Value::Tuple(items) => format!("({})", self.row(items)),
            Value::Set(items) => format!("set({})", self.row(items)),
            Value::FrozenSet(items) => format!("frozenset({})", self.row(items)),
            Value::Dict(pairs) => {
                let pairs: Vec<_> =
                    pairs.iter().map(|(k, v)| format!("{}: {}", self.write(k), self.write(v))).collect();
                format!("{{{}}}", pairs.join(", "))
            }
            Value::Global(symbol) => symbol.dotted(),
            Value::Object(object) => {
                let mut out = format!("{}{}", self.write(object.callee), self.write(object.args));
                if let Some(kwargs) = object.kwargs {
                    out.push_str(&format!("**{}", self.write(kwargs)));
                }
                if let Some(state) = object.state {
                    out.push_str(&format!(" state {}", self.write(state)));
                }
                if !object.items.is_empty() {
                    out.push_str(&format!(" items [{}]", self.row(object.items)));
                }
                for (k, v) in object.entries.iter() {
                    out.push_str(&format!(" [{}] = {}", self.write(k), self.write(v)));
                }
                out
            }
            Value::Persistent(id) => format!("persistent {}", self.write(id)),
            Value::Extension(code) => format!("extension {code}"),
            Value::Buffer { index, readonly } => format!("buffer {index}{}", if readonly { " readonly" } else { "" }),
        }
    }
}

/// The effects of an artifact's pickles, as a case writes them.
pub fn effects(artifact: &Artifact) -> Vec<String> {
    let mut all = Vec::new();
    for (_, _, pickled) in artifact.pickles() {
        let graph = &pickled.decoded.graph;
        for effect in &pickled.decoded.effects {
            // What it concerns: a name, or the name of what made the object it concerns.
            let mut subject = if effect.kind() == EffectKind::Import { effect.node } else { effect.subject };
            while let Value::Object(object) = graph.value(subject) {
                subject = object.callee;
            }
            let (kind, what) = match effect.kind() {
                EffectKind::Import => ("import", graph.symbol(subject)),
                EffectKind::Call => ("call", graph.symbol(subject)),
                EffectKind::SetState => ("set-state", graph.symbol(subject)),
                EffectKind::SetItem => ("set-item", graph.symbol(subject)),
                EffectKind::Append => ("append", graph.symbol(subject)),
                EffectKind::AddItem => ("add-item", graph.symbol(subject)),
                EffectKind::Persistent => ("persistent", None),
                EffectKind::Extension => ("extension", None),
                EffectKind::Buffer => ("buffer", None),
            };
            let what = match graph.value(effect.node) {
                Value::Extension(code) => code.to_string(),
                _ => what.map(|symbol| symbol.dotted()).unwrap_or_default(),
            };
            all.push(format!("{} {kind} {what}", effect.at()).trim().to_owned());
        }
    }
    all
}
