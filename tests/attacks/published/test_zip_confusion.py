"""Zip confusions: one archive, two readings.

Which member of two with one name, which of two directories, the name in the header or the one in the directory: each
ZIP reader decides for itself, so that a scanner sees one model and the loader another. perdure writes every byte of an
archive again from names, sizes and checksums, and refuses whatever differs; Python's own reader is shown to be content.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from sklearn.linear_model import Ridge

import perdure
from attacks.craft import file_of
from attacks.models import XR, YR
from attacks.published.refusals import refused
from perdure.errors import FormatError
from perdure.graph.nodes import Object

GOOD = perdure.dumps(Ridge().fit(XR, YR))
#: What the other reading would be.
EVIL = file_of(Object("hostile_payload:Model", {}))
END = struct.Struct("<4sHHHHIIH")


def parts(data):
    """Return the members' bytes, the directory's, and the end's."""
    at = data.rindex(b"PK\5\6")
    size, start = struct.unpack_from("<II", data, at + 12)
    return data[:start], data[start : start + size], data[at:]


def end(count, size, start, comment=b""):
    return END.pack(b"PK\5\6", 0, 0, count, count, size, start, len(comment)) + comment


def member(name, data, in_directory=None, **changes):
    """A member's header with its bytes, and its row of the directory, which may say something else."""
    name, listed = name.encode(), (in_directory or name).encode()
    row = {"version": 20, "flags": 0, "method": 0, "crc": zlib.crc32(data), "size": len(data), "full": len(data), "at": 0, **changes}  # fmt: skip
    common = (row["version"], row["flags"], row["method"], 0, 33)
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", *common, zlib.crc32(data), len(data), len(data), len(name), 0)
    central = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, *common, row["crc"], row["size"], row["full"], len(listed), 0, 0, 0, 0, 0, row["at"])  # fmt: skip
    return local + name + data, central + listed


def archive(*members):
    """An archive of members in perdure's form, the rows of its directory as given."""
    body = rows = b""
    for name, data, *rest in members:
        options = dict(rest[0]) if rest else {}
        options.setdefault("at", len(body))
        local, central = member(name, data, **options)
        body, rows = body + local, rows + central
    return body + rows + end(len(members), len(rows), len(body))


