"""``perdure check`` and ``perdure convert``: what old files are, and files of perdure made of them."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

import perdure
from cli.running import run, run_json

X = np.random.default_rng(0).random((60, 3))
y = np.arange(60) % 3


class Touches:
    """What a hostile pickle is made of."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (os.system, (f"touch {self.path}",))


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    (folder / "inner").mkdir(parents=True)
    model = LogisticRegression().fit(X, y)
    (folder / "logistic.pkl").write_bytes(pickle.dumps(model))
    joblib.dump(RandomForestClassifier(5, random_state=0).fit(X, y), folder / "inner" / "forest.joblib", compress=3)
    (folder / "hostile.pkl").write_bytes(pickle.dumps({"model": model, "extra": Touches(tmp_path / "marker")}))
    (folder / "notes.txt").write_text("no model")
    return folder


def old_forest(folder: Path) -> Path:
    """A forest as releases before 1.4 left it: the values of trees are counts, where they are shares now."""
    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    for tree in forest.estimators_:
        state = tree.tree_.__getstate__()
        state["values"] = state["values"] * state["nodes"]["weighted_n_node_samples"][:, None, None]
        tree.tree_.__setstate__(state)
    path = folder / "old.pkl"
    path.write_bytes(pickle.dumps(forest))
    return path


def test_each_file_is_told(models, tmp_path):
    found = {os.path.basename(item.file): item for item in perdure.check(models)}
    assert sorted(found) == ["forest.joblib", "hostile.pkl", "logistic.pkl"]
    assert (found["logistic.pkl"].loads, found["logistic.pkl"].plain) == (True, "same")
    assert found["logistic.pkl"].type == "sklearn.linear_model._logistic:LogisticRegression"
    assert found["forest.joblib"].loads
    hostile = found["hostile.pkl"]
    assert (hostile.loads, hostile.plain) == (False, "code")
    ((name, byte),) = hostile.runs
    assert name in ("posix:system", "nt:system")
    assert b"system" in (models / "hostile.pkl").read_bytes()[byte - 20 : byte + 20]
    assert not (tmp_path / "marker").exists()


@pytest.mark.skipif(
    tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 4), reason="trees hold counts here as well"
)
def test_what_pickle_would_load_wrong_is_said(tmp_path):
    (found,) = perdure.check(old_forest(tmp_path))
    assert found.loads
    assert found.plain == "wrong"
    assert "model.predict" in found.why
    assert "tree-class-fractions" in found.migrations
    result = run("check", found.file)
    assert result.exit_code == 0
    assert "predict otherwise" in result.stdout


def test_the_command_says_what_would_run_and_where(models, tmp_path):
    result = run("check", str(models))
    assert result.exit_code == 1
    assert "would run: posix:system, named at byte" in result.stdout.replace("nt:system", "posix:system")
    assert "3 files, 2 load here" in result.stdout
    found = run_json("check", str(models))
    assert found["failed"] == 1
    assert {row["plain"] for row in found["files"]} == {"same", "code"}
    assert not (tmp_path / "marker").exists()


def test_a_folder_is_converted(models, tmp_path):
    new = tmp_path / "new"
    result = run("convert", str(models), str(new))
    assert result.exit_code == 1
    assert "3 files: 2 converted, 1 left out" in result.stdout
    assert "posix:system()" in result.stdout.replace("nt:system", "posix:system")
    forest = perdure.load(new / "inner" / "forest.joblib.perdure")
    old = joblib.load(models / "inner" / "forest.joblib")
    assert np.array_equal(forest.predict_proba(X), old.predict_proba(X))
    assert perdure.verify(new / "logistic.pkl.perdure").ok
    assert not (new / "hostile.pkl.perdure").exists()
    assert not (tmp_path / "marker").exists()


def test_a_file_is_converted_to_what_dump_writes(tmp_path):
    pickled = pickle.dumps(LogisticRegression().fit(X, y))
    # What a pickle does not keep, such as the strides of an array of one row, is gone from the model too.
    model = pickle.loads(pickled)
    (tmp_path / "model.pkl").write_bytes(pickled)
    assert run("convert", str(tmp_path / "model.pkl"), str(tmp_path / "model.perdure")).exit_code == 0
    with perdure.open(tmp_path / "model.perdure") as file:
        perdure.dump(model, tmp_path / "dumped.perdure")
        with perdure.open(tmp_path / "dumped.perdure") as dumped:
            assert file.digest == dumped.digest
    with pytest.raises(perdure.UnsupportedError, match="already"):
        perdure.convert(tmp_path / "model.perdure", tmp_path / "again.perdure")


def test_what_was_saved_long_ago_is_kept_as_it_was(tmp_path):
    old = old_forest(tmp_path)
    perdure.convert(old, tmp_path / "new.perdure")
    kept, loaded = perdure.load(tmp_path / "new.perdure"), perdure.load(old)
    assert np.array_equal(kept.predict_proba(X), loaded.predict_proba(X))
    with perdure.open(tmp_path / "new.perdure") as file, perdure.open(old) as pickled:
        assert file.digest == pickled.digest
        assert [item.name for item in file.migrations] == [item.name for item in pickled.migrations]


def test_a_pickle_is_inspected(models, tmp_path):
    result = run("inspect", str(models / "hostile.pkl"))
    assert result.exit_code == 0
    assert "system()" in result.stdout
    found = run_json("inspect", str(models / "logistic.pkl"))
    assert (found["kind"], found["format"], found["members"]) == ("pickle", None, [])
    assert found["model"]["type"] == "sklearn.linear_model._logistic:LogisticRegression"
    assert not (tmp_path / "marker").exists()
