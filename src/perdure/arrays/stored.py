"""Arrays that lie in the region of a file, read when they are asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..errors import FormatError
from ..graph.nodes import ArraySpec
from .codecs import chain as codecs
from .content import AnyArray, as_array, is_direct, little, plain
from .dtypes import parse
from .entries import Entry
from .memory import Arena, aligned
from .progress import QUIET, Meter
from .source import Source

if TYPE_CHECKING:
    from .structural.trees import Part

__all__ = ["Coded", "Raw", "RawInMemory", "Stored"]

# To read a row by itself costs as much as to read so many bytes on.
_SEEK = 1 << 13


class Stored(Entry):
    """An array whose content lies in the region."""

    __slots__ = ("_meter", "_read", "_source")

    def __init__(self, source: Source, spec: ArraySpec, nbytes: int) -> None:
        super().__init__(spec, nbytes)
        self._source = source
        # What was read and belongs to nobody yet. A list, so that of two threads one alone takes it.
        self._read: list[AnyArray] = []
        self._meter = QUIET

    def measured(self, meter: Meter) -> int:
        self._meter = meter
        return self.nbytes

    @abstractmethod
    def _content(self) -> AnyArray:
        """Return the content in new, aligned memory."""

    def view(self) -> AnyArray:
        try:
            array = self._read[0]
        except IndexError:
            array = self._array()
            self._read.append(array)
        view = array.view()
        view.flags.writeable = False
        return view

    def owned(self, arena: Arena) -> AnyArray:
        # What was read for the validation is handed over, not copied; a second call reads again.
        try:
            array = self._read.pop()
        except IndexError:
            array = self._array()
        return array if is_direct(self.spec.dtype) else _moved(array, arena, self.nbytes)

    def _array(self) -> AnyArray:
        array = as_array(self.spec, self._content())
        self._meter.add_of(self, self.nbytes, self.nbytes)
        return array

    def chunks(self) -> Iterator[memoryview]:
        yield memoryview(self._content())


class Raw(Stored):
    """An array whose content lies there as it is, in a file."""

    __slots__ = ("_narrow",)

    def __init__(self, source: Source, spec: ArraySpec, nbytes: int) -> None:
        super().__init__(source, spec, nbytes)
        # Integers that were read and validated, in as few bytes as hold them: what follows must be made of these.
        self._narrow: AnyArray | None = None

    def _content(self) -> AnyArray:
        memory = aligned((self.nbytes,), np.dtype(np.uint8), "C")
        if self._narrow is not None:
            memory.view(little(self.spec.dtype))[...] = self._narrow
        else:
            self._source.read_into(0, memoryview(memory))
        return memory

    def fill(self, part: Part, out: AnyArray) -> None:
        # Nodes of trees are copied from here: a column of them is never in memory as a whole beside its copy.
        if self.spec.order == "F":
            super().fill(part, out)
        else:
            out[...] = self.rows_of(part, out.shape[1])

    def rows_of(self, part: Part, width: int) -> AnyArray:
        if self._narrow is None and self._read and is_direct(self.spec.dtype):
            self._narrow = _narrowed(self._read[0])
            if self._narrow is not None:
                self._read.clear()
        if self._narrow is not None:
            return self._narrow.reshape(-1, width)[part.rows]
        if self._read or plain(self.spec.dtype) is None:
            return super().rows_of(part, width)
        rows = self._rows_at(part.rows.start, part.rows.stop, width)
        self._meter.add_of(self, rows.nbytes, self.nbytes)
        return rows

    def take(self, numbers: AnyArray) -> AnyArray:
        some = self._few(len(numbers))
        if not some or self.spec.order == "F" or numbers.min(initial=0) < 0:
            return super().take(numbers)
        width = prod(self.spec.shape[1:])
        found = np.empty((len(numbers), width), parse(self.spec.dtype))
        for place, number in enumerate(numbers.tolist()):
            found[place] = self._rows_at(number, number + 1, width)
        return found.reshape(-1, *self.spec.shape[1:])

    def piece(self, start: int, stop: int) -> AnyArray:
        if not self._few(1) or self.spec.order == "F":
            return super().piece(start, stop)
        return self._rows_at(start, stop, prod(self.spec.shape[1:])).reshape(-1, *self.spec.shape[1:])

    def _few(self, count: int) -> bool:
        """Say whether so many rows are better read by themselves."""
        return not self._read and count * _SEEK < self.nbytes and plain(self.spec.dtype) is not None

    def _rows_at(self, start: int, stop: int, width: int) -> AnyArray:
        rows = np.empty((stop - start, width), parse(self.spec.dtype))
        if stop > prod(self.spec.shape) // max(width, 1):
            raise FormatError("rows of an array are asked for that it does not have")
        self._source.read_into(start * width * rows.itemsize, memoryview(rows.reshape(-1).view(np.uint8)))
        return rows


class RawInMemory(Raw):
    """The same in memory, or mapped: to look at it needs no copy."""

    __slots__ = ()

    @property
    def shared(self) -> bool:
        return is_direct(self.spec.dtype)

    def view(self) -> AnyArray:
        if not self._read:
            array = as_array(self.spec, self._source.read(0, self.nbytes))
            array.flags.writeable = False
            self._read.append(array)
            self._meter.add_of(self, self.nbytes, self.nbytes)
        return self._read[0]

    def owned(self, arena: Arena) -> AnyArray:
        return Entry.owned(self, arena)

    fill, rows_of, take, piece = Entry.fill, Entry.rows_of, Entry.take, Entry.piece

    def chunks(self) -> Iterator[memoryview]:
        yield self._source.read(0, self.nbytes)


class Coded(Stored):
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


def _narrowed(array: AnyArray) -> AnyArray | None:
    """Return integers in as few bytes as hold them, in a row; None for what is no integers, or needs its bytes."""
    if array.dtype.kind not in "iu" or array.itemsize < 4 or not array.size:
        return None
    least, most = int(array.min()), int(array.max())
    for dtype in (np.int8, np.int16, np.int32):
        known = np.iinfo(dtype)
        if known.min <= least and most <= known.max and known.bits < 8 * array.itemsize:
            return array.reshape(-1).astype(dtype)
    return None


def _moved(array: AnyArray, arena: Arena, nbytes: int) -> AnyArray:
    """Return a copy in aligned memory."""
    order: Literal["C", "F"] = "C" if array.flags.c_contiguous else "F"
    copy = arena.array(array.shape, array.dtype, order, nbytes)
    copy[...] = array
    return copy
