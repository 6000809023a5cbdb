"""The allow-lists: data files, one per library, of the names that may be used and how each is built.

A table has ``ways`` (way → names); ``logical`` for forms of our own with a version
(``scipy.sparse:csr_matrix/1``) and for named constants (``pandas:NA``), each with its way, the classes that
it stands for, and the class to import where that is not the form's own name (null: none); and ``methods``,
the names of methods of its types that may be a value.

The tables in ``packs`` are of other libraries. Their names pass only when the reader of a file names the library:
``trusted=["xgboost"]``. ``types`` are estimators that are saved by their attributes, ``logical`` as above.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

__all__ = ["GLOBAL_WAYS", "VALUE_WAYS", "Tables", "add_pack", "tables"]

# Ways of a name that stands for itself, and is never an instance's type.
GLOBAL_WAYS = frozenset(("function", "class", "constant"))
# Ways of a name that may stand for itself: besides those, plain classes, which are harmless to call.
VALUE_WAYS = GLOBAL_WAYS | {"birch", "isotonic", "state"}


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables as one.

    Attributes
    ----------
    ways : mapping of str to str
        Name in the file → how it is built.
    logical : mapping of str to str
        Class as Python knows it → our own form with its version, or a constant.
    classes : mapping of str to (str or None)
        Our own form → the class to import for it, where its name does not say that.
    methods : frozenset of str
        Names of methods that may be a value, bound to an estimator.
    transient : frozenset of str
        Attributes that mean nothing in another process, such as the address of an object: not saved.
    packs : mapping of str to frozenset of str
        Library → the names that its reader trusts by naming it.
    asked : mapping of str to str
        Form of a pack → its library: passes only where that is named.
    """

    ways: Mapping[str, str]
    logical: Mapping[str, str]
    classes: Mapping[str, str | None]
    methods: frozenset[str]
    transient: frozenset[str]
    packs: Mapping[str, frozenset[str]]
    asked: Mapping[str, str]


# What packages outside of perdure have added.
_ADDED: dict[str, Mapping[str, Any]] = {}


def add_pack(table: Mapping[str, Any]) -> None:
    """Make the table of a pack known, as those in ``packs`` are."""
    _ADDED[table["library"]] = table
    tables.cache_clear()


@cache
def tables() -> Tables:
    """Return the tables that come with perdure, read once."""
    ways: dict[str, str] = {}
    logical: dict[str, str] = {}
    classes: dict[str, str | None] = {}
    methods: set[str] = set()
    transient: set[str] = set()
    packs: dict[str, frozenset[str]] = {}
    asked: dict[str, str] = {}
    for table in _read("tables"):
        for way, names in table["ways"].items():
            ways.update(dict.fromkeys(names, way))
        _add_forms(table, ways, logical, classes)
        methods.update(table.get("methods", ()))
        transient.update(table.get("transient", ()))
    for table in (*_read("packs"), *_ADDED.values()):
        library = table["library"]
        _add_forms(table, ways, logical, classes)
        asked.update(dict.fromkeys(table["logical"], library))
        packs[library] = packs.get(library, frozenset()).union(table["types"], table["logical"])
    return Tables(ways, logical, classes, frozenset(methods), frozenset(transient), packs, asked)


def _read(folder: str) -> Iterable[Any]:
    place = os.path.join(os.path.dirname(__file__), folder)
    for name in sorted(os.listdir(place)):
        if name.endswith(".json"):
            with open(os.path.join(place, name), encoding="utf-8") as file:
                yield json.load(file)


def _add_forms(
    table: Mapping[str, Any], ways: dict[str, str], logical: dict[str, str], classes: dict[str, str | None]
) -> None:
    for name, row in table.get("logical", {}).items():
        ways[name] = row["way"]
        logical.update(dict.fromkeys(row["stands_for"], name))
        if "class" in row:
            classes[name] = row["class"]
