"""The compiled decoder, where it was built: the same bytes as numpy makes, sooner."""

from __future__ import annotations

import os
import sys
from binascii import crc32 as _crc32
from typing import Any

import numpy as np

from ..graph.native import native_reader

__all__ = ["crc32", "native", "use_native"]

# Set to 0 in the environment, nothing but numpy is used.
_SWITCH = "PERDURE_NATIVE"
# Rises with each function that is new in _native.c, or takes something else.
_FORM = 4


class Native:
    """The functions of `perdure.arrays._native`, while they are to be used.

    Attributes
    ----------
    active : bool
        Whether they are there and switched on.
    """

    def __init__(self) -> None:
        self.active = False
        self.library: Any = None
        try:
            from . import _native  # type: ignore[attr-defined]
        except ImportError:
            # No compiler was at hand when perdure was installed.
            return
        if getattr(_native, "FORM", 0) != _FORM:
            # What an earlier build has left beside these sources does not know all that they ask for.
            return
        self.library = _native
        self.active = sys.byteorder == "little" and os.environ.get(_SWITCH, "1") != "0"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    @staticmethod
    def takes(column: np.ndarray[Any, Any]) -> bool:
        """Say whether the compiled code can write into a column: it knows the bytes of this machine only."""
        return bool(column.dtype.isnative)


native = Native()


def use_native(wanted: bool) -> bool:
    """Switch the compiled code on or off, the reader of graphs as well; return whether the decoder is on now.

    What was not built stays off.

    Parameters
    ----------
    wanted : bool

    Examples
    --------
    >>> from perdure.arrays.native import native, use_native
    >>> before = native.active
    >>> use_native(False)
    False
    >>> _ = use_native(before)
    """
    native_reader.active = wanted and native_reader.library is not None
    native.active = wanted and native.library is not None and sys.byteorder == "little"
    return native.active


# Of less the usual way is as fast.
_LONG = 1 << 12


def crc32(data: bytes | bytearray | memoryview, before: int = 0) -> int:
    """Return the CRC-32 of data, going on from that of what stands before them.

    Parameters
    ----------
    data : bytes-like
    before : int, default=0

    Examples
    --------
    >>> from perdure.arrays.native import crc32
    >>> crc32(b"456789", crc32(b"123")) == crc32(b"123456789") == 0xCBF43926
    True
    """
    size = len(data)
    if not native.active or size < _LONG:
        return _crc32(data, before)
    view = memoryview(data)
    whole = size - size % 16
    found = native.library.crc32(view[:whole], before)
    return _crc32(data, before) if found is None else _crc32(view[whole:], found)
