"""An open file as a notebook shows it: parts that fold, and where the bytes are."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from .text import clean, dtype_text, shape_text, short_name, size_text

if TYPE_CHECKING:
    from .._model_file import ModelFile
    from .parts import Part

__all__ = ["model_html"]

_STYLE = "font-family: monospace; font-size: 90%; line-height: 1.5"
_PARTS = 400


def _text(value: object) -> str:
    # Every string comes from a file that nobody has vouched for.
    return escape(clean(str(value), 200))


def model_html(file: ModelFile) -> str:
    """Return the HTML of a file, without scripts or anything from outside."""
    libraries = ", ".join(f"{name} {version}" for name, version in file.libraries.items() if version)
    refused = file.untrusted
    notice = ""
    if refused:
        notice = f"<div>not trusted: <b>{', '.join(map(_text, refused))}</b></div>"
    return (
        f'<div style="{_STYLE}"><div><b>{_text(file.name)}</b></div><div>made with {_text(libraries)}</div>'
        f"<div>{_text(file.digest)}</div>{notice}{_part(file.outline, [_PARTS], True)}</div>"
    )


def _line(part: Part) -> str:
    pieces = [f"<b>{_text(part.name.lstrip('.') or 'model')}</b>"]
    plain = part.plain
    if plain is not None:
        pieces.append("= " + _text(plain))
    elif part.type is not None:
        pieces.append((f"{part.count:,} × " if part.count else "") + _text(short_name(part.type)))
    else:
        pieces.append(_text(part.kind))
    if part.dtype is not None:
        pieces.append(_text(dtype_text(part.dtype) + " " + shape_text(part.shape or ())))
    if part.bytes:
        pieces.append(f"<i>{_text(size_text(part.bytes))}</i>")
    if not part.trusted:
        pieces.append("<b>not trusted</b>")
    return " ".join(pieces)


def _part(part: Part, left: list[int], opened: bool) -> str:
    left[0] -= 1
    if not part.parts or part.plain is not None:
        return f'<div style="margin-left: 1.2em">{_line(part)}</div>'
    inside: list[str] = []
    shown = 0
    for inner in part.parts:
        if left[0] <= 0:
            break
        inside.append(_part(inner, left, False))
        shown += 1
    more = len(part.parts) - shown + part.left_out
    if more:
        inside.append(f'<div style="margin-left: 1.2em">… {more} more</div>')
    return (
        f'<details style="margin-left: 1.2em"{" open" if opened else ""}><summary>{_line(part)}</summary>'
        f"{''.join(inside)}</details>"
    )
