//! A part that is neither pickle nor array: text as lines, metadata as a table.

use std::sync::Arc;

use egui::{Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::{message, title};
use crate::app::panels::Ctx;
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::paint;
use crate::app::workspace::Doc;
use crate::app::{icons, theme};
use crate::formats::Body;
use crate::view::text::lines;
use crate::view::{escape, number};

/// Height of a line of text.
const LINE: f32 = 18.0;
/// Width of a character of text.
const CHARACTER: f32 = 7.3;

/// Draws the selected part, if it is one of these.
pub fn part_detail(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) -> bool {
    let artifact = Arc::clone(&doc.artifact);
    let selected = doc.selection.part;
    let Some(part) = artifact.parts.get(selected) else { return false };
    let name = if part.name.is_empty() { artifact.name() } else { part.name.to_string() };
    let name = escape::plain(&name);
    match &part.body {
        Body::Text => {
            let size = artifact.streams.get(part.stream).map_or(0, |stream| stream.bytes.len());
            title(ui, cx, icons::CODE, &name, "text", &number::size(size));
            text(ui, cx, doc, selected, focused);
        }
        Body::Facts(facts) => {
            title(ui, cx, icons::LIST_BULLETS, &name, "metadata", &number::count(facts.len() as u64, "fact"));
            table(ui, cx, doc, facts, focused);
        }
        Body::Pickle(_) | Body::Document(_) | Body::Array(_) | Body::Opaque(_) => return false,
    }
    true
}

fn text(ui: &mut Ui, cx: &Ctx<'_>, doc: &mut Doc, part: usize, focused: bool) {
    let top = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), top - 0.5, Stroke::new(1.0, cx.p.line));
    let artifact = Arc::clone(&doc.artifact);
    doc.texts.want(ui.ctx(), part, move |progress| lines(&artifact, part, progress));
    let found = doc.texts.get(part);
    let shown = match found.as_deref() {
        Some(Ok(shown)) => shown,
        Some(Err(error)) => {
            ui.add_space(16.0);
            return message(ui, cx, icons::WARNING, cx.p.danger, &error.to_string());
        }
        None => return,
    };
    if shown.more > 0 {
        ui.add_space(8.0);
        message(ui, cx, icons::INFO, cx.p.dim, &format!("{} more are not shown", number::size(shown.more)));
    }
    ui.add_space(8.0);
    let p = cx.p;
    let gutter = 56.0;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand characters at most")]
    let wide = gutter + shown.widest as f32 * CHARACTER + 24.0;
    let width = ui.available_width().max(wide);
    let mut pos = doc.at.detail;
    egui::ScrollArea::horizontal().id_salt("text").show(ui, |ui| {
        ui.set_min_width(width);
        big_list(ui, &mut pos, shown.all.len() as u64, LINE, focused, |ui, row| {
            let rect = ui.max_rect();
            let Some(line) = usize::try_from(row).ok().and_then(|i| shown.all.get(i)) else { return };
            let (painter, middle) = (ui.painter(), rect.center().y);
            let number = (row + 1).to_string();
            paint::text_right(painter, rect.left() + gutter - 16.0, middle, &number, theme::mono(11.0), p.dim);
            paint::text(painter, rect.left() + gutter, middle, line, theme::mono(12.0), p.text, rect.width() - gutter);
            ui.interact(rect, ui.scope_id(), Sense::hover())
                .widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("Line {number} {line}")));
        });
    });
    doc.at.detail = pos;
}

fn table(ui: &mut Ui, cx: &Ctx<'_>, doc: &mut Doc, facts: &[(Box<str>, Box<str>)], focused: bool) {
    let p = cx.p;
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    let second = 16.0 + head.width() * 0.32;
    for (words, at) in [("Name", 16.0), ("Value", second)] {
        paint::text(ui.painter(), head.left() + at, head.center().y, words, theme::semibold(12.0), p.text2, 100.0);
    }
    ui.painter().hline(head.x_range(), head.bottom() - 0.5, Stroke::new(1.0, p.line));
    let mut pos = doc.at.detail;
    big_list(ui, &mut pos, facts.len() as u64, 24.0, focused, |ui, row| {
        let Some((key, value)) = usize::try_from(row).ok().and_then(|i| facts.get(i)) else { return };
        let (key, value) = (escape::plain(key), escape::plain(value));
        let rect = ui.max_rect();
        let (painter, middle) = (ui.painter(), rect.center().y);
        paint::text(painter, rect.left() + 16.0, middle, &key, theme::mono(12.0), p.text, second - 28.0);
        let room = rect.width() - second - 16.0;
        paint::text(painter, rect.left() + second, middle, &value, theme::mono(12.0), p.string, room);
        ui.interact(rect, ui.scope_id(), Sense::hover())
            .on_hover_text(&value)
            .widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("{key} {value}")));
    });
    doc.at.detail = pos;
}
