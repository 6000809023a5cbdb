"""All columns of trees at once, by compiled code: the same bytes as a column after the other, and no trust in arguments."""

import binascii

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

import perdure
from arrays.test_structural_models import codecs
from fuzz.structural import Mutant, grown
from perdure.arrays.native import crc32, native, use_native
from perdure.errors import PerdureError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 5)).astype(np.float32)
Y = (X[:, 0] + RNG.normal(size=600) > 0).astype(int)
MANY = RNG.normal(size=(9000, 3)).astype(np.float32)

# Name → model, and whether its values and impurities are made at once as well.
CASES = {
    "two classes": (lambda: RandomForestClassifier(40, random_state=0).fit(X, Y), True),
    "five classes": (
        lambda: RandomForestClassifier(20, random_state=0).fit(X, Y + (X[:, 1] * 2).astype(int) % 4),
        True,
    ),
    "no bootstrap": (lambda: ExtraTreesClassifier(40, random_state=0).fit(X, Y), True),
    "large trees": (lambda: RandomForestClassifier(8, random_state=0).fit(MANY, RNG.integers(0, 2, 9000)), True),
    "regression": (lambda: RandomForestRegressor(20, random_state=0).fit(X, X[:, 1] + 3.0), True),
    "boosting": (lambda: GradientBoostingRegressor(n_estimators=90, random_state=0).fit(X, X[:, 1]), True),
    "boosting of classes": (lambda: GradientBoostingClassifier(n_estimators=90, random_state=0).fit(X, Y), True),
    "entropy": (lambda: RandomForestClassifier(20, criterion="entropy", random_state=0).fit(X, Y), True),
    "absolute error": (
        lambda: RandomForestRegressor(8, criterion="absolute_error", max_depth=8, random_state=0).fit(X, X[:, 1]),
        False,
    ),
    "two outputs": (lambda: RandomForestClassifier(20, random_state=0).fit(X, np.c_[Y, X[:, 1] > 0]), False),
}


@pytest.fixture
def counted(monkeypatch):
    """Compiled code that says what it was called with."""
    if not native.active:
        pytest.skip("the decoder was not built")
    calls = []

    class Library:
        def __getattr__(self, name):
            return getattr(library, name)

        def forest(self, *arguments):
            calls.append(arguments)
            return library.forest(*arguments)

    library = native.library
    monkeypatch.setattr(native, "library", Library())
    return calls


def states(model):
    found = []
    for estimator in np.ravel(model.estimators_):
        state = estimator.tree_.__getstate__()
        found.append((state["nodes"].tobytes(), state["values"].tobytes(), state["max_depth"]))
    return found


@pytest.mark.parametrize("name", CASES)
def test_trees_are_the_same_with_compiled_code_and_without(name, counted):
    make, _ = CASES[name]
    model = make()
    data = perdure.dumps(model)
    counted.clear()
    quick = perdure.loads(data)
    assert counted
    calls = len(counted)
    use_native(False)
    try:
        slow = perdure.loads(data)
    finally:
        use_native(True)
    assert len(counted) == calls
    assert states(quick) == states(slow) == states(model)
    assert [list(vars(tree)) for tree in np.ravel(quick.estimators_)] == [
        list(vars(tree)) for tree in np.ravel(slow.estimators_)
    ]


@pytest.mark.parametrize("name", [name for name, (_, whole) in CASES.items() if whole])
def test_values_are_made_with_the_nodes(name, counted):
    data = perdure.dumps(CASES[name][0]())
    perdure.loads(data)
    shares, means = counted[0][10], counted[0][11]
    # Up to 1.2 trees hold counts of classes, not fractions: they are made by themselves.
    assert bool(shares.size or means.size) == bool(codecs(data) & {"fractions", "means"})


@pytest.mark.parametrize("name", ["two classes", "regression", "boosting"])
def test_each_tree_has_memory_of_its_own(name):
    model = perdure.loads(perdure.dumps(CASES[name][0]()))
    before = states(model)
    first, second = list(np.ravel(model.estimators_))[:2]
    first.tree_.value[...] = 7.0
    assert states(model)[1:] == before[1:]
    if hasattr(first, "classes_"):
        first.classes_[0] = 9
        assert second.classes_[0] != 9


