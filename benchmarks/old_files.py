"""What reading an old file costs against `pickle.load` and `joblib.load`: a forest of 100 MB, a vectorizer of 200,000 words.

Run: python benchmarks/old_files.py [--rounds N] [--folder FOLDER]. Time is that of one process, in which the two ways
take turns; memory that of a process for each reading. The least of the rounds counts, for whatever else the machine
does can only add. Prints a table; the models are made once and kept in the folder.
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


def with_stock(path: Path) -> Any:
    """As the program that wrote the file reads it."""
    if path.suffix == ".joblib":
        import joblib

        return joblib.load(path)
    with open(path, "rb") as file:
        return pickle.load(file)


def with_perdure(path: Path) -> Any:
    import perdure

    return perdure.load(path)


WAYS: dict[str, Callable[[Path], Any]] = {"stock": with_stock, "perdure": with_perdure}


def memory(way: str, path: Path) -> float:
    """Return the bytes of memory that a reading takes at most, in a process that has read nothing else of the size."""
    read = WAYS[way]
    # Whatever has to be imported is, before it is measured.
    read(path.with_name("small-" + path.name))
    gc.collect()
    # From here on the kernel counts the peak anew; getrusage would count that of the parent, too.
    Path("/proc/self/clear_refs").write_text("5")
    before = _peak()
    model = read(path)
    most = _peak()
    del model
    return most - before


def seconds(path: Path, rounds: int) -> dict[str, list[float]]:
    """Return the processor seconds of each reading of each way, which take turns."""
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for read in WAYS.values():
        read(path.with_name("small-" + path.name))
    for _ in range(rounds):
        for way, read in WAYS.items():
            gc.collect()
            start = time.process_time()
            model = read(path)
            found[way].append(time.process_time() - start)
            del model
    return found


def _peak() -> int:
    """Bytes of memory in use at most."""
    return 1024 * int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])


def in_process(*arguments: str) -> Any:
    command = [sys.executable, __file__, *arguments]
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def files(folder: Path) -> dict[str, Path]:
    """Return the files by model and protocol, made where they are missing."""
    import joblib
    import sklearn

    found = {}
    for make in (forest, text):
        name = make.__name__
        models: dict[bool, Any] = {}
        for how in ("protocol 4", "protocol 5", "joblib"):
            end = "joblib" if how == "joblib" else f"{how[-1]}.pkl"
            path = folder / f"{name}-{sklearn.__version__}.{end}"
            for small in (True, False):
                at = path.with_name(("small-" if small else "") + path.name)
                if at.exists():
                    continue
                if small not in models:
                    models[small] = make(small)
                if how == "joblib":
                    joblib.dump(models[small], at)
                else:
                    at.write_bytes(pickle.dumps(models[small], int(how[-1])))
            found[f"{name}, {how}"] = path
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "perdure-old-files")
    parser.add_argument("--memory", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--seconds", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print(json.dumps(memory(options.memory[0], Path(options.memory[1]))))
        return
    if options.seconds:
        print(json.dumps(seconds(Path(options.seconds), options.rounds)))
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    print("| file | MB | stock, s | perdure, s | ratio | goal | stock, MB | perdure, MB | ratio | goal |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, path in files(options.folder).items():
        times = in_process("--seconds", str(path), "--rounds", str(options.rounds))
        most = {way: [in_process("--memory", way, str(path)) for _ in range(min(options.rounds, 3))] for way in WAYS}
        cells = [name, f"{path.stat().st_size / 1e6:.1f}"]
        for rows, unit, goal in zip((times, most), (1, 1e6), _GOALS[name.partition(",")[0]], strict=True):
            stock, ours = (min(rows[way]) / unit for way in WAYS)
            cells += [f"{stock:.3f}", f"{ours:.3f}", f"{ours / stock:.2f}", "–" if goal is None else f"{goal:g}"]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
