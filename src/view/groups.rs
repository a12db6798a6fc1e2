//! The rows of state dicts: a virtual tree over dotted keys, or the flat list of them, in natural or in file order.

use std::collections::HashMap;
use std::sync::Arc;

use crate::formats::children::{Children, Edge};
use crate::formats::sizes::Sizes;
use crate::formats::state_dict::{Child, Of, StateDict, Sums, looks_like_one};
use crate::formats::{Artifact, Body};
use crate::pickle::{Kind, NodeId};
use crate::view::outline::{Badge, Outline, RANGE, Row, STEPS, What};
use crate::view::rows::{can_open, row};
use crate::view::{escape, number};

/// State dicts of an artifact and the sizes of its objects, measured once.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    dicts: HashMap<Of, Arc<StateDict>>,
    /// Bytes below objects, references to them.
    pub sizes: Sizes,
}

impl Measured {
    /// Finds the state dicts and measures everything.
    pub fn of(artifact: &Artifact) -> Self {
        let mut dicts = HashMap::new();
        for (part, _, pickled) in artifact.pickles() {
            // One array makes no tree.
            if artifact.arrays.iter().filter(|array| array.part == part && array.node.is_some()).nth(1).is_none() {
                continue;
            }
            let graph = &pickled.decoded.graph;
            for node in graph.ids().filter(|id| matches!(graph.kind(*id), Kind::Dict | Kind::Object)) {
                if looks_like_one(artifact, part, node)
                    && let Some(dict) = StateDict::of(artifact, part, node)
                {
                    dicts.insert(Of::Node { part, node }, Arc::new(dict));
                }
            }
        }
        if is_all_arrays(artifact) || !artifact.whole.is_empty() {
            dicts.insert(Of::Arrays, Arc::new(StateDict::of_file(artifact)));
        }
        Self { dicts, sizes: Sizes::of(artifact) }
    }

    /// The state dict that stands at a place.
    pub fn dict(&self, of: Of) -> Option<&Arc<StateDict>> {
        self.dicts.get(&of)
    }

    /// The state dict that a node is.
    pub fn of_node(&self, part: usize, node: NodeId) -> Option<&Arc<StateDict>> {
        self.dict(Of::Node { part, node })
    }
}

/// True for a file of several arrays and nothing else but what it says of them: safetensors, npz.
pub fn is_all_arrays(artifact: &Artifact) -> bool {
    let is_one = |body: &Body| matches!(body, Body::Array(_) | Body::Facts(_));
    artifact.arrays.len() > 1 && artifact.parts.iter().all(|part| is_one(&part.body))
}

/// How state dicts are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// As a list of whole keys instead of groups.
    pub flat: bool,
    /// In the order of the file instead of natural order.
    pub file_order: bool,
}

/// Where a row stands in a state dict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub of: Of,
    /// Which member.
    pub member: u32,
    /// It shows its whole key.
    pub flat: bool,
}

impl Outline {
    /// Lays state dicts out in another way; what was open is closed.
    pub fn arrange(&mut self, artifact: &Artifact, arrangement: Arrangement) {
        *self = Self::arranged(artifact, Arc::clone(&self.measured), arrangement);
    }

    /// How state dicts are laid out.
    pub fn arrangement(&self) -> Arrangement {
        self.arrangement
    }

    /// State dicts and sizes.
    pub fn measured(&self) -> &Arc<Measured> {
        &self.measured
    }

    /// The rows of a state dict, or of a group of one.
    pub(super) fn dict_rows(&self, artifact: &Artifact, row: &Row) -> Option<Vec<Row>> {
        let depth = row.depth + 1;
        match row.what {
            What::Node { part, node, .. } => {
                let dict = self.measured.of_node(part, node)?;
                Some(dict_rows(artifact, dict, (part, node), depth, self.arrangement))
            }
            What::Prefix { of, group, range } => {
                // The root of a file of arrays stands for the flat list too.
                let group = group.filter(|group| *group != 0 || !self.arrangement.flat);
                let dict = self.measured.dict(of)?;
                Some(rows(artifact, dict, of, group, range, depth, self.arrangement))
            }
            _ => None,
        }
    }

