//! What an object can be shown as in its own terms, beside the table of its fields: a lens.
//!
//! A lens is chosen by looking at names and shapes only ([`lenses`]), so that it may be asked at every selection; what it
//! shows is built in a job ([`build`]) and drawn by the panel of the same name.

use std::sync::Arc;

use crate::bytes::{Error, ErrorKind, Progress, Result, Span};
use crate::formats::boosters::Model;
use crate::formats::estimator::is_estimator;
use crate::formats::frame::{Frame, Home, kind_of};
use crate::formats::sparse::Sparse;
use crate::formats::trees::{boosters, sklearn};
use crate::formats::{Artifact, structure};
use crate::pickle::NodeId;
use crate::view::booster::Booster;
use crate::view::code;
use crate::view::diagram::{Diagram, diagram};
use crate::view::estimator::{Card, card};
use crate::view::sparse;
use crate::view::trees::Grove;
use crate::view::weights::{self, Weights};

/// A way to show an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lens {
    /// How an estimator is put together of others.
    Diagram,
    /// A decision tree, drawn.
    Tree,
    /// An ensemble of trees, as small pictures.
    Forest,
    /// An estimator as a card: library, parameters beside their defaults, what it learned.
    Estimator,
    /// A DataFrame, Series or Index of pandas as a table.
    Frame,
    /// The numbers of a state dict or checkpoint.
    Weights,
    /// A function or code object that is written out.
    Code,
    /// A model of gradient boosting: what it says of itself, and its trees.
    Booster,
    /// A sparse matrix or tensor, and whether its indices fit.
    Sparse,
}

impl Lens {
    /// Its tab.
    pub fn title(self) -> &'static str {
        match self {
            Self::Diagram => "Diagram",
            Self::Tree => "Drawn tree",
            Self::Forest => "Forest",
            Self::Estimator => "Estimator",
            Self::Frame => "Table",
            Self::Weights => "Weights",
            Self::Code => "Code",
            Self::Booster => "Model",
            Self::Sparse => "Sparse",
        }
    }
}

/// What a lens shows, ready to be drawn.
#[derive(Debug)]
pub enum Shown {
    /// The boxes of a diagram; None if the object turns out to have none.
    Diagram(Option<Diagram>),
    /// Trees, for [`Lens::Tree`] and [`Lens::Forest`].
    Trees(Grove),
    /// A card; None if the object turns out to be no estimator.
    Estimator(Option<Card>),
    /// A table; its cells are read in pages.
    Frame(Arc<Frame>),
    /// The numbers of a state dict or checkpoint.
    Weights(Box<Weights>),
    /// A function or code object that is written out.
    Code(Vec<code::Line>),
    /// A model of gradient boosting, for [`Lens::Booster`].
    Booster(Booster),
    /// A sparse matrix in lines, for [`Lens::Sparse`].
    Sparse(Vec<code::Line>),
}

/// The lenses for an object, the one to show first at the front. Looks at names and shapes only.
pub fn lenses(artifact: &Artifact, part: usize, node: NodeId) -> Vec<Lens> {
    let mut all = Vec::new();
    let Some(pickled) = artifact.pickled(part) else { return all };
    let estimator = is_estimator(&pickled.decoded.graph, node);
    if estimator && structure::is_composite(pickled, node) {
        all.push(Lens::Diagram);
    }
    if estimator {
        all.push(Lens::Estimator);
    }
    if Model::of(artifact, part, node).is_some() {
        all.push(Lens::Booster);
    }
    match sklearn::holds(artifact, part, node).or_else(|| boosters::holds(artifact, part, node)) {
        Some(sklearn::Holds::One) => all.push(Lens::Tree),
        Some(sklearn::Holds::Many) => all.push(Lens::Forest),
        None => {}
    }
    if kind_of(pickled, node).is_some() {
        all.push(Lens::Frame);
    }
    if weights::has_weights(artifact, part, node) {
        all.push(Lens::Weights);
    }
    if code::place(artifact, part, node).is_some() {
        all.push(Lens::Code);
    }
    if Sparse::of(artifact, part, node).is_some() {
        all.push(Lens::Sparse);
    }
    all
}

/// Builds what a lens shows; for a job.
pub fn build(artifact: &Artifact, part: usize, node: NodeId, lens: Lens, progress: &Progress) -> Result<Shown> {
    let nothing = |message: &str| Error {
        at: Span::default(),
        kind: ErrorKind::Header { what: "object", message: message.to_owned() },
    };
    Ok(match lens {
        Lens::Diagram => Shown::Diagram(diagram(artifact, part, node, progress)?),
        Lens::Tree | Lens::Forest => {
            Shown::Trees(Grove::of_object(artifact, part, node, progress).ok_or_else(|| nothing("it holds no trees"))?)
        }
        Lens::Estimator => Shown::Estimator(card(artifact, part, node, progress)?),
        Lens::Frame => {
            let home = Home::of(artifact, part).ok_or_else(|| nothing("it is no table"))?;
            let frame = Frame::build(home, node, progress).ok_or_else(|| nothing("it is no table"))?;
            Shown::Frame(Arc::new(frame))
        }
        Lens::Weights => {
            let weights = Weights::of(artifact, part, node).ok_or_else(|| nothing("it holds no weights"))?;
            Shown::Weights(Box::new(weights))
        }
        Lens::Booster => {
            let model = Model::of(artifact, part, node).ok_or_else(|| nothing("it holds no model"))?;
            Shown::Booster(Booster::of(&model))
        }
        Lens::Sparse => {
            let sparse = Sparse::of(artifact, part, node).ok_or_else(|| nothing("it is no sparse matrix"))?;
            Shown::Sparse(sparse::lines(&sparse, progress)?)
        }
        Lens::Code => Shown::Code(code::lines(artifact, part, node).ok_or_else(|| nothing("it is no code"))?),
    })
}
