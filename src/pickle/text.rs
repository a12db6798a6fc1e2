//! Python's literal notations that pickles use: quoted strings with escapes, raw-unicode-escape, decimal integers.
//!
//! Text comes out as WTF-8: UTF-8 in which lone surrogates may occur, since Python's str may hold them.

use num_bigint::BigInt;

/// A QuotedLine: strips the quotes, resolves escapes. None if the quotes are missing or an escape is broken.
pub fn unquote(line: &[u8]) -> Option<Vec<u8>> {
    let [quote @ (b'\'' | b'"'), inner @ .., last] = line else { return None };
    if quote != last {
        return None;
    }
    unescape(inner)
}

/// `codecs.escape_decode`: backslash escapes of 8-bit strings. Unknown escapes stay as they are.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            out.push(*first);
            continue;
        }
        let [code, after @ ..] = rest else { return None };
        rest = after;
        match code {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(*code),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'0'..=b'7' => {
                let mut value = u32::from(code - b'0');
                for _ in 0..2 {
                    let [digit @ b'0'..=b'7', after @ ..] = rest else { break };
                    value = value * 8 + u32::from(digit - b'0');
                    rest = after;
                }
                out.push((value & 0xff) as u8);
            }
            b'x' => {
                let [high, low, after @ ..] = rest else { return None };
                out.push(hex(*high)? << 4 | hex(*low)?);
                rest = after;
            }
            other => out.extend([b'\\', *other]),
        }
    }
    Some(out)
}

/// raw-unicode-escape: bytes are Latin-1, only `\uXXXX` and `\UXXXXXXXX` are escapes. None if one is broken.
pub fn raw_unicode(line: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            push_wtf8(&mut out, u32::from(*first));
            continue;
        }
        // A backslash escapes only if an odd number of them stands before the u.
        match rest {
            [b'u', after @ ..] => rest = escape(&mut out, after, 4)?,
            [b'U', after @ ..] => rest = escape(&mut out, after, 8)?,
            [b'\\', after @ ..] => {
                out.extend([b'\\', b'\\']);
                rest = after;
            }
            _ => out.push(b'\\'),
        }
    }
    Some(out)
}

fn escape<'a>(out: &mut Vec<u8>, text: &'a [u8], digits: usize) -> Option<&'a [u8]> {
    let (number, rest) = text.split_at_checked(digits)?;
    let mut code = 0u32;
    for digit in number {
        code = code << 4 | u32::from(hex(*digit)?);
    }
    (code <= 0x10_ffff).then(|| push_wtf8(out, code))?;
    Some(rest)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// Appends a code point; a surrogate too, as Python's surrogatepass does.
#[expect(clippy::cast_possible_truncation, reason = "each part is masked to 6 bits or shifted to fit")]
fn push_wtf8(out: &mut Vec<u8>, code: u32) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.extend([0xe0 | (code >> 12) as u8, 0x80 | (code >> 6 & 0x3f) as u8, 0x80 | (code & 0x3f) as u8]),
    }
}

/// True if Python's `utf-8` with `surrogatepass` accepts `bytes`.
pub fn is_wtf8(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    loop {
        match std::str::from_utf8(rest) {
            Ok(_) => return true,
            Err(e) => {
                let bad = rest.get(e.valid_up_to()..).unwrap_or(&[]);
                match bad {
                    [0xed, 0xa0..=0xbf, 0x80..=0xbf, after @ ..] => rest = after,
                    _ => return false,
                }
            }
        }
    }
}

/// The longest prefix of `bytes`, at most `max`, that does not cut a character in two.
pub fn cut(bytes: &[u8], max: usize) -> &[u8] {
    if bytes.len() <= max {
        return bytes;
    }
    let mut end = max;
    while end > 0 && bytes.get(end).is_some_and(|b| b & 0xc0 == 0x80) {
        end -= 1;
    }
    bytes.get(..end).unwrap_or(bytes)
}

/// An integer as `int(text, 0)` reads it: sign, 0x / 0o / 0b, underscores, white space; `base10` allows leading zeros
/// and no prefix, as `int(text)` does.
pub fn integer(text: &[u8], base10: bool) -> Option<BigInt> {
    let text = std::str::from_utf8(text).ok()?.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b');
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..)?),
        [b'+', ..] => (false, text.get(1..)?),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] if !base10 => (16, digits.get(2..)?.strip_prefix('_').unwrap_or(digits.get(2..)?)),
        [b'0', b'o' | b'O', ..] if !base10 => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] if !base10 => (2, digits.get(2..)?),
        _ => (10, digits),
    };
    if digits.is_empty() || digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
        return None;
    }
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    if !plain.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = BigInt::parse_bytes(plain.as_bytes(), radix)?;
    Some(if negative { -value } else { value })
}

