//! The program itself, started as a user starts it: with a display, and without.
#![cfg(feature = "gui")]
#![expect(clippy::disallowed_types, reason = "these tests start picklescope; picklescope starts nothing")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_picklescope"));
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/logistic_model.joblib"));
    command
}

#[test]
fn without_a_display_info_and_tree_are_printed_instead() {
    if !cfg!(target_os = "linux") {
        println!("skipped: only X11 and Wayland can be missing");
        return;
    }
    let output = program().env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{err}");
    assert!(err.contains("no display"), "{err}");
    assert!(out.contains("joblib") && out.contains("coef_") && out.contains("LogisticRegression"), "{out}");
}

#[test]
fn with_a_display_the_window_opens_and_stays() {
    let set = |name| std::env::var_os(name).is_some_and(|value: std::ffi::OsString| !value.is_empty());
    if cfg!(target_os = "linux") && !set("DISPLAY") && !set("WAYLAND_DISPLAY") {
        println!("skipped: this needs a display, and neither DISPLAY nor WAYLAND_DISPLAY is set (try xvfb-run)");
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let mut window = program().env("HOME", home.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let started = Instant::now();
    // A window that cannot be opened ends the program at once, with the reason and `info` in its place.
    while started.elapsed() < Duration::from_secs(3) {
        if let Some(status) = window.try_wait().unwrap() {
            let output = window.wait_with_output().unwrap();
            panic!("it ended with {status}: {}", String::from_utf8_lossy(&output.stderr));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    window.kill().unwrap();
    window.wait().unwrap();
}
