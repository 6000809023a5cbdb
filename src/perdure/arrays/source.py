"""Bytes that are read by ranges: in memory, mapped, or in a file."""

from __future__ import annotations

from typing import Protocol

__all__ = ["MemorySource", "Source"]


class Source(Protocol):
    """Bytes by ranges.

    Attributes
    ----------
    size : int
    in_memory : bool
        ``read`` copies nothing.
    """

    size: int

    @property
    def in_memory(self) -> bool: ...

    def read(self, start: int, stop: int) -> memoryview:
        """Return the bytes of a range; FormatError when the source has become shorter."""

    def read_into(self, start: int, target: memoryview) -> None:
        """Fill ``target`` with the bytes from ``start`` on."""

    def part(self, start: int, stop: int) -> Source:
        """Return a range as a source of its own."""


class MemorySource:
    """Bytes in memory, or mapped into it."""

    __slots__ = ("_view", "size")

    in_memory = True

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self.size = len(view)

    def read(self, start: int, stop: int) -> memoryview:
        return self._view[start:stop]

    def read_into(self, start: int, target: memoryview) -> None:
        target[:] = self._view[start : start + len(target)]

    def part(self, start: int, stop: int) -> MemorySource:
        return MemorySource(self._view[start:stop])
