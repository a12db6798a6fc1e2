//! Pickles inside the data of pickles: in bytes and text, plain, compressed, as base64 or hex digits; behind the end of the
//! stream; behind the place where it breaks. Each is read like a file of its own and audited.

use super::encodings;
use super::finding::{Collector, Executed, Place};
use super::foreign;
use super::numbers;
use super::rules::{self, Severity};
use super::{FileVerdict, report_below};
use crate::array::Elements;
use crate::bytes::{Bytes, ErrorKind, Limits, Progress, StreamId};
use crate::container::tar;
use crate::formats::{self, Artifact, Body, Pickled};
use crate::pickle::graph::Data;
use crate::pickle::{End, Kind, NodeId, Value, decode_first};
use crate::view::escape;

/// Files in files in files: deeper ones are not opened, which is a finding.
pub(super) const MAX_DEPTH: usize = 8;
/// Files inside a file, of all levels together: each may hold many, which hold many.
const MAX_OPENED: usize = 20_000;
/// Bytes of one file that are read for this.
const MAX_BYTES: u64 = 64 << 20;
/// Places of one file that are tried.
const MAX_TRIED: usize = 4_000;
/// Contents of one file of which an encoding is guessed: a file of a million texts is data.
const MAX_GUESSED: usize = 100_000;
/// Shortest content that can be a call in an encoding.
const ENCODED: u64 = 20;
/// Longest content of which an encoding is taken off.
const MAX_ENCODED: u64 = 16 << 20;
/// Pieces of one list that are put together.
const MAX_PIECES: usize = 4_096;
/// Bytes of pieces of which an encoding is guessed.
pub(super) const HEAD: usize = 96;
/// Runs of digits in a longer text that are looked at.
const MAX_RUNS: usize = 64;
/// Longest content that is searched for a pickle in the middle.
const MAX_WITHIN: u64 = 1 << 20;
/// Bytes of one file that are searched so.
const WITHIN: u64 = 16 << 20;
/// Numbers of a list that decide whether they are bytes.
const LEAST: usize = 4;
/// Places behind an end that are tried.
pub(super) const MAX_BEHIND: usize = 64;
/// Bytes of a whole number of 100,000 digits.
const MAX_NUMBER: u64 = 41_525;
/// Longest array that is searched for a pickle among its numbers.
const MAX_AMONG: u64 = 1 << 20;
/// Bytes of arrays that are searched so.
const AMONG: u64 = 16 << 20;

/// Looks into the data of one part.
pub(super) fn inside(collector: &mut Collector<'_>, part: usize, pickled: &Pickled, depth: usize) {
    let graph = &pickled.decoded.graph;
    let mut look = Look { collector, part, pickled, depth, left: MAX_BYTES, within: WITHIN, tried: 0, guessed: 0 };
    for id in graph.ids() {
        match graph.kind(id) {
            Kind::Text | Kind::Str8 | Kind::Bytes | Kind::ByteArray => match graph.value(id) {
                // Python 2 strings are bytes as often as text.
                Value::Bytes(data) | Value::ByteArray(data) | Value::Str8(data) => look.content(id, &data, false),
                Value::Text(data) => look.content(id, &data, true),
                _ => {}
            },
            Kind::List | Kind::Tuple | Kind::Dict => {
                let held = graph.value(id);
                look.numbers(id, held);
                look.pieces(id, held);
            }
            // The bytes of a whole number are as good as any.
            Kind::Long => {
                if let Value::Long(data) = graph.value(id) {
                    if data.len > MAX_NUMBER {
                        let (place, words) = (look.place(id), "A whole number of more than 100,000 digits".to_owned());
                        look.collector.add(&rules::BOMB, String::new(), words, place, Executed::No);
                    }
                    look.content(id, &data, false);
                    look.big_endian(id, &data);
                }
            }
            _ => {}
        }
        if look.tried > MAX_TRIED {
            break;
        }
    }
}

