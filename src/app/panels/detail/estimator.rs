//! An estimator as a card: facts, parameters beside their defaults, what was fitted.

use egui::{Color32, FontId, Painter, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2};

use super::message;
use crate::app::panels::Ctx;
use crate::app::panels::index::class_icon;
use crate::app::theme::Palette;
use crate::app::update::Command;
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::paint;
use crate::app::workspace::Doc;
use crate::app::{icons, theme};
use crate::formats::estimator::Standing;
use crate::view::describe::Class;
use crate::view::estimator::{Card, Learned, Line, Parameter};
use crate::view::number;

const ROW: f32 = 24.0;
const LEFT: f32 = 16.0;
/// Room for names and labels.
const NAMES: f32 = 204.0;

/// Draws the card; a click on a line selects what it tells of.
pub fn estimator(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, card: Option<&Card>, focused: bool) {
    let Some(card) = card else {
        ui.add_space(16.0);
        message(ui, cx, icons::INFO, cx.p.dim, "This object is no estimator. Its fields are shown as stored.");
        return;
    };
    let (p, commands) = (cx.p, &mut *cx.commands);
    let mut pos = doc.at.detail;
    ui.add_space(8.0);
    big_list(ui, &mut pos, card.lines.len() as u64, ROW, focused, |ui, row| {
        let Some(line) = usize::try_from(row).ok().and_then(|i| card.lines.get(i)) else { return };
        let rect = ui.max_rect();
        let (words, role, target) = match line {
            Line::Space => return,
            Line::Fact(label, value, at) => (format!("{label} {value}"), Role::Row, *at),
            Line::Heading(title, remark) => (format!("{title} {remark}"), Role::Heading, None),
            Line::ParameterColumns | Line::LearnedColumns => (String::new(), Role::Row, None),
            Line::Parameter(parameter) => (parameter.sentence(), Role::Row, Some(parameter.position)),
            Line::Learned(learned) => (sentence(learned), Role::Row, Some(learned.position)),
            Line::Name(i, name) => (format!("{i} {name}"), Role::Row, None),
        };
        let sense = if target.is_some() { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, ui.scope_id(), sense);
        paint::row_ground(ui.painter(), rect, false, response.hovered() && target.is_some(), p);
        draw(ui.painter(), rect, line, p);
        if !words.is_empty() {
            response.widget_info(|| WidgetInfo::labeled(role, true, words.trim()));
        }
        if response.clicked()
            && let Some(position) = target
        {
            commands.push(Command::Below(card.node, vec![(card.node, position)]));
        }
    });
    doc.at.detail = pos;
}

fn sentence(learned: &Learned) -> String {
    let size = learned.size.map(number::size).unwrap_or_default();
    let all = [&learned.name, &learned.type_name, &learned.shape, &learned.dtype, &learned.value, &size];
    all.into_iter().filter(|words| !words.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn draw(painter: &Painter, rect: Rect, line: &Line, p: &Palette) {
    let (left, middle) = (rect.left() + LEFT, rect.center().y);
    let at_value = left + NAMES;
    let room = rect.right() - LEFT - at_value;
    match line {
        Line::Space => {}
        Line::Fact(label, value, _) => {
            paint::text(painter, left, middle, label, theme::sans(12.0), p.dim, NAMES - 8.0);
            paint::text(painter, at_value, middle, value, theme::mono(12.0), p.text, room);
        }
        Line::Heading(title, remark) => {
            let width = paint::text(painter, left, middle, title, theme::semibold(13.0), p.text, room);
            paint::text(painter, left + width + 8.0, middle, remark, theme::sans(12.0), p.dim, room);
        }
        Line::ParameterColumns => {
            let columns = parameter_columns(rect);
            heads(painter, rect, p, &[("Name", left + 16.0), ("Value", columns.0), ("Default", columns.1)]);
        }
        Line::Parameter(parameter) => draw_parameter(painter, rect, parameter, p),
        Line::LearnedColumns => {
            let c = LearnedColumns::of(rect);
            let mut all = vec![("Name", left + 16.0), ("Type", c.type_name)];
            all.extend(c.shape.map(|at| ("Shape", at)));
            all.extend(c.dtype.map(|at| ("Element", at)));
            all.extend(c.value.map(|at| ("Value", at)));
            heads(painter, rect, p, &all);
            paint::text_right(painter, rect.right() - LEFT, middle, "Size", theme::semibold(12.0), p.text2);
        }
        Line::Learned(learned) => draw_learned(painter, rect, learned, p),
        Line::Name(i, name) => {
            paint::text_right(painter, left + 48.0, middle, &number::grouped(*i), theme::mono(11.0), p.dim);
            paint::text(painter, left + 60.0, middle, name, theme::mono(12.0), p.text, rect.width() - 90.0);
        }
    }
}

fn heads(painter: &Painter, rect: Rect, p: &Palette, all: &[(&str, f32)]) {
    for (words, at) in all {
        paint::text(painter, *at, rect.center().y, words, theme::semibold(12.0), p.text2, rect.right() - at);
    }
    painter.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, p.line));
}

