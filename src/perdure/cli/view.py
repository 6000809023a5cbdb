"""``perdure view``: a file as one page of HTML."""

from __future__ import annotations

import os

import click

from ..container.writing import write_text
from ..reporting.text import clean
from .options import file_argument
from .printing import console, styled
from .sign import signed_by_option

__all__ = ["command"]

_LINE = 500


@click.command("view", short_help="One page of HTML: diagram, sizes, parameters, scores, source.")
@file_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    help="Where to, - to print it (default: the file's name with .html, in this folder).",
)
@signed_by_option
def command(file: str, output: str | None, signed_by: str | None) -> None:
    """Write what a file holds as one page that needs nothing else: no script, nothing from outside.

    Builds nothing and imports nothing that the file names: safe on a stranger's file.
    """
    from .. import view

    text = view(file, signed_by=signed_by)
    if output == "-":
        click.echo(text, nl=False)
        return
    # A URL has slashes as a path has.
    place = output if output is not None else os.path.basename(file.rstrip("/").replace("\\", "/")) + ".html"
    write_text(os.path.abspath(place), text.encode("utf-8"))
    console().print(styled(("written: ", "bold green"), clean(place, _LINE)), soft_wrap=True)
