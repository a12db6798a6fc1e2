//! What bytes or text stand for once an encoding is taken off: digits (base64, base32, base85, ascii85, hex, decimal),
//! escapes, uuencoding, bytes written backwards or as UTF-16, deflate without a header, and these in each other. Only the
//! first bytes are decoded to find out; the rest is when they begin like something that can hold a pickle.

use base64::Engine as _;

/// Bytes that are decoded to see what content begins with.
const HEAD: usize = 96;
/// Encodings in encodings that are taken off.
pub(super) const LAYERS: usize = 4;

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Text that stands for bytes of the same numbers.
    Latin1,
    /// With `+/` or `-_`, with or without padding, in lines or not.
    Base64,
    /// Capitals or not.
    Base32,
    /// The alphabet of RFC 1924, which Python's b85 has.
    Base85,
    /// Adobe's, with or without `<~`.
    Ascii85,
    /// The digits 0 and 1, eight a byte.
    Binary,
    /// With or without `0x`, `\x`, `%`, colons, blanks.
    Hex,
    /// Numbers below 256 with commas or blanks between.
    Decimal,
    /// `\x80`, `%80` or `=80` among letters that stand for themselves.
    Escaped,
    /// uuencoded lines.
    Uu,
    /// Every other byte is 0.
    Utf16,
    /// The last byte first.
    Backwards,
    /// Deflate without a header.
    Deflate,
}

/// In the order they are tried: those of which the alphabet says much come first.
const ALL: &[Encoding] = &[
    Encoding::Latin1,
    Encoding::Binary,
    Encoding::Hex,
    Encoding::Base64,
    Encoding::Base32,
    Encoding::Decimal,
    Encoding::Escaped,
    Encoding::Uu,
    Encoding::Utf16,
    Encoding::Ascii85,
    Encoding::Base85,
    Encoding::Deflate,
];

