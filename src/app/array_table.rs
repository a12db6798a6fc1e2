//! The state of the table of arrays: its order, and statistics that arrive one array after the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::jobs::{Job, Poll};
use super::workspace::is_flagged;
use crate::array::{Stats, stats};
use crate::audit::Report;
use crate::bytes::Span;
use crate::formats::Artifact;
use crate::view::array_table::{Sort, bad_values, order};
use crate::view::number::grouped;
use crate::view::query::Query;

/// Statistics by the number of their array; None where there is nothing to compute.
type Found = HashMap<usize, Option<Stats>>;

/// The same as they arrive.
type Arrived = Vec<(usize, Option<Stats>)>;

/// The table of arrays.
#[derive(Default)]
pub struct ArrayTable {
    /// How it is sorted.
    pub sort: Sort,
    /// The arrays that are shown, in order; all in the order of the file while it is None.
    rows: Option<Vec<u32>>,
    ordering: Option<Job<Vec<u32>>>,
    query: Query,
    /// What was computed.
    pub stats: Arc<Found>,
    computing: Option<Job<bool>>,
    arriving: Arc<Mutex<Arrived>>,
    started: bool,
    /// It was cancelled before the end.
    pub stopped: bool,
}

impl ArrayTable {
    /// Number of rows.
    pub fn len(&self, artifact: &Artifact) -> usize {
        self.rows.as_ref().map_or(artifact.own_arrays().len(), Vec::len)
    }

    /// The array on a row.
    pub fn array(&self, row: usize) -> Option<usize> {
        self.rows.as_ref().map_or(Some(row), |rows| rows.get(row).map(|array| *array as usize))
    }

    /// The row of an array, among those near the top of very long tables.
    pub fn row_of(&self, array: usize) -> Option<usize> {
        match &self.rows {
            Some(rows) => rows.iter().position(|row| *row as usize == array),
            None => Some(array),
        }
    }

    /// The statistics being computed.
    pub fn computing(&self) -> Option<&Job<bool>> {
        self.computing.as_ref()
    }

    /// Number of arrays with values that are not finite, as far as is known.
    pub fn bad(&self) -> usize {
        self.stats.values().flatten().filter(|stats| bad_values(stats) > 0).count()
    }

    /// Starts the statistics of all arrays, once.
    pub fn start(&mut self, ctx: &egui::Context, artifact: &Arc<Artifact>) {
        if self.started {
            return;
        }
        self.started = true;
        let (artifact, arriving, wake) = (Arc::clone(artifact), Arc::clone(&self.arriving), ctx.clone());
        self.computing = Some(Job::spawn(ctx, "Statistics", move |progress| {
            let n = artifact.own_arrays().len();
            let mut told = std::time::Instant::now();
            for (i, array) in artifact.own_arrays().iter().enumerate() {
                if progress.check(Span::default()).is_err() {
                    return false;
                }
                progress.phase(&format!("Statistics, {} of {} arrays", grouped(i as u64 + 1), grouped(n as u64)), 0);
                let found = array.view().and_then(|view| stats(&view, progress).ok());
                if progress.is_cancelled() {
                    return false;
                }
                if let Ok(mut arriving) = arriving.lock() {
                    arriving.push((i, found));
                }
                if told.elapsed().as_millis() > 100 {
                    told = std::time::Instant::now();
                    wake.request_repaint();
                }
            }
            true
        }));
    }

    /// Stops the statistics; those that are there stay.
    pub fn cancel(&mut self) {
        if self.computing.take().is_some() {
            self.stopped = true;
        }
    }

    /// Takes in what has arrived.
    pub fn poll(&mut self, ctx: &egui::Context, artifact: &Arc<Artifact>, report: &Arc<Report>) {
        let arrived = self.arriving.lock().map(|mut list| std::mem::take(&mut *list)).unwrap_or_default();
        if !arrived.is_empty() {
            Arc::make_mut(&mut self.stats).extend(arrived);
        }
        if let Some(job) = &mut self.computing
            && !matches!(job.poll(), Poll::Working)
        {
            self.computing = None;
            // Rows that were sorted before all was known find their place.
            if self.sort.by.is_some_and(|column| column.is_statistic()) {
                self.reorder(ctx, artifact, report);
            }
        }
        match self.ordering.as_mut().map(Job::poll) {
            Some(Poll::Done(rows)) => (self.rows, self.ordering) = (Some(rows), None),
            Some(Poll::Panicked(_)) => self.ordering = None,
            _ => {}
        }
    }

    /// Shows the arrays that match.
    pub fn filter(&mut self, ctx: &egui::Context, artifact: &Arc<Artifact>, report: &Arc<Report>, query: &Query) {
        if self.query != *query {
            self.query = query.clone();
            self.reorder(ctx, artifact, report);
        }
    }

    /// Sorts and filters again, beside the window.
    pub fn reorder(&mut self, ctx: &egui::Context, artifact: &Arc<Artifact>, report: &Arc<Report>) {
        let (artifact, report, found) = (Arc::clone(artifact), Arc::clone(report), Arc::clone(&self.stats));
        let (query, sort) = (self.query.clone(), self.sort);
        self.ordering = Some(Job::spawn(ctx, "Sorting", move |progress| {
            let flagged = |part, node| is_flagged(&artifact, &report, part, node);
            order(&artifact, &query, sort, &found, &flagged, progress)
        }));
    }
}
