//! Layer 5 (feature `gui`): the window. `logic` takes in what jobs have finished, `ui` draws, and what the panels asked
//! for is applied afterwards, in `update.rs` alone.

pub mod command;
pub mod icons;
mod jobs;
mod panels;
pub mod theme;
mod tones;
mod tree_look;
pub mod update;
pub mod widgets;
pub mod workspace;

use std::path::PathBuf;

use egui::{CentralPanel, Frame, Panel, Ui};

use jobs::{Job, Poll};
use panels::Ctx;
use theme::Palette;
use update::{Command, poll, update};
use workspace::{Overlay, Pane, Recent, State, Workspace};

/// What is remembered between runs.
const SETTINGS: &str = "picklescope";

/// Path and content of a font.
type FontFile = (String, Vec<u8>);

/// The program in a window.
pub struct App {
    /// What is open.
    pub workspace: Workspace,
    commands: Vec<Command>,
    fonts: Option<Job<Vec<FontFile>>>,
    /// The system's fonts were asked for.
    fallbacks: bool,
    can_drop: bool,
    had_focus: bool,
}

impl App {
    /// Starts with these files; fonts and themes are set here.
    pub fn new(ctx: &egui::Context, paths: Vec<PathBuf>) -> Self {
        theme::install(ctx);
        let mut app = Self {
            workspace: Workspace::default(),
            commands: Vec::new(),
            fonts: None,
            fallbacks: false,
            had_focus: true,
            can_drop: std::env::var_os("DISPLAY").is_some() || !cfg!(target_os = "linux"),
        };
        if !paths.is_empty() {
            update(ctx, &mut app.workspace, Command::Open(paths));
            app.workspace.active = 0;
        }
        app
    }

