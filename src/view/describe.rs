//! A node in words, as Python users write it: the value, the type, the size. Short enough for a row.

use crate::array::layout::edges;
use crate::array::{ArrayRef, Dtype, layout};
use crate::formats::estimator::is_estimator;
use crate::formats::known::{self, Role};
use crate::formats::sparse::Sparse;
use crate::formats::{Artifact, Pickled, arrays, torch};
use crate::pickle::graph::Data;
use crate::pickle::{Graph, NodeId, Value};
use crate::view::{escape, frame, number, python, sparse};

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A row of a list.
    Row,
    /// A tooltip or a detail pane.
    Full,
}

impl Detail {
    fn characters(self) -> usize {
        match self {
            Self::Row => 80,
            Self::Full => 4000,
        }
    }
}

/// What kind of value it is: decides colour and icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// None.
    Constant,
    /// True, False.
    Bool,
    /// int, float, complex, NumPy scalars.
    Number,
    /// str.
    Text,
    /// bytes, bytearray.
    Bytes,
    /// list.
    List,
    /// tuple.
    Tuple,
    /// set, frozenset.
    Set,
    /// dict and its kin.
    Dict,
    /// An array.
    Array,
    /// A structured array.
    Table,
    /// A plain value of Python's library: a date, a path, a range.
    Value,
    /// A class or function by name.
    Global,
    /// A scikit-learn estimator.
    Estimator,
    /// Any other object.
    Object,
    /// Opaque to the file itself: persistent ids, extension codes, buffers.
    Foreign,
}

/// A node in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Colour and icon.
    pub class: Class,
    /// The value, in Python's notation; for containers how much is in them.
    pub value: String,
    /// The type's short name.
    pub type_name: String,
    /// Size of the data, for arrays and long bytes.
    pub size: Option<u64>,
}

impl Description {
    pub(super) fn new(class: Class, value: impl Into<String>, type_name: impl Into<String>) -> Self {
        Self { class, value: value.into(), type_name: type_name.into(), size: None }
    }
}

/// Describes `id`, a node of part `part`.
pub fn describe(artifact: &Artifact, part: usize, pickled: &Pickled, id: NodeId, detail: Detail) -> Description {
    let graph = &pickled.decoded.graph;
    if let Some(array) = artifact.array_of(part, id).and_then(|i| artifact.arrays.get(i)) {
        return describe_array(array);
    }
    let max = detail.characters();
    let items = |n: usize| number::count(n as u64, "item");
    match graph.value(id) {
        Value::None => Description::new(Class::Constant, "None", "NoneType"),
        Value::Bool(b) => Description::new(Class::Bool, if b { "True" } else { "False" }, "bool"),
        Value::Int(i) => Description::new(Class::Number, i.to_string(), "int"),
        Value::Long(data) => Description::new(Class::Number, long_text(&data, max), "int"),
        Value::Float(f) => Description::new(Class::Number, crate::pickle::text::float_repr(f), "float"),
        Value::Text(data) => {
            let mut text = Description::new(Class::Text, escape::text_repr(data.kept, data.is_whole(), max), "str");
            text.size = (!data.is_whole()).then_some(data.len);
            text
        }
        Value::Str8(data) => {
            let latin1: String = data.kept.iter().map(|b| char::from(*b)).collect();
            Description::new(Class::Text, escape::text_repr(latin1.as_bytes(), data.is_whole(), max), "str (Python 2)")
        }
        Value::Bytes(data) => bytes(&data, "bytes", max),
        Value::ByteArray(data) => bytes(&data, "bytearray", max),
        Value::List([]) => Description::new(Class::List, "[]", "list"),
        Value::List(all) => Description::new(Class::List, items(all.len()), "list"),
        Value::Tuple(all) => {
            let value = short_tuple(graph, all).unwrap_or_else(|| items(all.len()));
            Description::new(Class::Tuple, value, "tuple")
        }
        Value::Set([]) => Description::new(Class::Set, "set()", "set"),
        Value::Set(all) => Description::new(Class::Set, items(all.len()), "set"),
        Value::FrozenSet(all) => Description::new(Class::Set, items(all.len()), "frozenset"),
        Value::Dict(pairs) if pairs.is_empty() => Description::new(Class::Dict, "{}", "dict"),
        Value::Dict(pairs) => Description::new(Class::Dict, items(pairs.len()), "dict"),
        Value::Global(symbol) => Description::new(Class::Global, escape::plain(&symbol.dotted()), "name"),
        Value::Persistent(_) => match torch::storage_text(graph, id) {
            Some(text) => Description::new(Class::Foreign, escape::plain(&text), "storage"),
            None => Description::new(Class::Foreign, "", "persistent id"),
        },
        Value::Extension(code) => Description::new(Class::Foreign, format!("code {code}"), "extension"),
        Value::Buffer { index, readonly } => {
            let kind = if readonly { "read-only buffer" } else { "buffer" };
            Description::new(Class::Foreign, format!("external buffer #{index}"), kind)
        }
        Value::Object(_) => match frame::size_of_node(artifact, part, id) {
            Some((class, size)) => Description::new(Class::Table, size, escape::plain(&class)),
            None => describe_torch(artifact, part, pickled, id)
                .or_else(|| {
                    let sparse = Sparse::of(artifact, part, id)?;
                    Some(Description::new(Class::Array, sparse::words(&sparse), escape::plain(&sparse.name)))
                })
                .unwrap_or_else(|| describe_object(pickled, id, max)),
        },
    }
}

