"""Expansions of features: how many columns come out, and splines that scipy evaluates unchecked."""

from __future__ import annotations

from math import comb

import numpy as np

from .engine import rule
from .links import item_links
from .members import Members

__all__: list[str] = []

_MODULE = "sklearn.preprocessing._polynomial"
# Each degree is a loop over the features, in Python.
_DEGREE = 1000


@rule(f"{_MODULE}:PolynomialFeatures")
def polynomials(models: Members) -> None:
    """The numbers of columns follow from the degrees."""
    for model in models:
        if "_n_out_full" not in model:
            continue
        features = model.integer("n_features_in_", 1)
        high = model.integer("_max_degree", 0, _DEGREE)
        low = model.integer("_min_degree", 0, high)
        only, bias = model.value("interaction_only"), bool(model.value("include_bias"))
        # Compiled code takes it times the number of features off the room that it asks for.
        model.require(model.reader.number(only) in (0, 1), "that is neither true nor false", ".interaction_only")
        only = bool(model.reader.number(only))
        for name, least in (("_n_out_full", 0), ("n_output_features_", low)):
            count = _combinations(features, least, high, only) + bias
            model.require(model.integers(name) == count, "the number of columns is not that of the degrees", f".{name}")


def _combinations(features: int, low: int, high: int, only: bool) -> int:
    if only:
        return sum(comb(features, i) for i in range(max(1, low), min(high, features) + 1))
    lower = comb(features + low - 1, low - 1) - 1 if low > 0 else 0
    return comb(features + high, high) - 1 - lower


@rule("scipy.interpolate:BSpline/1")
def splines(models: Members) -> None:
    """Knots, coefficients and degree."""
    for model in models:
        degree = model.integer("k", 0, 1023)
        knots = model.array("t", "f", 1, (8,))
        shape = model.shapes("c")
        if shape is None or shape.shape[1] < 1:
            model.fail("coefficients are an array", 0, ".c")
        model.integers("axis", 0, shape.shape[1] - 1)
        least = len(knots) - degree - 1
        model.require(least >= degree + 1, "there are not enough knots for the degree", ".t")
        model.require(int(shape[0, 0]) >= least, "there are not enough coefficients for the knots", ".c")
        model.require(bool(np.isfinite(knots).all()), "a knot is not a finite number", ".t")
        model.require(bool((knots[1:] >= knots[:-1]).all()), "the knots do not rise", ".t")


@rule(f"{_MODULE}:SplineTransformer")
def spline_transformers(models: Members) -> None:
    """One spline for each feature, of the degree that is told."""
    for model in models:
        if "bsplines_" not in model:
            continue
        features = model.integer("n_features_in_", 1)
        links, counts = item_links(model, "bsplines_")
        model.require(counts == features, "there is not one spline for each feature", ".bsplines_")
        widths = set()
        for link in links:
            shapes = link.child.shapes("c")
            model.require(shapes is not None and shapes.shape[1] == 2, "no splines", ".bsplines_")
            widths.update(shapes[link.positions, 1].tolist())  # type: ignore[index]
        model.require(len(widths) == 1, "the splines differ in width", ".bsplines_")
        bias = model.reader.number(model.value("include_bias"))
        # The names of the columns are counted with it.
        model.require(bias in (0, 1), "that is neither true nor false", ".include_bias")
        out = features * (widths.pop() - (not bias))
        model.require(
            model.integers("n_features_out_") == out,
            "the number of columns is not that of the splines",
            ".n_features_out_",
        )
