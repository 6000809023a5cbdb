"""`perdure scan`: files and folders, told without building anything."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline

import perdure
from cli.crafted import save
from cli.running import run, run_json
from perdure.graph.nodes import Object

HOOKS = Path(__file__).parent.parent.parent / ".pre-commit-hooks.yaml"


@pytest.fixture(scope="module")
def acting_file(folder):
    """A pattern that may never end, and a cache in a place of the file's choice."""
    path = str(folder / "acting.perdure")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        perdure.dump(make_pipeline(CountVectorizer(token_pattern=r"(?:[a-z]+)+\d"), memory="their-cache"), path)
    return path


def one(path, *more):
    (found,) = run_json("scan", path, *more)["files"]
    return found


def test_a_good_file_is_fine(logistic_file):
    result = run("scan", logistic_file)
    assert result.exit_code == 0
    assert "LogisticRegression" in result.stdout
    assert "1 file, none would be refused" in result.stdout
    found = one(logistic_file)
    assert found["fine"] is True
    assert found["type"] == "sklearn.linear_model._logistic:LogisticRegression"
    assert found["error"] is None


@pytest.fixture(scope="module")
def cut_file(folder, logistic_file):
    path = folder / "cut.perdure"
    path.write_bytes(Path(logistic_file).read_bytes()[:-7])
    return str(path)


REFUSED = {
    "cut_file": "FormatError",
    "limits_file": "LimitError",
    "invalid_file": "InvalidError",
    "pickle_file": "FormatError",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_load_refuses_is_refused_for_the_same_reason(name, request):
    path = request.getfixturevalue(name)
    assert run("scan", path).exit_code == 1
    error = one(path)["error"]
    assert error["kind"] == REFUSED[name]
    with pytest.raises(perdure.errors.PerdureError) as raised:
        perdure.load(path)
    assert (error["problem"], error["where"]) == (raised.value.problem, raised.value.path)


def test_damage_is_found_wherever_it_is(tmp_path, logistic_file):
    data = bytearray(Path(logistic_file).read_bytes())
    # In the record, which load does not need.
    data[data.index(b"the first one")] ^= 1
    (tmp_path / "model.perdure").write_bytes(data)
    assert one(str(tmp_path / "model.perdure"))["error"]["kind"] == "FormatError"


def test_names_are_told_with_their_places_and_may_be_trusted(untrusted_file):
    found = one(untrusted_file)
    places = {row["name"]: row["paths"] for row in found["untrusted"]}
    assert places == {
        "their_package.things:Thing": ["model[0]", "model[1].inner"],
        "their_package.things:Other": ["model[1]"],
    }
    trusted = [word for name in places for word in ("--trusted", name)]
    assert run("scan", untrusted_file, *trusted).exit_code == 0


def test_what_acts_later_is_told(acting_file):
    found = one(acting_file)
    assert [row["paths"] for row in found["acting_later"]] == [["model.steps[0][1].token_pattern"]]
    assert [row["name"] for row in found["switched_off"]] == ["memory=their-cache"]
    assert not found["fine"]
    assert one(acting_file, "--trusted", found["acting_later"][0]["name"])["fine"]


def test_a_pickle_is_named_and_never_run(tmp_path):
    class Writes:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "marker",))

    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Writes()))
    result = run("scan", str(tmp_path))
    assert result.exit_code == 1
    assert "touch" in result.stdout
    assert not (tmp_path / "marker").exists()


def test_folders_are_searched_and_other_files_passed_over(tmp_path, logistic_file, cut_file):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    # By content, whatever the name.
    (inner / "model.bin").write_bytes(Path(logistic_file).read_bytes())
    (inner / "notes.txt").write_text("not a model")
    (tmp_path / "a" / "cut.perdure").write_text("not a model, but called one")
    if hasattr(os, "mkfifo"):
        os.mkfifo(inner / "pipe")
    (tmp_path / "link").symlink_to(cut_file)
    found = run_json("scan", str(tmp_path))
    names = [os.path.relpath(row["file"], tmp_path).replace(os.sep, "/") for row in found["files"]]
    assert names == ["a/cut.perdure", "a/b/model.bin"]
    assert [row["fine"] for row in found["files"]] == [False, True]
    assert found["refused"] == 1


def test_a_file_that_is_named_and_no_model_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("not a model")
    assert run("scan", str(tmp_path)).exit_code == 0
    assert run("scan", str(tmp_path / "notes.txt")).exit_code == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert one(str(tmp_path / "pipe"))["kind"] == "special"


def test_a_missing_file_is_told_as_everywhere(tmp_path):
    result = run("scan", str(tmp_path / "nothing"))
    assert result.exit_code == 2
    assert "there is no file" in result.stderr


def test_a_terminal_is_told_no_escapes(tmp_path):
    path = save(tmp_path / "evil\x1b[2J.perdure", Object("evil\x1b[31m:Name\u202e", {}))
    shown = run("scan", path).stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_nothing_of_scikit_learn_is_imported(logistic_file):
    code = (
        "import sys; from perdure.reporting.scanning import scan_file; "
        f"assert scan_file({logistic_file!r}, True).fine; assert not {{'sklearn', 'scipy', 'pandas'}} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_the_hook_runs_a_command_that_exists():
    text = HOOKS.read_text(encoding="utf-8")
    assert "entry: perdure scan" in text
    assert run("scan", "--help").exit_code == 0