fn bytes(data: &Data<'_>, type_name: &str, max: usize) -> Description {
    let value = escape::bytes_repr(data.kept, data.is_whole(), max / 2);
    let value = if type_name == "bytearray" { format!("bytearray({value})") } else { value };
    let size = (data.len > 32).then_some(data.len);
    Description { size, ..Description::new(Class::Bytes, value, type_name) }
}

/// Describes an array.
pub fn describe_array(array: &ArrayRef) -> Description {
    let dtype = array.dtype.as_ref();
    let class = if dtype.is_some_and(|d| d.depth() > 0) { Class::Table } else { Class::Array };
    let type_name = dtype.map_or_else(|| "ndarray".to_owned(), |dtype| dtype.human());
    let value = match array.preview.as_slice() {
        [] => array.shape_text(),
        values => format!("{} {}", array.shape_text(), nested(values, &array.shape, &rounded)),
    };
    Description { size: array.nbytes(), ..Description::new(class, value, type_name) }
}

/// The values of an array that is described by them, not rounded.
pub fn exact_values(array: &ArrayRef) -> Option<String> {
    let values = array.preview.as_slice();
    (!values.is_empty()).then(|| nested(values, &array.shape, &escape::plain))
}

fn rounded(text: &str) -> String {
    escape::plain(&number::short_text(text))
}

/// A few values in the brackets of their axes: `[[1, 2], [3, 4]]`.
fn nested(values: &[Box<str>], shape: &[u64], words: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    for (i, value) in values.iter().enumerate() {
        let i = i as u64;
        if i > 0 {
            out.push_str(", ");
        }
        (0..edges(i, shape)).for_each(|_| out.push('['));
        out.push_str(&words(value));
        (0..edges(i + 1, shape)).for_each(|_| out.push(']'));
    }
    out
}

/// What PyTorch makes of tensors: parameters, sparse and other tensors that are no plain array over a storage.
fn describe_torch(artifact: &Artifact, part: usize, pickled: &Pickled, id: NodeId) -> Option<Description> {
    let graph = &pickled.decoded.graph;
    let object = graph.object(id)?;
    let role = pickled.known.role_of_callee(graph, object.callee);
    if !matches!(role, Role::Parameter | Role::Sparse | Role::Device | Role::Nested | Role::Meta) {
        return None;
    }
    let args = graph.items(object.args)?;
    let array = |id: NodeId| artifact.array_of(part, id).and_then(|i| artifact.arrays.get(i));
    let described = |array: &ArrayRef, name: &str| {
        let inner = describe_array(array);
        Description { type_name: format!("{name} {}", inner.type_name), ..inner }
    };
    let shape = |id: NodeId| torch::size_of(graph, id).map(|shape| crate::array::tuple_text(&shape));
    Some(match role {
        Role::Parameter => described(array(*args.first()?)?, "Parameter"),
        Role::Device => described(array(*args.first()?)?, "tensor"),
        Role::Sparse => {
            let layout = torch::layout_of(graph, *args.first()?)?;
            let parts = graph.items(*args.get(1)?)?;
            let part = |name: &str| layout.components.iter().position(|c| *c == name).and_then(|i| parts.get(i));
            let dtype = part("values").and_then(|id| array(*id)?.dtype.as_ref().map(|dtype| dtype.human()));
            let type_name = format!("sparse {} {}", layout.name, dtype.unwrap_or_default());
            Description::new(Class::Array, part("size").and_then(|size| shape(*size))?, type_name.trim_end())
        }
        Role::Nested => described(array(*args.first()?)?, "nested tensor"),
        _ => {
            let dtype = graph.symbol(*args.first()?).map(|symbol| escape::plain(&symbol.name)).unwrap_or_default();
            let value = format!("{}, no values", shape(*args.get(1)?)?);
            Description::new(Class::Array, value, format!("meta {dtype}"))
        }
    })
}

