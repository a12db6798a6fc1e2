//! Centre: one finding with all that is known of it, and the help that explains the rules.

use std::sync::Arc;

use egui::{CornerRadius, Label, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use super::calls::severity_icon;
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Overlay, Pane, Told};
use crate::app::{icons, theme};
use crate::audit::{ALLOW_FILE, Allow, Executed, Finding, RULES, Report, Rule};
use crate::formats::Artifact;
use crate::view::{escape, number, paths};

/// Characters of the arguments that are shown; more is data.
const ROOM: usize = 20_000;
/// Width of the names of facts.
const NAMES: f32 = 132.0;

/// Draws a finding.
pub fn finding(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, i: usize) {
    let (artifact, report) = (Arc::clone(&doc.artifact), Arc::clone(&doc.report));
    let Some(finding) = report.findings.get(i) else { return };
    let (shared, of) = (Arc::clone(&artifact), Arc::clone(&report));
    doc.told.want(&ui.ctx().clone(), i, move |_| Ok(told(&shared, &of, i)));
    let page = doc.told.get(i);
    let told = page.as_deref().and_then(|page| page.as_ref().ok());
    head(ui, cx, finding);
    let all = facts(doc, finding, told);
    let allow = allow_lines(&report, finding);
    egui::ScrollArea::vertical().id_salt(("finding", i)).auto_shrink(false).show(ui, |ui| {
        egui::Frame::new().inner_margin(16).show(ui, |ui| {
            ui.set_width(ui.available_width().min(860.0));
            prose(ui, finding.rule.why, cx.p.text2);
            ui.add_space(12.0);
            if !finding.callable.is_empty() {
                let arguments = told.map_or(&finding.arguments, |told| &told.arguments);
                code(ui, cx, &format!("{}{arguments}", escape::plain(&finding.callable)));
                ui.add_space(12.0);
            }
            for (name, words) in &all {
                fact(ui, cx, name, words);
            }
            rule_fact(ui, cx, finding.rule);
            ui.add_space(12.0);
            buttons(ui, cx, doc, i, finding, told, &all);
            if let Some(lines) = allow {
                ui.add_space(20.0);
                vouch(ui, cx, &lines);
            }
        });
    });
}

/// What is looked up of a finding; for a job.
fn told(artifact: &Artifact, report: &Report, i: usize) -> Told {
    let Some(finding) = report.findings.get(i) else { return Told::default() };
    let arguments = Report::arguments(artifact, finding, ROOM);
    let place = finding.place;
    let (Some(pickled), Some(node)) = (artifact.pickled(place.part), place.node) else {
        return Told { arguments, ..Told::default() };
    };
    let steps = paths::steps_to(pickled, node);
    let path = steps.map(|(pickle, steps)| paths::steps_text(pickled, pickle, &steps));
    let discarded = pickled.decoded.top().any(|pickle| pickle.discarded.contains(&node));
    Told { path, discarded, arguments }
}

fn head(ui: &mut Ui, cx: &Ctx<'_>, finding: &Finding) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
    let (glyph, tone) = severity_icon(finding.rule.severity, cx.p);
    let painter = ui.painter();
    painter.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    paint::icon(painter, pos2(rect.left() + 25.0, rect.center().y), glyph, 20.0, tone);
    let left = rect.left() + 44.0;
    let room = rect.width() - 60.0;
    let used = paint::text(painter, left, rect.center().y, finding.rule.title, theme::semibold(15.0), cx.p.text, room);
    let word = finding.rule.severity.word();
    paint::text(painter, left + used + 12.0, rect.center().y, word, theme::sans(12.0), tone, room - used - 12.0);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, format!("{}, {word}", finding.title())));
}

fn prose(ui: &mut Ui, words: &str, colour: egui::Color32) {
    ui.add(Label::new(RichText::new(words).font(theme::sans(13.0)).color(colour)).wrap().selectable(true));
}

/// Text of the file, or for one, in a box of its own.
fn code(ui: &mut Ui, cx: &Ctx<'_>, text: &str) {
    egui::Frame::new()
        .fill(cx.p.bg2)
        .stroke(Stroke::new(1.0, cx.p.line))
        .corner_radius(CornerRadius::same(6))
        .inner_margin(egui::Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let words = RichText::new(text).font(theme::mono(12.0)).color(cx.p.text);
            ui.add(Label::new(words).wrap().selectable(true));
        });
}

