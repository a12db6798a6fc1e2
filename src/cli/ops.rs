//! `ops`: the opcodes as pickletools names them, each marked by what it reaches.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{Format, open};
use crate::audit::{Allow, report, verdict_at};
use crate::bytes::{Bytes, Limits, Result};
use crate::formats::Pickled;
use crate::pickle::{Arg, EffectKind, OpView, Pickle};
use crate::view::opcode::arg_text;

/// Which opcodes, and in which form.
#[derive(Debug)]
pub(super) struct Wanted {
    /// One stream of a container.
    pub stream: Option<String>,
    /// One of several pickles.
    pub pickle: Option<usize>,
    /// A form for programs.
    pub canonical: bool,
}

pub(super) fn run(
    path: &Path,
    Wanted { stream, pickle, canonical }: Wanted,
    limits: &Limits,
    format: Format,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let Some(artifact) = open(path, limits, err) else { return Ok(2) };
    let mut number = 0;
    let mut found = false;
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    if format == Format::Json {
        write!(out, "{{\"schema\": \"picklescope.ops/1\", \"path\": {}, \"ops\": [", json!(path.to_string_lossy()))?;
    }
    let mut first = true;
    let report = if canonical { Default::default() } else { report(&artifact, &Allow::default()) };
    for (index, part, pickled) in artifact.pickles() {
        if stream.as_ref().is_some_and(|name| **name != *part.name) {
            continue;
        }
        for top in pickled.decoded.top() {
            let wanted = pickle.is_none_or(|n| n == number);
            number += 1;
            if !wanted {
                continue;
            }
            found = true;
            for op in of_pickle(pickled, top, canonical) {
                let op = match op {
                    Ok(op) => op,
                    Err(error) => {
                        if !canonical && format == Format::Text {
                            writeln!(out, "{:6}: stopped here: {error}", error.at.start)?;
                        }
                        break;
                    }
                };
                let reach = verdict_at(&report, index, pickled, op.offset);
                match format {
                    _ if canonical => writeln!(out, "{}", canonical_line(&pickled.decoded.bytes, &op))?,
                    Format::Text => {
                        let mark = match reach {
                            Some((kind, verdict)) => format!("  # {} {}", effect_word(kind), verdict.word()),
                            None => String::new(),
                        };
                        let arg = arg_text(&op.arg);
                        let space = if arg.is_empty() { "" } else { " " };
                        writeln!(out, "{:6}: {}{space}{arg}{mark}", op.offset, op.op.name())?;
                    }
                    Format::Json => {
                        let arg = match &op.arg {
                            Arg::None => serde_json::Value::Null,
                            Arg::Int(i) => json!(i),
                            Arg::Bool(b) => json!(b),
                            Arg::Float(f) if f.is_finite() => json!(f),
                            Arg::Text(text) => json!(String::from_utf8_lossy(text)),
                            other => json!(arg_text(other)),
                        };
                        let line = json!({
                            "offset": op.offset, "op": op.op.name(), "arg": arg,
                            "danger": reach.map(|(_, verdict)| verdict.word()),
                            "effect": reach.map(|(kind, _)| effect_word(kind)),
                        });
                        write!(out, "{}\n{line}", if first { "" } else { "," })?;
                        first = false;
                    }
                }
            }
        }
    }
    if format == Format::Json {
        writeln!(out, "\n]}}")?;
    }
    out.flush()?;
    if found {
        return Ok(0);
    }
    writeln!(err, "picklescope: {}: there is no such pickle", crate::view::escape::name(path.as_os_str()))?;
    Ok(2)
}

/// The opcodes of one pickle; in the canonical form those of pickles nested in it are left out.
fn of_pickle<'a>(pickled: &'a Pickled, top: &'a Pickle, canonical: bool) -> impl Iterator<Item = Result<OpView>> + 'a {
    let nested: Vec<(u64, u64)> = pickled
        .decoded
        .pickles
        .iter()
        .filter(|p| p.inside.is_some() && p.start >= top.start)
        .map(|p| (p.start, p.end))
        .collect();
    let end = top.end;
    let complete = top.is_complete();
    pickled
        .decoded
        .ops_from(top.first_row)
        .take_while(move |op| op.as_ref().map_or(!complete, |op| op.offset < end || !complete))
        .filter(move |op| {
            !canonical || op.as_ref().map_or(true, |op| !nested.iter().any(|(s, e)| (*s..*e).contains(&op.offset)))
        })
}

fn effect_word(kind: EffectKind) -> &'static str {
    match kind {
        EffectKind::Import | EffectKind::Extension => "imports",
        EffectKind::Call => "calls",
        EffectKind::SetState => "sets state",
        EffectKind::SetItem | EffectKind::Append | EffectKind::AddItem => "changes",
        EffectKind::Persistent | EffectKind::Buffer => "asks the application",
    }
}

/// `<offset> <NAME> <arg>`: the form whose digest other readers can compare.
fn canonical_line(bytes: &Bytes, op: &OpView) -> String {
    let mut line = format!("{} {} ", op.offset, op.op.name());
    // Writing to a String cannot fail.
    let _ = match &op.arg {
        Arg::None => write!(line, "-"),
        Arg::Int(i) => write!(line, "{i}"),
        Arg::BigInt(i) => write!(line, "{i}"),
        Arg::Bool(b) => write!(line, "{b}"),
        Arg::Float(f) => write!(line, "f:{:016x}", f.to_bits()),
        Arg::Text(text) => write!(line, "s:{}:{}", text.len(), short_digest([text.as_slice()])),
        Arg::Bytes(raw) => write!(line, "b:{}:{}", raw.len(), short_digest([raw.as_slice()])),
        Arg::Pair(module, name) => {
            let len = module.len() + name.len() + 1;
            write!(line, "s:{len}:{}", short_digest([module, b" ".as_slice(), name]))
        }
        Arg::Long { is_text, at, len } => {
            let kind = if *is_text { 's' } else { 'b' };
            let mut hash = Sha256::new();
            let mut done = 0;
            while done < *len {
                let n = (*len - done).min(1 << 20);
                let Ok(piece) = bytes.read_vec(at + done, n) else { break };
                hash.update(&piece);
                done += n;
            }
            write!(line, "{kind}:{len}:{}", hex16(&hash.finalize()))
        }
        Arg::Bad(_) => write!(line, "?"),
    };
    line
}

fn short_digest<const N: usize>(parts: [&[u8]; N]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hex16(&hash.finalize())
}

fn hex16(digest: &[u8]) -> String {
    digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
}
