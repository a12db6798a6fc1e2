//! Objects of Python's own library, whatever spelling the protocol has for them: what a name means, what a call was
//! given, and which of them read as one value.

use std::borrow::Cow;

use super::arrays::any_text;
use crate::pickle::graph::Made;
use crate::pickle::{Graph, NodeId, Value};

/// Values in values: deeper than this nothing is spelt out.
pub const DEPTH: usize = 12;
/// Names of names and calls of calls: a class in a class in a class is as deep as it goes.
const NAME_DEPTH: usize = 5;
/// A datetime has a time zone, which has a timedelta.
const PLAIN_DEPTH: usize = 3;
/// Arguments of what one line can say.
const PLAIN_ARGUMENTS: usize = 8;
/// Arguments of a partial and of its call together: they are put into one list.
const MOST_ARGUMENTS: usize = 1000;

/// A class or function by where it is found. Names of Python 2 come as those of Python 3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name<'g> {
    /// Module; empty if the file does not say.
    pub module: Cow<'g, str>,
    /// Name in the module, with dots for what is nested.
    pub name: Cow<'g, str>,
}

impl Name<'_> {
    /// `module.name`
    pub fn dotted(&self) -> String {
        if self.module.is_empty() { self.name.to_string() } else { format!("{}.{}", self.module, self.name) }
    }

    /// True for exactly this module and name.
    pub fn is(&self, module: &str, name: &str) -> bool {
        self.module == module && self.name == name
    }

    /// The last part of the name.
    pub fn short(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

/// A call as a program would write it: a class or function and what it was given.
#[derive(Clone, Debug)]
pub struct Call<'g> {
    /// What was called.
    pub name: Name<'g>,
    /// Its arguments.
    pub args: Cow<'g, [NodeId]>,
    /// Its keyword arguments: a dict.
    pub kwargs: Option<NodeId>,
}

/// True for modules that write functions and classes out instead of naming them.
pub(super) fn writes_out(module: &str) -> bool {
    matches!(module, "dill._dill" | "dill.dill") || module.split('.').any(|part| part == "cloudpickle")
}

/// What a node names, if it is a class or function: an imported name, `getattr(Outer, "Inner")`, a class that is written
/// out by cloudpickle or dill.
pub fn name_of(graph: &Graph, id: NodeId) -> Option<Name<'_>> {
    name_at(graph, id, 0)
}

fn name_at(graph: &Graph, id: NodeId, depth: usize) -> Option<Name<'_>> {
    // The depth is capped, so this recursion is bounded.
    if depth > NAME_DEPTH {
        return None;
    }
    let object = match graph.value(id) {
        Value::Global(symbol) => {
            return Some(Name {
                module: module3(&symbol.module).into(),
                name: name3(&symbol.module, &symbol.name).into(),
            });
        }
        Value::Object(object) => object,
        _ => return None,
    };
    let called = name_at(graph, object.callee, depth + 1)?;
    let args = graph.items(object.args)?;
    let text = |i: usize| args.get(i).and_then(|id| any_text(graph, *id));
    match (&*called.module, &*called.name) {
        ("builtins", "getattr") => {
            let Name { module, name } = name_at(graph, *args.first()?, depth + 1)?;
            Some(Name { module, name: format!("{name}.{}", text(1)?).into() })
        }
        ("builtins", "type") => {
            let none = matches!(graph.value(*args.first()?), Value::None) && args.len() == 1;
            none.then_some(Name { module: "builtins".into(), name: "NoneType".into() })
        }
        (module, "_builtin_type") if writes_out(module) => Some(Name { module: "types".into(), name: text(0)? }),
        (module, "_load_type") if writes_out(module) => {
            let name = text(0)?;
            let module = if name.ends_with("Type") { "types" } else { "builtins" };
            Some(Name { module: module.into(), name })
        }
        (module, "_make_skeleton_class" | "_make_skeleton_enum" | "_create_type") if writes_out(module) => {
            // (type, name, bases, namespace, ..), or for enums (bases, name, qualified name, members, module, ..).
            let module = match args.get(3) {
                _ if called.name == "_make_skeleton_enum" => text(4),
                Some(space) => graph.get(*space, "__module__").and_then(|id| any_text(graph, id)),
                None => None,
            };
            Some(Name { module: module.unwrap_or_default(), name: text(1)? })
        }
        _ => None,
    }
}

fn module3(module: &str) -> &str {
    match module {
        "__builtin__" | "exceptions" => "builtins",
        "copy_reg" => "copyreg",
        "pathlib._local" => "pathlib",
        "_pydecimal" => "decimal",
        "_operator" => "operator",
        "_pydatetime" => "datetime",
        _ => module,
    }
}

