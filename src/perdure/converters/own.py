"""What encode and build agree on for instances of classes outside the tables."""

from __future__ import annotations

import collections
from typing import Any

__all__ = [
    "CODE_MODULES",
    "CODE_PREFIX",
    "CONTENT",
    "FINE_BASES",
    "GIVEN_STATE",
    "code_text",
    "content_of",
    "content_value",
    "own_method",
]

# The key of a state that is no dict of attributes; no attribute has such a name.
GIVEN_STATE = "(state)"
# The builtin classes that others derive from: of these an instance has a plain value inside.
CONTENT: tuple[type, ...] = (dict, list, tuple, set, frozenset, str, bytes, int, float, complex)
FINE_BASES = frozenset((object, collections.OrderedDict, collections.defaultdict, *CONTENT))
# The modules that were made of the code of files in this process, by name: digest and text.
CODE_PREFIX = "perdure_code_"
CODE_MODULES: dict[str, tuple[str, str]] = {}


def code_text(module: str) -> str:
    """Return the text that a module was made of."""
    return CODE_MODULES[module][1]


def content_of(cls: type) -> type | None:
    """Return the builtin class whose plain value is inside of the instances of a class."""
    return next((base for base in CONTENT if issubclass(cls, base)), None)


def content_value(value: Any, base: type) -> Any:
    """Return the plain value inside of an instance, whatever its class has changed."""
    if base is dict:
        items = collections.OrderedDict.items if isinstance(value, collections.OrderedDict) else dict.items
        return dict(items(value))
    if base in (list, set, frozenset):
        return base(base.__iter__(value))
    return base.__getnewargs__(value)[0] if base is not tuple else tuple(tuple.__iter__(value))  # type: ignore[attr-defined]


def own_method(cls: type, method: str) -> Any:
    """Return a method of the pickle protocol where a class outside of scikit-learn defines it, else None."""
    for base in cls.__mro__[:-1]:
        if method in vars(base):
            return None if base.__module__.partition(".")[0] == "sklearn" or base in FINE_BASES else vars(base)[method]
    return None
