"""Scores that dump computes, takes from a search, or is handed: per fold, and with folds that can be drawn again."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneOut,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import perdure
from perdure.errors import PerdureWarning, UnsupportedError
from perdure.record.folds import digest_of, fold_digests, splitter_from
from perdure.record.scoring import TrainingSet, split


@pytest.fixture
def model(two_classes):
    return LogisticRegression().fit(*two_classes)


def scores_of(model, **arguments):
    file = io.BytesIO()
    perdure.dump(model, file, **arguments)
    file.seek(0)
    with perdure.open(file) as opened:
        return opened.record.scores


def test_scores_are_those_of_cross_validate(model, two_classes):
    X, y = two_classes
    scoring = ["accuracy", "roc_auc"]
    scores = scores_of(model, X=X, y=y, cv=5, scoring=scoring)
    expected = cross_validate(model, X, y, cv=5, scoring=scoring)
    for name in scoring:
        assert list(scores.metrics[f"test_{name}"].folds) == expected[f"test_{name}"].tolist()
    assert scores.scorers == {"test_accuracy": "accuracy", "test_roc_auc": "roc_auc"}
    assert scores.folds.splitter == "StratifiedKFold"
    assert scores.folds.rows == 60
    folds = StratifiedKFold(5).split(X, y)
    assert scores.folds.digests == fold_digests(folds)


@pytest.mark.parametrize("scoring", [None, "f1", ["f1"], {"mine": "f1"}], ids=str)
def test_any_way_to_say_what_is_scored(model, two_classes, scoring):
    X, y = two_classes
    scores = scores_of(model, X=X, y=y, cv=3, scoring=scoring)
    expected = cross_validate(model, X, y, cv=3, scoring=None if scoring is None else "f1")["test_score"]
    ((name, scorer),) = scores.scorers.items()
    assert scorer == ("score" if scoring is None else "f1")
    assert list(scores.metrics[name].folds) == expected.tolist()


SPLITTERS = [
    KFold(4),
    KFold(4, shuffle=True),
    KFold(3, shuffle=True, random_state=np.random.RandomState(5)),
    ShuffleSplit(3, test_size=0.3),
    RepeatedStratifiedKFold(n_splits=3, n_repeats=2),
    StratifiedKFold(3, shuffle=True, random_state=np.int64(7)),
    TimeSeriesSplit(3, gap=2),
    GroupKFold(3),
    LeaveOneOut(),
]


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda splitter: type(splitter).__name__)
def test_the_same_folds_can_be_drawn_from_the_record(two_classes, splitter):
    X, y = two_classes
    groups = np.arange(60) % 7
    scores = scores_of(LogisticRegression(), X=X, y=y, cv=splitter, groups=groups)
    assert scores.folds.splitter == type(splitter).__name__
    again = splitter_from(scores.folds)
    assert fold_digests(again.split(X, y, groups)) == scores.folds.digests
    assert len(scores.metrics["test_score"].folds) == len(scores.folds.digests)


def test_another_seed_draws_other_folds(two_classes):
    first, second = (
        split(LogisticRegression(), TrainingSet(*two_classes), KFold(4, shuffle=True, random_state=seed))[1]
        for seed in (0, 1)
    )
    assert not set(first.digests) & set(second.digests)


def test_a_generator_of_the_caller_stays_where_it_is(two_classes):
    chance = np.random.RandomState(5)
    before = chance.get_state()[1].copy()
    split(LogisticRegression(), TrainingSet(*two_classes), KFold(4, shuffle=True, random_state=chance))
    assert np.array_equal(chance.get_state()[1], before)


def test_a_digest_tells_training_from_test_rows():
    assert len({digest_of([0, 1], [2]), digest_of([0], [1, 2]), digest_of([1, 0], [2]), digest_of([2], [0, 1])}) == 4
    assert digest_of(np.array([0, 1], dtype="i4"), [2]) == digest_of([0, 1], [2])


def test_folds_of_somebodys_own_have_digests(model, two_classes):
    X, y = two_classes
    folds = list(KFold(3).split(X))
    scores = scores_of(model, X=X, y=y, cv=iter(folds))
    assert scores.folds.splitter == "given"
    assert scores.folds.digests == tuple(digest_of(*fold) for fold in folds)
    assert splitter_from(scores.folds) is None


def test_weights_reach_fit(two_classes):
    X, y = two_classes
    weights = np.where(np.arange(60) < 30, 10.0, 0.1)
    for model in (LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression())):
        plain = scores_of(model, X=X, y=y, cv=4, scoring="neg_log_loss")
        weighted = scores_of(model, X=X, y=y, sample_weight=weights, cv=4, scoring="neg_log_loss")
        assert plain.folds == weighted.folds
        assert plain.metrics["test_neg_log_loss"] != weighted.metrics["test_neg_log_loss"]


# --- what fails costs no model --------------------------------------------------------------------------


def broken(estimator, X, y):
    raise RuntimeError("broken")


@pytest.mark.parametrize(
    "scorer", ["no_such_score", broken, "neg_mean_squared_log_error"], ids=["unknown", "broken", "negative"]
)
def test_a_scorer_that_fails_is_left_out_with_a_warning(model, two_classes, scorer):
    X, y = two_classes
    y = np.where(y == 1, 1, -1)
    model = LogisticRegression().fit(X, y)
    with pytest.warns(PerdureWarning, match="lacks the score test_bad"):
        scores = scores_of(model, X=X, y=y, cv=3, scoring={"bad": scorer, "good": "accuracy"})
    assert [name for name in scores.metrics if name.startswith("test_")] == ["test_good"]
    assert scores.scorers == {"test_good": "accuracy"}


@pytest.mark.parametrize(
    "arguments",
    [{"cv": 3}, {"cv": 3, "X": [[1.0]], "y": [0]}, {"cv": "x", "X": [[1.0]], "y": [0]}, {"scoring": "no_such_score"}],
    ids=str,
)
def test_scores_that_fail_cost_no_model(model, tmp_path, arguments):
    path = tmp_path / "model.perdure"
    with pytest.warns(PerdureWarning, match="lacks the scores?"):
        perdure.dump(model, path, **arguments)
    assert np.array_equal(perdure.load(path).coef_, model.coef_)
    with pytest.raises(UnsupportedError):
        perdure.dump(model, path, strict=True, **arguments)


def test_annotate_adds_scores_later(model, two_classes, tmp_path):
    X, y = two_classes
    path = tmp_path / "model.perdure"
    perdure.dump(model, path)
    perdure.annotate(path, X=X, y=y, cv=4, scoring=["accuracy"])
    perdure.annotate(path, X=X, y=y, cv=4, scoring=["f1"])
    with perdure.open(path) as file:
        scores = file.record.scores
    assert scores.scorers == {"test_accuracy": "accuracy", "test_f1": "f1"}
    perdure.annotate(path, X=X, y=y, cv=3, scoring=["f1"])
    with perdure.open(path) as file:
        scores = file.record.scores
    assert scores.scorers == {"test_f1": "f1"}
    assert len(scores.metrics["test_accuracy"].folds) == 4
    assert len(scores.folds.digests) == 3


# --- handed in, and of a search ---------------------------------------------------------------------------


def test_folds_of_scores_that_are_handed_in(model, two_classes):
    X, y = two_classes
    found = cross_validate(model, X, y, cv=4, scoring=["f1"], return_indices=True) if _indices() else None
    if found is not None:
        assert scores_of(model, scores=found).folds.digests == fold_digests(StratifiedKFold(4).split(X, y))
        with pytest.warns(PerdureWarning, match="not those of the scores"):
            assert scores_of(model, scores=found, X=X, y=y, cv=KFold(4)).folds is None
    plain = cross_validate(model, X, y, cv=4, scoring=["f1"])
    scores = scores_of(model, scores=plain, X=X, y=y, cv=4, scoring=["f1"])
    assert scores.folds.splitter == "StratifiedKFold"
    assert scores.scorers == {"test_f1": "f1"}
    with pytest.warns(PerdureWarning, match="without a seed"):
        assert scores_of(model, scores=plain, X=X, y=y, cv=KFold(4, shuffle=True)).folds is None


def _indices() -> bool:
    import inspect

    return "return_indices" in inspect.signature(cross_validate).parameters


@pytest.mark.parametrize("scoring", [None, "f1", ["f1", "accuracy"]], ids=str)
def test_the_scores_of_a_search_are_those_of_its_best_candidate(two_classes, scoring):
    X, y = two_classes
    refit = "f1" if isinstance(scoring, list) else True
    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, cv=3, scoring=scoring, refit=refit).fit(X, y)
    alone = scores_of(search)
    assert alone.folds is None
    assert alone.estimator == "best_estimator_"
    scores = scores_of(search, X=X, y=y)
    assert scores.folds.digests == fold_digests(StratifiedKFold(3).split(X, y))
    expected = cross_validate(search.best_estimator_, X, y, cv=3, scoring=scoring)
    assert set(scores.scorers) == {name for name in expected if name.startswith("test_")}
    for name in scores.scorers:
        assert list(scores.metrics[name].folds) == expected[name].tolist()


def test_folds_of_a_search_that_were_drawn_by_chance_are_not_made_up(two_classes):
    X, y = two_classes
    search = GridSearchCV(DummyClassifier(), {"strategy": ["prior"]}, cv=KFold(3, shuffle=True)).fit(X, y)
    assert scores_of(search, X=X, y=y).folds is None


def test_a_dump_without_cv_fits_nothing(model, two_classes, monkeypatch):
    monkeypatch.setattr(LogisticRegression, "fit", lambda *a, **k: pytest.fail("fitted"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert scores_of(model, X=two_classes[0], y=two_classes[1]) is None
