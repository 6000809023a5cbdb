"""Feature selection: the columns that are kept, whatever chose them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..registry import Conversion, Results, converts
from ..tables import Table

__all__: list[str] = []


@converts(
    "GenericUnivariateSelect",
    "SelectFdr",
    "SelectFpr",
    "SelectFromModel",
    "SelectFwe",
    "SelectKBest",
    "SelectPercentile",
    "SequentialFeatureSelector",
    "VarianceThreshold",
)
def _selector(model: Any, table: Table, c: Conversion) -> Results:
    return {"transform": _kept(model, table, c)}


def _kept(model: Any, table: Table, c: Conversion) -> Table:
    places = np.flatnonzero(np.asarray(model.get_support())).tolist()
    if not places:
        raise c.refuse("no column is kept")
    return table.take(places)


@converts("RFE", "RFECV")
def _eliminated(model: Any, table: Table, c: Conversion) -> Results:
    kept = _kept(model, table, c)
    found = {name: value for name, value in c(model.estimator_, kept, "estimator_").items() if name != "transform"}
    return {**found, "transform": kept}
