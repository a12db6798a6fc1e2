//! The graph unfolded as rows: only what is open is stored, so that a click costs what it shows and a frame costs what
//! is visible. The identity of a row is its path, not its node: a shared object may stand in several rows.

use std::collections::HashSet;
use std::sync::Arc;

use crate::formats::children::{Children, Edge};
use crate::formats::python;
use crate::formats::state_dict::Of;
use crate::formats::{Artifact, Body, Pickled, key_path};
use crate::pickle::{End, NodeId};
use crate::view::describe::{Class, Description, Detail, describe, describe_array};
use crate::view::groups::{self, Arrangement, Measured, Place};
use crate::view::rows::{
    branch, children_of, group_members, group_text, has_identity, key_text, mark_cycles, part_rows, row,
};
use crate::view::{escape, number};

/// Most rows one click inserts: longer containers open as ranges.
pub(super) const RANGE: usize = 100;
/// Levels of ranges, groups and prefixes between an object and its child.
pub(super) const STEPS: usize = 40;
/// Rows that "open all below" stops at.
const MOST_ROWS: usize = 100_000;

/// Depth to which rows open: a million lists in each other are no tree that anybody reads.
pub(super) const DEEPEST: u16 = 60_000;
/// Steps that are opened to show one object.
const FOLLOWED: usize = 2000;

/// What a row stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A part of an archive with several.
    Part(usize),
    /// An object: the root of a pickle, or a child by its edge.
    Node {
        /// The part it is in.
        part: usize,
        /// The node.
        node: NodeId,
        /// How it hangs on the row above; None for a root, which has the number of its pickle.
        edge: Result<Edge, usize>,
    },
    /// Positions of a long container.
    Range {
        /// The part.
        part: usize,
        /// The container.
        node: NodeId,
        /// First position.
        start: usize,
        /// Behind the last position.
        end: usize,
    },
    /// The parameters or fitted attributes of an estimator.
    Group {
        /// The part.
        part: usize,
        /// The estimator.
        node: NodeId,
        /// Which.
        which: Group,
    },
    /// Entries of a state dict of which the keys begin alike.
    Prefix {
        /// The state dict.
        of: Of,
        /// The group; None for the flat list of all entries.
        group: Option<u32>,
        /// Only these of its children, if there are many.
        range: Option<(usize, usize)>,
    },
    /// An array that belongs to no pickle.
    Array(usize),
    /// A fact of a part that states facts: which part, and which of them.
    Fact(usize, usize),
    /// Objects that were made and thrown away.
    Discarded {
        /// The part.
        part: usize,
        /// Which pickle of it.
        pickle: usize,
    },
    /// A problem of the artifact.
    Problem(usize),
}

/// How the attributes of an estimator are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Constructor parameters.
    Parameters,
    /// Those of them that are known to have their default.
    Defaults,
    /// What fit learned, and what is private.
    Fitted,
}

/// A visible row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it stands for.
    pub what: What,
    /// Depth of indentation.
    pub depth: u16,
    /// Its children are shown.
    pub open: bool,
    /// It has children that could be shown.
    pub can_open: bool,
    /// It is an object that stands open further up: a cycle.
    pub back: bool,
    /// Where it stands in a state dict.
    pub place: Option<Place>,
}

/// A row in words.
#[derive(Clone, Debug)]
pub struct Label {
    /// Key, attribute, index.
    pub key: String,
    /// The object in words.
    pub description: Description,
    /// "shared", "cycle", "tied".
    pub badges: Vec<Badge>,
}

/// A remark on a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Badge {
    /// Other places refer to the same object; how many there are in all, if that was counted.
    Shared(Option<u32>),
    /// The entry of this name has the very same elements.
    Tied(String),
    /// The entry of this name looks at the same storage in another way.
    SharedStorage(String),
    /// The same object stands open above.
    Cycle,
    /// Something went wrong here.
    Problem,
}

