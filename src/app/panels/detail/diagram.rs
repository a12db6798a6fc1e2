//! How an estimator is put together, drawn as boxes: steps below each other, branches beside each other, what wraps
//! around what it wraps. A click selects the object in the tree; a caret opens the parts, or the parameters.

use egui::{CornerRadius, Painter, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::estimator::value_style;
use super::message;
use crate::app::panels::Ctx;
use crate::app::theme::Palette;
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::Doc;
use crate::app::{icons, theme};
use crate::formats::structure::{Fitted, Form};
use crate::view::diagram::{Block, Diagram};
use crate::view::estimator::{Parameter, fitted_text};
use crate::view::number;

/// First line of a box, and each further one.
const HEAD: f32 = 32.0;
const LINE: f32 = 18.0;
/// A parameter.
const ROW: f32 = 20.0;
/// Inside of what wraps, between steps, between branches, and the rails above and below branches.
const PAD: f32 = 12.0;
const STEP: f32 = 20.0;
const BESIDE: f32 = 12.0;
const RAIL: f32 = 14.0;
/// Between the head of what wraps and its steps.
const BELOW_HEAD: f32 = 6.0;
/// Widths of a box by itself.
const NARROW: f32 = 176.0;
const WIDE: f32 = 288.0;
/// Steps up to this width are all as wide as the widest.
const EVEN: f32 = 480.0;
/// Room for the names of parameters.
const NAMES: f32 = 156.0;

/// What of a box is open.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Opened {
    parts: bool,
    parameters: bool,
}

/// A box on its place.
#[derive(Clone, Copy, Debug)]
struct Place {
    opened: Opened,
    shown: bool,
    size: Vec2,
    rect: Rect,
}

/// Draws the diagram.
pub fn diagram(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, shown: Option<&Diagram>) {
    let Some(shown) = shown else {
        ui.add_space(16.0);
        message(ui, cx, icons::INFO, cx.p.dim, "This object is not made of other estimators.");
        return;
    };
    bar(ui, cx, doc, shown);
    let mut places = sizes(ui.painter(), doc, shown);
    let whole = places.first().map_or(Vec2::ZERO, |place| place.size) + Vec2::splat(32.0);
    let area = egui::ScrollArea::both()
        .id_salt(("diagram", shown.root.raw()))
        .auto_shrink(false)
        .scroll_source(egui::scroll_area::ScrollSource::ALL);
    area.show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(whole.max(ui.available_size()), Sense::hover());
        arrange(shown, &mut places, rect.min + Vec2::splat(16.0));
        for (i, (block, place)) in shown.blocks.iter().zip(&places).enumerate() {
            if place.shown && ui.is_rect_visible(place.rect) {
                draw(ui, cx, doc, shown, &places, i, block, *place);
            }
        }
    });
}

fn bar(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, shown: &Diagram) {
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    let n = shown.blocks.iter().filter(|block| block.fitted.is_some()).count() as u64;
    let waiting = shown.blocks.iter().filter(|block| block.fitted == Some(Fitted::No)).count() as u64;
    let unread = shown.blocks.iter().any(|block| block.fitted == Some(Fitted::Unread));
    let mut words = number::count(n, "estimator");
    words.push_str(match waiting {
        0 if unread => ", the file breaks off",
        0 => ", all fitted",
        w if w == n => ", none fitted",
        _ => "",
    });
    if waiting > 0 && waiting < n {
        words.push_str(&format!(", {} not fitted", number::grouped(waiting)));
    }
    if shown.cut {
        words.push_str(". Not all is shown: it is too deep, too large, or holds itself");
    }
    let mut ends = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(bar.shrink2(vec2(12.0, 0.0)))
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
    );
    ends.spacing_mut().item_spacing.x = 2.0;
    let key = |i: usize| (doc.selection.part, shown.root.raw(), i);
    let close = paint::quiet(&mut ends, icons::MINUS, "Close", "Close all boxes").clicked();
    let open = paint::quiet(&mut ends, icons::PLUS, "Open", "Open all boxes").clicked();
    let room = ends.available_width() - 12.0;
    paint::text(ui.painter(), bar.left() + 16.0, bar.center().y, &words, theme::sans(12.0), cx.p.dim, room);
    ui.interact(bar, ui.scope_id().with("diagram bar"), Sense::hover())
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, words.clone()));
    if open || close {
        for (i, block) in shown.blocks.iter().enumerate() {
            // By itself what wraps is open, except the root it is never closed to nothing, and parameters are closed.
            let parts = block.form != Form::Leaf && block.node.is_some() && i > 0;
            for (slot, toggled) in [(i * 2, close && parts), (i * 2 + 1, open && !block.parameters.is_empty())] {
                if toggled {
                    doc.toggled.insert(key(slot));
                } else {
                    doc.toggled.remove(&key(slot));
                }
            }
        }
    }
}