/// A float as Python reads a FLOAT line.
pub fn float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    text.trim_matches(|c: char| c.is_ascii_whitespace()).parse().ok()
}

/// A float as Python's repr writes it: the shortest digits that read back, `e` from 1e16 and below 1e-4.
pub fn float_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-4..1e16).contains(&magnitude) {
        return format!("{value:?}");
    }
    // Rust writes 1e-5 and 1.5e300; Python writes 1e-05 and 1.5e+300.
    let text = format!("{value:e}");
    let Some((digits, exponent)) = text.split_once('e') else { return text };
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{digits}e-{exponent:0>2}"),
        None => format!("{digits}e+{exponent:0>2}"),
    }
}

/// Two's complement, little-endian.
pub fn signed_le(bytes: &[u8]) -> BigInt {
    BigInt::from_signed_bytes_le(bytes)
}

/// Two's complement of up to 8 bytes as an i64.
pub fn small_signed_le(bytes: &[u8]) -> Option<i64> {
    if bytes.len() > 8 {
        return None;
    }
    let fill = if bytes.last().is_some_and(|top| top & 0x80 != 0) { 0xff } else { 0 };
    let mut all = [fill; 8];
    all.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_python_2_strings() {
        // >>> codecs.escape_decode(rb"a\x41\101\n\q\'\\")[0]  ->  b"aAA\n\\q'\\"
        assert_eq!(unquote(br"'a\x41\101\n\q\'\\'").unwrap(), b"aAA\n\\q'\\");
        assert_eq!(unquote(b"\"\""), Some(vec![]));
        assert_eq!(unquote(b"'a\""), None);
        assert_eq!(unquote(b"'"), None);
        assert_eq!(unquote(br"'\x4'"), None);
    }

    #[test]
    fn raw_unicode_escape_knows_only_u() {
        // >>> rb"a\n\u0041\U0001F600\\u0041".decode("raw-unicode-escape")
        let text = raw_unicode(br"a\n\u0041\U0001F600\\u0041").unwrap();
        assert_eq!(text, "a\\nA\u{1F600}\\\\u0041".as_bytes());
        assert_eq!(raw_unicode(b"\xe9").unwrap(), "é".as_bytes());
        assert_eq!(raw_unicode(br"\ud800").unwrap(), [0xed, 0xa0, 0x80]);
        assert_eq!(raw_unicode(br"\u12"), None);
    }

    #[test]
    fn integers_as_python_reads_them() {
        assert_eq!(integer(b"0x10", false), Some(16.into()));
        assert_eq!(integer(b" -1_000 ", false), Some((-1000).into()));
        assert_eq!(integer(b"1__0", false), None);
        assert_eq!(integer(b"", false), None);
        assert_eq!(integer(b"007", true), Some(7.into()));
        assert_eq!(small_signed_le(&[0xff]), Some(-1));
        assert_eq!(small_signed_le(&[0, 0x80, 0]), Some(0x8000));
        assert_eq!(small_signed_le(&[]), Some(0));
    }

    #[test]
    fn floats_as_pythons_repr() {
        let cases =
            [(1.0, "1.0"), (-0.0, "-0.0"), (0.1, "0.1"), (1e-5, "1e-05"), (1e16, "1e+16"), (123456.5, "123456.5")];
        for (value, text) in cases {
            assert_eq!(float_repr(value), text);
        }
        assert_eq!(float_repr(1e15), "1000000000000000.0");
        assert_eq!(float_repr(1.5e300), "1.5e+300");
        assert_eq!(float_repr(0.0001), "0.0001");
        assert_eq!(float_repr(f64::NEG_INFINITY), "-inf");
    }

    #[test]
    fn surrogates_pass_but_not_broken_utf8() {
        assert!(is_wtf8(b"a\xed\xa0\x80b"));
        assert!(!is_wtf8(b"a\xff"));
        assert!(!is_wtf8(b"\xed\xa0"));
        assert_eq!(cut("aé".as_bytes(), 2), b"a");
    }
}
