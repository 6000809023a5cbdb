"""A part of a model, as something to show: what it is, how large, and what lies in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = ["Part", "Plain"]

Plain: TypeAlias = None | bool | int | float | str

# The keys of each kind as JSON: always all of them, so that nobody has to ask whether one is there.
_KEYS: dict[str, tuple[str, ...]] = {
    "object": (
        "type",
        "trusted",
        "version",
        "count",
        "bytes",
        "arguments",
        "parameters",
        "changed",
        "attributes",
        "left_out",
    ),
    "global": ("type", "trusted"),
    "array": ("dtype", "shape", "order", "count", "bytes", "values"),
    "structured": ("shape", "count", "bytes", "fields", "left_out"),
    "list": ("shape", "length", "count", "bytes", "items", "left_out"),
    "tuple": ("shape", "length", "count", "bytes", "items", "left_out"),
    "set": ("shape", "length", "count", "bytes", "items", "left_out"),
    "frozenset": ("shape", "length", "count", "bytes", "items", "left_out"),
    "objects": ("shape", "length", "count", "bytes", "items", "left_out"),
    "each": ("length", "count", "bytes", "items", "left_out"),
    "dict": ("length", "count", "bytes", "pairs", "columns", "left_out"),
    "value": ("type", "value", "text", "count", "bytes", "values"),
    "reference": ("to", "text"),
}
_BRACKETS = {
    "list": "[]",
    "objects": "[]",
    "tuple": "()",
    "set": "{}",
    "dict": "{}",
    "frozenset": ("frozenset({", "})"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a model.

    Attributes
    ----------
    kind : str
        ``object``, ``global``, ``array``, ``structured``, ``list``, ``tuple``, ``set``, ``frozenset``,
        ``objects`` (an array of Python objects), ``each`` (parts that differ, one for each of many),
        ``dict``, ``value`` or ``reference`` (the same thing as at another place).
    name : str
        Its place in the part above, as in a path: ``.coef_``, ``[0]``, ``['key']``; empty for the model.
    path : str
        Its place in the model, such as ``model.steps[0][1]``.
    type : str or None
        Of an object or a value; the name itself of a ``global``.
    trusted : bool
        Whether `perdure.load` takes the name without ``trusted=[…]``.
    version : str or None
        The release of the type's library where it differs from the file's.
    count : int or None
        This part stands for so many alike, stored by column; None for one.
    bytes : int
        Of the arrays in it, decoded; an array that is shared counts where it stands first.
    dtype, order : str or None
    shape : tuple of (int or None) or None
        None for a length that differs between the `count` arrays.
    length : int or None
        Of a container; None where it differs.
    value : None, bool, int, float or str
        Where JSON can say it exactly and it is short.
    text : str or None
        As Python writes it, cut; of a reference, where it means plain values.
    values : list or None
        The first of a few small numbers or texts.
    to : str or None
        The path that a reference means.
    parts : tuple of Part
        What lies in it: attributes, items, fields, pairs.
    parameters : frozenset of str
        The names of those parts that are the constructor's parameters.
    changed : frozenset of str or None
        The names of those of them that are not what the constructor does by default; None where nobody knows.
    left_out : int
        How many parts are not shown.
    node : object
        What it is in the graph.
    """

    kind: str
    name: str
    path: str
    type: str | None = None
    trusted: bool = True
    version: str | None = None
    count: int | None = None
    bytes: int = 0
    dtype: str | None = None
    order: str | None = None
    shape: tuple[int | None, ...] | None = None
    length: int | None = None
    value: Plain = None
    text: str | None = None
    values: list[Any] | None = None
    to: str | None = None
    parts: tuple[Part, ...] = ()
    parameters: frozenset[str] = frozenset()
    changed: frozenset[str] | None = None
    left_out: int = 0
    node: Any = field(default=None, repr=False, compare=False)

    @property
    def plain(self) -> str | None:
        """The part in a line, as Python would write it; None where it is more than plain values."""
        if self.kind in ("value", "reference") and self.values is None:
            return self.text
        if self.kind == "global" and self.trusted:
            return str(self.type).replace(":", ".")
        return self.listed if self.kind != "objects" else None

    @property
    def listed(self) -> str | None:
        """The items of a container in a line; None where it is no container, or one of more than plain values."""
        brackets = _BRACKETS.get(self.kind)
        if brackets is None or self.count is not None:
            return None
        written: list[str] = []
        for inner in self.parts:
            text = inner.plain
            if text is None:
                return None
            written.append(f"{inner.name[1:-1]}: {text}" if self.kind == "dict" else text)
        if self.left_out:
            written.append(f"… {self.left_out} more")
        elif self.kind == "tuple" and len(written) == 1:
            written[0] += ","
        return brackets[0] + ", ".join(written) + brackets[1]

    def to_dict(self) -> dict[str, Any]:
        """Return the part as JSON data; docs/cli.md has the keys of each kind."""
        found: dict[str, Any] = {"kind": self.kind}
        for key in _KEYS[self.kind]:
            nested = _NESTED.get(key)
            value = getattr(self, key) if nested is None else nested(self)
            found[key] = list(value) if isinstance(value, tuple) else value
        return found


def _attributes(part: Part, parameters: bool) -> dict[str, Any]:
    return {
        inner.name[1:]: inner.to_dict()
        for inner in part.parts
        if inner.name[:1] == "." and (inner.name in part.parameters) is parameters
    }


_NESTED: dict[str, Callable[[Part], Any]] = {
    "changed": lambda part: None if part.changed is None else sorted(name[1:] for name in part.changed),
    "parameters": lambda part: _attributes(part, True),
    "attributes": lambda part: _attributes(part, False),
    "arguments": lambda part: [inner.to_dict() for inner in part.parts if inner.name[:1] == "("],
    "items": lambda part: [inner.to_dict() for inner in part.parts],
    "fields": lambda part: {inner.name: inner.to_dict() for inner in part.parts},
    "pairs": lambda part: [{"key": inner.name, **inner.to_dict()} for inner in part.parts if inner.name[:1] == "["],
    "columns": lambda part: {inner.name[1:]: inner.to_dict() for inner in part.parts if inner.name[:1] == "."},
}
