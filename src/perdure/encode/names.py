"""The name of a class or function, as the file says it, and whether a reader could find it there."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from ..converters.own import CODE_MODULES
from ..errors import UnsupportedError
from ..graph.structure import Path
from ..trust.tables import GLOBAL_WAYS, tables

if TYPE_CHECKING:
    from .code import OwnCode

__all__ = ["importable_name", "is_named", "named", "type_name"]

# Where functions have a public home, which stays where it is while the defining module moves.
_HOMES = (
    "numpy",
    "numpy.linalg",
    "scipy.special",
    "scipy.stats",
    "scipy.spatial.distance",
    "pandas",
)
_FUNCTIONS = (
    type,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    np.ufunc,
)


def type_name(value: Any) -> str:
    """Return ``module:qualname``."""
    return f"{value.__module__}:{value.__qualname__}"


def is_named(value: Any) -> bool:
    """Say whether the value is a class or function, which is saved by its name."""
    if isinstance(value, _FUNCTIONS):
        # A builtin of an object, such as "abc".split, is a method.
        return not isinstance(value, types.BuiltinFunctionType) or isinstance(
            value.__self__, (types.ModuleType, type(None))
        )
    if not callable(value) or isinstance(value, types.MethodType):
        return isinstance(value, types.MethodType) and isinstance(value.__self__, type)
    # Functions of compiled code, and those that something wraps, are found by their name or not at all.
    kind = type(value).__name__
    return kind in ("cython_function_or_method", "_ArrayFunctionDispatcher") or (
        isinstance(getattr(value, "__qualname__", None), str) and isinstance(getattr(value, "__module__", None), str)
    )


def named(value: Any, path: Path, code: OwnCode | None = None) -> str:
    """Return the name of a class or function, the public one where it has one in the tables.

    Raises
    ------
    UnsupportedError
        When a reader could not find it under its name.
    """
    ways = tables().ways
    if isinstance(value, type) and issubclass(value, np.generic):
        # numpy 2 says bool, which numpy 1 does not have.
        return "numpy:bool_" if value is np.bool_ else f"numpy:{value.__name__}"
    short = getattr(value, "__name__", None)
    if isinstance(value, np.ufunc) or _is_of_home(value):
        for module in _HOMES:
            name = f"{module}:{short}"
            if ways.get(name) in GLOBAL_WAYS and getattr(sys.modules.get(module), str(short), None) is value:
                return name
    if isinstance(value, np.ufunc):
        raise UnsupportedError(
            f"the ufunc {short} is not one that can be saved",
            path=str(path),
            fix="write a named function in a module that readers can import, which calls it",
        )
    return importable_name(value, path, code)


def _is_of_home(value: Any) -> bool:
    return str(getattr(value, "__module__", None)).partition(".")[0] in ("numpy", "scipy", "pandas", "None")


def importable_name(value: Any, path: Path, code: OwnCode | None = None) -> str:
    """Return the name of a class or function that a fresh process can import.

    Parameters
    ----------
    value : class or function
    path : Path
    code : OwnCode, optional
        Where the text of what has no such name is collected; without it, that is refused.

    Raises
    ------
    UnsupportedError
        For lambdas, closures, local classes and what lives in ``__main__``, with the fix.
    """
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if module is None and hasattr(value, "__objclass__"):
        # str.lower and its like.
        module = value.__objclass__.__module__
    what = "class" if isinstance(value, type) else "function"
    if not isinstance(module, str) or not isinstance(name, str):
        raise UnsupportedError(
            f"{value!r:.80} has no importable name, so it cannot be saved",
            path=str(path),
            fix="replace it by a named function of a module",
        )
    if code is not None and isinstance(value, (type, types.FunctionType)) and _is_homeless(module, name):
        return code.name(value, path)
    if module in CODE_MODULES:
        raise UnsupportedError(
            f"the {what} {name} came with a file, as text", path=str(path), fix="perdure.dump(..., code=True)"
        )
    if name == "<lambda>" or name.endswith(".<lambda>"):
        raise UnsupportedError(
            f"a lambda (of {module}) cannot be saved: it has no name to load it by",
            path=str(path),
            fix="write it as a named function in a module that readers can import: def my_function(X): ...; "
            "or save its text with the model: perdure.dump(..., code=True)",
        )
    if "<locals>" in name:
        raise UnsupportedError(
            f"the {what} {name} is defined inside a function, so it cannot be saved",
            path=str(path),
            fix=f"move the {what} to the top level of a module that readers can import; "
            "or save its text with the model: perdure.dump(..., code=True)",
        )
    if module in ("__main__", "__mp_main__"):
        raise UnsupportedError(
            f"the {what} {name} is defined in the running script or notebook (__main__), where no reader finds it",
            path=str(path),
            fix=f"move the {what} to a module, say my_model.py, and import it from there: from my_model import {name}; "
            "or save its text with the model: perdure.dump(..., code=True)",
        )
    found: Any = sys.modules.get(module)
    for piece in name.split("."):
        found = getattr(found, piece, None)
    # A method of a class is bound anew each time that it is asked for.
    if found is not value and not (isinstance(value, types.MethodType) and found == value):
        raise UnsupportedError(
            f"the {what} {module}:{name} is not what its module has under that name, so it cannot be saved",
            path=str(path),
            fix="save a model made with the module as it is now (was it reloaded, or is the name decorated?)",
        )
    return f"{module}:{name}"


def _is_homeless(module: str, name: str) -> bool:
    return (
        module in ("__main__", "__mp_main__")
        or module in CODE_MODULES
        or name.rpartition(".")[2] == "<lambda>"
        or "<locals>" in name
    )
