//! The load written as code: what the opcodes import, call and set, in their order, as Python would say it. For reading
//! only; nothing of it is run, and big data are left out.
//!
//! Read in this order: [`decompile`], `analysis.rs` (what stands alone and what inside another line), `phrase.rs`
//! (expressions and names).

mod analysis;
mod phrase;

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Report, Severity};
use crate::bytes::{Progress, Span};
use crate::formats::{Artifact, Pickled};
use crate::pickle::graph::Pairs;
use crate::pickle::{Effect, EffectKind, End, NodeId, Value};
use crate::view::{escape, number};
use analysis::Analysis;
use phrase::Phrases;

/// Lines that are written; of what comes behind them only the dangerous ones are.
const MOST_LINES: usize = 20_000;
/// Attributes, entries or items of one object that are written.
const MOST_FIELDS: usize = 200;

/// A line of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Steps of indentation.
    pub indent: usize,
    /// The code.
    pub text: String,
    /// How bad it is, if it is marked.
    pub severity: Option<Severity>,
    /// The part it is of.
    pub part: usize,
    /// Offset of the opcode that does it.
    pub offset: u64,
    /// The object it makes or changes.
    pub node: Option<NodeId>,
}

/// The load of one part, or of one object of it, as lines.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The lines.
    pub lines: Vec<Line>,
    /// Lines that would be more than are shown.
    pub left_out: usize,
    /// (offset, line), sorted.
    index: Vec<(u64, usize)>,
}

impl Source {
    /// The line of the opcode at `offset`: the one that says what it does, or what it prepares.
    pub fn line_of(&self, offset: u64) -> Option<usize> {
        let at = self.index.partition_point(|(there, _)| *there < offset);
        self.index.get(at).or(self.index.last()).map(|(_, line)| *line)
    }
}

/// Writes the load of `part` as code; of `subtree` only, if one is given.
pub fn decompile(
    artifact: &Artifact,
    report: &Report,
    part: usize,
    subtree: Option<NodeId>,
    progress: &Progress,
) -> Source {
    let Some(pickled) = artifact.pickled(part) else { return Source::default() };
    let analysis = Rc::new(Analysis::of(artifact, report, part, pickled, subtree, progress));
    let phrases = Phrases::new(artifact, part, pickled, Rc::clone(&analysis));
    let mut out =
        Printer { report, part, pickled, analysis, phrases, source: Source::default(), done: BTreeMap::new() };
    out.imports(subtree.is_some());
    for pickle in pickled.decoded.top() {
        let effects = pickled.decoded.effects.get(pickle.effects.clone()).unwrap_or(&[]);
        for (i, effect) in effects.iter().enumerate() {
            if i % 4096 == 0 && progress.check(Span::default()).is_err() {
                return out.finish();
            }
            out.effect(effect, &pickle.discarded);
        }
        if subtree.is_none() {
            match (&pickle.how, pickle.root) {
                (End::Stop { at }, Some(root)) => out.give(root, *at),
                (End::Stop { .. }, None) => {}
                (End::Broke(error), _) => {
                    let why = escape::plain(&error.kind.to_string());
                    let text = format!("raise  # a real unpickler stops here: {why}");
                    out.push(0, text, None, error.at.start, None);
                }
            }
        }
    }
    if let Some(node) = subtree {
        out.give(node, pickled.decoded.graph.offset(node));
    }
    out.finish()
}

struct Printer<'a> {
    report: &'a Report,
    part: usize,
    pickled: &'a Pickled,
    analysis: Rc<Analysis>,
    phrases: Phrases<'a>,
    source: Source,
    /// Items and entries of an object that were written.
    done: BTreeMap<NodeId, usize>,
}

