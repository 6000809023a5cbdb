"""A page as a strict reader sees it: which elements it has, what they say, and whether any of it could do something."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

_ELEMENTS = """
html head meta title style body div header main nav section footer h1 h2 h4 p a ul ol li dl dt dd table thead tbody
tr th td details summary code pre strong span b i svg g rect text line circle
"""
_ATTRIBUTES = """
class id href lang scope open tabindex role viewbox preserveaspectratio x y x1 x2 y1 y2 width height rx cx cy r
text-anchor aria-label aria-labelledby aria-hidden charset name content http-equiv
"""
ELEMENTS = set(_ELEMENTS.split())
ATTRIBUTES = set(_ATTRIBUTES.split())
VOID = {"meta"}
CLASSES = re.compile(r"pd-[a-z0-9-]+")


class Reader(HTMLParser):
    """Raises for anything that a page of ours has not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.styles: list[str] = []

    def handle_starttag(self, tag, attrs):
        assert tag in ELEMENTS, tag
        assert len({name for name, _ in attrs}) == len(attrs)
        for name, value in attrs:
            assert name in ATTRIBUTES, (tag, name)
            if name == "href":
                assert re.fullmatch(r"#pd-[a-z-]+", value), value
            if name == "class":
                assert all(one == "pd" or CLASSES.fullmatch(one) for one in value.split()), value
            if name == "id":
                assert re.fullmatch(r"pd-[a-z-]+", value), value
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        (self.styles if self.open and self.open[-1] == "style" else self.texts).append(data)

    def handle_comment(self, data):
        raise AssertionError("there is no comment in a page")

    def handle_pi(self, data):
        raise AssertionError("there is no instruction in a page")

    def unknown_decl(self, data):
        raise AssertionError("there is no declaration in a page")


def read(html: str) -> Reader:
    """Read a page or what a notebook shows; AssertionError for anything that should not be there."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    hidden = {letter for letter in html if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")} - {
        "\n"
    }
    assert hidden == set()
    html.encode("utf-8")
    assert len(reader.styles) == 1
    return reader


def words(reader: Reader) -> str:
    """All that a page says."""
    return "".join(reader.texts)
