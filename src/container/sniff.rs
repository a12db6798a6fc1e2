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
    /// Something known that picklescope does not read: its name.
    Other(&'static str),
    /// An archive that picklescope does not open: its name.
    OtherArchive(&'static str),
    /// No bytes.
    Empty,
    /// No magic: perhaps a pickle of protocol 0 or 1, perhaps nothing.
    Unknown,
}

/// Bytes that [`sniff`] wants to see: enough for tar's magic at 257.
pub const HEAD: usize = 512;

const TORCH_LEGACY: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e";

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
    (TORCH_LEGACY, Kind::TorchLegacy),
    (b"\x80\x02", Kind::Pickle),
    (b"\x80\x03", Kind::Pickle),
    (b"\x80\x04", Kind::Pickle),
    (b"\x80\x05", Kind::Pickle),
    (b"7z\xbc\xaf\x27\x1c", Kind::OtherArchive("a 7z archive")),
    (b"Rar!\x1a\x07", Kind::OtherArchive("a RAR archive")),
    (b"\x89HDF\r\n\x1a\n", Kind::Other("an HDF5 file (Keras writes these)")),
    (b"GGUF", Kind::Other("a GGUF model")),
    (b"CBM1", Kind::Other("a CatBoost model")),
    (b"{L", Kind::Other("an XGBoost model (UBJSON)")),
    (b"tree\n", Kind::Other("a LightGBM model (text)")),
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
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *kind;
    }
    if head.get(257..262) == Some(b"ustar") {
        return Kind::Tar;
    }
    // zstd data may begin with frames to skip.
    if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = head {
        return Kind::Compressed(Codec::Zstd);
    }
    if let Some((size, [b'{', ..])) = head.split_first_chunk::<8>() {
        let size = u64::from_le_bytes(*size);
        // A header that claims more than the file has is still a safetensors file, with a lie in it.
        if size.checked_add(8).is_some_and(|end| end <= len) || size < 1 << 48 {
            return Kind::Safetensors;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_magic_is_found_and_none_hides_another() {
        for (magic, kind) in MAGIC {
            assert_eq!(sniff(magic, 1000), *kind, "{magic:?}");
        }
        assert_eq!(sniff(b"", 0), Kind::Empty);
        assert_eq!(sniff(b"(dp0\n.", 6), Kind::Unknown);
        assert_eq!(sniff(b"\x78\x9c", 20), Kind::Compressed(Codec::Zlib));
        assert_eq!(sniff(b"xyz", 3), Kind::Unknown);
    }
}
