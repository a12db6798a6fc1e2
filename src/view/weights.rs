//! What a checkpoint holds, in numbers: tensors, parameters, bytes, dtypes, the largest tensors, what is tied, and what
//! else lies beside the weights.

use crate::array::ArrayRef;
use crate::formats::children::{Children, Edge};
use crate::formats::python;
use crate::formats::state_dict::{Of, StateDict, Sums, looks_like_one};
use crate::formats::{Artifact, Pickled};
use crate::pickle::{Graph, NodeId, Value};
use crate::view::describe::{Detail, describe};
use crate::view::groups::sums_text;
use crate::view::{escape, number};

/// Tensors that are listed as the largest.
const LARGEST: usize = 10;
/// Entries of a dict that are looked at for weights: a checkpoint has a handful.
const ENTRIES: usize = 64;
/// Sets of tied tensors that are listed.
const TIES: usize = 100;

/// A summary.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    /// All of it.
    pub sums: Sums,
    /// What a checkpoint is made of: name, what it is, size if it holds arrays.
    pub sections: Vec<(String, String, Option<u64>)>,
    /// Element types: name, arrays, bytes. The one with the most bytes first.
    pub dtypes: Vec<(String, u64, u64)>,
    /// The largest tensors.
    pub largest: Vec<Large>,
    /// Names of tensors that have the very same elements.
    pub tied: Vec<Vec<String>>,
    /// Names of tensors that look at one storage in different ways.
    pub shared: Vec<Vec<String>>,
}

/// A large tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Large {
    /// Its name.
    pub name: String,
    /// Its dtype and shape.
    pub what: String,
    /// Its size.
    pub bytes: u64,
    /// Its number among the arrays.
    pub array: usize,
}

/// True for a dict of tensors, and for a dict that has one among its values, as training scripts save them. Looks at names
/// and kinds only.
pub fn has_weights(artifact: &Artifact, part: usize, node: NodeId) -> bool {
    is_weights(artifact, part, node)
        || entries(artifact, part, node).iter().any(|(_, value)| is_weights(artifact, part, *value))
}

/// A dict of tensors, or of arrays with dotted names.
fn is_weights(artifact: &Artifact, part: usize, node: NodeId) -> bool {
    let Some(pickled) = artifact.pickled(part).filter(|_| looks_like_one(artifact, part, node)) else { return false };
    let graph = &pickled.decoded.graph;
    entries(artifact, part, node).iter().take(8).any(|(key, value)| {
        let tensor = artifact.array_of(part, *value).and_then(|i| artifact.arrays.get(i));
        tensor.is_some_and(|array| matches!(&*array.kind, "tensor" | "quantized"))
            || graph.str(*key).is_some_and(|key| key.contains('.')) && tensor.is_some()
    })
}

/// The first entries of a dict or of an object that is one.
fn entries(artifact: &Artifact, part: usize, node: NodeId) -> Vec<(NodeId, NodeId)> {
    let Some(pickled) = artifact.pickled(part) else { return Vec::new() };
    let pairs = match pickled.decoded.graph.value(node) {
        Value::Dict(pairs) => pairs,
        Value::Object(object) => object.entries,
        _ => return Vec::new(),
    };
    pairs.iter().take(ENTRIES).collect()
}

impl Weights {
    /// The summary of a group of a state dict.
    pub fn of_group(artifact: &Artifact, dict: &StateDict, group: u32) -> Self {
        let mut made = Self::default();
        made.add(artifact, dict, group, "");
        made.sums = dict.groups.get(group as usize).map_or_else(Sums::default, |group| group.sums);
        made.finish();
        made
    }

    /// The summary of a state dict, or of a checkpoint that has some.
    pub fn of(artifact: &Artifact, part: usize, node: NodeId) -> Option<Self> {
        let pickled = artifact.pickled(part)?;
        let graph = &pickled.decoded.graph;
        if let Some(dict) = StateDict::of_arrays_in(artifact, part, node) {
            let mut made = Self::of_group(artifact, &dict, 0);
            let rest = Children::of(graph, &pickled.known, node);
            let rest =
                rest.iter(graph).filter(|(edge, _)| !matches!(edge, Edge::Entry(_) | Edge::Key(_))).take(ENTRIES);
            for (edge, child) in rest {
                let mut name = String::new();
                edge.write(graph, &mut name);
                let name = name.trim_start_matches('.').to_owned();
                let what = match (name.as_str(), pairs_len(graph, child)) {
                    ("_metadata", Some(n)) => format!("versions of {}", number::count(n as u64, "module")),
                    _ => words(artifact, part, pickled, child),
                };
                made.sections.push((escape::plain(&name), what, None));
            }
            return Some(made);
        }
        let mut made = Self::default();
        for (key, value) in entries(artifact, part, node) {
            let name = escape::plain(&crate::formats::arrays::any_text(graph, key).unwrap_or_default());
            if let Some(dict) = StateDict::of_arrays_in(artifact, part, value) {
                let sums = dict.groups.first().map_or_else(Sums::default, |all| all.sums);
                made.add(artifact, &dict, 0, &format!("{name}."));
                made.sums.tensors += sums.tensors;
                made.sums.parameters = made.sums.parameters.saturating_add(sums.parameters);
                made.sums.bytes = made.sums.bytes.saturating_add(sums.bytes);
                made.sections.push((name, format!("state dict, {}", sums_text(&sums)), Some(sums.bytes)));
            } else if let Some((what, bytes)) = optimizer(artifact, part, pickled, value) {
                made.sections.push((name, what, Some(bytes)));
            } else {
                made.sections.push((name, words(artifact, part, pickled, value), None));
            }
        }
        made.finish();
        Some(made)
    }