fn opened(doc: &Doc, shown: &Diagram, i: usize, block: &Block) -> Opened {
    let toggled = |slot: usize| doc.toggled.contains(&(doc.selection.part, shown.root.raw(), slot));
    Opened {
        parts: block.form != Form::Leaf && !toggled(i * 2),
        parameters: !block.parameters.is_empty() && toggled(i * 2 + 1),
    }
}

/// Height of what stands above the parameters and parts.
fn head_height(block: &Block) -> f32 {
    if block.node.is_none() {
        return 0.0;
    }
    let lines = [&block.note, &block.summary].into_iter().filter(|words| !words.is_empty()).count();
    #[expect(clippy::cast_precision_loss, reason = "two at most")]
    let more = lines as f32 * LINE;
    HEAD + if lines > 0 { more + 6.0 } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "pixels of a box")]
fn parameters_height(block: &Block, opened: Opened) -> f32 {
    if opened.parameters { block.parameters.len() as f32 * ROW + 8.0 } else { 0.0 }
}

fn width_of(painter: &Painter, words: &str, font: egui::FontId) -> f32 {
    if words.is_empty() { 0.0 } else { paint::cut(painter, words, font, egui::Color32::WHITE, WIDE).size().x }
}

/// Sizes from the inside out: parents stand before their children, so the list is walked backwards.
#[expect(clippy::cast_precision_loss, reason = "pixels of boxes")]
fn sizes(painter: &Painter, doc: &Doc, shown: &Diagram) -> Vec<Place> {
    let nothing = Place {
        opened: Opened { parts: false, parameters: false },
        shown: false,
        size: Vec2::ZERO,
        rect: Rect::NOTHING,
    };
    let mut all = vec![nothing; shown.blocks.len()];
    for (i, block) in shown.blocks.iter().enumerate().rev() {
        let opened = opened(doc, shown, i, block);
        let mut size = Vec2::ZERO;
        if block.node.is_some() {
            let name = width_of(painter, &block.name, theme::mono(12.0));
            let class = width_of(painter, &block.class, theme::semibold(13.0));
            let set = width_of(painter, &block.set, theme::sans(11.0));
            let head = 30.0 + name + if name > 0.0 { 8.0 } else { 0.0 } + class + 16.0 + set + 34.0;
            let more = width_of(painter, &block.note, theme::mono(11.0)).max(width_of(
                painter,
                &block.summary,
                theme::mono(11.0),
            ));
            let wide = if opened.parameters { 300.0 } else { NARROW };
            // Names are whole, as far as a pane goes; what is said below them is cut first.
            size.x = head.min(EVEN).max((more + 42.0).min(WIDE)).max(wide);
            size.y = head_height(block) + parameters_height(block, opened);
        }
        if opened.parts {
            let inner = block.children.iter().filter_map(|child| all.get(*child)).map(|place| place.size);
            let n = block.children.len().saturating_sub(1) as f32;
            let body = match block.form {
                Form::Parallel => {
                    inner.fold(Vec2::ZERO, |sum, size| vec2(sum.x + size.x, sum.y.max(size.y)))
                        + vec2(n * BESIDE, RAIL * 2.0)
                }
                _ => {
                    let gaps = n * STEP + if block.node.is_some() { BELOW_HEAD } else { 0.0 };
                    inner.fold(Vec2::ZERO, |sum, size| vec2(sum.x.max(size.x), sum.y + size.y)) + vec2(0.0, gaps)
                }
            };
            let pad = if block.node.is_some() { PAD } else { 0.0 };
            size = vec2(size.x.max(body.x + pad * 2.0), size.y + body.y + pad);
        }
        if let Some(place) = all.get_mut(i) {
            (place.opened, place.size) = (opened, size);
        }
    }
    all
}

