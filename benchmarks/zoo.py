"""Sizes and load times of the test corpus against pickle and skops, from files, interleaved in one process.

Run: python benchmarks/zoo.py [--every N] [--skops | --sizes-only]. Prints ratios; writes nothing.
"""

from __future__ import annotations

import argparse
import gc
import pickle
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
warnings.simplefilter("ignore")

import perdure  # noqa: E402
from zoo.registry import all_cases  # noqa: E402


def timed(load: Any, path: Path) -> float:
    """Microseconds of CPU."""
    start = time.process_time_ns()
    load(path)
    return (time.process_time_ns() - start) / 1e3


def unpickle(path: Path) -> Any:
    with open(path, "rb") as file:
        return pickle.load(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take every n-th case")
    parser.add_argument("--skops", action="store_true", help="compare with skops as well")
    parser.add_argument("--sizes-only", action="store_true", help="time nothing, and name the largest files")
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    rows = []
    folder = Path(tempfile.mkdtemp())
    ours, theirs, others = folder / "m.perdure", folder / "m.pkl", folder / "m.skops"
    for case in list(all_cases())[:: options.every]:
        model, _ = case.make()
        data = perdure.dumps(model)
        try:
            pickled = pickle.dumps(model, 5)
            pickle.loads(pickled)
        except Exception as error:  # noqa: BLE001 - a peer that fails is left out, and named
            print(f"pickle: {case.name}: {error}")
            continue
        if options.sizes_only:
            rows.append((case.name, len(data), len(pickled), {}))
            continue
        trusted = list(case.trusted)
        ours.write_bytes(data)
        theirs.write_bytes(pickled)
        loaders: dict[str, Any] = {
            "perdure": (lambda path, t=trusted: perdure.load(path, trusted=t), ours),
            "pickle": (unpickle, theirs),
        }
        if options.skops:
            import skops.io

            try:
                dumped = skops.io.dumps(model)
                names = skops.io.get_untrusted_types(data=dumped)
                skops.io.loads(dumped, trusted=names)
                others.write_bytes(dumped)
                loaders["skops"] = (lambda path, t=names: skops.io.load(path, trusted=t), others)
            except Exception as error:  # noqa: BLE001
                print(f"skops: {case.name}: {str(error)[:80]!r}")
        times: dict[str, list[float]] = {name: [] for name in loaders}
        gc.disable()
        for _ in range(options.repeats):
            for name, (load, given) in loaders.items():
                times[name].append(timed(load, given))
        gc.enable()
        best = {name: statistics.median(found) for name, found in times.items()}
        rows.append((case.name, len(data), len(pickled), best))
    sizes = [ours / theirs for _, ours, theirs, _ in rows]
    print(f"{len(rows)} models")
    print(
        f"size: sum {sum(r[1] for r in rows) / sum(r[2] for r in rows):.3f}x pickle, median {statistics.median(sizes):.2f}x"
    )
    above = [(n, a, b) for n, a, b, _ in rows if a > 2 * b + 1500]
    print(f"above 2x + 1.5 kB: {above}")
    if options.sizes_only:
        for name, here, there, _ in sorted(rows, key=lambda row: -row[1])[:25]:
            print(f"{here:9,} B, {here / there:.2f}x pickle: {name}")
        return
    ratios = sorted((r[3]["perdure"] / r[3]["pickle"], r[0], r[3]) for r in rows)
    print(f"load: median {statistics.median(r[0] for r in ratios):.2f}x pickle; worst {ratios[-5:]}")
    if options.skops:
        against = [r[3]["perdure"] / r[3]["skops"] for r in rows if "skops" in r[3]]
        print(
            f"load <= 0.5x skops: {sum(a <= 0.5 for a in against)} of {len(against)}; median {statistics.median(against):.2f}x"
        )


if __name__ == "__main__":
    main()
