"""docs/exports.md: every predictor and transformer of the zoo as ONNX and PMML, on rows that no check has seen.

    python tools/write_exports.py [--formats onnx,pmml] [--only PART] [--page docs/exports.md] [--kept FILE]

Of each class its first model, and all models with missing values, categories or several steps. Each is exported three
times, and what was handed over answers 10,000 rows: half of the values of the training are mixed anew and moved, the
others come from the fitted state by another seed. With `--formats pmml` the columns of ONNX stay as the page has them, and
the other way round. `--kept` is a file where what was found is kept, and not done again.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import signal
import sys
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import pandas as pd  # noqa: E402
import sklearn  # noqa: E402

import perdure  # noqa: E402
from perdure.exporters import checking  # noqa: E402
from perdure.exporters.exporting import TOLERANCES  # noqa: E402
from perdure.exporters.given import given_rows  # noqa: E402
from perdure.exporters.onnx.exporting import build  # noqa: E402
from perdure.exporters.onnx.running import Session  # noqa: E402
from perdure.exporters.pmml.exporting import building  # noqa: E402
from perdure.exporters.pmml.target import Document  # noqa: E402
from perdure.exporters.pmml.working import kept_workers, pins  # noqa: E402
from zoo.registry import all_cases  # noqa: E402

ROWS, SEED, SECONDS = 10_000, 20_261_201, 240
MORE = {"missing", "categorical", "composite"}
NO_ITEM = {"root", "unfitted", "own-code", "metadata-routing"}

# The columns of the page: the format, and what goes in and out.
COLUMNS = {"float32": ("onnx", "float32"), "double": ("onnx", "double"), "pmml": ("pmml", "double")}

PAGE = """\
# What can be exported

Written by `tools/write_exports.py` with scikit-learn {sklearn}, {runtime}, {pmml}: {items} fitted models, of every class of
scikit-learn that says something of new rows the first of the zoo, and all with missing values, categories or several
steps. Each is exported to ONNX with numbers of 32 and of 64 bits, and to PMML. What [`perdure.export`](onnx.md) hands over
is then asked about {rows:,} rows that its own check never saw, half of them mixed anew from the training data, and has to
answer as the estimator does: labels exactly (where the best two scores are further apart than the tolerance), numbers within
{single:g}, with 64 bits and in PMML {double:g}.

| | ONNX float32 | ONNX double | PMML |
|---|---|---|---|
| models | {items} | {items} | {items} |
| converted | {converted} |
| run by onnxruntime, jpmml-evaluator | {run} |
| **agree on {rows:,} rows** | {agrees} |
| refused: no form there | {unknown} |
| refused: the check found a difference | {differs} |
| **handed over and wrong** | {wrong} |

`agrees` has the largest difference that was seen, relative to the value. A model that was fitted in 32 bits computes in
32 bits in scikit-learn too, and is refused as `double` where that shows. [A model of PMML](pmml.md) predicts: what only
transforms has no form there.

