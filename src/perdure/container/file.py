"""A file, open: its manifest, its graph, its arrays and its sections, each read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from ..arrays.codecs import zstd
from ..arrays.source import MemorySource, Source
from ..errors import FormatError, LimitError
from ..graph.limits import Limits
from .archive import Archive, Member
from .manifest import FORMAT, MANIFEST, MAX_MANIFEST, Manifest
from .sections import ARRAYS, GRAPH, GRAPH_COMPRESSED, SIGNATURES, check_order
from .sniff import HEAD, TAIL, OldFile, foreign
from .sources import Readable, open_source

__all__ = ["PLAIN_GRAPH", "Container", "OldFile", "graph_member"]

# A graph up to this size is plain JSON in the file, a larger one is compressed.
PLAIN_GRAPH = 1 << 10
_LEVEL = 9
_PIECE = 1 << 20
_LIMITS = Limits()


def graph_member(data: bytes) -> Member:
    """Return the member that holds a graph: plain up to 1024 bytes, compressed above.

    Parameters
    ----------
    data : bytes
        Canonical JSON.
    """
    if len(data) <= PLAIN_GRAPH:
        return Member.of(GRAPH, data)
    return Member.of(GRAPH_COMPRESSED, zstd.compress(data, _LEVEL))


class Container:
    """An open file whose headers and manifest have been checked.

    Parameters
    ----------
    src : path, bytes-like or binary file
    limits : Limits, optional
    mapped : bool, default=False
        Map the file into memory (a path only).
    private : bool, default=False
        Read all of it at once: what was checked is what is used, whoever writes to the file meanwhile.
    ranged : bool, default=False
        Read no more of it than is asked for: the checksum of the arrays is not looked at while this is set.

    Attributes
    ----------
    archive : Archive
    manifest : Manifest
    name : str
        What to call the file in a message.

    Raises
    ------
    FormatError
        When it is not a whole file of perdure; the error says what it is instead.
    LimitError
        When it is larger than the limits.
    FileNotFoundError
        As with open().
    """

    __slots__ = ("_finish", "archive", "limits", "manifest", "mapped", "name", "ranged")

    def __init__(
        self,
        src: Readable,
        *,
        limits: Limits | None = None,
        mapped: bool = False,
        private: bool = False,
        ranged: bool = False,
    ) -> None:
        self.limits = limits or _LIMITS
        self.mapped = mapped
        source, self.name, self._finish = open_source(src, self.limits, mapped=mapped)
        self.ranged = ranged and not private and not source.in_memory
        try:
            if private and not source.in_memory:
                source = MemorySource(source.read(0, source.size))
            try:
                self.archive = Archive(source, self.limits)
                if self.archive.names[:1] != (MANIFEST,):
                    raise FormatError(f"{self.name} does not begin with {MANIFEST}")
            except FormatError:
                other = _foreign(source, self.name)
                if other is None:
                    raise
                if isinstance(other, OldFile):
                    # Whoever reads such files goes on with the source, and closes it.
                    other.source, other.finish, self._finish = source, self._finish, None
                raise other from None
            if self.archive.size(MANIFEST) > MAX_MANIFEST:
                raise LimitError(f"{MANIFEST} has {self.archive.size(MANIFEST):,} bytes; none needs so many")
            self.manifest = Manifest.parse(self.archive.read(MANIFEST))
            self._check_members()
        except BaseException:
            self.close()
            raise

    def _check_members(self) -> None:
        manifest, archive = self.manifest, self.archive
        if manifest.format <= FORMAT:
            check_order(archive.names)
        agreeing = 0
        for name in archive.names[1:]:
            if name in manifest.members and manifest.members[name][0] == archive.size(name):
                agreeing += 1
            elif not name.startswith(SIGNATURES):
                agreeing = -1
                break
        if agreeing != len(manifest.members):
            raise FormatError(f"the members of the file are not those that {MANIFEST} lists")

    @property
    def sections(self) -> tuple[str, ...]:
        """The members beyond manifest, graph and arrays, in their order."""
        return tuple(name for name in self.archive.names if name not in (MANIFEST, GRAPH, GRAPH_COMPRESSED, ARRAYS))

    def section(self, name: str) -> bytes:
        """Return the bytes of a section, their CRC-32 checked; KeyError when there is none of that name."""
        self.limits.check("strings_bytes", self.archive.size(name), f"bytes of {name}")
        return bytes(self.archive.read(name))

    def graph(self) -> bytes:
        """Return the canonical JSON of the graph."""
        if GRAPH in self.archive:
            size = self.archive.size(GRAPH)
            if size > PLAIN_GRAPH:
                raise FormatError(f"{GRAPH} has {size:,} bytes; above {PLAIN_GRAPH:,} it has to be compressed")
            return bytes(self.archive.read(GRAPH))
        self.limits.check("strings_bytes", self.archive.size(GRAPH_COMPRESSED), "bytes of graph")
        frame = self.archive.read(GRAPH_COMPRESSED)
        size = zstd.compressed_size(frame)
        if size <= PLAIN_GRAPH:
            raise FormatError(f"{GRAPH_COMPRESSED} holds {size:,} bytes; up to {PLAIN_GRAPH:,} it has to be plain")
        self.limits.check("strings_bytes", size, "bytes of graph")
        return zstd.decompress(frame, size)

    @property
    def size(self) -> int:
        """The bytes of arrays in the file."""
        return self.archive.size(ARRAYS) if ARRAYS in self.archive else 0

    def arrays(self, tell: Callable[[int], None] | None = None) -> Source | None:
        """Return the region of arrays for `perdure.arrays.region.read_region`, None when the file has none.

        Its CRC-32 has been checked, unless the file is mapped or read by ranges.
        """
        if ARRAYS not in self.archive:
            return None
        if not self.mapped and not self.ranged:
            self.archive.check(ARRAYS, tell)
        return self.archive.part(ARRAYS)

    def damaged(self) -> list[str]:
        """Return the members whose bytes do not have the sha256 that the manifest states: reads the whole file."""
        from hashlib import sha256

        wrong = []
        for name, (_, expected) in self.manifest.members.items():
            digest, part = sha256(), self.archive.part(name)
            for at in range(0, part.size, _PIECE):
                digest.update(part.read(at, min(at + _PIECE, part.size)))
            if "sha256:" + digest.hexdigest() != expected:
                wrong.append(name)
        return wrong

    def close(self) -> None:
        """Close what was opened here; arrays that were read stay, and so does a memory map as long as it is used.

        An open file of the caller's stays open, and stands at its end.
        """
        if self._finish is not None:
            self._finish()

    def __enter__(self) -> Container:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _foreign(source: Source, name: str) -> FormatError | None:
    head = bytes(source.read(0, min(HEAD, source.size)))
    tail = bytes(source.read(max(source.size - TAIL, 0), source.size))
    return foreign(head, tail, name)
