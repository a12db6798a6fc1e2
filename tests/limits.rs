//! What looks like a bomb is refused, and who wants all of it raises the limit: in the window by a button, on the command
//! line by a flag.

#[cfg(feature = "gui")]
#[path = "support/window.rs"]
mod window;

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use picklescope::cli;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// A pickle of 72 MiB of zeros in two layers of gzip: some hundred bytes.
fn bomb() -> (tempfile::TempDir, PathBuf) {
    let zeros = 72_u32 << 20;
    let mut pickle = b"\x80\x03B".to_vec();
    pickle.extend(zeros.to_le_bytes());
    pickle.resize(pickle.len() + zeros as usize, 0);
    pickle.push(b'.');
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bomb.pkl.gz");
    fs::write(&path, gzip(&gzip(&pickle))).expect("the folder takes it");
    (folder, path)
}

fn printed(arguments: &[&str]) -> (u8, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = cli::run(arguments.iter().map(Into::into), &mut out, &mut err);
    (status, String::from_utf8_lossy(&out).into_owned())
}

#[test]
fn the_command_line_refuses_a_bomb_and_unpacks_it_when_told() {
    let (_folder, path) = bomb();
    let path = path.to_str().expect("a name of letters");
    let (status, text) = printed(&["scan", path]);
    assert_eq!(status, 1);
    assert!(text.contains("2000 times its size"), "{text}");
    let (status, text) = printed(&["scan", path, "--raise-limits"]);
    assert_eq!((status, text.contains("refused")), (0, false), "{text}");
    // Memory that is too small is no limit: a file takes the rest.
    let (_, text) = printed(&["info", path, "--raise-limits", "--memory", "1"]);
    assert!(!text.contains("refused") && text.contains("gzip"), "{text}");
}

#[cfg(feature = "gui")]
#[test]
fn the_window_says_what_was_refused_and_raises_the_limit_by_a_button() {
    use egui_kittest::kittest::Queryable as _;
    use window::until;

    let (_folder, path) = bomb();
    let mut h = window::window(vec![path]);
    until(&mut h, "refused: unpacks to more than 2000 times its size", true);
    h.get_by_label("Raise the limit").click();
    h.step();
    until(&mut h, "Raise the limit", false);
    until(&mut h, "75,497,472", true);
}
