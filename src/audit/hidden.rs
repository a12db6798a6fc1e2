//! Pickles inside the data of pickles: in bytes and text, plain, compressed, as base64 or hex digits; behind the end of the
//! stream; behind the place where it breaks. Each is read like a file of its own and audited.

use base64::Engine as _;

use super::finding::{Collector, Executed, Place};
use super::rules::{self, Severity};
use super::{FileVerdict, report_below};
use crate::array::Elements;
use crate::bytes::{Bytes, ErrorKind, Limits, Progress};
use crate::formats::{self, Pickled};
use crate::pickle::graph::Data;
use crate::pickle::{End, Kind, NodeId, Value};
use crate::view::escape;

/// Files in files in files: deeper ones are not opened, which is a finding.
pub(super) const MAX_DEPTH: usize = 4;
/// Bytes of one file that are read for this.
const MAX_BYTES: u64 = 64 << 20;
/// Places of one file that are tried.
const MAX_TRIED: usize = 4_000;
/// Places behind an end that are tried.
const MAX_BEHIND: usize = 64;
/// How far behind an end is looked.
const BEHIND: u64 = 4 << 20;

/// How content may hold a pickle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Plain,
    /// Text that stands for bytes of the same numbers.
    Latin1,
    Base64,
    Hex,
}

/// True if bytes begin like a pickle, or like what may hold one.
fn begins(head: &[u8]) -> bool {
    match head {
        [0x80, 2..=5, ..] | [0x1f, 0x8b, 8, ..] | [b'P', b'K', 3, 4, ..] | [b'B', b'Z', b'h', ..] => true,
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] | [0xfd, b'7', b'z', b'X', b'Z', 0, ..] | [0x5d, 0, 0, ..] => true,
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] | [4, 0x22, 0x4d, 0x18, ..] => true,
        // Protocols 0 and 1: names of a module in lines, in a mark or not.
        [b'c' | b'i', rest @ ..] | [b'(', b'c' | b'i', rest @ ..] | [b']' | b'(', b'(', b'c' | b'i', rest @ ..] => {
            let line = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'.')).count();
            line > 0 && rest.get(line) == Some(&b'\n')
        }
        _ => false,
    }
}

/// Looks at the first bytes of content. Cheap: it is asked of every text and bytes of a file.
fn form(head: &[u8], len: u64, is_text: bool) -> Option<Form> {
    if !is_text && begins(head) {
        return Some(Form::Plain);
    }
    let start = head.get(..40).unwrap_or(head);
    if is_text {
        let text = String::from_utf8_lossy(start);
        let latin1: Option<Vec<u8>> = text.chars().take(32).map(|c| u8::try_from(u32::from(c)).ok()).collect();
        if latin1.is_some_and(|bytes| begins(&bytes)) {
            return Some(Form::Latin1);
        }
    }
    // Digits of an encoding, long enough to hold a call.
    if len < 16 || !start.is_ascii() {
        return None;
    }
    if start.iter().all(u8::is_ascii_hexdigit) && len.is_multiple_of(2) {
        return Some(Form::Hex);
    }
    let digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=' | b'\n' | b'\r');
    start.iter().all(digit).then_some(Form::Base64)
}

/// Looks into the data of one part.
pub(super) fn inside(collector: &mut Collector<'_>, part: usize, pickled: &Pickled, depth: usize) {
    let graph = &pickled.decoded.graph;
    let (mut left, mut tried) = (MAX_BYTES, 0);
    for id in graph.ids() {
        let (data, is_text) = match graph.kind(id) {
            Kind::Text | Kind::Str8 | Kind::Bytes | Kind::ByteArray => match graph.value(id) {
                Value::Bytes(data) | Value::ByteArray(data) => (data, false),
                // Python 2 strings are bytes as often as text.
                Value::Str8(data) => (data, false),
                Value::Text(data) => (data, true),
                _ => continue,
            },
            _ => continue,
        };
        if data.len < 4 {
            continue;
        }
        let Some(form) = form(data.kept, data.len, is_text) else {
            within(collector, part, pickled, id, &data, depth, &mut tried);
            continue;
        };
        tried += usize::from(matches!(form, Form::Plain | Form::Latin1));
        if tried > MAX_TRIED || data.len > left {
            break;
        }
        left -= data.len;
        let Some(bytes) = content(pickled, &data, form) else {
            within(collector, part, pickled, id, &data, depth, &mut tried);
            continue;
        };
        let place = Place { part, at: pickled.decoded.bytes.span(graph.offset(id), 1), node: Some(id), op: None };
        open(collector, bytes, place, "inside its data", depth);
    }
    for array in collector.artifact.arrays.iter().filter(|array| array.part == part).take(MAX_TRIED) {
        let Elements::Bytes(bytes) = &array.elements else { continue };
        let head = bytes.head(4).unwrap_or_default();
        // Numbers begin like anything: a frame or a first name must follow.
        let like = matches!(head.as_slice(), [0x80, 4 | 5, 0x95, ..] | [0x80, 2 | 3, b'c' | b'(' | b']' | b'}', ..])
            || head.starts_with(b"cos\n")
            || head.starts_with(b"PK\x03\x04");
        if like && bytes.len() <= left {
            left -= bytes.len();
            let node = array.node.map(NodeId::from_raw);
            open(collector, bytes.clone(), Place { part, at: array.span, node, op: None }, "inside an array", depth);
        }
    }
}

