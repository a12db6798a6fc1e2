//! The way to what is selected, above the detail: each part leads there, the caret before it lists what stands beside
//! it, and the whole is text when asked (a path can be pasted).

use egui::{Key, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use crate::app::command::Ask;
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::Doc;
use crate::app::{icons, theme};
use crate::view::escape;
use crate::view::outline::What;

/// Parts that are shown: the end of a long way matters more than its beginning.
const SHOWN: usize = 8;
/// Siblings that a menu lists.
const SIBLINGS: usize = 200;

/// Draws the bar.
pub fn breadcrumb(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc) {
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    let room = bar.with_max_x(bar.right() - 108.0);
    if doc.path_edit.is_some() {
        edit(ui, cx, doc, room);
    } else {
        parts(ui, cx, doc, room);
    }
    let right = Rect::from_min_max(pos2(bar.right() - 108.0, bar.top()), bar.max);
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
    let editing = doc.path_edit.is_some();
    let (glyph, name) = if editing { (icons::X, "Close the path") } else { (icons::TEXT_T, "Edit the path") };
    if paint::quiet(&mut ends, glyph, "", name).clicked() {
        cx.send(Command::EditPath(!editing));
    }
}

fn parts(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc, room: Rect) {
    // Empty space beside the parts is the way into the text, as in a file manager.
    let ground = ui.interact(room, ui.scope_id().with("breadcrumb"), Sense::click());
    if ground.clicked() {
        cx.send(Command::EditPath(true));
    }
    // One more than is shown, so that the first caret knows what its part hangs on.
    let mut rows = Vec::new();
    let mut next = Some(doc.row);
    while let Some(row) = next.filter(|_| rows.len() <= SHOWN) {
        if doc.outline.rows().get(row).is_some_and(|r| is_part(&r.what)) {
            rows.push(row);
        }
        next = doc.outline.parent(row);
    }
    rows.reverse();
    let mut inner = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(room.shrink2(vec2(16.0, 0.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    inner.set_clip_rect(room);
    inner.spacing_mut().item_spacing.x = 4.0;
    if let Some(missing) = &doc.missing {
        let words = format!("Nothing is at {}", escape::plain(missing));
        inner.label(egui::RichText::new(icons::WARNING).font(theme::icon(14.0)).color(cx.p.danger));
        inner.label(egui::RichText::new(words).color(cx.p.danger));
        return;
    }
    let skipped = rows.len().saturating_sub(SHOWN);
    if skipped > 0 {
        inner.label(egui::RichText::new("…").color(cx.p.dim));
    }
    let mut above = None;
    for (i, row) in rows.iter().enumerate() {
        if i < skipped {
            above = Some(*row);
            continue;
        }
        let Some(label) = doc.outline.label(&doc.artifact, *row) else { continue };
        if let Some(above) = above {
            siblings(&mut inner, cx, doc, above, *row, &label.key);
        }
        above = Some(*row);
        let colour = if i + 1 == rows.len() { cx.p.text } else { cx.p.text2 };
        let words = egui::RichText::new(&label.key).font(theme::mono(12.0)).color(colour);
        let response = inner.add(egui::Label::new(words).sense(Sense::click()));
        response.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Go to {}", label.key)));
        if response.clicked() {
            cx.send(Command::Row(*row));
        }
    }
}

fn is_part(what: &What) -> bool {
    !matches!(what, What::Group { .. } | What::Range { .. })
}

/// The caret before a part: a menu of what hangs on the same row.
fn siblings(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc, above: usize, row: usize, key: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(16.0, 22.0), Sense::click());
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 4.0, cx.p.bg3);
    }
    paint::icon(ui.painter(), rect.center(), icons::CARET_RIGHT, 11.0, cx.p.dim);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("What stands beside {key}")));
    egui::Popup::menu(&response).show(|ui| {
        egui::ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
            ui.set_min_width(180.0);
            for sibling in beside(doc, above) {
                let Some(label) = doc.outline.label(&doc.artifact, sibling) else { continue };
                let words = egui::RichText::new(&label.key).font(theme::mono(12.0));
                let button =
                    egui::Button::selectable(sibling == row, words).shortcut_text(&label.description.type_name);
                if ui.add(button).clicked() {
                    cx.send(Command::Row(sibling));
                    ui.close();
                }
            }
        });
    });
}

/// The rows that hang on `above`, whether directly, in a group or in a range.
fn beside(doc: &Doc, above: usize) -> Vec<usize> {
    let rows = doc.outline.rows();
    let Some(depth) = rows.get(above).map(|row| row.depth) else { return Vec::new() };
    let mut found = Vec::new();
    // Rows deeper than a part that was found belong to it.
    let mut inside = None;
    for (i, row) in rows.iter().enumerate().skip(above + 1).take_while(|(_, row)| row.depth > depth) {
        if inside.is_some_and(|level| row.depth > level) {
            continue;
        }
        inside = is_part(&row.what).then_some(row.depth);
        if inside.is_some() && !matches!(row.what, What::Problem(_)) {
            found.push(i);
        }
        if found.len() == SIBLINGS {
            break;
        }
    }
    found
}

fn edit(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, room: Rect) {
    let missing = doc.missing.clone();
    let Some(edit) = &mut doc.path_edit else { return };
    let field = room.shrink2(vec2(12.0, 4.0));
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(field));
    let width = if missing.is_some() { field.width() * 0.6 } else { field.width() };
    inner.horizontal(|ui| {
        let text = egui::TextEdit::singleline(&mut edit.text)
            .font(theme::mono(12.0))
            .hint_text("root.steps[0][1].coef_")
            .desired_width(width - 24.0);
        let response = ui.add(text);
        response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Path"));
        if std::mem::take(&mut edit.fresh) {
            response.request_focus();
            // All of it is selected, so that a pasted path replaces it.
            paint::select_all(ui.ctx(), response.id, &edit.text);
        }
        let (enter, escape) = ui.input(|i| (i.key_pressed(Key::Enter), i.key_pressed(Key::Escape)));
        if response.lost_focus() && enter {
            cx.send(Command::Path(edit.text.clone()));
            // It stays open until something is found there.
            edit.fresh = true;
        } else if escape {
            cx.send(Command::EditPath(false));
        }
        if let Some(missing) = missing {
            let words = format!("Nothing is at {}", escape::plain(&missing));
            ui.label(egui::RichText::new(words).font(theme::sans(12.0)).color(cx.p.danger));
        }
    });
}
