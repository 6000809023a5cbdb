"""The arguments that commands share."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

__all__ = ["FILE", "JSON", "complete_path", "file_argument", "json_option", "trusted_option"]

# What an error needs to know of the command line that led to it, under click's own `ctx.meta`.
FILE = "perdure.file"
JSON = "perdure.json"


def _remember(key: str) -> Any:
    def keep(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        ctx.meta[key] = value
        return value

    return keep


def complete_path(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Have the shell complete names of files."""
    return [CompletionItem(incomplete, type="file")]


# Not click.Path: a file may be a URL.
file_argument = click.argument(
    "file", metavar="FILE", callback=_remember(FILE), is_eager=True, shell_complete=complete_path
)
json_option = click.option(
    "--json", "as_json", is_flag=True, callback=_remember(JSON), is_eager=True, help="JSON for machines."
)
trusted_option = click.option(
    "--trusted",
    multiple=True,
    metavar="NAME",
    help="A type or function outside perdure's tables whose code you trust, as module:Name. Can be repeated.",
)
