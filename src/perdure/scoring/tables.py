"""Tables, a batch of rows at a time: Parquet, CSV and Arrow files through pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..errors import MissingExtraError
from ..remote import filesystem_of, is_url, transferring
from .places import Part

__all__ = ["OpenTable", "arrow", "open_table", "writer"]

_BLOCK = 4 << 20
_BUFFER = 1 << 20


def arrow() -> Any:
    """Return pyarrow, with what reads and writes its kinds of file."""
    try:
        import pyarrow
        import pyarrow.csv
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("tables are scored with pyarrow", fix='pip install "perdure[parquet]"') from None
    return pyarrow


@dataclass(frozen=True)
class OpenTable:
    """A table that is open.

    Attributes
    ----------
    schema : pyarrow.Schema
    rows : int or None
        How many; None where only reading says it.
    batches : iterator of pyarrow.RecordBatch
    groups : tuple of int
        How many rows each row group has; none where the file has no such groups.
    """

    schema: Any
    rows: int | None
    batches: Iterator[Any]
    groups: tuple[int, ...] = ()


@contextmanager
def open_table(
    part: Part,
    *,
    numbers: frozenset[str] = frozenset(),
    texts: frozenset[str] = frozenset(),
    columns: list[str] | None = None,
    rows: int = 65536,
) -> Iterator[OpenTable]:
    """Give a table, of which no more than some rows are in memory at a time.

    Parameters
    ----------
    part : Part
    numbers, texts : frozenset of str
        What the record says of columns, for a text file does not say it itself.
    columns : list of str, optional
        What to read; by default all.
    rows : int
        How many a batch has at most.
    """
    pa = arrow()
    if is_url(part.source):
        filesystem, path = filesystem_of(part.source)
        with transferring(part.source, "read", "run the same again: what is finished is skipped"):
            file = filesystem.open(path, "rb")
    else:
        # A file of Arrow's own: one of Python that its threads still hold at exit makes the process abort.
        file = pa.OSFile(part.source, "rb")
    with file:
        if part.kind == "parquet":
            # With a buffer a row group is read page by page, however large it is.
            table = pa.parquet.ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER)
            known = table.metadata
            groups = tuple(known.row_group(place).num_rows for place in range(known.num_row_groups))
            first, last = part.groups or (0, len(groups))
            batches = table.iter_batches(
                batch_size=rows, row_groups=range(first, last), columns=columns, use_threads=False
            )
            yield OpenTable(table.schema_arrow, sum(groups[first:last]), batches, groups)
        elif part.kind == "arrow":
            reader = pa.ipc.open_file(file)
            batches = (reader.get_batch(place) for place in range(reader.num_record_batches))
            yield OpenTable(reader.schema, None, _cut(batches, columns, rows))
        else:
            kinds = {name: pa.float64() for name in numbers} | {name: pa.string() for name in texts}
            reader = pa.csv.open_csv(
                file,
                read_options=pa.csv.ReadOptions(block_size=_BLOCK, use_threads=False),
                convert_options=pa.csv.ConvertOptions(column_types=kinds, strings_can_be_null=True),
            )
            yield OpenTable(reader.schema, None, _cut(iter(reader), columns, rows))


def _cut(batches: Iterator[Any], columns: list[str] | None, rows: int) -> Iterator[Any]:
    for batch in batches:
        wanted = batch if columns is None else batch.select(columns)
        for start in range(0, wanted.num_rows, rows):
            yield wanted.slice(start, rows)


@contextmanager
def writer(file: Any, kind: str, schema: Any) -> Iterator[Any]:
    """Give what writes batches of a schema to a file of a kind."""
    pa = arrow()
    if kind == "parquet":
        made = pa.parquet.ParquetWriter(file, schema, compression="zstd")
    elif kind == "arrow":
        made = pa.ipc.new_file(file, schema)
    else:
        made = pa.csv.CSVWriter(file, schema)
    with made:
        yield made
