//! Sharded checkpoints: an index (`*.index.json`) says which file beside it holds which tensor. All shards are opened as
//! one artifact and their tensors as one state dict; a shard that is missing is a problem. A shard that is opened by itself
//! says what it belongs to.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path};

use serde_json::{Map, Value};

use super::arrays::any_text;
use super::children::{Children, Edge};
use super::known::Role;
use super::{Body, Part, Pickled, Reader};
use crate::bytes::{Bytes, Error, ErrorKind, Span, StreamId};
use crate::pickle::NodeId;

/// Shards of one checkpoint. The largest models have a few hundred.
const MOST_SHARDS: usize = 10_000;
/// Problems of one kind that are kept.
const KEPT: usize = 100;
/// Files of a folder among which an index is looked for.
const FOLDER: usize = 10_000;

impl Reader<'_> {
    /// Opens the shards that the index in stream `id` names. False if it is no index.
    pub(super) fn sharded(&mut self, id: StreamId, words: &mut Vec<&'static str>, before: usize) -> bool {
        let Some(bytes) = self.streams.get(id).map(|stream| stream.bytes.clone()) else { return false };
        let Some(index) = read(&bytes, self.limits.header_bytes) else { return false };
        let Some(Value::Object(map)) = index.get("weight_map") else { return false };
        words.truncate(before);
        words.push("sharded");
        let at = bytes.span(0, bytes.len());
        let (mut files, mut seen) = (Vec::new(), HashSet::new());
        for file in map.values().filter_map(Value::as_str) {
            if seen.insert(file) {
                files.push(file);
            }
        }
        if files.len() > MOST_SHARDS {
            let kind = ErrorKind::Limit { what: "shards", limit: MOST_SHARDS as u64 };
            self.problems.push(Error { at, kind });
        }
        let mut opened = HashSet::new();
        for file in files.iter().take(MOST_SHARDS) {
            if self.progress.is_cancelled() {
                return true;
            }
            match self.shard(file, at) {
                Ok(shard) => {
                    opened.insert(*file);
                    let mut inside = Vec::new();
                    self.stream(shard, &mut inside);
                    if words.len() == before + 1 {
                        words.extend(inside);
                    }
                }
                Err(error) => self.problems.push(error),
            }
        }
        self.merge(map, &opened, at);
        self.facts(id, &index, map.len(), files.len());
        true
    }

    /// The file of a shard, beside the index or in a folder below. Its name is the index's word: it must not lead anywhere
    /// else.
    fn shard(&mut self, file: &str, at: Span) -> Result<StreamId, Error> {
        let inside = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || file.is_empty() || file.contains(['\\', ':']) {
            let message = format!("shard {file:?} is not in the folder of the index; it is not opened");
            return Err(Error { at, kind: ErrorKind::Header { what: "index", message } });
        }
        let missing = || Error { at, kind: ErrorKind::MissingCompanion(format!("shard {file}")) };
        let path = self.folder.as_ref().ok_or_else(missing)?.join(file);
        let bytes = Bytes::open(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => missing(),
            _ => Error { at, kind: ErrorKind::Io(format!("shard {file}: {e}")) },
        })?;
        self.streams.beside(file, bytes, self.progress)
    }

    /// What the index says of the whole.
    fn facts(&mut self, id: StreamId, index: &Map<String, Value>, tensors: usize, shards: usize) {
        let mut facts =
            vec![("tensors".into(), tensors.to_string().into()), ("shards".into(), shards.to_string().into())];
        for (key, value) in index.get("metadata").and_then(Value::as_object).into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            facts.push((key.as_str().into(), text.into()));
        }
        self.parts.push(Part { name: "index".into(), stream: id, body: Body::Facts(facts) });
    }

    /// Compares what the index promises with what the shards that could be opened hold, and makes one list of it.
    fn merge(&mut self, map: &Map<String, Value>, opened: &HashSet<&str>, at: Span) {
        let entries = self.entries();
        let by_name: HashMap<(&str, &str), Option<usize>> =
            entries.iter().map(|entry| ((&*entry.file, &*entry.name), entry.array)).collect();
        let (mut whole, mut problems) = (Vec::new(), Vec::new());
        let mut named = HashSet::new();
        for (name, file) in map {
            let Some(file) = file.as_str() else {
                problems.push(format!("tensor {name:?} has no file"));
                continue;
            };
            named.insert((file, name.as_str()));
            match by_name.get(&(file, name.as_str())) {
                Some(array) => whole.extend(array.map(|array| (name.as_str().into(), array))),
                None if opened.contains(file) => problems.push(format!("tensor {name:?} is not in {file}")),
                None => {}
            }
        }
        for entry in &entries {
            if let Some(array) = entry.array
                && !named.contains(&(&*entry.file, &*entry.name))
            {
                problems.push(format!("tensor {:?} of {} is not in the index", entry.name, entry.file));
                whole.push((entry.name.clone(), array));
            }
        }
        let kind = |message| ErrorKind::Header { what: "index", message };
        self.problems.extend(problems.into_iter().take(KEPT).map(|message| Error { at, kind: kind(message) }));
        self.whole = whole;
    }

    /// What the shards hold by name: the entries of their state dicts, or their tensors where they have nothing else.
    fn entries(&self) -> Vec<Entry> {
        let mut all = Vec::new();
        let by_node: HashMap<(usize, u32), usize> =
            self.arrays.iter().enumerate().filter_map(|(i, array)| Some(((array.part, array.node?), i))).collect();
        for (part, found) in self.parts.iter().enumerate() {
            let file = self.shard_of(found.stream);
            match &found.body {
                Body::Array(i) => {
                    let path = self.arrays.get(*i).and_then(|array| array.path.strip_prefix("$[")?.strip_suffix(']'));
                    if let Some(name) = path.and_then(|text| serde_json::from_str::<String>(text).ok()) {
                        all.push(Entry { file: file.into(), name: name.into(), array: Some(*i) });
                    }
                }
                Body::Pickle(pickled) => {
                    let graph = &pickled.decoded.graph;
                    let Some(root) = pickled.root() else { continue };
                    for (edge, child) in Children::of(graph, &pickled.known, root).iter(graph) {
                        let Edge::Entry(key) = edge else { continue };
                        let Some(name) = any_text(graph, key) else { continue };
                        let array = self.array_in(pickled, part, child, &by_node);
                        all.push(Entry { file: file.into(), name: name.into(), array });
                    }
                }
                _ => {}
            }
        }
        all
    }

    /// The tensor that an entry is, by itself or as a parameter.
    fn array_in(
        &self,
        pickled: &Pickled,
        part: usize,
        node: NodeId,
        by: &HashMap<(usize, u32), usize>,
    ) -> Option<usize> {
        let graph = &pickled.decoded.graph;
        let inside = || {
            let object = graph.object(node).filter(|_| pickled.known.role(graph, node) == Role::Parameter)?;
            graph.items(object.args)?.first().copied()
        };
        let found = |node: NodeId| by.get(&(part, node.raw())).copied();
        found(node).or_else(|| found(inside()?))
    }

    /// The file beside the index that a stream comes from.
    fn shard_of(&self, stream: StreamId) -> &str {
        let mut stream = self.streams.get(stream);
        while let Some(from) = stream.and_then(|stream| stream.from) {
            stream = self.streams.get(from.place.stream);
        }
        stream.map_or("", |stream| &*stream.name)
    }

    /// Says of a shard that was opened by itself what it is a part of.
    pub(super) fn belongs_to_index(&mut self, path: &Path, bytes: &Bytes) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return };
        let Some(shard) = Numbered::of(name) else { return };
        let index = self.folder.as_ref().and_then(|folder| index_of(folder, name, &shard, self.limits.header_bytes));
        let Numbered { whole, number, count } = shard;
        let message = match index {
            Some(index) => format!("this is shard {number} of {count} of {whole}: open {index} to see all of it"),
            None => format!("this is shard {number} of {count} of {whole}, of which no index lies beside it"),
        };
        self.problems.push(Error { at: bytes.span(0, 0), kind: ErrorKind::Oddity(message) });
    }
}

