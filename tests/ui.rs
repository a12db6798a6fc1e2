//! The window without a display, by the names that assistive tools read.
#![cfg(feature = "gui")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use picklescope::app::App;
use picklescope::app::workspace::{Overlay, State};

/// The row of `coef_` with what `model.coef_` prints in Python, to four digits.
const COEF: &str = "coef_ (3, 4) [[-0.4202, 0.9669, -2.519, -1.085], [0.5319, -0.3153, -0.2041, -0.9428], [-0.1116, -0.6517, 2.723, 2.027]] float64";

/// The same for `intercept_`.
const INTERCEPT: &str = "intercept_ (3,) [9.842, 2.225, -12.07] float64";

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("picklescope reads at positions and never asks for all bytes".to_owned())
    }
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples").join(name)
}

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/files").join(name)
}

fn window<'a>(paths: Vec<PathBuf>) -> Harness<'a, Option<App>> {
    let mut harness = Harness::builder().with_size([1440.0, 900.0]).build_ui_state(
        move |ui, app: &mut Option<App>| {
            let app = app.get_or_insert_with(|| App::new(ui.ctx(), paths.clone()));
            app.logic(&ui.ctx().clone());
            app.ui(ui);
        },
        None,
    );
    harness.step();
    // Jobs work beside the window.
    until(&mut harness, "every tab is read", |app| {
        !app.workspace.tabs.iter().any(|t| matches!(t.state, State::Opening(_)))
    });
    harness.step();
    harness.step();
    harness
}

fn until(harness: &mut Harness<'_, Option<App>>, what: &str, done: impl Fn(&App) -> bool) {
    let started = Instant::now();
    while !harness.state().as_ref().is_some_and(&done) {
        assert!(started.elapsed() < Duration::from_secs(20), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
        harness.step();
    }
}

fn app<'a>(harness: &'a Harness<'_, Option<App>>) -> &'a App {
    harness.state().as_ref().unwrap()
}

#[test]
fn the_empty_state_says_what_this_is_and_has_samples() {
    let h = window(Vec::new());
    assert!(h.query_by_label_contains("A model as the tutorial saves it").is_some());
    assert!(h.query_by_label_contains("It is read, never run").is_some());
    assert!(h.query_by_label("Nothing in a file is ever run").is_some());
}

#[test]
fn a_sample_opens_by_a_click() {
    let mut h = window(Vec::new());
    h.get_by_label_contains("A model with a hidden call").click();
    h.step();
    until(&mut h, "the sample is open", |app| app.workspace.doc().is_some());
    h.step();
    assert!(h.query_by_label("1 danger").is_some());
    assert!(h.query_all_by_label_contains("posix.system('echo").next().is_some());
}

#[test]
fn a_dropped_file_opens_and_hovering_says_what_will_happen() {
    let mut h = window(Vec::new());
    let hovered = egui::HoveredFile { path: Some(sample("logistic_model.joblib")), ..Default::default() };
    h.input_mut().hovered_files.push(hovered);
    h.step();
    h.step();
    assert!(h.query_by_label_contains("Drop to open").is_some());
    h.input_mut().hovered_files.clear();
    h.input_mut().dropped_files.push(Arc::new(Dropped(sample("logistic_model.joblib"))));
    h.step();
    h.input_mut().dropped_files.clear();
    until(&mut h, "the dropped file is open", |app| app.workspace.doc().is_some());
    h.step();
    assert!(
        h.query_by_label_contains("Only known calls: loading this builds a scikit-learn LogisticRegression").is_some()
    );
    assert!(h.query_by_role_and_label(egui::Role::TreeItem, INTERCEPT).is_some());
}

#[test]
fn selecting_an_array_shows_its_numbers_and_values() {
    let mut h = window(vec![sample("logistic_model.joblib")]);
    h.get_by_role_and_label(egui::Role::TreeItem, COEF).click();
    h.step();
    until(&mut h, "statistics are there", |app| app.workspace.doc().is_some_and(|doc| !doc.facts.is_empty()));
    h.step();
    let started = Instant::now();
    // The first value as Python prints it: model.coef_[0, 0]
    while h.query_by_label_contains("[0] -0.4").is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "the values do not come");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
    h.get_by_role_and_label(egui::Role::Tab, "Summary").click();
    h.step();
    h.step();
    assert!(h.query_by_label("Count 12").is_some());
}

#[test]
fn the_tree_opens_by_keys_and_the_breadcrumb_leads_back() {
    let mut h = window(vec![corpus("sklearn/gridsearch.joblib")]);
    let rows = app(&h).workspace.doc().unwrap().outline.rows().len();
    // Rows: root, Parameters, estimator (which must be given, so that it stands first).
    for _ in 0..2 {
        h.key_press(egui::Key::ArrowDown);
        h.step();
    }
    h.key_press(egui::Key::ArrowRight);
    h.step();
    assert!(app(&h).workspace.doc().unwrap().outline.rows().len() > rows);
    let selected = app(&h).workspace.doc().unwrap().selection.path.clone();
    assert_eq!(selected.as_deref(), Some("$.estimator"));
    h.get_by_label("Go to root").click();
    h.step();
    assert_eq!(app(&h).workspace.doc().unwrap().selection.path.as_deref(), Some("$"));
    h.key_press_modifiers(egui::Modifiers::ALT, egui::Key::ArrowLeft);
    h.step();
    until(&mut h, "history led back", |app| {
        app.workspace.doc().is_some_and(|doc| doc.selection.path.as_deref() == Some("$.estimator"))
    });
}

