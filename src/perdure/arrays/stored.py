"""Arrays that lie in the region of a file, read when they are asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Literal

import numpy as np

from ..graph.nodes import ArraySpec
from .codecs import chain as codecs
from .content import AnyArray, as_array, is_direct
from .memory import Arena, aligned
from .progress import QUIET, Meter
from .source import Source
from .store import Entry

__all__ = ["Coded", "Raw", "RawInMemory", "Stored"]


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

    __slots__ = ()

    def _content(self) -> AnyArray:
        memory = aligned((self.nbytes,), np.dtype(np.uint8), "C")
        self._source.read_into(0, memoryview(memory))
        return memory


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


def _moved(array: AnyArray, arena: Arena, nbytes: int) -> AnyArray:
    """Return a copy in aligned memory."""
    order: Literal["C", "F"] = "C" if array.flags.c_contiguous else "F"
    copy = arena.array(array.shape, array.dtype, order, nbytes)
    copy[...] = array
    return copy