/// The facts of a finding: what they are called, and what they are.
fn facts(doc: &Doc, finding: &Finding, told: Option<&Told>) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if !finding.detail.is_empty() {
        all.push(("In particular", escape::plain(&finding.detail)));
    }
    let mut happens = finding.happens().to_owned();
    if finding.count > 1 {
        happens.push_str(&format!(", {} times; this is the first", number::grouped(finding.count)));
    }
    all.push(("What happens", happens));
    all.push(("How sure", finding.sureness().to_owned()));
    all.push(("Where", whereabouts(doc, finding)));
    let tree = match told {
        _ if finding.place.node.is_none() => None,
        None => Some("…".to_owned()),
        Some(Told { path: Some(path), .. }) => Some(escape::plain(path)),
        Some(told) if told.discarded => Some("Nowhere: what comes out is thrown away".to_owned()),
        Some(_) if finding.executed == Executed::Call => {
            Some("Nowhere: what comes out is thrown away or used up by other calls".to_owned())
        }
        Some(_) => Some("Nowhere: it is no part of what is built".to_owned()),
    };
    all.extend(tree.map(|tree| ("In the tree", tree)));
    all
}

/// Opcode, offsets and stream.
fn whereabouts(doc: &Doc, finding: &Finding) -> String {
    let place = finding.place;
    let mut words = match place.op {
        Some(op) => format!("{} at {:#x}", op.name(), place.at.start),
        None => format!("At {:#x}", place.at.start),
    };
    let home = doc.artifact.parts.get(place.part).filter(|part| part.stream == place.at.stream);
    let extent = doc.extent.as_ref().filter(|extent| extent.end - extent.start > 1);
    match extent.filter(|_| home.is_some() && place.node.is_some()) {
        Some(extent) => {
            let n = number::grouped(extent.end - extent.start);
            words.push_str(&format!(", written from {:#x} to {:#x}, {n} bytes", extent.start, extent.end - 1));
        }
        None if place.at.len > 1 => words.push_str(&format!(", {} bytes", number::grouped(place.at.len))),
        None => {}
    }
    match home {
        Some(part) if !part.name.is_empty() => words.push_str(&format!(", in {}", escape::plain(&part.name))),
        Some(_) => {}
        None => words.push_str(", in the file around it"),
    }
    words
}

fn fact(ui: &mut Ui, cx: &Ctx<'_>, name: &str, words: &str) {
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(NAMES, 24.0), Sense::hover());
        paint::text(ui.painter(), rect.left(), rect.center().y, name, theme::sans(12.0), cx.p.dim, NAMES);
        ui.vertical(|ui| {
            ui.add_space(4.0);
            prose(ui, words, cx.p.text);
            ui.add_space(4.0);
        });
    });
}

fn rule_fact(ui: &mut Ui, cx: &mut Ctx<'_>, rule: &'static Rule) {
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(NAMES, 24.0), Sense::hover());
        paint::text(ui.painter(), rect.left(), rect.center().y, "Rule", theme::sans(12.0), cx.p.dim, NAMES);
        let words = RichText::new(rule.id).font(theme::mono(12.0));
        let centred = egui::Layout::left_to_right(egui::Align::Center);
        let room = vec2(ui.available_width(), 24.0);
        let link = ui.allocate_ui_with_layout(room, centred, |ui| ui.add(egui::Link::new(words))).inner;
        let name = format!("What the rule {} means", rule.id);
        link.widget_info(|| WidgetInfo::labeled(Role::Link, true, &name));
        if link.on_hover_text(name).clicked() {
            cx.send(Command::Overlay(Overlay::Rules(rule.id.to_owned())));
        }
    });
}

fn buttons(
    ui: &mut Ui,
    cx: &mut Ctx<'_>,
    doc: &Doc,
    i: usize,
    finding: &Finding,
    told: Option<&Told>,
    facts: &[(&'static str, String)],
) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        let button = |ui: &mut Ui, glyph: &str, words: &str| {
            let text = egui::Button::new((RichText::new(glyph).font(theme::icon(15.0)), words));
            let response = ui.add(text);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, words));
            response.clicked()
        };
        let place = finding.place;
        let home = doc.artifact.parts.get(place.part).is_some_and(|part| part.stream == place.at.stream);
        if home && doc.artifact.pickled(place.part).is_some() && button(ui, icons::CODE, "Show opcode") {
            cx.send(Command::Evidence(i, Pane::Opcodes));
        }
        if button(ui, icons::BINARY, "Show bytes") {
            cx.send(Command::Evidence(i, Pane::Bytes));
        }
        if let (Some(node), Some(_)) = (place.node, told.and_then(|told| told.path.as_ref()))
            && button(ui, icons::TREE_STRUCTURE, "Show in the tree")
        {
            cx.send(Command::Index(crate::app::workspace::Index::Objects));
            cx.send(Command::Object(place.part, node));
        }
        if button(ui, icons::COPY, "Copy as text") {
            cx.send(Command::Copy(text(doc, finding, told, facts)));
        }
    });
}

