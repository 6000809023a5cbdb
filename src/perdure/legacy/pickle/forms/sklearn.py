"""scikit-learn's compiled classes, and those whose state has a form of perdure's own, under their names of all releases."""

from __future__ import annotations

import re
from typing import Any

from ....graph.nodes import Node, Object
from ....graph.structure import Path
from ..names import type_name
from ..translate import Form, Translator
from ..values import Call, Pairs
from .base import as_dict, attributes, logical, misfit, name_of, only_state, plain_int
from .numpy import array_node, raw_array
from .trees import birch, bisecting_tree

__all__ = ["form_of"]

_TREE_INTP = frozenset(("left_child", "right_child", "feature", "n_node_samples"))
_NODE_INTP = frozenset(("idx_start", "idx_end", "is_leaf"))
_PARTS = (
    "data", "idx_array", "node_data", "node_bounds", "leaf_size", "n_levels", "n_nodes",
    "n_trims", "n_leaves", "n_splits", "n_calls", "dist_metric", "sample_weight",
)  # fmt: skip
_COUNTS = frozenset(("leaf_size", "n_levels", "n_nodes", "n_trims", "n_leaves", "n_splits", "n_calls"))
# Constructor arguments of losses, in order; as in perdure.converters.sklearn.loss.
_ARGUMENTS = {
    "CyPinballLoss": ("quantile",),
    "CyHuberLoss": ("delta",),
    "CyHalfTweedieLoss": ("power",),
    "CyHalfTweedieLossIdentity": ("power",),
    "Hinge": ("threshold",),
    "SquaredHinge": ("threshold",),
    "Huber": ("c",),
    "EpsilonInsensitive": ("epsilon",),
    "SquaredEpsilonInsensitive": ("epsilon",),
}
_LOSSES = re.compile(r"(sklearn\._loss\.)?_loss|sklearn\.linear_model\._?sgd_fast")
_METRICS = re.compile(r"sklearn\.(neighbors|metrics)\._?dist_metrics")
_BINARY_TREES = re.compile(r"sklearn\.neighbors\._?(kd_tree|ball_tree)")
_UNPICKLE = "__pyx_unpickle_"


def form_of(module: str, name: str) -> Form | None:
    """Return the form of a class or function of scikit-learn, None for a plain class."""
    if _LOSSES.fullmatch(module):
        return _loss
    if _METRICS.fullmatch(module):
        return _metric
    if _BINARY_TREES.fullmatch(module):
        return _binary_tree
    if module == "sklearn.tree._tree" and name == "Tree":
        return _tree
    if module == "sklearn.tree._criterion":
        return _criterion
    return _BY_NAME.get(name)


# --- trees ------------------------------------------------------------------------------------------


def _tree(t: Translator, call: Call, path: Path) -> Node:
    what = "a tree"
    if len(call.args) != 3:
        raise misfit(what, call, path)
    n_features, n_classes, n_outputs = call.args
    given = as_dict(only_state(call, what, path), what, call, path)
    nodes: dict[str, Node] = {
        "n_classes": array_node(t, raw_array(t, n_classes, path), Path(path, ".n_classes"), None),
        "n_features": plain_int(n_features, what, call, path),
        "n_outputs": plain_int(n_outputs, what, call, path),
    }
    # Up to scikit-learn 0.18 a tree does not say how deep it is.
    for name, intp in (("nodes", _TREE_INTP), ("values", frozenset())):
        if name not in given:
            raise misfit(what, call, path)
        nodes[name] = array_node(t, raw_array(t, given[name], path), Path(path, f".{name}"), intp)
    if "max_depth" in given:
        nodes["max_depth"] = plain_int(given["max_depth"], what, call, path)
    return logical(t, type_name(call.func.module, call.func.name), {}, path, nodes=nodes)


def _criterion(t: Translator, call: Call, path: Path) -> Node:
    what = "a criterion"
    if len(call.args) != 2:
        raise misfit(what, call, path)
    nodes: dict[str, Node] = {"n_outputs": plain_int(call.args[0], what, call, path)}
    sizes = call.args[1]
    if type(sizes) is int:
        nodes["n_samples"] = sizes
    else:
        nodes["n_classes"] = array_node(t, raw_array(t, sizes, path), path, None)
    return logical(t, type_name(call.func.module, call.func.name), {}, path, nodes=nodes)


def _tree_predictor(t: Translator, call: Call, path: Path) -> Node:
    given = attributes(t, call, "a predictor", path)
    # Up to 1.2 feature_idx is as wide on all machines.
    nodes = raw_array(t, given.pop("nodes", None), path)
    fields = getattr(getattr(nodes, "dtype", None), "names", None) or ()
    intp = (
        frozenset(("feature_idx",))
        if "feature_idx" in fields and nodes.dtype["feature_idx"].kind == "i"
        else frozenset()
    )
    made = array_node(t, nodes, Path(path, ".nodes"), intp)
    return logical(t, type_name(call.func.module, call.func.name), given, path, nodes={"nodes": made})


# --- neighbors ----------------------------------------------------------------------------------------


