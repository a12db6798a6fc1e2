//! Models of gradient boosting against the libraries that wrote them: `tests/data/boosters/expected*.json` hold what
//! `trees_to_dataframe` says of the files beside them (`make.py` made both).
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use picklescope::audit;
use picklescope::bytes::{Bytes, ErrorKind, Limits, Progress};
use picklescope::formats::boosters::Model;
use picklescope::formats::trees::{DecisionTree, Ensemble, Side, Split, boosters};
use picklescope::formats::{self, Artifact};
use picklescope::view::lens::{Lens, Shown, build, lenses};
use picklescope::view::outline::Outline;
use picklescope::view::query::Query;
use picklescope::view::search::{Hit, search};
use picklescope::view::trees::{Drawn, words};
use picklescope::view::{booster, paths};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/boosters")
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files").join(name)
}

fn open(path: &Path) -> Artifact {
    formats::open(path, &Limits::default(), &Progress::new()).unwrap()
}

fn ours(name: &str) -> Artifact {
    open(&folder().join(name))
}

fn read(bytes: Vec<u8>) -> Artifact {
    formats::read(Path::new("test"), Bytes::from_vec(bytes), &Limits::default(), &Progress::new())
}

fn expected(file: &str, name: &str) -> Value {
    let all: Value = serde_json::from_slice(&std::fs::read(folder().join(file)).unwrap()).unwrap();
    all[name].clone()
}

fn model(artifact: &Artifact) -> Model<'_> {
    (0..artifact.parts.len()).find_map(|part| Model::of_part(artifact, part)).unwrap()
}

fn ensemble(artifact: &Artifact) -> Ensemble {
    let model = model(artifact);
    boosters::ensemble(artifact, model.part, model.root).unwrap().0
}

fn small(number: &Value) -> u32 {
    u32::try_from(number.as_u64().unwrap()).unwrap()
}

fn close(ours: f64, theirs: &Value) -> bool {
    let theirs = theirs.as_f64().unwrap();
    (ours - theirs).abs() <= 1e-6 * ours.abs().max(theirs.abs()).max(1e-9)
}

/// The trees of a file against the table that XGBoost makes of it.
fn agrees_with_xgboost(file: &str, name: &str) {
    let artifact = ours(name);
    assert!(artifact.problems.is_empty(), "{name}: {:?}", artifact.problems);
    let ensemble = ensemble(&artifact);
    let rows = expected(file, name);
    let mut seen = 0;
    for row in rows.as_array().unwrap() {
        let (i, id) = (small(&row[0]) as usize, small(&row[1]));
        let tree = ensemble.trees.tree(i).unwrap();
        let node = tree.node(id).unwrap();
        seen += 1;
        assert!(tree.order().contains(&id), "{name} {row}");
        assert!(close(node.weight.unwrap(), &row[8]), "{name} {row}: {node:?}");
        if row[2] == "Leaf" {
            assert!(node.children.is_none() && close(tree.values.of(id)[0], &row[7]), "{name} {row}");
            continue;
        }
        assert_eq!(ensemble.feature(node.feature.unwrap()), row[2].as_str().unwrap(), "{name}");
        assert!(close(node.gain.unwrap(), &row[7]), "{name} {row}: {node:?}");
        let to = |column: usize| row[column].as_str().unwrap().split('-').nth(1).unwrap().parse::<u32>().unwrap();
        let [left, right] = node.children.unwrap();
        match node.split {
            Split::Below(limit) => {
                assert!(close(limit, &row[3]), "{name} {row}");
                assert_eq!([left, right], [to(4), to(5)], "{name} {row}");
            }
            // XGBoost says "yes" of the side that has the categories: the right one.
            Split::NotIn(set) => {
                assert_eq!([right, left], [to(4), to(5)], "{name} {row}");
                let set: Vec<String> = tree.categories[set as usize].iter().map(ToString::to_string).collect();
                let theirs: Vec<&str> = row[9].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
                assert_eq!(set, theirs, "{name} {row}");
            }
            other => panic!("{name} {row}: {other:?}"),
        }
        let missing = if node.missing == Some(Side::Left) { left } else { right };
        assert_eq!(missing, to(6), "{name} {row}");
    }
    let all: usize = (0..ensemble.trees.count()).map(|i| ensemble.trees.tree(i).unwrap().order().len()).sum();
    assert!(seen > 0 && all == seen, "{name}: {all} nodes instead of {seen}");
}

#[test]
fn xgboost_trees_are_those_of_the_library_in_every_form() {
    agrees_with_xgboost("expected.json", "xgboost_categories.json");
    agrees_with_xgboost("expected.json", "xgboost_categories.ubj");
    agrees_with_xgboost("expected_xgboost17.json", "xgboost17_multi.bin");
    agrees_with_xgboost("expected_xgboost17.json", "xgboost17_dart.bin");
}

