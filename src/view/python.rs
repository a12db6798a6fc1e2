//! Values as Python's `repr` writes them: plain ones, containers, and the objects of Python's own library.
//!
//! What `repr` cannot know without running the file is said as the file has it: an enum member is the call that makes it,
//! an object without a value is `<module.Class object>`.

use std::fmt::Write as _;

use num_bigint::BigInt;

use crate::formats::Pickled;
use crate::formats::arrays::any_text;
use crate::formats::code::{WrittenOut, written_out};
use crate::formats::known::Role;
use crate::formats::python::{Call, DEPTH, Name, Std, call_of, name_of, partial_of};
use crate::pickle::text::{float_repr, signed_le};
use crate::pickle::{Graph, NodeId, Value};
use crate::view::code::signature;
use crate::view::describe::{Class, Description, scalar_text};
use crate::view::zones::zone;
use crate::view::{escape, number};

/// Longest value of an object that holds others and is still spelt out in a row.
const SPELT_OUT: usize = 60;

/// Longest Counter that is put in order inside another value.
const SORTED: usize = 1000;

/// Describes an object of Python's library, a call with plain arguments, or a name that is fetched by a call.
pub(super) fn describe(pickled: &Pickled, id: NodeId, max: usize) -> Option<Description> {
    let graph = &pickled.decoded.graph;
    let object = graph.object(id)?;
    if let Some(what) = written_out(graph, id) {
        let (code, type_name) = match what {
            WrittenOut::Function(code) => (code, "function"),
            WrittenOut::Code => (id, "code"),
        };
        return Some(Description::new(Class::Global, signature(pickled, code).unwrap_or_default(), type_name));
    }
    if let Some(name) = name_of(graph, id) {
        return Some(Description::new(Class::Global, escape::plain(&name.dotted()), "name"));
    }
    let call = call_of(graph, id)?;
    if call.name.is("builtins", "getattr") {
        return Some(Description::new(Class::Global, repr(pickled, id, max)?, "method"));
    }
    let short = escape::plain(call.name.short());
    let held = object.entries.len() + object.items.len();
    if let Some((text, type_name)) = zone(graph, id, &call) {
        return Some(Description::new(Class::Value, text, type_name));
    }
    let Some(std) = Std::of(&call.name) else {
        // An unknown class: what it was called with, if that is all there is to it.
        let bare = object.state.is_none() && held == 0 && !(call.args.is_empty() && call.kwargs.is_none());
        let value = match () {
            () if bare => repr(pickled, id, max).filter(|text| text.len() <= SPELT_OUT && !text.contains('…')),
            () => None,
        };
        let counted = if held > 0 { number::count(held as u64, "item") } else { String::new() };
        let class = if object.entries.is_empty() { Class::Object } else { Class::Dict };
        let class = if value.is_some() { Class::Value } else { class };
        return Some(Description::new(class, value.unwrap_or(counted), short));
    };
    let class = match std {
        Std::Decimal | Std::Fraction | Std::Complex => Class::Number,
        Std::Counter | Std::OrderedDict | Std::DefaultDict => Class::Dict,
        Std::Deque => Class::List,
        Std::Set | Std::FrozenSet => Class::Set,
        Std::Partial => Class::Global,
        _ => Class::Value,
    };
    let type_name = if std == Std::ZoneInfo { "ZoneInfo".to_owned() } else { short };
    let type_name = if std == Std::Pattern { "Pattern".to_owned() } else { type_name };
    let type_name = if std == Std::Array { "array".to_owned() } else { type_name };
    if !std.holds_items() {
        return Some(Description::new(class, repr(pickled, id, max)?, type_name));
    }
    let n = items_in(graph, id, &call);
    // Many items never fit, and putting them in order would cost more than the row.
    let spelt = n == 0 || n <= 20 && matches!(std, Std::Counter | Std::Deque | Std::Set | Std::FrozenSet);
    let value = if spelt { repr(pickled, id, SPELT_OUT) } else { None };
    let value = value.filter(|text| text.len() <= SPELT_OUT && !text.contains('…'));
    let counted = || match std {
        Std::Deque => match call.args.get(1).and_then(|most| graph.int(*most)) {
            Some(most) => format!("{}, at most {most}", number::count(n, "item")),
            None => number::count(n, "item"),
        },
        Std::DefaultDict => match call.args.first().and_then(|factory| name_of(graph, *factory)) {
            Some(factory) => format!("{}, default {}", number::count(n, "item"), escape::plain(factory.short())),
            None => number::count(n, "item"),
        },
        _ => number::count(n, "item"),
    };
    Some(Description::new(class, value.unwrap_or_else(counted), type_name))
}

