"""Histogram boosting: predictors, bins and what orders the features before them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sklearn

import perdure
from attacks import models
from attacks.craft import FORMS, Graph, put
from perdure.errors import InvalidError
from perdure.graph.nodes import Dict, Global, List

NODES = "predictor:TreePredictor"
MODEL = "gradient_boosting:HistGradientBoostingClassifier"
MAPPER = "binning:_BinMapper"


def everywhere(value):
    def change(array):
        array[:] = value

    return change


def shorter(array):
    return array[:-1]


ROWS = {
    "left child out of range": (NODES, "nodes.left", put(0, 2**31), "nodes['left'][0]"),
    "right child out of range": (NODES, "nodes.right", put(0, 2**32 - 1), "nodes['right'][0]"),
    "a cycle": (NODES, "nodes.left", put(0, 0), "nodes['left'][0]"),
    "two parents": (NODES, "nodes.right", lambda a: np.where(np.arange(len(a)) == 0, 1, a), "nodes"),
    "no leaf": (NODES, "nodes.is_leaf", everywhere(0), "nodes"),
    "leaf that is neither": (NODES, "nodes.is_leaf", put(0, 3), "nodes['is_leaf'][0]"),
    "feature that does not exist": (NODES, "nodes.feature_idx", put(0, 4), "feature_idx"),
    "feature far away": (NODES, "nodes.feature_idx", put(0, 2**31 - 1), "feature_idx"),
    "set of categories that does not exist": (NODES, "nodes.bitset_idx", everywhere(10**6), "bitset_idx"),
    "all by categories": (NODES, "nodes.is_categorical", everywhere(1), ""),
    "no nodes": (NODES, "nodes", lambda a: a[:0], "nodes"),
    "narrow sets": (NODES, "raw_left_cat_bitsets", lambda a: a[:, :1], "raw_left_cat_bitsets"),
    "no sets": (NODES, "raw_left_cat_bitsets", lambda a: a[:0], "bitset_idx"),
    "no binned sets": (NODES, "binned_left_cat_bitsets", lambda a: a[:0], "bitset_idx"),
    "sets of another width": (NODES, "raw_left_cat_bitsets", lambda a: a.astype(np.uint64), "raw_left_cat_bitsets"),
    "features of the model": (MODEL, "n_features_in_", 3, ""),
    "hidden features of the model": (MODEL, "_n_features", 3, "_n_features"),
    "trees in an iteration": (MODEL, "n_trees_per_iteration_", 1, "n_trees_per_iteration_"),
    "classes": (MODEL, "classes_", lambda a: np.arange(7), ""),
    "a fit that goes on": (MODEL, "_in_fit", True, "_in_fit"),
    "an iteration too short": (
        MODEL,
        "_predictors",
        lambda n: List((List(n.items[0].items[:1]), *n.items[1:])),
        "_predictors",
    ),
    "marks of too few features": (MAPPER, "is_categorical_", shorter, ""),
    "no marks": (MAPPER, "is_categorical_", everywhere(0), "feature_idx"),
    "marks that are neither": (MAPPER, "is_categorical_", put(0, 2), "is_categorical_"),
    "bins of too few features": (MAPPER, "bin_thresholds_", lambda n: List(n.items[:-1]), "bin_thresholds_"),
    "missing bin": (MAPPER, "missing_values_bin_idx_", lambda v: 256, "missing_values_bin_idx_"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ROWS)
def test_a_model_with_one_lie_is_refused(name, form):
    kind, attribute, change, place = ROWS[name]
    if attribute.startswith("_") and attribute not in vars(models.histogram()):
        pytest.skip("this release has no such attribute")
    data = Graph(models.histogram()).change(kind, attribute, change).bytes(form)
    with pytest.raises(InvalidError) as caught:
        perdure.loads(data)
    assert place in caught.value.path


def test_categories_are_numbers_of_a_set():
    graph = Graph(models.histogram())
    bins = graph.array(np.array([0.0, 1e300]))

    def change(node):
        # The bins are shared with other attributes, so what they are shared as stays.
        return List((node.items[0], replace(node.items[1], node=bins), *node.items[2:]))

    graph.change(MAPPER, "bin_thresholds_", change)
    with pytest.raises(InvalidError, match="from 0 to 255") as caught:
        perdure.loads(graph.bytes())
    assert "bin_thresholds_[1]" in caught.value.path


needs_preprocessor = pytest.mark.skipif(
    not hasattr(models.histogram(), "_preprocessor"), reason=f"scikit-learn {sklearn.__version__} orders no features"
)
COLUMNS = "_column_transformer:ColumnTransformer"


def _row(number, change):
    def changed(node):
        rows = list(node.items)
        rows[number] = change(rows[number])
        return replace(node, items=tuple(rows))

    return changed


# The second of a type is the fitted one: the first stands among the parameters.
BEFORE = {
    "a transformer less": (COLUMNS, "transformers_", lambda n: replace(n, items=n.items[:1])),
    "columns in another order": (
        COLUMNS,
        "transformers_",
        _row(1, lambda row: replace(row, items=(*row.items[:2], List((2, 3))))),
    ),
    "columns that are dropped": (
        COLUMNS,
        "transformers_",
        _row(1, lambda row: replace(row, items=(row.items[0], "drop", row.items[2]))),
    ),
    "a function that sums": ("FunctionTransformer", "func", Global("numpy:sum"), 1),
    "arguments for the function": ("FunctionTransformer", "kw_args", Dict((("axis", 0),)), 1),
    "an encoder of fewer features": ("OrdinalEncoder", "categories_", lambda n: replace(n, items=n.items[:1]), 1),
    "another number of features": (COLUMNS, "n_features_in_", 9),
}


@needs_preprocessor
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", BEFORE)
def test_what_comes_before_the_predictors_keeps_the_features(name, form):
    data = Graph(models.histogram()).change(*BEFORE[name]).bytes(form)
    with pytest.raises(InvalidError) as caught:
        perdure.loads(data)
    assert "_preprocessor" in caught.value.path
