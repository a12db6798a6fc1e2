//! What is written in another form: models of gradient boosting, as files of their own and as the bytes or text that a Booster
//! object of a pickle holds, and code objects in the bytes of a pickle.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::arrays;
use super::children::Children;
use super::document::Parsed;
use super::known::Role;
use super::walk::Walk;
use super::{Body, Part, Pickled, Reader, catboost, json, lightgbm, marshal, ubjson, xgboost};
use crate::bytes::{Bytes, Error, ErrorKind, Span, StreamId};
use crate::container::Kind;
use crate::container::sniff::Booster;
use crate::pickle::{Arg, Kind as NodeKind, NodeId, Ops, Symbol, Value, decode};

/// Attributes that hold a model, by the class of the object.
fn attributes(class: &Symbol) -> &'static [&'static str] {
    match (class.module.split('.').next().unwrap_or(""), &*class.name) {
        ("xgboost", "Booster") => &["handle"],
        // 3.x and 4.x.
        ("lightgbm", "Booster") => &["handle", "_handle"],
        ("catboost", _) => &["__model"],
        _ => &[],
    }
}

/// Bytes of a pickle that are looked at as code.
const MOST_CODES: usize = 100;
/// A code object has at least its counts and eight values.
const SHORTEST_CODE: u64 = 40;
/// Longest code that is read.
const MOST_CODE: u64 = 16 << 20;

/// A model found in a pickle.
struct Found {
    node: NodeId,
    path: String,
    bytes: Bytes,
    /// Where they stand, or what holds them.
    place: Span,
    form: Booster,
}

impl Reader<'_> {
    /// Reads a file that looks like a model, and gives its word. Some of them could be pickles at the same time, which
    /// a loader would run: then they are.
    pub(super) fn booster_file(&mut self, id: StreamId, form: Booster) -> &'static str {
        let Some(stream) = self.streams.get(id) else { return form.word() };
        let (name, bytes) = (stream.name.clone(), stream.bytes.clone());
        if matches!(form, Booster::Catboost | Booster::XgboostBinary) {
            let decoded = decode(&bytes, Some(&mut super::joblib::Joblib), self.limits, self.progress);
            let first = decoded.pickles.first();
            if first.is_some_and(|first| first.is_complete()) || !decoded.effects.is_empty() {
                self.add_pickle(name, id, decoded, 0, super::artifact::Raw::Joblib);
                return "pickle";
            }
        }
        self.progress.phase("Reading", bytes.len());
        let parsed = self.parse(&bytes, form);
        self.add_document(name, id, form, parsed, "$", None);
        form.word()
    }

    /// Opens the code objects that bytes of the pickle `part` hold: those that `marshal.loads` is called with, and those that
    /// are nothing else to their last byte.
    pub(super) fn held_code(&mut self, part: usize) {
        let Some(Part { body: Body::Pickle(pickled), .. }) = self.parts.get(part) else { return };
        let found = codes(pickled);
        if found.is_empty() {
            return;
        }
        for (node, path, called) in placed(pickled, &found) {
            let Some(Part { body: Body::Pickle(pickled), .. }) = self.parts.get(part) else { return };
            let Ok(Some(bytes)) = content(pickled, node, &self.outside.buffers) else { continue };
            if bytes.len() > MOST_CODE {
                continue;
            }
            let stands = Arc::ptr_eq(bytes.source(), pickled.decoded.bytes.source());
            let place = match stands {
                true => bytes.span(0, bytes.len()),
                false => pickled.decoded.bytes.span(pickled.decoded.graph.offset(node), 1),
            };
            let trial = marshal::read(&bytes, self.limits, self.progress);
            if !called && !marshal::is_code(&trial) {
                continue;
            }
            let Ok(id) = self.streams.held(&path, bytes, place).map_err(|error| self.problems.push(error)) else {
                continue;
            };
            let Some(bytes) = self.streams.get(id).map(|stream| stream.bytes.clone()) else { continue };
            // Read again, so that its places are those of its stream.
            let parsed = marshal::read(&bytes, self.limits, self.progress);
            self.problems.extend(parsed.decoded.problems.iter().cloned());
            let base = format!("{path}<code>");
            let (document, _) = parsed.document(marshal::WHAT, self.parts.len(), &base, Some((part, node)));
            self.parts.push(Part { name: path.into(), stream: id, body: Body::Document(Box::new(document)) });
        }
    }

    /// Opens the models that objects of the pickle `part` hold.
    pub(super) fn held(&mut self, part: usize) {
        let Some(Part { body: Body::Pickle(pickled), .. }) = self.parts.get(part) else { return };
        if !pickled.decoded.graph.symbols().iter().any(|symbol| !attributes(symbol).is_empty()) {
            return;
        }
        let found = find(pickled, &self.outside.buffers);
        for Found { node, path, bytes, place, form } in found {
            let id = match self.streams.held(&path, bytes, place) {
                Ok(id) => id,
                Err(error) => {
                    self.problems.push(error);
                    continue;
                }
            };
            let Some(bytes) = self.streams.get(id).map(|stream| stream.bytes.clone()) else { continue };
            let base = format!("{path}<model>");
            let parsed = self.parse(&bytes, form);
            self.add_document(path.into(), id, form, parsed, &base, Some((part, node)));
        }
    }

    fn parse(&mut self, bytes: &Bytes, form: Booster) -> Parsed {
        match form {
            Booster::XgboostUbjson => ubjson::read(bytes, self.limits, self.progress),
            Booster::XgboostJson => json::read(bytes, self.limits, self.progress),
            Booster::XgboostBinary => xgboost::read(bytes, self.limits),
            Booster::LightgbmText => lightgbm::read(bytes, self.limits, self.progress),
            Booster::Catboost => catboost::read(bytes, self.limits),
        }
    }

    fn add_document(
        &mut self,
        name: Box<str>,
        stream: StreamId,
        form: Booster,
        parsed: Parsed,
        base: &str,
        inside: Option<(usize, NodeId)>,
    ) {
        self.problems.extend(parsed.decoded.problems.iter().cloned());
        let (document, arrays) = parsed.document(form.what(), self.parts.len(), base, inside);
        if inside.is_some() {
            self.held_arrays.extend(arrays);
        } else {
            self.arrays.extend(arrays);
        }
        self.parts.push(Part { name, stream, body: Body::Document(Box::new(document)) });
    }
}