/// The rows of an artifact.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    pub(super) rows: Vec<Row>,
    pub(super) measured: Arc<Measured>,
    pub(super) arrangement: Arrangement,
}

impl Outline {
    /// The roots, the first one open.
    pub fn new(artifact: &Artifact) -> Self {
        Self::arranged(artifact, Arc::new(Measured::of(artifact)), Arrangement::default())
    }

    pub(super) fn arranged(artifact: &Artifact, measured: Arc<Measured>, arrangement: Arrangement) -> Self {
        let mut outline = Self { rows: Vec::new(), measured, arrangement };
        let held = |i: usize| artifact.document(i).is_some_and(|document| document.inside.is_some());
        let many = (0..artifact.parts.len()).filter(|i| !held(*i)).nth(1).is_some();
        if outline.measured.dict(Of::Arrays).is_some() {
            outline.rows.push(row(What::Prefix { of: Of::Arrays, group: Some(0), range: None }, 0, true));
            // What is said of the whole, and the shards, of which the pickles hold more than tensors.
            for (i, part) in artifact.parts.iter().enumerate() {
                if !held(i) && !matches!(part.body, Body::Array(_)) {
                    outline.rows.push(row(What::Part(i), 0, !matches!(part.body, Body::Text | Body::Opaque(_))));
                }
            }
            for (i, _) in artifact.problems.iter().enumerate().take(RANGE) {
                outline.rows.push(row(What::Problem(i), 0, false));
            }
            outline.toggle(artifact, 0);
            return outline;
        }
        for (i, part) in artifact.parts.iter().enumerate() {
            if held(i) {
                // It stands below what holds it.
                continue;
            }
            if many && !matches!(part.body, Body::Array(_)) {
                let can_open = !matches!(part.body, Body::Text | Body::Opaque(_));
                outline.rows.push(row(What::Part(i), 0, can_open));
            } else {
                outline.rows.extend(part_rows(artifact, i, 0));
            }
        }
        for (i, _) in artifact.problems.iter().enumerate().take(RANGE) {
            outline.rows.push(row(What::Problem(i), 0, false));
        }
        outline.toggle(artifact, 0);
        if let Some(Row { what: What::Part(_), .. }) = outline.rows.first() {
            outline.toggle(artifact, 1);
        }
        outline
    }

    /// All visible rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Position of the row that `at` hangs on.
    pub fn parent(&self, at: usize) -> Option<usize> {
        let depth = self.rows.get(at)?.depth;
        (0..at).rev().find(|i| self.rows.get(*i).is_some_and(|row| row.depth < depth))
    }

    /// Opens or closes a row.
    pub fn toggle(&mut self, artifact: &Artifact, at: usize) {
        let open = self.rows.get(at).is_some_and(|row| row.open);
        if open { self.close(at) } else { self.open(artifact, at) }
    }

    /// Opens a row; nothing happens if it cannot be opened or is open.
    pub fn open(&mut self, artifact: &Artifact, at: usize) {
        let Some(row) = self.rows.get(at).filter(|row| row.can_open && !row.open).cloned() else { return };
        let above = self.nodes_above(at);
        let mut children = self.dict_rows(artifact, &row).unwrap_or_else(|| children_of(artifact, &row));
        mark_cycles(&mut children, |node| above.contains(&node));
        if let Some(row) = self.rows.get_mut(at) {
            row.open = true;
            // A group or range that turns out to be empty has nothing to open.
            row.can_open = !children.is_empty();
        }
        self.rows.splice(at + 1..at + 1, children);
    }

    /// Closes a row.
    pub fn close(&mut self, at: usize) {
        let Some(depth) = self.rows.get(at).map(|row| row.depth) else { return };
        let below = self.rows.get(at + 1..).unwrap_or(&[]);
        let n = below.iter().take_while(|row| row.depth > depth).count();
        self.rows.drain(at + 1..at + 1 + n);
        if let Some(row) = self.rows.get_mut(at) {
            row.open = false;
        }
    }

