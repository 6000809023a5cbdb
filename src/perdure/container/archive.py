"""The archive: a ZIP that every tool can open, of a subset so strict that it is read by reconstruction.

Members are stored, one after the other, with no byte before, between or behind them. From name, size and
CRC-32 of each member every other byte of the archive follows; the reader makes these bytes again and
compares. What no writer of ours would have written is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import TypeAlias

from ..arrays.native import crc32
from ..arrays.source import Source
from ..errors import FormatError, UnsupportedError
from ..graph.limits import Limits
from ..graph.native import native_reader

__all__ = ["Archive", "Member", "archive_chunks"]

# Data of these members start at a multiple so large, for memory maps.
_ALIGNED = {b"arrays.safetensors": 64}
# Our mark on the extra field that aligns.
_ALIGNING = 0x5044
_ZIP64 = 1
_MAX_32 = 0xFFFFFFFF
_MAX_NAME = 255
_MAX_MEMBERS = 0xFFFE
_MAX_ROW = 46 + _MAX_NAME + 28
_NAME_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/")
_USUAL = {name.encode(): name for name in ("perdure.json", "graph.json", "graph.json.zst", "arrays.safetensors")}
# 1980-01-01, the first day a ZIP knows: time stamps belong to the record.
_DATE = 33

_LOCAL = Struct("<4sHHHHHIIIHH")
_CENTRAL = Struct("<4sHHHHHHIIIHHHHHII")
_CENTRAL_READ = Struct("<16xI4xIH")
_END = Struct("<4sHHHHIIH")
_END_64 = Struct("<4sQHHIIQQQQ")
_LOCATOR_64 = Struct("<4sIQI")
_EXTRA = Struct("<HH")
_SIZES_64 = Struct("<HHQQ")
_LONG = Struct("<Q")
# Where a member's data start, their size, and their CRC-32.
_Place: TypeAlias = tuple[int, int, int]
# The directory of a usual file fits into this much; a larger one is read in a second go.
_TAIL = 4096
# What is larger is not read, nor mapped, as a whole.
_SMALL = 1 << 20
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive that is to be written.

    Attributes
    ----------
    name : str
    size : int
    crc32 : int
    sha256 : str
        In hexadecimal.
    chunks : callable
        Gives the bytes, in pieces, as often as it is called.
    """

    name: str
    size: int
    crc32: int
    sha256: str
    chunks: Callable[[], Iterable[memoryview | bytes]]

    @classmethod
    def of(cls, name: str, data: bytes) -> Member:
        """Return a member of bytes in memory."""
        from hashlib import sha256

        return cls(name, len(data), crc32(data), sha256(data).hexdigest(), lambda: (data,))


def _headers(name: bytes, size: int, crc: int, at: int) -> tuple[bytes, bytes]:
    """Return the header before a member's data, at ``at``, and its row in the directory."""
    local_extra = central_extra = b""
    size_32, at_32, version = size, at, 20
    if size >= _MAX_32:
        local_extra = _SIZES_64.pack(_ZIP64, 16, size, size)
        size_32, version = _MAX_32, 45
    if at >= _MAX_32:
        at_32, version = _MAX_32, 45
    if version == 45:
        longs = (_LONG.pack(size) * 2 if size_32 == _MAX_32 else b"") + (_LONG.pack(at) if at_32 == _MAX_32 else b"")
        central_extra = _EXTRA.pack(_ZIP64, len(longs)) + longs
    alignment = _ALIGNED.get(name)
    if alignment is not None:
        gap = -(at + 30 + len(name) + len(local_extra) + 4) % alignment
        local_extra += _EXTRA.pack(_ALIGNING, gap) + bytes(gap)
    local = _LOCAL.pack(b"PK\3\4", version, 0, 0, 0, _DATE, crc, size_32, size_32, len(name), len(local_extra))
    central = _CENTRAL.pack(
        b"PK\1\2",
        version,
        version,
        0,
        0,
        0,
        _DATE,
        crc,
        size_32,
        size_32,
        len(name),
        len(central_extra),
        0,
        0,
        0,
        0,
        at_32,
    )
    return local + name + local_extra, central + name + central_extra


