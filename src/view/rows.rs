//! The rows below a row: the children of an object, its groups and ranges, the pairs of a pipeline as their steps.

use crate::formats::children::{Children, Edge};
use crate::formats::estimator::{Estimator, Named, Standing, is_estimator, named};
use crate::formats::python;
use crate::formats::{Artifact, Body, Pickled};
use crate::pickle::{Kind, NodeId, Value};
use crate::view::describe::{Description, Detail, describe};
use crate::view::estimator::{columns_text, set_text};
use crate::view::outline::{DEEPEST, Group, RANGE, Row, What};
use crate::view::{escape, number};

pub(super) fn row(what: What, depth: u16, can_open: bool) -> Row {
    Row { what, depth, open: false, can_open: can_open && depth < DEEPEST, back: false, place: None }
}

/// Objects that stand open further up are not opened again.
pub(super) fn mark_cycles(children: &mut [Row], is_above: impl Fn((usize, NodeId)) -> bool) {
    for child in children {
        if let What::Node { part, node, .. } = child.what
            && child.can_open
            && is_above((part, node))
        {
            (child.back, child.can_open) = (true, false);
        }
    }
}

pub(super) fn has_identity(kind: Kind) -> bool {
    matches!(kind, Kind::List | Kind::Dict | Kind::Set | Kind::Object | Kind::ByteArray)
}

/// The key of a child as a row shows it: names and strings bare, indices in brackets.
pub fn key_text(pickled: &Pickled, edge: Edge) -> String {
    let graph = &pickled.decoded.graph;
    match edge {
        Edge::Attribute(key) | Edge::Entry(key) | Edge::Keyword(key) | Edge::Step(_, key) => {
            if let Value::Text(data) = graph.value(key) {
                return escape::plain(&String::from_utf8_lossy(data.kept));
            }
        }
        Edge::Argument(i) => return format!("argument {i}"),
        Edge::Named(_, name) | Edge::Component(_, name) => return name.to_owned(),
        Edge::State => return "state".to_owned(),
        _ => {}
    }
    let mut text = String::new();
    edge.write(graph, &mut text);
    escape::plain(&text)
}

pub(super) fn can_open(artifact: &Artifact, part: usize, pickled: &Pickled, node: NodeId) -> bool {
    if artifact.inside(part, node).is_some() {
        return true;
    }
    let graph = &pickled.decoded.graph;
    // One line says all of a date; how it is stored stands in the detail.
    if python::is_plain(graph, node) {
        return false;
    }
    let children = Children::of(graph, &pickled.known, node);
    // Keys that are plain count as positions but show nothing; values come first, so one look is enough.
    children.positions() > 0 && children.iter(graph).next().is_some()
}

pub(super) fn part_rows(artifact: &Artifact, part: usize, depth: u16) -> Vec<Row> {
    let mut rows = Vec::new();
    match artifact.parts.get(part).map(|part| &part.body) {
        Some(Body::Pickle(pickled)) => {
            let tops = pickled.decoded.top().enumerate().take(RANGE * RANGE);
            for (pickle, p) in tops {
                if let Some(node) = p.root {
                    rows.push(row(
                        What::Node { part, node, edge: Err(pickle) },
                        depth,
                        can_open(artifact, part, pickled, node),
                    ));
                }
                if !p.discarded.is_empty() {
                    rows.push(row(What::Discarded { part, pickle }, depth, true));
                }
            }
        }
        Some(Body::Document(document)) => {
            if let Some(node) = document.pickled.root() {
                let open = can_open(artifact, part, &document.pickled, node);
                rows.push(row(What::Node { part, node, edge: Err(0) }, depth, open));
            }
        }
        Some(Body::Array(i)) => rows.push(row(What::Array(*i), depth, false)),
        Some(Body::Facts(facts)) => {
            let facts = facts.iter().enumerate().take(RANGE * RANGE);
            rows.extend(facts.map(|(i, _)| row(What::Fact(part, i), depth, false)));
        }
        // One that stands alone is its own row.
        Some(Body::Text) if depth == 0 => rows.push(row(What::Part(part), depth, false)),
        _ => {}
    }
    rows
}

