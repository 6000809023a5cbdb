"""The region: every larger array of a file in one safetensors member.

Where each array lies follows from the graph's specs and the manifest's ``storage`` alone. So the writer
lays the region out, the reader lays it out again, and the header in the file has to be the same bytes:
nothing in it is parsed, let alone believed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ..errors import FormatError, UnsupportedError
from ..graph.limits import Limits
from ..graph.nodes import ArraySpec
from .codecs import chain as codecs
from .content import AnyArray, as_array, is_direct
from .dtypes import check_spec, stored
from .memory import ALIGNMENT, Arena, aligned, check_free
from .source import MemorySource, Source
from .store import ArrayStore, Entry

__all__ = ["INLINE_BELOW", "Compression", "Region", "Storage", "read_region", "write_region"]

Compression: TypeAlias = Literal["auto"] | int | None
# By the number of the array: the size and the chain of a coded one, or the number of an equal one.
Storage: TypeAlias = dict[str, "list[int | str] | int"]

# Smaller arrays stand in the graph itself.
INLINE_BELOW = 256
_LEVEL = 3
# Compression that saves less is not worth the loss of a map.
_WORTH = 0.85
# What a coded array costs elsewhere: its row in the manifest.
_ROW = 32
_WINDOWS, _WINDOW = 4, 1 << 16


# --- the layout: one function for the writer and the reader --------------------------------------


@dataclass(slots=True)
class _Layout:
    """Where everything lies: offsets from the start of the region."""

    header: bytes
    places: dict[int, tuple[int, int]]
    padding: list[tuple[int, int]]
    size: int


def _lay_out(specs: Mapping[int, ArraySpec], coded: Mapping[int, int]) -> _Layout:
    """Lay out raw arrays by number, each at a multiple of 64 bytes, then coded ones by number.

    Parameters
    ----------
    specs : mapping of int to ArraySpec
        All that have a place of their own.
    coded : mapping of int to int
        Bytes of the coded form of those that have one.
    """
    rows: list[tuple[str, str]] = []
    places: dict[int, tuple[int, int]] = {}
    padding: list[tuple[int, int]] = []
    at = 0
    for number in sorted(specs):
        if number in coded:
            continue
        gap = -at % ALIGNMENT
        if gap:
            rows.append(_row(f".pad{len(padding)}", at, at + gap, "U8", (gap,)))
            padding.append((at, at + gap))
            at += gap
        spec = specs[number]
        end = at + check_spec(spec)
        how = stored(spec.dtype)
        # An array by columns is, row by row, its transpose.
        shape = spec.shape if spec.order == "C" else spec.shape[::-1]
        rows.append(_row(str(number), at, end, how.code, shape + how.extra))
        places[number] = (at, end)
        at = end
    for number in sorted(coded):
        end = at + coded[number]
        rows.append(_row(str(number), at, end, "U8", (coded[number],)))
        places[number] = (at, end)
        at = end
    rows.sort()
    header = ("{" + ",".join([text for _, text in rows]) + "}").encode()
    header += b" " * (-(len(header) + 8) % ALIGNMENT)
    header = len(header).to_bytes(8, "little") + header
    start = len(header)
    return _Layout(
        header,
        {number: (begin + start, end + start) for number, (begin, end) in places.items()},
        [(begin + start, end + start) for begin, end in padding],
        start + at,
    )


def _row(name: str, start: int, end: int, code: str, shape: tuple[int, ...]) -> tuple[str, str]:
    lengths = ",".join(map(str, shape))
    return name, f'"{name}":{{"data_offsets":[{start},{end}],"dtype":"{code}","shape":[{lengths}]}}'


# --- writing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Region:
    """A region that is ready to be written.

    Attributes
    ----------
    size : int
        Its bytes; 0 when no array is as large as to need a region, and then the file has none.
    sha256 : str
        Of these bytes, in hexadecimal.
    crc32 : int
        Of these bytes.
    chunks : callable
        Gives the bytes, in pieces, as often as it is called.
    storage : dict
        What the manifest says under ``storage``.
    """

    size: int
    sha256: str
    crc32: int
    chunks: Callable[[], Iterator[memoryview]]
    storage: Storage


def check_compression(compression: object) -> Compression:
    """Return what was asked for, UnsupportedError unless it is ``"auto"``, None or a level of zstd."""
    if compression is None or compression == "auto":
        return compression
    if isinstance(compression, int) and not isinstance(compression, bool) and 1 <= compression <= 22:
        return compression
    raise UnsupportedError(
        f"compression={compression!r} is not offered",
        fix='use "auto" (the default), None (nothing is compressed) or a level of zstd from 1 to 22',
    )


def write_region(store: ArrayStore, indices: Iterable[tuple[int, int]], *, compression: Compression = "auto") -> Region:
    """Prepare the region of a file.

    Parameters
    ----------
    store : ArrayStore
    indices : iterable of (int, int)
        For each array that is not inline: its number in the graph, and in the store.
    compression : "auto", int or None, default="auto"
        ``"auto"``: each array by itself, where that saves 15 % or more. A level of zstd from 1 to 22: wherever
        it saves anything. None: never.

    Returns
    -------
    Region
    """
    compression = check_compression(compression)
    pairs = sorted(indices)
    if not pairs:
        return Region(0, _EMPTY_SHA256, 0, lambda: iter(()), {})
    storage: Storage = {}
    entries: dict[int, Entry] = {}
    frames: dict[int, bytes] = {}
    equal = _equal_contents(store, pairs)
    for number, index in pairs:
        if number in equal:
            storage[str(number)] = equal[number]
            continue
        entry = entries[number] = store.entry(index)
        found = None if compression is None else _compress(entry, compression)
        if found is not None:
            chain, frames[number] = found
            storage[str(number)] = [len(frames[number]), *chain]
    layout = _lay_out(
        {number: entry.spec for number, entry in entries.items()},
        {number: len(frame) for number, frame in frames.items()},
    )

    def chunks() -> Iterator[memoryview]:
        yield memoryview(layout.header)
        at = len(layout.header)
        for number, (start, end) in layout.places.items():
            if start > at:
                yield memoryview(bytes(start - at))
            if number in frames:
                yield memoryview(frames[number])
            else:
                yield from entries[number].chunks()
            at = end

    return Region(layout.size, *_hashes(chunks()), chunks, storage)


_EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _hashes(chunks: Iterable[memoryview]) -> tuple[str, int]:
    from binascii import crc32
    from hashlib import sha256

    digest, check = sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        check = crc32(chunk, check)
    return digest.hexdigest(), check


def _equal_contents(store: ArrayStore, pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Return, for each array whose content an earlier one has too, the number of that one."""
    by_size: dict[int, list[tuple[int, int]]] = {}
    for number, index in pairs:
        by_size.setdefault(store.nbytes(index), []).append((number, index))
    equal: dict[int, int] = {}
    for alike in by_size.values():
        if len(alike) > 1:
            first: dict[bytes, int] = {}
            for number, index in alike:
                known = first.setdefault(store.digest(index), number)
                if known != number:
                    equal[number] = known
    return equal


