"""Perdure against its peers on the models of models.py, interleaved; memory in fresh processes.

Run: make bench, or python benchmarks/run.py [--folder F] [--models a,b] [--formats a,b] [--rounds N]. The fitted models
stay in the folder; the figures go to docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from formats import FORMATS, available
from models import MODELS, fitted
from report import write_report

HERE = Path(__file__).parent
# A smaller model is not asked how much memory it takes.
_LARGE = 1 << 22


def worker(*arguments: str) -> Any:
    """Return what a process of its own found."""
    command = [sys.executable, str(HERE / "worker.py"), *arguments]
    done = subprocess.run(
        command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def compare(model: str, names: list[str], folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Return the medians of each format."""
    pickled = fitted(model, folder)
    fitted(model, folder, small=True)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        found: dict[str, dict[str, float]] = worker("times", str(pickled), temporary, str(rounds), *names)
        for name, row in found.items():
            if pickled.stat().st_size > _LARGE:
                row |= worker("peak", str(pickled), str(Path(temporary) / (FORMATS[name].file or name)), name)
    print(f"{model}: measured", flush=True)
    return found


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
