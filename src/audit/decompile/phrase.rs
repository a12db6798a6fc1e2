//! Expressions, cut to a length, and names by the part that an object plays.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::analysis::Analysis;
use crate::formats::children::object_items;
use crate::formats::{Artifact, Pickled};
use crate::pickle::graph::Made;
use crate::pickle::{NodeId, Symbol, Value};
use crate::view::describe::{Class, Detail, describe};
use crate::view::{escape, number};

/// Deepest nesting that is written out; below it stands `…`.
const MAX_DEPTH: usize = 6;
/// Characters of an expression, give or take one item.
const ROOM: usize = 320;
/// Items of one container that are written out.
const MAX_ITEMS: usize = 12;
/// Longest name made of keys.
const MAX_NAME: usize = 32;
/// Holders looked at for a name.
const HOLDERS: usize = 4;

const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "_",
];

/// True if Python takes it as a name.
pub(super) fn is_identifier(text: &str) -> bool {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(first) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !KEYWORDS.contains(&text)
}

/// True if an object has a notation of its own: a number, a date, bytes.
pub(super) fn is_plain(artifact: &Artifact, part: usize, pickled: &Pickled, id: NodeId) -> bool {
    let d = describe(artifact, part, pickled, id, Detail::Row);
    let dtype = d.type_name == "dtype";
    let notation = matches!(d.class, Class::Constant | Class::Bool | Class::Number | Class::Text | Class::Bytes);
    !d.value.is_empty() && (dtype || notation || d.class == Class::Value)
}

/// Writes expressions of one part and remembers names.
pub(super) struct Phrases<'a> {
    artifact: &'a Artifact,
    part: usize,
    pickled: &'a Pickled,
    names: HashMap<NodeId, String>,
    taken: HashSet<String>,
    /// How often a base was taken, so that the next number is found at once.
    counts: HashMap<String, usize>,
    imported: HashMap<Symbol, String>,
    room: usize,
    analysis: Rc<Analysis>,
    /// Containers that were named and not yet written.
    pub wanted: Vec<NodeId>,
}

impl<'a> Phrases<'a> {
    pub fn new(artifact: &'a Artifact, part: usize, pickled: &'a Pickled, analysis: Rc<Analysis>) -> Self {
        Self {
            artifact,
            part,
            pickled,
            names: HashMap::new(),
            taken: HashSet::new(),
            counts: HashMap::new(),
            imported: HashMap::new(),
            room: ROOM,
            analysis,
            wanted: Vec::new(),
        }
    }