def _candidates(spec: ArraySpec) -> tuple[tuple[str, ...], ...]:
    """Return the chains that may pay for an array, the simplest first."""
    how = stored(spec.dtype)
    if how.itemsize == 1:
        return codecs.CHAINS[:1]
    if how.code[0] == "F" or how.extra:
        return codecs.CHAINS[:2]
    return codecs.CHAINS


def _compress(entry: Entry, compression: int | Literal["auto"]) -> tuple[tuple[str, ...], bytes] | None:
    """Return the chain that is worth it and the coded bytes, or None."""
    level = _LEVEL if compression == "auto" else compression
    size, itemsize = entry.nbytes, stored(entry.spec.dtype).itemsize
    candidates = _candidates(entry.spec)
    chunks: list[memoryview] | None = None
    if size <= _WINDOWS * _WINDOW:
        chunks = list(entry.chunks())
        frames = {chain: codecs.encode(chunks, size, chain, itemsize, level) for chain in candidates}
        best = min(frames, key=lambda chain: len(frames[chain]))
        frame = frames[best]
    else:
        # A large array is judged by a part of it.
        part = entry.sample(_WINDOWS, _WINDOW)
        sizes = {
            chain: len(codecs.encode([memoryview(part)], len(part), chain, itemsize, level)) for chain in candidates
        }
        best = min(sizes, key=lambda chain: sizes[chain])
        if sizes[best] > len(part) * (_WORTH if compression == "auto" else 1):
            return None
        frame = codecs.encode(entry.chunks(), size, best, itemsize, level)
    most = size * _WORTH if compression == "auto" else size
    return (best, frame) if len(frame) + _ROW <= most else None


