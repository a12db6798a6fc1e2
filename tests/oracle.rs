//! The corpus against its oracle: what Python itself says of real files, asked of the command line.
//! Prints the first wrong line of every file that disagrees.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn oracle() -> Value {
    serde_json::from_slice(&std::fs::read(corpus().join("oracle.json")).unwrap()).unwrap()
}

fn cli(arguments: &[&str]) -> (u8, Vec<u8>) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = picklescope::cli::run(arguments.iter().map(Into::into), &mut out, &mut err);
    (status, out)
}

fn json(arguments: &[&str]) -> Value {
    let mut all = arguments.to_vec();
    all.extend(["--format", "json"]);
    let (_, out) = cli(&all);
    serde_json::from_slice(&out).unwrap_or(Value::Null)
}

/// The first thing in which `file` disagrees with the oracle's entry.
fn disagreement(path: &str, name: &str, expected: &Value) -> Option<String> {
    let info = json(&["info", path]);
    for key in ["bytes", "sha256", "container"] {
        if info[key] != expected[key] {
            return Some(format!("{key}: {} instead of {}", info[key], expected[key]));
        }
    }
    let empty = Vec::new();
    let pickles = expected["pickles"].as_array().unwrap_or(&empty);
    let mut ours = info["pickles"].as_array().cloned().unwrap_or_default();
    if expected["container"][0] == "zip" {
        // TorchScript's debug records are pickles too; the oracle leaves them out, and lists by its own order.
        let place = |p: &Value| pickles.iter().position(|theirs| theirs["where"] == p["where"]);
        ours.retain(|p| place(p).is_some());
        ours.sort_by_key(place);
    } else {
        // The objects of joblib's companion files are pickles that it loads too; the oracle looks at one file at a time.
        ours.retain(|p| !p["where"].as_str().is_some_and(|name| name.ends_with(".npy")));
    }
    if ours.len() != pickles.len() {
        return Some(format!("{} pickles instead of {}", ours.len(), pickles.len()));
    }
    for (i, (ours, theirs)) in ours.iter().zip(pickles).enumerate() {
        for key in ["offset", "stop_offset", "protocol", "n_ops", "globals", "n_calls"] {
            if !theirs[key].is_null() && ours[key] != theirs[key] {
                return Some(format!("pickle {i} {key}: {} instead of {}", ours[key], theirs[key]));
            }
        }
        let calls = theirs["calls"].as_array().unwrap_or(&empty);
        for (ours, theirs) in ours["calls"].as_array().unwrap_or(&empty).iter().zip(calls).take(60) {
            if ours != theirs {
                return Some(format!("pickle {i} calls: {ours} instead of {theirs}"));
            }
        }
        let number = i.to_string();
        let (_, listing) = match ours["where"].as_str() {
            Some(member) if expected["container"][0] == "zip" => cli(&["ops", path, "--canonical", "--stream", member]),
            _ => cli(&["ops", path, "--canonical", "--pickle", &number]),
        };
        let digest: String = Sha256::digest(&listing).iter().map(|b| format!("{b:02x}")).collect();
        if theirs["ops_sha256"] != digest.as_str() {
            return Some(format!("pickle {i}: {}", first_wrong_op(name, &String::from_utf8_lossy(&listing))));
        }
    }
    let arrays = json(&["arrays", path, "--stats", "--sha256"]);
    let ours = arrays["arrays"].as_array().unwrap_or(&empty);
    let theirs = expected["arrays"].as_array().unwrap_or(&empty);
    for (i, theirs) in theirs.iter().enumerate() {
        let Some(ours) = ours.get(i) else { return Some(format!("array {} is missing", theirs["path"])) };
        if let Some(wrong) = array_disagreement(ours, theirs) {
            return Some(format!("array {}: {wrong}", theirs["path"]));
        }
    }
    (ours.len() != theirs.len()).then(|| format!("{} arrays instead of {}", ours.len(), theirs.len()))
}

fn array_disagreement(ours: &Value, theirs: &Value) -> Option<String> {
    for key in [
        "path", "kind", "dtype", "shape", "order", "nbytes", "sha256", "nan", "posinf", "neginf", "nat", "zeros",
        "n_items",
    ] {
        // Statistics are in the oracle only where they mean something.
        if theirs.get(key).is_some_and(|value| *value != ours[key]) {
            return Some(format!("{key}: {} instead of {}", ours[key], theirs[key]));
        }
    }
    for key in ["min", "max", "mean", "std", "mean_re", "mean_im"] {
        if let Some(value) = theirs.get(key)
            && !close(&ours[key], value)
        {
            return Some(format!("{key}: {} instead of {value}", ours[key]));
        }
    }
    for (name, field) in theirs["fields"].as_object().into_iter().flatten() {
        for (key, value) in field.as_object().into_iter().flatten() {
            if !["first", "max_len", "unit"].contains(&key.as_str()) && !close(&ours["fields"][name][key], value) {
                return Some(format!("field {name} {key}: {} instead of {value}", ours["fields"][name][key]));
            }
        }
    }
    None
}

fn close(ours: &Value, theirs: &Value) -> bool {
    match (ours.as_f64(), theirs.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-12) || a == b,
        _ => ours == theirs,
    }
}

fn first_wrong_op(name: &str, listing: &str) -> String {
    let expected = corpus().join("opcodes").join(format!("{name}.ops.txt"));
    let Ok(expected) = std::fs::read_to_string(expected) else { return "the opcode listing differs".to_owned() };
    let (mut ours, mut theirs) = (listing.lines(), expected.lines());
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return "the opcode listing differs".to_owned(),
            (a, b) if a != b => return format!("opcode {a:?} instead of {b:?}"),
            _ => {}
        }
    }
}

#[test]
fn every_file_agrees_with_python() {
    let oracle = oracle();
    let (mut agree, mut wrong) = (0, Vec::new());
    for (name, expected) in oracle["files"].as_object().unwrap() {
        if expected.get("container").is_none() {
            continue;
        }
        let path = corpus().join("files").join(name);
        match disagreement(path.to_str().unwrap(), name, expected) {
            Some(line) => wrong.push(format!("{name}: {line}")),
            None => agree += 1,
        }
    }
    println!("{agree} files agree");
    assert!(wrong.is_empty(), "{} of {} files disagree:\n{}", wrong.len(), wrong.len() + agree, wrong.join("\n"));
    assert!(agree > 300, "the corpus is incomplete: only {agree} files were found");
}
