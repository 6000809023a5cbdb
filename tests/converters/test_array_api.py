"""Models that were fitted by another array library are refused while that library is still there to convert them."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import perdure
from zoo.compare import same

strict = pytest.importorskip("array_api_strict")

X = np.random.RandomState(0).normal(size=(60, 4))
Y = (X[:, 0] > 0).astype(int)
MODELS = {
    "PCA": (lambda: PCA(2, svd_solver="full"), "model.components_"),
    "StandardScaler": (StandardScaler, "model.mean_"),
    "Ridge": (lambda: Ridge(solver="svd"), "model.coef_"),
    "LinearDiscriminantAnalysis": (LinearDiscriminantAnalysis, "model.classes_"),
    "Pipeline": (lambda: make_pipeline(StandardScaler(), Ridge(solver="svd")), "model.steps[0][1].mean_"),
}


@pytest.fixture(autouse=True)
def dispatch(monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    with sklearn.config_context(array_api_dispatch=True):
        yield


@pytest.mark.parametrize("name", MODELS)
def test_refused_with_place_and_fix(name):
    make, place = MODELS[name]
    with pytest.raises(perdure.UnsupportedError, match="array_api_strict") as refused:
        perdure.dumps(make().fit(strict.asarray(X), strict.asarray(Y)))
    assert refused.value.path == place
    assert "fit with numpy arrays" in refused.value.fix


@pytest.mark.parametrize("name", MODELS)
def test_fitted_with_numpy_arrays_it_is_saved(name):
    model = MODELS[name][0]().fit(X, Y)
    assert same(model, perdure.loads(perdure.dumps(model))) == []
