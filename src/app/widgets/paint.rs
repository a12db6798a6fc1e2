//! Small painted things: text cut to a width, icons, chips, buttons, tabs.

use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Color32, CornerRadius, FontId, Galley, Painter, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use crate::app::theme::{self, Palette};

/// Lays text out in one line, cut with an ellipsis at `width`.
pub fn cut(painter: &Painter, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    job.wrap.break_anywhere = true;
    painter.layout_job(job)
}

/// Paints text left of, and vertically centred at, a point, cut at `width`; gives the width it took.
pub fn text(painter: &Painter, left: f32, middle: f32, text: &str, font: FontId, colour: Color32, width: f32) -> f32 {
    if width < 8.0 || text.is_empty() {
        return 0.0;
    }
    let galley = cut(painter, text, font, colour, width);
    let size = galley.size();
    painter.galley(pos2(left, (middle - size.y / 2.0).round()), galley, colour);
    size.x
}

/// Paints text as [`text`] does, with the given byte ranges of it on a ground of their own: what a filter matched.
#[expect(clippy::too_many_arguments, reason = "text, place and what to mark")]
pub fn marked(
    painter: &Painter,
    left: f32,
    middle: f32,
    words: &str,
    font: FontId,
    colour: Color32,
    width: f32,
    marks: &[std::ops::Range<usize>],
    p: &Palette,
) -> f32 {
    if marks.is_empty() {
        return text(painter, left, middle, words, font, colour, width);
    }
    if width < 8.0 {
        return 0.0;
    }
    let wrap = TextWrapping { break_anywhere: true, ..TextWrapping::truncate_at_width(width) };
    let mut job = LayoutJob { wrap, ..Default::default() };
    let plain = egui::TextFormat::simple(font, colour);
    let mark = egui::TextFormat { background: p.caution_fill, color: p.caution, ..plain.clone() };
    let mut at = 0;
    for range in marks {
        job.append(words.get(at..range.start).unwrap_or(""), 0.0, plain.clone());
        job.append(words.get(range.clone()).unwrap_or(""), 0.0, mark.clone());
        at = range.end;
    }
    job.append(words.get(at..).unwrap_or(""), 0.0, plain);
    let galley = painter.layout_job(job);
    let size = galley.size();
    painter.galley(pos2(left, (middle - size.y / 2.0).round()), galley, colour);
    size.x
}

/// Paints text that ends at `right`.
pub fn text_right(painter: &Painter, right: f32, middle: f32, text: &str, font: FontId, colour: Color32) -> f32 {
    let galley = painter.layout_no_wrap(text.to_owned(), font, colour);
    let size = galley.size();
    painter.galley(pos2(right - size.x, (middle - size.y / 2.0).round()), galley, colour);
    size.x
}

/// Selects all of a text field, so that what is typed or pasted replaces it.
pub fn select_all(ctx: &egui::Context, field: egui::Id, text: &str) {
    let mut state = egui::TextEdit::load_state(ctx, field).unwrap_or_default();
    let end = egui::text::CCursor::new(text.chars().count());
    state.cursor.set_char_range(Some(egui::text::CCursorRange::two(egui::text::CCursor::new(0), end)));
    state.store(ctx, field);
}

/// Paints an icon centred at a point.
pub fn icon(painter: &Painter, centre: egui::Pos2, glyph: &str, size: f32, colour: Color32) {
    painter.text(centre, Align2::CENTER_CENTER, glyph, theme::icon(size), colour);
}

/// A round chip with an icon, a count and a label; with a `colour`, it stands out.
pub fn chip(ui: &mut Ui, glyph: &str, count: usize, label: &str, tone: Color32, colour: Option<Color32>) -> Response {
    let p = Palette::of(ui.ctx());
    let number = ui.painter().layout_no_wrap(count.to_string(), theme::semibold(12.0), p.text);
    let words = ui.painter().layout_no_wrap(label.to_owned(), theme::sans(12.0), p.text2);
    let width = 12.0 + 18.0 + number.size().x + 5.0 + words.size().x + 12.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click());
    let stroke = colour.unwrap_or(if response.hovered() { p.line2 } else { p.line });
    let fill = if colour.is_some() { tint(p, colour) } else { p.bg2 };
    ui.painter().rect(rect, CornerRadius::same(12), fill, Stroke::new(1.0, stroke), StrokeKind::Inside);
    let middle = rect.center().y;
    icon(ui.painter(), pos2(rect.left() + 19.0, middle), glyph, 14.0, colour.unwrap_or(tone));
    let at = rect.left() + 30.0;
    ui.painter().galley(pos2(at, middle - number.size().y / 2.0), number.clone(), p.text);
    ui.painter().galley(pos2(at + number.size().x + 5.0, middle - words.size().y / 2.0), words, p.text2);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{count} {label}")));
    response
}

