//! Inflating: every codec that joblib, pandas and people use, under a budget of bytes and of ratio, with progress and
//! cancel. What was inflated before an error is kept.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Codec;
use crate::bytes::{Budget, Bytes, Error, ErrorKind, INFLATED, Limits, Problem, Progress, Result, Source};

/// Inflated bytes taken at once.
const CHUNK: u64 = 1 << 20;
/// Compressed bytes fetched at once.
const FETCH: usize = 256 << 10;
/// Dictionaries of xz and lzma above this are refused: nobody's writer makes them, and the reader must allocate them.
const DICTIONARY_KIB: u32 = 256 << 10;

/// Counts what a decoder has consumed.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buf)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// What the inflated streams of one file have cost together.
#[derive(Debug)]
pub struct Spent {
    /// Bytes inflated.
    pub inflated: Budget,
    /// Of those, bytes kept in memory.
    memory: u64,
    /// Bytes of the files that were opened.
    files: u64,
    /// The temporary file, once there is one, and its length.
    spill: Option<(Arc<File>, u64)>,
}

impl Spent {
    /// Nothing yet, of a file of `len` bytes.
    pub fn new(limits: &Limits, len: u64) -> Self {
        Self { inflated: Budget::new(INFLATED, limits.inflated_bytes), memory: 0, files: len, spill: None }
    }

    /// Another file of `len` bytes belongs to it.
    pub fn beside(&mut self, len: u64) {
        self.files = self.files.saturating_add(len);
    }

    /// Writes behind what is in the temporary file. Its cursor may be anywhere: reading moves it on some systems.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.spill.is_none() {
            self.spill = Some((Arc::new(tempfile::tempfile()?), 0));
        }
        let Some((file, len)) = &mut self.spill else { return Ok(()) };
        let mut file = &**file;
        file.seek(SeekFrom::Start(*len))?;
        file.write_all(bytes)?;
        *len += bytes.len() as u64;
        Ok(())
    }
}

/// Where inflated bytes go: memory, and past the budget the temporary file, where they begin and how many they are.
enum Sink {
    Memory(Vec<u8>),
    Spill(u64, u64),
}

impl Sink {
    fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Spill(_, len) => *len,
        }
    }

    fn finish(self, spent: &mut Spent) -> Bytes {
        match (self, &spent.spill) {
            (Self::Memory(mut bytes), _) => {
                bytes.shrink_to_fit();
                spent.memory = spent.memory.saturating_add(bytes.len() as u64);
                Bytes::from_vec(bytes)
            }
            (Self::Spill(start, len), Some((file, _))) => {
                Bytes::of(Source::Spill { file: Arc::clone(file), start, len })
            }
            (Self::Spill(..), None) => Bytes::from_vec(Vec::new()),
        }
    }
}

/// What came out, and what was wrong with it.
#[derive(Debug)]
pub struct Inflated {
    /// The inflated bytes: all, or those before the error.
    pub bytes: Bytes,
    /// Why it ended early, or what is odd.
    pub problem: Option<Problem>,
}