    fn unique(&mut self, base: &str) -> String {
        let count = self.counts.entry(base.to_owned()).or_insert(0);
        loop {
            *count += 1;
            let name = if *count == 1 { base.to_owned() } else { format!("{base}_{count}") };
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }

    /// What the import statement says for a symbol: `load`, `load as load_2`.
    pub fn import(&mut self, symbol: &Symbol) -> String {
        let name = escape::plain(&symbol.name);
        let local = match self.imported.get(symbol) {
            Some(local) => local.clone(),
            None => {
                let local = self.unique(&name);
                self.imported.insert(symbol.clone(), local.clone());
                local
            }
        };
        if local == name { name } else { format!("{name} as {local}") }
    }

    /// The name of an object that has a line of its own; given at the first call.
    pub fn name(&mut self, id: NodeId) -> String {
        if let Some(name) = self.names.get(&id) {
            return name.clone();
        }
        let base = self.base(id);
        let name = self.unique(&base);
        self.names.insert(id, name.clone());
        name
    }

    /// The name of what is changed, or the expression for it.
    pub fn subject(&mut self, id: NodeId) -> String {
        if self.analysis.stands_alone(id) { self.name(id) } else { self.expression(id, false) }
    }

    fn base(&self, id: NodeId) -> String {
        let graph = &self.pickled.decoded.graph;
        let class = crate::formats::known::class_of(graph, id);
        let models = ["sklearn", "xgboost", "lightgbm", "catboost", "torch"];
        let is_model = class.is_some_and(|c| models.contains(&c.module.split('.').next().unwrap_or_default()));
        if self.analysis.is_root(id) {
            if is_model {
                return "model".to_owned();
            }
        } else {
            let (mut at, mut suffix) = (id, String::new());
            for _ in 0..HOLDERS {
                let Some(hold) = self.analysis.hold(at) else { break };
                if let Some(key) = hold.key.and_then(|key| graph.str(key)).and_then(identifier) {
                    return if suffix.is_empty() { key } else { format!("{}{suffix}", key.trim_end_matches('_')) };
                }
                match graph.value(hold.parent) {
                    Value::List(_) => suffix = format!("_{}{suffix}", hold.position),
                    // A step of a pipeline: its name stands before it.
                    Value::Tuple([first, ..]) if hold.position == 1 => {
                        if let Some(name) = graph.str(*first).and_then(identifier) {
                            return name;
                        }
                    }
                    Value::Tuple(_) => {}
                    _ => break,
                }
                at = hold.parent;
            }
        }
        let word = match graph.value(id) {
            Value::List(_) => "items".to_owned(),
            Value::Dict(_) => "data".to_owned(),
            Value::Set(_) => "members".to_owned(),
            Value::Persistent(_) => "stored".to_owned(),
            _ => class.map(|symbol| snake(symbol.name.rsplit('.').next().unwrap_or(""))).unwrap_or_default(),
        };
        identifier(&word).unwrap_or_else(|| "result".to_owned())
    }

    /// `id` as an expression: its name if it has one.
    pub fn expression(&mut self, id: NodeId, long: bool) -> String {
        let mut out = String::new();
        self.room = if long { 4 * ROOM } else { ROOM };
        self.write(id, 0, false, &mut out);
        out
    }

    /// `id` written out even if it has a name: what the name is given.
    pub fn whole(&mut self, id: NodeId) -> String {
        let mut out = String::new();
        self.room = 4 * ROOM;
        self.write(id, 0, true, &mut out);
        out
    }

    /// The call that makes `id`.
    pub fn call(&mut self, id: NodeId) -> String {
        self.whole(id)
    }

    /// Items as a list.
    pub fn items(&mut self, items: &[NodeId]) -> String {
        let mut out = String::from("[");
        self.room = ROOM;
        self.list(items, 0, &mut out);
        out.push(']');
        out
    }

    fn list(&mut self, items: &[NodeId], depth: usize, out: &mut String) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            if i == MAX_ITEMS || self.room == 0 {
                out.push_str(&format!("… {} more", number::grouped((items.len() - i) as u64)));
                return;
            }
            self.write(*item, depth + 1, false, out);
        }
    }

    fn bracketed(&mut self, open: &str, items: &[NodeId], close: &str, depth: usize, out: &mut String) {
        out.push_str(open);
        self.list(items, depth, out);
        out.push_str(close);
    }

    fn pairs(&mut self, pairs: crate::pickle::graph::Pairs<'_>, depth: usize, out: &mut String) {
        out.push('{');
        for (i, (key, value)) in pairs.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            if i == MAX_ITEMS || self.room == 0 {
                out.push_str(&format!("… {} more", number::grouped((pairs.len() - i) as u64)));
                break;
            }
            self.write(key, depth + 1, false, out);
            out.push_str(": ");
            self.write(value, depth + 1, false, out);
        }
        out.push('}');
    }

    fn write(&mut self, id: NodeId, depth: usize, whole: bool, out: &mut String) {
        if let Some(name) = self.names.get(&id).filter(|_| !whole) {
            out.push_str(name);
            return;
        }
        if !whole && self.analysis.stands_alone(id) {
            if self.pickled.decoded.graph.object(id).is_none() {
                self.wanted.push(id);
            }
            let name = self.name(id);
            return out.push_str(&name);
        }
        let before = out.len();
        self.value(id, depth, out);
        self.room = self.room.saturating_sub(out.len().saturating_sub(before));
    }

    fn value(&mut self, id: NodeId, depth: usize, out: &mut String) {
        let graph = &self.pickled.decoded.graph;
        let array = self.artifact.array_of(self.part, id).and_then(|i| self.artifact.arrays.get(i));
        if let Some(array) = array {
            let dtype = array.dtype.as_ref().map_or_else(|| "?".to_owned(), |dtype| dtype.human());
            let kind = array.kind.rsplit('.').next().unwrap_or("ndarray");
            out.push_str(&escape::plain(&format!("{kind}({dtype}, {})", array.shape_text())));
            if let Some(items) = object_items(graph, &self.pickled.known, id).filter(|_| depth < MAX_DEPTH) {
                self.bracketed(".of([", items, "])", depth, out);
            }
            return;
        }
        if depth > MAX_DEPTH {
            return out.push('…');
        }
        match graph.value(id) {
            Value::List(items) => self.bracketed("[", items, "]", depth, out),
            Value::Tuple([one]) => {
                out.push('(');
                self.write(*one, depth + 1, false, out);
                out.push_str(",)");
            }
            Value::Tuple(items) => self.bracketed("(", items, ")", depth, out),
            Value::Set([]) => out.push_str("set()"),
            Value::Set(items) => self.bracketed("{", items, "}", depth, out),
            Value::FrozenSet(items) => self.bracketed("frozenset({", items, "})", depth, out),
            Value::Dict(pairs) => self.pairs(pairs, depth, out),
            Value::Global(symbol) => match self.imported.get(symbol) {
                Some(local) => out.push_str(local),
                None => out.push_str(&escape::plain(&symbol.dotted())),
            },
            Value::Persistent(pid) => self.bracketed("persistent_load(", &[pid], ")", depth, out),
            Value::Extension(code) => out.push_str(&format!("extension({code})")),
            Value::Object(object) if !is_plain(self.artifact, self.part, self.pickled, id) => {
                self.write(object.callee, depth + 1, false, out);
                let new = matches!(object.made, Made::NewObj | Made::NewObjEx);
                out.push_str(if new { ".__new__(" } else { "(" });
                if new {
                    self.write(object.callee, depth + 1, false, out);
                }
                let args = graph.items(object.args);
                if new && args.is_none_or(|args| !args.is_empty()) {
                    out.push_str(", ");
                }
                match args {
                    Some(args) => self.list(args, depth, out),
                    None => {
                        out.push('*');
                        self.write(object.args, depth + 1, false, out);
                    }
                }
                if let Some(kwargs) = object.kwargs {
                    out.push_str(", **");
                    self.write(kwargs, depth + 1, false, out);
                }
                out.push(')');
            }
            _ => {
                let detail = if self.room > ROOM { Detail::Full } else { Detail::Row };
                let d = describe(self.artifact, self.part, self.pickled, id, detail);
                out.push_str(if d.value.is_empty() { &d.type_name } else { &d.value });
            }
        }
    }
}

fn identifier(text: &str) -> Option<String> {
    let word: String = text.chars().take(MAX_NAME).map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    is_identifier(&word).then_some(word)
}

/// `LogisticRegression` as `logistic_regression`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.chars().take(MAX_NAME) {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
        before = c;
    }
    out
}
