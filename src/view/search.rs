//! Looking for objects by key, type, shape or value: a scan of the model, not of the rows that happen to be visible.
//! What is found comes as a tree of its own: the matches in the order of the file, each below the objects it is in.

use crate::bytes::{Progress, Span};
use crate::formats::Artifact;
use crate::formats::children::Children;
use crate::formats::estimator::{Named, named};
use crate::formats::walk::Walk;
use crate::pickle::{Graph, NodeId};
use crate::view::describe::{Class, Description, Detail, describe, describe_array};
use crate::view::outline::RANGE;
use crate::view::query::{Candidate, Query};
use crate::view::rows::{branch, key_text};
use crate::view::{escape, paths};

/// An object that matches.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The part it is in.
    pub part: usize,
    /// Which pickle of it.
    pub pickle: usize,
    /// (parent, position) from the root.
    pub steps: Vec<(NodeId, usize)>,
    /// The array, if it belongs to no pickle.
    pub array: Option<usize>,
}

/// A row of what was found: a match, or an object that a match is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The match it is, or the first one it leads to.
    pub hit: usize,
    /// How many of that match's steps lead here.
    pub steps: usize,
    /// How far it is indented: the rows above it that it is in.
    pub depth: usize,
    /// It matches.
    pub matches: bool,
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// The first matches in the order of the file.
    pub hits: Vec<Hit>,
    /// Matches and what they are in, as rows.
    pub lines: Vec<Line>,
    /// Matches in all.
    pub total: u64,
    /// Objects looked at.
    pub looked: u64,
    /// It was stopped before the end.
    pub stopped: bool,
}

/// Matches kept: nobody reads more, and the count says how many there are.
const KEPT: usize = 5000;
/// Objects between two looks at the clock.
const LOOK: u64 = 4096;
/// Time between two partial results.
const SHOWN_EVERY: std::time::Duration = std::time::Duration::from_millis(250);

/// What the audit thinks of the node of a part, for the token `unsafe`.
pub type Flagged<'a> = &'a dyn Fn(usize, NodeId) -> bool;

/// Finds the objects that match `query`. Hands what it has so far to `so_far` now and then; stops when cancelled.
pub fn search(
    artifact: &Artifact,
    query: &Query,
    flagged: Flagged<'_>,
    progress: &Progress,
    so_far: &mut dyn FnMut(Hits),
) -> Hits {
    let mut search = Search { artifact, query, flagged, progress, found: Hits::default() };
    let mut shown = std::time::Instant::now();
    for (part, _, pickled) in artifact.graphs() {
        let graph = &pickled.decoded.graph;
        progress.phase("Searching", 0);
        let mut walk = Walk::new(graph, &pickled.known);
        for (pickle, p) in pickled.decoded.top().enumerate() {
            let prefix = pickled.prefix(pickle);
            let Some(root) = p.root else { continue };
            search.look(part, pickle, root, "root", &[], None);
            if !walk.enter(root, &prefix) {
                continue;
            }
            let mut next = Some(root);
            while let Some(parent) = next {
                let children = Children::of(graph, &pickled.known, parent);
                let rows = Steps::of(graph, parent, walk.above().next());
                let mut above = None;
                for position in 0..children.positions() {
                    let Some((edge, child)) = children.get(graph, position) else { continue };
                    let steps = above.get_or_insert_with(|| walk.steps());
                    if rows.have_none(child) {
                        continue;
                    }
                    let key = rows.key(child).unwrap_or_else(|| key_text(pickled, edge));
                    search.look(part, pickle, child, &key, steps, Some((parent, position)));
                    if search.found.looked.is_multiple_of(LOOK) {
                        if progress.check(Span::default()).is_err() {
                            search.found.stopped = true;
                            return search.found.arranged(artifact);
                        }
                        if shown.elapsed() > SHOWN_EVERY {
                            so_far(search.found.clone().arranged(artifact));
                            shown = std::time::Instant::now();
                        }
                    }
                }
                next = walk.advance();
            }
        }
    }
    for (i, array) in artifact.arrays.iter().enumerate().filter(|(_, array)| array.node.is_none()) {
        let description = describe_array(array);
        let key = escape::plain(&array.path);
        let candidate =
            Candidate { artifact, node: None, array: Some(array), key: &key, description: &description, flagged };
        search.found.looked += 1;
        if query.matches(&candidate, progress) {
            search.keep(Hit { part: array.part, pickle: 0, steps: Vec::new(), array: Some(i) });
        }
    }
    search.found.stopped = progress.is_cancelled();
    search.found.arranged(artifact)
}

