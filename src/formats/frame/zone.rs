//! Time zones as pickles of pandas name them, and the moments in them. The rules of a named zone are in no file but those of
//! dateutil, which writes out all its changes; the others come from the database of the program.
//!
//! Three libraries read the same database in three ways, and pandas prints what its library says: pytz knows whole minutes
//! and nothing before December 1901 or after 2037, zoneinfo knows all of it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::time::{moment, offset_text};
use crate::formats::arrays;
use crate::pickle::{Graph, NodeId, Value};

/// A time zone, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// None.
    Naive,
    /// Seconds east, and the name.
    Fixed(i64, String),
    /// A zone of the database, by its name.
    Named(String, Arc<Rules>),
    /// A zone that nobody here knows, by its name: shown in UTC, as stored.
    Unknown(String),
}

/// When a zone is how far east.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// All of them, as zoneinfo reads them.
    All(TimeZone),
    /// As pytz reads them.
    Pytz(TimeZone),
    /// Seconds east before the first change; changes in seconds since 1970 and the seconds east from then on.
    Changes(i64, Vec<(i64, i64)>),
}

/// pytz reads the part of a zone's file that has 32 bits for a moment.
const PYTZ_FIRST: i64 = i32::MIN as i64;
/// The last second of 2037 in UTC: the changes that files list end before it.
const PYTZ_LAST: i64 = 2_145_916_799;
/// Changes of a zone that are read from a file; the liveliest zones have some 240.
const CHANGES: usize = 10_000;

impl Rules {
    /// Seconds east at a moment.
    fn east(&self, second: i64) -> i64 {
        let of = |zone: &TimeZone, second: i64| {
            let at = Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX });
            i64::from(zone.to_offset(at).seconds())
        };
        match self {
            Self::All(zone) => of(zone, second),
            Self::Pytz(zone) => {
                let second = if second < PYTZ_FIRST { i64::MIN } else { second.min(PYTZ_LAST) };
                (of(zone, second) + 30).div_euclid(60) * 60
            }
            Self::Changes(before, changes) => {
                let n = changes.partition_point(|(at, _)| *at <= second);
                n.checked_sub(1).and_then(|last| changes.get(last)).map_or(*before, |(_, east)| *east)
            }
        }
    }
}

impl Zone {
    /// The zone of a name, by the rules of zoneinfo.
    pub(super) fn by_name(name: &str) -> Self {
        Self::known(name, Rules::All)
    }

    fn known(name: &str, rules: impl FnOnce(TimeZone) -> Rules) -> Self {
        if matches!(name, "UTC" | "utc") {
            return Self::Fixed(0, "UTC".to_owned());
        }
        if let Some(east) = offset_of(name) {
            return Self::Fixed(east, name.to_owned());
        }
        match TimeZoneDatabase::bundled().get(name) {
            Ok(zone) => Self::Named(name.to_owned(), Arc::new(rules(zone))),
            Err(_) => Self::Unknown(name.to_owned()),
        }
    }

