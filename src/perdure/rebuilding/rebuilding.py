"""rebuild: data and environment are made ready, and the model is fitted anew there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from typing import Any

from .._api import dump
from .._api import open as open_file
from ..errors import UnsupportedError, VerificationError
from ..record.scoring import TrainingSet
from ..trust.policy import Policy
from ..verification.report import Finding, Report
from ..verification.verifying import data_findings
from .environments import make_environment, requirements_of
from .running import check_digest, run_script

__all__ = ["rebuild"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def rebuild(
    src: str | os.PathLike[str],
    dest: str | os.PathLike[str],
    *,
    requirements: Sequence[str] = (),
    python: str | None = None,
    isolated: bool = True,
    run_source: str | None = None,
    data: str | os.PathLike[str] | None = None,
    X: Any = None,
    y: Any = None,
    sample_weight: Any = None,
    groups: Any = None,
    target: str | None = None,
    trusted: Iterable[object] = (),
    same_within: float = 1e-9,
    range_within: float = 0.5,
) -> Report:
    """Fit the model of a file anew under other releases, on the same data, and compare its scores on the same folds.

    An isolated environment is made with uv. In it a clone of the model is fitted and cross-validated on the recorded
    folds, and saved with its lineage: the digest of the model it comes from. Of the old model nothing but parameters is
    built. The training data have to be those of the record.

    Parameters
    ----------
    src : str or os.PathLike
        A file that `perdure.dump` wrote.
    dest : str or os.PathLike
        The new file.
    requirements : sequence of str, default=()
        What is installed, such as ``["scikit-learn==1.9.1"]``; by default the recorded releases of scikit-learn and
        its libraries. Whatever else the model needs has to be named here: a file does not choose what is installed.
    python : str, optional
        The interpreter: a release that uv finds, or a path; by default the running one.
    isolated : bool, default=True
        Make an environment. With False the interpreter is used as it is, and has to have all that is needed.
    run_source : str, optional
        Run the recorded script instead of fitting a clone, and take the model that it dumps. It is the digest of the
        recorded source, as ``perdure record FILE`` shows it: who repeats it has read what will run. The script runs in
        a new folder, with the texts and the data of the record in it.
    data : str or os.PathLike, optional
        The training data in a file, as in `verify`. Not needed where the file holds them.
    X, y, sample_weight, groups : array-like, optional
        The training data themselves.
    target : str, optional
        The column of ``data`` that is y.
    trusted : iterable of str or class, default=()
        As in `load`.
    same_within, range_within : float
        As in `verify`.

    Returns
    -------
    Report
        The comparison: ``report.ok`` says whether the scores are the same or in range. The new file is there
        in any case.

    Raises
    ------
    VerificationError
        When the training data are not those of the record, or ``run_source`` is not the digest of its source.
    MissingExtraError
        When uv is not found.
    UnsupportedError
        When the environment cannot be made, or the model cannot be fitted.

    Examples
    --------
    >>> import os, perdure, tempfile
    >>> from sklearn.linear_model import Ridge
    >>> folder = tempfile.mkdtemp()
    >>> old, new = os.path.join(folder, "old.perdure"), os.path.join(folder, "new.perdure")
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 1.5, 1.5, 3.0]
    >>> _ = perdure.dump(Ridge().fit(X, y), old, X=X, y=y, cv=2, scoring=["neg_mean_absolute_error"])
    >>> report = perdure.rebuild(old, new, X=X, y=y, isolated=False)
    >>> report.ok, perdure.open(new).record.lineage[0].model == perdure.open(old).digest.removeprefix("sha256:")
    (True, True)
    """
    names = sorted(Policy.of(trusted).trusted)
    old, new = os.path.abspath(os.fspath(src)), os.path.abspath(os.fspath(dest))
    with open_file(old) as file:
        name, record = file.name, file.record
        _ = file.manifest
        if record is None:
            raise UnsupportedError(f"{name} has no record", fix="perdure.annotate(path, X=X, y=y, cv=5)")
        given = TrainingSet(X, y, sample_weight, groups)
        source = None if run_source is None else check_digest(record, run_source, name)
        beside = os.path.dirname(old)
        findings, given = data_findings(record, given, data, target, beside, file.section, rescore=True)
    wrong = [finding for finding in findings if finding.status == "failed"]
    if wrong:
        said = "\n".join(finding.message for finding in wrong)
        raise VerificationError(f"the training data are not those of {name}: {said}")
    if given.X is None:
        raise UnsupportedError("the training data are needed", fix='perdure.rebuild(old, new, data="train.parquet")')
    with tempfile.TemporaryDirectory() as folder:
        rows = os.path.join(folder, "data.perdure")
        dump({role: _portable(part) for role, part in vars(given).items() if part is not None}, rows, probe=False)
        interpreter = python or sys.executable
        if isolated:
            frames = any(hasattr(part, "iloc") for part in vars(given).values())
            wanted = requirements_of(record, requirements, frames=frames)
            interpreter = make_environment(os.path.join(folder, "environment"), wanted, python)
        elif requirements:
            raise UnsupportedError("requirements= are installed in an isolated environment only", fix="isolated=True")
        job = {"src": old, "dest": new, "data": rows, "trusted": names}
        if source is not None:
            with open_file(old) as file:
                job["made"] = run_script(
                    interpreter,
                    os.path.join(folder, "run"),
                    source,
                    file.section,
                    record=record,
                    data=None if data is None else os.path.abspath(os.fspath(data)),
                    wanted=os.path.basename(old),
                    isolated=isolated,
                    package=os.path.dirname(_PACKAGE),
                )
        found = _run(interpreter, folder, {**job, "same_within": same_within, "range_within": range_within}, isolated)
    with open_file(new) as file:
        made = [f"{key} {value}" for key, value in file.libraries.items() if value is not None]
        findings.append(Finding("environment", "ok", f"fitted with {', '.join(made)}", {"libraries": file.libraries}))
        return Report(file.name, file.digest, (*findings, *found), done="rebuilt")


def _portable(part: Any) -> Any:
    """Return data of polars or Arrow as those of pandas, which a file can hold."""
    return part.to_pandas() if hasattr(part, "to_pandas") and not hasattr(part, "iloc") else part


def _run(interpreter: str, folder: str, job: dict[str, Any], isolated: bool) -> list[Finding]:
    path = os.path.join(folder, "job")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(job, file)
    environment = dict(os.environ)
    if not isolated:
        given = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (os.path.dirname(_PACKAGE), given)))
    command = [interpreter, *(["-I"] if isolated else []), "-m", "perdure.rebuilding.refitting", path]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", env=environment
    )
    if done.returncode or not os.path.exists(f"{path}.result"):
        raise UnsupportedError(f"the model cannot be fitted anew: {done.stderr.strip()[-2000:]}")
    with open(f"{path}.result", encoding="utf-8") as file:
        result = json.load(file)
    if result["error"] is not None:
        raise UnsupportedError(f"the model cannot be fitted anew: {result['error']}", fix=result["fix"])
    return [Finding(**finding) for finding in result["findings"]]