#[test]
fn the_filter_finds_by_key_and_says_how_many() {
    let mut h = window(vec![sample("logistic_model.pkl")]);
    h.get_by_label("Filter").focus();
    h.step();
    h.get_by_label("Filter").type_text("coef");
    h.step();
    searched(&mut h);
    // The match below what it is in, and nothing else.
    assert!(h.query_by_role_and_label(egui::Role::TreeItem, &format!("{COEF}, matches")).is_some());
    assert!(h.query_by_role_and_label(egui::Role::TreeItem, "root  LogisticRegression").is_some());
    assert!(h.query_by_role_and_label(egui::Role::TreeItem, INTERCEPT).is_none());
    // Of how many it is one stands beside it.
    let looked = app(&h).workspace.doc().unwrap().hits.as_ref().unwrap().1.looked;
    assert!(h.query_by_label_contains(&format!("1 of {looked}")).is_some());
    // A word that nothing has, and Esc.
    h.get_by_label("Filter").type_text("xyz");
    h.step();
    searched(&mut h);
    assert!(h.query_by_label_contains("Nothing matches \"coefxyz\"").is_some());
    h.key_press(egui::Key::Escape);
    h.step();
    h.step();
    assert!(h.query_by_role_and_label(egui::Role::TreeItem, INTERCEPT).is_some());
}

fn searched(h: &mut Harness<'_, Option<App>>) {
    until(h, "the search is done", |app| {
        app.workspace.doc().is_some_and(|doc| doc.searching.is_none() && doc.hits.is_some())
    });
    h.step();
    h.step();
}

#[test]
fn tokens_of_the_filter_narrow_by_shape_and_type() {
    let mut h = window(vec![sample("logistic_model.pkl")]);
    h.get_by_label("Filter").focus();
    h.step();
    h.get_by_label("Filter").type_text("shape:(_,4) dtype:f8");
    h.step();
    searched(&mut h);
    assert!(h.query_by_role_and_label(egui::Role::TreeItem, &format!("{COEF}, matches")).is_some());
    assert_eq!(app(&h).workspace.doc().unwrap().hits.as_ref().unwrap().1.total, 1);
}

#[test]
fn the_breadcrumb_is_text_that_a_path_is_pasted_into() {
    let mut h = window(vec![corpus("sklearn/gridsearch.joblib")]);
    h.get_by_label("Edit the path").click();
    h.step();
    h.step();
    h.get_by_label("Path").type_text("obj.nowhere");
    h.step();
    h.key_press(egui::Key::Enter);
    h.step();
    until(&mut h, "it is missed", |app| app.workspace.doc().is_some_and(|doc| doc.missing.is_some()));
    h.step();
    assert!(h.query_by_label_contains("Nothing is at obj.nowhere").is_some());
    h.step();
    h.get_by_label("Path").type_text("root.estimator");
    h.step();
    h.key_press(egui::Key::Enter);
    h.step();
    until(&mut h, "the path is shown", |app| {
        app.workspace.doc().is_some_and(|doc| doc.selection.path.as_deref() == Some("$.estimator"))
    });
    h.step();
    assert!(app(&h).workspace.doc().unwrap().path_edit.is_none());
    // What stands beside it, in a menu.
    h.get_by_label("What stands beside estimator").click();
    h.step();
    h.step();
    assert!(h.query_all_by_label_contains("param_grid").count() > 1, "in the tree and in the menu");
}

#[test]
fn selecting_an_object_frames_its_opcodes_and_bytes() {
    let mut h = window(vec![sample("logistic_model.pkl")]);
    h.get_by_role_and_label(egui::Role::TreeItem, COEF).click();
    h.step();
    until(&mut h, "its extent is known", |app| app.workspace.doc().is_some_and(|doc| doc.extent.is_some()));
    // pickletools.dis of the file: what lies between the key 'coef_' and the key 'intercept_'.
    let expected = coef_in_the_file();
    assert_eq!(app(&h).workspace.doc().unwrap().extent, Some(expected.clone()));
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::E);
    h.step();
    h.step();
    // The opcode that makes it is the call of numpy's _reconstruct.
    let started = Instant::now();
    while h.query_by_label_contains(" REDUCE, known").is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "the opcodes do not come");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
    assert!(app(&h).workspace.doc().unwrap().selection.offset.is_some_and(|at| expected.contains(&at)));
}

/// From behind the key `coef_` (and its MEMOIZE) to the key `intercept_`, found by the texts themselves.
fn coef_in_the_file() -> std::ops::Range<u64> {
    let data = std::fs::read(sample("logistic_model.pkl")).unwrap();
    let find = |text: &[u8]| data.windows(text.len()).position(|window| window == text).unwrap() as u64;
    find(b"\x8c\x05coef_\x94") + 8..find(b"\x8c\x0aintercept_\x94")
}

#[test]
fn arrays_are_sorted_by_a_click_and_get_their_statistics() {
    let mut h = window(vec![sample("logistic_model.joblib")]);
    h.get_by_role_and_label(egui::Role::Tab, "Arrays").click();
    h.step();
    h.step();
    until(&mut h, "statistics of all arrays", |app| {
        app.workspace.doc().is_some_and(|doc| doc.table.stats.len() == doc.artifact.arrays.len())
    });
    h.step();
    h.step();
    // Python: model.coef_.min() is -2.519..., .max() 2.723...
    assert!(h.query_by_label_contains("Min -2.519, Max 2.723").is_some());
    h.get_by_label("Sort by Size").click();
    h.step();
    until(&mut h, "it is sorted", |app| {
        let doc = app.workspace.doc().unwrap();
        doc.table.array(0).is_some_and(|first| &*doc.artifact.arrays[first].path == "$.coef_")
    });
    h.step();
    assert!(h.query_by_label("Sort by Size, largest first").is_some());
    // The keys of a list.
    h.key_press(egui::Key::Home);
    h.step();
    h.key_press(egui::Key::ArrowDown);
    h.step();
    let doc = app(&h).workspace.doc().unwrap();
    assert_eq!(doc.selection.array, doc.table.array(1));
}

#[test]
fn layers_of_a_file_are_chosen_in_the_byte_pane() {
    let mut h = window(vec![corpus("joblib/plain_pickle.pkl.gz")]);
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::E);
    h.step();
    h.step();
    h.get_by_label("Show the bytes of layer gzip").click();
    h.step();
    let started = Instant::now();
    // The magic of gzip.
    while h.query_by_label_contains("0000 1f8b08").is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "the bytes of the outer layer do not come");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
}

