"""The probe is asked again, and its outputs compared with those that the file holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...graph.nodes import Batch, Graph, Object
from ...graph.structure import walk
from ..estimators import estimators_in
from .asking import ask, settled
from .comparing import Comparison, compare_outputs
from .storing import Sample

__all__ = ["STOCK_PATTERN", "Replayed", "patterns_in", "replay"]

STOCK_PATTERN = r"(?u)\b\w\w+\b"


@dataclass(frozen=True)
class Replayed:
    """The comparisons of one estimator.

    Attributes
    ----------
    path : str
    rows : int
    comparisons : tuple of Comparison
    """

    path: str
    rows: int
    comparisons: tuple[Comparison, ...]


def replay(model: Any, samples: Iterable[Sample]) -> list[Replayed]:
    """Ask a model that was loaded about the rows of its probe; it stays as it is.

    Parameters
    ----------
    model : object
    samples : iterable of Sample
    """
    estimators = dict(estimators_in(model))
    found = []
    with settled():
        for sample in samples:
            if sample.path not in estimators:
                lost = (Comparison("rows", "different", detail="the model has no estimator there"),)
                found.append(Replayed(sample.path, sample.count, lost))
                continue
            estimator = estimators[sample.path]
            outputs, missing = ask(estimator, sample.rows, sample.outputs)
            found.append(Replayed(sample.path, sample.count, tuple(compare_outputs(sample.outputs, outputs, missing))))
    return found


def patterns_in(graph: Graph) -> tuple[str, ...]:
    """Return the regular expressions of a model that are not scikit-learn's own.

    A short text and an expression, both chosen by whoever made the file, can keep a machine busy for ever; so a probe
    is not asked of a model that has one, unless it is trusted.
    """
    found = set()
    for _, node in walk(graph):
        if isinstance(node, (Object, Batch)):
            values = node.state if isinstance(node, Object) else {**node.constants, **node.columns}
            pattern = values.get("token_pattern")
            if pattern is not None and pattern != STOCK_PATTERN:
                found.add(pattern if isinstance(pattern, str) else "…")
    return tuple(sorted(found))
