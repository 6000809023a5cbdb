"""What perdure runs on: releases, threads, and which decoder."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from typing import Any

from .._version import __version__
from ..arrays.native import native
from ..graph.native import native_reader
from ..record.libraries import installed

__all__ = ["show_versions", "versions"]

_DISTRIBUTIONS = ("scikit-learn", "numpy", "scipy", "pandas", "zstandard", "joblib", "threadpoolctl", "click", "rich")


def versions() -> dict[str, dict[str, Any]]:
    """Return the system, the releases of libraries (None for those that are missing), the decoder and the thread pools.

    Examples
    --------
    >>> from perdure.reporting.versions import versions
    >>> list(versions())
    ['System', 'Python dependencies', 'Decoder', 'Threadpools']
    """
    pools: list[dict[str, Any]] = []
    if installed("threadpoolctl") is not None:
        from threadpoolctl import threadpool_info  # type: ignore[import-untyped]

        pools = threadpool_info()
    reason = _which(native.active, native.library, "numpy")
    reader = _which(native_reader.active, native_reader.library, "Python")
    return {
        "System": {"python": sys.version, "executable": sys.executable, "machine": platform.platform()},
        "Python dependencies": {"perdure": __version__} | {name: installed(name) for name in _DISTRIBUTIONS},
        "Decoder": {"arrays of trees": reason, "graphs": reader},
        "Threadpools": {
            f"{pool['user_api']} ({pool['internal_api']})": f"{pool['num_threads']} threads, {pool['version']}"
            for pool in pools
        },
    }


def _which(active: bool, library: Any, other: str) -> str:
    if active:
        return "compiled"
    return other if library is None else f"{other} (the compiled one is off)"


def show_versions() -> None:
    """Print what a report of a bug needs: releases, thread pools, and whether the compiled decoder runs.

    Returns
    -------
    None
        As `sklearn.show_versions` does; it prints to the standard output.

    Examples
    --------
    >>> import perdure
    >>> perdure.show_versions()
    System:
    ...
    Decoder:
    ...
    """
    for title, rows in versions().items():
        _write(title, rows)


def _write(title: str, rows: Mapping[str, Any]) -> None:
    width = max(map(len, rows), default=0)
    lines = [f"{title}:", *(f"{name:>{width}}: {found}".replace("\n", " ") for name, found in rows.items()), ""]
    sys.stdout.write("\n".join(lines) + "\n")
