"""Instances of classes that perdure's tables do not know: taken apart as the class itself would have it."""

from __future__ import annotations

import collections
import enum
import inspect
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..converters import CONVERTERS, AttributeConverter
from ..converters.own import FINE_BASES, GIVEN_STATE, content_of, content_value, own_method
from ..converters.python.values import ENUM
from ..errors import UnsupportedError
from ..graph.structure import Path
from ..trust.tables import GLOBAL_WAYS, tables
from .names import importable_name, type_name
from .refusals import refusal

if TYPE_CHECKING:
    from .code import OwnCode

__all__ = ["OwnParts", "constant_of_library", "own_parts"]

_HEAP_TYPE = 1 << 9


@dataclass(frozen=True, slots=True)
class OwnParts:
    """What an instance is made of.

    Attributes
    ----------
    name : str
        Of its class.
    bases : tuple of str
        The types of the tables that the class derives from.
    attributes : mapping of str to object
    state : mapping of str to object
        What is no attribute: what ``__getstate__`` gave, or the name of a member of an Enum.
    arguments : tuple or None
        For ``__new__``; of a class that derives from a builtin container, what it contains.
    restores : bool
        Whether the class has a ``__setstate__`` that takes the attributes.
    """

    name: str
    bases: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    arguments: tuple[Any, ...] | None = None
    restores: bool = False


def own_parts(value: Any, cls: type, path: Path, code: OwnCode | None = None) -> OwnParts:
    """Take an instance apart.

    Raises
    ------
    UnsupportedError
        When it could not be put together again, with the fix.
    """
    refused = refusal(value, path, only_known=True)
    if refused is not None:
        raise refused
    name = importable_name(cls, path, code)
    if isinstance(value, enum.Enum):
        return OwnParts(name, (), state=_enum_state(value, path))
    bases, way = _known_bases(name, cls, path)
    _check_bases(name, cls, path)
    arguments = _arguments(name, value, cls, path)
    converter = CONVERTERS.get(way) if way is not None else None
    if isinstance(converter, AttributeConverter):
        return OwnParts(name, bases, attributes=converter.to_state(value), arguments=arguments)
    restores = own_method(cls, "__setstate__") is not None
    if own_method(cls, "__getstate__") is None:
        attributes = _attributes(value, cls)
        return OwnParts(name, bases, attributes=attributes, arguments=arguments, restores=restores)
    state = value.__getstate__()
    if isinstance(state, dict) and GIVEN_STATE not in state and all(type(key) is str for key in state):
        return OwnParts(name, bases, attributes=state, arguments=arguments, restores=restores)
    if not restores:
        raise UnsupportedError(
            f"{name}.__getstate__ does not return a dict of attributes, and there is no __setstate__ for it",
            path=str(path),
            fix="return a dict with attribute names as keys, or write a __setstate__",
        )
    return OwnParts(name, bases, state={GIVEN_STATE: state}, arguments=arguments, restores=True)


def _enum_state(value: Any, path: Path) -> Mapping[str, Any]:
    try:
        return ENUM.to_state(value)
    except UnsupportedError as error:
        raise UnsupportedError(error.problem, path=str(path), fix=error.fix) from None


def _known_bases(name: str, cls: type, path: Path) -> tuple[tuple[str, ...], str | None]:
    """Return the bases that the tables know, and the way of the first that is built in a way of its own."""
    known = tables()
    found: list[str] = []
    special: str | None = None
    for base in cls.__mro__[1:]:
        base_name = type_name(base)
        if base in FINE_BASES:
            continue
        way = known.ways.get(known.logical.get(base_name, base_name))
        if way is None or way in GLOBAL_WAYS:
            continue
        if way not in ("state", "bunch", "enum") and not isinstance(CONVERTERS.get(way), AttributeConverter):
            raise UnsupportedError(
                f"{name} derives from {base_name}, whose instances are built in a way that a subclass cannot follow",
                path=str(path),
                fix=f"hold a {base.__name__} as an attribute instead of deriving from it",
            )
        if way not in ("state", "bunch"):
            special = special or way
        found.append(base_name)
    return tuple(found), special


def _check_bases(name: str, cls: type, path: Path) -> None:
    for base in cls.__mro__:
        if base in FINE_BASES:
            continue
        reduces = "__reduce__" in vars(base) or "__reduce_ex__" in vars(base)
        if reduces or not base.__flags__ & _HEAP_TYPE:
            raise UnsupportedError(
                f"perdure does not know how to take an instance of {name} apart"
                + (
                    f": it has a __reduce__ (of {type_name(base)})"
                    if reduces
                    else f": {type_name(base)} is compiled code"
                ),
                path=str(path),
                fix="give the class plain attributes, or __getstate__ and __setstate__; see docs/add_a_type.md for a converter",
            )


def _arguments(name: str, value: Any, cls: type, path: Path) -> tuple[Any, ...] | None:
    base = content_of(cls)
    if base is not None:
        content = content_value(value, base)
        return (content, value.default_factory) if isinstance(value, collections.defaultdict) else (content,)
    if own_method(cls, "__getnewargs_ex__") is not None:
        arguments, keywords = value.__getnewargs_ex__()
        if keywords:
            raise UnsupportedError(
                f"{name}.__getnewargs_ex__ asks for keywords", path=str(path), fix="use __getnewargs__"
            )
        return tuple(arguments)
    if own_method(cls, "__getnewargs__") is not None:
        return tuple(value.__getnewargs__())
    if any("__new__" in vars(base) for base in cls.__mro__[:-1]):
        try:
            inspect.signature(cls.__new__).bind(cls)
        except (TypeError, ValueError):
            raise UnsupportedError(
                f"{name}.__new__ wants arguments that nothing tells",
                path=str(path),
                fix="give the class a __getnewargs__ that returns them, or make them optional",
            ) from None
    return None


def _attributes(value: Any, cls: type) -> dict[str, Any]:
    """Return the attributes, those in slots included."""
    attributes = dict(getattr(value, "__dict__", {}))
    for base in cls.__mro__:
        for name, slot in vars(base).items():
            if isinstance(slot, types.MemberDescriptorType) and base not in FINE_BASES:
                try:
                    attributes.setdefault(name, slot.__get__(value, cls))
                except AttributeError:
                    continue
    return attributes


def constant_of_library(value: Any) -> str | None:
    """Return the name of a value that a library has under a name: the distributions of scipy.stats."""
    if type(value).__module__.startswith("scipy.stats."):
        name = f"scipy.stats:{getattr(value, 'name', None)}"
        if tables().ways.get(name) == "constant" and getattr(sys.modules.get("scipy.stats"), value.name, None) is value:
            return name
    return None
