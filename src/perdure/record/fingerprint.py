"""The fingerprint of training data: the same for the same values, whatever library holds them. See docs/format.md."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..graph import canonical
from .columns import ColumnValues, columns_of
from .training import Column, Table

__all__ = ["fingerprint"]

_ROWS = 8192
_LEAST, _MOST_BLOCKS = 32, 512
# More columns than these are not described one by one.
_MOST_COLUMNS = 2000
_NAN = np.uint64(0x7FF8000000000000)
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_CELL = np.dtype([("present", "u1"), ("value", "<i8")])


def fingerprint(data: Any) -> Table:
    """Return what the record says of an array or a table; no value of it.

    Parameters
    ----------
    data : array-like, data frame, series or sparse matrix
        Of numpy, scipy, pandas, polars or Arrow; a list.

    Raises
    ------
    UnsupportedError
        When a column holds what has no canonical form.

    Examples
    --------
    >>> import numpy as np
    >>> from perdure.record.fingerprint import fingerprint
    >>> fingerprint(np.array([[1, 2], [3, 4]])).values == fingerprint([[1.0, 2.0], [3.0, 4.0]]).values
    True
    """
    container = f"{type(data).__module__.partition('.')[0]}.{type(data).__name__}"
    if hasattr(data, "tocsr"):
        return _sparse(data, container)
    columns = columns_of(data)
    rows = len(columns[0].values) if columns else len(data)
    if any(len(column.values) != rows for column in columns):
        raise UnsupportedError("the columns differ in length")
    if hasattr(data, "shape"):
        shape = tuple(int(size) for size in data.shape)
    else:
        nested = rows > 0 and not isinstance(data[0], str) and hasattr(data[0], "__len__")
        shape = (rows, len(columns)) if nested else (rows,)
    readers = [_Reader(column) for column in columns]
    hashes = np.zeros(rows, np.uint64)
    for start in range(0, rows, _ROWS):
        part = hashes[start : start + _ROWS]
        for reader in readers:
            part ^= reader.read(start, start + _ROWS)
            part *= _FACTOR
            part ^= part >> _HALF
    found = [reader.column(rows) for reader in readers]
    values = sha256(b"perdure values 1\n" + _size(rows) + _size(len(found)))
    for column in found:
        values.update(bytes.fromhex(column.sha256))
    return _table(container, shape, found, values.hexdigest(), hashes)


def _table(container: str, shape: tuple[int, ...], columns: list[Column], values: str, hashes: Any) -> Table:
    rows = len(hashes)
    size = _LEAST
    while rows > size * _MOST_BLOCKS:
        size *= 2
    little = hashes.astype("<u8", copy=False)
    schema = None
    if columns and all(column.name is not None for column in columns):
        text = canonical.dumps([[column.name, column.kind] for column in columns])
        schema = sha256(b"perdure schema 1\n" + text).hexdigest()
    return Table(
        container=container[:200],
        shape=shape,
        columns=tuple(columns) if len(columns) <= _MOST_COLUMNS else (),
        values=values,
        schema=schema,
        unordered=sha256(b"perdure rows 1\n" + np.sort(little).tobytes()).hexdigest(),
        block_rows=size,
        blocks=tuple(sha256(little[i : i + size].tobytes()).hexdigest()[:16] for i in range(0, rows, size)),
    )


def _size(number: int) -> bytes:
    return number.to_bytes(8, "little")


def _sparse(data: Any, container: str) -> Table:
    matrix = data.tocsr(copy=True)
    if matrix.dtype.kind not in "biuf" or matrix.dtype.itemsize > 8:
        raise UnsupportedError(f"a sparse matrix of {matrix.dtype} has no canonical form")
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    numbers = ColumnValues(None, str(matrix.dtype), "number", matrix.data)
    reader = _Reader(numbers)
    words = reader.read(0, len(matrix.data))
    places, bounds = matrix.indices.astype("<i8"), matrix.indptr.astype("<i8")
    values = sha256(b"perdure sparse values 1\n" + b"".join(map(_size, matrix.shape)))
    for part in (bounds, places):
        values.update(part.data)
    values.update(reader.digest.digest())
    cells = (words ^ places.astype(np.uint64)) * _FACTOR
    cells = (cells ^ (cells >> _HALF)) * _FACTOR
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(cells, dtype=np.uint64)])
    hashes = sums[matrix.indptr[1:]] - sums[matrix.indptr[:-1]]
    return _table(container, tuple(map(int, matrix.shape)), [], values.hexdigest(), hashes)


class _Reader:
    """Reads a column in pieces: digests its canonical bytes, and gives one word a value for the hashes of the rows."""

    def __init__(self, column: ColumnValues) -> None:
        self.source = column
        self.digest = sha256()
        self.missing = 0
        self.words: dict[str, int] = {}

    def read(self, start: int, stop: int) -> Any:
        values = self.source.values[start:stop]
        missing = None if self.source.missing is None else self.source.missing[start:stop]
        if self.source.kind == "text":
            return self._text(values)
        if self.source.kind == "number":
            return self._numbers(values, missing)
        if missing is None:
            missing = np.zeros(len(values), bool)
        self.missing += int(np.count_nonzero(missing))
        cells: Any
        if self.source.kind == "boolean":
            cells = np.where(missing, np.uint8(2), values).astype(np.uint8)
        else:
            cells = np.zeros(len(values), _CELL)
            cells["present"] = ~missing
            cells["value"] = np.where(missing, 0, values.astype(np.int64))
        self.digest.update(cells.tobytes())
        return np.where(missing, _NAN, values.astype(np.int64).view(np.uint64))

    def _numbers(self, values: Any, missing: Any) -> Any:
        # Adding zero makes the zero of the other sign this one.
        plain = np.add(values, 0.0, dtype="f8", order="C")
        gone = np.isnan(plain) if missing is None else np.isnan(plain) | missing
        count = int(np.count_nonzero(gone))
        if count:
            self.missing += count
            plain.view(np.uint64)[gone] = _NAN
        self.digest.update(plain.astype("<f8", copy=False).data)
        return plain.view(np.uint64)

    def _text(self, values: Any) -> Any:
        pieces: list[bytes] = []
        words = np.full(len(values), _NAN)
        for place, value in enumerate(values):
            if value is None:
                self.missing += 1
                pieces.append(b"\xff" * 8)
                continue
            data = value.encode("utf-8", "surrogatepass")
            pieces += (_size(len(data)), data)
            word = self.words.get(value)
            if word is None:
                word = int.from_bytes(sha256(data).digest()[:8], "little")
                if len(self.words) < _ROWS:
                    self.words[value] = word
            words[place] = word
        self.digest.update(b"".join(pieces))
        return words

    def column(self, rows: int) -> Column:
        """Return what the record says of the column, after all of it was read."""
        source = self.source
        # A column in which all is missing is the same whatever it was for.
        empty = self.missing == rows
        kind = "empty" if empty else source.kind
        digest = sha256(b"perdure column 1\n" + kind.encode() + b"\n" + (b"" if empty else self.digest.digest()))
        return Column(
            name=source.name, dtype=source.dtype[:200], kind=kind, missing=self.missing, sha256=digest.hexdigest()
        )
