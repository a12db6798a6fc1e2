//! Zip archives over `rawzip`, which gives the central directory as it is. The headers in front of the members are read
//! here: readers disagree on which of the two they believe, so what disagrees, overlaps, is duplicated or is hidden is a
//! problem of the archive, and every reading of a member is listed.

use std::collections::HashMap;
use std::io;

use rawzip::{ReaderAt, ZipLocator};

use super::{Archive, Codec, Member, slack};
use crate::bytes::{Bytes, Cursor, Error, ErrorKind, Limits, Problem, Result};

/// The end record is looked for in this many last bytes: its own 22, and the longest comment.
const TAIL: u64 = 22 + 0xffff;
/// Problems of one kind that are kept of an archive.
const KEPT: usize = 100;
/// Bytes searched for the end of a member whose header does not say it, in an archive without a directory.
const SEARCHED: u64 = 64 << 20;

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END64: &[u8] = b"PK\x06\x06";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";

struct At<'a>(&'a Bytes);

impl ReaderAt for At<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_some(offset, buf).map_err(io::Error::other)
    }
}

/// A member as one of its two headers has it.
struct Header {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    data_len: u64,
    size: u64,
    header_at: u64,
}

/// Flag 0: the data are encrypted.
const ENCRYPTED: u16 = 1;
/// Flag 3: sizes and CRC follow the data, and are 0 in the local header.
const SIZES_FOLLOW: u16 = 8;

/// Where the archive at the end of `bytes` has its end record: offset of the record.
pub fn end_record(bytes: &Bytes) -> Option<u64> {
    let tail_at = bytes.len().saturating_sub(TAIL);
    let tail = bytes.read_vec(tail_at, bytes.len() - tail_at).ok()?;
    let whole = tail.len().checked_sub(22)?;
    let at = memchr::memmem::rfind(tail.get(..whole + END.len())?, END)?;
    Some(tail_at + at as u64)
}

/// Bytes before the archive of which its offsets know nothing: what is between where the directory is and where the end
/// record says.
fn shift(bytes: &Bytes, end: u64) -> u64 {
    let is = |at: u64, magic: &[u8]| bytes.read_vec(at, magic.len() as u64).is_ok_and(|found| found == magic);
    let stated = |at: u64| -> Result<(u64, u64, u64)> {
        // The 64-bit record and its locator stand before the end record, if they are there.
        match at.checked_sub(76).filter(|at| is(*at, END64)) {
            Some(at) => {
                let record = bytes.read_vec(at, 56)?;
                let mut cursor = Cursor::new(&record, bytes.stream(), at);
                cursor.take(40, "zip end record")?;
                Ok((at, cursor.u64_le("zip end record")?, cursor.u64_le("zip end record")?))
            }
            None => {
                let record = bytes.read_vec(at, 22)?;
                let mut cursor = Cursor::new(&record, bytes.stream(), at);
                cursor.take(12, "zip end record")?;
                let (size, offset) = (cursor.u32_le("zip end record")?, cursor.u32_le("zip end record")?);
                Ok((at, u64::from(size), u64::from(offset)))
            }
        }
    };
    match stated(end) {
        Ok((at, size, offset)) if !is(offset, CENTRAL) => {
            let really = at.checked_sub(size).filter(|at| is(*at, CENTRAL));
            really.and_then(|really| really.checked_sub(offset)).unwrap_or(0)
        }
        _ => 0,
    }
}

/// Lists the members of `bytes`. Only headers are read.
pub fn list(bytes: &Bytes, limits: &Limits) -> Archive {
    let shift = end_record(bytes).map_or(0, |end| shift(bytes, end));
    match bytes.slice(shift, bytes.len().saturating_sub(shift)) {
        Ok(inner) if shift > 0 => {
            let mut archive = list_at(&inner, limits);
            for member in &mut archive.members {
                member.header_at += shift;
                member.data_at += shift;
            }
            archive.end += shift;
            archive.problems.push(problem(bytes, 0, format!("{shift} bytes stand before it that it does not count")));
            archive
        }
        _ => list_at(bytes, limits),
    }
}

