//! Bottom: the evidence. Opcodes with what they reach, stack and memo at the chosen one, and the bytes (`bytes.rs`); all
//! three show the same place. Everything is read in pages by jobs.

use std::collections::HashSet;
use std::sync::Arc;

use egui::{Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::object_menu::{Target, object_menu};
use super::{Ctx, bytes, overview, source};
use crate::app::source_look::View;
use crate::app::update::Command;
use crate::app::widgets::big_list::{big_list, moved};
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Hover, Linked, Pane};
use crate::app::{icons, theme};
use crate::audit::{Verdict, verdict_at};
use crate::bytes::Limits;
use crate::formats;
use crate::formats::Pickled;
use crate::formats::children::Children;
use crate::pickle::{EffectKind, Moment, NodeId, Op};
use crate::view::describe::{Detail, describe};
use crate::view::number;
use crate::view::opcode::arg_text;

const ROW: f32 = 22.0;
/// Opcodes read at once.
pub const OPS_PAGE: u64 = 256;

/// Draws the pane.
pub fn evidence(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, pane: Pane) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ui.max_rect();
    // A resizable panel is as large as what it holds.
    ui.expand_to_include_rect(area);
    // Where there is little room, the stack goes first: it is the one that can be worked out from the others.
    let narrow = area.width() < 720.0;
    let third = if narrow { 0.0 } else { (area.width() * 0.2).clamp(150.0, 300.0) };
    // All sixteen bytes and their letters, wherever the opcodes have room beside them.
    let share = if area.width() > 940.0 { 0.52 } else { 0.46 };
    let right = (area.width() * share).clamp(if narrow { 120.0 } else { 300.0 }, 530.0);
    let first = Rect::from_min_max(area.min, pos2(area.right() - third - right, area.bottom()));
    let second = Rect::from_min_max(pos2(first.right(), area.top()), pos2(first.right() + third, area.bottom()));
    let last = Rect::from_min_max(pos2(second.right(), area.top()), area.max);
    ui.painter().vline(last.left() + 0.5, area.y_range(), Stroke::new(1.0, cx.p.line));
    let pane_of = |ui: &mut Ui, name: &str, rect: Rect| {
        let mut child = ui.new_child(egui::UiBuilder::new().id_salt(name).max_rect(rect));
        child.set_clip_rect(rect.intersect(ui.clip_rect()));
        child
    };
    opcodes(&mut pane_of(ui, "ops", first), cx, doc, pane == Pane::Opcodes);
    if !narrow {
        ui.painter().vline(second.left() + 0.5, area.y_range(), Stroke::new(1.0, cx.p.line));
        stack(&mut pane_of(ui, "stack", second.shrink2(vec2(1.0, 0.0))), cx, doc);
    }
    bytes::bytes(&mut pane_of(ui, "hex", last.shrink2(vec2(1.0, 0.0))), cx, doc, pane == Pane::Bytes);
}

/// The head of a pane of the evidence; gives the rectangle and where its words end.
pub fn head(ui: &mut Ui, cx: &Ctx<'_>, words: &str, count: &str, right: &str) -> (Rect, f32) {
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
    let counted = paint::text(
        ui.painter(),
        bar.left() + 20.0 + used,
        bar.center().y,
        count,
        theme::mono(11.0),
        cx.p.dim,
        bar.width(),
    );
    let end = bar.left() + 20.0 + used + counted;
    // The words matter more than the place.
    let place = ui.painter().layout_no_wrap(right.to_owned(), theme::mono(11.0), cx.p.dim);
    if end + place.size().x + 12.0 <= bar.right() {
        paint::text_right(ui.painter(), bar.right() - 12.0, bar.center().y, right, theme::mono(11.0), cx.p.dim);
    }
    (bar, end)
}

