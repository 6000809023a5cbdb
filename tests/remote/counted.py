"""A store that counts what it is asked for, and that can be told to fail: a file system of fsspec's own kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import fsspec
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem


class CountedFile(AbstractBufferedFile):
    def _fetch_range(self, start: int, end: int) -> bytes:
        store = type(self.fs)
        store.asked.append((start, end))
        if store.failing is not None:
            return store.failing(self.path, start, end)
        return store.files[self.path][start:end]


class Counted(AbstractFileSystem):
    protocol = "counted"
    cachable = False
    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[tuple[int, int]]] = []
    options: ClassVar[list[dict[str, Any]]] = []
    failing: ClassVar[Any] = None
    putting: ClassVar[Any] = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.options.append(options)

    def info(self, path: str, **more: Any) -> dict[str, Any]:
        path = self._strip_protocol(path)
        if path in self.files:
            return {"name": path, "size": len(self.files[path]), "type": "file"}
        if any(name.startswith(path + "/") for name in self.files):
            return {"name": path, "size": 0, "type": "directory"}
        raise FileNotFoundError(path)

    def ls(self, path: str, detail: bool = True, **more: Any) -> list[Any]:
        path = self._strip_protocol(path)
        found = [self.info(name) for name in sorted(self.files) if name == path or name.startswith(path + "/")]
        return found if detail else [item["name"] for item in found]

    def _open(self, path: str, mode: str = "rb", **more: Any) -> CountedFile:
        return CountedFile(self, path, mode, **{key: more[key] for key in more if key in ("cache_type", "block_size")})

    def put_file(self, lpath: str, rpath: str, **more: Any) -> None:
        data = Path(lpath).read_bytes()
        self.files[self._strip_protocol(rpath)] = data if self.putting is None else type(self).putting(data)

    @classmethod
    def fetched(cls) -> int:
        return sum(end - start for start, end in cls.asked)

    @classmethod
    def clear(cls) -> None:
        cls.files.clear()
        cls.asked.clear()
        cls.options.clear()
        cls.failing = cls.putting = None


fsspec.register_implementation("counted", Counted, clobber=True)
