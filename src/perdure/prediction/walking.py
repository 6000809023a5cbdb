"""Walking down trees: all trees of a model as one table of nodes, in compiled code where it was built, else in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays.native import native
from ..errors import InvalidError, UnsupportedError

try:
    from . import _trees  # type: ignore[attr-defined]
except ImportError:
    # No compiler was at hand when perdure was installed.
    _trees = None

__all__ = ["CATEGORICAL", "LEAF", "MISSING_LEFT", "NODE", "Walk"]

Matrix = np.ndarray[Any, Any]
#: As in _trees.c.
NODE = np.dtype(
    [
        ("threshold", "f8"),
        ("left", "i4"),
        ("right", "i4"),
        ("feature", "i4"),
        ("flags", "i4"),
        ("bitset", "i4"),
        ("known", "i4"),
    ]
)
LEAF, MISSING_LEFT, CATEGORICAL = 1, 2, 4
_MOST = 2**31 - 1


class Walk:
    """The trees of one model, one after the other.

    Parameters
    ----------
    counts : sequence of int
        The nodes of each tree.
    left, right, feature, threshold, leaf, missing_left : ndarray
        Of all nodes; children are numbered within their tree.
    n_features : int
    values : ndarray of float64, shape (n_nodes, width), optional
        What each leaf gives.
    columns : sequence of int, optional
        To which column of the output each tree adds; the first by default.
    outputs : int, optional
        The number of columns.
    bitsets : ndarray of uint32, shape (n, 8), optional
        Sets of categories.
    categorical, bitset, known : ndarray, optional
        Of all nodes: whether a node splits by categories, by which set, and the set of all that are known.
    """

    def __init__(
        self,
        counts: Sequence[int],
        left: Matrix,
        right: Matrix,
        feature: Matrix,
        threshold: Matrix,
        leaf: Matrix,
        missing_left: Matrix,
        n_features: int,
        *,
        values: Matrix | None = None,
        columns: Sequence[int] | None = None,
        outputs: int | None = None,
        bitsets: Matrix | None = None,
        categorical: Matrix | None = None,
        bitset: Matrix | None = None,
        known: Matrix | None = None,
    ) -> None:
        total = int(sum(counts))
        if total > _MOST or n_features > _MOST:
            raise UnsupportedError("a predictor takes fewer than two billion nodes")
        starts = np.cumsum([0, *counts])[:-1]
        shift = np.repeat(starts, np.asarray(counts, np.intp))
        nodes = np.zeros(total, NODE)
        inner = ~leaf
        numbers = np.arange(total) - shift
        self._check(
            inner, left, right, feature, numbers, np.repeat(np.asarray(counts), np.asarray(counts, np.intp)), n_features
        )
        nodes["threshold"] = threshold
        nodes["left"] = np.where(inner, left + shift, 0)
        nodes["right"] = np.where(inner, right + shift, 0)
        nodes["feature"] = np.where(inner, feature, 0)
        nodes["flags"] = leaf * LEAF + (missing_left != 0) * MISSING_LEFT
        self.bitsets = np.zeros((0, 8), np.uint32) if bitsets is None else np.ascontiguousarray(bitsets, np.uint32)
        if categorical is not None and bitset is not None and known is not None:
            by_category = inner & categorical
            if by_category.any() and max(bitset[by_category].max(), known[by_category].max()) >= len(self.bitsets):
                raise InvalidError("a split uses a set of categories that does not exist")
            nodes["flags"] += by_category * CATEGORICAL
            nodes["bitset"] = np.where(by_category, bitset, 0)
            nodes["known"] = np.where(by_category, known, 0)
        self.nodes = nodes
        self.roots = starts.astype(np.int64)
        self.n_features = n_features
        self.values = np.zeros((total, 1)) if values is None else np.ascontiguousarray(values, np.float64)
        if len(self.values) != total or self.values.ndim != 2 or not self.values.shape[1]:
            raise InvalidError("there is not one value for each node of a tree")
        self.columns = np.zeros(len(counts), np.int64) if columns is None else np.asarray(columns, np.int64)
        self.outputs = self.values.shape[1] if outputs is None else outputs
        if len(self.columns) != len(counts) or (self.columns + self.values.shape[1] > self.outputs).any():
            raise InvalidError("a tree adds to a column that does not exist")

    @staticmethod
    def _check(
        inner: Matrix, left: Matrix, right: Matrix, feature: Matrix, numbers: Matrix, ends: Matrix, n_features: int
    ) -> None:
        """Hold what validation has seen: a child stands behind its parent, within its tree."""
        good = (left > numbers) & (right > numbers) & (left < ends) & (right < ends)
        good &= (feature >= 0) & (feature < n_features)
        good |= ~inner
        if not good.all():
            raise InvalidError("the nodes of a tree do not make one")

    def add(self, X: Matrix, out: Matrix | None = None) -> Matrix:
        """Return the sums of the values of the leaves that each row comes to, tree after tree.

        Parameters
        ----------
        X : ndarray of float64, shape (n_rows, n_features)
        out : ndarray of float64, shape (n_rows, outputs), optional
            To which they are added.
        """
        X = np.ascontiguousarray(X, np.float64)
        if out is None:
            out = np.zeros((len(X), self.outputs))
        width = self.values.shape[1]
        if _trees is not None and native.active:
            arrays = (X, self.nodes, self.roots, self.bitsets, self.columns, self.values, out)
            _trees.add(*arrays, self.n_features, width, self.outputs)
            return out
        for root, column in zip(self.roots.tolist(), self.columns.tolist(), strict=True):
            out[:, column : column + width] += self.values[self._leaves(X, root)]
        return out

    def leaves(self, X: Matrix) -> Matrix:
        """Return the leaf of each row in each tree, by its number within the tree."""
        X = np.ascontiguousarray(X, np.float64)
        found = np.empty((len(X), len(self.roots)), np.int64)
        if _trees is not None and native.active:
            _trees.leaves(X, self.nodes, self.roots, self.bitsets, found, self.n_features)
        else:
            for t, root in enumerate(self.roots.tolist()):
                found[:, t] = self._leaves(X, root)
        return found - self.roots

    def _leaves(self, X: Matrix, root: int) -> Matrix:
        """Return the leaf of each row in one tree: all rows go down a level at a time."""
        nodes = self.nodes
        at = np.full(len(X), root, np.int64)
        waiting = np.arange(len(X))
        with np.errstate(invalid="ignore"):
            while len(waiting):
                here = nodes[at[waiting]]
                inner = (here["flags"] & LEAF) == 0
                waiting, here = waiting[inner], here[inner]
                value = X[waiting, here["feature"]]
                missing = (here["flags"] & MISSING_LEFT) != 0
                left = (value <= here["threshold"]) | (np.isnan(value) & missing)
                by_category = (here["flags"] & CATEGORICAL) != 0
                if by_category.any():
                    left[by_category] = self._categories(value[by_category], here[by_category], missing[by_category])
                at[waiting] = np.where(left, here["left"], here["right"])
        return at

    def _categories(self, value: Matrix, here: Matrix, missing: Matrix) -> Matrix:
        usable = value >= 0
        small = usable & (value < 2.0**31)
        category = np.where(small, value, 0).astype(np.int64) & 255
        word, bit = category // 32, (category % 32).astype(np.uint32)
        chosen = (self.bitsets[here["bitset"], word] >> bit) & 1
        known = (self.bitsets[here["known"], word] >> bit) & 1
        return np.where(usable, (chosen == 1) | ((known == 0) & missing), missing)