/// Looks at what arrays begin with, and into the texts that stand beside tensors.
pub(super) fn beside(collector: &mut Collector<'_>, depth: usize) {
    let artifact = collector.artifact;
    let (mut left, mut among) = (MAX_BYTES, AMONG);
    for array in artifact.arrays.iter().take(MAX_TRIED) {
        let Elements::Bytes(bytes) = &array.elements else { continue };
        let head = bytes.head(4).unwrap_or_default();
        // Numbers begin like anything: a frame or a first name must follow.
        let like = matches!(head.as_slice(), [0x80, 4 | 5, 0x95, ..] | [0x80, 2 | 3, b'c' | b'(' | b']' | b'}', ..])
            || head.starts_with(b"cos\n")
            || head.starts_with(b"PK\x03\x04");
        if like && bytes.len() <= left {
            left -= bytes.len();
            let node = array.node.map(NodeId::from_raw);
            let place = Place { part: array.part, at: array.span, node, op: None };
            open(collector, bytes.clone(), place, "inside an array", depth);
        } else if bytes.len() <= MAX_AMONG.min(among) {
            among -= bytes.len();
            let place = Place { part: array.part, at: array.span, node: array.node.map(NodeId::from_raw), op: None };
            let Ok(raw) = bytes.read_vec(0, bytes.len()) else { continue };
            for at in starts(&raw).take(MAX_BEHIND) {
                if open(collector, bytes_from(&raw, at), place, "among the numbers of an array", depth) {
                    break;
                }
            }
        }
    }
    for (i, part) in artifact.parts.iter().enumerate() {
        let Some(stream) = artifact.streams.get(part.stream) else { continue };
        if matches!(part.body, Body::Text | Body::Opaque(_))
            && !part.name.is_empty()
            && let Some(inner) = text(&stream.bytes)
        {
            let place = Place { part: i, at: stream.bytes.span(0, stream.bytes.len()), node: None, op: None };
            open(collector, inner, place, "encoded in a member", depth);
        }
        let Body::Facts(facts) = &part.body else { continue };
        for (_, text) in facts.iter().take(MAX_TRIED) {
            let raw = text.as_bytes();
            let inner = if encodings::begins(raw) { Some(raw.to_vec()) } else { decoded(raw) };
            if let Some(inner) = inner {
                let at = stream.bytes.span(0, stream.bytes.len());
                let place = Place { part: i, at, node: None, op: None };
                open(collector, Bytes::from_vec(inner), place, "encoded in its metadata", depth);
            }
        }
    }
}

/// Without a line of protocol 0 that puts what is before it in the memo.
fn without_put(before: &[u8]) -> &[u8] {
    let line = memchr::memrchr(b'\n', before).and_then(|at| before.split_at_checked(at));
    match line {
        Some((rest, [b'\n', b'p', digits @ ..])) if digits.iter().all(u8::is_ascii_digit) => rest,
        _ => before,
    }
}

/// Where bytes go on like a pickle: a protocol, and an opcode that follows one.
fn starts(raw: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let like = |at: &usize| matches!(raw.get(*at..), Some([_, 2..=5, next, ..]) if encodings::goes_on(*next));
    memchr::memchr_iter(0x80, raw).filter(like)
}

fn bytes_from(raw: &[u8], at: usize) -> Bytes {
    Bytes::from_vec(raw.get(at..).unwrap_or_default().to_vec())
}

/// `raw` without its encodings, if what remains can hold a pickle.
pub(super) fn decoded(raw: &[u8]) -> Option<Vec<u8>> {
    let chain = encodings::chain(raw, raw.get(raw.len().saturating_sub(128)..)?)?;
    encodings::take_off(raw, &chain, usize::try_from(MAX_ENCODED).ok()?)
}

/// Looks into the data of one part, under one budget.
struct Look<'a, 'c> {
    collector: &'c mut Collector<'a>,
    part: usize,
    pickled: &'c Pickled,
    depth: usize,
    /// Bytes that may still be read.
    left: u64,
    /// Bytes that may still be searched for a pickle in the middle.
    within: u64,
    /// Places that were tried.
    tried: usize,
    /// Contents of which the encoding was guessed.
    guessed: usize,
}

impl Look<'_, '_> {
    fn place(&self, id: NodeId) -> Place {
        let decoded = &self.pickled.decoded;
        Place { part: self.part, at: decoded.bytes.span(decoded.graph.offset(id), 1), node: Some(id), op: None }
    }

    /// The whole of a content, if there is room for it.
    fn whole(&mut self, data: &Data<'_>) -> Option<Bytes> {
        if data.len > self.left {
            return None;
        }
        self.left -= data.len;
        match (data.is_whole(), data.at) {
            (true, _) => Some(Bytes::from_vec(data.kept.to_vec())),
            (false, Some(at)) => self.pickled.decoded.bytes.slice(at, data.len).ok(),
            (false, None) => None,
        }
    }

