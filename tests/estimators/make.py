"""Makes the files of this folder with scikit-learn 1.9.1, xgboost-cpu 3.2.0 and lightgbm 4.7.0 (Python 3.11), and
`expected.json`: what the libraries themselves say of them.

    python tests/estimators/make.py [only expected.json: --expect]

`parameters` and `changed` are what get_params and scikit-learn's own repr decide; `fitted` is check_is_fitted;
`diagram` is the visual block tree of scikit-learn's HTML diagram: kind, names, and what is inside.
"""

import inspect
import json
import pathlib
import pickle
import sys
import warnings

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import AdaBoostClassifier, BaggingRegressor, RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.utils._pprint import _changed_params

from diagram import block, is_fitted

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(0)
frame = pd.DataFrame(
    {
        "age": rng.integers(18, 80, 60).astype(float),
        "fare": rng.gamma(2.0, 20.0, 60),
        "deck": rng.choice(list("ABC"), 60),
        "port": rng.choice(["Genoa", "Cork"], 60),
        "cabin": rng.integers(0, 9, 60),
    }
)
target = rng.integers(0, 3, 60)
numbers = rng.normal(size=(60, 4))


def columns(remainder):
    numeric = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler(with_mean=False))])
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return ColumnTransformer([("num", numeric, ["age", "fare"]), ("cat", one_hot, ["deck", "port"])], remainder=remainder)


def made():
    mlp = MLPClassifier(hidden_layer_sizes=(16, 8), max_iter=20, random_state=0)
    yield "pipeline", Pipeline([("columns", columns("passthrough")), ("skip", "passthrough"), ("mlp", mlp)]), frame, target
    yield "unfitted", Pipeline([("columns", columns("drop")), ("svc", SVC(C=0.5))]), None, None
    union = FeatureUnion([("pca", PCA(n_components=2)), ("best", SelectKBest(k=1))], n_jobs=1)
    search = GridSearchCV(make_pipeline(union, FunctionTransformer(), Ridge()), {"ridge__alpha": [0.1, 1.0]}, cv=2)
    yield "search", search, numbers, target
    voting = VotingClassifier([("nb", GaussianNB()), ("gone", "drop"), ("svc", SVC(C=2))], voting="hard")
    yield "voting", voting, numbers, target
    stack = StackingClassifier([("nb", GaussianNB()), ("pipe", make_pipeline(StandardScaler(), SVC()))], LogisticRegression(C=0.5), cv=2)
    yield "stacking", stack, numbers, target
    yield "bagging", BaggingRegressor(Ridge(alpha=2), n_estimators=3), numbers, target
    yield "adaboost", AdaBoostClassifier(n_estimators=2), numbers, target
    yield "calibrated", CalibratedClassifierCV(GaussianNB(), cv=2), numbers, target
    yield "onevsrest", OneVsRestClassifier(SVC(gamma="auto")), numbers, target
    yield "target", TransformedTargetRegressor(LinearRegression(), transformer=StandardScaler()), numbers, target
    yield "forest", RandomForestClassifier(n_estimators=2, max_depth=2, random_state=0), frame[["age", "fare"]], target
    yield "xgboost", xgboost.XGBClassifier(n_estimators=2, max_depth=2), numbers, target
    yield "lightgbm", lightgbm.LGBMRegressor(n_estimators=2, num_leaves=3, verbose=-1), numbers, target


def walk(path, value, seen):
    """Every estimator by the path that picklescope gives it: only attributes, lists and tuples are followed."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, (list, tuple)):
        for i, item in enumerate(value):
            yield from walk(f"{path}[{i}]", item, seen)
    elif isinstance(value, BaseEstimator):
        yield path, value
        for name, item in vars(value).items():
            yield from walk(f"{path}.{name}", item, seen)


def changed(estimator):
    if not isinstance(estimator, xgboost.XGBModel):
        return sorted(_changed_params(estimator))
    # XGBoost passes most parameters up as keywords, which scikit-learn's repr does not follow.
    defaults = {}
    for cls in reversed(type(estimator).__mro__):
        if "__init__" in vars(cls):
            defaults.update({k: p.default for k, p in inspect.signature(cls.__init__).parameters.items()})
    return sorted(k for k, v in estimator.get_params(deep=False).items() if repr(v) != repr(defaults[k]))


# Of these nothing is expected but that they end: one holds itself, the other has 2^40 ways to its last step.
ring = Pipeline([("scale", StandardScaler()), ("self", None)])
ring.steps[1] = ("self", ring)
fan = StandardScaler()
for _ in range(40):
    fan = FeatureUnion([("left", fan), ("right", fan)])
if "--expect" not in sys.argv:
    (HERE / "ring.pkl").write_bytes(pickle.dumps(ring, 5))
    (HERE / "fan.pkl").write_bytes(pickle.dumps(fan, 5))

expected = {}
for name, model, x, y in made():
    path = HERE / f"{name}.pkl"
    if "--expect" not in sys.argv:
        path.write_bytes(pickle.dumps(model if x is None else model.fit(x, y), 5))
    model = pickle.loads(path.read_bytes())
    entry = {"diagram": block(model), "estimators": {}}
    for at, estimator in walk("$", model, set()):
        entry["estimators"][at] = {
            "class": type(estimator).__name__,
            "parameters": sorted(estimator.get_params(deep=False)),
            "changed": changed(estimator),
            "fitted": is_fitted(estimator),
        }
    expected[name] = entry
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