/// True if bytes begin like a pickle, or like what may hold one.
pub(super) fn begins(head: &[u8]) -> bool {
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

/// True for the first bytes of what [`begins`] knows.
pub(super) fn may_begin(first: u8) -> bool {
    matches!(first, 0x80 | 0x1f | 0x93 | 0xfd | 0x5d | 0x78 | 0x28 | 4 | b'P' | b'B' | b'c' | b'i')
}

/// True if bytes begin like a pickle and go on like one. Bytes that are decoded by guesswork begin like anything.
pub(super) fn surely_begins(head: &[u8]) -> bool {
    match head {
        [0x80, 2..=5, next, ..] => goes_on(*next),
        [0x78, ..] | [0x5d, ..] | [b'B', b'Z', b'h', ..] => begins(head) && head.len() > 8,
        _ => begins(head),
    }
}

/// True for opcodes that stand behind a protocol.
pub(super) fn goes_on(opcode: u8) -> bool {
    matches!(opcode, 0x95 | 0x8c | 0x8a | b'c' | b'(' | b']' | b'}' | b'X' | b'I' | b'K' | b'N')
}

/// The encodings to take off `raw`, of which `head` is the beginning, outermost first, so that something remains that can
/// hold a pickle; None if there are none. `tail` is its end.
pub(super) fn chain(head: &[u8], tail: &[u8]) -> Option<Vec<Encoding>> {
    let forwards = search(head.get(..HEAD.min(head.len())).unwrap_or(head), LAYERS);
    if let Some(mut found) = forwards {
        found.reverse();
        return Some(found);
    }
    // The tail may begin inside a letter.
    let cut = tail.iter().take_while(|b| matches!(b, 0x80..=0xbf)).count();
    let letters = latin1(tail.get(cut..)?);
    let turned: Vec<u8> = letters.as_deref().unwrap_or(tail).iter().rev().take(HEAD).copied().collect();
    let mut found = if surely_begins(&turned) { Vec::new() } else { search(&turned, LAYERS - 1)? };
    found.push(Encoding::Backwards);
    if letters.is_some() {
        found.push(Encoding::Latin1);
    }
    found.reverse();
    Some(found)
}

/// The same for a head, innermost first.
fn search(head: &[u8], layers: usize) -> Option<Vec<Encoding>> {
    if layers == 0 || head.len() < 12 {
        return None;
    }
    for encoding in ALL {
        let Some(inner) = decode(*encoding, head, HEAD) else { continue };
        if surely_begins(&inner) {
            return Some(vec![*encoding]);
        }
        // Digits in digits: only alphabets that text of people does not have are worth a second look.
        let worth = matches!(
            encoding,
            Encoding::Latin1
                | Encoding::Hex
                | Encoding::Base64
                | Encoding::Base32
                | Encoding::Escaped
                | Encoding::Decimal
                | Encoding::Utf16
        ) && inner.len() >= 12
            && (*encoding == Encoding::Latin1 || inner.is_ascii());
        if worth && let Some(mut deeper) = search(&inner, layers - 1) {
            deeper.push(*encoding);
            return Some(deeper);
        }
    }
    None
}

/// Takes a chain of encodings off all of `raw`; at most `most` bytes come out.
pub(super) fn take_off(raw: &[u8], chain: &[Encoding], most: usize) -> Option<Vec<u8>> {
    chain.iter().try_fold(raw.to_vec(), |raw, encoding| match encoding {
        Encoding::Backwards => Some(raw.iter().rev().copied().collect()),
        encoding => decode(*encoding, &raw, most),
    })
}

/// Takes one encoding off; None if the bytes are none of it. What breaks behind some bytes gives those.
fn decode(encoding: Encoding, raw: &[u8], most: usize) -> Option<Vec<u8>> {
    let out = match encoding {
        Encoding::Latin1 => latin1(raw)?,
        Encoding::Base64 => base64(raw)?,
        Encoding::Base32 => base32(raw)?,
        Encoding::Base85 => base85(raw, most)?,
        Encoding::Ascii85 => ascii85(raw, most)?,
        Encoding::Binary => binary(raw)?,
        Encoding::Hex => hex(raw)?,
        Encoding::Decimal => decimal(raw)?,
        Encoding::Escaped => escaped(raw)?,
        Encoding::Uu => uu(raw)?,
        Encoding::Utf16 => utf16(raw)?,
        Encoding::Backwards => return None,
        Encoding::Deflate => deflate(raw, most)?,
    };
    (out.len() >= 4).then_some(out)
}

/// UTF-8 text of which some letters are no ASCII and all are below 256, or stand for bytes as Python's `surrogateescape`
/// has it (U+DC80 and on), or in the private use area (U+F000 and on). The last one may be cut.
fn latin1(raw: &[u8]) -> Option<Vec<u8>> {
    if raw.is_ascii() {
        return None;
    }
    let (mut out, mut rest) = (Vec::with_capacity(raw.len()), raw);
    loop {
        let (byte, behind) = match rest {
            [] | [0xc2 | 0xc3] | [0xed | 0xef] | [0xed, 0xb2 | 0xb3] | [0xef, 0x80..=0x83] => return Some(out),
            [b @ ..0x80, behind @ ..] => (*b, behind),
            [0xc2, b @ 0x80..=0xbf, behind @ ..] => (*b, behind),
            [0xc3, b @ 0x80..=0xbf, behind @ ..] => (b + 0x40, behind),
            [0xed, 0xb2, b @ 0x80..=0xbf, behind @ ..] => (*b, behind),
            [0xed, 0xb3, b @ 0x80..=0xbf, behind @ ..] => (b + 0x40, behind),
            [0xef, high @ 0x80..=0x83, b @ 0x80..=0xbf, behind @ ..] => ((high - 0x80) << 6 | (b - 0x80), behind),
            _ => return None,
        };
        out.push(byte);
        rest = behind;
    }
}

fn base64(raw: &[u8]) -> Option<Vec<u8>> {
    let mut digits = Vec::with_capacity(raw.len());
    for b in raw {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => digits.push(*b),
            b'-' => digits.push(b'+'),
            b'_' => digits.push(b'/'),
            b'=' | b'\n' | b'\r' | b' ' => {}
            _ => return None,
        }
    }
    // A head may be cut inside a group.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    let lenient = base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, lenient).decode(&digits).ok()
}

