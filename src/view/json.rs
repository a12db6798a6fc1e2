//! An object as JSON, for other programs: what is copied, not the document of the command line.

use std::collections::HashMap;

use serde_json::Value as Json;

use crate::array::{ArrayView, Scalar, layout};
use crate::bytes::{Error, ErrorKind, Progress, Result, Span};
use crate::formats::children::{Children, Edge};
use crate::formats::python::is_plain;
use crate::formats::{Artifact, Pickled};
use crate::pickle::{NodeId, Value};
use crate::view::describe::{Detail, describe};
use crate::view::paths;
use crate::view::rows::key_text;

/// Most objects and array values that are written. What nobody would paste is a file's matter.
pub const MAX_VALUES: u64 = 100_000;
/// Deepest nesting that is written: what reads JSON recurses.
const DEEPEST: usize = 100;

/// A container that is being written.
struct Open<'g> {
    node: NodeId,
    children: Children<'g>,
    next: usize,
    /// Keys of an object, or items of a list.
    keyed: bool,
    empty: bool,
    /// Keys written: JSON's readers keep only one of two that are equal.
    keys: HashMap<String, u32>,
}

/// `node` as JSON: dicts and objects as objects, lists, tuples and sets as lists, arrays as nested lists, the class of an
/// object under `"class"`. What JSON cannot say (NaN, bytes, dates, names) is a string as Python writes it; what stands
/// further up already is `{"same as": path}`.
///
/// # Errors
/// If there are more than [`MAX_VALUES`] values, if an array cannot be read, or once `progress` is cancelled.
pub fn json(artifact: &Artifact, part: usize, root: NodeId, path: &str, progress: &Progress) -> Result<String> {
    let Some(pickled) = artifact.pickled(part) else { return Ok("null".to_owned()) };
    let mut writer = Writer { artifact, part, pickled, progress, out: String::new(), left: MAX_VALUES };
    let mut open: Vec<Open<'_>> = Vec::new();
    writer.begin(root, &mut open, path)?;
    while let Some(top) = open.last_mut() {
        let Some((edge, child)) = top.step(pickled) else {
            if !top.empty {
                writer.line(open.len() - 1);
            }
            let close = open.pop().is_some_and(|done| done.keyed);
            writer.out.push(if close { '}' } else { ']' });
            continue;
        };
        writer.out.push_str(if std::mem::take(&mut top.empty) { "" } else { "," });
        let key = top.keyed.then(|| top.key(pickled, edge));
        writer.line(open.len());
        if let Some(key) = key {
            writer.text(&key);
            writer.out.push_str(": ");
        }
        writer.begin(child, &mut open, path)?;
    }
    Ok(writer.out)
}

impl Open<'_> {
    fn step(&mut self, pickled: &Pickled) -> Option<(Edge, NodeId)> {
        while self.next < self.children.positions() {
            self.next += 1;
            if let Some(found) = self.children.get(&pickled.decoded.graph, self.next - 1) {
                return Some(found);
            }
        }
        None
    }

    fn key(&mut self, pickled: &Pickled, edge: Edge) -> String {
        let key = key_text(pickled, edge);
        let before = self.keys.entry(key.clone()).or_default();
        *before += 1;
        if *before == 1 { key } else { format!("{key} ({before})") }
    }
}

struct Writer<'a> {
    artifact: &'a Artifact,
    part: usize,
    pickled: &'a Pickled,
    progress: &'a Progress,
    out: String,
    left: u64,
}

impl<'a> Writer<'a> {
    fn line(&mut self, depth: usize) {
        self.out.push('\n');
        self.out.push_str(&"  ".repeat(depth));
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(&Json::from(text).to_string());
    }

    fn spend(&mut self, n: u64) -> Result<()> {
        self.progress.check(Span::default())?;
        match self.left.checked_sub(n) {
            Some(left) => self.left = left,
            None => {
                let kind = ErrorKind::Limit { what: "values to copy", limit: MAX_VALUES };
                return Err(Error { at: Span::default(), kind });
            }
        }
        Ok(())
    }

