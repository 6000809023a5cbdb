"""What parts of a pickle say by themselves: texts of Python 2, and what is looked up in a class or an object."""

from __future__ import annotations

from typing import Any

from .values import Call, Name

__all__ = ["attribute_name", "is_own_method", "text_of"]


def attribute_name(func: Call) -> Name | None:
    """Return the name of what is looked up in a class, such as an alternative constructor."""
    if type(func.func) is Name and str(func.func) == "builtins:getattr" and len(func.args) == 2:
        owner, name = func.args
        if type(owner) is Name and type(name) is str:
            return Name(owner.module, f"{owner.name}.{name}", func.at)
    return None


def is_own_method(part: Any, owner: Call, attribute: str) -> bool:
    return (
        type(part) is Call
        and type(part.func) is Name
        and part.func.name == "getattr"
        and len(part.args) == 2
        and part.args[0] is owner
        and part.args[1] == attribute
    )


def text_of(value: bytes) -> str:
    """Return the text of a ``str`` of Python 2."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
