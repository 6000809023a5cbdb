"""The latency of `perdure.Predictor` beside scikit-learn's, onnxruntime's and treelite's: into docs/predictor.md.

Run: python benchmarks/predictor.py [--rounds N] [--report PAGE]; what is not installed is left out. All run on one thread and take
turns, round by round; the figures are medians of CPU seconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402 - the threads are set first

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- figures: benchmarks/predictor.py -->", "<!-- end of figures -->"
_SECONDS = 0.05
_MANY = 100_000
Ask = Callable[[np.ndarray], Any]


def models() -> dict[str, tuple[Any, np.ndarray]]:
    """Return fitted models and rows for them."""
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    random = np.random.RandomState(0)
    # Numbers that single precision has, so that all engines see the same.
    X = random.standard_normal((5_000, 20)).astype(np.float32).astype(np.float64)
    y = (X[:, 0] * X[:, 1] + X[:, 2] + random.standard_normal(len(X)) > 0).astype(int)
    made = {
        "scaler and logistic regression": make_pipeline(StandardScaler(), LogisticRegression()),
        "scaler and histogram boosting, 100 rounds": make_pipeline(
            StandardScaler(), HistGradientBoostingClassifier(max_iter=100, early_stopping=False)
        ),
        "random forest, 100 trees": RandomForestClassifier(100, random_state=0),
        "gradient boosting, 100 stages": GradientBoostingClassifier(random_state=0),
        "scaler and network, 64 × 64": make_pipeline(StandardScaler(), MLPClassifier((64, 64), max_iter=30)),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: (model.fit(X, y), X) for name, model in made.items()}


# --- engines --------------------------------------------------------------------------------------


def of_sklearn(model: Any, folder: Path) -> Ask:
    """Return the model itself."""
    return lambda rows: model.predict_proba(rows)


def of_perdure(model: Any, folder: Path) -> Ask:
    """Return the predictor."""
    import perdure

    predictor = perdure.Predictor(perdure.dumps(model))
    return lambda rows: predictor.predict_proba(rows)


def of_onnx(model: Any, folder: Path) -> Ask:
    """Return onnxruntime on what skl2onnx has made, in single precision."""
    import onnxruntime
    from skl2onnx import to_onnx

    options = {id(model): {"zipmap": False}}
    made = to_onnx(
        model, np.zeros((1, 20), np.float32), options=options, target_opset={"": 21, "ai.onnx.ml": 3}
    ).SerializeToString()
    (folder / "model.onnx").write_bytes(made)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(made, settings, providers=["CPUExecutionProvider"])
    return lambda rows: session.run(["probabilities"], {"X": rows.astype(np.float32)})[0]


def of_treelite(model: Any, folder: Path) -> Ask:
    """Return treelite's general inference."""
    import treelite

    made = treelite.sklearn.import_model(model)
    return lambda rows: treelite.gtil.predict(made, rows.astype(np.float32), nthread=1)


ENGINES: dict[str, Callable[[Any, Path], Ask]] = {
    "scikit-learn": of_sklearn,
    "Predictor": of_perdure,
    "onnxruntime": of_onnx,
    "treelite": of_treelite,
}


# --- measuring ------------------------------------------------------------------------------------


def timed(ask: Ask, rows: np.ndarray) -> float:
    """Return the CPU seconds of a call: the mean over as many as take a while."""
    count, start, begun = 0, time.process_time(), time.perf_counter()
    while not count or time.perf_counter() - begun < _SECONDS:
        ask(rows)
        count += 1
    return (time.process_time() - start) / count


