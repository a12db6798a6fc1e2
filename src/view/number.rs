//! Numbers for people: sizes in decimal units, thousands separated, as many significant digits as are wanted.

use std::sync::atomic::{AtomicU8, Ordering};

pub use crate::bytes::grouped;

/// `388 B`, `65.5 kB`, `1.2 GB`
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1000.0;
    for unit in UNITS {
        if value < 999.95 || unit == "PB" {
            return format!("{value:.1} {unit}");
        }
        value /= 1000.0;
    }
    format!("{bytes} B")
}

/// `41.0 of 120.0 MB`, `800.0 kB of 1.2 MB`: how much of a size, the unit once where it is the same.
pub fn part_of(part: u64, whole: u64) -> String {
    let (part, whole) = (size(part), size(whole));
    match (part.split_once(' '), whole.split_once(' ')) {
        (Some((n, unit)), Some((_, same))) if unit == same => format!("{n} of {whole}"),
        _ => format!("{part} of {whole}"),
    }
}

/// `512`, `147.5 k`, `11.7 M`, `270.0 M`: counts of which the magnitude matters.
#[expect(clippy::cast_precision_loss, reason = "a few digits are shown")]
pub fn compact(n: u64) -> String {
    if n < 10_000 {
        return grouped(n);
    }
    let mut value = n as f64 / 1000.0;
    for unit in ["k", "M", "G"] {
        if value < 999.95 {
            return format!("{value:.1} {unit}");
        }
        value /= 1000.0;
    }
    format!("{value:.1} T")
}

/// The digits that a person can choose from; with the last, nothing is rounded.
pub const DIGITS: [u8; 6] = [3, 4, 5, 6, 8, ALL];

/// No number is rounded.
pub const ALL: u8 = 17;

/// How many digits the person before the screen wants to see. Like a language it is one for the whole program, and only
/// words depend on it: nothing is computed with rounded numbers. The command line leaves it as it is.
static WANTED: AtomicU8 = AtomicU8::new(4);

/// The significant digits of a number that is shown rounded.
pub fn digits() -> u8 {
    WANTED.load(Ordering::Relaxed)
}

/// Sets the significant digits; what is no choice is ignored.
pub fn set_digits(digits: u8) {
    if DIGITS.contains(&digits) {
        WANTED.store(digits, Ordering::Relaxed);
    }
}

/// A number with as many significant digits as are wanted, `e` form below 1e-3 and from 1e4 on.
pub fn short(value: f64) -> String {
    rounded(value, digits())
}

/// An element as Python prints it: floats get as many digits as are wanted, all else stays as it is.
pub fn short_text(text: &str) -> String {
    match text.parse() {
        Ok(value) if text.contains(['.', 'e']) => short(value),
        _ => text.to_owned(),
    }
}

fn rounded(value: f64, digits: u8) -> String {
    if !value.is_finite() || value == 0.0 || digits >= ALL {
        return crate::pickle::text::float_repr(value).trim_end_matches(".0").to_owned();
    }
    let (after, most) = (usize::from(digits.max(1) - 1), i32::from(digits.max(4)));
    let trim = |text: &str| -> String {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    let text = format!("{value:.after$e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    match exponent.parse::<i32>() {
        Ok(power) if (-3..most).contains(&power) => {
            let places = usize::try_from(i32::from(digits) - 1 - power).unwrap_or(0);
            trim(&format!("{value:.places$}"))
        }
        _ => format!("{}e{exponent}", trim(mantissa)),
    }
}

/// The day of a time in seconds since 1970: `2026-11-24`.
pub fn date(seconds: u64) -> String {
    crate::array::date_text(i128::from(seconds / 86_400))
}

/// `1 array`, `2 arrays`
pub fn count(n: u64, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {one}s", grouped(n)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_the_guide_says() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(999), "999");
        assert_eq!((size(999), size(65_536), size(864_025_217)), ("999 B".into(), "65.5 kB".into(), "864.0 MB".into()));
        assert_eq!(
            (short(0.11951), short(-0.32961), short(1.31e-4)),
            ("0.1195".into(), "-0.3296".into(), "1.31e-4".into())
        );
        assert_eq!(
            (short(0.0), short(8192.0), short(1e6), short(f64::NAN)),
            ("0".into(), "8192".into(), "1e6".into(), "nan".into())
        );
        // From 1e4 on in e form, and what rounds up to it.
        assert_eq!((short(9999.4), short(9999.96), short(65_536.0)), ("9999".into(), "1e4".into(), "6.554e4".into()));
        assert_eq!((short(0.000_999_96), short(0.001)), ("0.001".into(), "0.001".into()));
        assert_eq!(
            (compact(512), compact(147_456), compact(11_689_512), compact(999_960)),
            ("512".into(), "147.5 k".into(), "11.7 M".into(), "1.0 M".into())
        );
        assert_eq!(date(1_795_478_400), "2026-11-24");
        assert_eq!((count(1, "array"), count(2, "array")), ("1 array".into(), "2 arrays".into()));
    }

    #[test]
    fn floats_are_rounded_and_nothing_else_is() {
        assert_eq!(
            ["-0.42019999", "1e-07", "1234567", "nan", "'1.5'"].map(short_text),
            ["-0.4202", "1e-7", "1234567", "nan", "'1.5'"]
        );
    }

    #[test]
    fn more_and_fewer_digits() {
        // The digits are those of Python's `format(value, '.6g')` and its kin.
        assert_eq!((rounded(0.123_456_789, 3), rounded(0.123_456_789, 6)), ("0.123".into(), "0.123457".into()));
        assert_eq!((rounded(123_456.789, 6), rounded(1_234_567.0, 6)), ("123457".into(), "1.23457e6".into()));
        assert_eq!((rounded(1234.5, 3), rounded(-1.5e-9, 8)), ("1234".into(), "-1.5e-9".into()));
        assert_eq!((rounded(0.1 + 0.2, ALL), rounded(8.0, ALL)), ("0.30000000000000004".into(), "8".into()));
    }
}
