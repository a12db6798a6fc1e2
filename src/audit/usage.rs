//! Whether a name that is harmless in its library's hands is used here as its library uses it: the check of each name of
//! [`super::names::SPECIAL`].

use super::codecs::codec_name;
use super::names::{self, Standing};
use super::symbolic::{Evaluator, Sym};
use crate::pickle::graph::Made;
use crate::pickle::{Graph, NodeId, Value};

/// What a call of a special name comes to.
pub(super) enum Usage {
    /// As its library uses it.
    AsMeant,
    /// It calls this name (module, path).
    Calls(String, String),
    /// It fetches this name, which nothing calls yet.
    Fetches(String, String),
    /// It calls something that cannot be known.
    CallsUnknown,
    /// It loads these bytes as another file.
    Loads(NodeId),
    /// In another way: what is odd.
    Misused(String),
}

/// Judges a call of `dotted` (module.name) with the arguments `args`.
pub(super) fn usage(graph: &Graph, evaluator: &mut Evaluator<'_>, dotted: &str, made: Made, args: &[NodeId]) -> Usage {
    let first = args.first().copied();
    match dotted.trim_start_matches('_') {
        "builtins.getattr" => attribute_of(graph, evaluator, args),
        // How None's own type is written, and those of the two other constants.
        "builtins.type" => match args {
            [one] if matches!(graph.value(*one), Value::None | Value::Global(_)) => Usage::AsMeant,
            [_, _, _] => Usage::Misused("makes a class from the file's own parts".to_owned()),
            _ => Usage::Misused("takes the type of something".to_owned()),
        },
        "builtins.map" | "builtins.filter" => match first {
            Some(function) if matches!(graph.value(function), Value::None) => Usage::AsMeant,
            Some(function) => calls(evaluator, function),
            None => Usage::AsMeant,
        },
        "itertools.starmap" | "itertools.takewhile" | "itertools.dropwhile" | "itertools.filterfalse" => match first {
            Some(function) if !matches!(graph.value(function), Value::None) => calls(evaluator, function),
            _ => Usage::AsMeant,
        },
        "itertools.accumulate" | "itertools.groupby" => match args.get(1) {
            Some(function) if !matches!(graph.value(*function), Value::None) => calls(evaluator, *function),
            _ => Usage::AsMeant,
        },
        // Flags that are more than one: reduce(or_, [..]).
        "functools.reduce" => match first.map(|function| evaluator.target(function)) {
            Some(Some((module, path)))
                if module.trim_start_matches('_') == "operator"
                    && matches!(path.as_str(), "or_" | "and_" | "xor" | "add") =>
            {
                Usage::AsMeant
            }
            Some(Some((module, path))) => Usage::Calls(module, path),
            _ => Usage::CallsUnknown,
        },
        // List[int] of typing.
        "operator.getitem" => match first.map(|id| (graph.value(id), evaluator.eval(id))) {
            Some((Value::Global(symbol), _))
                if matches!(&*symbol.module, "typing" | "collections" | "collections.abc") =>
            {
                Usage::AsMeant
            }
            Some((Value::Global(symbol), Sym::Name(..))) if symbol.name.starts_with(char::is_uppercase) => {
                Usage::AsMeant
            }
            _ => Usage::Misused("fetches an item of something it did not build".to_owned()),
        },
        "builtins.iter" => match args {
            [_] => Usage::AsMeant,
            [function, ..] => calls(evaluator, *function),
            [] => Usage::AsMeant,
        },
        "builtins.bytes" | "builtins.bytearray" => match first.map(|id| graph.value(id)) {
            Some(Value::Int(n)) if n > 1 << 24 => Usage::Misused(format!("asks for {n} bytes of nothing")),
            Some(Value::Long(_)) => Usage::Misused("asks for more bytes than there are".to_owned()),
            _ => Usage::AsMeant,
        },
        "numpy.memmap" => Usage::Misused("maps a file of the machine".to_owned()),
        // A list of plain things is how some writers copy one; a list of a lazy call runs that call.
        "builtins.list" => match first.map(|id| graph.value(id)) {
            Some(Value::Object(object)) => match evaluator.target(object.callee) {
                Some((module, path)) if module == "builtins" && path == "range" => {
                    Usage::Misused("makes a list of a range, which may be endless".to_owned())
                }
                Some((module, path)) if names::standing(&module, &path) <= Standing::LibraryFunction => Usage::AsMeant,
                Some((module, path)) if module == "builtins" && matches!(path.as_str(), "map" | "filter") => graph
                    .items(object.args)
                    .and_then(|args| args.first())
                    .map_or(Usage::AsMeant, |f| calls(evaluator, *f)),
                _ => Usage::CallsUnknown,
            },
            _ => Usage::AsMeant,
        },
        "builtins.sorted" | "builtins.max" | "builtins.min" | "builtins.next" | "builtins.format" => {
            Usage::Misused("no writer of files calls it".to_owned())
        }
        "builtins.pow" => {
            let small = args.iter().all(|id| graph.int(*id).is_some_and(|n| n.abs() < 1000));
            if small { Usage::AsMeant } else { Usage::Misused("computes a power that may be endless".to_owned()) }
        }
        // Only kept until something calls it: that call is judged by itself.
        "functools.partial" | "operator.itemgetter" => Usage::AsMeant,
        "operator.attrgetter" => {
            let odd = args.iter().find_map(|id| match evaluator.eval(*id) {
                Sym::Text(name) if name.split('.').all(is_plain_name) => None,
                Sym::Text(name) => Some(format!("fetches {name}")),
                _ => Some("fetches an attribute whose name is computed".to_owned()),
            });
            odd.map_or(Usage::AsMeant, Usage::Misused)
        }
        "operator.methodcaller" => match first.map(|id| evaluator.eval(id)) {
            Some(Sym::Text(name)) if is_plain_name(&name) && !names::is_telling(&name) => Usage::AsMeant,
            _ => Usage::Misused("calls a method by name".to_owned()),
        },
        "copyreg.__newobj__" | "copyreg.__newobj_ex__" | "torch._utils._rebuild_wrapper_subclass" => {
            class(evaluator, first)
        }
        // cls, base, state: base.__init__(object, state) is called.
        "copyreg._reconstructor" | "copy_reg._reconstructor" => match args {
            [class_of, base, ..] => match (class(evaluator, Some(*class_of)), evaluator.target(*base)) {
                (Usage::AsMeant | Usage::CallsUnknown, Some((module, path)))
                    if matches!(module.as_str(), "builtins" | "__builtin__")
                        && matches!(
                            path.as_str(),
                            "object"
                                | "list"
                                | "dict"
                                | "tuple"
                                | "set"
                                | "frozenset"
                                | "int"
                                | "float"
                                | "str"
                                | "bytes"
                                | "complex"
                                | "bytearray"
                                | "unicode"
                                | "long"
                                | "Exception"
                                | "BaseException"
                        ) =>
                {
                    Usage::AsMeant
                }
                (_, Some((module, path))) => Usage::Calls(module, path),
                _ => Usage::CallsUnknown,
            },
            _ => Usage::Misused("is given too few arguments".to_owned()),
        },
        "codecs.encode" => match args {
            [_] => Usage::AsMeant,
            [_, codec, ..] => match evaluator.eval(*codec) {
                Sym::Text(codec) if is_text_codec(&codec) => Usage::AsMeant,
                Sym::Text(codec) => Usage::Misused(format!("encodes with {codec:?}, which is no text codec")),
                _ => Usage::Misused("encodes with a codec whose name is computed".to_owned()),
            },
            [] => Usage::AsMeant,
        },
        // func(*args) is called, then the type is set.
        "torch._tensor._rebuild_from_type_v2" => match first {
            Some(function) => calls(evaluator, function),
            None => Usage::AsMeant,
        },
        "torch.storage._load_from_bytes" => match first {
            Some(bytes) => Usage::Loads(bytes),
            None => Usage::AsMeant,
        },
        // Called, they read a file; made, they are filled from their state.
        "lightgbm.basic.Booster" | "xgboost.core.Booster" | "lightgbm.Booster" | "xgboost.Booster" => {
            if matches!(made, Made::NewObj | Made::NewObjEx) && args.is_empty() {
                Usage::AsMeant
            } else {
                Usage::Misused("reads a model from a file named here".to_owned())
            }
        }
        // A name of the time zone database, of which a file is read.
        "zoneinfo.ZoneInfo"
        | "zoneinfo.ZoneInfo._unpickle"
        | "zoneinfo._zoneinfo.ZoneInfo"
        | "zoneinfo._zoneinfo.ZoneInfo._unpickle"
        | "pytz._p" => match first.map(|id| evaluator.eval(id)) {
            Some(Sym::Text(zone)) if is_zone(&zone) => Usage::AsMeant,
            None => Usage::AsMeant,
            _ => Usage::Misused("reads a time zone from another place than the database of time zones".to_owned()),
        },
        // Its own pickles keep what was read, and name the file for people: (None, name).
        "dateutil.tz.tzfile" | "dateutil.tz.tz.tzfile" => match first.map(|id| graph.value(id)) {
            None | Some(Value::None) => Usage::AsMeant,
            _ => Usage::Misused("reads a file named here".to_owned()),
        },
        // Values, their places, a number of dimensions.
        "pandas._libs.internals._unpickle_block" => match first.map(|id| graph.value(id)) {
            Some(Value::Object(_) | Value::Persistent(_)) => Usage::AsMeant,
            _ => Usage::Misused("is given no array".to_owned()),
        },
        "abc.ABCMeta" | "typing.NamedTuple" | "typing.NewType" => match args {
            [] | [_] => Usage::AsMeant,
            _ => Usage::Misused("makes a class from the file's own parts".to_owned()),
        },
        // A method of an object, kept and not called.
        "types.MethodType" => match first.map(|function| evaluator.target(function)) {
            Some(Some((module, path))) if names::standing(&module, &path) <= Standing::LibraryOutside => Usage::AsMeant,
            Some(Some((module, path))) => Usage::Calls(module, path),
            _ => Usage::CallsUnknown,
        },
        // A type by its name; what is then made of it is judged there.
        "cloudpickle.cloudpickle._builtin_type" | "dill._dill._load_type" | "dill.dill._load_type" => {
            match evaluator.call_of(dotted, args) {
                Sym::Name(module, path) => match names::standing(&module, &path) {
                    Standing::Danger(_) => Usage::Fetches(module, path),
                    _ => Usage::AsMeant,
                },
                _ => Usage::Misused("fetches a type by a name that is computed".to_owned()),
            }
        }
        // f(*args), then the state is set: how dill writes an array.
        "dill._dill._create_array" | "dill.dill._create_array" => match args {
            [function, ..] => match evaluator.target(*function) {
                Some((module, path))
                    if path == "_reconstruct"
                        && matches!(module.as_str(), "numpy.core.multiarray" | "numpy._core.multiarray") =>
                {
                    Usage::AsMeant
                }
                Some((module, path)) => Usage::Calls(module, path),
                None => Usage::CallsUnknown,
            },
            [] => Usage::AsMeant,
        },
        // A function by its module and name: they are imported, and the function is given.
        "numpy.core._ufunc_reconstruct" | "numpy._core._ufunc_reconstruct" => match args {
            [_, _] => fetched(evaluator, dotted, args),
            _ => Usage::Misused("is given something else than two names".to_owned()),
        },
        "scipy._lib._uarray._backend.unpickle_function" => match args {
            [_, _, object] if matches!(graph.value(*object), Value::None) => fetched(evaluator, dotted, args),
            _ => Usage::Misused("fetches a function to bind it to an object".to_owned()),
        },
        // A namedtuple by its module and name, else a new one with these fields.
        "dill._dill._create_namedtuple" => match args {
            [_, fields, ..] if graph.items(*fields).is_some_and(|fields| are_fields(graph, fields)) => {
                fetched(evaluator, dotted, args)
            }
            _ => Usage::Misused("makes a class of fields that are no names".to_owned()),
        },
        // cls.__new__(cls), then the bytes of its number are set; a pointer is another matter.
        "ctypes._unpickle" => {
            match (first.map(|class| evaluator.target(class)), args.get(1).map(|id| graph.value(*id))) {
                (Some(Some((module, path))), Some(Value::Tuple([_, _])))
                    if module == "ctypes" && names::standing(&module, &path) == Standing::LibraryFunction =>
                {
                    Usage::AsMeant
                }
                _ => Usage::Misused("fills memory that is no plain number".to_owned()),
            }
        }
        "logging.getLogger" => match args {
            [name] if graph.str(*name).is_some() => Usage::AsMeant,
            [] => Usage::AsMeant,
            _ => Usage::Misused("is given no name".to_owned()),
        },
        _ => Usage::Misused("is used in a way that is not known".to_owned()),
    }
}

