//! What an object can be shown as in its own terms, beside the table of its fields: a lens.
//!
//! A lens is chosen by looking at names and shapes only ([`lenses`]), so that it may be asked at every selection; what it
//! shows is built in a job ([`build`]) and drawn by the panel of the same name.

use crate::bytes::{Error, ErrorKind, Progress, Result, Span};
use crate::formats::Artifact;
use crate::formats::boosters::Model;
use crate::formats::trees::{boosters, sklearn};
use crate::pickle::NodeId;
use crate::view::booster::Booster;
use crate::view::trees::Grove;

/// A way to show an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lens {
    /// A decision tree, drawn.
    Tree,
    /// An ensemble of trees, as small pictures.
    Forest,
    /// A model of gradient boosting: what it says of itself, and its trees.
    Booster,
}

impl Lens {
    /// Its tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Tree => "Drawn tree",
            Self::Forest => "Forest",
            Self::Booster => "Model",
        }
    }
}

/// What a lens shows, ready to be drawn.
#[derive(Debug)]
pub enum Shown {
    /// Trees, for [`Lens::Tree`] and [`Lens::Forest`].
    Trees(Grove),
    /// A model of gradient boosting, for [`Lens::Booster`].
    Booster(Booster),
}

/// The lenses for an object, the one to show first at the front. Looks at names and shapes only.
pub fn lenses(artifact: &Artifact, part: usize, node: NodeId) -> Vec<Lens> {
    let mut lenses = Vec::new();
    if Model::of(artifact, part, node).is_some() {
        lenses.push(Lens::Booster);
    }
    match sklearn::holds(artifact, part, node).or_else(|| boosters::holds(artifact, part, node)) {
        Some(sklearn::Holds::One) => lenses.push(Lens::Tree),
        Some(sklearn::Holds::Many) => lenses.push(Lens::Forest),
        None => {}
    }
    lenses
}

/// Builds what a lens shows; for a job.
pub fn build(artifact: &Artifact, part: usize, node: NodeId, lens: Lens, progress: &Progress) -> Result<Shown> {
    let nothing = |message: &str| Error {
        at: Span::default(),
        kind: ErrorKind::Header { what: "object", message: message.to_owned() },
    };
    match lens {
        Lens::Booster => Model::of(artifact, part, node)
            .map(|model| Shown::Booster(Booster::of(&model)))
            .ok_or_else(|| nothing("it holds no model")),
        Lens::Tree | Lens::Forest => Grove::of_object(artifact, part, node, progress)
            .map(Shown::Trees)
            .ok_or_else(|| nothing("it holds no trees")),
    }
}
