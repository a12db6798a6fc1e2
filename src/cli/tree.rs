//! `tree`: the objects, indented.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::{Format, open, problem_text, write_json};
use crate::array::ArrayRef;
use crate::bytes::Limits;
use crate::formats::children::{Children, Edge};
use crate::formats::python::is_plain;
use crate::formats::state_dict::natural;
use crate::formats::{Artifact, key_path};
use crate::pickle::NodeId;
use crate::view::describe::{Class, Detail, describe, describe_array};
use crate::view::outline::held_name;
use crate::view::paths::{Place, resolve, roots};
use crate::view::{escape, number};

/// Children printed of one object.
const CHILDREN: usize = 100;
/// Deepest level that is ever printed: the JSON document nests, and its readers recurse.
const DEEPEST: usize = 200;

struct Line {
    depth: usize,
    path: String,
    key: String,
    type_name: String,
    text: String,
    class: Class,
    shared: bool,
    /// Children that are not printed.
    more: usize,
}

pub(super) fn run(
    path: &Path,
    depth: usize,
    at: Option<&str>,
    limits: &Limits,
    format: Format,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let Some(artifact) = open(path, limits, err) else { return Ok(2) };
    let starts = match at {
        Some(at) => match resolve(&artifact, at) {
            Some(place) => vec![(place, at.to_owned())],
            None => {
                writeln!(err, "picklescope: there is no object at {at}")?;
                return Ok(2);
            }
        },
        // What an object holds is printed below it.
        None => {
            let held = |part: usize| artifact.document(part).is_some_and(|document| document.inside.is_some());
            let shown = |place: &Place| !held(place.part) && !is_all_in_whole(&artifact, *place);
            roots(&artifact).into_iter().filter(|(place, _)| shown(place)).collect()
        }
    };
    let whole = at.is_none() && !artifact.whole.is_empty();
    // Arrays that belong to no pickle (npy, npz, safetensors), unless they are shards of one state dict.
    let alone = || artifact.arrays.iter().filter(|array| array.node.is_none() && !whole);
    match format {
        Format::Text => {
            if whole {
                writeln!(out, "$: sharded {}", number::count(artifact.whole.len() as u64, "tensor"))?;
                for (name, array) in members(&artifact, depth) {
                    let described = describe_array(array);
                    let (key, type_name) = (escape::plain(&quoted(name)), described.type_name);
                    writeln!(out, "  [{key}]: {type_name} {}", described.value)?;
                }
            }
            for (place, prefix) in &starts {
                for line in lines(&artifact, *place, prefix, depth.min(DEEPEST)) {
                    let indent = "  ".repeat(line.depth);
                    let shared = if line.shared { " (shared)" } else { "" };
                    let value = if line.text.is_empty() { String::new() } else { format!(" {}", line.text) };
                    writeln!(out, "{indent}{}: {}{value}{shared}", escape::plain(&line.key), line.type_name)?;
                    if line.more > 0 {
                        writeln!(out, "{indent}  … {} more", number::grouped(line.more as u64))?;
                    }
                }
            }
            for array in alone() {
                let dtype = array.dtype.as_ref().map(|dtype| dtype.human()).unwrap_or_default();
                writeln!(out, "{}: {} {dtype} {}", escape::plain(&array.path), array.kind, array.shape_text())?;
            }
            for problem in &artifact.problems {
                writeln!(out, "problem at {}", problem_text(&artifact, problem))?;
            }
        }
        Format::Json => {
            let mut trees: Vec<Value> = Vec::from_iter(whole.then(|| whole_json(&artifact, depth)));
            let starts = starts.iter();
            trees.extend(starts.map(|(place, prefix)| nest(&lines(&artifact, *place, prefix, depth.min(DEEPEST)))));
            trees.extend(alone().map(|array| {
                let dtype = array.dtype.as_ref().map(|dtype| dtype.human()).unwrap_or_default();
                let text = format!("{dtype} {}", array.shape_text());
                json!({"path": array.path, "type": array.kind, "text": text, "shared": false, "children": [], "more": 0})
            }));
            let rest = trees.split_off(trees.len().min(1));
            let mut document = json!({
                "schema": "picklescope.tree/1",
                "path": path.to_string_lossy(),
                "root": trees.pop(),
            });
            // Several pickles in one file, or several arrays: the further ones.
            if let (false, Some(object)) = (rest.is_empty(), document.as_object_mut()) {
                object.insert("roots".to_owned(), rest.into());
            }
            write_json(out, &document)?;
        }
    }
    Ok(0)
}

/// The tensors of a sharded checkpoint by their names, in natural order; none if nothing below the root is wanted.
fn members(artifact: &Artifact, depth: usize) -> Vec<(&str, &ArrayRef)> {
    let named = artifact.whole.iter().filter_map(|(name, i)| Some((&**name, artifact.arrays.get(*i)?)));
    let mut all: Vec<_> = named.filter(|_| depth > 0).collect();
    all.sort_by(|(a, _), (b, _)| natural(a, b));
    all
}

