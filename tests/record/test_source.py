"""source="auto": the script, the cells and the notebook that run, and what git has not; no secret of any of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

import perdure
from perdure.errors import PerdureWarning, UnsupportedError
from perdure.record import origin, running
from perdure.record.record import LeftOut

SCRIPT = """\
import perdure
from sklearn.linear_model import LogisticRegression

password = "hunter2"
folder = "{home}/data"
perdure.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), "m.perdure", source="auto")
"""
KEPT = SCRIPT.replace("hunter2", "<left out: password>").replace("{home}", "~")


def git(folder: Path, *words: str) -> str:
    names = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"]
    done = subprocess.run(["git", "-C", str(folder), *names, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def texts_of(path: str | os.PathLike[str]) -> dict[str, tuple[object, str]]:
    with perdure.open(path) as file:
        assert perdure.verify(path).of("source")[0].status == "ok"
        texts = file.record.source.texts
        return {text.kind: (text, file.section(f"record/source/{text.name}").decode()) for text in texts}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository in somebody's home folder, with a script and data."""
    home = tmp_path / "home-of-somebody"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    (home / "train.py").write_text("import perdure\n")
    (home / "train.csv").write_text("a,b\n1,2\n")
    (home / "settings.yaml").write_text("alpha: 1\n")
    git(home, "init", "-q", "--initial-branch=main")
    git(home, "add", ".")
    git(home, "commit", "-q", "-m", "first")
    return home


def run(*command: str) -> str:
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_the_running_script_and_what_git_has_not(project):
    (project / "train.py").write_text(SCRIPT.format(home=project))
    (project / "train.csv").write_text("a,b\n1,2\n8.25,9\n")
    (project / "settings.yaml").write_text("alpha: 1\ntoken: abcdefgh1\n")
    said = run("train.py")
    assert "a secret in train.py: line 4 (password)" in said
    assert "os.environ" in said
    texts = texts_of("m.perdure")
    assert set(texts) == {"script", "diff"}
    script, text = texts["script"]
    assert (script.name, script.of, text) == ("train.py", "train.py", KEPT)
    assert script.left_out == (LeftOut(line=4, what="password"), LeftOut(line=5, what="home folder"))
    diff, text = texts["diff"]
    assert diff.of == f"git diff {git(project, 'rev-parse', 'HEAD')}"
    assert "train.csv" in text.splitlines()[0]
    assert "8.25" not in text
    assert '+password = "<left out: password>"' in text
    assert "+token: <left out: token>" in text
    for item in diff.left_out:
        line = text.splitlines()[item.line - 1]
        assert "<left out: " in line or "~/data" in line
    data = Path("m.perdure").read_bytes()
    assert b"hunter2" not in data
    assert b"home-of-somebody" not in data
    # The digest of the script is that of what ran.
    with perdure.open("m.perdure") as file:
        import hashlib

        ran = hashlib.sha256((project / "train.py").read_bytes()).hexdigest()
        assert file.record.source.script.sha256 == ran != script.sha256


def test_a_diff_can_be_applied(project):
    (project / "settings.yaml").write_text("alpha: 2\nbeta: 3\n")
    (project / "train.csv").write_text("a,b\n")
    made = running.changes_piece()
    wanted = (project / "settings.yaml").read_text()
    git(project, "checkout", "-q", "--", "settings.yaml")
    (project.parent / "changes.diff").write_text(made.text)
    git(project, "apply", str(project.parent / "changes.diff"))
    assert (project / "settings.yaml").read_text() == wanted


def test_nothing_of_the_repository_is_run_for_a_diff(project):
    ran = project.parent / "ran"
    git(project, "config", "diff.external", f"touch {ran}")
    git(project, "config", "diff.odd.textconv", f"touch {ran};")
    (project / ".gitattributes").write_text("*.py diff=odd\n")
    (project / "train.py").write_text("print(2)\n")
    assert "+print(2)" in running.changes_piece().text
    assert not ran.exists()


def test_without_changes_or_commits_there_is_no_diff(project, monkeypatch):
    assert running.changes_piece() is None
    empty = project / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    monkeypatch.chdir(empty)
    assert running.changes_piece() is None


def test_where_nothing_runs_it_is_said_and_the_rest_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(origin, "script_path", lambda: None)
    monkeypatch.chdir(tmp_path)
    Path("helper.py").write_text("x = 1\n")
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.warns(PerdureWarning, match=r"lacks the running script: neither a script nor a notebook runs here"):
        perdure.dump(model, "m.perdure", source=["auto", "helper.py"])
    assert set(texts_of("m.perdure")) == {"file"}
    with pytest.raises(UnsupportedError, match="neither a script"):
        perdure.dump(model, "m.perdure", source="auto", strict=True)


