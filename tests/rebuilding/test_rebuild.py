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


# --- the recorded script ------------------------------------------------------------------------------------------------

TRAIN = """
import os, pandas, perdure
from helper import make
from sklearn.model_selection import StratifiedKFold

frame = pandas.read_csv("data/train.csv")
X, y = frame[["a", "b", "c"]], frame["label"]
model = make().fit(X, y)
cv = StratifiedKFold(4, shuffle=True, random_state=3)
open("ran", "w").write(os.getcwd())
perdure.dump(
    model, "old.perdure", X=X, y=y, cv=cv, scoring=["accuracy"], data="data/train.csv",
    source=["auto", "helper.py"], author="A. Person", strict=True,
)
"""
HELPER = """
from sklearn.linear_model import LogisticRegression

def make():
    return LogisticRegression(C=0.5)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    monkeypatch.chdir(folder)
    chance = np.random.RandomState(0)
    X = pd.DataFrame(chance.normal(size=(90, 3)).round(3), columns=["a", "b", "c"])
    X.assign(label=(X["a"] + chance.normal(size=90) > 0).astype(int)).to_csv("data/train.csv", index=False)
    Path("train.py").write_text(TRAIN)
    Path("helper.py").write_text(HELPER)
    train()
    return folder


def train() -> None:
    done = subprocess.run([sys.executable, "train.py"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_recorded_script_is_run_where_its_digest_is_repeated(project):
    os.remove("ran")
    before = Path("old.perdure").read_bytes()
    digest = run_json("record", "old.perdure")["source_digest"]
    asked = ("rebuild", "old.perdure", "--data", "data/train.csv", "--no-isolation", "-o", "new.perdure")
    result = run(*asked, "--run-source", f"sha256:{digest}")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("new.perdure: rebuilt")
    assert "the same" in result.output
    new = record_of("new.perdure")
    assert [(item.how, item.model) for item in new.lineage] == [("run", digest_of("old.perdure"))]
    assert new.author == "A. Person"
    assert new.source.digest == digest
    # It was run elsewhere, and the old file is as it was.
    assert not os.path.exists("ran")
    assert Path("old.perdure").read_bytes() == before
    assert perdure.verify("new.perdure", data="data/train.csv", rescore=True).ok
    old, again = perdure.load("old.perdure"), perdure.load("new.perdure")
    np.testing.assert_allclose(old.coef_, again.coef_, rtol=1e-9)


def test_another_digest_runs_nothing(project):
    for digest in ("", "0" * 64, "sha256:" + "0" * 64, record_of("old.perdure").source.texts[0].sha256):
        with pytest.raises(VerificationError, match="not the digest of the source"):
            perdure.rebuild("old.perdure", "new.perdure", data="data/train.csv", isolated=False, run_source=digest)
    # Nor does a text that was changed in the file.
    from perdure.container.writing import append_sections

    digest = record_of("old.perdure").source.digest
    append_sections("old.perdure", {"record/source/helper.py": HELPER.replace("0.5", "0.7").encode()})
    with pytest.raises(perdure.FormatError, match=r"helper\.py"):
        perdure.rebuild("old.perdure", "new.perdure", data="data/train.csv", isolated=False, run_source=digest)
    assert not os.path.exists("new.perdure")


RUINED = {
    "raise ValueError('stop here')": "stop here",
    "import sys; sys.exit(0)": "dumped no model",
    "perdure.dump(model, 'a.perdure'); perdure.dump(model, 'b.perdure'); os._exit(0)": "dumped 2 models",
}


@pytest.mark.parametrize("line", RUINED)
def test_a_script_that_gives_no_model_is_said(project, line):
    # It gives one where it was written, and none elsewhere.
    here = f"if os.path.basename(os.getcwd()) != 'project': {line}\n"
    Path("train.py").write_text(TRAIN.replace('open("ran"', here + 'open("ran"'))
    train()
    digest = record_of("old.perdure").source.digest
    with pytest.raises(UnsupportedError, match=RUINED[line]):
        perdure.rebuild("old.perdure", "new.perdure", data="data/train.csv", isolated=False, run_source=digest)
    assert not os.path.exists("new.perdure")


def test_a_script_without_its_secrets_is_not_run(project):
    Path("helper.py").write_text(HELPER + "password = 'hunter2'\n")
    with pytest.warns(perdure.PerdureWarning, match="line 6"):
        perdure.annotate("old.perdure", source="helper.py")
    digest = record_of("old.perdure").source.digest
    with pytest.raises(UnsupportedError, match=r"helper\.py lacks what was left out of it as a secret \(line 6\)"):
        perdure.rebuild("old.perdure", "new.perdure", data="data/train.csv", isolated=False, run_source=digest)


def test_the_home_folder_of_whoever_runs_it_takes_the_place_of_the_other(project, monkeypatch):
    home = project.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    Path("train.py").write_text(TRAIN.replace('"ran"', f'"{home}/ran"'))
    train()
    other = project.parent / "other"
    other.mkdir()
    monkeypatch.setenv("HOME", str(other))
    assert str(home).encode() not in Path("old.perdure").read_bytes()
    digest = record_of("old.perdure").source.digest
    perdure.rebuild("old.perdure", "new.perdure", data="data/train.csv", isolated=False, run_source=digest)
    assert (other / "ran").exists()


def test_without_texts_there_is_nothing_to_run(saved):
    X, y = saved
    perdure.dump(LogisticRegression().fit(X, y), "plain.perdure")
    with pytest.raises(UnsupportedError, match="no source that could be run"):
        perdure.rebuild("plain.perdure", "new.perdure", X=X, y=y, isolated=False, run_source="0" * 64)


def test_a_converted_model_tells_the_file_it_comes_from(saved):
    import hashlib
    import pickle

    Path("old.pkl").write_bytes(pickle.dumps(perdure.load("old.perdure")))
    perdure.convert("old.pkl", "converted.perdure")
    first = Path("converted.perdure").read_bytes()
    (parent,) = record_of("converted.perdure").lineage
    assert (parent.how, parent.kind) == ("converted", "pickle")
    assert parent.file == hashlib.sha256(Path("old.pkl").read_bytes()).hexdigest()
    assert parent.model == digest_of("converted.perdure") == digest_of("old.perdure")
    assert "converted" in run("inspect", "converted.perdure").output
    assert perdure.verify("converted.perdure").ok
    # No time and no place in it: the same bytes each time.
    perdure.convert("old.pkl", "converted.perdure")
    assert Path("converted.perdure").read_bytes() == first
    X, y = saved
    perdure.annotate("converted.perdure", X=X, y=y, cv=3)
    perdure.rebuild("converted.perdure", "anew.perdure", X=X, y=y, isolated=False)
    assert [item.how for item in record_of("anew.perdure").lineage] == ["rebuilt", "converted"]


@pytest.mark.slow
def test_a_script_between_two_releases(project):
    """Needs uv and the package index."""
    folder = project.parent
    older = make_environment(str(folder / "older"), ["scikit-learn==1.5.2", "pandas==2.2.3", "zstandard"], None)
    subprocess.run([older, "-s", "train.py"], check=True)
    digest = record_of("old.perdure").source.digest
    more = {"data": "data/train.csv", "requirements": ["scikit-learn==1.9.1"], "python": sys.executable}
    report = perdure.rebuild("old.perdure", "new.perdure", run_source=digest, **more)
    assert report.ok, str(report)
    assert [item.details["verdict"] for item in report.of("scores")]
    new = record_of("new.perdure")
    assert perdure.open("new.perdure").libraries["scikit-learn"] == "1.9.1"
    assert (new.lineage[0].how, new.lineage[0].libraries["scikit-learn"]) == ("run", "1.5.2")
