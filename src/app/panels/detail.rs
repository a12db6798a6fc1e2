//! Centre: what the selection means. Breadcrumb, title, and the value: text, children as a table, or an array with its
//! distribution, numbers and values.

use std::sync::Arc;

use egui::{Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use egui_plot::{Bar, BarChart, Plot};

use super::Ctx;
use super::index::class_icon;
use crate::app::command::Ask;
use crate::app::update::Command;
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::paint;
use crate::app::workspace::{ArrayFacts, Doc, Facet};
use crate::app::{icons, theme};
use crate::array::{ArrayRef, Elements, Number, layout};
use crate::formats::children::Children;
use crate::pickle::{NodeId, Value};
use crate::view::describe::{Class, Detail, describe, describe_array};
use crate::view::outline::What;
use crate::view::{escape, number};

/// Draws the pane.
pub fn detail(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    ui.spacing_mut().item_spacing.y = 0.0;
    breadcrumb(ui, cx, doc);
    if let Some(array) = doc.selection.array.and_then(|i| doc.artifact.arrays.get(i).cloned()) {
        array_detail(ui, cx, doc, &array, focused);
    } else if let Some(node) = doc.selection.node {
        node_detail(ui, cx, doc, node, focused);
    } else {
        overview(ui, cx, doc);
    }
}

fn breadcrumb(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc) {
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    let mut rows = Vec::new();
    let mut next = Some(doc.row);
    while let Some(row) = next {
        rows.push(row);
        next = doc.outline.parent(row);
    }
    rows.retain(|row| {
        doc.outline.rows().get(*row).is_some_and(|r| !matches!(r.what, What::Group { .. } | What::Range { .. }))
    });
    rows.reverse();
    let mut inner = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(bar.shrink2(vec2(16.0, 0.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    inner.set_clip_rect(bar.with_max_x(bar.right() - 84.0));
    inner.spacing_mut().item_spacing.x = 4.0;
    // The end of a long way matters more than its beginning.
    let skipped = rows.len().saturating_sub(8);
    if skipped > 0 {
        inner.label(egui::RichText::new("…").color(cx.p.dim));
    }
    for (i, row) in rows.iter().skip(skipped).enumerate() {
        let Some(label) = doc.outline.label(&doc.artifact, *row) else { continue };
        if i > 0 {
            inner.label(egui::RichText::new(icons::CARET_RIGHT).font(theme::icon(11.0)).color(cx.p.dim));
        }
        let last = i + 1 + skipped == rows.len();
        let colour = if last { cx.p.text } else { cx.p.text2 };
        let words = egui::RichText::new(&label.key).font(theme::mono(12.0)).color(colour);
        let response = inner.add(egui::Label::new(words).sense(Sense::click()));
        response.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Go to {}", label.key)));
        if response.clicked() {
            cx.send(Command::Row(*row));
        }
    }
    let right = Rect::from_min_max(pos2(bar.right() - 84.0, bar.top()), bar.max);
    let mut ends =
        ui.new_child(egui::UiBuilder::new().max_rect(right).layout(egui::Layout::right_to_left(egui::Align::Center)));
    ends.spacing_mut().item_spacing.x = 2.0;
    ends.add_space(8.0);
    if paint::quiet(&mut ends, icons::CARET_RIGHT, "", "Forward").clicked() {
        cx.send(Command::Ask(Ask::Forward));
    }
    if paint::quiet(&mut ends, icons::CARET_LEFT, "", "Back").clicked() {
        cx.send(Command::Ask(Ask::Back));
    }
}

fn title(ui: &mut Ui, cx: &mut Ctx<'_>, icon: &str, name: &str, kind: &str, facts: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
    let middle = rect.center().y;
    let painter = ui.painter();
    paint::icon(painter, pos2(rect.left() + 25.0, middle), icon, 18.0, cx.p.array);
    let mut at = rect.left() + 44.0;
    let room = rect.right() - 150.0 - at;
    at += paint::text(painter, at, middle, name, theme::semibold(15.0), cx.p.text, room * 0.5) + 12.0;
    at += paint::text(painter, at, middle, kind, theme::mono(12.0), cx.p.array, rect.right() - 150.0 - at) + 12.0;
    paint::text(painter, at, middle, facts, theme::sans(12.0), cx.p.dim, rect.right() - 150.0 - at);
    let right = Rect::from_min_max(pos2(rect.right() - 140.0, rect.top()), rect.max);
    let mut ends =
        ui.new_child(egui::UiBuilder::new().max_rect(right).layout(egui::Layout::right_to_left(egui::Align::Center)));
    ends.add_space(12.0);
    if paint::quiet(&mut ends, icons::BINARY, "Show bytes", "Show opcodes and bytes").clicked() {
        cx.send(Command::Ask(Ask::Evidence));
    }
}

/// What the selected object is called where it stands; its type, if it stands nowhere in the tree.
fn name(doc: &Doc) -> String {
    if let (Some(What::Node { node, .. }), Some(selected)) =
        (doc.outline.rows().get(doc.row).map(|r| &r.what), doc.selection.node)
        && *node != selected
        && let Some(pickled) = doc.artifact.pickled(doc.selection.part)
    {
        let d = describe(&doc.artifact, doc.selection.part, pickled, selected, Detail::Row);
        return d.type_name;
    }
    doc.outline.label(&doc.artifact, doc.row).map(|label| label.key).unwrap_or_default()
}

// ---- arrays ----

fn array_detail(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, array: &ArrayRef, focused: bool) {
    let d = describe_array(array);
    let size = array.nbytes().map(|n| format!("{} bytes · ", number::grouped(n))).unwrap_or_default();
    let order = array.order.text();
    let facts = format!("{size}{order} order · at {:#x}", array.span.start);
    title(ui, cx, class_icon(d.class), &name(doc), &format!("{} {}", d.type_name, array.shape_text()), &facts);
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    let mut tabs = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(bar.shrink2(vec2(16.0, 0.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    tabs.spacing_mut().item_spacing.x = 20.0;
    for (facet, label) in [(Facet::Summary, "Summary"), (Facet::Table, "Values")] {
        if paint::tab(&mut tabs, label, "", doc.facet == facet).clicked() {
            cx.send(Command::Facet(facet));
        }
    }
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
            Facet::Summary => summary(ui, cx, doc, array),
            Facet::Table => values(ui, cx, doc, array, focused),
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
        Some(Err(error)) => message(&mut plot, cx, icons::WARNING, cx.p.danger, &error.to_string()),
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
    #[expect(clippy::cast_precision_loss, reason = "for drawing")]
    let width = (histogram.high - histogram.low) / bins as f64;
    #[expect(clippy::cast_precision_loss, reason = "for drawing")]
    let bars: Vec<Bar> = histogram
        .counts
        .iter()
        .enumerate()
        .map(|(i, n)| {
            let centre = histogram.low + (i as f64 + 0.5) * width;
            Bar::new(centre, *n as f64).width(width * 0.94).fill(cx.p.bar).stroke(Stroke::NONE)
        })
        .collect();
    // Grid and axis take their colour from the text.
    ui.visuals_mut().override_text_color = Some(cx.p.dim);
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
        .x_axis_formatter(|mark, _| number::short(mark.value))
        .y_axis_formatter(|mark, _| if mark.value < 0.0 { String::new() } else { number::short(mark.value) })
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

fn fact(ui: &mut Ui, cx: &Ctx<'_>, label: &str, value: &str, colour: Option<egui::Color32>) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let middle = rect.center().y;
    let room = rect.width() * 0.45;
    paint::text(ui.painter(), rect.left(), middle, label, theme::sans(13.0), cx.p.text2, room);
    paint::text_right(ui.painter(), rect.right(), middle, value, theme::mono(12.0), colour.unwrap_or(cx.p.text));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{label} {value}")));
}

fn numbers(ui: &mut Ui, cx: &Ctx<'_>, facts: &ArrayFacts, array: &ArrayRef) {
    let s = &facts.stats;
    let head = |ui: &mut Ui, words: &str| {
        ui.label(egui::RichText::new(words).font(theme::semibold(12.0)).color(cx.p.text2));
        ui.add_space(4.0);
    };
    let exact = |n: Number| match n {
        Number::Int(i) => i.to_string(),
        Number::Float(f) => number::short(f),
    };
    head(ui, "Values");
    fact(ui, cx, "Count", &number::grouped(s.count), None);
    for (label, value) in [
        ("Min", s.min.map(exact)),
        ("Max", s.max.map(exact)),
        ("Mean", s.mean.map(number::short)),
        ("Std", s.std.map(number::short)),
    ] {
        if let Some(value) = value {
            fact(ui, cx, label, &value, None);
        }
    }
    ui.add_space(16.0);
    head(ui, "Quality");
    let infinite = s.posinf.unwrap_or(0) + s.neginf.unwrap_or(0);
    for (label, n) in [("NaN", s.nan), ("Inf", s.posinf.map(|_| infinite)), ("NaT", s.nat), ("Exact zeros", s.zeros)] {
        if let Some(n) = n {
            let bad = n > 0 && label != "Exact zeros";
            fact(ui, cx, label, &number::grouped(n), bad.then_some(cx.p.caution));
        }
    }
    ui.add_space(16.0);
    head(ui, "Stored");
    let end = array.span.end();
    fact(ui, cx, "Bytes", &format!("{:#x} … {end:#x}", array.span.start), None);
    fact(ui, cx, "Type", &array.kind, None);
    if let Some(dtype) = &array.dtype {
        let text = dtype.text();
        if text.len() < 24 {
            fact(ui, cx, "dtype", &text, None);
        }
    }
}

/// Rows read at once.
const PAGE: u64 = 64;
/// Columns shown; wider rows are cut and say so.
const COLUMNS: u64 = 64;
const CELL: f32 = 104.0;

fn values(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, array: &ArrayRef, focused: bool) {
    let (rows, columns) = match array.shape.as_slice() {
        [] => (1, 1),
        [n] => (*n, 1),
        [leading @ .., last] => (layout::count(leading).unwrap_or(0), *last),
    };
    let shown = columns.min(COLUMNS);
    let number_of = doc.selection.array.unwrap_or(0);
    let Some(view) = array.view() else { return };
    let area = ui.available_rect_before_wrap();
    if columns > shown {
        let words = format!("{} of {} columns", number::grouped(shown), number::grouped(columns));
        let (line, _) = ui.allocate_exact_size(vec2(area.width(), 22.0), Sense::hover());
        paint::text(
            ui.painter(),
            line.left() + 16.0,
            line.center().y,
            &words,
            theme::sans(11.0),
            cx.p.dim,
            line.width(),
        );
    }
    let mut pos = doc.at.detail;
    let ctx = ui.ctx().clone();
    let gutter = 88.0;
    let p = cx.p;
    let pages = &mut doc.values;
    #[expect(clippy::cast_precision_loss, reason = "at most 64 columns")]
    let wide = gutter + shown as f32 * CELL + 24.0;
    egui::ScrollArea::horizontal().id_salt("values").show(ui, |ui| {
        ui.set_min_width(wide.max(area.width()));
        let (head, _) = ui.allocate_exact_size(vec2(wide, 24.0), Sense::hover());
        for column in 0..shown {
            #[expect(clippy::cast_precision_loss, reason = "at most 64 columns")]
            let right = head.left() + gutter + (column as f32 + 1.0) * CELL;
            let words = if array.shape.len() < 2 { "value".to_owned() } else { column.to_string() };
            paint::text_right(ui.painter(), right - 8.0, head.center().y, &words, theme::mono(11.0), p.dim);
        }
        big_list(ui, &mut pos, rows, 22.0, focused, |ui, row| {
            let rect = ui.max_rect();
            let leading: Vec<u64> = match array.shape.as_slice() {
                [] => Vec::new(),
                [_] => vec![row],
                [leading @ .., _] => layout::unravel(row, leading),
            };
            let index = leading.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            paint::text_right(
                ui.painter(),
                rect.left() + gutter - 16.0,
                rect.center().y,
                &format!("[{index}]"),
                theme::mono(11.0),
                p.dim,
            );
            let page = row / PAGE;
            let key = (number_of, page);
            let (view, shape) = (view.clone(), array.shape.clone());
            pages.want(&ctx, key, move |progress| {
                let mut all = Vec::new();
                for row in page * PAGE..((page + 1) * PAGE).min(rows) {
                    progress.check(crate::bytes::Span::default())?;
                    let mut cells = Vec::new();
                    for column in 0..shown {
                        let index = match shape.as_slice() {
                            [] => Vec::new(),
                            [_] => vec![row],
                            [leading @ .., _] => {
                                let mut index = layout::unravel(row, leading);
                                index.push(column);
                                index
                            }
                        };
                        cells.push(escape::plain(&view.text(&index)?));
                    }
                    all.push(cells);
                }
                Ok(all)
            });
            match pages.get(key).as_deref() {
                Some(Ok(all)) => {
                    let cells = usize::try_from(row % PAGE).ok().and_then(|i| all.get(i));
                    for (column, cell) in cells.into_iter().flatten().enumerate() {
                        #[expect(clippy::cast_precision_loss, reason = "at most 64 columns")]
                        let right = rect.left() + gutter + (column as f32 + 1.0) * CELL;
                        let one = shown == 1;
                        let width = if one { rect.width() - gutter - 16.0 } else { CELL - 10.0 };
                        let galley = paint::cut(ui.painter(), cell, theme::mono(12.0), p.text, width);
                        let left = if one && array.shape.len() == 1 {
                            rect.left() + gutter
                        } else {
                            right - 8.0 - galley.size().x
                        };
                        ui.painter().galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, p.text);
                    }
                    let words = format!(
                        "[{index}] {}",
                        cells.map(|c| c.iter().take(8).cloned().collect::<Vec<_>>().join(" ")).unwrap_or_default()
                    );
                    ui.interact(rect, ui.scope_id(), Sense::hover())
                        .widget_info(|| WidgetInfo::labeled(Role::Row, true, words.clone()));
                }
                Some(Err(error)) => {
                    let words = error.to_string();
                    paint::text(
                        ui.painter(),
                        rect.left() + gutter,
                        rect.center().y,
                        &words,
                        theme::sans(12.0),
                        p.danger,
                        rect.width(),
                    );
                }
                None => {
                    paint::text(
                        ui.painter(),
                        rect.left() + gutter,
                        rect.center().y,
                        "…",
                        theme::mono(12.0),
                        p.dim,
                        40.0,
                    );
                }
            }
        });
    });
    doc.at.detail = pos;
}

// ---- objects ----

fn node_detail(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, node: NodeId, focused: bool) {
    let part = doc.selection.part;
    let artifact = Arc::clone(&doc.artifact);
    let Some(pickled) = artifact.pickled(part) else { return };
    let graph = &pickled.decoded.graph;
    let d = describe(&artifact, part, pickled, node, Detail::Full);
    let module = graph.class(node).map(|class| escape::plain(&class.dotted())).unwrap_or_default();
    let offset = graph.offset(node);
    let facts = if module.is_empty() { format!("at {offset:#x}") } else { format!("{module} · at {offset:#x}") };
    let leaf = Children::of(graph, &pickled.known, node).positions() == 0;
    let kind = if leaf { d.type_name.clone() } else { format!("{} {}", d.type_name, d.value) };
    title(ui, cx, class_icon(d.class), &name(doc), kind.trim(), &facts);
    let line = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), line - 0.5, Stroke::new(1.0, cx.p.line));
    if let Value::Global(symbol) = graph.value(node) {
        ui.add_space(16.0);
        let words =
            format!("The name {} of module {}. It is looked up when the file is loaded.", symbol.name, symbol.module);
        message(ui, cx, icons::CODE, cx.p.global, &escape::plain(&words));
        return;
    }
    if leaf {
        ui.add_space(12.0);
        let colour = cx.p.class(d.class);
        egui::ScrollArea::vertical().id_salt("leaf").show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.add_space(16.0);
                let words = egui::RichText::new(&d.value).font(theme::mono(12.0)).color(colour);
                ui.add(egui::Label::new(words).selectable(true).wrap());
            });
            if let Some(size) = d.size {
                ui.add_space(8.0);
                message(ui, cx, icons::INFO, cx.p.dim, &format!("{} bytes in all", number::grouped(size)));
            }
        });
        return;
    }
    children(ui, cx, doc, node, focused);
}

/// The children of an object as a table, however many there are.
fn children(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, node: NodeId, focused: bool) {
    let part = doc.selection.part;
    let artifact = Arc::clone(&doc.artifact);
    let Some(pickled) = artifact.pickled(part) else { return };
    let graph = &pickled.decoded.graph;
    let children = Children::of(graph, &pickled.known, node);
    let p = cx.p;
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    let columns = [("Name", 16.0), ("Value", 16.0 + head.width() * 0.32), ("Type", 16.0 + head.width() * 0.74)];
    for (words, at) in columns {
        paint::text(ui.painter(), head.left() + at, head.center().y, words, theme::semibold(12.0), p.text2, 100.0);
    }
    ui.painter().hline(head.x_range(), head.bottom() - 0.5, Stroke::new(1.0, p.line));
    let mut pos = doc.at.detail;
    let commands = &mut *cx.commands;
    big_list(ui, &mut pos, children.positions() as u64, 24.0, focused, |ui, row| {
        let i = usize::try_from(row).unwrap_or(usize::MAX);
        let Some((edge, child)) = children.get(graph, i) else { return };
        let rect = ui.max_rect();
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        paint::row_ground(ui.painter(), rect, false, response.hovered(), p);
        let mut key = String::new();
        edge.write(graph, &mut key);
        let key = escape::plain(key.trim_start_matches('.'));
        let d = describe(&artifact, part, pickled, child, Detail::Row);
        let (painter, middle) = (ui.painter(), rect.center().y);
        let at = |i: usize| rect.left() + columns.get(i).map_or(0.0, |c| c.1);
        paint::text(painter, at(0), middle, &key, theme::mono(12.0), p.text, at(1) - at(0) - 12.0);
        let plain = matches!(
            d.class,
            Class::List | Class::Dict | Class::Set | Class::Foreign | Class::Object | Class::Estimator
        );
        let (font, colour) = if plain { (theme::sans(12.0), p.dim) } else { (theme::mono(12.0), p.class(d.class)) };
        paint::text(painter, at(1), middle, &d.value, font, colour, at(2) - at(1) - 12.0);
        paint::text(painter, at(2), middle, &d.type_name, theme::sans(12.0), p.dim, rect.right() - at(2) - 16.0);
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("{key} {} {}", d.value, d.type_name)));
        if response.clicked() {
            commands.push(Command::Opcode(part, graph.offset(child)));
        }
    });
    doc.at.detail = pos;
}

// ---- nothing selected ----

fn overview(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc) {
    ui.add_space(16.0);
    if doc.artifact.problems.is_empty() {
        message(ui, cx, icons::INFO, cx.p.dim, "Choose an object on the left");
    }
    for problem in doc.artifact.problems.iter().take(20) {
        let words = format!("{:#x}: {problem}", problem.at.start);
        message(ui, cx, icons::WARNING, cx.p.caution, &words);
        ui.add_space(6.0);
    }
}

fn message(ui: &mut Ui, cx: &Ctx<'_>, icon: &str, colour: egui::Color32, words: &str) {
    ui.horizontal_wrapped(|ui| {
        ui.add_space(16.0);
        ui.label(egui::RichText::new(icon).font(theme::icon(15.0)).color(colour));
        ui.label(egui::RichText::new(words).color(cx.p.text2));
    });
}
