"""The archive: any tool opens it, and ours accepts nothing but what ours wrote."""

import io
import shutil
import struct
import subprocess
import zipfile
from itertools import pairwise

import numpy as np
import pytest

from container.example import ARRAYS, FILE, GRAPH, PLAIN, SECTIONS, members, read_everything
from perdure.arrays.source import MemorySource
from perdure.container import archive
from perdure.container.archive import Archive, Member, archive_chunks, check_name
from perdure.container.file import Container
from perdure.container.sources import FileSource
from perdure.container.writing import to_bytes
from perdure.errors import FormatError, LimitError, PerdureError, UnsupportedError
from perdure.graph.limits import Limits


def open_archive(data, **limits):
    return Archive(MemorySource(memoryview(data)), Limits(**limits))


def test_everything_is_read_back():
    graph, arrays, sections = read_everything(FILE)
    assert graph == GRAPH
    assert all(np.array_equal(found.view("u1"), array.view("u1")) for found, array in zip(arrays, ARRAYS, strict=True))
    assert sections == SECTIONS


def test_members_stand_in_their_order():
    names = open_archive(FILE).names
    assert names == (
        "perdure.json", "graph.json", "arrays.safetensors", "record.json", "record/source.py", "probe.safetensors",
        "exports/model.onnx", "signatures/someone.json",
    )  # fmt: skip


def test_python_opens_it():
    with zipfile.ZipFile(io.BytesIO(FILE)) as file:
        assert file.testzip() is None
        assert file.read("graph.json") == GRAPH
        assert {name: file.read(name) for name in SECTIONS} == SECTIONS
        for info in file.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert info.date_time == (1980, 1, 1, 0, 0, 0)
            assert not info.comment
            assert not info.extra
        assert not file.comment


