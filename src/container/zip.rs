//! Zip archives over `rawzip`, which gives the central directory and the local headers as they are. What disagrees,
//! overlaps or is duplicated is a problem of the archive, and everything that can be read is still listed.

use std::collections::HashMap;
use std::io;

use rawzip::{ReaderAt, ZipLocator};

use super::Codec;
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Problem, Result};

/// A member as the central directory has it.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name; bytes that are no UTF-8 are replaced.
    pub name: Box<str>,
    /// How it is compressed; None if the method is not supported.
    pub codec: Option<Codec>,
    /// The method's number.
    pub method: u16,
    /// Size inflated, as the directory says.
    pub size: u64,
    /// Offset of its local header.
    pub header_at: u64,
    /// Offset of its data in the archive.
    pub data_at: u64,
    /// Size of its data.
    pub data_len: u64,
}

/// What an archive holds.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    /// Members in the order of the central directory.
    pub members: Vec<Member>,
    /// What contradicts itself.
    pub problems: Vec<Problem>,
}

struct At<'a>(&'a Bytes);

impl ReaderAt for At<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_some(offset, buf).map_err(io::Error::other)
    }
}

/// Lists the members of `bytes`. Only headers are read.
pub fn list(bytes: &Bytes, limits: &Limits) -> Archive {
    let mut archive = Archive::default();
    let problem = |at: u64, message: String| Error {
        at: bytes.span(at.min(bytes.len()), 0),
        kind: ErrorKind::Archive { what: "zip", message },
    };
    let mut buffer = vec![0; rawzip::RECOMMENDED_BUFFER_SIZE];
    let located = ZipLocator::new().locate_in_reader(At(bytes), &mut buffer, bytes.len());
    let zip = match located {
        Ok(zip) => zip,
        Err((_, e)) => {
            archive.problems.push(problem(bytes.len(), format!("it has no end record ({e}); read from its beginning")));
            walk_local(bytes, limits, &mut archive);
            return archive;
        }
    };
    let mut entries = zip.entries(&mut buffer);
    let mut found = Vec::new();
    loop {
        match entries.next_entry() {
            Ok(Some(entry)) => {
                let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
                let sizes = (entry.compressed_size_hint(), entry.uncompressed_size_hint());
                found.push((
                    name,
                    entry.compression_method().as_u16(),
                    sizes,
                    entry.local_header_offset(),
                    entry.wayfinder(),
                ));
            }
            Ok(None) => break,
            Err(e) => {
                archive.problems.push(problem(zip.directory_offset(), format!("its directory is damaged: {e}")));
                break;
            }
        }
        if found.len() as u64 >= limits.members {
            let limit = limits.members;
            archive
                .problems
                .push(Error { at: bytes.span(0, 0), kind: ErrorKind::Limit { what: "zip members", limit } });
            break;
        }
    }
    for (name, method, (data_len, size), header_at, way) in found {
        let (start, end) = match zip.get_entry(way) {
            Ok(entry) => entry.compressed_data_range(),
            Err(e) => {
                archive.problems.push(problem(header_at, format!("member {name:?} cannot be read: {e}")));
                continue;
            }
        };
        if end > bytes.len() || end.checked_sub(start) != Some(data_len) {
            archive.problems.push(problem(header_at, format!("member {name:?} reaches past the end of the file")));
            continue;
        }
        local_differs(bytes, header_at, &name, method, &mut archive.problems);
        archive.members.push(Member {
            name: name.into(),
            codec: codec_of(method),
            method,
            size,
            header_at,
            data_at: start,
            data_len,
        });
    }
    structure(bytes, &mut archive);
    archive
}

fn codec_of(method: u16) -> Option<Codec> {
    Some(match method {
        0 => Codec::Stored,
        8 => Codec::Deflate,
        12 => Codec::Bzip2,
        93 => Codec::Zstd,
        95 => Codec::Xz,
        _ => return None,
    })
}

