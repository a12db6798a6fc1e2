"""Makes the files x* of tests/frames.rs: more tables, by the ways of make_frames.py, which says what a cell is.

    python make_more.py TAG WAYS NAME...

Made here under Python 3.11 by
    pandas 3.1.1, numpy 2.4.6, pyarrow 26.0.1   tag x31, ways 5
    pandas 2.2.3, numpy 1.26.4, pyarrow 15.0.2  tag x22, ways 2,4
    pandas 1.5.3, numpy 1.26.4, pyarrow 14.0.2  tag x15, ways 4
"""
import datetime
import decimal

import numpy as np
import pandas as pd

import make_frames as base

VERSION = base.VERSION


def strings():
    words = ["a", None, "it's", "", "\u65e5\u672c", "x" * 70]
    frame = pd.DataFrame({"object": pd.Series(words, dtype=object), "python": pd.array(words, dtype="string[python]" if VERSION >= (1, 3) else "string")})
    kinds = ["string[pyarrow]"] + (["string[pyarrow_numpy]"] if (2, 1) <= VERSION < (3, 0) else []) if VERSION >= (1, 3) else []
    for kind in kinds:
        frame[kind] = pd.array(words, dtype=kind)
    if VERSION >= (3, 0):
        frame["str"] = pd.Series(words, dtype="str")
        frame["str python"] = pd.Series(words, dtype=pd.StringDtype("python", na_value=np.nan))
        frame["na pyarrow"] = pd.Series(words, dtype=pd.StringDtype("pyarrow"))
    return frame


