"""The scores of a cross-validation, as scikit-learn returns them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .training import Score, Scores

__all__ = ["describe_scores"]

# What cross_validate returns beside scores: models and row numbers.
_NOT_SCORES = frozenset(("estimator", "indices"))
_MOST = 100_000


def describe_scores(scores: Any) -> Scores:
    """Return scores as the record holds them.

    Parameters
    ----------
    scores : mapping of str to array-like, or array-like
        What `sklearn.model_selection.cross_validate` or ``cross_val_score`` returned; single numbers too.

    Examples
    --------
    >>> from perdure.record.scores import describe_scores
    >>> describe_scores({"test_score": [0.5, 1.0]}).metrics["test_score"].mean
    0.75
    """
    if not isinstance(scores, Mapping):
        scores = {"test_score": scores}
    metrics = {}
    for name, values in scores.items():
        if not isinstance(name, str) or not 0 < len(name) <= 200:
            raise UnsupportedError(f"a score needs a name as text, not {name!r:.60}", fix=_FIX)
        if name not in _NOT_SCORES:
            metrics[name] = _score(name, values)
    return Scores(metrics=metrics)


_FIX = "scores=cross_validate(model, X, y, cv=5)"


def _score(name: str, values: Any) -> Score:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim > 1 or not 0 < array.size <= _MOST:
        raise UnsupportedError(f"the scores {name!r} are not one number a fold", fix=_FIX)
    folds = tuple(array.reshape(-1).tolist())
    # Exact sums: the same numbers give the same record on every machine.
    mean = _sum(folds) / len(folds)
    return Score(folds=folds, mean=mean, std=math.sqrt(_sum([(fold - mean) ** 2 for fold in folds]) / len(folds)))


def _sum(values: Any) -> float:
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):
        # Infinities of both signs, or too large a sum.
        return math.nan
