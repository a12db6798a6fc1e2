//! The magic table: what the first bytes of a stream look like. Names and extensions are never asked: they lie.

use super::Codec;

/// What a stream looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Compressed; look inside again.
    Compressed(Codec),
    /// A zip archive: PyTorch, npz, Keras, or plain.
    Zip,
    /// A tar archive.
    Tar,
    /// A NumPy array.
    Npy,
    /// A pickle of protocol 2 or later.
    Pickle,
    /// The stream PyTorch wrote before 1.6.
    TorchLegacy,
    /// safetensors.
    Safetensors,
    /// A model of gradient boosting in its library's own form.
    Booster(Booster),
    /// Something known that picklescope does not read: its name.
    Other(&'static str),
    /// An archive that picklescope does not open: its name.
    OtherArchive(&'static str),
    /// No bytes.
    Empty,
    /// No magic: perhaps a pickle of protocol 0 or 1, perhaps nothing.
    Unknown,
}

/// The forms in which libraries of gradient boosting write their models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Booster {
    /// XGBoost's UBJSON.
    XgboostUbjson,
    /// XGBoost's JSON.
    XgboostJson,
    /// XGBoost's binary form, deprecated since 1.6.
    XgboostBinary,
    /// LightGBM's text.
    LightgbmText,
    /// CatBoost's FlatBuffer.
    Catboost,
}

impl Booster {
    /// The word of `info`.
    pub fn word(self) -> &'static str {
        match self {
            Self::XgboostUbjson => "xgboost-ubjson",
            Self::XgboostJson => "xgboost-json",
            Self::XgboostBinary => "xgboost-binary",
            Self::LightgbmText => "lightgbm",
            Self::Catboost => "catboost",
        }
    }

    /// What it is, for people.
    pub fn what(self) -> &'static str {
        match self {
            Self::XgboostUbjson => "XGBoost model (UBJSON)",
            Self::XgboostJson => "XGBoost model (JSON)",
            Self::XgboostBinary => "XGBoost model (binary, deprecated)",
            Self::LightgbmText => "LightGBM model (text)",
            Self::Catboost => "CatBoost model",
        }
    }
}

/// Length of the struct that XGBoost's binary form begins with; the name of the objective follows.
pub const BINARY_HEADER: u64 = 136;

/// Bytes that [`sniff`] wants to see: enough for tar's magic at 257.
pub const HEAD: usize = 512;

/// PyTorch's magic number as a pickle of each protocol: 0 and 1, 2, 3, and 4 and 5, which put it into a frame.
const TORCH_LEGACY: [&[u8]; 5] = [
    b"L119547037146038801333356L\n.",
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e",
    b"\x80\x03\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e",
    b"\x80\x04\x95\x0d\0\0\0\0\0\0\0\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e",
    b"\x80\x05\x95\x0d\0\0\0\0\0\0\0\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e",
];

/// (first bytes, what they mean), in the order they are tried.
const MAGIC: &[(&[u8], Kind)] = &[
    (b"PK\x03\x04", Kind::Zip),
    (b"PK\x05\x06", Kind::Zip),
    (b"\x93NUMPY", Kind::Npy),
    (b"\x1f\x8b", Kind::Compressed(Codec::Gzip)),
    (b"BZh", Kind::Compressed(Codec::Bzip2)),
    (b"\xfd7zXZ\0", Kind::Compressed(Codec::Xz)),
    (b"\x5d\0\0", Kind::Compressed(Codec::Lzma)),
    (b"\x04\x22\x4d\x18", Kind::Compressed(Codec::Lz4)),
    (b"\x28\xb5\x2f\xfd", Kind::Compressed(Codec::Zstd)),
    (b"ZF0x", Kind::Compressed(Codec::Zfile)),
    (b"\x80\x02", Kind::Pickle),
    (b"\x80\x03", Kind::Pickle),
    (b"\x80\x04", Kind::Pickle),
    (b"\x80\x05", Kind::Pickle),
    (b"7z\xbc\xaf\x27\x1c", Kind::OtherArchive("a 7z archive")),
    (b"Rar!\x1a\x07", Kind::OtherArchive("a RAR archive")),
    (b"\x1f\x9d", Kind::OtherArchive("a file of Unix compress")),
    (b"MSCF\0\0\0\0", Kind::OtherArchive("a cabinet archive")),
    (b"\x89HDF\r\n\x1a\n", Kind::Other("an HDF5 file (Keras writes these)")),
    (b"GGUF", Kind::Other("a GGUF model")),
    (b"CBM1", Kind::Booster(Booster::Catboost)),
    (b"{L", Kind::Booster(Booster::XgboostUbjson)),
    (b"tree\n", Kind::Booster(Booster::LightgbmText)),
    (b"\x89PNG", Kind::Other("a PNG picture")),
    (b"\xff\xd8\xff", Kind::Other("a JPEG picture")),
    (b"%PDF", Kind::Other("a PDF document")),
    (b"\x7fELF", Kind::Other("a program (ELF)")),
    (b"PAR1", Kind::Other("a Parquet file")),
    (b"ARROW1", Kind::Other("an Arrow file")),
    (b"SQLite format 3\0", Kind::Other("an SQLite database")),
];