    /// The zone that an object of datetime, zoneinfo, pytz or dateutil stands for.
    pub(super) fn of(graph: &Graph, node: NodeId) -> Self {
        let utc = || Self::Fixed(0, "UTC".to_owned());
        let symbol = match graph.value(node) {
            Value::None => return Self::Naive,
            Value::Text(_) | Value::Str8(_) => {
                return Self::by_name(&arrays::any_text(graph, node).unwrap_or_default());
            }
            Value::Global(symbol) => Some(symbol),
            Value::Object(object) => graph.class(node).or_else(|| graph.symbol(object.callee)),
            _ => None,
        };
        let (module, class) = symbol.map_or(("", ""), |symbol| (&*symbol.module, &*symbol.name));
        let args = graph.object(node).and_then(|object| graph.items(object.args)).unwrap_or(&[]);
        let first = args.first().copied();
        let text = |node: Option<NodeId>| node.and_then(|node| arrays::any_text(graph, node));
        let fixed = |seconds: i64, name: String| if seconds == 0 { utc() } else { Self::Fixed(seconds, name) };
        match class {
            "UTC" | "_UTC" | "timezone.utc" => utc(),
            "tzutc" => Self::Fixed(0, "tzutc()".to_owned()),
            "timezone" => {
                let seconds = first.and_then(|delta| seconds_of(graph, delta)).unwrap_or(0);
                fixed(seconds, format!("UTC{}", offset_text(seconds)))
            }
            "_FixedOffset" | "FixedOffset" => {
                let minutes = first.and_then(|n| graph.int(n)).unwrap_or(0);
                fixed(minutes.saturating_mul(60), format!("pytz.FixedOffset({minutes})"))
            }
            "tzoffset" => {
                let attribute = |name| graph.attribute(node, name);
                let seconds = attribute("_offset").and_then(|delta| seconds_of(graph, delta)).unwrap_or(0);
                let name = text(attribute("_name")).map_or("None".to_owned(), |name| format!("'{name}'"));
                Self::Fixed(seconds, format!("tzoffset({name}, {seconds})"))
            }
            "tzfile" if module.starts_with("dateutil") => Self::changes(graph, node),
            // pytz._p(name, ..)
            "_p" if module == "pytz" => match text(first) {
                Some(name) => Self::known(&name, Rules::Pytz),
                None => Self::Unknown("a zone of its own".to_owned()),
            },
            // zoneinfo.ZoneInfo._unpickle(name, ..), and others that begin with their name.
            _ => match text(first) {
                Some(name) => Self::by_name(&name),
                None => Self::Unknown("a zone of its own".to_owned()),
            },
        }
    }

    /// dateutil's zone, with its changes as they stand in the file.
    fn changes(graph: &Graph, node: NodeId) -> Self {
        let list = |name: &str| graph.attribute(node, name).and_then(|node| graph.items(node)).unwrap_or(&[]);
        let offset = |node: NodeId| graph.int(graph.attribute(node, "offset")?);
        let name = graph.attribute(node, "_filename").and_then(|name| arrays::any_text(graph, name));
        let name = format!("tzfile('{}')", name.unwrap_or_default());
        let steps = list("_trans_list_utc").iter().zip(list("_trans_idx")).take(CHANGES);
        let changes: Option<Vec<(i64, i64)>> = steps.map(|(at, to)| Some((graph.int(*at)?, offset(*to)?))).collect();
        let before = graph.attribute(node, "_ttinfo_before").and_then(offset);
        match (changes, before) {
            (Some(changes), Some(before)) if changes.is_sorted() => {
                Self::Named(name, Arc::new(Rules::Changes(before, changes)))
            }
            _ => Self::Unknown(name),
        }
    }

    /// Its name in a dtype; None without a zone.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Naive => None,
            Self::Fixed(_, name) | Self::Named(name, _) | Self::Unknown(name) => Some(name),
        }
    }

    /// A moment, as `str(pandas.Timestamp)` writes it.
    pub(super) fn moment(&self, value: i128, per_second: i128) -> String {
        let east = match self {
            Self::Naive => return moment(value, per_second),
            Self::Fixed(east, _) => *east,
            Self::Named(_, rules) => {
                let second = value.div_euclid(per_second.max(1));
                rules.east(i64::try_from(second).unwrap_or(if second < 0 { i64::MIN } else { i64::MAX }))
            }
            Self::Unknown(_) => 0,
        };
        format!("{}{}", moment(value + i128::from(east) * per_second, per_second), offset_text(east))
    }
}

/// The seconds of a timedelta.
fn seconds_of(graph: &Graph, delta: NodeId) -> Option<i64> {
    let parts = graph.items(graph.object(delta)?.args)?;
    let part = |i: usize| parts.get(i).and_then(|n| graph.int(*n)).unwrap_or(0);
    Some(part(0).saturating_mul(86_400).saturating_add(part(1)))
}

/// Arrow's zones may be offsets: `+05:30`.
fn offset_of(text: &str) -> Option<i64> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'+' => (1, text.get(1..)?),
        b'-' => (-1, text.get(1..)?),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number = |text: &str| text.parse::<u8>().ok().map(i64::from).filter(|_| text.len() == 2);
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}
