//! Layer 5 (feature `gui`): the window. `logic` takes in what jobs have finished, `ui` draws, and what the panels asked
//! for is applied afterwards, in `update.rs` alone.

mod array_facts;
mod array_table;
mod call_list;
pub mod command;
pub mod give_out;
pub mod icons;
mod jobs;
mod locate;
mod motion;
mod pages;
mod panels;
mod recents;
pub mod scripts;
pub mod source_look;
mod take_in;
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
use scripts::Scripts;
use take_in::poll;
use theme::Palette;
use update::{Command, update};
use workspace::{Habits, Index, Linked, Overlay, Pane, Recent, State, Workspace};

use crate::bytes::Limits;
use crate::view::escape;
use crate::view::groups::Arrangement;
use crate::view::number;

/// How small and how large everything can be made.
const ZOOM: std::ops::RangeInclusive<f32> = 0.5..=3.0;

/// What is remembered between runs.
const SETTINGS: &str = "picklescope";

/// What the window is called while nothing is open.
const TITLE: &str = "picklescope";

/// The program in a window.
pub struct App {
    /// What is open.
    pub workspace: Workspace,
    commands: Vec<Command>,
    scripts: Scripts,
    motion: Option<Job<bool>>,
    /// Drops can reach the window: the first screen then asks for one.
    pub can_drop: bool,
    title: String,
    had_focus: bool,
    had_tab: usize,
}

impl App {
    /// Starts with these files; fonts and themes are set here.
    pub fn new(ctx: &egui::Context, paths: Vec<PathBuf>) -> Self {
        theme::install(ctx);
        let mut app = Self {
            workspace: Workspace::default(),
            commands: Vec::new(),
            scripts: Scripts::listen(ctx),
            motion: Some(Job::spawn(ctx, "Motion", |_| motion::is_reduced())),
            title: TITLE.to_owned(),
            // The first frame looks as if the window had just been come back to.
            had_focus: false,
            had_tab: 0,
            can_drop: std::env::var_os("DISPLAY").is_some() || !cfg!(target_os = "linux"),
        };
        app.open(ctx, paths);
        app
    }

    /// Opens files, each in a tab, the first in front.
    fn open(&mut self, ctx: &egui::Context, paths: Vec<PathBuf>) {
        if !paths.is_empty() {
            update(ctx, &mut self.workspace, Command::Open(paths));
            self.workspace.active = 0;
        }
    }

