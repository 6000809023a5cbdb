"""What scikit-learn keeps beside plain attributes, one file per family."""

from __future__ import annotations

from .cluster import BIRCH, BISECTING_TREE
from .gradient_boosting import TREE_PREDICTOR
from .isotonic import ISOTONIC
from .loss import LOSS
from .neighbors import BINARY_TREE, DISTANCE_METRIC
from .tree import CRITERION, TREE

__all__ = ["SKLEARN"]

SKLEARN = (BINARY_TREE, BIRCH, BISECTING_TREE, CRITERION, DISTANCE_METRIC, ISOTONIC, LOSS, TREE, TREE_PREDICTOR)
