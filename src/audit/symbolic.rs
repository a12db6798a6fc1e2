//! What a node is while the file is loaded, as far as constants decide it: the provenance of a callable. `getattr` of an
//! imported module is the function in it, `"".join([..])` is a text, `functools.partial(f)` calls `f`. What cannot be
//! known is [`Sym::Unknown`], never harmless. Nothing is run: each of the few pure functions here is written out.

use std::collections::HashMap;

use super::codecs::{decode, encode};
use super::names::{self, python3};
use crate::pickle::graph::{Flags, Made};
use crate::pickle::{Decoded, NodeId, Value};

/// A value as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Sym {
    /// Anything.
    Unknown,
    /// An integer.
    Int(i64),
    /// A str.
    Text(String),
    /// bytes.
    Bytes(Vec<u8>),
    /// A list or tuple of the file.
    Items(Vec<NodeId>),
    /// What a name stands for: a class, a function.
    Name(String, String),
    /// A module.
    Module(String),
    /// An attribute of a text or of an object.
    Bound(Box<Sym>, String),
    /// An object made by calling this name.
    Made(String, String),
    /// `functools.partial`: what it calls, and with which arguments first.
    Partial(Box<Sym>, Vec<NodeId>),
    /// `operator.attrgetter`.
    Attrs(Vec<String>),
    /// `operator.itemgetter`.
    Item(NodeId),
    /// `operator.methodcaller`.
    Method(String, Vec<NodeId>),
}

/// Deepest chain of calls that is followed: real files have two or three, and the recursion must end.
const MAX_DEPTH: usize = 48;
/// Longest text or bytes that is computed.
pub(super) const MAX_LEN: usize = 1 << 20;
/// Most evaluations of one file: what a file makes us compute must not grow with its malice.
const MAX_STEPS: usize = 200_000;

/// Evaluates nodes of one stream, each once.
pub struct Evaluator<'a> {
    decoded: &'a Decoded,
    memo: HashMap<NodeId, Sym>,
    steps: usize,
}

impl<'a> Evaluator<'a> {
    /// For the objects of `decoded`.
    pub fn new(decoded: &'a Decoded) -> Self {
        Self { decoded, memo: HashMap::new(), steps: 0 }
    }

    /// What `id` is.
    pub fn eval(&mut self, id: NodeId) -> Sym {
        self.at(id, 0)
    }

    /// Module and path of the name that calling `id` reaches, where it is known.
    pub fn target(&mut self, id: NodeId) -> Option<(String, String)> {
        let mut sym = self.eval(id);
        loop {
            sym = match sym {
                Sym::Name(module, path) => return Some((module, path)),
                Sym::Module(module) => return Some((module, "__call__".to_owned())),
                Sym::Partial(inner, _) => *inner,
                Sym::Bound(base, name) => match *base {
                    Sym::Text(_) => return Some(("builtins".to_owned(), format!("str.{name}"))),
                    Sym::Bytes(_) => return Some(("builtins".to_owned(), format!("bytes.{name}"))),
                    Sym::Made(module, path) => return Some((module, format!("{path}.{name}"))),
                    _ => return None,
                },
                Sym::Attrs(_) => return Some(("builtins".to_owned(), "getattr".to_owned())),
                Sym::Item(_) => return Some(("operator".to_owned(), "getitem".to_owned())),
                Sym::Method(name, _) => return Some(("operator".to_owned(), format!("methodcaller({name:?})"))),
                _ => return None,
            };
        }
    }

    /// The name that an imported name means: translated from Python 2, parts computed where they are, aliases in its path
    /// followed to the module they stand for.
    pub fn name(&mut self, id: NodeId) -> Option<(String, String)> {
        let graph = &self.decoded.graph;
        let symbol = graph.symbol(id)?;
        let (module, path) = match graph.computed(id) {
            Some((module, path)) => (self.text(module, 0)?, self.text(path, 0)?),
            None => (symbol.module.to_string(), symbol.name.to_string()),
        };
        let (module, path) =
            if graph.flags(id).has(Flags::PY2_NAMES) { python3(&module, &path) } else { (module, path) };
        Some(through(module, path))
    }