    /// Takes in finished work, drops, keys and what was pasted.
    pub fn logic(&mut self, ctx: &egui::Context) {
        poll(ctx, &mut self.workspace);
        self.scripts.poll(ctx);
        if let Some(Poll::Done(reduced)) = self.motion.as_mut().map(Job::poll) {
            self.motion = None;
            self.workspace.reduced_motion = self.workspace.reduced_motion || reduced;
            motion::set(ctx, self.workspace.reduced_motion);
        }
        // egui's own keys go from a fifth to five times, where nothing can be read or found any more.
        let zoom = ctx.zoom_factor();
        if !ZOOM.contains(&zoom) {
            ctx.set_zoom_factor(zoom.clamp(*ZOOM.start(), *ZOOM.end()));
        }
        let dropped: Vec<PathBuf> =
            ctx.input(|i| i.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !dropped.is_empty() {
            self.can_drop = true;
            self.commands.push(Command::Open(dropped));
        }
        let focus = ctx.input(|i| i.focused);
        // A tab that comes to the front is looked at as the window that is come back to.
        let tab = self.workspace.active;
        if focus
            && (!self.had_focus || self.had_tab != tab)
            && let Some(doc) = self.workspace.doc_mut()
        {
            doc.look_for_changes(ctx);
        }
        if focus && !self.had_focus {
            self.workspace.look_for_recents(ctx);
        }
        (self.had_focus, self.had_tab) = (focus, tab);
        if !ctx.text_edit_focused() {
            let pasted = ctx.input(|i| {
                i.events
                    .iter()
                    .find_map(|event| if let egui::Event::Paste(text) = event { Some(text.clone()) } else { None })
            });
            if let Some(text) = pasted {
                self.commands.extend(pasted_paths(&text).map(Command::Paste));
            }
        }
        if self.workspace.overlay == Overlay::None
            && !ctx.text_edit_focused()
            && ctx.input(|i| i.key_pressed(egui::Key::Escape))
            && let Some(doc) = self.workspace.doc_mut()
            && !doc.filter.is_empty()
        {
            doc.filter.clear();
            self.commands.push(Command::Filter);
        }
        if let Some(ask) = command::pressed(ctx) {
            self.commands.push(Command::Ask(ask));
        }
        if self.workspace.tabs.is_empty()
            && self.workspace.overlay == Overlay::None
            && let Some(recent) = command::recent(ctx).and_then(|i| self.workspace.recents.get(i))
        {
            self.commands.push(Command::Open(vec![recent.path.clone()]));
        }
        self.apply(ctx);
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
            Some(State::Opening(job)) => {
                let slow = job.is_slow();
                let name =
                    w.tabs.get(w.active).map(|tab| crate::view::escape::name(tab.path.as_os_str())).unwrap_or_default();
                centred(ui, p, &format!("Opening {name}"), None, |ui| {
                    if slow && ui.button("Cancel").on_hover_text("Stops, and shows what was read").clicked() {
                        cx.send(Command::Cancel);
                    }
                });
            }
            Some(State::Failed(why)) => {
                let name =
                    w.tabs.get(w.active).map(|tab| crate::view::escape::name(tab.path.as_os_str())).unwrap_or_default();
                let words = format!("This cannot be opened: {}", crate::view::escape::plain(why));
                centred(ui, p, &name, Some(&words), |ui| {
                    let button = |words: &'static str| egui::Button::new(words).min_size(egui::vec2(104.0, 28.0));
                    if ui.add(button("Try again")).clicked() {
                        cx.send(Command::Reload);
                    }
                    if ui.add(button("Close tab")).clicked() {
                        cx.send(Command::CloseTab(w.active));
                    }
                });
            }
            Some(State::Open(_)) => document(ui, &mut cx, w),
        }
        panels::overlays::overlays(&ctx, &mut cx, w);
        panels::overlays::drop_overlay(&ctx, &cx, w);
        if w.overlay == Overlay::None
            && !w.tabs.is_empty()
            && let Some(notice) = w.notice.clone()
        {
            egui::Area::new(egui::Id::unique("notice")).anchor(egui::Align2::CENTER_BOTTOM, [0.0, -40.0]).show(
                &ctx,
                |ui| {
                    panels::welcome::banner(ui, &mut cx, &notice, 560.0);
                    if ui.small_button("Dismiss").clicked() {
                        cx.send(Command::DismissNotice);
                    }
                },
            );
        }
        self.commands = commands;
        self.apply(&ctx);
        self.say_what_is_open(&ctx);
        if self.scripts.is_lacking() {
            ctx.request_repaint();
        }
    }

