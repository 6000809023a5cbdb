"""What people put beside a model, and what parameters may hold: values of every kind, in a dict around a small model."""

from __future__ import annotations

import collections
import datetime
import decimal
import functools
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse
from scipy import interpolate, stats
from sklearn import gaussian_process, metrics, model_selection
from sklearn.linear_model import Ridge
from sklearn.neighbors import BallTree, KDTree

from zoo import data, own
from zoo.registry import family

add = family("values beside a model")


def _beside(values: Any) -> Any:
    """A builder of ``{"model": …, "values": …}``, with the values made anew on each call."""
    return lambda: {"model": Ridge(), "values": values()}


def _builtins() -> list[Any]:
    shared = [1, 2]
    cycle: dict[str, Any] = {"name": "cycle"}
    cycle["itself"] = cycle
    return [
        *(None, True, False, 0, -1, 2**53, 2**53 + 1, -(2**70), 10**400),
        *(0.0, -0.0, 1e-320, 1.5, float("nan"), -float("nan"), float("inf"), -float("inf")),
        *("", "ascii", "größer 木 🌳", "nul \0 and \ud800", "a" * 500, b"", b"\x00\xff", bytearray(b"changes")),
        *(1 + 2j, complex(-0.0, float("nan")), ..., slice(None, 3, -1), range(0, 10, 3)),
        *((), (1,), [], {}, set(), frozenset(), {1, "a", (2, 3)}, frozenset({b"x", None})),
        {
            1: "int",
            "1": "str",
            2.5: "float",
            (1, ("a", None)): "tuple",
            None: "none",
            frozenset({1}): "set",
            b"1": "bytes",
        },
        collections.OrderedDict([("b", 1), ("a", 2)]),
        collections.defaultdict(list, {"x": [1]}),
        collections.Counter("abca"),
        {"shared": shared, "again": shared, "equal but apart": [1, 2]},
        cycle,
        own.Bounds(0.0, 1.0),
        own.Mode.MEDIAN,
        own.Plan(4),
    ]


def _functions() -> list[Any]:
    return [
        *(len, dict, np.log1p, np.mean, np.float64, np.ndarray, metrics.accuracy_score, Ridge, own.cubic, own.Clipper),
        functools.partial(own.add_ratio, first=0, second=1),
        metrics.make_scorer(metrics.fbeta_score, beta=0.5, greater_is_better=True),
        metrics.get_scorer("roc_auc"),
        model_selection.RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=np.random.RandomState(1)),
        model_selection.ShuffleSplit(n_splits=2, random_state=0),
        gaussian_process.kernels.RBF([1.0, 2.0]) ** 2 + gaussian_process.kernels.WhiteKernel(0.1),
    ]


