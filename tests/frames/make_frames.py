"""Makes the files of tests/frames.rs, each a dict of tables, and what pandas itself says of them (frames_TAG.json).

    python make_frames.py TAG WAYS NAME...     # without names: all tables that this pandas can make

TAG says which pandas wrote a file, and is part of its name; WAYS are protocols, and joblib: 2,5,joblib. Those here:
    31 5,joblib (all but wide), 15 4 (all but wide), 15 0 (SMALL, in OUT: the json is that of all), 024 0,2 (SMALL)
To try all tables in all ways: OUT=folder python make_frames.py .., then FRAMES=folder cargo test --test frames. The files here were made under Python 3.11 by
    pandas 3.1.1, numpy 2.4.6, pyarrow 26.0.1, joblib 1.6.0   tag 31
    pandas 2.2.3, numpy 2.4.6, pyarrow 26.0.1                 tag 22
    pandas 2.0.3, numpy 1.26.4                                tag 20
    pandas 1.5.3, numpy 1.26.4                                tag 15
and under Python 3.6 and 3.7 by
    pandas 0.24.2, numpy 1.16.6                               tag 024
    pandas 1.0.5, numpy 1.21.6                                tag 10
"""
import datetime
import decimal
import gzip
import json
import lzma
import os
import pickle
import sys

import numpy as np
import pandas as pd

VERSION = tuple(int(p) for p in pd.__version__.split(".")[:2])
NA = getattr(pd, "NA", object())


class Tagged(pd.DataFrame):
    """A subclass, as GeoDataFrame is one."""

    _metadata = ["tag"]

    @property
    def _constructor(self):
        return Tagged


class Point(object):
    def __init__(self, x):
        self.x = x


def mixed():
    return pd.DataFrame(
        {
            "i": np.arange(5, dtype="int64") * 1000,
            "f": [0.1, -2.5, np.nan, 1e300, np.inf],
            "f32": np.array([0.1, 1e-8, np.nan, 3, -1], dtype="float32"),
            "b": [True, False, True, True, False],
            "u8": np.arange(5, dtype="uint8"),
            "s": ["a", "it's", None, "", u"\u00e9"],
            "t": np.array(["2020-01-01", "2020-01-02T03:04:05", "NaT", "1969-12-31T23:59:59.5", "2261-01-01T00:00:00.000000001"], "M8[ns]"),
            "d": pd.to_timedelta(["1 days", "-1 days +01:02:03", None, "00:00:00.5", "0 days 00:00:00.000000001"]),
            "j": np.arange(5, dtype="int64"),
            "z": np.array([1 + 2j, 0, np.nan, 1j, -1]),
        },
        index=[10, 20, 30, 40, 50],
    )


def wide():
    frame = pd.DataFrame(np.arange(600, dtype="float64").reshape(3, 200), columns=["c%d" % i for i in range(200)])
    frame["c7"] = ["x", "y", "z"]
    frame["c100"] = [1, 2, 3]
    return frame


def interleaved():
    # Columns of three types in turn: blocks with a slice of step 3, and with an array of places.
    frame = pd.DataFrame({"%d" % i: [np.array([i, 1], "i8"), np.array([i, .5], "f8"), np.array([i, 0], "?")][i % 3] for i in range(9)})
    return frame._consolidate() if hasattr(frame, "_consolidate") else frame.copy()


def places():
    frame = pd.DataFrame({k: np.array([n, n + 1], "i8") if k in "acdg" else np.array([n, n + .5]) for n, k in enumerate("abcdefg")})
    return frame.copy()


def multi():
    index = pd.MultiIndex.from_product([["a", "b"], [1, 2], pd.to_datetime(["2020-01-01", "2021-01-01"])], names=["letter", None, "day"])
    columns = pd.MultiIndex.from_tuples([("x", "p"), ("x", "q"), ("y", "p")], names=["outer", "inner"])
    return pd.DataFrame(np.arange(24).reshape(8, 3) / 4, index=index, columns=columns)


def multi_missing():
    index = pd.MultiIndex.from_arrays([["a", None, "b"], [1.5, np.nan, 2.5]])
    return pd.DataFrame({"v": [1, 2, 3]}, index=index)


