"""Arrays in the format of ``numpy.save``, on the bytes of their file."""

from __future__ import annotations

import io
from math import prod
from tokenize import TokenError
from typing import Any

import numpy as np

from ..errors import FormatError
from .pickle.values import Call, Name

__all__ = ["read_npy", "reduced_array", "reduced_dtype"]

_HEADER = 65536
# What numpy raises of a header that is none.
_NO_HEADER = (
    ValueError, TypeError, SyntaxError, RecursionError, MemoryError, EOFError, KeyError, IndexError, OverflowError,
    TokenError,
)  # fmt: skip


def read_npy(data: memoryview) -> tuple[Any, memoryview | None]:
    """Return the array of a file; for one of Python objects its dtype, and the bytes of the pickle that is inside.

    Parameters
    ----------
    data : memoryview

    Raises
    ------
    FormatError
        When the file is damaged.
    """
    head = io.BytesIO(bytes(data[:_HEADER]))
    try:
        version = np.lib.format.read_magic(head)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(head)
    except _NO_HEADER as error:
        raise FormatError(f"a file with an array is damaged ({str(error)[:80]})") from None
    rest = data[head.tell() :]
    if dtype.hasobject:
        return dtype, rest
    if not all(type(length) is int and 0 <= length < 1 << 62 for length in shape) or len(shape) > 32:
        raise FormatError(f"a file with an array is damaged: there is no shape {str(shape)[:80]}")
    if prod(shape) * dtype.itemsize != len(rest):
        raise FormatError(f"a file with an array of {dtype} and shape {shape} has {len(rest):,} bytes of values")
    order: Any = "F" if fortran else "C"
    try:
        return (np.ndarray(shape, dtype, rest, order=order) if len(rest) else np.empty(shape, dtype, order)), None
    except ValueError as error:
        raise FormatError(f"a file with an array is damaged ({str(error)[:80]})") from None


def reduced_dtype(dtype: np.dtype[Any], at: int) -> Call:
    """Return a plain dtype as numpy reduces it."""
    made = Call(Name("numpy", "dtype", at), (dtype.str[1:], False, True), at)
    size = dtype.itemsize if dtype.kind in "SU" else -1
    made.states.append((3, dtype.str[0], None, None, None, size, -1, 0))
    return made


def reduced_array(array: Any, subclass: Any, at: int) -> Call:
    """Return an array of another class than ndarray, or of Python objects, as numpy reduces it."""
    made = Call(Name("numpy", "_reconstruct", at), (subclass, (0,), b"b"), at)
    values = array.tobytes("A")
    fortran = bool(array.flags.f_contiguous and not array.flags.c_contiguous)
    made.states.append((1, array.shape, reduced_dtype(array.dtype, at), fortran, values))
    return made