fn name3<'g>(module: &str, name: &'g str) -> &'g str {
    match (module, name) {
        ("__builtin__", "xrange") => "range",
        ("__builtin__", "long") => "int",
        ("__builtin__", "unicode") => "str",
        _ => name,
    }
}

/// The call that made an object, without the detours of old protocols: `copyreg._reconstructor(cls, object, None)` is
/// `cls()`, and so is what protocols 2 and 3 write for NEWOBJ_EX, `partial(cls.__new__, cls, *args, **kwargs)()`.
pub fn call_of(graph: &Graph, id: NodeId) -> Option<Call<'_>> {
    let object = graph.object(id)?;
    let args = graph.items(object.args).unwrap_or(&[]);
    if let Some(partial) = partial_of(graph, object.callee) {
        let Partial { func, args: bound, kwargs } = partial;
        let name = name_of(graph, func)?;
        if let Some(class) = name.name.strip_suffix(".__new__") {
            let name = Name { module: name.module.clone(), name: class.to_owned().into() };
            return Some(Call { name, args: Cow::Borrowed(bound.get(1..)?), kwargs });
        }
        if bound.len() + args.len() > MOST_ARGUMENTS {
            return None;
        }
        let args = if args.is_empty() { Cow::Borrowed(bound) } else { Cow::Owned([bound, args].concat()) };
        return Some(Call { name, args, kwargs });
    }
    let name = name_of(graph, object.callee)?;
    let class = || name_of(graph, *args.first()?);
    if name.module == "copyreg" && object.made == Made::Reduce {
        match &*name.name {
            "_reconstructor" => {
                // (cls, base, state of the base): the base is object, or list, dict, str ..
                let state = args.get(2).filter(|state| !matches!(graph.value(**state), Value::None));
                let args = match state.map(|state| graph.value(*state)) {
                    // A namedtuple is called with its fields.
                    Some(Value::Tuple(fields)) => Cow::Borrowed(fields),
                    _ => state.map_or(Cow::Borrowed(&[][..]), |state| Cow::Owned(vec![*state])),
                };
                return Some(Call { name: class()?, args, kwargs: None });
            }
            "__newobj__" => return Some(Call { name: class()?, args: Cow::Borrowed(args.get(1..)?), kwargs: None }),
            "__newobj_ex__" => {
                let inner = args.get(1).and_then(|id| graph.items(*id)).unwrap_or(&[]);
                return Some(Call { name: class()?, args: Cow::Borrowed(inner), kwargs: args.get(2).copied() });
            }
            _ => {}
        }
    }
    Some(Call { name, args: Cow::Borrowed(args), kwargs: object.kwargs })
}

/// A `functools.partial`.
#[derive(Clone, Copy, Debug)]
pub struct Partial<'g> {
    /// What it would call.
    pub func: NodeId,
    /// The arguments that are bound.
    pub args: &'g [NodeId],
    /// The keyword arguments that are bound: a dict.
    pub kwargs: Option<NodeId>,
}

/// The `functools.partial` that `id` is. Its state overrides what it was made with.
pub fn partial_of(graph: &Graph, id: NodeId) -> Option<Partial<'_>> {
    let object = graph.object(id)?;
    if graph.symbol(object.callee).is_none_or(|symbol| symbol.name.as_ref() != "partial")
        || !name_of(graph, object.callee)?.is("functools", "partial")
    {
        return None;
    }
    if let Some([func, args, kwargs, ..]) = object.state.and_then(|state| graph.items(state)) {
        let kwargs = Some(*kwargs).filter(|kwargs| graph.pairs(*kwargs).is_some_and(|pairs| !pairs.is_empty()));
        return Some(Partial { func: *func, args: graph.items(*args).unwrap_or(&[]), kwargs });
    }
    let (func, args) = graph.items(object.args)?.split_first()?;
    Some(Partial { func: *func, args, kwargs: None })
}

