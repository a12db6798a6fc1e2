//! A state dict or checkpoint in numbers: what is in it, its dtypes, the largest tensors as bars, what is tied.

use std::sync::Arc;

use egui::{CornerRadius, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::title;
use crate::app::panels::Ctx;
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::Doc;
use crate::app::{icons, theme};
use crate::formats::state_dict::Of;
use crate::view::lens::Shown;
use crate::view::number;
use crate::view::weights::{Weights, group_name};

/// Height of a line.
const LINE: f32 = 24.0;
/// Width of the column of names.
const NAMES: f32 = 200.0;

/// Draws a group of a state dict: its name and its numbers.
pub fn group_detail(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, of: Of, group: u32) {
    let Some(dict) = doc.outline.measured().dict(of).cloned() else { return };
    let name = group_name(&dict, of, group);
    let sums = dict.groups.get(group as usize).map(|group| group.sums).unwrap_or_default();
    let facts = format!("{} · {}", number::count(sums.tensors, "tensor"), number::size(sums.bytes));
    title(ui, cx, icons::STACK, &name, "", &facts);
    let line = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), line - 0.5, Stroke::new(1.0, cx.p.line));
    let key = (of, group);
    let artifact = Arc::clone(&doc.artifact);
    doc.groups.want(&ui.ctx().clone(), key, move |_| {
        Ok(Shown::Weights(Box::new(Weights::of_group(&artifact, &dict, group))))
    });
    if let Some(Ok(Shown::Weights(weights))) = doc.groups.get(key).as_deref() {
        draw(ui, cx, weights);
    }
}

/// Draws the numbers.
pub fn draw(ui: &mut Ui, cx: &mut Ctx<'_>, weights: &Weights) {
    egui::ScrollArea::vertical().id_salt("weights").auto_shrink(false).show(ui, |ui| {
        ui.add_space(8.0);
        section(ui, cx, "Weights");
        fact(ui, cx, "Tensors", &number::grouped(weights.sums.tensors));
        fact(ui, cx, "Parameters", &number::grouped(weights.sums.parameters));
        fact(ui, cx, "Bytes", &bytes_text(weights.sums.bytes));
        if !weights.sections.is_empty() {
            section(ui, cx, "Made of");
            for (name, what, bytes) in &weights.sections {
                let size = bytes.map(|bytes| format!(", {}", number::size(bytes))).unwrap_or_default();
                fact(ui, cx, name, &format!("{what}{size}"));
            }
        }
        if !weights.dtypes.is_empty() {
            section(ui, cx, "Element types");
            for (name, n, bytes) in &weights.dtypes {
                bar(ui, cx, name, &number::count(*n, "tensor"), *bytes, weights.sums.bytes, None);
            }
        }
        let most = weights.largest.first().map_or(0, |large| large.bytes);
        if weights.largest.len() > 1 {
            section(ui, cx, "Largest tensors");
            for large in &weights.largest {
                bar(ui, cx, &large.name, &large.what, large.bytes, most, Some(large.array));
            }
        }
        for (head, sets, note, between) in [
            ("Tied", &weights.tied, "The same elements under several names, counted once", " = "),
            ("Shared storage", &weights.shared, "Different views of one storage, counted each", ", "),
        ] {
            if sets.is_empty() {
                continue;
            }
            section(ui, cx, head);
            caption(ui, cx, note);
            for set in sets {
                tied(ui, cx, set, between);
            }
        }
        ui.add_space(16.0);
    });
}

/// `2,052,000 (2.1 MB)`
fn bytes_text(bytes: u64) -> String {
    let exact = number::grouped(bytes);
    if bytes < 1000 { exact } else { format!("{exact} ({})", number::size(bytes)) }
}

fn section(ui: &mut Ui, cx: &Ctx<'_>, words: &str) {
    ui.add_space(8.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    let painter = ui.painter();
    paint::text(painter, rect.left() + 16.0, rect.center().y, words, theme::semibold(13.0), cx.p.text2, rect.width());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, words));
}

fn caption(ui: &mut Ui, cx: &Ctx<'_>, words: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::hover());
    let room = rect.width() - 32.0;
    paint::text(ui.painter(), rect.left() + 16.0, rect.center().y, words, theme::sans(11.0), cx.p.dim, room);
}

/// A name and what it is.
fn fact(ui: &mut Ui, cx: &Ctx<'_>, name: &str, value: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    let (painter, middle) = (ui.painter(), rect.center().y);
    paint::text(painter, rect.left() + 16.0, middle, name, theme::sans(12.0), cx.p.dim, NAMES - 24.0);
    let room = rect.width() - NAMES - 24.0;
    paint::text(painter, rect.left() + NAMES, middle, value, theme::mono(12.0), cx.p.text, room);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name} {value}")));
}

/// A name, what it is, and its size as a bar; a click leads to the array.
fn bar(ui: &mut Ui, cx: &mut Ctx<'_>, name: &str, what: &str, bytes: u64, most: u64, array: Option<usize>) {
    let sense = if array.is_some() { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), sense);
    let p = cx.p;
    if array.is_some() {
        paint::row_ground(ui.painter(), rect, false, response.hovered(), p);
    }
    let (painter, middle) = (ui.painter(), rect.center().y);
    // Names end in what tells them apart: they lose their middle.
    let names = (rect.width() * 0.38).max(NAMES);
    let shown = crate::app::panels::index::middle_cut(name, (names - 32.0) / 7.3);
    paint::text(painter, rect.left() + 16.0, middle, &shown, theme::mono(12.0), p.text, names - 24.0);
    let kinds = 190.0;
    paint::text(painter, rect.left() + names, middle, what, theme::mono(11.0), p.array, kinds - 12.0);
    paint::text_right(painter, rect.right() - 16.0, middle, &number::size(bytes), theme::mono(11.0), p.dim);
    let track = Rect::from_min_max(
        pos2(rect.left() + names + kinds, middle - 5.0),
        pos2((rect.right() - 92.0).max(rect.left() + names + kinds), middle + 5.0),
    );
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "pixels")]
    let share = if most == 0 { 0.0 } else { (bytes as f64 / most as f64).clamp(0.0, 1.0) as f32 };
    let filled = track.with_max_x(track.left() + (track.width() * share).max(1.0));
    if track.width() > 8.0 {
        painter.rect_filled(track, CornerRadius::same(2), p.bg2);
        painter.rect_filled(filled, CornerRadius::same(2), p.bar);
    }
    response.widget_info(|| {
        let role = if array.is_some() { Role::Row } else { Role::Label };
        WidgetInfo::labeled(role, true, format!("{name} {what} {}", number::size(bytes)))
    });
    if let Some(array) = array.filter(|_| response.clicked()) {
        cx.send(Command::Array(array));
    }
}

fn tied(ui: &mut Ui, cx: &Ctx<'_>, names: &[String], between: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    paint::icon(ui.painter(), pos2(rect.left() + 24.0, rect.center().y), icons::LINK, 13.0, cx.p.dim);
    let words = names.join(between);
    let room = rect.width() - 56.0;
    paint::text(ui.painter(), rect.left() + 38.0, rect.center().y, &words, theme::mono(12.0), cx.p.text, room);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words.clone()));
}