/// What a stream of `len` bytes that begins with `head` looks like.
pub fn sniff(head: &[u8], len: u64) -> Kind {
    if len == 0 {
        return Kind::Empty;
    }
    if TORCH_LEGACY.iter().any(|magic| head.starts_with(magic)) {
        return Kind::TorchLegacy;
    }
    // A header of 640 bytes (and of 896, ..) is a length that begins as a pickle does; no pickle goes on like it.
    let safetensors = safetensors(head, len);
    if safetensors && matches!(head, [0x80, 2..=5, next, ..] if !takes_zeros(*next)) {
        return Kind::Safetensors;
    }
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *kind;
    }
    if head.get(257..262) == Some(b"ustar") {
        return Kind::Tar;
    }
    if xgboost_json(head) {
        return Kind::Booster(Booster::XgboostJson);
    }
    if xgboost_binary(head) {
        return Kind::Booster(Booster::XgboostBinary);
    }
    // zstd data may begin with frames to skip.
    if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = head {
        return Kind::Compressed(Codec::Zstd);
    }
    if safetensors {
        return Kind::Safetensors;
    }
    // Tars of before 1988 have no magic, only a checksum.
    if super::tar::is_header(head) {
        return Kind::Tar;
    }
    // Two bytes of which the first is fixed and the second a checksum: weak, so it comes last.
    if let [0x78, second, ..] = head
        && (0x7800 + u32::from(*second)).is_multiple_of(31)
    {
        return Kind::Compressed(Codec::Zlib);
    }
    Kind::Unknown
}

/// A length, and JSON behind it. A header that claims more than the file has is one too, with a lie in it.
fn safetensors(head: &[u8], len: u64) -> bool {
    let Some((size, [b'{', ..])) = head.split_first_chunk::<8>() else { return false };
    let size = u64::from_le_bytes(*size);
    size.checked_add(8).is_some_and(|end| end <= len) || size < 1 << 48
}

/// True for opcodes that may have the five bytes behind them, of which the last four are zeros, as their argument. Zero
/// itself is no opcode: any other ends a pickle there.
fn takes_zeros(opcode: u8) -> bool {
    // Lines, numbers of eight bytes, and what has a length before it.
    matches!(opcode, b'F' | b'I' | b'L' | b'P' | b'S' | b'V' | b'c' | b'g' | b'i' | b'p')
        || matches!(opcode, b'G' | 0x95)
        || matches!(opcode, b'T' | b'U' | b'X' | b'B' | b'C' | 0x8a | 0x8b | 0x8c | 0x8d | 0x8e | 0x96)
}

/// Keys come sorted: `learner` or, with the configuration, `Config` is the first.
fn xgboost_json(head: &[u8]) -> bool {
    let Some(rest) = head.trim_ascii_start().strip_prefix(b"{") else { return false };
    let rest = rest.trim_ascii_start();
    rest.starts_with(b"\"learner\"") || rest.starts_with(b"\"Config\"")
}

/// The binary form has no magic that is always there: behind the first struct stand the lengths and names of the
/// objective and of one of three boosters.
fn xgboost_binary(head: &[u8]) -> bool {
    if head.starts_with(b"CONFIG-offset:") {
        return true;
    }
    let head = head.strip_prefix(b"binf").unwrap_or(head);
    let name = |at: usize| -> Option<(&[u8], usize)> {
        let (len, rest) = head.get(at..)?.split_first_chunk::<8>()?;
        let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
        Some((rest.get(..len)?, at.checked_add(8 + len)?))
    };
    let names = usize::try_from(BINARY_HEADER).ok().and_then(name).and_then(|(objective, at)| {
        let (booster, _) = name(at)?;
        Some((objective, booster))
    });
    names.is_some_and(|(objective, booster)| {
        matches!(booster, b"gbtree" | b"gblinear" | b"dart") && objective.iter().all(u8::is_ascii_graphic)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_magic_is_found_and_none_hides_another() {
        for (magic, kind) in MAGIC {
            assert_eq!(sniff(magic, 1000), *kind, "{magic:?}");
        }
        TORCH_LEGACY.iter().for_each(|magic| assert_eq!(sniff(magic, 1000), Kind::TorchLegacy, "{magic:?}"));
        assert_eq!(sniff(b"", 0), Kind::Empty);
        assert_eq!(sniff(b"(dp0\n.", 6), Kind::Unknown);
        assert_eq!(sniff(b"\x78\x9c", 20), Kind::Compressed(Codec::Zlib));
        assert_eq!(sniff(b"xyz", 3), Kind::Unknown);
        // Lengths of safetensors headers; a real file of 648 bytes begins with the first. The last goes on as a pickle:
        // BINFLOAT takes eight bytes, and who loads it runs what follows.
        for length in [640u64, 896, 1152, 1408, 66_176, 376, 40_056] {
            let head = [&length.to_le_bytes(), &b"{\"x\": {}"[..]].concat();
            assert_eq!(sniff(&head, length + 8), Kind::Safetensors, "{length}");
        }
        assert_eq!(sniff(b"\x80\x02G\0\0\0\0\0{\0\0", 5_000_000), Kind::Pickle);
        assert_eq!(sniff(b"{\n \"learner\": {", 100), Kind::Booster(Booster::XgboostJson));
        let mut binary = vec![0; 136];
        binary.extend(b"\x0e\0\0\0\0\0\0\0multi:softprob\x06\0\0\0\0\0\0\0gbtree");
        assert_eq!(sniff(&binary, 1000), Kind::Booster(Booster::XgboostBinary));
        binary[136..144].fill(0xff);
        assert_eq!(sniff(&binary, 1000), Kind::Unknown);
    }
}
