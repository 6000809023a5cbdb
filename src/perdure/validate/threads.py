"""How many threads a model may ask for."""

from __future__ import annotations

import os
from typing import Any

from ..errors import InvalidError, Untrusted, printed
from ..graph.nodes import Dict, DictOf, Numbers, Object, Scalar, Texts
from ..graph.structure import Path
from .reading import FIX, Part, Reader

__all__ = ["THREADS", "check_keywords", "check_threads", "may_ask"]

#: The names under which estimators and functions are told.
THREADS = ("n_jobs", "_n_jobs", "n_threads", "_n_threads")
_MOST = 1024
# joblib starts as many processes at once as it is told, however little there is to do: each takes a second and 100 MB.
_UNASKED = max(64, os.cpu_count() or 1)
_JOBS = ("n_jobs", "_n_jobs")


def check_threads(reader: Reader, name: str, value: Any, where: str) -> None:
    """Raise where a number of threads is one that no machine can start; ask where it is one that few can."""
    value = reader.plain(value)
    # A Decimal, or a table of one cell, counts as well; scipy's distributions are what a search draws from.
    if isinstance(value, Part) or (isinstance(value, Object) and not value.type.startswith("scipy.stats:")):
        raise InvalidError("a number of threads is a number", path=where, fix=FIX)
    number = value if isinstance(value, (int, float)) else None
    if number is not None and not -_MOST <= number <= _MOST:
        raise InvalidError(
            f"{printed(number)} is more threads than a machine can start; the most is {_MOST:,}", path=where, fix=FIX
        )
    if number is not None and number > _UNASKED and name in _JOBS and f"{name}={number}" not in reader.trusted:
        reader.asked.append(Untrusted(f"{name}={number}", (where,), "may start that many processes at once"))


def may_ask(value: Dict | DictOf) -> bool:
    """Say whether a dict may ask for such a number: most have no key of such a name."""
    if type(value) is not Dict:
        return True
    return any(type(key) is Scalar or key in THREADS for key, _ in value.pairs)


def check_keywords(reader: Reader, value: Dict | DictOf, path: Path) -> None:
    """Raise where a dict of arguments asks for such a number."""
    if isinstance(value, DictOf):
        if isinstance(value.keys, Numbers):
            return
        if isinstance(value.keys, Texts):
            text = reader.arrays.view(value.keys.data).tobytes()
            if not any(name.encode() in text for name in THREADS):
                return
    elif not any((key.value if type(key) is Scalar else key) in THREADS for key, _ in value.pairs):
        return
    for key, item in reader.pairs(value) or ():
        # numpy's texts are texts, also as names of arguments.
        key = key.value if isinstance(key, Scalar) else key
        if isinstance(key, str) and key in THREADS:
            check_threads(reader, key, item, f"{path}[{key!r}]")
