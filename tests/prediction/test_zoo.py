"""Every model of the zoo that a predictor knows: each of its methods gives what scikit-learn's does."""

from __future__ import annotations

import warnings

import pytest
import sklearn

import perdure
from perdure.errors import UnsupportedError
from perdure.prediction.registry import known_types
from prediction.agreeing import disagreements, more
from zoo.registry import all_cases

CASES = [case for case in all_cases() if not case.trusted]
#: Classes that a predictor knows.
KNOWN = {name.partition(":")[2] for name in known_types()}
#: Of those, what is refused all the same: for what lies inside, or for a way of fitting.
REFUSED = {
    "AffinityPropagation-precomputed",
    "FunctionTransformer-clip",
    "GridSearchCV-not-refitted",
    "KernelPCA-precomputed",
    "KernelRidge-precomputed",
    "OneVsOneClassifier-precomputed",
    "Pipeline-imputed",
    "Pipeline-neighbors-graph",
    "Pipeline-topics",
    "SVC-precomputed",
    "SVR-precomputed",
    "StackingClassifier-multi-label",
}


def known(case):
    return case.kind in KNOWN and case.name not in REFUSED and "unfitted" not in case.tags


def made(case):
    """The model of a case, what to ask it with, and its bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, query = case.make()
        return model, query.get("X"), perdure.dumps(model)


@pytest.mark.parametrize("case", [case for case in CASES if known(case)], ids=lambda case: case.name)
def test_a_predictor_gives_what_the_model_gives(case):
    with case.settings():
        model, X, data = made(case)
        assert disagreements(model, perdure.Predictor(data), X) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if known(case)], ids=lambda case: case.name)
def test_on_ten_thousand_rows(case):
    with case.settings():
        model, X, data = made(case)
        assert disagreements(model, perdure.Predictor(data), more(X, 10_000)) == []


@pytest.mark.parametrize("case", [case for case in CASES if not known(case)], ids=lambda case: case.name)
def test_all_else_is_refused_by_name_and_place(case):
    with case.settings():
        _, _, data = made(case)
        with pytest.raises(UnsupportedError) as caught:
            perdure.Predictor(data)
    assert (caught.value.path or "model").startswith("model")
    assert caught.value.fix


def test_it_knows_what_it_should():
    names = {name.partition(":")[2] for name in known_types() if name.startswith("sklearn.")}
    assert len(names) >= 130
    met = {case.kind for case in CASES}
    # What older and newer releases have, and what lies inside of others only.
    inside = {name for name in names if name.startswith("_")}
    newer = {"FixedThresholdClassifier", "FrozenEstimator", "TunedThresholdClassifierCV", "TargetEncoder"}
    old = tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 6)
    assert names - met - inside - (newer if old else set()) == set()
