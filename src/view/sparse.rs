//! A sparse matrix or tensor in words: how it is stored, how full it is, and whether its indices fit.

use crate::array::{layout, tuple_text};
use crate::bytes::{Progress, Result};
use crate::formats::sparse::Sparse;
use crate::view::code::Line;
use crate::view::{escape, number};

/// The shape and how much is stored, short enough for a row.
pub fn words(sparse: &Sparse<'_>) -> String {
    let stored = sparse.stored().map(|n| format!(", {} stored", number::grouped(n))).unwrap_or_default();
    format!("{}{stored}", tuple_text(&sparse.shape))
}

/// Everything about it, line by line. Reads its indices; for a job.
pub fn lines(sparse: &Sparse<'_>, progress: &Progress) -> Result<Vec<Line>> {
    let mut all = vec![Line::Section("Sparse matrix".to_owned())];
    let mut put = |name: &str, value: String| all.push(Line::Fact(name.to_owned(), value));
    put("Layout", escape::plain(&sparse.name));
    put("Shape", tuple_text(&sparse.shape));
    if let Some(dtype) = sparse.dtype() {
        put("Type", escape::plain(&dtype));
    }
    if let Some([rows, columns]) = sparse.blocks() {
        put("Blocks", format!("{rows} by {columns}"));
    }
    if let Some(stored) = sparse.stored() {
        let of = layout::count(&sparse.shape).map(|n| format!(" of {}", number::grouped(n))).unwrap_or_default();
        put("Stored", format!("{}{of} values", number::grouped(stored)));
    }
    all.push(Line::Section("Check".to_owned()));
    let mut wrong = sparse.shape_problems();
    // Indices are compared with shapes: where those contradict each other there is nothing to compare with.
    if wrong.is_empty() {
        wrong = sparse.value_problems(progress)?;
    }
    if wrong.is_empty() {
        all.push(Line::Note("Every index lies inside of the shape, and the lengths of its parts fit.".to_owned()));
    }
    all.extend(wrong.iter().map(|problem| Line::Wrong(escape::plain(&format!("{:#x}: {problem}", problem.at.start)))));
    Ok(all)
}
