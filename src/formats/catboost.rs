//! CatBoost's `CBM1`: a size, then a FlatBuffer with the trees as flat lists. Only what is needed to know the model is
//! read: its objective, its features and how many trees it has; the lists are shown as arrays.

use std::sync::Arc;

use super::document::{Numbers, Parsed};
use crate::array::Dtype;
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Result};
use crate::pickle::Builder;

/// Magic and size in front of the FlatBuffer.
const HEADER: u64 = 8;
/// Entries read of a list of features or facts.
const ENTRIES: u64 = 1 << 20;
/// Longest text that is looked into for the objective.
const PARAMS: u64 = 1 << 20;

/// Fields of the tables, in the order of CatBoost's `model.fbs`.
mod field {
    pub const CORE_FORMAT: u64 = 0;
    pub const CORE_TREES: u64 = 1;
    pub const CORE_INFO: u64 = 2;
    pub const TREES_DIMENSION: u64 = 0;
    pub const TREES_CATEGORICAL: u64 = 4;
    pub const TREES_FLOAT: u64 = 5;
}
/// (key, field, dtype) of the lists of numbers that the table of trees has.
const LISTS: &[(&str, u64, &str)] = &[
    ("tree_splits", 1, "<i4"),
    ("tree_sizes", 2, "<i4"),
    ("tree_start_offsets", 3, "<i4"),
    ("leaf_values", 8, "<f8"),
    ("leaf_weights", 9, "<f8"),
];

/// Reads a model. What was read before it broke is kept.
pub(super) fn read(bytes: &Bytes, limits: &Limits) -> Parsed {
    let mut reader = Reader { bytes: bytes.clone(), builder: Builder::new(bytes, limits), numbers: Vec::new() };
    let problems = reader.model().err().into_iter().collect();
    Parsed { decoded: reader.builder.finish(problems), numbers: reader.numbers }
}

struct Reader {
    bytes: Bytes,
    builder: Builder,
    numbers: Vec<Numbers>,
}

impl Reader {
    fn model(&mut self) -> Result<()> {
        self.builder.begin_dict(0)?;
        self.builder.key(0, b"catboost")?;
        self.builder.text(0, b"CBM1")?;
        let size = u64::from(self.u32(4)?);
        self.builder.key(4, b"size")?;
        self.builder.int(4, i64::try_from(size).unwrap_or(i64::MAX))?;
        if size > self.bytes.len() - HEADER {
            return Err(self.lie(4, format!("it claims {size} bytes, {} are there", self.bytes.len() - HEADER)));
        }
        let core = self.follow(HEADER)?;
        if let Some(at) = self.field(core, field::CORE_FORMAT)? {
            self.builder.key(at, b"format_version")?;
            self.text(at)?;
        }
        let info = self.table_list(core, field::CORE_INFO)?;
        self.options(&info)?;
        if let Some(trees) = self.field(core, field::CORE_TREES)? {
            let trees = self.follow(trees)?;
            self.features(trees)?;
            self.trees(trees)?;
        }
        self.builder.key(core, b"info")?;
        self.builder.begin_dict(core)?;
        for entry in info {
            if let (Some(key), Some(value)) = (self.field(entry, 0)?, self.field(entry, 1)?) {
                let (at, len) = self.vector(key, 1)?;
                let name = self.bytes.read_vec(at, len.min(1024))?;
                self.builder.key(at, &name)?;
                self.text(value)?;
            }
        }
        self.builder.end()?;
        self.builder.end()
    }

    /// What the training options, which are JSON, say of the objective.
    fn options(&mut self, info: &[u64]) -> Result<()> {
        for entry in info {
            let (Some(key), Some(value)) = (self.field(*entry, 0)?, self.field(*entry, 1)?) else { continue };
            let (at, len) = self.vector(key, 1)?;
            if len != 6 || self.bytes.read_vec(at, len)? != b"params" {
                continue;
            }
            let (at, len) = self.vector(value, 1)?;
            let text = self.bytes.read_vec(at, len.min(PARAMS))?;
            // The library wrote it; if it is no JSON, or nested deeper than any options are, nothing is known.
            let Ok(options) = serde_json::from_slice::<serde_json::Value>(&text) else { return Ok(()) };
            for (key, pointer) in
                [("objective", "/loss_function/type"), ("boosting_type", "/boosting_options/boosting_type")]
            {
                if let Some(word) = options.pointer(pointer).and_then(serde_json::Value::as_str) {
                    self.builder.key(at, key.as_bytes())?;
                    self.builder.text(at, word.as_bytes())?;
                }
            }
        }
        Ok(())
    }

