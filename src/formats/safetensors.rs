//! safetensors: a length, a JSON header of tensors with their offsets, then the data.

use std::sync::Arc;

use super::torch;
use crate::array::{ArrayRef, Dtype, Elements, Order, layout};
use crate::bytes::{Bytes, Error, ErrorKind, Limits, Problem, Result};

/// (name of safetensors, name of PyTorch) of the dtypes.
const DTYPES: &[(&str, &str)] = &[
    ("BOOL", "bool"),
    ("U8", "uint8"),
    ("I8", "int8"),
    ("U16", "uint16"),
    ("I16", "int16"),
    ("F16", "float16"),
    ("BF16", "bfloat16"),
    ("U32", "uint32"),
    ("I32", "int32"),
    ("F32", "float32"),
    ("U64", "uint64"),
    ("I64", "int64"),
    ("F64", "float64"),
    ("C64", "complex64"),
    ("F8_E4M3", "float8_e4m3fn"),
    ("F8_E5M2", "float8_e5m2"),
    ("F8_E8M0", "float8_e8m0fnu"),
];

fn dtype(name: &str) -> Option<Dtype> {
    let (name, torch) = DTYPES.iter().find(|(ours, _)| *ours == name)?;
    torch::dtype(torch).map(|dtype| Dtype { name: Some(name), ..dtype })
}

/// Reads the header. Tensors that overlap or lie outside are problems; the rest is shown.
pub(super) fn read(bytes: &Bytes, limits: &Limits) -> Result<(Vec<ArrayRef>, Vec<Problem>)> {
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
    let header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&text).map_err(|e| lie(format!("its header is no JSON object: {e}")))?;
    let (mut arrays, mut problems, mut ranges) = (Vec::new(), Vec::new(), Vec::new());
    let data = 8 + len;
    for (name, tensor) in header.iter().filter(|(name, _)| *name != "__metadata__") {
        let numbers = |key: &str| -> Option<Vec<u64>> {
            tensor.get(key)?.as_array()?.iter().map(serde_json::Value::as_u64).collect()
        };
        let dtype_name = tensor.get("dtype").and_then(serde_json::Value::as_str).unwrap_or("");
        let dtype = dtype(dtype_name);
        let shape = numbers("shape").unwrap_or_default();
        let unit = dtype.as_ref().map_or(0, |dtype| dtype.size);
        let needed = layout::count(&shape).and_then(|n| n.checked_mul(unit));
        let bad = |message: String| Elements::Missing(lie(format!("tensor {name:?} {message}")));
        let elements = match (numbers("data_offsets").as_deref(), needed) {
            _ if dtype.is_none() => bad(format!("has dtype {dtype_name:?}, which is not known")),
            (Some([start, end]), Some(needed)) if end.checked_sub(*start) == Some(needed) => {
                ranges.push((*start, *end, name.as_str()));
                match data.checked_add(*start).map(|at| bytes.slice(at, needed)) {
                    Some(Ok(part)) => Elements::Bytes(part),
                    Some(Err(error)) => Elements::Missing(error),
                    None => bad("lies outside the file".to_owned()),
                }
            }
            (Some([start, end]), _) => bad(format!("of shape {shape:?} does not fit into bytes {start} to {end}")),
            _ => bad("has no data_offsets".to_owned()),
        };
        let span = match &elements {
            Elements::Bytes(part) => part.span(0, part.len()),
            _ => bytes.span(0, 8),
        };
        let key = serde_json::to_string(name).unwrap_or_default();
        arrays.push(ArrayRef {
            part: 0,
            node: None,
            path: format!("$[{key}]").into(),
            kind: "tensor".into(),
            strides: layout::c_strides(&shape, unit).unwrap_or_else(|| vec![0; shape.len()]),
            dtype: dtype.map(Arc::new),
            shape,
            order: Order::C,
            elements,
            span,
            n_items: None,
            storage: None,
            preview: Vec::new(),
        });
    }
    ranges.sort_unstable();
    for pair in ranges.windows(2) {
        if let [(_, end, first), (start, _, second)] = pair
            && start < end
        {
            problems.push(lie(format!("tensors {first:?} and {second:?} overlap")));
        }
    }
    Ok((arrays, problems))
}
