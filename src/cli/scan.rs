//! `scan`: what loading files would do, for people, programs and code hosts (SARIF).

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rayon::prelude::*;
use serde_json::{Value, json};

use super::{files, open, problem_json, sarif, write_json};
use crate::audit::{self, Allow, Executed, FileVerdict, Finding, Report, Severity, Verdict, sentence};
use crate::bytes::Limits;
use crate::formats::Artifact;
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

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// One document for programs
    Json,
    /// SARIF 2.1.0, as code hosts read it
    Sarif,
}

/// The arguments of `scan`.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Files or folders; - is standard input
    #[arg(required_unless_present = "explain")]
    paths: Vec<PathBuf>,
    /// Exit with 1 from this verdict on
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOn,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Callables that are harmless beyond the tables, with reasons [default: picklescope.toml of the current folder]
    #[arg(long, value_name = "FILE")]
    allow_file: Option<PathBuf>,
    /// Say what a rule means; `all` lists them
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
}

/// A file that was looked at.
struct Scanned {
    /// The verdict.
    verdict: FileVerdict,
    /// The document of the JSON form.
    document: Value,
    /// The words of the text form.
    text: Vec<u8>,
    /// What was said on the way.
    messages: Vec<u8>,
    /// Results of the SARIF form.
    results: Vec<Value>,
    /// Its word on a file of which nothing could be read.
    unread: Option<Value>,
}

/// Files that are looked at before anything is printed: enough to keep every core busy, few enough to keep memory flat.
const BATCH: usize = 256;

