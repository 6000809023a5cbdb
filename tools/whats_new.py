"""What a scikit-learn release brings against another: estimators and parameters, and which of them perdure does not know.

    python tools/whats_new.py --take known.json      in the environment of the release that is known
    python tools/whats_new.py --against known.json   in the environment of the new one: prints the list

``nox -s nightly`` does both with the newest scikit-learn that installs.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parents[1] / "src" / "perdure" / "trust" / "tables" / "sklearn.json"
_ADDRESS = re.compile(" at 0x[0-9a-f]+")

Surface = dict[str, dict[str, str]]


def surface() -> Surface:
    """The estimators of the running scikit-learn, each with its constructor's parameters and their defaults."""
    import sklearn.utils

    for name in ("enable_halving_search_cv", "enable_iterative_imputer"):
        try:
            importlib.import_module(f"sklearn.experimental.{name}")
        except ImportError:
            continue  # experimental no more
    return {
        f"{kind.__module__}:{kind.__qualname__}": {
            parameter.name: "required"
            if parameter.default is parameter.empty
            else _ADDRESS.sub("", repr(parameter.default))
            for parameter in inspect.signature(kind).parameters.values()
        }
        for _, kind in sklearn.utils.all_estimators()
    }


def news(old: Surface, new: Surface, known: set[str]) -> list[str]:
    """The differences in words, one a line; ``known`` are the names in perdure's tables."""
    lines = [
        f"+ {name}: a new estimator"
        + ("" if name in known else ", not in perdure's tables: files with it need trusted=[…] until it is")
        for name in sorted(new.keys() - old.keys())
    ]
    lines += [f"- {name}: gone, or moved" for name in sorted(old.keys() - new.keys())]
    for name in sorted(old.keys() & new.keys()):
        before, after = old[name], new[name]
        lines += [f"~ {name}({key}={after[key]}): a new parameter" for key in after if key not in before]
        lines += [f"~ {name}({key}=…): gone" for key in before if key not in after]
        lines += [
            f"~ {name}({key}=…): the default was {before[key]} and is {after[key]}"
            for key in before
            if key in after and before[key] != after[key]
        ]
    return lines


def names_in_tables() -> set[str]:
    """The types and functions that perdure builds without being asked."""

    def names(node: Any) -> set[str]:
        if isinstance(node, str):
            return {node}
        if isinstance(node, dict):
            return {name for key, value in node.items() for name in {key} | names(value)}
        return {name for value in node for name in names(value)} if isinstance(node, list) else set()

    return names(json.loads(TABLES.read_text(encoding="utf-8")))


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--take", type=Path, metavar="FILE", help="write down what this environment has")
    action.add_argument("--against", type=Path, metavar="FILE", help="list what is new against it")
    options = parser.parse_args(arguments)
    import sklearn

    if options.take:
        taken = {"release": sklearn.__version__, "estimators": surface()}
        options.take.write_text(json.dumps(taken), encoding="utf-8")
        return
    old = json.loads(options.against.read_text(encoding="utf-8"))
    if old["release"] == sklearn.__version__:
        print(f"nothing newer than scikit-learn {old['release']} installs here")
        return
    lines = news(old["estimators"], surface(), names_in_tables())
    print(f"scikit-learn {sklearn.__version__} against {old['release']}: {len(lines)} differences", *lines, sep="\n")


if __name__ == "__main__":
    main()
