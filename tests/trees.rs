//! Trees of real files beside what scikit-learn itself says of them.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

use picklescope::bytes::{Bytes, Limits, Progress};
use picklescope::formats::trees::sklearn::{self, Holds};
use picklescope::formats::trees::{
    DecisionTree, Ensemble, Meaning, Side, Size, Split, forest_importance, tree_importance,
};
use picklescope::formats::{self, Artifact};
use picklescope::pickle::NodeId;
use picklescope::view::search;
use picklescope::view::trees::{Drawn, Grove, SortBy, words};

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files").join(name)
}

fn open(path: &Path) -> Artifact {
    formats::open(path, &Limits::default(), &Progress::new()).unwrap()
}

fn at(artifact: &Artifact, path: &str) -> NodeId {
    search::place(artifact, path).unwrap().node
}

fn ensemble(artifact: &Artifact, path: &str) -> (Ensemble, Option<usize>) {
    sklearn::ensemble(artifact, 0, at(artifact, path)).unwrap()
}

fn nodes<T>(tree: &DecisionTree, what: impl Fn(u32) -> T) -> Vec<T> {
    (0..tree.ids()).map(what).collect()
}

/// `m.estimators_[3].tree_` of scikit-learn 1.9: every field that it has.
#[test]
fn a_tree_of_a_forest_is_what_scikit_learn_says() {
    for file in ["sklearn/random_forest_p5.pkl", "sklearn/random_forest_p4.pkl", "sklearn/random_forest.joblib"] {
        let artifact = open(&corpus(file));
        let (ensemble, member) = ensemble(&artifact, "$");
        assert_eq!((&*ensemble.kind, member, ensemble.trees.count()), ("RandomForestClassifier", None, 12));
        assert_eq!(ensemble.criterion.as_deref(), Some("gini"));
        assert_eq!(ensemble.classes, [["0".into(), "1".into(), "2".into()]]);
        let tree = ensemble.trees.tree(3).unwrap();
        assert_eq!(tree.size(), Size { nodes: 19, leaves: 10, depth: 5 });
        assert_eq!(ensemble.trees.claimed(3), Some(tree.size()));
        let side = |right: usize| nodes(&tree, |id| tree.children(id).map_or(-1, |c| i64::from(c[right])));
        assert_eq!(side(0), [1, 2, 3, -1, 5, -1, -1, -1, 9, 10, 11, -1, 13, -1, -1, -1, 17, -1, -1]);
        assert_eq!(side(1), [8, 7, 4, -1, 6, -1, -1, -1, 16, 15, 12, -1, 14, -1, -1, -1, 18, -1, -1]);
        let node = |id: u32| tree.node(id).unwrap();
        assert_eq!(node(9).split, Split::AtMost(1.699999988079071));
        assert_eq!((node(9).feature, node(9).missing), (Some(3), Some(Side::Left)));
        assert_eq!((node(0).missing, node(3).missing), (Some(Side::Right), None));
        assert_eq!(node(12).impurity, Some(0.046485260770975034));
        assert_eq!((node(8).samples, node(8).weight), (Some(62.0), Some(98.0)));
        assert_eq!(tree.values.output(9, 0), [0.05660377358490566, 0.7735849056603774, 0.16981132075471697]);
        assert_eq!(tree.values.majority(18, 0), Some((2, 1.0)));
    }
}

fn near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }
}

fn parts(ensemble: &Ensemble, features: u32) -> Vec<f64> {
    let all = forest_importance(ensemble, &Progress::new()).unwrap();
    (0..features).map(|i| all.iter().find(|one| one.feature == i).map_or(0.0, |one| one.part)).collect()
}

/// `m.feature_importances_` of the three files.
#[test]
fn importances_are_those_of_scikit_learn() {
    let forest = open(&corpus("sklearn/random_forest_p5.pkl"));
    near(
        &parts(&ensemble(&forest, "$").0, 4),
        &[0.09909030487346158, 0.021703731128286562, 0.4086612206567472, 0.47054474334150465],
    );
    let boosted = open(&corpus("sklearn/gboost_p5.pkl"));
    near(&parts(&ensemble(&boosted, "$").0, 4), &[0.00030513000438990606, 0.0, 0.37076342488722513, 0.628931445108385]);
    let regressor = open(&corpus("sklearn/tree_p5.pkl"));
    let (one, _) = ensemble(&regressor, "$");
    let all = tree_importance(&one.trees.tree(0).unwrap(), one.rule);
    assert_eq!((all[0].feature, all[1].feature), (8, 2));
    near(&[all[0].part, all[1].part], &[0.4246210108266002, 0.27044466028214553]);
}

