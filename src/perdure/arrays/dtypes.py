"""The closed list of logical dtypes, and how the values of each are stored.

A logical dtype is named by numpy's own string (``<f8``, ``|b1``, ``<M8[ns]``, ``<U7``) as a little-endian
machine spells it: ``<`` is the machine's own byte order and ``>`` the other one. Values are stored
little-endian whatever the machine, so a model of an s390x server has its own byte order on a laptop.
``intp`` is the integer that indexes memory: 64 bits in the file, the machine's own width once loaded.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..errors import FormatError, LimitError, UnsupportedError
from ..graph.nodes import ArraySpec

__all__ = ["INTP", "MAX_TEXT", "Stored", "check_spec", "name_of", "parse", "stored"]

INTP = "intp"
# The longest fixed string: a longer one is a document and belongs into an array of objects.
MAX_TEXT = 1 << 20
# numpy 1.x knows no more dimensions.
MAX_DIMS = 32
_MAX_BYTES = (1 << 63) - 1
_ADDRESSABLE = sys.maxsize

_CODES = {
    "b1": "BOOL",
    "i1": "I8",
    "i2": "I16",
    "i4": "I32",
    "i8": "I64",
    "u1": "U8",
    "u2": "U16",
    "u4": "U32",
    "u8": "U64",
    "f2": "F16",
    "f4": "F32",
    "f8": "F64",
}
_UNITS = frozenset(("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"))
_BIG = sys.byteorder == "big"
_SWAPPED = {"<": ">", ">": "<", "|": "|"}


class Stored(NamedTuple):
    """How the values of a logical dtype lie in the file.

    Attributes
    ----------
    code : str
        The dtype of safetensors: ``F64``, ``U8`` ….
    component : str
        numpy's string of that dtype, little-endian.
    itemsize : int
        Bytes of one component: what the codecs work on.
    extra : tuple of int
        A further last dimension, where one value is several components.
    size : int
        Bytes of one value.
    """

    code: str
    component: str
    itemsize: int
    extra: tuple[int, ...]
    size: int


def name_of(dtype: np.dtype[Any]) -> str:
    """Return the logical name of a numpy dtype.

    Parameters
    ----------
    dtype : numpy.dtype

    Returns
    -------
    str
        Never ``intp``: that an integer indexes memory is known to the caller alone.

    Raises
    ------
    UnsupportedError
        For long double, objects, structured and void dtypes, and strings beyond the bound.

    Examples
    --------
    >>> import numpy as np
    >>> from perdure.arrays.dtypes import name_of
    >>> name_of(np.dtype("float64")), name_of(np.dtype("datetime64[ns]"))
    ('<f8', '<M8[ns]')
    """
    name = dtype.str
    if _BIG:
        name = _SWAPPED.get(name[0], name[0]) + name[1:]
    if name not in _DTYPES and (_parse(name) is None or dtype.fields is not None or dtype.kind not in "SUMm"):
        raise UnsupportedError(*_refusal(dtype))
    return name


def _refusal(dtype: np.dtype[Any]) -> tuple[str]:
    if dtype.kind in "fc":
        return (
            f"an array of {dtype.name} cannot be saved: long double has another size and meaning on other machines;"
            " turn it into float64 (or complex128) first: array.astype('float64')",
        )
    if dtype.kind in "SU":
        return (
            f"an array of fixed strings of {dtype.itemsize:,} bytes each cannot be saved;"
            " use an array of objects: array.astype(object)",
        )
    return (f"an array of dtype {dtype} cannot be saved as one block of numbers",)


def parse(name: str) -> np.dtype[Any]:
    """Return the numpy dtype of a logical name, as this machine holds it in memory.

    Parameters
    ----------
    name : str
        The canonical spelling: numpy's ``.str`` on a little-endian machine, or ``intp``.

    Returns
    -------
    numpy.dtype

    Raises
    ------
    FormatError
        For every other name.

    Examples
    --------
    >>> from perdure.arrays.dtypes import parse
    >>> parse("<i4").name
    'int32'
    """
    known = _DTYPES.get(name)
    if known is None:
        known = _parse(name)
        if known is None:
            raise FormatError(f"{name[:60]!r} is not a dtype that a file may hold")
    return known


@lru_cache(maxsize=1024)
def _parse(name: str) -> np.dtype[Any] | None:
    """Return the dtype of a string or a datetime, None when the name is not exactly numpy's own."""
    kind, rest = name[1:2], name[2:]
    if kind in ("S", "U"):
        # isdecimal alone would let other scripts' digits through.
        if not (rest.isascii() and rest.isdecimal() and len(rest) <= 7 and rest[0] != "0" and int(rest) <= MAX_TEXT):
            return None
    elif kind in ("M", "m"):
        if not _is_time(rest):
            return None
    else:
        return None
    if name[0] != ("|" if kind == "S" else "<") and not (name[0] == ">" and kind != "S"):
        return None
    dtype = np.dtype(name)
    if dtype.str != name:
        return None
    return dtype.newbyteorder() if _BIG and kind != "S" else dtype


