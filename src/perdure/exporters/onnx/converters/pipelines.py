"""What puts estimators together by their columns: Pipeline, ColumnTransformer, FeatureUnion."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....errors import ExportError
from ..registry import Conversion, Results, converts
from ..tables import Block, Table

__all__: list[str] = []


@converts("Pipeline")
def _pipeline(model: Any, table: Table, c: Conversion) -> Results:
    if getattr(model, "transform_input", None):
        raise c.refuse("transform_input has no converter")
    last = len(model.steps) - 1
    results: Results = {"transform": table}
    for place, (_, step) in enumerate(model.steps):
        if step is None or (isinstance(step, str) and step == "passthrough"):
            continue
        found = c(step, table, f"steps[{place}][1]")
        if place == last:
            return found
        if "transform" not in found:
            raise c.refuse(f"step {place} has no transform that can be exported")
        table = found["transform"]
        results = {"transform": table}
    return results


@converts("FeatureUnion")
def _union(model: Any, table: Table, c: Conversion) -> Results:
    weights = model.transformer_weights or {}
    parts = []
    for place, (name, transformer) in enumerate(model.transformer_list):
        if isinstance(transformer, str) and transformer == "drop":
            continue
        if isinstance(transformer, str) and transformer == "passthrough":
            found = table
        else:
            found = c(transformer, table, f"transformer_list[{place}][1]")["transform"]
        parts.append(_weighted(found, weights.get(name)))
    if not parts:
        raise c.refuse("nothing is left of it")
    return {"transform": Table.joined(parts)}


def _weighted(table: Table, weight: Any) -> Table:
    return table if weight is None else Table.of(table.numbers() * float(weight), table.width)


@converts("ColumnTransformer")
def _columns(model: Any, table: Table, c: Conversion) -> Results:
    weights = model.transformer_weights or {}
    indices = model._transformer_to_input_indices
    outputs = model.output_indices_
    parts: list[tuple[int, Table]] = []
    for place, (name, transformer, columns) in enumerate(model.transformers_):
        if isinstance(transformer, str) and transformer == "drop":
            continue
        taken = table.take([int(k) for k in indices[name]]) if name in indices else table.take(_places(columns, c))
        if not taken.width:
            continue
        if isinstance(columns, str) and hasattr(transformer, "build_analyzer"):
            # A vectorizer that is given one column by its name gets its texts in one dimension.
            taken = Table((Block(taken.column(0).reshape(-1), 1),))
        found = (
            taken if isinstance(transformer, str) else c(transformer, taken, f"transformers_[{place}][1]")["transform"]
        )
        if found.width:
            found = _weighted(found, weights.get(name))
            start = outputs[name].start if name in outputs else len(parts)
            parts.append((start, found))
    if not parts:
        raise ExportError("nothing is left of it", path=c.path)
    return {"transform": Table.joined([part for _, part in sorted(parts, key=lambda item: item[0])])}


def _places(columns: Any, c: Conversion) -> list[int]:
    array = np.asarray(columns)
    if array.dtype.kind == "b":
        return [int(place) for place in np.flatnonzero(array)]
    if array.dtype.kind in "iu":
        return [int(place) for place in array.ravel()]
    raise c.refuse("its columns are not known by their places")
