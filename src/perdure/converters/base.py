"""What a converter is: a pair of pure functions between a value and the plain state it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Converter", "Marked"]


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
        from the table, `state` from the file.
    copies : bool, default=False
        Whether `from_state` copies the arrays it is given, so that views are enough.
    """

    way: str
    to_state: Callable[[Any], dict[str, Any]]
    from_state: Callable[[type, dict[str, Any]], Any]
    copies: bool = False


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
