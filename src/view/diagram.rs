//! The structure of an estimator in words: what each box of the diagram says.

use crate::bytes::{Progress, Result, Span};
use crate::formats::Artifact;
use crate::formats::estimator::{Estimator, Standing};
use crate::formats::structure::{Fitted, Form, Structure};
use crate::pickle::NodeId;
use crate::view::describe::{Detail, describe};
use crate::view::estimator::{Parameter, columns_text, fitted_text, is_structure, parameters, set_text};
use crate::view::{escape, number};

/// Parameters that a closed box names.
const IN_SUMMARY: usize = 3;

/// A box.
#[derive(Clone, Debug)]
pub struct Block {
    /// The name it has in its parent; empty for the root and for a group of branches.
    pub name: String,
    /// Its class; for what is no estimator the value ('passthrough'); empty for a group.
    pub class: String,
    /// Whether it is fitted; None for what is no estimator.
    pub fitted: Option<Fitted>,
    /// The columns it gets, or of how many copies it is the first.
    pub note: String,
    /// The parameters that are not known to have their default, in one line.
    pub summary: String,
    /// How many of the parameters are set.
    pub set: String,
    /// All parameters but those that are boxes of their own.
    pub parameters: Vec<Parameter>,
    /// The object; None for a group.
    pub node: Option<NodeId>,
    /// (parent, position) from the root's object.
    pub way: Vec<(NodeId, usize)>,
    /// How its parts follow each other.
    pub form: Form,
    /// Its parts.
    pub children: Vec<usize>,
}

impl Block {
    /// The whole of it in a sentence.
    pub fn sentence(&self) -> String {
        let state = self.fitted.map(fitted_text).unwrap_or_default();
        let all = [&*self.name, &*self.class, &*self.note, state, &*self.set, &*self.summary];
        let mut text = String::new();
        for (i, words) in all.iter().enumerate().filter(|(_, words)| !words.is_empty()) {
            // Name and class belong together; the rest are remarks.
            text.push_str(if text.is_empty() {
                ""
            } else if i < 2 {
                " "
            } else {
                ", "
            });
            text.push_str(words);
        }
        text
    }
}

/// A diagram, ready to be drawn. The first box is the root, and parents stand before their children.
#[derive(Clone, Debug)]
pub struct Diagram {
    /// The object it is of.
    pub root: NodeId,
    /// The boxes.
    pub blocks: Vec<Block>,
    /// Something is missing.
    pub cut: bool,
}

/// Builds the diagram of an estimator; None if it is not made of others.
pub fn diagram(artifact: &Artifact, part: usize, root: NodeId, progress: &Progress) -> Result<Option<Diagram>> {
    let Some(pickled) = artifact.pickled(part) else { return Ok(None) };
    let Some(structure) = Structure::of(pickled, root) else { return Ok(None) };
    let mut blocks = Vec::with_capacity(structure.blocks.len());
    for block in structure.blocks {
        progress.check(Span::default())?;
        let mut notes = Vec::new();
        if let Some(copies) = block.copies {
            notes.push(format!("first of {}", number::grouped(copies as u64)));
        }
        if let Some(columns) = block.columns {
            notes.push(columns_text(artifact, part, pickled, columns, Detail::Row));
        }
        let estimator = block.node.and_then(|node| Estimator::of(pickled, node));
        let (mut all, mut set) = (Vec::new(), String::new());
        if let Some(estimator) = &estimator {
            let inner: Vec<usize> =
                estimator.attributes().filter(|a| is_structure(pickled, a.node)).map(|a| a.position).collect();
            all = parameters(artifact, part, pickled, estimator);
            let standings: Vec<Standing> = all.iter().map(|parameter| parameter.standing).collect();
            set = if all.is_empty() { String::new() } else { set_text(&standings) };
            all.retain(|parameter| !inner.contains(&parameter.position));
        }
        let class = match (&estimator, block.node) {
            (Some(estimator), _) => escape::plain(estimator.name()),
            (None, Some(node)) => {
                let d = describe(artifact, part, pickled, node, Detail::Row);
                if d.value.is_empty() { d.type_name } else { d.value.trim_matches('\'').to_owned() }
            }
            (None, None) => String::new(),
        };
        let told: Vec<&Parameter> = all.iter().filter(|p| !p.standing.is_default()).collect();
        let mut summary: Vec<String> = told
            .iter()
            .take(IN_SUMMARY)
            .map(|p| format!("{}={}", p.name, if p.value.is_empty() { &p.type_name } else { &p.value }))
            .collect();
        if told.len() > IN_SUMMARY {
            summary.push("…".to_owned());
        }
        blocks.push(Block {
            name: escape::plain(&block.name),
            class,
            fitted: block.fitted,
            note: notes.join(" · "),
            summary: summary.join(", "),
            set,
            parameters: all,
            node: block.node,
            way: block.way,
            form: block.form,
            children: block.children,
        });
    }
    Ok(Some(Diagram { root, blocks, cut: structure.cut }))
}
