//! Estimators against what scikit-learn, XGBoost and LightGBM say of them themselves: `tests/estimators/make.py` wrote
//! both the files and `expected.json`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

use picklescope::bytes::{Bytes, Limits, Progress};
use picklescope::formats::estimator::{Estimator, Standing};
use picklescope::formats::structure::{Fitted, Form, MOST_BLOCKS, Structure, fitted};
use picklescope::formats::{self, Artifact};
use picklescope::view::diagram::diagram;
use picklescope::view::estimator::{Line, card};
use picklescope::view::outline::Outline;
use picklescope::view::paths;
use serde_json::Value as Json;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estimators")
}

fn open(name: &str) -> Artifact {
    formats::open(&folder().join(format!("{name}.pkl")), &Limits::default(), &Progress::new()).unwrap()
}

fn expected() -> serde_json::Map<String, Json> {
    let text = std::fs::read_to_string(folder().join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn names(value: &Json) -> Vec<String> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn parameters_are_those_of_get_params_and_set_are_those_the_library_prints() {
    let mut looked = 0;
    for (file, entry) in &expected() {
        let artifact = open(file);
        for (path, want) in entry["estimators"].as_object().unwrap() {
            let place = paths::resolve(&artifact, path).unwrap();
            let pickled = artifact.pickled(place.part).unwrap();
            let estimator = Estimator::of(pickled, place.node).unwrap_or_else(|| panic!("{file} {path}"));
            assert_eq!(estimator.name(), want["class"].as_str().unwrap(), "{file} {path}");
            let all: Vec<_> = estimator.attributes().filter(|a| a.standing.is_parameter()).collect();
            let sorted = |wanted: &dyn Fn(Standing) -> bool| {
                let mut found: Vec<String> =
                    all.iter().filter(|a| wanted(a.standing)).map(|a| a.name.to_owned()).collect();
                found.sort();
                found
            };
            assert_eq!(sorted(&|_| true), names(&want["parameters"]), "{file} {path}");
            assert_eq!(sorted(&|s| !s.is_default()), names(&want["changed"]), "{file} {path}");
            // What LightGBM takes by keyword has no default that could be known.
            let by_keyword: &[&str] = if file == "lightgbm" { &["verbose"] } else { &[] };
            assert_eq!(sorted(&|s| s == Standing::Unknown), by_keyword, "{file} {path}");
            let is_fitted = fitted(pickled, place.node) == Some(Fitted::Yes);
            // Pipelines and unions have no attribute of their own: the diagram's test looks at them.
            if !matches!(estimator.name(), "Pipeline" | "FeatureUnion" | "FunctionTransformer") {
                assert_eq!(is_fitted, want["fitted"].as_bool().unwrap(), "{file} {path}");
            }
            looked += all.len();
        }
    }
    assert!(looked > 500, "only {looked} parameters");
}

/// The part of a structure as scikit-learn writes its own: kind, then name, class and inside of each.
fn block_text(artifact: &Artifact, structure: &Structure, at: usize) -> String {
    let block = &structure.blocks[at];
    let inner: Vec<String> = block
        .children
        .iter()
        .map(|child| {
            let part = &structure.blocks[*child];
            let pickled = artifact.pickled(0).unwrap();
            let class = part.node.map_or("group".to_owned(), |node| match Estimator::of(pickled, node) {
                Some(estimator) => estimator.name().to_owned(),
                // A step of a pipeline may be None, which is what "passthrough" is.
                None => pickled.decoded.graph.str(node).unwrap_or("NoneType").to_owned(),
            });
            let below = if part.form == Form::Leaf { String::new() } else { block_text(artifact, structure, *child) };
            format!("{} {class}{below}", part.name).trim().to_owned()
        })
        .collect();
    let form = if block.form == Form::Serial || block.children.len() == 1 { "serial" } else { "parallel" };
    format!("<{form}: {}>", inner.join(", "))
}

fn expected_text(block: &Json) -> String {
    let parts = block[1].as_array().unwrap();
    let inner: Vec<String> = parts
        .iter()
        .map(|part| {
            let (label, class, below) = (part[0].as_str().unwrap(), part[1].as_str().unwrap(), &part[2]);
            // "scaler: StandardScaler" in pipelines, bare names in branches.
            let name = label.strip_suffix(&format!(": {class}")).unwrap_or(label);
            // A step that is None, and a wrapper whose only part has no name.
            let name = name.strip_suffix(": passthrough").unwrap_or(if name == class && !class.is_empty() {
                "estimator"
            } else {
                name
            });
            let group = class.is_empty();
            // scikit-learn puts the last estimator of a stack into a row of its own.
            let one = &below[1][0];
            if group && one[0] == "final_estimator" {
                return format!("{}_ {}", one[0].as_str().unwrap(), one[1].as_str().unwrap());
            }
            let class = if group { "group" } else { class };
            let below = if below.is_null() { String::new() } else { expected_text(below) };
            format!("{name} {class}{below}").trim().to_owned()
        })
        .collect();
    let form = if block[0] == "serial" || parts.len() == 1 { "serial" } else { "parallel" };
    format!("<{form}: {}>", inner.join(", "))
}

#[test]
fn structures_are_those_of_scikit_learns_own_diagram() {
    let expected = expected();
    // Where ours shows more than scikit-learn's: the transformer of a target, and what an ensemble was given as None.
    for file in ["pipeline", "unfitted", "search", "voting", "stacking", "bagging", "calibrated", "onevsrest"] {
        let artifact = open(file);
        let pickled = artifact.pickled(0).unwrap();
        let structure = Structure::of(pickled, pickled.root().unwrap()).unwrap_or_else(|| panic!("{file}"));
        assert_eq!(block_text(&artifact, &structure, 0), expected_text(&expected[file]["diagram"]), "{file}");
        let root = structure.blocks[0].fitted == Some(Fitted::Yes);
        assert_eq!(root, expected[file]["estimators"]["$"]["fitted"].as_bool().unwrap(), "{file}");
    }
    for (file, text) in [
        ("target", "<parallel: regressor_ LinearRegression, transformer_ StandardScaler>"),
        ("adaboost", "<serial: estimator DecisionTreeClassifier>"),
    ] {
        let artifact = open(file);
        let pickled = artifact.pickled(0).unwrap();
        let structure = Structure::of(pickled, pickled.root().unwrap()).unwrap();
        assert_eq!(block_text(&artifact, &structure, 0), text);
    }
    for file in ["forest", "xgboost", "lightgbm"] {
        let artifact = open(file);
        let pickled = artifact.pickled(0).unwrap();
        assert!(Structure::of(pickled, pickled.root().unwrap()).is_none(), "{file}");
    }
}

/// A structure without that in which ours is known to say more than scikit-learn's, or less.
fn alike(text: &str, unfitted: bool) -> String {
    // Where scikit-learn draws what was given, ours are the fitted copies: `regressor_`, the best of a search.
    let mut text =
        text.replace("_ ", " ").replace("best_estimator ", "estimator ").replace("s MinMaxScaler", "s passthrough");
    // More: which columns are dropped, what is done to the target, the default that a fitted copy shows.
    let target = regex::Regex::new(", transformer [A-Za-z]+>").unwrap();
    text = text.replace(", remainder drop", "").replace("<parallel: regressor ", "<serial: regressor ");
    text = target.replace_all(&text, ">").into_owned();
    text = text.replace("estimator RANSACRegressor<serial: estimator LinearRegression>>", "estimator RANSACRegressor>");
    // Less: scikit-learn makes the default that a stack will use; no such object is in the file.
    if unfitted { text.replace(", final_estimator RidgeCV", "") } else { text }
}

#[test]
fn composites_in_composites_are_drawn_as_scikit_learn_draws_them() {
    // tests/estimators/make_zoo.py: each composite around each other one, fitted and not.
    let folder = folder();
    let artifact = formats::open(&folder.join("zoo.pkl.xz"), &Limits::default(), &Progress::new()).unwrap();
    let expected = std::fs::File::open(folder.join("zoo.json.gz")).unwrap();
    let expected: Json = serde_json::from_reader(flate2::read::GzDecoder::new(expected)).unwrap();
    let pickled = artifact.pickled(0).unwrap();
    let (mut same, mut wrong) = (0, Vec::new());
    for (name, want) in expected.as_object().unwrap() {
        let place = paths::resolve(&artifact, &format!("$[{name:?}]")).unwrap();
        let structure = Structure::of(pickled, place.node);
        let unfitted = name.ends_with("unfitted");
        let ours = structure.as_ref().map_or_else(String::new, |s| alike(&block_text(&artifact, s, 0), unfitted));
        let theirs =
            if want["diagram"].is_null() { String::new() } else { alike(&expected_text(&want["diagram"]), unfitted) };
        // What learns nothing is fitted to check_is_fitted.
        let fitted = structure.as_ref().and_then(|s| s.blocks[0].fitted);
        let fits = fitted.is_none_or(|fitted| want["fitted"] == matches!(fitted, Fitted::Yes | Fitted::Stateless));
        let known = match name.split_once(", ").unwrap() {
            // Ours shows the default that the fitted copies are, scikit-learn nothing.
            ("ada_none" | "bag_none", "fitted") => ours == "<serial: estimator DecisionTreeClassifier>",
            ("calibrated_none", "fitted") => ours == "<serial: estimator LinearSVC>",
            // Of these scikit-learn draws defaults that are not in the file, or a pipeline that does nothing.
            ("target_none" | "stack_none", "unfitted") | ("pipeline_of_nothing", _) => ours.len() < theirs.len(),
            // To scikit-learn a frozen estimator looks as what is frozen.
            ("frozen", _) => theirs == ours.replace("estimator Pipeline<serial: ", "").replace(">>", ">"),
            _ => false,
        };
        if (ours == theirs || known) && fits {
            same += 1;
        } else {
            wrong.push(format!("{name}, {fitted:?} instead of {}:\n  {ours}\n  {theirs}", want["fitted"]));
        }
    }
    assert!(wrong.is_empty(), "beside {same} that agree, {}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(same > 900);
}

#[test]
fn every_box_leads_to_a_row_of_the_tree() {
    for file in ["pipeline", "search", "voting", "stacking", "bagging", "calibrated", "onevsrest", "target"] {
        let artifact = open(file);
        let root = artifact.pickled(0).unwrap().root().unwrap();
        let diagram = diagram(&artifact, 0, root, &Progress::new()).unwrap().unwrap();
        let mut outline = Outline::new(&artifact);
        for block in diagram.blocks.iter().filter(|block| block.node.is_some()) {
            let at = outline.reveal_below(&artifact, 0, 0, &block.way).unwrap_or_else(|| panic!("{file} {block:?}"));
            let path = outline.path(&artifact, at).unwrap();
            let place = paths::resolve(&artifact, &path).unwrap();
            // A branch for some columns is shown as the tuple that says so.
            let graph = &artifact.pickled(0).unwrap().decoded.graph;
            let held = graph.items(place.node).and_then(|items| items.get(1)).copied();
            assert!(block.node == Some(place.node) || block.node == held, "{file} {path}");
        }
    }
}

#[test]
fn the_card_says_what_the_model_was_fitted_on() {
    // model.feature_names_in_, n_features_in_, classes_ of the forest; C of the SVC.
    let artifact = open("forest");
    let root = artifact.pickled(0).unwrap().root().unwrap();
    let forest = card(&artifact, 0, root, &Progress::new()).unwrap().unwrap();
    assert_eq!((forest.library.as_str(), forest.fitted), ("scikit-learn 1.9.1", Fitted::Yes));
    let fact = |label: &str| {
        forest.lines.iter().find_map(|line| match line {
            Line::Fact(l, value, _) if *l == label => Some(value.clone()),
            _ => None,
        })
    };
    assert_eq!(fact("Features").unwrap(), "2: age, fare");
    assert_eq!(fact("Classes").unwrap(), "3: 0, 1, 2");
    assert!(forest.lines.contains(&Line::Heading("Parameters", "3 of 19 set".to_owned())));
    assert!(forest.lines.contains(&Line::Name(1, "fare".to_owned())));
    let artifact = open("unfitted");
    let place = paths::resolve(&artifact, "$.steps[1][1]").unwrap();
    let svc = card(&artifact, 0, place.node, &Progress::new()).unwrap().unwrap();
    assert_eq!(svc.fitted, Fitted::No);
    let sentences: Vec<String> = svc
        .lines
        .iter()
        .filter_map(|line| if let Line::Parameter(parameter) = line { Some(parameter.sentence()) } else { None })
        .collect();
    assert_eq!(sentences[0], "C 0.5 (default 1.0)");
    assert!(sentences.contains(&"kernel 'rbf' (its default)".to_owned()), "{sentences:?}");
}

#[test]
fn a_wrapper_of_another_library_is_an_estimator_with_the_version_of_the_model_in_it() {
    // The model of XGBoost says which version wrote it (the generator's xgboost.__version__), that of LightGBM does not.
    for (file, library) in [("xgboost", "XGBoost 3.2.0"), ("lightgbm", "LightGBM, version not stated")] {
        let artifact = open(file);
        let root = artifact.pickled(0).unwrap().root().unwrap();
        let card = card(&artifact, 0, root, &Progress::new()).unwrap().unwrap();
        assert_eq!((card.library.as_str(), card.fitted), (library, Fitted::Yes));
        // A classifier, and a regressor; LightGBM writes a number of classes all the same, -1.
        let classes = |line: &Line| matches!(line, Line::Fact("Classes", ..));
        assert_eq!(card.lines.iter().any(classes), file == "xgboost");
    }
}

#[test]
fn files_of_old_libraries_and_protocols_are_read_the_same_way() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files");
    for (file, class, set) in [
        // Protocol 0 writes copyreg._reconstructor. make_corpus.py fits LogisticRegression(max_iter=200).
        ("sklearn/logreg_p0.pkl", "LogisticRegression", vec!["max_iter"]),
        ("sklearn/logreg_p5.pkl", "LogisticRegression", vec!["max_iter"]),
    ] {
        let artifact = formats::open(&corpus.join(file), &Limits::default(), &Progress::new()).unwrap();
        let pickled = artifact.pickled(0).unwrap();
        let estimator = Estimator::of(pickled, pickled.root().unwrap()).unwrap();
        let found: Vec<&str> =
            estimator.attributes().filter(|a| matches!(a.standing, Standing::Set(_))).map(|a| a.name).collect();
        assert_eq!((estimator.name(), found), (class, set), "{file}");
    }
    // scikit-learn 0.17 wrote no version: what did not stay the same in the versions it may be is not claimed.
    // make_legacy.py fits LogisticRegression() and SVC(probability=True).
    for (file, known, unknown) in [
        ("legacy-py27/logreg.pkl", "penalty", "n_jobs"),
        ("legacy-py36/logreg.pkl", "penalty", ""),
        ("legacy-py311/logreg.pkl", "penalty", ""),
    ] {
        let artifact = formats::open(&corpus.join(file), &Limits::default(), &Progress::new()).unwrap();
        let pickled = artifact.pickled(0).unwrap();
        let estimator = Estimator::of(pickled, pickled.root().unwrap()).unwrap();
        assert_eq!(estimator.attribute(known).unwrap().standing, Standing::Default("'l2'"), "{file}");
        for attribute in estimator.attributes().filter(|a| a.standing.is_parameter()) {
            let standing = attribute.standing;
            assert!(!matches!(standing, Standing::Set(_)), "{file}: {attribute:?} was not set");
            if unknown.is_empty() {
                assert!(standing.is_default(), "{file}: {attribute:?}");
            }
        }
        if let Some(attribute) = estimator.attribute(unknown) {
            assert_eq!(attribute.standing, Standing::Unknown, "{file}");
        }
    }
}

#[test]
fn what_holds_itself_and_what_has_endless_ways_ends() {
    for (file, most) in [("ring", 3), ("fan", MOST_BLOCKS)] {
        let artifact = open(file);
        let root = artifact.pickled(0).unwrap().root().unwrap();
        let diagram = diagram(&artifact, 0, root, &Progress::new()).unwrap().unwrap();
        assert!(diagram.cut && diagram.blocks.len() <= most, "{file}: {} boxes", diagram.blocks.len());
        let mut outline = Outline::new(&artifact);
        for block in diagram.blocks.iter().take(200) {
            outline.reveal_below(&artifact, 0, 0, &block.way);
        }
        assert!(outline.rows().len() < 10_000);
    }
}

#[test]
fn a_file_that_breaks_off_does_not_say_that_nothing_was_fitted() {
    let whole = std::fs::read(folder().join("pipeline.pkl")).unwrap();
    let mut cut_off = 0;
    for len in (0..whole.len()).step_by(whole.len() / 40) {
        let bytes = Bytes::from_vec(whole[..len].to_vec());
        let artifact = formats::read(Path::new("cut.pkl"), bytes, &Limits::default(), &Progress::new());
        let Some(pickled) = artifact.pickled(0) else { continue };
        for node in pickled.decoded.graph.ids() {
            let said = fitted(pickled, node);
            assert_ne!(said, Some(Fitted::No), "{len}");
            cut_off += u32::from(said == Some(Fitted::Unread));
        }
    }
    assert!(cut_off > 0);
}