/// A finding as text, for a report or a message.
fn text(doc: &Doc, finding: &Finding, told: Option<&Told>, facts: &[(&'static str, String)]) -> String {
    let mut out = format!("{} ({}, {})\n", finding.title(), finding.rule.severity.word(), finding.rule.id);
    out.push_str(&format!("{}\n", finding.rule.why));
    if !finding.callable.is_empty() {
        let arguments = told.map_or(&finding.arguments, |told| &told.arguments);
        out.push_str(&format!("{}{arguments}\n", escape::plain(&finding.callable)));
    }
    for (name, words) in facts {
        out.push_str(&format!("{name}: {words}\n"));
    }
    out.push_str(&format!("File: {}\n", escape::name(doc.artifact.path.as_os_str())));
    out
}

/// The lines for the allow file, for a callable of which nothing is known.
fn allow_lines(report: &Report, finding: &Finding) -> Option<String> {
    if !matches!(finding.rule.id, "unknown-call" | "unknown-import") {
        return None;
    }
    let reach = report.reaches.iter().find(|reach| reach.callable == finding.callable)?;
    let (module, name) = reach.symbol.as_ref()?;
    Some(Allow::entry_text(module, name))
}

fn vouch(ui: &mut Ui, cx: &mut Ctx<'_>, lines: &str) {
    ui.label(RichText::new("If you know that it is harmless").font(theme::semibold(12.0)).color(cx.p.text2));
    ui.add_space(4.0);
    let words = format!(
        "These lines in a {ALLOW_FILE} of the folder that picklescope is started in vouch for it, here and on the command line."
    );
    prose(ui, &words, cx.p.text2);
    ui.add_space(8.0);
    code(ui, cx, lines.trim_end());
    ui.add_space(8.0);
    if paint::quiet(ui, icons::COPY, "Copy lines", "Copy the lines for the allow file").clicked() {
        cx.send(Command::Copy(lines.to_owned()));
    }
}

/// The help that explains the rules, narrowed by what is typed.
pub fn rules(ui: &mut Ui, cx: &Ctx<'_>, text: &mut String) {
    ui.label(RichText::new("What the rules mean").font(theme::semibold(15.0)).color(cx.p.text));
    ui.add_space(8.0);
    let edit = egui::TextEdit::singleline(text).hint_text("Filter by id or words").desired_width(f32::INFINITY);
    let response = ui.add(edit);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter the rules"));
    response.request_focus();
    let wanted = text.trim().to_lowercase();
    let matches = |rule: &&&Rule| {
        [rule.id, rule.title, rule.why, rule.severity.word()].iter().any(|words| words.to_lowercase().contains(&wanted))
    };
    let found: Vec<&Rule> = RULES.iter().filter(matches).copied().collect();
    ui.add_space(8.0);
    if found.is_empty() {
        ui.label(RichText::new(format!("No rule matches {:?}", text.trim())).color(cx.p.dim));
        return;
    }
    let tall = (ui.ctx().content_rect().height() - 260.0).max(120.0);
    egui::ScrollArea::vertical().id_salt("rules").max_height(tall).auto_shrink([false, true]).show(ui, |ui| {
        for rule in found {
            let (glyph, tone) = severity_icon(rule.severity, cx.p);
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
            let (painter, middle) = (ui.painter(), rect.center().y);
            paint::icon(painter, pos2(rect.left() + 9.0, middle), glyph, 16.0, tone);
            let right = rect.right() - 14.0;
            let used = paint::text_right(painter, right, middle, rule.id, theme::mono(11.0), cx.p.dim);
            let room = right - used - 12.0 - rect.left() - 26.0;
            paint::text(painter, rect.left() + 26.0, middle, rule.title, theme::medium(13.0), cx.p.text, room);
            let name = format!("{}, {}: {}. {}", rule.id, rule.severity.word(), rule.title, rule.why);
            response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
            ui.horizontal_top(|ui| {
                ui.add_space(26.0);
                ui.set_max_width(ui.available_width() - 20.0);
                let words = RichText::new(rule.why).font(theme::sans(12.0)).color(cx.p.text2);
                ui.add(Label::new(words).wrap().selectable(true));
            });
            ui.add_space(10.0);
        }
    });
}
