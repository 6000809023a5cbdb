"""The page: its sections, its head, and the rule that keeps everything else out."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from .._legacy_file import LegacyFile
from ..reporting.outline import outline
from ..reporting.parts import Part
from ..reporting.text import size_text
from . import origin, standing
from .diagram import diagram
from .estimators import estimators
from .looking import View, inner, short_type
from .markup import Markup, code, joined, styles, tag, text
from .sizes import sizes
from .tree import tree

if TYPE_CHECKING:
    from .._model_file import ModelFile
    from ..record.record import Record

__all__ = ["model_html", "page"]

# How many parts of the model a page looks at, and how many of one container.
_PARTS = 4000
_ITEMS = 60
_NOTES = 20_000


@cache
def _css() -> str:
    with open(os.path.join(os.path.dirname(__file__), "style.css"), encoding="utf-8", newline="\n") as file:
        return file.read()


@cache
def _policy() -> str:
    """Return the policy of the page: our own styles, known by their digest, and nothing else."""
    digest = b64encode(sha256(_css().encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def page(file: ModelFile) -> str:
    """Return the page of an open file."""
    title = os.path.basename(file.name) or "model"
    body = _body(file, alone=True)
    # These three hold nothing of the file but its name, which is text.
    head = (
        '<!DOCTYPE html>\n<html lang="en" class="pd-document"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy()}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
    )
    return f"{head}{tag('title', f'{title} · perdure')}{styles(_css())}</head><body>{body}</body></html>\n"


def model_html(file: ModelFile) -> str:
    """Return what a notebook shows of an open file: the page without its head."""
    return styles(_css()) + _body(file, alone=False)


def _body(file: ModelFile, *, alone: bool) -> Markup:
    refused = frozenset(file.untrusted)
    root = outline(file.graph, file.arrays, refused=refused, items=_ITEMS, parts=_PARTS)
    looking = View(file, root)
    record = file.record
    sections = [(key, title, content) for key, title, content in _sections(looking, record) if content]
    written = [
        tag(
            "section",
            tag("h2", title, id=f"pd-title-{key}"),
            content,
            id=f"pd-{key}" if alone else None,
            aria_labelledby=f"pd-title-{key}",
        )
        for key, title, content in sections
    ]
    skip = nav = None
    if alone:
        skip = tag("a", "Skip to the model", href="#pd-model", class_="pd-skip")
        links = [tag("li", tag("a", title, href=f"#pd-{key}")) for key, title, _ in sections]
        nav = tag("nav", tag("ul", *links), aria_label="Sections")
    foot = tag("footer", "Read as data: nothing in the file was run, and no model was built.")
    main = tag("main" if alone else "div", *written)
    return tag("div", skip, _header(looking, record, len(refused), alone), nav, main, foot, class_="pd")


def _header(looking: View, record: Record | None, refused: int, alone: bool) -> Markup:
    file, root = looking.file, looking.root
    name = os.path.basename(file.name) or "model"
    made = ", ".join(f"{library} {version}" for library, version in list(file.libraries.items())[:12] if version)
    size = file.size if isinstance(file, LegacyFile) else file.container.archive.source.size
    saved = record.saved.at if record is not None and record.saved is not None else None
    badge = (
        tag("span", f"{refused:,} not trusted", class_="pd-badge pd-bad")
        if refused
        else tag("span", "every name trusted", class_="pd-badge pd-good")
    )
    rows: list[tuple[str, Markup | str | None]] = [
        ("model", joined(tag("strong", _told(root, looking)), f", {size_text(root.bytes)} of arrays")),
        ("file", f"{size_text(size)}, {file.kind}"),
        ("made with", made),
        ("saved", saved),
        ("author", code(record.author) if record is not None and record.author else None),
        ("license", code(record.license) if record is not None and record.license else None),
        ("digest", code(file.digest)),
    ]
    title = tag("h1" if alone else "p", text(name, 120), class_="pd-name")
    notes = None
    if record is not None and record.notes:
        lines = record.notes[:_NOTES].splitlines()
        cut = len(record.notes) > _NOTES
        written = [joined(text(line, 2000), Markup("\n")) for line in lines[:200]]
        more = tag("p", "… the notes go on", class_="pd-more") if cut or len(lines) > 200 else None
        notes = joined(tag("pre", *written, class_="pd-notes"), more)
    return tag("header", title, badge, origin.facts(rows), notes)


def _told(root: Part, looking: View) -> str:
    """Return the model in a line: a pipeline by its last step."""
    steps = inner(root, "steps")
    said = short_type(root)
    if steps is not None and steps.parts and len(steps.parts[-1].parts) > 1:
        last = looking.same(steps.parts[-1].parts[1])
        if last.kind == "object":
            said += f" of {steps.length or len(steps.parts)} steps, the last {short_type(last)}"
    return said[:200]


def _sections(looking: View, record: Record | None) -> Iterator[tuple[str, str, Markup | None]]:
    file = looking.file
    yield "model", "The model", diagram(looking)
    yield "sizes", "What it is made of", sizes(looking.root)
    yield "estimators", "Parameters and what it has learned", estimators(looking)
    if record is not None:
        yield "scores", "Cross-validation", origin.scores(record.scores)
        yield "data", "Training data", origin.data(record.data)
        yield "environment", "Where it was saved", origin.environment(record.environment)
    yield "source", "What made it", origin.source(record.source if record is not None else None, file)
    if record is not None:
        yield "lineage", "Made from", origin.lineage(record)
        yield "probe", "Probe", origin.probe(record.probe, file)
    yield "trust", "Trust", standing.trust(file)
    yield "loading", "Loading it here", standing.loading(file)
    yield "file", "The file", standing.held(file)
    yield "tree", "Everything in it", tree(looking.root)
    if record is None:
        yield "record", "Record", tag("p", "The file does not say when, where or by what it was made.")
