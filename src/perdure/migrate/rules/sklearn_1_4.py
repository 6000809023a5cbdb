"""What scikit-learn 1.4 changed in fitted states."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import InvalidError
from ...graph.nodes import Dict, List, Node, Object, Tuple
from ..conditions import Check, Has, Is, Lacks
from ..operations import (
    ABSENT,
    TYPE,
    Inside,
    Irreversible,
    RenameAttribute,
    Transform,
    TransformRows,
)
from ..state import State, items_of
from .common import (
    AGGLOMERATIVE,
    COLUMN_TRANSFORMER,
    GRADIENT_BOOSTING,
    HISTOGRAM_BOOSTING,
    SGD,
    TAG,
    TREE_CLASSIFIERS,
    Since,
    names,
    tagged,
    untagged,
)
from .losses import OLD_LOSSES, new_loss, old_loss
from .sklearn_1_4_parameters import PARAMETERS
from .trees import fractions, has_weights, weights

__all__ = ["MIGRATIONS"]

since = Since("1.4")


# --- gradient boosting ---


def has_old_loss(state: State) -> bool:
    found = state.value("_loss")
    return isinstance(found, Object) and found.type.startswith(f"{OLD_LOSSES}:")


def has_log_priors(state: State) -> bool:
    """Say whether a classifier of several classes begins with the logarithms of probabilities."""
    if not has_old_loss(state) or state.holds("init_", "zero"):
        return False
    return bool(state.value("_loss").type.endswith(":MultinomialDeviance"))


def symmetric(state: State) -> dict[str, Any]:
    new = state.value("_loss")
    several = isinstance(new, Object) and new.type.endswith(("HalfMultinomialLoss", "MultinomialDeviance"))
    if several and not state.holds("init_", "zero"):
        raise Irreversible("the raw predictions of several classes were others before 1.4")
    return {}


def trees_per_iteration(state: State) -> dict[str, Any]:
    node: Any = state.value("estimators_")
    return {"n_trees_per_iteration_": int(node.shape[1])}


def number_of_classes(state: State) -> dict[str, Any]:
    return {"n_trees_per_iteration_": ABSENT, "_n_classes": state.node("n_classes_")}


# --- column transformers, scorers, chains ---


def fitted_passthrough(state: State) -> dict[str, Any]:
    """Put the fitted transformers that stand for ``"passthrough"`` where the newer release looks for them."""
    context = state.context
    known: dict[Any, Any] = {}
    if "_name_to_fitted_passthrough" in state:
        known = dict(state.value("_name_to_fitted_passthrough").pairs)
    changed = []
    for item in items_of(state.value("transformers_"), context) or []:
        name, transformer, columns = context.resolve(item).items
        if type(transformer) is str and transformer == "passthrough" and name in known:
            item = Tuple((name, known[name], columns))
        changed.append(item)
    return {"transformers_": List(tuple(changed)), "_name_to_fitted_passthrough": ABSENT, "_n_features": ABSENT}


def is_passthrough(node: Any) -> bool:
    """Say whether a node is the transformer that scikit-learn makes of ``"passthrough"``."""
    return (
        isinstance(node, Object)
        and node.type == "sklearn.preprocessing._function_transformer:FunctionTransformer"
        and node.state.get("func") is None
        and node.state.get("accept_sparse") is True
        and node.state.get("check_inverse") is False
    )


def named_passthrough(state: State) -> dict[str, Any]:
    context = state.context
    asked = {}
    for item in [*(items_of(state.value("transformers"), context) or []), state.value("_remainder")]:
        if item is not None:
            name, transformer = context.resolve(item).items[:2]
            asked[name] = transformer
    known, changed = [], []
    for item in items_of(state.value("transformers_"), context) or []:
        name, transformer, columns = context.resolve(item).items
        if asked.get(name) == "passthrough" and is_passthrough(context.resolve(transformer)):
            known.append((name, transformer))
            item = Tuple((name, "passthrough", columns))
        changed.append(item)
    return {
        "transformers_": List(tuple(changed)),
        "_name_to_fitted_passthrough": Dict(tuple(known)),
        "_n_features": state.node("n_features_in_"),
    }


_METHODS: dict[str, Node] = {
    "_PredictScorer": "predict",
    "_ProbaScorer": "predict_proba",
    "_ThresholdScorer": Tuple(("decision_function", "predict_proba")),
}
_SCORERS = "sklearn.metrics._scorer"


def make_scorer(state: State) -> dict[str, Any]:
    name = state.type.partition(":")[2]
    return {"_response_method": _METHODS[name], TYPE: f"{_SCORERS}:_Scorer"} if name in _METHODS else {}


def split_scorer(state: State) -> dict[str, Any]:
    if state.type != f"{_SCORERS}:_Scorer":
        return {}
    method: Any = state.value("_response_method")
    if isinstance(method, (List, Tuple)):
        method = tuple(method.items)
    for name, known in _METHODS.items():
        if method == (tuple(known.items) if isinstance(known, Tuple) else known):
            return {"_response_method": ABSENT, TYPE: f"{_SCORERS}:{name}"}
    raise Irreversible("its scorer calls methods that the older release does not know")


def unknown_classes(state: State) -> dict[str, Any]:
    return {"classes_": None}


def known_classes(state: State) -> dict[str, Any]:
    if "target_type_" in state and state.holds("target_type_", "multiclass"):
        raise Irreversible("it encodes several classes")
    return {"classes_": ABSENT}


def remapped(state: State) -> dict[str, Any]:
    return {"_preprocessor": None, "_is_categorical_remapped": state.node("is_categorical_")}


def not_remapped(state: State) -> dict[str, Any]:
    if "_preprocessor" in state and state.value("_preprocessor") is not None:
        raise Irreversible("its categories pass a preprocessor that 1.3 does not have")
    return {"_preprocessor": ABSENT, "_is_categorical_remapped": ABSENT}


def subsample_chance(state: State) -> dict[str, Any]:
    """Return a source of chance made of the estimator's seed: fitting on needs one, and draws from it or not."""
    seed: Any = state.value("_random_seed")
    numbers = np.random.PCG64(int(getattr(seed, "value", seed))).state

    def node(value: Any) -> Any:
        return Dict(tuple((key, node(item)) for key, item in value.items())) if isinstance(value, dict) else value

    bits = Object("numpy.random:PCG64/1", {"seed": None, "state": node(numbers)})
    return {"_feature_subsample_rng": Object("numpy.random:Generator/1", {"bit_generator": bits})}


