"""What a converter is: pure functions between a value and the plain state it is made of."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

__all__ = ["Alone", "AttributeConverter", "Converter", "Marked", "is_slot", "shadows"]


@dataclass(frozen=True, slots=True)
class Converter:
    """How values of a type that is more than its ``__dict__`` are taken apart and put together.

    Attributes
    ----------
    way : str
        The name that the trust tables use.
    to_state : callable
        ``to_state(value) -> dict``: attribute to plain value, array or further object.
    from_state : callable
        ``from_state(cls, state) -> value``. Called after trust, migration and validation; `cls` comes
        from the table (None where the table names no class), `state` from the file.
    copies : bool, default=False
        Whether `from_state` copies the arrays it is given, so that views are enough.
    names : tuple of str
        With `from_states`: the attributes, sorted.
    from_states : callable, optional
        ``from_states(cls, rows) -> iterator``: the same for many values, a row the attributes of one.
    """

    way: str
    to_state: Callable[[Any], dict[str, Any]]
    from_state: Callable[[Any, dict[str, Any]], Any]
    copies: bool = False
    names: tuple[str, ...] = ()
    from_states: Callable[[Any, Iterable[tuple[Any, ...]]], Iterator[Any]] | None = None


@dataclass(frozen=True, slots=True)
class AttributeConverter:
    """How the attributes of a plain class are changed on their way to the file and back.

    The instance itself is made as that of any plain class, so this serves subclasses and cycles too.

    Attributes
    ----------
    way : str
        The name that the trust tables use.
    to_state : callable
        ``to_state(value) -> dict``, as of a `Converter`.
    restore : callable
        ``restore(cls, state) -> dict``: the attributes of the instance.
    """

    way: str
    to_state: Callable[[Any], dict[str, Any]]
    restore: Callable[[Any, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Marked:
    """An array whose dtype means more than numpy can say: ``intp`` is 8 bytes here and 4 elsewhere.

    Attributes
    ----------
    array : ndarray
    fields : frozenset of str or None
        The fields of a structured array that are ``intp``; None: the array itself.
    """

    array: Any
    fields: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Alone:
    """A part that is a value: whether it shares memory with another, or is the same object, says nothing.

    Attributes
    ----------
    value : object
    """

    value: Any


@lru_cache(maxsize=1 << 14)
def shadows(cls: type, attribute: str) -> bool:
    """Say whether an attribute of an instance would hide a method, property or slot of its class.

    Examples
    --------
    >>> from perdure.converters.base import shadows
    >>> class Scaler:
    ...     power = 2
    ...
    ...     def fit(self): ...
    >>> shadows(Scaler, "fit"), shadows(Scaler, "power"), shadows(Scaler, "__class__")
    (True, False, True)
    """
    if attribute.startswith("__") and attribute.endswith("__"):
        return True
    for base in cls.__mro__:
        if attribute in vars(base):
            # Functions, properties, slots and conditional methods are all descriptors; plain defaults are not.
            return hasattr(type(vars(base)[attribute]), "__get__")
    return False


def is_slot(cls: type, attribute: str) -> bool:
    """Say whether an attribute lives in a slot of its class."""
    for base in cls.__mro__:
        if attribute in vars(base):
            return isinstance(vars(base)[attribute], types.MemberDescriptorType)
    return False
