"""``perdure sbom`` and ``perdure lock``: what a model is made of, for machines that ask."""

from __future__ import annotations

import json
import os

import click

from ..container.writing import write_text
from .options import file_argument

__all__ = ["command", "lock_command"]

_output = click.option("-o", "--output", type=click.Path(dir_okay=False), help="Where to; else it is printed.")


@click.command("sbom", short_help="A bill of materials: CycloneDX, with the model's card.")
@file_argument
@_output
def command(file: str, output: str | None) -> None:
    """Write a bill of materials (CycloneDX 1.6, JSON): the model, its libraries, data and scores.

    Nothing is loaded and nothing in the file is run.
    """
    from .. import sbom

    _put(json.dumps(sbom(file), indent=1) + "\n", output)


@click.command("lock", short_help="The recorded environment as pylock.toml.")
@file_argument
@_output
@click.option("--python", metavar="VERSION", help="The Python to lock for (default: the recorded one).")
def lock_command(file: str, output: str | None, python: str | None) -> None:
    """Resolve the recorded environment with uv to a lock file (PEP 751): releases, addresses and digests.

    Asks the package index; installs nothing.
    """
    from .. import lock

    _put(lock(file, python=python), output)


def _put(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(os.path.abspath(output), text.encode("utf-8"))
