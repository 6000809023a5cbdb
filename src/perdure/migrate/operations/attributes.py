"""Operations on attributes, types and plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...graph.nodes import Node
from ..state import State, is_other
from .base import ABSENT, Effect, Irreversible, Operation, same, shown

__all__ = ["AddAttribute", "DropAttribute", "Nothing", "RenameAttribute", "RenameType", "ReplaceObject", "ReplaceValue"]


@dataclass(frozen=True)
class RenameAttribute(Operation):
    """An attribute has another name."""

    old: str
    new: str

    def due(self, state: State) -> bool:
        return self.old in state

    @property
    def outline(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.old,), ()

    def apply(self, state: State) -> None:
        if self.old in state:
            state.rename(self.old, self.new)

    def inverse(self) -> Operation:
        return RenameAttribute(self.new, self.old)

    def effect(self) -> Effect:
        return Effect(sets=frozenset((self.new,)), drops=frozenset((self.old,)))

    def describe(self) -> str:
        return f"{self.old} is called {self.new}"


@dataclass(frozen=True)
class AddAttribute(Operation):
    """An attribute that the older release did not have, with the value that keeps its behaviour.

    Attributes
    ----------
    name : str
    value : Node
    beside : str or None, default=None
        Only where this attribute is: one that says that the estimator is fitted.
    only_fit : bool, default=False
        The value matters to `fit` alone, so that going back may forget it.
    """

    name: str
    value: Node
    beside: str | None = None
    only_fit: bool = False

    def due(self, state: State) -> bool:
        return self.name not in state and (self.beside is None or self.beside in state)

    @property
    def outline(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return () if self.beside is None else (self.beside,), (self.name,)

    def apply(self, state: State) -> None:
        if self.due(state):
            state.set(self.name, self.value)

    def inverse(self) -> Operation:
        return DropAttribute(
            self.name, expected=self.value, only_fit=self.only_fit, restore=self.value, beside=self.beside
        )

    def effect(self) -> Effect:
        return Effect(sets=frozenset((self.name,)))

    def describe(self) -> str:
        return f"{self.name} = {shown(self.value)}"


@dataclass(frozen=True)
class DropAttribute(Operation):
    """An attribute that the newer release does not have.

    Attributes
    ----------
    name : str
    restore : Node or ABSENT, default=ABSENT
        What the older release needs in its place; by default it does without.
    needed : bool, default=False
        The older release needs what stood there, so that there is no way back.
    expected : Node or ABSENT, default=ABSENT
        The only value that may be dropped: any other means something.
    only_fit : bool, default=False
        Another value than the expected one matters to `fit` alone, and is dropped all the same.
    beside : str or None, default=None
        The attribute beside which it is restored.
    """

    name: str
    restore: Any = ABSENT
    needed: bool = False
    expected: Any = ABSENT
    only_fit: bool = False
    beside: str | None = None

    def due(self, state: State) -> bool:
        return self.name in state

    @property
    def outline(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.name,), ()

    def apply(self, state: State) -> str | None:
        lost = None
        if self.name in state:
            if self.expected is not ABSENT and not same(state.value(self.name), self.expected, state.context):
                lost = f"{self.name}={shown(state.value(self.name))} is not known there"
                if not self.only_fit:
                    raise Irreversible(lost)
            state.drop(self.name)
        return lost

    def inverse(self) -> Operation | None:
        if self.needed:
            return None
        return (
            Nothing() if self.restore is ABSENT else AddAttribute(self.name, self.restore, self.beside, self.only_fit)
        )

    def effect(self) -> Effect:
        return Effect(drops=frozenset((self.name,)))

    def describe(self) -> str:
        return f"{self.name} is gone"


@dataclass(frozen=True)
class Nothing(Operation):
    """A step in one direction only: what one release does not mind, the other may not know.

    Attributes
    ----------
    back : Operation or None, default=None
        The step in the other direction.
    """

    back: Operation | None = None

    def due(self, state: State) -> bool:
        return False

    def rests(self, state: Mapping[str, Any]) -> bool:
        return True

    def apply(self, state: State) -> None:
        """Leave the state as it is."""

    def inverse(self) -> Operation:
        return self if self.back is None else self.back

    def describe(self) -> str:
        return "nothing changes" if self.back is None else f"on the way back, {self.back.describe()}"


@dataclass(frozen=True)
class RenameType(Operation):
    """A class has another name or another home."""

    old: str
    new: str

    def due(self, state: State) -> bool:
        return state.type == self.old

    def apply(self, state: State) -> None:
        if state.type == self.old:
            state.type = self.new

    def inverse(self) -> Operation:
        return RenameType(self.new, self.old)

    def effect(self) -> Effect:
        return Effect(moves={self.old: self.new})

    def describe(self) -> str:
        return f"{self.old} is called {self.new}"


@dataclass(frozen=True)
class ReplaceObject(Operation):
    """An object that only held something gives way to what it held."""

    attribute: str

    def due(self, state: State) -> bool:
        return self.attribute in state

    @property
    def outline(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.attribute,), ()

    def apply(self, state: State) -> None:
        state.become(self.attribute)

    def effect(self) -> Effect:
        return Effect(ends=True)

    def describe(self) -> str:
        return f"it is what was its {self.attribute}"


@dataclass(frozen=True)
class ReplaceValue(Operation):
    """A plain value of an attribute is spelled another way.

    Attributes
    ----------
    name : str
    old, new : Node
        Plain values.
    back : bool, default=False
        Whether the older release needs the old spelling; by default it takes the new one as well.
    """

    name: str
    old: Node
    new: Node
    back: bool = False

    def due(self, state: State) -> bool:
        return state.anywhere(self.name, self.old)

    def rests(self, state: Mapping[str, Any]) -> bool:
        return is_other(state[self.name], self.old) if self.name in state else True

    @property
    def outline(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return (self.name,), ()

    def apply(self, state: State) -> None:
        if self.name in state:
            state.map(
                self.name, lambda value: self.new if type(value) is type(self.old) and value == self.old else value
            )

    def inverse(self) -> Operation:
        return ReplaceValue(self.name, self.new, self.old, True) if self.back else Nothing()

    def effect(self) -> Effect:
        return Effect(changes=frozenset((self.name,)))

    def describe(self) -> str:
        return f"{self.name}: {shown(self.old)} is {shown(self.new)}"
