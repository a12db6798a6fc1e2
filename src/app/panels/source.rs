//! The load as code, in place of the opcodes; and the slider that steps through them.

use std::sync::Arc;

use egui::text::LayoutJob;
use egui::{Align, Layout, Rect, Role, Sense, Stroke, TextFormat, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::Ctx;
use crate::app::source_look::{SourceAsk, View};
use crate::app::theme::Palette;
use crate::app::update::Command;
use crate::app::widgets::big_list::{big_list, moved};
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Pane};
use crate::app::{icons, theme};
use crate::audit::{Severity, rules};
use crate::view::number;

const ROW: f32 = 22.0;
/// Characters of a line that are laid out: more than any screen is wide.
const LAID_OUT: usize = 600;

/// The views of what is written: the opcodes, the code they amount to, and the bytes that belong to no object.
pub fn tabs(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc, bar: Rect, count: &str) {
    let room = Rect::from_min_max(pos2(bar.left() + 12.0, bar.top()), bar.max - vec2(44.0, 1.0));
    let mut strip =
        ui.new_child(UiBuilder::new().id_salt("views").max_rect(room).layout(Layout::left_to_right(Align::Center)));
    strip.set_clip_rect(room.intersect(ui.clip_rect()));
    let tight = room.width() < 240.0;
    let count = if tight { "" } else { count };
    strip.spacing_mut().item_spacing.x = if tight { 12.0 } else { 16.0 };
    let all = [("Opcodes", count, View::Opcodes), ("Source", "", View::Source), ("Unowned", "", View::Unowned)];
    for (label, count, shown) in all {
        let response = paint::tab(&mut strip, label, count, doc.source.shown == shown);
        if doc.source.shown == shown {
            // The bar is lower than a tab, so that the tab's own line is cut off.
            let line = Rect::from_x_y_ranges(response.rect.x_range(), bar.bottom() - 2.0..=bar.bottom());
            ui.painter().rect_filled(line, 0.0, cx.p.accent);
        }
        if response.clicked() {
            cx.send(Command::Source(SourceAsk::Show(shown)));
        }
    }
}

/// The lines.
pub fn source(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    let part = doc.selection.part;
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    only_button(ui, cx, doc, bar);
    let (artifact, report) = (Arc::clone(&doc.artifact), Arc::clone(&doc.report));
    doc.source.want(ui.ctx(), &artifact, &report, part);
    let only = doc.source.only_in(part);
    let page = doc.source.pages.get((part, only.map(crate::pickle::NodeId::raw)));
    let Some(Ok(source)) = page.as_deref() else {
        ui.add_space(12.0);
        ui.label(egui::RichText::new("   Writing…").color(cx.p.dim));
        return;
    };
    let chosen = doc.selection.offset.and_then(|offset| source.line_of(offset));
    let here = doc.selection.offset.map(|offset| (part, offset));
    if doc.source.followed != here {
        doc.source.followed = here;
        if let Some(line) = chosen {
            doc.source.at.reveal(line as u64);
        }
    }
    let rows = source.lines.len() as u64;
    if let Some(row) = moved(ui, focused, chosen.map(|line| line as u64), rows, ui.available_height() / ROW)
        && let Some(line) = usize::try_from(row).ok().and_then(|i| source.lines.get(i))
    {
        cx.send(Command::Opcode(part, line.offset));
    }
    let (p, commands) = (cx.p, &mut *cx.commands);
    let mut at = doc.source.at;
    big_list(ui, &mut at, rows, ROW, focused, |ui, row| {
        let Some(i) = usize::try_from(row).ok() else { return };
        let Some(line) = source.lines.get(i) else { return };
        let rect = ui.max_rect();
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        let selected = chosen == Some(i);
        let (tone, fill) = match line.severity {
            Some(Severity::Danger) => (Some((p.danger, icons::WARNING_OCTAGON)), Some(p.danger_fill)),
            Some(Severity::Caution) => (Some((p.caution, icons::QUESTION)), Some(p.caution_fill)),
            _ => (None, None),
        };
        if let Some(fill) = fill {
            ui.painter().rect_filled(rect, 0.0, fill);
        }
        paint::row_ground(ui.painter(), rect, selected, response.hovered(), p);
        let middle = rect.center().y;
        let place = format!("{:#x}", line.offset);
        paint::text_right(ui.painter(), rect.left() + 76.0, middle, &place, theme::mono(11.0), p.dim);
        if let Some((tone, glyph)) = tone {
            paint::icon(ui.painter(), pos2(rect.left() + 92.0, middle), glyph, 13.0, tone);
        }
        let galley = ui.painter().layout_job(coloured(&line.text, p, tone.map(|(tone, _)| tone)));
        #[expect(clippy::cast_precision_loss, reason = "a few steps")]
        let left = rect.left() + 106.0 + 24.0 * line.indent as f32;
        ui.painter().galley(pos2(left, (middle - galley.size().y / 2.0).round()), galley, p.text);
        let mark = line.severity.map_or("", rules::Severity::word);
        let comma = if mark.is_empty() { "" } else { ", " };
        response.widget_info(|| {
            WidgetInfo::selected(Role::Row, true, selected, format!("{place} {}{comma}{mark}", line.text))
        });
        if response.clicked() {
            commands.push(Command::Pane(Pane::Opcodes));
            commands.push(Command::Opcode(part, line.offset));
        }
    });
    doc.source.at = at;
}

