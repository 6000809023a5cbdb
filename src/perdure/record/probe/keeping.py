"""A model is asked, and is afterwards what it was: what estimators remember of a question is taken away again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["as_it_was"]

_MOST = 100_000


@contextlib.contextmanager
def as_it_was(model: Any) -> Iterator[None]:
    """Put the attributes of all estimators of a model back when the block is left.

    Some remember what they worked out for a question; saved again, the model would be another one.
    """
    before = [(attributes, attributes.copy()) for attributes in _attributes_in(model)]
    try:
        yield
    finally:
        for attributes, copy in before:
            for name in attributes.keys() - copy.keys():
                del attributes[name]
            for name, value in copy.items():
                if attributes.get(name) is not value:
                    attributes[name] = value


def _attributes_in(model: Any) -> Iterator[dict[str, Any]]:
    seen: set[int] = set()
    waiting = [model]
    while waiting and len(seen) < _MOST:
        value = waiting.pop()
        if id(value) in seen:
            continue
        if isinstance(value, dict):
            inside: Any = value.values()
        elif isinstance(value, (list, tuple)):
            inside = value
        elif isinstance(value, np.ndarray):
            inside = value.reshape(-1).tolist() if value.dtype.hasobject and value.dtype.names is None else ()
        elif _remembers(value):
            attributes = vars(value)
            yield attributes
            inside = attributes.values()
        else:
            continue
        seen.add(id(value))
        waiting.extend(item for item in inside if type(item) not in _PLAIN)


def _remembers(value: Any) -> bool:
    """Whether a value is an estimator, or something of scipy's: both keep what they work out among their attributes."""
    if isinstance(value, type) or not hasattr(value, "__dict__"):
        return False
    return hasattr(value, "get_params") or type(value).__module__.startswith("scipy.")


_PLAIN = frozenset((type(None), bool, int, float, str, bytes, complex))
