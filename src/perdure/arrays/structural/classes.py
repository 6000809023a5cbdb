"""``fractions``, ``gini``: the classes of the samples of a node."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...graph.nodes import ArraySpec
from ..content import AnyArray
from ..native import native
from .base import NOTHING, Kept, StructuralCodec
from .sums import count_columns, counts
from .trees import Part, Trees

__all__ = ["Fractions", "Gini"]


def _is_shares(spec: ArraySpec, rows: tuple[int, ...]) -> bool:
    """Say whether an array has a value for each class of the one output."""
    shape = spec.shape[len(rows) :]
    return spec.dtype == "<f8" and len(shape) == 2 and shape[0] == 1 and shape[1] > 1


class Fractions(StructuralCodec):
    """The share of each class in the weight of a node: counts of all classes but the first are kept for leaves."""

    name = "fractions"
    inputs = 1

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        # One output: what a node weighs is the sum over its classes.
        return _is_shares(spec, rows) and inputs[0] == ArraySpec("<f8", rows)

    def columns(self, width: int) -> tuple[int, int]:
        return width - 1, 0

    def encode(self, values: AnyArray, trees: Trees, inputs: Sequence[AnyArray]) -> Kept | None:
        found = np.zeros((len(values), values.shape[1] - 1))
        at = trees.at_leaves
        with np.errstate(all="ignore"):
            found[at] = np.rint(values[at, 1:] * inputs[0][at])
        leaves = count_columns(found, trees)
        return None if leaves is None else Kept(NOTHING.constant, leaves, NOTHING.splits.reshape(0, trees.n_splits))

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        weight = inputs[0][:, 0]
        if native.active and out.shape[1] == 2 and out.flags.c_contiguous:
            native.fractions(part.leaf, part.ends, kept.leaves[0], weight, out)
            return
        made = np.empty(len(part), np.int64)
        rest = weight.copy()
        with np.errstate(all="ignore"):
            for at in range(1, out.shape[1]):
                counts(part, kept.leaves[at - 1], made)
                rest -= made
                np.divide(made, weight, out=out[:, at])
            np.divide(rest, weight, out=out[:, 0])


class Gini(StructuralCodec):
    """The Gini impurity of the shares of classes."""

    name = "gini"
    inputs = 2
    preorder = False

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        return _is_shares(inputs[0], rows) and spec == inputs[1] == ArraySpec("<f8", rows)

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        shares, weight = inputs[0], inputs[1][:, 0]
        if native.active and shares.flags.c_contiguous:
            native.gini(shares, weight, out[:, 0])
            return
        with np.errstate(all="ignore"):
            squares = np.zeros(len(part))
            for at in range(shares.shape[1]):
                count = np.rint(shares[:, at] * weight)
                squares += count * count
            out[:, 0] = 1.0 - squares / (weight * weight)
