"""scipy.sparse matrices and arrays, by the arrays that they are made of."""

from __future__ import annotations

import operator
from typing import Any

from ...errors import InvalidError, UnsupportedError
from ..base import Converter

__all__ = ["SPARSE"]


def _to_state(matrix: Any) -> dict[str, Any]:
    kind = matrix.format
    state: dict[str, Any] = {"shape": tuple(map(int, matrix.shape))}
    if kind in ("csr", "csc", "bsr"):
        state.update(data=matrix.data, indices=matrix.indices, indptr=matrix.indptr)
    elif kind == "coo":
        coords = getattr(matrix, "coords", None)
        state.update(data=matrix.data, coords=tuple(coords) if coords is not None else (matrix.row, matrix.col))
    elif kind == "dia":
        state.update(data=matrix.data, offsets=matrix.offsets)
    elif kind == "lil":
        state.update(data=matrix.data, rows=matrix.rows, dtype=matrix.dtype)
    elif kind == "dok":
        state.update(items=dict(matrix.items()), dtype=matrix.dtype)
    else:
        raise UnsupportedError(f"a sparse matrix of format {kind!r} cannot be saved", fix="convert it: matrix.tocsr()")
    return state


def _from_state(cls: Any, state: dict[str, Any]) -> Any:
    shape = state["shape"]
    if type(shape) is not tuple or not all(type(length) is int and 0 <= length < 1 << 62 for length in shape):
        raise InvalidError("the shape of a sparse matrix is a tuple of lengths")
    if "items" in state:
        made = cls(shape, dtype=state["dtype"])
        for key, value in state["items"].items():
            inside = type(key) is tuple and len(key) == len(shape)
            if not inside or not all(0 <= operator.index(i) < n for i, n in zip(key, shape, strict=True)):
                raise InvalidError(f"an entry of a sparse matrix lies outside of it, at {key!r:.60}")
            if not isinstance(value, made.dtype.type):
                raise InvalidError(f"an entry of a sparse matrix is no {made.dtype}")
        # Setting them one by one would change the types of the keys.
        dict.update(made._dict if hasattr(made, "_dict") else made, state["items"])
        return made
    data = state["data"]
    if "rows" in state:
        if state["rows"].shape != data.shape or state["rows"].shape != shape[:1]:
            raise InvalidError("the rows of a sparse matrix do not fit its shape")
        made = cls(shape, dtype=state["dtype"])
        made.data, made.rows = data, state["rows"]
        return made
    # Made from its parts, never from its shape alone, which may ask for any amount of memory. Then the
    # parts are put in their places as they are: scipy narrows indices and copies.
    if "indptr" in state:
        made = cls((data, state["indices"], state["indptr"]), shape=shape, copy=False)
        made.data, made.indices, made.indptr = data, state["indices"], state["indptr"]
    elif "coords" in state:
        made = cls((data, state["coords"]), shape=shape, copy=False)
        made.data = data
        if hasattr(made, "coords"):
            made.coords = state["coords"]
        else:
            made.row, made.col = state["coords"]
    else:
        made = cls((data, state["offsets"]), shape=shape, copy=False)
        made.data, made.offsets = data, state["offsets"]
    return made


SPARSE = Converter("sparse", _to_state, _from_state)
