"""``perdure demo``: a real model, from fitting it to proving that it came back."""

from __future__ import annotations

import shlex
import tempfile
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from statistics import mean, pstdev
from typing import TYPE_CHECKING, Any

import click

from ..errors import FormatError, MissingExtraError
from ..reporting.text import clean, size_text
from . import processes
from .exits import CHECK_FAILED
from .options import json_option
from .printing import console, print_json, print_wrapped, styled

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["command"]

_DEPTH = 2
_INDENT = "   "


@click.command("demo", short_help="A real model: fitted, saved, inspected, loaded elsewhere, compared.")
@click.option("--keep", metavar="DIR", type=click.Path(path_type=Path), help="Keep the files in this folder.")
@json_option
def command(keep: Path | None, as_json: bool) -> None:
    """Fit a real model, save it, inspect it, load it in a fresh process, and compare.

    The data are the Palmer penguins: 344 rows with strings and missing values, which come with
    perdure. Nothing is downloaded. The files are deleted in the end, unless --keep says where they stay.
    """
    if find_spec("pandas") is None:
        raise MissingExtraError("the demo's data are a pandas DataFrame", fix='pip install "perdure[demo]"')
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    place = tempfile.TemporaryDirectory(prefix="perdure-demo-") if keep is None else nullcontext(keep)
    with place as folder:
        steps = _Steps(Path(folder), None if as_json else console())
        steps.run(keep)
    if as_json:
        print_json(steps.found)
    if not (steps.found["identical"] and steps.found["changed_file_refused"]):
        raise click.exceptions.Exit(CHECK_FAILED)


class _Steps:
    """The steps of the demo, each told where there is somebody to read it.

    Attributes
    ----------
    found : dict
        What was seen, for ``--json``.
    """

    def __init__(self, folder: Path, screen: Console | None) -> None:
        self.folder = folder
        self.file = folder / processes.FILE
        self.screen = screen
        self.found: dict[str, Any] = {"schema": "perdure.demo/1"}

    def run(self, keep: Path | None) -> None:
        """Take all the steps."""
        self.train()
        self.inspect()
        self.load_and_verify()
        self.compare_with_peers()
        self.change_one_bit()
        self.say_what_next(keep)

    def waiting(self, words: str) -> AbstractContextManager[Any]:
        """Say what is going on, on a terminal only."""
        return nullcontext() if self.screen is None else self.screen.status(styled(words))

    def say(self, title: str, *lines: Text | str) -> None:
        if self.screen is not None:
            self.screen.print(styled((title, "bold")))
            for line in lines:
                print_wrapped(self.screen, _INDENT, line)
            self.screen.print()

    def train(self) -> None:
        with self.waiting("fitting and cross-validating a pipeline …"):
            seen = processes.train(self.folder)
        scores, size = seen["scores"], self.file.stat().st_size
        self.found |= {
            "rows": seen["rows"],
            "scores": scores,
            "fit_seconds": seen["fit_seconds"],
            "save_seconds": seen["save_seconds"],
            "sha256_when_saved": seen["sha256"],
        }
        columns = seen["columns"]
        self.say(
            "1. A model is fitted and saved, by a script in a process of its own",
            clean(str(processes.script())),
            f"the Palmer penguins: {seen['rows']} rows, {columns['numbers']} numbers, {columns['categories']} "
            f"categories, {seen['missing']} values missing; 3 species to tell apart",
            "ColumnTransformer(impute, scale, one-hot) and HistGradientBoostingClassifier, "
            f"fitted in {seen['fit_seconds']:.2f} s",
            f"accuracy in 5 folds: {mean(scores):.3f} ± {pstdev(scores):.3f}  "
            f"({' '.join(format(score, '.3f') for score in scores)})",
            f"perdure.dump(model, {processes.FILE!r}, scores=…, data=…, source=…): "
            f"{size_text(size)} in {seen['save_seconds']:.2f} s",
        )

    def inspect(self) -> None:
        from .. import open
        from ..reporting.inspection import inspect_file
        from .inspect import print_inspection

        if self.screen is None:
            return
        with open(self.file) as opened:
            found = inspect_file(opened, processes.FILE, depth=_DEPTH)
        self.screen.print(styled(("2. It is inspected: nothing is built, scikit-learn is not imported", "bold")))
        print_inspection(found)
        self.screen.print()

    def load_and_verify(self) -> None:
        import numpy as np

        width = 100 if self.screen is None else self.screen.width - len(_INDENT)
        with self.waiting("loading and verifying it in a fresh process …"):
            seen, lines = processes.load_and_verify(self.folder, width)
        here, there = (np.load(self.folder / name, allow_pickle=False) for name in ("saved.npy", "loaded.npy"))
        equal = here.dtype == there.dtype and here.shape == there.shape and bool((here == there).all())
        same = equal and seen["sha256"] == self.found["sha256_when_saved"]
        self.found |= {"sha256_when_loaded": seen["sha256"], "identical": same, "verified": True}
        verdict = ("identical, bit for bit", "bold green") if same else ("they differ", "bold red")
        self.say(
            f"3. It is loaded in a fresh process ({seen['process']}) and predicts",
            f"predict_proba when it was saved: sha256 {self.found['sha256_when_saved']}",
            f"predict_proba of the loaded one: sha256 {seen['sha256']}",
            styled(verdict, f": {here.shape[0]} × {here.shape[1]} probabilities of {here.dtype}"),
        )
        self.say("4. perdure verify", *map(clean, lines))

    def compare_with_peers(self) -> None:
        with self.waiting("loading it as perdure, pickle and joblib, in turns …"):
            seconds = processes.time_loading(self.folder)
        rows: list[dict[str, Any]] = [
            {"written_by": how, "bytes": (self.folder / name).stat().st_size, "load_seconds": seconds[name]}
            for how, name in processes.PEERS.items()
        ]
        self.found["formats"] = rows
        width = max(len(row["written_by"]) for row in rows)
        self.say(
            "5. Beside pickle and joblib: the same model, medians of 11 loads in turns, in one warm process",
            *(
                f"{row['written_by']:<{width}}  {size_text(row['bytes']):>9}  {row['load_seconds'] * 1000:6.1f} ms"
                for row in rows
            ),
            "(perdure's file holds the record and the probe as well, and its numbers are checked)",
        )

    def change_one_bit(self) -> None:
        from .. import loads

        data = bytearray(self.file.read_bytes())
        data[len(data) // 2] ^= 1
        try:
            loads(data)
        except FormatError as error:
            problem: str | None = error.problem
        else:
            problem = None
        self.found["changed_file_refused"] = problem is not None
        self.say(
            "6. One bit is changed in the middle of a copy",
            styled(("refused", "bold green"), f": {clean(problem)}")
            if problem is not None
            else styled(("loaded all the same", "bold red")),
        )

    def say_what_next(self, keep: Path | None) -> None:
        kept = keep is not None
        folder = shlex.quote(clean(str(keep))) if kept else "penguins"
        first = [] if kept else [f"perdure demo --keep {folder}"]
        path = f"{folder}/{processes.FILE}"
        self.say(
            "Next",
            *first,
            f"perdure inspect {path}",
            f"perdure inspect --json {path}",
            f"perdure load-check {path}",
            f"perdure verify {path}",
        )
