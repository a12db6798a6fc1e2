//! Bottom: the evidence. Opcodes with what they reach, stack and memo at the chosen one, and the bytes; all three show
//! the same place. Everything is read in pages by jobs.

use std::sync::Arc;

use egui::{Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use crate::app::update::Command;
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Pane};
use crate::app::{icons, theme};
use crate::audit::{Verdict, verdict_at};
use crate::bytes::Limits;
use crate::formats;
use crate::pickle::{EffectKind, NodeId, Op};
use crate::view::describe::{Detail, describe};
use crate::view::number;
use crate::view::opcode::arg_text;

const ROW: f32 = 22.0;
const OPS_PAGE: u64 = 256;
const BYTES_PAGE: u64 = 4096;

/// Draws the pane.
pub fn evidence(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, pane: Pane) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ui.max_rect();
    // A resizable panel is as large as what it holds.
    ui.expand_to_include_rect(area);
    let third = (area.width() * 0.2).clamp(170.0, 300.0);
    let bytes = (area.width() * 0.48).clamp(300.0, 500.0);
    let first = Rect::from_min_max(area.min, pos2(area.right() - third - bytes, area.bottom()));
    let second = Rect::from_min_max(pos2(first.right(), area.top()), pos2(first.right() + third, area.bottom()));
    let last = Rect::from_min_max(pos2(second.right(), area.top()), area.max);
    ui.painter().vline(second.left() + 0.5, area.y_range(), Stroke::new(1.0, cx.p.line));
    ui.painter().vline(last.left() + 0.5, area.y_range(), Stroke::new(1.0, cx.p.line));
    opcodes(&mut ui.new_child(egui::UiBuilder::new().id_salt("ops").max_rect(first)), cx, doc, pane == Pane::Opcodes);
    stack(&mut ui.new_child(egui::UiBuilder::new().id_salt("stack").max_rect(second.shrink2(vec2(1.0, 0.0)))), cx, doc);
    hex(
        &mut ui.new_child(egui::UiBuilder::new().id_salt("hex").max_rect(last.shrink2(vec2(1.0, 0.0)))),
        cx,
        doc,
        pane == Pane::Bytes,
    );
}

fn head(ui: &mut Ui, cx: &Ctx<'_>, words: &str, count: &str, right: &str) {
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::hover());
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    let used = paint::text(
        ui.painter(),
        bar.left() + 12.0,
        bar.center().y,
        words,
        theme::semibold(13.0),
        cx.p.text,
        bar.width(),
    );
    paint::text(
        ui.painter(),
        bar.left() + 20.0 + used,
        bar.center().y,
        count,
        theme::mono(11.0),
        cx.p.dim,
        bar.width(),
    );
    paint::text_right(ui.painter(), bar.right() - 12.0, bar.center().y, right, theme::mono(11.0), cx.p.dim);
}

