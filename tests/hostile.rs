//! Bad input: nothing panics, hangs or eats memory; what was understood is kept; the rest is said with its place.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use picklescope::bytes::{Bytes, Error, ErrorKind, Limits, Progress};
use picklescope::formats::{self, Artifact};
use picklescope::pickle::{Ops, decode};

fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files").join(folder);
    let mut found: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn read(bytes: Vec<u8>) -> Artifact {
    formats::read(Path::new("test"), Bytes::from_vec(bytes), &Limits::default(), &Progress::new())
}

fn cli(arguments: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = picklescope::cli::run(arguments.iter().map(Into::into), &mut out, &mut err);
    (status, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[test]
fn every_malformed_file_gets_a_problem_with_its_place_in_time() {
    // What real readers accept, if odd: no problem of ours is demanded.
    let accepted =
        ["billion_laughs.pkl", "memo_huge_index.pkl", "zlib_bomb_10MB.z", "short_frame.pkl", "bad_name_newline.pkl"];
    for (path, _) in files("malformed") {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let started = Instant::now();
        let artifact = formats::open(&path, &Limits::default(), &Progress::new()).unwrap();
        assert!(started.elapsed() < Duration::from_secs(2), "{name} took {:?}", started.elapsed());
        assert!(
            accepted.contains(&name.as_str()) || !artifact.problems.is_empty(),
            "{name} has no problem: {:?}",
            artifact.container
        );
        for command in ["info", "tree", "arrays", "ops", "scan"] {
            let (status, ..) = cli(&[command, path.to_str().unwrap()]);
            // 2 is for what cannot be read at all; `ops` has nothing to list where there is no pickle.
            assert!(status <= 1 || command == "ops", "{command} {name} exits with {status}");
        }
    }
}

#[test]
fn what_came_before_the_break_is_shown() {
    // {"a": [1, 2], "b": <break>
    let artifact = read(b"\x80\x04}(\x8c\x01a](K\x01K\x02e\x8c\x01bX\xff\xff\x00\x00".to_vec());
    let (_, _, pickled) = artifact.pickles().next().unwrap();
    let pickle = &pickled.decoded.pickles[0];
    assert!(!pickle.is_complete());
    let graph = &pickled.decoded.graph;
    let a = graph.get(pickle.root.unwrap(), "a").expect("the dict has what lay ready for it");
    assert_eq!(graph.items(a).unwrap().iter().map(|id| graph.int(*id)).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert_eq!(pickle.leftover.len(), 1, "'b' has no value");
    let problem = &artifact.problems[0];
    assert_eq!(problem.at.start, 17);
    assert_eq!(problem.to_string(), "BINUNICODE needs 65,535 bytes, 0 are left");
}

#[test]
fn every_prefix_of_every_small_file_decodes_to_a_prefix_of_its_opcodes() {
    for folder in ["core", "sklearn", "unsafe", "malformed", "joblib"] {
        for (path, data) in files(folder).into_iter().filter(|(_, data)| data.len() < 1500) {
            let whole = Bytes::from_vec(data.clone());
            // As text, since NaN is not equal to itself.
            let text = |op: picklescope::pickle::OpView| format!("{op:?}");
            let all: Vec<_> = Ops::new(&whole, &[], 0, 0).map_while(Result::ok).map(text).collect();
            for n in 0..data.len() {
                let part = Bytes::from_vec(data[..n].to_vec());
                let ops: Vec<_> = Ops::new(&part, &[], 0, 0).map_while(Result::ok).map(text).collect();
                assert!(ops.len() <= all.len() && ops == all[..ops.len()], "{} at {n}", path.display());
                decode(&part, None, &Limits::default(), &Progress::new());
                read(data[..n].to_vec());
            }
        }
    }
}

/// xorshift64*: the same mutations on every machine for a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % n.max(1)
    }
}

fn mutate(random: &mut Random, data: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=random.below(4) {
        let at = random.below(data.len());
        match random.below(6) {
            0 => data[at] ^= 1 << random.below(8),
            1 => data[at] = u8::try_from(random.below(256)).unwrap(),
            2 => data.truncate(at.max(1)),
            3 => {
                let from = random.below(other.len());
                let piece: Vec<u8> = other[from..].iter().take(random.below(200)).copied().collect();
                data.splice(at..at, piece);
            }
            4 => {
                // A length that claims far too much.
                let end = (at + 4).min(data.len());
                data[at..end].fill(0xff);
            }
            _ => {
                let piece: Vec<u8> = data[at..].iter().take(random.below(100)).copied().collect();
                data.splice(at..at, piece);
            }
        }
    }
}

#[test]
fn mutated_files_neither_panic_nor_hang() {
    let seconds = std::env::var("MUTATE_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(5);
    let seed = std::env::var("MUTATE_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0x9e37_79b9_7f4a_7c15);
    println!("seed {seed}, {seconds} s; set MUTATE_SEED and MUTATE_SECONDS to vary");
    let mut all = Vec::new();
    for folder in ["core", "joblib", "numpy", "sklearn", "unsafe", "malformed", "pandas", "torch", "legacy-py27"] {
        all.extend(files(folder).into_iter().map(|(_, data)| data).filter(|data| (1..20_000).contains(&data.len())));
    }
    let mut random = Random(seed);
    let started = Instant::now();
    let mut n = 0;
    while started.elapsed() < Duration::from_secs(seconds) {
        let mut data = all[random.below(all.len())].clone();
        let other = all[random.below(all.len())].clone();
        mutate(&mut random, &mut data, &other);
        let one = Instant::now();
        let artifact = read(data);
        for array in artifact.arrays.iter().filter(|a| a.nbytes().is_some_and(|n| n < 1 << 20)) {
            if let Some(view) = array.view() {
                let _ = picklescope::array::stats(&view, &Progress::new());
                let _ = picklescope::array::sha256(&view, &Progress::new());
            }
        }
        assert!(one.elapsed() < Duration::from_secs(4), "mutation {n} of seed {seed} took {:?}", one.elapsed());
        n += 1;
    }
    println!("{n} files");
    assert!(n > 50);
}

#[test]
fn deep_and_shared_structures_are_read_without_recursion() {
    let depth = 200_000;
    let mut deep = b"\x80\x02".to_vec();
    deep.extend(std::iter::repeat_n(b']', depth));
    deep.extend(std::iter::repeat_n(b'a', depth - 1));
    deep.push(b'.');
    let artifact = read(deep);
    assert!(artifact.problems.is_empty());
    let (_, _, pickled) = artifact.pickles().next().unwrap();
    assert_eq!(pickled.decoded.graph.len(), depth);
}

#[test]
fn lengths_of_a_file_are_never_allocated() {
    for data in [
        b"\x80\x05\x96\xff\xff\xff\xff\xff\xff\xff\x7f".to_vec(),
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc".to_vec(),
        b"\x80\x04X\xff\xff\xff\xffabc".to_vec(),
    ] {
        let artifact = read(data);
        assert!(matches!(artifact.problems[0].kind, ErrorKind::Truncated { .. }), "{:?}", artifact.problems);
    }
    // A memo index of four billion.
    let artifact = read(b"\x80\x02Nr\xff\xff\xff\xff.".to_vec());
    assert!(matches!(artifact.problems[..], [Error { kind: ErrorKind::Ambiguous { what: "memo", .. }, .. }]));
}

#[test]
fn a_sparse_file_of_40_gb_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("huge.pkl");
    std::fs::File::create(&path).unwrap().set_len(40 << 30).unwrap();
    let started = Instant::now();
    let artifact = formats::open(&path, &Limits::default(), &Progress::new()).unwrap();
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(artifact.problems[0].kind, ErrorKind::Unrecognised);
}

#[test]
fn folders_and_missing_files_say_so_and_the_rest_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let good = dir.path().join("good.pkl");
    std::fs::write(&good, b"\x80\x04N.").unwrap();
    let missing = dir.path().join("missing.pkl");
    let (status, out, err) = cli(&["info", missing.to_str().unwrap(), good.to_str().unwrap()]);
    assert_eq!(status, 2);
    assert!(out.contains("good.pkl") && err.contains("no such file"), "{out}{err}");
    let (status, out, _) = cli(&["info", dir.path().to_str().unwrap()]);
    assert!(status == 0 && out.contains("good.pkl"), "a folder is walked");
    let (status, _, err) = cli(&["tree", dir.path().to_str().unwrap()]);
    assert!(status == 2 && err.contains("folder"), "{err}");
}

#[test]
fn a_file_rewritten_while_open_is_an_error_and_not_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.npy");
    let mut data = b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1000,), }".to_vec();
    data.resize(127, b' ');
    data.push(b'\n');
    data.resize(128 + 8000, 0);
    std::fs::write(&path, &data).unwrap();
    let artifact = formats::open(&path, &Limits::default(), &Progress::new()).unwrap();
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(b"short").unwrap();
    let view = artifact.arrays[0].view().unwrap();
    let error = picklescope::array::stats(&view, &Progress::new()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Shrunk);
    assert!(artifact.bytes.source().changed());
}

