"""What an estimator has learned of each feature: coefficients, and importances from the nodes of its trees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ..errors import PerdureError
from ..graph.nodes import Array, Batch, Fields, List, ListOf, Object, Objects, ObjectsOf, Rows, Stack, Structured
from ..reporting.parts import Part
from ..reporting.text import size_text
from .looking import View, inner, node_of
from .markup import Markup, code, joined, tag
from .plots import bars

__all__ = ["importances", "weights"]

Numbers = np.ndarray[Any, Any]

_MOST = 30
_OUTPUTS = 6
_TREES = frozenset(
    f"sklearn.tree._classes:{name}"
    for name in ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
)
# Whether each tree of an ensemble counts the same, whatever it has gained.
_ENSEMBLES = {
    **{
        f"sklearn.ensemble._forest:{name}": True
        for name in (
            "RandomForestClassifier",
            "RandomForestRegressor",
            "ExtraTreesClassifier",
            "ExtraTreesRegressor",
            "RandomTreesEmbedding",
        )
    },
    **{f"sklearn.ensemble._gb:GradientBoosting{kind}": False for kind in ("Classifier", "Regressor")},
}
_FIELDS = ("left_child", "right_child", "feature", "impurity", "weighted_n_node_samples")
# Trees times features: what one table of gains may have.
_GAINS = 4_000_000
# A forest below this is read: what is missing then is not for its size.
_LARGE = 32 << 20


@dataclass(frozen=True)
class _Trees:
    """The nodes of trees, one tree after the other."""

    fields: dict[str, Numbers]
    ends: Numbers


def weights(part: Part, view: View) -> Markup | None:
    """Return the coefficients or the importances of an estimator; None where it has none that its file holds."""
    try:
        return _importances(part, view) or _coefficients(part, view)
    except PerdureError as error:
        return tag("p", "What it has learned of each feature cannot be read: ", str(error), class_="pd-note")


def _names(part: Part, view: View, count: int) -> list[str] | None:
    names = view.features.get(id(node_of(part.node)))
    return names if names is not None and len(names) == count else None


def _table(values: Numbers, names: Sequence[str] | None, title: str) -> Markup:
    """Return the bars of the largest values."""
    sizes = np.abs(values)
    order = np.argsort(-np.where(np.isnan(sizes), -1.0, sizes), kind="stable")[:_MOST]
    rows = [(f"feature {i}" if names is None else names[i], float(values[i])) for i in order.tolist()]
    more = len(values) - len(rows)
    left = tag("p", f"… {more:,} more features, smaller than these", class_="pd-more") if more > 0 else None
    return joined(bars(rows, names="feature", values=title), left)


# --- coefficients ---


def _coefficients(part: Part, view: View) -> Markup | None:
    found = inner(part, "coef_")
    node = None if found is None else node_of(found.node)
    if not isinstance(node, Array):
        return None
    count = prod(view.arrays.spec(node.index).shape)
    if count > _GAINS:
        return tag("p", f"It has {count:,} coefficients: more than a page reads.", class_="pd-note")
    values = view.numbers(node)
    if values is None or values.dtype.kind not in "iuf" or not 1 <= values.ndim <= 2 or not values.size:
        return None
    table = np.atleast_2d(values).astype(np.float64)
    names = _names(part, view, table.shape[1])
    if len(table) == 1:
        return _table(table[0], names, "coefficient")
    labels = view.words(inner(part, "classes_"))
    if labels is None or len(labels) != len(table):
        labels = [f"output {i}" for i in range(len(table))]
    shown = [
        tag(
            "details",
            tag("summary", "coefficients of ", code(label, 80)),
            _table(row, names, "coefficient"),
            open=not i,
        )
        for i, (label, row) in enumerate(zip(labels[:_OUTPUTS], table, strict=False))
    ]
    more = len(table) - len(shown)
    return joined(*shown, tag("p", f"… {more:,} more outputs", class_="pd-more") if more > 0 else None)


# --- trees ---


def _importances(part: Part, view: View) -> Markup | None:
    stored = inner(part, "feature_importances_")
    values = None if stored is None else view.numbers(stored.node)
    if values is None:
        values = importances(part, view)
        if values is None and part.type in _TREES | _ENSEMBLES.keys() and part.bytes > _LARGE:
            said = f"Its trees have {size_text(part.bytes)}: more than a page reads for the importance of features."
            return tag("p", said, class_="pd-note")
    if values is None or values.ndim != 1 or not values.size or values.dtype.kind not in "iuf":
        return None
    return _table(values.astype(np.float64), _names(part, view, len(values)), "importance")


def importances(part: Part, view: View) -> Numbers | None:
    """Return the importance of each feature from the impurity of the nodes, as scikit-learn computes it.

    None for what is no tree and no forest of scikit-learn's, and where the nodes are more than a page should read
    or cannot be those of trees.
    """
    node = node_of(part.node)
    if not isinstance(node, Object):
        return None
    features = node_of(node.state.get("n_features_in_"))
    if type(features) is not int or not 0 < features <= _GAINS:
        return None
    if node.type in _TREES:
        trees, alike = _nodes_of([node], view), True
    elif node.type in _ENSEMBLES:
        trees, alike = _nodes_of(_items(node.state.get("estimators_")), view), _ENSEMBLES[node.type]
    else:
        return None
    if trees is None or (len(trees.ends) - 1) * features > _GAINS:
        return None
    with np.errstate(all="ignore"):
        gains = _gains(trees, features)
        if gains is None or not np.isfinite(gains).all():
            return None
        gains = gains[np.diff(trees.ends) > 1]
        if alike:
            sums = gains.sum(axis=1, keepdims=True)
            gains = np.divide(gains, sums, out=np.zeros_like(gains), where=sums > 0)
        mean = gains.mean(axis=0) if len(gains) else np.zeros(features)
        total = float(mean.sum())
    return mean / total if total > 0 else mean


def _items(node: Any) -> list[Any]:
    """Return the objects or the batches that a container holds."""
    node = node_of(node)
    if isinstance(node, (List, Objects)):
        return [node_of(item) for item in node.items]
    if isinstance(node, (ListOf, ObjectsOf)):
        return [node_of(node.items)]
    return []


def _nodes_of(estimators: Sequence[Any], view: View) -> _Trees | None:
    """Return the nodes of the trees of estimators, each an object or a batch of them."""
    found: list[tuple[dict[str, Numbers], Numbers]] = []
    for estimator in estimators:
        if isinstance(estimator, Object):
            tree = node_of(estimator.state.get("tree_"))
            nodes = node_of(tree.state.get("nodes")) if isinstance(tree, Object) else None
            one = _one(nodes.fields, view) if isinstance(nodes, Structured) else None
        elif isinstance(estimator, Batch):
            tree = node_of(estimator.columns.get("tree_"))
            column = tree.columns.get("nodes") if isinstance(tree, Batch) else None
            one = _many(column.fields, view) if isinstance(column, Fields) else None
        else:
            one = None
        if one is None:
            return None
        found.append(one)
    if not found:
        return None
    fields = {name: np.concatenate([part[name] for part, _ in found]) for name in _FIELDS}
    lengths = np.concatenate([np.diff(ends) for _, ends in found])
    return _Trees(fields, np.concatenate([[0], np.cumsum(lengths)]))


def _one(fields: Any, view: View) -> tuple[dict[str, Numbers], Numbers] | None:
    found = {}
    for name in _FIELDS:
        node = node_of(fields.get(name))
        values = view.numbers(node) if isinstance(node, Array) else None
        if values is None or values.ndim != 1:
            return None
        found[name] = values
    return _even(found, np.array([0, len(found[_FIELDS[0]])]))


def _many(fields: Any, view: View) -> tuple[dict[str, Numbers], Numbers] | None:
    found, ends = {}, None
    for name in _FIELDS:
        column = fields.get(name)
        values = view.array(column.array) if isinstance(column, (Rows, Stack)) else None
        if values is None:
            return None
        if isinstance(column, Stack):
            if values.ndim != 2:
                return None
            own = np.arange(len(values) + 1) * values.shape[1]
            values = values.reshape(-1)
        else:
            cuts = view.array(column.offsets)
            if cuts is None:
                return None
            own = cuts
        if values.ndim != 1 or (ends is not None and not np.array_equal(own, ends)):
            return None
        found[name], ends = values, own
    return None if ends is None else _even(found, ends)


def _even(found: dict[str, Numbers], ends: Numbers) -> tuple[dict[str, Numbers], Numbers] | None:
    """Return nodes whose fields are as many as the trees ask for; None for others."""
    total = len(found[_FIELDS[0]])
    whole = ends.ndim == 1 and len(ends) > 1 and ends.dtype.kind in "iu" and ends[0] == 0 and ends[-1] == total
    if not whole or (np.diff(ends) < 0).any() or any(len(values) != total for values in found.values()):
        return None
    kinds = [found[name].dtype.kind for name in _FIELDS]
    return (found, ends) if all(kind in "iu" for kind in kinds[:3]) else None


def _gains(trees: _Trees, features: int) -> Numbers | None:
    """Return what each feature gained in each tree; None where a node points out of its tree."""
    left, right, feature, impurity, weight = (trees.fields[name] for name in _FIELDS)
    lengths = np.diff(trees.ends)
    of = np.repeat(np.arange(len(lengths)), lengths)
    inside = np.flatnonzero(left != -1)
    room = lengths[of[inside]]
    start = trees.ends[:-1][of[inside]]
    lefts, rights, chosen = (
        left[inside].astype(np.int64),
        right[inside].astype(np.int64),
        feature[inside].astype(np.int64),
    )
    for values, most in ((lefts, room), (rights, room), (chosen, features)):
        if ((values < 0) | (values >= most)).any():
            return None
    lefts, rights = lefts + start, rights + start
    weighted = weight.astype(np.float64) * impurity
    gain = weighted[inside] - weighted[lefts] - weighted[rights]
    places = of[inside] * features + chosen
    # Of no node at all the sums are integers.
    sums = np.bincount(places, weights=gain, minlength=len(lengths) * features).astype(np.float64)
    table = sums.reshape(len(lengths), features)
    whole = np.zeros(len(lengths))
    some = lengths > 0
    whole[some] = weight[trees.ends[:-1][some]]
    return np.divide(table, whole[:, None], out=np.zeros_like(table), where=whole[:, None] > 0)