/// What a call that imports by module and name gives.
fn fetched(evaluator: &mut Evaluator<'_>, dotted: &str, args: &[NodeId]) -> Usage {
    match evaluator.call_of(dotted, args) {
        Sym::Name(module, path) if path.split('.').all(is_plain_name) => Usage::Fetches(module, path),
        Sym::Name(..) | Sym::Module(_) => Usage::Misused("fetches something else than a function or class".to_owned()),
        _ => Usage::Misused("fetches something by a name that is computed".to_owned()),
    }
}

fn are_fields(graph: &Graph, fields: &[NodeId]) -> bool {
    fields.iter().all(|field| graph.str(*field).is_some_and(is_plain_name))
}

fn calls(evaluator: &mut Evaluator<'_>, function: NodeId) -> Usage {
    match evaluator.target(function) {
        // Arithmetic, and methods of texts that only make texts.
        Some((module, path))
            if matches!(module.trim_start_matches('_'), "operator" | "math" | "cmath")
                && names::standing(&module, &path) == Standing::LibraryFunction =>
        {
            Usage::AsMeant
        }
        Some((module, path))
            if module == "builtins" && path.starts_with("str.") && !path.contains("format") && !path.contains("__") =>
        {
            Usage::AsMeant
        }
        Some((module, path)) => Usage::Calls(module, path),
        None => Usage::CallsUnknown,
    }
}

