"""Pairs of releases that cannot run together, said in words before an import fails in C code."""

from __future__ import annotations

import os

import numpy as np

__all__ = ["check_pair"]

# The first scikit-learn whose wheels run with numpy 2 (scikit-learn's change log, 1.4.2).
_NUMPY_2 = (1, 4, 2)


def _release(version: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for piece in version.split("."):
        digits = piece[: len(piece) - len(piece.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers)


def check_pair() -> None:
    """Raise ImportError when the installed scikit-learn cannot run with the installed numpy.

    Reads the name of scikit-learn's folder of metadata beside numpy's; imports nothing.
    """
    if _release(np.__version__) < (2,):
        return
    site = os.path.dirname(os.path.dirname(np.__file__))
    for entry in os.listdir(site):
        if entry.startswith("scikit_learn-") and entry.endswith(".dist-info"):
            version = entry.removeprefix("scikit_learn-").removesuffix(".dist-info")
            if _release(version) < _NUMPY_2:
                raise ImportError(
                    f"scikit-learn {version} cannot run with numpy {np.__version__}: it was built for numpy 1.\n"
                    f"  what to do: pip install 'numpy<2', or pip install -U scikit-learn"
                )
