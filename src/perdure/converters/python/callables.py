"""Callables that are data: partial functions and the getters of the operator module."""

from __future__ import annotations

import functools
import operator
from typing import Any

from ...errors import InvalidError, UnsupportedError
from ..base import Converter

__all__ = ["ATTRGETTER", "ITEMGETTER", "METHODCALLER", "PARTIAL"]


def _partial_state(value: Any) -> dict[str, Any]:
    state = {"args": tuple(value.args), "func": value.func, "keywords": dict(value.keywords)}
    # Looking at its __dict__ would make one.
    attributes = value.__reduce__()[2][3]
    if attributes:
        state["attributes"] = dict(attributes)
    return state


def _partial(cls: Any, state: dict[str, Any]) -> Any:
    func, keywords = state["func"], state["keywords"]
    if not callable(func) or type(keywords) is not dict or not all(type(key) is str for key in keywords):
        raise InvalidError("a partial function is a function, arguments and keywords")
    made = functools.partial(func, *state["args"], **keywords)
    if "attributes" in state:
        vars(made).update(state["attributes"])
    return made


PARTIAL = Converter("partial", _partial_state, _partial)

ITEMGETTER = Converter(
    "itemgetter",
    lambda value: {"items": value.__reduce__()[1]},
    lambda cls, state: operator.itemgetter(*state["items"]),
)


def _attrgetter_state(value: Any) -> dict[str, Any]:
    return {"names": _public(value.__reduce__()[1], UnsupportedError)}


def _attrgetter(cls: Any, state: dict[str, Any]) -> Any:
    return operator.attrgetter(*_public(state["names"], InvalidError))


def _public(names: Any, error: type[UnsupportedError] | type[InvalidError]) -> Any:
    # Through private names an attrgetter would reach into the interpreter.
    for name in names:
        if not isinstance(name, str) or any(part.startswith("_") for part in name.split(".")):
            raise error(f"an attrgetter of {name!r:.60} is refused: it is not a public name")
    return names


ATTRGETTER = Converter("attrgetter", _attrgetter_state, _attrgetter)

# What a methodcaller may call on whatever data comes: these only compute.
_METHODS = frozenset(
    (
        "abs", "astype", "casefold", "clip", "copy", "cumsum", "diff", "dropna", "encode", "fillna", "flatten", "isna",
        "isnull", "lower", "lstrip", "map", "max", "mean", "median", "min", "notna", "ravel", "replace", "reshape",
        "round", "rstrip", "select_dtypes", "split", "splitlines", "squeeze", "std", "strip", "sum", "title", "to_numpy",
        "toarray", "tocsr", "todense", "tolist", "transpose", "upper", "var",
    )
)  # fmt: skip


def _methodcaller_state(value: Any) -> dict[str, Any]:
    made_by, arguments, *_ = value.__reduce__()
    if isinstance(made_by, functools.partial):
        name, keywords = made_by.args[0], dict(made_by.keywords)
    else:
        name, *arguments = arguments
        keywords = {}
    if name not in _METHODS:
        raise UnsupportedError(
            f"operator.methodcaller({name!r}) cannot be saved: it may do more than compute",
            fix="write it as a named function in a module that readers can import: def my_function(X): ...",
        )
    return {"args": tuple(arguments), "keywords": keywords, "name": name}


def _methodcaller(cls: Any, state: dict[str, Any]) -> Any:
    if state["name"] not in _METHODS:
        raise InvalidError(f"a methodcaller of {state['name']!r:.60} is refused")
    return operator.methodcaller(state["name"], *state["args"], **state["keywords"])


METHODCALLER = Converter("methodcaller", _methodcaller_state, _methodcaller)
