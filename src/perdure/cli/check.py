"""``perdure check``: of each file what it is, which release made it, whether it loads here, and what pickle would do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ..reporting.text import clean, short_name
from .bar import bar
from .exits import CHECK_FAILED
from .options import complete_path, json_option, trusted_option
from .printing import console, print_json, styled

if TYPE_CHECKING:
    from rich.text import Text

    from ..reporting.checking import Checked

__all__ = ["command"]

_LINE = 300
_RUNS = 20
_PLAIN = {
    "same": ("pickle would load the same", "green"),
    "wrong": ("pickle would load it without an error, and it would predict otherwise", "bold red"),
    "fails": ("pickle would not load it", "yellow"),
    "breaks": ("pickle would load it, and it would raise when it is asked", "yellow"),
    "code": ("pickle would run what it names", "bold red"),
    "unknown": ("what pickle would make of it is not known", "dim"),
}


@click.command("check", short_help="Old files: what made each, whether it loads here, and what pickle would do.")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, shell_complete=complete_path)
@trusted_option
@json_option
def command(paths: tuple[str, ...], trusted: tuple[str, ...], as_json: bool) -> None:
    """Say of pickles, files of joblib, skops and perdure, and of all in folders, what they are good for here.

    Of each: which release made it, whether perdure loads it under the running scikit-learn, whether it would run
    code (which, and at which byte), whether pickle would load it and predict otherwise, and what to do. Models of
    known types are built and asked; nothing else of a file is run. Exits with 1 when any does not load.
    """
    from ..reporting.checking import check

    with bar(hidden=as_json) as progress:
        found = check(list(paths), trusted=trusted, progress=progress)
    failed = sum(not item.loads for item in found)
    if as_json:
        print_json({"schema": "perdure.check/1", "files": [item.to_dict() for item in found], "failed": failed})
    else:
        screen = console()
        for item in found:
            for line in _lines(item):
                screen.print(line, soft_wrap=True)
        wrong = sum(item.plain == "wrong" for item in found)
        said = f"{len(found)} file{'s' if len(found) != 1 else ''}, {len(found) - failed} load here"
        if wrong:
            said += f"; of these pickle would load {wrong} wrong"
        screen.print(styled((said, "green" if not failed else "bold")))
    if failed:
        click.get_current_context().exit(CHECK_FAILED)


def _lines(item: Checked) -> Iterator[Text]:
    facts = [item.kind]
    if item.release is not None:
        facts.append(f"scikit-learn {item.release}")
    if item.type is not None:
        facts.insert(0, short_name(item.type))
    mark = ("loads   ", "bold green") if item.loads else ("refused ", "bold red")
    yield styled(mark, (clean(item.file, _LINE), "bold"), "  " + clean(", ".join(facts), _LINE))
    if item.runs:
        for name, byte in item.runs[:_RUNS]:
            yield styled("    ", ("would run: ", "bold"), f"{clean(name, _LINE)}, named at byte {byte:,}")
        if len(item.runs) > _RUNS:
            yield styled(f"    … and {len(item.runs) - _RUNS:,} more; --json lists all")
    elif item.error is not None:
        yield styled("    " + clean(item.error.problem.split("\n")[0], _LINE))
    if item.plain is not None:
        words, style = _PLAIN[item.plain]
        yield styled("    ", (words, style), f" ({clean(item.why, _LINE)})" if item.why else "")
    if item.migrations:
        shown = ", ".join(item.migrations[:6]) + (" …" if len(item.migrations) > 6 else "")
        yield styled("    ", ("brought to this release by: ", "dim"), clean(shown, _LINE))
    yield styled("    ", ("what to do: ", "dim"), clean(item.advice, _LINE))
