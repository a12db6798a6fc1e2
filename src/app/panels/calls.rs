//! Left: what loading would do. Findings first, what is known folded behind one line, then what the file gives away.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Ctx;
use crate::app::call_list::{Line, SLOT};
use crate::app::theme::Palette;
use crate::app::update::Command;
use crate::app::widgets::big_list::{big_list, moved};
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Pane};
use crate::app::{icons, theme};
use crate::audit::{Finding, Reach, Severity, Verdict, capability_text};
use crate::view::{escape, number};

/// Draws the list.
pub fn calls(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &mut Doc, focused: bool) {
    keys(ui, cx, doc, focused);
    let mut pos = doc.at.calls;
    let base = ui.scope_id();
    let mut drawn = None;
    let (doc_ref, cx_ref) = (&*doc, &mut *cx);
    big_list(ui, &mut pos, doc.calls.slots(), SLOT, focused, |ui, slot| {
        let Some((i, first, height, line)) = doc_ref.calls.at(slot) else { return };
        // A line is drawn once, from whichever of its slots comes into sight first.
        if drawn.replace(i) == Some(i) {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "at most five slots")]
        let (above, tall) = ((slot - first) as f32 * SLOT, height as f32 * SLOT);
        let slot = ui.max_rect();
        let rect = Rect::from_min_size(slot.min - vec2(0.0, above), vec2(slot.width(), tall));
        let mut row = ui.new_child(egui::UiBuilder::new().id_salt(("line", i)).max_rect(rect));
        row.set_clip_rect(ui.clip_rect());
        draw(&mut row, cx_ref, doc_ref, base.with(("line", i)), rect, line);
    });
    doc.at.calls = pos;
}

/// The lines above and below by keys.
fn keys(ui: &Ui, cx: &mut Ctx<'_>, doc: &Doc, focused: bool) {
    if !focused {
        return;
    }
    let all: Vec<Line> = doc.calls.selectable().collect();
    let now = all.iter().position(|line| is_selected(doc, *line)).map(|i| i as u64);
    let to = moved(ui, focused, now, all.len() as u64, ui.available_height() / 44.0);
    if let Some(line) = to.and_then(|to| usize::try_from(to).ok()).and_then(|to| all.get(to)) {
        choose(cx, doc, *line);
    }
}

fn is_selected(doc: &Doc, line: Line) -> bool {
    match (line, doc.finding) {
        (Line::Finding(i), Some(shown)) => i == shown,
        (Line::Reach(i), None) => doc
            .report
            .reaches
            .get(i)
            .is_some_and(|reach| doc.selection.offset == Some(reach.at.start) && doc.selection.part == reach.part),
        _ => false,
    }
}

fn choose(cx: &mut Ctx<'_>, doc: &Doc, line: Line) {
    match line {
        Line::Finding(i) => cx.send(Command::Finding(i)),
        Line::Reach(i) => {
            if let Some(reach) = doc.report.reaches.get(i) {
                cx.send(Command::Opcode(reach.part, reach.at.start));
            }
        }
        Line::Fold(_) => cx.send(Command::KnownCalls),
        Line::Allow | Line::Calm(_) | Line::Head(..) => {}
    }
}

fn draw(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc, id: egui::Id, rect: Rect, line: Line) {
    let p = cx.p;
    let painter = ui.painter().clone();
    let (left, middle, room) = (rect.left() + 12.0, rect.center().y, rect.width() - 28.0);
    let clickable = matches!(line, Line::Finding(_) | Line::Reach(_) | Line::Fold(_));
    let response = ui.interact(rect, id, if clickable { Sense::click() } else { Sense::hover() });
    let selected = is_selected(doc, line);
    if clickable {
        paint::row_ground(&painter, rect, selected, response.hovered(), p);
    }
    let words = match line {
        Line::Allow => {
            let (glyph, tone, words) = allow_words(doc, p);
            paint::icon(&painter, pos2(left + 8.0, middle), glyph, 14.0, tone);
            paint::text(&painter, left + 24.0, middle, &words, theme::sans(12.0), p.text2, room - 24.0);
            words
        }
        Line::Calm(words) => {
            paint::icon(&painter, pos2(left + 8.0, middle), icons::CHECK_CIRCLE, 16.0, p.ok);
            paint::text(&painter, left + 28.0, middle, words, theme::sans(13.0), p.text, room - 28.0);
            words.to_owned()
        }
        Line::Head(words, n) => {
            let below = rect.bottom() - 13.0;
            let used = paint::text(&painter, left, below, words, theme::semibold(12.0), p.text2, room);
            paint::text(&painter, left + used + 8.0, below, &n.to_string(), theme::mono(11.0), p.dim, room);
            format!("{words} {n}")
        }
        Line::Fold(n) => {
            let open = doc.calls.known_open();
            let glyph = if open { icons::CARET_DOWN } else { icons::CARET_RIGHT };
            paint::icon(&painter, pos2(left + 8.0, middle), glyph, 12.0, p.dim);
            paint::icon(&painter, pos2(left + 28.0, middle), icons::CHECK_CIRCLE, 16.0, p.ok);
            let words = if n == 1 {
                "1 known callable".to_owned()
            } else {
                format!("{} known callables", number::grouped(n as u64))
            };
            paint::text(&painter, left + 44.0, middle, &words, theme::sans(13.0), p.text2, room - 44.0);
            words
        }
        Line::Reach(i) => match doc.report.reaches.get(i) {
            Some(reach) => reach_row(&painter, p, rect, reach),
            None => return,
        },
        Line::Finding(i) => match doc.report.findings.get(i) {
            Some(finding) => finding_row(&painter, p, rect, finding, selected),
            None => return,
        },
    };
    let role = match line {
        Line::Finding(_) | Line::Reach(_) => Role::Row,
        Line::Fold(_) => Role::Button,
        Line::Allow | Line::Calm(_) | Line::Head(..) => Role::Label,
    };
    response.widget_info(|| WidgetInfo::selected(role, true, selected, &words));
    if matches!(line, Line::Fold(_)) {
        let open = doc.calls.known_open();
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_expanded(open));
    }
    if response.clicked() {
        cx.send(Command::Pane(Pane::Index));
        choose(cx, doc, line);
    }
    if !matches!(line, Line::Head(..) | Line::Fold(_) | Line::Calm(_)) {
        response.on_hover_text(words);
    }
}