/// The models in a pickle, in the order of their paths.
fn find(pickled: &Pickled, buffers: &arrays::Buffers) -> Vec<Found> {
    let graph = &pickled.decoded.graph;
    let mut all: Vec<Found> = Vec::new();
    let mut walk = Walk::new(graph, &pickled.known);
    for (i, pickle) in pickled.decoded.top().enumerate() {
        let Some(root) = pickle.root.filter(|root| walk.enter(*root, &pickled.prefix(i))) else { continue };
        let mut next = Some(root);
        while let Some(object) = next {
            for name in graph.class(object).map_or(&[][..], attributes) {
                let Some(node) = graph.attribute(object, name) else { continue };
                // A problem of the reading is one of the pickle, and named there.
                let Ok(Some(bytes)) = content(pickled, node, buffers) else { continue };
                if let Some(form) = form(&bytes) {
                    let stands = Arc::ptr_eq(bytes.source(), pickled.decoded.bytes.source());
                    let place = match stands {
                        true => bytes.span(0, bytes.len()),
                        false => pickled.decoded.bytes.span(graph.offset(node), 1),
                    };
                    all.push(Found { node, path: format!("{}.{name}", walk.path()), bytes, place, form });
                }
            }
            next = walk.advance();
        }
    }
    all
}

/// The bytes of a pickle that may be code objects, and whether `marshal.loads` is called with them.
fn codes(pickled: &Pickled) -> HashMap<NodeId, bool> {
    let graph = &pickled.decoded.graph;
    let mut found = HashMap::new();
    let loads = |node: NodeId| graph.symbol(node).is_some_and(|symbol| symbol.is("marshal", "loads"));
    let called = graph.symbols().iter().any(|symbol| symbol.is("marshal", "loads"));
    if !called && !graph.holds_bytes() {
        return found;
    }
    for id in graph.ids() {
        if found.len() >= MOST_CODES {
            break;
        }
        match graph.kind(id) {
            NodeKind::Bytes | NodeKind::ByteArray | NodeKind::Str8 => {
                let (Value::Bytes(data) | Value::ByteArray(data) | Value::Str8(data)) = graph.value(id) else {
                    continue;
                };
                if data.len >= SHORTEST_CODE && marshal::begins_like_code(data.kept) {
                    found.entry(id).or_insert(false);
                }
            }
            NodeKind::Object if called => {
                let Some(object) = graph.object(id).filter(|object| loads(object.callee)) else { continue };
                found.extend(graph.items(object.args).and_then(|args| args.first()).map(|node| (*node, true)));
            }
            _ => {}
        }
    }
    found
}

