"""Columns are derived some trees at a time: what is kept, and every digest, are those of the whole."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest

from arrays.forests import TREE, forest
from perdure.arrays.progress import QUIET
from perdure.arrays.store import ArrayStore
from perdure.arrays.structural import trees as trees_module
from perdure.arrays.structural.deriving import Deriver
from perdure.arrays.structural.hints import Hint

LARGE = forest(7, 60, 9)
PLAN = {
    "left_child": ("preorder",),
    "right_child": ("right",),
    "feature": ("splits",),
    "threshold": ("splits",),
    "n_node_samples": ("sums",),
    "weighted_n_node_samples": ("sums",),
    "missing_go_to_left": ("majority", "n_node_samples"),
    "impurity": ("gini", "values", "weighted_n_node_samples"),
    "values": ("fractions", "weighted_n_node_samples"),
    "depth": ("depths",),
    "path": ("mapped", "n_node_samples"),
}


def columns():
    found, offsets = LARGE.arrays()
    depth = np.zeros(len(found["feature"]), np.int64)
    for start, stop in pairwise(offsets):
        for node in range(start, stop):
            if found["left_child"][node] != -1:
                for side in ("left_child", "right_child"):
                    depth[start + found[side][node]] = depth[node] + 1
    return found | {"depth": depth, "path": np.sqrt(found["n_node_samples"])}, offsets


def derived(found, offsets, pieces=False, survey=True):
    """Return the recipes and what is kept of each column, by name."""
    store, names = ArrayStore(), list(PLAN)
    numbers = []
    for name in names:
        array = found[name]
        if pieces:
            cuts = pairwise(offsets)
            numbers.append(store.concatenate([store.add(array[a:b]) for a, b in cuts]))
        else:
            numbers.append(store.add(array))
    numbers.append(store.add(offsets))
    hints = {}
    for name, (codec, *inputs) in PLAN.items():
        own = None if codec == "preorder" else names.index("left_child")
        hints[names.index(name)] = [Hint(codec, own, len(names), tuple(map(names.index, inputs)))]
    deriver = Deriver(store, dict(enumerate(numbers)), hints)
    if survey:
        deriver.survey(QUIET)
    made = {name: deriver.derive(at, store.entry(numbers[at])) for at, name in enumerate(names)}
    digests = {name: store.digest(numbers[at]) for at, name in enumerate(names)}
    return {name: item and (item[0].codec.name, item[1], item[2]) for name, item in made.items()}, digests


@pytest.mark.parametrize("together", [1, 200, 1 << 14])
@pytest.mark.parametrize("pieces", [False, True])
def test_parts_make_the_same_as_the_whole(together, pieces, monkeypatch):
    found, offsets = columns()
    whole, digests = derived(found, offsets, survey=False)
    assert None not in whole.values()
    monkeypatch.setattr(trees_module, "_TOGETHER", together)
    made, others = derived(found, offsets, pieces)
    assert made == whole
    assert others == digests == {name: hashlib.sha256(found[name].tobytes()).digest() for name in PLAN}


@pytest.mark.parametrize("name", [*TREE, "values", "depth", "path"])
@pytest.mark.parametrize("place", [0, -1])
def test_what_does_not_follow_in_one_part_is_kept_as_it_is(name, place, monkeypatch):
    monkeypatch.setattr(trees_module, "_TOGETHER", 200)
    found, offsets = columns()
    changed = found[name].copy()
    changed.reshape(-1)[place] += 1
    whole, _ = derived(found | {name: changed}, offsets, survey=False)
    made, digests = derived(found | {name: changed}, offsets)
    assert made == whole
    assert digests[name] == hashlib.sha256(changed.tobytes()).digest()
