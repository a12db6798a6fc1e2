//! A model of gradient boosting in words: its facts as rows, and its trees as rows.

use super::{escape, number};
use crate::formats::boosters::{Library, Model};
use crate::pickle::NodeId;

/// A model, ready to be drawn.
#[derive(Clone, Debug)]
pub struct Booster {
    /// `XGBoost model (UBJSON)`.
    pub what: String,
    /// What it says of itself.
    pub facts: Vec<Fact>,
    /// The part its trees are in.
    pub part: usize,
    /// Its trees.
    pub trees: Vec<TreeRow>,
    /// Names of its features.
    pub names: Vec<String>,
}

/// A row of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// How it is.
    pub value: String,
}

/// A tree in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// The object.
    pub node: NodeId,
    /// `[3]`, or `[1][0]` where a round grows several.
    pub label: String,
    /// How large it says it is.
    pub size: String,
}

/// Names that the row of facts shows; all are in the list.
const NAMES: usize = 6;

impl Booster {
    /// For a job.
    pub fn of(model: &Model<'_>) -> Self {
        let what = model.artifact.document(model.part).map_or("", |document| document.what);
        let names = model.summary().names.iter().map(|name| escape::plain(name)).collect();
        Self { what: what.to_owned(), facts: facts(model), part: model.part, trees: trees(model), names }
    }
}

/// What a model says of itself.
pub fn facts(model: &Model<'_>) -> Vec<Fact> {
    let s = model.summary();
    let mut facts = vec![Fact { name: "Library", value: model.library.name().to_owned() }];
    let mut put = |name: &'static str, value: Option<String>| {
        facts.extend(value.map(|value| Fact { name, value: escape::plain(&value) }));
    };
    let count = |n: Option<u64>| n.map(number::grouped);
    put(if model.library == Library::Lightgbm { "Format version" } else { "Version" }, s.version);
    put("Objective", s.objective);
    put("Booster", s.booster);
    put("Trees", count(s.trees));
    put("Rounds", count(s.rounds));
    put("Classes", count(s.classes));
    put("Targets", count(s.targets));
    put("Features", count(s.features));
    put("Weights", count(s.weights));
    put("Best round", s.best_round.map(|round| round.to_string()));
    put("Best score", s.best_score);
    put("Base score", s.base_score);
    if !s.names.is_empty() {
        let shown: Vec<&str> = s.names.iter().take(NAMES).map(String::as_str).collect();
        let more = s.names.len().saturating_sub(NAMES);
        let more = if more > 0 { format!(" and {} more", number::grouped(more as u64)) } else { String::new() };
        put("Feature names", Some(format!("{}{more}", shown.join(", "))));
    }
    facts
}

/// The same in a line: `XGBoost model (UBJSON): binary:logistic, gbtree, 5 trees, 30 features`.
pub fn line(model: &Model<'_>) -> String {
    let s = model.summary();
    let what = model.artifact.document(model.part).map_or("model", |document| document.what);
    let mut words = Vec::new();
    words.extend(s.objective);
    words.extend(s.booster);
    words.extend(s.trees.map(|n| number::count(n, "tree")));
    words.extend(s.weights.map(|n| number::count(n, "weight")));
    words.extend(s.features.map(|n| number::count(n, "feature")));
    words.extend(s.best_round.map(|n| format!("best round {n}")));
    let words = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
    escape::plain(&format!("{what}{words}"))
}

fn trees(model: &Model<'_>) -> Vec<TreeRow> {
    let graph = model.graph();
    let round = usize::try_from(model.round()).unwrap_or(1).max(1);
    let nodes = model.trees().and_then(|trees| graph.items(trees)).unwrap_or(&[]);
    let row = |(i, node): (usize, &NodeId)| {
        let number = |node: Option<NodeId>| node.and_then(|node| model.int(node)).and_then(|n| u64::try_from(n).ok());
        let of_tree = number(graph.get(*node, "tree_param").and_then(|param| graph.get(param, "num_nodes")));
        let size = match (of_tree, number(graph.get(*node, "num_leaves"))) {
            (Some(nodes), _) => number::count(nodes, "node"),
            (None, Some(1)) => "1 leaf".to_owned(),
            (None, Some(leaves)) => format!("{} leaves", number::grouped(leaves)),
            (None, None) => String::new(),
        };
        let label = if round > 1 { format!("[{}][{}]", i / round, i % round) } else { format!("[{i}]") };
        TreeRow { node: *node, label, size }
    };
    nodes.iter().enumerate().map(row).collect()
}
