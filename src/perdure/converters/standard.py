"""Python's own: partial functions, dictionaries with attributes, classes with a vetted __setstate__."""

from __future__ import annotations

import functools
from typing import Any

from .base import Converter

__all__ = ["BUNCH", "PARTIAL", "SETSTATE"]


def _bunch_state(bunch: Any) -> dict[str, Any]:
    state: dict[str, Any] = {"items": dict(bunch)}
    attributes = dict(vars(bunch))
    if attributes:
        state["attributes"] = attributes
    return state


def _bunch(cls: type, state: dict[str, Any]) -> Any:
    made = cls.__new__(cls)
    dict.update(made, state["items"])
    vars(made).update(state.get("attributes", {}))
    return made


BUNCH = Converter("bunch", _bunch_state, _bunch)


def _partial_state(value: Any) -> dict[str, Any]:
    return {"args": tuple(value.args), "func": value.func, "keywords": dict(value.keywords)}


def _partial(cls: type, state: dict[str, Any]) -> Any:
    return functools.partial(state["func"], *state["args"], **state["keywords"])


PARTIAL = Converter("partial", _partial_state, _partial)


def _own_state(value: Any) -> dict[str, Any]:
    return dict(value.__getstate__())


def _own(cls: type, state: dict[str, Any]) -> Any:
    made = object.__new__(cls)
    made.__setstate__(state)  # type: ignore[attr-defined]
    return made


# For classes of the tables whose __setstate__ was read and only rebuilds what the state implies.
SETSTATE = Converter("setstate", _own_state, _own)
