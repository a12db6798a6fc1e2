//! The window without a display, for tests that look at it by the names that assistive tools read.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use picklescope::app::App;

/// The window with files that are being opened.
pub fn window<'a>(paths: Vec<PathBuf>) -> Harness<'a, Option<App>> {
    Harness::builder().with_size([1440.0, 900.0]).build_ui_state(
        move |ui, app: &mut Option<App>| {
            let app = app.get_or_insert_with(|| App::new(ui.ctx(), paths.clone()));
            app.logic(&ui.ctx().clone());
            app.ui(ui);
        },
        None,
    )
}

/// Waits until something whose name has these words is there, or until nothing is.
pub fn until(h: &mut Harness<'_, Option<App>>, words: &str, there: bool) {
    let started = Instant::now();
    while h.query_all_by_label_contains(words).next().is_some() != there {
        assert!(started.elapsed() < Duration::from_secs(20), "waited in vain for {words:?}");
        std::thread::sleep(Duration::from_millis(5));
        h.step();
    }
}
