//! PyTorch's first format, a tar of four members: `sys_info` (a pickle), `pickle` (the object; its tensors are persistent
//! ids), `storages` and `tensors`. In the last two, raw bytes stand between many small pickles.

use std::collections::HashMap;

use super::dtype;
use super::tensor::{Laid, array};
use crate::array::{ArrayRef, Dtype};
use crate::bytes::{Bytes, Error, ErrorKind, Result};
use crate::formats::arrays::any_text;
use crate::pickle::{Decoded, Dialect, Graph, NodeId, RawClaim, Symbol, Value};

/// The members, in the order in which they must be read.
pub const MEMBERS: [&str; 4] = ["sys_info", "storages", "tensors", "pickle"];

/// Which member a stream of pickles with raw bytes between them is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// `storages`: a count; then for each (key, location, class), its number of elements and its bytes; then the views.
    Storages,
    /// `tensors`: a count; then for each (key, key of the storage, class), its dimensions, sizes, strides and offset.
    Tensors,
}

/// Most dimensions of a tensor; PyTorch's own limit is 64.
const MAX_DIMENSIONS: u64 = 64;

/// Reads what stands between the pickles, and remembers where.
#[derive(Debug)]
pub struct Between {
    member: Member,
    /// Entries left; None before the count was read.
    left: Option<i64>,
    storages: HashMap<String, Storage>,
    tensors: HashMap<String, Tensor>,
}

#[derive(Clone, Debug)]
struct Storage {
    dtype: Option<Dtype>,
    bytes: Bytes,
    /// The storage it is a view of, or itself: what tells shared memory.
    root: String,
}

#[derive(Clone, Debug)]
struct Tensor {
    storage: String,
    shape: Vec<u64>,
    strides: Vec<u64>,
    offset: u64,
}

impl Between {
    /// For one of the members.
    pub fn new(member: Member) -> Self {
        Self { member, left: None, storages: HashMap::new(), tensors: HashMap::new() }
    }
}

/// Keys are the addresses the objects had: numbers, sometimes as text.
fn key_of(graph: &Graph, id: NodeId) -> Option<String> {
    graph.int(id).map(|n| n.to_string()).or_else(|| any_text(graph, id).map(|text| text.trim().to_owned()))
}

impl Dialect for Between {
    fn wants(&self, _class: &Symbol) -> bool {
        false
    }

    fn after_build(&mut self, _graph: &Graph, _object: NodeId, _bytes: &Bytes, _at: u64) -> Result<Option<RawClaim>> {
        Ok(None)
    }

    fn after_stop(&mut self, graph: &Graph, root: NodeId, bytes: &Bytes, at: u64) -> Result<u64> {
        let lie = |message: &str| Error {
            at: bytes.span(at, 0),
            kind: ErrorKind::Header { what: "torch tar", message: message.to_owned() },
        };
        let Some(left) = self.left else {
            self.left = Some(graph.int(root).ok_or_else(|| lie("it does not begin with a count"))?);
            return Ok(0);
        };
        if left <= 0 {
            // Only `storages` goes on: with the views.
            self.views(graph, root);
            return Ok(0);
        }
        self.left = Some(left - 1);
        let Some([key, second, class, ..]) = graph.items(root) else {
            return Err(lie("an entry is no tuple of three"));
        };
        let key = key_of(graph, *key).ok_or_else(|| lie("a key is no number"))?;
        let number = |at: u64| -> Result<i64> {
            let mut raw = [0; 8];
            bytes.read_at(at, &mut raw)?;
            Ok(i64::from_le_bytes(raw))
        };
        match self.member {
            Member::Storages => {
                let dtype = graph.symbol(*class).and_then(|class| dtype::of_storage(&class.name));
                let size = dtype.as_ref().map(|dtype| dtype.size).ok_or_else(|| lie("a storage has no known class"))?;
                let count = u64::try_from(number(at)?).ok();
                let len = count.and_then(|n| n.checked_mul(size)).ok_or_else(|| lie("a storage has no size"))?;
                let data = bytes.slice(at.saturating_add(8), len)?;
                let storage = Storage { dtype, bytes: data, root: key.clone() };
                self.storages.insert(key, storage);
                Ok(8 + len)
            }
            Member::Tensors => {
                let storage = key_of(graph, *second).ok_or_else(|| lie("a tensor has no storage"))?;
                // The number of dimensions takes eight bytes of which four count.
                let dimensions = u64::from_le_bytes(number(at)?.to_le_bytes()) & 0xffff_ffff;
                if dimensions > MAX_DIMENSIONS {
                    return Err(lie("a tensor has more than 64 dimensions"));
                }
                let numbers = |from: u64| -> Result<Vec<u64>> {
                    let one = |i: u64| {
                        let n = number(at + from + i * 8)?;
                        u64::try_from(n).map_err(|_| lie("a size or stride is negative"))
                    };
                    (0..dimensions).map(one).collect()
                };
                let tensor = Tensor {
                    storage,
                    shape: numbers(8)?,
                    strides: numbers(8 + dimensions * 8)?,
                    offset: u64::try_from(number(at + 8 + dimensions * 16)?)
                        .map_err(|_| lie("an offset is negative"))?,
                };
                self.tensors.insert(key, tensor);
                Ok(16 + dimensions * 16)
            }
        }
    }
}

