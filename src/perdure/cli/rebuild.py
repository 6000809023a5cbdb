"""``perdure rebuild``: the model fitted anew under other releases, and compared."""

from __future__ import annotations

from pathlib import Path

import click

from .exits import CHECK_FAILED
from .options import file_argument, json_option, trusted_option
from .printing import console, print_json, styled

__all__ = ["command"]


@click.command("rebuild", short_help="Fit it anew under other releases, and compare its scores on the same folds.")
@file_argument
@click.option("--data", type=click.Path(path_type=Path), help="The training data, unless the file holds them.")
@click.option("--target", metavar="COLUMN", help="The column of --data that is y.")
@click.option("--with", "requirements", multiple=True, metavar="REQUIREMENT", help="Such as scikit-learn==1.9.1.")
@click.option("--python", metavar="PYTHON", help="The interpreter: a release such as 3.13, or a path.")
@click.option("--no-isolation", is_flag=True, help="Use the interpreter as it is: no environment is made.")
@click.option(
    "--run-source",
    metavar="DIGEST",
    help="Run the recorded script, and take what it dumps: the digest of the source that you have read.",
)
@click.option("-o", "--output", metavar="NEW", required=True, help="The new file.")
@trusted_option
@json_option
def command(
    file: str,
    data: Path | None,
    target: str | None,
    requirements: tuple[str, ...],
    python: str | None,
    no_isolation: bool,
    run_source: str | None,
    output: str,
    trusted: tuple[str, ...],
    as_json: bool,
) -> None:
    """Fit a clone of the model on the same data in an environment that uv makes, and save it with its lineage.

    Its scores on the recorded folds are compared with the recorded ones; it exits with 1 when they are out of range.
    """
    from .. import rebuild

    report = rebuild(
        file,
        output,
        data=data,
        target=target,
        requirements=requirements,
        python=python,
        isolated=not no_isolation,
        run_source=run_source,
        trusted=trusted,
    )
    if as_json:
        print_json({"schema": "perdure.rebuild/1", "file": file, **report.to_dict()})
    else:
        console().print(styled(str(report)), soft_wrap=True)
    if not report.ok:
        raise click.exceptions.Exit(CHECK_FAILED)