fn tint(p: &Palette, colour: Option<Color32>) -> Color32 {
    match colour {
        Some(c) if c == p.danger => p.danger_fill,
        Some(c) if c == p.caution => p.caution_fill,
        _ => p.bg2,
    }
}

/// A button that has no frame until hovered.
pub fn quiet(ui: &mut Ui, glyph: &str, label: &str, name: &str) -> Response {
    let p = Palette::of(ui.ctx());
    let words = ui.painter().layout_no_wrap(label.to_owned(), theme::sans(13.0), p.text);
    let gap = if label.is_empty() { 0.0 } else { 6.0 };
    let width = 8.0 + 16.0 + gap + words.size().x + 8.0;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), Sense::click());
    if response.hovered() || response.has_focus() {
        let stroke = if response.has_focus() { Stroke::new(2.0, p.accent) } else { Stroke::NONE };
        ui.painter().rect(rect, CornerRadius::same(6), p.bg3, stroke, StrokeKind::Inside);
    }
    icon(ui.painter(), pos2(rect.left() + 16.0, rect.center().y), glyph, 16.0, p.text2);
    ui.painter().galley(pos2(rect.left() + 24.0 + gap, rect.center().y - words.size().y / 2.0), words, p.text);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    response.on_hover_text(name)
}

/// A tab of a tab bar, 36 high: the active one is underlined. `count` stands behind the words.
pub fn tab(ui: &mut Ui, label: &str, count: &str, active: bool) -> Response {
    let p = Palette::of(ui.ctx());
    let font = if active { theme::semibold(13.0) } else { theme::sans(13.0) };
    let words = ui.painter().layout_no_wrap(label.to_owned(), font, if active { p.text } else { p.text2 });
    let number = ui.painter().layout_no_wrap(count.to_owned(), theme::mono(11.0), p.dim);
    let gap = if count.is_empty() { 0.0 } else { 6.0 };
    let width = words.size().x + gap + number.size().x;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 36.0), Sense::click());
    let middle = rect.center().y;
    ui.painter().galley(pos2(rect.left(), middle - words.size().y / 2.0), words.clone(), p.text);
    ui.painter().galley(pos2(rect.left() + words.size().x + gap, middle - number.size().y / 2.0), number, p.dim);
    if active {
        let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 2.0), rect.max);
        ui.painter().rect_filled(line, 0.0, p.accent);
    }
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, active, label));
    response
}

/// A key cap.
pub fn key_cap(ui: &mut Ui, label: &str) {
    let p = Palette::of(ui.ctx());
    let words = ui.painter().layout_no_wrap(label.to_owned(), theme::sans(11.0), p.dim);
    let (rect, _) = ui.allocate_exact_size(vec2(words.size().x + 10.0, 18.0), Sense::hover());
    ui.painter().rect(rect, CornerRadius::same(4), p.bg2, Stroke::new(1.0, p.line), StrokeKind::Inside);
    ui.painter().galley(rect.center() - words.size() / 2.0, words, p.dim);
}

/// The ground of a row: selected, hovered, or nothing; the selected one has an edge if its pane has the focus.
pub fn row_ground(painter: &Painter, rect: Rect, selected: bool, hovered: bool, p: &Palette) {
    if selected {
        painter.rect_filled(rect, 0.0, p.sel);
        painter.rect_filled(Rect::from_min_size(rect.min, vec2(2.0, rect.height())), 0.0, p.accent);
    } else if hovered {
        painter.rect_filled(rect, 0.0, p.hov);
    }
}

/// Diagonal lines over what belongs to nothing. They go on from one rectangle to the next, being drawn in the window's own
/// coordinates.
pub fn hatch(painter: &Painter, rect: Rect, colour: Color32) {
    const STEP: f32 = 6.0;
    let painter = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let mut at = ((rect.left() + rect.top()) / STEP).floor() * STEP;
    while at < rect.right() + rect.bottom() {
        // Along such a line x + y is the same.
        let ends = [egui::pos2(at - rect.top(), rect.top()), egui::pos2(at - rect.bottom(), rect.bottom())];
        painter.line_segment(ends, Stroke::new(1.0, colour));
        at += STEP;
    }
}
