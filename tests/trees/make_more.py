"""Makes more.pkl.xz with scikit-learn 1.9.1: trees alone and in ensembles of every kind, and more.json.gz: the node arrays
that scikit-learn itself has of each tree, a row a node: left, right, feature, threshold, missing goes left, impurity,
rows, weight, values; and the lines of export_text.

    python tests/trees/make_more.py
"""
import gzip
import json
import lzma
import pathlib
import pickle
import warnings

import numpy as np
import pandas as pd
from sklearn.ensemble import (
    AdaBoostRegressor, BaggingClassifier, ExtraTreesClassifier, GradientBoostingClassifier, GradientBoostingRegressor,
    RandomForestClassifier, RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, ExtraTreeClassifier, export_text

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(5)
x = pd.DataFrame(rng.normal(size=(90, 4)), columns=["length", "width (cm)", "na\u00efve", "d"])
holes = x.mask(rng.random(x.shape) < 0.2)
y = x["length"] * 2 + np.where(x["width (cm)"] > 0, x["d"], 0)
words = np.array(["low", "middle", "high"])[np.digitize(y, [-1, 1])]
weights = rng.random(90) * 3

models = {
    "classifier": DecisionTreeClassifier(max_depth=4).fit(x, words),
    "missing": DecisionTreeClassifier(max_depth=4).fit(holes, words),
    "missing numbers": DecisionTreeRegressor(max_depth=4).fit(holes, y),
    "weighted": DecisionTreeClassifier(max_depth=3, criterion="entropy", class_weight={"low": 5, "middle": 1, "high": 0.5}).fit(x, words, weights),
    "two outputs": DecisionTreeClassifier(max_depth=3).fit(x, np.c_[words, np.where(y > 0, "up", "down")]),
    "two numbers": DecisionTreeRegressor(max_depth=3).fit(x, np.c_[y, -y]),
    "absolute": DecisionTreeRegressor(max_depth=3, criterion="absolute_error").fit(x, y),
    "poisson": DecisionTreeRegressor(max_leaf_nodes=6, criterion="poisson").fit(x, np.exp(y)),
    "pruned": DecisionTreeRegressor(ccp_alpha=0.2).fit(x, y),
    "monotone": DecisionTreeRegressor(max_depth=3, monotonic_cst=[1, 0, 0, -1]).fit(x, y),
    "random": ExtraTreeClassifier(max_depth=3, random_state=0).fit(x, words),
    "stump": DecisionTreeRegressor(min_samples_leaf=80).fit(x, y),
    "forest": RandomForestClassifier(n_estimators=3, max_depth=3, random_state=0).fit(holes, words, weights),
    "numbers": RandomForestRegressor(n_estimators=3, max_depth=3, random_state=0).fit(x, np.c_[y, y * 2]),
    "extra": ExtraTreesClassifier(n_estimators=3, max_depth=3, random_state=0, bootstrap=True).fit(x, words),
    "boosted": GradientBoostingClassifier(n_estimators=2, max_depth=2, random_state=0, init="zero").fit(x, words),
    "quantile": GradientBoostingRegressor(n_estimators=2, max_depth=2, loss="quantile", random_state=0).fit(x, y),
    "ada": AdaBoostRegressor(DecisionTreeRegressor(max_depth=2), n_estimators=3, random_state=0).fit(x, y),
    "bag": BaggingClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=3, max_features=0.5, random_state=0).fit(x, words),
}


def rows(tree, features):
    t = tree.tree_
    # JSON has no infinity, which is the threshold where only missing values go right.
    threshold = [value if np.isfinite(value) else str(value) for value in t.threshold.tolist()]
    feature = [int(features[f]) if f >= 0 else None for f in t.feature]
    arrays = [t.children_left, t.children_right, feature, threshold, t.missing_go_to_left, t.impurity, t.n_node_samples, t.weighted_n_node_samples]
    lists = [a if isinstance(a, list) else a.tolist() for a in arrays]
    return [list(row) + [value.tolist()] for row, value in zip(zip(*lists), t.value)]


def trees(model):
    if hasattr(model, "tree_"):
        return [(model, range(model.n_features_in_))]
    members = np.asarray(model.estimators_, dtype=object).ravel()
    subsets = getattr(model, "estimators_features_", [range(model.n_features_in_)] * len(members))
    return list(zip(members, subsets))


expected = {}
for name, model in models.items():
    found = trees(model)
    classes = getattr(model, "classes_", [])
    many = isinstance(classes, list) or classes.ndim > 1
    expected[name] = {
        "trees": [rows(tree, features) for tree, features in found],
        "features": list(model.feature_names_in_),
        "classes": [list(map(str, c)) for c in classes] if many else [list(map(str, classes))],
    }
    # Of one output only: of several it prints the first without saying so.
    if hasattr(model, "tree_") and model.n_outputs_ == 1:
        text = export_text(model, feature_names=list(x.columns), decimals=12, max_depth=100)
        expected[name]["text"] = text.splitlines()
(HERE / "more.pkl.xz").write_bytes(lzma.compress(pickle.dumps(models, 5), preset=9))
(HERE / "more.json.gz").write_bytes(gzip.compress(json.dumps(expected, separators=(",", ":")).encode(), mtime=0))