    /// Opens everything below a row, up to a limit; false if the limit was reached. One pass and one insertion, however
    /// deep or wide it is.
    pub fn open_all(&mut self, artifact: &Artifact, at: usize) -> bool {
        self.close(at);
        let Some(first) = self.rows.get(at).cloned() else { return true };
        let mut above: HashSet<(usize, NodeId)> =
            self.parent(at).map(|parent| self.nodes_above(parent)).unwrap_or_default().into_iter().collect();
        let most = MOST_ROWS.saturating_sub(self.rows.len());
        let (mut done, mut pending, mut whole) = (Vec::new(), vec![first], true);
        // The objects that stand open above the row in hand, with their depth.
        let mut chain: Vec<(u16, (usize, NodeId))> = Vec::new();
        while let Some(mut row) = pending.pop() {
            while let Some((_, node)) = chain.pop_if(|(depth, _)| *depth >= row.depth) {
                above.remove(&node);
            }
            if row.can_open && done.len() + pending.len() > most {
                whole = false;
                row.open = false;
            } else if row.can_open {
                if let What::Node { part, node, .. } = row.what
                    && above.insert((part, node))
                {
                    chain.push((row.depth, (part, node)));
                }
                let mut children = self.dict_rows(artifact, &row).unwrap_or_else(|| children_of(artifact, &row));
                // Groups that come open bring their rows along: these come when it is the group's turn.
                children.retain(|child| child.depth == row.depth + 1);
                mark_cycles(&mut children, |node| above.contains(&node));
                row.can_open = !children.is_empty();
                row.open = row.can_open;
                pending.extend(children.into_iter().rev());
            }
            done.push(row);
        }
        self.rows.splice(at..=at, done);
        whole
    }

    /// The nodes that stand open above a row, itself included.
    fn nodes_above(&self, at: usize) -> Vec<(usize, NodeId)> {
        let mut found = Vec::new();
        let mut next = Some(at);
        while let Some(i) = next {
            if let Some(Row { what: What::Node { part, node, .. }, .. }) = self.rows.get(i) {
                found.push((*part, *node));
            }
            next = self.parent(i);
        }
        found
    }

    /// The path of a row, as the command line writes it; None for rows that are no object.
    pub fn path(&self, artifact: &Artifact, at: usize) -> Option<String> {
        if let What::Array(i) = self.rows.get(at)?.what {
            // Of two names of one tensor of a shard, the array's own path is the first.
            let place = self.rows.get(at)?.place.filter(|_| artifact.is_in_whole(i));
            let member = place.and_then(|place| self.measured.dict(place.of)?.members.get(place.member as usize));
            return member
                .map(|member| key_path(&member.key))
                .or_else(|| artifact.arrays.get(i).map(|array| array.path.to_string()));
        }
        let (mut edges, mut next, mut found) = (Vec::new(), Some(at), None);
        while let Some(i) = next {
            if let What::Node { part, edge, .. } = &self.rows.get(i)?.what {
                match edge {
                    Ok(edge) => edges.push(*edge),
                    Err(pickle) => {
                        found = Some((*part, *pickle));
                        break;
                    }
                }
            } else if i == at {
                return None;
            }
            next = self.parent(i);
        }
        let (part, pickle) = found?;
        let pickled = artifact.pickled(part)?;
        edges.reverse();
        let prefix = pickled.prefix(pickle);
        Some(super::paths::text(pickled, &prefix, &edges))
    }