fn base32(raw: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut n) = (Vec::with_capacity(raw.len()), 0u32, 0);
    for b in raw {
        let digit = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a',
            b'2'..=b'7' => b - b'2' + 26,
            b'=' | b'\n' => continue,
            _ => return None,
        };
        bits = bits << 5 | u32::from(digit);
        n += 5;
        if n >= 8 {
            n -= 8;
            out.push(u8::try_from(bits >> n & 0xff).unwrap_or(0));
        }
    }
    Some(out)
}

/// Groups of five digits, four bytes each, the first digit being the highest. The last group may be short.
fn fives(digits: impl Iterator<Item = u32>, most: usize) -> Option<Vec<u8>> {
    let (mut out, mut value, mut n) = (Vec::new(), 0u64, 0);
    for digit in digits {
        value = value * 85 + u64::from(digit);
        n += 1;
        if n == 5 {
            out.extend(u32::try_from(value).ok()?.to_be_bytes());
            (value, n) = (0, 0);
            if out.len() >= most {
                return Some(out);
            }
        }
    }
    if n > 1 {
        let padded = (n..5).fold(value, |value, _| value * 85 + 84);
        out.extend(u32::try_from(padded).ok()?.to_be_bytes().iter().take(n - 1));
    }
    Some(out)
}

fn base85(raw: &[u8], most: usize) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let digits: Option<Vec<u32>> =
        raw.iter().map(|b| memchr::memchr(*b, DIGITS).and_then(|i| u32::try_from(i).ok())).collect();
    fives(digits?.into_iter(), most)
}

fn ascii85(raw: &[u8], most: usize) -> Option<Vec<u8>> {
    let raw = raw.strip_prefix(b"<~").unwrap_or(raw);
    let mut digits = Vec::with_capacity(raw.len());
    for b in raw {
        match b {
            b'!'..=b'u' => digits.push(u32::from(b - b'!')),
            b'z' => digits.extend([0; 5]),
            b'\n' | b'\r' | b' ' => {}
            b'~' => break,
            _ => return None,
        }
    }
    fives(digits.into_iter(), most)
}

fn binary(raw: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut byte, mut n) = (Vec::with_capacity(raw.len() / 8), 0u8, 0);
    for b in raw {
        match b {
            b'0' | b'1' => byte = byte << 1 | (b - b'0'),
            b' ' | b'\n' | b',' => continue,
            _ => return None,
        }
        n += 1;
        if n == 8 {
            out.push(byte);
            (byte, n) = (0, 0);
        }
    }
    Some(out)
}

fn hex(raw: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut high) = (Vec::with_capacity(raw.len() / 2), None);
    let mut rest = raw;
    while let [b, tail @ ..] = rest {
        rest = tail;
        let Some(digit) = char::from(*b).to_digit(16).and_then(|digit| u8::try_from(digit).ok()) else {
            match (b, high) {
                (b'\\', None) | (b'%' | b':' | b' ' | b',' | b'-' | b'\n' | b'\r', None) => {}
                (b'x', None | Some(0)) => high = None,
                _ => return None,
            }
            continue;
        };
        match high.take() {
            Some(high) => out.push(high << 4 | digit),
            None => high = Some(digit),
        }
    }
    Some(out)
}

/// Numbers with the same few characters around each: `[128, 4]`, `&#128;&#4;`, `chr(128)+chr(4)`.
fn decimal(raw: &[u8]) -> Option<Vec<u8>> {
    const AROUND: usize = 12;
    let start = raw.get(..24).unwrap_or(raw);
    let digits = start.iter().filter(|b| b.is_ascii_digit()).count();
    if !raw.is_ascii() || digits * 6 < start.len() || digits == start.len() {
        return None;
    }
    let mut out = Vec::new();
    let mut around = 0;
    for word in raw.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()) {
        if word.first().is_some_and(u8::is_ascii_digit) {
            out.push(std::str::from_utf8(word).ok()?.parse().ok()?);
        } else {
            around = word.len().max(around);
        }
    }
    (around <= AROUND).then_some(out)
}

