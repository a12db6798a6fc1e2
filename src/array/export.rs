//! An array for other programs: as an npy file, and as the Python that makes it again.

use std::io;

use super::dtype::{Dtype, Field, Scalar};
use super::layout;
use super::view::{ArrayView, as_f64, as_int, element_text, tuple_text};
use crate::bytes::{Error, ErrorKind, Progress, Result};

/// Most values written as Python: what nobody would paste is a file's matter.
pub const MAX_LITERAL: u64 = 100_000;

/// Digits that NumPy leaves room for in a header (`GROWTH_AXIS_MAX_DIGITS`).
const GROWTH: usize = 21;

/// Writes `view` as an npy file: C order, its own byte order and padding. What NumPy has no type for (bfloat16, the eight-bit
/// floats) is widened to float32, which holds each of their values.
///
/// # Errors
/// If the elements cannot be read, if NumPy has no way to write their type, if `out` fails, or once `progress` is cancelled.
pub fn npy(view: &ArrayView, out: &mut dyn io::Write, progress: &Progress) -> io::Result<()> {
    let dtype = view.dtype();
    let descr = descr(dtype)
        .ok_or_else(|| io::Error::other(format!("NumPy cannot write elements of type {}", dtype.human())))?;
    let mut dict = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {}, }}", tuple_text(view.shape()));
    // NumPy leaves room for the first axis to grow.
    let digits = view.shape().first().map(|side| side.to_string().len());
    dict.extend(std::iter::repeat_n(' ', digits.map_or(0, |n| GROWTH.saturating_sub(n))));
    // Version 1 has room for 65,535 bytes of Latin-1, version 3 for more, in UTF-8.
    let short = dict.is_ascii() && dict.len() < 65_000;
    let before = if short { 10 } else { 12 };
    // As NumPy rounds up: what is a multiple already gets another 64.
    let padded = (before + dict.len() + 2).next_multiple_of(64) - before;
    out.write_all(b"\x93NUMPY")?;
    if short {
        out.write_all(&[1, 0])?;
        out.write_all(&u16::try_from(padded).map_err(io::Error::other)?.to_le_bytes())?;
    } else {
        out.write_all(&[3, 0])?;
        out.write_all(&u32::try_from(padded).map_err(io::Error::other)?.to_le_bytes())?;
    }
    out.write_all(dict.as_bytes())?;
    out.write_all(" ".repeat(padded - dict.len() - 1).as_bytes())?;
    out.write_all(b"\n")?;
    let total = view.len().saturating_mul(dtype.size);
    progress.phase("Writing", total);
    let size = usize::try_from(dtype.size).unwrap_or(usize::MAX).max(1);
    let mut failed = Ok(());
    let read = view.chunks(progress, |raw| {
        let written = if is_widened(dtype) {
            let values = raw.chunks_exact(size).filter_map(|raw| as_f64(dtype, raw));
            #[expect(clippy::cast_possible_truncation, reason = "these types are narrower than f32")]
            out.write_all(&values.flat_map(|value| (value as f32).to_le_bytes()).collect::<Vec<u8>>())
        } else {
            out.write_all(raw)
        };
        written.map_err(|error| {
            let kind = ErrorKind::Io(error.to_string());
            failed = Err(error);
            Error { at: view.bytes().span(0, 0), kind }
        })
    });
    failed?;
    read.map_err(io::Error::other)?;
    out.flush()
}

/// True if NumPy lacks the type and float32 stands in for it.
fn is_widened(dtype: &Dtype) -> bool {
    matches!(dtype.scalar, Scalar::BFloat16 | Scalar::Float8(_))
}

/// The `descr` of an npy header; None where NumPy has none. The depth of a dtype is capped, so this recursion is bounded.
fn descr(dtype: &Dtype) -> Option<String> {
    match &dtype.scalar {
        Scalar::Object | Scalar::Opaque(_) => None,
        Scalar::BFloat16 | Scalar::Float8(_) => Some("'<f4'".to_owned()),
        Scalar::Struct(fields) => record(fields, dtype.size),
        Scalar::Sub(base, shape) => Some(format!("({}, {})", exact(base)?, tuple_text(shape))),
        _ => Some(format!("'{}'", dtype.text())),
    }
}

/// [`descr`] of what must keep its width, being a piece of a record.
fn exact(dtype: &Dtype) -> Option<String> {
    if is_widened(dtype) { None } else { descr(dtype) }
}

