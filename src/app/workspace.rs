//! What is open: files in tabs, what is selected in each, what is being read for them. Panels read it; only `update.rs`
//! changes it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::jobs::{Job, Poll};
use super::tree_look::TreeLook;
use super::widgets::big_list::ListPos;
use crate::array::{ArrayView, Histogram, Number, Stats, histogram, stats};
use crate::audit::{Report, Sentence, Verdicts, report, sentence};
use crate::bytes::{Error, Limits, Progress, Result};
use crate::formats::{self, Artifact};
use crate::pickle::{Moment, NodeId, OpView};
use crate::view::lens::{Lens, Shown, lenses};
use crate::view::outline::Outline;
use crate::view::paths;
use crate::view::search::{Hits, search};

/// Everything that is open.
#[derive(Default)]
pub struct Workspace {
    /// The files, each in a tab.
    pub tabs: Vec<Tab>,
    /// The tab in front.
    pub active: usize,
    /// Files opened before, the last one first.
    pub recents: Vec<Recent>,
    /// What lies over the panes.
    pub overlay: Overlay,
    /// Something to say that concerns no file: why a dialog did not open.
    pub notice: Option<String>,
    /// The system's file dialog, while it is open.
    pub dialog: Option<Job<Option<Vec<PathBuf>>>>,
    /// Opcodes, stack and bytes are shown.
    pub evidence: bool,
    /// The pane that takes the keys.
    pub pane: Pane,
}

/// A file opened before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// Its path.
    pub path: PathBuf,
    /// Its size when it was opened.
    pub size: u64,
    /// When it was opened: seconds since 1970.
    pub opened: u64,
    /// It was there when the list was last looked at.
    pub exists: bool,
}

/// A pane that can have the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The tree and its siblings.
    #[default]
    Index,
    /// The value.
    Detail,
    /// The opcodes.
    Opcodes,
    /// The bytes.
    Bytes,
}

/// What lies over the panes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The command palette with what was typed and the row chosen.
    Palette(String, usize),
    /// Go to an offset or path.
    GoTo(String),
    /// The key sheet.
    Keys,
    /// What this is.
    About,
}

/// A file.
pub struct Tab {
    /// Its path.
    pub path: PathBuf,
    /// What is known of it.
    pub state: State,
}

/// How far the opening is.
pub enum State {
    /// Being read.
    Opening(Job<Result<Doc>>),
    /// Read.
    Open(Box<Doc>),
    /// It could not be read at all: why.
    Failed(String),
}

/// Which index is in front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Index {
    /// The tree.
    #[default]
    Objects,
    /// The arrays as a table.
    Arrays,
    /// What would be imported and called.
    Calls,
}

/// Which view of the selection is in front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Facet {
    /// An array's distribution and numbers.
    #[default]
    Summary,
    /// An array's values.
    Table,
    /// An object as a table of its fields.
    Fields,
    /// An object in its own terms.
    Lens(Lens),
}

/// What is selected: an object, an opcode, a place in the bytes; each leads to the others where it can.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The part it is in.
    pub part: usize,
    /// The object.
    pub node: Option<NodeId>,
    /// The array, where it is one.
    pub array: Option<usize>,
    /// The opcode that made it, or that was chosen.
    pub offset: Option<u64>,
    /// Its path.
    pub path: Option<String>,
}

/// What was computed of an array.
#[derive(Debug)]
pub struct ArrayFacts {
    /// Statistics.
    pub stats: Stats,
    /// Distribution of the finite values, if they are numbers.
    pub histogram: Option<Histogram>,
}

