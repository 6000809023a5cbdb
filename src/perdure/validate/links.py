"""What lies inside: objects that other objects hold, one each or in lists, beside those that hold them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays.content import AnyArray
from ..graph.nodes import (
    Batch,
    Each,
    Fields,
    List,
    ListOf,
    Lists,
    Object,
    Objects,
    ObjectsOf,
    Rows,
    Texts,
    Tuple,
    TupleOf,
)
from ..graph.structure import Family, Path
from .members import Members
from .reading import Part, Reader

__all__ = ["Link", "check_links", "check_type", "item_links", "links", "list_lengths"]


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """Members that lie inside others: ``child`` at ``positions[k]`` belongs to ``owners[k]``."""

    child: Members
    owners: AnyArray
    positions: AnyArray


def links(owners: Members, name: str) -> list[Link]:
    """Return the objects that an attribute holds, one for each owner; raise where it holds anything else."""
    same, part = owners.place(name)
    found = _Links(owners, name)
    found.one(part, same, np.arange(owners.count), owners.inside(name), owners.start)
    return found.links


def item_links(owners: Members, name: str) -> tuple[list[Link], AnyArray]:
    """Return the objects in the lists or arrays of Python objects of an attribute, and how many each owner has.

    Lists in lists are taken apart. Raises where an item is anything else.

    Returns
    -------
    links : list of Link
    counts : ndarray of int64, shape (count,)
    """
    same, part = owners.place(name)
    found = _Links(owners, name)
    found.items(part, same, np.arange(owners.count), owners.inside(name), owners.start)
    counts = np.zeros(owners.count, np.int64)
    for link in found.links:
        counts += np.bincount(np.asarray(link.owners).astype(np.intp, copy=False), minlength=owners.count)
    return found.links, counts


class _Links:
    """Collects links. ``start`` is always the row of a column that the first owner has."""

    def __init__(self, members: Members, name: str) -> None:
        self.members = members
        self.reader = members.reader
        self.name = name
        self.links: list[Link] = []

    def one(self, part: Any, same: bool, owners: AnyArray, here: Path, start: int) -> None:
        """Add what is one object for each owner."""
        reader = self.reader
        if not same and isinstance(part, Batch):
            child = Members(reader, Family(here, part), start, start + len(owners))
            if reader.apart:
                for i, single in enumerate(child):
                    self.links.append(Link(single, owners[i : i + 1], np.zeros(1, np.int64)))
            else:
                self.links.append(Link(child, owners, np.arange(len(owners))))
        elif not same and isinstance(part, Each):
            for i, node in enumerate(part.nodes[start : start + len(owners)]):
                self.one(reader.resolve(node), True, owners[i : i + 1], here / f"[{i}]", 0)
        elif same and isinstance(part, Object):
            self.links.append(Link(Members(reader, Family(here, part)), owners, np.zeros(len(owners), np.int64)))
        elif same and isinstance(part, Part):
            child = Members(reader, part.family, part.index, part.index + 1)
            self.links.append(Link(child, owners, np.zeros(len(owners), np.int64)))
        else:
            first = int(owners[0]) if len(owners) else 0
            self.members.fail(f"{self.name} has to hold objects", first, f".{self.name}")

    def items(self, part: Any, same: bool, owners: AnyArray, here: Path, start: int) -> None:
        """Add what is a list of objects for each owner."""
        if not same and isinstance(part, Each):
            for i, node in enumerate(part.nodes[start : start + len(owners)]):
                self.items(self.reader.resolve(node), True, owners[i : i + 1], here / f"[{i}]", 0)
        elif not same and isinstance(part, Lists):
            cuts = self.reader.offsets(part.offsets, _length(part.items, self.reader))
            cuts = cuts[start : start + len(owners) + 1]
            self.items(
                part.items,
                False,
                np.repeat(owners, np.diff(cuts).astype(np.intp, copy=False)),
                here / "[*]",
                int(cuts[0]),
            )
        elif same and isinstance(part, (List, Tuple, Objects)):
            for i, node in enumerate(part.items):
                self.items(self.reader.resolve(node), True, owners, here / f"[{i}]", 0)
        elif same and isinstance(part, (ListOf, TupleOf, ObjectsOf)):
            length = _length(part.items, self.reader)
            # Each owner has the whole column.
            for owner in owners:
                self.items(part.items, False, np.full(length, owner), here, 0)
        else:
            self.one(part, same, owners, here, start)


def list_lengths(reader: Reader, value: Any) -> list[int] | None:
    """Return the length of each list of a list of lists; None where a value is no list."""
    value = reader.resolve(value)
    if isinstance(value, (ListOf, TupleOf, ObjectsOf)) and isinstance(value.items, Lists):
        cuts = reader.offsets(value.items.offsets, _length(value.items.items, reader))
        return np.diff(cuts).tolist()  # type: ignore[no-any-return]
    items = reader.items(value)
    return None if items is None else [len(reader.items(item) or ()) for item in items]


def _length(column: Any, reader: Reader) -> int:
    """Return how many values a column holds."""
    if isinstance(column, Each):
        return len(column.nodes)
    if isinstance(column, Batch):
        return column.count
    if isinstance(column, (Lists, Rows, Texts)):
        return reader.arrays.spec(column.offsets).shape[0] - 1
    if isinstance(column, Fields):
        return _length(next(iter(column.fields.values())), reader)
    return reader.arrays.spec(column.array).shape[0]


# --- what rules say of them ----------------------------------------------------------------------


def check_type(owners: Members, link: Link, types: tuple[str, ...], piece: str) -> None:
    """Raise unless the objects of a link are of one of the types, or derive from one."""
    if len(link.owners) and not any(name in types for name in link.child.types):
        owners.fail(f"a {link.child.type} cannot stand there", int(link.owners[0]), piece)


def check_links(owners: Members, link: Link, good: AnyArray, problem: str, piece: str) -> None:
    """Raise unless all is good, of which there is one for each object of the link."""
    if not good.all():
        owners.fail(problem, int(link.owners[int(np.argmin(good))]), piece)
