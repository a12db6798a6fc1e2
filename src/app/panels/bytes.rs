//! The bytes of a stream: the selected opcode filled, the selected object framed, the data of arrays folded; and the
//! strip of layers that says which stream of the file they are.

use std::sync::Arc;

use egui::{Key, Modifiers, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::evidence::{head, link_button};
use super::object_menu::{Target, object_menu};
use super::{Ctx, overview};
use crate::app::update::Command;
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Hover, Linked, Pane};
use crate::app::{icons, theme};
use crate::audit::{Severity, Verdict, verdict_at};
use crate::bytes::StreamId;
use crate::container::Kind;
use crate::view::byte_rows::{ByteRow, WIDTH};
use crate::view::number;
use crate::view::{describe, escape};

const ROW: f32 = 22.0;
const PAGE: u64 = 4096;
const CELL: f32 = 17.5;

/// Draws the pane.
pub fn bytes(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    let part = doc.selection.part;
    let stream = doc.stream();
    let artifact = Arc::clone(&doc.artifact);
    let Some(bytes) = artifact.streams.get(stream).map(|stream| stream.bytes.clone()) else { return };
    let total = bytes.len();
    let (bar, words_end) = head(ui, cx, "Bytes", &number::grouped(total), "");
    let to = Linked { bytes: !doc.linked.bytes, ..doc.linked };
    link_button(ui, cx, bar, "Bytes", doc.linked.bytes, to);
    layers(ui, cx, doc, stream, Rect::from_min_max(pos2(words_end + 12.0, bar.top()), bar.max - vec2(44.0, 0.0)));
    // Offsets of the selection count in the stream of its part, and in no other layer.
    let home = artifact.parts.get(part).is_some_and(|part| part.stream == stream);
    let offset = doc.selection.offset.filter(|_| home);
    if focused && let Some(to) = home.then(|| offset.unwrap_or(0)).and_then(|offset| stepped(ui, offset, total)) {
        cx.send(Command::Opcode(part, to));
    }
    let op_len = doc.op_row.and_then(|row| {
        let page = doc.ops.get((part, row / super::evidence::OPS_PAGE))?;
        let Ok(all) = &*page else { return None };
        let at = usize::try_from(row % super::evidence::OPS_PAGE).ok()?;
        all.get(at).filter(|op| Some(op.offset) == offset).map(|op| op.len)
    });
    let array = doc.selection.array.and_then(|i| artifact.arrays.get(i));
    let data = array.filter(|array| array.span.stream == stream && array.nbytes().is_some()).map(|array| array.span);
    // In an outer layer, the place of the layer below it.
    let held = doc.layer.and_then(|_| below(doc, stream)).map(|span| span.start..span.end());
    let extent = if home { doc.extent.clone() } else { held };
    let hover = doc.hover.filter(|_| home);
    let rows = doc.rows_of(stream);
    // The one opcode in question wears the colour of its verdict.
    let reach = offset.and_then(|offset| verdict_at(&doc.report, part, artifact.pickled(part)?, offset));
    let filled = match reach {
        Some((_, verdict @ (Verdict::Danger(_) | Verdict::Unknown))) => cx.p.verdict(verdict),
        _ => cx.p.accent,
    };
    let strip = overview::reserve(ui, doc);
    let report = Arc::clone(&doc.report);
    let menu_of = Target::selected(doc);
    let mut pos = doc.at.bytes;
    let ctx = ui.ctx().clone();
    super::unowned::want(&ctx, doc, stream);
    let unowned = doc.unowned.get(stream);
    let unowned = unowned.as_deref().and_then(|found| found.as_ref().ok());
    let (p, commands, pages, hover_next) = (cx.p, &mut *cx.commands, &mut doc.bytes, &mut doc.hover_next);
    let seen = big_list(ui, &mut pos, rows.rows(), ROW, focused, |ui, row| {
        let rect = ui.max_rect();
        let middle = rect.center().y;
        let left = rect.left() + 12.0 + if total > 0xff_ffff { 76.0 } else { 52.0 };
        let range = match rows.get(row) {
            Some(ByteRow::Bytes(range)) => range,
            Some(ByteRow::Fold(fold)) => {
                let Some(entry) = rows.folds().get(fold) else { return };
                let response = ui.interact(rect, ui.scope_id(), Sense::click());
                ui.painter().rect_filled(rect, 0.0, if response.hovered() { p.bg3 } else { p.bg2 });
                let at = format!("{:04x}", entry.range.start);
                paint::text(ui.painter(), rect.left() + 12.0, middle, &at, theme::mono(11.0), p.dim, 90.0);
                paint::icon(ui.painter(), pos2(left + 5.0, middle), icons::CARET_RIGHT, 12.0, p.dim);
                let kind = artifact.arrays.get(entry.array).map(describe::describe_array);
                let kind = kind.map(|kind| kind.type_name).unwrap_or_default();
                let n = entry.range.end - entry.range.start;
                let words = format!("{} bytes {kind}, click to open", number::grouped(n));
                let chosen = data.is_some_and(|span| span.start == entry.range.start);
                let colour = if chosen { p.array } else { p.text2 };
                paint::text(ui.painter(), left + 16.0, middle, &words, theme::sans(12.0), colour, rect.right() - left);
                response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{at} {words}")));
                if response.clicked() {
                    commands.push(Command::Fold(stream, fold));
                }
                return;
            }
            None => return,
        };
        let line = range.start / WIDTH * WIDTH;
        let key = (stream.0, line / PAGE);
        let source = bytes.clone();
        pages.want(&ctx, key, move |_| {
            let at = key.1 * PAGE;
            source.read_vec(at, PAGE.min(total - at))
        });
        paint::text(ui.painter(), rect.left() + 12.0, middle, &format!("{line:04x}"), theme::mono(11.0), p.dim, 90.0);
        let page = pages.get(key);
        let all = match page.as_deref() {
            Some(Ok(all)) => all,
            Some(Err(error)) => {
                paint::text(ui.painter(), left, middle, &error.to_string(), theme::sans(12.0), p.danger, rect.width());
                return;
            }
            None => return,
        };
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        let x_of = |column: u64| {
            #[expect(clippy::cast_precision_loss, reason = "16 cells")]
            let cells = column as f32 * CELL;
            left + cells + if column >= 8 { 6.0 } else { 0.0 }
        };
        let text_at = x_of(WIDTH) + 12.0;
        let under = |at: egui::Pos2| (0..WIDTH).rev().find(|column| at.x >= x_of(*column) - 2.0).unwrap_or(0);
        if let Some(at) = response.hover_pos().filter(|at| home && at.x < text_at) {
            *hover_next = Some(Hover { part, at: (line + under(at)).clamp(range.start, range.end - 1), len: 1 });
        }
        // What no object owns is hatched.
        let mut at = range.start;
        let mut about = None;
        while let Some(unowned) = unowned
            && at < range.end
        {
            let Some((piece, what)) = unowned.from(at).filter(|(piece, _)| piece.start < range.end) else { break };
            let (first, last) = (piece.start.max(at) - line, piece.end.min(range.end) - line);
            let area = Rect::from_x_y_ranges(x_of(first) - 2.0..=x_of(last - 1) + CELL - 2.0, rect.y_range());
            paint::hatch(ui.painter(), area, p.line2);
            if response.hover_pos().is_some_and(|at| area.contains(at)) {
                about = Some(format!("{}: {}", number::count(piece.end - piece.start, "byte"), what.words()));
            }
            at = line + last;
        }
        let response = match about {
            Some(words) => response.on_hover_text_at_pointer(words),
            None => response,
        };
        let mut hex = String::new();
        for at in range.clone() {
            let Some(byte) = usize::try_from(at % PAGE).ok().and_then(|i| all.get(i)) else { break };
            let column = at - line;
            let x = x_of(column);
            let on_op = offset == Some(at);
            let in_op = offset.is_some_and(|o| at >= o && at < o + op_len.unwrap_or(1));
            let in_data = data.is_some_and(|span| at >= span.start && at < span.end());
            let marked = if home { report.mark_at(part, at) } else { None };
            let in_extent = extent.as_ref().is_some_and(|extent| extent.contains(&at));
            let fill = if on_op {
                Some(filled)
            } else if in_op {
                Some(p.sel)
            } else if hover.is_some_and(|hover| hover.is_at(part, at, 1)) {
                Some(p.line2)
            } else if let Some(severity) = marked {
                Some(if severity == Severity::Danger { p.danger_fill } else { p.caution_fill })
            } else if in_data || in_extent {
                Some(p.bg3)
            } else {
                None
            };
            let cell = Rect::from_min_max(pos2(x - 2.0, rect.top()), pos2(x_of(column + 1) - 2.0, rect.bottom()));
            if let Some(fill) = fill {
                ui.painter().rect_filled(cell, 0.0, fill);
            }
            if let Some(extent) = extent.as_ref().filter(|_| in_extent) {
                let edge = Stroke::new(1.0, p.dim);
                if at == extent.start || column == 0 {
                    ui.painter().vline(cell.left() + 0.5, cell.y_range(), edge);
                }
                if at + 1 == extent.end || column + 1 == WIDTH {
                    ui.painter().vline(cell.right() - 0.5, cell.y_range(), edge);
                }
                if at < extent.start.saturating_add(WIDTH) {
                    ui.painter().hline(cell.x_range(), cell.top() + 0.5, edge);
                }
                if at.saturating_add(WIDTH) >= extent.end {
                    ui.painter().hline(cell.x_range(), cell.bottom() - 0.5, edge);
                }
            }
            let colour = match (on_op, marked, byte) {
                (true, ..) => p.on_accent,
                (_, Some(Severity::Danger), _) => p.danger,
                (_, Some(_), _) => p.caution,
                (.., 0) => p.dim,
                _ => p.text2,
            };
            let digits = format!("{byte:02x}");
            paint::text(ui.painter(), x, middle, &digits, theme::mono(11.0), colour, 20.0);
            hex.push_str(&digits);
            let c = if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '·' };
            let colour = if c == '·' { p.dim } else { p.text2 };
            #[expect(clippy::cast_precision_loss, reason = "16 cells")]
            let x = text_at + column as f32 * 7.0;
            paint::text(ui.painter(), x, middle, &c.to_string(), theme::mono(11.0), colour, 12.0);
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("{line:04x} {hex}")));
        // The menu is that of the object the byte belongs to, which becomes the selected one.
        if home {
            object_menu(&response, &artifact, commands, || menu_of.clone());
        }
        if (response.clicked() || response.secondary_clicked())
            && let Some(at) = response.interact_pointer_pos()
        {
            commands.push(Command::Pane(Pane::Bytes));
            if home {
                commands.push(Command::Opcode(part, (line + under(at)).clamp(range.start, range.end - 1)));
            }
        }
    });
    doc.at.bytes = pos;
    overview::bytes(ui, cx, doc, stream, strip, seen);
}

