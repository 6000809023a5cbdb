"""A scorer of data frames: what the workers of Spark, Ray and others call, each with a model that it loads once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from ..enforcing import pick, plain
from ..errors import UnsupportedError, quoted
from .columns import empty_outputs, output_arrays
from .working import job_of, load_model

__all__ = ["Scorer"]


class Scorer:
    """Scores data frames with the model of a file, which each process loads once.

    It is small, whatever the size of the model: what travels to a worker is the path and the digest of the file.

    Parameters
    ----------
    model : str or os.PathLike
        The perdure file, at the same path or URL for all workers.
    method : str, default="predict"
        Such as ``predict_proba``, ``decision_function`` or ``transform``.
    columns : sequence of str, optional
        The columns in the order of the model, which was fitted on an array and does not know their names.
    keep : sequence of str, default=()
        Columns that are passed through to the result, such as an id.
    trusted, signed_by
        As in `load`.

    Raises
    ------
    UnsupportedError
        When the model has no such method, or nobody knows its columns.
    PerdureError
        As `load` does.

    Examples
    --------
    >>> import os, pandas, perdure, tempfile
    >>> from sklearn.linear_model import LinearRegression
    >>> path = os.path.join(tempfile.mkdtemp(), "m.perdure")
    >>> X = pandas.DataFrame({"a": [0.0, 1.0, 2.0], "b": [1.0, 0.0, 5.0]})
    >>> perdure.dump(LinearRegression().fit(X, [0.0, 1.0, 2.0]), path)
    [...]
    >>> scorer = perdure.Scorer(path, keep=["id"])
    >>> scorer(X[["b", "a"]].assign(id=[7, 8, 9])).round(6).values.tolist()
    [[7.0, 0.0], [8.0, 1.0], [9.0, 2.0]]
    """

    def __init__(
        self,
        model: str | os.PathLike[str],
        *,
        method: str = "predict",
        columns: Sequence[str] | None = None,
        keep: Sequence[str] = (),
        trusted: Iterable[object] = (),
        signed_by: Any = None,
    ) -> None:
        self._job = job_of(model, method, columns, keep, 1, tuple(trusted), signed_by, mapped=True)

    @property
    def digest(self) -> str:
        """The digest of the model; a worker that finds another one at the path refuses it."""
        return self._job.digest

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the model wants."""
        return self._job.features

    def __repr__(self) -> str:
        return f"<scorer by {self._job.method} of {self._job.path}>"

    def __call__(self, frame: Any) -> Any:
        """Return the result for a data frame: the columns of ``keep``, then the outputs, as `score` names them.

        Parameters
        ----------
        frame : pandas.DataFrame, pyarrow.Table or pyarrow.RecordBatch
            Its columns are matched by name; those that nobody wants are left out.

        Returns
        -------
        as given

        Raises
        ------
        UnsupportedError
            When a column is missing, or two of the result would have one name.
        """
        arrow = hasattr(frame, "column_names") or hasattr(frame, "schema")
        if not arrow and not hasattr(frame, "iloc"):
            raise UnsupportedError(
                f"a scorer takes data frames of pandas and tables of Arrow, not {type(frame).__name__}",
                fix='map_batches(scorer, batch_format="pandas") of Ray, mapInPandas of Spark',
            )
        job = self._job
        model = load_model(job)
        kept = pick(frame, job.keep, "keep=") if job.keep else None
        wanted = pick(frame, job.features, f"the model of {job.path}")
        if not len(frame):
            arrays = {name: array[:0] for name, array in empty_outputs(model, job.method).items()}
        else:
            rows = (wanted.to_pandas() if arrow else wanted) if job.named else plain(wanted)
            arrays = output_arrays(getattr(model, job.method)(rows), model, job.method)
        twice = [name for name in arrays if name in job.keep]
        if twice:
            raise UnsupportedError(f"two columns of the result would be called {', '.join(map(quoted, twice))}")
        return _as_arrow(frame, kept, arrays) if arrow else _as_pandas(frame, kept, arrays)


def _as_pandas(frame: Any, kept: Any, arrays: dict[str, Any]) -> Any:
    made = type(frame)(arrays, index=frame.index)
    if kept is not None:
        for place, name in enumerate(kept):
            made.insert(place, name, kept[name])
    return made


def _as_arrow(frame: Any, kept: Any, arrays: dict[str, Any]) -> Any:
    import pyarrow

    columns = [] if kept is None else list(kept.columns)
    names = [] if kept is None else list(kept.schema.names)
    columns += [pyarrow.array(array) for array in arrays.values()]
    return type(frame).from_arrays(columns, names=[*names, *arrays])
