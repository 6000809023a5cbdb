"""The training data themselves in the file, as Parquet: only where somebody asks for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import numpy as np

from ..errors import FormatError, LimitError, MissingExtraError, UnsupportedError
from ..graph.limits import Limits
from .fingerprint import fingerprint
from .training import Data, Embedded, Table

__all__ = ["DATA", "embed", "read_embedded"]

DATA = "record/data/"
_DAMAGE = (OSError, RuntimeError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
_LIMITS = Limits()
_NUMBERS = re.compile(
    r"u?int(8|16|32|64)|float(16|32|64)|bool|(datetime|timedelta)64\[\w{1,3}\]|[<>][iuf][1248]|[<>][Mm]8\[\w{1,3}\]"
)


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError(
            "data are kept in a file as Parquet, which needs pyarrow", fix='pip install "perdure[parquet]"'
        ) from None
    return pyarrow, pyarrow.parquet


def embed(role: str, given: Any, table: Table) -> tuple[Embedded, bytes]:
    """Return a part of the training data as Parquet, and what the record says of it.

    Parameters
    ----------
    role : str
        ``X``, ``y``, ``sample_weight`` or ``groups``.
    given : array-like, data frame or series
    table : Table
        What the record says of its values.

    Raises
    ------
    UnsupportedError
        When Parquet cannot give the same values back.
    """
    arrow, parquet = _arrow()
    made, dtype = _as_arrow(arrow, given)
    sink = arrow.BufferOutputStream()
    try:
        parquet.write_table(made, sink, compression="zstd")
    except arrow.ArrowException as error:
        raise UnsupportedError(f"{role} does not fit into Parquet: {str(error).splitlines()[0][:200]}") from None
    data = sink.getvalue().to_pybytes()
    if len(data) > _LIMITS.strings_bytes:
        raise LimitError(f"{role} has {len(data):,} bytes as Parquet; no more than {_LIMITS.strings_bytes:,} are kept")
    embedded = Embedded(role=role, name=f"{role}.parquet", dtype=dtype, size=len(data), sha256=sha256(data).hexdigest())
    if fingerprint(_restored(data, embedded, table)).values != table.values:
        raise UnsupportedError(f"{role} has values that Parquet does not give back as they were")
    return embedded, data


def _as_arrow(arrow: Any, given: Any) -> tuple[Any, str | None]:
    """Return a table of Arrow, and the dtype of what was an array of numpy."""
    if hasattr(given, "tocsr"):
        raise UnsupportedError("a sparse matrix does not fit into Parquet", fix='data="train.npz" names where it is')
    try:
        if hasattr(given, "iloc"):
            frame = given.to_frame(name="0") if given.ndim == 1 else given
            if not all(isinstance(name, str) for name in frame.columns):
                frame = frame.set_axis([str(place) for place in range(frame.shape[1])], axis=1)
            return arrow.Table.from_pandas(frame, preserve_index=False), None
        if hasattr(given, "column_names"):
            return (given if isinstance(given, arrow.Table) else arrow.table(given)), None
        if hasattr(given, "to_arrow"):
            found = given.to_arrow()
            return (found if hasattr(found, "column_names") else arrow.table({"0": found})), None
        if hasattr(given, "null_count"):
            return arrow.table({"0": given}), None
        array = np.asarray(given)
        if array.dtype.kind in "US" and not isinstance(given, np.ndarray):
            array = np.asarray(given, dtype=object)
        columns = array.reshape(-1, 1).T if array.ndim == 1 else array.T
        native = array.dtype.newbyteorder("=")
        return (
            arrow.table({str(i): arrow.array(_plain(column, native)) for i, column in enumerate(columns)}),
            str(array.dtype),
        )
    except (arrow.ArrowException, TypeError, ValueError) as error:
        raise UnsupportedError(f"it does not fit into Parquet: {str(error).splitlines()[0][:200]}") from None


def _plain(column: Any, native: Any) -> Any:
    return column.tolist() if native.kind in "OU" else np.ascontiguousarray(column, dtype=native)


def read_embedded(section: Callable[[str], bytes | None], data: Data) -> Mapping[str, Any]:
    """Return the training data that a file holds, by role, as they were handed in.

    Parameters
    ----------
    section : callable
        Gives the bytes of a section by its name.
    data : Data
        What the record says of them.

    Raises
    ------
    FormatError
        When they are not what the record says.
    MissingExtraError
        When what reads them is not installed.
    """
    found = {}
    for embedded in data.embedded:
        table = getattr(data, embedded.role)
        content = section(DATA + embedded.name)
        if table is None or content is None or sha256(content).hexdigest() != embedded.sha256:
            raise FormatError(f"the data of {embedded.role} in the file are not those of its record")
        found[embedded.role] = _restored(content, embedded, table)
    return found


def _restored(content: bytes, embedded: Embedded, table: Table) -> Any:
    arrow, parquet = _arrow()
    try:
        file = parquet.ParquetFile(arrow.BufferReader(content))
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        if (rows, columns) != (table.shape[0], table.shape[1] if len(table.shape) > 1 else 1):
            raise FormatError(f"the data of {embedded.role} have another shape than the record says")
        # A few bytes of Parquet can stand for any number of values.
        _LIMITS.check("decoded_bytes", rows * columns * 8, f"bytes of {embedded.role}")
        for kind in file.schema_arrow.types:
            if isinstance(kind, arrow.BaseExtensionType) or arrow.types.is_nested(kind):
                raise FormatError(f"the data of {embedded.role} have a column of {kind}, which no record has")
        found = file.read()
        return _as_given(found, embedded, table)
    except _DAMAGE as error:
        # Arrow's own errors are among these.
        said = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise FormatError(f"the data of {embedded.role} cannot be read: {said}") from None


def _as_given(found: Any, embedded: Embedded, table: Table) -> Any:
    library = table.container.partition(".")[0]
    single = len(table.shape) == 1
    if embedded.dtype is not None:
        return _array(found, embedded.dtype, table.shape)
    if library == "pyarrow":
        return found.column(0).combine_chunks() if single else found
    if library == "polars":
        try:
            import polars
        except ImportError:
            raise MissingExtraError(
                f"the data of {embedded.role} are those of polars, which is not installed", fix="pip install polars"
            ) from None
        frame: Any = polars.from_arrow(found)
        return frame.to_series(0) if single else frame
    try:
        frame = found.to_pandas()
    except ImportError:
        raise MissingExtraError(
            f"the data of {embedded.role} are those of pandas, which is not installed",
            fix='pip install "perdure[pandas]"',
        ) from None
    names = [column.name for column in table.columns]
    if single:
        return frame.iloc[:, 0].rename(names[0] if names else None)
    if names and None in names:
        frame.columns = range(frame.shape[1])
    return frame


def _array(found: Any, dtype: str, shape: tuple[int, ...]) -> Any:
    columns = [
        column.to_pylist() if dtype[-1:] == "t" or "U" in dtype else column.to_numpy() for column in found.columns
    ]
    if dtype == "object":
        made = np.empty((shape[0], len(columns)), object)
        for place, column in enumerate(columns):
            made[:, place] = column
    elif re.fullmatch(r"[<>=|]?U\d{1,9}", dtype):
        # As wide as the texts are, whatever the record says.
        made = np.array(columns, dtype=str).reshape(len(columns), shape[0]).T
    elif _NUMBERS.fullmatch(dtype):
        made = np.empty((shape[0], len(columns)), np.dtype(dtype))
        for place, column in enumerate(columns):
            made[:, place] = column
    else:
        raise FormatError(f"no record keeps an array of {dtype[:60]!r}")
    return np.ascontiguousarray(made.reshape(shape))
