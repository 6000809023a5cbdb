"""An error as the person or the program sees it who ran the command."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import PerdureError, Untrusted, UntrustedError
from ..reporting.text import clean
from .exits import exit_code
from .printing import console, print_json, styled

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["print_error", "print_error_json", "untrusted_lines"]

_LINE = 500
_NAMES = 100
_PLACES = 5


def print_error(error: PerdureError | OSError, file: str | None) -> None:
    """Print what is wrong, where, and what to do, to the standard error stream."""
    screen = console(stderr=True)
    for line in _lines(error, file):
        screen.print(line, soft_wrap=True)


def _lines(error: PerdureError | OSError, file: str | None) -> list[Text]:
    if isinstance(error, UntrustedError):
        count = len(error.untrusted)
        names = f"{count} name{'s' if count != 1 else ''} that {'are' if count != 1 else 'is'} not trusted"
        return [
            styled(("error: ", "bold red"), f"the model uses {names}; nothing was loaded"),
            *untrusted_lines(error.untrusted, file),
        ]
    if isinstance(error, OSError):
        problem, where, fix = _of_system(error, file), None, None
    else:
        problem, where, fix = error.problem, error.path, error.fix
    first, *rest = problem.split("\n")
    lines = [styled(("error: ", "bold red"), clean(first, _LINE))]
    lines += [styled("  " + clean(line, _LINE)) for line in rest[:_NAMES]]
    if where is not None:
        lines.append(styled(("  where: ", "dim"), clean(where, _LINE)))
    if fix is not None:
        lines.append(styled(("  what to do: ", "dim"), clean(fix, _LINE)))
    return lines


def _of_system(error: OSError, file: str | None) -> str:
    name = error.filename if error.filename is not None else file
    if isinstance(error, FileNotFoundError):
        return f"there is no file {name}"
    return f"{name}: {error.strerror or error}" if name is not None else str(error.strerror or error)


def untrusted_lines(untrusted: Sequence[Untrusted], file: str | None) -> list[Text]:
    """Return every name that is not trusted, its places, and how to say that it is."""
    lines = []
    for item in untrusted[:_NAMES]:
        more = len(item.paths) - _PLACES
        places = ", ".join(clean(path, _LINE) for path in item.paths[:_PLACES])
        lines.append(styled("  ", (clean(item.name, _LINE), "bold"), f"  {clean(item.reason, _LINE)}"))
        lines.append(styled(("    at ", "dim"), places, f" and {more} more places" if more > 0 else ""))
    advice = styled(("  what to do: ", "dim"))
    if len(untrusted) > _NAMES:
        lines.append(styled(f"  … and {len(untrusted) - _NAMES:,} more; --json lists all"))
        lines.append(styled(advice, "ask where the file comes from: no honest model has so many names of its own"))
    elif any(item.name.endswith("()") for item in untrusted):
        lines.append(styled(advice, "do not load it with pickle or joblib: it calls what is no part of a model"))
    elif not all(item.name.isprintable() for item in untrusted):
        lines.append(styled(advice, "delete the file: no honest name has such characters"))
    else:
        # Quoted, so that a name from the file stays one word of the shell and one string of Python.
        named = [item.name for item in untrusted]
        path = file if file is not None else "FILE"
        options = " ".join(f"--trusted {shlex.quote(name)}" for name in named)
        lines.append(styled(advice, "read what these names are. If you trust their code:"))
        lines.append(styled("    perdure load-check ", clean(shlex.quote(path)), " ", options))
        lines.append(styled(f"    perdure.load({clean(repr(path))}, trusted={json.dumps(named, ensure_ascii=False)})"))
    return lines


def print_error_json(error: PerdureError | OSError, file: str | None) -> None:
    """Print the error as JSON, to the standard output stream."""
    found: dict[str, Any] = {"kind": type(error).__name__, "exit_code": exit_code(error)}
    if isinstance(error, PerdureError):
        found |= {"problem": error.problem, "where": error.path, "what_to_do": error.fix}
    else:
        found |= {"problem": _of_system(error, file), "where": None, "what_to_do": None}
    found["untrusted"] = [
        {"name": item.name, "reason": item.reason, "paths": list(item.paths)}
        for item in (error.untrusted if isinstance(error, UntrustedError) else ())
    ]
    print_json({"schema": "perdure.error/1", "file": file, "error": found})
