"""What ``nox -s nightly`` prints of a scikit-learn that nobody has seen yet."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
import sklearn
import sklearn.utils
from sklearn.base import BaseEstimator
from sklearn.linear_model import Lasso, LinearRegression, Ridge

_spec = importlib.util.spec_from_file_location("whats_new", Path(__file__).parents[1] / "tools" / "whats_new.py")
whats_new = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(whats_new)


def _class(name, module, constructor):
    return type(name, (BaseEstimator,), {"__init__": constructor, "__module__": module, "__qualname__": name})


def _horseshoe(self, shrinkage=0.1):
    pass


def _ridge(self, alpha=2.0, *, fit_intercept=True, ceiling=None):
    """As a later release might have it: parameters gone, one new, a default that is another."""


def _release(monkeypatch, version, *kinds):
    monkeypatch.setattr(sklearn, "__version__", version)
    monkeypatch.setattr(sklearn.utils, "all_estimators", lambda: [(kind.__name__, kind) for kind in kinds])


@pytest.fixture
def later(monkeypatch, tmp_path):
    """The running release written down, and a later one in its place."""
    known = tmp_path / "known.json"
    _release(monkeypatch, "1.9.1", LinearRegression, Lasso, Ridge)
    whats_new.main(["--take", str(known)])
    changed = _class("Ridge", Ridge.__module__, _ridge)
    new = _class("Horseshoe", "sklearn.linear_model._horseshoe", _horseshoe)
    _release(monkeypatch, "1.11.dev0", LinearRegression, changed, new)
    return known


def test_the_list(later, capsys):
    whats_new.main(["--against", str(later)])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"scikit-learn 1.11.dev0 against 1.9.1: {len(printed) - 1} differences"
    ridge = "~ sklearn.linear_model._ridge:Ridge"
    assert printed[1] == (
        "+ sklearn.linear_model._horseshoe:Horseshoe: a new estimator, not in perdure's tables: "
        "files with it need trusted=[…] until it is"
    )
    assert "- sklearn.linear_model._coordinate_descent:Lasso: gone, or moved" in printed
    assert f"{ridge}(ceiling=None): a new parameter" in printed
    assert f"{ridge}(solver=…): gone" in printed
    assert f"{ridge}(alpha=…): the default was 1.0 and is 2.0" in printed
    assert not any("LinearRegression" in line for line in printed)


def test_nothing_newer(later, monkeypatch, capsys):
    monkeypatch.setattr(sklearn, "__version__", "1.9.1")
    whats_new.main(["--against", str(later)])
    assert capsys.readouterr().out == "nothing newer than scikit-learn 1.9.1 installs here\n"


def test_the_running_release_is_all_known(tmp_path):
    whats_new.main(["--take", str(tmp_path / "taken.json")])
    taken = json.loads((tmp_path / "taken.json").read_text())
    assert taken["release"] == sklearn.__version__
    assert len(taken["estimators"]) == len(sklearn.utils.all_estimators())
    assert taken["estimators"].keys() - whats_new.names_in_tables() == set()
    assert whats_new.news(taken["estimators"], taken["estimators"], set()) == []
    assert whats_new.news({}, taken["estimators"], whats_new.names_in_tables())[0].endswith(": a new estimator")
