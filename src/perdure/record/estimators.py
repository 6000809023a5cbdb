"""The estimators of a root value: the root itself, or those in a dict, list or tuple that people save."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..encode.names import type_name
from ..errors import shown
from .record import EstimatorSummary

__all__ = ["estimators_in", "summary"]

_DEPTH = 4
# More estimators than these are not described one by one: the graph has them all.
_MOST = 32
_MOST_NAMES = 10_000
_MOST_CLASSES = 1_000
_MOST_TEXT = 1 << 18


def estimators_in(root: Any) -> list[tuple[str, Any]]:
    """Return the estimators of a root value, each with its path; what an estimator holds is its own affair."""
    found: list[tuple[str, Any]] = []
    seen: set[int] = set()
    for path, estimator in _search(root, "model", 0):
        if len(found) == _MOST:
            break
        if id(estimator) not in seen:
            seen.add(id(estimator))
            found.append((path, estimator))
    return found


def _search(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if isinstance(value, (dict, list, tuple)):
        if depth < _DEPTH and len(path) < 1000:
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                if not isinstance(item, (str, bytes, int, float, np.ndarray)):
                    yield from _search(item, f"{path}[{shown(key, 200)}]", depth + 1)
    elif hasattr(value, "fit") and not isinstance(value, type):
        yield path, value


def summary(path: str, estimator: Any) -> EstimatorSummary:
    """Return what the record says of an estimator."""
    width = getattr(estimator, "n_features_in_", None)
    names = getattr(estimator, "feature_names_in_", None)
    return EstimatorSummary(
        path=path,
        type=type_name(type(estimator)),
        n_features_in=int(width) if isinstance(width, (int, np.integer)) else None,
        feature_names=_texts(names),
        classes=_plain(getattr(estimator, "classes_", None)),
    )


def _texts(names: Any) -> tuple[str, ...]:
    if names is None or len(names) > _MOST_NAMES:
        return ()
    texts = tuple(str(name) for name in names if isinstance(name, str))
    return texts if len(texts) == len(names) and sum(map(len, texts)) <= _MOST_TEXT else ()


def _plain(classes: Any) -> tuple[str | int | float | bool, ...]:
    """Return classes that are one short list of plain values; nothing for others, which the graph has."""
    if not isinstance(classes, np.ndarray) or classes.ndim != 1 or len(classes) > _MOST_CLASSES:
        return ()
    values = tuple(classes.tolist())
    if not all(type(value) in (str, int, float, bool) for value in values):
        return ()
    return values if sum(len(value) for value in values if isinstance(value, str)) <= _MOST_TEXT else ()
