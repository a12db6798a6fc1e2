//! What an object can be shown as in its own terms, beside the table of its fields: a lens.
//!
//! A lens is chosen by looking at names and shapes only ([`lenses`]), so that it may be asked at every selection; what it
//! shows is built in a job ([`build`]) and drawn by the panel of the same name.

use crate::bytes::{Progress, Result};
use crate::formats::Artifact;
use crate::pickle::NodeId;

/// A way to show an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lens {}

impl Lens {
    /// Its tab.
    pub fn title(self) -> &'static str {
        match self {}
    }
}

/// What a lens shows, ready to be drawn.
#[derive(Debug)]
pub enum Shown {}

/// The lenses for an object, the one to show first at the front. Looks at names and shapes only.
pub fn lenses(_artifact: &Artifact, _part: usize, _node: NodeId) -> Vec<Lens> {
    Vec::new()
}

/// Builds what a lens shows; for a job.
pub fn build(_artifact: &Artifact, _part: usize, _node: NodeId, lens: Lens, _progress: &Progress) -> Result<Shown> {
    match lens {}
}