fn opcodes(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    let part = doc.selection.part;
    let artifact = Arc::clone(&doc.artifact);
    let Some(pickled) = artifact.pickled(part).filter(|_| artifact.document(part).is_none()) else {
        head(ui, cx, "Opcodes", "", "");
        ui.add_space(12.0);
        ui.label(egui::RichText::new("   This part is no pickle: it has no opcodes").color(cx.p.dim));
        return;
    };
    let rows = pickled.decoded.index.rows();
    head(ui, cx, "Opcodes", &number::grouped(rows), "");
    let mut pos = doc.at.ops;
    let ctx = ui.ctx().clone();
    let (p, commands, pages) = (cx.p, &mut *cx.commands, &mut doc.ops);
    let chosen = doc.op_row;
    let report = &doc.report;
    big_list(ui, &mut pos, rows, ROW, focused, |ui, row| {
        let rect = ui.max_rect();
        let key = (part, row / OPS_PAGE);
        let shared = Arc::clone(&artifact);
        pages.want(&ctx, key, move |_| {
            let Some(pickled) = shared.pickled(key.0) else { return Ok(Vec::new()) };
            let first = key.1 * OPS_PAGE;
            let most = usize::try_from(OPS_PAGE.min(pickled.decoded.index.rows() - first)).unwrap_or(0);
            Ok(pickled.decoded.ops_from(first).take(most).map_while(Result::ok).collect())
        });
        let page = pages.get(key);
        let Some(Ok(all)) = page.as_deref() else {
            paint::text(ui.painter(), rect.left() + 12.0, rect.center().y, "…", theme::mono(12.0), p.dim, 40.0);
            return;
        };
        let Some(op) = usize::try_from(row % OPS_PAGE).ok().and_then(|i| all.get(i)) else {
            // The listing ends here, at what broke.
            if let Some(problem) = artifact.problems.iter().find(|problem| !problem.kind.is_remark()) {
                let words = format!("Stopped here: {problem}");
                paint::text(
                    ui.painter(),
                    rect.left() + 12.0,
                    rect.center().y,
                    &words,
                    theme::sans(12.0),
                    p.danger,
                    rect.width() - 24.0,
                );
            }
            return;
        };
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        let selected = chosen == Some(row);
        let reach = verdict_at(report, part, pickled, op.offset);
        if let Some((_, Verdict::Danger(_))) = reach {
            ui.painter().rect_filled(rect, 0.0, p.danger_fill);
        }
        paint::row_ground(ui.painter(), rect, selected, response.hovered(), p);
        let (painter, middle) = (ui.painter(), rect.center().y);
        paint::text(painter, rect.left() + 12.0, middle, &format!("{:04x}", op.offset), theme::mono(11.0), p.dim, 90.0);
        let left = rect.left() + 12.0 + if rows > 100_000 { 72.0 } else { 44.0 };
        let quiet = matches!(op.op, Op::MEMOIZE | Op::BINPUT | Op::LONG_BINPUT | Op::PUT | Op::FRAME | Op::PROTO);
        let mut colour = if quiet { p.dim } else { p.text };
        let mut words = format!("{:04x} {}", op.offset, op.op.name());
        if let Some((kind, verdict)) = reach {
            let glyph = match (verdict, kind) {
                (Verdict::Danger(_), _) => icons::WARNING_OCTAGON,
                (_, EffectKind::Import) => icons::PACKAGE,
                (Verdict::Unknown, _) => icons::QUESTION,
                (Verdict::Known, _) => icons::LIGHTNING,
            };
            let tone = if verdict == Verdict::Known { p.dim } else { p.verdict(verdict) };
            paint::icon(painter, pos2(left + 7.0, middle), glyph, 13.0, tone);
            if verdict != Verdict::Known {
                colour = tone;
            }
            words.push_str(&format!(", {}", verdict.word()));
        }
        let left = left + 20.0;
        let used =
            paint::text(painter, left, middle, op.op.name(), theme::mono(12.0), colour, rect.right() - left - 16.0);
        let arg = arg_text(&op.arg);
        let tone = match &op.arg {
            crate::pickle::Arg::Text(_) | crate::pickle::Arg::Long { is_text: true, .. } => p.string,
            crate::pickle::Arg::Bytes(_) | crate::pickle::Arg::Long { .. } => p.bytes,
            crate::pickle::Arg::Pair(..) => p.global,
            _ => p.number,
        };
        paint::text(
            painter,
            left + used + 8.0,
            middle,
            &arg,
            theme::mono(12.0),
            tone,
            rect.right() - left - used - 24.0,
        );
        response.widget_info(|| WidgetInfo::selected(Role::Row, true, selected, format!("{words} {arg}")));
        let info = op.op.info();
        if response.clicked() {
            commands.push(Command::Pane(Pane::Opcodes));
            commands.push(Command::Opcode(part, op.offset));
        }
        response.on_hover_ui(|ui| {
            ui.label(egui::RichText::new(info.name).font(theme::semibold(13.0)));
            ui.label(info.doc);
            let effect = format!("[{}] → [{}] · protocol {}", info.before.join(" "), info.after.join(" "), info.proto);
            ui.label(egui::RichText::new(effect).font(theme::mono(11.0)).color(p.dim));
        });
    });
    doc.at.ops = pos;
}

