//! The bytes that belong to no object, as a table: where they are, how many, and what they are.

use std::sync::Arc;

use egui::{Align, Context, Layout, Role, Sense, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder};

use super::Ctx;
use crate::app::theme;
use crate::app::update::Command;
use crate::app::workspace::{Doc, Pane};
use crate::bytes::StreamId;
use crate::view::number;
use crate::view::unowned::{MAX_PIECES, Unowned, What};

/// Starts looking for them, unless that was done.
pub fn want(ctx: &Context, doc: &mut Doc, stream: StreamId) {
    let artifact = Arc::clone(&doc.artifact);
    doc.unowned.want(ctx, stream, move |progress| Unowned::of(&artifact, stream, progress));
}

/// Draws the table of the stream that the byte pane shows.
pub fn unowned(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc) {
    let stream = doc.stream();
    want(&ui.ctx().clone(), doc, stream);
    let say = |ui: &mut Ui, words: &str| {
        ui.add_space(12.0);
        ui.horizontal_wrapped(|ui| {
            ui.add_space(12.0);
            ui.label(egui::RichText::new(words).color(cx.p.dim));
        });
    };
    let page = doc.unowned.get(stream);
    let found = match page.as_deref() {
        Some(Ok(found)) => found,
        Some(Err(error)) => return say(ui, &error.to_string()),
        None => return say(ui, "Looking…"),
    };
    let len = doc.artifact.streams.get(stream).map_or(0, |stream| stream.bytes.len());
    if found.pieces.is_empty() {
        return say(ui, "Every byte belongs to an object");
    }
    say(ui, &format!("{} of {} bytes belong to no object", number::grouped(found.total), number::grouped(len)));
    if found.pieces.len() == MAX_PIECES {
        say(ui, &format!("The first {} pieces are listed", number::grouped(MAX_PIECES as u64)));
    }
    ui.add_space(6.0);
    let home = doc.artifact.parts.get(doc.selection.part).is_some_and(|part| part.stream == stream);
    let (part, chosen) = (doc.selection.part, doc.selection.offset.filter(|_| home));
    let cell = |ui: &mut Ui, words: &str, font, colour| {
        ui.add_space(12.0);
        ui.add(egui::Label::new(egui::RichText::new(words).font(font).color(colour)).truncate());
    };
    let p = cx.p;
    TableBuilder::new(ui)
        .id_salt("unowned")
        .sense(Sense::click())
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Column::initial(84.0).resizable(true).clip(true))
        .column(Column::initial(64.0).resizable(true).clip(true))
        .column(Column::remainder().clip(true))
        .header(24.0, |mut head| {
            for words in ["Offset", "Bytes", "What"] {
                head.col(|ui| cell(ui, words, theme::semibold(12.0), p.text2));
            }
        })
        .body(|body| {
            body.rows(22.0, found.pieces.len(), |mut row| {
                let Some((range, what)) = found.pieces.get(row.index()) else { return };
                row.set_selected(chosen.is_some_and(|offset| range.contains(&offset)));
                let n = range.end - range.start;
                let (at, many) = (format!("{:#x}", range.start), number::grouped(n));
                row.col(|ui| cell(ui, &at, theme::mono(11.0), p.dim));
                row.col(|ui| cell(ui, &many, theme::mono(11.0), p.text));
                let tone = if *what == What::Unread { p.caution } else { p.text2 };
                row.col(|ui| cell(ui, &what.words(), theme::sans(12.0), tone));
                let response = row.response();
                let sentence = format!("{at} {} {}", number::count(n, "byte"), what.words());
                response.widget_info(|| WidgetInfo::labeled(Role::Row, true, &sentence));
                if response.clicked() {
                    cx.send(Command::Pane(Pane::Bytes));
                    if home {
                        cx.send(Command::Opcode(part, range.start));
                    } else {
                        cx.send(Command::Place(stream, range.start));
                    }
                }
            });
        });
}
