"""Rows that are mostly zeros, by what is not: what text and one-hot encoding give, without scipy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["SparseRows"]

Matrix = np.ndarray[Any, Any]


class SparseRows:
    """A sparse matrix by rows. ``scipy.sparse.csr_matrix((m.data, m.indices, m.indptr), m.shape)`` is the same one.

    Attributes
    ----------
    data, indices, indptr : ndarray
    shape : tuple of int
    """

    __array_ufunc__ = None
    __slots__ = ("data", "indices", "indptr", "shape")

    def __init__(self, data: Any, indices: Any, indptr: Any, shape: tuple[int, int]) -> None:
        self.data = np.asarray(data)
        self.indices = np.asarray(indices)
        self.indptr = np.asarray(indptr)
        self.shape = (int(shape[0]), int(shape[1]))

    @classmethod
    def of(cls, matrix: Any) -> SparseRows:
        """Return a sparse matrix of scipy's as one of these, its indices checked."""
        rows = matrix.tocsr()
        made = cls(rows.data, rows.indices, rows.indptr, rows.shape)
        n_rows, n_columns = made.shape
        if made.data.dtype.kind not in "fiub":
            raise ValueError(f"a sparse matrix of dtype {made.data.dtype} has no numbers to predict from")
        inside = not made.indices.size or (made.indices.min() >= 0 and made.indices.max() < n_columns)
        ends = made.indptr.shape == (n_rows + 1,) and made.indptr[0] == 0 and made.indptr[-1] == len(made.indices)
        if not inside or not ends or (np.diff(made.indptr) < 0).any() or made.data.shape != made.indices.shape:
            raise ValueError("the indices of a sparse matrix do not fit its shape")
        return made

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the values."""
        return np.dtype(self.data.dtype)

    @property
    def ndim(self) -> int:
        """Two."""
        return 2

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<{self.shape[0]} rows of {self.shape[1]} columns, {len(self.data)} values that are not zero>"

    def rows(self) -> Matrix:
        """Return the row of each value."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))

    def toarray(self) -> Matrix:
        """Return the rows with their zeros."""
        made = np.zeros(self.shape, self.data.dtype)
        # Values of one place are added, as scipy does.
        np.add.at(made, (self.rows(), self.indices), self.data)
        return made

    def __matmul__(self, other: Any) -> Matrix:
        """Return the product with a dense matrix or vector, added up in the order of the values, as scipy does."""
        other = np.asarray(other)
        if other.shape[0] != self.shape[1]:
            raise ValueError(f"{self.shape[1]} columns do not fit {other.shape[0]} rows")
        rows, count = self.rows(), self.shape[0]
        if other.ndim == 1:
            return np.bincount(rows, self.data * other[self.indices], count)
        made = np.empty((count, other.shape[1]))
        for k in range(other.shape[1]):
            made[:, k] = np.bincount(rows, self.data * other[self.indices, k], count)
        return made

    def with_data(self, data: Any) -> SparseRows:
        """Return the same places with other values."""
        return SparseRows(data, self.indices, self.indptr, self.shape)

    def astype(self, dtype: Any) -> SparseRows:
        """Return the same values in another dtype."""
        return self.with_data(self.data.astype(dtype))

    def scaled(self, factors: Matrix) -> SparseRows:
        """Return the matrix with each column multiplied."""
        return self.with_data(self.data * factors[self.indices])

    def row_sums(self, values: Matrix) -> Matrix:
        """Return the sum of some values for each row."""
        return np.bincount(self.rows(), values, self.shape[0])

    def take_columns(self, columns: Matrix) -> SparseRows:
        """Return some of the columns, in the order that is given."""
        places = np.full(self.shape[1], -1, np.int64)
        places[columns] = np.arange(len(columns))
        found = places[self.indices]
        kept = found >= 0
        counts = np.bincount(self.rows()[kept], minlength=self.shape[0])
        made = SparseRows(self.data[kept], found[kept], _offsets(counts), (self.shape[0], len(columns)))
        return made.sorted()

    def sorted(self) -> SparseRows:
        """Return the same with the columns of each row in order."""
        order = np.lexsort((self.indices, self.rows()))
        return SparseRows(self.data[order], self.indices[order], self.indptr, self.shape)

    @staticmethod
    def from_dense(matrix: Matrix) -> SparseRows:
        """Return the rows of a dense matrix without their zeros."""
        rows, columns = np.nonzero(matrix)
        counts = np.bincount(rows, minlength=len(matrix))
        return SparseRows(matrix[rows, columns], columns, _offsets(counts), matrix.shape)

    @staticmethod
    def hstack(parts: Sequence[Any]) -> SparseRows:
        """Return matrices side by side, sparse or dense."""
        found = [part if isinstance(part, SparseRows) else SparseRows.from_dense(np.asarray(part)) for part in parts]
        count = found[0].shape[0]
        rows = np.concatenate([part.rows() for part in found])
        starts = np.cumsum([0, *(part.shape[1] for part in found)])
        columns = np.concatenate([part.indices + start for part, start in zip(found, starts, strict=False)])
        data = np.concatenate([part.data for part in found])
        order = np.argsort(rows, kind="stable")
        counts = np.bincount(rows, minlength=count)
        return SparseRows(data[order], columns[order], _offsets(counts), (count, int(starts[-1])))


def _offsets(counts: Matrix) -> Matrix:
    made = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=made[1:])
    return made
