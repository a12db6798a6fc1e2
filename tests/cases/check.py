#!/usr/bin/env python3
"""Asks CPython whether the cases of *.toml say the truth: `python tests/cases/check.py` (3.11 or later).

The opcodes are assembled by the table of `pickletools`, then unpickled by `pickle.py` itself with classes that stand
for themselves: nothing is imported and nothing runs. Tree, effects and the place of an error must be those of a case.
With `--write NAME` the answer for one case is printed instead, to be read and copied.
"""
import io
import json
import pathlib
import pickle
import pickletools
import re
import struct
import sys
import tomllib

CODES = {op.name: (op.code.encode("latin-1"), op.arg.name if op.arg else None) for op in pickletools.opcodes}
WIDTH = {"uint1": 1, "uint2": 2, "uint4": 4, "uint8": 8}


def unescape(text):
    """The bytes of a quoted piece: UTF-8, and \\xNN as the byte itself."""
    out = bytearray()
    for plain, code in re.findall(r"([^\\]+)|\\x([0-9a-f]{2})", text):
        out += plain.encode() if plain else bytes.fromhex(code)
    return bytes(out)


def pieces(asm):
    return [piece.strip() for piece in re.findall(r"(?:'[^']*'|[^;'])+", asm) if piece.strip()]


def assemble(asm):
    out = b""
    for piece in pieces(asm):
        name, _, rest = piece.partition(" ")
        rest = rest.strip()
        if re.fullmatch(r"-?\d+", piece):
            n = int(piece)
            if 0 <= n < 256:
                out += b"K" + bytes([n])
            elif 0 <= n < 65536:
                out += b"M" + n.to_bytes(2, "little")
            else:
                out += b"J" + n.to_bytes(4, "little", signed=True)
        elif piece.startswith("'"):
            data = unescape(piece[1:-1])
            out += b"\x8c" + bytes([len(data)]) + data
        elif piece.startswith("b'"):
            data = unescape(piece[2:-1])
            out += b"C" + bytes([len(data)]) + data
        elif name == "RAW":
            out += bytes.fromhex(rest)
        else:
            code, kind = CODES[name]
            out += code
            if kind is None:
                continue
            if kind in WIDTH:
                out += int(rest).to_bytes(WIDTH[kind], "little")
            elif kind == "int4":
                out += int(rest).to_bytes(4, "little", signed=True)
            elif kind == "float8":
                out += struct.pack(">d", float(rest))
            elif kind == "stringnl_noescape_pair":
                out += rest.replace(" ", "\n", 1).encode() + b"\n"
            elif "nl" in kind:
                out += unescape(rest) + b"\n"
            elif kind in ("long1", "long4"):
                data = pickle.encode_long(int(rest))
                out += len(data).to_bytes(int(kind[-1]), "little") + data
            else:
                data = unescape(rest[1:-1])
                out += len(data).to_bytes(int(kind[-1]), "little") + data
    return out


class Str8(bytes):
    """A string of Python 2."""


class Name:
    def __init__(self, module, name):
        self.dotted = f"{module}.{name}"


class Made:
    def __init__(self, callee, args, kwargs=None):
        self.callee, self.args, self.kwargs = callee, args, kwargs
        self.states, self.items, self.entries = [], [], []


class Other:
    def __init__(self, text):
        self.text = text


class Persistent:
    def __init__(self, pid):
        self.pid = pid


def full(obj):
    """The name an effect concerns; nothing where it is no name."""
    if isinstance(obj, Made):
        obj = obj.callee
    return obj.dotted if isinstance(obj, Name) else ""


