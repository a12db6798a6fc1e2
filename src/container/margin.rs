//! What compressed files and tar archives carry beside their data: the fields of gzip's header, the records of pax headers,
//! names, links. Decompressors skip these, so nothing belongs there that could be read as something.

use crate::bytes::{Bytes, Error, ErrorKind, Problem};

/// Bytes of a header that are looked at: its extra field has 64 KiB at most, its texts end soon.
const HEADER: u64 = 160 << 10;
/// Longest word of a comment that somebody may have written.
const WORD: usize = 64;
/// Longest field of gzip's extra fields that writers make: BGZF's has 2 bytes, that of dictzip a table of two-byte sizes.
const EXTRA: usize = 64;

/// What is odd in the header of a gzip file.
pub(super) fn gzip(bytes: &Bytes) -> Option<Problem> {
    let header = bytes.head(usize::try_from(HEADER).ok()?).ok()?;
    let flags = *header.get(3)?;
    let mut rest = header.get(10..)?;
    let say = |message: String| {
        let kind = ErrorKind::Archive { what: "gzip", message };
        Some(Error { at: bytes.span(0, 10), kind })
    };
    if flags & 4 != 0 {
        let (len, behind) = rest.split_first_chunk::<2>()?;
        let len = usize::from(u16::from_le_bytes(*len));
        let (extra, behind) = behind.split_at_checked(len)?;
        let table = extra.starts_with(b"RA") || extra.starts_with(b"BC\x02\0");
        if !table && extra.len() > EXTRA || !table && extra.len() > 8 && holds_pickle(extra) {
            return say(format!("its extra field holds {len} bytes that no reader needs"));
        }
        rest = behind;
    }
    for (flag, what, most) in [(8, "name", 1024), (16, "comment", 8192)] {
        if flags & flag == 0 {
            continue;
        }
        let end = memchr::memchr(0, rest)?;
        let text = rest.get(..end)?;
        rest = rest.get(end + 1..)?;
        let lines = flag == 8 && text.iter().any(|b| b.is_ascii_control());
        // Header texts are Latin-1: every byte is a letter.
        let letters: String = text.iter().map(|b| char::from(*b)).collect();
        if lines || text.len() > most || !is_note(letters.as_bytes()) {
            return say(format!("the {what} in its header, of {end} bytes, is none"));
        }
    }
    None
}

/// Why a pax record `key=value` is none that a writer of archives makes.
pub(super) fn pax(key: &[u8], value: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(key).into_owned();
    match key {
        // Names are judged where they are used; attributes of a file may be bytes.
        b"path" | b"linkpath" => None,
        _ if holds_pickle(value) || value.len() > 8 << 10 || key == b"comment" && !is_note(value) => {
            Some(format!("its record {name:?} holds {} bytes that are no note", value.len()))
        }
        _ => None,
    }
}

/// Why no archive has a reason to name a member so.
pub(super) fn name(name: &str) -> Option<&'static str> {
    match () {
        () if name.chars().any(char::is_control) => Some("holds control characters"),
        // The keys of an npz may begin so.
        () if name.starts_with('/') && !name.ends_with(".npy") => Some("begins at the root of the file system"),
        () if name.split(['/', '\\']).any(|part| part == "..") => Some("leads out of the folder it is unpacked in"),
        () => None,
    }
}

/// True for what has the form of a pickle: of protocol 2 on by its first bytes, of 0 and 1 by names in lines and a call.
fn holds_pickle(raw: &[u8]) -> bool {
    let binary = memchr::memchr_iter(0x80, raw)
        .any(|at| matches!(raw.get(at..), Some([_, 2..=5, 0x95 | 0x8c | b'c' | b'(' | b']' | b'}' | b'X' | b'K', ..])));
    binary || matches!(raw, [b'c' | b'(' | b'i', ..]) && memchr::memmem::find(raw, b"R.").is_some()
}

/// True for text that a person or a program may have noted: no control characters, no call of a pickle, no run of digits
/// of base64.
pub(super) fn is_note(comment: &[u8]) -> bool {
    let digits = |word: &[u8]| {
        let has = |wanted: fn(&u8) -> bool| word.iter().any(wanted);
        word.len() >= WORD
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase)
            && word.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_'))
    };
    let long = comment.split(|b| b.is_ascii_whitespace()).any(digits);
    !long
        && !holds_pickle(comment)
        && std::str::from_utf8(comment)
            .is_ok_and(|text| text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_told_from_pickles() {
        assert!(is_note(
            b"Trained on 2024-01-01, see https://example.org/models/a-rather-long-name-of-a-model-of-ours.html"
        ));
        assert!(is_note(b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), "a digest");
        assert!(!is_note(b"cos\nsystem\n(S'id'\ntR."));
        // >>> base64.b64encode(pickle.dumps({"weights": [1, 2, 3], "bias": 4, "name": "model"}))
        assert!(!is_note(b"gASVMAAAAAAAAAB9lCiMB3dlaWdodHOUXZQoSwFLAksDZYwEYmlhc5RLBIwEbmFtZZSMBW1vZGVslHUu"));
        assert_eq!(name("archive/data.pkl"), None);
        assert_eq!(name("weights..npy"), None);
        assert!(name("../evil.pkl").is_some() && name("cos\nsystem").is_some());
    }

    #[test]
    fn fields_of_gzip_are_looked_at() {
        let file = |flags: u8, fields: &[u8]| {
            Bytes::from_vec([&[0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255], fields, &[3, 0]].concat())
        };
        assert_eq!(gzip(&file(8, b"model.pkl\0")), None);
        assert_eq!(gzip(&file(16, b"caf\xe9, a note\0")), None, "Latin-1");
        assert_eq!(gzip(&file(4, b"\x06\0BC\x02\0\x1b\0")), None, "BGZF");
        assert!(gzip(&file(16, b"cos\nsystem\n(S'id'\ntR.\0")).is_some());
        assert!(gzip(&file(4, b"\x10\0\x80\x02cos\nsystem\n)R.")).is_some());
    }
}