/// An open file.
pub struct Doc {
    /// The file.
    pub artifact: Arc<Artifact>,
    /// What loading it would do.
    pub report: Report,
    /// The same in a sentence.
    pub sentence: Sentence,
    /// Verdicts of the names of each part.
    pub verdicts: Vec<Verdicts>,
    /// The tree.
    pub outline: Outline,
    /// Row of the tree that is selected.
    pub row: usize,
    /// Which index is in front.
    pub index: Index,
    /// What is selected.
    pub selection: Selection,
    /// Selections before, and the position in them.
    pub history: Vec<Selection>,
    /// Position in the history.
    pub history_at: usize,
    /// What was typed into the filter.
    pub filter: String,
    /// The filter wants the keyboard.
    pub focus_filter: bool,
    /// The search that runs, and for what.
    pub searching: Option<(String, Job<Hits>)>,
    /// What it found, and for what.
    pub hits: Option<(String, Hits)>,
    /// The hit that is selected.
    pub hit: usize,
    /// Scroll positions.
    pub at: Positions,
    /// Which view of the selection is in front.
    pub facet: Facet,
    /// The lenses that the selected object has.
    pub lenses: Vec<Lens>,
    /// What lenses show, by part, node and lens.
    pub shown: Pages<(usize, u32, Lens), Shown>,
    /// What is looked at of an ensemble of trees.
    pub trees: TreeLook,
    /// Statistics being computed, of the array with this number.
    pub computing: Option<(usize, Job<Result<ArrayFacts>>)>,
    /// Statistics that were computed.
    pub facts: HashMap<usize, Arc<Result<ArrayFacts>>>,
    /// Pages of values of the selected array.
    pub values: Pages<(usize, u64), Vec<Vec<String>>>,
    /// Pages of the opcode listing.
    pub ops: Pages<(usize, u64), Vec<OpView>>,
    /// Pages of bytes.
    pub bytes: Pages<(u32, u64), Vec<u8>>,
    /// Stack and memo at the selected opcode.
    pub moment: Pages<(usize, u64), Moment>,
    /// Where the selected opcode is in the listing.
    pub locating: Option<Job<Located>>,
    /// The row of the listing that is selected.
    pub op_row: Option<u64>,
    /// The file on disk is no longer the one that was read.
    pub changed: bool,
    /// The look whether it is.
    pub comparing: Option<Job<bool>>,
    /// It holds text of scripts that the embedded fonts lack.
    pub other_scripts: bool,
}

/// What a look-up of an opcode or object gives.
#[derive(Debug, Default)]
pub struct Located {
    /// Row of the listing.
    pub op_row: Option<u64>,
    /// Offset of the opcode.
    pub offset: Option<u64>,
    /// The object made there, with the way to it.
    pub object: Option<Way>,
    /// Open the tree there.
    pub reveal: bool,
}

/// An object, the pickle it is in, and the steps (parent, position) to it.
pub type Way = (NodeId, usize, Vec<(NodeId, usize)>);

/// Scroll positions of a document.
#[derive(Debug, Default)]
pub struct Positions {
    /// The tree.
    pub tree: ListPos,
    /// The arrays.
    pub arrays: ListPos,
    /// The calls.
    pub calls: ListPos,
    /// The hits of the filter.
    pub hits: ListPos,
    /// The opcodes.
    pub ops: ListPos,
    /// The bytes.
    pub bytes: ListPos,
    /// The values or children of the selected object.
    pub detail: ListPos,
}

/// Bins of the first histogram.
const BINS: usize = 72;

impl Doc {
    /// Opens and understands a file; for a job.
    pub fn open(path: &Path, progress: &Progress) -> Result<Self> {
        let artifact = formats::open(path, &Limits::default(), progress)?;
        Ok(Self::of(artifact))
    }

    /// Understands a file that was read.
    pub fn of(artifact: Artifact) -> Self {
        let report = report(&artifact);
        let sentence = sentence(&artifact, &report);
        let verdicts = (0..artifact.parts.len())
            .map(|part| artifact.pickled(part).map(|p| Verdicts::of(&p.decoded.graph)).unwrap_or_default())
            .collect();
        let outline = Outline::new(&artifact);
        let other_scripts = artifact.graphs().any(|(_, _, p)| has_other_scripts(p.decoded.graph.kept_text()));
        let mut doc = Self {
            artifact: Arc::new(artifact),
            report,
            sentence,
            verdicts,
            outline,
            row: 0,
            index: Index::Objects,
            selection: Selection::default(),
            history: Vec::new(),
            history_at: 0,
            filter: String::new(),
            focus_filter: false,
            searching: None,
            hits: None,
            hit: 0,
            at: Positions::default(),
            facet: Facet::Summary,
            lenses: Vec::new(),
            shown: Pages::default(),
            trees: TreeLook::default(),
            computing: None,
            facts: HashMap::new(),
            values: Pages::default(),
            ops: Pages::default(),
            bytes: Pages::default(),
            moment: Pages::default(),
            locating: None,
            op_row: None,
            changed: false,
            comparing: None,
            other_scripts,
        };
        doc.selection = doc.selection_of_row(0).unwrap_or_default();
        doc.choose_facet();
        doc.history.push(doc.selection.clone());
        doc
    }

