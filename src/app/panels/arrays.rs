//! All arrays of the file as a table: sorted by a click on a head, narrowed by the filter, with statistics as they arrive.

use egui::{Key, Modifiers, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use super::index::{class_icon, middle_cut};
use super::object_menu::{Target, object_menu};
use crate::app::update::Command;
use crate::app::widgets::big_list::{big_list, moved};
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Pane};
use crate::app::{icons, theme};
use crate::pickle::NodeId;
use crate::view::array_table::{Column, bad_values};
use crate::view::describe::describe_array;
use crate::view::number;

const ROW: f32 = 24.0;

/// Width of a column; the path takes what is left.
fn width(column: Column) -> f32 {
    match column {
        Column::Path => 0.0,
        Column::Type => 84.0,
        Column::Shape => 116.0,
        Column::Size => 74.0,
        Column::Min | Column::Max | Column::Mean | Column::Std => 78.0,
        Column::Zeros => 66.0,
        Column::NotFinite => 92.0,
    }
}

/// Columns in the order in which they are given up when there is no room.
const GIVEN_UP: [Column; 9] = [
    Column::Zeros,
    Column::Std,
    Column::Mean,
    Column::Max,
    Column::Min,
    Column::NotFinite,
    Column::Size,
    Column::Type,
    Column::Shape,
];

/// The columns that fit, each with its left and right edge.
fn columns(rect: Rect) -> Vec<(Column, f32, f32)> {
    let mut shown = Column::ALL.to_vec();
    let taken = |shown: &[Column]| shown.iter().map(|column| width(*column)).sum::<f32>();
    for column in GIVEN_UP {
        if rect.width() - 40.0 - taken(&shown) >= 140.0 {
            break;
        }
        shown.retain(|other| *other != column);
    }
    let mut left = rect.left() + 34.0;
    let path = (rect.right() - 16.0 - left - taken(&shown)).max(80.0);
    shown
        .into_iter()
        .map(|column| {
            let right = left + if column == Column::Path { path } else { width(column) };
            let found = (column, left, right - 12.0);
            left = right;
            found
        })
        .collect()
}

