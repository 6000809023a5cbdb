"""What an estimator says of rows: every prediction method that it has, with chance and warnings held still."""

from __future__ import annotations

import contextlib
import inspect
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ...arrays.memory import aligned
from ...errors import UnsupportedError
from ..references import reason_of
from .keeping import Memory

__all__ = ["METHODS", "ask", "methods_of", "plain_output", "settled", "settled_rows"]

METHODS = ("predict", "predict_proba", "decision_function", "score_samples", "transform")
# Asked of those that have none of the above: neighbours and covariances.
_OTHERWISE = ("kneighbors", "mahalanobis")
_WITH_STD = "predict(return_std=True)"
# A probe is not to make a save slow: after so many seconds no further method is asked.
_SECONDS = 5.0
_MOST_BYTES = 1 << 22


def methods_of(estimator: Any) -> dict[str, Callable[[Any], Any]]:
    """Return the prediction methods of an estimator by name, in a fixed order."""
    found: dict[str, Callable[[Any], Any]] = {}
    for names in (METHODS, _OTHERWISE):
        for name in names if not found else ():
            try:
                method = getattr(estimator, name, None)
            except Exception:  # noqa: BLE001 - a condition over odd attributes may raise anything: it has no such method
                continue
            if callable(method):
                found[name] = method
    predict: Any = found.get("predict")
    # Gaussian processes and Bayesian regressions say how sure they are, from state that predict alone does not use.
    if predict is not None and "return_std" in inspect.signature(predict).parameters:
        found[_WITH_STD] = partial(predict, return_std=True)
    return found


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Hold the global sources of chance, warnings and numpy's error state still, and put them back afterwards."""
    numbers, others = np.random.get_state(), random.getstate()  # noqa: NPY002 - what random_state=None reads
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(numbers)  # noqa: NPY002
        random.setstate(others)


def call(method: Callable[[Any], Any], rows: Any) -> Any:
    """Return what a method says of rows, the same at each call."""
    np.random.seed(0)  # noqa: NPY002 - what random_state=None reads
    random.seed(0)
    # A copy for each: a scaler with copy=False writes into its rows.
    return plain_output(method(settled_rows(rows)))


def ask(estimator: Any, rows: Any, names: Any = None) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the outputs of an estimator for rows, by method, and why others are missing; it stays as it is.

    An estimator whose first method refuses the rows is not asked any further.

    Parameters
    ----------
    estimator : object
    rows : object
    names : iterable of str, optional
        The methods to ask; by default all that it has, as long as they are quick.

    Returns
    -------
    outputs : dict
    missing : dict of str to str
    """
    methods, memory = methods_of(estimator), Memory(estimator)
    outputs: dict[str, Any] = {}
    missing: dict[str, str] = {}
    started = time.monotonic()
    for name in methods if names is None else names:
        if name not in methods:
            missing[name] = "the estimator has no such method"
        elif names is None and time.monotonic() - started > _SECONDS:
            missing[name] = f"the methods before it took more than {_SECONDS:.0f} seconds"
        else:
            try:
                output = call(methods[name], rows)
                size = _size(output)
            except Exception as error:  # noqa: BLE001 - whatever an estimator raises is said, and costs nothing else
                missing[name] = reason_of(error)
                if not outputs:
                    break
                continue
            finally:
                memory.restore()
            if names is None and size > _MOST_BYTES:
                missing[name] = f"its output has {size:,} bytes; a probe keeps up to {_MOST_BYTES:,}"
            else:
                outputs[name] = output
    return outputs, missing


def plain_output(value: Any) -> Any:
    """Return an output as arrays: tables of pandas or polars, which a setting may ask for, hold the same values."""
    if isinstance(value, (list, tuple)):
        if all(isinstance(item, (str, int, float, bool, type(None))) for item in value):
            return type(value)(value)
        return [plain_output(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "indptr") or isinstance(value, (int, float, str)):
        return np.asarray(value) if isinstance(value, np.matrix) else value
    if hasattr(value, "tocsr"):
        return value.tocsr()
    module = type(value).__module__.partition(".")[0]
    if module in ("pandas", "polars") and module in sys.modules and hasattr(value, "to_numpy"):
        kinds = (
            {str(kind) for kind in value.dtypes} if hasattr(value, "dtypes") and hasattr(value, "columns") else set()
        )
        if len(kinds) > 1:
            return [value[name].to_numpy() for name in value.columns]
        return value.to_numpy()
    raise UnsupportedError(f"an output of type {type(value).__name__} cannot be kept")


def settled_rows(rows: Any) -> Any:
    """Return rows as a file gives them back: in memory that begins at 64 bytes, in the same order, without an index.

    Sums in numpy and BLAS depend on where rows lie, in the last bit.
    """
    if type(rows) is np.ndarray and not rows.dtype.hasobject and rows.dtype.names is None:
        copy = aligned(rows.shape, rows.dtype, "F" if rows.flags.f_contiguous and not rows.flags.c_contiguous else "C")
        copy[...] = rows
        return copy
    if getattr(rows, "format", None) in ("csr", "csc") and hasattr(rows, "indptr"):
        parts = tuple(settled_rows(part) for part in (rows.data, rows.indices, rows.indptr))
        return type(rows)(parts, shape=rows.shape)
    if type(rows).__module__.partition(".")[0] == "pandas" and hasattr(rows, "reset_index"):
        # The labels of rows may be keys of persons; no estimator asks for them.
        return rows.reset_index(drop=True)
    return rows


def _size(output: Any) -> int:
    if isinstance(output, (list, tuple)):
        return sum(map(_size, output))
    if hasattr(output, "indptr"):
        return int(output.data.nbytes + output.indices.nbytes + output.indptr.nbytes)
    return int(getattr(output, "nbytes", 64))
