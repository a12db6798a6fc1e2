//! safetensors: a length, a JSON header of tensors with their offsets, then the data.

use std::fmt;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde_json::Value;

use super::{key_path, torch};
use crate::array::{ArrayRef, Dtype, Elements, Order, Scalar, layout};
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Problem, Result};

/// (name of safetensors, bits of an element, name of PyTorch). Those without a name of PyTorch are named only: their
/// elements do not fill bytes.
const DTYPES: &[(&str, u64, &str)] = &[
    ("BOOL", 8, "bool"),
    ("F4", 4, ""),
    ("F6_E2M3", 6, ""),
    ("F6_E3M2", 6, ""),
    ("U8", 8, "uint8"),
    ("I8", 8, "int8"),
    ("F8_E4M3", 8, "float8_e4m3fn"),
    ("F8_E5M2", 8, "float8_e5m2"),
    ("F8_E8M0", 8, "float8_e8m0fnu"),
    ("F8_E4M3FNUZ", 8, "float8_e4m3fnuz"),
    ("F8_E5M2FNUZ", 8, "float8_e5m2fnuz"),
    ("U16", 16, "uint16"),
    ("I16", 16, "int16"),
    ("F16", 16, "float16"),
    ("BF16", 16, "bfloat16"),
    ("U32", 32, "uint32"),
    ("I32", 32, "int32"),
    ("F32", 32, "float32"),
    ("U64", 64, "uint64"),
    ("I64", 64, "int64"),
    ("F64", 64, "float64"),
    ("C64", 64, "complex64"),
];

/// The dtype of a name, and the bits of an element.
fn dtype(name: &str) -> Option<(Dtype, u64)> {
    let (name, bits, torch) = DTYPES.iter().find(|(ours, ..)| *ours == name)?;
    let packed = Dtype { scalar: Scalar::Void, size: 1, big: false, name: None };
    let dtype = if torch.is_empty() { packed } else { torch::dtype(torch)? };
    Some((Dtype { name: Some(name), ..dtype }, *bits))
}

