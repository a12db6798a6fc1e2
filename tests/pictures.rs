//! Pictures of the window in both themes, at scale 1 and 2, against those that a person has looked at. They are drawn in
//! the processor: no display and no graphics card is needed, and every machine draws the same.
//!
//! After a change that is meant: `UPDATE_SNAPSHOTS=true cargo test --test pictures`, and look at what changed.
#![cfg(feature = "gui")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]
#![expect(clippy::cast_possible_truncation, reason = "pixels are small numbers")]
#![expect(clippy::iter_over_hash_type, reason = "textures come in any order")]

#[path = "support/raster.rs"]
mod raster;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::Theme;
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotOptions};
use picklescope::app::App;
use picklescope::app::workspace::State;
use raster::Raster;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn window<'a>(theme: Theme, scale: f32, paths: Vec<PathBuf>) -> Harness<'a, Option<App>> {
    let mut h = Harness::builder()
        .with_size([1200.0, 750.0])
        .with_pixels_per_point(scale)
        .renderer(Raster::default())
        .build_ui_state(
            move |ui, app: &mut Option<App>| {
                let app = app.get_or_insert_with(|| {
                    ui.ctx().set_theme(theme);
                    App::new(ui.ctx(), paths.clone())
                });
                app.logic(&ui.ctx().clone());
                app.ui(ui);
            },
            None,
        );
    let started = Instant::now();
    while h.state().as_ref().is_none_or(|app| app.workspace.tabs.iter().any(|t| matches!(t.state, State::Opening(_)))) {
        assert!(started.elapsed() < Duration::from_secs(20), "the file is not read");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
    h
}

/// Takes the picture once nothing changes any more: jobs work beside the window.
fn picture(h: &mut Harness<'_, Option<App>>, name: &str) {
    let started = Instant::now();
    // What the first screen asks for depends on the display, of which a picture must not.
    h.state_mut().as_mut().unwrap().can_drop = true;
    h.step();
    let mut before = h.output().shapes.clone();
    let mut same = 0;
    while same < 3 {
        assert!(started.elapsed() < Duration::from_secs(30), "{name} does not come to rest");
        std::thread::sleep(Duration::from_millis(40));
        h.step();
        let now = h.output().shapes.clone();
        same = if now == before { same + 1 } else { 0 };
        before = now;
    }
    let options = SnapshotOptions::default().output_path(file("tests/pictures"));
    egui_kittest::try_image_snapshot_options(&h.render().unwrap(), name, &options).unwrap();
}

fn click(h: &mut Harness<'_, Option<App>>, words: &str) {
    h.get_all_by_label_contains(words).next().unwrap().click();
    h.step();
}

#[test]
fn the_empty_window() {
    picture(&mut window(Theme::Light, 1.0, Vec::new()), "empty_light");
    picture(&mut window(Theme::Dark, 1.0, Vec::new()), "empty_dark");
}

#[test]
fn a_model() {
    let model = || vec![file("assets/samples/logistic_model.joblib")];
    picture(&mut window(Theme::Dark, 1.0, model()), "model_dark");
    picture(&mut window(Theme::Light, 2.0, model()), "model_light_twice");
}

#[test]
fn an_array_with_opcodes_and_bytes() {
    let mut h = window(Theme::Light, 1.0, vec![file("assets/samples/logistic_model.joblib")]);
    click(&mut h, "coef_ (3, 4)");
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::E);
    picture(&mut h, "array_light");
}

#[test]
fn a_flagged_file() {
    let mut h = window(Theme::Dark, 1.0, Vec::new());
    click(&mut h, "A model with a hidden call");
    picture(&mut h, "flagged_dark");
}
