//! Objects of Python's own library against Python itself: `tests/python/make_std.py` made files and oracle.

use std::path::Path;

use picklescope::bytes::{Limits, Progress};
use picklescope::formats::arrays::any_text;
use picklescope::pickle::Value;
use picklescope::view::code::{Line, lines};
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
