//! The children of a node as people mean them: items, keys, attributes, arguments; and the text of a path to them.
//!
//! A path is that of the command line (`docs` of `picklescope tree`): `$` the root, `.name` an attribute, `[3]` an
//! item, `["key"]` a dict entry, and so on. Children are addressed by number, so that a list of millions costs nothing.

use super::known::{Known, Role};
use super::torch;
use crate::pickle::graph::Pairs;
use crate::pickle::{Graph, NodeId, Value};

/// How a child hangs on its parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Item of a list or tuple.
    Item(usize),
    /// Member of a set, in file order.
    Member(usize),
    /// Value of a dict entry; the node is the key.
    Entry(NodeId),
    /// A key that is itself an object or tuple.
    Key(usize),
    /// An attribute: a key of the state given to BUILD.
    Attribute(NodeId),
    /// Argument of a call whose result is not understood.
    Argument(usize),
    /// The arguments, where they are no tuple.
    Arguments,
    /// Keyword argument.
    Keyword(NodeId),
    /// A state that is no dict.
    State,
    /// Item appended to an object.
    Appended(usize),
    /// What a persistent id is.
    PersistentId,
    /// Scheme, scale and zero point of a quantised tensor.
    Quantizer,
    /// What the pair at this position of a list of (name, object) pairs names; the node is the name. Two steps in one:
    /// [`Children`] never gives it, a tree that shows the object in the pair's place does.
    Step(usize, NodeId),
    /// Argument of a call whose arguments have names: the position and the name.
    Named(usize, &'static str),
    /// The same, one level deeper: what a sparse tensor is made of stands in its second argument.
    Component(usize, &'static str),
}

/// The children of one node.
#[derive(Clone, Debug, Default)]
pub struct Children<'g> {
    parts: Vec<Part<'g>>,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
enum Part<'g> {
    Items(&'g [NodeId]),
    Members(&'g [NodeId]),
    Entries(Pairs<'g>),
    Keys(Pairs<'g>),
    Attributes(Pairs<'g>),
    Arguments(&'g [NodeId]),
    OtherArguments(NodeId),
    Keywords(Pairs<'g>),
    State(NodeId),
    Appended(&'g [NodeId]),
    PersistentId(NodeId),
    Quantizer(NodeId),
    Named(&'g [NodeId], &'static [&'static str]),
    Components(&'g [NodeId], &'static [&'static str]),
    /// Backward hooks or metadata of a tensor.
    Extra(usize, NodeId, &'static str),
}

impl Part<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Items(items) | Self::Members(items) | Self::Arguments(items) | Self::Appended(items) => items.len(),
            Self::Entries(pairs) | Self::Keys(pairs) | Self::Attributes(pairs) | Self::Keywords(pairs) => pairs.len(),
            Self::Named(items, _) | Self::Components(items, _) => items.len(),
            Self::OtherArguments(_) | Self::State(_) | Self::PersistentId(_) | Self::Quantizer(_) | Self::Extra(..) => {
                1
            }
        }
    }
}

impl<'g> Children<'g> {
    /// The children of `id`. Costs no more than the number of BUILDs it had, whatever it holds.
    pub fn of(graph: &'g Graph, known: &Known, id: NodeId) -> Self {
        let mut all = Self::default();
        match graph.value(id) {
            Value::List(items) | Value::Tuple(items) => all.push(Part::Items(items)),
            Value::Set(items) | Value::FrozenSet(items) => all.push(Part::Members(items)),
            Value::Dict(pairs) => {
                all.push(Part::Entries(pairs));
                all.push(Part::Keys(pairs));
            }
            Value::Persistent(pid) => all.push(Part::PersistentId(pid)),
            Value::Object(object) => {
                let role = known.role(graph, id);
                match role {
                    Role::Dtype | Role::Encode | Role::BytesCall | Role::Scalar => {}
                    Role::Tensor => all.push_extras(graph, object.args, 5),
                    Role::QTensor => {
                        if let Some(quantizer) = graph.items(object.args).and_then(|args| args.get(4)) {
                            all.push(Part::Quantizer(*quantizer));
                        }
                        all.push_extras(graph, object.args, 6);
                    }
                    // What the tensor is made of is shown as the tensor; what was added to it stands below.
                    Role::FromType
                        if let Some([function, _, _, rest @ ..]) = graph.items(object.args)
                            && matches!(graph.symbol(*function).map(Role::of), Some(Role::Tensor | Role::QTensor)) =>
                    {
                        rest.iter().enumerate().for_each(|(i, id)| all.push(Part::Extra(i + 3, *id, "state")));
                    }
                    Role::Sparse if let Some([layout, data]) = graph.items(object.args) => {
                        let names = torch::layout_of(graph, *layout).map_or(&[][..], |layout| layout.components);
                        match graph.value(*data) {
                            Value::Tuple(parts) => all.push(Part::Components(parts, names)),
                            _ => all.push(Part::OtherArguments(*data)),
                        }
                    }
                    Role::Parameter | Role::Device | Role::Nested | Role::Meta
                        if let Value::Tuple(args) = graph.value(object.args) =>
                    {
                        all.push(Part::Named(args, role.argument_names()));
                        if let Some(state) = object.state {
                            all.push_state(graph, state);
                        }
                    }
                    role if role != Role::FromType && role.is_array() => {
                        if let Some(items) = object_items(graph, known, id) {
                            all.push(Part::Appended(items));
                        }
                    }
                    _ => {
                        match graph.value(object.args) {
                            Value::Tuple(args) => all.push(Part::Arguments(args)),
                            _ => all.push(Part::OtherArguments(object.args)),
                        }
                        if let Some(pairs) = object.kwargs.and_then(|kwargs| graph.pairs(kwargs)) {
                            all.push(Part::Keywords(pairs));
                        }
                        for state in graph.earlier_states(id) {
                            all.push_state(graph, state);
                        }
                        if let Some(state) = object.state {
                            all.push_state(graph, state);
                        }
                        all.push(Part::Appended(object.items));
                        all.push(Part::Entries(object.entries));
                    }
                }
            }
            _ => {}
        }
        all
    }

    fn push(&mut self, part: Part<'g>) {
        self.len += part.len();
        self.parts.push(part);
    }

    /// Hooks and metadata of a tensor, which are empty but for a few: the argument at `hooks`, and what follows it.
    fn push_extras(&mut self, graph: &'g Graph, args: NodeId, hooks: usize) {
        let args = graph.items(args).unwrap_or(&[]);
        for (i, id) in args.iter().enumerate().skip(hooks) {
            let filled = match graph.value(*id) {
                Value::Dict(pairs) => !pairs.is_empty(),
                Value::Object(object) => !object.entries.is_empty() || object.state.is_some(),
                _ => false,
            };
            if filled {
                let name = if i == hooks { "backward hooks" } else { "metadata" };
                self.push(Part::Extra(i, *id, name));
            }
        }
    }

    fn push_state(&mut self, graph: &'g Graph, state: NodeId) {
        match graph.value(state) {
            Value::Dict(pairs) => self.push(Part::Attributes(pairs)),
            // (dict or None, slots)
            Value::Tuple([first, second]) => match (graph.value(*first), graph.value(*second)) {
                (Value::None, Value::Dict(slots)) => self.push(Part::Attributes(slots)),
                (Value::Dict(attributes), Value::Dict(slots)) => {
                    self.push(Part::Attributes(attributes));
                    self.push(Part::Attributes(slots));
                }
                _ => self.push(Part::State(state)),
            },
            _ => self.push(Part::State(state)),
        }
    }

    /// Upper bound of the positions: [`Children::get`] gives None for some below it (keys that are plain).
    pub fn positions(&self) -> usize {
        self.len
    }

    /// Number of children that are shown: positions without the keys that are plain. Looks at every key of a dict.
    pub fn count(&self, graph: &Graph) -> usize {
        let mut first = 0;
        let mut total = 0;
        for part in &self.parts {
            total += match part {
                Part::Keys(_) => (first..first + part.len()).filter(|i| self.get(graph, *i).is_some()).count(),
                _ => part.len(),
            };
            first += part.len();
        }
        total
    }

    /// The child at a position.
    pub fn get(&self, graph: &Graph, position: usize) -> Option<(Edge, NodeId)> {
        let mut i = position;
        for part in &self.parts {
            if i >= part.len() {
                i -= part.len();
                continue;
            }
            return match part {
                Part::Items(items) => Some((Edge::Item(i), *items.get(i)?)),
                Part::Members(items) => Some((Edge::Member(i), *items.get(i)?)),
                Part::Arguments(items) => Some((Edge::Argument(i), *items.get(i)?)),
                Part::Appended(items) => Some((Edge::Appended(i), *items.get(i)?)),
                Part::Entries(pairs) => pairs.get(i).map(|(key, value)| (Edge::Entry(key), value)),
                Part::Attributes(pairs) => pairs.get(i).map(|(key, value)| (Edge::Attribute(key), value)),
                Part::Keywords(pairs) => pairs.get(i).map(|(key, value)| (Edge::Keyword(key), value)),
                Part::Keys(pairs) => {
                    let (key, _) = pairs.get(i)?;
                    let shown = matches!(graph.value(key), Value::Object(_) | Value::Tuple(_) | Value::Persistent(_));
                    shown.then_some((Edge::Key(i), key))
                }
                Part::OtherArguments(node) => Some((Edge::Arguments, *node)),
                Part::State(node) => Some((Edge::State, *node)),
                Part::PersistentId(node) => Some((Edge::PersistentId, *node)),
                Part::Quantizer(node) => Some((Edge::Quantizer, *node)),
                Part::Named(items, names) => {
                    let node = *items.get(i)?;
                    Some((names.get(i).map_or(Edge::Argument(i), |name| Edge::Named(i, name)), node))
                }
                Part::Components(items, names) => {
                    Some((Edge::Component(i, names.get(i).copied().unwrap_or("component")), *items.get(i)?))
                }
                Part::Extra(position, node, name) => Some((Edge::Named(*position, name), *node)),
            };
        }
        None
    }

    /// All children in order.
    pub fn iter<'a>(&'a self, graph: &'a Graph) -> impl Iterator<Item = (Edge, NodeId)> + 'a {
        (0..self.len).filter_map(move |i| self.get(graph, i))
    }
}

/// The elements of an object array: the list that its state holds, or that its nested pickle gave.
pub fn object_items<'g>(graph: &'g Graph, known: &Known, array: NodeId) -> Option<&'g [NodeId]> {
    let object = graph.object(array)?;
    let state = match known.role(graph, array) {
        // The nested pickle of joblib is an ndarray in NumPy's own form.
        Role::JoblibArray => graph.object(graph.nested(array)?)?.state?,
        _ => object.state?,
    };
    let Value::Tuple(state) = graph.value(state) else { return None };
    // (version, shape, dtype, fortran, data, ..), without version in very old files.
    let data = if state.len() == 4 { state.get(3) } else { state.get(4) };
    match graph.value(*data?) {
        Value::List(items) | Value::Tuple(items) => Some(items),
        _ => None,
    }
}

impl Edge {
    /// Appends the text of this step of a path.
    pub fn write(&self, graph: &Graph, out: &mut String) {
        use std::fmt::Write as _;
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Item(i) => write!(out, "[{i}]"),
            Self::Member(i) => write!(out, "<set>[{i}]"),
            Self::Key(i) => write!(out, "<key>[{i}]"),
            Self::Argument(i) | Self::Named(i, _) => write!(out, "<args>[{i}]"),
            Self::Component(i, _) => write!(out, "<args>[1][{i}]"),
            Self::Appended(i) => write!(out, "<items>[{i}]"),
            Self::Entry(key) => write!(out, "[{}]", key_text(graph, *key)),
            Self::Keyword(key) => write!(out, "<kw>.{}", attribute_text(graph, *key)),
            Self::Attribute(key) => match graph.value(*key) {
                Value::Text(_) | Value::Str8(_) => write!(out, ".{}", attribute_text(graph, *key)),
                _ => write!(out, ".[{}]", key_text(graph, *key)),
            },
            Self::State => write!(out, "<state>"),
            Self::Arguments => write!(out, "<args>"),
            Self::PersistentId => write!(out, "<pid>"),
            Self::Quantizer => write!(out, "<qparams>"),
            Self::Step(i, _) => write!(out, "[{i}][1]"),
        };
    }
}

fn attribute_text(graph: &Graph, key: NodeId) -> String {
    match graph.value(key) {
        Value::Text(text) => String::from_utf8_lossy(text.kept).into_owned(),
        Value::Str8(text) => text.kept.iter().map(|b| char::from(*b)).collect(),
        _ => key_text(graph, key),
    }
}

/// A dict key as a path shows it: strings as JSON in ASCII, tuples as `(1,"a")`, bytes as `b:` and hex digits.
pub fn key_text(graph: &Graph, key: NodeId) -> String {
    let mut out = String::new();
    // A tuple in a tuple in a tuple: an explicit stack, since depth belongs to the file.
    enum Open {
        Node(NodeId),
        Text(&'static str),
    }
    let mut open = vec![Open::Node(key)];
    while let Some(next) = open.pop() {
        if out.len() > MAX_KEY {
            out.push('…');
            return out;
        }
        let id = match next {
            Open::Text(text) => {
                out.push_str(text);
                continue;
            }
            Open::Node(id) => id,
        };
        match graph.value(id) {
            Value::None => out.push_str("None"),
            Value::Bool(b) => out.push_str(if b { "True" } else { "False" }),
            Value::Int(i) => out.push_str(&i.to_string()),
            Value::Long(data) => out.push_str(&crate::pickle::text::signed_le(data.kept).to_string()),
            Value::Float(f) => out.push_str(&crate::pickle::text::float_repr(f)),
            Value::Text(text) => json_ascii(text.kept, &mut out),
            Value::Str8(text) => {
                let latin1: String = text.kept.iter().map(|b| char::from(*b)).collect();
                json_ascii(latin1.as_bytes(), &mut out);
            }
            Value::Bytes(data) => {
                out.push_str("b:");
                for byte in data.kept {
                    out.push_str(&format!("{byte:02x}"));
                }
            }
            Value::Tuple(items) => {
                out.push('(');
                open.push(Open::Text(")"));
                for (i, item) in items.iter().enumerate().take(MAX_KEY).rev() {
                    open.push(Open::Node(*item));
                    if i > 0 {
                        open.push(Open::Text(","));
                    }
                }
            }
            Value::Object(object) => {
                let name = graph.symbol(object.callee).map_or("object", |symbol| &symbol.name);
                out.push_str(&format!("<{}>", name.rsplit('.').next().unwrap_or(name)));
            }
            _ => out.push_str("<object>"),
        }
    }
    out
}

/// Longest key text in a path, in bytes, give or take one item.
const MAX_KEY: usize = 4096;

/// A JSON string in ASCII, as `json.dumps` writes it; lone surrogates come as their escapes.
fn json_ascii(wtf8: &[u8], out: &mut String) {
    use std::fmt::Write as _;
    out.push('"');
    let mut rest = wtf8;
    while !rest.is_empty() {
        let (valid, bad) = match std::str::from_utf8(rest) {
            Ok(text) => (text, &[][..]),
            Err(e) => {
                let (good, bad) = rest.split_at(e.valid_up_to());
                (std::str::from_utf8(good).unwrap_or(""), bad)
            }
        };
        for c in valid.chars() {
            let _ = match c {
                '"' => out.write_str("\\\""),
                '\\' => out.write_str("\\\\"),
                '\n' => out.write_str("\\n"),
                '\r' => out.write_str("\\r"),
                '\t' => out.write_str("\\t"),
                '\x08' => out.write_str("\\b"),
                '\x0c' => out.write_str("\\f"),
                ' '..='~' => out.write_char(c),
                c => c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}")),
            };
        }
        rest = match bad {
            [0xed, b, c, after @ ..] => {
                let unit = 0xd000 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f);
                let _ = write!(out, "\\u{unit:04x}");
                after
            }
            [_, after @ ..] => {
                out.push_str("\\ufffd");
                after
            }
            [] => &[],
        };
    }
    out.push('"');
}
