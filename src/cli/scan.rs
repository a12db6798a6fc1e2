//! `scan`, first form: every import and call, marked by what it reaches.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{Format, files, open, problem_json, problem_text, write_json};
use crate::audit::{self, FileVerdict, Reach, Report, Verdict, arguments_text, capability_text};
use crate::formats::Artifact;
use crate::pickle::EffectKind;
use crate::view::{escape, number, paths};

/// From which verdict on the exit status is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Unknown calls fail too
    #[default]
    Suspicious,
    /// Only known dangers fail
    Dangerous,
}

pub(super) fn run(
    paths: &[PathBuf],
    fail_on: FailOn,
    format: Format,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let mut status = 0;
    let all: Vec<PathBuf> = paths.iter().flat_map(|path| files(path, err)).collect();
    let mut documents = Vec::new();
    for path in &all {
        let Some(artifact) = open(path, err) else {
            status = 2;
            documents.push(unreadable(path));
            continue;
        };
        let report = audit::report(&artifact);
        let verdict = report.verdict(&artifact);
        let limit = match fail_on {
            FailOn::Suspicious => FileVerdict::Suspicious,
            FailOn::Dangerous => FileVerdict::Dangerous,
        };
        // A file that is no model is nothing to report; one that cannot be read is said above.
        if verdict >= limit && verdict != FileVerdict::Unreadable && status == 0 {
            status = 1;
        }
        match format {
            Format::Json => documents.push(document(&artifact, &report, verdict)),
            Format::Text => text(&artifact, &report, verdict, out)?,
        }
    }
    if format == Format::Json {
        write_json(out, &json!({"schema": "picklescope.scan/1", "files": documents}))?;
    }
    Ok(status)
}

fn unreadable(path: &Path) -> Value {
    json!({
        "path": path.to_string_lossy(), "verdict": FileVerdict::Unreadable.word(), "complete": false,
        "findings": [], "globals": [], "problems": [],
    })
}

/// (rule, severity, title) of what is not known to be harmless.
fn rule(reach: &Reach) -> Option<(&'static str, &'static str, String)> {
    let called = reach.calls > 0;
    match reach.verdict {
        Verdict::Known => None,
        Verdict::Danger(capability) => {
            let verb = if called { "Calls" } else { "Imports" };
            let title = format!("{verb} {}, which can {}", reach.callable, capability_text(capability));
            Some(("known-danger", "danger", title))
        }
        Verdict::Unknown if called => {
            Some(("unknown-call", "caution", format!("Calls {}, which is not known", reach.callable)))
        }
        Verdict::Unknown => {
            Some(("unknown-import", "caution", format!("Imports {}, which is not known", reach.callable)))
        }
    }
}

/// Where the object that a call gives sits; None if it was thrown away, or if looking would take long.
fn path_of(artifact: &Artifact, reach: &Reach) -> Option<String> {
    const SMALL: usize = 1_000_000;
    let pickled = artifact.pickled(reach.part).filter(|p| p.decoded.graph.len() < SMALL)?;
    let (pickle, steps) = paths::steps_to(pickled, reach.node)?;
    Some(paths::steps_text(pickled, pickle, &steps))
}

fn document(artifact: &Artifact, report: &Report, verdict: FileVerdict) -> Value {
    let findings: Vec<Value> = report
        .reaches
        .iter()
        .filter_map(|reach| {
            let (rule, severity, title) = rule(reach)?;
            Some(json!({
                "rule": rule, "severity": severity, "title": title,
                "detail": format!("{} at offset {}", reach.op.name(), reach.at.start),
                "callable": reach.callable, "arguments": arguments_text(artifact, reach),
                "where": artifact.stream_name(reach.at.stream), "offset": reach.at.start, "end": reach.at.end(),
                "path": path_of(artifact, reach),
                "executed": if reach.calls > 0 { "call" } else { "import" },
            }))
        })
        .collect();
    let mut globals = Vec::new();
    for (_, _, pickled) in artifact.pickles() {
        let graph = &pickled.decoded.graph;
        let verdicts = audit::Verdicts::of(graph);
        let mut first = vec![None; graph.symbols().len()];
        let mut called = vec![false; graph.symbols().len()];
        for effect in &pickled.decoded.effects {
            let (node, call) = match effect.kind() {
                EffectKind::Import => (effect.node, false),
                EffectKind::Call => (effect.subject, true),
                _ => continue,
            };
            let Some(index) = graph.symbol_id(node).map(|id| id.index()) else { continue };
            if let (Some(first), Some(called)) = (first.get_mut(index), called.get_mut(index)) {
                first.get_or_insert((node, effect.at()));
                *called |= call;
            }
        }
        for ((symbol, first), called) in graph.symbols().iter().zip(first).zip(called) {
            let Some((node, offset)) = first else { continue };
            let verdict = verdicts.of_node(graph, node);
            let capability = if let Verdict::Danger(capability) = verdict { Some(capability) } else { None };
            globals.push(json!({
                "module": symbol.module, "name": symbol.name, "offset": offset, "verdict": verdict.word(),
                "capability": capability, "called": called,
            }));
        }
    }
    json!({
        "path": artifact.path.to_string_lossy(), "verdict": verdict.word(), "complete": artifact.is_complete(),
        "findings": findings, "globals": globals,
        "problems": artifact.problems.iter().map(|p| problem_json(artifact, p)).collect::<Vec<_>>(),
    })
}

fn text(artifact: &Artifact, report: &Report, verdict: FileVerdict, out: &mut dyn Write) -> io::Result<()> {
    let (danger, unknown, known) = report.counts();
    let path = escape::plain(&artifact.path.to_string_lossy());
    writeln!(out, "{}: {path}: {danger} danger, {unknown} unknown, {known} known", verdict.word())?;
    for reach in &report.reaches {
        if let Some((_, severity, title)) = rule(reach) {
            let at = reach.at.start;
            let times =
                if reach.calls > 1 { format!(", {} times", number::grouped(reach.calls)) } else { String::new() };
            writeln!(out, "  {severity}: {} at {at:#x}{times}", escape::plain(&title))?;
            let arguments = arguments_text(artifact, reach);
            if !arguments.is_empty() {
                writeln!(out, "      with {arguments}")?;
            }
        }
    }
    for problem in &artifact.problems {
        writeln!(out, "  problem at {}", problem_text(artifact, problem))?;
    }
    Ok(())
}