    /// Takes in finished work, drops, keys and what was pasted.
    pub fn logic(&mut self, ctx: &egui::Context) {
        poll(ctx, &mut self.workspace);
        if let Some(Poll::Done(found)) = self.fonts.as_mut().map(Job::poll) {
            self.fonts = None;
            theme::add_fallbacks(ctx, found);
        }
        let dropped: Vec<PathBuf> =
            ctx.input(|i| i.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !dropped.is_empty() {
            self.can_drop = true;
            self.commands.push(Command::Open(dropped));
        }
        let focus = ctx.input(|i| i.focused);
        if focus && !self.had_focus {
            self.look_for_changes(ctx);
        }
        self.had_focus = focus;
        if !self.fallbacks && self.workspace.doc().is_some_and(|doc| doc.other_scripts) {
            self.fallbacks = true;
            self.fonts = Some(Job::spawn(ctx, "System fonts", |_| {
                let read = |path: &&str| Some(((*path).to_owned(), std::fs::read(path).ok()?));
                theme::SYSTEM_FONTS.iter().filter_map(read).collect()
            }));
        }
        if !ctx.text_edit_focused() {
            let pasted = ctx.input(|i| {
                i.events
                    .iter()
                    .find_map(|event| if let egui::Event::Paste(text) = event { Some(text.clone()) } else { None })
            });
            if let Some(text) = pasted {
                self.commands.extend(pasted_paths(&text).map(Command::Open));
            }
        }
        if let Some(ask) = command::pressed(ctx) {
            self.commands.push(Command::Ask(ask));
        }
        self.apply(ctx);
    }

    /// Compares length and time of the file in front with what they were.
    fn look_for_changes(&mut self, ctx: &egui::Context) {
        if let Some(doc) = self.workspace.doc_mut() {
            let source = std::sync::Arc::clone(doc.artifact.bytes.source());
            doc.comparing = Some(Job::spawn(ctx, "Comparing", move |_| source.changed()));
        }
    }

    fn apply(&mut self, ctx: &egui::Context) {
        for command in std::mem::take(&mut self.commands) {
            update(ctx, &mut self.workspace, command);
        }
    }

    /// Draws the window, then applies what was asked for.
    pub fn ui(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        let p = Palette::of(&ctx);
        let mut commands = std::mem::take(&mut self.commands);
        let mut cx = Ctx { p, commands: &mut commands };
        let w = &mut self.workspace;
        let bare = |fill| Frame::NONE.fill(fill);
        Panel::top("top").exact_size(40.0).show_separator_line(false).frame(bare(p.bg0)).show(ui, |ui| {
            panels::top_bar::top_bar(ui, &mut cx, w);
        });
        if w.tabs.len() > 1 {
            Panel::top("tabs").exact_size(36.0).show_separator_line(false).frame(bare(p.bg0)).show(ui, |ui| {
                panels::top_bar::tabs(ui, &mut cx, w);
            });
        }
        Panel::bottom("status").exact_size(26.0).show_separator_line(false).frame(bare(p.bg0)).show(ui, |ui| {
            panels::status::status(ui, &mut cx, w);
        });
        match w.tabs.get(w.active).map(|tab| &tab.state) {
            None => {
                let can_drop = self.can_drop;
                CentralPanel::default().frame(bare(p.bg1)).show(ui, |ui| {
                    panels::welcome::welcome(ui, &mut cx, w, can_drop);
                });
            }
            Some(State::Opening(_)) => {
                let name = w.tabs.get(w.active).map(|tab| tab.path.to_string_lossy().into_owned()).unwrap_or_default();
                centred(ui, p, &format!("Opening {}", crate::view::escape::plain(&name)), None);
            }
            Some(State::Failed(why)) => {
                let name = w.tabs.get(w.active).map(|tab| tab.path.to_string_lossy().into_owned()).unwrap_or_default();
                centred(ui, p, &crate::view::escape::plain(&name), Some(&format!("This cannot be opened: {why}")));
            }
            Some(State::Open(_)) => document(ui, &mut cx, w),
        }
        panels::overlays::overlays(&ctx, &mut cx, w);
        panels::overlays::drop_overlay(&ctx, &cx);
        if w.overlay == Overlay::None && w.notice.is_some() && !w.tabs.is_empty() {
            let words = w.notice.clone().unwrap_or_default();
            egui::Area::new(egui::Id::unique("notice")).anchor(egui::Align2::CENTER_BOTTOM, [0.0, -40.0]).show(
                &ctx,
                |ui| {
                    panels::welcome::banner(ui, &mut cx, &words, 560.0);
                    if ui.small_button("Dismiss").clicked() {
                        cx.send(Command::DismissNotice);
                    }
                },
            );
        }
        self.commands = commands;
        self.apply(&ctx);
    }

    /// What to remember: recent files.
    pub fn settings(&self) -> String {
        let recents: Vec<_> = self
            .workspace
            .recents
            .iter()
            .filter_map(|recent| {
                Some(serde_json::json!({"path": recent.path.to_str()?, "size": recent.size, "opened": recent.opened}))
            })
            .collect();
        serde_json::json!({"recents": recents, "evidence": self.workspace.evidence}).to_string()
    }

    /// Takes up what was remembered. Whether the files are still there is looked at beside the window.
    pub fn restore(&mut self, settings: &str) {
        let Ok(settings) = serde_json::from_str::<serde_json::Value>(settings) else { return };
        let recent = |value: &serde_json::Value| {
            let path = PathBuf::from(value.get("path")?.as_str()?);
            let exists = path.exists();
            let number = |key| value.get(key).and_then(serde_json::Value::as_u64);
            Some(Recent { path, size: number("size")?, opened: number("opened").unwrap_or(0), exists })
        };
        let recents = settings.get("recents").and_then(serde_json::Value::as_array);
        let known: Vec<Recent> = recents.into_iter().flatten().filter_map(recent).take(20).collect();
        self.workspace.recents.extend(known);
        self.workspace.evidence = settings.get("evidence").and_then(serde_json::Value::as_bool).unwrap_or(false);
    }
}

fn centred(ui: &mut Ui, p: &Palette, title: &str, words: Option<&str>) {
    CentralPanel::default().frame(Frame::NONE.fill(p.bg1)).show(ui, |ui| {
        ui.with_layout(egui::Layout::top_down(egui::Align::Center), |ui| {
            ui.add_space(ui.available_height() * 0.36);
            ui.label(egui::RichText::new(title).font(theme::semibold(15.0)).color(p.text));
            if let Some(words) = words {
                ui.add_space(6.0);
                ui.label(egui::RichText::new(words).color(p.danger));
            }
        });
    });
}

fn document(ui: &mut Ui, cx: &mut Ctx<'_>, w: &mut Workspace) {
    let p = cx.p;
    let bare = |fill| Frame::NONE.fill(fill);
    let (evidence, pane) = (w.evidence, w.pane);
    let Some(doc) = w.doc_mut() else { return };
    Panel::top("verdict").exact_size(64.0).show_separator_line(false).frame(bare(p.bg2)).show(ui, |ui| {
        panels::header::header(ui, cx, doc);
    });
    if doc.changed {
        Panel::top("changed").exact_size(40.0).show_separator_line(false).frame(bare(p.caution_fill)).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.add_space(16.0);
                ui.label(egui::RichText::new(icons::WARNING).font(theme::icon(16.0)).color(p.caution));
                ui.label("The file changed on disk after it was read");
                if ui.small_button("Read again").clicked() {
                    cx.send(Command::Reload);
                }
            });
        });
    }
    Panel::left("index").default_size(424.0).min_size(280.0).show_separator_line(true).frame(bare(p.bg1)).show(
        ui,
        |ui| {
            panels::index::index(ui, cx, doc, pane == Pane::Index);
        },
    );
    if evidence {
        Panel::bottom("evidence").resizable(true).default_size(340.0).min_size(140.0).frame(bare(p.bg1)).show(
            ui,
            |ui| {
                panels::evidence::evidence(ui, cx, doc, pane);
            },
        );
    }
    CentralPanel::default().frame(bare(p.bg1)).show(ui, |ui| {
        panels::detail::detail(ui, cx, doc, pane == Pane::Detail);
    });
}

