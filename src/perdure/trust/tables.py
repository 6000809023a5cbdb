"""The allow-lists: data files, one per library, of the names that may be used and how each is built.

A table has ``ways`` (way → names), and ``logical`` for forms of our own with a version
(``scipy.sparse:csr_matrix/1``), each with its way and the classes that it stands for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

__all__ = ["GLOBAL_WAYS", "Tables", "tables"]

# Ways of a name that stands for itself, and is never an instance's type.
GLOBAL_WAYS = frozenset(("function", "class"))


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables as one.

    Attributes
    ----------
    ways : mapping of str to str
        Name in the file → how it is built.
    logical : mapping of str to str
        Class as Python knows it → our own form with its version.
    """

    ways: Mapping[str, str]
    logical: Mapping[str, str]


@cache
def tables() -> Tables:
    """Return the tables that come with perdure, read once."""
    ways: dict[str, str] = {}
    logical: dict[str, str] = {}
    for file in sorted(resources.files(__package__).joinpath("tables").iterdir(), key=lambda item: item.name):
        if file.name.endswith(".json"):
            table = json.loads(file.read_text("utf-8"))
            for way, names in table["ways"].items():
                ways.update(dict.fromkeys(names, way))
            for name, row in table.get("logical", {}).items():
                ways[name] = row["way"]
                logical.update(dict.fromkeys(row["stands_for"], name))
    return Tables(ways, logical)
