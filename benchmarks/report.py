"""The figures as a page: sizes and times of each model as ratios."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from formats import FORMATS, available
from models import MODELS
from plots import plot_models, plot_scaling
from scaling import COUNTS

__all__ = ["write_report"]

_LIBRARIES = ("perdure", "scikit-learn", "numpy", "zstandard", "joblib", "cloudpickle", "skops", "slim-trees")
_COMPRESSED = ("pickle + zstd", "joblib, compress=3", "joblib, lz4", "joblib, zstd", "skops, deflated")

Row = Mapping[str, float]
Figures = Mapping[str, Mapping[str, Row]]


def _best(rows: Mapping[str, Row], key: str) -> float | None:
    """Return the smallest of the peers that compress."""
    return min((rows[name][key] for name in _COMPRESSED if name in rows and key in rows[name]), default=None)


# Model, what is asked, ours, theirs, the goal.
_GOALS: tuple[tuple[str, str, Callable[[Mapping[str, Row]], tuple[float, float | None]], float], ...] = (
    ("forest", "size, of the best peer that compresses", lambda r: (r["perdure"]["size"], _best(r, "size")), 0.25),
    ("forest", "load, of pickle", lambda r: (r["perdure"]["load"], r["pickle"]["load"]), 0.5),
    ("forest", "load with numpy alone, of pickle + zstd", lambda r: (r["perdure, numpy alone"]["load"], r["pickle + zstd"]["load"]), 1.0),
    ("forest", "dump, of joblib compress=3", lambda r: (r["perdure"]["dump"], r["joblib, compress=3"]["dump"]), 0.4),
    ("forest", "raw and mapped: load, of pickle", lambda r: (r["perdure, raw and mapped"]["load"], r["pickle"]["load"]), 0.35),
    ("forest", "raw: load, of pickle", lambda r: (r["perdure, raw"]["load"], r["pickle"]["load"]), 0.8),
    ("forest", "peak memory of a load, of the model", lambda r: (r["perdure"]["peak"], r["pickle"]["size"]), 1.1),
    ("forest", "raw: peak memory of a load, of the model", lambda r: (r["perdure, raw"]["peak"], r["pickle"]["size"]), 1.1),
    ("regression-forest", "size, of the best peer that compresses", lambda r: (r["perdure"]["size"], _best(r, "size")), 0.5),
    ("regression-forest", "load, of pickle", lambda r: (r["perdure"]["load"], r["pickle"]["load"]), 1.0),
    ("extra-trees", "load, of pickle", lambda r: (r["perdure"]["load"], r["pickle"]["load"]), 0.5),
    ("extra-trees", "size, of joblib compress=3", lambda r: (r["perdure"]["size"], r["joblib, compress=3"]["size"]), 0.25),
    ("gradient-boosting", "load, of pickle", lambda r: (r["perdure"]["load"], r["pickle"]["load"]), 0.5),
    ("gradient-boosting", "size, of joblib compress=3", lambda r: (r["perdure"]["size"], r["joblib, compress=3"]["size"]), 0.65),
    ("hist-gradient-boosting", "load, of pickle", lambda r: (r["perdure"]["load"], r["pickle"]["load"]), 0.5),
    ("hist-gradient-boosting", "size, of joblib compress=3", lambda r: (r["perdure"]["size"], r["joblib, compress=3"]["size"]), 0.65),
    ("neighbors", "raw and mapped: load, in units of 15 ms", lambda r: (r["perdure, raw and mapped"]["load"], 0.015), 1.0),
    ("network", "raw and mapped: load, of pickle", lambda r: (r["perdure, raw and mapped"]["load"], r["pickle"]["load"]), 0.1),
    ("support-vectors", "raw and mapped: load, of pickle", lambda r: (r["perdure, raw and mapped"]["load"], r["pickle"]["load"]), 0.1),
    ("text", "load, of pickle", lambda r: (r["perdure"]["load"], r["pickle"]["load"]), 1.1),
    ("text", "size, of pickle", lambda r: (r["perdure"]["size"], r["pickle"]["size"]), 0.3),
    ("tiny", "load, of pickle", lambda r: (r["perdure"]["load"], r["pickle"]["load"]), 3.0),
    ("tiny", "size, of pickle", lambda r: (r["perdure"]["size"], r["pickle"]["size"]), 2.0),
    ("tiny", "dump, of pickle", lambda r: (r["perdure"]["dump"], r["pickle"]["dump"]), 5.0),
    ("pipeline", "load, of pickle", lambda r: (r["perdure"]["load"], r["pickle"]["load"]), 3.0),
    ("pipeline", "size, of pickle", lambda r: (r["perdure"]["size"], r["pickle"]["size"]), 2.0),
    ("many", "size, of pickle", lambda r: (r["perdure"]["size"], r["pickle"]["size"]), 0.3),
    ("many", "one of them: load, in units of 5 ms", lambda r: (r["perdure"]["one"], 0.005), 1.0),
)  # fmt: skip


def write_report(figures: Figures, path: Path) -> None:
    """Write the page."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Formats take turns in one process a model, round by round, and the medians are shown.",
        "Times are CPU seconds as multiples of pickle's (protocol 5, in the same run), for the machine was not alone;",
        "*by the clock* is what a load takes so, in the same way; files are in the page cache, and every module is imported before the clock starts. Peak is the memory that a load in a",
        "fresh process takes at most, as a multiple of the pickle's bytes, which are nearly the model's own. *First prediction* is the CPU",
        "time of a fresh process from its start, with all imports, to its first prediction, in seconds; *four* is the memory (PSS, what is shared is",
        "counted once) that four processes take together after they loaded the same file and predicted, as a multiple of the pickle's",
        "bytes. Files of perdure are measured without record and probe, which the others do not have. slim-trees is lossy: it drops",
        "impurities and samples of nodes and rounds values, so what it gives back is another model, and no goal is measured against it.",
        "joblib knows no zstd in this release." if "joblib, zstd" not in available() else "",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        + ", ".join(f"{name} {found}" for name in _LIBRARIES if (found := _version(name)))
        + ".",
        "",
        "## Goals",
        "",
        "| model | what | goal | measured | |",
        "| --- | --- | --- | --- | --- |",
    ]
    for model, what, ask, goal in _GOALS:
        try:
            ours, theirs = ask(figures[model])
        except KeyError:
            continue
        if theirs:
            ratio = ours / theirs
            lines.append(
                f"| {MODELS[model].title} | {what} | ≤ {goal:g} | {ratio:.2f} | {'met' if ratio <= goal else 'not met'} |"
            )
    plot_models(figures, path.parent / "_static" / "benchmarks.svg")
    lines += ["", "![Sizes and loads of all models, as multiples of pickle's.](_static/benchmarks.svg)"]
    if "scaling" in figures:
        plot_scaling(figures["scaling"], path.parent / "_static" / "scaling.svg")
        lines += ["", *_scaling(figures["scaling"])]
    for model in MODELS:
        if model in figures and "pickle" in figures[model]:
            lines += ["", *_table(MODELS[model].title, figures[model])]
    notes = Path(__file__).with_name("notes.md").read_text(encoding="utf-8")
    path.write_text("\n".join(lines) + "\n\n" + notes, encoding="utf-8")


