"""Sparse matrices of SciPy and PyTorch, sound and lying. The lies are made on the parts of sound ones; never loaded here."""
import copy, pickle, sys, numpy as np, scipy.sparse as sp
m = sp.csr_matrix(np.array([[0, 1., 0, 2], [0, 0, 0, 0], [3, 0, 4, 5]]))
def lie(x, **kw):
    y = copy.deepcopy(x); y.__dict__.update(kw); return y
a = lambda *x: np.array(x, dtype='i4')
bad = {
 'column': lie(m, indices=a(1, 3, 0, 99, 3)), 'negative': lie(m, indices=a(1, 3, 0, -1, 3)), 'falls': lie(m, indptr=a(0, 2, 1, 5)), 'first': lie(m, indptr=a(1, 2, 2, 5)),
 'last': lie(m, indptr=a(0, 2, 2, 500)), 'short starts': lie(m, indptr=a(0, 2, 5)), 'short data': lie(m, data=np.ones(3)), 'floats': lie(m, indices=np.ones(5)),
 'coo': lie(m.tocoo(), coords=(a(0, 0, 2, 2, 7), a(1, 3, 0, 2, 3))), 'coo short': lie(m.tocoo(), coords=(a(0, 0), a(1, 3, 0, 2, 3))),
 'bsr': lie(m[:, :4].tobsr((3, 2)), indices=a(0, 2)), 'dia': lie(m.todia(), offsets=a(0)),
 'csc': lie(m.tocsc(), indices=a(2, 0, 2, 0, 3)),
}
l = m.tolil(); l.rows[0] = [1, 4]; bad['lil'] = l
l = m.tolil(); l.data[2] = [1.0]; bad['lil short'] = l
class Dok:
    """A dok_matrix that says that it is smaller."""
    def __reduce__(self):
        made, args, state = m.todok().__reduce__()
        return made, args, {**state, '_shape': (2, 4)}
bad['dok'] = Dok()
good = {f: getattr(m, 'to' + f)() for f in 'csr csc coo dia lil dok'.split()}; good['bsr'] = m.tobsr((3, 2))
pickle.dump({'bad': bad, 'good': good}, open(sys.argv[1], 'wb'), protocol=4)
