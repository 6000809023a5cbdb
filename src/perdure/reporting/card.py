"""A model card of a file: what the file says of itself, as Markdown with the front matter of Hugging Face."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from .._api import open as open_file
from .._model_file import ModelFile
from ..record.record import Record
from ..record.training import Scores
from .licenses import hub_license
from .text import clean

__all__ = ["card", "shown_scores", "task_of"]

_LINE = 300
_MOST = 50


def card(src: Any) -> str:
    """Return a model card: type, origin, data, scores and how to load and verify, from the record of a file.

    Nothing is loaded, and nothing of the file is run; what it says stands as text, and neither as markup nor as YAML.

    Parameters
    ----------
    src : str, os.PathLike or binary file-like
        As in `load`.

    Returns
    -------
    str
        Markdown, beginning with the front matter that Hugging Face reads.

    Raises
    ------
    FormatError
        When it is not a perdure file, or is damaged.

    Examples
    --------
    >>> import io, perdure
    >>> from sklearn.linear_model import Ridge
    >>> file = io.BytesIO(perdure.dumps(Ridge().fit([[0.0], [1.0]], [1.0, 3.0])))
    >>> perdure.card(file).splitlines()[:2]
    ['---', 'library_name: "sklearn"']
    """
    with open_file(src) as file:
        _ = file.manifest
        name = clean(os.path.basename(file.name), _LINE)
        return "\n".join([*_front(file, file.record, name), *_body(file, file.record, name)]) + "\n"


def _quoted(value: Any) -> str:
    # JSON in ASCII is YAML, whatever stands in it.
    return json.dumps(value, ensure_ascii=True)


def _code(value: Any) -> str:
    """Return a text of the file as a span of code: no markup, no links, no HTML."""
    return "`" + clean(str(value), _LINE).replace("`", "'").replace("|", "¦") + "`"


def task_of(record: Record | None) -> str | None:
    """Return what Hugging Face calls the task of the first estimator."""
    if record is None or not record.estimators:
        return None
    return "tabular-classification" if record.estimators[0].classes else "tabular-regression"


def _front(file: ModelFile, record: Record | None, name: str) -> Iterator[str]:
    yield "---"
    yield f"library_name: {_quoted('sklearn')}"
    yield f"tags: {_quoted(['sklearn', 'perdure'])}"
    if record is not None and record.license is not None:
        known = hub_license(record.license)
        yield f"license: {_quoted(known or 'other')}"
        if known is None:
            yield f"license_name: {_quoted(record.license)}"
    scores = shown_scores(record.scores) if record is not None and record.scores is not None else {}
    if scores and record is not None:
        task = task_of(record)
        dataset = (
            record.data.references[0].reference if record.data is not None and record.data.references else "training"
        )
        yield "model-index:"
        yield f"- name: {_quoted(name)}"
        yield "  results:"
        yield f"  - task: {_quoted({'type': task})}"
        yield f"    dataset: {_quoted({'name': f'cross-validation on {dataset}', 'type': 'training data'})}"
        yield "    metrics:"
        for metric, (mean, _, _) in scores.items():
            yield f"    - {_quoted({'type': metric, 'value': mean})}"
    yield "---"


def _body(file: ModelFile, record: Record | None, name: str) -> Iterator[str]:
    yield f"# {_code(name)}"
    yield ""
    types = [item.type for item in record.estimators] if record is not None and record.estimators else file.types[:1]
    yield "A scikit-learn model in a perdure file: " + ", ".join(_code(item) for item in types[:_MOST]) + "."
    yield ""
    yield "```python"
    yield "import perdure"
    yield f"model = perdure.load({json.dumps(name, ensure_ascii=True)})"
    yield "```"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| digest | {_code(file.digest)} |"
    made = [f"{library} {version}" for library, version in file.libraries.items() if version is not None]
    yield f"| made with | {_code(', '.join(made))} |"
    if record is None:
        return
    if record.saved is not None:
        yield f"| saved | {_code(record.saved.at)} |"
    if record.source is not None and record.source.git is not None and record.source.git.commit is not None:
        dirty = ", with changes that are not committed" if record.source.git.dirty else ""
        yield f"| commit | {_code(record.source.git.commit)}{dirty} |"
    if record.source is not None and record.source.script is not None:
        yield f"| script | {_code(record.source.script.name)} |"
    for row in ("author", "license"):
        if (said := getattr(record, row)) is not None:
            yield f"| {row} | {_code(said)} |"
    if record.notes is not None:
        yield f"| notes | {_code(record.notes)} |"
    yield from _data(record)
    yield from _scores(record)


def _data(record: Record) -> Iterator[str]:
    if record.data is None:
        return
    yield from ("", "## Training data", "", "| | |", "|---|---|")
    for reference in record.data.references[:_MOST]:
        digest = f", sha256 {_code(reference.sha256)}" if reference.sha256 is not None else ""
        yield f"| reference | {_code(reference.reference)}{digest} |"
    for role in ("X", "y", "sample_weight", "groups"):
        table = getattr(record.data, role)
        if table is not None:
            digest = f", values {_code(table.values)}" if table.values is not None else ""
            yield f"| {role} | {' × '.join(map(str, table.shape))}{digest} |"
    columns = record.data.X.columns if record.data.X is not None else ()
    if any(column.name is not None for column in columns):
        yield from ("", "| column | kind | missing |", "|---|---|---|")
        for column in columns[:_MOST]:
            yield f"| {_code(column.name)} | {_code(column.kind)} | {column.missing:,} |"
        if len(columns) > _MOST:
            yield f"| and {len(columns) - _MOST:,} more | | |"


def _scores(record: Record) -> Iterator[str]:
    scores = record.scores
    shown = shown_scores(scores) if scores is not None else {}
    if scores is None or not shown:
        return
    yield from ("", "## Cross-validation", "", "| score | mean | standard deviation | folds |", "|---|---|---|---|")
    for metric, (mean, std, folds) in shown.items():
        yield f"| {_code(metric)} | {mean:.4g} | {std:.2g} | {folds} |"
    if scores.folds is not None:
        yield ""
        chosen = ", ".join(f"{key}={value!r}" for key, value in scores.folds.parameters.items())
        yield f"Folds: {_code(f'{scores.folds.splitter}({chosen})')}. Check them again on the same folds:"
        yield from ("", "```bash", "perdure verify FILE --data DATA --rescore", "```")


def shown_scores(scores: Scores) -> dict[str, tuple[float, float, int]]:
    """Return mean, spread and number of folds of the finite scores by name; times are none."""
    return {
        name.removeprefix("test_"): (score.mean, score.std, len(score.folds))
        for name, score in list(scores.metrics.items())[:_MOST]
        if not name.endswith("_time") and score.mean - score.mean == 0
    }
