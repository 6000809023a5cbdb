"""A small file with everything in it, and a reader that reads all of it."""

import numpy as np

from perdure.arrays.region import read_region, write_region
from perdure.arrays.store import ArrayStore
from perdure.container.archive import Member
from perdure.container.file import Container, graph_member
from perdure.container.manifest import Manifest
from perdure.container.writing import assemble, to_bytes

GRAPH = b'{"root":1}'
LIBRARIES = {"numpy": "2.5.5", "pandas": None, "python": "3.13.0", "scikit-learn": "1.9.1", "scipy": "1.18.1"}
SECTIONS = {
    "record.json": b'{"notes":"a test"}',
    "record/source.py": b"print('hello')\n",
    "probe.safetensors": b"\0" * 8,
    "exports/model.onnx": b"",
    "signatures/someone.json": b"{}",
}


def store_of(*arrays):
    store = ArrayStore()
    for array in arrays:
        store.add(array)
    return store


def members(*arrays, graph=GRAPH, sections=SECTIONS, compression="auto"):
    """The members of a file."""
    store = store_of(*arrays)
    region = write_region(store, [(number, number) for number in range(len(store))], compression=compression)
    rest = [Member(name, len(data), *_hashes(data)) for name, data in sections.items()]
    if arrays:
        rest.append(Member("arrays.safetensors", region.size, region.crc32, region.sha256, region.chunks))
    return assemble(manifest(region.storage), [graph_member(graph), *rest])


def _hashes(data):
    whole = Member.of("record.json", data)
    return whole.crc32, whole.sha256, whole.chunks


def manifest(storage=None):
    return Manifest("1.0.0", LIBRARIES, "sha256:" + "0" * 64, storage=storage or {})


# Small, with a raw array and a coded one.
ARRAYS = (np.frombuffer(np.random.default_rng(0).bytes(256), np.float64), np.arange(100))
FILE = to_bytes(members(*ARRAYS))
PLAIN = to_bytes(members(sections={}))


def read_everything(src, arrays=ARRAYS, **options):
    """Read every byte that a file holds, with every check that `load` makes of the container."""
    with Container(src, **options) as file:
        graph = file.graph()
        specs = [store_of(array).spec(0) for array in arrays]
        store = read_region(file.arrays(), specs, file.manifest.storage, file.limits, inline={}, mapped=file.mapped)
        found = [store.array(number) for number in range(len(store))]
        return graph, found, {name: file.section(name) for name in file.sections}
