"""What scikit-learn 1.2 changed in fitted states."""

from __future__ import annotations

from typing import Any

from ...graph.nodes import Dict, Node, Object, Objects
from ..conditions import Check, Has, Lacks, Stated
from ..operations import DropAttribute, RenameAttribute, Transform
from ..state import State, items_of
from .common import (
    ADABOOST,
    AGGLOMERATIVE,
    BAGGING,
    COLUMN_TRANSFORMER,
    EMBEDDING,
    FORESTS,
    ISOLATION_FOREST,
    LOGISTIC,
    Since,
    names,
)

__all__ = ["MIGRATIONS"]

since = Since("1.2")
# What 1.2.0 and 1.2.1 had for themselves; Debian 12 has the latter.
since_patch = Since("1.2.2")
_BOOSTED = (ADABOOST, *names("ensemble._weight_boosting", "AdaBoostRegressor"))
_ONE_HOT = names("preprocessing._encoders", "OneHotEncoder")
_STACKING = names("ensemble._stacking", "StackingClassifier", "StackingRegressor")


def passthrough_of(width: int, feature_names: Any) -> Object:
    """Return the fitted transformer that scikit-learn makes of ``"passthrough"``, as 1.2 has it."""
    state: dict[str, Node] = {
        "accept_sparse": True,
        "check_inverse": False,
        "feature_names_out": "one-to-one",
        "func": None,
        "inv_kw_args": None,
        "inverse_func": None,
        "kw_args": None,
        "n_features_in_": width,
        "validate": False,
    }
    if feature_names is not None:
        state["feature_names_in_"] = feature_names
    return Object(
        "sklearn.preprocessing._function_transformer:FunctionTransformer", {key: state[key] for key in sorted(state)}
    )


def fitted_passthrough(state: State) -> dict[str, Any]:
    """Return a transformer for each ``"passthrough"`` of a fitted column transformer."""
    context = state.context
    places = dict(state.value("_transformer_to_input_indices").pairs)
    known = None
    if "feature_names_in_" in state:
        known = feature_names(state)
    found = []
    for item in items_of(state.value("transformers_"), context) or []:
        name, transformer = context.resolve(item).items[:2]
        if type(transformer) is str and transformer == "passthrough":
            chosen: list[Any] = (items_of(places[name], context) if name in places else None) or []
            columns = [int(getattr(place, "value", place)) for place in chosen]
            given = None if known is None else Objects((len(columns),), "C", tuple(known[i] for i in columns))
            found.append((name, passthrough_of(len(columns), given)))
    return {"_name_to_fitted_passthrough": Dict(tuple(found))}


def feature_names(state: State) -> list[Any]:
    """Return the names of the columns of a fitted estimator."""
    node = state.value("feature_names_in_")
    items = items_of(node, state.context)
    return items if items is not None else list(state.context.view(node).tolist())


def in_use(state: State) -> dict[str, Any]:
    given = state.value("gamma")
    if type(given) is str and given == "scale":
        return {}
    return {"_gamma": state.node("gamma")}


def drop_places(state: State) -> dict[str, Any]:
    return {"_drop_idx_after_grouping": state.node("drop_idx_")}


def has_passthrough(state: State) -> bool:
    """Say whether a transformer is the text ``"passthrough"``."""
    context = state.context
    items = items_of(state.value("transformers_"), context) or []
    return any(context.resolve(item).items[1] == "passthrough" for item in items)


def has_old_keys(state: State) -> bool:
    found = state.value("cv_results_")
    return isinstance(found, Object) and found.type == "sklearn.covariance._graph_lasso:_DictWithDeprecatedKeys"


def plain_results(state: State) -> Node:
    """Return the items of a dict that warned of old keys."""
    found: Any = state.value("cv_results_")
    given = found.args[0] if found.args else Dict(())
    return state.context.resolve(given)  # type: ignore[no-any-return]


