"""safetensors' own folder of attacks, and the proposals in its README: a header that lies about the data behind it.

Each is made of a model's file: the header of ``arrays.safetensors`` says something else, every checksum and digest is
right. What the header may say follows from the graph, so it is written again and compared, and nothing is allocated
for what it says.
"""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

import perdure
from attacks.craft import file_of
from attacks.models import X, Y
from attacks.published.refusals import refused
from perdure.arrays.store import ArrayStore
from perdure.container.archive import Member
from perdure.container.file import Container
from perdure.container.writing import assemble, to_bytes
from perdure.errors import FormatError, LimitError, PerdureError
from perdure.graph.nodes import Array, List

# Of so many rows that the classes lie in the region too.
ROWS, CLASSES = np.tile(X, (5, 1)), np.tile(Y, 5)
GOOD = perdure.dumps(KNeighborsClassifier(algorithm="brute").fit(ROWS, CLASSES), compression=None)
ARRAYS = "arrays.safetensors"


def with_region(change, data=GOOD):
    """A file whose region of arrays is other bytes, everything around it right."""
    with Container(data) as container:
        names = [name for name in container.archive.names if name != "perdure.json"]
        members = {name: bytes(container.archive.read(name)) for name in names}
        manifest = container.manifest
    members[ARRAYS] = change(members[ARRAYS])
    return to_bytes(assemble(manifest, [Member.of(name, content) for name, content in members.items()]))


def with_header(change):
    """A file whose header is another, of the same length where it can be."""

    def made(region):
        length = int.from_bytes(region[:8], "little")
        header = json.loads(region[8 : 8 + length])
        changed = change(header)
        text = changed if isinstance(changed, str) else json.dumps(header, separators=(",", ":"), sort_keys=True)
        coded = text.encode()
        coded += b" " * (-(len(coded) + 8) % 64)
        return len(coded).to_bytes(8, "little") + coded + region[8 + length :]

    return with_region(made)


def claimed(length):
    return with_region(lambda region: length.to_bytes(8, "little") + region[8:])


def entry(name, **changes):
    def change(header):
        header[name].update(changes)

    return with_header(change)


def many(count, shape):
    """As many arrays as that, all of them at the same place."""

    def change(header):
        size = 8 * shape[0] * shape[1]
        row = f'{{"data_offsets":[0,{size}],"dtype":"F64","shape":[{shape[0]},{shape[1]}]}}'
        return "{" + ",".join(f'"weight_{i}":{row}' for i in range(count)) + "}"

    return with_header(change)


FIRST = "0"
ATTACKS = {
    "attempt 1: a header longer than the file": lambda: claimed(2**32 - 1),
    "attempt 1: as long as numbers go": lambda: claimed(2**64 - 1),
    "attempt 1: a negative length": lambda: claimed(2**63),
    "attempt 1: no length": lambda: claimed(0),
    "attempt 1: nothing but a length": lambda: with_region(lambda region: (100).to_bytes(8, "little")),
    "attempt 1: less than a length": lambda: with_region(lambda region: b"\1"),
    "attempt 2: a header of many arrays": lambda: many(100_000, (2, 2)),
    "attempt 3: large arrays on the same bytes": lambda: many(10_000, (200, 200)),
    "proposal 3: negative offsets": lambda: entry(FIRST, data_offsets=[-28800, 0]),
    "proposal 3: offsets beyond the file": lambda: entry(FIRST, data_offsets=[0, 2**40]),
    "proposal 3: the other way round": lambda: entry(FIRST, data_offsets=[28800, 0]),
    "proposal 4: offsets that overlap": lambda: entry("1", data_offsets=[0, 4800]),
    "proposal 4: a hole": lambda: entry(FIRST, data_offsets=[8, 28808]),
    "proposal 5: another shape": lambda: entry(FIRST, shape=[6, 600]),
    "proposal 5: more than there is": lambda: entry(FIRST, shape=[2**31, 2**31]),
    "proposal 5: a negative shape": lambda: entry(FIRST, shape=[-600, -6]),
    "proposal 5: a shape of none": lambda: entry(FIRST, shape=[0, 2**62]),
    "proposal 5: another dtype": lambda: entry(FIRST, dtype="F32"),
    "proposal 5: a dtype that there is not": lambda: entry(FIRST, dtype="O"),
    "proposal 7: JSON that never ends": lambda: with_header(lambda header: "{" + '"a":{' * 10_000),
    "proposal 7: JSON of depth": lambda: with_header(lambda header: "[" * 100_000),
    "proposal 7: a name twice": lambda: with_header(lambda header: json.dumps(header)[:-1] + f', "{FIRST}": {json.dumps(header[FIRST])}}}'),
    "proposal 7: numbers that are none": lambda: with_header(lambda header: json.dumps(header).replace("[0,", "[NaN,", 1)),
    "metadata": lambda: with_header(lambda header: header.update({"__metadata__": {"format": "pt"}})),
    "a name that is a path": lambda: with_header(lambda header: header.update({"../../x": header.pop(FIRST)})),
    "a name of no array": lambda: with_header(lambda header: header.update({"99": header.pop(FIRST)})),
    "bytes behind the last array": lambda: with_region(lambda region: region + b"\0" * 64),
    "fewer bytes than arrays": lambda: with_region(lambda region: region[:-64]),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_a_header_that_lies_is_refused_before_anything_is_allocated(tmp_path, name):
    data = ATTACKS[name]()
    assert data != GOOD
    tracemalloc.start()
    try:
        with pytest.raises((FormatError, LimitError)) as caught:
            perdure.loads(data)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The file is in memory once already; what it claims, never.
    assert most < 20 * len(data) + (1 << 24)
    refused(tmp_path, data, (FormatError, LimitError))
    assert ARRAYS in str(caught.value) or "array" in str(caught.value)


def test_the_same_region_written_again_is_fine():
    assert with_region(lambda region: region) == GOOD
    assert type(perdure.loads(GOOD)) is KNeighborsClassifier


# --- what another format would say of itself: sizes before and after decoding ----------------------------------------


def test_one_array_named_many_times_is_counted_as_often(tmp_path):
    """numpy's and torch's: a small file that fills the memory. The same bytes may be many arrays, up to a limit."""
    store = ArrayStore()
    store.add(np.zeros(1 << 20))
    data = file_of(List(tuple(Array(0) for _ in range(5000))), store)
    assert len(data) < 200_000
    with pytest.raises(LimitError, match="decoded_bytes"):
        perdure.loads(data, limits={"decoded_bytes": 1 << 30})


@pytest.mark.parametrize("claim", [2**20 - 8, 2**20 + 8, 2**40, 2**62])
def test_a_coded_array_that_decodes_to_more_than_it_says_is_refused(tmp_path, claim):
    """A bomb: what unpacks is compared with the shape, before there is room for it."""
    good = perdure.dumps([np.zeros(1 << 17)])

    def bomb(region):
        at = region.index(b"\x28\xb5\x2f\xfd")
        # The content size that a frame states stands behind its descriptor.
        head = bytearray(region)
        assert head[at + 4] & 0xC0
        width = {0x40: 2, 0x80: 4, 0xC0: 8}[head[at + 4] & 0xC0]
        head[at + 5 : at + 5 + width] = (claim & ((1 << 8 * width) - 1)).to_bytes(width, "little")
        return bytes(head)

    with pytest.raises(PerdureError) as caught:
        perdure.loads(with_region(bomb, data=good))
    assert type(caught.value) in (FormatError, LimitError)
