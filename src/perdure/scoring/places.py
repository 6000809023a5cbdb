"""Where the tables lie that are scored, and where the results go: local paths, and URLs through fsspec."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from ..container.writing import replacing
from ..errors import UnsupportedError
from ..remote import filesystem_of, is_url, transferring

__all__ = ["KINDS", "Part", "find_parts", "read_text", "remove_folder", "size_of", "whole_file"]

_AGAIN = "run the same again: what is finished is skipped"
#: The kinds of table, by the ending of the file.
KINDS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}


@dataclass(frozen=True)
class Part:
    """One file that is scored.

    Attributes
    ----------
    source : str
        Its path or URL.
    name : str
        Its path below the folder that was asked for, with ``/``: that of its result below OUT.
    size : int
    identity : str
        What tells this content from a later one: size and time of change, or what the store says.
    groups : tuple of int, optional
        Of a piece of a Parquet file the first of its row groups, and the one behind the last.
    """

    source: str
    name: str
    size: int
    identity: str
    groups: tuple[int, int] | None = None

    @property
    def kind(self) -> str:
        """``parquet``, ``csv`` or ``arrow``."""
        return KINDS[os.path.splitext(self.name)[1].lower()]


def find_parts(places: Sequence[str]) -> list[Part]:
    """Return the files that paths, folders, globs and URLs mean, each once, in the order of their names.

    Raises
    ------
    FileNotFoundError
        When there is no such file, or none of a kind that is scored.
    UnsupportedError
        When two of them would have their results in one place.
    """
    found: dict[str, Part] = {}
    names: dict[str, str] = {}
    for place in places:
        here = list(_remote(place) if is_url(place) else _local(place))
        if not here:
            raise FileNotFoundError(2, f"there is no table here ({', '.join(sorted(KINDS))})", place)
        for part in here:
            if part.source in found:
                continue
            other = names.setdefault(part.name, part.source)
            if other != part.source:
                raise UnsupportedError(
                    f"{other} and {part.source} would both have their result at {part.name}",
                    fix="score them one after the other, each to a folder of its own",
                )
            found[part.source] = part
    return sorted(found.values(), key=lambda part: part.name)


def _seen(name: str) -> bool:
    """Whether a file of a folder is a table: what begins with a dot or an underscore is somebody's bookkeeping."""
    return os.path.splitext(name)[1].lower() in KINDS and not any(word[:1] in "._" for word in name.split("/"))


def _local(place: str) -> Iterator[Part]:
    if os.path.isdir(place):
        for folder, folders, files in os.walk(place):
            folders.sort()
            for file in sorted(files):
                path = os.path.join(folder, file)
                name = os.path.relpath(path, place).replace(os.sep, "/")
                if _seen(name):
                    yield _local_part(path, name)
    elif os.path.exists(place):
        if os.path.splitext(place)[1].lower() not in KINDS:
            raise UnsupportedError(f"{place} is no table that is scored ({', '.join(sorted(KINDS))})")
        yield _local_part(place, os.path.basename(place))
    else:
        for path in sorted(glob.glob(place, recursive=True)):
            if os.path.isdir(path):
                yield from _local(path)
            elif _seen(os.path.basename(path)):
                yield _local_part(path, os.path.basename(path))


def _local_part(path: str, name: str) -> Part:
    status = os.stat(path)
    return Part(os.path.abspath(path), name, status.st_size, f"{status.st_size} bytes, {status.st_mtime_ns} ns")


def _remote(place: str) -> Iterator[Part]:
    filesystem, path = filesystem_of(place)
    parts = []
    with transferring(place, "listed", _AGAIN):
        if filesystem.isdir(path):
            paths = {file: file[len(path) :].lstrip("/") for file in filesystem.find(path)}
        elif filesystem.exists(path):
            paths = {path: path.rpartition("/")[2]}
        else:
            paths = {file: file.rpartition("/")[2] for file in filesystem.glob(path)}
        for file, name in sorted(paths.items()):
            if _seen(name):
                size = int(filesystem.info(file)["size"])
                known = f"{size} bytes, {filesystem.ukey(file)}"
                parts.append(Part(filesystem.unstrip_protocol(file), name, size, known))
    yield from parts


@contextmanager
def whole_file(target: str) -> Iterator[Any]:
    """Give a file to write to, which is at its place when the block is left, and not before; or not at all."""
    if is_url(target):
        filesystem, path = filesystem_of(target)
        with tempfile.TemporaryFile() as file:
            yield file
            file.seek(0)
            # A store shows an object when it is there whole.
            with transferring(target, "written", _AGAIN), filesystem.open(path, "wb") as out:
                shutil.copyfileobj(file, out)
        return
    folder = os.path.dirname(os.path.abspath(target))
    os.makedirs(folder, exist_ok=True)
    name = os.path.basename(target)
    # What a process that was killed has left; one that still writes it finds it gone, and fails.
    for left in glob.glob(os.path.join(glob.escape(folder), f".{glob.escape(name)}.*.partial")):
        with suppress(FileNotFoundError):
            os.unlink(left)
    # A name of its own: two that write the same result never write into each other's file.
    temporary = os.path.join(folder, f".{name}.{uuid4().hex[:12]}.partial")
    with replacing(target, temporary) as file:
        yield file


def read_text(place: str) -> str | None:
    """Return the text of a small file; None where there is none."""
    try:
        if is_url(place):
            filesystem, path = filesystem_of(place)
            with transferring(place, "read", _AGAIN):
                data = filesystem.cat_file(path, start=0, end=1 << 20)
        else:
            with open(place, "rb") as file:
                data = file.read(1 << 20)
    except FileNotFoundError:
        return None
    return bytes(data).decode("utf-8", "replace")


def size_of(place: str) -> int | None:
    """Return the size of a file; None where there is none."""
    try:
        if is_url(place):
            filesystem, path = filesystem_of(place)
            with transferring(place, "read", _AGAIN):
                return int(filesystem.size(path))
        return os.path.getsize(place)
    except FileNotFoundError:
        return None


def remove_folder(place: str) -> None:
    """Remove a folder with all that is in it, where there is one."""
    if is_url(place):
        filesystem, path = filesystem_of(place)
        if filesystem.isdir(path):
            filesystem.rm(path, recursive=True)
    elif os.path.isdir(place):
        shutil.rmtree(place)
