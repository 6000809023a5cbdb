"""Decompositions: how many columns a transform makes."""

from __future__ import annotations

from .engine import rule
from .members import Members

__all__: list[str] = []

_NMF = "sklearn.decomposition._nmf"


@rule(f"{_NMF}:NMF", f"{_NMF}:MiniBatchNMF")
def components(models: Members) -> None:
    """As many columns as there are components: room is made for them before anything is compared."""
    for model in models:
        shape = model.shapes("components_") if "components_" in model else None
        if shape is not None and "_n_components" in model and model.value("_n_components") != "auto":
            rows = int(shape[0, 0])
            model.integer("_n_components", rows, rows)