pub(super) fn children_of(artifact: &Artifact, parent: &Row) -> Vec<Row> {
    let depth = parent.depth + 1;
    match &parent.what {
        What::Part(part) => part_rows(artifact, *part, depth),
        What::Node { part, node, .. } => {
            let Some(pickled) = artifact.pickled(*part) else { return Vec::new() };
            if is_estimator(&pickled.decoded.graph, *node) {
                return [Group::Parameters, Group::Fitted]
                    .into_iter()
                    .filter(|which| !group_members(pickled, *node, *which).is_empty())
                    .map(|which| row(What::Group { part: *part, node: *node, which }, depth, true))
                    .flat_map(|group| {
                        // Few enough to be read at a glance: shown open.
                        let mut group = Row { open: true, ..group };
                        let inner = children_of(artifact, &group);
                        group.open = inner.len() <= RANGE;
                        let inner = if group.open { inner } else { Vec::new() };
                        std::iter::once(group).chain(inner)
                    })
                    .collect();
            }
            if let Some(steps) = named(&pickled.decoded.graph, *node).filter(|steps| steps.len() <= RANGE) {
                return steps
                    .iter()
                    .enumerate()
                    .map(|(i, step)| step_row(artifact, pickled, *part, (i, step), depth))
                    .collect();
            }
            let end = Children::of(&pickled.decoded.graph, &pickled.known, *node).positions();
            let mut rows = positions(artifact, *part, *node, 0, end, depth);
            if let Some((inner, _)) = artifact.inside(*part, *node) {
                rows.extend(part_rows(artifact, inner, depth));
            }
            rows
        }
        What::Range { part, node, start, end } => positions(artifact, *part, *node, *start, *end, depth),
        What::Group { part, node, which } => {
            let Some(pickled) = artifact.pickled(*part) else { return Vec::new() };
            let rows = group_members(pickled, *node, *which).into_iter().filter(|(_, _, standing)| {
                // Defaults have a group of their own in that of the parameters.
                *which != Group::Parameters || !standing.is_default()
            });
            let rows = rows.map(|(edge, child, _)| {
                row(
                    What::Node { part: *part, node: child, edge: Ok(edge) },
                    depth,
                    can_open(artifact, *part, pickled, child),
                )
            });
            let folded = *which == Group::Parameters && !group_members(pickled, *node, Group::Defaults).is_empty();
            let folded = folded.then_some(What::Group { part: *part, node: *node, which: Group::Defaults });
            rows.chain(folded.map(|what| row(what, depth, true))).collect()
        }
        What::Discarded { part, pickle } => {
            let Some(pickled) = artifact.pickled(*part) else { return Vec::new() };
            let Some(p) = pickled.decoded.top().nth(*pickle) else { return Vec::new() };
            let all = p.discarded.iter().enumerate().take(RANGE);
            all.map(|(i, node)| {
                row(
                    What::Node { part: *part, node: *node, edge: Ok(Edge::Item(i)) },
                    depth,
                    can_open(artifact, *part, pickled, *node),
                )
            })
            .collect()
        }
        What::Array(_) | What::Fact(..) | What::Problem(_) | What::Prefix { .. } => Vec::new(),
    }
}

/// Children by position: themselves if they are few, else ranges of 100, 10,000, 1,000,000 ...
pub(super) fn positions(
    artifact: &Artifact,
    part: usize,
    node: NodeId,
    start: usize,
    end: usize,
    depth: u16,
) -> Vec<Row> {
    let Some(pickled) = artifact.pickled(part) else { return Vec::new() };
    let graph = &pickled.decoded.graph;
    let children = Children::of(graph, &pickled.known, node);
    if end - start <= RANGE {
        return (start..end)
            .filter_map(|i| children.get(graph, i))
            .map(|(edge, child)| {
                row(What::Node { part, node: child, edge: Ok(edge) }, depth, can_open(artifact, part, pickled, child))
            })
            .collect();
    }
    let mut step = RANGE;
    while (end - start).div_ceil(step) > RANGE {
        step = step.saturating_mul(RANGE);
    }
    (start..end)
        .step_by(step)
        .map(|from| (from, (from + step).min(end)))
        // Positions of plain keys show nothing.
        .filter(|(from, to)| (*from..*to).any(|i| children.get(graph, i).is_some()))
        .map(|(start, end)| row(What::Range { part, node, start, end }, depth, true))
        .collect()
}

/// The row of an item of a list of named estimators: the estimator by its name, or the whole tuple where it says for
/// which columns.
pub(super) fn step_row(
    artifact: &Artifact,
    pickled: &Pickled,
    part: usize,
    (i, step): (usize, &Named<'_>),
    depth: u16,
) -> Row {
    let (node, edge) = match step.columns {
        None => (step.object, Edge::Step(i, step.name_node)),
        Some(_) => (step.pair, Edge::Item(i)),
    };
    row(What::Node { part, node, edge: Ok(edge) }, depth, can_open(artifact, part, pickled, node))
}

/// Key and words of a branch of a ColumnTransformer, `(name, estimator, columns)`, if that is what a node is.
pub(super) fn branch(
    artifact: &Artifact,
    part: usize,
    pickled: &Pickled,
    node: NodeId,
) -> Option<(String, Description)> {
    let graph = &pickled.decoded.graph;
    let branch = Named::of(graph, node)?;
    let columns = columns_text(artifact, part, pickled, branch.columns?, Detail::Row);
    let mut described = describe(artifact, part, pickled, branch.object, Detail::Row);
    if is_estimator(graph, branch.object) {
        described.value = columns;
    } else if branch.is_idle(graph) {
        described.value = format!("{} {columns}", described.value);
    } else {
        return None;
    }
    Some((escape::plain(branch.name), described))
}

/// The attributes of an estimator that belong to a group.
pub(super) fn group_members(pickled: &Pickled, node: NodeId, which: Group) -> Vec<(Edge, NodeId, Standing)> {
    let Some(estimator) = Estimator::of(pickled, node) else { return Vec::new() };
    let belongs = |standing: Standing| match which {
        Group::Parameters => standing.is_parameter(),
        Group::Defaults => standing.is_default(),
        Group::Fitted => !standing.is_parameter(),
    };
    estimator.attributes().filter(|a| belongs(a.standing)).map(|a| (a.edge, a.node, a.standing)).collect()
}

/// A group in words: `Parameters`, `3 of 23 set`.
pub(super) fn group_text(pickled: &Pickled, node: NodeId, which: Group) -> (String, String) {
    let all = group_members(pickled, node, which);
    let n = all.len() as u64;
    match which {
        Group::Defaults => (number::count(n, "default"), String::new()),
        Group::Fitted => ("Fitted".to_owned(), number::grouped(n)),
        Group::Parameters => {
            let standings: Vec<Standing> = all.iter().map(|(_, _, standing)| *standing).collect();
            let words = set_text(&standings);
            ("Parameters".to_owned(), words)
        }
    }
}