def _is_time(rest: str) -> bool:
    """Say whether this is ``8``, ``8[unit]`` or ``8[<count>unit]``."""
    if rest == "8":
        return True
    if not (rest.startswith("8[") and rest.endswith("]") and rest.isascii()):
        return False
    unit = rest[2:-1].lstrip("0123456789")
    count = rest[2 : -1 - len(unit)]
    return unit in _UNITS and (not count or (count[0] != "0" and len(count) <= 9))


def _machine(name: str) -> np.dtype[Any]:
    return np.dtype(_SWAPPED[name[0]] + name[1:] if _BIG else name)


_NUMBERS = [("|" if code[1] == "1" else "<") + code for code in _CODES] + ["<c8", "<c16"]
_DTYPES: dict[str, np.dtype[Any]] = {
    name: _machine(name)
    for number in _NUMBERS
    for name in ((number,) if number[0] == "|" else (number, ">" + number[1:]))
}
# numpy's long and long long of one size are told apart by their names alone: the common one is meant.
_DTYPES[INTP] = np.dtype(np.intp)


@lru_cache(maxsize=1024)
def stored(name: str) -> Stored:
    """Return how the values of a logical dtype lie in the file.

    Parameters
    ----------
    name : str
        A logical dtype; FormatError for anything else.

    Returns
    -------
    Stored

    Examples
    --------
    >>> from perdure.arrays.dtypes import stored
    >>> stored("<c16")
    Stored(code='F64', component='<f8', itemsize=8, extra=(2,), size=16)
    """
    dtype = parse(name)
    kind, size = dtype.kind, dtype.itemsize
    if name == INTP:
        return Stored("I64", "<i8", 8, (), 8)
    if kind == "c":
        return Stored("F32" if size == 8 else "F64", f"<f{size // 2}", size // 2, (2,), size)
    if kind in "Mm":
        return Stored("I64", "<i8", 8, (), 8)
    if kind == "S":
        return Stored("U8", "|u1", 1, (size,), size)
    if kind == "U":
        return Stored("U32", "<u4", 4, (size // 4,), size)
    return Stored(_CODES[name[1:]], ("|" if size == 1 else "<") + name[1:], size, (), size)


def check_spec(spec: ArraySpec) -> int:
    """Return the bytes that an array takes; refuse dtypes and shapes that no array can have.

    Parameters
    ----------
    spec : ArraySpec

    Returns
    -------
    int
        Bytes of its content, computed in Python's own integers.

    Raises
    ------
    FormatError
        For an unknown dtype, a negative length, or a shape beyond what 64 bits can address.
    LimitError
        For a shape beyond what this machine can address.
    """
    size = stored(spec.dtype).size
    shape = spec.shape
    if len(shape) > MAX_DIMS:
        raise FormatError(f"an array of {len(shape)} dimensions; no more than {MAX_DIMS} are allowed")
    if not shape:
        return size
    # numpy refuses an empty array whose other lengths overflow, so zeros count as ones here.
    room = (shape[0] or 1) * size if len(shape) == 1 else prod([length or 1 for length in shape]) * size
    if min(shape) < 0 or room > _MAX_BYTES:
        raise FormatError(f"no array can have the shape {_shown(shape)}")
    if room > _ADDRESSABLE:
        raise LimitError(f"an array of the shape {_shown(shape)} is larger than this machine can address")
    return 0 if 0 in shape else room


def _shown(shape: tuple[int, ...]) -> str:
    return "(" + ", ".join(str(n) if -(1 << 70) < n < 1 << 70 else "…" for n in shape[:8]) + ")"
