//! The values of an array as a table: one row for each index but the last, the last axis (or the fields of records) across.
//! Rows and columns are read where one looks, however many there are.

use std::ops::Range;

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::panels::Ctx;
use crate::app::theme;
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::paint;
use crate::app::workspace::Doc;
use crate::array::{ArrayRef, ArrayView, Field, Scalar, layout};
use crate::bytes::{Progress, Result};
use crate::view::{escape, number};

/// Rows and columns read at once.
const ROWS: u64 = 64;
const COLUMNS: u64 = 64;
/// Most columns of a table: beyond them a screen's coordinates are not exact any more.
const MOST_COLUMNS: u64 = 100_000;
/// Narrowest and widest columns; a wider head is cut, and whole under the pointer.
const CELL: f32 = 104.0;
const WIDEST: f32 = 240.0;
/// Width of a character of a head.
const CHARACTER: f32 = 6.7;
const GUTTER: f32 = 88.0;
const ROW: f32 = 22.0;

/// How an array is laid out as a table.
struct Table {
    view: ArrayView,
    rows: u64,
    columns: u64,
    /// Names of the columns, for records.
    fields: Vec<String>,
    /// Width of each column: that of the widest head.
    cell: f32,
}

impl Table {
    fn of(array: &ArrayRef) -> Option<Self> {
        let view = array.view()?;
        if let Scalar::Struct(fields) = &view.dtype().scalar {
            let head = |field: &Field| match &field.title {
                Some(title) => format!("{} ({})", escape::plain(&field.name), escape::plain(title)),
                None => escape::plain(&field.name),
            };
            let fields: Vec<String> = fields.iter().map(head).collect();
            let longest = fields.iter().map(|name| name.chars().count()).max().unwrap_or(0);
            #[expect(clippy::cast_precision_loss, reason = "characters of a head")]
            let cell = (longest as f32 * CHARACTER + 18.0).clamp(CELL, WIDEST);
            return Some(Self { rows: view.len(), columns: fields.len() as u64, fields, view, cell });
        }
        let (rows, columns) = match array.shape.as_slice() {
            [] => (1, 1),
            [n] => (*n, 1),
            [leading @ .., last] => (layout::count(leading)?, *last),
        };
        Some(Self { view, rows, columns, fields: Vec::new(), cell: CELL })
    }

    /// The index of the first cell of a row, without the axis that goes across.
    fn index(&self, row: u64) -> Vec<u64> {
        match self.view.shape() {
            [] => Vec::new(),
            shape if !self.fields.is_empty() => layout::unravel(row, shape),
            [_] => vec![row],
            [leading @ .., _] => layout::unravel(row, leading),
        }
    }

    fn head(&self, column: u64) -> String {
        match usize::try_from(column).ok().and_then(|i| self.fields.get(i)) {
            Some(name) => name.clone(),
            None if self.view.shape().len() < 2 => "value".to_owned(),
            None => column.to_string(),
        }
    }

    fn read(&self, rows: Range<u64>, columns: Range<u64>, progress: &Progress) -> Result<Vec<Vec<String>>> {
        let mut all = Vec::new();
        for row in rows {
            progress.check(self.view.bytes().span(0, 0))?;
            let mut index = self.index(row);
            let plain = |text: String| escape::plain(&text);
            all.push(if !self.fields.is_empty() {
                let skipped = usize::try_from(columns.start).unwrap_or(usize::MAX);
                let taken = usize::try_from(columns.end - columns.start).unwrap_or(0);
                self.view.record(&index)?.into_iter().skip(skipped).take(taken).map(plain).collect()
            } else if self.view.shape().len() < 2 {
                vec![plain(self.view.text(&index)?)]
            } else {
                let mut cells = Vec::new();
                for column in columns.clone() {
                    index.push(column);
                    cells.push(plain(self.view.text(&index)?));
                    index.pop();
                }
                cells
            });
        }
        Ok(all)
    }
}

