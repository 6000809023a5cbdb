"""Writing a file: whole or not at all, and adding sections to one that is there."""

from __future__ import annotations

import errno
import os
import stat
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO, Any

from ..errors import FormatError, PerdureWarning, UnsupportedError
from ..graph.limits import Limits
from .archive import Member, archive_chunks
from .file import Container
from .manifest import FORMAT, MANIFEST, Manifest
from .sections import SIGNATURES, check_section, order

__all__ = [
    "append_sections",
    "appended",
    "assemble",
    "is_replaced",
    "replacing",
    "to_bytes",
    "write_file",
    "write_text",
]

# Small pieces are joined up to this size before they are written.
_BUFFER = 1 << 16
_WINDOWS = os.name == "nt"
# Seconds between tries: there, whoever looks into a new file for a moment keeps it from being renamed.
_WAITS = (0.02, 0.1, 0.5)


def assemble(manifest: Manifest, members: Iterable[Member]) -> list[Member]:
    """Return all members of a file in their order, the manifest that lists them first.

    Parameters
    ----------
    manifest : Manifest
        Its own list of members is made anew.
    members : iterable of Member
        The graph, the arrays where there are any, and sections.

    Returns
    -------
    list of Member
    """
    ordered = sorted(members, key=lambda member: order(member.name))
    return [Member.of(MANIFEST, manifest.with_members(ordered).to_bytes()), *ordered]


def to_bytes(members: Sequence[Member]) -> bytes:
    """Return a file of these members as bytes."""
    return b"".join(archive_chunks(members))


def is_replaced(dest: Any) -> bool:
    """Whether a destination is a path that `write_file` replaces: it may be written twice."""
    return isinstance(dest, (str, os.PathLike)) and (os.path.isfile(dest) or not os.path.lexists(dest))


def write_file(
    dest: str | os.PathLike[str] | IO[bytes],
    members: Sequence[Member],
    *,
    last: bool = True,
    release: Callable[[], object] | None = None,
) -> list[str]:
    """Write a file of these members.

    A path is replaced when the new file is complete and on the disk: until then, whatever happens, the old
    file stays whole. Its permissions stay as well; of a symbolic link the target is replaced.

    Parameters
    ----------
    dest : path or binary file
        A file is written from its position on and left open.
    members : sequence of Member
        As `assemble` returns them.
    last : bool, default=True
        With False the path is written once more soon: where there was no file, this one need not outlast a loss of
        power.
    release : callable, optional
        Called when all members are written, and the file has not taken its place: closes the file that they come from,
        which Windows would not let be replaced while it is open.

    Returns
    -------
    list of str
        The path that was written; empty for an open file.

    Raises
    ------
    OSError
        As with open() and write().
    UnsupportedError
        When ``dest`` is a directory or no binary file.
    """
    if isinstance(dest, (str, os.PathLike)):
        path = os.fsdecode(dest)
        _replace(path, members, last, release)
        return [path]
    if not hasattr(dest, "write"):
        raise UnsupportedError(
            f"a model cannot be saved to {type(dest).__name__}", fix="give a path or a binary file: open(path, 'wb')"
        )
    try:
        _write(dest, members)
    except TypeError:
        if not hasattr(dest, "encoding"):
            raise
        raise UnsupportedError("the file is open in text mode", fix='open it as binary: open(path, "wb")') from None
    return []


def _write(file: Any, members: Sequence[Member]) -> None:
    held: list[memoryview | bytes] = []
    size = 0
    for chunk in archive_chunks(members):
        if len(chunk) < _BUFFER:
            held.append(chunk)
            size += len(chunk)
            if size < _BUFFER:
                continue
            chunk = b""
        if held:
            _write_all(file, b"".join(held))
            held, size = [], 0
        if len(chunk):
            _write_all(file, chunk)
    _write_all(file, b"".join(held))


def _write_all(file: Any, data: memoryview | bytes) -> None:
    """Write all of it: an unbuffered file may take less at a time."""
    written = file.write(data)
    while written is not None and written < len(data):
        data = memoryview(data)[written:]
        written = file.write(data)


