//! What is typed into a filter: words, and tokens such as `type:ndarray`, `shape:(_,768)`, `>1MB`. All must match.

use crate::array::{ArrayRef, Scalar, stats};
use crate::bytes::Progress;
use crate::formats::{Artifact, Pickled};
use crate::pickle::{Kind, NodeId, Op, Value};
use crate::view::describe::Description;

/// A filter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq)]
enum Term {
    /// In key, value or type; or the letters in this order in the key.
    Word(String),
    /// In the key.
    Key(String),
    /// In the value.
    Value(String),
    /// In the type.
    Type(String),
    /// The element type: `f4`, `<f4`, `float32`.
    Dtype(String),
    /// The length of each axis; None matches any. `open` matches further axes.
    Shape { axes: Vec<Option<u64>>, open: bool },
    /// More bytes than this.
    Larger(u64),
    /// Fewer.
    Smaller(u64),
    /// A NaN, or an array with one.
    Nan,
    /// Several places refer to it.
    Shared,
    /// Its opcode imports or calls something that is not known to be harmless.
    Unsafe,
    /// The name of the opcode that makes it.
    Op(String),
    /// The opcode that makes it holds this offset.
    At(u64),
}

/// The tokens, for help texts.
pub const TOKENS: &str = "key: value: type: dtype: shape:(_,3) >1MB <1kB nan shared unsafe op:REDUCE @0x1f40";

/// Something a filter is asked about.
pub struct Candidate<'a> {
    /// The artifact it is in.
    pub artifact: &'a Artifact,
    /// Part, pickle and node, unless it is an array that belongs to none.
    pub node: Option<(usize, &'a Pickled, NodeId)>,
    /// The array, if it is one.
    pub array: Option<&'a ArrayRef>,
    /// Key or path.
    pub key: &'a str,
    /// The object in words.
    pub description: &'a Description,
    /// What the audit thinks of it.
    pub flagged: &'a dyn Fn(usize, NodeId) -> bool,
}

impl Query {
    /// Reads a filter; what is no token is a word.
    pub fn parse(text: &str) -> Self {
        Self { terms: pieces(text).iter().map(|piece| term(piece)).collect() }
    }

    /// True if nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// True if all of it fits. Costs little but for `nan`, which reads arrays and is asked last.
    pub fn matches(&self, candidate: &Candidate<'_>, progress: &Progress) -> bool {
        let (slow, quick): (Vec<&Term>, Vec<&Term>) = self.terms.iter().partition(|term| **term == Term::Nan);
        quick.into_iter().chain(slow).all(|term| term.matches(candidate, progress))
    }

    /// The parts of `text` that a word of the filter stands for, as byte ranges: what to highlight.
    pub fn marks(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        // Lower case may be longer than the original; then nothing is marked rather than the wrong thing.
        let lower = text.to_lowercase();
        if lower.len() != text.len() {
            return Vec::new();
        }
        let words = self.terms.iter().filter_map(|term| match term {
            Term::Word(word) | Term::Key(word) | Term::Value(word) => Some(word),
            _ => None,
        });
        let mut all: Vec<_> =
            words.filter_map(|word| lower.find(word.as_str()).map(|at| at..at + word.len())).collect();
        all.retain(|range| text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
        all.sort_by_key(|range| range.start);
        all.dedup_by(|b, a| b.start < a.end);
        all
    }
}

/// Splits at spaces, but not inside parentheses or quotes.
fn pieces(text: &str) -> Vec<String> {
    let (mut all, mut piece, mut depth, mut quoted) = (Vec::new(), String::new(), 0u32, false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                continue;
            }
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c.is_whitespace() && depth == 0 && !quoted {
            if !piece.is_empty() {
                all.push(std::mem::take(&mut piece));
            }
        } else {
            piece.push(c);
        }
    }
    if !piece.is_empty() {
        all.push(piece);
    }
    all
}

