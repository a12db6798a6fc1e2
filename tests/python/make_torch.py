"""A small checkpoint with tied embeddings, as training scripts save it. Prints what PyTorch says of it."""
import os
import torch
from torch import nn

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'files')


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 32)
        self.ln = nn.LayerNorm(16)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        wte = nn.Embedding(60, 16)
        self.transformer = nn.ModuleDict({'wte': wte, 'h': nn.ModuleList([Layer(), Layer()]), 'norm': nn.BatchNorm1d(16)})
        self.lm_head = nn.Linear(16, 60, bias=False)
        self.lm_head.weight = wte.weight


torch.manual_seed(0)
model = Model()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)
for p in model.parameters():
    p.grad = torch.zeros_like(p)
optimizer.step()
state = model.state_dict()
seen = {t.data_ptr(): t for t in state.values()}
print('parameters', sum(p.numel() for p in model.parameters()))
print('tensors', len(state), 'distinct', len({(k if t.dim() == 0 else t.data_ptr()) for k, t in state.items()}))
print('bytes', sum(t.numel() * t.element_size() for t in {t.data_ptr(): t for t in state.values()}.values()))
print('layer 0', sum(p.numel() for p in model.transformer.h[0].parameters()))
print('optimizer bytes', sum(t.numel() * t.element_size() for s in optimizer.state.values() for t in s.values()))
torch.save({'model': state, 'optimizer': optimizer.state_dict(), 'epoch': 3}, os.path.join(HERE, 'tied.pt'))
