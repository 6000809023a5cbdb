"""Between an array in memory and its content: little-endian bytes in the order of its spec."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from ..errors import FormatError, InvalidError
from ..graph.nodes import ArraySpec, Order
from .dtypes import INTP, parse

__all__ = ["BLOCK", "AnyArray", "as_array", "is_direct", "little", "order_of", "plain", "sample", "stream", "unfit"]

AnyArray: TypeAlias = np.ndarray[Any, Any]

# What is not contiguous is copied so many bytes at a time.
BLOCK = 1 << 18
_MAX_CODE_POINT = 0x10FFFF
# numpy's stubs do not know "contig", which asks for blocks that are contiguous.
_OP_FLAGS: Any = [["readonly", "contig"]]


@lru_cache(maxsize=1024)
def little(name: str) -> np.dtype[Any]:
    """Return the dtype of the content: the logical one, little-endian."""
    return np.dtype("<i8") if name == INTP else parse(name).newbyteorder("<")


@lru_cache(maxsize=1024)
def is_direct(name: str) -> bool:
    """Say whether memory holds the very bytes of the content."""
    return bool(parse(name) == little(name))


@lru_cache(maxsize=1024)
def plain(name: str) -> np.dtype[Any] | None:
    """Return the dtype when memory holds the content and any bytes are values of it; None when there is more to do."""
    dtype = parse(name)
    return dtype if is_direct(name) and dtype.kind not in "bU" else None


def order_of(array: AnyArray) -> Order:
    """Return F for what is column-major and not row-major, C for everything else."""
    flags = array.flags
    return "F" if flags.f_contiguous and not flags.c_contiguous else "C"


def stream(array: AnyArray, name: str, order: Order) -> Iterator[memoryview]:
    """Yield the content of an array in pieces: itself where its memory is the content, else copies of blocks."""
    if order == "F":
        array = array.T
    if not array.size:
        return
    wanted = little(name)
    if array.flags.c_contiguous and array.dtype == wanted:
        yield memoryview(array.reshape(-1).view(np.uint8))
    elif array.nbytes <= BLOCK:
        yield memoryview(np.ascontiguousarray(array, wanted).reshape(-1).view(np.uint8))
    else:
        blocks: Any = np.nditer(
            array,
            flags=["external_loop", "buffered"],
            op_flags=_OP_FLAGS,
            op_dtypes=[wanted],
            order="C",
            casting="safe",
            buffersize=max(BLOCK // wanted.itemsize, 1),
        )
        for block in blocks:
            # The iterator fills the same memory again for the next block.
            yield memoryview(block.tobytes())


def sample(array: AnyArray, name: str, order: Order, windows: int, size: int) -> bytes:
    """Return some ``windows`` pieces of about ``size`` bytes of the content, from all over the array."""
    if order == "F":
        array = array.T
    row = array.nbytes // len(array)
    while array.ndim > 1 and row > size:
        array = array[len(array) // 2]
        row = array.nbytes // len(array)
    rows = max(size // row, 1)
    starts = (window * max(len(array) - rows, 0) // max(windows - 1, 1) for window in range(windows))
    return b"".join(b"".join(stream(array[start : start + rows], name, "C")) for start in starts)


def as_array(spec: ArraySpec, content: memoryview | bytes | AnyArray) -> AnyArray:
    """Return the array of a content: on its memory where that is possible, writable if the memory is.

    Raises
    ------
    FormatError
        When the bytes are no values of the dtype.
    InvalidError
        When an index does not fit into this machine's memory.
    """
    dtype = parse(spec.dtype)
    direct = is_direct(spec.dtype)
    array: AnyArray = np.ndarray(spec.shape, dtype if direct else little(spec.dtype), content, order=spec.order)
    wrong = unfit(array)
    if wrong is not None:
        raise FormatError(f"an array of the file holds {wrong}")
    return array if direct else _to_machine(array, dtype)


def _to_machine(array: AnyArray, dtype: np.dtype[Any]) -> AnyArray:
    """Return the values in the byte order and width of this machine, in memory of their own."""
    if dtype.itemsize < array.dtype.itemsize:
        known = np.iinfo(dtype)
        if array.size and (array.min() < known.min or array.max() > known.max):
            raise InvalidError(
                f"an index of the model does not fit into this machine's {8 * dtype.itemsize} bits",
                fix="load the model on a 64-bit machine",
            )
    return array.astype(dtype, order="K")


def unfit(array: AnyArray) -> str | None:
    """Return what bytes there are that no value of the dtype has: booleans beyond 1, code points beyond Unicode."""
    kind = array.dtype.kind
    if kind == "b":
        if array.size and array.view(np.uint8).max() > 1:
            return "booleans with bytes other than 0 and 1"
    elif kind == "U" and array.size:
        flat = np.ascontiguousarray(array if array.flags.c_contiguous else array.T).reshape(-1)
        if flat.view(flat.dtype.byteorder + "u4").max() > _MAX_CODE_POINT:
            return "strings with numbers that are no characters"
    return None