/// Where a row goes, by the questions of the tree alone.
fn leaf_of(tree: &DecisionTree, row: &[f64]) -> u32 {
    let mut at = tree.root();
    while let Some([left, right]) = tree.children(at) {
        let node = tree.node(at).unwrap();
        let Split::Below(limit) = node.split else { panic!() };
        at = if row[node.feature.unwrap() as usize] < limit { left } else { right };
    }
    at
}

#[test]
fn a_leaf_with_a_vector_adds_it_to_every_target() {
    let artifact = ours("xgboost_vectors.ubj");
    let ensemble = ensemble(&artifact);
    let tree = ensemble.trees.tree(0).unwrap();
    let said = expected("expected.json", "xgboost_vectors.ubj");
    // numpy.random.default_rng(7).normal(size=(200, 3)).round(3)[:3]
    let rows = [[0.001, 0.299, -0.274], [-0.891, -0.455, -0.992], [0.06, 1.34, -0.492]];
    for (i, row) in rows.iter().enumerate() {
        let leaf = leaf_of(&tree, row);
        assert!(close(f64::from(leaf), &said["leaf"][i]));
        for target in 0..2 {
            let sum = said["base"][target].as_f64().unwrap() + tree.values.of(leaf)[target];
            let theirs = said["predict"][i][target].as_f64().unwrap();
            assert!((sum - theirs).abs() < 1e-5, "{sum} instead of {theirs}");
        }
    }
    assert_eq!(ensemble.trees.class(0), None);
}

fn agrees_with_lightgbm(name: &str) {
    let artifact = ours(name);
    let ensemble = ensemble(&artifact);
    let rows = expected("expected.json", name);
    let rows = rows.as_array().unwrap();
    for (i, rows) in (0..ensemble.trees.count())
        .map(|i| (i, rows.iter().filter(|row| row[0].as_u64() == Some(i as u64)).collect::<Vec<_>>()))
    {
        let tree = ensemble.trees.tree(i).unwrap();
        assert_eq!(tree.order().len(), rows.len());
        let inner = u32::try_from(rows.iter().filter(|row| row[4].is_string()).count()).unwrap();
        let number = |name: &Value| {
            let name = name.as_str().unwrap().split('-').nth(1).unwrap();
            let n: u32 = name[1..].parse().unwrap();
            if name.starts_with('S') { n } else { inner + n }
        };
        for row in rows {
            let id = number(&row[1]);
            let node = tree.node(id).unwrap();
            assert!(close(tree.values.of(id)[0], &row[10]), "{name} {row}");
            assert!(close(node.weight.unwrap(), &row[11]) && close(node.samples.unwrap(), &row[12]), "{name} {row}");
            if !row[4].is_string() {
                assert!(node.children.is_none());
                continue;
            }
            assert_eq!(node.children, Some([number(&row[2]), number(&row[3])]), "{name} {row}");
            assert_eq!(ensemble.feature(node.feature.unwrap()), row[4].as_str().unwrap());
            assert!((node.gain.unwrap() - row[5].as_f64().unwrap()).abs() <= 1e-5 * node.gain.unwrap(), "{name} {row}");
            match node.split {
                Split::AtMost(limit) => assert!(row[7] == "<=" && close(limit, &row[6]), "{name} {row}"),
                Split::In(set) => {
                    let set: Vec<String> = tree.categories[set as usize].iter().map(ToString::to_string).collect();
                    assert_eq!(row[6].as_str().unwrap(), set.join("||"), "{name} {row}");
                }
                other => panic!("{name} {row}: {other:?}"),
            }
            // Without a rule, missing values count as 0.
            if row[9] != "None" {
                let left = node.missing == Some(Side::Left);
                assert_eq!(row[8].as_str().unwrap(), if left { "left" } else { "right" }, "{name} {row}");
            }
        }
    }
}

#[test]
fn lightgbm_trees_are_those_of_the_library() {
    agrees_with_lightgbm("lightgbm_categories.txt");
    agrees_with_lightgbm("lightgbm_multi.pkl");
    let artifact = ours("lightgbm_multi.pkl");
    let ensemble = ensemble(&artifact);
    assert_eq!((0..4).map(|i| ensemble.trees.class(i)).collect::<Vec<_>>(), [Some(0), Some(1), Some(2), Some(0)]);
    assert_eq!(ensemble.trees.label(4), "[1][1]");
}

#[test]
fn the_summary_says_what_the_model_is() {
    let of = |name: &str| {
        let artifact = ours(name);
        booster::line(&model(&artifact))
    };
    assert_eq!(of("xgboost_categories.ubj"), "XGBoost model (UBJSON): reg:squarederror, gbtree, 2 trees, 2 features");
    assert_eq!(
        of("xgboost17_multi.bin"),
        "XGBoost model (binary, deprecated): multi:softprob, gbtree, 6 trees, 3 features, best round 1"
    );
    assert_eq!(
        of("xgboost17_dart.bin"),
        "XGBoost model (binary, deprecated): reg:squarederror, dart, 3 trees, 3 features, best round 2"
    );
    assert_eq!(of("lightgbm_categories.txt"), "LightGBM model (text): regression, gbdt, 2 trees, 2 features");
    assert_eq!(of("lightgbm_multi.pkl"), "LightGBM model (text): multiclass num_class:3, gbdt, 6 trees, 3 features");
    assert_eq!(of("catboost.pkl"), of("catboost.cbm"));
}

