"""The arrays of one graph: in memory, inline in the graph, or in the region of a file; all looked at one way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np

from ..errors import UnsupportedError
from ..graph.nodes import ArraySpec
from .content import BLOCK, AnyArray, as_array, order_of, plain, sample, stream, unfit
from .dtypes import INTP, check_spec, name_of, parse
from .memory import Arena
from .progress import Meter

if TYPE_CHECKING:
    from .structural.trees import Part, Trees

__all__ = ["ArrayStore", "Entry", "Inline"]

# Contents up to this size are compared byte by byte, larger ones by their digests, which are needed anyway.
_COMPARED = 1 << 16


class Entry(ABC):
    """One array of a store.

    Attributes
    ----------
    spec : ArraySpec
    nbytes : int
        Bytes of the content.
    """

    __slots__ = ("_digest", "nbytes", "spec")

    def __init__(self, spec: ArraySpec, nbytes: int) -> None:
        self.spec = spec
        self.nbytes = nbytes
        self._digest: bytes | None = None

    @property
    def shared(self) -> bool:
        """Whether `view` lies on the bytes of a file in memory, or mapped."""
        return False

    def measured(self, meter: Meter) -> int:
        """Tell a meter when the content is read or made; return how many bytes that will be."""
        return 0

    @abstractmethod
    def view(self) -> AnyArray:
        """Return the array, read-only, without a copy where that is possible."""

    def chunks(self) -> Iterator[memoryview]:
        """Yield the content in pieces."""
        return stream(self.view(), self.spec.dtype, self.spec.order)

    def owned(self, arena: Arena) -> AnyArray:
        """Return a new array, writable and aligned."""
        spec = self.spec
        array = arena.array(spec.shape, parse(spec.dtype), spec.order, self.nbytes)
        array[...] = self.view()
        return array

    def sample(self, windows: int, size: int) -> bytes:
        """Return pieces of the content from all over the array."""
        return sample(self.view(), self.spec.dtype, self.spec.order, windows, size)

    @property
    def trees(self) -> Trees | None:
        """The trees that its rows are nodes of, where it is made from them: see `perdure.arrays.structural`."""
        return None

    def pieces(self) -> Iterator[AnyArray]:
        """Yield the array in pieces that follow each other along the first axis, to look at."""
        yield self.view()

    def fill(self, part: Part, out: AnyArray) -> None:
        """Copy the rows of some trees, each a row of ``out``, shape (n, width)."""
        out[...] = self.view().reshape(-1, out.shape[1])[part.rows]

    def rows_of(self, part: Part, width: int) -> AnyArray:
        """Return the rows of some trees, shape (n, width), to look at; integers may be in fewer bytes."""
        return self.view().reshape(-1, width)[part.rows]

    def take(self, numbers: AnyArray) -> AnyArray:
        """Return a copy of some rows, by their numbers."""
        return self.view()[numbers]

    def known(self, digest: bytes) -> None:
        """Take the SHA-256 of the content from who has found it out."""
        self._digest = digest

    def piece(self, start: int, stop: int) -> AnyArray:
        """Return some rows that follow each other, to look at."""
        return self.view()[start:stop]

    def digest(self) -> bytes:
        """Return the SHA-256 of the content."""
        if self._digest is None:
            from hashlib import sha256

            state = sha256()
            for chunk in self.chunks():
                state.update(chunk)
            self._digest = state.digest()
        return self._digest


class _InMemory(Entry):
    """An array of the caller: kept, not copied."""

    __slots__ = ("_array",)

    def __init__(self, array: AnyArray, spec: ArraySpec, nbytes: int) -> None:
        super().__init__(spec, nbytes)
        self._array = array

    def view(self) -> AnyArray:
        view = self._array.view()
        if self.spec.dtype == INTP and view.dtype != np.intp:
            view = view.astype(np.intp)
        view.flags.writeable = False
        return view

    def chunks(self) -> Iterator[memoryview]:
        return stream(self._array, self.spec.dtype, self.spec.order)


class Inline(Entry):
    """A small array whose content stands in the graph, exactly as long as the spec asks for."""

    __slots__ = ("_content", "_view")

    def __init__(self, content: bytes, spec: ArraySpec) -> None:
        self.spec = spec
        self.nbytes = len(content)
        self._digest = None
        self._content = content
        self._view: AnyArray | None = None

    def view(self) -> AnyArray:
        if self._view is None:
            self._view = as_array(self.spec, self._content)
            self._view.flags.writeable = False
        return self._view

    def owned(self, arena: Arena) -> AnyArray:
        spec = self.spec
        dtype = plain(spec.dtype)
        if dtype is None or self._view is not None:
            return super().owned(arena)
        # Any bytes are values of such a dtype, so they are copied and that is all.
        return arena.filled(spec.shape, dtype, spec.order, self._content)

    def chunks(self) -> Iterator[memoryview]:
        yield memoryview(self._content)


class _Joined(Entry):
    """Arrays one after the other along the first axis, or stacked along a new one; joined when they are read."""

    __slots__ = ("_ends", "_pieces", "_view")

    def __init__(self, pieces: Sequence[Entry], spec: ArraySpec, nbytes: int) -> None:
        super().__init__(spec, nbytes)
        self._pieces = pieces
        # After how many rows, as wide as they are filled into, each piece ends.
        self._ends: list[int] = []
        self._view: Callable[[], AnyArray | None] = _nothing

    def _rows(self) -> Iterator[AnyArray]:
        whole = len(self.spec.shape)
        for piece in self._pieces:
            view = piece.view()
            yield view if view.ndim == whole else view[np.newaxis]

    def view(self) -> AnyArray:
        # Kept as long as somebody looks at it, and no longer: it is a second copy of the pieces.
        joined = self._view()
        if joined is None:
            joined = self.owned(Arena(self.nbytes))
            joined.flags.writeable = False
            self._view = ref(joined)
        return joined

    def owned(self, arena: Arena) -> AnyArray:
        spec = self.spec
        array = arena.array(spec.shape, parse(spec.dtype), spec.order, self.nbytes)
        at = 0
        for rows in self._rows():
            array[at : at + len(rows)] = rows
            at += len(rows)
        return array

    def pieces(self) -> Iterator[AnyArray]:
        return self._rows()

    def fill(self, part: Part, out: AnyArray) -> None:
        width = out.shape[1]
        # Of the pieces alone that the part lies on: all of them are not joined for it.
        if not self._ends:
            self._ends.extend(accumulate(prod(piece.spec.shape) // width for piece in self._pieces))
        begin, end = part.rows.start, part.rows.stop
        number = bisect_right(self._ends, begin)
        at = begin
        while at < end:
            rows = self._pieces[number].view().reshape(-1, width)
            first = at - (self._ends[number] - len(rows))
            some = rows[first : first + end - at]
            out[at - begin : at - begin + len(some)] = some
            at += len(some)
            number += 1

    def take(self, numbers: AnyArray) -> AnyArray:
        joined = self._view()
        if joined is not None or len(self._pieces[0].spec.shape) < len(self.spec.shape):
            return super().take(numbers)
        ends = np.cumsum([piece.spec.shape[0] for piece in self._pieces])
        found = np.empty((len(numbers), *self.spec.shape[1:]), parse(self.spec.dtype))
        owners = np.searchsorted(ends, numbers, side="right")
        for number in np.unique(owners).tolist():
            mine = owners == number
            rows = self._pieces[number].view()
            found[mine] = rows[numbers[mine] - (ends[number] - len(rows))]
        return found

    def chunks(self) -> Iterator[memoryview]:
        return _coalesced(chunk for rows in self._rows() for chunk in stream(rows, self.spec.dtype, "C"))

    def sample(self, windows: int, size: int) -> bytes:
        pieces = [piece for piece in self._pieces if piece.nbytes]
        step = max(len(pieces) // (4 * windows), 1)
        chosen = pieces[::step]
        share = max(windows * size // len(chosen), 64)
        parts = (
            sample(p.view(), p.spec.dtype, "C", 1, share) if p.spec.shape else b"".join(p.chunks()) for p in chosen
        )
        return b"".join(parts)


def _nothing() -> None:
    """Stand for a reference to what is gone."""


def _coalesced(chunks: Iterable[memoryview]) -> Iterator[memoryview]:
    """Join small pieces, so that a thousand short arrays are not a thousand small writes."""
    held: list[memoryview] = []
    size = 0
    for chunk in chunks:
        if size + len(chunk) > BLOCK and held:
            yield memoryview(b"".join(held))
            held, size = [], 0
        if len(chunk) >= BLOCK:
            yield chunk
        else:
            held.append(chunk)
            size += len(chunk)
    if held:
        yield memoryview(b"".join(held))


class ArrayStore:
    """The arrays of one graph, by number.

    Parameters
    ----------
    entries : iterable of Entry, default=()
        Those it begins with.
    mapped : bool, default=False
        Keep what lies in a memory map: `array` gives read-only views of it.
    expected : int, optional
        Bytes that the small arrays among them take, where they are counted: no more memory is asked for at first.

    Examples
    --------
    >>> import numpy as np
    >>> from perdure.arrays.store import ArrayStore
    >>> store = ArrayStore()
    >>> store.add(np.arange(3.0))
    0
    >>> store.spec(0)
    ArraySpec(dtype='<f8', shape=(3,), order='C')
    >>> store.array(0)
    array([0., 1., 2.])
    """

    __slots__ = ("_arena", "_entries", "mapped")

    def __init__(self, entries: Iterable[Entry] = (), *, mapped: bool = False, expected: int | None = None) -> None:
        self._entries = list(entries)
        self.mapped = mapped
        self._arena = Arena() if expected is None else Arena(expected)

    def __len__(self) -> int:
        return len(self._entries)

    def measured(self, meter: Meter) -> int:
        """Tell a meter of whatever is read or made from now on; return how many bytes that can be."""
        total = 0
        for entry in {id(entry): entry for entry in self._entries}.values():
            total += entry.measured(meter)
        return total

    # --- adding -----------------------------------------------------------------------------------

    def add(self, array: AnyArray, dtype: str | None = None) -> int:
        """Add an array; it is kept, not copied, and must not change until the file is written.

        Parameters
        ----------
        array : ndarray
            Of any shape and memory layout.
        dtype : "intp" or None, default=None
            ``"intp"`` says that the integers index memory, which the array itself does not know.

        Returns
        -------
        int
            Its number in this store.

        Raises
        ------
        UnsupportedError
            When a file cannot hold the dtype.
        """
        array = np.asarray(array)
        if dtype is None:
            name = name_of(array.dtype)
        elif dtype == INTP and array.dtype.kind == "i":
            name = INTP
        else:
            raise UnsupportedError(f"an array of {array.dtype} cannot be saved as {dtype}")
        wrong = unfit(array)
        if wrong is not None:
            raise UnsupportedError(f"an array cannot be saved: it holds {wrong}")
        spec = ArraySpec(name, array.shape, order_of(array))
        return self.append(_InMemory(array, spec, check_spec(spec)))

    def add_content(self, spec: ArraySpec, content: bytes) -> int:
        """Add an array by its content, as it stands inline in a graph.

        Parameters
        ----------
        spec : ArraySpec
        content : bytes
            Exactly as many as the spec asks for; the caller has compared them with `check_spec`.

        Returns
        -------
        int
        """
        return self.append(Inline(content, spec))

    def append(self, entry: Entry) -> int:
        """Add an entry of any kind; return its number."""
        self._entries.append(entry)
        return len(self._entries) - 1

    def entry(self, index: int) -> Entry:
        """Return the entry of that number."""
        return self._entries[index]

    # --- reading ----------------------------------------------------------------------------------

    def spec(self, index: int) -> ArraySpec:
        """Return what the array is."""
        return self._entries[index].spec

    def nbytes(self, index: int) -> int:
        """Return the bytes of its content."""
        return self._entries[index].nbytes

    def chunks(self, index: int) -> Iterator[memoryview]:
        """Yield its content in pieces, without a second copy of a large array."""
        return self._entries[index].chunks()

    def content(self, index: int) -> bytes:
        """Return its values as little-endian bytes in its order."""
        return b"".join(self._entries[index].chunks())

    def digest(self, index: int) -> bytes:
        """Return the SHA-256 of its content; the spec is not part of it."""
        return self._entries[index].digest()

    def view(self, index: int) -> AnyArray:
        """Return the array to look at: read-only, and shared where that saves a copy.

        A view that was taken before `array` may share its memory with what `array` returns.
        """
        return self._entries[index].view()

    def take(self, index: int, numbers: AnyArray) -> AnyArray:
        """Return a copy of some rows of the array, by their numbers: what lies in pieces is not joined for them."""
        return self._entries[index].take(numbers)

    def piece(self, index: int, start: int, stop: int) -> AnyArray:
        """Return some rows of the array that follow each other, to look at: no others are read for them."""
        return self._entries[index].piece(start, stop)

    def shared(self, index: int) -> bool:
        """Return whether `view` lies on the bytes of the file: with a memory map, what is mapped and not copied."""
        return self._entries[index].shared

    def kept(self, index: int) -> bool:
        """Return whether the array stays in the memory map, read-only."""
        return self.mapped and self._entries[index].shared

    def array(self, index: int) -> AnyArray:
        """Return the array to keep: its data at a multiple of 64 bytes, writable unless it stays in a memory map."""
        entry = self._entries[index]
        return entry.view() if self.mapped and entry.shared else entry.owned(self._arena)

    # --- columns ----------------------------------------------------------------------------------

    def same(self, left: int, right: int) -> bool:
        """Say whether two arrays have the same spec and the same bytes."""
        a, b = self._entries[left], self._entries[right]
        if a is b:
            return True
        if a.spec != b.spec:
            return False
        if a.nbytes <= _COMPARED:
            return b"".join(a.chunks()) == b"".join(b.chunks())
        return a.sample(2, 1024) == b.sample(2, 1024) and a.digest() == b.digest()

    def concatenate(self, indices: Sequence[int]) -> int:
        """Add arrays joined along the first axis; return the number of the result.

        They have one dtype and agree in all lengths but the first. Nothing is copied before it is written or read.
        """
        pieces = [self._entries[index] for index in indices]
        shapes = [piece.spec.shape for piece in pieces]
        return self._join(pieces, (sum(shape[0] for shape in shapes), *shapes[0][1:]))

    def stack(self, indices: Sequence[int]) -> int:
        """Add arrays of one spec stacked along a new first axis; return the number of the result."""
        pieces = [self._entries[index] for index in indices]
        return self._join(pieces, (len(pieces), *pieces[0].spec.shape))

    def _join(self, pieces: Sequence[Entry], shape: tuple[int, ...]) -> int:
        nbytes = sum(piece.nbytes for piece in pieces)
        spec = ArraySpec(pieces[0].spec.dtype, shape)
        if any(piece.spec.dtype != spec.dtype for piece in pieces) or check_spec(spec) != nbytes:
            raise UnsupportedError(
                f"arrays of differing dtypes or shapes cannot be joined to {spec.dtype}{list(shape)}"
            )
        return self.append(_Joined(pieces, spec, nbytes))

    def numbers(self, values: Sequence[float]) -> int:
        """Add Python numbers of one type (``|b1``, ``<i8`` or ``<f8`` by the first); return the array's number.

        Raises
        ------
        OverflowError
            For an integer beyond 64 bits.
        """
        kind = type(values[0])
        return self.add(np.array(values, np.bool_ if kind is bool else np.int64 if kind is int else np.float64))

    def scalars(self, dtype: str, values: Sequence[object]) -> int:
        """Add the values of numpy scalars of one logical dtype; return the array's number."""
        return self.add(np.array(values, parse(dtype)))

    def texts(self, values: Sequence[str]) -> tuple[int, int]:
        """Add strings as one array of UTF-8 bytes and one of n + 1 offsets; return both numbers.

        Lone surrogates, which Python's strings may hold, are encoded as if they were characters.
        """
        whole = "".join(values)
        data = whole.encode("utf-8", "surrogatepass")
        if len(data) == len(whole):
            counts = [len(value) for value in values]
        else:
            counts = [len(value.encode("utf-8", "surrogatepass")) for value in values]
        return self.add(np.frombuffer(data, np.uint8)), self.offsets(counts)

    def offsets(self, counts: Sequence[int]) -> int:
        """Add the n + 1 offsets of n counts, ``<i8``; return the array's number."""
        offsets = np.zeros(len(counts) + 1, np.int64)
        np.cumsum(counts, out=offsets[1:])
        return self.add(offsets)
