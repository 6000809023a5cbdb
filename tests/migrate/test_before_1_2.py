"""Migrations before 1.2 that no file of the fixtures needs, and what is said of names that moved."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from perdure.arrays.store import ArrayStore
from perdure.errors import MigrationError
from perdure.graph.nodes import Global, Graph, List, Object, Tuple
from perdure.migrate import migrate
from perdure.migrate.rules import moved
from perdure.record.libraries import running_libraries
from perdure.trust.tables import tables


def migrated(root: Any, stored: str) -> tuple[Any, set[str]]:
    """The root as it is today, and the migrations that were applied."""
    graph = Graph(root, ArrayStore(), {}, {"scikit-learn": stored})
    made, applied = migrate(graph, graph.arrays, running_libraries())
    return made.root, {item.name for item in applied}


@pytest.mark.parametrize(
    ("old", "new"),
    [("lda:LDA", "LinearDiscriminantAnalysis"), ("qda:QDA", "QuadraticDiscriminantAnalysis")],
)
def test_the_discriminants_of_0_16(old, new):
    found, applied = migrated(Object(f"sklearn.{old}", {"priors": None}), "0.17")
    assert found.type == f"sklearn.discriminant_analysis:{new}"
    assert "renamed-0-18" in applied


def test_a_gamma_of_0_was_auto():
    found, applied = migrated(Object("sklearn.svm.classes:SVC", {"C": 1.0, "gamma": 0.0}), "0.17")
    assert found.state["gamma"] == "auto"
    assert "svm-gamma-zero" in applied


def test_an_unfitted_forest_had_10_trees():
    found, applied = migrated(
        Object("sklearn.ensemble.forest:RandomForestRegressor", {"n_estimators": "warn"}), "0.21.3"
    )
    assert found.state["n_estimators"] == 10
    assert "forest-estimators-warn" in applied


def test_a_one_class_machine_has_no_random_state():
    found, applied = migrated(Object("sklearn.svm.classes:OneClassSVM", {"nu": 0.5, "random_state": 3}), "0.20.4")
    assert found.state["random_state"] is None
    assert "one-class-random-state" in applied


def test_a_function_as_a_value_moves_too():
    name = "sklearn.feature_selection.univariate_selection"
    found, applied = migrated(Object(f"{name}:SelectKBest", {"k": 2, "score_func": Global(f"{name}:chi2")}), "0.21.3")
    assert found.type == "sklearn.feature_selection._univariate_selection:SelectKBest"
    assert found.state["score_func"].name == "sklearn.feature_selection._univariate_selection:chi2"
    assert "moved-0-22" in applied


def test_a_step_of_none_passes_through():
    steps = List((Tuple(("scale", None)), Tuple(("model", "passthrough"))))
    found, _ = migrated(Object("sklearn.pipeline:Pipeline", {"steps": steps}), "0.19.2")
    assert [pair.items for pair in found.state["steps"].items] == [("scale", "passthrough"), ("model", "passthrough")]


def test_the_place_of_what_has_no_successor_is_told():
    inner = Object("sklearn.neighbors.approximate:LSHForest", {})
    steps = List((Tuple(("forest", inner)),))
    with pytest.raises(MigrationError, match="LSHForest") as caught:
        migrated(Object("sklearn.pipeline:Pipeline", {"steps": steps}), "0.19.2")
    assert caught.value.path == "model.steps[0][1]"


def old_names() -> dict[str, str]:
    """Every name that moved, and where it leads to."""
    found: dict[str, str] = {}
    for table in (
        moved.MOVED_0_20,
        moved.MOVED_0_21,
        moved.MOVED_0_22,
        moved.MOVED_0_24,
        moved.MOVED_1_0,
        moved.MOVED_1_1,
    ):
        found.update(table)
    return found


def test_trust_knows_every_name_that_moved_under_the_way_of_the_new_one():
    ways = tables().ways
    names = old_names()
    for old, new in names.items():
        while new in names:
            new = names[new]
        assert ways[old] == ways.get(new, ways[old]), old


def test_the_table_of_old_names_has_no_name_of_today():
    folder = files("perdure.trust").joinpath("tables")
    before, today = (
        {
            name
            for names in json.loads(folder.joinpath(table).read_text(encoding="utf-8"))["ways"].values()
            for name in names
        }
        for table in ("sklearn_before_1_2.json", "sklearn.json")
    )
    assert before & today == set()
    assert old_names().keys() <= before | today
