"""Classes of the reader's own: trusting them lets nobody around the rules of what they derive from."""

from __future__ import annotations

import pytest

import perdure
from attacks import models
from attacks.craft import Graph
from cli.crafted import save
from perdure.errors import InvalidError
from perdure.graph.batch import renumber
from perdure.record.libraries import running_libraries
from zoo.own import CautiousLogistic

TRUSTED = ["zoo.own:CautiousLogistic"]


def _file(tmp_path, bases, change=None):
    graph = Graph(CautiousLogistic().fit(models.X, models.Y))
    if change is not None:
        graph.change("CautiousLogistic", "coef_", change)
    path = tmp_path / "own.perdure"
    return save(path, renumber(graph.root), graph.arrays, bases=bases, libraries=running_libraries())


def test_the_rules_of_the_base_hold(tmp_path):
    bases = {TRUSTED[0]: ("sklearn.linear_model._logistic:LogisticRegression",)}
    assert perdure.load(_file(tmp_path, bases), trusted=TRUSTED).coef_.shape == (3, 6)
    with pytest.raises(InvalidError) as caught:
        perdure.load(_file(tmp_path, bases, lambda a: a[:, :1]), trusted=TRUSTED)
    assert caught.value.path == "model.coef_"


@pytest.mark.parametrize("bases", [{}, {TRUSTED[0]: ("sklearn.linear_model._ridge:Ridge",)}])
def test_a_file_cannot_keep_quiet_about_the_base(tmp_path, bases):
    with pytest.raises(InvalidError, match="derives from"):
        perdure.load(_file(tmp_path, bases), trusted=TRUSTED)
