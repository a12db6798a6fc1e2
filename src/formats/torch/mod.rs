//! PyTorch: how a rebuild call, a persistent id and a storage make a tensor (`tensor.rs`), where the storages of each of
//! its formats lie (`legacy.rs`, `tar.rs`; those of zips are found by `formats/archive.rs`), and what its dtypes are
//! (`dtype.rs`). Storage bytes are never read here.

mod dtype;
mod legacy;
pub(super) mod tar;
mod tensor;

use std::collections::HashMap;

use super::arrays::{any_text, shape_of};
use crate::array::{Dtype, Literal};
use crate::bytes::{Bytes, Error, ErrorKind, Problem};
use crate::pickle::{Decoded, EffectKind, Graph, NodeId, Value};

pub use dtype::dtype;
pub(super) use legacy::storages as legacy_storages;
pub(super) use tensor::{from_type, tensor};

/// The storages of a checkpoint by their key.
#[derive(Clone, Debug, Default)]
pub struct Storages {
    by_key: HashMap<String, Bytes>,
    big: bool,
    emptied: bool,
}

/// What is said of tensors whose storage is empty by PyTorch's own doing.
pub const EMPTIED: &str = "PyTorch keeps no values of the inputs that a model was traced with";

impl Storages {
    /// Adds one. Of two with the same key the first is kept; that there are two is said by the archive.
    pub fn insert(&mut self, key: &str, bytes: Bytes) {
        self.by_key.entry(key.to_owned()).or_insert(bytes);
    }

    /// The storage of a key.
    pub fn get(&self, key: &str) -> Option<&Bytes> {
        self.by_key.get(key)
    }

    /// Says that they may be empty whatever is said of them: PyTorch keeps the inputs that a model was traced with, without
    /// their values.
    pub fn set_emptied(&mut self) {
        self.emptied = true;
    }

    /// Why the values of a storage are not there, if it was emptied on purpose.
    fn was_emptied(&self, bytes: &Bytes, stated: Option<u64>) -> Option<ErrorKind> {
        let emptied = self.emptied && bytes.is_empty() && stated.is_some_and(|n| n > 0);
        emptied.then(|| ErrorKind::Oddity(EMPTIED.to_owned()))
    }

    /// Says that numbers are stored big-endian.
    pub fn set_big(&mut self) {
        self.big = true;
    }
}

/// What a persistent id says of a storage.
pub(super) struct Pid {
    /// Its key.
    pub key: String,
    /// The element type, where the class of the storage says it.
    pub dtype: Option<Dtype>,
    /// Where it was when it was saved (`cpu`, `cuda:0`).
    pub location: String,
    /// Number of elements; of bytes, where the class says no type.
    pub count: Option<u64>,
    /// Elements before the view that the id means (files before 1.6).
    view_offset: u64,
}

/// The storage that a persistent id names.
pub(super) fn pid_of(graph: &Graph, id: NodeId) -> Option<Pid> {
    let Value::Persistent(pid) = graph.value(id) else { return None };
    let Some(items) = graph.items(pid) else { return written_pid(&any_text(graph, pid)?) };
    let [kind, class, key, ..] = items else { return None };
    if any_text(graph, *kind)? != "storage" {
        return None;
    }
    let class = graph.symbol(*class)?;
    let number = |id: &NodeId| graph.int(*id).and_then(|n| u64::try_from(n).ok());
    let view = items.get(5).and_then(|view| graph.items(*view));
    // torch.package counts its storages, torch.save names them.
    let key =
        any_text(graph, *key).map(std::borrow::Cow::into_owned).or_else(|| graph.int(*key).map(|n| n.to_string()));
    Some(Pid {
        key: key?,
        dtype: dtype::of_storage(&class.name),
        location: items.get(3).and_then(|place| any_text(graph, *place)).unwrap_or_default().into_owned(),
        count: items.get(4).and_then(number),
        view_offset: view.and_then(|view| view.get(1)).and_then(number).unwrap_or(0),
    })
}

