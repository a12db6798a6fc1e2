//! What is open: files in tabs, what is selected in each, what is being read for them. Panels read it; only `update.rs`
//! changes it.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub use super::array_facts::{ArrayFacts, facts};
use super::array_table::ArrayTable;
use super::call_list::CallList;
use super::give_out::Given;
use super::jobs::Job;
use super::locate::Located;
pub use super::pages::Pages;
pub use super::recents::Recent;
use super::source_look::SourceLook;
use super::tree_look::TreeLook;
use super::widgets::big_list::ListPos;
use super::widgets::grid::Grid;
use super::widgets::overview::Tick;
use crate::audit::{Allow, Report, Sentence, Verdict, report, sentence, verdict_at};
use crate::bytes::{Limits, Progress, Result, StreamId};
use crate::formats::state_dict::Of;
use crate::formats::{self, Artifact};
use crate::pickle::{Moment, NodeId, OpView};
use crate::view::byte_rows::ByteRows;
use crate::view::frame;
use crate::view::groups::Arrangement;
use crate::view::lens::{Lens, Shown, lenses};
use crate::view::outline::Outline;
use crate::view::query::Query;
use crate::view::search::{self, Hits};
use crate::view::text::Lines;
use crate::view::unowned::Unowned;

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
    pub notice: Option<Notice>,
    /// Something being made for the clipboard or a file.
    pub giving: Option<Job<Given>>,
    /// The system's file dialog, while it is open.
    pub dialog: Option<Job<Option<Vec<PathBuf>>>>,
    /// Paths being looked at before they are opened: pasted ones, and samples being put where they can be read.
    pub arriving: Vec<Job<Vec<PathBuf>>>,
    /// The look whether recent files are still there.
    pub looking: Option<Job<Vec<PathBuf>>>,
    /// Opcodes, stack and bytes are shown.
    pub evidence: bool,
    /// The pane that takes the keys.
    pub pane: Pane,
    /// Nothing moves by itself.
    pub reduced_motion: bool,
    /// What opening a file may cost.
    pub limits: Limits,
    /// How many MiB of unpacked data are kept in memory, where that was chosen.
    pub memory: Option<u32>,
    /// What files are opened with.
    pub habits: Habits,
}

impl Workspace {
    /// From now on so many MiB of the unpacked data of a file stay in memory.
    pub fn keep_in_memory(&mut self, mib: u32) {
        self.memory = Some(mib);
        self.limits.memory_bytes = u64::from(mib) << 20;
    }
}

/// Something to say that concerns no object: what could not be done, or that something was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The words.
    pub words: String,
    /// It went well.
    pub good: bool,
}

impl Notice {
    /// That something was done.
    pub fn good(words: String) -> Self {
        Self { words, good: true }
    }
}

impl From<String> for Notice {
    fn from(words: String) -> Self {
        Self { words, good: false }
    }
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
    /// What the rules mean, with what was typed to narrow them.
    Rules(String),
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
    /// The group of a state dict, where it is one.
    pub group: Option<(Of, u32)>,
    /// The opcode that made it, or that was chosen.
    pub offset: Option<u64>,
    /// Its path.
    pub path: Option<String>,
}

