"""Which parameters of an estimator differ from their defaults, as the census has those of each release."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import cache
from typing import Any

from ..graph.nodes import Def, Global, Scalar, Tuple
from ..graph.scalars import write_atom
from ..migrate.releases import minor, release

__all__ = ["defaults_of", "differing", "parameters_of"]

_ATOMS = (type(None), bool, int, float, str, bytes, complex)


@cache
def _census() -> dict[str, dict[str, list[Any]]]:
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "census", "parameters.json")
    with open(path, encoding="utf-8") as file:
        census: dict[str, dict[str, list[Any]]] = json.load(file)
    return census


def parameters_of(name: str) -> frozenset[str] | None:
    """Return the parameters of a type in all releases; None for one that the census does not know.

    Examples
    --------
    >>> from perdure.reporting.defaults import parameters_of
    >>> sorted(parameters_of("sklearn.preprocessing._data:StandardScaler"))
    ['copy', 'with_mean', 'with_std']
    """
    known = _census().get(name)
    return None if known is None else frozenset(known)


def differing(name: str, version: str | None, state: Iterable[tuple[str, Any]]) -> frozenset[str] | None:
    """Return the names of the parameters whose values are not the defaults.

    Parameters
    ----------
    name : str
        The type, as ``module:qualname``.
    version : str or None
        The release of scikit-learn that it was made with; None for the newest.
    state : iterable of (str, node or column)
        Attributes, of which the parameters count.

    Returns
    -------
    frozenset of str or None
        None for a type whose parameters the census does not know.

    Examples
    --------
    >>> from perdure.reporting.defaults import differing
    >>> differing("sklearn.linear_model._ridge:Ridge", "1.9.1", [("alpha", 2.0), ("tol", 1e-4), ("coef_", 1.0)])
    frozenset({'alpha'})
    """
    known = _census().get(name)
    if known is None:
        return None
    return frozenset(
        key for key, node in state if key in known and not _equal(_written(node), _of(known[key], version))
    )


def defaults_of(name: str, version: str | None) -> dict[str, str]:
    """Return the defaults of a type in one release, as Python writes them; nothing for one that the census does not know.

    Examples
    --------
    >>> from perdure.reporting.defaults import defaults_of
    >>> defaults_of("sklearn.preprocessing._data:StandardScaler", "1.9.1")
    {'copy': 'True', 'with_mean': 'True', 'with_std': 'True'}
    """
    return {key: _text(_of(known, version)) for key, known in _census().get(name, {}).items()}


def _text(default: Any) -> str:
    """Return a default of the census as Python writes it."""
    if not isinstance(default, list):
        return repr(default)
    kind, *more = default
    if kind == "tuple":
        return f"({', '.join(map(_text, more))}{',' if len(more) == 1 else ''})"
    if kind == "global":
        return str(more[0]).replace(":", ".")
    return str(more[0]) if kind in ("float", "int") else "…"


def _of(defaults: list[Any], version: str | None) -> Any:
    """Return the default in one release, of ``[until, default]`` for older ones and the newest one."""
    *older, newest = defaults
    running = release(version)
    for until, value in older:
        last = release(until)
        if running is not None and last is not None and minor(running) <= minor(last):
            return value
    return newest


def _written(node: Any) -> Any:
    """Return a node as the census writes a default; a list that no default is where it is more than plain."""
    kind = type(node)
    if kind is Def:
        return _written(node.node)
    if kind is Scalar:
        return write_atom(node.value)
    if kind is Tuple:
        return ["tuple", *map(_written, node.items)]
    if kind is Global:
        return ["global", node.name]
    return write_atom(node) if kind in _ATOMS else ["more"]


def _equal(value: Any, default: Any) -> bool:
    # A flag is no number, though Python says that they are equal.
    return isinstance(value, bool) is isinstance(default, bool) and bool(value == default)
