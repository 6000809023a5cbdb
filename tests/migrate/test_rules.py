"""The rules as data: named once, with evidence that can be looked up, and each of them proven by a file."""

from __future__ import annotations

import importlib
import io
import re
from collections import Counter
from pathlib import Path

import pytest
import sklearn

import perdure
from migrate.test_fixtures import CASES, RUNNING, file_of
from perdure.migrate import migrate
from perdure.migrate.operations import Nothing, Transform
from perdure.migrate.releases import minor, release
from perdure.migrate.rulebook import known
from perdure.migrate.rules import MIGRATIONS, NEWEST, sklearn_1_1
from perdure.record.libraries import running_libraries

HERE = [migration for migration in MIGRATIONS if minor(migration.release) == RUNNING]
#: Names that the release which changes them no longer has.
GONE = re.compile(
    r"_dist_metrics:\w+Distance$|_scorer:_(Predict|Proba|Threshold)Scorer$"
    r"|_classification_threshold:_CurveScorer$|_column_transformer:_RemainderColsList$"
)


def test_every_migration_has_a_name_of_its_own():
    assert [name for name, count in Counter(migration.name for migration in MIGRATIONS).items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z0-9-]+", migration.name) for migration in MIGRATIONS)


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda migration: migration.name)
def test_every_migration_says_what_it_does_and_where_that_is_written(migration):
    text = migration.describe()
    assert text.startswith(f"scikit-learn {migration.since}: ")
    assert re.search(r"\(sklearn/[\w/]+\.(py|pyx|pxd|pyx\.tp)\b.*\)$", text)
    assert migration.fidelity in ("exact", "equivalent", "lossy")
    assert migration.types
    assert all(re.fullmatch(r"[\w.]+:\w+(/1)?", name) for name in migration.types)
    if migration.when is not None:
        assert migration.when.describe()


def test_the_rules_are_in_the_order_of_their_releases():
    rules = known()
    assert list(rules.releases) == sorted(rules.releases)
    assert rules.newest == minor(release(NEWEST))
    assert all([m.release for m in found] == sorted(m.release for m in found) for found in rules.by_type.values())


@pytest.mark.parametrize("migration", HERE, ids=lambda migration: migration.name)
def test_the_evidence_is_in_the_release_that_changed(migration):
    place, _, what = migration.evidence.removeprefix("sklearn/").partition(", ")
    file = Path(sklearn.__file__).parent / place
    if not file.is_file():
        pytest.skip(f"the installed scikit-learn does not come with {place}")
    text = file.read_text(encoding="utf-8")
    symbols = re.findall(r"[A-Za-z_]\w+(?:\.\w+)*", what.partition(" (")[0].partition(";")[0].partition(":")[0])
    wanted = [part for symbol in symbols if "_" in symbol or symbol[0].isupper() for part in symbol.split(".")]
    assert [part for part in wanted if part not in text] == []


@pytest.mark.parametrize("migration", HERE, ids=lambda migration: migration.name)
def test_the_types_are_there_in_the_release_that_changed(migration):
    for name in migration.types:
        module, _, qualname = name.partition(":")
        if not GONE.search(name) and not name.endswith("/1"):
            assert hasattr(importlib.import_module(module), qualname), name


@pytest.mark.skipif(minor(release(NEWEST)) != RUNNING, reason="the rules are looked at under the newest release")
def test_every_migration_is_proven_by_a_file(monkeypatch):
    applied: set[str] = set()
    untold: set[tuple[str, str]] = set()
    apply = Transform.apply

    def watched(self, state):
        names = {name for place in (state.constants, state.columns) for name in place}
        name = state.type
        found = apply(self, state)
        effect, after = self.effect(), {*state.constants, *state.columns}
        untold.update((self.meaning, one) for one in (after - names - effect.sets) | (names - after - effect.drops))
        if name != state.type != effect.moves.get(name):
            untold.add((self.meaning, state.type))
        return found

    monkeypatch.setattr(Transform, "apply", watched)
    for archive, name in CASES:
        opened = perdure.open(io.BytesIO(file_of(archive, name)))
        applied |= {item.name for item in migrate(opened.graph, opened.arrays, running_libraries())[1]}
    # Files of perdure begin with 1.2.2; for what is older stand the files of tests/legacy and tests/machines.
    rules = [m for m in MIGRATIONS if m.release > (1, 2, 2) and m not in sklearn_1_1.MIGRATIONS]
    forwards = {m.name for m in rules if not m.operations or any(not isinstance(o, Nothing) for o in m.operations)}
    assert sorted(forwards - applied) == []
    told = {
        o.meaning
        for rule in MIGRATIONS
        if rule.release >= (1, 3, 0)
        for o in rule.operations
        if isinstance(o, Transform)
    }
    assert sorted(item for item in untold if item[0] in told) == []
