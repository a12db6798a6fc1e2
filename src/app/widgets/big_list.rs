//! A list addressed by row number. egui's scroll area multiplies rows by a height in f32 and drifts past a million
//! rows; here the position is a row and a fraction of one, so the last of 10^11 rows is exactly reachable.

use std::ops::Range;

use egui::{Key, NumExt as _, Rect, Sense, Ui, UiBuilder, pos2, vec2};

use crate::app::theme::Palette;

/// Where a list stands: the first visible row, and how far it is scrolled past.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ListPos {
    /// First visible row.
    pub row: u64,
    /// Part of it that is scrolled out of sight, 0 to 1.
    pub fraction: f32,
    /// A row to bring into view at the next drawing.
    pub wanted: Option<u64>,
}

impl ListPos {
    /// Brings `row` into view at the next drawing; nothing moves if it is visible.
    pub fn reveal(&mut self, row: u64) {
        self.wanted = Some(row);
    }
}

/// Draws the visible ones of `rows` equal rows with `row_ui` and returns their range. `focused` lists take page keys.
pub fn big_list(
    ui: &mut Ui,
    pos: &mut ListPos,
    rows: u64,
    row_height: f32,
    focused: bool,
    mut row_ui: impl FnMut(&mut Ui, u64),
) -> Range<u64> {
    let (rect, response) = ui.allocate_exact_size(ui.available_size().at_least(vec2(1.0, 1.0)), Sense::hover());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows on a screen")]
    let whole = ((rect.height() / row_height).floor() as u64).max(1);
    let last_top = rows.saturating_sub(whole);
    if let Some(wanted) = pos.wanted.take() {
        let wanted = wanted.min(rows.saturating_sub(1));
        let near = wanted + whole >= pos.row && wanted < pos.row.saturating_add(2 * whole);
        if wanted >= pos.row + whole || wanted < pos.row || (wanted == pos.row && pos.fraction > 0.0) {
            // A step out of sight moves the list by as much; a jump shows what stands around it.
            let top = match (near, wanted <= pos.row) {
                (true, true) => wanted,
                (true, false) => (wanted + 1).saturating_sub(whole),
                (false, _) => wanted.saturating_sub(whole / 3),
            };
            (pos.row, pos.fraction) = (top.min(last_top), 0.0);
        }
    }
    let mut delta = 0.0f64;
    if response.contains_pointer() {
        delta -= f64::from(ui.input(|i| i.smooth_scroll_delta()).y / row_height);
    }
    if focused && !ui.ctx().text_edit_focused() {
        #[expect(clippy::cast_precision_loss, reason = "rows on a screen")]
        let page = whole.saturating_sub(1) as f64;
        let pressed = |key| ui.input(|i| i.key_pressed(key));
        if pressed(Key::PageDown) {
            delta += page;
        }
        if pressed(Key::PageUp) {
            delta -= page;
        }
    }
    if delta != 0.0 {
        let at = f64::from(pos.fraction) + delta;
        let row = i128::from(pos.row) + floor(at);
        let clamped = row.clamp(0, i128::from(last_top));
        pos.row = u64::try_from(clamped).unwrap_or(0);
        #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1")]
        let fraction = (at - at.floor()) as f32;
        pos.fraction = if row == clamped && pos.row < last_top { fraction } else { 0.0 };
        ui.ctx().request_repaint();
    }
    scrollbar(ui, rect, pos, rows, whole, last_top);
    if pos.row >= last_top {
        (pos.row, pos.fraction) = (last_top, 0.0);
    }
    let range = pos.row..rows.min(pos.row + whole + 2);
    for (i, row) in range.clone().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "rows on a screen")]
        let top = rect.top() + (i as f32 - pos.fraction) * row_height;
        if top > rect.bottom() {
            break;
        }
        let at = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), row_height));
        let mut child = ui.new_child(UiBuilder::new().id_salt(row).max_rect(at));
        child.set_clip_rect(rect.intersect(ui.clip_rect()));
        row_ui(&mut child, row);
    }
    range
}

/// Where the keys of a list lead from its selected row: a row up or down, a page, an end; at an end to the row itself,
/// which may be shown no longer. Takes the keys, so that the list does not scroll by them too.
pub fn moved(ui: &Ui, focused: bool, selected: Option<u64>, rows: u64, on_screen: f32) -> Option<u64> {
    if !focused || rows == 0 || ui.ctx().text_edit_focused() {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rows on a screen")]
    let page = (on_screen as u64).saturating_sub(1).max(1);
    let last = rows - 1;
    let pressed = |key| ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, key));
    let now = selected.map(|row| row.min(last));
    let to = if pressed(Key::ArrowDown) {
        now.map_or(0, |row| row + 1)
    } else if pressed(Key::ArrowUp) {
        now.map_or(0, |row| row.saturating_sub(1))
    } else if pressed(Key::PageDown) {
        now.map_or(0, |row| row.saturating_add(page))
    } else if pressed(Key::PageUp) {
        now.map_or(0, |row| row.saturating_sub(page))
    } else if pressed(Key::Home) {
        0
    } else if pressed(Key::End) {
        last
    } else {
        return None;
    };
    Some(to.min(last))
}

#[expect(clippy::cast_possible_truncation, reason = "a number of rows near zero")]
fn floor(value: f64) -> i128 {
    value.floor() as i128
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels")]
fn scrollbar(ui: &Ui, rect: Rect, pos: &mut ListPos, rows: u64, whole: u64, last_top: u64) {
    if last_top == 0 {
        return;
    }
    let track = Rect::from_min_max(pos2(rect.right() - 12.0, rect.top()), rect.max);
    let response = ui.interact(track, ui.scope_id().with("bar"), Sense::click_and_drag());
    let length = (track.height() * (whole as f64 / rows as f64) as f32).max(24.0).min(track.height());
    let free = (track.height() - length).max(1.0);
    if let Some(pointer) = response.interact_pointer_pos() {
        let share = f64::from(((pointer.y - track.top() - length / 2.0) / free).clamp(0.0, 1.0));
        // The ends are exact: f64 rounds only in between.
        let row = if share >= 1.0 { last_top } else { (share * last_top as f64) as u64 };
        (pos.row, pos.fraction) = (row.min(last_top), 0.0);
    }
    let width = if response.hovered() || response.dragged() { 10.0 } else { 6.0 };
    let top = track.top() + free * (pos.row as f64 / last_top as f64) as f32;
    let handle = Rect::from_min_size(pos2(track.right() - width - 1.0, top), vec2(width, length));
    ui.painter().rect_filled(handle, 3.0, Palette::of(ui.ctx()).line2);
}