def _end(count: int, size: int, at: int) -> bytes:
    """Return what closes an archive whose directory has ``count`` rows and ``size`` bytes and starts at ``at``."""
    if at < _MAX_32 and size < _MAX_32:
        return _END.pack(b"PK\5\6", 0, 0, count, count, size, at, 0)
    return (
        _END_64.pack(b"PK\6\6", _END_64.size - 12, 45, 45, 0, 0, count, count, size, at)
        + _LOCATOR_64.pack(b"PK\6\7", 0, at + size, 1)
        + _END.pack(b"PK\5\6", 0, 0, count, count, min(size, _MAX_32), min(at, _MAX_32), 0)
    )


def check_name(name: bytes) -> str:
    """Return the name of a member, FormatError unless every system can have a file of that name."""
    known = _USUAL.get(name)
    if known is not None:
        return known
    if 0 < len(name) <= _MAX_NAME and _NAME_BYTES.issuperset(name):
        text = name.decode("ascii")
        # Not absolute, no empty part, no part that is hidden or leads elsewhere.
        if text[0] not in "./" and text[-1] not in "./" and "/." not in text and "//" not in text and "./" not in text:
            return text
    raise FormatError(f"a member of the archive has the name {bytes(name[:60])!r}, which is not allowed")


def archive_chunks(members: Sequence[Member]) -> Iterator[memoryview | bytes]:
    """Yield the bytes of an archive, in pieces.

    Parameters
    ----------
    members : sequence of Member
        In their order.

    Yields
    ------
    memoryview or bytes

    Raises
    ------
    UnsupportedError
        When a member's bytes are not those it was announced with: the model was changed meanwhile.
    """
    if len(members) > _MAX_MEMBERS:
        raise UnsupportedError(f"a file of {len(members):,} members; it can have {_MAX_MEMBERS:,}")
    directory = []
    at = 0
    for member in members:
        name = member.name.encode("ascii", "replace")
        check_name(name)
        local, central = _headers(name, member.size, member.crc32, at)
        directory.append(central)
        yield local
        size = check = 0
        for chunk in member.chunks():
            size += len(chunk)
            check = crc32(chunk, check)
            yield chunk
        if size != member.size or check != member.crc32:
            raise UnsupportedError(
                f"{member.name} changed while it was being written; the file was not saved",
                fix="do not fit or change the model in another thread while it is saved",
            )
        at += len(local) + size
    rows = b"".join(directory)
    yield rows + _end(len(directory), len(rows), at)


class Archive:
    """An archive whose every header is known to be right; its members are read when they are asked for.

    Parameters
    ----------
    source : Source
    limits : Limits

    Attributes
    ----------
    names : tuple of str
        The members, in their order.

    Raises
    ------
    FormatError
        When any byte outside the members' data is not what a writer of ours would have written.
    LimitError
        When the archive is larger, or has more members, than the limits allow.
    """

    __slots__ = ("_checked", "_places", "names", "source")

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self._checked: dict[str, memoryview] = {}
        self._places = _read_directory(source, limits)
        self.names = tuple(self._places)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def size(self, name: str) -> int:
        """Return the bytes of a member."""
        return self._places[name][1]

    def crc32(self, name: str) -> int:
        """Return what the archive states of a member."""
        return self._places[name][2]

    def part(self, name: str) -> Source:
        """Return a member's data as a source, not checked: of a memory map, only what is used is to be touched."""
        start, size, _ = self._places[name]
        return self.source.part(start, start + size)

    def read(self, name: str) -> memoryview:
        """Return a member's data; FormatError when their CRC-32 is not the one that the archive states."""
        data = self._checked.get(name)
        if data is None:
            start, size, expected = self._places[name]
            data = self.source.read(start, start + size)
            if crc32(data) != expected:
                raise damaged(name)
            if self.source.in_memory:
                self._checked[name] = data
        return data

    def chunks(self, name: str) -> Iterator[memoryview]:
        """Yield a member's data in pieces; FormatError at their end when the CRC-32 is wrong."""
        start, length, expected = self._places[name]
        check = 0
        for at in range(start, start + length, _PIECE):
            piece = self.source.read(at, min(at + _PIECE, start + length))
            check = crc32(piece, check)
            yield piece
        if check != expected:
            raise damaged(name)

    def check(self, name: str, tell: Callable[[int], None] | None = None) -> None:
        """Raise FormatError when the CRC-32 of a member is wrong; holds no more than a piece of it, and tells of each."""
        if self.source.in_memory:
            self.read(name)
            return
        start, length, expected = self._places[name]
        buffer = memoryview(bytearray(min(_PIECE, length)))
        check = 0
        for at in range(0, length, _PIECE):
            piece = buffer[: length - at]
            self.source.read_into(start + at, piece)
            check = crc32(piece, check)
            if tell is not None:
                tell(len(piece))
        if check != expected:
            raise damaged(name)


