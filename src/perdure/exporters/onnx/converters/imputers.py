"""Imputers: what stands for a missing value, and the columns that say where one was."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph import Tensor
from ..registry import Conversion, Results, converts
from ..tables import Block, Table
from .encoders import MISSING_TEXT

__all__: list[str] = []


def _is_nan(marker: Any) -> bool:
    return marker is None or (isinstance(marker, (float, np.floating)) and marker != marker) or str(marker) == "<NA>"


def _missing(column: Tensor, marker: Any, c: Conversion) -> Tensor:
    """Return where a column has the marker of missing values."""
    if column.kind == "text":
        if _is_nan(marker):
            return column.equals(MISSING_TEXT)
        if isinstance(marker, str):
            return column.equals(marker)
        raise c.refuse(f"missing_values={marker!r} among texts has no converter")
    if isinstance(marker, str):
        raise c.refuse(f"missing_values={marker!r} among numbers has no converter")
    return column.number().isnan() if _is_nan(marker) else column.number().equals(float(marker))


def _indicator(indicator: Any, table: Table, c: Conversion) -> list[Block]:
    blocks = []
    for place in np.asarray(indicator.features_).tolist():
        blocks.append(Block(_missing(table.column(place), indicator.missing_values, c).number(), 1))
    return blocks


def _many_missing(table: Table, marker: Any, c: Conversion) -> Tensor:
    X = table.numbers()
    return X.isnan() if _is_nan(marker) else X.equals(float(marker))


@converts("MissingIndicator")
def _only_indicator(model: Any, table: Table, c: Conversion) -> Results:
    places = np.asarray(model.features_).tolist()
    blocks = tuple(Block(_missing(table.column(place), model.missing_values, c), 1) for place in places)
    return {"transform": Table(blocks)}


@converts("SimpleImputer")
def _simple(model: Any, table: Table, c: Conversion) -> Results:
    graph, statistics = c.graph, np.asarray(model.statistics_, object).ravel()
    numeric = all(block.tensor.kind != "text" for block in table.blocks)
    kept = [
        place
        for place, value in enumerate(statistics)
        if getattr(model, "keep_empty_features", False) or model.strategy == "constant" or not _is_nan(value)
    ]
    blocks: list[Block] = []
    if numeric and kept:
        taken = table.take(kept)
        values = np.array([0.0 if _is_nan(statistics[place]) else float(statistics[place]) for place in kept])
        X = taken.numbers()
        blocks.append(Block(graph.where(_many_missing(taken, model.missing_values, c), values, X), len(kept)))
    else:
        for place in kept:
            column, value = table.column(place), statistics[place]
            filled = graph.constant(
                np.array([[value]], object) if isinstance(value, str) else np.array([[float(value)]])
            )
            blocks.append(Block(graph.where(_missing(column, model.missing_values, c), filled, column), 1))
    if model.add_indicator and model.indicator_ is not None:
        blocks += _indicator(model.indicator_, table, c)
    return {"transform": Table(tuple(blocks))}


@converts("IterativeImputer")
def _iterative(model: Any, table: Table, c: Conversion) -> Results:
    if model.sample_posterior:
        raise c.refuse("sample_posterior=True draws at random")
    graph = c.graph
    missing = _many_missing(table, model.missing_values, c)
    initial = c(model.initial_imputer_, table, "initial_imputer_")["transform"]
    indicator = _indicator(model.indicator_, table, c) if model.add_indicator else []
    width = initial.width
    statistics = np.asarray(model.initial_imputer_.statistics_, np.float64)
    if width != table.width or (np.isnan(statistics).any()):
        raise c.refuse("columns without any value have no converter")
    filled = [initial.column(place) for place in range(width)]
    gaps = [missing.column(place) for place in range(width)]
    low, high = (np.broadcast_to(np.asarray(end, float), (width,)) for end in (model._min_value, model._max_value))
    if model.n_iter_ == 0 or not len(model.imputation_sequence_):
        return {"transform": Table((*(Block(column, 1) for column in filled), *indicator))}
    for turn, triplet in enumerate(model.imputation_sequence_):
        place = int(triplet.feat_idx)
        rows = graph.concat([filled[int(k)] for k in triplet.neighbor_feat_idx])
        inner = c(
            triplet.estimator, Table.of(rows, len(triplet.neighbor_feat_idx)), f"imputation_sequence_[{turn}].estimator"
        )
        guess = inner["predict"].reshape(-1, 1).clip(float(low[place]), float(high[place]))
        filled[place] = graph.where(gaps[place], guess, filled[place])
    return {"transform": Table((*(Block(column, 1) for column in filled), *indicator))}


@converts("KNNImputer")
def _nearest(model: Any, table: Table, c: Conversion) -> Results:
    if model.metric != "nan_euclidean" or model.weights not in ("uniform", "distance"):
        raise c.refuse("only metric='nan_euclidean' with uniform or distance weights has a converter")
    graph = c.graph
    fitted = np.asarray(model._fit_X, np.float64)
    holes = np.asarray(model._mask_fit_X, bool)
    valid = np.asarray(model._valid_mask, bool)
    missing = _many_missing(table, model.missing_values, c)
    X = graph.where(missing, 0.0, table.numbers())
    known = np.where(holes, 0.0, fitted)
    there, seen = (~missing).number(), (~holes).astype(np.float64)
    # The squared distance over the columns that both have, scaled up to all columns.
    gap = (X.unsqueezed(1) - known[None, :, :]) * there.unsqueezed(1) * seen[None, :, :]
    shared = there @ seen.T
    total = (gap * gap).sum(2) * (1.0 / graph.where(shared.equals(0.0), 1.0, shared)) * float(fitted.shape[1])
    far = graph.where(shared.equals(0.0), np.inf, total.sqrt())
    blocks = []
    for place in range(table.width):
        if not (valid[place] or model.keep_empty_features):
            continue
        column = X.column(place)
        gaps = missing.column(place)
        donors = np.flatnonzero(~holes[:, place])
        if not len(donors):
            blocks.append(Block(graph.where(gaps, 0.0, column), 1))
            continue
        near, which = graph.smallest(far.take(donors), min(model.n_neighbors, len(donors)))
        values = graph.constant(np.ascontiguousarray(fitted[donors, place])).take(which, 0)
        if model.weights == "distance":
            exact = near.equals(0.0)
            some = exact.cast("int64").max(1, keep=True) > 0
            weight = graph.where(some, exact.number(), 1.0 / graph.where(exact, 1.0, near))
        else:
            weight = near * 0.0 + 1.0
        weight = graph.where(near.equals(np.inf), 0.0, weight)
        weight = graph.where(weight.isnan(), 0.0, weight)
        sum_of = weight.sum(1, keep=True)
        guess = (weight * values).sum(1, keep=True) / graph.where(sum_of.equals(0.0), 1.0, sum_of)
        guess = graph.where(sum_of.equals(0.0), float(np.mean(fitted[donors, place])), guess)
        blocks.append(Block(graph.where(gaps, guess, column), 1))
    if model.add_indicator:
        blocks += _indicator(model.indicator_, table, c)
    return {"transform": Table(tuple(blocks))}
