//! Left: what is in the file. The tree of objects, the table of arrays, the list of calls: three indexes of one model.

use egui::{Key, Modifiers, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use super::object_menu::{Target, object_menu};
use crate::app::update::Command;
use crate::app::widgets::big_list::{big_list, moved};
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Hover, Index, Pane};
use crate::app::{icons, theme};
use crate::formats::Artifact;
use crate::view::describe::{Class, exact_values};
use crate::view::number;
use crate::view::outline::{Badge, What};

const ROW: f32 = 24.0;

/// Draws the pane.
pub fn index(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    ui.expand_to_include_rect(ui.max_rect());
    let bar = Rect::from_min_size(ui.max_rect().min, vec2(ui.max_rect().width(), 36.0));
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    ui.allocate_ui_with_layout(bar.size(), egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.add_space(12.0);
        ui.spacing_mut().item_spacing.x = 18.0;
        let counts = [
            (Index::Objects, "Objects", number::grouped(doc.artifact.n_objects())),
            (Index::Arrays, "Arrays", number::grouped(doc.artifact.own_arrays().len() as u64)),
            (Index::Calls, "Calls", number::grouped(doc.report.reaches.len() as u64)),
        ];
        for (which, label, count) in counts {
            if paint::tab(ui, label, &count, doc.index == which).clicked() {
                cx.send(Command::Index(which));
            }
        }
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    match doc.index {
        Index::Objects => objects(ui, cx, doc, focused),
        Index::Arrays => super::arrays::arrays(ui, cx, doc, focused),
        Index::Calls => super::calls::calls(ui, cx, doc, focused),
    }
}

fn objects(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    filter(ui, cx, doc, "Filter by name, type, shape or value");
    if doc.filter.trim().is_empty() {
        tree(ui, cx, doc, focused);
    } else {
        super::found::found(ui, cx, doc, focused);
    }
}

/// The field that narrows what is below it.
pub fn filter(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, hint: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 44.0), Sense::hover());
    let field = rect.shrink2(vec2(12.0, 8.0));
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(field));
    let edit = egui::TextEdit::singleline(&mut doc.filter)
        .hint_text(hint)
        .desired_width(field.width())
        .margin(egui::Margin { left: 28, right: 8, top: 5, bottom: 5 });
    let response = inner.add(edit);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter"));
    paint::icon(ui.painter(), pos2(field.left() + 15.0, field.center().y), icons::FUNNEL_SIMPLE, 14.0, cx.p.dim);
    if doc.focus_filter {
        doc.focus_filter = false;
        response.request_focus();
        paint::select_all(ui.ctx(), response.id, &doc.filter);
    }
    if response.has_focus() && ui.input(|i| i.key_pressed(Key::Escape)) {
        doc.filter.clear();
        response.surrender_focus();
        cx.send(Command::Filter);
    }
    if response.changed() {
        cx.send(Command::Filter);
    }
    if response.has_focus() && ui.input(|i| i.key_pressed(Key::ArrowDown) || i.key_pressed(Key::Enter)) {
        // From the words to what they found.
        response.surrender_focus();
        cx.send(Command::Pane(Pane::Index));
    }
    if doc.filter.is_empty() {
        let words = "Ctrl+F";
        let at = pos2(field.right() - 10.0, field.center().y);
        if !response.has_focus() && field.width() > 300.0 {
            paint::text_right(ui.painter(), at.x, at.y, words, theme::sans(11.0), cx.p.dim);
        }
    }
    response.on_hover_text(format!("Words, and {}", crate::view::query::TOKENS));
}

/// The icon of a value.
pub fn class_icon(class: Class) -> &'static str {
    match class {
        Class::Constant => icons::MINUS_CIRCLE,
        Class::Bool => icons::TOGGLE_LEFT,
        Class::Number => icons::HASH,
        Class::Text => icons::QUOTES,
        Class::Bytes => icons::BINARY,
        Class::List => icons::BRACKETS_SQUARE,
        Class::Tuple => icons::BRACKETS_ROUND,
        Class::Set => icons::BRACKETS_ANGLE,
        Class::Dict => icons::BRACKETS_CURLY,
        Class::Array => icons::GRID_NINE,
        Class::Table => icons::TABLE,
        Class::Global => icons::CODE,
        Class::Value => icons::TAG,
        Class::Estimator | Class::Object => icons::CUBE,
        Class::Foreign => icons::PACKAGE,
    }
}

