"""docs/exports.md: every predictor and transformer of the zoo as ONNX, on rows that the check before hand-over never saw.

    python tools/write_exports.py [--only PART] [--page docs/exports.md] [--kept FILE]

Of each class its first model, and all models with missing values, categories or several steps. Each is exported twice,
and what was handed over answers 10,000 rows: half of the values of the training are mixed anew and moved, the others
come from the fitted state by another seed. `--kept` is a file where what was found is kept, and not done again.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import sys
import warnings
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
from perdure.exporters.onnx.exporting import _given, build  # noqa: E402
from perdure.exporters.onnx.running import Session  # noqa: E402
from zoo.registry import all_cases  # noqa: E402

ROWS, SEED, SECONDS = 10_000, 20_261_201, 240
MORE = {"missing", "categorical", "composite"}
NO_ITEM = {"root", "unfitted", "own-code", "metadata-routing"}

PAGE = """\
# What can be exported

Written by `tools/write_exports.py` with scikit-learn {sklearn}, {runtime}: {items} fitted models, of every class of
scikit-learn that says something of new rows the first of the zoo, and all with missing values, categories or several
steps. Each is exported with numbers of 32 and of 64 bits. What [`perdure.export`](onnx.md) hands over is then asked
about {rows:,} rows that its own check never saw, half of them mixed anew from the training data, and has to answer as
the estimator does: labels exactly (where the best two scores are further apart than the tolerance), numbers within
{single:g}, with 64 bits {double:g}.

| | float32 | double |
|---|---|---|
| models | {items} | {items} |
| converted | {converted[0]} | {converted[1]} |
| run by onnxruntime | {run[0]} | {run[1]} |
| **agree on {rows:,} rows** | **{agrees[0]}** | **{agrees[1]}** |
| refused: no converter | {unknown[0]} | {unknown[1]} |
| refused: the check found a difference | {differs[0]} | {differs[1]} |
| **handed over and wrong** | **{wrong[0]}** | **{wrong[1]}** |

`agrees` has the largest difference that was seen, relative to the value. A model that was fitted in 32 bits computes in
32 bits in scikit-learn too, and is refused as `double` where that shows.

| model | float32 | double |
|---|---|---|
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


def tried(case, dtype):
    with case.settings():
        model, query = case.make()
        file = io.BytesIO()
        try:
            report = perdure.export(model, file, format="onnx", dtype=dtype)
        except perdure.ExportError as error:
            kind = "differs" if error.problem.startswith("the exported file disagrees") else "refused"
            if "onnxruntime does not" in error.problem:
                kind = "not run"
            lines = [line.strip() for line in error.problem.splitlines()]
            said = lines[1] if kind == "differs" else lines[0]
            return {"outcome": kind, "reason": said[:300], "part": error.path}
        target, _ = build(model, dtype=dtype, methods=None, X=None)
        # The bytes that were handed over, and no others.
        target._session = Session(file.getvalue())
        found = checking.Comparison(target.runtime, TOLERANCES[dtype])
        wrong, count, reasons = [], 0, []
        source = build(model, dtype=dtype, methods=None, X=None)[0].source
        groups = []
        for data in (query["X"], case.data().X):
            groups.append(lambda data=data: [_given(mixed(data, np.random.default_rng(SEED)), source)])
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
        return {
            "outcome": "agrees",
            "largest": max(found.largest.values(), default=0.0),
            "rows": count,
            "ok": report.ok,
        }


def outcome(case, dtype):
    def stop(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tried(case, dtype)
    except perdure.PerdureError as error:
        return {"outcome": "refused", "reason": error.problem.splitlines()[0][:300], "part": error.path}
    except TimeoutError:
        return {"outcome": "slow", "reason": f"more than {SECONDS} seconds", "part": None}
    finally:
        signal.alarm(0)


def cell(found):
    if found["outcome"] == "agrees":
        return f"agrees ({found['largest']:.0e})" if found["largest"] else "agrees (0)"
    reason = found["reason"].replace("|", "\\|").replace("\n", " ")
    word = {"differs": "refused, the check: ", "wrong": "**WRONG** ", "not run": "refused, does not run: "}
    return f"{word.get(found['outcome'], 'refused: ')}{reason[:160]}"


def says_something(case):
    model = case.build()
    return any(hasattr(model, name) for name in ("predict", "transform", "score_samples"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--page", default=str(ROOT / "docs" / "exports.md"))
    parser.add_argument("--kept")
    options = parser.parse_args()
    found = {}
    kept = Path(options.kept) if options.kept else None
    if kept is not None and kept.exists():
        found = {row["item"]: row for row in map(json.loads, kept.read_text(encoding="utf-8").splitlines())}
    chosen = [case for case in items() if options.only in case.name and says_something(case)]
    for case in chosen:
        if case.name not in found:
            row = {"item": case.name, **{dtype: outcome(case, dtype) for dtype in TOLERANCES}}
            found[case.name] = row
            print(case.name, *(row[dtype]["outcome"] for dtype in TOLERANCES), flush=True)
            if kept is not None:
                with kept.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row) + "\n")
    rows = [found[case.name] for case in chosen]
    Path(options.page).write_text(page(rows), encoding="utf-8")


def page(rows):
    def count(*kinds):
        return [sum(row[dtype]["outcome"] in kinds for row in rows) for dtype in TOLERANCES]

    text = PAGE.format(
        sklearn=sklearn.__version__,
        runtime=Session.name,
        items=len(rows),
        rows=ROWS,
        single=TOLERANCES["float32"],
        double=TOLERANCES["double"],
        converted=count("agrees", "wrong", "differs", "not run", "slow"),
        run=count("agrees", "wrong", "differs"),
        agrees=count("agrees"),
        unknown=count("refused", "not run", "slow"),
        differs=count("differs"),
        wrong=count("wrong"),
    )
    return text + "".join(f"| {row['item']} | {cell(row['float32'])} | {cell(row['double'])} |\n" for row in rows)


if __name__ == "__main__":
    main()