#[test]
fn recent_files_have_keys_and_missing_ones_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let there = dir.path().join("there.pkl");
    std::fs::write(&there, b"\x80\x04N.").unwrap();
    let recent = |path: &Path| serde_json::json!({"path": path, "size": 4, "opened": 1_700_000_000});
    let settings = serde_json::json!({"recents": [recent(&dir.path().join("gone.pkl")), recent(&there)]});
    let mut h = window(Vec::new());
    h.state_mut().as_mut().unwrap().restore(&settings.to_string());
    let ctx = h.ctx.clone();
    h.state_mut().as_mut().unwrap().workspace.look_for_recents(&ctx);
    until(&mut h, "recents were looked for", |app| app.workspace.looking.is_none());
    h.step();
    // 1,700,000,000 seconds after 1970, as Python's datetime says.
    assert!(h.query_by_label_contains("not found, 2023-11-14").is_some());
    assert!(h.query_by_label_contains("4 B, 2023-11-14").is_some());
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num2);
    h.step();
    until(&mut h, "the second one is open", |app| app.workspace.doc().is_some());
}

#[test]
fn a_pasted_path_opens() {
    let mut h = window(Vec::new());
    let path = sample("logistic_model.joblib");
    h.event(egui::Event::Paste(format!("\"{}\"\n", path.display())));
    h.step();
    until(&mut h, "the pasted file is open", |app| app.workspace.doc().is_some());
    // Text that is no path means nothing.
    h.event(egui::Event::Paste("import numpy as np".to_owned()));
    h.step();
    until(&mut h, "it was looked at", |app| app.workspace.arriving.is_empty());
    assert_eq!(app(&h).workspace.tabs.len(), 1);
}

#[test]
fn palette_keys_and_theme() {
    let mut h = window(Vec::new());
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::P);
    h.step();
    h.step();
    assert!(matches!(app(&h).workspace.overlay, Overlay::Palette(..)));
    assert!(h.query_by_label("Dark or light").is_some());
    h.key_press(egui::Key::Escape);
    h.step();
    assert_eq!(app(&h).workspace.overlay, Overlay::None);
    let before = h.ctx.theme();
    let name = if before == egui::Theme::Dark { "Light theme" } else { "Dark theme" };
    h.get_by_label(name).click();
    h.step();
    h.step();
    assert_ne!(h.ctx.theme(), before);
    h.key_press(egui::Key::F1);
    h.step();
    assert_eq!(app(&h).workspace.overlay, Overlay::Keys);
}

#[test]
fn bad_input_is_said_in_its_place_and_the_window_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("gone.pkl");
    let paths = vec![
        missing,
        dir.path().to_owned(),
        corpus("malformed/empty.pkl"),
        corpus("malformed/truncated_half.pkl"),
        corpus("malformed/not_a_pickle.txt"),
        corpus("malformed/billion_laughs.pkl"),
    ];
    let mut h = window(paths);
    let expected =
        ["no such file", "folder", "The file is empty", "The file ends early at", "not a format", "Only data"];
    let paths_that_break = [3];
    for (i, words) in expected.iter().enumerate() {
        h.state_mut().as_mut().unwrap().workspace.active = i;
        h.step();
        h.step();
        assert!(h.query_all_by_label_contains(words).next().is_some(), "tab {i} does not say {words:?}");
        let stopped = h.query_all_by_label_contains("Stopped here: ").next().is_some();
        assert_eq!(stopped, paths_that_break.contains(&i), "tab {i}");
    }
    // Two hundred clicks deep into 2^40 paths.
    let doc_rows = |h: &Harness<'_, Option<App>>| app(h).workspace.doc().unwrap().outline.rows().len();
    for _ in 0..40 {
        h.key_press(egui::Key::ArrowRight);
        h.step();
    }
    assert!(doc_rows(&h) < 200);
}

#[test]
fn evidence_shows_the_flagged_opcode_with_its_stack() {
    let mut h = window(vec![sample("flagged_call.pkl")]);
    let call =
        "Calls what is known to do more than build data: posix.system('echo picklescope sample: this would have run')";
    h.get_all_by_label_contains(call).next().unwrap().click();
    h.step();
    assert!(app(&h).workspace.evidence);
    let started = Instant::now();
    while h.query_by_label_contains("0041 REDUCE, danger").is_none() || h.query_by_label("0 posix.system").is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "the evidence does not come");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
}

#[test]
fn a_forest_is_pictures_and_a_tree_of_it_is_boxes_with_ways() {
    let mut h = window(vec![corpus("sklearn/random_forest_p5.pkl")]);
    h.get_by_label("Forest").click();
    h.step();
    wait_for(&mut h, "Tree [3], 19 nodes, 5 deep");
    // Sizes of `m.estimators_[..].tree_` in scikit-learn.
    assert!(h.query_by_label("Tree [7], 11 nodes, 5 deep").is_some());
    h.get_by_label("Sort by nodes").click();
    h.step();
    h.get_by_label("Tree [3], 19 nodes, 5 deep").click();
    h.step();
    wait_for(&mut h, "Node 0, feature 0 ≤ 5.45, 96 rows, mostly class 1");
    h.get_by_label("Node 18, leaf, class 2, 20 rows").click();
    h.step();
    h.step();
    assert!(h.query_by_label("feature 3 > 1.65, go to node 16").is_some());
    assert!(h.query_by_label("class 2 100.0 %").is_some());
    // Up to the parent by a key.
    h.key_press(egui::Key::ArrowUp);
    h.step();
    h.step();
    assert!(h.query_by_label_contains("Selected: Node 16, feature 3 ≤ 1.65, 28 rows").is_some());
    h.get_by_label("Next tree, Tree [4]").click();
    h.step();
    wait_for(&mut h, "Tree [4], of 12 · 13 nodes · 7 leaves · depth 5 · 95 training rows");
    h.get_by_label("Back to all trees").click();
    h.step();
    wait_for(&mut h, "Tree [3], 19 nodes, 5 deep");
}

