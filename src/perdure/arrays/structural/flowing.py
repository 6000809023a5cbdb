"""What is kept of many splits, decoded as far as it is asked for: never all of it in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np

from ..content import AnyArray
from .base import HEAD, NOTHING, Kept
from .trees import Part

__all__ = ["LARGE", "Flowing"]

# Less than so many bytes are decoded as a whole.
LARGE = 1 << 22


class Flowing(Kept):
    """A constant and the values of splits, for whoever asks for those of one part of the trees after the other.

    Each thread has its place in them; who asks for what lies behind it begins anew.

    Parameters
    ----------
    begin : callable
        Returns the bytes that are kept in blocks, each a multiple of 8 long but the last.
    count : int
        Splits.
    width : int
        Bytes of a value.
    """

    __slots__ = ("_begin", "_count", "_local", "_width")

    def __init__(self, begin: Callable[[], Iterator[AnyArray]], count: int, width: int) -> None:
        self._begin = begin
        self._count = count
        self._width = width
        self._local = threading.local()
        self.constant = next(begin())[:HEAD].copy()
        self.leaves = NOTHING.leaves

    @property
    def width(self) -> int:
        return self._width

    def of(self, part: Part) -> Kept:
        leaves = np.empty((0, part.leaves.stop - part.leaves.start), np.uint8)
        return Kept(self.constant, leaves, self._some(part.splits.start, part.splits.stop).reshape(1, -1))

    @property
    def splits(self) -> AnyArray:  # type: ignore[override]
        """All of them, in memory of their own."""
        blocks = list(self._values())
        return (np.concatenate(blocks) if blocks else np.empty(0, f"<u{self._width}")).reshape(1, -1)

    def _values(self) -> Iterator[AnyArray]:
        head = HEAD
        for block in self._begin():
            yield block[head:].view(f"<u{self._width}")
            head = 0

    def _some(self, start: int, stop: int) -> AnyArray:
        local = self._local
        at: int = getattr(local, "at", -1)
        if not 0 <= at <= start:
            local.values, local.held, at = self._values(), np.empty(0, f"<u{self._width}"), 0
        values, held = local.values, local.held
        # Until they have come there is no place: an error in between is met again by who asks again.
        local.at = -1
        found: list[AnyArray] = []
        while at < stop:
            if not len(held):
                held = next(values)
            skipped = min(max(start - at, 0), len(held))
            taken = held[skipped : max(stop - at, 0)]
            if len(taken):
                found.append(taken)
            used = skipped + len(taken)
            at, held = at + used, held[used:]
        local.at, local.held = at, held
        if len(found) == 1:
            return found[0]
        return np.concatenate(found) if found else np.empty(0, f"<u{self._width}")