/// An entry of a shard's state dict.
struct Entry {
    file: Box<str>,
    name: Box<str>,
    /// Its position among the arrays, if it is one.
    array: Option<usize>,
}

/// What the name of a shard says: `model-00001-of-00003.safetensors`.
struct Numbered {
    /// The name without the number.
    whole: String,
    number: u64,
    count: u64,
}

impl Numbered {
    fn of(name: &str) -> Option<Self> {
        let (before, rest) = name.rsplit_once("-of-")?;
        let (stem, number) = before.rsplit_once('-')?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (count, ending) = rest.split_at_checked(digits)?;
        // transformers and the like write five digits; a date is none of these.
        let is_number = |text: &str| (4..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(number) || !is_number(count) || stem.is_empty() || !ending.starts_with('.') {
            return None;
        }
        let (number, count) = (number.parse().ok()?, count.parse().ok()?);
        (number <= count).then(|| Self { whole: format!("{stem}{ending}"), number, count })
    }
}

/// The index in `folder` that names the shard `name`.
fn index_of(folder: &Path, name: &str, shard: &Numbered, limit: u64) -> Option<String> {
    let names = |index: &str| {
        let found = Bytes::open(&folder.join(index)).ok().and_then(|bytes| read(&bytes, limit))?;
        let map = found.get("weight_map")?.as_object()?;
        map.values().any(|file| file.as_str() == Some(name)).then(|| index.to_owned())
    };
    names(&format!("{}.index.json", shard.whole)).or_else(|| {
        // Variants stand between the words: model.safetensors.index.fp16.json.
        let entries = std::fs::read_dir(folder).ok()?.take(FOLDER).flatten();
        let mut all: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        all.retain(|name| name.ends_with(".json") && name.contains(".index"));
        all.sort();
        all.iter().find_map(|index| names(index))
    })
}

/// The JSON object of an index; None for other JSON, which is not parsed at all where that can be seen.
fn read(bytes: &Bytes, limit: u64) -> Option<Map<String, Value>> {
    let head = bytes.head(64).ok()?;
    if head.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') || bytes.len() > limit {
        return None;
    }
    let text = bytes.read_vec(0, bytes.len()).ok()?;
    memchr::memmem::find(&text, b"\"weight_map\"")?;
    serde_json::from_slice(&text).ok()
}
