"""What the record says: data, scores, environment, source, probe, lineage."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import PerdureError
from ..record.record import Environment, ProbeSummary, Record, Source, SourceText
from ..record.source import FOLDER, HOME
from ..record.training import Data, Scores
from ..reporting.text import size_text
from .markup import Markup, code, joined, tag
from .plots import dots, number
from .source import LINES, source_block

if TYPE_CHECKING:
    from .._model_file import ModelFile

__all__ = ["data", "environment", "facts", "lineage", "probe", "scores", "source", "table"]

_COLUMNS = 200
_SCORES = 20
_FOLDS = 20
_NAMES = 300
_TEXTS = 12
_TEXT_BYTES = 1 << 20


def facts(rows: Iterable[tuple[str, Markup | str | None]]) -> Markup:
    """Return names and what they say; a name without anything to say is left out."""
    pairs = [joined(tag("dt", name), tag("dd", said)) for name, said in rows if said]
    return tag("dl", *pairs, class_="pd-facts") if pairs else Markup("")


def table(names: Sequence[str], rows: Sequence[Sequence[Markup | str]], more: int = 0) -> Markup:
    """Return a table whose first column names the row."""
    body = [tag("tr", tag("th", first, scope="row"), *(tag("td", cell) for cell in rest)) for first, *rest in rows]
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    left = tag("p", f"… {more:,} more", class_="pd-more") if more > 0 else None
    return joined(tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="pd-scroll"), left)


def data(found: Data | None) -> Markup | None:
    """Return the schema of the training data, and where they are."""
    if found is None:
        return None
    rows: list[tuple[str, Markup | str | None]] = []
    for reference in found.references[:_TEXTS]:
        size = f"  {size_text(reference.size)}" if reference.size is not None else ""
        version = f"  {reference.versioned_by}: {reference.version}" if reference.version is not None else ""
        digest = joined(" sha256 ", code(reference.sha256)) if reference.sha256 is not None else None
        rows.append(("reference", joined(code(reference.reference), size, version, digest)))
    for item in found.embedded:
        rows.append(("in this file", f"{item.role}, {size_text(item.size)}"))
    tables = (("X", found.X), ("y", found.y), ("weights", found.sample_weight), ("groups", found.groups))
    for role, one in tables:
        if one is not None:
            shape = " × ".join(f"{size:,}" for size in one.shape[:8])
            digest = joined(", values ", code(one.values)) if one.values is not None else None
            rows.append((role, joined(code(one.container), f" of {shape}", digest)))
    columns = found.X.columns if found.X is not None else ()
    lines = [
        [
            code(column.name if column.name is not None else str(i), 120),
            code(column.kind, 40),
            code(column.dtype, 40),
            f"{column.missing:,}",
        ]
        for i, column in enumerate(columns[:_COLUMNS])
    ]
    schema = table(("column", "kind", "dtype", "missing"), lines, len(columns) - len(lines)) if lines else None
    return joined(facts(rows), schema)


def scores(found: Scores | None) -> Markup | None:
    """Return the scores of each fold as dots on a line, and as numbers."""
    if found is None:
        return None
    named = [(name, score) for name, score in found.metrics.items() if not name.endswith("_time")]
    if not named:
        return None
    lines = []
    for name, score in named[:_SCORES]:
        written = " ".join(map(number, score.folds[:_FOLDS])) + (" …" if len(score.folds) > _FOLDS else "")
        label = f"{name}: {len(score.folds)} folds, mean {number(score.mean)}"
        lines.append(
            [
                code(name.removeprefix("test_"), 80),
                dots(score.folds, score.mean, label),
                tag("strong", f"{number(score.mean)} ± {score.std:.2g}"),
                tag("span", written, class_="pd-folds"),
            ]
        )
    how = None
    if found.folds is not None:
        chosen = ", ".join(f"{key}={value!r}" for key, value in list(found.folds.parameters.items())[:_TEXTS])
        how = tag("p", "Folds: ", code(f"{found.folds.splitter}({chosen})"), f", {found.folds.rows:,} rows.")
    of = tag("p", "Of ", code(found.estimator), ".") if found.estimator is not None else None
    scored = table(("score", "folds", "mean ± deviation", "each fold"), lines, len(named) - len(lines))
    return joined(scored, how, of)


def environment(found: Environment | None) -> Markup | None:
    """Return where the model was saved."""
    if found is None:
        return None
    where = " ".join(filter(None, (found.system, found.release, found.machine)))
    pools = ", ".join(
        " ".join(filter(None, (pool.internal_api, pool.version, f"with {pool.num_threads} threads")))
        for pool in found.threadpools[:_TEXTS]
    )
    rows = [
        ("Python", f"{found.implementation} {found.python}"),
        ("system", f"{where}, {found.bits} bits, {found.byteorder}-endian"),
        ("thread pools", pools),
    ]
    needed = [
        [code(one.name, 80), code(one.version, 40), code(one.direct_url, 200) if one.direct_url else ""]
        for one in found.distributions[:_NAMES]
    ]
    others = list(found.installed.items())
    parts = [facts(rows)]
    if needed:
        title = f"{len(found.distributions):,} distributions that the model needs"
        listed = table(("distribution", "release", "from"), needed, len(found.distributions) - len(needed))
        parts.append(tag("details", tag("summary", title), listed))
    if others:
        listed = table(
            ("distribution", "release"), [[code(a, 80), code(b, 40)] for a, b in others[:_NAMES]], len(others) - _NAMES
        )
        parts.append(tag("details", tag("summary", f"{len(others):,} others that were installed"), listed))
    return joined(*parts)


def source(found: Source | None, file: ModelFile) -> Markup | None:
    """Return what made the model: script, commit, and the texts in the file, as text."""
    own = file.code
    if found is None and own is None:
        return None
    parts: list[Markup | None] = []
    if found is not None:
        git = found.git
        rows: list[tuple[str, Markup | str | None]] = []
        if found.script is not None:
            rows.append(("script", joined(code(found.script.name), " sha256 ", code(found.script.sha256))))
        if git is not None:
            changed = ", with changes that are not committed" if git.dirty else ""
            branch = joined(" on ", code(git.branch)) if git.branch is not None else None
            rows.append(("commit", joined(code(git.commit or "none yet"), branch, changed)))
            rows.append(("repository", code(git.remote) if git.remote is not None else None))
        rows.append(("digest", code(f"sha256:{found.digest}") if found.digest is not None else None))
        parts.append(facts(rows))
        for i, one in enumerate(found.texts[:_TEXTS]):
            parts.append(_text(one, file, i == 0))
        more = len(found.texts) - _TEXTS
        parts.append(tag("p", f"… {more:,} more texts", class_="pd-more") if more > 0 else None)
    if own is not None:
        head = tag("summary", "Classes and functions that the file came with ", code(own.digest))
        note = tag("p", "Nothing of it runs unless somebody passes this digest to load.", class_="pd-note")
        parts.append(tag("details", head, note, source_block(own.text), class_="pd-text", open=True))
    return joined(*parts)


def _text(one: SourceText, file: ModelFile, opened: bool) -> Markup:
    size = tag("span", size_text(one.size), class_="pd-size")
    head = tag("summary", code(one.of, 160), f" {one.kind} "[:40], size)
    secrets = [item for item in one.left_out if item.what != HOME]
    notes = [f"line {item.line}: {item.what} left out" for item in secrets[:_TEXTS]]
    left = tag("p", "; ".join(notes), class_="pd-note") if notes else None
    content = file.section(FOLDER + one.name)
    if content is None:
        return tag("details", head, left, tag("p", "Its text is not in the file.", class_="pd-bad"), class_="pd-text")
    shown = content[:_TEXT_BYTES].decode("utf-8", "replace")
    if one.kind == "notebook" and len(content) <= _TEXT_BYTES and (cells := _cells(shown)) is not None:
        body = joined(*cells)
    else:
        named = one.name.rpartition(".")[2]
        python = one.kind != "diff" and (one.kind != "file" or named in ("py", "pyi", "pyx"))
        body = source_block(shown, python=python, diff=one.kind == "diff")
    return tag("details", head, left, body, class_="pd-text", open=opened)


def _cells(text: str) -> list[Markup] | None:
    """Return the cells of a notebook; None for what is none."""
    try:
        notebook: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        return None
    found, left = [], LINES
    for cell in cells:
        if not isinstance(cell, dict):
            return None
        lines = cell.get("source", "")
        joined_lines = "".join(filter(_is_text, lines)) if isinstance(lines, list) else lines
        if not isinstance(joined_lines, str) or left <= 0:
            continue
        found.append(source_block(joined_lines, python=cell.get("cell_type") == "code", most=left))
        left -= joined_lines.count("\n") + 1
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def probe(found: ProbeSummary | None, file: ModelFile) -> Markup | None:
    """Return which rows the model was asked about when it was saved, and which of its outputs are kept."""
    if found is None:
        return None
    origin = "derived from the fitted state" if found.origin == "derived" else "given when the model was saved"
    lines = []
    for sample in found.samples[:_SCORES]:
        missing = "; ".join(f"{name}: {why}" for name, why in list(sample.missing.items())[:_TEXTS])
        lines.append([code(sample.path, 120), f"{sample.rows:,}", code(", ".join(sample.outputs[:_TEXTS])), missing])
    said = table(("estimator", "rows", "outputs kept", "not kept"), lines, len(found.samples) - len(lines))
    return joined(tag("p", f"Rows {origin}, with the outputs seen then."), said, _values(found, file))


def _values(found: ProbeSummary, file: ModelFile) -> Markup | None:
    """Return the rows and outputs of the probe, as data: nothing of it is built."""
    from ..arrays.region import read_region
    from ..graph.audit import audit
    from ..graph.nodes import Graph
    from ..graph.read import read_graph
    from ..record.probe.storing import ARRAYS, GRAPH, LIMITS
    from ..reporting.outline import outline
    from .tree import tree

    content = file.section(GRAPH)
    if content is None:
        return None
    try:
        parsed, region = read_graph(content, LIMITS), file.section(ARRAYS)
        held = None if region is None else memoryview(region)
        arrays = read_region(held, parsed.specs, found.storage, LIMITS, inline=parsed.inline)
        audit(parsed, LIMITS)
        whole = outline(Graph(parsed.root, arrays, parsed.bases), arrays, items=40, parts=600)
    except PerdureError as error:
        return tag("p", "The probe cannot be read: ", str(error), class_="pd-bad")
    return tag("details", tag("summary", "Its rows and outputs"), tree(whole, 200))


def lineage(record: Record) -> Markup | None:
    """Return which models this one was made of."""
    if not record.lineage:
        return None
    lines = [
        [
            code(one.how, 40),
            code(f"sha256:{one.model}"),
            ", ".join(f"{a} {b}" for a, b in list(one.libraries.items())[:_TEXTS]),
            one.kind or "",
        ]
        for one in record.lineage[:_SCORES]
    ]
    return table(("how", "from the model", "made with", "file"), lines, len(record.lineage) - len(lines))
