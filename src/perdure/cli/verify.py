"""``perdure verify``: is the file what it says, and does its model predict as it did?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..reporting.text import clean
from .bar import bar
from .exits import CHECK_FAILED, UNTRUSTED
from .options import file_argument, json_option, trusted_option
from .printing import console, print_facts, print_json, styled
from .sign import signed_by_option

if TYPE_CHECKING:
    from .._model_file import ModelFile
    from ..verification.report import Report

__all__ = ["command"]

_LINE = 500
_STYLES = {"ok": "green", "note": "yellow", "failed": "bold red"}


@click.command("verify", short_help="Digests, environment, and the predictions seen when it was saved.")
@file_argument
@trusted_option
@signed_by_option
@click.option("--data", type=click.Path(path_type=Path), help="The training data, to be compared with their digest.")
@click.option(
    "--rescore", is_flag=True, help="Cross-validate again on the recorded folds. Needs --data, or data in the file."
)
@click.option("--target", metavar="COLUMN", help="The column of --data that is y.")
@click.option(
    "--same-within",
    type=click.FloatRange(min=0),
    default=1e-9,
    show_default=True,
    metavar="NUMBER",
    help="Scores are the same where no fold differs by more.",
)
@click.option(
    "--range-within",
    type=click.FloatRange(min=0),
    default=0.5,
    show_default=True,
    metavar="NUMBER",
    help="Scores are in range where the means differ by no more standard deviations of the folds.",
)
@json_option
def command(
    file: str,
    trusted: tuple[str, ...],
    signed_by: str | None,
    data: Path | None,
    rescore: bool,
    target: str | None,
    same_within: float,
    range_within: float,
    as_json: bool,
) -> None:
    """Check a file against all that it says of itself.

    Every digest is computed again, the environment is compared with this one, and the model is
    loaded and asked the probe: rows that were predicted when it was saved. With --rescore a clone of it
    is fitted again on the recorded folds of --data (.parquet, .csv or .npz), and its scores compared.
    """
    from .. import open, verify

    # What is no file of perdure has nothing that could be verified: an error, and not a report.
    with open(file) as opened, bar(hidden=as_json) as progress:
        _ = opened.manifest
        report = verify(
            file,
            trusted=trusted,
            signed_by=signed_by,
            data=data,
            rescore=rescore,
            target=target,
            same_within=same_within,
            range_within=range_within,
            progress=progress,
        )
        code = _code(report, opened, trusted)
    if as_json:
        print_json({"schema": "perdure.verify/1", "file": file, **report.to_dict()})
    else:
        _print(report, file)
    if code:
        raise click.exceptions.Exit(code)


def _code(report: Report, opened: ModelFile, trusted: tuple[str, ...]) -> int:
    from ..trust.policy import Policy, untrusted

    if report.ok:
        return 0
    if {finding.check for finding in report.failed} == {"model"} and untrusted(opened.graph, Policy.of(trusted)):
        return UNTRUSTED
    return CHECK_FAILED


def _print(report: Report, file: str) -> None:
    screen = console()
    if report.ok:
        verdict = styled(("verified: ", "bold green"), clean(file, _LINE))
    else:
        count = len(report.failed)
        verdict = styled((f"{count} check{'s' if count > 1 else ''} failed: ", "bold red"), clean(file, _LINE))
    screen.print(verdict)
    rows = [] if report.digest is None else [("digest", styled(clean(report.digest, _LINE)))]
    for finding in report.findings:
        mark = finding.status.upper() if finding.status == "failed" else finding.status
        message = "\n".join(clean(line, _LINE) for line in finding.message.splitlines())
        rows.append((finding.check, styled((mark.ljust(8), _STYLES[finding.status]), message)))
    print_facts(screen, rows)
