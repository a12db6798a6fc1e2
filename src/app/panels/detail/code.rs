//! A function or code object that is written out: definition, facts, constants, and the bytecode as a listing. Other things
//! that are told in lines are drawn so too.

use egui::{Rect, Role, Sense, Ui, WidgetInfo};

use crate::app::panels::Ctx;
use crate::app::widgets::big_list::{ListPos, big_list};
use crate::app::widgets::paint;
use crate::app::{icons, theme};
use crate::view::code::Line;

/// Draws the lines.
pub fn draw(ui: &mut Ui, cx: &mut Ctx<'_>, pos: &mut ListPos, lines: &[Line], focused: bool) {
    ui.add_space(8.0);
    big_list(ui, pos, lines.len() as u64, 24.0, focused, |ui, row| {
        let line = usize::try_from(row).ok().and_then(|i| lines.get(i));
        if let Some(line) = line {
            draw_line(ui, cx, line);
        }
    });
}

fn draw_line(ui: &mut Ui, cx: &Ctx<'_>, line: &Line) {
    let (rect, p) = (ui.max_rect(), cx.p);
    let response = ui.interact(rect, ui.scope_id(), Sense::hover());
    let (painter, middle, left) = (ui.painter(), rect.center().y, rect.left() + 16.0);
    let room = |from: f32| rect.right() - 16.0 - from;
    let words = match line {
        Line::Section(words) => {
            paint::text(painter, left, middle + 3.0, words, theme::semibold(13.0), p.text2, room(left));
            words.clone()
        }
        Line::Definition(words) => {
            paint::text(painter, left, middle, words, theme::mono(13.0), p.global, room(left));
            words.clone()
        }
        Line::Note(words) => {
            paint::text(painter, left, middle, words, theme::sans(12.0), p.dim, room(left));
            words.clone()
        }
        Line::Wrong(words) => {
            paint::icon(painter, egui::pos2(left + 7.0, middle), icons::WARNING, 14.0, p.danger);
            paint::text(painter, left + 22.0, middle, words, theme::sans(12.0), p.text, room(left + 22.0));
            words.clone()
        }
        Line::Fact(name, value) => {
            paint::text(painter, left, middle, name, theme::sans(12.0), p.dim, 130.0);
            let at = left + 140.0;
            paint::text(painter, at, middle, value, theme::mono(12.0), p.text, room(at));
            format!("{name} {value}")
        }
        Line::Op { offset, target, name, arg, text } => {
            if *target {
                // Where a jump leads to, as `dis` marks it.
                let mark = Rect::from_center_size(egui::pos2(left + 3.0, middle), egui::vec2(4.0, 4.0));
                painter.rect_filled(mark, 2.0, p.accent);
            }
            paint::text_right(painter, left + 52.0, middle, &offset.to_string(), theme::mono(11.0), p.dim);
            paint::text(painter, left + 68.0, middle, name, theme::mono(12.0), p.text, 230.0);
            let number = arg.map(|arg| arg.to_string()).unwrap_or_default();
            paint::text_right(painter, left + 338.0, middle, &number, theme::mono(11.0), p.dim);
            let at = left + 354.0;
            paint::text(painter, at, middle, text, theme::mono(12.0), p.global, room(at));
            format!("{offset} {name} {text}").trim_end().to_owned()
        }
    };
    response.widget_info(|| {
        let role = if matches!(line, Line::Section(_)) { Role::Heading } else { Role::Row };
        WidgetInfo::labeled(role, true, words.clone())
    });
}
