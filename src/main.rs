//! The program: arguments to the command line or the window.

use std::io::{stderr, stdout};
use std::process::ExitCode;

use picklescope::cli::{self, Asked};

fn main() -> ExitCode {
    let (mut out, mut err) = (stdout(), stderr());
    let status = match cli::parse(std::env::args_os().skip(1), &mut out, &mut err) {
        Asked::Print(arguments) => cli::run_command(*arguments, &mut out, &mut err),
        Asked::Window(paths) => window(paths),
        Asked::Done(status) => status,
    };
    ExitCode::from(status)
}

fn window(paths: Vec<std::path::PathBuf>) -> u8 {
    cli::without_window(&paths, &mut stdout(), &mut stderr())
}
