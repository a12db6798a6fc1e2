//! Looking for objects by key, type, shape or value: a scan of the model, not of the rows that happen to be visible.
//! What is found comes as a tree of its own: the matches in the order of the file, each below the objects it is in.

use crate::bytes::{Progress, Span};
use crate::formats::Artifact;
use crate::formats::children::Children;
use crate::formats::walk::Walk;
use crate::pickle::NodeId;
use crate::view::describe::{Class, Description, Detail, describe, describe_array};
use crate::view::query::{Candidate, Query};
use crate::view::rows::key_text;
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
    /// How many of that match's steps lead here; also how far it is indented.
    pub steps: usize,
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
                let mut above = None;
                for position in 0..children.positions() {
                    let Some((edge, child)) = children.get(graph, position) else { continue };
                    let steps = above.get_or_insert_with(|| walk.steps());
                    let key = key_text(pickled, edge);
                    search.look(part, pickle, child, &key, steps, Some((parent, position)));
                    if search.found.looked.is_multiple_of(LOOK) {
                        if progress.check(Span::default()).is_err() {
                            search.found.stopped = true;
                            return search.found.arranged();
                        }
                        if shown.elapsed() > SHOWN_EVERY {
                            so_far(search.found.clone().arranged());
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
    search.found.arranged()
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

impl Hits {
    /// Puts the matches in the order of the tree, with what they are in above them.
    fn arranged(mut self) -> Self {
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
            self.lines.extend((first..=hit.steps.len()).map(|steps| Line {
                hit: i,
                steps,
                matches: steps == hit.steps.len(),
            }));
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
                (key_text(pickled, edge), child)
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
            format!("{}{mark}{key} {}", " ".repeat(line.steps), description.value)
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