/// Looks for a pickle further inside bytes: behind a prefix that hides it from who looks at the beginning only.
fn within(
    collector: &mut Collector<'_>,
    part: usize,
    pickled: &Pickled,
    id: NodeId,
    data: &Data<'_>,
    depth: usize,
    tried: &mut usize,
) {
    const MOST: u64 = 1 << 16;
    if data.len < 12 || data.len > MOST || *tried >= MAX_TRIED {
        return;
    }
    for at in memchr::memchr_iter(0x80, data.kept).take(16) {
        // A protocol, and an opcode that pickles go on with.
        let goes_on = |b: &u8| matches!(b, 0x95 | 0x8c | b'c' | b'(' | b']' | b'}' | b'X' | b'I' | b'K');
        if !data.kept.get(at + 1).is_some_and(|b| (2..=5).contains(b)) || !data.kept.get(at + 2).is_some_and(goes_on) {
            continue;
        }
        *tried += 1;
        let Some(bytes) = content(pickled, data, Form::Plain) else { return };
        let at = at as u64;
        let Ok(bytes) = bytes.slice(at, bytes.len().saturating_sub(at)) else { return };
        let place = Place {
            part,
            at: pickled.decoded.bytes.span(pickled.decoded.graph.offset(id), 1),
            node: Some(id),
            op: None,
        };
        if open(collector, bytes, place, "inside its data", depth) {
            return;
        }
    }
}

/// The bytes that content stands for; None if they turn out to be none that could hold a pickle.
fn content(pickled: &Pickled, data: &Data<'_>, form: Form) -> Option<Bytes> {
    let raw = match (data.is_whole(), data.at) {
        (true, _) => data.kept.to_vec(),
        (false, Some(at)) if form == Form::Plain => return pickled.decoded.bytes.slice(at, data.len).ok(),
        (false, Some(at)) => pickled.decoded.bytes.read_vec(at, data.len).ok()?,
        (false, None) => return None,
    };
    undigest(raw, form, 3)
}

fn undigest(raw: Vec<u8>, form: Form, layers: usize) -> Option<Bytes> {
    let bytes = match form {
        Form::Plain => raw,
        Form::Latin1 => {
            let byte = |c: char| u8::try_from(u32::from(c)).ok();
            std::str::from_utf8(&raw).ok()?.chars().map(byte).collect::<Option<Vec<u8>>>()?
        }
        Form::Base64 => {
            let clean: Vec<u8> = raw.into_iter().filter(|b| !b.is_ascii_whitespace()).collect();
            let engine = base64::engine::general_purpose::STANDARD;
            engine.decode(&clean).or_else(|_| base64::engine::general_purpose::URL_SAFE.decode(&clean)).ok()?
        }
        Form::Hex => {
            let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let pairs = raw.as_chunks::<2>();
            if !pairs.1.is_empty() {
                return None;
            }
            pairs.0.iter().map(|[a, b]| Some(digit(a)? << 4 | digit(b)?)).collect::<Option<Vec<u8>>>()?
        }
    };
    // Most digits are those of a hash or a name. Digits in digits are peeled here, a few times.
    match form {
        Form::Plain => Some(Bytes::from_vec(bytes)),
        _ if begins(&bytes) => Some(Bytes::from_vec(bytes)),
        Form::Base64 | Form::Hex if layers > 0 => {
            let inner = self::form(&bytes, bytes.len() as u64, false)
                .filter(|form| matches!(form, Form::Base64 | Form::Hex))?;
            undigest(bytes, inner, layers - 1)
        }
        _ => None,
    }
}

