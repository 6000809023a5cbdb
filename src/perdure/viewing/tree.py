"""The whole model as parts within parts that fold."""

from __future__ import annotations

from ..reporting.parts import Part
from ..reporting.text import dtype_text, shape_text, short_name, size_text
from .markup import Markup, code, joined, tag

__all__ = ["tree"]

_PARTS = 500
_DEPTH = 24


def tree(root: Part, most: int = _PARTS) -> Markup:
    """Return a part with what lies in it, folded, as many parts as may be shown."""
    return tag("div", _part(root, [most], 0), class_="pd-tree")


def _line(part: Part) -> Markup:
    pieces = [tag("strong", part.name.lstrip(".")[:120] or "model")]
    plain = part.plain
    if plain is not None:
        pieces.append(joined("= ", code(plain, 160)))
    elif part.type is not None:
        pieces.append(joined(f"{part.count:,} × " if part.count is not None else None, short_name(part.type)[:80]))
    elif part.kind == "reference":
        pieces.append(joined("the same as ", code(part.to or "", 120)))
    else:
        pieces.append(joined(part.kind))
    if part.dtype is not None:
        pieces.append(code(f"{dtype_text(part.dtype)} {shape_text(part.shape or ())}", 80))
    if part.bytes:
        pieces.append(tag("span", size_text(part.bytes), class_="pd-size"))
    if not part.trusted:
        pieces.append(tag("span", "not trusted", class_="pd-bad"))
    return joined(*(joined(" " if i else None, one) for i, one in enumerate(pieces)))


def _part(part: Part, left: list[int], depth: int) -> Markup:
    left[0] -= 1
    if not part.parts or part.plain is not None:
        return tag("div", _line(part), class_="pd-leaf")
    inside: list[Markup] = []
    for child in part.parts:
        if left[0] <= 0 or depth >= _DEPTH:
            break
        inside.append(_part(child, left, depth + 1))
    more = len(part.parts) - len(inside) + part.left_out
    if more:
        inside.append(tag("div", f"… {more:,} more", class_="pd-more pd-leaf"))
    return tag("details", tag("summary", _line(part)), *inside, open=depth == 0)