/// Items of a container of Python's library: those it was made with and those added later.
fn items_in(graph: &Graph, id: NodeId, call: &Call<'_>) -> u64 {
    let Some(object) = graph.object(id) else { return 0 };
    let given = call.args.first().map_or(0, |first| match graph.value(*first) {
        Value::Dict(pairs) => pairs.len(),
        Value::List(items) | Value::Tuple(items) => items.len(),
        _ => 0,
    });
    (given + object.entries.len() + object.items.len()) as u64
}

/// What `repr` writes for `id`, cut with `…` behind about `max` characters. None if it is an object of which the file does
/// not say enough.
pub fn repr(pickled: &Pickled, id: NodeId, max: usize) -> Option<String> {
    let mut writer = Writer { pickled, graph: &pickled.decoded.graph, out: String::new(), max, above: Vec::new() };
    writer.value(id)?;
    Some(writer.out)
}

struct Writer<'a> {
    pickled: &'a Pickled,
    graph: &'a Graph,
    out: String,
    max: usize,
    /// Containers being written: what occurs again is a cycle. Its length is the depth.
    above: Vec<NodeId>,
}

impl Writer<'_> {
    fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn is_full(&self) -> bool {
        self.out.len() >= self.max
    }

    /// Writes a value. The depth is capped, so this recursion is bounded.
    fn value(&mut self, id: NodeId) -> Option<()> {
        let left = self.max.saturating_sub(self.out.len()).max(8);
        match self.graph.value(id) {
            Value::None => self.push("None"),
            Value::Bool(b) => self.push(if b { "True" } else { "False" }),
            Value::Int(i) => self.push(&i.to_string()),
            Value::Long(data) => match data.is_whole() {
                true => self.push(&signed_le(data.kept).to_string()),
                false => self.push(&format!("<an integer of {} bytes>", number::grouped(data.len))),
            },
            Value::Float(f) => self.push(&float_repr(f)),
            Value::Text(data) => self.push(&escape::text_repr(data.kept, data.is_whole(), left)),
            Value::Str8(data) => {
                let latin1: String = data.kept.iter().map(|b| char::from(*b)).collect();
                self.push(&escape::text_repr(latin1.as_bytes(), data.is_whole(), left));
            }
            Value::Bytes(data) => self.push(&escape::bytes_repr(data.kept, data.is_whole(), left)),
            Value::ByteArray(data) => {
                self.push(&format!("bytearray({})", escape::bytes_repr(data.kept, data.is_whole(), left)));
            }
            Value::Global(_) => self.name(&name_of(self.graph, id)?),
            Value::Persistent(_) => self.push("<persistent id>"),
            Value::Extension(code) => self.push(&format!("<extension {code}>")),
            Value::Buffer { index, .. } => self.push(&format!("<buffer {index}>")),
            Value::List(_) if self.above.contains(&id) => self.push("[...]"),
            Value::Dict(_) if self.above.contains(&id) => self.push("{...}"),
            _ if self.above.contains(&id) => self.push("..."),
            _ if self.above.len() >= DEPTH => self.push("…"),
            inner => {
                self.above.push(id);
                let done = match inner {
                    Value::List(items) => self.items("[", items, "]"),
                    Value::Tuple([one]) => self.items("(", &[*one], ",)"),
                    Value::Tuple(items) => self.items("(", items, ")"),
                    Value::Set([]) => {
                        self.push("set()");
                        Some(())
                    }
                    Value::Set(items) => self.items("{", items, "}"),
                    Value::FrozenSet([]) => {
                        self.push("frozenset()");
                        Some(())
                    }
                    Value::FrozenSet(items) => self.items("frozenset({", items, "})"),
                    Value::Dict(pairs) => self.dict(pairs.iter()),
                    _ => self.object(id),
                };
                self.above.pop();
                done?;
            }
        }
        Some(())
    }

    fn items(&mut self, open: &str, items: &[NodeId], close: &str) -> Option<()> {
        self.push(open);
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.push(", ");
            }
            if self.is_full() {
                self.push("…");
                break;
            }
            self.value(*item)?;
        }
        self.push(close);
        Some(())
    }

    fn dict(&mut self, pairs: impl Iterator<Item = (NodeId, NodeId)>) -> Option<()> {
        self.push("{");
        for (i, (key, value)) in pairs.enumerate() {
            if i > 0 {
                self.push(", ");
            }
            if self.is_full() {
                self.push("…");
                break;
            }
            self.value(key)?;
            self.push(": ");
            self.value(value)?;
        }
        self.push("}");
        Some(())
    }

    /// A class or function: as `repr` says it where it is one of Python's own, else its bare name.
    fn name(&mut self, name: &Name<'_>) {
        let text = escape::plain(&name.dotted());
        let bare = name.module == "builtins";
        self.push(&match &*name.name {
            plain @ ("Ellipsis" | "NotImplemented") if bare => plain.to_owned(),
            plain if bare && TYPES.contains(&plain) => format!("<class '{plain}'>"),
            plain if bare && plain.starts_with(char::is_uppercase) => format!("<class '{}'>", escape::plain(plain)),
            plain if bare && !plain.contains('.') => format!("<built-in function {}>", escape::plain(plain)),
            _ => text,
        });
    }

    fn object(&mut self, id: NodeId) -> Option<()> {
        let graph = self.graph;
        let object = graph.object(id)?;
        if let Some(name) = name_of(graph, id) {
            self.name(&name);
            return Some(());
        }
        match self.pickled.known.role_of_callee(graph, object.callee) {
            Role::Scalar => {
                let (dtype, value) = scalar_text(graph, graph.items(object.args)?)?;
                self.push(&format!("np.{}({value})", dtype.human()));
                return Some(());
            }
            Role::Encode | Role::BytesCall => {
                let raw = raw_bytes(graph, id, 0)?;
                let left = self.max.saturating_sub(self.out.len()).max(8);
                let text = escape::bytes_repr(&raw, true, left);
                let array = graph.symbol(object.callee).is_some_and(|symbol| symbol.name.as_ref() == "bytearray");
                self.push(&if array { format!("bytearray({text})") } else { text });
                return Some(());
            }
            role if role.is_array() => {
                self.push("<array>");
                return Some(());
            }
            _ => {}
        }
        let call = call_of(graph, id)?;
        if let Some((text, _)) = zone(graph, id, &call) {
            self.push(&text);
            return Some(());
        }
        match Std::of(&call.name) {
            None if call.name.is("builtins", "getattr") => {
                let [of, method] = &*call.args else { return None };
                self.value(*of)?;
                self.push(&format!(".{}", escape::plain(&any_text(graph, *method)?)));
                Some(())
            }
            Some(std) => self.std(id, std, &call),
            None => {
                let bare = object.state.is_none() && object.items.is_empty() && object.entries.is_empty();
                if !bare || (call.args.is_empty() && call.kwargs.is_none()) {
                    self.push(&format!("<{} object>", escape::plain(&call.name.dotted())));
                    return Some(());
                }
                let short =
                    escape::plain(if call.name.module == "operator" { &call.name.name } else { call.name.short() });
                let module = if call.name.module == "operator" { "operator." } else { "" };
                self.push(&format!("{module}{short}("));
                self.arguments(&call.args, call.kwargs, true)
            }
        }
    }

    /// `1, 'a', key=2)`; `first`: nothing stands before.
    fn arguments(&mut self, args: &[NodeId], kwargs: Option<NodeId>, first: bool) -> Option<()> {
        let mut first = first;
        let mut comma = |writer: &mut Self| {
            if !std::mem::replace(&mut first, false) {
                writer.push(", ");
            }
        };
        for arg in args {
            comma(self);
            if self.is_full() {
                self.push("…)");
                return Some(());
            }
            self.value(*arg)?;
        }
        let pairs = kwargs.and_then(|kwargs| self.graph.pairs(kwargs)).unwrap_or_default();
        for (key, value) in pairs.iter() {
            comma(self);
            if self.is_full() {
                self.push("…)");
                return Some(());
            }
            let key = escape::plain(&any_text(self.graph, key)?);
            self.push(&format!("{key}="));
            self.value(value)?;
        }
        self.push(")");
        Some(())
    }

    /// An object of Python's library.
    fn std(&mut self, id: NodeId, std: Std, call: &Call<'_>) -> Option<()> {
        let graph = self.graph;
        let object = graph.object(id)?;
        let args = &*call.args;
        let int = |i: usize| args.get(i).and_then(|id| graph.int(*id));
        match std {
            Std::DateTime | Std::Date | Std::Time => self.moment(std, args)?,
            Std::TimeDelta => {
                let parts: Vec<String> = [("days", int(0)), ("seconds", int(1)), ("microseconds", int(2))]
                    .into_iter()
                    .filter_map(|(name, n)| n.filter(|n| *n != 0).map(|n| format!("{name}={n}")))
                    .collect();
                let inner = if parts.is_empty() { "0".to_owned() } else { parts.join(", ") };
                self.push(&format!("datetime.timedelta({inner})"));
            }
            Std::TimeZone => {
                let zero = args.len() == 1
                    && args.first().and_then(|delta| call_of(graph, *delta)).is_some_and(|delta| {
                        Std::of(&delta.name) == Some(Std::TimeDelta)
                            && delta.args.iter().all(|n| graph.int(*n) == Some(0))
                    });
                if zero {
                    self.push("datetime.timezone.utc");
                } else {
                    self.push("datetime.timezone(");
                    self.arguments(args, None, true)?;
                }
            }
            Std::ZoneInfo => {
                self.push("zoneinfo.ZoneInfo(key=");
                self.value(*args.first()?)?;
                self.push(")");
            }
            Std::Decimal => {
                let text = any_text(graph, *args.first()?)?;
                self.push(&format!("Decimal('{}')", escape::plain(&text)));
            }
            Std::Fraction => match args {
                [one] => {
                    let text = any_text(graph, *one)?;
                    let (above, below) = text.split_once('/').unwrap_or((&text, "1"));
                    self.push(&format!("Fraction({}, {})", escape::plain(above), escape::plain(below)));
                }
                _ => {
                    self.push("Fraction(");
                    self.arguments(args, None, true)?;
                }
            },
            Std::Uuid => {
                let n = integer(graph, graph.attribute(id, "int")?)?;
                let hex = format!("{:0>32}", n.to_str_radix(16));
                let part = |from: usize, to: usize| hex.get(from..to).filter(|_| hex.len() == 32);
                self.push(&format!(
                    "UUID('{}-{}-{}-{}-{}')",
                    part(0, 8)?,
                    part(8, 12)?,
                    part(12, 16)?,
                    part(16, 20)?,
                    part(20, 32)?
                ));
            }
            Std::Path => {
                let mut path = String::new();
                for part in args {
                    let part = any_text(graph, *part)?.replace('\\', "/");
                    if !path.is_empty() && !path.ends_with('/') {
                        path.push('/');
                    }
                    path.push_str(&part);
                }
                let path = if path.is_empty() { ".".to_owned() } else { path };
                let left = self.max.saturating_sub(self.out.len()).max(8);
                let text = escape::text_repr(path.as_bytes(), true, left);
                self.push(&format!("{}({text})", escape::plain(call.name.short())));
            }
            Std::Range => {
                let (range, step) = args.split_at_checked(2)?;
                let one = step.first().is_none_or(|step| graph.int(*step) == Some(1));
                self.push("range(");
                self.arguments(if one { range } else { args }, None, true)?;
            }
            Std::Slice => {
                self.push("slice(");
                self.arguments(args, None, true)?;
            }
            Std::Complex => {
                let part = |i: usize| match args.get(i).map(|id| graph.value(*id)) {
                    Some(Value::Float(f)) => Some(f),
                    None => Some(0.0),
                    _ => None,
                };
                self.push(&complex_text(part(0)?, part(1)?));
            }
            Std::Pattern => {
                let text = matches!(graph.value(*args.first()?), Value::Text(_) | Value::Str8(_));
                self.push("re.compile(");
                self.value(*args.first()?)?;
                // A str is matched as Unicode unless it says otherwise.
                let flags = int(1)? & !i64::from(if text { 32 } else { 0 });
                let names: Vec<String> =
                    FLAGS.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| format!("re.{name}")).collect();
                let names = if names.is_empty() { String::new() } else { format!(", {}", names.join("|")) };
                self.push(&format!("{names})"));
            }
            Std::IpAddress if any_text(graph, *args.first()?).is_some() => {
                self.push(&format!("{}(", call.name.short()));
                self.arguments(args, None, true)?;
            }
            Std::IpAddress => {
                let n = integer(graph, *args.first()?)?;
                let text = if call.name.name == "IPv4Address" {
                    std::net::Ipv4Addr::from(u32::try_from(n).ok()?).to_string()
                } else {
                    std::net::Ipv6Addr::from(u128::try_from(n).ok()?).to_string()
                };
                self.push(&format!("{}('{text}')", call.name.short()));
            }
            Std::Array => self.array(args)?,
            Std::Partial => {
                let partial = partial_of(graph, id)?;
                self.push("functools.partial(");
                self.value(partial.func)?;
                self.arguments(partial.args, partial.kwargs, false)?;
            }
            Std::Namespace => {
                self.push("namespace(");
                self.arguments(&[], object.state, true)?;
            }
            Std::Counter => {
                let mut pairs: Vec<_> = match args.first() {
                    Some(first) => graph.pairs(*first)?.iter().collect(),
                    None => Vec::new(),
                };
                pairs.extend(object.entries.iter());
                // Most common first, as Counter says itself.
                if pairs.len() <= SORTED && pairs.iter().all(|(_, n)| graph.int(*n).is_some()) {
                    pairs.sort_by_key(|(_, n)| std::cmp::Reverse(graph.int(*n)));
                }
                self.mapping("Counter(", pairs)?;
            }
            Std::OrderedDict => {
                let mut pairs = Vec::new();
                // Python 2 gives the pairs as a list.
                for pair in args.first().and_then(|list| graph.items(*list)).unwrap_or(&[]) {
                    let [key, value] = graph.items(*pair)? else { return None };
                    pairs.push((*key, *value));
                }
                pairs.extend(object.entries.iter());
                self.mapping("OrderedDict(", pairs)?;
            }
            Std::DefaultDict => {
                self.push("defaultdict(");
                match args.first() {
                    Some(factory) => self.value(*factory)?,
                    None => self.push("None"),
                }
                self.push(", ");
                self.dict(object.entries.iter())?;
                self.push(")");
            }
            Std::Deque => {
                self.push("deque([");
                let given = args.first().and_then(|given| graph.items(*given)).unwrap_or(&[]);
                let all: Vec<NodeId> = given.iter().chain(object.items).copied().take(self.max).collect();
                self.items("", &all, "]")?;
                if let Some(most) = int(1) {
                    let _ = write!(self.out, ", maxlen={most}");
                }
                self.push(")");
            }
            Std::Set | Std::FrozenSet => {
                let name = if std == Std::Set { "set" } else { "frozenset" };
                let given = args.first().and_then(|given| graph.items(*given)).unwrap_or(&[]);
                let all: Vec<NodeId> = given.iter().chain(object.items).copied().take(self.max).collect();
                match (all.is_empty(), std) {
                    (true, _) => self.push(&format!("{name}()")),
                    (false, Std::Set) => self.items("{", &all, "}")?,
                    (false, _) => self.items("frozenset({", &all, "})")?,
                }
            }
        }
        Some(())
    }

    fn mapping(&mut self, open: &str, pairs: Vec<(NodeId, NodeId)>) -> Option<()> {
        self.push(open);
        if !pairs.is_empty() {
            self.dict(pairs.into_iter())?;
        }
        self.push(")");
        Some(())
    }

    /// A date or time from its bytes; a time zone may follow.
    fn moment(&mut self, std: Std, args: &[NodeId]) -> Option<()> {
        let raw = raw_bytes(self.graph, *args.first()?, 0)?;
        let micro = |a: u8, b: u8, c: u8| u32::from_be_bytes([0, a, b, c]);
        let (name, mut parts, fold) = match (std, raw.as_slice()) {
            (Std::Date, [y, yy, month, day]) => {
                ("date", vec![u32::from(u16::from_be_bytes([*y, *yy])), (*month).into(), (*day).into()], false)
            }
            (Std::Time, [hour, minute, second, a, b, c]) => {
                let parts = vec![(hour & 0x7f).into(), (*minute).into(), (*second).into(), micro(*a, *b, *c)];
                ("time", parts, hour & 0x80 != 0)
            }
            (Std::DateTime, [y, yy, month, day, hour, minute, second, a, b, c]) => {
                let year = u32::from(u16::from_be_bytes([*y, *yy]));
                let rest = [month & 0x7f, *day, *hour, *minute, *second].map(u32::from);
                let parts = std::iter::once(year).chain(rest).chain([micro(*a, *b, *c)]).collect();
                ("datetime", parts, month & 0x80 != 0)
            }
            _ => return None,
        };
        if std != Std::Date {
            // Microseconds, then seconds, are left out where they are 0.
            for _ in 0..2 {
                if parts.last() == Some(&0) {
                    parts.pop();
                } else {
                    break;
                }
            }
        }
        let parts: Vec<String> = parts.iter().map(u32::to_string).collect();
        self.push(&format!("datetime.{name}({}", parts.join(", ")));
        if fold {
            self.push(", fold=1");
        }
        if let Some(zone) = args.get(1).filter(|zone| !matches!(self.graph.value(**zone), Value::None)) {
            self.push(", tzinfo=");
            self.value(*zone)?;
        }
        self.push(")");
        Some(())
    }

    /// `array.array`: a list of numbers, or (protocol 3 and later) the machine's bytes with a code of their format.
    fn array(&mut self, args: &[NodeId]) -> Option<()> {
        let graph = self.graph;
        if let [code, list] = args {
            self.push(&format!("array('{}'", escape::plain(&any_text(graph, *code)?)));
            if graph.items(*list).is_some_and(|items| !items.is_empty()) {
                self.push(", ");
                self.value(*list)?;
            }
            self.push(")");
            return Some(());
        }
        let [_, code, format, raw] = args else { return None };
        let (format, raw_value) = (graph.int(*format)?, graph.value(*raw));
        let Value::Bytes(data) = raw_value else { return None };
        self.push(&format!("array('{}'", escape::plain(&any_text(graph, *code)?)));
        if data.len > 0 {
            let format = usize::try_from(format).ok().and_then(|i| MACHINE_FORMATS.get(i))?;
            let dtype = std::sync::Arc::new(crate::array::Dtype::parse(format)?);
            self.push(", [");
            let size = usize::try_from(dtype.size).ok()?;
            for (i, element) in data.kept.chunks_exact(size).enumerate() {
                if i > 0 {
                    self.push(", ");
                }
                if self.is_full() {
                    break;
                }
                let bytes = crate::bytes::Bytes::from_vec(element.to_vec());
                let view = crate::array::ArrayView::new(bytes, dtype.clone(), Vec::new(), Vec::new()).ok()?;
                self.push(&view.text(&[]).ok()?);
            }
            if self.is_full() || !data.is_whole() {
                self.push("…");
            }
            self.push("]");
        }
        self.push(")");
        Some(())
    }
}

