"""What `perdure.export` asks of ONNX: a target to check, and rows of the caller's own in its form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import ExportError
from ..rows import Rows, RowSource, features_of
from .making import Dtype, make
from .target import OnnxTarget

__all__ = ["build"]


def build(estimator: Any, *, dtype: Dtype, methods: Sequence[str] | None, X: Any) -> tuple[OnnxTarget, Rows | None]:
    """Convert an estimator and start its file in onnxruntime.

    Raises
    ------
    ExportError
        When a part has no converter.
    """
    source = RowSource(estimator, single=dtype == "float32")
    made = make(estimator, features_of(source), dtype=dtype, methods=methods)
    return OnnxTarget(made, source), None if X is None else _given(X, source)


def _given(X: Any, source: RowSource) -> Rows:
    """Return the caller's rows by column."""
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
