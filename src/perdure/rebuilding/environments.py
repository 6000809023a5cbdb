"""Environments that uv makes, with this perdure in them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

from ..errors import MissingExtraError, UnsupportedError
from ..record.record import Record

__all__ = ["make_environment", "requirements_of", "run_uv"]

# What a record may name for installation without being asked: a stranger's file must not choose what is run here.
_KNOWN = ("joblib", "narwhals", "numpy", "pandas", "scikit-learn", "scipy", "threadpoolctl")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!]*")
_NEEDED = ("numpy>=1.24", "scikit-learn>=1.2", "zstandard>=0.21")
_TIMEOUT = 1800.0


def requirements_of(record: Record | None, asked: Sequence[str], *, frames: bool) -> list[str]:
    """Return what is installed: what was asked for, or else the recorded releases of the libraries perdure knows.

    Parameters
    ----------
    record : Record or None
    asked : sequence of str
        Such as ``scikit-learn==1.9.1``.
    frames : bool
        Whether the training data are data frames of pandas.
    """
    environment = record.environment if record is not None else None
    if asked or environment is None:
        return [*_NEEDED, *(["pandas>=1.5"] if frames else []), *asked]
    pinned = [
        f"{item.name}=={item.version}"
        for item in environment.distributions
        if item.name in _KNOWN and item.direct_url is None and _VERSION.fullmatch(item.version)
    ]
    return [*_NEEDED, *(["pandas>=1.5"] if frames else []), *pinned]


def make_environment(folder: str, requirements: Sequence[str], python: str | None) -> str:
    """Make an environment in a folder, and return the path of its interpreter.

    Only wheels are installed: nothing is built, so that no setup script is run.

    Raises
    ------
    MissingExtraError
        When uv is not found.
    UnsupportedError
        When uv cannot make it, with what it says.
    """
    uv = _find_uv()
    _run([uv, "venv", "--quiet", "--python", python or sys.executable, folder])
    inner = os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")
    _run([uv, "pip", "install", "--quiet", "--python", inner, "--only-binary", ":all:", *requirements])
    said = _run([inner, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    # This perdure, and no other: from a source tree and from a wheel alike.
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, os.path.join(said.strip(), os.path.basename(package)), ignore=ignored)
    return inner


def run_uv(arguments: Sequence[str]) -> str:
    """Run uv, and return what it prints; UnsupportedError with what it says when it fails."""
    return _run([_find_uv(), *arguments], "uv cannot do this")


def _find_uv() -> str:
    beside = os.path.join(os.path.dirname(sys.executable), "uv.exe" if os.name == "nt" else "uv")
    found = shutil.which("uv") or (beside if os.path.isfile(beside) else None)
    if found is None:
        raise MissingExtraError("uv makes the environment, and it is not found", fix="pip install uv")
    return found


def _run(command: Sequence[str], problem: str = "the environment cannot be made") -> str:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT
        )
    except subprocess.TimeoutExpired:
        raise UnsupportedError("uv took longer than half an hour") from None
    if done.returncode:
        raise UnsupportedError(f"{problem}: {done.stderr.strip()[:2000]}")
    return done.stdout