/// Shows the value of a row in full where the row rounds it or cuts it at the edge.
pub fn tell_in_full(response: egui::Response, artifact: &Artifact, array: Option<usize>, value: &str, room: f32) {
    if !response.hovered() {
        return;
    }
    let exact = array.and_then(|i| artifact.arrays.get(i)).and_then(exact_values);
    let whole = response.ctx.fonts_mut(|fonts| {
        fonts.layout_no_wrap(value.to_owned(), theme::mono(12.0), egui::Color32::WHITE).size().x <= room
    });
    let full = match exact {
        Some(exact) if !whole || !value.ends_with(&exact) => exact,
        _ if !whole => value.to_owned(),
        _ => return,
    };
    response.on_hover_text_at_pointer(egui::RichText::new(full).font(theme::mono(12.0)));
}

/// Room of a badge of which only the icon is shown.
const BADGE_ICON: f32 = 22.0;

/// Characters of a value that is shown whole before the type is.
const SHORT_VALUE: usize = 24;

/// What ties an entry of a state dict to another.
fn tie_words(badge: &Badge) -> Option<String> {
    match badge {
        Badge::Tied(other) => Some(format!("tied to {other}")),
        Badge::SharedStorage(other) => Some(format!("shares its storage with {other}")),
        _ => None,
    }
}

/// The end of a name that does not fit, in the monospaced font of the tree.
fn from_the_end(name: &str, room: f32) -> String {
    const CHARACTER: f32 = 7.3;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "characters of a row")]
    let fit = (room / CHARACTER).max(2.0) as usize;
    let n = name.chars().count();
    if n <= fit { name.to_owned() } else { std::iter::once('…').chain(name.chars().skip(n - fit + 1)).collect() }
}

