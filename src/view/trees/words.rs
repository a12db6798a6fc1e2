//! Nodes of trees in words: what a box says, what it says aloud, what the way to it means.

use super::Drawn;
use crate::bytes::Result;
use crate::formats::trees::{DecisionTree, Ensemble, Linear, Meaning, Side, Size, Split};
use crate::view::{escape, number};

/// The name of a feature, safe to show.
pub fn feature(ensemble: &Ensemble, i: Option<u32>) -> String {
    i.map_or_else(|| "no feature".to_owned(), |i| escape::plain(&ensemble.feature(i)))
}

/// The name of a class, safe to show; bare numbers say that they are classes.
pub fn class(ensemble: &Ensemble, output: u32, i: u32) -> String {
    let name = escape::plain(&ensemble.class(output, i));
    let bare = name.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'));
    if bare { format!("class {name}") } else { name }
}

/// Categories in a set before it is cut.
const CATEGORIES: usize = 12;

fn set(tree: &DecisionTree, which: u32) -> String {
    let all = tree.categories.get(which as usize).map_or(&[][..], |all| all);
    let shown: Vec<String> = all.iter().take(CATEGORIES).map(u32::to_string).collect();
    let more = if all.len() > CATEGORIES { format!(", … {} in all", all.len()) } else { String::new() };
    format!("{{{}{more}}}", shown.join(", "))
}

/// What a node asks, without the feature: `≤ 739.2`. The answer no has the opposite sign.
pub fn condition(tree: &DecisionTree, split: Split, side: Side, full: bool) -> String {
    let text = |value: f64| if full { crate::pickle::text::float_repr(value) } else { number::short(value) };
    let yes = side == Side::Left;
    match split {
        Split::Leaf => String::new(),
        Split::AtMost(value) => format!("{} {}", if yes { "≤" } else { ">" }, text(value)),
        Split::Below(value) => format!("{} {}", if yes { "<" } else { "≥" }, text(value)),
        Split::In(which) | Split::NotIn(which) => {
            let inside = yes == matches!(split, Split::In(_));
            // Libraries number categories before they split on them.
            let codes = if full { ", codes of categories" } else { "" };
            format!("{} {}{codes}", if inside { "in" } else { "not in" }, set(tree, which))
        }
    }
}

/// The two lines of a box: feature and condition of a split, result and rows of a leaf.
pub fn lines(ensemble: &Ensemble, drawn: &Drawn, id: u32) -> (String, String) {
    let Some(node) = drawn.tree.node(id) else { return Default::default() };
    if node.children.is_some() {
        return (feature(ensemble, node.feature), condition(&drawn.tree, node.split, Side::Left, false));
    }
    let rows = rows(&drawn.tree, id).unwrap_or_default();
    match result(ensemble, drawn, id) {
        Some(result) => (result, rows),
        None => (rows, String::new()),
    }
}

/// The rows that reach a node, as a bare number: counted, or summed weights where only those are kept.
pub fn rows(tree: &DecisionTree, id: u32) -> Option<String> {
    let node = tree.node(id)?;
    node.samples.or(node.weight).map(amount)
}

fn amount(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole and in range")]
    if value.fract() == 0.0 && (0.0..9e15).contains(&value) {
        return number::grouped(value as u64);
    }
    number::short(value)
}

/// What a node predicts: the commonest class, or the number.
pub fn result(ensemble: &Ensemble, drawn: &Drawn, id: u32) -> Option<String> {
    let values = &drawn.tree.values;
    match values.meaning {
        Meaning::Nothing => None,
        Meaning::Classes => {
            let (best, _) = values.majority(id, drawn.output)?;
            Some(class(ensemble, drawn.output, best))
        }
        Meaning::Score if drawn.tree.children(id).is_some() => None,
        Meaning::Score if drawn.tree.linear.contains_key(&id) => {
            drawn.tree.linear.get(&id).map(|linear| sum(ensemble, linear, 1, number::short))
        }
        Meaning::Prediction | Meaning::Score => {
            let value = values.output(id, drawn.output).first().copied()?;
            (!value.is_nan()).then(|| number::short(value))
        }
    }
}