/// Reads content as a file of its own. What turns out to be no pickle, or one that breaks at once, is nothing.
fn open(collector: &mut Collector<'_>, bytes: Bytes, place: Place, whereabouts: &str, depth: usize) -> bool {
    let limits = Limits { inflated_bytes: MAX_BYTES, memory_bytes: MAX_BYTES, ..Limits::default() };
    let artifact = formats::read(&collector.artifact.path, bytes, &limits, &Progress::new());
    let sound = |pickled: &Pickled| {
        let decoded = &pickled.decoded;
        decoded.pickles.first().is_some_and(|first| first.is_complete() && first.n_ops > 2)
            || !decoded.effects.is_empty()
    };
    if !artifact.pickles().any(|(_, _, pickled)| sound(pickled)) {
        return false;
    }
    if depth >= MAX_DEPTH {
        let words = format!("More than {MAX_DEPTH} pickles inside each other");
        collector.add(&rules::NOT_OPENED, String::new(), words, place, Executed::No);
        return true;
    }
    let report = report_below(&artifact, collector.allow, depth + 1);
    let worst = report.findings.iter().max_by_key(|finding| finding.rule.severity);
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

/// Looks into a file that is nothing picklescope knows: a reader that skips what stands in front may find a pickle.
pub(super) fn nowhere(collector: &mut Collector<'_>, depth: usize) {
    let artifact = collector.artifact;
    if artifact.pickles().next().is_some() || !artifact.container.is_empty() || depth > 0 {
        return;
    }
    search(collector, &artifact.bytes.clone(), 0, 0, "behind what stands in front", depth);
}

/// Looks behind the end of a stream: behind its last STOP, or behind the place where it broke.
pub(super) fn behind(collector: &mut Collector<'_>, part: usize, pickled: &Pickled, depth: usize) {
    let decoded = &pickled.decoded;
    let Some(last) = decoded.pickles.iter().rev().find(|pickle| pickle.inside.is_none()) else { return };
    let from = match &last.how {
        End::Stop { .. } => last.end,
        End::Broke(error) if matches!(error.kind, ErrorKind::Cancelled) => return,
        End::Broke(error) => error.at.start + 1,
    };
    // PyTorch's old files go on with storages, which begin like anything.
    if pickled.main > 0 || from >= decoded.bytes.len() {
        return;
    }
    search(collector, &decoded.bytes, from, part, "behind the end, where no unpickler of this file gets,", depth);
}

/// Tries every place from `from` on that looks like the beginning of a pickle.
fn search(collector: &mut Collector<'_>, bytes: &Bytes, from: u64, part: usize, whereabouts: &str, depth: usize) {
    let len = (bytes.len() - from).min(BEHIND);
    let Ok(rest) = bytes.read_vec(from, len) else { return };
    let mut tried = 0;
    let mut at = 0;
    while let Some(here) = rest.get(at..).filter(|here| !here.is_empty()) {
        let candidate = match here {
            [0x80, 2..=5, ..] | [0x1f, 0x8b, 8, ..] => true,
            [b'c' | b'i' | b'(', ..] => begins(here.get(..128).unwrap_or(here)),
            _ => false,
        };
        if candidate {
            tried += 1;
            if tried > MAX_BEHIND {
                return;
            }
            let start = from + at as u64;
            let Ok(inner) = bytes.slice(start, bytes.len() - start) else { return };
            let place = Place { part, at: bytes.span(start, 1), node: None, op: None };
            if open(collector, inner, place, whereabouts, depth) {
                return;
            }
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pickles_are_told_by_their_first_bytes_in_each_form() {
        let of = |text: &[u8], is_text| form(text, text.len() as u64, is_text);
        assert_eq!(of(b"\x80\x04", false), Some(Form::Plain));
        assert_eq!(of("\u{80}\u{2}cos".as_bytes(), true), Some(Form::Latin1));
        // >>> base64.b64encode(b"\x80\x04\x95\x1c...")
        assert_eq!(of(b"gASVHAAAAAAAAACMBXBvc2l4", true), Some(Form::Base64));
        assert_eq!(of(b"8004951c00000000", true), Some(Form::Hex));
        assert_eq!(of(b"cos\nsystem\n", false), Some(Form::Plain));
        assert_eq!(of(b"(ios\nsystem\n", false), Some(Form::Plain));
        assert_eq!(of(b"class names", true), None);
        assert_eq!(of(b"a sentence of words", true), None);
    }
}
