//! The overview strip beside a list: where in it the marked places are, and which part of it is in sight. What it shows
//! is worked out once for a height, by a job; drawing costs a pixel each.

use std::ops::Range;

use egui::{Color32, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::app::theme::Palette;
use crate::audit::Severity;

/// Width of the strip.
pub const WIDTH: f32 = 14.0;

/// The worst mark of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    /// The pixel from the top.
    pub y: u16,
    /// How bad.
    pub severity: Severity,
    /// The part of the place.
    pub part: usize,
    /// Its offset.
    pub offset: u64,
}

/// Merges places (row, part, offset, severity) of a list of `rows` rows into one tick for each of `height` pixels. The
/// worst of a pixel stays, and of equals the first.
pub fn ticks(places: impl Iterator<Item = (u64, usize, u64, Severity)>, rows: u64, height: u16) -> Vec<Tick> {
    let mut all: Vec<Option<Tick>> = vec![None; usize::from(height)];
    for (row, part, offset, severity) in places {
        let scaled = u128::from(row) * u128::from(height) / u128::from(rows.max(1));
        let y = u16::try_from(scaled).unwrap_or(u16::MAX).min(height.saturating_sub(1));
        if let Some(slot) = all.get_mut(usize::from(y))
            && slot.is_none_or(|tick| tick.severity < severity)
        {
            *slot = Some(Tick { y, severity, part, offset });
        }
    }
    all.into_iter().flatten().collect()
}

/// Takes the strip's room from the right of a list that is drawn next.
pub fn reserve(ui: &mut Ui) -> Rect {
    let room = ui.available_rect_before_wrap();
    ui.set_max_width((room.width() - WIDTH).max(0.0));
    Rect::from_min_max(pos2(room.right() - WIDTH, room.top()), room.max)
}

/// What a click on the strip asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jump {
    /// To a marked place.
    Tick(Tick),
    /// To a share of the list, from 0 to 1.
    Share(f32),
}

/// Draws the strip. `view` is what is in sight of `rows` rows.
pub fn strip(
    ui: &Ui,
    rect: Rect,
    name: &str,
    ticks: &[Tick],
    view: Range<u64>,
    rows: u64,
    p: &Palette,
) -> Option<Jump> {
    let response = ui.interact(rect, ui.scope_id().with(("overview", name)), Sense::click_and_drag());
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, p.bg2);
    painter.vline(rect.left() + 0.5, rect.y_range(), Stroke::new(1.0, p.line));
    for (severity, colour) in [(Severity::Caution, p.caution), (Severity::Danger, p.danger)] {
        for tick in ticks.iter().filter(|tick| tick.severity == severity) {
            mark(&painter, rect, tick.y, colour);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a share of a strip")]
    let y_of = |row: u64| rect.top() + rect.height() * row as f32 / rows.max(1) as f32;
    let (top, bottom) = (y_of(view.start), y_of(view.end.min(rows)));
    let frame = Rect::from_min_max(pos2(rect.left() + 1.0, top), pos2(rect.right(), bottom.max(top + 4.0)));
    painter.rect_stroke(frame.intersect(rect), 0.0, Stroke::new(1.0, p.text2), StrokeKind::Inside);
    let n = ticks.len();
    let words = if n == 1 { "1 marked place".to_owned() } else { format!("{n} marked places") };
    response.widget_info(|| {
        WidgetInfo::labeled(Role::ScrollBar, true, format!("Where the findings are in the {name}, {words}"))
    });
    let at = response.interact_pointer_pos().filter(|_| response.clicked() || response.dragged())?;
    let y = at.y - rect.top();
    let near = ticks.iter().map(|tick| (tick, (f32::from(tick.y) - y).abs())).filter(|(_, away)| *away <= 4.0);
    let nearest = near.min_by(|a, b| b.0.severity.cmp(&a.0.severity).then(a.1.total_cmp(&b.1)));
    match nearest {
        Some((tick, _)) if response.clicked() => Some(Jump::Tick(*tick)),
        _ => Some(Jump::Share((y / rect.height().max(1.0)).clamp(0.0, 1.0))),
    }
}

fn mark(painter: &egui::Painter, rect: Rect, y: u16, colour: Color32) {
    let top = (rect.top() + f32::from(y)).min(rect.bottom() - 2.0).round();
    painter.rect_filled(Rect::from_min_size(pos2(rect.left() + 3.0, top), vec2(WIDTH - 5.0, 2.0)), 0.0, colour);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_mark_of_a_pixel_stays_and_the_last_row_is_inside() {
        let places = [
            (0, 0, 0, Severity::Caution),
            (1, 0, 10, Severity::Danger),
            (2, 0, 20, Severity::Caution),
            (999, 0, 9990, Severity::Danger),
        ];
        let all = ticks(places.into_iter(), 1000, 100);
        assert_eq!(all.iter().map(|t| (t.y, t.offset)).collect::<Vec<_>>(), [(0, 10), (99, 9990)]);
        assert!(ticks(places.into_iter(), 0, 0).is_empty());
        assert_eq!(ticks([(u64::MAX, 0, 1, Severity::Danger)].into_iter(), u64::MAX, 50)[0].y, 49);
    }
}