def times():
    utc = pd.date_range("2020-03-28 22:00", periods=4, freq=HOUR, tz="UTC")
    frame = pd.DataFrame(
        {
            "naive": pd.date_range("1677-09-22", periods=4, freq="D"),
            "berlin": pd.Series(utc).dt.tz_convert("Europe/Berlin").where([True, True, False, True]),
            "fixed": pd.Series(utc).dt.tz_convert(datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))),
            "delta": pd.to_timedelta([1, -1, 86400 * 10**9, 3600 * 10**9 + 1]),
        }
    )
    frame.index = utc
    return frame


HOUR = "h" if VERSION >= (2, 2) else "H"


def units():
    return pd.DataFrame(
        {
            "s": np.array(["2020-01-01T12:00:00", "NaT", "0001-01-01"], "M8[s]"),
            "ms": np.array(["2020-01-01T12:00:00.5", "NaT", "9999-12-31"], "M8[ms]"),
            "us": np.array(["2020-01-01T12:00:00.000001", "NaT", "9999-12-31"], "M8[us]"),
            "ds": np.array([90061, "NaT", -1], "m8[s]"),
            "tz": pd.Series(np.array(["2020-01-01T12:00:00", "NaT", "0001-01-02"], "M8[s]")).dt.tz_localize("UTC"),
        }
    )


def ranges():
    return pd.DataFrame({"v": [1.0, 2.0, 3.0]}, index=pd.RangeIndex(10, -5, -5, name="down"))


def periods():
    end = "E" if VERSION >= (2, 2) else ""
    year, quarter, month = ("Y-DEC", "Q-DEC", "M") if VERSION >= (2, 2) else ("A-DEC", "Q-DEC", "M")
    del end
    frame = pd.DataFrame(index=pd.period_range("2019-11", periods=4, freq=month, name="month"))
    for name, freq in [("day", "D"), ("quarter", quarter), ("year", year), ("week", "W-SUN"), ("wed", "W-WED"), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND), ("ms", MS), ("ns", NS), ("mar", "Q-MAR"), ("fiscal", year[0] + "-JUN"), ("work", "B"), ("two", "2D")]:
        frame[name] = pd.period_range("2020-02-27 05:06:07.5", periods=4, freq=freq)
    frame.iloc[1, 0] = pd.NaT
    return frame


MINUTE, SECOND, MS, NS = ("min", "s", "ms", "ns") if VERSION >= (2, 2) else ("T", "S", "L", "N")


def intervals():
    frame = pd.DataFrame({"v": [1, 2, 3]}, index=pd.interval_range(0, 3))
    frame["cut"] = pd.arrays.IntervalArray.from_breaks([0.0, 0.5, 1.5, 2.25], closed="left") if hasattr(pd, "arrays") else 0
    frame["days"] = pd.interval_range(pd.Timestamp("2020-01-01"), periods=3, closed="both")
    frame["open"] = pd.interval_range(pd.Timedelta(0), periods=3, closed="neither")
    frame.iloc[1, 1] = np.nan
    frame["cutted"] = pd.cut([1, 5, 9], [0, 2, 6, 10])
    return frame


def categories():
    return pd.DataFrame(
        {
            "plain": pd.Categorical(["x", None, "y", "x"]),
            "ordered": pd.Categorical(["low", "high", "low", None], categories=["low", "mid", "high"], ordered=True),
            "numbers": pd.Categorical([3, 1, 3, 2]),
            "days": pd.Categorical(pd.to_datetime(["2020-01-01", "2020-01-02", None, "2020-01-01"])),
            "floats": pd.Categorical([0.5, np.nan, 1.5, 0.5]),
        },
        index=pd.CategoricalIndex(["p", "q", "p", "r"], name="cat"),
    )


