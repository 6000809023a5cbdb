"""``perdure inspect``: what a file holds, without building anything of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..errors import UnsupportedError
from ..reporting.text import clean, short_name, size_text
from .options import file_argument, json_option
from .printing import console, print_facts, print_json, styled
from .record import record_facts
from .sign import signed_by_option

if TYPE_CHECKING:
    from rich.text import Text

    from .._model_file import ModelFile
    from ..reporting.inspection import Inspection
    from ..reporting.parts import Part

__all__ = ["command", "print_inspection"]

_DEPTH = 8
_LINE = 500


@click.command("inspect", short_help="What is in it: types, parameters, arrays, sizes, trust, origin.")
@file_argument
@json_option
@click.option(
    "--depth",
    type=click.IntRange(0),
    help=f"How many objects within one another are opened (default: {_DEPTH}, with --json all).",
)
@click.option("--code", is_flag=True, help="Print the code that the file came with, as text, and nothing else.")
@signed_by_option
def command(file: str, as_json: bool, depth: int | None, code: bool, signed_by: str | None) -> None:
    """What is in a file: types, parameters, fitted attributes, sizes, trust, origin.

    Builds nothing and imports nothing that the file names: safe on a stranger's file.
    """
    from .. import open
    from ..reporting.inspection import inspect_file

    with open(file, signed_by=signed_by) as opened:
        if code:
            _print_code(opened, as_json)
            return
        found = inspect_file(opened, file, depth=_DEPTH if depth is None and not as_json else depth)
    if as_json:
        print_json(found.to_dict())
    else:
        print_inspection(found)


def _print_code(file: ModelFile, as_json: bool) -> None:
    found = file.code
    if found is None:
        raise UnsupportedError(f"{file.name} came without code", fix="perdure.dump(model, path, code=True) keeps it")
    if as_json:
        print_json({"schema": "perdure.code/1", "digest": found.digest, "text": found.text})
        return
    for line in found.text.splitlines():
        # As it is, but for what a terminal would act on.
        click.echo(clean(line, len(line)) if line else "")
    click.echo(f"# {found.digest}", err=True)


def print_inspection(found: Inspection) -> None:
    """Print what a file says as a list of facts and a tree."""
    from .tree import model_tree

    screen = console()
    print_facts(screen, _facts(found))
    screen.print()
    screen.print(model_tree(found.model))
    if _closed(found.model):
        screen.print(styled(("What is not opened here, a larger --depth opens.", "dim")))


def _closed(part: Part) -> bool:
    return (part.kind == "object" and part.left_out > 0 and not part.parts) or any(map(_closed, part.parts))


def _facts(found: Inspection) -> list[tuple[str, Text | str]]:
    model = found.model
    form = found.kind if found.format is None else "format " + ".".join(map(str, found.format))
    rows: list[tuple[str, Text | str]] = [
        ("file", styled((clean(found.file, _LINE), "bold"), f"  {size_text(found.bytes)}, {form}")),
        ("model", f"{clean(short_name(model.type or model.kind), _LINE)}, {size_text(model.bytes)} of arrays"),
        ("digest", clean(found.digest)),
        ("made with", _libraries(found)),
    ]
    rows += record_facts(found.record)
    rows.append(("trust", _trust(found)))
    if found.code is not None:
        lines = found.code.text.count("\n")
        rows.append(("code", f"{lines} lines of its own, not run: --code prints them\n{found.code.digest}"))
    if found.members:
        rows.append(("members", ", ".join(f"{name} {size_text(size)}" for name, size, _ in found.members)))
    return rows


def _libraries(found: Inspection) -> str:
    used = sorted(found.libraries.items(), key=lambda item: item[0] != "scikit-learn")
    named = [f"{name} {version}" for name, version in used if version is not None]
    if found.producer is not None:
        named.append(f"perdure {found.producer}")
    return clean(", ".join(named) or "nothing that it says", _LINE)


def _trust(found: Inspection) -> Text:
    if not found.untrusted:
        return styled(("every name is in perdure's tables", "green"), ": loads without trusted=")
    from .failures import untrusted_lines

    count = len(found.untrusted)
    title = styled((f"{count} name{'s' if count != 1 else ''} not trusted", "bold red"))
    for line in untrusted_lines(found.untrusted, found.file):
        title.append("\n").append_text(line)
    return title
