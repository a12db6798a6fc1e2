//! The verdict: what loading this file would do, in one sentence, with counts.

use egui::{Rect, Stroke, Ui, pos2, vec2};

use super::Ctx;
use crate::app::update::Command;
use crate::app::widgets::paint;
use crate::app::workspace::{Doc, Index};
use crate::app::{icons, theme};
use crate::audit::{ALLOW_FILE, Severity, Tone};

/// Narrower windows show no counts of nothing.
const NARROW: f32 = 620.0;

/// Draws the verdict.
pub fn header(ui: &mut Ui, cx: &mut Ctx<'_>, doc: &Doc) {
    let rect = ui.max_rect();
    let (colour, glyph) = match doc.sentence.tone {
        Tone::Clean => (cx.p.ok, icons::SHIELD_CHECK),
        Tone::Caution => (cx.p.caution, icons::SHIELD_WARNING),
        Tone::Danger => (cx.p.danger, icons::WARNING_OCTAGON),
    };
    let painter = ui.painter();
    painter.rect_filled(rect, 0.0, cx.p.bg2);
    painter.rect_filled(Rect::from_min_size(rect.min, vec2(3.0, rect.height())), 0.0, colour);
    painter.hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, cx.p.line));
    paint::icon(painter, pos2(rect.left() + 30.0, rect.center().y), glyph, 26.0, colour);
    let (_, unknown, known) = doc.report.counts();
    let (danger, caution) = (doc.report.of_severity(Severity::Danger), doc.report.of_severity(Severity::Caution));
    // A damaged file is no unknown callable.
    let what = if caution > unknown { "caution" } else { "unknown" };
    let chips = ui.scope_builder(
        egui::UiBuilder::new()
            .max_rect(rect.shrink2(vec2(16.0, 0.0)))
            .layout(egui::Layout::right_to_left(egui::Align::Center)),
        |ui| {
            let counts = [
                (icons::CHECK_CIRCLE, known, "known", cx.p.ok, None),
                (icons::QUESTION, caution, what, cx.p.dim, (caution > 0).then_some(cx.p.caution)),
                (icons::WARNING_OCTAGON, danger, "danger", cx.p.dim, (danger > 0).then_some(cx.p.danger)),
            ];
            for (glyph, count, label, tone, colour) in counts {
                // In a narrow window the sentence matters more than what is not there.
                if count == 0 && rect.width() < NARROW {
                    continue;
                }
                if paint::chip(ui, glyph, count, label, tone, colour).on_hover_text("Show the calls").clicked() {
                    cx.send(Command::Index(Index::Calls));
                }
            }
            ui.min_rect().left()
        },
    );
    let left = rect.left() + 56.0;
    let room = chips.inner - left - 16.0;
    let verdict = &doc.sentence.text;
    let response = ui.interact(
        Rect::from_min_max(rect.min, pos2(chips.inner, rect.bottom())),
        ui.scope_id().with("verdict"),
        egui::Sense::hover(),
    );
    let headline = &doc.sentence.headline;
    paint::text(ui.painter(), left, rect.top() + 21.0, headline, theme::semibold(16.0), cx.p.text, room);
    let facts = facts(doc);
    let mut at = left;
    if let Some(call) = &doc.sentence.call {
        at += paint::text(ui.painter(), at, rect.top() + 44.0, call, theme::mono(12.0), cx.p.danger, room * 0.7) + 12.0;
    }
    paint::text(ui.painter(), at, rect.top() + 44.0, &facts, theme::sans(12.0), cx.p.text2, left + room - at);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{verdict}. {facts}")));
    response.on_hover_text(verdict);
}

/// The line below the sentence. What an allow file vouches for is never left unsaid.
fn facts(doc: &Doc) -> String {
    let facts = &doc.sentence.facts;
    match &doc.allow {
        Ok(_) if doc.allowed == 0 => facts.clone(),
        Ok(_) if doc.allowed == 1 => format!("{facts} · 1 callable allowed by {ALLOW_FILE}"),
        Ok(_) => format!("{facts} · {} callables allowed by {ALLOW_FILE}", doc.allowed),
        Err(_) => format!("{facts} · {ALLOW_FILE} cannot be used, see Calls"),
    }
}
