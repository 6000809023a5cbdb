"""A model to the members of a file, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ._packs import find
from ._version import __version__
from .arrays.progress import QUIET, Meter
from .arrays.region import Compression, write_region
from .arrays.store import ArrayStore
from .arrays.structural.hints import hints
from .container.archive import Member
from .container.file import graph_member
from .container.manifest import Manifest
from .container.sections import CODE
from .container.writing import assemble
from .encode import encode
from .encode.code import OwnCode
from .errors import Untrusted
from .graph.digest import model_digest
from .graph.nodes import Graph
from .graph.write import write_graph
from .record.collecting import warn_of_secrets
from .record.libraries import running_libraries
from .trust.policy import Policy, check
from .validate import validate

__all__ = ["Prepared", "counted", "prepare", "prepare_graph"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model ready to be written.

    Attributes
    ----------
    manifest : Manifest
    members : list of Member
        All members but the manifest, in their order.
    own : frozenset of str
        Names and parameters that a reader has to trust.
    graph : Graph
    code : bytes or None
        The text of classes and functions that no reader can import.
    """

    manifest: Manifest
    members: list[Member]
    own: frozenset[str]
    graph: Graph
    code: bytes | None = None

    def with_sections(self, sections: Mapping[str, bytes]) -> list[Member]:
        """Return all members of the file, the manifest first."""
        if self.code is not None:
            sections = {CODE: self.code, **sections}
        return assemble(self.manifest, [*self.members, *(Member.of(name, data) for name, data in sections.items())])


def prepare(model: Any, *, compression: Compression, code: bool = False, meter: Meter = QUIET) -> Prepared:
    """Return the members of the file of a model, after the reader's own doors have passed it.

    Parameters
    ----------
    model : object
    compression : {"auto", None} or int
    code : bool, default=False
        Whether the text of classes and functions that no reader can import goes into the file.

    Raises
    ------
    UnsupportedError
        When some part of the model cannot be saved.
    """
    collected = OwnCode() if code else None
    with meter.step("encoding"):
        encoded = encode(model, running_libraries(), code=collected, find_pack=find)
        # The reader's own doors: what could not be loaded is refused while the model is still in memory.
        check(encoded.graph, Policy(encoded.own))
        asked: list[Untrusted] = []
        validate(encoded.graph, encoded.arrays, trusted=encoded.own, asked=asked)
        own = encoded.own | {item.name for item in asked}
    ready = prepare_graph(encoded.graph, encoded.arrays, own, compression=compression, meter=meter)
    text = None if collected is None else collected.text
    if text is not None:
        warn_of_secrets(text)
    return ready if text is None else replace(ready, code=text.encode("utf-8"))


def prepare_graph(
    graph: Graph, arrays: ArrayStore, own: frozenset[str], *, compression: Compression, meter: Meter = QUIET
) -> Prepared:
    """Return the members of the file of a graph that has passed the reader's doors.

    Parameters
    ----------
    graph : Graph
    arrays : ArrayStore
    own : frozenset of str
        Names and parameters that a reader has to trust.
    compression : {"auto", None} or int
    meter : Meter, optional
        Is told of each array that is coded and that is hashed.
    """
    written = write_graph(graph)
    members = [graph_member(written.data)]
    storage: dict[str, Any] = {}
    sizes = sum(arrays.nbytes(index) for _, index in written.stored)
    with meter.step("compressing", 3 * sizes):
        if written.stored:
            region = write_region(
                arrays,
                written.stored,
                compression=compression,
                hints=hints(graph, written.numbers),
                numbers={number: index for index, number in written.numbers.items()},
                meter=meter,
            )
            members.append(Member("arrays.safetensors", region.size, region.crc32, region.sha256, region.chunks))
            storage = dict(region.storage)
        digest = model_digest(written.data, _digests(arrays, written.stored, meter))
    manifest = Manifest(__version__, dict(graph.libraries), digest, storage=storage)
    return Prepared(manifest, members, own, graph)


def _digests(arrays: ArrayStore, stored: Iterable[tuple[int, int]], meter: Meter) -> Iterator[bytes]:
    for _, index in stored:
        yield arrays.digest(index)
        meter.add(arrays.nbytes(index))


def counted(members: Sequence[Member], meter: Meter) -> list[Member]:
    """Return members that tell a meter of their bytes when they are written."""
    return [replace(member, chunks=_counted(member.chunks, meter)) for member in members]


def _counted(
    chunks: Callable[[], Iterable[memoryview | bytes]], meter: Meter
) -> Callable[[], Iterable[memoryview | bytes]]:
    def counting() -> Iterator[memoryview | bytes]:
        for chunk in chunks():
            yield chunk
            meter.add(len(chunk))

    return counting
