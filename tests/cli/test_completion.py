"""Completion in shells: the scripts are there, and what they ask is answered."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from cli.running import run, run_process


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(shell):
    script = run("completion", shell).stdout
    assert "_PERDURE_COMPLETE" in script
    assert f"{shell}_complete" in script
    if shutil.which(shell):
        done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def completed(words):
    done = run_process(
        _PERDURE_COMPLETE="bash_complete", COMP_WORDS=f"perdure {words}", COMP_CWORD=str(len(words.split(" ")))
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ins", ["plain,inspect"]),
        ("scan --js", ["plain,--json"]),
        ("inspect mod", ["file,mod"]),
        ("convert a.pkl ", ["file,"]),
        ("scan a b", ["file,b"]),
        ("completion f", ["plain,fish"]),
    ],
)
def test_what_a_shell_asks_is_answered(words, found):
    assert completed(words) == found


def test_an_unknown_shell_is_refused():
    assert run("completion", "tcsh").exit_code == 2