def _arrays() -> dict[str, Any]:
    numbers = np.arange(24, dtype=float)
    buffer = np.arange(12.0).reshape(3, 4)
    record = np.dtype([("left", "<i8"), ("value", "<f4"), ("flag", "u1"), ("pair", "<i2", (2,))], align=True)
    table = np.zeros(3, record)
    table["value"], table["pair"] = [1.5, -0.0, np.nan], [[1, 2], [3, 4], [5, 6]]
    return {
        **{
            f"dtype {code}": numbers.astype(code)
            for code in ("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")
        },
        **{f"big-endian {code}": numbers.astype(code) for code in (">i4", ">f8", ">c8")},
        "nan payloads": np.array([0x7FF8000000000001, 0xFFF8000000000002, 0x7FF0000000000000], dtype="u8").view("f8"),
        "dates": np.array(["2024-02-29", "NaT"], dtype="M8[D]"),
        "moments": np.array(["2024-02-29T12:00:00.123456789"], dtype="M8[ns]"),
        "spans": np.array([1, -5], dtype="m8[s]"),
        "text": np.array(["a", "größer", ""]),
        "bytes": np.array([b"a", b"bc\x00d"]),
        "objects": np.array(["text", None, 1.5, np.nan, 3, (1, 2), np.arange(2)], dtype=object),
        "object table": np.array([["a", None], ["b", "c"]], dtype=object, order="F"),
        "ragged": np.array([np.arange(2), np.arange(3)], dtype=object),
        "no dimension": np.array(3.5),
        "empty": np.empty((0, 3)),
        "empty column-major": np.empty((2, 0, 3), order="F"),
        "column-major": np.asfortranarray(buffer),
        "three dimensions": np.asfortranarray(numbers.reshape(2, 3, 4)),
        "every second": numbers[::2],
        "reversed rows": buffer[::-1],
        "columns of a table": buffer[:, 1:3],
        "structured": table,
        "records": np.rec.array([(1, 2.5), (3, 4.5)], dtype=[("a", "i8"), ("b", "f8")]),
        "matrix": np.matrix([[1.0, 2.0]]),
        "masked": np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False], fill_value=-9.0),
        "masked objects": np.ma.masked_array(np.array(["a", None], dtype=object), mask=[False, True]),
        "unmasked": np.ma.masked_array([1, 2]),
        "one array": buffer,
        "the same array": buffer,
        "scalars": [
            np.float32(1.5),
            np.int8(-3),
            np.bool_(True),
            np.complex64(1j),
            np.str_("ü"),
            np.bytes_(b"x"),
            np.float64(-0.0),
        ],
        "moment scalars": [np.datetime64("2024-01-01", "us"), np.timedelta64(5, "h"), np.datetime64("NaT")],
        "structured scalar": table[0],
        "dtypes": [np.dtype("<f4"), np.dtype(">i2"), np.dtype("M8[us]"), np.dtype("U7"), record, np.dtype(object)],
    }


def _random_states() -> dict[str, Any]:
    legacy = np.random.RandomState(5)
    legacy.normal(size=3)  # an odd number of draws leaves one Gaussian over
    sequence = np.random.SeedSequence(7)
    sequence.spawn(2)
    advanced = np.random.default_rng(3)
    advanced.integers(0, 9, size=5, dtype=np.int32)
    return {
        "RandomState": legacy,
        "shared": [legacy],
        "Generator": advanced,
        **{
            kind: np.random.Generator(getattr(np.random, kind)(1))
            for kind in ("MT19937", "PCG64DXSM", "Philox", "SFC64")
        },
        "bit generator": np.random.PCG64(2),
        "SeedSequence": sequence,
    }


def _scipy() -> dict[str, Any]:
    dense = np.array([[0.0, 1.5, 0.0], [2.0, 0.0, -0.0], [0.0, 0.0, 3.0]])
    unsorted = scipy.sparse.csr_matrix(
        (np.array([1.0, 2.0, 3.0]), np.array([2, 0, 0]), np.array([0, 2, 3])), shape=(2, 3)
    )
    x = np.linspace(0, 3, 6)
    return {
        **{
            f"{kind} matrix": getattr(scipy.sparse, f"{kind}_matrix")(dense)
            for kind in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")
        },
        **{
            f"{kind} array": getattr(scipy.sparse, f"{kind}_array")(dense)
            for kind in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")
        },
        "unsorted indices": unsorted,
        "long indices": scipy.sparse.csr_matrix(
            (unsorted.data.copy(), unsorted.indices.astype("i8"), unsorted.indptr.astype("i8")), shape=(2, 3)
        ),
        "repeated entries": scipy.sparse.coo_matrix((np.ones(3), ([0, 0, 1], [1, 1, 2])), shape=(2, 3)),
        "nothing stored": scipy.sparse.csr_matrix((3, 4), dtype=np.float32),
        "BSpline": interpolate.make_interp_spline(x, np.sin(x), k=3),
        "many BSplines": interpolate.BSpline(np.arange(8.0), np.eye(5, 2), 2, extrapolate="periodic"),
        "CubicSpline": interpolate.CubicSpline(x, np.sin(x)),
        "Pchip": interpolate.PchipInterpolator(x, x**2),
        "interp1d": interpolate.interp1d(x, x**3, bounds_error=False, fill_value="extrapolate"),
        "distributions": [
            stats.norm(1, 2),
            stats.uniform(loc=0.5),
            stats.loguniform(1e-3, 1.0),
            stats.randint(1, 9),
            stats.poisson(mu=3.0),
            stats.beta(2, b=3, scale=2.0),
        ],
        "trees": [
            KDTree(dense, leaf_size=2),
            BallTree(dense, metric="minkowski", p=3),
            KDTree(dense, sample_weight=np.ones(3)),
        ],
    }


