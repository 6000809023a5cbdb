"""Folds that can be drawn again: the splitter, its seed, and a digest of the row numbers of each fold."""

from __future__ import annotations

import copy
import inspect
import secrets
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .training import Folds

__all__ = ["digest_of", "fold_digests", "repeatable", "splitter_from", "summary_of"]

# The splitters whose parameters are plain values: a record can name them, and nothing else is ever made of a name.
_SPLITTERS = frozenset(
    (
        "GroupKFold",
        "GroupShuffleSplit",
        "KFold",
        "LeaveOneGroupOut",
        "LeaveOneOut",
        "LeavePGroupsOut",
        "LeavePOut",
        "RepeatedKFold",
        "RepeatedStratifiedKFold",
        "ShuffleSplit",
        "StratifiedGroupKFold",
        "StratifiedKFold",
        "StratifiedShuffleSplit",
        "TimeSeriesSplit",
    )
)
_GIVEN = "given"
_MOST = 10_000


def repeatable(splitter: Any) -> Any:
    """Return a splitter that gives the same folds each time: one that shuffles without a seed gets one."""
    if not hasattr(splitter, "random_state") or not getattr(splitter, "shuffle", True):
        return splitter
    seed = splitter.random_state
    if isinstance(seed, (int, np.integer)):
        return splitter
    fixed = copy.copy(splitter)
    # The caller's generator stays where it is.
    known = isinstance(seed, np.random.RandomState)
    fixed.random_state = int(copy.deepcopy(seed).randint(2**31 - 1)) if known else secrets.randbelow(2**31)
    return fixed


def digest_of(train: Any, test: Any) -> str:
    """Return the sha256 of a fold: the number of its training rows, these rows, and its test rows, as ``<i8``.

    Parameters
    ----------
    train, test : array-like of int
        Row numbers.
    """
    parts = [np.ascontiguousarray(rows, dtype="<i8").reshape(-1) for rows in (train, test)]
    digest = sha256(b"perdure fold 1\n" + len(parts[0]).to_bytes(8, "little"))
    for part in parts:
        digest.update(part.data)
    return digest.hexdigest()


def fold_digests(splits: Iterator[tuple[Any, Any]]) -> tuple[str, ...]:
    """Return the digest of each fold.

    Raises
    ------
    UnsupportedError
        When there are too many.
    """
    found: list[str] = []
    for train, test in splits:
        if len(found) == _MOST:
            raise UnsupportedError(f"more than {_MOST:,} folds", fix="cv=5")
        found.append(digest_of(train, test))
    return tuple(found)


def summary_of(splitter: Any, rows: int, digests: tuple[str, ...]) -> Folds:
    """Return what the record says of a splitter and its folds."""
    name = type(splitter).__name__
    if name not in _SPLITTERS or not type(splitter).__module__.startswith("sklearn.model_selection."):
        return Folds(splitter=_GIVEN, rows=rows, digests=digests)
    parameters: dict[str, bool | int | float | str] = {}
    for key in inspect.signature(type(splitter).__init__).parameters:
        value = getattr(splitter, key, getattr(splitter, "cvargs", {}).get(key))
        value = value.item() if isinstance(value, np.generic) else value
        if key == "self" or value is None:
            continue
        if type(value) not in (bool, int, float, str):
            return Folds(splitter=_GIVEN, rows=rows, digests=digests)
        parameters[key] = value
    return Folds(splitter=name, parameters=parameters, rows=rows, digests=digests)


def splitter_from(folds: Folds) -> Any:
    """Return the splitter that a record names; None when it was one of somebody's own.

    Raises
    ------
    UnsupportedError
        When this scikit-learn does not take it so.
    """
    if folds.splitter not in _SPLITTERS:
        return None
    from sklearn import model_selection

    try:
        return getattr(model_selection, folds.splitter)(**folds.parameters)
    except (AttributeError, TypeError, ValueError) as error:
        raise UnsupportedError(f"the splitter {folds.splitter} of the record cannot be made: {error}") from None
