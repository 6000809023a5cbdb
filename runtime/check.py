"""Run in an environment that holds perdure-runtime alone: python check.py FOLDER, as tools/make_runtime.py lays it out."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path

import numpy as np

import perdure


def refusal(name: str) -> str:
    """Return what the package says of a name that it does not have."""
    try:
        getattr(perdure, name)
    except AttributeError as error:
        return str(error)
    return ""


def main() -> int:
    """Compare each model of the folder with what scikit-learn gave."""
    names = sorted({dist.metadata["Name"].lower() for dist in importlib.metadata.distributions()})
    assert set(names) <= {"numpy", "perdure-runtime", "pip", "zstandard"}, names
    folder, count = Path(sys.argv[1]), 0
    for path in sorted(folder.glob("*.perdure")):
        rows = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        predictor = perdure.Predictor(path)
        for wanted in folder.glob(f"{path.stem}-*.npy"):
            found, expected = getattr(predictor, wanted.stem.partition("-")[2])(rows), np.load(wanted)
            if expected.dtype.kind == "f":
                np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
            else:
                np.testing.assert_array_equal(found, expected)
            count += 1
    assert count, folder
    # What is not there says where it is.
    assert "pip install perdure" in refusal("load")
    assert issubclass(perdure.UnsupportedError, perdure.PerdureError)
    from perdure.arrays.native import native
    from perdure.prediction.walking import _trees

    compiled = "with" if _trees is not None and native.active else "without"
    print(f"{', '.join(names)}: {count} outputs agree, {compiled} compiled code")
    return 0


if __name__ == "__main__":
    sys.exit(main())
