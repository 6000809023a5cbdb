"""Using a model that was loaded: every method of prediction it has, on dense and on sparse rows."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.sparse

from .corpus import ROWS, Kind

__all__ = ["calls"]

_METHODS = (
    "predict",
    "predict_proba",
    "transform",
    "decision_function",
    "score_samples",
    "kneighbors",
    "radius_neighbors",
    "apply",
    "decision_path",
    "staged_predict",
)
_PROPERTIES = ("feature_importances_", "coef_", "n_support_", "get_feature_names_out", "get_depth", "get_n_leaves")
#: Beyond this a model that asks for so many features is asked with the rows of the healthy one only.
_MOST_FEATURES = 2_000


def calls(model: Any, kind: Kind) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield each call with its name."""
    for place, value in _values(model):
        for name, call in _LEAVES:
            yield f"{place}{name}", lambda v=value, c=call: c(v)
    for place, estimator in _estimators(model):
        for name, rows in _inputs(estimator, kind):
            for method in _METHODS:
                if callable(_get(estimator, method)):
                    yield f"{place}{method}({name})", lambda m=method, r=rows, e=estimator: _asked(e, m, r)
            if callable(_get(estimator, "inverse_transform")):
                yield (
                    f"{place}inverse_transform({name})",
                    lambda r=rows, e=estimator: e.inverse_transform(e.transform(r)),
                )
        for name in _PROPERTIES:
            yield f"{place}{name}", lambda n=name, e=estimator: _property(e, n)
        if isinstance(kind.X, np.ndarray) and kind.X.ndim == 2 and callable(_get(estimator, "predict")):
            yield f"{place}partial_dependence", lambda e=estimator: _partial_dependence(e, kind.X)


def _get(estimator: Any, name: str) -> Any:
    # A property of a mutant raises whatever it likes.
    try:
        return getattr(estimator, name, None)
    except Exception:  # noqa: BLE001
        return None


def _asked(estimator: Any, method: str, rows: Any) -> Any:
    found = getattr(estimator, method)(rows)
    return sum(1 for _ in found) if method.startswith("staged") else found


def _property(estimator: Any, name: str) -> Any:
    value = getattr(estimator, name, None)
    return value() if name.startswith("get_") and callable(value) else value


def _partial_dependence(estimator: Any, rows: Any) -> Any:
    from sklearn.inspection import partial_dependence

    return partial_dependence(estimator, rows[:20], [0], grid_resolution=4)


def _estimators(value: Any, place: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    if hasattr(value, "fit") and not isinstance(value, type):
        yield place, value
    elif depth < 4 and isinstance(value, (dict, list, tuple)):
        items = list(value.items() if isinstance(value, dict) else enumerate(value))[:6]
        for key, item in items:
            yield from _estimators(item, f"{place}[{key!r:.20}].", depth + 1)


def _values(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what stands beside a model, each value once: arrays, tables, random states, interpolations."""
    waiting = [("", value)]
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        place, item = waiting.pop()
        if type(item) in (dict, list, tuple, set, frozenset):
            rows = list(item.items() if isinstance(item, dict) else enumerate(item))[:40]
            waiting += [(f"{place}[{key!r:.20}]", inner) for key, inner in rows]
        elif not hasattr(item, "fit") and not isinstance(item, (str, bytes, int, float, complex, type, type(None))):
            yield place, item


def _drawn(value: Any) -> Any:
    if hasattr(value, "random_raw"):
        return np.random.Generator(value).random(5)
    return [
        getattr(value, name)(5) for name in ("random", "random_sample", "bytes", "permutation") if hasattr(value, name)
    ]


def _called(value: Any) -> Any:
    at = np.linspace(-1.0, 9.0, 7)
    # Interpolations, distributions: what takes a point. A function of a table would take it as well.
    if type(value).__module__.startswith(("scipy.interpolate", "numpy.polynomial")):
        return value(at)
    if type(value).__module__.startswith("scipy.stats"):
        return value.cdf(at), value.rvs(2, random_state=0)
    if hasattr(value, "query") and hasattr(value, "get_arrays"):
        return value.query(np.zeros((1, np.asarray(value.data).shape[1])), k=1)
    return None


def _summed(value: Any) -> Any:
    if scipy.sparse.issparse(value):
        if max(value.shape) > _WIDEST:
            # A healthy one may be as wide, and its sum takes a number for each column.
            return value.nnz
        return value.sum(), value @ np.ones(value.shape[1]), value.tocsr(), value.tocsc().T.tocoo(), value[:1]
    array = np.asarray(value)
    return array.sum() if array.dtype.kind in "biufc" else array.tolist()


_MOST_VALUES = 200
_WIDEST = 1 << 24
_LEAVES: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("repr", repr),
    ("a copy", copy.deepcopy),
    ("a sum", _summed),
    ("a draw", _drawn),
    ("a call", _called),
)


def _inputs(estimator: Any, kind: Kind) -> Iterator[tuple[str, Any]]:
    yield "own", kind.X
    shape = getattr(kind.X, "shape", ())
    width = shape[1] if len(shape) == 2 else 0
    asked = _get(estimator, "n_features_in_")
    if isinstance(asked, (int, np.integer)) and 0 < asked <= _MOST_FEATURES and asked != width:
        rows = np.random.RandomState(0).rand(ROWS, int(asked))
        yield "as wide as it says", rows
        yield "as wide as it says, sparse", scipy.sparse.csr_matrix(np.where(rows > 0.5, rows, 0.0))
    elif isinstance(kind.X, np.ndarray) and kind.X.ndim == 2 and kind.X.dtype.kind in "fiub":
        yield "sparse", scipy.sparse.csr_matrix(np.nan_to_num(kind.X))
    elif scipy.sparse.issparse(kind.X):
        yield "dense", kind.X.toarray()
