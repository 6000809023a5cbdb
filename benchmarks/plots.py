"""The figures as pictures: sizes and loads of all models, and the curve of scaling."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models import MODELS

__all__ = ["plot_models", "plot_scaling"]

_COLORS = {
    "pickle": "#7f7f7f",
    "pickle + zstd": "#b8860b",
    "joblib, compress=3": "#d95f02",
    "skops, deflated": "#7570b3",
    "perdure": "#1b9e77",
    "perdure, raw": "#66c2a5",
    "perdure, raw and mapped": "#1f78b4",
}


def _figure(rows: int, columns: int, size: tuple[float, float]) -> Any:
    import matplotlib

    matplotlib.use("svg")
    # The same figures are the same file: no date, and names that do not depend on chance.
    matplotlib.rcParams.update({"svg.hashsalt": "perdure", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    return pyplot.subplots(rows, columns, figsize=size, constrained_layout=True)


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, format="svg", metadata={"Date": None}, facecolor="white")


def plot_models(figures: Mapping[str, Any], path: Path) -> None:
    """Size and CPU time of a load of each model, as multiples of pickle's."""
    shown = [name for name in MODELS if "pickle" in figures.get(name, {})]
    figure, axes = _figure(1, 2, (9, 0.42 * len(shown) + 1.1))
    for axis, key, title in zip(
        axes, ("size", "load"), ("size, of pickle", "CPU time of a load, of pickle"), strict=True
    ):
        for name, color in _COLORS.items():
            places = [at for at, model in enumerate(shown) if key in figures[model].get(name, {})]
            values = [figures[shown[at]][name][key] / figures[shown[at]]["pickle"][key] for at in places]
            axis.plot(values, places, "o" if "perdure" in name else "|", color=color, label=name, markersize=7)
        axis.set_xscale("log")
        axis.set_title(title)
        axis.set_yticks(range(len(shown)), [MODELS[model].title for model in shown] if key == "size" else [])
        axis.invert_yaxis()
        axis.grid(axis="x", alpha=0.3)
    axes[1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    _save(figure, path)


def plot_scaling(figures: Mapping[str, Mapping[str, Mapping[str, float]]], path: Path) -> None:
    """Size and CPU time of a load against the nodes of a forest."""
    figure, axes = _figure(1, 2, (9, 3.4))
    for axis, key, title in zip(axes, ("size", "load"), ("bytes", "CPU seconds of a load"), strict=True):
        for name, points in figures.items():
            if key == "size" and name == "perdure, raw and mapped":
                continue
            rows = sorted(points.values(), key=lambda row: row["nodes"])
            axis.plot([row["nodes"] for row in rows], [row[key] for row in rows], "o-", color=_COLORS[name], label=name)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel("nodes")
        axis.set_title(title)
        axis.grid(alpha=0.3)
    axes[1].legend(frameon=False)
    _save(figure, path)
