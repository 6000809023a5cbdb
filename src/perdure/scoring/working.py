"""One part of the work: a table scored by the model of a file, in this process or in a worker of Dask."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any
from uuid import uuid4

import numpy as np

from .. import _api
from .._version import __version__
from ..errors import PerdureError, UnsupportedError, VerificationError
from ..remote import is_url
from .columns import empty_outputs, features_of, frame_of, kinds_of, output_arrays, output_schema
from .places import KINDS, Part, read_text, size_of, whole_file
from .tables import arrow, open_table, writer

__all__ = ["Job", "enter", "entry_of", "finished_rows", "job_of", "load_model", "run", "tried", "why"]

_LOCK = Lock()
_LOADED: dict[tuple[str, str], Any] = {}


@dataclass(frozen=True)
class Job:
    """What is the same for all parts.

    Attributes
    ----------
    path, digest : str
        The file of the model, and the digest of what it has to hold.
    method : str
    features : tuple of str
        The columns of the model, in its order.
    named : bool
        Whether it was fitted on a data frame.
    kinds : dict
        ``number``, ``text`` or ``time`` of the columns that the record describes.
    keep : tuple of str
    rows : int
        How many are in memory at a time.
    trusted : tuple
    signed_by : object
    mapped : bool
        Whether the arrays of the file are mapped.
    run : str
        Which call it is of: what another one has loaded and trusted is not used.
    """

    path: str
    digest: str
    method: str
    features: tuple[str, ...]
    named: bool
    kinds: dict[str, str]
    keep: tuple[str, ...]
    rows: int
    trusted: tuple[Any, ...] = ()
    signed_by: Any = field(default=None)
    mapped: bool = False
    run: str = field(default_factory=lambda: uuid4().hex)

    def numbers(self) -> frozenset[str]:
        """Return the columns that hold numbers."""
        return frozenset(name for name, kind in self.kinds.items() if kind == "number")

    def texts(self) -> frozenset[str]:
        """Return the columns that hold text."""
        return frozenset(name for name, kind in self.kinds.items() if kind == "text")

    def said(self, part: Part, target: str) -> dict[str, Any]:
        """Return what a result depends on: with another model, input or question it is another result."""
        return {
            "schema": "perdure.scored/1",
            "perdure": __version__,
            "model": self.digest,
            "source": part.source,
            "identity": part.identity,
            "method": self.method,
            "features": list(self.features),
            "keep": list(self.keep),
            "out": target,
            **({"groups": list(part.groups)} if part.groups is not None else {}),
        }


def entry_of(target: str) -> str:
    """Return where it is written down that a result is there."""
    folder, slash, name = target.rpartition("/")
    return f"{folder}{slash}_perdure/{name}.json"


def finished_rows(job: Job, part: Part, target: str) -> int | None:
    """Return how many rows the result of a part has, if it is there and is the result of this job; else None."""
    text = read_text(entry_of(target))
    if text is None:
        return None
    try:
        entry = json.loads(text)
    except ValueError:
        return None
    if not isinstance(entry, dict) or {key: entry.get(key) for key in job.said(part, target)} != job.said(part, target):
        return None
    rows, size = entry.get("rows"), entry.get("size")
    return rows if isinstance(rows, int) and size is not None and size_of(target) == size else None


def load_model(job: Job) -> Any:
    """Return the model of a job: read once in a process.

    Raises
    ------
    VerificationError
        When the file is not the one that the work began with.
    """
    key = (job.path, job.run)
    with _LOCK:
        if key not in _LOADED:
            mapped = job.mapped and job.signed_by is None and not is_url(job.path)
            with _api.open(job.path, mmap=mapped, signed_by=job.signed_by) as file:
                if file.digest != job.digest:
                    raise VerificationError(f"{job.path} is no longer the file that the scoring began with")
                _LOADED.clear()
                _LOADED[key] = file.load(trusted=job.trusted)
        return _LOADED[key]


def job_of(
    model: str | os.PathLike[str],
    method: str,
    columns: Sequence[str] | None,
    keep: Sequence[str],
    rows: int,
    trusted: tuple[object, ...],
    signed_by: Any,
    *,
    mapped: bool,
) -> Job:
    """Return the job of a model, which is loaded here to see what it wants.

    Raises
    ------
    UnsupportedError
        When it has no such method, or nobody knows its columns.
    """
    path = os.fspath(model)
    path = path if is_url(path) else os.path.abspath(path)
    with _api.open(path) as file:
        record, digest = file.record, file.digest
    first = Job(path, digest, method, (), False, {}, tuple(dict.fromkeys(keep)), rows, trusted, signed_by, mapped)
    estimator = load_model(first)
    if not callable(getattr(estimator, method, None)):
        raise UnsupportedError(
            f"the model of {path} has no method {method}",
            fix=f"it is a {type(estimator).__name__}; name one that it has",
        )
    names = tuple(features_of(estimator, record, columns))
    named = hasattr(estimator, "feature_names_in_")
    return replace(first, features=names, named=named, kinds=kinds_of(record))


def why(error: BaseException) -> str:
    """Return what an error says, in one line."""
    said = error.problem if isinstance(error, PerdureError) else str(error)
    return " ".join(said.split())[:500] or type(error).__name__


def run(job: Job, part: Part, target: str, tell: Callable[[int], object] | None = None) -> tuple[int, str | None]:
    """Score a part, whose result is at its target when all of it is scored.

    Returns
    -------
    rows : int
    reason : str or None
        Why there is no result; None where there is one.
    """
    return tried(lambda: _score(job, part, target, tell))


def tried(work: Callable[[], int]) -> tuple[int, str | None]:
    """Return how many rows some work has written, and None; or 0, and why it has written none."""
    pa = arrow()
    try:
        return work(), None
    except (
        PerdureError,
        OSError,
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        AttributeError,
        RuntimeError,
        pa.ArrowException,
    ) as error:
        return 0, why(error)


def _score(job: Job, part: Part, target: str, tell: Callable[[int], object] | None) -> int:
    pa = arrow()
    model = load_model(job)
    ask = getattr(model, job.method)
    wanted = list(dict.fromkeys([*job.features, *job.keep]))
    kind = KINDS["." + target.rpartition(".")[2].lower()]
    rows = 0
    with open_table(part, numbers=job.numbers(), texts=job.texts(), columns=wanted, rows=job.rows) as table:
        kept = pa.schema([table.schema.field(name) for name in job.keep])
        with whole_file(target) as file:
            batches = (batch for batch in table.batches if batch.num_rows)
            first = next(batches, None)
            if first is None:
                with writer(file, kind, output_schema(kept, empty_outputs(model, job.method))):
                    pass
            else:
                arrays = _asked(job, part, model, ask, first)
                schema = output_schema(kept, arrays)
                with writer(file, kind, schema) as sink:
                    batch: Any = first
                    while batch is not None:
                        columns = [batch.column(name) for name in job.keep]
                        columns += [pa.array(array, type=schema.field(name).type) for name, array in arrays.items()]
                        sink.write_batch(pa.RecordBatch.from_arrays(columns, schema=schema))
                        rows += batch.num_rows
                        if tell is not None:
                            tell(part.size * batch.num_rows // table.rows if table.rows else batch.nbytes)
                        batch = next(batches, None)
                        if batch is not None:
                            arrays = _asked(job, part, model, ask, batch)
    enter(job, part, target, rows)
    return rows


def enter(job: Job, part: Part, target: str, rows: int) -> None:
    """Write down that the result of a part is there, and what it answers."""
    size = size_of(target)
    with whole_file(entry_of(target)) as file:
        file.write(json.dumps({**job.said(part, target), "rows": rows, "size": size}, indent=1).encode())


def _asked(job: Job, part: Part, model: Any, ask: Callable[[Any], Any], batch: Any) -> dict[str, np.ndarray]:
    frame = frame_of(batch, job.features, named=job.named, text_file=part.kind == "csv")
    return output_arrays(ask(frame), model, job.method)