    fn open(&mut self, id: NodeId, bytes: Bytes, whereabouts: &str) -> bool {
        self.tried += 1;
        open(self.collector, bytes, self.place(id), whereabouts, self.depth)
    }

    fn content(&mut self, id: NodeId, data: &Data<'_>, is_text: bool) {
        if data.len < 4 {
            return;
        }
        if let Some(what) = foreign::content(data.kept, is_text) {
            let place = self.place(id);
            self.collector.add(&rules::CODE_BESIDE, String::new(), format!("It is {what}"), place, Executed::No);
        }
        if !is_text && encodings::begins(data.kept) {
            let Some(bytes) = self.whole(data) else { return };
            if !self.open(id, bytes.clone(), "inside its data") {
                self.joined(id, bytes);
            }
            return;
        }
        if data.len < ENCODED || self.guessed > MAX_GUESSED {
            return;
        }
        self.guessed += 1;
        if self.tar(id, data) {
            return;
        }
        let tail = match (data.is_whole(), data.at) {
            (false, Some(at)) if data.len <= MAX_ENCODED => {
                let len = data.len.min(128);
                self.pickled.decoded.bytes.read_vec(at + data.len - len, len).unwrap_or_default()
            }
            _ => data.kept.get(data.kept.len().saturating_sub(128)..).unwrap_or_default().to_vec(),
        };
        if let Some(chain) = encodings::chain(data.kept, &tail)
            && data.len <= MAX_ENCODED
            && let Some(raw) = self.whole(data)
            && let Ok(raw) = raw.read_vec(0, raw.len())
            && let Some(inner) = encodings::take_off(&raw, &chain, usize::try_from(MAX_ENCODED).unwrap_or(0))
            && self.open(id, Bytes::from_vec(inner), "encoded inside its data")
        {
            return;
        }
        if self.masked(id, data, &tail) {
            return;
        }
        self.within(id, data);
    }

    /// A tar begins with the name of a member, which is no magic.
    fn tar(&mut self, id: NodeId, data: &Data<'_>) -> bool {
        let named = data.kept.first().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
        if !named || data.len < 1024 || !data.len.is_multiple_of(512) || data.len > MAX_ENCODED {
            return false;
        }
        let Some(bytes) = self.whole(data) else { return false };
        bytes.head(512).is_ok_and(|head| tar::is_header(&head)) && self.open(id, bytes, "in an archive inside its data")
    }

    /// A pickle of which each byte has been changed by the same key, with xor or by adding it: the key that its first byte
    /// asks for must fit the bytes behind it, and its end.
    fn masked(&mut self, id: NodeId, data: &Data<'_>, tail: &[u8]) -> bool {
        const LOOKED_AT: usize = 48;
        let is_text = self.pickled.decoded.graph.kind(id) == Kind::Text;
        // Digits of base64 may be what is masked, too.
        let base64 = data.kept.iter().take(LOOKED_AT).all(|b| b.is_ascii_alphanumeric() || b"+/-_=\n".contains(b));
        let layer = if base64 { encodings::Encoding::Base64 } else { encodings::Encoding::Latin1 };
        let letters = |raw: &[u8]| match base64 || is_text && !data.kept.is_ascii() {
            true => encodings::take_off(raw, &[layer], raw.len()),
            false => Some(raw.to_vec()),
        };
        let head = letters(data.kept.get(..64).unwrap_or(data.kept));
        let (Some(head), Some(last)) = (head, tail.last().copied()) else { return false };
        let Some(first) = head.first().copied().filter(|_| data.len <= MAX_ENCODED) else { return false };
        let last = if is_text && !base64 {
            let cut = tail.iter().take_while(|b| matches!(b, 0x80..=0xbf)).count();
            letters(tail.get(cut..).unwrap_or_default()).and_then(|raw| raw.last().copied()).unwrap_or(last)
        } else {
            last
        };
        for begin in [0x80, b'c', b'(', 0x1f] {
            for xor in [true, false] {
                let key = if xor { first ^ begin } else { first.wrapping_sub(begin) };
                let off = |b: &u8| if xor { b ^ key } else { b.wrapping_sub(key) };
                // Most end here.
                let like = match head.get(1).map(off) {
                    Some(2..=5) => begin == 0x80,
                    Some(0x8b) => begin == 0x1f,
                    Some(b) => b.is_ascii_alphabetic() && begin < 0x80,
                    None => false,
                };
                if key == 0 || !like {
                    continue;
                }
                let start: Vec<u8> = head.iter().take(LOOKED_AT).map(off).collect();
                let ends = begin == 0x1f || base64 || off(&last) == b'.';
                if !ends || !encodings::surely_begins(&start) {
                    continue;
                }
                let raw = self.whole(data).and_then(|raw| raw.read_vec(0, raw.len()).ok());
                let Some(raw) = raw.and_then(|raw| letters(&raw)) else { return false };
                if begin != 0x1f && raw.last().map(off) != Some(b'.') {
                    continue;
                }
                let inner = raw.iter().map(off).collect();
                if self.open(id, Bytes::from_vec(inner), "masked with a key inside its data") {
                    return true;
                }
            }
        }
        false
    }

