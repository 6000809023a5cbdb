from __future__ import annotations

import numpy as np
import sklearn
from sklearn import ensemble, multiclass, multioutput
from sklearn.calibration import CalibratedClassifierCV as CC
from sklearn.linear_model import LogisticRegression as LR
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier as DTC

from zoo import data, own
from zoo.registry import family

add = family("metadata routing")


def _routed(estimator: object, *methods: str) -> object:
    """The estimator, asking for ``sample_weight`` in each of the methods."""
    with sklearn.config_context(enable_metadata_routing=True):
        for method in methods:
            estimator = getattr(estimator, f"set_{method}_request")(sample_weight=True)
    return estimator


ROUTING = {"context": {"enable_metadata_routing": True}, "since": "1.5"}
add(
    "LogisticRegression-routed",
    lambda: _routed(LR(), "fit", "score"),
    data.weighted(data.binary),
    "metadata-routing sample-weight",
    **ROUTING,
)
add(
    "RandomForestRegressor-routed",
    lambda: _routed(ensemble.RandomForestRegressor(3, random_state=0), "fit"),
    data.weighted(data.regression),
    "metadata-routing sample-weight",
    **ROUTING,
)
add(
    "Pipeline-routed",
    lambda: make_pipeline(_routed(StandardScaler(), "fit"), _routed(LR(), "fit", "score")),
    data.weighted(data.binary),
    "composite metadata-routing sample-weight",
    **ROUTING,
)
add(
    "BaggingClassifier-routed",
    lambda: ensemble.BaggingClassifier(_routed(DTC(max_depth=2), "fit"), n_estimators=3, random_state=0),
    data.weighted(data.binary),
    "composite metadata-routing sample-weight",
    **ROUTING,
)
add(
    "MultiOutputRegressor-routed",
    lambda: multioutput.MultiOutputRegressor(_routed(Ridge(), "fit")),
    data.weighted(data.multi_regression),
    "composite metadata-routing sample-weight",
    **ROUTING,
)
add(
    "OneVsRestClassifier-routed",
    lambda: multiclass.OneVsRestClassifier(_routed(LR(), "fit")),
    data.weighted(data.strings),
    "composite metadata-routing sample-weight",
    **ROUTING,
)
add(
    "CalibratedClassifierCV-routed",
    lambda: CC(_routed(GaussianNB(), "fit"), cv=2),
    data.weighted(data.binary),
    "composite metadata-routing sample-weight",
    **ROUTING,
)
add(
    "GridSearchCV-routed",
    lambda: GridSearchCV(
        _routed(Ridge(), "fit"),
        {"alpha": [0.1, 1.0]},
        cv=GroupKFold(3),
        scoring=_routed(make_scorer(own.mean_error, greater_is_better=False), "score"),
    ),
    data.grouped(data.regression),
    "composite search metadata-routing own-code",
    fit=lambda model, rows: model.fit(rows.X, rows.y, sample_weight=np.linspace(1, 2, len(rows.y)), **rows.keywords),
    trusted=("zoo.own:mean_error",),
    **ROUTING,
)