/// The button that says whether a pane follows the selection, at the right of its head.
pub fn link_button(ui: &mut Ui, cx: &mut Ctx<'_>, bar: Rect, pane: &str, on: bool, to: Linked) {
    let at = Rect::from_min_size(pos2(bar.right() - 40.0, bar.top() + 2.0), vec2(32.0, 28.0));
    let mut child = ui.new_child(egui::UiBuilder::new().id_salt(("link", pane)).max_rect(at));
    let name = format!("{pane} follow the selection");
    let response = child.allocate_rect(at, Sense::click());
    if response.hovered() || response.has_focus() {
        child.painter().rect_filled(at, 6.0, cx.p.bg3);
    }
    paint::icon(child.painter(), at.center(), icons::LINK_SIMPLE, 15.0, if on { cx.p.accent } else { cx.p.dim });
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, on, &name));
    if response.clicked() {
        cx.send(Command::Link(to));
    }
    response.on_hover_text(if on { format!("{name}; click to keep them where they are") } else { name.clone() });
}

/// The frame around the rows of the selected object: open above or below where it goes on out of sight.
fn range_edges(ui: &Ui, rect: Rect, first: bool, last: bool, colour: egui::Color32) {
    let (painter, line) = (ui.painter(), Stroke::new(1.0, colour));
    painter.vline(rect.left() + 3.5, rect.y_range(), line);
    painter.vline(rect.right() - 3.5, rect.y_range(), line);
    let across = (rect.left() + 3.5)..=(rect.right() - 3.5);
    if first {
        painter.hline(across.clone(), rect.top() + 0.5, line);
    }
    if last {
        painter.hline(across, rect.bottom() - 0.5, line);
    }
}

fn opcodes(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    let part = doc.selection.part;
    let artifact = Arc::clone(&doc.artifact);
    let pickled = artifact.pickled(part).filter(|_| artifact.document(part).is_none());
    let rows = pickled.map_or(0, |pickled| pickled.decoded.index.rows());
    let (bar, _) = head(ui, cx, "", "", "");
    let count = if pickled.is_some() { number::grouped(rows) } else { String::new() };
    source::tabs(ui, cx, doc, bar, &count);
    let to = Linked { opcodes: !doc.linked.opcodes, ..doc.linked };
    link_button(ui, cx, bar, "Opcodes", doc.linked.opcodes, to);
    if doc.source.shown == View::Unowned {
        return super::unowned::unowned(ui, cx, doc);
    }
    let Some(pickled) = pickled else {
        ui.add_space(12.0);
        ui.label(egui::RichText::new("   This part is no pickle: it has no opcodes").color(cx.p.dim));
        return;
    };
    if doc.source.shown == View::Source {
        return source::source(ui, cx, doc, focused);
    }
    source::steps(ui, cx, doc, rows);
    if let Some(row) = moved(ui, focused, doc.op_row, rows, ui.available_height() / ROW) {
        // The offset of a row that was never read is not known: its page comes with the next frame.
        doc.at.ops.reveal(row);
        let page = doc.ops.get((part, row / OPS_PAGE));
        let op = page.as_deref().and_then(|page| page.as_ref().ok()).and_then(|all| {
            let at = usize::try_from(row % OPS_PAGE).ok()?;
            all.get(at).map(|op| op.offset)
        });
        if let Some(offset) = op {
            cx.send(Command::Opcode(part, offset));
        }
    }
    let strip = overview::reserve(ui, doc);
    let mut pos = doc.at.ops;
    let (extent, hover) = (doc.extent.clone(), doc.hover);
    let hover_next = &mut doc.hover_next;
    let ctx = ui.ctx().clone();
    let (p, commands, pages) = (cx.p, &mut *cx.commands, &mut doc.ops);
    let chosen = doc.op_row;
    let report = &doc.report;
    let seen = big_list(ui, &mut pos, rows, ROW, focused, |ui, row| {
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
        match reach {
            Some((_, Verdict::Danger(_))) => _ = ui.painter().rect_filled(rect, 0.0, p.danger_fill),
            Some((_, Verdict::Unknown)) => _ = ui.painter().rect_filled(rect, 0.0, p.caution_fill),
            _ => {}
        }
        let end = op.offset + op.len;
        let inside = extent.as_ref().filter(|extent| extent.contains(&op.offset));
        if let Some(extent) = inside.filter(|_| reach.is_none_or(|(_, verdict)| verdict == Verdict::Known)) {
            ui.painter().rect_filled(rect, 0.0, p.bg2);
            range_edges(ui, rect, op.offset == extent.start, end >= extent.end, p.line2);
        }
        let pointed = hover.is_some_and(|hover| hover.is_at(part, op.offset, op.len));
        if response.hovered() || pointed {
            *hover_next =
                Some(Hover { part, at: op.offset, len: op.len }).filter(|_| response.hovered()).or(*hover_next);
        }
        paint::row_ground(ui.painter(), rect, selected, response.hovered() || pointed, p);
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
        object_menu(&response, &artifact, commands, || {
            let node = pickled.decoded.graph.made_at(op.offset)?;
            Target::made(&artifact, part, node)
        });
        response.on_hover_ui(|ui| {
            ui.label(egui::RichText::new(info.name).font(theme::semibold(13.0)));
            ui.label(info.doc);
            let effect = format!("[{}] → [{}] · protocol {}", info.before.join(" "), info.after.join(" "), info.proto);
            ui.label(egui::RichText::new(effect).font(theme::mono(11.0)).color(p.dim));
        });
    });
    doc.at.ops = pos;
    overview::opcodes(ui, cx, doc, strip, seen);
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
    let mut row = |ui: &mut Ui, label: &str, node: NodeId, depth: Option<usize>| {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
        paint::row_ground(ui.painter(), rect, false, response.hovered(), p);
        let d = describe(&artifact, part, pickled, node, Detail::Row);
        let words = if d.value.is_empty() { d.type_name.clone() } else { d.value.clone() };
        let middle = rect.center().y;
        let (words, label) = match depth {
            None => (words, label.to_owned()),
            Some(depth) => (format!("{}{label}{words}", "    ".repeat(depth)), "built".to_owned()),
        };
        let gutter = if depth.is_none() { label.as_str() } else { "" };
        paint::text_right(ui.painter(), rect.left() + 34.0, middle, gutter, theme::mono(11.0), p.dim);
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
        object_menu(&response, &artifact, cx.commands, || Target::made(&artifact, part, node));
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
            row(ui, &i.to_string(), *node, None);
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
        if n > 0 {
            small(ui, "Built so far, top first");
        }
        for (depth, label, node) in built(pickled, moment) {
            row(ui, &label, node, depth);
        }
        small(ui, if moment.memo.is_empty() { "Memo is empty" } else { "Memo, last first" });
        for (index, node) in moment.memo.iter().rev().take(SHOWN) {
            row(ui, &index.to_string(), *node, None);
        }
        more(ui, moment.memo.len());
    });
}

