"""verify with rescore: the same folds, known by their digests, and scores that are the same, in range, or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import perdure
from cli.running import run, run_json
from perdure.container.writing import append_sections
from perdure.record.record import RECORD

CHANCE = np.random.RandomState(0)
X = CHANCE.normal(size=(90, 3))
Y = (X @ [2.0, -1.0, 0.5] + CHANCE.normal(size=90) > 0).astype(int)


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("train.npz", X=X, y=Y)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    perdure.dump(model, "model.perdure", X=X, y=Y, cv=5, scoring=["accuracy", "roc_auc"], data="train.npz")
    return "model.perdure"


def scores_changed(path: str, **shift: float) -> None:
    """Write other scores into the record, with every digest right."""
    with perdure.open(path) as file:
        record = file.record
    metrics = dict(record.scores.metrics)
    for name, by in shift.items():
        old = metrics[name]
        metrics[name] = replace(old, folds=tuple(fold + by for fold in old.folds), mean=old.mean + by)
    append_sections(path, {RECORD: replace(record, scores=replace(record.scores, metrics=metrics)).to_bytes()})


def test_the_same_scores(path):
    report = perdure.verify(path, X=X, y=Y, rescore=True)
    assert report.ok
    assert [finding.details["verdict"] for finding in report.of("scores")] == ["the same", "the same"]
    assert [finding.details["metric"] for finding in report.of("scores")] == ["test_accuracy", "test_roc_auc"]
    first = report.of("scores")[0]
    assert first.details["then"] == first.details["now"]
    assert f"{np.mean(first.details['now']):.3f} ± {np.std(first.details['now']):.3f} now: the same" in first.message


def test_nothing_is_scored_unless_asked(path, monkeypatch):
    monkeypatch.setattr(LogisticRegression, "fit", lambda *a, **k: pytest.fail("fitted"))
    assert perdure.verify(path).of("scores") == ()


def test_in_range_and_out_of_range(path):
    with perdure.open(path) as file:
        std = file.record.scores.metrics["test_accuracy"].std
    scores_changed(path, test_accuracy=0.4 * std)
    report = perdure.verify(path, X=X, y=Y, rescore=True)
    assert report.ok
    assert [finding.details["verdict"] for finding in report.of("scores")] == ["in range", "the same"]
    (failed,) = perdure.verify(path, X=X, y=Y, rescore=True, range_within=0.3).failed
    assert failed.details["verdict"] == "out of range"
    assert "by fold" in failed.message
    assert perdure.verify(path, X=X, y=Y, rescore=True, range_within=0, same_within=1).ok
    scores_changed(path, test_accuracy=0.4 * std)
    assert [item.details["metric"] for item in perdure.verify(path, X=X, y=Y, rescore=True).failed] == ["test_accuracy"]


def test_other_folds_are_known(path):
    for other, said in [
        ({"X": X, "y": Y, "cv": KFold(5, shuffle=True, random_state=1)}, "5 of 5 folds are not the ones"),
        ({"X": X, "y": Y, "cv": KFold(4)}, "there were 5 folds"),
        ({"X": X[:-1], "y": Y[:-1]}, "from 90 rows, and there are 89 now"),
        ({"X": X[::-1], "y": Y[::-1]}, "folds are not the ones"),
    ]:
        failed = perdure.verify(path, rescore=True, **other).of("scores")
        assert [finding.status for finding in failed] == ["failed"]
        assert said in failed[0].message


def test_another_seed_in_the_record_draws_other_folds(tmp_path):
    path = str(tmp_path / "model.perdure")
    cv = KFold(4, shuffle=True, random_state=0)
    perdure.dump(Ridge().fit(X, Y), path, X=X, y=Y, cv=cv)
    assert perdure.verify(path, X=X, y=Y, rescore=True).ok
    with perdure.open(path) as file:
        record = file.record
    folds = replace(record.scores.folds, parameters={**record.scores.folds.parameters, "random_state": 1})
    append_sections(path, {RECORD: replace(record, scores=replace(record.scores, folds=folds)).to_bytes()})
    assert "another splitter or seed" in perdure.verify(path, X=X, y=Y, rescore=True).failed[0].message


def test_folds_and_scorers_of_somebodys_own_are_given_again(tmp_path):
    def wins(estimator, X, y):
        return float((estimator.predict(X) == y).sum())

    path = str(tmp_path / "model.perdure")
    folds = list(KFold(3).split(X))
    perdure.dump(LogisticRegression().fit(X, Y), path, X=X, y=Y, cv=folds, scoring={"wins": wins})
    given = {"X": X, "y": Y, "rescore": True}
    assert "cv= as it was" in perdure.verify(path, **given).failed[0].message
    assert "scored by a function" in perdure.verify(path, cv=folds, **given).failed[0].message
    assert perdure.verify(path, cv=folds, scoring={"wins": wins}, **given).ok


def test_the_best_of_a_search_is_scored_again(tmp_path):
    path = str(tmp_path / "model.perdure")
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, cv=3, scoring="f1").fit(X, Y)
    perdure.dump(search, path, X=X, y=Y)
    report = perdure.verify(path, X=X, y=Y, rescore=True)
    assert [finding.details["verdict"] for finding in report.of("scores")] == ["the same"]


def test_a_forest_without_a_seed_is_scored_all_the_same(tmp_path):
    path = str(tmp_path / "model.perdure")
    perdure.dump(RandomForestClassifier(5).fit(X, Y), path, X=X, y=Y, cv=3)
    (found,) = perdure.verify(path, X=X, y=Y, rescore=True, range_within=100).of("scores")
    assert found.status == "ok"


@pytest.mark.parametrize("name", ["gone.npz", "train.txt", "broken.npz", "broken.csv", "no_x.npz"])
def test_data_that_cannot_be_read_are_a_finding(path, name):
    Path("train.txt").write_text("x")
    Path("broken.npz").write_bytes(b"PK\x03\x04 nothing")
    Path("broken.csv").write_text('a,"b\n')
    np.savez("no_x.npz", y=Y)
    report = perdure.verify(path, data=name, rescore=True)
    assert [finding.status for finding in report.of("scores")] == ["failed"]
    assert name in report.of("data")[-1].message


def test_without_data_or_scores_there_is_a_finding(path):
    assert "training data are needed" in perdure.verify(path, rescore=True).failed[0].message
    perdure.dump(LogisticRegression().fit(X, Y), path)
    (failed,) = perdure.verify(path, X=X, y=Y, rescore=True).failed
    assert "no scores" in failed.message
    perdure.dump(LogisticRegression().fit(X, Y), path, scores={"test_score": [1.0, 0.5]})
    (failed,) = perdure.verify(path, X=X, y=Y, rescore=True).failed
    assert "how its scores were made" in failed.message


def test_the_command(path):
    result = run("verify", path, "--data", "train.npz", "--rescore")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "now: the same" in result.stdout
    found = run_json("verify", path, "--data", "train.npz", "--rescore")
    assert [item["details"]["verdict"] for item in found["findings"] if item["check"] == "scores"] == ["the same"] * 2
    with perdure.open(path) as file:
        std = file.record.scores.metrics["test_roc_auc"].std
    scores_changed(path, test_roc_auc=-0.6 * std)
    assert run("verify", path, "--data", "train.npz", "--rescore").exit_code == 1
    assert run("verify", path, "--data", "train.npz", "--rescore", "--range-within", "0.7").exit_code == 0
    assert run("verify", path, "--rescore").exit_code == 1
    assert run("verify", path, "--data", "train.npz").exit_code == 0


def test_a_csv_file_gives_features_and_target_by_name(tmp_path):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    path, train = str(tmp_path / "model.perdure"), str(tmp_path / "train.csv")
    frame.assign(kind=Y).to_csv(train, index=False)
    perdure.dump(LogisticRegression().fit(frame, Y), path, X=frame, y=Y, cv=4, data=train)
    assert perdure.verify(path, data=train, rescore=True).ok
    frame.assign(kind=Y, other=1).to_csv(train, index=False)
    perdure.annotate(path, data=train)
    assert not perdure.verify(path, data=train, rescore=True).ok
    assert perdure.verify(path, data=train, rescore=True, target="kind").ok


HOSTILE = {
    "a scorer without a score": {"scorers": {"test_other": "accuracy"}},
    "a name without test_": {"scorers": {"accuracy": "accuracy"}},
    "no such scorer": {"scorers": {"test_accuracy": "os.system"}},
    "another splitter": {"splitter": "Pipeline"},
    "a private splitter": {"splitter": "_CVIterableWrapper"},
    "a wrong parameter": {"parameters": {"n_splits": 5, "command": "ls"}},
    "a parameter of a wrong type": {"parameters": {"n_splits": "many"}},
    "folds without end": {"splitter": "ShuffleSplit", "parameters": {"n_splits": 10**9, "random_state": 0}},
    "an estimator that is not there": {"estimator": "best_estimator_"},
    "a score too large": {"fold": 1e308},
    "a score that is none": {"fold": float("nan")},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_record_that_lies_is_a_finding(path, name):
    change = HOSTILE[name]
    with perdure.open(path) as file:
        record = file.record
    scores = record.scores
    folds = {key: change[key] for key in ("splitter", "parameters") if key in change}
    other = {key: change[key] for key in ("scorers", "estimator") if key in change}
    if "fold" in change:
        old = scores.metrics["test_accuracy"]
        metrics = {**scores.metrics, "test_accuracy": replace(old, folds=(change["fold"], -1e308, *old.folds[2:]))}
        other["metrics"] = metrics
    scores = replace(scores, folds=replace(scores.folds, **folds), **other)
    append_sections(path, {RECORD: replace(record, scores=scores).to_bytes()})
    found = run_json("verify", path, "--data", "train.npz", "--rescore")
    assert "failed" in [item["status"] for item in found["findings"] if item["check"] == "scores"]
    assert {item["check"] for item in found["findings"] if item["status"] == "failed"} == {"scores"}
