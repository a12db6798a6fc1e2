//! Layer 1: streams inside streams. A file is peeled until something stands there that is no compression; archives
//! give their members as further streams. Each stream remembers what it came from.

mod archive;
mod inflate;
mod margin;
mod slack;
pub mod sniff;
pub mod tar;
pub mod zip;

pub use archive::{Archive, Member};
pub use inflate::{Inflated, Spent, inflate};
pub use sniff::{Kind, sniff};

use crate::bytes::{Bytes, Error, ErrorKind, Limits, Problem, Progress, Result, Span, StreamId};

/// How a stream is stored in the one it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// As it is: a range of the parent.
    Stored,
    /// gzip.
    Gzip,
    /// zlib.
    Zlib,
    /// Deflate without a frame, as in zip.
    Deflate,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// The format before xz.
    Lzma,
    /// The same with the header that zip gives it.
    ZipLzma,
    /// lz4 frames.
    Lz4,
    /// zstd.
    Zstd,
    /// joblib's own frame before 0.10, around zlib.
    Zfile,
}

impl Codec {
    /// The word of the JSON documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Gzip => "gzip",
            Self::Zlib => "zlib",
            Self::Deflate => "deflate",
            Self::Bzip2 => "bz2",
            Self::Xz => "xz",
            Self::Lzma | Self::ZipLzma => "lzma",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
            Self::Zfile => "zfile",
        }
    }
}

/// Where a stream comes from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The place in the parent stream.
    pub place: Span,
    /// How it is stored there.
    pub codec: Codec,
}

/// A sequence of bytes of its own.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Its name: empty for the file and what it inflates to, else the member's name.
    pub name: Box<str>,
    /// Its bytes, labelled with its id.
    pub bytes: Bytes,
    /// What it comes from; None for the file.
    pub from: Option<Origin>,
    /// What it looks like.
    pub kind: Kind,
}

/// All streams of a file: position = id.
#[derive(Debug)]
pub struct Streams {
    list: Vec<Stream>,
    limits: Limits,
    spent: Spent,
    /// Bytes of stored members so far, and how many there may be beside what was inflated: as many as the files have, once
    /// a layer.
    stored: u64,
    stored_limit: u64,
    /// What went wrong on the way.
    pub problems: Vec<Problem>,
}

impl Streams {
    /// A file's streams: it, and what its layers of compression hold.
    pub fn open(bytes: Bytes, limits: &Limits, progress: &Progress) -> Self {
        let mut streams = Self {
            list: Vec::new(),
            limits: limits.clone(),
            spent: Spent::new(limits, bytes.len()),
            stored: 0,
            stored_limit: bytes.len().saturating_mul(u64::from(limits.layers)),
            problems: Vec::new(),
        };
        match streams.add("", bytes, None) {
            Ok(file) => {
                streams.peel(file, progress);
            }
            Err(error) => streams.problems.push(error),
        }
        streams
    }

    /// The limits everything is read under.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A stream.
    pub fn get(&self, id: StreamId) -> Option<&Stream> {
        self.list.get(id.0 as usize)
    }

