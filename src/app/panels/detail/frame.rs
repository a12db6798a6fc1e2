//! A table of pandas: its index stays, rows and columns are drawn as far as they are in sight, cells are read in pages.

use std::sync::Arc;

use egui::{Color32, CornerRadius, CursorIcon, Key, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::message;
use crate::app::icons;
use crate::app::panels::Ctx;
use crate::app::theme::{self, Palette};
use crate::app::update::Command;
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::grid::{Asked, Grid, last_left};
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, FramePiece, Pages, Pane};
use crate::formats::frame::Frame;
use crate::pickle::NodeId;
use crate::view::frame::{Head, PAGE_COLUMNS, PAGE_ROWS, Page, Piece, Shown, Tone, pages, read, size_text};
use crate::view::number;

const ROW: f32 = 24.0;
const NAME: f32 = 22.0;
const DTYPE: f32 = 18.0;
/// Widths of columns, and of one that is not known yet.
const NARROWEST: f32 = 64.0;
const WIDEST: f32 = 320.0;
const UNKNOWN: f32 = 104.0;
/// Room in front of and behind the text of a cell.
const PAD: f32 = 12.0;
/// Width of a character of the cells' font.
const CHARACTER: f32 = 7.2;
/// Lines of names above the columns; the rest of them is in the tooltip.
const MOST_NAMES: usize = 6;
/// Most of the width that the index may take.
const INDEX_SHARE: f32 = 0.5;

/// The pieces of a table that are there.
struct Pieces<'a> {
    pages: &'a mut Pages<FramePiece, Page>,
    of: (usize, u32),
}

impl Pieces<'_> {
    fn get(&self, piece: Piece) -> Option<Arc<crate::bytes::Result<Page>>> {
        self.pages.get((self.of.0, self.of.1, piece))
    }

    fn head(&self, column: u64) -> Option<Head> {
        self.heads(Piece::Heads(column / PAGE_COLUMNS), column % PAGE_COLUMNS)
    }

    fn index_head(&self, level: usize) -> Option<Head> {
        self.heads(Piece::IndexHeads, level as u64)
    }

    fn heads(&self, piece: Piece, i: u64) -> Option<Head> {
        match &*self.get(piece)? {
            Ok(Page::Heads(heads)) => heads.get(usize::try_from(i).ok()?).cloned(),
            _ => None,
        }
    }

    fn cell(&self, piece: Piece, row: u64, column: u64) -> Option<Shown> {
        match &*self.get(piece)? {
            Ok(Page::Cells(rows)) => {
                let row = rows.get(usize::try_from(row % PAGE_ROWS).ok()?)?;
                row.get(usize::try_from(column).ok()?).cloned()
            }
            Err(error) => Some(Shown { text: error.to_string(), tone: Tone::Problem, node: None }),
            Ok(_) => None,
        }
    }

    fn width(&self, column: u64) -> f32 {
        self.head(column).map_or(UNKNOWN, |head| width_of(&head))
    }
}

#[expect(clippy::cast_precision_loss, reason = "characters of a cell")]
fn width_of(head: &Head) -> f32 {
    (head.characters as f32 * CHARACTER + 2.0 * PAD).ceil().clamp(NARROWEST, WIDEST)
}

/// What was clicked.
enum Clicked {
    Cell(u64, u64),
    Node(NodeId),
}

