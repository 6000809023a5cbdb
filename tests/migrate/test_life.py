"""A migrated model lives on: its parameters are valid today, and it can be cloned and fitted on."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from sklearn.base import clone

from migrate.test_fixtures import CASES, RUNNING, ids, loaded, release_of
from zoo.within import estimators

BEFORE = [(archive, name) for archive, name in CASES if release_of(archive) < RUNNING]


@pytest.mark.parametrize(("archive", "name"), BEFORE, ids=ids(BEFORE))
def test_parameters_are_valid_today(archive, name):
    model, _ = loaded(archive, name)
    for estimator in estimators(model, set()):
        assert list(estimator.get_params(deep=False)) == sorted(estimator._get_param_names())
        clone(estimator)
        if hasattr(estimator, "_parameter_constraints"):
            estimator._validate_params()


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize(
    ("archive", "name", "more"),
    [
        (archive, name, more)
        for archive, name in BEFORE
        for start, more in (
            ("GradientBoostingRegressor-warm", "n_estimators"),
            ("HistGradientBoostingRegressor-warm", "max_iter"),
        )
        if name == start
    ],
)
def test_a_warm_start_goes_on_where_it_was(archive, name, more):
    model, X = loaded(archive, name)
    before = model.get_params()[more]
    model.set_params(**{more: before + 2}).fit(X, X[:, 0])
    assert np.isfinite(model.predict(X)).all()
    trees = model.estimators_ if more == "n_estimators" else model._predictors
    assert len(trees) == before + 2


@pytest.mark.parametrize(("archive", "name"), [c for c in BEFORE if c[1] == "SGDClassifier-partial"])
def test_a_partial_fit_goes_on_where_it_was(archive, name):
    model, X = loaded(archive, name)
    before = model.coef_.copy()
    model.partial_fit(X, np.arange(len(X)) % 2)
    assert model.coef_.shape == before.shape
    assert (model.coef_ != before).any()


@pytest.mark.parametrize(("archive", "name"), [c for c in BEFORE if c[1] == "LogisticRegression-requests"])
def test_a_request_for_metadata_is_asked_for_as_it_was(archive, name):
    model, _ = loaded(archive, name)
    with sklearn.config_context(enable_metadata_routing=True):
        for one in (model, clone(model)):
            assert one.get_metadata_routing().fit.requests == {"sample_weight": True}


@pytest.mark.parametrize(("archive", "name"), [c for c in BEFORE if c[1] == "TunedThresholdClassifierCV"])
def test_the_scorer_of_a_threshold_scores(archive, name):
    model, X = loaded(archive, name)
    scores, thresholds = model._curve_scorer(model.estimator_, X, model.predict(X))
    assert np.isfinite(scores).all()
    assert len(scores) == len(thresholds)
