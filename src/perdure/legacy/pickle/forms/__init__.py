"""How the results of known functions, and instances of known classes, become nodes."""

from __future__ import annotations

from ..translate import Form
from .numpy import ARRAYS
from .python import PYTHON
from .random import RANDOM
from .scipy import SCIPY

__all__ = ["FORMS"]

FORMS: dict[str, Form] = {**PYTHON, **ARRAYS, **RANDOM, **SCIPY}
