//! `info`: what a file is made of.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Format, files, open, problem_json, problem_text, write_json};
use crate::audit;
use crate::bytes::Bytes;
use crate::formats::boosters::Model;
use crate::formats::{Artifact, Pickled};
use crate::pickle::{EffectKind, Pickle};
use crate::view::{booster, escape, number};

/// Calls listed of one pickle; a file of a million objects makes a million calls.
const CALLS_LISTED: usize = 10_000;

pub(super) fn run(paths: &[PathBuf], format: Format, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let mut status = 0;
    let all: Vec<PathBuf> = paths.iter().flat_map(|path| files(path, err)).collect();
    let mut documents = Vec::new();
    for path in &all {
        // The digest reads the whole file: beside the parsing, not after it.
        let (artifact, digest) = std::thread::scope(|scope| {
            let digest = std::thread::Builder::new().name("sha256".to_owned()).spawn_scoped(scope, || digest(path));
            let artifact = open(path, err);
            (artifact, digest.ok().and_then(|handle| handle.join().ok()).flatten())
        });
        let Some(artifact) = artifact else {
            status = 2;
            continue;
        };
        let digest = digest.or_else(|| sha256(&artifact.bytes));
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

fn digest(path: &Path) -> Option<String> {
    if path == Path::new("-") {
        return None;
    }
    sha256(&Bytes::open(path).ok()?)
}

fn sha256(bytes: &Bytes) -> Option<String> {
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
    json!({
        "schema": "picklescope.info/1",
        "path": artifact.path.to_string_lossy(),
        "bytes": artifact.bytes.len(),
        "sha256": digest,
        "container": artifact.container,
        "pickles": pickles,
        "n_arrays": artifact.own_arrays().len(),
        "n_objects": artifact.n_objects(),
        "problems": artifact.problems.iter().map(|p| problem_json(artifact, p)).collect::<Vec<_>>(),
    })
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
    writeln!(out, "{}", escape::plain(&artifact.path.to_string_lossy()))?;
    let container =
        if artifact.container.is_empty() { "not recognised".to_owned() } else { artifact.container.join(" > ") };
    writeln!(out, "  {container}, {}", number::size(artifact.bytes.len()))?;
    if let Some(digest) = digest {
        writeln!(out, "  sha256 {digest}")?;
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
    for part in 0..artifact.parts.len() {
        let Some(model) = Model::of_part(artifact, part) else { continue };
        let name = artifact.parts.get(part).map_or("", |part| &part.name);
        let at = if name.is_empty() { String::new() } else { format!(" at {}", escape::plain(name)) };
        writeln!(out, "  {}{at}", booster::line(&model))?;
    }
    let report = audit::report(artifact);
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
