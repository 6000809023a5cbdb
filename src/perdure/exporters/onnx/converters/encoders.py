"""Encoders of categories: what each category becomes is asked of the encoder itself, and looked up."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from ....errors import ExportError
from ..graph import ML, Tensor
from ..registry import Conversion, Results, converts
from ..tables import Block, Table

__all__ = ["MISSING_TEXT", "ordinal_places"]

# How a missing text is written for ONNX, which has no missing texts.
MISSING_TEXT = "nan"
# A category that none is: what an encoder says of it is what it says of any that it does not know.
_NO_TEXT = "perdure: no such category"


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, (float, np.floating)) and value != value)


def _text_places(column: Tensor, known: Sequence[Any], c: Conversion) -> Tensor:
    words = [MISSING_TEXT if _is_missing(value) else value for value in known]
    if not all(isinstance(word, str) for word in words):
        raise ExportError("one column has texts and numbers among its categories")
    if len(set(words)) < len(words):
        raise ExportError(f"{MISSING_TEXT!r} is a category beside the missing value, which is written so in ONNX")
    return c.graph.add(
        "LabelEncoder",
        [column],
        "int64",
        ML,
        keys_strings=words,
        values_int64s=list(range(len(words))),
        default_int64=len(words),
    )


def _number_places(column: Tensor, known: Sequence[Any], c: Conversion) -> Tensor:
    graph, count = c.graph, len(known)
    column = column.number()
    values = np.array([np.nan if _is_missing(value) else float(value) for value in known]).reshape(1, -1)
    same = column.equals(values)
    if np.isnan(values).any():
        same = same | (column.isnan() & graph.constant(np.isnan(values)))
    found = same.argmax(1).reshape(-1, 1)
    return graph.where(same.cast("int64").max(1, keep=True) > 0, found, count)


def ordinal_places(categories: Sequence[Any], table: Table, c: Conversion) -> list[Tensor]:
    """Return for each column which of its categories stands there; one more than the last for all others."""
    found = []
    for place, known in enumerate(categories):
        values = np.asarray(known).tolist()
        column = table.column(place)
        lookup = _text_places if column.kind == "text" else _number_places
        found.append(lookup(column, values, c))
    return found


def _probes(encoder: Any, place: int) -> list[np.ndarray[Any, Any]]:
    """Return rows in which one column goes through its categories and then shows an unknown one."""
    firsts = [np.asarray(known)[0] for known in encoder.categories_]
    known = np.asarray(encoder.categories_[place])
    texts = any(isinstance(value, str) for value in known.tolist())
    if texts:
        unseen: Any = _NO_TEXT
    else:
        numbers = [float(value) for value in known.tolist() if not _is_missing(value)]
        unseen = (max(numbers) if numbers else 0.0) + 1.0
    objects = any(np.asarray(values).dtype.kind in "OUS" for values in encoder.categories_)
    made = []
    for values in (known.tolist(), [unseen]):
        rows = np.empty((len(values), len(firsts)), object if objects else np.float64)
        for column, first in enumerate(firsts):
            rows[:, column] = [first] * len(values)
        rows[:, place] = values
        made.append(rows)
    return made


def _asked(encoder: Any, place: int) -> Any:
    """Return what an encoder makes of rows in which one column shows each category, and an unknown one."""
    rows, unknown = _probes(encoder, place)
    names = getattr(encoder, "feature_names_in_", None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = [_plain(encoder.transform(_framed(rows, names)))]
        try:
            made.append(_plain(encoder.transform(_framed(unknown, names))))
        except ValueError:
            # handle_unknown="error": rows that scikit-learn refuses have no right answer.
            made.append(np.full((1, made[0].shape[1]), np.nan))
    return np.concatenate(made)


def _framed(rows: Any, names: Any) -> Any:
    if names is None:
        return rows
    import pandas as pd

    return pd.DataFrame(rows, columns=list(names))


def _plain(value: Any) -> np.ndarray[Any, Any]:
    if hasattr(value, "toarray"):
        value = value.toarray()
    return np.asarray(value.to_numpy() if hasattr(value, "to_numpy") else value, np.float64)


@converts("OrdinalEncoder", "TargetEncoder")
def _looked_up(model: Any, table: Table, c: Conversion) -> Results:
    """Each column becomes so many numbers by its category, the same whatever stands in the others."""
    places = ordinal_places(model.categories_, table, c)
    columns = len(places)
    parts = []
    for place, index in enumerate(places):
        values = _asked(model, place)
        each = values.shape[1] // columns
        own = np.ascontiguousarray(values[:, place * each : (place + 1) * each])
        parts.append(Block(c.graph.constant(own).take(index.reshape(-1), 0), each))
    return {"transform": Table(tuple(parts))}


@converts("OneHotEncoder")
def _one_hot(model: Any, table: Table, c: Conversion) -> Results:
    graph = c.graph
    blocks = []
    for place, index in enumerate(ordinal_places(model.categories_, table, c)):
        columns, width = _hot_columns(model, place)
        if width:
            blocks.append(Block(_hot(c, graph.constant(columns).take(index.reshape(-1), 0), width), width))
    return {"transform": Table(tuple(blocks))}


def _hot(c: Conversion, places: Tensor, width: int) -> Tensor:
    """Return a row of zeros with a one at its place; none where the place is -1."""
    graph = c.graph
    shown = graph.where(places < 0, width, places)
    depth = graph.constant(np.array([width + 1], np.int64))
    # onnxruntime has it for 32 bits only.
    ends = graph.constant(np.array([0.0, 1.0]), "float32")
    hot = graph.add("OneHot", [shown, depth, ends], "float32", axis=-1)
    return hot.take(np.arange(width)).number()


def _hot_columns(model: Any, place: int) -> tuple[np.ndarray[Any, Any], int]:
    """Return for each category of a column, and an unknown one, which column of its block is set, and the width."""
    known = np.asarray(model.categories_[place])
    widths = list(model._n_features_outs) if hasattr(model, "_n_features_outs") else None
    if widths is None:
        widths = [
            len(values) - (drop is not None) for values, drop in zip(model.categories_, _dropped(model), strict=True)
        ]
    first, width = sum(widths[:place]), int(widths[place])
    names = getattr(model, "feature_names_in_", None)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for rows in _probes(model, place):
            try:
                made = model.transform(_framed(rows, names))
            except ValueError:
                found += [-1] * len(rows)
                continue
            made = made.tocsr() if hasattr(made, "tocsr") else np.asarray(made)
            block = made[:, first : first + width]
            block = block.toarray() if hasattr(block, "toarray") else block
            found += np.where(block.any(axis=1), block.argmax(axis=1), -1).tolist() if width else [-1] * len(rows)
    if len(found) != len(known) + 1:
        raise ExportError("the encoder does not say what becomes of each category")
    return np.array(found, np.int64), width


def _dropped(model: Any) -> list[Any]:
    drop = model.drop_idx_
    return [None] * len(model.categories_) if drop is None else list(drop)


@converts("LabelBinarizer")
def _label_binarizer(model: Any, table: Table, c: Conversion) -> Results:
    places = ordinal_places([model.classes_], table, c)[0].reshape(-1)
    values = _plain(model.transform(model.classes_))
    values = np.concatenate([values, np.full((1, values.shape[1]), float(model.neg_label))])
    return {"transform": Table.of(c.graph.constant(values).take(places, 0), values.shape[1])}


@converts("LabelEncoder")
def _label_encoder(model: Any, table: Table, c: Conversion) -> Results:
    places = ordinal_places([model.classes_], table, c)[0].reshape(-1)
    return {"transform": Table.of(places, 1)}