impl Between {
    /// Views of storages: (key, key of the storage, offset, number of elements).
    fn views(&mut self, graph: &Graph, root: NodeId) {
        for view in graph.items(root).unwrap_or(&[]) {
            let Some([key, of, offset, count]) = graph.items(*view) else { continue };
            let number = |id: &NodeId| graph.int(*id).and_then(|n| u64::try_from(n).ok());
            let (Some(key), Some(of)) = (key_of(graph, *key), key_of(graph, *of)) else { continue };
            let (Some(offset), Some(count), Some(storage)) = (number(offset), number(count), self.storages.get(&of))
            else {
                continue;
            };
            let size = storage.dtype.as_ref().map_or(1, |dtype| dtype.size);
            let part = offset.checked_mul(size).zip(count.checked_mul(size));
            if let Some(Ok(bytes)) = part.map(|(at, len)| storage.bytes.slice(at, len)) {
                let view = Storage { bytes, root: storage.root.clone(), dtype: storage.dtype.clone() };
                self.storages.insert(key, view);
            }
        }
    }
}

/// The tensors of a tar by the key that its persistent ids give.
#[derive(Clone, Debug, Default)]
pub struct Tensors {
    storages: HashMap<String, Storage>,
    tensors: HashMap<String, Tensor>,
}

impl Tensors {
    /// Takes in what one of the members says.
    pub fn take(&mut self, between: Between) {
        self.storages.extend(between.storages);
        self.tensors.extend(between.tensors);
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// The tensor that a persistent id of `pickle` means.
    pub fn tensor(&self, decoded: &Decoded, id: NodeId, path: &str) -> Option<ArrayRef> {
        let Value::Persistent(pid) = decoded.graph.value(id) else { return None };
        let tensor = self.tensors.get(&key_of(&decoded.graph, pid)?)?;
        let at = decoded.bytes.span(decoded.graph.offset(id), 1);
        let storage = self.storages.get(&tensor.storage);
        let laid = Laid {
            kind: "tensor",
            dtype: storage.and_then(|storage| storage.dtype.clone()),
            shape: tensor.shape.clone(),
            strides: Some(tensor.strides.clone()),
            offset: Some(tensor.offset),
            key: Some(storage.map_or(&tensor.storage, |storage| &storage.root).clone()),
        };
        let bytes = storage
            .map(|storage| storage.bytes.clone())
            .ok_or_else(|| Error { at, kind: ErrorKind::MissingStorage(tensor.storage.clone()) });
        Some(array(laid, bytes, false, id, path, at))
    }
}
