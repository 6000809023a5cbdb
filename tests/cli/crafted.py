"""Files made by hand, with correct digests: what no honest model holds, but a file may say."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from perdure.arrays.region import write_region
from perdure.arrays.store import ArrayStore
from perdure.container.archive import Member
from perdure.container.file import graph_member
from perdure.container.manifest import Manifest
from perdure.container.writing import assemble, write_file
from perdure.graph.digest import model_digest
from perdure.graph.nodes import Graph
from perdure.graph.write import write_graph


def save(
    path: Path,
    root: Any,
    arrays: ArrayStore | None = None,
    *,
    bases: Mapping[str, tuple[str, ...]] | None = None,
    libraries: Mapping[str, str | None] | None = None,
    sections: Mapping[str, bytes] | None = None,
    producer: str = "0.1.0",
) -> str:
    """Write a file of any graph; return its path."""
    arrays = ArrayStore() if arrays is None else arrays
    graph = Graph(root, arrays, bases or {}, libraries or {"python": "3.13.0", "scikit-learn": "1.9.1"})
    written = write_graph(graph)
    members = [graph_member(written.data)]
    storage: dict[str, Any] = {}
    if written.stored:
        region = write_region(arrays, written.stored)
        members.append(Member("arrays.safetensors", region.size, region.crc32, region.sha256, region.chunks))
        storage = dict(region.storage)
    members += [Member.of(name, data) for name, data in (sections or {}).items()]
    digest = model_digest(written.data, (arrays.digest(index) for _, index in written.stored))
    manifest = Manifest(producer, dict(graph.libraries), digest, storage=storage)
    write_file(path, assemble(manifest, members))
    return str(path)