/// Draws the table.
pub fn arrays(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    if doc.artifact.own_arrays().is_empty() {
        super::index::empty(ui, cx, "No arrays in this file");
        return;
    }
    super::index::filter(ui, cx, doc, "Filter by path, type, shape or size");
    let columns = columns(ui.max_rect());
    head(ui, cx, doc, &columns);
    let n = doc.table.len(&doc.artifact);
    if n == 0 {
        super::index::empty(ui, cx, &format!("No array matches {:?}. Esc clears the filter.", doc.filter.trim()));
        return;
    }
    let now = doc.selection.array.and_then(|array| doc.table.row_of(array)).map(|row| row as u64);
    if let Some(row) = moved(ui, focused, now, n as u64, ui.available_height() / ROW) {
        doc.at.arrays.reveal(row);
        if let Some(array) = usize::try_from(row).ok().and_then(|row| doc.table.array(row)) {
            cx.send(Command::Array(array));
        }
    }
    if focused && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Enter)) {
        cx.send(Command::Pane(Pane::Detail));
    }
    let mut pos = doc.at.arrays;
    let (p, commands) = (cx.p, &mut *cx.commands);
    let (table, query) = (&doc.table, &doc.query);
    big_list(ui, &mut pos, n as u64, ROW, focused, |ui, row| {
        let Some(i) = usize::try_from(row).ok().and_then(|row| table.array(row)) else { return };
        let Some(array) = doc.artifact.arrays.get(i) else { return };
        let rect = ui.max_rect();
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        let selected = doc.selection.array == Some(i);
        paint::row_ground(ui.painter(), rect, selected, response.hovered(), p);
        let (painter, middle) = (ui.painter(), rect.center().y);
        // What nobody computes any more leaves its cells empty.
        let stats = match table.stats.get(&i) {
            Some(stats) => Some(stats.as_ref()),
            None if table.computing().is_some() => None,
            None => Some(None),
        };
        let bad = stats.flatten().is_some_and(|stats| bad_values(stats) > 0);
        let d = describe_array(array);
        let (glyph, tone) = if bad { (icons::WARNING, p.caution) } else { (class_icon(d.class), p.array) };
        paint::icon(painter, pos2(rect.left() + 20.0, middle), glyph, 14.0, tone);
        let mut words = Vec::new();
        for (column, left, right) in &columns {
            let text = column.text(array, stats);
            let (font, colour) = match column {
                Column::Path => (theme::mono(12.0), p.text),
                Column::Type => (theme::sans(12.0), if selected { p.text2 } else { p.dim }),
                Column::Shape => (theme::mono(12.0), p.array),
                Column::NotFinite if bad => (theme::mono(12.0), p.caution),
                _ if text == "…" || text == "0" => (theme::mono(12.0), p.dim),
                _ => (theme::mono(12.0), if column.is_statistic() { p.text } else { p.text2 }),
            };
            if column.is_right() {
                paint::text_right(painter, *right, middle, &text, font, colour);
            } else if *column == Column::Path {
                // The end of a path says more than its beginning.
                let shown = middle_cut(&text, ((right - left) / 7.3).max(8.0));
                let marks = query.marks(&shown);
                paint::marked(painter, *left, middle, &shown, font, colour, right - left, &marks, p);
            } else {
                paint::text(painter, *left, middle, &text, font, colour, right - left);
            }
            match column {
                Column::Path | Column::Type | Column::Shape | Column::Size => words.push(text),
                _ if !text.is_empty() && text != "…" => words.push(format!("{} {text}", column.title())),
                _ => {}
            }
        }
        let name = words.join(", ");
        response.widget_info(|| WidgetInfo::selected(Role::Row, true, selected, &name));
        if response.clicked() {
            commands.push(Command::Pane(Pane::Index));
            commands.push(Command::Array(i));
        }
        object_menu(&response, &doc.artifact, commands, || {
            Some(Target {
                part: array.part,
                node: array.node.map(NodeId::from_raw),
                array: Some(i),
                path: Some(array.path.to_string()),
                value: d.value.clone(),
                select: Command::Array(i),
                below: None,
            })
        });
        response.on_hover_text(crate::view::escape::plain(&array.path.replacen('$', "root", 1)));
    });
    doc.at.arrays = pos;
}

fn head(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc, columns: &[(Column, f32, f32)]) {
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    ui.painter().rect_filled(bar, 0.0, cx.p.bg2);
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    let sort = doc.table.sort;
    for (column, left, right) in columns {
        let cell = Rect::from_min_max(pos2(*left, bar.top()), pos2(*right + 8.0, bar.bottom()));
        let response = ui.interact(cell, ui.scope_id().with(("head", column)), Sense::click());
        let active = sort.by == Some(*column);
        let colour = if active || response.hovered() { cx.p.text } else { cx.p.text2 };
        let glyph = if sort.descending { icons::CARET_DOWN } else { icons::CARET_UP };
        let middle = bar.center().y;
        let font = theme::semibold(12.0);
        if column.is_right() {
            let used = paint::text_right(ui.painter(), *right, middle, column.title(), font, colour);
            if active {
                paint::icon(ui.painter(), pos2(right - used - 9.0, middle), glyph, 10.0, cx.p.accent);
            }
        } else {
            let used = paint::text(ui.painter(), *left, middle, column.title(), font, colour, right - left);
            if active {
                paint::icon(ui.painter(), pos2(left + used + 9.0, middle), glyph, 10.0, cx.p.accent);
            } else if *column == Column::Path && sort.by.is_none() {
                let total =
                    doc.artifact.own_arrays().iter().filter_map(|array| array.nbytes()).fold(0, u64::saturating_add);
                let words = format!("file order · {}", number::size(total));
                paint::text(
                    ui.painter(),
                    left + used + 10.0,
                    middle,
                    &words,
                    theme::sans(12.0),
                    cx.p.dim,
                    right - left - used,
                );
            }
        }
        let state = match (active, sort.descending) {
            (true, true) => ", largest first",
            (true, false) => ", smallest first",
            _ => "",
        };
        let name = format!("Sort by {}{state}", column.title());
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &name));
        if response.clicked() {
            cx.send(Command::Sort(*column));
        }
        response.on_hover_text(name);
    }
}