    /// Puts the view in front that says most about the selection: a handful of values says more than their distribution,
    /// a lens more than the fields.
    pub fn choose_facet(&mut self) {
        self.lenses.clear();
        if let Some(array) = self.selection.array.and_then(|i| self.artifact.arrays.get(i)) {
            let few = crate::array::layout::count(&array.shape).is_some_and(|n| n <= 64);
            self.facet = if few { Facet::Table } else { Facet::Summary };
            return;
        }
        if let Some(node) = self.selection.node {
            self.lenses = lenses(&self.artifact, self.selection.part, node);
        }
        self.facet = self.lenses.first().map_or(Facet::Fields, |lens| Facet::Lens(*lens));
    }

    /// What selecting a row of the tree selects.
    pub fn selection_of_row(&self, row: usize) -> Option<Selection> {
        use crate::view::outline::What;
        let path = self.outline.path(&self.artifact, row);
        match self.outline.rows().get(row)?.what {
            What::Node { part, node, .. } => {
                let graph = &self.artifact.pickled(part)?.decoded.graph;
                let array = self.artifact.array_of(part, node);
                Some(Selection { part, node: Some(node), array, offset: Some(graph.offset(node)), path })
            }
            What::Array(i) => {
                let part = self.artifact.arrays.get(i)?.part;
                Some(Selection { part, array: Some(i), path, ..Selection::default() })
            }
            What::Part(part) => Some(Selection { part, ..Selection::default() }),
            What::Group { part, node, .. } | What::Range { part, node, .. } => {
                Some(Selection { part, node: Some(node), ..Selection::default() })
            }
            What::Problem(i) => {
                let problem = self.artifact.problems.get(i)?;
                let part = self.artifact.parts.iter().position(|part| part.stream == problem.at.stream).unwrap_or(0);
                Some(Selection { part, offset: Some(problem.at.start), ..Selection::default() })
            }
            What::Discarded { part, .. } => Some(Selection { part, ..Selection::default() }),
        }
    }

    /// Starts the statistics of an array unless they are there.
    pub fn compute(&mut self, ctx: &egui::Context, array: usize) {
        if self.facts.contains_key(&array) || self.computing.as_ref().is_some_and(|(i, _)| *i == array) {
            return;
        }
        let Some(view) = self.artifact.arrays.get(array).and_then(|array| array.view()) else { return };
        let job = Job::spawn(ctx, "Statistics", move |progress| facts(&view, progress));
        self.computing = Some((array, job));
    }

    /// Starts a search for what is in the filter.
    pub fn search(&mut self, ctx: &egui::Context) {
        let query = self.filter.trim().to_owned();
        if query.is_empty() {
            (self.searching, self.hits) = (None, None);
            return;
        }
        let wanted = self.searching.as_ref().map(|(q, _)| q).or(self.hits.as_ref().map(|(q, _)| q));
        if wanted == Some(&query) {
            return;
        }
        let (artifact, text) = (Arc::clone(&self.artifact), query.clone());
        let job = Job::spawn(ctx, "Searching", move |progress| search(&artifact, &text, progress));
        self.searching = Some((query, job));
    }

    /// Finds the listing's row for an offset, and for `reveal` the object that the opcode there makes.
    pub fn locate(&mut self, ctx: &egui::Context, part: usize, offset: u64, node: Option<NodeId>, reveal: bool) {
        let artifact = Arc::clone(&self.artifact);
        self.locating = Some(Job::spawn(ctx, "Looking up", move |_| {
            let Some(pickled) = artifact.pickled(part) else { return Located::default() };
            let decoded = &pickled.decoded;
            let op_row = decoded.index.row_at(&decoded.bytes, offset);
            let at = op_row.and_then(|row| decoded.ops_from(row).next()).and_then(|op| op.ok()).map(|op| op.offset);
            // A document has no opcodes: the place itself is shown.
            let at = if artifact.document(part).is_some() { Some(offset) } else { at };
            let node = node.or_else(|| at.and_then(|at| decoded.graph.made_at(at)));
            let object = if reveal {
                node.and_then(|node| paths::steps_to(pickled, node).map(|(pickle, steps)| (node, pickle, steps)))
            } else {
                None
            };
            Located { op_row, offset: at, object, reveal }
        }));
    }

