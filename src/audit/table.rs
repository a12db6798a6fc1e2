//! The tables of names. `benign.tsv` and `dangerous.tsv` hold a row a name with its source; the first line of each
//! explains the columns. An exact row beats a wildcard; a name on neither list is unknown.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Verdict;

static BENIGN: &str = include_str!("benign.tsv");
static DANGEROUS: &str = include_str!("dangerous.tsv");

/// Names on public allow-lists that can misuse what they are given, but that the libraries themselves write into every
/// file: harmless as far as a name alone can tell.
const WRITTEN_BY_LIBRARIES: &[(&str, &str)] = &[
    ("_codecs", "encode"),
    ("copyreg", "_reconstructor"),
    ("copy_reg", "_reconstructor"),
    ("__builtin__", "object"),
    ("builtins", "object"),
    ("builtins", "range"),
    ("collections", "defaultdict"),
    ("numpy", "matrix"),
    ("numpy", "record"),
    ("numpy", "recarray"),
    ("numpy.matrixlib.defmatrix", "matrix"),
    ("numpy.rec", "recarray"),
    ("numpy.core.records", "recarray"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy._core._internal", "_convert_to_stringdtype_kwargs"),
    ("joblib.numpy_pickle", "NumpyArrayWrapper"),
    ("joblib.numpy_pickle", "NDArrayWrapper"),
    ("joblib.numpy_pickle", "ZNDArrayWrapper"),
    ("pandas._libs.tslibs.timestamps", "_unpickle_timestamp"),
    ("pandas._libs.tslibs.timedeltas", "_timedelta_unpickle"),
    ("pandas._libs.tslibs.nattype", "_nat_unpickle"),
];

/// Libraries whose classes (names in CamelCase) only build themselves when they are made by NEWOBJ. Their functions
/// are known one by one or not at all.
const LIBRARIES: &[&str] = &["sklearn", "numpy", "scipy", "pandas", "xgboost", "lightgbm", "joblib", "torch"];

struct Tables {
    benign: HashMap<(&'static str, &'static str), &'static str>,
    dangerous: HashMap<(&'static str, &'static str), &'static str>,
}

fn rows(text: &'static str) -> impl Iterator<Item = ((&'static str, &'static str), &'static str)> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        let name = columns.next()?.split_once(' ')?;
        Some((name, columns.next()?))
    })
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables { benign: rows(BENIGN).collect(), dangerous: rows(DANGEROUS).collect() })
}

/// What is known of a name.
pub(super) fn look_up(module: &str, name: &str) -> Verdict {
    let tables = tables();
    let dangerous = |module: &str, name: &str| tables.dangerous.get(&(module, name)).copied();
    if WRITTEN_BY_LIBRARIES.contains(&(module, name)) {
        return Verdict::Known;
    }
    if let Some(capability) = dangerous(module, name) {
        return Verdict::Danger(capability);
    }
    match tables.benign.get(&(module, name)) {
        Some(&"caution") | None => {}
        Some(_) => return Verdict::Known,
    }
    // A dotted name is walked: random + _os.system, or any module + __globals__.
    let walked = name.match_indices('.').find_map(|(dot, _)| {
        let (head, tail) = (name.get(..dot)?, name.get(dot + 1..)?);
        let head = head.rsplit('.').next().unwrap_or(head).trim_start_matches('_');
        dangerous(head, tail).or_else(|| dangerous(head, "*")).or_else(|| dangerous("*", tail))
    });
    if let Some(capability) = walked.or_else(|| dangerous("*", name)) {
        return Verdict::Danger(capability);
    }
    let mut package = module;
    loop {
        if let Some(capability) = dangerous(package, "*") {
            return Verdict::Danger(capability);
        }
        match package.rsplit_once('.') {
            Some((parent, _)) => package = parent,
            None => break,
        }
    }
    let class = name.trim_start_matches('_').chars().next().is_some_and(char::is_uppercase) && !name.contains('.');
    // Cython writes a function a class, which only makes the object and sets its state.
    let cython = name.starts_with("__pyx_unpickle_");
    if (class || cython) && LIBRARIES.contains(&package) {
        return Verdict::Known;
    }
    Verdict::Unknown
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
    fn both_tables_parse_to_the_last_row() {
        for (text, least) in [(BENIGN, 900), (DANGEROUS, 600)] {
            let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).count();
            assert_eq!(rows(text).count(), lines);
            assert!(lines > least);
        }
    }

    #[test]
    fn names_are_told_apart() {
        assert_eq!(look_up("os", "system"), Verdict::Danger("process"));
        assert!(matches!(look_up("posix", "system"), Verdict::Danger(_)));
        assert!(matches!(look_up("builtins", "eval"), Verdict::Danger(_)));
        assert!(matches!(look_up("random", "_os.system"), Verdict::Danger(_)));
        assert!(matches!(look_up("collections", "__builtins__.get"), Verdict::Danger(_)));
        assert_eq!(look_up("numpy.core.multiarray", "_reconstruct"), Verdict::Known);
        assert_eq!(look_up("sklearn.linear_model._logistic", "LogisticRegression"), Verdict::Known);
        assert_eq!(look_up("sklearn.tree.tree", "DecisionTreeClassifier"), Verdict::Known);
        assert_eq!(look_up("collections", "OrderedDict"), Verdict::Known);
        assert_eq!(look_up("uuid", "UUID"), Verdict::Known);
        assert_eq!(look_up("mypkg.hooks", "on_load"), Verdict::Unknown);
        assert_eq!(look_up("sklearn.utils", "some_function"), Verdict::Unknown);
    }
}
