//! Tar archives: headers of 512 bytes, each with its data behind it. The name and size of a member may be overridden by
//! headers before it (GNU's long names, the pax records of POSIX).

use super::{Archive, Codec, Member, margin};
use crate::bytes::{Bytes, Error, ErrorKind, Limits};

/// Headers and data begin at multiples of this.
const BLOCK: u64 = 512;
/// Bytes of padding that are looked at.
const PADDING: u64 = 1 << 20;
/// Longest name or pax record that is read.
const EXTENDED: u64 = 1 << 20;

/// True if `head` is a tar header: its checksum, which every tar has had since 1979, is right.
pub fn is_header(head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else { return false };
    let Some(stated) = header.get(148..156).and_then(number) else { return false };
    let sum: u64 =
        header.iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u64::from(*b) }).sum();
    // A block of zeros has the sum of its eight blanks, and names nothing.
    sum == stated && header.first() != Some(&0)
}

/// Lists the members of `bytes`. Only headers are read.
pub fn list(bytes: &Bytes, limits: &Limits) -> Archive {
    let mut archive = Archive::default();
    let (mut at, mut next) = (0, Overrides::default());
    while let Ok(header) = bytes.read_vec(at, BLOCK) {
        if !is_header(&header) {
            // Two blocks of zeros are the end; writers pad behind them.
            if header.iter().any(|b| *b != 0) {
                archive.problems.push(problem(bytes, at, "what stands here is no header; nothing behind it is listed"));
            } else if let Some(at) = not_zero(bytes, at, bytes.len()) {
                archive.problems.push(problem(bytes, at, "bytes stand behind its end, which no reader of tars sees"));
                archive.end = at;
            }
            break;
        }
        let field = |from: usize, len: usize| header.get(from..from + len).unwrap_or(&[]);
        let size = next.size.take().or_else(|| number(field(124, 12)));
        let Some(size) = size else {
            archive.problems.push(problem(bytes, at, "the size of a member is no number; nothing behind it is listed"));
            break;
        };
        let data_at = at + BLOCK;
        let left = bytes.len().saturating_sub(data_at);
        let kind = field(156, 1).first().copied().unwrap_or(0);
        match kind {
            b'L' => next.name = bytes.read_vec(data_at, size.min(left).min(EXTENDED)).ok().map(|raw| text(&raw)),
            b'x' | b'g' => {
                let mut held = Overrides::default();
                let odd = held.pax(&bytes.read_vec(data_at, size.min(left).min(EXTENDED)).unwrap_or_default());
                archive.problems.extend(odd.map(|odd| problem(bytes, at, &odd)));
                // What holds for all members (g) names none.
                if kind == b'x' {
                    next = Overrides { name: held.name.or(next.name), size: held.size };
                }
            }
            // Long names of links name no member.
            b'K' => {}
            // Links, devices and folders have no data, whatever their size says; unknown kinds are read as files.
            b'1'..=b'6' => {
                let target = text(field(157, 100));
                let out = target.starts_with('/') || margin::name(&target).is_some();
                if matches!(kind, b'1' | b'2') && out {
                    archive.problems.push(problem(bytes, at, &format!("a link leads out of it, to {target:?}")));
                }
                if matches!(kind, b'3' | b'4' | b'6') {
                    archive.problems.push(problem(bytes, at, "a device or a pipe is made where it is unpacked"));
                }
                next = Overrides::default();
                at = data_at;
                continue;
            }
            _ => {
                let name = std::mem::take(&mut next).name.unwrap_or_else(|| own_name(&header));
                if let Some(odd) = margin::name(&name) {
                    archive.problems.push(problem(bytes, at, &format!("the name of member {name:?} {odd}")));
                }
                if size > left {
                    let kind = ErrorKind::Truncated { what: "tar member", needed: size, left };
                    archive.problems.push(Error { at: bytes.span(at, BLOCK), kind });
                }
                archive.members.push(Member {
                    name: name.into(),
                    codec: Some(Codec::Stored),
                    method: 0,
                    size: Some(size),
                    header_at: at,
                    data_at,
                    data_len: size.min(left),
                    crc: None,
                });
            }
        }
        let Some(behind) = size.checked_next_multiple_of(BLOCK).and_then(|size| data_at.checked_add(size)) else {
            break;
        };
        if let Some(at) = not_zero(bytes, data_at.saturating_add(size), behind) {
            archive.problems.push(problem(bytes, at, "bytes stand where a member is padded, which no reader sees"));
        }
        at = behind;
        if archive.members.len() as u64 >= limits.members {
            let kind = ErrorKind::Limit { what: "tar members", limit: limits.members };
            archive.problems.push(Error { at: bytes.span(at.min(bytes.len()), 0), kind });
            break;
        }
    }
    if archive.end == 0 {
        archive.end = bytes.len();
    }
    archive
}

/// The first byte of a range that is not 0. Padding is short; of a long one only the beginning is read.
fn not_zero(bytes: &Bytes, from: u64, to: u64) -> Option<u64> {
    let to = to.min(bytes.len());
    let padding = bytes.read_vec(from, to.checked_sub(from)?.min(PADDING)).ok()?;
    padding.iter().position(|b| *b != 0).map(|i| from + i as u64)
}

fn problem(bytes: &Bytes, at: u64, message: &str) -> Error {
    Error { at: bytes.span(at, BLOCK), kind: ErrorKind::Archive { what: "tar", message: message.to_owned() } }
}

/// What the headers before a member say of it.
#[derive(Default)]
struct Overrides {
    name: Option<String>,
    size: Option<u64>,
}

impl Overrides {
    /// Reads pax records: `LENGTH KEY=VALUE\n`, the length being that of the whole record. Gives what is odd in them.
    fn pax(&mut self, mut records: &[u8]) -> Option<String> {
        let mut odd = None;
        while let Some(blank) = memchr::memchr(b' ', records) {
            let len = records.get(..blank).and_then(|raw| std::str::from_utf8(raw).ok()).and_then(|n| n.parse().ok());
            let Some((record, rest)) = len.and_then(|len: usize| records.split_at_checked(len)) else { break };
            let record = record.get(blank + 1..).and_then(|record| record.strip_suffix(b"\n")).unwrap_or(&[]);
            if let Some(path) = record.strip_prefix(b"path=") {
                self.name = Some(text(path));
            } else if let Some(size) = record.strip_prefix(b"size=") {
                self.size = std::str::from_utf8(size).ok().and_then(|size| size.parse().ok());
            }
            if let Some(end) = memchr::memchr(b'=', record) {
                let (key, value) = record.split_at(end);
                odd = odd.or_else(|| margin::pax(key, value.get(1..).unwrap_or(&[])));
            }
            records = rest;
        }
        odd
    }
}

fn text(raw: &[u8]) -> String {
    let end = memchr::memchr(0, raw).unwrap_or(raw.len());
    String::from_utf8_lossy(raw.get(..end).unwrap_or(raw)).into_owned()
}

/// The name in the header itself: with the prefix of POSIX, if it is one of theirs.
fn own_name(header: &[u8]) -> String {
    let name = text(header.get(..100).unwrap_or(&[]));
    let posix = header.get(257..263) == Some(b"ustar\0");
    let prefix = if posix { text(header.get(345..500).unwrap_or(&[])) } else { String::new() };
    if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
}

/// A number: octal digits between blanks and NULs, or big-endian bytes behind a first byte of 0x80.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, rest @ ..] = field {
        return rest.iter().try_fold(0u64, |n, b| n.checked_mul(256)?.checked_add(u64::from(*b)));
    }
    let digits = text(field);
    let digits = digits.trim_matches(' ');
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}