fn quoted(name: &str) -> String {
    serde_json::to_string(name).unwrap_or_default()
}

/// A sharded checkpoint as one object, which no file holds as one.
fn whole_json(artifact: &Artifact, depth: usize) -> Value {
    let children = members(artifact, depth).into_iter().map(|(name, array)| {
        let described = describe_array(array);
        let class = format!("{:?}", described.class).to_lowercase();
        json!({
            "path": key_path(name), "type": described.type_name, "class": class, "text": described.value,
            "shared": false, "children": [], "more": 0, "where": artifact.stream_name(array.span.stream),
        })
    });
    json!({
        "path": "$", "type": "sharded", "class": "dict", "text": number::count(artifact.whole.len() as u64, "tensor"),
        "shared": false, "children": children.collect::<Vec<_>>(), "more": 0,
    })
}

/// True for the root of a shard that holds nothing but tensors of the whole: they are printed there.
fn is_all_in_whole(artifact: &Artifact, place: Place) -> bool {
    let Some(pickled) = artifact.pickled(place.part).filter(|_| !artifact.whole.is_empty()) else { return false };
    let graph = &pickled.decoded.graph;
    let children = Children::of(graph, &pickled.known, place.node);
    let is_one = |node| artifact.array_of(place.part, node).is_some_and(|array| artifact.is_in_whole(array));
    children.positions() > 0 && children.iter(graph).all(|(_, child)| is_one(child))
}

/// The lines of the tree in pre-order. What is open above is not opened again: cycles end.
fn lines(artifact: &Artifact, place: Place, prefix: &str, depth: usize) -> Vec<Line> {
    let mut all = Vec::new();
    // ((part, node), path, key, depth); a None closes the innermost open node.
    type Step = ((usize, NodeId), String, String, usize);
    let mut open: Vec<Option<Step>> = vec![Some(((place.part, place.node), prefix.to_owned(), prefix.to_owned(), 0))];
    let mut above: Vec<(usize, NodeId)> = Vec::new();
    while let Some(next) = open.pop() {
        let Some(((part, node), path, key, level)) = next else {
            above.pop();
            continue;
        };
        let Some(pickled) = artifact.pickled(part) else { continue };
        let graph = &pickled.decoded.graph;
        let described = describe(artifact, part, pickled, node, Detail::Row);
        let children = Children::of(graph, &pickled.known, node);
        let n = children.positions();
        let back = above.contains(&(part, node));
        // One line says all of a date.
        let plain = is_plain(graph, node);
        let expand = level < depth && !back && !plain;
        let mut shown = Vec::new();
        if expand {
            for (edge, child) in children.iter(graph).take(CHILDREN) {
                let mut path = path.clone();
                edge.write(graph, &mut path);
                shown.push(Some(((part, child), path, key_of(graph, edge), level + 1)));
            }
        }
        all.push(Line {
            depth: level,
            path,
            key,
            type_name: described.type_name,
            text: if back { "↩ the same object as above".to_owned() } else { described.value },
            class: described.class,
            shared: graph.is_shared(node) && n > 0,
            more: if back || plain { 0 } else { children.count(graph).saturating_sub(shown.len()) },
        });
        if let Some((inner, root)) = artifact.inside(part, node).filter(|_| expand) {
            let held = artifact.pickled(inner);
            let path = held.map(|p| p.prefix(0)).unwrap_or_default();
            let key = format!("<{}>", held.map_or("model", held_name));
            shown.push(Some(((inner, root), path, key, level + 1)));
        }
        if !shown.is_empty() {
            above.push((part, node));
            open.push(None);
            open.extend(shown.into_iter().rev());
        }
    }
    all
}

fn key_of(graph: &crate::pickle::Graph, edge: Edge) -> String {
    let mut text = String::new();
    edge.write(graph, &mut text);
    text
}

/// Folds lines in pre-order into nested JSON, bottom up.
fn nest(lines: &[Line]) -> Value {
    let mut open: Vec<(usize, Value)> = Vec::new();
    let close = |open: &mut Vec<(usize, Value)>, to: usize| {
        while open.len() > 1 && open.last().is_some_and(|(depth, _)| *depth >= to) {
            let Some((_, child)) = open.pop() else { return };
            if let Some(children) =
                open.last_mut().and_then(|(_, parent)| parent.get_mut("children")).and_then(Value::as_array_mut)
            {
                children.push(child);
            }
        }
    };
    for line in lines {
        close(&mut open, line.depth);
        let class = format!("{:?}", line.class).to_lowercase();
        let value = json!({
            "path": line.path, "type": line.type_name, "class": class, "text": line.text, "shared": line.shared,
            "children": [], "more": line.more,
        });
        open.push((line.depth, value));
    }
    close(&mut open, 1);
    open.pop().map_or(Value::Null, |(_, root)| root)
}
