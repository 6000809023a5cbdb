"""What a file says of its origin, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..record.source import HOME
from ..reporting.text import clean, size_text
from .printing import styled

if TYPE_CHECKING:
    from rich.text import Text

    from ..record.record import Environment, EstimatorSummary, ProbeSummary, Record, Source, SourceText
    from ..record.training import Data, Scores

__all__ = ["record_facts"]

_LINE = 300
_NAMES = 12
_SCORES = 8
_FOLDS = 10


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
    named = f", {count} distributions" if count else ""
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
        rows.append(("source", _names(texts)))
    return rows


def _left_out(text: SourceText) -> str:
    count = sum(item.what != HOME for item in text.left_out)
    return f", {count} secret{'s' if count > 1 else ''} left out" if count else ""


def _data(data: Data) -> list[tuple[str, Text | str]]:
    rows: list[tuple[str, Text | str]] = []
    for reference in data.references[:_NAMES]:
        size = f"  {size_text(reference.size)}" if reference.size is not None else ""
        digest = f"  {_digest(reference.sha256)}" if reference.sha256 is not None else ""
        rows.append(("data", clean(reference.reference, _LINE) + size + digest))
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
