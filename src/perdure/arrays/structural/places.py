"""``depths``: how deep each node lies. ``mapped``: what is the same wherever another number is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import FormatError
from ...graph.nodes import ArraySpec
from ..content import AnyArray
from ..dtypes import parse
from .base import HEAD, NOTHING, Kept, StructuralCodec
from .trees import Part, Trees

__all__ = ["Depths", "Mapped"]


class Depths(StructuralCodec):
    """How many splits are above a node, more than what the first one of a tree has."""

    name = "depths"
    constant = True

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        dtype = parse(spec.dtype)
        return spec.shape == rows and dtype.kind in "iuf" and dtype.itemsize in (4, 8)

    def encode(self, values: AnyArray, trees: Trees, inputs: Sequence[AnyArray]) -> Kept | None:
        first = values[0, 0]
        if not abs(float(first)) < 1 << 31:
            return None
        constant = np.array([int(first)], "<i8").view(np.uint8)
        return Kept(constant, NOTHING.leaves.reshape(0, trees.n_leaves), NOTHING.splits.reshape(0, trees.n_splits))

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        # A large number of a file wraps around, as every sum here does.
        out[:, 0] = (part.node_depths + kept.constant.view("<i8")[0]).astype(out.dtype)


class Mapped(StructuralCodec):
    """A number for each that another array has: both are kept once."""

    name = "mapped"
    inputs = 1
    itemsize = 8
    preorder = False

    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        dtype, key = parse(spec.dtype), parse(inputs[0].dtype)
        return (
            spec.shape == inputs[0].shape == rows
            and dtype.kind in "iuf"
            and dtype.itemsize == 8
            and key.kind in "iu"
            and key.itemsize >= 4
        )

    def encode(self, values: AnyArray, trees: Trees, inputs: Sequence[AnyArray]) -> Kept | None:
        keys, first = np.unique(inputs[0][:, 0].astype(np.int64), return_index=True)
        pairs = np.stack([keys.astype("<i8").view(np.uint8), values[first, 0].view(np.uint8)])
        return Kept(pairs.reshape(-1), NOTHING.leaves, NOTHING.splits)

    def merged(self, parts: Sequence[Kept]) -> Kept | None:
        pairs = np.concatenate([kept.constant.view("<u8").reshape(2, -1) for kept in parts], axis=1)
        keys, first, of = np.unique(pairs[0].astype(np.int64), return_index=True, return_inverse=True)
        if (pairs[1][first][of] != pairs[1]).any():
            return None
        table = np.stack([keys.view(np.uint64), pairs[1][first]]).astype("<u8").view(np.uint8).reshape(-1)
        return Kept(table, NOTHING.leaves, NOTHING.splits)

    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        keys, values = kept.constant.view("<i8").reshape(2, -1)
        wanted = inputs[0][:, 0].astype(np.int64)
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        if (keys[at] != wanted).any():
            raise FormatError("a number of the array has no other that it stands for")
        out[:, 0] = values[at].view(out.dtype.newbyteorder("<"))

    def read(self, content: AnyArray, width: int, trees: Trees) -> Kept:
        self.width(len(content), width, trees)
        keys = content.view("<i8").reshape(2, -1)[0]
        if not len(keys) or (keys[1:] <= keys[:-1]).any():
            raise FormatError("the numbers that others stand for do not rise")
        return Kept(content, NOTHING.leaves.reshape(0, trees.n_leaves), NOTHING.splits.reshape(0, trees.n_splits))

    def width(self, size: int, width: int, trees: Trees) -> int:
        if size % (2 * HEAD):
            raise FormatError(f"{size:,} bytes are no pairs of numbers")
        return HEAD

    def most(self, width: int, trees: Trees) -> int:
        return 2 * HEAD * len(trees.leaf)
