"""Models that predict as before 1.2: saved again, pickled and cloned they stay, or become, what they should."""

from __future__ import annotations

import functools
import io
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

import perdure
from legacy.replay import ARCHIVES, RUNNING, answer, label, members, opened_from, recorded, value_of
from migrate.neutral import differences
from migrate.test_compat import BEFORE
from perdure.errors import PerdureWarning
from perdure.migrate.compat import STOCK

#: A file that needs it: the class, the release, the case.
NEEDED = {
    "BatchScaledMiniBatchSparsePCA": ("0.19.2", "MiniBatchSparsePCA"),
    "BatchScaledNuSVC": ("0.19.2", "NuSVC"),
    "BatchScaledOneVsOneClassifier": ("0.20.4", "OneVsOneClassifier"),
    "BatchScaledSVC": ("0.20.4", "SVC"),
    "BatchScaledSparsePCA": ("0.20.4", "SparsePCA"),
    "ColumnOneClassSVM": ("0.19.2", "OneClassSVM"),
    "EarlyIsolationForest": ("0.20.4", "IsolationForest"),
    "MemberAdaBoostClassifier": ("0.19.2", "AdaBoostClassifier-samme"),
    "PriorGradientBoostingClassifier": ("0.20.4", "GradientBoostingClassifier-three"),
    "RootedEllipticEnvelope": ("0.19.2", "EllipticEnvelope"),
    "SigmoidLinearDiscriminantAnalysis": ("0.20.4", "LinearDiscriminantAnalysis"),
    "SomeColumnsOneHotEncoder": ("0.19.2", "OneHotEncoder-some"),
    "ThresholdIsolationForest": ("0.21.3", "IsolationForest"),
    "TurnedNuSVC": ("0.17.1-python-2.7", "NuSVC-ovr"),
    "TurnedSVC": ("0.17.1-python-2.7", "SVC-ovr"),
    "TwiceScaledCCA": ("0.17.1-python-2.7", "CCA"),
    "TwiceScaledPLSCanonical": ("0.17.1-python-2.7", "PLSCanonical"),
    "TwiceScaledPLSRegression": ("0.17.1-python-2.7", "PLSRegression"),
    "UnscaledLatentDirichletAllocation": ("0.17.1-python-2.7", "LatentDirichletAllocation"),
}
NAMES = {name.partition(":")[2]: stock for name, stock in STOCK.items()}
files = functools.lru_cache(4)(members)


@functools.cache
def loaded(kind: str, folder: str) -> tuple[Any, Any, dict[str, Any]]:
    """The model, its query, and what it said."""
    release, name = NEEDED[kind]
    archive = next(archive for archive in ARCHIVES if label(archive) == release)
    case = recorded(archive)["cases"][name]
    with opened_from(files(archive), f"files/{case['file']}", folder) as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore", PerdureWarning)
        model = opened.load()
    X = value_of(recorded(archive)["queries"][case["query"]])
    return model, X, {key: value_of(said) for key, said in case["outputs"].items() if "raised" not in said}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(tmp_path_factory.mktemp("files"))


def wrong(model: Any, X: Any, said: dict[str, Any]) -> dict[str, str]:
    found = {}
    for method, expected in said.items():
        if hasattr(model, method.partition("(")[0].lstrip(".")):
            how = differences(expected, answer(model, method, X), float32=False)
            if how:
                found[method] = how
    return found


def test_there_is_a_file_for_each_class():
    assert NEEDED.keys() == BEFORE


@pytest.mark.parametrize("kind", sorted(NEEDED))
def test_saved_again_it_is_the_stock_class_with_a_tag(kind, folder):
    model, X, said = loaded(kind, folder)
    assert type(model).__qualname__ == kind
    data = perdure.dumps(model)
    with perdure.open(io.BytesIO(data)) as opened:
        assert NAMES[kind] in opened.types
        assert not any(name.startswith("perdure.") for name in opened.types)
    again = perdure.loads(data)
    assert type(again) is type(model)
    assert wrong(again, X, said) == {}


@pytest.mark.parametrize("kind", sorted(NEEDED))
def test_pickled_it_stays_what_it_is(kind, folder):
    model, X, said = loaded(kind, folder)
    again = pickle.loads(pickle.dumps(model))
    assert type(again) is type(model)
    assert wrong(again, X, said) == {}


@pytest.mark.parametrize("kind", sorted(NEEDED))
def test_a_clone_is_the_stock_class(kind, folder):
    model, _, _ = loaded(kind, folder)
    made = clone(model)
    if RUNNING < (1, 3):
        # Before 1.3 an estimator has no say in how it is cloned: the clone becomes the stock class when it is fitted.
        assert type(made) is type(model)
        made = made._as_stock()
    assert f"{type(made).__module__}:{type(made).__qualname__}" == NAMES[kind]


@pytest.mark.filterwarnings("ignore")
def test_fitted_again_it_is_the_stock_class(folder):
    model, X, _ = loaded("BatchScaledSVC", folder)
    again = pickle.loads(pickle.dumps(model))
    again.fit(X, np.arange(len(X)) % 3)
    assert f"{type(again).__module__}:{type(again).__qualname__}" == NAMES["BatchScaledSVC"]
    assert again.decision_function(X).shape == (len(X), 3)
