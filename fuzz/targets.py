"""What is fuzzed: each target turns bytes into something, or raises one of the errors that it promises.

A reader of other bytes, or a decoder in another language, joins with one entry in `TARGETS`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import perdure
from perdure.errors import PerdureError

from .corpus import Kind
from .use import calls

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes
    ----------
    load : callable
        Bytes to a value.
    use : callable
        A value and a kind of the corpus to named calls.
    promised : tuple of exception classes
        What loading may raise.
    """

    load: Callable[[bytes], Any]
    use: Callable[[Any, Kind], Iterator[tuple[str, Callable[[], Any]]]]
    promised: tuple[type[BaseException], ...] = (PerdureError,)


def _open(data: bytes) -> Any:
    file = perdure.open(io.BytesIO(data))
    return [file.types, file.untrusted, file.params, file.libraries, file.outline, file.record, file.migrations]


def _nothing(value: Any, kind: Kind) -> Iterator[tuple[str, Callable[[], Any]]]:
    return iter(())


TARGETS = {"load": Target(perdure.loads, calls), "open": Target(_open, _nothing)}
