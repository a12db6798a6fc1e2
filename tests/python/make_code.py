"""Functions that cloudpickle and dill write out, by several Pythons, and what their own `dis` says of them.

    PYTHONPATH=<a folder with cloudpickle and dill> python3.8 make_code.py    (3.8 to 3.13; each writes its own files)
"""
import dis, io, json, os, pickle, sys, types

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'files')
LIMIT = 3


def make():
    scale = 2.5

    def clean(text, sep=' ', *rest, limit=10, **more):
        """Cut text."""
        out = []
        for i, word in enumerate(text.split(sep)):
            if i > limit or word in ('a', 'the'):
                continue
            try:
                out.append(len(word) * scale + LIMIT)
            except ValueError as e:
                raise RuntimeError('x') from e
            while word and i < 5:
                word = word[1:]
        return [o ** 2 for o in out], {**more}, rest, f'{i:>3}'
    return clean


AUTHOR = '/home/author/model.py'


def elsewhere(code):
    """The same code as if it lay in AUTHOR: where this file lies is nobody's business."""
    consts = tuple(elsewhere(c) if isinstance(c, types.CodeType) else c for c in code.co_consts)
    return code.replace(co_filename=AUTHOR, co_consts=consts)


def shown(value):
    return 'code ' + value.co_name if isinstance(value, types.CodeType) else repr(value)


def listing(code):
    out = []
    for i in dis.get_instructions(code):
        if i.opname == 'EXTENDED_ARG':
            continue
        text = ''
        if i.opcode in dis.hasconst:
            text = shown(i.argval)
        elif i.opcode in dis.hasname or i.opcode in dis.hasfree:
            text = i.argval
        elif i.opcode in dis.haslocal:
            text = ', '.join(i.argval) if isinstance(i.argval, tuple) else i.argval
        elif i.opcode in dis.hascompare:
            text = i.argrepr
        elif i.opcode in dis.hasjrel or i.opcode in dis.hasjabs:
            text = 'to %d' % i.argval
        elif i.opname == 'BINARY_OP':
            text = i.argrepr
        out.append([i.offset, i.opname, i.arg, text])
    return out


if __name__ == '__main__':
    import cloudpickle, dill
    function = make()
    function.__code__ = elsewhere(function.__code__)
    # cloudpickle writes it beside the globals that a function uses.
    __file__ = AUTHOR
    name = 'code_%d%d' % sys.version_info[:2]
    with open(os.path.join(HERE, name + '_cloudpickle.pkl'), 'wb') as f:
        f.write(cloudpickle.dumps(function))
    with open(os.path.join(HERE, name + '_dill.pkl'), 'wb') as f:
        f.write(dill.dumps(function, recurse=True))
    with io.open(os.path.join(HERE, name + '.json'), 'w') as f:
        json.dump({'flags': function.__code__.co_flags, 'consts': [shown(c) for c in function.__code__.co_consts],
                   'names': function.__code__.co_names, 'varnames': function.__code__.co_varnames,
                   'line': function.__code__.co_firstlineno, 'listing': listing(function.__code__)}, f)
