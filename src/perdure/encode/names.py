"""The name of a class or function, as the file says it, and whether a reader could find it there."""

from __future__ import annotations

import sys
from typing import Any

from ..errors import UnsupportedError
from ..graph.structure import Path

__all__ = ["importable_name", "type_name"]


def type_name(value: Any) -> str:
    """Return ``module:qualname``."""
    return f"{value.__module__}:{value.__qualname__}"


def importable_name(value: Any, path: Path) -> str:
    """Return the name of a class or function that a fresh process can import.

    Raises
    ------
    UnsupportedError
        For lambdas, closures, local classes and what lives in ``__main__``, with the fix.
    """
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    what = "class" if isinstance(value, type) else "function"
    if not isinstance(module, str) or not isinstance(name, str):
        raise UnsupportedError(
            f"{value!r:.80} has no importable name, so it cannot be saved",
            path=str(path),
            fix="replace it by a named function of a module",
        )
    if name == "<lambda>" or name.endswith(".<lambda>"):
        raise UnsupportedError(
            f"a lambda (of {module}) cannot be saved: it has no name to load it by",
            path=str(path),
            fix="write it as a named function in a module that readers can import: def my_function(X): ...",
        )
    if "<locals>" in name:
        raise UnsupportedError(
            f"the {what} {name} is defined inside a function, so it cannot be saved",
            path=str(path),
            fix=f"move the {what} to the top level of a module that readers can import",
        )
    if module in ("__main__", "__mp_main__"):
        raise UnsupportedError(
            f"the {what} {name} is defined in the running script or notebook (__main__), where no reader finds it",
            path=str(path),
            fix=f"move the {what} to a module, say my_model.py, and import it from there: from my_model import {name}",
        )
    found: Any = sys.modules.get(module)
    for piece in name.split("."):
        found = getattr(found, piece, None)
    if found is not value:
        raise UnsupportedError(
            f"the {what} {module}:{name} is not what its module has under that name, so it cannot be saved",
            path=str(path),
            fix="save a model made with the module as it is now (was it reloaded, or is the name decorated?)",
        )
    return f"{module}:{name}"
