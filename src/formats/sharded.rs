//! Sharded checkpoints: an index (`*.index.json`) says which file beside it holds which tensor. All shards are opened as
//! one artifact; one that is missing is a problem.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value};

use super::{Body, Part, Reader};
use crate::bytes::{Bytes, Error, ErrorKind, Span, StreamId};

/// Shards of one checkpoint. The largest models have a few hundred.
const MOST_SHARDS: usize = 10_000;
/// Problems of one kind that are kept.
const KEPT: usize = 100;

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
        self.compare(map, &opened, at);
        self.facts(id, &index, map.len(), files.len());
        true
    }

    /// The file of a shard. Its name is the index's word: it must not lead anywhere else.
    fn shard(&mut self, file: &str, at: Span) -> Result<StreamId, Error> {
        let bare = Path::new(file).file_name().is_some_and(|name| name == file) && !file.contains(['/', '\\', ':']);
        if !bare {
            let message = format!("shard {file:?} is no bare file name; it is not opened");
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

    /// Compares what the index promises with what the shards that could be opened hold.
    fn compare(&mut self, map: &Map<String, Value>, opened: &HashSet<&str>, at: Span) {
        let shard_of = |stream: StreamId| {
            let mut stream = self.streams.get(stream);
            while let Some(from) = stream.and_then(|stream| stream.from) {
                stream = self.streams.get(from.place.stream);
            }
            stream.map_or("", |stream| &*stream.name)
        };
        let held: HashSet<(&str, &str)> = self
            .arrays
            .iter()
            .filter_map(|array| Some((shard_of(self.parts.get(array.part)?.stream), &*array.path)))
            .collect();
        let mut problems = Vec::new();
        for (name, file) in map {
            let Some(file) = file.as_str() else {
                problems.push(format!("tensor {name:?} has no file"));
                continue;
            };
            let path = format!("$[{}]", serde_json::to_string(name).unwrap_or_default());
            // The tensors of modules and of nested dicts have longer paths; only flat ones can be compared.
            if opened.contains(file) && !held.contains(&(file, path.as_str())) {
                problems.push(format!("tensor {name:?} is not in {file}"));
            }
        }
        let kind = |message| ErrorKind::Header { what: "index", message };
        self.problems.extend(problems.into_iter().take(KEPT).map(|message| Error { at, kind: kind(message) }));
    }
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
