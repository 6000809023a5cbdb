"""What `perdure.export` asks of ONNX: a target to check, and rows of the caller's own in its form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..given import given_rows
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
    return OnnxTarget(made, source), None if X is None else given_rows(X, source)