/// An open file.
pub struct Doc {
    /// The file.
    pub artifact: Arc<Artifact>,
    /// What loading it would do.
    pub report: Arc<Report>,
    /// The same in a sentence.
    pub sentence: Sentence,
    /// Callables that the user's allow file vouches for, if it could be read.
    pub allow: std::result::Result<Allow, String>,
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
    /// The same, understood.
    pub query: Query,
    /// The search that runs, and for what.
    pub searching: Option<Searching>,
    /// What it found, and for what; while it runs, what it has found so far.
    pub hits: Option<(String, Hits)>,
    /// The row of what was found that is selected.
    pub hit: usize,
    /// The table of arrays.
    pub table: ArrayTable,
    /// Scroll positions.
    pub at: Positions,
    /// Which view of the selection is in front.
    pub facet: Facet,
    /// The lenses that the selected object has.
    pub lenses: Vec<Lens>,
    /// The object of which the diagram stays in front while its boxes are selected.
    pub diagram: Option<NodeId>,
    /// Boxes of diagrams that were opened or closed by hand: part, object of the diagram, box.
    pub toggled: BTreeSet<(usize, u32, usize)>,
    /// What lenses show, by part, node and lens.
    pub shown: Pages<(usize, u32, Lens), Shown>,
    /// What is looked at of an ensemble of trees.
    pub trees: TreeLook,
    /// What is looked at of the load as code and as steps.
    pub source: SourceLook,
    /// Pieces of tables.
    pub frames: Pages<FramePiece, frame::Page>,
    /// What is shown of groups of state dicts.
    pub groups: Pages<(Of, u32), Shown>,
    /// Statistics being computed, of the array with this number.
    pub computing: Option<(usize, Job<Result<ArrayFacts>>)>,
    /// Statistics that were computed.
    pub facts: HashMap<usize, Arc<Result<ArrayFacts>>>,
    /// Pages of values of arrays: which array, which rows, which columns.
    pub values: Pages<(usize, u64, u64), Vec<Vec<String>>>,
    /// Text of parts that are text.
    pub texts: Pages<usize, Lines>,
    /// Pages of the opcode listing.
    pub ops: Pages<(usize, u64), Vec<OpView>>,
    /// Pages of bytes.
    pub bytes: Pages<(u32, u64), Vec<u8>>,
    /// Bytes of streams that belong to no object.
    pub unowned: Pages<StreamId, Unowned>,
    /// Stack and memo at the selected opcode.
    pub moment: Pages<(usize, u64), Moment>,
    /// Where the selected opcode is in the listing.
    pub locating: Option<Job<Located>>,
    /// The row of the listing that is selected.
    pub op_row: Option<u64>,
    /// The file on disk is no longer the one that was read.
    pub changed: bool,
    /// The file on disk is there no more.
    pub gone: bool,
    /// The look whether it is: changed, and gone.
    pub comparing: Option<Job<(bool, bool)>>,
    /// Where the selected object is written in its stream.
    pub extent: Option<std::ops::Range<u64>>,
    /// The opcode under the pointer, in whichever pane it is.
    pub hover: Option<Hover>,
    /// The same for the frame being drawn.
    pub hover_next: Option<Hover>,
    /// The stream the byte pane shows, if it was chosen by hand.
    pub layer: Option<StreamId>,
    /// The rows of streams in the byte pane.
    pub byte_rows: HashMap<StreamId, Arc<ByteRows>>,
    /// The panes that follow the selection.
    pub linked: Linked,
    /// The breadcrumb, while it is text.
    pub path_edit: Option<PathEdit>,
    /// Something asked for that is not there.
    pub missing: Option<String>,
    /// The finding that is shown instead of the selected object.
    pub finding: Option<usize>,
    /// Number of callables of this file that the allow file vouches for.
    pub allowed: usize,
    /// The lines of the list of calls.
    pub calls: CallList,
    /// What is looked up of findings.
    pub told: Pages<usize, Told>,
    /// What the overview strips show.
    pub strips: Pages<Strip, Vec<Tick>>,
}

/// What is looked up of a finding.
#[derive(Debug, Default)]
pub struct Told {
    /// The path of its object, if it stands in the tree.
    pub path: Option<String>,
    /// True if the object is among those that were thrown away.
    pub discarded: bool,
    /// The arguments, longer than a line.
    pub arguments: String,
}

/// Which overview strip, and for how many rows and pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strip {
    /// That of the opcodes of a part.
    Opcodes(usize, u16),
    /// That of the bytes of a stream, of which so many rows are not folded.
    Bytes(StreamId, u64, u16),
}

/// A search that runs.
pub struct Searching {
    /// For what.
    pub query: String,
    /// The search.
    pub job: Job<Hits>,
    /// What it has found so far, if that is new.
    pub so_far: Arc<Mutex<Option<Hits>>>,
}

/// An opcode under the pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The part.
    pub part: usize,
    /// Offset of the opcode, or of a byte of it.
    pub at: u64,
    /// Its length, as far as it is known.
    pub len: u64,
}

impl Hover {
    /// True if it is, or lies in, the opcode at `offset`.
    pub fn is_at(self, part: usize, offset: u64, len: u64) -> bool {
        self.part == part
            && self.at < offset.saturating_add(len.max(1))
            && offset < self.at.saturating_add(self.len.max(1))
    }
}

