"""Writing: whole or not at all, and sections added to what is there."""

import io
import os
import signal
import stat
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

import perdure.container.writing as module
from container.example import ARRAYS, FILE, GRAPH, PLAIN, SECTIONS, members, read_everything
from perdure.container.archive import Member
from perdure.container.file import Container
from perdure.container.writing import append_sections, appended, to_bytes, write_file
from perdure.errors import FormatError, PerdureWarning, UnsupportedError

MEMBERS = members(*ARRAYS)
OLD = b"what was there before"
posix = pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
as_user = pytest.mark.skipif(not hasattr(os, "geteuid") or not os.geteuid(), reason="root may do everything")


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "model.perdure"
    path.write_bytes(OLD)
    return path


def alone(path):
    """Whether nothing but this file is in its folder: no temporary file was left."""
    return os.listdir(path.parent) == [path.name]


class Stop(BaseException):
    """Not an Exception, as KeyboardInterrupt is not."""


def failing(error):
    """Members of which the last one fails half-way."""

    def chunks():
        yield b"half"
        raise error

    return [*MEMBERS[:-1], Member("signatures/someone.json", 8, 0, "", chunks)]


def test_the_same_members_give_the_same_bytes(tmp_path):
    path = tmp_path / "model.perdure"
    assert write_file(path, MEMBERS) == [str(path)]
    assert path.read_bytes() == FILE
    assert write_file(str(path), MEMBERS) == [str(path)]
    assert path.read_bytes() == to_bytes(MEMBERS) == FILE
    assert alone(path)


def test_a_path_may_be_bytes_within(tmp_path):
    class Place:
        def __fspath__(self):
            return os.fsencode(tmp_path / "model.perdure")

    assert write_file(Place(), MEMBERS) == [str(tmp_path / "model.perdure")]
    assert (tmp_path / "model.perdure").read_bytes() == FILE


def test_an_open_file_is_written_from_its_position_and_left_open(tmp_path):
    with open(tmp_path / "a", "wb") as file:
        file.write(b"before")
        assert write_file(file, MEMBERS) == []
        file.write(b"after")
    assert (tmp_path / "a").read_bytes() == b"before" + FILE + b"after"
    out = io.BytesIO()
    write_file(out, MEMBERS)
    assert out.getvalue() == FILE


