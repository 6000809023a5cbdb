"""The running script and the repository that it lies in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import time
from functools import cache, lru_cache

from ..errors import PerdureError
from .record import Git, Script
from .references import as_reference, file_digest, is_url

__all__ = ["running_git", "running_script"]

# What git says is believed for so many seconds: a dump a second must not start git each time.
_KEPT = 60.0
_TIMEOUT = 5.0


def _script() -> str | None:
    """Return the path of the running script; None in a notebook, a shell, or a tool such as pytest."""
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    if not isinstance(path, str) or not os.path.isfile(path):
        return None
    path = os.path.realpath(path)
    return None if any(path.startswith(folder + os.sep) for folder in _tools()) else path


@cache
def _tools() -> tuple[str, ...]:
    """Return the folders of installed programs and modules: what runs from there is a tool, not somebody's script."""
    names = ("stdlib", "platstdlib", "purelib", "platlib", "scripts")
    return tuple({os.path.realpath(sysconfig.get_path(name)) for name in names})


def running_script() -> Script | None:
    """Return the running script's name and digest, never its text; None where there is none."""
    path = _script()
    if path is None:
        return None
    root = _repository(os.path.dirname(path))
    name = os.path.relpath(path, root) if root is not None else os.path.basename(path)
    status = os.stat(path)
    return Script(name=name.replace(os.sep, "/"), sha256=_digest(path, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=16)
def _digest(path: str, changed: int, size: int) -> str:
    return file_digest(path)[1]


def _repository(folder: str) -> str | None:
    """Return the top folder of the repository around a folder."""
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


_known: dict[str, tuple[float, Git | PerdureError]] = {}


def running_git() -> Git | None:
    """Return the state of the repository around the running script, or around the current folder without one.

    Returns
    -------
    Git or None
        None where there is no repository.

    Raises
    ------
    PerdureError
        When there is one, and git does not say anything about it.
    """
    script = _script()
    root = _repository(os.path.dirname(script) if script is not None else os.getcwd())
    if root is None:
        return None
    now = time.monotonic()
    known = _known.get(root)
    if known is None or now - known[0] > _KEPT:
        try:
            known = (now, _ask(root))
        except PerdureError as error:
            known = (now, error)
        _known[root] = known
    if isinstance(known[1], PerdureError):
        raise known[1]
    return known[1]


def _ask(root: str) -> Git:
    # Nothing of the repository's own is run, and its index is not written.
    command = ["git", "-C", root, "--no-optional-locks", "-c", "core.fsmonitor=false", "status"]
    try:
        done = subprocess.run(
            [*command, "--porcelain=v2", "--branch", "--untracked-files=no"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=True,
        )
    except FileNotFoundError:
        raise PerdureError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise PerdureError(f"git took longer than {_TIMEOUT:.0f} seconds") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise PerdureError(f"git cannot read the repository ({said[:200]})") from None
    commit = branch = None
    dirty = False
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        if line.startswith("# branch.oid "):
            commit = None if line.endswith("(initial)") else line.removeprefix("# branch.oid ")
        elif line.startswith("# branch.head "):
            branch = None if line.endswith("(detached)") else line.removeprefix("# branch.head ")
        elif not line.startswith("#"):
            dirty = True
    return Git(commit=commit, branch=branch, dirty=dirty, remote=_remote(root))


def _remote(root: str) -> str | None:
    """Return where ``origin`` is; None where there is none, or git does not say it."""
    command = ["git", "-C", root, "config", "--get", "remote.origin.url"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    said = done.stdout.decode("utf-8", "replace").strip()
    # As ssh takes it, user@host:path; the user may be a token.
    said = said if is_url(said) else re.sub(r"^[^/@]+@(?=[^/:]+:)", "", said)
    return as_reference(said)[:4096] if said.isprintable() and said else None
