"""Makes src/formats/defaults.tsv: what the constructors of estimators take, and their defaults, by version.

    pip download --no-deps -d WHEELS scikit-learn==1.9.0 ...      (one of each minor version, wheels or sdists)
    python tests/make_defaults.py WHEELS > src/formats/defaults.tsv
    python tests/make_defaults.py --check src/formats/defaults.tsv   (against the libraries that are installed)

Nothing is installed or imported: the sources in the archives are parsed, so that versions from before this Python
can be read too. A line is package, class, parameter, default, first and last version, tab separated. The default is
what repr() prints, or the name of a function or class; empty where the parameter must be given; `?` where it is more
than a literal. An empty last version means: up to the newest one read. A line without class lists the versions read.
"""

import ast
import pathlib
import re
import sys
import tarfile
import zipfile

PACKAGES = {"scikit_learn": "sklearn", "scikit-learn": "sklearn", "xgboost": "xgboost", "xgboost_cpu": "xgboost", "lightgbm": "lightgbm"}
ROOTS = {"BaseEstimator", "XGBModel", "XGBModelBase", "LGBMModel", "_LGBMModelBase"}
SKIPPED = re.compile(r"/(tests|externals|benchmarks)/|/_mocking\.py|/conftest\.py|estimator_checks|/dask\.py|/spark/")


