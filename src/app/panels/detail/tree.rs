//! A decision tree: drawn under a lens, with what it splits on and what is known of the selected node below.

use egui::{Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::message;
use crate::app::panels::Ctx;
use crate::app::tones::Tones;
use crate::app::tree_look::TreeLook;
use crate::app::update::Command;
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::paint;
use crate::app::widgets::tree_canvas::READABLE;
use crate::app::workspace::Pane;
use crate::app::{icons, theme};
use crate::formats::trees::{Ensemble, Importance, Meaning, Rule};
use crate::view::number;
use crate::view::trees::tone::{HUES, Hue, Tone};
use crate::view::trees::words::Fact;
use crate::view::trees::{Drawn, Grove, words};

/// Draws the open tree of an ensemble.
pub fn tree(ui: &mut Ui, cx: &mut Ctx<'_>, look: &mut TreeLook, grove: &Grove, index: usize, focused: bool) {
    let ensemble = &grove.ensemble;
    let drawn = look.drawn(&ui.ctx().clone(), ensemble, index);
    bar(ui, cx, look, grove, index, drawn.as_deref().and_then(|drawn| drawn.as_ref().ok()));
    let drawn = match drawn.as_deref() {
        Some(Ok(drawn)) => drawn,
        Some(Err(error)) => {
            ui.add_space(16.0);
            message(ui, cx, icons::WARNING, cx.p.danger, &format!("This tree cannot be drawn: {error}"));
            return;
        }
        None => return,
    };
    let area = ui.available_rect_before_wrap();
    let below = if area.height() > 560.0 { 244.0 } else { (area.height() * 0.42).clamp(96.0, 220.0) };
    let edge = area.bottom() - below;
    // In a narrow window the buttons would lie on the root.
    let strip = if area.width() < 520.0 { 38.0 } else { 0.0 };
    let canvas = Rect::from_min_max(pos2(area.left(), area.top() + strip), pos2(area.right(), edge));
    let mut child = ui.new_child(UiBuilder::new().id_salt("canvas").max_rect(canvas));
    child.set_clip_rect(area.with_max_y(edge).intersect(ui.clip_rect()));
    let before = look.canvas.selected;
    let response = look.canvas.show(&mut child, canvas, ensemble, drawn, focused);
    if response.clicked() || response.drag_started() || look.canvas.selected != before {
        cx.send(Command::Pane(Pane::Detail));
    }
    lens_buttons(&mut child, look, canvas, area.top() + 8.0, drawn);
    if look.canvas.zoom() < READABLE && canvas.width() > 480.0 && canvas.height() > 240.0 {
        let words = "Scroll or pinch to come nearer, drag to move, click a node for its facts";
        let at = canvas.left() + 16.0;
        paint::text(
            child.painter(),
            at,
            canvas.bottom() - 14.0,
            words,
            theme::sans(11.0),
            cx.p.dim,
            canvas.width() - 32.0,
        );
    }
    ui.painter().hline(area.x_range(), edge + 0.5, egui::Stroke::new(1.0, cx.p.line));
    facts(ui, cx, look, grove, drawn, Rect::from_min_max(pos2(area.left(), edge + 1.0), area.max));
    ui.allocate_rect(area, Sense::hover());
}

/// Which tree this is, the way back, its neighbours, the output.
fn bar(ui: &mut Ui, cx: &Ctx<'_>, look: &mut TreeLook, grove: &Grove, index: usize, drawn: Option<&Drawn>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::hover());
    let n = grove.ensemble.trees.count();
    let mut right = ui.new_child(
        UiBuilder::new()
            .max_rect(rect.shrink2(vec2(12.0, 0.0)))
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
    );
    right.spacing_mut().item_spacing.x = 2.0;
    if n > 1 {
        let label = |i: usize| format!("Tree {}", grove.ensemble.trees.label(i));
        if let Some(next) = Some(index + 1).filter(|next| *next < n)
            && paint::quiet(&mut right, icons::CARET_RIGHT, "", &format!("Next tree, {}", label(next))).clicked()
        {
            look.choose(Some(next));
        }
        if let Some(previous) = index.checked_sub(1)
            && paint::quiet(&mut right, icons::CARET_LEFT, "", &format!("Previous tree, {}", label(previous))).clicked()
        {
            look.choose(Some(previous));
        }
    }
    if let Some(outputs) = drawn.map(|drawn| drawn.tree.values.outputs).filter(|outputs| *outputs > 1) {
        let words = format!("Output {} of {outputs}", look.output + 1);
        if paint::quiet(&mut right, icons::CARET_RIGHT, &words, "Show the next output").clicked() {
            look.output = (look.output + 1) % outputs;
        }
    }
    let end = right.min_rect().left();
    let left = rect.with_max_x(end);
    let mut ui = ui.new_child(UiBuilder::new().max_rect(left).layout(egui::Layout::left_to_right(egui::Align::Center)));
    ui.spacing_mut().item_spacing.x = 8.0;
    ui.add_space(10.0);
    if n > 1 {
        if paint::quiet(&mut ui, icons::ARROW_LEFT, "All trees", "Back to all trees").clicked() {
            look.choose(None);
        }
    } else {
        ui.add_space(4.0);
    }
    let name = words::tree_name(&grove.ensemble, index);
    let facts = drawn.map(words::tree_facts).unwrap_or_default();
    let text = if n > 1 { format!("of {} · {facts}", number::grouped(n as u64)) } else { facts };
    let (place, response) = ui.allocate_exact_size(ui.available_size(), Sense::hover());
    // The meaning of the colours is worth more than the end of the facts.
    let legend = drawn.map_or(0.0, |drawn| legend(&ui, cx, place, &grove.ensemble, drawn));
    let place = place.with_max_x(place.right() - legend);
    let mut at = place.left();
    if n > 1 {
        at += paint::text(ui.painter(), at, place.center().y, &name, theme::semibold(13.0), cx.p.text, place.width())
            + 10.0;
    }
    paint::text(ui.painter(), at, place.center().y, &text, theme::sans(12.0), cx.p.dim, place.right() - at - 8.0);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}, {text}")));
}

