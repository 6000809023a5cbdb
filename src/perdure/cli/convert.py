"""``perdure convert``: files of pickle, joblib and skops become files of perdure, and none of them is run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ..errors import PerdureError
from ..reporting.text import clean
from .bar import bar
from .exits import CHECK_FAILED
from .options import complete_path, json_option, trusted_option
from .printing import console, print_json, styled

if TYPE_CHECKING:
    from ..arrays.progress import Progress

__all__ = ["command"]

_LINE = 300


@click.command("convert", short_help="Make .perdure files of pickles, joblib's and skops' files.")
@click.argument("old", metavar="OLD", shell_complete=complete_path)
@click.argument("new", metavar="NEW", shell_complete=complete_path)
@trusted_option
@json_option
def command(old: str, new: str, trusted: tuple[str, ...], as_json: bool) -> None:
    """Make a perdure file NEW of a file OLD; of a folder, a folder with a file for each model in it.

    Nothing of an old file is run, and nothing of it is lost: what cannot be represented is named, and that file is
    left out. Exits with 1 when any was.
    """
    if not os.path.isdir(old):
        # An error of one file is an error of the command.
        with bar(hidden=as_json) as progress:
            _convert(old, new, trusted, progress)
        rows = [{"old": old, "new": new, "error": None}]
    else:
        rows = list(_folder(old, new, trusted, quiet=as_json))
    failed = sum(row["error"] is not None for row in rows)
    if as_json:
        print_json({"schema": "perdure.convert/1", "files": rows, "failed": failed})
    else:
        _print(rows, failed)
    if failed:
        click.get_current_context().exit(CHECK_FAILED)


def _convert(old: str, new: str, trusted: tuple[str, ...], progress: Progress | None = None) -> None:
    from .._converting import convert

    convert(old, new, trusted=trusted, progress=progress)


def _folder(old: str, new: str, trusted: tuple[str, ...], *, quiet: bool) -> Iterator[dict[str, Any]]:
    """Convert all models of a folder, in their folders; yield what came of each."""
    from rich.progress import Progress

    from ..container.sniff import OLD
    from ..reporting.scanning import found_in, kind_of

    paths = [path for path, named in found_in([old]) if kind_of(path, named) in OLD and not _is_part(path)]
    with Progress(console=console(stderr=True), transient=True, disable=quiet) as progress:
        for path in progress.track(paths, description="converting"):
            target = os.path.join(new, os.path.relpath(path, old)) + ".perdure"
            row: dict[str, Any] = {"old": path, "new": target, "error": None}
            try:
                os.makedirs(os.path.dirname(target), exist_ok=True)
                _convert(path, target, trusted)
            except PerdureError as error:
                row["new"] = None
                row["error"] = {"kind": type(error).__name__, "problem": error.problem, "what_to_do": error.fix}
            yield row


def _is_part(path: str) -> bool:
    """Say whether a file holds an array of a model of several files, which joblib wrote before its release 0.10."""
    return path.endswith((".npy", ".npy.z"))


def _print(rows: list[dict[str, Any]], failed: int) -> None:
    screen = console()
    for row in rows:
        if row["error"] is None:
            line = styled(("converted ", "green"), clean(row["old"], _LINE), " → ", clean(row["new"], _LINE))
            screen.print(line, soft_wrap=True)
            continue
        screen.print(styled(("left out  ", "bold red"), clean(row["old"], _LINE)), soft_wrap=True)
        for text in row["error"]["problem"].split("\n"):
            screen.print(styled("    " + clean(text, _LINE)), soft_wrap=True)
    said = f"{len(rows)} file{'s' if len(rows) != 1 else ''}: {len(rows) - failed} converted"
    if failed:
        said += f", {failed} left out"
    screen.print(styled((said, "green" if not failed else "bold")))
