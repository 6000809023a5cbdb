"""Two outputs for the same rows: equal bit for bit, close, or different, and where they differ most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

__all__ = ["RTOL", "RTOL_SINGLE", "Comparison", "Verdict", "compare_outputs"]

Verdict: TypeAlias = Literal["equal", "close", "different"]

RTOL = 1e-7
RTOL_SINGLE = 2e-6
_RANK: dict[Verdict, int] = {"equal": 0, "close": 1, "different": 2}
_MOST_CELLS = 1 << 24


@dataclass(frozen=True)
class Comparison:
    """How one output of now differs from that of then.

    Attributes
    ----------
    output : str
        The method.
    verdict : {"equal", "close", "different"}
        Equal bit for bit; within the bounds; or beyond them.
    row, column : int or None
        The worst place.
    then, now : object
        The values there.
    detail : str
        What differs, where it is no single value.
    """

    output: str
    verdict: Verdict
    row: int | None = None
    column: int | None = None
    then: Any = None
    now: Any = None
    detail: str = ""

    def __str__(self) -> str:
        if self.verdict == "equal":
            return f"{self.output}: equal bit for bit"
        if self.row is None:
            return f"{self.output}: {self.verdict}, {self.detail}"
        place = f"row {self.row}" + (f", column {self.column}" if self.column is not None else "")
        return f"{self.output}: {self.verdict}, worst at {place}: {self.then!r:.80} then, {self.now!r:.80} now"


def compare_outputs(then: Mapping[str, Any], now: Mapping[str, Any], missing: Mapping[str, str]) -> list[Comparison]:
    """Compare the outputs of an estimator, method by method.

    Numbers are close when they differ by no more than 1e-7 (32 bits: 2e-6) of the largest in their column. Labels
    have to be equal, except in a row whose two best scores were no further apart than that.

    Parameters
    ----------
    then, now : mapping of str to object
    missing : mapping of str to str
        Why an output of now is not there.
    """
    undecided = _undecided_rows(then)
    found = []
    for name, expected in then.items():
        if name in now:
            found.append(_compare(name, expected, now[name], undecided if name == "predict" else frozenset()))
        else:
            reason = missing.get(name, "it is not there")
            found.append(Comparison(name, "different", detail=f"no output now ({reason})"))
    return found


def _compare(name: str, then: Any, now: Any, undecided: frozenset[int]) -> Comparison:
    worst = Comparison(name, "equal")
    left, right = list(_leaves(then)), list(_leaves(now))
    if len(left) != len(right):
        return Comparison(name, "different", detail=f"{len(left)} arrays then, {len(right)} now")
    for one, other in zip(left, right, strict=True):
        found = _compare_arrays(name, one, other, undecided)
        if _RANK[found.verdict] > _RANK[worst.verdict]:
            worst = found
    return worst


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)) and not all(
        isinstance(item, (str, int, float, bool, type(None))) for item in value
    ):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _dense(value: Any) -> Any:
    if hasattr(value, "indptr"):
        return value.toarray() if value.shape[0] * value.shape[1] <= _MOST_CELLS else value.tocoo().data
    return np.asarray(value)


def _same_bits(one: Any, other: Any) -> bool:
    if hasattr(one, "indptr") and hasattr(other, "indptr"):
        parts = ((one.data, other.data), (one.indices, other.indices), (one.indptr, other.indptr))
        return one.shape == other.shape and all(np.array_equal(a, b) for a, b in parts[1:]) and _same_bits(*parts[0])
    return (
        isinstance(one, (np.ndarray, np.generic))
        and isinstance(other, (np.ndarray, np.generic))
        and one.dtype == other.dtype
        and one.shape == other.shape
        and not one.dtype.hasobject
        and one.tobytes() == other.tobytes()
    )


def _compare_arrays(name: str, one: Any, other: Any, undecided: frozenset[int]) -> Comparison:
    if _same_bits(one, other):
        return Comparison(name, "equal")
    then, now = _dense(one), _dense(other)
    if then.shape != now.shape:
        return Comparison(name, "different", detail=f"the shape was {then.shape} and is {now.shape}")
    if then.dtype.kind in "fc" and now.dtype.kind in "fc":
        return _compare_numbers(name, then, now)
    differs = _differing(then, now)
    if not differs.any():
        same = then.dtype == now.dtype
        return (
            Comparison(name, "equal")
            if same
            else Comparison(name, "close", detail=f"{then.dtype} then, {now.dtype} now")
        )
    places = np.argwhere(differs.reshape(differs.shape or (1,)))
    excused = [place for place in places if int(place[0]) in undecided]
    verdict: Verdict = "close" if len(excused) == len(places) else "different"
    place = next((p for p in places if int(p[0]) not in undecided), places[0])
    return _at(name, verdict, then, now, tuple(int(i) for i in place))


def _differing(then: Any, now: Any) -> Any:
    if then.dtype.kind == "O" or now.dtype.kind == "O":
        pairs = zip(then.reshape(-1).tolist(), now.reshape(-1).tolist(), strict=True)
        same = [a is b or bool(np.all(a == b)) or (a != a and b != b) for a, b in pairs]
        return ~np.array(same, bool).reshape(then.shape)
    return np.asarray(then != now) if then.size else np.zeros(then.shape, bool)


def _compare_numbers(name: str, then: Any, now: Any) -> Comparison:
    single = min(then.dtype.itemsize, now.dtype.itemsize) <= 4 * (2 if then.dtype.kind == "c" else 1)
    rtol = RTOL_SINGLE if single else RTOL
    with np.errstate(all="ignore"):
        same = (then == now) | (np.isnan(then) & np.isnan(now))
        finite = np.isfinite(then) & np.isfinite(now)
        size = np.where(np.isfinite(then), np.abs(then), 0.0)
        # A small number beside large ones has no more digits than they have.
        scale = size.max(axis=0, keepdims=True) if then.ndim == 2 else size.max(initial=0.0)
        excess = np.where(same, 0.0, np.where(finite, np.abs(then - now) / np.where(scale > 0, scale, 1.0), np.inf))
    if not excess.size:
        return Comparison(name, "equal" if then.dtype == now.dtype else "close", detail="another dtype")
    place = tuple(int(i) for i in np.unravel_index(int(np.argmax(excess)), excess.shape))
    return _at(name, "close" if excess[place] <= rtol else "different", then, now, place)


def _at(name: str, verdict: Verdict, then: Any, now: Any, place: tuple[int, ...]) -> Comparison:
    column = place[1] if len(place) > 1 else None
    a, b = (value[place] if value.ndim else value[()] for value in (then, now))
    return Comparison(name, verdict, place[0] if place else 0, column, _plain(a), _plain(b))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _undecided_rows(outputs: Mapping[str, Any]) -> frozenset[int]:
    """Return the rows whose two best scores are so close that the label may be either."""
    rows: set[int] = set()
    for name in ("predict_proba", "decision_function"):
        scores = outputs.get(name)
        if not isinstance(scores, np.ndarray) or scores.dtype.kind != "f" or not scores.size or scores.ndim > 2:
            continue
        rtol = RTOL_SINGLE if scores.dtype.itemsize <= 4 else RTOL
        if scores.ndim == 1:
            gap, scale = np.abs(scores), np.abs(scores).max()
        elif scores.shape[1] > 1:
            best = np.sort(scores, axis=1)
            gap, scale = best[:, -1] - best[:, -2], np.abs(scores).max()
        else:
            continue
        rows.update(np.flatnonzero(gap <= rtol * max(float(scale), 1e-300)).tolist())
    return frozenset(rows)
