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


DTYPES = """float64 float32 float16 bfloat16 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu int64
int32 int16 int8 uint64 uint32 uint16 uint8 bool complex64 complex128""".split()


def kinds():
    """Sparse and quantised tensors, and the tensors that each is made of by their paths."""
    import torch
    whole, parts = {}, {}
    dense = torch.zeros(6, 4)
    dense[0, 1], dense[3, 2], dense[5, 0] = 1, 2, -3
    for dtype in ('float32', 'bfloat16', 'int64', 'bool', 'complex64'):
        one = dense.to(getattr(torch, dtype))
        for layout, sparse in {'coo': one.to_sparse(), 'csr': one.to_sparse_csr(), 'csc': one.to_sparse_csc(),
                               'bsr': one.to_sparse_bsr((2, 2)), 'bsc': one.to_sparse_bsc((3, 2))}.items():
            whole['%s %s' % (layout, dtype)] = sparse
    whole['hybrid'] = torch.sparse_coo_tensor(torch.tensor([[0, 1], [2, 0]]), torch.arange(6.).reshape(2, 3), (2, 4, 3))
    whole['twice'] = torch.sparse_coo_tensor(torch.tensor([[0, 0], [1, 1]]), torch.tensor([1., 2.]), (2, 2))
    whole['batch'] = torch.stack([dense, 2 * dense]).to_sparse_csr()
    for name, t in whole.items():
        if t.layout == torch.sparse_coo:
            held = [t._indices(), t._values()]
        elif t.layout in (torch.sparse_csr, torch.sparse_bsr):
            held = [t.crow_indices(), t.col_indices(), t.values()]
        else:
            held = [t.ccol_indices(), t.row_indices(), t.values()]
        parts.update({'$["%s"]<args>[1][%d]' % (name, i): part for i, part in enumerate(held)})
    numbers = torch.arange(-3, 3.).reshape(2, 3)
    for dtype in ('qint8', 'quint8', 'qint32'):
        one = torch.quantize_per_tensor(numbers, 0.25, 4, getattr(torch, dtype))
        many = torch.quantize_per_channel(numbers, torch.tensor([.1, .2, .5]), torch.tensor([1, 2, 3]), 1, getattr(torch, dtype))
        for name, t in {dtype: one, dtype + ' view': one.t()[1:], dtype + ' channels': many}.items():
            whole[name] = parts['$["%s"]' % name] = t
        parts['$["%s channels"]<qparams>[1]' % dtype] = many.q_per_channel_scales()
        parts['$["%s channels"]<qparams>[2]' % dtype] = many.q_per_channel_zero_points()
    return whole, parts


def raw(t):
    import torch
    t = (t.int_repr() if t.is_quantized else t).contiguous()
    return bytes(t.reshape(-1).view(torch.uint8).tolist()) if t.numel() else b''


def save(name, tensors, protocol, said, parts=None):
    """Tensors as torch.save writes them. What it writes in protocol 0 it does not read: there persistent ids are text."""
    import torch
    path, legacy = os.path.join(HERE, name), 'legacy' in name
    torch.save(tensors, path, pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)
    try:
        loaded = torch.load(path, weights_only=False)
        assert protocol > 0 and all(raw(loaded[n]) == raw(t) for n, t in tensors.items() if t.layout == torch.strided)
    except AssertionError as error:
        assert protocol == 0, error
    parts = parts or {'$["%s"]' % n: t for n, t in tensors.items()}
    said[name] = {path: [str(t.dtype)[6:], list(t.shape), hashlib.sha256(raw(t)).hexdigest()] for path, t in parts.items()}


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
        for protocol in range(6):
            for way in ('legacy', 'zip'):
                save('torch_%s_p%d.pt' % (way, protocol), {n: torch.from_numpy(ARRAYS[n]) for n in names}, protocol, said)
        for way in ('legacy', 'zip'):
            save('torch_%s_dtypes_p0.pt' % way, {n: torch.arange(6.0).reshape(2, 3).to(getattr(torch, n)) for n in DTYPES}, 0, said)
            whole, parts = kinds()
            for protocol in (0, 2):
                save('torch_%s_kinds_p%d.pt' % (way, protocol), whole, protocol, said, parts)
    json.dump(said, open(path, 'w'), indent=1, sort_keys=True)


main()
