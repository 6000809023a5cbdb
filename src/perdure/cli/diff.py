"""``perdure diff``: in what two models differ."""

from __future__ import annotations

import click

from ..reporting.text import clean
from .options import complete_path, json_option, trusted_option
from .printing import console, print_facts, print_json, styled

__all__ = ["command"]

_LINE = 500


@click.command("diff", short_help="In what two models differ: parameters, attributes, predictions, scores.")
@click.argument("before", metavar="BEFORE", shell_complete=complete_path)
@click.argument("after", metavar="AFTER", shell_complete=complete_path)
@trusted_option
@json_option
def command(before: str, after: str, trusted: tuple[str, ...], as_json: bool) -> None:
    """Compare two files: parameters, releases, fitted attributes, predictions on a common probe, scores.

    Both models are loaded. Fitted attributes with the largest change come first.
    """
    from .. import diff

    found = diff(before, after, trusted=trusted)
    if as_json:
        print_json({"schema": "perdure.diff/1", **found.to_dict()})
        return
    screen = console()
    screen.print(styled((clean(found.summary, _LINE), "bold")), soft_wrap=True)
    if rows := found.rows():
        print_facts(screen, [(name, clean(line, _LINE)) for name, line in rows])
