//! Shapes and strides, checked: whatever a header says, nothing here overflows.

/// Number of elements; None if it does not fit.
pub fn count(shape: &[u64]) -> Option<u64> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1u64, |n, side| n.checked_mul(*side))
}

/// Strides in units of `unit` for C order (last axis fastest); None if they do not fit.
pub fn c_strides(shape: &[u64], unit: u64) -> Option<Vec<i64>> {
    let mut strides = vec![0; shape.len()];
    let mut step = i64::try_from(unit).ok()?;
    for (stride, side) in strides.iter_mut().zip(shape).rev() {
        *stride = step;
        step = step.checked_mul(i64::try_from(*side).ok()?.max(1))?;
    }
    Some(strides)
}

/// Strides in units of `unit` for Fortran order (first axis fastest).
pub fn f_strides(shape: &[u64], unit: u64) -> Option<Vec<i64>> {
    let reversed: Vec<u64> = shape.iter().rev().copied().collect();
    let mut strides = c_strides(&reversed, unit)?;
    strides.reverse();
    Some(strides)
}

/// Lowest and highest byte offset of an element's first byte, from the base; None if it does not fit or there are no
/// elements.
pub fn extent(shape: &[u64], strides: &[i64]) -> Option<(i64, i64)> {
    let (mut low, mut high) = (0i64, 0i64);
    for (side, stride) in shape.iter().zip(strides) {
        let last = i64::try_from(side.checked_sub(1)?).ok()?.checked_mul(*stride)?;
        if last < 0 {
            low = low.checked_add(last)?;
        } else {
            high = high.checked_add(last)?;
        }
    }
    Some((low, high))
}

/// True if the strides visit a block of memory without gaps or repetitions, in whatever order.
pub fn is_dense(shape: &[u64], strides: &[i64], unit: u64) -> bool {
    let mut axes: Vec<(i64, u64)> =
        shape.iter().zip(strides).filter(|(side, _)| **side != 1).map(|(side, stride)| (*stride, *side)).collect();
    axes.sort_unstable();
    let mut step = i64::try_from(unit).ok();
    for (stride, side) in axes {
        if step != Some(stride) {
            return false;
        }
        step = i64::try_from(side).ok().and_then(|side| stride.checked_mul(side));
    }
    true
}

/// The index of element `flat` of the C order.
pub fn unravel(mut flat: u64, shape: &[u64]) -> Vec<u64> {
    let mut index = vec![0; shape.len()];
    for (at, side) in index.iter_mut().zip(shape).rev() {
        let side = (*side).max(1);
        *at = flat % side;
        flat /= side;
    }
    index
}

/// How many axes of C-ordered elements begin at element `i`, which is as many as end before it: the brackets to write there.
pub fn edges(i: u64, shape: &[u64]) -> usize {
    let mut step = 1u64;
    let sides = shape.iter().rev().filter(|side| {
        step = step.saturating_mul(**side);
        i.is_multiple_of(step.max(1))
    });
    sides.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_huge_shape_is_refused_and_an_empty_one_is_not() {
        assert_eq!(count(&[u64::MAX, 2]), None);
        assert_eq!(count(&[u64::MAX, 2, 0]), Some(0));
        assert_eq!(count(&[]), Some(1));
        assert_eq!(c_strides(&[3, 4, 5], 8), Some(vec![160, 40, 8]));
        assert_eq!(f_strides(&[3, 4, 5], 8), Some(vec![8, 24, 96]));
        assert_eq!(c_strides(&[u64::MAX, 2], 8), None);
    }

    #[test]
    fn dense_means_each_byte_once() {
        assert!(is_dense(&[3, 4], &[32, 8], 8));
        assert!(is_dense(&[3, 4], &[8, 24], 8));
        assert!(!is_dense(&[3, 4], &[0, 8], 8));
        assert!(!is_dense(&[3, 2], &[32, 8], 8));
        assert_eq!(extent(&[3, 4], &[32, -8]), Some((-24, 64)));
        assert_eq!(unravel(7, &[2, 4]), vec![1, 3]);
    }
}
