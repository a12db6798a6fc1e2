//! An array: its distribution, its numbers, its values as a table.

use egui::{Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use egui_plot::{AxisHints, Bar, BarChart, GridInput, GridMark, Plot};

use super::object::children;
use super::{message, name, tabs, title};
use crate::app::panels::Ctx;
use crate::app::panels::index::class_icon;
use crate::app::widgets::paint;
use crate::app::workspace::{ArrayFacts, Doc, Facet};
use crate::app::{icons, theme};
use crate::array::{ArrayRef, Elements, Histogram, Number, layout};
use crate::pickle::text::float_repr;
use crate::view::describe::describe_array;
use crate::view::{escape, number};

/// Titles of fields that are listed; the table of values has the others in its heads.
const MOST_TITLES: usize = 20;

/// Draws an array.
pub fn array_detail(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, array: &ArrayRef, focused: bool) {
    let d = describe_array(array);
    let size = array.nbytes().map(|n| format!("{} bytes · ", number::grouped(n))).unwrap_or_default();
    let order = array.order.text();
    let facts = format!("{size}{order} order · at {:#x}", array.span.start);
    title(ui, cx, class_icon(d.class), &name(doc), &format!("{} {}", d.type_name, array.shape_text()), &facts);
    tabs(ui, cx, doc, &[(Facet::Summary, "Summary"), (Facet::Table, "Values")]);
    match &array.elements {
        Elements::Missing(error) => {
            ui.add_space(16.0);
            message(ui, cx, icons::WARNING, cx.p.danger, &format!("Its values cannot be shown: {error}"));
        }
        Elements::Objects => {
            // The elements are objects of the graph: they stand below it in the tree.
            if let Some(node) = doc.selection.node {
                children(ui, cx, doc, node, focused);
            }
        }
        Elements::Bytes(_) if layout::count(&array.shape) == Some(0) => {
            ui.add_space(16.0);
            message(ui, cx, icons::INFO, cx.p.dim, &format!("Shape {}, no values", array.shape_text()));
        }
        Elements::Bytes(_) => match doc.facet {
            Facet::Table => super::values::values(ui, cx, doc, array, focused),
            _ => summary(ui, cx, doc, array),
        },
    }
}

fn summary(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, array: &ArrayRef) {
    let facts = doc.selection.array.and_then(|i| doc.facts.get(&i).cloned());
    let area = ui.available_rect_before_wrap();
    let side = if area.width() > 620.0 { 268.0 } else { 0.0 };
    let left = Rect::from_min_max(area.min, pos2(area.right() - side, area.bottom())).shrink(16.0);
    let right = Rect::from_min_max(pos2(area.right() - side, area.top()), area.max).shrink2(vec2(16.0, 16.0));
    let mut plot = ui.new_child(egui::UiBuilder::new().max_rect(left));
    match facts.as_deref() {
        Some(Ok(facts)) => {
            distribution(&mut plot, cx, facts, array);
            if side == 0.0 {
                numbers(&mut plot, cx, facts, array);
            }
        }
        Some(Err(error)) => {
            let words = format!("Its values cannot be read: {error}");
            message(&mut plot, cx, icons::WARNING, cx.p.danger, &words);
        }
        None => message(&mut plot, cx, icons::INFO, cx.p.dim, "Reading values…"),
    }
    if side > 0.0 {
        let mut column = ui.new_child(egui::UiBuilder::new().max_rect(right));
        if let Some(Ok(facts)) = facts.as_deref() {
            numbers(&mut column, cx, facts, array);
        }
    }
    ui.advance_cursor_after_rect(area);
}

fn distribution(ui: &mut Ui, cx: &Ctx<'_>, facts: &ArrayFacts, array: &ArrayRef) {
    let Some(histogram) = &facts.histogram else {
        let words = match facts.stats.complex_mean {
            Some((re, im)) => format!("Mean {} + {}j", number::short(re), number::short(im)),
            None => "The values are no numbers; see Values".to_owned(),
        };
        message(ui, cx, icons::INFO, cx.p.dim, &words);
        return;
    };
    let bins = histogram.counts.len();
    let total: u64 = histogram.counts.iter().sum();
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new("Distribution").font(theme::semibold(12.0)).color(cx.p.text2));
        let words = format!("{}, all {} finite values", number::count(bins as u64, "bin"), number::grouped(total));
        ui.label(egui::RichText::new(words).font(theme::sans(11.0)).color(cx.p.dim));
    });
    ui.add_space(8.0);
    let (low, width) = axis(histogram);
    // What stands at a place of the axis.
    let (from, to, first) = (histogram.low, histogram.high, low);
    #[expect(clippy::cast_precision_loss, reason = "for drawing")]
    let value_at = move |x: f64| {
        let share = (x - first) / (width * bins as f64);
        from * (1.0 - share) + to * share
    };
    #[expect(clippy::cast_precision_loss, reason = "for drawing")]
    let bars: Vec<Bar> = histogram
        .counts
        .iter()
        .enumerate()
        .map(|(i, n)| {
            let centre = low + (i as f64 + 0.5) * width;
            Bar::new(centre, *n as f64).width(width * 0.94).fill(cx.p.bar).stroke(Stroke::NONE)
        })
        .collect();
    let labels = |axis: AxisHints<'static>| axis.tick_label_font(theme::mono(11.0)).tick_label_color(cx.p.dim);
    let height = (ui.available_height() - 60.0).clamp(120.0, 420.0);
    let response = Plot::new("distribution")
        .height(height)
        .show_background(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .show_crosshair(false)
        .show_grid([false, true])
        .grid_color(cx.p.line)
        .grid_spacing(1.0..=2.0)
        .x_grid_spacer(ticks)
        .y_grid_spacer(ticks)
        .custom_x_axes(vec![labels(AxisHints::new_x()).formatter(move |mark, _| {
            if first == from {
                number::short(mark.value)
            } else if mark.value.fract() == 0.0 {
                number::short(value_at(mark.value))
            } else {
                String::new()
            }
        })])
        .custom_y_axes(vec![
            labels(AxisHints::new_y())
                .formatter(|mark, _| if mark.value < 0.0 { String::new() } else { number::short(mark.value) }),
        ])
        .show(ui, |plot| plot.bar_chart(BarChart::new("values", bars)))
        .response;
    let most = histogram.counts.iter().max().copied().unwrap_or(0);
    response.widget_info(|| {
        let words = format!(
            "Distribution from {} to {}, largest bin {most}",
            number::short(histogram.low),
            number::short(histogram.high)
        );
        WidgetInfo::labeled(Role::Image, true, words)
    });
    let dtype = array.dtype.as_ref().map(|d| d.human()).unwrap_or_default();
    ui.add_space(6.0);
    ui.label(egui::RichText::new(format!("full resolution, {dtype}")).font(theme::sans(11.0)).color(cx.p.dim));
}