def latencies(model: Any, X: np.ndarray, folder: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """Return the seconds for one row and for many, by engine."""
    engines = {}
    for name, make in ENGINES.items():
        try:
            engines[name] = make(model, folder)
        except Exception as error:  # noqa: BLE001 - what does not take the model is left out, and named
            print(f"  {name}: {type(error).__name__}: {error}"[:160], file=sys.stderr)
    one, many = X[:1], np.tile(X, (_MANY // len(X), 1))
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in engines}
    for _ in range(rounds):
        for name, ask in engines.items():
            found[name].append((timed(ask, one), timed(ask, many)))
    return {
        name: (statistics.median(a for a, _ in rows), statistics.median(b for _, b in rows))
        for name, rows in found.items()
    }


COLD = {
    "scikit-learn, from a pickle": "import pickle; ask = pickle.load(open('m.pkl', 'rb')).predict_proba",
    "scikit-learn, by perdure.load": "import perdure; ask = perdure.load('m.perdure').predict_proba",
    "Predictor": "import perdure; ask = perdure.Predictor('m.perdure').predict_proba",
    "onnxruntime": "import onnxruntime; s = onnxruntime.InferenceSession('m.onnx', providers=['CPUExecutionProvider']); "
    "ask = lambda rows: s.run(['probabilities'], {'X': rows.astype('f4')})",
    "numpy alone, nothing asked": "ask = len",
}


def cold(model: Any, folder: Path, rounds: int) -> dict[str, float]:
    """Return the CPU seconds from the start of a process to its first prediction."""
    import pickle

    import perdure

    perdure.dump(model, folder / "m.perdure")
    (folder / "m.pkl").write_bytes(pickle.dumps(model))
    try:
        of_onnx(model, folder)
        (folder / "model.onnx").rename(folder / "m.onnx")
    except ImportError as error:
        print(f"  onnxruntime: {error}", file=sys.stderr)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT / "src")
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    found: dict[str, list[float]] = {}
    for turn in range(rounds + 1):
        for name, code in COLD.items():
            script = f"import numpy; {code}; ask(numpy.zeros((1, 20))); import time; print(time.process_time())"
            done = subprocess.run(
                [sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
            )
            # The first round compiles the modules.
            if turn and not done.returncode:
                found.setdefault(name, []).append(float(done.stdout))
            elif done.returncode:
                print(f"  {name}: {done.stderr[-160:]}", file=sys.stderr)
    return {name: statistics.median(row) for name, row in found.items()}


# --- the page -------------------------------------------------------------------------------------


def shown(seconds: float | None) -> str:
    """Return a time in milliseconds, three digits of it."""
    return "–" if seconds is None else f"{float(f'{seconds * 1000:.3g}'):,g}"


def report(figures: dict[str, dict[str, tuple[float, float]]], starts: dict[str, float]) -> str:
    """Return the part of the page that holds the figures."""
    import platform

    import sklearn

    libraries = [
        f"Python {platform.python_version()}",
        f"numpy {np.__version__}",
        f"scikit-learn {sklearn.__version__}",
    ]
    for name in ("onnxruntime", "treelite"):
        try:
            libraries.append(f"{name} {__import__(name).__version__}")
        except ImportError:
            libraries.append(f"{name} not installed")
    lines = [
        BEGIN,
        "",
        f"{', '.join(libraries)}, {platform.machine()}, one thread; medians of CPU milliseconds of `predict_proba`, of engines that",
        "took turns on a machine that was not alone. onnxruntime and treelite compute in single precision.",
        "",
    ]
    for index, title in enumerate(("One row", f"{_MANY:,} rows")):
        lines += [f"| {title} | {' | '.join(ENGINES)} |", f"|---|{'---:|' * len(ENGINES)}"]
        for model, row in figures.items():
            cells = [shown(row[name][index] if name in row else None) for name in ENGINES]
            lines.append(f"| {model} | {' | '.join(cells)} |")
        lines.append("")
    lines += [
        "| From the start of a process to its first prediction, scaler and histogram boosting | CPU ms |",
        "|---|---:|",
    ]
    lines += [f"| {name} | {shown(seconds)} |" for name, seconds in starts.items()]
    return "\n".join([*lines, "", END])


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--report", type=Path, default=ROOT / "docs" / "predictor.md")
    options = parser.parse_args()
    figures: dict[str, dict[str, tuple[float, float]]] = {}
    fitted = models()
    with tempfile.TemporaryDirectory() as temporary:
        for name, (model, X) in fitted.items():
            print(name, flush=True)
            figures[name] = latencies(model, X, Path(temporary), options.rounds)
            print({engine: tuple(map(shown, row)) for engine, row in figures[name].items()}, flush=True)
        starts = cold(fitted["scaler and histogram boosting, 100 rounds"][0], Path(temporary), options.rounds)
        print({name: shown(seconds) for name, seconds in starts.items()}, flush=True)
    page = options.report.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    options.report.write_text(before + report(figures, starts) + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
