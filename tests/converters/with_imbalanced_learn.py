"""Run by test_imbalanced_learn.py: ensembles of imbalanced-learn follow the rules of scikit-learn's; the rest is plain."""

from __future__ import annotations

import io

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import perdure
from zoo.compare import same
from zoo.outputs import outputs

imblearn = pytest.importorskip("imblearn")
ensemble = pytest.importorskip("imblearn.ensemble")
pipeline = pytest.importorskip("imblearn.pipeline")
sampling = pytest.importorskip("imblearn.over_sampling")

_chance = np.random.RandomState(0)
X = _chance.normal(size=(120, 4))
Y = np.where(X[:, 0] > 0.9, "rare", "usual")

MODELS = {
    "BalancedRandomForestClassifier": (
        lambda: ensemble.BalancedRandomForestClassifier(n_estimators=5, random_state=0),
        "sklearn.ensemble._forest:RandomForestClassifier",
    ),
    "BalancedBaggingClassifier": (
        lambda: ensemble.BalancedBaggingClassifier(n_estimators=3, random_state=0),
        "sklearn.ensemble._bagging:BaggingClassifier",
    ),
    "EasyEnsembleClassifier": (
        lambda: ensemble.EasyEnsembleClassifier(n_estimators=3, random_state=0),
        "sklearn.ensemble._bagging:BaggingClassifier",
    ),
    "RUSBoostClassifier": (
        lambda: ensemble.RUSBoostClassifier(n_estimators=3, random_state=0),
        "sklearn.ensemble._weight_boosting:AdaBoostClassifier",
    ),
    "Pipeline": (
        lambda: pipeline.make_pipeline(StandardScaler(), sampling.SMOTE(random_state=0), LogisticRegression()),
        "sklearn.pipeline:Pipeline",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODELS)
def test_comes_back_the_same_when_trusted(name):
    make, base = MODELS[name]
    model = make().fit(X, Y)
    data = perdure.dumps(model)
    with pytest.raises(perdure.UntrustedError):
        perdure.loads(data)
    with perdure.open(io.BytesIO(data)) as file:
        trusted = file.untrusted
        assert base in {known for bases in file.graph.bases.values() for known in bases}
    assert {each.partition(".")[0] for each in trusted} == {"imblearn"}
    found = perdure.loads(data, trusted=trusted)
    assert same(model, found) == []
    assert perdure.dumps(found) == data
    assert same(outputs(model, {"X": X, "y": Y}), outputs(found, {"X": X, "y": Y})) == []
    assert same(clone(model).fit(X, Y), clone(found).fit(X, Y)) == []
