"""verify: all checks in their order."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from .. import _api
from .._model_file import ModelFile
from ..errors import FormatError, LimitError, PerdureError
from ..graph.limits import Limits
from ..record.record import Record
from ..record.scoring import TrainingSet
from .report import Finding, Report, Status
from .rescoring import Rescoring

__all__ = ["verify"]


def verify(
    src: Any,
    *,
    trusted: Iterable[object] = (),
    data: str | os.PathLike[str] | None = None,
    X: Any = None,
    y: Any = None,
    sample_weight: Any = None,
    groups: Any = None,
    target: str | None = None,
    rescore: bool = False,
    cv: Any = None,
    scoring: Any = None,
    same_within: float = 1e-9,
    range_within: float = 0.5,
    limits: Limits | Mapping[str, int] | None = None,
    allow_newer: bool = False,
) -> Report:
    """Check a file against all that it says of itself.

    Every digest is computed anew, the environment compared with this one, the model loaded and asked about its probe,
    the data reference followed where it leads to a local file. A check that fails is a finding, not an exception.

    Parameters
    ----------
    src : str, os.PathLike or binary file-like
        As in `load`.
    trusted : iterable of str or class, default=()
        Types and functions outside perdure's tables whose code you trust.
    data : str or os.PathLike, optional
        The training data, to be compared with the digest in the record. For ``rescore`` a Parquet file, a CSV file
        with a header, or a ``.npz`` with the arrays ``X`` and ``y`` (and ``sample_weight``, ``groups``).
    X, y, sample_weight, groups : array-like, optional
        The training data themselves.
    target : str, optional
        The column of ``data`` that is y; by default the one that is no feature.
    rescore : bool, default=False
        Cross-validate again: a clone of the model on the folds of the record, which are known by their digests.
        Needs the training data.
    cv : splitter or iterable of (train, test), optional
        The folds, where they were none of a splitter of scikit-learn.
    scoring : mapping of str to callable, optional
        The functions that scored, where they were none of scikit-learn's names.
    same_within : float, default=1e-9
        Scores are *the same* where no fold differs by more.
    range_within : float, default=0.5
        Scores are *in range* where their means differ by no more than this many standard deviations of the folds
        at save time. Beyond that the check fails.
    limits : Limits or mapping of str to int, optional
        Changed limits.
    allow_newer : bool, default=False
        Try to load a file of a scikit-learn newer than perdure knows.

    Returns
    -------
    Report
        ``report.ok`` says whether no check failed; ``print(report)`` shows a table.

    Raises
    ------
    FileNotFoundError
        As `open` does.

    Examples
    --------
    >>> import os, perdure, tempfile
    >>> from sklearn.linear_model import LinearRegression
    >>> path = os.path.join(tempfile.mkdtemp(), "model.perdure")
    >>> model = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])
    >>> _ = perdure.dump(model, path)
    >>> report = perdure.verify(path)
    >>> report.ok, [finding.status for finding in report.of("integrity")]
    (True, ['ok'])
    """
    name = os.path.basename(os.fspath(src)) if isinstance(src, (str, os.PathLike)) else "the file"
    try:
        file = _api.open(src, limits=limits)
        # What a pickle is says nothing that could be verified.
        _ = file.manifest
    except (FormatError, LimitError) as error:
        return Report(name, None, (Finding("integrity", "failed", str(error)),))
    with file:
        beside = os.path.dirname(os.path.abspath(src)) if isinstance(src, (str, os.PathLike)) else None
        findings, model, record = _findings(file, trusted, data, beside, allow_newer)
        if rescore:
            given = TrainingSet(X, y, sample_weight, groups)
            asked = partial(Rescoring, cv=cv, scoring=scoring, same_within=same_within, range_within=range_within)
            findings += _rescored(model, record, given, data, target, asked)
        return Report(file.name, file.digest, tuple(findings))


def _findings(
    file: ModelFile, trusted: Iterable[object], data: Any, beside: str | None, allow_newer: bool
) -> tuple[list[Finding], Any, Record | None]:
    from ..record.reading import differences, machine_of
    from .checks import check_data, check_integrity, check_probe, check_source
    from .environment import environment_findings

    trusted = tuple(trusted) if not isinstance(trusted, str) else trusted
    findings = [check_integrity(file)]
    record = _record(file, findings)
    if record is not None:
        findings += check_source(file, record)
        if record.environment is not None:
            findings += environment_findings(record.environment, file.libraries)
    model, loaded = _load(file, trusted, allow_newer)
    findings.append(loaded)
    if record is not None:
        if loaded.status != "failed":
            drifted = bool(differences(file, machine_of(record), loaded.details["migrations"]))
            findings += check_probe(file, record, model, trusted, drifted=drifted)
        findings += check_data(record, data, beside)
    return findings, model, record


def _rescored(
    model: Any,
    record: Record | None,
    given: TrainingSet,
    data: Any,
    target: str | None,
    asked: Callable[..., Rescoring],
) -> list[Finding]:
    from ..record.references import as_reference, local_path
    from ..record.tables import read_training_set
    from .rescoring import check_scores

    if model is None or record is None:
        return [Finding("scores", "failed", "nothing can be scored without the model and its record")]
    if given.X is None and data is not None:
        name = as_reference(data)
        path = local_path(name)
        if path is None:
            return [Finding("scores", "failed", f"{name} is no file that can be read here")]
        features = record.estimators[0].feature_names if record.estimators else ()
        try:
            given = read_training_set(path, features=features, target=target)
        except (PerdureError, OSError) as error:
            return [Finding("scores", "failed", str(error))]
    return check_scores(model, record, asked(given))


def _record(file: ModelFile, findings: list[Finding]) -> Record | None:
    try:
        record = file.record
    except PerdureError as error:
        findings.append(Finding("record", "failed", str(error)))
        return None
    if record is None:
        findings.append(Finding("record", "note", "the file has no record: it was written by perdure.dumps"))
    return record


def _load(file: ModelFile, trusted: Iterable[object], allow_newer: bool) -> tuple[Any, Finding]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model, applied = file.build(trusted=trusted, allow_newer=allow_newer)
        except PerdureError as error:
            return None, Finding("model", "failed", str(error))
    said = [str(item.message) for item in caught]
    migrations = [{"name": item.name, "fidelity": item.fidelity, "paths": list(item.paths)} for item in applied]
    lines = ["it loads", *(f"migrated ({item.fidelity}): {item.description}" for item in applied), *said]
    # A lossy migration changes predictions, and says so itself.
    status: Status = "note" if any(item.fidelity == "lossy" for item in applied) else "ok"
    return model, Finding("model", status, "\n".join(lines), {"migrations": migrations, "warnings": said})