    fn features(&mut self, trees: u64) -> Result<()> {
        // (position among all features, place of the name)
        let mut all = Vec::new();
        for (list, position, name) in [(field::TREES_CATEGORICAL, 1, 2), (field::TREES_FLOAT, 2, 4)] {
            for feature in self.table_list(trees, list)? {
                let position = match self.field(feature, position)? {
                    Some(at) => self.u32(at)?,
                    None => u32::MAX,
                };
                all.push((position, self.field(feature, name)?));
            }
        }
        all.sort_unstable();
        self.builder.key(trees, b"features")?;
        self.builder.int(trees, i64::try_from(all.len()).unwrap_or(i64::MAX))?;
        self.builder.key(trees, b"feature_names")?;
        self.builder.begin_list(trees)?;
        for (position, name) in all {
            match name {
                Some(at) => self.text(at)?,
                None => drop(self.builder.text(trees, position.to_string().as_bytes())?),
            }
        }
        self.builder.end()
    }

    fn trees(&mut self, trees: u64) -> Result<()> {
        self.builder.key(trees, b"trees")?;
        self.builder.begin_dict(trees)?;
        if let Some(at) = self.field(trees, field::TREES_DIMENSION)? {
            let dimension = self.u32(at)?;
            self.builder.key(at, b"approx_dimension")?;
            self.builder.int(at, i64::from(dimension))?;
        }
        for (key, field, dtype) in LISTS {
            let (Some(at), Some(dtype)) = (self.field(trees, *field)?, Dtype::parse(dtype)) else { continue };
            let (at, len) = self.vector(at, dtype.size)?;
            if *key == "tree_sizes" {
                self.builder.key(at, b"count")?;
                self.builder.int(at, i64::try_from(len).unwrap_or(i64::MAX))?;
            }
            self.builder.key(at, key.as_bytes())?;
            let node = self.builder.begin_list(at)?;
            self.builder.end()?;
            if len > 0 {
                let values = self.bytes.slice(at, len.saturating_mul(dtype.size))?;
                let span = values.span(0, values.len());
                self.numbers.push(Numbers { node, dtype: Arc::new(dtype), len, values, span });
            }
        }
        self.builder.end()
    }

    fn text(&mut self, at: u64) -> Result<()> {
        let (at, len) = self.vector(at, 1)?;
        let start = self.bytes.read_vec(at, len.min(2048))?;
        self.builder.long_text(at, &start, len, Some(at)).map(drop)
    }

    /// The tables of a list, which is a field of a table.
    fn table_list(&self, table: u64, field: u64) -> Result<Vec<u64>> {
        let Some(at) = self.field(table, field)? else { return Ok(Vec::new()) };
        let (at, len) = self.vector(at, 4)?;
        if len > ENTRIES {
            return Err(Error {
                at: self.bytes.span(at, 4),
                kind: ErrorKind::Limit { what: "entries", limit: ENTRIES },
            });
        }
        (0..len).map(|i| self.follow(at + i * 4)).collect()
    }

    /// Where a field of a table lies; None if the table has not got it.
    fn field(&self, table: u64, field: u64) -> Result<Option<u64>> {
        let back = i64::from(self.u32(table)?.cast_signed());
        let layout = i64::try_from(table).ok().and_then(|table| u64::try_from(table.checked_sub(back)?).ok());
        let layout = layout.ok_or_else(|| self.lie(table, "a table has its layout outside".to_owned()))?;
        let entry = 4 + 2 * field;
        if entry + 2 > u64::from(self.u16(layout)?) {
            return Ok(None);
        }
        let offset = u64::from(self.u16(layout.saturating_add(entry))?);
        Ok((offset != 0).then(|| table + offset))
    }

    /// First byte and length of the list or text that is referred to at `at`, of items of `each` bytes.
    fn vector(&self, at: u64, each: u64) -> Result<(u64, u64)> {
        let target = self.follow(at)?;
        let len = u64::from(self.u32(target)?);
        let from = target + 4;
        if len > self.bytes.len().saturating_sub(from) / each.max(1) {
            return Err(self.lie(target, format!("a list claims {len} items, which are not there")));
        }
        Ok((from, len))
    }

    /// What is referred to at `at`.
    fn follow(&self, at: u64) -> Result<u64> {
        Ok(at + u64::from(self.u32(at)?))
    }

    fn u32(&self, at: u64) -> Result<u32> {
        let mut raw = [0; 4];
        self.bytes.read_at(at, &mut raw)?;
        Ok(u32::from_le_bytes(raw))
    }

    fn u16(&self, at: u64) -> Result<u16> {
        let mut raw = [0; 2];
        self.bytes.read_at(at, &mut raw)?;
        Ok(u16::from_le_bytes(raw))
    }

    fn lie(&self, at: u64, message: String) -> Error {
        let at = self.bytes.span(at, 4.min(self.bytes.len().saturating_sub(at)));
        Error { at, kind: ErrorKind::Header { what: "CatBoost model", message } }
    }
}