    /// Opens what is needed to show an array that belongs to no pickle, and gives its row.
    pub fn reveal_array(&mut self, artifact: &Artifact, array: usize) -> Option<usize> {
        let at = self.rows.iter().position(|row| matches!(row.what, What::Prefix { of: Of::Arrays, .. }));
        let Some(mut at) = at else { return self.rows.iter().position(|row| row.what == What::Array(array)) };
        for _ in 0..STEPS {
            self.open(artifact, at);
            let leads = |row: &Row| match row.what {
                What::Array(i) => i == array,
                What::Prefix { of, group, range } => self.leads(of, group, range, array),
                _ => false,
            };
            at = self.below(at).find(|(_, row)| leads(row)).map(|(i, _)| i)?;
            if self.rows.get(at).is_some_and(|row| row.what == What::Array(array)) {
                return Some(at);
            }
        }
        None
    }

    /// The array at a position of a dict, if that is the state dict of a shard and stands in the tree of all shards.
    pub(super) fn in_whole(&self, artifact: &Artifact, part: usize, dict: NodeId, position: usize) -> Option<usize> {
        let pickled = artifact.pickled(part).filter(|_| !artifact.whole.is_empty())?;
        let graph = &pickled.decoded.graph;
        let (_, child) = Children::of(graph, &pickled.known, dict).get(graph, position)?;
        let array = artifact.array_of(part, child)?;
        (pickled.root() == Some(dict) && artifact.is_in_whole(array)).then_some(array)
    }

    pub(super) fn leads(&self, of: Of, group: Option<u32>, range: Option<(usize, usize)>, position: usize) -> bool {
        let file_order = self.arrangement.file_order;
        self.measured.dict(of).is_some_and(|dict| leads_to(dict, group, range, position, file_order))
    }

    /// The rows one level below a row, with their positions.
    fn below(&self, at: usize) -> impl Iterator<Item = (usize, &Row)> {
        let depth = self.rows.get(at).map_or(0, |row| row.depth);
        let all = self.rows.iter().enumerate().skip(at + 1).take_while(move |(_, row)| row.depth > depth);
        all.filter(move |(_, row)| row.depth == depth + 1)
    }

    /// The name of a member of a state dict where it stands, and what it is tied to.
    pub(super) fn member(&self, place: Place) -> Option<(String, Option<Badge>)> {
        let dict = self.measured.dict(place.of)?;
        let member = dict.members.get(place.member as usize)?;
        let name = if place.flat { &member.key } else { member.name() };
        Some((escape::plain(name), tie(dict, place.member)))
    }
}

/// The rows of a group (None: the flat list), or of a range of its children.
fn rows(
    artifact: &Artifact,
    dict: &StateDict,
    of: Of,
    group: Option<u32>,
    range: Option<(usize, usize)>,
    depth: u16,
    arrangement: Arrangement,
) -> Vec<Row> {
    let children = dict.children(group, arrangement.file_order);
    let (start, end) = range.unwrap_or((0, children.len()));
    if end - start > RANGE {
        let mut step = RANGE;
        while (end - start).div_ceil(step) > RANGE {
            step = step.saturating_mul(RANGE);
        }
        return (start..end)
            .step_by(step)
            .map(|from| row(What::Prefix { of, group, range: Some((from, (from + step).min(end))) }, depth, true))
            .collect();
    }
    let children = children.get(start..end).unwrap_or(&[]);
    children.iter().filter_map(|child| child_row(artifact, dict, of, *child, depth, group.is_none())).collect()
}

fn child_row(artifact: &Artifact, dict: &StateDict, of: Of, child: Child, depth: u16, flat: bool) -> Option<Row> {
    let member = match child {
        Child::Group(group) => return Some(row(What::Prefix { of, group: Some(group), range: None }, depth, true)),
        Child::Member(member) => member,
    };
    let position = dict.members.get(member as usize)?.position;
    let made = match of {
        Of::Arrays => row(What::Array(position), depth, false),
        Of::Node { part, node } => {
            let pickled = artifact.pickled(part)?;
            let graph = &pickled.decoded.graph;
            let (edge, child) = Children::of(graph, &pickled.known, node).get(graph, position)?;
            row(What::Node { part, node: child, edge: Ok(edge) }, depth, can_open(artifact, part, pickled, child))
        }
    };
    Some(Row { place: Some(Place { of, member, flat }), ..made })
}