/// Escapes of Python, of URLs, and of mail; what has none of them is nothing of the kind.
fn escaped(raw: &[u8]) -> Option<Vec<u8>> {
    let raw = match raw {
        [b'b', quote @ (b'\'' | b'"'), rest @ ..] => rest.strip_suffix(&[*quote]).unwrap_or(rest),
        raw => raw,
    };
    let start = raw.get(..24).unwrap_or(raw);
    let marker = *start.iter().find(|b| matches!(b, b'\\' | b'%' | b'='))?;
    let digit = |b: Option<&u8>| b.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let (mut out, mut at) = (Vec::with_capacity(raw.len()), 0);
    while let Some(b) = raw.get(at) {
        at += 1;
        if *b != marker {
            out.push(*b);
            continue;
        }
        let next = raw.get(at).copied();
        let hex_at = match (marker, next) {
            (b'\\', Some(b'x')) => at + 1,
            (b'\\', Some(b'u')) if raw.get(at + 1..at + 3) == Some(b"00") => at + 3,
            (b'\\', Some(b'0'..=b'7')) => {
                let octal = |b: &u8| char::from(*b).to_digit(8);
                let n = raw.get(at..).unwrap_or_default().iter().take(3).map_while(octal).count();
                let digits = raw.get(at..at + n).unwrap_or_default().iter().filter_map(octal);
                out.push(u8::try_from(digits.fold(0, |value, digit| value * 8 + digit)).ok()?);
                at += n;
                continue;
            }
            (b'\\', Some(letter)) => {
                out.push(match letter {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'\\' | b'\'' | b'"' => letter,
                    _ => return None,
                });
                at += 1;
                continue;
            }
            // A soft line end of mail.
            (b'=', Some(b'\n')) => {
                at += 1;
                continue;
            }
            _ => at,
        };
        match (digit(raw.get(hex_at)), digit(raw.get(hex_at + 1))) {
            (Some(high), Some(low)) => out.push(high << 4 | low),
            // Cut at the end of a head.
            _ if hex_at + 2 > raw.len() => break,
            _ => return None,
        }
        at = hex_at + 2;
    }
    Some(out)
}

fn uu(raw: &[u8]) -> Option<Vec<u8>> {
    let raw = raw.strip_prefix(b"begin ")?;
    let mut out = Vec::new();
    for line in raw.split(|b| *b == b'\n').skip(1) {
        let [len, digits @ ..] = line else { break };
        if matches!(len, b' ' | b'`') || line == b"end" {
            break;
        }
        let len = usize::from(len.checked_sub(32)? & 63);
        let before = out.len();
        for group in digits.chunks(4) {
            let value = |i: usize| u32::from(group.get(i).map_or(0, |b| b.wrapping_sub(32) & 63));
            let bits = value(0) << 18 | value(1) << 12 | value(2) << 6 | value(3);
            out.extend(bits.to_be_bytes().iter().skip(1));
        }
        out.truncate(before + len);
    }
    Some(out)
}

fn utf16(raw: &[u8]) -> Option<Vec<u8>> {
    let pairs = raw.as_chunks::<2>().0;
    pairs.iter().all(|[_, high]| *high == 0).then(|| pairs.iter().map(|[low, _]| *low).collect())
}

