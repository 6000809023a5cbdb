"""Where a model is saved: Python, machine, and the installed distributions that the model needs."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib import metadata
from typing import Any

from .libraries import LIBRARIES, running_machine
from .record import Distribution, Environment, ThreadPool
from .references import without_credentials

__all__ = ["installed_version", "modules_of", "running_environment"]

_REQUIRED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
# Of a folder in site-packages: the name, and the release.
_FOLDER = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._]{0,150})-([0-9][A-Za-z0-9.+!_]{0,100})(?:-py[0-9.]+)?\.(?:dist|egg)-info"
)
_DISTRIBUTIONS = {module: distribution for distribution, module in LIBRARIES.items()}


def modules_of(names: Iterable[str]) -> frozenset[str]:
    """Return the top-level modules of types and functions, the standard library's left out; numpy always counts."""
    modules = {name.partition(":")[0].partition(".")[0] for name in names}
    return frozenset(modules | {"numpy"}) - sys.stdlib_module_names


def running_environment(modules: frozenset[str]) -> Environment:
    """Return what this process runs in.

    Parameters
    ----------
    modules : frozenset of str
        Top-level modules; their distributions, and all that these require, are named.
    """
    made = _environments.get(modules)
    if made is None:
        made = _environments[modules] = _environment(modules)
    return made


# A process keeps its environment, so it is looked at once.
_environments: dict[frozenset[str], Environment] = {}


def _environment(modules: frozenset[str]) -> Environment:
    machine, byteorder, bits = running_machine()
    needed = _distributions(modules)
    known = {item.name for item in needed}
    return Environment(
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        system=platform.system() or sys.platform,
        release=platform.release() or None,
        machine=machine,
        byteorder=byteorder,
        bits=bits,
        distributions=needed,
        installed={name: version for name, version in sorted(_listed().items()) if name not in known},
        threadpools=_threadpools(),
    )


def _distributions(modules: Iterable[str]) -> tuple[Distribution, ...]:
    """Return the distributions of modules and, over and over, what they require; sorted by name."""
    found: dict[str, Distribution] = {}
    waiting = [name for module in modules for name in _distributions_of(module)]
    seen = set()
    while waiting:
        name = waiting.pop()
        key = _normal(name)
        if key in seen:
            continue
        seen.add(key)
        try:
            installed = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            # A requirement of another platform, or of another Python.
            continue
        found[key] = Distribution(name=key, version=_version(key, installed), direct_url=_direct_url(installed))
        for requirement in installed.requires or ():
            text, _, marker = requirement.partition(";")
            match = _REQUIRED.match(text)
            if match and "extra" not in marker:
                waiting.append(match[1])
    return tuple(found[name] for name in sorted(found))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _listed() -> dict[str, str]:
    """Return the release of each distribution that is installed, by the names of their folders: no file is read."""
    found: dict[str, str] = {}
    for folder in sys.path:
        # What a path cannot list, as in an archive, has no such folders.
        with suppress(OSError):
            for name in os.listdir(folder or os.curdir):
                match = _FOLDER.fullmatch(name)
                if match is not None:
                    found.setdefault(_normal(match[1]), match[2])
    return found


def installed_version(name: str) -> str | None:
    """Return the release of a distribution; None where it is not installed."""
    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        return None


def _version(name: str, installed: metadata.Distribution) -> str:
    # What is imported counts, even when another release has been installed since.
    version = getattr(sys.modules.get(LIBRARIES.get(name, "")), "__version__", None)
    return version if isinstance(version, str) else installed.version


def _distributions_of(module: str) -> list[str]:
    known = _DISTRIBUTIONS.get(module)
    return [known] if known is not None else list(_installed().get(module, ()))


@cache
def _installed() -> dict[str, list[str]]:
    """Return the distributions by module: reads all that is installed, so only when a model needs an unusual one."""
    return {module: sorted(set(names)) for module, names in metadata.packages_distributions().items()}


def _direct_url(installed: metadata.Distribution) -> str | None:
    """Return where a distribution came from (PEP 610) in the form that pip takes; of a folder its name alone."""
    text = installed.read_text("direct_url.json")
    if text is None:
        return None
    raw: Any = json.loads(text)
    url = raw["url"]
    if url.startswith("file:"):
        kind = "editable" if raw.get("dir_info", {}).get("editable") else "local"
        return f"{kind} {url.rstrip('/').rpartition('/')[2]}"
    url = without_credentials(url)
    if "vcs_info" in raw:
        return f"{raw['vcs_info']['vcs']}+{url}@{raw['vcs_info']['commit_id']}"
    digest = raw.get("archive_info", {}).get("hash")
    return f"{url}#{digest}" if digest else url


def _threadpools() -> tuple[ThreadPool, ...]:
    """Return the BLAS and OpenMP libraries, where threadpoolctl is imported already, as scikit-learn does."""
    library = sys.modules.get("threadpoolctl")
    if library is None:
        return ()
    names = ("user_api", "internal_api", "num_threads", "version", "architecture", "threading_layer")
    return tuple(ThreadPool(**{name: pool.get(name) for name in names}) for pool in library.threadpool_info())
