"""Containers of the standard library, and dictionaries with attributes."""

from __future__ import annotations

import array
import types
from typing import Any

import numpy as np

from ...errors import InvalidError, UnsupportedError
from ..base import Converter

__all__ = ["ARRAY", "BUNCH", "BYTEARRAY", "COUNTER", "DEFAULTDICT", "DEQUE", "NAMEDTUPLE", "ORDERED", "PROXY"]


# Bunch of scikit-learn, OptimizeResult of scipy: a dict whose keys can be read as attributes.
def _bunch_state(bunch: Any) -> dict[str, Any]:
    state: dict[str, Any] = {"items": dict(bunch)}
    attributes = dict(vars(bunch))
    if attributes:
        state["attributes"] = attributes
    return state


def _bunch(cls: Any, state: dict[str, Any]) -> Any:
    made = cls.__new__(cls)
    dict.update(made, state["items"])
    vars(made).update(state.get("attributes", {}))
    return made


BUNCH = Converter("bunch", _bunch_state, _bunch)

# --- collections ------------------------------------------------------------------------------


def _items_state(value: Any) -> dict[str, Any]:
    _no_attributes(value)
    return {"items": dict(value)}


def _no_attributes(value: Any) -> None:
    if getattr(value, "__dict__", None):
        raise UnsupportedError(
            f"a {type(value).__name__} with attributes of its own cannot be saved",
            fix="keep them as items, or in an object around it",
        )


def _ordered(cls: Any, state: dict[str, Any]) -> Any:
    return cls(_dict(state["items"]))


def _counter(cls: Any, state: dict[str, Any]) -> Any:
    made = cls()
    dict.update(made, _dict(state["items"]))
    return made


def _dict(value: Any) -> dict[Any, Any]:
    if type(value) is not dict:
        raise InvalidError("items are a dict")
    return value


def _defaultdict_state(value: Any) -> dict[str, Any]:
    return {"factory": value.default_factory, "items": dict(value)}


def _defaultdict(cls: Any, state: dict[str, Any]) -> Any:
    made = cls(state["factory"])
    dict.update(made, _dict(state["items"]))
    return made


def _deque(cls: Any, state: dict[str, Any]) -> Any:
    return cls(state["items"], state["maxlen"])


ORDERED = Converter("ordered-dict", _items_state, _ordered)
COUNTER = Converter("counter", _items_state, _counter)
DEFAULTDICT = Converter("default-dict", _defaultdict_state, _defaultdict)
DEQUE = Converter("deque", lambda value: {"items": list(value), "maxlen": value.maxlen}, _deque)
PROXY = Converter(
    "mapping-proxy",
    lambda value: {"items": dict(value)},
    lambda cls, state: types.MappingProxyType(_dict(state["items"])),
)

# --- named tuples of the tables -----------------------------------------------------------------


def _named_tuple(cls: Any, state: dict[str, Any]) -> Any:
    if sorted(state) != sorted(cls._fields):
        raise InvalidError(f"the fields of a {cls.__name__} are {', '.join(cls._fields)}")
    return tuple.__new__(cls, [state[name] for name in cls._fields])


NAMEDTUPLE = Converter("named-tuple", lambda value: dict(zip(value._fields, value, strict=True)), _named_tuple)

# --- bytes and numbers --------------------------------------------------------------------------


def _array_state(value: Any) -> dict[str, Any]:
    if value.typecode in ("u", "w"):
        return {"items": value.tounicode(), "typecode": value.typecode}
    return {"items": np.array(value), "typecode": value.typecode}


def _array(cls: Any, state: dict[str, Any]) -> Any:
    items = state["items"]
    return array.array(state["typecode"], items if isinstance(items, str) else items.tolist())


ARRAY = Converter("array", _array_state, _array)
BYTEARRAY = Converter("bytearray", lambda value: {"data": bytes(value)}, lambda cls, state: bytearray(state["data"]))
