"""Perdure against its peers on the models of models.py, interleaved; memory and first predictions in fresh processes.

Run: make bench, or python benchmarks/run.py [--folder F] [--models a,b] [--formats a;b] [--rounds N]. The fitted models
stay in the folder; the figures go to docs/benchmarks.md, and its plots beside it. ``--models ""`` writes the page anew.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from formats import FORMATS, available
from models import MODELS, fitted
from report import write_report
from scaling import curve

HERE = Path(__file__).parent
# A smaller model is not asked how much memory it takes.
_LARGE = 1 << 22
# Who is asked for the first prediction, and for what four processes share.
_COLD = ("pickle", "joblib", "joblib, mapped", "skops", "perdure", "perdure, numpy alone", "perdure, raw and mapped")
_SHARED = ("pickle", "joblib", "joblib, mapped", "perdure", "perdure, raw", "perdure, raw and mapped")
_PROCESSES = 4
# Who takes so many seconds to load is not asked when the first prediction comes.
_SLOW = 5


def _start(*arguments: str, **streams: Any) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / "worker.py"), *arguments]
    return subprocess.Popen(
        command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True, **streams
    )


def worker(*arguments: str) -> Any:
    """Return what a process of its own found."""
    process = _start(*arguments)
    said, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return json.loads(said.splitlines()[-1])


def shared(*arguments: str) -> float:
    """Return the memory that some processes take together for the same model."""
    processes = [_start("share", *arguments, stdin=subprocess.PIPE) for _ in range(_PROCESSES)]
    # Each step begins when all are through with the one before.
    for _ in range(4):
        for process in processes:
            assert process.stdout is not None
            while (line := process.stdout.readline()) != "ready\n":
                if not line:
                    raise RuntimeError(f"a process that shares {arguments[1]} has ended")
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
    return float(sum(json.loads(process.communicate()[0].splitlines()[-1])["pss"] for process in processes))


def compare(model: str, names: list[str], folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Return the medians of each format."""
    pickled = fitted(model, folder)
    fitted(model, folder, small=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        found: dict[str, dict[str, float]] = worker("times", str(pickled), temporary, str(rounds), *names)
        rows = Path(temporary) / "rows"
        if model != "many":
            small = fitted(model, folder, small=True)
            # The small model of words knows few of them, and a few are enough.
            rows.write_bytes(pickle.dumps(MODELS[model].rows(pickle.loads(small.read_bytes()))))
        for name, row in found.items():
            path = str(Path(temporary) / (FORMATS[name].file or name))
            large = pickled.stat().st_size > _LARGE
            if large:
                row |= worker("peak", str(pickled), path, name)
            if rows.exists() and name in _COLD and row["load"] < _SLOW:
                row["cold"] = min(worker("cold", path, name, str(rows))["cold"] for _ in range(3))
            if rows.exists() and name in _SHARED and large:
                row["pss"] = shared(str(pickled), path, name, str(rows))
            if model == "many" and name in ("perdure", "perdure, raw and mapped"):
                row |= worker("one", str(pickled), path, name, "sku-17000")
    print(f"{model}: measured", flush=True)
    return found


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "perdure-bench")
    parser.add_argument("--models", default=",".join([*MODELS, "scaling"]))
    parser.add_argument("--formats", default=";".join(available()))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--report", type=Path, default=HERE.parent / "docs" / "benchmarks.md")
    options = parser.parse_args()
    names = [name for name in available() if name in options.formats.split(";")]
    options.folder.mkdir(parents=True, exist_ok=True)
    kept = options.folder / "figures.json"
    figures: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    for model in filter(None, options.models.split(",")):
        if model == "scaling":
            figures[model] = curve(options.folder, options.rounds)
        else:
            figures[model] = compare(model, names, options.folder, options.rounds)
        kept.write_text(json.dumps(figures, indent=1))
    write_report(figures, options.report)


if __name__ == "__main__":
    main()