/// What the colours mean, at the right end of `bar`; gives the width it takes.
fn legend(ui: &Ui, cx: &Ctx<'_>, bar: Rect, ensemble: &Ensemble, drawn: &Drawn) -> f32 {
    let tones = Tones::of(cx.p);
    let painter = ui.painter();
    let (y, right) = (bar.center().y, bar.right() - 8.0);
    let room = bar.width() * 0.72;
    let mut at = right;
    let mut said = Vec::new();
    match drawn.tree.values.meaning {
        Meaning::Classes => {
            let classes = drawn.tree.values.shares(drawn.tree.root(), drawn.output).len();
            let other = Hue::Class(HUES - 1);
            let crowd = drawn.scale.some_share_a_hue();
            let mut entries: Vec<(Hue, String)> = (0..u32::try_from(classes).unwrap_or(u32::MAX))
                .map(|class| (drawn.scale.hue(class), class))
                .filter(|(hue, _)| !crowd || *hue != other)
                .map(|(hue, class)| (hue, words::class(ensemble, drawn.output, class)))
                .collect();
            if crowd {
                entries.push((other, "others".to_owned()));
            }
            let laid: Vec<_> = entries
                .iter()
                .map(|(hue, name)| (*hue, paint::cut(painter, name, theme::sans(12.0), cx.p.text2, 120.0)))
                .collect();
            let whole: f32 = laid.iter().map(|(_, galley)| galley.size().x + 30.0).sum();
            if whole <= room {
                at -= whole;
                let mut x = at;
                for (hue, galley) in laid {
                    let square = Rect::from_center_size(pos2(x + 5.0, y), vec2(10.0, 10.0));
                    painter.rect_filled(square, 2.0, tones.hue(hue));
                    let width = galley.size().x;
                    painter.galley(pos2(x + 16.0, (y - galley.size().y / 2.0).round()), galley, cx.p.text2);
                    x += width + 30.0;
                }
                said = entries.into_iter().map(|(_, name)| name).collect();
            }
        }
        Meaning::Prediction | Meaning::Score if drawn.scale.low <= drawn.scale.high && room > 240.0 => {
            let signed = drawn.tree.values.meaning == Meaning::Score;
            let reach = drawn.scale.low.abs().max(drawn.scale.high.abs());
            let (low, high) = if signed { (-reach, reach) } else { (drawn.scale.low, drawn.scale.high) };
            let hue = if signed { Hue::Signed } else { Hue::Scale };
            let (low, high) = (number::short(low), number::short(high));
            at -= paint::text_right(painter, at, y, &high, theme::mono(11.0), cx.p.dim) + 6.0;
            at -= 120.0;
            colour_bar(painter, pos2(at, y), 2.0, |part| tones.get(Tone { hue, strength: part }));
            at -= 6.0;
            at -= paint::text_right(painter, at, y, &low, theme::mono(11.0), cx.p.dim) + 14.0;
            said = vec![format!("{low} to {high}")];
        }
        _ => {}
    }
    if !said.is_empty() {
        let rect = Rect::from_min_max(pos2(at, y - 8.0), pos2(right, y + 8.0));
        let response = ui.interact(rect, ui.scope_id().with("legend"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Colours: {}", said.join(", "))));
    }
    right - at + 8.0
}

/// A bar of 60 steps through a scale, its left end in the middle of its height.
fn colour_bar(painter: &egui::Painter, left: egui::Pos2, step: f32, colour: impl Fn(u8) -> egui::Color32) {
    let mut mesh = egui::Mesh::default();
    for i in 0..60u8 {
        let x = left.x + f32::from(i) * step;
        let rect = Rect::from_min_max(pos2(x, left.y - 4.0), pos2(x + step, left.y + 4.0));
        mesh.add_colored_rect(rect, colour(i.saturating_mul(4).saturating_add(i / 4)));
    }
    painter.add(egui::Shape::mesh(mesh));
}

/// Nearer, farther, all of it.
fn lens_buttons(ui: &mut Ui, look: &mut TreeLook, canvas: Rect, top: f32, drawn: &Drawn) {
    let p = crate::app::theme::Palette::of(ui.ctx());
    let place = Rect::from_min_size(pos2(canvas.right() - 176.0, top), vec2(168.0, 30.0));
    if canvas.width() < 260.0 {
        return;
    }
    ui.painter().rect_filled(place, 6.0, p.bg1);
    let mut buttons =
        ui.new_child(UiBuilder::new().max_rect(place).layout(egui::Layout::right_to_left(egui::Align::Center)));
    buttons.spacing_mut().item_spacing.x = 0.0;
    if paint::quiet(&mut buttons, icons::ARROWS_OUT_SIMPLE, "", "Show all of the tree (0)").clicked() {
        look.canvas.fit(drawn, canvas);
    }
    if paint::quiet(&mut buttons, icons::PLUS, "", "Nearer (+)").clicked() {
        look.canvas.zoom_by(1.25, canvas.center(), drawn, canvas);
    }
    let percent = format!("{:.0} %", look.canvas.zoom() * 100.0);
    let percent = if percent == "0 %" { "< 1 %".to_owned() } else { percent };
    let (middle, _) = buttons.allocate_exact_size(vec2(52.0, 28.0), Sense::hover());
    let galley = buttons.painter().layout_no_wrap(percent, theme::mono(11.0), p.text2);
    buttons.painter().galley(middle.center() - galley.size() / 2.0, galley, p.text2);
    if paint::quiet(&mut buttons, icons::MINUS, "", "Farther (-)").clicked() {
        look.canvas.zoom_by(0.8, canvas.center(), drawn, canvas);
    }
}

/// The strip below: the other trees, what this one splits on, the selected node and the way to it.
fn facts(ui: &mut Ui, cx: &Ctx<'_>, look: &mut TreeLook, grove: &Grove, drawn: &Drawn, rect: Rect) {
    let several = grove.ensemble.trees.count() > 1;
    let wide = rect.width();
    let mut parts: Vec<(f32, Part)> = vec![(1.0, Part::Node)];
    if wide >= 480.0 {
        parts.insert(0, (1.15, Part::Splits));
    }
    if wide >= 700.0 {
        parts.push((1.0, Part::Way));
    }
    if wide >= 900.0 && several {
        parts.insert(0, (1.15, Part::Forest));
    }
    let whole: f32 = parts.iter().map(|(share, _)| share).sum();
    let mut left = rect.left() + 16.0;
    let room = rect.width() - 16.0;
    for (share, part) in parts {
        let width = room * share / whole;
        let column = Rect::from_min_max(pos2(left, rect.top() + 10.0), pos2(left + width - 20.0, rect.bottom() - 6.0));
        let mut ui = ui.new_child(UiBuilder::new().id_salt(part).max_rect(column));
        ui.set_clip_rect(column.intersect(ui.clip_rect()));
        match part {
            Part::Forest => heat(&mut ui, cx, look, grove),
            Part::Splits => {
                importance_list(&mut ui, cx, &grove.ensemble, &drawn.importance, "What this tree splits on");
            }
            Part::Node => node(&mut ui, cx, look, &grove.ensemble, drawn, wide < 700.0),
            Part::Way => {
                heading(&mut ui, cx, "The way to it");
                egui::ScrollArea::vertical()
                    .id_salt("way")
                    .show(&mut ui, |ui| way(ui, cx, look, &grove.ensemble, drawn));
            }
        }
        left += width;
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Part {
    Forest,
    Splits,
    Node,
    Way,
}

pub(super) fn heading(ui: &mut Ui, cx: &Ctx<'_>, words: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    paint::text(ui.painter(), rect.left(), rect.top() + 8.0, words, theme::semibold(12.0), cx.p.text2, rect.width());
}

fn node(ui: &mut Ui, cx: &Ctx<'_>, look: &mut TreeLook, ensemble: &Ensemble, drawn: &Drawn, with_way: bool) {
    heading(ui, cx, "Selected node");
    egui::ScrollArea::vertical().id_salt("node").show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for Fact { name, value, exact } in words::facts(ensemble, drawn, look.canvas.selected) {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 21.0), Sense::hover());
            let (y, right) = (rect.center().y, rect.right() - 8.0);
            let value_galley = paint::cut(ui.painter(), &value, theme::mono(12.0), cx.p.text, rect.width() * 0.62);
            let at = right - value_galley.size().x;
            paint::text(ui.painter(), rect.left(), y, &name, theme::sans(12.0), cx.p.dim, at - rect.left() - 8.0);
            ui.painter().galley(pos2(at, y - value_galley.size().y / 2.0), value_galley, cx.p.text);
            response.widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("{name} {value}")));
            response.on_hover_text(exact.unwrap_or(value));
        }
        if with_way {
            ui.add_space(8.0);
            heading(ui, cx, "The way to it");
            way(ui, cx, look, ensemble, drawn);
        }
    });
}