/// A JSON object that keeps keys that occur twice.
struct Pairs(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Pairs {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Pairs, A::Error> {
                let mut all = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    all.push(entry);
                }
                Ok(Pairs(all))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Safetensors {
    /// Its tensors.
    pub arrays: Vec<ArrayRef>,
    /// `__metadata__`.
    pub metadata: Vec<(Box<str>, Box<str>)>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// Reads the header. Tensors that overlap or lie outside are problems; the rest is shown.
pub(super) fn read(bytes: &Bytes, limits: &Limits) -> Result<Safetensors> {
    let lie = |message: String| Error {
        at: bytes.span(0, 8.min(bytes.len())),
        kind: ErrorKind::Header { what: "safetensors", message },
    };
    let mut len = [0; 8];
    bytes.read_at(0, &mut len)?;
    let len = u64::from_le_bytes(len);
    let left = bytes.len() - 8;
    if len > left {
        return Err(lie(format!("its header claims {len} bytes, {left} are there")));
    }
    if len > limits.header_bytes {
        return Err(Error {
            at: bytes.span(0, 8),
            kind: ErrorKind::Limit { what: "safetensors header bytes", limit: limits.header_bytes },
        });
    }
    let text = bytes.read_vec(8, len)?;
    let Pairs(header) = serde_json::from_slice(&text).map_err(|e| lie(format!("its header is no JSON object: {e}")))?;
    let data = bytes.slice(8 + len, left - len)?;
    let mut found = Safetensors::default();
    let (mut ranges, mut names) = (Vec::new(), std::collections::HashSet::new());
    for (name, tensor) in &header {
        if name == "__metadata__" {
            if !tensor.as_object().is_some_and(|pairs| pairs.values().all(serde_json::Value::is_string)) {
                found
                    .problems
                    .push(lie("its __metadata__ is no object of strings; its own reader refuses the file".to_owned()));
            }
            for (key, value) in tensor.as_object().into_iter().flatten() {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                found.metadata.push((key.as_str().into(), text.into()));
            }
            continue;
        }
        if !names.insert(name.as_str()) {
            found.problems.push(lie(format!("two tensors are named {name:?}; readers take one or the other")));
        }
        let array = tensor_of(bytes, &data, name, tensor, &mut ranges);
        found.arrays.push(array);
    }
    found.problems.extend(tiling(&data, ranges));
    Ok(found)
}

/// One tensor. Where it says that its data lie, it adds to `ranges`, inside the file or not.
fn tensor_of<'h>(
    bytes: &Bytes,
    data: &Bytes,
    name: &'h str,
    tensor: &Value,
    ranges: &mut Vec<(u64, u64, &'h str)>,
) -> ArrayRef {
    let numbers = |key: &str| -> Option<Vec<u64>> { tensor.get(key)?.as_array()?.iter().map(Value::as_u64).collect() };
    let dtype_name = tensor.get("dtype").and_then(Value::as_str).unwrap_or("");
    let known = dtype(dtype_name);
    let shape = numbers("shape");
    let bits = known.as_ref().map_or(0, |(_, bits)| *bits);
    let needed = shape.as_ref().and_then(|shape| layout::count(shape)?.checked_mul(bits));
    let needed = needed.filter(|bits| bits.is_multiple_of(8)).map(|bits| bits / 8);
    let offsets = numbers("data_offsets");
    // The place of a lie is the data it speaks of, where there are any.
    let at = match offsets.as_deref() {
        Some([start, end]) if *start < data.len() => {
            data.span(*start, end.saturating_sub(*start).min(data.len() - start))
        }
        _ => bytes.span(0, 8),
    };
    let bad = |message: String| {
        let message = format!("tensor {name:?} {message}");
        Elements::Missing(Error { at, kind: ErrorKind::Header { what: "safetensors", message } })
    };
    if let Some([start, end]) = offsets.as_deref() {
        ranges.push((*start, *end, name));
    }
    let elements = match (offsets.as_deref(), needed) {
        _ if known.is_none() => bad(format!("has dtype {dtype_name:?}, which is not known")),
        _ if shape.is_none() => bad("has no shape".to_owned()),
        (Some([start, end]), _) if *end > data.len() => {
            bad(format!("lies at bytes {start} to {end} of the data, which are {}", data.len()))
        }
        (Some([start, end]), Some(needed)) if end.checked_sub(*start) == Some(needed) && bits >= 8 => {
            data.slice(*start, needed).map_or_else(Elements::Missing, Elements::Bytes)
        }
        (Some([start, end]), Some(needed)) if end.checked_sub(*start) == Some(needed) => {
            let message = format!("elements of {dtype_name} do not fill bytes; they are named and not read");
            Elements::Missing(Error { at, kind: ErrorKind::Oddity(message) })
        }
        (Some([start, end]), _) => {
            bad(format!("of shape {:?} does not fit into bytes {start} to {end}", shape.as_deref().unwrap_or(&[])))
        }
        _ => bad("has no data_offsets".to_owned()),
    };
    let shape = shape.unwrap_or_default();
    ArrayRef {
        part: 0,
        node: None,
        path: key_path(name).into(),
        kind: "tensor".into(),
        strides: layout::c_strides(&shape, bits / 8).unwrap_or_else(|| vec![0; shape.len()]),
        dtype: known.map(|(dtype, _)| Arc::new(dtype)),
        shape,
        order: Order::C,
        span: match &elements {
            Elements::Bytes(part) => part.span(0, part.len()),
            _ => at,
        },
        elements,
        n_items: None,
        storage: None,
        preview: Vec::new(),
    }
}

/// The tensors must cover the data, each byte once.
fn tiling(data: &Bytes, mut ranges: Vec<(u64, u64, &str)>) -> Vec<Problem> {
    const KEPT: usize = 100;
    ranges.sort_unstable();
    let mut problems = Vec::new();
    let mut problem = |start: u64, end: u64, message: String| {
        let start = start.min(data.len());
        let at = data.span(start, end.min(data.len()).saturating_sub(start));
        if problems.len() < KEPT {
            problems.push(Error { at, kind: ErrorKind::Header { what: "safetensors", message } });
        }
    };
    let (mut covered, mut last) = (0, "");
    for (start, end, name) in ranges {
        if start < covered && start < end {
            problem(start, covered.min(end), format!("tensors {last:?} and {name:?} overlap"));
        } else if start > covered && covered < data.len() {
            problem(covered, start, format!("{} bytes before tensor {name:?} belong to none", start - covered));
        }
        if end > covered {
            (covered, last) = (end, name);
        }
    }
    if covered < data.len() {
        problem(covered, data.len(), format!("the last {} bytes belong to no tensor", data.len() - covered));
    }
    problems
}
