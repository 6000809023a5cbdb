"""Sparse matrices: compiled code of scipy and scikit-learn follows their indices, and scipy checks only some of them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..arrays.content import AnyArray
from ..graph.nodes import Object
from ..graph.structure import Family, Path
from .engine import rule
from .members import Members
from .reading import Part, Reader

__all__ = ["is_sparse", "sparse_shape"]

_INDEX = (4, 8)


def _names(*formats: str) -> tuple[str, ...]:
    return tuple(f"scipy.sparse:{name}_{kind}/1" for name in formats for kind in ("matrix", "array"))


def is_sparse(value: Any) -> bool:
    """Whether a value is a sparse matrix or array."""
    name = value.type if isinstance(value, Object) else value.family.type if isinstance(value, Part) else ""
    return name.startswith("scipy.sparse:")


def sparse_shape(reader: Reader, value: Any) -> tuple[int, ...] | None:
    """Return the shape of a sparse matrix or array."""
    part = Part(Family(Path(None, ""), value), 0) if isinstance(value, Object) else value
    return _shape(Members(reader, part.family, part.index, part.index + 1))


def _shape(matrix: Members) -> tuple[int, ...]:
    shape = [matrix.reader.integer(item) for item in matrix.reader.items(matrix.value("shape")) or ()]
    if not shape or any(length is None or not 0 <= length < 2**62 for length in shape):
        matrix.fail("a shape is a row of lengths", 0, ".shape")
    return tuple(shape)  # type: ignore[arg-type]


def _data(matrix: Members, ndim: int) -> AnyArray:
    return matrix.pieces("data", "biufc", ndim).data


@rule(*_names("csr", "csc"))
def compressed(matrices: Members) -> None:
    """Compressed rows or columns."""
    for matrix in matrices:
        shape = _shape(matrix)
        matrix.require(len(shape) in (1, 2), "so many dimensions are not known", ".shape")
        across, along = shape if len(shape) == 2 else (1, shape[0])
        if "csc" in matrix.type:
            across, along = along, across
        _compressed(matrix, across, along, len(_data(matrix, 1)))


def _compressed(matrix: Members, across: int, along: int, count: int) -> None:
    """Raise unless indptr cuts the entries into ``across`` pieces, and no index reaches ``along``."""
    indptr = matrix.array("indptr", "i", 1, _INDEX)
    indices = matrix.array("indices", "i", 1, _INDEX)
    matrix.require(len(indptr) == across + 1, "indptr has another length than the shape asks for", ".indptr")
    matrix.require(len(indices) == count, "there are not as many indices as values", ".indices")
    good = indptr[0] == 0 and indptr[-1] <= count and not (indptr[1:] < indptr[:-1]).any()
    matrix.require(bool(good), "indptr does not rise from 0 to the number of values", ".indptr")
    inside = not count or (indices.min() >= 0 and indices.max() < along)
    if not inside:
        matrix.fail(
            "an index is outside of the shape", 0, f".indices[{int(np.argmax((indices < 0) | (indices >= along)))}]"
        )


@rule(*_names("bsr"))
def blocks(matrices: Members) -> None:
    """Compressed rows of blocks."""
    for matrix in matrices:
        data = _data(matrix, 3)
        shape = _shape(matrix)
        _, high, wide = data.shape
        ok = len(shape) == 2 and high > 0 and wide > 0 and shape[0] % high == 0 and shape[1] % wide == 0
        matrix.require(ok, "the blocks do not divide the shape", ".data")
        _compressed(matrix, shape[0] // high, shape[1] // wide, len(data))


@rule(*_names("coo"))
def coordinates(matrices: Members) -> None:
    """A row of coordinates for each dimension."""
    for matrix in matrices:
        shape = _shape(matrix)
        count = len(_data(matrix, 1))
        coords = matrix.reader.items(matrix.value("coords"))
        matrix.require(coords is not None and len(coords) == len(shape), "there are other coordinates", ".coords")
        for axis, item in enumerate(coords or ()):
            index = matrix.reader.array(item)
            here = f".coords[{axis}]"
            ok = index is not None and index.shape == (count,) and index.dtype.kind == "i"
            matrix.require(ok and index.dtype.itemsize in _INDEX, "coordinates are integers, one for each value", here)  # type: ignore[union-attr]
            if count:
                inside = index.min() >= 0 and index.max() < shape[axis]  # type: ignore[union-attr]
                matrix.require(bool(inside), "a coordinate is outside of the shape", here)


@rule(*_names("dia"))
def diagonals(matrices: Members) -> None:
    """Diagonals, each within the shape."""
    for matrix in matrices:
        shape = _shape(matrix)
        data = _data(matrix, 2)
        offsets = matrix.array("offsets", "i", 1, _INDEX)
        matrix.require(
            len(shape) == 2 and len(offsets) == len(data), "there is not one offset for each row", ".offsets"
        )
        matrix.require(len(np.unique(offsets)) == len(offsets), "a diagonal stands twice", ".offsets")
        if len(offsets):
            inside = offsets.min() >= -shape[0] and offsets.max() <= shape[1]
            matrix.require(bool(inside), "a diagonal is outside of the shape", ".offsets")


@rule(*_names("lil"))
def lists(matrices: Members) -> None:
    """Two lists for each row."""
    for matrix in matrices:
        shape = _shape(matrix)
        rows = matrix.reader.items(matrix.value("rows"))
        data = matrix.reader.items(matrix.value("data"))
        ok = len(shape) == 2 and rows is not None and data is not None and len(rows) == len(data) == shape[0]
        matrix.require(ok, "there is not one list for each row", ".rows")
        for i, (indices, values) in enumerate(zip(rows or (), data or (), strict=True)):
            where = f".rows[{i}]"
            found, numbers = matrix.reader.items(indices), matrix.reader.items(values)
            if found is None or numbers is None or len(found) != len(numbers):
                matrix.fail("there are not as many indices as values", 0, where)
            read = [matrix.reader.integer(index) for index in found]
            if any(index is None or not 0 <= index < shape[1] for index in read):
                matrix.fail("an index is outside of the shape", 0, where)
            matrix.require(all(a < b for a, b in pairwise(read)), "the indices do not rise", where)  # type: ignore[operator]


@rule(*_names("dok"))
def keys(matrices: Members) -> None:
    """Values by their position."""
    for matrix in matrices:
        shape = _shape(matrix)
        for key, _ in matrix.reader.pairs(matrix.value("items")) or ():
            position = [matrix.reader.integer(part) for part in matrix.reader.items(key) or (key,)]
            ok = len(position) == len(shape) and all(
                index is not None and 0 <= index < length for index, length in zip(position, shape, strict=True)
            )
            matrix.require(ok, "a position is outside of the shape", ".items")


@rule("pandas.arrays:SparseArray/1")
def columns(arrays: Members) -> None:
    """A column as long as any table's: looking at it makes all of it."""
    for array in arrays:
        array.integers("length", 0, 1 << 27)
