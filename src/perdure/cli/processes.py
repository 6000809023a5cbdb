"""The other processes of `perdure demo`: one trains and saves, one loads and verifies, one times the peers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..errors import PerdureError

__all__ = ["FILE", "PEERS", "load_and_verify", "script", "time_loading", "train"]

FILE = "penguins.perdure"
# How each file was written → its name. All are of one model, written by the process that fitted it.
PEERS = {
    "perdure.dump(model, path)": FILE,
    "pickle.dump(model, file, protocol=5)": "penguins.pkl",
    "joblib.dump(model, path)": "penguins.joblib",
    "joblib.dump(model, path, compress=3)": "penguins-compressed.joblib",
}

_LOAD = """
import hashlib, json, os, sys
import numpy, perdure
from perdure.datasets import load_penguins

folder, file = sys.argv[1:]
model = perdure.load(os.path.join(folder, file))
X, y = load_penguins(return_X_y=True)
probabilities = numpy.ascontiguousarray(model.predict_proba(X))
numpy.save(os.path.join(folder, "loaded.npy"), probabilities)
print(json.dumps({"process": os.getpid(), "sha256": hashlib.sha256(probabilities.tobytes()).hexdigest()}), flush=True)

from perdure.cli.program import program
sys.exit(program.main(["verify", os.path.join(folder, file)], "perdure", standalone_mode=False) or 0)
"""

# As text, and in a process of its own: nothing in the package itself can load a pickle.
_TIME = """
import json, os, pickle, statistics, sys, time
import joblib, perdure

def unpickle(path):
    with open(path, "rb") as file:
        return pickle.load(file)

loaders = {".perdure": perdure.load, ".pkl": unpickle, ".joblib": joblib.load}
folder, names = sys.argv[1], sys.argv[2:]
paths = [os.path.join(folder, name) for name in names]
for path in paths:
    loaders[os.path.splitext(path)[1]](path)
seconds = {name: [] for name in names}
for _ in range(11):
    for name, path in zip(names, paths):
        load = loaders[os.path.splitext(path)[1]]
        started = time.perf_counter()
        load(path)
        seconds[name].append(time.perf_counter() - started)
print(json.dumps({name: statistics.median(values) for name, values in seconds.items()}))
"""


def _environment() -> dict[str, str]:
    """Return the environment of the processes: this very package, and one thread, for the data are small."""
    found = dict(os.environ)
    # On 344 rows threads only wait for one another, on a busy machine for seconds.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        found.setdefault(name, "1")
    package = str(Path(str(files("perdure"))).parent)
    if package not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        found["PYTHONPATH"] = os.pathsep.join(filter(None, (package, found.get("PYTHONPATH"))))
    return found


def _run(what: str, *arguments: str, **more: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env=_environment() | more,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-12:]
        raise PerdureError(
            "\n".join([f"the process that {what} stopped with exit code {done.returncode}:", *said]),
            fix="this is a bug of perdure: please report it with these lines",
        )
    return done.stdout


def script() -> Path:
    """Return the path of the script that trains."""
    return Path(str(files("perdure.cli.example").joinpath("train_penguins.py")))


def train(folder: Path) -> dict[str, Any]:
    """Run the script that fits and saves; return what it says it saw."""
    found: dict[str, Any] = json.loads(_run("trains the model", str(script()), str(folder)))
    return found


def load_and_verify(folder: Path, width: int) -> tuple[dict[str, Any], list[str]]:
    """Load the model in a fresh process, predict, and run ``perdure verify`` there.

    Returns
    -------
    found : dict
        The process, and the digest of what the model predicted.
    lines : list of str
        What ``perdure verify`` printed, in lines of at most ``width`` characters.
    """
    first, *lines = _run("loads the model", "-c", _LOAD, str(folder), FILE, COLUMNS=str(width)).splitlines()
    return json.loads(first), lines


def time_loading(folder: Path) -> dict[str, float]:
    """Return the median seconds to load each of the files, in a warm process, taken in turns."""
    found: dict[str, float] = json.loads(_run("loads the files in turns", "-c", _TIME, str(folder), *PEERS.values()))
    return found