fn stack(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc) {
    let part = doc.selection.part;
    let document = doc.artifact.document(part).is_some();
    let Some(offset) = doc.selection.offset.filter(|_| !document) else {
        head(ui, cx, "Stack and memo", "", "");
        return;
    };
    head(ui, cx, "Stack and memo", "", &format!("at {offset:#x}"));
    let artifact = Arc::clone(&doc.artifact);
    let Some(pickled) = artifact.pickled(part) else { return };
    let shared = Arc::clone(&artifact);
    doc.moment.want(ui.ctx(), (part, offset), move |progress| {
        let pickled = shared.pickled(part);
        Ok(pickled.map(|p| formats::moment(p, offset, &Limits::default(), progress)).unwrap_or_default())
    });
    let page = doc.moment.get((part, offset));
    let Some(Ok(moment)) = page.as_deref() else {
        ui.add_space(8.0);
        ui.label(egui::RichText::new("  …").color(cx.p.dim));
        return;
    };
    let p = cx.p;
    let mut row = |ui: &mut Ui, label: &str, node: NodeId| {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        paint::row_ground(ui.painter(), rect, false, response.hovered(), p);
        let d = describe(&artifact, part, pickled, node, Detail::Row);
        let words = if d.value.is_empty() { d.type_name.clone() } else { d.value.clone() };
        let middle = rect.center().y;
        paint::text_right(ui.painter(), rect.left() + 34.0, middle, label, theme::mono(11.0), p.dim);
        paint::text(
            ui.painter(),
            rect.left() + 44.0,
            middle,
            &words,
            theme::mono(12.0),
            p.class(d.class),
            rect.width() - 56.0,
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("{label} {words}")));
        if response.clicked() {
            cx.commands.push(Command::Opcode(part, pickled.decoded.graph.offset(node)));
        }
        response.on_hover_text(&d.type_name);
    };
    egui::ScrollArea::vertical().id_salt("moment").auto_shrink(false).show(ui, |ui| {
        let small = |ui: &mut Ui, words: &str| {
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                ui.add_space(12.0);
                ui.label(egui::RichText::new(words).font(theme::semibold(12.0)).color(p.text2));
            });
            ui.add_space(2.0);
        };
        let n = moment.stack.len();
        small(ui, if n == 0 { "Stack is empty" } else { "Stack, top first" });
        const SHOWN: usize = 30;
        for (i, node) in moment.stack.iter().enumerate().rev().take(SHOWN) {
            row(ui, &i.to_string(), *node);
            if moment.marks.contains(&i) {
                let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), Sense::hover());
                paint::text(
                    ui.painter(),
                    rect.left() + 44.0,
                    rect.center().y,
                    "— mark —",
                    theme::sans(11.0),
                    p.dim,
                    90.0,
                );
            }
        }
        let more = |ui: &mut Ui, n: usize| {
            if n > SHOWN {
                let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
                let words = format!("{} more", number::grouped((n - SHOWN) as u64));
                paint::text(ui.painter(), rect.left() + 44.0, rect.center().y, &words, theme::sans(12.0), p.dim, 120.0);
            }
        };
        more(ui, n);
        small(ui, if moment.memo.is_empty() { "Memo is empty" } else { "Memo, last first" });
        for (index, node) in moment.memo.iter().rev().take(SHOWN) {
            row(ui, &index.to_string(), *node);
        }
        more(ui, moment.memo.len());
    });
}

