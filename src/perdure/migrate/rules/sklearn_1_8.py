"""What scikit-learn 1.8 changed in fitted states."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graph.nodes import DType, Object
from ..conditions import Check, Condition, Has, Is, Lacks, Stated
from ..operations import ABSENT, AddAttribute, DropAttribute, Irreversible, Nothing, Transform
from ..state import State, items_of
from .common import (
    ADABOOST,
    BAGGING,
    GRADIENT_BOOSTING,
    ISOLATION_FOREST,
    LOGISTIC,
    SGD,
    TAG,
    Since,
    names,
    tagged,
    untagged,
)

__all__ = ["MIGRATIONS"]

since = Since("1.8")


# --- logistic regression ---


def classes_of(state: State) -> int:
    """Return how many classes a classifier tells apart."""
    node = state.value("classes_")
    items = items_of(node, state.context)
    return len(items) if items is not None else len(state.context.view(node))


def one_vs_rest(state: State) -> bool:
    """Say whether probabilities of several classes are those of one classifier each."""
    how = state.value("multi_class")
    apart = how in ("ovr", "warn") or (how in ("auto", "deprecated") and state.holds("solver", "liblinear"))
    return bool(apart and classes_of(state) > 2)


def two_sided(state: State) -> bool:
    """Say whether probabilities of two classes are those of a multinomial model."""
    return bool(state.value("multi_class") == "multinomial" and classes_of(state) == 2)


def was(tag: str, multi_class: str) -> Any:
    return untagged(tag, {"multi_class": multi_class}, lambda state: {})


def ratio(state: State) -> dict[str, Any]:
    return {"l1_ratio": 1.0 if state.value("penalty") == "l1" else 0.0}


def penalty_back(state: State) -> dict[str, Any]:
    """Return the penalty by name, where it is said by ``l1_ratio`` and ``C``."""
    share, name = state.value("l1_ratio"), state.value("penalty")
    changes: dict[str, Any] = {}
    if name == "deprecated":
        name = "l2" if share in (0, None) else "l1" if share == 1 else "elasticnet"
        if state.value("C") == float("inf"):
            name = None
            changes["C"] = 1.0
        changes["penalty"] = name
    if name != "elasticnet":
        changes["l1_ratio"] = None
    return changes


# --- gradient boosting ---


def far_priors(state: State) -> bool:
    """Say whether the first estimator may give probabilities so near to 0 or 1 that it matters where they are cut."""
    first = state.value("init_")
    if not isinstance(first, Object):
        return False
    if first.type == "sklearn.dummy:DummyClassifier" and first.state.get("strategy") == "prior":
        priors = state.context.view(first.state["class_prior_"])
        eps = np.finfo(np.float32).eps
        return not bool(((priors > eps) & (priors < 1 - eps)).all())
    return True


def cut_elsewhere(state: State) -> dict[str, Any]:
    if TAG not in state and "init_" in state and far_priors(state):
        raise Irreversible("its first predictions are cut at other probabilities than before 1.8")
    return {}


def frozen(state: State) -> dict[str, Any]:
    inner = Object("sklearn.frozen._frozen:FrozenEstimator", {"estimator": state.node("estimator")})
    return {"cv": None, "ensemble": "auto", "estimator": inner}


# --- manifold ---


def scaling(state: State) -> dict[str, Any]:
    return {
        "metric_mds": state.node("metric"),
        "metric": state.node("dissimilarity"),
        "dissimilarity": "deprecated",
        "init": "random",
        "metric_params": None,
    }


def scaling_back(state: State) -> dict[str, Any]:
    metric, asked = state.value("metric"), state.value("dissimilarity")
    found = metric if asked == "deprecated" else asked
    if found not in ("euclidean", "precomputed"):
        raise Irreversible(f"metric={found!r} is not known there")
    gone = dict.fromkeys(("metric_mds", "init", "metric_params", "_init", "_metric", "_metric_mds"), ABSENT)
    return {**gone, "metric": state.node("metric_mds"), "dissimilarity": found}


def classes(state: State) -> dict[str, Any]:
    binarizer = state.value("_label_binarizer")
    return {"classes_": binarizer.state["classes_"]}


def fill_dtype(state: State) -> dict[str, Any]:
    return {"_fill_dtype": state.node("_fit_dtype")}


def plain_statistics(state: State) -> dict[str, Any]:
    """Return constants for numbers as an array of numbers."""
    if "statistics_" not in state or "_fit_dtype" not in state:
        return {}
    found, dtype = state.value("statistics_"), state.value("_fit_dtype")
    items = items_of(found, state.context)
    if items is None or not isinstance(dtype, DType) or dtype.name[1:2] not in ("f", "i", "u"):
        return {}
    values = [getattr(state.context.resolve(item), "value", item) for item in items]
    return {"statistics_": state.context.array(np.array(values, np.dtype(dtype.name)))}


def shape(state: State) -> dict[str, Any]:
    rows, columns = state.context.view(state.value("dictionary")).shape
    return {"n_components_": int(rows), "n_features_in_": int(columns)}


_FITTED: Condition = Has("coef_") & Has("classes_")
_MDS = names("manifold._mds", "MDS")

MIGRATIONS = (
    since(
        "logistic-one-vs-rest",
        LOGISTIC,
        Transform(
            "probabilities stay those of one classifier for each class (perdure.compat.OneVsRestLogisticRegression)",
            tagged("one-vs-rest"),
            was("one-vs-rest", "ovr"),
            sets=(TAG,),
        ),
        when=Has("multi_class") & _FITTED & Check("it is one against the rest", one_vs_rest),
        evidence="linear_model/_logistic.py, LogisticRegression.predict_proba",
    ),
    since(
        "logistic-two-sided",
        LOGISTIC,
        Transform(
            "probabilities stay those of a multinomial model of two classes (perdure.compat.TwoSidedLogisticRegression)",
            tagged("two-sided"),
            was("two-sided", "multinomial"),
            sets=(TAG,),
        ),
        when=Has("multi_class") & _FITTED & Check("it is multinomial with two classes", two_sided),
        evidence="linear_model/_logistic.py, LogisticRegression.predict_proba",
    ),
    since(
        "logistic-multi-class",
        LOGISTIC,
        Transform(
            "multi_class is gone",
            lambda state: {"multi_class": ABSENT},
            lambda state: {"multi_class": "auto"} if "multi_class" not in state else {},
            drops=("multi_class",),
        ),
        when=Has("multi_class"),
        evidence="linear_model/_logistic.py, LogisticRegression.__init__",
    ),
    since(
        "logistic-l1-ratio",
        LOGISTIC[:1],
        Transform("l1_ratio says what the penalty says", ratio, penalty_back, sets=("l1_ratio",)),
        when=Is("l1_ratio", (None,)),
        evidence="linear_model/_logistic.py, LogisticRegression.fit; feature_selection/_from_model.py, _calculate_threshold",
    ),
    since.unknown(
        "logistic-cv-penalty",
        LOGISTIC[1:],
        "penalty",
        {"deprecated": "l2"},
        "linear_model/_logistic.py, LogisticRegressionCV.__init__",
    ),
    since.unknown(
        "logistic-cv-l1-ratios",
        LOGISTIC[1:],
        "l1_ratios",
        {"warn": None},
        "linear_model/_logistic.py, LogisticRegressionCV.__init__",
    ),
    since.unknown(
        "bagging-max-samples", BAGGING, "max_samples", {None: 1.0}, "ensemble/_bagging.py, BaseBagging.__init__"
    ),
    since.unknown(
        "hdbscan-copy",
        names("cluster._hdbscan.hdbscan", "HDBSCAN"),
        "copy",
        {"warn": False},
        "cluster/_hdbscan/hdbscan.py, HDBSCAN.__init__",
    ),
    since.parameter(
        "logistic-legacy-attributes",
        LOGISTIC[1:],
        "use_legacy_attributes",
        True,
        "linear_model/_logistic.py, LogisticRegressionCV.__init__",
    ),
    since(
        "boosting-cut",
        GRADIENT_BOOSTING[:1],
        Transform(
            "first predictions are cut at the precision of float32 (perdure.compat.CoarseGradientBoostingClassifier)",
            tagged("coarse"),
            untagged("coarse", {}, cut_elsewhere),
            sets=(TAG,),
        ),
        when=Has("init_")
        & Has("estimators_")
        & Lacks(TAG)
        & Check("its first predictions may be near to 0 or 1", far_priors)
        & Stated(),
        evidence="ensemble/_gb.py, _init_raw_predictions",
    ),
    since(
        "lasso-codes",
        names("decomposition._dict_learning", "DictionaryLearning", "MiniBatchDictionaryLearning", "SparseCoder"),
        when=Is("transform_algorithm", ("lasso_cd",)) & Stated(),
        fidelity="lossy",
        meaning="coordinate descent stops elsewhere within its tolerance, and so do the codes",
        evidence="linear_model/_cd_fast.pyx, gap safe screening rules",
    ),
    since(
        "calibration-prefit",
        names("calibration", "CalibratedClassifierCV"),
        Transform(
            'cv="prefit" is said by a FrozenEstimator', frozen, lambda state: {}, sets=("cv", "ensemble", "estimator")
        ),
        when=Is("cv", ("prefit",)),
        evidence="calibration.py, CalibratedClassifierCV.fit",
    ),
    since(
        "ridge-classes",
        names("linear_model._ridge", "RidgeClassifier", "RidgeClassifierCV"),
        Transform(
            "classes_ are those of the binarizer", classes, lambda state: {"classes_": ABSENT}, sets=("classes_",)
        ),
        when=Has("_label_binarizer") & Lacks("classes_"),
        evidence="linear_model/_ridge.py, _RidgeClassifierMixin._prepare_data",
    ),
    since(
        "simple-imputer-fill-dtype",
        names("impute._base", "SimpleImputer"),
        Transform(
            "_fill_dtype is the dtype of fit", fill_dtype, lambda state: {"_fill_dtype": ABSENT}, sets=("_fill_dtype",)
        ),
        when=Has("_fit_dtype") & Lacks("_fill_dtype"),
        evidence="impute/_base.py, SimpleImputer.fit",
    ),
    since(
        "simple-imputer-statistics",
        names("impute._base", "SimpleImputer"),
        Nothing(Transform("constants for numbers are an array of numbers", plain_statistics, sets=("statistics_",))),
        evidence="impute/_base.py, SimpleImputer._dense_fit",
    ),
    since(
        "scorer-deprecation-gone",
        names("metrics._scorer", "_Scorer", "_CurveScorer"),
        DropAttribute("_deprecation_msg", restore=None),
        evidence="metrics/_scorer.py, _BaseScorer.__init__",
    ),
    since(
        "sparse-coder-shape",
        names("decomposition._dict_learning", "SparseCoder"),
        Transform(
            "n_components_ and n_features_in_ are kept",
            shape,
            lambda state: {"n_components_": ABSENT, "n_features_in_": ABSENT},
            sets=("n_components_", "n_features_in_"),
        ),
        when=Has("dictionary") & Lacks("n_features_in_"),
        evidence="decomposition/_dict_learning.py, SparseCoder.fit",
    ),
    since(
        "bagging-sample-weight",
        (*BAGGING, ISOLATION_FOREST),
        AddAttribute("_sample_weight", None, beside="estimators_", only_fit=True),
        evidence="ensemble/_bagging.py, BaseBagging._fit",
    ),
    since.gone(
        "sgd-c",
        (*SGD[:3], *names("linear_model._stochastic_gradient", "SGDRegressor")),
        "C",
        "linear_model/_stochastic_gradient.py, BaseSGD.__init__",
        restore=1.0,
    ),
    since.spelled(
        "sgd-eta0",
        (*SGD, *names("linear_model._stochastic_gradient", "SGDRegressor")),
        "eta0",
        {0.0: 0.01},
        "linear_model/_stochastic_gradient.py, BaseSGD._parameter_constraints",
    ),
    since(
        "mds-metric",
        _MDS,
        Transform(
            "metric is called metric_mds, dissimilarity metric",
            scaling,
            scaling_back,
            sets=("metric_mds", "metric", "dissimilarity", "init", "metric_params"),
        ),
        when=Has("dissimilarity") & Lacks("metric_mds"),
        evidence="manifold/_mds.py, MDS.__init__",
    ),
    since.gone(
        "adaboost-algorithm",
        ADABOOST,
        "algorithm",
        "ensemble/_weight_boosting.py, AdaBoostClassifier.__init__",
        restore="deprecated",
    ),
    since.gone(
        "birch-copy", names("cluster._birch", "Birch"), "copy", "cluster/_birch.py, Birch.__init__", restore=True
    ),
    since.gone(
        "theil-sen-copy",
        names("linear_model._theil_sen", "TheilSenRegressor"),
        "copy_X",
        "linear_model/_theil_sen.py, TheilSenRegressor.__init__",
        restore=True,
    ),
    since.alias(
        "self-training-base-estimator",
        names("semi_supervised._self_training", "SelfTrainingClassifier"),
        "base_estimator",
        "estimator",
        "semi_supervised/_self_training.py, SelfTrainingClassifier.__init__",
    ),
    since.parameter(
        "quadratic-solver",
        names("discriminant_analysis", "QuadraticDiscriminantAnalysis"),
        "solver",
        "svd",
        "discriminant_analysis.py, QuadraticDiscriminantAnalysis.__init__",
    ),
    since.parameter(
        "quadratic-shrinkage",
        names("discriminant_analysis", "QuadraticDiscriminantAnalysis"),
        "shrinkage",
        None,
        "discriminant_analysis.py, QuadraticDiscriminantAnalysis.__init__",
    ),
    since.parameter(
        "quadratic-covariance",
        names("discriminant_analysis", "QuadraticDiscriminantAnalysis"),
        "covariance_estimator",
        None,
        "discriminant_analysis.py, QuadraticDiscriminantAnalysis.__init__",
    ),
    since.parameter(
        "max-abs-clip",
        names("preprocessing._data", "MaxAbsScaler"),
        "clip",
        False,
        "preprocessing/_data.py, MaxAbsScaler.__init__",
        only_fit=False,
    ),
    since.parameter(
        "spline-missing",
        names("preprocessing._polynomial", "SplineTransformer"),
        "handle_missing",
        "error",
        "preprocessing/_polynomial.py, SplineTransformer.__init__",
        only_fit=False,
    ),
)
