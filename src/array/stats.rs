//! One pass over the values: extremes, mean, deviation, what is not finite; a histogram; a digest of the content.

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::dtype::{Dtype, Scalar};
use super::view::{ArrayView, Leaf, as_f64, as_int, leaves};
use crate::bytes::{Progress, Result};

/// A value of a statistic: exact for integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Of integers, booleans and times.
    Int(i128),
    /// Of floats.
    Float(f64),
}

impl Number {
    /// As a float, for drawing.
    #[expect(clippy::cast_precision_loss, reason = "for drawing")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(i) => i as f64,
            Self::Float(f) => f,
        }
    }
}

/// What the values of an array are like. Extremes, mean and deviation are over finite values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Number of values.
    pub count: u64,
    /// Smallest finite value.
    pub min: Option<Number>,
    /// Largest finite value.
    pub max: Option<Number>,
    /// Mean of the finite values.
    pub mean: Option<f64>,
    /// Their standard deviation, of the population.
    pub std: Option<f64>,
    /// Number of NaN.
    pub nan: Option<u64>,
    /// Number of +inf.
    pub posinf: Option<u64>,
    /// Number of -inf.
    pub neginf: Option<u64>,
    /// Number of exact zeros.
    pub zeros: Option<u64>,
    /// Number of NaT.
    pub nat: Option<u64>,
    /// Mean of the real and of the imaginary parts.
    pub complex_mean: Option<(f64, f64)>,
}

/// Running totals that can be merged: count, mean and sum of squared deviations (Chan, Golub and LeVeque 1979).
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    n: u64,
    mean: f64,
    m2: f64,
    min: f64,
    max: f64,
    int_min: i128,
    int_max: i128,
    nan: u64,
    posinf: u64,
    neginf: u64,
    zeros: u64,
    nat: u64,
    re: f64,
    im: f64,
    total: u64,
}

impl Tally {
    #[expect(clippy::cast_precision_loss, reason = "counts of elements stay far below 2^53")]
    fn merge(self, other: Self) -> Self {
        let (a, b) = (self, other);
        let mut out = Self {
            n: a.n + b.n,
            nan: a.nan + b.nan,
            posinf: a.posinf + b.posinf,
            neginf: a.neginf + b.neginf,
            zeros: a.zeros + b.zeros,
            nat: a.nat + b.nat,
            re: a.re + b.re,
            im: a.im + b.im,
            total: a.total + b.total,
            ..a
        };
        if a.n == 0 {
            return Self {
                mean: b.mean,
                m2: b.m2,
                min: b.min,
                max: b.max,
                int_min: b.int_min,
                int_max: b.int_max,
                ..out
            };
        }
        if b.n == 0 {
            return out;
        }
        let delta = b.mean - a.mean;
        let share = b.n as f64 / out.n as f64;
        out.mean = a.mean + delta * share;
        out.m2 = a.m2 + b.m2 + delta * delta * a.n as f64 * share;
        out.min = a.min.min(b.min);
        out.max = a.max.max(b.max);
        out.int_min = a.int_min.min(b.int_min);
        out.int_max = a.int_max.max(b.int_max);
        out
    }

    #[expect(clippy::cast_precision_loss, reason = "a batch has at most a few thousand values")]
    fn of_floats(values: &[f64]) -> Self {
        let mut t = Self { total: values.len() as u64, min: f64::INFINITY, max: f64::NEG_INFINITY, ..Self::default() };
        let mut sum = 0.0;
        for value in values {
            if value.is_finite() {
                t.n += 1;
                sum += value;
                t.min = t.min.min(*value);
                t.max = t.max.max(*value);
                t.zeros += u64::from(*value == 0.0);
            } else {
                t.nan += u64::from(value.is_nan());
                t.posinf += u64::from(*value == f64::INFINITY);
                t.neginf += u64::from(*value == f64::NEG_INFINITY);
            }
        }
        if t.n > 0 {
            t.mean = sum / t.n as f64;
            t.m2 = values.iter().filter(|v| v.is_finite()).map(|v| (v - t.mean) * (v - t.mean)).sum();
        }
        t
    }
}

/// Values taken together before they are merged: keeps sums accurate, and stays in the first-level cache.
const BATCH: usize = 1024;

