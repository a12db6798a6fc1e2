//! joblib from 0.10 on: the bytes of an array follow the BUILD of its stand-in, raw, between two opcodes.

use super::arrays::{dtype_of, shape_of};
use super::known::Role;
use crate::array::layout;
use crate::bytes::{Bytes, Error, ErrorKind, Result};
use crate::pickle::{Dialect, Graph, NodeId, RawClaim, Symbol, Value};

/// Tells the machine what follows a `NumpyArrayWrapper`.
#[derive(Debug, Default)]
pub struct Joblib;

impl Dialect for Joblib {
    fn wants(&self, class: &Symbol) -> bool {
        Role::of(class) == Role::JoblibArray
    }

    fn after_build(&mut self, graph: &Graph, object: NodeId, bytes: &Bytes, at: u64) -> Result<Option<RawClaim>> {
        let lie = |message: &str| Error {
            at: bytes.span(at, 0),
            kind: ErrorKind::Header { what: "joblib array", message: message.to_owned() },
        };
        let dtype = graph.attribute(object, "dtype").and_then(|dtype| dtype_of(graph, dtype));
        let shape = graph.attribute(object, "shape").and_then(|shape| shape_of(graph, shape));
        let dtype = dtype.ok_or_else(|| lie("its dtype is not understood"))?;
        if dtype.has_objects() || matches!(dtype.scalar, crate::array::Scalar::Opaque(_)) {
            return Ok(Some(RawClaim::Pickle));
        }
        let shape = shape.ok_or_else(|| lie("its shape is not understood"))?;
        let len =
            layout::count(&shape).and_then(|n| n.checked_mul(dtype.size)).ok_or_else(|| lie("its shape overflows"))?;
        // Written since 1.2: one byte p, then p bytes of padding, so that the data are aligned.
        let aligned = graph
            .attribute(object, "numpy_array_alignment_bytes")
            .is_some_and(|align| !matches!(graph.value(align), Value::None));
        let mut padding = 0;
        if aligned {
            let mut p = [0];
            bytes.read_at(at, &mut p)?;
            padding = 1 + u64::from(p[0]);
        }
        Ok(Some(RawClaim::Bytes { padding, len }))
    }
}
