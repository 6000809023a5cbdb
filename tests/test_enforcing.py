"""`load(..., enforce_columns=True)`: columns by name, in any order, and none missing."""

from __future__ import annotations

import copy
import io
import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.compose import make_column_transformer
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.validation import check_is_fitted

import perdure
from perdure.errors import UnsupportedError

RANDOM = np.random.default_rng(0)
X = pd.DataFrame({"a": RANDOM.normal(size=60), "b": RANDOM.normal(size=60), "c": RANDOM.normal(size=60)})
TURNED = X[["c", "a", "b"]]
Y = np.where(X["a"] + X["b"] > X["c"], "up", "down")


def loaded(model, **more):
    return perdure.load(io.BytesIO(perdure.dumps(model)), enforce_columns=True, **more)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        # scikit-learn's own words about names are what this is instead of.
        warnings.filterwarnings("error", message=".*feature names.*")
        yield


MODELS = [
    (LogisticRegression(), ["predict", "predict_proba", "predict_log_proba", "decision_function"]),
    (make_pipeline(StandardScaler(), LogisticRegression()), ["predict", "predict_proba", "decision_function"]),
    (RandomForestClassifier(5, random_state=0), ["predict", "predict_proba", "apply"]),
    (StandardScaler(), ["transform"]),
    (make_column_transformer((StandardScaler(), ["a", "b"]), (StandardScaler(), [2])), ["transform"]),
    (GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2), ["predict", "predict_proba"]),
]


@pytest.mark.parametrize(("model", "methods"), MODELS, ids=lambda value: type(value).__name__)
def test_any_order_and_too_many_give_what_the_fit_had(model, methods):
    model = clone(model).fit(X, Y)
    again = loaded(model)
    for method in methods:
        expected = getattr(model, method)(X)
        for given in (X, TURNED, TURNED.assign(more=1.0), TURNED.assign(d="text")):
            assert np.array_equal(getattr(again, method)(given), expected)
        with pytest.raises(UnsupportedError, match='it has no column "b"'):
            getattr(again, method)(TURNED[["c", "a"]])
        with pytest.raises(UnsupportedError, match='no column "a", "b"'):
            getattr(again, method)(X[["c"]])


def test_score_and_what_gives_its_results_one_by_one():
    model = GradientBoostingClassifier(n_estimators=4, random_state=0).fit(X, Y)
    again = loaded(model)
    assert again.score(TURNED, Y) == model.score(X, Y)
    assert again.score(X=TURNED, y=Y) == model.score(X, Y)
    for found, expected in zip(again.staged_predict_proba(TURNED), model.staged_predict_proba(X), strict=True):
        assert np.array_equal(found, expected)


def test_neighbors_are_asked_with_rows_or_without():
    model = NearestNeighbors(n_neighbors=2).fit(X)
    again = loaded(model)
    assert np.array_equal(again.kneighbors(TURNED, 3)[1], model.kneighbors(X, 3)[1])
    assert np.array_equal(again.kneighbors(X=TURNED)[1], model.kneighbors(X)[1])
    assert np.array_equal(again.kneighbors()[1], model.kneighbors()[1])


@pytest.mark.parametrize("library", ["polars", "arrow"])
def test_frames_of_other_libraries(library):
    rows = X.assign(city=["Rome", "Oslo", "Ulm"] * 20)
    plain = LinearRegression().fit(X.to_numpy(), X["a"])
    strings = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["city"]), remainder="passthrough"), LinearRegression()
    ).fit(rows, X["a"])
    make = pl.from_pandas if library == "polars" else pa.Table.from_pandas
    again = perdure.EnforcedColumns(plain, columns=["a", "b", "c"])
    assert np.array_equal(again.predict(make(TURNED)), plain.predict(X.to_numpy()))
    with pytest.raises(UnsupportedError, match='no column "b"'):
        again.predict(make(X[["a", "c"]]))
    again = loaded(strings)
    with pytest.raises(UnsupportedError, match='no column "city"'):
        again.predict(make(X))
    picked = perdure.enforcing.pick(make(rows[["city", "c", "a", "b"]]), ["a", "b", "c", "city"], "it")
    assert list(picked.columns if library == "polars" else picked.column_names) == ["a", "b", "c", "city"]


