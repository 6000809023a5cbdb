"""Where a file is read from: a path, bytes, an open file, a memory map."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from functools import partial
from io import FileIO
from threading import Lock
from typing import IO, Any, TypeAlias

from ..arrays.source import MemorySource, Source
from ..errors import FormatError, LimitError, UnsupportedError
from ..graph.limits import Limits

__all__ = ["FileSource", "Readable", "open_source"]

Finish: TypeAlias = Callable[[], object] | None
Readable: TypeAlias = "str | os.PathLike[str] | IO[bytes] | bytes | bytearray | memoryview"

# Up to this size a file is read in one go.
_WHOLE = 1 << 20
_PIECE = 1 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class FileSource:
    """An open file that is read by ranges, from any thread.

    Parameters
    ----------
    file : binary file
        Seekable.
    start, stop : int
        What belongs to the source.
    lock : Lock or None, default=None
        Shared by all parts of one file.
    """

    __slots__ = ("_file", "_lock", "_start", "size")

    in_memory = False

    def __init__(self, file: Any, start: int, stop: int, lock: Lock | None = None) -> None:
        self._file = file
        self._lock = lock or Lock()
        self._start = start
        self.size = stop - start

    def read(self, start: int, stop: int) -> memoryview:
        buffer = memoryview(bytearray(max(min(stop, self.size) - start, 0)))
        self.read_into(start, buffer)
        return buffer.toreadonly()

    def read_into(self, start: int, target: memoryview) -> None:
        with self._lock:
            self._file.seek(self._start + start)
            filled = 0
            while filled < len(target):
                count = _read_some(self._file, target[filled:])
                if not count:
                    raise FormatError(
                        "the file became shorter while it was read", fix="copy the file, then load the copy"
                    )
                filled += count

    def part(self, start: int, stop: int) -> FileSource:
        return FileSource(self._file, self._start + start, self._start + stop, self._lock)


def _read_some(file: Any, target: memoryview) -> int:
    if hasattr(file, "readinto"):
        return file.readinto(target) or 0
    data = file.read(len(target))
    target[: len(data)] = data
    return len(data)


def open_source(src: Readable, limits: Limits, *, mapped: bool = False) -> tuple[Source, str, Finish]:
    """Return the bytes of a file, the name to call it by, and what is to be done in the end.

    Parameters
    ----------
    src : path, bytes-like or binary file
        An open file is read from its position to its end, and stands at its end when it has been read whole.
    limits : Limits
        `LimitError` for more bytes than `file_bytes`.
    mapped : bool, default=False
        Map the file into memory; for paths only.

    Returns
    -------
    source : Source
    name : str
    finish : callable or None
        Closes what was opened here; brings a file of the caller's to its end.
    """
    if type(src) is bytes and not mapped:
        return MemorySource(memoryview(src)), "the file", None
    if isinstance(src, (str, os.PathLike)):
        return _open_path(os.fspath(src), limits, mapped)
    if mapped:
        raise UnsupportedError("only a path can be mapped into memory", fix="perdure.load(path, mmap=True)")
    if isinstance(src, (bytes, bytearray, memoryview)):
        return MemorySource(memoryview(src).cast("B")), "the file", None
    if not hasattr(src, "read"):
        raise UnsupportedError(
            f"a model cannot be loaded from {type(src).__name__}",
            fix="give a path, a binary file, or bytes to perdure.loads",
        )
    source, finish = _open_file(src, limits)
    return source, _name_of(src), finish


def _open_path(path: str | bytes, limits: Limits, mapped: bool) -> tuple[Source, str, Finish]:
    text = path if isinstance(path, str) else os.fsdecode(path)
    name = os.path.basename(text) or text
    # A small file takes five calls of the system; open() would add as many again.
    try:
        descriptor = os.open(path, _FLAGS)
    except PermissionError:
        # Windows does not open directories.
        if os.path.isdir(path):
            raise _directory(name) from None
        raise
    try:
        status = os.fstat(descriptor)
        size = status.st_size
        if stat.S_ISDIR(status.st_mode):
            raise _directory(name)
        limits.check("file_bytes", size, "bytes of file")
        if size <= _WHOLE and not mapped and stat.S_ISREG(status.st_mode):
            data = os.read(descriptor, size + 1)
            if len(data) == size:
                os.close(descriptor)
                return MemorySource(memoryview(data)), name, None
            os.lseek(descriptor, 0, os.SEEK_SET)
        file = FileIO(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return _open_large(file, size, stat.S_ISREG(status.st_mode), limits, mapped, name)


def _open_large(
    file: FileIO, size: int, regular: bool, limits: Limits, mapped: bool, name: str
) -> tuple[Source, str, Finish]:
    if regular and size > _WHOLE and not mapped:
        return FileSource(file, 0, size), name, file.close
    with file:
        if regular and mapped and size:
            return MemorySource(_mapped(file)), name, None
        # A pipe, or a file that grows while it is read.
        return MemorySource(_read_all(file, limits)), name, None


def _mapped(file: FileIO) -> memoryview:
    import mmap

    try:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OverflowError, ValueError):
        raise LimitError("the file is larger than this machine can map into memory") from None


def _directory(name: str) -> FormatError:
    return FormatError(f"{name} is a directory, not a file", fix="give the path of the file that perdure.dump wrote")


def _open_file(file: Any, limits: Limits) -> tuple[Source, Finish]:
    try:
        seekable = file.seekable()
    except AttributeError:
        seekable = False
    if not seekable:
        return MemorySource(_read_all(file, limits)), None
    start = file.tell()
    stop = file.seek(0, os.SEEK_END)
    limits.check("file_bytes", stop - start, "bytes of file")
    if not isinstance(file.read(0), bytes):
        raise _text_mode()
    source = FileSource(file, start, max(stop, start))
    if source.size > _WHOLE:
        return source, partial(_to_end, file, stop)
    # It is read whole, and then stands at its end.
    return MemorySource(source.read(0, source.size)), None


def _to_end(file: Any, end: int) -> None:
    if not getattr(file, "closed", False):
        file.seek(end)


def _read_all(file: Any, limits: Limits) -> memoryview:
    """Return all that is left of a file that cannot be asked for its size."""
    pieces = []
    size = 0
    while piece := file.read(_PIECE):
        if not isinstance(piece, bytes):
            raise _text_mode()
        pieces.append(piece)
        size += len(piece)
        if size > limits.file_bytes:
            raise LimitError(f"the file has more bytes than the limit file_bytes, {limits.file_bytes:,}")
    return memoryview(b"".join(pieces))


def _text_mode() -> UnsupportedError:
    return UnsupportedError("the file is open in text mode", fix='open it as binary: open(path, "rb")')


def _name_of(file: Any) -> str:
    name = getattr(file, "name", None)
    return os.path.basename(name) if isinstance(name, str) and name else "the file"
