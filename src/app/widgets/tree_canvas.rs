//! A drawn tree under a lens that zooms and moves. What is drawn depends on the window, not on the tree: rows outside are
//! never looked at, and from far away neighbours that share a pixel are one bar. Near enough to read, nodes are boxes;
//! farther out, their boxes without words; from afar, bars.

use egui::{
    Color32, CornerRadius, EventFilter, Key, Mesh, Modifiers, Pos2, Rect, Response, Role, Sense, Shape, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::paint;
use crate::app::theme::{self, Palette};
use crate::app::tones::Tones;
use crate::formats::trees::{Ensemble, Meaning};
use crate::view::trees::layout::{BOX_HEIGHT, PITCH, Slot, width_of};
use crate::view::trees::{Drawn, words};

/// From here on boxes have words.
pub const READABLE: f32 = 0.55;
/// Below, boxes are bars without edges between all of them.
const BARS: f32 = 0.16;
/// Rows are never pulled apart beyond half size to fill a window.
const HALF: f32 = 0.5;
/// Largest zoom.
const NEAREST: f32 = 3.0;
/// Boxes that are controls of their own; where more are visible, only clicks find them.
const CONTROLS: usize = 600;
/// Space around the whole tree, in points.
const MARGIN: f32 = 20.0;

/// Where the lens is, and what is selected.
#[derive(Clone, Debug)]
pub struct Canvas {
    zoom: f32,
    /// What lies in the middle, in the layout's own points.
    centre: [f64; 2],
    moved: bool,
    /// The zoom at which all of the tree is visible.
    whole: f32,
    /// Least zoom of heights.
    least_y: f32,
    /// The selected node.
    pub selected: u32,
    bring: bool,
}

impl Default for Canvas {
    fn default() -> Self {
        Self { zoom: 1.0, centre: [0.0; 2], moved: false, whole: 1.0, least_y: 0.0, selected: 0, bring: false }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "pixels of a window")]
fn f(value: f64) -> f32 {
    value as f32
}

impl Canvas {
    /// How large things are: 1 is full size.
    pub fn zoom(&self) -> f32 {
        self.zoom
    }

    /// Shows all of the tree.
    pub fn fit(&mut self, drawn: &Drawn, rect: Rect) {
        self.measure(drawn, rect);
        self.moved = false;
        self.zoom = self.whole.min(1.0);
        self.centre = [drawn.layout.width / 2.0, drawn.layout.height / 2.0];
        // A low tree stands at the top, as text does.
        let spare = rect.height() / 2.0 - MARGIN - f(drawn.layout.height) * self.zoom_y() / 2.0;
        self.centre[1] += f64::from(spare.max(0.0) / self.zoom_y());
    }

    /// Takes the measure of the window: the zoom at which all of the tree is visible, and the one at which its height is.
    fn measure(&mut self, drawn: &Drawn, rect: Rect) {
        let wide = (rect.width() - 2.0 * MARGIN).max(10.0) / f(drawn.layout.width).max(1.0);
        self.least_y = ((rect.height() - 2.0 * MARGIN).max(10.0) / f(drawn.layout.height).max(1.0)).min(HALF);
        // Below half size only the width counts: the height follows.
        let high = (rect.height() - 2.0 * MARGIN).max(10.0) / f(drawn.layout.height).max(1.0);
        self.whole = if wide < self.least_y { wide } else { wide.min(high) };
    }

    /// Zoom of heights. A tree of a hundred thousand leaves is a thousand times wider than high, so that from afar it
    /// would be a line: rows stay as far apart as the window has room for.
    fn zoom_y(&self) -> f32 {
        self.zoom.max(self.least_y)
    }

    /// Multiplies the zoom; what is at `around` stays there.
    pub fn zoom_by(&mut self, factor: f32, around: Pos2, drawn: &Drawn, rect: Rect) {
        self.measure(drawn, rect);
        self.moved = true;
        let before = (self.zoom, self.zoom_y());
        self.zoom = (self.zoom * factor).clamp(self.whole.min(1.0) * 0.8, NEAREST);
        let off = around - rect.center();
        self.centre[0] += f64::from(off.x) * (f64::from(1.0 / before.0) - f64::from(1.0 / self.zoom));
        self.centre[1] += f64::from(off.y) * (f64::from(1.0 / before.1) - f64::from(1.0 / self.zoom_y()));
    }

    /// Moves the lens so that a node is inside.
    fn bring_in(&mut self, drawn: &Drawn, rect: Rect, id: u32) {
        let (x, y) = (drawn.layout.x(id), f64::from(drawn.tree.depth_of(id)) * PITCH + BOX_HEIGHT / 2.0);
        let reach = |side: f32, zoom: f32, own: f64| (f64::from(side / 2.0 / zoom) - own).max(0.0);
        let (wide, high) = (reach(rect.width(), self.zoom, 90.0), reach(rect.height(), self.zoom_y(), BOX_HEIGHT));
        let before = self.centre;
        self.centre[0] = self.centre[0].clamp(x - wide, x + wide);
        self.centre[1] = self.centre[1].clamp(y - high, y + high);
        self.moved |= self.centre != before;
    }

    /// Selects a node and brings it into view.
    pub fn select(&mut self, id: u32) {
        (self.selected, self.bring) = (id, true);
    }

    fn keys(&mut self, ui: &Ui, drawn: &Drawn, rect: Rect) {
        let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        let tree = &drawn.tree;
        let at = self.selected;
        let row = drawn.layout.row(tree.depth_of(at));
        let beside = |step: isize| {
            let i = row.partition_point(|slot| slot.x < drawn.layout.x(at));
            i.checked_add_signed(step).and_then(|i| row.get(i)).map(|slot| slot.id)
        };
        let next = if pressed(Key::ArrowUp) {
            tree.parent(at)
        } else if pressed(Key::ArrowDown) {
            tree.children(at).map(|[left, _]| left)
        } else if pressed(Key::ArrowLeft) {
            beside(-1)
        } else if pressed(Key::ArrowRight) {
            beside(1)
        } else if pressed(Key::Home) {
            Some(tree.root())
        } else {
            None
        };
        if let Some(next) = next {
            self.select(next);
        }
        if pressed(Key::Plus) || pressed(Key::Equals) {
            self.zoom_by(1.25, rect.center(), drawn, rect);
        }
        if pressed(Key::Minus) {
            self.zoom_by(0.8, rect.center(), drawn, rect);
        }
        if pressed(Key::Num0) {
            self.fit(drawn, rect);
        }
    }

    /// Draws the tree in `rect` and takes in what the pointer and, if `focused`, the keys do there.
    pub fn show(&mut self, ui: &mut Ui, rect: Rect, ensemble: &Ensemble, drawn: &Drawn, focused: bool) -> Response {
        self.measure(drawn, rect);
        // Until somebody moves the lens, all of the tree is shown, however the window changes.
        if !self.moved {
            self.fit(drawn, rect);
        }
        self.selected = if drawn.tree.node(self.selected).is_some() { self.selected } else { drawn.tree.root() };
        let response = ui.interact(rect, ui.scope_id().with("tree canvas"), Sense::click_and_drag());
        if response.dragged() {
            let by = response.drag_delta();
            self.moved = true;
            self.centre[0] -= f64::from(by.x / self.zoom);
            self.centre[1] -= f64::from(by.y / self.zoom_y());
        }
        if response.clicked() {
            response.request_focus();
        }
        if let Some(pointer) = ui.ctx().pointer_latest_pos().filter(|at| rect.contains(*at))
            && ui.rect_contains_pointer(rect)
        {
            let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta(), i.zoom_delta()));
            let factor = pinch * (scroll.y / 240.0).exp();
            if factor != 1.0 {
                self.zoom_by(factor, pointer, drawn, rect);
            }
            if scroll.x != 0.0 {
                self.moved = true;
                self.centre[0] -= f64::from(scroll.x / self.zoom);
            }
        }
        if response.has_focus() {
            let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
        }
        if (focused || response.has_focus()) && !ui.ctx().text_edit_focused() {
            self.keys(ui, drawn, rect);
        }
        if std::mem::take(&mut self.bring) {
            self.bring_in(drawn, rect, self.selected);
        }
        // The tree never leaves the window altogether.
        let half = |side: f32, zoom: f32| f64::from(side / 2.0 / zoom) * 0.8;
        let (wide, high) = (half(rect.width(), self.zoom), half(rect.height(), self.zoom_y()));
        self.centre[0] = self.centre[0].clamp(-wide, drawn.layout.width + wide);
        self.centre[1] = self.centre[1].clamp(-high, drawn.layout.height + high);
        let p = Palette::of(ui.ctx());
        let mut view = View { rect, canvas: self, ensemble, drawn, p, tones: Tones::of(p), mesh: Mesh::default() };
        let size = drawn.tree.size();
        response.widget_info(|| {
            let selected = words::sentence(ensemble, drawn, view.canvas.selected);
            WidgetInfo::labeled(Role::Canvas, true, format!("Tree of {} nodes. Selected: {selected}", size.nodes))
        });
        let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect));
        inner.set_clip_rect(rect.intersect(ui.clip_rect()));
        let clicked = view.draw(&mut inner, &response);
        if let Some(id) = clicked {
            self.selected = id;
            response.request_focus();
        }
        response
    }
}