    /// The bytes of a whole number in the order in which people write digits: the highest first.
    fn big_endian(&mut self, id: NodeId, data: &Data<'_>) {
        if data.len < ENCODED || data.len > MAX_ENCODED {
            return;
        }
        let Some(raw) = self.whole(data).and_then(|raw| raw.read_vec(0, raw.len()).ok()) else { return };
        let turned: Vec<u8> = raw.iter().rev().copied().skip_while(|b| *b == 0).collect();
        if encodings::begins(&turned) {
            self.open(id, Bytes::from_vec(turned), "as a number inside its data");
        }
    }

    /// Looks for a pickle further inside content: behind a prefix that hides it from who looks at the beginning only, or
    /// as base64 in a longer text.
    fn within(&mut self, id: NodeId, data: &Data<'_>) {
        if data.len < 12 || data.len > MAX_WITHIN.min(self.within) {
            return;
        }
        self.within -= data.len;
        // Of long content the beginning is kept in the graph, and not the rest.
        let whole = match data.is_whole() {
            true => None,
            false => self.whole(data).and_then(|raw| raw.read_vec(0, raw.len()).ok()),
        };
        let kept = whole.as_deref().unwrap_or(data.kept);
        // Text of bytes has two for each above 127.
        let letters = match memchr::memmem::find(kept, b"\xc2\x80") {
            Some(_) => encodings::take_off(kept, &[encodings::Encoding::Latin1], kept.len()),
            None => None,
        };
        let kept = letters.as_deref().unwrap_or(kept);
        for at in starts(kept).take(16) {
            if self.open(id, bytes_from(kept, at), "inside its data") {
                return;
            }
        }
        if self.digits_within(id, kept) {
            return;
        }
        // Names of protocols 0 and 1 in the middle: `cos`, `system` in two lines, and a MARK.
        for at in memchr::memmem::find_iter(kept, b"\n(").take(16) {
            let before = without_put(kept.get(..at).unwrap_or_default());
            let Some(line) = memchr::memrchr(b'\n', before) else { continue };
            let name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.');
            let module = before.get(..line).unwrap_or_default();
            let start = line - module.iter().rev().take_while(|b| name(b)).count();
            if !before.get(line + 1..).unwrap_or_default().iter().all(name) {
                continue;
            }
            for i in (start..line).filter(|i| module.get(*i) == Some(&b'c')).take(4) {
                if self.open(id, Bytes::from_vec(kept.get(i..).unwrap_or_default().to_vec()), "inside its data") {
                    return;
                }
            }
        }
    }

    /// Looks for base64 in a longer text: where a run of digits begins, and where the first bytes of a pickle, of gzip and of
    /// zip in base64 stand in one.
    fn digits_within(&mut self, id: NodeId, kept: &[u8]) -> bool {
        let digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
        let runs = kept.split(|b| !digit(b)).filter(|run| run.len() >= 28).take(MAX_RUNS);
        for run in runs {
            let marks = [b"gA".as_slice(), b"H4sI", b"UEsD"].into_iter();
            let marked = marks.flat_map(|mark| memchr::memmem::find_iter(run, mark).take(4));
            for at in std::iter::once(0).chain(marked) {
                let run = run.get(at..).unwrap_or_default();
                if encodings::chain(run, &[]).as_deref() != Some(&[encodings::Encoding::Base64]) {
                    continue;
                }
                let inner = encodings::take_off(run, &[encodings::Encoding::Base64], run.len());
                if inner.is_some_and(|inner| self.open(id, Bytes::from_vec(inner), "encoded inside its data")) {
                    return true;
                }
            }
        }
        false
    }

