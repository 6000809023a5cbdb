"""What a state shows of its own age: it decides where it can, for the release in a file is a claim."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .state import State, is_other

__all__ = ["All", "Check", "Condition", "Has", "Is", "Lacks", "Stated"]


class Condition(ABC):
    """A question to a state, answered True (of before the change), False (not), or None (it does not show)."""

    @abstractmethod
    def decide(self, state: State) -> bool | None:
        """Return the answer."""

    @abstractmethod
    def describe(self) -> str:
        """Return the condition in words."""

    @property
    def by_release(self) -> bool:
        """Whether it never says more than that the release decides."""
        return False

    @property
    def present(self) -> tuple[str, ...]:
        """The attributes without which it says no."""
        return ()

    @property
    def absent(self) -> tuple[str, ...]:
        """The attributes with any of which it says no."""
        return ()

    def denies(self, state: Mapping[str, Any]) -> bool:
        """Say whether it surely says no to one object, by a plain value."""
        return False

    def __and__(self, other: Condition) -> Condition:
        return All((self, other))


@dataclass(frozen=True)
class Has(Condition):
    """The attribute is there."""

    name: str

    @property
    def present(self) -> tuple[str, ...]:
        return (self.name,)

    def decide(self, state: State) -> bool:
        return self.name in state

    def describe(self) -> str:
        return f"it has {self.name}"


@dataclass(frozen=True)
class Lacks(Condition):
    """The attribute is not there."""

    name: str

    @property
    def absent(self) -> tuple[str, ...]:
        return (self.name,)

    def decide(self, state: State) -> bool:
        return self.name not in state

    def describe(self) -> str:
        return f"it has no {self.name}"


@dataclass(frozen=True)
class Is(Condition):
    """The attribute is one of some plain values."""

    name: str
    values: tuple[Any, ...]

    @property
    def present(self) -> tuple[str, ...]:
        return (self.name,)

    def decide(self, state: State) -> bool:
        return self.name in state and any(state.holds(self.name, value) for value in self.values)

    def denies(self, state: Mapping[str, Any]) -> bool:
        return is_other(state.get(self.name), *self.values)

    def describe(self) -> str:
        return f"{self.name} is " + " or ".join(map(repr, self.values))


@dataclass(frozen=True)
class Stated(Condition):
    """Nothing in the state shows it: the release that the file states decides."""

    @property
    def by_release(self) -> bool:
        return True

    def decide(self, state: State) -> None:
        return None

    def describe(self) -> str:
        return "the file states so"


@dataclass(frozen=True)
class Check(Condition):
    """What a named function sees in the numbers.

    Attributes
    ----------
    meaning : str
        In words.
    function : callable
        ``function(state) -> bool or None``.
    unless : callable, optional
        ``unless(attributes) -> bool``: whether one object surely is no such, by names and plain values.
    """

    meaning: str
    function: Callable[[State], bool | None]
    unless: Callable[[Mapping[str, Any]], bool] | None = None

    def denies(self, state: Mapping[str, Any]) -> bool:
        return self.unless is not None and self.unless(state)

    def decide(self, state: State) -> bool | None:
        return self.function(state)

    def describe(self) -> str:
        return self.meaning


@dataclass(frozen=True)
class All(Condition):
    """All of some conditions; none of them says no."""

    conditions: tuple[Condition, ...]

    @property
    def by_release(self) -> bool:
        return any(condition.by_release for condition in self.conditions)

    @property
    def present(self) -> tuple[str, ...]:
        return tuple(name for condition in self.conditions for name in condition.present)

    @property
    def absent(self) -> tuple[str, ...]:
        return tuple(name for condition in self.conditions for name in condition.absent)

    def denies(self, state: Mapping[str, Any]) -> bool:
        return any(condition.denies(state) for condition in self.conditions)

    def decide(self, state: State) -> bool | None:
        answer: bool | None = True
        for condition in self.conditions:
            one = condition.decide(state)
            if one is False:
                return False
            if one is None:
                answer = None
        return answer

    def describe(self) -> str:
        return " and ".join(condition.describe() for condition in self.conditions)
