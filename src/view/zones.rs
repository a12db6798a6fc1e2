//! Time zones of pytz and dateutil in words, as their `repr` writes them: the `tzinfo` of dates.

use super::escape;
use crate::formats::arrays::any_text;
use crate::formats::python::Call;
use crate::pickle::{Graph, NodeId, Value};

/// What `repr` writes for a zone, and the name of its type. None for another object.
pub(super) fn zone(graph: &Graph, id: NodeId, call: &Call<'_>) -> Option<(String, &'static str)> {
    let text = |node: Option<NodeId>| node.and_then(|node| any_text(graph, node)).map(|text| escape::plain(&text));
    let int = |i: usize| call.args.get(i).and_then(|node| graph.int(*node));
    let first = call.args.first().copied();
    let attribute = |name: &str| graph.attribute(id, name);
    Some(match (&*call.name.module, &*call.name.name) {
        ("pytz", "_p") => {
            let name = text(first)?;
            match (int(1), int(2), text(call.args.get(3).copied())) {
                (Some(east), Some(summer), Some(short)) => {
                    let season = if summer == 0 { "STD" } else { "DST" };
                    (format!("<DstTzInfo '{name}' {short}{} {season}>", signed_span(east)), "DstTzInfo")
                }
                // All that is known of a zone that never changes is its name.
                (None, ..) => (format!("<StaticTzInfo '{name}'>"), "StaticTzInfo"),
                _ => return None,
            }
        }
        ("pytz", "_UTC") => ("<UTC>".to_owned(), "UTC"),
        ("pytz", "FixedOffset" | "_FixedOffset") => (format!("pytz.FixedOffset({})", int(0)?), "_FixedOffset"),
        ("dateutil.tz.tz", "tzutc") => ("tzutc()".to_owned(), "tzutc"),
        ("dateutil.tz.tz", "tzlocal") => ("tzlocal()".to_owned(), "tzlocal"),
        ("dateutil.tz.tz", "tzoffset") => {
            let name = text(attribute("_name")).map_or("None".to_owned(), |name| format!("'{name}'"));
            (format!("tzoffset({name}, {})", seconds(graph, attribute("_offset")?)?), "tzoffset")
        }
        ("dateutil.tz.tz", "tzfile") => (format!("tzfile('{}')", text(attribute("_filename"))?), "tzfile"),
        _ => return None,
    })
}

/// The seconds of a timedelta.
fn seconds(graph: &Graph, delta: NodeId) -> Option<i64> {
    let Value::Object(object) = graph.value(delta) else { return None };
    let parts = graph.items(object.args)?;
    let part = |i: usize| parts.get(i).and_then(|n| graph.int(*n)).unwrap_or(0);
    part(0).checked_mul(86_400)?.checked_add(part(1))
}

/// `+2:00:00`, `-1 day, 21:30:00`: a timedelta as Python prints it, with a sign in front.
fn signed_span(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let clock = format!("{}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60);
    let plural = if days.abs() == 1 { "" } else { "s" };
    match days {
        0 => format!("+{clock}"),
        days if days > 0 => format!("+{days} day{plural}, {clock}"),
        days => format!("{days} day{plural}, {clock}"),
    }
}