class Machine(pickle._Unpickler):
    """`pickle.py` with a loop that knows where it is, and effects instead of actions."""

    def __init__(self, data):
        self.data = io.BytesIO(data)
        super().__init__(self.data, encoding="bytes")
        self.effects, self.at = [], 0
        self.buffers = 0

    def effect(self, kind, what):
        self.effects.append(f"{self.at} {kind} {what}".strip())

    def exact(self, n):
        """A short read is an error, as in the C unpickler."""
        data = self.data.read(n)
        if len(data) < n:
            raise EOFError
        return data

    def readinto(self, room):
        data = self.exact(len(room))
        room[:] = data
        return len(data)

    def line(self):
        data = self.data.readline()
        if not data.endswith(b"\n"):
            raise EOFError
        return data

    def run(self):
        self.read, self.readline = self.exact, self.line
        self.metastack, self.stack, self.memo, self.proto = [], [], {}, 0
        self.append = self.stack.append
        while True:
            self.at = self.data.tell()
            key = self.data.read(1)
            if not key:
                raise EOFError
            if key == b".":
                if not self.stack:
                    raise pickle.UnpicklingError("stack underflow")
                return self.stack.pop()
            self.table[key[0]](self)

    def find_class(self, module, name):
        module = module.decode() if isinstance(module, bytes) else module
        name = name.decode() if isinstance(name, bytes) else name
        self.effect("import", f"{module}.{name}")
        return Name(module, name)

    def persistent_load(self, pid):
        self.effect("persistent", "")
        return Persistent(pid)

    def get_extension(self, code):
        if code <= 0:
            raise pickle.UnpicklingError("EXT specifies code <= 0")
        self.effect("extension", str(code))
        self.append(Other(f"extension {code}"))

    def call(self, callee, args, kwargs=None):
        if not isinstance(callee, (Name, Made, Other)):
            raise TypeError("not callable")
        if not isinstance(args, tuple):
            raise TypeError("arguments must be a tuple")
        if kwargs is not None and not isinstance(kwargs, dict):
            raise TypeError("keyword arguments must be a dict")
        self.effect("call", full(callee))
        return Made(callee, args, kwargs)

    def load_reduce(self):
        args = self.stack.pop()
        self.stack[-1] = self.call(self.stack[-1], args)

    def load_newobj(self):
        args, cls = self.stack.pop(), self.stack.pop()
        self.append(self.call(cls, args))

    def load_newobj_ex(self):
        kwargs, args, cls = self.stack.pop(), self.stack.pop(), self.stack.pop()
        self.append(self.call(cls, args, kwargs))

    def load_inst(self):
        module, name = self.readline()[:-1].decode(), self.readline()[:-1].decode()
        args = self.pop_mark()
        self.append(self.call(self.find_class(module, name), tuple(args)))

    def load_obj(self):
        args = self.pop_mark()
        self.append(self.call(args.pop(0), tuple(args)))

    def load_build(self):
        state = self.stack.pop()
        target = self.stack[-1]
        if not isinstance(target, (Made, Name, Other)):
            raise AttributeError("__dict__")
        self.effect("set-state", full(target))
        if isinstance(target, Made):
            target.states.append(state)

    def load_appends(self):
        items = self.pop_mark()
        target = self.stack[-1]
        if isinstance(target, list):
            target.extend(items)
        elif isinstance(target, Made):
            self.effect("append", full(target))
            target.items.extend(items)
        else:
            raise AttributeError("append")

    def load_append(self):
        item = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, list):
            target.append(item)
        elif isinstance(target, Made):
            self.effect("append", full(target))
            target.items.append(item)
        else:
            raise AttributeError("append")

    def load_setitem(self):
        value, key = self.stack.pop(), self.stack.pop()
        self.set_all(self.stack[-1], [key, value])

    def load_setitems(self):
        items = self.pop_mark()
        self.set_all(self.stack[-1], items)

    def set_all(self, target, items):
        if len(items) % 2:
            raise pickle.UnpicklingError("odd number of items")
        if not isinstance(target, (dict, Made, Name)):
            raise TypeError("item assignment")
        if not isinstance(target, dict):
            self.effect("set-item", full(target))
        for key, value in zip(items[::2], items[1::2]):
            if isinstance(target, dict):
                target[key] = value
            elif isinstance(target, Made):
                target.entries.append((key, value))

    def load_additems(self):
        items = self.pop_mark()
        target = self.stack[-1]
        if isinstance(target, set):
            target.update(items)
        elif isinstance(target, Made):
            self.effect("add-item", full(target))
            target.items.extend(items)
        else:
            raise AttributeError("add")

    def load_next_buffer(self):
        self.effect("buffer", "")
        self.append(Other(f"buffer {self.buffers}"))
        self.buffers += 1

    def load_readonly_buffer(self):
        if not (isinstance(self.stack[-1], Other) and self.stack[-1].text.startswith("buffer")):
            raise TypeError("no buffer")
        self.stack[-1] = Other(self.stack[-1].text + " readonly")

    def load_frame(self):
        self.read(8)

    def _decode_string(self, value):
        return Str8(value)

    def load_stack_global(self):
        name, module = self.stack.pop(), self.stack.pop()
        if type(name) is not str or type(module) is not str:
            raise pickle.UnpicklingError("STACK_GLOBAL requires str")
        self.append(self.find_class(module, name))


