//! Bytes that are written as a list of numbers: one a number, with or without a sign, as a float, alone in a list or behind its
//! position; or several a number, in either order.

use super::encodings;
use crate::pickle::{Graph, NodeId, Value};

/// The bytes that the numbers stand for, if they begin like something that can hold a pickle.
pub(super) fn bytes(graph: &Graph, items: &[NodeId]) -> Option<Vec<u8>> {
    let first = number(graph, *items.first()?)?;
    let single = |id: &NodeId| match number(graph, *id)? {
        n @ -128..=255 => u8::try_from(n.rem_euclid(256)).ok(),
        _ => None,
    };
    if (-128..=255).contains(&first) {
        let all: Vec<u8> = items.iter().map(single).collect::<Option<_>>()?;
        return encodings::begins(&all).then_some(all);
    }
    if let Value::Float(_) = graph.value(*items.first()?) {
        return None;
    }
    // As narrow as they fit: two, four or eight bytes a number.
    let numbers: Vec<i128> = items.iter().map(|id| number(graph, *id)).collect::<Option<_>>()?;
    let most = numbers.iter().map(|n| n.unsigned_abs()).max()?;
    let width = [2, 4, 8].into_iter().find(|width| most < 1 << (8 * width))?;
    // The first few may be small by chance, and the others tell.
    [width, 4, 8].into_iter().filter(|w| *w >= width).find_map(|width| {
        let words = |big: bool| {
            let word = |n: &i128| match big {
                true => n.to_be_bytes().into_iter().skip(16 - width).collect::<Vec<u8>>(),
                false => n.to_le_bytes().into_iter().take(width).collect(),
            };
            numbers.iter().flat_map(word).collect::<Vec<u8>>()
        };
        [words(false), words(true)].into_iter().find(|all| encodings::surely_begins(all))
    })
}

/// True if a list of numbers that begins with `id` may stand for such bytes.
pub(super) fn may_begin(graph: &Graph, id: NodeId) -> bool {
    match number(graph, id) {
        Some(n @ -128..=255) => u8::try_from(n.rem_euclid(256)).is_ok_and(encodings::may_begin),
        other => other.is_some(),
    }
}

/// The number that an item is, or that it holds last.
fn number(graph: &Graph, id: NodeId) -> Option<i128> {
    match graph.value(id) {
        Value::Int(n) => Some(i128::from(n)),
        Value::Long(data) if data.is_whole() && data.len <= 9 => {
            let mut raw = [if data.kept.last()? & 0x80 == 0 { 0 } else { 0xff }; 16];
            raw.iter_mut().zip(data.kept).for_each(|(to, from)| *to = *from);
            Some(i128::from_le_bytes(raw))
        }
        Value::Float(x) if x.fract() == 0.0 && (0.0..=255.0).contains(&x) => {
            (0..=255).find(|n| f64::from(*n) == x).map(i128::from)
        }
        Value::List([.., last]) | Value::Tuple([.., last]) => graph.int(*last).map(i128::from),
        _ => None,
    }
}
