"""The bar of what takes long: on a terminal only, after a moment only, and gone at the end."""

import io
import json
import pickle
import sys
import threading
import time

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

import perdure
import perdure.cli.bar as bars
from cli.running import run
from perdure.arrays.native import native


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    def begin():
        # Here and not in the fixture: between both pytest puts its own stream there.
        made = Terminal()
        monkeypatch.setattr(sys, "stderr", made)
        return made

    monkeypatch.setenv("TERM", "xterm")
    return begin


def test_a_bar_appears_after_a_moment(terminal, monkeypatch):
    screen, before = terminal(), threading.active_count()
    with bars.bar() as progress:
        progress("compressing", 0, 100)
        assert screen.getvalue() == ""
        monkeypatch.setattr(bars, "_PATIENCE", 0)
        progress("compressing", 50, 100)
        progress("writing", 0, 1)
    assert "compressing" in screen.getvalue()
    # The thread that draws it ends.
    until = time.monotonic() + 20
    while threading.active_count() > before:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_none_where_nobody_looks(terminal, monkeypatch):
    terminal()
    with bars.bar(hidden=True) as progress:
        assert progress is None
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with bars.bar() as progress:
        assert progress is None


def test_commands_write_no_bar_into_a_pipe(folder, forest_file):
    old = folder / "for-the-bar.pkl"
    X = np.random.default_rng(0).normal(size=(50, 3))
    old.write_bytes(pickle.dumps(RandomForestClassifier(3, random_state=0).fit(X, X[:, 0] > 0)))
    for command in (
        ("load-check", forest_file),
        ("verify", forest_file),
        ("check", str(old)),
        ("scan", str(old)),
        ("convert", str(old), str(folder / "for-the-bar.perdure")),
    ):
        done = run(*command)
        assert done.exit_code == 0, done.stderr
        assert "\x1b" not in done.stderr


def test_versions():
    done = run("versions")
    assert done.exit_code == 0
    assert perdure.__version__ in done.stdout
    assert "not installed" not in done.stdout.split("zstandard")[0]
    found = json.loads(run("versions", "--json").stdout)
    assert found["schema"] == "perdure.versions/1"
    assert found["Python dependencies"]["numpy"] == np.__version__
    expected = "compiled" if native.active else "numpy" if native.library is None else "numpy (the compiled one is off)"
    assert found["Decoder"]["arrays of trees"] == expected
    assert found["Decoder"].keys() == {"arrays of trees", "graphs"}
    assert found["System"]["executable"] == sys.executable
