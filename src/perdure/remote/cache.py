"""Files that are to be mapped and lie behind a URL: a copy in a folder of this machine, known by its content."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from hashlib import sha256

from ..container.file import Container
from ..errors import FormatError
from ..graph.limits import Limits
from .ranges import RemoteFile
from .urls import shown_url

__all__ = ["cache_folder", "cached"]

_PIECE = 1 << 24


def cache_folder() -> str:
    """Return the folder of the copies: ``PERDURE_CACHE``, or ``perdure`` where this system keeps caches.

    Examples
    --------
    >>> from perdure.remote.cache import cache_folder
    >>> import os
    >>> os.path.isabs(cache_folder())
    True
    """
    asked = os.environ.get("PERDURE_CACHE")
    if asked:
        return os.path.abspath(os.path.expanduser(asked))
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        base = os.path.join(home, "Library", "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")
    return os.path.abspath(os.path.join(base, "perdure"))


def cached(container: Container, remote: RemoteFile, limits: Limits) -> str:
    """Return the path of a copy of a file: the one that is there, or one made now.

    Its name is the digest of what the file says of its content (the manifest, with the sha256 of every member, and
    names, sizes and checksums of the archive), which two requests bring here. So a copy is never an older one, whatever
    the store tells of versions, and the same file behind two URLs is kept once. A copy enters the folder when every
    sha256 was found to be right, whole or not at all.

    Parameters
    ----------
    container : Container
        Over the remote file.
    remote : RemoteFile
    limits : Limits

    Raises
    ------
    StorageError
        When the transfer fails; nothing of it is left.
    FormatError
        When what came is not what the manifest says.
    """
    folder = cache_folder()
    path = os.path.join(folder, _identity(container) + ".perdure")
    if os.path.isfile(path) and os.path.getsize(path) == remote.size:
        # Its time says when it was last of use, for whoever clears the folder.
        with suppress(PermissionError):
            os.utime(path)
        return path
    os.makedirs(folder, mode=0o700, exist_ok=True)
    partial = os.path.join(folder, f".{os.urandom(8).hex()}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with open(descriptor, "wb", buffering=0) as file:
            _copy(remote, file)
            os.fsync(file.fileno())
        with Container(partial, limits=limits) as whole:
            wrong = whole.damaged()
        if wrong:
            raise FormatError(
                f"{shown_url(remote.url)} is damaged: {', '.join(wrong)} is not what its manifest says",
                fix="save the model there again, or copy the file again from where it came from",
            )
        try:
            os.replace(partial, path)
        except PermissionError:
            # Windows replaces nothing that is mapped: another process was faster.
            if not os.path.isfile(path) or os.path.getsize(path) != remote.size:
                raise
    finally:
        with suppress(FileNotFoundError):
            os.unlink(partial)
    return path


def _identity(container: Container) -> str:
    archive = container.archive
    members = [[name, archive.size(name), archive.crc32(name)] for name in archive.names]
    digest = sha256(json.dumps(members).encode())
    digest.update(archive.read(archive.names[0]))
    return digest.hexdigest()


def _copy(remote: RemoteFile, file: object) -> None:
    remote.whole = True
    remote.seek(0)
    buffer = memoryview(bytearray(min(_PIECE, remote.size)))
    while count := remote.readinto(buffer):
        piece = buffer[:count]
        while len(piece):
            piece = piece[file.write(piece) :]  # type: ignore[attr-defined]