/// Where the arrow keys lead from a byte.
fn stepped(ui: &Ui, offset: u64, total: u64) -> Option<u64> {
    if ui.ctx().text_edit_focused() {
        return None;
    }
    let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    let to = if pressed(Key::ArrowRight) {
        offset + 1
    } else if pressed(Key::ArrowLeft) {
        offset.saturating_sub(1)
    } else if pressed(Key::ArrowDown) {
        offset + WIDTH
    } else if pressed(Key::ArrowUp) {
        offset.saturating_sub(WIDTH)
    } else if pressed(Key::Home) {
        0
    } else if pressed(Key::End) {
        total
    } else {
        return None;
    };
    Some(to.min(total.saturating_sub(1))).filter(|to| *to != offset)
}

/// The streams from the file to that of the selection, outermost first.
fn chain(doc: &Doc) -> Vec<StreamId> {
    let mut all = vec![doc.selected_stream()];
    // A parent always has a smaller id, so this ends.
    while let Some(from) = all.last().and_then(|id| doc.artifact.streams.get(*id)).and_then(|stream| stream.from) {
        all.push(from.place.stream);
    }
    all.reverse();
    all
}

/// Where the next inner layer lies in `stream`.
fn below(doc: &Doc, stream: StreamId) -> Option<crate::bytes::Span> {
    let all = chain(doc);
    let at = all.iter().position(|id| *id == stream)?;
    let inner = doc.artifact.streams.get(*all.get(at + 1)?)?;
    inner.from.map(|from| from.place)
}

