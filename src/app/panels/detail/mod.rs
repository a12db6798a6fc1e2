//! Centre: what the selection means. Breadcrumb, title, and the value: text, children as a table, or an array with its
//! distribution, numbers and values.

mod array;
mod object;
mod part;

use egui::{Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use crate::app::command::Ask;
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Facet};
use crate::app::{icons, theme};
use crate::view::describe::{Detail, describe};
use crate::view::outline::What;

/// Draws the pane.
pub fn detail(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    ui.spacing_mut().item_spacing.y = 0.0;
    breadcrumb(ui, cx, doc);
    if let Some(array) = doc.selection.array.and_then(|i| doc.artifact.arrays.get(i).cloned()) {
        array::array_detail(ui, cx, doc, &array, focused);
    } else if let Some(node) = doc.selection.node {
        object::node_detail(ui, cx, doc, node, focused);
    } else if doc.selection.offset.is_some() || !part::part_detail(ui, cx, doc, focused) {
        overview(ui, cx, doc);
    }
}

fn breadcrumb(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc) {
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    let mut rows = Vec::new();
    let mut next = Some(doc.row);
    while let Some(row) = next {
        rows.push(row);
        next = doc.outline.parent(row);
    }
    rows.retain(|row| {
        doc.outline.rows().get(*row).is_some_and(|r| !matches!(r.what, What::Group { .. } | What::Range { .. }))
    });
    rows.reverse();
    let mut inner = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(bar.shrink2(vec2(16.0, 0.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    inner.set_clip_rect(bar.with_max_x(bar.right() - 84.0));
    inner.spacing_mut().item_spacing.x = 4.0;
    // The end of a long way matters more than its beginning.
    let skipped = rows.len().saturating_sub(8);
    if skipped > 0 {
        inner.label(egui::RichText::new("…").color(cx.p.dim));
    }
    for (i, row) in rows.iter().skip(skipped).enumerate() {
        let Some(label) = doc.outline.label(&doc.artifact, *row) else { continue };
        if i > 0 {
            inner.label(egui::RichText::new(icons::CARET_RIGHT).font(theme::icon(11.0)).color(cx.p.dim));
        }
        let last = i + 1 + skipped == rows.len();
        let colour = if last { cx.p.text } else { cx.p.text2 };
        let words = egui::RichText::new(&label.key).font(theme::mono(12.0)).color(colour);
        let response = inner.add(egui::Label::new(words).sense(Sense::click()));
        response.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Go to {}", label.key)));
        if response.clicked() {
            cx.send(Command::Row(*row));
        }
    }
    let right = Rect::from_min_max(pos2(bar.right() - 84.0, bar.top()), bar.max);
    let mut ends =
        ui.new_child(egui::UiBuilder::new().max_rect(right).layout(egui::Layout::right_to_left(egui::Align::Center)));
    ends.spacing_mut().item_spacing.x = 2.0;
    ends.add_space(8.0);
    if paint::quiet(&mut ends, icons::CARET_RIGHT, "", "Forward").clicked() {
        cx.send(Command::Ask(Ask::Forward));
    }
    if paint::quiet(&mut ends, icons::CARET_LEFT, "", "Back").clicked() {
        cx.send(Command::Ask(Ask::Back));
    }
}

fn title(ui: &mut Ui, cx: &mut Ctx<'_>, icon: &str, name: &str, kind: &str, facts: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
    let middle = rect.center().y;
    let painter = ui.painter();
    paint::icon(painter, pos2(rect.left() + 25.0, middle), icon, 18.0, cx.p.array);
    let mut at = rect.left() + 44.0;
    let room = rect.right() - 150.0 - at;
    at += paint::text(painter, at, middle, name, theme::semibold(15.0), cx.p.text, room * 0.5) + 12.0;
    at += paint::text(painter, at, middle, kind, theme::mono(12.0), cx.p.array, rect.right() - 150.0 - at) + 12.0;
    paint::text(painter, at, middle, facts, theme::sans(12.0), cx.p.dim, rect.right() - 150.0 - at);
    let right = Rect::from_min_max(pos2(rect.right() - 140.0, rect.top()), rect.max);
    let mut ends =
        ui.new_child(egui::UiBuilder::new().max_rect(right).layout(egui::Layout::right_to_left(egui::Align::Center)));
    ends.add_space(12.0);
    if paint::quiet(&mut ends, icons::BINARY, "Show bytes", "Show opcodes and bytes").clicked() {
        cx.send(Command::Ask(Ask::Evidence));
    }
}

/// What the selected object is called where it stands; its type, if it stands nowhere in the tree.
fn name(doc: &Doc) -> String {
    if let (Some(What::Node { node, .. }), Some(selected)) =
        (doc.outline.rows().get(doc.row).map(|r| &r.what), doc.selection.node)
        && *node != selected
        && let Some(pickled) = doc.artifact.pickled(doc.selection.part)
    {
        let d = describe(&doc.artifact, doc.selection.part, pickled, selected, Detail::Row);
        return d.type_name;
    }
    doc.outline.label(&doc.artifact, doc.row).map(|label| label.key).unwrap_or_default()
}

/// The bar that switches between views of one thing.
fn tabs(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc, all: &[(Facet, &str)]) {
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    let mut tabs = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(bar.shrink2(vec2(16.0, 0.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    tabs.spacing_mut().item_spacing.x = 20.0;
    for (facet, label) in all {
        if paint::tab(&mut tabs, label, "", doc.facet == *facet).clicked() {
            cx.send(Command::Facet(*facet));
        }
    }
}

fn overview(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc) {
    ui.add_space(16.0);
    if doc.artifact.problems.is_empty() {
        message(ui, cx, icons::INFO, cx.p.dim, "Choose an object on the left");
    }
    for problem in doc.artifact.problems.iter().take(20) {
        let words = format!("{:#x}: {problem}", problem.at.start);
        message(ui, cx, icons::WARNING, cx.p.caution, &words);
        ui.add_space(6.0);
    }
}

fn message(ui: &mut Ui, cx: &Ctx<'_>, icon: &str, colour: egui::Color32, words: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.add_space(16.0);
        ui.label(egui::RichText::new(icon).font(theme::icon(15.0)).color(colour));
        ui.label(egui::RichText::new(words).color(cx.p.text2));
    });
}
