"""Attributes of fitted models that came, went or got another name before 1.2, where the rule is a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...graph.nodes import Dict, List, Node, Object, Scalar
from ..conditions import Check, Condition, Has, Lacks
from ..migration import Migration
from ..operations import ABSENT, AddAttribute, DropAttribute, Operation, RenameAttribute, Transform
from ..state import State, items_of
from .common import EMBEDDING, Since, names
from .sklearn_0_23 import shape_of

__all__ = ["ATTRIBUTES"]

_SGD = (
    *names("linear_model.stochastic_gradient", "SGDClassifier", "SGDRegressor"),
    *names("linear_model.perceptron", "Perceptron"),
    *names("linear_model.passive_aggressive", "PassiveAggressiveClassifier", "PassiveAggressiveRegressor"),
)
_AGGLOMERATIVE = names("cluster.hierarchical", "AgglomerativeClustering", "FeatureAgglomeration")
_SVM = names("svm.classes", "SVC", "NuSVC", "SVR", "NuSVR", "OneClassSVM")
_PLS = (
    *names("cross_decomposition._pls", "PLSRegression", "PLSCanonical", "PLSSVD", "CCA"),
    "sklearn.cross_decomposition._cca:CCA",
)
_STACKING = names("ensemble._stacking", "StackingClassifier", "StackingRegressor")


def length(name: str, axis: int = 0) -> Callable[[State], int]:
    """Return a function that gives the length of an attribute."""

    def found(state: State) -> int:
        return int((shape_of(state.value(name), state) or (0,))[axis])

    return found


def computed(name: str, meaning: str, value: Callable[[State], Node]) -> Transform:
    """Return the step that gives an attribute what others say."""
    return Transform(meaning, lambda state: {name: value(state)}, sets=(name,))


def is_given(name: str) -> Condition:
    """Return the condition that an attribute is there, and is not None."""
    return Has(name) & Check(f"{name} is not None", lambda state: state.value(name) is not None)


def estimators_of(state: State) -> list[Any]:
    context = state.context
    return [context.resolve(item) for item in items_of(state.value("estimators_"), context) or []]


def all_have_classes(state: State) -> bool:
    return all(isinstance(one, Object) and "classes_" in one.state for one in estimators_of(state))


def classes_of_outputs(state: State) -> Node:
    return List(tuple(one.state["classes_"] for one in estimators_of(state)))


def stacked_widths(state: State) -> list[int] | None:
    """Return how many columns each estimator of a stack gives; None where only its prediction tells."""
    context = state.context
    methods = items_of(state.value("stack_method_"), context) if "stack_method_" in state else None
    if methods is None:
        return None
    classes = length("classes_")(state) if "classes_" in state else 1
    found = []
    for method in methods:
        if method == "drop":
            continue
        if method == "decision_function" and classes > 2:
            return None
        found.append(1 if method == "predict" or classes <= 2 else classes)
    return found


def can_tell_widths(state: State) -> bool:
    return stacked_widths(state) is not None


def embedded_width(state: State) -> Node:
    inner: Any = state.value("one_hot_encoder_")
    counts = items_of(inner.state["_n_features_outs"], state.context) or []
    numbers: list[Any] = [getattr(count, "value", count) for count in counts]
    return sum(map(int, numbers))


def has_widths(state: State) -> bool:
    inner = state.value("one_hot_encoder_")
    return isinstance(inner, Object) and "_n_features_outs" in inner.state


def going_on(state: State) -> dict[str, Any]:
    """Return what the fit of a dictionary goes on with; where no random state was kept, one of the seed."""
    changes: dict[str, Any] = {
        "_batch_size": state.node("batch_size"),
        "_fit_algorithm": f"lasso_{state.value('fit_algorithm')}",
        "_n_components": length("components_")(state),
        "n_steps_": state.node("iter_offset_") if "iter_offset_" in state else 0,
        "iter_offset_": ABSENT,
        "random_state_": ABSENT,
    }
    if "random_state_" in state:
        changes["_random_state"] = state.node("random_state_")
        return changes
    seed = state.value("random_state")
    made = np.random.MT19937()
    made._legacy_seeding(seed if type(seed) is int and 0 <= seed < 1 << 32 else 0)
    numbers = made.state["state"]
    changes["_random_state"] = Object(
        "numpy.random:RandomState/1",
        {
            "bit_generator": "MT19937",
            "gauss": 0.0,
            "has_gauss": 0,
            "state": Dict((("key", state.context.array(numbers["key"])), ("pos", int(numbers["pos"])))),
        },
    )
    return changes


def _rule(
    release: str,
    name: str,
    types: tuple[str, ...],
    *operations: Operation,
    evidence: str,
    when: Condition | None = None,
) -> Migration:
    return Since(release)(name, types, *operations, evidence=evidence, when=when)


ATTRIBUTES = (
    _rule(
        "0.19",
        "topics-number",
        names("decomposition.online_lda", "LatentDirichletAllocation"),
        Transform(
            "n_topics is called n_components",
            lambda state: {"n_components": state.node("n_topics"), "n_topics": None},
            sets=("n_components", "n_topics"),
        ),
        when=Has("n_topics") & Lacks("n_components"),
        evidence="decomposition/online_lda.py, LatentDirichletAllocation.__init__",
    ),
    _rule(
        "0.19",
        "quadratic-store",
        names("discriminant_analysis", "QuadraticDiscriminantAnalysis"),
        Transform(
            "store_covariances is called store_covariance",
            lambda state: {"store_covariance": state.node("store_covariances"), "store_covariances": None},
            sets=("store_covariance", "store_covariances"),
        ),
        when=Has("store_covariances") & Lacks("store_covariance"),
        evidence="discriminant_analysis.py, QuadraticDiscriminantAnalysis.__init__",
    ),
    _rule(
        "0.19",
        "graphical-lasso-grid",
        names("covariance.graph_lasso_", "GraphLassoCV"),
        RenameAttribute("grid_scores", "grid_scores_"),
        evidence="covariance/graph_lasso_.py, GraphLassoCV.fit",
    ),
    _rule(
        "0.19",
        "least-angle-path",
        names("linear_model.least_angle", "LarsCV", "LassoLarsCV"),
        RenameAttribute("cv_mse_path_", "mse_path_"),
        evidence="linear_model/least_angle.py, LarsCV.fit",
    ),
    _rule(
        "0.19",
        "tsne-iterations",
        names("manifold.t_sne", "TSNE"),
        RenameAttribute("n_iter_final", "n_iter_"),
        evidence="manifold/t_sne.py, TSNE._tsne",
    ),
    _rule(
        "0.19",
        "propagation-alpha",
        names("semi_supervised.label_propagation", "LabelPropagation"),
        Transform("alpha has no meaning", lambda state: {"alpha": None}, sets=("alpha",)),
        when=is_given("alpha"),
        evidence="semi_supervised/label_propagation.py, LabelPropagation.__init__",
    ),
    _rule(
        "0.20",
        "svm-implementation",
        _SVM,
        DropAttribute("_impl"),
        evidence="svm/base.py, BaseLibSVM.__init__",
    ),
    _rule(
        "0.20",
        "boosting-count",
        names("ensemble.gradient_boosting", "GradientBoostingClassifier", "GradientBoostingRegressor"),
        computed("n_estimators_", "n_estimators_ are the rounds of fit", length("estimators_")),
        when=Has("estimators_") & Lacks("n_estimators_"),
        evidence="ensemble/gradient_boosting.py, BaseGradientBoosting.fit",
    ),
    _rule(
        "0.20",
        "local-outlier-offset",
        names("neighbors.lof", "LocalOutlierFactor"),
        RenameAttribute("threshold_", "offset_"),
        evidence="neighbors/lof.py, LocalOutlierFactor.fit",
    ),
    _rule(
        "0.20",
        "robust-scaler-parts",
        names("preprocessing.data", "RobustScaler"),
        AddAttribute("center_", None, beside="scale_"),
        AddAttribute("scale_", None, beside="center_"),
        evidence="preprocessing/data.py, RobustScaler.fit",
    ),
    _rule(
        "0.20",
        "scaler-rows",
        names("preprocessing.data", "StandardScaler"),
        Transform(
            "n_samples_seen_ is a number of numpy's",
            lambda state: {"n_samples_seen_": Scalar("<i8", state.value("n_samples_seen_"))},
            sets=("n_samples_seen_",),
        ),
        when=Has("n_samples_seen_")
        & Check("it is one of Python's", lambda state: type(state.value("n_samples_seen_")) is int),
        evidence="preprocessing/data.py, StandardScaler.partial_fit",
    ),
    _rule(
        "0.21",
        "agglomerative-components",
        _AGGLOMERATIVE,
        RenameAttribute("n_components_", "n_connected_components_"),
        evidence="cluster/hierarchical.py, AgglomerativeClustering.fit",
    ),
    _rule(
        "0.21",
        "imputer-indicator",
        names("impute", "SimpleImputer"),
        AddAttribute("indicator_", None, beside="statistics_"),
        evidence="impute/_base.py, SimpleImputer.fit",
    ),
    _rule(
        "0.21",
        "topics-in-use",
        names("decomposition.online_lda", "LatentDirichletAllocation"),
        DropAttribute("_n_components"),
        evidence="decomposition/online_lda.py, LatentDirichletAllocation._check_params",
    ),
    _rule(
        "0.21",
        "sgd-iterations-in-use",
        _SGD,
        DropAttribute("_max_iter"),
        DropAttribute("_tol"),
        evidence="linear_model/stochastic_gradient.py, BaseSGD._validate_params",
    ),
    _rule(
        "0.21",
        "quantile-count",
        names("preprocessing.data", "QuantileTransformer"),
        computed("n_quantiles_", "n_quantiles_ are the quantiles that there are", length("quantiles_")),
        when=Has("quantiles_") & Lacks("n_quantiles_"),
        evidence="preprocessing/data.py, QuantileTransformer.fit",
    ),
    _rule(
        "0.22",
        "ordinal-categories-in-use",
        names("preprocessing._encoders", "OrdinalEncoder"),
        DropAttribute("_categories"),
        evidence="preprocessing/_encoders.py, _BaseEncoder._fit",
    ),
    _rule(
        "0.22",
        "outlier-contamination-in-use",
        (*names("ensemble.iforest", "IsolationForest"), *names("neighbors.lof", "LocalOutlierFactor")),
        DropAttribute("_contamination"),
        evidence="ensemble/_iforest.py, IsolationForest.fit",
    ),
    _rule(
        "0.22",
        "dummy-outputs",
        names("dummy", "DummyClassifier", "DummyRegressor"),
        DropAttribute("output_2d_"),
        evidence="dummy.py, DummyClassifier.fit",
    ),
    _rule(
        "0.22",
        "isomap-training-data",
        names("manifold.isomap", "Isomap"),
        DropAttribute("training_data_"),
        evidence="manifold/_isomap.py, Isomap._fit_transform",
    ),
    _rule(
        "0.22",
        "function-validate-in-use",
        names("preprocessing._function_transformer", "FunctionTransformer"),
        DropAttribute("_validate"),
        evidence="preprocessing/_function_transformer.py, FunctionTransformer.fit",
    ),
    _rule(
        "0.22",
        "histogram-seed",
        names(
            "ensemble._hist_gradient_boosting.gradient_boosting",
            "HistGradientBoostingClassifier",
            "HistGradientBoostingRegressor",
        ),
        AddAttribute("_random_seed", 0, beside="_predictors"),
        evidence="ensemble/_hist_gradient_boosting/gradient_boosting.py, BaseHistGradientBoosting.fit",
    ),
    _rule(
        "0.22",
        "outputs-classes",
        names("multioutput", "MultiOutputClassifier"),
        computed("classes_", "classes_ are those of the estimators", classes_of_outputs),
        when=Has("estimators_") & Lacks("classes_") & Check("each of its estimators has classes", all_have_classes),
        evidence="multioutput.py, MultiOutputClassifier.fit",
    ),
    _rule(
        "0.22",
        "one-class-random-state",
        names("svm.classes", "OneClassSVM"),
        Transform("random_state is no parameter", lambda state: {"random_state": None}, sets=("random_state",)),
        when=is_given("random_state"),
        evidence="svm/classes.py, OneClassSVM.__init__",
    ),
    _rule(
        "0.24",
        "pls-scores",
        _PLS,
        RenameAttribute("x_scores_", "_x_scores"),
        RenameAttribute("y_scores_", "_y_scores"),
        when=Has("x_scores_") & Lacks("_x_scores"),
        evidence="cross_decomposition/_pls.py, _PLS.fit",
    ),
    _rule(
        "0.24",
        "sparse-components-count",
        names("decomposition._sparse_pca", "SparsePCA", "MiniBatchSparsePCA"),
        computed("n_components_", "n_components_ are the components that there are", length("components_")),
        when=Has("components_") & Lacks("n_components_"),
        evidence="decomposition/_sparse_pca.py, SparsePCA.fit",
    ),
    _rule(
        "0.24",
        "scorer-message",
        names("metrics._scorer", "_PredictScorer", "_ProbaScorer", "_ThresholdScorer"),
        DropAttribute("_deprecation_msg"),
        evidence="metrics/_scorer.py, _BaseScorer.__init__",
    ),
    _rule(
        "1.0",
        "birch-deprecated-names",
        names("cluster._birch", "Birch"),
        RenameAttribute("fit_", "_deprecated_fit"),
        RenameAttribute("partial_fit_", "_deprecated_partial_fit"),
        evidence="cluster/_birch.py, Birch._fit",
    ),
    _rule(
        "1.0",
        "k-means-steps",
        names("cluster._kmeans", "MiniBatchKMeans"),
        AddAttribute("_n_since_last_reassign", 0, beside="cluster_centers_"),
        AddAttribute("n_steps_", 0, beside="cluster_centers_"),
        computed("_batch_size", "_batch_size is the one that was asked for", lambda state: state.node("batch_size")),
        when=Has("cluster_centers_") & Has("batch_size") & Lacks("_batch_size"),
        evidence="cluster/_kmeans.py, MiniBatchKMeans.partial_fit",
    ),
    _rule(
        "1.0",
        "column-transformer-old-names",
        names("compose._column_transformer", "ColumnTransformer"),
        DropAttribute("_feature_names_in"),
        DropAttribute("_has_str_cols"),
        evidence="compose/_column_transformer.py, ColumnTransformer.fit_transform",
    ),
    _rule(
        "1.0",
        "optimizer-parameters",
        names("neural_network._stochastic_optimizers", "AdamOptimizer", "SGDOptimizer"),
        DropAttribute("params"),
        evidence="neural_network/_stochastic_optimizers.py, BaseOptimizer.update_params",
    ),
    _rule(
        "1.1",
        "dictionary-goes-on",
        names("decomposition._dict_learning", "MiniBatchDictionaryLearning"),
        Transform(
            "what partial_fit goes on with is kept",
            going_on,
            sets=("_batch_size", "_fit_algorithm", "_n_components", "_random_state", "n_steps_"),
            drops=("iter_offset_", "random_state_"),
        ),
        when=Has("components_") & Lacks("_random_state"),
        evidence="decomposition/_dict_learning.py, MiniBatchDictionaryLearning.partial_fit",
    ),
    _rule(
        "1.1",
        "k-means-algorithm-in-use",
        names("cluster._kmeans", "MiniBatchKMeans"),
        DropAttribute("_algorithm"),
        evidence="cluster/_kmeans.py, MiniBatchKMeans._check_params",
    ),
    _rule(
        "1.1",
        "pls-regression-scores",
        names("cross_decomposition._pls", "PLSRegression"),
        Transform(
            "the scores are public again",
            lambda state: {"x_scores_": state.node("_x_scores"), "y_scores_": state.node("_y_scores")},
            sets=("x_scores_", "y_scores_"),
        ),
        when=Has("_x_scores") & Has("_y_scores") & Lacks("x_scores_"),
        evidence="cross_decomposition/_pls.py, PLSRegression.fit",
    ),
    _rule(
        "1.1",
        "pls-svd-scores",
        names("cross_decomposition._pls", "PLSSVD"),
        DropAttribute("_x_scores"),
        DropAttribute("_y_scores"),
        evidence="cross_decomposition/_pls.py, PLSSVD.fit",
    ),
    _rule(
        "1.1",
        "width-agglomeration",
        names("cluster._agglomerative", "FeatureAgglomeration"),
        computed("_n_features_out", "_n_features_out is kept", lambda state: state.node("n_clusters_")),
        when=Has("n_clusters_") & Lacks("_n_features_out"),
        evidence="cluster/_agglomerative.py, FeatureAgglomeration.fit",
    ),
    _rule(
        "1.1",
        "width-pls-svd",
        names("cross_decomposition._pls", "PLSSVD"),
        computed("_n_features_out", "_n_features_out is kept", length("x_weights_", 1)),
        when=Has("x_weights_") & Lacks("_n_features_out"),
        evidence="cross_decomposition/_pls.py, PLSSVD.fit",
    ),
    _rule(
        "1.1",
        "width-polynomial-sketch",
        names("kernel_approximation", "PolynomialCountSketch"),
        computed("_n_features_out", "_n_features_out is kept", lambda state: state.node("n_components")),
        when=Has("indexHash_") & Lacks("_n_features_out"),
        evidence="kernel_approximation.py, PolynomialCountSketch.fit",
    ),
    _rule(
        "1.1",
        "width-embedding",
        (EMBEDDING,),
        computed("_n_features_out", "_n_features_out is that of its encoder", embedded_width),
        when=Has("one_hot_encoder_") & Lacks("_n_features_out") & Check("its encoder has widths", has_widths),
        evidence="ensemble/_forest.py, RandomTreesEmbedding.fit_transform",
    ),
    _rule(
        "1.1",
        "stacking-widths",
        _STACKING,
        computed(
            "_n_feature_outs",
            "_n_feature_outs are the columns of each estimator",
            lambda s: List(tuple(stacked_widths(s) or ())),
        ),
        when=Has("estimators_") & Lacks("_n_feature_outs") & Check("its methods tell them", can_tell_widths),
        evidence="ensemble/_stacking.py, _BaseStacking._concatenate_predictions",
    ),
)