/// What objects of Python's library read as one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Std {
    /// `datetime.datetime`
    DateTime,
    /// `datetime.date`
    Date,
    /// `datetime.time`
    Time,
    /// `datetime.timedelta`
    TimeDelta,
    /// `datetime.timezone`
    TimeZone,
    /// `zoneinfo.ZoneInfo`
    ZoneInfo,
    /// `decimal.Decimal`
    Decimal,
    /// `fractions.Fraction`
    Fraction,
    /// `uuid.UUID`
    Uuid,
    /// A path of pathlib.
    Path,
    /// `range`
    Range,
    /// `slice`
    Slice,
    /// `complex`
    Complex,
    /// A compiled regular expression.
    Pattern,
    /// An address of ipaddress.
    IpAddress,
    /// `array.array`
    Array,
    /// `functools.partial`
    Partial,
    /// `types.SimpleNamespace`
    Namespace,
    /// `collections.Counter`
    Counter,
    /// `collections.OrderedDict`
    OrderedDict,
    /// `collections.defaultdict`
    DefaultDict,
    /// `collections.deque`
    Deque,
    /// `set` of protocols below 4.
    Set,
    /// `frozenset` of protocols below 4.
    FrozenSet,
}

impl Std {
    /// What calling `name` makes, if it belongs to Python's library.
    pub fn of(name: &Name<'_>) -> Option<Self> {
        Some(match (&*name.module, &*name.name) {
            ("datetime", "datetime") => Self::DateTime,
            ("datetime", "date") => Self::Date,
            ("datetime", "time") => Self::Time,
            ("datetime", "timedelta") => Self::TimeDelta,
            ("datetime", "timezone") => Self::TimeZone,
            ("zoneinfo", "ZoneInfo._unpickle") => Self::ZoneInfo,
            ("decimal", "Decimal") => Self::Decimal,
            ("fractions", "Fraction") => Self::Fraction,
            ("uuid", "UUID") => Self::Uuid,
            ("pathlib", "PosixPath" | "WindowsPath" | "PurePosixPath" | "PureWindowsPath") => Self::Path,
            ("builtins", "range") => Self::Range,
            ("builtins", "slice") => Self::Slice,
            ("builtins", "complex") => Self::Complex,
            ("re", "_compile") => Self::Pattern,
            ("ipaddress", "IPv4Address" | "IPv6Address") => Self::IpAddress,
            ("array", "array" | "_array_reconstructor") => Self::Array,
            ("functools", "partial") => Self::Partial,
            ("types", "SimpleNamespace") => Self::Namespace,
            ("collections", "Counter") => Self::Counter,
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("collections", "defaultdict") => Self::DefaultDict,
            ("collections", "deque") => Self::Deque,
            ("builtins", "set") => Self::Set,
            ("builtins", "frozenset") => Self::FrozenSet,
            _ => return None,
        })
    }

    /// True for what holds other objects in any number: it is listed, not spelt out.
    pub fn holds_items(self) -> bool {
        matches!(
            self,
            Self::Counter | Self::OrderedDict | Self::DefaultDict | Self::Deque | Self::Set | Self::FrozenSet
        )
    }
}

/// True if `id` is an object that one line says everything about, so that its fields need not be looked at: a date, a
/// range, a path, a name that is fetched by getattr.
pub fn is_plain(graph: &Graph, id: NodeId) -> bool {
    plain_at(graph, id, 0)
}

fn plain_at(graph: &Graph, id: NodeId, depth: usize) -> bool {
    // The depth is capped, so this recursion is bounded.
    if depth > PLAIN_DEPTH || graph.object(id).is_none() {
        return false;
    }
    if is_getattr(graph, id) {
        return true;
    }
    let Some(call) = call_of(graph, id) else { return false };
    let single = Std::of(&call.name)
        .is_some_and(|std| !std.holds_items() && !matches!(std, Std::Partial | Std::Namespace | Std::Array));
    let plain = |id: &NodeId| match graph.value(*id) {
        Value::Object(object) => {
            graph.symbol(object.callee).is_some_and(|symbol| symbol.is("_codecs", "encode"))
                || plain_at(graph, *id, depth + 1)
        }
        Value::List(_) | Value::Dict(_) | Value::Set(_) | Value::Persistent(_) => false,
        _ => true,
    };
    (single || is_short_zone(&call.name)) && call.args.len() <= PLAIN_ARGUMENTS && call.args.iter().all(plain)
}

/// True for a time zone that is a name or an offset. dateutil's files list all changes of a zone, which a line does not say.
fn is_short_zone(name: &Name<'_>) -> bool {
    let short: &[&str] = match &*name.module {
        "pytz" => &["_p", "_UTC", "FixedOffset", "_FixedOffset"],
        "dateutil.tz.tz" => &["tzutc", "tzlocal", "tzoffset"],
        _ => &[],
    };
    short.contains(&&*name.name)
}

fn is_getattr(graph: &Graph, id: NodeId) -> bool {
    let Some(symbol) = graph.class(id) else { return false };
    symbol.name.as_ref() == "getattr" && name_of(graph, id).is_some()
}
