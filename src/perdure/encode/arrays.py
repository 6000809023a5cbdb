"""Arrays, scalars and dtypes of numpy to nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..converters import Marked
from ..converters.numpy.strided import layout
from ..errors import UnsupportedError
from ..graph.audit import wide
from ..graph.nodes import Array, DType, Node, Objects, Order, Scalar, Structured
from ..graph.structure import Path
from ..trust.tables import tables
from .names import type_name

if TYPE_CHECKING:
    from .encoder import Encoder

__all__ = ["ArrayEncoder"]


class ArrayEncoder:
    """Encodes what is numpy's for one encoder.

    Parameters
    ----------
    encoder : Encoder
    """

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder

    def value(self, value: Any, path: Path) -> Node:
        """Return the node of an array of another class, a scalar or a dtype."""
        if isinstance(value, np.ndarray):
            return self.other_array(value, path)
        return self.scalar(value, path) if isinstance(value, np.generic) else self.dtype(value, path)

    def array(self, value: Any, path: Path, dtype: str | None = None) -> Node:
        identity: Any = id(value)
        if value.nbytes:
            # Two arrays over the same memory in the same way are one, whatever objects show it.
            identity = (value.__array_interface__["data"][0], value.shape, value.strides, value.dtype.str)
        return self.encoder.tracked(identity, value, lambda: self.new_array(value, path, dtype))

    def new_array(self, value: Any, path: Path, dtype: str | None) -> Node:
        if value.dtype.hasobject:
            if value.dtype.names is not None:
                raise UnsupportedError(
                    "a structured array that holds Python objects cannot be saved",
                    path=str(path),
                    fix="use one array for each field, or a pandas.DataFrame",
                )
            if value.dtype.kind == "T":
                return self.encoder.converted("numpy.strings:array/1", "string-array", value, path)
            return Objects(value.shape, _order(value), self.encoder.all(value.ravel(order="C"), path))
        if value.dtype.names is not None:
            return self.structured(value, path, frozenset())
        if not value.flags.forc and value.dtype.kind in "fc" and layout(value.shape, value.strides, value.itemsize):
            return self.encoder.converted("numpy:strided/1", "strided", value, path)
        return self.plain(value, path, dtype)

    def plain(self, value: Any, path: Path, dtype: str | None = None) -> Node:
        try:
            return Array(self.encoder.arrays.add(value, dtype))
        except UnsupportedError as error:
            raise UnsupportedError(error.problem, path=str(path), fix=error.fix) from None

    def structured(self, value: Any, path: Path, intp: frozenset[str]) -> Node:
        fields: dict[str, Node] = {}
        for name in value.dtype.names:
            here = Path(path, f"[{name!r}]")
            if value[name].dtype.names is not None:
                fields[name] = self.structured(value[name], here, frozenset())
            else:
                fields[name] = self.plain(value[name], here, "intp" if name in intp else None)
        return Structured(_structured_dtype(value.dtype, intp, path), value.shape, _order(value), fields)

    def other_array(self, value: Any, path: Path) -> Node:
        if type(value) is np.memmap:
            return self.array(np.asarray(value), path)
        name = type_name(type(value))
        if name not in tables().logical:
            raise UnsupportedError(
                f"an array of the class {name} cannot be saved",
                path=str(path),
                fix="make it plain: numpy.asarray(array)",
            )
        encoder = self.encoder
        return encoder.tracked(id(value), value, lambda: encoder.instance(value, path))

    def marked(self, value: Marked, path: Path) -> Node:
        array = np.asarray(value.array)
        if value.fields is None:
            return self.array(array, path, "intp")
        return self.structured(array, path, value.fields)

    def scalar(self, value: Any, path: Path) -> Node:
        dtype = value.dtype
        kind = dtype.kind
        if kind in "Mm":
            return Scalar(dtype.str, int(value.view("i8")))
        if kind in "SU":
            # An empty text has a dtype that no array can have.
            return Scalar(dtype.str if dtype.itemsize else np.dtype((dtype.type, 1)).str, value.item())
        if kind in "biufc" and dtype.char not in "gG":
            return Scalar(dtype.str, value.item())
        if kind == "V":
            return self.encoder.instance(value, path)
        raise UnsupportedError(
            f"a numpy scalar of dtype {dtype} cannot be saved: its width differs between machines",
            path=str(path),
            fix="convert it first: float(value)",
        )

    def dtype(self, value: Any, path: Path) -> Node:
        if value.names is not None:
            return _structured_dtype(value, frozenset(), path)
        if value.kind == "T":
            return self.encoder.instance(value, path)
        if value.kind not in "biufcmMSUO" or value.char in "gG" or (value.kind in "SU" and not value.itemsize):
            raise UnsupportedError(
                f"the dtype {value} cannot be saved",
                path=str(path),
                fix="use one such as float64, int64, object or <U20",
            )
        return DType(value.str)


def _order(value: Any) -> Order:
    return "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"


def _structured_dtype(dtype: Any, intp: frozenset[str], path: Path) -> DType:
    fields = []
    if dtype.type is not np.void:
        raise UnsupportedError(
            "a dtype of records cannot be saved",
            path=str(path),
            fix="use its plain form: numpy.dtype((numpy.void, dtype))",
        )
    for name in dtype.names:
        inner, offset = dtype.fields[name][:2]
        base, shape = (inner.base, inner.shape) if inner.shape else (inner, ())
        if base.kind == "V" and base.names is None:
            raise UnsupportedError(f"the field {name!r} of a structured array has no dtype of its own", path=str(path))
        node = (
            DType("intp")
            if name in intp
            else _structured_dtype(base, frozenset(), path)
            if base.names
            else DType(base.str)
        )
        fields.append((name, node, tuple(shape), int(offset)))
    made = DType("", tuple(fields), int(dtype.itemsize), bool(dtype.isalignedstruct))
    return wide(made) if intp and np.dtype(np.intp).itemsize < 8 else made
