"""Everything that a fitted model says of new rows, the same on each call and in each process."""

from __future__ import annotations

import functools
import inspect
import random
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse

_METHODS_OF_ROWS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "predict_joint_log_proba",
    "decision_function",
    "score_samples",
    "transform",
    "apply",
    "decision_path",
    "kneighbors",
    "kneighbors_graph",
    "radius_neighbors",
    "radius_neighbors_graph",
    "mahalanobis",
    "gibbs",
    "perplexity",
    "aic",
    "bic",
    "latent_mean_and_variance",
)
_STAGED_METHODS = ("staged_predict", "staged_predict_proba", "staged_decision_function")
_METHODS_WITHOUT_ROWS = (
    "get_covariance",
    "get_depth",
    "get_feature_names_out",
    "get_n_leaves",
    "get_n_splits",
    "get_precision",
    "get_stop_words",
    "get_support",
    "kneighbors",
    "log_marginal_likelihood",
    "radius_neighbors",
    "reconstruction_error",
)
#: Asked with arguments of their own, below.
_PARTICULAR_METHODS = (
    "build_analyzer",
    "build_preprocessor",
    "build_tokenizer",
    "dbscan_clustering",
    "error_norm",
    "get_indices",
    "get_metadata_routing",
    "get_shape",
    "inverse_transform",
    "sample",
    "sample_y",
    "score",
    "staged_score",
)
#: All that a model is asked.
METHODS = frozenset((*_METHODS_OF_ROWS, *_STAGED_METHODS, *_METHODS_WITHOUT_ROWS, *_PARTICULAR_METHODS))
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")


class Raised(NamedTuple):
    """An exception is an output like any other."""

    kind: str
    message: str


def outputs(model: Any, query: Mapping[str, Any]) -> dict[str, Any]:
    """What each prediction method of ``model`` gives for ``query["X"]`` and ``query["y"]``, by the name of the call.

    ``model`` may be a dict, list or tuple with models inside; the names then begin with the place of each.
    """
    found = {}
    for place, estimator in models_in(model):
        for name, call in _calls(estimator, query.get("X"), query.get("y")):
            found[f"{place}{name}"] = settled(call)
    return found


def models_in(value: Any, place: str = "", above: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The estimators in a root value, each with its place; what an estimator holds is its own affair."""
    if hasattr(value, "fit") and not isinstance(value, type):
        yield place, value
    elif isinstance(value, (dict, list, tuple)) and not any(value is outer for outer in above):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from models_in(item, f"{place}[{key!r}]", (*above, value))


def aligned(value: Any) -> Any:
    """The same array or sparse matrix in memory that begins at 64 bytes, in the same memory order.

    Sums in numpy and BLAS depend on where the rows lie, in the last bit.
    """
    if isinstance(value, np.ndarray) and type(value) is np.ndarray and not value.dtype.hasobject:
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        memory = np.empty(value.nbytes + 64, dtype=np.uint8)
        start = -memory.ctypes.data % 64
        copy = np.ndarray(value.shape, value.dtype, memory.data, offset=start, order=order)
        copy[...] = value
        return copy
    if scipy.sparse.issparse(value) and value.format in ("csr", "csc", "bsr"):
        copy = value.copy()
        for part in ("data", "indices", "indptr"):
            setattr(copy, part, aligned(getattr(value, part)))
        return copy
    return value


def _calls(model: Any, X: Any, y: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    for name in _METHODS_OF_ROWS:
        if method := _method(model, name):
            yield name, functools.partial(method, X)
    for name in _STAGED_METHODS:
        if method := _method(model, name):
            yield name, lambda method=method: list(method(X))
    for name in _METHODS_WITHOUT_ROWS:
        if method := _method(model, name):
            yield f"{name}()", method
    for name, call in _particular_calls(model, X, y).items():
        yield name, call
    for name in dir(type(model)):
        if not name.startswith("_") and isinstance(inspect.getattr_static(type(model), name), property):
            yield f".{name}", functools.partial(getattr, model, name)


def _particular_calls(model: Any, X: Any, y: Any) -> dict[str, Callable[[], Any]]:
    """The methods that need more than the rows."""
    calls: dict[str, Callable[[], Any]] = {}
    if method := _method(model, "score"):
        calls["score"] = functools.partial(method, X) if y is None else functools.partial(method, X, y)
    if method := _method(model, "staged_score"):
        calls["staged_score"] = lambda method=method: list(method(X, y))
    if method := _method(model, "error_norm"):
        calls["error_norm"] = lambda method=method: method(np.eye(len(model.covariance_)))
    if method := _method(model, "predict"):
        known = inspect.signature(method).parameters
        for argument in ("return_std", "return_cov"):
            if argument in known:
                calls[f"predict({argument})"] = functools.partial(method, X, **{argument: True})
    if method := _method(model, "inverse_transform"):
        calls["inverse_transform"] = lambda method=method: method(aligned(model.transform(X)))
    if method := _method(model, "sample"):
        seed = {"random_state": 0} if "random_state" in inspect.signature(method).parameters else {}
        calls["sample"] = functools.partial(method, 5, **seed)
    if method := _method(model, "sample_y"):
        calls["sample_y"] = functools.partial(method, X, 2, random_state=0)
    if method := _method(model, "dbscan_clustering"):
        calls["dbscan_clustering"] = functools.partial(method, 0.5)
    for name in ("get_indices", "get_shape"):
        if method := _method(model, name):
            calls[name] = functools.partial(method, 0)
    if method := _method(model, "get_metadata_routing"):
        calls["get_metadata_routing"] = lambda method=method: _ADDRESS.sub("0x…", str(method()))
    for name in ("build_analyzer", "build_preprocessor", "build_tokenizer"):
        if method := _method(model, name):
            calls[name] = lambda method=method: [method()(text) for text in X]
    return calls


def _method(model: Any, name: str) -> Callable[..., Any] | None:
    method = getattr(model, name, None)
    return method if callable(method) else None


def settled(call: Callable[[], Any]) -> Any:
    """What the call gives with every global source of chance set; its exception, where it raises one."""
    np.random.seed(0)  # noqa: NPY002 - random_state=None reads this one
    random.seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - the exception is what is compared
            return Raised(type(error).__name__, _ADDRESS.sub("0x…", str(error)))
