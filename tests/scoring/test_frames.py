"""A scorer of data frames, as the workers of Spark and Ray call it."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pandas
import pyarrow
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import perdure
from perdure.scoring import working


@pytest.fixture
def files(tmp_path):
    random = np.random.default_rng(0)
    X = pandas.DataFrame({"a": random.normal(size=90), "b": random.normal(size=90)})
    y = np.where(X["a"] > X["b"], "up", "down")
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    perdure.dump(model, tmp_path / "m.perdure", compression=None)
    return model, X, tmp_path / "m.perdure"


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
@pytest.mark.parametrize("kind", ["pandas", "table", "batch"])
def test_the_result_is_the_models(files, method, kind):
    model, X, path = files
    scorer = perdure.Scorer(path, method=method, keep=["id", "day"])
    given = X[["b", "a"]].assign(more=1, day="Monday", id=range(90))
    given.index = range(100, 190)
    if kind == "pandas":
        found = scorer(given)
        assert found.index.equals(given.index)
    else:
        made = pyarrow.Table.from_pandas(given, preserve_index=False)
        if kind == "batch":
            made = made.to_batches()[0]
        result = scorer(made)
        assert type(result) is type(made)
        found = result.to_pandas()
    assert list(found)[:2] == ["id", "day"]
    assert found["id"].tolist() == list(range(90))
    expected = getattr(model, method)(X).reshape(90, -1)
    assert found.iloc[:, 2:].to_numpy().tolist() == expected.tolist()


def test_no_rows_have_a_result_without_rows(files):
    _, X, path = files
    for method, names in (("predict", ["prediction"]), ("predict_proba", ["probability_down", "probability_up"])):
        scorer = perdure.Scorer(path, method=method, keep=["id"])
        assert list(scorer(X[:0].assign(id=[]))) == ["id", *names]
        assert scorer(pyarrow.Table.from_pandas(X[:0].assign(id=[]))).column_names == ["id", *names]


def test_what_does_not_fit_is_refused(files, tmp_path):
    _, X, path = files
    scorer = perdure.Scorer(path, keep=["id"])
    with pytest.raises(perdure.UnsupportedError, match='it has no column "b"'):
        scorer(X[["a"]].assign(id=1))
    with pytest.raises(perdure.UnsupportedError, match='it has no column "id"'):
        scorer(X)
    with pytest.raises(perdure.UnsupportedError, match="not ndarray"):
        scorer(X.to_numpy())
    with pytest.raises(perdure.UnsupportedError, match="two columns of the result"):
        perdure.Scorer(path, keep=["prediction"])(X.assign(prediction=1))
    with pytest.raises(perdure.UnsupportedError, match="no method transform"):
        perdure.Scorer(path, method="transform")
    with pytest.raises(FileNotFoundError):
        perdure.Scorer(tmp_path / "nothing.perdure")


def test_a_model_of_an_array_is_told_its_columns(files, tmp_path):
    _, X, _ = files
    model = LinearRegression().fit(X.to_numpy(), X["a"])
    perdure.dump(model, tmp_path / "array.perdure")
    with pytest.raises(perdure.UnsupportedError, match="fitted on an array"):
        perdure.Scorer(tmp_path / "array.perdure")
    scorer = perdure.Scorer(tmp_path / "array.perdure", columns=["a", "b"])
    expected = model.predict(X.to_numpy()).tolist()
    for given in (X[["b", "a"]], pyarrow.Table.from_pandas(X[["b", "a"]])):
        assert list(scorer(given)["prediction"].to_numpy()) == expected


def test_it_travels_without_the_model_which_is_loaded_once(files, monkeypatch):
    _, X, path = files
    scorer = perdure.Scorer(path)
    data = pickle.dumps(scorer)
    assert len(data) < 1_000
    opened = []
    real = working._api.open
    monkeypatch.setattr(working._api, "open", lambda *given, **more: opened.append(given) or real(*given, **more))
    working._LOADED.clear()
    expected = scorer(X)
    for _ in range(3):
        assert pickle.loads(data)(X).equals(expected)
    assert len(opened) == 1


def test_a_worker_refuses_a_file_that_has_changed(files):
    _, X, path = files
    data = pickle.dumps(perdure.Scorer(path))
    perdure.dump(make_pipeline(StandardScaler(), LinearRegression()).fit(X, X["a"]), path)
    code = (
        "import pickle, sys, pandas; pickle.loads(sys.stdin.buffer.read())(pandas.DataFrame({'a': [1.0], 'b': [2.0]}))"
    )
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=False)
    assert done.returncode != 0
    assert b"no longer the file that the scoring began with" in done.stderr