fn describe_object(pickled: &Pickled, id: NodeId, max: usize) -> Description {
    let graph = &pickled.decoded.graph;
    let Some(object) = graph.object(id) else { return Description::new(Class::Object, "", "object") };
    let args = graph.items(object.args).unwrap_or(&[]);
    match pickled.known.role_of_callee(graph, object.callee) {
        Role::Scalar => {
            if let Some((dtype, value)) = scalar_text(graph, args) {
                let class = if value.starts_with('\'') { Class::Text } else { Class::Number };
                return Description::new(class, value, dtype.human());
            }
            Description::new(Class::Number, "", "NumPy scalar")
        }
        Role::Dtype => {
            let text = arrays::dtype_of(graph, id).map_or_else(|| "dtype".to_owned(), |dtype| dtype.human());
            Description::new(Class::Object, escape::plain(&text), "dtype")
        }
        Role::Encode | Role::BytesCall => {
            let array = graph.symbol(object.callee).is_some_and(|symbol| symbol.name.as_ref() == "bytearray");
            let type_name = if array { "bytearray" } else { "bytes" };
            match args.first().map(|first| graph.value(*first)) {
                Some(Value::Text(_) | Value::Object(_)) => {
                    let value = python::repr(pickled, id, max / 2).unwrap_or_default();
                    Description::new(Class::Bytes, value, type_name)
                }
                Some(Value::Bytes(data)) => bytes(&data, type_name, max),
                _ => Description::new(Class::Bytes, if array { "bytearray(b'')" } else { "b''" }, type_name),
            }
        }
        role => {
            if !role.is_array()
                && !is_estimator(graph, id)
                && let Some(described) = python::describe(pickled, id, max)
            {
                return described;
            }
            let name = match known::class_of(graph, id) {
                Some(symbol) => symbol.name.rsplit('.').next().unwrap_or(&symbol.name).to_owned(),
                _ => "result of a call".to_owned(),
            };
            let held = object.entries.len() + object.items.len();
            let value = if held > 0 { number::count(held as u64, "item") } else { String::new() };
            let class = match () {
                () if role.is_array() => Class::Array,
                () if is_estimator(graph, id) => Class::Estimator,
                () if !object.entries.is_empty() => Class::Dict,
                () => Class::Object,
            };
            Description::new(class, value, escape::plain(&name))
        }
    }
}

pub(super) fn scalar_text(graph: &Graph, args: &[NodeId]) -> Option<(Dtype, String)> {
    let dtype = arrays::dtype_of(graph, *args.first()?)?;
    let raw = match graph.value(*args.get(1)?) {
        Value::Bytes(data) | Value::Str8(data) if data.is_whole() => data.kept.to_vec(),
        Value::Object(object) => {
            let Value::Text(data) = graph.value(*graph.items(object.args)?.first()?) else { return None };
            data.as_str()?.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>()?
        }
        _ => return None,
    };
    if raw.len() as u64 != dtype.size || dtype.size == 0 {
        return None;
    }
    let strides = layout::c_strides(&[], dtype.size)?;
    let bytes = crate::bytes::Bytes::from_vec(raw);
    let view = crate::array::ArrayView::new(bytes, std::sync::Arc::new(dtype.clone()), Vec::new(), strides).ok()?;
    Some((dtype, escape::plain(&view.text(&[]).ok()?)))
}

fn long_text(data: &Data<'_>, max: usize) -> String {
    // A row has room for some forty digits, the detail for all that are kept.
    let room = if max > 1000 { usize::MAX } else { max / 2 };
    if !data.is_whole() || data.kept.len() > room {
        return format!("an integer of {} bytes", number::grouped(data.len));
    }
    crate::pickle::text::signed_le(data.kept).to_string()
}

/// `(128, 64)` for a few plain leaves.
fn short_tuple(graph: &Graph, items: &[NodeId]) -> Option<String> {
    if items.len() > 6 {
        return None;
    }
    let mut parts = Vec::new();
    for id in items {
        parts.push(match graph.value(*id) {
            Value::None => "None".to_owned(),
            Value::Bool(b) => if b { "True" } else { "False" }.to_owned(),
            Value::Int(i) => i.to_string(),
            Value::Float(f) => crate::pickle::text::float_repr(f),
            Value::Text(data) => escape::text_repr(data.kept, data.is_whole(), 40),
            _ => return None,
        });
    }
    Some(match parts.as_slice() {
        [one] => format!("({one},)"),
        all => format!("({})", all.join(", ")),
    })
}
