"""Distance metrics: _dist_metrics.pyx reads its weights and matrices as far as the data are wide."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..errors import shown
from .engine import rule
from .members import Members

__all__ = ["METRICS", "check_metric", "check_metric_arguments"]

_NAMES = (
    "BrayCurtis", "Canberra", "Chebyshev", "Dice", "Euclidean", "Hamming", "Haversine", "Jaccard", "Kulsinski",
    "Mahalanobis", "Manhattan", "Matching", "Minkowski", "PyFunc", "RogersTanimoto", "RussellRao", "SEuclidean",
    "SokalMichener", "SokalSneath", "WMinkowski",
)  # fmt: skip
#: Type name → (metric, number of bits).
METRICS = {
    f"sklearn.metrics._dist_metrics:{name}Distance{suffix}": (name, 32 if suffix == "32" else 64)
    for name in _NAMES
    for suffix in ("", "32", "64")
    if (name, suffix) != ("WMinkowski", "64")
}
# What the two sorts of trees can use, as their VALID_METRICS say.
KD_METRICS = frozenset(("Euclidean", "Manhattan", "Chebyshev", "Minkowski"))
BALL_METRICS = frozenset(_NAMES) - {"Matching"}


@rule(*METRICS)
def metric(metrics: Members) -> None:
    """The parameters of metrics."""
    p = metrics.numbers("p")
    metrics.require(p.dtype.kind in "if", "p has to be a number", ".p")
    metrics.require(np.asarray(p > 0), "p has to be above 0", ".p")
    vectors = metrics.pieces("vec", "f", 1, (8,))
    matrices = metrics.shapes("mat")
    metrics.pieces("mat", "f", 2, (8,))
    if matrices is None:
        metrics.fail("mat has to be an array", 0, ".mat")
    metrics.require(matrices[:, 0] == matrices[:, 1], "mat has to be square", ".mat")
    name = METRICS.get(metrics.type, ("", 64))[0]
    if name == "Mahalanobis":
        metrics.require(matrices[:, 0] >= 1, "mat is empty", ".mat")
        # A work space up to scikit-learn 1.2, whose names say no precision; not looked at since.
        full = vectors.lengths == matrices[:, 0]
        unused = not metrics.type.endswith("MahalanobisDistance")
        metrics.require(full | ((vectors.lengths == 1) & unused), "vec has to be as long as mat", ".vec")
    if name == "SEuclidean":
        metrics.require(vectors.lengths >= 1, "vec is empty", ".vec")
    metrics.require(("func" in metrics) == (name == "PyFunc"), "a function belongs to a metric of one's own", ".func")


def check_metric(metric: Members, width: int, kinds: frozenset[str], bits: int, piece: str = "") -> None:
    """Raise unless a metric can measure rows of that width and type.

    Parameters
    ----------
    metric : Members
        A single one.
    width : int
        Columns of the data.
    kinds : frozenset of str
        Metrics that are allowed.
    bits : {32, 64}
        Of the numbers of the data.
    """
    name, own = METRICS.get(metric.type, ("", 0))
    metric.require(name in kinds and own == bits, f"a {metric.type} cannot stand there", piece)
    vector = metric.shapes("vec")
    matrix = metric.shapes("mat")
    length = -1 if vector is None else int(vector[0, 0])
    if name == "SEuclidean" or name == "WMinkowski":
        metric.require(length == width, "vec has to have a number for each feature", ".vec")
    elif name == "Minkowski":
        # Made anew it is empty; a class that was not told of weights holds one number, which is not read then.
        metric.require(length in (0, width), "vec has to have a number for each feature, or none", ".vec")
    elif name == "Mahalanobis":
        metric.require(
            matrix is not None and int(matrix[0, 0]) == width, "mat has to have a row for each feature", ".mat"
        )
    elif name == "Haversine":
        metric.require(width == 2, "this metric is for two features")


def check_metric_arguments(owner: Members, arguments: Any, width: int, piece: str) -> None:
    """Raise unless the arguments of a metric that is named are of that width: scipy and scikit-learn believe them.

    Parameters
    ----------
    owner : Members
        The single estimator.
    arguments : node
        The dict of arguments, or None.
    """
    if arguments is None:
        return
    pairs = owner.reader.pairs(arguments)
    if pairs is None:
        owner.fail("the arguments of a metric are a dict", 0, piece)
    for key, value in pairs:
        here = f"{piece}[{shown(key, 40)}]"
        if key in ("V", "w") and value is not None:
            vector = owner.reader.array(value)
            items = owner.reader.items(value)
            shape = (len(items),) if items is not None else None if vector is None else vector.shape
            owner.require(shape == (width,), "there has to be a number for each feature", here)
            owner.require(vector is None or vector.dtype.kind in "biuf", "numbers are expected", here)
        elif key == "VI" and value is not None:
            matrix = owner.reader.array(value)
            ok = matrix is not None and matrix.shape == (width, width) and matrix.dtype.kind in "iuf"
            owner.require(ok, "a matrix with a row and a column for each feature is expected", here)
        elif key == "p":
            number = owner.reader.number(value)
            owner.require(number is not None and not math.isnan(number) and number > 0, "p has to be above 0", here)