/// Draws a table.
pub fn frame(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, node: NodeId, frame: &Arc<Frame>, focused: bool) {
    let of = (doc.selection.part, node.raw());
    let mut grid = std::mem::take(&mut doc.at.grid);
    grid.show(of);
    facts(ui, cx, frame, &mut grid);
    for problem in frame.problems.iter().take(3) {
        message(ui, cx, icons::WARNING, cx.p.caution, problem);
        ui.add_space(4.0);
    }
    let area = ui.available_rect_before_wrap();
    let (ctx, artifact) = (ui.ctx().clone(), Arc::clone(&doc.artifact));
    let mut pieces = Pieces { pages: &mut doc.frames, of };
    let want = |pieces: &mut Pieces<'_>, piece: Piece| {
        let (artifact, held) = (Arc::clone(&artifact), Arc::clone(frame));
        pieces.pages.want(&ctx, (of.0, of.1, piece), move |progress| read(&artifact, of.0, &held, piece, progress));
    };
    want(&mut pieces, Piece::IndexHeads);
    want(&mut pieces, Piece::Levels);

    // The index keeps its place; the columns take the rest.
    let mut index: Vec<f32> =
        (0..frame.index.len()).map(|level| pieces.index_head(level).map_or(UNKNOWN, |h| width_of(&h))).collect();
    let side: f32 = index.iter().sum();
    if side > area.width() * INDEX_SHARE {
        index.iter_mut().for_each(|width| *width *= area.width() * INDEX_SHARE / side);
    }
    let side: f32 = index.iter().sum();
    let room = (area.width() - side - 12.0).max(1.0);
    #[expect(clippy::cast_precision_loss, reason = "a handful of levels")]
    let head_height = frame.names.len().clamp(1, MOST_NAMES) as f32 * NAME + DTYPE + 6.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows on a screen")]
    let page = ((area.height() - head_height - 12.0) / ROW).floor().max(1.0) as u64;

    let mut asked =
        if focused { grid.keys(ui, frame.rows, frame.columns, page.saturating_sub(1)) } else { Asked::Nothing };
    if let Some(column) = grid.wanted {
        grid.reveal_column(column, room, |i| pieces.width(i));
    }
    let scrolled = if ui.rect_contains_pointer(area) { -ui.input(|i| i.smooth_scroll_delta()).x } else { 0.0 };
    grid.scroll(scrolled, frame.columns, room, |i| pieces.width(i));

    // Columns in sight: number, left edge, width, head.
    let mut seen: Vec<(u64, f32, f32, Option<Head>)> = Vec::new();
    let mut left = area.left() + side - grid.rest;
    let mut next = grid.column;
    while left < area.right() && next < frame.columns {
        let width = pieces.width(next);
        seen.push((next, left, width, pieces.head(next)));
        left += width;
        next += 1;
    }
    for across in pages(grid.column..next, PAGE_COLUMNS) {
        want(&mut pieces, Piece::Heads(across));
    }
    if seen.iter().all(|(.., head)| head.is_some()) {
        grid.wanted = None;
    }

    let mut clicked = None;
    let (head, _) = ui.allocate_exact_size(vec2(area.width(), head_height), Sense::hover());
    heads(ui, cx.p, frame, head, &index, &seen, &pieces, &mut clicked);
    let body = Rect::from_min_max(pos2(area.left(), head.bottom()), pos2(area.right(), area.bottom() - 12.0));
    let list = Rect::from_min_max(body.min, body.max);
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(list));
    let mut rows = grid.rows;
    let visible = {
        let last = frame.rows.saturating_sub(1);
        rows.row.min(last)..(rows.row + page + 2).min(frame.rows)
    };
    let goal = rows.wanted.map_or(0..0, |row| row..row + 1);
    for down in pages(visible, PAGE_ROWS).chain(pages(goal, PAGE_ROWS)) {
        if !frame.index.is_empty() {
            want(&mut pieces, Piece::Index(down));
        }
        for across in pages(grid.column..next, PAGE_COLUMNS) {
            want(&mut pieces, Piece::Cells(down, across));
        }
    }
    let (cursor, top) = (grid.cursor, rows.row);
    grid.text = None;
    let p = cx.p;
    let columns_left = area.left() + side;
    big_list(&mut inner, &mut rows, frame.rows, ROW, false, |ui, row| {
        // The bar at the right is not part of the row.
        let rect = ui.max_rect().with_max_x(ui.max_rect().right() - 12.0);
        let down = row / PAGE_ROWS;
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        paint::row_ground(ui.painter(), rect, false, response.hovered(), p);
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, p.hov));
        let mut words = Vec::new();
        let over = response.hover_pos().or(response.interact_pointer_pos());
        let clip = ui.clip_rect();
        ui.set_clip_rect(clip.intersect(Rect::everything_right_of(columns_left)));
        for (column, left, width, head) in &seen {
            let cell_rect = Rect::from_min_size(pos2(*left, rect.top()), vec2(*width, rect.height()));
            let Some(cell) = pieces.cell(Piece::Cells(down, column / PAGE_COLUMNS), row, column % PAGE_COLUMNS) else {
                paint::text(ui.painter(), left + PAD, rect.center().y, "…", theme::mono(12.0), p.dim, 24.0);
                continue;
            };
            let under = over.is_some_and(|at| cell_rect.contains(at) && at.x >= columns_left);
            if cursor == Some((row, *column)) {
                let (fill, line) = if focused { (p.sel, p.accent) } else { (p.bg3, p.line2) };
                ui.painter().rect(cell_rect, CornerRadius::ZERO, fill, Stroke::new(1.0, line), StrokeKind::Inside);
                grid.text = Some(cell.text.clone());
                if asked == Asked::Enter {
                    clicked = cell.node.map(Clicked::Node);
                    asked = Asked::Nothing;
                }
            }
            draw(ui, p, cell_rect, &cell, head.as_ref().is_some_and(|head| head.right), under);
            if under && cell.node.is_some() {
                ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
            }
            if response.clicked() && under {
                clicked = Some(cell.node.map_or(Clicked::Cell(row, *column), Clicked::Node));
            }
            words.push(cell.text);
        }
        ui.set_clip_rect(clip);
        let mut label = Vec::new();
        let mut left = rect.left();
        for (level, width) in index.iter().enumerate() {
            let cell_rect = Rect::from_min_size(pos2(left, rect.top()), vec2(*width, rect.height()));
            left += width;
            let Some(cell) = pieces.cell(Piece::Index(down), row, level as u64) else { continue };
            // A label that repeats the one above it says nothing new.
            let above = row.checked_sub(1).filter(|above| *above >= top && level + 1 < index.len());
            let same = above.is_some_and(|above| {
                (0..=level).all(|l| {
                    let other = pieces.cell(Piece::Index(above / PAGE_ROWS), above, l as u64);
                    other.is_some() && other == pieces.cell(Piece::Index(down), row, l as u64)
                })
            });
            let right = pieces.index_head(level).is_some_and(|head| head.right);
            let colour = if same || cell.tone == Tone::Missing { p.dim } else { p.text };
            text_in(ui, cell_rect, &cell.text, theme::mono(12.0), colour, right);
            label.push(cell.text);
        }
        ui.painter().vline(columns_left - 0.5, rect.y_range(), Stroke::new(1.0, p.line));
        let name = if label.is_empty() { row.to_string() } else { label.join(", ") };
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("{name}: {}", words.join(", "))));
    });
    grid.rows = rows;
    let bar = Rect::from_min_max(pos2(columns_left, body.bottom()), pos2(area.right() - 12.0, area.bottom()));
    across(ui, bar, &mut grid, frame.columns, room, |i| pieces.width(i));
    if frame.rows == 0 {
        let words = if frame.columns == 0 { "The table is empty" } else { "No rows" };
        let at = pos2(area.left() + 16.0, body.top() + 20.0);
        paint::text(ui.painter(), at.x, at.y, words, theme::sans(13.0), p.dim, 200.0);
    }
    ui.advance_cursor_after_rect(area);
    match clicked {
        Some(Clicked::Node(node)) => cx.send(Command::Object(of.0, node)),
        Some(Clicked::Cell(row, column)) => {
            grid.cursor = Some((row, column));
            cx.send(Command::Pane(Pane::Detail));
        }
        None => {}
    }
    doc.at.grid = grid;
}