/// Places from the outside in.
fn arrange(shown: &Diagram, all: &mut [Place], at: egui::Pos2) {
    if let Some(root) = all.first_mut() {
        (root.shown, root.rect) = (true, Rect::from_min_size(at, root.size));
    }
    for (i, block) in shown.blocks.iter().enumerate() {
        let Some(place) = all.get(i).copied() else { continue };
        if !place.shown || !place.opened.parts {
            continue;
        }
        let top = place.rect.top() + head_height(block) + parameters_height(block, place.opened);
        let centre = place.rect.center().x;
        let pad = if block.node.is_some() { PAD } else { 0.0 };
        let room = place.rect.width() - pad * 2.0;
        let sizes: Vec<Vec2> = block.children.iter().filter_map(|c| all.get(*c)).map(|place| place.size).collect();
        #[expect(clippy::cast_precision_loss, reason = "pixels of boxes")]
        let taken: f32 = sizes.iter().map(|size| size.x).sum::<f32>() + sizes.len().saturating_sub(1) as f32 * BESIDE;
        let mut next = match block.form {
            Form::Parallel => pos2(centre - taken / 2.0, top + RAIL),
            _ => pos2(centre, top + if block.node.is_some() { BELOW_HEAD } else { 0.0 }),
        };
        for (child, size) in block.children.iter().zip(sizes) {
            let Some(place) = all.get_mut(*child) else { continue };
            place.shown = true;
            if block.form == Form::Parallel {
                place.rect = Rect::from_min_size(next, size);
                next.x += size.x + BESIDE;
            } else {
                let width = if room <= EVEN { room } else { size.x };
                place.rect = Rect::from_min_size(pos2(centre - width / 2.0, next.y), vec2(width, size.y));
                next.y += size.y + STEP;
            }
        }
    }
}

/// Lines from step to step, and the rails that branches hang on.
fn connect(painter: &Painter, block: &Block, within: Rect, all: &[Place], p: &Palette) {
    let stroke = Stroke::new(1.0, p.line2);
    let places: Vec<Rect> = block.children.iter().filter_map(|c| all.get(*c)).map(|place| place.rect).collect();
    if block.form == Form::Serial {
        for pair in places.windows(2) {
            let [above, below] = pair else { continue };
            let x = above.center().x.round() + 0.5;
            painter.vline(x, above.bottom()..=below.top() - 2.0, stroke);
            for side in [-1.0, 1.0] {
                painter.line_segment([pos2(x + side * 3.5, below.top() - 6.0), pos2(x, below.top() - 2.0)], stroke);
            }
        }
        return;
    }
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return };
    let lowest = places.iter().map(Rect::bottom).fold(first.bottom(), f32::max);
    let (top, bottom) = (first.top() - RAIL / 2.0, lowest + RAIL / 2.0);
    let span = first.center().x.round() + 0.5..=last.center().x.round() + 0.5;
    for (y, out) in [(top, -RAIL / 2.0), (bottom, RAIL / 2.0)] {
        painter.hline(span.clone(), y.round() + 0.5, stroke);
        let middle = within.center().x.round() + 0.5;
        painter.vline(middle, y.min(y + out)..=y.max(y + out), stroke);
    }
    for rect in &places {
        let x = rect.center().x.round() + 0.5;
        painter.vline(x, top..=rect.top(), stroke);
        painter.vline(x, rect.bottom()..=bottom, stroke);
    }
}

