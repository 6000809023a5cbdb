"""Classes of a user's own, in a module that readers can import: one for each way in which pickle would treat them."""

from __future__ import annotations

import collections
import enum
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import Birch
from sklearn.isotonic import IsotonicRegression
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch


class Plain:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)

    def double(self, X: Any) -> Any:
        return 2 * np.asarray(X)

    @classmethod
    def of_class(cls, X: Any) -> Any:
        return X

    @property
    def size(self) -> int:
        return len(vars(self))


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left: Any) -> None:
        self.left = left


class SlottedAndMore(Slotted):
    """Slots of the base, a ``__dict__`` of its own."""

    def __init__(self, left: Any, more: Any) -> None:
        super().__init__(left)
        self.more = more


class Reopening:
    """Leaves out what it can make anew."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.handle = object()

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.path = state["path"]
        self.handle = "opened again"


class Compact:
    """A state that is no dict."""

    def __init__(self, *numbers: float) -> None:
        self.numbers = numbers

    def __getstate__(self) -> tuple[float, ...]:
        return self.numbers

    def __setstate__(self, state: tuple[float, ...]) -> None:
        self.numbers = state


class OnlyLeaving:
    """A ``__getstate__`` without a ``__setstate__``."""

    def __init__(self) -> None:
        self.kept, self.left_out = 1, 2

    def __getstate__(self) -> dict[str, Any]:
        return {"kept": self.kept}


class Unreadable:
    def __getstate__(self) -> int:
        return 3


class WithArguments:
    def __new__(cls, unit: str) -> WithArguments:
        made = super().__new__(cls)
        made.unit = unit
        return made

    def __getnewargs__(self) -> tuple[str]:
        return (self.unit,)


class WantsArguments:
    def __new__(cls, unit: str) -> WantsArguments:
        return super().__new__(cls)


class Reduced:
    def __reduce__(self) -> Any:
        return (Reduced, ())


class Mapping(dict):
    def __setitem__(self, key: Any, value: Any) -> None:
        raise AssertionError("nothing but __new__ and __setstate__ is to act while a file is loaded")


class Ordered(collections.OrderedDict):
    pass


class Defaulting(collections.defaultdict):
    pass


class Sequence(list):
    def append(self, item: Any) -> None:
        raise AssertionError("nothing but __new__ and __setstate__ is to act while a file is loaded")


class Pair(tuple):
    pass


class Members(set):
    pass


class Fixed(frozenset):
    pass


class Text(str):
    def __str__(self) -> str:
        return "something else"


class Count(int):
    pass


class Ratio(float):
    pass


class Raw(bytes):
    pass


class Point(NamedTuple):
    x: float
    y: Any = None


class Colour(enum.Enum):
    RED = 1
    CRIMSON = 1  # noqa: PIE796 - an alias
    BLUE = "blue"


class Permission(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


class Level(enum.IntEnum):
    LOW = 1


@dataclass
class Settings:
    depth: int = 3
    rates: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FrozenSettings:
    depth: int = 3
    rates: tuple[float, ...] = ()


class Fading(IsotonicRegression):
    """A base whose state leaves something out."""


class Grouping(Birch):
    """A base whose state is laid flat."""


class Scaler(StandardScaler):
    pass


class Box(Bunch):
    pass


class Shifter(TransformerMixin, BaseEstimator):
    def __init__(self, by: Any = 1.0) -> None:
        self.by = by

    def fit(self, X: Any, y: Any = None) -> Shifter:
        self.mean_ = np.mean(X, axis=0)
        return self

    def transform(self, X: Any) -> Any:
        return X + self.by - self.mean_
