//! A forest as small pictures, in an order that can be chosen; a click opens a tree.

use std::sync::Arc;

use egui::{CornerRadius, Mesh, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::tree::{heading, importance_list};
use crate::app::panels::Ctx;
use crate::app::tones::Tones;
use crate::app::tree_look::{CHUNK, TreeLook};
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::paint;
use crate::app::{icons, theme};
use crate::bytes::Result;
use crate::view::number;
use crate::view::trees::tile::{COLUMNS, ROWS, Tile};
use crate::view::trees::{Grove, SortBy, words};

/// Width of a picture with the space beside it.
const CELL: f32 = 132.0;
/// Height of a row of pictures.
const ROW: f32 = 128.0;
/// Width of the side column.
const SIDE: f32 = 300.0;

/// Draws all trees of an ensemble.
pub fn forest(ui: &mut Ui, cx: &mut Ctx<'_>, look: &mut TreeLook, grove: &Grove, focused: bool) {
    bar(ui, cx, look, grove);
    let area = ui.available_rect_before_wrap();
    let side = if area.width() >= 760.0 { SIDE } else { 0.0 };
    let pictures = Rect::from_min_max(area.min + vec2(16.0, 4.0), pos2(area.right() - side, area.bottom()));
    let mut child = ui.new_child(UiBuilder::new().id_salt("pictures").max_rect(pictures));
    child.set_clip_rect(pictures.intersect(ui.clip_rect()));
    tiles(&mut child, cx, look, grove, focused);
    if side > 0.0 {
        ui.painter().vline(area.right() - side, area.y_range(), Stroke::new(1.0, cx.p.line));
        let column = Rect::from_min_max(pos2(area.right() - side + 16.0, area.top() + 10.0), area.max);
        let mut child = ui.new_child(UiBuilder::new().id_salt("splits").max_rect(column));
        child.set_clip_rect(column.intersect(ui.clip_rect()));
        let title = "What all trees split on";
        match look.importance(&ui.ctx().clone(), &grove.ensemble).as_deref() {
            Some(Ok(all)) => importance_list(&mut child, cx, &grove.ensemble, all, title),
            Some(Err(error)) => {
                heading(&mut child, cx, title);
                child.label(egui::RichText::new(error.to_string()).color(cx.p.danger));
            }
            None => {
                heading(&mut child, cx, title);
                child.label(egui::RichText::new("…").color(cx.p.dim));
            }
        }
    }
    ui.allocate_rect(area, Sense::hover());
}

fn bar(ui: &mut Ui, cx: &Ctx<'_>, look: &mut TreeLook, grove: &Grove) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::hover());
    let mut right = ui.new_child(
        UiBuilder::new()
            .max_rect(rect.shrink2(vec2(16.0, 9.0)))
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
    );
    right.spacing_mut().item_spacing.x = 0.0;
    for (sort, label) in [(SortBy::Nodes, "Nodes"), (SortBy::Depth, "Depth"), (SortBy::Index, "Number")] {
        if segment(&mut right, cx, label, look.sort == sort).clicked() {
            look.sort_by(grove, sort);
        }
    }
    let end = right.min_rect().left() - 8.0;
    let y = rect.center().y;
    let label = "Sorted by";
    let galley = ui.painter().layout_no_wrap(label.to_owned(), theme::sans(12.0), cx.p.dim);
    let at = end - galley.size().x;
    let mut room = end;
    if at > rect.left() + 160.0 {
        ui.painter().galley(pos2(at, y - galley.size().y / 2.0), galley, cx.p.dim);
        room = at;
    }
    let facts = &grove.facts;
    let place = Rect::from_min_max(pos2(rect.left() + 16.0, rect.top()), pos2(room - 12.0, rect.bottom()));
    paint::text(ui.painter(), place.left(), y, facts, theme::sans(12.0), cx.p.text2, place.width());
    let response = ui.interact(place, ui.scope_id().with("facts"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, facts));
}

/// A segment of a switch: 26 high, the active one filled.
fn segment(ui: &mut Ui, cx: &Ctx<'_>, label: &str, active: bool) -> egui::Response {
    let p = cx.p;
    let galley =
        ui.painter().layout_no_wrap(label.to_owned(), theme::sans(12.0), if active { p.text } else { p.text2 });
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 20.0, 26.0), Sense::click());
    let fill = if active {
        p.sel
    } else if response.hovered() {
        p.bg3
    } else {
        p.bg2
    };
    let stroke = if response.has_focus() { Stroke::new(2.0, p.accent) } else { Stroke::new(1.0, p.line) };
    ui.painter().rect(rect, CornerRadius::same(4), fill, stroke, StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, p.text);
    response
        .widget_info(|| WidgetInfo::selected(Role::Button, true, active, format!("Sort by {}", label.to_lowercase())));
    response
}