fn wait_for(h: &mut Harness<'_, Option<App>>, label: &str) {
    let started = Instant::now();
    while h.query_by_label(label).is_none() {
        assert!(started.elapsed() < Duration::from_secs(20), "waited in vain for {label:?}");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
}

fn estimator(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/estimators").join(name)
}

#[test]
fn a_pipeline_is_drawn_and_its_boxes_select_in_the_tree() {
    let mut h = window(vec![estimator("pipeline.pkl")]);
    wait_for(&mut h, "Pipeline, fitted, 1 of 4 set");
    assert!(h.query_by_label("8 estimators, all fitted").is_some());
    let mlp = "mlp MLPClassifier, fitted, 3 of 23 set, max_iter=20, hidden_layer_sizes=(16, 8), random_state=0";
    for name in [
        "columns ColumnTransformer, fitted, 2 of 7 set, remainder='passthrough'",
        "num Pipeline, ['age', 'fare'], fitted, 1 of 4 set",
        "scale StandardScaler, fitted, 1 of 3 set, with_mean=False",
        "skip passthrough",
        mlp,
    ] {
        assert!(h.query_by_role_and_label(egui::Role::Button, name).is_some(), "no box {name:?}");
    }
    h.get_by_role_and_label(egui::Role::Button, mlp).click();
    h.step();
    h.step();
    let path = |h: &Harness<'_, Option<App>>| app(h).workspace.doc().unwrap().selection.path.clone();
    assert_eq!(path(&h).as_deref(), Some("$.steps[2][1]"));
    // The tree names the step; the diagram stays where it is.
    assert!(h.query_by_role_and_label(egui::Role::TreeItem, "mlp  MLPClassifier").is_some());
    assert!(h.query_by_role_and_label(egui::Role::Button, mlp).is_some());
    // A string is a step too, and its selection does not close the diagram.
    h.get_by_role_and_label(egui::Role::Button, "skip passthrough").click();
    h.step();
    h.step();
    assert_eq!(path(&h).as_deref(), Some("$.steps[1][1]"));
    h.get_by_label("Open mlp MLPClassifier").click();
    h.step();
    h.step();
    h.get_by_role_and_label(egui::Role::Row, "hidden_layer_sizes (16, 8) (default (100,))").click();
    h.step();
    h.step();
    assert_eq!(path(&h).as_deref(), Some("$.steps[2][1].hidden_layer_sizes"));
    h.get_by_label("Close columns ColumnTransformer").click();
    h.step();
    h.step();
    assert!(
        h.query_by_role_and_label(egui::Role::Button, "num Pipeline, ['age', 'fare'], fitted, 1 of 4 set").is_none()
    );
}

#[test]
fn the_card_of_an_estimator_leads_to_its_fields() {
    let mut h = window(vec![estimator("forest.pkl")]);
    wait_for(&mut h, "Library scikit-learn 1.9.1");
    // model.feature_names_in_ and model.classes_
    assert!(h.query_by_label("Features 2: age, fare").is_some());
    assert!(h.query_by_label("Classes 3: 0, 1, 2").is_some());
    assert!(h.query_by_role_and_label(egui::Role::Row, "max_depth 2 (default None)").is_some());
    h.get_by_role_and_label(egui::Role::Row, "Classes 3: 0, 1, 2").click();
    h.step();
    h.step();
    assert_eq!(app(&h).workspace.doc().unwrap().selection.path.as_deref(), Some("$.classes_"));
}

#[test]
fn defaults_are_folded_in_the_tree() {
    let mut h = window(vec![sample("logistic_model.pkl")]);
    let row =
        |h: &Harness<'_, Option<App>>, label: &str| h.query_by_role_and_label(egui::Role::TreeItem, label).is_some();
    // The tutorial's model is LogisticRegression(max_iter=200): one of the parameters of scikit-learn 1.9 is set.
    assert!(row(&h, "Parameters 1 of 14 set") && row(&h, "max_iter 200 int") && !row(&h, "C 1.0 float"));
    h.get_by_role_and_label(egui::Role::TreeItem, "13 defaults").click();
    h.step();
    h.step();
    assert!(row(&h, "C 1.0 float"));
}

#[test]
fn a_frame_is_a_table_with_its_index_and_a_cursor() {
    let mut h = window(vec![corpus("pandas/frame.pkl")]);
    let started = Instant::now();
    // Row 3 of the frame as pandas prints it, in front of it its label.
    while h.query_by_label("3: 3, 0.75, d, False, 3.0, 2.5").is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "the cells do not come");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
    appears(&mut h, "f float64");
    assert!(h.query_all_by_label_contains("5 rows × 6 columns").next().is_some());
    h.state_mut().as_mut().unwrap().workspace.pane = picklescope::app::workspace::Pane::Detail;
    for key in [egui::Key::ArrowDown, egui::Key::ArrowDown, egui::Key::End] {
        h.key_press(key);
        h.step();
    }
    h.step();
    until(&mut h, "the cell under the cursor has its text", |app| {
        app.workspace.doc().is_some_and(|doc| doc.at.grid.text.as_deref() == Some("x"))
    });
    let grid = &app(&h).workspace.doc().unwrap().at.grid;
    assert_eq!((grid.cursor, grid.text.as_deref()), (Some((1, 5)), Some("x")));
    h.input_mut().events.push(egui::Event::Copy);
    h.step();
    let copied = |command: &egui::OutputCommand| matches!(command, egui::OutputCommand::CopyText(text) if text == "x");
    assert!(h.output().platform_output.commands.iter().any(copied));
    // A name leads to the array that the column lies in.
    h.get_by_role_and_label(egui::Role::ColumnHeader, "f32 float32").click();
    h.step();
    until(&mut h, "the array is selected", |app| {
        app.workspace.doc().is_some_and(|doc| doc.selection.array.is_some() && doc.selection.path.is_some())
    });
}

fn python_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/files").join(name)
}

/// Steps until something with this name is there.
fn appears(h: &mut Harness<'_, Option<App>>, name: &str) {
    let started = Instant::now();
    while h.query_all_by_label_contains(name).next().is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "{name:?} does not come");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
}

