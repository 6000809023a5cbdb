"""The clone that `rebuild` fits is taken from the graph: the same parameters as those of scikit-learn's clone."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import perdure
from zoo.own import ShiftedRegression
from zoo.registry import all_cases

X = np.random.default_rng(0).normal(size=(60, 3))
y = (X[:, 0] > 0).astype(int)


def unfitted(data: bytes, **more):
    with perdure.open(io.BytesIO(data)) as file:
        return file.build_unfitted(**more)


def written(model):
    """Return a clone as bytes, and what it asks of metadata: scikit-learn leaves the old model in that."""
    model = clone(model)
    requests = []
    for part in [model, *model.get_params().values()]:
        asked = vars(part).pop("_metadata_request", None) if isinstance(part, BaseEstimator) else None
        requests.append(None if asked is None else str(asked))
    return perdure.dumps(model), requests


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_it_is_the_clone(case):
    with case.settings(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, _ = case.make()
        if not isinstance(model, BaseEstimator):
            pytest.skip("no single estimator")
        try:
            expected = written(model)
        except (perdure.UnsupportedError, TypeError, RuntimeError):
            pytest.skip("scikit-learn's clone of it cannot be made or saved")
        found = unfitted(perdure.dumps(model), trusted=case.trusted)
        assert written(found) == expected


def test_nothing_that_was_learned_is_validated_or_built():
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(20, random_state=0)).fit(X, y)
    found = unfitted(perdure.dumps(forest))
    assert "mean_" not in vars(found.steps[0][1])
    assert "estimators_" not in vars(found.steps[1][1])
    assert written(found) == written(forest)


def test_what_is_shared_with_what_is_left_out():
    shared = LogisticRegression(C=3.0).fit(X, y)
    model = VotingClassifier([("a", shared), ("b", LogisticRegression())]).fit(X, y)
    # Its first place in the graph is before the parameters.
    model._early = {"kept": shared}
    model.zz = [shared]
    found = unfitted(perdure.dumps(model))
    assert found.estimators[0][1].C == 3.0
    assert not hasattr(found.estimators[0][1], "coef_")
    assert not hasattr(found, "_early")


def test_the_classes_of_others_by_the_rule_of_scikit_learn():
    model = ShiftedRegression(shift=2.0).fit(X, y)
    data = perdure.dumps(model)
    name = f"{ShiftedRegression.__module__}:{ShiftedRegression.__qualname__}"
    found = unfitted(data, trusted=[name])
    assert type(found) is ShiftedRegression
    assert found.shift == 2.0
    assert not [key for key in vars(found) if key.endswith("_")]
    with pytest.raises(perdure.UntrustedError):
        unfitted(data)