Machine.table = {}
for code, method in pickle._Unpickler.dispatch.items():
    Machine.table[code] = getattr(Machine, method.__name__)


SHARING = (list, dict, set, Made, bytearray)


def text(roots):
    """Objects in the notation of the cases; `#1` marks and repeats what several places share."""
    seen, shared = set(), set()

    def count(obj):
        if isinstance(obj, SHARING):
            if id(obj) in seen:
                shared.add(id(obj))
                return
            seen.add(id(obj))
        for below in parts(obj):
            count(below)

    def parts(obj):
        if isinstance(obj, (list, tuple, set, frozenset)):
            return list(obj)
        if isinstance(obj, dict):
            return [x for pair in obj.items() for x in pair]
        if isinstance(obj, Made):
            entries = [x for pair in obj.entries for x in pair]
            kwargs = [] if obj.kwargs is None else [obj.kwargs]
            return [obj.callee, obj.args, *kwargs, *obj.states[-1:], *obj.items, *entries]
        if isinstance(obj, Persistent):
            return [obj.pid]
        return []

    for root in roots:
        count(root)
    numbers = {}

    def write(obj):
        if id(obj) in shared:
            if id(obj) in numbers:
                return f"#{numbers[id(obj)]}"
            numbers[id(obj)] = len(numbers) + 1
            return f"#{numbers[id(obj)]} {bare(obj)}"
        return bare(obj)

    def row(items):
        return ", ".join(map(write, items))

    def quoted(raw):
        return json.dumps(raw.decode("utf-8", "replace"), ensure_ascii=False)

    def bare(obj):
        match obj:
            case Str8():
                return "s" + quoted(bytes(obj))
            case bytes():
                return "b" + quoted(obj)
            case bytearray():
                return "bytearray" + quoted(bytes(obj))
            case str():
                return json.dumps(obj, ensure_ascii=False)
            case list():
                return f"[{row(obj)}]"
            case tuple():
                return f"({row(obj)})"
            case set():
                return f"set({row(sorted(obj, key=repr))})"
            case frozenset():
                return f"frozenset({row(sorted(obj, key=repr))})"
            case dict():
                return "{" + ", ".join(f"{write(k)}: {write(v)}" for k, v in obj.items()) + "}"
            case Name():
                return obj.dotted
            case Other():
                return obj.text
            case Persistent():
                return f"persistent {write(obj.pid)}"
            case Made():
                out = write(obj.callee) + write(obj.args)
                if obj.kwargs is not None:
                    out += f"**{write(obj.kwargs)}"
                if obj.states:
                    out += f" state {write(obj.states[-1])}"
                if obj.items:
                    out += f" items [{row(obj.items)}]"
                for k, v in obj.entries:
                    out += f" [{write(k)}] = {write(v)}"
                return out
            case _:
                return repr(obj)

    return [write(root) for root in roots]


def answer(asm):
    """(tree, effects, at): what CPython makes of a case; `at` is where it raises, `tree` then what lies on its stack."""
    machine = Machine(assemble(asm))
    try:
        return text([machine.run()])[0], machine.effects, None, None
    except Exception as error:
        return None, machine.effects, machine.at, error


def main():
    wanted = sys.argv[2] if sys.argv[1:2] == ["--write"] else None
    wrong = n = 0
    for path in sorted(pathlib.Path(__file__).parent.glob("*.toml")):
        for case in tomllib.loads(path.read_text())["case"]:
            tree, effects, at, error = answer(case["asm"])
            if wanted == case["name"]:
                print(repr(assemble(case["asm"])), tree, effects, at, error, sep="\n")
            n += 1
            checks = [("error at", case.get("error", {}).get("at"), at)]
            if "tree" in case:
                checks.append(("tree", case["tree"], tree))
            if "effects" in case:
                checks.append(("effects", case["effects"], effects))
            for what, said, got in checks:
                if said != got:
                    wrong += 1
                    print(f"{path.name}: {case['name']}: {what} is {got!r}, the case says {said!r} ({error!r})")
    print(f"{n} cases, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