def request_owner(state: State) -> dict[str, Any]:
    method = state.value("fit")
    owner = method.state.get("owner") if isinstance(method, Object) else None
    if type(owner) is not str:
        raise InvalidError("a request for metadata names its owner")
    return {"owner": owner}


def metric(state: State) -> dict[str, Any]:
    changes: dict[str, Any] = {"affinity": ABSENT}
    given = state.value("affinity")
    if given != "deprecated":
        changes["metric"] = state.node("affinity")
    elif state.value("metric") is None:
        changes["metric"] = "euclidean"
    return changes


MIGRATIONS = (
    since(
        "tree-class-fractions",
        TREE_CLASSIFIERS,
        Inside(
            "tree_",
            (
                TransformRows(
                    "values are fractions of the classes",
                    "values",
                    ("values", "nodes.weighted_n_node_samples"),
                    lambda values, totals: fractions(values),
                    weights,
                ),
            ),
        ),
        when=Has("tree_") & Check("the values of its tree do not sum to 1", has_weights),
        evidence="tree/_tree.pyx, and what's new 1.4: tree_.value stores fractions",
    ),
    since(
        "boosting-log-prior",
        GRADIENT_BOOSTING[:1],
        Transform(
            "the raw predictions begin with log probabilities (perdure.compat.LogPriorGradientBoostingClassifier)",
            tagged("log-prior"),
            untagged("log-prior", {}, symmetric),
            sets=(TAG,),
        ),
        when=Has("estimators_")
        & Has("_loss")
        & Lacks("_perdure_compat")
        & Check("it has the loss MultinomialDeviance", has_log_priors),
        evidence="ensemble/_gb.py, _init_raw_predictions",
    ),
    since(
        "boosting-losses",
        GRADIENT_BOOSTING,
        Transform("the loss is one of sklearn._loss", new_loss, old_loss, sets=("_loss",)),
        when=Has("_loss") & Check("its loss is of sklearn.ensemble._gb_losses", has_old_loss),
        fidelity="equivalent",
        evidence="ensemble/_gb.py, BaseGradientBoosting._get_loss",
    ),
    since(
        "boosting-trees-per-iteration",
        GRADIENT_BOOSTING,
        Transform(
            "n_trees_per_iteration_ is kept",
            trees_per_iteration,
            lambda state: {"n_trees_per_iteration_": ABSENT},
            sets=("n_trees_per_iteration_",),
        ),
        when=Has("estimators_") & Lacks("n_trees_per_iteration_"),
        evidence="ensemble/_gb.py, BaseGradientBoosting._set_max_features",
    ),
    since(
        "boosting-classes",
        GRADIENT_BOOSTING[:1],
        Transform(
            "_n_classes is gone",
            lambda state: {"_n_classes": ABSENT},
            lambda state: {"_n_classes": state.node("n_classes_")} if "n_classes_" in state else {},
            drops=("_n_classes",),
        ),
        when=Has("_n_classes"),
        evidence="ensemble/_gb.py, GradientBoostingClassifier._encode_y",
    ),
    since(
        "histogram-preprocessor",
        HISTOGRAM_BOOSTING,
        Transform(
            "categories are used as they come, without a preprocessor",
            remapped,
            not_remapped,
            sets=("_preprocessor", "_is_categorical_remapped"),
        ),
        when=Has("is_categorical_") & Lacks("_preprocessor"),
        evidence="ensemble/_hist_gradient_boosting/gradient_boosting.py, _preprocess_X",
    ),
    since(
        "histogram-subsample-chance",
        HISTOGRAM_BOOSTING,
        Transform(
            "fitting on chooses features by a generator of its own",
            subsample_chance,
            lambda state: {"_feature_subsample_rng": ABSENT},
            sets=("_feature_subsample_rng",),
        ),
        when=Has("_random_seed") & Has("_predictors") & Lacks("_feature_subsample_rng"),
        evidence="ensemble/_hist_gradient_boosting/gradient_boosting.py, BaseHistGradientBoosting.fit",
    ),
    since(
        "column-transformer-passthrough",
        COLUMN_TRANSFORMER,
        Transform(
            '"passthrough" in transformers_ is a fitted transformer',
            fitted_passthrough,
            named_passthrough,
            sets=("transformers_",),
            drops=("_name_to_fitted_passthrough", "_n_features"),
        ),
        when=Has("transformers_") & Has("_name_to_fitted_passthrough"),
        evidence="compose/_column_transformer.py, _update_fitted_transformers",
    ),
    since(
        "scorer-response-method",
        names("metrics._scorer", *_METHODS, "_Scorer"),
        Transform(
            "a scorer of three classes is a _Scorer with its _response_method",
            make_scorer,
            split_scorer,
            sets=("_response_method",),
            moves={f"{_SCORERS}:{name}": f"{_SCORERS}:_Scorer" for name in _METHODS},
        ),
        when=Lacks("_response_method"),
        evidence="metrics/_scorer.py, _Scorer",
    ),
    since(
        "sgd-loss-function",
        SGD,
        RenameAttribute("loss_function_", "_loss_function_"),
        evidence="linear_model/_stochastic_gradient.py, BaseSGDClassifier._partial_fit",
    ),
    since(
        "target-encoder-classes",
        names("preprocessing._target_encoder", "TargetEncoder"),
        Transform("classes_ is None for numbers", unknown_classes, known_classes, sets=("classes_",)),
        when=Is("target_type_", ("continuous",)) & Lacks("classes_"),
        evidence="preprocessing/_target_encoder.py, TargetEncoder._fit_encodings_all",
    ),
    since(
        "metadata-request-owner",
        names("utils._metadata_requests", "MetadataRequest"),
        Transform("its owner is that of its methods", request_owner, lambda state: {"owner": ABSENT}, sets=("owner",)),
        when=Has("fit") & Lacks("owner"),
        evidence="utils/_metadata_requests.py, MetadataRequest.__init__",
    ),
    since(
        "agglomerative-metric",
        AGGLOMERATIVE,
        Transform(
            "affinity is called metric",
            metric,
            lambda state: {"affinity": "deprecated"},
            sets=("metric",),
            drops=("affinity",),
        ),
        when=Has("affinity"),
        evidence="cluster/_agglomerative.py, AgglomerativeClustering.__init__",
    ),
    *PARAMETERS,
)