def nullable():
    frame = pd.DataFrame(
        {
            "Int64": pd.array([1, None, 3], dtype="Int64"),
            "UInt8": pd.array([1, None, 255], dtype="UInt8"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "string": pd.array(["a", None, "c"], dtype="string"),
        }
    )
    if VERSION >= (1, 2):
        frame["Float32"] = pd.array([0.1, None, -1], dtype="Float32")
        frame.index = pd.Index([1, 2, None] if VERSION >= (1, 4) else [1, 2, 3], dtype="Int64" if VERSION >= (1, 4) else None, name="id")
    return frame


def arrow():
    import pyarrow as pa

    frame = pd.DataFrame({"s": pd.array(["a", None, "longer text", u"\u65e5\u672c"], dtype="string[pyarrow]")})
    if VERSION >= (2, 0):
        for name, kind, values in [
            ("i", pa.int32(), [1, None, -3, 4]),
            ("u", pa.uint64(), [1, None, 2**63, 4]),
            ("f", pa.float64(), [0.5, None, float("nan"), 4]),
            ("b", pa.bool_(), [True, None, False, True]),
            ("t", pa.timestamp("us"), [datetime.datetime(2020, 1, 1), None, datetime.datetime(1969, 1, 1, 2, 3, 4, 5), datetime.datetime(2100, 1, 1)]),
            ("utc", pa.timestamp("ns", "UTC"), [datetime.datetime(2020, 1, 1), None, datetime.datetime(1969, 1, 1, 2, 3, 4, 5), datetime.datetime(2100, 1, 1)]),
            ("d", pa.date32(), [datetime.date(2020, 1, 1), None, datetime.date(1969, 1, 1), datetime.date(2100, 1, 1)]),
            ("dur", pa.duration("ms"), [datetime.timedelta(1), None, datetime.timedelta(0, 1.5), datetime.timedelta(-1)]),
            ("ls", pa.large_string(), ["x", None, "", "z"]),
            ("list", pa.list_(pa.int64()), [[1], None, [], [2, 3]]),
        ]:
            frame[name] = pd.Series(pd.arrays.ArrowExtensionArray(pa.array(values, kind)))
        frame["sliced"] = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(["0", "a", "b"])[1:], pa.array([None, "d"])])))
    return frame


def sparse():
    values = np.zeros(20)
    values[[3, 17]] = [1.5, np.nan]
    holes = np.full(20, np.nan)
    holes[5:8] = [1, 2, 3]
    block = pd.arrays.SparseArray(np.array([0] * 8 + [7, 8] + [0] * 10), kind="block", fill_value=0) if hasattr(pd, "arrays") else 0
    return pd.DataFrame({"zero": pd.arrays.SparseArray(values, fill_value=0.0), "nan": pd.arrays.SparseArray(holes), "block": block})


def objects():
    return pd.DataFrame(
        {
            "o": [{"a": 1}, [1, 2], decimal.Decimal("1.5"), Point(3), (1, "x")],
            "mixed": [1, 2.5, "text", None, float("nan")],
            "more": [datetime.date(2020, 1, 2), b"raw", NA if VERSION >= (1, 0) else None, pd.NaT, pd.Timestamp("2020-01-01 10:00")],
            "big": [2**80, True, np.float64(0.25), np.int8(3), np.array([1, 2])],
        }
    )


def duplicates():
    frame = pd.DataFrame([[1, 2.5, "a"], [3, 4.5, "b"]], columns=["x", "x", "y"])
    frame.columns.name = "fields"
    return frame


def empty():
    return pd.DataFrame()


def no_rows():
    return pd.DataFrame({"a": np.array([], "i8"), "b": np.array([], "O"), "c": pd.Categorical([])})


def no_columns():
    return pd.DataFrame(index=pd.RangeIndex(1000000000))


def subclass():
    frame = Tagged({"a": [1, 2], "b": ["x", "y"]})
    frame.tag = "mine"
    return frame


def transposed():
    # One block whose memory runs the other way.
    return pd.DataFrame(np.arange(12, dtype="int32").reshape(3, 4)[:, ::-1].copy(order="F"), columns=list("wxyz"))


def quarters():
    return pd.DataFrame({"v": [1, 2]}, index=pd.period_range("2020Q1", periods=2, freq="Q-DEC", name="quarter"))


def series():
    return pd.Series([0.5, np.nan, 2.0], index=["a", "b", "c"], name="value")


def series_category():
    return pd.Series(["x", "y", "x"], dtype="category", name=3)


def series_dates():
    return pd.Series(pd.date_range("2020-01-01", periods=3, tz="UTC"), index=pd.date_range("2021-01-01", periods=3, freq="D"))


def index_strings():
    return pd.Index(["b", "a", None], name="letters")


def index_multi():
    return pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=["l", "n"])


def index_dates():
    return pd.date_range("2020-01-01", periods=3, freq="D", name="day")


def index_deltas():
    return pd.timedelta_range("1 days", periods=3, freq="12" + HOUR)


def index_range():
    return pd.RangeIndex(3, 30, 7)


def nested():
    return {"train": mixed().iloc[:2, :3], "target": pd.Series([1, 2], name="y"), "columns": pd.Index(["a", "b"])}


