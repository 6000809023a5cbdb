"""``perdure scan``: what files and folders hold, and what `load` would refuse, without building anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ..reporting.text import clean, short_name, size_text
from .bar import bar
from .exits import CHECK_FAILED
from .options import complete_path, json_option, trusted_option
from .printing import console, print_json, styled

if TYPE_CHECKING:
    from rich.text import Text

    from ..errors import Untrusted
    from ..reporting.scanning import Scanned

__all__ = ["command"]

_LINE = 500
_PLACES = 3
_NAMES = 50


@click.command("scan", short_help="Files and folders: what each is, and what would be refused and why.")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, shell_complete=complete_path)
@trusted_option
@json_option
def command(paths: tuple[str, ...], trusted: tuple[str, ...], as_json: bool) -> None:
    """Say of files, and of all models in folders, what each is and what `perdure.load` would refuse.

    Builds nothing and imports nothing that a file names: safe on a stranger's files, pickles
    too, of which no opcode is run. Exits with 1 when anything would be refused.
    """
    from ..reporting.scanning import found_in, scan_file

    found = []
    places = list(found_in(paths))
    with bar(hidden=as_json) as progress:
        for done, (path, named) in enumerate(places):
            if progress is not None:
                progress("scanning", done, len(places))
            item = scan_file(path, named, trusted)
            if item is not None:
                found.append(item)
    refused = sum(not item.fine for item in found)
    if as_json:
        print_json(
            {
                "schema": "perdure.scan/1",
                "files": [item.to_dict() for item in found],
                "refused": refused,
            }
        )
    else:
        _print(found, refused)
    if refused:
        click.get_current_context().exit(CHECK_FAILED)


def _print(found: list[Scanned], refused: int) -> None:
    screen = console()
    for item in found:
        for line in _lines(item):
            screen.print(line, soft_wrap=True)
    count = len(found)
    said = f"{count} file{'s' if count != 1 else ''}"
    if refused:
        screen.print(styled((f"{said}, {refused} would be refused", "bold red")))
    else:
        screen.print(styled((f"{said}, none would be refused" if count else "no models there", "green")))


def _lines(item: Scanned) -> Iterator[Text]:
    mark = ("fine     ", "green") if item.fine else ("refused  ", "bold red")
    yield styled(mark, clean(item.file, _LINE), ("  " + clean(_summary(item), _LINE), "dim"))
    for title, names in (("not trusted: ", item.untrusted), ("acts later: ", item.acting)):
        for name in names[:_NAMES]:
            yield styled("    ", (title, "bold"), clean(name.name, _LINE), f"  {clean(name.reason, _LINE)}")
            yield styled(("      at ", "dim"), _places(name))
        if len(names) > _NAMES:
            yield styled(f"    … and {len(names) - _NAMES:,} more; --json lists all")
    for name in item.cleared[:_NAMES]:
        yield styled("    ", ("switched off when loaded: ", "bold"), clean(name.name, _LINE), " at ", _places(name))
    if item.error is not None:
        first, *_ = item.error.problem.split("\n")
        yield styled(f"    {clean(first, _LINE)}")
        if item.error.path is not None:
            yield styled(("      where: ", "dim"), clean(item.error.path, _LINE))
        if item.error.fix is not None:
            yield styled(("      what to do: ", "dim"), clean(item.error.fix, _LINE))


def _places(name: Untrusted) -> str:
    more = len(name.paths) - _PLACES
    shown = ", ".join(clean(path, _LINE) for path in name.paths[:_PLACES])
    return f"{shown} and {more} more places" if more > 0 else shown


def _summary(item: Scanned) -> str:
    facts = [item.kind, size_text(item.bytes)]
    if item.type is not None:
        facts.insert(0, short_name(item.type))
    release = item.libraries.get("scikit-learn")
    if release is not None:
        facts.append(f"scikit-learn {release}")
    return ", ".join(facts)
