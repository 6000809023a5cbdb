"""Tables of any size scored by the model of a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..arrays.progress import Meter, Progress
from ..errors import PerdureError, UnsupportedError
from ..remote import is_url
from .columns import check_columns
from .engines import Task, here, on_dask
from .pieces import clean_up, pieces_of
from .places import KINDS, Part, find_parts
from .tables import arrow, open_table
from .working import Job, finished_rows, job_of, why

__all__ = ["ScoredPart", "Scoring", "score"]


@dataclass(frozen=True)
class ScoredPart:
    """A file that was scored.

    Attributes
    ----------
    source, out : str
        The file, and where its result is.
    rows : int
        How many rows the result has.
    reason : str or None
        Why it was not scored.
    skipped : bool
        Whether an earlier run has done it.
    new_rows : int
        How many rows this run has scored: of a large file that was interrupted, those of the pieces that were missing.
    """

    source: str
    out: str
    rows: int = 0
    reason: str | None = None
    skipped: bool = False
    new_rows: int = 0


@dataclass(frozen=True)
class Scoring:
    """What `perdure.score` has done.

    Attributes
    ----------
    digest : str
        Of the model.
    parts : tuple of ScoredPart
        In the order of their names.
    """

    digest: str
    parts: tuple[ScoredPart, ...]

    @property
    def rows(self) -> int:
        """How many rows all results have."""
        return sum(part.rows for part in self.parts)

    @property
    def new_rows(self) -> int:
        """How many rows this run has scored; the others were finished before."""
        return sum(part.new_rows for part in self.parts)

    @property
    def failed(self) -> tuple[ScoredPart, ...]:
        """The files that were not scored, each with its reason."""
        return tuple(part for part in self.parts if part.reason is not None)

    @property
    def ok(self) -> bool:
        """Whether every file was scored."""
        return not self.failed

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "model": self.digest,
            "rows": self.rows,
            "new_rows": self.new_rows,
            "ok": self.ok,
            "parts": [asdict(part) for part in self.parts],
        }


def score(
    model: str | os.PathLike[str],
    data: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    method: str = "predict",
    columns: Sequence[str] | None = None,
    keep: Sequence[str] = (),
    extra: Literal["refuse", "ignore"] = "refuse",
    on_error: Literal["fail", "skip"] = "fail",
    engine: Literal["local", "dask"] = "local",
    scheduler: str | None = None,
    workers: int = 2,
    rows: int = 65536,
    trusted: Iterable[object] = (),
    signed_by: Any = None,
    progress: Progress | None = None,
) -> Scoring:
    """Score tables with the model of a file, in constant memory, each file whole or not at all.

    Columns are matched by name, whatever their order. All files are looked at before the first row is scored. A second
    run skips what is finished, as long as model, input and question are the same.

    Parameters
    ----------
    model : str or os.PathLike
        The perdure file.
    data : str, os.PathLike or a list of them
        Parquet, CSV and Arrow files, folders, globs, and URLs when fsspec is installed.
    out : str or os.PathLike
        A folder, where each result has the name of its file; or, for one input, a file.
    method : str, default="predict"
        Such as ``predict_proba``, ``decision_function`` or ``transform``.
    columns : sequence of str, optional
        The columns in the order of the model, which was fitted on an array and does not know their names.
    keep : sequence of str, default=()
        Columns that are passed through to the result, such as an id.
    extra : {"refuse", "ignore"}, default="refuse"
        What to do about a column that neither the model nor ``keep`` names.
    on_error : {"fail", "skip"}, default="fail"
        What to do about a file that cannot be scored: raise, or report it and go on.
    engine : {"local", "dask"}, default="local"
        Where: in this process, or on Dask, whose workers each map the one file.
    scheduler : str, optional
        The address of a scheduler of Dask; by default a cluster is started here, of so many ``workers``.
    workers : int, default=2
    rows : int, default=65536
        How many rows are in memory at a time.
    trusted, signed_by
        As in `load`.
    progress : callable, optional
        As in `load`; the step is "scoring", done and total are bytes of the input.

    Returns
    -------
    Scoring

    Raises
    ------
    UnsupportedError
        When a table does not fit the model, with every column that is missing, too many or of the wrong kind; when
        a file cannot be scored.
    MissingExtraError
        When pyarrow or Dask is not installed.
    PerdureError
        As `load` does.

    Examples
    --------
    >>> import os, pandas, perdure, tempfile
    >>> from sklearn.linear_model import LinearRegression
    >>> folder = tempfile.mkdtemp()
    >>> X = pandas.DataFrame({"a": [0.0, 1.0, 2.0], "b": [1.0, 0.0, 1.0]})
    >>> perdure.dump(LinearRegression().fit(X, [1.0, 1.0, 3.0]), os.path.join(folder, "m.perdure"))
    [...]
    >>> X[["b", "a"]].assign(id=[7, 8, 9]).to_parquet(os.path.join(folder, "new.parquet"))
    >>> done = perdure.score(os.path.join(folder, "m.perdure"), os.path.join(folder, "new.parquet"),
    ...                      os.path.join(folder, "out.parquet"), keep=["id"])
    >>> done.rows, done.ok
    (3, True)
    >>> pandas.read_parquet(os.path.join(folder, "out.parquet")).round(6).values.tolist()
    [[7.0, 1.0], [8.0, 1.0], [9.0, 3.0]]
    """
    arrow()
    for word, given, known in (
        ("extra", extra, ("refuse", "ignore")),
        ("on_error", on_error, ("fail", "skip")),
        ("engine", engine, ("local", "dask")),
    ):
        if given not in known:
            raise UnsupportedError(f"{word}={given!r} is none of {', '.join(known)}")
    if rows < 1 or workers < 1:
        raise UnsupportedError("rows and workers are 1 or more")
    if scheduler is not None and engine != "dask":
        raise UnsupportedError("a scheduler is Dask's", fix='engine="dask" (--engine dask)')
    places = [data] if isinstance(data, (str, os.PathLike)) else list(data)
    parts = find_parts([os.fspath(place) for place in places])
    targets = _targets(parts, os.fspath(out))
    job = job_of(model, method, columns, keep, rows, tuple(trusted), signed_by, mapped=engine == "dask")
    done: dict[str, ScoredPart] = {}
    todo = []
    for part in parts:
        target = targets[part.source]
        finished = finished_rows(job, part, target)
        if finished is not None:
            clean_up(target)
            done[part.source] = ScoredPart(part.source, target, finished, skipped=True)
            continue
        reason, groups = _checked(job, part, extra, fail=on_error == "fail")
        if reason is None:
            todo.append(Task(part, target, pieces_of(part, target, groups)))
        else:
            done[part.source] = ScoredPart(part.source, target, reason=reason)
    meter = Meter(progress)
    with meter.step("scoring", sum(task.part.size for task in todo)):
        work = here(job, todo, meter) if engine == "local" else on_dask(job, todo, meter, scheduler, workers)
        with work as results:
            for task, count, new, reason in results:
                source = task.part.source
                if reason is not None and on_error == "fail":
                    raise UnsupportedError(
                        f"{source} cannot be scored: {reason}",
                        fix='mend it, and run the same again: what is finished is skipped; or on_error="skip" (--on-error skip)',
                    )
                done[source] = ScoredPart(source, task.target, count, reason, new_rows=new)
    return Scoring(job.digest, tuple(done[part.source] for part in parts))


def _targets(parts: Sequence[Part], out: str) -> dict[str, str]:
    single = os.path.splitext(out)[1].lower() in KINDS
    if single and len(parts) > 1:
        raise UnsupportedError(f"{len(parts)} files do not fit into the one {out}", fix="name a folder: -o scores")
    place = out if is_url(out) else os.path.abspath(out).replace(os.sep, "/")
    targets = {part.source: place if single else f"{place.rstrip('/')}/{part.name}" for part in parts}
    for part in parts:
        source = part.source.replace(os.sep, "/")
        if source in targets.values() or (not single and source.startswith(place.rstrip("/") + "/")):
            raise UnsupportedError(
                f"{out} holds {part.source}, which is scored", fix="name another place for the results"
            )
    return targets


def _checked(job: Job, part: Part, extra: str, *, fail: bool) -> tuple[str | None, tuple[int, ...]]:
    """Return why a table cannot be scored, None where nothing speaks against it; and its row groups."""
    try:
        with open_table(part, numbers=job.numbers(), texts=job.texts()) as table:
            check_columns(part.source, table.schema, job.features, job.kinds, job.keep, extra=extra)
            return None, table.groups
    except (PerdureError, OSError, ValueError, arrow().ArrowException) as error:
        if not fail:
            return why(error), ()
        if isinstance(error, PerdureError):
            raise
        raise UnsupportedError(
            f"{part.source} cannot be read: {why(error)}",
            fix='mend it, or leave it out: on_error="skip" (--on-error skip)',
        ) from None