#[test]
fn a_linear_model_has_its_weights() {
    let artifact = ours("xgboost17_linear.bin");
    let model = model(&artifact);
    let weights = model.numbers(model.get(&["gradient_booster", "model", "weights"]).unwrap()).unwrap();
    let theirs = expected("expected_xgboost17.json", "weights");
    assert_eq!(weights.len(), 4);
    assert!(weights.iter().zip(theirs.as_array().unwrap()).all(|(ours, theirs)| close(*ours, theirs)));
    assert!(boosters::ensemble(&artifact, model.part, model.root).is_none());
}

#[test]
fn catboost_is_named_and_measured() {
    let artifact = ours("catboost.cbm");
    let said = expected("expected.json", "catboost.cbm");
    let model = model(&artifact);
    let summary = model.summary();
    assert_eq!(summary.trees, said["trees"].as_u64());
    assert_eq!(Value::from(summary.names), said["names"]);
    assert_eq!((summary.objective.as_deref(), summary.features), (Some("RMSE"), Some(3)));
    let leaves = model.numbers(model.get(&["trees", "leaf_values"]).unwrap()).unwrap();
    assert!(leaves.iter().zip(said["leaf_values"].as_array().unwrap()).all(|(ours, theirs)| close(*ours, theirs)));
    assert_eq!(model.int(model.get(&["size"]).unwrap()), Some(i64::try_from(artifact.bytes.len()).unwrap() - 8));
}

#[test]
fn the_blob_of_a_pickle_opens_below_its_handle() {
    for (name, handle) in [
        ("boost/xgb_classifier_p4.pkl", "$._Booster.handle"),
        ("boost/xgb_booster_p5.pkl", "$.handle"),
        ("legacy-py311/xgb.pkl", "$._Booster.handle"),
        ("legacy-py36/xgb.pkl", "$._Booster.handle"),
        ("legacy-py311/lgbm.pkl", "$._Booster.handle"),
        ("boost/lgbm_regressor.joblib", "$._Booster._handle"),
    ] {
        let artifact = open(&corpus(name));
        assert!(artifact.is_complete(), "{name}: {:?}", artifact.problems);
        let holder = paths::resolve(&artifact, handle).unwrap();
        let (part, root) = artifact.inside(holder.part, holder.node).unwrap();
        assert_eq!(artifact.document(part).unwrap().inside, Some((holder.part, holder.node)));
        let model = Model::of(&artifact, holder.part, holder.node).unwrap();
        assert_eq!((model.part, model.root), (part, root));
        let trees = model.trees().unwrap();
        // The path leads there and back, and the outline opens the pickle down to it.
        let place = paths::resolve(&artifact, &format!("{handle}<model>")).unwrap();
        assert_eq!((place.part, place.node), (part, root), "{name}");
        let pickled = artifact.pickled(part).unwrap();
        let (pickle, steps) = paths::steps_to(pickled, trees).unwrap();
        let mut outline = Outline::new(&artifact);
        let row = outline.reveal(&artifact, part, pickle, &steps).unwrap();
        let path = outline.path(&artifact, row).unwrap();
        assert!(path.starts_with(&format!("{handle}<model>")) && path.ends_with("[\"trees\"]"), "{name}: {path}");
        assert_eq!(paths::resolve(&artifact, &path).unwrap().node, trees, "{name}");
        let label = outline.label(&artifact, outline.parent(outline.parent(row).unwrap()).unwrap());
        assert!(label.is_some());
        // Found by the filter too.
        let hits = search(&artifact, &Query::parse("trees"), &|_, _| false, &Progress::new(), &mut |_| ());
        let leads = |hit: &Hit| hit.part == part && hit.steps == steps;
        assert!(hits.hits.iter().any(leads), "{name}");
        // Shown as a model and as a forest, from the estimator, the Booster, the handle and the document.
        let outer = paths::resolve(&artifact, "$").unwrap();
        for (part, node) in [(outer.part, outer.node), (holder.part, holder.node), (part, root)] {
            let found = lenses(&artifact, part, node);
            assert!(found.contains(&Lens::Booster) && found.contains(&Lens::Forest), "{name}: {found:?}");
            assert!(matches!(build(&artifact, part, node, Lens::Booster, &Progress::new()), Ok(Shown::Booster(_))));
        }
        let first = pickled.decoded.graph.items(trees).unwrap()[0];
        assert!(lenses(&artifact, part, first).contains(&Lens::Tree), "{name}");
        // The document is no pickle: it has no opcodes, and nobody audits it as one.
        assert_eq!(artifact.pickles().count(), 1);
        assert_eq!(pickled.decoded.index.rows(), 0);
    }
}

