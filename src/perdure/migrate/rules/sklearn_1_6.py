"""What scikit-learn 1.6 changed in fitted states."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError
from ...graph.nodes import Dict, Global, Object
from ..conditions import Check, Has, Is, Lacks, Stated
from ..operations import ABSENT, AddAttribute, Irreversible, Nothing, RenameAttribute, RenameType, Transform
from ..state import State
from .common import ADABOOST, AGGLOMERATIVE, HISTOGRAM_BOOSTING, TAG, Since, names, tagged, untagged

__all__ = ["MIGRATIONS"]

since = Since("1.6")
_SGD_LOSS = "sklearn.linear_model._sgd_fast:Log"
_CURVE_SCORER = "sklearn.model_selection._classification_threshold:_CurveScorer"
_LOSS = "sklearn._loss._loss:CyHalfBinomialLoss"
_CHECK_ARRAY = "sklearn.utils.validation:check_array"


def algorithm_back(state: State) -> dict[str, Any]:
    return {"algorithm": "SAMME"} if state.holds("algorithm", "deprecated") else {}


def loss_back(state: State) -> dict[str, Any]:
    found = state.value("_loss_function_")
    return {"_loss_function_": Object(_SGD_LOSS, {})} if isinstance(found, Object) and found.type == _LOSS else {}


def has_old_log(state: State) -> bool:
    found = state.value("_loss_function_")
    return isinstance(found, Object) and found.type == _SGD_LOSS


def keywords(old: str, new: str) -> Any:
    def change(state: State) -> dict[str, Any]:
        pairs = state.value("keywords").pairs
        return {"keywords": Dict(tuple((new if key == old else key, value) for key, value in pairs))}

    return change


def has_keyword(name: str) -> Any:
    def check(state: State) -> bool:
        function, given = state.value("func"), state.value("keywords")
        return (
            isinstance(function, Global)
            and function.name == _CHECK_ARRAY
            and isinstance(given, Dict)
            and any(type(key) is str and key == name for key, _ in given.pairs)
        )

    return check


def empty_features(state: State) -> dict[str, Any]:
    context = state.context
    imputer = state.value("initial_imputer_")
    statistics = context.view(imputer.state["statistics_"])
    if statistics.dtype.kind != "f" or statistics.ndim != 1:
        raise InvalidError("the statistics of an imputer are one row of floats")
    return {"_is_empty_feature": context.array(np.isnan(statistics))}


def no_empty_features(state: State) -> dict[str, Any]:
    if "_is_empty_feature" in state and state.holds("keep_empty_features", True):
        raise Irreversible("with keep_empty_features the older release imputes otherwise")
    return {"_is_empty_feature": ABSENT}


def priors(state: State) -> dict[str, Any]:
    count = len(state.context.view(state.value("centroids_")))
    return {"class_prior_": state.context.array(np.asarray([1 / count] * count))}


def no_priors(state: State) -> dict[str, Any]:
    return {"class_prior_": ABSENT, "deviations_": ABSENT, "within_class_std_dev_": ABSENT}


def best_weights(state: State) -> dict[str, Any]:
    return {"_best_coefs": state.node("coefs_"), "_best_intercepts": state.node("intercepts_")}


def two_dimensional(state: State) -> dict[str, Any]:
    """Return the coefficients of two classes as one row."""
    if "coef_" not in state:
        return {}
    values = state.context.view(state.value("coef_"))
    return {"coef_": state.context.array(values.reshape(1, -1))} if values.ndim == 1 else {}


def no_best_weights(state: State) -> dict[str, Any]:
    return {"_best_coefs": ABSENT, "_best_intercepts": ABSENT}


MIGRATIONS = (
    since(
        "samme-r",
        ADABOOST,
        Transform(
            "it goes on with SAMME.R, which scikit-learn no longer has (perdure.compat.RealAdaBoostClassifier)",
            tagged("samme.r", lambda state: {"algorithm": "deprecated"}),
            untagged("samme.r", {"algorithm": "SAMME.R"}, algorithm_back),
            sets=(TAG, "algorithm"),
        ),
        when=Is("algorithm", ("SAMME.R",)) & Has("estimators_"),
        evidence="ensemble/_weight_boosting.py, AdaBoostClassifier.decision_function",
    ),
    since.spelled(
        "samme-r-unfitted",
        ADABOOST,
        "algorithm",
        {"SAMME.R": "deprecated"},
        "ensemble/_weight_boosting.py, AdaBoostClassifier.__init__",
    ),
    since(
        "sgd-log-loss",
        ("sklearn.linear_model._stochastic_gradient:SGDClassifier",),
        Transform(
            "the loss is CyHalfBinomialLoss",
            lambda state: {"_loss_function_": Object(_LOSS, {})},
            loss_back,
            sets=("_loss_function_",),
        ),
        when=Has("_loss_function_") & Check("its loss is _sgd_fast.Log", has_old_log),
        evidence="linear_model/_stochastic_gradient.py, BaseSGDClassifier.loss_functions",
    ),
    since(
        "histogram-check-array",
        "functools:partial/1",
        Transform(
            "force_all_finite of check_array is called ensure_all_finite",
            keywords("force_all_finite", "ensure_all_finite"),
            keywords("ensure_all_finite", "force_all_finite"),
            sets=("keywords",),
        ),
        when=Has("func") & Check("it calls check_array with force_all_finite", has_keyword("force_all_finite")),
        evidence="utils/validation.py, check_array",
    ),
    since(
        "nearest-centroid-priors",
        names("neighbors._nearest_centroid", "NearestCentroid"),
        Transform("the classes have equal priors", priors, no_priors, sets=("class_prior_",)),
        when=Has("centroids_") & Lacks("class_prior_"),
        evidence="neighbors/_nearest_centroid.py, NearestCentroid.fit",
    ),
    since(
        "iterative-imputer-empty-features",
        names("impute._iterative", "IterativeImputer"),
        Transform(
            "_is_empty_feature from the first imputer", empty_features, no_empty_features, sets=("_is_empty_feature",)
        ),
        when=Has("initial_imputer_") & Lacks("_is_empty_feature") & Is("keep_empty_features", (False,)),
        evidence="impute/_iterative.py, IterativeImputer._initial_imputation",
    ),
    since(
        "iterative-imputer-kept-features",
        names("impute._iterative", "IterativeImputer"),
        Transform(
            "features without values are imputed as 1.6 does",
            empty_features,
            no_empty_features,
            sets=("_is_empty_feature",),
        ),
        when=Has("initial_imputer_") & Lacks("_is_empty_feature") & Is("keep_empty_features", (True,)),
        fidelity="lossy",
        evidence="impute/_iterative.py, IterativeImputer._initial_imputation",
    ),
    since(
        "self-training-estimator",
        names("semi_supervised._self_training", "SelfTrainingClassifier"),
        RenameAttribute("base_estimator_", "estimator_"),
        evidence="semi_supervised/_self_training.py, SelfTrainingClassifier.fit",
    ),
    since.renamed(
        "self-training-parameter",
        names("semi_supervised._self_training", "SelfTrainingClassifier"),
        "base_estimator",
        "estimator",
        "semi_supervised/_self_training.py, SelfTrainingClassifier.__init__",
    ),
    since(
        "ridge-classifier-row",
        names("linear_model._ridge", "RidgeClassifier", "RidgeClassifierCV"),
        Nothing(Transform("the coefficients of two classes are one row", two_dimensional, sets=("coef_",))),
        evidence="linear_model/_ridge.py, _BaseRidge.fit",
    ),
    since(
        "scorer-deprecation",
        (*names("metrics._scorer", "_Scorer", "_CurveScorer"), _CURVE_SCORER),
        AddAttribute("_deprecation_msg", None),
        # 1.8 has no use for it again, so that its absence says nothing.
        when=Lacks("_deprecation_msg") & Stated(),
        evidence="metrics/_scorer.py, _BaseScorer.__init__",
    ),
    since(
        "curve-scorer",
        (_CURVE_SCORER, "sklearn.metrics._scorer:_CurveScorer"),
        RenameType(_CURVE_SCORER, "sklearn.metrics._scorer:_CurveScorer"),
        evidence="metrics/_scorer.py, _CurveScorer",
    ),
    since(
        "perceptron-best-weights",
        names("neural_network._multilayer_perceptron", "MLPClassifier", "MLPRegressor"),
        Transform(
            "the best weights so far are kept", best_weights, no_best_weights, sets=("_best_coefs", "_best_intercepts")
        ),
        when=Has("coefs_") & Has("intercepts_") & Lacks("_best_coefs"),
        evidence="neural_network/_multilayer_perceptron.py, BaseMultilayerPerceptron._initialize",
    ),
    since.gone(
        "agglomerative-metric-copy", AGGLOMERATIVE, "_metric", "cluster/_agglomerative.py, AgglomerativeClustering._fit"
    ),
    since.spelled(
        "agglomerative-metric-none",
        AGGLOMERATIVE,
        "metric",
        {None: "euclidean"},
        "cluster/_agglomerative.py, AgglomerativeClustering.__init__",
    ),
    since.parameter(
        "nearest-centroid-parameter",
        names("neighbors._nearest_centroid", "NearestCentroid"),
        "priors",
        "uniform",
        "neighbors/_nearest_centroid.py, NearestCentroid.__init__",
        only_fit=False,
    ),
    since.parameter(
        "pipeline-transform-input",
        names("pipeline", "Pipeline"),
        "transform_input",
        None,
        "pipeline.py, Pipeline.__init__",
    ),
    since.spelled(
        "factorization-components",
        names("decomposition._nmf", "NMF", "MiniBatchNMF"),
        "n_components",
        {"warn": None},
        "decomposition/_nmf.py, NMF.__init__",
    ),
    since.unknown(
        "factorization-components-auto",
        names("decomposition._nmf", "NMF", "MiniBatchNMF"),
        "n_components",
        {"auto": None},
        "decomposition/_nmf.py, NMF.__init__",
    ),
    since.unknown(
        "calibration-ensemble",
        names("calibration", "CalibratedClassifierCV"),
        "ensemble",
        {"auto": True},
        "calibration.py, CalibratedClassifierCV.__init__",
    ),
    since.unknown(
        "birch-copy-parameter",
        names("cluster._birch", "Birch"),
        "copy",
        {"deprecated": True},
        "cluster/_birch.py, Birch.__init__",
    ),
    since.unknown(
        "theil-sen-copy-parameter",
        names("linear_model._theil_sen", "TheilSenRegressor"),
        "copy_X",
        {"deprecated": True},
        "linear_model/_theil_sen.py, TheilSenRegressor.__init__",
    ),
    since.spelled(
        "histogram-categorical",
        HISTOGRAM_BOOSTING,
        "categorical_features",
        {"warn": None},
        "ensemble/_hist_gradient_boosting/gradient_boosting.py, _check_categorical_features",
    ),
)
