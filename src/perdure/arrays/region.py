"""The region: every larger array of a file in one safetensors member.

Where each array lies follows from the graph's specs and the manifest's ``storage`` alone. So the writer
lays the region out, the reader lays it out again, and the header in the file has to be the same bytes:
nothing in it is parsed, let alone believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from ..errors import FormatError, UnsupportedError
from ..graph.limits import Limits
from ..graph.nodes import ArraySpec
from ..graph.write import INLINE_BYTES
from .codecs import chain as codecs
from .dtypes import check_spec, stored
from .entries import Entry, Inline
from .layout import Rows, Storage, lay_out, parse_storage
from .memory import ALIGNMENT, check_free
from .native import crc32
from .progress import QUIET, Meter
from .source import MemorySource, Source
from .store import ArrayStore
from .stored import Coded, Raw, RawInMemory

if TYPE_CHECKING:
    from .structural.derived import Recipe
    from .structural.hints import Hint

__all__ = ["Compression", "Region", "Storage", "read_region", "write_region"]

Compression: TypeAlias = Literal["auto"] | int | None
# Such small arrays have to stand in the graph itself; those below INLINE_BYTES do in the files of today.
INLINE_ALWAYS = 256
_LEVEL = 3
# Compression that saves less is not worth the loss of a map.
_WORTH = 0.85
# Columns of nodes are put together when they are loaded, and no map of them would be of use.
_WORTH_OF_NODES = 0.97
# What a coded array costs elsewhere: its row in the manifest.
_ROW = 32
_WINDOWS, _WINDOW = 4, 1 << 16


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


def write_region(
    store: ArrayStore,
    indices: Iterable[tuple[int, int]],
    *,
    compression: Compression = "auto",
    hints: Mapping[int, Sequence[Hint]] | None = None,
    numbers: Mapping[int, int] | None = None,
    meter: Meter = QUIET,
) -> Region:
    """Prepare the region of a file.

    Parameters
    ----------
    store : ArrayStore
    indices : iterable of (int, int)
        For each array that is not inline: its number in the graph, and in the store.
    compression : "auto", int or None, default="auto"
        ``"auto"``: each array by itself, where that saves 15 % or more. A level of zstd from 1 to 22: wherever
        it saves anything. None: never.
    hints : mapping of int to sequence of Hint, optional
        What may be made from other arrays, by number in the graph.
    numbers : mapping of int to int, optional
        With ``hints``: of each array of the graph, of small ones as well, its number there and in the store.
    meter : Meter, optional
        Is told of each array that is coded.

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
    deriver = None
    if hints and compression is not None:
        # Imported here: most models have no trees.
        from .structural.deriving import Deriver

        deriver = Deriver(store, numbers or dict(pairs), hints)
        deriver.survey(meter)
    equal = _equal_contents(store, pairs)
    if deriver is not None:
        deriver.equal = equal
    for before, (number, index) in enumerate(pairs):
        if before:
            meter.add(store.nbytes(pairs[before - 1][1]))
        if number in equal:
            storage[str(number)] = equal[number]
            continue
        entry = store.entry(index)
        made = None if deriver is None else deriver.derive(number, entry)
        row = None if made is None else _keep(number, made, entry.nbytes, compression, frames)
        if row is not None:
            storage[str(number)] = row
            continue
        entries[number] = entry
        worth = _WORTH_OF_NODES if hints and number in hints else _WORTH
        found = None if compression is None else _compress(entry, compression, worth)
        if found is not None:
            chain, frames[number] = found
            storage[str(number)] = [len(frames[number]), *chain]
    layout = lay_out(
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


def _keep(
    number: int, made: tuple[Recipe, bytes, int], size: int, compression: Compression, frames: dict[int, bytes]
) -> list[int | str | list[int | str]] | None:
    """Put what is kept of an array that is made from others among the frames; return its row, None where it is not worth it."""
    recipe, content, width = made
    how: list[int | str] = [recipe.codec.name, *recipe.sources]
    if not content:
        return [0, how]
    spec = ArraySpec(f"<u{width}" if width > 1 else "|u1", (len(content) // width,))
    found = None if compression is None else _compress(Inline(content, spec), compression, _WORTH_OF_NODES)
    chain, frame = ((), content) if found is None else found
    if len(frame) > size * _WORTH:
        return None
    frames[number] = frame
    return [len(frame), how, *chain]


_EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def _hashes(chunks: Iterable[memoryview]) -> tuple[str, int]:
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


def _compress(entry: Entry, compression: int | Literal["auto"], worth: float) -> tuple[tuple[str, ...], bytes] | None:
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
        if sizes[best] > len(part) * (worth if compression == "auto" else 1):
            return None
        frame = codecs.encode(entry.chunks(), size, best, itemsize, level)
    most = size * worth if compression == "auto" else size
    return (best, frame) if len(frame) + _ROW <= most else None


# --- reading --------------------------------------------------------------------------------------


def read_region(
    region: Source | memoryview | None,
    specs: Sequence[ArraySpec],
    storage: Mapping[str, object],
    limits: Limits,
    *,
    inline: Mapping[int, bytes],
    sizes: Sequence[int] | None = None,
    mapped: bool = False,
    ranged: bool = False,
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
    sizes : sequence of int, optional
        The bytes of each array, where whoever read the specs has checked them: as `check_spec` says them.
    mapped : bool, default=False
        The region is a memory map: raw arrays do not count as memory that is needed.
    ranged : bool, default=False
        No more of the region is read than is asked for: neither is what lies between the arrays, nor is all of it
        going to be in memory.

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
    entries: list[Entry | None] = []
    outside: dict[int, ArraySpec] = {}
    total = 0
    for number, spec in enumerate(specs):
        size = check_spec(spec) if sizes is None else sizes[number]
        total += size
        content = inline.get(number)
        if size < INLINE_ALWAYS if content is None else size >= INLINE_BYTES:
            where = "does not stand" if content is None else "stands"
            raise FormatError(f"array {number} of the graph has {size:,} bytes and {where} inline")
        if content is None:
            outside[number] = spec
            entries.append(None)
        elif len(content) == size:
            entries.append(Inline(content, spec))
        else:
            raise FormatError(f"array {number} of the graph needs {size:,} bytes and has {len(content):,}")
    limits.check("decoded_bytes", total, "bytes of arrays")
    if outside or storage or region is not None:
        _read_entries(entries, region, specs, outside, storage, mapped, ranged)
        entries = [entry for entry in entries if entry is not None]
    return ArrayStore(cast("list[Entry]", entries), mapped=mapped, expected=total + ALIGNMENT * len(entries))


def _read_entries(
    entries: list[Entry | None],
    region: Source | memoryview | None,
    all_specs: Sequence[ArraySpec],
    specs: Mapping[int, ArraySpec],
    storage: Mapping[str, object],
    mapped: bool,
    ranged: bool,
) -> None:
    """Put in their places the entries of the arrays that lie in the region."""
    rows = parse_storage(storage, specs)
    coded, equal, derived = rows.coded, rows.equal, rows.derived
    if not specs:
        raise FormatError("the file has an arrays.safetensors that the graph does not use")
    if region is None:
        raise FormatError("the graph has arrays, and the file has no arrays.safetensors")
    sizes = {number: check_spec(spec) for number, spec in specs.items()}
    decoded = coded.keys() | derived.keys()
    if not ranged:
        check_free(sum(size for number, size in sizes.items() if not mapped or equal.get(number, number) in decoded))
    source = MemorySource(region) if isinstance(region, memoryview) else region
    layout = lay_out(
        {number: spec for number, spec in specs.items() if number not in equal and number not in derived}, rows.sizes
    )
    if source.size != layout.size:
        raise FormatError(f"arrays.safetensors has {source.size:,} bytes; the graph's arrays take {layout.size:,}")
    if source.read(0, len(layout.header)) != layout.header:
        raise FormatError("the header of arrays.safetensors does not describe the graph's arrays")
    for start, end in layout.padding if not ranged else ():
        if any(source.read(start, end)):
            raise FormatError("the padding of arrays.safetensors is not empty")
    if derived:
        _read_derived(entries, source, layout.places, all_specs, rows)
    for number, spec in specs.items():
        first = equal.get(number, number)
        if first in derived:
            entries[number] = entries[first]
            continue
        part = source.part(*layout.places[first])
        if first in coded:
            itemsize = stored(specs[first].dtype).itemsize
            entries[number] = Coded(part, coded[first][1], itemsize, spec, sizes[number])
        else:
            # A map may change under us: what could be an index is copied once, then checked and used.
            private = mapped and spec.dtype[1] not in "fc"
            raw = RawInMemory if source.in_memory and not private else Raw
            entries[number] = raw(part, spec, sizes[number])


def _read_derived(
    entries: list[Entry | None],
    source: Source,
    places: Mapping[int, tuple[int, int]],
    specs: Sequence[ArraySpec],
    rows: Rows,
) -> None:
    """Put in their places the entries of the arrays that are made from others."""
    from .structural.derived import Derived, Shapes, check_recipes, read_recipe

    recipes = {number: read_recipe(number, how, specs) for number, (_, _, how) in rows.derived.items()}
    check_recipes(recipes, rows.equal)
    shapes = Shapes(lambda number: cast(Entry, entries[number]), specs)
    for number, (_, chain, _) in rows.derived.items():
        spec = specs[number]
        part = source.part(*places.get(number, (0, 0)))
        entries[number] = Derived(part, chain, recipes[number], shapes, spec, check_spec(spec))