#[test]
fn gradient_boosting_grows_a_tree_a_class() {
    let artifact = open(&corpus("sklearn/gboost_p5.pkl"));
    let (ensemble, _) = ensemble(&artifact, "$");
    let trees = &ensemble.trees;
    assert_eq!((trees.count(), trees.label(5), trees.class(5)), (24, "[1][2]".to_owned(), Some(2)));
    let tree = trees.tree(3).unwrap();
    assert_eq!((tree.size(), tree.values.meaning), (Size { nodes: 5, leaves: 3, depth: 2 }, Meaning::Score));
    assert_eq!(tree.values.output(1, 0), [1.6559384846179106]);
    // np.argmax of the sizes: the first of 7 nodes is the third tree.
    let grove = Grove::of_object(&artifact, 0, at(&artifact, "$"), &Progress::new()).unwrap();
    assert_eq!(grove.order(SortBy::Nodes)[0], 2);
    assert_eq!(grove.facts, "24 trees · 138 nodes · depth 1 to 2");
}

#[test]
fn a_tree_inside_a_forest_knows_where_it_belongs() {
    let artifact = open(&corpus("sklearn/random_forest_p5.pkl"));
    for path in ["$.estimators_[3]", "$.estimators_[3].tree_"] {
        assert_eq!(sklearn::holds(&artifact, 0, at(&artifact, path)), Some(Holds::One), "{path}");
        let (ensemble, member) = ensemble(&artifact, path);
        assert_eq!((&*ensemble.kind, member), ("RandomForestClassifier", Some(3)), "{path}");
    }
    assert_eq!(sklearn::holds(&artifact, 0, at(&artifact, "$")), Some(Holds::Many));
    assert_eq!(sklearn::holds(&artifact, 0, at(&artifact, "$.estimators_")), None);
}

/// Files of scikit-learn 0.14 to 1.2, of Python 2.7 to 3.11, and joblib's with companions: every tree is read.
#[test]
fn trees_of_old_versions_are_read() {
    let files = [
        "legacy-py27/random_forest.pkl",
        "legacy-py27/gboost.pkl",
        "legacy-py27/sklearn_externals_forest.joblib",
        "legacy-py36/random_forest.pkl",
        "legacy-py36/gboost.pkl",
        "legacy-py36/sklearn_externals_forest.joblib",
        "legacy-py311/random_forest.pkl",
        "legacy-py311/gboost.pkl",
    ];
    for file in files {
        let artifact = open(&corpus(file));
        let (ensemble, _) = ensemble(&artifact, "$");
        assert!(ensemble.trees.count() > 1, "{file}");
        for i in 0..ensemble.trees.count() {
            let tree = ensemble.trees.tree(i).unwrap_or_else(|error| panic!("{file}, tree {i}: {error}"));
            // Trees of scikit-learn 0.20 do not say how deep they are.
            assert!(ensemble.trees.claimed(i).is_none_or(|size| size == tree.size()), "{file}, tree {i}");
        }
        let all = forest_importance(&ensemble, &Progress::new()).unwrap();
        let sum: f64 = all.iter().map(|one| one.part).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{file}: {sum}");
    }
}

#[test]
fn nodes_and_ways_are_put_into_words() {
    let artifact = open(&corpus("sklearn/random_forest_p5.pkl"));
    let (ensemble, _) = ensemble(&artifact, "$");
    let drawn = Drawn::new(&ensemble, 3, 0).unwrap();
    let lines = |id| words::lines(&ensemble, &drawn, id);
    assert_eq!(lines(0), ("feature 0".to_owned(), "≤ 5.45".to_owned()));
    assert_eq!(lines(18), ("class 2".to_owned(), "20".to_owned()));
    let rules: Vec<String> = words::rules(&ensemble, &drawn.tree, 18).into_iter().map(|(_, rule)| rule).collect();
    assert_eq!(rules, ["feature 0 > 5.45", "feature 0 > 6.25", "feature 3 > 1.65"]);
    assert_eq!(words::sentence(&ensemble, &drawn, 18), "Node 18, leaf, class 2, 20 rows");
    assert_eq!(words::sentence(&ensemble, &drawn, 0), "Node 0, feature 0 ≤ 5.45, 96 rows, mostly class 1");
    let facts = words::facts(&ensemble, &drawn, 12);
    let fact = |name: &str| facts.iter().find(|fact| fact.name == name).map(|fact| fact.value.as_str());
    assert_eq!((fact("Gini"), fact("Rows"), fact("Weight")), (Some("0.04649"), Some("24"), Some("42")));
    assert_eq!((fact("class 1"), fact("Goes left if")), (Some("97.6 %"), Some("≤ 2.25")));
}

