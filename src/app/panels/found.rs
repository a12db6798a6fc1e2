//! The tree narrowed by the filter: what matches, below what it is in.

use egui::{Key, Modifiers, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use super::index::class_icon;
use super::object_menu::{Target, object_menu};
use crate::app::theme;
use crate::app::update::Command;
use crate::app::widgets::big_list::{big_list, moved};
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Pane};
use crate::formats::children::Children;
use crate::view::describe::Class;
use crate::view::{number, paths};

const ROW: f32 = 24.0;

/// Draws what was found, with how much that is.
pub fn found(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    let words = match (&doc.hits, &doc.searching) {
        (Some((query, hits)), None) if hits.total == 0 && !hits.stopped => {
            format!("Nothing matches {query:?}. Esc clears the filter.")
        }
        (Some((_, hits)), searching) => {
            let count = format!("{} of {}", number::grouped(hits.total), number::grouped(hits.looked));
            let kept = hits.hits.len() as u64;
            match (searching.is_some(), hits.stopped, kept < hits.total) {
                (true, ..) => format!("{count} so far…"),
                (_, true, _) => format!("Stopped. {count} looked at."),
                (.., true) => format!("{count}, the first {} are shown", number::grouped(kept)),
                _ => count,
            }
        }
        (None, _) => "Searching…".to_owned(),
    };
    let (line, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &words));
    paint::text(
        ui.painter(),
        line.left() + 12.0,
        line.center().y,
        &words,
        theme::sans(12.0),
        cx.p.dim,
        line.width() - 24.0,
    );
    let Some((_, hits)) = &doc.hits else { return };
    let n = hits.lines.len() as u64;
    if let Some(row) = moved(ui, focused, Some(doc.hit as u64), n, ui.available_height() / ROW) {
        cx.send(Command::Hit(usize::try_from(row).unwrap_or(0)));
    }
    if focused && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Enter)) {
        cx.send(Command::Pane(Pane::Detail));
    }
    let mut pos = doc.at.hits;
    let selected = doc.hit;
    let (p, commands) = (cx.p, &mut *cx.commands);
    let (artifact, query) = (&doc.artifact, &doc.query);
    big_list(ui, &mut pos, n, ROW, focused, |ui, row| {
        let i = usize::try_from(row).unwrap_or(0);
        let Some(line) = hits.lines.get(i).copied() else { return };
        let Some((key, d)) = hits.label(artifact, line) else { return };
        let rect = ui.max_rect();
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        paint::row_ground(ui.painter(), rect, i == selected, response.hovered(), p);
        let (painter, middle) = (ui.painter(), rect.center().y);
        // Very deep matches keep their text in sight.
        #[expect(clippy::cast_precision_loss, reason = "at most 16 levels")]
        let level = line.depth.min(16) as f32;
        for guide in 0..line.depth.min(16) {
            #[expect(clippy::cast_precision_loss, reason = "at most 16 levels")]
            let x = rect.left() + 19.0 + guide as f32 * 16.0;
            painter.vline(x.round() + 0.5, rect.y_range(), Stroke::new(1.0, p.line));
        }
        let mut at = rect.left() + 12.0 + level * 16.0;
        let tone = match d.class {
            Class::Estimator => p.accent,
            Class::Array | Class::Table => p.array,
            _ => p.dim,
        };
        paint::icon(painter, pos2(at + 7.0, middle), class_icon(d.class), 14.0, tone);
        at += 22.0;
        let dim = if i == selected { p.text2 } else { p.dim };
        let mut right = rect.right() - 16.0;
        right -= paint::text_right(painter, right, middle, &d.type_name, theme::sans(12.0), dim) + 10.0;
        // What only leads to a match steps back.
        let (colour, value) = if line.matches { (p.text, p.class(d.class)) } else { (p.dim, p.dim) };
        let marks = if line.matches { query.marks(&key) } else { Vec::new() };
        at += paint::marked(painter, at, middle, &key, theme::mono(12.0), colour, right - at, &marks, p) + 8.0;
        let marks = if line.matches { query.marks(&d.value) } else { Vec::new() };
        paint::marked(painter, at, middle, &d.value, theme::mono(12.0), value, right - at, &marks, p);
        response.widget_info(|| {
            let words = format!("{key} {} {}", d.value, d.type_name);
            let words = if line.matches { format!("{words}, matches") } else { words };
            WidgetInfo::selected(Role::TreeItem, true, i == selected, words)
        });
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_level(line.depth + 1));
        if response.clicked() {
            commands.push(Command::Pane(Pane::Index));
            commands.push(Command::Hit(i));
        }
        object_menu(&response, &doc.artifact, commands, || {
            let hit = hits.hits.get(line.hit)?;
            let steps = hit.steps.get(..line.steps)?;
            let pickled = artifact.pickled(hit.part);
            let node = match steps.last() {
                _ if hit.array.is_some() => None,
                Some((parent, position)) => pickled.and_then(|pickled| {
                    let graph = &pickled.decoded.graph;
                    Children::of(graph, &pickled.known, *parent).get(graph, *position).map(|(_, child)| child)
                }),
                None => pickled.and_then(|pickled| pickled.decoded.top().nth(hit.pickle)?.root),
            };
            let path = match hit.array {
                Some(array) => artifact.arrays.get(array).map(|array| array.path.to_string()),
                None => pickled.map(|pickled| paths::steps_text(pickled, hit.pickle, steps)),
            };
            let array = hit.array.or_else(|| artifact.array_of(hit.part, node?));
            let (value, select) = (d.value.clone(), Command::Hit(i));
            Some(Target { part: hit.part, node, array, path, value, select, below: None })
        });
    });
    doc.at.hits = pos;
}