def limits():
    frame = pd.DataFrame(index=range(3))
    for bits in (8, 16, 32, 64):
        for kind in ("i", "u"):
            info = np.iinfo("%s%d" % (kind, bits // 8))
            frame[info.dtype.name] = np.array([info.min, 0, info.max], info.dtype)
            name = {"i": "Int%d", "u": "UInt%d"}[kind] % bits
            frame[name] = pd.array([info.min, None, info.max], dtype=name)
    for name in ("float16", "float32", "float64"):
        info = np.finfo(name)
        # NumPy writes the largest half in the notation of the larger ones.
        frame[name] = np.array([0.5 if name == "float16" else info.max, info.tiny, -0.0], name)
    frame["complex64"] = np.array([1 + 2j, np.nan, -1j], "complex64")
    if VERSION >= (1, 2):
        frame["Float64"] = pd.array([0.1, None, -1e300], dtype="Float64")
    frame["boolean"] = pd.array([None, None, None], dtype="boolean")
    frame["big i4"] = np.array([1, -2, 3], ">i4")
    frame["big f8"] = np.array([0.5, np.nan, -1], ">f8")
    frame["big u2"] = np.array([1, 256, 65535], ">u2")
    return frame


def more_categories():
    frame = pd.DataFrame(index=range(4))
    frame["unused"] = pd.Categorical(["b", None, "b", "a"], categories=["z", "a", "b"])
    frame["none"] = pd.Categorical([None, None, None, None], categories=["a"])
    frame["bools"] = pd.Categorical([True, False, None, True])
    frame["mixed"] = pd.Categorical([1, "a", 2.5, None])
    frame["ordered"] = pd.Categorical([3, 1, None, 2], ordered=True, categories=[1, 2, 3])
    frame["zone"] = pd.Categorical(pd.to_datetime(["2020-01-01", "2020-07-01", None, "2020-01-01"]).tz_localize("Europe/Berlin"))
    frame["periods"] = pd.Categorical(pd.PeriodIndex(["2020-01", "2020-02", "NaT", "2020-01"], freq="M"))
    frame["intervals"] = pd.cut([1, 5, 9, np.nan], [0, 2, 6, 10])
    frame["deltas"] = pd.Categorical(pd.to_timedelta(["1D", "2D", None, "1D"]))
    frame["tuples"] = pd.Series(["x", "y", "x", "x"]).astype(pd.CategoricalDtype(pd.Index(["x", "y"], name="n")))
    if VERSION >= (1, 4):
        frame["nullable"] = pd.Categorical(pd.array([1, None, 3, 1], dtype="Int64"))
        frame["strings"] = pd.Categorical(pd.array(["p", None, "q", "p"], dtype="string"))
    frame["many"] = pd.Categorical(["c%03d" % i for i in (299, 0, 150, 299)], categories=["c%03d" % i for i in range(300)])
    return frame


def odd_names():
    moment = pd.Timestamp("2020-01-01 12:00")
    return pd.DataFrame([list(range(8))] * 2, columns=pd.Index([1, "a", 2.5, None, moment, (1, "x"), True, b"raw"], dtype=object))


def columns_are_dates():
    return pd.DataFrame(np.arange(6).reshape(2, 3), columns=pd.date_range("2020-01-01", periods=3, tz="Asia/Kolkata", name="when"), index=pd.Index([True, False], name="flag"))


def columns_are_periods():
    return pd.DataFrame(np.arange(6.0).reshape(2, 3), columns=pd.period_range("2020Q1", periods=3, freq="Q"), index=pd.Index([0.5, np.nan], name="share"))


def columns_are_intervals():
    return pd.DataFrame(np.arange(6).reshape(2, 3), columns=pd.interval_range(0.0, 1.5, 3, name="bin"), index=pd.IntervalIndex.from_tuples([(0, 1), (2, 5)], closed="left"))


def columns_are_categories():
    return pd.DataFrame(np.arange(6).reshape(2, 3), columns=pd.CategoricalIndex(["x", "y", "x"], ordered=True), index=pd.to_timedelta(["1 days", "-1 days +00:00:01"]))


def columns_are_numbers():
    return pd.DataFrame(np.arange(6).reshape(2, 3), columns=pd.RangeIndex(10, 16, 2), index=pd.Index([2**63, 1], dtype="uint64"))


def deep():
    rows = pd.MultiIndex.from_arrays(
        [
            pd.CategoricalIndex(["x", "y", "x"]),
            pd.interval_range(0, 3),
            pd.period_range("2020", periods=3, freq="M"),
            pd.to_datetime(["2020-01-01", None, "2021-01-01"]).tz_localize("UTC"),
            pd.to_timedelta([1, 2, None], unit="s"),
            [True, False, True],
            [0.5, np.nan, 1.5],
        ],
        names=["cat", "int", "per", "zone", "delta", None, 7],
    )
    columns = pd.MultiIndex.from_product([["a", "b"], [1, 2]], names=[None, "n"])
    return pd.DataFrame(np.arange(12).reshape(3, 4), index=rows, columns=columns)


def many_codes():
    index = pd.MultiIndex.from_product([range(300), ["a", "b"]])
    return pd.DataFrame({"v": np.arange(600)}, index=index).iloc[::-13]


def same_names():
    frame = pd.concat([pd.Series([1, 2]), pd.Series([1.5, 2.5]), pd.Series(["x", "y"], dtype=object), pd.Series([3, 4]), pd.Series([True, False])], axis=1)
    frame.columns = ["v", "v", "w", "v", "w"]
    frame.index = ["r", "r"]
    return frame


def pieces():
    frame = pd.DataFrame({"i": np.arange(100), "f": np.arange(100) / 8, "s": ["t%d" % i for i in range(100)], "j": -np.arange(100)})
    return frame.iloc[90:3:-7, [3, 0, 2]]


def turned():
    return pd.DataFrame({"a": [1, 2.5], "b": ["x", None], "c": [pd.Timestamp("2020-01-01"), True]}).T


def more_objects():
    return pd.DataFrame(
        {
            "numbers": [np.float32(0.1), np.int8(3), np.bool_(True), np.complex128(1j), np.float16(0.5), np.uint64(2**64 - 1)],
            "times": [pd.Timestamp("2020-03-29 03:30", tz="Europe/Berlin"), pd.Timedelta(1, "D"), pd.Period("2020-02", "M"), pd.Interval(0, 1), pd.NaT, None],
            "python": [decimal.Decimal("0.10"), {1: 2}, [1], (1,), b"x", datetime.date(2020, 1, 1)],
            "missing": [None, np.nan, pd.NaT, base.NA, float("inf"), -0.0],
            "text": ["a", 1, 1.0, True, -1, 2**70],
        },
        dtype=object,
    )


def nothing_but_columns():
    return pd.DataFrame(columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))


def nothing_but_rows():
    return pd.DataFrame(index=pd.MultiIndex.from_arrays([["x", "y"], [1, 2]], names=["l", "n"]))


def no_rows_of_many_types():
    frame = pd.DataFrame({"i": pd.array([], "Int64"), "b": pd.array([], "boolean"), "s": pd.array([], "string"), "p": pd.PeriodIndex([], freq="D"), "z": pd.DatetimeIndex([], tz="UTC")})
    frame.index = pd.MultiIndex.from_arrays([[], []], names=["a", "b"])
    return frame


def more_sparse():
    frame = pd.DataFrame({"i": pd.arrays.SparseArray([0, 0, 1, 2, 0], fill_value=0), "b": pd.arrays.SparseArray([True, False, False, True, False]), "f": pd.arrays.SparseArray([np.nan, 1.0, np.nan, np.nan, -2])})
    frame["all"] = pd.arrays.SparseArray(np.zeros(5), fill_value=0.0)
    frame["full"] = pd.arrays.SparseArray(np.arange(1.0, 6), fill_value=0.0)
    frame["other"] = pd.arrays.SparseArray([7, 7, 1, 7, 7], fill_value=7)
    return frame


def more_arrow():
    import pyarrow as pa

    frame = pd.DataFrame(index=range(3))
    day = datetime.datetime(2020, 3, 29, 0, 30)
    for name, kind, values in [
        ("i8", pa.int8(), [-128, None, 127]),
        ("u16", pa.uint16(), [0, 65535, None]),
        ("f32", pa.float32(), [0.125, None, -1024.5]),
        ("half", pa.float16(), [np.float16(0.5), None, np.float16(-2)]),
        ("bools", pa.bool_(), [None, True, False]),
        ("berlin", pa.timestamp("ms", "Europe/Berlin"), [day, None, day.replace(month=7)]),
        ("seconds", pa.timestamp("s"), [day, None, day.replace(year=1900)]),
        ("d64", pa.date64(), [datetime.date(2020, 1, 1), None, datetime.date(1960, 1, 1)]),
        ("ns", pa.duration("ns"), [datetime.timedelta(1), None, datetime.timedelta(microseconds=-1)]),
        ("text", pa.string(), ["a", None, "\u00e9\u00e8"]),
        ("all null", pa.int64(), [None, None, None]),
    ]:
        frame[name] = pd.Series(pd.arrays.ArrowExtensionArray(pa.array(values, kind)))
    whole = pa.array([True, False, None, True, False, True, True, None, False, True, True])
    frame["offset"] = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([whole[9:], whole[2:3]])))
    frame["chunks"] = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array([1]), pa.array([], pa.int64()), pa.array([None, 3])])))
    return frame


