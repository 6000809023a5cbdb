"""What scikit-learn 1.3 changed in fitted states."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any

import numpy as np

from ...graph.nodes import Global, List, Object, Tuple
from ..conditions import Check, Has, Is, Lacks, Stated
from ..operations import (
    ABSENT,
    AddAttribute,
    AddField,
    CastArray,
    Irreversible,
    Nothing,
    RenameAttribute,
    RenameType,
    Transform,
)
from ..state import State, items_of
from .common import (
    ADABOOST,
    GRADIENT_BOOSTING,
    ISOLATION_FOREST,
    KERNEL_PCA,
    PLS,
    SEARCHES,
    TAG,
    Since,
    names,
    tagged,
    untagged,
)
from .sklearn_1_3_parameters import PARAMETERS
from .trees import average_path_length, depths, trees_in

__all__ = ["MIGRATIONS"]

since = Since("1.3")
_METRICS = "sklearn.metrics._dist_metrics"
_DISTANCES = (
    "BrayCurtis", "Canberra", "Chebyshev", "Dice", "Euclidean", "Hamming", "Haversine", "Jaccard", "Kulsinski",
    "Mahalanobis", "Manhattan", "Matching", "Minkowski", "PyFunc", "RogersTanimoto", "RussellRao", "SEuclidean",
    "SokalMichener", "SokalSneath",
)  # fmt: skip


def path_lengths(state: State) -> dict[str, Any]:
    """Return what an isolation forest keeps of its trees."""
    context = state.context
    averages, deep = [], []
    for tree in trees_in(state.value("estimators_"), context):
        nodes = context.resolve(tree.state["nodes"])
        counts = context.view(nodes.fields["n_node_samples"])
        left, right = (context.view(nodes.fields[side]) for side in ("left_child", "right_child"))
        averages.append(context.array(average_path_length(counts)))
        deep.append(context.array(depths(left, right)))
    return {"_average_path_length_per_tree": Tuple(tuple(averages)), "_decision_path_lengths": Tuple(tuple(deep))}


def without_path_lengths(state: State) -> dict[str, Any]:
    return {"_average_path_length_per_tree": ABSENT, "_decision_path_lengths": ABSENT}


def passthrough(state: State) -> dict[str, Any]:
    """Put an object with the estimator in the place of the function that called its ``score``."""

    def change(node: Any) -> Any:
        if isinstance(node, Global) and node.name == "sklearn.metrics._scorer:_passthrough_scorer":
            return Object("sklearn.metrics._scorer:_PassthroughScorer", {"_estimator": state.node("estimator")})
        return node

    return {"scorer_": change(state.value("scorer_"))}


def passthrough_back(state: State) -> dict[str, Any]:
    node = state.value("scorer_")
    if isinstance(node, Object) and node.type == "sklearn.metrics._scorer:_PassthroughScorer":
        return {"scorer_": Global("sklearn.metrics._scorer:_passthrough_scorer")}
    return {}


def has_no_function(state: Mapping[str, Any]) -> bool:
    return isinstance(state.get("scorer_"), (Object, NoneType))


def is_passthrough(state: State) -> bool:
    if "scorer_" not in state:
        return False
    node = state.value("scorer_")
    return isinstance(node, Global) and node.name == "sklearn.metrics._scorer:_passthrough_scorer"


def coefficients(state: State) -> dict[str, Any]:
    return {"coef_": state.node("_coef_"), "_coef_": ABSENT, "_coef_warning": ABSENT}


def coefficients_back(state: State) -> dict[str, Any]:
    if "coef_" not in state:
        return {"_predict_1d": ABSENT}
    if "_predict_1d" in state and state.holds("_predict_1d", True):
        raise Irreversible("fitted on one target: the older release predicts a column")
    return {"_coef_": state.node("coef_"), "coef_": ABSENT, "_predict_1d": ABSENT}


def columns_of(state: State, name: str) -> Any:
    """Return how many columns a matrix has, dense or sparse."""
    matrix = state.value(name)
    if isinstance(matrix, Object) and matrix.type.startswith("scipy.sparse:"):
        shape = items_of(matrix.state["shape"], state.context)
        assert shape is not None
        return shape[1]
    return state.context.view(matrix).shape[1]


def gamma(state: State) -> dict[str, Any]:
    given = state.value("gamma")
    return {"gamma_": 1 / columns_of(state, "X_fit_") if given is None else given}


def two_gammas(state: State) -> bool:
    """Say whether the kernel of the way back had another gamma than that of the way there: 1 / its columns."""
    if state.value("gamma") is not None or state.value("kernel") not in ("rbf", "poly", "sigmoid"):
        return False
    return bool(columns_of(state, "X_fit_") != columns_of(state, "X_transformed_fit_"))


def one_gamma(state: State) -> dict[str, Any]:
    if "X_transformed_fit_" in state and two_gammas(state):
        raise Irreversible("its way back has the gamma of the way there")
    return {}


def infrequent(state: State) -> dict[str, Any]:
    found: dict[str, Any] = {"_infrequent_enabled": False}
    count = len(items_of(state.value("categories_"), state.context) or ())
    if "_infrequent_indices" not in state:
        found["_infrequent_indices"] = List((None,) * count)
        found["_default_to_infrequent_mappings"] = List((None,) * count)
    return found


def infrequent_back(state: State) -> dict[str, Any]:
    if "_infrequent_enabled" in state and not state.holds("_infrequent_enabled", False):
        raise Irreversible("it groups infrequent categories")
    return {"_infrequent_enabled": ABSENT, "_infrequent_indices": ABSENT, "_default_to_infrequent_mappings": ABSENT}


def inner_statistics(state: State) -> dict[str, Any]:
    first, second = items_of(state.value("_inner_stats"), state.context) or (None, None)
    return {"_A": first, "_B": second, "_inner_stats": ABSENT}


def inner_statistics_back(state: State) -> dict[str, Any]:
    if "_A" not in state:
        return {}
    return {"_inner_stats": Tuple((state.node("_A"), state.node("_B"))), "_A": ABSENT, "_B": ABSENT}


def other_decision_function(state: State) -> dict[str, Any]:
    if "estimators_" in state and state.holds("algorithm", "SAMME"):
        raise Irreversible("its decision function was another one before 1.3")
    return {}


def dual_back(state: State) -> dict[str, Any]:
    given = state.value("dual")
    return {"dual": state.value("penalty") != "l1"} if type(given) is str else {}


def width(state: State) -> dict[str, Any]:
    return {"_n_features_out": state.node("n_components_")}


def unknown_scores(state: State) -> dict[str, Any]:
    """Return no number for the out-of-bag losses, of which only the differences were kept."""
    count = len(state.context.view(state.value("oob_improvement_")))
    return {"oob_score_": float("nan"), "oob_scores_": state.context.array(np.full(count, np.nan))}


def no_scores(state: State) -> dict[str, Any]:
    return {"oob_score_": ABSENT, "oob_scores_": ABSENT}


MIGRATIONS = (
    since(
        "tree-missing-go-to-left",
        "sklearn.tree._tree:Tree",
        AddField("nodes", "missing_go_to_left", "|u1", 0, always=True),
        evidence="tree/_tree.pxd, struct Node",
    ),
    since(
        "histogram-feature-index",
        "sklearn.ensemble._hist_gradient_boosting.predictor:TreePredictor",
        CastArray("nodes.feature_idx", "<u4", "intp"),
        evidence="ensemble/_hist_gradient_boosting/common.pyx, PREDICTOR_RECORD_DTYPE",
    ),
    since(
        "isolation-forest-path-lengths",
        ISOLATION_FOREST,
        Transform(
            "path lengths computed from the trees",
            path_lengths,
            without_path_lengths,
            sets=("_average_path_length_per_tree", "_decision_path_lengths"),
        ),
        when=Has("estimators_") & Lacks("_decision_path_lengths"),
        evidence="ensemble/_iforest.py, IsolationForest._fit",
    ),
    since(
        "distance-metrics-64",
        tuple(f"{_METRICS}:{name}Distance{bits}" for name in _DISTANCES for bits in ("", "64")),
        *(RenameType(f"{_METRICS}:{name}Distance", f"{_METRICS}:{name}Distance64") for name in _DISTANCES),
        evidence="metrics/_dist_metrics.pyx.tp, DistanceMetric64",
    ),
    since(
        "passthrough-scorer",
        SEARCHES,
        Transform("the scorer that calls `score` is an object", passthrough, passthrough_back, sets=("scorer_",)),
        when=Check("scorer_ is the function _passthrough_scorer", is_passthrough, has_no_function),
        evidence="metrics/_scorer.py, _PassthroughScorer",
    ),
    since(
        "boosting-out-of-bag",
        GRADIENT_BOOSTING,
        Transform("oob_scores_ are not known", unknown_scores, no_scores, sets=("oob_score_", "oob_scores_")),
        when=Has("oob_improvement_") & Lacks("oob_scores_"),
        evidence="ensemble/_gb.py, BaseGradientBoosting.fit",
    ),
    since(
        "pls-coef",
        PLS,
        Transform(
            "_coef_ is called coef_",
            coefficients,
            coefficients_back,
            sets=("coef_",),
            drops=("_coef_", "_coef_warning"),
        ),
        AddAttribute("_predict_1d", False, beside="coef_"),
        when=Has("_coef_"),
        evidence="cross_decomposition/_pls.py, _PLS.fit",
    ),
    since(
        "missing-indicator-features",
        names("impute._base", "MissingIndicator"),
        Transform(
            "n_features_in_ is kept",
            lambda state: {"n_features_in_": state.node("_n_features")},
            lambda state: {},
            sets=("n_features_in_",),
        ),
        when=Has("_n_features") & Lacks("n_features_in_"),
        evidence="impute/_base.py, MissingIndicator._fit",
    ),
    since(
        "kernel-pca-inverse-gamma",
        KERNEL_PCA,
        Transform(
            "the way back keeps a gamma of its own (perdure.compat.TwoGammaKernelPCA)",
            tagged("two-gammas"),
            untagged("two-gammas", {}, one_gamma),
            sets=(TAG,),
        ),
        when=Has("X_transformed_fit_") & Lacks("gamma_") & Check("gamma depends on the number of columns", two_gammas),
        evidence="decomposition/_kernel_pca.py, KernelPCA._get_kernel",
    ),
    since(
        "kernel-pca-gamma",
        KERNEL_PCA,
        Transform("gamma_ is the gamma in use", gamma, lambda state: {"gamma_": ABSENT}, sets=("gamma_",)),
        when=Has("X_fit_") & Lacks("gamma_"),
        evidence="decomposition/_kernel_pca.py, KernelPCA.fit",
    ),
    since(
        "ordinal-infrequent",
        "sklearn.preprocessing._encoders:OrdinalEncoder",
        Transform(
            "no category is infrequent",
            infrequent,
            infrequent_back,
            sets=("_infrequent_enabled", "_infrequent_indices", "_default_to_infrequent_mappings"),
        ),
        when=Has("categories_") & Lacks("_infrequent_enabled"),
        evidence="preprocessing/_encoders.py, OrdinalEncoder.fit",
    ),
    since(
        "samme-decision",
        ADABOOST,
        Transform(
            "the decision function of SAMME stays as it was (perdure.compat.AsymmetricAdaBoostClassifier)",
            tagged("samme-asymmetric"),
            untagged("samme-asymmetric", {}, other_decision_function),
            sets=(TAG,),
        ),
        when=Is("algorithm", ("SAMME",)) & Has("estimators_") & Lacks("_perdure_compat") & Stated(),
        evidence="ensemble/_weight_boosting.py, AdaBoostClassifier.decision_function",
    ),
    since(
        "dictionary-inner-statistics",
        "sklearn.decomposition._dict_learning:MiniBatchDictionaryLearning",
        Transform(
            "_inner_stats are _A and _B",
            inner_statistics,
            inner_statistics_back,
            sets=("_A", "_B"),
            drops=("_inner_stats",),
        ),
        when=Has("_inner_stats"),
        evidence="decomposition/_dict_learning.py, MiniBatchDictionaryLearning.fit",
    ),
    since(
        "fast-ica-whiten",
        "sklearn.decomposition._fastica:FastICA",
        Transform(
            "_whiten is whiten",
            lambda state: {"_whiten": ABSENT},
            lambda state: {"_whiten": state.node("whiten")} if "components_" in state else {},
            drops=("_whiten",),
        ),
        when=Has("_whiten"),
        evidence="decomposition/_fastica.py, FastICA._fit_transform",
    ),
    since(
        "random-projection-width",
        names("random_projection", "GaussianRandomProjection", "SparseRandomProjection"),
        Transform(
            "_n_features_out is kept", width, lambda state: {"_n_features_out": ABSENT}, sets=("_n_features_out",)
        ),
        when=Has("n_components_") & Lacks("_n_features_out"),
        evidence="random_projection.py, BaseRandomProjection.fit",
    ),
    since(
        "chi2-sample-interval",
        "sklearn.kernel_approximation:AdditiveChi2Sampler",
        RenameAttribute("sample_interval_", "_sample_interval"),
        evidence="kernel_approximation.py, AdditiveChi2Sampler.fit",
    ),
    since(
        "linear-svm-dual-auto",
        names("svm._classes", "LinearSVC", "LinearSVR"),
        Nothing(Transform("dual is true or false", dual_back, sets=("dual",))),
        evidence="svm/_classes.py, LinearSVC.__init__",
    ),
    *PARAMETERS,
)