fn small() -> Artifact {
    open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees/hist_bag_ada.pkl"))
}

/// `m._predictors[1][0].nodes` and `.raw_left_cat_bitsets`, printed by tests/trees/make.py.
#[test]
fn histogram_boosting_splits_on_categories_and_thresholds() {
    let artifact = small();
    let (ensemble, _) = ensemble(&artifact, r#"$["hist"]"#);
    assert_eq!((&*ensemble.kind, ensemble.trees.count()), ("HistGradientBoostingRegressor", 2));
    let tree = ensemble.trees.tree(1).unwrap();
    assert_eq!(tree.size(), Size { nodes: 7, leaves: 4, depth: 3 });
    let root = tree.node(0).unwrap();
    assert_eq!((root.children, root.gain, root.samples), (Some([1, 2]), Some(65.89884043996936), Some(60.0)));
    // 10 is 0b1010.
    assert_eq!((root.split, &*tree.categories[0]), (Split::In(0), &[1, 3][..]));
    assert_eq!(words::condition(&tree, root.split, Side::Right, false), "not in {1, 3}");
    let next = tree.node(4).unwrap();
    assert_eq!((next.feature, next.split), (Some(2), Split::AtMost(0.618)));
    assert_eq!(tree.values.output(6, 0), [-0.09516412466764451]);
}

/// `cat._predictors[0][0].nodes["feature_idx"][0]` is 0 and means `kind`, which `feature_names_in_` has second.
#[test]
fn categorical_features_of_histogram_boosting_keep_their_names() {
    let artifact = small();
    let (ensemble, _) = ensemble(&artifact, r#"$["cat"]"#);
    let tree = ensemble.trees.tree(0).unwrap();
    let root = tree.node(0).unwrap();
    assert_eq!((root.feature, words::feature(&ensemble, root.feature)), (Some(0), "kind".to_owned()));
    assert!(matches!(root.split, Split::In(_)));
}

#[test]
fn bagged_trees_name_the_features_of_the_ensemble() {
    let artifact = small();
    let (ensemble, _) = ensemble(&artifact, r#"$["bag"]"#);
    // Features [2, 1] of the first tree, which splits on its own 1 and 0.
    let tree = ensemble.trees.tree(0).unwrap();
    assert_eq!((tree.node(0).unwrap().feature, tree.node(1).unwrap().feature), (Some(1), Some(2)));
    let tree = ensemble.trees.tree(1).unwrap();
    assert_eq!((tree.node(0).unwrap().feature, tree.node(1).unwrap().feature), (Some(0), Some(2)));
}

#[test]
fn several_outputs_have_their_own_classes() {
    let artifact = small();
    let (ensemble, _) = ensemble(&artifact, r#"$["two"]"#);
    let tree = ensemble.trees.tree(0).unwrap();
    assert_eq!((tree.values.outputs, tree.values.each), (2, 6));
    assert_eq!(tree.values.output(0, 1).first(), Some(&0.21666666666666667));
    assert_eq!(tree.values.majority(0, 1).map(|(class, _)| class), Some(0));
    assert_eq!(ensemble.class(1, 5), "5.0");
    near(&parts(&self::ensemble(&artifact, r#"$["ada"]"#).0, 3), &[1.0, 0.0, 0.0]);
}

/// A link of a real file, changed: the tree says where, the others are there.
#[test]
fn a_link_out_of_range_breaks_one_tree_only() {
    let path = corpus("sklearn/random_forest_p5.pkl");
    let mut data = std::fs::read(&path).unwrap();
    // The root of estimators_[3]: left 1, right 8, feature 0, threshold.
    let mut root = Vec::new();
    for field in [1i64, 8, 0] {
        root.extend(field.to_le_bytes());
    }
    root.extend(5.450000047683716f64.to_le_bytes());
    let at = data.windows(root.len()).position(|window| window == root).unwrap();
    for (right, expected) in [
        (127i64, "tree: node 0 has the child 127, but there are 19 nodes"),
        (0, "tree: node 0 is reached twice, the second time from node 0"),
        (1, "tree: node 1 is reached twice, the second time from node 0"),
        (-1, "tree: node 0 has the child -1"),
        (1 << 40, "tree: node 0 has the child 1099511627776"),
    ] {
        data[at + 8..at + 16].copy_from_slice(&right.to_le_bytes());
        let artifact = formats::read(&path, Bytes::from_vec(data.clone()), &Limits::default(), &Progress::new());
        let (ensemble, _) = ensemble(&artifact, "$");
        assert_eq!(ensemble.trees.tree(3).unwrap_err().to_string(), expected);
        assert!((0..12).filter(|i| *i != 3).all(|i| ensemble.trees.tree(i).is_ok()));
    }
}

/// The lines that scikit-learn's export_text makes of a tree, made of ours.
fn export_text(ensemble: &Ensemble, tree: &DecisionTree, id: u32, depth: usize, lines: &mut Vec<String>) {
    let bars = "|   ".repeat(depth);
    let node = tree.node(id).unwrap();
    let Some([left, right]) = node.children else {
        let leaf = match tree.values.majority(id, 0) {
            Some((best, _)) => format!("class: {}", ensemble.class(0, best)),
            None => format!("value: [{:.12}]", tree.values.output(id, 0).first().unwrap()),
        };
        return lines.push(format!("{bars}|--- {leaf}"));
    };
    let Split::AtMost(limit) = node.split else { panic!("{node:?}") };
    let feature = ensemble.feature(node.feature.unwrap());
    lines.push(format!("{bars}|--- {feature} <= {limit:.12}"));
    export_text(ensemble, tree, left, depth + 1, lines);
    lines.push(format!("{bars}|--- {feature} >  {limit:.12}"));
    export_text(ensemble, tree, right, depth + 1, lines);
}

#[test]
fn every_node_of_every_kind_of_tree_is_what_scikit_learn_says() {
    // tests/trees/make_more.py
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees");
    let artifact = open(&folder.join("more.pkl.xz"));
    let said = std::fs::File::open(folder.join("more.json.gz")).unwrap();
    let said: serde_json::Value = serde_json::from_reader(flate2::read::GzDecoder::new(said)).unwrap();
    let numbers = |value: &serde_json::Value| -> Vec<f64> {
        let all = value.as_array().unwrap().iter().flat_map(|inner| inner.as_array().unwrap());
        all.map(|number| number.as_f64().unwrap()).collect()
    };
    let mut seen = 0;
    for (name, said) in said.as_object().unwrap() {
        let (ensemble, _) = ensemble(&artifact, &format!("$[{name:?}]"));
        let trees = said["trees"].as_array().unwrap();
        assert_eq!(ensemble.trees.count(), trees.len(), "{name}");
        assert_eq!(serde_json::json!(ensemble.features), said["features"], "{name}");
        if said["classes"] != serde_json::json!([[]]) {
            assert_eq!(serde_json::json!(ensemble.classes), said["classes"], "{name}");
        }
        for (i, rows) in trees.iter().enumerate() {
            let tree = ensemble.trees.tree(i).unwrap();
            assert_eq!(tree.ids() as usize, rows.as_array().unwrap().len(), "{name} {i}");
            for (id, row) in (0..tree.ids()).zip(rows.as_array().unwrap()) {
                let node = tree.node(id).unwrap();
                let at = format!("{name} {i} {id} {row} {node:?}");
                let [left, right] = node.children.map_or([-1; 2], |all| all.map(i64::from));
                assert_eq!((&serde_json::json!(left), &serde_json::json!(right)), (&row[0], &row[1]), "{at}");
                assert_eq!((node.samples, node.weight), (row[6].as_f64(), row[7].as_f64()), "{at}");
                assert_eq!(node.impurity, row[5].as_f64(), "{at}");
                if node.children.is_some() {
                    assert_eq!(node.feature.map(u64::from), row[2].as_u64(), "{at}");
                    let limit = row[3].as_f64().unwrap_or(f64::INFINITY);
                    assert_eq!(node.split, Split::AtMost(limit), "{at}");
                    assert_eq!(node.missing == Some(Side::Left), row[4] == 1, "{at}");
                }
                assert_eq!(tree.values.of(id), numbers(&row[8]), "{at}");
                seen += 1;
            }
            if let Some(text) = said["text"].as_array() {
                let mut lines = Vec::new();
                export_text(&ensemble, &tree, tree.root(), 0, &mut lines);
                assert_eq!(serde_json::json!(lines), serde_json::json!(text), "{name}");
            }
        }
    }
    assert!(seen > 350, "{seen}");
}
