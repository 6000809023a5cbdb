"""Two answers to the same rows, an estimator's and an exported file's: where they differ by more than they may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Difference", "compared", "dense", "undecided"]


@dataclass(frozen=True)
class Difference:
    """Where one output differs.

    Attributes
    ----------
    rows : ndarray of int
        The rows that differ.
    worst : int
        The one that differs most.
    expected, got : object
        The values there.
    """

    rows: Any
    worst: int
    expected: Any
    got: Any


def dense(value: Any) -> Any:
    """Return an answer of an estimator as an array."""
    if hasattr(value, "toarray"):
        value = value.toarray()
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    return np.asarray(value)


def compared(
    expected: Any, got: Any, *, tolerance: float, single: bool, excused: Any = None
) -> tuple[float, Difference | None]:
    """Compare two arrays row by row.

    Numbers may differ by ``tolerance`` times their size, or times the middle size of their column where that is larger.
    Labels and texts have to be equal, and rows that are excused are left out.

    Parameters
    ----------
    expected, got : ndarray
    tolerance : float
    single : bool
        Whether ``got`` has numbers of 32 bits: what these cannot hold is infinite there.
    excused : ndarray of bool, optional
        Rows whose answer may be another.

    Returns
    -------
    largest : float
        The largest difference of numbers, relative as above; 0 for labels that are equal.
    difference : Difference or None
    """
    one, other = np.asarray(expected), np.asarray(got)
    if one.shape != other.shape and one.size == other.size and one.shape[:1] == other.shape[:1]:
        other = other.reshape(one.shape)
    if one.shape != other.shape:
        return np.inf, Difference(np.arange(len(one)), 0, f"shape {one.shape}", f"shape {other.shape}")
    if not one.size:
        return 0.0, None
    if one.dtype.kind == "O" and other.dtype.kind in "iuf" and not any(isinstance(v, str) for v in one.ravel()[:50]):
        one = one.astype(np.float64)
    if one.dtype.kind in "OUSb" or other.dtype.kind in "OUSb" or (one.dtype.kind in "iu" and other.dtype.kind in "iu"):
        wrong = _unequal(one, other).reshape(len(one), -1).any(axis=1)
        if excused is not None:
            wrong &= ~excused
        largest = 0.0
    else:
        excess = _excess(one.astype(np.float64), other.astype(np.float64), single).reshape(len(one), -1).max(axis=1)
        if excused is not None:
            excess = np.where(excused, 0.0, excess)
        wrong, largest = ~(excess <= tolerance), float(excess.max())
    if not wrong.any():
        return largest, None
    rows = np.flatnonzero(wrong)
    worst = int(rows[0]) if one.dtype.kind not in "fc" else int(rows[np.argmax(excess[rows])])
    return largest, Difference(rows, worst, one[worst], other[worst])


def _unequal(one: Any, other: Any) -> Any:
    if one.dtype.kind in "OUS" or other.dtype.kind in "OUS":
        left = np.array([_text(value) for value in one.ravel().tolist()], object)
        right = np.array([_text(value) for value in other.ravel().tolist()], object)
        return (left != right).reshape(one.shape)
    return one != other


def _text(value: Any) -> str:
    if value is None or value != value:
        return "nan"
    return value if isinstance(value, str) else repr(value)


def _excess(one: Any, other: Any, single: bool) -> Any:
    with np.errstate(all="ignore"):
        table = np.abs(one).reshape(len(one), -1)
        known = np.where(np.isfinite(table) & (table > 0), table, np.nan)
        some = ~np.isnan(known).all(axis=0)
        scale = np.ones(table.shape[1])
        if some.any():
            scale[some] = np.nanmedian(known[:, some], axis=0)
        size = np.maximum(np.where(np.isfinite(table), table, 0.0), scale).reshape(one.shape)
        same = (one == other) | (np.isnan(one) & np.isnan(other))
        if single:
            narrow = one.astype(np.float32).astype(np.float64)
            same |= np.isinf(narrow) & (narrow == other)
            # Below the normal numbers of 32 bits nothing is left of the digits.
            same |= (np.abs(one) < 1.2e-38) & (np.abs(other) < 1.2e-38)
        gap = np.abs(one - other) / size
        return np.where(same, 0.0, np.where(np.isnan(gap), np.inf, gap))


def undecided(label: Any, scores: Mapping[str, Any], tolerance: float) -> Any:
    """Return the rows whose label may be either of two: the best two scores are as near as numbers may differ.

    Parameters
    ----------
    label : ndarray
        What the estimator says.
    scores : mapping of str to ndarray or list of them
        How sure it is, by method; ``margin`` is how far a row is from being labelled otherwise.
    tolerance : float
    """
    found = np.zeros(len(label), bool)
    for name, value in scores.items():
        for part in value if isinstance(value, list) else [value]:
            array = np.asarray(part, np.float64)
            if array.shape[:1] != label.shape[:1] or not array.size:
                continue
            found |= _near(name, array, label, tolerance)
    return found


def _near(name: str, scores: Any, label: Any, tolerance: float) -> Any:
    with np.errstate(all="ignore"):
        size = np.abs(np.where(np.isfinite(scores), scores, 0.0))
        scale = max(float(np.median(size)), 1e-12)
        if scores.ndim == 1 or name == "margin":
            gap = np.abs(scores).reshape(len(scores), -1).min(axis=1)
        elif label.ndim == 2 and label.shape == scores.shape:
            # One answer for each column: each is asked by itself.
            gap = np.abs(scores - (0.5 if name == "predict_proba" else 0.0)).min(axis=1)
        elif scores.shape[1] > 1:
            best = np.sort(scores, axis=1)
            gap = best[:, -1] - best[:, -2]
        else:
            return np.zeros(len(scores), bool)
        largest = np.maximum(size.reshape(len(scores), -1).max(axis=1), scale)
        return ~(gap > tolerance * largest)