/// How the tree shows the children of a node that is part of a list of named estimators: a step is one row, named as the
/// step is, for the pair and the estimator in it.
enum Steps<'g> {
    /// It is no such node.
    No,
    /// It is the list.
    List(Vec<Named<'g>>),
    /// It is the pair of a step.
    Pair(Named<'g>),
}

impl<'g> Steps<'g> {
    fn of(graph: &'g Graph, node: NodeId, above: Option<NodeId>) -> Self {
        let shown = |list: NodeId| named(graph, list).filter(|steps| steps.len() <= RANGE);
        if let Some(pair) = Named::of(graph, node).filter(|pair| pair.columns.is_none())
            && above.and_then(shown).is_some_and(|steps| steps.iter().any(|step| step.pair == node))
        {
            return Self::Pair(pair);
        }
        shown(node).map_or(Self::No, Self::List)
    }

    /// True if no row of the tree is that of `child` itself.
    fn have_none(&self, child: NodeId) -> bool {
        match self {
            Self::No => false,
            Self::List(steps) => steps.iter().any(|step| step.pair == child && step.columns.is_none()),
            Self::Pair(pair) => child != pair.object,
        }
    }

    /// What its row is called, if that is not what leads to it.
    fn key(&self, child: NodeId) -> Option<String> {
        let name = match self {
            Self::No => return None,
            Self::List(steps) => steps.iter().find(|step| step.pair == child)?.name,
            Self::Pair(pair) => pair.name,
        };
        Some(escape::plain(name))
    }
}

struct Search<'a> {
    artifact: &'a Artifact,
    query: &'a Query,
    flagged: Flagged<'a>,
    progress: &'a Progress,
    found: Hits,
}

impl Search<'_> {
    fn look(
        &mut self,
        part: usize,
        pickle: usize,
        node: NodeId,
        key: &str,
        above: &[(NodeId, usize)],
        last: Option<(NodeId, usize)>,
    ) {
        self.found.looked += 1;
        if self.found.looked.is_multiple_of(LOOK) {
            self.progress.set(self.found.looked);
        }
        let Some(pickled) = self.artifact.pickled(part) else { return };
        let description = describe(self.artifact, part, pickled, node, Detail::Row);
        let candidate = Candidate {
            artifact: self.artifact,
            node: Some((part, pickled, node)),
            array: self.artifact.array_of(part, node).and_then(|i| self.artifact.arrays.get(i)),
            key,
            description: &description,
            flagged: self.flagged,
        };
        if self.query.matches(&candidate, self.progress) {
            let steps = above.iter().copied().chain(last).collect();
            self.keep(Hit { part, pickle, steps, array: None });
        }
    }

    fn keep(&mut self, hit: Hit) {
        self.found.total += 1;
        if self.found.hits.len() < KEPT {
            self.found.hits.push(hit);
        }
    }
}

impl Hit {
    /// True if the object that this many steps lead to has no row of its own.
    fn is_pair(&self, artifact: &Artifact, steps: usize) -> bool {
        let step = steps.checked_sub(1).and_then(|last| self.steps.get(last));
        let (Some((list, position)), Some(pickled)) = (step, artifact.pickled(self.part)) else { return false };
        let graph = &pickled.decoded.graph;
        let child = graph.items(*list).and_then(|items| items.get(*position));
        child.is_some_and(|child| Steps::of(graph, *list, None).have_none(*child))
    }
}

impl Hits {
    /// Puts the matches in the order of the tree, with what they are in above them.
    fn arranged(mut self, artifact: &Artifact) -> Self {
        let place = |hit: &Hit| (hit.array, hit.part, hit.pickle);
        self.hits.sort_by(|a, b| {
            let positions = |hit: &Hit| hit.steps.iter().map(|step| step.1).collect::<Vec<_>>();
            place(a).cmp(&place(b)).then_with(|| positions(a).cmp(&positions(b)))
        });
        let mut before: Option<&Hit> = None;
        for (i, hit) in self.hits.iter().enumerate() {
            let common = match before {
                Some(last) if place(last) == place(hit) => {
                    1 + last.steps.iter().zip(&hit.steps).take_while(|(a, b)| a == b).count()
                }
                _ => 0,
            };
            let first = common.min(hit.steps.len());
            let mut depth = 0;
            for steps in 0..=hit.steps.len() {
                let matches = steps == hit.steps.len();
                if !matches && hit.is_pair(artifact, steps) {
                    continue;
                }
                if steps >= first {
                    self.lines.push(Line { hit: i, steps, depth, matches });
                }
                depth += 1;
            }
            before = Some(hit);
        }
        self
    }

    /// A row in words: its key and what stands there.
    pub fn label(&self, artifact: &Artifact, line: Line) -> Option<(String, Description)> {
        let hit = self.hits.get(line.hit)?;
        if let Some(array) = hit.array.and_then(|i| artifact.arrays.get(i)) {
            return Some((escape::plain(&array.path.replacen('$', "root", 1)), describe_array(array)));
        }
        let pickled = artifact.pickled(hit.part)?;
        let graph = &pickled.decoded.graph;
        let (key, node) = match line.steps.checked_sub(1) {
            None => {
                let root = pickled.decoded.top().nth(hit.pickle)?.root?;
                (if hit.pickle == pickled.main { "root".to_owned() } else { format!("root #{}", hit.pickle) }, root)
            }
            Some(last) => {
                let (parent, position) = *hit.steps.get(last)?;
                let (edge, child) = Children::of(graph, &pickled.known, parent).get(graph, position)?;
                if let Some(branch) = branch(artifact, hit.part, pickled, child) {
                    return Some(branch);
                }
                let above = last.checked_sub(1).and_then(|above| hit.steps.get(above)).map(|step| step.0);
                let name = Steps::of(graph, parent, above).key(child);
                (name.unwrap_or_else(|| key_text(pickled, edge)), child)
            }
        };
        Some((key, describe(artifact, hit.part, pickled, node, Detail::Row)))
    }

