"""Type to plain state and back, one file per family. `CONVERTERS` is found by the way a trust table names."""

from __future__ import annotations

from .base import Converter, Marked
from .random import GENERATOR, RANDOM_STATE
from .sklearn.gradient_boosting import TREE_PREDICTOR
from .sklearn.loss import LOSS
from .sklearn.neighbors import BINARY_TREE, DISTANCE_METRIC
from .sklearn.tree import TREE
from .sparse import SPARSE
from .standard import BUNCH, PARTIAL, SETSTATE

__all__ = ["CONVERTERS", "Converter", "Marked"]

CONVERTERS: dict[str, Converter] = {
    converter.way: converter
    for converter in (
        BINARY_TREE, BUNCH, DISTANCE_METRIC, GENERATOR, LOSS, PARTIAL, RANDOM_STATE, SETSTATE, SPARSE, TREE,
        TREE_PREDICTOR,
    )
}  # fmt: skip
