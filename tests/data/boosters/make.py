# Makes tests/data/boosters with XGBoost 3.2, LightGBM 4.7, CatBoost 1.2 (new) or XGBoost 1.7 (old, argument "17").
import sys, json, math, numpy as np
out=sys.argv[1]
rng=np.random.default_rng(7)
X=rng.normal(size=(200,3)).round(3); y=(X[:,0]*2+X[:,1]*X[:,2]+rng.normal(size=200)*.1).round(3)
c=(np.digitize(X[:,0],[-.5,.5])).astype(int)
exp={}
def clean(v):
    if isinstance(v,float) and math.isnan(v): return None
    return v.item() if hasattr(v,'item') else v
def table(df,cols): return [[clean(x) if not isinstance(x,(list,np.ndarray)) else list(x) for x in r] for r in df[cols].itertuples(index=False)]
XC=['Tree','Node','Feature','Split','Yes','No','Missing','Gain','Cover']
if len(sys.argv)>2:
    import xgboost as xgb
    d=xgb.DMatrix(X,label=c,feature_names=['length','width','näme'])
    b=xgb.train(dict(objective='multi:softprob',num_class=3,max_depth=2),d,2); b.set_attr(best_iteration='1')
    def save(n):
        # As the file has it: the binary form keeps no names.
        b.save_model(f'{out}/{n}'); back=xgb.Booster(model_file=f'{out}/{n}'); exp[n]=table(back.trees_to_dataframe(),XC)
    save('xgboost17_multi.bin')
    d=xgb.DMatrix(X,label=y)
    b=xgb.train(dict(booster='dart',rate_drop=.5,max_depth=2,eta=.5),d,3); save('xgboost17_dart.bin')
    b=xgb.train(dict(booster='gblinear'),d,3); b.save_model(out+'/xgboost17_linear.bin')
    exp['weights']=[float(x) for x in json.loads(b.save_raw('json'))['learner']['gradient_booster']['model']['weights']]
    b.save_model(out+'/xgboost17_linear.bin')
else:
    import xgboost as xgb, lightgbm as lgb, catboost as cb, pandas as pd, pickle
    df=pd.DataFrame({'colour':pd.Categorical(np.array(list('abcdefgh'))[rng.integers(0,8,200)]),'x':X[:,1]})
    t=(df.colour.cat.codes%3==0)*2+df.x
    m=xgb.XGBRegressor(n_estimators=2,max_depth=2,enable_categorical=True,tree_method='hist').fit(df,t)
    for n in ('xgboost_categories.json','xgboost_categories.ubj'):
        m.save_model(f'{out}/{n}'); exp[n]=table(m.get_booster().trees_to_dataframe(),XC+['Category'])
    m=xgb.XGBRegressor(n_estimators=1,max_depth=2,multi_strategy='multi_output_tree',tree_method='hist').fit(X,np.c_[y,y**2]); m.save_model(out+'/xgboost_vectors.ubj')
    exp['xgboost_vectors.ubj']={'base':[float(v) for v in json.loads(m.get_booster().save_config())['learner']['learner_model_param']['base_score'].strip('[]').split(',')],'leaf':m.apply(X[:3]).ravel().tolist(),'predict':m.predict(X[:3]).tolist()}
    LC=['tree_index','node_index','left_child','right_child','split_feature','split_gain','threshold','decision_type','missing_direction','missing_type','value','weight','count']
    m=lgb.LGBMRegressor(n_estimators=2,num_leaves=4,verbose=-1).fit(df,t); m.booster_.save_model(out+'/lightgbm_categories.txt'); exp['lightgbm_categories.txt']=table(m.booster_.trees_to_dataframe(),LC)
    m=lgb.LGBMClassifier(n_estimators=2,num_leaves=3,verbose=-1).fit(np.where(rng.random(X.shape)<.1,np.nan,X),c); pickle.dump(m,open(out+'/lightgbm_multi.pkl','wb')); exp['lightgbm_multi.pkl']=table(m.booster_.trees_to_dataframe(),LC)
    m=cb.CatBoostRegressor(iterations=2,depth=2,verbose=0,allow_writing_files=False).fit(pd.DataFrame(X,columns=['length','width','depth']),y); pickle.dump(m,open(out+'/catboost.pkl','wb')); m.save_model(out+'/catboost.cbm')
    exp['catboost.cbm']={'trees':m.tree_count_,'names':m.feature_names_,'leaf_values':[float(v) for v in m.get_leaf_values()]}
json.dump(exp,open(out+('/expected_xgboost17.json' if len(sys.argv)>2 else '/expected.json'),'w'),indent=None,separators=(',',':'))
