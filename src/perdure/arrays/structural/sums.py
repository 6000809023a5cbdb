"""``sums``, ``converted``, ``majority``: the samples of a node are those of its children."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...graph.nodes import ArraySpec
from ..content import AnyArray
from ..dtypes import parse
from ..native import native
from .base import NOTHING, Kept, StructuralCodec, narrow
from .trees import Part, Trees

__all__ = ["Converted", "Majority", "Sums", "count_columns", "counts"]

# Floats up to here hold every integer.
_EXACT = 1 << 53


def count_columns(values: AnyArray, trees: Trees) -> AnyArray | None:
    """Return numbers of the leaves, a row a column, as few bytes as hold them; None where they are no counts."""
    found = values[trees.at_leaves]
    if found.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            whole = found.astype(np.int64)
        if not (whole == found).all() or (len(whole) and int(whole.max()) > _EXACT):
            return None
        found = whole
    if len(found) and int(found.min()) < 0:
        return None
    return narrow(found.T)


def counts(part: Part, leaves: AnyArray, out: AnyArray) -> None:
    """Sum up what the leaves below each node have, in integers of 64 bits that wrap around, into a column."""
    if native.active and native.takes(out):
        native.sums(part.leaf, part.ends, leaves, out)
        return
    upto = np.zeros(leaves.size + 1, np.int64)
    np.cumsum(leaves, dtype=np.int64, out=upto[1:])
    before = part.leaves_before
    out[...] = upto[before[part.ends]] - upto[before[:-1]]


class Sums(StructuralCodec):
    """Whole numbers: a split has the sum of its children."""

    name = "sums"

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        dtype = parse(spec.dtype)
        return dtype.kind in "iuf" and dtype.itemsize >= 4

    def columns(self, width: int) -> tuple[int, int]:
        return width, 0

    def encode(self, values: AnyArray, trees: Trees, inputs: Sequence[AnyArray]) -> Kept | None:
        leaves = count_columns(values, trees)
        return None if leaves is None else Kept(NOTHING.constant, leaves, NOTHING.splits.reshape(0, trees.n_splits))

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        for at in range(out.shape[1]):
            counts(part, kept.leaves[at], out[:, at])


class Converted(StructuralCodec):
    """The same whole numbers as another array has, as floats."""

    name = "converted"
    inputs = 1
    preorder = False

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        return spec.dtype == "<f8" and parse(inputs[0].dtype).kind in "iu" and spec.shape == inputs[0].shape

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        out[...] = inputs[0]


class Majority(StructuralCodec):
    """Whether more samples go to the left child; no leaf has any."""

    name = "majority"
    inputs = 1

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        return spec.dtype == "|u1" and parse(inputs[0].dtype).kind in "iu" and spec.shape == inputs[0].shape == rows

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        column, samples = out[:, 0], inputs[0][:, 0]
        if native.active and samples.dtype.str == "<i8":
            native.majority(part.leaf, part.ends, samples, column)
            return
        at = part.at_splits
        column[...] = 0
        column[at] = samples[at + 1] > samples[part.ends[at + 1]]
