//! Python's codecs, as far as a file uses them to hide a name: each is written out, none is run.

use std::io::Read as _;

use base64::Engine as _;

use super::symbolic::{MAX_LEN, Sym};

/// The name of a codec, as Python folds it.
pub(super) fn codec_name(codec: &str) -> String {
    codec.to_lowercase().replace(['-', ' '], "_").trim_matches('_').to_owned()
}

/// What decoding by a codec gives, as far as it is known.
pub(super) fn decode(value: Sym, codec: &str) -> Sym {
    let raw = match &value {
        Sym::Bytes(raw) => raw.clone(),
        Sym::Text(text) => text.as_bytes().to_vec(),
        _ => return Sym::Unknown,
    };
    match codec_name(codec).as_str() {
        "utf_8" | "utf8" | "ascii" | "us_ascii" => String::from_utf8(raw).map_or(Sym::Unknown, Sym::Text),
        "latin1" | "latin_1" | "iso_8859_1" | "iso8859_1" => Sym::Text(raw.iter().map(|b| char::from(*b)).collect()),
        "rot13" | "rot_13" => match value {
            Sym::Text(text) => Sym::Text(rot13(&text)),
            _ => Sym::Unknown,
        },
        "hex" | "hex_codec" => {
            let digits: Vec<u8> = raw.into_iter().filter(|b| !b.is_ascii_whitespace()).collect();
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
            digits.chunks(2).map(byte).collect::<Option<Vec<u8>>>().map_or(Sym::Unknown, Sym::Bytes)
        }
        "base64" | "base64_codec" => {
            let clean: Vec<u8> = raw.into_iter().filter(|b| !b.is_ascii_whitespace()).collect();
            base64::engine::general_purpose::STANDARD
                .decode(&clean)
                .or_else(|_| base64::engine::general_purpose::STANDARD_NO_PAD.decode(&clean))
                .map_or(Sym::Unknown, Sym::Bytes)
        }
        "zlib" | "zlib_codec" | "zip" => inflated(flate2::read::ZlibDecoder::new(raw.as_slice())),
        "gzip" => inflated(flate2::read::GzDecoder::new(raw.as_slice())),
        "bz2" | "bz2_codec" => Sym::Unknown,
        "utf_16" | "utf_16_le" => {
            let units: Vec<u16> = raw.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
            String::from_utf16(&units)
                .map_or(Sym::Unknown, |text| Sym::Text(text.trim_start_matches('\u{feff}').to_owned()))
        }
        "unicode_escape" | "raw_unicode_escape" => crate::pickle::text::raw_unicode(&raw)
            .and_then(|text| String::from_utf8(text).ok())
            .map_or(Sym::Unknown, Sym::Text),
        _ => Sym::Unknown,
    }
}

fn inflated(reader: impl std::io::Read) -> Sym {
    let mut out = Vec::new();
    match reader.take(MAX_LEN as u64).read_to_end(&mut out) {
        Ok(_) => Sym::Bytes(out),
        Err(_) => Sym::Unknown,
    }
}

/// What encoding by a codec gives, as far as it is known.
pub(super) fn encode(value: Sym, codec: &str) -> Sym {
    let Sym::Text(text) = value else { return Sym::Unknown };
    match codec_name(codec).as_str() {
        "utf_8" | "utf8" | "ascii" | "us_ascii" => Sym::Bytes(text.into_bytes()),
        "latin1" | "latin_1" | "iso_8859_1" | "iso8859_1" => {
            let byte = |c: char| u8::try_from(u32::from(c)).ok();
            text.chars().map(byte).collect::<Option<Vec<u8>>>().map_or(Sym::Unknown, Sym::Bytes)
        }
        "rot13" | "rot_13" => Sym::Text(rot13(&text)),
        _ => Sym::Unknown,
    }
}

fn rot13(text: &str) -> String {
    let turn = |c: char, base: u8| char::from((u8::try_from(u32::from(c)).unwrap_or(base) - base + 13) % 26 + base);
    text.chars()
        .map(|c| match c {
            'a'..='z' => turn(c, b'a'),
            'A'..='Z' => turn(c, b'A'),
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_read_what_python_writes() {
        // >>> codecs.encode("os.system", "rot13"), base64.b64encode(b"system"), zlib.compress(b"os")
        assert_eq!(decode(Sym::Text("bf.flfgrz".to_owned()), "rot13"), Sym::Text("os.system".to_owned()));
        assert_eq!(decode(Sym::Bytes(b"c3lzdGVt".to_vec()), "base64"), Sym::Bytes(b"system".to_vec()));
        let zlib = [0x78, 0x9c, 0xcb, 0x2f, 0x06, 0x00, 0x01, 0x53, 0x00, 0xe3];
        assert_eq!(decode(Sym::Bytes(zlib.to_vec()), "zlib"), Sym::Bytes(b"os".to_vec()));
    }
}