def long():
    rows = 70
    frame = pd.DataFrame({"i": pd.array([i if i % 3 else None for i in range(rows)], dtype="Int64"), "c": pd.Categorical(["xyz"[i % 3] for i in range(rows)])})
    frame["t"] = pd.date_range("2020-01-01", periods=rows, freq="B", tz="America/New_York")
    frame["p"] = pd.period_range("2020-01", periods=rows, freq="M")
    frame["f"] = np.where(np.arange(rows) % 5, np.arange(rows) / 7, np.nan)
    frame["o"] = [i if i % 2 else "s%d" % i for i in range(rows)]
    return frame


def offsets():
    return pd.DataFrame({"v": range(3)}, index=pd.date_range("2020-01-31", periods=3, freq=pd.offsets.MonthEnd(), name="month"))


def series_multi():
    return pd.Series(pd.period_range("2020", periods=4, freq="D"), index=pd.MultiIndex.from_product([["a", "b"], [1, 2]]), name=("tuple", 1))


def series_interval():
    return pd.Series(pd.interval_range(pd.Timestamp("2020-01-01"), periods=2))


def series_sparse():
    return pd.Series(pd.arrays.SparseArray([0, 0, 5], fill_value=0), name="s")


def series_empty():
    return pd.Series([], dtype="float64")


def series_nullable():
    return pd.Series([1, None], dtype="Int16", index=["a", "b"], name=0.5)


def series_boxes():
    return pd.Series([pd.Series([1]), pd.DataFrame({"a": [1]})][:0], dtype=object)


def index_bool():
    return pd.Index([True, False, True])


def index_objects():
    return pd.Index([1, "a", None, 2.5], dtype=object, name="any")


def index_floats():
    return pd.Index([0.1, np.nan, -np.inf])


def index_intervals():
    return pd.IntervalIndex.from_tuples([(0.5, 1), (2, 3.25)], closed="neither", name="i")


def index_periods():
    return pd.PeriodIndex(["2020-01-01", "NaT"], freq="D")


def index_category():
    return pd.CategoricalIndex(["b", "a", None], categories=["a", "b", "c"], name="k")


def index_empty():
    return pd.DatetimeIndex([], tz="UTC")


def index_range_empty():
    return pd.RangeIndex(5, 0)


def index_deep():
    return pd.MultiIndex.from_arrays([pd.CategoricalIndex(["a", None]), pd.to_datetime(["2020-01-01", None])], names=["c", "t"])


def index_nullable():
    return pd.Index([1, None, 3], dtype="Int64")


def index_text():
    return pd.Index(["a", None], dtype="string[pyarrow]")


ALL = [v for k, v in list(globals().items()) if getattr(v, "__module__", None) == __name__]

if __name__ == "__main__":
    base.ALL = ALL
    base.main()
