"""The operations: undone where they can be, and alike on one object and on a batch."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.states import NAMES, TYPE, atoms, contents, several, single
from perdure.graph.nodes import Batch, List, Object
from perdure.migrate.operations import (
    ABSENT,
    AddAttribute,
    AddField,
    CastArray,
    DropAttribute,
    DropField,
    Inside,
    Irreversible,
    Nothing,
    Operation,
    RenameAttribute,
    RenameType,
    ReplaceObject,
    ReplaceValue,
    Transform,
    TransformRows,
)
from perdure.migrate.state import Context, State, objects

parts = st.one_of(single(), several())
names = st.sampled_from(NAMES)


def swap(state: State) -> dict[str, Any]:
    return {"other": state.node("inner"), "inner": ABSENT}


def swap_back(state: State) -> dict[str, Any]:
    return {"inner": state.node("other"), "other": ABSENT}


plain_operations = st.one_of(
    st.builds(RenameAttribute, names, st.just("new")),
    st.builds(AddAttribute, st.just("new"), atoms),
    st.builds(RenameType, st.just(TYPE), st.just("library.module:Other")),
    st.builds(ReplaceValue, names, st.just("warn"), st.just("other"), st.just(True)),
    st.just(AddField("nodes", "extra", "|u1", 0)),
    st.just(CastArray("nodes.feature", "<u4", "intp")),
    st.just(CastArray("values", "<f8", "<f4")),
    st.just(TransformRows("doubled", "values", ("values",), lambda v: v * 2, lambda v: v / 2)),
    st.just(
        TransformRows(
            "shifted",
            "values",
            ("values", "nodes.left"),
            lambda v, n: v + n[:, None, None],
            lambda v, n: v - n[:, None, None],
        )
    ),
    st.just(Transform("swapped", swap, swap_back)),
    st.just(Nothing()),
)
inner_operations = st.tuples(
    st.builds(RenameAttribute, names, st.just("new")),
    st.builds(AddAttribute, st.just("newer"), atoms),
    st.builds(ReplaceValue, names, st.just("warn"), st.just("other"), st.just(True)),
)
operations = st.one_of(plain_operations, st.builds(Inside, st.just("inner"), inner_operations))


def applied(operation: Operation, part: Any, arrays: Any) -> Any:
    state = State(part, Context(arrays))
    operation.apply(state)
    return state.finish()


@given(parts, operations)
def test_an_operation_undone_leaves_the_state_as_it_was(made, operation):
    part, arrays = made
    before = contents(part, arrays)
    changed = applied(operation, part, arrays)
    assert contents(part, arrays) == before, "the part itself is never touched"
    inverse = operation.inverse()
    assert inverse is not None
    assert contents(applied(inverse, changed, arrays), arrays) == before


@given(several(), operations)
def test_a_batch_changes_as_its_objects_do(made, operation):
    batch, arrays = made
    together = contents(applied(operation, batch, arrays), arrays)
    apart = [contents(applied(operation, one, arrays), arrays)[0] for one in objects(batch, Context(arrays))]
    assert together == apart


@given(parts, operations)
def test_an_operation_that_was_applied_is_no_longer_due(made, operation):
    part, arrays = made
    state = State(applied(operation, part, arrays), Context(arrays))
    if operation.due(State(part, Context(arrays))):
        assert operation.due(state) is False


@given(parts, operations)
def test_every_operation_says_what_it_does(made, operation):
    assert len(operation.describe()) > 5


@pytest.mark.parametrize("count", [0, 3])
def test_an_attribute_that_is_dropped_comes_back_with_what_the_older_release_needs(count):
    from perdure.arrays.store import ArrayStore

    state = {"gone": "deprecated", "kept": 1}
    part = Batch(TYPE, count, state, {}) if count else Object(TYPE, state)
    operation = DropAttribute("gone", restore="deprecated")
    changed = applied(operation, part, ArrayStore())
    assert "gone" not in (changed.constants if count else changed.state)
    assert contents(applied(operation.inverse(), changed, ArrayStore()), ArrayStore()) == contents(part, ArrayStore())


def test_what_the_older_release_needs_and_nobody_knows_has_no_way_back():
    assert DropAttribute("gone", needed=True).inverse() is None
    assert Transform("one way", swap).inverse() is None
    assert TransformRows("one way", "values", ("values",), abs).inverse() is None
    assert ReplaceObject("inner").inverse() is None
    assert Inside("inner", (Transform("one way", swap),)).inverse() is None


def test_a_value_that_means_something_is_not_dropped():
    from perdure.arrays.store import ArrayStore

    back = AddAttribute("new", None).inverse()
    with pytest.raises(Irreversible, match="new=3 is not known there"):
        applied(back, Object(TYPE, {"new": 3}), ArrayStore())
    lenient = AddAttribute("new", None, only_fit=True).inverse()
    state = State(Object(TYPE, {"new": 3}), Context(ArrayStore()))
    assert lenient.apply(state) == "new=3 is not known there"
    assert "new" not in state


@given(single())
def test_a_field_with_a_meaning_is_not_dropped(made):
    part, arrays = made
    changed = applied(AddField("nodes", "extra", "|u1", 1), part, arrays)
    with pytest.raises(Irreversible, match="extra"):
        applied(DropField("nodes", "extra", "|u1", 0), changed, arrays)
    assert contents(applied(DropField("nodes", "extra", "|u1", 0, always=True), changed, arrays), arrays) == contents(
        part, arrays
    )


@given(single())
def test_a_cast_that_would_lose_numbers_is_refused(made):
    part, arrays = made
    halves = applied(TransformRows("halved", "values", ("values",), lambda v: v + 0.5), part, arrays)
    with pytest.raises(Irreversible, match="<i8"):
        applied(CastArray("values", "<f8", "<i8"), halves, arrays)


@given(parts)
def test_an_object_gives_way_to_what_it_held(made):
    part, arrays = made
    held = List((1, 2))
    state = State(part, Context(arrays))
    state.set("data", held)
    changed = applied(ReplaceObject("data"), state.finish(), arrays)
    if isinstance(part, Batch):
        assert changed.nodes == (held,) * part.count
    else:
        assert changed is held
