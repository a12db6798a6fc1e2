//! The lines of the list of calls: findings by severity, what is known behind one line that opens, what the file gives
//! away. Lines differ in height, so the list counts in slots of 12 px; which line a slot belongs to is looked up.

use std::collections::BTreeSet;

use crate::audit::{FileVerdict, Report, Severity, Verdict};
use crate::formats::Artifact;

/// Height of a slot.
pub const SLOT: f32 = 12.0;

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The allow file that counts here, or that cannot be read.
    Allow,
    /// That there is nothing to worry about, in words.
    Calm(&'static str),
    /// The head of a section, with the number of its lines.
    Head(&'static str, usize),
    /// A finding.
    Finding(usize),
    /// A callable of the report.
    Reach(usize),
    /// The line that shows or hides the known callables.
    Fold(usize),
}

/// The lines, and where each begins.
#[derive(Debug, Default)]
pub struct CallList {
    lines: Vec<(u64, Line)>,
    slots: u64,
    known_open: bool,
}

impl CallList {
    /// The list of a report. `allow` says whether a line about the allow file stands on top.
    pub fn new(artifact: &Artifact, report: &Report, allow: bool) -> Self {
        let mut list = Self::default();
        list.lay_out(artifact, report, allow);
        list
    }

    /// Shows or hides the known callables.
    pub fn toggle(&mut self, artifact: &Artifact, report: &Report) {
        self.known_open = !self.known_open;
        let allow = self.lines.iter().any(|(_, line)| *line == Line::Allow);
        self.lay_out(artifact, report, allow);
    }

    /// True if the known callables are shown.
    pub fn known_open(&self) -> bool {
        self.known_open
    }

    /// Number of slots.
    pub fn slots(&self) -> u64 {
        self.slots
    }

    /// The line at a slot: its number, its first slot, its height in slots.
    pub fn at(&self, slot: u64) -> Option<(usize, u64, u64, Line)> {
        let i = self.lines.partition_point(|(first, _)| *first <= slot).checked_sub(1)?;
        let (first, line) = *self.lines.get(i)?;
        let end = self.lines.get(i + 1).map_or(self.slots, |(next, _)| *next);
        Some((i, first, end - first, line))
    }

    /// The first slot of a line.
    pub fn slot_of(&self, wanted: Line) -> Option<u64> {
        self.lines.iter().find(|(_, line)| *line == wanted).map(|(slot, _)| *slot)
    }

    /// The lines that can be selected, in order.
    pub fn selectable(&self) -> impl Iterator<Item = Line> {
        self.lines.iter().map(|(_, line)| *line).filter(|line| matches!(line, Line::Finding(_) | Line::Reach(_)))
    }

    fn push(&mut self, line: Line, slots: u64) {
        self.lines.push((self.slots, line));
        self.slots += slots;
    }

    fn lay_out(&mut self, artifact: &Artifact, report: &Report, allow: bool) {
        self.lines.clear();
        self.slots = 0;
        if allow {
            self.push(Line::Allow, 3);
        }
        if report.reaches.is_empty() && report.findings.is_empty() {
            let read = report.verdict(artifact) != FileVerdict::Unreadable;
            let words = if read { "Loading this file calls nothing" } else { "Nothing could be read" };
            self.push(Line::Calm(words), 4);
            return;
        }
        let severity = |wanted| (0..).zip(&report.findings).filter(move |(_, f)| f.rule.severity == wanted);
        for (wanted, words) in [(Severity::Danger, "Danger"), (Severity::Caution, "Not known to be harmless")] {
            self.section(report, words, severity(wanted).map(|(i, _)| i).collect());
        }
        if report.of_severity(Severity::Danger) + report.of_severity(Severity::Caution) == 0 {
            let none = report.reaches.is_empty();
            self.push(Line::Calm(if none { "Loading this file calls nothing" } else { "Only known calls" }), 4);
        }
        let named: BTreeSet<&str> = report.findings.iter().map(|finding| finding.callable.as_str()).collect();
        let (known, others): (Vec<usize>, Vec<usize>) = (0..report.reaches.len())
            .filter(|i| {
                let reach = report.reaches.get(*i);
                reach.is_some_and(|r| r.verdict == Verdict::Known || !named.contains(r.callable.as_str()))
            })
            .partition(|i| report.reaches.get(*i).is_some_and(|reach| reach.verdict == Verdict::Known));
        if !others.is_empty() {
            self.push(Line::Head("Also reached", others.len()), 3);
            others.into_iter().for_each(|i| self.push(Line::Reach(i), 2));
        }
        if !known.is_empty() {
            self.push(Line::Fold(known.len()), 3);
            if self.known_open {
                known.into_iter().for_each(|i| self.push(Line::Reach(i), 2));
            }
        }
        let notes = |gives: bool| severity(Severity::Note).filter(move |(_, f)| f.gives_away() == gives);
        self.section(report, "Gives away", notes(true).map(|(i, _)| i).collect());
        self.section(report, "Worth knowing", notes(false).map(|(i, _)| i).collect());
    }

    fn section(&mut self, report: &Report, words: &'static str, findings: Vec<usize>) {
        if findings.is_empty() {
            return;
        }
        self.push(Line::Head(words, findings.len()), 3);
        for i in findings {
            let Some(finding) = report.findings.get(i) else { continue };
            let lines = 1 + u64::from(!finding.callable.is_empty()) + u64::from(!finding.detail.is_empty());
            self.push(Line::Finding(i), [3, 4, 5].get(usize::try_from(lines - 1).unwrap_or(2)).copied().unwrap_or(5));
        }
    }
}
