"""Hostile pickles: an error of perdure each, no marker, nothing imported, no gigabyte and no endless work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from attacks.hostile_pickles import files

TESTS = Path(__file__).resolve().parent.parent

#: What may be loaded, since it is data and no more.
DATA: frozenset[str] = frozenset()

SCRIPT = r"""
import json, os, resource, sys, time, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[2])
from attacks.hostile_pickles import files
import perdure
folder = sys.argv[1]
marker = os.path.join(folder, "marker")
found = {}
made = files(marker)
sizes = {}
for name, data in made.items():
    path = os.path.join(folder, "file.pkl")
    with open(path, "wb") as file:
        file.write(data)
    before = set(sys.modules)
    started = time.process_time()
    try:
        if sys.argv[3] == "load":
            model = perdure.load(path)
        else:
            with perdure.open(path) as opened:
                opened.untrusted, opened.types, opened.outline
        said = "loaded"
    except perdure.PerdureError as error:
        said = type(error).__name__
        str(error)
    except BaseException as error:
        said = "CRASH " + repr(error)[:300]
    found[name] = [said, time.process_time() - started, os.path.exists(marker), sorted(set(sys.modules) - before)]
    os.unlink(path)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([found, peak]))
"""


def outcome_of(folder: Path, how: str):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(TESTS), how], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return outcome_of(tmp_path_factory.mktemp("hostile"), "load")


def test_there_are_many():
    assert len(files("marker")) >= 150


def test_each_ends_with_an_error_of_perdure(outcome):
    found, _ = outcome
    wrong = {name: said for name, (said, *_) in found.items() if said in ("loaded",) or said.startswith("CRASH")}
    assert {name: said for name, said in wrong.items() if name not in DATA or said != "loaded"} == {}


def test_no_code_of_them_has_run(outcome):
    found, _ = outcome
    assert [name for name, (_, _, marked, _) in found.items() if marked] == []


def test_none_takes_long_or_much(outcome):
    found, peak = outcome
    assert {name: seconds for name, (_, seconds, _, _) in found.items() if seconds > 10} == {}
    assert peak < 1 << 30


def test_no_module_is_imported_for_a_name_that_is_not_trusted(outcome):
    found, _ = outcome
    own = {
        "perdure",
        "numpy",
        "zstandard",
        "sklearn",
        "scipy",
        "pandas",
        "joblib",
        "threadpoolctl",
        *sys.stdlib_module_names,
    }
    for name, (said, _, _, modules) in found.items():
        if said == "UntrustedError":
            # Only what reads files, and scikit-learn for names that are all in the tables.
            foreign = [module for module in modules if module.partition(".")[0] not in own]
            assert foreign == [], name
            assert not {"antigravity", "this", "idlelib", "pip", "ensurepip", "torch", "pty", "runpy"} & set(modules), (
                name
            )


def test_they_can_be_looked_at(tmp_path):
    found, _ = outcome_of(tmp_path, "open")
    assert [name for name, (said, *_) in found.items() if said.startswith("CRASH")] == []
    assert not (tmp_path / "marker").exists()