def _pandas() -> dict[str, Any]:
    frame = pd.DataFrame(
        {
            "number": [1.5, np.nan],
            "whole": np.array([1, 2], dtype="i2"),
            "text": ["a", "größer"],
            "object": pd.Series(["a", None], dtype=object),
            "category": pd.Categorical(["x", None], categories=["y", "x"], ordered=True),
            "when": pd.to_datetime(["2024-01-01 00:00", "2024-06-30 12:00"]),
            "zoned": pd.to_datetime(["2024-01-01", "2024-06-30"]).tz_localize("Europe/Zurich"),
            "span": pd.to_timedelta(["1 day", "2 h"]),
            "nullable": pd.array([1, None], dtype="Int64"),
            "nullable flag": pd.array([True, None], dtype="boolean"),
            "nullable number": pd.array([1.5, None], dtype="Float32"),
            "string": pd.array(["a", None], dtype="string"),
        },
        index=pd.Index(["r1", "r2"], name="row"),
    )
    return {
        "frame": frame,
        "repeated names": pd.DataFrame(np.arange(6.0).reshape(2, 3), columns=["a", "b", "a"]),
        "no rows": pd.DataFrame({"a": pd.Series([], dtype="f4")}),
        "series": frame["zoned"],
        "named by a tuple": pd.Series([1, 2], name=("a", 1), index=pd.RangeIndex(2, 6, 2)),
        "indexes": [
            pd.RangeIndex(3),
            pd.Index([3, 1, 2], dtype="i8", name="n"),
            pd.Index([0.5, -0.0]),
            pd.Index(["b", "a"]),
            pd.Index(["b", 1, None], dtype=object),
            pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["letter", None]),
            pd.CategoricalIndex(["u", "v", "u"]),
            pd.date_range("2024-01-01", periods=3, freq="D"),
            pd.to_timedelta([1, 2], unit="s"),
            pd.period_range("2024-01", periods=2, freq="M"),
            pd.IntervalIndex.from_breaks([0.0, 1.0, 2.0]),
        ],
        "categories": pd.Categorical(["low", "high", None], categories=["low", "high"], ordered=True),
        "dtypes": [pd.CategoricalDtype(["a", "b"], ordered=False), frame["zoned"].dtype, pd.Int8Dtype()],
        "scalars": [pd.Timestamp("2024-02-29", tz="UTC"), pd.Timedelta("3h"), pd.Interval(0, 1), pd.NA, pd.NaT],
    }


def _of_the_standard_library() -> list[Any]:
    return [
        datetime.date(2024, 2, 29),
        datetime.datetime(2024, 2, 29, 12, 0, 1, 5),
        datetime.datetime(2024, 2, 29, tzinfo=datetime.UTC),
        datetime.timedelta(days=1, microseconds=3),
        datetime.time(12, 30),
        decimal.Decimal("1.50"),
    ]


add(
    "dict-builtins",
    _beside(_builtins),
    data.regression,
    "root own-code",
    trusted=("zoo.own:Bounds", "zoo.own:Mode", "zoo.own:Plan"),
)
add(
    "dict-functions",
    _beside(_functions),
    data.regression,
    "root own-code",
    trusted=("zoo.own:Clipper", "zoo.own:add_ratio", "zoo.own:cubic"),
)
add("dict-arrays", _beside(_arrays), data.regression, "root")
add("dict-random-states", _beside(_random_states), data.regression, "root random-state")
add("dict-scipy", _beside(_scipy), data.regression, "root sparse")
add("dict-pandas", _beside(_pandas), data.regression, "root")
add("dict-standard-library", _beside(_of_the_standard_library), data.regression, "root")
