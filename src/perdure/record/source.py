"""Source that is kept as text: files, functions, classes, modules, and what runs now."""

from __future__ import annotations

import inspect
import os
import re
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any

from ..errors import LimitError, UnsupportedError
from .record import LeftOut, SourceText
from .secrets import secrets_in, without

__all__ = ["FOLDER", "HOME", "MOST", "Piece", "cleaned", "kept", "object_piece", "pieces_of", "text_of"]

FOLDER = "record/source/"
HOME = "home folder"
AUTO = "auto"
MOST = 1 << 22
_KINDS = (types.FunctionType, type, types.ModuleType)


@dataclass(frozen=True)
class Piece:
    """A piece of source as it is kept.

    Attributes
    ----------
    kind, of, name : str
        As in `SourceText`; the name is not yet free.
    text : str
    left_out : tuple of LeftOut
    """

    kind: str
    of: str
    name: str
    text: str
    left_out: tuple[LeftOut, ...] = ()


def pieces_of(source: Any) -> Iterator[tuple[str, Callable[[], Piece | None]]]:
    """Yield what ``source=`` means: how each piece is called, and what makes it.

    Raises
    ------
    UnsupportedError
        When it is nothing that has a text.
    """
    if isinstance(source, (str, os.PathLike, *_KINDS)):
        source = [source]
    elif not isinstance(source, Iterable) or isinstance(source, (bytes, dict)):
        raise UnsupportedError(
            f"source takes paths, functions, classes, modules and 'auto', not {type(source).__name__}",
            fix='source=["train.py", my_function], or source="auto"',
        )
    for item in source:
        if isinstance(item, str) and item == AUTO:
            from .running import running_pieces

            yield from running_pieces()
        elif isinstance(item, (str, os.PathLike)):
            yield f"the source {os.fspath(item)!s:.200}", partial(file_piece, item)
        else:
            yield f"the source {getattr(item, '__name__', item)!s:.200}", partial(object_piece, item)


def kept(piece: Piece, taken: Iterable[str]) -> tuple[SourceText, bytes]:
    """Return what the record says of a piece, and its bytes.

    Parameters
    ----------
    piece : Piece
    taken : iterable of str
        Names that other pieces have.
    """
    data = piece.text.encode("utf-8", "surrogatepass")
    if len(data) > MOST:
        raise LimitError(f"{piece.of} has {len(data):,} bytes; no more than {MOST:,} are kept as source")
    name = _free(piece.name, set(taken))
    digest = sha256(data).hexdigest()
    return SourceText(
        name=name, kind=piece.kind, of=piece.of, size=len(data), sha256=digest, left_out=piece.left_out
    ), data


def cleaned(text: str, *, code: bool = True, cell: int | None = None) -> tuple[str, tuple[LeftOut, ...]]:
    """Return a text without secrets and without the home folder, and what was left out.

    Parameters
    ----------
    text : str
    code : bool, default=True
        Whether it is Python.
    cell : int, optional
        The cell of a notebook that it is.
    """
    found = secrets_in(text, code=code)
    plain = without(text, found)
    left = [LeftOut(line=text.count("\n", 0, start) + 1, what=what, cell=cell) for start, _, what in found]
    home = os.path.expanduser("~")
    if home not in ("~", os.path.sep):
        written = {home, home.replace("\\", "/"), home.replace("\\", "\\\\")}
        pattern = re.compile("(?:" + "|".join(map(re.escape, sorted(written))) + r")(?![\w.-])")
        places = {plain.count("\n", 0, match.start()) + 1 for match in pattern.finditer(plain)}
        left += [LeftOut(line=line, what=HOME, cell=cell) for line in places]
        plain = pattern.sub("~", plain)
    return plain, tuple(sorted(left, key=lambda item: (item.line, item.what)))


def file_piece(place: str | os.PathLike[str], *, kind: str = "file", of: str | None = None) -> Piece:
    """Return the text of a file.

    Raises
    ------
    UnsupportedError
        When it is no text.
    OSError
        When it cannot be read.
    """
    name = os.path.basename(os.fspath(place))
    text, left = cleaned(text_of(place), code=name.endswith((".py", ".pyi", ".pyx")))
    return Piece(kind, of or name, name, text, left)


def text_of(place: Any, most: int = MOST) -> str:
    """Return the text in UTF-8 of a file."""
    name = os.path.basename(os.path.abspath(place))
    if os.path.isdir(place):
        raise UnsupportedError(f"{name} is a folder; name its files one by one")
    if os.path.exists(place) and not os.path.isfile(place):
        raise UnsupportedError(f"{place} is no regular file")
    with open(place, "rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise LimitError(f"{name} has more than {most:,} bytes, which is no source")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise UnsupportedError(f"{name} is not text in UTF-8") from None


def object_piece(item: Any) -> Piece:
    """Return the text of a function, a class or a module."""
    item = inspect.unwrap(item) if isinstance(item, types.FunctionType) else item
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
        text, left = cleaned(inspect.getsource(item))
    except (OSError, TypeError):
        raise UnsupportedError(
            f"the source of {of} is not to be found (it was typed into a shell, or is compiled)",
            fix="move it to a file, and give its path",
        ) from None
    return Piece(kind, of, of.replace(":", ".") + ".py", text, left)


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