/// The class that is made must be a class: nothing else is `cls.__new__`.
fn class(evaluator: &mut Evaluator<'_>, class: Option<NodeId>) -> Usage {
    match class.map(|class| evaluator.target(class)) {
        Some(Some((module, path))) => match names::standing(&module, &path) {
            Standing::Harmless
            | Standing::LibraryClass
            | Standing::LibraryFunction
            | Standing::FurtherClass
            | Standing::Unknown
            | Standing::Standard
            | Standing::Held("unlisted") => Usage::AsMeant,
            _ => Usage::Calls(module, path),
        },
        _ => Usage::CallsUnknown,
    }
}

/// `getattr(Outer, "Inner")` and `getattr(object, "method")`: how nested classes (below protocol 4) and bound methods are
/// written.
fn attribute_of(graph: &Graph, evaluator: &mut Evaluator<'_>, args: &[NodeId]) -> Usage {
    let [object, name] = args else { return Usage::Misused("fetches an attribute with a default".to_owned()) };
    let Some(name_text) = graph.str(*name) else {
        return Usage::Misused("fetches an attribute whose name is computed".to_owned());
    };
    // `keyword.iskeyword` is a method of a frozenset.
    let asks = name_text == "__contains__" && !matches!(graph.value(*object), Value::Global(_));
    if !is_plain_name(name_text) && name_text != "__new__" && !asks {
        return Usage::Misused(format!("fetches {name_text:?}"));
    }
    match (graph.value(*object), evaluator.eval(*object)) {
        (Value::Global(_), Sym::Name(module, path)) => {
            let inner = format!("{path}.{name_text}");
            match names::standing(&module, &path) {
                // The name itself is judged where it is imported.
                Standing::Unknown | Standing::Harmless | Standing::LibraryClass if is_class(&path) => {
                    match names::standing(&module, &inner) {
                        Standing::Danger(_) => Usage::Fetches(module, inner),
                        _ => Usage::AsMeant,
                    }
                }
                _ => Usage::Fetches(module, inner),
            }
        }
        (Value::Object(made), _) => match class_of(graph, evaluator, made.callee, made.args) {
            Some((module, path)) if names::standing(&module, &path) <= Standing::LibraryFunction => Usage::AsMeant,
            Some((module, path))
                if matches!(names::standing(&module, &path), Standing::Unknown | Standing::FurtherClass)
                    && is_class(&path) =>
            {
                Usage::AsMeant
            }
            _ => Usage::CallsUnknown,
        },
        (_, Sym::Module(module)) => Usage::Fetches(module, name_text.to_owned()),
        (_, Sym::Name(module, path)) => Usage::Fetches(module, format!("{path}.{name_text}")),
        // A bound method of a text, list or dict, which nothing calls yet.
        (
            Value::Text(_)
            | Value::Str8(_)
            | Value::List(_)
            | Value::Tuple(_)
            | Value::Dict(_)
            | Value::Set(_)
            | Value::FrozenSet(_),
            _,
        ) if !matches!(name_text, "format" | "format_map") => Usage::AsMeant,
        _ => Usage::Misused(format!("fetches {name_text:?} of plain data")),
    }
}

