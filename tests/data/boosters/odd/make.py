"""Models of XGBoost 3.2.0 and LightGBM 4.7.0 whose features have names that need care, or are asked in ways that are rare,
and what the libraries dump of them (dumps.json)."""
import json, os, pickle, warnings

import lightgbm as lgb, numpy as np, xgboost as xgb

warnings.simplefilter('ignore')
os.chdir(os.path.dirname(os.path.abspath(__file__)))
rng = np.random.default_rng(0)
x = rng.normal(size=(120, 4)).round(3)
x[::7, 1] = np.nan
y = (x[:, 0] + x[:, 2] > 0).astype(int)
three = np.digitize(x[:, 0], [-.5, .5])
flags = np.c_[x[:, :2], rng.integers(0, 9, 120), x[:, 2] > 0]
dumps = {}


def boost(name, data, target, params, rounds=2, **names):
    model = xgb.train({'max_depth': 2, 'seed': 0, **params}, xgb.DMatrix(data, target, **names), rounds)
    if name.endswith('.pkl'):
        with open(name, 'wb') as f:
            pickle.dump(model, f)
    else:
        model.save_model(name)
    dumps[name] = {'names': model.feature_names, 'trees': [json.loads(t) for t in model.get_dump(dump_format='json', with_stats=True)]}


binary = {'objective': 'binary:logistic'}
boost('xgb_names.ubj', x, y, binary, feature_names=['a b', 'q"uote\\', 'ü€😀', 'tab\tnl'])
boost('xgb_names.json', x, y, binary, feature_names=['0', '-3', 'f0', ' '])
boost('xgb_nameless.ubj', x, y, binary)
boost('xgb_flags.json', flags, y, binary, feature_types=['q', 'float', 'int', 'i'])
boost('xgb_forests.pkl', x, three, {'objective': 'multi:softprob', 'num_class': 3, 'num_parallel_tree': 2, 'subsample': .5})
for name, target, params, names in [
    ('lgb_names.txt', y, {'objective': 'binary'}, ['a b', 'ü€', 'c=d', 'x y z']),
    ('lgb_linear.pkl', x[:, 0], {'objective': 'regression', 'linear_tree': True}, 'auto'),
]:
    data = lgb.Dataset(np.nan_to_num(x), target, feature_name=names)
    model = lgb.train({'verbosity': -1, 'num_leaves': 4, 'min_data_in_leaf': 5, **params}, data, 2)
    if name.endswith('.pkl'):
        with open(name, 'wb') as f:
            pickle.dump(model, f)
    else:
        model.save_model(name)
    dumps[name] = {'names': model.feature_name(), 'trees': model.dump_model()['tree_info']}
with open('dumps.json', 'w') as f:
    json.dump(dumps, f)
