//! The empty state: what this does, the files opened before, two samples.

use egui::{Align, CornerRadius, Layout, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use crate::app::command::Ask;
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::Workspace;
use crate::app::{icons, theme};
use crate::view::{escape, number};

/// (title, what it shows, file name) of the samples, which are part of the program.
pub const SAMPLES: [(&str, &str, &str); 2] = [
    (
        "A model as the tutorial saves it",
        "LogisticRegression by joblib: nothing but known calls",
        "logistic_model.joblib",
    ),
    ("A file with a flagged call", "The same model, with a shell command hidden before it", "flagged_call.pkl"),
];

/// Draws the empty state. `can_drop` is false where the window system cannot drop files.
pub fn welcome(ui: &mut Ui, cx: &mut Ctx<'_>, w: &Workspace, can_drop: bool) {
    let width = 640.0_f32.min(ui.available_width() - 32.0);
    let area = ui.max_rect();
    let top = area.top() + ((area.height() - 520.0) / 3.0).max(16.0);
    let column = Rect::from_min_size(pos2(area.center().x - width / 2.0, top), vec2(width, area.bottom() - top));
    ui.scope_builder(egui::UiBuilder::new().max_rect(column), |ui| {
        egui::ScrollArea::vertical().show(ui, |ui| {
            target(ui, cx, width, can_drop);
            ui.add_space(16.0);
            if let Some(notice) = &w.notice {
                ui.add_space(12.0);
                banner(ui, cx, notice, width);
            }
            if !w.recents.is_empty() {
                ui.add_space(20.0);
                heading(ui, cx, "Recent", width, Some(("Clear", Command::Ask(Ask::ClearRecents))));
                for recent in w.recents.iter().take(6) {
                    let name = recent.path.file_name().unwrap_or(recent.path.as_os_str()).to_string_lossy();
                    let folder = recent.path.parent().map(|p| p.to_string_lossy().into_owned()).unwrap_or_default();
                    let size = if recent.exists { number::size(recent.size) } else { "missing".to_owned() };
                    let detail = format!("{size}   {}", number::date(recent.opened));
                    let (name, folder) = (escape::plain(&name), escape::plain(&folder));
                    let icon = if recent.exists { icons::FILE } else { icons::FILE_DASHED };
                    if two_lines(ui, cx, width, icon, &name, &folder, &detail, recent.exists).clicked() {
                        cx.send(Command::Open(vec![recent.path.clone()]));
                    }
                }
            }
            ui.add_space(20.0);
            heading(ui, cx, "Samples", width, None);
            for (title, words, file) in SAMPLES {
                if two_lines(ui, cx, width, icons::CUBE, title, words, file, true).clicked()
                    && let Some(path) = crate::app::sample(file)
                {
                    cx.send(Command::Open(vec![path]));
                }
            }
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
        ("Drop a model file", "It is read, never run. Pickle, joblib and NumPy files, compressed or not.")
    } else {
        ("Open a file with Ctrl+O, or paste a path with Ctrl+V", "It is read, never run.")
    };
    let size = if can_drop { 24.0 } else { 20.0 };
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect.with_min_y(rect.top() + 84.0)), |ui| {
        ui.with_layout(Layout::top_down(Align::Center), |ui| {
            ui.label(egui::RichText::new(title).font(theme::semibold(size)).color(cx.p.text));
            ui.label(egui::RichText::new(words).font(theme::sans(13.0)).color(cx.p.text2));
            ui.add_space(10.0);
            let words = egui::RichText::new("Open…").font(theme::medium(13.0)).color(cx.p.on_accent);
            let button = egui::Button::new(words).fill(cx.p.accent).stroke(Stroke::NONE).min_size(vec2(96.0, 28.0));
            if ui.add(button).clicked() {
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

#[expect(clippy::too_many_arguments, reason = "the parts of one row")]
fn two_lines(
    ui: &mut Ui,
    cx: &Ctx<'_>,
    width: f32,
    icon: &str,
    first: &str,
    second: &str,
    right: &str,
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
    paint::icon(painter, pos2(rect.left() + 20.0, rect.center().y), icon, 18.0, fade(cx.p.dim));
    let right_width =
        paint::text_right(painter, rect.right() - 12.0, rect.center().y, right, theme::mono(11.0), fade(cx.p.dim));
    let left = rect.left() + 40.0;
    let room = rect.right() - 24.0 - right_width - left;
    paint::text(painter, left, rect.top() + 14.0, first, theme::medium(13.0), fade(cx.p.text), room);
    paint::text(painter, left, rect.top() + 31.0, second, theme::sans(12.0), fade(cx.p.text2), room);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{first}, {second}, {right}")));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A remark about something as a whole.
pub fn banner(ui: &mut Ui, cx: &mut Ctx<'_>, text: &str, width: f32) {
    egui::Frame::new().fill(cx.p.caution_fill).corner_radius(6).inner_margin(12).show(ui, |ui| {
        ui.set_width(width - 24.0);
        ui.horizontal_wrapped(|ui| {
            ui.label(egui::RichText::new(icons::WARNING).font(theme::icon(16.0)).color(cx.p.caution));
            ui.label(egui::RichText::new(text).color(cx.p.text));
        });
    });
}
