"""Rows of the caller's own, by column, as the check takes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ExportError
from .rows import Rows, RowSource

__all__ = ["given_rows"]


def given_rows(X: Any, source: RowSource) -> Rows:
    """Return the caller's rows by column.

    Parameters
    ----------
    X : array-like or data frame
    source : RowSource
        The form of the rows of the estimator.

    Raises
    ------
    ExportError
        When they have another number of columns.
    """
    if source.form in ("texts", "labels"):
        array = np.empty(len(X), object)
        array[:] = list(X)
        return Rows([array], source, "rows given")
    if hasattr(X, "toarray"):
        X = X.toarray()
    if hasattr(X, "columns") and source.names is not None:
        columns = [X[name].to_numpy() for name in source.names]
    else:
        table = np.asarray(X)
        table = table.reshape(-1, 1) if table.ndim == 1 else table
        columns = [table[:, place] for place in range(table.shape[1])]
    if len(columns) != len(source.known):
        raise ExportError(f"X has {len(columns)} columns, and the model takes {len(source.known)}")
    made = [_column(column, numeric=known.numeric) for column, known in zip(columns, source.known, strict=True)]
    return source._of("rows given", made)


def _column(values: Any, *, numeric: bool) -> Any:
    if numeric:
        try:
            return np.asarray(values, np.float64)
        except (ValueError, TypeError):
            # A column that no step looks at may hold anything.
            return np.asarray(values, object)
    return np.asarray(values, object)