/// Computes the statistics of `view`. Records have none of their own: ask for their fields.
#[expect(clippy::cast_precision_loss, reason = "counts of elements stay far below 2^53")]
pub fn stats(view: &ArrayView, progress: &Progress) -> Result<Stats> {
    let dtype = view.dtype();
    let mut all = Stats { count: view.len(), ..Stats::default() };
    let scalar = &dtype.scalar;
    let float = matches!(scalar, Scalar::Float | Scalar::BFloat16 | Scalar::Float8(_));
    let int = matches!(scalar, Scalar::Int | Scalar::Uint | Scalar::Bool);
    let time = matches!(scalar, Scalar::Datetime(_) | Scalar::Timedelta(_));
    let complex = matches!(scalar, Scalar::Complex);
    if !(float || int || time || complex) {
        return Ok(all);
    }
    let tally = tally(view, progress)?;
    if time {
        all.nat = Some(tally.nat);
    } else {
        all.nan = Some(tally.nan);
    }
    if view.is_empty() {
        return Ok(all);
    }
    if float {
        (all.posinf, all.neginf) = (Some(tally.posinf), Some(tally.neginf));
    }
    if complex {
        let n = tally.total as f64;
        all.complex_mean = Some((tally.re / n, tally.im / n));
        return Ok(all);
    }
    if tally.n > 0 {
        let number = |float_value, int_value| if float { Number::Float(float_value) } else { Number::Int(int_value) };
        all.min = Some(number(tally.min, tally.int_min));
        all.max = Some(number(tally.max, tally.int_max));
        if !time {
            let (mean, std) = match as_numpy(view, tally.n, progress)? {
                Some(exact) => exact,
                None => (tally.mean, (tally.m2 / tally.n as f64).sqrt()),
            };
            (all.mean, all.std, all.zeros) = (Some(mean), Some(std), Some(tally.zeros));
        }
    }
    Ok(all)
}

/// Arrays of up to this many values get their mean and deviation with NumPy's own order of summation, so that people
/// who compare find the same digits. Above, holding all values would cost more than the last bit is worth.
const AS_NUMPY: u64 = 1 << 17;

/// Mean and standard deviation as `values.mean()` and `values.std()` round them.
#[expect(clippy::cast_precision_loss, reason = "at most AS_NUMPY values")]
fn as_numpy(view: &ArrayView, finite: u64, progress: &Progress) -> Result<Option<(f64, f64)>> {
    if view.len() > AS_NUMPY {
        return Ok(None);
    }
    let size = usize::try_from(view.dtype().size).unwrap_or(1).max(1);
    let mut values = Vec::new();
    view.chunks(progress, |raw| {
        let numbers = raw.chunks_exact(size).filter_map(|element| as_f64(view.dtype(), element));
        values.extend(numbers.filter(|value| value.is_finite()));
        Ok(())
    })?;
    let n = finite as f64;
    let mean = pairwise(&values) / n;
    values.iter_mut().for_each(|value| *value = (*value - mean) * (*value - mean));
    Ok(Some((mean, (pairwise(&values) / n).sqrt())))
}

/// NumPy's pairwise summation (`pairwise_sum` in `loops_utils.h.src`): eight running sums up to 128 values, halves above.
/// The recursion is as deep as the logarithm of the length.
fn pairwise(values: &[f64]) -> f64 {
    let n = values.len();
    if n < 8 {
        return values.iter().fold(-0.0, |sum, value| sum + value);
    }
    if n <= 128 {
        let (blocks, rest) = values.as_chunks::<8>();
        let mut blocks = blocks.iter();
        let mut r = blocks.next().copied().unwrap_or_default();
        for block in blocks {
            r.iter_mut().zip(block).for_each(|(sum, value)| *sum += value);
        }
        let [a, b, c, d, e, f, g, h] = r;
        return rest.iter().fold(((a + b) + (c + d)) + ((e + f) + (g + h)), |sum, value| sum + value);
    }
    let half = n / 2;
    let (first, second) = values.split_at(half - half % 8);
    pairwise(first) + pairwise(second)
}

fn tally(view: &ArrayView, progress: &Progress) -> Result<Tally> {
    if view.is_dense() {
        // Any order will do: ranges of the file, several at once.
        return view
            .dense_chunks()
            .into_par_iter()
            .map(|(at, len)| {
                progress.check(view.bytes().span(at, len))?;
                let part = tally_bytes(view.dtype(), &view.bytes().read_vec(at, len)?);
                progress.add(len);
                Ok(part)
            })
            .try_reduce(Tally::default, |a, b| Ok(a.merge(b)));
    }
    let mut all = Tally::default();
    view.chunks(progress, |raw| {
        all = all.merge(tally_bytes(view.dtype(), raw));
        Ok(())
    })?;
    Ok(all)
}

macro_rules! floats {
    ($raw:expr, $big:expr, $ty:ty, $n:literal, $to:expr) => {
        batches($raw.as_chunks::<$n>().0, |chunk| {
            $to(if $big { <$ty>::from_be_bytes(*chunk) } else { <$ty>::from_le_bytes(*chunk) })
        })
    };
}

fn batches<T>(values: &[T], to: impl Fn(&T) -> f64) -> Tally {
    let mut buffer = [0.0; BATCH];
    values.chunks(BATCH).fold(Tally::default(), |all, batch| {
        for (slot, value) in buffer.iter_mut().zip(batch) {
            *slot = to(value);
        }
        all.merge(Tally::of_floats(buffer.get(..batch.len()).unwrap_or(&[])))
    })
}

