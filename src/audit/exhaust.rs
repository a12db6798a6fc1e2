//! Calls of harmless names that only exhaust whoever makes them: a list of an endless iterator, an array of more items
//! than there is memory, an integer of a million digits, a pattern that expands.

use super::symbolic::{Evaluator, Sym};
use crate::pickle::{Graph, Kind, NodeId, Value};

/// Items that no file has a reason to make out of a few bytes.
const MANY: f64 = 1e6;
/// Items of an array or a storage that a file may ask for: the largest models have some billions.
const ROOM: f64 = 1e10;
/// Iterators in iterators that are followed.
const MAX_DEPTH: usize = 8;
/// Longest pattern of a regular expression that is no attack: those of tokenizers have some thousand characters.
const PATTERN: usize = 1 << 15;

/// Bytes of a whole number that is given to something which needs some 16.
const LONG: u64 = 1 << 10;
/// Digits of a number that nobody writes in decimals.
const DIGITS: u64 = 100_000;

/// What a heavy name does with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heavy {
    /// Takes all items of what it is given.
    Consumes,
    /// Makes something of the size that it is given.
    Allocates,
    /// Reads a number.
    Number,
    /// Compiles a pattern.
    Pattern,
}

/// What `module.name` does, if it can exhaust.
pub(super) fn heavy(module: &str, name: &str) -> Option<Heavy> {
    let bare = module.trim_start_matches('_');
    Some(match (bare, name) {
        (
            "builtins" | "builtin__",
            "list" | "tuple" | "set" | "frozenset" | "dict" | "bytes" | "bytearray" | "sum" | "any" | "all",
        )
        | (
            "collections" | "array" | "itertools",
            "deque"
            | "Counter"
            | "OrderedDict"
            | "array"
            | "product"
            | "permutations"
            | "combinations"
            | "combinations_with_replacement"
            | "cycle"
            | "UserList",
        )
        | ("pandas" | "pandas.core.series" | "pandas.core.frame", "Series" | "DataFrame")
        | ("pandas" | "pandas.core.indexes.base", "Index") => Heavy::Consumes,
        ("builtins" | "builtin__", "int" | "long" | "float" | "complex")
        | ("random", "Random")
        | ("datetime", "timedelta")
        | ("uuid", "UUID")
        | ("fractions", "Fraction")
        | ("decimal" | "pydecimal", "Decimal") => Heavy::Number,
        ("re", "_compile" | "compile") | ("regex.regex" | "regex", "compile" | "_compile") => Heavy::Pattern,
        (_, "ndarray" | "_reconstruct") if bare.starts_with("numpy") => Heavy::Allocates,
        // A matrix that is given its shape only; those of files are made and get their state.
        (_, name) if bare.starts_with("scipy.sparse") && (name.ends_with("_matrix") || name.ends_with("_array")) => {
            Heavy::Allocates
        }
        (_, name) if name.ends_with("Storage") && bare.starts_with("torch") => Heavy::Allocates,
        _ => return None,
    })
}

/// Why a call with these arguments exhausts; None if it does not.
pub(super) fn exhausts(graph: &Graph, evaluator: &mut Evaluator<'_>, heavy: Heavy, args: &[NodeId]) -> Option<String> {
    match heavy {
        Heavy::Consumes => {
            let most = args.iter().map(|id| items(graph, evaluator, *id, 0)).fold(0.0, f64::max);
            (most > MANY).then(|| match most.is_finite() {
                true => format!("takes all of about {most:.0e} items that a few bytes stand for"),
                false => "takes all items of something endless".to_owned(),
            })
        }
        Heavy::Allocates => {
            let number = |id: &NodeId| number_of(graph, *id).map_or(1.0, f64::abs);
            let most = args.iter().map(|id| match graph.value(*id) {
                Value::Tuple(sides) | Value::List(sides) => sides.iter().take(64).map(number).product(),
                _ => number(id),
            });
            let most = most.fold(0.0, f64::max);
            (most > ROOM).then(|| format!("makes room for {most:.0e} items, whatever the file holds"))
        }
        Heavy::Number if args.iter().any(|id| long_len(graph, *id) > LONG) => {
            Some("is given a number of more digits than anybody needs".to_owned())
        }
        Heavy::Number if args.first().is_some_and(|id| text_len(graph, *id) > DIGITS) => {
            Some("reads a number of more digits than anybody needs".to_owned())
        }
        Heavy::Number => args.first().and_then(|id| text_of(evaluator, *id)).and_then(|text| {
            let digits = text.len() as u64 > DIGITS;
            let exponent = text.rsplit_once(['e', 'E']).is_some_and(|(_, exponent)| {
                exponent.trim_start_matches('+').len() > 6 && exponent.bytes().skip(1).all(|b| b.is_ascii_digit())
            });
            (digits || exponent).then(|| "reads a number of more digits than anybody needs".to_owned())
        }),
        Heavy::Pattern => args.first().and_then(|id| text_of(evaluator, *id)).and_then(|pattern| {
            // a{1000}{1000}: what is repeated is written out.
            let most = pattern.split('{').skip(1).filter_map(|rest| rest.split_once('}')).filter_map(|(count, _)| {
                let last = count.rsplit(',').next().filter(|last| !last.is_empty()).unwrap_or(count);
                last.trim_matches(',').parse::<f64>().ok()
            });
            let expands = most.filter(|n| *n > 1.0).product::<f64>() > MANY / 2.0 && pattern.contains("})");
            (expands || pattern.len() > PATTERN).then(|| "compiles a pattern of a length that nobody writes".to_owned())
        }),
    }
}

