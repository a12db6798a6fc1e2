//! Objects of Python's own library against Python itself: `tests/python/make_std.py` made files and oracle.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;

use picklescope::bytes::{Bytes, ErrorKind, Limits, Progress};
use picklescope::formats::Artifact;
use picklescope::formats::arrays::any_text;
use picklescope::formats::code::code_of;
use picklescope::pickle::{NodeId, Value};
use picklescope::view::code::{Line, lines};
use picklescope::view::lens::{Lens, lenses};
use picklescope::view::paths::resolve;
use picklescope::view::python::repr;

/// What `repr` says with facts that are in no file (an address, the fields of a class), and what we say for it.
const OTHERWISE: &[(&str, &str)] = &[
    ("enum", "Color(1)"),
    ("namedtuple", "Point(1, 'two')"),
    ("nested class", "__main__.Outer.Inner"),
    ("instance of nested class", "<__main__.Outer.Inner object>"),
    ("new with keywords", "NewEx(1, b=3)"),
    ("method of a value", "'abc'.upper"),
    ("classmethod", "builtins.dict.fromkeys"),
];

#[test]
fn values_of_every_protocol_read_as_python_writes_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/files");
    let oracle: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("std.json")).unwrap()).unwrap();
    let (mut wrong, mut right) = (Vec::new(), 0);
    for (file, expected) in oracle.as_object().unwrap() {
        let artifact = picklescope::formats::open(&folder.join(file), &Limits::default(), &Progress::new()).unwrap();
        let pickled = artifact.pickled(0).unwrap();
        let graph = &pickled.decoded.graph;
        let root = graph.object(pickled.root().unwrap()).unwrap();
        let pairs: Vec<_> = match root.entries.is_empty() {
            // Python 2 gives an OrderedDict its pairs as a list.
            true => graph
                .items(graph.items(root.args).unwrap()[0])
                .unwrap()
                .iter()
                .map(|pair| (graph.items(*pair).unwrap()[0], graph.items(*pair).unwrap()[1]))
                .collect(),
            false => root.entries.iter().collect(),
        };
        assert_eq!(pairs.len(), expected.as_object().unwrap().len(), "{file}");
        for (key, value) in pairs {
            let key = any_text(graph, key).unwrap();
            let ours = repr(pickled, value, 100_000);
            let theirs = match OTHERWISE.iter().find(|(name, _)| *name == key) {
                Some(("new with keywords", _)) if file.ends_with("p0.pkl") || file.ends_with("p1.pkl") => {
                    "<__main__.NewEx object>"
                }
                Some((_, ours)) => ours,
                // Protocols below 3 name the class by which Python 2 knows it; the number makes it another when it is
                // called.
                None if key == "os error"
                    && !file.ends_with("p3.pkl")
                    && !file.ends_with("p4.pkl")
                    && !file.ends_with("p5.pkl") =>
                {
                    "OSError(2, 'No such file')"
                }
                None => expected[&*key].as_str().unwrap(),
            };
            match ours.as_deref() == Some(theirs) {
                true => right += 1,
                false => wrong.push(format!("{file} {key}: {ours:?} instead of {theirs}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{} right, {} wrong:\n{}", right, wrong.len(), wrong.join("\n"));
    assert!(right > 500, "only {right} values were compared");
}

#[test]
fn code_reads_as_the_dis_of_its_own_python_lists_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/files");
    for version in ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"] {
        let stem = format!("code_{}", version.replace('.', ""));
        let expected: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join(format!("{stem}.json"))).unwrap()).unwrap();
        for writer in ["cloudpickle", "dill"] {
            let file = format!("{stem}_{writer}.pkl");
            let artifact =
                picklescope::formats::open(&folder.join(&file), &Limits::default(), &Progress::new()).unwrap();
            let root = artifact.pickled(0).unwrap().root().unwrap();
            let lines = lines(&artifact, 0, root).unwrap();
            let fact = |wanted: &str| {
                lines.iter().find_map(|line| match line {
                    Line::Fact(name, value) if name == wanted => Some(value.as_str()),
                    _ => None,
                })
            };
            assert!(
                lines.contains(&Line::Definition("def clean(text, sep=' ', *rest, limit=10, **more)".to_owned())),
                "{file}"
            );
            assert_eq!(fact("Written by"), Some(format!("Python {version}").as_str()), "{file}");
            assert_eq!(fact("First line").unwrap(), expected["line"].to_string(), "{file}");
            assert_eq!(fact("Docstring"), Some("'Cut text.'"), "{file}");
            for (i, constant) in expected["consts"].as_array().unwrap().iter().enumerate() {
                assert_eq!(fact(&i.to_string()), constant.as_str(), "{file} constant {i}");
            }
            let ours: Vec<serde_json::Value> = lines
                .iter()
                .filter_map(|line| match line {
                    Line::Op { offset, name, arg, text, .. } => Some(serde_json::json!([offset, name, arg, text])),
                    _ => None,
                })
                .collect();
            let theirs = expected["listing"].as_array().unwrap();
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_eq!(ours, theirs, "{file}");
            }
            assert_eq!(ours.len(), theirs.len(), "{file}");
        }
    }
}

