"""A model as a tree on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING

from ..reporting.parts import Part
from ..reporting.text import clean, dtype_text, shape_text, short_name, size_text
from .printing import styled

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

__all__ = ["model_tree"]

_NAME = 60
_VALUE = 72
_FIELDS = 200
# More items of one container than this are counted, not shown.
_ITEMS = 12


def model_tree(model: Part) -> Tree:
    """Return the tree of a model: types, parameters, fitted attributes, arrays."""
    from rich.tree import Tree

    tree = Tree(_line("model", model), guide_style="dim", highlight=False)
    _fill(tree, model)
    return tree


def _fill(tree: Tree, part: Part) -> None:
    """Add what lies in an object or in any other part that has a line of its own."""
    if part.kind != "object":
        for inner in part.parts:
            _add(tree, _name(inner), inner)
    else:
        for title, group in _groups(part):
            plain = [(_name(inner), text) for inner in group if (text := inner.plain) is not None]
            if plain:
                tree.add(_plain_line(title, plain))
            for inner in group:
                if inner.plain is None:
                    _add(tree, _name(inner), inner)
    if part.left_out:
        tree.add(styled((f"… {part.left_out:,} more", "dim")))


def _groups(part: Part) -> Iterator[tuple[str, list[Part]]]:
    """Yield the parameters of an object, those that are as they are by default, and its other attributes."""
    chosen = part.parameters if part.changed is None else part.changed
    yield "parameters", [inner for inner in part.parts if inner.name in chosen]
    yield "defaults", [inner for inner in part.parts if inner.name in part.parameters - chosen]
    yield "attributes", [inner for inner in part.parts if inner.name not in part.parameters]


def _name(part: Part) -> str:
    return clean(part.name.removeprefix("."), _NAME)


def _plain_line(title: str, values: Iterable[tuple[str, str]]) -> Text:
    pieces: list[str | tuple[str, str]] = [(title + "  ", "dim")]
    for name, value in values:
        pieces += [(", ", "dim") if len(pieces) > 1 else "", (name + "=", "dim"), clean(value, _VALUE)]
    return styled(*pieces)


def _add(tree: Tree, name: str, part: Part) -> None:
    plain = part.plain
    if plain is not None:
        tree.add(styled((name, "bold"), "  ", clean(plain, _VALUE)))
    elif part.kind == "tuple" and part.count is None and len(_open(part)) == 1:
        _add_named(tree, name, part)
    elif part.kind in ("list", "tuple", "dict") and part.count is None and part.parts and part.parts[0].count is None:
        # A list has no line of its own: its items do.
        for inner in part.parts[:_ITEMS]:
            _add(tree, clean(name + inner.name, 2 * _NAME), inner)
        more = len(part.parts[_ITEMS:]) + part.left_out
        if more:
            tree.add(styled((f"… {more:,} more of {name}", "dim")))
    elif part.kind in ("list", "tuple") and len(part.parts) == 1 and part.parts[0].count is not None:
        # Stored by column: the line of the column says all.
        lists = []
        while part.kind in ("list", "tuple") and len(part.parts) == 1 and part.parts[0].count is not None:
            if part.count is not None:
                lists.append(f"in {part.count:,} {part.kind}s")
            part = part.parts[0]
        _grow(tree, name, part, after=reversed(lists))
    else:
        _grow(tree, name, part)


def _grow(tree: Tree, name: str, part: Part, before: Iterable[str] = (), after: Iterable[str] = ()) -> None:
    """Add a part with a line of its own, and what lies in it unless the line says that already."""
    if part.kind == "structured" and part.parts and all(inner.kind == "array" for inner in part.parts):
        columns = ", ".join(f"{inner.name} {dtype_text(inner.dtype or '')}" for inner in part.parts)
        tree.add(_line(name, part, before, [*after, clean(columns, _FIELDS)]))
        return
    branch = tree.add(_line(name, part, before, after))
    if _values(part) is None:
        _fill(branch, part)


def _open(part: Part) -> list[Part]:
    return [inner for inner in part.parts if inner.plain is None]


def _add_named(tree: Tree, name: str, part: Part) -> None:
    """Add ``("name", estimator, columns)`` as one line."""
    (inner,) = _open(part)
    words = [clean(other.plain or "", _VALUE) for other in part.parts if other is not inner]
    _grow(tree, name, inner, before=words[:1], after=words[1:])


def _line(name: str, part: Part, before: Iterable[str] = (), after: Iterable[str] = ()) -> Text:
    """Return the line of a part: its name, what it is, how large."""
    pieces: list[str | tuple[str, str]] = [(name, "bold")]
    for word in before:
        pieces += [" ", (word, "yellow")]
    pieces.append("  ")
    if part.count is not None:
        pieces.append((f"{part.count:,} × ", "bold"))
    if part.kind in ("object", "global"):
        pieces += _type_pieces(part)
    elif part.kind in ("array", "structured", "objects"):
        kind = dtype_text(part.dtype or {"objects": "object"}.get(part.kind, part.kind))
        pieces.append((clean(f"{kind} {shape_text(part.shape or ())}", _NAME), "green"))
    elif part.kind == "reference":
        pieces += [("the same as ", "dim"), clean(part.to or "", _VALUE)]
    elif part.kind == "value":
        pieces.append((clean(part.type or "", _NAME), "green"))
    else:
        pieces.append((part.kind if part.length is None else f"{part.kind} of {part.length:,}", "green"))
    if part.bytes:
        pieces.append(("  " + size_text(part.bytes), "dim"))
    for word in after:
        pieces.append("  " + word)
    values = _values(part)
    if values is not None:
        pieces.append("  " + clean(values, _VALUE))
    return styled(*pieces)


def _values(part: Part) -> str | None:
    """Return the first values of a small array as one text; None where there are none to show."""
    if part.kind == "objects" and part.values is None:
        columns = [inner for inner in part.parts if inner.count is not None]
        return _values(columns[0]) if columns else part.listed
    if part.values is None:
        return None
    total = part.count if part.shape is None else prod(length or 0 for length in part.shape)
    texts = "U" in (part.dtype or "") or part.type == "str"
    shown = [
        f"{value:.6g}" if isinstance(value, float) else repr(value) if texts else str(value) for value in part.values
    ]
    return f"[{', '.join(shown)}{', …' if (total or 0) > len(shown) else ''}]"


def _type_pieces(part: Part) -> list[str | tuple[str, str]]:
    name = part.type or ""
    module = name.rpartition(":")[0]
    pieces: list[str | tuple[str, str]] = [(clean(short_name(name), _NAME), "bold cyan")]
    if module:
        pieces.append(("  " + clean(module, _NAME), "dim"))
    if part.version is not None:
        pieces.append(("  of release " + clean(part.version, _NAME), "dim"))
    if not part.trusted:
        pieces.append(("  not trusted", "bold red"))
    return pieces
