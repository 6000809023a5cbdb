"""A slice of the fuzzer of structural codecs: whatever a file says of them, readers keep their promise."""

import random

import numpy as np
import pytest
from sklearn.ensemble import (
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)

from fuzz.structural import Mutant, mutants, read
from perdure.arrays.native import native, use_native

X = np.random.default_rng(0).normal(size=(150, 3))
NOISE = np.random.default_rng(1).normal(size=150)


MODELS = (
    (lambda: RandomForestClassifier(30, random_state=0).fit(X, NOISE > 0), {"preorder", "right", "splits", "sums"}),
    (lambda: RandomForestRegressor(12, random_state=0).fit(X, NOISE), {"preorder", "right", "splits", "sums"}),
    (lambda: IsolationForest(n_estimators=30, random_state=0).fit(X), {"preorder", "right", "means", "variances"}),
    (
        lambda: HistGradientBoostingRegressor(max_iter=120, max_leaf_nodes=8, min_samples_leaf=5).fit(X, NOISE),
        {"left", "right", "thresholds", "depths"},
    ),
    (
        lambda: HistGradientBoostingRegressor(max_iter=120, max_leaf_nodes=8, min_samples_leaf=5).fit(
            np.round(X, 1), NOISE
        ),
        {"left", "right", "thresholds", "depths"},
    ),
)


@pytest.mark.parametrize("compiled", [False, True])
def test_mutants_are_read_or_refused(compiled):
    before = native.active
    if use_native(compiled) is not compiled:
        pytest.skip("the compiled decoder was not built")
    try:
        for make, made in MODELS:
            first = Mutant(make())
            assert {how[0] for how in first.recipes.values()} >= made
            assert read(first) == read(first, flowing=True) == ""
            some = mutants(first, random.Random(7))
            raised = [read(next(some), flowing=turn % 2 == 1) for turn in range(150)]
            # Some are as good as the first one, and most are refused in words.
            assert set(raised) <= {"", "FormatError", "InvalidError", "LimitError"}
            assert raised.count("FormatError") > 20
    finally:
        read(first)
        use_native(before)
