"""``thresholds``: what splits of a histogram gradient boosting compare with, from the bins of its features."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import FormatError
from ...graph.nodes import ArraySpec
from ..columns import check_offsets
from ..content import AnyArray
from ..dtypes import parse
from ..native import native
from .base import NOTHING, Kept, StructuralCodec
from .trees import Part, Trees

__all__ = ["Thresholds"]


class Thresholds(StructuralCodec):
    """The upper end of the bin that a split names, infinite behind the last; 0 for leaves and splits on categories."""

    name = "thresholds"
    inputs = 3
    tables = True
    preorder = False

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        feature, bins, categorical, *tables = inputs
        dtype = parse(feature.dtype)
        good = spec == ArraySpec("<f8", rows) and dtype.kind in "iu" and dtype.itemsize >= 4 and feature.shape == rows
        good = good and bins == categorical == ArraySpec("|u1", rows) and bool(tables)
        if not good or any(table.order != "C" for table in tables):
            return False
        kinds = [(table.dtype, len(table.shape)) for table in tables]
        return kinds in ([("<f8", 2)], [("<f8", 1), ("<i8", 1)]) or all(kind == ("<f8", 1) for kind in kinds)

    def encode(self, values: AnyArray, trees: Trees, inputs: Sequence[AnyArray]) -> Kept | None:
        _, starts = _table(inputs[3:])
        features = inputs[0][:, 0][trees.at_splits]
        inside = (features >= 0) & (features < len(starts) - 1)
        return NOTHING if inside.all() else None

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        column, feature, bins, categorical = out[:, 0], inputs[0][:, 0], inputs[1][:, 0], inputs[2][:, 0]
        table, starts = _table(inputs[3:])
        at = part.at_splits
        features = feature[at].astype(np.int64)
        if ((features < 0) | (features >= len(starts) - 1)).any():
            raise FormatError("a split is on a feature that has no bins")
        if native.active and native.takes(column):
            native.thresholds(part.leaf, feature.astype(np.int64), bins, categorical, table, starts, column)
            return
        place = starts[features] + bins[at]
        found = np.full(len(at), np.inf)
        inside = place < starts[features + 1]
        found[inside] = table[place[inside]]
        found[categorical[at] != 0] = 0.0
        column[...] = 0.0
        column[at] = found


def _table(tables: Sequence[AnyArray]) -> tuple[AnyArray, AnyArray]:
    """Return the ends of the bins of all features, one after the other, and where those of each begin."""
    first = tables[0]
    if first.ndim == 2:
        return np.ascontiguousarray(first).reshape(-1), np.arange(len(first) + 1, dtype=np.int64) * first.shape[1]
    if len(tables) == 2 and tables[1].dtype.kind == "i":
        check_offsets(tables[1], len(first))
        return np.ascontiguousarray(first), np.ascontiguousarray(tables[1])
    starts = np.zeros(len(tables) + 1, np.int64)
    np.cumsum([len(table) for table in tables], out=starts[1:])
    return np.concatenate(tables), starts
