"""Nodes to dtypes and scalars of numpy."""

from __future__ import annotations

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
    return np.dtype(
        {
            "names": [field[0] for field in node.fields],
            "formats": [(numpy_dtype(field[1]), field[2]) for field in node.fields],
            "offsets": [field[3] for field in node.fields],
            "itemsize": node.itemsize,
        },
        align=node.aligned,
    )


def put_field(made: Any, name: str, data: Any) -> None:
    """Fill a field of a structured array with values of its dtype; numpy would convert any others."""
    # What was validated has to be what is built: as a flag each child of a tree would be 0 or 1.
    if data.dtype.newbyteorder("=") != made.dtype[name].base.newbyteorder("="):
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
