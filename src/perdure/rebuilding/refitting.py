"""What is done in the environment: the model is fitted anew, scored on the recorded folds, and saved."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from .._api import open as open_file
from .._model_file import ModelFile
from .._writing import prepare
from ..container.file import Container
from ..container.writing import appended, write_file
from ..errors import PerdureError, PerdureWarning, UnsupportedError
from ..record.collecting import collect
from ..record.embedding import DATA
from ..record.folds import splitter_from
from ..record.record import RECORD, Ancestor, Record
from ..record.scoring import TrainingSet
from ..record.source import FOLDER
from ..verification.report import Finding
from ..verification.rescoring import Rescoring, check_scores

__all__ = ["refit"]

# Of so many generations a record tells.
_MOST = 100


def refit(
    src: str,
    dest: str,
    data: str,
    *,
    made: str | None = None,
    trusted: Sequence[str],
    same_within: float,
    range_within: float,
) -> list[Finding]:
    """Fit the model of a file anew, and save it with the record of the old one and its lineage.

    Parameters
    ----------
    src, dest : str
        The old file, and the new one.
    data : str
        A file of perdure with the training data, by role.
    made : str, optional
        A file that the recorded script has just dumped: it is compared and taken, and nothing is fitted here.
    trusted : sequence of str
        As in `perdure.load`.
    same_within, range_within : float
        As in `perdure.verify`.
    """
    from sklearn.base import clone

    with open_file(data) as file:
        training = TrainingSet(**file.load())
    with open_file(src) as file:
        old = file.record or Record()
        # Source and data go on: they are what made the old model.
        folders = (FOLDER, DATA)
        kept = {name: section for name in file.sections if name.startswith(folders) and (section := file.section(name))}
        how = "rebuilt" if made is None else "run"
        parent = Ancestor(how=how, model=file.digest.removeprefix("sha256:"), libraries=_known(file.libraries))
        if made is None:
            model = file.build_unfitted(trusted=tuple(trusted))
            if not hasattr(model, "fit") or not hasattr(model, "get_params"):
                raise UnsupportedError(
                    f"{file.name} holds {type(model).__name__}; only one estimator can be fitted anew"
                )
    lineage = (parent, *old.lineage)[:_MOST]
    if made is not None:
        return _take(made, dest, old, kept, lineage, training, tuple(trusted), same_within, range_within)
    model = clone(model)
    model.fit(training.X, *(() if training.y is None else (training.y,)), **_weights(model, training))
    ways: dict[str, Any] = {}
    found = _scored(model, old, Rescoring(training, None, None, same_within, range_within))
    if old.scores is not None:
        now = {item.details["metric"]: item.details["now"] for item in found if "now" in item.details}
        if now and old.scores.folds is not None:
            names = old.scores.scorers
            scoring: Any = {name.removeprefix("test_"): names[name] for name in now}
            ways = {"scores": now, "cv": splitter_from(old.scores.folds)}
            ways["scoring"] = None if list(scoring.values()) == ["score"] else scoring
    ready = prepare(model, compression="auto")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PerdureWarning)
        sections = collect(model, ready.graph, training=training, **ways)
    found += [Finding("record", "note", str(item.message)) for item in caught]
    new = Record.parse(sections[RECORD])
    if new.data is not None and old.data is not None:
        # The same values, as they were handed in then.
        tables = {role: table for role in vars(training) if (table := getattr(old.data, role)) is not None}
        more: dict[str, Any] = {**tables, "references": old.data.references, "embedded": old.data.embedded}
        new = replace(new, data=replace(new.data, **more))
    # The script and the commit that made the old model: what runs here is perdure's own.
    said: dict[str, Any] = {name: getattr(old, name) for name in ("author", "license", "notes")}
    new = replace(new, source=old.source, lineage=lineage, **said)
    write_file(dest, ready.with_sections({**kept, **sections, RECORD: new.to_bytes()}))
    return found


def _take(
    made: str,
    dest: str,
    old: Record,
    kept: Mapping[str, bytes],
    lineage: tuple[Ancestor, ...],
    training: TrainingSet,
    trusted: tuple[str, ...],
    same_within: float,
    range_within: float,
) -> list[Finding]:
    """Compare the model that the recorded script has dumped, and take it with its record and its lineage."""
    with Container(made) as container:
        file = ModelFile(container)
        new = file.record or Record()
        model, _ = file.build(trusted=trusted)
        found = _scored(model, old, Rescoring(training, None, None, same_within, range_within))
        source = new.source
        if source is None or not source.texts:
            # It ran in a folder of its own: what it is of, only the old record knows.
            new = replace(new, source=old.source)
        else:
            kept = {name: section for name, section in kept.items() if not name.startswith(FOLDER)}
        if old.data is not None and (new.data is None or not new.data.embedded):
            new = replace(new, data=replace(new.data or old.data, embedded=old.data.embedded))
        else:
            kept = {name: section for name, section in kept.items() if not name.startswith(DATA)}
        said: dict[str, Any] = {
            name: getattr(new, name) or getattr(old, name) for name in ("author", "license", "notes")
        }
        new = replace(new, lineage=lineage, **said)
        write_file(dest, appended(container, {**kept, RECORD: new.to_bytes()}), release=container.close)
    return found


def _scored(model: Any, old: Record, asked: Rescoring) -> list[Finding]:
    if old.scores is None:
        return [Finding("scores", "note", "the record has no scores that these could be compared with")]
    return check_scores(model, old, asked)


def _known(libraries: dict[str, str | None]) -> dict[str, str]:
    return {name: version for name, version in libraries.items() if version is not None}


def _weights(model: Any, data: TrainingSet) -> dict[str, Any]:
    if data.sample_weight is None:
        return {}
    last = f"{model.steps[-1][0]}__" if hasattr(model, "steps") else ""
    return {f"{last}sample_weight": data.sample_weight}


def main(job: str) -> None:
    """Do what a job says, and write beside it what came of it."""
    with open(job, encoding="utf-8") as file:
        asked = json.load(file)
    result: dict[str, Any]
    try:
        result = {"findings": [finding.to_dict() for finding in refit(**asked)], "error": None}
    except Exception as error:  # noqa: BLE001 - whatever fails in an estimator is said to who asked
        told = error if isinstance(error, PerdureError) else None
        problem = told.problem if told is not None else f"{type(error).__name__}: {error}"
        result = {"findings": [], "error": problem[:2000], "fix": told.fix if told is not None else None}
    with open(f"{job}.result", "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main(sys.argv[1])
