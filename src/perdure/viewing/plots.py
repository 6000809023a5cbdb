"""Small pictures: bars for weights, dots for the scores of folds."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from .markup import Markup, code, tag

__all__ = ["bars", "dots", "number"]

_BAR = 200.0
_DOTS = 400.0


def number(value: float) -> str:
    """Return a number as people read it."""
    return f"{value:.4g}" if isfinite(value) else str(value)


def bars(rows: Sequence[tuple[str, float]], *, names: str, values: str) -> Markup:
    """Return a table with a bar for each value, to the left of the middle where it is negative."""
    finite = [abs(value) for _, value in rows if isfinite(value)]
    # Half of each: a sum of two of the largest numbers is none.
    largest = max(finite, default=0.0) or 1.0
    signed = any(value < 0 for _, value in rows)
    middle = _BAR / 2 if signed else 0.0
    written = []
    for name, value in rows:
        length = (abs(value) / largest if isfinite(value) else 0.0) * (_BAR / 2 if signed else _BAR)
        bar = tag(
            "rect",
            x=middle - length if value < 0 else middle,
            y=2,
            width=length,
            height=10,
            class_="pd-minus" if value < 0 else "pd-plus",
        )
        axis = tag("line", x1=middle, x2=middle, y1=0, y2=14, class_="pd-axis") if signed else None
        picture = tag(
            "svg",
            bar,
            axis,
            viewBox=f"0 0 {_BAR:.0f} 14",
            preserveAspectRatio="none",
            aria_hidden="true",
            class_="pd-bar",
        )
        cells = (
            tag("th", code(name, 80), scope="row"),
            tag("td", picture),
            tag("td", number(value), class_="pd-number"),
        )
        written.append(tag("tr", *cells))
    head = tag("tr", tag("th", names, scope="col"), tag("td"), tag("th", values, scope="col", class_="pd-number"))
    return tag("div", tag("table", tag("thead", head), tag("tbody", *written), class_="pd-bars"), class_="pd-scroll")


def dots(folds: Sequence[float], mean: float, label: str) -> Markup:
    """Return a line with a dot for each fold and a stroke for the mean."""
    finite = [fold for fold in folds if isfinite(fold)]
    if not finite:
        return tag("span", "no finite score")
    low, high = min(finite), max(finite)
    room = (high / 2 - low / 2) * 2
    usable = isfinite(room) and room > 0

    def at(value: float) -> float:
        share = (value - low) / room if usable else 0.5
        return 12 + min(max(share, 0.0), 1.0) * (_DOTS - 24)

    line = tag("line", x1=12, x2=_DOTS - 12, y1=14, y2=14, class_="pd-axis")
    stroke = tag("line", x1=at(mean), x2=at(mean), y1=4, y2=24, class_="pd-mean") if isfinite(mean) else None
    points = [
        tag("circle", tag("title", f"fold {i + 1}: {number(fold)}"), cx=at(fold), cy=14, r=5, class_="pd-dot")
        for i, fold in enumerate(folds[:200])
        if isfinite(fold)
    ]
    ends = (
        tag("text", number(low), x=12, y=38, class_="pd-end"),
        tag("text", number(high), x=_DOTS - 12, y=38, text_anchor="end", class_="pd-end") if usable else None,
    )
    return tag(
        "svg",
        line,
        stroke,
        *points,
        *ends,
        viewBox=f"0 0 {_DOTS:.0f} 44",
        role="img",
        aria_label=label,
        class_="pd-dots",
    )