#[test]
fn dates_have_the_zones_that_python_writes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/files");
    for protocol in ["2", "5"] {
        let read = std::fs::read(folder.join(format!("zones_p{protocol}.json"))).unwrap();
        let oracle: serde_json::Value = serde_json::from_slice(&read).unwrap();
        let path = folder.join(format!("zones_p{protocol}.pkl"));
        let artifact = picklescope::formats::open(&path, &Limits::default(), &Progress::new()).unwrap();
        let pickled = artifact.pickled(0).unwrap();
        let graph = &pickled.decoded.graph;
        let Value::Dict(pairs) = graph.value(pickled.root().unwrap()) else { panic!() };
        assert_eq!(pairs.len(), oracle.as_object().unwrap().len());
        for (key, value) in pairs.iter() {
            let key = any_text(graph, key).unwrap();
            assert_eq!(repr(pickled, value, 1000).as_deref(), oracle[&*key].as_str(), "{key} {protocol}");
        }
    }
}

/// A marshalled code object against what the Python that wrote it says of it.
fn agrees_with_python(artifact: &Artifact, part: usize, node: NodeId, said: &serde_json::Value, what: &str) {
    let graph = &artifact.pickled(part).unwrap().decoded.graph;
    let code = code_of(graph, node).unwrap();
    let count = |n: usize| serde_json::Value::from(n);
    assert_eq!(code.name, said["name"], "{what}");
    assert_eq!(code.file, said["file"], "{what}");
    assert_eq!(
        (code.line, code.flags, code.stack),
        (said["line"].as_i64().unwrap(), said["flags"].as_i64().unwrap(), said["stack"].as_i64().unwrap()),
        "{what}"
    );
    assert_eq!(count(code.n_positional), said["args"], "{what}");
    for (ours, key) in
        [(&code.names, "names"), (&code.variables, "varnames"), (&code.free, "free"), (&code.cells, "cells")]
    {
        assert_eq!(serde_json::Value::from(ours.clone()), said[key], "{what} {key}");
    }
    if let Some(qualified) = said.get("qualname") {
        assert_eq!(code.qualified.as_deref(), qualified.as_str(), "{what}");
    }
    let bytes = code.bytes(&artifact.pickled(part).unwrap().decoded).unwrap();
    assert_eq!(count(bytes.len()), said["code"], "{what}");
    let theirs = said["consts"].as_array().unwrap();
    assert_eq!(code.consts.len(), theirs.len(), "{what}");
    for (ours, theirs) in code.consts.iter().zip(theirs) {
        match theirs.as_str() {
            None => agrees_with_python(artifact, part, *ours, theirs, what),
            // Python 2 has bytes where Python 3 has text, and its own way to write both.
            Some(_) if what == "27" => {}
            Some(theirs) => {
                let text = repr(artifact.pickled(part).unwrap(), *ours, 1000).unwrap();
                assert_eq!(text, theirs, "{what}");
            }
        }
    }
    let listed: Vec<(u64, &str)> = lines(artifact, part, node)
        .unwrap()
        .iter()
        .filter_map(|line| match line {
            Line::Op { offset, name, .. } => Some((*offset, *name)),
            _ => None,
        })
        .collect();
    match said.get("ops") {
        Some(theirs) => {
            let theirs: Vec<(u64, &str)> = theirs
                .as_array()
                .unwrap()
                .iter()
                .map(|op| (op[0].as_u64().unwrap(), op[1].as_str().unwrap()))
                .collect();
            assert_eq!(listed, theirs, "{what}");
        }
        None => assert!(listed.is_empty(), "{what}"),
    }
}

