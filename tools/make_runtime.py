"""Build perdure-runtime into dist/, install it alone in an empty environment and compare predictions there.

Run where perdure and scikit-learn are installed: python tools/make_runtime.py [--wheel-only]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNTIME = ROOT / "runtime"


def contents() -> tuple[list[str], list[str]]:
    """Return the files and the packages of src/perdure that are in it."""
    table = tomllib.loads((RUNTIME / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["perdure-runtime"]
    return table["files"], table["packages"]


def lay_out(folder: Path) -> None:
    """Copy what is in it to a folder, ready to be built."""
    files, packages = contents()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(RUNTIME / name, folder / name)
    shutil.copy(ROOT / "LICENSE", folder / "LICENSE")
    target = folder / "src" / "perdure"
    target.mkdir(parents=True)
    source = ROOT / "src" / "perdure"
    for name in files:
        shutil.copy(source / name, target / name)
    for name in packages:
        shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))


def build(dest: Path) -> Path:
    """Build the wheel; return its path."""
    with tempfile.TemporaryDirectory() as temporary:
        lay_out(Path(temporary))
        made = Path(temporary) / "dist"
        command = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", str(made), temporary]
        subprocess.run(command, check=True)
        (wheel,) = made.glob("perdure_runtime-*.whl")
        dest.mkdir(exist_ok=True)
        for old in dest.glob("perdure_runtime-*.whl"):
            old.unlink()
        return Path(shutil.copy(wheel, dest))


def write_models(folder: Path) -> None:
    """Write models, rows, and what scikit-learn gives for them."""
    import warnings

    import numpy as np
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, PoissonRegressor
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler
    from sklearn.svm import SVC

    import perdure

    random = np.random.RandomState(0)
    X = random.standard_normal((300, 5))
    labels = np.where(X[:, 0] * X[:, 1] > 0, "yes", "no")
    gaps = np.where(random.random_sample(X.shape) < 0.1, np.nan, X)
    mixed = np.column_stack([X[:, :2].round(3).astype(object), random.choice(["a", "b", "c"], 300)])
    texts = [" ".join(random.choice(["good", "bad", "fine", "day"], 4)) for _ in range(80)]
    columns = make_column_transformer((StandardScaler(), [0, 1]), (OneHotEncoder(), [2]))
    models = {
        "boosting": (HistGradientBoostingClassifier(max_iter=20), gaps, labels),
        "columns": (make_pipeline(columns, LogisticRegression()), mixed, labels),
        "forest": (RandomForestClassifier(20, random_state=0), X, labels),
        "gradient": (GradientBoostingRegressor(n_estimators=20), X, X[:, 0]),
        "imputed": (make_pipeline(SimpleImputer(add_indicator=True), LogisticRegression()), gaps, labels),
        "network": (MLPClassifier(10, max_iter=20), X, labels),
        "poisson": (PoissonRegressor(), X, np.abs(X[:, 0])),
        "quantiles": (QuantileTransformer(n_quantiles=50, output_distribution="normal"), X, None),
        "texts": (make_pipeline(TfidfVectorizer(), LogisticRegression()), texts, [" good" in text for text in texts]),
        "vectors": (SVC(), X, labels),
    }
    # Twenty rounds are enough for a network that is to be compared only.
    warnings.simplefilter("ignore")
    for name, (model, rows, y) in models.items():
        model.fit(rows, y)
        perdure.dump(model, folder / f"{name}.perdure", probe=False)
        asked = rows[:100]
        plain = asked if isinstance(asked, list) else asked.tolist()
        (folder / f"{name}.json").write_text(json.dumps(plain), encoding="utf-8")
        for method in ("predict", "predict_proba", "transform"):
            if hasattr(model, method):
                found = getattr(model, method)(asked)
                np.save(folder / f"{name}-{method}.npy", found if found.dtype != object else found.astype(str))


def check(wheel: Path) -> None:
    """Install the wheel alone, and compare there."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "models"
        folder.mkdir()
        write_models(folder)
        home = Path(temporary) / "environment"
        venv.create(home, with_pip=True)
        python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "install", "-qq", str(wheel)], check=True)
        plain = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
        subprocess.run([python, "-I", str(RUNTIME / "check.py"), str(folder)], check=True, cwd=temporary, env=plain)
        print(f"{wheel.name}: {wheel.stat().st_size / 1024:,.0f} KiB")


def main() -> None:
    """Build and check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel-only", action="store_true", help="do not check it")
    options = parser.parse_args()
    wheel = build(ROOT / "dist")
    if not options.wheel_only:
        check(wheel)


if __name__ == "__main__":
    main()