#[test]
fn a_file_that_a_loader_would_run_is_a_pickle_whatever_else_it_looks_like() {
    // CBM1 is SHORT_BINBYTES of 66 bytes to an unpickler.
    let mut file = b"CBM1".to_vec();
    file.resize(2 + 66, 0);
    file.extend(b"cos\nsystem\n(S'echo'\ntR.");
    let artifact = read(file);
    assert_eq!(artifact.container, ["pickle"]);
    assert_eq!(audit::report(&artifact, &audit::Allow::default()).counts().0, 1);
    // A pickle of protocol 0 with the names of a booster where XGBoost has them.
    let mut file = b"cos\nsystem\n(S'".to_vec();
    file.resize(136, b'a');
    file.extend(b"\x03\0\0\0\0\0\0\0a:b\x06\0\0\0\0\0\0\0gbtree'\ntR.");
    let artifact = read(file);
    assert_eq!(artifact.container, ["pickle"]);
    assert_eq!(audit::report(&artifact, &audit::Allow::default()).counts().0, 1);
}

#[test]
fn a_file_that_ends_early_is_shown_as_far_as_it_goes() {
    for name in [
        "xgboost_categories.json",
        "xgboost_categories.ubj",
        "xgboost_vectors.ubj",
        "xgboost17_multi.bin",
        "xgboost17_dart.bin",
        "xgboost17_linear.bin",
        "lightgbm_categories.txt",
        "catboost.cbm",
        "lightgbm_multi.pkl",
        "catboost.pkl",
    ] {
        let whole = std::fs::read(folder().join(name)).unwrap();
        for len in (1..whole.len()).step_by(7) {
            let artifact = read(whole[..len].to_vec());
            // All that is there is walked, and none of it panics.
            let _ = search(&artifact, &Query::parse("x"), &|_, _| false, &Progress::new(), &mut |_| ());
            let mut outline = Outline::new(&artifact);
            outline.open_all(&artifact, 0);
            for part in 0..artifact.parts.len() {
                let Some(model) = Model::of_part(&artifact, part) else { continue };
                let _ = booster::line(&model);
                if let Some((ensemble, _)) = boosters::ensemble(&artifact, part, model.root) {
                    (0..ensemble.trees.count()).for_each(|i| drop(ensemble.trees.tree(i)));
                }
            }
            // Behind the trees of LightGBM stand facts that may be missing.
            let late = whole[..len].windows(12).any(|w| w == b"end of trees") && name.ends_with(".txt");
            assert!(late || !artifact.problems.is_empty(), "{name} cut at {len}");
        }
    }
}

#[test]
fn a_byte_that_lies_is_no_crash() {
    for name in ["xgboost_categories.ubj", "xgboost17_multi.bin", "catboost.cbm", "lightgbm_categories.txt"] {
        let whole = std::fs::read(folder().join(name)).unwrap();
        for at in (0..whole.len()).step_by(11) {
            for byte in [0, 0x7f, 0xff] {
                let mut lie = whole.clone();
                lie[at] = byte;
                let artifact = read(lie);
                for part in 0..artifact.parts.len() {
                    let Some(model) = Model::of_part(&artifact, part) else { continue };
                    let _ = booster::line(&model);
                    if let Some((ensemble, _)) = boosters::ensemble(&artifact, part, model.root) {
                        (0..ensemble.trees.count().min(20)).for_each(|i| drop(ensemble.trees.tree(i)));
                    }
                }
            }
        }
    }
}

#[test]
fn claims_of_size_cost_nothing() {
    let ubj = |rest: &[u8]| [b"{L\0\0\0\0\0\0\0\x07learner", rest].concat();
    let count = i64::MAX.to_be_bytes();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("typed list", ubj(&[b"[$d#L".as_slice(), &count].concat())),
        ("list", ubj(&[b"[#L".as_slice(), &count].concat())),
        ("object", ubj(&[b"{#L".as_slice(), &count].concat())),
        ("text", ubj(&[b"SL".as_slice(), &count].concat())),
        ("negative", ubj(&[b"SL".as_slice(), &(-1i64).to_be_bytes()].concat())),
        ("key", [b"{L".as_slice(), &count].concat()),
        ("list of booleans", ubj(&[b"[$T#L".as_slice(), &count].concat())),
        ("nesting", ubj(&[b'['; 1 << 20])),
        ("JSON nesting", [b"{\"learner\":".as_slice(), &[b'['; 1 << 20]].concat()),
        ("JSON number", [b"{\"learner\":".as_slice(), &[b'1'; 1 << 20]].concat()),
        ("CatBoost", b"CBM1\xff\xff\xff\xff\x04\0\0\0\0\0\0\0".to_vec()),
        ("CatBoost offset", b"CBM1\x08\0\0\0\xff\xff\xff\x7f\0\0\0\0".to_vec()),
        ("LightGBM", b"tree\nnum_class=99999999999999999999\nTree=0\nnum_leaves=9999999999\nleaf_value=1".to_vec()),
    ];
    let begun = Instant::now();
    for (what, bytes) in cases {
        let artifact = read(bytes);
        assert!(!artifact.problems.is_empty(), "{what}");
        assert!(!artifact.problems.iter().any(|p| p.kind == ErrorKind::Unrecognised), "{what}");
    }
    // Numbers of trees and nodes of the binary form.
    let whole = std::fs::read(folder().join("xgboost17_multi.bin")).unwrap();
    let at = whole.windows(6).position(|w| w == b"gbtree").unwrap() + 6;
    for offset in [0, 160 + 4] {
        let mut lie = whole.clone();
        lie[at + offset..at + offset + 4].copy_from_slice(&i32::MAX.to_le_bytes());
        let artifact = read(lie);
        assert!(artifact.problems[0].to_string().contains("it claims 2147483647"), "{:?}", artifact.problems);
        assert!(model(&artifact).summary().objective.is_some());
    }
    assert!(begun.elapsed().as_secs() < 20);
}