/// What a person has set for all files, and finds again at the next start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// The panes that follow the selection.
    pub linked: Linked,
    /// How state dicts are laid out.
    pub arrangement: Arrangement,
}

/// Which panes of the evidence follow the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linked {
    /// The opcodes.
    pub opcodes: bool,
    /// The bytes.
    pub bytes: bool,
}

impl Default for Linked {
    fn default() -> Self {
        Self { opcodes: true, bytes: true }
    }
}

/// The breadcrumb as text.
#[derive(Clone, Debug, Default)]
pub struct PathEdit {
    /// What is typed.
    pub text: String,
    /// It was just opened and wants the keyboard.
    pub fresh: bool,
}

/// Which piece of which table: its part, its node, the piece.
pub type FramePiece = (usize, u32, frame::Piece);

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
    /// The table of a frame, with its cursor.
    pub grid: Grid,
}

impl Doc {
    /// Opens and understands a file; for a job.
    pub fn open(path: &Path, limits: &Limits, progress: &Progress) -> Result<Self> {
        let artifact = formats::open(path, limits, progress)?;
        Ok(Self::of(artifact))
    }

    /// Understands a file that was read.
    pub fn of(artifact: Artifact) -> Self {
        let allow = Allow::usual([artifact.path.as_path()]);
        let report = report(&artifact, allow.as_ref().unwrap_or(&Allow::default()));
        let sentence = sentence(&artifact, &report);
        let outline = Outline::new(&artifact);
        let allowed = allow.as_ref().map_or(0, |allow| report.allowed(allow));
        let calls = CallList::new(&artifact, &report, allowed > 0 || allow.is_err());
        let mut doc = Self {
            artifact: Arc::new(artifact),
            report: Arc::new(report),
            sentence,
            allow,
            outline,
            row: 0,
            index: Index::Objects,
            selection: Selection::default(),
            history: Vec::new(),
            history_at: 0,
            filter: String::new(),
            focus_filter: false,
            query: Query::default(),
            table: ArrayTable::default(),
            searching: None,
            hits: None,
            hit: 0,
            at: Positions::default(),
            facet: Facet::Summary,
            lenses: Vec::new(),
            diagram: None,
            toggled: BTreeSet::new(),
            shown: Pages::default(),
            trees: TreeLook::default(),
            source: SourceLook::default(),
            frames: Pages::default(),
            groups: Pages::default(),
            computing: None,
            facts: HashMap::new(),
            values: Pages::default(),
            texts: Pages::default(),
            ops: Pages::default(),
            bytes: Pages::default(),
            unowned: Pages::default(),
            moment: Pages::default(),
            locating: None,
            op_row: None,
            changed: false,
            gone: false,
            comparing: None,
            extent: None,
            hover: None,
            hover_next: None,
            layer: None,
            byte_rows: HashMap::new(),
            linked: Linked::default(),
            path_edit: None,
            missing: None,
            finding: None,
            allowed,
            calls,
            told: Pages::default(),
            strips: Pages::default(),
        };
        doc.selection = doc.selection_of_row(0).unwrap_or_default();
        doc.choose_facet();
        doc.history.push(doc.selection.clone());
        doc
    }

    /// Looks as the files before were left.
    pub fn settle_in(&mut self, habits: Habits) {
        self.linked = habits.linked;
        if self.outline.arrangement() == habits.arrangement {
            return;
        }
        let artifact = Arc::clone(&self.artifact);
        self.outline.arrange(&artifact, habits.arrangement);
        self.row = 0;
        self.selection = self.selection_of_row(0).unwrap_or_default();
        self.choose_facet();
        self.history = vec![self.selection.clone()];
    }