#[test]
fn a_checkpoint_opens_as_groups_with_sums_and_says_what_is_tied() {
    // The numbers are those that tests/python/make_torch.py printed.
    let mut h = window(vec![python_file("tied.pt")]);
    appears(&mut h, "state dict, 14 tensors, 2,144 params, 8.7 kB");
    appears(&mut h, "optimizer state, step, exp_avg, exp_avg_sq for 11 parameters, lr 0.0003");
    h.get_by_role_and_label(egui::Role::TreeItem, "model 14 tensors, 2,144 params OrderedDict").click();
    h.step();
    appears(&mut h, "Parameters 2,144");
    appears(&mut h, "transformer.wte.weight = lm_head.weight");
    h.key_press(egui::Key::ArrowRight);
    h.step();
    h.step();
    let head = "lm_head.weight (60, 16) float32, tied to transformer.wte.weight";
    assert!(h.query_by_role_and_label(egui::Role::TreeItem, head).is_some());
    h.get_by_role_and_label(egui::Role::TreeItem, "transformer 14 tensors, 2,144 params").click();
    h.step();
    h.key_press(egui::Key::ArrowRight);
    h.step();
    h.step();
    // Layers are counted as people count, and each says its own sum.
    h.get_by_role_and_label(egui::Role::TreeItem, "h 8 tensors, 1,152 params").click();
    h.step();
    appears(&mut h, "Tensors 8");
    assert_eq!(app(&h).workspace.doc().unwrap().selection.path, None);
}

#[test]
fn state_dicts_can_be_flat_and_what_was_selected_stays_selected() {
    let mut h = window(vec![python_file("tied.pt")]);
    let ask = |h: &mut Harness<'_, Option<App>>, words: &str| {
        h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::P);
        h.step();
        h.step();
        h.get_by_label(words).click();
        h.step();
        h.step();
    };
    h.get_by_role_and_label(egui::Role::TreeItem, "model 14 tensors, 2,144 params OrderedDict").click();
    h.step();
    ask(&mut h, "State dicts as flat lists, or grouped");
    until(&mut h, "the selection is found again", |app| {
        app.workspace.doc().is_some_and(|doc| doc.locating.is_none() && doc.row > 0)
    });
    assert_eq!(app(&h).workspace.doc().unwrap().selection.path.as_deref(), Some("$[\"model\"]"));
    h.key_press(egui::Key::ArrowRight);
    h.step();
    h.step();
    appears(&mut h, "transformer.h.0.fc.weight (32, 16) float32");
}

#[test]
fn values_of_python_and_written_out_functions_read_as_what_they_are() {
    let mut h = window(vec![python_file("std_313_p4.pkl"), python_file("code_311_cloudpickle.pkl")]);
    let state = h.state_mut().as_mut().unwrap();
    state.workspace.active = 0;
    h.step();
    h.step();
    // A file that calls what it should not opens with its calls.
    h.get_by_role_and_label(egui::Role::Tab, "Objects").click();
    h.step();
    h.step();
    let row = "datetime datetime.datetime(2020, 1, 2, 3, 4) datetime";
    if h.query_by_role_and_label(egui::Role::TreeItem, row).is_none() {
        // More than a hundred entries stand in ranges; the first is the row under the root.
        h.key_press(egui::Key::Home);
        h.step();
        h.key_press(egui::Key::ArrowDown);
        h.step();
        h.key_press(egui::Key::ArrowRight);
        h.step();
        h.step();
    }
    assert!(h.query_by_role_and_label(egui::Role::TreeItem, row).is_some());
    assert!(h.query_by_role_and_label(egui::Role::TreeItem, "decimal Decimal('1.10') Decimal").is_some());
    h.state_mut().as_mut().unwrap().workspace.active = 1;
    h.step();
    h.get_by_role_and_label(egui::Role::Tab, "Objects").click();
    h.step();
    let root = "root clean(text, sep, *rest, limit, **more) function";
    appears(&mut h, root);
    h.get_by_role_and_label(egui::Role::TreeItem, root).click();
    h.step();
    appears(&mut h, "def clean(text, sep=' ', *rest, limit=10, **more)");
    appears(&mut h, "Written by Python 3.11");
    assert!(h.query_by_role_and_label(egui::Role::Tab, "Code").is_some());
}

/// A window whose keys and clicks settle: what is looked up beside it has arrived.
fn settle(h: &mut Harness<'_, Option<App>>) {
    h.step();
    until(h, "what was asked for is looked up", |app| {
        app.workspace
            .doc()
            .is_none_or(|doc| doc.locating.is_none() && doc.finding.is_none_or(|i| doc.told.get(i).is_some()))
    });
    h.step();
    h.step();
}

#[test]
fn a_finding_says_all_that_is_known_of_it_and_leads_to_opcode_and_rule() {
    // pickletools.dis: 65: R REDUCE, the whole file 68 bytes; the call is all that it holds.
    let mut h = window(vec![sample("flagged_call.pkl")]);
    settle(&mut h);
    assert_eq!(app(&h).workspace.doc().unwrap().finding, Some(0), "the worst finding is what is shown first");
    assert!(h.query_by_label("1 danger").is_some());
    assert!(h.query_by_role_and_label(egui::Role::Label, "Danger 1").is_some());
    let title = "Calls what is known to do more than build data: posix.system, danger";
    assert!(h.query_by_role_and_label(egui::Role::Heading, title).is_some());
    assert!(h.query_by_label("Would be called while loading").is_some());
    assert!(h.query_by_label_contains("REDUCE at 0x41").is_some());
    h.get_by_role_and_label(egui::Role::Button, "Show opcode").click();
    settle(&mut h);
    assert!(app(&h).workspace.evidence);
    appears(&mut h, "Where the findings are in the opcodes, 2 marked places");
    appears(&mut h, "Where the findings are in the bytes, 2 marked places");
    assert_eq!(app(&h).workspace.doc().unwrap().finding, Some(0), "the finding stays while its place is shown");
    h.get_by_role_and_label(egui::Role::Link, "What the rule known-danger means").click();
    h.step();
    h.step();
    assert_eq!(app(&h).workspace.overlay, Overlay::Rules("known-danger".to_owned()));
    settle(&mut h);
    let rules = h.query_all_by_role(egui::Role::ListItem).count();
    assert_eq!(rules, 1, "only the rule that was asked for");
}

