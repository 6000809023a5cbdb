"""What scikit-learn 0.18 changed in fitted states, and the classes that went with 0.20 and 0.21."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError
from ...graph.nodes import Dict, List, Node, Object
from ..conditions import Check, Has, Is, Lacks, Stated
from ..operations import (
    ABSENT,
    TYPE,
    AddAttribute,
    DropAttribute,
    MoveNames,
    Refuse,
    RenameAttribute,
    Transform,
)
from ..state import State, items_of
from .common import TAG, Since, names, tagged
from .sklearn_0_23 import shape_of
from .trees import depths

__all__ = ["MIGRATIONS"]

since = Since("0.18")
# What 0.18 and 0.19 replaced, and 0.20 took away.
gone = Since("0.20")
_SEARCHES = names("grid_search", "GridSearchCV", "RandomizedSearchCV")
_SGD = (
    *names("linear_model.stochastic_gradient", "SGDClassifier", "SGDRegressor"),
    *names("linear_model.perceptron", "Perceptron"),
    *names("linear_model.passive_aggressive", "PassiveAggressiveClassifier", "PassiveAggressiveRegressor"),
)
_MEMORY = ("sklearn.externals.joblib.memory:Memory()", "joblib.memory:Memory()")
_RENAMED = {
    "sklearn.lda:LDA": "sklearn.discriminant_analysis:LinearDiscriminantAnalysis",
    "sklearn.qda:QDA": "sklearn.discriminant_analysis:QuadraticDiscriminantAnalysis",
}
#: The classes without a successor: the release that took each away, and what to fit instead.
_GONE = {
    "sklearn.gaussian_process.gaussian_process:GaussianProcess": (
        "0.20",
        "left scikit-learn with 0.20: GaussianProcessRegressor, its successor, is another model with other kernels",
        "fit sklearn.gaussian_process.GaussianProcessRegressor on the same data",
    ),
    "sklearn.mixture.dpgmm:DPGMM": (
        "0.20",
        "left scikit-learn with 0.20: it was found to be wrong, and BayesianGaussianMixture is another model",
        "fit sklearn.mixture.BayesianGaussianMixture(weight_concentration_prior_type='dirichlet_process')",
    ),
    "sklearn.mixture.dpgmm:VBGMM": (
        "0.20",
        "left scikit-learn with 0.20: it was found to be wrong, and BayesianGaussianMixture is another model",
        "fit sklearn.mixture.BayesianGaussianMixture(weight_concentration_prior_type='dirichlet_distribution')",
    ),
    "sklearn.linear_model.randomized_l1:RandomizedLasso": (
        "0.21",
        "left scikit-learn with 0.21, and nothing took its place",
        "fit sklearn.feature_selection.SelectFromModel(Lasso()), or stability selection of another package",
    ),
    "sklearn.linear_model.randomized_l1:RandomizedLogisticRegression": (
        "0.21",
        "left scikit-learn with 0.21, and nothing took its place",
        "fit sklearn.feature_selection.SelectFromModel(LogisticRegression(penalty='l1', solver='liblinear'))",
    ),
    "sklearn.neighbors.approximate:LSHForest": (
        "0.21",
        "left scikit-learn with 0.21, and nothing took its place",
        "fit sklearn.neighbors.NearestNeighbors, or approximate neighbors of another package",
    ),
    "sklearn.decomposition.nmf:ProjectedGradientNMF": (
        "0.19",
        "left scikit-learn with 0.19: NMF no longer has its solver, and gives other components",
        "fit sklearn.decomposition.NMF on the same data",
    ),
}


def deepest(state: State) -> dict[str, Any]:
    nodes: Any = state.value("nodes")
    left, right = (state.context.view(nodes.fields[side]) for side in ("left_child", "right_child"))
    # The root is counted as 1 there, and as 0 here.
    return {"max_depth": int(depths(left, right).max()) - 1}


def randomized(state: State) -> dict[str, Any]:
    changes: dict[str, Any] = {TYPE: "sklearn.decomposition.pca:PCA", "svd_solver": "randomized", "tol": 0.0}
    if "components_" in state:
        changes["n_components_"] = (shape_of(state.value("components_"), state) or (0,))[0]
    return changes


def mixture(state: State) -> dict[str, Any]:
    """Return a mixture by its covariances and what today's class computes of them."""
    context = state.context
    kind = state.value("covariance_type")
    changes: dict[str, Any] = {
        TYPE: "sklearn.mixture.gaussian_mixture:GaussianMixture",
        "init_params": "kmeans",
        "max_iter": state.node("n_iter"),
        "means_init": None,
        "precisions_init": None,
        "reg_covar": state.node("min_covar"),
        "verbose_interval": 10,
        "warm_start": False,
        "weights_init": None,
        **dict.fromkeys(("n_iter", "min_covar", "params", "covars_", "_covars"), ABSENT),
    }
    covariances = state.value("covars_" if "covars_" in state else "_covars")
    if covariances is None:
        return changes
    values = np.asarray(context.view(covariances), np.float64)
    if kind == "spherical" and values.ndim == 2:
        # Each component's variance was repeated for all features.
        values = values[:, 0]
    factors = precisions(values, kind)
    changes.update(
        covariances_=context.array(np.array(values)),
        precisions_=context.array(precisions_of(factors, kind)),
        precisions_cholesky_=context.array(factors),
        lower_bound_=float("nan"),
    )
    return changes