#[test]
fn a_tree_that_runs_in_a_circle_is_a_problem_of_that_tree() {
    let text = std::fs::read_to_string(folder().join("xgboost_categories.json")).unwrap();
    let lie = text.replacen("\"left_children\":[1,", "\"left_children\":[0,", 1);
    assert_ne!(text, lie);
    let artifact = read(lie.into_bytes());
    let ensemble = ensemble(&artifact);
    assert!(ensemble.trees.tree(0).unwrap_err().to_string().contains("reached twice"));
    assert!(ensemble.trees.tree(1).is_ok());
}

#[test]
fn json_is_read_as_python_reads_it() {
    let artifact = read(
        br#"{"learner": {"a\u00e4\ud83d\ude00\n": [1, 2.5, -3e2], "big": 123456789012345678901234567890, "mixed": [1, "x", null, true],
            "inf": [NaN, -Infinity], "deep": [[], {}], "i": [9007199254740993, 0.5]}}"#
            .to_vec(),
    );
    assert!(artifact.problems.is_empty(), "{:?}", artifact.problems);
    let pickled = artifact.pickled(0).unwrap();
    let graph = &pickled.decoded.graph;
    let learner = graph.get(pickled.root().unwrap(), "learner").unwrap();
    let numbers = graph.get(learner, "aä😀\n").unwrap();
    let array = &artifact.arrays[artifact.array_of(0, numbers).unwrap()];
    assert_eq!(array.preview.iter().map(|text| &**text).collect::<Vec<_>>(), ["1.0", "2.5", "-300.0"]);
    assert_eq!(&*array.path, "$[\"learner\"][\"a\\u00e4\\ud83d\\ude00\\n\"]");
    assert_eq!(graph.items(graph.get(learner, "mixed").unwrap()).unwrap().len(), 4);
    // An integer that no float holds stays an integer.
    let mixed = graph.items(graph.get(learner, "i").unwrap()).unwrap();
    assert_eq!(graph.int(mixed[0]), Some(9_007_199_254_740_993));
    let described = |key: &str| {
        let node = graph.get(learner, key).unwrap();
        picklescope::view::describe::describe(&artifact, 0, pickled, node, picklescope::view::describe::Detail::Row)
            .value
    };
    assert_eq!(described("big"), "123456789012345678901234567890");
}

/// A JSON file of `old/`, which `old/make_*.py` made with the release that its name says.
fn truth(name: &str) -> Value {
    let file = std::fs::File::open(folder().join("old").join(format!("{name}-truth.json.gz"))).unwrap();
    serde_json::from_reader(flate2::read::GzDecoder::new(file)).unwrap()
}

/// The trees against what XGBoost prints of them: `0:[age<0.5] yes=1,no=2,missing=1,gain=3.1,cover=20`.
fn agrees_with_dump(name: &str, ensemble: &Ensemble, dumps: &Value) {
    let dumps = dumps.as_array().unwrap();
    assert_eq!(ensemble.trees.count(), dumps.len(), "{name}");
    for (i, dump) in dumps.iter().enumerate() {
        let tree = ensemble.trees.tree(i).unwrap();
        let lines: Vec<&str> = dump.as_str().unwrap().lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(tree.order().len(), lines.len(), "{name} {i}");
        for line in lines {
            let (id, rest) = line.trim().split_once(':').unwrap();
            let id: u32 = id.parse().unwrap();
            let node = tree.node(id).unwrap();
            let number = |key: &str| {
                let text = rest.rsplit_once(&format!("{key}=")).unwrap().1;
                text.split(',').next().unwrap().parse::<f64>().unwrap()
            };
            let same = |ours: f64, theirs: f64| (ours - theirs).abs() <= 2e-6 * theirs.abs().max(1e-6);
            assert!(same(node.weight.unwrap(), number("cover")), "{name} {i} {line} {node:?}");
            let Some(question) = rest.strip_prefix('[') else {
                assert!(node.children.is_none() && same(tree.values.of(id)[0], number("leaf")), "{name} {i} {line}");
                continue;
            };
            let (question, _) = question.rsplit_once(']').unwrap();
            let (feature, limit) = question.rsplit_once('<').unwrap();
            assert_eq!(ensemble.feature(node.feature.unwrap()), feature, "{name} {i} {line}");
            let Split::Below(ours) = node.split else { panic!("{name} {line}") };
            assert!(
                same(ours, limit.parse().unwrap()) && same(node.gain.unwrap(), number("gain")),
                "{name} {i} {line}"
            );
            let [left, right] = node.children.unwrap();
            assert_eq!([f64::from(left), f64::from(right)], [number("yes"), number("no")], "{name} {i} {line}");
            let missing = if node.missing == Some(Side::Left) { left } else { right };
            assert!(same(f64::from(missing), number("missing")), "{name} {i} {line}");
        }
    }
}