/// How much it holds, where the cursor is, and a field for a row to go to.
fn facts(ui: &mut Ui, cx: &Ctx<'_>, frame: &Frame, grid: &mut Grid) {
    let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    let mut words = size_text(frame.kind, frame.rows, frame.columns);
    if frame.bytes > 0 {
        words.push_str(&format!(" · {}", number::size(frame.bytes)));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words.clone()));
    let (painter, middle) = (ui.painter(), line.center().y);
    let room = line.width() - 190.0;
    let taken = paint::text(painter, line.left() + 16.0, middle, &words, theme::sans(12.0), cx.p.text2, room);
    if let Some((row, _)) = grid.cursor {
        let at = line.left() + 16.0 + taken + 16.0;
        let words = format!("row {}", number::grouped(row));
        paint::text(painter, at, middle, &words, theme::mono(11.0), cx.p.dim, line.right() - 190.0 - at);
    }
    let field = Rect::from_min_max(
        pos2(line.right() - 156.0, line.top() + 5.0),
        pos2(line.right() - 16.0, line.bottom() - 5.0),
    );
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(field));
    let edit = egui::TextEdit::singleline(&mut grid.go)
        .hint_text("Go to row")
        .font(theme::mono(12.0))
        .desired_width(field.width())
        .margin(egui::Margin::symmetric(8, 5));
    let response = inner.add(edit);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Go to row"));
    if response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) {
        let digits: String = grid.go.chars().filter(|c| !matches!(c, ',' | '_' | ' ')).collect();
        if let Ok(row) = digits.parse::<u64>() {
            let column = grid.cursor.map_or(grid.column, |(_, column)| column);
            grid.go_to(row.min(frame.rows.saturating_sub(1)), column);
            grid.go.clear();
        }
    }
}

