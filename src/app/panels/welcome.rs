//! The empty state: what this does, the files opened before, two samples.

use egui::{Align, CornerRadius, Layout, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use crate::app::command::{Ask, OPEN, recent_key};
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::{Notice, Workspace};
use crate::app::{icons, theme};
use crate::view::{escape, number};

/// (icon, title, what it shows, file name) of the samples, which are part of the program.
const SAMPLES: [(&str, &str, &str, &str); 2] = [
    (
        icons::SHIELD_CHECK,
        "A model as the tutorial saves it",
        "LogisticRegression: only known calls",
        "logistic_model.joblib",
    ),
    (icons::WARNING_OCTAGON, "A model with a hidden call", "Would run a shell command if loaded", "flagged_call.pkl"),
];

/// Recent files that are shown, and have a key.
const RECENTS: usize = 9;

/// Draws the empty state. `can_drop` is false where the window system cannot drop files.
pub fn welcome(ui: &mut Ui, cx: &mut Ctx<'_>, w: &Workspace, can_drop: bool) {
    let width = 640.0_f32.min(ui.available_width() - 32.0);
    let area = ui.max_rect();
    let recents = w.recents.iter().take(RECENTS).count();
    #[expect(clippy::cast_precision_loss, reason = "at most nine rows")]
    let height = 400.0 + recents as f32 * 44.0;
    let top = area.top() + ((area.height() - height) / 3.0).max(16.0);
    let column = Rect::from_min_size(pos2(area.center().x - width / 2.0, top), vec2(width, area.bottom() - top));
    ui.scope_builder(egui::UiBuilder::new().max_rect(column), |ui| {
        egui::ScrollArea::vertical().show(ui, |ui| {
            target(ui, cx, width, can_drop);
            ui.add_space(10.0);
            ui.allocate_ui_with_layout(vec2(width, 18.0), Layout::top_down(Align::Center), |ui| {
                let words =
                    "pickle · joblib · PyTorch .pt .pth .bin · NumPy .npy .npz · safetensors · XGBoost · LightGBM";
                ui.label(egui::RichText::new(words).font(theme::sans(11.0)).color(cx.p.dim));
            });
            if let Some(notice) = &w.notice {
                ui.add_space(12.0);
                banner(ui, cx, notice, width);
            }
            if !w.recents.is_empty() {
                ui.add_space(20.0);
                heading(ui, cx, "Recent", width, Some(("Clear recents", Command::Ask(Ask::ClearRecents))));
                for (i, recent) in w.recents.iter().take(RECENTS).enumerate() {
                    let name = escape::name(recent.path.file_name().unwrap_or(recent.path.as_os_str()));
                    let folder = recent.path.parent().map(|p| escape::name(p.as_os_str())).unwrap_or_default();
                    let size = if recent.exists { number::size(recent.size) } else { "not found".to_owned() };
                    let right = [size, number::date(recent.opened), ui.ctx().format_shortcut(&recent_key(i))];
                    if recent_row(ui, cx, width, [&name, &folder], &right, recent.exists).clicked() {
                        cx.send(Command::Open(vec![recent.path.clone()]));
                    }
                }
            }
            ui.add_space(20.0);
            heading(ui, cx, "Try a sample", width, None);
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 12.0;
                for (icon, title, words, file) in SAMPLES {
                    if card(ui, cx, (width - 12.0) / 2.0, icon, title, words).clicked() {
                        cx.send(Command::Sample(file));
                    }
                }
            });
            ui.add_space(12.0);
        });
    });
}

fn target(ui: &mut Ui, cx: &mut Ctx<'_>, width: f32, can_drop: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(width, 208.0), Sense::hover());
    let painter = ui.painter().clone();
    let stroke = Stroke::new(1.5, cx.p.line2);
    painter.rect_filled(rect, CornerRadius::same(12), cx.p.bg2);
    let inner = rect.shrink(1.0);
    let corners = [inner.left_top(), inner.right_top(), inner.right_bottom(), inner.left_bottom(), inner.left_top()];
    painter.add(egui::Shape::Vec(egui::Shape::dashed_line(&corners, stroke, 6.0, 5.0)));
    paint::icon(&painter, pos2(rect.center().x, rect.top() + 52.0), icons::FILE_ARROW_DOWN, 34.0, cx.p.accent);
    let (title, words) = if can_drop {
        ("Drop a model file", "It is read, never run.")
    } else {
        ("Open a file with Ctrl+O, or paste a path with Ctrl+V", "It is read, never run.")
    };
    let size = if can_drop { 24.0 } else { 20.0 };
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect.with_min_y(rect.top() + 84.0)), |ui| {
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            ui.label(egui::RichText::new(title).font(theme::semibold(size)).color(cx.p.text));
            ui.label(egui::RichText::new(words).font(theme::sans(13.0)).color(cx.p.text2));
            ui.add_space(10.0);
            let words = egui::RichText::new("Open file").font(theme::semibold(13.0)).color(cx.p.on_accent);
            let key =
                egui::RichText::new(ui.ctx().format_shortcut(&OPEN)).font(theme::sans(11.0)).color(cx.p.on_accent);
            let button =
                egui::Button::new((words, key)).fill(cx.p.accent).stroke(Stroke::NONE).min_size(vec2(96.0, 28.0));
            let response = ui.add(button);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Open file"));
            if response.clicked() {
                cx.send(Command::Ask(Ask::Open));
            }
        });
    });
    ui.advance_cursor_after_rect(rect);
}