    /// True while something is being computed that the status bar should show.
    pub fn progress(&self) -> Option<(&str, &Progress)> {
        if let Some((_, job)) = self.computing.as_ref().filter(|(_, job)| job.is_slow()) {
            return Some((&job.title, &job.progress));
        }
        self.searching.as_ref().filter(|(_, job)| job.is_slow()).map(|(_, job)| (job.title.as_str(), &*job.progress))
    }
}

/// True if text goes beyond Latin, Greek and punctuation. Looks at its beginning only.
fn has_other_scripts(text: &[u8]) -> bool {
    const LOOKED_AT: usize = 1 << 20;
    let text = String::from_utf8_lossy(text.get(..LOOKED_AT).unwrap_or(text));
    let embedded = |c: char| c < '\u{400}' || ('\u{2000}'..'\u{2600}').contains(&c) || c == char::REPLACEMENT_CHARACTER;
    !text.is_ascii() && text.chars().any(|c| !embedded(c))
}

/// Statistics and a first distribution of an array.
fn facts(view: &ArrayView, progress: &Progress) -> Result<ArrayFacts> {
    progress.phase("Statistics", view.len().saturating_mul(view.dtype().size));
    let stats = stats(view, progress)?;
    let range = match (stats.min, stats.max) {
        (Some(min), Some(max)) if stats.mean.is_some() => Some((min, max)),
        _ => None,
    };
    let histogram = match range {
        Some((low, high)) => {
            progress.phase("Distribution", view.len().saturating_mul(view.dtype().size));
            let bins = match (low, high) {
                // Few distinct integers: a bin each.
                (Number::Int(low), Number::Int(high)) => usize::try_from(high - low + 1).unwrap_or(BINS).clamp(1, BINS),
                _ => usize::try_from(view.len().isqrt()).unwrap_or(BINS).clamp(8, BINS),
            };
            Some(histogram(view, low.as_f64(), high.as_f64(), bins, progress)?)
        }
        None => None,
    };
    Ok(ArrayFacts { stats, histogram })
}

/// Things that are read in pages beside the window, and kept while they are few.
pub struct Pages<K, T> {
    ready: HashMap<K, Arc<Result<T>>>,
    reading: HashMap<K, Job<Result<T>>>,
}

impl<K, T> Default for Pages<K, T> {
    fn default() -> Self {
        Self { ready: HashMap::new(), reading: HashMap::new() }
    }
}

/// Pages kept; scrolling on reads again.
const PAGES_KEPT: usize = 64;

impl<K: std::hash::Hash + Eq + Copy, T: Send + 'static> Pages<K, T> {
    /// A page if it is there.
    pub fn get(&self, key: K) -> Option<Arc<Result<T>>> {
        self.ready.get(&key).cloned()
    }

    /// Starts reading a page unless it is there or on its way.
    pub fn want(&mut self, ctx: &egui::Context, key: K, read: impl FnOnce(&Progress) -> Result<T> + Send + 'static) {
        if self.ready.contains_key(&key) || self.reading.contains_key(&key) {
            return;
        }
        // What was asked for while scrolling past is no longer wanted.
        if self.reading.len() >= 8 {
            self.reading.clear();
        }
        self.reading.insert(key, Job::spawn(ctx, "Reading", read));
    }

    /// Takes in what has arrived.
    pub fn poll(&mut self) {
        if self.reading.is_empty() {
            return;
        }
        let keys: Vec<K> = self.reading.keys().copied().collect();
        for key in keys {
            let done = match self.reading.get_mut(&key).map(Job::poll) {
                Some(Poll::Done(page)) => page,
                Some(Poll::Panicked(message)) => {
                    Err(Error { at: crate::bytes::Span::default(), kind: crate::bytes::ErrorKind::Io(message) })
                }
                _ => continue,
            };
            self.reading.remove(&key);
            if self.ready.len() >= PAGES_KEPT {
                self.ready.clear();
            }
            self.ready.insert(key, Arc::new(done));
        }
    }
}

impl Workspace {
    /// The document in front.
    pub fn doc(&self) -> Option<&Doc> {
        match self.tabs.get(self.active).map(|tab| &tab.state) {
            Some(State::Open(doc)) => Some(doc),
            _ => None,
        }
    }

    /// The document in front, to change.
    pub fn doc_mut(&mut self) -> Option<&mut Doc> {
        match self.tabs.get_mut(self.active).map(|tab| &mut tab.state) {
            Some(State::Open(doc)) => Some(doc),
            _ => None,
        }
    }
}