    fn add(&mut self, artifact: &Artifact, dict: &StateDict, group: u32, prefix: &str) {
        let name = |key: &str| escape::plain(&format!("{prefix}{key}"));
        let mut seen = std::collections::HashSet::new();
        for (_, member) in dict.members_of(group) {
            let Some((i, array)) = member.array.and_then(|i| Some((i, artifact.arrays.get(i)?))) else { continue };
            if member.tied.is_some_and(|set| !seen.insert(set)) {
                continue;
            }
            let bytes = array.nbytes().unwrap_or(0);
            let dtype = dtype_name(array);
            match self.dtypes.iter_mut().find(|(name, ..)| *name == dtype) {
                Some((_, n, sum)) => (*n, *sum) = (*n + 1, sum.saturating_add(bytes)),
                None => self.dtypes.push((dtype.clone(), 1, bytes)),
            }
            // Kept short as it grows: the smallest of the largest goes.
            let smallest = self.largest.last().map_or(0, |last| last.bytes);
            if self.largest.len() < LARGEST || bytes > smallest {
                let what = format!("{dtype} {}", array.shape_text());
                let at = self.largest.partition_point(|other| other.bytes >= bytes);
                self.largest.insert(at, Large { name: name(&member.key), what, bytes, array: i });
                self.largest.truncate(LARGEST);
            }
        }
        let inside: std::collections::HashSet<u32> = dict.members_of(group).map(|(i, _)| i).collect();
        let names = |sets: &[Vec<u32>]| -> Vec<Vec<String>> {
            let members = |set: &Vec<u32>| -> Vec<String> {
                let all = set.iter().filter_map(|i| dict.members.get(*i as usize));
                all.take(ENTRIES).map(|member| name(&member.key)).collect()
            };
            sets.iter().filter(|set| set.iter().any(|i| inside.contains(i))).take(TIES).map(members).collect()
        };
        self.tied.extend(names(&dict.tied));
        self.shared.extend(names(&dict.shared));
    }

    fn finish(&mut self) {
        self.dtypes.sort_by_key(|(_, _, bytes)| std::cmp::Reverse(*bytes));
    }
}

fn dtype_name(array: &ArrayRef) -> String {
    array.dtype.as_ref().map_or_else(|| "unknown".to_owned(), |dtype| dtype.human())
}

fn pairs_len(graph: &Graph, id: NodeId) -> Option<usize> {
    match graph.value(id) {
        Value::Dict(pairs) => Some(pairs.len()),
        Value::Object(object) if python::call_of(graph, id)?.name.short() == "OrderedDict" => {
            Some(object.entries.len())
        }
        _ => None,
    }
}

fn words(artifact: &Artifact, part: usize, pickled: &Pickled, id: NodeId) -> String {
    let d = describe(artifact, part, pickled, id, Detail::Row);
    if d.value.is_empty() { d.type_name } else { format!("{} {}", d.type_name, d.value) }
}

/// What the state of an optimizer says: what it keeps for each parameter, and how it was set.
fn optimizer(artifact: &Artifact, part: usize, pickled: &Pickled, id: NodeId) -> Option<(String, u64)> {
    let graph = &pickled.decoded.graph;
    let (state, groups) = (graph.get(id, "state")?, graph.get(id, "param_groups")?);
    let (mut kept, mut bytes, mut n): (Vec<String>, u64, u64) = (Vec::new(), 0, 0);
    for (_, of_one) in graph.pairs(state)?.iter() {
        n += 1;
        for (key, value) in graph.pairs(of_one).into_iter().flat_map(|pairs| pairs.iter().collect::<Vec<_>>()) {
            let size = artifact.array_of(part, value).and_then(|i| artifact.arrays.get(i)?.nbytes());
            bytes = bytes.saturating_add(size.unwrap_or(0));
            if let Some(name) = graph.str(key).filter(|_| kept.len() < 8)
                && !kept.iter().any(|other| other == name)
            {
                kept.push(escape::plain(name));
            }
        }
    }
    let mut what = match kept.as_slice() {
        [] => "optimizer state, nothing kept yet".to_owned(),
        kept => format!("optimizer state, {} for {}", kept.join(", "), number::count(n, "parameter")),
    };
    if let Some(first) = graph.items(groups).and_then(|groups| groups.first()) {
        for name in ["lr", "weight_decay", "momentum", "betas"] {
            if let Some(value) = graph.get(*first, name) {
                what.push_str(&format!(", {name} {}", describe(artifact, part, pickled, value, Detail::Row).value));
            }
        }
    }
    Some((what, bytes))
}

/// What a place of the outline that is no object is called in a state dict.
pub fn group_name(dict: &StateDict, of: Of, group: u32) -> String {
    match (of, group) {
        (_, 0) => "root".to_owned(),
        _ => escape::plain(&dict.path(group)),
    }
}
