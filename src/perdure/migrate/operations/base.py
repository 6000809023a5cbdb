"""What an operation is: one step of a migration over inert nodes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ...errors import shown as _written
from ...graph.nodes import Array, Dict, Each, List, Tuple
from ...graph.structure import children
from ..state import Context, State

__all__ = ["ABSENT", "TYPE", "Effect", "Irreversible", "Operation", "same", "shown"]


class Absent:
    """There is nothing here, which is not None."""

    _only: Absent | None = None

    def __new__(cls) -> Absent:
        cls._only = cls._only or super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "nothing"

    def __deepcopy__(self, memo: object) -> Absent:
        return self


ABSENT: Final = Absent()
#: In the changes of a `Transform`: the name of the object's type.
TYPE: Final = "(type)"


class Irreversible(Exception):
    """The state uses what the older release does not have."""


@dataclass(frozen=True)
class Effect:
    """What an operation may do to the names of a state: whoever compares two releases needs no more.

    Attributes
    ----------
    sets, drops : frozenset of str
        The attributes that it gives a value, and those that it takes away.
    changes : frozenset of str
        The attributes that it gives another value, where they are.
    moves : mapping of str to str
        The types that have another name afterwards.
    ends : bool, default=False
        Whether the object itself gives way to another, or is refused.
    """

    sets: frozenset[str] = frozenset()
    drops: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    moves: Mapping[str, str] = field(default_factory=dict)
    ends: bool = False


class Operation(ABC):
    """One step of a migration."""

    @abstractmethod
    def due(self, state: State) -> bool | None:
        """Say whether the state still needs it; None when the operation cannot tell."""

    @abstractmethod
    def apply(self, state: State) -> str | None:
        """Change the state; return what of it is lost, where something is."""

    @property
    def outline(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The attributes without which, and those with any of which it is not due."""
        return (), ()

    def rests(self, state: Mapping[str, Any]) -> bool:
        """Say whether it is surely not due for one object, by a plain value."""
        return False

    def effect(self) -> Effect:
        """Return what it may do to the names of a state."""
        return Effect()

    def inverse(self) -> Operation | None:
        """Return the operation that undoes this one, or None where there is none."""
        return None

    @abstractmethod
    def describe(self) -> str:
        """Return in words what it does."""


def same(left: Any, right: Any, context: Context) -> bool:
    """Say whether two nodes are the same value."""
    left, right = context.resolve(left), context.resolve(right)
    if type(left) is not type(right):
        return False
    if isinstance(left, Array):
        return context.arrays.same(left.index, right.index)
    inside = list(children(left))
    if not inside and not isinstance(left, (List, Tuple, Dict, Each)):
        return bool(left == right)
    others = list(children(right))
    return len(inside) == len(others) and all(
        a[0] == b[0] and same(a[1], b[1], context) for a, b in zip(inside, others, strict=True)
    )


def shown(value: Any) -> str:
    """Return a node as a person would write it."""
    if isinstance(value, List):
        return "[" + ", ".join(map(shown, value.items)) + "]"
    if isinstance(value, Tuple):
        return "(" + ", ".join(map(shown, value.items)) + ")"
    if isinstance(value, Dict):
        return "{" + ", ".join(f"{shown(k)}: {shown(v)}" for k, v in value.pairs) + "}"
    return _written(value, 1000) if not hasattr(value, "__slots__") else type(value).__name__