/// The same of protocol 0, which writes a persistent id as the line that `str` makes of the tuple:
/// `('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 6)`. `torch.load` itself refuses to read it back.
fn written_pid(text: &str) -> Option<Pid> {
    let (class, rest) = text.trim_end().strip_prefix("('storage', <class '")?.split_once("'>, ")?;
    let (Literal::Tuple(items), []) = Literal::parse(format!("({rest}").as_bytes())? else { return None };
    let number = |item: &Literal| match item {
        Literal::Int(n) => u64::try_from(*n).ok(),
        _ => None,
    };
    let view_offset = match items.get(3) {
        Some(Literal::Tuple(view)) => view.get(1).and_then(number),
        _ => None,
    };
    let mut items = items.into_iter();
    let key = match items.next()? {
        Literal::Text(key) => key,
        Literal::Int(key) => key.to_string(),
        _ => return None,
    };
    let location = match items.next() {
        Some(Literal::Text(place)) => place,
        _ => String::new(),
    };
    let count = items.next().as_ref().and_then(number);
    let dtype = dtype::of_storage(class);
    Some(Pid { key, dtype, location, count, view_offset: view_offset.unwrap_or(0) })
}

/// True if the persistent id `id` names a storage of PyTorch, as a tuple or as protocol 0 writes one.
pub fn is_storage(graph: &Graph, id: NodeId) -> bool {
    pid_of(graph, id).is_some()
}

/// A storage in words: `key 3, 12 elements on cpu`. None if `id` is none.
pub fn storage_text(graph: &Graph, id: NodeId) -> Option<String> {
    let pid = pid_of(graph, id)?;
    let unit = if pid.dtype.is_some() { "elements" } else { "bytes" };
    let count = pid.count.map(|n| format!(", {n} {unit}")).unwrap_or_default();
    let place = if pid.location.is_empty() { String::new() } else { format!(" on {}", pid.location) };
    Some(format!("key {}{count}{place}", pid.key))
}

/// A shape: a tuple, or `torch.Size` of one.
pub fn size_of(graph: &Graph, id: NodeId) -> Option<Vec<u64>> {
    match graph.object(id) {
        Some(call) if graph.symbol(call.callee)?.is("torch", "Size") => {
            shape_of(graph, *graph.items(call.args)?.first()?)
        }
        _ => shape_of(graph, id),
    }
}

/// A layout of sparse tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SparseLayout {
    /// As people say it: `COO`.
    pub name: &'static str,
    /// What a tensor of this layout is made of, in the order in which it is saved.
    pub components: &'static [&'static str],
}

/// The layout that `torch.serialization._get_layout('torch.sparse_coo')` gives.
pub fn layout_of(graph: &Graph, id: NodeId) -> Option<SparseLayout> {
    let text = match graph.object(id) {
        Some(call) => any_text(graph, *graph.items(call.args)?.first()?)?,
        None => any_text(graph, id)?,
    };
    const ROWS: &[&str] = &["crow_indices", "col_indices", "values", "size"];
    const COLUMNS: &[&str] = &["ccol_indices", "row_indices", "values", "size"];
    let (name, components) = match text.strip_prefix("torch.").unwrap_or(&text) {
        "sparse_coo" => ("COO", &["indices", "values", "size", "is_coalesced"][..]),
        "sparse_csr" => ("CSR", ROWS),
        "sparse_bsr" => ("BSR", ROWS),
        "sparse_csc" => ("CSC", COLUMNS),
        "sparse_bsc" => ("BSC", COLUMNS),
        _ => return None,
    };
    Some(SparseLayout { name, components })
}

/// Storages that are longer or shorter than the pickle says; `torch.load` refuses those.
pub(super) fn storage_problems(decoded: &Decoded, storages: &Storages) -> Vec<Problem> {
    const KEPT: usize = 100;
    let (mut problems, mut seen) = (Vec::new(), std::collections::HashSet::new());
    if storages.by_key.is_empty() {
        return problems;
    }
    for effect in decoded.effects.iter().filter(|effect| effect.kind() == EffectKind::Persistent) {
        let Some(pid) = pid_of(&decoded.graph, effect.node) else { continue };
        let stated = pid.count.and_then(|n| n.checked_mul(pid.dtype.as_ref().map_or(1, |dtype| dtype.size)));
        let (Some(bytes), Some(stated)) = (storages.get(&pid.key), stated) else { continue };
        if storages.was_emptied(bytes, Some(stated)).is_some() {
            continue;
        }
        if bytes.len() != stated && seen.insert(pid.key.clone()) && problems.len() < KEPT {
            let message = format!("storage {} holds {} bytes, the pickle says {stated}", pid.key, bytes.len());
            let at = decoded.bytes.span(effect.at(), 1);
            problems.push(Error { at, kind: ErrorKind::Header { what: "storage", message } });
        }
    }
    problems
}
