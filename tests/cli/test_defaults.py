"""Parameters that are not as they are by default: the census knows the defaults of each release."""

from __future__ import annotations

import io

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import MinMaxScaler

import perdure
from cli.running import run, run_json
from perdure.reporting.defaults import differing
from zoo.own import CautiousLogistic
from zoo.registry import sample

FOREST = "sklearn.ensemble._forest:RandomForestClassifier"


def changed(model):
    with perdure.open(io.BytesIO(perdure.dumps(model))) as file:
        return file.outline.changed


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Ridge(), set()),
        (Ridge(alpha=1), set()),
        (Ridge(alpha=2, fit_intercept=False), {".alpha", ".fit_intercept"}),
        # A flag is no number.
        (Ridge(fit_intercept=1, alpha=True), {".alpha", ".fit_intercept"}),
        (MinMaxScaler(), set()),
        (MinMaxScaler(feature_range=(0, 2)), {".feature_range"}),
        (MinMaxScaler(feature_range=[0, 1]), {".feature_range"}),
        (LogisticRegression(class_weight={0: 1.0}), {".class_weight"}),
    ],
)
def test_what_differs_is_named(model, names):
    assert changed(model) == names


def test_classes_of_ones_own_have_defaults_that_nobody_knows():
    assert changed(CautiousLogistic()) is None


def test_nothing_differs_in_a_model_that_was_made_without_arguments():
    checked = 0
    for case in sample():
        with case.settings():
            model = case.build()
            try:
                fresh = type(model)()
            except TypeError:
                continue
        if type(fresh).__module__.startswith("sklearn."):
            assert changed(fresh) == set(), case.name
            checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    ("release", "value", "names"),
    [("1.2.2", "sqrt", set()), ("1.9.1", "sqrt", set()), ("1.9.1", "log2", {"max_features"}), (None, "sqrt", set())],
)
def test_a_default_that_stayed(release, value, names):
    assert differing(FOREST, release, [("max_features", value)]) == names


@pytest.mark.parametrize(
    ("release", "value", "names"),
    [
        ("1.7.2", "l2", set()),
        ("1.7", "deprecated", {"penalty"}),
        ("1.8.0", "deprecated", set()),
        ("1.9.1", "l2", {"penalty"}),
        ("0.24", "l2", set()),
    ],
)
def test_a_default_is_that_of_the_release_that_made_the_model(release, value, names):
    assert differing("sklearn.linear_model._logistic:LogisticRegression", release, [("penalty", value)]) == names


def test_the_tree_and_the_json_tell_them_apart(tmp_path):
    path = tmp_path / "forest.perdure"
    perdure.dump(RandomForestClassifier(n_estimators=7, max_depth=2).fit([[0.0], [1.0]], [0, 1]), path)
    lines = [line.strip("│├└─ ") for line in run("inspect", str(path)).stdout.splitlines()]
    assert "parameters  max_depth=2, n_estimators=7" in lines
    assert any(line.startswith("defaults  ") and "bootstrap=True" in line for line in lines)
    assert run_json("inspect", str(path))["model"]["changed"] == ["max_depth", "n_estimators"]