/// A linear model: `0.17 + 0.026 × age`, cut behind so many terms.
fn sum(ensemble: &Ensemble, linear: &Linear, terms: usize, text: impl Fn(f64) -> String) -> String {
    let mut sum = text(linear.constant);
    for (i, factor) in linear.terms.iter().take(terms) {
        let sign = if factor.is_sign_negative() { '-' } else { '+' };
        sum.push_str(&format!(" {sign} {} × {}", text(factor.abs()), feature(ensemble, Some(*i))));
    }
    if linear.terms.len() > terms {
        sum.push_str(" + …");
    }
    sum
}

/// Terms of a linear model among the facts of a leaf.
const TERMS: usize = 100;

/// `86.3 %`
pub fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

/// Classes listed among the facts of a node.
const CLASSES: usize = 12;

/// Something known of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// The value, four digits of it.
    pub value: String,
    /// All digits, where there are more.
    pub exact: Option<String>,
}

/// What is known of a node.
pub fn facts(ensemble: &Ensemble, drawn: &Drawn, id: u32) -> Vec<Fact> {
    let tree = &drawn.tree;
    let Some(node) = tree.node(id) else { return Vec::new() };
    let mut facts = Vec::new();
    let mut push = |name: &str, value: String, exact: Option<String>| {
        facts.push(Fact { name: name.to_owned(), value, exact });
    };
    let exact = |value: f64| Some(crate::pickle::text::float_repr(value));
    push("Node", number::grouped(u64::from(id)), None);
    if let Some(samples) = node.samples {
        push("Rows", amount(samples), None);
    }
    let values = &tree.values;
    match values.meaning {
        Meaning::Nothing => {}
        Meaning::Classes => {
            let mut shares: Vec<(u32, f64)> = (0u32..).zip(values.shares(id, drawn.output)).collect();
            if shares.len() > CLASSES {
                shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            }
            for (i, share) in shares.iter().take(CLASSES) {
                push(&class(ensemble, drawn.output, *i), percent(*share), None);
            }
            if let Some(more) = shares.len().checked_sub(CLASSES).filter(|more| *more > 0) {
                let rest: f64 = shares.iter().skip(CLASSES).map(|(_, share)| share).sum();
                push(&number::count(more as u64, "other"), percent(rest), None);
            }
        }
        Meaning::Score if node.children.is_some() => {}
        Meaning::Prediction | Meaning::Score => {
            let mut name = if values.meaning == Meaning::Score { "Leaf value" } else { "Predicts" };
            if let Some(linear) = tree.linear.get(&id) {
                let all = |text: &dyn Fn(f64) -> String| sum(ensemble, linear, TERMS, text);
                push(name, all(&number::short), Some(all(&crate::pickle::text::float_repr)));
                name = "If one is missing";
            }
            if let Some(value) = values.output(id, drawn.output).first().filter(|value| !value.is_nan()) {
                push(name, number::short(*value), exact(*value));
            }
        }
    }
    if let Some(impurity) = node.impurity {
        let name = ensemble.criterion.as_deref().map(criterion).unwrap_or_else(|| "Impurity".to_owned());
        push(&name, number::short(impurity), exact(impurity));
    }
    if let Some(gain) = node.gain {
        push("Gain", number::short(gain), exact(gain));
    }
    if node.children.is_some() {
        push("Feature", feature(ensemble, node.feature), None);
        push(
            "Goes left if",
            condition(tree, node.split, Side::Left, false),
            Some(condition(tree, node.split, Side::Left, true)),
        );
        if let Some(side) = node.missing {
            push("Missing go", if side == Side::Left { "left" } else { "right" }.to_owned(), None);
        }
    }
    if let Some(weight) = node.weight.filter(|weight| node.samples != Some(*weight)) {
        push("Weight", amount(weight), None);
    }
    if let Some(share) = tree.share(id) {
        push("Share of rows", percent(share), None);
    }
    push("Depth", tree.depth_of(id).to_string(), None);
    facts
}

