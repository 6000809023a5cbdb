"""Nodes to dtypes and scalars of numpy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ..arrays.dtypes import parse
from ..errors import FormatError, InvalidError
from ..graph.nodes import DType
from ..graph.structure import Path

__all__ = ["numpy_dtype", "numpy_scalar", "put_field"]


def numpy_dtype(node: DType) -> np.dtype[Any]:
    """Return the dtype that a node stands for."""
    if not node.fields:
        return np.dtype(object) if node.name == "|O" else parse(node.name)
    if len(node.fields) > _FEW or any(inner.fields for _, inner, _, _ in node.fields):
        inside = [(name, numpy_dtype(inner), shape, offset) for name, inner, shape, offset in node.fields]
        return _structured(inside, node.itemsize, node.aligned)
    plain = tuple([(name, inner.name, shape, offset) for name, inner, shape, offset in node.fields])
    # A copy, for whoever has an array can give its fields other names.
    return np.dtype(_plain(plain, node.itemsize, node.aligned), copy=True)


# Of plain fields, so many at most: all trees have the same ones.
_FEW = 64


@lru_cache(maxsize=64)
def _plain(fields: tuple[tuple[str, str, tuple[int, ...], int], ...], itemsize: int, aligned: bool) -> np.dtype[Any]:
    typed = [
        (name, np.dtype(object) if kind == "|O" else parse(kind), shape, offset) for name, kind, shape, offset in fields
    ]
    return _structured(typed, itemsize, aligned)


def _structured(
    fields: Sequence[tuple[str, np.dtype[Any], tuple[int, ...], int]], itemsize: int, aligned: bool
) -> np.dtype[Any]:
    names, types, shapes, offsets = zip(*fields, strict=True)
    formats = list(zip(types, shapes, strict=True))
    return np.dtype(
        {"names": list(names), "formats": formats, "offsets": list(offsets), "itemsize": itemsize}, align=aligned
    )


def put_field(made: Any, name: str, data: Any) -> None:
    """Fill a field of a structured array with values of its dtype; numpy would convert any others."""
    # What was validated has to be what is built: as a flag each child of a tree would be 0 or 1.
    wanted = made.dtype[name].base
    if data.dtype != wanted and data.dtype.newbyteorder("=") != wanted.newbyteorder("="):
        raise InvalidError(f"the field {name!r:.60} of a structured array holds {data.dtype}")
    made[name] = data


def numpy_scalar(name: str, value: Any, path: Path) -> Any:
    """Return the numpy scalar of that dtype and value."""
    dtype = parse(name)
    try:
        if dtype.kind in "Mm":
            return np.int64(value).view(dtype)
        made = np.array(value, dtype)[()]
    except (ValueError, TypeError, OverflowError) as error:
        raise FormatError(f"a scalar of dtype {name} is damaged ({error})", path=str(path)) from None
    return made
