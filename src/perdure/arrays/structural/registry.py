"""The structural codecs that there are."""

from __future__ import annotations

from .base import StructuralCodec
from .bins import Thresholds
from .children import Left, Preorder, Right
from .classes import Fractions, Gini
from .means import Means, Variances
from .places import Depths, Mapped
from .splits import Splits
from .sums import Converted, Majority, Sums

__all__ = ["CODECS"]

CODECS: dict[str, StructuralCodec] = {
    codec.name: codec
    for codec in (
        Preorder(),
        Left(),
        Right(),
        Splits(),
        Sums(),
        Converted(),
        Majority(),
        Fractions(),
        Gini(),
        Means(),
        Variances(),
        Thresholds(),
        Depths(),
        Mapped(),
    )
}
