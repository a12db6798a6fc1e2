//! What a person sets in the window, and that it is remembered. In a process of its own: the digits hold for all of it.
#![cfg(feature = "gui")]

#[path = "support/window.rs"]
mod window;

use std::path::Path;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use picklescope::app::App;
use picklescope::app::workspace::State;

fn appears(h: &mut Harness<'_, Option<App>>, name: &str) {
    window::until(h, name, true);
}

fn choose(h: &mut Harness<'_, Option<App>>, words: &str) {
    appears(h, "Settings");
    h.get_by_label("Settings").click();
    h.step();
    appears(h, words);
    h.get_by_label(words).click();
    h.step();
    h.step();
}

#[test]
fn digits_and_theme_are_chosen_behind_the_gear_and_remembered() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/logistic_model.joblib");
    let mut h = window::window(vec![path]);
    // What `model.intercept_` is in Python: [9.841688983194262, 2.2245059615684, -12.066194944762128], to four digits.
    appears(&mut h, "intercept_ (3,) [9.842, 2.225, -12.07] float64");
    choose(&mut h, "8 significant digits");
    appears(&mut h, "intercept_ (3,) [9.841689, 2.224506, -12.066195] float64");
    choose(&mut h, "All digits");
    appears(&mut h, "intercept_ (3,) [9.841688983194262, 2.2245059615684, -12.066194944762128] float64");
    choose(&mut h, "3 significant digits");
    appears(&mut h, "intercept_ (3,) [9.84, 2.22, -12.1] float64");
    // The numbers of an array and its values follow.
    h.get_all_by_label_contains("intercept_ (3,)").next().unwrap().click();
    h.step();
    appears(&mut h, "Summary");
    h.get_by_label("Summary").click();
    h.step();
    appears(&mut h, "Min -12.1");
    let settings = h.state().as_ref().unwrap().settings();
    choose(&mut h, "4 significant digits");
    appears(&mut h, "Min -12.07");
    h.state_mut().as_mut().unwrap().restore(&settings);
    h.step();
    appears(&mut h, "Min -12.1");
    // What no one can choose changes nothing.
    h.state_mut().as_mut().unwrap().restore("{\"digits\": 200}");
    h.step();
    appears(&mut h, "Min -12.1");

    // The next file is opened with as much memory as was chosen, now and after the next start.
    choose(&mut h, "4 GiB, then a temporary file");
    let app = h.state_mut().as_mut().unwrap();
    assert_eq!(app.workspace.limits.memory_bytes, 4 << 30);
    let settings = app.settings();
    app.workspace.keep_in_memory(256);
    app.restore(&settings);
    assert_eq!(app.workspace.limits.memory_bytes, 4 << 30);

    choose(&mut h, "Light theme");
    assert_eq!(h.ctx.theme(), egui::Theme::Light);
    choose(&mut h, "Dark theme");
    assert_eq!(h.ctx.theme(), egui::Theme::Dark);
    choose(&mut h, "Theme of the system");
    assert_eq!(h.ctx.options(|options| options.theme_preference), egui::ThemePreference::System);
    assert!(h.state().as_ref().unwrap().workspace.tabs.iter().all(|tab| matches!(tab.state, State::Open(_))));
}

fn opened(name: &str, settings: Option<String>) -> Harness<'static, Option<App>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let mut h = Harness::builder().with_size([1440.0, 900.0]).build_ui_state(
        move |ui, app: &mut Option<App>| {
            let app = app.get_or_insert_with(|| {
                let mut app = App::new(ui.ctx(), vec![path.clone()]);
                settings.iter().for_each(|settings| app.restore(settings));
                app
            });
            app.logic(&ui.ctx().clone());
            app.ui(ui);
        },
        None,
    );
    appears(&mut h, "root");
    h
}

#[test]
fn linked_panes_and_the_layout_of_state_dicts_are_kept() {
    let mut h = opened("assets/samples/logistic_model.joblib", None);
    h.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::E);
    h.step();
    appears(&mut h, "Bytes follow the selection");
    h.get_by_label("Bytes follow the selection").click();
    h.step();
    for words in ["State dicts as flat lists, or grouped", "State dicts in file order, or natural order"] {
        h.get_by_label("View").click();
        h.step();
        appears(&mut h, words);
        h.get_all_by_label_contains(words).next().unwrap().click();
        h.step();
        h.step();
    }
    let settings = h.state().as_ref().unwrap().settings();
    let mut h = opened("assets/samples/logistic_model.joblib", Some(settings));
    appears(&mut h, "Only known calls");
    let doc = h.state().as_ref().unwrap().workspace.doc().unwrap();
    assert!(doc.linked.opcodes && !doc.linked.bytes);
    assert!(doc.outline.arrangement().flat && doc.outline.arrangement().file_order);
}