/// What a stream is, in a word: `gzip`, `pickle`, `array`.
fn layer_name(doc: &Doc, id: StreamId) -> String {
    let Some(stream) = doc.artifact.streams.get(id) else { return String::new() };
    let word = match stream.kind {
        Kind::Compressed(codec) => codec.name(),
        Kind::Zip => "zip",
        Kind::Tar => "tar",
        Kind::Npy => "npy",
        Kind::Safetensors => "safetensors",
        Kind::Booster(form) => form.word(),
        Kind::Other(what) | Kind::OtherArchive(what) => what,
        Kind::Empty => "empty",
        Kind::Pickle | Kind::TorchLegacy => "pickle",
        Kind::Unknown if doc.artifact.parts.iter().any(|part| part.stream == id) => "pickle",
        Kind::Unknown => "data",
    };
    if stream.name.is_empty() { word.to_owned() } else { format!("{word} {}", escape::plain(&stream.name)) }
}

/// The strip of layers: which stream of the file the pane shows. Nothing where there is only the file.
fn layers(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc, shown: StreamId, room: Rect) {
    let all = chain(doc);
    if all.len() < 2 || room.width() < 60.0 {
        return;
    }
    let mut strip = ui.new_child(
        egui::UiBuilder::new()
            .id_salt("layers")
            .max_rect(room)
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    strip.set_clip_rect(room.intersect(ui.clip_rect()));
    strip.spacing_mut().item_spacing.x = 4.0;
    for (i, id) in all.iter().enumerate() {
        if i > 0 {
            strip.label(egui::RichText::new(icons::CARET_RIGHT).font(theme::icon(10.0)).color(cx.p.dim));
        }
        let name = layer_name(doc, *id);
        let here = *id == shown;
        let shortened = super::index::middle_cut(&name, 22.0);
        let words = strip.painter().layout_no_wrap(
            shortened,
            if here { theme::semibold(12.0) } else { theme::sans(12.0) },
            if here { cx.p.text } else { cx.p.text2 },
        );
        let (rect, response) = strip.allocate_exact_size(vec2(words.size().x + 12.0, 20.0), Sense::click());
        let fill = if here {
            cx.p.sel
        } else if response.hovered() {
            cx.p.bg3
        } else {
            cx.p.bg2
        };
        strip.painter().rect_filled(rect, 4.0, fill);
        strip.painter().galley(rect.center() - words.size() / 2.0, words, cx.p.text);
        let full = format!("Show the bytes of layer {name}");
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, here, &full));
        if response.clicked() {
            cx.send(Command::Layer(*id));
        }
        response.on_hover_text(full);
    }
}
