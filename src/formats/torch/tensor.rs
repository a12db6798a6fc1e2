//! A tensor: the arguments of its rebuild call, over a storage.

use std::sync::Arc;

use super::legacy::nested_storage;
use super::{Storages, dtype, pid_of, size_of};
use crate::array::{ArrayRef, ArrayView, Dtype, Elements, Order, layout};
use crate::bytes::{Bytes, Error, ErrorKind, Span};
use crate::formats::arrays::{any_text, shape_of};
use crate::formats::known::Role;
use crate::pickle::{Decoded, NodeId, Symbol};

/// A tensor before its storage is known: elements counted in elements.
pub(super) struct Laid<'a> {
    pub(super) kind: &'a str,
    pub(super) dtype: Option<Dtype>,
    pub(super) shape: Vec<u64>,
    pub(super) strides: Option<Vec<u64>>,
    pub(super) offset: Option<u64>,
    pub(super) key: Option<String>,
}

/// The tensor that `id`, a call of a rebuild function with these arguments, stands for.
pub fn tensor(
    decoded: &Decoded,
    role: Role,
    id: NodeId,
    args: &[NodeId],
    path: &str,
    storages: &Storages,
) -> Option<ArrayRef> {
    let graph = &decoded.graph;
    let [storage, offset, size, stride, ..] = args else { return None };
    let at = decoded.bytes.span(graph.offset(id), 1);
    let lie = |message: &str| Error { at, kind: ErrorKind::Header { what: "tensor", message: message.to_owned() } };
    let pid = pid_of(graph, *storage);
    // Without torch.save, a storage is pickled as the bytes that torch.save would write for it.
    let nested = if pid.is_none() { nested_storage(decoded, *storage) } else { None };
    // From 2.1 on the rebuild call names the dtype, and the storage has none.
    let named = args.get(6).and_then(|dtype| graph.symbol(*dtype)).and_then(|symbol| dtype(&symbol.name));
    let typed = pid.as_ref().and_then(|pid| pid.dtype.clone()).or_else(|| nested.as_ref()?.0.clone());
    let number = |id: NodeId| graph.int(id).and_then(|n| u64::try_from(n).ok());
    // Bits that torch.load turns into other values than those stored.
    let flagged = |key: &str| {
        let metadata = args.get(6).and_then(|metadata| graph.pairs(*metadata));
        metadata.is_some_and(|pairs| pairs.iter().any(|(name, _)| any_text(graph, name).as_deref() == Some(key)))
    };
    let view_offset = pid.as_ref().map_or(0, |pid| pid.view_offset);
    let laid = Laid {
        kind: match role {
            Role::QTensor => "quantized",
            _ if flagged("conj") => "tensor, conjugated when loaded",
            _ if flagged("neg") => "tensor, negated when loaded",
            _ => "tensor",
        },
        dtype: named.or(typed),
        shape: size_of(graph, *size)?,
        strides: shape_of(graph, *stride),
        offset: number(*offset).and_then(|n| n.checked_add(view_offset)),
        key: pid.as_ref().map(|pid| pid.key.clone()),
    };
    let bytes = match (&pid, nested) {
        (Some(pid), _) => match storages.get(&pid.key) {
            Some(bytes) => match storages.was_emptied(bytes, pid.count) {
                Some(kind) => Err(Error { at, kind }),
                None => Ok(bytes.clone()),
            },
            None => Err(Error { at, kind: ErrorKind::MissingStorage(pid.key.clone()) }),
        },
        (None, Some((_, bytes))) => Ok(bytes),
        (None, None) => Err(lie("its storage is no persistent id")),
    };
    Some(array(laid, bytes, storages.big, id, path, at))
}