    /// A pickle that is cut in pieces, one behind the other.
    fn joined(&mut self, id: NodeId, first: Bytes) {
        const PIECES: usize = 8;
        if first.len() > MAX_ENCODED || first.len() < 4 || !is_cut(&first) {
            return;
        }
        let graph = &self.pickled.decoded.graph;
        let Ok(mut all) = first.read_vec(0, first.len()) else { return };
        let mut pieces = 1;
        for next in graph.ids().skip(id.index() + 1).take(4 * PIECES) {
            let (Value::Bytes(data) | Value::ByteArray(data) | Value::Str8(data)) = graph.value(next) else { continue };
            if data.len < 4 || data.len > MAX_ENCODED || pieces == PIECES {
                continue;
            }
            let Some(piece) = self.whole(&data).and_then(|piece| piece.read_vec(0, piece.len()).ok()) else { return };
            all.extend(piece);
            pieces += 1;
            if self.open(id, Bytes::from_vec(all.clone()), "in pieces inside its data") {
                return;
            }
        }
    }

    /// Texts or bytes behind each other in a list, or as the values of a dict, that are one when they are put together.
    fn pieces(&mut self, id: NodeId, held: Value<'_>) {
        let graph = &self.pickled.decoded.graph;
        // Reads from the graph only while pieces come: a list of numbers ends at its first item.
        let plain = |id: NodeId| match graph.value(id) {
            Value::Text(data) | Value::Str8(data) | Value::Bytes(data) | Value::ByteArray(data) => Some(data),
            _ => None,
        };
        // Bytes below protocol 3 are written as a text in Latin-1 that is encoded.
        let piece = |id: NodeId| match graph.value(id) {
            Value::Object(object) if graph.symbol(object.callee).is_some_and(|s| &*s.name == "encode") => {
                graph.items(object.args).and_then(|args| args.first()).and_then(|text| plain(*text))
            }
            _ => plain(id),
        };
        let (first, last) = match held {
            Value::List([first, .., last]) | Value::Tuple([first, .., last]) => (*first, *last),
            Value::Dict(pairs) if pairs.len() > 1 => match (pairs.get(0), pairs.get(pairs.len() - 1)) {
                (Some((_, first)), Some((_, last))) => (first, last),
                _ => return,
            },
            _ => return,
        };
        // The kinds alone say for nearly all lists of a large file that they hold no pieces.
        let may_be = |id: NodeId| {
            matches!(graph.kind(id), Kind::Text | Kind::Str8 | Kind::Bytes | Kind::ByteArray | Kind::Object)
        };
        let begins = |id: NodeId| may_be(id) && piece(id).is_some_and(|data| encodings::begins(data.kept));
        if !may_be(first) && !begins(last) {
            return;
        }
        let mut ids: Vec<NodeId> = match held {
            Value::List(items) | Value::Tuple(items) => items.iter().copied().take(MAX_PIECES).collect(),
            Value::Dict(pairs) => pairs.iter().map(|(_, value)| value).take(MAX_PIECES).collect(),
            _ => return,
        };
        // The last piece may come first.
        if ids.last().is_some_and(|last| begins(*last)) && !begins(first) {
            ids.reverse();
        }
        let Some(first) = ids.first().and_then(|id| piece(*id)) else { return };
        if ids.len() < 2 || first.len == 0 || self.guessed > MAX_GUESSED {
            return;
        }
        // The arguments of `_codecs.encode`, which are bytes of their own.
        let codec =
            |id: &NodeId| graph.str(*id).is_some_and(|text| matches!(text, "latin1" | "latin-1" | "utf-8" | "ascii"));
        if ids.len() == 2 && ids.get(1).is_some_and(codec) {
            return;
        }
        self.guessed += 1;
        // The beginning decides whether it is worth to read the rest.
        let mut head = Vec::new();
        for data in ids.iter().filter_map(|id| piece(*id)) {
            head.extend_from_slice(data.kept);
            if head.len() >= HEAD || !data.is_whole() {
                break;
            }
        }
        if head.len() <= first.kept.len() && first.is_whole() || !encodings::begins(&head) && decoded(&head).is_none() {
            return;
        }
        // A first piece that is whole by itself is one of several, and was looked at by itself.
        let Some(raw) = self.whole(&first).and_then(|raw| raw.read_vec(0, raw.len()).ok()) else { return };
        let raw = if encodings::begins(&raw) { raw } else { decoded(&raw).unwrap_or_default() };
        let packed = matches!(raw.first(), Some(0x1f | 0x78 | b'P' | b'B' | 0xfd | 0x5d | 0x28 | 0x04));
        if !packed && raw.len() > 16 && !is_cut(&Bytes::from_vec(raw)) {
            return;
        }
        let mut all = Vec::new();
        for data in ids.iter().filter_map(|id| piece(*id)) {
            if all.len() as u64 + data.len > MAX_ENCODED {
                return;
            }
            let Some(raw) = self.whole(&data).and_then(|raw| raw.read_vec(0, raw.len()).ok()) else { return };
            all.extend(raw);
        }
        let inner = if encodings::begins(&all) { Some(all) } else { decoded(&all) };
        if let Some(inner) = inner {
            self.open(id, Bytes::from_vec(inner), "in pieces inside its data");
        }
    }