def _scaling(curves: Mapping[str, Mapping[str, Row]]) -> list[str]:
    """Return what a million nodes take, from ten trees to two thousand."""
    nodes = max(curves.values(), key=len)
    counts = [count for count in COUNTS if str(count) in nodes]
    lines = [
        "## Scaling",
        "",
        "Forests of up to 2,000 trees and 20 million nodes: bytes a node, and CPU seconds of a load in a fresh process a million nodes. Flat rows say",
        "that there is no knee.",
        "",
        "![Bytes and CPU seconds of a load against nodes.](_static/scaling.svg)",
        "",
        "| trees | " + " | ".join(f"{count:,}" for count in counts) + " |",
        "| --- |" + " ---: |" * len(counts),
        "| nodes | " + " | ".join(f"{nodes[str(count)]['nodes']:,.0f}" for count in counts) + " |",
    ]
    for key, what, unit in (("size", "bytes a node", 1.0), ("load", "load", 1e-6), ("dump", "dump", 1e-6)):
        for name, points in curves.items():
            if key != "load" and name == "perdure, raw and mapped":
                continue
            rows = [points.get(str(count)) for count in counts]
            cells = [f"{row[key] / row['nodes'] / unit:.3g}" if row else "" for row in rows]
            lines.append(f"| {name}: {what} | " + " | ".join(cells) + " |")
    return lines


def _table(title: str, rows: Mapping[str, Row]) -> list[str]:
    base = rows["pickle"]
    lines = [
        f"## {title[0].upper()}{title[1:]}",
        "",
        f"pickle: {_bytes(base['size'])}, dump {base['dump'] * 1e3:,.3g} ms, load {base['load'] * 1e3:,.3g} ms.",
        "",
        "| format | size | of pickle | dump | load | by the clock | peak | first prediction | four |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name in FORMATS:
        if name in rows:
            row = rows[name]
            dump = f"{row['dump'] / base['dump']:.2f}" if "dump" in row else ""
            peak = f"{row['peak'] / base['size']:.2f}" if "peak" in row else ""
            cold = f"{row['cold']:.2f} s" if "cold" in row else ""
            pss = f"{row['pss'] / base['size']:.2f}" if "pss" in row else ""
            load = f"{row['load'] / base['load']:.3g}" if "load" in row else ""
            wall = f"{row['wall'] / base['wall']:.3g}" if "wall" in row and "wall" in base else ""
            lines.append(
                f"| {name} | {_bytes(row['size'])} | {row['size'] / base['size']:.3f} | {dump}"
                f" | {load} | {wall} | {peak} | {cold} | {pss} |"
            )
    return lines


def _bytes(size: float) -> str:
    return f"{size / 1e6:,.2f} MB" if size >= 1e5 else f"{size / 1e3:,.2f} kB"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except ImportError:
        return None
