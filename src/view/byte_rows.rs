//! The bytes of a stream as rows of sixteen, with the data of each array folded to one row until it is asked for: nobody
//! reads a megabyte of floats on the way to the next opcode.

use std::ops::Range;

use crate::array::Elements;
use crate::bytes::StreamId;
use crate::formats::Artifact;

/// Bytes on a row.
pub const WIDTH: u64 = 16;
/// Data shorter than this are no burden: they stand open.
const FOLDED_FROM: u64 = 256;

/// A row of the byte pane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByteRow {
    /// Bytes; the first column is that of `start % 16`.
    Bytes(Range<u64>),
    /// The data of an array, folded; the number is that of the fold.
    Fold(usize),
}

/// The data of an array in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Where they are.
    pub range: Range<u64>,
    /// The array's number in the artifact.
    pub array: usize,
    /// They are shown.
    pub open: bool,
}

/// Some rows that follow each other.
#[derive(Clone, Debug)]
struct Segment {
    first_row: u64,
    range: Range<u64>,
    fold: Option<usize>,
}

/// The rows of a stream.
#[derive(Clone, Debug, Default)]
pub struct ByteRows {
    len: u64,
    folds: Vec<Fold>,
    segments: Vec<Segment>,
    rows: u64,
}

impl ByteRows {
    /// The rows of a stream of an artifact, with all large arrays folded. A stream that is nothing but one array's data
    /// is not folded: there would be nothing else to see.
    pub fn of(artifact: &Artifact, stream: StreamId) -> Self {
        let len = artifact.streams.get(stream).map_or(0, |stream| stream.bytes.len());
        let mut folds: Vec<Fold> = Vec::new();
        for (array, entry) in artifact.arrays.iter().enumerate() {
            let span = entry.span;
            let held = matches!(entry.elements, Elements::Bytes(_)) && span.stream == stream && span.end() <= len;
            if held && span.len >= FOLDED_FROM && span.len < len {
                folds.push(Fold { range: span.start..span.end(), array, open: false });
            }
        }
        folds.sort_by_key(|fold| (fold.range.start, fold.range.end));
        // Views of one storage overlap: the first one stands for all.
        let mut end = 0;
        folds.retain(|fold| {
            let apart = fold.range.start >= end;
            end = if apart { fold.range.end } else { end };
            apart
        });
        let mut rows = Self { len, folds, ..Self::default() };
        rows.lay();
        rows
    }

    fn lay(&mut self) {
        self.segments.clear();
        self.rows = 0;
        let mut at = 0;
        for i in 0..self.folds.len() {
            let Some(fold) = self.folds.get(i).filter(|fold| !fold.open).cloned() else { continue };
            self.push(at..fold.range.start, None);
            self.push(fold.range.clone(), Some(i));
            at = fold.range.end;
        }
        self.push(at..self.len, None);
    }

    fn push(&mut self, range: Range<u64>, fold: Option<usize>) {
        if range.is_empty() {
            return;
        }
        let rows = if fold.is_some() { 1 } else { range.end.div_ceil(WIDTH) - range.start / WIDTH };
        self.segments.push(Segment { first_row: self.rows, range, fold });
        self.rows += rows;
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The folds, in the order of the stream.
    pub fn folds(&self) -> &[Fold] {
        &self.folds
    }

    /// A row.
    pub fn get(&self, row: u64) -> Option<ByteRow> {
        let at = self.segments.partition_point(|segment| segment.first_row <= row).checked_sub(1)?;
        let segment = self.segments.get(at).filter(|_| row < self.rows)?;
        if let Some(fold) = segment.fold {
            return Some(ByteRow::Fold(fold));
        }
        let line = (segment.range.start / WIDTH + (row - segment.first_row)).saturating_mul(WIDTH);
        let end = line.saturating_add(WIDTH).min(segment.range.end);
        Some(ByteRow::Bytes(line.max(segment.range.start)..end))
    }

    /// The row that shows the byte at `offset`; its fold's, if it is folded.
    pub fn row_of(&self, offset: u64) -> u64 {
        let Some(at) = self.segments.partition_point(|segment| segment.range.start <= offset).checked_sub(1) else {
            return 0;
        };
        let Some(segment) = self.segments.get(at) else { return 0 };
        match segment.fold {
            Some(_) => segment.first_row,
            None => {
                let offset = offset.min(segment.range.end.saturating_sub(1));
                segment.first_row + (offset / WIDTH).saturating_sub(segment.range.start / WIDTH)
            }
        }
    }

    /// Opens or folds the data of an array.
    pub fn toggle(&mut self, fold: usize) {
        if let Some(fold) = self.folds.get_mut(fold) {
            fold.open = !fold.open;
            self.lay();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bytes::{Bytes, Limits, Progress};

    /// An npz-like pair of arrays would need a zip; two npy files do not share a stream. So: rows by hand.
    fn rows(len: u64, folds: &[Range<u64>]) -> ByteRows {
        let folds = folds.iter().map(|range| Fold { range: range.clone(), array: 0, open: false }).collect();
        let mut rows = ByteRows { len, folds, ..ByteRows::default() };
        rows.lay();
        rows
    }

    #[test]
    fn every_byte_is_on_one_row_and_rows_keep_their_columns() {
        let mut all = rows(1000, &[70..400, 400..700]);
        for _ in 0..3 {
            let mut at = 0;
            for row in 0..all.rows() {
                match all.get(row).unwrap() {
                    ByteRow::Bytes(range) => {
                        assert_eq!(range.start, at);
                        assert!(range.end > range.start && (range.end - 1) / 16 == range.start / 16);
                        range.clone().for_each(|offset| assert_eq!(all.row_of(offset), row));
                        at = range.end;
                    }
                    ByteRow::Fold(i) => {
                        let range = all.folds()[i].range.clone();
                        assert_eq!(range.start, at);
                        assert_eq!((all.row_of(range.start), all.row_of(range.end - 1)), (row, row));
                        at = range.end;
                    }
                }
            }
            assert_eq!(at, 1000);
            assert_eq!(all.get(all.rows()), None);
            all.toggle(1);
            all.toggle(usize::from(all.folds()[0].open));
        }
    }

    #[test]
    fn without_folds_there_are_as_many_rows_as_lines() {
        let all = rows(33, &[]);
        assert_eq!((all.rows(), all.get(2)), (3, Some(ByteRow::Bytes(32..33))));
        assert_eq!(rows(0, &[]).get(0), None);
    }

    #[test]
    fn the_data_of_an_array_are_folded_and_those_of_a_small_one_are_not() {
        let header = |n: usize| {
            let mut data = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
            data.extend(format!("{{'descr': '<f8', 'fortran_order': False, 'shape': ({n},), }}").bytes());
            data.resize(127, b' ');
            data.push(b'\n');
            data.resize(128 + 8 * n, 0);
            Bytes::from_vec(data)
        };
        let of = |n| {
            let artifact = crate::formats::read(Path::new("a.npy"), header(n), &Limits::default(), &Progress::new());
            ByteRows::of(&artifact, StreamId::FILE)
        };
        assert_eq!((of(1000).rows(), of(1000).folds()[0].range.clone()), (9, 128..8128));
        assert_eq!(of(4).rows(), 10);
    }
}
