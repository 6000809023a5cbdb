"""Files that other machines wrote: big-endian ones, and ones of 32 bits; loaded here, and asked what they were asked there.

Written by ``architectures/run.py`` in Debian 12, whose scikit-learn is 1.2.1, on emulated machines. See
docs/architectures.md for the whole matrix.
"""

from __future__ import annotations

import io
import json
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

import perdure

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests/fixtures/machines"
FORMS = ("perdure", "2.pkl", "5.pkl")
#: Between releases, as docs/decisions/0013 has it.
CLOSE = 1e-7

sys.path.insert(0, str(ROOT / "architectures"))
import machine  # noqa: E402
from models import MODELS, outputs  # noqa: E402

sys.path.remove(str(ROOT / "architectures"))
ROWS = machine.rows_of()


def files_of(name: str) -> dict[str, bytes]:
    with tarfile.open(FIXTURES / f"{name}.tar.xz") as archive:
        return {Path(item.name).name: archive.extractfile(item).read() for item in archive if item.isfile()}


FILES = {name: files_of(name) for name in ("s390x", "i386")}


@pytest.fixture(autouse=True)
def between_releases(monkeypatch):
    monkeypatch.setattr(machine, "CLOSE", CLOSE)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", list(MODELS))
@pytest.mark.parametrize("writer", list(FILES))
@pytest.mark.filterwarnings("ignore")
def test_files_of_other_machines_predict_as_there(writer, name, form):
    files = FILES[writer]
    stem = json.loads(files["about.json"])["names"][name]
    then = np.load(io.BytesIO(files[f"{stem}.npz"]), allow_pickle=False)
    now = outputs(perdure.loads(files[f"{stem}.{form}"]), ROWS[name])
    scores = next((then[key] for key in ("decision_function.0", "predict_proba.0") if key in then), None)
    assert then.files
    assert {key: why for key in then.files if (why := machine.same(key, then[key], now[key], scores))} == {}


@pytest.mark.parametrize("writer", list(FILES))
def test_the_digests_of_data_are_the_same_there(writer):
    assert json.loads(FILES[writer]["about.json"])["data"] == machine.data_digests()


@pytest.mark.parametrize("writer", list(FILES))
def test_what_is_kept_is_whole(writer):
    """A digest is over what was in memory there: what is made of the file here has the same."""
    files = FILES[writer]
    for name, data in files.items():
        if name.endswith(".perdure"):
            with perdure.open(io.BytesIO(data)) as file:
                assert file.damaged() == [], name


def test_forests_of_the_first_patch_releases_are_brought_on():
    """scikit-learn 1.2.0 and 1.2.1 call the fitted ``estimator_`` of an ensemble ``_estimator``."""
    files = FILES["s390x"]
    stem = json.loads(files["about.json"])["names"]["RandomForestClassifier"]
    with perdure.open(io.BytesIO(files[f"{stem}.perdure"])) as file:
        assert file.libraries["scikit-learn"] == "1.2.1"
        assert "fitted-private-estimator" in {item.name for item in file.migrations}
        assert type(file.load().estimator_).__name__ == "DecisionTreeClassifier"
