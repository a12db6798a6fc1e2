//! A finding, and the place where they are collected: grouped by rule and callable, never one per call.

use std::cell::Cell;
use std::collections::HashMap;

use super::allow::Allow;
use super::python::Writer;
use super::rules::{self, Rule, Severity};
use crate::bytes::Span;
use crate::formats::{Artifact, Pickled};
use crate::pickle::{NodeId, Op};
use crate::view::escape;

/// Whether an unpickler gets there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Executed {
    /// The name is imported.
    Import,
    /// Something is called or changed.
    Call,
    /// An unpickler of this file never gets there.
    No,
}

impl Executed {
    /// The word of the JSON documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Call => "call",
            Self::No => "no",
        }
    }
}

/// Where something is.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The part.
    pub part: usize,
    /// The opcode, or the bytes it concerns.
    pub at: Span,
    /// The object that comes out.
    pub node: Option<NodeId>,
    /// The opcode there.
    pub op: Option<Op>,
}

/// Something that a reviewer should know.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that says so.
    pub rule: &'static Rule,
    /// The callable as it was resolved, or what the finding is about.
    pub callable: String,
    /// Its arguments as Python writes them; empty if nothing is called.
    pub arguments: String,
    /// What is particular about it; may be empty.
    pub detail: String,
    /// The first place.
    pub place: Place,
    /// Times it occurs.
    pub count: u64,
    /// Whether an unpickler gets there.
    pub executed: Executed,
}

impl Finding {
    /// One line: `Calls os.system, which can start a process`.
    pub fn title(&self) -> String {
        if self.callable.is_empty() {
            return self.rule.title.to_owned();
        }
        format!("{}: {}", self.rule.title, escape::plain(&self.callable))
    }

    /// True if it tells something of the author, which is apart from what loading would do.
    pub fn gives_away(&self) -> bool {
        self.rule.id.starts_with("gives-away-")
    }

    /// Whether it comes about while the file is loaded, in words.
    pub fn happens(&self) -> &'static str {
        match self.executed {
            Executed::Call if self.rule.id == rules::PLANTED_METHOD.id || self.rule.id == rules::CHANGES_IMPORT.id => {
                "Would be changed while loading"
            }
            Executed::Call => "Would be called while loading",
            Executed::Import => "Is imported while loading, which runs its module, and is not called",
            Executed::No if self.gives_away() => "Nothing: it stands in the file as data",
            Executed::No if self.is_about_the_making() => "Nothing by itself: it is about how the file is made",
            Executed::No => "Nothing by itself: it is not reached by an unpickler of this file",
        }
    }

    /// How sure it is that the callable is the one that is meant, in words.
    pub fn sureness(&self) -> &'static str {
        let is = |rules: &[&Rule]| rules.iter().any(|rule| rule.id == self.rule.id);
        if self.gives_away() {
            return if is(&[&rules::GIVES_ROWS, &rules::GIVES_SOURCE]) {
                "The file says so: the attribute is named in it"
            } else {
                "By its form: it looks like one"
            };
        }
        if is(&[&rules::COMPUTED_NAME, &rules::CALLS_RESULT, &rules::WALKS_THROUGH]) {
            return if self.callable.contains('<') || self.callable.is_empty() {
                "Not known: what is called is the result of other calls"
            } else {
                "Resolved: followed through the constants of the file"
            };
        }
        if is(&[&rules::EXTENSION, &rules::PERSISTENT_ID]) {
            return "Not known: the program that loads the file decides";
        }
        if is(&[&rules::UNKNOWN_CALL, &rules::UNKNOWN_IMPORT, &rules::HIDDEN_UNKNOWN]) {
            return "The name stands in the file; what it does is not known";
        }
        if self.is_about_the_making() || self.callable.is_empty() {
            return "Certain: it was read in the bytes";
        }
        "Certain: the name stands in the file"
    }

    /// True if it is about how the file is made and not about what it calls.
    fn is_about_the_making(&self) -> bool {
        let making = [
            &rules::READERS_DISAGREE,
            &rules::ARCHIVE_CONTRADICTS,
            &rules::BOMB,
            &rules::INCOMPLETE,
            &rules::NOT_OPENED,
            &rules::TRAILING,
            &rules::SEVERAL_PICKLES,
            &rules::LEFTOVER,
            &rules::PROGRAM_BEHIND,
            &rules::CODE_BESIDE,
        ];
        making.iter().any(|rule| rule.id == self.rule.id)
    }
}