/// A record as a list of fields, its padding as fields without a name. None if fields overlap.
fn record(fields: &[Field], size: u64) -> Option<String> {
    let mut sorted: Vec<&Field> = fields.iter().collect();
    sorted.sort_by_key(|field| field.offset);
    let (mut all, mut at) = (Vec::new(), 0u64);
    for field in sorted {
        all.extend(padding(at, field.offset)?);
        let name = match &field.title {
            Some(title) => format!("({}, {})", quoted(title), quoted(&field.name)),
            None => quoted(&field.name),
        };
        all.push(match &field.dtype.scalar {
            Scalar::Sub(base, shape) => format!("({name}, {}, {})", exact(base)?, tuple_text(shape)),
            _ => format!("({name}, {})", exact(&field.dtype)?),
        });
        at = field.offset.checked_add(field.dtype.size)?;
    }
    all.extend(padding(at, size)?);
    Some(format!("[{}]", all.join(", ")))
}

/// The field without a name that fills `from..to`; None if that is less than nothing.
fn padding(from: u64, to: u64) -> Option<Option<String>> {
    let gap = to.checked_sub(from)?;
    Some((gap > 0).then(|| format!("('', '|V{gap}')")))
}

/// A string as Python writes it.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
    let mut out = String::from("'");
    for c in escaped.chars() {
        match c {
            c if (c as u32) < 0x20 || c == '\x7f' => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// `view` as the Python expression that makes it again: `np.array([[1.5, np.nan]], dtype=np.float64)`.
///
/// # Errors
/// If it has more than [`MAX_LITERAL`] values, if they cannot be read, or if Python has no way to write their type.
pub fn python(view: &ArrayView, progress: &Progress) -> Result<String> {
    let dtype = view.dtype();
    let refused = |kind| Error { at: view.bytes().span(0, 0), kind };
    if view.len() > MAX_LITERAL {
        return Err(refused(ErrorKind::Limit { what: "values to copy", limit: MAX_LITERAL }));
    }
    let message = format!("elements of type {} have no notation", dtype.human());
    let kind = dtype_text(dtype).ok_or_else(|| refused(ErrorKind::Header { what: "array", message }))?;
    if view.is_empty() {
        return Ok(format!("np.empty({}, dtype={kind})", tuple_text(view.shape())));
    }
    let mut out = String::from("np.array(");
    let size = usize::try_from(dtype.size).unwrap_or(usize::MAX).max(1);
    let mut i = 0;
    view.chunks(progress, |raw| {
        for raw in raw.chunks_exact(size) {
            if i > 0 {
                out.push_str(", ");
            }
            (0..layout::edges(i, view.shape())).for_each(|_| out.push('['));
            value(dtype, raw, &mut out);
            i += 1;
            (0..layout::edges(i, view.shape())).for_each(|_| out.push(']'));
        }
        Ok(())
    })?;
    out.push_str(&format!(", dtype={kind})"));
    Ok(out)
}

/// The dtype as Python writes it.
fn dtype_text(dtype: &Dtype) -> Option<String> {
    let human = dtype.human();
    let named = matches!(dtype.scalar, Scalar::Int | Scalar::Uint | Scalar::Float | Scalar::Complex);
    match &dtype.scalar {
        Scalar::Bool => Some("bool".to_owned()),
        Scalar::BFloat16 | Scalar::Float8(_) => Some("np.float32".to_owned()),
        Scalar::Void => None,
        _ if named && !dtype.big && dtype.size <= 16 => Some(format!("np.{human}")),
        _ => descr(dtype),
    }
}

/// One element as Python writes it. The depth of a dtype is capped, so this recursion is bounded.
fn value(dtype: &Dtype, raw: &[u8], out: &mut String) {
    let piece = |offset: u64, size: u64| {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        raw.get(start..start.saturating_add(usize::try_from(size).unwrap_or(0))).unwrap_or(&[])
    };
    match &dtype.scalar {
        Scalar::Struct(fields) => {
            let mut sorted: Vec<&Field> = fields.iter().collect();
            sorted.sort_by_key(|field| field.offset);
            out.push('(');
            for field in sorted {
                value(&field.dtype, piece(field.offset, field.dtype.size), out);
                out.push_str(", ");
            }
            out.push(')');
        }
        Scalar::Sub(base, shape) => {
            for i in 0..layout::count(shape).unwrap_or(0) {
                if i > 0 {
                    out.push_str(", ");
                }
                (0..layout::edges(i, shape)).for_each(|_| out.push('['));
                value(base, piece(i.saturating_mul(base.size), base.size), out);
                (0..layout::edges(i + 1, shape)).for_each(|_| out.push(']'));
            }
        }
        Scalar::Datetime(_) => out.push_str(&format!("'{}'", element_text(dtype, raw))),
        Scalar::Timedelta(_) => match as_int(dtype, raw) {
            Some(i) if i != i128::from(i64::MIN) => out.push_str(&i.to_string()),
            _ => out.push_str("'NaT'"),
        },
        _ => {
            let text = element_text(dtype, raw);
            let special = ["nan", "inf", "-inf"].contains(&text.as_str());
            match text.strip_prefix('-') {
                Some(rest) if special => out.push_str(&format!("-np.{rest}")),
                None if special => out.push_str(&format!("np.{text}")),
                // Inside a complex number they have no other notation.
                _ if text.contains("nan") && text.ends_with("j)") => out.push_str(&format!("complex('{text}')")),
                _ if text.contains("inf") && text.ends_with("j)") => out.push_str(&format!("complex('{text}')")),
                _ => out.push_str(&text),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::array::Literal;
    use crate::bytes::Bytes;

    fn view(data: &[u8], dtype: Dtype, shape: &[u64]) -> ArrayView {
        let strides = layout::c_strides(shape, dtype.size).unwrap();
        ArrayView::new(Bytes::from_vec(data.to_vec()), Arc::new(dtype), shape.to_vec(), strides).unwrap()
    }

    fn floats(values: &[f64], shape: &[u64]) -> ArrayView {
        let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        view(&data, Dtype::parse("<f8").unwrap(), shape)
    }

    #[test]
    fn values_are_written_as_python_reads_them() {
        let progress = Progress::new();
        let text = |view: &ArrayView| python(view, &progress).unwrap();
        let all = floats(&[1.5, f64::NAN, f64::NEG_INFINITY, -0.0], &[2, 2]);
        assert_eq!(text(&all), "np.array([[1.5, np.nan], [-np.inf, -0.0]], dtype=np.float64)");
        assert_eq!(text(&floats(&[], &[0, 3])), "np.empty((0, 3), dtype=np.float64)");
        assert_eq!(text(&floats(&[2.0], &[])), "np.array(2.0, dtype=np.float64)");
        let big = view(&[0, 1, 0, 2], Dtype::parse(">i2").unwrap(), &[2]);
        assert_eq!(text(&big), "np.array([1, 2], dtype='>i2')");
        assert_eq!(text(&view(&[1, 0], Dtype::parse("|b1").unwrap(), &[2])), "np.array([True, False], dtype=bool)");
        let many = floats(&vec![0.0; 100_001], &[100_001]);
        assert!(matches!(python(&many, &progress).unwrap_err().kind, ErrorKind::Limit { .. }));
    }

    #[test]
    fn a_record_keeps_its_padding() {
        // NumPy's own descr of np.dtype([('a', 'u1'), ('b', '<f4', (2,))], align=True).
        let field = |name: &str, dtype: Dtype, offset| Field { name: name.into(), title: None, dtype, offset };
        let pair = Dtype::array_of(Dtype::parse("<f4").unwrap(), vec![2]).unwrap();
        let aligned =
            Dtype::record(vec![field("a", Dtype::parse("|u1").unwrap(), 0), field("b", pair, 4)], 12).unwrap();
        let text = descr(&aligned).unwrap();
        assert_eq!(text, "[('a', '|u1'), ('', '|V3'), ('b', '<f4', (2,))]");
        let read = Dtype::from_descr(&Literal::parse(text.as_bytes()).unwrap().0).unwrap();
        assert_eq!(read, aligned);
        let mut titled = field("a", Dtype::parse("<i4").unwrap(), 0);
        titled.title = Some("the 'title'".into());
        // NumPy's own descr of np.dtype([(("the 'title'", 'a'), '<i4')]), but for its quotes.
        assert_eq!(descr(&Dtype::record(vec![titled], 4).unwrap()).unwrap(), r"[(('the \'title\'', 'a'), '<i4')]");
        let overlapping =
            vec![field("a", Dtype::parse("<i4").unwrap(), 0), field("b", Dtype::parse("<i4").unwrap(), 2)];
        assert_eq!(descr(&Dtype::record(overlapping, 8).unwrap()), None);
    }

    #[test]
    fn what_numpy_lacks_is_widened() {
        // 1.0 and -2.0 as bfloat16.
        let data = [0x80, 0x3f, 0x00, 0xc0];
        let dtype = Dtype { scalar: Scalar::BFloat16, size: 2, big: false, name: Some("bfloat16") };
        let mut out = Vec::new();
        npy(&view(&data, dtype, &[2]), &mut out, &Progress::new()).unwrap();
        assert!(out.starts_with(b"\x93NUMPY\x01\x00") && out.len() == 128 + 8);
        let expected: Vec<u8> = [1f32, -2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(out.get(128..), Some(&expected[..]));
    }
}