#[test]
fn the_help_lists_every_rule_and_narrows() {
    let mut h = window(vec![sample("flagged_call.pkl")]);
    h.state_mut().as_mut().unwrap().workspace.overlay = Overlay::Rules(String::new());
    h.step();
    h.step();
    let all = picklescope::audit::RULES.len();
    assert_eq!(h.query_all_by_role(egui::Role::ListItem).count(), all);
    h.state_mut().as_mut().unwrap().workspace.overlay = Overlay::Rules("e-mail".to_owned());
    h.step();
    h.step();
    assert!(h.query_by_label_contains("gives-away-email, note: Gives away e-mail addresses").is_some());
    assert_eq!(h.query_all_by_role(egui::Role::ListItem).count(), 1);
}

#[test]
fn the_tree_shows_its_own_selection_and_no_finding() {
    let mut h = window(vec![sample("flagged_call.pkl")]);
    // What is dangerous comes first.
    until(&mut h, "the worst finding is shown", |app| {
        app.workspace.doc().is_some_and(|doc| doc.finding == Some(0) && doc.locating.is_none())
    });
    h.get_by_label_contains("Objects").click();
    h.step();
    h.step();
    let doc = app(&h).workspace.doc().unwrap();
    assert_eq!((doc.finding, doc.row), (None, 0));
    assert_eq!(doc.selection.path.as_deref(), Some("$"), "the row that is marked is what the detail shows");
    // A finding again, and a key that leads to the row that is selected already.
    h.get_by_label_contains("Calls").click();
    settle(&mut h);
    h.get_all_by_label_contains("Calls what is known to do more").next().unwrap().click();
    h.step();
    settle(&mut h);
    assert_eq!(app(&h).workspace.doc().unwrap().finding, Some(0));
}

#[test]
fn home_on_the_selected_root_brings_the_root_back() {
    let mut h = window(vec![sample("flagged_call.pkl")]);
    settle(&mut h);
    // A finding whose pane is left by a key of the tree: the row is the same, what is shown is not.
    h.state_mut().as_mut().unwrap().workspace.doc_mut().unwrap().index = picklescope::app::workspace::Index::Objects;
    h.step();
    assert_eq!(app(&h).workspace.doc().unwrap().finding, Some(0));
    h.key_press(egui::Key::Home);
    h.step();
    h.step();
    let doc = app(&h).workspace.doc().unwrap();
    assert_eq!((doc.finding, doc.selection.path.as_deref()), (None, Some("$")));
}

#[test]
fn what_is_larger_than_three_times_is_not_read_any_more() {
    let mut h = window(Vec::new());
    for (asked, got) in [(4.0, 3.0), (0.2, 0.5), (1.5, 1.5)] {
        h.ctx.set_zoom_factor(asked);
        h.step();
        h.step();
        assert_eq!(h.ctx.zoom_factor(), got);
    }
}

#[test]
fn a_clean_model_says_so_and_its_known_callables_open() {
    let mut h = window(vec![sample("logistic_model.joblib")]);
    h.get_by_role_and_label(egui::Role::Tab, "Calls").click();
    h.step();
    h.step();
    assert!(h.query_by_label("Only known calls").is_some());
    let known = app(&h).workspace.doc().unwrap().report.reaches.len();
    let fold = format!("{known} known callables");
    assert!(h.query_by_label_contains("LogisticRegression, known and harmless").is_none());
    h.get_by_role_and_label(egui::Role::Button, &fold).click();
    h.step();
    h.step();
    assert!(h.query_by_label_contains("LogisticRegression, known and harmless, called once").is_some());
    assert!(h.query_by_label_contains("Where the findings are").is_none(), "nothing to show, no strip");
}

#[test]
fn an_unknown_call_offers_the_lines_for_the_allow_file() {
    let mut h = window(vec![corpus("unsafe/unknown_module.pkl")]);
    h.get_by_role_and_label(egui::Role::Button, "1 unknown").click();
    h.step();
    h.step();
    h.get_by_label_contains("Calls something picklescope does not know: ").click();
    settle(&mut h);
    assert!(h.query_by_label_contains("[[allow]]").is_some());
    assert!(h.query_by_label("The name stands in the file; what it does is not known").is_some());
}

#[test]
fn the_load_is_readable_as_code_and_in_steps() {
    let mut h = window(vec![sample("flagged_call.pkl")]);
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::E);
    h.step();
    h.step();
    h.get_by_role_and_label(egui::Role::Tab, "Source").click();
    h.step();
    appears(&mut h, "0x41 _ = system('echo");
    assert!(h.query_by_label("What the opcodes do, written as code. It has not been run.").is_some());
    h.get_by_label_contains("0x41 _ = system('echo").click();
    h.step();
    until(&mut h, "the opcode of the line is selected", |app| {
        app.workspace.doc().is_some_and(|doc| doc.selection.offset == Some(0x41) && doc.op_row.is_some())
    });
    h.get_by_role_and_label(egui::Role::Tab, "Opcodes").click();
    h.step();
    h.step();
    let row = app(&h).workspace.doc().unwrap().op_row.unwrap();
    h.get_by_label("Next step").click();
    h.step();
    until(&mut h, "the next opcode is selected", |app| {
        app.workspace.doc().is_some_and(|doc| doc.op_row == Some(row + 1))
    });
    // pickletools.dis: POP stands behind the REDUCE.
    assert_eq!(app(&h).workspace.doc().unwrap().selection.offset, Some(0x42));
}

#[test]
fn code_of_torchscript_is_text_in_the_detail_pane() {
    let mut h = window(vec![corpus("torch/scripted.pt")]);
    h.get_by_role_and_label(egui::Role::Tab, "Objects").click();
    h.step();
    h.step();
    h.get_by_role_and_label(egui::Role::TreeItem, "scripted/code/__torch__.py  text").click();
    h.step();
    until(&mut h, "the text is read", |app| {
        app.workspace.doc().is_some_and(|doc| doc.texts.get(doc.selection.part).is_some())
    });
    h.step();
    // As `unzip -p` prints the member.
    assert!(h.query_by_label("Line 2   __parameters__ = [\"w1\", \"w2\", ]").is_some());
}

