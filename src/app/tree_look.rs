//! What is being looked at of an ensemble of trees: which one is open, how they are sorted, what jobs have made of them.

use std::sync::Arc;

use egui::Context;

use super::jobs::{Job, Poll};
use super::widgets::big_list::ListPos;
use super::widgets::tree_canvas::Canvas;
use super::workspace::Pages;
use crate::bytes::{Error, ErrorKind, Result, Span};
use crate::formats::trees::{Ensemble, Importance, forest_importance};
use crate::view::lens::Lens;
use crate::view::trees::tile::Tile;
use crate::view::trees::{Drawn, Grove, SortBy};

/// The object whose trees are looked at: part, node, and which lens of it.
pub type Key = (usize, u32, Lens);

/// Pictures made by one job.
pub const CHUNK: usize = 24;

/// The look at one ensemble; another one begins afresh.
#[derive(Default)]
pub struct TreeLook {
    key: Option<Key>,
    /// The tree that is open; None for all of them.
    pub chosen: Option<usize>,
    /// What they are sorted by.
    pub sort: SortBy,
    /// The trees in that order.
    pub order: Arc<Vec<u32>>,
    /// The output whose values are shown.
    pub output: u32,
    /// The lens over the open tree.
    pub canvas: Canvas,
    /// Scroll position of the pictures.
    pub at: ListPos,
    drawing: Option<((usize, u32), Job<Result<Drawn>>)>,
    drawn: Option<((usize, u32), Arc<Result<Drawn>>)>,
    tiles: Pages<(SortBy, usize), Vec<Result<Tile>>>,
    counting: Option<Job<Result<Vec<Importance>>>>,
    importance: Option<Arc<Result<Vec<Importance>>>>,
}

impl TreeLook {
    /// Begins afresh if this is another ensemble than before.
    pub fn turn_to(&mut self, key: Key, grove: &Grove) {
        if self.key != Some(key) {
            let order = Arc::new(grove.order(SortBy::Index));
            *self = Self { key: Some(key), chosen: grove.first_shown(), order, ..Self::default() };
        }
    }

    /// Opens a tree, or goes back to all of them.
    pub fn choose(&mut self, tree: Option<usize>) {
        if self.chosen != tree {
            (self.chosen, self.canvas) = (tree, Canvas::default());
        }
    }

    /// Sorts the pictures.
    pub fn sort_by(&mut self, grove: &Grove, sort: SortBy) {
        (self.sort, self.order, self.at) = (sort, Arc::new(grove.order(sort)), ListPos::default());
    }

    /// The open tree, laid out, if that is done; else it is begun.
    pub fn drawn(&mut self, ctx: &Context, ensemble: &Arc<Ensemble>, index: usize) -> Option<Arc<Result<Drawn>>> {
        let wanted = (index, self.output);
        if let Some((key, drawn)) = &self.drawn
            && *key == wanted
        {
            return Some(Arc::clone(drawn));
        }
        if self.drawing.as_ref().is_none_or(|(key, _)| *key != wanted) {
            let (ensemble, output) = (Arc::clone(ensemble), self.output);
            let job = Job::spawn(ctx, "Drawing a tree", move |_| Drawn::new(&ensemble, index, output));
            self.drawing = Some((wanted, job));
        }
        None
    }

    /// The picture at a position of the order, if it is done; else its neighbours and it are begun.
    pub fn tiles(
        &mut self,
        ctx: &Context,
        ensemble: &Arc<Ensemble>,
        chunk: usize,
    ) -> Option<Arc<Result<Vec<Result<Tile>>>>> {
        let key = (self.sort, chunk);
        let (order, ensemble) = (Arc::clone(&self.order), Arc::clone(ensemble));
        self.tiles.want(ctx, key, move |progress| {
            let mut tiles = Vec::new();
            for i in order.iter().skip(chunk * CHUNK).take(CHUNK) {
                progress.check(Span::default())?;
                tiles.push(ensemble.trees.tree(*i as usize).map(|tree| Tile::new(&tree)));
            }
            Ok(tiles)
        });
        self.tiles.get(key)
    }

    /// What all trees split on, if it is counted; else that is begun.
    pub fn importance(&mut self, ctx: &Context, ensemble: &Arc<Ensemble>) -> Option<Arc<Result<Vec<Importance>>>> {
        if self.importance.is_none() && self.counting.is_none() {
            let ensemble = Arc::clone(ensemble);
            self.counting = Some(Job::spawn(ctx, "Reading trees", move |p| forest_importance(&ensemble, p)));
        }
        self.importance.clone()
    }

    /// Takes in what jobs have finished.
    pub fn poll(&mut self) {
        self.tiles.poll();
        let panicked = |message| Err(Error { at: Span::default(), kind: ErrorKind::Io(message) });
        if let Some((key, job)) = &mut self.drawing {
            let done = match job.poll() {
                Poll::Working => None,
                Poll::Done(drawn) => Some(drawn),
                Poll::Panicked(message) => Some(panicked(message)),
            };
            if let Some(done) = done {
                (self.drawn, self.drawing) = (Some((*key, Arc::new(done))), None);
            }
        }
        let counted = match self.counting.as_mut().map(Job::poll) {
            Some(Poll::Done(done)) => done,
            Some(Poll::Panicked(message)) => Err(Error { at: Span::default(), kind: ErrorKind::Io(message) }),
            _ => return,
        };
        (self.importance, self.counting) = (Some(Arc::new(counted)), None);
    }
}