#[expect(clippy::too_many_arguments, reason = "a box, its place, and what it stands in")]
fn draw(
    ui: &mut Ui,
    cx: &mut Ctx<'_>,
    doc: &mut Doc,
    shown: &Diagram,
    all: &[Place],
    i: usize,
    block: &Block,
    place: Place,
) {
    let p = cx.p;
    let Some(node) = block.node else { return connect(ui.painter(), block, place.rect, all, p) };
    let (rect, opened) = (place.rect, place.opened);
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), head_height(block)));
    let wraps = block.form != Form::Leaf;
    let id = ui.scope_id().with(("box", i));
    let response = ui.interact(head, id, Sense::click());
    let selected = doc.selection.node == Some(node);
    let stroke = match (selected, response.hovered()) {
        (true, _) => Stroke::new(2.0, p.accent),
        (false, true) => Stroke::new(1.0, p.dim),
        (false, false) => Stroke::new(1.0, p.line2),
    };
    let fill = match (selected, response.hovered(), wraps) {
        (true, ..) => p.sel,
        (false, true, _) => p.hov,
        (false, false, true) => p.bg1,
        (false, false, false) => p.bg2,
    };
    // What wraps is an outline with a head; only the head takes the colour, so that boxes in boxes stay quiet.
    let radius = CornerRadius::same(if wraps { 8 } else { 6 });
    let painter = ui.painter().clone();
    painter.rect_filled(rect, radius, if wraps { p.bg1 } else { fill });
    if wraps && fill != p.bg1 {
        let low = if opened.parts || opened.parameters { 0 } else { 8 };
        painter.rect_filled(head, CornerRadius { nw: 8, ne: 8, sw: low, se: low }, fill);
    }
    painter.rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    if opened.parts {
        connect(&painter, block, rect, all, p);
    }
    if response.has_focus() {
        painter.rect_stroke(rect.expand(3.0), radius, Stroke::new(2.0, p.accent), StrokeKind::Inside);
    }
    // Parameters open by their count, parts by the caret; a box without parts opens its parameters by the caret too.
    let slot = if wraps { i * 2 } else { i * 2 + 1 };
    let is_open = if wraps { opened.parts } else { opened.parameters };
    let mut toggle = None;
    let middle = rect.top() + HEAD / 2.0;
    if wraps || !block.parameters.is_empty() {
        let caret = Rect::from_center_size(pos2(rect.left() + 16.0, middle), Vec2::splat(20.0));
        let over = ui.interact(caret, id.with("caret"), Sense::click());
        let glyph = if is_open { icons::CARET_DOWN } else { icons::CARET_RIGHT };
        paint::icon(&painter, caret.center(), glyph, 12.0, if over.hovered() { p.text } else { p.dim });
        let verb = if is_open { "Close" } else { "Open" };
        let words = format!("{verb} {}", title(block));
        over.widget_info(|| WidgetInfo::labeled(Role::Button, true, words.clone()));
        if over.clicked() {
            toggle = Some(slot);
        }
    }
    let mut right = rect.right() - 12.0;
    if let Some(fitted) = block.fitted {
        let (glyph, colour) = match fitted {
            Fitted::Yes => (icons::CHECK_CIRCLE, p.ok),
            Fitted::No | Fitted::Unread => (icons::CIRCLE, p.dim),
            Fitted::Stateless => (icons::MINUS_CIRCLE, p.dim),
        };
        paint::icon(&painter, pos2(right - 7.0, middle), glyph, 14.0, colour);
        right -= 22.0;
    }
    let width = width_of(&painter, &block.set, theme::sans(11.0));
    let names =
        width_of(&painter, &block.name, theme::mono(12.0)) + width_of(&painter, &block.class, theme::semibold(13.0));
    // Names matter more than counts.
    if !block.set.is_empty() && rect.left() + 38.0 + names + 12.0 + width <= right {
        let area =
            Rect::from_min_max(pos2(right - width - 4.0, rect.top() + 6.0), pos2(right + 2.0, rect.top() + 26.0));
        let over = ui.interact(area, id.with("set"), Sense::click());
        let colour = if over.hovered() {
            p.accent
        } else if selected {
            p.text2
        } else {
            p.dim
        };
        paint::text_right(&painter, right, middle, &block.set, theme::sans(11.0), colour);
        over.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Parameters of {}", title(block))));
        if over.on_hover_text("Show or hide the parameters").clicked() && !block.parameters.is_empty() {
            toggle = Some(i * 2 + 1);
        }
        right -= width + 12.0;
    }
    let mut left = rect.left() + 30.0;
    if !block.name.is_empty() {
        left += paint::text(&painter, left, middle, &block.name, theme::mono(12.0), p.text2, right - left) + 8.0;
    }
    let idle = block.fitted.is_none();
    let (font, colour) = if idle { (theme::mono(12.0), p.string) } else { (theme::semibold(13.0), p.text) };
    paint::text(&painter, left, middle, &block.class, font, colour, right - left);
    let mut line = rect.top() + HEAD + LINE / 2.0 - 2.0;
    for (words, colour) in [(&block.note, p.array), (&block.summary, p.text2)] {
        if !words.is_empty() {
            paint::text(&painter, rect.left() + 30.0, line, words, theme::mono(11.0), colour, rect.width() - 42.0);
            line += LINE;
        }
    }
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, block.sentence()));
    let hover = block.fitted.map(fitted_text).unwrap_or("no estimator");
    let response = response.on_hover_text(format!("{}: {hover}", title(block)));
    if response.clicked() {
        cx.send(Command::Block(shown.root, block.way.clone()));
    }
    if response.double_clicked() {
        toggle = Some(slot);
    }
    if opened.parameters {
        let mut top = head.bottom() + 2.0;
        painter.hline(rect.left() + 12.0..=rect.right() - 12.0, head.bottom() - 0.5, Stroke::new(1.0, p.line));
        for parameter in &block.parameters {
            let row = Rect::from_min_size(pos2(rect.left() + 6.0, top), vec2(rect.width() - 12.0, ROW));
            top += ROW;
            if ui.is_rect_visible(row) && draw_parameter(ui, row, id.with(parameter.position), parameter, p) {
                let mut way = block.way.clone();
                way.push((node, parameter.position));
                cx.send(Command::Block(shown.root, way));
            }
        }
    }
    if let Some(slot) = toggle {
        let key = (doc.selection.part, shown.root.raw(), slot);
        if !doc.toggled.remove(&key) {
            doc.toggled.insert(key);
        }
    }
}

