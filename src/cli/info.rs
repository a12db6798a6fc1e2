//! `info`: what a file is made of.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::watch::watched;
use super::{Format, files, open, problem_json, problem_text, write_json};
use crate::audit;
use crate::bytes::{Bytes, Limits, Progress};
use crate::formats::boosters::Model;
use crate::formats::{Artifact, Body, Part, Pickled};
use crate::pickle::{EffectKind, Pickle};
use crate::view::{booster, escape, number};

/// Calls listed of one pickle; a file of a million objects makes a million calls.
const CALLS_LISTED: usize = 10_000;
/// Facts printed of one part.
const FACTS_LISTED: usize = 100;
/// Files up to this size are digested without being asked: a checkpoint is understood from a few kilobytes of its
/// gigabytes, and a digest reads them all.
const DIGESTED: u64 = 64 << 20;

pub(super) fn run(
    paths: &[PathBuf],
    sha256: bool,
    limits: &Limits,
    format: Format,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let most = if sha256 { u64::MAX } else { DIGESTED };
    let mut status = 0;
    let all: Vec<PathBuf> = paths.iter().flat_map(|path| files(path, err)).collect();
    let mut documents = Vec::new();
    for path in &all {
        // The digest reads the whole file: beside the parsing, not after it.
        let hashing = Progress::new();
        let (artifact, digest) = std::thread::scope(|scope| {
            let work = || digest(path, most, &hashing);
            let digest = std::thread::Builder::new().name("sha256".to_owned()).spawn_scoped(scope, work);
            let artifact = open(path, limits, err);
            let joined = watched(&hashing, || digest.ok().and_then(|handle| handle.join().ok()));
            (artifact, joined.flatten())
        });
        let Some(artifact) = artifact else {
            status = 2;
            continue;
        };
        let digest = digest.or_else(|| digest_of(&artifact.bytes, most, &hashing));
        match format {
            Format::Json => documents.push(document(&artifact, digest.as_deref())),
            Format::Text => text(&artifact, digest.as_deref(), out)?,
        }
        // Gigabytes of nodes need no tidy farewell at the end of a process.
        std::mem::forget(artifact);
    }
    if format == Format::Json {
        for document in &documents {
            write_json(out, document)?;
        }
    }
    Ok(status)
}

fn digest(path: &Path, most: u64, progress: &Progress) -> Option<String> {
    if path == Path::new("-") {
        return None;
    }
    digest_of(&Bytes::open(path).ok()?, most, progress)
}