class Short(io.RawIOBase):
    """A file that takes a few bytes at a time, as a pipe may."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data[:700])
        return min(len(data), 700)


class Silent:
    """A file whose write returns nothing."""

    def __init__(self):
        self.data = b""

    def write(self, data):
        self.data += bytes(data)


@pytest.mark.parametrize("kind", [Short, Silent])
def test_all_bytes_reach_a_file_that_takes_a_few_at_a_time(kind):
    file = kind()
    write_file(file, MEMBERS)
    assert file.data == FILE


@pytest.mark.parametrize("dest", [io.StringIO(), None, 5, b"path"])
def test_other_destinations_are_refused(dest):
    with pytest.raises(UnsupportedError):
        write_file(dest, MEMBERS)


def test_text_mode_is_refused(tmp_path):
    with open(tmp_path / "a", "w", encoding="utf-8") as file, pytest.raises(UnsupportedError, match="text mode"):
        write_file(file, MEMBERS)


def test_a_directory_is_refused_with_the_fix(tmp_path):
    with pytest.raises(UnsupportedError, match=r"model\.perdure"):
        write_file(tmp_path, MEMBERS)


def test_a_folder_that_is_missing_is_said_as_open_does(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_file(tmp_path / "missing" / "model.perdure", MEMBERS)


@pytest.mark.parametrize(
    "error", [ValueError("a"), OSError(28, "No space left on device"), MemoryError(), Stop()], ids=repr
)
def test_an_error_half_way_leaves_the_old_file(old, error):
    with pytest.raises(type(error)):
        write_file(old, failing(error))
    assert old.read_bytes() == OLD
    assert alone(old)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_step_leaves_the_old_file(old, monkeypatch, step):
    def fail(*args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module.os, step, fail)
    with pytest.raises(OSError, match="Input/output"):
        write_file(old, MEMBERS)
    monkeypatch.undo()
    assert old.read_bytes() == OLD
    assert alone(old)


def test_the_file_is_on_the_disk_before_it_takes_its_place(old, monkeypatch):
    steps = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(module.os, name, lambda *args, name=name, real=real: (steps.append(name), real(*args)))
    write_file(old, MEMBERS)
    # The folder last, where the system can.
    assert steps[:2] == ["fsync", "replace"]
    assert steps[2:] == (["fsync"] if hasattr(os, "O_DIRECTORY") else [])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_kill_9_leaves_the_old_file_whole(old):
    """Done when (4): a real process, killed in the middle of its writing."""
    script = Path(__file__).with_name("slow_writer.py")
    source = Path(module.__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(source), os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen(
        [sys.executable, str(script), str(old)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert process.stdout.readline() == "half-way\n"
    temporary = [name for name in os.listdir(old.parent) if name != old.name]
    assert len(temporary) == 1
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    assert rest == ""
    assert old.read_bytes() == OLD
    # What is left beside it is not mistaken for a model, and is not in the way.
    with pytest.raises(FormatError):
        Container(old.parent / temporary[0])
    write_file(old, MEMBERS)
    assert read_everything(old)[0] == GRAPH


# --- permissions and links ---


@posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o640, 0o755])
def test_permissions_of_an_existing_file_stay(old, mode):
    old.chmod(mode)
    previous = os.umask(0o077)
    try:
        write_file(old, MEMBERS)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(old.stat().st_mode) == mode


@posix
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_permissions_of_open(tmp_path, umask, mode):
    previous = os.umask(umask)
    try:
        write_file(tmp_path / "model.perdure", MEMBERS)
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "model.perdure").stat().st_mode) == mode


@posix
def test_a_temporary_file_is_never_more_open_than_the_old_one(old, monkeypatch):
    old.chmod(0o600)
    seen = []

    def watching():
        (temporary,) = (entry for entry in os.scandir(old.parent) if entry.name != old.name)
        seen.append(stat.S_IMODE(temporary.stat().st_mode))
        yield b"{}"

    told = Member.of("graph.json", b"{}")
    previous = os.umask(0)
    try:
        write_file(old, [Member.of("perdure.json", b"{}"), Member("graph.json", 2, told.crc32, told.sha256, watching)])
    finally:
        os.umask(previous)
    assert seen == [0o600]


@posix
@as_user
def test_a_read_only_file_is_not_replaced(old):
    old.chmod(0o444)
    with pytest.raises(PermissionError):
        write_file(old, MEMBERS)
    assert old.read_bytes() == OLD
    assert alone(old)


@posix
def test_a_file_that_may_not_be_written_is_not_replaced(old, monkeypatch):
    monkeypatch.setattr(module.os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError, match="read-only"):
        write_file(old, MEMBERS)
    assert old.read_bytes() == OLD


@posix
def test_of_a_link_the_target_is_replaced(old, tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "link.perdure"
    link.symlink_to(old)
    second = folder / "second.perdure"
    second.symlink_to("link.perdure")
    assert write_file(second, MEMBERS) == [str(second)]
    assert link.is_symlink()
    assert second.is_symlink()
    assert not old.is_symlink()
    assert old.read_bytes() == FILE
    assert sorted(os.listdir(folder)) == ["link.perdure", "second.perdure"]


@posix
def test_a_link_to_nothing_makes_its_target(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "target")
    write_file(link, MEMBERS)
    assert link.is_symlink()
    assert (tmp_path / "target").read_bytes() == FILE


@posix
def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    import threading

    path = tmp_path / "pipe"
    os.mkfifo(path)
    found = []
    reader = threading.Thread(target=lambda: found.append(path.read_bytes()))
    reader.start()
    write_file(path, MEMBERS)
    reader.join()
    assert found == [FILE]
    assert stat.S_ISFIFO(path.stat().st_mode)
    write_file(os.devnull, MEMBERS)
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@posix
def test_long_names_leave_room_for_the_temporary_file(tmp_path):
    path = tmp_path / ("x" * 255)
    write_file(path, MEMBERS)
    assert path.read_bytes() == FILE


# --- sections ---


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "model.perdure"
    path.write_bytes(PLAIN)
    return path


def test_sections_are_added_in_their_order(plain):
    append_sections(plain, {"exports/b.onnx": b"b", "record/z": b"z", "record.json": b"{}"})
    append_sections(plain, {"record/a": b"a", "probe.safetensors": b"probe", "exports/a.onnx": b"a"})
    with Container(plain) as file:
        assert file.sections == (
            "record.json",
            "record/a",
            "record/z",
            "probe.safetensors",
            "exports/a.onnx",
            "exports/b.onnx",
        )
        assert file.section("record/z") == b"z"
        assert file.graph() == GRAPH
        assert file.damaged() == []
    assert alone(plain)


def test_a_section_of_the_same_name_is_replaced(plain):
    append_sections(plain, {"record.json": b"first"})
    append_sections(plain, {"record.json": b"second"})
    with Container(plain) as file:
        assert file.sections == ("record.json",)
        assert file.section("record.json") == b"second"


def test_what_is_added_later_or_at_once_gives_the_same_bytes(plain):
    append_sections(plain, {name: data for name, data in SECTIONS.items() if name[:4] != "sign"})
    append_sections(plain, {"signatures/someone.json": SECTIONS["signatures/someone.json"]})
    assert plain.read_bytes() == to_bytes(members(sections=SECTIONS))


def test_signatures_are_dropped_with_a_notice(plain):
    append_sections(plain, {"record.json": b"{}"})
    before = plain.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        append_sections(plain, {"signatures/a.json": b"a"})
        # One signature beside another: both cover the same.
        append_sections(plain, {"signatures/b.json": b"b"})
    with Container(plain) as file:
        assert file.sections == ("record.json", "signatures/a.json", "signatures/b.json")
    with pytest.warns(PerdureWarning, match="signatures of model.perdure are dropped"):
        append_sections(plain, {"record.json": b"{}"})
    assert plain.read_bytes() == before


@pytest.mark.parametrize("name", ["graph.json", "perdure.json", "arrays.safetensors", "other", "record", "record/", "record/../a", "exports/é",
                                  "/record/a", "records/a", "", "graph.json.zst", "record/a b"])  # fmt: skip
def test_other_names_are_no_sections(plain, name):
    with pytest.raises(UnsupportedError, match="cannot be named"):
        append_sections(plain, {name: b"data"})
    assert plain.read_bytes() == PLAIN


def test_a_damaged_file_is_not_copied_on(plain):
    broken = bytearray(PLAIN)
    broken[PLAIN.index(GRAPH)] ^= 1
    plain.write_bytes(broken)
    with pytest.raises(FormatError, match="damaged"):
        append_sections(plain, {"record.json": b"{}"})
    assert plain.read_bytes() == broken
    assert alone(plain)


def test_a_newer_file_is_not_written(plain):
    from dataclasses import replace

    from container.example import manifest

    rest = [Member.of("graph.json", GRAPH)]
    first = Member.of("perdure.json", replace(manifest().with_members(rest), format=(1, 4)).to_bytes())
    plain.write_bytes(to_bytes([first, *rest]))
    with pytest.raises(FormatError, match=r"format 1\.4, newer"):
        append_sections(plain, {"record.json": b"{}"})


def test_sections_of_a_large_file_are_added_without_reading_it_whole(tmp_path):
    import numpy as np

    path = tmp_path / "large.perdure"
    arrays = (np.random.default_rng(0).normal(size=300_000),)
    write_file(path, members(*arrays, sections={}))
    append_sections(path, {"record.json": b"{}"})
    assert path.read_bytes() == to_bytes(members(*arrays, sections={"record.json": b"{}"}))


def test_sections_can_be_added_on_the_way_to_another_place():
    out = io.BytesIO()
    with Container(PLAIN) as file:
        write_file(out, appended(file, {"record.json": b"{}"}))
    assert out.getvalue() == to_bytes(members(sections={"record.json": b"{}"}))
