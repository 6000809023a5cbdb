"""What is done in the environment: the model is fitted anew, scored on the recorded folds, and saved."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .._api import open as open_file
from .._writing import prepare
from ..container.writing import write_file
from ..errors import PerdureError, PerdureWarning, UnsupportedError
from ..record.collecting import collect
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
    src: str, dest: str, data: str, *, trusted: Sequence[str], same_within: float, range_within: float
) -> list[Finding]:
    """Fit the model of a file anew, and save it with the record of the old one and its lineage.

    Parameters
    ----------
    src, dest : str
        The old file, and the new one.
    data : str
        A file of perdure with the training data, by role.
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
        fitted, _ = file.build(trusted=tuple(trusted))
        if not hasattr(fitted, "fit") or not hasattr(fitted, "get_params"):
            raise UnsupportedError(f"{file.name} holds {type(fitted).__name__}; only one estimator can be fitted anew")
        # The texts of the source go on: they are what made the old model.
        kept = {name: section for name in file.sections if name.startswith(FOLDER) and (section := file.section(name))}
        parent = Ancestor(how="rebuilt", model=file.digest.removeprefix("sha256:"), libraries=_known(file.libraries))
    model = clone(fitted)
    model.fit(training.X, *(() if training.y is None else (training.y,)), **_weights(model, training))
    found: list[Finding] = []
    ways: dict[str, Any] = {}
    if old.scores is None:
        found.append(Finding("scores", "note", "the record has no scores that these could be compared with"))
    else:
        found = check_scores(model, old, Rescoring(training, None, None, same_within, range_within))
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
        new = replace(new, data=replace(new.data, references=old.data.references))
    lineage = (parent, *old.lineage)[:_MOST]
    # The script and the commit that made the old model: what runs here is perdure's own.
    new = replace(new, source=old.source, notes=old.notes, lineage=lineage)
    write_file(dest, ready.with_sections({**kept, **sections, RECORD: new.to_bytes()}))
    return found


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
