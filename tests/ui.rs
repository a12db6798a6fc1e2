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
    assert!(h.query_by_label_contains("posix.system('echo").is_some());
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
    assert!(
        h.query_by_role_and_label(egui::Role::TreeItem, "intercept_ (3,) [9.842, 2.225, -12.07] float64").is_some()
    );
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
    // Rows: root, Parameters, scoring, estimator.
    for _ in 0..3 {
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
    assert!(h.query_all_by_label_contains("intercept_").next().is_none());
    // pickletools.genops: coef_ is one of the file's objects; the words say of how many.
    assert!(h.query_by_label_contains("1 of ").is_some());
    // A word that nothing has, and Esc.
    h.get_by_label("Filter").type_text("xyz");
    h.step();
    searched(&mut h);
    assert!(h.query_by_label_contains("Nothing matches \"coefxyz\"").is_some());
    h.key_press(egui::Key::Escape);
    h.step();
    h.step();
    assert!(h.query_all_by_label_contains("intercept_").next().is_some());
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
        ["no such file", "folder", "The file is empty", "The file is damaged at", "not a format", "Only data"];
    for (i, words) in expected.iter().enumerate() {
        h.state_mut().as_mut().unwrap().workspace.active = i;
        h.step();
        h.step();
        assert!(h.query_all_by_label_contains(words).next().is_some(), "tab {i} does not say {words:?}");
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
    h.get_by_label_contains("posix.system('echo picklescope sample: this would have run'), Can").click();
    h.step();
    assert!(app(&h).workspace.evidence);
    let started = Instant::now();
    while h.query_by_label_contains("0041 REDUCE, danger").is_none() || h.query_by_label("0 posix.system").is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "the evidence does not come");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
}