    /// Writes a value that has no children, or opens one that has.
    fn begin(&mut self, id: NodeId, open: &mut Vec<Open<'a>>, path: &str) -> Result<()> {
        self.spend(1)?;
        let graph = &self.pickled.decoded.graph;
        if let Some(array) = self.artifact.array_of(self.part, id).and_then(|i| self.artifact.arrays.get(i))
            && let Some(view) = array.view()
        {
            return self.array(&view);
        }
        if let Some(at) = open.iter().position(|above| above.node == id) {
            let steps: Vec<(NodeId, usize)> =
                open.iter().take(at).map(|above| (above.node, above.next.saturating_sub(1))).collect();
            let edges: Vec<Edge> = steps
                .iter()
                .filter_map(|(node, i)| Children::of(graph, &self.pickled.known, *node).get(graph, *i))
                .map(|(edge, _)| edge)
                .collect();
            let same = paths::text(self.pickled, path, &edges);
            self.out.push_str("{\"same as\": ");
            self.text(&same);
            self.out.push('}');
            return Ok(());
        }
        let children = Children::of(graph, &self.pickled.known, id);
        let keyed = match graph.value(id) {
            Value::None => return self.word("null"),
            Value::Bool(b) => return self.word(if b { "true" } else { "false" }),
            Value::Int(i) => return self.word(&i.to_string()),
            Value::Long(data) if data.is_whole() => {
                return self.word(&crate::pickle::text::signed_le(data.kept).to_string());
            }
            Value::Float(f) if f.is_finite() => return self.word(&crate::pickle::text::float_repr(f)),
            Value::Text(data) if data.is_whole() => {
                self.text(&String::from_utf8_lossy(data.kept));
                return Ok(());
            }
            Value::List(_) | Value::Tuple(_) | Value::Set(_) | Value::FrozenSet(_) => false,
            Value::Dict(_) => true,
            Value::Object(_) if children.positions() > 0 && !is_plain(graph, id) => true,
            _ => return self.described(id),
        };
        if open.len() >= DEEPEST {
            self.text("…");
            return Ok(());
        }
        self.out.push(if keyed { '{' } else { '[' });
        let mut empty = true;
        if let Some(class) = graph.class(id) {
            empty = false;
            self.line(open.len() + 1);
            self.out.push_str("\"class\": ");
            self.text(&class.dotted());
        }
        open.push(Open { node: id, children, next: 0, keyed, empty, keys: HashMap::new() });
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<()> {
        self.out.push_str(word);
        Ok(())
    }

    /// What JSON has no notation for, as Python writes it.
    fn described(&mut self, id: NodeId) -> Result<()> {
        let described = describe(self.artifact, self.part, self.pickled, id, Detail::Full);
        let words = if described.value.is_empty() { described.type_name } else { described.value };
        // Numbers of NumPy are numbers.
        match words.parse::<f64>() {
            Ok(number) if number.is_finite() && serde_json::from_str::<Json>(&words).is_ok() => self.word(&words),
            _ => {
                self.text(&words);
                Ok(())
            }
        }
    }

    fn array(&mut self, view: &ArrayView) -> Result<()> {
        self.spend(view.len())?;
        if view.is_empty() {
            return self.word("[]");
        }
        let bare = matches!(view.dtype().scalar, Scalar::Int | Scalar::Uint | Scalar::Float | Scalar::BFloat16);
        for i in 0..view.len() {
            if i > 0 {
                self.out.push_str(", ");
            }
            (0..layout::edges(i, view.shape())).for_each(|_| self.out.push('['));
            let text = view.text(&layout::unravel(i, view.shape()))?;
            match (text.as_str(), text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''))) {
                ("True", _) => self.out.push_str("true"),
                ("False", _) => self.out.push_str("false"),
                (number, _) if bare && !number.ends_with(['n', 'f']) => self.out.push_str(number),
                (_, Some(inner)) => self.text(&inner.replace("\\'", "'").replace("\\\\", "\\")),
                (other, None) => self.text(other),
            }
            (0..layout::edges(i + 1, view.shape())).for_each(|_| self.out.push(']'));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bytes::{Bytes, Limits};
    use crate::formats::read;

    fn of(pickle: &[u8]) -> Result<Json> {
        let progress = Progress::new();
        let bytes = Bytes::from_vec(pickle.to_vec());
        let artifact = read(Path::new("a.pkl"), bytes, &Limits::default(), &progress);
        let root = artifact.pickled(0).unwrap().root().unwrap();
        json(&artifact, 0, root, "$", &progress).map(|text| serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn values_keep_what_json_can_say_and_the_rest_is_python() {
        // {'a': [1, 2.5, None, True], 'n': nan, 'b': b'x', 't': ()} by pickletools' own names.
        let pickle = b"\x80\x04}(\x8c\x01a](K\x01G\x40\x04\0\0\0\0\0\0N\x88e\x8c\x01nG\x7f\xf8\0\0\0\0\0\0\x8c\x01bC\x01x\x8c\x01t)u.";
        let expected = serde_json::json!({"a": [1, 2.5, null, true], "n": "nan", "b": "b'x'", "t": []});
        assert_eq!(of(pickle).unwrap(), expected);
    }

    #[test]
    fn a_cycle_ends_and_keys_stay_apart() {
        // d = {'me': d}
        assert_eq!(of(b"\x80\x02}q\0X\x02\0\0\0meh\0s.").unwrap(), serde_json::json!({"me": {"same as": "$"}}));
        // {1: 'a', '[1]': 'b'} has two keys that would be written alike.
        let both = of(b"\x80\x02}(K\x01X\x01\0\0\0aX\x03\0\0\0[1]X\x01\0\0\0bu.").unwrap();
        assert_eq!(both.as_object().map(serde_json::Map::len), Some(2));
    }

    #[test]
    fn an_object_names_its_class() {
        let found = of(b"\x80\x02cm\nC\n)\x81}X\x01\0\0\0xK\x05sb.").unwrap();
        assert_eq!(found, serde_json::json!({"class": "m.C", "x": 5}));
    }

    #[test]
    fn what_nobody_would_paste_is_refused() {
        let mut pickle = b"\x80\x02](".to_vec();
        pickle.extend(b"K\x01".repeat(100_000));
        pickle.extend(b"e.");
        assert!(matches!(of(&pickle).unwrap_err().kind, ErrorKind::Limit { .. }));
    }
}
