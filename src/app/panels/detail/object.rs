//! An object: its lenses, and the table of its fields.

use std::sync::Arc;

use egui::{Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::diagram::diagram;
use super::estimator::estimator;
use super::{booster, message, name, tabs, title, tree};
use crate::app::panels::Ctx;
use crate::app::panels::index::class_icon;
use crate::app::panels::object_menu::{Target, object_menu};
use crate::app::update::Command;
use crate::app::widgets::big_list::big_list;
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Facet};
use crate::app::{icons, theme};
use crate::formats::children::Children;
use crate::formats::python;
use crate::pickle::{NodeId, Value};
use crate::view::describe::{Class, Description, Detail, describe};
use crate::view::lens::{self, Lens, Shown};
use crate::view::{escape, number};

/// Draws an object.
pub fn node_detail(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, node: NodeId, focused: bool) {
    let part = doc.selection.part;
    let artifact = Arc::clone(&doc.artifact);
    let Some(pickled) = artifact.pickled(part) else { return };
    let graph = &pickled.decoded.graph;
    let d = describe(&artifact, part, pickled, node, Detail::Full);
    let module = graph.class(node).map(|class| escape::plain(&class.dotted())).unwrap_or_default();
    let offset = graph.offset(node);
    let facts = if module.is_empty() { format!("at {offset:#x}") } else { format!("{module} · at {offset:#x}") };
    let bare = Children::of(graph, &pickled.known, node).positions() == 0;
    // One line says all of a date: how it is stored stands below it.
    let leaf = bare || python::is_plain(graph, node);
    let kind = if leaf { d.type_name.clone() } else { format!("{} {}", d.type_name, d.value) };
    title(ui, cx, class_icon(d.class), &name(doc), kind.trim(), &facts);
    let line = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), line - 0.5, Stroke::new(1.0, cx.p.line));
    // A diagram stays in front while its boxes are selected, whatever they are.
    let held = doc.diagram.is_some() && doc.facet == Facet::Lens(Lens::Diagram);
    if let Value::Global(symbol) = graph.value(node)
        && !held
    {
        ui.add_space(16.0);
        let words =
            format!("The name {} of module {}. It is looked up when the file is loaded.", symbol.name, symbol.module);
        message(ui, cx, icons::CODE, cx.p.global, &escape::plain(&words));
        return;
    }
    if leaf && !held && doc.lenses.is_empty() {
        value(ui, cx, &d);
        if !bare {
            ui.add_space(16.0);
            children(ui, cx, doc, node, focused);
        }
        return;
    }
    if !doc.lenses.is_empty() {
        let mut all: Vec<(Facet, &str)> = doc.lenses.iter().map(|lens| (Facet::Lens(*lens), lens.title())).collect();
        all.push((Facet::Fields, "Fields"));
        tabs(ui, cx, doc, &all);
    }
    match doc.facet {
        Facet::Lens(lens) => through(ui, cx, doc, node, lens, focused),
        _ if leaf => value(ui, cx, &d),
        _ => children(ui, cx, doc, node, focused),
    }
}

/// The value of what has no children.
fn value(ui: &mut Ui, cx: &Ctx<'_>, d: &Description) {
    ui.add_space(12.0);
    let colour = cx.p.class(d.class);
    egui::ScrollArea::vertical().id_salt("leaf").auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.add_space(16.0);
            let words = egui::RichText::new(&d.value).font(theme::mono(12.0)).color(colour);
            ui.add(egui::Label::new(words).selectable(true).wrap());
        });
        if let Some(size) = d.size {
            ui.add_space(8.0);
            message(ui, cx, icons::INFO, cx.p.dim, &format!("{} bytes in all", number::grouped(size)));
        }
    });
}

