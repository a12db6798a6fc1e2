//! The ladder as a test: which layer may use which, and what may stand where. See the map in `src/lib.rs`.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

/// Each layer with those it may use.
const LADDER: &[(&str, &[&str])] = &[
    ("bytes", &[]),
    ("container", &["bytes"]),
    ("pickle", &["bytes"]),
    ("array", &["bytes"]),
    ("formats", &["array", "pickle", "container", "bytes"]),
    ("view", &["formats", "array", "pickle", "container", "bytes"]),
    ("audit", &["view", "formats", "array", "pickle", "container", "bytes"]),
    ("cli", &["audit", "view", "formats", "array", "pickle", "container", "bytes"]),
    ("app", &["audit", "view", "formats", "array", "pickle", "container", "bytes"]),
];

/// Longest file that is one noun; tables and the machine's one match are excepted by name.
const LONGEST: usize = 700;
const LONG: &[&str] = &["src/pickle/machine.rs"];

fn sources() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut open) = (Vec::new(), vec![root]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What is wrong with one line of a file of `layer`.
fn wrong(layer: &str, line: &str) -> Option<String> {
    let code = line.split("//").next().unwrap_or("");
    if let Some((_, allowed)) = LADDER.iter().find(|(name, _)| *name == layer) {
        for (at, _) in code.match_indices("crate::") {
            let rest = code.get(at + 7..).unwrap_or("");
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name.is_empty() {
                return Some("write one `use crate::module::..` a module".to_owned());
            }
            if name != layer && !allowed.contains(&name.as_str()) {
                return Some(format!("{layer} must not know {name}"));
            }
        }
    }
    for name in ["egui", "eframe", "rfd", "winit"] {
        if layer != "app" && code.contains(&format!("{name}::")) {
            return Some(format!("{name} belongs to app"));
        }
    }
    for name in ["println!", "print!"] {
        if code.contains(name) {
            return Some("output goes through the writer the command line is given".to_owned());
        }
    }
    for name in ["unsafe {", "unsafe fn", "unsafe impl"] {
        if code.contains(name) {
            return Some("there is no unsafe code".to_owned());
        }
    }
    None
}

#[test]
fn every_arrow_points_down() {
    let mut all = Vec::new();
    for path in sources() {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().to_string_lossy().into_owned();
        let layer = name.split('/').nth(1).unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        for (n, line) in text.lines().enumerate() {
            if let Some(what) = wrong(&layer, line) {
                all.push(format!("{name}:{}: {what}", n + 1));
            }
        }
        let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
        let lines = text.get(..tests).unwrap().lines().count();
        if lines > LONGEST && !LONG.contains(&name.as_str()) {
            all.push(format!("{name}: {lines} lines; more than one noun?"));
        }
        if layer.ends_with(".rs") && layer != "lib.rs" && layer != "main.rs" {
            all.push(format!("{name}: belongs to no layer"));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn the_checker_sees_what_it_should() {
    assert!(wrong("pickle", "use crate::formats::Artifact;").is_some());
    assert!(wrong("pickle", "use crate::array::Dtype;").is_some());
    assert!(wrong("app", "use crate::cli::run;").is_some());
    assert!(wrong("view", "use crate::{bytes, pickle};").is_some());
    assert!(wrong("view", "fn f(ui: &mut egui::Ui)").is_some());
    assert!(wrong("formats", "println!(\"x\")").is_some());
    assert!(wrong("bytes", "unsafe { x }").is_some());
    assert!(wrong("formats", "use crate::pickle::Graph; // not crate::app").is_none());
}
