"""Sound sparse tensors of PyTorch in every layout, in its two formats."""
import torch, sys
d = torch.zeros(6, 4); d[0, 1] = 1; d[3, 2] = 2; d[5, 0] = -3
out = {'coo': d.to_sparse(), 'csr': d.to_sparse_csr(), 'csc': d.to_sparse_csc(), 'bsr': d.to_sparse_bsr((2, 2)), 'bsc': d.to_sparse_bsc((3, 2)),
 'hybrid': torch.sparse_coo_tensor(torch.tensor([[0, 1], [2, 0]]), torch.ones(2, 3), (2, 4, 3)), 'uncoalesced': torch.sparse_coo_tensor(torch.tensor([[0, 0], [1, 1]]), torch.tensor([1., 2.]), (2, 2)),
 'empty': torch.sparse_coo_tensor(size=(2, 3)), 'batch': torch.stack([d, d]).to_sparse_csr(), 'empty csr': torch.zeros(2, 3).to_sparse_csr(), 'int32': torch.sparse_csr_tensor(torch.tensor([0, 1, 2], dtype=torch.int32), torch.tensor([0, 1], dtype=torch.int32), torch.tensor([1., 2.]), (2, 2)),
 'dense_csr': torch.sparse_csr_tensor(torch.tensor([0, 1, 2]), torch.tensor([0, 1]), torch.ones(2, 3), (2, 2, 3)), 'scalarish': torch.sparse_coo_tensor(torch.zeros((0, 1), dtype=torch.long), torch.ones(1), ()),
 'bsr batch': torch.stack([d, d]).to_sparse_bsr((2, 2))}
torch.save(out, sys.argv[1]); torch.save(out, sys.argv[1].replace('.pt', '_legacy.pt'), _use_new_zipfile_serialization=False)
