"""Size and time of forests against their trees: from ten to two thousand, of ten thousand nodes each.

Run by run.py, as the model ``scaling``. The trees are fitted once and kept one after the other in one file, so that never
more than is asked for lies in memory; each measurement has a process of its own.
"""

from __future__ import annotations

import json
import os
import pickle
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from formats import FORMATS, switch
from models import fitted

__all__ = ["COUNTS", "curve"]

HERE = Path(__file__).parent
COUNTS = (10, 30, 100, 300, 500, 1000, 2000)
_NAMES = ("pickle", "joblib, compress=3", "perdure", "perdure, raw", "perdure, raw and mapped")
_TOGETHER = 500
# Whoever takes this long to save so many trees is not asked for more of them.
_SLOW = 60


def grown(folder: Path) -> Path:
    """Return the file of the trees: a forest without any, then one tree after the other."""
    import sklearn
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier

    path = folder / f"scaling-{sklearn.__version__}.trees"
    if not path.exists():
        X, y = make_classification(40_000, 20, n_informative=10, flip_y=0.3, random_state=0)
        partial = path.with_suffix(".part")
        with open(partial, "wb") as file:
            for seed in range(0, max(COUNTS), _TOGETHER):
                if seed:
                    forest = RandomForestClassifier(_TOGETHER, n_jobs=2, random_state=seed).fit(X, y)
                else:
                    # The same that is measured by itself.
                    forest = pickle.loads(fitted("forest", folder).read_bytes())
                trees, forest.estimators_ = forest.estimators_, []
                if not seed:
                    pickle.dump(forest, file, 5)
                for tree in trees:
                    pickle.dump(tree, file, 5)
                print(f"fitted {seed + _TOGETHER} trees", flush=True)
        partial.replace(path)
    return path


def _forest(path: Path, count: int) -> Any:
    with open(path, "rb") as file:
        forest = pickle.load(file)
        forest.estimators_ = [pickle.load(file) for _ in range(count)]
    forest.n_estimators = count
    return forest


def _process(*arguments: str) -> Any:
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(
        command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _saved(trees: str, count: str, path: str, name: str) -> dict[str, float]:
    forest, way = _forest(Path(trees), int(count)), FORMATS[name]
    way.dump(_forest(Path(trees), 1), Path(path))
    begun = time.process_time()
    way.dump(forest, Path(path))
    return {
        "dump": time.process_time() - begun,
        "size": os.path.getsize(path),
        "nodes": sum(tree.tree_.node_count for tree in forest.estimators_),
    }


def _loaded(trees: str, count: str, path: str, name: str) -> dict[str, float]:
    way, small = FORMATS[name], Path(path).with_name("small")
    way.dump(_forest(Path(trees), 1), small)
    way.load(small)
    begun = time.process_time()
    with switch(way):
        model = way.load(Path(path))
    seconds = time.process_time() - begun
    assert len(model.estimators_) == int(count)
    return {"load": seconds}


def curve(folder: Path, rounds: int) -> dict[str, dict[str, dict[str, float]]]:
    """Return, by format and number of trees, nodes, size, and the medians of times."""
    import tempfile

    trees = grown(folder)
    found: dict[str, dict[str, dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        for name in _NAMES:
            for count in COUNTS:
                path = Path(temporary) / (FORMATS[name].file or name)
                saved = _process("save", str(trees), str(count), str(path), name)
                loads = [_process("load", str(trees), str(count), str(path), name)["load"] for _ in range(rounds)]
                found.setdefault(name, {})[str(count)] = saved | {"load": statistics.median(loads)}
                path.unlink()
                if saved["dump"] > _SLOW:
                    break
            print(f"scaling, {name}: measured", flush=True)
    return found


if __name__ == "__main__":
    print(json.dumps({"save": _saved, "load": _loaded}[sys.argv[1]](*sys.argv[2:])))
