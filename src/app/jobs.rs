//! Long work as a typed job: a named thread, a progress it ticks and checks, a channel, one repaint at the end.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::bytes::Progress;

/// What takes longer than this is shown, with a way to stop it.
pub const SLOW: Duration = Duration::from_millis(200);

/// Work that goes on beside the window. Dropping it cancels it.
#[derive(Debug)]
pub struct Job<T> {
    result: Receiver<T>,
    /// How far it is, and how to stop it.
    pub progress: Arc<Progress>,
    thread: Option<JoinHandle<()>>,
    /// What it does, for the status bar.
    pub title: String,
    started: Instant,
}

/// How a job stands.
#[derive(Debug)]
pub enum Poll<T> {
    /// Still at it.
    Working,
    /// Done.
    Done(T),
    /// It panicked: a mistake of ours, in its words.
    Panicked(String),
}

impl<T: Send + 'static> Job<T> {
    /// Starts `work` on a thread of its own.
    pub fn spawn(
        ctx: &egui::Context,
        title: impl Into<String>,
        work: impl FnOnce(&Progress) -> T + Send + 'static,
    ) -> Self {
        let title = title.into();
        let progress = Arc::new(Progress::new());
        let (send, result) = channel();
        let (ctx, shared) = (ctx.clone(), Arc::clone(&progress));
        let thread = std::thread::Builder::new()
            .name(title.clone())
            .spawn(move || {
                /// Wakes the window also when the work panics.
                struct Wake(egui::Context);
                impl Drop for Wake {
                    fn drop(&mut self) {
                        self.0.request_repaint();
                    }
                }
                let _wake = Wake(ctx);
                let done = work(&shared);
                // Nobody may be waiting any more.
                let _ = send.send(done);
            })
            .ok();
        Self { result, progress, thread, title, started: Instant::now() }
    }

    /// Looks whether it is done; never waits.
    pub fn poll(&mut self) -> Poll<T> {
        match self.result.try_recv() {
            Ok(done) => Poll::Done(done),
            Err(TryRecvError::Empty) => Poll::Working,
            Err(TryRecvError::Disconnected) => {
                let panic = self.thread.take().and_then(|thread| thread.join().err());
                let text = panic.as_ref().and_then(|p| p.downcast_ref::<String>().cloned());
                let text = text.or_else(|| panic.and_then(|p| p.downcast_ref::<&str>().map(|s| (*s).to_owned())));
                Poll::Panicked(text.unwrap_or_else(|| "the work could not be started".to_owned()))
            }
        }
    }

    /// How long it has gone on.
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// True once it has gone on long enough to be shown.
    pub fn is_slow(&self) -> bool {
        self.age() > SLOW
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.progress.abandon();
    }
}