#[test]
fn hostile_names_are_escaped_wherever_they_are_printed() {
    // A dict key with a right-to-left override, and a global with an escape sequence in its name.
    let mut data = b"\x80\x04}(\x8c\x07a\xe2\x80\xaebc\x1b".to_vec();
    data.extend(b"\x8c\x01m\x8c\x06\x1b[31mx\x93u.");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("names.pkl");
    std::fs::write(&path, data).unwrap();
    for command in ["tree", "info", "ops", "scan"] {
        let (_, out, _) = cli(&[command, path.to_str().unwrap()]);
        assert!(!out.contains('\u{202e}') && !out.contains('\x1b'), "{command}: {out:?}");
    }
}

#[cfg(unix)]
#[test]
#[expect(
    clippy::disallowed_types,
    reason = "std makes no named pipes; a program of the system does, in this test only"
)]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let folder = std::env::temp_dir().join(format!("picklescope-no-file-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("empty")).unwrap();
    let pipe = folder.join("pipe.pkl");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    // Nobody writes into it: opening it would wait for ever.
    let (status, _, err) = cli(&["info", pipe.to_str().unwrap()]);
    assert_eq!(status, 2);
    assert!(err.contains("this is not a regular file"), "{err}");
    let (status, out, err) = cli(&["info", folder.join("empty").to_str().unwrap()]);
    assert_eq!((status, out.as_str()), (0, ""));
    assert!(err.contains("this folder holds no files"), "{err}");
    std::fs::remove_dir_all(folder).unwrap();
}
