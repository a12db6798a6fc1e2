//! LightGBM's text: `key=value` lines in sections. The first section describes the model, then come `Tree=0`, `Tree=1`
//! and so on, then importances, parameters and what pandas' categories were.

use super::document::{Parsed, Pool};
use super::scan::Scan;
use crate::bytes::{Bytes, ErrorKind, Limits, Problem, Progress, Result};
use crate::pickle::Builder;

/// Keys of which the value is a list of words even if there is one, or if the words are numbers.
const WORDS: &[&str] = &["feature_names", "feature_infos"];
/// Columns of a tree: lists of numbers, even if there is one.
pub(in crate::formats) const COLUMNS: &[&str] = &[
    "split_feature",
    "threshold",
    "decision_type",
    "left_child",
    "right_child",
    "split_gain",
    "leaf_value",
    "leaf_weight",
    "leaf_count",
    "internal_value",
    "internal_weight",
    "internal_count",
    "cat_boundaries",
    "cat_threshold",
];
/// Columns of a tree whose leaves are linear models: a constant each and how many features, then for all leaves behind
/// each other which features, and what each is multiplied by.
pub(in crate::formats) const LINEAR: &[&str] = &["leaf_const", "num_features", "leaf_features", "leaf_coeff"];
/// Further keys of which the value is a list of numbers even if there is one.
const NUMBERS: &[&str] = &["tree_sizes", "monotone_constraints"];

/// Columns that have a value a split, one fewer than leaves.
const OF_SPLITS: &[&str] = &["split_feature", "threshold", "decision_type", "left_child", "right_child"];

/// Reads a model. What was read before it broke is kept.
pub(super) fn read(bytes: &Bytes, limits: &Limits, progress: &Progress) -> Parsed {
    let mut reader = Reader {
        bytes: bytes.clone(),
        scan: Scan::new(bytes, 0),
        builder: Builder::new(bytes, limits),
        pool: Pool::default(),
        tree: Lengths::default(),
        problems: Vec::new(),
    };
    let broke = reader.model(progress).err();
    let mut problems = reader.problems;
    problems.extend(broke);
    Parsed { decoded: reader.builder.finish(problems), numbers: reader.pool.finish() }
}

struct Reader {
    bytes: Bytes,
    scan: Scan,
    builder: Builder,
    pool: Pool,
    /// Of the tree that is being read.
    tree: Lengths,
    problems: Vec<Problem>,
}

/// What a tree says of its size, and how long its columns are.
#[derive(Default)]
struct Lengths {
    leaves: Option<i64>,
    /// A column's name, where it stands, its length, and how many it has more than there are leaves.
    columns: Vec<(&'static str, u64, i64, i64)>,
}

/// What the lines belong to.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    Head,
    Tree,
    Importances,
    Parameters,
    End,
}

impl Reader {
    fn model(&mut self, progress: &Progress) -> Result<()> {
        self.builder.begin_dict(0)?;
        let (mut section, mut line, mut complete) = (Section::Head, Vec::new(), false);
        loop {
            let at = self.scan.at();
            progress.set(at);
            progress.check(self.bytes.span(at, 0))?;
            if !self.scan.line(&mut line)? {
                break;
            }
            // A feature's name may hold the sign, its importance not.
            let sign = match section {
                Section::Importances => memchr::memrchr(b'=', &line),
                _ => memchr::memchr(b'=', &line),
            };
            let (key, value) = match sign {
                Some(n) => (line.get(..n).unwrap_or(&[]), line.get(n + 1..).unwrap_or(&[])),
                None => (line.as_slice(), &[][..]),
            };
            let value_at = at + key.len() as u64 + 1;
            match (section, key) {
                (Section::Head | Section::Tree, b"Tree") => {
                    match section {
                        Section::Tree => {
                            self.compare_lengths();
                            self.builder.end()?;
                        }
                        _ => {
                            self.builder.key(at, b"trees")?;
                            self.builder.begin_list(at)?;
                        }
                    }
                    self.builder.begin_dict(at)?;
                    section = Section::Tree;
                }
                (Section::Head | Section::Tree, b"end of trees") => {
                    self.leave(section)?;
                    (section, complete) = (Section::End, true);
                }
                // Releases of 2017 have no line that ends the trees.
                (Section::Head | Section::Tree | Section::End, b"feature_importances:" | b"feature importances:") => {
                    self.leave(section)?;
                    self.builder.key(at, b"feature_importances")?;
                    self.builder.begin_dict(at)?;
                    (section, complete) = (Section::Importances, true);
                }
                (Section::Head | Section::Tree, _) if sign.is_some() => {
                    self.builder.key(at, key)?;
                    if section == Section::Tree {
                        self.tree.note(key, value, value_at);
                    }
                    self.value(key, value, value_at)?;
                }
                (Section::Head | Section::Tree, _) => {}
                (_, b"parameters:") => {
                    self.leave(section)?;
                    self.builder.key(at, b"parameters")?;
                    self.builder.begin_dict(at)?;
                    section = Section::Parameters;
                }
                (Section::Importances | Section::Parameters, b"" | b"end of parameters") => {
                    self.leave(section)?;
                    section = Section::End;
                }
                (Section::Importances, _) => {
                    self.builder.key(at, key)?;
                    self.scalar(value, value_at)?;
                }
                (Section::Parameters, _) => {
                    let inner = line.strip_prefix(b"[").and_then(|line| line.strip_suffix(b"]"));
                    if let Some(inner) = inner
                        && let Some(n) = memchr::memchr(b':', inner)
                    {
                        let value = inner.get(n + 1..).unwrap_or(&[]).trim_ascii();
                        self.builder.key(at, inner.get(..n).unwrap_or(&[]))?;
                        self.scalar(value, at + 1 + n as u64 + 2)?;
                    }
                }
                (Section::End, _) => {
                    if let Some(categories) = line.strip_prefix(b"pandas_categorical:") {
                        self.builder.key(at, b"pandas_categorical")?;
                        self.scalar(categories, at + 19)?;
                    }
                }
            }
        }
        if complete {
            return Ok(());
        }
        let at = self.bytes.len();
        Err(self.lie(at, "it ends before \"end of trees\""))
    }