    /// All streams with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (StreamId, &Stream)> {
        (0..).map(StreamId).zip(&self.list)
    }

    fn add(&mut self, name: &str, bytes: Bytes, from: Option<Origin>) -> Result<StreamId> {
        let id = StreamId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        let bytes = bytes.labelled(id);
        let head = bytes.head(sniff::HEAD)?;
        let kind = sniff(&head, bytes.len());
        self.list.push(Stream { name: name.into(), bytes, from, kind });
        Ok(id)
    }

    /// Inflates `id` while it is compressed, layer by layer, and gives the innermost stream.
    pub fn peel(&mut self, id: StreamId, progress: &Progress) -> StreamId {
        let mut id = id;
        let outer = self.get(id).map_or(0, |stream| stream.bytes.len());
        for _ in 0..self.limits.layers {
            let Some(stream) = self.get(id) else { return id };
            let Kind::Compressed(codec) = stream.kind else { return id };
            let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
            let inflated = match inflate(&bytes, codec, outer, &self.limits, &mut self.spent, progress) {
                Ok(inflated) => inflated,
                Err(error) => {
                    self.problems.push(error);
                    return id;
                }
            };
            // Two bytes are a weak sign: if not one byte comes out, it was no zlib or lzma at all.
            if inflated.bytes.is_empty() && inflated.problem.is_some() && matches!(codec, Codec::Zlib | Codec::Lzma) {
                if let Some(stream) = self.list.get_mut(id.0 as usize) {
                    stream.kind = Kind::Unknown;
                }
                return id;
            }
            self.problems.extend(inflated.problem);
            if codec == Codec::Gzip {
                self.problems.extend(margin::gzip(&bytes));
            }
            let origin = Origin { place: bytes.span(0, bytes.len()), codec };
            match self.add(&name, inflated.bytes, Some(origin)) {
                Ok(inner) => id = inner,
                Err(error) => {
                    self.problems.push(error);
                    return id;
                }
            }
        }
        if let Some(stream) = self.get(id)
            && matches!(stream.kind, Kind::Compressed(_))
        {
            let limit = u64::from(self.limits.layers);
            let at = stream.bytes.span(0, 0);
            self.problems.push(Error { at, kind: ErrorKind::Limit { what: "compression layers", limit } });
        }
        id
    }

    /// The stream that peeling the file ended at.
    pub fn innermost(&self) -> Option<StreamId> {
        let mut id = StreamId::FILE;
        self.get(id)?;
        while let Some((inner, _)) = self
            .iter()
            .find(|(_, stream)| stream.name.is_empty() && stream.from.is_some_and(|from| from.place.stream == id))
        {
            id = inner;
        }
        Some(id)
    }

    /// The codecs between the file and `id`, outermost first; members of archives are not codecs.
    pub fn codecs(&self, id: StreamId) -> Vec<Codec> {
        let mut all = Vec::new();
        let mut at = self.get(id);
        while let Some(Origin { place, codec }) = at.and_then(|stream| stream.from) {
            if codec != Codec::Stored {
                all.push(codec);
            }
            // A parent always has a smaller id, so this ends.
            at = self.get(place.stream);
        }
        all.reverse();
        all
    }

    /// What stands behind `at` in `parent`, as a stream of its own.
    pub fn behind(&mut self, parent: StreamId, at: u64) -> Result<StreamId> {
        let len = self.get(parent).map_or(0, |stream| stream.bytes.len());
        self.range(parent, at, len.saturating_sub(at))
    }

    /// A range of `parent` as a stream of its own.
    pub fn range(&mut self, parent: StreamId, at: u64, len: u64) -> Result<StreamId> {
        let Some(stream) = self.get(parent) else {
            return Err(Error { at: Span::default(), kind: ErrorKind::Unrecognised });
        };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        let part = bytes.slice(at, len)?;
        let place = part.span(0, part.len());
        let name = if name.is_empty() { format!("data at {at}") } else { name.into() };
        self.add(&name, part, Some(Origin { place, codec: Codec::Stored }))
    }

    /// Bytes that an object inside `place` holds, as a stream of their own.
    pub fn held(&mut self, name: &str, bytes: Bytes, place: Span) -> Result<StreamId> {
        self.add(name, bytes, Some(Origin { place, codec: Codec::Stored }))
    }

    /// Adds a file that belongs to the one that was opened: a shard of a checkpoint.
    pub fn beside(&mut self, name: &str, bytes: Bytes, progress: &Progress) -> Result<StreamId> {
        self.stored_limit = self.stored_limit.saturating_add(bytes.len().saturating_mul(u64::from(self.limits.layers)));
        self.spent.beside(bytes.len());
        let id = self.add(name, bytes, None)?;
        Ok(self.peel(id, progress))
    }

    /// Number of archives and compressions around `id`.
    pub fn depth(&self, id: StreamId) -> u32 {
        let mut depth = 0;
        let mut at = self.get(id);
        while let Some(Origin { place, .. }) = at.and_then(|stream| stream.from) {
            depth += 1;
            at = self.get(place.stream);
        }
        depth
    }

    /// What the members of `parent` are called in the file: behind the name of the archive, if it has one itself.
    pub fn member_name(&self, parent: StreamId, member: &str) -> String {
        match self.get(parent).map(|stream| &*stream.name) {
            None | Some("") => member.to_owned(),
            Some(outer) => format!("{outer}/{member}"),
        }
    }

    /// Makes a member of the archive `parent` a stream, inflated if need be, and peels it further. What is compressed in a
    /// way that is not known is given as it lies there.
    pub fn member(&mut self, parent: StreamId, member: &Member, progress: &Progress) -> Result<StreamId> {
        let Some(stream) = self.get(parent) else {
            return Err(Error { at: Span::default(), kind: ErrorKind::Unrecognised });
        };
        let raw = stream.bytes.slice(member.data_at, member.data_len)?;
        let place = raw.span(0, raw.len());
        if self.depth(parent) >= self.limits.layers {
            let limit = u64::from(self.limits.layers);
            return Err(Error { at: place, kind: ErrorKind::Limit { what: "archives in archives", limit } });
        }
        let codec = member.codec.unwrap_or(Codec::Stored);
        // What was stopped is shorter than its header says, which is nobody's lie.
        let mut whole = true;
        let bytes = if codec == Codec::Stored {
            // Members may overlap, each with nearly the whole archive: together they must not be more than honest ones.
            self.stored = self.stored.saturating_add(raw.len());
            let inflated = self.limits.inflated_bytes - self.spent.inflated.left();
            let limit = self.stored_limit.saturating_add(inflated.saturating_mul(u64::from(self.limits.layers)));
            if self.stored > limit {
                return Err(Error {
                    at: place,
                    kind: ErrorKind::Limit { what: "bytes of overlapping members", limit },
                });
            }
            raw
        } else {
            let inflated = inflate(&raw, codec, raw.len(), &self.limits, &mut self.spent, progress)?;
            whole = !inflated.problem.as_ref().is_some_and(|problem| problem.kind.is_stop());
            self.problems.extend(inflated.problem);
            inflated.bytes
        };
        let lie = |message: String| Error { at: place, kind: ErrorKind::Archive { what: "zip", message } };
        if member.codec.is_none() {
            let what = format!("a member compressed with method {}", member.method);
            self.problems.push(Error { at: place, kind: ErrorKind::NotSupported(what) });
        } else if let Some(size) = member.size.filter(|size| whole && *size != bytes.len()) {
            let message = format!("member {:?} holds {} bytes, its header says {size}", member.name, bytes.len());
            self.problems.push(lie(message));
        }
        let name = self.member_name(parent, &member.name);
        let id = self.add(&name, bytes, Some(Origin { place, codec }))?;
        if let Some(stream) = self.get(id)
            && let Some(stated) = member.crc.filter(|_| whole && member.codec.is_some())
            && (codec != Codec::Stored || is_read_whole(stream))
            && let Some(crc) = crc32(&stream.bytes).filter(|crc| *crc != stated)
        {
            let message = format!("the CRC-32 of member {:?} is {crc:08x}, its header says {stated:08x}", member.name);
            self.problems.push(lie(message));
        }
        Ok(self.peel(id, progress))
    }
}

