//! What a file turned out to be: its streams, the parts they hold, the arrays, and what is wrong.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::document::Document;
use super::known::Known;
use crate::array::ArrayRef;
use crate::bytes::{Bytes, Problem, StreamId};
use crate::container::Streams;
use crate::pickle::{Decoded, NodeId};

/// A part of an artifact: one stream, understood.
#[derive(Debug)]
pub struct Part {
    /// The member's name; empty for the file itself.
    pub name: Box<str>,
    /// The stream it was read from.
    pub stream: StreamId,
    /// What it is.
    pub body: Body,
}

/// What a part is.
#[derive(Debug)]
pub enum Body {
    /// Pickles.
    Pickle(Box<Pickled>),
    /// Objects that are no pickle.
    Document(Box<Document>),
    /// One array: its position in [`Artifact::arrays`].
    Array(usize),
    /// Text that is no pickle: source code, notes, settings. It is read when it is looked at.
    Text,
    /// Facts by name, as the file states them: metadata.
    Facts(Vec<(Box<str>, Box<str>)>),
    /// Something that is only named: what it looks to be.
    Opaque(&'static str),
}

/// What may stand raw between the opcodes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    /// joblib's arrays, or nothing.
    Joblib,
    /// What PyTorch's tars have between their pickles.
    TorchTar(super::torch::tar::Member),
}

/// A stream of pickles with what its names mean.
#[derive(Debug)]
pub struct Pickled {
    /// The objects, effects and opcodes.
    pub decoded: Decoded,
    /// The meaning of its names.
    pub known: Known,
    /// Which of its pickles is the one people mean: the first, but for PyTorch's old files.
    pub main: usize,
    pub(super) raw: Raw,
    /// What its paths begin with, where it is not `$`: the path of the object that holds it.
    pub base: Option<Box<str>>,
}

impl Pickled {
    /// What the paths into a pickle begin with.
    pub fn prefix(&self, pickle: usize) -> String {
        self.base.as_deref().map_or_else(|| super::prefix(pickle, self.main), str::to_owned)
    }

    /// The result of the main pickle.
    pub fn root(&self) -> Option<NodeId> {
        self.decoded.top().nth(self.main).and_then(|pickle| pickle.root)
    }
}

/// A file that was opened. Nothing in it was executed; array values were not read.
#[derive(Debug)]
pub struct Artifact {
    /// The path it was opened by.
    pub path: PathBuf,
    /// The file's bytes.
    pub bytes: Bytes,
    /// The file, what it inflates to, members of archives.
    pub streams: Streams,
    /// Container words, outermost first: `gzip`, `joblib`.
    pub container: Vec<&'static str>,
    /// What the streams hold.
    pub parts: Vec<Part>,
    /// All arrays, in the order of their paths; those of documents that objects of a pickle hold come last.
    pub arrays: Vec<ArrayRef>,
    /// What is wrong or odd.
    pub problems: Vec<Problem>,
    /// The tensors of a sharded checkpoint in the order of its index, by name, with their positions in
    /// [`Artifact::arrays`]; those that the index forgot come last. Empty for everything else.
    pub whole: Vec<(Box<str>, usize)>,
    /// The arrays of [`Artifact::whole`].
    pub(super) in_whole: HashSet<usize>,
    pub(super) by_node: HashMap<(usize, u32), usize>,
    /// Number of arrays that are the file's own.
    pub(super) own: usize,
    /// The part that opens a node, by part and node.
    pub(super) by_holder: HashMap<(usize, u32), usize>,
}

impl Artifact {
    /// The file's name for people.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    /// The objects of a part: its pickles, or its document.
    pub fn pickled(&self, part: usize) -> Option<&Pickled> {
        match &self.parts.get(part)?.body {
            Body::Pickle(pickled) => Some(pickled),
            Body::Document(document) => Some(&document.pickled),
            _ => None,
        }
    }

    /// All parts that have objects, with their positions: pickles and documents.
    pub fn graphs(&self) -> impl Iterator<Item = (usize, &Part, &Pickled)> {
        self.parts.iter().enumerate().filter_map(|(i, part)| self.pickled(i).map(|pickled| (i, part, pickled)))
    }

    /// The document that a part is.
    pub fn document(&self, part: usize) -> Option<&Document> {
        match &self.parts.get(part)?.body {
            Body::Document(document) => Some(document),
            _ => None,
        }
    }

    /// The part that opens the bytes or text of a node, with its root.
    pub fn inside(&self, part: usize, node: NodeId) -> Option<(usize, NodeId)> {
        let inner = *self.by_holder.get(&(part, node.raw()))?;
        Some((inner, self.pickled(inner)?.root()?))
    }

    /// The arrays of the file itself, without those of documents that objects of a pickle hold, which come behind.
    pub fn own_arrays(&self) -> &[ArrayRef] {
        self.arrays.get(..self.own).unwrap_or(&self.arrays)
    }

    /// All parts that are pickles, with their positions.
    pub fn pickles(&self) -> impl Iterator<Item = (usize, &Part, &Pickled)> {
        self.parts.iter().enumerate().filter_map(|(i, part)| match &part.body {
            Body::Pickle(pickled) => Some((i, part, &**pickled)),
            _ => None,
        })
    }

    /// The array that a node of a part stands for: its position in [`Artifact::arrays`].
    pub fn array_of(&self, part: usize, node: NodeId) -> Option<usize> {
        self.by_node.get(&(part, node.raw())).copied()
    }

    /// The array that a byte of a part without objects belongs to: the one it lies in, or that of a part that is one array.
    pub fn array_at(&self, part: usize, offset: u64) -> Option<usize> {
        let part = self.parts.get(part)?;
        match part.body {
            Body::Array(array) => Some(array),
            Body::Pickle(_) | Body::Document(_) => None,
            Body::Text | Body::Facts(_) | Body::Opaque(_) => self.arrays.iter().position(|array| {
                array.node.is_none()
                    && array.span.stream == part.stream
                    && (array.span.start..array.span.end()).contains(&offset)
            }),
        }
    }

    /// True if an array is shown as a tensor of a sharded checkpoint, beside those of the other shards.
    pub fn is_in_whole(&self, array: usize) -> bool {
        self.in_whole.contains(&array)
    }

    /// The name of a stream: the member's, or empty.
    pub fn stream_name(&self, stream: StreamId) -> &str {
        self.streams.get(stream).map_or("", |stream| &stream.name)
    }

    /// True if every pickle ended with STOP and nothing was found damaged.
    pub fn is_complete(&self) -> bool {
        self.problems.iter().all(|problem| problem.kind.is_remark())
    }

    /// Number of containers and objects in all graphs of the file itself.
    pub fn n_objects(&self) -> u64 {
        let own = |part: usize| self.document(part).is_none_or(|document| document.inside.is_none());
        let counts = self.graphs().filter(|(i, _, _)| own(*i)).map(|(_, _, p)| p.decoded.graph.object_count());
        counts.sum()
    }

    /// The folder the file lies in.
    pub fn folder(&self) -> Option<&Path> {
        self.path.parent()
    }
}