fn problem(bytes: &Bytes, at: u64, message: String) -> Problem {
    Error { at: bytes.span(at.min(bytes.len()), 0), kind: ErrorKind::Archive { what: "zip", message } }
}

fn list_at(bytes: &Bytes, limits: &Limits) -> Archive {
    let mut archive = Archive { end: bytes.len(), ..Archive::default() };
    let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
    let located = ZipLocator::new().max_search_space(TAIL).locate_in_reader(At(bytes), &mut buffer, bytes.len());
    let zip = match located {
        Ok(zip) => zip,
        Err((_, e)) => {
            let message = format!("it has no end record ({e}); read from its beginning");
            archive.problems.push(problem(bytes, bytes.len(), message));
            local_members(bytes, (0, bytes.len()), limits, &mut archive);
            structure(bytes, &mut archive);
            return archive;
        }
    };
    archive.end = zip.end_offset();
    let mut entries = zip.entries(&mut buffer);
    let mut found = Vec::new();
    loop {
        match entries.next_entry() {
            Ok(Some(entry)) => found.push(Header {
                name: String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned(),
                flags: entry.flags().bits(),
                method: entry.compression_method().as_u16(),
                crc: entry.crc32(),
                data_len: entry.compressed_size_hint(),
                size: entry.uncompressed_size_hint(),
                header_at: entry.local_header_offset(),
            }),
            Ok(None) => break,
            Err(e) => {
                archive.problems.push(problem(bytes, zip.directory_offset(), format!("its directory is damaged: {e}")));
                break;
            }
        }
        if found.len() as u64 >= limits.members {
            let kind = ErrorKind::Limit { what: "zip members", limit: limits.members };
            archive.problems.push(Error { at: bytes.span(0, 0), kind });
            break;
        }
    }
    let directory = zip.directory_offset();
    for central in found {
        listed(bytes, central, &mut archive);
    }
    hidden(bytes, directory.min(bytes.len()), limits, &mut archive);
    structure(bytes, &mut archive);
    slack::look(bytes, directory.min(bytes.len()), &mut archive);
    archive
}

fn codec_of(method: u16) -> Option<Codec> {
    Some(match method {
        0 => Codec::Stored,
        8 => Codec::Deflate,
        12 => Codec::Bzip2,
        14 => Codec::ZipLzma,
        93 => Codec::Zstd,
        95 => Codec::Xz,
        _ => return None,
    })
}

/// The header in front of a member, and where its data begin. None if there is none.
fn local_header(bytes: &Bytes, at: u64) -> Option<(Header, u64)> {
    let head = bytes.read_vec(at, 30).ok().filter(|head| head.starts_with(LOCAL))?;
    let mut cursor = Cursor::new(&head, bytes.stream(), at);
    let mut parse = || -> Result<(Header, u16, u16)> {
        cursor.take(6, "zip header")?;
        let (flags, method) = (cursor.u16_le("zip header")?, cursor.u16_le("zip header")?);
        cursor.take(4, "zip header")?;
        let crc = cursor.u32_le("zip header")?;
        let (data_len, size) = (u64::from(cursor.u32_le("zip header")?), u64::from(cursor.u32_le("zip header")?));
        let header = Header { name: String::new(), flags, method, crc, data_len, size, header_at: at };
        Ok((header, cursor.u16_le("zip header")?, cursor.u16_le("zip header")?))
    };
    let (mut header, name_len, extra_len) = parse().ok()?;
    let name = bytes.read_vec(at + 30, u64::from(name_len)).ok()?;
    header.name = String::from_utf8_lossy(&name).into_owned();
    Some((header, at + 30 + u64::from(name_len) + u64::from(extra_len)))
}

