"""verify: all checks in their order."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from .._api import open as open_file
from .._model_file import ModelFile
from ..arrays.progress import Progress
from ..errors import FormatError, LimitError, PerdureError, UnsupportedError, VerificationError
from ..graph.limits import Limits
from ..record.record import Record
from ..remote import is_url
from ..trust.policy import Policy
from .checks import check_integrity, check_signed
from .report import Finding, Report, Status

if TYPE_CHECKING:
    from ..record.scoring import TrainingSet
    from ..record.training import Data
    from .rescoring import Rescoring

__all__ = ["data_findings", "verify"]


def verify(
    src: Any,
    *,
    trusted: Iterable[object] = (),
    replace: Mapping[str, Any] | None = None,
    run_code: str | None = None,
    signed_by: Any = None,
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
    progress: Progress | None = None,
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
    replace : mapping of str to class or function, optional
    run_code : str, optional
        As in `load`.
    signed_by : str, os.PathLike or bytes, optional
        A public key, as a path or its PEM: the check fails unless the file was signed with it. A file that was not is
        neither loaded nor asked anything.
    data : str or os.PathLike, optional
        The training data, to be compared with the digest in the record. For ``rescore`` a Parquet file, a CSV file
        with a header, or a ``.npz`` with the arrays ``X`` and ``y`` (and ``sample_weight``, ``groups``).
    X, y, sample_weight, groups : array-like, optional
        The training data themselves, to be compared with their fingerprint: the same values from numpy, pandas,
        polars or Arrow are the same data.
    target : str, optional
        The column of ``data`` that is y; by default the one that was recorded, or the one that is no feature.
    rescore : bool, default=False
        Cross-validate again: a clone of the model on the folds of the record, which are known by their digests.
        Needs the training data: given, or kept in the file.
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
    progress : callable, optional
        As in `load`; the digests are the step "checking digests", and the rest is done after the last call.

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
    from ..record.scoring import TrainingSet
    from .rescoring import Rescoring

    name = os.path.basename(os.fspath(src)) if isinstance(src, (str, os.PathLike)) else "the file"
    try:
        file = open_file(src, limits=limits, signed_by=signed_by)
        # What a pickle is says nothing that could be verified.
        _ = file.manifest
    except VerificationError as error:
        # Nothing more of it is looked at.
        return Report(name, None, (Finding("signature", "failed", str(error)),))
    except (FormatError, LimitError) as error:
        return Report(name, None, (Finding("integrity", "failed", str(error)),))
    with file:
        here = isinstance(src, (str, os.PathLike)) and not is_url(src)
        beside = os.path.dirname(os.path.abspath(src)) if here else None
        policy = Policy.asked(trusted, replace, run_code)
        signature = check_signed(file)
        findings, model, record = _findings(file, policy, allow_newer, progress)
        given = TrainingSet(X, y, sample_weight, groups)
        if record is not None:
            found, given = data_findings(record, given, data, target, beside, file.section, rescore=rescore)
            findings += found
        if rescore:
            asked = Rescoring(given, cv, scoring, same_within, range_within)
            findings += _rescored(model, record, asked)
        if signature is not None:
            findings.insert(1, signature)
        return Report(file.name, file.digest, tuple(findings))


def _findings(
    file: ModelFile, policy: Policy, allow_newer: bool, progress: Progress | None
) -> tuple[list[Finding], Any, Record | None]:
    from ..record.reading import differences, machine_of
    from .checks import check_probe, check_source
    from .environment import environment_findings

    findings = [check_integrity(file, progress)]
    record = _record(file, findings)
    if record is not None:
        findings += check_source(file, record)
        if record.environment is not None:
            findings += environment_findings(record.environment, file.libraries)
    model, loaded = _load(file, policy, allow_newer, progress)
    findings.append(loaded)
    if record is not None and loaded.status != "failed":
        drifted = bool(differences(file, machine_of(record), loaded.details["migrations"]))
        findings += check_probe(file, record, model, policy.trusted, drifted=drifted)
    return findings, model, record


def data_findings(
    record: Record,
    given: TrainingSet,
    data: Any,
    target: str | None,
    beside: str | None,
    section: Callable[[str], bytes | None],
    *,
    rescore: bool,
) -> tuple[list[Finding], TrainingSet]:
    """Compare the data, and return them as they are to be scored: a file is read where its bytes do not say enough."""
    from ..record.scoring import TrainingSet
    from .checks import check_data
    from .data import check_tables, tables_of

    if data is None and given.X is not None:
        return check_tables(record, given), given
    bytewise = check_data(record, data, beside)
    if data is None and record.data is not None and record.data.embedded:
        found, given = _embedded(record, record.data, section, read=rescore)
        return bytewise + found, given
    if data is None:
        return bytewise, given
    failed = any(finding.status == "failed" for finding in bytewise)
    tables = tables_of(record)
    if given.X is None and not rescore and not (failed and tables):
        return bytewise, given
    if given.X is None:
        try:
            given = _read(record, data, target)
        except (PerdureError, OSError) as error:
            return [*bytewise, Finding("data", "failed", str(error))], TrainingSet()
    found = check_tables(record, given)
    if not failed or not tables:
        return bytewise + found, given
    same = all(finding.status != "failed" for finding in found)
    references = record.data.references if record.data is not None else ()
    if same and references:
        found.insert(0, Finding("data", "note", f"{os.fspath(data)}: other bytes than recorded, for the same values"))
    return found, given


def _embedded(
    record: Record, data: Data, section: Callable[[str], bytes | None], *, read: bool
) -> tuple[list[Finding], TrainingSet]:
    """Compare the data that the file holds with their digests and, where they are needed, with their fingerprint."""
    from ..record.embedding import DATA, read_embedded
    from ..record.scoring import TrainingSet
    from .data import check_tables

    found = []
    for item in data.embedded:
        content = section(DATA + item.name)
        if content is None or sha256(content).hexdigest() != item.sha256:
            found.append(Finding("data", "failed", f"{item.role}: what the file holds is not what it recorded"))
        else:
            details = {"role": item.role, "sha256": item.sha256, "size": item.size}
            found.append(Finding("data", "ok", f"{item.role}: in the file, as recorded ({item.size:,} bytes)", details))
    if not read or any(finding.status == "failed" for finding in found):
        return found, TrainingSet()
    try:
        given = TrainingSet(**read_embedded(section, data))
    except PerdureError as error:
        return [*found, Finding("data", "failed", str(error))], TrainingSet()
    return [*found, *check_tables(record, given)], given


def _read(record: Record, data: Any, target: str | None) -> TrainingSet:
    from ..record.references import as_reference, local_path
    from ..record.tables import read_training_set

    path = local_path(as_reference(data))
    if path is None:
        raise UnsupportedError(f"{as_reference(data)} is no file that can be read here")
    X = record.data.X if record.data is not None else None
    y = record.data.y if record.data is not None else None
    features = [column.name for column in X.columns if column.name is not None] if X is not None else []
    if not features and record.estimators:
        features = list(record.estimators[0].feature_names)
    named = [column.name for column in y.columns if column.name is not None] if y is not None else []
    return read_training_set(path, features=features, target=target, usual=named[0] if len(named) == 1 else None)


def _rescored(model: Any, record: Record | None, asked: Rescoring) -> list[Finding]:
    from .rescoring import check_scores

    if model is None or record is None:
        return [Finding("scores", "failed", "nothing can be scored without the model and its record")]
    return check_scores(model, record, asked)


def _record(file: ModelFile, findings: list[Finding]) -> Record | None:
    try:
        record = file.record
    except PerdureError as error:
        findings.append(Finding("record", "failed", str(error)))
        return None
    if record is None:
        findings.append(Finding("record", "note", "the file has no record: it was written by perdure.dumps"))
    return record


def _load(file: ModelFile, policy: Policy, allow_newer: bool, progress: Progress | None) -> tuple[Any, Finding]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model, applied = file.build(trusted=policy, allow_newer=allow_newer, progress=progress)
        except PerdureError as error:
            return None, Finding("model", "failed", str(error))
    said = [str(item.message) for item in caught]
    migrations = [{"name": item.name, "fidelity": item.fidelity, "paths": list(item.paths)} for item in applied]
    lines = ["it loads", *(f"migrated ({item.fidelity}): {item.description}" for item in applied), *said]
    # A lossy migration changes predictions, and says so itself.
    status: Status = "note" if any(item.fidelity == "lossy" for item in applied) else "ok"
    return model, Finding("model", status, "\n".join(lines), {"migrations": migrations, "warnings": said})
