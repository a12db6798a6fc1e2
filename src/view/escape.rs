//! Text of a file made safe to show: control, bidirectional and zero-width characters come as escapes, and what is cut
//! says so. It never becomes a link, a path or a format string.

/// True for characters that would hide or rearrange text.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Appends one character, escaped as Python would if it is hostile.
fn push(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_hostile(c) => {
            let code = u32::from(c);
            out.push_str(&match code {
                0..=0xff => format!("\\x{code:02x}"),
                0x100..=0xffff => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            });
        }
        c => out.push(c),
    }
}

/// Text without quotes: for names, keys and paths.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut out, c));
    out
}

/// The name of a file, which need not be text: bytes that are none come as `\xff`.
pub fn name(name: &std::ffi::OsStr) -> String {
    let mut out = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        out.push_str(&plain(chunk.valid()));
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// A str as Python's repr writes it, at most `max` characters. `wtf8` may hold lone surrogates; `whole` says whether it
/// is all of the text.
pub fn text_repr(wtf8: &[u8], whole: bool, max: usize) -> String {
    // Double quotes only where that saves escapes, as repr decides it.
    let quote = if wtf8.contains(&b'\'') && !wtf8.contains(&b'"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    let mut shown = 0;
    let mut rest = wtf8;
    let mut cut = !whole;
    'all: while !rest.is_empty() {
        let (valid, bad) = match std::str::from_utf8(rest) {
            Ok(text) => (text, &[][..]),
            Err(e) => {
                let (good, bad) = rest.split_at(e.valid_up_to());
                (std::str::from_utf8(good).unwrap_or(""), bad)
            }
        };
        for c in valid.chars() {
            if shown == max {
                cut = true;
                break 'all;
            }
            match c {
                c if c == quote => out.extend(['\\', c]),
                '\\' => out.push_str("\\\\"),
                c => push(&mut out, c),
            }
            shown += 1;
        }
        rest = match bad {
            [0xed, b, c, after @ ..] => {
                let unit = 0xd000 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f);
                out.push_str(&format!("\\u{unit:04x}"));
                after
            }
            [byte, after @ ..] => {
                out.push_str(&format!("\\x{byte:02x}"));
                after
            }
            [] => &[],
        };
    }
    if cut {
        out.push('…');
    }
    out.push(quote);
    out
}

/// bytes as Python's repr writes them, at most `max` bytes.
pub fn bytes_repr(bytes: &[u8], whole: bool, max: usize) -> String {
    let shown = bytes.get(..max).unwrap_or(bytes);
    let dots = if whole && shown.len() == bytes.len() { "" } else { "…" };
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut out = String::from("b");
    out.push(quote);
    for byte in shown {
        match byte {
            b'\'' | b'"' if char::from(*byte) != quote => out.push(char::from(*byte)),
            byte => out.push_str(&byte.escape_ascii().to_string()),
        }
    }
    format!("{out}{dots}{quote}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_characters_are_shown_as_escapes() {
        assert_eq!(plain("a\u{202e}b\u{200b}\x1b"), "a\\u202eb\\u200b\\x1b");
        assert_eq!(text_repr("it's\n".as_bytes(), true, 100), "\"it's\\n\"");
        assert_eq!(text_repr(b"\xed\xa0\x80", true, 100), "'\\ud800'");
        assert_eq!(text_repr("日本語".as_bytes(), true, 2), "'日本…'");
        assert_eq!(bytes_repr(b"\x00ab", true, 10), "b'\\x00ab'");
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_are_shown_all_the_same() {
        use std::os::unix::ffi::OsStrExt as _;
        assert_eq!(name(std::ffi::OsStr::from_bytes(b"na\xffme\x1b.pkl")), "na\\xffme\\x1b.pkl");
    }
}
