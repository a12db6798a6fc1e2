//! UBJSON as XGBoost writes it (since 1.6): every integer big-endian, lengths as `L`, lists of numbers typed
//! (`[$d#L` count, then the numbers). The rest of the format (<https://ubjson.org>) is read too, but for typed lists of
//! what has no width.

use std::sync::Arc;

use super::document::{Numbers, Parsed};
use super::scan::Scan;
use crate::array::Dtype;
use crate::bytes::{Bytes, ErrorKind, Limits, Progress, Result};
use crate::pickle::Builder;
use crate::pickle::graph::TEXT_KEPT;

/// (marker, dtype) of the numbers that a typed list may hold.
const TYPED: &[(u8, &str)] =
    &[(b'i', "i1"), (b'U', "u1"), (b'I', ">i2"), (b'l', ">i4"), (b'L', ">i8"), (b'd', ">f4"), (b'D', ">f8")];

/// Typed lists of one document: an array takes some 300 bytes of memory, its list may be 8 bytes of file. A model has 14
/// for each tree.
const MOST_LISTS: usize = 1 << 21;

/// Reads one document. What was read before it broke is kept.
pub(super) fn read(bytes: &Bytes, limits: &Limits, progress: &Progress) -> Parsed {
    let mut reader = Reader {
        bytes: bytes.clone(),
        scan: Scan::new(bytes, 0),
        builder: Builder::new(bytes, limits),
        open: Vec::new(),
        dtypes: TYPED.iter().filter_map(|(marker, text)| Some((*marker, Arc::new(Dtype::parse(text)?)))).collect(),
        numbers: Vec::new(),
    };
    let outcome = reader.document(progress);
    let problems = reader.scan.ended(outcome);
    Parsed { decoded: reader.builder.finish(problems), numbers: reader.numbers }
}

struct Reader {
    bytes: Bytes,
    scan: Scan,
    builder: Builder,
    open: Vec<Open>,
    dtypes: Vec<(u8, Arc<Dtype>)>,
    numbers: Vec<Numbers>,
}

struct Open {
    dict: bool,
    /// Entries still to come; None if an end marker says so.
    left: Option<u64>,
}

impl Reader {
    fn document(&mut self, progress: &Progress) -> Result<()> {
        let marker = self.scan.u8("UBJSON")?;
        self.value(marker)?;
        let mut values = 0u32;
        while let Some(open) = self.open.last_mut() {
            values = values.wrapping_add(1);
            if values.is_multiple_of(4096) {
                progress.set(self.scan.at());
                progress.check(self.bytes.span(self.scan.at(), 0))?;
            }
            let ended = match &mut open.left {
                Some(0) => true,
                Some(left) => {
                    *left -= 1;
                    false
                }
                None => {
                    let end = if open.dict { b'}' } else { b']' };
                    let ended = self.scan.peek()? == Some(end);
                    if ended {
                        self.scan.u8("UBJSON")?;
                    }
                    ended
                }
            };
            if ended {
                self.open.pop();
                self.builder.end()?;
                continue;
            }
            if open.dict {
                self.key()?;
            }
            let marker = self.scan.u8("UBJSON value")?;
            self.value(marker)?;
        }
        Ok(())
    }

    fn key(&mut self) -> Result<()> {
        let at = self.scan.at();
        let len = self.count()?;
        let start = self.start_of_text(len)?;
        self.builder.key(at, &start)?;
        Ok(())
    }

    fn value(&mut self, marker: u8) -> Result<()> {
        let at = self.scan.at() - 1;
        match marker {
            b'{' => {
                self.builder.begin_dict(at)?;
                let left = self.sized(at, true)?;
                self.open.push(Open { dict: true, left });
            }
            b'[' => {
                let node = self.builder.begin_list(at)?;
                if self.scan.peek()? == Some(b'$') {
                    self.scan.u8("UBJSON")?;
                    let marker = self.scan.u8("UBJSON type")?;
                    self.builder.end()?;
                    return self.typed(node, marker);
                }
                let left = self.sized(at, false)?;
                self.open.push(Open { dict: false, left });
            }
            b'S' | b'H' => {
                let len = self.count()?;
                let content = self.scan.at();
                let start = self.start_of_text(len)?;
                self.builder.long_text(at, &start, len, Some(content))?;
            }
            b'C' => {
                let byte = self.scan.u8("UBJSON character")?;
                self.builder.text(at, char::from(byte).encode_utf8(&mut [0; 4]).as_bytes())?;
            }
            b'Z' => drop(self.builder.none(at)?),
            b'T' | b'F' => drop(self.builder.bool(at, marker == b'T')?),
            b'd' => {
                let value = f32::from_be_bytes(self.scan.array("UBJSON float32")?);
                self.builder.float(at, f64::from(value))?;
            }
            b'D' => {
                let value = f64::from_be_bytes(self.scan.array("UBJSON float64")?);
                self.builder.float(at, value)?;
            }
            b'i' | b'U' | b'I' | b'l' | b'L' => {
                let value = self.int(marker)?;
                self.builder.int(at, value)?;
            }
            _ => return Err(self.lie(at, format!("0x{marker:02x} is no type of UBJSON"))),
        }
        Ok(())
    }