fn term(piece: &str) -> Term {
    let word = || Term::Word(piece.to_lowercase());
    match piece {
        "nan" | "NaN" => return Term::Nan,
        "shared" => return Term::Shared,
        "unsafe" => return Term::Unsafe,
        _ => {}
    }
    if let Some(size) = piece.strip_prefix('>').and_then(bytes) {
        return Term::Larger(size);
    }
    if let Some(size) = piece.strip_prefix('<').and_then(bytes) {
        return Term::Smaller(size);
    }
    if let Some(offset) = piece.strip_prefix('@') {
        let number = match offset.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None => offset.parse().ok(),
        };
        return number.map_or_else(word, Term::At);
    }
    let Some((token, rest)) = piece.split_once(':') else { return word() };
    let lower = rest.to_lowercase();
    match token {
        "key" => Term::Key(lower),
        "value" => Term::Value(lower),
        "type" => Term::Type(lower),
        "dtype" => Term::Dtype(lower),
        "op" => Term::Op(rest.to_uppercase()),
        "shape" => shape(rest).unwrap_or_else(word),
        _ => word(),
    }
}

/// `(_,768)`, `3x4`, `(2, ...)`.
fn shape(text: &str) -> Option<Term> {
    let inner = text.trim_matches(['(', ')', '[', ']']);
    let (mut axes, mut open) = (Vec::new(), false);
    for axis in inner.split([',', 'x', '×']).map(str::trim).filter(|axis| !axis.is_empty()) {
        match axis {
            "_" | "*" | "?" => axes.push(None),
            "..." | "…" => open = true,
            number => axes.push(Some(number.parse().ok()?)),
        }
    }
    Some(Term::Shape { axes, open })
}

/// `1MB`, `10 kB`, `500`.
fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_lowercase();
    let text = text.strip_suffix('b').unwrap_or(&text);
    let (digits, unit) = text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len()));
    let unit = match unit {
        "" => 1.0,
        "k" => 1e3,
        "m" => 1e6,
        "g" => 1e9,
        "ki" => 1024.0,
        "mi" => 1024.0 * 1024.0,
        "gi" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let number: f64 = digits.trim().parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "floats saturate, which is right here")]
    Some((number * unit) as u64)
}

impl Term {
    fn matches(&self, on: &Candidate<'_>, progress: &Progress) -> bool {
        let contains = |text: &str, part: &str| text.to_lowercase().contains(part);
        let d = on.description;
        match self {
            Self::Word(word) => {
                contains(on.key, word)
                    || contains(&d.value, word)
                    || contains(&d.type_name, word)
                    || in_order(&on.key.to_lowercase(), word)
            }
            Self::Key(word) => contains(on.key, word),
            Self::Value(word) => contains(&d.value, word),
            Self::Type(word) => {
                contains(&d.type_name, word) || on.array.is_some_and(|array| contains(&array.kind, word))
            }
            Self::Dtype(word) => on.array.and_then(|array| array.dtype.as_ref()).is_some_and(|dtype| {
                let text = dtype.text().to_lowercase();
                text == *word || text.trim_start_matches(['<', '>', '|', '=']) == word || contains(&dtype.human(), word)
            }),
            Self::Shape { axes, open } => on.array.is_some_and(|array| {
                let fits = if *open { array.shape.len() >= axes.len() } else { array.shape.len() == axes.len() };
                fits && array.shape.iter().zip(axes).all(|(side, wanted)| wanted.is_none_or(|wanted| wanted == *side))
            }),
            Self::Larger(size) => on.size().is_some_and(|n| n > *size),
            Self::Smaller(size) => on.size().is_some_and(|n| n < *size),
            Self::Nan => on.has_nan(progress),
            Self::Shared => on.node.is_some_and(|(_, pickled, node)| {
                let graph = &pickled.decoded.graph;
                let identity =
                    matches!(graph.kind(node), Kind::List | Kind::Dict | Kind::Set | Kind::Object | Kind::ByteArray);
                identity && graph.is_shared(node)
            }),
            Self::Unsafe => on.node.is_some_and(|(part, _, node)| (on.flagged)(part, node)),
            Self::Op(name) => on.node.is_some_and(|(_, pickled, node)| {
                let bytes = &pickled.decoded.bytes;
                let code = bytes.read_vec(pickled.decoded.graph.offset(node), 1).ok();
                let op = code.and_then(|code| code.first().copied()).and_then(Op::from_code);
                op.is_some_and(|op| op.name() == name)
            }),
            Self::At(offset) => on.node.is_some_and(|(_, pickled, node)| {
                let at = pickled.decoded.graph.offset(node);
                at <= *offset && {
                    let bytes = &pickled.decoded.bytes;
                    let mut ops = crate::pickle::Ops::new(bytes, &[], at, 0);
                    // Only the nearest opcodes can hold it; most nodes are far away.
                    *offset - at < (1 << 32) && ops.next().is_some_and(|op| op.is_ok_and(|op| *offset < at + op.len))
                }
            }),
        }
    }
}

