//! How far a long reading is, and whether it should stop. Lower layers tick it; they know no window.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{Error, ErrorKind, Result, Span};

/// Shared between the job that works and the window that shows it.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
    abandoned: AtomicBool,
    phase: Mutex<String>,
}

impl Progress {
    /// A fresh one, nothing done.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a phase ("Unpacking xz", "Reading opcodes") of `total` bytes; 0 if unknown.
    pub fn phase(&self, name: &str, total: u64) {
        if let Ok(mut phase) = self.phase.lock() {
            name.clone_into(&mut phase);
        }
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Says how much of the phase is done.
    pub fn set(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
    }

    /// Adds to what is done.
    pub fn add(&self, n: u64) {
        self.done.fetch_add(n, Ordering::Relaxed);
    }

    /// Phase, done, total.
    pub fn get(&self) -> (String, u64, u64) {
        let phase = self.phase.lock().map(|p| p.clone()).unwrap_or_default();
        (phase, self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// True once [`Progress::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Asks the work to stop for good: nobody waits for what it finds.
    pub fn abandon(&self) {
        self.abandoned.store(true, Ordering::Relaxed);
        self.cancel();
    }

    /// Goes on after a cancelled phase with what that phase has read; another cancel stops again.
    pub fn resume(&self) {
        self.cancelled.store(self.abandoned.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// An error at `at` once cancelled; for use with `?` in loops.
    pub fn check(&self, at: Span) -> Result<()> {
        if self.is_cancelled() { Err(Error { at, kind: ErrorKind::Cancelled }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_phase_may_be_followed_by_another_unless_nobody_waits() {
        let progress = Progress::new();
        progress.cancel();
        assert!(progress.check(Span::default()).is_err());
        progress.resume();
        assert!(progress.check(Span::default()).is_ok());
        progress.abandon();
        progress.resume();
        assert!(progress.is_cancelled());
    }
}