#[test]
fn the_metadata_of_safetensors_are_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.safetensors");
    let header = r#"{"__metadata__": {"format": "pt"}, "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#;
    let data = [(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), &[0; 4]].concat();
    std::fs::write(&path, data).unwrap();
    let mut h = window(vec![path]);
    h.get_by_role_and_label(egui::Role::TreeItem, "__metadata__  facts").click();
    h.step();
    h.step();
    assert!(h.query_by_label("format pt").is_some());
}

/// The entries of the menu of objects, in their order.
const OBJECT_MENU: [&str; 8] = [
    "Copy path as Python",
    "Copy value",
    "Copy as NumPy",
    "Show bytes",
    "Show opcodes",
    "Find references to this object",
    "Open everything below",
    "Export array…",
];

/// What was put on the clipboard with the last frame.
fn copied(h: &Harness<'_, Option<App>>) -> Option<String> {
    h.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

/// What comes on the clipboard when a job has made it.
fn copied_soon(h: &mut Harness<'_, Option<App>>) -> String {
    let started = Instant::now();
    loop {
        if let Some(text) = copied(h) {
            return text;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "nothing is copied");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
}

#[test]
fn every_object_has_the_same_menu() {
    let mut h = window(vec![sample("logistic_model.joblib")]);
    h.get_by_role_and_label(egui::Role::TreeItem, INTERCEPT).click_secondary();
    h.step();
    h.step();
    let mut last = 0.0;
    for entry in OBJECT_MENU {
        let at = h.get_by_label(entry).rect().top();
        assert!(at > last, "{entry} stands at {at}, below what follows it");
        last = at;
    }
    h.get_by_label("Copy as NumPy").click();
    h.step();
    let text = copied_soon(&mut h);
    // The values are those that model.intercept_.tolist() gives in Python.
    let expected = "np.array([9.841688983194262, 2.2245059615684, -12.066194944762128], dtype=np.float64)";
    assert_eq!(text, expected);
}

#[test]
fn the_value_of_an_array_is_copied_with_all_its_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("forty.npy");
    // numpy/lib/format.py: magic, version, length of the header, the header, the data.
    let header = format!("{:117}\n", "{'descr': '<i8', 'fortran_order': False, 'shape': (40,), }");
    let mut file = b"\x93NUMPY\x01\0\x76\0".to_vec();
    file.extend(header.bytes());
    file.extend((0..40i64).flat_map(i64::to_le_bytes));
    std::fs::write(&path, file).unwrap();
    let mut h = window(vec![path]);
    h.input_mut().events.push(egui::Event::Copy);
    h.step();
    let numbers: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    assert_eq!(copied_soon(&mut h), format!("np.array([{}], dtype=np.int64)", numbers.join(", ")));
}

#[test]
fn references_are_every_place_where_an_object_stands() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shared.pkl");
    // x = [1]; {'a': x, 'b': (x,), 'c': [2]}
    std::fs::write(&path, b"\x80\x04}(\x8c\x01a]\x94K\x01a\x8c\x01bh\x00\x85\x8c\x01c]K\x02au.").unwrap();
    let mut h = window(vec![path]);
    h.get_by_role_and_label(egui::Role::TreeItem, "a 1 item list").click_secondary();
    h.step();
    h.step();
    h.get_by_label("Find references to this object").click();
    h.step();
    searched(&mut h);
    let (_, hits) = app(&h).workspace.doc().unwrap().hits.clone().unwrap();
    assert_eq!(hits.total, 2);
    assert!(h.query_by_label_contains("[0] 1 item list, matches").is_some());
}

#[test]
fn a_recent_file_opens_where_one_was() {
    let path = sample("logistic_model.joblib");
    let mut h = window(vec![path.clone()]);
    h.get_by_role_and_label(egui::Role::TreeItem, COEF).click();
    h.step();
    let settings = app(&h).settings();
    let mut again = window(Vec::new());
    again.state_mut().as_mut().unwrap().restore(&settings);
    again.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Num1);
    again.step();
    until(&mut again, "it is selected", |app| {
        app.workspace.doc().is_some_and(|doc| doc.selection.path.as_deref() == Some("$.coef_"))
    });
}

#[test]
fn bytes_that_belong_to_no_object_are_listed_and_lead_to_their_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("junk.pkl");
    std::fs::write(&path, b"\x80\x02]K\x01a.junk").unwrap();
    let mut h = window(vec![path]);
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::E);
    h.step();
    h.step();
    h.get_by_label("Unowned").click();
    appears(&mut h, "0x0 2 bytes PROTO, the protocol of the pickle");
    assert!(h.query_by_label("7 of 11 bytes belong to no object").is_some());
    // A table measures its columns with its first frame.
    h.step();
    h.get_by_label("0x6 1 byte STOP, the end of the pickle").click();
    h.step();
    until(&mut h, "the opcode is selected", |app| {
        app.workspace.doc().is_some_and(|doc| doc.selection.offset == Some(6))
    });
}

/// An `.npy` file of version 1.0 with these values.
fn npy(values: &[f64]) -> Vec<u8> {
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({},), }}", values.len());
    header.push_str(&" ".repeat((64 - (10 + header.len() + 1) % 64) % 64));
    header.push('\n');
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    [b"\x93NUMPY\x01\x00".to_vec(), length.to_vec(), header.into_bytes(), data].concat()
}

#[test]
fn arrays_at_the_edge_of_what_floats_are_have_a_distribution() {
    let dir = tempfile::tempdir().unwrap();
    let edge: [(&str, Vec<f64>); 4] = [
        ("one.npy", vec![1e200; 100]),
        ("widest.npy", [vec![-1.7e308; 50], vec![1.7e308; 50]].concat()),
        ("narrow.npy", [vec![1e17; 50], vec![1e17 + 32.0; 50]].concat()),
        ("tiny.npy", [vec![5e-324; 50], vec![1.5e-323; 50]].concat()),
    ];
    for (name, values) in edge {
        let path = dir.path().join(name);
        std::fs::write(&path, npy(&values)).unwrap();
        let mut h = window(vec![path]);
        appears(&mut h, "Distribution from");
        assert!(h.query_by_label("Count 100").is_some(), "{name}");
    }
}