impl Candidate<'_> {
    fn size(&self) -> Option<u64> {
        self.array.and_then(ArrayRef::nbytes).or(self.description.size)
    }

    fn has_nan(&self, progress: &Progress) -> bool {
        if let Some(array) = self.array {
            // What cannot be NaN is not read.
            let whole = |scalar: &Scalar| {
                matches!(
                    scalar,
                    Scalar::Bool | Scalar::Int | Scalar::Uint | Scalar::Bytes | Scalar::Str | Scalar::Object
                )
            };
            let floats = array.dtype.as_ref().is_some_and(|dtype| !whole(&dtype.scalar));
            let view = array.view().filter(|_| floats);
            return view.and_then(|view| stats(&view, progress).ok()).is_some_and(|stats| stats.nan.unwrap_or(0) > 0);
        }
        self.node.is_some_and(|(_, pickled, node)| {
            matches!(pickled.decoded.graph.value(node), Value::Float(f) if f.is_nan())
                || self.description.value == "nan"
        })
    }
}

/// True if the letters of `wanted` (three or more) occur in `text` in order: `nfeat` finds `n_features_in_`.
fn in_order(text: &str, wanted: &str) -> bool {
    let mut letters = text.chars();
    wanted.chars().count() >= 3 && wanted.chars().all(|c| letters.any(|l| l == c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_and_the_rest_are_words() {
        let all = Query::parse("coef shape:(_, 768) >1MB <10kB @0x1f40 op:reduce \"two words\" key:a type:x: nan");
        let expected = [
            Term::Word("coef".into()),
            Term::Shape { axes: vec![None, Some(768)], open: false },
            Term::Larger(1_000_000),
            Term::Smaller(10_000),
            Term::At(0x1f40),
            Term::Op("REDUCE".into()),
            Term::Word("two words".into()),
            Term::Key("a".into()),
            Term::Type("x:".into()),
            Term::Nan,
        ];
        assert_eq!(all.terms, expected);
        assert_eq!(Query::parse("shape:wide").terms, [Term::Word("shape:wide".into())]);
        assert_eq!(Query::parse("shape:3x4x...").terms, [Term::Shape { axes: vec![Some(3), Some(4)], open: true }]);
        assert_eq!(Query::parse(">1.5MiB").terms, [Term::Larger(1_572_864)]);
        assert!(Query::parse("  ").is_empty());
    }

    #[test]
    fn what_matched_is_marked_where_it_stands() {
        assert_eq!(Query::parse("COEF key:_").marks("coef_"), [0..4, 4..5]);
        assert!(Query::parse("x").marks("coef_").is_empty());
        assert_eq!(Query::parse("ä ö").marks("ÄÖ"), [0..2, 2..4]);
    }

    #[test]
    fn letters_in_order_are_enough_from_three_on() {
        assert!(in_order("n_features_in_", "nfeat") && !in_order("n_features_in_", "nfx") && !in_order("abc", "ac"));
    }
}