fn member(header: &Header, name: String, data_at: u64, data_len: u64, crc: Option<u32>) -> Member {
    Member {
        name: name.into(),
        codec: codec_of(header.method),
        method: header.method,
        size: Some(header.size),
        header_at: header.header_at,
        data_at,
        data_len,
        crc,
    }
}

/// Adds a member of the directory, and where its own header says something else, that reading too.
fn listed(bytes: &Bytes, central: Header, archive: &mut Archive) {
    let at = central.header_at;
    let name = central.name.clone();
    let Some((local, data_at)) = local_header(bytes, at) else {
        let message = format!("member {name:?} has no header of its own where the directory says");
        return archive.problems.push(problem(bytes, at, message));
    };
    let left = bytes.len().saturating_sub(data_at);
    if central.data_len > left {
        let kind = ErrorKind::Truncated { what: "zip member", needed: central.data_len, left };
        archive.problems.push(Error { at: bytes.span(at, 30), kind });
    }
    let mut differ = |what: &str, local: String, central: String| {
        let message =
            format!("two headers of member {name:?} disagree: its {what} is {local} here, {central} in the directory");
        archive.problems.push(Error { at: bytes.span(at, 30), kind: ErrorKind::Archive { what: "zip", message } });
    };
    if local.name != central.name {
        differ("name", format!("{:?}", local.name), format!("{:?}", central.name));
    }
    let mut other = false;
    if local.method != central.method {
        differ("compression", local.method.to_string(), central.method.to_string());
        other = true;
    }
    // Sizes of 64 bits stand in an extra field.
    if local.flags & SIZES_FOLLOW == 0 && local.data_len != u64::from(u32::MAX) && local.data_len != central.data_len {
        differ("size", local.data_len.to_string(), central.data_len.to_string());
        other = true;
    }
    let sums = (local.flags & SIZES_FOLLOW == 0 && local.crc != central.crc).then_some((local.crc, central.crc));
    if let Some((local, central)) = sums {
        differ("CRC-32", format!("{local:08x}"), format!("{central:08x}"));
    }
    if (local.flags | central.flags) & ENCRYPTED != 0 {
        let which = match (local.flags & ENCRYPTED, central.flags & ENCRYPTED) {
            (0, _) => "only by the directory",
            (_, 0) => "only by its own header",
            _ => "by both headers",
        };
        let message = format!("member {name:?} is called encrypted {which}; it is read as if it were not");
        archive.problems.push(Error { at: bytes.span(at, 30), kind: ErrorKind::Archive { what: "zip", message } });
    }
    archive.members.push(member(
        &central,
        central.name.clone(),
        data_at,
        central.data_len.min(left),
        Some(central.crc),
    ));
    if other {
        let name = format!("{} (as its own header says)", local.name);
        let len = if local.flags & SIZES_FOLLOW == 0 { local.data_len.min(left) } else { central.data_len.min(left) };
        archive.members.push(member(&Header { size: central.size, ..local }, name, data_at, len, None));
    }
}

/// Adds the members that the directory does not list: readers that go from header to header find them.
fn hidden(bytes: &Bytes, directory: u64, limits: &Limits, archive: &mut Archive) {
    let mut ranges: Vec<(u64, u64)> = archive.members.iter().map(|m| (m.header_at, m.end())).collect();
    ranges.sort_unstable();
    let (mut gaps, mut at) = (Vec::new(), 0);
    for (start, end) in ranges {
        if start > at {
            gaps.push((at, start));
        }
        at = at.max(end);
    }
    if directory > at {
        gaps.push((at, directory));
    }
    let listed = archive.members.len();
    // The least header has 30 bytes; what follows the data of a member has 24 at most.
    for gap in gaps.into_iter().filter(|(start, end)| end - start >= 30) {
        local_members(bytes, gap, limits, archive);
    }
    let found: Vec<Problem> = archive
        .members
        .iter()
        .skip(listed)
        .take(KEPT)
        .map(|m| problem(bytes, m.header_at, format!("member {:?} is not in the directory", m.name)))
        .collect();
    archive.problems.extend(found);
}