#[test]
fn models_of_old_xgboost_are_what_their_release_says() {
    for version in ["0.82", "0.90", "1.0.2", "1.2.1", "1.3.3", "1.5.2", "1.7.6"] {
        let truth = truth(&format!("xgboost-{version}"));
        for file in ["clf_df.pkl", "clf3.pkl", "dart.pkl", "lin.pkl", "poisson.pkl", "bst.bin", "bst.json", "clf3.ubj"]
        {
            let path = folder().join(format!("old/xgboost-{version}-{file}.gz"));
            if !path.exists() {
                assert!(file == "bst.json" || file == "clf3.ubj", "{version} {file}");
                continue;
            }
            let (key, kind) = file.split_once('.').unwrap();
            let said = &truth[key];
            let artifact = open(&path);
            let name = format!("{version} {file}");
            assert!(artifact.is_complete(), "{name}: {:?}", artifact.problems);
            let model = model(&artifact);
            let summary = model.summary();
            // A linear model has no trees: bias and weights as text.
            if key == "lin" {
                let theirs: Vec<f64> =
                    said["dump"][0].as_str().unwrap().lines().filter_map(|l| l.parse().ok()).collect();
                let node = model.get(&["gradient_booster", "model", "weights"]).unwrap();
                let ours = model.numbers(node).unwrap();
                // The bias is written last and printed first.
                let ours = [&ours[5..], &ours[..5]].concat();
                assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-6), "{name}: {ours:?} {theirs:?}");
                assert_eq!((ours.len(), summary.booster.as_deref()), (theirs.len(), Some("gblinear")));
                continue;
            }
            // Files of releases before 1.4 have no names; without, the library makes some up.
            let mut dumps = said["dump"].clone();
            if summary.names.is_empty() && !said["names"].is_null() {
                for (i, theirs) in said["names"].as_array().unwrap().iter().enumerate() {
                    let renamed = |dump: &Value| {
                        Value::from(
                            dump.as_str()
                                .unwrap()
                                .replace(&format!("[{}<", theirs.as_str().unwrap()), &format!("[f{i}<")),
                        )
                    };
                    dumps = dumps.as_array().unwrap().iter().map(renamed).collect();
                }
                assert!(kind != "pkl", "{name} has names");
            }
            agrees_with_dump(&name, &ensemble(&artifact), &dumps);
            let objective = match key {
                "clf_df" | "bst" => "binary:logistic",
                "clf3" => "multi:softprob",
                "poisson" => "count:poisson",
                // What was reg:linear is the default under its new name since 1.0.
                _ if version < "1" => "reg:linear",
                _ => "reg:squarederror",
            };
            assert_eq!(summary.objective.as_deref(), Some(objective), "{name}");
            assert_eq!(summary.booster.as_deref(), Some(if key == "dart" { "dart" } else { "gbtree" }), "{name}");
            assert_eq!(summary.classes, (key == "clf3").then_some(3), "{name}");
            assert_eq!(summary.features, Some(5), "{name}");
            let base = summary.base_score.unwrap();
            match said["base_score"].as_str() {
                // 0.82 and 0.90 say nothing of it but keep what the objective makes of their default 0.5: itself, its logit, its logarithm.
                None => assert_eq!(
                    base,
                    match key {
                        "clf_df" | "bst" => "0 (margin)",
                        "poisson" => "-0.6931472 (margin)",
                        _ => "0.5 (margin)",
                    },
                    "{name}"
                ),
                Some(theirs) => assert_eq!(base.parse::<f64>().unwrap(), theirs.parse::<f64>().unwrap(), "{name}"),
            }
        }
    }
}