fn long_len(graph: &Graph, id: NodeId) -> u64 {
    match graph.value(id) {
        Value::Long(data) => data.len,
        _ => 0,
    }
}

fn text_len(graph: &Graph, id: NodeId) -> u64 {
    match graph.value(id) {
        Value::Text(data) | Value::Str8(data) | Value::Bytes(data) => data.len,
        _ => 0,
    }
}

fn text_of(evaluator: &mut Evaluator<'_>, id: NodeId) -> Option<String> {
    match evaluator.eval(id) {
        Sym::Text(text) => Some(text),
        Sym::Bytes(raw) => Some(raw.iter().map(|b| char::from(*b)).collect()),
        _ => None,
    }
}

/// How many items iterating over `id` gives, as far as constants say it; 0 for what is not known.
fn items(graph: &Graph, evaluator: &mut Evaluator<'_>, id: NodeId, depth: usize) -> f64 {
    let Value::Object(object) = graph.value(id) else {
        return match graph.value(id) {
            Value::List(items) | Value::Tuple(items) => items.len() as f64,
            _ => 0.0,
        };
    };
    let Some((module, name)) = evaluator.target(object.callee).filter(|_| depth < MAX_DEPTH) else { return 0.0 };
    let args = graph.items(object.args).unwrap_or(&[]).to_vec();
    let number = |i: usize| args.get(i).and_then(|id| number_of(graph, *id));
    let mut inner = |i: usize| args.get(i).map_or(0.0, |id| items(graph, evaluator, *id, depth + 1));
    match (module.trim_start_matches('_'), name.as_str()) {
        ("builtins", "range" | "xrange") => match (number(0), number(1), number(2)) {
            (Some(stop), None, _) => stop,
            (Some(start), Some(stop), step) => (stop - start) / step.filter(|step| *step != 0.0).unwrap_or(1.0),
            _ => 0.0,
        },
        ("builtins", "bytes" | "bytearray") => number(0).unwrap_or(0.0),
        // All addresses of a network.
        ("ipaddress", "IPv4Network" | "IPv6Network") => {
            let bits = if name == "IPv4Network" { 32.0 } else { 128.0 };
            let text = args.first().and_then(|id| text_of(evaluator, *id)).unwrap_or_default();
            let prefix = text.rsplit_once('/').and_then(|(_, prefix)| prefix.parse::<f64>().ok());
            2f64.powf(bits - prefix.unwrap_or(bits))
        }
        // Ends with the shortest of what it is given.
        ("builtins", "zip") if !args.is_empty() => {
            (0..args.len().min(64)).map(&mut inner).fold(f64::INFINITY, f64::min)
        }
        ("builtins", "list" | "tuple" | "set" | "iter" | "reversed" | "enumerate" | "sorted")
        | ("collections", "deque")
        | ("itertools", "pairwise" | "compress") => inner(0),
        ("itertools", "batched") => inner(0) / number(1).unwrap_or(1.0).max(1.0),
        ("itertools", "zip_longest") => (0..args.len().min(64)).map(&mut inner).fold(0.0, f64::max),
        // Lazy by itself, like a range.
        ("pandas.core.indexes.range" | "pandas", "RangeIndex") => match (number(0), number(1)) {
            (Some(stop), None) => stop,
            (Some(start), Some(stop)) => stop - start,
            _ => 0.0,
        },
        ("pandas.core.indexes.base", "new_Index" | "_new_Index") => {
            let pairs = args.get(1).and_then(|keywords| graph.pairs(*keywords));
            let named = |wanted: &str| {
                let found = pairs.and_then(|pairs| pairs.iter().find(|(key, _)| graph.str(*key) == Some(wanted)));
                found.and_then(|(_, value)| number_of(graph, value))
            };
            named("stop").unwrap_or(0.0) - named("start").unwrap_or(0.0)
        }
        ("builtins", "map" | "filter") | ("itertools", "starmap" | "takewhile" | "filterfalse") => inner(1),
        ("itertools", "chain") => (0..args.len().min(64)).map(&mut inner).sum(),
        ("itertools", "count" | "cycle") => f64::INFINITY,
        ("itertools", "repeat") => number(1).unwrap_or(f64::INFINITY),
        ("itertools", "accumulate" | "islice") => number(1).unwrap_or_else(|| inner(0)),
        ("itertools", "product") => {
            let once: f64 = (0..args.len()).map(&mut inner).product();
            let repeat = object.kwargs.and_then(|keywords| graph.pairs(keywords)).and_then(|pairs| {
                let (_, times) = pairs.iter().find(|(key, _)| graph.str(*key) == Some("repeat"))?;
                number_of(graph, times)
            });
            repeat.map_or(once, |times| once.powf(times.min(1e6)))
        }
        ("itertools", "permutations") => {
            let n = inner(0);
            let taken = number(1).unwrap_or(n).min(n).min(400.0);
            falling(n, taken)
        }
        ("itertools", "combinations" | "combinations_with_replacement") => {
            let (n, taken) = (inner(0), number(1).unwrap_or(0.0).min(400.0));
            falling(n, taken) / falling(taken, taken).max(1.0)
        }
        _ => 0.0,
    }
}

/// n * (n - 1) * .. of `taken` factors.
fn falling(n: f64, taken: f64) -> f64 {
    let (mut out, mut i) = (1.0, 0.0);
    while i < taken {
        out *= (n - i).max(1.0);
        i += 1.0;
    }
    out
}

fn number_of(graph: &Graph, id: NodeId) -> Option<f64> {
    match graph.kind(id) {
        // More than 64 bits are more than enough.
        Kind::Long => Some(f64::MAX),
        _ => graph.int(id).map(|i| i as f64),
    }
}
