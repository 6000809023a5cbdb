"""What scikit-learn 0.21 changed in fitted states."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError
from ...graph.nodes import List, Node, Object, Tuple
from ..conditions import Check, Has, Is, Lacks, Stated
from ..operations import ABSENT, AddAttribute, DropAttribute, MoveNames, Transform
from ..state import State, items_of
from .common import TAG, Since, names, tagged
from .moved import MOVED_0_21
from .sklearn_0_23 import shape_of

__all__ = ["MIGRATIONS"]

since = Since("0.21")
_BOOSTING = names("ensemble.gradient_boosting", "GradientBoostingClassifier", "GradientBoostingRegressor")
_MODULES = ("sklearn.ensemble.gradient_boosting:", "sklearn.ensemble._gb:")
_INIT = frozenset(("LogOddsEstimator", "ScaledLogOddsEstimator", "MeanEstimator", "QuantileEstimator", "ZeroEstimator"))
_SVC = names("svm.classes", "SVC", "NuSVC")
_SGD = (
    *names("linear_model.stochastic_gradient", "SGDClassifier", "SGDRegressor"),
    *names("linear_model.perceptron", "Perceptron"),
    *names("linear_model.passive_aggressive", "PassiveAggressiveClassifier", "PassiveAggressiveRegressor"),
)
_HASHERS = (
    *names("feature_extraction.hashing", "FeatureHasher"),
    *names("feature_extraction.text", "HashingVectorizer"),
)


def classes_of(state: State) -> int:
    return (shape_of(state.value("classes_"), state) or (0,))[0]


def several(state: State) -> bool:
    return classes_of(state) > 2


# --- gradient boosting ---


def first_name(state: State) -> str | None:
    """Return the class of an initial estimator of before 0.21."""
    found = state.value("init_")
    if isinstance(found, Object) and found.type.startswith(_MODULES):
        return found.type.partition(":")[2]
    return None


def has_first(state: State) -> bool:
    return first_name(state) in _INIT


def has_priors(state: State) -> bool:
    return first_name(state) == "PriorProbabilityEstimator"


def number(node: Any) -> float:
    value = getattr(node, "value", node)
    if type(value) not in (int, float):
        raise InvalidError("an initial estimator has a number")
    return float(value)


def first_classifier(state: State, priors: Any) -> Object:
    """Return a classifier that predicts the same probabilities for all rows."""
    context = state.context
    count = len(priors)
    made: dict[str, Node] = {
        "_strategy": "prior",
        "class_prior_": context.array(np.asarray(priors, np.float64)),
        "classes_": context.array(np.arange(count, dtype=np.int64)),
        "constant": None,
        "n_classes_": count,
        "n_outputs_": 1,
        "random_state": None,
        "sparse_output_": False,
        "strategy": "prior",
    }
    return Object("sklearn.dummy:DummyClassifier", made)


def first(state: State) -> dict[str, Any]:
    """Return the initial estimator that stands for one of before 0.21."""
    name, old = first_name(state), state.value("init_").state
    context = state.context
    if name == "ZeroEstimator":
        return {"init_": "zero"}
    if name in ("LogOddsEstimator", "ScaledLogOddsEstimator"):
        odds = number(old["prior"]) * (1 if name == "LogOddsEstimator" else 2)
        share = 1 / (1 + np.exp(-odds))
        return {"init_": first_classifier(state, [1 - share, share])}
    quantile = name == "QuantileEstimator"
    value = number(old["quantile" if quantile else "mean"])
    made: dict[str, Node] = {
        "constant": None,
        "constant_": context.array(np.array([[value]])),
        "n_outputs_": 1,
        "quantile": number(old["alpha"]) if quantile else None,
        "strategy": "quantile" if quantile else "mean",
    }
    return {"init_": Object("sklearn.dummy:DummyRegressor", made)}


def priors(state: State) -> dict[str, Any]:
    old = state.value("init_").state
    return {"init_": first_classifier(state, state.context.view(old["priors"]))}


# --- the others ---


def steps(state: State) -> dict[str, Any]:
    context = state.context
    made = []
    for item in items_of(state.value("steps"), context) or []:
        parts = context.resolve(item).items
        made.append(Tuple((parts[0], "passthrough")) if len(parts) == 2 and parts[1] is None else item)
    return {"steps": List(tuple(made))}


def has_none_step(state: State) -> bool:
    context = state.context
    items = [context.resolve(item).items for item in items_of(state.value("steps"), context) or []]
    return any(len(parts) == 2 and parts[1] is None for parts in items)


def iterations(state: State) -> dict[str, Any]:
    """Return how often the rows are gone through, and when fitting stops before."""
    old, new, tolerance = (state.value(name) for name in ("n_iter", "max_iter", "tol"))
    changes: dict[str, Any] = {"n_iter": ABSENT} if "n_iter" in state else {}
    if old is not None:
        return {**changes, "max_iter": old, "tol": None}
    if new is None:
        changes["max_iter"] = 5 if tolerance is None else 1000
    return changes


def early(state: State) -> dict[str, Any]:
    return {TAG: "early", "offset_": state.node("offset_") if "offset_" in state else -0.5}


MIGRATIONS = (
    since(
        "moved-0-21",
        tuple(MOVED_0_21),
        MoveNames(MOVED_0_21),
        evidence="ensemble/_gb_losses.py, ensemble/voting.py and impute/_base.py",
    ),
    since(
        "boosting-initial-estimator",
        _BOOSTING,
        Transform("the first predictions are those of a dummy estimator", first, sets=("init_",)),
        when=Has("init_") & Check("its initial estimator is one of before 0.21", has_first),
        fidelity="equivalent",
        evidence="ensemble/gradient_boosting.py, LossFunction.init_estimator",
    ),
    since(
        "boosting-initial-priors",
        _BOOSTING[:1],
        Transform(
            "the raw predictions begin with the probabilities (perdure.compat.PriorGradientBoostingClassifier)",
            tagged("prior", priors),
            sets=(TAG, "init_"),
        ),
        when=Has("init_") & Check("its initial estimator is PriorProbabilityEstimator", has_priors),
        evidence="ensemble/gradient_boosting.py, PriorProbabilityEstimator",
    ),
    since(
        "discriminant-sigmoids",
        names("discriminant_analysis", "LinearDiscriminantAnalysis"),
        Transform(
            "probabilities of several classes stay sigmoids (perdure.compat.SigmoidLinearDiscriminantAnalysis)",
            tagged("sigmoid"),
            sets=(TAG,),
        ),
        when=Has("classes_") & Has("coef_") & Lacks(TAG) & Check("it has several classes", several) & Stated(),
        evidence="discriminant_analysis.py, LinearDiscriminantAnalysis.predict_proba",
    ),
    since(
        "svm-batch-scaled",
        _SVC,
        Transform(
            "confidences are scaled by those of all rows given (perdure.compat.BatchScaledSVC)",
            tagged("batch-scaled"),
            sets=(TAG,),
        ),
        when=Is("decision_function_shape", ("ovr",))
        & Has("support_")
        & Lacks(TAG)
        & Check("it has several classes", several)
        & Stated(),
        evidence="utils/multiclass.py, _ovr_decision_function",
    ),
    since(
        "one-vs-one-batch-scaled",
        names("multiclass", "OneVsOneClassifier"),
        Transform(
            "confidences are scaled by those of all rows given (perdure.compat.BatchScaledOneVsOneClassifier)",
            tagged("batch-scaled"),
            sets=(TAG,),
        ),
        when=Has("estimators_") & Lacks(TAG) & Stated(),
        evidence="utils/multiclass.py, _ovr_decision_function",
    ),
    since(
        "isolation-forest-leaves",
        "sklearn.ensemble.iforest:IsolationForest",
        Transform(
            "the smallest leaves count as before (perdure.compat.EarlyIsolationForest)", early, sets=(TAG, "offset_")
        ),
        when=Has("estimators_") & Lacks(TAG) & Stated(),
        evidence="ensemble/iforest.py, _average_path_length",
    ),
    since(
        "pipeline-none",
        names("pipeline", "Pipeline"),
        Transform('a step of None is "passthrough"', steps, sets=("steps",)),
        # None is taken to this day, so that only the release says that it is of old.
        when=Stated() & Has("steps") & Check("a step is None", has_none_step),
        evidence="pipeline.py, Pipeline._validate_steps",
    ),
    since(
        "voting-flatten",
        (*names("ensemble.voting_classifier", "VotingClassifier"), *names("ensemble.voting", "VotingClassifier")),
        Transform(
            "flatten_transform=None meant False",
            lambda state: {"flatten_transform": False},
            sets=("flatten_transform",),
        ),
        when=Has("flatten_transform") & Check("it is None", lambda state: state.value("flatten_transform") is None),
        evidence="ensemble/voting_classifier.py, VotingClassifier.transform",
    ),
    since(
        "sgd-iterations",
        _SGD,
        Transform(
            "max_iter says how often the rows are gone through", iterations, sets=("max_iter", "tol"), drops=("n_iter",)
        ),
        when=Has("loss") & Check("n_iter or no max_iter", lambda s: "n_iter" in s or s.value("max_iter") is None),
        evidence="linear_model/stochastic_gradient.py, BaseSGD._validate_params",
    ),
    since.alias(
        "topics-components",
        names("decomposition.online_lda", "LatentDirichletAllocation"),
        "n_topics",
        "n_components",
        "decomposition/online_lda.py, LatentDirichletAllocation.__init__",
        unset=(None,),
    ),
    since.alias(
        "quadratic-store-covariance",
        names("discriminant_analysis", "QuadraticDiscriminantAnalysis"),
        "store_covariances",
        "store_covariance",
        "discriminant_analysis.py, QuadraticDiscriminantAnalysis.__init__",
        unset=(None,),
    ),
    since.spelled(
        "topics-learning-method",
        names("decomposition.online_lda", "LatentDirichletAllocation"),
        "learning_method",
        {None: "online"},
        "decomposition/online_lda.py, LatentDirichletAllocation.__init__",
    ),
    since.gone("hasher-sign", _HASHERS, "non_negative", "feature_extraction/hashing.py, FeatureHasher.__init__"),
    since(
        "agglomerative-clusters",
        names("cluster.hierarchical", "AgglomerativeClustering", "FeatureAgglomeration"),
        Transform(
            "n_clusters_ is the number that was asked for",
            lambda state: {"n_clusters_": state.node("n_clusters")},
            sets=("n_clusters_",),
        ),
        when=Has("children_") & Lacks("n_clusters_"),
        evidence="cluster/hierarchical.py, AgglomerativeClustering.fit",
    ),
    since(
        "embedding-parameters",
        names("ensemble.forest", "RandomTreesEmbedding"),
        DropAttribute("criterion"),
        DropAttribute("max_features"),
        evidence="ensemble/forest.py, RandomTreesEmbedding.__init__",
    ),
    since(
        "quantile-bounds",
        names("preprocessing.data", "QuantileTransformer"),
        meaning="what lies below or above all quantiles gives 0 or 1, and no longer a number 1e-7 away from it",
        when=Is("output_distribution", ("uniform",)) & Has("quantiles_") & Stated(),
        fidelity="lossy",
        evidence="preprocessing/data.py, QuantileTransformer._transform_col",
    ),
    since(
        "labels-cache",
        names("preprocessing.label", "MultiLabelBinarizer"),
        AddAttribute("_cached_dict", None, beside="classes_"),
        evidence="preprocessing/label.py, MultiLabelBinarizer.fit",
    ),
)
