"""The fresh process: loads what was saved elsewhere and looks at it.

It is started with an empty ``__main__``; of the tests' own code only what can be imported is there. What it is to do
comes as a JSON file of entries, what it saw goes back as one, so nothing but text crosses. The query is made anew from
the case's data.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from zoo.compare import differences
from zoo.life import CHECKS, observe
from zoo.registry import Case, case

#: One statement, so that ``__main__`` holds no name.
_PROGRAM = "__import__('zoo.child', fromlist=['main']).main()"


def survey(
    cases: Iterable[Case],
    dumps: Callable[[Any], bytes],
    loader: str,
    directory: Path,
    checks: tuple[str, ...] = CHECKS,
    options: Callable[[Case], Mapping[str, Any]] = lambda case: {},
    dumper: str | None = None,
) -> dict[str, list[str]]:
    """Save each case here, load it in a fresh process, and say where the two differ: nothing, when all is well.

    Parameters
    ----------
    cases : iterable of Case
    dumps : callable
        Gives the bytes of a model.
    loader : str
        ``module:function``, called in the child with the bytes and with ``options(case)`` as keywords.
    directory : Path
        Where the files go.
    checks : tuple of str
        Of ``zoo.life.CHECKS``.
    options : callable
        Keywords for the loader, plain JSON: ``{"trusted": [...]}`` for a case with code of its own.
    dumper : str, optional
        ``module:function``: the child saves again what it has loaded, and the bytes have to be the same.

    Returns
    -------
    dict
        For each case the differences in words, each beginning with the check.
    """
    cases = list(cases)
    entries, expected, found = [], {}, {}
    for number, each in enumerate(cases):
        path = directory / f"{number}.model"
        model, _ = each.make()
        path.write_bytes(dumps(model))
        expected[each.name] = observe(each, model, checks)
        entries.append(
            {
                "case": each.name,
                "path": str(path),
                "loader": loader,
                "options": dict(options(each)),
                "checks": list(checks),
                "dumper": dumper,
            }
        )
    if entries:
        found = run(entries, directory)
    return {each.name: _compared(each, expected[each.name], found[each.name]) for each in cases}


def run(entries: list[dict[str, Any]], directory: Path, **environment: str) -> dict[str, Any]:
    """Look at all entries in one fresh process; its results by the name of the case."""
    job, results = directory / "job.json", directory / "results.json"
    job.write_text(json.dumps(entries))
    tests = str(Path(__file__).parents[1])
    paths = [tests, *(path for path in sys.path if path and Path(path).is_dir())]
    finished = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(job), str(results)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)), **environment},
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise RuntimeError(f"the child ended with {finished.returncode}:\n{finished.stderr[-4000:]}")
    return json.loads(results.read_text())  # type: ignore[no-any-return]


def main() -> None:
    """``job results``: the two paths on the command line."""
    names = [name for name in vars(sys.modules["__main__"]) if not name.startswith("__")]
    if names:
        raise RuntimeError(f"__main__ is not empty: {names}")
    job, results = map(Path, sys.argv[1:3])
    seen = {entry["case"]: _looked_at(entry) for entry in json.loads(job.read_text())}
    results.write_text(json.dumps(seen))


def _looked_at(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One entry; what goes wrong with it is its result, and the next one follows."""
    data = Path(entry["path"]).read_bytes()
    start = time.perf_counter()
    try:
        model = named(entry["loader"])(data, **entry["options"])
        result: dict[str, Any] = {"seconds": time.perf_counter() - start}
        if entry["dumper"]:
            result["same_bytes"] = named(entry["dumper"])(model) == data
        result["seen"] = observe(case(entry["case"]), model, tuple(entry["checks"]))
    except Exception as error:  # noqa: BLE001 - told to the parent, which fails on it
        return {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
    return result


def named(name: str) -> Callable[..., Any]:
    """The function that ``module:function`` names."""
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)  # type: ignore[no-any-return]


def _compared(case: Case, expected: Mapping[str, Mapping[str, str]], found: Mapping[str, Any]) -> list[str]:
    if "error" in found:
        return [f"not loaded: {found['error']}\n{found['traceback']}"]
    words = [] if found.get("same_bytes", True) else ["saved again, the bytes differ"]
    for check, before in expected.items():
        ignored = case.unrepeated_places if check in ("clone_fit", "warm_start") else None
        words += [f"{check}: {line}" for line in differences(before, found["seen"][check], ignored)]
    return words