def test_a_secret_is_an_error_where_that_is_wanted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("helper.py").write_text('password = "hunter2"\n')
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(UnsupportedError, match=r"helper\.py: line 1 \(password\)"):
        perdure.dump(model, "m.perdure", source="helper.py", strict=True)
    assert not Path("m.perdure").exists()
    perdure.dump(model, "m.perdure")
    with pytest.warns(PerdureWarning, match="line 1"):
        perdure.annotate("m.perdure", source="helper.py")
    with pytest.warns(PerdureWarning, match=r"the notes: line 2 \(password\)"):
        perdure.annotate("m.perdure", notes="the first\npassword: hunter2")
    assert b"hunter2" not in Path("m.perdure").read_bytes()


class Shell:
    """What is asked of IPython's."""

    def __init__(self, cells, **names):
        self.user_ns = {"In": ["", *cells], **names}


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = [
        {"cell_type": "markdown", "id": "a1", "metadata": {}, "source": ["# Title\n", "text"]},
        {
            "cell_type": "code",
            "id": "a2",
            "metadata": {"tags": ["x"]},
            "execution_count": 3,
            "source": "x = 1\npassword = 'hunter2'",
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["row 8.25\n"]}],
        },
    ]
    raw = {"cells": cells, "metadata": {"widgets": {"rows": "8.25"}}, "nbformat": 4, "nbformat_minor": 5}
    Path("train.ipynb").write_text(json.dumps(raw))
    return tmp_path / "train.ipynb"


@pytest.mark.parametrize("told", ["by VS Code", "by Jupyter", "by nobody"])
def test_cells_and_notebook(notebook, monkeypatch, told):
    shell = Shell(["import perdure", "", "password = 'hunter2'\n"])
    if told == "by VS Code":
        shell.user_ns["__vsc_ipynb_file__"] = str(notebook)
    elif told == "by Jupyter":
        monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    monkeypatch.setattr(origin, "script_path", lambda: None)
    monkeypatch.setitem(sys.modules, "IPython", type("IPython", (), {"get_ipython": staticmethod(lambda: shell)}))
    with pytest.warns(PerdureWarning) as caught:
        perdure.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), "m.perdure", source="auto")
    said = "\n".join(str(item.message) for item in caught)
    texts = texts_of("m.perdure")
    assert texts["cells"][1] == "# %% In [1]\nimport perdure\n\n# %% In [3]\npassword = '<left out: password>'\n"
    assert "In: line 5 (password)" in said
    with perdure.open("m.perdure") as file:
        script = file.record.source.script
    if told == "by nobody":
        assert set(texts) == {"cells"}
        assert script is None
        return
    assert script.name == "train.ipynb"
    assert "train.ipynb: line 2 of cell 2 (password)" in said
    kept = json.loads(texts["notebook"][1])
    assert [cell["source"] for cell in kept["cells"]] == [
        ["# Title\n", "text"],
        ["x = 1\n", "password = '<left out: password>'"],
    ]
    assert kept["cells"][1]["outputs"] == []
    assert b"8.25" not in Path("m.perdure").read_bytes()


def test_a_notebook_that_is_none_is_said(tmp_path):
    for content in ["[]", "{", '{"cells": [3], "nbformat": 4, "nbformat_minor": 0}', "[" * 100_000]:
        (tmp_path / "x.ipynb").write_text(content)
        with pytest.raises(UnsupportedError, match=r"x\.ipynb is no notebook"):
            running.notebook_piece(str(tmp_path / "x.ipynb"))


IN_IPYTHON = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import perdure\\nfrom sklearn.linear_model import LogisticRegression", store_history=True)
shell.run_cell("def fit(X, y):\\n    return LogisticRegression(C=2.0).fit(X, y)", store_history=True)
shell.run_cell(
    "perdure.dump(fit([[0.0], [1.0]], [0, 1]), 'm.perdure', source=['auto', fit])", store_history=True
).raise_error()
"""


def test_in_ipython_itself(tmp_path, monkeypatch):
    pytest.importorskip("IPython")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    run("-c", IN_IPYTHON)
    texts = texts_of("m.perdure")
    assert set(texts) == {"cells", "function"}
    assert "# %% In [2]\ndef fit(X, y):\n    return LogisticRegression(C=2.0)" in texts["cells"][1]
    assert "source=['auto', fit]" in texts["cells"][1]
    assert texts["function"][1].startswith("def fit(X, y):\n")
