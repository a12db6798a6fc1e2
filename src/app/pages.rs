//! Pages: things that are read beside the window, piece by piece, and kept while they are few.

use std::collections::HashMap;
use std::sync::Arc;

use super::jobs::{Job, Poll};
use crate::bytes::{Error, Progress, Result};

/// Things that are read in pages beside the window, and kept while they are few.
pub struct Pages<K, T> {
    ready: HashMap<K, Arc<Result<T>>>,
    reading: HashMap<K, Job<Result<T>>>,
}

impl<K, T> Default for Pages<K, T> {
    fn default() -> Self {
        Self { ready: HashMap::new(), reading: HashMap::new() }
    }
}

/// Pages kept; scrolling on reads again.
const PAGES_KEPT: usize = 64;

impl<K: std::hash::Hash + Eq + Copy, T: Send + 'static> Pages<K, T> {
    /// A page if it is there.
    pub fn get(&self, key: K) -> Option<Arc<Result<T>>> {
        self.ready.get(&key).cloned()
    }

    /// Starts reading a page unless it is there or on its way.
    pub fn want(&mut self, ctx: &egui::Context, key: K, read: impl FnOnce(&Progress) -> Result<T> + Send + 'static) {
        if self.ready.contains_key(&key) || self.reading.contains_key(&key) {
            return;
        }
        // What was asked for while scrolling past is no longer wanted.
        if self.reading.len() >= 8 {
            self.reading.clear();
        }
        self.reading.insert(key, Job::spawn(ctx, "Reading", read));
    }

    /// Takes in what has arrived. True if some of it could not be read.
    pub fn poll(&mut self) -> bool {
        let mut failed = false;
        if self.reading.is_empty() {
            return failed;
        }
        let keys: Vec<K> = self.reading.keys().copied().collect();
        for key in keys {
            let done = match self.reading.get_mut(&key).map(Job::poll) {
                Some(Poll::Done(page)) => page,
                Some(Poll::Panicked(message)) => {
                    Err(Error { at: crate::bytes::Span::default(), kind: crate::bytes::ErrorKind::Io(message) })
                }
                _ => continue,
            };
            self.reading.remove(&key);
            if self.ready.len() >= PAGES_KEPT {
                self.ready.clear();
            }
            failed |= done.is_err();
            self.ready.insert(key, Arc::new(done));
        }
        failed
    }
}