/// The rows of a dict that is a state dict: its groups, and then what else it has, such as `_metadata`.
fn dict_rows(
    artifact: &Artifact,
    dict: &StateDict,
    (part, node): (usize, NodeId),
    depth: u16,
    arrangement: Arrangement,
) -> Vec<Row> {
    let group = (!arrangement.flat).then_some(0);
    let mut all = rows(artifact, dict, Of::Node { part, node }, group, None, depth, arrangement);
    if let Some(pickled) = artifact.pickled(part) {
        let graph = &pickled.decoded.graph;
        let children = Children::of(graph, &pickled.known, node);
        let rest = children.iter(graph).filter(|(edge, _)| !matches!(edge, Edge::Entry(_))).take(RANGE);
        all.extend(rest.map(|(edge, child)| {
            row(What::Node { part, node: child, edge: Ok(edge) }, depth, can_open(artifact, part, pickled, child))
        }));
    }
    all
}

/// True if the row of a group, or of a range of it, leads to the member at `position`.
fn leads_to(
    dict: &StateDict,
    group: Option<u32>,
    range: Option<(usize, usize)>,
    position: usize,
    file_order: bool,
) -> bool {
    let Some(way) = dict.at(position).and_then(|member| dict.way(group, member)) else { return false };
    let Some((start, end)) = range else { return true };
    let children = dict.children(group, file_order).get(start..end);
    children.is_some_and(|children| children.contains(&way))
}

/// Key and value of the row of a group or range.
pub(super) fn words(
    dict: &StateDict,
    group: Option<u32>,
    range: Option<(usize, usize)>,
    file_order: bool,
) -> (String, String, u64) {
    let children = dict.children(group, file_order);
    if let Some((start, end)) = range {
        let name = |i: usize| children.get(i).map_or("", |child| dict.name(*child));
        let last = end.saturating_sub(1);
        let count = number::count((end - start) as u64, "item");
        return (format!("{} … {}", name(start), name(last)), count, 0);
    }
    let Some(group) = dict.groups.get(group.unwrap_or(0) as usize) else { return Default::default() };
    (group.name.to_string(), sums_text(&group.sums), group.sums.bytes)
}

/// `62 tensors, 11.7 M params`: short enough for a row.
pub fn sums_text(sums: &Sums) -> String {
    let tensors = number::count(sums.tensors, "tensor");
    match sums.parameters {
        0 => tensors,
        n => format!("{tensors}, {} {}", number::compact(n), if n == 1 { "param" } else { "params" }),
    }
}