    /// Puts the name of the file in front into the window's title.
    fn say_what_is_open(&mut self, ctx: &egui::Context) {
        let path = self.workspace.tabs.get(self.workspace.active).map(|tab| &tab.path);
        let name = path.map(|path| escape::name(path.file_name().unwrap_or(path.as_os_str())));
        let title = name.map_or_else(|| TITLE.to_owned(), |name| format!("{name} – {TITLE}"));
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// What to remember: recent files, and what was selected in them.
    pub fn settings(&self) -> String {
        let recents: Vec<_> = self
            .workspace
            .recents
            .iter()
            .filter_map(|recent| {
                Some(serde_json::json!({
                    "path": recent.path.to_str()?,
                    "size": recent.size,
                    "opened": recent.opened,
                    "selected": self.workspace.selected_in(&recent.path).or(recent.selected.clone()),
                }))
            })
            .collect();
        serde_json::json!({
            "recents": recents,
            "evidence": self.workspace.evidence,
            "reduced_motion": self.workspace.reduced_motion,
            "digits": number::digits(),
            "memory": self.workspace.memory,
            "opcodes_linked": self.workspace.habits.linked.opcodes,
            "bytes_linked": self.workspace.habits.linked.bytes,
            "flat_keys": self.workspace.habits.arrangement.flat,
            "file_order": self.workspace.habits.arrangement.file_order,
        })
        .to_string()
    }

    /// Takes up what was remembered. Whether the files are still there is looked at beside the window.
    pub fn restore(&mut self, settings: &str) {
        let Ok(settings) = serde_json::from_str::<serde_json::Value>(settings) else { return };
        let recent = |value: &serde_json::Value| {
            let path = PathBuf::from(value.get("path")?.as_str()?);
            let number = |key| value.get(key).and_then(serde_json::Value::as_u64);
            let selected = value.get("selected").and_then(serde_json::Value::as_str).map(str::to_owned);
            let (size, opened) = (number("size")?, number("opened").unwrap_or(0));
            Some(Recent { path, size, opened, exists: true, selected })
        };
        let recents = settings.get("recents").and_then(serde_json::Value::as_array);
        let known: Vec<Recent> = recents.into_iter().flatten().filter_map(recent).take(20).collect();
        self.workspace.recents.extend(known);
        self.workspace.reduced_motion =
            settings.get("reduced_motion").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let digits = settings.get("digits").and_then(serde_json::Value::as_u64);
        digits.and_then(|digits| u8::try_from(digits).ok()).into_iter().for_each(number::set_digits);
        let memory = settings.get("memory").and_then(serde_json::Value::as_u64);
        memory.and_then(|mib| u32::try_from(mib).ok()).into_iter().for_each(|mib| self.workspace.keep_in_memory(mib));
        let flag = |key: &str, else_| settings.get(key).and_then(serde_json::Value::as_bool).unwrap_or(else_);
        self.workspace.habits = Habits {
            linked: Linked { opcodes: flag("opcodes_linked", true), bytes: flag("bytes_linked", true) },
            arrangement: Arrangement { flat: flag("flat_keys", false), file_order: flag("file_order", false) },
        };
        self.workspace.evidence = settings.get("evidence").and_then(serde_json::Value::as_bool).unwrap_or(false);
    }
}

fn centred(ui: &mut Ui, p: &Palette, title: &str, wrong: Option<&str>, buttons: impl FnOnce(&mut Ui)) {
    CentralPanel::default().frame(Frame::NONE.fill(p.bg1)).show(ui, |ui| {
        ui.with_layout(egui::Layout::top_down(egui::Align::Center), |ui| {
            ui.add_space(ui.available_height() * 0.36);
            if wrong.is_some() {
                ui.label(egui::RichText::new(icons::WARNING).font(theme::icon(26.0)).color(p.danger));
                ui.add_space(6.0);
            }
            ui.label(egui::RichText::new(title).font(theme::semibold(15.0)).color(p.text));
            if let Some(words) = wrong {
                ui.add_space(6.0);
                ui.label(egui::RichText::new(words).color(p.danger));
            }
            ui.add_space(14.0);
            buttons(ui);
        });
    });
}

/// What concerns the whole file, and the command that helps, if one does.
fn banner(ui: &mut Ui, cx: &mut Ctx<'_>, name: &str, words: &str, help: Option<(&str, Command)>) {
    let frame = Frame::NONE.fill(cx.p.caution_fill);
    Panel::top(egui::Id::unique(name)).exact_size(40.0).show_separator_line(false).frame(frame).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.add_space(16.0);
            ui.label(egui::RichText::new(icons::WARNING).font(theme::icon(16.0)).color(cx.p.caution));
            ui.label(words);
            if let Some((button, command)) = help
                && ui.small_button(button).clicked()
            {
                cx.send(command);
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
        let words = if doc.gone {
            "The file is no longer on disk. What was open of it is still shown."
        } else {
            "The file changed on disk after it was read"
        };
        let again = (!doc.gone).then_some(("Read again", Command::Reload));
        banner(ui, cx, "changed", words, again);
    }
    if let Some(refused) = doc.artifact.problems.iter().find(|problem| problem.kind.is_raisable()) {
        let words = format!("{:#x}: {refused}", refused.at.start);
        banner(ui, cx, "refused", &words, Some(("Raise the limit", Command::RaiseLimits)));
    }
    // Many columns want more room than a tree; each keeps the width it was given. The evidence then goes below both.
    let all = ui.available_width();
    let wide = doc.index == Index::Arrays;
    let (index, width) = if wide { ("index-arrays", (all - 372.0).clamp(424.0, 1160.0)) } else { ("index", 424.0) };
    // A narrow window is shared.
    let most = (all - 280.0).max((all * 0.62).min(280.0));
    let width = if wide { width } else { width.min((all * 0.42).max(280.0)) };
    if evidence && wide {
        evidence_panel(ui, cx, doc, pane);
    }
    Panel::left(index)
        .default_size(width)
        .min_size(280.0_f32.min(most))
        .max_size(most)
        .show_separator_line(true)
        .frame(bare(p.bg1))
        .show(ui, |ui| panels::index::index(ui, cx, doc, pane == Pane::Index));
    if evidence && !wide {
        evidence_panel(ui, cx, doc, pane);
    }
    CentralPanel::default().frame(bare(p.bg1)).show(ui, |ui| {
        panels::detail::detail(ui, cx, doc, pane == Pane::Detail);
    });
    // What the pointer is on shows in the other panes with the next frame.
    let hover = doc.hover_next.take();
    if doc.hover != hover {
        doc.hover = hover;
        ui.ctx().request_repaint();
    }
}

fn evidence_panel(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut workspace::Doc, pane: Pane) {
    let frame = Frame::NONE.fill(cx.p.bg1);
    // What is selected keeps its room, however low the window is.
    let most = (ui.available_height() * 0.6).max(140.0);
    let panel =
        Panel::bottom("evidence").resizable(true).default_size(340.0_f32.min(most)).min_size(140.0).max_size(most);
    panel.frame(frame).show(ui, |ui| {
        panels::evidence::evidence(ui, cx, doc, pane);
    });
}

/// Paths in pasted text: one a line, with or without `file://` and quotes. None if nothing looks like a path.
fn pasted_paths(text: &str) -> Option<Vec<PathBuf>> {
    let clean = |line: &str| -> Option<PathBuf> {
        let line = line.trim().trim_matches(['"', '\'']);
        if line.is_empty() {
            return None;
        }
        let Some(url) = line.strip_prefix("file://") else {
            let home = line.strip_prefix("~/").zip(std::env::var_os("HOME"));
            return Some(home.map_or_else(|| PathBuf::from(line), |(rest, home)| PathBuf::from(home).join(rest)));
        };
        let path = url.strip_prefix("localhost").unwrap_or(url);
        Some(path_of(percent_decoded(path)))
    };
    let found: Vec<PathBuf> = text.lines().take(20).filter_map(clean).collect();
    (!found.is_empty()).then_some(found)
}

/// The path that bytes name: any bytes, where file names may be any.
#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    std::ffi::OsString::from_vec(bytes).into()
}

/// The path that bytes name.
#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// `%20` and its kin as bytes.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or(&[]);
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    out
}

/// A sample that is part of the program, put where it can be opened: a copy in the temporary folder. For a job.
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
pub fn run(paths: Vec<PathBuf>, limits: Option<Limits>) -> Result<(), String> {
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
        let mut app = App::new(&creation.egui_ctx, Vec::new());
        if let Some(settings) = creation.storage.and_then(|storage| storage.get_string(SETTINGS)) {
            app.restore(&settings);
        }
        app.workspace.limits = limits.unwrap_or(app.workspace.limits);
        app.open(&creation.egui_ctx, paths);
        Ok(Box::new(app))
    };
    eframe::run_native("picklescope", options, Box::new(start)).map_err(|e| e.to_string())
}