/// The class of an object: what is called, or what a maker of objects is given first.
fn class_of(graph: &Graph, evaluator: &mut Evaluator<'_>, callee: NodeId, args: NodeId) -> Option<(String, String)> {
    let (module, path) = evaluator.target(callee)?;
    let maker = matches!(module.as_str(), "copyreg" | "copy_reg")
        && matches!(path.as_str(), "_reconstructor" | "__newobj__" | "__newobj_ex__");
    let first = graph.items(args).and_then(|args| args.first());
    if maker { evaluator.target(*first?) } else { Some((module, path)) }
}

fn is_class(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    last.trim_start_matches('_').starts_with(char::is_uppercase)
        || matches!(
            last,
            "datetime" | "date" | "time" | "timedelta" | "timezone" | "object" | "dict" | "list" | "set" | "tuple"
        )
}

/// True for the key of a time zone: `Europe/Berlin`, `Etc/GMT+1`.
fn is_zone(zone: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b));
    zone.split('/').all(plain)
}

/// An identifier that is no dunder.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with("__") && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn is_text_codec(codec: &str) -> bool {
    matches!(
        codec_name(codec).as_str(),
        "latin1"
            | "latin_1"
            | "iso_8859_1"
            | "iso8859_1"
            | "utf_8"
            | "utf8"
            | "ascii"
            | "us_ascii"
            | "cp1252"
            | "utf_16"
            | "utf_32"
    )
}
