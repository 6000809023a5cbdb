"""scipy.sparse matrices and arrays, by the arrays that they are made of."""

from __future__ import annotations

from typing import Any

from ..errors import UnsupportedError
from .base import Converter

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


def _from_state(cls: type, state: dict[str, Any]) -> Any:
    shape = state["shape"]
    if "indptr" in state:
        made = cls(shape, dtype=state["data"].dtype) if state["data"].ndim == 1 else cls.__new__(cls)  # type: ignore[call-arg]
        if state["data"].ndim == 3:
            made = cls(shape, dtype=state["data"].dtype, blocksize=state["data"].shape[1:])  # type: ignore[call-arg]
        # Set after construction: the constructor would copy, sort or narrow the index arrays.
        made.data, made.indices, made.indptr = state["data"], state["indices"], state["indptr"]
        return made
    if "coords" in state:
        made = cls(shape, dtype=state["data"].dtype)  # type: ignore[call-arg]
        made.data = state["data"]
        if hasattr(made, "coords"):
            made.coords = state["coords"]
        else:
            made.row, made.col = state["coords"]
        return made
    if "offsets" in state:
        made = cls(shape, dtype=state["data"].dtype)  # type: ignore[call-arg]
        made.data, made.offsets = state["data"], state["offsets"]
        return made
    made = cls(shape, dtype=state["dtype"])  # type: ignore[call-arg]
    if "rows" in state:
        made.data, made.rows = state["data"], state["rows"]
    else:
        for key, value in state["items"].items():
            made[key] = value
    return made


SPARSE = Converter("sparse", _to_state, _from_state)

