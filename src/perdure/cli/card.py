"""``perdure card``: a model card from the record of a file."""

from __future__ import annotations

from pathlib import Path

import click

from .options import file_argument

__all__ = ["command"]


@click.command("card", short_help="A model card in Markdown, with the front matter of Hugging Face.")
@file_argument
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Where to; else it is printed.")
def command(file: str, output: Path | None) -> None:
    """Write a model card: type, origin, data, scores, and how to load and verify.

    Nothing is loaded and nothing in the file is run.
    """
    from .. import card

    text = card(file)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
