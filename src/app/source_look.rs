//! What is looked at of the load as code and as steps: which lines, of which object, and the step that the slider is at.

use std::sync::Arc;

use super::jobs::{Job, Poll};
use super::widgets::big_list::ListPos;
use super::workspace::{Pages, Selection};
use crate::audit::Report;
use crate::audit::decompile::{Source, decompile};
use crate::formats::Artifact;
use crate::pickle::NodeId;

/// What stands in the first pane of the evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The opcodes.
    #[default]
    Opcodes,
    /// What they do, as code.
    Source,
    /// The bytes that belong to no object.
    Unowned,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceAsk {
    /// Show this in the first pane.
    Show(View),
    /// Only what builds the selected object, or everything.
    Only(bool),
    /// Go to this row of the opcodes of this part.
    Step(usize, u64),
}

/// The code and the steps of a document.
#[derive(Default)]
pub struct SourceLook {
    /// What stands in the first pane.
    pub shown: View,
    /// The object whose code alone is shown: its part, the object.
    pub only: Option<(usize, NodeId)>,
    /// The code, by part and object.
    pub pages: Pages<(usize, Option<u32>), Source>,
    /// Scroll position of the lines.
    pub at: ListPos,
    /// The opcode whose line was brought into view last.
    pub followed: Option<(usize, u64)>,
    /// The row that the slider was moved to, until it is selected.
    pub step: Option<u64>,
    stepping: Option<Job<Option<(usize, u64)>>>,
}

impl SourceLook {
    /// Does what was asked for.
    pub fn apply(&mut self, ctx: &egui::Context, artifact: &Arc<Artifact>, selection: &Selection, ask: SourceAsk) {
        match ask {
            SourceAsk::Show(shown) => (self.shown, self.followed) = (shown, None),
            SourceAsk::Only(only) => {
                self.only = selection.node.filter(|_| only).map(|node| (selection.part, node));
                (self.at, self.followed) = (ListPos::default(), None);
            }
            SourceAsk::Step(part, row) => {
                let shared = Arc::clone(artifact);
                self.step = Some(row);
                self.stepping = Some(Job::spawn(ctx, "Step", move |_| {
                    let op = shared.pickled(part)?.decoded.ops_from(row).next()?.ok()?;
                    Some((part, op.offset))
                }));
            }
        }
    }

    /// Starts writing the code that is looked at, unless it is there.
    pub fn want(&mut self, ctx: &egui::Context, artifact: &Arc<Artifact>, report: &Arc<Report>, part: usize) {
        let (artifact, report) = (Arc::clone(artifact), Arc::clone(report));
        let only = self.only_in(part);
        self.pages.want(ctx, (part, only.map(NodeId::raw)), move |progress| {
            Ok(decompile(&artifact, &report, part, only, progress))
        });
    }

    /// The object whose code alone is shown, if it is in this part.
    pub fn only_in(&self, part: usize) -> Option<NodeId> {
        self.only.filter(|(there, _)| *there == part).map(|(_, node)| node)
    }

    /// Takes in what has arrived; gives the opcode that a step leads to.
    pub fn poll(&mut self) -> Option<(usize, u64)> {
        self.pages.poll();
        match self.stepping.as_mut()?.poll() {
            Poll::Working => None,
            Poll::Done(found) => {
                (self.stepping, self.step) = (None, None);
                found
            }
            Poll::Panicked(_) => {
                (self.stepping, self.step) = (None, None);
                None
            }
        }
    }
}
