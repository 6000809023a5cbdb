"""The recorded environment as a lock file that every installer reads (PEP 751)."""

from __future__ import annotations

import os
import re
import tempfile
from typing import TYPE_CHECKING, Any

from .._api import open as open_file
from ..errors import UnsupportedError
from .environments import run_uv

if TYPE_CHECKING:
    from ..record.record import Environment

__all__ = ["lock", "pinned"]

# What stands in a record goes into a file of requirements: a name and a release, and nothing that acts.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.!]{0,60}")
_PYTHON = re.compile(r"3\.[0-9]{1,2}(?:\.[0-9]{1,2})?")


def pinned(environment: Environment) -> list[str]:
    """Return the distributions of a record as requirements, each with its release.

    Raises
    ------
    UnsupportedError
        When a name or a release is none.
    """
    for item in environment.distributions:
        if not _NAME.fullmatch(item.name) or not _VERSION.fullmatch(item.version):
            raise UnsupportedError(f"the record names {item.name!r:.60} {item.version!r:.60}, which no index has")
    return [f"{item.name}=={item.version}" for item in environment.distributions]


def lock(src: Any, *, python: str | None = None) -> str:
    """Return the recorded environment as ``pylock.toml``: each distribution with its release, addresses and digests.

    Needs uv and the package index; nothing is installed, and nothing of the file is run.

    Parameters
    ----------
    src : str, os.PathLike or binary file-like
        A perdure file with a record of its environment.
    python : str, optional
        The Python to lock for, such as ``"3.13"``; by default the recorded one.

    Returns
    -------
    str
        A lock file as PEP 751 has it: ``uv pip install -r pylock.toml``, ``pip install -r pylock.toml``.

    Raises
    ------
    UnsupportedError
        When the file has no record of it, or a release is not to be had any more.
    MissingExtraError
        When uv is not found.

    Examples
    --------
    >>> import io, perdure
    >>> perdure.lock(io.BytesIO(perdure.dumps([1])))
    Traceback (most recent call last):
    perdure.errors.UnsupportedError: the file says nothing of the environment that it was made in
      what to do: save it with perdure.dump(model, path), which records it
    """
    with open_file(src) as file:
        _ = file.manifest
        record = file.record
        name = file.name
    if record is None or record.environment is None:
        raise UnsupportedError(
            f"{name} says nothing of the environment that it was made in",
            fix="save it with perdure.dump(model, path), which records it",
        )
    environment = record.environment
    chosen = python if python is not None else ".".join(environment.python.split(".")[:2])
    if not _PYTHON.fullmatch(chosen):
        raise UnsupportedError(f"{chosen!r:.60} is no Python to lock for", fix='lock(path, python="3.13")')
    for item in environment.distributions:
        if item.direct_url is not None:
            raise UnsupportedError(
                f"{item.name} {item.version} came from {item.direct_url:.100}, and from no index",
                fix="lock it by hand: perdure inspect shows all of them",
            )
    lines = pinned(environment)
    with tempfile.TemporaryDirectory(prefix="perdure-") as folder:
        given, made = os.path.join(folder, "requirements.in"), os.path.join(folder, "pylock.toml")
        with open(given, "w", encoding="utf-8") as text:
            text.write("\n".join(lines) + "\n")
        run_uv(
            [
                *("pip", "compile", given, "--quiet", "--no-header", "--only-binary", ":all:"),
                *("--format", "pylock.toml", "--python-version", chosen, "--output-file", made),
            ]
        )
        with open(made, encoding="utf-8") as text:
            return text.read()
