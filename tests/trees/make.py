"""Makes hist_bag_ada.pkl and prints what scikit-learn says of it, for tests/trees.rs."""
import pickle
import warnings

import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import AdaBoostClassifier, BaggingRegressor, HistGradientBoostingRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

warnings.filterwarnings("ignore")
rs = np.random.RandomState(0)
x = np.c_[rs.randint(0, 6, 60), rs.rand(60).round(3), rs.rand(60).round(3)]
y = (x[:, 0] % 2) * 3 + x[:, 1]
hist = HistGradientBoostingRegressor(
    max_iter=2, max_leaf_nodes=4, min_samples_leaf=5, max_bins=16, categorical_features=[0], early_stopping=False
).fit(x, y)
bag = BaggingRegressor(DecisionTreeRegressor(max_depth=2), n_estimators=3, max_features=2, random_state=0).fit(x, y)
ada = AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=3, random_state=0).fit(x, y > 2)
two = DecisionTreeClassifier(max_depth=1).fit(x, np.c_[y > 2, x[:, 0]])
# The categorical column is not the first, but its number is 0 in the nodes.
named = pd.DataFrame({"length": x[:, 1], "kind": x[:, 0]})
cat = HistGradientBoostingRegressor(max_iter=1, max_leaf_nodes=2, min_samples_leaf=5, categorical_features=["kind"])
cat.fit(named, y)
models = {"cat": cat, "hist": hist, "bag": bag, "ada": ada, "two": two}
with open("hist_bag_ada.pkl", "wb") as file:
    pickle.dump(models, file, protocol=5)

print("scikit-learn", sklearn.__version__, "NumPy", np.__version__)
for row in hist._predictors:
    print("hist", row[0].nodes.tolist(), row[0].raw_left_cat_bitsets.tolist())
print("cat", cat._predictors[0][0].nodes["feature_idx"].tolist(), cat.feature_names_in_.tolist())
print("bag", [(f.tolist(), t.tree_.feature.tolist()) for f, t in zip(bag.estimators_features_, bag.estimators_)])
print("ada", ada.feature_importances_.tolist(), ada.estimator_weights_.tolist())
print("two", two.tree_.value.tolist(), [c.tolist() for c in two.classes_])
