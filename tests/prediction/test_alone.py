"""Nothing of scikit-learn, scipy or pandas: not imported, and not needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import perdure

SCRIPT = """
import json, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sklearn", "scipy", "pandas", "joblib", "click", "rich", "threadpoolctl"):
            raise ImportError(name)

sys.meta_path.insert(0, Blocked())
import numpy, perdure
found = []
for path in sys.argv[1:]:
    predictor = perdure.Predictor(path)
    with open(path + ".json") as file:
        rows = json.load(file)
    found.append(predictor.predict_proba(rows).tolist())
heavy = sorted({name.partition(".")[0] for name in sys.modules} & {"sklearn", "scipy", "pandas", "joblib", "click", "rich"})
print(json.dumps([found, heavy]))
"""


def models():
    random = np.random.RandomState(0)
    frame = pd.DataFrame(
        {
            "age": random.randint(18, 80, 200).astype(float),
            "city": random.choice(["Rome", "Oslo", "Lima"], 200),
            "pay": random.lognormal(size=200),
        }
    )
    frame.loc[::7, "pay"] = np.nan
    y = (frame["age"] + 20 * (frame["city"] == "Oslo") > 50).to_numpy()
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["age", "pay"]),
        (OneHotEncoder(handle_unknown="ignore"), ["city"]),
    )
    columned = make_pipeline(columns, LogisticRegression()).fit(frame, y)
    X = random.standard_normal((200, 4))
    labels = np.where(X[:, 0] * X[:, 1] > 0, "yes", "no")
    texts = [" ".join(random.choice(["good", "bad", "fine", "awful", "day"], 5)) for _ in range(60)]
    boosted = make_pipeline(StandardScaler(), HistGradientBoostingClassifier(max_iter=5)).fit(X, labels)
    forest = RandomForestClassifier(7, random_state=0).fit(X, labels)
    read = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [" good" in text for text in texts])
    return [
        (
            columned,
            frame,
            {name: frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame},
        ),
        (boosted, X, X.tolist()),
        (forest, X, X.tolist()),
        (read, texts, texts),
    ]


@pytest.mark.slow
def test_a_cold_start_takes_a_fifth_of_a_second(tmp_path):
    model, X, _ = models()[1]
    path = tmp_path / "m.perdure"
    perdure.dump(model, path)
    asked = f"import perdure; perdure.Predictor({str(path)!r}).predict_proba({X[:1].tolist()!r})"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(tmp_path / "compiled")

    def seconds(code):
        script = f"{code}; import time; print(time.process_time())"
        command = [sys.executable, "-c", script]
        return float(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)

    # The first of each compiles the modules. Where much else runs, numpy's own import says how slow the machine is.
    alone = min(seconds("import numpy") for _ in range(4))
    assert min(seconds(asked) for _ in range(6)) <= max(0.2, 2.5 * alone)


def test_it_predicts_where_there_is_nothing_but_numpy(tmp_path):
    paths, expected = [], []
    for i, (model, X, rows) in enumerate(models()):
        path = tmp_path / f"{i}.perdure"
        perdure.dump(model, path)
        (tmp_path / f"{i}.perdure.json").write_text(json.dumps(rows))
        paths.append(str(path))
        expected.append(model.predict_proba(X))
    done = subprocess.run([sys.executable, "-c", SCRIPT, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found, heavy = json.loads(done.stdout)
    assert heavy == []
    for given, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(given, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("native", [True, False])
def test_a_forest_is_the_same_with_and_without_compiled_code(native):
    from perdure.arrays.native import native as switch
    from perdure.arrays.native import use_native

    before = switch.active
    model, X, _ = models()[2]
    X = X.copy()
    X[::5, 0] = np.nan
    try:
        use_native(native)
        predictor = perdure.Predictor(perdure.dumps(model))
        if native and not switch.active:
            pytest.skip("no compiled code here")
        assert (predictor.predict_proba(X[1:5]) == model.predict_proba(X[1:5])).all()
    finally:
        use_native(before)