/// The tensor of `_rebuild_from_type_v2(function, type, arguments, state)`: a subclass of Tensor, or one with attributes
/// of its own.
pub fn from_type(decoded: &Decoded, id: NodeId, path: &str, storages: &Storages) -> Option<ArrayRef> {
    let graph = &decoded.graph;
    let [function, class, inner, ..] = graph.items(graph.object(id)?.args)? else { return None };
    let role = graph.symbol(*function).map(Role::of).filter(|role| matches!(role, Role::Tensor | Role::QTensor))?;
    let found = tensor(decoded, role, id, graph.items(*inner)?, path, storages)?;
    match graph.symbol(*class).map(Symbol::dotted) {
        Some(name) if name != "torch.Tensor" => Some(ArrayRef { kind: name.into(), ..found }),
        _ => Some(found),
    }
}

/// Joins a description and the bytes of a storage. What does not fit is in [`Elements::Missing`].
pub(super) fn array(
    laid: Laid<'_>,
    bytes: Result<Bytes, Error>,
    big: bool,
    id: NodeId,
    path: &str,
    at: Span,
) -> ArrayRef {
    let lie = |message: String| Error { at, kind: ErrorKind::Header { what: "tensor", message } };
    let Laid { kind, dtype, shape, strides, offset, key } = laid;
    let dtype = dtype.map(|dtype| Dtype { big: big && dtype.size > 1, ..dtype });
    let unit = dtype.as_ref().map_or(0, |dtype| dtype.size);
    let in_bytes = |stride: u64| i64::try_from(stride.checked_mul(unit)?).ok();
    let strides: Option<Vec<i64>> = strides.and_then(|strides| strides.into_iter().map(in_bytes).collect());
    let first = offset.and_then(|n| n.checked_mul(unit));
    let elements = match (bytes, &dtype, &strides, first) {
        (Err(error), ..) => Elements::Missing(error),
        (_, None, ..) => Elements::Missing(lie("its dtype is not known".to_owned())),
        (_, Some(dtype), ..) if is_packed(dtype) => {
            let message = format!("elements of {} are packed into bytes; they are named and not read", dtype.human());
            Elements::Missing(Error { at, kind: ErrorKind::Oddity(message) })
        }
        (Ok(bytes), Some(dtype), Some(strides), Some(first)) if strides.len() == shape.len() => {
            let (whole, key) = (bytes.len(), key.as_deref().unwrap_or("of its own"));
            let rest = bytes.slice(first.min(whole), whole.saturating_sub(first)).ok();
            let fits = |rest: &Bytes| {
                ArrayView::new(rest.clone(), Arc::new(dtype.clone()), shape.clone(), strides.clone()).is_ok()
            };
            match rest.filter(|rest| first <= whole && fits(rest)) {
                Some(rest) => Elements::Bytes(rest),
                None => Elements::Missing(lie(match reach(&shape, strides, unit, first) {
                    Some(end) => format!("it reaches to byte {end} of storage {key}, which has {whole}"),
                    None => format!("shape {shape:?} overflows"),
                })),
            }
        }
        _ => Elements::Missing(lie("its offset or strides are not understood".to_owned())),
    };
    let needed = layout::count(&shape).and_then(|n| n.checked_mul(unit)).unwrap_or(0);
    let span = match &elements {
        Elements::Bytes(bytes) => bytes.span(0, needed.min(bytes.len())),
        _ => at,
    };
    ArrayRef {
        part: 0,
        node: Some(id.raw()),
        path: path.into(),
        kind: kind.into(),
        dtype: dtype.map(Arc::new),
        strides: strides.unwrap_or_else(|| vec![0; shape.len()]),
        shape,
        order: Order::C,
        elements,
        n_items: None,
        storage: key.map(String::into_boxed_str),
        span,
        preview: Vec::new(),
    }
}

/// True for dtypes of which several elements share a byte.
fn is_packed(dtype: &Dtype) -> bool {
    matches!(dtype.name, Some("quint4x2" | "quint2x4"))
}

/// Offset behind the last byte of a tensor in its storage; None if that does not fit.
fn reach(shape: &[u64], strides: &[i64], unit: u64, first: u64) -> Option<u64> {
    layout::count(shape)?;
    let (_, high) = layout::extent(shape, strides)?;
    first.checked_add(u64::try_from(high).ok()?)?.checked_add(unit)
}
