"""Code of a user, for `mypy --strict`: what the public names take and give, as `make lint` sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

import perdure


def save(model: object, path: Path) -> list[str]:
    written = perdure.dump(model, path, compression="auto", author="A. Person")
    assert_type(written, list[str])
    assert_type(perdure.dumps(model), bytes)
    return written


def load(path: str) -> Any:
    try:
        return perdure.load(path, trusted=["my_package"], mmap=True)
    except perdure.UntrustedError as error:
        assert_type(error.fix, str | None)
        return [item.name for item in error.untrusted]


def look(path: Path) -> tuple[str, ...]:
    with perdure.open(path) as file:
        assert_type(file, perdure.ModelFile)
        assert_type(file.record, perdure.Record | None)
        return file.types


def prove(path: Path) -> bool:
    report = perdure.verify(path)
    assert_type(report, perdure.Report)
    return report.ok


def register() -> None:
    perdure.register(perdure.Pack("mylib", types=("mylib.models:Steps",)))
    perdure.convert("old.pkl", "new.perdure", trusted=["mylib"])
    assert_type(perdure.card("new.perdure"), str)


def wrong(path: Path) -> None:
    """What a checker has to find: mypy says so of an ignore that is not needed."""
    perdure.load(5)  # type: ignore[arg-type]
    perdure.dump(1, path, compresion="auto")  # type: ignore[call-arg]