/// Inflates `from`, which begins with `codec` data. `outer` is the length of the outermost layer around it, of which the
/// ratio is counted: a bomb in a bomb grows a thousand times in each.
pub fn inflate(
    from: &Bytes,
    codec: Codec,
    outer: u64,
    limits: &Limits,
    spent: &mut Spent,
    progress: &Progress,
) -> Result<Inflated> {
    progress.phase(&format!("Unpacking {}", codec.name()), from.len());
    let consumed = Arc::new(AtomicU64::new(0));
    let damaged = |at: u64, e: &io::Error| Error {
        at: from.span(at.min(from.len()), 0),
        kind: ErrorKind::Codec { codec: codec.name(), message: e.to_string() },
    };
    let (start, declared) = if codec == Codec::Zfile { zfile_header(from)? } else { (0, None) };
    let reader = BufReader::with_capacity(FETCH, from.reader(start));
    let reader = Counted { inner: reader, read: Arc::clone(&consumed) };
    let told = Arc::new(Told { used: AtomicU64::new(UNKNOWN), skipped: AtomicU64::new(0) });
    let mut decoder = decoder(codec, reader, &consumed, &told).map_err(|e| damaged(0, &e))?;
    let mut sink = Sink::Memory(Vec::new());
    let mut piece = Vec::new();
    let problem = loop {
        let at = consumed.load(Ordering::Relaxed);
        progress.set(at);
        if progress.is_cancelled() {
            break Some(Error { at: from.span(at, 0), kind: ErrorKind::Cancelled });
        }
        let before = sink.len();
        let result = match &mut sink {
            Sink::Memory(bytes) => (&mut decoder).take(CHUNK).read_to_end(bytes).map(|_| ()),
            Sink::Spill(_, len) => {
                piece.clear();
                let read = (&mut decoder).take(CHUNK).read_to_end(&mut piece).map(|_| ());
                match spent.write(&piece) {
                    Ok(()) => {
                        *len += piece.len() as u64;
                        read
                    }
                    Err(e) => Err(e),
                }
            }
        };
        let new = sink.len() - before;
        if let Err(error) = spent.inflated.spend(new, from.span(at, 0)) {
            break Some(error);
        }
        let taken = consumed.load(Ordering::Relaxed).min(outer).max(1);
        let too_even = |len: u64, taken: u64| limits.ratio_at(len).filter(|ratio| len / taken.max(1) > *ratio);
        // A thousand members that each stay below the limit are a bomb together; the little ones among them are read.
        let together = || too_even(limits.inflated_bytes - spent.inflated.left(), spent.files);
        let ratio = too_even(sink.len(), taken).or_else(|| together().filter(|_| sink.len() > CHUNK));
        if let Some(ratio) = ratio {
            break Some(Error { at: from.span(at, 0), kind: ErrorKind::Ratio { ratio } });
        }
        match result {
            Err(e) => break Some(damaged(at, &e)),
            Ok(()) if new == 0 => break None,
            Ok(()) => {}
        }
        let Sink::Memory(bytes) = &mut sink else { continue };
        let len = bytes.len() as u64;
        let full = len > limits.memory_bytes.saturating_sub(spent.memory);
        if full || limits.spills(len, taken) {
            let start = spent.spill.as_ref().map_or(0, |(_, len)| *len);
            match spent.write(bytes) {
                Ok(()) => sink = Sink::Spill(start, len),
                Err(_) if full => {
                    let limit = limits.memory_bytes;
                    break Some(Error { at: from.span(at, 0), kind: ErrorKind::Limit { what: "memory bytes", limit } });
                }
                Err(_) => {}
            }
        }
    };
    let len = sink.len();
    // What stands behind the data no decompressor looks at. A zip member of LZMA takes what it needs.
    let taken = match told.used.load(Ordering::Relaxed) {
        UNKNOWN if codec == Codec::ZipLzma => consumed.load(Ordering::Relaxed),
        UNKNOWN => from.len(),
        used => start + used,
    };
    let problem = problem.or_else(|| {
        let left = from.len().checked_sub(taken).filter(|left| *left > 0)?;
        Some(Error { at: from.span(taken, left), kind: ErrorKind::Trailing(left) })
    });
    let problem = problem.or_else(|| {
        let declared = declared.filter(|declared| *declared != len)?;
        let message = format!("its header says {declared} bytes, it holds {len}");
        Some(Error { at: from.span(0, start), kind: ErrorKind::Header { what: "zfile", message } })
    });
    let problem = problem.or_else(|| {
        let skipped = told.skipped.load(Ordering::Relaxed);
        let message = format!("frames that every reader skips hold {skipped} bytes");
        (skipped > 0).then(|| Error { at: from.span(0, 0), kind: ErrorKind::Archive { what: codec.name(), message } })
    });
    Ok(Inflated { bytes: sink.finish(spent), problem })
}

