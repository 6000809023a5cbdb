"""``perdure load-check``: would the file load here?"""

from __future__ import annotations

import time
import warnings

import click

from ..reporting.text import clean
from .bar import bar
from .options import file_argument, json_option, trusted_option
from .printing import console, print_json, styled
from .sign import signed_by_option

__all__ = ["command"]

_LINE = 500


@click.command("load-check", short_help="Load it for real: it loads, or exactly why it does not.")
@file_argument
@trusted_option
@signed_by_option
@json_option
def command(file: str, trusted: tuple[str, ...], signed_by: str | None, as_json: bool) -> None:
    """Load a file for real, and say that it loads or exactly why it does not.

    The code of the names given with --trusted is run; nothing else is.
    """
    from .. import load

    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with bar(hidden=as_json) as progress:
            model = load(file, trusted=trusted, signed_by=signed_by, progress=progress)
    seconds = time.perf_counter() - started
    kind = f"{type(model).__module__}:{type(model).__qualname__}"
    said = [f"{item.category.__name__}: {item.message}" for item in caught]
    if as_json:
        print_json(
            {
                "schema": "perdure.load-check/1",
                "file": file,
                "loads": True,
                "type": kind,
                "seconds": round(seconds, 6),
                "warnings": said,
            }
        )
        return
    screen = console()
    screen.print(
        styled(("loads: ", "bold green"), f"{clean(file, _LINE)} is a {clean(kind, _LINE)}, in {seconds:.2f} s"),
        soft_wrap=True,
    )
    for line in said:
        screen.print(styled(("warning: ", "bold yellow"), clean(line, _LINE)), soft_wrap=True)