    /// A list of numbers of one type: `#`, a count, the numbers, no end marker.
    fn typed(&mut self, node: crate::pickle::NodeId, marker: u8) -> Result<()> {
        let at = self.scan.at();
        let Some((_, dtype)) = self.dtypes.iter().find(|(known, _)| *known == marker) else {
            return Err(self.lie(at - 1, format!("a list of type 0x{marker:02x} is not read")));
        };
        let dtype = Arc::clone(dtype);
        if self.scan.u8("UBJSON count")? != b'#' {
            return Err(self.lie(at, "a typed list has no count".to_owned()));
        }
        let len = self.count()?;
        let from = self.scan.at();
        let size = len.saturating_mul(dtype.size);
        self.scan.skip(size, "UBJSON list")?;
        if len > 0 {
            if self.numbers.len() >= MOST_LISTS {
                return Err(self.scan.error(ErrorKind::Limit { what: "typed lists", limit: MOST_LISTS as u64 }));
            }
            let values = self.bytes.slice(from, size)?;
            self.numbers.push(Numbers { node, dtype, len, span: values.span(0, size), values });
        }
        Ok(())
    }

    /// The `#` and the count behind `{` or `[`, if they are there.
    fn sized(&mut self, at: u64, dict: bool) -> Result<Option<u64>> {
        match self.scan.peek()? {
            Some(b'#') => {
                self.scan.u8("UBJSON")?;
                self.count().map(Some)
            }
            Some(b'$') if dict => Err(self.lie(at, "a typed object is not read".to_owned())),
            _ => Ok(None),
        }
    }

    /// A length or count: an integer with its marker.
    fn count(&mut self) -> Result<u64> {
        let at = self.scan.at();
        let marker = self.scan.u8("UBJSON length")?;
        let count = self.int(marker)?;
        u64::try_from(count).map_err(|_| self.lie(at, format!("{count} is no length")))
    }

    fn int(&mut self, marker: u8) -> Result<i64> {
        const WHAT: &str = "UBJSON integer";
        let at = self.scan.at() - 1;
        Ok(match marker {
            b'i' => i64::from(i8::from_be_bytes(self.scan.array(WHAT)?)),
            b'U' => i64::from(self.scan.u8(WHAT)?),
            b'I' => i64::from(i16::from_be_bytes(self.scan.array(WHAT)?)),
            b'l' => i64::from(i32::from_be_bytes(self.scan.array(WHAT)?)),
            b'L' => i64::from_be_bytes(self.scan.array(WHAT)?),
            _ => return Err(self.lie(at, format!("0x{marker:02x} is no integer type of UBJSON"))),
        })
    }

    /// The beginning of text of `len` bytes, as much as is kept; the rest is passed over.
    fn start_of_text(&mut self, len: u64) -> Result<Vec<u8>> {
        // A few bytes more, so that the cut can be made between characters.
        let kept = usize::try_from(len.min(TEXT_KEPT as u64 + 4)).unwrap_or(0);
        if len > self.scan.left() {
            self.scan.skip(len, "UBJSON text")?;
        }
        let start = self.scan.take(kept, "UBJSON text")?.to_vec();
        self.scan.skip(len - kept as u64, "UBJSON text")?;
        Ok(start)
    }

    fn lie(&self, at: u64, message: String) -> crate::bytes::Error {
        crate::bytes::Error {
            at: self.bytes.span(at, 1.min(self.bytes.len().saturating_sub(at))),
            kind: ErrorKind::Header { what: "UBJSON", message },
        }
    }
}
