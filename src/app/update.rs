//! The only place that changes the workspace: commands asked for while drawing are applied here afterwards.

use std::path::PathBuf;

use egui::ViewportCommand;

use super::call_list::Line;
use super::command::Ask;
use super::give_out::{Gift, give};
use super::jobs::Job;
use super::source_look::SourceAsk;
use super::workspace::{Doc, Facet, Index, Linked, Overlay, Pane, PathEdit, Selection, State, Tab, Workspace};
use crate::bytes::{Limits, StreamId};
use crate::formats::children::Children;
use crate::pickle::NodeId;
use crate::view::array_table::Column;
use crate::view::describe::{Detail, describe, exact_values};
use crate::view::lens::Lens;
use crate::view::number;
use crate::view::outline::{Row, What};
use crate::view::search::Hits;

/// What a panel asks for.
#[derive(Clone, Debug)]
pub enum Command {
    /// A command of the table.
    Ask(Ask),
    /// Open these files.
    Open(Vec<PathBuf>),
    /// Open those of these that are files: text from the clipboard.
    Paste(Vec<PathBuf>),
    /// Open a sample that is part of the program.
    Sample(&'static str),
    /// Show a tab.
    Tab(usize),
    /// Close a tab.
    CloseTab(usize),
    /// Stop opening, or computing.
    Cancel,
    /// Select a row of the tree.
    Row(usize),
    /// Open or close a row of the tree.
    Toggle(usize),
    /// Open everything below a row.
    OpenAll(usize),
    /// Close everything below a row.
    CloseAll(usize),
    /// Open the siblings of a row.
    OpenSiblings(usize),
    /// Show a finding, and select its opcode.
    Finding(usize),
    /// Show a finding's place in a pane of the evidence.
    Evidence(usize, Pane),
    /// Show or hide the known callables.
    KnownCalls,
    /// Show an index.
    Index(Index),
    /// Show an array by its number.
    Array(usize),
    /// Show a view of an array.
    Facet(Facet),
    /// Select the opcode at an offset of a part, and what it makes.
    Opcode(usize, u64),
    /// Select the opcode at an offset of the part that is selected, if the part is that long.
    Offset(u64),
    /// Select an object of a part, and show it in the tree.
    Object(usize, NodeId),
    /// Select an object by the way to it.
    Reveal(usize, usize, Vec<(NodeId, usize)>),
    /// Select what steps lead to from an object that is selected or stands above the selection.
    Below(NodeId, Vec<(NodeId, usize)>),
    /// The same for a box of the diagram of that object, which stays in front.
    Block(NodeId, Vec<(NodeId, usize)>),
    /// Select what is at a path.
    Path(String),
    /// A row of what the filter found.
    Hit(usize),
    /// Sort the arrays by a column, or the other way round.
    Sort(Column),
    /// Show a place of a layer in the byte pane.
    Place(StreamId, u64),
    /// Show a layer of the file in the byte pane.
    Layer(StreamId),
    /// Show or fold the data of an array in the byte pane.
    Fold(StreamId, usize),
    /// Say which panes follow the selection.
    Link(Linked),
    /// Make the breadcrumb text, or a breadcrumb again.
    EditPath(bool),
    /// The filter was typed in.
    Filter,
    /// Put something over the panes.
    Overlay(Overlay),
    /// Give a pane the keys.
    Pane(Pane),
    /// Something of the code or the steps.
    Source(SourceAsk),
    /// Put text on the clipboard.
    Copy(String),
    /// Make something for the clipboard or a file.
    Give(Gift),
    /// Show opcodes and bytes, and give one of their panes the keys.
    ShowEvidence(Pane),
    /// Look for this with the filter.
    Find(String),
    /// Forget what was said.
    DismissNotice,
    /// Read the file again.
    Reload,
    /// Read it anew, without the limits that refused it.
    RaiseLimits,
}

/// Applies a command.
pub fn update(ctx: &egui::Context, w: &mut Workspace, command: Command) {
    match command {
        Command::Ask(ask) => self::ask(ctx, w, ask),
        Command::Open(paths) => paths.into_iter().for_each(|path| open(ctx, w, path)),
        Command::Paste(paths) => {
            w.arriving.push(Job::spawn(ctx, "Looking at what was pasted", move |_| {
                let found: Vec<PathBuf> = paths.iter().filter(|path| path.exists()).cloned().collect();
                // What is meant as a path and leads nowhere should say so; other text means nothing here.
                let meant = || paths.iter().find(|path| path.is_absolute()).cloned();
                if found.is_empty() { meant().into_iter().collect() } else { found }
            }));
        }
        Command::Sample(name) => {
            w.arriving.push(Job::spawn(ctx, "Sample", move |_| super::sample(name).into_iter().collect()));
        }
        Command::Tab(i) => w.active = i.min(w.tabs.len().saturating_sub(1)),
        Command::CloseTab(i) => {
            if i < w.tabs.len() {
                // Whoever opens it again wants to be where they left.
                let selected = w.tabs.get(i).and_then(|tab| w.selected_in(&tab.path));
                let closed = w.tabs.remove(i).path;
                if let Some(recent) = w.recents.iter_mut().find(|recent| recent.path == closed) {
                    recent.selected = selected;
                }
                w.active = if w.active > i { w.active - 1 } else { w.active }.min(w.tabs.len().saturating_sub(1));
            }
        }
        Command::Cancel => cancel(w),
        Command::Overlay(overlay) => w.overlay = overlay,
        Command::Pane(pane) => w.pane = pane,
        Command::Copy(text) => ctx.copy_text(text),
        Command::Give(gift) => give(ctx, w, gift),
        Command::ShowEvidence(pane) => (w.evidence, w.pane) = (true, pane),
        Command::Find(text) => {
            w.pane = Pane::Index;
            if let Some(doc) = w.doc_mut() {
                in_doc(ctx, doc, Command::Index(Index::Objects));
                doc.filter = text;
                doc.search(ctx);
            }
        }
        Command::DismissNotice => w.notice = None,
        Command::Reload | Command::RaiseLimits => {
            let usual = w.limits.clone();
            let limits = if matches!(command, Command::RaiseLimits) { usual.raised() } else { usual };
            if let Some(tab) = w.tabs.get_mut(w.active) {
                tab.state = opening(ctx, tab.path.clone(), limits);
            }
        }
        Command::Evidence(finding, pane) => {
            (w.evidence, w.pane) = (true, pane);
            if let Some(doc) = w.doc_mut() {
                in_doc(ctx, doc, Command::Finding(finding));
                doc.op_row.into_iter().for_each(|row| doc.at.ops.reveal(row));
            }
        }
        Command::Offset(offset) => {
            let Some(doc) = w.doc_mut() else { return };
            let part = doc.selection.part;
            let stream = doc.artifact.parts.get(part).map_or(StreamId::FILE, |part| part.stream);
            let len = doc.artifact.streams.get(stream).map_or(0, |stream| stream.bytes.len());
            if offset < len {
                update(ctx, w, Command::Opcode(part, offset));
            } else {
                doc.missing = Some(format!("{offset:#x}; the last byte is at {:#x}", len.saturating_sub(1)));
            }
        }
        Command::Link(linked) => {
            w.habits.linked = linked;
            if let Some(doc) = w.doc_mut() {
                doc.linked = linked;
            }
        }
        Command::Opcode(..) | Command::Finding(_) => {
            w.evidence = true;
            if let Some(doc) = w.doc_mut() {
                in_doc(ctx, doc, command);
            }
        }
        other => {
            if let Some(doc) = w.doc_mut() {
                in_doc(ctx, doc, other);
            }
        }
    }
}

pub(super) fn open(ctx: &egui::Context, w: &mut Workspace, path: PathBuf) {
    let path = std::path::absolute(&path).unwrap_or(path);
    if let Some(i) = w.tabs.iter().position(|tab| tab.path == path) {
        w.active = i;
        return;
    }
    w.tabs.push(Tab { state: opening(ctx, path.clone(), w.limits.clone()), path });
    w.active = w.tabs.len() - 1;
    (w.notice, w.overlay) = (None, Overlay::None);
}

fn opening(ctx: &egui::Context, path: PathBuf, limits: Limits) -> State {
    State::Opening(Job::spawn(ctx, "Opening", move |progress| Doc::open(&path, &limits, progress)))
}

fn cancel(w: &mut Workspace) {
    if let Some(job) = &w.giving {
        job.progress.cancel();
    }
    if let Some(Tab { state: State::Opening(job), .. }) = w.tabs.get(w.active) {
        job.progress.cancel();
    }
    if let Some(doc) = w.doc_mut() {
        doc.computing = None;
        doc.table.cancel();
        if let Some(searching) = doc.searching.take() {
            // What was found so far stays, and says that it is not all.
            let hits = doc.hits.take().map(|(_, hits)| hits).unwrap_or_default();
            doc.hits = Some((searching.query, Hits { stopped: true, ..hits }));
        }
    }
}

fn ask(ctx: &egui::Context, w: &mut Workspace, ask: Ask) {
    match ask {
        Ask::Open => {
            if w.dialog.is_none() {
                w.dialog = Some(Job::spawn(ctx, "File dialog", |_| rfd::FileDialog::new().pick_files()));
            }
        }
        Ask::Close => update(ctx, w, Command::CloseTab(w.active)),
        Ask::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
        Ask::Palette => w.overlay = Overlay::Palette(String::new(), 0),
        Ask::Keys => w.overlay = if w.overlay == Overlay::Keys { Overlay::None } else { Overlay::Keys },
        Ask::About => w.overlay = Overlay::About,
        Ask::Rules => w.overlay = Overlay::Rules(String::new()),
        Ask::GoTo => w.overlay = Overlay::GoTo(String::new()),
        Ask::Evidence => w.evidence = !w.evidence,
        Ask::Theme => {
            let next = if ctx.theme() == egui::Theme::Dark { egui::Theme::Light } else { egui::Theme::Dark };
            ctx.set_theme(next);
        }
        Ask::ThemeOf(theme) => ctx.set_theme(theme),
        Ask::Digits(digits) => {
            number::set_digits(digits);
            // What has been put into words is put into words again.
            for tab in &mut w.tabs {
                if let State::Open(doc) = &mut tab.state {
                    (doc.shown, doc.groups, doc.frames) = Default::default();
                }
            }
        }
        Ask::Memory(mib) => w.keep_in_memory(mib),
        Ask::Motion => {
            w.reduced_motion = !w.reduced_motion;
            super::motion::set(ctx, w.reduced_motion);
        }
        Ask::FullScreen => {
            let full = ctx.input(|i| i.viewport().fullscreen.unwrap_or(false));
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
        }
        Ask::NextTab => w.active = if w.tabs.is_empty() { 0 } else { (w.active + 1) % w.tabs.len() },
        Ask::ClearRecents => w.recents.clear(),
        Ask::NextPane | Ask::PreviousPane => {
            let all: &[Pane] = if w.evidence {
                &[Pane::Index, Pane::Detail, Pane::Opcodes, Pane::Bytes]
            } else {
                &[Pane::Index, Pane::Detail]
            };
            let at = all.iter().position(|pane| *pane == w.pane).unwrap_or(0);
            let step = if ask == Ask::NextPane { 1 } else { all.len() - 1 };
            w.pane = all.get((at + step) % all.len()).copied().unwrap_or_default();
        }
        Ask::CopyValue
            if w.pane == Pane::Detail && w.doc().is_some_and(|doc| doc.facet == Facet::Lens(Lens::Frame)) =>
        {
            // The cell that the cursor is on, if it is in sight.
            if let Some(text) = w.doc().and_then(|doc| doc.at.grid.text.clone()) {
                ctx.copy_text(text);
            }
        }
        Ask::CopyValue if w.doc().and_then(unread_array).is_some() => {
            if let Some(array) = w.doc().and_then(unread_array) {
                give(ctx, w, Gift::Python(array));
            }
        }
        Ask::FlatKeys | Ask::FileOrder => {
            if let Some(doc) = w.doc_mut() {
                arrange(ctx, doc, ask);
                let arrangement = doc.outline.arrangement();
                w.habits.arrangement = arrangement;
            }
        }
        Ask::ResetLayout => {
            w.evidence = false;
            w.pane = Pane::Index;
            ctx.data_mut(|data| data.remove_by_type::<egui::containers::panel::PanelState>());
        }
        Ask::EditPath
        | Ask::Find
        | Ask::FindNext
        | Ask::FindPrevious
        | Ask::Back
        | Ask::Forward
        | Ask::CopyValue
        | Ask::CopyPath => {
            if let Some(doc) = w.doc_mut() {
                ask_doc(ctx, doc, ask);
            }
        }
    }
}

/// Lays state dicts out in another way, and finds the selected row again.
fn arrange(ctx: &egui::Context, doc: &mut Doc, ask: Ask) {
    let artifact = std::sync::Arc::clone(&doc.artifact);
    let mut arrangement = doc.outline.arrangement();
    match ask {
        Ask::FlatKeys => arrangement.flat = !arrangement.flat,
        _ => arrangement.file_order = !arrangement.file_order,
    }
    doc.outline.arrange(&artifact, arrangement);
    doc.row = 0;
    let selection = doc.selection.clone();
    match (selection.node, selection.array) {
        // A group has no row in the flat list: its dict stands for it.
        (Some(node), _) => {
            doc.selection.group = None;
            let offset = artifact.pickled(selection.part).map_or(0, |p| p.decoded.graph.offset(node));
            doc.locate(ctx, selection.part, offset, Some(node), true);
        }
        (None, Some(array)) => doc.row = doc.outline.reveal_array(&artifact, array).unwrap_or(0),
        (None, None) => {
            if let Some(selection) = doc.selection_of_row(0) {
                select(ctx, doc, selection);
            }
        }
    }
    doc.at.tree.reveal(doc.row as u64);
}

fn ask_doc(ctx: &egui::Context, doc: &mut Doc, ask: Ask) {
    match ask {
        Ask::Find => {
            if doc.index == Index::Calls {
                in_doc(ctx, doc, Command::Index(Index::Objects));
            }
            doc.focus_filter = true;
        }
        Ask::EditPath => in_doc(ctx, doc, Command::EditPath(true)),
        Ask::FindNext | Ask::FindPrevious => {
            let Some((_, hits)) = &doc.hits else { return };
            let n = hits.lines.len();
            // The next row that matches; those it stands in are passed over.
            let steps =
                (1..=n).map(|i| if ask == Ask::FindNext { doc.hit + i } else { doc.hit + 2 * n - i } % n.max(1));
            let found = steps.into_iter().find(|row| hits.lines.get(*row).is_some_and(|line| line.matches));
            if let Some(row) = found {
                in_doc(ctx, doc, Command::Hit(row));
            }
        }
        Ask::Back | Ask::Forward => {
            let at = if ask == Ask::Back { doc.history_at.checked_sub(1) } else { Some(doc.history_at + 1) };
            if let Some((at, selection)) = at.and_then(|at| doc.history.get(at).cloned().map(|s| (at, s))) {
                doc.history_at = at;
                restore(ctx, doc, selection);
            }
        }
        Ask::CopyPath => {
            if let Some(path) = &doc.selection.path {
                ctx.copy_text(path.replacen('$', "obj", 1));
            }
        }
        Ask::CopyValue => {
            let Selection { part, node, array, .. } = doc.selection;
            // What is copied is not rounded.
            let exact = array.and_then(|i| doc.artifact.arrays.get(i)).and_then(exact_values);
            if let Some(exact) = exact {
                ctx.copy_text(exact);
            } else if let (Some(node), Some(pickled)) = (node, doc.artifact.pickled(part)) {
                let described = describe(&doc.artifact, part, pickled, node, Detail::Full);
                ctx.copy_text(if described.value.is_empty() { described.type_name } else { described.value });
            }
        }
        _ => {}
    }
}

/// The selected array, if it has more values than are kept at hand: a job must read them.
fn unread_array(doc: &Doc) -> Option<usize> {
    let selected = doc.selection.array?;
    let array = doc.artifact.arrays.get(selected)?;
    (exact_values(array).is_none() && array.view().is_some()).then_some(selected)
}

fn restore(ctx: &egui::Context, doc: &mut Doc, selection: Selection) {
    doc.finding = None;
    doc.selection = selection;
    doc.choose_facet();
    doc.at.detail = Default::default();
    match (doc.selection.node, doc.selection.array) {
        (Some(node), _) => {
            let offset = doc.artifact.pickled(doc.selection.part).map_or(0, |p| p.decoded.graph.offset(node));
            doc.locate(ctx, doc.selection.part, offset, Some(node), true);
        }
        (None, Some(array)) => doc.compute(ctx, array),
        _ => {}
    }
    if let Some(array) = doc.selection.array {
        doc.compute(ctx, array);
    }
}

/// Makes a selection the current one and remembers it.
fn select(ctx: &egui::Context, doc: &mut Doc, selection: Selection) {
    if doc.selection == selection {
        return;
    }
    doc.history.truncate(doc.history_at + 1);
    doc.history.push(selection.clone());
    // A long session needs no endless memory.
    if doc.history.len() > 1000 {
        doc.history.remove(0);
    }
    doc.history_at = doc.history.len() - 1;
    doc.at.detail = Default::default();
    if let Some(array) = selection.array {
        doc.compute(ctx, array);
    }
    if let Some(offset) = selection.offset {
        doc.locate(ctx, selection.part, offset, selection.node, false);
    } else {
        doc.op_row = None;
    }
    doc.selection = selection;
    (doc.extent, doc.layer, doc.path_edit, doc.missing) = (None, None, None, None);
    doc.choose_facet();
}

pub(super) fn in_doc(ctx: &egui::Context, doc: &mut Doc, command: Command) {
    let artifact = std::sync::Arc::clone(&doc.artifact);
    // What selects something else leads away from a finding.
    if selects(&command) {
        doc.finding = None;
    }
    match command {
        Command::Finding(i) => finding(ctx, doc, i),
        Command::KnownCalls => doc.calls.toggle(&artifact, &std::sync::Arc::clone(&doc.report)),
        Command::Row(row) => {
            doc.row = row.min(doc.outline.rows().len().saturating_sub(1));
            doc.at.tree.reveal(doc.row as u64);
            if let Some(selection) = doc.selection_of_row(doc.row) {
                select(ctx, doc, selection);
            }
        }
        Command::Toggle(row) => {
            doc.outline.toggle(&artifact, row);
            doc.row = doc.row.min(doc.outline.rows().len().saturating_sub(1));
        }
        Command::OpenAll(row) => {
            doc.outline.open_all(&artifact, row);
        }
        Command::CloseAll(row) => doc.outline.close(row),
        Command::OpenSiblings(row) => {
            let Some(depth) = doc.outline.rows().get(row).map(|r| r.depth) else { return };
            let first = doc.outline.parent(row).map_or(0, |parent| parent + 1);
            let mut i = first;
            while doc.outline.rows().get(i).is_some_and(|r| r.depth >= depth) {
                if doc.outline.rows().get(i).is_some_and(|r| r.depth == depth) {
                    doc.outline.open(&artifact, i);
                }
                i += 1;
            }
        }
        Command::Index(index) => {
            doc.index = index;
            // A finding belongs to the calls; beside the other lists stands what is selected in them.
            if index != Index::Calls
                && doc.finding.take().is_some()
                && let Some(selection) = doc.selection_of_row(doc.row)
            {
                select(ctx, doc, selection);
            }
            if index == Index::Arrays {
                doc.table.start(ctx, &artifact);
            }
        }
        Command::Facet(facet) => (doc.facet, doc.at.detail) = (facet, Default::default()),
        Command::Array(i) => {
            let Some(array) = artifact.arrays.get(i) else { return };
            let node = array.node.map(NodeId::from_raw);
            let offset = node.and_then(|node| artifact.pickled(array.part).map(|p| p.decoded.graph.offset(node)));
            let path = Some(array.path.to_string());
            select(ctx, doc, Selection { part: array.part, node, array: Some(i), group: None, offset, path });
            if let (Some(node), Some(offset)) = (node, offset) {
                doc.locate(ctx, array.part, offset, Some(node), true);
            } else if let Some(row) = doc.outline.reveal_array(&artifact, i) {
                doc.row = row;
                doc.at.tree.reveal(row as u64);
            }
        }
        Command::Opcode(part, offset) => {
            let node = artifact.pickled(part).and_then(|p| p.decoded.graph.made_at(offset));
            let array = node.and_then(|node| artifact.array_of(part, node));
            // Where there are no opcodes, a byte belongs to the array it lies in.
            let around = artifact.array_at(part, offset);
            if let Some(row) = around.and_then(|array| doc.outline.reveal_array(&artifact, array)) {
                doc.row = row;
                doc.at.tree.reveal(row as u64);
            }
            let array = array.or(around);
            let path = around.and_then(|i| Some(artifact.arrays.get(i)?.path.to_string()));
            select(ctx, doc, Selection { part, node, array, group: None, offset: Some(offset), path });
            doc.locate(ctx, part, offset, node, true);
        }
        Command::Object(part, node) => {
            let offset = artifact.pickled(part).map(|p| p.decoded.graph.offset(node));
            let array = artifact.array_of(part, node);
            select(ctx, doc, Selection { part, node: Some(node), array, group: None, offset, path: None });
            doc.locate(ctx, part, offset.unwrap_or(0), Some(node), true);
        }
        Command::Reveal(part, pickle, steps) => {
            if let Some(row) = doc.outline.reveal(&artifact, part, pickle, &steps) {
                doc.index = Index::Objects;
                in_doc(ctx, doc, Command::Row(row));
            }
        }
        Command::Below(root, steps) => below(ctx, doc, root, &steps),
        Command::Block(root, steps) => {
            below(ctx, doc, root, &steps);
            if doc.selection.array.is_none() {
                doc.lenses.retain(|lens| *lens != Lens::Diagram);
                doc.lenses.insert(0, Lens::Diagram);
                (doc.diagram, doc.facet) = (Some(root), Facet::Lens(Lens::Diagram));
            }
        }
        Command::Path(text) => doc.locate_path(ctx, text, true),
        Command::Hit(i) => {
            let found = doc.hits.as_ref().and_then(|(_, hits)| {
                let line = *hits.lines.get(i)?;
                Some((line, hits.hits.get(line.hit)?.clone()))
            });
            let Some((line, hit)) = found else { return };
            doc.hit = i;
            doc.at.hits.reveal(i as u64);
            let row = match hit.array {
                Some(array) => doc.outline.reveal_array(&artifact, array),
                None => {
                    let steps = hit.steps.get(..line.steps).unwrap_or(&[]);
                    doc.outline.reveal(&artifact, hit.part, hit.pickle, steps)
                }
            };
            if let Some(row) = row {
                doc.row = row;
                doc.at.tree.reveal(row as u64);
                if let Some(selection) = doc.selection_of_row(row) {
                    select(ctx, doc, selection);
                }
            }
        }
        Command::Sort(column) => {
            doc.table.sort = doc.table.sort.clicked(column);
            let report = std::sync::Arc::clone(&doc.report);
            doc.table.reorder(ctx, &artifact, &report);
        }
        Command::Layer(stream) => {
            doc.layer = Some(stream);
            doc.at.bytes = Default::default();
        }
        Command::Place(stream, offset) => {
            let row = doc.rows_of(stream).row_of(offset);
            doc.at.bytes.reveal(row);
        }
        Command::Fold(stream, fold) => {
            let mut rows = doc.rows_of(stream);
            std::sync::Arc::make_mut(&mut rows).toggle(fold);
            doc.byte_rows.insert(stream, rows);
        }
        Command::EditPath(true) => {
            let path = doc.selection.path.as_deref().unwrap_or("$").replacen('$', "root", 1);
            doc.path_edit = Some(PathEdit { text: path, fresh: true });
        }
        Command::EditPath(false) => (doc.path_edit, doc.missing) = (None, None),
        Command::Filter => doc.search(ctx),
        Command::Source(ask) => doc.source.apply(ctx, &artifact, &doc.selection, ask),
        _ => {}
    }
}

/// True if a command selects something.
fn selects(command: &Command) -> bool {
    matches!(
        command,
        Command::Row(_)
            | Command::Array(_)
            | Command::Opcode(..)
            | Command::Object(..)
            | Command::Reveal(..)
            | Command::Below(..)
            | Command::Block(..)
            | Command::Path(_)
            | Command::Hit(_)
    )
}

/// Shows a finding, and its place in the opcodes and bytes.
pub(super) fn finding(ctx: &egui::Context, doc: &mut Doc, i: usize) {
    let Some(place) = doc.report.findings.get(i).map(|finding| finding.place) else { return };
    let home = doc.artifact.parts.get(place.part).is_some_and(|part| part.stream == place.at.stream);
    if home {
        in_doc(ctx, doc, Command::Opcode(place.part, place.at.start));
        doc.layer = None;
    } else {
        // A place of the archive around the part: only the bytes can show it.
        doc.layer = Some(place.at.stream);
        let row = doc.rows_of(place.at.stream).row_of(place.at.start);
        doc.at.bytes.reveal(row);
    }
    doc.finding = Some(i);
    doc.at.detail = Default::default();
    if let Some(slot) = doc.calls.slot_of(Line::Finding(i)) {
        doc.at.calls.reveal(slot);
    }
}

/// Selects what `steps` lead to from `root`, which stands at or above the selected row.
fn below(ctx: &egui::Context, doc: &mut Doc, root: NodeId, steps: &[(NodeId, usize)]) {
    let artifact = std::sync::Arc::clone(&doc.artifact);
    let part = doc.selection.part;
    let mut next = Some(doc.row);
    while let Some(row) = next {
        let is_root = |row: &Row| matches!(row.what, What::Node { part: p, node, .. } if p == part && node == root);
        if doc.outline.rows().get(row).is_some_and(is_root) {
            if let Some(row) = doc.outline.reveal_below(&artifact, part, row, steps) {
                doc.index = Index::Objects;
                in_doc(ctx, doc, Command::Row(row));
            }
            return;
        }
        next = doc.outline.parent(row);
    }
    // It was selected by its bytes and stands elsewhere in the tree: find it first.
    let Some(pickled) = artifact.pickled(part) else { return };
    let found = steps.last().map_or(Some(root), |(parent, position)| {
        let graph = &pickled.decoded.graph;
        Children::of(graph, &pickled.known, *parent).get(graph, *position).map(|(_, child)| child)
    });
    if let Some(node) = found {
        let offset = pickled.decoded.graph.offset(node);
        doc.locate(ctx, part, offset, Some(node), true);
    }
}
