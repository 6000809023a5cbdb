"""A slice of the fuzzer's work: as many mutants as a minute allows, none of which may do harm."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SECONDS = 60


def fuzz(folder, *arguments):
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "fuzz", "--save", str(folder), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_minute_of_mutants_finds_nothing(tmp_path):
    code, said = fuzz(tmp_path, "--mutants", "10000000", "--seconds", str(SECONDS), "--models", "80", "--seed", "4")
    assert code == 0, said
    share = re.search(r"([\d.]+)% of the format-aware ones got past validate", said)
    # Whoever refuses everything has proved nothing.
    assert float(share.group(1)) >= 30


def test_mutants_of_what_predictors_read_find_nothing(tmp_path):
    code, said = fuzz(
        tmp_path, "--target", "predictor", "--mutants", "10000000", "--seconds", "20", "--models", "80", "--seed", "5"
    )
    assert code == 0, said
    assert re.search(r"[1-9][\d,]* +[\d,]+ +loaded", said), said


def test_mutants_of_what_pages_show_find_nothing(tmp_path):
    code, said = fuzz(
        tmp_path, "--target", "view", "--mutants", "10000000", "--seconds", "15", "--models", "80", "--seed", "6"
    )
    assert code == 0, said
    assert re.search(r"[1-9][\d,]* +[\d,]+ +loaded", said), said
