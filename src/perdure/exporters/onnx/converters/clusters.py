"""Clusters that new rows fall into: the nearest centre."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts, labelled
from ..tables import Table

__all__ = ["squared_distances"]


def squared_distances(X: Tensor, points: Any) -> Tensor:
    """Return the squared Euclidean distance of each row to each point."""
    known = np.asarray(points, np.float64)
    parts = []
    # One point at a time where rows × points × columns would not fit.
    if len(known) * known.shape[1] > 20_000:
        step = max(20_000 // known.shape[1], 1)
        for start in range(0, len(known), step):
            gap = X.unsqueezed(1) - known[None, start : start + step, :]
            parts.append((gap * gap).sum(2))
        return X.graph.concat(parts)
    gap = X.unsqueezed(1) - known[None, :, :]
    return (gap * gap).sum(2)


def _centred(centres: Any, labels: Any, table: Table, c: Conversion) -> Results:
    far = squared_distances(table.numbers(), centres)
    place = far.argmin(1)
    distances = far.sqrt()
    return {
        "predict": place if labels is None else labelled(c.graph, labels, place),
        "negative_distance": -far,
        "transform": Table.of(distances, len(np.asarray(centres))),
    }


@converts("KMeans", "MiniBatchKMeans")
def _k_means(model: Any, table: Table, c: Conversion) -> Results:
    return _centred(model.cluster_centers_, None, table, c)


@converts("MeanShift", "AffinityPropagation")
def _exemplars(model: Any, table: Table, c: Conversion) -> Results:
    centres = getattr(model, "cluster_centers_", None)
    if centres is None or not np.shape(centres)[0]:
        raise c.refuse("it has no centres")
    found = _centred(centres.toarray() if hasattr(centres, "toarray") else centres, None, table, c)
    del found["transform"]
    return found


@converts("Birch")
def _birch(model: Any, table: Table, c: Conversion) -> Results:
    return _centred(model.subcluster_centers_, model.subcluster_labels_, table, c)


@converts("BisectingKMeans")
def _bisecting(model: Any, table: Table, c: Conversion) -> Results:
    graph, X = c.graph, table.numbers()
    found = _centred(model.cluster_centers_, None, table, c)
    mean = getattr(model, "_X_mean", None)
    if mean is not None:
        X = X - np.asarray(mean)
    margins = []

    def below(node: Any) -> Tensor:
        if node.left is None:
            return graph.repeated(np.int64(node.label), X)
        far = squared_distances(X, np.vstack([node.left.center, node.right.center]))
        gap = far.column(1) - far.column(0)
        margins.append(abs(gap))
        return graph.where(gap.reshape(-1) >= 0.0, below(node.left), below(node.right))

    root = model._bisecting_tree
    found["predict"] = below(root) if root.left is not None else graph.repeated(np.int64(0), X)
    # How near a row is to the other side of any of the cuts.
    found["margin"] = graph.concat(margins).min(1) if margins else graph.repeated(1.0, X)
    del found["negative_distance"]
    return found