def test_arrays_have_no_names_and_are_passed_through():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    again = loaded(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.array_equal(again.predict(X.to_numpy()), model.predict(X))
        with pytest.raises(ValueError, match="2 features"):
            again.predict(X.to_numpy()[:, :2])


def test_a_model_of_an_array_has_its_names_from_the_record_or_from_the_caller(tmp_path):
    model = LogisticRegression().fit(X.to_numpy(), Y)
    perdure.dump(model, tmp_path / "m.perdure", X=X, y=Y)
    again = perdure.load(tmp_path / "m.perdure", enforce_columns=True)
    assert again.columns == ("a", "b", "c")
    assert np.array_equal(again.predict(TURNED), model.predict(X.to_numpy()))
    assert np.array_equal(again.predict(X.to_numpy()), model.predict(X.to_numpy()))
    with pytest.raises(UnsupportedError, match=r"fitted on an array[\s\S]*EnforcedColumns\(model, columns="):
        loaded(model)
    with pytest.raises(UnsupportedError, match="fitted on an array"):
        loaded(TfidfVectorizer().fit(["one two", "three"]))
    named = perdure.EnforcedColumns(model, columns=["a", "b", "c"])
    assert np.array_equal(named.predict(TURNED), model.predict(X.to_numpy()))


def test_a_column_that_is_there_twice_is_refused():
    model = loaded(LogisticRegression().fit(X, Y))
    twice = pd.concat([X, X[["b"]]], axis=1)
    with pytest.raises(UnsupportedError, match='two columns "b"'):
        model.predict(twice)
    # What nobody wants may be there as often as it likes.
    more = pd.concat([TURNED, X[["b"]].set_axis(["d"], axis=1), X[["b"]].set_axis(["d"], axis=1)], axis=1)
    assert np.array_equal(model.predict(more), model.predict(X))


def test_what_is_no_model_is_refused():
    with pytest.raises(UnsupportedError, match=r"the file holds a dict[\s\S]*EnforcedColumns"):
        loaded({"model": LogisticRegression().fit(X, Y)})
    data = perdure.dumps(LogisticRegression().fit(X, Y))
    assert isinstance(perdure.loads(data, enforce_columns=True), perdure.EnforcedColumns)
    assert type(perdure.loads(data)) is LogisticRegression


@pytest.mark.parametrize("copied", [copy.deepcopy, copy.copy, lambda model: pickle.loads(pickle.dumps(model))])
def test_it_is_copied_and_pickled(copied):
    model = LogisticRegression().fit(X, Y)
    again = copied(loaded(model))
    assert isinstance(again, perdure.EnforcedColumns)
    assert np.array_equal(again.predict_proba(TURNED), model.predict_proba(X))


def test_it_is_what_the_estimator_is():
    model = RandomForestClassifier(5, random_state=0).fit(X, Y)
    again = loaded(model)
    assert type(again.estimator) is RandomForestClassifier
    assert is_classifier(again)
    assert not is_regressor(again)
    assert again.classes_.tolist() == ["down", "up"]
    assert again.n_features_in_ == 3
    assert np.array_equal(again.feature_importances_, model.feature_importances_)
    assert "feature_importances_" in dir(again)
    assert repr(again) == f"EnforcedColumns({model!r})"
    assert "RandomForestClassifier(n_estimators=5" in again._repr_html_()
    check_is_fitted(again)
    with pytest.raises(NotFittedError):
        check_is_fitted(clone(again))
    with pytest.raises(AttributeError, match="nothing_"):
        _ = again.nothing_
    assert not hasattr(again, "transform")


def test_it_is_cloned_searched_and_fitted():
    again = loaded(LogisticRegression(C=0.5).fit(X, Y))
    assert again.get_params()["estimator__C"] == 0.5
    fresh = clone(again).set_params(estimator__C=2.0)
    assert (fresh.estimator.C, again.estimator.C) == (2.0, 0.5)
    assert fresh.fit(TURNED, Y) is fresh
    # The order is that of the last fit.
    assert fresh.feature_names_in_.tolist() == ["c", "a", "b"]
    assert np.array_equal(fresh.predict(X), fresh.estimator.predict(TURNED))
    with pytest.raises(UnsupportedError, match="estimator__C"):
        again.set_params(C=1.0)
    expected = cross_val_score(LogisticRegression(C=0.5), X, Y, cv=3)
    assert np.array_equal(cross_val_score(again, X, Y, cv=3), expected)
    search = GridSearchCV(again, {"estimator__C": [0.1, 1.0]}, cv=2).fit(X, Y)
    assert search.best_estimator_.predict(TURNED).shape == (60,)
    whole = make_pipeline(StandardScaler(), clone(again)).fit(X, Y)
    assert whole.score(X, Y) > 0.8


def test_partial_fit_takes_the_columns_by_name_too():
    learned = SGDClassifier(random_state=0).partial_fit(X, Y, classes=["down", "up"])
    again = loaded(learned)
    assert again.partial_fit(TURNED, Y) is again
    learned.partial_fit(X, Y)
    assert np.array_equal(again.coef_, learned.coef_)


def test_what_is_saved_is_the_estimator(tmp_path):
    model = LogisticRegression().fit(X, Y)
    perdure.dump(loaded(model), tmp_path / "m.perdure")
    assert type(perdure.load(tmp_path / "m.perdure")) is LogisticRegression
    assert perdure.dumps(loaded(model)) == perdure.dumps(model)