pub(super) fn run(options: &Options, limits: &Limits, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    if let Some(id) = &options.explain {
        return explain(id, out, err);
    }
    let allow = match allow(options) {
        Ok(allow) => allow,
        Err(message) => {
            writeln!(err, "picklescope: {message}")?;
            return Ok(2);
        }
    };
    let mut status = 0;
    let all: Vec<PathBuf> = options.paths.iter().flat_map(|path| files(path, err)).collect();
    if let (Some(path), Format::Text) = (&allow.path, options.format) {
        let names = number::count(allow.entries.len() as u64, "callable");
        writeln!(out, "{} allows {names} beyond the tables", escape::name(path.as_os_str()))?;
    }
    let limit = match options.fail_on {
        FailOn::Suspicious => FileVerdict::Suspicious,
        FailOn::Dangerous => FileVerdict::Dangerous,
    };
    let (mut documents, mut results, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for batch in all.chunks(BATCH) {
        let scanned: Vec<Scanned> = batch.par_iter().map(|path| scan(path, limits, &allow, options.format)).collect();
        for file in scanned {
            err.write_all(&file.messages)?;
            // A file that is no model is nothing to report; one that cannot be read at all is.
            if file.verdict == FileVerdict::Unreadable && !file.messages.is_empty() {
                status = 2;
                unread.extend(file.unread);
            } else if file.verdict >= limit && file.verdict != FileVerdict::Unreadable && status == 0 {
                status = 1;
            }
            match options.format {
                Format::Text => out.write_all(&file.text)?,
                Format::Json => documents.push(file.document),
                Format::Sarif => results.extend(file.results),
            }
        }
    }
    let allowed = allow.path.as_ref().map(|path| {
        let entry = |e: &audit::Entry| json!({"callable": e.callable, "reason": e.reason, "force": e.force});
        json!({"path": path.to_string_lossy(), "entries": allow.entries.iter().map(entry).collect::<Vec<_>>()})
    });
    match options.format {
        Format::Text => {}
        Format::Json => {
            write_json(out, &json!({"schema": "picklescope.scan/1", "allow": allowed, "files": documents}))?;
        }
        Format::Sarif => write_json(out, &sarif::document(results, unread, allowed))?,
    }
    Ok(status)
}

/// The allow file that was named, or the usual one.
fn allow(options: &Options) -> Result<Allow, String> {
    match &options.allow_file {
        Some(path) => Allow::read(path),
        None => Allow::usual(options.paths.iter().map(PathBuf::as_path)),
    }
}

fn explain(id: &str, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    if id == "all" {
        for rule in audit::RULES {
            writeln!(out, "{:20} {:8} {}", rule.id, rule.severity.word(), rule.title)?;
        }
        return Ok(0);
    }
    match audit::rule(id) {
        Some(rule) => {
            writeln!(out, "{} ({})\n{}\n\n{}", rule.id, rule.severity.word(), rule.title, rule.why)?;
            Ok(0)
        }
        None => {
            writeln!(err, "picklescope: there is no rule {id:?}; `scan --explain all` lists them")?;
            Ok(2)
        }
    }
}

fn scan(path: &Path, limits: &Limits, allow: &Allow, format: Format) -> Scanned {
    let mut messages = Vec::new();
    let Some(artifact) = open(path, limits, &mut messages) else {
        let document = json!({
            "path": path.to_string_lossy(), "verdict": FileVerdict::Unreadable.word(), "complete": false,
            "findings": [], "globals": [], "problems": [],
        });
        let text = format!("unreadable: {}\n", escape::name(path.as_os_str())).into_bytes();
        let verdict = FileVerdict::Unreadable;
        let unread = Some(sarif::unread(path, String::from_utf8_lossy(&messages).trim_end()));
        return Scanned { verdict, document, text, messages, results: Vec::new(), unread };
    };
    let report = audit::report(&artifact, allow);
    let verdict = report.verdict(&artifact);
    let (text, results) = (Vec::new(), Vec::new());
    let mut scanned = Scanned { verdict, document: Value::Null, text, messages, results, unread: None };
    match format {
        Format::Json => scanned.document = document(&artifact, &report, verdict),
        // Writing to a vector cannot fail.
        Format::Text => drop(words(&artifact, &report, verdict, &mut scanned.text)),
        Format::Sarif => scanned.results = report.findings.iter().map(|f| sarif::result(&artifact, f)).collect(),
    }
    scanned
}

/// Where the object of a finding sits; None if it was thrown away, or if looking would take long.
pub(super) fn path_of(artifact: &Artifact, finding: &Finding) -> Option<String> {
    const SMALL: usize = 1_000_000;
    let node = finding.place.node?;
    let pickled = artifact.pickled(finding.place.part).filter(|p| p.decoded.graph.len() < SMALL)?;
    let (pickle, steps) = paths::steps_to(pickled, node)?;
    Some(paths::steps_text(pickled, pickle, &steps))
}

fn finding_json(artifact: &Artifact, finding: &Finding) -> Value {
    let at = finding.place.at;
    json!({
        "rule": finding.rule.id, "severity": finding.rule.severity.word(), "title": finding.title(),
        "detail": finding.detail, "why": finding.rule.why, "callable": finding.callable,
        "arguments": finding.arguments, "count": finding.count, "where": artifact.stream_name(at.stream),
        "offset": at.start, "end": at.end(), "path": path_of(artifact, finding), "executed": finding.executed.word(),
    })
}

fn document(artifact: &Artifact, report: &Report, verdict: FileVerdict) -> Value {
    let globals: Vec<Value> = report
        .reaches
        .iter()
        .filter_map(|reach| {
            let (module, name) = reach.symbol.as_ref()?;
            let capability = if let Verdict::Danger(capability) = reach.verdict { Some(capability) } else { None };
            Some(json!({
                "module": module, "name": name, "offset": reach.at.start, "verdict": reach.verdict.word(),
                "capability": capability, "called": reach.calls > 0,
            }))
        })
        .collect();
    let listed = |wanted: fn(Severity) -> bool| -> Vec<Value> {
        report.findings.iter().filter(|f| wanted(f.rule.severity)).map(|f| finding_json(artifact, f)).collect()
    };
    json!({
        "path": artifact.path.to_string_lossy(), "verdict": verdict.word(), "complete": artifact.is_complete(),
        "summary": sentence(artifact, report).text,
        "findings": listed(Severity::is_finding), "notes": listed(|severity| !severity.is_finding()),
        "globals": globals,
        "problems": artifact.problems.iter().map(|p| problem_json(artifact, p)).collect::<Vec<_>>(),
    })
}

fn words(artifact: &Artifact, report: &Report, verdict: FileVerdict, out: &mut Vec<u8>) -> io::Result<()> {
    let path = escape::name(artifact.path.as_os_str());
    writeln!(out, "{}: {path}", verdict.word())?;
    writeln!(out, "  {}", sentence(artifact, report).text)?;
    for finding in &report.findings {
        let at = finding.place.at;
        let stream = artifact.stream_name(at.stream);
        let of = if stream.is_empty() { String::new() } else { format!(" of {}", escape::plain(stream)) };
        let times =
            if finding.count > 1 { format!(", {} times", number::grouped(finding.count)) } else { String::new() };
        let never = match (finding.executed, finding.rule.severity) {
            (Executed::No, Severity::Danger) => ", not reached by an unpickler of this file",
            _ => "",
        };
        writeln!(
            out,
            "  {}: {} at {:#x}{of}{times}{never} [{}]",
            finding.rule.severity.word(),
            finding.title(),
            at.start,
            finding.rule.id
        )?;
        if !finding.arguments.is_empty() {
            writeln!(out, "      with {}", finding.arguments)?;
        }
        if !finding.detail.is_empty() {
            writeln!(out, "      {}", finding.detail)?;
        }
    }
    Ok(())
}
