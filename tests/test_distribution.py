"""What others build and run of perdure: the recipe of conda, the action of GitHub, and systems whose text is not UTF-8."""

from __future__ import annotations

import os
import pickle
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

import perdure

ROOT = Path(__file__).parent.parent


def test_the_recipe_of_conda_asks_for_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    recipe = (ROOT / "conda" / "recipe.yaml").read_text(encoding="utf-8")
    run = recipe.partition("  run:\n")[2].partition("\ntests:")[0]
    asked = {line.strip().removeprefix("- ").replace(" ", "") for line in run.splitlines() if line.strip()}
    assert asked == {*project["dependencies"], f"python{project['requires-python']}"}
    assert f'version: "{perdure.__version__}"' in recipe
    (program, place), *more = project["scripts"].items()
    assert f"- {program} = {place}" in recipe
    assert not more


@pytest.fixture
def scan(tmp_path):
    """The script of the action, with `perdure` as a command."""
    if os.name == "nt" or not shutil.which("bash"):
        pytest.skip("the action runs in bash")
    command = tmp_path / "bin" / "perdure"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m perdure "$@"\n', encoding="utf-8")
    command.chmod(0o755)

    def run(paths, trusted=""):
        around = {**os.environ, "PERDURE_PATHS": paths, "PERDURE_TRUSTED": trusted}
        around["PATH"] = f"{command.parent}{os.pathsep}{around['PATH']}"
        script = ["bash", str(ROOT / "tools" / "scan_action.sh")]
        return subprocess.run(script, cwd=tmp_path, env=around, capture_output=True, text=True, check=False)

    return run


def test_the_action_refuses_what_scan_refuses(scan, tmp_path):
    (tmp_path / "good").mkdir()
    (tmp_path / "bad").mkdir()
    perdure.dump(LogisticRegression(), tmp_path / "good" / "m.perdure")
    (tmp_path / "bad" / "m.pkl").write_bytes(pickle.dumps(os.system))
    assert scan("good").returncode == 0
    done = scan("good\nbad")
    assert done.returncode == 1
    assert "system" in done.stdout
    assert scan("nowhere").returncode == 2


def test_the_action_trusts_what_it_is_told(scan, tmp_path):
    from sklearn.preprocessing import FunctionTransformer

    perdure.dump(FunctionTransformer(os.path.basename), tmp_path / "m.perdure")
    assert scan("m.perdure").returncode == 1
    name = f"{os.path.basename.__module__}.basename"
    assert scan(".", f"my_package.Other\n{name}").returncode == 0


def test_the_hook_looks_at_what_the_action_looks_at():
    hook = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "howto_review.md").read_text(encoding="utf-8")
    endings = set(re.search(r"files: '\\\.\((.*)\)\$'", hook)[1].split("|"))
    assert set(re.findall(r'"\*\*\.(\w+)"', page)) <= endings


SCRIPT = """
import perdure, sys
from click.testing import CliRunner
from perdure.cli.program import program
from sklearn.linear_model import LogisticRegression
model = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
perdure.dump(model, "m.perdure", source="train.py", notes="ä", X=[[0.0], [1.0], [2.0], [3.0]], y=[0, 0, 1, 1])
perdure.annotate("m.perdure", notes="é")
assert perdure.verify("m.perdure").ok
for arguments in (["inspect", "m.perdure"], ["scan", "."], ["card", "m.perdure", "-o", "card.md"], ["check", "."],
                  ["record", "m.perdure", "-o", "out"], ["verify", "m.perdure"], ["versions"], ["sbom", "m.perdure"]):
    done = CliRunner().invoke(program, arguments, catch_exceptions=False)
    assert done.exit_code in (0, 1), (arguments, done.output)
"""


def test_no_text_is_read_or_written_in_the_encoding_of_the_system(tmp_path):
    (tmp_path / "train.py").write_text("# ä\n", encoding="utf-8")
    # Of perdure alone: what other libraries do in theirs is not ours.
    only = "error::EncodingWarning:perdure"
    ours = "import warnings; warnings.filterwarnings('error', category=EncodingWarning, module=r'perdure(\\.|$)')\n"
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-W", only, "-c", ours + SCRIPT],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUTF8": "0"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "card.md").read_bytes().decode("utf-8")
