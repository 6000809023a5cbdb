"""Files that perdure wrote under each release of scikit-learn, loaded under the one that runs."""

from __future__ import annotations

import functools
import io
import json
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sklearn

import perdure
from migrate.neutral import differences, from_neutral
from perdure.errors import MigrationError, PerdureWarning
from perdure.graph.write import write_graph
from perdure.migrate import migrate
from perdure.migrate.releases import release
from perdure.migrate.rules import MIGRATIONS
from perdure.record.libraries import running_libraries
from zoo.outputs import Raised, outputs

FIXTURES = Path(__file__).parent.parent / "fixtures" / "perdure"
ARCHIVES = sorted(FIXTURES.glob("scikit-learn-*.zip"))
RUNNING = release(sklearn.__version__)[:2]

#: What the newer scikit-learn answers otherwise though the state is the same: its code changed, and not what is fitted.
OTHER_CODE = {
    ("TfidfVectorizer", "inverse_transform"): "1.5 names the terms of a text in another order",
    (
        "NeighborhoodComponentsAnalysis",
        "get_feature_names_out()",
    ): "1.5 names the columns that there are, not those of the input",
    ("DictionaryLearning-cd", "transform"): "1.8 stops coordinate descent elsewhere within its tolerance",
    ("DictionaryLearning-cd", "inverse_transform"): "1.8 stops coordinate descent elsewhere within its tolerance",
}


@functools.cache
def outputs_of(archive: Path) -> dict[str, Any]:
    with zipfile.ZipFile(archive) as opened:
        return json.loads(opened.read("outputs.json"))


def file_of(archive: Path, name: str) -> bytes:
    with zipfile.ZipFile(archive) as opened:
        return opened.read(f"{name}.perdure")


def release_of(archive: Path) -> tuple[int, int]:
    return release(archive.stem.removeprefix("scikit-learn-"))[:2]


CASES = [(archive, name) for archive in ARCHIVES for name in outputs_of(archive)["cases"]]
OLDER = [(archive, name) for archive, name in CASES if release_of(archive) <= RUNNING]
NEWER = [(archive, name) for archive, name in CASES if release_of(archive) > RUNNING]


def ids(cases: list[tuple[Path, str]]) -> list[str]:
    return [f"{archive.stem.removeprefix('scikit-learn-')}-{name}" for archive, name in cases]


def loaded(archive: Path, name: str) -> tuple[Any, Any]:
    """The model, and its query; scikit-learn says nothing of versions."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", PerdureWarning)
        model = perdure.loads(file_of(archive, name))
    recorded = outputs_of(archive)
    return model, from_neutral(recorded["queries"][recorded["cases"][name]["query"]])


def fidelities(archive: Path, name: str) -> set[str]:
    opened = perdure.open(io.BytesIO(file_of(archive, name)))
    return {applied.fidelity for applied in migrate(opened.graph, opened.arrays, running_libraries())[1]}


def wrong(archive: Path, name: str, model: Any, X: Any) -> dict[str, str]:
    """The outputs that differ from the recorded ones, each with how."""
    found = outputs(model, {"X": X, "y": None})
    float32 = "float32" in str(getattr(X, "dtype", ""))
    said = {}
    for method, expected in outputs_of(archive)["cases"][name]["outputs"].items():
        before, now = from_neutral(expected), found.get(method)
        if isinstance(before, Raised):
            continue
        if isinstance(now, Raised) or method not in found:
            said[method] = f"raises {now}"
        else:
            text = differences(before, now, float32)
            if text:
                said[method] = text
    return said


def test_there_are_fixtures_of_every_release():
    assert {release_of(archive) for archive in ARCHIVES} == {(1, minor) for minor in range(2, 10)}
    assert min(len(outputs_of(archive)["cases"]) for archive in ARCHIVES) >= 150


@pytest.mark.parametrize(("archive", "name"), OLDER, ids=ids(OLDER))
def test_an_older_file_predicts_as_it_did(archive, name):
    model, X = loaded(archive, name)
    said = wrong(archive, name, model, X)
    assert {method: how for method, how in said.items() if (name, method) not in OTHER_CODE} == {}


@pytest.mark.parametrize(("archive", "name"), NEWER, ids=ids(NEWER))
def test_a_newer_file_predicts_as_it_did_or_is_refused(archive, name):
    try:
        model, X = loaded(archive, name)
    except MigrationError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert "what to do: " in refusal
        return
    said = wrong(archive, name, model, X)
    # The older release may have no such method, or say that it cannot take such rows: that is no wrong answer.
    silent = {m: how for m, how in said.items() if not how.startswith("raises") and (name, m) not in OTHER_CODE}
    assert silent == {}


def test_what_differs_is_said():
    for archive in ARCHIVES:
        if release_of(archive) < (1, 8) <= RUNNING:
            assert "lossy" in fidelities(archive, "DictionaryLearning-cd")


@pytest.mark.parametrize("archive", [a for a in ARCHIVES if release_of(a) == RUNNING], ids=str)
def test_a_file_of_the_running_release_needs_no_migration(archive):
    for name in outputs_of(archive)["cases"]:
        opened = perdure.open(io.BytesIO(file_of(archive, name)))
        graph, applied = migrate(opened.graph, opened.arrays, running_libraries())
        assert graph is opened.graph
        assert applied == []


def migrated(archive: Path, name: str, stored: str) -> tuple[bytes, set[str]]:
    """The migrated graph as bytes, and the migrations by name, where the file states some release."""
    opened = perdure.open(io.BytesIO(file_of(archive, name)))
    graph = replace(opened.graph, libraries={**opened.libraries, "scikit-learn": stored})
    made, applied = migrate(graph, opened.arrays, running_libraries())
    return write_graph(made).data, {item.name for item in applied}


@pytest.mark.parametrize("archive", [a for a in ARCHIVES if release_of(a) < RUNNING], ids=lambda a: a.stem)
def test_the_state_decides_whatever_release_the_file_states(archive):
    by_release = {migration.name for migration in MIGRATIONS if migration.by_release}
    decided = 0
    for name in outputs_of(archive)["cases"]:
        honest, applied = migrated(archive, name, archive.stem.removeprefix("scikit-learn-"))
        if applied and not applied & by_release:
            false, _ = migrated(archive, name, sklearn.__version__)
            assert false == honest, name
            decided += 1
    assert decided > 10
