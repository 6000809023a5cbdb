"""The arrays of a store, one by one: those of the caller, inline in the graph, or joined; all looked at one way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING
from weakref import ref

import numpy as np

from ..graph.nodes import ArraySpec
from .content import BLOCK, AnyArray, as_array, plain, sample, stream
from .dtypes import INTP, parse
from .memory import Arena
from .progress import Meter

if TYPE_CHECKING:
    from .structural.trees import Part, Trees

__all__ = ["Entry", "InMemory", "Inline", "Joined"]


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


class InMemory(Entry):
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


class Joined(Entry):
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
