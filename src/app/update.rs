//! The only place that changes the workspace: commands asked for while drawing are applied here afterwards.

use std::path::PathBuf;

use egui::ViewportCommand;

use super::command::Ask;
use super::jobs::{Job, Poll};
use super::workspace::{Doc, Facet, Index, Overlay, Pane, Recent, Selection, State, Tab, Workspace};
use crate::pickle::NodeId;
use crate::view::describe::{Detail, describe};
use crate::view::search;

/// What a panel asks for.
#[derive(Clone, Debug)]
pub enum Command {
    /// A command of the table.
    Ask(Ask),
    /// Open these files.
    Open(Vec<PathBuf>),
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
    /// Show an index.
    Index(Index),
    /// Show an array by its number.
    Array(usize),
    /// Show a view of an array.
    Facet(Facet),
    /// Select the opcode at an offset of a part, and what it makes.
    Opcode(usize, u64),
    /// Select an object of a part.
    Node(usize, NodeId),
    /// Select an object by the way to it.
    Reveal(usize, usize, Vec<(NodeId, usize)>),
    /// Select what is at a path.
    Path(String),
    /// A hit of the filter.
    Hit(usize),
    /// The filter was typed in.
    Filter,
    /// Put something over the panes.
    Overlay(Overlay),
    /// Give a pane the keys.
    Pane(Pane),
    /// Put text on the clipboard.
    Copy(String),
    /// Forget what was said.
    DismissNotice,
    /// Read the file again.
    Reload,
}