# --- reading --------------------------------------------------------------------------------------


class _Stored(Entry):
    """An array whose content lies in the region."""

    __slots__ = ("_array", "_source")

    def __init__(self, source: Source, spec: ArraySpec, nbytes: int) -> None:
        super().__init__(spec, nbytes)
        self._source = source
        self._array: AnyArray | None = None

    @abstractmethod
    def _content(self) -> AnyArray:
        """Return the content in new, aligned memory."""

    def view(self) -> AnyArray:
        if self._array is None:
            self._array = as_array(self.spec, self._content())
        view = self._array.view()
        view.flags.writeable = False
        return view

    def owned(self, arena: Arena) -> AnyArray:
        # What was read for the validation is handed over, not copied; a second call reads again.
        array, self._array = self._array, None
        if array is None:
            array = as_array(self.spec, self._content())
        return array if is_direct(self.spec.dtype) else _moved(array, arena, self.nbytes)

    def chunks(self) -> Iterator[memoryview]:
        yield memoryview(self._content())


class _Raw(_Stored):
    """An array whose content lies there as it is, in a file."""

    __slots__ = ()

    def _content(self) -> AnyArray:
        memory = aligned((self.nbytes,), np.dtype(np.uint8), "C")
        self._source.read_into(0, memoryview(memory))
        return memory


class _RawInMemory(_Raw):
    """The same in memory, or mapped: to look at it needs no copy."""

    __slots__ = ()

    def view(self) -> AnyArray:
        if self._array is None:
            self._array = as_array(self.spec, self._source.read(0, self.nbytes))
            self._array.flags.writeable = False
        return self._array

    def owned(self, arena: Arena) -> AnyArray:
        return Entry.owned(self, arena)

    def chunks(self) -> Iterator[memoryview]:
        yield self._source.read(0, self.nbytes)


class _Coded(_Stored):
    """An array whose content is coded as one zstd frame."""

    __slots__ = ("_chain", "_itemsize")

    def __init__(self, source: Source, chain: tuple[str, ...], itemsize: int, spec: ArraySpec, nbytes: int) -> None:
        super().__init__(source, spec, nbytes)
        self._chain = chain
        # Of the array that was coded: an equal one may have another dtype.
        self._itemsize = itemsize

    def _content(self) -> AnyArray:
        memory = aligned((self.nbytes,), np.dtype(np.uint8), "C")
        codecs.decode(self._source.read(0, self._source.size), memory, self._chain, self._itemsize)
        return memory


def _moved(array: AnyArray, arena: Arena, nbytes: int) -> AnyArray:
    """Return a copy in aligned memory."""
    order: Literal["C", "F"] = "C" if array.flags.c_contiguous else "F"
    copy = arena.array(array.shape, array.dtype, order, nbytes)
    copy[...] = array
    return copy


