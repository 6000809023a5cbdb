"""The bar of what takes long: on a terminal, and only where there is something to wait for."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .printing import console

if TYPE_CHECKING:
    from ..arrays.progress import Progress

__all__ = ["bar"]

# Whatever is done sooner shows no bar: one that flashes up helps nobody.
_PATIENCE = 0.4


@contextmanager
def bar(*, hidden: bool = False) -> Iterator[Progress | None]:
    """Give a callback for ``progress=`` that draws a bar on the terminal of the standard error.

    Parameters
    ----------
    hidden : bool, default=False
        Draw none, as with ``--json``.
    """
    if hidden or not sys.stderr.isatty():
        yield None
        return
    shown = _Bar()
    try:
        yield shown.tell
    finally:
        shown.close()


class _Bar:
    """A bar that appears when the work has taken some time, and goes away at its end."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._progress: Any = None
        self._task: Any = None
        self._step = ""

    def tell(self, step: str, done: int, total: int) -> None:
        """Show how far a step has come."""
        if self._progress is None:
            if time.monotonic() - self._begun < _PATIENCE:
                return
            from rich.progress import Progress

            self._progress = Progress(console=console(stderr=True), transient=True)
            self._progress.start()
        if step != self._step:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task, self._step = self._progress.add_task(step, total=total), step
        # Of one thing nobody can say how far it has come.
        self._progress.update(self._task, completed=done, total=total if total > 1 else None)

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