@pytest.mark.parametrize("name", ["two classes", "five classes", "regression"])
def test_damage_is_refused_alike(name):
    """Whatever is wrong with what is kept is a refusal with and without compiled code, or the same trees."""
    data = bytearray(perdure.dumps(CASES[name][0]()))
    rng = np.random.default_rng(1)
    before = native.active
    for _ in range(40):
        mutant = bytearray(data)
        for at in rng.integers(0, len(mutant), 3):
            mutant[at] ^= 1 << int(rng.integers(8))
        found = []
        for wanted in (True, False):
            use_native(wanted)
            try:
                found.append(states(perdure.loads(bytes(mutant))))
            except PerdureError:
                found.append(None)
            finally:
                use_native(before)
        assert found[0] == found[1]


COUNT = 15


@st.composite
def arguments(draw):
    """Arguments that may or may not belong together, for fifteen nodes at most."""
    n = draw(st.integers(0, COUNT))
    leaf = np.array(draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)), np.uint8)
    # Half of them are trees in preorder.
    if n % 2 and draw(st.booleans()):
        leaf = np.array([0, 1] * (n // 2) + [1], np.uint8)
    n_leaves, n_splits = np.count_nonzero(leaf), n - np.count_nonzero(leaf)
    offsets = np.array([0, *sorted(draw(st.lists(st.integers(-1, n + 1), max_size=2))), n], np.int64)
    near = st.sampled_from([0, 0, 0, 0, 0, 0, 1, -1])

    def some(count, dtype):
        return RNG.integers(0, 200, max(count + draw(near), 0)).astype(dtype)

    width = draw(st.sampled_from([64, 64, 64, 57, 8, 3]))
    places = [0, 8, 16, 24, 32, 40, 48, 56]
    if draw(st.booleans()):
        places[draw(st.integers(0, 7))] = draw(st.sampled_from([-(2**63), -2, -1, 0, 57, 63, 64, 2**62]))
    kinds = st.sampled_from([np.uint8, np.uint16, np.uint32, np.uint64])
    classes, regression = draw(st.sampled_from([0, 1, 2, 4])), draw(st.booleans())
    columns = classes + 1 if classes else 1
    values = np.zeros((max(n + draw(near), 0), columns + draw(near)))
    floats = [some(count, np.uint64) if regression else some(0, np.uint64) for count in (n_leaves, n_splits) * 2]
    return (
        leaf,
        offsets,
        np.zeros((n, width), np.uint8),
        np.array(places[: len(places) - draw(st.sampled_from([0, 0, 0, 1]))], np.int64),
        np.zeros(2, np.uint64),
        some(n_splits, draw(kinds)),
        some(n_splits, np.uint64),
        some(n_leaves, draw(kinds)),
        some(n_leaves, draw(kinds)) if draw(st.booleans()) else np.empty(0, np.uint8),
        values,
        np.zeros((classes, n_leaves + draw(near) if n_leaves else 0), draw(kinds)),
        *floats,
    )


@given(arguments())
@settings(deadline=None, max_examples=400)
def test_nothing_is_written_beside_the_nodes(given):
    """Whatever compiled code is handed, it refuses it or stays within it."""
    if not native.active:
        pytest.skip("the decoder was not built")
    # The arrays that are written stand within others, whose ends say whether they were.
    nodes, values = given[2], given[9]
    wide = np.full(nodes.size + 256, 170, np.uint8)
    wider = np.full(values.size + 64, 3.0)
    inner = wide[128 : 128 + nodes.size].reshape(nodes.shape)
    given = [*given[:2], inner, *given[3:9], wider[32 : 32 + values.size].reshape(values.shape), *given[10:]]
    kept = [array.copy() for array in given]
    try:
        native.forest(*given)
    except ValueError:
        pass
    assert (wide[:128] == 170).all()
    assert (wide[128 + nodes.size :] == 170).all()
    assert (wider[:32] == 3).all()
    assert (wider[32 + values.size :] == 3).all()
    for number, array in enumerate(given):
        if number not in (2, 9):
            assert array.tobytes() == kept[number].tobytes()


def test_trees_that_are_none_are_refused(counted):
    perdure.loads(perdure.dumps(CASES["two classes"][0]()))
    good = list(counted[0])
    leaf = good[0]
    for wrong in (1 - leaf, np.roll(leaf, 1), np.sort(leaf)):
        with pytest.raises(ValueError, match=r"preorder|same trees"):
            native.forest(wrong.astype(np.uint8), *good[1:])
    with pytest.raises(TypeError):
        native.forest(*good[1:])
    for number in (number for number in (5, 6, 7, 8, 10) if good[number].size):
        short = list(good)
        short[number] = good[number][..., :-1]
        with pytest.raises(ValueError, match=r"same trees|packed"):
            native.forest(*short)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_columns_are_put_side_by_side_within_their_rows(data):
    if not native.active:
        pytest.skip("the decoder was not built")
    n, width = data.draw(st.integers(0, 200)), data.draw(st.integers(1, 40))
    columns, places = [], []
    for _ in range(data.draw(st.integers(0, 4))):
        dtype = np.dtype(data.draw(st.sampled_from(["<i8", "<f8", "|u1", "|i1", "<i2", "<i4", "<u2", "<f4"])))
        columns.append(
            RNG.integers(-100 if dtype.kind == "i" else 0, 100, n + data.draw(st.sampled_from([0, 0, 0, 0, 1]))).astype(
                dtype
            )
        )
        size = data.draw(st.sampled_from([dtype.itemsize, dtype.itemsize, 8, 3]))
        places.append((data.draw(st.integers(0, width) | st.sampled_from([-1, 2**62, -(2**63)])), size))
    wide = np.full(n * width + 200, 170, np.uint8)
    rows = wide[100 : 100 + n * width].reshape(n, width)
    made = np.array(places, np.int64).reshape(-1, 2)
    expected = rows.copy()
    fits = all(len(column) == n for column in columns)
    for column, (at, size) in zip(columns, places, strict=True):
        wider = size == 8 and column.dtype.kind == "i"
        fits = fits and 0 <= at <= width - size and (size == column.itemsize or wider)
        if fits:
            values = column.astype(np.int64) if wider else column
            expected[:, at : at + size] = values.view(np.uint8).reshape(n, size)
    if fits:
        native.gather(rows, made, *columns)
        assert (rows == expected).all()
    else:
        with pytest.raises(ValueError, match="needed|fields"):
            native.gather(rows, made, *columns)
    assert (wide[:100] == 170).all()
    assert (wide[100 + n * width :] == 170).all()


@given(st.binary(max_size=300), st.integers(0, 2**32 - 1), st.integers(1, 80))
@settings(deadline=None)
def test_checksums_are_those_of_everyone(piece, before, times):
    data = piece * times
    assert crc32(data, before) == binascii.crc32(data, before)
    assert crc32(memoryview(data)[1:]) == binascii.crc32(data[1:])
    assert crc32(bytearray(data), before) == binascii.crc32(data, before)


def test_checksums_of_less_than_blocks_are_refused():
    if not native.active or native.library.crc32(bytes(64), 0) is None:
        pytest.skip("no instruction for it here")
    for size in (0, 16, 48, 65, 79):
        with pytest.raises(ValueError, match="blocks"):
            native.library.crc32(bytes(size), 0)
    for size in (64, 80, 128, 144, 4096):
        data = RNG.bytes(size)
        assert native.library.crc32(data, 7) == binascii.crc32(data, 7)


@pytest.mark.parametrize("name", ["two classes", "regression"])
def test_bytes_kept_of_what_follows_from_others_are_refused(name):
    mutant = Mutant(CASES[name][0]())
    assert grown(mutant)
    for number, kept in mutant.kept.items():
        if not kept:
            wrong = mutant.copy()
            wrong.kept[number] = bytes(8)
            assert not grown(wrong)