type Decoder<'a> = Box<dyn Read + 'a>;

/// The decoder does not say how much of its data it used.
const UNKNOWN: u64 = u64::MAX;

/// What a decoder says beside its data.
struct Told {
    /// How much of the data it used.
    used: AtomicU64,
    /// Bytes of frames that it skipped, those of tables left out.
    skipped: AtomicU64,
}

/// A decoder of lzma that says how much of its data it used, at their end.
struct LzmaExact<R: Read> {
    decoder: Option<lzma_rust2::LzmaReader<R>>,
    consumed: Arc<AtomicU64>,
    told: Arc<Told>,
}

impl<R: Read> Read for LzmaExact<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let Some(decoder) = &mut self.decoder else { return Ok(0) };
        let n = decoder.read(buf)?;
        if n == 0
            && !buf.is_empty()
            && let Some(decoder) = self.decoder.take()
        {
            let (_, unused) = decoder.into_parts();
            let used = self.consumed.load(Ordering::Relaxed).saturating_sub(unused.len() as u64);
            self.told.used.store(used, Ordering::Relaxed);
        }
        Ok(n)
    }
}

/// A decoder of deflate data that says how much of them it used: it fetches more than it needs.
struct Exact<D> {
    decoder: D,
    total_in: fn(&D) -> u64,
    told: Arc<Told>,
}

impl<D: Read> Read for Exact<D> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.decoder.read(buf)?;
        self.told.used.store((self.total_in)(&self.decoder), Ordering::Relaxed);
        Ok(n)
    }
}

fn decoder<'a>(
    codec: Codec,
    mut reader: impl Read + 'a,
    consumed: &Arc<AtomicU64>,
    told: &Arc<Told>,
) -> io::Result<Decoder<'a>> {
    let told = Arc::clone(told);
    Ok(match codec {
        Codec::Stored => Box::new(reader),
        Codec::Gzip => Box::new(flate2::read::MultiGzDecoder::new(reader)),
        Codec::Zlib | Codec::Zfile => {
            Box::new(Exact { decoder: flate2::read::ZlibDecoder::new(reader), total_in: |d| d.total_in(), told })
        }
        Codec::Deflate => {
            Box::new(Exact { decoder: flate2::read::DeflateDecoder::new(reader), total_in: |d| d.total_in(), told })
        }
        Codec::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(reader)),
        Codec::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(reader, true, DICTIONARY_KIB)),
        Codec::Lzma => {
            let decoder = lzma_rust2::LzmaReader::new_mem_limit(reader, DICTIONARY_KIB, None);
            let decoder = Some(decoder.map_err(io::Error::other)?);
            Box::new(LzmaExact { decoder, consumed: Arc::clone(consumed), told })
        }
        Codec::ZipLzma => {
            // APPNOTE.TXT 5.8: version of the SDK, size of the properties (always 5), properties. Behind those the header of
            // the format alone has the size, all ones where an end mark says it.
            let mut head = [0xff; 4 + 13];
            let (read, _) = head.split_at_mut(4 + 5);
            reader.read_exact(read)?;
            if head.get(2..4) != Some(&[5, 0]) {
                return Err(io::Error::other("its properties are not 5 bytes"));
            }
            let alone = io::Cursor::new(head.get(4..).unwrap_or_default().to_vec()).chain(reader);
            Box::new(lzma_rust2::LzmaReader::new_mem_limit(alone, DICTIONARY_KIB, None).map_err(io::Error::other)?)
        }
        Codec::Lz4 => Box::new(Lz4Frames { frame: lz4_flex::frame::FrameDecoder::new(reader) }),
        Codec::Zstd => Box::new(ZstdFrames {
            decoder: ruzstd::decoding::FrameDecoder::new(),
            reader: Chained { first: None, inner: reader },
            open: false,
            told,
        }),
    })
}

