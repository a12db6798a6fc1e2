//! What is known of a name. The tables are data beside this file (a row a name with its source): `benign.tsv` and
//! `dangerous.tsv`, the modules of the standard library, and the names of Python 2. An exact row beats a wildcard; a name
//! that nothing is said of is unknown, never harmless.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::telling;
pub(super) use super::telling::is_telling;

static BENIGN: &str = include_str!("benign.tsv");
static DANGEROUS: &str = include_str!("dangerous.tsv");
static PYTHON2: &str = include_str!("python2.tsv");
static STDLIB: &str = include_str!("stdlib.txt");
static PARTS: &str = include_str!("library_parts.txt");
static MODULES: &str = include_str!("library_modules.txt");
static NAMES: &str = include_str!("library_names.txt");
static PUBLISHED: &str = include_str!("published.txt");

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// On the list of constructors, functions and constants that only build data.
    Harmless,
    /// A class of a library we know: making one builds data.
    LibraryClass,
    /// A function (or a class in lower case) of a library we know: harmless as a value, nothing that a writer calls.
    LibraryFunction,
    /// A class of a library that is known less well, or one that reads files if it is called: made by `cls.__new__` it is data, what calling it does is not known.
    FurtherClass,
    /// A function or class of a part of such a library that no model is made of.
    LibraryOutside,
    /// Harmless as its library uses it: the arguments decide.
    Special,
    /// Nothing is known.
    Unknown,
    /// Of the standard library, or a function of a published package, and on no list.
    Standard,
    /// Harmless as a value that is kept; called or made it does what this capability says.
    Held(&'static str),
    /// Leads through a module or a dunder attribute to somewhere else.
    Walks,
    /// Known to do more than build data: the capability.
    Danger(&'static str),
}

/// Names that are harmless with the arguments their libraries give them; `usage.rs` has the check of each.
pub(super) const SPECIAL: &[&str] = &[
    "builtins.getattr",
    "builtins.type",
    "builtins.map",
    "builtins.filter",
    "builtins.sorted",
    "builtins.max",
    "builtins.min",
    "builtins.pow",
    "builtins.list",
    "builtins.next",
    "builtins.format",
    "functools.partial",
    "operator.itemgetter",
    "operator.attrgetter",
    "operator.methodcaller",
    "_operator.itemgetter",
    "_operator.attrgetter",
    "_operator.methodcaller",
    "copyreg.__newobj__",
    "copyreg.__newobj_ex__",
    "copyreg._reconstructor",
    "copy_reg._reconstructor",
    "_codecs.encode",
    "torch._tensor._rebuild_from_type_v2",
    "torch._utils._rebuild_wrapper_subclass",
    "torch.storage._load_from_bytes",
    "lightgbm.basic.Booster",
    "xgboost.core.Booster",
    "lightgbm.Booster",
    "xgboost.Booster",
    "logging.getLogger",
    "numpy.memmap",
    "builtins.iter",
    "builtins.bytes",
    "builtins.bytearray",
    "operator.getitem",
    "_operator.getitem",
    "functools.reduce",
    "_functools.reduce",
    "itertools.accumulate",
    "itertools.dropwhile",
    "itertools.filterfalse",
    "itertools.groupby",
    "itertools.starmap",
    "itertools.takewhile",
    "zoneinfo.ZoneInfo",
    "zoneinfo.ZoneInfo._unpickle",
    "zoneinfo._zoneinfo.ZoneInfo",
    "zoneinfo._zoneinfo.ZoneInfo._unpickle",
    "pytz._p",
    "dateutil.tz.tzfile",
    "dateutil.tz.tz.tzfile",
    "pandas._libs.internals._unpickle_block",
    "abc.ABCMeta",
    "typing.NamedTuple",
    "typing.NewType",
    "types.MethodType",
    "cloudpickle.cloudpickle._builtin_type",
    "dill._dill._load_type",
    "dill.dill._load_type",
    "dill._dill._create_array",
    "dill._dill._create_namedtuple",
    "numpy.core._ufunc_reconstruct",
    "numpy._core._ufunc_reconstruct",
    "scipy._lib._uarray._backend.unpickle_function",
    "_ctypes._unpickle",
    "dill.dill._create_array",
];

/// Libraries whose files we know.
const LIBRARIES: &[&str] = &[
    "sklearn",
    "numpy",
    "scipy",
    "pandas",
    "xgboost",
    "lightgbm",
    "catboost",
    "joblib",
    "torch",
    "torchvision",
    "imblearn",
    "statsmodels",
];

/// Those of them of which all modules are listed.
const LISTED: &[&str] = &["numpy", "scipy", "sklearn", "pandas", "joblib"];

/// Parts of other libraries of which all modules are listed: those that the classes of models are in.
const DEEP: &[&str] = &["torch.nn", "torch.optim", "torch.distributions", "torchvision.models", "xgboost", "lightgbm"];

/// Libraries of which models and their data hold objects, and of which nothing else is known.
const FURTHER: &[&str] = &[
    "category_encoders",
    "feature_engine",
    "formulaic",
    "gensim",
    "geopandas",
    "hdbscan",
    "hmmlearn",
    "lifelines",
    "matplotlib",
    "mlxtend",
    "networkx",
    "nltk",
    "optuna",
    "ot",
    "patsy",
    "PIL",
    "pmdarima",
    "polars",
    "pyarrow",
    "pynndescent",
    "pyod",
    "pyproj",
    "river",
    "shapely",
    "skbase",
    "sktime",
    "sortedcontainers",
    "sympy",
    "transformers",
    "umap",
    "xarray",
];

/// Parts of these libraries that no model is made of: they read and write files, run and build code, test.
const NOT_MODELS: &[&str] = &[
    "numpy.testing",
    "numpy.f2py",
    "numpy.distutils",
    "numpy.ctypeslib",
    "numpy.compat",
    "numpy.lib",
    "numpy.core._internal",
    "numpy._core._internal",
    "numpy._pytesttester",
    "scipy.io",
    "scipy.weave",
    "scipy.datasets",
    "scipy.misc",
    "scipy._lib._testutils",
    "pandas.io",
    "pandas.core.computation",
    "pandas.util",
    "pandas._testing",
    "pandas.plotting",
    "sklearn.datasets",
    "sklearn.externals",
    "sklearn.utils._testing",
    "sklearn.utils.testing",
    "sklearn.conftest",
    "joblib",
    "torch.utils",
    "torch.hub",
    "torch.jit",
    "torch.package",
    "torch.fx",
    "torch.onnx",
    "torch.export",
    "torch.testing",
    "torch.distributed",
    "torch.multiprocessing",
    "torch.serialization",
    "torch.profiler",
    "torch.autograd",
    "torch.backends",
    "torch._inductor",
    "torch._dynamo",
    "torch._export",
    "torch._ops",
    "torch._classes",
    "torch.ops",
    "torch.library",
    "torch._C",
    "torch.compiler",
    "sklearn.utils.parallel",
    "scipy._lib._ccallback",
    "torchvision.io",
    "torchvision.datasets",
    "torchvision.extension",
    "xgboost.testing",
    "xgboost.tracker",
    "xgboost.dask",
    "xgboost.spark",
    "xgboost.rabit",
    "xgboost.collective",
    "lightgbm.dask",
    "catboost.utils",
    "statsmodels.datasets",
    "statsmodels.iolib",
    "statsmodels.tools",
    "imblearn.datasets",
];

/// Classes inside [`NOT_MODELS`] that files hold all the same.
const MODELS_ALL_THE_SAME: &[&str] = &[
    "torch.utils.data",
    "torch.distributed.optim",
    "torch.jit._script",
    "sklearn.externals.joblib.numpy_pickle",
    "sklearn.externals.array_api_compat",
    "joblib.numpy_pickle",
];

struct Tables {
    benign: HashMap<(&'static str, &'static str), &'static str>,
    dangerous: HashMap<(&'static str, &'static str), &'static str>,
    stdlib: HashSet<&'static str>,
    parts: HashSet<&'static str>,
    listed: HashSet<&'static str>,
    /// By package: the names of its classes and of the functions that its pickles call.
    made: HashMap<&'static str, HashSet<&'static str>>,
    modules: HashMap<&'static str, &'static str>,
    names: HashMap<(&'static str, &'static str), (&'static str, &'static str)>,
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

fn rows(text: &'static str) -> impl Iterator<Item = ((&'static str, &'static str), &'static str)> {
    lines(text).filter_map(|line| {
        let mut columns = line.split('\t');
        let name = columns.next()?.split_once(' ')?;
        Some((name, columns.next()?))
    })
}

/// `[package]`, then its names.
fn made() -> HashMap<&'static str, HashSet<&'static str>> {
    let mut made: HashMap<&str, HashSet<&str>> = HashMap::new();
    let mut package = "";
    for word in lines(NAMES).flat_map(str::split_ascii_whitespace) {
        match word.strip_prefix('[').and_then(|word| word.strip_suffix(']')) {
            Some(name) => package = name,
            None => {
                made.entry(package).or_default().insert(word);
            }
        }
    }
    made
}

/// True if a release of the library had a class, or a maker of objects, of this name in any of its modules. A library of
/// which no names are listed has all.
pub(super) fn is_made(module: &str, name: &str) -> bool {
    let tables = tables();
    let package = module.split('.').next().unwrap_or(module);
    let Some(made) = tables.made.get(package) else { return true };
    name.split('.').filter(|part| *part != "__new__").all(|part| {
        let class = part.trim_start_matches('_').strip_prefix("pyx_unpickle_");
        made.contains(part)
            || class.is_some_and(|class| made.contains(class))
            || tables.benign.contains_key(&(module, part))
    })
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let python2 = || lines(PYTHON2).filter_map(|line| line.split_once('\t'));
        Tables {
            benign: rows(BENIGN).collect(),
            dangerous: rows(DANGEROUS).collect(),
            stdlib: lines(STDLIB).collect(),
            parts: lines(PARTS).collect(),
            listed: lines(MODULES).collect(),
            made: made(),
            modules: python2().filter(|(old, _)| !old.contains(' ')).collect(),
            names: python2().filter_map(|(old, new)| Some((old.split_once(' ')?, new.split_once(' ')?))).collect(),
        }
    })
}

