"""Each estimator of a model: its parameters beside their defaults, and what it has learned."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ..errors import PerdureError
from ..graph.nodes import Array
from ..reporting.defaults import defaults_of
from ..reporting.parts import Part
from ..reporting.text import dtype_text, shape_text, size_text
from .looking import View, is_estimator, node_of, short_type, unwrapped
from .markup import Markup, code, joined, tag
from .weights import weights

__all__ = ["estimators"]

_ESTIMATORS = 60
_ALIKE = 3
_ROWS = 80
_PREVIEW_BYTES = 1 << 20
_VALUE = 160
# What stands to the right, and so does its title.
_NUMERIC = {"decoded": "pd-number"}


def estimators(view: View) -> Markup:
    """Return a section that folds for each estimator, the model itself first."""
    found: list[Part] = []
    alike: dict[tuple[str, str], int] = {}
    left_out = 0
    stack = [view.root]
    while stack:
        part = stack.pop()
        if is_estimator(part) or (part is view.root and part.kind == "object"):
            # Of a hundred trees in one list, the first few stand for all.
            key = (part.path.rpartition("[")[0] if part.path.endswith("]") else part.path, part.type or "")
            alike[key] = alike.get(key, 0) + 1
            if (alike[key] > _ALIKE and part.path.endswith("]")) or len(found) >= _ESTIMATORS:
                left_out += 1
                continue
            found.append(part)
        stack += reversed(part.parts)
    if not found:
        return tag("p", "There is no estimator in it.")
    # What a search or a column transformer was given is not fitted, and stands behind what came of it.
    found.sort(key=lambda part: not (part is view.root or _fitted(part)))
    told = [(part, _learned(part, view)) for part in found]
    # One is open: the first that has learned something of each feature, or else the model.
    opened = next((part for part, learned in told if learned is not None), found[0])
    more = tag("p", f"… {left_out:,} more estimators, not shown one by one", class_="pd-more") if left_out else None
    return joined(*(_estimator(part, learned, view, part is opened) for part, learned in told), more)


def _fitted(part: Part) -> bool:
    return any(child.name.endswith("_") and child.name[1:2] != "_" for child in part.parts)


def _learned(part: Part, view: View) -> Markup | None:
    try:
        return weights(part, view)
    except (ValueError, OverflowError) as error:
        return tag("p", f"What it has learned of each feature cannot be read: {error}", class_="pd-note")


def _estimator(part: Part, learned: Markup | None, view: View, opened: bool) -> Markup:
    count = tag("span", f"{part.count:,} × ", class_="pd-times") if part.count is not None else None
    size = tag("span", size_text(part.bytes), class_="pd-size") if part.bytes else None
    state = None if part is view.root or _fitted(part) else joined(" ", tag("span", "not fitted", class_="pd-size"))
    head = tag("summary", count, tag("strong", short_type(part)[:80]), " ", code(part.path, 120), " ", size, state)
    body = [
        tag("p", code(part.type or "", 200), class_="pd-type"),
        None if learned is None else joined(tag("h4", "What it has learned of each feature"), learned),
        _parameters(part, view),
        _attributes(part, view),
    ]
    return tag("details", head, *body, class_="pd-estimator", open=opened)


def _parameters(part: Part, view: View) -> Markup | None:
    chosen = [child for child in part.parts if child.name in part.parameters]
    if not chosen:
        return None
    defaults = defaults_of(part.type or "", view.release(part))
    changed = part.changed or frozenset()
    rows = []
    for child in sorted(chosen, key=lambda child: (child.name not in changed, child.name))[:_ROWS]:
        differs = child.name in changed
        name = child.name[1:]
        default = code(defaults[name], _VALUE) if name in defaults else tag("span", "not known", class_="pd-dim")
        mark = tag("span", "changed", class_="pd-mark") if differs else None
        cells = (
            tag("th", code(name, 80), scope="row"),
            tag("td", _value(child, view)),
            tag("td", default),
            tag("td", mark),
        )
        rows.append(tag("tr", *cells, class_="pd-changed-row" if differs else None))
    title = f"Parameters: {len(changed)} of {len(chosen)} changed" if part.changed is not None else "Parameters"
    return joined(tag("h4", title), _table(("parameter", "value", "default", ""), rows, len(chosen) - len(rows)))


def _attributes(part: Part, view: View) -> Markup | None:
    fitted = [child for child in part.parts if child.name not in part.parameters]
    if not fitted:
        return tag("p", "Nothing fitted: it has its parameters alone.", class_="pd-note")
    # Those that people look at come first, those with an underscore in front last.
    fitted.sort(key=lambda child: (child.name[1:2] == "_", child.name[:1] == "(", child.name))
    rows = []
    for child in fitted[:_ROWS]:
        kind, shape = _kind(unwrapped(child))
        cells = (
            tag("th", code(child.name.removeprefix("."), 80), scope="row"),
            tag("td", kind),
            tag("td", shape),
            tag("td", size_text(child.bytes) if child.bytes else "", class_="pd-number"),
            tag("td", _value(child, view), class_="pd-value"),
        )
        rows.append(tag("tr", *cells))
    more = len(fitted) - len(rows) + part.left_out
    return joined(
        tag("h4", "Fitted attributes"), _table(("attribute", "kind", "shape", "decoded", "values"), rows, more)
    )


def _table(names: tuple[str, ...], rows: list[Markup], more: int) -> Markup:
    head = tag(
        "tr", *(tag("th", name, scope="col", class_=_NUMERIC.get(name)) if name else tag("td") for name in names)
    )
    left = tag("p", f"… {more:,} more", class_="pd-more") if more > 0 else None
    return joined(tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="pd-scroll"), left)


def _kind(part: Part) -> tuple[Markup, str]:
    """Return what a part is, and its shape or length."""
    count = f"{part.count:,} × " if part.count is not None else ""
    if part.dtype is not None:
        return joined(count, code(dtype_text(part.dtype), 40)), shape_text(part.shape or ())
    if part.kind == "value":
        return joined(count, code(part.type or "", 40)), ""
    length = shape_text(part.shape) if part.shape is not None else f"{part.length:,}" if part.length is not None else ""
    name = tag("strong", short_type(part)[:60]) if part.kind in ("object", "global") else part.kind
    bad = joined(" ", tag("span", "not trusted", class_="pd-bad")) if not part.trusted else None
    return joined(count, name if part.kind != "objects" else "objects", bad), length


def _value(part: Part, view: View) -> Markup | None:
    """Return a value in a line, the first of an array, or where it stands."""
    part = unwrapped(part)
    plain = part.plain
    if plain is not None:
        return code(plain, _VALUE)
    if part.kind == "reference":
        return joined("the same as ", code(part.to or "", 100))
    if part.kind == "array" and part.count is None:
        return _preview(part, view)
    if part.values is not None:
        total = part.count if part.shape is None else prod(length or 0 for length in part.shape)
        more = ", …" if (total or 0) > len(part.values) else ""
        return code("[" + ", ".join(_word(value) for value in part.values) + more + "]", _VALUE)
    listed = part.listed
    if listed is not None:
        return code(listed, _VALUE)
    if part.kind == "object":
        return joined(short_type(part)[:60], ", " + size_text(part.bytes) if part.bytes else None)
    return None


def _preview(part: Part, view: View) -> Markup | None:
    """Return the first values of an array and, of numbers, their range."""
    node = node_of(part.node)
    if not isinstance(node, Array) or part.bytes > _PREVIEW_BYTES:
        return tag("span", "too large for a page", class_="pd-dim")
    if part.dtype is not None and part.dtype[1:2] == "U":
        return code("[" + ", ".join(map(_word, part.values or ())) + ", …]", _VALUE) if part.values else None
    try:
        values = view.array(node.index)
    except PerdureError as error:
        return tag("span", "cannot be read: ", str(error), class_="pd-bad")
    if values is None or not values.size:
        return None
    first = values.ravel()[:6].tolist()
    more = ", …" if values.size > len(first) else ""
    written = code("[" + ", ".join(map(_word, first)) + more + "]", _VALUE)
    return joined(written, _range(values))


def _range(values: np.ndarray[Any, Any]) -> Markup | None:
    if values.size <= 6 or values.dtype.kind not in "iuf":
        return None
    finite = values[np.isfinite(values)]
    odd = values.size - finite.size
    said = f"{finite.min():.4g} … {finite.max():.4g}" if finite.size else ""
    if odd:
        said += f"{', ' if said else ''}{odd:,} not finite"
    return joined(" ", tag("span", said, class_="pd-dim"))


def _word(value: Any) -> str:
    return (
        f"{value:.6g}" if isinstance(value, float) else repr(value)[:60] if isinstance(value, str) else str(value)[:60]
    )
