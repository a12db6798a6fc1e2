//! JSON as an object graph, with the place of every value. Lists of numbers become arrays; nothing recurses.

use super::document::{Parsed, Pool};
use super::scan::Scan;
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Progress, Result};
use crate::pickle::graph::TEXT_KEPT;
use crate::pickle::{Builder, NodeId};

/// Longest number that is read. The longest double takes some 330 digits.
const NUMBER: usize = 400;
/// Integers up to here are the same as floats.
const EXACT: u64 = 1 << 53;

/// Reads one document. What was read before it broke is kept.
pub(super) fn read(bytes: &Bytes, limits: &Limits, progress: &Progress) -> Parsed {
    let mut reader = Reader {
        bytes: bytes.clone(),
        scan: Scan::new(bytes, 0),
        builder: Builder::new(bytes, limits),
        open: Vec::new(),
        run: Vec::new(),
        pool: Pool::default(),
        digits: Vec::new(),
    };
    let mut problems = Vec::new();
    if let Err(error) = reader.document(progress) {
        // The numbers before the damage belong to what is kept.
        problems.extend(reader.flush().err());
        problems.push(error);
    }
    Parsed { decoded: reader.builder.finish(problems), numbers: reader.pool.finish() }
}

struct Reader {
    bytes: Bytes,
    scan: Scan,
    builder: Builder,
    /// What is open, innermost last.
    open: Vec<Open>,
    /// Numbers of the innermost list, as long as it holds nothing else.
    run: Vec<(u64, Number)>,
    pool: Pool,
    /// The number being read.
    digits: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Open {
    Dict,
    List {
        node: NodeId,
        at: u64,
        /// All its items so far are in the run.
        numbers: bool,
    },
}

#[derive(Clone, Copy)]
enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    fn float(self) -> Option<f64> {
        match self {
            Self::Float(float) => Some(float),
            #[expect(clippy::cast_precision_loss, reason = "only integers that a float holds exactly")]
            Self::Int(int) => (int.unsigned_abs() <= EXACT).then_some(int as f64),
        }
    }
}

impl Reader {
    fn document(&mut self, progress: &Progress) -> Result<()> {
        self.value()?;
        let mut values = 0u32;
        while let Some(open) = self.open.last().copied() {
            values = values.wrapping_add(1);
            if values.is_multiple_of(4096) {
                progress.set(self.scan.at());
                progress.check(self.bytes.span(self.scan.at(), 0))?;
            }
            // Behind a value of this list or dict: a comma or its end. Behind the bracket: a value or its end.
            let (end, what) = match open {
                Open::Dict => (b'}', "JSON object"),
                Open::List { .. } => (b']', "JSON list"),
            };
            let next = self.skip_space()?;
            match next {
                None => return Err(self.cut(what)),
                Some(byte) if byte == end => {
                    self.scan.u8(what)?;
                    self.close()?;
                    continue;
                }
                Some(b',') => {
                    self.scan.u8(what)?;
                    self.skip_space()?;
                }
                Some(_) => {}
            }
            if matches!(open, Open::Dict) {
                self.key()?;
            }
            self.value()?;
        }
        match self.skip_space()? {
            Some(_) => Err(self.scan.error(ErrorKind::Trailing(self.scan.left()))),
            None => Ok(()),
        }
    }

    fn key(&mut self) -> Result<()> {
        let at = self.scan.at();
        if self.skip_space()? != Some(b'"') {
            return Err(self.lie("an object needs a key in quotes here"));
        }
        let text = self.text()?;
        if text.len != text.start.len() as u64 {
            return Err(self.lie("a key is longer than 1024 bytes"));
        }
        self.builder.key(at, &text.start)?;
        if self.skip_space()? != Some(b':') {
            return Err(self.lie("a colon is missing"));
        }
        self.scan.u8("JSON")?;
        Ok(())
    }

    fn value(&mut self) -> Result<()> {
        let next = self.skip_space()?;
        let at = self.scan.at();
        let Some(byte) = next else { return Err(self.cut("JSON value")) };
        if matches!(byte, b'-' | b'0'..=b'9' | b'N' | b'I') {
            return self.number(at);
        }
        self.flush()?;
        match byte {
            b'{' => {
                self.scan.u8("JSON")?;
                self.builder.begin_dict(at)?;
                self.open.push(Open::Dict);
            }
            b'[' => {
                self.scan.u8("JSON")?;
                let node = self.builder.begin_list(at)?;
                self.open.push(Open::List { node, at, numbers: true });
            }
            b'"' => {
                let text = self.text()?;
                self.builder.long_text(at, &text.start, text.len, text.plain.then_some(at + 1))?;
            }
            b't' => self.word(b"true").and_then(|()| self.builder.bool(at, true)).map(drop)?,
            b'f' => self.word(b"false").and_then(|()| self.builder.bool(at, false)).map(drop)?,
            b'n' => self.word(b"null").and_then(|()| self.builder.none(at)).map(drop)?,
            _ => return Err(self.lie("no value of JSON begins like this")),
        }
        Ok(())
    }

    fn word(&mut self, word: &'static [u8]) -> Result<()> {
        if self.scan.take(word.len(), "JSON word")? == word { Ok(()) } else { Err(self.lie("a word is misspelt")) }
    }

