//! A line on standard error that says how far long work is, where that is a terminal. It is gone when the work is done.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::bytes::Progress;
use crate::view::number;

/// Does the work, and shows its progress once it takes over half a second.
pub fn watched<T>(progress: &Progress, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    std::thread::scope(|scope| {
        let (done, wait) = channel::<()>();
        // Without the thread there is no line, and the work is done all the same.
        let _ =
            std::thread::Builder::new().name("progress".to_owned()).spawn_scoped(scope, move || show(progress, &wait));
        let result = work();
        drop(done);
        result
    })
}

/// The same with a progress of its own, for one step of the work.
pub fn with_progress<T>(phase: &str, work: impl FnOnce(&Progress) -> T) -> T {
    let progress = Progress::new();
    progress.phase(phase, 0);
    watched(&progress, || work(&progress))
}

fn show(progress: &Progress, wait: &Receiver<()>) {
    let mut pause = Duration::from_millis(500);
    let mut shown = false;
    // Nothing is ever sent: the channel closes when the work is done.
    while wait.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        pause = Duration::from_millis(100);
        let (phase, done, total) = progress.get();
        let words = match (done, total) {
            (_, 0) => phase,
            (done, total) => format!("{phase} {} of {}", number::size(done.min(total)), number::size(total)),
        };
        // Back to the beginning of the line, and what was there is wiped out.
        let _ = write!(std::io::stderr(), "\r\x1b[K{words}");
        shown = true;
    }
    if shown {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}
