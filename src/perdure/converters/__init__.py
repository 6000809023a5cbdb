"""Type to plain state and back, one file per family. `CONVERTERS` is found by the way a trust table names."""

from __future__ import annotations

from .base import Alone, AttributeConverter, Converter, Marked, is_slot, shadows
from .numpy import NUMPY
from .packs import PACKS, Pack
from .pandas import PANDAS
from .python import PYTHON
from .scipy import SCIPY
from .sklearn import SKLEARN

__all__ = ["CONVERTERS", "Alone", "AttributeConverter", "Converter", "Marked", "Pack", "is_slot", "shadows"]

CONVERTERS: dict[str, Converter | AttributeConverter] = {
    converter.way: converter for converter in (*PYTHON, *NUMPY, *SCIPY, *PANDAS, *SKLEARN, *PACKS)
}
