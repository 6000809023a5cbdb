"""Binary trees, one after the other: which nodes are leaves, and where each tree begins."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np

from ...errors import FormatError
from ..content import AnyArray
from ..native import native

__all__ = ["Part", "Trees"]

# Nodes that are looked at together, whole trees: what lies in the caches of a processor.
_TOGETHER = 1 << 14
# Nodes of a tree from which on each is counted by itself.
_LARGE = 256


class Part:
    """Some of the trees, next to each other, their nodes counted from the first one of the part.

    Attributes
    ----------
    rows, splits, leaves : slice
        Where the nodes, the splits and the leaves of the part stand among those of all trees.
    leaf : ndarray of uint8, shape (n,)
        1 for each node that is a leaf.
    offsets : ndarray of int64, shape (n_trees + 1,)
        Where each tree begins.
    """

    def __init__(self, rows: slice, splits: slice, leaf: AnyArray, offsets: AnyArray) -> None:
        self.rows = rows
        self.splits = splits
        self.leaves = slice(rows.start - splits.start, rows.stop - splits.stop)
        self.leaf = leaf
        self.offsets = offsets

    def __len__(self) -> int:
        return len(self.leaf)

    @cached_property
    def at_splits(self) -> AnyArray:
        """The nodes that are splits."""
        return np.flatnonzero(self.leaf == 0)

    @cached_property
    def at_leaves(self) -> AnyArray:
        """The nodes that are leaves."""
        return np.flatnonzero(self.leaf)

    @cached_property
    def open(self) -> AnyArray:
        """How many nodes each tree still has to have before a node, less one; it is −1 after the last."""
        step = np.where(self.leaf, np.int8(-1), np.int8(1))
        left = np.cumsum(step, dtype=np.int64)
        # Each tree takes one more leaf than it has splits.
        left += np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets).astype(np.intp, copy=False))
        return left - step

    def depths(self) -> AnyArray | None:
        """Return the depth of each tree, 0 for one that is a leaf; None unless all are whole trees in preorder.

        In preorder a split stands before the nodes of its left subtree, and these before those of its right one.
        """
        depths = np.zeros(len(self.offsets) - 1, np.int64)
        if native.active:
            return depths if native.is_preorder(self.leaf, self.offsets, depths) else None
        after = self.open + np.where(self.leaf, np.int8(-1), np.int8(1))
        ends = self.offsets[1:] - 1
        if not (np.diff(self.offsets) > 0).all() or not (after[ends] == -1).all():
            return None
        after[ends] = 0
        if not (after >= 0).all():
            return None
        return np.maximum.reduceat(self.node_depths, self.offsets[:-1].astype(np.intp, copy=False))

    @cached_property
    def node_depths(self) -> AnyArray:
        """The depth of each node, 0 for the first of a tree."""
        # Each split is above all nodes up to where its subtree ends.
        change = np.zeros(len(self.leaf) + 1, np.int64)
        change[self.at_splits + 1] += 1
        np.subtract.at(change, self.ends[self.at_splits], 1)
        return np.cumsum(change[:-1])

    @cached_property
    def ends(self) -> AnyArray:
        """The node after the last one of each subtree."""
        ends = np.empty(len(self.leaf), np.int64)
        if native.active:
            native.ends(self.leaf, ends)
            return ends
        # A subtree ends with the first leaf before which as much is open as before its root.
        order = np.argsort(
            self.open.astype(np.uint16) if self.open.max(initial=0) < 1 << 16 else self.open, kind="stable"
        )
        place = np.where(self.leaf[order] != 0, np.arange(len(order)), len(order))
        following = np.minimum.accumulate(place[::-1])[::-1]
        ends[order] = order[following] + 1
        return ends

    @cached_property
    def leaves_before(self) -> AnyArray:
        """How many leaves stand before each node, and how many there are."""
        before = np.zeros(len(self.leaf) + 1, np.int64)
        np.cumsum(self.leaf, out=before[1:])
        return before

    @cached_property
    def starts(self) -> AnyArray:
        """The first node of the tree that each node belongs to."""
        return np.repeat(self.offsets[:-1], np.diff(self.offsets).astype(np.intp, copy=False))


def _leaves_of_each(leaf: AnyArray, offsets: AnyArray) -> AnyArray:
    """Return how many leaves each tree has."""
    count = len(offsets) - 1
    if len(leaf) > _LARGE * count:
        # reduceat would make a copy of all nodes, eight times as large.
        bits, cuts = leaf.view(np.bool_), offsets.tolist()
        return np.array([np.count_nonzero(bits[start:stop]) for start, stop in pairwise(cuts)], np.int64)
    counts = np.zeros(count, np.int64)
    filled = np.flatnonzero(np.diff(offsets))
    if len(filled):
        counts[filled] = np.add.reduceat(leaf, offsets[filled].astype(np.intp, copy=False), dtype=np.int64)
    return counts


class Trees:
    """All trees of an array.

    Parameters
    ----------
    leaf : ndarray of uint8, shape (n_nodes,)
        1 for each node that is a leaf, else 0.
    offsets : ndarray of int64, shape (n_trees + 1,)
        Where each tree begins among the nodes.

    Raises
    ------
    FormatError
        When the offsets do not cut the nodes into consecutive pieces.
    """

    def __init__(self, leaf: AnyArray, offsets: AnyArray) -> None:
        wrong = (
            offsets.ndim != 1 or offsets.dtype != np.int64 or len(offsets) < 2 or offsets[0] or offsets[-1] != len(leaf)
        )
        if wrong or (offsets[1:] < offsets[:-1]).any():
            raise FormatError("an array of trees has offsets that do not cut it into trees")
        self.leaf = leaf
        self.offsets = offsets
        #: How many splits stand before each tree, and how many there are.
        self.splits = offsets.copy()
        self.splits[1:] -= np.cumsum(_leaves_of_each(leaf, offsets))
        # A part is one thread's alone: what was made of it may lie in memory that this thread will use again.
        self._local = threading.local()

    @cached_property
    def at_leaves(self) -> AnyArray:
        """The nodes that are leaves."""
        return np.flatnonzero(self.leaf)

    @cached_property
    def at_splits(self) -> AnyArray:
        """The nodes that are splits."""
        return np.flatnonzero(self.leaf == 0)

    @property
    def n_splits(self) -> int:
        """How many splits there are in all."""
        return int(self.splits[-1])

    @property
    def n_leaves(self) -> int:
        """How many leaves there are in all."""
        return len(self.leaf) - self.n_splits

    @cached_property
    def cuts(self) -> list[int]:
        """Where the parts begin among the trees: as many whole trees as are looked at together."""
        group = self.offsets[:-1] // _TOGETHER
        return [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(self.offsets) - 1]

    def part(self, start: int, stop: int) -> Part:
        """Return some of the trees as a part."""
        first, last = int(self.offsets[start]), int(self.offsets[stop])
        return Part(
            slice(first, last),
            slice(int(self.splits[start]), int(self.splits[stop])),
            self.leaf[first:last],
            self.offsets[start : stop + 1] - first,
        )

    def __len__(self) -> int:
        return len(self.cuts) - 1

    def __getitem__(self, number: int) -> Part:
        """Return a part; what it finds out about itself is kept until another one is asked for."""
        last: tuple[int, Part] | None = getattr(self._local, "last", None)
        if last is None or last[0] != number:
            last = self._local.last = number, self.part(self.cuts[number], self.cuts[number + 1])
        return last[1]

    def __iter__(self) -> Iterator[Part]:
        return (self[number] for number in range(len(self)))

    @cached_property
    def depths(self) -> AnyArray | None:
        """The depth of each tree; None unless all are whole trees in preorder."""
        found = []
        for part in self:
            depths = part.depths()
            if depths is None:
                return None
            found.append(depths)
        return np.concatenate(found)

    @property
    def preorder(self) -> bool:
        """Whether all are whole trees in preorder."""
        return self.depths is not None