def sources(archive):
    """(path, text) of the Python files of a wheel or sdist."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as z:
            for name in z.namelist():
                if name.endswith(".py"):
                    yield name, z.read(name).decode("utf-8", "replace")
    else:
        with tarfile.open(archive) as t:
            for member in t:
                if member.isfile() and member.name.endswith(".py"):
                    yield member.name, t.extractfile(member).read().decode("utf-8", "replace")


def text(node, constants):
    """The default as repr() prints it; the name of what has one; `?` for the rest."""
    try:
        return value_text(ast.literal_eval(node))
    except (ValueError, TypeError):
        pass
    dotted = ast.unparse(node)
    # numpy.NaN and the like: floats with a name.
    if re.fullmatch(r"(np|numpy)\.(nan|NaN|NAN)|float\(['\"]nan['\"]\)", dotted):
        return "nan"
    if re.fullmatch(r"(np|numpy)\.(inf|Inf|infty)", dotted):
        return "inf"
    if re.fullmatch(r"-(np|numpy)\.(inf|Inf|infty)", dotted):
        return "-inf"
    if re.fullmatch(r"np\.finfo\((float|np\.float64|np\.double|np\.float)\)\.eps", dotted):
        return f"np.float64({sys.float_info.epsilon!r})"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return value_text(ast.literal_eval(node.left) ** ast.literal_eval(node.right))
    if re.fullmatch(r"int\([\d.e]+\)", dotted):
        return repr(int(float(dotted[4:-1])))
    if isinstance(node, ast.Name) and node.id in constants:
        return text(constants[node.id], {})
    if re.fullmatch(r"[A-Za-z_][\w.]*", dotted):
        return dotted.rsplit(".", 1)[-1]
    return "?"


def value_text(value):
    plain = (type(None), bool, int, float, str)
    if isinstance(value, plain) or isinstance(value, tuple) and all(isinstance(v, plain) for v in value):
        return repr(value)
    return "?"


def classes(archive, package):
    """name -> (bases, parameters or None, takes **kwargs) for every class of the package."""
    found, twice, modules = {}, set(), []
    for path, source in sources(archive):
        if f"{package}/" not in path or SKIPPED.search("/" + path):
            continue
        try:
            modules.append(ast.parse(source))
        except SyntaxError:
            continue
    constants = {
        target.id: node.value
        for module in modules
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id.isupper()
    }
    for module in modules:
        for node in ast.walk(module):
            if not isinstance(node, ast.ClassDef):
                continue
            bases = []
            for base in node.bases:
                # six.with_metaclass(ABCMeta, BaseEstimator)
                inner = base.args if isinstance(base, ast.Call) else [base]
                bases += [ast.unparse(b).rsplit(".", 1)[-1] for b in inner]
            parameters, more = None, False
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == "__init__":
                    a = item.args
                    plain = a.posonlyargs + a.args
                    defaults = [None] * (len(plain) - len(a.defaults)) + list(a.defaults)
                    pairs = list(zip(plain, defaults))[1:] + list(zip(a.kwonlyargs, a.kw_defaults))
                    parameters = {p.arg: "" if d is None else text(d, constants) for p, d in pairs}
                    more = a.kwarg is not None
            entry = (bases, parameters, more)
            if node.name in found and found[node.name] != entry:
                twice.add(node.name)
            found[node.name] = entry
    # A name that means two things means nothing.
    return {name: entry for name, entry in found.items() if name not in twice or name in ROOTS}


def mro(name, all_classes):
    order, open_ = [], [name]
    while open_:
        at = open_.pop(0)
        if at in order:
            continue
        order.append(at)
        open_ = list(all_classes.get(at, ([], None, False))[0]) + open_
    return order


def signatures(archive, package):
    """class -> {parameter: default} for every estimator."""
    all_classes = classes(archive, package)
    result = {}
    for name in all_classes:
        line = mro(name, all_classes)
        if not ROOTS & set(line) or name in ("BaseEstimator",):
            continue
        parameters, more = {}, True
        for at in line:
            _, own, kwargs = all_classes.get(at, ([], None, False))
            if own is None or not more:
                continue
            parameters = {**own, **{k: v for k, v in parameters.items()}}
            more = kwargs
        if parameters:
            result[name] = parameters
    return result


def version_of(archive):
    package, version = re.match(r"([A-Za-z_-]+?)-(\d[\w.]*?)(?:-|\.tar)", archive.name).groups()
    return PACKAGES[package], tuple(int(n) for n in version.split(".")[:2])


def rows(folder):
    by_package = {}
    for archive in sorted(pathlib.Path(folder).rglob("*")):
        if archive.suffix == ".whl" or archive.name.endswith(".tar.gz"):
            package, version = version_of(archive)
            by_package.setdefault(package, {})[version] = signatures(archive, package)
    for package, versions in sorted(by_package.items()):
        order = sorted(versions)
        yield package, "", "", " ".join("%d.%d" % v for v in order), "", ""
        for name in sorted({name for found in versions.values() for name in found}):
            names = {p: None for v in reversed(order) for p in versions[v].get(name, {})}
            for parameter in names:
                spans = []
                for version in order:
                    default = versions[version].get(name, {}).get(parameter)
                    if default is None:
                        spans.append(None)
                    elif spans and spans[-1] and spans[-1][0] == default:
                        spans[-1][2] = version
                    else:
                        spans.append([default, version, version])
                for default, first, last in filter(None, spans):
                    end = "" if last == order[-1] else "%d.%d" % last
                    yield package, name, parameter, default, "%d.%d" % first, end


def check(path):
    """Compares the newest defaults of the table with those of the installed libraries."""
    import importlib
    import inspect

    import lightgbm
    import sklearn.utils
    import xgboost

    table = {}
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith("#"):
            continue
        package, name, parameter, default, _, until = line.split("\t")
        if name and not until:
            table.setdefault((package, name), {})[parameter] = default
    wrong = looked = 0
    every = [("sklearn", c) for _, c in sklearn.utils.all_estimators()]
    every += [("xgboost", c) for c in vars(xgboost).values() if isinstance(c, type) and issubclass(c, xgboost.XGBModel)]
    every += [("lightgbm", c) for c in (lightgbm.LGBMClassifier, lightgbm.LGBMRegressor, lightgbm.LGBMRanker)]
    for package, cls in every:
        expected = {}
        for at in reversed(cls.__mro__) if package == "xgboost" else [cls]:
            if "__init__" not in vars(at) and package == "xgboost" or not at.__module__.startswith(package):
                continue
            for p in list(inspect.signature(at.__init__).parameters.values())[1:]:
                if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
                    d = p.default
                    expected[p.name] = (
                        "" if d is p.empty else getattr(d, "__name__", None) if callable(d) else repr(d)
                    )
        got = table.get((package, cls.__name__), {})
        looked += len(expected)
        for parameter in sorted(set(expected) | set(got)):
            if expected.get(parameter) != got.get(parameter):
                wrong += 1
                print(cls.__name__, parameter, "library:", expected.get(parameter), "table:", got.get(parameter))
    print(f"{looked} parameters of {len(every)} classes compared, {wrong} differ", file=sys.stderr)
    return wrong


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        sys.exit(1 if check(sys.argv[2]) else 0)
    print("# What constructors of estimators take. Made by tests/make_defaults.py from the sources of the versions named.")
    print("# package, class, parameter, default, first version, last version")
    for row in rows(sys.argv[1]):
        print("\t".join(row))