fn hex(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    let part = doc.selection.part;
    let array = doc.selection.array.and_then(|i| doc.artifact.arrays.get(i));
    let stream = match (doc.artifact.parts.get(part), array) {
        (_, Some(array)) if doc.selection.offset.is_none() => array.span.stream,
        (Some(part), _) => part.stream,
        _ => crate::bytes::StreamId::FILE,
    };
    let Some(bytes) = doc.artifact.streams.get(stream).map(|stream| stream.bytes.clone()) else { return };
    let codecs = doc.artifact.streams.codecs(stream);
    let layer = codecs.iter().map(|codec| codec.name()).collect::<Vec<_>>().join(" > ");
    let layer = if layer.is_empty() { String::new() } else { format!("inside {layer}") };
    head(ui, cx, "Bytes", &number::grouped(bytes.len()), &layer);
    // The opcode is filled; the data of an array tinted.
    let offset = doc.selection.offset;
    let op_len = doc.op_row.and_then(|row| {
        let page = doc.ops.get((part, row / OPS_PAGE))?;
        let Ok(all) = &*page else { return None };
        all.get(usize::try_from(row % OPS_PAGE).ok()?).filter(|op| Some(op.offset) == offset).map(|op| op.len)
    });
    let data = array.filter(|array| array.span.stream == stream && array.nbytes().is_some()).map(|array| array.span);
    let mut pos = doc.at.bytes;
    let ctx = ui.ctx().clone();
    let (p, commands, pages) = (cx.p, &mut *cx.commands, &mut doc.bytes);
    let total = bytes.len();
    big_list(ui, &mut pos, total.div_ceil(16), ROW, focused, |ui, row| {
        let rect = ui.max_rect();
        let first = row * 16;
        let key = (stream.0, first / BYTES_PAGE);
        let source = bytes.clone();
        pages.want(&ctx, key, move |_| {
            let at = key.1 * BYTES_PAGE;
            source.read_vec(at, BYTES_PAGE.min(total - at))
        });
        let middle = rect.center().y;
        paint::text(ui.painter(), rect.left() + 12.0, middle, &format!("{first:04x}"), theme::mono(11.0), p.dim, 90.0);
        let left = rect.left() + 12.0 + if total > 0xff_ffff { 76.0 } else { 52.0 };
        let page = pages.get(key);
        let all = match page.as_deref() {
            Some(Ok(all)) => all,
            Some(Err(error)) => {
                paint::text(ui.painter(), left, middle, &error.to_string(), theme::sans(12.0), p.danger, rect.width());
                return;
            }
            None => return,
        };
        let start = usize::try_from(first % BYTES_PAGE).unwrap_or(0);
        let cells: Vec<u8> = all.get(start..).unwrap_or(&[]).iter().take(16).copied().collect();
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        let cell = 17.5;
        let text_at = left + 16.0 * cell + 18.0;
        let mut hex = String::new();
        for (i, byte) in cells.iter().enumerate() {
            let at = first + i as u64;
            #[expect(clippy::cast_precision_loss, reason = "16 cells")]
            let column = i as f32;
            let x = left + column * cell + if i >= 8 { 6.0 } else { 0.0 };
            let on_op = offset == Some(at);
            let in_op = offset.is_some_and(|o| at >= o && at < o + op_len.unwrap_or(1));
            let in_data = data.is_some_and(|span| at >= span.start && at < span.end());
            let fill = if on_op {
                Some(p.accent)
            } else if in_op {
                Some(p.sel)
            } else if in_data {
                Some(p.bg3)
            } else {
                None
            };
            if let Some(fill) = fill {
                ui.painter().rect_filled(Rect::from_min_size(pos2(x - 2.0, rect.top()), vec2(cell, ROW)), 0.0, fill);
            }
            let colour = match (on_op, byte) {
                (true, _) => p.on_accent,
                (_, 0) => p.dim,
                _ => p.text2,
            };
            let digits = format!("{byte:02x}");
            paint::text(ui.painter(), x, middle, &digits, theme::mono(11.0), colour, 20.0);
            hex.push_str(&digits);
            let c = if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '·' };
            let colour = if c == '·' { p.dim } else { p.text2 };
            paint::text(ui.painter(), text_at + column * 7.0, middle, &c.to_string(), theme::mono(11.0), colour, 12.0);
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("{first:04x} {hex}")));
        if response.clicked()
            && let Some(at) = response.interact_pointer_pos()
        {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "16 cells")]
            let column = (((at.x - left) / cell) as u64).min(15);
            commands.push(Command::Pane(Pane::Bytes));
            commands.push(Command::Opcode(part, (first + column).min(total.saturating_sub(1))));
        }
    });
    doc.at.bytes = pos;
}
