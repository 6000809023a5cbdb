"""Reading columns: rows and strings by their offsets, which are not believed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from ..errors import InvalidError
from .content import AnyArray
from .native import native

__all__ = ["check_offsets", "decode_texts", "rows"]


def check_offsets(offsets: AnyArray, total: int) -> list[int]:
    """Return offsets as a list after checking that they cut ``total`` items into consecutive pieces.

    Parameters
    ----------
    offsets : ndarray of int64, shape (n + 1,)
    total : int
        Items that are cut.

    Returns
    -------
    list of int

    Raises
    ------
    InvalidError
        Unless they begin with 0, never fall, and end with ``total``.

    Examples
    --------
    >>> import numpy as np
    >>> from perdure.arrays.columns import check_offsets
    >>> check_offsets(np.array([0, 2, 5]), 5)
    [0, 2, 5]
    """
    if offsets.ndim != 1 or offsets.dtype != np.int64 or not len(offsets):
        raise InvalidError(
            f"offsets have to be one row of 64-bit integers, not {offsets.dtype} of shape {offsets.shape}"
        )
    if offsets[0] != 0 or offsets[-1] != total or (offsets[1:] < offsets[:-1]).any():
        raise InvalidError(f"offsets do not cut {total:,} items into consecutive pieces")
    return offsets.tolist()  # type: ignore[no-any-return]


def rows(array: AnyArray, offsets: AnyArray) -> list[AnyArray]:
    """Return the pieces of an array along its first axis, as views.

    Parameters
    ----------
    array : ndarray, shape (total, ...)
    offsets : ndarray of int64, shape (n + 1,)

    Returns
    -------
    list of ndarray
        n of them.

    Raises
    ------
    InvalidError
        When the offsets do not fit the array.
    """
    if not array.ndim:
        raise InvalidError("an array without dimensions cannot be cut into rows")
    cuts = check_offsets(offsets, len(array))
    return [array[start:stop] for start, stop in pairwise(cuts)]


def decode_texts(data: AnyArray, offsets: AnyArray) -> list[str]:
    """Return the strings of a column.

    Parameters
    ----------
    data : ndarray of uint8, shape (total,)
        UTF-8; surrogates are allowed, as Python's strings may hold them.
    offsets : ndarray of int64, shape (n + 1,)

    Returns
    -------
    list of str

    Raises
    ------
    InvalidError
        For bytes that are not UTF-8, or offsets that cut a character in two.

    Examples
    --------
    >>> import numpy as np
    >>> from perdure.arrays.columns import decode_texts
    >>> decode_texts(np.frombuffer(b"yesno", np.uint8), np.array([0, 3, 5]))
    ['yes', 'no']
    """
    if data.ndim != 1 or data.dtype != np.uint8:
        raise InvalidError(f"strings have to be one row of bytes, not {data.dtype} of shape {data.shape}")
    if native.active and offsets.ndim == 1 and offsets.dtype == np.int64 and data.flags.c_contiguous:
        try:
            return native.texts(data, offsets)  # type: ignore[no-any-return]
        except ValueError:
            # What is wrong is said below.
            pass
    cuts = check_offsets(offsets, len(data))
    try:
        text = data.tobytes().decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise InvalidError(f"strings of the file are not UTF-8 (at byte {error.start:,})") from None
    if len(text) != len(data):
        # A character starts wherever a byte is not the continuation of one.
        starts = (data & 0xC0) != 0x80
        inner = offsets[offsets < len(data)]
        if not starts[inner].all():
            raise InvalidError("offsets of strings cut a character in two")
        before = np.zeros(len(data) + 1, np.int64)
        np.cumsum(starts, out=before[1:])
        cuts = before[offsets].tolist()
    return [text[start:stop] for start, stop in pairwise(cuts)]