fn heading(ui: &mut Ui, cx: &mut Ctx<'_>, text: &str, width: f32, action: Option<(&str, Command)>) {
    ui.allocate_ui_with_layout(vec2(width, 28.0), Layout::left_to_right(Align::Center), |ui| {
        ui.label(egui::RichText::new(text).font(theme::semibold(12.0)).color(cx.p.text2));
        if let Some((label, command)) = action {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if paint::quiet(ui, icons::TRASH, label, "Clear recent files").clicked() {
                    cx.send(command);
                }
            });
        }
    });
}

/// A row of a file opened before: name and folder at the left, what else is known at the right.
fn recent_row(
    ui: &mut Ui,
    cx: &Ctx<'_>,
    width: f32,
    [name, folder]: [&str; 2],
    [size, date, key]: &[String; 3],
    there: bool,
) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, 44.0), Sense::click());
    let painter = ui.painter();
    if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, CornerRadius::same(6), cx.p.hov);
    }
    if response.has_focus() {
        painter.rect_stroke(rect, CornerRadius::same(6), Stroke::new(2.0, cx.p.accent), StrokeKind::Inside);
    }
    let fade = |colour: egui::Color32| if there { colour } else { colour.gamma_multiply(0.55) };
    let middle = rect.center().y;
    let icon = if there { icons::FILE } else { icons::FILE_DASHED };
    paint::icon(painter, pos2(rect.left() + 20.0, middle), icon, 18.0, fade(cx.p.dim));
    let words = painter.layout_no_wrap(key.clone(), theme::sans(11.0), fade(cx.p.dim));
    let cap = Rect::from_center_size(
        pos2(rect.right() - 12.0 - words.size().x / 2.0 - 5.0, middle),
        vec2(words.size().x + 10.0, 18.0),
    );
    painter.rect_stroke(cap, CornerRadius::same(4), Stroke::new(1.0, fade(cx.p.line2)), StrokeKind::Inside);
    painter.galley(cap.center() - words.size() / 2.0, words, cx.p.dim);
    paint::text_right(painter, cap.left() - 12.0, middle, date, theme::sans(12.0), fade(cx.p.text2));
    let sizes = cap.left() - 104.0;
    let used = paint::text_right(painter, sizes, middle, size, theme::mono(11.0), fade(cx.p.text2));
    let left = rect.left() + 40.0;
    let room = sizes - used - 12.0 - left;
    paint::text(painter, left, rect.top() + 14.0, name, theme::medium(13.0), fade(cx.p.text), room);
    paint::text(painter, left, rect.top() + 31.0, folder, theme::sans(12.0), fade(cx.p.text2), room);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}, {folder}, {size}, {date}")));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A sample: icon, title and a line of words in a frame.
fn card(ui: &mut Ui, cx: &Ctx<'_>, width: f32, icon: &str, title: &str, words: &str) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, 60.0), Sense::click());
    let painter = ui.painter();
    let (fill, stroke) = match (response.has_focus(), response.hovered()) {
        (true, _) => (cx.p.hov, Stroke::new(2.0, cx.p.accent)),
        (_, true) => (cx.p.hov, Stroke::new(1.0, cx.p.line2)),
        _ => (cx.p.bg1, Stroke::new(1.0, cx.p.line)),
    };
    painter.rect(rect, CornerRadius::same(8), fill, stroke, StrokeKind::Inside);
    let tone = if icon == icons::SHIELD_CHECK { cx.p.ok } else { cx.p.danger };
    paint::icon(painter, pos2(rect.left() + 24.0, rect.center().y), icon, 20.0, tone);
    let (left, room) = (rect.left() + 46.0, rect.width() - 58.0);
    paint::text(painter, left, rect.top() + 22.0, title, theme::medium(13.0), cx.p.text, room);
    paint::text(painter, left, rect.top() + 40.0, words, theme::sans(12.0), cx.p.text2, room);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{title}, {words}")));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A remark about something as a whole.
pub fn banner(ui: &mut Ui, cx: &mut Ctx<'_>, notice: &Notice, width: f32) {
    let (fill, glyph, tone) = match notice.good {
        true => (cx.p.ok_fill, icons::CHECK_CIRCLE, cx.p.ok),
        false => (cx.p.caution_fill, icons::WARNING, cx.p.caution),
    };
    egui::Frame::new().fill(fill).corner_radius(6).inner_margin(12).show(ui, |ui| {
        ui.set_width(width - 24.0);
        ui.horizontal_wrapped(|ui| {
            ui.label(egui::RichText::new(glyph).font(theme::icon(16.0)).color(tone));
            ui.label(egui::RichText::new(&notice.words).color(cx.p.text));
        });
    });
}
