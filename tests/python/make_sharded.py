"""Two of three shards of a checkpoint as transformers writes them, one with a tied tensor. Prints what PyTorch says of it."""
import json
import os
from collections import OrderedDict

import torch

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'files/sharded'))
name = 'pytorch_model-0000%d-of-00003.bin'
first = OrderedDict({'model.embed.weight': torch.arange(12.).reshape(6, 2), 'model.layers.2.w': torch.arange(4),
                     'model.layers.2.b': torch.ones(1)})
second = OrderedDict({'model.layers.10.w': torch.ones(3, dtype=torch.bfloat16), 'lm_head.weight': torch.full((6, 2), .5)})
second['lm_head.tied'] = second['lm_head.weight']
torch.save(first, name % 1)
torch.save(second, name % 2)
weight_map = {'lm_head.weight': name % 2, 'lm_head.tied': name % 2}
weight_map.update({key: name % 1 for key in first})
weight_map.update({'model.layers.10.w': name % 2, 'model.norm.weight': name % 3})
json.dump({'metadata': {'total_size': 999}, 'weight_map': weight_map}, open('pytorch_model.bin.index.json', 'w'), indent=2)
whole = {**torch.load(name % 1), **torch.load(name % 2)}
distinct = {t.untyped_storage().data_ptr(): t for t in whole.values()}.values()
print(len(whole), 'names', len(distinct), 'tensors', sum(t.numel() for t in distinct), 'elements',
      sum(t.numel() * t.element_size() for t in distinct), 'bytes')
layer = [t for k, t in whole.items() if k.startswith('model.layers.2.')]
print('layer 2:', sum(t.numel() for t in layer), sum(t.numel() * t.element_size() for t in layer))
