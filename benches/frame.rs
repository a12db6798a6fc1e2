//! What a frame costs without a GPU: layout and tessellation of the whole window while a list of a million children is
//! scrolled, at its beginning, its middle and its end.
//!
//! `cargo bench --bench frame`

use std::path::PathBuf;

use divan::Bencher;
use picklescope::app::App;
use picklescope::app::workspace::State;

fn main() {
    divan::main();
}

/// A list of a million ints, opened in the window.
fn window() -> (egui::Context, App) {
    let mut data = b"\x80\x04](".to_vec();
    for i in 0..1_000_000u32 {
        data.push(b'J');
        data.extend(i.to_le_bytes());
    }
    data.extend(b"e.");
    let path: PathBuf = std::env::temp_dir().join("picklescope-bench-million.pkl");
    std::fs::write(&path, data).expect("the temporary folder can be written");
    let ctx = egui::Context::default();
    let mut app = App::new(&ctx, vec![path]);
    while app.workspace.tabs.iter().any(|tab| matches!(tab.state, State::Opening(_))) {
        std::thread::sleep(std::time::Duration::from_millis(5));
        frame(&ctx, &mut app);
    }
    (ctx, app)
}

fn frame(ctx: &egui::Context, app: &mut App) {
    let size = egui::vec2(1440.0, 900.0);
    let input =
        egui::RawInput { screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, size)), ..Default::default() };
    let output = ctx.run_ui(input, |ui| {
        app.logic(&ui.ctx().clone());
        app.ui(ui);
    });
    divan::black_box(ctx.tessellate(output.shapes, output.pixels_per_point));
}

#[divan::bench(args = [0u64, 500_000, 999_980])]
fn scrolled_to(bencher: Bencher, row: u64) {
    let (ctx, mut app) = window();
    let mut at = row;
    bencher.bench_local(|| {
        // Another row each time, as while scrolling.
        at = if at + 7 < row + 15 { at + 7 } else { row };
        if let Some(doc) = app.workspace.doc_mut() {
            doc.at.detail.row = at;
        }
        frame(&ctx, &mut app);
    });
}
