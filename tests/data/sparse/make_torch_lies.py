"""Sparse tensors of PyTorch that lie, made with its checks switched off."""
import torch, sys
torch.sparse.check_sparse_tensor_invariants.disable()
i = lambda *x: torch.tensor(x)
coo = lambda idx, v, s: torch.sparse_coo_tensor(idx, v, s, check_invariants=False)
csr = lambda c, p, v, s, l=torch.sparse_csr: torch.sparse_compressed_tensor(c, p, v, s, layout=l, check_invariants=False)
f = torch.ones
out = {'coo row': coo(i([0, 9], [1, 1]), f(2), (2, 3)), 'coo negative': coo(i([0, 1], [1, -1]), f(2), (2, 3)),
 'csr column': csr(i(0, 1, 2), i(0, 7), f(2), (2, 3)), 'csr falls': csr(i(0, 2, 1, 2), i(0, 1), f(2), (3, 3)), 'csr last': csr(i(0, 1, 1), i(0, 1), f(2), (2, 3)),
 'csc row': csr(i(0, 1, 1, 2), i(0, 2), f(2), (2, 3), torch.sparse_csc), 'bsr block': csr(i(0, 1, 2), i(0, 2), f(2, 2, 2), (4, 4), torch.sparse_bsr)}
try: out['csr short'] = csr(i(0, 1), i(0, 1), f(2), (2, 3))
except Exception as e: print(e)
torch.save(out, sys.argv[1])