    fn at(&mut self, id: NodeId, depth: usize) -> Sym {
        if let Some(known) = self.memo.get(&id) {
            return known.clone();
        }
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return Sym::Unknown;
        }
        // A cycle meets this entry and is unknown.
        self.memo.insert(id, Sym::Unknown);
        let sym = self.fresh(id, depth);
        self.memo.insert(id, sym.clone());
        sym
    }

    fn fresh(&mut self, id: NodeId, depth: usize) -> Sym {
        let graph = &self.decoded.graph;
        match graph.value(id) {
            Value::Int(i) => Sym::Int(i),
            Value::Text(_) | Value::Str8(_) => self.text_of(id).map_or(Sym::Unknown, Sym::Text),
            Value::Bytes(_) | Value::ByteArray(_) => self.bytes_of(id).map_or(Sym::Unknown, Sym::Bytes),
            Value::List(items) | Value::Tuple(items) => Sym::Items(items.to_vec()),
            Value::Global(_) => match self.name(id) {
                Some((module, path)) => named(module, path),
                None => Sym::Unknown,
            },
            Value::Object(object) => {
                if matches!(object.made, Made::NewObj | Made::NewObjEx) {
                    return match self.at(object.callee, depth + 1) {
                        Sym::Name(module, path) if path == "partial" && module == "functools" => {
                            self.partial(id, graph.items(object.args).unwrap_or(&[]), depth)
                        }
                        Sym::Name(module, path) => Sym::Made(module, path),
                        _ => Sym::Unknown,
                    };
                }
                let Some(args) = self.arguments(object.args, depth) else { return Sym::Unknown };
                let callee = self.at(object.callee, depth + 1);
                if matches!(&callee, Sym::Name(module, path) if module == "functools" && path == "partial") {
                    return self.partial(id, &args, depth);
                }
                self.call(&callee, &args, depth)
            }
            // ("module", class, file, source): PyTorch's old files name classes this way.
            Value::Persistent(pid) => match graph.items(pid) {
                Some([kind, class, ..]) if graph.str(*kind) == Some("module") => self.at(*class, depth + 1),
                _ => Sym::Unknown,
            },
            _ => Sym::Unknown,
        }
    }

    fn arguments(&mut self, id: NodeId, depth: usize) -> Option<Vec<NodeId>> {
        match self.decoded.graph.items(id) {
            Some(items) => Some(items.to_vec()),
            None => match self.at(id, depth + 1) {
                Sym::Items(items) => Some(items),
                _ => None,
            },
        }
    }

    /// `functools.partial(..)`, of which a state given by BUILD overrides the function.
    fn partial(&mut self, id: NodeId, args: &[NodeId], depth: usize) -> Sym {
        let graph = &self.decoded.graph;
        let state = graph.object(id).and_then(|object| object.state).and_then(|state| graph.items(state));
        let (function, first) = match state {
            Some([function, first, ..]) => (*function, graph.items(*first).unwrap_or(&[]).to_vec()),
            _ => match args.split_first() {
                Some((function, first)) => (*function, first.to_vec()),
                None => return Sym::Unknown,
            },
        };
        Sym::Partial(Box::new(self.at(function, depth + 1)), first)
    }

    fn text_of(&self, id: NodeId) -> Option<String> {
        let (data, latin1) = match self.decoded.graph.value(id) {
            Value::Text(data) => (data, false),
            Value::Str8(data) => (data, true),
            _ => return None,
        };
        let raw = match (data.is_whole(), data.at) {
            (true, _) => data.kept.to_vec(),
            (false, Some(at)) if data.len <= MAX_LEN as u64 => self.decoded.bytes.read_vec(at, data.len).ok()?,
            _ => return None,
        };
        if latin1 { Some(raw.iter().map(|b| char::from(*b)).collect()) } else { String::from_utf8(raw).ok() }
    }

    fn bytes_of(&self, id: NodeId) -> Option<Vec<u8>> {
        let (Value::Bytes(data) | Value::ByteArray(data)) = self.decoded.graph.value(id) else { return None };
        match (data.is_whole(), data.at) {
            (true, _) => Some(data.kept.to_vec()),
            (false, Some(at)) if data.len <= MAX_LEN as u64 => self.decoded.bytes.read_vec(at, data.len).ok(),
            _ => None,
        }
    }

    fn text(&mut self, id: NodeId, depth: usize) -> Option<String> {
        match self.at(id, depth + 1) {
            Sym::Text(text) => Some(text),
            _ => None,
        }
    }

    fn call(&mut self, callee: &Sym, args: &[NodeId], depth: usize) -> Sym {
        if depth > MAX_DEPTH {
            return Sym::Unknown;
        }
        let arg = |i: usize| args.get(i).copied();
        match callee {
            Sym::Name(module, path) => self.function(module, path, args, depth),
            Sym::Partial(inner, first) => {
                let mut all = first.clone();
                all.extend(args);
                self.call(inner, &all, depth + 1)
            }
            Sym::Attrs(names) => match (arg(0), names.as_slice()) {
                (Some(object), [name]) => {
                    let object = self.at(object, depth + 1);
                    name.split('.').fold(object, attribute)
                }
                _ => Sym::Unknown,
            },
            Sym::Method(name, rest) => match arg(0) {
                Some(object) => {
                    let object = self.at(object, depth + 1);
                    self.call(&attribute(object, name), rest, depth + 1)
                }
                None => Sym::Unknown,
            },
            Sym::Item(key) => match arg(0) {
                Some(object) => {
                    let object = self.at(object, depth + 1);
                    let key = self.at(*key, depth + 1);
                    self.item(object, &key, depth)
                }
                None => Sym::Unknown,
            },
            Sym::Bound(base, name) => {
                let base = (**base).clone();
                self.method(base, name, args, depth)
            }
            _ => Sym::Unknown,
        }
    }

    /// What a call of `dotted` with these arguments comes to.
    pub fn call_of(&mut self, dotted: &str, args: &[NodeId]) -> Sym {
        let Some((module, path)) = dotted.rsplit_once('.') else { return Sym::Unknown };
        self.function(module, path, args, 0)
    }

    fn function(&mut self, module: &str, path: &str, args: &[NodeId], depth: usize) -> Sym {
        let dotted = format!("{}.{path}", module.trim_start_matches('_'));
        let value = |this: &mut Self, i: usize| args.get(i).map_or(Sym::Unknown, |id| this.at(*id, depth + 1));
        // Methods of str and bytes by their class: builtins.str.join(sep, items).
        for (class, len) in [("builtins.str.", 13), ("builtins.bytes.", 15)] {
            if dotted.starts_with(class)
                && let (Some(name), Some((_, rest))) = (dotted.get(len..), args.split_first())
            {
                if matches!(name, "fromhex" | "maketrans") {
                    break;
                }
                let base = value(self, 0);
                return self.method(base, name, rest, depth);
            }
        }
        match dotted.as_str() {
            "builtins.getattr"
            | "builtins.object.__getattribute__"
            | "builtins.type.__getattribute__"
            | "types.ModuleType.__getattribute__"
            | "inspect.getattr_static"
            | "pickle._getattribute"
            | "pickle.getattribute"
            | "unittest.mock._dot_lookup"
            | "unittest.mock.dot_lookup" => match (value(self, 0), value(self, 1)) {
                (object, Sym::Text(name)) => name.split('.').fold(object, attribute),
                _ => Sym::Unknown,
            },
            "dill._dill._load_type" | "dill.dill._load_type" | "cloudpickle.cloudpickle._builtin_type" => {
                match value(self, 0) {
                    Sym::Text(name) => written_type(&name),
                    _ => Sym::Unknown,
                }
            }
            "builtins.__import__" | "importlib.import_module" | "importlib.__import__" | "imp.import_module" => {
                match value(self, 0) {
                    Sym::Text(name) => Sym::Module(name),
                    _ => Sym::Unknown,
                }
            }
            "pydoc.locate" | "pkgutil.resolve_name" | "unittest.mock._importer" | "logging.config._resolve" => {
                match value(self, 0) {
                    Sym::Text(text) => match text.split_once(':').or_else(|| text.rsplit_once('.')) {
                        Some((module, name)) => named(module.to_owned(), name.to_owned()),
                        None => Sym::Module(text),
                    },
                    _ => Sym::Unknown,
                }
            }
            "sys.modules.get" | "sys.modules.__getitem__" | "sys.modules.pop" | "sys.modules.setdefault" => {
                match value(self, 0) {
                    Sym::Text(name) => Sym::Module(name),
                    _ => Sym::Unknown,
                }
            }
            // By module and name: (module, name) and (name, fields, module).
            "numpy.core._ufunc_reconstruct"
            | "numpy._core._ufunc_reconstruct"
            | "scipy._lib._uarray._backend.unpickle_function" => match (value(self, 0), value(self, 1)) {
                (Sym::Text(module), Sym::Text(name)) => named(module, name),
                _ => Sym::Unknown,
            },
            "dill._dill._create_namedtuple" => match (value(self, 2), value(self, 0)) {
                (Sym::Text(module), Sym::Text(name)) => named(module, name),
                _ => Sym::Unknown,
            },
            "operator.attrgetter" => {
                let names: Option<Vec<String>> = args.iter().map(|id| self.text(*id, depth)).collect();
                names.map_or(Sym::Unknown, Sym::Attrs)
            }
            "operator.itemgetter" => args.first().map_or(Sym::Unknown, |key| Sym::Item(*key)),
            "operator.methodcaller" => match (value(self, 0), args.split_first()) {
                (Sym::Text(name), Some((_, rest))) => Sym::Method(name, rest.to_vec()),
                _ => Sym::Unknown,
            },
            "operator.getitem" | "operator.__getitem__" => {
                let (object, key) = (value(self, 0), value(self, 1));
                self.item(object, &key, depth)
            }
            "operator.concat"
            | "operator.add"
            | "operator.__add__"
            | "operator.__concat__"
            | "operator.iadd"
            | "operator.iconcat" => match (value(self, 0), value(self, 1)) {
                (Sym::Text(a), Sym::Text(b)) => short(a + &b),
                (Sym::Bytes(mut a), Sym::Bytes(b)) if a.len() + b.len() <= MAX_LEN => {
                    a.extend(b);
                    Sym::Bytes(a)
                }
                _ => Sym::Unknown,
            },
            "builtins.str" => match (value(self, 0), value(self, 1)) {
                (Sym::Text(text), _) => Sym::Text(text),
                (Sym::Bytes(raw), Sym::Text(codec)) => decode(Sym::Bytes(raw), &codec),
                _ => Sym::Unknown,
            },
            "builtins.bytes" | "builtins.bytearray" => match value(self, 0) {
                Sym::Bytes(raw) => Sym::Bytes(raw),
                Sym::Text(text) => match value(self, 1) {
                    Sym::Text(codec) => encode(Sym::Text(text), &codec),
                    _ => Sym::Unknown,
                },
                Sym::Items(items) => {
                    let byte = |id: &NodeId| self.decoded.graph.int(*id).and_then(|i| u8::try_from(i).ok());
                    items.iter().map(byte).collect::<Option<Vec<u8>>>().map_or(Sym::Unknown, Sym::Bytes)
                }
                _ => Sym::Unknown,
            },
            "builtins.bytes.fromhex" | "binascii.unhexlify" | "binascii.a2b_hex" => decode(value(self, 0), "hex"),
            "base64.b64decode"
            | "base64.decodebytes"
            | "base64.decodestring"
            | "base64.standard_b64decode"
            | "binascii.a2b_base64" => decode(value(self, 0), "base64"),
            "base64.urlsafe_b64decode" => match value(self, 0) {
                Sym::Text(text) => decode(Sym::Text(text.replace('-', "+").replace('_', "/")), "base64"),
                Sym::Bytes(raw) => {
                    let text: String = raw.iter().map(|b| char::from(*b)).collect();
                    decode(Sym::Text(text.replace('-', "+").replace('_', "/")), "base64")
                }
                _ => Sym::Unknown,
            },
            "base64.b16decode" => decode(value(self, 0), "hex"),
            "zlib.decompress" | "codecs.zlib_decode" => decode(value(self, 0), "zlib"),
            "gzip.decompress" => decode(value(self, 0), "gzip"),
            "codecs.decode" => match value(self, 1) {
                Sym::Text(codec) => decode(value(self, 0), &codec),
                _ if args.len() == 1 => decode(value(self, 0), "utf-8"),
                _ => Sym::Unknown,
            },
            "codecs.encode" => match value(self, 1) {
                Sym::Text(codec) => encode(value(self, 0), &codec),
                _ if args.len() == 1 => encode(value(self, 0), "utf-8"),
                _ => Sym::Unknown,
            },
            "builtins.chr" => match value(self, 0) {
                Sym::Int(i) => {
                    u32::try_from(i).ok().and_then(char::from_u32).map_or(Sym::Unknown, |c| Sym::Text(c.into()))
                }
                _ => Sym::Unknown,
            },
            "builtins.list" | "builtins.tuple" | "builtins.reversed" => match value(self, 0) {
                Sym::Items(mut items) => {
                    if path == "reversed" {
                        items.reverse();
                    }
                    Sym::Items(items)
                }
                _ => Sym::Unknown,
            },
            "collections.OrderedDict" | "collections.Counter" | "collections.defaultdict" | "collections.deque" => {
                Sym::Made(module.to_owned(), path.to_owned())
            }
            "functools.reduce" => {
                // reduce(getattr, [module, "name"]): the way through a list of attributes.
                let (function, items) = (value(self, 0), value(self, 1));
                match (function, items) {
                    (function @ Sym::Name(..), Sym::Items(items)) => {
                        let is_getattr = matches!(&function, Sym::Name(m, p) if m == "builtins" && p == "getattr");
                        match items.split_first() {
                            Some((first, rest)) if is_getattr => {
                                let mut sym = self.at(*first, depth + 1);
                                for name in rest {
                                    sym = match self.text(*name, depth) {
                                        Some(name) => attribute(sym, &name),
                                        None => Sym::Unknown,
                                    };
                                }
                                sym
                            }
                            _ => Sym::Unknown,
                        }
                    }
                    _ => Sym::Unknown,
                }
            }
            _ if path.rsplit('.').next().is_some_and(|last| last.starts_with(char::is_uppercase)) => {
                Sym::Made(module.to_owned(), path.to_owned())
            }
            _ => Sym::Unknown,
        }
    }

    /// `object[key]` for the namespaces of Python.
    fn item(&mut self, object: Sym, key: &Sym, _depth: usize) -> Sym {
        match (object, key) {
            (Sym::Name(module, path), Sym::Text(key)) => {
                let last = path.rsplit('.').next().unwrap_or(&path);
                match last {
                    "modules" => Sym::Module(key.clone()),
                    "__builtins__" => named("builtins".to_owned(), key.clone()),
                    "__dict__" | "__globals__" => {
                        let head = path.rsplit_once('.').map_or("", |(head, _)| head);
                        let path = if head.is_empty() || last == "__globals__" {
                            key.clone()
                        } else {
                            format!("{head}.{key}")
                        };
                        named(module, path)
                    }
                    _ => Sym::Unknown,
                }
            }
            (Sym::Items(items), Sym::Int(i)) => {
                let found = usize::try_from(*i).ok().and_then(|i| items.get(i).copied());
                found.map_or(Sym::Unknown, |id| self.at(id, MAX_DEPTH / 2))
            }
            _ => Sym::Unknown,
        }
    }

    /// A method of a text, of bytes, or of an object.
    fn method(&mut self, base: Sym, name: &str, args: &[NodeId], depth: usize) -> Sym {
        let value = |this: &mut Self, i: usize| args.get(i).map_or(Sym::Unknown, |id| this.at(*id, depth + 1));
        match (base, name) {
            (Sym::Text(sep), "join") => match value(self, 0) {
                Sym::Items(items) => {
                    let parts: Option<Vec<String>> = items.iter().map(|id| self.text(*id, depth)).collect();
                    parts.map_or(Sym::Unknown, |parts| short(parts.join(&sep)))
                }
                Sym::Text(text) => short(text.chars().map(String::from).collect::<Vec<_>>().join(&sep)),
                _ => Sym::Unknown,
            },
            (Sym::Text(text), "replace") => match (value(self, 0), value(self, 1)) {
                (Sym::Text(from), Sym::Text(to)) if !from.is_empty() => short(text.replace(&from, &to)),
                _ => Sym::Unknown,
            },
            (Sym::Text(text), "lower" | "casefold") => Sym::Text(text.to_lowercase()),
            (Sym::Text(text), "upper") => Sym::Text(text.to_uppercase()),
            (Sym::Text(text), "strip") => match value(self, 0) {
                Sym::Text(chars) => Sym::Text(text.trim_matches(|c| chars.contains(c)).to_owned()),
                _ => Sym::Text(text.trim().to_owned()),
            },
            (Sym::Text(text), "removeprefix") => match value(self, 0) {
                Sym::Text(cut) => Sym::Text(text.strip_prefix(&cut).unwrap_or(&text).to_owned()),
                _ => Sym::Unknown,
            },
            (Sym::Text(text), "removesuffix") => match value(self, 0) {
                Sym::Text(cut) => Sym::Text(text.strip_suffix(&cut).unwrap_or(&text).to_owned()),
                _ => Sym::Unknown,
            },
            (Sym::Text(text), "format") => {
                let mut out = text;
                for id in args {
                    let Some(part) = self.text(*id, depth) else { return Sym::Unknown };
                    out = out.replacen("{}", &part, 1);
                }
                short(out)
            }
            (Sym::Text(text), "__add__") => match value(self, 0) {
                Sym::Text(more) => short(text + &more),
                _ => Sym::Unknown,
            },
            (text @ Sym::Text(_), "encode") => match value(self, 0) {
                Sym::Text(codec) => encode(text, &codec),
                _ => encode(text, "utf-8"),
            },
            (raw @ Sym::Bytes(_), "decode") => match value(self, 0) {
                Sym::Text(codec) => decode(raw, &codec),
                _ => decode(raw, "utf-8"),
            },
            (Sym::Name(module, path), "get" | "__getitem__" | "pop") => {
                let key = value(self, 0);
                self.item(Sym::Name(module, path), &key, depth)
            }
            _ => Sym::Unknown,
        }
    }
}

