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

__all__ = ["ask_git", "repository", "repository_of_what_runs", "running_git", "running_script", "script_path"]

# What git says is believed for so many seconds: a dump a second must not start git each time.
_KEPT = 60.0
_TIMEOUT = 5.0


def script_path() -> str | None:
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
    """Return name and digest of the running script or notebook, never its text; None where there is none."""
    path = script_path()
    if path is None and "IPython" in sys.modules:
        from .running import notebook_path

        path = notebook_path()
    if path is None:
        return None
    root = repository(os.path.dirname(path))
    name = os.path.relpath(path, root) if root is not None else os.path.basename(path)
    status = os.stat(path)
    return Script(name=name.replace(os.sep, "/"), sha256=_digest(path, status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=16)
def _digest(path: str, changed: int, size: int) -> str:
    return file_digest(path)[1]


def repository(folder: str) -> str | None:
    """Return the top folder of the repository around a folder."""
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def repository_of_what_runs() -> str | None:
    """Return the top folder of the repository around the running script, or around the current folder without one."""
    script = script_path()
    return repository(os.path.dirname(script) if script is not None else os.getcwd())


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
    root = repository_of_what_runs()
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


def ask_git(root: str, *arguments: str, may_fail: bool = False) -> bytes:
    """Return what git says; nothing of the repository's own is run, and its index is not written.

    Parameters
    ----------
    root : str
        The top folder of the repository.
    *arguments : str
    may_fail : bool, default=False
        Return nothing where git says no.

    Raises
    ------
    PerdureError
        When git is not there, says no, or takes too long.
    """
    command = ["git", "-C", root, "--no-optional-locks", "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=True)
    except FileNotFoundError:
        raise PerdureError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise PerdureError(f"git took longer than {_TIMEOUT:.0f} seconds") from None
    except subprocess.CalledProcessError as error:
        if may_fail:
            return b""
        said = error.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise PerdureError(f"git cannot read the repository ({said[:200]})") from None
    return done.stdout


def _ask(root: str) -> Git:
    said = ask_git(root, "status", "--porcelain=v2", "--branch", "--untracked-files=no")
    commit = branch = None
    dirty = False
    for line in said.decode("utf-8", "replace").splitlines():
        if line.startswith("# branch.oid "):
            commit = None if line.endswith("(initial)") else line.removeprefix("# branch.oid ")
        elif line.startswith("# branch.head "):
            branch = None if line.endswith("(detached)") else line.removeprefix("# branch.head ")
        elif not line.startswith("#"):
            dirty = True
    return Git(commit=commit, branch=branch, dirty=dirty, remote=_remote(root))


def _remote(root: str) -> str | None:
    """Return where ``origin`` is; None where there is none."""
    said = ask_git(root, "config", "--get", "remote.origin.url", may_fail=True).decode("utf-8", "replace").strip()
    # As ssh takes it, user@host:path; the user may be a token.
    said = said if is_url(said) else re.sub(r"^[^/@]+@(?=[^/:]+:)", "", said)
    return as_reference(said)[:4096] if said.isprintable() and said else None
