"""Files of joblib and PyTorch in every protocol of pickle, and what the arrays in them are (expected.json).

    python make.py joblib    (with joblib and NumPy)
    python make.py torch     (with PyTorch)
"""
import hashlib, json, os, sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ARRAYS = {'c': np.arange(6, dtype='<f4').reshape(2, 3) / 4, 'fortran': np.asfortranarray(np.arange(6).reshape(2, 3)),
          'big': np.array([1, -2], dtype='>i2'), 'none': np.zeros((0, 3))}


def facts(names):
    little = {n: np.ascontiguousarray(ARRAYS[n]).astype(ARRAYS[n].dtype.newbyteorder('<')).tobytes() for n in names}
    return {'$["%s"]' % n: [list(ARRAYS[n].shape), hashlib.sha256(little[n]).hexdigest()] for n in names}


def main():
    path = os.path.join(HERE, 'expected.json')
    said = json.load(open(path)) if os.path.exists(path) else {}
    if sys.argv[1] == 'joblib':
        import joblib
        for protocol in range(6):
            name = 'joblib_p%d.joblib' % protocol
            joblib.dump({**ARRAYS, 'objects': np.array([None, 'x'], dtype=object)}, os.path.join(HERE, name), protocol=protocol)
            loaded = joblib.load(os.path.join(HERE, name))
            assert all((loaded[k] == v).all() for k, v in ARRAYS.items())
            said[name] = facts(ARRAYS)
    else:
        import torch
        names = ['c', 'fortran', 'none']
        for protocol in (1, 2, 3, 4, 5):
            name = 'torch_legacy_p%d.pt' % protocol
            torch.save({n: torch.from_numpy(ARRAYS[n]) for n in names}, os.path.join(HERE, name), pickle_protocol=protocol,
                       _use_new_zipfile_serialization=False)
            loaded = torch.load(os.path.join(HERE, name), weights_only=False)
            assert all((loaded[n].numpy() == ARRAYS[n]).all() for n in names)
            said[name] = facts(names)
    json.dump(said, open(path, 'w'), indent=1, sort_keys=True)


main()
