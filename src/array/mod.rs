//! Layer 1: numbers, described when a file is opened and read when they are looked at.

mod dtype;
pub mod export;
pub mod layout;
mod literal;
mod stats;
mod view;

use std::sync::Arc;

use crate::bytes::{Bytes, Error, Span};

pub use dtype::{Dtype, Field, Float8, MAX_DEPTH, Scalar, TimeUnit};
pub use literal::Literal;
pub use stats::{Histogram, Number, Stats, histogram, sha256, stats};
pub use view::{ArrayView, Leaf, date_text, leaves, tuple_text};

/// How the elements follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Last index fastest.
    C,
    /// First index fastest.
    F,
    /// Axes permuted (protocol 5's `K`).
    K,
}

impl Order {
    /// NumPy's letter.
    pub fn text(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::F => "F",
            Self::K => "K",
        }
    }
}

/// Where the elements are.
#[derive(Clone, Debug)]
pub enum Elements {
    /// These bytes; strides count in them.
    Bytes(Bytes),
    /// They are objects of the graph.
    Objects,
    /// They cannot be had, and why.
    Missing(Error),
}

/// An array that a file holds. No element has been read.
#[derive(Clone, Debug)]
pub struct ArrayRef {
    /// Which part of the artifact it is in.
    pub part: usize,
    /// The graph node it stands for, as a raw number.
    pub node: Option<u32>,
    /// Its path.
    pub path: Box<str>,
    /// `ndarray`, or the subclass (`numpy.matrix`), or `tensor`.
    pub kind: Box<str>,
    /// Element type; None if the file does not say.
    pub dtype: Option<Arc<Dtype>>,
    /// Length of each axis.
    pub shape: Vec<u64>,
    /// Bytes from one element to the next, for each axis.
    pub strides: Vec<i64>,
    /// How the elements follow each other in the file.
    pub order: Order,
    /// Where the elements are.
    pub elements: Elements,
    /// For PyTorch: the key of the storage its elements lie in. Tensors of one part with the same key share memory.
    pub storage: Option<Box<str>>,
    /// Where the data lie in their stream, or the object does.
    pub span: Span,
    /// Number of object elements, for object arrays.
    pub n_items: Option<u64>,
    /// The values of a tiny array, as Python writes them: read when the file is opened, so that a row can show them.
    pub preview: Vec<Box<str>>,
}

impl ArrayRef {
    /// Size of the data in bytes; None for objects and for what is missing.
    pub fn nbytes(&self) -> Option<u64> {
        match &self.elements {
            Elements::Bytes(_) => layout::count(&self.shape)?.checked_mul(self.dtype.as_ref()?.size),
            _ => None,
        }
    }

    /// Reads elements; None if they are objects or missing.
    pub fn view(&self) -> Option<ArrayView> {
        match (&self.elements, &self.dtype) {
            (Elements::Bytes(bytes), Some(dtype)) => {
                ArrayView::new(bytes.clone(), Arc::clone(dtype), self.shape.clone(), self.strides.clone()).ok()
            }
            _ => None,
        }
    }

    /// Reads the values if there are few, for [`ArrayRef::preview`].
    pub fn read_preview(&mut self) {
        const VALUES: u64 = 16;
        let few = layout::count(&self.shape).is_some_and(|n| (1..=VALUES).contains(&n));
        if !few || self.nbytes().is_none_or(|n| n > 1024) {
            return;
        }
        let Some(view) = self.view() else { return };
        let text = |i| view.text(&layout::unravel(i, &self.shape)).ok().map(String::into_boxed_str);
        self.preview = (0..view.len()).map_while(text).collect();
    }

    /// The shape as Python writes it.
    pub fn shape_text(&self) -> String {
        tuple_text(&self.shape)
    }
}