fn short(text: String) -> Sym {
    if text.len() <= MAX_LEN { Sym::Text(text) } else { Sym::Unknown }
}

/// A name, or the module it is another name of.
fn named(module: String, path: String) -> Sym {
    let (module, path) = through(module, path);
    // `shutil os`, `random _os`: the module itself.
    let bare = path.trim_start_matches('_');
    if !path.contains('.') && path != "__main__" && is_module_alias(bare) && !is_module_alias_of_itself(&module, bare) {
        return Sym::Module(bare.to_owned());
    }
    Sym::Name(module, path)
}

/// The type that dill and cloudpickle write by a name of their own: a built-in class by its name, others as `types` calls
/// them.
fn written_type(name: &str) -> Sym {
    let (module, path) = match name {
        "ClassType" => ("builtins", "type"),
        "SimpleNamespace" | "GenericAlias" => ("types", name),
        "PartialType" => ("functools", "partial"),
        "SuperType" => ("builtins", "super"),
        "ItemGetterType" => ("operator", "itemgetter"),
        "AttrGetterType" => ("operator", "attrgetter"),
        _ if name.ends_with("Type") => ("types", name),
        _ => ("builtins", name),
    };
    named(module.to_owned(), path.to_owned())
}

/// Modules that other modules import under their own name or with a `_` before it.
fn is_module_alias(name: &str) -> bool {
    matches!(
        name,
        "os" | "sys"
            | "subprocess"
            | "shutil"
            | "builtins"
            | "importlib"
            | "io"
            | "pickle"
            | "socket"
            | "posix"
            | "nt"
            | "ctypes"
            | "codecs"
            | "tempfile"
            | "runpy"
            | "marshal"
            | "types"
            | "inspect"
            | "operator"
            | "functools"
            | "threading"
            | "multiprocessing"
            | "urllib"
            | "posixpath"
            | "pathlib"
            | "glob"
            | "signal"
            | "imp"
            | "pty"
            | "pdb"
    )
}

