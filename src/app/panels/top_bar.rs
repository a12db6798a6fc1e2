//! Name, menus, command field, theme; below it the tabs where there are several files.

use egui::{Align2, CornerRadius, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use crate::app::command::{Ask, SETTINGS, TABLE};
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::{Overlay, State, Workspace};
use crate::app::{icons, theme};
use crate::view::{escape, number};

/// A narrower field of commands is left out; its key works all the same.
const NARROWEST_FIELD: f32 = 160.0;

/// Draws the bar.
pub fn top_bar(ui: &mut Ui, cx: &mut Ctx<'_>, w: &Workspace) {
    let bar = ui.max_rect();
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    ui.horizontal_centered(|ui| {
        ui.add_space(12.0);
        let (mark, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
        ui.painter().rect_stroke(mark, CornerRadius::same(4), Stroke::new(1.5, cx.p.accent), StrokeKind::Inside);
        paint::icon(ui.painter(), mark.center(), icons::MAGNIFYING_GLASS, 11.0, cx.p.accent);
        ui.label(egui::RichText::new("picklescope").font(theme::semibold(13.0)).color(cx.p.text));
        ui.add_space(6.0);
        let visuals = &mut ui.visuals_mut().widgets;
        for quiet in [&mut visuals.inactive, &mut visuals.hovered, &mut visuals.open] {
            quiet.bg_stroke = Stroke::NONE;
        }
        visuals.inactive.weak_bg_fill = egui::Color32::TRANSPARENT;
        ui.spacing_mut().item_spacing.x = 2.0;
        for menu in ["File", "Edit", "View", "Help"] {
            ui.menu_button(menu, |ui| {
                ui.set_min_width(220.0);
                for entry in TABLE.iter().filter(|entry| entry.menu == menu) {
                    let enabled = !entry.needs_file || w.doc().is_some() || entry.ask == Ask::Close;
                    let key = entry.key.map(|key| ui.ctx().format_shortcut(&key)).unwrap_or_default();
                    let button = egui::Button::new(entry.text).shortcut_text(key).frame(false);
                    if ui.add_enabled(enabled, button).clicked() {
                        cx.send(Command::Ask(entry.ask));
                        ui.close();
                    }
                }
            });
        }
        // Between the menus and the buttons at the right.
        let room = egui::Rangef::new(ui.cursor().left() + 12.0, bar.right() - 182.0);
        let wide = 400.0_f32.min(bar.width() * 0.3).min(room.span());
        let middle = bar.center().x.max(room.min + wide / 2.0);
        let field = egui::Rect::from_center_size(pos2(middle, bar.center().y), vec2(wide, 28.0));
        let shown = wide >= NARROWEST_FIELD;
        if shown {
            command_field(ui, cx, field);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add_space(10.0);
            let dark = ui.ctx().theme() == egui::Theme::Dark;
            let (glyph, name) = if dark { (icons::SUN, "Light theme") } else { (icons::MOON, "Dark theme") };
            if paint::quiet(ui, glyph, "", name).clicked() {
                cx.send(Command::Ask(Ask::Theme));
            }
            settings(ui, cx, w);
            if paint::quiet(ui, icons::FOLDER_OPEN, "Open…", "Open…").clicked() {
                cx.send(Command::Ask(Ask::Open));
            }
            // Where there are several, their tabs have the names.
            if let [tab] = w.tabs.as_slice() {
                file_name(ui, cx, &tab.path, if shown { field.right() + 16.0 } else { room.min });
            }
        });
    });
}

/// The field that opens the palette.
fn command_field(ui: &mut Ui, cx: &mut Ctx<'_>, field: egui::Rect) {
    let response = ui.interact(field, ui.scope_id().with("command field"), Sense::click());
    let stroke = if response.hovered() { cx.p.line2 } else { cx.p.line };
    ui.painter().rect(field, CornerRadius::same(6), cx.p.bg1, Stroke::new(1.0, stroke), StrokeKind::Inside);
    paint::icon(ui.painter(), pos2(field.left() + 16.0, field.center().y), icons::MAGNIFYING_GLASS, 14.0, cx.p.dim);
    let hint = pos2(field.left() + 30.0, field.center().y);
    ui.painter().text(hint, Align2::LEFT_CENTER, "Find or run a command", theme::sans(13.0), cx.p.dim);
    if field.width() > 220.0 {
        let end = pos2(field.right() - 10.0, field.center().y);
        ui.painter().text(end, Align2::RIGHT_CENTER, "Ctrl+P", theme::sans(11.0), cx.p.dim);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Find a command"));
    if response.clicked() {
        cx.send(Command::Overlay(Overlay::Palette(String::new(), 0)));
    }
}

/// The name of the open file, which begins at `left` at the earliest.
fn file_name(ui: &mut Ui, cx: &Ctx<'_>, path: &std::path::Path, left: f32) {
    let name = escape::name(path.file_name().unwrap_or(path.as_os_str()));
    let room = ui.cursor().right() - left - 16.0;
    if room < 60.0 {
        return;
    }
    let shown = super::index::middle_cut(&name, room / 7.3);
    let galley = paint::cut(ui.painter(), &shown, theme::mono(12.0), cx.p.text2, room);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(12.0, 0.0), Sense::hover());
    ui.painter().galley(rect.min, galley, cx.p.text2);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    response.on_hover_text(escape::name(path.as_os_str()));
}

/// The gear and its menu.
fn settings(ui: &mut Ui, cx: &mut Ctx<'_>, w: &Workspace) {
    let gear = egui::RichText::new(icons::GEAR_SIX).font(theme::icon(16.0)).color(cx.p.text2);
    let menu = ui.menu_button(gear, |ui| {
        ui.set_min_width(190.0);
        // The bar's buttons have no frame; circles and boxes are nothing else.
        ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.0, cx.p.dim);
        ui.visuals_mut().widgets.hovered.bg_stroke = Stroke::new(1.0, cx.p.text2);
        let head = |ui: &mut Ui, words: &str| {
            ui.label(egui::RichText::new(words).font(theme::semibold(12.0)).color(cx.p.text2));
        };
        let now = ui.ctx().options(|options| options.theme_preference);
        let mut kind = None;
        for entry in TABLE.iter().filter(|entry| entry.menu == SETTINGS) {
            let (of, chosen) = match entry.ask {
                Ask::Digits(digits) => ("Numbers that are rounded", digits == number::digits()),
                Ask::ThemeOf(theme) => ("Theme", theme == now),
                Ask::Memory(mib) => ("Unpacked data in memory", u64::from(mib) << 20 == w.limits.memory_bytes),
                _ => continue,
            };
            if kind.replace(of) != Some(of) {
                if of != "Theme" {
                    ui.add_space(8.0);
                }
                head(ui, of);
            }
            if ui.radio(chosen, entry.text).clicked() {
                cx.commands.push(Command::Ask(entry.ask));
            }
        }
        ui.add_space(8.0);
        head(ui, "Motion");
        let mut reduced = w.reduced_motion;
        if ui.checkbox(&mut reduced, "Nothing moves by itself").changed() {
            cx.commands.push(Command::Ask(Ask::Motion));
        }
    });
    menu.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Settings"));
    menu.response.on_hover_text("Settings");
}

