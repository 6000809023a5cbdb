"""A file behind a URL, read by ranges: each byte is fetched when it is first asked for, and once."""

from __future__ import annotations

import io
import os
import tempfile
from typing import Any

import numpy as np

from ..errors import LimitError, StorageError
from ..graph.limits import Limits
from .urls import StorageOptions, filesystem_of, shown_url, transferring

__all__ = ["BLOCK", "RemoteFile"]

#: What is fetched for a byte that is asked for.
BLOCK = 1 << 15
# One request, where much is wanted: it takes much longer to be transferred than to be asked for.
_REQUEST = 1 << 24
# Up to this size what was fetched is kept in memory, beyond it in a temporary file.
_IN_MEMORY = 1 << 26
_AGAIN = "try again; if it goes on, copy the file to a local path, and load that"


class RemoteFile(io.RawIOBase):
    """A file behind a URL, as an open file.

    A store may answer a second question otherwise than the first, by accident or by malice. No byte is asked for
    twice: what was checked is what is used.

    Parameters
    ----------
    url : str
    options : mapping, optional
        What the driver of the store is told.
    limits : Limits, optional
        How large a file may be.

    Attributes
    ----------
    size : int
    fetched : int
        The bytes that have been fetched.
    whole : bool
        Set where all of it will be read: then it is fetched in large pieces.
    """

    def __init__(self, url: str, options: StorageOptions = None, limits: Limits | None = None) -> None:
        self.url = url
        self.name = shown_url(url).partition("?")[0]
        self.whole = False
        self.fetched = 0
        self._limits = limits or Limits()
        self._at = 0
        self._file: Any = None
        self._filesystem, self._place = filesystem_of(url, options)
        with transferring(url, "opened", _AGAIN):
            # A listing of a minute ago may speak of what is no longer there.
            self._filesystem.invalidate_cache()
            self._file = self._filesystem.open(self._place, "rb", cache_type="none")
            size = self._file.size if hasattr(self._file, "size") else self._end()
        if size is None or not self._file.seekable():
            self._stream()
        else:
            self._begin(int(size))

    def _end(self) -> int:
        end = self._file.seek(0, os.SEEK_END)
        self._file.seek(0)
        return int(end)

    def _begin(self, size: int) -> None:
        self._limits.check("file_bytes", size, "bytes of file")
        self.size = size
        self._here = _Memory(size) if size <= _IN_MEMORY else _Disk()
        self._known = bytearray(-(-size // BLOCK))

    def _stream(self) -> None:
        """Fetch all of it at once, from a server that knows no ranges."""
        with transferring(self.url, "read", _AGAIN):
            self._file.close()
            self._file = self._filesystem.open(self._place, "rb", block_size=0)
            here, at = _Disk(), 0
            while piece := self._file.read(1 << 20):
                here.write(at, piece)
                at += len(piece)
                if at > self._limits.file_bytes:
                    raise LimitError(
                        f"{self.name} has more bytes than the limit file_bytes, {self._limits.file_bytes:,}"
                    )
        expected = getattr(self, "size", at)
        if at != expected:
            raise self._short(at, expected)
        self.size = self.fetched = at
        self._here = here
        self._known = bytearray(b"\1") * -(-at // BLOCK)

    def _short(self, got: int, of: int) -> StorageError:
        return StorageError(
            f"{shown_url(self.url)} could not be read: the transfer ended after {got:,} of {of:,} bytes", fix=_AGAIN
        )

    def _need(self, start: int, stop: int) -> None:
        """Fetch what is not yet here of a range."""
        known, first, last = self._known, start // BLOCK, -(-stop // BLOCK)
        while (first := known.find(0, first, last)) >= 0:
            # As far as nothing is here, and no further than one request goes.
            most = min(len(known) if self.whole else last, first + _REQUEST // BLOCK)
            end = known.find(1, first, most)
            end = most if end < 0 else end
            if not self._fetch(first, end):
                return
            first = end

    def _fetch(self, first: int, last: int) -> bool:
        """Fetch blocks; False where the server does not know of ranges, and all of it was fetched."""
        start, stop = first * BLOCK, min(last * BLOCK, self.size)
        at = start
        try:
            with transferring(self.url, "read", _AGAIN):
                self._file.seek(start)
                while at < stop:
                    piece = self._file.read(stop - at)
                    if not piece:
                        break
                    self._here.write(at, piece[: stop - at])
                    at += len(piece)
        except StorageError as error:
            if isinstance(error.__cause__, ValueError) and self._place.startswith("http"):
                self._stream()
                return False
            raise
        if at < stop:
            raise self._short(at - start, stop - start)
        self._known[first:last] = b"\1" * (last - first)
        self.fetched += stop - start
        return True

    # --- as an open file ---

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = max(offset + (0, self._at, self.size)[whence], 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        stop = min(self._at + len(target), self.size)
        count = max(stop - self._at, 0)
        if count:
            self._need(self._at, stop)
            self._here.read_into(self._at, target[:count])
            self._at = stop
        return count

    def close(self) -> None:
        if not self.closed:
            super().close()
            if self._file is not None:
                self._file.close()
            if hasattr(self, "_here"):
                self._here.close()


class _Memory:
    """What was fetched, in memory; what was not takes none."""

    def __init__(self, size: int) -> None:
        self._view = memoryview(np.zeros(size, np.uint8))

    def write(self, at: int, data: bytes) -> None:
        self._view[at : at + len(data)] = data

    def read_into(self, at: int, target: memoryview) -> None:
        target[:] = self._view[at : at + len(target)]

    def close(self) -> None:
        self._view = memoryview(b"")


class _Disk:
    """What was fetched, in a temporary file that nobody else can write to."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="perdure-")  # noqa: SIM115 - closed with the whole

    def write(self, at: int, data: bytes) -> None:
        self._file.seek(at)
        self._file.write(data)

    def read_into(self, at: int, target: memoryview) -> None:
        self._file.seek(at)
        filled = 0
        while filled < len(target):
            count = self._file.readinto(target[filled:])
            if not count:
                raise StorageError("the temporary file of a transfer became shorter", fix="try again")
            filled += count

    def close(self) -> None:
        self._file.close()
