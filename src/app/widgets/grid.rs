//! A table addressed by row and column numbers: which columns are in sight, where the cursor is, and what keys do to it.
//! It draws nothing. Columns are as wide as what is in them, so their positions are not known from afar; like rows in
//! [`super::big_list`], they are held as a number and a rest.

use egui::{Event, Key, Ui};

use super::big_list::ListPos;

/// Where a table stands.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    /// The object it shows, by part and node: another one starts anew.
    pub of: Option<(usize, u32)>,
    /// Rows in sight.
    pub rows: ListPos,
    /// First column in sight.
    pub column: u64,
    /// Pixels of it that are scrolled out of sight.
    pub rest: f32,
    /// The cell that keys move.
    pub cursor: Option<(u64, u64)>,
    /// The text of that cell, once it is there.
    pub text: Option<String>,
    /// A column to bring into sight, until the widths of those around it are known.
    pub wanted: Option<u64>,
    /// What was typed as a row to go to.
    pub go: String,
}

/// What keys ask for beyond moving the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing.
    Nothing,
    /// The cursor moved.
    Moved,
    /// Show what is in the cell.
    Enter,
}

impl Grid {
    /// Starts anew if another object is shown.
    pub fn show(&mut self, of: (usize, u32)) {
        if self.of != Some(of) {
            *self = Self { of: Some(of), ..Self::default() };
        }
    }

    /// Moves the cursor by keys in a table of this size, of which `page` rows are in sight.
    pub fn keys(&mut self, ui: &Ui, rows: u64, columns: u64, page: u64) -> Asked {
        if rows == 0 || columns == 0 || ui.ctx().text_edit_focused() {
            return Asked::Nothing;
        }
        // The events, not the state: a key and its Ctrl may both be up again by now.
        let pressed = ui.input(|i| {
            let key = |event: &Event| match event {
                Event::Key { key, pressed: true, modifiers, .. } if !modifiers.alt => Some((*key, modifiers.command)),
                _ => None,
            };
            i.events.iter().filter_map(key).collect::<Vec<_>>()
        });
        let mut asked = Asked::Nothing;
        for (key, command) in pressed {
            asked = match self.key(key, command, rows - 1, columns - 1, page.max(1)) {
                Asked::Nothing => asked,
                other => other,
            };
        }
        asked
    }

    fn key(&mut self, key: Key, command: bool, last_row: u64, last_column: u64, page: u64) -> Asked {
        if key == Key::Enter && self.cursor.is_some() {
            return Asked::Enter;
        }
        // The first key puts the cursor where one looks.
        let step = u64::from(self.cursor.is_some());
        let (row, column) = self.cursor.unwrap_or((self.rows.row, self.column));
        let (row, column) = match key {
            Key::ArrowDown => (row.saturating_add(step), column),
            Key::ArrowUp => (row.saturating_sub(step), column),
            Key::ArrowRight => (row, column.saturating_add(step)),
            Key::ArrowLeft => (row, column.saturating_sub(step)),
            Key::PageDown => (row.saturating_add(page), column),
            Key::PageUp => (row.saturating_sub(page), column),
            Key::Home => (if command { 0 } else { row }, 0),
            Key::End => (if command { last_row } else { row }, last_column),
            _ => return Asked::Nothing,
        };
        self.go_to(row.min(last_row), column.min(last_column));
        Asked::Moved
    }

    /// Puts the cursor on a cell, which comes into sight.
    pub fn go_to(&mut self, row: u64, column: u64) {
        self.cursor = Some((row, column));
        self.wanted = Some(column);
        self.rows.reveal(row);
    }

    /// Brings a column into sight, where `room` pixels are for columns.
    pub fn reveal_column(&mut self, column: u64, room: f32, width: impl Fn(u64) -> f32) {
        if column < self.column || (column == self.column && self.rest > 0.0) {
            (self.column, self.rest) = (column, 0.0);
            return;
        }
        // The first column from which this one fits in whole.
        let mut first = column;
        let mut used = width(column);
        while first > self.column && first > 0 && used + width(first - 1) <= room {
            first -= 1;
            used += width(first);
        }
        if first > self.column {
            (self.column, self.rest) = (first, 0.0);
        } else if used - self.rest > room {
            self.rest = 0.0;
        }
    }

    /// Scrolls by pixels, and stays inside a table of so many columns.
    pub fn scroll(&mut self, pixels: f32, columns: u64, room: f32, width: impl Fn(u64) -> f32) {
        let mut rest = self.rest + pixels;
        while rest < 0.0 && self.column > 0 {
            self.column -= 1;
            rest += width(self.column);
        }
        while self.column + 1 < columns && rest >= width(self.column) {
            rest -= width(self.column);
            self.column += 1;
        }
        self.rest = rest.max(0.0);
        let (last, rest) = last_left(columns, room, width);
        if self.column > last || (self.column == last && self.rest > rest) {
            (self.column, self.rest) = (last, rest);
        }
    }
}

/// The furthest a table scrolls: the last column ends at the right edge.
pub fn last_left(columns: u64, room: f32, width: impl Fn(u64) -> f32) -> (u64, f32) {
    let (mut column, mut used) = (columns, 0.0);
    while column > 0 && used < room {
        column -= 1;
        used += width(column);
    }
    // A column wider than the window is cut at its beginning.
    (column, (used - room).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrolling_ends_where_the_last_column_does() {
        let width = |_| 100.0;
        let mut grid = Grid::default();
        grid.scroll(1e9, 10, 350.0, width);
        assert_eq!((grid.column, grid.rest), (6, 50.0));
        grid.scroll(-125.0, 10, 350.0, width);
        assert_eq!((grid.column, grid.rest), (5, 25.0));
        grid.scroll(-1e9, 10, 350.0, width);
        assert_eq!((grid.column, grid.rest), (0, 0.0));
        grid.scroll(10.0, 3, 350.0, width);
        assert_eq!((grid.column, grid.rest), (0, 0.0));
    }

    #[test]
    fn keys_move_the_cursor_and_stop_at_the_edges() {
        let mut grid = Grid::default();
        let mut press = |key, command| {
            grid.key(key, command, 999_999_999, 9, 20);
            grid.cursor.unwrap()
        };
        assert_eq!(press(Key::ArrowDown, false), (0, 0));
        assert_eq!(press(Key::ArrowDown, false), (1, 0));
        assert_eq!(press(Key::PageUp, false), (0, 0));
        assert_eq!(press(Key::End, false), (0, 9));
        assert_eq!(press(Key::End, true), (999_999_999, 9));
        assert_eq!(press(Key::ArrowRight, false), (999_999_999, 9));
        assert_eq!(press(Key::PageUp, false), (999_999_979, 9));
        assert_eq!(press(Key::Home, true), (0, 0));
    }

    #[test]
    fn a_column_comes_into_sight_in_whole() {
        let width = |_| 100.0;
        let mut grid = Grid::default();
        grid.reveal_column(9, 350.0, width);
        assert_eq!((grid.column, grid.rest), (7, 0.0));
        grid.reveal_column(8, 350.0, width);
        assert_eq!(grid.column, 7);
        grid.reveal_column(2, 350.0, width);
        assert_eq!(grid.column, 2);
    }
}