/// Adds the members of a range by their own headers, as far as they follow each other.
fn local_members(bytes: &Bytes, (from, to): (u64, u64), limits: &Limits, archive: &mut Archive) {
    let mut at = from;
    while at < to && (archive.members.len() as u64) < limits.members {
        // What follows the data of the member before: a signature, CRC and sizes of 32 or 64 bits.
        if bytes.read_vec(at, 4).is_ok_and(|magic| magic == DESCRIPTOR) {
            let is_next = |skip: &u64| bytes.read_vec(at + skip, 2).is_ok_and(|magic| magic == b"PK");
            match [16, 24].iter().find(|skip| is_next(skip)) {
                Some(skip) => at += skip,
                None => return,
            }
            continue;
        }
        let Some((header, data_at)) = local_header(bytes, at).filter(|(_, data_at)| *data_at <= to) else { return };
        let left = to - data_at;
        let open = header.flags & SIZES_FOLLOW != 0 && header.data_len == 0;
        let data_len = if open { until_magic(bytes, data_at, to) } else { header.data_len };
        if data_len > left {
            let kind = ErrorKind::Truncated { what: "zip member", needed: data_len, left };
            archive.problems.push(Error { at: bytes.span(at, 30), kind });
        }
        let data_len = data_len.min(left);
        let crc = (!open).then_some(header.crc);
        let found = member(&header, header.name.clone(), data_at, data_len, crc);
        archive.members.push(Member { size: found.size.filter(|_| !open), ..found });
        at = data_at + data_len;
    }
}

/// How far the data of a member reach whose header does not say it: to the next signature.
fn until_magic(bytes: &Bytes, at: u64, to: u64) -> u64 {
    const STEP: u64 = 1 << 20;
    let mut done = 0;
    while done < SEARCHED && at + done < to {
        // Pieces overlap by three bytes, so that no signature falls between them.
        let len = (to - at - done).min(STEP + 3);
        let Ok(piece) = bytes.read_vec(at + done, len) else { break };
        let mut from = 0;
        while let Some(i) = memchr::memmem::find(piece.get(from..).unwrap_or(&[]), b"PK") {
            let found = piece.get(from + i..).unwrap_or(&[]);
            if [LOCAL, CENTRAL, DESCRIPTOR].iter().any(|magic| found.starts_with(magic)) {
                return done + (from + i) as u64;
            }
            from += i + 2;
        }
        done += STEP;
    }
    to - at
}

/// Duplicates, overlaps, and bytes before the first member or behind the end.
fn structure(bytes: &Bytes, archive: &mut Archive) {
    let mut seen: HashMap<&str, u64> = HashMap::new();
    let mut problems = Vec::new();
    for member in &archive.members {
        if let Some(first) = seen.insert(&member.name, member.header_at) {
            let message = format!("two members are named {:?}; the other is at {first:#x}", member.name);
            problems.push((member.header_at, message));
        }
    }
    let mut ranges: Vec<_> = archive.members.iter().map(|m| (m.header_at, m.end(), &m.name)).collect();
    ranges.sort_unstable();
    for pair in ranges.windows(2) {
        // One header read in two ways is told apart where it is read.
        if let [(a, end, first), (start, _, second)] = pair
            && start < end
            && a != start
        {
            problems.push((*start, format!("members {first:?} and {second:?} overlap")));
        }
    }
    if let Some((first, _, _)) = ranges.first()
        && *first > 0
    {
        problems.push((0, format!("{first} bytes stand before the first member")));
    }
    if archive.end < bytes.len() {
        problems.push((archive.end, format!("{} bytes stand behind its end", bytes.len() - archive.end)));
    }
    archive.problems.extend(problems.into_iter().take(KEPT).map(|(at, message)| problem(bytes, at, message)));
}
