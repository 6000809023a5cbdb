"""Other libraries: what of them is more than attributes, one file per library. Their tables are in ``trust/packs``."""

from __future__ import annotations

from .lightgbm import LIGHTGBM
from .pack import Pack
from .quantile_forest import QUANTILE_FOREST
from .xgboost import XGBOOST

__all__ = ["PACKS", "Pack"]

PACKS = (*XGBOOST, *LIGHTGBM, *QUANTILE_FOREST)