/// Apart from the other tables, since files of the libraries above never need it.
fn published() -> &'static HashSet<&'static str> {
    static PACKAGES: OnceLock<HashSet<&str>> = OnceLock::new();
    PACKAGES.get_or_init(|| lines(PUBLISHED).flat_map(str::split_ascii_whitespace).collect())
}

/// What CPython 3 reads for a name below protocol 3: `__builtin__.reduce` is `functools.reduce`.
pub fn python3(module: &str, name: &str) -> (String, String) {
    let tables = tables();
    if let Some((module, name)) = tables.names.get(&(module, name)) {
        return ((*module).to_owned(), (*name).to_owned());
    }
    (tables.modules.get(module).map_or(module, |new| new).to_owned(), name.to_owned())
}

/// True for a module of the standard library, by its first part.
pub fn is_stdlib(module: &str) -> bool {
    tables().stdlib.contains(module.split('.').next().unwrap_or(module))
}

fn under(module: &str, prefixes: &[&str]) -> bool {
    prefixes
        .iter()
        .any(|prefix| module.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

fn camel(name: &str) -> bool {
    name.trim_start_matches('_').chars().next().is_some_and(char::is_uppercase)
}

/// A callable of ours that a library's writers call: they are named after what they do.
fn is_rebuilder(name: &str) -> bool {
    let bare = name.trim_start_matches('_');
    let starts = ["pyx_unpickle_", "unpickle", "rebuild_", "reconstruct", "new_", "restore"];
    // What scikit-learn's trees of neighbours call theirs.
    name == "newObj"
        || name.starts_with('_')
            && (starts.iter().any(|s| bare.starts_with(s)) || bare.ends_with("_ctor") || bare.ends_with("_unpickle"))
}

fn is_dunder(name: &str) -> bool {
    name.starts_with("__") && name.ends_with("__")
}

/// What the table says of all of a module, or of a package around it.
fn of_package(module: &str) -> Option<&'static str> {
    let mut package = module;
    loop {
        if let Some(capability) = tables().dangerous.get(&(package, "*")) {
            return Some(capability);
        }
        package = package.rsplit_once('.')?.0;
    }
}

/// What is known of a name as it is written, dots in it being walked.
pub fn standing(module: &str, name: &str) -> Standing {
    let tables = tables();
    let dotted = format!("{module}.{name}");
    if SPECIAL.contains(&dotted.as_str()) {
        return Standing::Special;
    }
    let exact = |module: &str, name: &str| tables.dangerous.get(&(module, name)).copied();
    let benign = |kind: &str| match kind {
        "caution" => None,
        "held" => Some(Standing::Held(exact(module, name).or_else(|| of_package(module)).unwrap_or("unlisted"))),
        "value" => Some(Standing::LibraryFunction),
        "made" => Some(Standing::FurtherClass),
        _ => Some(Standing::Harmless),
    };
    if let Some(standing) = tables.benign.get(&(module, name)).and_then(|kind| benign(kind)) {
        return standing;
    }
    // What TorchScript compiles; no Python can import it.
    if module.split('.').next() == Some("__torch__") {
        return Standing::LibraryClass;
    }
    if let Some(capability) = exact(module, name) {
        return Standing::Danger(capability);
    }
    // Of a whole module, the classes: ast.Name, and not ast.parse.
    let whole = tables
        .benign
        .get(&(module, "*"))
        .filter(|kind| !name.contains('.') && (camel(name) || module == "torch.return_types" || **kind == "value"));
    if let Some(standing) = whole.and_then(|kind| benign(kind)) {
        return standing;
    }
    if let Some(walked) = walked(module, name) {
        return walked;
    }
    if let Some(capability) = exact("*", name) {
        return Standing::Danger(capability);
    }
    if let Some(capability) = of_package(module) {
        return Standing::Danger(capability);
    }
    let package = module.split('.').next().unwrap_or(module);
    // A part that no release of the library has is not the library's.
    let part = module.match_indices('.').nth(1).map_or(module, |(end, _)| module.get(..end).unwrap_or(module));
    if LIBRARIES.contains(&package) {
        let own = match () {
            () if LISTED.contains(&package) => is_listed(tables, module),
            () if under(module, DEEP) => tables.listed.contains(module),
            () => tables.parts.contains(part),
        };
        return match () {
            () if own => library(module, name),
            () if is_function(name) => Standing::Standard,
            () => Standing::Unknown,
        };
    }
    // A class, also one in a class; a method of one is a function.
    let class = name.split('.').all(camel) && !is_telling(name);
    if FURTHER.contains(&package) && tables.parts.contains(part) && class {
        return Standing::FurtherClass;
    }
    let known = is_stdlib(module) || FURTHER.contains(&package) || published().contains(package);
    if is_stdlib(module) || known && is_function(name) { Standing::Standard } else { Standing::Unknown }
}

/// True for the name of a function that makes no object for an unpickler, or of a method. What unpicklers call is named
/// after it, and more freely where it is private.
fn is_function(name: &str) -> bool {
    const MAKES: [&str; 6] = ["unpickle", "reconstruct", "rebuild", "recreate", "make_", "new_"];
    const PRIVATE: [&str; 12] = [
        "build_",
        "construct",
        "create",
        "deserialize",
        "from",
        "get",
        "load_",
        "make",
        "new",
        "restore",
        "setstate",
        "un",
    ];
    let last = name.rsplit('.').next().unwrap_or(name);
    let bare = last.trim_start_matches('_');
    let private = bare.len() < last.len();
    let starts = |all: &[&str]| all.iter().any(|start| bare.starts_with(start));
    let within = ["unpickle", "reconstruct", "rebuild", "restore"].iter().any(|word| bare.contains(word));
    // What is as short as `pytz._p` says nothing.
    let says = !private || bare.len() > 2;
    !camel(last) && says && !starts(&MAKES) && !(private && (within || starts(&PRIVATE)))
}

/// True for a class of a published package that holds a file, a process or a line to somewhere else: calling one opens it.
pub(super) fn is_resource(module: &str, name: &str) -> bool {
    let package = module.split('.').next().unwrap_or(module);
    (FURTHER.contains(&package) || published().contains(package)) && telling::opens(name)
}

/// True for a module of a release we looked into. Later ones have further private modules in the same packages.
fn is_listed(tables: &Tables, module: &str) -> bool {
    let private = |(package, last): (&str, &str)| {
        last.starts_with('_') && package.contains('.') && tables.listed.contains(package)
    };
    tables.listed.contains(module) || module.rsplit_once('.').is_some_and(private)
}

fn library(module: &str, name: &str) -> Standing {
    let test =
        module.split('.').any(|part| matches!(part, "tests" | "testing" | "_testing" | "conftest" | "setup" | "test"));
    let outside = test || under(module, NOT_MODELS) && !under(module, MODELS_ALL_THE_SAME);
    let last = name.rsplit('.').next().unwrap_or(name);
    match () {
        () if is_rebuilder(last) && !test && !is_made(module, last) => Standing::Unknown,
        () if is_rebuilder(last) && !test => Standing::LibraryClass,
        () if outside || is_telling(last) => Standing::LibraryOutside,
        // What no release had is not the library's.
        () if camel(last) && last.bytes().any(|b| b.is_ascii_lowercase()) && !is_made(module, name) => {
            Standing::Unknown
        }
        // Constants are in capitals: values, and nothing that a writer calls.
        () if camel(last) && !is_made(module, name) => Standing::LibraryFunction,
        () if camel(last) => Standing::LibraryClass,
        () => Standing::LibraryFunction,
    }
}

/// What a dotted name leads to, if it leads out of the class or module in front.
fn walked(module: &str, name: &str) -> Option<Standing> {
    if !name.contains('.') {
        return None;
    }
    let tables = tables();
    let parts: Vec<&str> = name.split('.').collect();
    // `sys.modules.get`, `__globals__`, `os.system` behind any module.
    for (i, _) in parts.iter().enumerate() {
        let tail = parts.get(i..)?.join(".");
        if let Some(capability) = tables.dangerous.get(&("*", tail.as_str())) {
            return Some(Standing::Danger(capability));
        }
        if i == 0 {
            continue;
        }
        let head = parts.get(i - 1)?.trim_start_matches('_');
        let found = tables.dangerous.get(&(head, tail.as_str()));
        if let Some(capability) = found.or_else(|| tables.dangerous.get(&(head, "*"))) {
            return Some(Standing::Danger(capability));
        }
        // A class of the standard library with a dangerous method, under its own module.
        if let Some(capability) = tables.dangerous.get(&(module, parts.get(..i)?.join(".").as_str())) {
            return Some(Standing::Danger(capability));
        }
    }
    let (heads, last) = parts.split_at(parts.len() - 1);
    let dunder = parts.iter().any(|part| is_dunder(part) && !matches!(*part, "__new__" | "__init__" | "__setstate__"));
    // Classes in classes are what writers name; everything else with a dot is a way through.
    let nested = heads.iter().all(|head| camel(head)) && !dunder;
    if nested {
        // A method of a class that only builds data, as a value.
        let class = heads.join(".");
        let harmless =
            tables.benign.get(&(module, class.as_str())).is_some_and(|kind| !matches!(*kind, "caution" | "held"));
        let method = last.first().is_some_and(|last| !camel(last) && !is_dunder(last) && !is_telling(last));
        // The functions of PyTorch and the methods of its tensors are those of two classes in C.
        return (harmless && method && (is_stdlib(module) || module == "torch._C"))
            .then_some(Standing::LibraryFunction);
    }
    // A method of a class that is spelled like a function.
    let package = module.split('.').next().unwrap_or(module);
    let known =
        tables.benign.get(&(module, heads.join(".").as_str())).is_some_and(|kind| !matches!(*kind, "caution" | "held"));
    let method =
        known || LIBRARIES.contains(&package) && heads.iter().all(|head| !is_stdlib(head.trim_start_matches('_')));
    let telling = last.first().is_some_and(|last| is_dunder(last) || matches!(*last, "format" | "format_map"));
    Some(if method && !dunder && !telling { Standing::LibraryFunction } else { Standing::Walks })
}

/// A name without what could disguise it: control and zero-width characters, spaces, letters that look like Latin ones.
/// None if there is nothing of the kind.
pub fn undisguised(text: &str) -> Option<String> {
    if text.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    // The letters of Unicode's confusables that stand for the Latin ones in module names.
    const LOOK_ALIKES: &str = "аaеeоoрpсcхxуyіiѕsјjԁdһhոnԛqѡwтtмmкkвbгrлlпnαaοoνvιiρpκkτtυuɡgıiⅼlℓl";
    let fold = |c: char| {
        let code = u32::from(c);
        if (0xff01..=0xff5e).contains(&code) {
            return char::from_u32(code - 0xfee0);
        }
        let mut pairs = LOOK_ALIKES.chars();
        while let (Some(from), Some(to)) = (pairs.next(), pairs.next()) {
            if from == c {
                return Some(to);
            }
        }
        c.is_ascii_graphic().then_some(c)
    };
    Some(text.chars().filter_map(fold).collect())
}

/// True for the name of a method that leads nowhere and does not say that it acts.
pub(super) fn is_plain_method(name: &str) -> bool {
    !name.is_empty() && !name.contains('.') && !is_dunder(name) && !is_telling(name)
}

/// What a capability of the table means, in words that follow "would".
pub fn capability_text(capability: &str) -> &'static str {
    match capability {
        "exec" => "run code",
        "process" => "start a process or run a shell command",
        "import" => "import modules by name",
        "file-read" => "read files",
        "file-write" => "write or delete files",
        "network" => "use the network",
        "native" => "load native code",
        "deser" => "load another pickle or archive",
        "introspect" => "reach into other objects by name",
        "registry-mutation" => "change the running interpreter",
        "callable-wrapper" => "call a function it is given",
        "thread-signal" => "start threads or handle signals",
        "packaging" => "install or build packages",
        "tamper" => "tamper with scanners",
        _ => "do more than build data",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_parse_to_the_last_row() {
        for (text, least) in [(BENIGN, 900), (DANGEROUS, 600)] {
            assert_eq!(rows(text).count(), lines(text).count());
            assert!(lines(text).count() > least);
        }
        // >>> _compat_pickle.NAME_MAPPING["__builtin__", "reduce"]
        assert_eq!(python3("__builtin__", "reduce"), ("functools".to_owned(), "reduce".to_owned()));
        assert_eq!(python3("urllib2", "urlopen").0, "urllib.request");
        assert_eq!(python3("os", "system"), ("os".to_owned(), "system".to_owned()));
    }

    #[test]
    fn names_are_told_apart() {
        use Standing::*;
        let cases = [
            ("os", "system", Danger("process")),
            ("random", "_os.system", Danger("process")),
            ("numpy.core.multiarray", "_reconstruct", Harmless),
            ("numpy.core.multiarray", "Backdoor", Unknown),
            ("torch.nn", "SomethingNew", Unknown),
            ("torch.nn", "Linear", LibraryClass),
            ("torch._utils", "_rebuild_anything", Unknown),
            ("collections", "Counter.most_common", LibraryFunction),
            ("sklearn.linear_model._logistic", "LogisticRegression", Harmless),
            ("sklearn.tree.tree", "DecisionTreeClassifier", LibraryClass),
            ("sklearn.metrics._classification", "f1_score", LibraryFunction),
            ("sklearn.datasets._base", "load_files", LibraryOutside),
            ("collections", "OrderedDict", Harmless),
            ("uuid", "UUID", Harmless),
            ("mypkg.hooks", "on_load", Unknown),
            ("mypkg", "Outer.Inner", Unknown),
            ("mypkg", "helper.secret", Walks),
            ("builtins", "getattr", Special),
            ("statistics", "mean", LibraryFunction),
            ("calendar", "setfirstweekday", Standard),
            ("calendar", "monthrange", Held("unlisted")),
        ];
        for (module, name, expected) in cases {
            assert_eq!(standing(module, name), expected, "{module} {name}");
        }
        assert!(matches!(standing("builtins", "eval"), Danger(_)));
        assert!(matches!(standing("collections", "__builtins__.get"), Danger(_)));
        assert!(matches!(standing("logging", "sys.modules.get"), Danger(_)));
    }

    #[test]
    fn look_alikes_are_unmasked() {
        assert_eq!(undisguised("os"), None);
        assert_eq!(undisguised("оs").as_deref(), Some("os"), "a Cyrillic о");
        assert_eq!(undisguised("o\u{200b}s\r").as_deref(), Some("os"));
        assert!(is_telling("run_command") && is_telling("_exec") && !is_telling("runner") && !is_telling("Callable"));
    }
}