@pytest.mark.skipif(shutil.which("unzip") is None, reason="there is no unzip here")
def test_unzip_opens_it(tmp_path):
    path = tmp_path / "model.perdure"
    path.write_bytes(FILE)
    tested = subprocess.run(["unzip", "-t", str(path)], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "No errors detected" in tested.stdout
    assert "warning" not in (tested.stdout + tested.stderr).lower()


@pytest.mark.parametrize("extra", range(0, 70, 3))
def test_arrays_start_at_a_multiple_of_64(extra):
    data = to_bytes(members(*ARRAYS, graph=b'{"root":' + b" " * extra + b"1}", sections={}))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
        start = file.getinfo("arrays.safetensors").header_offset
    name_length, extra_length = struct.unpack_from("<HH", data, start + 26)
    assert (start + 30 + name_length + extra_length) % 64 == 0


# --- Done when: every flip, truncation, prefix, suffix and concatenation is refused ---


def assert_refused(data):
    with pytest.raises(PerdureError):
        read_everything(data)


def test_every_flip_of_a_bit_is_refused():
    for at in range(len(FILE)):
        for bit in range(8):
            broken = bytearray(FILE)
            broken[at] ^= 1 << bit
            assert_refused(bytes(broken))


def test_every_truncation_is_refused():
    for length in range(len(FILE)):
        assert_refused(FILE[:length])


def test_every_cut_from_the_front_is_refused():
    for start in range(1, len(FILE)):
        assert_refused(FILE[start:])


@pytest.mark.parametrize(
    "more", [b"\0", b"\n", b"x", b"PK", b"PK\3\4", b"PK\5\6" + bytes(18), b"#!/bin/sh\n", bytes(64), PLAIN, FILE]
)
def test_every_prefix_suffix_and_concatenation_is_refused(more):
    assert_refused(more + FILE)
    assert_refused(FILE + more)
    assert_refused(more + FILE + more)


def test_a_byte_more_or_less_anywhere_is_refused():
    for at in range(len(PLAIN)):
        for broken in (
            PLAIN[:at] + PLAIN[at + 1 :],
            PLAIN[:at] + b"\0" + PLAIN[at:],
            PLAIN[:at] + PLAIN[at : at + 1] + PLAIN[at:],
        ):
            with pytest.raises(PerdureError):
                read_everything(broken, ())


def test_a_comment_is_refused():
    with pytest.raises(FormatError):
        open_archive(FILE[:-2] + b"\5\0hello")


# --- archives that another program made of it ---


def remade(compression=zipfile.ZIP_STORED, order=None, change=lambda info: None, extra=()):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FILE)) as source, zipfile.ZipFile(out, "w", compression) as target:
        names = order(source.namelist()) if order else source.namelist()
        for name in names:
            info = zipfile.ZipInfo(name)
            info.create_system = 0
            info.create_version = 20
            change(info)
            target.writestr(info, source.read(name), compress_type=compression)
        for name, data in extra:
            target.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        remade(),
        remade(zipfile.ZIP_DEFLATED),
        remade(order=lambda names: names[::-1]),
        remade(order=lambda names: names[:-1]),
        remade(extra=[("more.txt", b"more")]),
        remade(change=lambda info: setattr(info, "comment", b"hello")),
        remade(change=lambda info: setattr(info, "date_time", (2024, 1, 1, 0, 0, 0))),
    ],
    ids=["as it is", "deflated", "reversed", "one less", "one more", "comments", "dates"],
)
def test_archives_of_other_programs_are_refused(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None
    with pytest.raises(FormatError):
        Container(data)


def chunks_of(*rows):
    """An archive of our own form with any names."""
    return b"".join(archive_chunks([Member.of(name, data) for name, data in rows]))


@pytest.mark.parametrize(
    "rows",
    [
        [("graph.json", b"1")],
        [("graph.json", b"1"), ("perdure.json", b"{}")],
        [("perdure.json", b"{}")],
        [("perdure.json", b"{}"), ("graph.json", b"1"), ("graph.json", b"1")],
        [("perdure.json", b"{}"), ("perdure.json", b"{}")],
    ],
)
def test_other_members_are_refused(rows):
    with pytest.raises(FormatError):
        Container(chunks_of(*rows))


def test_a_name_that_stands_twice_is_refused():
    with pytest.raises(FormatError, match="twice"):
        open_archive(chunks_of(("a", b"1"), ("a", b"1")))


@pytest.mark.parametrize(
    "name",
    [b"", b"/etc/passwd", b"../a", b"a/../b", b"a/..", b"a//b", b"a/", b"./a", b"a/./b", b".a", b"a/.b", b"a.", b"a./b", b"a\\b",
     b"C:a", b"a b", b"a\0", b"\xc3\xa9", b"a\n", b"a*", b"x" * 256, b"a|b", b'"', b"~"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(name):
    with pytest.raises(FormatError, match="not allowed"):
        check_name(name)
    # The same in an archive that is right otherwise.
    local, central = archive._headers(name, 0, 0, 0)
    with pytest.raises(FormatError):
        open_archive(local + central + archive._end(1, len(central), len(local)))


@pytest.mark.parametrize("name", ["a", "record/a.b-c_D9", "x" * 255, "exports/deep/er/model.onnx"])
def test_other_names_are_fine(name):
    assert check_name(name.encode()) == name
    assert open_archive(chunks_of((name, b"data"))).read(name) == b"data"


def test_members_may_be_empty():
    found = open_archive(chunks_of(("a", b""), ("b", b"")))
    assert [bytes(found.read(name)) for name in found.names] == [b"", b""]


def test_an_archive_without_members_is_no_file():
    with pytest.raises(FormatError):
        Container(chunks_of())


# --- limits ---


def test_the_file_is_limited():
    with pytest.raises(LimitError, match="file_bytes"):
        open_archive(FILE, file_bytes=len(FILE) - 1)
    assert open_archive(FILE, file_bytes=len(FILE)).names


def test_the_number_of_members_is_limited():
    with pytest.raises(LimitError, match="the limit members is 7"):
        open_archive(FILE, members=7)
    rows = [(f"m{number}", b"") for number in range(2000)]
    with pytest.raises(LimitError):
        open_archive(chunks_of(*rows))
    # A directory that does not fit into the first look at the end of the file.
    assert len(open_archive(chunks_of(*rows), members=2000).names) == 2000


def test_a_count_that_lies_takes_no_time():
    for count in (0, 1, 7, 9, 65535):
        lying = FILE[:-14] + struct.pack("<HH", count, count) + FILE[-10:]
        with pytest.raises(PerdureError):
            open_archive(lying, members=1 << 20)


def test_more_members_than_a_directory_counts_are_not_written():
    member = Member.of("a", b"")
    with pytest.raises(UnsupportedError):
        next(archive_chunks([member] * 65535))


# --- a model that changes while it is written ---


@pytest.mark.parametrize("data", [b"abd", b"ab", b"abcd", b""])
def test_bytes_that_change_are_noticed(data):
    told = Member.of("a", b"abc")
    member = Member("a", told.size, told.crc32, told.sha256, lambda: (data,))
    with pytest.raises(UnsupportedError, match="changed while"):
        list(archive_chunks([member]))


def test_a_name_that_cannot_be_is_not_written():
    with pytest.raises(FormatError):
        list(archive_chunks([Member.of("../a", b"")]))
    with pytest.raises(FormatError):
        list(archive_chunks([Member.of("é", b"")]))


# --- large archives, without large files ---

PIECE = memoryview(bytes(1 << 26))
LARGE = (1 << 32) + 5


def pieces_of(size):
    def chunks():
        for at in range(0, size, len(PIECE)):
            yield PIECE[: min(len(PIECE), size - at)]

    return chunks


def sparse(path, *rows):
    """Write members of zeros with holes in the file where the zeros are."""
    with open(path, "wb") as file:
        for chunk in archive_chunks([Member(name, size, 0, "", pieces_of(size)) for name, size in rows]):
            if isinstance(chunk, memoryview) and chunk.obj is PIECE.obj:
                file.seek(len(chunk), 1)
            else:
                file.write(chunk)
    return path


SHAPES = {
    "one large member": [("a", LARGE), ("b", 3)],
    "just below": [("a", 0xFFFFFFFE)],
    "just at": [("a", 0xFFFFFFFF)],
    "aligned and large": [("a", 1), ("arrays.safetensors", LARGE), ("b", 3)],
    "large together": [("a", 1 << 31), ("b", 1 << 31), ("arrays.safetensors", 64), ("c", 1)],
    "directory beyond": [("a", 0xFFFFFFFE - 60), ("b", 1)],
}


@pytest.mark.parametrize("name", SHAPES)
def test_large_archives_have_long_fields_where_they_need_them(name, tmp_path, monkeypatch):
    # The CRC-32 of gigabytes of zeros is not what is tested here.
    monkeypatch.setattr(archive, "crc32", lambda data, check=0: 0)
    rows = SHAPES[name]
    path = sparse(tmp_path / "large", *rows)
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        found = Archive(FileSource(file, 0, size), Limits())
        assert [(member, found.size(member)) for member in found.names] == rows
        with zipfile.ZipFile(file) as other:
            assert [(info.filename, info.file_size) for info in other.infolist()] == rows
            for info in other.infolist():
                # Python's reader compares the local header with the directory when it opens a member.
                other.open(info).close()
        starts = [found._places[member][0] for member in found.names]
        assert all(left < right for left, right in pairwise(starts))
        if "arrays.safetensors" in found:
            assert found._places["arrays.safetensors"][0] % 64 == 0
        # Fields that are longer than they have to be, or shorter, are refused: every byte of the end counts.
        tail = 150
        file.seek(size - tail)
        end = file.read(tail)
        start = end.find(b"PK\1\2")
        for at in range(start, tail):
            broken = bytearray(end)
            broken[at] ^= 1
            with pytest.raises(PerdureError):
                Archive(Patched(FileSource(file, 0, size), size - tail, bytes(broken)), Limits())


class Patched:
    """A source with other bytes at its end."""

    in_memory = False

    def __init__(self, source, at, end):
        self.source, self.at, self.end, self.size = source, at, end, source.size

    def read(self, start, stop):
        if stop > self.at:
            head = bytes(self.source.read(start, self.at)) if start < self.at else b""
            return memoryview(head + self.end[max(start - self.at, 0) : stop - self.at])
        return self.source.read(start, stop)

    def part(self, start, stop):
        raise AssertionError("no data are read")

    def read_into(self, start, target):
        raise AssertionError("no data are read")


def test_long_fields_where_none_are_needed_are_refused():
    # A ZIP64 archive by Python, of one small member.
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file, file.open(zipfile.ZipInfo("a"), "w", force_zip64=True) as member:
        member.write(b"data")
    with pytest.raises(FormatError):
        open_archive(out.getvalue())
    size, data = 4, b"data"
    local, central = archive._headers(b"a", size, Member.of("a", data).crc32, 0)
    body = local + data
    end = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(central), len(body)) + struct.pack(
        "<4sIQI", b"PK\6\7", 0, len(body) + len(central), 1
    )
    for count, length, start in (
        (1, 0xFFFFFFFF, 0xFFFFFFFF),
        (1, len(central), 0xFFFFFFFF),
        (0xFFFF, len(central), len(body)),
    ):
        last = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, length, start, 0)
        with pytest.raises(PerdureError):
            open_archive(body + central + end + last)
    assert open_archive(body + central + archive._end(1, len(central), len(body))).read("a") == data
