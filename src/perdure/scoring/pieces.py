"""Large Parquet files by pieces: row groups that are scored by themselves, and put together when all are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ..errors import InvalidError
from .places import KINDS, Part, remove_folder, size_of, whole_file
from .tables import arrow, open_table, writer
from .working import Job, enter, entry_of, tried

__all__ = ["Piece", "assemble", "clean_up", "pieces_of"]

#: A piece has at least so many rows: the least that is scored anew after an interruption is worth no more files.
ROWS = 1 << 19


@dataclass(frozen=True)
class Piece:
    """Row groups of a part, whose result lies beside the entries of ``OUT/_perdure`` until all of the part are there.

    Attributes
    ----------
    part : Part
    target : str
    rows : int
    """

    part: Part
    target: str
    rows: int


def _folder(target: str) -> str:
    return entry_of(target).removesuffix(".json") + ".pieces"


def pieces_of(part: Part, target: str, groups: Sequence[int]) -> tuple[Piece, ...]:
    """Return the pieces in which a part is scored; none where it is scored at once.

    Parameters
    ----------
    part : Part
    target : str
        Where its result will be.
    groups : sequence of int
        How many rows each row group has.
    """
    cuts, rows = [0], 0
    for place, count in enumerate(groups):
        rows += count
        if rows >= ROWS:
            cuts.append(place + 1)
            rows = 0
    if len(cuts) < 3:
        return ()
    # What is left over is no piece of its own.
    cuts[-1] = len(groups)
    total = sum(groups)
    made = []
    for number, (first, last) in enumerate(pairwise(cuts)):
        count = sum(groups[first:last])
        piece = replace(part, groups=(first, last), size=part.size * count // total)
        made.append(Piece(piece, f"{_folder(target)}/{number:05}.parquet", count))
    return tuple(made)


def assemble(job: Job, part: Part, pieces: Sequence[Piece], target: str) -> tuple[int, str | None]:
    """Put the results of all pieces together, in their order, and remove them.

    Returns
    -------
    rows : int
    reason : str or None
        As `run` of a part.
    """
    return tried(lambda: _assembled(job, part, pieces, target))


def _assembled(job: Job, part: Part, pieces: Sequence[Piece], target: str) -> int:
    batches = _batches(job, pieces)
    first = next(batches)
    pa = arrow()
    schema = pa.schema([field.remove_metadata() for field in first.schema])
    rows, batch = 0, first
    with whole_file(target) as file, writer(file, KINDS["." + target.rpartition(".")[2].lower()], schema) as sink:
        while batch is not None:
            columns = [batch.column(place).cast(field.type) for place, field in enumerate(schema)]
            sink.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
            rows += batch.num_rows
            batch = next(batches, None)
        if rows != sum(piece.rows for piece in pieces):
            raise InvalidError(f"the pieces of {target} hold {rows:,} rows, which is not what was scored")
    enter(job, part, target, rows)
    clean_up(target)
    return rows


def _batches(job: Job, pieces: Sequence[Piece]) -> Iterator[Any]:
    for piece in pieces:
        result = Part(piece.target, piece.target.rpartition("/")[2], size_of(piece.target) or 0, "")
        with open_table(result, rows=job.rows) as table:
            yield from table.batches


def clean_up(target: str) -> None:
    """Remove the results of pieces, of which the whole result is there."""
    remove_folder(_folder(target))
