"""``splits``: what leaves have in common is kept once, the rest for splits only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import FormatError
from ...graph.nodes import ArraySpec
from ..content import AnyArray
from ..dtypes import parse
from ..native import native
from .base import HEAD, NOTHING, Kept, StructuralCodec, narrow
from .trees import Part, Trees

__all__ = ["Splits"]


class Splits(StructuralCodec):
    """Features and thresholds: all leaves have the same."""

    name = "splits"
    preorder = False
    constant = True

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        dtype = parse(spec.dtype)
        return spec.shape == rows and dtype.kind in "iuf" and dtype.itemsize in (1, 2, 4, 8)

    def columns(self, width: int) -> tuple[int, int]:
        return 0, 1

    def encode(self, values: AnyArray, trees: Trees, inputs: Sequence[AnyArray]) -> Kept | None:
        if not trees.n_leaves:
            return None
        column = values[:, 0]
        constant = np.zeros(HEAD, np.uint8)
        constant[: column.itemsize] = column[int(np.argmax(trees.leaf)) :][:1].view(np.uint8)
        bits = column[trees.at_splits].view(f"<u{column.itemsize}")
        if column.dtype.kind != "f":
            bits = narrow(bits)
        return Kept(constant, NOTHING.leaves.reshape(0, trees.n_leaves), bits.reshape(1, -1))

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        constant = kept.constant[: out.itemsize].view(out.dtype.newbyteorder("<"))
        column, values = out[:, 0], kept.splits[0]
        if column.dtype.kind == "f" and len(values):
            if values.itemsize != column.itemsize:
                raise FormatError(f"floats of {column.itemsize} bytes are kept as {values.itemsize}")
            bits = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
            values = bits.view(column.dtype.newbyteorder("<"))
        if native.active and native.takes(column):
            native.splits(part.leaf, values, constant, column)
            return
        column[...] = constant[0]
        column[part.at_splits] = values
