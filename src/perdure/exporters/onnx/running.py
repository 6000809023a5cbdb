"""An ONNX file is run by onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime

from ...errors import ExportError
from ..rows import Feature, Rows
from .converters.encoders import MISSING_TEXT
from .making import Dtype

__all__ = ["Session", "feed"]

_CHUNK = 1000


def feed(rows: Rows, features: Sequence[Feature], dtype: Dtype) -> dict[str, Any]:
    """Return rows as the inputs of an exported model."""
    number = np.float32 if dtype == "float32" else np.float64
    fed: dict[str, Any] = {}
    for feature in features:
        values = rows.feature(feature)
        if feature.kind == "text":
            array = np.array([_text(value) for value in np.ravel(values)], object)
        else:
            with np.errstate(over="ignore"):
                array = np.asarray(values, np.float64).astype(number).ravel()
        fed[feature.name] = array if feature.flat else array.reshape(-1, feature.width)
    return fed


def _text(value: Any) -> str:
    return value if isinstance(value, str) else MISSING_TEXT


class Session:
    """A file that onnxruntime has read.

    Parameters
    ----------
    data : bytes
    """

    name = f"onnxruntime {onnxruntime.__version__}"

    def __init__(self, data: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise ExportError(f"onnxruntime does not take the file: {_short(error)}", fix=_hint(error)) from error
        self.outputs = [item.name for item in self._session.get_outputs()]

    def run(self, inputs: Mapping[str, Any], *, whole: bool = False) -> dict[str, Any]:
        """Return the outputs by name; many rows go in piece by piece, unless the whole is one answer."""
        count = len(next(iter(inputs.values())))
        step = max(count, 1) if whole else _CHUNK
        found: list[list[Any]] = []
        for start in range(0, max(count, 1), step):
            try:
                found.append(self._session.run(None, {k: v[start : start + step] for k, v in inputs.items()}))
            except Exception as error:
                raise ExportError(f"onnxruntime does not run the file: {_short(error)}", fix=_hint(error)) from error
        return {name: np.concatenate(parts) for name, parts in zip(self.outputs, zip(*found, strict=True), strict=True)}


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:600]


def _hint(error: Exception) -> str | None:
    if "locale" in str(error).lower():
        return (
            "texts are lowered by onnxruntime under the locale C.UTF-8, which this host does not have: "
            "apt-get install locales && locale-gen C.UTF-8, or lower the texts before and fit with lowercase=False"
        )
    return None
