"""What `perdure.export` asks of PMML: a target to check, made under releases that sklearn2pmml accepts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from ..._api import dump
from ...errors import ExportError
from ...record.record import Record
from ...trust.policy import Policy
from ..given import given_rows
from ..rows import Rows, RowSource
from .document import mended
from .target import Document, PmmlTarget
from .working import Refused, Worker, has_direct_road, said_of, worker

__all__ = ["building"]

_numbers = count()


@contextmanager
def building(
    estimator: Any,
    *,
    path: str | None,
    record: Record | None,
    single: bool,
    methods: Sequence[str] | None,
    X: Any,
    trusted: Iterable[object],
) -> Iterator[tuple[PmmlTarget, Rows | None]]:
    """Convert an estimator in a process that has a scikit-learn which sklearn2pmml accepts, and start its file there.

    Parameters
    ----------
    estimator : object
    path : str or None
        A file that holds it, if there is one.
    record : Record or None
        Of that file: it names fields and targets that the estimator does not.
    single : bool
        Whether it is compared on numbers that 32 bits hold.
    methods, X, trusted
        As in `perdure.export`.

    Raises
    ------
    ExportError
        When a part has no converter, or cannot be loaded in the release that sklearn2pmml accepts.
    """
    from sklearn.base import BaseEstimator

    if isinstance(best := getattr(estimator, "best_estimator_", None), BaseEstimator):
        # A search predicts what the best that it found predicts.
        estimator, path = best, None
    source = RowSource(estimator, single=single)
    if source.form == "labels":
        raise ExportError(
            f"{type(estimator).__name__} predicts nothing of rows, and PMML is for what does", path="model"
        )
    if not callable(getattr(estimator, "predict", None)):
        raise ExportError(
            f"{type(estimator).__name__} only transforms, and a model of PMML predicts",
            path="model",
            fix="export the pipeline that ends with what predicts, or export to ONNX: perdure.export(model, 'model.onnx')",
        )
    names, targets = _names(source, record), _targets(estimator, record)
    targets = None if targets is None else [_free(name, names) for name in targets]
    policy = Policy.of(trusted)
    unseen = set() if source.form == "texts" else {n for n, c in zip(names, source.known, strict=True) if c.unseen}
    last: Refused | None = None
    for isolated in [False, True] if has_direct_road() else [True]:
        with worker(isolated=isolated) as found:

            def made(one: Any, at: str | None = None, found: Worker = found) -> Document:
                return _converted(found, one, at, sorted(policy.trusted), names, targets, unseen)

            try:
                document = made(estimator, path)
            except Refused as error:
                if error.is_of_release and not isolated:
                    last = error
                    continue
                raise _refusal(estimator, error, found) from None
            try:
                target = PmmlTarget(document, estimator, source, made, methods)
                yield target, None if X is None else given_rows(X, source)
            finally:
                document.close()
            return
    assert last is not None
    raise ExportError(said_of(last), path="model")


def _converted(
    found: Worker,
    estimator: Any,
    path: str | None,
    trusted: list[str],
    names: list[str],
    targets: list[str] | None,
    unseen: set[str],
) -> Document:
    place = os.path.join(found.folder, f"model-{next(_numbers)}")
    if path is None:
        dump(estimator, f"{place}.perdure", probe=False)
    else:
        shutil.copyfile(path, f"{place}.perdure")
    try:
        found.ask(
            "convert", model=f"{place}.perdure", to=f"{place}.pmml", trusted=trusted, fields=names, targets=targets
        )
    finally:
        os.remove(f"{place}.perdure")
    with open(f"{place}.pmml", "rb") as file:
        data = file.read()
    with open(f"{place}.pmml", "wb") as file:
        file.write(mended(data, unseen, sure=callable(getattr(estimator, "predict_proba", None))))
    return Document(found, f"{place}.pmml", names)


def _refusal(estimator: Any, error: Refused, found: Worker) -> ExportError:
    release = found.versions["scikit-learn"]
    if error.kind == "MigrationError":
        return ExportError(
            f"sklearn2pmml accepts scikit-learn up to {release}, and there the model cannot be loaded: {error.problem}",
            path=error.path,
            fix="fit it with that release, or export to ONNX: perdure.export(model, 'model.onnx')",
        )
    if error.kind != "python":
        return ExportError(
            f"the model cannot be loaded with scikit-learn {release}: {error.problem}", path=error.path, fix=error.fix
        )
    return ExportError(
        f"sklearn2pmml {found.versions['sklearn2pmml']} does not convert it: {said_of(error)}",
        path="model",
        fix="leave out or replace that part, or export to ONNX: perdure.export(model, 'model.onnx')",
    )


# --- names ---


def _names(source: RowSource, record: Record | None) -> list[str]:
    """Return the fields: as the estimator knows its columns, or else the record, or else x1, x2 …"""
    if source.form == "texts":
        return _recorded_all(record, "X", 1) or ["x1"]
    wide = len(source.known)
    return source.names or _recorded_all(record, "X", wide) or [f"x{place + 1}" for place in range(wide)]


def _targets(estimator: Any, record: Record | None) -> list[str] | None:
    """Return the names of what is predicted; None for models that were fitted without it."""
    from sklearn.base import is_classifier, is_regressor

    if not is_classifier(estimator) and not is_regressor(estimator):
        return None
    outputs = _outputs(estimator)
    return _recorded_all(record, "y", outputs) or (["y"] if outputs == 1 else [f"y{k + 1}" for k in range(outputs)])


def _outputs(estimator: Any) -> int:
    last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    if hasattr(last, "classes_"):
        # A list of them, where there are several targets.
        return len(last.classes_) if isinstance(last.classes_, list) else 1
    known = getattr(last, "n_outputs_", None)
    if isinstance(known, int):
        return known
    shape: tuple[int, ...] = getattr(getattr(last, "coef_", None), "shape", ())
    # The weights of a regression of several targets have a row for each.
    return int(shape[0]) if len(shape) == 2 and shape[0] > 1 else 1


def _recorded_all(record: Record | None, role: str, wide: int) -> list[str] | None:
    data = record.data if record is not None else None
    table = getattr(data, role) if data is not None else None
    names = [column.name for column in table.columns] if table is not None else []
    if len(names) != wide or len(set(names)) != wide or not all(isinstance(name, str) and name for name in names):
        return None
    return [str(name) for name in names]


def _free(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "_"
    return name