/// Deflate without a header; what can be told of it is only whether it makes sense.
fn deflate(raw: &[u8], most: usize) -> Option<Vec<u8>> {
    use std::io::Read as _;
    // Text is no deflate that anybody writes: its first block would be one of no or of fixed compression.
    let first = *raw.first()?;
    if first & 6 == 6 || raw.is_ascii() {
        return None;
    }
    let mut out = Vec::new();
    // A head ends early, which is an error behind the bytes that are wanted.
    let _ = flate2::read::DeflateDecoder::new(raw).take(most as u64).read_to_end(&mut out);
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `pickle.dumps(print, 4)`, frame and all.
    const PICKLE: &[u8] = b"\x80\x04\x95\x16\0\0\0\0\0\0\0\x8c\x08builtins\x94\x8c\x05print\x94\x93\x94.";

    #[test]
    fn each_encoding_of_python_is_taken_off() {
        use Encoding::*;
        // >>> base64.b64encode(p), .b32encode(p), .b85encode(p), .a85encode(p), p.hex(":"), binascii.b2a_uu(p), ..
        let cases: &[(&[u8], &[Encoding])] = &[
            (b"gASVFgAAAAAAAACMCGJ1aWx0aW5zlIwFcHJpbnSUk5Qu", &[Base64]),
            (b"QACJKFQAAAAAAAAAACGAQYTVNFWHI2LOOOKIYBLQOJUW45EUSOKC4===", &[Base32]),
            (b"fCQBm000000001t2x4_<Y;<XEbCiq)aB^vGbd-~nE&", &[Base85]),
            (b"J-;,Qz!!!\"X#\\%pjCijB/F-MUeE,oZ1FHhuR/c", &[Ascii85]),
            (b"80:04:95:16:00:00:00:00:00:00:00:8c:08:62:75:69:6c:74:69:6e:73", &[Hex]),
            (b"0x8004951600000000000000", &[Hex]),
            (b"128,4,149,22,0,0,0,0,0,0,0,140,8", &[Decimal]),
            (b"\\x80\\x04\\x95\\x16\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x8c\\x08builtins", &[Escaped]),
            (b"b'\\x80\\x04\\x95\\x16\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x8c\\x08builtins'", &[Escaped]),
            (b"%80%04%95%16%00%00%00%00%00%00%00%8C%08builtins", &[Escaped]),
            (b"begin 666 x\nA@ 25%@        \",\"&)U:6QT:6YSE(P%<')I;G24DY0N\n \nend\n", &[Uu]),
            (b"10000000000001001001010100010110000000000000000000000000000000000000000000000000000000001000110000001000", &[Binary]),
            (b"\\200\\004\\225\\026\\000\\000\\000\\000\\000\\000\\000\\214\\010", &[Escaped]),
            (b"\\u0080\\u0004\\u0095\\u0016\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u008c\\u0008", &[Escaped]),
            (b"&#128;&#4;&#149;&#22;&#0;&#0;&#0;&#0;&#0;&#0;&#0;&#140;&#8;", &[Decimal]),
            (b"chr(128)+chr(4)+chr(149)+chr(22)+chr(0)+chr(0)+chr(0)+chr(0)+chr(0)+chr(0)+chr(0)+chr(140)+chr(8)", &[Decimal]),
            // >>> p.decode("ascii", "surrogateescape")
            (b"\xed\xb2\x80\x04\xed\xb2\x95\x16\0\0\0\0\0\0\0\xed\xb2\x8c\x08builtins", &[Latin1]),
            // >>> base64.b64encode(base64.b64encode(p))
            (b"Z0FTVkZnQUFBQUFBQUFDTUNHSjFhV3gwYVc1emxJd0ZjSEpwYm5TVWs1UXU=", &[Base64, Base64]),
        ];
        for (raw, encodings) in cases {
            let found = chain(raw, raw);
            let text = String::from_utf8_lossy(raw);
            let inner = found.as_ref().and_then(|chain| take_off(raw, chain, 1000)).unwrap_or_default();
            assert!(PICKLE.starts_with(&inner[..inner.len().min(9)]) && inner.len() > 8, "{text}: {found:?} {inner:?}");
            assert_eq!(found.as_deref(), Some(*encodings), "{text}");
        }
        let backwards: Vec<u8> = PICKLE.iter().rev().copied().collect();
        assert_eq!(chain(&backwards, &backwards), Some(vec![Backwards]));
        assert_eq!(take_off(&backwards, &[Backwards], 1000).as_deref(), Some(PICKLE));
    }

    #[test]
    fn words_and_digests_are_none() {
        for text in [
            "a sentence of words that anybody could have written",
            "d41d8cd98f00b204e9800998ecf8427e",
            "sklearn.linear_model._logistic.LogisticRegression",
            "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12",
            "<!DOCTYPE html><html><head><title>x</title></head>",
        ] {
            assert_eq!(chain(text.as_bytes(), text.as_bytes()), None, "{text}");
        }
    }
}
