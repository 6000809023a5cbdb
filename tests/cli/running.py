"""Running the command: within this process, and as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from click.testing import CliRunner, Result

from perdure.cli.program import program


def run(*arguments: str, **environment: str) -> Result:
    """Run the command within this process; the result has exit_code, stdout and stderr."""
    return CliRunner(env=environment).invoke(program, list(arguments), catch_exceptions=False)


def run_json(*arguments: str) -> Any:
    """Return what the command prints with --json, strictly read."""
    result = run(*arguments, "--json")
    assert result.stdout.isascii()

    def refuse(text: str) -> None:
        raise AssertionError(f"{text} is not JSON")

    return json.loads(result.stdout, parse_constant=refuse)


def run_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m perdure`` as a process, its output in a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "perdure", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