impl Printer<'_> {
    fn push(&mut self, indent: usize, text: String, severity: Option<Severity>, offset: u64, node: Option<NodeId>) {
        // Lists, dicts and sets that the line names stand before it; what they name, before them.
        let mut before = Vec::new();
        while let Some(id) = self.phrases.wanted.pop() {
            before.push((id, format!("{} = {}", self.phrases.name(id), self.phrases.whole(id))));
        }
        for (id, text) in before.into_iter().rev() {
            self.line(0, text, None, self.pickled.decoded.graph.offset(id), Some(id));
        }
        self.line(indent, text, severity, offset, node);
    }

    fn line(&mut self, indent: usize, text: String, severity: Option<Severity>, offset: u64, node: Option<NodeId>) {
        if self.source.lines.len() >= MOST_LINES && severity.is_none() || self.source.lines.len() >= 2 * MOST_LINES {
            self.source.left_out += 1;
            return;
        }
        self.source.index.push((offset, self.source.lines.len()));
        self.source.lines.push(Line { indent, text, severity, part: self.part, offset, node });
    }

    fn finish(mut self) -> Source {
        if self.source.left_out > 0 {
            let text = format!("# {} more lines are left out", number::grouped(self.source.left_out as u64));
            let offset = self.source.lines.last().map_or(0, |line| line.offset);
            let part = self.part;
            self.source.lines.push(Line { indent: 0, text, severity: None, part, offset, node: None });
        }
        self.source.index.sort_unstable();
        self.source
    }

    /// What is imported, by module, in the order of the first use.
    fn imports(&mut self, only_used: bool) {
        let graph = &self.pickled.decoded.graph;
        let mut order: Vec<(String, Vec<String>, Option<Severity>, u64)> = Vec::new();
        let mut at = BTreeMap::new();
        let mut places = Vec::new();
        for effect in self.pickled.decoded.effects.iter().filter(|effect| effect.kind() == EffectKind::Import) {
            let Some(symbol) = graph.symbol(effect.node) else { continue };
            if only_used && !self.analysis.is_within(effect.node) {
                continue;
            }
            let severity = self.report.mark_at(self.part, effect.at());
            let module = escape::plain(&symbol.module);
            let i = *at.entry(module.clone()).or_insert(order.len());
            if i == order.len() {
                order.push((module, Vec::new(), None, effect.at()));
            }
            places.push((effect.at(), i));
            let Some((_, names, worst, first)) = order.get_mut(i) else { continue };
            let name = self.phrases.import(symbol);
            if names.len() < MOST_FIELDS && !names.contains(&name) {
                names.push(name);
            }
            if severity > *worst {
                (*worst, *first) = (severity, effect.at());
            }
        }
        for (module, names, severity, first) in order {
            let why = if severity == Some(Severity::Danger) { "  # can do more than build data" } else { "" };
            self.push(0, format!("from {module} import {}{why}", names.join(", ")), severity, first, None);
        }
        let lines = self.source.lines.len();
        self.source.index.extend(places.into_iter().filter(|(_, line)| *line < lines));
    }

    /// Writes what an effect does, if it is not part of another line.
    fn effect(&mut self, effect: &Effect, discarded: &[NodeId]) {
        let severity = self.report.mark_at(self.part, effect.at());
        let (node, at) = (effect.node, effect.at());
        match effect.kind() {
            EffectKind::Call | EffectKind::Persistent if self.analysis.stands_alone(node) => {
                let text = self.phrases.call(node);
                let thrown = self.analysis.uses(node) == 0;
                let text = match thrown {
                    true if discarded.contains(&node) => format!("_ = {text}  # result thrown away"),
                    true if !self.analysis.is_root(node) => format!("_ = {text}"),
                    _ => format!("{} = {text}", self.phrases.name(node)),
                };
                self.push(0, text, severity, at, Some(node));
            }
            EffectKind::SetState if self.analysis.stands_alone(effect.subject) || severity.is_some() => {
                self.state(effect.subject, node, at, severity);
            }
            EffectKind::SetItem | EffectKind::Append | EffectKind::AddItem
                if self.analysis.stands_alone(effect.subject) || severity.is_some() =>
            {
                self.filled(effect, severity);
            }
            _ => {}
        }
    }

    fn state(&mut self, subject: NodeId, state: NodeId, at: u64, severity: Option<Severity>) {
        let graph = &self.pickled.decoded.graph;
        let name = self.phrases.subject(subject);
        let dicts: Option<Vec<Pairs<'_>>> = match graph.value(state) {
            Value::Dict(pairs) => Some(vec![pairs]),
            Value::Tuple(both) if both.len() == 2 => {
                let dict = |id: &NodeId| match graph.value(*id) {
                    Value::None => Some(Pairs::default()),
                    _ => graph.pairs(*id),
                };
                both.iter().map(dict).collect()
            }
            _ => None,
        };
        let named = |pairs: &Pairs<'_>| pairs.iter().all(|(key, _)| graph.str(key).is_some_and(phrase::is_identifier));
        let Some(dicts) = dicts.filter(|dicts| severity.is_none() && dicts.iter().all(named)) else {
            let text = format!("{name}.__setstate__({})", self.phrases.expression(state, true));
            return self.push(0, text, severity, at, Some(subject));
        };
        let begins = graph.offset(state);
        let all = dicts.iter().map(Pairs::len).sum::<usize>();
        for (key, value) in dicts.iter().flat_map(Pairs::iter).take(MOST_FIELDS) {
            let inside = |id: NodeId| Some(graph.offset(id)).filter(|o| (begins..at).contains(o));
            let offset = inside(value).or_else(|| inside(key)).unwrap_or(at);
            let key = graph.str(key).unwrap_or_default();
            let text = format!("{name}.{key} = {}", self.phrases.expression(value, false));
            self.push(0, text, None, offset, Some(value));
        }
        if all > MOST_FIELDS {
            let more = number::grouped((all - MOST_FIELDS) as u64);
            self.push(0, format!("# {more} more attributes of {name}"), None, at, Some(subject));
        }
        if let Some(last) = self.source.lines.len().checked_sub(1) {
            self.source.index.push((at, last));
        }
    }

    fn filled(&mut self, effect: &Effect, severity: Option<Severity>) {
        let graph = &self.pickled.decoded.graph;
        let name = self.phrases.subject(effect.subject);
        let at = effect.at();
        let Some(object) = graph.object(effect.subject) else {
            let value = self.phrases.expression(effect.node, true);
            let text = match effect.kind() {
                EffectKind::SetItem => format!("{name}[…] = {value}"),
                _ => format!("{name}.append({value})"),
            };
            return self.push(0, text, severity, at, Some(effect.subject));
        };
        let from = self.done.get(&effect.subject).copied().unwrap_or(0);
        if effect.kind() == EffectKind::SetItem {
            let mut written = from;
            for (key, value) in object.entries.iter().skip(from) {
                written += 1;
                if written <= MOST_FIELDS || severity.is_some() && value == effect.node {
                    let key = self.phrases.expression(key, false);
                    let text = format!("{name}[{key}] = {}", self.phrases.expression(value, false));
                    self.push(0, text, severity, graph.offset(value).min(at), Some(value));
                }
                if value == effect.node {
                    break;
                }
            }
            if written > MOST_FIELDS && from <= MOST_FIELDS && severity.is_none() {
                self.push(0, format!("# more entries of {name} are left out"), None, at, Some(effect.subject));
            }
            self.done.insert(effect.subject, written);
        } else if from == 0 || severity.is_some() {
            self.done.insert(effect.subject, 1);
            let method = if effect.kind() == EffectKind::AddItem { "update" } else { "extend" };
            let text = format!("{name}.{method}({})", self.phrases.items(object.items));
            self.push(0, text, severity, at, Some(effect.subject));
        }
    }

    fn give(&mut self, root: NodeId, at: u64) {
        let text = format!("return {}", self.phrases.expression(root, true));
        self.push(0, text, None, at, Some(root));
    }
}

#[cfg(test)]
mod tests;