/// The rules from the root to the selected node; a click goes to where one was decided.
fn way(ui: &mut Ui, cx: &Ctx<'_>, look: &mut TreeLook, ensemble: &Ensemble, drawn: &Drawn) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let rules = words::rules(ensemble, &drawn.tree, look.canvas.selected);
    if rules.is_empty() {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 21.0), Sense::hover());
        let words = "This is the root: every row passes it";
        paint::text(ui.painter(), rect.left(), rect.center().y, words, theme::sans(12.0), cx.p.dim, rect.width());
    }
    for (at, words) in rules {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 21.0), Sense::click());
        paint::row_ground(ui.painter(), rect, false, response.hovered() || response.has_focus(), cx.p);
        paint::text(
            ui.painter(),
            rect.left(),
            rect.center().y,
            &words,
            theme::mono(12.0),
            cx.p.text,
            rect.width() - 8.0,
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("{words}, go to node {at}")));
        if response.on_hover_text(&words).clicked() {
            look.canvas.select(at);
        }
    }
}

/// A table of features with bars.
pub(super) fn importance_list(ui: &mut Ui, cx: &Ctx<'_>, ensemble: &Ensemble, all: &[Importance], title: &str) {
    heading(ui, cx, title);
    if all.is_empty() {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 21.0), Sense::hover());
        let words = "Nothing: there is no split";
        paint::text(ui.painter(), rect.left(), rect.center().y, words, theme::sans(12.0), cx.p.dim, rect.width());
        return;
    }
    let by = match ensemble.rule {
        Rule::ImpurityMean | Rule::ImpuritySum => "Share of the impurity that splits on it take away",
        Rule::Gain => "Share of the gain of splits on it",
        Rule::Splits => "Share of the splits",
    };
    let most = all.first().map_or(1.0, |first| first.part).max(f64::MIN_POSITIVE);
    let mut pos = ui.data_mut(|d| d.get_temp(ui.scope_id().with("importance")).unwrap_or_default());
    let key = ui.scope_id().with("importance");
    big_list(ui, &mut pos, all.len() as u64, 21.0, false, |ui, row| {
        let Some(one) = usize::try_from(row).ok().and_then(|i| all.get(i)) else { return };
        let rect = ui.max_rect();
        let y = rect.center().y;
        let name = words::feature(ensemble, Some(one.feature));
        let part = words::percent(one.part);
        let name_width = (rect.width() * 0.48).min(200.0);
        paint::text(ui.painter(), rect.left(), y, &name, theme::sans(12.0), cx.p.text, name_width - 8.0);
        let right = rect.right() - 14.0;
        paint::text_right(ui.painter(), right, y, &part, theme::mono(12.0), cx.p.text);
        let left = rect.left() + name_width;
        #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1")]
        let share = (one.part / most).clamp(0.0, 1.0) as f32;
        let width = ((right - 60.0 - left) * share).max(2.0);
        let bar = Rect::from_min_size(pos2(left, y - 5.0), vec2(width, 10.0));
        ui.painter().rect_filled(bar, 2.0, cx.p.bar);
        let splits = number::count(one.splits, "split");
        let response = ui.interact(rect, ui.scope_id(), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("{name} {part}, {splits}")));
        response.on_hover_text(format!("{name}: {splits}. {by}."));
    });
    ui.data_mut(|d| d.insert_temp(key, pos));
}