    /// The class of a row, for its icon; plain where it is gone.
    pub fn class(&self, artifact: &Artifact, line: Line) -> Class {
        self.label(artifact, line).map_or(Class::Object, |(_, description)| description.class)
    }
}

/// The place a typed path means.
pub fn place(artifact: &Artifact, text: &str) -> Option<paths::Place> {
    let text = text.trim();
    let dollar = if let Some(rest) = text.strip_prefix("obj").or_else(|| text.strip_prefix("root")) {
        format!("${rest}")
    } else {
        text.to_owned()
    };
    paths::resolve(artifact, &dollar)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bytes::{Bytes, Limits};

    fn found(artifact: &Artifact, query: &str) -> (Vec<String>, Hits) {
        let query = Query::parse(query);
        let hits = search(artifact, &query, &|_, _| false, &Progress::new(), &mut |_| {});
        let text = |line: &Line| {
            let (key, description) = hits.label(artifact, *line).unwrap();
            let mark = if line.matches { "*" } else { "" };
            format!("{}{mark}{key} {}", " ".repeat(line.depth), description.value)
        };
        (hits.lines.iter().map(text).collect(), hits)
    }

    fn model() -> Artifact {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/logistic_model.pkl");
        crate::formats::open(&path, &Limits::default(), &Progress::new()).unwrap()
    }

    #[test]
    fn keys_values_and_types_are_found() {
        let artifact = model();
        let keys = |query: &str| -> Vec<String> {
            let (_, hits) = found(&artifact, query);
            hits.lines.iter().filter(|l| l.matches).map(|l| hits.label(&artifact, *l).unwrap().0).collect()
        };
        assert_eq!(keys("COEF"), ["coef_"]);
        assert_eq!(keys("value:lbfgs"), ["solver"]);
        assert_eq!(keys("dtype:f8 shape:(3,)"), ["intercept_"]);
        assert_eq!(keys("shape:(_,4)"), ["coef_"]);
        assert_eq!(keys("type:ndarray dtype:int64 >20B"), ["classes_"]);
        assert_eq!(keys("nan"), [""; 0]);
        assert_eq!(found(&artifact, "no such thing").1.total, 0);
        assert!(place(&artifact, "obj.coef_").is_some() && place(&artifact, "$.nothing").is_none());
    }

    #[test]
    fn matches_stand_below_what_they_are_in_in_the_order_of_the_file() {
        // {'a': {'x': 1, 'y': [{'x': 2}]}, 'b': {'x': 3}}
        let mut data = b"\x80\x04}(\x8c\x01a}(\x8c\x01xK\x01\x8c\x01y]}\x8c\x01xK\x02sau".to_vec();
        data.extend(b"\x8c\x01b}\x8c\x01xK\x03su.");
        let artifact =
            crate::formats::read(Path::new("t"), Bytes::from_vec(data), &Limits::default(), &Progress::new());
        let (lines, hits) = found(&artifact, "key:x");
        let expected =
            ["root 2 items", " a 2 items", "  *x 1", "  y 1 item", "   [0] 1 item", "    *x 2", " b 1 item", "  *x 3"];
        assert_eq!(lines, expected);
        // Looked at: root, a, b, three x, y, its item.
        assert_eq!((hits.total, hits.looked), (3, 8));
        let (lines, _) = found(&artifact, "@0x12");
        assert_eq!(lines.last().unwrap(), "   *[0] 1 item");
    }

    #[test]
    fn a_step_of_a_pipeline_is_one_row_by_its_name() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files/sklearn/pipeline_ct.joblib");
        let artifact = crate::formats::open(&path, &Limits::default(), &Progress::new()).unwrap();
        let (lines, _) = found(&artifact, "key:prep");
        assert_eq!(lines, ["root ", " steps 2 items", "  *prep "]);
        let (lines, _) = found(&artifact, "key:n_samples_seen_");
        let above = ["root ", " steps 2 items", "  prep ", "   transformers_ 2 items", "    num ['age']", "     [1] "];
        let below = ["      steps 2 items", "       sc ", "        *n_samples_seen_ 40.0"];
        assert_eq!(lines, [&above[..], &below].concat());
    }

    #[test]
    fn a_cancelled_search_keeps_what_it_found() {
        let mut data = b"\x80\x04](".to_vec();
        data.extend(b"K\x07".repeat(20_000));
        data.extend(b"e.");
        let artifact =
            crate::formats::read(Path::new("t"), Bytes::from_vec(data), &Limits::default(), &Progress::new());
        let progress = Progress::new();
        progress.cancel();
        let hits = search(&artifact, &Query::parse("7"), &|_, _| false, &progress, &mut |_| {});
        assert!(hits.stopped && hits.total > 4000 && hits.total < 20_000, "{}", hits.total);
    }
}