/// What one drawing needs.
struct View<'a> {
    rect: Rect,
    canvas: &'a Canvas,
    ensemble: &'a Ensemble,
    drawn: &'a Drawn,
    p: &'static Palette,
    tones: &'static Tones,
    mesh: Mesh,
}

impl View<'_> {
    fn x(&self, x: f64) -> f32 {
        self.rect.center().x + f((x - self.canvas.centre[0]) * f64::from(self.canvas.zoom))
    }

    fn y(&self, y: f64) -> f32 {
        self.rect.center().y + f((y - self.canvas.centre[1]) * f64::from(self.canvas.zoom_y()))
    }

    fn top(&self, row: u32) -> f32 {
        self.y(f64::from(row) * PITCH)
    }

    fn box_of(&self, id: u32) -> Rect {
        let zoom = self.canvas.zoom;
        let (half, top) = (f(width_of(&self.drawn.tree, id)) / 2.0 * zoom, self.top(self.drawn.tree.depth_of(id)));
        let x = self.x(self.drawn.layout.x(id));
        Rect::from_min_max(pos2(x - half, top), pos2(x + half, top + f(BOX_HEIGHT) * self.canvas.zoom_y()))
    }

    fn quad(&mut self, rect: Rect, colour: Color32) {
        self.mesh.add_colored_rect(rect.intersect(self.rect.expand(8.0)), colour);
    }

    /// The rows and the stretch of them that are visible.
    fn visible(&self) -> (std::ops::Range<u32>, f64, f64) {
        let zoom = f64::from(self.canvas.zoom);
        let half = f64::from(self.rect.height() / 2.0 / self.canvas.zoom_y());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and that is meant")]
        let row = |y: f64| (y / PITCH).floor().max(0.0) as u32;
        let first = row(self.canvas.centre[1] - half);
        let last = row(self.canvas.centre[1] + half).saturating_add(2).min(self.drawn.layout.rows());
        let wide = f64::from(self.rect.width()) / 2.0 / zoom;
        (first.min(last)..last, self.canvas.centre[0] - wide, self.canvas.centre[0] + wide)
    }

    fn draw(&mut self, ui: &mut Ui, response: &Response) -> Option<u32> {
        let zoom = self.canvas.zoom;
        let (rows, low, high) = self.visible();
        if zoom < BARS {
            self.bars(rows, low, high);
            self.flush(ui);
            self.ring(ui);
            return self.hit(response);
        }
        let mut nodes = Vec::new();
        for row in rows {
            nodes.extend(self.drawn.layout.row_between(row, low, high).iter().map(|slot| slot.id));
        }
        for id in &nodes {
            self.edge(*id, zoom);
        }
        if zoom < READABLE {
            for id in &nodes {
                self.small_box(*id);
            }
            self.flush(ui);
        } else {
            self.flush(ui);
            for id in &nodes {
                self.full_box(ui, *id);
            }
        }
        self.ring(ui);
        let mut clicked = None;
        if nodes.len() <= CONTROLS {
            for id in &nodes {
                let rect = self.box_of(*id).intersect(self.rect);
                if !rect.is_positive() {
                    continue;
                }
                // Clicks only: drags belong to the canvas below.
                let node = ui.interact(rect, ui.scope_id().with(("node", id)), Sense::CLICK);
                let selected = *id == self.canvas.selected;
                node.widget_info(|| {
                    let sentence = words::sentence(self.ensemble, self.drawn, *id);
                    WidgetInfo::selected(Role::TreeItem, true, selected, sentence)
                });
                if node.clicked() {
                    clicked = Some(*id);
                }
                if node.hovered() && !selected {
                    let rounding = CornerRadius::same(if zoom < READABLE { 0 } else { 6 });
                    ui.painter().rect_stroke(rect, rounding, Stroke::new(1.0, self.p.dim), StrokeKind::Outside);
                }
            }
        }
        clicked.or_else(|| self.hit(response))
    }

    fn flush(&mut self, ui: &Ui) {
        ui.painter().add(Shape::mesh(std::mem::take(&mut self.mesh)));
    }

    /// The node a click on the canvas itself means: where boxes are no controls.
    fn hit(&self, response: &Response) -> Option<u32> {
        let at = response.interact_pointer_pos().filter(|_| response.clicked())?;
        let zoom = f64::from(self.canvas.zoom);
        let x = self.canvas.centre[0] + f64::from(at.x - self.rect.center().x) / zoom;
        let y = self.canvas.centre[1] + f64::from((at.y - self.rect.center().y) / self.canvas.zoom_y());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and that is meant")]
        let row = (y / PITCH).floor().max(0.0) as u32;
        let near = self.drawn.layout.row_between(row, x, x);
        let off = |slot: &Slot| (slot.x - x).abs();
        let slack = 4.0 / zoom;
        let best = near.iter().min_by(|a, b| off(a).total_cmp(&off(b)))?;
        (off(best) <= f64::from(best.half) + slack).then_some(best.id)
    }

    /// Marks the selected node where its own box does not.
    fn ring(&self, ui: &Ui) {
        let mut rect = self.box_of(self.canvas.selected);
        if self.canvas.zoom < READABLE {
            rect = Rect::from_center_size(rect.center(), rect.size().max(vec2(7.0, 7.0))).expand(2.0);
            ui.painter().rect_stroke(rect, CornerRadius::same(2), Stroke::new(2.0, self.p.accent), StrokeKind::Outside);
        }
    }

    /// The edge from a node up to its parent: down from the parent, across, down to the node.
    fn edge(&mut self, id: u32, zoom: f32) {
        let (tree, layout) = (&self.drawn.tree, &self.drawn.layout);
        let Some(parent) = tree.parent(id) else { return };
        let width = |id: u32| {
            let share = f(tree.share(id).unwrap_or(0.0));
            ((1.0 + 5.0 * share.sqrt()) * zoom.min(1.0)).max(1.0)
        };
        let (own, above) = (width(id), width(parent));
        let (x, from) = (self.x(layout.x(id)), self.x(layout.x(parent)));
        let top = self.top(tree.depth_of(id));
        let bottom = self.top(tree.depth_of(parent)) + f(BOX_HEIGHT) * self.canvas.zoom_y();
        let middle = (top + bottom) / 2.0;
        let colour = self.p.line2;
        let bar = |x: f32, low: f32, high: f32, width: f32| {
            Rect::from_min_max(pos2(x - width / 2.0, low), pos2(x + width / 2.0, high))
        };
        self.quad(bar(from, bottom, middle + own / 2.0, above), colour);
        let (low, high) = (x.min(from) - own / 2.0, x.max(from) + own / 2.0);
        self.quad(Rect::from_min_max(pos2(low, middle - own / 2.0), pos2(high, middle + own / 2.0)), colour);
        self.quad(bar(x, middle, top, own), colour);
    }

    /// A box without words, filled with its colour.
    fn small_box(&mut self, id: u32) {
        let rect = self.box_of(id);
        if !rect.intersects(self.rect) {
            return;
        }
        let (fill, line) = (self.tones.get(self.drawn.tone(id)), self.p.line2);
        if rect.width() > 10.0 && rect.height() > 10.0 {
            self.quad(rect, line);
            self.quad(rect.shrink(1.0), self.p.bg1);
            let inner = rect.shrink(2.0);
            let inner = inner.with_min_y(inner.top() + inner.height() * 0.45);
            self.shares(id, inner, fill);
        } else {
            self.quad(rect, fill);
        }
    }

    /// A bar of the classes' shares, or of the one colour.
    fn shares(&mut self, id: u32, rect: Rect, fill: Color32) {
        let values = &self.drawn.tree.values;
        if values.meaning != Meaning::Classes {
            self.quad(rect, fill);
            return;
        }
        let mut left = rect.left();
        let mut parts = Vec::new();
        for (class, share) in (0u32..).zip(values.shares(id, self.drawn.output)) {
            let right = left + rect.width() * f(share);
            // Thousands of classes: what is too thin to be seen is left out.
            if right - left > 0.2 {
                parts.push((left, right, class));
            }
            left = right;
        }
        for (left, right, class) in parts {
            let colour = self.tones.hue(self.drawn.scale.hue(class));
            self.quad(Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom())), colour);
        }
    }

    fn full_box(&mut self, ui: &Ui, id: u32) {
        let rect = self.box_of(id);
        if !rect.expand(60.0).intersects(self.rect) {
            return;
        }
        let (p, zoom) = (self.p, self.canvas.zoom);
        let painter = ui.painter();
        let selected = id == self.canvas.selected;
        let (fill, stroke) =
            if selected { (p.sel, Stroke::new(1.5, p.accent)) } else { (p.bg1, Stroke::new(1.0, p.line2)) };
        let round = CornerRadius::same(6);
        painter.rect(rect, round, fill, stroke, StrokeKind::Inside);
        // Whole sizes: glyphs are drawn once a size.
        let size = |points: f32| (points * zoom).round().clamp(6.0, 36.0);
        let split = self.drawn.tree.children(id).is_some();
        let (first, second) = words::lines(self.ensemble, self.drawn, id);
        let (font, colour) =
            if split { (theme::sans(size(12.0)), p.text) } else { (theme::semibold(size(12.0)), p.text) };
        let centred = |y: f32, text: &str, font, colour| {
            let galley = paint::cut(painter, text, font, colour, rect.width() - 10.0 * zoom);
            let at = pos2(rect.center().x - galley.size().x / 2.0, y - galley.size().y / 2.0);
            painter.galley(at, galley, colour);
        };
        centred(rect.top() + 13.0 * zoom, &first, font, colour);
        let second_colour = if split { p.text } else { p.text2 };
        centred(rect.top() + 28.0 * zoom, &second, theme::mono(size(11.0)), second_colour);
        let bar = Rect::from_min_max(
            pos2(rect.left() + 6.0 * zoom, rect.bottom() - 8.0 * zoom),
            pos2(rect.right() - 6.0 * zoom, rect.bottom() - 4.0 * zoom),
        );
        let tone = self.tones.get(self.drawn.tone(id));
        self.shares(id, bar, tone);
        painter.add(Shape::mesh(std::mem::take(&mut self.mesh)));
        // Rows stand beside a box where nothing else does.
        let tree = &self.drawn.tree;
        if split
            && tree.depth_of(id) <= 1
            && let Some(rows) = words::rows(tree, id)
        {
            let galley = painter.layout_no_wrap(format!("n {rows}"), theme::mono(size(11.0)), p.dim);
            let at = pos2(rect.right() + 6.0 * zoom, rect.top() + 10.0 * zoom - galley.size().y / 2.0);
            let row = self.drawn.layout.row(tree.depth_of(id));
            let next = row.iter().skip_while(|other| other.id != id).nth(1);
            if next.is_none_or(|next| self.box_of(next.id).left() > at.x + galley.size().x + 2.0) {
                painter.galley(at, galley, p.dim);
            }
        }
        if let Some([left, right]) = tree.children(id).filter(|_| id == tree.root()) {
            let y = rect.bottom() + f(PITCH - BOX_HEIGHT) * zoom / 2.0 - 10.0 * zoom;
            for (child, words) in [(left, "yes, left"), (right, "no, right")] {
                let x = (self.x(self.drawn.layout.x(child)) + rect.center().x) / 2.0;
                painter.text(pos2(x, y), egui::Align2::CENTER_CENTER, words, theme::sans(size(11.0)), p.text2);
            }
        }
    }

    /// The tree from afar: bars, and those edges that are long enough to be seen.
    fn bars(&mut self, rows: std::ops::Range<u32>, low: f64, high: f64) {
        let zoom = self.canvas.zoom;
        let pitch = f(PITCH) * self.canvas.zoom_y();
        // Rows closer than two pixels: only some are drawn.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive step, saturating")]
        let step = (2.0 / pitch).ceil().max(1.0) as usize;
        let height = (f(BOX_HEIGHT) * self.canvas.zoom_y()).max(1.5);
        let (drawn, tones, line) = (self.drawn, self.tones, self.p.line2);
        let layout = &drawn.layout;
        // Where rows are close, only long edges are told from bars.
        let shortest = if pitch > 4.0 { 2.0 } else { 8.0 };
        for row in rows.step_by(step) {
            let top = self.top(row);
            let middle = top - (pitch - height) / 2.0;
            let mut run: Option<Run> = None;
            for slot in layout.row_between(row, low, high) {
                let (x, half, across) = (self.x(slot.x), slot.half * zoom, slot.to_parent * zoom);
                if across.abs() > shortest {
                    let (a, b) = (x.min(x + across), x.max(x + across));
                    self.quad(Rect::from_min_max(pos2(a, middle - 0.5), pos2(b, middle + 0.5)), line);
                }
                let (left, right) = ((x - half).floor(), (x + half).floor().max((x - half).floor() + 1.0));
                let colour = tones.get(drawn.tone(slot.id));
                match &mut run {
                    Some(run) if left < run.right => run.add(right, colour),
                    _ => {
                        if let Some(run) = run.replace(Run::new(left, right, colour)) {
                            self.finish(&run, top, height, middle, pitch, row > 0);
                        }
                    }
                }
            }
            if let Some(run) = run {
                self.finish(&run, top, height, middle, pitch, row > 0);
            }
        }
    }

    fn finish(&mut self, run: &Run, top: f32, height: f32, middle: f32, pitch: f32, has_parent: bool) {
        if pitch > 4.0 && has_parent {
            let x = ((run.left + run.right) / 2.0).floor();
            self.quad(Rect::from_min_max(pos2(x, middle), pos2(x + 1.0, top)), self.p.line2);
        }
        let rect = Rect::from_min_max(pos2(run.left, top), pos2(run.right, top + height));
        self.quad(rect, run.colour());
    }
}

/// Bars that share pixels, as one.
struct Run {
    left: f32,
    right: f32,
    sum: [u32; 3],
    n: u32,
}

impl Run {
    fn new(left: f32, right: f32, colour: Color32) -> Self {
        let mut run = Self { left, right, sum: [0; 3], n: 0 };
        run.add(right, colour);
        run
    }

    fn add(&mut self, right: f32, colour: Color32) {
        self.right = self.right.max(right);
        let [r, g, b, _] = colour.to_array();
        for (sum, part) in self.sum.iter_mut().zip([r, g, b]) {
            *sum += u32::from(part);
        }
        self.n += 1;
    }

    fn colour(&self) -> Color32 {
        let [r, g, b] = self.sum.map(|sum| u8::try_from(sum / self.n.max(1)).unwrap_or(u8::MAX));
        Color32::from_rgb(r, g, b)
    }
}