/// The names and types of the columns in sight, and of the index.
#[expect(clippy::too_many_arguments, reason = "what a frame is drawn from")]
fn heads(
    ui: &mut Ui,
    p: &'static Palette,
    frame: &Frame,
    rect: Rect,
    index: &[f32],
    seen: &[(u64, f32, f32, Option<Head>)],
    pieces: &Pieces<'_>,
    clicked: &mut Option<Clicked>,
) {
    ui.painter().rect_filled(rect, 0.0, p.bg2);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, p.line));
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, p.line));
    let side: f32 = index.iter().sum();
    let levels = frame.names.len().clamp(1, MOST_NAMES);
    let line = |level: usize| {
        #[expect(clippy::cast_precision_loss, reason = "a handful of levels")]
        let top = rect.top() + 4.0 + level as f32 * NAME;
        top..top + NAME
    };
    let dtype_line = line(levels).start..line(levels).start + DTYPE;
    let cell = |left: f32, width: f32, line: &std::ops::Range<f32>| {
        Rect::from_min_max(pos2(left, line.start), pos2(left + width, line.end))
    };
    let columns_left = rect.left() + side;
    let painter_ui = &mut ui.new_child(egui::UiBuilder::new().id_salt("heads").max_rect(rect));
    painter_ui.set_clip_rect(rect.with_min_x(columns_left).intersect(ui.clip_rect()));
    for (i, (column, left, width, head)) in seen.iter().enumerate() {
        let Some(head) = head else { continue };
        let whole = Rect::from_min_size(pos2(*left, rect.top()), vec2(*width, rect.height()));
        let sense = if head.node.is_some() { Sense::click() } else { Sense::hover() };
        let visible = whole.intersect(painter_ui.clip_rect());
        if !visible.is_positive() {
            continue;
        }
        let response = painter_ui.interact(visible, painter_ui.scope_id().with(("head", *column)), sense);
        if response.hovered() {
            painter_ui.painter().rect_filled(whole, 0.0, p.bg3);
        }
        let before = i.checked_sub(1).and_then(|i| seen.get(i)).and_then(|(.., head)| head.as_ref());
        for (level, name) in head.names.iter().enumerate().take(levels) {
            // Outer names stand once above the columns they span.
            let same = level + 1 < levels && before.is_some_and(|b| b.names.get(..=level) == head.names.get(..=level));
            let (font, colour) =
                if level + 1 == levels { (theme::semibold(12.0), p.text) } else { (theme::medium(12.0), p.text2) };
            if !same {
                let at = cell(*left, *width, &line(level));
                text_in(painter_ui, at, name, font, colour, head.right);
            }
        }
        let colour = if head.unread { p.caution } else { p.dim };
        let at = cell(*left, *width, &dtype_line);
        text_in(painter_ui, at, &head.dtype, theme::mono(11.0), colour, head.right);
        let words = format!("{} {}", head.name(), head.dtype);
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, words.trim().to_owned()));
        let response = if head.note.is_empty() {
            response.on_hover_text(words)
        } else {
            response.on_hover_text(format!("{words}\n{}", head.note))
        };
        if response.clicked() {
            *clicked = head.node.map(Clicked::Node);
        }
    }
    let corner = &mut ui.new_child(egui::UiBuilder::new().id_salt("corner").max_rect(rect));
    let mut left = rect.left();
    for (level, width) in index.iter().enumerate() {
        if let Some(head) = pieces.index_head(level) {
            let at = cell(left, *width, &line(levels - 1));
            text_in(corner, at, &head.name(), theme::medium(12.0), p.text2, head.right);
            let at = cell(left, *width, &dtype_line);
            let colour = if head.unread { p.caution } else { p.dim };
            text_in(corner, at, &head.dtype, theme::mono(11.0), colour, head.right);
            let whole = Rect::from_min_size(pos2(left, rect.top()), vec2(*width, rect.height()));
            let response = corner.interact(whole, corner.scope_id().with(("level", level)), Sense::hover());
            let words = format!("index {} {}", head.name(), head.dtype);
            response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, words.clone()));
            if !head.note.is_empty() {
                response.on_hover_text(format!("{words}\n{}", head.note));
            }
        }
        left += width;
    }
    // The names of the levels of the columns, in front of their lines; the last line is the index' own if it has names.
    let own = (0..index.len()).any(|level| pieces.index_head(level).is_some_and(|head| !head.name().is_empty()));
    let shown = if own { levels - 1 } else { levels };
    let names = pieces.heads(Piece::Levels, 0).map(|head| head.names).unwrap_or_default();
    for (level, name) in names.iter().enumerate().take(shown).filter(|_| side > 0.0) {
        text_in(corner, cell(rect.left(), side, &line(level)), name, theme::sans(12.0), p.dim, true);
    }
    ui.painter().vline(columns_left - 0.5, rect.y_range(), Stroke::new(1.0, p.line));
}

