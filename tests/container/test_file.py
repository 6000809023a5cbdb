"""Opening a file: from wherever it comes, the same content and the same checks."""

import gzip
import io
import os
import threading

import numpy as np
import pytest
import zstandard

from container.example import ARRAYS, FILE, GRAPH, PLAIN, SECTIONS, manifest, members, read_everything, store_of
from perdure.arrays.region import read_region
from perdure.container import file as module
from perdure.container.archive import Archive, Member, archive_chunks
from perdure.container.file import PLAIN_GRAPH, Container, graph_member
from perdure.container.sources import FileSource
from perdure.container.writing import assemble, to_bytes
from perdure.errors import FormatError, LimitError, PerdureError, UnsupportedError
from perdure.graph.limits import Limits

# Above a megabyte a file is read by ranges.
BIG_ARRAYS = (
    np.random.default_rng(0).normal(size=200_000),
    np.arange(300_000),
    np.random.default_rng(1).normal(size=(100, 90)),
)
BIG = to_bytes(members(*BIG_ARRAYS))


class Pipe(io.RawIOBase):
    """A file that cannot be sought, and gives a little at a time."""

    def __init__(self, data):
        self.data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, target):
        piece = self.data.read(min(len(target), 1000))
        target[: len(piece)] = piece
        return len(piece)


class OnlyRead:
    def __init__(self, data):
        self.data = io.BytesIO(data)

    def read(self, size=-1):
        return self.data.read(size)


class SeekableWithoutReadinto(OnlyRead):
    def seekable(self):
        return True

    def seek(self, *args):
        return self.data.seek(*args)

    def tell(self):
        return self.data.tell()


@pytest.mark.parametrize("data", [FILE, BIG], ids=["small", "big"])
@pytest.mark.parametrize("way", ["path", "str", "bytes path", "raw", "buffered", "bytes", "bytearray", "memoryview", "BytesIO", "gzip",
                                 "pipe", "buffered pipe", "only read", "no readinto"])  # fmt: skip
def test_every_way_in_reads_the_same(way, data, tmp_path):
    arrays = ARRAYS if data is FILE else BIG_ARRAYS
    path = tmp_path / "model.perdure"
    path.write_bytes(data)
    ways = {
        "path": lambda: path,
        "str": lambda: str(path),
        "bytes path": lambda: Fs(os.fsencode(path)),
        "raw": lambda: open(path, "rb", buffering=0),  # noqa: SIM115
        "buffered": lambda: open(path, "rb"),  # noqa: SIM115
        "bytes": lambda: data,
        "bytearray": lambda: bytearray(data),
        "memoryview": lambda: memoryview(data),
        "BytesIO": lambda: io.BytesIO(data),
        "gzip": lambda: gzip.open(io.BytesIO(gzip.compress(data, 1))),  # noqa: SIM115
        "pipe": lambda: Pipe(data),
        "buffered pipe": lambda: io.BufferedReader(Pipe(data)),
        "only read": lambda: OnlyRead(data),
        "no readinto": lambda: SeekableWithoutReadinto(data),
    }
    src = ways[way]()
    graph, found, sections = read_everything(src, arrays)
    assert graph == GRAPH
    assert sections == SECTIONS
    for array, expected in zip(found, arrays, strict=True):
        assert array.tobytes() == expected.tobytes()
    if hasattr(src, "close"):
        assert not src.closed
        src.close()


class Fs:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


@pytest.mark.parametrize("data", [FILE, BIG], ids=["small", "big"])
def test_a_file_is_read_from_its_position_and_stands_at_its_end(data, tmp_path):
    for opened in (io.BytesIO(), (tmp_path / "a").open("wb+")):
        with opened as src:
            src.write(b"before" + data)
            src.seek(6)
            with Container(src) as file:
                assert file.graph() == GRAPH
                assert bytes(file.archive.read("record.json")) == SECTIONS["record.json"]
            assert src.tell() == 6 + len(data)
            src.seek(0)
            with pytest.raises(FormatError):
                Container(src)


def test_a_file_behind_its_end_is_empty():
    src = io.BytesIO(FILE)
    src.seek(len(FILE) + 5)
    with pytest.raises(FormatError, match="empty"):
        Container(src)


@pytest.mark.parametrize("data", [PLAIN, BIG], ids=["small", "big"])
def test_text_mode_is_refused(tmp_path, data):
    path = tmp_path / "a"
    path.write_bytes(data)
    with open(path, encoding="latin-1") as src, pytest.raises(UnsupportedError, match="text mode"):
        Container(src)
    with pytest.raises(UnsupportedError, match="text mode"):
        Container(io.StringIO("text"))


@pytest.mark.parametrize("src", [None, 5, ["a"], object()])
def test_other_things_are_refused(src):
    with pytest.raises(UnsupportedError, match="cannot be loaded from"):
        Container(src)


