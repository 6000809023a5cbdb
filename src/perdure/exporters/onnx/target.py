"""An estimator as ONNX, in onnxruntime: what the check before hand-over asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import ExportError
from ...record.probe.asking import settled_rows
from ..comparing import compared, dense
from ..rows import Rows, RowSource
from .graph import Tensor
from .making import Made, Output
from .registry import METHODS, Place
from .running import Session, feed
from .tables import Table

__all__ = ["OnnxTarget"]

_MARGINS = ("margin", "votes", "negative_distance")
# The steps are compared in 64 bits whatever goes in and out.
_STEP_TOLERANCE = 1e-7


class OnnxTarget:
    """An export in onnxruntime.

    Parameters
    ----------
    made : Made
    source : RowSource
        The form of its rows.
    """

    def __init__(self, made: Made, source: RowSource) -> None:
        self.made, self.source = made, source
        self.single = made.dtype == "float32"
        self.answers: Sequence[Output] = made.outputs
        self.shapes: dict[str, Sequence[int]] = {}
        self._session = Session(made.to_bytes())
        self.runtime = Session.name

    @property
    def inputs(self) -> dict[str, str]:
        """What goes in."""
        return {f.name: f.kind if f.width == 1 else f"{f.kind} × {f.width}" for f in self.made.features}

    @property
    def outputs(self) -> dict[str, str]:
        """What comes out."""
        return {output.name: output.method for output in self.made.outputs}

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns that the model does not look at."""
        return self.made.unused

    def run(self, rows: Rows) -> Mapping[str, Any]:
        """Return the outputs for rows by name."""
        inputs = feed(rows, self.made.features, self.made.dtype)
        found = self._session.run(inputs, whole=self.made.together)
        self.shapes = {name: value.shape[1:] for name, value in found.items()}
        return found

    def _also(self, rows: Rows, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
        session = Session(self.made.to_bytes_with(tensors))
        return session.run(feed(rows, self.made.features, self.made.dtype), whole=self.made.together)

    def to_bytes(self, metadata: Mapping[str, str]) -> bytes:
        """Return the file that was compared, with what it says of itself."""
        return self.made.to_bytes(metadata, self.shapes)

    def margins(self, rows: Rows) -> Mapping[str, Any]:
        """Return how far each row is from being labelled otherwise, of what the graph computes on the way."""
        tensors = {name: self.made.results[name] for name in _MARGINS if name in self.made.results}
        return self._also(rows, tensors) if tensors else {}

    def unsettled(self, rows: Rows) -> Any:
        """Return the rows whose answer is an accident of rounding, in any part of the model."""
        found = np.zeros(len(rows), bool)
        names = {f"unsettled_{k}": tensor for k, tensor in enumerate(self.made.unsettled)}
        if names:
            for value in self._also(rows, names).values():
                found |= value
        return found

    def part(self, rows: Rows) -> str | None:
        """Return the innermost, first part of the model that answers its own rows otherwise than its estimator."""
        wanted: dict[str, Tensor] = {}
        for number, place in enumerate(self.made.places):
            for k, block in enumerate(place.table.blocks):
                wanted[f"in_{number}_{k}"] = block.tensor
            for method, tensor in _comparable(place):
                wanted[f"out_{number}_{method}"] = tensor
        try:
            values = self._also(rows, wanted)
        except ExportError:
            # A graph of which all steps are outputs can be too large; then the whole is named.
            return "model"
        for number, place in enumerate(self.made.places):
            blocks = [values[f"in_{number}_{k}"] for k in range(len(place.table.blocks))]
            for method, _ in _comparable(place):
                if not self._same(place, method, blocks, values[f"out_{number}_{method}"]):
                    return f"{place.path} ({type(place.estimator).__name__})"
        return f"model ({type(self.made.places[-1].estimator).__name__})"

    def _same(self, place: Place, method: str, blocks: Sequence[Any], got: Any) -> bool:
        try:
            expected = dense(getattr(place.estimator, method)(settled_rows(_native(place, blocks))))
        except Exception:  # noqa: BLE001 - a step that refuses its rows by themselves says nothing
            return True
        return compared(expected, got, tolerance=_STEP_TOLERANCE, single=False)[1] is None


def _comparable(place: Place) -> list[tuple[str, Tensor]]:
    found = []
    for method in METHODS:
        result = place.results.get(method)
        if isinstance(result, Table):
            if result.width and all(block.tensor.kind != "text" for block in result.blocks):
                found.append((method, result.numbers()))
        elif isinstance(result, Tensor) and callable(getattr(place.estimator, method, None)):
            found.append((method, result))
    return found


def _native(place: Place, blocks: Sequence[Any]) -> Any:
    if len(blocks) == 1 and blocks[0].ndim == 1:
        return blocks[0].tolist() if blocks[0].dtype == object else blocks[0]
    texts = any(block.dtype == object for block in blocks)
    rows = np.concatenate([block.astype(object) for block in blocks] if texts else list(blocks), axis=1)
    if texts:
        rows = np.where(rows == "nan", np.nan, rows)
    names = getattr(place.estimator, "feature_names_in_", None)
    if names is None or len(names) != rows.shape[1]:
        return rows
    import pandas as pd

    frame = pd.DataFrame(rows, columns=list(names))
    return frame.infer_objects() if texts else frame
