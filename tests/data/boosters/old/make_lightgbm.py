"""Models of LightGBM 2.2 to 4.7, and what that LightGBM says of them; the files were then compressed with gzip."""
import sys, os, pickle, warnings, json
warnings.filterwarnings('ignore')
import numpy as np, pandas as pd
import lightgbm as lgb
v = lgb.__version__
out = v; os.makedirs(out, exist_ok=True); os.chdir(out)
rng = np.random.RandomState(0)
X = rng.rand(400, 4); y = (X[:,0] + X[:,1] > 1).astype(int); y3 = (X[:,0]*3).astype(int)
D = pd.DataFrame(X, columns=['age','income','x_y','fee'])
D['town'] = pd.Categorical([['Ab','B c','Zü'][i%3] for i in range(400)])
D.loc[::7,'fee'] = np.nan
t = X[:,2] + (np.arange(400)%3 == 1)*2
kw = dict(n_estimators=3, num_leaves=5, min_child_samples=5)
M = {}
def dump(o, n, p=4): pickle.dump(o, open(n+'.pkl','wb'), protocol=p)
M['clf'] = lgb.LGBMClassifier(**kw).fit(D, y)
M['clf3'] = lgb.LGBMClassifier(**kw).fit(D, y3)
M['reg'] = lgb.LGBMRegressor(**kw).fit(D, t)
M['dart'] = lgb.LGBMRegressor(boosting_type='dart', **kw).fit(D, t)
M['rf'] = lgb.LGBMRegressor(boosting_type='rf', subsample=.5, subsample_freq=1, **kw).fit(D, t)
M['bst'] = lgb.train({'objective':'binary','num_leaves':4,'verbose':-1}, lgb.Dataset(X, y), 3)
M['stump'] = lgb.LGBMRegressor(n_estimators=2, num_leaves=5, min_child_samples=1000).fit(D, t)
truth = {}
for n, m in M.items():
    dump(m, n)
    b = getattr(m, 'booster_', m) if n != 'bst' else m
    b.save_model(n + '.txt')
    truth[n] = b.dump_model()
dump(M['clf'], 'clf2', 2)
dump(lgb.LGBMClassifier(**kw), 'untrained')
json.dump(truth, open('truth.json','w'))
print(v,'ok')
