"""What scikit-learn 0.23 and 0.24 changed in fitted states."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError
from ...graph.nodes import Dict, Node, Object, Objects
from ..conditions import Check, Has, Lacks
from ..operations import (
    ABSENT,
    AddAttribute,
    AddField,
    CastArray,
    DropAttribute,
    Inside,
    MoveNames,
    RenameAttribute,
    RenameField,
    ReplaceValue,
    Transform,
)
from ..state import State, items_of
from .common import GRADIENT_BOOSTING, HISTOGRAM_BOOSTING, PLS, SGD, TREE_REGRESSORS, Since, names
from .moved import MOVED_0_24

__all__ = ["MIGRATIONS"]

since = Since("0.24")
_SVM = names("svm._classes", "SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM")
_PREDICTOR = "sklearn.ensemble._hist_gradient_boosting.predictor:TreePredictor"
_BINS = "sklearn.ensemble._hist_gradient_boosting.binning:_BinMapper"
_IMPUTERS = (
    *names("impute._base", "SimpleImputer"),
    *names("impute._knn", "KNNImputer"),
    *names("impute._iterative", "IterativeImputer"),
)
_CALIBRATED = names("calibration", "_CalibratedClassifier")
_PROCESS = names("gaussian_process._gpr", "GaussianProcessRegressor")


def no_bitsets(state: State) -> dict[str, Any]:
    empty = state.context.array(np.zeros((0, 8), np.uint32))
    return {"binned_left_cat_bitsets": empty, "raw_left_cat_bitsets": empty}


def no_categories(state: State) -> dict[str, Any]:
    node = state.value("bin_thresholds_")
    items = items_of(node, state.context)
    count = len(items) if items is not None else len(state.context.view(node))
    return {"is_categorical_": state.context.array(np.zeros(count, np.uint8))}


def stopping(state: State) -> dict[str, Any]:
    """Return what says whether fitting stops early: before 0.23 that was whether a number of iterations is given."""
    stops = state.value("n_iter_no_change") is not None
    return {"early_stopping": stops, **({} if stops else {"n_iter_no_change": 10})}


def spread_of_targets(state: State) -> dict[str, Any]:
    """Return a standard deviation of 1: before 0.23 the targets were centred at most."""
    mean: Any = state.value("_y_train_mean")
    if isinstance(mean, (int, float)) or hasattr(mean, "value"):
        return {"_y_train_std": 1.0, "_K_inv": ABSENT}
    return {"_y_train_std": state.context.array(np.ones(state.context.view(mean).shape)), "_K_inv": ABSENT}


def bounds(state: State) -> dict[str, Any]:
    """Return the bounds of an iterative imputer, one for each feature."""
    inner = state.value("initial_imputer_")
    if not isinstance(inner, Object):
        raise InvalidError("an iterative imputer begins with a simple one")
    count = len(state.context.view(inner.state["statistics_"]))
    made = {}
    for name in ("_min_value", "_max_value"):
        value: Any = state.value(name)
        made[name] = state.context.array(np.full(count, float(getattr(value, "value", value))))
    return made


def is_one_bound(state: State) -> bool:
    value = state.value("_min_value")
    return isinstance(value, (int, float)) or hasattr(value, "value")


def categories(state: State) -> dict[str, Any]:
    context = state.context
    counts = items_of(state.value("category_count_"), context) or []
    return {"n_categories_": context.array(np.array([context.view(one).shape[1] for one in counts], np.int64))}


def dictionary(state: State) -> dict[str, Any]:
    return {"dictionary": state.node("components_"), "components_": ABSENT, "n_components": ABSENT}


def path_results(state: State) -> dict[str, Any]:
    """Return the scores of a path of penalties by their names."""
    context = state.context
    alphas = state.value("cv_alphas_")
    items: Any = items_of(alphas, context)
    values = np.asarray(context.view(alphas) if items is None else [getattr(i, "value", i) for i in items], np.float64)
    scores = state.value("grid_scores_")
    rows = items_of(scores, context)
    grid = context.view(scores) if rows is None else np.array([context.view(row) for row in rows])
    if grid.ndim != 2 or len(grid) != len(values):
        raise InvalidError("there is a row of scores for each penalty")
    pairs: list[tuple[Node, Node]] = [("alphas", context.array(values))]
    pairs += [(f"split{i}_test_score", context.array(np.ascontiguousarray(grid[:, i]))) for i in range(grid.shape[1])]
    pairs += [
        ("mean_test_score", context.array(grid.mean(axis=1))),
        ("std_test_score", context.array(grid.std(axis=1))),
    ]
    return {"cv_results_": Dict(tuple(pairs)), "cv_alphas_": ABSENT, "grid_scores_": ABSENT}


def calibrated_classes(state: State) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "calibrators": state.node("calibrators_"),
        "calibrators_": ABSENT,
        "label_encoder_": ABSENT,
    }
    if "classes_" in state:
        changes["classes_"] = ABSENT
        if state.value("classes") is None:
            changes["classes"] = state.node("classes_")
    return changes


def dropped(state: State) -> dict[str, Any]:
    """Return the places of what is dropped as objects, one for each feature."""
    values = state.context.view(state.value("drop_idx_")).tolist()
    return {"drop_idx_": Objects((len(values),), "C", tuple(map(int, values)))}


def drops_by_numbers(state: State) -> bool:
    node = state.value("drop_idx_")
    return node is not None and items_of(node, state.context) is None


def has_open_indicator(state: State) -> bool:
    """Say whether an imputer has an indicator that takes rows, and not what is missing in them."""
    found = state.value("indicator_")
    return isinstance(found, Object) and found.state.get("_precomputed") is False


def is_flat_rotation(state: State) -> bool:
    return state.context.view(state.value("y_rotations_")).ndim == 1


def one_rotation(state: State) -> dict[str, Any]:
    context = state.context
    weights, loadings = (context.view(state.value(name)) for name in ("y_weights_", "y_loadings_"))
    return {"y_rotations_": context.array(weights @ np.linalg.pinv(loadings.T @ weights))}


MIGRATIONS = (
    since("moved-0-24", tuple(MOVED_0_24), MoveNames(MOVED_0_24), evidence="cross_decomposition/_pls.py, CCA"),
    since(
        "svm-sigmoids",
        _SVM,
        RenameAttribute("probA_", "_probA"),
        RenameAttribute("probB_", "_probB"),
        evidence="svm/_base.py, BaseLibSVM.fit",
    ),
    since(
        "histogram-names",
        HISTOGRAM_BOOSTING,
        RenameAttribute("bin_mapper_", "_bin_mapper"),
        RenameAttribute("loss_", "_loss"),
        RenameAttribute("scorer_", "_scorer"),
        RenameAttribute("n_features_", "_n_features"),
        evidence="ensemble/_hist_gradient_boosting/gradient_boosting.py, BaseHistGradientBoosting.fit",
    ),
    since(
        "histogram-no-categories",
        HISTOGRAM_BOOSTING,
        Transform("no feature is a category", lambda state: {"is_categorical_": None}, sets=("is_categorical_",)),
        when=Has("_predictors") & Lacks("is_categorical_"),
        evidence="ensemble/_hist_gradient_boosting/gradient_boosting.py, _check_categories",
    ),
    since(
        "histogram-early-stopping",
        HISTOGRAM_BOOSTING,
        Transform(
            "early_stopping says what n_iter_no_change meant", stopping, sets=("early_stopping", "n_iter_no_change")
        ),
        when=Has("n_iter_no_change") & Lacks("early_stopping"),
        evidence="ensemble/_hist_gradient_boosting/gradient_boosting.py, BaseHistGradientBoosting.__init__",
    ),
    since.spelled(
        "histogram-bins",
        HISTOGRAM_BOOSTING,
        "max_bins",
        {256: 255},
        "ensemble/_hist_gradient_boosting/gradient_boosting.py, HistGradientBoostingClassifier.__init__",
    ),
    since(
        "histogram-threshold-name",
        _PREDICTOR,
        RenameField("nodes", "threshold", "num_threshold"),
        AddField("nodes", "is_categorical", "|u1", 0),
        AddField("nodes", "bitset_idx", "<u4", 0),
        evidence="ensemble/_hist_gradient_boosting/common.pyx, PREDICTOR_RECORD_DTYPE",
    ),
    since(
        "histogram-no-bitsets",
        _PREDICTOR,
        Transform("no node splits on categories", no_bitsets, sets=("binned_left_cat_bitsets", "raw_left_cat_bitsets")),
        when=Has("nodes") & Lacks("raw_left_cat_bitsets"),
        evidence="ensemble/_hist_gradient_boosting/predictor.py, TreePredictor.__init__",
    ),
    since(
        "bin-mapper-no-categories",
        _BINS,
        Transform("no feature is a category", no_categories, sets=("is_categorical_",)),
        when=Has("bin_thresholds_") & Lacks("is_categorical_"),
        evidence="ensemble/_hist_gradient_boosting/binning.py, _BinMapper.fit",
    ),
    since(
        "boosting-regression-classes",
        GRADIENT_BOOSTING[1:],
        DropAttribute("n_classes_"),
        evidence="ensemble/_gb.py, GradientBoostingRegressor.n_classes_",
    ),
    Since("0.22")(
        "tree-regression-classes",
        (*names("tree.tree", "DecisionTreeRegressor", "ExtraTreeRegressor"), *TREE_REGRESSORS),
        DropAttribute("classes_"),
        DropAttribute("n_classes_"),
        evidence="tree/_classes.py, DecisionTreeRegressor.n_classes_",
    ),
    since(
        "sgd-averages",
        (
            *SGD,
            *names("linear_model._stochastic_gradient", "SGDRegressor"),
            *names("linear_model._passive_aggressive", "PassiveAggressiveRegressor"),
        ),
        *(
            RenameAttribute(f"{kind}_{what}_", f"_{kind}_{what}")
            for kind in ("average", "standard")
            for what in ("coef", "intercept")
        ),
        evidence="linear_model/_stochastic_gradient.py, BaseSGD._allocate_parameter_mem",
    ),
    since(
        "gaussian-process-spread",
        _PROCESS,
        Transform("_y_train_std is 1", spread_of_targets, sets=("_y_train_std",), drops=("_K_inv",)),
        when=Has("_y_train_mean") & Lacks("_y_train_std"),
        evidence="gaussian_process/_gpr.py, GaussianProcessRegressor.fit",
    ),
    since(
        "missing-indicator-computed",
        names("impute._base", "MissingIndicator"),
        AddAttribute("_precomputed", False, beside="features_"),
        evidence="impute/_base.py, MissingIndicator._fit",
    ),
    since(
        "imputer-indicator-computed",
        _IMPUTERS,
        Inside("indicator_", (ReplaceValue("_precomputed", False, True),)),
        when=Check("its indicator takes rows", has_open_indicator),
        evidence="impute/_base.py, _BaseImputer._fit_indicator",
    ),
    since(
        "iterative-imputer-bounds",
        names("impute._iterative", "IterativeImputer"),
        Transform("there are bounds for each feature", bounds, sets=("_max_value", "_min_value")),
        when=Has("_min_value")
        & Has("_max_value")
        & Has("initial_imputer_")
        & Check("there is one bound for all", is_one_bound),
        evidence="impute/_iterative.py, IterativeImputer._validate_limit",
    ),
    since(
        "iterative-imputer-no-bounds",
        names("impute._iterative", "IterativeImputer"),
        ReplaceValue("min_value", None, -float("inf")),
        ReplaceValue("max_value", None, float("inf")),
        evidence="impute/_iterative.py, IterativeImputer.__init__",
    ),
    since(
        "isotonic-thresholds",
        "sklearn.isotonic:IsotonicRegression",
        RenameAttribute("_necessary_X_", "X_thresholds_"),
        RenameAttribute("_necessary_y_", "y_thresholds_"),
        DropAttribute("_X_"),
        DropAttribute("_y_"),
        evidence="isotonic.py, IsotonicRegression.fit",
    ),
    since(
        "relevance-offsets",
        names("linear_model._bayes", "ARDRegression"),
        Transform(
            "rows are neither centred nor scaled",
            lambda state: {
                "X_offset_": state.context.array(np.zeros(len(state.context.view(state.value("coef_"))))),
                "X_scale_": state.context.array(np.ones(len(state.context.view(state.value("coef_"))))),
            },
            sets=("X_offset_", "X_scale_"),
        ),
        when=Has("coef_") & Has("sigma_") & Lacks("X_offset_"),
        evidence="linear_model/_bayes.py, ARDRegression.fit",
    ),
    since(
        "pls-names",
        (*PLS, *MOVED_0_24),
        *(RenameAttribute(f"{side}_{what}_", f"_{side}_{what}") for side in ("x", "y") for what in ("mean", "std")),
        RenameAttribute("norm_y_weights", "_norm_y_weights"),
        evidence="cross_decomposition/_pls.py, _PLS.fit",
    ),
    since(
        "pls-one-target-rotation",
        (*PLS, *MOVED_0_24),
        Transform("the rotation of one target has its components", one_rotation, sets=("y_rotations_",)),
        when=Has("y_rotations_") & Has("y_weights_") & Check("it is a row of one", is_flat_rotation),
        evidence="cross_decomposition/_pls.py, _PLS.fit",
    ),
    since(
        "pls-svd-names",
        names("cross_decomposition._pls", "PLSSVD"),
        *(RenameAttribute(f"{side}_{what}_", f"_{side}_{what}") for side in ("x", "y") for what in ("mean", "std")),
        evidence="cross_decomposition/_pls.py, PLSSVD.fit",
    ),
    since(
        "sparse-coder-dictionary",
        names("decomposition._dict_learning", "SparseCoder"),
        Transform(
            "components_ are the parameter dictionary",
            dictionary,
            sets=("dictionary",),
            drops=("components_", "n_components"),
        ),
        when=Has("components_") & Lacks("dictionary"),
        evidence="decomposition/_dict_learning.py, SparseCoder.__init__",
    ),
    since(
        "calibrated-names",
        _CALIBRATED,
        Transform(
            "calibrators_ are called calibrators, classes_ classes",
            calibrated_classes,
            sets=("calibrators", "classes"),
            drops=("calibrators_", "classes_", "label_encoder_"),
        ),
        when=Has("calibrators_"),
        evidence="calibration.py, _CalibratedClassifier.__init__",
    ),
    since(
        "categorical-counts",
        names("naive_bayes", "CategoricalNB"),
        Transform("n_categories_ are kept", categories, sets=("n_categories_",)),
        when=Has("category_count_") & Lacks("n_categories_"),
        evidence="naive_bayes.py, CategoricalNB._count",
    ),
    since(
        "graphical-lasso-scores",
        names("covariance._graph_lasso", "GraphicalLassoCV"),
        Transform(
            "grid_scores_ are cv_results_",
            path_results,
            sets=("cv_results_",),
            drops=("cv_alphas_", "grid_scores_"),
        ),
        when=Has("cv_alphas_") & Has("grid_scores_") & Lacks("cv_results_"),
        evidence="covariance/_graph_lasso.py, GraphicalLassoCV.fit",
    ),
    since(
        "one-hot-drop-objects",
        names("preprocessing._encoders", "OneHotEncoder"),
        Transform("the places of what is dropped are objects", dropped, sets=("drop_idx_",)),
        when=Has("drop_idx_") & Check("they are numbers", drops_by_numbers),
        evidence="preprocessing/_encoders.py, OneHotEncoder._compute_drop_idx",
    ),
    since(
        "k-means-threads",
        names("cluster._kmeans", "KMeans", "MiniBatchKMeans"),
        AddAttribute("_n_threads", 1, beside="cluster_centers_"),
        evidence="cluster/_kmeans.py, KMeans._check_params",
    ),
    since(
        "k-means-counts",
        names("cluster._kmeans", "MiniBatchKMeans"),
        RenameAttribute("counts_", "_counts"),
        CastArray("_counts", "<i4", "<f8"),
        DropAttribute("init_size_"),
        evidence="cluster/_kmeans.py, KMeans._check_params",
    ),
    since(
        "affinity-random-state",
        names("cluster._affinity_propagation", "AffinityPropagation"),
        AddAttribute("random_state", 0, only_fit=True),
        ReplaceValue("random_state", "warn", 0),
        evidence="cluster/_affinity_propagation.py, AffinityPropagation.__init__",
    ),
    since(
        "isolation-forest-behaviour",
        names("ensemble._iforest", "IsolationForest"),
        DropAttribute("behaviour"),
        evidence="ensemble/_iforest.py, IsolationForest.__init__",
    ),
    since(
        "sparse-components-normalized",
        names("decomposition._sparse_pca", "SparsePCA", "MiniBatchSparsePCA"),
        DropAttribute("normalize_components"),
        evidence="decomposition/_sparse_pca.py, SparsePCA.__init__",
    ),
)
