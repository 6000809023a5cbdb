"""The parts of a record, each from what people hand in or what the process says."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, cross_validate

from perdure import UnsupportedError
from perdure.errors import PerdureError
from perdure.record import environment, origin, references, source
from perdure.record.environment import modules_of, running_environment
from perdure.record.estimators import estimators_in, summary
from perdure.record.scores import describe_scores

# --- scores ---------------------------------------------------------------------------------------------


def test_the_scores_of_cross_validate(two_classes):
    X, y = two_classes
    found = cross_validate(
        LogisticRegression(),
        X,
        y,
        cv=4,
        scoring=["accuracy", "roc_auc"],
        return_train_score=True,
        return_estimator=True,
    )
    metrics = describe_scores(found).metrics
    assert sorted(metrics) == sorted(set(found) - {"estimator"})
    for name, score in metrics.items():
        assert list(score.folds) == found[name].tolist()
        assert score.mean == pytest.approx(np.mean(found[name]))
        assert score.std == pytest.approx(np.std(found[name]))


def test_the_scores_of_cross_val_score(two_classes):
    X, y = two_classes
    found = cross_val_score(LogisticRegression(), X, y, cv=3)
    assert list(describe_scores(found).metrics["test_score"].folds) == found.tolist()


def test_one_number_is_one_fold():
    score = describe_scores({"accuracy": 0.75}).metrics["accuracy"]
    assert (score.folds, score.mean, score.std) == ((0.75,), 0.75, 0.0)


def test_a_failed_fold_is_kept_as_it_is():
    score = describe_scores({"test_score": [0.5, np.nan]}).metrics["test_score"]
    assert np.isnan(score.mean)
    assert score.folds[0] == 0.5


@pytest.mark.parametrize(
    "scores", ["good", {"test_score": "good"}, {1: [0.5]}, {"": [0.5]}, {"s": [[0.5]]}, {"s": []}, {"s": [None, {}]}]
)
def test_what_are_no_scores_is_said(scores):
    with pytest.raises(UnsupportedError, match="score"):
        describe_scores(scores)


# --- data -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("s3://bucket/train.parquet", "s3://bucket/train.parquet"),
        ("https://me:secret@host:8080/x.csv", "https://host:8080/x.csv"),
        ("https://host/x.csv?token=abc&v=2", "https://host/x.csv?v=2"),
        ("https://host/x?X-Amz-Signature=1&X-Amz-Credential=2", "https://host/x"),
        ("https://host/x?a=1%202#part", "https://host/x?a=1%202#part"),
        ("git+ssh://git@host/repo", "git+ssh://host/repo"),
    ],
)
def test_a_url_is_kept_without_credentials(url, kept):
    assert references.as_reference(url) == kept


def test_a_file_is_kept_with_size_and_digest(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content = b"a,b\n1,2\n" * 300_000
    Path("train.csv").write_bytes(content)
    for place in ("train.csv", Path("train.csv")):
        found = references.describe(place)
        assert (found.reference, found.size) == ("train.csv", len(content))
        assert found.sha256 == hashlib.sha256(content).hexdigest()


def test_a_home_folder_stands_as_a_tilde(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("1")
    found = references.describe(tmp_path / "data" / "x.csv")
    assert found.reference == "~/data/x.csv"
    assert found.size == 1
    assert references.local_path("~/data/x.csv") == str(tmp_path / "data" / "x.csv")


def test_a_path_elsewhere_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert references.describe(tmp_path / "x.csv").reference == str(tmp_path / "x.csv")


@pytest.mark.parametrize("data", [3, None, "", np.zeros(3), b"x.csv"])
def test_what_is_no_reference_is_said(data):
    with pytest.raises(UnsupportedError, match="path or a URL"):
        references.as_reference(data)


def test_what_is_no_regular_file_is_never_opened(tmp_path):
    assert references.local_path(str(tmp_path)) is None
    assert references.local_path("\\\\server\\share\\x") is None
    assert references.local_path("//server/share/x") is None
    assert references.local_path("https://host/x") is None
    assert references.local_path("a\x00b") is None
    if os.path.exists("/proc/self/environ"):
        assert references.local_path("/proc/self/environ") is None
        assert references.local_path("/dev/zero") is None
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert references.local_path(str(tmp_path / "pipe")) is None


# --- source ---------------------------------------------------------------------------------------------


def capture(item, taken=()):
    (_, make), *rest = source.pieces_of(item)
    assert not rest
    return source.kept(make(), taken)


def test_files_functions_classes_and_modules_are_kept_as_text(tmp_path):
    file = tmp_path / "train.py"
    file.write_text("model = 'ä'\n", encoding="utf-8")
    taken: list[str] = []
    for item in [file, str(file), source.kept, PerdureError, source]:
        text, content = capture(item, taken)
        taken.append(text.name)
        assert text.sha256 == hashlib.sha256(content).hexdigest()
        assert text.size == len(content)
    assert taken == [
        "train.py",
        "train-2.py",
        "perdure.record.source.kept.py",
        "perdure.errors.PerdureError.py",
        "perdure.record.source.py",
    ]


def test_a_text_is_the_text(tmp_path):
    text, content = capture(source.pieces_of)
    assert content.decode().startswith("def pieces_of(source: Any)")
    assert (text.kind, text.of) == ("function", "perdure.record.source:pieces_of")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("my script (2).py", "my_script_2_.py"),
        (".hidden.py", "hidden.py"),
        ("Skript über.py", "Skript_ber.py"),
        ("noending", "noending"),
        ("x" * 220 + ".py", "x" * 147 + ".py"),
    ],
)
def test_names_are_such_as_every_system_has(tmp_path, name, kept):
    (tmp_path / name).write_text("1")
    assert capture(tmp_path / name)[0].name == kept


def test_what_has_no_text_is_said(tmp_path):
    (tmp_path / "image.py").write_bytes(b"\xff\xd8")
    for item, said in [
        (tmp_path / "image.py", "not text in UTF-8"),
        (tmp_path, "is a folder"),
        ([len], "cannot be kept"),
        ([np.add], "cannot be kept"),
        (int, "not to be found"),
        (sys, "not to be found"),
        (eval("lambda: 0"), "not to be found"),
    ]:
        with pytest.raises(UnsupportedError, match=said):
            capture(item)
    with pytest.raises(FileNotFoundError):
        capture(tmp_path / "gone.py")
    with pytest.raises(UnsupportedError, match="source takes"):
        list(source.pieces_of(3))


# --- origin ---------------------------------------------------------------------------------------------


def git(folder: Path, *words: str) -> str:
    names = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", "-C", str(folder), *names, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path, monkeypatch):
    git(tmp_path, "init", "--initial-branch=main")
    (tmp_path / "train.py").write_text("import perdure\n")
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    monkeypatch.setattr(origin, "script_path", lambda: None)
    monkeypatch.setattr(origin, "_KEPT", -1.0)
    origin._known.clear()
    return tmp_path


def test_the_state_of_the_repository(repository):
    found = origin.running_git()
    assert (found.commit, found.branch, found.dirty) == (None, "main", False)
    git(repository, "add", ".")
    git(repository, "commit", "-m", "first")
    found = origin.running_git()
    assert (found.commit, found.branch, found.dirty) == (git(repository, "rev-parse", "HEAD"), "main", False)
    (repository / "train.py").write_text("changed")
    assert origin.running_git().dirty
    git(repository, "checkout", "--detach", "-f")
    found = origin.running_git()
    assert (found.branch, found.dirty) == (None, False)


def test_git_is_not_asked_at_each_dump(repository, monkeypatch):
    monkeypatch.setattr(origin, "_KEPT", 60.0)
    first = origin.running_git()
    monkeypatch.setenv("PATH", "")
    assert origin.running_git() is first


def test_a_repository_that_git_does_not_read_is_said_once_asked(repository, monkeypatch):
    (repository / ".git" / "HEAD").write_text("nonsense")
    with pytest.raises(PerdureError, match="git cannot read"):
        origin.running_git()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PerdureError, match="git is not installed"):
        origin.running_git()


def test_no_repository_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(origin, "script_path", lambda: None)
    if origin.repository(str(tmp_path)) is None:
        assert origin.running_git() is None


SCRIPT = """
import io, json, perdure
from sklearn.preprocessing import StandardScaler
file = io.BytesIO()
perdure.dump(StandardScaler().fit([[0.0], [1.0]]), file)
record = perdure.open(io.BytesIO(file.getvalue())).record
print(record.to_bytes().decode())
"""


def test_the_running_script_in_a_fresh_process(repository):
    script = repository / "deep" / "fit me.py"
    script.write_text(SCRIPT)
    git(repository, "add", ".")
    git(repository, "commit", "-m", "first")
    done = subprocess.run([sys.executable, script], cwd=repository.parent, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    raw = json.loads(done.stdout)
    assert raw["source"]["script"] == {"name": "deep/fit me.py", "sha256": hashlib.sha256(SCRIPT.encode()).hexdigest()}
    assert raw["source"]["git"] == {"branch": "main", "commit": git(repository, "rev-parse", "HEAD"), "dirty": False}
    assert "StandardScaler()" not in done.stdout
    assert str(repository) not in done.stdout


def test_a_tool_is_nobodys_script():
    assert origin.running_script() is None  # pytest runs


# --- environment ----------------------------------------------------------------------------------------


def test_the_environment_names_what_the_model_needs():
    found = running_environment(modules_of({"sklearn.svm._classes:SVC", "builtins:list", "numpy.random:PCG64"}))
    versions = {item.name: item.version for item in found.distributions}
    for name in ("numpy", "scipy", "scikit-learn", "joblib", "threadpoolctl"):
        assert versions[name] == environment.installed_version(name)
    assert "pytest" not in versions
    assert list(versions) == sorted(versions)
    assert (found.python, found.machine, found.byteorder) == (
        platform.python_version(),
        platform.machine(),
        sys.byteorder,
    )
    assert {pool.user_api for pool in found.threadpools} <= {"blas", "openmp"}
    assert found.threadpools


def test_the_environment_is_worked_out_once():
    modules = modules_of({"sklearn.svm._classes:SVC"})
    assert running_environment(modules) is running_environment(frozenset(modules))


def test_a_distribution_is_found_by_its_module():
    found = {item.name: item.version for item in running_environment(frozenset({"_pytest"})).distributions}
    assert found["pytest"] == pytest.__version__
    assert {"pluggy", "iniconfig"} <= set(found)


@pytest.mark.parametrize(
    ("direct", "kept"),
    [
        (None, None),
        ({"url": "file:///home/me/projects/own", "dir_info": {"editable": True}}, "editable own"),
        ({"url": "file:///home/me/own/", "dir_info": {}}, "local own"),
        (
            {"url": "https://me:pw@host/own.git", "vcs_info": {"vcs": "git", "commit_id": "ab12"}},
            "git+https://host/own.git@ab12",
        ),
        ({"url": "https://host/own.whl", "archive_info": {"hash": "sha256=ab"}}, "https://host/own.whl#sha256=ab"),
    ],
)
def test_where_a_distribution_came_from(direct, kept):
    class Installed:
        def read_text(self, name):
            assert name == "direct_url.json"
            return None if direct is None else json.dumps(direct)

    assert environment._direct_url(Installed()) == kept


# --- estimators -----------------------------------------------------------------------------------------


def test_estimators_are_found_where_people_put_them(two_classes):
    model = LogisticRegression().fit(*two_classes)
    root = {"model": model, "more": [{"a": model}, (LogisticRegression(), 3)], "kind": LogisticRegression}
    root["itself"] = root
    assert [path for path, _ in estimators_in(root)] == ["model['model']", "model['more'][1][0]"]
    assert estimators_in(3) == []
    found = summary("model", model)
    assert (found.type, found.n_features_in) == ("sklearn.linear_model._logistic:LogisticRegression", 3)
    assert found.classes == (0, 1)


def test_feature_names_and_classes_are_kept(two_classes):
    import pandas as pd

    X, y = two_classes
    model = LogisticRegression().fit(pd.DataFrame(X, columns=["a", "b", "ü"]), np.array(["no", "yes"])[y])
    found = summary("model", model)
    assert found.feature_names == ("a", "b", "ü")
    assert found.classes == ("no", "yes")


def test_the_rest_of_what_is_installed():
    from importlib import metadata

    found = running_environment(frozenset({"numpy", "sklearn"}))
    needed = {item.name for item in found.distributions}
    assert {"pytest", "hypothesis"} <= set(found.installed)
    assert not needed & set(found.installed)
    for name, version in found.installed.items():
        assert metadata.version(name) == version
    everything = {re.sub(r"[-_.]+", "-", item.name).lower() for item in metadata.distributions() if item.name}
    # All but what runs from a folder of sources.
    assert everything - needed - set(found.installed) <= {"perdure"}
    assert list(found.installed) == sorted(found.installed)
