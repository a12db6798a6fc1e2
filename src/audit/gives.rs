//! What a file tells of its author, apart from what it would do: paths, addresses, keys, source, rows of training data.
//! Notes, never an alarm.

use std::sync::OnceLock;

use regex::bytes::Regex;

use super::finding::{Collector, Executed, Place};
use super::rules::{self, Rule};
use crate::formats::Pickled;
use crate::pickle::{EffectKind, Kind, Value};
use crate::view::escape;

/// Text of one stream that is looked at: beyond, a file is data.
const LOOKED_AT: usize = 32 << 20;
/// Examples named of each kind.
const EXAMPLES: usize = 3;
/// Places of each kind that are looked at closely.
const PLACES: usize = 256;

/// What is looked for. The texts of a stream are searched at once, where they lie one behind the other; what is found
/// there may reach from one text into the next, so the texts it touches are then looked at one by one.
struct Pattern {
    rule: &'static Rule,
    /// What is found quickly wherever something of this kind is.
    sign: &'static str,
    /// What is taken, of one text: the first group, else all.
    taken: &'static str,
    /// Where it lies tells nothing of the author if it begins, or goes on, with one of these.
    everybodys: (&'static [&'static str], &'static [&'static str]),
}

/// Folders of the root that every machine has, and folders of libraries.
const EVERYBODYS: (&[&str], &[&str]) =
    (&["/usr/", "/opt/", "/lib/", "/snap/"], &["/site-packages/", "/dist-packages/", "/lib/python"]);
const NOBODYS: (&[&str], &[&str]) = (&[], &[]);

/// The signs begin with letters that rarely occur, so that looking is fast.
const PATTERNS: &[Pattern] = &[
    Pattern {
        rule: &rules::GIVES_PATH,
        sign: r"(?-u)/home/|/Users/|/root/|/mnt/|/workspace/|/data/home/",
        taken: r"(?-u)(?:/home/|/Users/|/root/|/mnt/|/workspace/|/data/home/)[A-Za-z0-9_.-]+/[^\x00-\x20'\x22<>|:;,()]{1,200}",
        everybodys: NOBODYS,
    },
    Pattern {
        rule: &rules::GIVES_PATH,
        sign: r"(?-u)\.(?:py|ipynb)",
        taken: r"(?-u)(?:^|[\s'\x22=(])(/[^\x00-\x20'\x22<>|:;,()]{1,200}\.(?:py|ipynb))(?:[^A-Za-z0-9_]|$)",
        everybodys: EVERYBODYS,
    },
    Pattern {
        rule: &rules::GIVES_PATH,
        sign: r"(?-u):\\(?:Users|Documents and Settings)\\",
        taken: r"(?-u)[A-Z]:\\(?:Users|Documents and Settings)\\[^\x00-\x1f'\x22<>|:;,()]{1,200}",
        everybodys: NOBODYS,
    },
    Pattern {
        rule: &rules::GIVES_EMAIL,
        sign: r"(?-u)@[A-Za-z0-9-]{1,63}\.",
        // What stands between `:` and `@` in an address of a server is a password.
        taken: r"(?-u)(?:^|mailto:|[^A-Za-z0-9._%+:/-])([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,12})",
        everybodys: NOBODYS,
    },
    Pattern {
        rule: &rules::GIVES_SECRET,
        sign: r"(?-u)AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|hf_|npm_|sk-|sk_live_|xox[abprs]-|AIza|eyJ|PRIVATE KEY-----",
        taken: r"(?-u)A[KS]IA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,}|glpat-[A-Za-z0-9_-]{20,}|hf_[A-Za-z]{34}|npm_[A-Za-z0-9]{36}|sk-[A-Za-z0-9_-]{32,}|sk_live_[A-Za-z0-9]{16,}|xox[abprs]-[A-Za-z0-9-]{20,}|AIza[0-9A-Za-z_-]{35}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
        everybodys: NOBODYS,
    },
    // A password in an address: scheme://user:password@host
    Pattern {
        rule: &rules::GIVES_SECRET,
        sign: r"(?-u)://[^\x00-\x20/@:]{1,64}:",
        taken: r"(?-u)[a-z][a-z0-9+.-]{1,20}://[^\x00-\x20/@:]{1,64}:[^\x00-\x20/@:]{1,128}@[A-Za-z0-9.-]+",
        everybodys: NOBODYS,
    },
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

fn patterns() -> &'static [(&'static Pattern, Regex, Regex)] {
    static PATTERN: OnceLock<Vec<(&'static Pattern, Regex, Regex)>> = OnceLock::new();
    let compiled =
        |pattern: &'static Pattern| Some((pattern, Regex::new(pattern.sign).ok()?, Regex::new(pattern.taken).ok()?));
    PATTERN.get_or_init(|| PATTERNS.iter().filter_map(compiled).collect())
}

/// Looks at the text and the names of one part.
pub(super) fn away(collector: &mut Collector<'_>, part: usize, pickled: &Pickled) {
    for rule in [&rules::GIVES_PATH, &rules::GIVES_EMAIL, &rules::GIVES_SECRET] {
        texts(collector, part, pickled, rule);
    }
    rows(collector, part, pickled);
    source(collector, part, pickled);
}

/// What the texts of a part hold that one rule is about.
fn texts(collector: &mut Collector<'_>, part: usize, pickled: &Pickled, rule: &'static Rule) {
    let graph = &pickled.decoded.graph;
    let kept = graph.kept_text();
    let kept = kept.get(..LOOKED_AT).unwrap_or(kept);
    let mut found: Vec<String> = Vec::new();
    let mut first = None;
    for (pattern, sign, taken) in patterns().iter().filter(|(pattern, ..)| pattern.rule.id == rule.id) {
        let (roots, folders) = pattern.everybodys;
        let places: Vec<_> = sign.find_iter(kept).map(|hit| hit.range()).take(PLACES).collect();
        for node in graph.keepers(&places) {
            let (Value::Text(data) | Value::Str8(data) | Value::Bytes(data) | Value::ByteArray(data)) =
                graph.value(node)
            else {
                continue;
            };
            for hit in taken.captures_iter(data.kept) {
                let Some(hit) = hit.get(1).or_else(|| hit.get(0)) else { continue };
                let text = escape::plain(&String::from_utf8_lossy(hit.as_bytes()));
                let of_everybody = roots.iter().any(|root| text.starts_with(root))
                    || folders.iter().any(|folder| text.contains(folder));
                if of_everybody || found.contains(&text) {
                    continue;
                }
                first.get_or_insert(node);
                found.push(text);
            }
            if found.len() > EXAMPLES {
                break;
            }
        }
    }
    let Some(node) = first else { return };
    let more = if found.len() > EXAMPLES { ", …" } else { "" };
    let shown = found.iter().take(EXAMPLES).map(|text| shorten(rule, text)).collect::<Vec<_>>().join(", ");
    let at = pickled.decoded.bytes.span(graph.offset(node), 1);
    let place = Place { part, at, node: Some(node), op: None };
    collector.add(rule, String::new(), format!("{shown}{more}"), place, Executed::No);
}

/// A secret is not repeated in a report.
fn shorten(rule: &Rule, text: &str) -> String {
    if rule.id == rules::GIVES_SECRET.id {
        let head: String = text.chars().take(8).collect();
        return format!("{head}…");
    }
    text.to_owned()
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
