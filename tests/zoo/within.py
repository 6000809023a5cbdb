"""What lies inside a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator


def estimators(value: Any, seen: set[int]) -> Iterator[BaseEstimator]:
    """Every estimator in a value, each once."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, dict):
        inside = list(value.values())
    elif isinstance(value, (list, tuple)):
        inside = list(value)
    elif isinstance(value, np.ndarray) and value.dtype.hasobject:
        inside = value.ravel().tolist()
    elif isinstance(value, BaseEstimator):
        yield value
        inside = list(vars(value).values())
    else:
        return
    for item in inside:
        yield from estimators(item, seen)
