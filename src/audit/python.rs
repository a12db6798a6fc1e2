//! Values and calls as Python would write them, for eyes only: cut to a length, big data elided, text escaped.

use crate::formats::{Artifact, Pickled};
use crate::pickle::graph::Made;
use crate::pickle::{Graph, NodeId, Value};
use crate::view::describe::{Detail, describe};
use crate::view::escape;

/// Deepest nesting that is written out; below it stands `…`.
const MAX_DEPTH: usize = 4;
/// Items of one container that are written out.
const MAX_ITEMS: usize = 12;

/// Writes nodes of one part as Python expressions.
pub struct Writer<'a> {
    artifact: &'a Artifact,
    part: usize,
    pickled: &'a Pickled,
    /// Characters left.
    room: usize,
}

impl<'a> Writer<'a> {
    /// A writer of at most `room` characters, give or take one item.
    pub fn new(artifact: &'a Artifact, part: usize, pickled: &'a Pickled, room: usize) -> Self {
        Self { artifact, part, pickled, room }
    }

    /// `id` as an expression.
    pub fn expression(&mut self, id: NodeId) -> String {
        let mut out = String::new();
        self.write(id, 0, &mut out);
        out
    }

    /// The arguments of the call that made `object`: `('ls', 1)`.
    pub fn arguments(&mut self, object: NodeId) -> String {
        let mut out = String::new();
        if let Some(object) = self.graph().object(object) {
            out.push('(');
            self.call_arguments(object.args, object.kwargs, 0, &mut out);
            out.push(')');
        }
        out
    }

    fn graph(&self) -> &'a Graph {
        &self.pickled.decoded.graph
    }

    fn call_arguments(&mut self, args: NodeId, kwargs: Option<NodeId>, depth: usize, out: &mut String) {
        let graph = self.graph();
        match graph.items(args) {
            Some(items) => self.list(items, depth, out),
            None => {
                out.push('*');
                self.write(args, depth + 1, out);
            }
        }
        let pairs = kwargs.and_then(|kwargs| graph.pairs(kwargs)).unwrap_or_default();
        for (i, (key, value)) in pairs.iter().enumerate() {
            if i > 0 || graph.items(args).is_none_or(|items| !items.is_empty()) {
                out.push_str(", ");
            }
            out.push_str(&escape::plain(graph.str(key).unwrap_or("**")));
            out.push('=');
            self.write(value, depth + 1, out);
        }
    }

    fn list(&mut self, items: &[NodeId], depth: usize, out: &mut String) {
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            if i == MAX_ITEMS || self.room == 0 {
                out.push('…');
                return;
            }
            self.write(*item, depth + 1, out);
        }
    }

    fn write(&mut self, id: NodeId, depth: usize, out: &mut String) {
        let graph = self.graph();
        let before = out.len();
        let array = self.artifact.array_of(self.part, id).and_then(|i| self.artifact.arrays.get(i));
        if let Some(array) = array {
            let dtype = array.dtype.as_ref().map_or_else(|| "?".to_owned(), |dtype| dtype.human());
            let kind = array.kind.rsplit('.').next().unwrap_or("ndarray");
            out.push_str(&escape::plain(&format!("{kind}({dtype}, {})", array.shape_text())));
            return self.spend(out.len() - before);
        }
        if depth > MAX_DEPTH {
            return out.push('…');
        }
        match graph.value(id) {
            Value::List(items) => self.bracketed("[", items, "]", depth, out),
            Value::Tuple([one]) => {
                out.push('(');
                self.write(*one, depth + 1, out);
                out.push_str(",)");
            }
            Value::Tuple(items) => self.bracketed("(", items, ")", depth, out),
            Value::Set([]) => out.push_str("set()"),
            Value::Set(items) => self.bracketed("{", items, "}", depth, out),
            Value::FrozenSet(items) => self.bracketed("frozenset({", items, "})", depth, out),
            Value::Dict(pairs) => {
                out.push('{');
                for (i, (key, value)) in pairs.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    if i == MAX_ITEMS || self.room == 0 {
                        out.push('…');
                        break;
                    }
                    self.write(key, depth + 1, out);
                    out.push_str(": ");
                    self.write(value, depth + 1, out);
                }
                out.push('}');
            }
            Value::Global(symbol) => out.push_str(&escape::plain(&symbol.dotted())),
            Value::Object(object) => {
                let described = describe(self.artifact, self.part, self.pickled, id, Detail::Row);
                // What has a notation of its own (numbers, dates, bytes) is written in it.
                let own = !described.value.is_empty() && object.items.is_empty() && object.entries.is_empty();
                if own {
                    out.push_str(&described.value);
                } else {
                    self.write(object.callee, depth + 1, out);
                    if matches!(object.made, Made::NewObj | Made::NewObjEx) && object.kwargs.is_none() {
                        out.push_str(".__new__");
                    }
                    out.push('(');
                    self.call_arguments(object.args, object.kwargs, depth, out);
                    out.push(')');
                }
            }
            _ => {
                let described = describe(self.artifact, self.part, self.pickled, id, Detail::Row);
                out.push_str(if described.value.is_empty() { &described.type_name } else { &described.value });
            }
        }
        self.spend(out.len().saturating_sub(before));
    }

    fn spend(&mut self, n: usize) {
        self.room = self.room.saturating_sub(n);
    }

    fn bracketed(&mut self, open: &str, items: &[NodeId], close: &str, depth: usize, out: &mut String) {
        out.push_str(open);
        self.list(items, depth, out);
        out.push_str(close);
    }
}
