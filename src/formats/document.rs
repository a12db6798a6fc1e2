//! Object graphs that are no pickles: a UBJSON or JSON document, a model in text or in a library's own binary form.
//! They are shown as pickles are; nothing in them is ever called.

use std::sync::Arc;

use super::known::Known;
use super::walk::Walk;
use super::{Pickled, prefix};
use crate::array::{ArrayRef, Dtype, Elements, Order, layout};
use crate::bytes::{Bytes, Span};
use crate::pickle::{Decoded, NodeId};

/// A document: objects without opcodes.
#[derive(Debug)]
pub struct Document {
    /// Its objects, as if a pickle had made them.
    pub pickled: Pickled,
    /// What it is: `XGBoost model (UBJSON)`.
    pub what: &'static str,
    /// The object of a pickle (part and node) that holds it as bytes or text; None for a file of its own.
    pub inside: Option<(usize, NodeId)>,
}

/// What a reader of such a format gives.
pub(super) struct Parsed {
    /// The objects, and the problems.
    pub decoded: Decoded,
    /// The lists that are arrays.
    pub numbers: Vec<Numbers>,
}

/// A list that consists of numbers of one type: it is an array and costs no node a number.
pub(super) struct Numbers {
    /// The empty list that stands for it.
    pub node: NodeId,
    /// The type of the numbers.
    pub dtype: Arc<Dtype>,
    /// How many there are.
    pub len: u64,
    /// They themselves: a range of the document, or numbers that were written as text, in memory.
    pub values: Bytes,
    /// Where they stand in the document.
    pub span: Span,
}

impl Parsed {
    /// The document and its arrays, of which the paths begin with `base`.
    pub fn document(
        self,
        what: &'static str,
        part: usize,
        base: &str,
        inside: Option<(usize, NodeId)>,
    ) -> (Document, Vec<ArrayRef>) {
        let Self { decoded, mut numbers } = self;
        let known = Known::of(&decoded.graph);
        numbers.sort_by_key(|numbers| numbers.node);
        let mut arrays = Vec::with_capacity(numbers.len());
        let mut walk = Walk::new(&decoded.graph, &known);
        let mut next = decoded.root().filter(|root| !numbers.is_empty() && walk.enter(*root, base));
        while let Some(node) = next {
            if let Ok(i) = numbers.binary_search_by_key(&node, |numbers| numbers.node)
                && let Some(found) = numbers.get(i)
            {
                arrays.push(array(found, part, &walk.path()));
            }
            next = walk.advance();
        }
        let base = (base != prefix(0, 0)).then(|| base.into());
        (
            Document {
                pickled: Pickled { decoded, known, main: 0, raw: super::artifact::Raw::Joblib, base },
                what,
                inside,
            },
            arrays,
        )
    }
}

fn array(numbers: &Numbers, part: usize, path: &str) -> ArrayRef {
    let shape = vec![numbers.len];
    ArrayRef {
        part,
        node: Some(numbers.node.raw()),
        path: path.into(),
        kind: "array".into(),
        strides: layout::c_strides(&shape, numbers.dtype.size).unwrap_or_else(|| vec![0]),
        dtype: Some(Arc::clone(&numbers.dtype)),
        shape,
        order: Order::C,
        elements: Elements::Bytes(numbers.values.clone()),
        span: numbers.span,
        storage: None,
        n_items: None,
        preview: Vec::new(),
    }
}

/// Numbers that are written as text, gathered in memory: eight bytes each.
#[derive(Default)]
pub(super) struct Pool {
    values: Vec<u8>,
    /// (node, numbers are floats, start in `values`, count, place in the document)
    lists: Vec<(NodeId, bool, usize, usize, Span)>,
}

impl Pool {
    /// A list of integers.
    pub fn ints(&mut self, node: NodeId, values: impl Iterator<Item = i64>, place: Span) {
        self.push(node, false, values.map(i64::to_le_bytes), place);
    }

    /// A list of floats.
    pub fn floats(&mut self, node: NodeId, values: impl Iterator<Item = f64>, place: Span) {
        self.push(node, true, values.map(f64::to_le_bytes), place);
    }

    fn push(&mut self, node: NodeId, floats: bool, values: impl Iterator<Item = [u8; 8]>, place: Span) {
        let start = self.values.len();
        values.for_each(|value| self.values.extend(value));
        self.lists.push((node, floats, start, (self.values.len() - start) / 8, place));
    }

    /// The lists as arrays.
    pub fn finish(self) -> Vec<Numbers> {
        let (Some(int), Some(float)) = (Dtype::parse("<i8"), Dtype::parse("<f8")) else { return Vec::new() };
        let (int, float) = (Arc::new(int), Arc::new(float));
        let all = Bytes::from_vec(self.values);
        let numbers = self.lists.into_iter().filter_map(|(node, floats, start, len, span)| {
            let len = len as u64;
            let dtype = Arc::clone(if floats { &float } else { &int });
            let values = all.slice(start as u64, len.checked_mul(8)?).ok()?;
            Some(Numbers { node, dtype, len, values, span })
        });
        numbers.collect()
    }
}
