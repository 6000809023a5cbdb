"""Files of older releases: a predictor answers as the models did, whichever scikit-learn is installed here."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import perdure
from legacy import replay
from legacy.known import LOUD
from migrate.neutral import differences, from_neutral
from migrate.test_fixtures import ARCHIVES, file_of, outputs_of
from perdure.errors import PerdureError, UnsupportedError
from perdure.prediction.base import METHODS
from perdure.prediction.registry import known_types
from prediction.agreeing import asked, dense
from zoo.outputs import Raised

KNOWN = {name.partition(":")[2] for name in known_types()}


#: Its probabilities begin in single precision, whose exponentials differ between releases of numpy.
SINGLE = {"GradientBoostingClassifier-init"}


def is_single(name, X):
    return name in SINGLE or "float32" in str(getattr(X, "dtype", ""))


def wrong(predictor, recorded, X, float32):
    """The outputs that differ from the recorded ones; how many there were."""
    said, count = {}, 0
    for method in METHODS:
        if method not in recorded or method not in predictor.methods:
            continue
        before = from_neutral(recorded[method])
        if isinstance(before, Raised):
            continue
        found, trouble = asked(predictor, method, X)
        count += 1
        before = dense(before)
        text = f"{type(trouble).__name__}: {trouble}" if trouble else differences(before, found, float32)
        if text:
            said[method] = text
    return said, count


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.stem.removeprefix("scikit-learn-"))
def test_a_file_of_each_release(archive: Path):
    recorded = outputs_of(archive)
    said, count, models, refused = {}, 0, 0, 0
    for name, about in recorded["cases"].items():
        X = from_neutral(recorded["queries"][about["query"]])
        try:
            predictor = perdure.Predictor(file_of(archive, name))
        except UnsupportedError:
            refused += name.split("-")[0] in KNOWN
            continue
        models += 1
        found, asked_for = wrong(predictor, about["outputs"], X, is_single(name, X))
        count += asked_for
        said.update({(name, method): how for method, how in found.items()})
    assert said == {}
    assert models >= 90
    assert count >= 150
    assert refused <= 12


#: Some of the releases that predict otherwise than today's.
OLD = ("0.18", "0.19", "0.20", "0.21", "0.24", "1.1")


@pytest.mark.parametrize("archive", [a for a in replay.OLDER if replay.label(a).startswith(OLD)], ids=replay.label)
def test_pickles_of_old_releases_that_were_converted(archive, tmp_path):
    cases, files = replay.recorded(archive), replay.members(archive)
    said, models = {}, 0
    for name, about in list(cases["cases"].items())[::3]:
        file = f"files/{about['file']}"
        if f"{file}_01.npy" in files or name.split("-")[0] not in KNOWN:
            continue
        old, new = tmp_path / "old", tmp_path / "new.perdure"
        old.write_bytes(files[file])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                perdure.convert(old, new)
                predictor = perdure.Predictor(new)
            except PerdureError:
                continue
        models += 1
        X = replay.value_of(cases["queries"][about["query"]])
        found, _ = wrong(predictor, about["outputs"], X, is_single(name, X))
        said.update({(name, method): how for method, how in found.items()})
    assert {key: how for key, how in said.items() if key not in replay.OTHER_CODE and key not in LOUD} == {}
    assert models >= 30
