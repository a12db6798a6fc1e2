//! Bottom line: what is selected, what is being computed, whether all was read.

use egui::{Align, Layout, Rect, Stroke, Ui, pos2, vec2};

use super::Ctx;
use crate::app::command::Ask;
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::{State, Workspace};
use crate::app::{icons, theme};
use crate::bytes::Progress;
use crate::view::number;

/// In narrower windows the path stands only in the breadcrumb, and the button has no words.
const NARROW: f32 = 620.0;

/// Draws the line.
pub fn status(ui: &mut Ui, cx: &mut Ctx<'_>, w: &Workspace) {
    let bar = ui.max_rect();
    ui.painter().hline(bar.x_range(), bar.top() + 0.5, Stroke::new(1.0, cx.p.line));
    let narrow = bar.width() < NARROW;
    ui.horizontal_centered(|ui| {
        ui.add_space(12.0);
        let dim = |ui: &mut Ui, words: &str| {
            ui.label(egui::RichText::new(words).font(theme::sans(12.0)).color(cx.p.text2));
        };
        match w.tabs.get(w.active).map(|tab| &tab.state) {
            Some(State::Opening(job)) if job.is_slow() => progress(ui, cx, &job.progress, bar),
            Some(State::Opening(_)) => soon(ui),
            Some(State::Open(doc)) => {
                let place = match (&doc.extent, doc.selection.offset) {
                    (Some(extent), _) => {
                        Some((format!("{:#x}…{:#x}", extent.start, extent.end), extent.end - extent.start))
                    }
                    (None, offset) => offset.map(|offset| (format!("{offset:#x}"), 0)),
                };
                if let Some((place, n)) = place {
                    ui.label(egui::RichText::new(place).font(theme::mono(11.0)).color(cx.p.dim));
                    if n > 0 {
                        dim(ui, &number::count(n, "byte"));
                    }
                }
                if let Some(path) = doc.selection.path.as_ref().filter(|_| !narrow) {
                    let path = crate::view::escape::plain(&path.replacen('$', "root", 1));
                    dim(ui, &super::index::middle_cut(&path, 60.0));
                }
                let giving = w.giving.as_ref();
                match giving.filter(|job| job.is_slow()).map(|job| &*job.progress).or(doc.progress()) {
                    Some(p) => progress(ui, cx, p, bar),
                    None if doc.is_busy() || giving.is_some() => soon(ui),
                    None => {}
                }
                let (done, all) = (doc.table.stats.len() as u64, doc.artifact.own_arrays().len() as u64);
                if doc.table.stopped && done < all {
                    let words = format!(
                        "Stopped. {} of {} arrays have statistics.",
                        number::grouped(done),
                        number::grouped(all)
                    );
                    dim(ui, &words);
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.add_space(12.0);
                    let real = doc.artifact.problems.iter().filter(|problem| !problem.kind.is_remark()).count();
                    let remarks = doc.artifact.problems.len() - real;
                    let (glyph, colour, words) = match (real, remarks) {
                        (0, 0) => (icons::CHECK_CIRCLE, cx.p.ok, "Whole file read".to_owned()),
                        (0, n) => (icons::INFO, cx.p.caution, number::count(n as u64, "remark")),
                        (n, _) => (icons::WARNING, cx.p.danger, number::count(n as u64, "problem")),
                    };
                    dim(ui, &words);
                    ui.label(egui::RichText::new(glyph).font(theme::icon(14.0)).color(colour));
                    ui.add_space(10.0);
                    let open = if w.evidence { icons::CARET_DOWN } else { icons::CARET_UP };
                    let name = "Opcodes, stack and bytes";
                    if paint::quiet(ui, open, if narrow { "" } else { name }, name).clicked() {
                        cx.send(Command::Ask(Ask::Evidence));
                    }
                });
            }
            _ => {
                dim(ui, "Nothing in a file is ever run");
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.add_space(12.0);
                    dim(ui, "F1 for keys");
                });
            }
        }
    });
}

/// Looks again when what is being done will have gone on long enough to be shown: nothing else would draw a frame then.
fn soon(ui: &Ui) {
    ui.ctx().request_repaint_after(crate::app::jobs::SLOW);
}

fn progress(ui: &mut Ui, cx: &mut Ctx<'_>, progress: &Progress, bar: Rect) {
    let (phase, done, total) = progress.get();
    let words = if total > 0 { format!("{phase}, {}", number::part_of(done.min(total), total)) } else { phase };
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "for drawing")]
    let share = if total > 0 { (done as f64 / total as f64).min(1.0) as f32 } else { 0.0 };
    let line = Rect::from_min_size(pos2(bar.left(), bar.top()), vec2(bar.width() * share, 2.0));
    ui.painter().rect_filled(line, 0.0, cx.p.accent);
    ui.label(egui::RichText::new(words).font(theme::sans(12.0)).color(cx.p.text2));
    if ui.small_button("Cancel").clicked() {
        cx.send(Command::Cancel);
    }
    // The numbers move on without a pointer that moves.
    ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
}
