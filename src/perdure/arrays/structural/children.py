"""``preorder``, ``left``, ``right``: the children of nodes that stand in preorder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import FormatError
from ...graph.nodes import ArraySpec
from ..content import AnyArray
from ..dtypes import parse
from ..native import native
from .base import NOTHING, Kept, StructuralCodec
from .trees import Part, Trees

__all__ = ["Left", "Preorder", "Right", "bits_of", "leaves_of_bits"]


class _Child(StructuralCodec):
    """Numbers of nodes, counted from the first of the tree; a leaf has −1, or 0 where there are no negative numbers."""

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        return spec.shape == rows and parse(spec.dtype).kind in "iu" and parse(spec.dtype).itemsize >= 4


class Left(_Child):
    """The left child: the next node."""

    name = "left"

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        column = out[:, 0]
        if native.active and native.takes(column):
            native.left(part.leaf, part.offsets, column)
            return
        column[...] = np.arange(1, len(part) + 1) - part.starts
        column[part.at_leaves] = _none(column)


class Right(_Child):
    """The right child: the node after the subtree of the left one."""

    name = "right"

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        column = out[:, 0]
        if native.active and native.takes(column):
            native.right(part.leaf, part.offsets, part.ends, column)
            return
        column[...] = _none(column)
        at = part.at_splits
        # Where the left subtree ends.
        column[at] = part.ends[at + 1] - part.starts[at]


def _none(column: AnyArray) -> int:
    return -1 if column.dtype.kind == "i" else 0


class Preorder(Left):
    """The left child, and with it the trees themselves: a bit a node, set for leaves, is all that is kept."""

    name = "preorder"

    def encode(self, values: AnyArray, trees: Trees, inputs: Sequence[AnyArray]) -> Kept | None:
        return NOTHING


def bits_of(leaf: AnyArray) -> bytes:
    """Return a bit for each node."""
    return np.packbits(leaf).tobytes()


def leaves_of_bits(content: AnyArray, count: int) -> AnyArray:
    """Return 1 or 0 for each of ``count`` nodes.

    Raises
    ------
    FormatError
        When the bits are of another number, or one behind the last is set.
    """
    if len(content) != (count + 7) // 8:
        raise FormatError(f"{len(content):,} bytes are no bits for {count:,} nodes")
    leaf = np.unpackbits(content)
    if leaf[count:].any():
        raise FormatError("a bit is set for a node that is none")
    return leaf[:count]
