//! What lies over the panes: the drop, the command palette, go to, the key sheet, about.

use egui::{
    Align2, Area, CornerRadius, Id, Key, Order, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::Ctx;
use crate::app::command::{TABLE, TREE_KEYS};
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::{Overlay, Workspace};
use crate::app::{icons, theme};
use crate::view::escape;

/// Draws what a drop would do while files hover over the window.
pub fn drop_overlay(ctx: &egui::Context, cx: &Ctx<'_>, w: &Workspace) {
    let hovered: Vec<String> = ctx.input(|i| {
        let name = |file: &egui::HoveredFile| {
            let path = file.path.as_deref()?;
            Some(escape::name(path.file_name().unwrap_or(path.as_os_str())))
        };
        i.raw.hovered_files.iter().map(|file| name(file).unwrap_or_else(|| "a file".to_owned())).collect()
    });
    if hovered.is_empty() {
        return;
    }
    let title = match hovered.len() {
        1 => "Drop to open".to_owned(),
        n => format!("Drop to open {n} files in tabs"),
    };
    let words = match (w.tabs.len(), hovered.len()) {
        (0, 1) => "Its contents are shown in this window".to_owned(),
        (0, n) => format!("In {n} tabs of this window"),
        (_, 1) => "In a tab of its own; what is open stays open".to_owned(),
        (_, n) => format!("In {n} tabs of their own; what is open stays open"),
    };
    Area::new(Id::unique("drop")).order(Order::Foreground).fixed_pos(pos2(0.0, 0.0)).show(ctx, |ui| {
        let all = ctx.content_rect();
        let painter = ui.painter();
        painter.rect_filled(all, 0.0, cx.p.bg0.gamma_multiply(0.9));
        painter.rect_stroke(all.shrink(4.0), CornerRadius::same(12), Stroke::new(2.0, cx.p.accent), StrokeKind::Inside);
        let shown = hovered.len().min(6);
        #[expect(clippy::cast_precision_loss, reason = "at most six lines")]
        let height = 172.0 + shown as f32 * 24.0;
        let card = Rect::from_center_size(all.center(), vec2(520.0_f32.min(all.width() - 32.0), height));
        painter.rect(card, CornerRadius::same(12), cx.p.bg2, Stroke::new(1.0, cx.p.line2), StrokeKind::Inside);
        paint::icon(painter, pos2(card.center().x, card.top() + 40.0), icons::FILE_ARROW_DOWN, 32.0, cx.p.accent);
        painter.text(
            pos2(card.center().x, card.top() + 80.0),
            Align2::CENTER_CENTER,
            &title,
            theme::semibold(20.0),
            cx.p.text,
        );
        painter.text(
            pos2(card.center().x, card.top() + 106.0),
            Align2::CENTER_CENTER,
            &words,
            theme::sans(13.0),
            cx.p.text2,
        );
        for (i, name) in hovered.iter().take(shown).enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "at most six lines")]
            let middle = card.top() + 136.0 + i as f32 * 24.0;
            let galley = paint::cut(painter, name, theme::mono(12.0), cx.p.text, card.width() - 80.0);
            let left = card.center().x - galley.size().x / 2.0;
            paint::icon(painter, pos2(left - 12.0, middle), icons::FILE, 14.0, cx.p.dim);
            painter.galley(pos2(left, middle - galley.size().y / 2.0), galley, cx.p.text);
        }
        let foot = if hovered.len() > shown {
            format!("and {} more · Esc cancels", hovered.len() - shown)
        } else {
            "Read, never run · Esc cancels".to_owned()
        };
        painter.text(
            pos2(card.center().x, card.bottom() - 26.0),
            Align2::CENTER_CENTER,
            foot,
            theme::sans(12.0),
            cx.p.dim,
        );
        let response = ui.interact(card, Id::unique("drop card"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{title}. {words}")));
    });
}

fn sheet(ctx: &egui::Context, cx: &Ctx<'_>, name: &str, width: f32, content: impl FnOnce(&mut Ui)) -> bool {
    let all = ctx.content_rect();
    let width = width.min(all.width() - 24.0);
    // In a low window it begins higher.
    let top = (all.height() * 0.1).min(84.0);
    let mut outside = false;
    Area::new(Id::unique("shade")).order(Order::Middle).fixed_pos(all.min).show(ctx, |ui| {
        let response = ui.allocate_rect(all, Sense::click());
        ui.painter().rect_filled(all, 0.0, cx.p.bg0.gamma_multiply(0.6));
        outside = response.clicked();
    });
    Area::new(Id::unique(name))
        .order(Order::Foreground)
        .fixed_pos(pos2(all.center().x - width / 2.0, all.top() + top))
        .default_height(all.height() - top)
        .show(ctx, |ui| {
            egui::Frame::new()
                .fill(cx.p.bg2)
                .stroke(Stroke::new(1.0, cx.p.line2))
                .corner_radius(12)
                .inner_margin(16)
                .show(ui, |ui| {
                    ui.set_width(width - 32.0);
                    // What does not fit scrolls.
                    egui::ScrollArea::vertical()
                        .id_salt(name)
                        .max_height((all.height() - top - 48.0).max(80.0))
                        .auto_shrink([false, true])
                        .show(ui, content);
                });
        });
    outside || ctx.input(|i| i.key_pressed(Key::Escape))
}