/// Paths in pasted text: one a line, with or without `file://` and quotes. None if none of them is a file.
fn pasted_paths(text: &str) -> Option<Vec<PathBuf>> {
    let clean = |line: &str| {
        let line = line.trim().trim_matches(['"', '\'']);
        let line = line.strip_prefix("file://").unwrap_or(line).replace("%20", " ");
        PathBuf::from(line)
    };
    let found: Vec<PathBuf> = text.lines().take(20).map(clean).filter(|path| path.is_file()).collect();
    (!found.is_empty()).then_some(found)
}

/// A sample that is part of the program, put where it can be opened: the repository's own file, or a copy in the
/// temporary folder.
fn sample(name: &str) -> Option<PathBuf> {
    let data: &[u8] = match name {
        "logistic_model.joblib" => include_bytes!("../../assets/samples/logistic_model.joblib"),
        "flagged_call.pkl" => include_bytes!("../../assets/samples/flagged_call.pkl"),
        _ => return None,
    };
    let folder = std::env::temp_dir().join("picklescope-samples");
    let path = folder.join(name);
    std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, data)).ok()?;
    Some(path)
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        App::logic(self, ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        App::ui(self, ui);
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        storage.set_string(SETTINGS, self.settings());
    }
}

/// True if there is a display to open a window on.
pub fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Opens the window and returns when it is closed; an error if it cannot be opened.
pub fn run(paths: Vec<PathBuf>) -> Result<(), String> {
    let icon = eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")).ok();
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("picklescope")
        .with_app_id("picklescope")
        .with_inner_size([1440.0, 900.0])
        .with_min_inner_size([720.0, 480.0])
        .with_drag_and_drop(true);
    if let Some(icon) = icon {
        viewport = viewport.with_icon(icon);
    }
    let options = eframe::NativeOptions {
        viewport,
        // winit has no file drop on Wayland, so X11 is taken wherever there is one.
        #[cfg(target_os = "linux")]
        event_loop_builder: Some(Box::new(|builder| {
            use winit::platform::x11::EventLoopBuilderExtX11 as _;
            if std::env::var_os("DISPLAY").is_some_and(|display| !display.is_empty()) {
                builder.with_x11();
            }
        })),
        ..Default::default()
    };
    let start = move |creation: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let mut app = App::new(&creation.egui_ctx, paths);
        if let Some(settings) = creation.storage.and_then(|storage| storage.get_string(SETTINGS)) {
            app.restore(&settings);
        }
        Ok(Box::new(app))
    };
    eframe::run_native("picklescope", options, Box::new(start)).map_err(|e| e.to_string())
}
