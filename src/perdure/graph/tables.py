"""The tables of a graph, strictly: the types and arrays that its nodes name by number."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ..errors import FormatError
from .limits import Limits
from .nodes import ArraySpec
from .scalars import unbase64

__all__ = ["read_arrays", "read_shape", "read_types"]

_DIMENSIONS = 32
_NAME = 500


def read_types(raw: Any) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Return the names of the types, and the bases of those that have some."""
    types: list[str] = []
    bases: dict[str, tuple[str, ...]] = {}
    if not isinstance(raw, list):
        raise FormatError("types is a list")
    for row in raw:
        names = row if isinstance(row, list) and len(row) > 1 else [row]
        if not all(isinstance(name, str) and _is_name(name) for name in names):
            raise FormatError("a type is a name as module:qualname, or such a name and its bases")
        name, *above = names
        types.append(name)
        if above:
            bases[name] = tuple(above)
    if len(set(types)) != len(types):
        raise FormatError("a type stands twice")
    return types, bases


def read_arrays(raw: Any, limits: Limits) -> tuple[list[ArraySpec], dict[int, bytes]]:
    """Return what each array is, and the bytes of those that stand in the graph."""
    if not isinstance(raw, list):
        raise FormatError("arrays is a list")
    limits.check("arrays", len(raw), "arrays")
    specs: list[ArraySpec] = []
    inline: dict[int, bytes] = {}
    for number, row in enumerate(raw):
        size = len(row) if type(row) is list else 0
        if not 2 <= size <= 4 or type(row[0]) is not str:
            raise FormatError(f"array {number} is malformed")
        columns = size > 2 and row[2] == "F"
        specs.append(ArraySpec(row[0], read_shape(row[1]), "F" if columns else "C"))
        if size == 3 + columns:
            inline[number] = unbase64(row[-1])
        elif size > 3:
            raise FormatError(f"array {number} is malformed")
    return specs, inline


def read_shape(raw: Any) -> tuple[int, ...]:
    """Return the shape of an array."""
    if type(raw) is not list or len(raw) > _DIMENSIONS:
        raise FormatError("a shape is a list of at most 32 lengths")
    for length in raw:
        if type(length) is not int or length < 0:
            raise FormatError(f"a length of a shape is a non-negative integer, not {length!r:.40}")
    return tuple(raw)


@lru_cache(maxsize=1 << 12)
def _is_name(text: str) -> bool:
    """Whether a text is ``module:qualname``, with a version behind where it is a form of our own."""
    module, colon, rest = text.partition(":")
    qualname, slash, version = rest.partition("/")
    return (
        bool(colon)
        and len(text) <= _NAME
        and all(map(str.isidentifier, module.split(".")))
        and all(map(str.isidentifier, qualname.split(".")))
        and (not slash or (version.isdecimal() and version.isascii()))
    )