/// Draws what a lens shows, once the job that builds it is done.
fn through(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, node: NodeId, lens: Lens, focused: bool) {
    let part = doc.selection.part;
    // The diagram is that of the object it was opened for, not of the box that is selected in it.
    let node = doc.diagram.filter(|_| lens == Lens::Diagram).unwrap_or(node);
    let key = (part, node.raw(), lens);
    let artifact = Arc::clone(&doc.artifact);
    doc.shown.want(&ui.ctx().clone(), key, move |progress| lens::build(&artifact, part, node, lens, progress));
    match doc.shown.get(key).as_deref() {
        Some(Ok(shown)) => match shown {
            Shown::Trees(grove) => {
                doc.trees.turn_to((part, node.raw(), lens), grove);
                tree::trees(ui, cx, &mut doc.trees, grove, focused);
            }
            Shown::Booster(model) => booster::booster(ui, cx, doc, model, focused),
            Shown::Diagram(shown) => diagram(ui, cx, doc, shown.as_ref()),
            Shown::Frame(table) => super::frame::frame(ui, cx, doc, node, table, focused),
            Shown::Estimator(card) => estimator(ui, cx, doc, card.as_ref(), focused),
            Shown::Weights(weights) => super::weights::draw(ui, cx, weights),
            Shown::Code(lines) | Shown::Sparse(lines) => super::code::draw(ui, cx, &mut doc.at.detail, lines, focused),
        },
        Some(Err(error)) => {
            ui.add_space(16.0);
            message(ui, cx, icons::WARNING, cx.p.danger, &error.to_string());
        }
        None => {}
    }
}

/// The children of an object as a table, however many there are.
pub fn children(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, node: NodeId, focused: bool) {
    let part = doc.selection.part;
    let artifact = Arc::clone(&doc.artifact);
    let Some(pickled) = artifact.pickled(part) else { return };
    let graph = &pickled.decoded.graph;
    let children = Children::of(graph, &pickled.known, node);
    let p = cx.p;
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    let columns = [("Name", 16.0), ("Value", 16.0 + head.width() * 0.32), ("Type", 16.0 + head.width() * 0.74)];
    for (words, at) in columns {
        paint::text(ui.painter(), head.left() + at, head.center().y, words, theme::semibold(12.0), p.text2, 100.0);
    }
    ui.painter().hline(head.x_range(), head.bottom() - 0.5, Stroke::new(1.0, p.line));
    let mut pos = doc.at.detail;
    let commands = &mut *cx.commands;
    big_list(ui, &mut pos, children.positions() as u64, 24.0, focused, |ui, row| {
        let i = usize::try_from(row).unwrap_or(usize::MAX);
        let Some((edge, child)) = children.get(graph, i) else { return };
        let rect = ui.max_rect();
        let response = ui.interact(rect, ui.scope_id(), Sense::click());
        paint::row_ground(ui.painter(), rect, false, response.hovered(), p);
        let key = crate::view::rows::key_text(pickled, edge);
        let d = describe(&artifact, part, pickled, child, Detail::Row);
        let (painter, middle) = (ui.painter(), rect.center().y);
        let at = |i: usize| rect.left() + columns.get(i).map_or(0.0, |c| c.1);
        paint::text(painter, at(0), middle, &key, theme::mono(12.0), p.text, at(1) - at(0) - 12.0);
        let plain = matches!(
            d.class,
            Class::List | Class::Dict | Class::Set | Class::Foreign | Class::Object | Class::Estimator
        );
        let (font, colour) = if plain { (theme::sans(12.0), p.dim) } else { (theme::mono(12.0), p.class(d.class)) };
        paint::text(painter, at(1), middle, &d.value, font, colour, at(2) - at(1) - 12.0);
        paint::text(painter, at(2), middle, &d.type_name, theme::sans(12.0), p.dim, rect.right() - at(2) - 16.0);
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, format!("{key} {} {}", d.value, d.type_name)));
        if response.clicked() {
            commands.push(Command::Object(part, child));
        }
        object_menu(&response, &doc.artifact, commands, || {
            let mut path = doc.selection.path.clone();
            path.iter_mut().for_each(|path| edge.write(graph, path));
            let array = artifact.array_of(part, child);
            let select = Command::Object(part, child);
            Some(Target { part, node: Some(child), array, path, value: d.value.clone(), select, below: None })
        });
        let array = artifact.array_of(part, child);
        crate::app::panels::index::tell_in_full(response, &artifact, array, &d.value, at(2) - at(1) - 12.0);
    });
    doc.at.detail = pos;
}
