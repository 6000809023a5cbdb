"""How far long work has come: told to whoever asked, a hundred times a step and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

__all__ = ["QUIET", "Meter", "Progress"]

#: Step, what is done of it, and how much there is to do: bytes of arrays or of the file, else 1.
Progress: TypeAlias = Callable[[str, int, int], object]

_PARTS = 100


class Meter:
    """Measures one step of the work at a time.

    Parameters
    ----------
    tell : callable or None
        Called with the step, what is done and the whole: with 0 when a step begins, and with the whole at its end.

    Examples
    --------
    >>> from perdure.arrays.progress import Meter
    >>> meter = Meter(print)
    >>> with meter.step("writing", 10):
    ...     meter.add(4)
    writing 0 10
    writing 4 10
    writing 10 10
    """

    __slots__ = ("_done", "_least", "_name", "_of", "_tell", "_told", "_total")

    def __init__(self, tell: Progress | None) -> None:
        self._tell = tell
        self._name = ""
        self._done = self._told = self._total = self._least = 0
        self._of: dict[object, int] = {}

    @property
    def quiet(self) -> bool:
        """Whether nobody is told."""
        return self._tell is None

    @contextmanager
    def step(self, name: str, total: int = 1) -> Iterator[None]:
        """Tell that a step begins, and that it is done when the block is left without an error."""
        if self._tell is None:
            yield
            return
        self._name, self._total = name, max(total, 1)
        self._least = max(self._total // _PARTS, 1)
        self._done = self._told = 0
        self._of = {}
        self._tell(name, 0, self._total)
        yield
        self._name, self._of = "", {}
        if self._told < self._total:
            self._tell(name, self._total, self._total)

    def add(self, amount: int) -> None:
        """Count what has been done of the step."""
        if self._tell is None or not self._name:
            return
        self._done = min(self._done + amount, self._total)
        if self._done - self._told >= self._least:
            self._told = self._done
            self._tell(self._name, self._done, self._total)

    def add_of(self, key: object, amount: int, most: int) -> None:
        """Count what has been done of one thing, which is done with ``most``, though it be done again."""
        if self._tell is None or not self._name:
            return
        before = self._of.get(key, 0)
        self._of[key] = after = min(before + amount, most)
        self.add(after - before)


#: Tells nobody.
QUIET = Meter(None)
