"""Memory for arrays: aligned, and no more of it than there is."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from ..errors import LimitError
from ..graph.nodes import Order
from .native import native

__all__ = ["ALIGNMENT", "Arena", "aligned", "apart", "check_free", "free_memory"]

# One cache line, and what BLAS kernels choose their path by.
ALIGNMENT = 64
# Below this an array shares a block of memory with its neighbours: three times as fast to make.
_SMALL = 1024
_BLOCK = 1 << 16
# Asking the system costs more than a small file is worth.
_UNASKED = 1 << 26


def aligned(shape: tuple[int, ...], dtype: np.dtype[Any], order: Order) -> np.ndarray[Any, Any]:
    """Return a new array, not initialised, whose data start at a multiple of 64 bytes.

    Parameters
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    order : {"C", "F"}

    Returns
    -------
    ndarray
    """
    size = dtype.itemsize
    for length in shape:
        size *= length
    if not size:
        return np.empty(shape, dtype, order)
    block = np.empty(size + ALIGNMENT, np.uint8)
    return np.ndarray(shape, dtype, block, _gap(block), order=order)


def apart(rows: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    """Return a copy of each row of an array, its data at a multiple of 64 bytes, and as it lies in memory, C or F.

    Parameters
    ----------
    rows : ndarray, shape (n, ...)

    Examples
    --------
    >>> import numpy as np
    >>> from perdure.arrays.memory import apart
    >>> apart(np.arange(4).reshape(2, 2))
    [array([0, 1]), array([2, 3])]
    """
    count, shape, dtype = len(rows), rows.shape[1:], rows.dtype
    order: Order = "F" if count and rows[0].flags.f_contiguous and not rows[0].flags.c_contiguous else "C"
    nbytes = rows.nbytes // count if count else 0
    if count and shape and not nbytes:
        return list(np.empty((count, *shape), dtype))
    if not shape or nbytes > _SMALL:
        made = [aligned(shape, dtype, order) for _ in range(count)]
        for copy, row in zip(made, rows, strict=True):
            copy[...] = row
        return made
    # Small ones lie in one block, each at the next multiple.
    each = (nbytes + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
    block = np.empty(count * each + ALIGNMENT, np.uint8)
    strides = np.ndarray(shape, dtype, block, 0, order=order).strides
    copies: np.ndarray[Any, Any] = np.ndarray((count, *shape), dtype, block, _gap(block), (each, *strides))
    copies[...] = rows
    return list(copies)


def _gap(block: np.ndarray[Any, Any]) -> int:
    """Return how many bytes of a block lie before the next multiple of 64."""
    if native.active:
        return native.library.gap(block)  # type: ignore[no-any-return]
    return int(-block.__array_interface__["data"][0] % ALIGNMENT)


class Arena:
    """Aligned arrays, the small ones cut from shared blocks of 64 KiB.

    Parameters
    ----------
    expected : int, default=65536
        Bytes that the small arrays will take: the first block is no longer than needed.
    """

    __slots__ = ("_block", "_end", "_memory", "_next", "_size")

    def __init__(self, expected: int = _BLOCK) -> None:
        self._size = min(max(expected, _SMALL), _BLOCK)
        self._next = self._end = 0
        self._block: Any = None
        self._memory = memoryview(b"")

    def _take(self, nbytes: int) -> int:
        """Return where in the block so many bytes are free, in a new block if need be."""
        start = self._next
        if start + nbytes > self._end or self._block is None:
            self._block = np.empty(self._size + ALIGNMENT, np.uint8)
            self._memory = memoryview(self._block)
            start = _gap(self._block)
            self._end = start + self._size
            self._size = _BLOCK
        self._next = start + (nbytes + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
        return start

    def array(self, shape: tuple[int, ...], dtype: np.dtype[Any], order: Order, nbytes: int) -> np.ndarray[Any, Any]:
        """Return a new array of that size, not initialised."""
        if nbytes > _SMALL:
            return aligned(shape, dtype, order)
        start = self._take(nbytes)
        return np.ndarray(shape, dtype, self._block, start, order=order)

    def filled(
        self, shape: tuple[int, ...], dtype: np.dtype[Any], order: Order, content: bytes
    ) -> np.ndarray[Any, Any]:
        """Return a new small array that holds the bytes."""
        nbytes = len(content)
        start = self._next
        if start + nbytes > self._end or self._block is None:
            start = self._take(nbytes)
        else:
            self._next = start + (nbytes + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
        self._memory[start : start + nbytes] = content
        return np.ndarray(shape, dtype, self._block, start, order=order)


def check_free(nbytes: int) -> None:
    """Raise LimitError when the arrays need more memory than is free.

    Parameters
    ----------
    nbytes : int
    """
    if nbytes > sys.maxsize:
        raise LimitError(f"the arrays need {nbytes:,} bytes, more than this machine can address")
    if nbytes <= _UNASKED:
        return
    free = free_memory()
    if free is not None and nbytes > free:
        raise LimitError(
            f"the arrays need {nbytes:,} bytes of memory, and {free:,} are free",
            fix="free some memory or load on a larger machine; an uncompressed file may be mapped: perdure.load(..., mmap=True)",
        )


def free_memory() -> int | None:
    """Return the bytes that can be allocated without swapping, None where the system does not say."""
    found = [size for size in (_meminfo(), _cgroup()) if size is not None]
    if found:
        return min(found)
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _meminfo() -> int | None:
    try:
        with open("/proc/meminfo", "rb") as file:
            for line in file:
                if line.startswith(b"MemAvailable:"):
                    return int(line.split()[1]) << 10
    except (OSError, ValueError, IndexError):
        return None
    return None


def _cgroup() -> int | None:
    """Return what the container that the process runs in leaves free (version 2 only)."""
    try:
        with open("/sys/fs/cgroup/memory.max", "rb") as file:
            most = file.read().strip()
        with open("/sys/fs/cgroup/memory.current", "rb") as file:
            used = int(file.read())
        with open("/sys/fs/cgroup/memory.stat", "rb") as file:
            # Pages of files that are clean go away when memory is wanted.
            caches = sum(int(line.split()[1]) for line in file if line.startswith(b"inactive_file "))
        return None if most == b"max" else max(int(most) - used + caches, 0)
    except (OSError, ValueError, IndexError):
        return None
