"""``perdure versions``: what a report of a bug needs."""

from __future__ import annotations

import click

from ..reporting.text import clean
from .options import json_option
from .printing import console, print_facts, print_json, styled

__all__ = ["command"]

_LINE = 500


@click.command("versions", short_help="Releases, thread pools, and which decoder runs: for a report of a bug.")
@json_option
def command(as_json: bool) -> None:
    """Say what perdure runs on: the system, the releases of libraries, which decoder runs, and the thread pools."""
    from ..reporting.versions import versions

    found = versions()
    if as_json:
        print_json({"schema": "perdure.versions/1", **found})
        return
    screen = console()
    for title, rows in found.items():
        screen.print(styled((title, "bold")))
        if rows:
            facts = [
                (f"  {name}", clean("not installed" if said is None else str(said), _LINE))
                for name, said in rows.items()
            ]
            print_facts(screen, facts)