    fn number(&mut self, at: u64) -> Result<()> {
        let mut text = std::mem::take(&mut self.digits);
        text.clear();
        while let Some(byte) = self.scan.peek()? {
            if !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'a'..=b'z' | b'A'..=b'Z') {
                break;
            }
            if text.len() >= NUMBER {
                return Err(self.lie("a number has too many digits"));
            }
            text.push(byte);
            self.scan.u8("JSON number")?;
        }
        self.digits = text;
        let text = std::str::from_utf8(&self.digits).unwrap_or("");
        let number = match text {
            // Python and XGBoost write these, though JSON has no word for them.
            "NaN" => Number::Float(f64::NAN),
            "Infinity" => Number::Float(f64::INFINITY),
            "-Infinity" => Number::Float(f64::NEG_INFINITY),
            _ if text.contains(['.', 'e', 'E']) => match text.parse() {
                Ok(float) => Number::Float(float),
                Err(_) => return Err(self.lie("a number is not understood")),
            },
            _ => match text.parse() {
                Ok(int) => Number::Int(int),
                Err(_) => {
                    let long = text.parse::<num_bigint::BigInt>();
                    let long = long.map_err(|_| self.lie("a number is not understood"))?;
                    self.flush()?;
                    self.builder.long(at, &long.to_signed_bytes_le())?;
                    return Ok(());
                }
            },
        };
        if let Some(Open::List { numbers: true, .. }) = self.open.last() {
            self.run.push((at, number));
            return Ok(());
        }
        self.push(at, number)
    }

    fn push(&mut self, at: u64, number: Number) -> Result<()> {
        match number {
            Number::Int(int) => self.builder.int(at, int)?,
            Number::Float(float) => self.builder.float(at, float)?,
        };
        Ok(())
    }

    /// The innermost list holds something else too: its numbers are items.
    fn flush(&mut self) -> Result<()> {
        if let Some(Open::List { numbers, .. }) = self.open.last_mut() {
            *numbers = false;
            for (at, number) in std::mem::take(&mut self.run) {
                self.push(at, number)?;
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        if let Some(Open::List { node, at, numbers: true }) = self.open.last().copied()
            && !self.run.is_empty()
        {
            let place = self.bytes.span(at, self.scan.at() - at);
            let ints = self.run.iter().map_while(|(_, n)| if let Number::Int(int) = n { Some(*int) } else { None });
            let floats = self.run.iter().map_while(|(_, n)| n.float());
            if ints.clone().count() == self.run.len() {
                self.pool.ints(node, ints, place);
            } else if floats.clone().count() == self.run.len() {
                self.pool.floats(node, floats, place);
            } else {
                self.flush()?;
            }
            self.run.clear();
        }
        self.open.pop();
        self.builder.end()
    }

    /// A string; the position is at its first quote.
    fn text(&mut self) -> Result<Text> {
        const WHAT: &str = "JSON string";
        self.scan.u8(WHAT)?;
        let mut text = Text { start: Vec::new(), len: 0, plain: true };
        loop {
            match self.scan.u8(WHAT)? {
                b'"' => return Ok(text),
                b'\\' => {
                    text.plain = false;
                    let plain = match self.scan.u8(WHAT)? {
                        b'n' => '\n',
                        b't' => '\t',
                        b'r' => '\r',
                        b'b' => '\x08',
                        b'f' => '\x0c',
                        b'u' => self.unicode()?,
                        other => char::from(other),
                    };
                    text.push(plain.encode_utf8(&mut [0; 4]).as_bytes());
                }
                byte => text.push(&[byte]),
            }
        }
    }

    /// Four hex digits, or two times four for what lies beyond the first plane.
    fn unicode(&mut self) -> Result<char> {
        let first = self.hex()?;
        if (0xd800..0xdc00).contains(&first) && self.scan.peek()? == Some(b'\\') {
            self.scan.u8("JSON string")?;
            if self.scan.u8("JSON string")? != b'u' {
                return Err(self.lie("half of a character is missing"));
            }
            let second = self.hex()?;
            let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff);
            return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Result<u32> {
        let digits: [u8; 4] = self.scan.array("JSON string")?;
        let text = std::str::from_utf8(&digits).unwrap_or("");
        u32::from_str_radix(text, 16).map_err(|_| self.lie("\\u needs four hex digits"))
    }

    fn skip_space(&mut self) -> Result<Option<u8>> {
        loop {
            match self.scan.peek()? {
                Some(b' ' | b'\t' | b'\n' | b'\r') => {
                    self.scan.u8("JSON")?;
                }
                other => return Ok(other),
            }
        }
    }

    fn lie(&self, message: &str) -> Error {
        self.scan.error(ErrorKind::Header { what: "JSON", message: message.to_owned() })
    }

    fn cut(&self, what: &'static str) -> Error {
        self.scan.error(ErrorKind::Truncated { what, needed: 1, left: 0 })
    }
}

/// A string, of which the beginning is kept.
struct Text {
    start: Vec<u8>,
    len: u64,
    /// It stands there as it is, without escapes.
    plain: bool,
}

impl Text {
    fn push(&mut self, bytes: &[u8]) {
        self.len += bytes.len() as u64;
        // A few bytes more, so that the cut can be made between characters.
        if self.start.len() < TEXT_KEPT + 4 {
            self.start.extend_from_slice(bytes);
        }
    }
}