def precisions(values: Any, kind: Any) -> Any:
    """Return the Cholesky factors of the precisions, as ``_compute_precision_cholesky`` does."""
    if kind in ("diag", "spherical"):
        if (values <= 0).any():
            raise InvalidError("the variances of a mixture are above 0")
        return 1.0 / np.sqrt(values)
    many = values if kind == "full" else values[np.newaxis]
    if many.ndim != 3 or many.shape[1] != many.shape[2]:
        raise InvalidError("the covariances of a mixture are square")
    try:
        made = np.array([np.linalg.solve(np.linalg.cholesky(one), np.eye(len(one))).T for one in many])
    except np.linalg.LinAlgError:
        raise InvalidError("the covariances of a mixture are positive definite") from None
    return made if kind == "full" else made[0]


def precisions_of(factors: Any, kind: Any) -> Any:
    """Return the precisions of which these are the Cholesky factors."""
    return factors**2 if kind in ("diag", "spherical") else factors @ np.swapaxes(factors, -1, -2)


def search(state: State) -> dict[str, Any]:
    """Return the results of a search by their names; they were a list of tuples."""
    context = state.context
    changes: dict[str, Any] = {TYPE: f"sklearn.model_selection._search:{state.type.partition(':')[2]}"}
    if "grid_scores_" not in state:
        return changes
    rows = [context.resolve(item) for item in items_of(state.value("grid_scores_"), context) or []]
    parts = [row.args if isinstance(row, Object) else tuple(items_of(row, context) or ()) for row in rows]
    if not parts or any(not one or len(one) != 3 for one in parts):
        raise InvalidError("the scores of a search are triples")
    scores = np.array([context.view(one[2]) for one in parts], np.float64)  # type: ignore[index]
    means = np.array([float(getattr(one[1], "value", one[1])) for one in parts])  # type: ignore[index, arg-type]
    given = {
        "mean_test_score": means,
        "rank_test_score": (np.argsort(np.argsort(-means, kind="stable"), kind="stable") + 1).astype(np.int32),
        "std_test_score": scores.std(axis=1),
        **{f"split{i}_test_score": np.ascontiguousarray(scores[:, i]) for i in range(scores.shape[1])},
    }
    pairs: list[tuple[Node, Node]] = [(name, context.array(values)) for name, values in given.items()]
    pairs.append(("params", List(tuple(one[0] for one in parts))))  # type: ignore[index]
    return {
        **changes,
        "best_index_": int(np.argmax(means)),
        "cv_results_": Dict(tuple(pairs)),
        "error_score": float("nan"),
        "grid_scores_": ABSENT,
        "loss_func": ABSENT,
        "multimetric_": False,
        "n_splits_": int(scores.shape[1]),
        "return_train_score": False,
        "score_func": ABSENT,
    }


def most_components(state: State) -> dict[str, Any]:
    classes = (shape_of(state.value("classes_"), state) or (0,))[0]
    columns = (shape_of(state.value("means_"), state) or (0, 0))[1]
    asked = state.value("n_components")
    most = min(classes - 1, columns)
    return {"_max_components": min(most, asked) if type(asked) is int else most}


def has_scales(state: State) -> bool:
    return bool((state.context.view(state.value("x_std_")) != 1).any())


def scaled_once(state: State) -> dict[str, Any]:
    view = state.context.view
    return {"coef_": state.context.array(view(state.value("coef_")) * view(state.value("x_std_")).reshape(-1, 1))}


_OF_FIT = ("coef_", "intercept_", "standard_coef_", "standard_intercept_", "average_coef_", "average_intercept_", "t_")


def has_none(state: State) -> bool:
    return any(name in state and state.value(name) is None for name in (*_OF_FIT, "loss_function", "classes_"))


def without_none(state: State) -> dict[str, Any]:
    names = (*_OF_FIT, "loss_function", "classes_")
    return {name: ABSENT for name in names if name in state and state.value(name) is None}


def binarized(state: State) -> dict[str, Any]:
    inner = state.value("label_binarizer_")
    if not isinstance(inner, Object) or "classes_" not in inner.state:
        raise InvalidError("a binarizer has classes")
    return {"classes_": inner.state["classes_"]}