MIGRATIONS = (
    since(
        "forest-estimator",
        (*FORESTS, EMBEDDING, ISOLATION_FOREST),
        Transform(
            "base_estimator is called estimator",
            lambda state: {"estimator": state.node("base_estimator"), "base_estimator": "deprecated"},
            sets=("estimator", "base_estimator"),
        ),
        when=Has("base_estimator") & Lacks("estimator"),
        evidence="ensemble/_forest.py, BaseForest.__init__",
    ),
    since.renamed(
        "boosted-estimator",
        (*BAGGING, *_BOOSTED, *names("calibration", "CalibratedClassifierCV")),
        "base_estimator",
        "estimator",
        "ensemble/_base.py, BaseEnsemble.__init__",
    ),
    since(
        "fitted-base-estimator",
        (*FORESTS, EMBEDDING, ISOLATION_FOREST, *BAGGING, *_BOOSTED),
        RenameAttribute("base_estimator_", "estimator_"),
        evidence="ensemble/_base.py, BaseEnsemble._validate_estimator",
    ),
    since_patch(
        "fitted-private-estimator",
        (*FORESTS, EMBEDDING, ISOLATION_FOREST, *BAGGING, *_BOOSTED),
        RenameAttribute("_estimator", "estimator_"),
        evidence="ensemble/_base.py, BaseEnsemble._validate_estimator",
    ),
    since(
        "calibrated-estimator",
        names("calibration", "_CalibratedClassifier"),
        RenameAttribute("base_estimator", "estimator"),
        evidence="calibration.py, _CalibratedClassifier.__init__",
    ),
    since(
        "stacking-label-encoder",
        _STACKING,
        RenameAttribute("_le", "_label_encoder"),
        evidence="ensemble/_stacking.py, StackingClassifier.fit",
    ),
    since(
        "column-transformer-fitted-passthrough",
        COLUMN_TRANSFORMER,
        Transform('transformers stand for "passthrough"', fitted_passthrough, sets=("_name_to_fitted_passthrough",)),
        when=Has("transformers_")
        & Has("_transformer_to_input_indices")
        & Lacks("_name_to_fitted_passthrough")
        & Check('transformers_ has "passthrough"', has_passthrough),
        evidence="compose/_column_transformer.py, ColumnTransformer._update_fitted_transformers",
    ),
    since(
        "column-transformer-no-passthrough",
        COLUMN_TRANSFORMER,
        Transform(
            'no transformer stands for "passthrough"',
            lambda state: {"_name_to_fitted_passthrough": Dict(())},
            sets=("_name_to_fitted_passthrough",),
        ),
        when=Has("transformers_")
        & Lacks("_name_to_fitted_passthrough")
        & Check('transformers_ has no "passthrough"', lambda state: not has_passthrough(state))
        & Stated(),
        evidence="compose/_column_transformer.py, ColumnTransformer._update_fitted_transformers",
    ),
    since.renamed(
        "one-hot-sparse-name",
        _ONE_HOT,
        "sparse",
        "sparse_output",
        "preprocessing/_encoders.py, OneHotEncoder.__init__",
    ),
    since.gone(
        "components-columns", names("decomposition._pca", "PCA"), "n_features_", "decomposition/_pca.py, PCA._fit"
    ),
    since.gone(
        "svr-class-weights",
        names("svm._classes", "SVR", "NuSVR", "OneClassSVM"),
        "class_weight_",
        "svm/_base.py, BaseLibSVM.fit",
    ),
    since(
        "agglomerative-two-metrics",
        AGGLOMERATIVE,
        Transform("affinity says the metric", lambda state: {"metric": None}, sets=("metric",)),
        when=Has("affinity") & Lacks("metric"),
        evidence="cluster/_agglomerative.py, AgglomerativeClustering.__init__",
    ),
    since(
        "rbf-sampler-gamma",
        names("kernel_approximation", "RBFSampler"),
        Transform("_gamma is the gamma in use", in_use, sets=("_gamma",)),
        when=Has("random_weights_") & Lacks("_gamma"),
        evidence="kernel_approximation.py, RBFSampler.fit",
    ),
    since(
        "kernel-density-bandwidth",
        names("neighbors._kde", "KernelDensity"),
        Transform(
            "bandwidth_ is the bandwidth in use",
            lambda state: {"bandwidth_": state.node("bandwidth")},
            sets=("bandwidth_",),
        ),
        when=Has("tree_") & Lacks("bandwidth_"),
        evidence="neighbors/_kde.py, KernelDensity.fit",
    ),
    since(
        "one-hot-drop-places",
        _ONE_HOT,
        Transform("the places of what is dropped are kept twice", drop_places, sets=("_drop_idx_after_grouping",)),
        when=Has("drop_idx_") & Lacks("_drop_idx_after_grouping"),
        evidence="preprocessing/_encoders.py, OneHotEncoder._set_drop_idx",
    ),
    since.spelled(
        "logistic-no-penalty", LOGISTIC, "penalty", {"none": None}, "linear_model/_logistic.py, LogisticRegression.fit"
    ),
    since(
        "graphical-lasso-results",
        names("covariance._graph_lasso", "GraphicalLassoCV"),
        Transform(
            "cv_results_ is a plain dict", lambda state: {"cv_results_": plain_results(state)}, sets=("cv_results_",)
        ),
        when=Has("cv_results_") & Check("cv_results_ warns of old keys", has_old_keys),
        evidence="covariance/_graph_lasso.py, GraphicalLassoCV.fit",
    ),
    since.gone(
        "theil-sen-subpopulation",
        names("linear_model._theil_sen", "TheilSenRegressor"),
        "_max_subpopulation",
        "linear_model/_theil_sen.py, TheilSenRegressor.fit",
    ),
    since(
        "mini-batch-factorization-leftovers",
        names("decomposition._nmf", "MiniBatchNMF"),
        *(DropAttribute(name) for name in ("alpha", "regularization", "shuffle", "solver")),
        evidence="decomposition/_nmf.py, _BaseNMF.__init__",
    ),
    since.gone(
        "birch-deprecated-fit", "sklearn.cluster._birch:Birch", "_deprecated_fit", "cluster/_birch.py, Birch._fit"
    ),
    since.gone(
        "birch-deprecated-partial-fit",
        "sklearn.cluster._birch:Birch",
        "_deprecated_partial_fit",
        "cluster/_birch.py, Birch._fit",
    ),
    since(
        "tsne-learning-rate",
        names("manifold._t_sne", "TSNE"),
        RenameAttribute("_learning_rate", "learning_rate_"),
        DropAttribute("_init"),
        evidence="manifold/_t_sne.py, TSNE.fit",
    ),
    since.spelled(
        "tsne-warn",
        names("manifold._t_sne", "TSNE"),
        "learning_rate",
        {"warn": 200.0},
        "manifold/_t_sne.py, TSNE.__init__",
    ),
    since.spelled(
        "tsne-init", names("manifold._t_sne", "TSNE"), "init", {"warn": "random"}, "manifold/_t_sne.py, TSNE.__init__"
    ),
)
