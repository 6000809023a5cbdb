"""The compiled decoder, where it was built: the same bytes as numpy makes, sooner."""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np

from ..graph.native import native_reader

__all__ = ["native", "use_native"]

# Set to 0 in the environment, nothing but numpy is used.
_SWITCH = "PERDURE_NATIVE"
# Rises with each function that is new in _native.c, or takes something else.
_FORM = 3


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
