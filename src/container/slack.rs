//! What stands in a zip archive beside its members: its comment, extra fields, gaps between the members, flags and counts.
//! No reader of models looks at these, so nothing belongs there that could be read as something.

use std::collections::HashMap;

use super::Archive;
use super::margin::{self, is_note};
use crate::bytes::{Bytes, Cursor, Error, ErrorKind, Problem, Result};

const END: &[u8] = b"PK\x05\x06";
const END64: &[u8] = b"PK\x06\x06";
const CENTRAL: &[u8] = b"PK\x01\x02";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
/// Problems of this kind that are kept of an archive.
const KEPT: usize = 20;
/// Bytes of the directory that are read: a million members.
const DIRECTORY: u64 = 128 << 20;
/// Bytes of a gap that are looked at.
const GAP: u64 = 1 << 16;

/// Kinds of extra fields that writers of archives have: ZIP64, NTFS and Unix times, owners, alignment (Android's and
/// PyTorch's), the mark of Java archives, Unicode comments.
const EXTRAS: &[u16] =
    &[0x0001, 0x000a, 0x5455, 0x5855, 0x7855, 0x7875, 0x4246, 0xd935, 0xa11e, 0xcafe, 0x6375, 0x9901, 0x0017];
/// Info-ZIP's Unicode name: a second name of the member.
const UNICODE_NAME: u16 = 0x7075;
/// Flags 6 and 13: encryption of other kinds.
const STRONG: u16 = 1 << 6 | 1 << 13;

/// Adds what is odd. `directory` is where the directory begins.
pub(super) fn look(bytes: &Bytes, directory: u64, archive: &mut Archive) {
    let mut found = Vec::new();
    let mut say = |at: u64, message: String| {
        if found.len() < KEPT {
            found.push(problem(bytes, at, message));
        }
    };
    gaps(bytes, directory, archive, &mut say);
    // A directory that cannot be read is a problem by itself.
    let _ = entries(bytes, directory, archive, &mut say);
    let _ = comment(bytes, &mut say);
    archive.problems.extend(found);
}

fn problem(bytes: &Bytes, at: u64, message: String) -> Problem {
    Error { at: bytes.span(at.min(bytes.len()), 0), kind: ErrorKind::Archive { what: "zip", message } }
}

/// Bytes between members, and before the directory, that are no padding and no sizes behind a member.
fn gaps(bytes: &Bytes, directory: u64, archive: &Archive, say: &mut impl FnMut(u64, String)) {
    let mut ranges: Vec<(u64, u64)> = archive.members.iter().map(|m| (m.header_at, m.end())).collect();
    ranges.push((directory, directory));
    ranges.sort_unstable();
    let mut at = ranges.first().map_or(0, |(start, _)| *start);
    for (start, end) in ranges {
        if start > at {
            let gap = bytes.read_vec(at, (start - at).min(GAP)).unwrap_or_default();
            let sizes = start - at <= 24 && (gap.starts_with(DESCRIPTOR) || matches!(start - at, 12 | 20));
            if !sizes && gap.iter().any(|b| *b != 0) {
                say(at, format!("{} bytes that belong to no member stand before {start:#x}", start - at));
            }
        }
        at = at.max(end);
    }
}

/// Extra fields, flags, and the number of the entries of the directory.
fn entries(bytes: &Bytes, directory: u64, archive: &Archive, say: &mut impl FnMut(u64, String)) -> Result<()> {
    let raw = bytes.read_vec(directory, archive.end.min(bytes.len()).saturating_sub(directory).min(DIRECTORY))?;
    let names: HashMap<u64, &str> = archive.members.iter().map(|m| (m.header_at, &*m.name)).collect();
    let mut cursor = Cursor::new(&raw, bytes.stream(), directory);
    let mut n = 0u64;
    while raw.get(cursor.position()..).is_some_and(|rest| rest.starts_with(CENTRAL)) {
        let at = cursor.offset();
        cursor.take(8, "zip directory")?;
        let flags = cursor.u16_le("zip directory")?;
        cursor.take(10, "zip directory")?;
        let (data_len, size) = (cursor.u32_le("zip directory")?, cursor.u32_le("zip directory")?);
        let mut len = || cursor.u16_le("zip directory").map(usize::from);
        let (name_len, extra_len, note_len) = (len()?, len()?, len()?);
        cursor.take(8, "zip directory")?;
        let header_at = u64::from(cursor.u32_le("zip directory")?);
        let name = cursor.take(name_len, "zip directory")?;
        let extra = cursor.take(extra_len, "zip directory")?;
        let note = cursor.take(note_len, "zip directory")?;
        n += 1;
        let shown =
            names.get(&header_at).map_or_else(|| String::from_utf8_lossy(name).into_owned(), |n| (*n).to_owned());
        extras(extra, name, &mut |message| say(at, format!("{message} (member {shown:?})")));
        if let Some(message) = disagrees(extra, size, data_len, false) {
            say(at, format!("{message} (member {shown:?})"));
        }
        if let Some(odd) = margin::name(&String::from_utf8_lossy(name)) {
            say(at, format!("the name of member {shown:?} {odd}"));
        }
        if flags & STRONG != 0 {
            say(at, format!("member {shown:?} is called encrypted by a flag that few readers look at"));
        }
        if name.ends_with(b"/") && size > 0 {
            say(at, format!("{shown:?} is called a folder and holds {size} bytes"));
        }
        if !is_note(note) {
            say(at, format!("the comment of member {shown:?} is no text"));
        }
        // The header in front of the member has extra fields of its own.
        if let Ok(head) = bytes.read_vec(header_at, 30)
            && let Some((sizes, [a, b, c, d])) = head.get(18..).and_then(|tail| tail.split_last_chunk::<4>())
            && let ([.., data_len, size], _) = sizes.as_chunks::<4>()
        {
            let (name_len, extra_len) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
            let extra_at = header_at + 30 + u64::from(name_len);
            let extra = bytes.read_vec(extra_at, u64::from(extra_len)).unwrap_or_default();
            extras(&extra, name, &mut |message| say(extra_at, format!("{message} (member {shown:?})")));
            let (data_len, size) = (u32::from_le_bytes(*data_len), u32::from_le_bytes(*size));
            if let Some(message) = disagrees(&extra, size, data_len, true) {
                say(extra_at, format!("{message} (member {shown:?})"));
            }
        }
    }
    if let Some(stated) = stated(bytes)
        && stated != n & 0xffff
        && stated != 0xffff
    {
        say(archive.end, format!("its end says {stated} members, its directory lists {n}"));
    }
    Ok(())
}

