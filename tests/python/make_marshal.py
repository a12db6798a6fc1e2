"""A code object in marshal, as dill-like pickles and attacks hold it, and what Python says of it: run by each version with a folder."""
import marshal, pickle, sys, json, dis
v = '%d%d' % sys.version_info[:2]
src = '''
def outer(a, b=2, *args, **kw):
    """Doc."""
    total = 0
    def inner(x):
        return x + a + total
    for i in range(b):
        total += inner(i)
    big = 123456789012345678901234567890
    neg = -98765432109876543210
    return total, big, neg, 1.5, 2+3j, b"bytes", None, True, (1, (2, "drei \\u00fc")), {1: 2}
'''
ns = {}
exec(compile(src, '/home/author/model.py', 'exec'), ns)
code = ns['outer'].__code__
blob = marshal.dumps(code)
class Load(object):
    def __init__(self, b): self.b = b
    def __reduce__(self): return marshal.loads, (self.b,)
obj = {'load': Load(blob), 'raw': blob, 'noise': b'c\x01\0\0\0' + b'x' * 100}
pickle.dump(obj, open(sys.argv[1] + '/marshal_%s.pkl' % v, 'wb'), protocol=2)
def said(c):
    out = {'name': c.co_name, 'file': c.co_filename, 'line': c.co_firstlineno, 'args': c.co_argcount, 'names': list(c.co_names), 'varnames': list(c.co_varnames), 'free': list(c.co_freevars), 'cells': list(c.co_cellvars), 'flags': c.co_flags, 'stack': c.co_stacksize,
           'consts': [repr(x) if not hasattr(x, 'co_code') else said(x) for x in c.co_consts], 'code': len(c.co_code)}
    if sys.version_info >= (3, 11): out['qualname'] = c.co_qualname
    if sys.version_info >= (3, 8):
        out['ops'] = [[i.offset, i.opname] for i in dis.get_instructions(c)]
    return out
json.dump(said(code), open(sys.argv[1] + '/marshal_%s.json' % v, 'w'), indent=0)
