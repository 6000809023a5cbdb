"""Exit codes, errors and pipes: what scripts and people rely on."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

import perdure
from cli.crafted import save
from cli.running import run, run_json, run_process
from perdure.cli.exits import EXITS, exit_code
from perdure.cli.program import show_warning
from perdure.errors import (
    ExportError,
    FormatError,
    InvalidError,
    LimitError,
    MigrationError,
    MissingExtraError,
    PerdureError,
    UnsupportedError,
    UntrustedError,
    VerificationError,
)
from perdure.graph.nodes import List, Object

PAGE = Path(__file__).parent.parent.parent / "docs" / "cli.md"

# A file of the tests → the exit code of load-check.
CASES = {
    "logistic_file": 0,
    "damaged_file": 3,
    "pickle_file": 3,
    "untrusted_file": 4,
    "invalid_file": 5,
    "limits_file": 5,
    "newer_file": 6,
}


@pytest.fixture(scope="session")
def newer_file(folder):
    """A file of a scikit-learn that no rule knows."""
    root = Object("sklearn.preprocessing._data:StandardScaler", {"copy": True, "with_mean": True, "with_std": True})
    return save(folder / "newer.perdure", root, libraries={"python": "3.13.0", "scikit-learn": "99.0.0"})


# -- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (VerificationError("x"), 1),
        (FileNotFoundError(2, "x"), 2),
        (PermissionError(13, "x"), 2),
        (FormatError("x"), 3),
        (UntrustedError([]), 4),
        (InvalidError("x"), 5),
        (LimitError("x"), 5),
        (MigrationError("x"), 6),
        (UnsupportedError("x"), 6),
        (MissingExtraError("x"), 6),
        (ExportError("x"), 6),
        (PerdureError("x"), 6),
    ],
)
def test_every_kind_of_error_has_its_code(error, code):
    assert exit_code(error) == code
    assert code in EXITS


@pytest.mark.parametrize("name", CASES)
def test_load_check_ends_with_the_code_of_the_file(name, request):
    result = run("load-check", request.getfixturevalue(name))
    assert result.exit_code == CASES[name]
    assert ("error: " in result.stderr) is bool(CASES[name])
    assert bool(result.stdout) is not bool(CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_json_says_the_same_code(name, request):
    path = request.getfixturevalue(name)
    result = run("load-check", path, "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == CASES[name]
    assert result.stderr == ""
    assert found["file"] == path
    if CASES[name]:
        assert found["schema"] == "perdure.error/1"
        assert found["error"]["exit_code"] == CASES[name]
        assert found["error"].keys() == {"kind", "exit_code", "problem", "where", "what_to_do", "untrusted"}
    else:
        assert found["loads"] is True
        assert found["type"] == "sklearn.linear_model._logistic:LogisticRegression"


def test_the_same_codes_stand_in_the_help_and_on_the_page():
    listed = dict(re.findall(r"^- \*\*(\d+)\*\*: (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {int(code): meaning for code, meaning in listed.items()} == EXITS
    shown = " ".join(run("--help").stdout.split())
    for code, meaning in EXITS.items():
        assert f"{code} {' '.join(meaning.split())}" in shown


@pytest.mark.parametrize(
    "arguments",
    [["inspect"], ["no-such-command"], ["inspect", "--no-such-option", "x"], ["inspect", "x", "--depth", "-1"]],
)
def test_a_wrong_command_line(arguments):
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error" in result.stderr
    assert result.stdout == ""


def test_a_file_that_is_not_there(tmp_path):
    result = run("inspect", str(tmp_path / "nothing.perdure"))
    assert result.exit_code == 2
    assert result.stderr == f"error: there is no file {tmp_path / 'nothing.perdure'}\n"
    assert run_json("inspect", str(tmp_path / "nothing.perdure"))["error"]["kind"] == "FileNotFoundError"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read(tmp_path):
    path = tmp_path / "closed.perdure"
    path.write_bytes(b"x")
    path.chmod(0)
    result = run("inspect", str(path))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_a_directory(tmp_path):
    result = run("inspect", str(tmp_path))
    assert result.exit_code == 3
    assert "is a directory" in result.stderr
    assert "what to do: " in result.stderr


# -- load-check -------------------------------------------------------------------------------------------------------


def test_load_check_says_that_it_loads(forest_file):
    result = run("load-check", forest_file)
    assert result.stdout.startswith(f"loads: {forest_file} is a sklearn.ensemble._forest:RandomForestClassifier, in ")


def test_load_check_lists_every_name_with_its_places_and_the_call(untrusted_file):
    shown = run("load-check", untrusted_file).stderr
    assert "2 names that are not trusted; nothing was loaded" in shown
    assert "their_package.things:Thing  not in perdure's tables\n    at model[0], model[1].inner" in shown
    assert "their_package.things:Other  not in perdure's tables\n    at model[1]" in shown
    options = "--trusted their_package.things:Thing --trusted their_package.things:Other"
    assert f"perdure load-check {untrusted_file} {options}\n" in shown
    names = '["their_package.things:Thing", "their_package.things:Other"]'
    assert f"perdure.load({untrusted_file!r}, trusted={names})\n" in shown


def test_trusted_names_are_passed_on(tmp_path):
    (tmp_path / "their_module.py").write_text("class Thing:\n    pass\n", encoding="utf-8")
    path = save(tmp_path / "m.perdure", Object("their_module:Thing", {"size": 3}))
    places = os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))
    assert run_process("load-check", path, PYTHONPATH=places).returncode == 4
    done = run_process("load-check", path, "--trusted", "their_module:Thing", PYTHONPATH=places)
    assert (done.returncode, done.stderr) == (0, "")
    assert "is a their_module:Thing" in done.stdout


def test_a_name_cannot_smuggle_a_command_into_the_advice(tmp_path):
    for name in ('m:x", os.system("x"), "', "m:$(touch x)`y`", "m:x y", "m:x;y"):
        result = run("load-check", save(tmp_path / "m.perdure", List((Object(name, {}), Object("m:fine", {})))))
        assert result.exit_code == 3
        assert name not in result.stdout + result.stderr


def test_the_advice_can_be_copied(tmp_path):
    shown = run(
        "load-check", save(tmp_path / "m.perdure", List((Object("m:one", {}), Object("m.n:Two.Three", {}))))
    ).stderr
    shell, call = (next(line for line in shown.splitlines() if mark in line) for mark in ("--trusted", "perdure.load("))
    assert shlex.split(shell)[3:] == ["--trusted", "m:one", "--trusted", "m.n:Two.Three"]
    (trusted,) = ast.parse(call.strip()).body[0].value.keywords
    assert ast.literal_eval(trusted.value) == ["m:one", "m.n:Two.Three"]


def test_a_warning_while_loading_is_told(logistic_file, monkeypatch):
    def load(path, **options):
        warnings.warn("look \x1b[31mhere", perdure.PerdureWarning, stacklevel=2)
        return 1

    monkeypatch.setattr(perdure, "load", load)
    assert "warning: PerdureWarning: look \\x1b[31mhere\n" in run("load-check", logistic_file).stdout
    assert run_json("load-check", logistic_file)["warnings"] == ["PerdureWarning: look \x1b[31mhere"]


def test_a_warning_is_shown_without_our_source(capsys):
    show_warning(perdure.PerdureWarning("look\x1b[31m\n  here"), perdure.PerdureWarning, "program.py", 7)
    assert capsys.readouterr() == ("", "warning: PerdureWarning: look\\x1b[31m\n  here\n")


# -- help and version -------------------------------------------------------------------------------------------------


def test_the_version():
    assert run("--version").stdout == f"perdure {perdure.__version__}\n"
    done = run_process("-V")
    assert (done.returncode, done.stdout) == (0, f"perdure {perdure.__version__}\n")


def test_the_help_lists_every_command_in_a_group():
    shown = run("--help").stdout
    for title in ("See it work:", "Look at a file", "Check a file:", "Exit codes:"):
        assert title in shown
    for command in ("demo", "inspect", "load-check", "verify"):
        assert re.search(rf"^  {command}  +\S", shown, re.MULTILINE)
        result = run(command, "--help")
        assert result.exit_code == 0
        assert "--json" in result.stdout


def test_without_a_command_the_help_is_shown():
    result = run()
    assert result.exit_code == 2
    assert "perdure demo" in result.stdout + result.stderr


# -- pipes and terminals ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {"COLUMNS": "60"}])
def test_a_pipe_gets_plain_text(environment, forest_file):
    done = run_process("inspect", forest_file, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= int(environment.get("COLUMNS", 100))
    assert "25 × DecisionTreeClassifier" in done.stdout


@pytest.mark.parametrize("columns", ["0", "1", "39", "x", "-5", "99999999999999999999", "²"])
def test_a_strange_width(columns, forest_file):
    result = run("inspect", forest_file, COLUMNS=columns)
    assert result.exit_code == 0
    assert "DecisionTreeClassifier" in result.stdout


def test_a_terminal_that_knows_ascii_only(forest_file):
    done = run_process("inspect", forest_file, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert "DecisionTreeClassifier" in done.stdout


def test_colours_are_for_terminals(forest_file):
    coloured = run_process("inspect", forest_file, FORCE_COLOR="1").stdout
    assert "\x1b[" in coloured
    assert "\x1b[3" not in run_process("inspect", forest_file, FORCE_COLOR="1", NO_COLOR="1").stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise there")
@pytest.mark.parametrize("arguments", [["inspect", "{file}"], ["inspect", "{file}", "--json"], ["--help"]])
def test_a_reader_that_has_gone(arguments, forest_file):
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "perdure", *(argument.format(file=forest_file) for argument in arguments)],
            stdout=gone,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are otherwise there")
def test_ctrl_c(tmp_path):
    """A pipe nobody writes to: the command waits, and Ctrl-C ends it without a traceback."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "perdure", "inspect", str(pipe)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell's jobs in the background ignore it, and so would all that they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    # Open once the command has opened it too: then it reads, and waits.
    writer = os.open(pipe, os.O_WRONLY)
    try:
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        os.close(writer)
    assert (process.returncode, stdout) == (130, b"")
    assert b"Traceback" not in stderr