/// Where values and defaults begin.
fn parameter_columns(rect: Rect) -> (f32, f32) {
    let value = rect.left() + LEFT + NAMES;
    (value, value + ((rect.right() - value) * 0.55).clamp(90.0, 300.0))
}

/// Font and colour of a value.
pub fn value_style(class: Class, set: bool, p: &Palette) -> (FontId, Color32) {
    let words =
        matches!(class, Class::List | Class::Dict | Class::Set | Class::Foreign | Class::Object | Class::Estimator);
    let font = if words { theme::sans(12.0) } else { theme::mono(12.0) };
    (font, if set && !words { p.class(class) } else { p.dim })
}

fn draw_parameter(painter: &Painter, rect: Rect, parameter: &Parameter, p: &Palette) {
    let (left, middle) = (rect.left() + LEFT, rect.center().y);
    let (at_value, at_default) = parameter_columns(rect);
    let set = matches!(parameter.standing, Standing::Set(_));
    if set {
        painter.circle_filled(pos2(left + 4.0, middle), 3.0, p.accent);
    }
    let shown = !parameter.standing.is_default();
    let colour = if shown { p.text } else { p.dim };
    paint::text(painter, left + 16.0, middle, &parameter.name, theme::mono(12.0), colour, at_value - left - 24.0);
    let value = if parameter.value.is_empty() { &parameter.type_name } else { &parameter.value };
    let (font, colour) = value_style(parameter.class, shown, p);
    paint::text(painter, at_value, middle, value, font, colour, at_default - at_value - 12.0);
    let remark = match parameter.standing {
        Standing::Set(Some(default)) => default,
        Standing::Set(None) => "must be given",
        _ => "",
    };
    let font = if matches!(parameter.standing, Standing::Set(Some(_))) { theme::mono(12.0) } else { theme::sans(12.0) };
    paint::text(painter, at_default, middle, remark, font, p.dim, rect.right() - at_default - LEFT);
}

/// Where the columns of what was learned begin; those that do not fit are left out.
struct LearnedColumns {
    type_name: f32,
    shape: Option<f32>,
    dtype: Option<f32>,
    value: Option<f32>,
}

impl LearnedColumns {
    fn of(rect: Rect) -> Self {
        let type_name = rect.left() + LEFT + NAMES;
        let room = rect.right() - LEFT - 72.0 - type_name;
        let (shape, dtype, value) = (type_name + 112.0, type_name + 216.0, type_name + 304.0);
        Self {
            type_name,
            shape: (room > 200.0).then_some(shape),
            dtype: (room > 290.0).then_some(dtype),
            value: (room > 380.0).then_some(value),
        }
    }
}

fn draw_learned(painter: &Painter, rect: Rect, learned: &Learned, p: &Palette) {
    let (left, middle) = (rect.left() + LEFT, rect.center().y);
    let c = LearnedColumns::of(rect);
    let right = rect.right() - LEFT;
    let arrayish = matches!(learned.class, Class::Array | Class::Table);
    let tone = if arrayish { p.array } else { p.dim };
    paint::icon(painter, pos2(left + 5.0, middle), class_icon(learned.class), 13.0, tone);
    paint::text(painter, left + 16.0, middle, &learned.name, theme::mono(12.0), p.text, c.type_name - left - 24.0);
    let type_room = c.shape.unwrap_or(right - 72.0) - c.type_name - 8.0;
    paint::text(painter, c.type_name, middle, &learned.type_name, theme::sans(12.0), p.dim, type_room);
    if let Some(at) = c.shape {
        paint::text(painter, at, middle, &learned.shape, theme::mono(12.0), p.array, 96.0);
    }
    if let Some(at) = c.dtype {
        paint::text(painter, at, middle, &learned.dtype, theme::mono(12.0), p.array, 80.0);
    }
    if let Some(at) = c.value {
        let (font, colour) = value_style(learned.class, true, p);
        let colour = if arrayish { p.text2 } else { colour };
        paint::text(painter, at, middle, &learned.value, font, colour, right - 76.0 - at);
    }
    if let Some(size) = learned.size {
        paint::text_right(painter, right, middle, &number::size(size), theme::mono(11.0), p.dim);
    }
}