def damaged(name: str) -> FormatError:
    """Return the error for a member whose bytes have changed."""
    return FormatError(
        f"the file is damaged: the bytes of {name} have changed since it was written",
        fix="copy the file again from where it came from, or save the model again",
    )


def _broken(detail: str) -> FormatError:
    return FormatError(
        f"the file is damaged, cut short, or was changed by another program: {detail}",
        fix="copy the file again from where it came from, or save the model again",
    )


def _read_directory(source: Source, limits: Limits) -> dict[str, _Place]:
    size = source.size
    limits.check("file_bytes", size, "bytes of file")
    if native_reader.active and source.in_memory and size <= _SMALL:
        places = native_reader.places(source.read(0, size), limits.members)
        if places is not None:
            return places
    if size < _END.size:
        raise _broken("it has no directory at its end")
    base = max(size - _TAIL, 0)
    tail = source.read(base, size)
    mark, _, _, count, _, length, start, _ = _END.unpack(tail[-_END.size :])
    if mark != b"PK\5\6":
        raise _broken("it has no directory at its end")
    limits.check("members", count, "members of the archive")
    closing = _END.size
    if _MAX_32 in (length, start):
        length, start = _read_end_64(tail)
        closing += _END_64.size + _LOCATOR_64.size
    # The directory ends where the file does, and no row of it is longer than a name allows.
    if start + length + closing != size or length > count * _MAX_ROW:
        raise _broken("its directory lies elsewhere")
    if start < base:
        tail = source.read(start, size)
    else:
        tail = tail[start - base :]
    return _reconstruct(source, tail, count, start)


def _read_end_64(tail: memoryview) -> tuple[int, int]:
    at = len(tail) - _END.size - _LOCATOR_64.size - _END_64.size
    if at < 0:
        raise _broken("its directory lies outside of it")
    *_, length, start = _END_64.unpack_from(tail, at)
    return length, start


def _reconstruct(source: Source, tail: memoryview, count: int, start: int) -> dict[str, _Place]:
    """Make every header again from the directory's names, sizes and checks, and compare it with the file."""
    places: dict[str, _Place] = {}
    directory = []
    at = row = 0
    for _ in range(count):
        if row + _CENTRAL.size > len(tail):
            raise _broken("its directory is cut short")
        crc, size, name_length = _CENTRAL_READ.unpack_from(tail, row)
        name = bytes(tail[row + 46 : row + 46 + name_length])
        if size == _MAX_32:
            extra = row + 46 + name_length + _EXTRA.size
            if extra + 8 > len(tail):
                raise _broken("its directory is cut short")
            (size,) = _LONG.unpack_from(tail, extra)
        text = check_name(name)
        if text in places:
            raise _broken(f"{text} stands in it twice")
        local, central = _headers(name, size, crc, at)
        begin = at + len(local)
        if begin + size > start:
            raise _broken(f"{text} lies outside of it")
        if source.read(at, begin) != local:
            raise _broken(f"the header of {text} is not as it was written")
        places[text] = begin, size, crc
        directory.append(central)
        at = begin + size
        row += len(central)
    rows = b"".join(directory)
    if at != start or tail != rows + _end(count, len(rows), at):
        raise _broken("its directory is not as it was written")
    return places