/// Draws what is open on top.
pub fn overlays(ctx: &egui::Context, cx: &mut Ctx<'_>, w: &mut Workspace) {
    let mut asked = Vec::new();
    let close = match &mut w.overlay {
        Overlay::None => return,
        Overlay::Palette(text, chosen) => {
            let words = text.to_lowercase();
            let found: Vec<_> = TABLE.iter().filter(|entry| fuzzy(&entry.text.to_lowercase(), &words)).collect();
            sheet(ctx, cx, "palette", 560.0, |ui| {
                let edit = egui::TextEdit::singleline(text).hint_text("Find a command").desired_width(f32::INFINITY);
                let response = ui.add(edit);
                response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Command"));
                response.request_focus();
                if response.changed() {
                    *chosen = 0;
                }
                let (down, up, enter) = ui
                    .input(|i| (i.key_pressed(Key::ArrowDown), i.key_pressed(Key::ArrowUp), i.key_pressed(Key::Enter)));
                let last = found.len().saturating_sub(1);
                *chosen = if down {
                    (*chosen + 1).min(last)
                } else if up {
                    chosen.saturating_sub(1)
                } else {
                    (*chosen).min(last)
                };
                ui.add_space(8.0);
                for (i, entry) in found.iter().enumerate() {
                    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::click());
                    paint::row_ground(ui.painter(), rect, i == *chosen, response.hovered(), cx.p);
                    paint::text(
                        ui.painter(),
                        rect.left() + 10.0,
                        rect.center().y,
                        entry.text,
                        theme::sans(13.0),
                        cx.p.text,
                        rect.width(),
                    );
                    let key = entry.key.map(|key| ctx.format_shortcut(&key)).unwrap_or_default();
                    paint::text_right(
                        ui.painter(),
                        rect.right() - 10.0,
                        rect.center().y,
                        &key,
                        theme::sans(11.0),
                        cx.p.dim,
                    );
                    response.widget_info(|| WidgetInfo::selected(Role::MenuItem, true, i == *chosen, entry.text));
                    if response.clicked() || (enter && i == *chosen) {
                        asked.push(Command::Overlay(Overlay::None));
                        asked.push(Command::Ask(entry.ask));
                    }
                }
                if found.is_empty() {
                    ui.label(egui::RichText::new(format!("No command matches {words:?}")).color(cx.p.dim));
                }
            })
        }
        Overlay::GoTo(text) => sheet(ctx, cx, "go to", 480.0, |ui| {
            let edit =
                egui::TextEdit::singleline(text).hint_text("0x1f40, 8000 or root.coef_").desired_width(f32::INFINITY);
            let response = ui.add(edit);
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Offset or path"));
            response.request_focus();
            ui.add_space(6.0);
            let words = "An offset in hexadecimal or decimal, or the path of an object. Enter goes there.";
            ui.label(egui::RichText::new(words).font(theme::sans(12.0)).color(cx.p.text2));
            if ui.input(|i| i.key_pressed(Key::Enter)) {
                asked.push(Command::Overlay(Overlay::None));
                asked.push(match offset_in(text) {
                    Some(offset) => Command::Offset(offset),
                    None => Command::Path(text.clone()),
                });
            }
        }),
        Overlay::Keys => sheet(ctx, cx, "keys", 720.0, |ui| {
            ui.label(egui::RichText::new("Keys").font(theme::semibold(15.0)).color(cx.p.text));
            ui.add_space(8.0);
            let line = |ui: &mut Ui, key: &str, words: &str| {
                ui.allocate_ui_with_layout(vec2(330.0, 22.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    ui.set_min_width(330.0);
                    paint::key_cap(ui, key);
                    ui.label(egui::RichText::new(words).font(theme::sans(12.0)).color(cx.p.text));
                });
            };
            let commands = TABLE.iter().filter_map(|entry| Some((ctx.format_shortcut(&entry.key?), entry.text)));
            let others = TREE_KEYS.iter().map(|(key, words)| ((*key).to_owned(), *words));
            let all: Vec<(String, &str)> = commands.chain(others).collect();
            let half = all.len().div_ceil(2);
            ui.columns(2, |columns| {
                for (column, lines) in columns.iter_mut().zip(all.chunks(half)) {
                    lines.iter().for_each(|(key, words)| line(column, key, words));
                }
            });
        }),
        Overlay::Rules(text) => sheet(ctx, cx, "rules", 680.0, |ui| super::findings::rules(ui, cx, text)),
        Overlay::About => sheet(ctx, cx, "about", 460.0, |ui| {
            ui.label(egui::RichText::new("picklescope").font(theme::semibold(20.0)).color(cx.p.text));
            ui.label(egui::RichText::new(format!("Version {}", env!("CARGO_PKG_VERSION"))).color(cx.p.dim));
            ui.add_space(8.0);
            let words = "Shows what is in a pickle, joblib or NumPy file before anything loads it. A file is read at positions and never executed: no code it names is imported, called or fetched, and nothing is sent anywhere.";
            ui.label(egui::RichText::new(words).color(cx.p.text));
            ui.add_space(8.0);
            let words = "MIT or Apache-2.0. Fonts: Inter and JetBrains Mono (OFL-1.1), Phosphor icons (MIT).";
            ui.label(egui::RichText::new(words).font(theme::sans(12.0)).color(cx.p.text2));
        }),
    };
    if close {
        cx.send(Command::Overlay(Overlay::None));
    }
    cx.commands.extend(asked);
}

/// The offset that was typed: hexadecimal with `0x`, else decimal, which may be grouped as it is shown.
fn offset_in(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase().replace([',', '_'], "");
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// True if the letters of `wanted` occur in `text` in order.
fn fuzzy(text: &str, wanted: &str) -> bool {
    let mut letters = text.chars();
    wanted.chars().filter(|c| !c.is_whitespace()).all(|c| letters.any(|l| l == c))
}
