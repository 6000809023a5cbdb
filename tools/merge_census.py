"""Write what the package ships of the census: the union of all releases, as `perdure.validate.census` asks for it.

From ``tests/fixtures/census`` (see ``tools/take_census.py``) it makes two files of ``src/perdure/census``:

``attributes.json``
    For each type of scikit-learn the attributes of which more is known than that they are plain data: ``numbers``,
    where nothing but numbers was seen under that name in any type; ``objects``, with what may stand there: modules of
    scikit-learn whose types were seen, ``estimator``, ``function``; ``any``, parameters and what was never seen;
    ``class``, what would hide a part of the class; ``compiled``, modules. Under ``*`` is what holds for any type. What
    stands nowhere is plain data.
``parameters.json``
    The defaults of each type's parameters: those of the newest release, and those of older ones that differ.
"""

from __future__ import annotations

import json
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from perdure.trust.tables import tables

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "tests" / "fixtures" / "census"
TARGET = ROOT / "src" / "perdure" / "census"

#: A dict of whatever its owner holds.
BUNCH = "sklearn.utils._bunch:Bunch"
_NUMBER = re.compile(r"None|bool|int|float|complex|list|tuple|[biufc]\[\]|scipy\.sparse:\w+/1|numpy:matrix/1")
#: Values of other libraries that act when they are called; everything else of theirs is data.
_ACTING = re.compile(r"function|class|functools:|operator:|types:")

#: Where the models of the zoo say too little: what a user puts there may be anything.
ANYTHING = {"_params", "best_params_", "cv_results_", "effective_metric_", "effective_metric_params_"}
#: Where a user's own data or labels stand, which need not be numbers.
TEXTS = {"X_train_", "bandwidth_", "transduction_", "y_train_"}
#: Of one kind: where one was seen, another may stand.
TOGETHER = (
    {"sklearn.neighbors._ball_tree", "sklearn.neighbors._kd_tree"},
    {"sklearn._loss._loss", "sklearn.linear_model._sgd_fast"},
    {"sklearn.metrics._scorer", "sklearn.model_selection._classification_threshold", "function"},
    {"sklearn.model_selection._split", "function"},
)
#: Plain attributes of classes that people do set on a model, and that do no harm there.
HARMLESS = {"_estimator_type", "_required_parameters"}
#: What scikit-learn gives to anything that takes part in the routing of metadata.
EVERYWHERE = {"_metadata_request": "sklearn.utils._metadata_requests"}
#: Ways of objects whose methods are compiled: they stand where scikit-learn puts them, and nowhere else.
COMPILED_WAYS = ("binary-tree", "bisecting-tree", "criterion", "distance-metric", "loss", "tree", "tree-predictor")
#: Parameters that take objects of compiled code, which few models are made with.
COMPILED = {
    "criterion": {"sklearn.tree._criterion"},
    "metric": {"sklearn.metrics._dist_metrics"},
    "effective_metric_": {"sklearn.metrics._dist_metrics"},
}


def release_of(path: Path) -> tuple[int, ...]:
    """Return the release of a census as numbers."""
    return tuple(map(int, path.stem.removeprefix("scikit-learn-").split(".")))


def words(kind: str) -> set[str]:
    """Return the words of a kind, without brackets around and within."""
    kind = re.sub(r"\[[:,]*\]", "[]", kind.removeprefix("? "))
    kind = re.sub(r"record\[\]\([^)]*\)", "record", kind)
    kind = re.sub(r"([a-zA-Z])\(\)", r"\1[]", kind)
    return {word for word in re.split(r"[()|,\s]+|:(?=[\s)])", kind) if word}


def place(word: str) -> str | None:
    """Return what a word says of what may stand in an attribute: a module, ``estimator``, ``function``, or nothing."""
    if word in ("estimator", "function"):
        return word
    if _ACTING.match(word):
        return "function"
    return word.partition(":")[0] if word.startswith("sklearn.") and ":" in word else None