    /// Opens what is needed to show the object reached by `steps` (parent, position) from the root of a pickle, and
    /// gives its row; None if it lies too deep for a tree to be of any use.
    pub fn reveal(
        &mut self,
        artifact: &Artifact,
        part: usize,
        pickle: usize,
        steps: &[(NodeId, usize)],
    ) -> Option<usize> {
        if steps.len() > FOLLOWED {
            return None;
        }
        if let [(dict, position)] = steps
            && let Some(array) = self.in_whole(artifact, part, *dict, *position)
        {
            return self.reveal_array(artifact, array);
        }
        if let Some(at) = self.rows.iter().position(|row| row.what == What::Part(part)) {
            self.open(artifact, at);
        }
        if let Some((holder, node)) = artifact.document(part).and_then(|document| document.inside) {
            // A pickle holds no pickle that holds a document: one level deep.
            let (pickle, steps) = super::paths::steps_to(artifact.pickled(holder)?, node)?;
            let at = self.reveal(artifact, holder, pickle, &steps)?;
            self.open(artifact, at);
        }
        let is_root =
            |row: &Row| matches!(row.what, What::Node { part: p, edge: Err(k), .. } if p == part && k == pickle);
        let at = self.rows.iter().position(is_root)?;
        self.reveal_below(artifact, part, at, steps)
    }

    /// The same from the row of an object that is shown.
    pub fn reveal_below(
        &mut self,
        artifact: &Artifact,
        part: usize,
        at: usize,
        steps: &[(NodeId, usize)],
    ) -> Option<usize> {
        let pickled = artifact.pickled(part)?;
        let mut at = at;
        for (parent, position) in steps {
            // A named pair is shown by the row of what it names; its name and itself have none.
            if let What::Node { edge: Ok(Edge::Step(i, _)), .. } = self.rows.get(at)?.what
                && self.is_pair_of(artifact, at, i, *parent)
            {
                continue;
            }
            let children = Children::of(&pickled.decoded.graph, &pickled.known, *parent);
            let (edge, child) = children.get(&pickled.decoded.graph, *position)?;
            if python::is_plain(&pickled.decoded.graph, *parent) {
                // What a date is made of has no row of its own.
                return Some(at);
            }
            at = self.step(artifact, at, edge, child, *position)?;
        }
        Some(at)
    }

    /// True if `pair` is the tuple that the row of a step stands for: item `i` of the list above it.
    fn is_pair_of(&self, artifact: &Artifact, at: usize, i: usize, pair: NodeId) -> bool {
        let list = self.parent(at).and_then(|above| self.rows.get(above)).map(|row| &row.what);
        let Some(What::Node { part, node, .. }) = list else { return false };
        let graph = artifact.pickled(*part).map(|pickled| &pickled.decoded.graph);
        graph.and_then(|graph| graph.items(*node)).and_then(|items| items.get(i)) == Some(&pair)
    }

    fn step(&mut self, artifact: &Artifact, at: usize, edge: Edge, child: NodeId, position: usize) -> Option<usize> {
        let mut at = at;
        // Ranges in ranges in groups in prefixes.
        for _ in 0..STEPS {
            self.open(artifact, at);
            let depth = self.rows.get(at)?.depth;
            let below = self.rows.get(at + 1..)?;
            let mut candidate = None;
            for (i, row) in below.iter().enumerate().take_while(|(_, row)| row.depth > depth) {
                if row.depth != depth + 1 {
                    continue;
                }
                match &row.what {
                    What::Node { node, edge: Ok(e), .. } if *node == child && *e == edge => return Some(at + 1 + i),
                    What::Node { edge: Ok(Edge::Step(i_step, _)), .. } if edge == Edge::Item(*i_step) => {
                        return Some(at + 1 + i);
                    }
                    What::Range { start, end, .. } if (*start..*end).contains(&position) => {
                        candidate = Some(at + 1 + i)
                    }
                    What::Prefix { of, group, range } if self.leads(*of, *group, *range, position) => {
                        candidate = Some(at + 1 + i);
                    }
                    What::Group { part, node, which } => {
                        let pickled = artifact.pickled(*part)?;
                        if group_members(pickled, *node, *which).iter().any(|(e, _, _)| *e == edge) {
                            candidate = Some(at + 1 + i);
                        }
                    }
                    _ => {}
                }
            }
            at = candidate?;
        }
        None
    }

