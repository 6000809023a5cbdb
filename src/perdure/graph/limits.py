"""How much a file may ask for, checked before anything is allocated."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from ..errors import LimitError, UnsupportedError, printed

__all__ = ["Limits"]

_GIB = 1 << 30
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of reading, each with its default.

    Attributes
    ----------
    file_bytes : int
        Size of the file, in bytes.
    members : int
        Members of the archive.
    nodes : int
        Nodes of the graph.
    depth : int
        How deep nodes may lie in one another.
    string_bytes, strings_bytes : int
        Size of one string, and of all together.
    arrays : int
        Arrays of the graph.
    decoded_bytes : int
        Size of all arrays once decoded; never more than the memory that is free.
    opcodes, memo : int
        Of a pickle.

    Examples
    --------
    >>> from perdure.graph.limits import Limits
    >>> Limits().with_changes(depth=64).depth
    64
    """

    file_bytes: int = 64 * _GIB
    members: int = 1024
    nodes: int = 5_000_000
    depth: int = 256
    string_bytes: int = 64 * _MIB
    strings_bytes: int = _GIB
    arrays: int = 1_000_000
    decoded_bytes: int = 32 * _GIB
    opcodes: int = 500_000_000
    memo: int = 50_000_000

    def with_changes(self, **changes: int) -> Limits:
        """Return a copy with some limits changed; unknown names are refused."""
        known = {item.name for item in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise UnsupportedError(
                    f"there is no limit named {name!r}", fix=f"use one of: {', '.join(sorted(known))}"
                )
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise UnsupportedError(f"the limit {name} must be a non-negative integer, not {value!r}")
        return replace(self, **changes)

    def check(self, name: str, asked: int, what: str) -> None:
        """Raise LimitError when ``asked`` is above the limit called ``name``."""
        allowed: Any = getattr(self, name)
        if asked > allowed:
            raise LimitError(
                f"the file asks for {printed(asked)} {what}; the limit {name} is {allowed:,}",
                fix=f"if you trust the file's origin: perdure.load(..., limits={{{name!r}: {asked}}})"
                if asked.bit_length() <= 64
                else None,
            )