def test_what_is_not_there_is_said_as_open_does(tmp_path):
    with pytest.raises(FileNotFoundError):
        Container(tmp_path / "missing.perdure")
    with pytest.raises(FormatError, match="is a directory"):
        Container(tmp_path)
    if hasattr(os, "geteuid") and os.geteuid():
        path = tmp_path / "closed"
        path.write_bytes(FILE)
        path.chmod(0)
        with pytest.raises(PermissionError):
            Container(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_named_pipe_is_read(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(FILE,))
    writer.start()
    assert read_everything(path)[0] == GRAPH
    writer.join()


def test_size_limits_hold_for_every_way_in(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(FILE)
    limits = Limits(file_bytes=len(FILE) - 1)
    for src in (path, FILE, io.BytesIO(FILE), Pipe(FILE)):
        with pytest.raises(LimitError, match="file_bytes"):
            Container(src, limits=limits)
    with pytest.raises(LimitError):
        Container(path, limits=limits, mapped=True)


# --- maps ---


@pytest.mark.parametrize("data", [FILE, BIG], ids=["small", "big"])
def test_a_mapped_file_is_read_the_same(data, tmp_path):
    arrays = ARRAYS if data is FILE else BIG_ARRAYS
    path = tmp_path / "model.perdure"
    path.write_bytes(data)
    assert read_everything(path, arrays, mapped=True)[0] == GRAPH
    with Container(path, mapped=True) as file:
        specs = [store_of(array).spec(0) for array in arrays]
        store = read_region(file.arrays(), specs, file.manifest.storage, file.limits, inline={}, mapped=True)
        view = store.view(0)
    # The map lives as long as something lies on it.
    assert np.array_equal(view.view("<i8"), arrays[0].view("<i8"))
    assert view.__array_interface__["data"][0] % 64 == 0
    assert not view.flags.writeable
    assert store.shared(0)


def test_only_a_path_is_mapped(tmp_path):
    for src in (FILE, io.BytesIO(FILE)):
        with pytest.raises(UnsupportedError, match="only a path"):
            Container(src, mapped=True)
    (tmp_path / "empty").touch()
    with pytest.raises(FormatError, match="empty"):
        Container(tmp_path / "empty", mapped=True)


def test_a_map_is_not_read_through_for_its_check(tmp_path):
    broken = bytearray(BIG)
    broken[BIG.index(BIG_ARRAYS[0].tobytes())] ^= 1
    path = tmp_path / "a"
    path.write_bytes(broken)
    with Container(path, mapped=True) as file:
        assert file.arrays().size
        assert file.damaged() == ["arrays.safetensors"]
    with Container(path) as file, pytest.raises(FormatError, match=r"the bytes of arrays\.safetensors have changed"):
        file.arrays()


# --- lazily, from a large file ---


def test_a_large_file_is_read_by_ranges(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(BIG)
    with Container(path) as file:
        assert isinstance(file.archive.source, FileSource)
        specs = [store_of(array).spec(0) for array in BIG_ARRAYS]
        store = read_region(file.arrays(), specs, file.manifest.storage, file.limits, inline={})
        assert [store.shared(number) for number in range(3)] == [False, False, False]
        # What was looked at is handed over: it is not read twice, and not twice in memory.
        view = store.view(0)
        owned = store.array(0)
        assert np.shares_memory(view, owned)
        assert not np.shares_memory(store.array(0), owned)


def test_many_threads_may_read_one_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(BIG)
    with Container(path) as file:
        specs = [store_of(array).spec(0) for array in BIG_ARRAYS]
        store = read_region(file.arrays(), specs, file.manifest.storage, file.limits, inline={})
        wrong = []

        def work():
            for _ in range(5):
                wrong.extend(
                    number
                    for number, expected in enumerate(BIG_ARRAYS)
                    if store.array(number).tobytes() != expected.tobytes()
                )

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not wrong


def test_a_file_that_becomes_shorter_is_an_error_of_ours(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(BIG)
    with Container(path) as file:
        os.truncate(path, 1000)
        with pytest.raises(FormatError, match="became shorter"):
            file.arrays()


def test_damage_anywhere_in_a_large_file_is_found(tmp_path):
    path = tmp_path / "a"
    step = len(BIG) // 40
    for at in range(0, len(BIG), step):
        broken = bytearray(BIG)
        broken[at] ^= 16
        path.write_bytes(broken)
        with pytest.raises(PerdureError):
            read_everything(path, BIG_ARRAYS)


# --- the graph: plain when small, compressed when large ---


@pytest.mark.parametrize("size", [1, PLAIN_GRAPH - 1, PLAIN_GRAPH, PLAIN_GRAPH + 1, 10 * PLAIN_GRAPH])
def test_graphs_come_back(size):
    graph = (b"0123456789" * size)[:size]
    data = to_bytes(members(graph=graph))
    with Container(data) as file:
        assert file.graph() == graph
        assert ("graph.json" in file.archive) is (size <= PLAIN_GRAPH)


def with_graph(name, data):
    return to_bytes(assemble(manifest(), [Member.of(name, data)]))


def test_there_is_one_form_for_each_graph():
    compress = zstandard.ZstdCompressor(level=3).compress
    for data in (
        with_graph("graph.json", bytes(PLAIN_GRAPH + 1)),
        with_graph("graph.json.zst", compress(bytes(PLAIN_GRAPH))),
        with_graph("graph.json.zst", compress(bytes(PLAIN_GRAPH + 1)) + b"\0"),
        with_graph("graph.json.zst", compress(bytes(PLAIN_GRAPH + 1))[:-1]),
        with_graph("graph.json.zst", b"{}"),
    ):
        with Container(data) as file, pytest.raises(FormatError):
            file.graph()
    both = [Member.of("graph.json", b"1"), Member.of("graph.json.zst", compress(bytes(PLAIN_GRAPH + 1)))]
    with pytest.raises(FormatError, match="order"):
        Container(to_bytes(assemble(manifest(), both)))


def test_a_graph_that_unpacks_beyond_the_limit_is_not_unpacked():
    data = with_graph("graph.json.zst", zstandard.ZstdCompressor(level=3).compress(bytes(1 << 24)))
    assert len(data) < 5000
    with Container(data, limits=Limits(strings_bytes=(1 << 24) - 1)) as file, pytest.raises(LimitError):
        file.graph()
    with Container(data) as file:
        assert len(file.graph()) == 1 << 24


def test_the_graph_of_a_file_is_what_any_zstd_tool_unpacks():
    graph = b"[" + b"1," * PLAIN_GRAPH + b"1]"
    member = graph_member(graph)
    assert member.name == "graph.json.zst"
    assert zstandard.ZstdDecompressor().decompress(b"".join(member.chunks())) == graph


# --- members and manifest have to agree ---


def agreeing(manifest_of, names=("graph.json", "record.json")):
    rest = [Member.of(name, b"{}") for name in names]
    first = Member.of("perdure.json", manifest_of(manifest().with_members(rest)).to_bytes())
    return b"".join(archive_chunks([first, *rest]))


def test_members_are_those_that_the_manifest_lists():
    from dataclasses import replace

    assert Container(agreeing(lambda given: given)).sections == ("record.json",)
    digest = "sha256:" + "0" * 64
    for change in (
        {},
        {"graph.json": (2, digest)},
        {"graph.json": (2, digest), "record.json": (3, digest)},
        {"graph.json": (2, digest), "record.json": (2, digest), "record/a": (2, digest)},
        {"graph.json": (2, digest), "record.json": (2, digest), "perdure.json": (2, digest)},
        {"graph.json": (2, digest), "recorD.json": (2, digest)},
    ):
        with pytest.raises(FormatError, match=r"perdure\.json lists"):
            Container(agreeing(lambda given, change=change: replace(given, members=change)))


@pytest.mark.parametrize(
    "names",
    [("record.json",), ("record.json", "graph.json"), ("graph.json", "probe.safetensors", "record.json"), ("graph.json", "record/b", "record/a"),
     ("graph.json", "other.json"), ("graph.json", "record"), ("graph.json", "records/a"), ("arrays.safetensors", "graph.json"),
     ("graph.json", "Record.json")],
)  # fmt: skip
def test_members_stand_in_their_order_or_not_at_all(names):
    with pytest.raises(FormatError):
        Container(agreeing(lambda given: given, names))


def test_a_newer_minor_version_may_have_members_we_do_not_know():
    from dataclasses import replace

    data = agreeing(lambda given: replace(given, format=(1, 9)), ("graph.json", "hints.bin"))
    assert Container(data).sections == ("hints.bin",)


def test_a_newer_format_is_said_before_anything_else():
    from dataclasses import replace

    data = agreeing(lambda given: replace(given, format=(2, 0), min_reader=(2, 0)), ("graph.cbor", "other.bin"))
    with pytest.raises(FormatError, match=r"format 2\.0, .* this perdure reads up to 1\.0"):
        Container(data)


def test_changed_bytes_with_a_matching_check_are_found_by_their_digest():
    rest = [Member.of("graph.json", b"{}")]
    other = Member.of("graph.json", b"[]")
    first = Member.of("perdure.json", manifest().with_members(rest).to_bytes())
    with Container(b"".join(archive_chunks([first, other]))) as file:
        assert file.graph() == b"[]"
        assert file.damaged() == ["graph.json"]
    with Container(FILE) as file:
        assert file.damaged() == []


# --- what a member may cost before it is looked at ---


def test_a_manifest_of_gigabytes_is_not_read(monkeypatch):
    monkeypatch.setattr(module, "MAX_MANIFEST", 100)
    monkeypatch.setattr(Archive, "read", lambda *args: pytest.fail("it was read"))
    with pytest.raises(LimitError, match=r"perdure\.json"):
        Container(PLAIN)


def test_sections_are_limited():
    limits = Limits(strings_bytes=17)
    with Container(FILE, limits=limits) as file:
        assert file.section("probe.safetensors") == SECTIONS["probe.safetensors"]
        with pytest.raises(LimitError):
            file.section("record.json")
        with pytest.raises(KeyError):
            file.section("record/other")


def test_a_file_is_closed_when_it_cannot_be_opened(tmp_path, monkeypatch):
    closed = []
    monkeypatch.setattr(Container, "close", lambda self: closed.append(self))
    with pytest.raises(FormatError):
        Container(b"text")
    assert closed
