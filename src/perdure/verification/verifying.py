"""verify: all checks in their order."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from .. import _api
from .._model_file import ModelFile
from ..errors import FormatError, LimitError, PerdureError
from ..graph.limits import Limits
from ..record.record import Record
from .report import Finding, Report, Status

__all__ = ["verify"]


def verify(
    src: Any,
    *,
    trusted: Iterable[object] = (),
    data: str | os.PathLike[str] | None = None,
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
        The training data, to be compared with the digest in the record.
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
        findings = _findings(file, trusted, data, beside, allow_newer)
        return Report(file.name, file.digest, tuple(findings))


def _findings(
    file: ModelFile, trusted: Iterable[object], data: Any, beside: str | None, allow_newer: bool
) -> list[Finding]:
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
    return findings


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
