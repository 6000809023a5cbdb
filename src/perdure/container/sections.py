"""The members of a file: which names there are, and in which order they stand."""

from __future__ import annotations

from itertools import pairwise

from ..errors import FormatError, UnsupportedError
from .archive import check_name
from .manifest import MANIFEST

__all__ = [
    "ARRAYS",
    "CODE",
    "GRAPH",
    "GRAPH_COMPRESSED",
    "RECORD",
    "SIGNATURES",
    "check_order",
    "check_section",
    "order",
]

GRAPH = "graph.json"
GRAPH_COMPRESSED = "graph.json.zst"
ARRAYS = "arrays.safetensors"
CODE = "code.py"
RECORD = "record.json"
SIGNATURES = "signatures/"

# Sections follow in this order; those of one folder are sorted by name.
_FIXED = {MANIFEST: 0, GRAPH: 1, GRAPH_COMPRESSED: 1, ARRAYS: 2, CODE: 3, RECORD: 4, "probe.safetensors": 6}
_FOLDERS = {"record": 5, "exports": 7, "signatures": 8}
_FIRST_SECTION = 3
# Files as `dumps` writes them, told at a glance.
_USUAL = {(MANIFEST, graph, *rest) for graph in (GRAPH, GRAPH_COMPRESSED) for rest in ((), (ARRAYS,))}


def order(name: str) -> tuple[int, str]:
    """Return what members are sorted by; FormatError for a name that has no place in a file."""
    rank = _FIXED.get(name)
    if rank is None:
        folder, slash, _ = name.partition("/")
        rank = _FOLDERS.get(folder) if slash else None
        if rank is None:
            raise FormatError(f"the file has a member {name!r}, which this format does not know")
        return rank, name
    return rank, ""


def check_order(names: tuple[str, ...]) -> None:
    """Raise FormatError unless these are the members of a file, each in its place."""
    if names in _USUAL:
        return
    ranks = [order(name) for name in names]
    if any(left >= right for left, right in pairwise(ranks)):
        raise FormatError("the members of the file do not stand in their order")
    if [rank for rank, _ in ranks[:2]] != [0, 1]:
        raise FormatError(f"the file does not begin with {MANIFEST} and {GRAPH}")


def check_section(name: str) -> None:
    """Raise UnsupportedError unless a section may have this name."""
    try:
        check_name(name.encode("ascii", "replace"))
        known = order(name)[0] >= _FIRST_SECTION
    except FormatError:
        known = False
    if not known:
        raise UnsupportedError(
            f"a section of a file cannot be named {name!r}",
            fix="use record.json, code.py, probe.safetensors, or a name below record/, exports/ or signatures/",
        )
