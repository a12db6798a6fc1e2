"""Traced and scripted models of PyTorch, and what their tensors are (traced.json: name, dtype, shape, SHA-256)."""
import hashlib
import json
import os
import warnings

import torch
from torch import nn

warnings.simplefilter('ignore')
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'files'))


class Sub(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(3, 4)
        self.register_buffer('steps', torch.arange(5))
        self.register_buffer('halves', torch.ones(2, dtype=torch.bfloat16))

    def forward(self, x):
        return self.lin(x) + self.steps[0]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.subs = nn.ModuleList([Sub(), Sub()])
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x):
        return self.norm(self.subs[0](x) + self.subs[1](x))


torch.manual_seed(0)
model = Model().eval()
said = {}
for name, whole in {'traced.pt': torch.jit.trace(model, torch.ones(2, 3)), 'scripted.pt': torch.jit.script(model)}.items():
    torch.jit.save(whole, name)
    said[name] = {'$.' + key: [str(t.dtype)[6:], list(t.shape), hashlib.sha256(bytes(t.contiguous().reshape(-1).view(torch.uint8).tolist())).hexdigest()]
                  for key, t in torch.jit.load(name).state_dict().items()}
with open('traced.json', 'w') as f:
    json.dump(said, f, indent=1)
