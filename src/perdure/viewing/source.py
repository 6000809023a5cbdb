"""Source code as HTML, its words in colours: read as text, never as code."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator

from ..reporting.text import size_text
from .markup import Markup, joined, tag, text

__all__ = ["highlighted", "source_block"]

LINES = 1500
_LINE = 400
# Every alternative goes forward only: a hostile text takes no longer than a plain one.
_TOKENS = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<string>(?i:[rbuf]{0,2})(?:'''[\s\S]*?(?:'''|\Z)|\"{3}[\s\S]*?(?:\"{3}|\Z)
        |'(?:\\[^\n]|[^'\\\n])*'?|"(?:\\[^\n]|[^"\\\n])*"?))
    |(?P<name>[^\W\d]\w*)
    |(?P<number>\d[\w.]*)
    |(?P<decorator>^[ \t]*@[\w.]+)""",
    re.VERBOSE | re.MULTILINE,
)
_KEYWORDS = frozenset(keyword.kwlist)


def _tokens(source: str) -> Iterator[tuple[str, str | None]]:
    at = 0
    for found in _TOKENS.finditer(source):
        if found.start() > at:
            yield source[at : found.start()], None
        kind = found.lastgroup
        if kind == "name":
            kind = "keyword" if found[0] in _KEYWORDS else None
        yield found[0], kind
        at = found.end()
    if at < len(source):
        yield source[at:], None


def highlighted(source: str) -> list[Markup]:
    """Return the lines of a Python source; what is not Python comes out as it is.

    Examples
    --------
    >>> from perdure.viewing.source import highlighted
    >>> highlighted("def f(): # <b>")
    ['<b class="pd-keyword">def</b> f(): <i class="pd-comment"># &lt;b&gt;</i>']
    """
    lines: list[list[Markup]] = [[]]
    for piece, kind in _tokens(source.expandtabs(4)):
        for i, part in enumerate(piece.split("\n")):
            if i:
                lines.append([])
            if part:
                shown = text(part, _LINE)
                name = "b" if kind == "keyword" else "i" if kind == "comment" else "span"
                lines[-1].append(shown if kind is None else tag(name, shown, class_=f"pd-{kind}"))
    return [joined(*line) for line in lines]


def _changes(source: str) -> list[Markup]:
    """Return the lines of a diff."""
    kinds = {"+": "pd-added", "-": "pd-removed", "@": "pd-keyword"}
    return [tag("span", text(line, _LINE), class_=kinds.get(line[:1])) for line in source.expandtabs(4).split("\n")]


def source_block(source: str, *, python: bool = True, diff: bool = False, most: int = LINES) -> Markup:
    """Return a source with the numbers of its lines; a long one is cut, and says so."""
    lines = source.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    shown = "\n".join(line[:_LINE] + "…" if len(line) > _LINE else line for line in lines[:most])
    written = _changes(shown) if diff else highlighted(shown) if python else [text(line) for line in shown.split("\n")]
    numbered = [
        joined(tag("span", f"{i + 1:>4} ", class_="pd-line"), line, Markup("\n")) for i, line in enumerate(written)
    ]
    left = len(lines) - most
    more = tag("p", f"… {left:,} more lines; all has {size_text(len(source))}", class_="pd-more") if left > 0 else None
    return joined(
        tag("pre", tag("code", *numbered), class_="pd-source", tabindex=0, role="region", aria_label="source"), more
    )