/// What ties a member to another.
fn tie(dict: &StateDict, member: u32) -> Option<Badge> {
    let (other, same) = dict.other(member)?;
    let name = escape::plain(&other.key);
    Some(if same { Badge::Tied(name) } else { Badge::SharedStorage(name) })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bytes::{Bytes, Limits, Progress};
    use crate::formats;

    fn open(name: &str) -> Artifact {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/files").join(name);
        formats::open(&path, &Limits::default(), &Progress::new()).unwrap()
    }

    fn keys(outline: &Outline, artifact: &Artifact) -> Vec<String> {
        (0..outline.rows().len()).map(|i| outline.label(artifact, i).unwrap().key).collect()
    }

    /// A safetensors file of one-byte tensors.
    fn safetensors(names: impl Iterator<Item = String>) -> Artifact {
        let mut header = serde_json::Map::new();
        for (i, name) in names.enumerate() {
            let tensor = serde_json::json!({"dtype": "U8", "shape": [1], "data_offsets": [i, i + 1]});
            header.insert(name, tensor);
        }
        let n = header.len();
        let text = serde_json::Value::Object(header).to_string().into_bytes();
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text);
        bytes.extend(vec![0; n]);
        formats::read(Path::new("model.safetensors"), Bytes::from_vec(bytes), &Limits::default(), &Progress::new())
    }

    #[test]
    fn keys_are_grouped_at_their_dots_in_natural_order() {
        let names = ["h.10.w", "h.10.b", "h.2.w", "h.2.b", "ln.w", "head"];
        let artifact = safetensors(names.iter().map(|name| (*name).to_owned()));
        let mut outline = Outline::new(&artifact);
        // A group of one member is only clicked through: ln.w stands at once.
        assert_eq!(keys(&outline, &artifact), ["root", "h", "head", "ln.w"]);
        assert_eq!(outline.label(&artifact, 0).unwrap().description.value, "6 tensors, 6 params");
        outline.open(&artifact, 1);
        assert_eq!(keys(&outline, &artifact), ["root", "h", "2", "10", "head", "ln.w"]);
        assert_eq!(outline.label(&artifact, 2).unwrap().description.size, Some(2));
        outline.arrange(&artifact, Arrangement { flat: false, file_order: true });
        assert_eq!(keys(&outline, &artifact), ["root", "h", "ln.w", "head"]);
        outline.arrange(&artifact, Arrangement { flat: true, file_order: false });
        assert_eq!(keys(&outline, &artifact), ["root", "h.2.b", "h.2.w", "h.10.b", "h.10.w", "head", "ln.w"]);
        assert_eq!(outline.path(&artifact, 3).unwrap(), "$[\"h.10.b\"]");
    }

    #[test]
    fn an_array_is_revealed_in_its_group() {
        let artifact = safetensors((0..1000).flat_map(|i| (0..3).map(move |j| format!("a.b.{i}.{j}"))));
        let mut outline = Outline::new(&artifact);
        let wanted = artifact.arrays.iter().position(|array| &*array.path == "$[\"a.b.777.1\"]").unwrap();
        let at = outline.reveal_array(&artifact, wanted).unwrap();
        assert_eq!(outline.path(&artifact, at).unwrap(), "$[\"a.b.777.1\"]");
        assert_eq!(outline.label(&artifact, at).unwrap().key, "1");
        assert!(outline.rows().len() < 300, "only what leads there is opened");
    }

    #[test]
    fn a_checkpoint_of_pytorch_is_grouped_summed_and_tied() {
        // tests/python/make_torch.py: the numbers are PyTorch's.
        let artifact = open("tied.pt");
        let mut outline = Outline::new(&artifact);
        let at = |outline: &Outline, key: &str| keys(outline, &artifact).iter().position(|k| k == key).unwrap();
        let model = at(&outline, "model");
        let label = outline.label(&artifact, model).unwrap();
        assert_eq!(label.description.size, Some(8712));
        assert_eq!(label.description.value, "14 tensors, 2,144 params");
        outline.open(&artifact, model);
        let head = outline.label(&artifact, at(&outline, "lm_head.weight")).unwrap();
        assert_eq!(head.badges, [Badge::Tied("transformer.wte.weight".to_owned())]);
        let (pickle, steps) = {
            let place = crate::view::paths::resolve(&artifact, "$[\"model\"][\"transformer.h.1.ln.bias\"]").unwrap();
            crate::view::paths::steps_to(artifact.pickled(place.part).unwrap(), place.node).unwrap()
        };
        let row = outline.reveal(&artifact, 0, pickle, &steps).unwrap();
        assert_eq!(outline.path(&artifact, row).unwrap(), "$[\"model\"][\"transformer.h.1.ln.bias\"]");
        assert_eq!(outline.label(&artifact, row).unwrap().key, "bias");
    }

    #[test]
    fn a_hundred_thousand_keys_are_grouped_in_no_time() {
        let names = (0..1000).flat_map(|i| (0..100).map(move |j| format!("model.layers.{i}.mlp.{j}.weight")));
        let artifact = safetensors(names);
        let started = std::time::Instant::now();
        let mut outline = Outline::new(&artifact);
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
        let started = std::time::Instant::now();
        outline.open(&artifact, 1);
        (0..outline.rows().len()).for_each(|i| assert!(outline.label(&artifact, i).is_some()));
        assert!(started.elapsed().as_millis() < 500, "{:?}", started.elapsed());
    }
}