    /// The row at `at` in words.
    pub fn label(&self, artifact: &Artifact, at: usize) -> Option<Label> {
        let row = self.rows.get(at)?;
        let plain = |key: String, class: Class, value: String, type_name: &str| Label {
            key,
            description: Description { class, value, type_name: type_name.to_owned(), size: None },
            badges: Vec::new(),
        };
        Some(match &row.what {
            What::Part(i) => {
                let part = artifact.parts.get(*i)?;
                let name = if part.name.is_empty() { artifact.name() } else { part.name.to_string() };
                let kind = match part.body {
                    Body::Pickle(_) => "pickle",
                    Body::Document(ref document) => document.what,
                    Body::Array(_) => "array",
                    Body::Text => "text",
                    Body::Facts(_) => "facts",
                    Body::Opaque(what) => what,
                };
                let size = match part.body {
                    Body::Text | Body::Opaque(_) => artifact.streams.get(part.stream).map(|s| s.bytes.len()),
                    _ => None,
                };
                let mut label = plain(escape::plain(&name), Class::Foreign, String::new(), kind);
                label.description.size = size;
                label
            }
            What::Fact(part, i) => {
                let Body::Facts(facts) = &artifact.parts.get(*part)?.body else { return None };
                let (key, value) = facts.get(*i)?;
                plain(escape::plain(key), Class::Text, escape::plain(value), "str")
            }
            What::Node { part, node, edge } => {
                let pickled = artifact.pickled(*part)?;
                let graph = &pickled.decoded.graph;
                let member = row.place.and_then(|place| self.member(place));
                let key = match (edge, &member) {
                    (_, Some((key, _))) => key.clone(),
                    (Ok(edge), None) => key_text(pickled, *edge),
                    (Err(_), None) if pickled.base.is_some() => held_name(pickled).to_owned(),
                    (Err(pickle), None) if *pickle == pickled.main => "root".to_owned(),
                    (Err(pickle), None) => format!("root #{pickle}"),
                };
                if let Some((branch, described)) = branch(artifact, *part, pickled, *node) {
                    return Some(Label { key: branch, description: described, badges: Vec::new() });
                }
                let mut badges = Vec::new();
                if row.back {
                    badges.push(Badge::Cycle);
                } else if graph.is_shared(*node) && has_identity(graph.kind(*node)) {
                    badges.push(Badge::Shared(self.measured.sizes.references(*part, *node)));
                }
                if let Some((_, Some(tie))) = member {
                    // Which one it is says more than that there is another.
                    badges.retain(|badge| !matches!(badge, Badge::Shared(_)));
                    badges.push(tie);
                }
                let mut description = describe(artifact, *part, pickled, *node, Detail::Row);
                if let Some(dict) = self.measured.of_node(*part, *node) {
                    description.value = dict.groups.first().map_or(String::new(), |all| groups::sums_text(&all.sums));
                }
                description.size = description.size.or_else(|| self.measured.sizes.bytes(*part, *node));
                Label { key, description, badges }
            }
            What::Range { part, node, start, end } => {
                let pickled = artifact.pickled(*part)?;
                let graph = &pickled.decoded.graph;
                let children = Children::of(graph, &pickled.known, *node);
                let name =
                    |i: usize| children.get(graph, i).map(|(edge, _)| key_text(pickled, edge)).unwrap_or_default();
                let count = number::count((end - start) as u64, "item");
                plain(format!("{} … {}", name(*start), name(end - 1)), Class::List, count, "")
            }
            What::Group { part, node, which } => {
                let (key, value) = group_text(artifact.pickled(*part)?, *node, *which);
                plain(key, Class::Foreign, value, "")
            }
            What::Prefix { of, group, range } => {
                let dict = self.measured.dict(*of)?;
                let (mut key, value, bytes) = groups::words(dict, *group, *range, self.arrangement.file_order);
                let root = *of == Of::Arrays && *group == Some(0) && range.is_none();
                if root {
                    key = "root".to_owned();
                }
                let type_name = artifact.container.last().filter(|_| root).copied().unwrap_or("");
                let mut label = plain(escape::plain(&key), Class::Foreign, value, type_name);
                label.description.size = (bytes > 0).then_some(bytes);
                label
            }
            What::Array(i) => {
                let array = artifact.arrays.get(*i)?;
                let member = row.place.and_then(|place| self.member(place));
                let (key, tie) = member.unwrap_or_else(|| (escape::plain(&array.path.replacen('$', "root", 1)), None));
                Label { key, description: describe_array(array), badges: tie.into_iter().collect() }
            }
            What::Discarded { part, pickle } => {
                let n = artifact.pickled(*part)?.decoded.top().nth(*pickle)?.discarded.len();
                plain("Thrown away".to_owned(), Class::Foreign, number::count(n as u64, "object"), "made, then popped")
            }
            What::Problem(i) => {
                let problem = artifact.problems.get(*i)?;
                let broke = |end: &End| matches!(end, End::Broke(error) if error == problem);
                let stops = artifact.pickles().any(|(_, _, p)| p.decoded.pickles.iter().any(|p| broke(&p.how)));
                let words = if stops { format!("Stopped here: {problem}") } else { problem.to_string() };
                let mut label = plain(format!("{:#x}", problem.at.start), Class::Foreign, words, problem.kind.name());
                label.badges.push(Badge::Problem);
                label
            }
        })
    }
}