/// Says what is odd in the extra fields of a header.
fn extras(mut extra: &[u8], name: &[u8], say: &mut impl FnMut(String)) {
    while let [a, b, c, d, rest @ ..] = extra {
        let (kind, len) = (u16::from_le_bytes([*a, *b]), usize::from(u16::from_le_bytes([*c, *d])));
        let Some((field, rest)) = rest.split_at_checked(len) else {
            // Padding to an alignment need not be a field.
            if extra.iter().any(|b| *b != 0) {
                say(format!("an extra field says {len} bytes, {} are there", rest.len()));
            }
            return;
        };
        extra = rest;
        let filled = field.iter().skip(1).zip(field).any(|(a, b)| a != b);
        match kind {
            // Version, CRC of the name it replaces, and the name.
            UNICODE_NAME if field.get(5..).is_some_and(|other| other != name) => {
                say("an extra field gives it another name, which some readers take".to_owned());
            }
            UNICODE_NAME => {}
            // Alignment is made of one byte over and over; what Java marks is empty.
            0x4246 | 0xd935 | 0xa11e | 0xcafe if field.len() > 8 && filled => {
                say(format!("an extra field that should be padding holds {len} bytes of something"));
            }
            0x0001 if len > 28 || !matches!(len, 0 | 4 | 8 | 12 | 16 | 20 | 24 | 28) => {
                say(format!("an extra field for sizes of 64 bits has {len} bytes"));
            }
            kind if EXTRAS.contains(&kind) && len <= 64 => {}
            0 if !filled => {}
            _ if len > 8 && filled => {
                say(format!("an extra field of kind {kind:#06x} holds {len} bytes that no reader needs"))
            }
            _ => {}
        }
    }
}

/// Why the sizes of 64 bits in an extra field are not those of the header. They count only where the header has the greatest
/// number in their place; some readers take them all the same. `own` is for the header in front of the member, of which
/// both sizes are in the field, or zeros where they follow the data.
fn disagrees(mut extra: &[u8], size: u32, data_len: u32, own: bool) -> Option<String> {
    let mut fields = 0;
    let mut found = None;
    while let Some(([a, b, c, d], rest)) = extra.split_first_chunk::<4>() {
        let (kind, len) = (u16::from_le_bytes([*a, *b]), usize::from(u16::from_le_bytes([*c, *d])));
        let (field, rest) = rest.split_at_checked(len)?;
        extra = rest;
        if kind != 1 {
            continue;
        }
        fields += 1;
        let (values, _) = field.as_chunks::<8>();
        let mut values = values.iter().map(|raw| u64::from_le_bytes(*raw));
        let wanted = [size, data_len];
        let missing = wanted.iter().filter(|wanted| **wanted == u32::MAX).count();
        // Writers leave out what stands in the header, or repeat it.
        if missing == 1 && !own || values.len() < 2 {
            continue;
        }
        for wanted in wanted {
            let value = values.next().unwrap_or(0);
            if wanted != u32::MAX && wanted != 0 && (value != 0 || !own) && value != u64::from(wanted) {
                found = Some(format!("its header says {wanted} bytes, an extra field says {value}"));
            }
        }
    }
    if fields > 1 { Some(format!("{fields} extra fields give it sizes of 64 bits")) } else { found }
}

/// A comment is text.
fn comment(bytes: &Bytes, say: &mut impl FnMut(u64, String)) -> Result<()> {
    let Some(end) = super::zip::end_record(bytes) else { return Ok(()) };
    let record = bytes.read_vec(end, 22)?;
    let len = u64::from(record.get(20..).and_then(|raw| raw.first_chunk()).map_or(0, |len| u16::from_le_bytes(*len)));
    let comment = bytes.read_vec(end + 22, len.min(bytes.len().saturating_sub(end + 22)))?;
    if !is_note(&comment) {
        say(end + 22, format!("its comment of {} bytes is no text", comment.len()));
    }
    Ok(())
}

/// The number of members in the end record, where it is not that of 64 bits.
fn stated(bytes: &Bytes) -> Option<u64> {
    let end = super::zip::end_record(bytes)?;
    let record = bytes.read_vec(end, 22).ok().filter(|record| record.starts_with(END))?;
    let is64 = end.checked_sub(76).is_some_and(|at| bytes.read_vec(at, 4).is_ok_and(|found| found == END64));
    let n = record.get(10..).and_then(|raw| raw.first_chunk()).map(|n| u64::from(u16::from_le_bytes(*n)));
    n.filter(|_| !is64)
}
