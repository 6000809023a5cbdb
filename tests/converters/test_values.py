"""Values of each kind that models hold: the same to the bit after a round trip, and saved again the same bytes."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import fractions
import functools
import math
import operator
import pathlib
import re
import types
import uuid
import zoneinfo

import numpy as np
import pandas as pd
import pytest
import scipy.interpolate
import scipy.optimize
import scipy.sparse
import scipy.spatial.distance
import scipy.special
import scipy.stats
from sklearn.metrics import DistanceMetric, f1_score
from sklearn.neighbors import BallTree, KDTree

import perdure
from zoo.compare import same

NUMBERS = np.arange(24.0)
GRID = NUMBERS.reshape(4, 6)
RECORD = np.dtype([("left", "<i8"), ("pair", "<f4", (2,)), ("inner", [("a", "?"), ("b", "<M8[s]")])])
ALIGNED = np.dtype([("flag", "u1"), ("value", "<f8")], align=True)
UTC = datetime.UTC


def _records(dtype, length=5):
    made = np.zeros(length, dtype)
    for name in dtype.names:
        if made[name].dtype.names is None:
            made[name] = np.arange(made[name].size).reshape(made[name].shape)
    return made


def _filled(bits):
    bits.random_raw(7)
    return bits


def _drawn():
    generator = np.random.default_rng(5)
    generator.integers(0, 9, size=5, dtype=np.int32)
    return generator


def _drawn_legacy():
    state = np.random.RandomState(5)
    state.normal(size=3)
    return state


def _spawned():
    seed = np.random.SeedSequence(2**70, spawn_key=(1, 2))
    seed.spawn(3)
    return seed


PYTHON = {
    "dict with any keys": {1: "a", (1, frozenset({"x"})): None, b"k": 1j, None: -0.0, 2**80: ...},
    "OrderedDict": collections.OrderedDict(b=[1], a=2),
    "Counter": collections.Counter("banana"),
    "defaultdict": collections.defaultdict(list, a=[1]),
    "defaultdict of nothing": collections.defaultdict(None, a=1),
    "deque": collections.deque([1, "a", [2]], maxlen=5),
    "bytearray": bytearray(b"\x00\xff"),
    "array of doubles": array.array("d", [1.5, -0.0, math.inf]),
    "array of bytes": array.array("b", [-1, 2]),
    "date": datetime.date(2024, 2, 29),
    "datetime": datetime.datetime(2024, 2, 29, 12, 30, 1, 5, fold=1),
    "datetime with an offset": datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone(datetime.timedelta(hours=1), "here")),
    "datetime of a zone": datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Zurich")),
    "time": datetime.time(12, 30, tzinfo=UTC),
    "timedelta": datetime.timedelta(-1, 3, 7),
    "Decimal": [decimal.Decimal("1.50"), decimal.Decimal("NaN"), decimal.Decimal("-Infinity")],
    "Fraction": fractions.Fraction(-3, 7),
    "UUID": uuid.UUID(int=2**100),
    "path": pathlib.Path("some/where"),
    "pattern": re.compile(r"(?u)\b\w+\b", re.IGNORECASE),
    "pattern of bytes": re.compile(rb"\d+"),
    "flags of patterns": re.IGNORECASE | re.DOTALL,
    "itemgetter": operator.itemgetter(1),
    "itemgetter of several": operator.itemgetter("a", ("b", 2)),
    "attrgetter": operator.attrgetter("named_steps.model", "T"),
    "methodcaller": operator.methodcaller("astype", "float64", copy=True),
    "partial": functools.partial(np.clip, a_min=0, a_max=1),
    "partial with attributes": functools.update_wrapper(functools.partial(np.mean, axis=0), np.mean, assigned=("__name__",), updated=()),
    "builtins": [len, sorted, math.log1p, operator.add],
    "classes": [int, dict, collections.OrderedDict, np.float32, np.bool_, np.ndarray, float],
    "NotImplemented": [NotImplemented, ..., None],
    "slices and ranges": [slice(None, 3), slice("a", (1, 2)), range(0, 10, 3), range(2**70, 2**70 + 9)],
    "sets": [{1, "a", (2, 3)}, frozenset({b"x", 1.5}), set(), {np.int64(1), np.float32(2)}, {int, str, float, len}],
    "texts": ["", "größer", "\ud800", "\x00", "𝄞"],
}  # fmt: skip

NUMPY = {
    "structured, nested and with sub-arrays": _records(RECORD),
    "structured and aligned": _records(ALIGNED),
    "structured in two dimensions": _records(ALIGNED, 6).reshape(2, 3),
    "structured without rows": np.zeros(0, RECORD),
    "structured scalar": _records(RECORD)[1],
    "record array": np.rec.array(_records(ALIGNED)),
    "record": np.rec.array(_records(ALIGNED))[1],
    "matrix": np.matrix([[1.0, 2.0]]),
    "masked": np.ma.masked_array([1.0, 2.0], mask=[True, False], fill_value=-9.0),
    "masked without a mask": np.ma.masked_array([1, 2]),
    "masked, hard": np.ma.masked_array([1, 2], mask=[1, 0], hard_mask=True),
    "masked objects": np.ma.masked_array(np.array(["a", None, [1]], dtype=object), mask=[0, 1, 0]),
    "masked and structured": np.ma.masked_array(_records(ALIGNED), mask=[(1, 0)] * 5),
    "masked and column-major": np.ma.masked_array(np.asfortranarray(GRID), mask=np.asfortranarray(GRID > 5)),
    "the masked constant": [np.ma.masked],
    "dtypes": [np.dtype(">f4"), np.dtype("<U7"), np.dtype("m8[ns]"), RECORD, ALIGNED, np.dtype(object), np.dtype("S3")],
    "scalars": [np.float16(1.5), np.uint64(2**64 - 1), np.complex64(-0j), np.str_(""), np.str_("ü"), np.bytes_(b""), np.bool_(False)],
    "moments": [np.datetime64("NaT"), np.datetime64("2024-01-01T01", "h"), np.timedelta64(-3, "us")],
    "objects": np.array(["text", None, 1.5, np.nan, (1, [2]), np.arange(2), {"a": 1}], dtype=object),
    "object without dimensions": np.array(None, dtype=object),
    "objects by columns": np.array([["a", None], ["b", 1]], dtype=object, order="F"),
    "reversed": NUMBERS[::-1],
    "reversed rows": GRID[::-1],
    "reversed columns of columns": np.asfortranarray(GRID)[:, ::-1],
    "rows of a column-major array": np.asfortranarray(GRID)[:2],
    "columns of a row-major array": GRID[:, 1:3],
    "every second": NUMBERS[::2],
    "transposed axes": NUMBERS.reshape(2, 3, 4).transpose(1, 2, 0),
    "one value shown often": np.broadcast_to(np.float64(2.0), (3, 4)),
    "integers with gaps": np.arange(12).reshape(3, 4)[:, ::3],
    "ufuncs": [np.add, np.log1p, scipy.special.expit, scipy.special.gammaln, scipy.special.logsumexp],
    "functions": [np.mean, np.linalg.norm, np.median, scipy.stats.pearsonr, scipy.spatial.distance.cosine, f1_score],
    "RandomState": _drawn_legacy(),
    "the global RandomState": [np.random.mtrand._rand],
    "Generator": _drawn(),
    "SeedSequence": _spawned(),
    **{f"bit generator {name}": _filled(getattr(np.random, name)(9)) for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")},
}  # fmt: skip

X = np.linspace(0, 3, 7)
SCIPY = {
    **{f"{kind} {form}": getattr(scipy.sparse, f"{kind}_{form}")(GRID * (GRID % 3 == 0)) for kind in ("bsr", "coo", "csc", "csr", "dia", "dok", "lil") for form in ("matrix", "array")},
    "blocks": scipy.sparse.bsr_matrix(np.kron(np.eye(2), np.ones((2, 3)))),
    "unsorted": scipy.sparse.csr_matrix((np.ones(3), np.array([2, 0, 0]), np.array([0, 2, 3])), shape=(2, 3)),
    "indices of 64 bits": scipy.sparse.csc_matrix((np.ones(1), np.array([0], "i8"), np.array([0, 1], "i8")), shape=(1, 1)),
    "without entries": scipy.sparse.coo_matrix((3, 0), dtype=np.int8),
    "BSpline": scipy.interpolate.make_interp_spline(X, np.sin(X)),
    "BSpline of several": scipy.interpolate.BSpline.construct_fast(np.arange(8.0), np.eye(5, 2), 2, extrapolate="periodic"),
    "PPoly": scipy.interpolate.PPoly(np.ones((2, 6)), X, extrapolate=False),
    "CubicSpline": scipy.interpolate.CubicSpline(X, np.c_[X, X**2]),
    "Pchip": scipy.interpolate.PchipInterpolator(X, X**2),
    "Akima": scipy.interpolate.Akima1DInterpolator(X, X**3),
    "interp1d": scipy.interpolate.interp1d(X, X**2, bounds_error=False, fill_value=(0.0, 9.0)),
    "interp1d, extrapolating": scipy.interpolate.interp1d(X, X**2, kind="nearest", fill_value="extrapolate"),
    "RegularGridInterpolator": scipy.interpolate.RegularGridInterpolator((np.arange(4), np.arange(6)), GRID),
    "OptimizeResult": scipy.optimize.OptimizeResult(x=np.ones(2), success=True),
    "frozen": [scipy.stats.norm(1, scale=2), scipy.stats.loguniform(1e-3, 1), scipy.stats.randint(1, 9), scipy.stats.poisson(mu=3.0)],
    "trees": [KDTree(GRID, leaf_size=2), BallTree(GRID, metric="minkowski", p=3), KDTree(GRID, sample_weight=np.ones(4))],
    "metrics": [
        DistanceMetric.get_metric("seuclidean", V=np.arange(1.0, 4.0)),
        DistanceMetric.get_metric("mahalanobis", V=np.diag([1.0, 2.0])),
        DistanceMetric.get_metric("pyfunc", func=scipy.spatial.distance.sqeuclidean),
        DistanceMetric.get_metric("haversine"),
    ],
}  # fmt: skip

PANDAS = {
    "frame": pd.DataFrame(
        {
            "number": [1.5, np.nan],
            "small": np.array([1, 2], "i2"),
            "text": ["a", "größer"],
            "object": pd.Series([None, 1], dtype=object),
            "category": pd.Categorical(["x", None], categories=["y", "x"], ordered=True),
            "when": pd.to_datetime(["2024-01-01", None]),
            "zoned": pd.to_datetime(["2024-01-01", "2024-07-01"]).tz_localize("Europe/Zurich"),
            "span": pd.to_timedelta(["1 day", None]),
            "whole": pd.array([1, None], dtype="Int64"),
            "flag": pd.array([True, None], dtype="boolean"),
            "string": pd.array(["a", None], dtype="string"),
            "period": pd.period_range("2024-01", periods=2, freq="M"),
            "interval": pd.IntervalIndex.from_breaks([0, 1, 2], closed="left"),
            "sparse": pd.arrays.SparseArray([0.0, 1.0]),
        },
        index=pd.Index(["r", "s"], name=("row", 1)),
    ),
    "names twice": pd.DataFrame(np.arange(6.0).reshape(2, 3), columns=["a", "b", "a"]),
    "names of two levels": pd.DataFrame(np.eye(2), columns=pd.MultiIndex.from_product([["x"], [1, 2]], names=["l", None])),
    "no rows": pd.DataFrame({"a": pd.Series([], dtype="f4")}),
    "no columns": pd.DataFrame(index=[1, 2]),
    "attrs": pd.Series([1], name=3, index=[0.5]),
    "ranges": [pd.RangeIndex(1, 9, 3, name="n"), pd.Series([1, 2])],
    "numbers as labels": [pd.Index([3, 1], dtype="i8"), pd.Index([0.5, np.nan]), pd.Index([2**64 - 1], dtype="u8")],
    "objects as labels": pd.Index(["b", 1, None, (1, 2)], dtype=object),
    "dates": [pd.date_range("2024-01-01", periods=3, freq="MS"), pd.date_range("2024", periods=2, tz="UTC"), pd.to_datetime([])],
    "spans": pd.timedelta_range("1h", periods=3, freq="30min"),
    "levels": pd.MultiIndex.from_tuples([("a", 1), ("b", None)], names=["x", "y"]),
    "categories": [pd.CategoricalIndex(["u", "v", "u"], name="c"), pd.Categorical([1, 2], ordered=False)],
    "missing": [pd.NA, pd.NaT, np.nan, None],
    "scalars": [pd.Timestamp("2024-02-29 12:00", tz="Asia/Kathmandu"), pd.Timedelta("-3h"), pd.Period("2024Q1"), pd.Interval(0, 1, "both")],
    "zones": [pd.Timestamp("2024-07-01", tz=zone) for zone in (UTC, datetime.timezone(datetime.timedelta(hours=-3)), "Europe/Zurich", zoneinfo.ZoneInfo("Asia/Tokyo"))],
    "offsets": [pd.offsets.Day(2), pd.offsets.MonthEnd(), pd.offsets.Week(weekday=2)],
    "dtypes": [pd.Int8Dtype(), pd.BooleanDtype(), pd.StringDtype(), pd.DatetimeTZDtype(tz="UTC"), pd.CategoricalDtype(["a"], True), pd.CategoricalDtype(), pd.PeriodDtype("D")],
    "functions": [pd.isna, pd.to_numeric, pd.DataFrame],
}  # fmt: skip
ALL = {
    **{f"python: {name}": value for name, value in PYTHON.items()},
    **{f"numpy: {name}": value for name, value in NUMPY.items()},
    **{f"scipy: {name}": value for name, value in SCIPY.items()},
    **{f"pandas: {name}": value for name, value in PANDAS.items()},
}
if hasattr(np.dtypes if hasattr(np, "dtypes") else np, "StringDType"):
    STRINGS = np.dtypes.StringDType(na_object=np.nan)
    ALL["numpy: strings of any length"] = [np.array(["a", "größer", np.nan], dtype=STRINGS), STRINGS]


@pytest.mark.parametrize("name", ALL)
def test_comes_back_the_same(name):
    value = ALL[name]
    data = perdure.dumps({"value": value})
    found = perdure.loads(data)
    assert same({"value": value}, found) == []
    assert perdure.dumps(found) == data


def test_methods_of_builtin_types_and_views_of_dicts():
    value = [str.lower, str.split, types.MappingProxyType({"a": [1]})]
    data = perdure.dumps(value)
    found = perdure.loads(data)
    assert found == value
    assert type(found[2]) is types.MappingProxyType
    assert perdure.dumps(found) == data


def test_the_global_random_state_stays_the_global_one():
    assert perdure.loads(perdure.dumps([np.random.mtrand._rand]))[0] is np.random.mtrand._rand


def test_distributions_are_the_ones_of_scipy():
    found = perdure.loads(perdure.dumps([scipy.stats.uniform, scipy.stats.binom]))
    assert found[0] is scipy.stats.uniform
    assert found[1] is scipy.stats.binom


def test_a_seed_spawns_the_same_children():
    seed = _spawned()
    found = perdure.loads(perdure.dumps(seed))
    assert [child.generate_state(2).tolist() for child in seed.spawn(2)] == [
        child.generate_state(2).tolist() for child in found.spawn(2)
    ]


def test_frozen_distributions_draw_the_same():
    value = [scipy.stats.loguniform(1e-3, 1), scipy.stats.norm(1, 2)]
    value[1].random_state = np.random.RandomState(3)
    found = perdure.loads(perdure.dumps(value))
    assert found[0].rvs(3, random_state=0).tolist() == value[0].rvs(3, random_state=0).tolist()
    assert found[1].rvs(3).tolist() == value[1].rvs(3).tolist()