def several(state: State) -> bool:
    return (shape_of(state.value("classes_"), state) or (0,))[0] > 2


def has_memory(state: State) -> bool:
    found = state.value("memory")
    return isinstance(found, Object) and found.type in _MEMORY


def folder(state: State) -> dict[str, Any]:
    """Return the folder of a Memory of joblib, which stands in the file as the call that made it."""
    found = state.value("memory")
    given = items_of(found.state["args"], state.context) if "args" in found.state else None
    if not given or not (given[0] is None or isinstance(given[0], str)):
        raise InvalidError("a Memory of joblib has a folder, or none")
    return {"memory": given[0]}


MIGRATIONS = (
    since("renamed-0-18", tuple(_RENAMED), MoveNames(_RENAMED), evidence="lda.py and qda.py"),
    *(
        Since(release)(
            f"gone-{name.partition(':')[2].lower()}",
            name,
            Refuse(*why),
            evidence=name.partition(":")[0].removeprefix("sklearn.").replace(".", "/") + ".py",
        )
        for name, (release, *why) in _GONE.items()
    ),
    since(
        "tree-depth",
        "sklearn.tree._tree:Tree",
        Transform("max_depth is computed from the nodes", deepest, sets=("max_depth",)),
        when=Has("nodes") & Lacks("max_depth"),
        evidence="tree/_tree.pyx, Tree.__setstate__",
    ),
    gone(
        "randomized-pca",
        "sklearn.decomposition.pca:RandomizedPCA",
        Transform(
            "RandomizedPCA is a solver of PCA",
            randomized,
            sets=("n_components_", "svd_solver", "tol"),
            moves={"sklearn.decomposition.pca:RandomizedPCA": "sklearn.decomposition.pca:PCA"},
        ),
        when=Has("iterated_power"),
        evidence="decomposition/pca.py, RandomizedPCA",
    ),
    gone(
        "mixture",
        "sklearn.mixture.gmm:GMM",
        Transform(
            "GMM is called GaussianMixture, whose score_samples are log-likelihoods and no pair",
            mixture,
            sets=(
                "covariances_",
                "init_params",
                "lower_bound_",
                "max_iter",
                "means_init",
                "precisions_",
                "precisions_cholesky_",
                "precisions_init",
                "reg_covar",
                "verbose_interval",
                "warm_start",
                "weights_init",
            ),
            drops=("_covars", "covars_", "min_covar", "n_iter", "params"),
            moves={"sklearn.mixture.gmm:GMM": "sklearn.mixture.gaussian_mixture:GaussianMixture"},
        ),
        when=Has("covariance_type"),
        fidelity="lossy",
        evidence="mixture/gaussian_mixture.py, GaussianMixture",
    ),
    gone(
        "search-module",
        _SEARCHES,
        Transform(
            "grid_scores_ are cv_results_",
            search,
            sets=("best_index_", "cv_results_", "error_score", "multimetric_", "n_splits_", "return_train_score"),
            drops=("grid_scores_", "loss_func", "score_func"),
            moves={
                "sklearn.grid_search:GridSearchCV": "sklearn.model_selection._search:GridSearchCV",
                "sklearn.grid_search:RandomizedSearchCV": "sklearn.model_selection._search:RandomizedSearchCV",
            },
        ),
        when=Has("refit"),
        evidence="model_selection/_search.py, BaseSearchCV",
    ),
    since(
        "discriminant-most-components",
        (*names("discriminant_analysis", "LinearDiscriminantAnalysis"), "sklearn.lda:LDA"),
        Transform("the most components that there can be are kept", most_components, sets=("_max_components",)),
        when=Has("coef_") & Has("means_") & Lacks("_max_components"),
        evidence="discriminant_analysis.py, LinearDiscriminantAnalysis.fit",
    ),
    since(
        "tree-unfitted",
        names(
            "tree.tree", "DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor"
        ),
        *map(DropAttribute, ("tree_", "n_features_", "n_outputs_", "classes_", "n_classes_", "max_features_")),
        when=Has("tree_") & Check("it is not fitted", lambda state: state.value("tree_") is None),
        evidence="tree/tree.py, BaseDecisionTree.__init__",
    ),
    since(
        "bagging-samples",
        names("ensemble.bagging", "BaggingClassifier", "BaggingRegressor"),
        DropAttribute("estimators_samples_"),
        evidence="ensemble/bagging.py, BaseBagging.estimators_samples_",
    ),
    since(
        "boosting-columns",
        names("ensemble.gradient_boosting", "GradientBoostingClassifier", "GradientBoostingRegressor"),
        RenameAttribute("n_features", "n_features_"),
        evidence="ensemble/gradient_boosting.py, BaseGradientBoosting.fit",
    ),
    since(
        "isotonic-necessary",
        "sklearn.isotonic:IsotonicRegression",
        RenameAttribute("X_", "_necessary_X_"),
        RenameAttribute("y_", "_necessary_y_"),
        when=Has("X_") & Has("y_") & Lacks("_necessary_X_") & Lacks("X_thresholds_"),
        evidence="isotonic.py, IsotonicRegression.fit",
    ),
    since(
        "least-angle-method",
        names("linear_model.least_angle", "Lars", "LarsCV", "LassoLars", "LassoLarsCV", "LassoLarsIC"),
        DropAttribute("method"),
        evidence="linear_model/least_angle.py, Lars.__init__",
    ),
    since(
        "topics-unscaled",
        names("decomposition.online_lda", "LatentDirichletAllocation"),
        Transform(
            "what it gives does not sum to 1 (perdure.compat.UnscaledLatentDirichletAllocation)",
            tagged("unscaled"),
            sets=(TAG,),
        ),
        when=Has("components_") & Lacks(TAG) & Stated(),
        evidence="decomposition/online_lda.py, LatentDirichletAllocation.transform",
    ),
    since(
        "pls-scaled-twice",
        names("cross_decomposition.pls_", "PLSRegression", "PLSCanonical") + names("cross_decomposition.cca_", "CCA"),
        Transform(
            "predictions are divided by the scale of the columns twice (perdure.compat.TwiceScaledPLSRegression)",
            tagged("scaled-twice", scaled_once),
            sets=(TAG, "coef_"),
        ),
        when=Has("coef_") & Has("x_std_") & Lacks(TAG) & Check("its columns have scales", has_scales) & Stated(),
        fidelity="equivalent",
        evidence="cross_decomposition/pls_.py, _PLS.fit",
    ),
    since(
        "sgd-fitted-loss",
        (_SGD[0], *_SGD[2:4]),
        RenameAttribute("loss_function", "loss_function_"),
        when=Has("loss_function") & Check("it has one", lambda state: state.value("loss_function") is not None),
        evidence="linear_model/stochastic_gradient.py, BaseSGDClassifier._partial_fit",
    ),
    since(
        "sgd-unfitted",
        _SGD,
        Transform("what is None is not there", without_none, drops=("classes_", "coef_", "t_")),
        when=Has("loss") & Check("an attribute of fit is None", has_none),
        evidence="linear_model/stochastic_gradient.py, BaseSGD.__init__",
    ),
    since(
        "voting-named",
        names("ensemble.voting_classifier", "VotingClassifier"),
        DropAttribute("named_estimators"),
        evidence="ensemble/voting_classifier.py, VotingClassifier.named_estimators",
    ),
    since(
        "logistic-encoder",
        names("linear_model.logistic", "LogisticRegressionCV"),
        DropAttribute("_enc"),
        evidence="linear_model/logistic.py, LogisticRegressionCV.fit",
    ),
    since(
        "one-vs-one-pairs",
        names("multiclass", "OneVsOneClassifier"),
        AddAttribute("pairwise_indices_", None, beside="estimators_"),
        evidence="multiclass.py, OneVsOneClassifier.fit",
    ),
    since(
        "one-vs-rest-classes",
        names("multiclass", "OneVsRestClassifier"),
        Transform("classes_ are those of the binarizer", binarized, sets=("classes_",)),
        when=Has("label_binarizer_") & Lacks("classes_"),
        evidence="multiclass.py, OneVsRestClassifier.classes_",
    ),
    since(
        "svm-turned-confidences",
        names("svm.classes", "SVC", "NuSVC"),
        Transform("confidences count the other way (perdure.compat.TurnedSVC)", tagged("turned"), sets=(TAG,)),
        when=Is("decision_function_shape", ("ovr",))
        & Has("support_")
        & Lacks(TAG)
        & Check("it has several classes", several)
        & Stated(),
        evidence="svm/base.py, BaseSVC.decision_function",
    ),
    since(
        "memory-of-nothing",
        (
            *names("cluster.hierarchical", "AgglomerativeClustering", "FeatureAgglomeration"),
            *names("pipeline", "Pipeline"),
        ),
        Transform("a Memory without a folder is None, one with a folder is its path", folder, sets=("memory",)),
        when=Has("memory") & Check("memory is one of joblib", has_memory, lambda state: state["memory"] is None),
        evidence="cluster/hierarchical.py, AgglomerativeClustering.__init__",
    ),
    since(
        "gaussian-priors",
        names("naive_bayes", "GaussianNB"),
        AddAttribute("priors", None),
        evidence="naive_bayes.py, GaussianNB.__init__",
    ),
)
