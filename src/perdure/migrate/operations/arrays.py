"""Operations on arrays: their dtype, their fields, and their rows, those of a whole batch at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...arrays.content import AnyArray
from ...graph.nodes import Array, DType, Fields, Structured
from ..state import Mixed, State
from .base import Effect, Irreversible, Operation

__all__ = ["AddField", "CastArray", "DropField", "TransformRows", "fields_of", "with_fields"]


@dataclass(frozen=True)
class CastArray(Operation):
    """An array, or a field of a structured one (``nodes.feature_idx``), has another dtype for the same numbers."""

    name: str
    old: str
    new: str

    def due(self, state: State) -> bool:
        return any(spec == self.old for spec in self._dtypes(state))

    def _dtypes(self, state: State) -> list[str]:
        name = self.name.partition(".")[0]
        if name not in state:
            return []
        found = state.find(self.name)
        index = getattr(found, "index", getattr(found, "array", None))
        return [] if index is None else [state.context.arrays.spec(index).dtype]

    def apply(self, state: State) -> None:
        if not self.due(state):
            return
        name, _, field = self.name.partition(".")
        arrays = state.context.arrays

        def cast(found: Any) -> Any:
            wanted = np.dtype(np.intp if self.new == "intp" else self.new)
            index = getattr(found, "index", getattr(found, "array", None))
            before = arrays.view(index)  # type: ignore[arg-type]
            values = before.astype(wanted, order="A")
            if not np.array_equal(before, values):
                raise Irreversible(f"{self.name} has values that {self.new} does not hold")
            number = arrays.add(values, "intp" if self.new == "intp" else None)
            return Array(number) if isinstance(found, Array) else type(found)(number, *_rest(found))

        if not field:
            if name in state.columns:
                state.set_column(name, cast(state.columns[name]))
            else:
                state.set(name, cast(state.value(name)))
            return
        with_fields(state, name, lambda fields: {**fields, field: cast(fields[field])}, {field: self.new}, ())

    def inverse(self) -> Operation:
        return CastArray(self.name, self.new, self.old)

    def effect(self) -> Effect:
        return Effect(changes=frozenset((self.name.partition(".")[0],)))

    def describe(self) -> str:
        return f"{self.name} is an array of {self.new}"


def _rest(column: Any) -> tuple[Any, ...]:
    return (column.offsets,) if hasattr(column, "offsets") else ()


@dataclass(frozen=True)
class AddField(Operation):
    """A structured array has one more field, of one value throughout.

    Attributes
    ----------
    name, field : str
    dtype : str
    value : int or float
    always : bool, default=False
        The older release does without it whatever it holds, so that going back always drops it.
    """

    name: str
    field: str
    dtype: str
    value: float
    always: bool = False

    def due(self, state: State) -> bool:
        return (fields := fields_of(state, self.name)) is not None and self.field not in fields

    def rests(self, state: Mapping[str, Any]) -> bool:
        found = state.get(self.name)
        return isinstance(found, (Structured, Fields)) and self.field in found.fields

    def apply(self, state: State) -> None:
        if not self.due(state):
            return
        context = state.context

        def add(fields: Mapping[str, Any]) -> dict[str, Any]:
            like = next(iter(fields.values()))
            index = like.index if isinstance(like, Array) else like.array
            shape = context.arrays.spec(index).shape
            new = context.array(np.full(shape, self.value, np.dtype(self.dtype)))
            return {**fields, self.field: new if isinstance(like, Array) else type(like)(new.index, *_rest(like))}

        with_fields(state, self.name, add, {self.field: self.dtype}, ())

    def inverse(self) -> Operation:
        return DropField(self.name, self.field, self.dtype, self.value, self.always)

    def effect(self) -> Effect:
        return Effect(changes=frozenset((self.name.partition(".")[0],)))

    def describe(self) -> str:
        return f"{self.name} has a field {self.field} = {self.value}"


@dataclass(frozen=True)
class DropField(Operation):
    """A field of a structured array is gone; one that holds another value than the expected one cannot go."""

    name: str
    field: str
    dtype: str
    value: float
    always: bool = False

    def due(self, state: State) -> bool:
        return (fields := fields_of(state, self.name)) is not None and self.field in fields

    def apply(self, state: State) -> None:
        if not self.due(state):
            return
        found = state.find(f"{self.name}.{self.field}")
        values = state.context.arrays.view(found.index if isinstance(found, Array) else found.array)
        if not self.always and not (values == self.value).all():
            raise Irreversible(f"{self.name} has a {self.field} that is not {self.value} everywhere")
        with_fields(
            state, self.name, lambda fields: {n: f for n, f in fields.items() if n != self.field}, {}, (self.field,)
        )

    def inverse(self) -> Operation:
        return AddField(self.name, self.field, self.dtype, self.value, self.always)

    def effect(self) -> Effect:
        return Effect(changes=frozenset((self.name.partition(".")[0],)))

    def describe(self) -> str:
        return f"{self.name} has no field {self.field}"


@dataclass(frozen=True)
class TransformRows(Operation):
    """An array becomes a named pure function of arrays with the same rows; a batch of objects is done at once.

    Attributes
    ----------
    meaning : str
    target : str
    names : tuple of str
        What the function takes; ``nodes.threshold`` is a field.
    function, back : callable
        Row by row; ``back`` undoes it.
    """

    meaning: str
    target: str
    names: tuple[str, ...]
    function: Callable[..., AnyArray]
    back: Callable[..., AnyArray] | None = None

    def due(self, state: State) -> None:
        return None

    def apply(self, state: State) -> None:
        state.map_rows(self.names, self.target, self.function)

    def inverse(self) -> Operation | None:
        if self.back is None:
            return None
        return TransformRows(f"undone: {self.meaning}", self.target, self.names, self.back, self.function)

    def effect(self) -> Effect:
        return Effect(changes=frozenset((self.target.partition(".")[0],)))

    def describe(self) -> str:
        return self.meaning


def fields_of(state: State, name: str) -> Mapping[str, Any] | None:
    if name not in state:
        return None
    found = state.find(name)
    if name in state.columns and not isinstance(found, Fields):
        raise Mixed
    return found.fields if isinstance(found, (Structured, Fields)) else None


def with_fields(
    state: State,
    name: str,
    change: Callable[[Mapping[str, Any]], dict[str, Any]],
    dtypes: Mapping[str, str],
    without: tuple[str, ...],
) -> None:
    """Change the fields of a structured array, and its dtype with them."""
    found = state.find(name)
    fields = change(found.fields)
    dtype = _packed(found.dtype, dtypes, without)
    if isinstance(found, Fields):
        state.set_column(name, Fields(dtype, fields))
    else:
        state.set(name, Structured(dtype, found.shape, found.order, fields))


def _packed(dtype: DType, changed: Mapping[str, str], without: tuple[str, ...]) -> DType:
    """Return the structured dtype with other fields, laid out as C would."""
    kept = [(n, DType(changed[n]) if n in changed else d, s) for n, d, s, _ in dtype.fields if n not in without]
    known = {n for n, _, _ in kept}
    kept += [(n, DType(name), ()) for n, name in changed.items() if n not in known]
    made = np.dtype([(n, np.dtype(np.int64 if d.name == "intp" else d.name), s) for n, d, s in kept], align=True)
    assert made.fields is not None
    fields = tuple((n, d, s, int(made.fields[n][1])) for n, d, s in kept)
    return DType("", fields, int(made.itemsize), made.isalignedstruct)