class Union:
    """All that the releases say of one type."""

    def __init__(self) -> None:
        self.seen: dict[str, set[str]] = {}
        self.source: set[str] = set()
        self.hidden: set[str] = set()
        self.parameters: dict[str, list[tuple[str, Any]]] = {}
        self.estimator = False

    def add(self, release: str, row: dict[str, Any]) -> None:
        for name, kind in row.get("attributes", {}).items():
            self.seen.setdefault(name, set()).update(words(kind))
        self.source.update(row.get("source", ()))
        self.hidden.update(row.get("class", ()))
        self.estimator = self.estimator or row.get("estimator", False)
        for name, value in row.get("parameters", {}).items():
            self.parameters.setdefault(name, []).append((release, value))

    def learnt(self) -> dict[str, set[str]]:
        """Return the attributes that are no parameters, with the words of each."""
        return {name: kinds for name, kinds in self.seen.items() if name not in self.parameters}

    def attributes(self, texts: set[str], common: set[str]) -> dict[str, Any]:
        """Return the row of the type; ``texts`` are names under which other types keep more than numbers."""
        numbers, anything, objects = set(), set(self.source), {}
        for name, kinds in self.seen.items():
            found = {where for kind in kinds if (where := place(kind))}
            if name in self.parameters or name in ANYTHING or kinds <= {"None", "own"}:
                anything.add(name)
                found |= COMPILED.get(name, set())
                found -= {"estimator", "function"}
            if found:
                objects[name] = found.union(*(group for group in TOGETHER if group & found))
            elif name not in anything and name not in texts:
                numbers.add(name)
        for name in EVERYWHERE:
            objects.pop(name, None)
        if {"estimator_", "estimators_"} <= objects.keys():
            # So called in 1.2.0 and 1.2.1, of which there is no census.
            objects["_estimator"] = objects["estimator_"]
        row: dict[str, Any] = {
            "numbers": " ".join(sorted(numbers)),
            "any": " ".join(sorted(anything | (self.parameters.keys() - self.seen.keys()))),
            "objects": {name: " ".join(sorted(found)) for name, found in sorted(objects.items())},
            "class": " ".join(sorted(self.hidden - self.seen.keys() - self.source - common)),
            "estimator": self.estimator,
        }
        return {key: value for key, value in row.items() if value}

    def defaults(self) -> dict[str, Any]:
        """Return each parameter with its default: of the newest release, before it ``[until, default]`` of older ones."""
        made: dict[str, Any] = {}
        for name, values in sorted(self.parameters.items()):
            newest = values[-1][1]
            older = [(release, value) for (release, value), (_, then) in pairwise(values) if value != then]
            made[name] = [*older, newest] if older else [newest]
        return made


def union() -> dict[str, str]:
    """Return both files."""
    types: dict[str, Union] = {}
    common: set[str] = set()
    for path in sorted(SOURCE.glob("scikit-learn-*.json"), key=release_of):
        census = json.loads(path.read_text(encoding="utf-8"))
        common.update(census["class"])
        for name, row in census["types"].items():
            if name.startswith("sklearn.") and name != BUNCH:
                types.setdefault(name, Union()).add(census["libraries"]["scikit-learn"], row)
    common -= HARMLESS
    texts = TEXTS | {
        name
        for union in types.values()
        for name, kinds in union.learnt().items()
        if not all(_NUMBER.fullmatch(kind) or kind == "own" for kind in kinds)
    }
    attributes = {name: types[name].attributes(texts, common) for name in sorted(types)}
    parameters = {name: types[name].defaults() for name in sorted(types) if types[name].parameters}
    seen = {name.partition(":")[0] for name in types}.union(*COMPILED.values())
    compiled = seen & {name.partition(":")[0] for name, way in tables().ways.items() if way in COMPILED_WAYS}
    every = {"class": " ".join(sorted(common)), "compiled": " ".join(sorted(compiled)), "objects": EVERYWHERE}
    return {"attributes.json": text({"*": every, **attributes}), "parameters.json": text(parameters)}


def text(data: dict[str, Any]) -> str:
    """Return one file as JSON, a type a line."""
    rows = (f"{json.dumps(key)}: {json.dumps(row, sort_keys=True)}" for key, row in data.items())
    return "{\n" + ",\n".join(rows) + "\n}\n"


def main() -> int:
    """Write both files."""
    TARGET.mkdir(exist_ok=True)
    for name, made in union().items():
        (TARGET / name).write_text(made, encoding="utf-8")
        sys.stdout.write(f"{name}: {len(made):,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