/// LightGBM's tree as it dumps it, nested, against ours.
fn agrees_with_nested(name: &str, tree: &DecisionTree, at: u32, theirs: &Value) {
    let node = tree.node(at).unwrap();
    let Some([left, right]) = node.children else {
        assert!(close(tree.values.of(at)[0], &theirs["leaf_value"]), "{name} {theirs} {:?}", tree.values.of(at));
        let coefficients = theirs["leaf_coeff"].as_array().filter(|all| !all.is_empty());
        assert_eq!(tree.linear.contains_key(&at), coefficients.is_some(), "{name} {theirs}");
        if let (Some(linear), Some(theirs_all)) = (tree.linear.get(&at), coefficients) {
            assert!(close(linear.constant, &theirs["leaf_const"]), "{name} {theirs}");
            let features: Vec<u32> = linear.terms.iter().map(|(feature, _)| *feature).collect();
            assert_eq!(serde_json::json!(features), theirs["leaf_features"], "{name}");
            assert!(linear.terms.iter().zip(theirs_all).all(|((_, ours), theirs)| close(*ours, theirs)), "{name}");
        }
        // A tree that is one leaf has no count before 4.0.
        if let Some(count) = theirs["leaf_count"].as_f64().filter(|_| tree.order().len() > 1) {
            assert_eq!(node.samples, Some(count), "{name}");
        }
        return;
    };
    let feature = theirs["split_feature"].as_u64().unwrap();
    assert_eq!(node.feature.map(u64::from), Some(feature), "{name}");
    assert_eq!(node.samples, theirs["internal_count"].as_f64(), "{name}");
    assert!((node.gain.unwrap() / theirs["split_gain"].as_f64().unwrap() - 1.0).abs() < 1e-4, "{name} {theirs}");
    match node.split {
        Split::AtMost(limit) => {
            assert!(theirs["decision_type"] == "<=" && close(limit, &theirs["threshold"]), "{name}")
        }
        Split::In(set) => {
            let set: Vec<String> = tree.categories[set as usize].iter().map(ToString::to_string).collect();
            assert_eq!(theirs["decision_type"], "==", "{name}");
            assert_eq!(theirs["threshold"].as_str().unwrap(), set.join("||"), "{name}");
        }
        other => panic!("{name} {other:?}"),
    }
    if theirs["missing_type"] != "None" && theirs["decision_type"] == "<=" {
        assert_eq!(node.missing == Some(Side::Left), theirs["default_left"].as_bool().unwrap(), "{name}");
    }
    agrees_with_nested(name, tree, left, &theirs["left_child"]);
    agrees_with_nested(name, tree, right, &theirs["right_child"]);
}

#[test]
fn models_of_lightgbm_are_what_their_release_says() {
    for version in ["2.2.3", "2.3.1", "3.0.0", "3.3.5", "4.7.0"] {
        let truth = truth(&format!("lightgbm-{version}"));
        for file in ["clf.pkl", "clf3.pkl", "dart.pkl", "rf.pkl", "stump.txt", "reg.txt"] {
            let artifact = open(&folder().join(format!("old/lightgbm-{version}-{file}.gz")));
            let name = format!("{version} {file}");
            assert!(artifact.is_complete(), "{name}: {:?}", artifact.problems);
            let said = &truth[file.split_once('.').unwrap().0];
            let ensemble = ensemble(&artifact);
            let trees = said["trees"].as_array().unwrap();
            assert_eq!(ensemble.trees.count(), trees.len(), "{name}");
            for (i, theirs) in trees.iter().enumerate() {
                let tree = ensemble.trees.tree(i).unwrap();
                assert_eq!(u64::from(tree.size().leaves), theirs["num_leaves"].as_u64().unwrap(), "{name}");
                agrees_with_nested(&name, &tree, tree.root(), &theirs["tree_structure"]);
            }
            let summary = model(&artifact).summary();
            assert_eq!(Value::from(summary.names), said["names"], "{name}");
            assert_eq!(summary.objective.as_deref(), said["objective"].as_str(), "{name}");
            assert_eq!(summary.classes, said["num_class"].as_u64().filter(|n| *n > 1), "{name}");
            let booster = match file {
                "dart.pkl" => "dart",
                "rf.pkl" => "rf",
                _ => "gbdt",
            };
            assert!(
                summary.booster.is_none() || summary.booster.as_deref() == Some(booster),
                "{name} {:?}",
                summary.booster
            );
        }
    }
}