fn title(block: &Block) -> String {
    format!("{} {}", block.name, block.class).trim().to_owned()
}

fn draw_parameter(ui: &Ui, rect: Rect, id: egui::Id, parameter: &Parameter, p: &Palette) -> bool {
    let response = ui.interact(rect, id, Sense::click());
    let painter = ui.painter();
    if response.hovered() {
        painter.rect_filled(rect, 4.0, p.hov);
    }
    let set = !parameter.standing.is_default();
    let (left, middle) = (rect.left() + 6.0, rect.center().y);
    if matches!(parameter.standing, crate::formats::estimator::Standing::Set(_)) {
        painter.circle_filled(pos2(left + 4.0, middle), 2.5, p.accent);
    }
    let colour = if set { p.text } else { p.dim };
    let names = NAMES.min(rect.width() * 0.55);
    paint::text(painter, left + 18.0, middle, &parameter.name, theme::mono(11.0), colour, names - 4.0);
    let value = if parameter.value.is_empty() { &parameter.type_name } else { &parameter.value };
    let (font, colour) = value_style(parameter.class, set, p);
    let font = egui::FontId { size: 11.0, ..font };
    let at = left + 18.0 + names;
    paint::text(painter, at, middle, value, font, colour, rect.right() - 6.0 - at);
    response.widget_info(|| WidgetInfo::labeled(Role::Row, true, parameter.sentence()));
    response.on_hover_text(parameter.sentence()).clicked()
}
