"""Canonical JSON to graph: what the file says, whole, and noted for the doors behind."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import FormatError, LimitError
from . import canonical
from .limits import Limits
from .native import native_reader
from .nodes import ArraySpec, Names, Node
from .reader import Reader

__all__ = ["Parsed", "read_graph"]


@dataclass(slots=True)
class Parsed:
    """What `graph.json` says.

    Attributes
    ----------
    root : Node
    specs : list of ArraySpec
    inline : dict of int to bytes
        The values of the small arrays, which stand in the graph itself.
    bases : dict of str to tuple of str
    names : Names
    columns : bool
        Whether anything expands when it is built: columns, structured arrays, arrays of objects.
    uses : dict of int to int
        How often each array is named as a value of its own.
    sizes : list of int, optional
        The bytes of each array, where the reader has found them out: `check_spec` says the same.
    built : int, optional
        The bytes of all arrays once built, where the reader knows that nothing else needs a look: `audit` comes to the same.
    """

    root: Node
    specs: list[ArraySpec]
    inline: dict[int, bytes]
    bases: dict[str, tuple[str, ...]]
    names: Names
    columns: bool
    uses: dict[int, int]
    sizes: list[int] | None = None
    built: int | None = None


def read_graph(data: bytes, limits: Limits) -> Parsed:
    """Return the graph of canonical JSON.

    Raises
    ------
    FormatError
        When it is not a graph.
    LimitError
        When it is larger or deeper than the limits.
    """
    limits.check("strings_bytes", len(data), "bytes of graph")
    # Every node is at least one comma or bracket, so this bounds the count before anything is built.
    limits.check("nodes", data.count(b",") + data.count(b"[") // 2, "nodes")
    if native_reader.active:
        found = native_reader.read(data, limits)
        if found is not None:
            root, specs, inline, bases, types, values, parts, defined, references, expands, *others = found
            names = Names(frozenset(types), frozenset(values), parts, defined, references, expands)
            return Parsed(root, specs, inline, bases, names, *others)
    raw, keys = canonical.loads_counted(data, "graph.json")
    if not isinstance(raw, dict) or list(raw) != ["arrays", "root", "types"]:
        raise FormatError("graph.json must hold arrays, root and types, in this order")
    reader = Reader(raw["types"], raw["arrays"], limits)
    try:
        root = reader.node(raw["root"])
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise FormatError(f"a node of graph.json is malformed ({error})") from None
    except RecursionError:
        raise LimitError("graph.json nests deeper than this interpreter reads") from None
    if reader.long:
        reader.check_ranges()
    if keys is not None and keys != reader.keys:
        # A key stands twice, or a text begins with a colon: now it is worth the time to write all of it again.
        canonical.loads(data, "graph.json")
    if reader.next_type != len(reader.types) or reader.next_array != len(reader.specs):
        raise FormatError("graph.json lists types or arrays that nothing uses")
    names = Names(
        frozenset(reader.used_types),
        frozenset(reader.used_values),
        reader.parts,
        reader.defined,
        reader.references,
        reader.expands,
    )
    return Parsed(root, reader.specs, reader.inline, reader.bases, names, reader.columns, reader.uses)
