"""HTML made of pieces: a text is escaped unless it is markup already, and only this module makes markup."""

from __future__ import annotations

import re
from html import escape

from ..reporting.text import clean

__all__ = ["EMPTY", "Inside", "Markup", "code", "joined", "styles", "tag", "text"]

# The most letters of one text and of one attribute.
_TEXT = 300
_WORD = 48
_ANCHOR = re.compile("#[a-z0-9-]+")


class Markup(str):
    """A text that is HTML; every other one is escaped before it gets into a page."""

    __slots__ = ()


Inside = str | int | None
EMPTY = Markup("")


def text(value: object, limit: int = _TEXT) -> Markup:
    r"""Return a text of a file that nobody has vouched for, to be read and nothing else.

    Control characters, marks that turn the writing direction and what cannot be seen stand as Python writes them.

    Examples
    --------
    >>> from perdure.viewing.markup import text
    >>> text("<b> & " + chr(0x202E))
    '&lt;b&gt; &amp; \\u202e'
    """
    return Markup(escape(clean(str(value), limit), quote=True))


def tag(name: str, *inside: Inside, **attributes: str | float | bool | None) -> Markup:
    """Return an element; what is inside is escaped unless it is markup, and so is the value of each attribute.

    Parameters
    ----------
    name : str
        As it stands in our own code, never in a file.
    *inside : Markup, str, int or None
    **attributes
        ``class_`` is ``class``, ``aria_label`` is ``aria-label``; None is left out, and True has no value.

    Examples
    --------
    >>> from perdure.viewing.markup import tag
    >>> tag("b", "1 < 2", class_="pd-x")
    '<b class="pd-x">1 &lt; 2</b>'
    """
    written = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        if key in ("href", "src") and not (key == "href" and _ANCHOR.fullmatch(str(value))):
            raise ValueError("a page leads nowhere but to its own sections")
        said = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
        written.append(key if value is True else f'{key}="{text(said)}"')
    return Markup(f"<{' '.join(written)}>{joined(*inside)}</{name}>")


def joined(*inside: Inside) -> Markup:
    """Return pieces one after the other."""
    return Markup("".join(one if type(one) is Markup else text(one) for one in inside if one is not None))


def styles(css: str) -> Markup:
    """Return our own style sheet."""
    return Markup(f"<style>{css}</style>")


def code(value: object, limit: int = _TEXT) -> Markup:
    """Return a name or a value of the file, apart from our own words; a long one without a break may be broken."""
    return tag("code", text(value, limit), class_="pd-long" if len(str(value)) > _WORD else None)