| model | ONNX float32 | ONNX double | PMML |
|---|---|---|---|
"""


def items():
    seen = set()
    for case in all_cases():
        if case.tags & NO_ITEM:
            continue
        if case.kind not in seen or case.tags & MORE:
            seen.add(case.kind)
            yield case


def mixed(X, chance):
    """Rows of the values of the training, each column by itself, the numbers moved a little."""
    if isinstance(X, list):
        words = " ".join(str(text) for text in X).split() or ["word"]
        return [" ".join(chance.choice(words, chance.integers(0, 9))) for _ in range(ROWS // 2)]
    if hasattr(X, "toarray"):
        X = X.toarray()
    if hasattr(X, "columns"):
        made = {}
        for name in X.columns:
            column = X[name].iloc[chance.integers(0, len(X), ROWS // 2)].reset_index(drop=True)
            made[name] = moved(column, chance) if column.dtype.kind == "f" else column
        return pd.DataFrame(made)
    X = np.asarray(X)
    made = np.empty((ROWS // 2, *X.shape[1:]), X.dtype)
    if X.ndim != 2:
        picked = X[chance.integers(0, len(X), ROWS // 2)]
        return moved(picked, chance) if X.dtype.kind == "f" else picked
    for place in range(X.shape[1]):
        column = X[chance.integers(0, len(X), ROWS // 2), place]
        made[:, place] = moved(column, chance) if X.dtype.kind == "f" else column
    return made


def moved(column, chance):
    """The same numbers, most of them a little different; whole numbers stay whole, and no number changes its sign."""
    values = np.asarray(column, np.float64)
    known = values[np.isfinite(values)]
    if not len(known) or (known == np.round(known)).all():
        return column
    shifted = values + chance.normal(size=len(values)) * 0.2 * known.std()
    if (known >= 0).all():
        shifted = np.abs(shifted)
    return np.where(chance.random(len(values)) < 0.2, values, shifted).astype(np.float32).astype(np.float64)


def exported(model, format, dtype):
    """The bytes that are handed over, or why not."""
    file = io.BytesIO()
    try:
        perdure.export(model, file, format=format, dtype=dtype)
    except perdure.ExportError as error:
        kind = "differs" if error.problem.startswith("the exported file disagrees") else "refused"
        if "onnxruntime does not" in error.problem or "jpmml-evaluator" in error.problem.partition(" does not")[0]:
            kind = "not run"
        lines = [line.strip() for line in error.problem.splitlines()]
        said = lines[1] if kind == "differs" else lines[0]
        return {"outcome": kind, "reason": said[:300], "part": error.path}
    return file.getvalue()


@contextmanager
def runtime_of(model, data, format, dtype):
    """The bytes that were handed over, and no others, in their runtime."""
    if format == "onnx":
        target, _ = build(model, dtype=dtype, methods=None, X=None)
        target._session = Session(data)
        yield target
        return
    asked = {"path": None, "record": None, "single": False, "methods": None, "X": None, "trusted": ()}
    with building(model, **asked) as (target, _):
        place = Path(target.document.path).with_suffix(".handed")
        place.write_bytes(data)
        target.document = Document(target.document.worker, str(place), target.document.names)
        yield target


def tried(case, format, dtype):
    with case.settings():
        model, query = case.make()
        data = exported(model, format, dtype)
        if isinstance(data, dict):
            return data
        with runtime_of(model, data, format, dtype) as target:
            return asked_anew(case, model, query, target, dtype)


def asked_anew(case, model, query, target, dtype):
    found = checking.Comparison(target.runtime, TOLERANCES[dtype])
    wrong, count, reasons = [], 0, []
    source = target.source
    groups = []
    for data in (query["X"], case.data().X):
        groups.append(lambda data=data: [given_rows(mixed(data, np.random.default_rng(SEED)), source)])
    groups.append(lambda: checking._all_rows(model, target, source, ROWS // 4, SEED, None))
    for group in groups:
        try:
            for rows in group():
                for form in ("as they are", "in 32 bits"):
                    if form == "in 32 bits":
                        rows.columns = [c.astype(np.float32) if c.dtype.kind == "f" else c for c in rows.columns]
                    try:
                        expected = checking._asked(model, rows, {answer.method for answer in target.answers})
                    except Exception as error:  # noqa: BLE001 - what the estimator refuses is said
                        reasons.append(f"{type(error).__name__}: {str(error)[:80]}")
                        continue
                    wrong += checking._compare_group(model, target, rows, expected, found)[0]
                    count += len(rows)
                    break
        except perdure.PerdureError as error:
            reasons.append(f"{type(error).__name__}: {error.problem[:80]}")
    if wrong:
        return {"outcome": "wrong", "reason": str(wrong[0])[:400], "part": wrong[0].part}
    if not count:
        return {"outcome": "refused", "reason": f"no fresh rows are taken: {reasons[:2]}", "part": None}
    return {"outcome": "agrees", "largest": max(found.largest.values(), default=0.0), "rows": count}


def outcome(case, format, dtype):
    def stop(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tried(case, format, dtype)
    except perdure.PerdureError as error:
        return {"outcome": "refused", "reason": error.problem.splitlines()[0][:300], "part": error.path}
    finally:
        signal.alarm(0)


def cell(found):
    if found["outcome"] == "agrees":
        return f"agrees ({found['largest']:.0e})" if found["largest"] else "agrees (0)"
    reason = found["reason"].replace("|", "\\|").replace("\n", " ")
    return f"{WORDS[found['outcome']]}{reason[:160]}"


# How the cells begin, the longer ones first.
WORDS = {
    "differs": "refused, the check: ",
    "not run": "refused, does not run: ",
    "slow": "refused, slow: ",
    "refused": "refused: ",
    "wrong": "**WRONG** ",
    "agrees": "agrees",
}


def outcome_of(text):
    return next(kind for kind, word in WORDS.items() if text.startswith(word))


def says_something(case):
    model = case.build()
    return any(hasattr(model, name) for name in ("predict", "transform", "score_samples"))


def read_page(path):
    """The cells of a page, by model and column."""
    found = {}
    lines = Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []
    for line in lines[lines.index("| model | ONNX float32 | ONNX double | PMML |") + 2 :] if lines else []:
        item, *cells = [part.strip() for part in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        found[item] = dict(zip(COLUMNS, cells, strict=True))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--formats", default="onnx,pmml")
    parser.add_argument("--only", default="")
    parser.add_argument("--page", default=str(ROOT / "docs" / "exports.md"))
    parser.add_argument("--kept")
    options = parser.parse_args()
    columns = [name for name, (format, _) in COLUMNS.items() if format in options.formats.split(",")]
    found = read_page(options.page) if len(columns) < len(COLUMNS) else {}
    kept = Path(options.kept) if options.kept else None
    done = {}
    if kept is not None and kept.exists():
        for line in map(json.loads, kept.read_text(encoding="utf-8").splitlines()):
            done.setdefault(line["item"], {}).update(line["cells"])
    chosen = [case for case in items() if options.only in case.name and says_something(case)]
    with ExitStack() as stack:
        stack.enter_context(kept_workers())
        for case in chosen:
            cells = found.setdefault(case.name, {})
            cells.update(done.get(case.name, {}))
            for name in columns:
                if name in done.get(case.name, {}):
                    continue
                try:
                    cells[name] = cell(outcome(case, *COLUMNS[name]))
                except TimeoutError:
                    cells[name] = f"{WORDS['slow']}more than {SECONDS} seconds"
                    # It may still be at it.
                    stack.close()
                    stack.enter_context(kept_workers())
                print(case.name, name, cells[name], flush=True)
            if kept is not None:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"item": case.name, "cells": {name: cells[name] for name in columns}}) + "\n")
    rows = {case.name: found[case.name] for case in chosen}
    Path(options.page).write_text(page(rows), encoding="utf-8")


def page(rows):
    def count(*kinds, bold=False):
        mark = "**" if bold else ""
        numbers = [sum(outcome_of(cells[name]) in kinds for cells in rows.values()) for name in COLUMNS]
        return " | ".join(f"{mark}{number}{mark}" for number in numbers)

    known = dict(line.split(";")[0].strip().split("==") for line in pins()["requirements"])
    text = PAGE.format(
        sklearn=sklearn.__version__,
        runtime=Session.name,
        pmml=f"sklearn2pmml {known['sklearn2pmml']} under scikit-learn {known['scikit-learn']}",
        items=len(rows),
        rows=ROWS,
        single=TOLERANCES["float32"],
        double=TOLERANCES["double"],
        converted=count("agrees", "wrong", "differs", "not run", "slow"),
        run=count("agrees", "wrong", "differs"),
        agrees=count("agrees", bold=True),
        unknown=count("refused", "not run", "slow"),
        differs=count("differs"),
        wrong=count("wrong", bold=True),
    )
    return text + "".join(
        f"| {item} | {' | '.join(cells[name] for name in COLUMNS)} |\n" for item, cells in rows.items()
    )


if __name__ == "__main__":
    main()