/// Compares the local header of a member with what the directory says.
fn local_differs(bytes: &Bytes, at: u64, name: &str, method: u16, problems: &mut Vec<Problem>) {
    let Ok(head) = bytes.read_vec(at, 30) else { return };
    let mut cursor = crate::bytes::Cursor::new(&head, bytes.stream(), at);
    let mut field = |skip: usize| -> Result<u16> {
        cursor.take(skip, "zip header")?;
        cursor.u16_le("zip header")
    };
    let (Ok(local_method), Ok(name_len)) = (field(8), field(16)) else { return };
    let local_name = bytes.read_vec(at + 30, u64::from(name_len)).unwrap_or_default();
    let local_name = String::from_utf8_lossy(&local_name);
    let mut differ = |what: &str, local: &str, central: &str| {
        problems.push(Error {
            at: bytes.span(at, 30),
            kind: ErrorKind::Archive {
                what: "zip",
                message: format!(
                    "the two headers of a member disagree: its {what} is {local} here, {central} in the directory"
                ),
            },
        });
    };
    if local_name != name {
        differ("name", &format!("{local_name:?}"), &format!("{name:?}"));
    }
    if local_method != method {
        differ("compression", &local_method.to_string(), &method.to_string());
    }
}

/// Duplicates, overlaps, and bytes before the first member.
fn structure(bytes: &Bytes, archive: &mut Archive) {
    let mut seen: HashMap<&str, u64> = HashMap::new();
    let mut problems = Vec::new();
    for member in &archive.members {
        if let Some(first) = seen.insert(&member.name, member.header_at) {
            problems.push((
                member.header_at,
                format!("two members are named {:?}; the other is at {first:#x}", member.name),
            ));
        }
    }
    let mut ranges: Vec<_> =
        archive.members.iter().map(|m| (m.header_at, m.data_at.saturating_add(m.data_len), &m.name)).collect();
    ranges.sort_unstable();
    for pair in ranges.windows(2) {
        if let [(_, end, first), (start, _, second)] = pair
            && start < end
        {
            problems.push((*start, format!("members {first:?} and {second:?} overlap")));
        }
    }
    if let Some((first, _, _)) = ranges.first()
        && *first > 0
    {
        problems.push((0, format!("{first} bytes stand before the first member")));
    }
    archive.problems.extend(
        problems
            .into_iter()
            .take(100)
            .map(|(at, message)| Error { at: bytes.span(at, 0), kind: ErrorKind::Archive { what: "zip", message } }),
    );
}

/// Without a directory: local headers from the start, as far as they go.
fn walk_local(bytes: &Bytes, limits: &Limits, archive: &mut Archive) {
    let mut at = 0;
    while (archive.members.len() as u64) < limits.members {
        let Ok(head) = bytes.read_vec(at, 30) else { return };
        let mut cursor = crate::bytes::Cursor::new(&head, bytes.stream(), at);
        let parse = |c: &mut crate::bytes::Cursor<'_>| -> Result<(u16, u16, u32, u32, u16, u16)> {
            c.take(6, "zip header")?;
            let flags = c.u16_le("zip header")?;
            let method = c.u16_le("zip header")?;
            c.take(8, "zip header")?;
            let packed = c.u32_le("zip header")?;
            let size = c.u32_le("zip header")?;
            Ok((flags, method, packed, size, c.u16_le("zip header")?, c.u16_le("zip header")?))
        };
        let Ok((flags, method, packed, size, name_len, extra_len)) = parse(&mut cursor) else { return };
        // With flag 8 the sizes follow the data, so there is no telling where the next member begins.
        if !head.starts_with(b"PK\x03\x04") || flags & 8 != 0 || packed == u32::MAX {
            return;
        }
        let name = bytes.read_vec(at + 30, u64::from(name_len)).unwrap_or_default();
        let data_at = at + 30 + u64::from(name_len) + u64::from(extra_len);
        let (data_len, left) = (u64::from(packed), bytes.len().saturating_sub(data_at));
        let name: Box<str> = String::from_utf8_lossy(&name).into();
        if data_len > left {
            let kind = ErrorKind::Truncated { what: "zip member", needed: data_len, left };
            archive.problems.push(Error { at: bytes.span(at, 30), kind });
        }
        if data_at >= bytes.len() {
            return;
        }
        archive.members.push(Member {
            name,
            codec: codec_of(method),
            method,
            size: u64::from(size),
            header_at: at,
            data_at,
            data_len: data_len.min(left),
        });
        at = data_at.saturating_add(data_len);
    }
}