/// Text in a cell: at its left, or ending at its right.
fn text_in(ui: &Ui, rect: Rect, text: &str, font: egui::FontId, colour: Color32, right: bool) {
    let galley = paint::cut(ui.painter(), text, font, colour, rect.width() - 2.0 * PAD + 4.0);
    let left = if right { rect.right() - PAD - galley.size().x } else { rect.left() + PAD };
    ui.painter().galley(pos2(left, (rect.center().y - galley.size().y / 2.0).round()), galley, colour);
}

fn draw(ui: &Ui, p: &Palette, rect: Rect, cell: &Shown, right: bool, under: bool) {
    let colour = match cell.tone {
        Tone::Number | Tone::Time => p.text,
        Tone::Bool => p.constant,
        Tone::Text => p.string,
        Tone::Missing => p.dim,
        Tone::Object if under => p.accent,
        Tone::Object => p.text2,
        Tone::Problem => p.danger,
    };
    text_in(ui, rect, &cell.text, theme::mono(12.0), colour, right);
}

/// The bar under the columns.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
fn across(ui: &Ui, rect: Rect, grid: &mut Grid, columns: u64, room: f32, width: impl Fn(u64) -> f32) {
    let (last, rest) = last_left(columns, room, &width);
    if last == 0 && rest <= 0.0 {
        return;
    }
    let response = ui.interact(rect, ui.scope_id().with("across"), Sense::click_and_drag());
    // Places in columns and parts of them; the window is worth those that end in it.
    let place = |column: u64, rest: f32| column as f64 + f64::from(rest / width(column).max(1.0));
    let end = place(last, rest).max(1e-9);
    let share = 1.0 - end / columns as f64;
    let length = (rect.width() * share as f32).clamp(24.0, rect.width());
    let free = (rect.width() - length).max(1.0);
    if let Some(pointer) = response.interact_pointer_pos() {
        let share = f64::from(((pointer.x - rect.left() - length / 2.0) / free).clamp(0.0, 1.0));
        let at = share * end;
        (grid.column, grid.rest) =
            if share >= 1.0 { (last, rest) } else { (at as u64, (at.fract() as f32) * width(at as u64)) };
    }
    let at = (place(grid.column, grid.rest) / end).min(1.0) as f32;
    let height = if response.hovered() || response.dragged() { 10.0 } else { 6.0 };
    let handle = Rect::from_min_size(pos2(rect.left() + free * at, rect.bottom() - height - 1.0), vec2(length, height));
    ui.painter().rect_filled(handle, 3.0, Palette::of(ui.ctx()).line2);
}