/// Draws the tabs.
pub fn tabs(ui: &mut Ui, cx: &mut Ctx<'_>, w: &Workspace) {
    let bar = ui.max_rect();
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    // A tab that comes to the front comes into sight.
    let seen = egui::Id::unique("tab in sight");
    let before = ui.data_mut(|data| data.get_temp::<(usize, usize)>(seen));
    let now = (w.active, w.tabs.len());
    ui.data_mut(|data| data.insert_temp(seen, now));
    egui::ScrollArea::horizontal().show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.add_space(12.0);
            ui.spacing_mut().item_spacing.x = 10.0;
            for (i, tab) in w.tabs.iter().enumerate() {
                let name = escape::name(tab.path.file_name().unwrap_or(tab.path.as_os_str()));
                let mark = match tab.state {
                    State::Opening(_) => "…",
                    State::Failed(_) => "!",
                    State::Open(_) => "",
                };
                let response = paint::tab(ui, &name, mark, i == w.active);
                if i == w.active && before != Some(now) {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    cx.send(Command::Tab(i));
                }
                if response.middle_clicked() {
                    cx.send(Command::CloseTab(i));
                }
                response.on_hover_text(escape::name(tab.path.as_os_str()));
                if paint::quiet(ui, icons::X, "", &format!("Close {name}")).clicked() {
                    cx.send(Command::CloseTab(i));
                }
            }
        });
    });
}