def content(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return [(name, file.read(name)) for name in file.namelist()]


def moved(data, by):
    """A directory and an end whose places are right with so many bytes in front."""
    body, rows, last = parts(data)
    rows = bytearray(rows)
    at = 0
    while at < len(rows):
        (start,) = struct.unpack_from("<I", rows, at + 42)
        struct.pack_into("<I", rows, at + 42, start + by)
        name, extra, comment = struct.unpack_from("<HHH", rows, at + 28)
        at += 46 + name + extra + comment
    count = struct.unpack_from("<H", last, 8)[0]
    return body + bytes(rows) + end(count, len(rows), len(body) + by)


def deflated(data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, inner in content(data):
            made.writestr(name, inner)
    return file.getvalue()


def with_comment(data, comment):
    body, rows, last = parts(data)
    return body + rows + last[:-2] + struct.pack("<H", len(comment)) + comment


PIECES = content(GOOD)
MANIFEST, GRAPH = PIECES[0], PIECES[1]
EVIL_GRAPH = content(EVIL)[1][1]
CONFUSIONS = {
    "a second model behind the first": GOOD + EVIL,
    "a second model before the first": EVIL + moved(GOOD, len(EVIL)),
    "a second model in the comment": with_comment(GOOD, EVIL),
    "an end in the comment of another": with_comment(GOOD, parts(EVIL)[2]),
    "bytes in front, all places right": b"#!/bin/sh\n" + moved(GOOD, 10),
    "bytes in front, places as they were": b"MZ" + GOOD,
    "bytes behind": GOOD + b"\0",
    "bytes between": parts(GOOD)[0] + b"\0" * 16 + parts(GOOD)[1] + parts(GOOD)[2],
    "a graph twice": archive(MANIFEST, GRAPH, (GRAPH[0], EVIL_GRAPH)),
    "a graph in both forms": archive(MANIFEST, GRAPH, (f"{GRAPH[0]}.zst", EVIL_GRAPH)),
    "a manifest twice": archive(MANIFEST, MANIFEST, GRAPH),
    "another name in the directory": archive(MANIFEST, ("graph.txt", GRAPH[1], {"in_directory": GRAPH[0]})),
    "another name in the header": archive(MANIFEST, (GRAPH[0], GRAPH[1], {"in_directory": "graph.txt"})),
    "another case of a name": archive(MANIFEST, (GRAPH[0].upper(), GRAPH[1])),
    "a name with an end in it": archive(MANIFEST, (GRAPH[0] + "\0.txt", GRAPH[1])),
    "a name that leads upwards": archive(MANIFEST, GRAPH, ("record/../../evil", b"x")),
    "a name from the root": archive(MANIFEST, GRAPH, ("/etc/passwd", b"x")),
    "a member that overlaps another": archive(MANIFEST, GRAPH, ("record.json", GRAPH[1], {"at": 0})),
    "a member that is the same bytes": archive(MANIFEST, GRAPH, (GRAPH[0], GRAPH[1], {"at": len(member(*MANIFEST)[0])})),
    "a smaller size in the directory": archive(MANIFEST, (*GRAPH, {"size": 10, "full": 10})),
    "a larger size in the directory": archive(MANIFEST, (*GRAPH, {"size": 2**31, "full": 2**31})),
    "another size unpacked": archive(MANIFEST, (*GRAPH, {"full": 2**30})),
    "another checksum": archive(MANIFEST, (*GRAPH, {"crc": 1})),
    "compressed, it says": archive(MANIFEST, (*GRAPH, {"method": 8})),
    "encrypted, it says": archive(MANIFEST, (*GRAPH, {"flags": 1})),
    "sizes behind the data, it says": archive(MANIFEST, (*GRAPH, {"flags": 8})),
    "names in Unicode, it says": archive(MANIFEST, (*GRAPH, {"flags": 0x800})),
    "of a newer version, it says": archive(MANIFEST, (*GRAPH, {"version": 63})),
    "compressed": deflated(GOOD),
    "fewer members at the end than there are": parts(GOOD)[0] + parts(GOOD)[1] + end(1, len(parts(GOOD)[1]), len(parts(GOOD)[0])),
    "of two disks": GOOD[:-18] + b"\1\0\1\0" + GOOD[-14:],
    "members the other way round": archive(GRAPH, MANIFEST),
    "no directory": parts(GOOD)[0],
    "nothing but an end": end(0, 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFUSIONS)
def test_an_archive_of_two_readings_is_refused(tmp_path, payload, name):
    assert CONFUSIONS[name] != GOOD
    refused(tmp_path, CONFUSIONS[name], FormatError)


def test_the_pieces_themselves_are_fine():
    assert archive(*PIECES) == GOOD
    assert type(perdure.loads(archive(*PIECES))) is Ridge


@pytest.mark.parametrize(
    "name",
    ["a second model before the first", "a second model behind the first", "a second model in the comment", "a graph twice",
     "another case of a name", "sizes behind the data, it says", "compressed", "bytes in front, all places right"],
)  # fmt: skip
def test_other_readers_are_content_with_them(name):
    """Were they not, these files would show nothing."""
    # The directory in a comment is met first from behind; of two members the last one counts.
    expected = {"a second model behind the first": content(EVIL), "a second model in the comment": content(EVIL)}
    assert content(CONFUSIONS[name])
    if name in expected:
        assert content(CONFUSIONS[name]) == expected[name]
    if name == "a graph twice":
        assert dict(content(CONFUSIONS[name]))[GRAPH[0]] == EVIL_GRAPH
