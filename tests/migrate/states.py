"""Random objects and batches of them, with what they hold in plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from perdure.arrays.store import ArrayStore
from perdure.graph.nodes import (
    Array,
    Batch,
    DType,
    Each,
    Fields,
    ListOf,
    Numbers,
    Object,
    Rows,
    Stack,
    Structured,
    Texts,
)
from perdure.migrate.state import Context, objects

NAMES = ("a", "b", "c", "d")
TYPE = "library.module:Type"
FIELDS = (("left", "<i8"), ("threshold", "<f8"), ("feature", "<u4"))
_aligned = np.dtype([(name, kind) for name, kind in FIELDS], align=True)
_places = tuple((name, DType(kind), (), int(_aligned.fields[name][1])) for name, kind in FIELDS)
NODE_DTYPE = DType("", _places, int(_aligned.itemsize), True)

atoms = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(-4, 4), st.sampled_from(["", "warn", "x"]))
attributes = st.dictionaries(st.sampled_from(NAMES), atoms, max_size=4)


def rows(draw: Any, count: int) -> dict[str, Any]:
    """Arrays with the same rows: a structured one and one of three dimensions."""
    numbers = st.integers(0, 1000)
    left = np.array(draw(st.lists(numbers, min_size=count, max_size=count)), "<i8")
    return {
        "left": left,
        "threshold": left * 0.5,
        "feature": left.astype("<u4"),
        "values": (left[:, None, None] + np.arange(2.0)).astype("<f8"),
    }


@st.composite
def single(draw: Any) -> tuple[Object, ArrayStore]:
    """One object."""
    arrays = ArrayStore()
    state: dict[str, Any] = dict(draw(attributes))
    data = rows(draw, draw(st.integers(1, 4)))
    fields = {name: Array(arrays.add(data[name])) for name, _ in FIELDS}
    state["nodes"] = Structured(NODE_DTYPE, data["left"].shape, "C", fields)
    state["values"] = Array(arrays.add(data["values"]))
    state["inner"] = Object(TYPE, dict(draw(attributes)))
    return Object(TYPE, {name: state[name] for name in sorted(state)}), arrays


@st.composite
def several(draw: Any) -> tuple[Batch, ArrayStore]:
    """A batch, its arrays of one length or of different ones."""
    arrays = ArrayStore()
    count = draw(st.integers(1, 4))
    constants: dict[str, Any] = dict(draw(attributes))
    columns: dict[str, Any] = {}
    for name in set(NAMES) - set(constants):
        kind = draw(st.sampled_from(["absent", "numbers", "texts", "each"]))
        if kind == "numbers":
            columns[name] = Numbers(arrays.numbers(draw(st.lists(st.integers(-5, 5), min_size=count, max_size=count))))
        elif kind == "texts":
            texts = st.lists(st.sampled_from(["", "warn", "ü"]), min_size=count, max_size=count)
            columns[name] = Texts(*arrays.texts(draw(texts)))
        elif kind == "each":
            columns[name] = Each(tuple(draw(st.lists(atoms, min_size=count, max_size=count))))
    alike = draw(st.booleans())
    lengths = [2] * count if alike else draw(st.lists(st.integers(1, 4), min_size=count, max_size=count))
    whole = rows(draw, sum(lengths))
    offsets = arrays.offsets(lengths)

    def column(data: Any) -> Any:
        if alike:
            return Stack(arrays.add(data.reshape(count, 2, *data.shape[1:])))
        return Rows(arrays.add(data), offsets)

    columns["nodes"] = Fields(NODE_DTYPE, {name: column(whole[name]) for name, _ in FIELDS})
    columns["values"] = column(whole["values"])
    constants["inner"] = ListOf(Batch(TYPE, 2, dict(draw(attributes)), {}))
    return Batch(TYPE, count, constants, columns), arrays


def contents(part: Any, arrays: ArrayStore) -> list[dict[str, Any]]:
    """What each object of a part holds, as plain Python: the type, and each attribute."""
    context = Context(arrays)
    found = list(objects(part, context)) if isinstance(part, Batch) else [part]
    return [{"type": one.type, **{name: _plain(node, arrays) for name, node in one.state.items()}} for one in found]


def _plain(node: Any, arrays: ArrayStore) -> Any:
    if isinstance(node, Array):
        view = arrays.view(node.index)
        return (arrays.spec(node.index).dtype, view.shape, view.tolist())
    if isinstance(node, Structured):
        layout = [(name, kind.name, offset) for name, kind, _, offset in node.dtype.fields]
        return (
            layout,
            node.dtype.itemsize,
            node.dtype.aligned,
            {name: _plain(value, arrays) for name, value in node.fields.items()},
        )
    if isinstance(node, (Object, Batch)):
        return contents(node, arrays)
    if isinstance(node, ListOf):
        return [_plain(node.items, arrays)]
    return (type(node).__name__, node)