/// Applies a command.
pub fn update(ctx: &egui::Context, w: &mut Workspace, command: Command) {
    match command {
        Command::Ask(ask) => self::ask(ctx, w, ask),
        Command::Open(paths) => paths.into_iter().for_each(|path| open(ctx, w, path)),
        Command::Tab(i) => w.active = i.min(w.tabs.len().saturating_sub(1)),
        Command::CloseTab(i) => {
            if i < w.tabs.len() {
                w.tabs.remove(i);
                w.active = if w.active > i { w.active - 1 } else { w.active }.min(w.tabs.len().saturating_sub(1));
            }
        }
        Command::Cancel => cancel(w),
        Command::Overlay(overlay) => w.overlay = overlay,
        Command::Pane(pane) => w.pane = pane,
        Command::Copy(text) => ctx.copy_text(text),
        Command::DismissNotice => w.notice = None,
        Command::Reload => {
            if let Some(path) = w.tabs.get(w.active).map(|tab| tab.path.clone()) {
                let active = w.active;
                if let Some(tab) = w.tabs.get_mut(active) {
                    tab.state = opening(ctx, path);
                }
            }
        }
        Command::Opcode(..) => {
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

fn open(ctx: &egui::Context, w: &mut Workspace, path: PathBuf) {
    let path = std::path::absolute(&path).unwrap_or(path);
    if let Some(i) = w.tabs.iter().position(|tab| tab.path == path) {
        w.active = i;
        return;
    }
    w.tabs.push(Tab { state: opening(ctx, path.clone()), path });
    w.active = w.tabs.len() - 1;
    (w.notice, w.overlay) = (None, Overlay::None);
}

fn opening(ctx: &egui::Context, path: PathBuf) -> State {
    State::Opening(Job::spawn(ctx, "Opening", move |progress| Doc::open(&path, progress)))
}

fn cancel(w: &mut Workspace) {
    if let Some(Tab { state: State::Opening(job), .. }) = w.tabs.get(w.active) {
        job.progress.cancel();
    }
    if let Some(doc) = w.doc_mut() {
        (doc.computing, doc.searching) = (None, None);
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
        Ask::GoTo => w.overlay = Overlay::GoTo(String::new()),
        Ask::Evidence => w.evidence = !w.evidence,
        Ask::Theme => {
            let next = if ctx.theme() == egui::Theme::Dark { egui::Theme::Light } else { egui::Theme::Dark };
            ctx.set_theme(next);
        }
        Ask::FullScreen => {
            let full = ctx.input(|i| i.viewport().fullscreen.unwrap_or(false));
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
        }
        Ask::NextTab => w.active = if w.tabs.is_empty() { 0 } else { (w.active + 1) % w.tabs.len() },
        Ask::ClearRecents => w.recents.clear(),
        Ask::NextPane => {
            w.pane = match (w.pane, w.evidence) {
                (Pane::Index, _) => Pane::Detail,
                (Pane::Detail, true) => Pane::Opcodes,
                (Pane::Opcodes, true) => Pane::Bytes,
                _ => Pane::Index,
            }
        }
        Ask::Find | Ask::FindNext | Ask::FindPrevious | Ask::Back | Ask::Forward | Ask::CopyValue | Ask::CopyPath => {
            if let Some(doc) = w.doc_mut() {
                ask_doc(ctx, doc, ask);
            }
        }
    }
}

fn ask_doc(ctx: &egui::Context, doc: &mut Doc, ask: Ask) {
    match ask {
        Ask::Find => doc.focus_filter = true,
        Ask::FindNext | Ask::FindPrevious => {
            let n = doc.hits.as_ref().map_or(0, |(_, hits)| hits.hits.len());
            if n > 0 {
                let step = if ask == Ask::FindNext { 1 } else { n - 1 };
                in_doc(ctx, doc, Command::Hit((doc.hit + step) % n));
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
            let Selection { part, node, .. } = doc.selection;
            if let (Some(node), Some(pickled)) = (node, doc.artifact.pickled(part)) {
                let described = describe(&doc.artifact, part, pickled, node, Detail::Full);
                ctx.copy_text(if described.value.is_empty() { described.type_name } else { described.value });
            }
        }
        _ => {}
    }
}

fn restore(ctx: &egui::Context, doc: &mut Doc, selection: Selection) {
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
    doc.choose_facet();
}

fn in_doc(ctx: &egui::Context, doc: &mut Doc, command: Command) {
    let artifact = std::sync::Arc::clone(&doc.artifact);
    match command {
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
        Command::Index(index) => doc.index = index,
        Command::Facet(facet) => (doc.facet, doc.at.detail) = (facet, Default::default()),
        Command::Array(i) => {
            let Some(array) = artifact.arrays.get(i) else { return };
            let node = array.node.map(NodeId::from_raw);
            let offset = node.and_then(|node| artifact.pickled(array.part).map(|p| p.decoded.graph.offset(node)));
            let path = Some(array.path.to_string());
            select(ctx, doc, Selection { part: array.part, node, array: Some(i), offset, path });
            if let (Some(node), Some(offset)) = (node, offset) {
                doc.locate(ctx, array.part, offset, Some(node), true);
            }
        }
        Command::Opcode(part, offset) => {
            let node = artifact.pickled(part).and_then(|p| p.decoded.graph.made_at(offset));
            let array = node.and_then(|node| artifact.array_of(part, node));
            select(ctx, doc, Selection { part, node, array, offset: Some(offset), path: None });
            doc.locate(ctx, part, offset, node, true);
        }
        Command::Node(part, node) => {
            let offset = artifact.pickled(part).map(|p| p.decoded.graph.offset(node));
            let array = artifact.array_of(part, node);
            select(ctx, doc, Selection { part, node: Some(node), array, offset, path: None });
            doc.locate(ctx, part, offset.unwrap_or(0), Some(node), true);
        }
        Command::Reveal(part, pickle, steps) => {
            if let Some(row) = doc.outline.reveal(&artifact, part, pickle, &steps) {
                doc.index = Index::Objects;
                in_doc(ctx, doc, Command::Row(row));
            }
        }
        Command::Path(text) => {
            if let Some(place) = search::place(&artifact, &text) {
                let offset = artifact.pickled(place.part).map_or(0, |p| p.decoded.graph.offset(place.node));
                (doc.selection.part, doc.selection.node) = (place.part, Some(place.node));
                doc.locate(ctx, place.part, offset, Some(place.node), true);
            }
        }
        Command::Hit(i) => {
            let hit = doc.hits.as_ref().and_then(|(_, hits)| hits.hits.get(i)).cloned();
            if let Some(hit) = hit {
                doc.hit = i;
                doc.at.hits.reveal(i as u64);
                if let Some(row) = doc.outline.reveal(&artifact, hit.part, hit.pickle, &hit.steps) {
                    doc.row = row;
                    doc.at.tree.reveal(row as u64);
                    if let Some(selection) = doc.selection_of_row(row) {
                        select(ctx, doc, selection);
                    }
                }
            }
        }
        Command::Filter => doc.search(ctx),
        _ => {}
    }
}

/// Takes in what jobs have finished. True if something changed.
pub fn poll(ctx: &egui::Context, w: &mut Workspace) {
    let mut opened = Vec::new();
    for tab in &mut w.tabs {
        match &mut tab.state {
            State::Opening(job) => match job.poll() {
                Poll::Working => {}
                Poll::Done(Ok(doc)) => {
                    let now =
                        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.as_secs());
                    let size = doc.artifact.bytes.len();
                    opened.push(Recent { path: tab.path.clone(), size, opened: now, exists: true });
                    tab.state = State::Open(Box::new(doc));
                    if let State::Open(doc) = &mut tab.state {
                        first_look(ctx, doc);
                    }
                }
                Poll::Done(Err(error)) => tab.state = State::Failed(error.to_string()),
                Poll::Panicked(message) => {
                    tab.state = State::Failed(format!("picklescope made a mistake while reading it: {message}"));
                }
            },
            State::Open(doc) => poll_doc(ctx, doc),
            State::Failed(_) => {}
        }
    }
    for recent in opened {
        w.recents.retain(|old| old.path != recent.path);
        w.recents.insert(0, recent);
        w.recents.truncate(20);
    }
    if let Some(job) = &mut w.dialog {
        match job.poll() {
            Poll::Working => {}
            Poll::Done(Some(paths)) => {
                w.dialog = None;
                update(ctx, w, Command::Open(paths));
            }
            Poll::Done(None) => {
                // Without portal and zenity the dialog is "cancelled" at once.
                if !job.is_slow() {
                    w.notice = Some(
                        "No file dialog is available here. Drop a file on the window, paste its path with Ctrl+V, or name it on the command line.".to_owned(),
                    );
                }
                w.dialog = None;
            }
            Poll::Panicked(message) => (w.dialog, w.notice) = (None, Some(message)),
        }
    }
}

/// What is shown of a file first: an array that is alone, or a dangerous call.
fn first_look(ctx: &egui::Context, doc: &mut Doc) {
    if doc.artifact.arrays.len() == 1 && doc.artifact.graphs().next().is_none() {
        in_doc(ctx, doc, Command::Array(0));
    }
    if doc.report.counts().0 > 0 {
        doc.index = Index::Calls;
    }
    if let Some(array) = doc.selection.array {
        doc.compute(ctx, array);
    }
}

fn poll_doc(ctx: &egui::Context, doc: &mut Doc) {
    doc.ops.poll();
    doc.bytes.poll();
    doc.values.poll();
    doc.moment.poll();
    doc.shown.poll();
    doc.trees.poll();
    if let Some(Poll::Done(changed)) = doc.comparing.as_mut().map(Job::poll) {
        (doc.changed, doc.comparing) = (changed, None);
    }
    if let Some((array, job)) = &mut doc.computing {
        let array = *array;
        match job.poll() {
            Poll::Working => {}
            Poll::Done(facts) => {
                doc.facts.insert(array, std::sync::Arc::new(facts));
                doc.computing = None;
            }
            Poll::Panicked(_) => doc.computing = None,
        }
    }
    if let Some((query, job)) = &mut doc.searching {
        match job.poll() {
            Poll::Working => {}
            Poll::Done(hits) => {
                doc.hits = Some((query.clone(), hits));
                (doc.searching, doc.hit, doc.at.hits) = (None, 0, Default::default());
            }
            Poll::Panicked(_) => doc.searching = None,
        }
    }
    if let Some(Poll::Done(found)) = doc.locating.as_mut().map(Job::poll) {
        doc.locating = None;
        doc.op_row = found.op_row;
        if let Some(row) = found.op_row {
            doc.at.ops.reveal(row);
        }
        if let Some(offset) = found.offset {
            doc.selection.offset = Some(offset);
            doc.at.bytes.reveal(offset / 16);
        }
        if let Some((node, pickle, steps)) = found.object.filter(|_| found.reveal) {
            let artifact = std::sync::Arc::clone(&doc.artifact);
            let part = doc.selection.part;
            if let Some(row) = doc.outline.reveal(&artifact, part, pickle, &steps) {
                doc.row = row;
                doc.at.tree.reveal(row as u64);
                doc.selection.node = Some(node);
                doc.selection.path = doc.outline.path(&artifact, row);
                doc.selection.array = artifact.array_of(part, node);
                if let Some(array) = doc.selection.array {
                    doc.compute(ctx, array);
                }
                doc.choose_facet();
            }
        }
    }
}
