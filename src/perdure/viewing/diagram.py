"""The model as a diagram: steps below each other, what works side by side beside each other, the rest within."""

from __future__ import annotations

from dataclasses import dataclass

from ..reporting.parts import Part
from .looking import View, inner, is_estimator, short_type
from .markup import Markup, code, joined, tag

__all__ = ["diagram"]

_DEPTH = 12
_BOXES = 200
_ALIKE = 3
_CHANGED = 8
_SIDE_BY_SIDE = ("transformers_", "transformers", "transformer_list", "estimators")


@dataclass
class _Box:
    """One estimator, or what stands in the place of one."""

    part: Part
    label: str | None = None
    columns: str | None = None
    times: int = 1


class _Diagram:
    def __init__(self, view: View) -> None:
        self.view = view
        self.left = _BOXES

    def box(self, box: _Box, depth: int) -> Markup:
        self.left -= 1
        part = self.view.same(box.part)
        head: list[Markup | str | None] = []
        if box.label is not None:
            head.append(tag("span", code(box.label, 60), class_="pd-label"))
        count = (part.count or 1) * box.times
        if count > 1:
            head.append(tag("span", f"{count:,} ×", class_="pd-times"))
        if part.kind == "value" or part.kind in ("list", "tuple", "dict"):
            head.append(code(part.plain or part.kind, 80))
        else:
            head.append(tag("strong", short_type(part)[:80]))
        if not part.trusted:
            head.append(tag("span", "not trusted", class_="pd-bad"))
        if box.columns is not None:
            head.append(tag("span", code(box.columns, 120), class_="pd-columns"))
        inside = self.inside(part, depth) if depth < _DEPTH and box.times == 1 else None
        changed = _changed(part)
        body = joined(*(joined(" " if i else None, one) for i, one in enumerate(head)))
        if inside is None and changed is None:
            return tag("div", tag("div", body, class_="pd-head"), class_="pd-box")
        if inside is None:
            return tag("details", tag("summary", body, class_="pd-head"), changed, class_="pd-box")
        return tag("details", tag("summary", body, class_="pd-head"), changed, inside, class_="pd-box", open=True)

    def inside(self, part: Part, depth: int) -> Markup | None:
        if not is_estimator(part) or part.count is not None:
            return None
        steps = inner(part, "steps")
        if steps is not None and (boxes := _named(steps)):
            return self.row(boxes, depth, "pd-chain")
        for name in _SIDE_BY_SIDE:
            found = inner(part, name)
            if found is not None and (boxes := _named(found)):
                last = inner(part, "final_estimator_")
                after = self.row([_Box(last, "final_estimator_")], depth, "pd-chain") if last is not None else None
                return joined(self.row(boxes, depth, "pd-beside"), after)
        boxes = _attributes(part, self.view)
        return self.row(boxes, depth, "pd-within") if boxes else None

    def row(self, boxes: list[_Box], depth: int, how: str) -> Markup:
        shown: list[Markup] = []
        for box in boxes:
            if self.left <= 0:
                break
            shown.append(tag("li", self.box(box, depth + 1)))
        more = len(boxes) - len(shown)
        if more:
            shown.append(tag("li", f"… {more:,} more", class_="pd-more"))
        return tag("ol" if how == "pd-chain" else "ul", *shown, class_=how)


def _changed(part: Part) -> Markup | None:
    """Return the parameters that are not the defaults."""
    if not part.changed:
        return None
    written = []
    for child in part.parts:
        if child.name in part.changed and (said := child.plain) is not None:
            written.append(tag("li", code(f"{child.name[1:]}={said}", 100)))
    if not written:
        return None
    more = len(written) - _CHANGED
    if more > 0:
        written[_CHANGED:] = [tag("li", f"and {more} more", class_="pd-more")]
    return tag("ul", *written, class_="pd-changed")


def _named(part: Part) -> list[_Box]:
    """Return the estimators of ``[(name, estimator), …]``, with columns where there are any."""
    boxes = []
    for item in part.parts if part.kind == "list" else ():
        if item.kind != "tuple" or item.count is not None or len(item.parts) < 2 or item.parts[0].type != "str":
            return []
        name, what, *more = item.parts
        columns = more[0].plain or more[0].kind if more else None
        boxes.append(_Box(what, str(name.value or name.text), columns))
    if part.left_out and boxes:
        boxes.append(_Box(Part("value", "", "", text=f"… {part.left_out:,} more")))
    return boxes


def _attributes(part: Part, view: View) -> list[_Box]:
    """Return the estimators among the attributes; where some are fitted, those alone."""
    found: list[_Box] = []
    for child in part.parts:
        found += _within(child, child.name[1:], view)
    fitted = [box for box in found if (box.label or "").partition("[")[0].endswith("_")]
    chosen = fitted or found
    if any((box.label or "").startswith("estimators_") for box in chosen):
        chosen = [box for box in chosen if box.label != "estimator_"]
    return chosen


def _within(part: Part, name: str, view: View) -> list[_Box]:
    """Return the estimators in an attribute, and strangers. A container is looked into where it stands: it may hold itself."""
    what = view.same(part)
    if is_estimator(what) or (what.kind == "object" and not what.trusted):
        return [_Box(what, name)]
    if part.kind in ("list", "tuple", "objects"):
        boxes = [box for child in part.parts for box in _within(child, name + child.name, view)]
        if len(boxes) > _ALIKE and len({box.part.type for box in boxes}) == 1:
            return [_Box(boxes[0].part, name, times=len(boxes) + part.left_out)]
        return boxes
    if part.kind == "dict":
        return [box for child in part.parts for box in _within(child, name + child.name, view)]
    return []


def diagram(view: View) -> Markup:
    """Return the diagram of the model; of a dict or list of models, one below the other."""
    drawing = _Diagram(view)
    root = view.root
    if root.kind == "object":
        return tag("div", drawing.box(_Box(root), 0), class_="pd-diagram")
    boxes = [box for child in root.parts for box in _within(child, child.name, view)]
    if not boxes:
        return tag("p", "There is no estimator in it: ", code(root.plain or root.kind))
    return tag("div", drawing.row(boxes, 0, "pd-within"), class_="pd-diagram")
