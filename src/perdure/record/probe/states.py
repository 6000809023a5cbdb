"""What the fitted state of one estimator says of the features that it takes.

A rule reads attributes by scikit-learn's names and believes none of them: what has not the shape that it
expects teaches nothing. Stored rows of data (``_fit_X``, ``support_vectors_``) teach the range of each column only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .columns import WIDE, Column, watched

__all__ = ["learn_state", "plain_values"]

# Of many rows so many are looked at.
_LOOKED_AT = 4096
_SOME = 16

# Attributes with a row for each of some points, and a column for each feature.
_POINTS = (
    "cluster_centers_",
    "subcluster_centers_",
    "means_",
    "theta_",
    "centroids_",
    "support_vectors_",
    "_fit_X",
    "X_train_",
    "X_fit_",
    "quantiles_",
)
_SCALES = (("mean_", "scale_"), ("center_", "scale_"))
_CLOSED = (("data_min_", "data_max_"), ("X_min_", "X_max_"))
_PLAIN = (str, int, float, bool, bytes, type(None))


def learn_state(estimator: Any, columns: Sequence[Column]) -> None:
    """Let the columns learn from the attributes of an estimator, those of the estimators inside it left out."""
    for rule in _RULES:
        rule(estimator, columns)


def _vector(estimator: Any, name: str, columns: Sequence[Column]) -> np.ndarray[Any, Any] | None:
    """Return an attribute that has one number for each column."""
    value = getattr(estimator, name, None)
    if value is None:
        return None
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.size != len(columns):
        return None
    return array.reshape(-1)


def _trees(estimator: Any, columns: Sequence[Column]) -> None:
    tree = getattr(estimator, "tree_", None)
    feature, threshold = getattr(tree, "feature", None), getattr(tree, "threshold", None)
    if not isinstance(feature, np.ndarray) or not isinstance(threshold, np.ndarray):
        return
    split = feature >= 0
    _thresholds(feature[split], threshold[split], columns, single=True)
    to_left = getattr(tree, "missing_go_to_left", None)
    if isinstance(to_left, np.ndarray) and to_left.any():
        for place in np.unique(feature[split & to_left.astype(bool)]).tolist():
            if place < len(columns):
                columns[place].missing = True


def _thresholds(places: Any, values: Any, columns: Sequence[Column], *, single: bool) -> None:
    for place in np.unique(places).tolist():
        if place < len(columns) and columns[place].watched:
            distinct = np.unique(values[places == place])
            for value in distinct[:: max(len(distinct) // 32, 1)].tolist():
                columns[place].add_threshold(value, single=single)


def _histograms(estimator: Any, columns: Sequence[Column]) -> None:
    """HistGradientBoosting: thresholds of the nodes, bins of the features that no node asks, categories."""
    mapper, predictors = getattr(estimator, "_bin_mapper", None), getattr(estimator, "_predictors", None)
    bins = getattr(mapper, "bin_thresholds_", None)
    if bins is None or len(bins) != len(columns) or not isinstance(predictors, list):
        return
    mask = getattr(estimator, "is_categorical_", None)
    categorical = np.zeros(len(columns), bool) if mask is None else np.asarray(mask, bool)
    encoder = getattr(estimator, "_preprocessor", None)
    # Where there is a preprocessor, it puts the categorical features first.
    order = np.arange(len(columns)) if encoder is None else np.argsort(~categorical, kind="stable")
    inner = [columns[place] for place in order.tolist()]
    for column in columns:
        column.missing = True
    for place, column in watched(inner):
        if not categorical[order[place]]:
            for value in bins[place][:: max(len(bins[place]) // 6, 1)].tolist():
                column.add_threshold(value, single=False)
        elif encoder is None:
            column.add_categories(bins[place].tolist())
            column.unseen = True
    for trees in predictors[:: max(len(predictors) // _SOME, 1)]:
        for tree in trees:
            nodes = tree.nodes[(tree.nodes["is_leaf"] == 0) & (tree.nodes["is_categorical"] == 0)]
            _thresholds(nodes["feature_idx"].astype(np.int64), nodes["num_threshold"], inner, single=False)
    if encoder is not None:
        for name, transformer, _ in getattr(encoder, "transformers_", ()):
            known = getattr(transformer, "categories_", None) if name == "encoder" else None
            for values, column in zip(known or (), inner, strict=False):
                column.add_categories(plain_values(values))
                column.dtype = "category"


def _encoders(estimator: Any, columns: Sequence[Column]) -> None:
    known = getattr(estimator, "categories_", None)
    if not isinstance(known, (list, tuple)) or len(known) != len(columns):
        return
    unseen = getattr(estimator, "handle_unknown", "ignore") != "error"
    for values, column in zip(known, columns, strict=True):
        column.add_categories(plain_values(values))
        column.unseen |= unseen
        column.missing |= unseen


def plain_values(values: Any) -> list[Any]:
    """Return the categories that are plain: text, numbers, None."""
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "biufOUS":
        return []
    return [value for value in array.tolist() if isinstance(value, _PLAIN)]


def _imputers(estimator: Any, columns: Sequence[Column]) -> None:
    if not hasattr(estimator, "missing_values") or not hasattr(estimator, "n_features_in_"):
        return
    marker = estimator.missing_values
    statistics = getattr(estimator, "statistics_", None)
    values = (
        np.asarray(statistics).tolist() if statistics is not None and np.shape(statistics) == (len(columns),) else []
    )
    for place, column in watched(columns):
        value = values[place] if values else None
        if isinstance(value, str):
            column.add_categories([value])
        elif isinstance(value, (int, float)) and value == value:
            column.add_scale(float(value), abs(float(value)) / 4 or 1.0)
        if marker is None or marker != marker:
            column.missing = True
        elif isinstance(marker, str):
            column.add_categories([marker])
        elif isinstance(marker, (int, float)):
            column.numbers.append(float(marker))


def _ranges(estimator: Any, columns: Sequence[Column]) -> None:
    for centre, scale in _SCALES:
        middle, width = _vector(estimator, centre, columns), _vector(estimator, scale, columns)
        if middle is not None and width is not None:
            for place, column in watched(columns):
                column.add_scale(float(middle[place]), float(width[place]))
    for low, high in _CLOSED:
        least, most = _vector(estimator, low, columns), _vector(estimator, high, columns)
        if least is not None and most is not None:
            for place, column in watched(columns):
                column.add_range(float(least[place]), float(most[place]))
    largest = _vector(estimator, "max_abs_", columns)
    if largest is not None:
        for place, column in watched(columns):
            column.add_scale(0.0, float(largest[place]) / 2)


def _components(estimator: Any, columns: Sequence[Column]) -> None:
    """PCA and its like: the mean, and the deviation of each feature along the components."""
    mean = _vector(estimator, "mean_", columns)
    components, variance = getattr(estimator, "components_", None), getattr(estimator, "explained_variance_", None)
    if mean is None or components is None or variance is None or np.shape(components) != (len(variance), len(columns)):
        return
    for place, column in watched(columns):
        column.add_scale(float(mean[place]), float(np.sqrt(variance @ components[:, place] ** 2)))


def _linear(estimator: Any, columns: Sequence[Column]) -> None:
    """Linear classifiers: numbers around a point where no class is ahead, so that the rows fall to all sides."""
    weights, offset = getattr(estimator, "coef_", None), getattr(estimator, "intercept_", None)
    if not hasattr(estimator, "classes_") or not isinstance(weights, np.ndarray) or weights.ndim != 2:
        return
    offsets = np.asarray(offset, np.float64).reshape(-1)
    if weights.shape != (offsets.size, len(columns)) or len(columns) > WIDE:
        return
    middle = np.zeros(len(columns))
    for _ in range(3):
        # From one boundary to the next (Kaczmarz): near to all of them after a few rounds.
        for row, shift in zip(weights[:_SOME], offsets[:_SOME], strict=True):
            length = row @ row
            if length > 0:
                middle -= (row @ middle + shift) / length * row
    largest = np.abs(weights).max(axis=0) * np.sqrt(len(columns))
    for place, column in watched(columns):
        if largest[place] > 0:
            column.add_scale(float(middle[place]), 2 / float(largest[place]))


def _points(estimator: Any, columns: Sequence[Column]) -> None:
    tree = getattr(estimator, "tree_", None)
    stored = [getattr(estimator, name, None) for name in _POINTS]
    # The trees of neighbours hold their points themselves.
    stored.append(None if tree is None or not hasattr(tree, "idx_array") else np.asarray(tree.data))
    for points in stored:
        if points is None or len(np.shape(points)) != 2 or np.shape(points)[1] != len(columns):
            continue
        some = points[:: max(np.shape(points)[0] // _LOOKED_AT, 1)]
        places = [place for place, _ in watched(columns)]
        some = some.tocsc()[:, places].toarray() if hasattr(some, "tocsc") else np.asarray(some)[:, places]
        if some.dtype.kind not in "biuf" or not len(some):
            continue
        kept = np.where(np.isfinite(some), some, np.nan) if some.dtype.kind == "f" else some
        known = ~np.isnan(kept).all(axis=0)
        for place, column_points in zip(np.flatnonzero(known), kept[:, known].T, strict=True):
            columns[places[place]].add_range(float(np.nanmin(column_points)), float(np.nanmax(column_points)))


def _edges(estimator: Any, columns: Sequence[Column]) -> None:
    """Bins, splines and single cuts: numbers well within each piece, since the edges are compared with a tolerance."""
    edges = getattr(estimator, "bin_edges_", None)
    if edges is not None and len(edges) == len(columns):
        for place, column in watched(columns):
            column.add_range(float(edges[place][0]), float(edges[place][-1]))
            column.numbers.extend((0.43 * edges[place][:-1] + 0.57 * edges[place][1:]).tolist())
    splines = getattr(estimator, "bsplines_", None)
    if isinstance(splines, list) and len(splines) == len(columns):
        for place, column in watched(columns):
            knots, degree = splines[place].t, splines[place].k
            low, high = float(knots[degree]), float(knots[-degree - 1])
            column.numbers.extend(low + (high - low) * (0.01 + 0.98 * k / 15) for k in range(16))
    counts = getattr(estimator, "n_categories_", None)
    if counts is not None and np.shape(counts) == (len(columns),):
        for place, column in watched(columns):
            column.add_categories(range(int(counts[place])))


_RULES: tuple[Callable[[Any, Sequence[Column]], None], ...] = (
    _trees,
    _histograms,
    _encoders,
    _imputers,
    _ranges,
    _components,
    _linear,
    _points,
    _edges,
)
