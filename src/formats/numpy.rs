//! npy: magic, version, a header that is a Python literal, then the data. npz is a zip of them.

use std::sync::Arc;

use crate::array::{ArrayRef, Dtype, Elements, Literal, Order, layout};
use crate::bytes::{Bytes, Cursor, Error, ErrorKind, Limits, Result};

/// What an npy stream holds.
#[derive(Debug)]
pub struct Npy {
    /// The array; object arrays have [`Elements::Objects`] and their pickle lies at `data_at`.
    pub array: ArrayRef,
    /// Offset of the data.
    pub data_at: u64,
}

/// Reads the header of an npy stream.
pub fn read(bytes: &Bytes, path: &str, limits: &Limits) -> Result<Npy> {
    let lie = |message: String| Error {
        at: bytes.span(0, 12.min(bytes.len())),
        kind: ErrorKind::Header { what: "npy", message },
    };
    let head = bytes.head(12)?;
    let mut cursor = Cursor::new(&head, bytes.stream(), 0);
    cursor.take(6, "npy magic")?;
    let (major, minor) = (cursor.u8("npy version")?, cursor.u8("npy version")?);
    let (header_at, len) = match major {
        1 => (10, u64::from(cursor.u16_le("npy header length")?)),
        2 | 3 => (12, u64::from(cursor.u32_le("npy header length")?)),
        _ => return Err(lie(format!("version {major}.{minor} is not known"))),
    };
    if len > limits.header_bytes {
        return Err(Error {
            at: bytes.span(0, 12),
            kind: ErrorKind::Limit { what: "npy header bytes", limit: limits.header_bytes },
        });
    }
    let text = bytes.read_vec(header_at, len).map_err(|error| match error.kind {
        ErrorKind::Truncated { needed, left, .. } => {
            Error { kind: ErrorKind::Truncated { what: "npy header", needed, left }, ..error }
        }
        _ => error,
    })?;
    let described =
        Literal::parse(&text).map(|(literal, _)| literal).ok_or_else(|| lie("it is no literal".to_owned()))?;
    let descr = described.get("descr").and_then(Dtype::from_descr);
    let dtype = descr.ok_or_else(|| lie("its descr is not understood".to_owned()))?;
    let fortran = described.get("fortran_order") == Some(&Literal::Bool(true));
    let Some(Literal::Tuple(shape)) = described.get("shape") else { return Err(lie("it has no shape".to_owned())) };
    let length = |n: &Literal| if let Literal::Int(n) = n { u64::try_from(*n).ok() } else { None };
    let shape: Option<Vec<u64>> = shape.iter().map(length).collect();
    let shape = shape.ok_or_else(|| lie("its shape is not understood".to_owned()))?;
    let data_at = header_at + len;
    let strides = if fortran { layout::f_strides(&shape, dtype.size) } else { layout::c_strides(&shape, dtype.size) };
    let needed = layout::count(&shape).and_then(|n| n.checked_mul(dtype.size));
    let left = bytes.len() - data_at;
    let elements = match (needed, &strides) {
        _ if dtype.has_objects() => Elements::Objects,
        (Some(needed), Some(_)) if needed <= left => Elements::Bytes(bytes.slice(data_at, needed)?),
        (Some(needed), Some(_)) => Elements::Missing(Error {
            at: bytes.span(data_at, left),
            kind: ErrorKind::Truncated { what: "array data", needed, left },
        }),
        _ => Elements::Missing(lie(format!("shape {shape:?} overflows"))),
    };
    let array = ArrayRef {
        part: 0,
        node: None,
        path: path.into(),
        kind: "ndarray".into(),
        dtype: Some(Arc::new(dtype)),
        strides: strides.unwrap_or_else(|| vec![0; shape.len()]),
        n_items: None,
        shape,
        order: if fortran { Order::F } else { Order::C },
        elements,
        span: bytes.span(data_at, needed.unwrap_or(0).min(left)),
        storage: None,
        preview: Vec::new(),
    };
    Ok(Npy { array, data_at })
}