fn tree(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    let n = doc.outline.rows().len() as u64;
    if let Some(row) = moved(ui, focused, Some(doc.row as u64), n, ui.available_height() / ROW) {
        cx.send(Command::Row(usize::try_from(row).unwrap_or(0)));
    }
    if focused && !ui.ctx().text_edit_focused() {
        tree_keys(ui, cx, doc);
    }
    let mut pos = doc.at.tree;
    let (p, commands) = (cx.p, &mut *cx.commands);
    let (hover, mut hover_next) = (doc.hover, doc.hover_next);
    big_list(ui, &mut pos, n, ROW, focused, |ui, row| {
        let i = usize::try_from(row).unwrap_or(0);
        let Some(row) = doc.outline.rows().get(i) else { return };
        let Some(label) = doc.outline.label(&doc.artifact, i) else { return };
        let rect = ui.max_rect();
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        let selected = i == doc.row;
        let place = match row.what {
            What::Node { part, node, .. } => {
                doc.artifact.pickled(part).map(|pickled| (part, pickled.decoded.graph.offset(node)))
            }
            _ => None,
        };
        let pointed = place.is_some_and(|(part, at)| hover.is_some_and(|hover| hover.is_at(part, at, 1)));
        if let Some((part, at)) = place.filter(|_| response.hovered()) {
            hover_next = Some(Hover { part, at, len: 1 });
        }
        paint::row_ground(ui.painter(), rect, selected, response.hovered() || pointed, p);
        let painter = ui.painter();
        let middle = rect.center().y;
        // Deep rows keep their text in sight: the indentation ends in the middle of the pane.
        let level = f32::from(row.depth).min((rect.width() * 0.5 / 16.0).floor());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few dozen levels")]
        for guide in 0..level as u16 {
            let x = rect.left() + 19.0 + f32::from(guide) * 16.0;
            painter.vline(x.round() + 0.5, rect.y_range(), Stroke::new(1.0, p.line));
        }
        let left = rect.left() + 12.0 + level * 16.0;
        let caret = Rect::from_center_size(pos2(left + 7.0, middle), vec2(16.0, ROW));
        if row.can_open {
            let glyph = if row.open { icons::CARET_DOWN } else { icons::CARET_RIGHT };
            paint::icon(painter, caret.center(), glyph, 12.0, p.dim);
        }
        let problem = matches!(row.what, What::Problem(_));
        // What is merely odd is no damage.
        let wrong = match row.what {
            What::Problem(i) if doc.artifact.problems.get(i).is_some_and(|problem| problem.kind.is_remark()) => {
                p.caution
            }
            _ => p.danger,
        };
        let group = matches!(row.what, What::Group { .. });
        let d = &label.description;
        let mut at = left + 20.0;
        if problem {
            paint::icon(painter, pos2(at + 7.0, middle), icons::WARNING, 14.0, wrong);
            at += 22.0;
        } else if !group && !matches!(row.what, What::Range { .. } | What::Prefix { range: Some(_), .. }) {
            let colour = match d.class {
                Class::Estimator => p.accent,
                Class::Array | Class::Table => p.array,
                _ => p.dim,
            };
            let glyph = if matches!(row.what, What::Prefix { .. }) { icons::STACK } else { class_icon(d.class) };
            paint::icon(painter, pos2(at + 7.0, middle), glyph, 14.0, colour);
            at += 22.0;
        }
        // Right to left: size, type; what does not fit is dropped in this order.
        let mut right = rect.right() - 16.0;
        let width = rect.width();
        if width > 360.0 && !problem {
            if let Some(size) = d.size {
                paint::text_right(painter, right, middle, &number::size(size), theme::mono(11.0), p.dim);
            }
            right -= 72.0;
        }
        let dim = if selected { p.text2 } else { p.dim };
        // A short value, and what ties an entry to another, say more than the type.
        let tied = label.badges.iter().any(|badge| matches!(badge, Badge::Tied(_) | Badge::SharedStorage(_)));
        let wide = |text: &str, font| painter.layout_no_wrap(text.to_owned(), font, dim).size().x;
        // And `Decimal('1.10')` names its type itself.
        let names_itself = matches!(d.class, Class::Value | Class::Number) && d.value.ends_with(')');
        let short = d.value.chars().count() <= SHORT_VALUE;
        let crowded = tied || names_itself || short || d.value.contains(" tensors, ");
        let badge = if tied { BADGE_ICON + 6.0 } else { 0.0 };
        let value = if crowded { wide(&d.value, theme::mono(12.0)) } else { 60.0 };
        let needed = wide(&label.key, theme::mono(12.0)) + value + badge + 28.0;
        let with_type = needed + wide(&d.type_name, theme::sans(12.0)) + 10.0;
        // The column of sizes is free where there is none.
        if d.size.is_none() && right - at < with_type {
            right = rect.right() - 16.0;
        }
        if width > 260.0 && right - at > with_type && !problem {
            right -= paint::text_right(painter, right, middle, &d.type_name, theme::sans(12.0), dim) + 10.0;
        }
        let font = if group { theme::semibold(12.0) } else { theme::mono(12.0) };
        let key_colour = if problem {
            wrong
        } else if group {
            p.text2
        } else {
            p.text
        };
        // Members of an archive differ at the end of their names.
        let part = matches!(row.what, What::Part(_));
        let key = if part { from_the_end(&label.key, right - at) } else { label.key.clone() };
        at += paint::text(painter, at, middle, &key, font, key_colour, right - at) + 8.0;
        let plain = matches!(
            d.class,
            Class::List | Class::Dict | Class::Set | Class::Foreign | Class::Object | Class::Estimator
        );
        let (font, colour) = if plain { (theme::sans(12.0), dim) } else { (theme::mono(12.0), p.class(d.class)) };
        let room = right - at;
        at += paint::text(painter, at, middle, &d.value, font, if problem { wrong } else { colour }, room) + 8.0;
        for badge in &label.badges {
            let (glyph, words) = match badge {
                Badge::Shared(Some(n @ 2..)) => (icons::SHARE_NETWORK, format!("shared {n}×")),
                Badge::Shared(_) => (icons::SHARE_NETWORK, "shared".to_owned()),
                Badge::Tied(other) => (icons::LINK, format!("tied to {}", middle_cut(other, 28.0))),
                Badge::SharedStorage(_) => (icons::LINK, "shared storage".to_owned()),
                Badge::Cycle => (icons::ARROW_BEND_UP_LEFT, "cycle".to_owned()),
                Badge::Problem => continue,
            };
            let galley = painter.layout_no_wrap(words, theme::sans(11.0), p.text2);
            if right - at < galley.size().x + BADGE_ICON {
                // No room for the words: the icon stays, and the tooltip says them.
                if right - at > BADGE_ICON {
                    paint::icon(painter, pos2(at + 9.0, middle), glyph, 12.0, p.text2);
                    at += BADGE_ICON;
                }
            } else {
                let badge = Rect::from_min_size(pos2(at, middle - 8.0), vec2(galley.size().x + 22.0, 16.0));
                painter.rect_filled(badge, 4.0, p.bg3);
                paint::icon(painter, pos2(badge.left() + 9.0, middle), glyph, 11.0, p.text2);
                painter.galley(pos2(badge.left() + 17.0, middle - galley.size().y / 2.0), galley, p.text2);
                at = badge.right() + 6.0;
            }
        }
        response.widget_info(|| {
            let mut words = format!("{} {} {}", label.key, d.value, d.type_name).trim().to_owned();
            for tie in label.badges.iter().filter_map(tie_words) {
                words.push_str(&format!(", {tie}"));
            }
            WidgetInfo::selected(Role::TreeItem, true, selected, words)
        });
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_level(usize::from(row.depth) + 1);
            if row.can_open {
                node.set_expanded(row.open);
            }
        });
        let ties: Vec<String> = label.badges.iter().filter_map(tie_words).collect();
        let response = if ties.is_empty() { response } else { response.on_hover_text(ties.join(", ")) };
        if response.clicked() {
            commands.push(Command::Pane(Pane::Index));
            let on_caret = response.interact_pointer_pos().is_some_and(|at| caret.contains(at));
            if row.can_open && (on_caret || response.double_clicked() || group) {
                commands.push(Command::Toggle(i));
            }
            commands.push(Command::Row(i));
        }
        let array = match row.what {
            What::Array(i) => Some(i),
            What::Node { part, node, .. } => doc.artifact.array_of(part, node),
            _ => None,
        };
        object_menu(&response, &doc.artifact, commands, || {
            let (part, node) = match row.what {
                What::Node { part, node, .. } => (part, Some(node)),
                _ => (0, None),
            };
            Some(Target {
                part,
                node,
                array,
                path: doc.outline.path(&doc.artifact, i),
                value: d.value.clone(),
                select: Command::Row(i),
                below: row.can_open.then_some(i),
            })
        });
        tell_in_full(response, &doc.artifact, array, &d.value, room);
    });
    (doc.at.tree, doc.hover_next) = (pos, hover_next);
}

