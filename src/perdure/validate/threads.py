"""How many threads a model may ask for."""

from __future__ import annotations

from typing import Any

from ..errors import InvalidError
from ..graph.nodes import Dict, DictOf, Texts
from ..graph.structure import Path
from .reading import FIX, Reader

__all__ = ["THREADS", "check_keywords", "check_threads"]

#: The names under which estimators and functions are told.
THREADS = ("n_jobs", "_n_jobs", "n_threads", "_n_threads")
_MOST = 1024


def check_threads(reader: Reader, value: Any, where: str) -> None:
    """Raise where a number of threads is one that no machine can start."""
    number = reader.number(value)
    if number is not None and not -_MOST <= number <= _MOST:
        raise InvalidError(
            f"{number:,} is more threads than a machine can start; the most is {_MOST:,}", path=where, fix=FIX
        )


def check_keywords(reader: Reader, value: Dict | DictOf, path: Path) -> None:
    """Raise where a dict of arguments asks for such a number."""
    if isinstance(value, DictOf):
        if not isinstance(value.keys, Texts):
            return
        text = reader.arrays.view(value.keys.data).tobytes()
        if not any(name.encode() in text for name in THREADS):
            return
    for key, item in reader.pairs(value) or ():
        if key in THREADS:
            check_threads(reader, item, f"{path}[{key!r}]")
