//! PyTorch's tensors: how a rebuild call, a persistent id and a storage make an array. Storage bytes are never read here.

use std::collections::HashMap;
use std::sync::Arc;

use super::arrays::{any_text, shape_of};
use super::known::Role;
use crate::array::{ArrayRef, Dtype, Elements, Float8, Order, Scalar, layout};
use crate::bytes::{Bytes, Error, ErrorKind};
use crate::pickle::{Decoded, EffectKind, Graph, NodeId, Value};

/// The storages of a checkpoint by their key.
#[derive(Clone, Debug, Default)]
pub struct Storages {
    by_key: HashMap<String, Bytes>,
    big: bool,
}

impl Storages {
    /// Adds one.
    pub fn insert(&mut self, key: &str, bytes: Bytes) {
        self.by_key.insert(key.to_owned(), bytes);
    }

    /// Says that numbers are stored big-endian.
    pub fn set_big(&mut self) {
        self.big = true;
    }
}

/// (storage class, dtype): PyTorch's old typed storages.
const STORAGES: &[(&str, &str)] = &[
    ("DoubleStorage", "float64"),
    ("FloatStorage", "float32"),
    ("HalfStorage", "float16"),
    ("BFloat16Storage", "bfloat16"),
    ("LongStorage", "int64"),
    ("IntStorage", "int32"),
    ("ShortStorage", "int16"),
    ("CharStorage", "int8"),
    ("ByteStorage", "uint8"),
    ("BoolStorage", "bool"),
    ("ComplexFloatStorage", "complex64"),
    ("ComplexDoubleStorage", "complex128"),
    ("QInt8Storage", "qint8"),
    ("QUInt8Storage", "quint8"),
    ("QInt32Storage", "qint32"),
];

/// The dtype of a name of PyTorch (`float32`, `bfloat16`, `qint8`).
pub fn dtype(name: &str) -> Option<Dtype> {
    let plain = |text: &str, name| Dtype::parse(text).map(|dtype| Dtype { name: Some(name), ..dtype });
    let of = |scalar, size, name| Some(Dtype { scalar, size, big: false, name: Some(name) });
    match name {
        "float64" => plain("<f8", "float64"),
        "float32" => plain("<f4", "float32"),
        "float16" => plain("<f2", "float16"),
        "bfloat16" => of(Scalar::BFloat16, 2, "bfloat16"),
        "float8_e4m3fn" => of(Scalar::Float8(Float8::E4M3Fn), 1, "float8_e4m3fn"),
        "float8_e4m3fnuz" => of(Scalar::Float8(Float8::E4M3Fnuz), 1, "float8_e4m3fnuz"),
        "float8_e5m2" => of(Scalar::Float8(Float8::E5M2), 1, "float8_e5m2"),
        "float8_e5m2fnuz" => of(Scalar::Float8(Float8::E5M2Fnuz), 1, "float8_e5m2fnuz"),
        "float8_e8m0fnu" => of(Scalar::Float8(Float8::E8M0Fnu), 1, "float8_e8m0fnu"),
        "int64" => plain("<i8", "int64"),
        "int32" => plain("<i4", "int32"),
        "int16" => plain("<i2", "int16"),
        "int8" => plain("|i1", "int8"),
        "uint64" => plain("<u8", "uint64"),
        "uint32" => plain("<u4", "uint32"),
        "uint16" => plain("<u2", "uint16"),
        "uint8" => plain("|u1", "uint8"),
        "bool" => plain("|b1", "bool"),
        "complex64" => plain("<c8", "complex64"),
        "complex128" => plain("<c16", "complex128"),
        "qint8" => plain("|i1", "qint8"),
        "quint8" => plain("|u1", "quint8"),
        "qint32" => plain("<i4", "qint32"),
        _ => None,
    }
}

/// What a persistent id says of a storage.
struct Pid {
    key: String,
    dtype: Option<Dtype>,
    /// Elements before the view that the id means (files before 1.6).
    view_offset: u64,
}

fn pid_of(graph: &Graph, id: NodeId) -> Option<Pid> {
    let Value::Persistent(pid) = graph.value(id) else { return None };
    let items = graph.items(pid)?;
    let [kind, class, key, ..] = items else { return None };
    if any_text(graph, *kind)? != "storage" {
        return None;
    }
    let class = graph.symbol(*class)?;
    let name = STORAGES.iter().find(|(storage, _)| *storage == &*class.name).map(|(_, name)| *name);
    let view = items.get(5).and_then(|view| graph.items(*view));
    let view_offset = view.and_then(|view| graph.int(*view.get(1)?)).and_then(|n| u64::try_from(n).ok());
    Some(Pid {
        key: any_text(graph, *key)?.into_owned(),
        dtype: name.and_then(dtype),
        view_offset: view_offset.unwrap_or(0),
    })
}

