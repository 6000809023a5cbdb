"""The loops over trees: compiled code and numpy say the same, and neither believes an index."""

from __future__ import annotations

import numpy as np
import pytest

from perdure.arrays.native import native, use_native
from perdure.errors import PerdureError
from perdure.prediction import walking
from perdure.prediction.walking import CATEGORICAL, LEAF, NODE, Walk


def random_walk(seed: int, *, categories: bool = False, width: int = 2) -> tuple[Walk, np.ndarray]:
    """Some trees that were not fitted: any splits, any directions."""
    random = np.random.RandomState(seed)
    counts, fields = [], []
    for _ in range(5):
        n = 2 * random.randint(1, 40) + 1
        left, right = np.full(n, -1), np.full(n, -1)
        waiting, made = [0], 1
        while made < n:
            at = waiting.pop(random.randint(len(waiting)))
            left[at], right[at] = made, made + 1
            waiting += [made, made + 1]
            made += 2
        counts.append(n)
        fields.append((left, right, random.randint(3, size=n), random.randint(-2, 3, size=n) * 1.0))
    left, right, feature, threshold = (np.concatenate(column) for column in zip(*fields, strict=True))
    total = len(left)
    bitsets = random.randint(2**32, size=(6, 8), dtype=np.uint64).astype(np.uint32)
    walk = Walk(
        counts,
        left,
        right,
        feature,
        threshold,
        left == -1,
        random.randint(2, size=total),
        3,
        values=random.standard_normal((total, width)),
        columns=random.randint(3, size=5).tolist(),
        outputs=2 + width,
        bitsets=bitsets,
        categorical=random.randint(2, size=total) == 1 if categories else np.zeros(total, bool),
        bitset=random.randint(6, size=total),
        known=random.randint(6, size=total),
    )
    X = random.randint(-3, 300, size=(400, 3)) * np.array([1.0, 1e8, 0.01])
    X[random.random_sample(X.shape) < 0.1] = np.nan
    X[random.random_sample(X.shape) < 0.02] = np.inf
    return walk, X


@pytest.fixture
def both():
    if walking._trees is None:
        pytest.skip("no compiled code here")
    before = native.active

    def ask(call):
        found = []
        for wanted in (True, False):
            use_native(wanted)
            found.append(call())
        return found

    yield ask
    use_native(before)


@pytest.mark.parametrize("categories", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_compiled_code_and_numpy_come_to_the_same_leaves(both, seed, categories):
    walk, X = random_walk(seed, categories=categories)
    a, b = both(lambda: walk.leaves(X))
    assert (a == b).all()
    a, b = both(lambda: walk.add(X))
    assert (a == b).all()
    a, b = both(lambda: walk.add(X[:1]))
    assert (a == b).all()


@pytest.mark.parametrize(
    ("field", "value"),
    [("left", 10**9), ("left", -5), ("left", 0), ("right", 2**31 - 1), ("feature", 3), ("feature", -1)],
)
def test_the_compiled_loops_trust_no_index(field, value):
    if walking._trees is None:
        pytest.skip("no compiled code here")
    walk, X = random_walk(1)
    nodes = walk.nodes
    nodes[field][nodes["flags"] & LEAF == 0] = value
    out = np.zeros((len(X), walk.outputs))
    arrays = (X, nodes, walk.roots, walk.bitsets, walk.columns, walk.values, out)
    with pytest.raises(ValueError, match="the nodes make no tree"):
        walking._trees.add(*arrays, 3, walk.values.shape[1], walk.outputs)
    found = np.zeros((len(X), len(walk.roots)), np.int64)
    with pytest.raises(ValueError, match="the nodes make no tree"):
        walking._trees.leaves(X, nodes, walk.roots, walk.bitsets, found, 3)


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.update(roots=a["roots"] + 10**6),
        lambda a: a.update(roots=a["roots"] - 10**6),
        lambda a: a.update(columns=a["columns"] + 99),
        lambda a: a.update(columns=a["columns"][:-1].copy()),
        lambda a: a.update(values=a["values"][:-1].copy()),
        lambda a: a.update(out=a["out"][:-1].copy()),
        lambda a: a.update(features=4),
        lambda a: a.update(features=0),
        lambda a: a.update(width=0),
        lambda a: a.update(outputs=1),
        lambda a: a.update(bitsets=a["bitsets"][:0].copy(), nodes=categorical(a["nodes"])),
    ],
)
def test_the_compiled_loops_trust_no_length(change):
    if walking._trees is None:
        pytest.skip("no compiled code here")
    walk, X = random_walk(2)
    given = {
        "rows": np.abs(np.nan_to_num(X, posinf=1.0)),
        "nodes": walk.nodes,
        "roots": walk.roots,
        "bitsets": walk.bitsets,
        "columns": walk.columns,
        "values": walk.values,
        "out": np.zeros((len(X), walk.outputs)),
        "features": 3,
        "width": walk.values.shape[1],
        "outputs": walk.outputs,
    }
    change(given)
    with pytest.raises(ValueError):
        walking._trees.add(*given.values())


def categorical(nodes):
    changed = nodes.copy()
    changed["flags"][nodes["flags"] & LEAF == 0] |= CATEGORICAL
    return changed


@pytest.mark.parametrize(("field", "value"), [(0, 99), (0, -7), (1, 0), (2, 3), (2, -1)])
def test_trees_that_make_none_are_refused_when_they_are_read(field, value):
    left, right, feature = np.array([1, -1, -1]), np.array([2, -1, -1]), np.array([0, -2, -2])
    (left, right, feature)[field][0] = value
    with pytest.raises(PerdureError):
        Walk([3], left, right, feature, np.zeros(3), np.array([False, True, True]), np.zeros(3), 3)


def test_a_node_takes_32_bytes():
    assert NODE.itemsize == 32