/// NumPy's names for the machine formats of `array._array_reconstructor`, by their code.
const MACHINE_FORMATS: &[&str] = &[
    "|u1", "|i1", "<u2", ">u2", "<i2", ">i2", "<u4", ">u4", "<i4", ">i4", "<u8", ">u8", "<i8", ">i8", "<f4", ">f4",
    "<f8", ">f8",
];

/// Flags of regular expressions in the order `repr` names them.
const FLAGS: &[(i64, &str)] = &[
    (1, "TEMPLATE"),
    (2, "IGNORECASE"),
    (4, "LOCALE"),
    (8, "MULTILINE"),
    (16, "DOTALL"),
    (32, "UNICODE"),
    (64, "VERBOSE"),
    (128, "DEBUG"),
    (256, "ASCII"),
];

/// Classes of `builtins` that are written in small letters; what is not among them is a function.
const TYPES: &[&str] = &[
    "bool",
    "bytearray",
    "bytes",
    "classmethod",
    "complex",
    "dict",
    "enumerate",
    "filter",
    "float",
    "frozenset",
    "int",
    "list",
    "map",
    "memoryview",
    "object",
    "property",
    "range",
    "reversed",
    "set",
    "slice",
    "staticmethod",
    "str",
    "super",
    "tuple",
    "type",
    "zip",
];