    /// A list of the numbers of its bytes: see [`numbers::bytes`].
    fn numbers(&mut self, id: NodeId, held: Value<'_>) {
        let graph = &self.pickled.decoded.graph;
        let items: Vec<NodeId> = match held {
            Value::List(items) | Value::Tuple(items) if items.len() >= LEAST && items.len() as u64 <= MAX_ENCODED => {
                // The first decide; the others are looked at only if they begin like something.
                let head = items.get(..LEAST).unwrap_or_default();
                let first = head.first().is_some_and(|id| numbers::may_begin(graph, *id));
                if !first || numbers::bytes(graph, head).is_none() {
                    return;
                }
                items.to_vec()
            }
            // State is a dict, too, and shorter.
            Value::Dict(pairs) if pairs.len() >= 4 * LEAST && pairs.len() as u64 <= MAX_ENCODED => {
                if !pairs.iter().next().is_some_and(|(_, value)| numbers::may_begin(graph, value)) {
                    return;
                }
                let head: Vec<NodeId> = pairs.iter().map(|(_, value)| value).take(LEAST).collect();
                if numbers::bytes(graph, &head).is_none() {
                    return;
                }
                pairs.iter().map(|(_, value)| value).collect()
            }
            _ => return,
        };
        if let Some(all) = numbers::bytes(graph, &items) {
            self.open(id, Bytes::from_vec(all), "as numbers inside its data");
        }
    }
}

/// True for a pickle that breaks because it ends, and by nothing else.
fn is_cut(bytes: &Bytes) -> bool {
    let limits = Limits { memory_bytes: MAX_BYTES, ..Limits::default() };
    let decoded = decode_first(1, bytes, None, &limits, &Progress::new());
    decoded.pickles.first().is_some_and(|pickle| match &pickle.how {
        End::Broke(error) => match &error.kind {
            ErrorKind::Truncated { .. } | ErrorKind::NoStop => true,
            // The line of an opcode of protocol 0.
            ErrorKind::BadArgument { .. } => bytes
                .read_vec(error.at.start, bytes.len().saturating_sub(error.at.start))
                .is_ok_and(|rest| !rest.contains(&b'\n')),
            _ => false,
        },
        End::Stop { .. } => false,
    })
}

/// Reads content as a file of its own. What turns out to be no pickle, or one that breaks at once, is nothing.
pub(super) fn open(collector: &mut Collector<'_>, bytes: Bytes, place: Place, whereabouts: &str, depth: usize) -> bool {
    open_at(collector, bytes, place, whereabouts, depth, false)
}

