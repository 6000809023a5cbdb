"""Environments that uv makes, with this perdure in them."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from ..errors import MissingExtraError, UnsupportedError
from ..record.record import Record

__all__ = ["copy_package", "make_environment", "ready_environment", "requirements_of", "run_uv"]

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
    inner = _inner(folder)
    _run([uv, "pip", "install", "--quiet", "--python", inner, "--only-binary", ":all:", *requirements])
    said = _run([inner, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    copy_package(said.strip())
    return inner


def copy_package(folder: str) -> str:
    """Put this perdure, and no other, into a folder: from a source tree and from a wheel alike. Return the folder."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, os.path.join(folder, os.path.basename(package)), ignore=ignored)
    return folder


def ready_environment(name: str, requirements: Sequence[str], spare: str) -> str:
    """Return the interpreter of an environment that is made once and kept in the user's cache, without perdure in it.

    Parameters
    ----------
    name : str
        What it is for.
    requirements : sequence of str
        Pins of all that matters; each set of them, on each interpreter, has an environment of its own.
    spare : str
        A folder for it where the cache cannot be written.

    Raises
    ------
    MissingExtraError
        When uv is not found.
    UnsupportedError
        When uv cannot make it, with what it says.
    """
    uv = _find_uv()
    key = hashlib.sha256("\n".join([sys.version, os.path.realpath(sys.executable), *requirements]).encode()).hexdigest()
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    if os.name == "nt":
        home = os.environ.get("LOCALAPPDATA") or home
    folder = os.path.join(home, "perdure", f"{name}-{key[:16]}")
    if os.path.isfile(_inner(folder)):
        return _inner(folder)
    try:
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        beside = tempfile.mkdtemp(prefix=f"{name}-", dir=os.path.dirname(folder))
    except OSError:
        folder, beside = os.path.join(spare, name), tempfile.mkdtemp(dir=spare)
    try:
        _run([uv, "venv", "--quiet", "--python", sys.executable, "--clear", beside])
        install = ["pip", "install", "--quiet", "--python", _inner(beside), "--only-binary", ":all:", *requirements]
        try:
            # Without a network when the cache of uv has it all.
            _run([uv, "--offline", *install])
        except UnsupportedError:
            _run([uv, *install])
        try:
            os.rename(beside, folder)
        except OSError:
            # Somebody else has made it meanwhile.
            if not os.path.isfile(_inner(folder)):
                raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return _inner(folder)


def _inner(folder: str) -> str:
    return os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")


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
