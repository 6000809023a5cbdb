"""What a model is made of and how large each part is: a treemap, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..reporting.parts import Part
from ..reporting.text import size_text
from .markup import Markup, code, joined, tag

__all__ = ["Rectangle", "sizes", "squarified"]

_WIDTH, _HEIGHT = 960.0, 380.0
_DEPTH = 6
_CELLS = 250
_LEAST = 3.0
_TABLE = 20
_COLOURS = 8
_NEARLY_ALL = 0.9
# How wide a letter is, on average, and how high a line.
_LETTER, _LINE = 7.4, 16.0


@dataclass(frozen=True)
class Rectangle:
    """A place on the map."""

    x: float
    y: float
    width: float
    height: float


def squarified(sizes: Sequence[float], place: Rectangle) -> list[Rectangle]:
    """Return a rectangle for each size, largest first, that fill a place and are as near to squares as may be.

    The squarified treemaps of Bruls, Huizing and van Wijk.

    Examples
    --------
    >>> from perdure.viewing.sizes import Rectangle, squarified
    >>> for found in squarified([3.0, 1.0], Rectangle(0.0, 0.0, 4.0, 1.0)):
    ...     print(found)
    Rectangle(x=0.0, y=0.0, width=3.0, height=1.0)
    Rectangle(x=3.0, y=0.0, width=1.0, height=1.0)
    """
    total = sum(sizes)
    if not total or place.width <= 0 or place.height <= 0:
        return [Rectangle(place.x, place.y, 0.0, 0.0) for _ in sizes]
    scale = place.width * place.height / total
    areas = [size * scale for size in sizes]
    found: list[Rectangle] = []
    at = 0
    while at < len(areas):
        short = min(place.width, place.height)
        stop, row, worst = at + 1, areas[at], _worst(areas[at], areas[at], areas[at], short)
        while stop < len(areas):
            longer = row + areas[stop]
            next_worst = _worst(longer, areas[at], areas[stop], short)
            if next_worst > worst:
                break
            row, worst, stop = longer, next_worst, stop + 1
        place = _lay(areas[at:stop], row, place, found)
        at = stop
    return found


def _worst(row: float, largest: float, smallest: float, side: float) -> float:
    if not row or not smallest or not side:
        return float("inf")
    return max(side * side * largest / (row * row), row * row / (side * side * smallest))


def _lay(areas: Sequence[float], row: float, place: Rectangle, found: list[Rectangle]) -> Rectangle:
    """Lay one row along the shorter side, and return the place that is left."""
    if place.width >= place.height:
        width, y = row / place.height if place.height else 0.0, place.y
        for area in areas:
            height = area / width if width else 0.0
            found.append(Rectangle(place.x, y, width, height))
            y += height
        return Rectangle(place.x + width, place.y, max(place.width - width, 0.0), place.height)
    height, x = row / place.width, place.x
    for area in areas:
        width = area / height if height else 0.0
        found.append(Rectangle(x, place.y, width, height))
        x += width
    return Rectangle(place.x, place.y + height, place.width, max(place.height - height, 0.0))


class _Map:
    def __init__(self) -> None:
        self.left = _CELLS
        self.drawn: list[Markup] = []

    def draw(self, part: Part, name: str, place: Rectangle, colour: int, depth: int) -> None:
        self.left -= 1
        sized = _sized(part)
        # A part that holds one other alone is drawn as that one.
        while len(sized) == 1 and sized[0].bytes == part.bytes:
            part = sized[0]
            name += part.name
            sized = _sized(part)
        if not sized and colour < 0:
            colour = 0
        label = _label(name, place)
        title = tag("title", f"{part.path}: {size_text(part.bytes)}")
        box = tag(
            "rect",
            x=place.x + 0.5,
            y=place.y + 0.5,
            width=max(place.width - 1, 0.0),
            height=max(place.height - 1, 0.0),
            rx=2,
            class_="pd-plain" if colour < 0 else f"pd-c{colour % _COLOURS} pd-d{min(depth, 5)}",
        )
        self.drawn.append(tag("g", title, box, _words(label, place)))
        top = _LINE + 4 if label else 2.0
        inside = Rectangle(place.x + 3, place.y + top, place.width - 6, place.height - top - 3)
        if not sized or depth >= _DEPTH or inside.width < 12 or inside.height < 12:
            return
        # What its own parts do not hold stands for itself: the place is that of all of its bytes.
        # Colours tell apart what is worth it: where one part is nearly all, its own parts.
        anew = colour < 0 and sized[0].bytes < _NEARLY_ALL * part.bytes
        for i, (child, rect) in enumerate(zip(sized, squarified([c.bytes for c in sized], inside), strict=True)):
            if self.left > 0 and rect.width >= _LEAST and rect.height >= _LEAST:
                self.draw(child, child.name, rect, i if anew else colour, depth + 1)


def _sized(part: Part) -> list[Part]:
    return sorted((child for child in part.parts if child.bytes), key=lambda child: -child.bytes)


def _label(name: str, place: Rectangle) -> str:
    room = int((place.width - 8) / _LETTER)
    name = name.lstrip(".")
    if place.height < _LINE + 4 or room < 4 or not name:
        return ""
    return name if len(name) <= room else name[: room - 1] + "…"


def _words(label: str, place: Rectangle) -> Markup | None:
    if not label:
        return None
    return tag("text", label, x=place.x + 5, y=place.y + _LINE - 2)


def sizes(root: Part) -> Markup:
    """Return the treemap of a model, and its largest parts as a table."""
    if not root.bytes:
        return tag("p", "It has no arrays: its numbers are few, and stand in its graph.")
    drawing = _Map()
    drawing.draw(root, "model", Rectangle(0.0, 0.0, _WIDTH, _HEIGHT), -1, 0)
    label = (
        f"The parts of the model by the bytes of their arrays, {size_text(root.bytes)} in all; the table has the same."
    )
    picture = tag(
        "svg", *drawing.drawn, viewBox=f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}", role="img", aria_label=label, class_="pd-map"
    )
    return joined(picture, _table(root))


def _table(root: Part) -> Markup:
    found: list[Part] = []
    stack = [root]
    while stack:
        part = stack.pop()
        inside = _sized(part)
        if not inside:
            found.append(part)
        stack += inside
    found.sort(key=lambda part: -part.bytes)
    rows = [
        tag(
            "tr",
            tag("td", code(part.path, 120)),
            tag("td", size_text(part.bytes), class_="pd-number"),
            tag("td", f"{100 * part.bytes / root.bytes:.1f} %", class_="pd-number"),
        )
        for part in found[:_TABLE]
    ]
    more = len(found) - len(rows)
    if more > 0:
        rest = sum(part.bytes for part in found[_TABLE:])
        rows.append(
            tag(
                "tr",
                tag("td", f"{more:,} more"),
                tag("td", size_text(rest), class_="pd-number"),
                tag("td", f"{100 * rest / root.bytes:.1f} %", class_="pd-number"),
            )
        )
    head = tag("tr", *(tag("th", name, scope="col") for name in ("part", "decoded", "share")))
    table = tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="pd-scroll")
    return tag("details", tag("summary", "The largest parts as a table"), table)