/// Several lz4 frames behind each other, as the command line tool reads them.
struct Lz4Frames<R: Read> {
    frame: lz4_flex::frame::FrameDecoder<R>,
}

impl<R: Read> Read for Lz4Frames<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.frame.read(buf) {
            // At the end of a frame the decoder gives 0 once and begins the next one when asked again.
            Ok(0) if !buf.is_empty() => self.frame.read(buf),
            other => other,
        }
    }
}

/// Several zstd frames behind each other, those to skip included.
struct ZstdFrames<R: Read> {
    decoder: ruzstd::decoding::FrameDecoder,
    reader: Chained<R>,
    open: bool,
    told: Arc<Told>,
}

/// The frame to skip that holds the table of the seekable format.
const SEEK_TABLE: u32 = 0x184d_2a5e;
/// Bytes of a frame to skip that hold a mere number: the size that pzstd writes.
const NUMBER: u32 = 16;

impl<R: Read> Read for ZstdFrames<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        use ruzstd::decoding::BlockDecodingStrategy;
        use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
        let broken = |e: FrameDecoderError| io::Error::other(e.to_string());
        loop {
            if self.open {
                while self.decoder.can_collect() < buf.len() && !self.decoder.is_finished() {
                    let want = BlockDecodingStrategy::UptoBytes(buf.len());
                    self.decoder.decode_blocks(&mut self.reader, want).map_err(broken)?;
                }
                let n = self.decoder.read(buf)?;
                if n > 0 || buf.is_empty() {
                    return Ok(n);
                }
                self.open = false;
            }
            // Between frames the end of the data is no error, so look for one byte first.
            if !self.reader.peek()? {
                return Ok(0);
            }
            match self.decoder.reset(&mut self.reader) {
                Ok(()) => self.open = true,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    magic_number,
                    length,
                })) => {
                    if length > NUMBER && magic_number != SEEK_TABLE {
                        self.told.skipped.fetch_add(u64::from(length), Ordering::Relaxed);
                    }
                    io::copy(&mut (&mut self.reader).take(u64::from(length)), &mut io::sink())?;
                }
                Err(e) => return Err(broken(e)),
            }
        }
    }
}

/// A reader of which one byte may have been looked at.
struct Chained<R> {
    first: Option<u8>,
    inner: R,
}

impl<R: Read> Chained<R> {
    /// True if there is another byte.
    fn peek(&mut self) -> io::Result<bool> {
        if self.first.is_none() {
            let mut first = [0];
            self.first = (self.inner.read(&mut first)? > 0).then_some(first[0]);
        }
        Ok(self.first.is_some())
    }
}

impl<R: Read> Read for Chained<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match (self.first.take(), buf.first_mut()) {
            (Some(first), Some(slot)) => {
                *slot = first;
                Ok(1)
            }
            (first, _) => {
                self.first = first;
                self.inner.read(buf)
            }
        }
    }
}

/// joblib's own frame before 0.10: `ZF`, the inflated length in hex padded with spaces to 19 characters (20 when
/// written by Python 2), then zlib data. Gives where those begin, and the length.
fn zfile_header(from: &Bytes) -> Result<(u64, Option<u64>)> {
    let head = from.head(22)?;
    let error = || Error {
        at: from.span(0, head.len() as u64),
        kind: ErrorKind::Header { what: "zfile", message: "its length is not a hexadecimal number".to_owned() },
    };
    let text = head.get(2..21).and_then(|raw| std::str::from_utf8(raw).ok()).ok_or_else(error)?;
    let digits = text.trim_end().trim_end_matches('L').strip_prefix("0x").ok_or_else(error)?;
    let declared = u64::from_str_radix(digits, 16).map_err(|_| error())?;
    let start = if head.get(21) == Some(&b' ') { 22 } else { 21 };
    Ok((start, Some(declared)))
}
