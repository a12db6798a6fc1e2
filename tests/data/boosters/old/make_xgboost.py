"""Models of old XGBoost, and what that XGBoost says of them. Run with each release of it; the files were then compressed
with gzip, and of the truth names, dump, base score and objective were kept."""
import sys, os, pickle, warnings, json
warnings.filterwarnings('ignore')
import numpy as np, pandas as pd
import xgboost as xgb
v = xgb.__version__
out = v; os.makedirs(out, exist_ok=True); os.chdir(out)
rng = np.random.RandomState(0)
X = rng.rand(200, 5); y = (X[:,0] + X[:,1] > 1).astype(int); y3 = (X[:,0]*3).astype(int)
names = ['age','income','x y','fee','zip']
D = pd.DataFrame(X, columns=names)
kw = {}
if v < '1.6' and v >= '1.3': kw['use_label_encoder'] = False
def dump(o, n, p=2): pickle.dump(o, open(n,'wb'), protocol=p)
clf = xgb.XGBClassifier(n_estimators=4, max_depth=3, **kw).fit(D, y)
dump(clf, 'clf_df.pkl'); dump(clf, 'clf_df4.pkl', 4)
clf3 = xgb.XGBClassifier(n_estimators=3, max_depth=2, **kw).fit(X, y3); dump(clf3, 'clf3.pkl')
reg = xgb.XGBRegressor(n_estimators=3, max_depth=2, base_score=0.7).fit(D, X[:,2]); dump(reg, 'reg.pkl')
dart = xgb.XGBRegressor(n_estimators=3, max_depth=2, booster='dart').fit(D, X[:,2]); dump(dart, 'dart.pkl')
lin = xgb.XGBRegressor(n_estimators=3, booster='gblinear').fit(D, X[:,2]); dump(lin, 'lin.pkl')
bst = xgb.train({'max_depth':2,'objective':'binary:logistic','verbosity':0}, xgb.DMatrix(D, label=y), 3); dump(bst, 'bst.pkl')
untrained = xgb.XGBClassifier(n_estimators=4); dump(untrained, 'untrained.pkl')
rank = xgb.train({'max_depth':2,'objective':'count:poisson'}, xgb.DMatrix(X, label=y), 3); dump(rank, 'poisson.pkl')
bst.save_model('bst.bin'); rank.save_model('poisson.model')
exts = []
if v >= '1.0': exts.append('json')
if v >= '1.6': exts += ['ubj', 'deprecated']
for e in exts:
    bst.save_model('bst.'+e)
    clf3.get_booster().save_model('clf3.'+e)
r = bst.save_raw()
open('bst.raw','wb').write(bytes(r))
if v>='1.6':
    for f in ('json','ubj','deprecated'): open('raw.'+f,'wb').write(bytes(bst.save_raw(raw_format=f)))
info = {}
for n, m in [('clf_df', clf.get_booster()), ('clf3', clf3.get_booster()), ('reg', reg.get_booster()), ('dart', dart.get_booster()), ('bst', bst), ('poisson', rank), ('lin', lin.get_booster())]:
    d = {'names': m.feature_names, 'dump': m.get_dump(with_stats=True)}
    try: d['config'] = json.loads(m.save_config())
    except Exception as e: pass
    info[n] = d
json.dump(info, open('truth.json','w'), indent=1)
print(v, 'ok')
