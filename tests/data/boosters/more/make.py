"""More models of XGBoost 3.2.0 and LightGBM 4.7.0 and what the libraries dump of them (dumps.json.gz): leaves with a
vector, categories in partitions and one by one, dart, forests, constraints, missing values everywhere."""
import gzip, json, os, pickle, warnings

import lightgbm as lgb, numpy as np, pandas as pd, xgboost as xgb

warnings.simplefilter('ignore')
os.chdir(os.path.dirname(os.path.abspath(__file__)))
rng = np.random.default_rng(3)
n = 300
x = rng.normal(size=(n, 4))
x[rng.random(x.shape) < .2] = np.nan
frame = pd.DataFrame(x, columns=list('abcd'))
frame['many'] = pd.Categorical(rng.integers(0, 40, n), categories=range(50))
frame['few'] = pd.Categorical(np.array(['r', 'g', 'b', None], dtype=object)[rng.integers(0, 4, n)])
full = np.nan_to_num(x)
y = full[:, 0] + (frame['many'].cat.codes % 3).to_numpy() + full[:, 1] * full[:, 2]
two = (y > 1).astype(int)
three = np.digitize(y, [.5, 1.5])
dumps = {}


def boost(name, target, params, rounds=3, data=frame, **more):
    matrix = xgb.DMatrix(data, target, enable_categorical=True, **more)
    model = xgb.train({'max_depth': 3, 'seed': 0, 'tree_method': 'hist', **params}, matrix, rounds)
    if name.endswith('.pkl'):
        with open(name, 'wb') as f:
            pickle.dump(model, f, 4)
    else:
        model.save_model(name)
    # Of leaves with a vector it dumps no statistics.
    trees = model.get_dump(dump_format='json', with_stats='vectors' not in name)
    dumps[name] = {'names': model.feature_names, 'trees': [json.loads(tree) for tree in trees]}


boost('xgb_vectors.json', np.c_[y, -y, full[:, 3]], {'multi_strategy': 'multi_output_tree'}, data=full)
boost('xgb_vectors.pkl', np.c_[y, full[:, 3]], {'multi_strategy': 'multi_output_tree', 'max_depth': 4}, data=x)
boost('xgb_one_hot.ubj', y, {'max_cat_to_onehot': 100})
boost('xgb_partition.json', y, {'max_cat_to_onehot': 1, 'max_depth': 5})
boost('xgb_partition_dart.pkl', three, {'max_cat_to_onehot': 1, 'booster': 'dart', 'rate_drop': .5, 'objective': 'multi:softprob', 'num_class': 3})
boost('xgb_forest.ubj', two, {'objective': 'binary:logistic', 'num_parallel_tree': 3, 'subsample': .6, 'colsample_bynode': .7, 'eta': 1}, rounds=1)
boost('xgb_lossguide.ubj', y, {'grow_policy': 'lossguide', 'max_leaves': 9, 'max_depth': 0})
boost('xgb_approx.json', y, {'tree_method': 'approx'})
boost('xgb_exact.ubj', y, {'tree_method': 'exact', 'monotone_constraints': '(1,0,-1,0)'}, data=x)
boost('xgb_pruned.ubj', y, {'gamma': 3, 'max_depth': 6}, data=x)
boost('xgb_stump.json', y, {'max_depth': 1, 'min_child_weight': 1000})
boost('xgb_poisson.ubj', np.abs(y), {'objective': 'count:poisson'})
boost('xgb_rank.ubj', three, {'objective': 'rank:ndcg'}, group=[100, 200])
boost('xgb_aft.ubj', None, {'objective': 'survival:aft'}, data=x, label_lower_bound=np.exp(y), label_upper_bound=np.exp(y) + 1)

for name, target, params in [
    ('lgb_many.txt', y, {'objective': 'regression', 'min_data_per_group': 1, 'cat_smooth': 1}),
    ('lgb_one_hot.pkl', y, {'objective': 'regression', 'max_cat_to_onehot': 100, 'min_data_per_group': 1}),
    ('lgb_rf.txt', two, {'objective': 'binary', 'boosting': 'rf', 'bagging_fraction': .6, 'bagging_freq': 1}),
    ('lgb_dart.pkl', three, {'objective': 'multiclass', 'num_class': 3, 'boosting': 'dart', 'drop_rate': .5}),
    ('lgb_goss.txt', y, {'objective': 'huber', 'data_sample_strategy': 'goss'}),
    ('lgb_zero.txt', y, {'objective': 'regression', 'zero_as_missing': True}),
    ('lgb_missing_off.txt', y, {'objective': 'regression', 'use_missing': False}),
    ('lgb_extra.txt', y, {'objective': 'quantile', 'alpha': .9, 'extra_trees': True}),
    ('lgb_linear.txt', y, {'objective': 'regression', 'linear_tree': True}),
    ('lgb_monotone.txt', y, {'objective': 'regression', 'monotone_constraints': [1, 0, 0, 0, 0, 0]}),
    ('lgb_quantized.txt', y, {'objective': 'regression', 'use_quantized_grad': True, 'quant_train_renew_leaf': True}),
    ('lgb_stump.txt', y, {'objective': 'regression', 'min_data_in_leaf': 200}),
]:
    model = lgb.train({'verbosity': -1, 'num_leaves': 7, 'min_data_in_leaf': 5, 'seed': 0, **params}, lgb.Dataset(frame, target), 3)
    if name.endswith('.pkl'):
        with open(name, 'wb') as f:
            pickle.dump(model, f, 4)
    else:
        model.save_model(name)
    # As the file has it: it is written with fewer digits than the model in memory.
    dumps[name] = {'names': model.feature_name(), 'trees': lgb.Booster(model_str=model.model_to_string()).dump_model()['tree_info']}
with open('dumps.json.gz', 'wb') as f:
    f.write(gzip.compress(json.dumps(dumps, separators=(',', ':')).encode(), mtime=0))
