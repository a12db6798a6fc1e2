//! Takes in what jobs have finished, once a frame: beside `update.rs` the only place that changes the workspace.

use super::give_out;
use super::jobs::{Job, Poll};
use super::locate::Located;
use super::update::{Command, finding, in_doc, open, update};
use super::workspace::{Doc, Index, Recent, State, Workspace};
use crate::audit::Severity;
use crate::bytes::ErrorKind;

/// Takes in what jobs have finished. True if something changed.
pub fn poll(ctx: &egui::Context, w: &mut Workspace) {
    give_out::poll(ctx, w);
    let mut opened = Vec::new();
    for tab in &mut w.tabs {
        match &mut tab.state {
            State::Opening(job) => match job.poll() {
                Poll::Working => {}
                Poll::Done(Ok(doc)) => {
                    let now =
                        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.as_secs());
                    let size = doc.artifact.bytes.len();
                    let before = w.recents.iter().find(|recent| recent.path == tab.path);
                    let selected = before.and_then(|recent| recent.selected.clone());
                    tab.state = State::Open(Box::new(doc));
                    if let State::Open(doc) = &mut tab.state {
                        doc.settle_in(w.habits);
                        first_look(ctx, doc);
                        // What is dangerous comes first, also the second time.
                        if let Some(path) = selected.clone().filter(|_| doc.finding.is_none()) {
                            doc.locate_path(ctx, path, false);
                        }
                    }
                    opened.push(Recent { path: tab.path.clone(), size, opened: now, exists: true, selected });
                }
                Poll::Done(Err(error)) => {
                    tab.state = State::Failed(match error.kind {
                        ErrorKind::Io(words) => words,
                        kind => kind.to_string(),
                    });
                }
                Poll::Panicked(message) => {
                    tab.state = State::Failed(format!("picklescope made a mistake while reading it: {message}"));
                }
            },
            State::Open(doc) => poll_doc(ctx, doc),
            State::Failed(_) => {}
        }
    }
    let mut arrived = Vec::new();
    w.arriving.retain_mut(|job| match job.poll() {
        Poll::Working => true,
        Poll::Done(paths) => {
            arrived.extend(paths);
            false
        }
        Poll::Panicked(_) => false,
    });
    arrived.into_iter().for_each(|path| open(ctx, w, path));
    if let Some(Poll::Done(gone)) = w.looking.as_mut().map(Job::poll) {
        w.looking = None;
        w.recents.iter_mut().for_each(|recent| recent.exists = !gone.contains(&recent.path));
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
                    let words = "No file dialog is available here. Drop a file on the window, paste its path with Ctrl+V, or name it on the command line.";
                    w.notice = Some(words.to_owned().into());
                }
                w.dialog = None;
            }
            Poll::Panicked(message) => (w.dialog, w.notice) = (None, Some(message.into())),
        }
    }
}

/// What is shown of a file first: an array that is alone, or a dangerous call.
fn first_look(ctx: &egui::Context, doc: &mut Doc) {
    if doc.artifact.arrays.len() == 1 && doc.artifact.graphs().next().is_none() {
        in_doc(ctx, doc, Command::Array(0));
    }
    if doc.report.of_severity(Severity::Danger) > 0 {
        doc.index = Index::Calls;
        // The worst finding comes first.
        finding(ctx, doc, 0);
    }
    if let Some(array) = doc.selection.array {
        doc.compute(ctx, array);
    }
    if let (Some(offset), None) = (doc.selection.offset, &doc.locating) {
        doc.locate(ctx, doc.selection.part, offset, doc.selection.node, false);
    }
    if doc.index == Index::Arrays {
        doc.table.start(ctx, &std::sync::Arc::clone(&doc.artifact));
    }
}

fn poll_doc(ctx: &egui::Context, doc: &mut Doc) {
    // What cannot be read any more may have been changed by somebody.
    let failed = [doc.ops.poll(), doc.bytes.poll(), doc.values.poll()].contains(&true);
    doc.texts.poll();
    doc.moment.poll();
    doc.unowned.poll();
    doc.shown.poll();
    doc.told.poll();
    doc.strips.poll();
    doc.trees.poll();
    doc.frames.poll();
    doc.groups.poll();
    if let Some((part, offset)) = doc.source.poll() {
        in_doc(ctx, doc, Command::Opcode(part, offset));
    }
    let (artifact, report) = (std::sync::Arc::clone(&doc.artifact), std::sync::Arc::clone(&doc.report));
    let before = doc.table.computing().is_some();
    doc.table.poll(ctx, &artifact, &report);
    let mut finished = failed || (before && doc.table.computing().is_none());
    if let Some(Poll::Done(changed)) = doc.comparing.as_mut().map(Job::poll) {
        ((doc.changed, doc.gone), doc.comparing) = (changed, None);
    }
    if let Some((array, job)) = &mut doc.computing {
        let array = *array;
        match job.poll() {
            Poll::Working => {}
            Poll::Done(facts) => {
                doc.facts.insert(array, std::sync::Arc::new(facts));
                doc.computing = None;
                finished = true;
            }
            Poll::Panicked(_) => doc.computing = None,
        }
    }
    if finished {
        doc.look_for_changes(ctx);
    }
    if let Some(searching) = &mut doc.searching {
        let so_far = searching.so_far.lock().ok().and_then(|mut slot| slot.take());
        let first = doc.hits.as_ref().is_none_or(|(query, _)| *query != searching.query);
        if let Some(hits) = so_far {
            doc.hits = Some((searching.query.clone(), hits));
        }
        match searching.job.poll() {
            Poll::Working => {}
            Poll::Done(hits) => {
                doc.hits = Some((std::mem::take(&mut searching.query), hits));
                doc.searching = None;
            }
            Poll::Panicked(_) => doc.searching = None,
        }
        if first && doc.hits.is_some() {
            (doc.hit, doc.at.hits) = (0, Default::default());
        }
    }
    if let Some(Poll::Done(found)) = doc.locating.as_mut().map(Job::poll) {
        doc.locating = None;
        take_located(ctx, doc, found);
    }
}

/// Shows what was looked up in the panes that follow.
fn take_located(ctx: &egui::Context, doc: &mut Doc, found: Located) {
    doc.missing = found.missing;
    if doc.missing.is_some() {
        return;
    }
    if let Some(part) = found.part {
        doc.selection.part = part;
        (doc.layer, doc.path_edit) = (None, None);
    }
    doc.op_row = found.op_row;
    doc.extent = found.extent;
    if let Some(row) = found.op_row.filter(|_| doc.linked.opcodes) {
        doc.at.ops.reveal(row);
    }
    if let Some(offset) = found.offset {
        doc.selection.offset = Some(offset);
        if doc.linked.bytes && doc.layer.is_none() {
            let row = doc.rows_of(doc.stream()).row_of(offset);
            doc.at.bytes.reveal(row);
        }
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
            doc.selection.group = None;
            if let Some(array) = doc.selection.array {
                doc.compute(ctx, array);
            }
            doc.choose_facet();
        }
    }
}
