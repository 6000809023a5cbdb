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
# Rises with each function that is new in _native.c, or takes or returns something else.
_FORM = 2
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
    """The functions of `perdure.graph._native`, while they are to be used: each returns None for what Python has to look at.

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
        if getattr(_native, "FORM", 0) != _FORM:
            # What an earlier build has left beside these sources does not know all that they ask for.
            return
        self.library = _native
        self.active = os.environ.get(_SWITCH, "1") != "0"

    def read(self, data: bytes, limits: Limits) -> tuple[Any, ...] | None:
        """Return what a graph says, or None where the reader in Python has to look at it."""
        found: tuple[Any, ...] | None = self.library.read(
            data, _CLASSES, min(limits.depth, _LARGEST), min(limits.nodes, _LARGEST), min(limits.arrays, _LARGEST)
        )
        return found

    def places(self, data: memoryview, members: int) -> dict[str, tuple[int, int, int]] | None:
        """Return where each member of an archive in memory lies, its size and its CRC-32."""
        found: dict[str, tuple[int, int, int]] | None = self.library.places(data, min(members, _LARGEST))
        return found

    def manifest(self, data: bytes | memoryview) -> tuple[Any, ...] | None:
        """Return what a manifest says: producer, libraries, digest, members and storage."""
        found: tuple[Any, ...] | None = self.library.manifest(data)
        return found

    def frame(self, frame: memoryview) -> int | None:
        """Return how much a frame of zstd holds, as it says itself."""
        found: int | None = self.library.frame(frame)
        return found

    def standing(self, node: Object, *census: Any) -> bool:
        """Say whether all that stands in the attributes of an object surely may stand there, by the census of its type."""
        return node.inner is not None and self.library.standing(_CLASSES, node.state, node.inner, *census)

    def build(self, node: Any, path: Any, handed: tuple[Any, ...]) -> Any:
        """Return the value of a node; what is no plain one, the builder in Python makes, which hands over how."""
        return self.library.build(_CLASSES, node, path, None, handed)


native_reader = NativeReader()
