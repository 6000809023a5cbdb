"""The arrays of one graph, by number: in memory, inline in the graph, or in the region of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ..errors import UnsupportedError
from ..graph.nodes import ArraySpec
from .content import AnyArray, order_of, unfit
from .dtypes import INTP, check_spec, name_of, parse
from .entries import Entry, Inline, InMemory, Joined
from .memory import Arena
from .progress import Meter

__all__ = ["ArrayStore"]

# Contents up to this size are compared byte by byte, larger ones by their digests, which are needed anyway.
_COMPARED = 1 << 16


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
        return self.append(InMemory(array, spec, check_spec(spec)))

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
        return self.append(Joined(pieces, spec, nbytes))

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
