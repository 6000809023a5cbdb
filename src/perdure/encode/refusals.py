"""What cannot be saved, and what to do about it: said while the model is still in memory."""

from __future__ import annotations

import io
import types
import weakref
from typing import Any, Literal, overload

from ..errors import UnsupportedError
from ..graph.structure import Path

__all__ = ["refusal"]

# By the package of a type: what it is, and what to do.
_PACKAGES = {
    "torch": (
        "a tensor or module of torch",
        "move it to numpy first: value.detach().cpu().numpy(); fit with numpy arrays",
    ),
    "cupy": ("an array of cupy", "move it to numpy first: value.get(), or fit with numpy arrays"),
    "jax": ("an array of jax", "move it to numpy first: numpy.asarray(value)"),
    "jaxlib": ("an array of jax", "move it to numpy first: numpy.asarray(value)"),
    "tensorflow": ("a value of tensorflow", "save it with tensorflow beside the model: model.save(path)"),
    "keras": ("a model of keras", "save it with keras beside the model: model.save(path)"),
    "scikeras": ("a wrapper of scikeras", "save its model_ with keras: wrapper.model_.save(path)"),
    "skorch": ("a wrapper of skorch", "save its parameters with skorch: net.save_params(f_params=path)"),
    "array_api_strict": ("an array of array_api_strict", "fit with numpy arrays"),
    "polars": ("a table or column of polars", "convert it first: value.to_pandas(), or value.to_numpy()"),
    "pyarrow": ("a value of pyarrow", "convert it first: value.to_pandas()"),
    "joblib": (
        "an object of joblib",
        "leave it out: a cache (memory=…) or a worker is no part of a model; set_params(memory=None)",
    ),
    "matplotlib": ("a figure of matplotlib", "leave it out, or save it as an image"),
}
_TYPES: tuple[tuple[Any, str, str], ...] = (
    (
        (types.GeneratorType, types.AsyncGeneratorType, types.CoroutineType),
        "a generator",
        "turn it into a list: list(…)",
    ),
    (io.IOBase, "an open file", "keep its path as text"),
    (types.ModuleType, "a module", "keep its name as text, or the functions that are used"),
    (memoryview, "a memoryview", "turn it into an array: numpy.asarray(view)"),
    ((types.FrameType, types.CodeType, types.TracebackType), "a piece of the running program", "delete the attribute"),
    ((weakref.ref, weakref.ProxyType, weakref.CallableProxyType), "a weak reference", "keep the object itself"),
    ((map, filter, zip, enumerate, reversed), "an iterator", "turn it into a list: list(…)"),
    (
        types.BuiltinMethodType,
        "a method of a compiled object",
        "write a named function in a module that readers can import, which calls it",
    ),
    (BaseException, "an exception", "keep its message as text: str(error)"),
)
# By name, since importing their modules costs more than a refusal is worth.
_NAMES = {
    "_thread:lock": ("a lock", "delete the attribute in __getstate__ and make it anew in __setstate__"),
    "_thread:RLock": ("a lock", "delete the attribute in __getstate__ and make it anew in __setstate__"),
    "threading:Thread": ("a thread", "delete the attribute before saving"),
    "_io:TextIOWrapper": ("an open file", "keep its path as text"),
    "sqlite3:Connection": ("a connection", "keep what it takes to open it anew"),
    "socket:socket": ("a socket", "keep what it takes to open it anew"),
    **dict.fromkeys(
        (
            "pandas.core.arrays.arrow.array:ArrowExtensionArray",
            "pandas.arrays:ArrowExtensionArray",
            "pandas:ArrowDtype",
        ),
        ("a column of pandas kept by pyarrow", 'convert it first: .convert_dtypes(dtype_backend="numpy_nullable")'),
    ),
    "sklearn.callback._scoring_monitor:ScoringMonitor": (
        "a ScoringMonitor, which listens to other processes,",
        "keep its get_logs() and take it off: model.set_callbacks()",
    ),
}


@overload
def refusal(value: Any, path: Path, *, only_known: Literal[False] = False) -> UnsupportedError: ...
@overload
def refusal(value: Any, path: Path, *, only_known: Literal[True]) -> UnsupportedError | None: ...
def refusal(value: Any, path: Path, *, only_known: bool = False) -> UnsupportedError | None:
    """Return the error for a value that cannot be saved; None for one that is not known to be such.

    Parameters
    ----------
    value : object
    path : Path
    only_known : bool, default=False
        Whether to return None where nothing particular is known.
    """
    found = _found(value)
    if found is not None:
        what, fix = found
        return UnsupportedError(f"{what} cannot be saved", path=str(path), fix=fix)
    if only_known:
        return None
    cls = type(value)
    return UnsupportedError(
        f"a {cls.__module__}.{cls.__qualname__} cannot be saved",
        path=str(path),
        fix="keep what it is made of instead, or write a named function in a module that readers can import",
    )


def _found(value: Any) -> tuple[str, str] | None:
    if isinstance(value, types.ModuleType) and ("array_api" in value.__name__ or value.__name__ in ("torch", "cupy")):
        # Losses of an estimator that was fitted by another library hold that library.
        return (
            "a library of arrays other than numpy",
            "fit with numpy arrays (sklearn.config_context(array_api_dispatch=False))",
        )
    for kinds, what, fix in _TYPES:
        if isinstance(value, kinds):
            return what, fix
    for cls in type(value).__mro__[:-1]:
        found = _NAMES.get(f"{cls.__module__}:{cls.__qualname__}")
        if found is not None:
            return found
    return _of_package(type(value))


def _of_package(cls: type) -> tuple[str, str] | None:
    for base in cls.__mro__[:-1]:
        package = base.__module__.partition(".")[0]
        if package in _PACKAGES:
            return _PACKAGES[package]
    return None
