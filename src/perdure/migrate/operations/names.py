"""Operations on many names at once, and on fields: what whole families of old states have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import MigrationError
from ..state import State
from .arrays import fields_of, with_fields
from .base import Effect, Operation

__all__ = ["MoveNames", "Refuse", "RenameField"]


@dataclass(frozen=True, eq=False)
class MoveNames(Operation):
    """Classes and functions have another home; a function or class as a value is moved like an object's type.

    Attributes
    ----------
    names : mapping of str to str
        Old name → new name, as ``module:qualname``.
    """

    names: Mapping[str, str]

    def due(self, state: State) -> bool:
        return state.type in self.names

    def apply(self, state: State) -> None:
        state.type = self.names.get(state.type, state.type)

    def inverse(self) -> Operation:
        return MoveNames({new: old for old, new in self.names.items()})

    def effect(self) -> Effect:
        return Effect(moves=self.names)

    def describe(self) -> str:
        return "classes and functions stand in other modules"


@dataclass(frozen=True)
class RenameField(Operation):
    """A field of a structured array has another name."""

    name: str
    old: str
    new: str

    def due(self, state: State) -> bool:
        return (fields := fields_of(state, self.name)) is not None and self.old in fields

    def apply(self, state: State) -> None:
        if not self.due(state):
            return
        kept: dict[str, str] = {n: d.name for n, d, _, _ in state.find(self.name).dtype.fields}

        def rename(fields: Mapping[str, Any]) -> dict[str, Any]:
            return {self.new if name == self.old else name: field for name, field in fields.items()}

        with_fields(state, self.name, rename, {self.new: kept[self.old]}, (self.old,))

    def inverse(self) -> Operation:
        return RenameField(self.name, self.new, self.old)

    def effect(self) -> Effect:
        return Effect(changes=frozenset((self.name,)))

    def describe(self) -> str:
        return f"the field {self.old} of {self.name} is called {self.new}"


@dataclass(frozen=True)
class Refuse(Operation):
    """A class has no successor: the model is refused, and told why.

    Attributes
    ----------
    reason : str
        What became of the class.
    fix : str
        What to do instead.
    """

    reason: str
    fix: str

    def due(self, state: State) -> bool:
        return True

    def apply(self, state: State) -> str | None:
        raise MigrationError(f"{state.type.partition(':')[2]} {self.reason}", fix=self.fix)

    def effect(self) -> Effect:
        return Effect(ends=True)

    def describe(self) -> str:
        return self.reason
