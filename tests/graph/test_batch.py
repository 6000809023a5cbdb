"""Columns: what they hold is what was there, and they cannot ask for more than the limits."""

import numpy as np
import pytest

from perdure.arrays.store import ArrayStore
from perdure.errors import FormatError, LimitError
from perdure.graph.audit import audit
from perdure.graph.batch import batch
from perdure.graph.limits import Limits
from perdure.graph.nodes import (
    Array,
    ArraySpec,
    Batch,
    Def,
    Dict,
    DictOf,
    Each,
    Graph,
    List,
    ListOf,
    Lists,
    Names,
    Numbers,
    Object,
    Ref,
    Rows,
    Stack,
    Texts,
)
from perdure.graph.read import Parsed
from perdure.graph.structure import walk
from perdure.graph.write import write_graph


def things(count, store, **more):
    return tuple(
        Object(
            "m:T",
            {"a": i, "b": "same", "c": Array(store.add(np.arange(i + 1.0))), "d": Array(store.add(np.ones(3)))} | more,
        )
        for i in range(count)
    )


def test_four_alike_are_a_batch_and_three_are_not():
    store = ArrayStore()
    assert isinstance(batch(List(things(3, store)), store), List)
    made = batch(List(things(4, store)), store)
    assert isinstance(made, ListOf)
    column = made.items
    assert isinstance(column, Batch)
    assert column.count == 4
    assert set(column.constants) == {"b", "d"}
    assert isinstance(column.columns["a"], Numbers)
    assert isinstance(column.columns["c"], Rows)
    assert store.view(column.columns["c"].offsets).tolist() == [0, 1, 3, 6, 10]


def test_arrays_of_one_shape_are_stacked():
    store = ArrayStore()
    items = tuple(Object("m:T", {"a": Array(store.add(np.full((2, 3), float(i))))}) for i in range(5))
    made = batch(List(items), store)
    assert isinstance(made.items.columns["a"], Stack)
    assert store.spec(made.items.columns["a"].array).shape == (5, 2, 3)


def test_other_keys_other_types_or_identity_are_not_mixed():
    store = ArrayStore()
    same = [Object("m:T", {"a": i}) for i in range(4)]
    for odd in (Object("m:T", {"b": 1}), Object("m:U", {"a": 1}), 7, Object("m:T", {"a": 1}, version="1.2")):
        assert isinstance(batch(List((*same, odd)), store), List)


def test_lists_of_lists_and_dicts_are_columns():
    store = ArrayStore()
    nested = tuple(List((Object("m:T", {"a": i}),) * (i % 3)) for i in range(9))
    made = batch(List(nested), store)
    assert isinstance(made.items, Lists)
    assert isinstance(made.items.items, Batch)
    words = Dict(tuple((f"word{i}", i) for i in range(40)))
    made = batch(words, store)
    assert isinstance(made, DictOf)
    assert isinstance(made.keys, Texts)
    assert isinstance(made.values, Numbers)
    assert isinstance(batch(Dict((("a", 1), ("b", 2))), store), Dict)


def test_shared_values_are_numbered_in_the_order_of_the_file():
    store = ArrayStore()
    # By object, `z` of the first comes before `a` of the second; by column it is the other way round.
    items = [Object("m:T", {"a": Ref(5), "z": Def(5, List((1,)))})]
    items += [Object("m:T", {"a": Ref(5), "z": Ref(5)}) for _ in range(3)]
    made = batch(List(tuple(items)), store)
    data = write_graph(Graph(made, store)).data.decode()
    assert data.index('["def",0') < data.index('["ref",0')


def test_a_shared_constant_stays_shared():
    store = ArrayStore()
    shared = [Def(0, List((1,)))] + [Ref(0)] * 3
    made = batch(List(tuple(Object("m:T", {"a": node}) for node in shared)), store)
    assert isinstance(made.items.constants["a"], Def)


@pytest.mark.parametrize(
    ("root", "specs", "error"),
    [
        (ListOf(Batch("m:T", 5_000_001, {}, {})), [], LimitError),
        (ListOf(Batch("m:T", 4000, {"a": ListOf(Batch("m:T", 4000, {}, {}))}, {})), [], LimitError),
        (List((Array(0),) * 9), [ArraySpec("<f8", (2**30,))], LimitError),
        (ListOf(Batch("m:T", 100, {"a": Array(0)}, {})), [ArraySpec("<f8", (2**28,))], LimitError),
        (ListOf(Batch("m:T", 3, {}, {"a": Numbers(0)})), [ArraySpec("<f8", (4,))], FormatError),
        (ListOf(Batch("m:T", 3, {}, {"a": Numbers(0)})), [ArraySpec("<f4", (3,))], FormatError),
        (ListOf(Numbers(0)), [ArraySpec("<f8", (2, 2))], FormatError),
        (ListOf(Rows(0, 1)), [ArraySpec("<f8", (4,)), ArraySpec("<f8", (4,))], FormatError),
        (ListOf(Texts(0, 0)), [ArraySpec("<i8", (4,))], FormatError),
        (ListOf(Stack(0)), [ArraySpec("<f8", (4, 4), "F")], FormatError),
        (DictOf(Each((1, 2)), Each((1,))), [], FormatError),
    ],
)
def test_what_does_not_fit_or_expands_without_bound_is_refused(root, specs, error):
    uses = {0: 9} if isinstance(root, List) else {}
    parsed = Parsed(root, specs, {}, {}, Names(frozenset(), frozenset()), not uses, uses)
    with pytest.raises(error):
        audit(parsed, Limits())


def test_a_batch_is_walked_once():
    store = ArrayStore()
    made = batch(List(things(1000, store)), store)
    paths = [str(path) for path, node in walk(Graph(made, store)) if isinstance(node, (Batch, Rows))]
    assert paths == ["model", "model[*].c"]
