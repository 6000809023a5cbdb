"""``means``, ``variances``: what a split has follows nearly from its children; by how much it misses is kept."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from ...errors import FormatError
from ...graph.nodes import ArraySpec
from ..content import AnyArray
from ..native import native
from .base import NOTHING, Kept, StructuralCodec
from .trees import Part, Trees

__all__ = ["Means", "Variances"]

_Guess = Callable[[AnyArray, AnyArray, AnyArray], AnyArray]


def _bits(values: AnyArray) -> AnyArray:
    """Return floats as the integers that their bits make, in the byte order of the machine."""
    return np.ascontiguousarray(values, np.float64).view(np.uint64)


def _misses(bits: AnyArray, guess: AnyArray) -> AnyArray:
    """Return how many floats lie between each value and its guess, small numbers on either side as small ones."""
    apart = (bits - guess.view(np.uint64)).view(np.int64)
    return (apart << 1 ^ apart >> 63).view(np.uint64)


def _corrected(guess: AnyArray, misses: AnyArray) -> AnyArray:
    # Machines differ in what is no number: it is one and the same here.
    guess = np.where(np.isnan(guess), np.nan, guess)
    apart = misses >> np.uint64(1) ^ (np.uint64(0) - (misses & np.uint64(1)))
    return (guess.view(np.uint64) + apart).view(np.float64)


class _Nearly(StructuralCodec):
    """Floats: those of leaves are kept, and for splits the distance to what their children make likely."""

    def columns(self, width: int) -> tuple[int, int]:
        return width, width

    @abstractmethod
    def _guess(self, inputs: Sequence[AnyArray]) -> _Guess:
        """Return what guesses the values of splits, shape (n, width), from their places and the values of all nodes."""

    @abstractmethod
    def _natively(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> bool:
        """Make the rows by compiled code where it can; say whether it did."""

    def encode(self, values: AnyArray, trees: Trees, inputs: Sequence[AnyArray]) -> Kept | None:
        misses = np.empty((values.shape[1], trees.n_splits), np.uint64)
        with np.errstate(all="ignore"):
            for part in trees:
                own, at = values[part.rows], part.at_splits
                guess = self._guess([array[part.rows] for array in inputs])
                likely = guess(at, part.ends[at + 1], own)
                if not np.isfinite(likely).all():
                    # Machines differ in what they make of what is no number.
                    return None
                misses[:, part.splits] = _misses(_bits(own[at]), likely).T
        leaves = _bits(values[trees.at_leaves].T)
        return Kept(NOTHING.constant, leaves, misses)

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        if kept.leaves.itemsize != 8 and kept.leaves.size + kept.splits.size:
            raise FormatError("floats of 8 bytes are kept as fewer")
        if native.active and native.takes(out) and self._natively(part, kept, inputs, out):
            return
        with np.errstate(all="ignore"):
            made = np.empty(out.shape)
            made[part.at_leaves] = np.ascontiguousarray(kept.leaves.T, np.uint64).view(np.float64)
            guess = self._guess(inputs)
            # The deepest first: the children of a split lie deeper than it does.
            at, misses = part.at_splits, kept.splits.T
            depths = part.node_depths[at]
            order = np.argsort(-depths, kind="stable")
            for some in np.split(order, np.flatnonzero(np.diff(depths[order])) + 1):
                here = at[some]
                made[here] = _corrected(guess(here, part.ends[here + 1], made), misses[some])
        out[...] = made


class Means(_Nearly):
    """The mean of a node lies between those of its children, by their weights."""

    name = "means"
    inputs = 1

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        return spec.dtype == "<f8" and inputs[0] == ArraySpec("<f8", rows)

    def _guess(self, inputs: Sequence[AnyArray]) -> _Guess:
        weight = inputs[0]

        def guess(at: AnyArray, right: AnyArray, values: AnyArray) -> AnyArray:
            left = at + 1
            likely: AnyArray = (values[left] * weight[left] + values[right] * weight[right]) / weight[at]
            return likely

        return guess

    def _natively(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> bool:
        if out.shape[1] != 1:
            return False
        native.means(part.leaf, part.ends, kept.leaves[0], kept.splits[0], inputs[0][:, 0], out[:, 0])
        return True


class Variances(_Nearly):
    """The variance of a node is that within its children and that between them."""

    name = "variances"
    inputs = 2

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        one = inputs[0].dtype == "<f8" and inputs[0].shape[len(rows) :] == (1, 1)
        return one and spec == inputs[1] == ArraySpec("<f8", rows)

    def _guess(self, inputs: Sequence[AnyArray]) -> _Guess:
        means, weight = inputs

        def guess(at: AnyArray, right: AnyArray, values: AnyArray) -> AnyArray:
            left = at + 1
            share, other = weight[left] / weight[at], weight[right] / weight[at]
            apart = means[left] - means[right]
            likely: AnyArray = share * values[left] + other * values[right] + share * other * (apart * apart)
            return likely

        return guess

    def _natively(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> bool:
        means, weight = inputs
        native.variances(part.leaf, part.ends, kept.leaves[0], kept.splits[0], means[:, 0], weight[:, 0], out[:, 0])
        return True
