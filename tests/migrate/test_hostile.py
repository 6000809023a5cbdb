"""States that no estimator has: migration brings them on or refuses them, and raises nothing but its own errors."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import perdure
from migrate.test_fixtures import ARCHIVES, CASES, file_of, ids, outputs_of, release_of
from perdure.arrays.store import ArrayStore
from perdure.errors import InvalidError, PerdureError
from perdure.graph.batch import renumber
from perdure.graph.nodes import (
    Array,
    Batch,
    Def,
    Dict,
    Each,
    Global,
    Graph,
    List,
    ListOf,
    Numbers,
    Object,
    Ref,
    Rows,
    Stack,
    Texts,
    Tuple,
)
from perdure.graph.structure import rebuild, walk
from perdure.migrate import migrate
from perdure.migrate.rules.trees import depths

CHAINS = [("1.2.2", "1.9.1"), ("1.9.1", "1.2.2"), ("1.5.2", "1.7.2")]
OLDEST, NEWEST = ARCHIVES[0], ARCHIVES[-1]
HOSTILE = [(archive, name) for archive, name in CASES if archive in (OLDEST, NEWEST)]


def strange(chance: random.Random, arrays: ArrayStore) -> list[Callable[[], Any]]:
    """What may stand in the place of any attribute."""
    shape = tuple(chance.randrange(4) for _ in range(chance.randrange(4)))
    kind = chance.choice(["<f8", "<i8", "<f4", "|b1", "|u1"])
    return [
        lambda: None,
        lambda: chance.choice([True, -1, 2**70, 1.5, float("nan"), "deprecated", "warn", b"x", 1j]),
        lambda: List((None, 1)),
        lambda: Tuple(()),
        lambda: Dict((("a", 1),)),
        lambda: Object("sklearn.tree._tree:Tree", {}),
        lambda: Object("numpy:strided/1", {"array": None}),
        lambda: Global("sklearn.metrics._scorer:_passthrough_scorer"),
        lambda: Array(arrays.add(np.zeros(shape, kind))),
        lambda: ListOf(Batch("sklearn.tree._classes:DecisionTreeClassifier", 2, {"tree_": None}, {})),
    ]


def column(chance: random.Random, arrays: ArrayStore, count: int) -> Any:
    """What may stand in the place of any column, of the right length as the audit has made sure."""
    return chance.choice(
        [
            lambda: Numbers(arrays.numbers([1] * count)),
            lambda: Texts(*arrays.texts(["x"] * count)),
            lambda: Each((None,) * count),
            lambda: Rows(arrays.add(np.zeros((count, 2))), arrays.offsets([1] * count)),
            lambda: Rows(arrays.add(np.zeros(3)), arrays.offsets([9] * count)),
            lambda: Stack(arrays.add(np.zeros((count, 0)))),
            lambda: Stack(arrays.add(np.zeros(count))),
            lambda: Batch("library:Type", count, {"a": 1}, {}),
        ]
    )()


def mutated(root: Any, chance: random.Random, arrays: ArrayStore) -> Any:
    """The graph with one attribute of one object gone, replaced or added."""
    targets = [node for _, node in walk(Graph(root, arrays)) if isinstance(node, (Object, Batch))]
    target = chance.choice(targets)

    def visit(node: Any) -> Any:
        made = rebuild(node, visit)
        return change(made, chance, arrays) if node is target else made

    # A reference to nothing does not pass the reader, so a shared value stays somewhere.
    return renumber(visit(root), also=(root,))


def change(part: Any, chance: random.Random, arrays: ArrayStore) -> Any:
    batch = isinstance(part, Batch)
    constants = dict(part.constants if batch else part.state)
    columns = dict(part.columns) if batch else {}
    names = [*constants, *columns]
    if not names or (batch and not part.count):
        return part
    name = chance.choice(names)
    constants.pop(name, None)
    columns.pop(name, None)
    how = chance.randrange(4 if batch else 3)
    if how in (1, 2):
        constants[name] = chance.choice(strange(chance, arrays))()
    elif how == 3:
        columns[name] = column(chance, arrays, part.count)
    if batch:
        return Batch(part.type, part.count, constants, columns, part.version)
    return Object(part.type, constants, part.args, chance.choice([part.version, "0.1", "9", "?"]))


def graphs(archive: Any, name: str) -> Iterator[tuple[Graph, ArrayStore]]:
    opened = perdure.open(io.BytesIO(file_of(archive, name)))
    graph, arrays = opened.graph, opened.arrays
    chance = random.Random(name)
    for _ in range(6):
        root = graph.root
        for _ in range(chance.randrange(1, 4)):
            root = mutated(root, chance, arrays)
        yield replace(graph, root=root), arrays


@pytest.mark.parametrize(("archive", "name"), HOSTILE, ids=ids(HOSTILE))
def test_any_state_is_brought_on_or_refused(archive, name):
    for graph, arrays in graphs(archive, name):
        for stored, running in CHAINS:
            libraries = {**graph.libraries, "scikit-learn": stored}
            for allow_newer in (False, True):
                try:
                    made, applied = migrate(
                        replace(graph, libraries=libraries),
                        arrays,
                        {**libraries, "scikit-learn": running},
                        allow_newer=allow_newer,
                    )
                except PerdureError as error:
                    text = str(error)
                    continue
                text = "".join(item.description for item in applied)
                keys = [node.key for _, node in walk(made) if isinstance(node, Def)]
                uses = {node.key for _, node in walk(made) if isinstance(node, Ref)}
                assert len(keys) == len(set(keys))
                assert uses <= set(keys)
            assert isinstance(text, str)


def test_there_is_something_to_mutate():
    assert release_of(OLDEST) == (1, 2)
    assert release_of(NEWEST) == (1, 9)
    assert len(HOSTILE) == sum(len(outputs_of(archive)["cases"]) for archive in (OLDEST, NEWEST))


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        ([1, -1], [9, -1], "outside"),
        ([1, -1, -1], [-3, -1, -1], "outside"),
        ([0, -1], [1, -1], "outside"),
        ([1] + [i + 1 for i in range(1, 40)] + [-1], [1] + [i + 1 for i in range(1, 40)] + [-1], "two parents"),
        ([1, 2, 1, -1, -1], [3, 4, 3, -1, -1], "two parents"),
    ],
)
def test_depths_of_what_is_no_tree_are_refused_before_they_grow(left, right, why):
    with pytest.raises(InvalidError, match=why):
        depths(np.array(left), np.array(right))


def test_depths_of_a_tree():
    assert depths(np.array([1, 2, -1, -1, -1]), np.array([4, 3, -1, -1, -1])).tolist() == [1, 2, 3, 3, 2]
    assert depths(np.array([-1]), np.array([-1])).tolist() == [1]
