"""What a record is made of, as JSON and back: strict about what it knows, patient with what a newer perdure adds.

A `Part` is a frozen dataclass. Its JSON is an object of its fields, without those that are None or empty.
Keys that this release does not know are kept in ``more`` and written again, so that a record may grow.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from re import Pattern
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import FormatError
from ..graph.scalars import read_atom, write_atom

__all__ = ["Part", "from_json", "to_json"]

P = TypeVar("P", bound="Part")

_MORE = "more"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One object of the record.

    Attributes
    ----------
    more : mapping
        What a newer perdure has written that this one does not know.
    """

    more: Mapping[str, Any] = field(default_factory=dict, repr=False)


def to_json(value: Any) -> Any:
    """Return a part, or what stands in one, as plain JSON data."""
    kind = type(value)
    if kind is str:
        return value
    if kind is tuple:
        return [to_json(item) for item in value]
    if isinstance(value, Part):
        raw = dict(value.more)
        for name in _known(kind):
            content = getattr(value, name)
            if content is not None and content != () and content != {}:
                raw[name] = to_json(content)
        return raw
    if isinstance(value, Mapping):
        return {key: to_json(item) for key, item in value.items()}
    return write_atom(value)


def from_json(cls: type[P], raw: Any, where: str) -> P:
    """Return the part that JSON data stand for.

    Raises
    ------
    FormatError
        With the place, when a key is missing or holds something else than it should.
    """
    if type(raw) is not dict:
        raise FormatError(f"{where} is not an object")
    values: dict[str, Any] = {}
    known = _known(cls)
    for name, (hint, required) in known.items():
        if name in raw:
            values[name] = _read(hint, raw[name], f"{where}.{name}")
        elif required:
            raise FormatError(f"{where} has no {name}")
    values[_MORE] = {name: item for name, item in raw.items() if name not in known}
    return cls(**values)


_seen: dict[type, dict[str, tuple[Any, bool]]] = {}


def _known(cls: type[Part]) -> dict[str, tuple[Any, bool]]:
    """Return the type of each field, and whether it has to be there."""
    found = _seen.get(cls)
    if found is None:
        hints = get_type_hints(cls, include_extras=True)
        found = _seen[cls] = {
            item.name: (hints[item.name], item.default is MISSING and item.default_factory is MISSING)
            for item in fields(cls)
            if item.name != _MORE
        }
    return found


def _read(hint: Any, raw: Any, where: str) -> Any:
    origin = get_origin(hint)
    if origin is Annotated:
        base, *rules = get_args(hint)
        value = _read(base, raw, where)
        for rule in rules:
            if isinstance(rule, Pattern) and not rule.fullmatch(value):
                raise FormatError(f"{where} cannot be {value[:60]!r}")
        return value
    if origin is tuple:
        if type(raw) is not list:
            raise FormatError(f"{where} is not a list")
        item = get_args(hint)[0]
        return tuple(_read(item, entry, f"{where}[{i}]") for i, entry in enumerate(raw))
    if origin is Mapping:
        if type(raw) is not dict:
            raise FormatError(f"{where} is not an object")
        item = get_args(hint)[1]
        return {key: _read(item, entry, f"{where}[{key[:60]!r}]") for key, entry in raw.items()}
    if origin in (Union, types.UnionType):
        return _read_union([kind for kind in get_args(hint) if kind is not types.NoneType], raw, where)
    if isinstance(hint, type) and issubclass(hint, Part):
        return from_json(hint, raw, where)
    return _read_atom((hint,), raw, where)


def _read_union(kinds: list[Any], raw: Any, where: str) -> Any:
    if len(kinds) == 1:
        return _read(kinds[0], raw, where)
    return _read_atom(tuple(kinds), raw, where)


def _read_atom(kinds: tuple[type, ...], raw: Any, where: str) -> Any:
    if object in kinds:
        return raw
    try:
        value = read_atom(raw)
    except FormatError as error:
        raise FormatError(f"{where}: {error.problem}") from None
    if type(value) not in kinds:
        names = " or ".join(kind.__name__ for kind in kinds)
        raise FormatError(f"{where} is not {names}")
    return value
