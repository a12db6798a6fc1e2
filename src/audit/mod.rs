//! Layer 4: what loading would do. This first form marks every import and call by what it reaches, from the tables
//! beside this file: known harmless constructors, known dangerous names, everything else unknown.
//!
//! It reads the effect log and not the tree: a call whose result is popped still ran.

mod sentence;
mod table;

use std::collections::BTreeMap;

use crate::bytes::Span;
use crate::formats::{Artifact, Pickled};
use crate::pickle::graph::{Flags, Made, SymbolId};
use crate::pickle::{Effect, EffectKind, Graph, NodeId, Op, Value};
use crate::view::describe::{Detail, describe};

pub use sentence::{Sentence, Tone, sentence};
pub use table::capability_text;

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
}

impl Report {
    /// Number of distinct callables of a kind: danger, unknown, known.
    pub fn counts(&self) -> (usize, usize, usize) {
        let count = |wanted: fn(&Verdict) -> bool| self.reaches.iter().filter(|r| wanted(&r.verdict)).count();
        (count(|v| matches!(v, Verdict::Danger(_))), count(|v| *v == Verdict::Unknown), count(|v| *v == Verdict::Known))
    }

    /// The verdict of the file.
    pub fn verdict(&self, artifact: &Artifact) -> FileVerdict {
        let worst = self.reaches.iter().map(|reach| reach.verdict).max();
        let read = !artifact.parts.is_empty();
        match worst {
            Some(Verdict::Danger(_)) => FileVerdict::Dangerous,
            Some(Verdict::Unknown) => FileVerdict::Suspicious,
            _ if !read => FileVerdict::Unreadable,
            _ if !artifact.is_complete() => FileVerdict::Suspicious,
            _ => FileVerdict::Clean,
        }
    }
}

/// What is known of every name of a graph, by symbol.
#[derive(Clone, Debug, Default)]
pub struct Verdicts(Vec<Verdict>);

impl Verdicts {
    /// Looks every name up.
    pub fn of(graph: &Graph) -> Self {
        Self(graph.symbols().iter().map(|symbol| table::look_up(&symbol.module, &symbol.name)).collect())
    }

    fn get(&self, id: SymbolId) -> Verdict {
        self.0.get(id.index()).copied().unwrap_or(Verdict::Unknown)
    }

    /// What is known of what a node names or, for the result of a call, of what was called.
    pub fn of_node(&self, graph: &Graph, id: NodeId) -> Verdict {
        match (graph.symbol_id(id), graph.value(id)) {
            (Some(symbol), _) => self.get(symbol),
            (None, Value::Object(object)) => graph.symbol_id(object.callee).map_or(Verdict::Unknown, |s| self.get(s)),
            _ => Verdict::Unknown,
        }
    }

    /// What is known of an effect: of the name imported, of the callable, of the class whose state is set.
    pub fn of_effect(&self, graph: &Graph, effect: &Effect) -> Verdict {
        match effect.kind() {
            EffectKind::Import => self.of_node(graph, effect.node),
            EffectKind::Call => match graph.value(effect.subject) {
                // The result of a call is called: nobody knows what that is.
                Value::Global(_) => self.of_node(graph, effect.subject),
                _ => Verdict::Unknown,
            },
            EffectKind::SetState | EffectKind::SetItem | EffectKind::Append | EffectKind::AddItem => {
                match graph.value(effect.subject) {
                    Value::Object(_) => self.of_node(graph, effect.subject),
                    // State or items set on an imported name change the running program.
                    _ => Verdict::Unknown,
                }
            }
            // Only the application knows what these give.
            EffectKind::Persistent | EffectKind::Buffer => Verdict::Known,
            EffectKind::Extension => Verdict::Unknown,
        }
    }
}

/// What is known of the opcode at `offset`, if it has an effect.
pub fn verdict_at(pickled: &Pickled, verdicts: &Verdicts, offset: u64) -> Option<(EffectKind, Verdict)> {
    let effects = &pickled.decoded.effects;
    let first = effects.partition_point(|effect| effect.at() < offset);
    let here = effects.get(first..)?.iter().take_while(|effect| effect.at() == offset);
    here.map(|effect| (effect.kind(), verdicts.of_effect(&pickled.decoded.graph, effect))).max_by_key(|(_, v)| *v)
}