/// What is said of the allow file.
fn allow_words(doc: &Doc, p: &Palette) -> (&'static str, egui::Color32, String) {
    match &doc.allow {
        Ok(allow) => {
            let path = allow.path.as_deref().map(|path| escape::name(path.as_os_str())).unwrap_or_default();
            let callables = if doc.allowed == 1 { "callable" } else { "callables" };
            (icons::INFO, p.dim, format!("{} {callables} allowed by {path}", doc.allowed))
        }
        Err(why) => {
            let why = escape::plain(why.trim()).replace("\\n", " ");
            (icons::WARNING, p.caution, format!("The allow file is not used. {why}"))
        }
    }
}

/// The icon and colour of a severity.
pub fn severity_icon(severity: Severity, p: &Palette) -> (&'static str, egui::Color32) {
    match severity {
        Severity::Danger => (icons::WARNING_OCTAGON, p.danger),
        Severity::Caution => (icons::QUESTION, p.caution),
        Severity::Note => (icons::INFO, p.dim),
    }
}

fn finding_row(painter: &egui::Painter, p: &Palette, rect: Rect, finding: &Finding, selected: bool) -> String {
    let (glyph, tone) = severity_icon(finding.rule.severity, p);
    let left = rect.left() + 40.0;
    let dim = if selected { p.text2 } else { p.dim };
    let first = rect.top() + 14.0;
    paint::icon(painter, pos2(rect.left() + 20.0, first), glyph, 16.0, tone);
    let right = rect.right() - 18.0;
    let at = format!("{:#x}", finding.place.at.start);
    let mut used = paint::text_right(painter, right, first, &at, theme::mono(11.0), dim);
    if finding.count > 1 {
        let times = format!("{}×", number::grouped(finding.count));
        used += 10.0 + paint::text_right(painter, right - used - 10.0, first, &times, theme::mono(11.0), dim);
    }
    let callable = escape::plain(&finding.callable);
    let mut words = finding.rule.title.to_owned();
    paint::text(painter, left, first, &words, theme::medium(13.0), p.text, right - used - 12.0 - left);
    let mut line = first + 18.0;
    if !callable.is_empty() {
        let name = if finding.rule.severity == Severity::Note { p.text2 } else { tone };
        let at = left + paint::text(painter, left, line, &callable, theme::mono(12.0), name, right - left);
        paint::text(painter, at, line, &finding.arguments, theme::mono(12.0), p.text2, right - at);
        words.push_str(&format!(": {callable}{}", finding.arguments));
        line += 16.0;
    }
    if !finding.detail.is_empty() {
        let detail = escape::plain(&finding.detail);
        paint::text(painter, left, line, &detail, theme::sans(12.0), p.text2, right - left);
        words.push_str(&format!(". {detail}"));
    }
    if finding.count > 1 {
        words.push_str(&format!(", {} times", number::grouped(finding.count)));
    }
    words
}

fn reach_row(painter: &egui::Painter, p: &Palette, rect: Rect, reach: &Reach) -> String {
    let middle = rect.center().y;
    let glyph = match reach.verdict {
        Verdict::Known => icons::CHECK_CIRCLE,
        Verdict::Unknown => icons::QUESTION,
        Verdict::Danger(_) => icons::WARNING_OCTAGON,
    };
    paint::icon(painter, pos2(rect.left() + 40.0, middle), glyph, 14.0, p.verdict(reach.verdict));
    let right = rect.right() - 18.0;
    let at = format!("{:#x}", reach.at.start);
    let mut used = paint::text_right(painter, right, middle, &at, theme::mono(11.0), p.dim);
    let times = match (reach.calls, reach.imports) {
        (0, _) => "imported only".to_owned(),
        (1, _) => String::new(),
        (n, _) => format!("{}×", number::grouped(n)),
    };
    let font = if reach.calls == 0 { theme::sans(12.0) } else { theme::mono(11.0) };
    if !times.is_empty() {
        used += 10.0 + paint::text_right(painter, right - used - 10.0, middle, &times, font, p.dim);
    }
    let callable = escape::plain(&reach.callable);
    let left = rect.left() + 56.0;
    // The end of a dotted name says more than its beginning.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "characters on a row")]
    let room = ((right - used - 12.0 - left) / 7.3).max(8.0) as usize as f32;
    let shown = super::index::middle_cut(&callable, room);
    paint::text(painter, left, middle, &shown, theme::mono(12.0), p.text, right - used - 12.0 - left);
    let what = match reach.verdict {
        Verdict::Danger(capability) => format!("can {}", capability_text(capability)),
        Verdict::Unknown => "not known to picklescope".to_owned(),
        Verdict::Known => "known and harmless".to_owned(),
    };
    let times = match (reach.calls, reach.imports) {
        (0, _) => "imported only".to_owned(),
        (1, _) => "called once".to_owned(),
        (n, _) => format!("called {} times", number::grouped(n)),
    };
    format!("{callable}, {what}, {times}")
}