/// The stack's objects with what they hold at that moment, as (depth, label, object). What is made later is not there yet,
/// nor is what still lies on the stack. What was made before and is put in later cannot be told from what is in already:
/// the graph keeps no time of an edge.
fn built(pickled: &Pickled, moment: &Moment) -> Vec<(Option<usize>, String, NodeId)> {
    const LINES: usize = 40;
    const BELOW: usize = 8;
    const LOOKED_AT: usize = 64;
    const DEEPEST: usize = 2;
    let graph = &pickled.decoded.graph;
    let waiting: HashSet<NodeId> = moment.stack.iter().copied().collect();
    let mut open: Vec<(usize, String, NodeId)> =
        moment.stack.iter().map(|node| (0, String::new(), *node)).rev().take(LINES).collect();
    open.reverse();
    let mut out = Vec::new();
    while let Some((depth, label, node)) = open.pop() {
        if out.len() == LINES {
            break;
        }
        out.push((Some(depth), label, node));
        if depth == DEEPEST {
            continue;
        }
        let children = Children::of(graph, &pickled.known, node);
        let there = children.iter(graph).take(LOOKED_AT);
        let there = there.filter(|(_, child)| child.index() < moment.nodes && !waiting.contains(child));
        let mut below: Vec<_> = there
            .take(BELOW)
            .map(|(edge, child)| {
                let mut label = String::new();
                edge.write(graph, &mut label);
                (depth + 1, format!("{label} = "), child)
            })
            .collect();
        below.reverse();
        open.append(&mut below);
    }
    out
}
