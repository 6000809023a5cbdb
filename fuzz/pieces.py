"""A file taken apart into plain lists and dicts that may be changed in place, and put together again.

Arrays and types stand where they are used, not by number; `put_together` numbers them as a writer does, and makes
every digest, CRC and row of storage anew. So whatever was changed, the file is well formed as far as that can be.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from perdure._model_file import ModelFile
from perdure.arrays.dtypes import check_spec
from perdure.arrays.region import write_region
from perdure.arrays.store import ArrayStore
from perdure.container.archive import Member
from perdure.container.file import Container, graph_member
from perdure.container.manifest import Manifest
from perdure.container.writing import assemble, to_bytes
from perdure.errors import PerdureError
from perdure.graph import canonical
from perdure.graph.digest import model_digest
from perdure.graph.nodes import ArraySpec
from perdure.graph.scalars import base64
from perdure.graph.write import INLINE_BYTES

__all__ = ["INLINE", "Content", "Pieces", "put_together", "take_apart"]

INLINE = INLINE_BYTES
#: Tag → what its parts are: n node, c column, a array, t type, k key of a shared value, d dtype, s shape, v as it is,
#: N nodes by name, C columns by name; a star repeats the last one.
LAYOUT = {
    "list": "n*",
    "tuple": "n*",
    "set": "n*",
    "frozenset": "n*",
    "each": "n*",
    "dict": "n*",
    "slice": "nnn",
    "range": "nnn",
    "array": "a",
    "scalar": "dv",
    "dtype": "d",
    "structured": "dsvN",
    "objects": "svn*",
    "object": "tNnv",
    "global": "t",
    "def": "kn",
    "ref": "k",
    "list-of": "c",
    "tuple-of": "c",
    "objects-of": "svc",
    "dict-of": "cc",
    "numbers": "a",
    "scalars": "a",
    "texts": "aa",
    "rows": "aa",
    "stack": "a",
    "fields": "dC",
    "lists": "ca",
    "batch": "tvNCv",
}
ATOMS = frozenset(("float", "int", "str", "bytes", "complex", "ellipsis"))


@dataclass(frozen=True, eq=False)
class Content:
    """One array: what it says of itself, and its bytes."""

    dtype: str
    shape: tuple[Any, ...]
    order: str
    data: bytes

    @property
    def size(self) -> int | None:
        """The bytes that it says it has, None where it is no array at all."""
        try:
            return check_spec(ArraySpec(self.dtype, self.shape, self.order))  # type: ignore[arg-type]
        except (PerdureError, TypeError):
            return None

    def values(self) -> np.ndarray[Any, Any] | None:
        """Return a copy of its values to change, flat; None where it is not well formed."""
        if self.size != len(self.data):
            return None
        name = "<i8" if self.dtype == "intp" else self.dtype
        return np.frombuffer(self.data, name).copy()

    def with_values(self, values: np.ndarray[Any, Any]) -> Content:
        """Return it with other values of the same dtype and number."""
        return replace(self, data=values.tobytes())


@dataclass
class Pieces:
    """A file, taken apart."""

    root: Any
    bases: dict[str, list[str]]
    manifest: Manifest
    sections: dict[str, bytes] = field(default_factory=dict)


def parts_of(node: list[Any]) -> list[tuple[int, str]]:
    """Return the places in a node and what stands in each, by its tag."""
    layout = LAYOUT.get(node[0]) if node and isinstance(node[0], str) else None
    if layout is None:
        return []
    roles = []
    for i in range(1, len(node)):
        at = i - 1
        role = layout[at] if at < len(layout) and layout[at] != "*" else (layout[-2] if layout.endswith("*") else "v")
        roles.append((i, role))
    return roles


def take_apart(data: bytes) -> Pieces:
    """Return the pieces of a file."""
    with Container(data) as container, ModelFile(container) as file:
        raw = json.loads(container.graph())
        store = file.arrays
        arrays = []
        for number in range(len(store)):
            spec = store.spec(number)
            arrays.append(Content(spec.dtype, spec.shape, spec.order, store.content(number)))
        sections = {name: container.section(name) for name in container.sections}
        manifest = container.manifest
    types = [row if isinstance(row, str) else row[0] for row in raw["types"]]
    bases = {row[0]: row[1:] for row in raw["types"] if not isinstance(row, str)}
    return Pieces(_named(raw["root"], types, arrays), bases, manifest, sections)


def _named(node: Any, types: list[str], arrays: list[Content]) -> Any:
    if isinstance(node, dict):
        return {name: _named(item, types, arrays) for name, item in node.items()}
    if not isinstance(node, list) or node[0] in ATOMS:
        return node
    made = list(node)
    for i, role in parts_of(node):
        item = node[i]
        if role == "a":
            made[i] = arrays[item]
        elif role == "t":
            made[i] = types[item]
        elif role in "nc":
            made[i] = _named(item, types, arrays)
        elif role in "NC":
            made[i] = {name: _named(value, types, arrays) for name, value in item.items()}
    return made


def copied(node: Any) -> Any:
    """Return a copy to be changed; arrays are shared, for they never change."""
    if isinstance(node, list):
        return [copied(item) for item in node]
    if isinstance(node, dict):
        return {name: copied(item) for name, item in node.items()}
    return node


class _Numbering:
    def __init__(self, bases: dict[str, list[str]]) -> None:
        self.bases = bases
        self.types: dict[str, int] = {}
        self.arrays: dict[int, int] = {}
        self.contents: list[Content] = []
        self.keys: dict[Any, int] = {}

    def node(self, node: Any) -> Any:
        if isinstance(node, dict):
            return {name: self.node(item) for name, item in node.items()}
        if isinstance(node, Content):
            return self.array(node)
        if not isinstance(node, list) or not node or (isinstance(node[0], str) and node[0] in ATOMS):
            return node
        made = list(node)
        if node[0] in ("set", "frozenset"):
            made[1:] = sorted(node[1:], key=_item_key)
            node = list(made)
        roles = parts_of(node)
        if not roles:
            return [self.node(item) for item in node]
        for i, role in roles:
            made[i] = self.part(node[i], role, node[0])
        return made

    def part(self, item: Any, role: str, tag: str) -> Any:
        if role == "a":
            return self.node(item)
        if role == "t" and isinstance(item, str):
            return self.types.setdefault(item, len(self.types))
        if role == "k" and isinstance(item, int):
            if tag == "def":
                self.keys[item] = len(self.keys)
                return self.keys[item]
            return self.keys.get(item, item)
        if role in "NC" and isinstance(item, dict):
            # Mutation can leave keys that are no texts; JSON makes texts of them.
            return {name: self.node(item[name]) for name in sorted(item, key=str)}
        return self.node(item)

    def array(self, content: Content) -> int:
        number = self.arrays.get(id(content))
        if number is None:
            number = self.arrays[id(content)] = len(self.contents)
            self.contents.append(content)
        return number


def _item_key(item: Any) -> str:
    return json.dumps(item, separators=(",", ":"), default=repr)


def put_together(pieces: Pieces) -> bytes:
    """Return a file of the pieces, with right digests."""
    numbering = _Numbering(pieces.bases)
    root = numbering.node(pieces.root)
    store = ArrayStore()
    rows: list[list[Any]] = []
    stored: list[tuple[int, int]] = []
    for number, content in enumerate(numbering.contents):
        row: list[Any] = [content.dtype, list(content.shape)]
        if content.order == "F":
            row.append("F")
        if content.size is not None and content.size == len(content.data) >= INLINE:
            spec = ArraySpec(content.dtype, content.shape, content.order)  # type: ignore[arg-type]
            stored.append((number, store.add_content(spec, content.data)))
        else:
            row.append(base64(content.data))
        rows.append(row)
    types = [[name, *pieces.bases[name]] if pieces.bases.get(name) else name for name in numbering.types]
    graph = canonical.dumps({"arrays": rows, "root": root, "types": types})
    members = [graph_member(graph)]
    storage: dict[str, Any] = {}
    if stored:
        region = write_region(store, stored)
        members.append(Member("arrays.safetensors", region.size, region.crc32, region.sha256, region.chunks))
        storage = dict(region.storage)
    members += [Member.of(name, data) for name, data in pieces.sections.items()]
    digest = model_digest(graph, (store.digest(index) for _, index in stored))
    return to_bytes(assemble(replace(pieces.manifest, digest=digest, storage=storage), members))
