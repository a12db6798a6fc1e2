//! A model of gradient boosting: what it says of itself, then its trees, each a row that leads to it.

use egui::{Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use crate::app::panels::Ctx;
use crate::app::update::Command;
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::paint;
use crate::app::workspace::Doc;
use crate::app::{icons, theme};
use crate::view::booster::Booster;
use crate::view::number;

/// Height of a row.
const ROW: f32 = 24.0;
/// Where values begin.
const VALUE: f32 = 140.0;

/// Draws the model.
pub fn booster(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, booster: &Booster, focused: bool) {
    let p = cx.p;
    ui.add_space(8.0);
    for fact in &booster.facts {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
        let (painter, left, middle) = (ui.painter(), rect.left() + 16.0, rect.center().y);
        paint::text(painter, left, middle, fact.name, theme::sans(12.0), p.text2, VALUE - 12.0);
        let room = rect.width() - VALUE - 32.0;
        paint::text(painter, left + VALUE, middle, &fact.value, theme::mono(12.0), p.text, room);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{}: {}", fact.name, fact.value)));
        if fact.name == "Feature names" {
            response.on_hover_text(&fact.value);
        }
    }
    if booster.trees.is_empty() {
        return;
    }
    ui.add_space(8.0);
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    ui.painter().hline(head.x_range(), head.top() + 0.5, Stroke::new(1.0, p.line));
    let words = number::count(booster.trees.len() as u64, "tree");
    paint::text(ui.painter(), head.left() + 16.0, head.center().y, &words, theme::semibold(13.0), p.text, 200.0);
    let (mut pos, part) = (doc.at.detail, booster.part);
    let commands = &mut *cx.commands;
    big_list(ui, &mut pos, booster.trees.len() as u64, ROW, focused, |ui, row| {
        let Some(tree) = usize::try_from(row).ok().and_then(|i| booster.trees.get(i)) else { return };
        let rect = ui.max_rect();
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        paint::row_ground(ui.painter(), rect, false, response.hovered(), p);
        let (painter, left, middle) = (ui.painter(), rect.left() + 16.0, rect.center().y);
        paint::icon(painter, egui::pos2(left + 7.0, middle), icons::TREE_STRUCTURE, 14.0, p.dim);
        paint::text(painter, left + 22.0, middle, &tree.label, theme::mono(12.0), p.text, VALUE - 34.0);
        paint::text(painter, left + VALUE, middle, &tree.size, theme::sans(12.0), p.dim, rect.width() - VALUE - 32.0);
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("Tree {} of {}", tree.label, tree.size)));
        if response.clicked() {
            commands.push(Command::Object(part, tree.node));
        }
    });
    doc.at.detail = pos;
}
