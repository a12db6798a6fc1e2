"""Objects of Python's own library, pickled by several Pythons; what Python 3.13 prints of them is the oracle.

    python2.7 make_std.py write; python3.8 make_std.py write; python3.13 make_std.py write; python3.13 make_std.py expect
"""
from __future__ import print_function

import array, collections, datetime as dt, decimal, fractions, functools, io, json, operator, os, pickle, re, sys, uuid

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'files')
NEW = sys.version_info >= (3,)
Point = collections.namedtuple('Point', 'x y')
Old = collections.OrderedDict


class Outer(object):
    class Inner(object):
        pass


class NewEx(object):
    def __new__(cls, a, **kw):
        it = object.__new__(cls)
        it.args = (a, kw)
        return it

    def __getnewargs_ex__(self):
        return (self.args[0],), self.args[1]

    def __getstate__(self):
        return None


if NEW:
    import enum

    class Color(enum.Enum):
        RED = 1


def values():
    V = Old()
    V['datetime'] = dt.datetime(2020, 1, 2, 3, 4)
    V['datetime seconds'] = dt.datetime(2020, 1, 2, 3, 4, 5)
    V['datetime micro'] = dt.datetime(2020, 12, 31, 23, 59, 59, 999999)
    V['date'] = dt.date(1999, 12, 31)
    V['time'] = dt.time(1, 2)
    V['time zero'] = dt.time()
    V['time micro'] = dt.time(1, 2, 3, 4)
    V['timedelta'] = dt.timedelta(days=1, seconds=2, microseconds=3)
    V['timedelta negative'] = dt.timedelta(seconds=-1)
    V['timedelta zero'] = dt.timedelta(0)
    V['decimal'] = decimal.Decimal('1.10')
    V['decimal nan'] = decimal.Decimal('NaN')
    V['decimal large'] = decimal.Decimal('1E+400')
    V['fraction'] = fractions.Fraction(22, 7)
    V['fraction whole'] = fractions.Fraction(3)
    V['uuid'] = uuid.UUID('12345678-1234-5678-1234-567812345678')
    V['uuid small'] = uuid.UUID(int=10)
    V['complex'] = 1 + 2j
    V['complex negative zero'] = complex(-0.0, -1.5)
    V['complex imaginary'] = 1j
    V['complex nan'] = complex(float('nan'), float('inf'))
    V['ordered'] = collections.OrderedDict([('a', 1), ('b', (2, 3))])
    V['ordered empty'] = collections.OrderedDict()
    V['defaultdict'] = collections.defaultdict(list, a=[1])
    V['defaultdict none'] = collections.defaultdict(None, a=1)
    V['deque'] = collections.deque([1, 2, 3], maxlen=3)
    V['deque unbounded'] = collections.deque(['x'])
    V['deque empty'] = collections.deque(maxlen=5)
    V['counter'] = collections.Counter('abracadabra')
    V['counter empty'] = collections.Counter()
    V['set'] = set([1])
    V['set empty'] = set()
    V['frozenset'] = frozenset([1])
    V['frozenset empty'] = frozenset()
    V['bytearray'] = bytearray(b'xy')
    V['big integer'] = 2 ** 200
    V['big negative integer'] = -2 ** 100
    V['huge integer'] = 7 ** 3000
    V['regex'] = re.compile(u'a+')
    V['regex flags'] = re.compile(u'a+', re.I | re.M)
    V['array'] = array.array('d', [1.0, 2.5])
    V['array int'] = array.array('h', [1, -2])
    V['array empty'] = array.array('l')
    V['text quote'] = u"it's"
    V['text both quotes'] = u"it's \"x\""
    V['text unicode'] = u'\xe9\u65e5\u200b\n\\'
    V['exception'] = ValueError('bad', 3)
    V['nested'] = {'a': [1, (2.5, None)], u'b': {True: ()}}
    V['type'] = dict
    V['len'] = len
    V['xrange'] = range(0, 10, 2) if NEW else xrange(0, 10, 2)
    V['partial'] = functools.partial(int, u'10', base=2)
    V['cycle'] = []
    V['cycle'].append(V['cycle'])
    if NEW:
        import ipaddress, pathlib, types
        V['bytes'] = b'a\x00"\'\n'
        V['bytes quote'] = b"it's"
        V['bytes empty'] = b''
        V['datetime utc'] = dt.datetime(2020, 1, 2, 3, 4, tzinfo=dt.timezone.utc)
        V['datetime zone'] = dt.datetime(2020, 1, 2, 3, 4, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30), 'IST'))
        V['datetime fold'] = dt.datetime(2020, 10, 25, 2, 30, fold=1)
        V['datetime fold zone'] = dt.datetime(2020, 10, 25, 2, 30, fold=1, tzinfo=dt.timezone.utc)
        V['time zone'] = dt.time(1, 2, tzinfo=dt.timezone.utc)
        V['time fold'] = dt.time(1, 2, fold=1)
        V['timezone utc'] = dt.timezone.utc
        V['timezone'] = dt.timezone(dt.timedelta(hours=-8))
        V['path'] = pathlib.PosixPath('/a/b c')
        V['path relative'] = pathlib.PurePosixPath('x/y.txt')
        V['path here'] = pathlib.PurePosixPath('.')
        V['path windows'] = pathlib.PureWindowsPath('C:\\Users\\x')
        V['range'] = range(5)
        V['range steps'] = range(10, 0, -3)
        V['slice'] = slice(1, None, None)
        V['regex bytes'] = re.compile(b'a+')
        V['namespace'] = types.SimpleNamespace(a=1, b='x')
        V['itemgetter'] = operator.itemgetter(1, 2)
        V['attrgetter'] = operator.attrgetter('a.b')
        V['methodcaller'] = operator.methodcaller('split', ',', maxsplit=1)
        V['ipv4'] = ipaddress.IPv4Address('10.0.0.1')
        V['ipv6'] = ipaddress.IPv6Address('fe80::1')
        V['network'] = ipaddress.IPv4Network('10.0.0.0/8')
        V['ellipsis'] = Ellipsis
        V['none type'] = type(None)
        V['os error'] = FileNotFoundError(2, 'No such file')
        V['enum'] = Color.RED
        V['namedtuple'] = Point(1, 'two')
        V['nested class'] = Outer.Inner
        V['instance of nested class'] = Outer.Inner()
        V['new with keywords'] = NewEx(1, b=3)
        V['method of a value'] = 'abc'.upper
        V['classmethod'] = dict.fromkeys
        if zoneinfo:
            V['zoneinfo'] = zoneinfo.ZoneInfo('Asia/Tokyo')
            V['datetime zoneinfo'] = dt.datetime(2020, 7, 2, 3, 4, tzinfo=zoneinfo.ZoneInfo('Europe/Berlin'))
    return V


def write():
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        if sys.version_info[:2] != (3, 13) and protocol % 2:
            continue
        kept = Old()
        for key, value in values().items():
            try:
                pickle.dumps(value, protocol)
                kept[key] = value
            except Exception as e:
                print(protocol, key, e)
        with open(os.path.join(HERE, 'std_%d%d_p%d.pkl' % (sys.version_info[:2] + (protocol,))), 'wb') as f:
            pickle.dump(kept, f, protocol)


def expect():
    out = {}
    for name in sorted(os.listdir(HERE)):
        if name.startswith('std_') and name.endswith('.pkl'):
            with open(os.path.join(HERE, name), 'rb') as f:
                loaded = pickle.load(f, encoding='latin1')
            out[name] = {key: repr(value) for key, value in loaded.items()}
    with io.open(os.path.join(HERE, 'std.json'), 'w', encoding='utf-8') as f:
        json.dump(out, f, indent=1)


if __name__ == '__main__':
    try:
        import zoneinfo
    except ImportError:
        zoneinfo = None
    sys.set_int_max_str_digits(0) if hasattr(sys, 'set_int_max_str_digits') else None
    {'write': write, 'expect': expect}[sys.argv[1]]()