fn is_module_alias_of_itself(module: &str, name: &str) -> bool {
    module.rsplit('.').next() == Some(name) && name != "os"
}

/// Follows a path through modules: `random` + `_os.system` is `os.system`, `os` + `path.exists` is `posixpath.exists`.
fn through(module: String, path: String) -> (String, String) {
    let parts: Vec<&str> = path.split('.').collect();
    for (i, part) in parts.iter().enumerate().rev() {
        let bare = part.trim_start_matches('_');
        let tail = parts.get(i + 1..).unwrap_or(&[]);
        if tail.is_empty() {
            continue;
        }
        if *part == "__builtins__" {
            return ("builtins".to_owned(), tail.join("."));
        }
        // A nested class may be called like a module; a class name is no alias.
        if bare != *part && names::is_stdlib(bare) || is_module_alias(bare) {
            return (bare.to_owned(), tail.join("."));
        }
    }
    (module, path)
}

/// The attribute `name` of `object`.
pub(super) fn attribute(object: Sym, name: &str) -> Sym {
    match object {
        Sym::Module(module) => named(module, name.to_owned()),
        Sym::Name(module, path) => named(module, format!("{path}.{name}")),
        Sym::Unknown => Sym::Unknown,
        other => Sym::Bound(Box::new(other), name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_through_modules() {
        let of = |module: &str, path: &str| through(module.to_owned(), path.to_owned());
        assert_eq!(of("random", "_os.system"), ("os".to_owned(), "system".to_owned()));
        assert_eq!(of("collections", "__builtins__.get"), ("builtins".to_owned(), "get".to_owned()));
        assert_eq!(of("shutil", "os.path.join"), ("os".to_owned(), "path.join".to_owned()));
        assert_eq!(of("mypkg", "Outer.Inner"), ("mypkg".to_owned(), "Outer.Inner".to_owned()));
        assert_eq!(named("shutil".to_owned(), "os".to_owned()), Sym::Module("os".to_owned()));
    }
}
