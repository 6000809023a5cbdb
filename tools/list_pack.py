"""The table of a library's pack: every estimator that it has, as the installed release names it.

Run with the library installed: ``python tools/list_pack.py xgboost`` prints the ``types`` of
``src/perdure/trust/packs/xgboost.json``; names of earlier releases that are there stay, since old files have them.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import sys
import warnings
from pathlib import Path

from sklearn.base import BaseEstimator

PACKS = Path(__file__).parents[1] / "src/perdure/trust/packs"
_LEFT_OUT = (".tests", ".testing", "conftest", ".dask", ".spark")


def estimators(library: str) -> set[str]:
    """Return the names of the estimator classes that a library defines."""
    found: set[str] = set()
    top = importlib.import_module(library)
    for module in pkgutil.walk_packages(top.__path__, library + "."):
        if any(part in module.name for part in _LEFT_OUT):
            continue
        try:
            names = vars(importlib.import_module(module.name))
        except ImportError as error:
            print(f"{module.name}: {error}", file=sys.stderr)
            continue
        for value in names.values():
            if inspect.isclass(value) and issubclass(value, BaseEstimator):
                home = value.__module__
                if home.partition(".")[0] == library and not any(part in home for part in _LEFT_OUT):
                    found.add(f"{home}:{value.__qualname__}")
    return found


def main() -> None:
    warnings.simplefilter("ignore")
    for library in sys.argv[1:]:
        path = PACKS / f"{library}.json"
        table = json.loads(path.read_text("utf-8")) if path.exists() else {"library": library, "logical": {}}
        table["types"] = sorted({*table.get("types", ()), *estimators(library)})
        path.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{path}: {len(table['types'])} types")


if __name__ == "__main__":
    main()
