"""The opcode tables of src/formats/bytecode/, one for each Python that runs this: `python3.8 make_opcodes.py`.

A line is: number, name, kind of argument, cache entries behind the instruction (16-bit units). Kinds:
. none  - a number  c constant  n name  g name >> 1  s name >> 2  l local  d two locals  f cell or free variable
m comparison  j jump ahead  b jump back  a jump to an absolute place  o binary operator
"""
import dis, opcode, os, sys

version = '%d.%d' % sys.version_info[:2]
new = sys.version_info
caches = getattr(opcode, '_inline_cache_entries', {})
has_arg = set(getattr(opcode, 'hasarg', [])) if new >= (3, 12) else {n for n in opcode.opmap.values() if n >= opcode.HAVE_ARGUMENT}


def cache(name, number):
    return caches.get(name, 0) if isinstance(caches, dict) else caches[number]


def kind(name, number):
    if number not in has_arg:
        return '.'
    if number in dis.hasconst:
        return 'c'
    if number in dis.hasname:
        if name == 'LOAD_GLOBAL' and new >= (3, 11) or name == 'LOAD_ATTR' and new >= (3, 12):
            return 'g'
        return 's' if name == 'LOAD_SUPER_ATTR' else 'n'
    if name in ('LOAD_FAST_LOAD_FAST', 'STORE_FAST_LOAD_FAST', 'STORE_FAST_STORE_FAST'):
        return 'd'
    if number in dis.haslocal:
        return 'l'
    if number in dis.hasfree:
        return 'f'
    if number in dis.hascompare:
        return 'm'
    if number in dis.hasjabs:
        return 'a'
    if number in dis.hasjrel:
        return 'b' if 'BACKWARD' in name else 'j'
    return 'o' if name == 'BINARY_OP' else '-'


here = os.path.dirname(os.path.abspath(__file__))
path = os.path.join(here, '..', '..', 'src', 'formats', 'bytecode', version + '.txt')
with open(path, 'w') as f:
    for name, number in sorted(opcode.opmap.items(), key=lambda x: x[1]):
        # Above 255 are those of the compiler only; instrumented ones never are in a code object.
        if number <= 255 and not name.startswith('INSTRUMENTED_'):
            f.write('%d %s %s %d\n' % (number, name, kind(name, number), cache(name, number)))
