"""A part of a file: one step, one tree, one model of many, without the rest."""

import io

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import Bunch

import perdure
from zoo.compare import same

X, y = load_iris(return_X_y=True)
PIPELINE = make_pipeline(StandardScaler(), RandomForestClassifier(7, random_state=0)).fit(X, y)
BOOSTING = GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X, y)
HISTOGRAM = HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(X, y)
MODELS = {f"sku-{i}": Ridge().fit(X[i:], y[i:]) for i in range(40)}
SAVED = {
    "model": PIPELINE,
    "many": MODELS,
    "boosting": BOOSTING,
    "histogram": HISTOGRAM,
    "threshold": 0.5,
    "columns": ["a", "b", "c", "d"],
    "numbered": {i: i * 2.0 for i in range(50)},
    "bunch": Bunch(one=LogisticRegression()),
    "words": [f"word{i}" for i in range(60)],
}


@pytest.fixture(scope="module", params=["auto", None])
def file(request):
    with perdure.open(io.BytesIO(perdure.dumps(SAVED, compression=request.param))) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("['model'].steps[-1][1]", PIPELINE[-1]),
        ("model['model'].steps[0][1]", PIPELINE[0]),
        ("['model'].steps[1][1].estimators_[3]", PIPELINE[-1].estimators_[3]),
        ("['model'].steps[1][1].estimators_[-1].tree_", PIPELINE[-1].estimators_[-1].tree_),
        ("['model'].steps[0][1].mean_", PIPELINE[0].mean_),
        ('["many"]["sku-17"]', MODELS["sku-17"]),
        ("['many']['sku-39'].coef_", MODELS["sku-39"].coef_),
        ("['boosting'].estimators_[14]", BOOSTING.estimators_[4, 2]),
        ("['histogram']._predictors[4][2]", HISTOGRAM._predictors[4][2]),
        ("['threshold']", 0.5),
        ("['columns'][2]", "c"),
        ("['numbered'][49]", 98.0),
        ("['bunch']['one']", SAVED["bunch"]["one"]),
        ("['words'][59]", "word59"),
        ("model", SAVED),
    ],
)
def test_a_part_is_what_it_is_in_the_whole(file, path, expected):
    assert same(file.load(path), expected) == []


def test_by_key_lazily(file):
    part = file["many"]["sku-5"]
    assert repr(part).startswith("<model['many']['sku-5'] of")
    assert np.array_equal(part.load().predict(X), MODELS["sku-5"].predict(X))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("['nothing']", "no key 'nothing'.*'model'"),
        ("['many']['sku-40']", "no key"),
        ("['model'].steps[2]", "2 items"),
        ("['model'].nothing", "no attribute 'nothing'"),
        ("['model'].steps[1][1].estimators_[7]", "7 items"),
        ("['threshold'].real", "no attributes"),
        ("['threshold'][0]", "no items"),
        ("['model'].steps[", "not a place"),
        ("['model'] .steps", "not a place"),
        ("steps()", "not a place"),
    ],
)
def test_a_part_that_is_not_there_is_told(file, path, words):
    with pytest.raises(perdure.UnsupportedError, match=words):
        file.load(path)


def test_only_the_part_is_validated_and_trust_comes_first():
    from zoo.registry import all_cases

    case = next(case for case in all_cases() if case.trusted)
    data = perdure.dumps({"own": case.make()[0], "stock": Ridge()})
    with perdure.open(io.BytesIO(data)) as file, pytest.raises(perdure.UntrustedError):
        file.load("['stock']")


def test_sizes_and_the_notebook_view(file):
    sizes = file.sizes
    assert next(iter(sizes)) == "model"
    assert list(sizes.values()) == sorted(sizes.values(), reverse=True)
    assert sizes["model"] >= sum(sizes[f"model[{name!r}]"] for name in ("model", "many", "boosting", "histogram"))
    html = file._repr_html_()
    assert "RandomForestClassifier" in html
    assert "<script" not in html


def test_hostile_names_are_text_in_the_notebook():
    data = perdure.dumps({"<script>alert(1)</script>": Ridge(), "b": ["<img src=x>"]})
    with perdure.open(io.BytesIO(data)) as file:
        html = file._repr_html_()
    assert "<script>" not in html
    assert "<img" not in html
