"""How things are printed: as they are, without rich's markup, in colours only where they are wanted."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from .exits import PIPE_CLOSED

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["console", "print_facts", "print_json", "print_wrapped", "styled"]

# Logs and files have no width of their own.
_WIDTH, _HEIGHT = 100, 25
# Narrower than this nothing can be read: longer lines are then the lesser evil.
_LEAST = 40
_NARROW = 20


def console(*, stderr: bool = False) -> Console:
    """Return where to print; rich itself heeds NO_COLOR, COLUMNS and whether it is a terminal."""
    from rich.console import Console

    class Screen(Console):
        def on_broken_pipe(self) -> None:
            raise SystemExit(PIPE_CLOSED)

    stream = sys.stderr if stderr else sys.stdout
    wished = os.environ.get("COLUMNS", "")
    width = max(int(wished), _LEAST) if wished.isdecimal() else None if stream.isatty() else _WIDTH
    # No markup, no emoji codes, no highlighting: what is printed comes from files that nobody vouched for.
    height = None if width is None else _HEIGHT
    return Screen(stderr=stderr, markup=False, emoji=False, highlight=False, width=width, height=height)


def styled(*pieces: str | tuple[str, str] | Text) -> Text:
    """Return a text of pieces, each plain, with a style, or a text itself."""
    from rich.text import Text

    return Text.assemble(*pieces)


def print_wrapped(screen: Console, first: Text | str, value: Text | str) -> None:
    """Print a value behind what its first line begins with, its further lines below it."""
    lead = styled(first)
    for line in styled(value).wrap(screen, max(screen.width - lead.cell_len, _NARROW)):
        line.rstrip()
        screen.print(styled(lead, line), soft_wrap=True)
        lead = styled(" " * lead.cell_len)


def print_facts(screen: Console, rows: Iterable[tuple[str, Text | str]]) -> None:
    """Print names and what they say, in two columns."""
    found = list(rows)
    width = max(len(name) for name, _ in found) + 2
    for name, value in found:
        print_wrapped(screen, styled((name.ljust(width), "dim")), value)


def print_json(data: Any) -> None:
    """Print data as JSON in ASCII, so that no terminal and no encoding can do anything with it."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False))