SMALL = ["multi", "times", "ranges", "categories", "sparse", "nested", "quarters"]

ALL = [mixed, wide, interleaved, places, multi, multi_missing, times, units, ranges, periods, intervals, categories, nullable, arrow, sparse, objects, duplicates, empty, no_rows, no_columns, subclass, transposed, series, series_category, series_dates, index_strings, index_multi, index_dates, index_deltas, index_range, nested, quarters]


# Dates of Arrow's are read, those of Python stand in the tree.
ARROW = False


def cell(x):
    """A cell as pandas and Python write it: strings bare, missing values by pandas' names."""
    if x is None:
        return "None"
    if x is NA:
        return "<NA>"
    if x is pd.NaT:
        return "NaT"
    if isinstance(x, (bool, np.bool_)):
        return str(bool(x))
    if isinstance(x, str):
        return x
    if isinstance(x, (int, np.integer)):
        return str(int(x))
    if isinstance(x, (float, np.floating)):
        if x != x:
            return "NaN"
        return repr(float(x)) if isinstance(x, float) else str(x)
    if isinstance(x, (complex, np.complexfloating)):
        x = complex(x)
        return "NaN" if x != x else "(%r%s%rj)" % (x.real, "" if repr(x.imag).startswith("-") else "+", x.imag)
    if isinstance(x, pd.Timestamp):
        return str(x)
    if isinstance(x, pd.Timedelta):
        # Before 1.2, str() dropped nanoseconds.
        whole = x._repr_base("all")
        return whole if VERSION < (1, 2) and x.nanoseconds else str(x)
    if isinstance(x, pd.Period):
        return str(x)
    if isinstance(x, pd.Interval):
        return ("[" if x.closed_left else "(") + cell(x.left) + ", " + cell(x.right) + ("]" if x.closed_right else ")")
    if isinstance(x, datetime.date) and ARROW:
        return str(x)
    if isinstance(x, (datetime.date, decimal.Decimal, bytes, np.ndarray, list, dict, tuple, Point)):
        return "<%s>" % type(x).__name__
    raise TypeError(type(x))


def levels(index):
    if isinstance(index, pd.MultiIndex):
        return [[cell(part) for part in label] for label in index]
    return [[cell(label)] for label in index]


def column(values):
    """The type and the cells of a column."""
    dtype = str(values.dtype)
    cells = [cell(values.iloc[i]) for i in range(len(values))]
    if dtype == "category" and "NaN" in cells and (values.cat.categories.dtype.kind in "mM" or isinstance(values.cat.categories, pd.PeriodIndex)):
        # As the frame is printed; alone, the cell would be a float's NaN.
        cells = ["NaT" if c == "NaN" else c for c in cells]
    if dtype.startswith("interval") and not dtype.endswith(("left]", "right]", "both]", "neither]")):
        # Older pandas does not say on which side.
        dtype = "%s, %s]" % (dtype[:-1], values.array.closed)
    return dtype, cells


def said(obj):
    names = [None if n is None else str(n) for n in (obj if isinstance(obj, pd.Index) else obj.index).names]
    out = {"rows": len(obj), "index_names": names}
    if isinstance(obj, pd.Index):
        out["index"] = levels(obj)
    elif isinstance(obj, pd.DataFrame):
        n = min(len(obj), 50)
        columns = [column(obj.iloc[:n, i]) for i in range(obj.shape[1])]
        out.update(index=levels(obj.index[:n]), columns=levels(obj.columns), dtypes=[d for d, _ in columns], cells=[c for _, c in columns])
    else:
        dtype, cells = column(obj)
        out.update(index=levels(obj.index), columns=[[cell(obj.name)]], dtypes=[dtype], cells=[cells])
    return out


def asked(name, wanted):
    if wanted == ["SMALL"]:
        return name in SMALL
    return not wanted or name in wanted or wanted == ["-wide"] and name != "wide"


class Call:
    """What a call that pandas itself would never make leaves in a pickle."""

    def __init__(self, *parts):
        self.parts = parts

    def __reduce__(self):
        return self.parts


