"""What the mutants are made of: small models of the test corpus as files, and rows to ask them with."""

from __future__ import annotations

import io
import pickle
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import perdure

__all__ = ["Kind", "hundred", "kinds", "tests_on_path"]

_TESTS = str(Path(__file__).resolve().parent.parent / "tests")
#: A file larger than this is slow to mutate, and no more to learn from.
MOST_BYTES = 20_000
#: Families whose compiled code believes what a file says: their models come up more often.
_NATIVE = {
    "boosting": 4,
    "clustering": 3,
    "neighbors": 4,
    "preprocessing and imputation": 2,
    "support vectors": 4,
    "text and feature extraction": 3,
    "trees and forests": 4,
}
ROWS = 100
_PROTOCOLS = pickle.HIGHEST_PROTOCOL + 1


@dataclass(frozen=True)
class Kind:
    """One model of the corpus.

    Attributes
    ----------
    name : str
        Of its case in the zoo.
    data : bytes
        The file.
    X : object
        100 rows of its own kind.
    weight : int
        How often it is taken, against the others.
    trusted : tuple of str
        What the reader names.
    """

    name: str
    data: bytes
    X: Any
    weight: int
    trusted: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """The name of the model's class."""
        return self.name.split("-")[0]


def tests_on_path() -> None:
    """Make the modules that the tests share importable."""
    if _TESTS not in sys.path:
        sys.path.append(_TESTS)


def kinds(wanted: str = "", at_most: int | None = None, form: str = "perdure") -> list[Kind]:
    """Return the models of the corpus, fitted now.

    Parameters
    ----------
    wanted : str, default=""
        Beginnings of names, with commas; all without one.
    at_most : int, optional
        No more models than this, of as many classes as possible.
    form : {"perdure", "pickle", "joblib", "skops"}, default="perdure"
        What the files are. Pickles are of all protocols in turn, and files of older releases are among them.
    """
    tests_on_path()
    from zoo.registry import all_cases

    beginnings = tuple(filter(None, wanted.split(",")))
    cases = [
        case
        for case in all_cases()
        if not case.trusted and "own-code" not in case.tags and (not beginnings or case.name.startswith(beginnings))
    ]
    if at_most is not None:
        # One of each class first; then from all over the list, not from its beginning.
        first = {case.kind: case for case in reversed(cases)}
        order = [*reversed(first.values()), *(case for case in cases if first[case.kind] is not case)]
        pool = order[: max(at_most, len(first))]
        cases = [pool[i * len(pool) // at_most] for i in range(min(at_most, len(pool)))]
    found = []
    for case in cases:
        made = _kind(case, form)
        if made is not None:
            found.append(made)
    older = list(_older(beginnings) if form == "perdure" else _legacy(beginnings, form))
    # Of few models, few are old.
    return found + (older if at_most is None else older[:: max(1, 4 * len(older) // at_most)])


def _older(beginnings: tuple[str, ...]) -> Iterator[Kind]:
    """Yield models in files of older releases, as those releases have them, where a migration has something to do."""
    from migrate.neutral import from_neutral
    from migrate.test_fixtures import ARCHIVES, RUNNING, file_of, outputs_of, release_of

    for archive in ARCHIVES:
        if release_of(archive) >= RUNNING:
            continue
        release = archive.stem.removeprefix("scikit-learn-")
        recorded = outputs_of(archive)
        for case, about in recorded["cases"].items():
            name = f"{case}-of-{release}"
            if beginnings and not name.startswith(beginnings):
                continue
            data = file_of(archive, case)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if len(data) > MOST_BYTES or not perdure.open(io.BytesIO(data)).migrations:
                    continue
                query = from_neutral(recorded["queries"][about["query"]])
            yield Kind(name, data, hundred(query), 1)


def _legacy(beginnings: tuple[str, ...], form: str) -> Iterator[Kind]:
    """Yield files that older releases wrote themselves: every third pickle, every third file of joblib in one part."""
    from legacy.replay import ARCHIVES, label, members, recorded, value_of

    suffix = {"pickle": ".pkl", "joblib": ".joblib"}.get(form, "none")
    for archive in ARCHIVES:
        cases, files = recorded(archive), members(archive)
        found = [
            (case, about, files[f"files/{about['file']}"])
            for case, about in cases["cases"].items()
            if about["file"].endswith(suffix) and f"files/{about['file']}_01.npy" not in files
        ]
        for case, about, data in found[::3]:
            name = f"{case}-of-{label(archive)}"
            if name.startswith(beginnings or "") and len(data) <= MOST_BYTES:
                yield Kind(name, data, hundred(value_of(cases["queries"][about["query"]])), 1)


def _kind(case: Any, form: str) -> Kind | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, query = case.make()
        try:
            data = _FORMS[form](model, len(case.name))
        except (AttributeError, NotImplementedError, RecursionError, TypeError, ValueError, pickle.PicklingError):
            # perdure keeps what pickle and skops cannot.
            return None
        if len(data) > MOST_BYTES:
            return None
        if form == "perdure" and len(case.name) % 3 == 0:
            # A third with record and probe.
            file = io.BytesIO()
            perdure.dump(model, file)
            data = file.getvalue()
    return Kind(case.name, data, hundred(query.get("X")), _NATIVE.get(case.family, 1))


def _joblib(model: Any, protocol: int) -> bytes:
    import joblib

    file = io.BytesIO()
    joblib.dump(model, file, protocol=protocol)
    return file.getvalue()


def _skops(model: Any) -> bytes:
    import skops.io

    return skops.io.dumps(model, compression=zipfile.ZIP_DEFLATED)


_FORMS: dict[str, Callable[[Any, int], bytes]] = {
    "perdure": lambda model, number: perdure.dumps(model),
    "pickle": lambda model, number: pickle.dumps(model, number % _PROTOCOLS),
    "joblib": lambda model, number: _joblib(model, number % _PROTOCOLS),
    "skops": lambda model, number: _skops(model),
}


def hundred(rows: Any) -> Any:
    """Return a hundred of the rows, again from the first where there are fewer."""
    if rows is None:
        return None
    length = rows.shape[0] if hasattr(rows, "shape") else len(rows)
    if not length:
        return rows
    at = np.arange(ROWS) % length
    if hasattr(rows, "iloc"):
        return rows.iloc[at]
    if isinstance(rows, np.ndarray):
        return rows[at]
    if hasattr(rows, "tocsr"):
        return rows.tocsr()[at]
    return [rows[i] for i in at] if isinstance(rows, (list, tuple)) else rows