/// The bytes of bytes, of a Python 2 string, or of a str that was bytes: old protocols write them as a call.
fn raw_bytes(graph: &Graph, id: NodeId, depth: usize) -> Option<Vec<u8>> {
    match graph.value(id) {
        Value::Bytes(data) | Value::ByteArray(data) | Value::Str8(data) if data.is_whole() => Some(data.kept.to_vec()),
        Value::Text(data) => data.as_str()?.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
        // `_codecs.encode(text, "latin1")`, `bytearray(that)`, `bytes()`
        Value::Object(object) if depth < 3 => match graph.items(object.args)?.first() {
            Some(first) => raw_bytes(graph, *first, depth + 1),
            None => Some(Vec::new()),
        },
        _ => None,
    }
}

/// An integer of any size.
fn integer(graph: &Graph, id: NodeId) -> Option<BigInt> {
    match graph.value(id) {
        Value::Int(i) => Some(i.into()),
        Value::Long(data) if data.is_whole() => Some(signed_le(data.kept)),
        _ => None,
    }
}

/// A complex number: without `.0`, and without a real part that is 0.
fn complex_text(re: f64, im: f64) -> String {
    let short = |f: f64| {
        let text = float_repr(f);
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    };
    if re == 0.0 && re.is_sign_positive() {
        return format!("{}j", short(im));
    }
    let im = short(im);
    let sign = if im.starts_with('-') { "" } else { "+" };
    format!("({}{sign}{im}j)", short(re))
}