/// What a value is called that stands inside the bytes or text of another.
pub fn held_name(pickled: &Pickled) -> &'static str {
    if pickled.base.as_deref().is_some_and(|base| base.ends_with("<code>")) { "code" } else { "model" }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bytes::{Bytes, Limits, Progress};
    use crate::formats;

    fn read(bytes: Vec<u8>) -> Artifact {
        formats::read(Path::new("test"), Bytes::from_vec(bytes), &Limits::default(), &Progress::new())
    }

    fn keys(outline: &Outline, artifact: &Artifact) -> Vec<String> {
        (0..outline.rows().len()).map(|i| outline.label(artifact, i).unwrap().key).collect()
    }

    #[test]
    fn opening_everything_is_quick_however_deep_or_wide() {
        let started = std::time::Instant::now();
        // 200,000 lists in each other.
        let mut deep = b"\x80\x02".to_vec();
        deep.extend(b"]".repeat(200_000));
        deep.extend(b"a".repeat(199_999));
        deep.push(b'.');
        let artifact = read(deep);
        let mut outline = Outline::new(&artifact);
        assert!(outline.open_all(&artifact, 0), "it ends at the deepest row");
        assert_eq!(outline.rows().len(), usize::from(DEEPEST) + 1);
        // 90 lists of 90 lists of 90 items.
        let inner = [b"](".to_vec(), b"K\x01".repeat(90), b"e".to_vec()].concat();
        let middle = [b"](".to_vec(), inner.repeat(90), b"e".to_vec()].concat();
        let wide = [b"\x80\x02](".to_vec(), middle.repeat(90), b"e.".to_vec()].concat();
        let artifact = read(wide);
        let mut outline = Outline::new(&artifact);
        assert!(!outline.open_all(&artifact, 0), "the limit is said");
        let rows = outline.rows().len();
        assert!((MOST_ROWS..MOST_ROWS + 2 * RANGE).contains(&rows), "{rows}");
        assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
    }

    #[test]
    fn what_opening_everything_shows_is_what_opening_each_shows() {
        // {'a': [1, the same list], 'b': a list that 'c' shares, 'c': it}
        let data = b"\x80\x04}(\x8c\x01a]\x94(K\x01h\x00e\x8c\x01b]\x94K\x02a\x8c\x01ch\x01u.".to_vec();
        let artifact = read(data);
        let mut by_hand = Outline::new(&artifact);
        let mut i = 0;
        while i < by_hand.rows().len() {
            by_hand.open(&artifact, i);
            i += 1;
        }
        let mut at_once = Outline::new(&artifact);
        assert!(at_once.open_all(&artifact, 0));
        assert_eq!(at_once.rows(), by_hand.rows());
        assert!(at_once.rows().iter().any(|row| row.back), "the list in itself is a cycle");
    }

    #[test]
    fn opening_everything_shows_each_row_of_an_estimator_once() {
        // Its groups come open, with their rows.
        let artifact = read(std::fs::read("assets/samples/logistic_model.joblib").unwrap());
        let mut outline = Outline::new(&artifact);
        assert!(outline.open_all(&artifact, 0));
        let keys = keys(&outline, &artifact);
        for key in ["C", "max_iter", "coef_", "intercept_"] {
            assert_eq!(keys.iter().filter(|k| *k == key).count(), 1, "{key} of {keys:?}");
        }
    }

    #[test]
    fn a_long_list_opens_as_ranges_and_the_last_item_is_reachable() {
        let n = 25_000u32;
        let mut data = b"\x80\x04](".to_vec();
        (0..n).for_each(|i| {
            data.push(b'J');
            data.extend(i.to_le_bytes());
        });
        data.extend(b"e.");
        let artifact = read(data);
        let mut outline = Outline::new(&artifact);
        assert_eq!(outline.rows().len(), 4, "root and three ranges of 10,000");
        assert_eq!(keys(&outline, &artifact)[3], "[20000] … [24999]");
        outline.open(&artifact, 3);
        let last = outline.rows().len() - 1;
        outline.open(&artifact, last);
        let last = outline.rows().len() - 1;
        let label = outline.label(&artifact, last).unwrap();
        assert_eq!((label.key.as_str(), label.description.value.as_str()), ("[24999]", "24999"));
        assert_eq!(outline.path(&artifact, last).unwrap(), "$[24999]");
        outline.close(0);
        assert_eq!(outline.rows().len(), 1);
    }

    #[test]
    fn a_cycle_cannot_be_opened_twice() {
        // l = []; l.append(l)
        let artifact = read(b"\x80\x04]\x94h\x00a.".to_vec());
        let outline = Outline::new(&artifact);
        let row = &outline.rows()[1];
        assert!(row.back && !row.can_open);
        assert_eq!(outline.label(&artifact, 1).unwrap().badges, [Badge::Cycle]);
    }

    #[test]
    fn an_estimator_shows_parameters_apart_from_what_it_learned() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/logistic_model.joblib");
        let artifact = formats::open(&path, &Limits::default(), &Progress::new()).unwrap();
        let outline = Outline::new(&artifact);
        let keys = keys(&outline, &artifact);
        let at = |key: &str| keys.iter().position(|k| k == key).unwrap();
        let (parameters, fitted) = (at("Parameters"), at("Fitted"));
        assert!(parameters < at("max_iter") && at("max_iter") < fitted);
        assert!(fitted < at("coef_") && fitted < at("intercept_"));
        assert_eq!(outline.path(&artifact, at("coef_")).unwrap(), "$.coef_");
    }

    #[test]
    fn an_object_is_revealed_by_its_steps() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files/sklearn/gridsearch.joblib");
        let artifact = formats::open(&path, &Limits::default(), &Progress::new()).unwrap();
        let mut outline = Outline::new(&artifact);
        let place = crate::view::paths::resolve(&artifact, "$.best_estimator_.coef_").unwrap();
        let pickled = artifact.pickled(place.part).unwrap();
        let (pickle, steps) = crate::view::paths::steps_to(pickled, place.node).unwrap();
        let at = outline.reveal(&artifact, place.part, pickle, &steps).unwrap();
        assert_eq!(outline.path(&artifact, at).unwrap(), "$.best_estimator_.coef_");
    }

    #[test]
    fn a_popped_call_is_shown_as_thrown_away() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/flagged_call.pkl");
        let artifact = formats::open(&path, &Limits::default(), &Progress::new()).unwrap();
        let outline = Outline::new(&artifact);
        assert!(keys(&outline, &artifact).contains(&"Thrown away".to_owned()));
    }
}