fn tiles(ui: &mut Ui, cx: &Ctx<'_>, look: &mut TreeLook, grove: &Grove, focused: bool) {
    let n = look.order.len();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pictures in a row")]
    let columns = ((ui.available_width() - 12.0) / CELL).floor().max(1.0) as usize;
    let mut pos = look.at;
    let mut chosen = None;
    let ctx = ui.ctx().clone();
    big_list(ui, &mut pos, n.div_ceil(columns) as u64, ROW, focused, |ui, row| {
        let rect = ui.max_rect();
        let first = usize::try_from(row).unwrap_or(0) * columns;
        for (at, x) in (first..n.min(first + columns)).zip(0u16..) {
            let Some(index) = look.order.get(at).map(|i| *i as usize) else { continue };
            let page = look.tiles(&ctx, &grove.ensemble, at / CHUNK);
            let tile = page.as_deref().and_then(|page| page.as_ref().ok()).and_then(|page| page.get(at % CHUNK));
            let min = pos2(rect.left() + f32::from(x) * CELL, rect.top());
            let cell = Rect::from_min_size(min, vec2(CELL - 12.0, ROW - 12.0));
            if picture(ui, cx, grove, index, tile, cell) {
                chosen = Some(index);
            }
        }
    });
    look.at = pos;
    if chosen.is_some() {
        look.choose(chosen);
    }
}

/// One picture with its name; true if it was clicked.
fn picture(ui: &Ui, cx: &Ctx<'_>, grove: &Grove, index: usize, tile: Option<&Result<Tile>>, cell: Rect) -> bool {
    let p = cx.p;
    let response = ui.interact(cell, ui.scope_id().with(("tree", index)), Sense::click());
    let stroke = if response.has_focus() {
        Stroke::new(2.0, p.accent)
    } else {
        Stroke::new(1.0, if response.hovered() { p.dim } else { p.line })
    };
    ui.painter().rect(
        cell,
        CornerRadius::same(6),
        if response.hovered() { p.hov } else { p.bg1 },
        stroke,
        StrokeKind::Inside,
    );
    let label = grove.ensemble.trees.label(index);
    let y = cell.bottom() - 12.0;
    let taken = paint::text(ui.painter(), cell.left() + 8.0, y, &label, theme::mono(11.0), p.text, 60.0);
    let size = match tile {
        Some(Ok(tile)) => Some(tile.size),
        _ => grove.sizes.get(index).and_then(|size| size.as_ref().ok()).copied(),
    };
    let facts = size.map(|size| format!("{} nodes, {} deep", number::grouped(size.nodes.into()), size.depth));
    let short = size.map(|size| format!("{} · {}", number::grouped(size.nodes.into()), size.depth)).unwrap_or_default();
    let room = cell.width() - taken - 24.0;
    let galley = paint::cut(ui.painter(), &short, theme::mono(11.0), p.dim, room);
    ui.painter().galley(pos2(cell.right() - 8.0 - galley.size().x, y - galley.size().y / 2.0), galley, p.dim);
    let inner = Rect::from_min_max(cell.min + vec2(8.0, 8.0), pos2(cell.right() - 8.0, cell.bottom() - 24.0));
    let mut words = words::tree_name(&grove.ensemble, index);
    match tile {
        Some(Ok(tile)) => draw(ui, cx, tile, inner),
        Some(Err(error)) => {
            paint::icon(ui.painter(), inner.center(), icons::WARNING, 18.0, p.danger);
            words.push_str(&format!(" cannot be read: {error}"));
        }
        None => {
            let galley = ui.painter().layout_no_wrap("…".to_owned(), theme::sans(12.0), p.dim);
            ui.painter().galley(inner.center() - galley.size() / 2.0, Arc::clone(&galley), p.dim);
        }
    }
    if let Some(facts) = facts {
        words.push_str(&format!(", {facts}"));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &words));
    response.on_hover_text(words).clicked()
}

/// The picture: rows of runs, in one mesh. All pictures have the same height a depth, so that deep trees look deep.
fn draw(ui: &Ui, cx: &Ctx<'_>, tile: &Tile, rect: Rect) {
    let tones = Tones::of(cx.p);
    let mut mesh = Mesh::default();
    let column = rect.width() / f32::from(COLUMNS);
    let height = (rect.height() / f32::from(tile.rows.clamp(8, ROWS))).min(rect.height() / 8.0);
    for run in &tile.runs {
        let top = rect.top() + f32::from(run.row) * height;
        let (left, right) = (rect.left() + f32::from(run.from) * column, rect.left() + f32::from(run.to) * column);
        // A hairline between neighbours and between rows, where there is room for it.
        let gap = if run.to - run.from > 3 { 0.75 } else { 0.0 };
        let below = if height > 4.0 { 0.75 } else { 0.0 };
        let run_rect = Rect::from_min_max(pos2(left, top), pos2(right - gap, top + height - below));
        mesh.add_colored_rect(run_rect, tones.get(run.tone));
    }
    ui.painter().add(Shape::mesh(mesh));
}