fn only_button(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc, bar: Rect) {
    let mut strip =
        ui.new_child(UiBuilder::new().id_salt("only").max_rect(bar).layout(Layout::right_to_left(Align::Center)));
    strip.set_clip_rect(bar.intersect(ui.clip_rect()));
    strip.add_space(12.0);
    let mut only = doc.source.only_in(doc.selection.part).is_some();
    let possible = only || doc.selection.node.is_some();
    let box_ = egui::Checkbox::new(&mut only, egui::RichText::new("This object only").font(theme::sans(12.0)));
    if strip.add_enabled(possible, box_).changed() {
        cx.send(Command::Source(SourceAsk::Only(only)));
    }
    let room = strip.available_width() - 24.0;
    let words = "What the opcodes do, written as code. It has not been run.";
    let (left, middle) = (bar.left() + 12.0, bar.center().y);
    paint::text(ui.painter(), left, middle, words, theme::sans(12.0), cx.p.text2, room);
    let response = ui.interact(bar.with_max_x(bar.left() + room.max(1.0)), ui.scope_id().with("said"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
}

/// Steps: to the first, previous, next and last opcode, and a slider over all of them.
pub fn steps(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc, rows: u64) {
    let Some(last) = rows.checked_sub(1) else { return };
    let part = doc.selection.part;
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    let mut strip = ui.new_child(
        UiBuilder::new()
            .id_salt("steps")
            .max_rect(bar.shrink2(vec2(8.0, 0.0)))
            .layout(Layout::left_to_right(Align::Center)),
    );
    strip.set_clip_rect(bar.intersect(ui.clip_rect()));
    strip.spacing_mut().item_spacing.x = 2.0;
    let now = doc.source.step.or(doc.op_row);
    let mut row = now.unwrap_or(0).min(last);
    let before = row;
    let buttons = [
        (icons::SKIP_BACK, "First step", 0),
        (icons::CARET_LEFT, "Previous step", row.saturating_sub(1)),
        (icons::CARET_RIGHT, "Next step", if now.is_some() { (row + 1).min(last) } else { 0 }),
        (icons::SKIP_FORWARD, "Last step", last),
    ];
    let mut to = None;
    for (glyph, name, target) in buttons {
        let (at, response) = strip.allocate_exact_size(vec2(24.0, 24.0), Sense::click());
        if response.hovered() || response.has_focus() {
            strip.painter().rect_filled(at, 6.0, cx.p.bg3);
        }
        paint::icon(strip.painter(), at.center(), glyph, 14.0, cx.p.text2);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        if response.clicked() {
            to = Some(target);
        }
        response.on_hover_text(name);
    }
    let words = match now {
        Some(_) => format!("{} of {}", number::grouped(row + 1), number::grouped(rows)),
        None => format!("{} steps", number::grouped(rows)),
    };
    let words = strip.painter().layout_no_wrap(words, theme::mono(11.0), cx.p.dim);
    strip.add_space(6.0);
    // Where there is no room for both, the slider matters more: the row of the step is in sight anyway.
    let room = strip.available_width() - 12.0;
    let beside = room - words.size().x - 8.0;
    let counted = beside >= 80.0;
    strip.spacing_mut().slider_width = if counted { beside } else { room.max(40.0) };
    let slider = strip.add(egui::Slider::new(&mut row, 0..=last).show_value(false));
    let said = format!("Step {} of {}", number::grouped(row + 1), number::grouped(rows));
    slider.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &said));
    if slider.changed() && row != before {
        to = Some(row);
    }
    if counted {
        let at = pos2(bar.right() - 12.0 - words.size().x, bar.center().y - words.size().y / 2.0);
        strip.painter().galley(at, words, cx.p.dim);
    }
    if let Some(row) = to {
        cx.send(Command::Source(SourceAsk::Step(part, row)));
    }
}

/// A line in the colours of its words: strings, numbers, keywords, remarks.
fn coloured(line: &str, p: &Palette, tone: Option<egui::Color32>) -> LayoutJob {
    const WORDS: &[&str] = &["from", "import", "as", "return", "raise", "None", "True", "False"];
    let cut = line.char_indices().nth(LAID_OUT).map_or(line.len(), |(at, _)| at);
    let line = line.get(..cut).unwrap_or(line);
    let mut job = LayoutJob::default();
    let mut rest = line;
    let mut after_word = false;
    while let Some(c) = rest.chars().next() {
        let run = |more: fn(char) -> bool| rest.find(|c| !more(c)).unwrap_or(rest.len());
        let (n, colour) = match c {
            '#' => (rest.len(), p.text2),
            '\'' | '"' => (quoted(rest, c), p.string),
            '0'..='9' if !after_word => (run(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ',')), p.number),
            c if c.is_alphanumeric() || c == '_' => {
                let n = run(|c| c.is_alphanumeric() || c == '_');
                let word = rest.get(..n).unwrap_or("");
                let capital = word.starts_with(|c: char| c.is_ascii_uppercase());
                let colour = match (WORDS.contains(&word), capital) {
                    (true, _) => p.constant,
                    (_, true) => p.global,
                    _ if word == "ndarray" => p.array,
                    _ => tone.unwrap_or(p.text),
                };
                (n, colour)
            }
            c => (c.len_utf8(), p.text2),
        };
        // A comma behind a number is none of it.
        let word = rest.get(..n).unwrap_or(rest);
        let word = if colour == p.number { word.trim_end_matches(',') } else { word };
        job.append(word, 0.0, TextFormat::simple(theme::mono(12.0), colour));
        after_word = c.is_alphanumeric() || c == '_';
        rest = rest.get(word.len().max(1)..).unwrap_or("");
    }
    job
}

/// Length of the literal that `text` begins with.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
