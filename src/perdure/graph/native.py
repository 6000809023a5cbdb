"""The compiled reader of graphs, where it was built: the nodes that `Reader` makes of the same bytes, sooner."""

from __future__ import annotations

import os
from typing import Any

from .limits import Limits
from .nodes import (
    Array,
    ArraySpec,
    Batch,
    Def,
    Dict,
    DictOf,
    DType,
    Each,
    Fields,
    Global,
    List,
    ListOf,
    Lists,
    Numbers,
    Object,
    Objects,
    ObjectsOf,
    Range,
    Ref,
    Rows,
    Scalar,
    Scalars,
    Slice,
    Stack,
    Structured,
    Texts,
    Tuple,
    TupleOf,
)

__all__ = ["native_reader"]

# Set to 0 in the environment, nothing but Python is used.
_SWITCH = "PERDURE_NATIVE"
# In the order that _native.c has them in.
_CLASSES = (
    ArraySpec,
    List,
    Tuple,
    Dict,
    Slice,
    Range,
    Array,
    Scalar,
    DType,
    Structured,
    Objects,
    Object,
    Global,
    Def,
    Ref,
    Numbers,
    Scalars,
    Texts,
    Rows,
    Stack,
    Fields,
    Lists,
    Each,
    Batch,
    ListOf,
    TupleOf,
    ObjectsOf,
    DictOf,
)
# Limits beyond it are none that a graph in memory could reach.
_LARGEST = 2**62


class NativeReader:
    """The function of `perdure.graph._native`, while it is to be used.

    Attributes
    ----------
    active : bool
        Whether it is there and switched on.
    """

    def __init__(self) -> None:
        self.active = False
        self.library: Any = None
        try:
            from . import _native  # type: ignore[attr-defined]
        except ImportError:
            # No compiler was at hand when perdure was installed.
            return
        self.library = _native
        self.active = os.environ.get(_SWITCH, "1") != "0"

    def read(self, data: bytes, limits: Limits) -> tuple[Any, ...] | None:
        """Return what a graph says, or None where the reader in Python has to look at it."""
        found: tuple[Any, ...] | None = self.library.read(
            data, _CLASSES, min(limits.depth, _LARGEST), min(limits.nodes, _LARGEST), min(limits.arrays, _LARGEST)
        )
        return found


native_reader = NativeReader()
