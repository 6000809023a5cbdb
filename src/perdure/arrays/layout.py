"""Where each array lies in the region: one function for the writer and the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ..errors import FormatError
from ..graph.nodes import ArraySpec
from .codecs import chain as codecs
from .dtypes import check_spec, stored
from .memory import ALIGNMENT

__all__ = ["Layout", "Rows", "Storage", "lay_out", "parse_storage"]

# By the number of the array: the size and the chain of a coded one, the number of an equal one, or for one that is made
# from others the size of what is kept, the structural codec with its sources, and the chain.
Storage: TypeAlias = dict[str, "list[int | str | list[int | str]] | int"]


@dataclass(frozen=True, slots=True)
class Rows:
    """What the manifest says of the arrays of a region, by number.

    Attributes
    ----------
    coded : dict
        Size and chain.
    equal : dict
        The number of the first of those with these bytes.
    derived : dict
        Size and chain of what is kept, and the structural codec with its sources.
    """

    coded: dict[int, tuple[int, tuple[str, ...]]]
    equal: dict[int, int]
    derived: dict[int, tuple[int, tuple[str, ...], list[object]]]

    @property
    def sizes(self) -> dict[int, int]:
        """The bytes of all that has a place behind the raw arrays."""
        sizes = {number: size for number, (size, _) in self.coded.items()}
        return sizes | {number: size for number, (size, _, _) in self.derived.items() if size}

    def placed(self, number: int) -> bool:
        """Say whether an array has a place of its own."""
        return number not in self.equal and (number not in self.derived or self.derived[number][0] > 0)


@dataclass(slots=True)
class Layout:
    """Where everything lies: offsets from the start of the region."""

    header: bytes
    places: dict[int, tuple[int, int]]
    padding: list[tuple[int, int]]
    size: int


def lay_out(specs: Mapping[int, ArraySpec], coded: Mapping[int, int]) -> Layout:
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
    return Layout(
        header,
        {number: (begin + start, end + start) for number, (begin, end) in places.items()},
        [(begin + start, end + start) for begin, end in padding],
        start + at,
    )


def _row(name: str, start: int, end: int, code: str, shape: tuple[int, ...]) -> tuple[str, str]:
    lengths = ",".join(map(str, shape))
    return name, f'"{name}":{{"data_offsets":[{start},{end}],"dtype":"{code}","shape":[{lengths}]}}'


def parse_storage(storage: Mapping[str, object], specs: Mapping[int, ArraySpec]) -> Rows:
    """Return what the manifest says of the arrays that lie in the region."""
    rows = Rows({}, {}, {})
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
            if row in rows.derived and first != spec:
                raise FormatError(f"array {number} is none of those that array {row}, made from others, can be")
            rows.equal[number] = row
        elif type(row) is list and len(row) > 1 and type(row[0]) is int and 0 <= row[0] < size:
            how = row[1]
            if type(how) is list:
                chain = codecs.check_chain(row[2:], 8) if len(row) > 2 else ()
                if not how or (chain and not row[0]):
                    raise FormatError(f"storage of array {number} has codecs for nothing")
                rows.derived[number] = row[0], chain, how
                continue
            chain = codecs.check_chain(row[1:], stored(spec.dtype).itemsize)
            if not row[0]:
                raise FormatError(f"storage of array {number} says that it is coded as nothing")
            rows.coded[number] = row[0], chain
        else:
            raise FormatError(f"storage of array {number} is not a size below {size:,} and a chain of codecs")
    return rows