/// The tensor that `id` stands for.
pub(super) fn tensor(decoded: &Decoded, role: Role, id: NodeId, path: &str, storages: &Storages) -> Option<ArrayRef> {
    let graph = &decoded.graph;
    let args = graph.items(graph.object(id)?.args)?;
    let [storage, offset, size, stride, ..] = args else { return None };
    let at = decoded.bytes.span(graph.offset(id), 1);
    let lie = |message: &str| Error { at, kind: ErrorKind::Header { what: "tensor", message: message.to_owned() } };
    let shape = shape_of(graph, *size)?;
    let pid = pid_of(graph, *storage);
    // From 2.1 on the rebuild call names the dtype, and the storage has none.
    let named = args.get(6).and_then(|dtype| graph.symbol(*dtype)).and_then(|symbol| dtype(&symbol.name));
    let dtype = named.or_else(|| pid.as_ref().and_then(|pid| pid.dtype.clone()));
    let dtype = dtype.map(|dtype| Dtype { big: storages.big && dtype.size > 1, ..dtype });
    let unit = dtype.as_ref().map_or(0, |dtype| dtype.size);
    let strides: Option<Vec<i64>> = shape_of(graph, *stride).and_then(|strides| {
        let bytes = |stride: u64| i64::try_from(stride.checked_mul(unit)?).ok();
        strides.into_iter().map(bytes).collect()
    });
    let first = graph.int(*offset).and_then(|n| u64::try_from(n).ok());
    let first = first.and_then(|n| n.checked_add(pid.as_ref().map_or(0, |pid| pid.view_offset))?.checked_mul(unit));
    let elements = match (&pid, &dtype, &strides, first) {
        (None, ..) => Elements::Missing(lie("its storage is no persistent id")),
        (_, None, ..) => Elements::Missing(lie("its dtype is not known")),
        (Some(pid), Some(dtype), Some(strides), Some(first)) if strides.len() == shape.len() => {
            match storages.by_key.get(&pid.key) {
                None => {
                    Elements::Missing(Error { at, kind: ErrorKind::MissingCompanion(format!("storage {}", pid.key)) })
                }
                Some(bytes) => match bytes.slice(first, bytes.len().saturating_sub(first)) {
                    Err(error) => Elements::Missing(error),
                    Ok(bytes) => {
                        let inside = crate::array::ArrayView::new(
                            bytes.clone(),
                            Arc::new(dtype.clone()),
                            shape.clone(),
                            strides.clone(),
                        );
                        match inside {
                            Ok(_) => Elements::Bytes(bytes),
                            Err(error) => Elements::Missing(error),
                        }
                    }
                },
            }
        }
        _ => Elements::Missing(lie("its offset or strides are not understood")),
    };
    let needed = layout::count(&shape).and_then(|n| n.checked_mul(unit)).unwrap_or(0);
    let span = match &elements {
        Elements::Bytes(bytes) => bytes.span(0, needed.min(bytes.len())),
        _ => at,
    };
    Some(ArrayRef {
        part: 0,
        node: Some(id.raw()),
        path: path.into(),
        kind: if role == Role::QTensor { "quantized" } else { "tensor" }.into(),
        dtype: dtype.map(Arc::new),
        strides: strides.unwrap_or_else(|| vec![0; shape.len()]),
        shape,
        order: Order::C,
        elements,
        span,
        n_items: None,
        storage: pid.map(|pid| pid.key.into()),
        preview: Vec::new(),
    })
}

/// The storages of a file of before 1.6: behind the fifth pickle, in the order of the list that it gives; each has its
/// number of elements as an i64, then its bytes.
pub(super) fn legacy_storages(decoded: &Decoded) -> Storages {
    let graph = &decoded.graph;
    let mut storages = Storages::default();
    let mut sizes = HashMap::new();
    for effect in decoded.effects.iter().filter(|effect| effect.kind() == EffectKind::Persistent) {
        if let Some(pid) = pid_of(graph, effect.node) {
            sizes.insert(pid.key, pid.dtype.map_or(1, |dtype| dtype.size));
        }
    }
    let Some(last) = decoded.top().nth(4) else { return storages };
    let keys = last.root.and_then(|root| graph.items(root)).unwrap_or(&[]);
    let mut at = last.end;
    for key in keys {
        let mut count = [0; 8];
        let (Some(key), Ok(())) = (any_text(graph, *key), decoded.bytes.read_at(at, &mut count)) else { break };
        let size = sizes.get(&*key).copied().unwrap_or(1);
        let len = u64::try_from(i64::from_le_bytes(count)).ok().and_then(|n| n.checked_mul(size));
        let Some(Ok(bytes)) = len.map(|len| decoded.bytes.slice(at + 8, len)) else { break };
        at = at + 8 + bytes.len();
        storages.insert(&key, bytes);
    }
    storages
}