/// Members up to this size are checked against their CRC.
const CRC_CHECKED: u64 = 64 << 20;

/// True for members of which every byte is looked at anyway; of what has no magic, only short ones are.
fn is_read_whole(stream: &Stream) -> bool {
    match stream.kind {
        Kind::Pickle | Kind::TorchLegacy | Kind::Compressed(_) => true,
        Kind::Unknown => stream.bytes.len() <= 1 << 20,
        _ => false,
    }
}

/// CRC-32 of `bytes`, unless they are long or cannot be read.
fn crc32(bytes: &Bytes) -> Option<u32> {
    if bytes.len() > CRC_CHECKED {
        return None;
    }
    let mut crc = flate2::Crc::new();
    match bytes.in_memory() {
        Some(all) => crc.update(all),
        None => {
            let mut buffer = vec![0; 64 << 10];
            let mut at = 0;
            while at < bytes.len() {
                let n = bytes.read_some(at, &mut buffer).ok().filter(|n| *n > 0)?;
                crc.update(buffer.get(..n)?);
                at += n as u64;
            }
        }
    }
    Some(crc.sum())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(data: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(data).unwrap();
        writer.finish().unwrap()
    }

    fn open(data: Vec<u8>, limits: &Limits) -> Streams {
        Streams::open(Bytes::from_vec(data), limits, &Progress::new())
    }

    fn inner(streams: &Streams) -> &[u8] {
        streams.get(streams.innermost().unwrap()).unwrap().bytes.in_memory().unwrap()
    }

    #[test]
    fn layers_are_peeled_and_remembered() {
        let streams = open(gzip(&gzip(b"\x80\x04N.")), &Limits::default());
        assert_eq!(inner(&streams), b"\x80\x04N.");
        assert_eq!(streams.codecs(streams.innermost().unwrap()), [Codec::Gzip, Codec::Gzip]);
        assert!(streams.problems.is_empty());
    }

    #[test]
    fn each_codec_of_python_is_read() {
        // Made by CPython's bz2, lzma (xz, alone), zlib and by python-lz4, zstandard: b"\x80\x04N."
        let cases: [(&str, Codec); 10] = [
            (
                "425a6839314159265359130a2bd7000001d44004000001000140002000219a68334d173c5dc914e142404c28af5c",
                Codec::Bzip2,
            ),
            (
                "fd377a585a000004e6d6b4460200210116000000742fe5a301000380044e2e002853e3005dfc3da400011c046f2c9cc11fb6f37d010000000004595a",
                Codec::Xz,
            ),
            ("5d00008000ffffffffffffffff0040010574d13a0ffffffc3f0000", Codec::Lzma),
            ("789c6b60f1d3030002da0101", Codec::Zlib),
            ("04224d1868400400000000000000cd0400008080044e2e00000000", Codec::Lz4),
            (
                "04224d1868400200000000000000a00200008080040000000004224d1868400200000000000000a0020000804e2e00000000",
                Codec::Lz4,
            ),
            ("28b52ffd200421000080044e2e", Codec::Zstd),
            ("502a4d180300000061626328b52ffd20010900008028b52ffd2003190000044e2e", Codec::Zstd),
            ("5a4630783420202020202020202020202020202020789c6b60f1d3030002da0101", Codec::Zfile),
            ("5a463078342020202020202020202020202020202020789c6b60f1d3030002da0101", Codec::Zfile),
        ];
        for (hex, codec) in cases {
            let raw = (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
            let streams = open(raw, &Limits::default());
            assert_eq!(streams.codecs(streams.innermost().unwrap()), [codec]);
            assert_eq!(inner(&streams), b"\x80\x04N.", "{codec:?} {:?}", streams.problems);
        }
    }

    #[test]
    fn what_came_before_the_damage_is_kept() {
        let mut data = gzip(&[b'a'; 100_000]);
        data.truncate(data.len() - 12);
        let streams = open(data, &Limits::default());
        assert!(!inner(&streams).is_empty());
        assert!(matches!(streams.problems[0].kind, ErrorKind::Codec { codec: "gzip", .. }));
    }

    #[test]
    fn a_bomb_in_a_bomb_is_refused_and_memory_stays_small() {
        let limits = Limits { inflated_bytes: 8 << 20, ..Limits::default() };
        let streams = open(gzip(&gzip(&vec![0; 64 << 20])), &limits);
        assert!(matches!(streams.problems[0].kind, ErrorKind::Limit { what: "inflated bytes", .. }));
        // Each layer grows less than 2,000 times, both together far more.
        let streams = open(gzip(&gzip(&vec![0; 128 << 20])), &Limits::default());
        assert_eq!(streams.problems[0].kind, ErrorKind::Ratio { ratio: 2_000 });
        let limits = Limits { ratio: 100, ratio_floor: 1 << 20, ..Limits::default() };
        let streams = open(gzip(&vec![0; 64 << 20]), &limits);
        assert_eq!(streams.problems[0].kind, ErrorKind::Ratio { ratio: 100 });
    }

    #[test]
    fn what_is_too_even_for_memory_is_refused_before_it_fills_the_disk() {
        // Deflate makes zeros at best 1,030 times smaller, and the fastest of it 200 times: below the first ratio.
        let bomb = gzip(&vec![0; 32 << 20]);
        let limits = Limits { memory_bytes: 4 << 20, spilled_ratio: 100, ..Limits::default() };
        let streams = open(bomb.clone(), &limits);
        assert_eq!(streams.problems[0].kind, ErrorKind::Ratio { ratio: 100 });
        let whole = open(bomb, &limits.raised());
        assert!(whole.problems.is_empty());
        assert_eq!(whole.get(whole.innermost().unwrap()).unwrap().bytes.len(), 32 << 20);
    }

    #[test]
    fn past_the_memory_budget_goes_to_a_file_and_reads_the_same() {
        let data: Vec<u8> = (0..3_000_000u32).flat_map(u32::to_le_bytes).collect();
        let limits = Limits { memory_bytes: 1 << 20, ..Limits::default() };
        let streams = open(gzip(&data), &limits);
        let bytes = &streams.get(streams.innermost().unwrap()).unwrap().bytes;
        assert!(bytes.in_memory().is_none());
        assert_eq!(bytes.read_vec(0, bytes.len()).unwrap(), data);
    }

    /// An archive of members that are deflated data behind each other.
    fn deflated(datas: &[&[u8]]) -> (Vec<u8>, Vec<Member>) {
        let (mut all, mut members) = (Vec::new(), Vec::new());
        for data in datas {
            let data_at = all.len() as u64;
            let mut writer = flate2::write::DeflateEncoder::new(all, flate2::Compression::best());
            writer.write_all(data).unwrap();
            all = writer.finish().unwrap();
            members.push(Member {
                name: "m".into(),
                codec: Some(Codec::Deflate),
                method: 8,
                size: Some(data.len() as u64),
                header_at: data_at,
                data_at,
                data_len: all.len() as u64 - data_at,
                crc: None,
            });
        }
        (all, members)
    }

    #[test]
    fn the_members_of_an_archive_share_the_memory_budget_and_one_file() {
        let noise = |seed: u32| -> Vec<u8> {
            (0..750_000u32).flat_map(|i| (i ^ seed).wrapping_mul(2_654_435_761).to_le_bytes()).collect()
        };
        let datas = [noise(1), noise(2), noise(3), b"small".to_vec()];
        let (all, members) = deflated(&datas.each_ref().map(Vec::as_slice));
        let limits = Limits { memory_bytes: 4 << 20, ..Limits::default() };
        let mut streams = open(all, &limits);
        let ids: Vec<StreamId> =
            members.iter().map(|m| streams.member(StreamId::FILE, m, &Progress::new()).unwrap()).collect();
        let bytes: Vec<&Bytes> = ids.iter().map(|id| &streams.get(*id).unwrap().bytes).collect();
        assert_eq!(bytes.iter().map(|b| b.in_memory().is_some()).collect::<Vec<_>>(), [true, false, false, true]);
        for (bytes, data) in bytes.iter().zip(&datas) {
            assert!(bytes.read_vec(0, bytes.len()).unwrap() == *data);
            assert!(bytes.read_vec(1, bytes.len()).is_err());
        }
    }

    #[test]
    fn what_is_too_even_to_be_a_model_does_not_fill_memory() {
        let limits = Limits { ratio_floor: 1 << 20, ..Limits::default() };
        let streams = open(gzip(&vec![0; 16 << 20]), &limits);
        let bytes = &streams.get(streams.innermost().unwrap()).unwrap().bytes;
        assert!(streams.problems.is_empty() && bytes.in_memory().is_none());
        assert!(bytes.read_vec(0, bytes.len()).unwrap() == vec![0; 16 << 20]);
    }

    #[test]
    fn members_that_are_a_bomb_together_are_refused_and_the_small_ones_read() {
        let zeros = vec![0; 12 << 20];
        let (all, members) = deflated(&[&zeros, &zeros, &zeros, b"\x80\x04N."]);
        let limits = Limits { memory_bytes: 20 << 20, spilled_ratio: 500, ..Limits::default() };
        let mut streams = open(all.clone(), &limits);
        let lengths = |streams: &mut Streams| -> Vec<u64> {
            let read = |m| {
                let id = streams.member(StreamId::FILE, m, &Progress::new()).unwrap();
                streams.get(id).unwrap().bytes.len()
            };
            members.iter().map(read).collect()
        };
        let [first, second, third, last] = lengths(&mut streams)[..] else { panic!("four members") };
        assert!(first == 12 << 20 && (20 << 20..24 << 20).contains(&(first + second)) && third < 4 << 20 && last == 4);
        assert!(streams.problems.iter().any(|p| p.kind == ErrorKind::Ratio { ratio: 500 }), "{:?}", streams.problems);
        let mut whole = open(all, &limits.raised());
        assert_eq!(lengths(&mut whole), [12 << 20, 12 << 20, 12 << 20, 4]);
        assert!(whole.problems.is_empty());
    }

    #[test]
    fn too_many_layers_are_refused() {
        let data = (0..12).fold(b"x".to_vec(), |data, _| gzip(&data));
        let streams = open(data, &Limits::default());
        assert!(streams.problems.iter().any(|p| matches!(p.kind, ErrorKind::Limit { what: "compression layers", .. })));
    }

    #[test]
    fn x_is_not_zlib_because_of_two_bytes() {
        let streams = open(b"\x78\x9cnot zlib at all".to_vec(), &Limits::default());
        assert_eq!(streams.get(StreamId::FILE).unwrap().kind, Kind::Unknown);
    }

    #[test]
    fn cancel_stops_inflating() {
        let progress = Progress::new();
        progress.cancel();
        let streams = Streams::open(Bytes::from_vec(gzip(&[0; 1000])), &Limits::default(), &progress);
        assert_eq!(streams.problems[0].kind, ErrorKind::Cancelled);
    }
}
