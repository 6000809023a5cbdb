"""Export: a model becomes a file of another world, which is handed over when it was run there and agrees."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Literal, TypeAlias

from .._api import Destination, Origin
from .._api import open as open_file
from .._model_file import ModelFile
from .._version import __version__
from ..container.writing import write_text
from ..errors import ExportError, MissingExtraError, PerdureWarning, UnsupportedError
from ..record.record import Record
from .checking import Comparison, Target, check
from .rows import Rows

__all__ = ["Dtype", "ExportReport", "Format", "export"]

Dtype: TypeAlias = Literal["float32", "double"]
Format: TypeAlias = Literal["onnx", "pmml"]

TOLERANCES: dict[Dtype, float] = {"float32": 1e-5, "double": 1e-9}
# Of the numbers that go in and come out, where nobody asks for others.
WIDTHS: dict[Format, Dtype] = {"onnx": "float32", "pmml": "double"}
_ROWS = 1000


@dataclass(frozen=True)
class ExportReport:
    """What was exported, and how it compares with its estimator.

    Attributes
    ----------
    format : str
    dtype : {"float32", "double"}
        Of the numbers that go in and come out.
    bytes : int
    inputs : dict of str to str
        The names of what goes in: ``number`` or ``text``, with the number of columns.
    outputs : dict of str to str
        The names of what comes out, and the method of the estimator that each is.
    unused : tuple of str
        Columns of the training that the model does not look at, and that do not go in.
    comparison : Comparison
        The check before hand-over.
    """

    format: str
    dtype: Dtype
    bytes: int
    inputs: dict[str, str]
    outputs: dict[str, str]
    unused: tuple[str, ...]
    comparison: Comparison

    @property
    def ok(self) -> bool:
        """Whether the exported file agrees with its estimator."""
        return self.comparison.ok

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**vars(self), "unused": list(self.unused), "comparison": self.comparison.to_dict()}


def export(
    src: Any,
    dest: Destination,
    *,
    format: Format | None = None,
    dtype: Dtype | None = None,
    methods: Sequence[str] | None = None,
    X: Any = None,
    tolerance: float | None = None,
    allow_discrepancy: bool = False,
    rows: int = _ROWS,
    trusted: Iterable[object] = (),
) -> ExportReport:
    """Export a fitted estimator to ONNX or PMML; the file is handed over when its runtime says what the estimator says.

    Rows made for the purpose (thresholds and a step beside, ranges, missing values, unseen categories, empty texts, very
    large and very small numbers) go through the estimator and through the exported file. Where they part, nothing is
    written, and the error names rows, outputs and the part of the model.

    Parameters
    ----------
    src : path, URL, file-like or estimator
        A file as in `load`, or a fitted estimator.
    dest : str, os.PathLike or binary file-like
        Where to. A file is replaced whole or not at all.
    format : {"onnx", "pmml"}, optional
        By default what the extension of ``dest`` says. PMML is written by sklearn2pmml and run by jpmml-evaluator, in an
        isolated environment where these do not accept the running scikit-learn.
    dtype : {"float32", "double"}, optional
        Of the numbers that go in and come out: of ONNX by default ``float32``, of PMML ``double``. The arithmetic between
        is of 64 bits in both.
    methods : sequence of str, optional
        What comes out: ``predict``, ``predict_proba``, ``decision_function``, ``score_samples``, ``transform``. By
        default what the estimator predicts and how sure it is, or what it transforms.
    X : array-like or data frame, optional
        Rows of your own that are compared as well.
    tolerance : float, optional
        By how much numbers may differ, relative to their size or the middle size of their column: 1e-5 for
        ``float32`` and 1e-9 for ``double``. Labels have to be equal where the two best scores are further apart.
    allow_discrepancy : bool, default=False
        Write the file in spite of a discrepancy, with a warning.
    rows : int, default=1000
        How many ordinary rows are compared; with those for the other purposes they are about three times as many.
    trusted : iterable of str or class, default=()
        As in `load`.

    Returns
    -------
    ExportReport

    Raises
    ------
    ExportError
        When a part has no converter, or the exported file disagrees.
    MissingExtraError
        When onnx or onnxruntime is not installed; for PMML, when Java or uv is not found.

    Examples
    --------
    >>> import os, perdure, tempfile
    >>> from sklearn.linear_model import LogisticRegression
    >>> model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
    >>> path = os.path.join(tempfile.mkdtemp(), "model.onnx")
    >>> report = perdure.export(model, path)
    >>> report.ok, report.outputs
    (True, {'label': 'predict', 'probabilities': 'predict_proba'})
    """
    chosen = _check_arguments(dest, format, dtype, tolerance, rows)
    width = dtype or WIDTHS[chosen]
    limit = TOLERANCES[width] if tolerance is None else float(tolerance)
    origin = _origin(src, trusted)
    with _building(chosen, origin, dtype=width, methods=methods, X=X, trusted=trusted) as (target, given):
        comparison = check(origin.estimator, target, tolerance=limit, count=rows, given=given)
        if not comparison.ok:
            disagreement = _disagreement(comparison)
            if not allow_discrepancy:
                raise disagreement
            warnings.warn(f"exported in spite of it: {disagreement.problem}", PerdureWarning, stacklevel=2)
        report = ExportReport(chosen, width, 0, target.inputs, target.outputs, target.unused, comparison)
        data = target.to_bytes(_metadata(origin, report))
    _write(dest, data)
    return ExportReport(**{**vars(report), "bytes": len(data)})


@dataclass(frozen=True)
class _Origin:
    """What is exported, and the file that it is from."""

    estimator: Any
    digest: str | None = None
    path: str | None = None
    record: Record | None = None


@contextmanager
def _building(
    chosen: Format, origin: _Origin, *, dtype: Dtype, methods: Any, X: Any, trusted: Iterable[object]
) -> Iterator[tuple[Target, Rows | None]]:
    if chosen == "pmml":
        from .pmml.exporting import building

        single = dtype == "float32"
        place: dict[str, Any] = {"path": origin.path, "record": origin.record, "trusted": trusted}
        with building(origin.estimator, single=single, methods=methods, X=X, **place) as made:
            yield made
        return
    try:
        from .onnx.exporting import build
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"an export to ONNX needs {error.name}, which is not installed", fix="pip install 'perdure[onnx]'"
        ) from None
    yield build(origin.estimator, dtype=dtype, methods=methods, X=X)


def _check_arguments(dest: Any, format: Any, dtype: Any, tolerance: Any, rows: Any) -> Format:
    chosen: Format | None = format
    if format is None:
        name = str(os.fspath(dest)) if isinstance(dest, (str, os.PathLike)) else ""
        chosen = next((known for known in WIDTHS if name.lower().endswith(f".{known}")), None)
        if chosen is None:
            raise UnsupportedError(f"the format of {name or 'the file'!r} is not known", fix='format="onnx" or "pmml"')
    elif format not in WIDTHS:
        raise UnsupportedError(f"there is no export to {format!r}", fix='format="onnx" or "pmml"')
    if dtype is not None and dtype not in TOLERANCES:
        raise UnsupportedError(f"dtype={dtype!r} is neither of {list(TOLERANCES)}", fix='dtype="double"')
    if tolerance is not None and not 0 <= float(tolerance) < 1:
        raise UnsupportedError(f"tolerance={tolerance!r} is no number from 0 to below 1", fix="tolerance=1e-5")
    if not isinstance(rows, int) or not 16 <= rows <= 1_000_000:
        raise UnsupportedError(f"rows={rows!r} is no number from 16 to a million", fix="rows=1000")
    assert chosen is not None
    return chosen


def _origin(src: Any, trusted: Iterable[object]) -> _Origin:
    found = _Origin(src)
    if isinstance(src, (str, os.PathLike)) or (hasattr(src, "read") and not hasattr(src, "fit")):
        origin: Origin = src
        with open_file(origin) as file:
            local = isinstance(src, (str, os.PathLike)) and os.path.isfile(src) and isinstance(file, ModelFile)
            path = os.path.abspath(os.fspath(src)) if local else None
            record = file.record if isinstance(file, ModelFile) else None
            found = _Origin(file.load(trusted=trusted), file.digest, path, record)
    model = found.estimator
    if isinstance(model, (dict, list, tuple)):
        raise UnsupportedError(
            f"a {type(model).__name__} holds no graph by itself",
            fix="export one estimator of it: perdure.export(perdure.load(path)[key], dest)",
        )
    if not any(
        callable(getattr(type(model), name, None)) or hasattr(model, name)
        for name in ("predict", "transform", "score_samples")
    ):
        raise ExportError(f"{type(model).__name__} says nothing of new rows", path="model")
    return found


def _disagreement(comparison: Comparison) -> ExportError:
    shown = "\n".join(f"  {item}" for item in comparison.discrepancies[:5])
    more = len(comparison.discrepancies) - 5
    part = next((item.part for item in comparison.discrepancies if item.part), None)
    return ExportError(
        f"the exported file disagrees with the estimator, and is not handed over:\n{shown}"
        + (f"\n  and {more} more" if more > 0 else ""),
        path=part,
        fix="leave out or replace that part; dtype='double' keeps more digits, tolerance= allows more difference, "
        "and allow_discrepancy=True writes the file as it is",
    )


def _metadata(origin: _Origin, report: ExportReport) -> dict[str, str]:
    import sklearn

    estimator = origin.estimator
    found = {
        "perdure.version": __version__,
        "perdure.estimator": f"{type(estimator).__module__}:{type(estimator).__qualname__}",
        "perdure.scikit-learn": sklearn.__version__,
        "perdure.dtype": report.dtype,
        "perdure.inputs": json.dumps(report.inputs),
        "perdure.outputs": json.dumps(report.outputs),
        "perdure.comparison": json.dumps(report.comparison.to_dict()),
    }
    if report.format == "onnx" and any(kind.startswith("text") for kind in report.inputs.values()):
        found["perdure.missing_text"] = "nan"
    if report.unused:
        found["perdure.unused"] = json.dumps(list(report.unused))
    if origin.digest is not None:
        found["perdure.model"] = origin.digest
    return found


def _write(dest: str | os.PathLike[str] | IO[bytes], data: bytes) -> None:
    if not isinstance(dest, (str, os.PathLike)):
        dest.write(data)
        return
    write_text(dest, data)
