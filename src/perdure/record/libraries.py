"""The releases of the libraries a model is made with, asked for without importing any of them."""

from __future__ import annotations

import platform
import sys
from functools import cache

__all__ = ["LIBRARIES", "installed", "running_libraries", "running_machine"]

# Distribution → module, in the order of the manifest.
_PYTHON = platform.python_version()
LIBRARIES = {"numpy": "numpy", "pandas": "pandas", "scikit-learn": "sklearn", "scipy": "scipy"}


@cache
def installed(distribution: str) -> str | None:
    """Return the release of a distribution, None where it is not installed."""
    # Only a process that has not imported the library yet pays for this import.
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def running_libraries() -> dict[str, str | None]:
    """Return the running releases by distribution; None for one that is not installed.

    Examples
    --------
    >>> from perdure.record.libraries import running_libraries
    >>> sorted(running_libraries())
    ['numpy', 'pandas', 'python', 'scikit-learn', 'scipy']
    """
    modules = sys.modules
    found: dict[str, str | None] = {"python": _PYTHON}
    for distribution, module in LIBRARIES.items():
        version = getattr(modules.get(module), "__version__", None)
        found[distribution] = version if isinstance(version, str) else installed(distribution)
    return found


@cache
def running_machine() -> tuple[str, str, int]:
    """Return architecture, byte order and the bits of an address."""
    return platform.machine() or "unknown", sys.byteorder, 64 if sys.maxsize > 1 << 32 else 32