/// XGBoost's tree as it dumps it in JSON, nested, against ours.
fn agrees_with_json(name: &str, ensemble: &Ensemble, tree: &DecisionTree, theirs: &Value) {
    let id = small(&theirs["nodeid"]);
    let node = tree.node(id).unwrap();
    let same = |ours: f64, key: &str| {
        let theirs = theirs[key].as_f64().unwrap_or_else(|| panic!("{name} {key} {theirs}"));
        assert!((ours - theirs).abs() <= 2e-6 * theirs.abs().max(1e-6), "{name} {id} {key} {ours} {theirs}");
    };
    // Of leaves with a vector it dumps no statistics.
    let statistics = theirs["cover"].is_number();
    if statistics {
        same(node.weight.unwrap(), "cover");
    }
    let Some([left, right]) = node.children else {
        let vector = theirs["leaf"].as_array().map_or_else(|| vec![theirs["leaf"].clone()], Clone::clone);
        let ours = tree.values.of(id);
        assert_eq!(ours.len(), vector.len(), "{name} {id}");
        return assert!(ours.iter().zip(&vector).all(|(ours, theirs)| close(*ours, theirs)), "{name} {id} {ours:?}");
    };
    if statistics {
        same(node.gain.unwrap(), "gain");
    }
    assert_eq!(ensemble.feature(node.feature.unwrap()), theirs["split"].as_str().unwrap(), "{name} {id}");
    let [yes, no] = ["yes", "no"].map(|key| small(&theirs[key]));
    match node.split {
        Split::Below(limit) => {
            // An indicator is asked without a threshold.
            if theirs["split_condition"].is_number() {
                same(limit, "split_condition");
            }
            assert_eq!([left, right], [yes, no], "{name} {id} {theirs}");
        }
        Split::NotIn(set) => {
            assert_eq!([right, left], [yes, no], "{name} {id}");
            let set: Vec<Value> =
                tree.categories[set as usize].iter().map(|c| c.to_string().parse().unwrap()).collect();
            assert_eq!(Value::from(set), theirs["split_condition"], "{name} {id}");
        }
        other => panic!("{name} {id} {other:?}"),
    }
    if let Some(missing) = theirs["missing"].as_u64() {
        let ours = if node.missing == Some(Side::Left) { left } else { right };
        assert_eq!(u64::from(ours), missing, "{name} {id}");
    }
    for child in theirs["children"].as_array().unwrap() {
        agrees_with_json(name, ensemble, tree, child);
    }
}

#[test]
fn names_that_need_care_and_rare_questions_are_read() {
    let folder = folder().join("odd");
    let said: Value = serde_json::from_slice(&std::fs::read(folder.join("dumps.json")).unwrap()).unwrap();
    agree_with_dumps(&folder, &said);
}

#[test]
fn vectors_categories_and_linear_leaves_are_what_the_libraries_dump() {
    // tests/data/boosters/more/make.py
    let folder = folder().join("more");
    let said = std::fs::File::open(folder.join("dumps.json.gz")).unwrap();
    agree_with_dumps(&folder, &serde_json::from_reader(flate2::read::GzDecoder::new(said)).unwrap());
}

#[test]
fn a_linear_leaf_says_what_it_computes() {
    let artifact = ours("more/lgb_linear.txt");
    let ensemble = ensemble(&artifact);
    let drawn = Drawn::new(&ensemble, 1, 0).unwrap();
    // The second leaf of Tree=1, behind six inner nodes: leaf_const, leaf_features "0 2" and leaf_coeff of the file.
    assert_eq!(words::lines(&ensemble, &drawn, 7).0, "-0.06876 - 0.04892 × a + …");
    let facts = words::facts(&ensemble, &drawn, 7);
    let fact = |name: &str| facts.iter().find(|fact| fact.name == name).unwrap();
    assert_eq!(fact("Leaf value").value, "-0.06876 - 0.04892 × a - 0.01167 × c");
    assert_eq!(fact("If one is missing").value, "-0.04326");
}

fn agree_with_dumps(folder: &Path, said: &Value) {
    for (name, said) in said.as_object().unwrap() {
        let artifact = open(&folder.join(name));
        assert!(artifact.problems.is_empty(), "{name}: {:?}", artifact.problems);
        let summary = model(&artifact).summary();
        let names = Value::from(summary.names);
        assert!(said["names"] == names || said["names"].is_null() && names == serde_json::json!([]), "{name} {names}");
        let ensemble = ensemble(&artifact);
        let trees = said["trees"].as_array().unwrap();
        assert_eq!(ensemble.trees.count(), trees.len(), "{name}");
        for (i, theirs) in trees.iter().enumerate() {
            let tree = ensemble.trees.tree(i).unwrap();
            if name.starts_with("lgb") {
                agrees_with_nested(name, &tree, tree.root(), &theirs["tree_structure"]);
            } else {
                agrees_with_json(name, &ensemble, &tree, theirs);
            }
        }
    }
}

#[test]
fn a_tree_of_lightgbm_that_lies_about_its_leaves_is_a_problem_at_each_column() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files/boost/lgbm_model.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    let read = |text: String| {
        formats::read(Path::new("model.txt"), Bytes::from_vec(text.into_bytes()), &Limits::default(), &Progress::new())
    };
    assert!(read(text.clone()).problems.is_empty());
    let (before, rest) = text.split_once("num_leaves=").unwrap();
    let (leaves, rest) = rest.split_once('\n').unwrap();
    let lying = format!("{before}num_leaves=4000000000\n{rest}");
    let artifact = read(lying.clone());
    // LightGBM writes these six columns for every tree, and shrinks none of them.
    assert_eq!(artifact.problems.len(), 6, "{leaves} {:?}", artifact.problems);
    for problem in &artifact.problems {
        let at = usize::try_from(problem.at.start).unwrap();
        assert!(lying[..at].ends_with('='), "{problem:?}");
    }
    assert!(artifact.problems[0].to_string().contains("num_leaves is 4000000000"), "{}", artifact.problems[0]);
}