    /// A reader makes room for as many leaves as a tree says and fills it from columns of other lengths.
    fn compare_lengths(&mut self) {
        let tree = std::mem::take(&mut self.tree);
        let Some(leaves) = tree.leaves else { return };
        for (name, at, len, more) in tree.columns {
            let due = leaves.saturating_add(more);
            if len != due {
                let message = format!("num_leaves is {leaves}, so that {name} has {due} values, not {len}");
                self.problems.push(self.lie(at, &message));
            }
        }
    }

    /// Closes what belongs to a section.
    fn leave(&mut self, section: Section) -> Result<()> {
        if section == Section::Tree {
            self.compare_lengths();
        }
        let levels = match section {
            Section::Head | Section::End => 0,
            Section::Importances | Section::Parameters => 1,
            Section::Tree => 2,
        };
        (0..levels).try_for_each(|_| self.builder.end())
    }

    fn value(&mut self, key: &[u8], value: &[u8], at: u64) -> Result<()> {
        let is = |names: &[&str]| names.iter().any(|name| name.as_bytes() == key);
        if is(WORDS) {
            self.builder.begin_list(at)?;
            let mut from = 0u64;
            for word in value.split(|byte| *byte == b' ') {
                if !word.is_empty() {
                    self.builder.text(at + from, word)?;
                }
                from += word.len() as u64 + 1;
            }
            return self.builder.end();
        }
        // Integers if all are, else floats; what is neither is text.
        let words = || value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let several = [COLUMNS, LINEAR, NUMBERS].into_iter().any(is) || words().nth(1).is_some();
        if several && words().all(|word| float(word).is_some()) {
            let node = self.builder.begin_list(at)?;
            self.builder.end()?;
            let place = self.bytes.span(at, value.len() as u64);
            if words().next().is_none() {
                return Ok(());
            }
            if words().all(|word| int(word).is_some()) {
                self.pool.ints(node, words().filter_map(int), place);
            } else {
                self.pool.floats(node, words().filter_map(float), place);
            }
            return Ok(());
        }
        self.scalar(value, at)
    }

    fn scalar(&mut self, value: &[u8], at: u64) -> Result<()> {
        match (int(value), float(value)) {
            (Some(int), _) => self.builder.int(at, int)?,
            (None, Some(float)) => self.builder.float(at, float)?,
            _ => self.builder.long_text(at, value, value.len() as u64, Some(at))?,
        };
        Ok(())
    }

    fn lie(&self, at: u64, message: &str) -> crate::bytes::Error {
        let at = self.bytes.span(at, 1.min(self.bytes.len().saturating_sub(at)));
        crate::bytes::Error { at, kind: ErrorKind::Header { what: "LightGBM", message: message.to_owned() } }
    }
}

impl Lengths {
    fn note(&mut self, key: &[u8], value: &[u8], at: u64) {
        let column = |more| move |name: &&'static str| (name.as_bytes() == key).then_some((*name, more));
        if key == b"num_leaves" {
            self.leaves = int(value.trim_ascii());
        } else if let Some((name, more)) =
            OF_SPLITS.iter().find_map(column(-1)).or_else(|| ["leaf_value"].iter().find_map(column(0)))
        {
            let len = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
            self.columns.push((name, at, i64::try_from(len).unwrap_or(i64::MAX), more));
        }
    }
}

fn int(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

fn float(word: &[u8]) -> Option<f64> {
    // C++ writes inf and nan as Rust reads them.
    std::str::from_utf8(word).ok()?.parse().ok()
}