def _binary_tree(t: Translator, call: Call, path: Path) -> Node:
    what = "a tree of neighbors"
    cls = call.func
    if call.func.name == "newObj":
        cls = name_of(call.args[0] if call.args else None, what, call, path)
    state = only_state(call, what, path)
    if type(state) is not tuple or len(state) not in (12, 13):
        raise misfit(what, call, path)
    # Before scikit-learn 0.20 there were no weights of samples.
    parts = dict(zip(_PARTS, (*state, None), strict=False))
    nodes: dict[str, Node] = {}
    for name, intp in (("idx_array", None), ("node_data", _NODE_INTP)):
        nodes[name] = array_node(t, raw_array(t, parts.pop(name), path), Path(path, f".{name}"), intp)
    for name in _COUNTS:
        nodes[name] = plain_int(parts.pop(name), what, call, path)
    # As when it is saved: how often a tree was asked is no part of it.
    nodes.update(dict.fromkeys(("n_trims", "n_leaves", "n_splits", "n_calls"), 0))
    return logical(t, type_name(cls.module, cls.name), parts, path, nodes=nodes)


def _metric(t: Translator, call: Call, path: Path) -> Node:
    what = "a metric"
    cls = call.func
    if call.func.name == "newObj":
        cls = name_of(call.args[0] if call.args else None, what, call, path)
    elif call.func.name.startswith("_") or not call.func.name.rstrip("3264").endswith("Distance"):
        return t.refused(call, path)
    state = only_state(call, what, path)
    if type(state) is not tuple or len(state) not in (3, 5) or type(state[0]) not in (int, float):
        raise misfit(what, call, path)
    parts: dict[str, Any] = {"mat": state[2], "p": float(state[0]), "vec": state[1]}
    if len(state) == 5:
        parts["func"], parts["kwargs"] = state[3:]
    return logical(t, type_name(cls.module, cls.name), parts, path)


# --- losses -------------------------------------------------------------------------------------------


def _loss(t: Translator, call: Call, path: Path) -> Node:
    what = "a loss"
    cls, given = call.func, call.args
    if cls.name.startswith(_UNPICKLE):
        if len(given) != 3:
            raise misfit(what, call, path)
        cls, _, given = given
        cls = name_of(cls, what, call, path)
        if given is None:
            given = only_state(call, what, path) if call.states else ()
        if type(given) is not tuple:
            raise misfit(what, call, path)
    names = _ARGUMENTS.get(cls.name, ())
    # Up to 0.24 some hinge losses were pickled without their default argument.
    if len(given) < len(names) or not all(type(value) in (int, float) for value in given[: len(names)]):
        raise misfit(what, call, path)
    module = "sklearn._loss._loss" if cls.module == "_loss" else cls.module
    state: dict[str, Node] = {name: float(value) for name, value in zip(names, given, strict=False)}
    return logical(t, type_name(module, cls.name), {}, path, nodes=state)


# --- plain classes with a form ----------------------------------------------------------------------------


def _isotonic(t: Translator, call: Call, path: Path) -> Node:
    given = attributes(t, call, "an isotonic regression", path)
    given.pop("f_", None)
    name = type_name(call.func.module, call.func.name)
    version = t.version_of(name, given)
    t.types.add(name)
    return Object(name, t.state(given, path), None, version)


def _bunch(t: Translator, call: Call, path: Path) -> Node:
    given = attributes(t, call, "a Bunch", path)
    pairs = list(call.pairs)
    if call.args and type(call.args[0]) is Pairs:
        # Protocols 0 and 1 make it of a dict.
        pairs = [*call.args[0].pairs, *pairs]
    if not pairs and given:
        # Up to 0.17 the state repeats the items.
        pairs = [part for pair in given.items() for part in pair]
        given = {}
    nodes: dict[str, Node] = {"items": t.dict_of(pairs, path)}
    return logical(t, type_name(call.func.module, call.func.name), {}, path, nodes=nodes)


def _deprecated_dict(t: Translator, call: Call, path: Path) -> Node:
    # Of the search results of 0.18 to 0.20: a dict that warned when some of its keys were read.
    given = call.args[0].pairs if call.args and type(call.args[0]) is Pairs else []
    return t.dict_of([*given, *call.pairs], path)


def _triplet(t: Translator, call: Call, path: Path) -> Node:
    args = call.args
    if len(args) == 1 and type(args[0]) is tuple:
        # Protocols 0 and 1 make it of a tuple.
        args = args[0]
    if len(args) != 3:
        raise misfit("an imputer", call, path)
    names = ("feat_idx", "neighbor_feat_idx", "estimator")
    return logical(t, type_name(call.func.module, call.func.name), dict(zip(names, args, strict=True)), path)


_CONSTRAINTS = {0: "NO_CST", 1: "POS", -1: "NEG"}


def _constraint(t: Translator, call: Call, path: Path) -> Node:
    # A member of an Enum, by value up to Python 3.11.
    name = _CONSTRAINTS.get(call.args[0]) if len(call.args) == 1 and type(call.args[0]) is int else None
    if name is None:
        raise misfit("a constraint", call, path)
    return logical(t, type_name(call.func.module, call.func.name), {"name": name}, path)


_BY_NAME: dict[str, Form] = {
    "Birch": birch,
    "Bunch": _bunch,
    "DeprecationDict": _deprecated_dict,
    "IsotonicRegression": _isotonic,
    "MonotonicConstraint": _constraint,
    "TreePredictor": _tree_predictor,
    "_BisectingTree": bisecting_tree,
    "_ImputerTriplet": _triplet,
}