def read_region(
    region: Source | memoryview | None,
    specs: Sequence[ArraySpec],
    storage: Mapping[str, object],
    limits: Limits,
    *,
    inline: Mapping[int, bytes],
    mapped: bool = False,
) -> ArrayStore:
    """Return the arrays of a file, each decoded when it is asked for.

    Parameters
    ----------
    region : Source, memoryview or None
        The member ``arrays.safetensors``; None where the file has none.
    specs : sequence of ArraySpec
        Every array of the graph, by number.
    storage : mapping of str to object
        The manifest's ``storage``, as parsed from JSON.
    limits : Limits
    inline : mapping of int to bytes
        The content of each array that stands in the graph itself.
    mapped : bool, default=False
        The region is a memory map: raw arrays do not count as memory that is needed.

    Returns
    -------
    ArrayStore
        Its numbers are those of the graph.

    Raises
    ------
    FormatError
        When anything is not exactly as `write_region` would have written it.
    LimitError
        When the arrays are more, or larger, than the limits or the free memory allow. Nothing has been
        allocated then.
    """
    limits.check("arrays", len(specs), "arrays")
    sizes = [check_spec(spec) for spec in specs]
    limits.check("decoded_bytes", sum(sizes), "bytes of arrays")
    outside = {number: spec for number, spec in enumerate(specs) if number not in inline}
    coded, equal = _parse_storage(storage, outside)
    check_free(sum(sizes[number] for number in outside if not mapped or equal.get(number, number) in coded))
    for number, size in enumerate(sizes):
        content = inline.get(number)
        if content is not None and len(content) != size:
            raise FormatError(f"array {number} of the graph needs {size:,} bytes and has {len(content):,}")
        if (size < INLINE_BELOW) is (content is None):
            where = "does not stand" if content is None else "stands"
            raise FormatError(f"array {number} of the graph has {size:,} bytes and {where} inline")
    entries: dict[int, Entry] = {}
    if outside:
        if region is None:
            raise FormatError("the graph has arrays, and the file has no arrays.safetensors")
        _read_entries(
            entries, MemorySource(region) if isinstance(region, memoryview) else region, outside, sizes, coded, equal
        )
    elif region is not None:
        raise FormatError("the file has an arrays.safetensors that the graph does not use")
    store = ArrayStore()
    for number, spec in enumerate(specs):
        if number in entries:
            store.append(entries[number])
        else:
            store.add_content(spec, inline[number])
    return store


def _parse_storage(
    storage: Mapping[str, object], specs: Mapping[int, ArraySpec]
) -> tuple[dict[int, tuple[int, tuple[str, ...]]], dict[int, int]]:
    """Return size and chain of each coded array, and the first of each that is stored once for two."""
    coded: dict[int, tuple[int, tuple[str, ...]]] = {}
    equal: dict[int, int] = {}
    for name, row in storage.items():
        number = int(name) if name.isascii() and name.isdecimal() and len(name) < 10 else -1
        spec = specs.get(number)
        if spec is None or str(number) != name:
            raise FormatError(f"storage speaks of {name[:40]!r}, which is no array of the region")
        size = check_spec(spec)
        if type(row) is int:
            first = specs.get(row)
            if first is None or row >= number or type(storage.get(str(row))) is int or check_spec(first) != size:
                raise FormatError(f"storage says that array {number} equals array {row}, which cannot be")
            equal[number] = row
        elif type(row) is list and len(row) > 1 and type(row[0]) is int and 0 < row[0] < size:
            coded[number] = row[0], codecs.check_chain(row[1:], stored(spec.dtype).itemsize)
        else:
            raise FormatError(f"storage of array {number} is not a size below {size:,} and a chain of codecs")
    return coded, equal


def _read_entries(
    entries: dict[int, Entry],
    region: Source,
    specs: Mapping[int, ArraySpec],
    sizes: Sequence[int],
    coded: Mapping[int, tuple[int, tuple[str, ...]]],
    equal: Mapping[int, int],
) -> None:
    layout = _lay_out(
        {number: spec for number, spec in specs.items() if number not in equal},
        {number: size for number, (size, _) in coded.items()},
    )
    if region.size != layout.size:
        raise FormatError(f"arrays.safetensors has {region.size:,} bytes; the graph's arrays take {layout.size:,}")
    if region.read(0, len(layout.header)) != layout.header:
        raise FormatError("the header of arrays.safetensors does not describe the graph's arrays")
    for start, end in layout.padding:
        if any(region.read(start, end)):
            raise FormatError("the padding of arrays.safetensors is not empty")
    for number, spec in specs.items():
        first = equal.get(number, number)
        start, end = layout.places[first]
        if first in coded:
            chain, itemsize = coded[first][1], stored(specs[first].dtype).itemsize
            entries[number] = _Coded(region.part(start, end), chain, itemsize, spec, sizes[number])
        else:
            raw = _RawInMemory if region.in_memory else _Raw
            entries[number] = raw(region.part(start, end), spec, sizes[number])
