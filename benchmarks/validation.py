"""What validation costs: its share of the processor time of a load, for the test corpus and for large models.

Run: python benchmarks/validation.py [--every N] [--large-only]. Prints a table; writes nothing.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
warnings.simplefilter("ignore")

import numpy as np  # noqa: E402

import perdure  # noqa: E402
import perdure.validate  # noqa: E402
from zoo.registry import all_cases  # noqa: E402


class _Watch:
    """Times what validation takes within a load."""

    def __init__(self) -> None:
        self.nanoseconds = 0
        self._validate = perdure.validate.validate
        perdure.validate.validate = self  # type: ignore[assignment]

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        start = time.process_time_ns()
        try:
            return self._validate(*args, **keywords)
        finally:
            self.nanoseconds += time.process_time_ns() - start


def measured(watch: _Watch, data: bytes, trusted: list[str], repeats: int) -> tuple[float, float]:
    """Return the milliseconds of a load, and those of validation in it, from the median load."""
    rows = []
    gc.disable()
    for _ in range(repeats + 1):
        watch.nanoseconds = 0
        start = time.process_time_ns()
        perdure.loads(data, trusted=trusted)
        rows.append(((time.process_time_ns() - start) / 1e6, watch.nanoseconds / 1e6))
    gc.enable()
    # The first one imports.
    return sorted(rows[1:])[repeats // 2]


def small(every: int) -> Iterator[tuple[str, Any, list[str]]]:
    for case in list(all_cases())[::every]:
        yield case.family, case.make()[0], list(case.trusted)


def large() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Models whose numbers are many."""
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    rng = np.random.RandomState(0)
    X = rng.normal(size=(20_000, 20))
    y = (X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=20_000) > 0).astype(int)
    points = rng.normal(size=(1_000_000, 3))
    labels = (points[:, 0] > 0).astype(int)
    words = [" ".join(f"w{i}" for i in rng.randint(0, 200_000, 200)) for _ in range(2_000)]
    yield "forest, 500 trees", lambda: RandomForestClassifier(500, min_samples_leaf=5, random_state=0).fit(X, y)
    yield "gradient boosting, 500 trees", lambda: GradientBoostingClassifier(n_estimators=500).fit(X[:4000], y[:4000])
    yield "histogram boosting, 500 trees", lambda: HistGradientBoostingClassifier(max_iter=500).fit(X, y)
    yield "kNN, k-d tree of a million points", lambda: KNeighborsClassifier(algorithm="kd_tree").fit(points, labels)
    yield "kNN, brute, a million points", lambda: KNeighborsClassifier(algorithm="brute").fit(points, labels)
    yield "SVC, some 7,000 support vectors", lambda: SVC().fit(X[:10_000], y[:10_000])
    yield "TF-IDF, 170,000 terms", lambda: TfidfVectorizer().fit(words)
    yield "logistic regression", lambda: LogisticRegression().fit(X, y)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=4, help="take every n-th case of the corpus (default: 4)")
    parser.add_argument("--large-only", action="store_true")
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    watch = _Watch()
    print("| model | file, MB | load, ms | validate, ms | share |\n|---|---|---|---|---|")
    for name, make in large():
        data = perdure.dumps(make())
        load, validate = measured(watch, data, [], options.repeats)
        print(f"| {name} | {len(data) / 1e6:.1f} | {load:.1f} | {validate:.2f} | {validate / load:.0%} |", flush=True)
    if options.large_only:
        return
    families: dict[str, list[tuple[float, float]]] = {}
    for family, model, trusted in small(options.every):
        families.setdefault(family, []).append(measured(watch, perdure.dumps(model), trusted, options.repeats))
    rows = [row for found in families.values() for row in found]
    for family, found in [*sorted(families.items()), (f"the test corpus, {len(rows)} models", rows)]:
        loads, validates = zip(*found, strict=True)
        share = statistics.median(validate / load for load, validate in found)
        times = f"{statistics.median(loads):.2f} | {statistics.median(validates):.2f}"
        print(f"| {family} (median) | | {times} | {share:.0%} |")


if __name__ == "__main__":
    main()
