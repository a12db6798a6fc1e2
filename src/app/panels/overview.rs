//! The overview strips of the evidence: where in the opcodes and in the bytes the findings are.

use std::ops::Range;
use std::sync::Arc;

use egui::{Rect, Ui};

use super::Ctx;
use crate::app::update::Command;
use crate::app::widgets::big_list::ListPos;
use crate::app::widgets::overview::{self, Jump, Tick};
use crate::app::workspace::{Doc, Strip};
use crate::audit::{Report, Severity};
use crate::bytes::StreamId;
use crate::formats::Artifact;

/// Takes the room of a strip from a pane. A file without findings has none.
pub fn reserve(ui: &mut Ui, doc: &Doc) -> Option<Rect> {
    let worth = doc.report.findings.first().is_some_and(|finding| finding.rule.severity > Severity::Note);
    worth.then(|| overview::reserve(ui))
}

/// Draws the strip of the opcodes, of which `seen` are in sight.
pub fn opcodes(ui: &Ui, cx: &mut Ctx<'_>, doc: &mut Doc, strip: Option<Rect>, seen: Range<u64>) {
    let Some(rect) = strip else { return };
    let part = doc.selection.part;
    let Some(rows) = doc.artifact.pickled(part).map(|pickled| pickled.decoded.index.rows()) else { return };
    let height = pixels(rect);
    let key = Strip::Opcodes(part, height);
    let (artifact, report) = (Arc::clone(&doc.artifact), Arc::clone(&doc.report));
    doc.strips.want(ui.ctx(), key, move |_| Ok(opcode_ticks(&artifact, &report, part, height)));
    let shown = doc.strips.get(key);
    let ticks = ticks(shown.as_deref());
    match overview::strip(ui, rect, "opcodes", ticks, seen.clone(), rows, cx.p) {
        Some(Jump::Tick(tick)) => cx.send(to(doc, tick)),
        Some(Jump::Share(share)) => doc.at.ops = around(share, rows, &seen),
        None => {}
    }
}

/// Draws the strip of the bytes of a stream, of which the rows `seen` are in sight.
pub fn bytes(ui: &Ui, cx: &mut Ctx<'_>, doc: &mut Doc, stream: StreamId, strip: Option<Rect>, seen: Range<u64>) {
    let Some(rect) = strip else { return };
    let rows = doc.rows_of(stream);
    let (n, height) = (rows.rows(), pixels(rect));
    let key = Strip::Bytes(stream, n, height);
    let (artifact, report) = (Arc::clone(&doc.artifact), Arc::clone(&doc.report));
    doc.strips.want(ui.ctx(), key, move |_| {
        let places = places(&artifact, &report, stream);
        let rows = places.map(|(part, offset, severity)| (rows.row_of(offset), part, offset, severity));
        Ok(overview::ticks(rows, n, height))
    });
    let shown = doc.strips.get(key);
    let ticks = ticks(shown.as_deref());
    match overview::strip(ui, rect, "bytes", ticks, seen.clone(), n, cx.p) {
        Some(Jump::Tick(tick)) => cx.send(to(doc, tick)),
        Some(Jump::Share(share)) => doc.at.bytes = around(share, n, &seen),
        None => {}
    }
}

fn pixels(rect: Rect) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the height of a pane")]
    let pixels = rect.height().clamp(0.0, 16_000.0) as u16;
    pixels
}

fn ticks(shown: Option<&crate::bytes::Result<Vec<Tick>>>) -> &[Tick] {
    match shown {
        Some(Ok(ticks)) => ticks,
        _ => &[],
    }
}

/// The finding at a mark; the opcode there if the mark is one of many of its finding.
fn to(doc: &Doc, tick: Tick) -> Command {
    let here = |place: &crate::audit::Place| place.part == tick.part && place.at.start == tick.offset;
    match doc.report.findings.iter().position(|finding| here(&finding.place)) {
        Some(i) => Command::Finding(i),
        None => Command::Opcode(tick.part, tick.offset),
    }
}

/// The position that puts a share of the list in the middle of what is in sight.
fn around(share: f32, rows: u64, seen: &Range<u64>) -> ListPos {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a pixel of a strip stands for many rows"
    )]
    let row = (f64::from(share) * rows as f64) as u64;
    ListPos { row: row.saturating_sub((seen.end - seen.start) / 2), ..ListPos::default() }
}

fn opcode_ticks(artifact: &Artifact, report: &Report, part: usize, height: u16) -> Vec<Tick> {
    let Some(pickled) = artifact.pickled(part) else { return Vec::new() };
    let marks = report.marks_of(part);
    let (index, bytes) = (&pickled.decoded.index, &pickled.decoded.bytes);
    let rows = index.rows_at(bytes, marks.iter().map(|mark| mark.offset));
    let places = rows.zip(marks).map(|(row, mark)| (row, part, mark.offset, mark.severity));
    overview::ticks(places, index.rows(), height)
}

/// The marked places of a stream: of the parts in it, and of findings about the stream itself.
fn places<'a>(
    artifact: &'a Artifact,
    report: &'a Report,
    stream: StreamId,
) -> impl Iterator<Item = (usize, u64, Severity)> + 'a {
    let parts = (0..).zip(&artifact.parts).filter(move |(_, part)| part.stream == stream).map(|(i, _)| i);
    let marks = parts.flat_map(|part| report.marks_of(part)).map(|mark| (mark.part, mark.offset, mark.severity));
    let findings = report
        .findings
        .iter()
        .filter(move |finding| finding.place.at.stream == stream && finding.rule.severity > Severity::Note);
    marks.chain(findings.map(|f| (f.place.part, f.place.at.start, f.rule.severity)))
}
