"""``perdure record``, and what a file says of its origin in a few lines."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from ..record.source import HOME
from ..reporting.text import clean, size_text
from .options import file_argument, json_option
from .printing import console, print_facts, print_json, styled

if TYPE_CHECKING:
    from rich.text import Text

    from .._model_file import ModelFile
    from ..record.record import Environment, EstimatorSummary, ProbeSummary, Record, Source, SourceText
    from ..record.training import Data, Scores

__all__ = ["command", "record_facts"]

_LINE = 300
_NAMES = 12
_SCORES = 8
_FOLDS = 10


@click.command("record", short_help="Where it comes from; its source and data as files, with -o FOLDER.")
@file_argument
@click.option(
    "-o", "--output", metavar="FOLDER", help="Write the recorded texts, and the data that the file holds, there."
)
@json_option
def command(file: str, output: str | None, as_json: bool) -> None:
    """What a file says of its origin: environment, source, data, scores, probe, lineage.

    With -o the texts of its source and the data that it holds are written to a folder, to be read: nothing is run.
    """
    from .. import open as open_file
    from ..errors import UnsupportedError
    from ..record.parts import to_json

    with open_file(file) as opened:
        _ = opened.manifest
        record = opened.record
        if record is None:
            raise UnsupportedError(f"{opened.name} has no record: it was written by perdure.dumps")
        written = [] if output is None else _extract(opened, output)
    if as_json:
        digest = record.source.digest if record.source is not None else None
        found = {"schema": "perdure.record/1", "file": file, "record": to_json(record), "source_digest": digest}
        print_json({**found, "written": written})
        return
    rows = record_facts(record)
    if record.source is not None:
        rows += [
            ("left out", clean(f"{text.of}, {place}: {item.what}", _LINE))
            for text in record.source.texts
            for item in text.left_out[:_NAMES]
            for place in [f"line {item.line}" + (f" of cell {item.cell}" if item.cell is not None else "")]
        ]
    print_facts(console(), rows + [("written", clean(path, _LINE)) for path in written])


def _extract(opened: ModelFile, folder: str) -> list[str]:
    """Write source and data of a file to a folder; what is there is not replaced."""
    from ..record.embedding import DATA
    from ..record.source import FOLDER

    written = []
    for name in opened.sections:
        content = opened.section(name) if name.startswith((FOLDER, DATA)) else None
        if content is None:
            continue
        # Names of members lead nowhere else: the archive has refused all that could.
        path = os.path.join(folder, *name.split("/")[1:])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(content)
        written.append(path)
    return written


def record_facts(record: Record | None) -> list[tuple[str, Text | str]]:
    """Return the record as names and what they say; every string is cleaned and cut."""
    if record is None:
        return [("record", "none: the file does not say when, where or by what it was made")]
    rows: list[tuple[str, Text | str]] = []
    if record.saved is not None:
        more = f", annotated {len(record.annotated)} × since" if record.annotated else ""
        rows.append(("saved", clean(f"{record.saved.at} by perdure {record.saved.perdure}", _LINE) + more))
    if record.environment is not None:
        rows.append(("on", _environment(record.environment)))
    if record.source is not None:
        rows += _source(record.source)
    if record.data is not None:
        rows += _data(record.data)
    rows += [("expects", line) for summary in record.estimators[:_NAMES] if (line := _estimator(summary))]
    if record.scores is not None:
        rows += _scores(record.scores)
    if record.probe is not None:
        rows.append(("probe", _probe(record.probe)))
    for ancestor in record.lineage[:_NAMES]:
        made = ", ".join(f"{name} {version}" for name, version in ancestor.libraries.items())
        file = f" in a file of {ancestor.kind}" if ancestor.kind is not None else ""
        rows.append((clean(ancestor.how, 20), clean(f"from the model sha256:{ancestor.model}{file}, {made}", _LINE)))
    for name in ("author", "license"):
        if (said := getattr(record, name)) is not None:
            rows.append((name, clean(said, _LINE)))
    if record.notes is not None:
        rows.append(("notes", clean(record.notes, _LINE)))
    return rows


def _environment(found: Environment) -> str:
    where = " ".join(filter(None, (found.system, found.release, found.machine)))
    count = len(found.distributions)
    named = f", {count} distributions of {count + len(found.installed)}" if count else ""
    return clean(f"{found.implementation} {found.python}, {where}{named}", _LINE)


def _source(source: Source) -> list[tuple[str, Text | str]]:
    rows: list[tuple[str, Text | str]] = []
    if source.script is not None:
        rows.append(("script", clean(f"{source.script.name}  {_digest(source.script.sha256)}", _LINE)))
    if source.git is not None:
        git = source.git
        branch = f" on {git.branch}" if git.branch is not None else ""
        changed = ", with changes that are not committed" if git.dirty else ""
        rows.append(("commit", clean(f"{git.commit or 'none yet'}{branch}", _LINE) + changed))
    if source.texts:
        texts = [f"{text.of} ({size_text(text.size)}{_left_out(text)})" for text in source.texts]
        rows += [("source", _names(texts)), ("source digest", f"sha256:{source.digest}")]
    return rows


def _left_out(text: SourceText) -> str:
    count = sum(item.what != HOME for item in text.left_out)
    return f", {count} secret{'s' if count > 1 else ''} left out" if count else ""


def _data(data: Data) -> list[tuple[str, Text | str]]:
    rows: list[tuple[str, Text | str]] = []
    for reference in data.references[:_NAMES]:
        size = f"  {size_text(reference.size)}" if reference.size is not None else ""
        digest = f"  {_digest(reference.sha256)}" if reference.sha256 is not None else ""
        if reference.version is not None:
            digest += f"  {clean(f'{reference.versioned_by} {reference.version}', 80)}"
        rows.append(("data", clean(reference.reference, _LINE) + size + digest))
    if data.embedded:
        names = [f"{item.role} ({size_text(item.size)})" for item in data.embedded]
        rows.append(("data", f"in this file: {_names(names)}"))
    for role, table in (("X", data.X), ("y", data.y), ("weights", data.sample_weight), ("groups", data.groups)):
        if table is not None:
            shape = " × ".join(f"{size:,}" for size in table.shape)
            digest = f"  values {_digest(table.values)}" if table.values is not None else ""
            rows.append((role, clean(f"{table.container} of {shape}{digest}", _LINE)))
    return rows


def _estimator(summary: EstimatorSummary) -> str:
    said = []
    if summary.feature_names:
        said.append(f"{len(summary.feature_names)} features: {_names(summary.feature_names)}")
    elif summary.n_features_in is not None:
        said.append(f"{summary.n_features_in} features")
    if summary.classes:
        said.append(f"{len(summary.classes)} classes: {_names([str(label) for label in summary.classes])}")
    place = "" if summary.path == "model" else f"{clean(summary.path, _LINE)}: "
    return place + "; ".join(said) if said else ""


def _scores(scores: Scores) -> list[tuple[str, Text | str]]:
    rows: list[tuple[str, Text | str]] = []
    # Times are no scores, though cross_validate returns them beside.
    shown = {name: score for name, score in scores.metrics.items() if not name.endswith("_time")}
    for name, score in list(shown.items())[:_SCORES]:
        folds = " ".join(f"{fold:.4g}" for fold in score.folds[:_FOLDS])
        more = " …" if len(score.folds) > _FOLDS else ""
        spread = f"{score.mean:.4g} ± {score.std:.2g}"
        rows.append(
            ("scores", styled(clean(name, _LINE), "  ", (spread, "bold"), f"  {len(score.folds)} folds: {folds}{more}"))
        )
    return rows


def _probe(probe: ProbeSummary) -> str:
    rows = sum(sample.rows for sample in probe.samples)
    outputs = sorted({output for sample in probe.samples for output in sample.outputs})
    origin = "rows derived from the fitted state" if probe.origin == "derived" else "rows given when it was saved"
    return f"{rows:,} {origin}, with the outputs of {_names(outputs)}" if outputs else f"{rows:,} {origin}"


def _digest(sha256: str) -> str:
    # Enough to compare by eye; --json has all of it.
    return f"sha256 {sha256[:16]}…"


def _names(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMES:,} more" if len(names) > _NAMES else ""
    return clean(", ".join(clean(name, 60) for name in names[:_NAMES]), _LINE) + more
