"""Instances of classes that the reader trusts, and methods bound to parts of the model.

Only what the class itself says acts: its ``__new__``, and its ``__setstate__``.
"""

from __future__ import annotations

import collections
import enum
import types
from collections.abc import Callable, Sequence
from typing import Any

from ..converters import CONVERTERS, AttributeConverter, is_slot
from ..converters.own import GIVEN_STATE, content_of, own_method
from ..converters.python.values import ENUM
from ..errors import InvalidError, PerdureError, shown
from ..graph.structure import Path
from ..trust.tables import tables
from .resolve import Resolver

__all__ = ["bound_method", "contain", "empty", "fill", "is_container", "is_member", "member", "new"]


def is_member(cls: type) -> bool:
    """Say whether instances of the class are members of an Enum."""
    return issubclass(cls, enum.Enum)


def member(cls: type, state: dict[str, Any]) -> Any:
    """Return the member of an Enum."""
    return ENUM.from_state(cls, state)


def empty(cls: type, path: Path) -> Any:
    """Return an instance of a plain class, without attributes.

    Raises
    ------
    InvalidError
        When the class as it is here is not plain: abstract, or compiled code.
    """
    try:
        made: Any = object.__new__(cls)
        vars(made)
    except TypeError as error:
        raise InvalidError(f"no {cls.__name__} can be made here ({error})", path=str(path)) from None
    return made


def is_container(cls: type) -> bool:
    """Say whether instances are containers that are made empty, so that what they contain can refer to them."""
    return content_of(cls) in _FILL


def new(cls: type, arguments: Sequence[Any], path: Path) -> Any:
    """Return a new instance, without its attributes, and an empty one of a container.

    Parameters
    ----------
    cls : type
    arguments : sequence
        For ``__new__``; of a class that derives from a builtin scalar or tuple, its plain value.
    path : Path
    """
    base: Any = content_of(cls)
    try:
        if base is None:
            return cls.__new__(cls, *arguments)
        if base in _FILL:
            maker: Any = collections.OrderedDict if issubclass(cls, collections.OrderedDict) else base
            return maker.__new__(cls)
        (content,) = arguments
        _check_content(cls, content, base, path)
        return base.__new__(cls, content)
    except (TypeError, ValueError) as error:
        raise _no_such(cls, error, path) from None


def contain(made: Any, cls: type, arguments: Sequence[Any], path: Path) -> None:
    """Put into a container what it contains."""
    base: Any = content_of(cls)
    try:
        content, *more = arguments
        _check_content(cls, content, base, path)
        _FILL[base](made, content)
        if more and isinstance(made, collections.defaultdict):
            made.default_factory = more[0]
    except (TypeError, ValueError) as error:
        raise _no_such(cls, error, path) from None


def _check_content(cls: type, content: Any, base: type, path: Path) -> None:
    if type(content) is not base:
        raise InvalidError(f"a {cls.__name__} contains a {base.__name__}", path=str(path))


def _no_such(cls: type, error: Exception, path: Path) -> InvalidError:
    return InvalidError(f"no {cls.__name__} can be made from what the file holds ({error})", path=str(path))


def _fill_dict(made: Any, content: dict[Any, Any]) -> None:
    put: Callable[..., None] = (
        collections.OrderedDict.__setitem__ if isinstance(made, collections.OrderedDict) else dict.__setitem__
    )
    for key, value in content.items():
        put(made, key, value)


_FILL: dict[type, Callable[[Any, Any], None]] = {dict: _fill_dict, list: list.extend, set: set.update}


def fill(made: Any, cls: type, name: str, state: dict[str, Any], resolver: Resolver, path: Path) -> Any:
    """Give an instance its attributes, by its own ``__setstate__`` where it has one."""
    converter = _converter(cls)
    if converter is None:
        restores = own_method(cls, "__setstate__") is not None
        if restores or GIVEN_STATE in state:
            if not restores:
                raise InvalidError(f"{name} has no __setstate__ for the state in the file", path=str(path))
            _restored(made, name, state.get(GIVEN_STATE, state))
            return made
    attributes, slots = {}, {}
    for attribute, value in state.items():
        if is_slot(cls, attribute):
            slots[attribute] = value
        else:
            resolver.check_attributes(name, cls, (attribute,), path)
            attributes[attribute] = value
    if converter is not None:
        attributes = converter.restore(cls, attributes)
    for attribute, value in slots.items():
        # The slot itself, whatever __setattr__ the class has.
        next(vars(base)[attribute] for base in cls.__mro__ if attribute in vars(base)).__set__(made, value)
    if attributes:
        if not hasattr(made, "__dict__"):
            raise InvalidError(f"a {name} has no attribute {next(iter(attributes))!r:.60}", path=str(path))
        vars(made).update(attributes)
    return made


def _restored(made: Any, name: str, state: Any) -> None:
    try:
        made.__setstate__(state)
    except (PerdureError, MemoryError, RecursionError):
        raise
    except Exception as error:
        # A library has exceptions of its own: what it refuses is wrong with the file.
        raise InvalidError(f"{name} cannot take its state ({type(error).__name__}: {error!s:.200})") from error


def _converter(cls: type) -> AttributeConverter | None:
    """Return the converter of attributes of the first base that has one."""
    ways = tables().ways
    for base in cls.__mro__:
        converter = CONVERTERS.get(ways.get(f"{base.__module__}:{base.__qualname__}", ""))
        if isinstance(converter, AttributeConverter):
            return converter
    return None


def bound_method(state: dict[str, Any], resolver: Resolver, path: Path) -> Any:
    """Return a method bound to an estimator, or to an instance of a class that the reader trusts."""
    owner, name = state.get("self"), state.get("name")
    cls = type(owner)
    known = tables()
    owner_name = f"{cls.__module__}:{cls.__qualname__}"
    way = known.ways.get(owner_name)
    allowed = name in known.methods if way == "state" else way is None and owner_name in resolver.allowed
    function = (
        next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None) if isinstance(name, str) else None
    )
    if set(state) != {"self", "name"} or not allowed or function is None:
        raise InvalidError(f"{shown(name)} is not a method that may be a value", path=str(path))
    if isinstance(function, types.FunctionType):
        return types.MethodType(function, owner)
    # Methods that are there under a condition are found by asking for them, as is each of scikit-learn's.
    if way == "state" and not isinstance(function, property):
        return getattr(owner, str(name))
    raise InvalidError(f"{shown(name)} of a {cls.__name__} is not a method", path=str(path))
