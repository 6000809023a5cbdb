"""How long the fingerprint of training data takes: ``python benchmarks/fingerprint.py [ROWS]``, a line for each library."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from perdure.record.fingerprint import fingerprint

_COLUMNS = 20
_REPEATS = 5


def main(rows: int) -> None:
    values = np.random.default_rng(0).normal(size=(rows, _COLUMNS))
    tables: dict[str, Any] = {"numpy, C order": values, "numpy, Fortran order": np.asfortranarray(values)}
    names = [f"column {place}" for place in range(_COLUMNS)]
    try:
        import pandas

        tables["pandas"] = pandas.DataFrame(values, columns=names)
    except ImportError:
        print("pandas is not installed")
    try:
        import pyarrow

        tables["arrow"] = pyarrow.table(dict(zip(names, values.T.copy(), strict=True)))
    except ImportError:
        print("pyarrow is not installed")
    try:
        import polars

        tables["polars"] = polars.DataFrame(values, schema=names)
    except ImportError:
        print("polars is not installed")
    digests = set()
    for name, data in tables.items():
        times = []
        for _ in range(_REPEATS):
            start = time.perf_counter()
            digests.add(fingerprint(data).values)
            times.append(time.perf_counter() - start)
        print(f"{name:<22} {rows:,} × {_COLUMNS}: {min(times):.2f} s, the slowest of {_REPEATS} {max(times):.2f} s")
    print("the same digest from all" if len(digests) == 1 else "DIFFERENT DIGESTS")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
