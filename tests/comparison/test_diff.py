"""diff: what it says of two models, and of two that are the same."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import perdure
from cli.running import run, run_json
from perdure.comparison.walking import changes

CHANCE = np.random.RandomState(0)
X = CHANCE.normal(size=(80, 3))
Y = (X @ [2.0, -1.0, 0.5] + CHANCE.normal(size=80) > 0).astype(int)


def file_of(model, **arguments) -> io.BytesIO:
    file = io.BytesIO()
    perdure.dump(model, file, **arguments)
    file.seek(0)
    return file


MODELS = [
    LogisticRegression(),
    make_pipeline(StandardScaler(), RandomForestClassifier(4, random_state=0)),
    HistGradientBoostingClassifier(max_iter=3, random_state=0),
    KMeans(2, n_init=1, random_state=0),
    KNeighborsClassifier(algorithm="kd_tree"),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_the_same_model_twice(model):
    model.fit(X, Y)
    found = perdure.diff(file_of(model), file_of(model))
    assert found.same
    assert found.rows() == []
    assert str(found).endswith("hold the same model")


@pytest.mark.parametrize("model", MODELS[1:4], ids=lambda model: type(model).__name__)
def test_a_model_fitted_on_other_rows_differs(model):
    from sklearn.base import clone

    found = perdure.diff(file_of(clone(model).fit(X, Y)), file_of(clone(model).fit(X[:50] * 1.5, Y[:50])))
    assert not found.same
    assert found.parameters == ()
    assert found.attributes
    assert found.predictions
    sizes = [1.0 if change.size is None else change.size for change in found.attributes]
    assert sizes == sorted(sizes, reverse=True)


def test_parameters_attributes_predictions_and_scores():
    first, second = LogisticRegression(C=1.0).fit(X, Y), LogisticRegression(C=0.01).fit(X, Y)
    found = perdure.diff(
        file_of(first, X=X, y=Y, cv=4, scoring=["neg_log_loss"]),
        file_of(second, X=X, y=Y, cv=4, scoring=["neg_log_loss"]),
    )
    (parameter,) = found.parameters
    assert (parameter.place, parameter.before, parameter.after) == ("model.C", 1.0, 0.01)
    coefficient = next(change for change in found.attributes if change.place.startswith("model.coef_"))
    worst = int(np.argmax(np.abs(first.coef_ - second.coef_)))
    assert coefficient.place == f"model.coef_[0, {worst}]"
    assert (coefficient.before, coefficient.after) == (first.coef_[0, worst], second.coef_[0, worst])
    largest = max(np.abs(first.coef_).max(), np.abs(second.coef_).max())
    assert coefficient.size == pytest.approx(np.abs(first.coef_ - second.coef_).max() / largest)
    assert any(change.place.startswith("decision_function (different)") for change in found.predictions)
    (score,) = found.scores
    assert score.place == "test_neg_log_loss"
    assert score.before > score.after
    assert found.versions == found.notes == ()


def test_places_within_a_pipeline():
    def pipeline(C, shift):
        model = make_pipeline(StandardScaler(with_mean=True), LogisticRegression(C=C)).fit(X, Y)
        model[0].mean_[1] += shift
        return model

    found = perdure.diff(file_of(pipeline(1.0, 0.0)), file_of(pipeline(2.0, 0.5)))
    assert "model.steps[1][1].C" in {change.place for change in found.parameters}
    assert "model.steps[0][1].mean_[1]" in {change.place for change in found.attributes}


def test_one_threshold_of_one_tree():
    model = RandomForestClassifier(3, random_state=0).fit(X, Y)
    first = file_of(model)
    model.estimators_[1].tree_.threshold[0] += 0.125
    (change,) = perdure.diff(first, file_of(model)).attributes
    assert change.place.startswith("model.estimators_[1].tree_.")
    assert "threshold" in change.place
    assert change.after - change.before == pytest.approx(0.125)


def test_files_without_a_record_or_with_other_rows():
    first, second = Ridge().fit(X, Y), Ridge().fit(X[:, :2], Y)
    found = perdure.diff(io.BytesIO(perdure.dumps(first)), io.BytesIO(perdure.dumps(second)))
    assert found.predictions == ()
    assert "neither file has a probe" in found.notes[0]
    found = perdure.diff(file_of(first), file_of(second))
    assert all("do not suit both models" in note for note in found.notes)
    assert len(found.notes) == 2
    assert {change.place for change in found.attributes} >= {"model.coef_", "model.n_features_in_"}


def test_two_kinds_of_model():
    found = perdure.diff(file_of(Ridge().fit(X, Y)), file_of(LogisticRegression().fit(X, Y)))
    assert [str(change) for change in found.attributes] == ["model: Ridge(…) → LogisticRegression(…)"]
    assert not found.same


def test_a_pattern_of_somebodys_own_is_not_asked():
    texts = ["the old tree", "a leaf", "the leaf"]
    files = [file_of(CountVectorizer(token_pattern=p).fit(texts)) for p in ("[a-z]{2,}", "[a-z]+")]
    found = perdure.diff(*files)
    assert found.predictions == ()
    assert "regular expression" in found.notes[0]
    assert {change.place for change in found.parameters} == {"model.token_pattern"}


@pytest.mark.parametrize(
    ("before", "after", "places"),
    [
        (1, 1.0, []),
        (float("nan"), float("nan"), []),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), []),
        (np.array([1.0, np.nan]), np.array([1.0, 2.0]), ["x[1]"]),
        (np.array(["a", "b"]), np.array(["a", "c"]), ["x[1]"]),
        (np.array(["a", None], object), np.array(["a", 1], object), ["x[1]"]),
        (np.zeros((2, 2)), np.zeros((2, 3)), ["x"]),
        (np.array([], float), np.array([], float), []),
        ({"a": 1, "b": 2}, {"a": 1, "c": 2}, ["x['b']", "x['c']"]),
        ([1, 2], [1, 2, 3], ["x"]),
        ({1, 2}, {1, 3}, ["x"]),
        (True, 1, ["x"]),
        ("a", None, ["x"]),
        (sparse.eye(3).tocsr(), sparse.eye(3).tocsc().tocsr() * 2, ["x"]),
        (np.array([np.inf]), np.array([1.0]), ["x[0]"]),
    ],
    ids=str,
)
def test_values_side_by_side(before, after, places):
    assert [change.place for change in changes(before, after, "x")[1]] == places


def test_encoders_of_frames():
    frames = [pd.DataFrame({"place": values}) for values in (["a", "b"], ["a", "c"])]
    found = perdure.diff(*(file_of(OneHotEncoder().fit(frame)) for frame in frames))
    assert "model.categories_[0][1]" in {change.place for change in found.attributes}


def test_values_that_refer_to_themselves_end():
    one, other = [1], [2]
    one.append(one)
    other.append(other)
    assert [change.place for change in changes(one, other, "x")[1]] == ["x[0]"]


def test_the_command_and_its_json(tmp_path):
    first, second = str(tmp_path / "a.perdure"), str(tmp_path / "b.perdure")
    perdure.dump(Ridge(1.0).fit(X, Y), first)
    perdure.dump(Ridge().fit(X, Y + 0.5).set_params(alpha=float("inf")), second)
    result = run("diff", first, second)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "hold different models" in result.stdout.splitlines()[0]
    assert "model.alpha: 1 → inf" in result.stdout
    found = run_json("diff", first, second)
    assert (found["schema"], found["same"]) == ("perdure.diff/1", False)
    assert found["parameters"] == [{"place": "model.alpha", "before": 1.0, "after": "inf", "size": "inf"}]
    assert run_json("diff", first, first)["attributes"] == []
    assert run("diff", first, str(tmp_path / "gone.perdure")).exit_code == 2


def test_the_difference_as_text_and_html_is_harmless():
    files = [file_of(CountVectorizer(vocabulary=[word]).fit(["a"])) for word in ("<b>\x1b[31m", "<i>")]
    found = perdure.diff(*files)
    assert "\x1b" not in str(found)
    assert "<b>" not in found._repr_html_()
    json.dumps(found.to_dict(), allow_nan=False)
