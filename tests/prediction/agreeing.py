"""Whether a predictor gives what the model gives."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse

from perdure.prediction.base import METHODS
from perdure.prediction.sparse import SparseRows

#: Relative to numbers above one: of doubles, and of what scikit-learn gives in single precision.
DOUBLE, SINGLE = 1e-12, 2e-6


def dense(value: Any) -> Any:
    """An output as an array, or a list of them."""
    if isinstance(value, list):
        return [dense(item) for item in value]
    if isinstance(value, SparseRows) or scipy.sparse.issparse(value):
        return value.toarray()
    return np.asarray(value)


def disagreement(expected: Any, found: Any, single: bool = False) -> str:
    """In which way two outputs differ; an empty text where they agree."""
    if isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            return "another number of outputs"
        return next((text for a, b in zip(expected, found, strict=True) if (text := disagreement(a, b, single))), "")
    if expected.shape != found.shape:
        return f"shape {found.shape} in place of {expected.shape}"
    if expected.dtype.kind == "f" and found.dtype.kind in "fiu":
        limit = SINGLE if single or expected.dtype != np.float64 else DOUBLE
        with np.errstate(invalid="ignore", over="ignore"):
            off = np.abs(found - expected) > limit * np.maximum(np.abs(expected), 1.0)
        off |= np.isnan(expected) != np.isnan(found)
        off |= np.isinf(expected) & (expected != found)
        return f"{off.sum()} of {off.size} numbers, by {np.nanmax(np.abs(found - expected)):.3g}" if off.any() else ""
    pairs = zip(expected.ravel().tolist(), found.ravel().tolist(), strict=True)
    wrong = sum(not (a == b or (a != a and b != b)) for a, b in pairs)
    return f"{wrong} of {expected.size} values" if wrong else ""


def is_single(X: Any) -> bool:
    """Whether any of the rows is in single precision."""
    if isinstance(X, pd.DataFrame):
        return any(dtype == np.float32 for dtype in X.dtypes)
    return getattr(X, "dtype", None) == np.float32


def asked(owner: Any, method: str, X: Any) -> tuple[Any, Exception | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return dense(getattr(owner, method)(X)), None
        except Exception as error:  # noqa: BLE001 - one that both raise is an answer
            return None, error


def disagreements(model: Any, predictor: Any, X: Any) -> list[str]:
    """Where a predictor differs from its model, method by method."""
    single = is_single(X)
    found = []
    for method in METHODS:
        expected, problem = asked(model, method, X) if callable(getattr(model, method, None)) else (None, None)
        if method not in predictor.methods:
            # A method that is only there to say that it is not there.
            if expected is not None:
                found.append(f"{method}: the predictor has none")
            continue
        given, trouble = asked(predictor, method, X)
        if trouble is not None and problem is None and expected is not None:
            found.append(f"{method}: {type(trouble).__name__}: {trouble}")
        elif expected is not None and given is not None:
            text = disagreement(expected, given, single)
            if text:
                found.append(f"{method}: {text}")
    return found


def more(X: Any, count: int) -> Any:
    """That many rows like these: each column drawn by itself."""
    random = np.random.RandomState(0)
    if isinstance(X, pd.DataFrame):
        drawn = {
            name: X.iloc[:, i].iloc[random.randint(len(X), size=count)].reset_index(drop=True)
            for i, name in enumerate(X.columns)
        }
        return pd.DataFrame(drawn)
    if scipy.sparse.issparse(X):
        return X.tocsr()[random.randint(X.shape[0], size=count)]
    if isinstance(X, np.ndarray) and X.ndim == 2:
        made = np.empty((count, X.shape[1]), X.dtype)
        for i in range(X.shape[1]):
            made[:, i] = X[random.randint(len(X), size=count), i]
            if X.dtype.kind == "f" and not float(np.nan_to_num(X[:, i]).sum()).is_integer():
                # Between the rows that there are.
                made[:, i] += (X[random.randint(len(X), size=count), i] - made[:, i]) * random.random_sample(count)
        return made
    if isinstance(X, (list, pd.Series, np.ndarray)):
        drawn = [list(X)[i] for i in random.randint(len(X), size=count)]
        return np.array(drawn, X.dtype) if isinstance(X, np.ndarray) else drawn
    return X