    /// Puts the view in front that says most about the selection: a handful of values says more than their distribution,
    /// a lens more than the fields.
    pub fn choose_facet(&mut self) {
        self.lenses.clear();
        self.diagram = None;
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
                Some(Selection { part, node: Some(node), array, group: None, offset: Some(graph.offset(node)), path })
            }
            What::Array(i) => {
                let array = self.artifact.arrays.get(i)?;
                let part = array.part;
                // A tensor of a shard is an object of that shard's pickle.
                let node = array.node.map(NodeId::from_raw);
                let graph = self.artifact.pickled(part).map(|pickled| &pickled.decoded.graph);
                let offset = node.and_then(|node| graph.map(|graph| graph.offset(node)));
                Some(Selection { part, node, array: Some(i), offset, path, ..Selection::default() })
            }
            What::Part(part) | What::Fact(part, _) => Some(Selection { part, ..Selection::default() }),
            What::Prefix { of, group, .. } => {
                let (part, node) = match of {
                    Of::Node { part, node } => (part, Some(node)),
                    Of::Arrays => (0, None),
                };
                Some(Selection { part, node, group: Some((of, group.unwrap_or(0))), ..Selection::default() })
            }
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
        let text = self.filter.trim().to_owned();
        self.query = Query::parse(&text);
        self.table.filter(ctx, &self.artifact, &self.report, &self.query);
        if text.is_empty() {
            (self.searching, self.hits) = (None, None);
            return;
        }
        let wanted = self.searching.as_ref().map(|s| &s.query).or(self.hits.as_ref().map(|(q, _)| q));
        if wanted == Some(&text) {
            return;
        }
        let (artifact, report, query) = (Arc::clone(&self.artifact), Arc::clone(&self.report), self.query.clone());
        let so_far = Arc::new(Mutex::new(None));
        let (shared, wake) = (Arc::clone(&so_far), ctx.clone());
        let job = Job::spawn(ctx, "Searching", move |progress| {
            let flagged = |part, node| is_flagged(&artifact, &report, part, node);
            search::search(&artifact, &query, &flagged, progress, &mut |hits| {
                if let Ok(mut slot) = shared.lock() {
                    *slot = Some(hits);
                }
                wake.request_repaint();
            })
        });
        self.searching = Some(Searching { query: text, job, so_far });
    }

    /// Compares length and time of the file with what they were, beside the window.
    pub fn look_for_changes(&mut self, ctx: &egui::Context) {
        let source = Arc::clone(self.artifact.bytes.source());
        self.comparing = Some(Job::spawn(ctx, "Comparing", move |_| (source.changed(), source.is_gone())));
    }

    /// The rows of a stream in the byte pane.
    pub fn rows_of(&mut self, stream: StreamId) -> Arc<ByteRows> {
        let artifact = &self.artifact;
        Arc::clone(self.byte_rows.entry(stream).or_insert_with(|| Arc::new(ByteRows::of(artifact, stream))))
    }

    /// The stream of what is selected.
    pub fn selected_stream(&self) -> StreamId {
        let array = self.selection.array.and_then(|i| self.artifact.arrays.get(i));
        match (self.artifact.parts.get(self.selection.part), array) {
            (_, Some(array)) if self.selection.offset.is_none() => array.span.stream,
            (Some(part), _) => part.stream,
            _ => StreamId::FILE,
        }
    }

    /// The stream that the byte pane shows: the chosen layer, else that of the selection.
    pub fn stream(&self) -> StreamId {
        self.layer.unwrap_or_else(|| self.selected_stream())
    }

    /// What is being computed that the status bar should show; the soonest of what may be shown in a moment.
    pub fn progress(&self) -> Option<&Progress> {
        let jobs = [
            self.computing.as_ref().map(|(_, job)| (job.age(), &*job.progress)),
            self.searching.as_ref().map(|searching| (searching.job.age(), &*searching.job.progress)),
            self.table.computing().map(|job| (job.age(), &*job.progress)),
        ];
        let longest = jobs.into_iter().flatten().max_by_key(|(age, _)| *age)?;
        (longest.0 > super::jobs::SLOW).then_some(longest.1)
    }

    /// True while something is computed, shown or not.
    pub fn is_busy(&self) -> bool {
        self.computing.is_some() || self.searching.is_some() || self.table.computing().is_some()
    }
}

/// True if the opcode that made an object imports or calls what is not known to be harmless.
pub fn is_flagged(artifact: &Artifact, report: &Report, part: usize, node: NodeId) -> bool {
    let Some(pickled) = artifact.pickled(part) else { return false };
    let reach = verdict_at(report, part, pickled, pickled.decoded.graph.offset(node));
    reach.is_some_and(|(_, verdict)| verdict != Verdict::Known)
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
