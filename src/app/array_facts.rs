//! What is computed of an array beside the window: its statistics and a first distribution.

use crate::array::{ArrayView, Histogram, Number, Stats, histogram, stats};
use crate::bytes::{Progress, Result};

/// Bins of the first histogram.
const BINS: usize = 72;

/// What was computed of an array.
#[derive(Debug)]
pub struct ArrayFacts {
    /// Statistics.
    pub stats: Stats,
    /// Distribution of the finite values, if they are numbers.
    pub histogram: Option<Histogram>,
}

/// Statistics and a first distribution of an array.
pub fn facts(view: &ArrayView, progress: &Progress) -> Result<ArrayFacts> {
    progress.phase("Statistics", view.len().saturating_mul(view.dtype().size));
    let stats = stats(view, progress)?;
    let range = match (stats.min, stats.max) {
        (Some(min), Some(max)) if stats.mean.is_some() => Some((min, max)),
        _ => None,
    };
    let histogram = match range {
        Some((low, high)) => {
            progress.phase("Distribution", view.len().saturating_mul(view.dtype().size));
            let bins = match (low, high) {
                // Few distinct integers: a bin each.
                (Number::Int(low), Number::Int(high)) => usize::try_from(high - low + 1).unwrap_or(BINS).clamp(1, BINS),
                _ => usize::try_from(view.len().isqrt()).unwrap_or(BINS).clamp(8, BINS),
            };
            Some(histogram(view, low.as_f64(), high.as_f64(), bins, progress)?)
        }
        None => None,
    };
    Ok(ArrayFacts { stats, histogram })
}
