//! A member that is text, as lines: source code of TorchScript, notes and settings that lie beside a model.

use super::escape;
use crate::bytes::{Error, ErrorKind, Progress, Result, Span};
use crate::formats::Artifact;

/// Bytes of a text that are shown; what people write is shorter.
const SHOWN: u64 = 4 << 20;
/// Characters of a line that are shown.
const WIDEST: usize = 2000;

/// The lines of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Each line, safe to show.
    pub all: Vec<String>,
    /// Characters of the longest.
    pub widest: usize,
    /// Bytes that are not shown.
    pub more: u64,
}

/// Reads the text of a part; for a job.
pub fn lines(artifact: &Artifact, part: usize, progress: &Progress) -> Result<Lines> {
    let stream = artifact.parts.get(part).and_then(|part| artifact.streams.get(part.stream));
    let stream = stream.ok_or(Error { at: Span::default(), kind: ErrorKind::Unrecognised })?;
    let len = stream.bytes.len().min(SHOWN);
    progress.check(stream.bytes.span(0, len))?;
    let raw = stream.bytes.read_vec(0, len)?;
    let text = String::from_utf8_lossy(&raw);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut found = Lines { more: stream.bytes.len() - len, ..Lines::default() };
    for line in text.lines() {
        let mut shown: String = line.chars().take(WIDEST).collect::<String>().replace('\t', "    ");
        shown = escape::plain(&shown);
        if line.chars().nth(WIDEST).is_some() {
            shown.push('…');
        }
        found.widest = found.widest.max(shown.chars().count());
        found.all.push(shown);
    }
    Ok(found)
}
