//! What a file tells of its author, apart from what it would do: paths, addresses, keys, source, rows of training data.
//! Notes, never an alarm.

use std::sync::OnceLock;

use regex::bytes::Regex;

use super::finding::{Collector, Executed, Place};
use super::rules::{self, Rule};
use crate::formats::Pickled;
use crate::pickle::{EffectKind, Kind, NodeId, Value};
use crate::view::escape;

/// Text of one stream that is looked at: beyond, a file is data.
const LOOKED_AT: usize = 32 << 20;
/// Examples named of each kind.
const EXAMPLES: usize = 3;

/// (rule, pattern): each begins with letters that rarely occur, so that looking is fast.
const PATTERNS: &[(&Rule, &str)] = &[
    (
        &rules::GIVES_PATH,
        r"(?-u)(?:/home/|/Users/|/root/|/mnt/|/workspace/|/data/home/)[A-Za-z0-9_.-]+/[^\x00-\x1f'\x22<>|]{1,200}",
    ),
    (&rules::GIVES_PATH, r"(?-u)[A-Z]:\\(?:Users|Documents and Settings)\\[^\x00-\x1f'\x22<>|]{1,200}"),
    (&rules::GIVES_EMAIL, r"(?-u)[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,12}"),
    (
        &rules::GIVES_SECRET,
        r"(?-u)AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,}|hf_[A-Za-z]{34}|sk-[A-Za-z0-9_-]{32,}|xox[abpr]-[A-Za-z0-9-]{20,}|AIza[0-9A-Za-z_-]{35}|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    ),
];

/// Attributes that hold rows of training data: (class ends with, attribute).
const ROWS: &[(&str, &str)] = &[
    ("", "_fit_X"),
    ("", "support_vectors_"),
    ("", "X_train_"),
    ("", "X_fit_"),
    ("LocalOutlierFactor", "_fit_X"),
    ("NearestNeighbors", "_tree"),
    ("", "_raw_data"),
    ("", "shapley_background_"),
];

fn patterns() -> &'static [(&'static Rule, Regex)] {
    static PATTERN: OnceLock<Vec<(&'static Rule, Regex)>> = OnceLock::new();
    PATTERN.get_or_init(|| PATTERNS.iter().filter_map(|(rule, text)| Some((*rule, Regex::new(text).ok()?))).collect())
}

/// Looks at the text and the names of one part.
pub(super) fn away(collector: &mut Collector<'_>, part: usize, pickled: &Pickled) {
    let graph = &pickled.decoded.graph;
    let kept = graph.kept_text();
    let kept = kept.get(..LOOKED_AT).unwrap_or(kept);
    for (rule, pattern) in patterns() {
        let mut found: Vec<String> = Vec::new();
        for hit in pattern.find_iter(kept) {
            let text = escape::plain(&String::from_utf8_lossy(hit.as_bytes()));
            if !found.contains(&text) {
                found.push(text);
            }
            if found.len() > EXAMPLES {
                break;
            }
        }
        let Some(first) = found.first().cloned() else { continue };
        let more = if found.len() > EXAMPLES { ", …" } else { "" };
        let shown = found.iter().take(EXAMPLES).map(|text| shorten(rule, text)).collect::<Vec<_>>().join(", ");
        let node = holder(pickled, &first);
        let at = pickled.decoded.bytes.span(node.map_or(0, |node| graph.offset(node)), 1);
        collector.add(rule, String::new(), format!("{shown}{more}"), Place { part, at, node, op: None }, Executed::No);
    }
    rows(collector, part, pickled);
    source(collector, part, pickled);
}

/// A secret is not repeated in a report.
fn shorten(rule: &Rule, text: &str) -> String {
    if rule.id == rules::GIVES_SECRET.id {
        let head: String = text.chars().take(8).collect();
        return format!("{head}…");
    }
    text.to_owned()
}

/// The first text that contains `needle`.
fn holder(pickled: &Pickled, needle: &str) -> Option<NodeId> {
    let graph = &pickled.decoded.graph;
    graph.ids().find(|id| match graph.kind(*id) {
        Kind::Text | Kind::Str8 | Kind::Bytes => match graph.value(*id) {
            Value::Text(data) | Value::Str8(data) | Value::Bytes(data) => {
                memchr::memmem::find(data.kept, needle.as_bytes()).is_some()
            }
            _ => false,
        },
        _ => false,
    })
}

/// Estimators that keep rows of the data they were trained on.
fn rows(collector: &mut Collector<'_>, part: usize, pickled: &Pickled) {
    let graph = &pickled.decoded.graph;
    for effect in pickled.decoded.effects.iter().filter(|effect| effect.kind() == EffectKind::SetState) {
        let Some(class) = graph.class(effect.subject) else { continue };
        if !class.module.starts_with("sklearn.") {
            continue;
        }
        for (ending, attribute) in ROWS {
            let value = if class.name.ends_with(ending) { graph.attribute(effect.subject, attribute) } else { None };
            let Some(value) = value.filter(|value| graph.kind(*value) == Kind::Object) else { continue };
            let at = pickled.decoded.bytes.span(graph.offset(value), 1);
            let words = format!("{}.{attribute}", class.name);
            collector.add(
                &rules::GIVES_ROWS,
                words,
                String::new(),
                Place { part, at, node: Some(value), op: None },
                Executed::No,
            );
        }
    }
}

/// Source text that PyTorch's old files keep of a module's class: ("module", class, file, source).
fn source(collector: &mut Collector<'_>, part: usize, pickled: &Pickled) {
    let graph = &pickled.decoded.graph;
    for effect in pickled.decoded.effects.iter().filter(|effect| effect.kind() == EffectKind::Persistent) {
        let Value::Persistent(pid) = graph.value(effect.node) else { continue };
        let Some([kind, class, file, _, ..]) = graph.items(pid) else { continue };
        if graph.str(*kind) != Some("module") {
            continue;
        }
        let class = graph.symbol(*class).map(crate::pickle::Symbol::dotted).unwrap_or_default();
        let file = escape::plain(graph.str(*file).unwrap_or("?"));
        let at = pickled.decoded.bytes.span(effect.at(), 1);
        let words = format!("The source of {} from {file}", escape::plain(&class));
        collector.add(
            &rules::GIVES_SOURCE,
            class,
            words,
            Place { part, at, node: Some(effect.node), op: None },
            Executed::No,
        );
    }
}
