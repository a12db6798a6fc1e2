//! What a frame of a drawn tree of 100,001 nodes costs without a GPU, layout and tessellation of the whole canvas: from so
//! far away that all of it is visible to near enough to read. The lens moves a little every frame.
//!
//! `cargo bench --bench trees`

use std::sync::Arc;

use divan::Bencher;
use picklescope::app::theme;
use picklescope::app::widgets::tree_canvas::Canvas;
use picklescope::bytes::{Result, Span};
use picklescope::formats::trees::{DecisionTree, Ensemble, Meaning, Rule, Size, Split, TreeNode, Trees, Values};
use picklescope::view::trees::{Drawn, tile::Tile};

fn main() {
    divan::main();
}

const NODES: u32 = 100_001;

/// A tree that splits leaves in an order that looks random, as a forest without a depth limit grows.
#[derive(Debug)]
struct Grown;

impl Trees for Grown {
    fn count(&self) -> usize {
        1
    }

    fn claimed(&self, _i: usize) -> Option<Size> {
        None
    }

    fn tree(&self, _i: usize) -> Result<DecisionTree> {
        let mut state = 7u64;
        let mut nodes = vec![TreeNode { samples: Some(f64::from(NODES)), ..TreeNode::default() }];
        let mut leaves = vec![0u32];
        for next in (1..NODES).step_by(2) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let pick = usize::try_from(state >> 33).unwrap_or(0) % leaves.len();
            let id = leaves.swap_remove(pick);
            let mut rows = 2.0;
            if let Some(node) = nodes.get_mut(id as usize) {
                rows = node.samples.unwrap_or(2.0);
                node.children = Some([next, next + 1]);
                (node.feature, node.split) = (Some(next % 30), Split::AtMost(f64::from(next).sqrt()));
            }
            for part in [0.4, 0.6] {
                nodes.push(TreeNode { samples: Some(rows * part), ..TreeNode::default() });
            }
            leaves.extend([next, next + 1]);
        }
        let all = (0..NODES).flat_map(|id| [f64::from(id % 7), f64::from(id % 5) + 0.5, f64::from(id % 3)]).collect();
        let values = Values { meaning: Meaning::Classes, outputs: 1, each: 3, all };
        DecisionTree::new(nodes, values, Vec::new(), Span::default())
    }
}

fn ensemble() -> Ensemble {
    Ensemble {
        kind: "DecisionTreeClassifier".into(),
        trees: Arc::new(Grown),
        features: Vec::new(),
        classes: Vec::new(),
        criterion: None,
        rule: Rule::Splits,
    }
}

/// All of it, then sizes of boxes: slivers, boxes without words, boxes with words.
#[divan::bench(args = [0.0, 0.01, 0.3, 0.8], sample_count = 60, sample_size = 1)]
fn frame(bencher: Bencher, zoom: f32) {
    let ensemble = ensemble();
    let Ok(drawn) = Drawn::new(&ensemble, 0, 0) else { return };
    let ctx = egui::Context::default();
    theme::install(&ctx);
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1440.0, 900.0));
    let mut canvas = Canvas::default();
    let run = |canvas: &mut Canvas| {
        let input = egui::RawInput { screen_rect: Some(screen), ..Default::default() };
        let mut output = ctx.run_ui(input, |ui| {
            canvas.show(ui, screen, &ensemble, &drawn, false);
        });
        // Nobody is there to upload glyphs to.
        output.textures_delta.clear();
        divan::black_box(ctx.tessellate(output.shapes, output.pixels_per_point));
    };
    run(&mut canvas);
    if zoom > 0.0 {
        // Deep inside, where rows are full.
        canvas.zoom_by(zoom / canvas.zoom(), screen.center(), &drawn, screen);
    }
    run(&mut canvas);
    let mut nearer = false;
    bencher.bench_local(|| {
        nearer = !nearer;
        canvas.zoom_by(if nearer { 1.01 } else { 1.0 / 1.01 }, screen.center(), &drawn, screen);
        run(&mut canvas);
    });
}

#[divan::bench(sample_count = 10)]
fn reading_and_laying_out(bencher: Bencher) {
    let ensemble = ensemble();
    bencher.bench(|| Drawn::new(&ensemble, 0, 0));
}

#[divan::bench(sample_count = 10)]
fn picture(bencher: Bencher) {
    let Ok(tree) = Grown.tree(0) else { return };
    bencher.bench(|| Tile::new(&tree));
}
