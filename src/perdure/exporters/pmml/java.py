"""Where Java is: what writes and what runs PMML is written in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass

from ...errors import MissingExtraError

__all__ = ["Java", "find_java"]

_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
_HOME = re.compile(r"java\.home = (.+)")
_INSTALL = (
    "apt-get install default-jre-headless (Debian, Ubuntu), dnf install java-21-openjdk-headless (Fedora), "
    "brew install openjdk (macOS), winget install EclipseAdoptium.Temurin.21.JRE (Windows); JAVA_HOME names another"
)


@dataclass(frozen=True)
class Java:
    """An installed Java.

    Attributes
    ----------
    home : str
        Its folder.
    release : int
        Such as 17.
    """

    home: str
    release: int


def find_java(least: int) -> Java:
    """Return the Java of ``JAVA_HOME``, or else the one on the ``PATH``.

    Parameters
    ----------
    least : int
        The oldest release that will do.

    Raises
    ------
    MissingExtraError
        When there is none, or it is too old, with how to install one.
    """
    home = os.environ.get("JAVA_HOME")
    name = "java.exe" if os.name == "nt" else "java"
    command = os.path.join(home, "bin", name) if home else shutil.which("java")
    if command is None or not os.path.isfile(command):
        where = f"there is none in JAVA_HOME ({home})" if home else "no java is on the PATH"
        raise MissingExtraError(f"an export to PMML needs Java {least} or newer, and {where}", fix=_INSTALL)
    try:
        done = subprocess.run(
            [command, "-XshowSettings:properties", "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=120,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingExtraError(f"{command} does not run: {error}", fix=_INSTALL) from None
    said = done.stderr + done.stdout
    version, place = _VERSION.search(said), _HOME.search(said)
    if done.returncode or version is None or place is None:
        raise MissingExtraError(f"{command} does not say which Java it is: {said.strip()[:300]}", fix=_INSTALL)
    if int(version[1]) < least:
        raise MissingExtraError(
            f"an export to PMML needs Java {least} or newer, and {command} is Java {version[1]}", fix=_INSTALL
        )
    return Java(place[1].strip(), int(version[1]))
