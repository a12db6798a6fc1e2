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
    h.get_by_label_contains("A file with a flagged call").click();
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
    assert!(h.query_by_label("Drop to open").is_some());
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
    until(&mut h, "the search is done", |app| app.workspace.doc().is_some_and(|doc| doc.hits.is_some()));
    h.step();
    assert!(h.query_by_label_contains("$.coef_").is_some());
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
