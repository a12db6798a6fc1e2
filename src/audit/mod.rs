//! Layer 4: what loading would do. The effects of a file are judged in the order an unpickler would cause them: each
//! import, call and change, with what is known of the name and of how it is used. Default is deny: harmless is only what
//! is on the list *and* used as the library that writes it uses it.
//!
//! It reads the effect log and not the tree: a call whose result is popped still ran.
//!
//! Read in this order: `rules.rs` (THE TABLE), `names.rs` (what is known of a name), `telling.rs` (what a name gives away),
//! `usage.rs` (names of which the arguments decide), `symbolic.rs` with `codecs.rs` (what is called when it is not named),
//! `judge.rs` (effects to findings), `hidden.rs` and `encodings.rs` (pickles in pickles), `foreign.rs` and `keras.rs` (what
//! other loaders run), `structure.rs` (how the file is made), `gives.rs` (what it tells of its author).

mod allow;
mod codecs;
pub mod decompile;
mod encodings;
mod exhaust;
mod finding;
mod foreign;
mod gives;
mod hidden;
mod judge;
mod keras;
mod margins;
mod names;
mod numbers;
pub mod python;
pub mod rules;
mod sentence;
mod structure;
mod symbolic;
mod telling;
mod usage;

use std::cell::Cell;

use crate::bytes::{ErrorKind, Span, StreamId};
use crate::container::Kind;
use crate::formats::{Artifact, Pickled};
use crate::pickle::graph::Made;
use crate::pickle::{Effect, EffectKind, Graph, NodeId, Op, Value};

pub use allow::{Allow, Entry, FILE as ALLOW_FILE};
use finding::Collector;
pub use finding::{Executed, Finding, Mark, Place};
pub use names::capability_text;
pub use rules::{RULES, Rule, Severity, rule};
pub use sentence::{Sentence, Tone, sentence};

/// What is known of a name. Ordered by how bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A known harmless constructor.
    Known,
    /// Nothing is known.
    Unknown,
    /// Known to do more than build data: the capability.
    Danger(&'static str),
}

impl Verdict {
    /// The word of the JSON documents and of the window.
    pub fn word(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Unknown => "unknown",
            Self::Danger(_) => "danger",
        }
    }
}

/// The verdict of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileVerdict {
    /// Nothing but known calls.
    Clean,
    /// Something unknown is called or imported, or part could not be read.
    Suspicious,
    /// Something known to be dangerous is called or imported.
    Dangerous,
    /// Nothing could be read.
    Unreadable,
}

impl FileVerdict {
    /// The word of the JSON documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Suspicious => "suspicious",
            Self::Dangerous => "dangerous",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A distinct thing that the file imports or calls.
#[derive(Clone, Debug)]
pub struct Reach {
    /// `module.name`, or what stands for it.
    pub callable: String,
    /// Module and name as written; None for what has none.
    pub symbol: Option<(String, String)>,
    /// What is known of it.
    pub verdict: Verdict,
    /// Times it is called.
    pub calls: u64,
    /// Times it is imported.
    pub imports: u64,
    /// The part it is in.
    pub part: usize,
    /// The opcode of the first call, or of the first import if it is never called.
    pub at: Span,
    /// The object that the first call gives, or the imported name.
    pub node: NodeId,
    /// The opcode there.
    pub op: Op,
}

/// What loading a file would do.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Distinct callables: dangerous ones first, then unknown, then known; each in the order of the file.
    pub reaches: Vec<Reach>,
    /// What a reviewer should know, the worst first, each in the order of the file.
    pub findings: Vec<Finding>,
    /// Opcodes and places that are marked, by part and offset.
    pub marks: Vec<Mark>,
}

impl Report {
    /// Number of distinct callables of a kind: danger, unknown, known.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |wanted: fn(&Verdict) -> bool| self.reaches.iter().filter(|r| wanted(&r.verdict)).count();
        (count(|v| matches!(v, Verdict::Danger(_))), count(|v| *v == Verdict::Unknown), count(|v| *v == Verdict::Known))
    }

    /// Number of findings of a severity.
    pub fn of_severity(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.rule.severity == severity).count()
    }

    /// Number of distinct callables that `allow` vouches for.
    pub fn allowed(&self, allow: &Allow) -> usize {
        let allowed = |reach: &&Reach| reach.symbol.as_ref().is_some_and(|(module, name)| allow.allows(module, name));
        if allow.entries.is_empty() { 0 } else { self.reaches.iter().filter(allowed).count() }
    }

    /// What the arguments of a finding are, of at most `room` characters; empty if nothing is called.
    pub fn arguments(artifact: &Artifact, finding: &Finding, room: usize) -> String {
        match (artifact.pickled(finding.place.part), finding.place.node, finding.executed) {
            (Some(pickled), Some(node), Executed::Call) => {
                python::Writer::new(artifact, finding.place.part, pickled, room).arguments(node)
            }
            _ => String::new(),
        }
    }

    /// The verdict of the file.
    pub fn verdict(&self, artifact: &Artifact) -> FileVerdict {
        // Nothing was recognised: no layer, no object, not even the first byte of a pickle.
        let begins = artifact.bytes.head(1).is_ok_and(|head| head == [0x80]);
        // What is known and cannot be opened may hold anything.
        let innermost = artifact.streams.innermost().and_then(|id| artifact.streams.get(id));
        let shut = innermost.is_some_and(|stream| matches!(stream.kind, Kind::OtherArchive(_)));
        let nothing = artifact.container.is_empty() && artifact.pickles().next().is_none() && !begins && !shut;
        match self.findings.iter().map(|finding| finding.rule.severity).max() {
            Some(Severity::Danger) => FileVerdict::Dangerous,
            Some(Severity::Caution) if !nothing || self.findings.iter().any(|f| f.rule.id == rules::KERAS_CODE.id) => {
                FileVerdict::Suspicious
            }
            _ if nothing => FileVerdict::Unreadable,
            _ if artifact.problems.iter().any(|problem| problem.kind == ErrorKind::Unrecognised) => {
                FileVerdict::Suspicious
            }
            Some(Severity::Caution) => FileVerdict::Suspicious,
            _ => FileVerdict::Clean,
        }
    }

    /// The marks of a part, by offset.
    pub fn marks_of(&self, part: usize) -> &[Mark] {
        let first = self.marks.partition_point(|mark| mark.part < part);
        let end = self.marks.partition_point(|mark| mark.part <= part);
        self.marks.get(first..end).unwrap_or_default()
    }

    /// The worst mark of the opcode at `offset` of a part.
    pub fn mark_at(&self, part: usize, offset: u64) -> Option<Severity> {
        let first = self.marks.partition_point(|mark| (mark.part, mark.offset) < (part, offset));
        let here = self.marks.get(first..)?.iter().take_while(|mark| (mark.part, mark.offset) == (part, offset));
        here.map(|mark| mark.severity).max()
    }
}

