"""What a pickle leaves on the stack of the symbolic machine: inert, and none of it called or imported.

Numbers, text, bytes, lists and tuples are themselves; all else is one of the classes here. They are told apart by
identity, as the objects that they stand for would be.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Buffer", "Call", "Extension", "Members", "Name", "Pairs", "Persistent", "Text2"]


class Name:
    """A class or function that the file names.

    Attributes
    ----------
    module, name : str
    at : int
        The byte at which the file names it.
    """

    __slots__ = ("at", "module", "name")

    def __init__(self, module: str, name: str, at: int) -> None:
        self.module = module
        self.name = name
        self.at = at

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


class Call:
    """What the file wants to be made by a call, and what it puts into the result after it.

    Attributes
    ----------
    func : object
        What is to be called: a `Name`, where the file is honest.
    args : tuple
    keywords : Pairs or None
    new : bool
        Whether only ``__new__`` of a class is to be called, and no function.
    at : int
        The byte of the opcode.
    states : list
        What BUILD was given, in order.
    items : list
        What was appended or added.
    pairs : list
        Keys and values that were set, in turn.
    """

    __slots__ = ("args", "at", "func", "items", "keywords", "new", "pairs", "states")

    def __init__(self, func: Any, args: Any, at: int, *, new: bool = False, keywords: Pairs | None = None) -> None:
        self.func = func
        self.args = args
        self.keywords = keywords
        self.new = new
        self.at = at
        self.states: list[Any] = []
        self.items: list[Any] = []
        self.pairs: list[Any] = []


class Pairs:
    """A dict: keys and values in turn, as they were set."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[Any]) -> None:
        self.pairs = pairs


class Members:
    """A set or frozenset."""

    __slots__ = ("frozen", "items")

    def __init__(self, items: list[Any], frozen: bool) -> None:
        self.items = items
        self.frozen = frozen


class Text2(bytes):
    """A ``str`` of Python 2: text or bytes, which only its use tells."""

    __slots__ = ()


class Persistent:
    """An object outside of the file, by the id that the file gives it."""

    __slots__ = ("at", "id")

    def __init__(self, id: Any, at: int) -> None:
        self.id = id
        self.at = at


class Extension:
    """A name by its number in a registry that only the writing process had."""

    __slots__ = ("at", "code")

    def __init__(self, code: int, at: int) -> None:
        self.code = code
        self.at = at


class Buffer:
    """Bytes that the writer kept outside of the file."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at
