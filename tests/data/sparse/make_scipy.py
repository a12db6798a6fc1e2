"""Sound sparse matrices of SciPy in every format: make_scipy.py NAME PROTOCOL, with SciPy 1.2, 1.10 and 1.17."""
import numpy as np, scipy.sparse as sp, scipy, pickle, sys, joblib
rng = np.random.RandomState(0)
m = sp.random(7, 5, .4, random_state=0, format='csr')
out = {}
for f in 'csr csc coo bsr dia lil dok'.split():
    out[f + '_matrix'] = getattr(sp, f + '_matrix')(m)
    if hasattr(sp, f + '_array'): out[f + '_array'] = getattr(sp, f + '_array')(m)
out['bsr_blocks'] = sp.bsr_matrix(np.kron(np.eye(3), np.ones((2, 3))), blocksize=(2, 3))
out['empty'] = sp.csr_matrix((0, 5)); out['empty cols'] = sp.csc_matrix((4, 0)); out['zeros'] = sp.coo_matrix((3, 4)); out['bool'] = sp.csr_matrix(m > .5)
out['longer'] = sp.csr_matrix((np.arange(9.), np.arange(9) % 5, np.array([0, 2, 2, 4])), shape=(3, 5))
out['dup'] = sp.coo_matrix(([1, 2], ([0, 0], [1, 1])), shape=(2, 2))
out['diags'] = sp.diags([1, 2, 3]); out['diags2'] = sp.diags([np.ones(3), np.ones(4)], [-1, 0])
if hasattr(sp, 'coo_array'):
    try: out['1d'] = sp.coo_array(np.array([0, 1, 0, 2])); out['3d'] = sp.coo_array(np.arange(24).reshape(2, 3, 4)); out['dok1'] = sp.dok_array(np.array([0, 1, 0, 2])); out['csr1'] = sp.csr_array(np.array([0, 1, 0, 2]))
    except Exception as e: print(e)
pickle.dump(out, open(sys.argv[1] + '.pkl', 'wb'), protocol=int(sys.argv[2]))
joblib.dump(out, sys.argv[1] + '.joblib', compress=3)
print(scipy.__version__, list(out))