/// What loading `artifact` would do.
pub fn report(artifact: &Artifact) -> Report {
    let mut reaches: Vec<Reach> = Vec::new();
    for (part, _, pickled) in artifact.pickles() {
        let graph = &pickled.decoded.graph;
        let verdicts = Verdicts::of(graph);
        // Keyed by symbol or, for callables without a name, by their text; in order, since it reaches the screen.
        let mut by_symbol: BTreeMap<(Option<SymbolId>, &'static str), usize> = BTreeMap::new();
        for effect in &pickled.decoded.effects {
            let verdict = verdicts.of_effect(graph, effect);
            let (subject, called) = match effect.kind() {
                EffectKind::Import => (effect.node, false),
                EffectKind::Call => (effect.subject, true),
                EffectKind::Extension => (effect.node, false),
                // Setting state is listed apart only where it is not part of building an object.
                EffectKind::SetState | EffectKind::SetItem | EffectKind::Append | EffectKind::AddItem
                    if graph.object(effect.subject).is_none() =>
                {
                    (effect.subject, true)
                }
                _ => continue,
            };
            let kind = match effect.kind() {
                EffectKind::SetState | EffectKind::SetItem | EffectKind::Append | EffectKind::AddItem => "change",
                _ => "",
            };
            let symbol = graph.symbol_id(subject);
            let index = *by_symbol.entry((symbol, kind)).or_insert_with(|| {
                reaches.push(Reach {
                    callable: callable_text(graph, subject),
                    symbol: graph.symbol(subject).map(|s| (s.module.to_string(), s.name.to_string())),
                    verdict,
                    calls: 0,
                    imports: 0,
                    part,
                    at: pickled.decoded.bytes.span(effect.at(), 1),
                    node: effect.node,
                    op: effect.op(),
                });
                reaches.len() - 1
            });
            let Some(reach) = reaches.get_mut(index) else { continue };
            reach.verdict = reach.verdict.max(verdict);
            if called {
                if reach.calls == 0 {
                    (reach.at, reach.node, reach.op) =
                        (pickled.decoded.bytes.span(effect.at(), 1), effect.node, effect.op());
                }
                reach.calls += 1;
            } else {
                reach.imports += 1;
            }
        }
    }
    reaches.sort_by_key(|reach| {
        std::cmp::Reverse(match reach.verdict {
            Verdict::Danger(_) => 2,
            Verdict::Unknown => 1,
            Verdict::Known => 0,
        })
    });
    Report { reaches }
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

/// A call with its arguments as Python would write them: `posix.system('ls')`.
pub fn call_text(artifact: &Artifact, reach: &Reach) -> String {
    format!("{}{}", reach.callable, arguments_text(artifact, reach))
}

/// The arguments of the first call of `reach`, as Python would write them; empty if it is never called.
pub fn arguments_text(artifact: &Artifact, reach: &Reach) -> String {
    const SHOWN: usize = 8;
    let Some(pickled) = artifact.pickled(reach.part) else { return String::new() };
    let graph = &pickled.decoded.graph;
    let Some(object) = graph.object(reach.node).filter(|_| reach.calls > 0) else { return String::new() };
    let items = graph.items(object.args).unwrap_or(&[]);
    let words = |id: &NodeId| {
        let described = describe(artifact, reach.part, pickled, *id, Detail::Row);
        if described.value.is_empty() { described.type_name } else { described.value }
    };
    let shown: Vec<String> = items.iter().take(SHOWN).map(words).collect();
    let more = if items.len() > SHOWN { ", …" } else { "" };
    format!("({}{more})", shown.join(", "))
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

/// True if dots of this name are walked, so that it may reach through an innocent module.
pub fn is_walked(graph: &Graph, id: NodeId) -> bool {
    graph.flags(id).has(Flags::DOTTED) && graph.symbol(id).is_some_and(|symbol| symbol.name.contains('.'))
}
