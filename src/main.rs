//! The program: arguments to the command line or the window.

#[cfg(feature = "gui")]
use std::io::Write as _;
use std::io::{stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use picklescope::bytes::Limits;
use picklescope::cli::{self, Asked};

fn main() -> ExitCode {
    let (mut out, mut err) = (stdout(), stderr());
    let status = match cli::parse(std::env::args_os().skip(1), &mut out, &mut err) {
        Asked::Print(arguments) => cli::run_command(*arguments, &mut out, &mut err),
        Asked::Window(paths, limits) => window(paths, limits.as_ref()),
        Asked::Done(status) => status,
    };
    ExitCode::from(status)
}

/// Opens the window; without one, prints what it would show.
fn window(paths: Vec<PathBuf>, limits: Option<&Limits>) -> u8 {
    #[cfg(feature = "gui")]
    if picklescope::app::has_display() {
        match picklescope::app::run(paths.clone(), limits.cloned()) {
            Ok(()) => return 0,
            Err(e) => {
                let _ = writeln!(stderr(), "picklescope: the window could not be opened: {e}");
            }
        }
    }
    cli::without_window(&paths, limits, &mut stdout(), &mut stderr())
}
