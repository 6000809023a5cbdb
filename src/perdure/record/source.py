"""Source that is kept as text: files, functions, classes and modules."""

from __future__ import annotations

import inspect
import os
import re
import types
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from ..errors import LimitError, UnsupportedError
from .record import SourceText

__all__ = ["FOLDER", "as_items", "capture"]

FOLDER = "record/source/"
_MOST = 1 << 22
_KINDS = (types.FunctionType, type, types.ModuleType)


def as_items(source: Any) -> list[Any]:
    """Return what ``source=`` was given, as a list."""
    if isinstance(source, (str, os.PathLike, *_KINDS)):
        return [source]
    if isinstance(source, Iterable) and not isinstance(source, (bytes, dict)):
        return list(source)
    raise UnsupportedError(
        f"source takes paths, functions, classes and modules, not {type(source).__name__}",
        fix='source=["train.py", my_function]',
    )


def capture(item: Any, taken: Iterable[str]) -> tuple[SourceText, bytes]:
    """Return one piece of source, and what the record says of it.

    Parameters
    ----------
    item : str, os.PathLike, function, class or module
    taken : iterable of str
        Names that other pieces have.

    Raises
    ------
    UnsupportedError
        When there is no text to be had.
    OSError
        When a file cannot be read.
    """
    if isinstance(item, (str, os.PathLike)):
        kind, of, data = "file", os.path.basename(os.fspath(item)), _file(item)
    else:
        item = inspect.unwrap(item) if isinstance(item, types.FunctionType) else item
        kind, of, data = _object(item)
    if len(data) > _MOST:
        raise LimitError(f"{of} has {len(data):,} bytes; no more than {_MOST:,} are kept as source")
    name = _free(of.replace(":", ".") + ("" if kind == "file" else ".py"), set(taken))
    return SourceText(name=name, kind=kind, of=of, size=len(data), sha256=sha256(data).hexdigest()), data


def _file(place: Any) -> bytes:
    if os.path.isdir(place):
        raise UnsupportedError(f"{os.path.basename(os.path.abspath(place))} is a folder; name its files one by one")
    if os.path.exists(place) and not os.path.isfile(place):
        raise UnsupportedError(f"{place} is no regular file")
    with open(place, "rb") as file:
        data = file.read(_MOST + 1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise UnsupportedError(f"{os.path.basename(os.fspath(place))} is not text in UTF-8") from None
    return text.encode("utf-8")


def _object(item: Any) -> tuple[str, str, bytes]:
    kind = next(
        (name for name, cls in zip(("function", "class", "module"), _KINDS, strict=True) if isinstance(item, cls)), ""
    )
    if not kind:
        raise UnsupportedError(
            f"the source of {type(item).__name__} cannot be kept", fix="give a path, function, class or module"
        )
    of = item.__name__ if kind == "module" else f"{item.__module__}:{item.__qualname__}"
    try:
        code = getattr(item, "__code__", None)
        if code is not None and code.co_filename in ("<string>", "<stdin>"):
            # Python 3.13 would show the text of `python -c` for whatever was evaluated in it.
            raise OSError("no file")
        return kind, of, inspect.getsource(item).encode("utf-8", "surrogatepass")
    except (OSError, TypeError):
        raise UnsupportedError(
            f"the source of {of} is not to be found (it was typed into a shell, or is compiled)",
            fix="move it to a file, and give its path",
        ) from None


def _free(name: str, taken: set[str]) -> str:
    """Return a name that every system can have a file of, and that is not taken."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip(".") or "source"
    stem, dot, ending = name[-150:].lstrip(".").rpartition(".")
    if not stem:
        stem, dot, ending = ending, "", ""
    lowered = {other.lower() for other in taken}
    number, free = 1, f"{stem}{dot}{ending}"
    while free.lower() in lowered:
        number += 1
        free = f"{stem}-{number}{dot}{ending}"
    return free
