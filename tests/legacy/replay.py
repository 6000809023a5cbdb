"""The files of old releases, loaded under the one that runs, and what became of each model."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import tarfile
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.base import clone

import perdure
from legacy.known import LEFT, OTHER_CODE, REFUSED
from migrate.neutral import differences, from_neutral
from perdure.errors import PerdureError, PerdureWarning
from perdure.migrate.operations import Transform
from perdure.migrate.releases import release
from zoo.within import estimators

FIXTURES = Path(__file__).parent.parent / "fixtures" / "legacy"
RUNNING = release(sklearn.__version__)[:2]


def release_of(archive: Path) -> tuple[int, ...]:
    return release(archive.name.removeprefix("scikit-learn-"))[:2]


def label(archive: Path) -> str:
    return archive.name.removeprefix("scikit-learn-").removesuffix(".tar.xz")


ARCHIVES = sorted(FIXTURES.glob("scikit-learn-*.tar.xz"), key=lambda path: (release_of(path), path.name))
OLDER = [archive for archive in ARCHIVES if release_of(archive) <= RUNNING]
NEWER = [archive for archive in ARCHIVES if release_of(archive) > RUNNING]


@dataclass
class Replayed:
    """What became of the models of one release.

    Attributes
    ----------
    families : dict of str to list of int
        How many models there are, and how many predict as they did.
    wrong : dict
        Outputs that differ, by model and method.
    loud : set of str
        The models of which the loading said that they predict otherwise.
    refused : dict of str to str
        The models that were refused, and with which words.
    left : dict
        Methods that scikit-learn no longer has, by model.
    invalid : dict of str to str
        Models with parameters that are not valid today.
    applied : dict of str to set of str
        The migrations of each model.
    classes : set of str
        The classes of `perdure.compat` that were needed.
    untold : set of (str, str)
        What a `Transform` changed and does not tell: its meaning, and the name.
    """

    families: dict[str, list[int]] = field(default_factory=dict)
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)
    loud: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    left: dict[str, list[str]] = field(default_factory=dict)
    invalid: dict[str, str] = field(default_factory=dict)
    applied: dict[str, set[str]] = field(default_factory=dict)
    classes: set[str] = field(default_factory=set)
    untold: set[tuple[str, str]] = field(default_factory=set)

    @property
    def models(self) -> int:
        return sum(count for count, _ in self.families.values())

    @property
    def right(self) -> int:
        return sum(right for _, right in self.families.values())


def members(archive: Path) -> dict[str, bytes]:
    """The files of an archive by name."""
    with tarfile.open(archive) as opened:
        return {member.name: opened.extractfile(member).read() for member in opened}


@functools.cache
def recorded(archive: Path) -> dict[str, Any]:
    with tarfile.open(archive) as opened:
        return json.loads(opened.extractfile("outputs.json").read())


def value_of(neutral: Any) -> Any:
    """A query or output again, with dicts."""
    if "dict" in neutral:
        return neutral["dict"]
    if "list" in neutral:
        return [value_of(item) for item in neutral["list"]]
    return from_neutral(neutral)


def answer(model: Any, method: str, X: Any) -> Any:
    """What a model says, as ``tools/make_legacy_fixtures.py`` asked it."""
    np.random.seed(0)  # noqa: NPY002 - random_state=None reads this one
    if method.startswith("."):
        return getattr(model, method[1:])
    if method == "inverse_transform":
        return model.inverse_transform(model.transform(X))
    if method == "predict(return_std)":
        return model.predict(X, return_std=True)
    return getattr(model, method)(X)


def has_left(model: Any, method: str) -> bool:
    """Whether scikit-learn no longer has the method: neither the class nor, where that only asks another, the one asked."""
    name = method.partition("(")[0]
    if callable(getattr(model, name, None)):
        return False
    if method.startswith(".") or not hasattr(type(model), name):
        return not method.startswith(".") or not hasattr(model, method[1:])
    if getattr(model, "steps", None):
        return has_left(model.steps[-1][1], method)
    return hasattr(model, "best_estimator_") and has_left(model.best_estimator_, method)


def invalid(model: Any) -> str:
    """Why the parameters of a model, or of one in it, are not valid today; an empty text where they are."""
    for estimator in estimators(model, set()):
        try:
            clone(estimator)
            if hasattr(estimator, "_parameter_constraints"):
                estimator._validate_params()
        except (AttributeError, RuntimeError, TypeError, ValueError) as error:
            return f"{type(estimator).__name__}: {error}"
    return ""


def told(model: Any, method: str, X: Any, expected: Any) -> str:
    """How an answer differs from the recorded one; an empty text where it does not."""
    try:
        found = answer(model, method, X)
    except Exception as error:  # noqa: BLE001 - whatever a model raises is no answer
        return f"raises {type(error).__name__}: {error}"
    return differences(value_of(expected), found, "float32" in str(getattr(X, "dtype", "")))


def opened_from(files: dict[str, bytes], name: str, folder: str) -> Any:
    """The file, opened; where its arrays lie in files beside it, all of them in a folder."""
    parts = [part for part in files if part.startswith(f"{name}_")]
    if not parts:
        return perdure.open(io.BytesIO(files[name]))
    for part in (name, *parts):
        (Path(folder) / Path(part).name).write_bytes(files[part])
    return perdure.open(Path(folder) / Path(name).name)


@contextlib.contextmanager
def watched(untold: set[tuple[str, str]]) -> Iterator[None]:
    """See what each `Transform` does to the names of a state, beside what it tells."""
    apply = Transform.apply

    def see(self: Transform, state: Any) -> None:
        before, name = {*state.constants, *state.columns}, state.type
        apply(self, state)
        effect, after = self.effect(), {*state.constants, *state.columns}
        untold.update((self.meaning, one) for one in (after - before - effect.sets) | (before - after - effect.drops))
        if name != state.type != effect.moves.get(name):
            untold.add((self.meaning, state.type))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transform, "apply", see)
        yield


@functools.cache
def replay(archive: Path) -> Replayed:
    """Load every model of a release, and ask it what it was asked then."""
    made, files, record = Replayed(), members(archive), recorded(archive)
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder, watched(made.untold):
        warnings.simplefilter("ignore")
        for name, case in record["cases"].items():
            counts = made.families.setdefault(case["family"], [0, 0])
            counts[0] += 1
            try:
                with opened_from(files, f"files/{case['file']}", folder) as opened, warnings.catch_warnings():
                    # A known migration is no reason to warn of versions.
                    warnings.simplefilter(
                        "error", category=getattr(sklearn.exceptions, "InconsistentVersionWarning", PerdureWarning)
                    )
                    warnings.simplefilter("ignore", category=PerdureWarning)
                    model, applied = opened.build()
            except PerdureError as error:
                made.refused[name] = str(error)
                continue
            made.applied[name] = {item.name for item in applied}
            if any(item.fidelity == "lossy" for item in applied):
                made.loud.add(name)
            made.classes.update(
                type(one).__qualname__
                for one in estimators(model, set())
                if type(one).__module__.startswith("perdure.")
            )
            why = invalid(model)
            if why:
                made.invalid[name] = why
            X = value_of(record["queries"][case["query"]])
            right = True
            for method, expected in case["outputs"].items():
                if "raised" in expected:
                    continue
                if has_left(model, method):
                    made.left.setdefault(name, []).append(method)
                    continue
                how = told(model, method, X, expected)
                if how:
                    made.wrong[name, method] = how
                    right = False
            counts[1] += right
    return made


__all__ = [
    "ARCHIVES",
    "LEFT",
    "NEWER",
    "OLDER",
    "OTHER_CODE",
    "REFUSED",
    "RUNNING",
    "Replayed",
    "label",
    "members",
    "recorded",
    "release_of",
    "replay",
]