/// SHA-256 of `bytes`; None if there are more than `most`.
fn digest_of(bytes: &Bytes, most: u64, progress: &Progress) -> Option<String> {
    if bytes.len() > most {
        return None;
    }
    progress.phase("Hashing", bytes.len());
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut at = 0;
    loop {
        let n = bytes.read_some(at, &mut buffer).ok()?;
        if n == 0 {
            break;
        }
        hash.update(buffer.get(..n)?);
        at += n as u64;
        progress.set(at);
    }
    Some(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

/// Names in the order of the stream, and calls likewise.
fn names(pickled: &Pickled, pickle: &Pickle) -> (Vec<Value>, Vec<String>, u64) {
    let graph = &pickled.decoded.graph;
    let (mut globals, mut calls, mut n_calls) = (Vec::new(), Vec::new(), 0);
    for effect in pickled.decoded.effects.get(pickle.effects.clone()).unwrap_or(&[]) {
        match effect.kind() {
            EffectKind::Import => {
                if let Some(symbol) = graph.symbol(effect.node) {
                    globals.push(json!([symbol.module, symbol.name]));
                }
            }
            EffectKind::Extension => {
                if let crate::pickle::Value::Extension(code) = graph.value(effect.node) {
                    globals.push(json!(["<extension>", code.to_string()]));
                }
            }
            EffectKind::Call => {
                n_calls += 1;
                if calls.len() < CALLS_LISTED {
                    let word = audit::call_word(graph, effect);
                    calls.push(format!("{word} {}", audit::callable_text(graph, effect.subject)));
                }
            }
            _ => {}
        }
    }
    (globals, calls, n_calls)
}

fn document(artifact: &Artifact, digest: Option<&str>) -> Value {
    let mut pickles = Vec::new();
    for (_, part, pickled) in artifact.pickles() {
        for pickle in pickled.decoded.top() {
            let (globals, calls, n_calls) = names(pickled, pickle);
            let nested: Vec<Value> = pickled
                .decoded
                .pickles
                .iter()
                .filter(|inner| inner.inside.is_some() && inner.start >= pickle.start && inner.end <= pickle.end)
                .map(|inner| pickle_json("", inner))
                .collect();
            let mut object = pickle_json(&part.name, pickle);
            if let Some(object) = object.as_object_mut() {
                object.insert("globals".to_owned(), globals.into());
                object.insert("calls".to_owned(), calls.into());
                object.insert("n_calls".to_owned(), n_calls.into());
                if !nested.is_empty() {
                    object.insert("nested".to_owned(), nested.into());
                }
            }
            pickles.push(object);
        }
    }
    let members: Vec<Value> = artifact.parts.iter().filter_map(member_json).collect();
    json!({
        "schema": "picklescope.info/1",
        "path": artifact.path.to_string_lossy(),
        "bytes": artifact.bytes.len(),
        "sha256": digest,
        "container": artifact.container,
        "pickles": pickles,
        "members": members,
        "n_arrays": artifact.own_arrays().len(),
        "n_objects": artifact.n_objects(),
        "problems": artifact.problems.iter().map(|p| problem_json(artifact, p)).collect::<Vec<_>>(),
    })
}

/// What is neither pickle nor array: what it looks to be, and for metadata what they say.
fn member_json(part: &Part) -> Option<Value> {
    match &part.body {
        Body::Opaque(what) => Some(json!({"where": part.name, "kind": what})),
        Body::Text => Some(json!({"where": part.name, "kind": "text"})),
        Body::Facts(facts) => {
            let facts: serde_json::Map<String, Value> =
                facts.iter().map(|(key, value)| (key.to_string(), json!(value))).collect();
            Some(json!({"where": part.name, "kind": "facts", "facts": facts}))
        }
        Body::Pickle(_) | Body::Array(_) | Body::Document(_) => None,
    }
}

fn pickle_json(name: &str, pickle: &Pickle) -> Value {
    json!({
        "where": name,
        "offset": pickle.start,
        "protocol": pickle.protocol,
        "n_ops": pickle.n_ops,
        "stop_offset": pickle.is_complete().then(|| pickle.end - 1),
        "complete": pickle.is_complete(),
    })
}

fn text(artifact: &Artifact, digest: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape::name(artifact.path.as_os_str()))?;
    let container =
        if artifact.container.is_empty() { "not recognised".to_owned() } else { artifact.container.join(" > ") };
    writeln!(out, "  {container}, {}", number::size(artifact.bytes.len()))?;
    match digest {
        Some(digest) => writeln!(out, "  sha256 {digest}")?,
        None => writeln!(out, "  sha256 not computed, since the file is large; --sha256 reads all of it")?,
    }
    let objects = number::count(artifact.n_objects(), "object");
    writeln!(out, "  {objects}, {}", number::count(artifact.own_arrays().len() as u64, "array"))?;
    for (_, part, pickled) in artifact.pickles() {
        for pickle in pickled.decoded.top() {
            let at = if part.name.is_empty() { String::new() } else { format!(" in {}", escape::plain(&part.name)) };
            let end = if pickle.is_complete() { "" } else { ", incomplete" };
            let ops = number::count(pickle.n_ops, "opcode");
            writeln!(out, "  pickle at {:#x}{at}: protocol {}, {ops}{end}", pickle.start, pickle.protocol)?;
        }
    }
    for part in &artifact.parts {
        let name = escape::plain(if part.name.is_empty() { "the file" } else { &part.name });
        match &part.body {
            Body::Opaque(what) => writeln!(out, "  {name}: {what}")?,
            Body::Text => writeln!(out, "  {name}: text")?,
            Body::Facts(facts) => {
                for (key, value) in facts.iter().take(FACTS_LISTED) {
                    writeln!(out, "  {name}: {} = {}", escape::plain(key), escape::plain(value))?;
                }
            }
            Body::Pickle(_) | Body::Array(_) | Body::Document(_) => {}
        }
    }
    for part in 0..artifact.parts.len() {
        let Some(model) = Model::of_part(artifact, part) else { continue };
        let name = artifact.parts.get(part).map_or("", |part| &part.name);
        let at = if name.is_empty() { String::new() } else { format!(" at {}", escape::plain(name)) };
        writeln!(out, "  {}{at}", booster::line(&model))?;
    }
    let report = audit::report(artifact, &audit::Allow::default());
    let (danger, unknown, known) = report.counts();
    writeln!(out, "  calls: {danger} danger, {unknown} unknown, {known} known")?;
    for reach in &report.reaches {
        let times = match (reach.calls, reach.imports) {
            (0, _) => "imported only".to_owned(),
            (1, _) => "called once".to_owned(),
            (n, _) => format!("called {} times", number::grouped(n)),
        };
        writeln!(out, "    {:<8} {} ({times})", reach.verdict.word(), escape::plain(&reach.callable))?;
    }
    for problem in &artifact.problems {
        writeln!(out, "  problem at {}", problem_text(artifact, problem))?;
    }
    Ok(())
}
