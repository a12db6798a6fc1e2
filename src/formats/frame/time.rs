//! Times as pandas writes them: moments, spans, periods and their frequencies.

use std::fmt;

use super::values::class_node;
use crate::array::date_text;
use crate::formats::arrays;
use crate::pickle::{Graph, NodeId};

/// Steps of a unit in a second; None for units longer than one.
pub(super) fn per_second(unit: &str) -> Option<i128> {
    Some(match unit {
        "s" => 1,
        "ms" => 1000,
        "us" | "μs" => 1_000_000,
        "ns" => 1_000_000_000,
        _ => return None,
    })
}

/// How far east, as times end: `+05:30`.
pub(super) fn offset_text(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let n = seconds.unsigned_abs();
    let rest = if n.is_multiple_of(60) { String::new() } else { format!(":{:02}", n % 60) };
    format!("{sign}{:02}:{:02}{rest}", n / 3600, n / 60 % 60)
}

/// A moment without a zone, as `str(pandas.Timestamp)` writes it.
pub(super) fn moment(value: i128, per_second: i128) -> String {
    let (seconds, fraction) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    format!("{} {}{}", date_text(day), clock(second), fraction_text(fraction * (1_000_000_000 / per_second)))
}

fn clock(second: i128) -> String {
    format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// Nothing, microseconds, or nanoseconds: as many digits as Python writes.
fn fraction_text(nanoseconds: i128) -> String {
    match nanoseconds {
        0 => String::new(),
        n if n % 1000 == 0 => format!(".{:06}", n / 1000),
        n => format!(".{n:09}"),
    }
}

/// A span of time, as `str(pandas.Timedelta)` writes it.
pub(super) fn span(value: i128, per_second: i128) -> String {
    let (seconds, fraction) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let plus = if days < 0 { "+" } else { "" };
    format!("{days} days {plus}{}{}", clock(second), fraction_text(fraction * (1_000_000_000 / per_second)))
}

/// The frequency of periods, or of an index: pandas' alias (`D`, `Q-DEC`, `2h`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Freq {
    alias: String,
}

const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

impl Freq {
    /// The frequency of a `PeriodDtype`: its argument is the name of the dtype, or an offset.
    pub(super) fn of_dtype(graph: &Graph, dtype: NodeId) -> Option<Self> {
        let argument = graph
            .object(dtype)
            .and_then(|object| graph.items(object.args)?.first().copied())
            // In protocols 0 and 1 the class is an argument.
            .filter(|argument| graph.symbol(*argument).is_none())
            .or_else(|| graph.attribute(dtype, "_freq"))
            .or_else(|| graph.attribute(dtype, "freq"))?;
        match arrays::any_text(graph, argument) {
            Some(text) => {
                let alias = text.strip_prefix("period[").and_then(|t| t.strip_suffix(']')).unwrap_or(&text);
                Some(Self { alias: alias.to_owned() })
            }
            None => Self::of_offset(graph, argument),
        }
    }

    /// The frequency that an offset of pandas stands for.
    pub(super) fn of_offset(graph: &Graph, node: NodeId) -> Option<Self> {
        let class = graph.symbol(class_node(graph, node)?)?.name.rsplit('.').next()?.to_owned();
        let args = graph.object(node).and_then(|object| graph.items(object.args)).unwrap_or(&[]);
        // (n, normalize, ..), or attributes of the same names.
        let number = |name: &str, at: usize| {
            let found = graph.attribute(node, name).or_else(|| args.get(at).copied());
            found.and_then(|n| graph.int(n))
        };
        let month = |name: &str| {
            let month = number(name, 2).and_then(|n| usize::try_from(n - 1).ok()).and_then(|n| MONTHS.get(n));
            month.copied().unwrap_or("DEC")
        };
        let base = match &*class {
            "Day" => "D".to_owned(),
            "BusinessDay" => "B".to_owned(),
            "Hour" => "H".to_owned(),
            "Minute" => "T".to_owned(),
            "Second" => "S".to_owned(),
            "Milli" => "L".to_owned(),
            "Micro" => "U".to_owned(),
            "Nano" => "N".to_owned(),
            "MonthEnd" => "M".to_owned(),
            "QuarterEnd" => format!("Q-{}", month("startingMonth")),
            "YearEnd" => format!("A-{}", month("month")),
            "Week" => {
                let day = number("weekday", 2).and_then(|n| usize::try_from(n).ok()).and_then(|n| DAYS.get(n));
                day.map_or_else(|| "W".to_owned(), |day| format!("W-{day}"))
            }
            other => other.to_owned(),
        };
        Some(match number("n", 0) {
            Some(n) if n != 1 => Self { alias: format!("{n}{base}") },
            _ => Self { alias: base },
        })
    }

    /// Without its multiple, and its anchor apart.
    fn parts(&self) -> (&str, &str) {
        let base = self.alias.trim_start_matches(|c: char| c.is_ascii_digit());
        base.split_once('-').unwrap_or((base, ""))
    }

    /// True if [`Freq::period`] knows it.
    pub(super) fn is_known(&self) -> bool {
        matches!(
            self.parts().0,
            "Y" | "A"
                | "Q"
                | "M"
                | "W"
                | "B"
                | "D"
                | "H"
                | "h"
                | "T"
                | "min"
                | "S"
                | "s"
                | "L"
                | "ms"
                | "U"
                | "us"
                | "N"
                | "ns"
        )
    }

    /// The period with an ordinal, as `str(pandas.Period)` writes it.
    pub(super) fn period(&self, ordinal: i128) -> String {
        let (base, anchor) = self.parts();
        let within = |per_day: i128| {
            let (day, rest) = (ordinal.div_euclid(per_day), ordinal.rem_euclid(per_day));
            (date_text(day), rest * 86_400 / per_day, rest)
        };
        match base {
            "Y" | "A" => (1970 + ordinal).to_string(),
            "Q" => format!("{}Q{}", 1970 + ordinal.div_euclid(4), ordinal.rem_euclid(4) + 1),
            "M" => format!("{}-{:02}", 1970 + ordinal.div_euclid(12), ordinal.rem_euclid(12) + 1),
            "W" => {
                // Weeks count from the one that ends first in 1970; SUN is the end of most.
                let end = DAYS.iter().position(|day| *day == anchor).map_or(0, |day| (day as i128 + 1) % 7);
                let last = ordinal * 7 + end - 4;
                format!("{}/{}", date_text(last - 6), date_text(last))
            }
            "B" => date_text((ordinal + 3).div_euclid(5) * 7 + (ordinal + 3).rem_euclid(5) - 3),
            "D" => date_text(ordinal),
            "H" | "h" => {
                let (date, second, _) = within(24);
                format!("{date} {:02}:00", second / 3600)
            }
            "T" | "min" => {
                let (date, second, _) = within(1440);
                format!("{date} {:02}:{:02}", second / 3600, second / 60 % 60)
            }
            "S" | "s" => {
                let (date, second, _) = within(86_400);
                format!("{date} {}", clock(second))
            }
            "L" | "ms" | "U" | "us" | "N" | "ns" => {
                let (per_second, digits) = match base {
                    "L" | "ms" => (1000, 3),
                    "U" | "us" => (1_000_000, 6),
                    _ => (1_000_000_000, 9),
                };
                let (date, second, rest) = within(86_400 * per_second);
                format!("{date} {}.{:0digits$}", clock(second), rest % per_second)
            }
            _ => ordinal.to_string(),
        }
    }
}

impl fmt::Display for Freq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.alias)
    }
}
