//! Centre: what the selection means. Breadcrumb, title, and the value: text, children as a table, or an array with its
//! distribution, numbers and values.

mod array;
mod booster;
mod code;
mod diagram;
mod estimator;
mod forest;
mod frame;
mod object;
mod part;
mod tree;
mod values;
mod weights;

use egui::{Rect, Sense, Stroke, Ui, pos2, vec2};

use super::Ctx;
use crate::app::command::Ask;
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Facet};
use crate::app::{icons, theme};
use crate::view::describe::{Detail, describe};
use crate::view::number;
use crate::view::outline::What;

/// Draws the pane.
pub fn detail(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    ui.spacing_mut().item_spacing.y = 0.0;
    super::breadcrumb::breadcrumb(ui, cx, doc);
    if let Some(i) = doc.finding {
        super::findings::finding(ui, cx, doc, i);
    } else if let Some(array) = doc.selection.array.and_then(|i| doc.artifact.arrays.get(i).cloned()) {
        array::array_detail(ui, cx, doc, &array, focused);
    } else if let Some((of, group)) = doc.selection.group {
        weights::group_detail(ui, cx, doc, of, group);
    } else if let Some(node) = doc.selection.node {
        object::node_detail(ui, cx, doc, node, focused);
    } else if doc.selection.offset.is_some() && opcode(ui, cx, doc) {
        // It was drawn.
    } else if doc.selection.offset.is_some() || !part::part_detail(ui, cx, doc, focused) {
        overview(ui, cx, doc);
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
    let key_of = |row| doc.outline.label(&doc.artifact, row).map(|label| label.key).unwrap_or_default();
    let key = key_of(doc.row);
    // A number says little without the list it is a place in.
    let list = doc.outline.parent(doc.row).filter(|list| {
        key.starts_with('[') && doc.outline.rows().get(*list).is_some_and(|row| matches!(row.what, What::Node { .. }))
    });
    list.map_or_else(|| key.clone(), |list| format!("{}{key}", key_of(list)))
}

/// An opcode that makes no object: what it does.
fn opcode(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc) -> bool {
    let (part, offset) = (doc.selection.part, doc.selection.offset);
    let selected = doc.outline.rows().get(doc.row).map(|row| &row.what);
    if matches!(selected, Some(What::Problem(_))) {
        return false;
    }
    let Some(row) = doc.op_row else { return false };
    let page = doc.ops.get((part, row / super::evidence::OPS_PAGE));
    let op = page.as_deref().and_then(|page| page.as_ref().ok()).and_then(|all| {
        let at = usize::try_from(row % super::evidence::OPS_PAGE).ok()?;
        all.get(at).filter(|op| Some(op.offset) == offset)
    });
    let Some(op) = op else { return false };
    let info = op.op.info();
    let facts = format!("{} · at {:#x}", number::count(op.len, "byte"), op.offset);
    title(ui, cx, icons::BINARY, info.name, "opcode", &facts);
    let line = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), line - 0.5, Stroke::new(1.0, cx.p.line));
    ui.add_space(16.0);
    message(ui, cx, icons::INFO, cx.p.dim, info.doc);
    ui.add_space(6.0);
    message(ui, cx, icons::INFO, cx.p.dim, "It makes no object. Choose one on the left, or an opcode that makes one");
    true
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
