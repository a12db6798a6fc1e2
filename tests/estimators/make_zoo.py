"""Makes zoo.pkl.xz with scikit-learn 1.9.1 (Python 3.11): a dict of composite estimators, fitted and not, each kind in
each other one; and zoo.json.gz: what scikit-learn's own HTML diagram draws of each, as [kind, [[name, class, inner] ..]],
and whether check_is_fitted says that it is fitted.

    python tests/estimators/make_zoo.py
"""
import gzip
import json
import lzma
import pathlib
import pickle
import warnings

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier, AdaBoostRegressor, BaggingClassifier, BaggingRegressor, StackingClassifier, StackingRegressor,
    VotingClassifier, VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_selection import RFE, RFECV, SelectFromModel, SelectKBest, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.impute import IterativeImputer, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RANSACRegressor, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier, GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV, TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor, RegressorChain
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from diagram import block, is_fitted

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(0)
x = pd.DataFrame(rng.normal(size=(40, 4)), columns=list("abcd"))
x["e"] = [["u", "v"][i % 2] for i in range(40)]
numbers = x[list("abcd")]
two = np.arange(40) % 2
real = x["a"].to_numpy() * 2 + rng.normal(size=40)
labels, targets = np.c_[two, two[::-1]], np.c_[real, -real]

classifiers = {"log": LogisticRegression(max_iter=20), "nb": GaussianNB(), "tree": DecisionTreeClassifier(max_depth=1)}
regressors = {"lin": LinearRegression(), "ridge": Ridge(alpha=2), "tree": DecisionTreeRegressor(max_depth=1)}


def wrappers(of, kind):
    """Every composite around one estimator: name, composite, x, y."""
    if kind == "classifier":
        yield "pipeline", Pipeline([("scale", StandardScaler()), ("model", of)]), numbers, two
        yield "grid", GridSearchCV(Pipeline([("s", "passthrough"), ("m", of)]), {"s": [MinMaxScaler(), "passthrough"]}, cv=2), numbers, two
        yield "halving", HalvingGridSearchCV(Pipeline([("k", SelectKBest(k=2)), ("m", of)]), {"k__k": [1, 2]}, cv=2, min_resources=20), numbers, two
        yield "stack", StackingClassifier([("one", of), ("two", GaussianNB())], LogisticRegression(), cv=2), numbers, two
        yield "vote", VotingClassifier([("one", of), ("gone", "drop"), ("two", GaussianNB())]), numbers, two
        yield "bag", BaggingClassifier(of, n_estimators=2), numbers, two
        yield "calibrated", CalibratedClassifierCV(of, cv=2), numbers, two
        yield "together", CalibratedClassifierCV(of, cv=2, ensemble=False), numbers, two
        yield "each", MultiOutputClassifier(of), numbers, labels
        yield "chain", ClassifierChain(of), numbers, labels
        yield "rest", OneVsRestClassifier(of), numbers, np.arange(40) % 3
        yield "one", OneVsOneClassifier(of), numbers, np.arange(40) % 3
        yield "code", OutputCodeClassifier(of), numbers, np.arange(40) % 3
        yield "self", SelfTrainingClassifier(of, max_iter=1), numbers, np.where(np.arange(40) < 30, two, -1)
        yield "threshold", TunedThresholdClassifierCV(of, cv=2), numbers, two
        yield "fixed", FixedThresholdClassifier(of), numbers, two
    else:
        yield "pipeline", make_pipeline(StandardScaler(), None, of), numbers, real
        yield "random", RandomizedSearchCV(TransformedTargetRegressor(of), {"check_inverse": [False]}, n_iter=1, cv=2), numbers, real
        yield "stack", StackingRegressor([("one", of), ("two", Ridge())], cv=2), numbers, real
        yield "last", StackingRegressor([("one", of)], RANSACRegressor(min_samples=3), cv=2, passthrough=True), numbers, real
        yield "vote", VotingRegressor([("one", of), ("two", Ridge())]), numbers, real
        yield "bag", BaggingRegressor(of, n_estimators=2), numbers, real
        yield "ada", AdaBoostRegressor(of, n_estimators=2), numbers, real
        yield "each", MultiOutputRegressor(of), numbers, targets
        yield "chain", RegressorChain(of), numbers, targets
        yield "target", TransformedTargetRegressor(of, transformer=StandardScaler()), numbers, real
        yield "log", TransformedTargetRegressor(of, func=np.arcsinh, inverse_func=np.sinh), numbers, real
        yield "ransac", RANSACRegressor(of, min_samples=10), numbers, real


