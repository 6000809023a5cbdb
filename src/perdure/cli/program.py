"""The program ``perdure``: its commands by group, its exit codes, and how errors are shown."""

from __future__ import annotations

import os
import sys
import warnings
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from .._version import __version__
from ..errors import PerdureError
from ..reporting.text import clean
from . import (
    card,
    check,
    completion,
    convert,
    demo,
    diff,
    export,
    inspect,
    load_check,
    rebuild,
    record,
    sbom,
    scan,
    score,
    sign,
    verify,
    versions,
    view,
)
from .exits import EXITS, INTERRUPTED, PIPE_CLOSED, exit_code
from .options import FILE, JSON

__all__ = ["main", "program"]

_GROUPS = (
    ("See it work", (demo.command,)),
    (
        "Look at a file (a stranger's too: nothing in it is run)",
        (inspect.command, view.command, scan.command, record.command, card.command, sbom.command),
    ),
    ("Check a file", (load_check.command, verify.command, sign.check_command)),
    ("Sign a file", (sign.command,)),
    ("Compare two files", (diff.command,)),
    ("Fit a model anew", (rebuild.command, sbom.lock_command)),
    ("Leave Python", (export.command,)),
    ("Score tables", (score.command,)),
    ("Old files: pickles, joblib's and skops' (nothing in them is run)", (check.command, convert.command)),
    ("What runs here", (versions.command, completion.command)),
)


class _Program(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, commands in _GROUPS:
            with formatter.section(title):
                formatter.write_dl([(str(item.name), item.get_short_help_str(100)) for item in commands], col_max=12)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in EXITS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except (PerdureError, OSError) as error:
            from .failures import print_error, print_error_json

            show = print_error_json if ctx.meta.get(JSON) else print_error
            show(error, ctx.meta.get(FILE))
            ctx.exit(exit_code(error))
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            ctx.exit(INTERRUPTED)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", message="perdure %(version)s")
def program() -> None:
    """Fitted scikit-learn models that last.

    Saved to a .perdure file, loaded years later or elsewhere with the same predictions, without
    running code from the file. Start with: perdure demo
    """


for _, _commands in _GROUPS:
    for _command in _commands:
        program.add_command(_command)


def show_warning(message: Warning | str, category: type[Warning], *place: Any, **more: Any) -> None:
    """Show a warning as the person who ran the command can use it: without a line of our source."""
    from .printing import console, styled

    text = "\n".join(clean(line, 500) for line in f"{category.__name__}: {message}".splitlines())
    console(stderr=True).print(styled(("warning: ", "bold yellow"), text), soft_wrap=True)


def main() -> NoReturn:
    """Run the command line of this process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that knows only ASCII shows an escape, and no traceback.
            stream.reconfigure(errors="backslashreplace")
    warnings.showwarning = show_warning
    stdout = sys.stdout
    try:
        code = program.main(prog_name="perdure", standalone_mode=False)
        stdout.flush()
    except BrokenPipeError:
        code = PIPE_CLOSED
    except SystemExit as stop:
        # click ends with 1 there too, and puts another object in the place of a stream whose reader has gone.
        code = stop.code if sys.stdout is stdout else PIPE_CLOSED
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except click.Abort:
        code = INTERRUPTED
    if code == PIPE_CLOSED:
        # What is still in the buffer must not be flushed to a pipe that is gone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
    sys.exit(code or 0)