/// The same; `amid` says that the caller goes on to look behind the beginning of `bytes` by itself.
pub(super) fn open_at(
    collector: &mut Collector<'_>,
    bytes: Bytes,
    place: Place,
    whereabouts: &str,
    depth: usize,
    amid: bool,
) -> bool {
    if collector.opened.get() >= MAX_OPENED {
        let words = format!("More than {MAX_OPENED} places look like a pickle; the others were not opened");
        collector.add(&rules::NOT_OPENED, String::new(), words, place, Executed::No);
        return true;
    }
    collector.opened.set(collector.opened.get() + 1);
    let limits = Limits { inflated_bytes: MAX_BYTES, memory_bytes: MAX_BYTES, ..Limits::default() };
    let artifact = formats::read(&collector.artifact.path, bytes, &limits, &Progress::new());
    let sound = |pickled: &Pickled| {
        let decoded = &pickled.decoded;
        decoded.pickles.first().is_some_and(|first| first.is_complete() && first.n_ops > 2)
            || !decoded.effects.is_empty()
    };
    if !artifact.pickles().any(|(_, _, pickled)| sound(pickled)) {
        return unpacked(&artifact).is_some_and(|inner| {
            depth < MAX_DEPTH && open(collector, inner, place, "encoded and compressed inside its data", depth + 1)
        });
    }
    if depth >= MAX_DEPTH {
        let words = format!("More than {MAX_DEPTH} pickles inside each other");
        collector.add(&rules::NOT_OPENED, String::new(), words, place, Executed::No);
        return true;
    }
    let report = report_below(&artifact, collector.allow, collector.opened, depth + 1, amid);
    // Numbers may begin like a pickle of a few opcodes; what would be loaded is judged without what stands behind it.
    let told = report.findings.iter().filter(|finding| finding.rule.id != rules::TRAILING.id);
    let worst = told.max_by_key(|finding| finding.rule.severity);
    let verdict = report.verdict(&artifact);
    // A pickle that merely breaks off is data that look like one.
    let telling = worst.filter(|worst| {
        !matches!(worst.rule.id, "incomplete" | "readers-disagree") || verdict == FileVerdict::Dangerous
    });
    match telling.map(|worst| (worst, worst.rule.severity)) {
        Some((worst, Severity::Danger)) => {
            let call = escape::plain(&format!("{}{}", worst.callable, worst.arguments));
            let words = format!("A pickle {whereabouts} would, if something loaded it, reach {call}");
            collector.add(&rules::HIDDEN_PICKLE, worst.callable.clone(), words, place, Executed::No);
        }
        Some((worst, Severity::Caution)) => {
            let words = format!("A pickle {whereabouts}: {}", worst.title());
            collector.add(&rules::HIDDEN_UNKNOWN, worst.callable.clone(), words, place, Executed::No);
        }
        _ if artifact.is_complete() => {
            let words = format!("A pickle {whereabouts} builds only known objects");
            collector.add(&rules::PICKLE_IN_BYTES, String::new(), words, place, Executed::No);
        }
        _ => return false,
    }
    true
}

/// All of `bytes`, unless they are more than an encoding is looked for in.
fn small(bytes: &Bytes) -> Option<Vec<u8>> {
    if bytes.len() > MAX_ENCODED { None } else { bytes.read_vec(0, bytes.len()).ok() }
}

/// What a compressed file that holds no pickle stands for, if it is the text of an encoding.
pub(super) fn unpacked(artifact: &Artifact) -> Option<Bytes> {
    let id = artifact.streams.innermost().filter(|id| *id != StreamId::FILE)?;
    let bytes = &artifact.streams.get(id)?.bytes;
    let raw = small(bytes)?;
    let chain = encodings::chain(&raw, raw.get(raw.len().saturating_sub(128)..)?)?;
    encodings::take_off(&raw, &chain, usize::try_from(MAX_ENCODED).ok()?).map(Bytes::from_vec)
}

/// Opens the bytes that calls of the file load (PyTorch's storages in plain pickles).
pub(super) fn loaded(collector: &mut Collector<'_>, depth: usize) {
    for (part, node) in std::mem::take(&mut collector.loads) {
        let Some(pickled) = collector.artifact.pickled(part) else { continue };
        let bytes = formats::arrays::content(&pickled.decoded, node, &Vec::new()).ok().flatten();
        let at = pickled.decoded.bytes.span(pickled.decoded.graph.offset(node), 1);
        let place = Place { part, at, node: Some(node), op: None };
        let opened = bytes.is_some_and(|bytes| open(collector, bytes, place, "that it loads itself", depth));
        if !opened {
            let words = "Loads bytes that are no file picklescope can open".to_owned();
            collector.add(
                &rules::NOT_OPENED,
                "torch.storage._load_from_bytes".to_owned(),
                words,
                place,
                Executed::Call,
            );
        }
    }
}

/// What bytes stand for if they are the text of an encoding.
pub(super) fn text(bytes: &Bytes) -> Option<Bytes> {
    let head = bytes.head(128).ok()?;
    let sound = head.len() > 20 && head.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    let raw = if sound { small(bytes)? } else { return None };
    decoded(raw.trim_ascii()).map(Bytes::from_vec)
}
