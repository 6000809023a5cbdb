"""rebuild: a model fitted anew on the same data and folds, with its lineage."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import perdure
from cli.running import run, run_json
from perdure.errors import MissingExtraError, UnsupportedError, VerificationError
from perdure.rebuilding import environments
from perdure.rebuilding.environments import make_environment, requirements_of
from verification.test_verify import with_model


@pytest.fixture
def saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chance = np.random.RandomState(0)
    X = pd.DataFrame(chance.normal(size=(90, 3)), columns=["a", "b", "c"])
    y = pd.Series((X["a"] + chance.normal(size=90) > 0).astype(int), name="label")
    X.assign(label=y).to_csv("train.csv", index=False)
    Path("train.py").write_text("print('fit')\n")
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(X, y)
    cv = StratifiedKFold(4, shuffle=True, random_state=3)
    scoring = ["accuracy", "roc_auc"]
    more = {"source": "train.py", "notes": "the first", "data": "train.csv"}
    perdure.dump(model, "old.perdure", X=X, y=y, cv=cv, scoring=scoring, strict=True, **more)
    return X, y


def record_of(path: str) -> perdure.Record:
    with perdure.open(path) as file:
        return file.record


def digest_of(path: str) -> str:
    with perdure.open(path) as file:
        return file.digest.removeprefix("sha256:")


def test_the_new_file_predicts_scores_and_tells_as_the_old_one(saved):
    X, y = saved
    report = perdure.rebuild("old.perdure", "new.perdure", data="train.csv", isolated=False)
    assert report.ok
    assert [item.details["verdict"] for item in report.of("scores")] == ["the same", "the same"]
    then, now = perdure.load("old.perdure"), perdure.load("new.perdure")
    # Fitted in another process, on rows that may lie elsewhere in memory.
    np.testing.assert_allclose(then.predict_proba(X), now.predict_proba(X), rtol=1e-9)
    old, new = record_of("old.perdure"), record_of("new.perdure")
    assert (new.source, new.notes, new.data) == (old.source, old.notes, old.data)
    assert (new.scores.folds, new.scores.scorers) == (old.scores.folds, old.scores.scorers)
    assert [(item.how, item.model) for item in new.lineage] == [("rebuilt", digest_of("old.perdure"))]
    assert new.lineage[0].libraries["scikit-learn"] == perdure.open("old.perdure").libraries["scikit-learn"]
    assert perdure.verify("new.perdure", X=X, y=y, rescore=True).ok
    assert perdure.open("new.perdure").section("record/source/train.py") == b"print('fit')\n"


def test_lineage_goes_back_to_the_first(saved):
    X, y = saved
    perdure.rebuild("old.perdure", "second.perdure", X=X, y=y, isolated=False)
    perdure.rebuild("second.perdure", "third.perdure", X=X, y=y, isolated=False)
    expected = [digest_of("second.perdure"), digest_of("old.perdure")]
    assert [item.model for item in record_of("third.perdure").lineage] == expected


def test_other_data_are_refused_before_anything_is_fitted(saved):
    X, y = saved
    other = X.copy()
    other.iloc[40, 1] += 0.25
    with pytest.raises(VerificationError, match="changed in 'b'; rows 32 to 63"):
        perdure.rebuild("old.perdure", "new.perdure", X=other, y=y, isolated=False)
    with pytest.raises(UnsupportedError, match="training data are needed"):
        perdure.rebuild("old.perdure", "new.perdure", isolated=False)
    assert not os.path.exists("new.perdure")


def test_scores_that_moved_fail_and_the_new_file_is_there(saved):
    model = perdure.load("old.perdure")
    model.set_params(logisticregression__class_weight={0: 1e6, 1: 1e-6})
    with_model("old.perdure", model)
    options = ("--data", "train.csv", "--no-isolation", "-o", "new.perdure")
    result = run("rebuild", "old.perdure", *options)
    assert result.exit_code == 1
    assert "out of range" in result.stdout
    assert record_of("new.perdure").lineage[0].model == digest_of("old.perdure")
    assert run_json("rebuild", "old.perdure", *options)["ok"] is False


def test_what_fails_in_the_other_process_is_said(saved):
    X, y = saved
    perdure.dump({"a": LogisticRegression().fit(X, y)}, "dict.perdure")
    with pytest.raises(UnsupportedError, match="only one estimator"):
        perdure.rebuild("dict.perdure", "new.perdure", X=X, y=y, isolated=False)
    with pytest.raises(UnsupportedError, match="isolated environment only"):
        perdure.rebuild("old.perdure", "new.perdure", X=X, y=y, isolated=False, requirements=["numpy"])


def test_without_scores_there_is_a_note(saved):
    X, y = saved
    perdure.dump(LogisticRegression().fit(X, y), "plain.perdure")
    report = perdure.rebuild("plain.perdure", "new.perdure", X=X, y=y, isolated=False)
    assert [item.status for item in report.of("scores")] == ["note"]
    assert record_of("new.perdure").data.X.values is not None


def test_a_file_does_not_choose_what_is_installed(saved):
    from dataclasses import replace

    from perdure.record.record import Distribution

    record = record_of("old.perdure")
    strange = (
        Distribution(name="evil", version="1.0"),
        Distribution(name="numpy", version="1 --index-url http://evil"),
        Distribution(name="scipy", version="1.0", direct_url="git+https://evil/x@0"),
    )
    environment = replace(record.environment, distributions=(*strange, *record.environment.distributions))
    wanted = requirements_of(replace(record, environment=environment), (), frames=False)
    assert not [item for item in wanted if "evil" in item]
    release = next(item.version for item in record.environment.distributions if item.name == "scikit-learn")
    assert f"scikit-learn=={release}" in wanted
    asked = requirements_of(record, ["scikit-learn==1.9.1"], frames=True)
    assert f"scikit-learn=={release}" not in asked[:-1]
    assert asked[-1] == "scikit-learn==1.9.1"


def test_without_uv_the_error_says_what_to_install(saved, monkeypatch, tmp_path):
    X, y = saved
    monkeypatch.setattr(environments.shutil, "which", lambda name: None)
    monkeypatch.setattr(environments.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(MissingExtraError, match="pip install uv"):
        perdure.rebuild("old.perdure", "new.perdure", X=X, y=y)


@pytest.mark.skipif(os.name == "nt", reason="a script of the shell")
def test_what_uv_says_is_said(saved, monkeypatch, tmp_path):
    X, y = saved
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho no such release >&2\nexit 2\n")
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(UnsupportedError, match="no such release"):
        perdure.rebuild("old.perdure", "new.perdure", X=X, y=y, requirements=["scikit-learn==0"])
    assert not os.path.exists("new.perdure")


SAVE = """
import perdure
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
X, y = load_breast_cancer(return_X_y=True)
model = RandomForestClassifier(20, random_state=0).fit(X, y)
perdure.dump(model, "old.perdure", X=X, y=y, cv=5, scoring=["accuracy"], strict=True)
"""


@pytest.mark.slow
def test_between_two_releases(tmp_path):
    """Needs uv and the package index."""
    from sklearn.datasets import load_breast_cancer

    older = make_environment(str(tmp_path / "older"), ["scikit-learn==1.5.2", "zstandard"], None)
    subprocess.run([older, "-I", "-c", SAVE], cwd=tmp_path, check=True)
    X, y = load_breast_cancer(return_X_y=True)
    old, new = tmp_path / "old.perdure", tmp_path / "new.perdure"
    report = perdure.rebuild(old, new, X=X, y=y, requirements=["scikit-learn==1.9.1"], python=sys.executable)
    assert report.ok, str(report)
    assert perdure.open(new).libraries["scikit-learn"] == "1.9.1"
    assert record_of(str(new)).lineage[0].libraries["scikit-learn"] == "1.5.2"
