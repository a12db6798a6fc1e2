//! From objects to arrays: which nodes are arrays, what their dtype is, and where their bytes lie. Nothing is read but
//! what the description itself needs.

use std::borrow::Cow;
use std::sync::Arc;

use super::children::object_items;
use super::known::{Known, Role};
use super::torch::tar::Tensors;
use super::torch::{self, Storages};
use super::walk::Walk;
use crate::array::{ArrayRef, Dtype, Elements, Field, MAX_DEPTH, Order, Scalar, layout};
use crate::bytes::{Bytes, Error, ErrorKind, Result};
use crate::pickle::{Arg, Decoded, Graph, Kind, NodeId, Ops, Symbol, Value};

/// Where the bytes of NEXT_BUFFER come from: files beside the pickle, in order.
pub type Buffers = Vec<Bytes>;

/// Where the data of arrays lie that are not in the pickle itself.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// Out-of-band buffers.
    pub buffers: Buffers,
    /// PyTorch's storages.
    pub storages: Arc<Storages>,
    /// The tensors of PyTorch's tars, which are persistent ids.
    pub tensors: Arc<Tensors>,
}

/// The role of what made `id`, without a table: for the few nodes that describe arrays.
fn role(graph: &Graph, id: NodeId) -> Role {
    graph.class(id).map(Role::of).unwrap_or_default()
}

/// The text of a str, of a Python 2 string, or of bytes.
pub fn any_text(graph: &Graph, id: NodeId) -> Option<Cow<'_, str>> {
    match graph.value(id) {
        Value::Text(data) => data.as_str().map(Cow::Borrowed),
        Value::Str8(data) | Value::Bytes(data) if data.is_whole() => {
            Some(data.kept.iter().map(|b| char::from(*b)).collect::<String>().into())
        }
        // Protocols below 3 write bytes as a call.
        Value::Object(object) if role(graph, id) == Role::Encode => {
            let text = *graph.items(object.args)?.first()?;
            // A call in a call in a call is nothing that Python writes; following it would be as deep as the file likes.
            if graph.object(text).is_some() { None } else { any_text(graph, text) }
        }
        _ => None,
    }
}

/// The dtype that a `numpy.dtype(..)` call and its state describe.
pub fn dtype_of(graph: &Graph, id: NodeId) -> Option<Dtype> {
    dtype_at(graph, id, 0)
}

fn dtype_at(graph: &Graph, id: NodeId, depth: usize) -> Option<Dtype> {
    if depth > MAX_DEPTH {
        return None;
    }
    let object = graph.object(id)?;
    if role(graph, id) != Role::Dtype {
        // How NumPy 2 pickles its strings of any length.
        if graph.symbol(object.callee).is_some_and(|call| &*call.name == "_convert_to_stringdtype_kwargs") {
            return Some(Dtype::opaque("numpy.dtypes.StringDType"));
        }
        return graph.symbol(object.callee).map(|class| Dtype::opaque(&class.dotted()));
    }
    let argument = *graph.items(object.args)?.first()?;
    let state = object.state.and_then(|state| graph.items(state));
    let part = |i: usize| state.and_then(|state| state.get(i)).copied();
    let size = part(5).and_then(|size| graph.int(size)).and_then(|size| u64::try_from(size).ok());
    let base = match any_text(graph, argument) {
        Some(text) => Dtype::parse(&text)?,
        // numpy.record and other classes of void.
        None => Dtype { size: size?, ..Dtype::parse("V1")? },
    };
    if let Some([sub, shape]) = part(2).and_then(|sub| graph.items(sub)) {
        return Dtype::array_of(dtype_at(graph, *sub, depth + 1)?, shape_of(graph, *shape)?);
    }
    if let Some(names) = part(3).and_then(|names| graph.items(names)) {
        let fields = part(4)?;
        let mut all = Vec::new();
        for name in names {
            let name = any_text(graph, *name)?;
            let described = graph
                .pairs(fields)?
                .iter()
                .find(|(key, _)| any_text(graph, *key).as_deref() == Some(&*name))
                .and_then(|(_, value)| graph.items(value))?;
            let [dtype, offset, title @ ..] = described else { return None };
            let offset = u64::try_from(graph.int(*offset)?).ok()?;
            let title = title.first().and_then(|title| any_text(graph, *title)).map(Into::into);
            all.push(Field { name: name.into(), title, dtype: dtype_at(graph, *dtype, depth + 1)?, offset });
        }
        return Dtype::record(all, size.unwrap_or(base.size));
    }
    let mut dtype = base;
    if let Some(order) = part(1).and_then(|order| any_text(graph, order)) {
        dtype = dtype.with_order(&order);
    }
    // (None or dict, (unit, count, ..))
    if matches!(dtype.scalar, Scalar::Datetime(_) | Scalar::Timedelta(_))
        && let Some([_, unit]) = part(8).and_then(|meta| graph.items(meta))
        && let Some([unit, count, ..]) = graph.items(*unit)
    {
        let count = graph.int(*count).and_then(|count| u64::try_from(count).ok()).unwrap_or(1);
        dtype = dtype.with_unit(&any_text(graph, *unit)?, count);
    }
    Some(dtype)
}