/// Where the axis of a distribution begins, and the width of a bin on it. A range that is too narrow for its place, or too
/// wide to have a width, cannot be drawn on an axis of values: there it counts bins.
fn axis(histogram: &Histogram) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "at most a few hundred bins")]
    let width = (histogram.high - histogram.low) / histogram.counts.len() as f64;
    let size = histogram.low.abs().max(histogram.high.abs());
    if width.is_normal() && width > size * 1e-9 && size < 1e300 && width > 1e-300 {
        (histogram.low, width)
    } else {
        (0.0, 1.0)
    }
}

/// Marks at round numbers, six at most; none where the axis has no such numbers.
fn ticks(axis: GridInput) -> Vec<GridMark> {
    let (from, to) = axis.bounds;
    let least = (to - from) / 5.0;
    let ten = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * ten).find(|step| *step >= least).unwrap_or(ten);
    if !step.is_normal() {
        return Vec::new();
    }
    let first = (from / step).ceil();
    let marks = (0..6).map(|i| GridMark { value: (first + f64::from(i)) * step, step_size: step });
    marks.take_while(|mark| mark.value <= to).collect()
}

/// A number with its name; `exact` says it in full where `value` is rounded.
fn fact(ui: &mut Ui, cx: &Ctx<'_>, label: &str, value: &str, exact: Option<String>, colour: Option<egui::Color32>) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let middle = rect.center().y;
    let room = rect.width() * 0.45;
    paint::text(ui.painter(), rect.left(), middle, label, theme::sans(13.0), cx.p.text2, room);
    paint::text_right(ui.painter(), rect.right(), middle, value, theme::mono(12.0), colour.unwrap_or(cx.p.text));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{label} {value}")));
    if let Some(exact) = exact.filter(|exact| exact != value) {
        response.on_hover_text(egui::RichText::new(exact).font(theme::mono(12.0)));
    }
}

fn numbers(ui: &mut Ui, cx: &Ctx<'_>, facts: &ArrayFacts, array: &ArrayRef) {
    let s = &facts.stats;
    let head = |ui: &mut Ui, words: &str| {
        ui.label(egui::RichText::new(words).font(theme::semibold(12.0)).color(cx.p.text2));
        ui.add_space(4.0);
    };
    let rounded = |n: Number| match n {
        Number::Int(i) => i.to_string(),
        Number::Float(f) => number::short(f),
    };
    let exact = |n: Number| match n {
        Number::Int(i) => i.to_string(),
        Number::Float(f) => float_repr(f),
    };
    head(ui, "Values");
    fact(ui, cx, "Count", &number::grouped(s.count), None, None);
    for (label, value) in
        [("Min", s.min), ("Max", s.max), ("Mean", s.mean.map(Number::Float)), ("Std", s.std.map(Number::Float))]
    {
        if let Some(value) = value {
            fact(ui, cx, label, &rounded(value), Some(exact(value)), None);
        }
    }
    ui.add_space(16.0);
    head(ui, "Quality");
    let infinite = s.posinf.unwrap_or(0) + s.neginf.unwrap_or(0);
    for (label, n) in [("NaN", s.nan), ("Inf", s.posinf.map(|_| infinite)), ("NaT", s.nat), ("Exact zeros", s.zeros)] {
        if let Some(n) = n {
            let bad = n > 0 && label != "Exact zeros";
            fact(ui, cx, label, &number::grouped(n), None, bad.then_some(cx.p.caution));
        }
    }
    ui.add_space(16.0);
    head(ui, "Stored");
    let end = array.span.end();
    fact(ui, cx, "Bytes", &format!("{:#x} … {end:#x}", array.span.start), None, None);
    fact(ui, cx, "Type", &array.kind, None, None);
    if let Some(dtype) = &array.dtype {
        let text = dtype.text();
        if text.len() < 24 {
            fact(ui, cx, "dtype", &text, None, None);
        }
        for (name, title) in dtype.titles().into_iter().take(MOST_TITLES) {
            fact(ui, cx, &format!("Title of {}", escape::plain(&name)), &escape::plain(title), None, None);
        }
    }
}
