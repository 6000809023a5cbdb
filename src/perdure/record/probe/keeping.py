"""A model is asked, and is afterwards what it was: what it remembers of a question is taken away again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

__all__ = ["Memory"]

_MOST = 100_000


class Memory:
    """The attributes of all estimators of a model, and the sources of chance among them, as they are now.

    Some estimators remember what they worked out for a question, and a source of chance moves on with each: saved
    again, the model would be another one.

    Parameters
    ----------
    model : object
    """

    __slots__ = ("_attributes", "_chance")

    def __init__(self, model: Any) -> None:
        self._attributes: list[tuple[dict[str, Any], dict[str, Any]]] = []
        self._chance: list[Callable[[], None]] = []
        seen: set[int] = set()
        waiting = [model]
        while waiting and len(seen) < _MOST:
            value = waiting.pop()
            if id(value) not in seen:
                seen.add(id(value))
                waiting.extend(item for item in self._inside(value) if type(item) not in _PLAIN)

    def _inside(self, value: Any) -> Any:
        """Take note of a value, and return what lies in it."""
        if isinstance(value, dict):
            return value.values()
        if isinstance(value, (list, tuple)):
            return value
        if isinstance(value, np.ndarray):
            return value.reshape(-1).tolist() if value.dtype.hasobject and value.dtype.names is None else ()
        if isinstance(value, np.random.RandomState):
            self._chance.append(partial(value.set_state, value.get_state(legacy=False)))
        elif isinstance(value, np.random.Generator):
            self._chance.append(partial(setattr, value.bit_generator, "state", value.bit_generator.state))
        elif _remembers(value):
            attributes = vars(value)
            self._attributes.append((attributes, attributes.copy()))
            return attributes.values()
        return ()

    def restore(self) -> None:
        """Put everything back."""
        for attributes, copy in self._attributes:
            for name in attributes.keys() - copy.keys():
                del attributes[name]
            for name, value in copy.items():
                if attributes.get(name) is not value:
                    attributes[name] = value
        for restore in self._chance:
            restore()


def _remembers(value: Any) -> bool:
    """Whether a value is an estimator, or something of scipy's: both keep what they work out among their attributes."""
    if isinstance(value, type) or not hasattr(value, "__dict__"):
        return False
    return hasattr(value, "get_params") or type(value).__module__.startswith("scipy.")


_PLAIN = frozenset((type(None), bool, int, float, str, bytes, complex))