/// `Gini` for `gini`, `Squared error` for `squared_error`.
fn criterion(name: &str) -> String {
    let words = escape::plain(&name.replace('_', " "));
    let mut chars = words.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => "Impurity".to_owned(),
    }
}

/// Steps of a way that are listed.
const STEPS: usize = 200;

/// The way to a node from the root: each step with the node it was taken at. Very long ways lose their beginning.
pub fn rules(ensemble: &Ensemble, tree: &DecisionTree, id: u32) -> Vec<(u32, String)> {
    let path = tree.path(id);
    let skipped = path.len().saturating_sub(STEPS + 1);
    let mut rules = Vec::new();
    for pair in path.windows(2).skip(skipped) {
        let [(parent, _), (_, Some(side))] = pair else { continue };
        let Some(node) = tree.node(*parent) else { continue };
        rules.push((
            *parent,
            format!("{} {}", feature(ensemble, node.feature), condition(tree, node.split, *side, false)),
        ));
    }
    rules
}

/// A node in a sentence, for those who hear it.
pub fn sentence(ensemble: &Ensemble, drawn: &Drawn, id: u32) -> String {
    let (first, second) = lines(ensemble, drawn, id);
    let Some(node) = drawn.tree.node(id) else { return String::new() };
    let mut text = if node.children.is_some() {
        format!("Node {id}, {first} {second}")
    } else {
        format!("Node {id}, leaf, {}", result(ensemble, drawn, id).unwrap_or_else(|| "no value".to_owned()))
    };
    if let Some(rows) = rows(&drawn.tree, id) {
        text.push_str(&format!(", {rows} {}", if rows == "1" { "row" } else { "rows" }));
    }
    if node.children.is_some()
        && let Some(result) = result(ensemble, drawn, id)
    {
        let mostly = if drawn.tree.values.meaning == Meaning::Classes { "mostly" } else { "on average" };
        text.push_str(&format!(", {mostly} {result}"));
    }
    text
}

/// Facts of a drawn tree: `21 nodes · 11 leaves · depth 4`.
pub fn tree_facts(drawn: &Drawn) -> String {
    let size = drawn.tree.size();
    let mut text = format!(
        "{} · {} · depth {}",
        number::count(u64::from(size.nodes), "node"),
        leaves(size.leaves),
        number::grouped(u64::from(size.depth))
    );
    if let Some(rows) = rows(&drawn.tree, drawn.tree.root()) {
        text.push_str(&format!(" · {rows} training rows"));
    }
    let unreached = drawn.tree.ids().saturating_sub(size.nodes);
    if unreached > 0 {
        text.push_str(&format!(" · {} pruned", number::grouped(u64::from(unreached))));
    }
    text
}

fn leaves(n: u32) -> String {
    if n == 1 { "1 leaf".to_owned() } else { format!("{} leaves", number::grouped(u64::from(n))) }
}

/// Facts of an ensemble.
pub fn grove_facts(trees: usize, sizes: &[Result<Size>]) -> String {
    let read = || sizes.iter().filter_map(|size| size.as_ref().ok());
    let nodes: u64 = read().map(|size| u64::from(size.nodes)).sum();
    let (low, high) = (read().map(|size| size.depth).min(), read().map(|size| size.depth).max());
    let mut text = format!("{} · {}", number::count(trees as u64, "tree"), number::count(nodes, "node"));
    if let (Some(low), Some(high)) = (low, high) {
        text.push_str(&if low == high { format!(" · depth {low}") } else { format!(" · depth {low} to {high}") });
    }
    let bad = sizes.iter().filter(|size| size.is_err()).count();
    if bad > 0 {
        text.push_str(&format!(" · {bad} cannot be read"));
    }
    text
}

/// The name of a tree: `Tree [3]`, with the class it speaks for.
pub fn tree_name(ensemble: &Ensemble, i: usize) -> String {
    let label = ensemble.trees.label(i);
    match ensemble.trees.class(i) {
        Some(of) => format!("Tree {label}, {}", class(ensemble, 0, of)),
        None => format!("Tree {label}"),
    }
}
