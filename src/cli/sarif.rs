//! SARIF 2.1.0, as code hosts read it: one run, a rule entry a rule with its help, a result a finding.

use serde_json::{Value, json};

use super::scan::path_of;
use crate::audit::{Finding, RULES, Rule, Severity};
use crate::formats::Artifact;

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Danger => "error",
        Severity::Caution => "warning",
        Severity::Note => "note",
    }
}

fn rule(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.why},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": ["security"]},
    })
}

/// A file's path as a URI reference: relative paths stay relative, as code hosts want them.
fn uri(path: &std::path::Path) -> String {
    let mut out = if path.is_absolute() { "file://".to_owned() } else { String::new() };
    for byte in path.as_os_str().as_encoded_bytes() {
        match *byte {
            // What stands between folders on Windows, and part of a name elsewhere.
            b'\\' if std::path::MAIN_SEPARATOR == '\\' => out.push('/'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(*byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// A result.
pub(super) fn result(artifact: &Artifact, finding: &Finding) -> Value {
    let at = finding.place.at;
    let mut message = finding.title();
    for (before, more) in [(" with ", &finding.arguments), (". ", &finding.detail)] {
        if !more.is_empty() {
            message.push_str(before);
            message.push_str(more);
        }
    }
    let index = RULES.iter().position(|rule| rule.id == finding.rule.id);
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&artifact.path)},
            // Offsets count in the innermost stream; where that is the file itself, they are the file's.
            "region": {"byteOffset": at.start, "byteLength": at.len.max(1)},
        },
    });
    let names = [
        Some(artifact.stream_name(at.stream)).filter(|name| !name.is_empty()).map(str::to_owned),
        path_of(artifact, finding),
    ];
    let logical: Vec<Value> = names.into_iter().flatten().map(|name| json!({"fullyQualifiedName": name})).collect();
    if !logical.is_empty()
        && let Some(location) = location.as_object_mut()
    {
        location.insert("logicalLocations".to_owned(), logical.into());
    }
    json!({
        "ruleId": finding.rule.id, "ruleIndex": index, "level": level(finding.rule.severity),
        "message": {"text": message}, "locations": [location],
        "properties": {"callable": finding.callable, "executed": finding.executed.word(), "count": finding.count},
    })
}

/// What is said of a file that could not be read at all.
pub(super) fn unread(path: &std::path::Path, message: &str) -> Value {
    json!({
        "level": "error", "message": {"text": message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(path)}}}],
    })
}

/// The document. `unread` are the files of which nothing could be read.
pub(super) fn document(results: Vec<Value>, unread: Vec<Value>, allowed: Option<Value>) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "picklescope", "version": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://crates.io/crates/picklescope",
                "rules": RULES.iter().map(|r| rule(r)).collect::<Vec<_>>(),
            }},
            "invocations": [{"executionSuccessful": unread.is_empty(), "toolExecutionNotifications": unread}],
            "results": results,
            "properties": {"allow": allowed},
        }],
    })
}