fn tally_bytes(dtype: &Dtype, raw: &[u8]) -> Tally {
    let size = usize::try_from(dtype.size).unwrap_or(1).max(1);
    match (&dtype.scalar, dtype.size) {
        (Scalar::Float, 8) => floats!(raw, dtype.big, f64, 8, |v| v),
        (Scalar::Float, 4) => floats!(raw, dtype.big, f32, 4, f64::from),
        (Scalar::Float | Scalar::BFloat16 | Scalar::Float8(_), _) => {
            let values: Vec<&[u8]> = raw.chunks_exact(size).collect();
            batches(&values, |raw| as_f64(dtype, raw).unwrap_or(f64::NAN))
        }
        (Scalar::Complex, _) => {
            let part = Dtype { scalar: Scalar::Float, size: dtype.size / 2, big: dtype.big, name: None };
            let mut all = Tally::default();
            for element in raw.chunks_exact(size) {
                let (re, im) = element.split_at(size / 2);
                let (re, im) = (as_f64(&part, re).unwrap_or(0.0), as_f64(&part, im).unwrap_or(0.0));
                all.nan += u64::from(re.is_nan() || im.is_nan());
                all.re += re;
                all.im += im;
                all.total += 1;
            }
            all
        }
        _ => {
            let time = matches!(dtype.scalar, Scalar::Datetime(_) | Scalar::Timedelta(_));
            let mut all = Tally::default();
            let mut buffer = Vec::with_capacity(BATCH);
            for batch in raw.chunks(size * BATCH) {
                buffer.clear();
                let (mut low, mut high, mut nat) = (i128::MAX, i128::MIN, 0);
                for element in batch.chunks_exact(size) {
                    let value = as_int(dtype, element).unwrap_or(0);
                    if time && value == i128::from(i64::MIN) {
                        nat += 1;
                        continue;
                    }
                    low = low.min(value);
                    high = high.max(value);
                    #[expect(clippy::cast_precision_loss, reason = "NumPy converts the same way")]
                    buffer.push(value as f64);
                }
                all = all.merge(Tally { int_min: low, int_max: high, nat, ..Tally::of_floats(&buffer) });
            }
            all
        }
    }
}

/// Counts of finite values in equal bins from `low` to `high`.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Lower edge of the first bin.
    pub low: f64,
    /// Upper edge of the last bin, which includes it.
    pub high: f64,
    /// Values in each bin.
    pub counts: Vec<u64>,
}

/// Counts the values of `view` in `bins` equal bins between `low` and `high`, as `numpy.histogram` does.
pub fn histogram(view: &ArrayView, low: f64, high: f64, bins: usize, progress: &Progress) -> Result<Histogram> {
    let dtype = view.dtype();
    let size = usize::try_from(dtype.size).unwrap_or(1).max(1);
    // One value only: NumPy widens the range by a half to each side.
    let (low, high) = if low < high { (low, high) } else { (low - 0.5, high + 0.5) };
    // Beyond 2^53 a half is nothing: the one value then has one bin.
    let bins = if low < high { bins } else { 1 };
    // The widest range of all is no number: half of it is.
    let half = if (high - low).is_finite() { 1.0 } else { 0.5 };
    #[expect(clippy::cast_precision_loss, reason = "at most a few hundred bins")]
    let scale = bins as f64 / (high * half - low * half);
    let count = |raw: &[u8], counts: &mut Vec<u64>| {
        for element in raw.chunks_exact(size) {
            let Some(value) = as_f64(dtype, element).filter(|v| *v >= low && *v <= high) else { continue };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and bins")]
            let bin = (((value * half - low * half) * scale) as usize).min(bins.saturating_sub(1));
            if let Some(n) = counts.get_mut(bin) {
                *n += 1;
            }
        }
    };
    let add = |mut a: Vec<u64>, b: Vec<u64>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        a
    };
    let counts = if view.is_dense() {
        view.dense_chunks()
            .into_par_iter()
            .map(|(at, len)| {
                progress.check(view.bytes().span(at, len))?;
                let mut counts = vec![0; bins];
                count(&view.bytes().read_vec(at, len)?, &mut counts);
                Ok(counts)
            })
            .try_reduce(|| vec![0; bins], |a, b| Ok(add(a, b)))?
    } else {
        let mut counts = vec![0; bins];
        view.chunks(progress, |raw| {
            count(raw, &mut counts);
            Ok(())
        })?;
        counts
    };
    Ok(Histogram { low, high, counts })
}