#[test]
fn marshalled_code_is_read_as_python_reads_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/files");
    for version in ["27", "36", "37", "38", "39", "310", "311", "312", "313"] {
        let said = std::fs::read(folder.join(format!("marshal_{version}.json"))).unwrap();
        let said: serde_json::Value = serde_json::from_slice(&said).unwrap();
        let path = folder.join(format!("marshal_{version}.pkl"));
        let artifact = picklescope::formats::open(&path, &Limits::default(), &Progress::new()).unwrap();
        assert!(artifact.problems.is_empty(), "{version}: {:?}", artifact.problems);
        for path in ["$[\"load\"]<args>[0]", "$[\"raw\"]"] {
            let place = resolve(&artifact, path).unwrap();
            // dumps() was asked once, so that a memo makes both one object.
            let (part, root) = artifact.inside(place.part, place.node).unwrap();
            agrees_with_python(&artifact, part, root, &said, version);
            assert!(lenses(&artifact, place.part, place.node).contains(&Lens::Code));
        }
        let call = resolve(&artifact, "$[\"load\"]").unwrap();
        assert!(lenses(&artifact, call.part, call.node).contains(&Lens::Code));
        let noise = resolve(&artifact, "$[\"noise\"]").unwrap();
        assert!(artifact.inside(noise.part, noise.node).is_none());
    }
}

#[test]
fn broken_marshal_is_a_problem_at_its_place() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/files");
    let whole = std::fs::read(folder.join("marshal_311.pkl")).unwrap();
    let at = whole.windows(2).position(|two| two == b"\xe3\x02").unwrap_or_else(|| {
        // Protocol 2 writes bytes as text in UTF-8.
        whole.windows(3).position(|three| three == b"\xc3\xa3\x02").unwrap()
    });
    let read = |bytes: Vec<u8>| {
        picklescope::formats::read(Path::new("x"), Bytes::from_vec(bytes), &Limits::default(), &Progress::new())
    };
    let blob: Vec<u8> = {
        let artifact = read(whole.clone());
        let place = resolve(&artifact, "$[\"load\"]<args>[0]").unwrap();
        let (part, _) = artifact.inside(place.part, place.node).unwrap();
        let bytes = artifact.pickled(part).unwrap().decoded.bytes.clone();
        bytes.read_vec(0, bytes.len()).unwrap()
    };
    assert!(at > 0 && blob.len() > 300);
    let load = |blob: &[u8]| {
        let len = u32::try_from(blob.len()).unwrap().to_le_bytes();
        read([b"\x80\x03cmarshal\nloads\nB".as_slice(), &len, blob, b"\x85R."].concat())
    };
    // Every cut, and every byte turned: never a panic, and what is cut is said.
    for cut in 1..blob.len() {
        let artifact = load(&blob[..cut]);
        let problem = artifact.problems.first().unwrap();
        assert!(problem.to_string().contains("marshal"), "{cut}: {problem}");
        assert!(
            artifact
                .inside(
                    0,
                    artifact
                        .pickled(0)
                        .unwrap()
                        .decoded
                        .graph
                        .ids()
                        .find(|id| { matches!(artifact.pickled(0).unwrap().decoded.graph.value(*id), Value::Bytes(_)) })
                        .unwrap()
                )
                .is_some()
        );
    }
    for i in 0..blob.len() {
        for bits in [0x01, 0x80, 0xff] {
            let mut bent = blob.clone();
            bent[i] ^= bits;
            let artifact = load(&bent);
            let call = resolve(&artifact, "$").unwrap();
            let _ = lines(&artifact, call.part, call.node);
        }
    }
    // Tuples in tuples, and lengths that nothing follows.
    let deep = load(&b")\x01".repeat(100_000));
    assert!(deep.problems.iter().any(|p| matches!(p.kind, ErrorKind::Limit { .. })), "{:?}", deep.problems);
    let long = load(b"(\xff\xff\xff\x7f");
    assert!(long.problems[0].to_string().contains("claims"), "{:?}", long.problems);
}
