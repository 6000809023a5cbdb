"""What a structural codec is, and what it keeps in the file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ...errors import FormatError
from ...graph.nodes import ArraySpec
from ..content import AnyArray
from .trees import Part, Trees

__all__ = ["HEAD", "Kept", "StructuralCodec", "narrow"]

# Bytes of a constant in front of what is kept.
HEAD = 8


class Kept:
    """What a codec keeps of an array: a constant, values for leaves and values for splits.

    Parameters
    ----------
    constant : ndarray of uint8, shape (0,) or (8,)
    leaves : ndarray of unsigned integers, shape (n_columns, n_leaves)
    splits : ndarray of unsigned integers, shape (n_columns, n_splits)
    """

    __slots__ = ("constant", "leaves", "splits")

    def __init__(self, constant: AnyArray, leaves: AnyArray, splits: AnyArray) -> None:
        self.constant = constant
        self.leaves = leaves
        self.splits = splits

    @property
    def width(self) -> int:
        """Bytes of a value that is kept for a split."""
        return self.splits.itemsize

    def of(self, part: Part) -> Kept:
        """Return what is kept for one part of the trees."""
        return Kept(self.constant, self.leaves[:, part.leaves], self.splits[:, part.splits])

    def content(self) -> bytes:
        """Return the bytes that are kept."""
        return b"".join([self.constant.tobytes(), _little(self.leaves), _little(self.splits)])


def _little(values: AnyArray) -> bytes:
    # numpy joins arrays in the byte order of the machine, whatever theirs was.
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()


class StructuralCodec(ABC):
    """An array of which a row stands for a node of a tree, made from other arrays.

    Attributes
    ----------
    name : str
        As the file says it.
    inputs : int
        How many arrays it is made from, besides the trees themselves.
    tables : bool
        Whether it is made from further arrays as a whole, whose rows are no nodes.
    itemsize : int
        Bytes of a value that is kept, where it is not as few as hold the largest.
    preorder : bool
        Whether each tree has to be a whole one in preorder.
    constant : bool
        Whether a constant is kept.
    """

    name: ClassVar[str]
    inputs: ClassVar[int] = 0
    tables: ClassVar[bool] = False
    itemsize: ClassVar[int] = 1
    preorder: ClassVar[bool] = True
    constant: ClassVar[bool] = False

    @abstractmethod
    def fits(self, spec: ArraySpec, inputs: Sequence[ArraySpec], rows: tuple[int, ...]) -> bool:
        """Say whether such an array can be made from such arrays; the shape of all begins with ``rows``, a node each."""

    def columns(self, width: int) -> tuple[int, int]:
        """Return how many values are kept for each leaf, and for each split, of an array with rows of ``width``."""
        return 0, 0

    def encode(self, values: AnyArray, trees: Trees, inputs: Sequence[AnyArray]) -> Kept | None:
        """Return what has to be kept of the values, shape (n_nodes, width); None where this codec is not for them."""
        return NOTHING

    def merged(self, parts: Sequence[Kept]) -> Kept | None:
        """Return what is kept of all trees, from what is kept of some after the others; None where they do not agree."""
        first = parts[0].constant.tobytes()
        if any(kept.constant.tobytes() != first for kept in parts):
            return None
        leaves, splits = ([getattr(kept, name) for kept in parts] for name in ("leaves", "splits"))
        return Kept(parts[0].constant, np.concatenate(leaves, axis=1), np.concatenate(splits, axis=1))

    def given(self, part: Part, arrays: Sequence[AnyArray]) -> list[AnyArray]:
        """Return of all inputs the rows of a part, and tables as they are."""
        return [*(array[part.rows] for array in arrays[: self.inputs]), *arrays[self.inputs :]]

    @abstractmethod
    def decode(self, part: Part, kept: Kept, inputs: Sequence[AnyArray], out: AnyArray) -> None:
        """Make the rows of a part, all arrays of shape (n, width), into ``out``."""

    def read(self, content: AnyArray, width: int, trees: Trees) -> Kept:
        """Return what was kept, from its bytes.

        Raises
        ------
        FormatError
            When they are not as many as there have to be.
        """
        for_leaves, for_splits = self.columns(width)
        head = HEAD if self.constant else 0
        n_leaves = for_leaves * trees.n_leaves
        values = content[head:].view(f"<u{self.width(len(content), width, trees)}")
        return Kept(
            content[:head],
            values[:n_leaves].reshape(for_leaves, trees.n_leaves),
            values[n_leaves:].reshape(for_splits, trees.n_splits),
        )

    def width(self, size: int, width: int, trees: Trees) -> int:
        """Return the bytes of a value where so many bytes are kept."""
        for_leaves, for_splits = self.columns(width)
        head = HEAD if self.constant else 0
        return width_of(size - head, for_leaves * trees.n_leaves + for_splits * trees.n_splits)

    def most(self, width: int, trees: Trees) -> int:
        """Return how many bytes can be kept at most."""
        for_leaves, for_splits = self.columns(width)
        return HEAD * self.constant + 8 * (for_leaves * trees.n_leaves + for_splits * trees.n_splits)


_NONE = np.empty(0, np.uint8)
NOTHING = Kept(_NONE, _NONE.reshape(0, 0), _NONE.reshape(0, 0))


def width_of(nbytes: int, count: int) -> int:
    """Return the bytes of a value, of which there are ``count``; FormatError when it is none of 1, 2, 4, 8."""
    for width in (1, 2, 4, 8):
        if width * count == nbytes:
            return width
    raise FormatError(f"what is kept of an array of trees has {nbytes:,} bytes, for {count:,} values")


def narrow(values: AnyArray) -> AnyArray:
    """Return unsigned integers in as few bytes as hold the largest of them."""
    largest = int(values.max(initial=0))
    width = 1 if largest < 1 << 8 else 2 if largest < 1 << 16 else 4 if largest < 1 << 32 else 8
    return np.ascontiguousarray(values, f"<u{width}")
