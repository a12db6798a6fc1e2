//! What can be done with an object, wherever it is shown: one menu, its entries always in the same order.

use egui::{Response, Ui};

use crate::app::give_out::Gift;
use crate::app::update::Command;
use crate::app::workspace::{Doc, Pane};
use crate::array::Elements;
use crate::formats::Artifact;
use crate::pickle::NodeId;
use crate::view::describe::{Detail, describe};

/// The object the menu is about.
#[derive(Clone)]
pub struct Target {
    /// The part it is in.
    pub part: usize,
    /// Its node, unless it belongs to no pickle.
    pub node: Option<NodeId>,
    /// Its number among the arrays, if it is one.
    pub array: Option<usize>,
    /// Its path, from `$`.
    pub path: Option<String>,
    /// Its value in words.
    pub value: String,
    /// What selects it.
    pub select: Command,
    /// Its row in the tree, if something can be opened below it.
    pub below: Option<usize>,
}

impl Target {
    /// An object that an opcode made or that lies on the stack: where it stands in the tree is not looked up for a menu.
    pub fn made(artifact: &Artifact, part: usize, node: NodeId) -> Option<Self> {
        let pickled = artifact.pickled(part)?;
        Some(Self {
            part,
            node: Some(node),
            array: artifact.array_of(part, node),
            path: None,
            value: describe(artifact, part, pickled, node, Detail::Row).value,
            select: Command::Opcode(part, pickled.decoded.graph.offset(node)),
            below: None,
        })
    }

    /// What is selected.
    pub fn selected(doc: &Doc) -> Option<Self> {
        let selection = &doc.selection;
        let made = Self::made(&doc.artifact, selection.part, selection.node?)?;
        Some(Self { path: selection.path.clone(), ..made })
    }
}

/// Opens the menu by a click with the second button.
pub fn object_menu(
    response: &Response,
    artifact: &Artifact,
    commands: &mut Vec<Command>,
    target: impl FnOnce() -> Option<Target>,
) {
    response.context_menu(|ui| {
        let Some(target) = target() else {
            ui.label("No object is made here");
            return;
        };
        let mut entry = |ui: &mut Ui, words: &str, there: bool, asked: &dyn Fn() -> Vec<Command>| {
            if ui.add_enabled(there, egui::Button::new(words)).clicked() {
                commands.extend(asked());
                ui.close();
            }
        };
        let python = target.path.as_ref().map(|path| path.replacen('$', "obj", 1));
        entry(ui, "Copy path as Python", python.is_some(), &|| python.iter().cloned().map(Command::Copy).collect());
        let has_value = !target.value.is_empty();
        entry(ui, "Copy value", has_value, &|| vec![Command::Copy(target.value.clone())]);
        let held =
            |array: usize| artifact.arrays.get(array).is_some_and(|array| matches!(array.elements, Elements::Bytes(_)));
        let array = target.array.filter(|array| held(*array));
        if let Some(array) = array {
            entry(ui, "Copy as NumPy", true, &|| vec![Command::Give(Gift::Python(array))]);
        } else {
            let path = target.path.clone().unwrap_or_else(|| "$".to_owned());
            let json = target.node.map(|node| Gift::Json(target.part, node, path));
            entry(ui, "Copy as JSON", json.is_some(), &|| json.iter().cloned().map(Command::Give).collect());
        }
        for (words, pane) in [("Show bytes", Pane::Bytes), ("Show opcodes", Pane::Opcodes)] {
            entry(ui, words, true, &|| vec![target.select.clone(), Command::ShowEvidence(pane)]);
        }
        let offset = target.node.and_then(|node| Some(artifact.pickled(target.part)?.decoded.graph.offset(node)));
        entry(ui, "Find references to this object", offset.is_some(), &|| {
            offset.iter().map(|offset| Command::Find(format!("@{offset:#x}"))).collect()
        });
        entry(ui, "Open everything below", target.below.is_some(), &|| {
            target.below.iter().map(|row| Command::OpenAll(*row)).collect()
        });
        entry(ui, "Export array…", array.is_some(), &|| {
            array.iter().map(|array| Command::Give(Gift::File(*array))).collect()
        });
    });
}
