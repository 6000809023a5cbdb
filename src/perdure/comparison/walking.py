"""Two values side by side: where they differ, and by how much."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from ..errors import shown

__all__ = ["Change", "changes"]

_DEPTH = 40
_SHOWN = 100
Seen: TypeAlias = dict[tuple[int, int], tuple[Any, Any]]


@dataclass(frozen=True)
class Change:
    """One thing in which two models differ.

    Attributes
    ----------
    place : str
        Where, such as ``model.steps[1][1].coef_[0, 2]``.
    before, after : object
        What stands there, as a plain value or a short text; None where nothing does.
    size : float or None
        Of numbers: the largest difference, relative to the largest of both.
    """

    place: str
    before: Any
    after: Any
    size: float | None = None

    def __str__(self) -> str:
        return f"{self.place}: {_text(self.before)} → {_text(self.after)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:.6g}" if isinstance(value, float) else shown(value, _SHOWN)


def changes(before: Any, after: Any, place: str) -> tuple[list[Change], list[Change]]:
    """Return in what parameters and in what fitted attributes two values differ.

    Parameters
    ----------
    before, after : object
    place : str
        Where they stand.
    """
    parameters: list[Change] = []
    attributes: list[Change] = []
    seen: Seen = {}
    for change, is_parameter in _walk(before, after, place, False, 0, seen):
        (parameters if is_parameter else attributes).append(change)
    return parameters, attributes


def _walk(a: Any, b: Any, place: str, parameter: bool, depth: int, seen: Seen) -> Iterator[tuple[Change, bool]]:
    if a is b or depth > _DEPTH:
        return
    if type(a) is not type(b) and not (_is_number(a) and _is_number(b)):
        yield Change(place, _short(a), _short(b)), parameter
    elif isinstance(a, np.ndarray):
        if (found := _arrays(a, b, place)) is not None:
            yield found, parameter
        elif a.dtype.hasobject and a.shape == b.shape:
            for index in np.ndindex(a.shape):
                yield from _walk(a[index], b[index], f"{place}{list(index)}", parameter, depth + 1, seen)
    elif _is_plain(a):
        if not _same(a, b):
            yield Change(place, _short(a), _short(b), _relative(a, b)), parameter
    else:
        pair = (id(a), id(b))
        if pair not in seen:
            # Kept, so that no other object gets the same id.
            seen[pair] = (a, b)
            yield from _inside(a, b, place, parameter, depth, seen)


def _inside(a: Any, b: Any, place: str, parameter: bool, depth: int, seen: Seen) -> Iterator[tuple[Change, bool]]:
    if isinstance(a, (list, tuple)):
        if len(a) != len(b):
            yield Change(place, f"{len(a):,} items", f"{len(b):,} items"), parameter
        for index, (x, y) in enumerate(zip(a, b, strict=False)):
            yield from _walk(x, y, f"{place}[{index}]", parameter, depth + 1, seen)
        return
    if isinstance(a, (set, frozenset)):
        if a != b:
            yield Change(place, _short(sorted(map(str, a - b))), _short(sorted(map(str, b - a)))), parameter
        return
    if isinstance(a, Mapping):
        named = {key: (f"{place}[{shown(key)}]", parameter) for key in (*a, *b)}
        yield from _members(a, b, named, depth, seen)
        return
    if hasattr(a, "tocsr"):
        one, other = a.tocsr(), b.tocsr()
        if one.shape != other.shape or (one != other).nnz:
            size = None if one.shape != other.shape else _relative(abs(one - other).max(), 0.0)
            yield Change(place, _short(a), _short(b), size), parameter
        return
    state, other_state = _state(a), _state(b)
    # An estimator says which of its attributes are parameters; it may be one itself, as a step of a pipeline is.
    own = set(a.get_params(deep=False)) if hasattr(a, "get_params") else set(state if parameter else ())
    names = {key: (f"{place}.{key}", key in own) for key in (*state, *other_state)}
    yield from _members(state, other_state, names, depth, seen)


def _members(
    a: Mapping[Any, Any], b: Mapping[Any, Any], names: Mapping[Any, tuple[str, bool]], depth: int, seen: Seen
) -> Iterator[tuple[Change, bool]]:
    for key, (place, parameter) in names.items():
        if key not in a or key not in b:
            yield Change(place, _short(a.get(key)), _short(b.get(key))), parameter
        else:
            yield from _walk(a[key], b[key], place, parameter, depth + 1, seen)


def _state(value: Any) -> dict[str, Any]:
    """Return the attributes of an object; of one of C code, such as a tree, what it says of itself to be copied."""
    found = getattr(value, "__dict__", None)
    if found:
        return dict(found)
    try:
        said = value.__getstate__() if hasattr(value, "__getstate__") else None
    except TypeError:
        # Made of nothing but its type.
        return {}
    return dict(said) if isinstance(said, dict) else {} if said is None else {"state": said}


def _arrays(a: np.ndarray, b: np.ndarray, place: str) -> Change | None:
    if a.shape != b.shape or (a.dtype != b.dtype and "O" in (a.dtype.kind, b.dtype.kind)):
        return Change(place, _short(a), _short(b))
    if a.dtype.hasobject or not a.size:
        return None
    if a.dtype.names is not None:
        found = [
            _arrays(a[name], b[name], f"{place}[{name!r}]") for name in a.dtype.names if name in (b.dtype.names or ())
        ]
        return max((item for item in found if item is not None), key=lambda item: item.size or 0.0, default=None)
    with np.errstate(all="ignore"):
        if a.dtype.kind not in "biufc" or b.dtype.kind not in "biufc":
            other = np.asarray(a != b)
            distance: Any = other.astype(float)
        else:
            wide = np.result_type(a.dtype, b.dtype, np.float64)
            distance = np.abs(a.astype(wide) - b.astype(wide))
            other = ~((a == b) | ((a != a) & (b != b)))
        if not other.any():
            return None
        distance = np.where(other, np.where(np.isnan(distance), np.inf, distance), -1.0)
    worst = np.unravel_index(int(np.argmax(distance)), a.shape)
    at = "[" + ", ".join(str(int(index)) for index in worst) + "]" if a.ndim else ""
    scale = _largest(a, b)
    size = float(distance[worst]) / scale if scale else None
    return Change(place + at, _short(a[worst]), _short(b[worst]), size)


def _largest(*arrays: np.ndarray) -> float:
    found = [np.abs(array[np.isfinite(array)]).max(initial=0) for array in arrays if array.dtype.kind in "biuf"]
    return float(max(found, default=0.0))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _is_plain(value: Any) -> bool:
    plain = (str, bytes, bool, int, float, complex, np.generic, type(None), type, range, slice, np.ufunc)
    # Functions: objects that can be called have a state of their own.
    return isinstance(value, plain) or hasattr(value, "__qualname__")


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) or (a != a and b != b)


def _relative(a: Any, b: Any) -> float | None:
    if not (_is_number(a) and _is_number(b)):
        return None
    largest = max(abs(float(a)), abs(float(b)))
    if not math.isfinite(largest):
        return math.inf
    return abs(float(a) - float(b)) / largest if largest else 0.0


def _short(value: Any) -> Any:
    """Return a value as plain data: itself where it is a short one, else what it is in a few words."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value - value != 0:
        return repr(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, np.ndarray) or hasattr(value, "tocsr"):
        return f"{type(value).__name__} of {value.dtype}, shape {value.shape}"
    if isinstance(value, str):
        return value[:_SHOWN]
    if isinstance(value, type) or callable(value):
        return str(getattr(value, "__qualname__", type(value).__name__))
    if hasattr(value, "get_params"):
        return f"{type(value).__name__}(…)"
    return shown(value, _SHOWN)