fn tree_keys(ui: &Ui, cx: &mut Ctx<'_>, doc: &mut Doc) {
    let rows = doc.outline.rows();
    let (row, last) = (doc.row, rows.len().saturating_sub(1));
    let pressed = |key: Key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    let shifted = |key: Key| ui.input_mut(|i| i.consume_key(Modifiers::SHIFT, key));
    let Some(now) = rows.get(row) else { return };
    if shifted(Key::ArrowRight) {
        cx.send(Command::OpenAll(row));
    } else if shifted(Key::ArrowLeft) {
        cx.send(Command::CloseAll(row));
    } else if pressed(Key::Enter) {
        cx.send(Command::Pane(Pane::Detail));
    } else if pressed(Key::ArrowRight) {
        if now.can_open && !now.open {
            cx.send(Command::Toggle(row));
        } else if now.open {
            cx.send(Command::Row((row + 1).min(last)));
        }
    } else if pressed(Key::ArrowLeft) {
        if now.open {
            cx.send(Command::Toggle(row));
        } else if let Some(parent) = doc.outline.parent(row) {
            cx.send(Command::Row(parent));
        }
    } else {
        let typed = ui.input(|i| {
            i.events.iter().find_map(|event| match event {
                egui::Event::Text(text) => text.chars().next(),
                _ => None,
            })
        });
        match typed {
            Some('*') => cx.send(Command::OpenSiblings(row)),
            Some(letter) if letter.is_alphanumeric() || letter == '_' => {
                // Type-ahead: the next row whose key begins with the letter, among those near.
                let lower = letter.to_lowercase().to_string();
                let order = (row + 1..rows.len()).chain(0..row).take(2000);
                let found = order.into_iter().find(|i| {
                    doc.outline.label(&doc.artifact, *i).is_some_and(|l| l.key.to_lowercase().starts_with(&lower))
                });
                if let Some(found) = found {
                    cx.send(Command::Row(found));
                }
            }
            _ => {}
        }
    }
}

/// Takes characters out of the middle so that about `room` are left.
pub fn middle_cut(text: &str, room: f32) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "characters on a row")]
    let room = room as usize;
    let n = text.chars().count();
    if n <= room || room < 8 {
        return text.to_owned();
    }
    let head: String = text.chars().take(room / 3).collect();
    let tail: String = text.chars().skip(n - (room - room / 3 - 1)).collect();
    format!("{head}…{tail}")
}

/// Says that there is nothing to list.
pub fn empty(ui: &mut Ui, cx: &Ctx<'_>, words: &str) {
    ui.add_space(20.0);
    ui.horizontal(|ui| {
        ui.add_space(16.0);
        ui.label(egui::RichText::new(words).color(cx.p.dim));
    });
}