/// What is known of the opcode at `offset` of a part, if it has an effect.
pub fn verdict_at(report: &Report, part: usize, pickled: &Pickled, offset: u64) -> Option<(EffectKind, Verdict)> {
    let effects = &pickled.decoded.effects;
    let first = effects.partition_point(|effect| effect.at() < offset);
    let kind = effects.get(first).filter(|effect| effect.at() == offset)?.kind();
    let verdict = match report.mark_at(part, offset) {
        Some(Severity::Danger) => Verdict::Danger("marked"),
        Some(Severity::Caution) => Verdict::Unknown,
        _ => Verdict::Known,
    };
    Some((kind, verdict))
}

/// What loading `artifact` would do. `allow` vouches for callables beyond the tables.
pub fn report(artifact: &Artifact, allow: &Allow) -> Report {
    report_below(artifact, allow, &Cell::new(0), 0, false)
}

/// The same for a file inside another, `depth` levels down; `opened` counts the files of all levels. It is `amid` others if
/// whoever opened it looks at what stands behind it, too: looking there again, level by level, would never end.
fn report_below(artifact: &Artifact, allow: &Allow, opened: &Cell<usize>, depth: usize, amid: bool) -> Report {
    let mut reaches = Vec::new();
    let mut collector = Collector::new(artifact, allow, opened);
    for (part, _, pickled) in artifact.pickles() {
        judge::judge(&mut collector, part, pickled, &mut reaches);
        hidden::inside(&mut collector, part, pickled, depth);
        hidden::loaded(&mut collector, depth);
        let plain = artifact.parts.get(part).is_some_and(|part| part.stream == StreamId::FILE);
        if !(amid && plain) {
            margins::behind(&mut collector, part, pickled, depth);
        }
        structure::pickles(&mut collector, part, pickled);
        structure::bombs(&mut collector, part, pickled);
        gives::away(&mut collector, part, pickled);
    }
    hidden::beside(&mut collector, depth);
    margins::nowhere(&mut collector, depth);
    keras::layers(&mut collector, depth);
    foreign::members(&mut collector);
    foreign::headers(&mut collector);
    structure::problems(&mut collector);
    let Collector { mut findings, mut marks, .. } = collector;
    // Who calls a name also imports it: the call says it all.
    let called: Vec<String> = findings
        .iter()
        .filter(|finding| finding.executed == Executed::Call)
        .map(|finding| finding.callable.clone())
        .collect();
    findings.retain(|finding| finding.executed != Executed::Import || !called.contains(&finding.callable));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.rule.severity));
    marks.sort_unstable_by_key(|mark| (mark.part, mark.offset));
    reaches.sort_by_key(|reach: &Reach| {
        std::cmp::Reverse(match reach.verdict {
            Verdict::Danger(_) => 2,
            Verdict::Unknown => 1,
            Verdict::Known => 0,
        })
    });
    Report { reaches, findings, marks }
}

/// The text of a callable: its dotted name, or what it is the result of.
pub fn callable_text(graph: &Graph, callee: NodeId) -> String {
    match graph.value(callee) {
        Value::Global(symbol) => symbol.dotted(),
        Value::Object(object) => match graph.value(object.callee) {
            Value::Global(symbol) => format!("<result of {}>", symbol.dotted()),
            _ => "<result of call>".to_owned(),
        },
        Value::Extension(code) => format!("<extension>.{code}"),
        Value::Persistent(_) => "<persistent object>".to_owned(),
        _ => "<object>".to_owned(),
    }
}

/// The arguments of the first call of `reach`, as Python would write them; empty if it is never called.
pub fn arguments_text(artifact: &Artifact, reach: &Reach) -> String {
    const ROOM: usize = 400;
    match artifact.pickled(reach.part) {
        Some(pickled) if reach.calls > 0 => {
            python::Writer::new(artifact, reach.part, pickled, ROOM).arguments(reach.node)
        }
        _ => String::new(),
    }
}

/// The opcode word that `info` prints before a callable.
pub fn call_word(graph: &Graph, effect: &Effect) -> &'static str {
    match graph.object(effect.node).map(|object| object.made) {
        Some(Made::Reduce) => "REDUCE",
        Some(Made::NewObj) => "NEWOBJ",
        Some(Made::NewObjEx) => "NEWOBJ_EX",
        _ => "INST/OBJ",
    }
}