/// SHA-256 of the values as C-order little-endian bytes, records packed: equal for equal content, however it is stored.
pub fn sha256(view: &ArrayView, progress: &Progress) -> Result<String> {
    let parts = leaves(view.dtype());
    let size = usize::try_from(view.dtype().size).unwrap_or(1).max(1);
    let packed: usize = parts.iter().map(|leaf| leaf.size).sum();
    let as_is = packed == size && parts.iter().all(|leaf| !leaf.big || leaf.unit == 1);
    let mut hash = Sha256::new();
    let mut out = Vec::new();
    view.chunks(progress, |raw| {
        if as_is {
            hash.update(raw);
            return Ok(());
        }
        out.clear();
        for element in raw.chunks_exact(size) {
            parts.iter().for_each(|leaf| pack(element, leaf, &mut out));
        }
        hash.update(&out);
        Ok(())
    })?;
    Ok(hex(&hash.finalize()))
}

fn pack(element: &[u8], leaf: &Leaf, out: &mut Vec<u8>) {
    let raw = element.get(leaf.offset..leaf.offset + leaf.size).unwrap_or(&[]);
    if leaf.big && leaf.unit > 1 {
        raw.chunks(leaf.unit).for_each(|unit| out.extend(unit.iter().rev()));
    } else {
        out.extend_from_slice(raw);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::array::layout;
    use crate::bytes::Bytes;

    fn view(dtype: &str, raw: Vec<u8>, shape: &[u64]) -> ArrayView {
        let dtype = Arc::new(Dtype::parse(dtype).unwrap());
        let strides = layout::c_strides(shape, dtype.size).unwrap();
        ArrayView::new(Bytes::from_vec(raw), dtype, shape.to_vec(), strides).unwrap()
    }

    #[test]
    fn statistics_are_over_finite_values() {
        let values = [1.0, 2.0, f64::NAN, f64::INFINITY, 0.0, -4.0];
        let raw = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let s = stats(&view("<f8", raw, &[6]), &Progress::new()).unwrap();
        // numpy: np.mean([1,2,0,-4]) = -0.25, np.std = 2.277608394786075
        assert_eq!((s.min, s.max), (Some(Number::Float(-4.0)), Some(Number::Float(2.0))));
        assert_eq!((s.nan, s.posinf, s.neginf, s.zeros), (Some(1), Some(1), Some(0), Some(1)));
        assert_eq!(s.mean, Some(-0.25));
        assert!((s.std.unwrap() - 2.277608394786075).abs() < 1e-15);
    }

    #[test]
    fn a_large_offset_does_not_cost_the_deviation() {
        // numpy: np.std(1e9 + np.arange(100_000) % 2) = 0.5
        let raw = (0..100_000).flat_map(|i| (1e9 + f64::from(i % 2)).to_le_bytes()).collect();
        let s = stats(&view("<f8", raw, &[100_000]), &Progress::new()).unwrap();
        assert!((s.std.unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn integers_are_exact() {
        let raw = [u64::MAX, 0, 5].iter().flat_map(|v| v.to_le_bytes()).collect();
        let s = stats(&view("<u8", raw, &[3]), &Progress::new()).unwrap();
        assert_eq!(s.max, Some(Number::Int(i128::from(u64::MAX))));
    }

    #[test]
    fn histogram_as_numpy_counts() {
        // np.histogram([0,1,2,3,4,5,6,7,8,9], bins=3)[0] -> [3, 3, 4]
        let raw = (0..10i32).flat_map(i32::to_le_bytes).collect();
        let h = histogram(&view("<i4", raw, &[10]), 0.0, 9.0, 3, &Progress::new()).unwrap();
        assert_eq!(h.counts, [3, 3, 4]);
    }

    #[test]
    fn the_widest_range_and_the_narrowest_have_a_histogram() {
        let of = |values: &[f64], low, high| {
            let raw = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            histogram(&view("<f8", raw, &[values.len() as u64]), low, high, 4, &Progress::new()).unwrap().counts
        };
        // A quarter of the range each: the width of the range, 3.6e308, is no float.
        assert_eq!(of(&[-1.7e308, -0.5e308, 0.5e308, 1.7e308], -1.7e308, 1.7e308), [1, 1, 1, 1]);
        // A half beside 1e127 is nothing.
        assert_eq!(of(&[1e127, 1e127], 1e127, 1e127), [2]);
    }

    #[test]
    fn the_digest_does_not_depend_on_byte_order() {
        let little = view("<i4", vec![1, 0, 0, 0, 2, 0, 0, 0], &[2]);
        let big = view(">i4", vec![0, 0, 0, 1, 0, 0, 0, 2], &[2]);
        let p = Progress::new();
        assert_eq!(sha256(&little, &p).unwrap(), sha256(&big, &p).unwrap());
    }

    #[test]
    fn a_cancelled_pass_stops() {
        let p = Progress::new();
        p.cancel();
        assert!(stats(&view("<f8", vec![0; 80], &[10]), &p).is_err());
    }
}
