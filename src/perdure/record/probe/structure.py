"""Which estimator takes which feature: pipelines, column transformers, ensembles and wrappers, down to the leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from .columns import Column, watched
from .documents import is_vectorizer, words_of
from .states import learn_state

__all__ = ["input_estimator", "learn"]

_DEPTH = 16
_MOST = 16
# Attributes with one fitted estimator that takes the same features.
_SINGLE = ("best_estimator_", "estimator_", "base_estimator_", "regressor_", "classifier_")
_SCALERS = frozenset(("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler"))
_IMPUTERS = frozenset(("SimpleImputer", "KNNImputer", "IterativeImputer"))

Back = Callable[[], None]


def learn(estimator: Any, columns: Sequence[Column], depth: int = 0) -> None:
    """Let columns learn what a fitted estimator, and all that it holds, says of its features."""
    if depth > _DEPTH or isinstance(estimator, str) or estimator is None:
        return
    if _is_pipeline(estimator):
        _learn_pipeline(estimator, columns, depth)
        return
    if is_vectorizer(estimator):
        if len(columns) == 1:
            columns[0].words = (columns[0].words or []) + words_of(estimator)
        return
    for transformer, places in _assigned(estimator, len(columns)):
        learn(transformer, [columns[place] for place in places], depth + 1)
    learn_state(estimator, columns)
    for inner, chosen in _inner(estimator, len(columns)):
        taken = list(columns) if chosen is None else [columns[place] for place in chosen if place < len(columns)]
        width = getattr(inner, "n_features_in_", len(taken))
        if width >= len(taken):
            # A chain gives its models more features behind those that it takes itself.
            learn(inner, taken + [Column() for _ in range(width - len(taken))], depth + 1)


# --- pipelines ----------------------------------------------------------------------------------------


def _is_pipeline(estimator: Any) -> bool:
    return isinstance(getattr(estimator, "steps", None), list) and hasattr(estimator, "named_steps")


def _steps(pipeline: Any) -> list[Any]:
    return [step for _, step in pipeline.steps if step is not None and not isinstance(step, str)]


def _learn_pipeline(pipeline: Any, columns: Sequence[Column], depth: int) -> None:
    current, backs = list(columns), []
    for step in _steps(pipeline):
        learn(step, current, depth + 1)
        following = _through(step, current, depth + 1)
        if following is None:
            break
        current, back = following
        backs.append(back)
    for back in reversed(backs):
        back()


def _run(backs: Sequence[Back]) -> None:
    for back in backs:
        back()


def _nothing() -> None:
    """Give nothing back: the columns behind are those before."""


def _through(step: Any, columns: list[Column], depth: int) -> tuple[list[Column], Back] | None:
    """Return the columns behind a transformer and what takes their knowledge back; None where they are mixed."""
    name = type(step).__name__
    if depth > _DEPTH:
        return None
    if _is_pipeline(step):
        backs = []
        for inner in _steps(step):
            following = _through(inner, columns, depth + 1)
            if following is None:
                return None
            columns, back = following
            backs.append(back)
        return columns, partial(_run, backs[::-1])
    if hasattr(step, "transformers_"):
        return _through_columns(step, columns, depth)
    if name in _SCALERS and hasattr(step, "inverse_transform"):
        behind = [Column(exact=False, watched=column.watched) for column in columns]
        return behind, lambda: _rescale(step, columns, behind)
    if name in _IMPUTERS and not getattr(step, "add_indicator", False):
        statistics = getattr(step, "statistics_", None)
        if statistics is None or len(statistics) == len(columns):
            return columns, _nothing
    if hasattr(step, "get_support") and hasattr(step, "transform"):
        support = np.asarray(step.get_support())
        if support.shape == (len(columns),):
            return [columns[place] for place in np.flatnonzero(support)], _nothing
    return None


def _through_columns(step: Any, columns: list[Column], depth: int) -> tuple[list[Column], Back] | None:
    outputs = getattr(step, "output_indices_", None)
    if outputs is None:
        return None
    width = max((part.stop for part in outputs.values()), default=0)
    behind = [Column(exact=False) for _ in range(width)]
    backs = []
    for name, transformer, places in _named_assignments(step, len(columns)):
        part = outputs.get(name)
        taken = [columns[place] for place in places]
        following = (taken, _nothing) if transformer == "passthrough" else _through(transformer, taken, depth + 1)
        if part is not None and following is not None and len(following[0]) == part.stop - part.start:
            behind[part.start : part.stop] = following[0]
            backs.append(following[1])
    return behind, partial(_run, backs)


def _rescale(scaler: Any, before: Sequence[Column], behind: Sequence[Column]) -> None:
    """Give numbers learned behind a scaler back to the columns before it, in their own scale."""
    lists = [[*column.numbers, *(number for pair in column.sides for number in pair)] for column in behind]
    length = max(map(len, lists), default=0)
    if length and len(lists) <= 2048:
        table = np.zeros((length, len(lists)))
        for place, numbers in enumerate(lists):
            if numbers:
                table[:, place] = np.resize(numbers, length)
        table = np.asarray(scaler.inverse_transform(table))
        for place, column in watched(before):
            if table.shape == (length, len(lists)):
                column.numbers.extend(
                    number for number in table[: len(lists[place]), place].tolist() if number == number
                )
    for column, taught in zip(before, behind, strict=True):
        column.missing |= taught.missing


# --- column transformers and unions -------------------------------------------------------------------


def _named_assignments(estimator: Any, width: int) -> Iterable[tuple[str, Any, list[int]]]:
    indices = getattr(estimator, "_transformer_to_input_indices", None) or {}
    for name, transformer, _ in getattr(estimator, "transformers_", ()):
        places = [int(place) for place in indices.get(name, ())]
        if transformer != "drop" and all(0 <= place < width for place in places):
            yield name, transformer, places


def _assigned(estimator: Any, width: int) -> Iterable[tuple[Any, Sequence[int]]]:
    """Yield the transformers of a ColumnTransformer or FeatureUnion, each with the places of its features."""
    if hasattr(estimator, "transformers_"):
        for _, transformer, places in _named_assignments(estimator, width):
            yield transformer, places
    elif isinstance(getattr(estimator, "transformer_list", None), list):
        for _, transformer in estimator.transformer_list:
            yield transformer, range(width)


# --- ensembles and wrappers -----------------------------------------------------------------------------


def _inner(estimator: Any, width: int) -> Iterable[tuple[Any, Sequence[int] | None]]:
    """Yield fitted estimators inside another, each with the places of the features it takes, None for all."""
    support = getattr(estimator, "support_", None)
    chosen = None
    if hasattr(estimator, "ranking_") and isinstance(support, np.ndarray) and support.shape == (width,):
        # RFE: the inner estimator takes what was selected.
        chosen = np.flatnonzero(support).tolist()
    for name in _SINGLE:
        inner = getattr(estimator, name, None)
        if hasattr(inner, "fit") and not isinstance(inner, type):
            yield inner, chosen
    for calibrated in (getattr(estimator, "calibrated_classifiers_", None) or [])[:_MOST]:
        yield getattr(calibrated, "estimator", None) or getattr(calibrated, "base_estimator", None), None
    many = getattr(estimator, "estimators_", None)
    if isinstance(many, dict):
        many = list(many.values())
    if isinstance(many, (list, tuple, np.ndarray)):
        flat = np.ravel(many).tolist() if isinstance(many, np.ndarray) else list(many)
        subsets = getattr(estimator, "estimators_features_", None)
        for place in range(0, len(flat), max(len(flat) // _MOST, 1)):
            features = None if subsets is None or len(subsets) != len(flat) else np.asarray(subsets[place]).tolist()
            yield flat[place], features


def input_estimator(estimator: Any, depth: int = 0) -> Any:
    """Return the estimator inside another that is the first to see the rows: what kind of rows it is decides there."""
    if depth > _DEPTH:
        return estimator
    if _is_pipeline(estimator):
        steps = _steps(estimator)
        return input_estimator(steps[0], depth + 1) if steps else estimator
    if isinstance(getattr(estimator, "transformer_list", None), list):
        for _, transformer in estimator.transformer_list:
            if not isinstance(transformer, str):
                return input_estimator(transformer, depth + 1)
    if hasattr(estimator, "transformers_"):
        return estimator
    for inner, features in _inner(estimator, -1):
        if features is None and hasattr(inner, "fit"):
            return input_estimator(inner, depth + 1)
    return estimator