/// All trees as squares, coloured by their number of leaves.
fn heat(ui: &mut Ui, cx: &Ctx<'_>, look: &mut TreeLook, grove: &Grove) {
    heading(ui, cx, "Forest, coloured by number of leaves");
    let leaves = |i: usize| grove.sizes.get(i).and_then(|size| size.as_ref().ok()).map(|size| size.leaves);
    let (low, high) = grove.leaves;
    let tones = Tones::of(cx.p);
    let tone = |leaves: u32| {
        let part = f64::from(leaves.saturating_sub(low)) / f64::from((high - low).max(1));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
        Tone { hue: Hue::Scale, strength: 24 + (part * 220.0) as u8 }
    };
    let area = ui.available_rect_before_wrap();
    let foot = 26.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "squares in a column")]
    let columns = ((area.width() / 20.0).floor() as usize).max(1);
    let n = grove.ensemble.trees.count();
    let mut chosen = None;
    let key = ui.scope_id().with("heat");
    let mut pos = ui.data_mut(|d| d.get_temp(key).unwrap_or_default());
    let list = area.with_max_y(area.bottom() - foot);
    let mut inner = ui.new_child(UiBuilder::new().max_rect(list));
    inner.set_clip_rect(list.intersect(ui.clip_rect()));
    big_list(&mut inner, &mut pos, n.div_ceil(columns) as u64, 20.0, false, |ui, row| {
        let rect = ui.max_rect();
        let first = usize::try_from(row).unwrap_or(0) * columns;
        for (i, x) in (first..n.min(first + columns)).zip(0u16..) {
            let min = pos2(rect.left() + f32::from(x) * 20.0, rect.top());
            let square = Rect::from_min_size(min, vec2(18.0, 18.0));
            let response = ui.interact(square, ui.scope_id().with(i), Sense::click());
            let colour = leaves(i).map_or(cx.p.danger, |leaves| tones.get(tone(leaves)));
            ui.painter().rect_filled(square, 3.0, colour);
            let current = look.chosen == Some(i);
            if current || response.hovered() || response.has_focus() {
                let stroke = egui::Stroke::new(2.0, if current { cx.p.accent } else { cx.p.text2 });
                ui.painter().rect_stroke(square, 3.0, stroke, egui::StrokeKind::Inside);
            }
            let words = match leaves(i) {
                Some(leaves) => format!("Tree {}, {leaves} leaves", grove.ensemble.trees.label(i)),
                None => format!("Tree {} cannot be read", grove.ensemble.trees.label(i)),
            };
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, current, &words));
            if response.on_hover_text(words).clicked() {
                chosen = Some(i);
            }
        }
    });
    ui.data_mut(|d| d.insert_temp(key, pos));
    let y = area.bottom() - foot / 2.0 + 2.0;
    let mut at = area.left();
    at += paint::text(ui.painter(), at, y, &low.to_string(), theme::mono(11.0), cx.p.dim, 60.0) + 6.0;
    let scale = |part: u8| {
        tones.get(Tone { hue: Hue::Scale, strength: 24 + u8::try_from(u16::from(part) * 220 / 255).unwrap_or(0) })
    };
    colour_bar(ui.painter(), pos2(at, y), 1.8, scale);
    paint::text(ui.painter(), at + 114.0, y, &high.to_string(), theme::mono(11.0), cx.p.dim, 60.0);
    if let Some(chosen) = chosen {
        look.choose(Some(chosen));
    }
}

/// The ensemble's trees, whichever way they are looked at.
pub fn trees(ui: &mut Ui, cx: &mut Ctx<'_>, look: &mut TreeLook, grove: &Grove, focused: bool) {
    if grove.ensemble.trees.count() == 0 {
        ui.add_space(16.0);
        message(ui, cx, icons::INFO, cx.p.dim, "There are no trees in it");
        return;
    }
    match look.chosen {
        Some(index) => tree(ui, cx, look, grove, index, focused),
        None => super::forest::forest(ui, cx, look, grove, focused),
    }
}