#[test]
fn an_array_that_is_the_whole_file_is_the_root_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("weights.npy");
    std::fs::write(&path, npy(&[1.0, 2.0, 3.0])).unwrap();
    let mut h = window(vec![path]);
    appears(&mut h, "root (3,)");
    assert!(h.query_by_label("Go to root").is_some());
    // One file has no tabs, and its name stands in the bar.
    assert!(h.query_by_label("weights.npy").is_some());
    // A byte belongs to the array, also where there are no opcodes.
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::E);
    h.step();
    appears(&mut h, "0000 934e554d5059");
    h.get_by_label_contains("0000 934e554d5059").click();
    h.step();
    until(&mut h, "the byte is chosen", |app| app.workspace.doc().unwrap().selection.offset.is_some());
    assert_eq!(app(&h).workspace.doc().unwrap().selection.array, Some(0));
}

/// Types into the sheet that goes to an offset or path.
fn go_to(h: &mut Harness<'_, Option<App>>, text: &str) {
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::G);
    h.step();
    h.step();
    h.get_by_label("Offset or path").type_text(text);
    h.step();
    h.key_press(egui::Key::Enter);
    h.step();
}

#[test]
fn an_offset_leads_to_its_opcode_or_says_that_the_file_ends_before() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("list.pkl");
    // [1]: PROTO at 0, EMPTY_LIST at 2, BININT1 at 3, APPEND at 5, STOP at 6
    std::fs::write(&path, b"\x80\x02]K\x01a.").unwrap();
    let mut h = window(vec![path]);
    go_to(&mut h, "0X3");
    until(&mut h, "the number is selected", |app| app.workspace.doc().unwrap().selection.offset == Some(3));
    appears(&mut h, "Go to [0]");
    go_to(&mut h, "5");
    appears(&mut h, "It makes no object");
    assert_eq!(app(&h).workspace.doc().unwrap().selection.offset, Some(5));
    go_to(&mut h, "7,000");
    appears(&mut h, "Nothing is at 0x1b58; the last byte is at 0x6");
    assert_eq!(app(&h).workspace.doc().unwrap().selection.offset, Some(5), "nothing else is selected");
}

#[test]
fn a_file_that_is_gone_says_so_and_what_was_open_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("model.joblib");
    std::fs::copy(sample("logistic_model.joblib"), &path).unwrap();
    let mut h = window(vec![path.clone()]);
    std::fs::remove_file(&path).unwrap();
    let ctx = h.ctx.clone();
    h.state_mut().as_mut().unwrap().workspace.doc_mut().unwrap().look_for_changes(&ctx);
    appears(&mut h, "The file is no longer on disk");
    assert!(h.query_by_label("Read again").is_none(), "there is nothing to read");
    h.get_by_role_and_label(egui::Role::TreeItem, COEF).click();
    h.step();
    until(&mut h, "statistics are there", |app| !app.workspace.doc().unwrap().facts.is_empty());
}

#[test]
fn a_file_that_was_rewritten_says_so_when_its_tab_comes_to_the_front() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("list.pkl");
    std::fs::write(&path, b"\x80\x02]K\x01a.").unwrap();
    let mut h = window(vec![sample("logistic_model.joblib"), path.clone()]);
    std::fs::write(&path, b"\x80\x02]K\x01aK\x02a.").unwrap();
    assert!(h.query_by_label("Read again").is_none());
    h.key_press_modifiers(egui::Modifiers::CTRL, egui::Key::Tab);
    appears(&mut h, "The file changed on disk after it was read");
    h.get_by_label("Read again").click();
    appears(&mut h, "2 items");
}

#[test]
fn opcodes_and_bytes_have_the_menu_of_the_object_they_make() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("list.pkl");
    std::fs::write(&path, b"\x80\x02]K\x01a.").unwrap();
    let mut h = window(vec![path]);
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::E);
    h.step();
    // The middle of the row of bytes is behind the last of them, STOP.
    let rows = [
        ("0003 BININT1 1", "Find references to this object"),
        ("0005 APPEND", "No object is made here"),
        ("0000 80025d4b01612e", "No object is made here"),
    ];
    for (row, entry) in rows {
        appears(&mut h, row);
        h.get_all_by_label_contains(row).next().unwrap().click_secondary();
        h.step();
        h.step();
        appears(&mut h, entry);
        h.key_press(egui::Key::Escape);
        h.step();
        h.step();
        assert!(h.query_by_label(entry).is_none());
    }
}

#[cfg(unix)]
#[test]
fn a_pasted_address_may_name_a_file_that_is_no_text() {
    use std::os::unix::ffi::OsStringExt as _;
    let dir = tempfile::tempdir().unwrap();
    let name = std::ffi::OsString::from_vec(b"na\xff\x1b me.pkl".to_vec());
    if std::fs::write(dir.path().join(&name), b"\x80\x02]K\x01a.").is_err() {
        println!("skipped: this file system takes no name that is not UTF-8");
        return;
    }
    let mut h = window(Vec::new());
    h.event(egui::Event::Paste(format!("file://{}/na%FF%1B%20me.pkl", dir.path().display())));
    h.step();
    until(&mut h, "the pasted file is open", |app| app.workspace.doc().is_some());
    // The bar escapes what is no text, and what would steer a terminal.
    appears(&mut h, "na\\xff\\x1b me.pkl");
}

#[test]
fn coming_back_to_the_filter_selects_what_was_typed() {
    let mut h = window(vec![sample("logistic_model.joblib")]);
    for words in ["coef", "intercept"] {
        h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::F);
        h.step();
        h.step();
        h.event(egui::Event::Text(words.to_owned()));
        h.step();
        assert_eq!(app(&h).workspace.doc().unwrap().filter, words);
    }
}
