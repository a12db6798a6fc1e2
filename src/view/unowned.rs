//! The bytes of a stream that belong to no object: framing, padding, headers, and what no reader looks at. Each with what
//! it is, so that nothing in a file goes unexplained.

use std::ops::Range;

use crate::array::Elements;
use crate::bytes::{Error, ErrorKind, Progress, Result, Span, StreamId};
use crate::container::Kind;
use crate::formats::{Artifact, Body};
use crate::pickle::Framing;

/// Most pieces that are listed.
pub const MAX_PIECES: usize = 100_000;

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Framing of a pickle.
    Framing(Framing),
    /// Headers and directories of an archive.
    Structure(&'static str),
    /// The header of an array file.
    Header(&'static str),
    /// Between or behind what is read: no reader looks at it.
    Unread,
}

impl What {
    /// What it is, in words.
    pub fn words(self) -> String {
        match self {
            Self::Framing(Framing::Protocol) => "PROTO, the protocol of the pickle".to_owned(),
            Self::Framing(Framing::Frame) => "FRAME, how much to read at once".to_owned(),
            Self::Framing(Framing::Stop) => "STOP, the end of the pickle".to_owned(),
            Self::Framing(Framing::Padding) => "Padding that aligns an array".to_owned(),
            Self::Structure(what) => format!("Headers and directory of the {what}"),
            Self::Header(what) => format!("Header of the {what}"),
            Self::Unread => "No reader looks at this".to_owned(),
        }
    }
}

/// The pieces of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unowned {
    /// In the order of the stream; they do not overlap.
    pub pieces: Vec<(Range<u64>, What)>,
    /// Bytes of all pieces, also of those that are not listed.
    pub total: u64,
}

impl Unowned {
    /// Looks for them. Walks the opcodes, so it belongs in a job. Nothing is found in a stream that is one thing as a whole:
    /// text, a booster, what is only named.
    ///
    /// # Errors
    /// Once `progress` is cancelled.
    pub fn of(artifact: &Artifact, stream: StreamId, progress: &Progress) -> Result<Self> {
        let Some(home) = artifact.streams.get(stream) else { return Ok(Self::default()) };
        let len = home.bytes.len();
        let mut owned: Vec<Range<u64>> = Vec::new();
        let mut pieces: Vec<(Range<u64>, What)> = Vec::new();
        let mut first_stop = len;
        for part in artifact.parts.iter().filter(|part| part.stream == stream) {
            match &part.body {
                Body::Pickle(pickled) => {
                    let decoded = &pickled.decoded;
                    for pickle in decoded.top() {
                        // Where it broke off nobody can say what the rest would have been.
                        let end = if pickle.is_complete() { pickle.end } else { len };
                        first_stop = first_stop.min(end);
                        owned.push(pickle.start..end);
                    }
                    let cancelled = || Error { at: Span::default(), kind: ErrorKind::Cancelled };
                    let framing = decoded.framing(progress).ok_or_else(cancelled)?;
                    pieces.extend(framing.into_iter().map(|(range, what)| (range, What::Framing(what))));
                }
                Body::Array(_) | Body::Facts(_) => {}
                Body::Document(_) | Body::Text | Body::Opaque(_) => owned.push(0..len),
            }
        }
        let inner = artifact.streams.iter().filter_map(|(_, inner)| inner.from).map(|from| from.place);
        let arrays = artifact.arrays.iter().filter(|array| matches!(array.elements, Elements::Bytes(_)));
        let spans = inner.chain(arrays.map(|array| array.span)).filter(|span| span.stream == stream);
        owned.extend(spans.map(|span| span.start..span.end().min(len)));
        if owned.is_empty() {
            return Ok(Self::default());
        }
        owned.retain(|range| range.start < range.end);
        owned.sort_by_key(|range| range.start);
        let mut at = 0;
        for range in owned.into_iter().chain(std::iter::once(len..len)) {
            if range.start > at {
                let what = match home.kind {
                    Kind::Zip => What::Structure("zip"),
                    Kind::Tar => What::Structure("tar"),
                    Kind::Npy => What::Header("npy file"),
                    Kind::Safetensors => What::Header("safetensors file"),
                    // The old PyTorch files have their storages behind the pickles, each after its size.
                    Kind::TorchLegacy if at >= first_stop => What::Header("next storage"),
                    _ => What::Unread,
                };
                pieces.push((at..range.start, what));
            }
            at = at.max(range.end);
        }
        pieces.sort_by_key(|(range, _)| range.start);
        let total = pieces.iter().map(|(range, _)| range.end - range.start).sum();
        pieces.truncate(MAX_PIECES);
        Ok(Self { pieces, total })
    }

    /// The piece that holds a byte, else the next one.
    pub fn from(&self, offset: u64) -> Option<&(Range<u64>, What)> {
        self.pieces.get(self.pieces.partition_point(|(range, _)| range.end <= offset))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bytes::{Bytes, Limits};

    fn of(name: &str, data: &[u8]) -> Unowned {
        let progress = Progress::new();
        let bytes = Bytes::from_vec(data.to_vec());
        let artifact = crate::formats::read(Path::new(name), bytes, &Limits::default(), &progress);
        Unowned::of(&artifact, StreamId::FILE, &progress).unwrap()
    }

    #[test]
    fn what_follows_a_pickle_is_unread_and_all_else_is_named() {
        let found = of("a.pkl", b"\x80\x02]K\x01a.junk");
        let expected =
            [(0..2, What::Framing(Framing::Protocol)), (6..7, What::Framing(Framing::Stop)), (7..11, What::Unread)];
        assert_eq!(found.pieces, expected);
        let piece = |offset| found.from(offset).map(|(range, _)| range.clone());
        assert_eq!((found.total, piece(8), piece(3), piece(11)), (7, Some(7..11), Some(6..7), None));
    }

    #[test]
    fn the_header_of_an_npy_file_is_no_value() {
        let mut data = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        data.extend(b"{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }");
        data.resize(127, b' ');
        data.push(b'\n');
        data.resize(128 + 16, 0);
        assert_eq!(of("a.npy", &data).pieces, [(0..128, What::Header("npy file"))]);
    }

    #[test]
    fn text_is_one_thing() {
        assert_eq!(of("a.txt", b"nothing but words, and no pickle"), Unowned::default());
    }
}