def hostile():
    """Tables that lie. They are written, never loaded."""
    from pandas._libs.internals import _unpickle_block
    from pandas.core.indexes.base import _new_Index
    from pandas.core.internals import BlockManager

    def table(columns, rows, *blocks):
        names = Call(_new_Index, (pd.Index, {"data": np.array(columns, dtype=object), "name": None}))
        index = rows if isinstance(rows, Call) else Call(_new_Index, (pd.RangeIndex, {"start": 0, "stop": rows, "step": 1, "name": None}))
        manager = Call(BlockManager, (tuple(Call(_unpickle_block, block) for block in blocks), [names, index]))
        return Call(pd.DataFrame, (), {"_mgr": manager, "_typ": "dataframe"})

    good = np.array([[1, 2, 3]])
    ext = pd.arrays
    masked = Call(ext.IntegerArray, (), {"_data": np.arange(3), "_mask": np.array([True])})
    sparse = Call(ext.SparseArray, (), {
        "_sparse_values": np.arange(2), "_dtype": pd.SparseDtype("int64"),
        "_sparse_index": Call(pd._libs.sparse.IntIndex, (3, np.array([0, 1, 2], "i4"))),
    })
    codes = pd.Categorical(["x", "y", "x"])
    codes._codes[1:] = [7, -3]
    return {
        "outside": table(["a", "b"], 3, (good, slice(0, 1, 1), 2), (good, slice(5, 6, 1), 2)),
        "placed": table(["a", "b"], 3, (good, np.array([0]), 2), (good, np.array([-1]), 2)),
        "short": table(["a", "b"], 3, (good, slice(0, 1, 1), 2), (good[:, :2], slice(1, 2, 1), 2)),
        "narrow": table(["a", "b", "c"], 3, (np.array([[1, 2, 3], [4, 5, 6]]), slice(0, 3, 1), 2)),
        "twice": table(["a"], 3, (good, slice(0, 1, 1), 2), (good * 10, slice(0, 1, 1), 2)),
        "backwards": table(["a", "b"], 3, (good, slice(1, 0, -1), 2), (good, slice(0, 1, 1), 2)),
        "endless": table(["a"], Call(_new_Index, (pd.RangeIndex, {"start": 0, "stop": 9, "step": 0, "name": None})), (good, slice(0, 1, 1), 2)),
        "masked": table(["a", "b"], 3, (masked, slice(0, 1, 1), 2), (good, slice(1, 2, 1), 2)),
        "sparse": table(["a", "b"], 3, (sparse, slice(0, 1, 1), 2), (good, slice(1, 2, 1), 2)),
        "codes": table(["a", "b"], 3, (codes, slice(0, 1, 1), 2), (good, slice(1, 2, 1), 2)),
        "huge": table(["a", "b"], 3, (np.zeros((0, 3)), slice(0, 2**62, 1), 2), (good, slice(1, 2, 1), 2)),
        "foreign": table(["a", "b"], 3, (Point(1), slice(0, 1, 1), 2), (good, slice(1, 2, 1), 2)),
    }


def main():
    global ARROW
    tag, ways, wanted = sys.argv[1], sys.argv[2], sys.argv[3:]
    out = os.environ.get("OUT", os.path.dirname(os.path.abspath(__file__)))
    tables, expected = {}, {}
    for make in ALL:
        name = make.__name__
        if not asked(name, wanted):
            continue
        ARROW = "arrow" in name
        try:
            tables[name] = make()
            expected[name] = {k: said(v) for k, v in tables[name].items()} if name == "nested" else said(tables[name])
        except Exception as error:  # an older pandas lacks something
            tables.pop(name, None)
            print("# %s %s: %s: %s" % (tag, name, type(error).__name__, str(error)[:100]))
    for way in ways.split(","):
        name = "frames_%s_%s" % (tag, "joblib" if way == "joblib" else "p" + way)
        with lzma.open(os.path.join(out, name + ".pkl.xz"), "wb", preset=9) as f:
            if way == "joblib":
                import joblib

                joblib.dump(tables, f)
            else:
                f.write(pickle.dumps(tables, protocol=int(way)))
    if tag == "31":
        with lzma.open(os.path.join(out, "hostile_31.pkl.xz"), "wb", preset=9) as f:
            f.write(pickle.dumps(hostile(), protocol=5))
    with gzip.GzipFile(os.path.join(out, "frames_%s.json.gz" % tag), "wb", mtime=0) as f:
        f.write(json.dumps(expected, separators=(",", ":")).encode())


if __name__ == "__main__":
    # Classes under a name that says where they come from.
    Tagged.__module__ = Point.__module__ = "mypkg.frames"
    sys.modules["mypkg"] = sys.modules["mypkg.frames"] = sys.modules["__main__"]
    main()
