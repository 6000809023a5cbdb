"""Files that old releases wrote, as people have them: each loads and answers as it did, or says that it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sklearn

import perdure
from legacy.known import LOUD
from legacy.replay import (
    ARCHIVES,
    NEWER,
    OLDER,
    OTHER_CODE,
    REFUSED,
    RUNNING,
    label,
    members,
    recorded,
    release_of,
    replay,
    value_of,
)
from migrate.neutral import differences
from migrate.test_compat import BEFORE
from perdure.migrate.rules import MIGRATIONS, NEWEST, sklearn_1_1

#: So many models there are at least in the files of a release.
LEAST = {(0, 17): 250, (0, 19): 230, (0, 20): 230, (0, 21): 230, (0, 22): 261, (0, 24): 277, (1, 0): 277}
#: Migrations that no file here needs: what they change is rare, and stands in tests/migrate/test_before_1_2.py.
RARE = {"forest-estimators-warn", "one-class-random-state", "renamed-0-18", "svm-gamma-zero"}


def test_there_are_fixtures_of_every_release():
    assert {release_of(archive) for archive in ARCHIVES} == {*LEAST, *((1, minor) for minor in range(1, 10))}
    for archive in ARCHIVES:
        assert len(recorded(archive)["cases"]) >= LEAST.get(release_of(archive), 280), archive.name
    assert sum(archive.stat().st_size for archive in ARCHIVES) <= 15 * 2**20


@pytest.mark.parametrize("archive", OLDER, ids=label)
def test_every_model_answers_as_it_did(archive):
    made = replay(archive)
    assert {name: why for name, why in made.refused.items() if name not in REFUSED} == {}
    unknown = {key: how for key, how in made.wrong.items() if key not in OTHER_CODE and key not in LOUD}
    assert unknown == {}
    # What loads and answers otherwise has said so.
    assert [name for name, method in made.wrong if (name, method) in LOUD and name not in made.loud] == []
    assert made.right >= (0.99 if release_of(archive) >= (0, 22) else 0.95) * made.models


@pytest.mark.parametrize("archive", [archive for archive in OLDER if release_of(archive) >= (0, 22)], ids=label)
def test_only_methods_that_scikit_learn_no_longer_has_are_missing(archive):
    left = {method for methods in replay(archive).left.values() for method in methods}
    assert left == set()


@pytest.mark.parametrize("archive", OLDER, ids=label)
def test_parameters_are_valid_today(archive):
    assert replay(archive).invalid == {}


@pytest.mark.parametrize("archive", NEWER, ids=label)
def test_a_newer_file_answers_as_it_did_or_is_refused(archive):
    made = replay(archive)
    silent = {
        key: how
        for key, how in made.wrong.items()
        if not how.startswith("raises") and key not in OTHER_CODE and key[0] not in made.loud
    }
    assert silent == {}


@pytest.mark.parametrize("archive", [archive for archive in OLDER if release_of(archive) == RUNNING], ids=label)
def test_a_file_of_the_running_release_needs_no_migration(archive):
    assert {name: applied for name, applied in replay(archive).applied.items() if applied} == {}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_class_without_a_successor_is_refused_by_name(name):
    said = [replay(archive).refused[name] for archive in ARCHIVES if name in replay(archive).refused]
    assert said
    assert all("what to do: " in text and name.partition("-")[0] in text for text in said)


@pytest.mark.skipif(sklearn.__version__.rpartition(".")[0] != NEWEST, reason="looked at under the newest release")
def test_every_migration_before_1_2_is_proven_by_a_file():
    applied = {name for archive in OLDER for names in replay(archive).applied.values() for name in names}
    refusing = {f"gone-{name.partition('-')[0].lower()}" for name in REFUSED} | {"imputer-by-rows"}
    rules = {m.name for m in MIGRATIONS if m.release <= (1, 2, 0) or m in sklearn_1_1.MIGRATIONS}
    assert sorted(rules - applied - refusing - RARE) == []
    assert sorted(RARE & applied) == []


@pytest.mark.parametrize("archive", OLDER, ids=label)
def test_a_migration_changes_the_names_that_it_tells_and_no_others(archive):
    assert sorted(replay(archive).untold) == []


@pytest.mark.skipif(sklearn.__version__.rpartition(".")[0] != NEWEST, reason="looked at under the newest release")
def test_every_class_that_predicts_as_before_1_2_is_needed():
    needed = {kind for archive in OLDER for kind in replay(archive).classes}
    assert sorted(BEFORE - needed) == []


@pytest.mark.parametrize("archive", ARCHIVES, ids=label)
def test_the_example_of_the_guide(archive, tmp_path):
    """SVC on iris, pickled and written by joblib in all the ways that the guide of the release shows."""
    guide = recorded(archive)["guide"]
    X = value_of(guide["query"])
    for name, data in members(archive).items():
        if name.startswith("guide/"):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    found = sorted(path.relative_to(tmp_path / "guide") for path in tmp_path.rglob("*.pkl"))
    one, many = [Path("compressed/filename.pkl"), Path("pickled.pkl")], [Path("filename.pkl")]
    if release_of(archive) < (0, 18):
        many = [Path("many-compressed/filename.pkl"), Path("many/filename.pkl")]
    assert found == sorted(one + many)
    for path in found:
        model = perdure.load(tmp_path / "guide" / path)
        assert type(model).__name__ == "SVC"
        for method, expected in guide["outputs"].items():
            if "raised" not in expected:
                assert differences(value_of(expected), getattr(model, method)(X), float32=False) == "", (path, method)
        assert model.predict(X[0:1]).tolist() == [0]


def test_the_page_has_the_counts():
    page = (Path(__file__).parent.parent.parent / "docs" / "old_files.md").read_text(encoding="utf-8")
    for archive in ARCHIVES:
        row = re.search(rf"^\| {re.escape(label(archive))} \| (\d+) \|", page, flags=re.MULTILINE)
        assert row is not None
        assert int(row.group(1)) == len(recorded(archive)["cases"])
