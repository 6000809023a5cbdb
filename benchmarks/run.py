"""Perdure against its peers on the models of models.py, each measurement in a fresh process, all interleaved.

Run: make bench, or python benchmarks/run.py [--folder F] [--models a,b] [--formats a,b] [--rounds N]. The fitted models
stay in the folder; the figures go to docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from formats import FORMATS, available
from models import MODELS, fitted
from report import write_report

HERE = Path(__file__).parent
# What takes longer is left out, and said to be.
_PATIENCE = 240


def measured(action: str, name: str, pickled: Path, path: Path) -> dict[str, Any] | None:
    """Return what a process of its own found; None where it failed or took too long."""
    environment = os.environ | dict(FORMATS[name].environment) | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE / "worker.py"), action, name, str(pickled), str(path)]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        print(f"  {name}: {action} took more than {_PATIENCE} s")
        return None
    if done.returncode:
        print(f"  {name}: {action} failed: {done.stderr.strip().splitlines()[-1][:150] if done.stderr else '?'}")
        return None
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(model: str, names: list[str], folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Return the medians of each format."""
    pickled = fitted(model, folder)
    fitted(model, folder, small=True)
    found: dict[str, list[dict[str, Any]]] = {}
    dumps: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        paths = {name: Path(temporary) / (FORMATS[name].file or name).replace(" ", "-") for name in names}
        for turn in range(rounds):
            for name in names:
                if turn and name not in found:
                    continue
                # A large model is saved once by those who take long.
                if not FORMATS[name].file and (not turn or dumps[name][0]["wall"] < 10):
                    made = measured("dump", name, pickled, paths[name])
                    if made is None:
                        continue
                    dumps.setdefault(name, []).append(made)
                loaded = measured("load", name, pickled, paths[name]) if paths[name].exists() else None
                if loaded is not None:
                    found.setdefault(name, []).append(loaded)
            print(f"  {model}: round {turn + 1} of {rounds}", flush=True)
    return {
        name: {
            "size": rows[0]["size"],
            "load": statistics.median(row["cpu"] for row in rows),
            "wall": statistics.median(row["wall"] for row in rows),
            "peak": statistics.median(row["peak"] for row in rows),
            "held": statistics.median(row["held"] for row in rows),
            **({"dump": statistics.median(row["cpu"] for row in dumps[name])} if name in dumps else {}),
        }
        for name, rows in found.items()
    }


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "perdure-bench")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--formats", default=",".join(f'"{name}"' for name in available()))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--report", type=Path, default=HERE.parent / "docs" / "benchmarks.md")
    options = parser.parse_args()
    names = [name for name in available() if f'"{name}"' in options.formats]
    options.folder.mkdir(parents=True, exist_ok=True)
    kept = options.folder / "figures.json"
    figures: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    for model in options.models.split(","):
        figures[model] = compare(model, names, options.folder, options.rounds)
        kept.write_text(json.dumps(figures, indent=1))
        write_report(figures, options.report)


if __name__ == "__main__":
    main()
