//! Row n of the listing in microseconds, without storing rows: a checkpoint every 4096 opcodes.

use super::decode::Ops;
use super::op::Op;
use crate::bytes::{Bytes, Result};

/// Opcodes between two checkpoints. A page costs 20 to 70 µs to decode.
pub const STEP: u64 = 4096;

/// Where the opcodes of a stream are.
#[derive(Clone, Debug, Default)]
pub struct OpIndex {
    /// Offset of row `i * STEP`.
    checkpoints: Vec<u64>,
    /// (offset, length) of raw bytes between opcodes, sorted.
    gaps: Vec<(u64, u64)>,
    rows: u64,
}

impl OpIndex {
    /// Number of opcodes.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// (offset, length) of raw bytes between opcodes, sorted.
    pub fn gaps(&self) -> &[(u64, u64)] {
        &self.gaps
    }

    pub(super) fn checkpoint(&mut self, offset: u64) {
        self.checkpoints.push(offset);
    }

    pub(super) fn gap(&mut self, offset: u64, len: u64) {
        self.gaps.push((offset, len));
    }

    pub(super) fn set_rows(&mut self, rows: u64) {
        self.rows = rows;
    }

    /// The listing from `row` on; it ends with the stream, so take only what is needed.
    pub fn ops_from<'a>(&'a self, bytes: &'a Bytes, row: u64) -> Ops<'a> {
        let page = usize::try_from(row / STEP).unwrap_or(usize::MAX).min(self.checkpoints.len().saturating_sub(1));
        let at = self.checkpoints.get(page).copied().unwrap_or(0);
        let mut ops = Ops::new(bytes, &self.gaps, at, page as u64 * STEP);
        ops.skip_to(row);
        ops
    }

    /// (opcode, offset, length) of what follows from `offset` on, which must be that of an opcode; arguments are not
    /// decoded. For walks of the whole stream.
    pub(super) fn walk_from<'a>(
        &'a self,
        bytes: &'a Bytes,
        offset: u64,
    ) -> impl Iterator<Item = Result<(Op, u64, u64)>> + 'a {
        let mut ops = Ops::new(bytes, &self.gaps, offset, 0);
        std::iter::from_fn(move || ops.next_bare())
    }

    /// The rows of opcodes that begin at, or hold, these offsets, which must be sorted. Decodes each page once, so it
    /// belongs in a job.
    pub fn rows_at<'a>(
        &'a self,
        bytes: &'a Bytes,
        sorted: impl Iterator<Item = u64> + 'a,
    ) -> impl Iterator<Item = u64> + 'a {
        let (mut page, mut ops) = (usize::MAX, Ops::new(bytes, &self.gaps, 0, 0));
        // The next row that is read, and the end of the one before.
        let (mut row, mut end) = (0, 0);
        sorted.map(move |offset| {
            let at = self.checkpoints.partition_point(|at| *at <= offset).saturating_sub(1);
            if at != page {
                let start = self.checkpoints.get(at).copied().unwrap_or(0);
                (page, row, end) = (at, at as u64 * STEP, start);
                ops = Ops::new(bytes, &self.gaps, start, row);
            }
            while end <= offset && row < self.rows {
                match ops.next_bare() {
                    Some(Ok((_, start, len))) => (row, end) = (row + 1, start.saturating_add(len)),
                    _ => break,
                }
            }
            row.saturating_sub(1)
        })
    }

    /// The row of the opcode that holds the byte at `offset` (the last one that begins at or before it).
    pub fn row_at(&self, bytes: &Bytes, offset: u64) -> Option<u64> {
        let page = self.checkpoints.partition_point(|at| *at <= offset).checked_sub(1)?;
        let at = *self.checkpoints.get(page)?;
        let mut found = None;
        let first = page as u64 * STEP;
        for op in Ops::new(bytes, &self.gaps, at, first).take(usize::try_from(STEP).unwrap_or(usize::MAX)) {
            match op {
                Ok(op) if op.offset <= offset && op.row < self.rows => found = Some(op.row),
                _ => break,
            }
        }
        found
    }
}