/// A tuple (or list, or single number) of lengths.
pub fn shape_of(graph: &Graph, id: NodeId) -> Option<Vec<u64>> {
    let length = |id: NodeId| match graph.value(id) {
        Value::Object(_) => scalar_int(graph, id),
        _ => graph.int(id).and_then(|n| u64::try_from(n).ok()),
    };
    match graph.items(id) {
        Some(items) if items.len() <= 64 => items.iter().map(|id| length(*id)).collect(),
        Some(_) => None,
        None => length(id).map(|n| vec![n]),
    }
}

/// The value of a NumPy integer scalar of up to 8 bytes.
fn scalar_int(graph: &Graph, id: NodeId) -> Option<u64> {
    if role(graph, id) != Role::Scalar {
        return None;
    }
    let [_, raw] = graph.items(graph.object(id)?.args)? else { return None };
    let Value::Bytes(raw) = graph.value(*raw) else { return None };
    let value = crate::pickle::text::small_signed_le(raw.kept)?;
    u64::try_from(value).ok()
}

/// The content of a bytes-like node as bytes: a range of the stream where it stands there plainly, else decoded.
pub fn content(decoded: &Decoded, id: NodeId, buffers: &Buffers) -> Result<Option<Bytes>> {
    let graph = &decoded.graph;
    match graph.value(id) {
        Value::Bytes(data) | Value::ByteArray(data) | Value::Str8(data) => {
            if let Some(at) = data.at {
                return decoded.bytes.slice(at, data.len).map(Some);
            }
            let op = first_op(decoded, id)?;
            match op.arg {
                // A quoted line: decoded, since it does not stand there as it is.
                Some(Arg::Text(text)) if op.line => Ok(Some(Bytes::from_vec(latin1(&text)))),
                _ => decoded.bytes.slice((op.offset + op.len).saturating_sub(data.len), data.len).map(Some),
            }
        }
        Value::Text(data) => {
            // As `_codecs.encode(text, "latin1")`: one byte a character.
            if data.is_whole() {
                return Ok(Some(Bytes::from_vec(latin1(data.kept))));
            }
            let text = match (data.at, first_op(decoded, id)?.arg) {
                (Some(at), _) => decoded.bytes.read_vec(at, data.len)?,
                (None, Some(Arg::Text(text))) => text,
                _ => return Ok(None),
            };
            Ok(Some(Bytes::from_vec(latin1(&text))))
        }
        Value::Buffer { index, .. } => {
            let found = usize::try_from(index).ok().and_then(|i| buffers.get(i));
            found.map(|bytes| Some(bytes.clone())).ok_or_else(|| Error {
                at: decoded.bytes.span(graph.offset(id), 1),
                kind: ErrorKind::MissingCompanion(format!("out-of-band buffer {index}")),
            })
        }
        Value::Object(object) => match role(graph, id) {
            Role::Encode | Role::BytesCall => match graph.items(object.args) {
                Some([]) => Ok(Some(Bytes::from_vec(Vec::new()))),
                // Two levels at most: below protocol 3, bytearray is called with what `_codecs.encode` gives.
                Some([first, ..])
                    if graph.object(*first).is_none()
                        || (role(graph, id) == Role::BytesCall && role(graph, *first) == Role::Encode) =>
                {
                    content(decoded, *first, buffers)
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

struct FirstOp {
    offset: u64,
    len: u64,
    arg: Option<Arg>,
    line: bool,
}

/// The opcode that made `id`, read again.
fn first_op(decoded: &Decoded, id: NodeId) -> Result<FirstOp> {
    let offset = decoded.graph.offset(id);
    match Ops::new(&decoded.bytes, &[], offset, 0).next() {
        Some(Ok(op)) => {
            let line = op.op == crate::pickle::Op::STRING;
            Ok(FirstOp { offset, len: op.len, arg: Some(op.arg), line })
        }
        Some(Err(error)) => Err(error),
        None => Ok(FirstOp { offset, len: 0, arg: None, line: false }),
    }
}

/// WTF-8 to Latin-1; characters above 255 are lost, as they cannot occur.
fn latin1(wtf8: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(wtf8).chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// How an array is described, before it has a path.
struct Described {
    kind: Box<str>,
    dtype: Option<Dtype>,
    shape: Vec<u64>,
    order: Order,
    /// Permutation of the axes, for order K.
    axes: Option<Vec<u64>>,
    data: Data,
}

enum Data {
    Node(NodeId),
    Bytes(Bytes),
    Objects,
    Missing(Error),
}

/// Describes the array that `id` stands for. None if it is none, or not understood.
fn describe(decoded: &Decoded, known: &Known, id: NodeId) -> Option<Described> {
    let graph = &decoded.graph;
    let object = graph.object(id)?;
    let args = graph.items(object.args).unwrap_or(&[]);
    let class = |id: Option<&NodeId>| {
        let name = id.and_then(|id| graph.symbol(*id)).map(Symbol::dotted);
        match name.as_deref() {
            None | Some("numpy.ndarray") => "ndarray".into(),
            Some(name) => name.into(),
        }
    };
    let order = |fortran: bool| if fortran { Order::F } else { Order::C };
    match known.role(graph, id) {
        Role::Ndarray | Role::Masked => {
            let state = graph.items(object.state?)?;
            let parts = match state {
                [shape, dtype, fortran, data] => [shape, dtype, fortran, data],
                [_, shape, dtype, fortran, data, ..] => [shape, dtype, fortran, data],
                _ => return None,
            };
            let [shape, dtype, fortran, data] = parts.map(|id| *id);
            let objects = matches!(graph.value(data), Value::List(_) | Value::Tuple(_));
            Some(Described {
                kind: class(args.first()),
                dtype: dtype_of(graph, dtype),
                shape: shape_of(graph, shape)?,
                order: order(graph.int(fortran).unwrap_or(0) != 0),
                axes: None,
                data: if objects { Data::Objects } else { Data::Node(data) },
            })
        }
        Role::FromBuffer => {
            let [data, dtype, shape, text, ..] = args else { return None };
            let axes = args.get(4).and_then(|axes| shape_of(graph, *axes));
            let order = match any_text(graph, *text).as_deref() {
                Some("F") => Order::F,
                Some("K") if axes.is_some() => Order::K,
                _ => Order::C,
            };
            Some(Described {
                kind: "ndarray".into(),
                dtype: dtype_of(graph, *dtype),
                shape: shape_of(graph, *shape)?,
                order,
                axes: axes.filter(|_| order == Order::K),
                data: Data::Node(*data),
            })
        }
        Role::JoblibArray => {
            let attribute = |name| graph.attribute(id, name);
            let data = match (graph.raw(id), graph.nested(id)) {
                (Some(raw), _) => match decoded.bytes.slice(raw.data_at(), raw.len) {
                    Ok(bytes) => Data::Bytes(bytes),
                    Err(error) => Data::Missing(error),
                },
                (None, Some(_)) => Data::Objects,
                (None, None) => Data::Missing(Error {
                    at: decoded.bytes.span(graph.offset(id), 1),
                    kind: ErrorKind::Truncated { what: "array data", needed: 1, left: 0 },
                }),
            };
            Some(Described {
                kind: class(attribute("subclass").as_ref()),
                dtype: attribute("dtype").and_then(|dtype| dtype_of(graph, dtype)),
                shape: shape_of(graph, attribute("shape")?)?,
                order: order(attribute("order").and_then(|o| any_text(graph, o)).as_deref() == Some("F")),
                axes: None,
                data,
            })
        }
        Role::JoblibCompanion | Role::JoblibZCompanion => {
            let name = graph.attribute(id, "filename").and_then(|name| any_text(graph, name)).unwrap_or_default();
            Some(Described {
                kind: class(
                    graph
                        .attribute(id, "subclass")
                        .or_else(|| graph.items(graph.attribute(id, "init_args")?)?.first().copied())
                        .as_ref(),
                ),
                dtype: None,
                shape: Vec::new(),
                order: Order::C,
                axes: None,
                data: Data::Missing(Error {
                    at: decoded.bytes.span(graph.offset(id), 1),
                    kind: ErrorKind::MissingCompanion(name.into_owned()),
                }),
            })
        }
        _ => None,
    }
}

/// Makes the reference to the array that `id` stands for. What is wrong with it is in [`Elements::Missing`].
fn array_at(decoded: &Decoded, known: &Known, id: NodeId, path: &str, buffers: &Buffers) -> Option<ArrayRef> {
    let graph = &decoded.graph;
    let described = describe(decoded, known, id)?;
    let at = decoded.bytes.span(graph.offset(id), 1);
    let lie = |message: String| Error { at, kind: ErrorKind::Header { what: "array", message } };
    // Objects need no dtype to be shown; it is only their name.
    let objects = matches!(described.data, Data::Objects);
    let dtype = described.dtype.filter(|dtype| objects || !matches!(dtype.scalar, Scalar::Opaque(_)));
    let unit = dtype.as_ref().map_or(0, |dtype| dtype.size);
    let (mut shape, mut strides) = (described.shape, None);
    match &described.axes {
        Some(axes) => {
            let base = layout::c_strides(&shape, unit);
            let permuted: Option<Vec<(u64, i64)>> = base.and_then(|base| {
                let pick = |axis: &u64| {
                    let axis = usize::try_from(*axis).ok()?;
                    Some((*shape.get(axis)?, *base.get(axis)?))
                };
                axes.iter().map(pick).collect()
            });
            if let Some(permuted) = permuted {
                let (sides, steps) = permuted.into_iter().unzip();
                (shape, strides) = (sides, Some(steps));
            }
        }
        None if described.order == Order::F => strides = layout::f_strides(&shape, unit),
        None => strides = layout::c_strides(&shape, unit),
    }
    let needed = layout::count(&shape).and_then(|n| n.checked_mul(unit));
    let elements = match described.data {
        Data::Objects => Elements::Objects,
        Data::Missing(error) => Elements::Missing(error),
        _ if dtype.is_none() => Elements::Missing(lie("its dtype is not understood".to_owned())),
        Data::Bytes(bytes) => Elements::Bytes(bytes),
        Data::Node(node) => match content(decoded, node, buffers) {
            Ok(Some(bytes)) => Elements::Bytes(bytes),
            Ok(None) => Elements::Missing(lie("its data are no bytes".to_owned())),
            Err(error) => Elements::Missing(error),
        },
    };
    let elements = match (elements, needed) {
        (Elements::Bytes(_), None) => Elements::Missing(lie(format!("shape {shape:?} overflows"))),
        (Elements::Bytes(bytes), Some(needed)) if bytes.len() != needed => {
            let message = format!("shape {shape:?} needs {needed} bytes, {} are stored", bytes.len());
            Elements::Missing(lie(message))
        }
        (elements, _) => elements,
    };
    let span = match &elements {
        Elements::Bytes(bytes) => bytes.span(0, bytes.len()),
        _ => at,
    };
    Some(ArrayRef {
        part: 0,
        node: Some(id.raw()),
        path: path.into(),
        kind: described.kind,
        dtype: dtype.map(Arc::new),
        strides: strides.unwrap_or_else(|| vec![0; shape.len()]),
        shape,
        order: described.order,
        n_items: match elements {
            Elements::Objects => object_items(graph, known, id).map(|items| items.len() as u64),
            _ => None,
        },
        elements,
        span,
        storage: None,
        preview: Vec::new(),
    })
}

/// What joblib before 0.10 says of an array whose data lie in a companion file.
pub struct Companion {
    /// The companion's name, as the file says it.
    pub name: String,
    /// For compressed ones: shape, dtype and order, which the companion does not repeat.
    pub described: Option<(Vec<u64>, Dtype, Order)>,
}

/// The companion that the array `id` needs, if it is one of these.
pub fn companion_of(decoded: &Decoded, known: &Known, id: NodeId) -> Option<Companion> {
    let graph = &decoded.graph;
    let name = any_text(graph, graph.attribute(id, "filename")?)?.into_owned();
    match known.role(graph, id) {
        Role::JoblibCompanion => Some(Companion { name, described: None }),
        Role::JoblibZCompanion => {
            let state = graph.attribute(id, "state").and_then(|state| graph.items(state)).unwrap_or(&[]);
            // (version, shape, dtype, fortran): the state of `_reconstruct` without its data.
            let described = match state {
                [_, shape, dtype, fortran, ..] => {
                    shape_of(graph, *shape).zip(dtype_of(graph, *dtype)).map(|(shape, dtype)| {
                        (shape, dtype, if graph.int(*fortran) == Some(1) { Order::F } else { Order::C })
                    })
                }
                _ => None,
            };
            Some(Companion { name, described })
        }
        _ => None,
    }
}

/// All arrays of the pickles of a stream, in pre-order, with the first path that reaches each.
pub fn arrays_of(decoded: &Decoded, known: &Known, main: usize, outside: &Outside) -> Vec<ArrayRef> {
    let mut all = Vec::new();
    if !known.has_arrays() && outside.tensors.is_empty() {
        return all;
    }
    let mut walk = Walk::new(&decoded.graph, known);
    for (i, pickle) in decoded.top().enumerate() {
        let prefix = super::prefix(i, main);
        let Some(root) = pickle.root else { continue };
        if !walk.enter(root, &prefix) {
            continue;
        }
        let mut next = Some(root);
        while let Some(id) = next {
            let role = known.role(&decoded.graph, id);
            if role.is_array() {
                all.extend(found(decoded, known, role, id, &walk.path(), outside));
            } else if !outside.tensors.is_empty() && decoded.graph.kind(id) == Kind::Persistent {
                all.extend(outside.tensors.tensor(decoded, id, &walk.path()));
            }
            next = walk.advance();
        }
    }
    all
}

fn found(decoded: &Decoded, known: &Known, role: Role, id: NodeId, path: &str, outside: &Outside) -> Option<ArrayRef> {
    let graph = &decoded.graph;
    match role {
        Role::Tensor | Role::QTensor => {
            let args = graph.items(graph.object(id)?.args)?;
            torch::tensor(decoded, role, id, args, path, &outside.storages)
        }
        Role::FromType => torch::from_type(decoded, id, path, &outside.storages),
        _ => array_at(decoded, known, id, path, &outside.buffers),
    }
}
