"""``perdure completion``: what a shell needs, to complete commands, options and names of files."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]

_VARIABLE = "_PERDURE_COMPLETE"


@click.command("completion", short_help="What completes commands in bash, zsh and fish.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes perdure's commands and options in a shell.

    bash: perdure completion bash > ~/.local/share/bash-completion/completions/perdure

    zsh: perdure completion zsh > "${fpath[1]}/_perdure"

    fish: perdure completion fish > ~/.config/fish/completions/perdure.fish
    """
    made = get_completion_class(shell)
    assert made is not None
    root = ctx.find_root()
    # Not source(): it would run bash, to ask for its release.
    complete = made(root.command, {}, "perdure", _VARIABLE)
    click.echo(complete.source_template % complete.source_vars(), nl=False)