/// Nodes with the paths at which they stand first.
fn placed(pickled: &Pickled, wanted: &HashMap<NodeId, bool>) -> Vec<(NodeId, String, bool)> {
    let graph = &pickled.decoded.graph;
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    let mut walk = Walk::new(graph, &pickled.known);
    for (i, pickle) in pickled.decoded.top().enumerate() {
        let prefix = pickled.prefix(i);
        let Some(root) = pickle.root else { continue };
        if let Some(called) = wanted.get(&root).filter(|_| seen.insert(root)) {
            all.push((root, prefix.clone(), *called));
        }
        let mut next = Some(root).filter(|root| walk.enter(*root, &prefix));
        while let Some(object) = next {
            for (edge, child) in Children::of(graph, &pickled.known, object).iter(graph) {
                if let Some(called) = wanted.get(&child)
                    && seen.insert(child)
                {
                    let mut path = walk.path();
                    edge.write(graph, &mut path);
                    all.push((child, path, *called));
                }
            }
            if all.len() == wanted.len() {
                return all;
            }
            next = walk.advance();
        }
    }
    all
}

fn form(bytes: &Bytes) -> Option<Booster> {
    let head = bytes.head(crate::container::sniff::HEAD).ok()?;
    match crate::container::sniff::sniff(&head, bytes.len()) {
        Kind::Booster(form) => Some(form),
        _ => None,
    }
}

/// The bytes of a bytes-like object; text as it is encoded, since LightGBM's handle is a str.
fn content(pickled: &Pickled, node: NodeId, buffers: &arrays::Buffers) -> Result<Option<Bytes>, Error> {
    let decoded = &pickled.decoded;
    let graph = &decoded.graph;
    // Python 3 writes a bytearray in protocol 2 as a call on a call: `bytearray(_codecs.encode(text, "latin1"))`.
    if let Value::Object(object) = graph.value(node)
        && let Some([inner, ..]) = graph.items(object.args)
        && pickled.known.role(graph, node) == Role::BytesCall
        && pickled.known.role(graph, *inner) == Role::Encode
    {
        return arrays::content(decoded, *inner, buffers);
    }
    let Value::Text(text) = graph.value(node) else { return arrays::content(decoded, node, buffers) };
    if text.is_whole() {
        return Ok(Some(Bytes::from_vec(text.kept.to_vec())));
    }
    if let Some(at) = text.at {
        return decoded.bytes.slice(at, text.len).map(Some);
    }
    // Escaped in the stream: the opcode's argument, decoded.
    let op = Ops::new(&decoded.bytes, &[], graph.offset(node), 0).next();
    match op.transpose()?.map(|op| op.arg) {
        Some(Arg::Text(text)) => Ok(Some(Bytes::from_vec(text))),
        Some(Arg::Long { .. }) => {
            let at = decoded.bytes.span(graph.offset(node), 1);
            Err(Error { at, kind: ErrorKind::Limit { what: "escaped text", limit: crate::pickle::ARG_SHOWN } })
        }
        _ => Ok(None),
    }
}
