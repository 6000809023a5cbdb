"""What scikit-learn 0.22 changed in fitted states; up to then modules had public names."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graph.nodes import List
from ..conditions import Check, Has, Is, Lacks
from ..operations import ABSENT, AddField, DropAttribute, MoveNames, RenameAttribute, Transform
from ..state import State
from .common import TAG, Since, names, tagged
from .moved import MOVED_0_22
from .sklearn_0_23 import shape_of

__all__ = ["MIGRATIONS"]

since = Since("0.22")
_SVC = names("svm.classes", "SVC", "NuSVC")
_SVR = names("svm.classes", "SVR", "NuSVR", "OneClassSVM")
_LOGISTIC = names("linear_model.logistic", "LogisticRegression", "LogisticRegressionCV")
_FORESTS = names(
    "ensemble.forest",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "RandomTreesEmbedding",
)
_NEIGHBORS = (
    *names("neighbors.classification", "KNeighborsClassifier", "RadiusNeighborsClassifier"),
    *names("neighbors.regression", "KNeighborsRegressor", "RadiusNeighborsRegressor"),
    *names("neighbors.unsupervised", "NearestNeighbors"),
    *names("neighbors.lof", "LocalOutlierFactor"),
)
_SEARCHES = names("model_selection._search", "GridSearchCV", "RandomizedSearchCV")
_CROSS_VALIDATED = (
    *_SEARCHES,
    *names("calibration", "CalibratedClassifierCV"),
    *names("covariance.graph_lasso_", "GraphicalLassoCV", "GraphLassoCV"),
    *names("feature_selection.rfe", "RFECV"),
    *names("linear_model.coordinate_descent", "LassoCV", "ElasticNetCV", "MultiTaskLassoCV", "MultiTaskElasticNetCV"),
    *names("linear_model.least_angle", "LarsCV", "LassoLarsCV"),
    *names("linear_model.omp", "OrthogonalMatchingPursuitCV"),
    *_LOGISTIC[1:],
)
_ISOLATION_FOREST = "sklearn.ensemble.iforest:IsolationForest"
_SPARSE_PCA = names("decomposition.sparse_pca", "SparsePCA", "MiniBatchSparsePCA")
_PREDICTOR = "sklearn.ensemble._hist_gradient_boosting.predictor:TreePredictor"
_BINS = "sklearn.ensemble._hist_gradient_boosting.binning:_BinMapper"


def counts(state: State) -> dict[str, Any]:
    """Return how many support vectors there are, twice: before 0.22 the numbers were memory as it lay about."""
    found = shape_of(state.value("support_"), state) or (0,)
    return {"_n_support": state.context.array(np.full(2, found[0], np.int32)), "n_support_": ABSENT}


def rows(state: State) -> dict[str, Any]:
    found = shape_of(state.value("_fit_X"), state)
    return {} if found is None else {"n_samples_fit_": found[0]}


def has_rows(state: State) -> bool:
    return state.value("_fit_X") is not None


def outlier_labels(state: State) -> dict[str, Any]:
    label = state.value("outlier_label")
    if label is None:
        return {"outlier_label_": None}
    target = shape_of(state.value("_y"), state) or (0,)
    return {"outlier_label_": List((label,) * (target[1] if len(target) > 1 else 1))}


def strategy(state: State) -> dict[str, Any]:
    given = state.value("strategy")
    return {"_strategy": "stratified" if given == "warn" else given}


def threshold(state: State) -> dict[str, Any]:
    """Return what an isolation forest with a threshold of its own keeps."""
    changes: dict[str, Any] = {"offset_": -0.5, "_threshold_": ABSENT}
    if "_threshold_" in state:
        changes["threshold_"] = state.node("_threshold_")
    if state.value(TAG) is None:
        changes[TAG] = "threshold"
    return changes


def has_threshold(state: State) -> bool:
    return "_threshold_" in state or "threshold_" in state


def no_means(state: State) -> dict[str, Any]:
    shape = shape_of(state.value("components_"), state) or (0, 0)
    return {"mean_": state.context.array(np.zeros(shape[1]))}


def bins(state: State) -> dict[str, Any]:
    """Return the number of bins that are not for missing values, and the bin that is."""
    given = state.value("actual_n_bins_")
    return {"n_bins_non_missing_": given, "actual_n_bins_": ABSENT, "n_bins": state.value("max_bins", 255) + 1}


MIGRATIONS = (
    since(
        "moved-0-22", tuple(MOVED_0_22), MoveNames(MOVED_0_22), evidence="svm/__init__.py, and those of all packages"
    ),
    since.spelled("svm-gamma", (*_SVC, *_SVR), "gamma", {"auto_deprecated": "auto"}, "svm/base.py, BaseLibSVM.fit"),
    since(
        "svc-support-counts",
        _SVC,
        RenameAttribute("n_support_", "_n_support"),
        evidence="svm/base.py, BaseLibSVM._dense_fit",
    ),
    since(
        "svr-support-counts",
        _SVR,
        Transform("_n_support are the numbers of support vectors", counts, sets=("_n_support",), drops=("n_support_",)),
        when=Has("support_") & Lacks("_n_support"),
        evidence="svm/base.py, BaseLibSVM._dense_fit",
    ),
    since(
        "neighbors-rows",
        _NEIGHBORS,
        Transform("n_samples_fit_ is kept", rows, sets=("n_samples_fit_",)),
        when=Has("_fit_X") & Lacks("n_samples_fit_") & Check("it is fitted", has_rows),
        evidence="neighbors/_base.py, NeighborsBase._fit",
    ),
    since(
        "radius-outlier-labels",
        names("neighbors.classification", "RadiusNeighborsClassifier"),
        Transform("outlier_label_ is the label of each output", outlier_labels, sets=("outlier_label_",)),
        when=Has("classes_") & Lacks("outlier_label_"),
        evidence="neighbors/_classification.py, RadiusNeighborsClassifier.fit",
    ),
    since(
        "dummy-strategy",
        names("dummy", "DummyClassifier"),
        Transform("_strategy is the strategy in use", strategy, sets=("_strategy",)),
        when=Has("classes_") & Lacks("_strategy"),
        evidence="dummy.py, DummyClassifier.fit",
    ),
    since.spelled("dummy-warn", names("dummy", "DummyClassifier"), "strategy", {"warn": "stratified"}, "dummy.py"),
    since(
        "function-validate",
        names("preprocessing._function_transformer", "FunctionTransformer"),
        Transform("validate=None meant True", lambda state: {"validate": True}, sets=("validate",)),
        when=Is("validate", (None,)),
        evidence="preprocessing/_function_transformer.py, FunctionTransformer._check_input",
    ),
    since.spelled("logistic-solver-warn", _LOGISTIC[:1], "solver", {"warn": "liblinear"}, "linear_model/logistic.py"),
    since.spelled("logistic-multi-class-warn", _LOGISTIC, "multi_class", {"warn": "ovr"}, "linear_model/logistic.py"),
    since.spelled("forest-estimators-warn", _FORESTS, "n_estimators", {"warn": 10}, "ensemble/forest.py"),
    since.spelled("cross-validation-warn", _CROSS_VALIDATED, "cv", {"warn": 3}, "model_selection/_split.py, check_cv"),
    since.spelled(
        "search-error-score",
        _SEARCHES,
        "error_score",
        {"raise-deprecating": float("nan")},
        "model_selection/_search.py",
    ),
    Since("0.21").spelled(
        "search-train-score-warn", _SEARCHES, "return_train_score", {"warn": False}, "model_selection/_search.py"
    ),
    since.spelled(
        "local-outlier-contamination",
        names("neighbors.lof", "LocalOutlierFactor"),
        "contamination",
        {"legacy": 0.1},
        "neighbors/lof.py, LocalOutlierFactor.__init__",
    ),
    since.spelled(
        "isolation-forest-contamination",
        _ISOLATION_FOREST,
        "contamination",
        {"legacy": 0.1},
        "ensemble/iforest.py, IsolationForest.__init__",
    ),
    since(
        "samme-probabilities",
        "sklearn.ensemble.weight_boosting:AdaBoostClassifier",
        Transform(
            "the probabilities of SAMME stay those of the members (perdure.compat.MemberAdaBoostClassifier)",
            tagged("samme-members"),
            sets=(TAG,),
        ),
        when=Is("algorithm", ("SAMME",)) & Has("estimators_") & Lacks(TAG),
        evidence="ensemble/weight_boosting.py, AdaBoostClassifier.predict_proba",
    ),
    since(
        "isolation-forest-threshold",
        _ISOLATION_FOREST,
        Transform(
            "predictions keep a threshold (perdure.compat.ThresholdIsolationForest)",
            threshold,
            sets=(TAG, "offset_", "threshold_"),
            drops=("_threshold_",),
        ),
        when=Has("estimators_") & Check("it has a threshold", has_threshold),
        evidence="ensemble/iforest.py, IsolationForest.predict",
    ),
    since(
        "sparse-components-batch-scaled",
        _SPARSE_PCA,
        Transform(
            "what it gives is scaled by all rows given (perdure.compat.BatchScaledSparsePCA)",
            tagged("batch-scaled", no_means),
            sets=(TAG, "mean_"),
        ),
        when=Has("components_") & Lacks("mean_") & Lacks(TAG),
        evidence="decomposition/sparse_pca.py, SparsePCA.transform",
    ),
    since.gone(
        "agglomerative-pooling",
        names("cluster.hierarchical", "AgglomerativeClustering"),
        "pooling_func",
        "cluster/hierarchical.py, AgglomerativeClustering.__init__",
    ),
    since(
        "histogram-missing",
        _PREDICTOR,
        AddField("nodes", "missing_go_to_left", "|u1", 0),
        evidence="ensemble/_hist_gradient_boosting/types.pyx, PREDICTOR_RECORD_DTYPE",
    ),
    since(
        "bin-mapper-missing",
        _BINS,
        Transform(
            "the bins are those that are not for missing values",
            bins,
            sets=("n_bins", "n_bins_non_missing_"),
            drops=("actual_n_bins_",),
        ),
        DropAttribute("max_bins"),
        when=Has("actual_n_bins_") & Lacks("n_bins_non_missing_"),
        evidence="ensemble/_hist_gradient_boosting/binning.py, _BinMapper.fit",
    ),
    since(
        "bin-mapper-missing-bin",
        _BINS,
        Transform(
            "missing values have the last bin",
            lambda state: {"missing_values_bin_idx_": 255},
            sets=("missing_values_bin_idx_",),
        ),
        when=Has("bin_thresholds_") & Lacks("missing_values_bin_idx_"),
        evidence="ensemble/_hist_gradient_boosting/binning.py, _BinMapper.fit",
    ),
)