def columns(rest, **more):
    return ColumnTransformer([("num", make_pipeline(SimpleImputer(), StandardScaler()), ["a", "b"]), ("cat", OneHotEncoder(), ["e"])], remainder=rest, **more)


def others():
    """Composites that transform, and those with nothing in them."""
    for name, rest in {"drop": "drop", "pass": "passthrough", "scaled": StandardScaler()}.items():
        yield "columns_" + name, columns(rest), x, two
        yield "columns_model_" + name, Pipeline([("prep", columns(rest)), ("model", LogisticRegression())]), x, two
    yield "columns_mixed", ColumnTransformer([("a", "passthrough", ["a"]), ("b", "drop", ["b"]), ("none", StandardScaler(), []), ("c", PCA(1), slice(2, 4))]), x, two
    yield "columns_all", ColumnTransformer([("all", StandardScaler(), list("abcd"))], remainder="passthrough"), numbers, two
    yield "columns_in_columns", ColumnTransformer([("inner", columns("passthrough"), list("abcde")), ("f", FunctionTransformer(), ["a"])]), x, two
    union = FeatureUnion([("pca", PCA(1)), ("best", SelectKBest(k=1)), ("gone", "drop"), ("same", "passthrough")])
    yield "union", union, numbers, two
    yield "union_of_unions", FeatureUnion([("left", union), ("right", make_pipeline(StandardScaler(), union))]), numbers, two
    yield "function", make_pipeline(FunctionTransformer(np.log1p), FunctionTransformer()), np.abs(numbers), two
    yield "functions", FeatureUnion([("f", FunctionTransformer(np.abs)), ("g", FunctionTransformer())]), numbers, two
    yield "rfe", RFE(LogisticRegression(), n_features_to_select=2), numbers, two
    yield "rfecv", RFECV(DecisionTreeClassifier(max_depth=1), cv=2), numbers, two
    yield "from_model", SelectFromModel(DecisionTreeClassifier(max_depth=2)), numbers, two
    yield "sequential", SequentialFeatureSelector(GaussianNB(), n_features_to_select=1, cv=2), numbers, two
    yield "rfe_pipeline", make_pipeline(RFE(Ridge(), n_features_to_select=2), SelectFromModel(Ridge()), Ridge()), numbers, real
    yield "imputer", IterativeImputer(Ridge(), max_iter=1), numbers, two
    yield "frozen", FrozenEstimator(make_pipeline(StandardScaler(), GaussianNB()).fit(numbers, two)), numbers, two
    yield "calibrated_frozen", CalibratedClassifierCV(FrozenEstimator(GaussianNB().fit(numbers, two))), numbers, two
    yield "ada_none", AdaBoostClassifier(n_estimators=2), numbers, two
    yield "bag_none", BaggingClassifier(n_estimators=2), numbers, two
    yield "calibrated_none", CalibratedClassifierCV(cv=2), numbers, two
    yield "target_none", TransformedTargetRegressor(), numbers, real
    yield "stack_none", StackingClassifier([("nb", GaussianNB())], cv=2), numbers, two
    yield "pipeline_of_nothing", Pipeline([("nothing", "passthrough")]), numbers, two
    yield "ada", AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=2), numbers, two


def made():
    yield from others()
    for kind, simple in (("classifier", classifiers), ("regressor", regressors)):
        for name, model in simple.items():
            for wrap, whole, inputs, wanted in wrappers(model, kind):
                yield f"{kind} {wrap} {name}", whole, inputs, wanted
        one = next(iter(simple.values()))
        for inner, middle, _, _ in wrappers(one, kind):
            for wrap, whole, inputs, wanted in wrappers(middle, kind):
                yield f"{kind} {wrap} of {inner}", whole, inputs, wanted


zoo, expected = {}, {}
for name, whole, inputs, wanted in made():
    for way in ("unfitted", "fitted"):
        try:
            model = clone(whole)
            if way == "fitted":
                model.fit(inputs, wanted)
        except Exception as error:
            # Not everything goes into everything: a search of chains, a calibration of stacks of several outputs.
            print("#", name, type(error).__name__, str(error)[:80])
            continue
        zoo[f"{name}, {way}"] = model
for name, model in pickle.loads(pickle.dumps(zoo)).items():
    expected[name] = {"diagram": block(model), "fitted": is_fitted(model)}
(HERE / "zoo.pkl.xz").write_bytes(lzma.compress(pickle.dumps(zoo, 5), preset=9))
(HERE / "zoo.json.gz").write_bytes(gzip.compress(json.dumps(expected, separators=(",", ":")).encode(), mtime=0))
print(len(zoo), "estimators")
