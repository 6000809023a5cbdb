"""Values of other libraries, beside a model or within one: what they stand for is looked at, and what they cannot be."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from scipy import interpolate, stats
from sklearn.linear_model import Ridge

import perdure
from attacks.craft import Graph
from perdure.errors import InvalidError, LimitError, PerdureError
from perdure.graph.nodes import Dict, List, Object, Range, Tuple
from perdure.graph.structure import walk

GRID = np.arange(6.0)


def changed(value, kind, attribute, change):
    return Graph([value]).change(kind, attribute, change).bytes()


@pytest.mark.parametrize(
    "entropy",
    [Range(0, 2**21, 1), List(tuple(range(2000))), Dict(()), "x", 1.5, 1 << 5000, Tuple((1 << 5000,)), b"x", Object("uuid:UUID/1", {})],
    ids=["a range", "a long list", "a dict", "a text", "a float", "a large number", "one of a list", "bytes", "an object"],
)  # fmt: skip
def test_a_seed_is_a_number_or_a_short_row(entropy):
    """Whoever mixes it looks at each part."""
    with pytest.raises(InvalidError) as caught:
        perdure.loads(changed(np.random.SeedSequence(1), "SeedSequence/1", "entropy", entropy))
    assert caught.value.path == "model[0].entropy"


@pytest.mark.parametrize("seed", [None, 5, 2**128, [1, 2, 3]])
def test_usual_seeds_pass(seed):
    made = np.random.SeedSequence(seed)
    (loaded,) = perdure.loads(perdure.dumps([made]))
    assert np.array_equal(loaded.generate_state(4), made.generate_state(4))


@pytest.mark.parametrize("length", [2**31, 2**62, -1])
def test_a_sparse_column_is_no_longer_than_a_table(length):
    data = changed(pd.arrays.SparseArray([0, 0, 1]), "SparseArray/1", "length", length)
    with pytest.raises(InvalidError) as caught:
        perdure.loads(data)
    assert caught.value.path == "model[0].length"


def test_what_a_library_has_no_code_for_is_refused():
    """pandas has no index of bytes, and says so with an error of its own."""
    if pd.__version__ < "2":
        pytest.skip("this release makes objects of them")
    data = changed(
        pd.MultiIndex.from_tuples([(1, "a"), (2, "b")]), "pandas:Index/1", "values", lambda a: a.astype("S3")
    )
    with pytest.raises(InvalidError):
        perdure.loads(data)


VALUES = {
    "RandomState": np.random.RandomState(0),
    "Generator": np.random.default_rng(0),
    "Philox": np.random.Philox(0),
    "BSpline": interpolate.make_interp_spline(GRID, GRID),
    "PPoly": interpolate.PPoly(np.ones((2, 5)), GRID),
    "interp1d": interpolate.interp1d(GRID, GRID),
    "CubicSpline": interpolate.CubicSpline(GRID, GRID),
    "RegularGridInterpolator": interpolate.RegularGridInterpolator((GRID,), GRID),
    "masked": np.ma.masked_array(GRID, GRID > 2),
    "record": np.rec.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    "strided": np.arange(24.0).reshape(4, 6)[:, ::2],
    "Series": pd.Series([1, 2, None]),
    "Categorical": pd.Categorical(["a", "b"]),
    "MultiIndex": pd.MultiIndex.from_tuples([(1, "a"), (2, "b")]),
    "IntervalIndex": pd.interval_range(0, 3),
    "DatetimeIndex": pd.date_range("2024", periods=3, tz="UTC"),
    "Int64": pd.array([1, None], dtype="Int64"),
    "norm": stats.norm(0, 1),
}
STRANGE = {
    "None": None,
    "below": -1,
    "far": 2**62,
    "beyond 64 bits": 2**80,
    "not a number": float("nan"),
    "a text": "x",
    "a tuple": Tuple((2**62,)),
    "a list of texts": List(("a",)),
    "a dict": Dict((("a", 1),)),
    "a range": Range(0, 1000, 1),
    "a dtype": Object("pandas.api.types:pandas_dtype/1", {"name": "category"}),
}
ARRAYS = {
    "negative": lambda a: -a - 1 if a.dtype.kind in "if" else a[:0],
    "far": lambda a: np.full_like(a, 2**30) if a.dtype.kind in "iuf" else a[:0],
    "shorter": lambda a: a[:-1],
    "twice": lambda a: np.concatenate([a, a]),
    "bytes": lambda a: a.astype("S3"),
    "deeper": lambda a: a.reshape(1, *a.shape),
}


def used(value):
    """Use a value as whoever holds it would; an ordinary exception is an answer."""
    for use in (repr, np.asarray, lambda v: v(GRID), lambda v: v.random(3), lambda v: v.random_sample(3)):
        try:
            use(value)
        except Exception:  # noqa: BLE001
            continue


@pytest.mark.parametrize("name", VALUES)
def test_no_part_of_a_value_does_harm(name):
    """Each attribute of each object in it, in the place of each something that never stands there."""
    graph = Graph([VALUES[name]])
    inner = [part for part in graph.objects() if "/" in part.type]
    assert inner
    outcomes = {"loaded": 0, "refused": 0}
    for part in inner:
        for attribute in part.state:
            for change in [*STRANGE.values(), *ARRAYS.values()]:
                try:
                    data = changed(VALUES[name], part.type, attribute, change)
                except (
                    AttributeError,
                    ValueError,
                    TypeError,
                    LookupError,
                    RuntimeError,
                    OverflowError,
                    AssertionError,
                ):
                    continue
                try:
                    (made,) = perdure.loads(data)
                except PerdureError:
                    outcomes["refused"] += 1
                    continue
                outcomes["loaded"] += 1
                used(made)
    assert outcomes["refused"] > 10


def test_a_range_in_the_place_of_a_parameter_is_as_long_as_it_is():
    from sklearn.impute import SimpleImputer

    data = Graph(SimpleImputer().fit([[1.0], [2.0]])).change("SimpleImputer", "missing_values", Range(0, 2**53, 1))
    with pytest.raises(LimitError):
        perdure.loads(data.bytes())


HUGE = 10**5000


@pytest.mark.parametrize(
    "value",
    [{HUGE: Ridge(), "a": [1]}, {(HUGE,): [Ridge()]}, [Ridge(alpha=HUGE)], {"a": {HUGE: {HUGE: [HUGE]}}}],
    ids=["a key", "in a key", "a parameter", "keys within"],
)
def test_numbers_that_python_does_not_print_have_places(value):
    """Python refuses to write an integer of more than 4,300 digits in base ten: a place in the model has to."""
    data = perdure.dumps(value)
    with perdure.open(io.BytesIO(data)) as file:
        assert all(str(path) for path, _ in walk(file.graph))
        assert file.outline.parts
        with pytest.raises(perdure.UnsupportedError):
            file.load("[5]")
    assert perdure.dumps(perdure.loads(data)) == data


def test_what_is_wrong_below_such_a_key_is_said():
    data = Graph({HUGE: {HUGE: [np.random.SeedSequence(1)]}}).change("SeedSequence/1", "entropy", "x").bytes()
    with pytest.raises(InvalidError) as caught:
        perdure.loads(data)
    assert caught.value.path == "model[…][…][0].entropy"
