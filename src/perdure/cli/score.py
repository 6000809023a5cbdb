"""``perdure score``: tables of any size, scored with the model of a file."""

from __future__ import annotations

import click

from ..reporting.text import clean
from .bar import bar
from .exits import CHECK_FAILED
from .options import complete_path, file_argument, json_option, trusted_option
from .printing import console, print_json, styled

__all__ = ["command"]


def _names(ctx: click.Context, param: click.Parameter, value: str | None) -> list[str] | None:
    return None if value is None else [name for name in value.split(",") if name]


@click.command("score", short_help="Score tables of any size, each whole or not at all.")
@file_argument
@click.argument("data", metavar="DATA…", nargs=-1, required=True, shell_complete=complete_path)
@click.option("-o", "--out", required=True, metavar="OUT", help="A folder; for one input also a file.")
@click.option("--method", default="predict", show_default=True, metavar="NAME", help="Such as predict_proba.")
@click.option("--columns", callback=_names, metavar="a,b,…", help="The columns of a model that knows no names.")
@click.option("--keep", callback=_names, metavar="id,…", help="Columns to pass through to the result.")
@click.option("--extra", type=click.Choice(["refuse", "ignore"]), default="refuse", help="Columns that nobody wants.")
@click.option("--on-error", type=click.Choice(["fail", "skip"]), default="fail", help="A file that cannot be scored.")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", help="Where it is done.")
@click.option("--scheduler", metavar="ADDRESS", help="Dask's; without it a cluster is started here.")
@click.option(
    "--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Of the cluster started here."
)
@click.option("--rows", type=click.IntRange(min=1), default=65536, show_default=True, help="In memory at a time.")
@trusted_option
@json_option
def command(
    file: str,
    data: tuple[str, ...],
    out: str,
    method: str,
    columns: list[str] | None,
    keep: list[str] | None,
    extra: str,
    on_error: str,
    engine: str,
    scheduler: str | None,
    workers: int,
    rows: int,
    trusted: tuple[str, ...],
    as_json: bool,
) -> None:
    """Score DATA, which are Parquet, CSV or Arrow files, folders, globs or URLs, with the model of FILE.

    Columns are matched by name, and all files are looked at before the first row is scored. Run it again after an
    interruption: what is finished is skipped.
    """
    from .. import score

    with bar(hidden=as_json) as progress:
        done = score(
            file,
            data,
            out,
            method=method,
            columns=columns,
            keep=keep or (),
            extra="ignore" if extra == "ignore" else "refuse",
            on_error="skip" if on_error == "skip" else "fail",
            engine="dask" if engine == "dask" else "local",
            scheduler=scheduler,
            workers=workers,
            rows=rows,
            trusted=trusted,
            progress=progress,
        )
    if as_json:
        print_json({"schema": "perdure.score/1", "file": file, **done.to_dict()})
    else:
        screen = console()
        skipped = sum(part.skipped for part in done.parts)
        line = f"{done.rows:,} rows of {len(done.parts) - len(done.failed):,} files in {clean(out, 300)}"
        more = f", {skipped:,} of them finished before" if skipped else ""
        screen.print(styled(line + more), soft_wrap=True)
        for part in done.failed:
            said = f"  {clean(part.source, 300)}: {clean(part.reason or '', 500)}"
            screen.print(styled(("not scored", "bold red"), said), soft_wrap=True)
    if not done.ok:
        raise SystemExit(CHECK_FAILED)