/// An opcode or place that is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The part.
    pub part: usize,
    /// Offset in the part's stream.
    pub offset: u64,
    /// How bad.
    pub severity: Severity,
}

/// Marks kept: a file of a million dangerous calls is no clearer with all of them.
const MARKS_KEPT: usize = 1_000_000;
/// Findings kept.
const FINDINGS_KEPT: usize = 2_000;

/// Collects findings.
pub(super) struct Collector<'a> {
    pub artifact: &'a Artifact,
    pub allow: &'a Allow,
    /// Files that were opened inside this one, and inside those.
    pub opened: &'a Cell<usize>,
    pub findings: Vec<Finding>,
    pub marks: Vec<Mark>,
    /// Bytes that a call of the file loads as another file: part, node.
    pub loads: Vec<(usize, NodeId)>,
    index: HashMap<(&'static str, String), usize>,
}

impl<'a> Collector<'a> {
    pub fn new(artifact: &'a Artifact, allow: &'a Allow, opened: &'a Cell<usize>) -> Self {
        let (findings, marks, loads) = (Vec::new(), Vec::new(), Vec::new());
        Self { artifact, allow, opened, findings, marks, loads, index: HashMap::new() }
    }

    /// Counts one more occurrence of a finding that may be there already.
    pub fn again(&mut self, rule: &'static Rule, callable: &str, place: Place) {
        self.mark(rule, place);
        if let Some(found) = self.index.get(&(rule.id, callable.to_owned())).and_then(|i| self.findings.get_mut(*i)) {
            found.count += 1;
        }
    }

    /// Adds a finding, or counts it with one of the same rule and callable.
    pub fn add(&mut self, rule: &'static Rule, callable: String, detail: String, place: Place, executed: Executed) {
        self.mark(rule, place);
        let key = (rule.id, callable.clone());
        if let Some(index) = self.index.get(&key).copied() {
            // A name that was imported first and is called now: the call says more.
            let first = self.findings.get(index).is_some_and(|found| found.executed == Executed::Import);
            let arguments = match place.node {
                Some(node) if first && executed == Executed::Call => Some(self.arguments(place.part, node)),
                _ => None,
            };
            if let Some(found) = self.findings.get_mut(index) {
                found.count += 1;
                if let Some(arguments) = arguments {
                    (found.arguments, found.place, found.executed) = (arguments, place, executed);
                    found.detail = if detail.is_empty() { std::mem::take(&mut found.detail) } else { detail };
                }
            }
            return;
        }
        // A thousand decoys must not push out what matters.
        let kept = if rule.severity == Severity::Danger { 4 * FINDINGS_KEPT } else { FINDINGS_KEPT };
        if self.findings.len() >= kept {
            return;
        }
        let arguments = match (place.node, executed) {
            (Some(node), Executed::Call) => self.arguments(place.part, node),
            _ => String::new(),
        };
        self.index.insert(key, self.findings.len());
        self.findings.push(Finding { rule, callable, arguments, detail, place, count: 1, executed });
    }

    fn mark(&mut self, rule: &'static Rule, place: Place) {
        // An offset of another stream (that of the archive) marks nothing in the part's own.
        let home = self.artifact.parts.get(place.part).is_some_and(|part| part.stream == place.at.stream);
        if home && self.marks.len() < MARKS_KEPT && rule.severity > Severity::Note {
            self.marks.push(Mark { part: place.part, offset: place.at.start, severity: rule.severity });
        }
    }

    fn arguments(&self, part: usize, node: NodeId) -> String {
        const ROOM: usize = 400;
        match self.artifact.pickled(part) {
            Some(pickled) => Writer::new(self.artifact, part, pickled, ROOM).arguments(node),
            None => String::new(),
        }
    }

    /// Remembers bytes that a call loads.
    pub fn load(&mut self, part: usize, _pickled: &Pickled, bytes: NodeId) {
        self.loads.push((part, bytes));
    }
}