/// Draws the table.
pub fn values(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, array: &ArrayRef, focused: bool) {
    let Some(table) = Table::of(array).map(std::sync::Arc::new) else { return };
    let columns = table.columns.min(MOST_COLUMNS);
    let which = doc.selection.array.unwrap_or(0);
    let area = ui.available_rect_before_wrap();
    let p = cx.p;
    if table.columns > columns {
        let words = format!("{} of {} columns", number::grouped(columns), number::grouped(table.columns));
        let (line, _) = ui.allocate_exact_size(vec2(area.width(), ROW), Sense::hover());
        let (left, middle) = (line.left() + 16.0, line.center().y);
        paint::text(ui.painter(), left, middle, &words, theme::sans(11.0), p.dim, line.width());
    }
    let mut pos = doc.at.detail;
    let ctx = ui.ctx().clone();
    let pages = &mut doc.values;
    let breadth = table.cell;
    // A list of values may be of texts, which want the room.
    let alone = columns == 1 && table.fields.is_empty();
    #[expect(clippy::cast_precision_loss, reason = "at most a hundred thousand columns")]
    let x_of = |column: u64| GUTTER + column as f32 * breadth;
    let wide = x_of(columns) + 24.0;
    egui::ScrollArea::horizontal().id_salt("values").show(ui, |ui| {
        ui.set_min_width(wide.max(area.width()));
        let (head, _) = ui.allocate_exact_size(vec2(wide, 24.0), Sense::hover());
        // Rows are as wide as what is in sight, so that their numbers and the scrollbar stay there.
        let sight = ui.available_rect_before_wrap().intersect(ui.clip_rect());
        let (base, cells) = (head.left(), Rect::everything_right_of(sight.left() + GUTTER));
        let seen = seen(sight, base, columns, breadth);
        let heads = ui.painter().with_clip_rect(cells.intersect(ui.clip_rect()));
        for column in seen.clone() {
            let right = base + x_of(column + 1) - 8.0;
            let name = table.head(column);
            let galley = paint::cut(&heads, &name, theme::mono(11.0), p.dim, breadth - 10.0);
            let left = if alone { base + GUTTER } else { right - galley.size().x };
            let place = Rect::from_x_y_ranges((right + 8.0 - breadth)..=(right + 8.0), head.y_range());
            if galley.elided && ui.rect_contains_pointer(place.intersect(cells)) {
                ui.interact(place, ui.scope_id().with(("head", column)), Sense::hover()).on_hover_text(&name);
            }
            heads.galley(pos2(left, head.center().y - galley.size().y / 2.0), galley, p.dim);
        }
        let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(sight));
        big_list(&mut inner, &mut pos, table.rows, ROW, focused, |ui, row| {
            let rect = ui.max_rect();
            let middle = rect.center().y;
            let index = table.index(row).iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            let gutter = format!("[{index}]");
            paint::text_right(ui.painter(), rect.left() + GUTTER - 16.0, middle, &gutter, theme::mono(11.0), p.dim);
            let response = ui.interact(rect, ui.scope_id(), Sense::hover());
            let painter = ui.painter().with_clip_rect(cells.intersect(ui.clip_rect()));
            let mut sentence = gutter;
            let mut exact = None;
            for chunk in seen.start / COLUMNS..seen.end.div_ceil(COLUMNS) {
                let key = (which, row / ROWS, chunk);
                let shared = std::sync::Arc::clone(&table);
                pages.want(&ctx, key, move |progress| {
                    let rows = key.1 * ROWS..((key.1 + 1) * ROWS).min(shared.rows);
                    shared.read(rows, key.2 * COLUMNS..((key.2 + 1) * COLUMNS).min(columns), progress)
                });
                let page = pages.get(key);
                let words = match page.as_deref() {
                    Some(Ok(all)) => {
                        let cells = usize::try_from(row % ROWS).ok().and_then(|i| all.get(i));
                        for (i, cell) in cells.into_iter().flatten().enumerate() {
                            let column = chunk * COLUMNS + i as u64;
                            if !seen.contains(&column) {
                                continue;
                            }
                            let place = egui::Rangef::new(base + x_of(column), base + x_of(column + 1));
                            let short = number::short_text(cell);
                            let room = if alone { rect.width() - GUTTER - 16.0 } else { breadth - 10.0 };
                            let galley = paint::cut(&painter, &short, theme::mono(12.0), p.text, room);
                            let left = if alone { place.min } else { place.max - 8.0 - galley.size().x };
                            let told = galley.elided || short != *cell;
                            painter.galley(pos2(left, middle - galley.size().y / 2.0), galley, p.text);
                            if told && response.hover_pos().is_some_and(|at| alone || place.contains(at.x)) {
                                exact = Some(cell.clone());
                            }
                            if column < seen.start + 8 {
                                sentence.push(' ');
                                sentence.push_str(cell);
                            }
                        }
                        continue;
                    }
                    Some(Err(error)) => Some(error.to_string()),
                    None => None,
                };
                let (words, tone) = words.map_or_else(|| ("…".to_owned(), p.dim), |words| (words, p.danger));
                let left = base + x_of((chunk * COLUMNS).max(seen.start));
                paint::text(&painter, left, middle, &words, theme::sans(12.0), tone, rect.width());
            }
            response.widget_info(|| WidgetInfo::labeled(Role::Row, true, &sentence));
            if let Some(exact) = exact {
                response.on_hover_text_at_pointer(egui::RichText::new(exact).font(theme::mono(12.0)));
            }
        });
        ui.advance_cursor_after_rect(sight);
    });
    doc.at.detail = pos;
}

/// The columns in sight, where the table begins at `left`.
fn seen(sight: Rect, left: f32, columns: u64, cell: f32) -> Range<u64> {
    let column = |x: f32| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "floats saturate, which is right here"
        )]
        let column = ((x - left - GUTTER) / cell).floor().max(0.0) as u64;
        column
    };
    let first = column(sight.left() + GUTTER).min(columns);
    first..(column(sight.right()) + 1).clamp(first, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_columns_in_sight_are_read() {
        let sight = Rect::from_min_max(pos2(100.0, 0.0), pos2(100.0 + GUTTER + 3.0 * CELL, 10.0));
        assert_eq!(seen(sight, 100.0, 5000, CELL), 0..4);
        // Scrolled to the right by ten and a half columns.
        assert_eq!(seen(sight, 100.0 - 10.5 * CELL, 5000, CELL), 10..14);
        assert_eq!(seen(sight, 100.0 - 4998.0 * CELL, 5000, CELL), 4998..5000);
        assert_eq!(seen(sight, 100.0, 0, CELL), 0..0);
    }
}