def _replace(path: str, members: Sequence[Member], last: bool, release: Callable[[], object] | None) -> None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        status = None
    if status is not None and not stat.S_ISREG(status.st_mode):
        if stat.S_ISDIR(status.st_mode):
            raise UnsupportedError(
                f"{path} is a directory; a model is saved to a file",
                fix=f"perdure.dump(model, {os.path.join(path, 'model.perdure')!r})",
            )
        # A device or a pipe cannot be replaced: it is written to.
        with open(path, "wb", buffering=0) as file:
            _write(file, members)
        return
    target = os.path.realpath(path)
    if status is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only", path)
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f".perdure-{os.urandom(8).hex()}.tmp")
    mode = 0o666 if status is None else stat.S_IMODE(status.st_mode) & 0o777
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
    try:
        with open(descriptor, "wb", buffering=0) as file:
            _write(file, members)
            if status is not None:
                _keep(file.fileno(), temporary, status)
            if last or status is not None:
                os.fsync(file.fileno())
        if release is not None:
            release()
        put_in_place(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    if last or status is not None:
        sync_directory(folder)


def _keep(descriptor: int, path: str, status: os.stat_result) -> None:
    """Give a new file the owner and the permissions of the one that it replaces."""
    if hasattr(os, "fchown"):
        # Only root may give a file away; the permissions then stay all the same.
        with suppress(PermissionError):
            os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
    else:
        os.chmod(path, stat.S_IMODE(status.st_mode))


def put_in_place(temporary: str, target: str) -> None:
    """Give a file that is whole the name of the one that it replaces.

    Raises
    ------
    PermissionError
        On Windows, while somebody has the old file open.
    """
    for wait in (*_WAITS, None):
        try:
            os.replace(temporary, target)
            return
        except PermissionError as error:
            if not _WINDOWS:
                raise
            if wait is None:
                raise PermissionError(
                    error.errno,
                    "the file is open, here or in another program, and Windows replaces no open file: close it, let go "
                    "of a model that was loaded from it with mmap=True, or save under another name",
                    target,
                ) from error
            time.sleep(wait)


def sync_directory(path: str) -> None:
    """Make the new name last through a loss of power, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path or os.curdir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some network file systems cannot; the file itself is on the disk by now.
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def appended(container: Container, sections: Mapping[str, bytes]) -> list[Member]:
    """Return the members of a file with sections added; one of the same name is replaced.

    Signatures cover what the manifest lists: unless nothing but signatures is added, those that are there
    are dropped, with a `PerdureWarning`.

    Parameters
    ----------
    container : Container
        Has to stay open until the members are written.
    sections : mapping of str to bytes

    Returns
    -------
    list of Member
    """
    for name in sections:
        check_section(name)
    manifest, archive = container.manifest, container.archive
    if manifest.format > FORMAT:
        raise FormatError(
            f"{container.name} is of format {manifest.format[0]}.{manifest.format[1]}, newer than this perdure writes",
            fix="upgrade perdure: python -m pip install --upgrade perdure",
        )
    keeps_signatures = all(name.startswith(SIGNATURES) for name in sections)
    kept = [name for name in archive.names if name != MANIFEST and name not in sections]
    if not keeps_signatures and any(name.startswith(SIGNATURES) for name in kept):
        warnings.warn(
            f"the signatures of {container.name} are dropped: they do not cover what is added; sign it again",
            PerdureWarning,
            stacklevel=3,
        )
        kept = [name for name in kept if not name.startswith(SIGNATURES)]
    members = [_existing(container, name) for name in kept]
    members.extend(Member.of(name, data) for name, data in sections.items())
    return assemble(manifest, members)


def _existing(container: Container, name: str) -> Member:
    archive = container.archive
    listed = container.manifest.members.get(name)
    digest = listed[1].removeprefix("sha256:") if listed else ""
    return Member(name, archive.size(name), archive.crc32(name), digest, partial(archive.chunks, name))


def append_sections(
    path: str | os.PathLike[str], sections: Mapping[str, bytes], *, limits: Limits | None = None
) -> None:
    """Add sections to a file; one of the same name is replaced.

    The file is copied to a temporary one beside it, which then takes its place.

    Parameters
    ----------
    path : path
    sections : mapping of str to bytes
        ``record.json``, ``probe.safetensors``, or names below ``record/``, ``exports/``, ``signatures/``.
    limits : Limits, optional

    Raises
    ------
    FormatError
        When the file is damaged; it stays as it is.
    """
    with Container(path, limits=limits) as container:
        write_file(path, appended(container, sections), release=container.close)


def write_text(dest: str | os.PathLike[str], data: bytes) -> None:
    """Write a small file whole or not at all, as `write_file` writes a model."""
    with replacing(os.path.realpath(os.fsdecode(dest))) as file:
        file.write(data)


@contextmanager
def replacing(target: str, temporary: str | None = None) -> Iterator[IO[bytes]]:
    """Give a file to write to, which takes the place of another when the block is left; where it raises, nothing is left.

    Parameters
    ----------
    target : str
        Its place. What stands there stays as it is until then, and hands on its permissions.
    temporary : str, optional
        Its name until then, in the same folder.
    """
    folder = os.path.dirname(target)
    beside = temporary or os.path.join(folder, f".perdure-{os.urandom(8).hex()}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with open(descriptor, "wb") as file:
            if os.path.isfile(target):
                _keep(descriptor, beside, os.stat(target))
            yield file
            file.flush()
            os.fsync(file.fileno())
        put_in_place(beside, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    sync_directory(folder)
