//! Numbers for people: sizes in decimal units, thousands separated, four significant digits.

/// `12,408`
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

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

/// Four significant digits, `e` form below 1e-3 and from 1e5 on.
pub fn short(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return crate::pickle::text::float_repr(value).trim_end_matches(".0").to_owned();
    }
    let magnitude = value.abs();
    if !(1e-3..1e5).contains(&magnitude) {
        let text = format!("{value:.3e}");
        let Some((digits, exponent)) = text.split_once('e') else { return text };
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        return format!("{digits}e{exponent}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 6")]
    let decimals = (3 - magnitude.log10().floor() as i32).clamp(0, 6) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
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
        assert_eq!(
            (compact(512), compact(147_456), compact(11_689_512), compact(999_960)),
            ("512".into(), "147.5 k".into(), "11.7 M".into(), "1.0 M".into())
        );
        assert_eq!(date(1_795_478_400), "2026-11-24");
        assert_eq!((count(1, "array"), count(2, "array")), ("1 array".into(), "2 arrays".into()));
    }
}
