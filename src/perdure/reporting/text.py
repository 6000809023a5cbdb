"""Texts of files that nobody has vouched for, made fit to be shown."""

from __future__ import annotations

import re

__all__ = ["clean", "dtype_text", "shape_text", "short_name", "size_text"]

_KINDS = {"f": "float", "i": "int", "u": "uint", "c": "complex", "b": "bool"}
# Letters and marks, as Unicode has them, of which nothing is seen.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159\U000e0100-\U000e01ef]"
)


def clean(text: str, limit: int | None = None) -> str:
    r"""Return a text that no terminal can take for anything but text, cut to a length.

    Escapes, other control characters, line ends, marks that turn the writing direction, invisible
    characters and lone surrogates become visible as Python writes them.

    Parameters
    ----------
    text : str
    limit : int, optional
        The most characters; the last one is an ellipsis where something was cut.

    Examples
    --------
    >>> from perdure.reporting.text import clean
    >>> clean("a" + chr(27) + "[31mb")
    'a\\x1b[31mb'
    >>> clean("abcdef", 4)
    'abc…'
    """
    # Cut first: a text of a gigabyte is not escaped for the sake of its first line.
    cut = limit is not None and len(text) > limit
    shown = text[:limit] if cut else text
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else _escape(c) for c in shown)
    if not shown.isascii():
        shown = _UNSEEN.sub(lambda found: _escape(found[0]), shown)
    if limit is not None and (cut or len(shown) > limit):
        shown = shown[: limit - 1] + "…"
    return shown


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def size_text(count: int) -> str:
    """Return a number of bytes as people read it.

    Examples
    --------
    >>> from perdure.reporting.text import size_text
    >>> size_text(96), size_text(41_234), size_text(3_000_000)
    ('96 B', '41.2 kB', '3.0 MB')
    """
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:,.1f} EB"


def dtype_text(dtype: str) -> str:
    """Return a logical dtype as numpy names it.

    Examples
    --------
    >>> from perdure.reporting.text import dtype_text
    >>> dtype_text("<f8"), dtype_text(">i4"), dtype_text("<U7"), dtype_text("intp")
    ('float64', 'int32 (big-endian)', '<U7', 'intp')
    """
    kind, digits = dtype[1:2], dtype[2:]
    if kind not in _KINDS or not (digits.isascii() and digits.isdigit()) or len(digits) > 2:
        return dtype
    if kind == "b":
        return "bool"
    return f"{_KINDS[kind]}{int(digits) * 8}" + (" (big-endian)" if dtype[0] == ">" and digits != "1" else "")


def shape_text(shape: tuple[int | None, ...]) -> str:
    """Return a shape as numpy shows it; None stands for a length that differs.

    Examples
    --------
    >>> from perdure.reporting.text import shape_text
    >>> shape_text((3, 4)), shape_text((3,)), shape_text((None, 4))
    ('(3, 4)', '(3,)', '(…, 4)')
    """
    lengths = ["…" if length is None else str(length) for length in shape]
    return f"({lengths[0]},)" if len(lengths) == 1 else f"({', '.join(lengths)})"


def short_name(name: str) -> str:
    """Return the name of a type without its module.

    Examples
    --------
    >>> from perdure.reporting.text import short_name
    >>> short_name("sklearn.pipeline:Pipeline")
    'Pipeline'
    """
    return name.rpartition(":")[2] or name
