"""``perdure export``: a model as ONNX or PMML, handed over when the runtime of that agrees with it."""

from __future__ import annotations

from typing import Literal

import click

from ..reporting.text import clean
from .options import complete_path, file_argument, json_option, trusted_option
from .printing import console, print_json, styled

__all__ = ["command"]


@click.command("export", short_help="Make an ONNX or PMML file that was run and agrees.")
@file_argument
@click.argument("out", metavar="OUT.onnx|OUT.pmml", shell_complete=complete_path)
@click.option(
    "--dtype",
    type=click.Choice(["float32", "double"]),
    help="Of what goes in and out: of ONNX float32, of PMML double.",
)
@click.option("--method", "methods", multiple=True, metavar="NAME", help="What comes out, as predict. Can be repeated.")
@click.option("--tolerance", type=float, help="By how much numbers may differ; 1e-5, for double 1e-9.")
@click.option("--rows", type=int, default=1000, show_default=True, help="How many ordinary rows are compared.")
@click.option("--allow-discrepancy", is_flag=True, help="Write the file in spite of a discrepancy.")
@trusted_option
@json_option
def command(
    file: str,
    out: str,
    dtype: Literal["float32", "double"] | None,
    methods: tuple[str, ...],
    tolerance: float | None,
    rows: int,
    allow_discrepancy: bool,
    trusted: tuple[str, ...],
    as_json: bool,
) -> None:
    """Export the model of FILE to OUT.onnx, or to OUT.pmml.

    Rows made for the purpose go through the model and through the exported file, which is run by onnxruntime, or by
    jpmml-evaluator in a Java of this machine. Where
    they part, nothing is written, and rows, outputs and the part of the model are named.
    """
    from .. import export

    report = export(
        file,
        out,
        dtype=dtype,
        methods=methods or None,
        tolerance=tolerance,
        rows=rows,
        allow_discrepancy=allow_discrepancy,
        trusted=trusted,
    )
    if as_json:
        print_json({"schema": "perdure.export/1", "file": file, "out": out, **report.to_dict()})
        return
    screen, found = console(), report.comparison
    agrees = styled(("agrees", "green")) if found.ok else styled(("disagrees", "bold red"))
    compared = sum(found.rows.values())
    screen.print(styled(clean(out, 300), f"  {report.bytes:,} bytes, {report.dtype}"), soft_wrap=True)
    for name, kind in report.inputs.items():
        screen.print(styled(("  in   ", "dim"), clean(name, 100), f"  {kind}"), soft_wrap=True)
    for name, method in report.outputs.items():
        screen.print(styled(("  out  ", "dim"), clean(name, 100), f"  {method}"), soft_wrap=True)
    screen.print(styled("  ", agrees, f" with the model in {compared:,} rows, run by {found.runtime}"), soft_wrap=True)
    for why, reason in found.refused.items():
        line = f"  not compared: {why}, which the model refuses: {clean(reason, 200)}"
        screen.print(styled((line, "dim")), soft_wrap=True)
