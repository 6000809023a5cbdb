"""Arrays with gaps or reversed axes: parts of larger ones, as decompositions leave them.

In which order BLAS adds numbers depends on whether there are gaps between rows, and whether it can walk
the memory at all; not on how wide the gaps are. So an array comes back with gaps of one number where it had any.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import InvalidError
from .memory import aligned

__all__ = ["layout", "with_strides"]


def layout(shape: Sequence[int], strides: Sequence[int], unit: int = 1) -> tuple[int, ...] | None:
    """Return strides of the same kind with the narrowest gaps, in items; None where there is no such layout.

    Parameters
    ----------
    shape, strides : sequence of int
    unit : int, default=1
        What one item is counted as in `strides`.

    Examples
    --------
    >>> from perdure.arrays.strided import layout
    >>> layout((3, 12), (8, 800), 8)
    (1, 4)
    >>> layout((3, 12), (-96, 8), 8)
    (-12, 1)
    """
    axes = sorted((i for i, length in enumerate(shape) if length != 1), key=lambda i: (abs(strides[i]), -i))
    if not axes or min(shape) < 1 or abs(strides[axes[0]]) < unit:
        return None
    found = [0] * len(shape)
    step = least = 1 if abs(strides[axes[0]]) == unit else 2
    found[axes[0]] = step if strides[axes[0]] > 0 else -step
    for inner, outer in pairwise(axes):
        reach, stride = abs(strides[inner]) * shape[inner], abs(strides[outer])
        if stride < reach:
            return None
        step = step * shape[inner] + (0 if stride == reach else least)
        found[outer] = step if strides[outer] > 0 else -step
    return tuple(found)


def with_strides(array: Any, strides: Any) -> Any:
    """Return an array of the same values with these strides.

    Parameters
    ----------
    array : ndarray
    strides : tuple of int
        In items, as `layout` returns them.

    Raises
    ------
    InvalidError
        When they are not those of `layout` for the shape: no file can ask for more memory than that.
    """
    fits = type(array) is np.ndarray and type(strides) is tuple and len(strides) == array.ndim
    # The narrowest layout is at most a few times as large as the array: no file can ask for more.
    if not fits or array.dtype.hasobject or layout(array.shape, strides) != strides:
        raise InvalidError("the strides of an array do not fit its shape")
    reaches = [stride * (length - 1) for stride, length in zip(strides, array.shape, strict=True)]
    memory = aligned((sum(map(abs, reaches)) + 1,), array.dtype, "C")
    memory[...] = 0
    start = -sum(reach for reach in reaches if reach < 0)
    size = array.itemsize
    made: Any = np.ndarray(array.shape, array.dtype, memory, start * size, tuple(stride * size for stride in strides))
    made[...] = array
    return made
