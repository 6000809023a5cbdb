"""What reading an old file costs against `pickle.load`: a forest of 100 MB and a vectorizer of 200,000 words.

Run: python benchmarks/old_files.py [--rounds N] [--folder FOLDER]. Each reading has a process of its own, and the two
ways take turns; the least of the rounds counts. Prints a table; the models are made once and kept in the folder.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

_WORDS = 200_000
# The ratios that are to be reached: processor time and memory.
_GOALS = {"forest": (3.0, 2.5), "text": (10.0, None)}


def forest(small: bool) -> Any:
    """Return a forest whose pickle has 100 MB."""
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier

    rng = np.random.default_rng(0)
    rows = 50 if small else 24_000
    X = rng.normal(size=(rows, 10)).astype(np.float32)
    y = np.arange(rows) % 2
    return RandomForestClassifier(4 if small else 100, max_features=1, n_jobs=1, random_state=0).fit(X, y)


def text(small: bool) -> Any:
    """Return a vectorizer with 200,000 words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = 50 if small else _WORDS
    return TfidfVectorizer().fit(" ".join(f"word{i + j}" for j in range(100)) for i in range(0, words, 100))


def with_pickle(path: Path) -> Any:
    with open(path, "rb") as file:
        return pickle.load(file)


def with_perdure(path: Path) -> Any:
    import perdure

    return perdure.load(path)


WAYS: dict[str, Callable[[Path], Any]] = {"pickle": with_pickle, "perdure": with_perdure}


def measure(way: str, path: Path) -> dict[str, float]:
    """Return the processor seconds of a reading, and the bytes of memory that it took at most."""
    read = WAYS[way]
    # Whatever has to be imported is, before the clock starts.
    read(path.with_name("small-" + path.name))
    gc.collect()
    # From here on the kernel counts the peak anew; getrusage would count that of the parent, too.
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak()
    start = time.process_time()
    model = read(path)
    seconds = time.process_time() - start
    most = _peak()
    del model
    return {"seconds": seconds, "bytes": most - before}


def _peak() -> int:
    """Bytes of memory in use at most."""
    return 1024 * int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])


def in_process(way: str, path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", way, str(path)]
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def files(folder: Path) -> dict[str, Path]:
    """Return the files by model and protocol, made where they are missing."""
    import sklearn

    found = {}
    for make in (forest, text):
        for protocol in (4, 5):
            path = folder / f"{make.__name__}-{protocol}-{sklearn.__version__}.pkl"
            for small in (True, False):
                at = path.with_name(("small-" if small else "") + path.name)
                if not at.exists():
                    at.write_bytes(pickle.dumps(make(small), protocol))
            found[f"{make.__name__}, protocol {protocol}"] = path
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "perdure-old-files")
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure[0], Path(options.measure[1]))))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    print("| file | MB | pickle, s | perdure, s | ratio | goal | pickle, MB | perdure, MB | ratio | goal |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, path in files(options.folder).items():
        rows: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
        for _ in range(options.rounds):
            for way, found in rows.items():
                found.append(in_process(way, path))
        cells = [name, f"{path.stat().st_size / 1e6:.1f}"]
        for what, unit, goal in zip(("seconds", "bytes"), (1, 1e6), _GOALS[name.partition(",")[0]], strict=True):
            stock, ours = (min(row[what] for row in rows[way]) / unit for way in WAYS)
            cells += [f"{stock:.3f}", f"{ours:.3f}", f"{ours / stock:.2f}", "–" if goal is None else f"{goal:g}"]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
