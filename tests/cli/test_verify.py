"""`perdure verify`: its verdict as text, as JSON and as an exit code."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import perdure
from cli.running import run, run_json
from perdure.container.archive import Archive, Member, archive_chunks
from perdure.container.sources import open_source
from perdure.graph.limits import Limits


@pytest.fixture(scope="module")
def wide_file(folder):
    """A model with an array that stands outside of the graph, not compressed."""
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 640))
    path = str(folder / "wide.perdure")
    perdure.dump(LogisticRegression().fit(X, X[:, 0] > 0), path, compression=None)
    return path


def with_one_coefficient_changed(path: str, target: str) -> str:
    """Copy a file with the last bit of an array changed, and every header and CRC-32 made right again."""
    source, *_ = open_source(path, Limits())
    archive = Archive(source, Limits())
    members = []
    for name in archive.names:
        data = bytearray(archive.read(name))
        if name == "arrays.safetensors":
            data[-1] ^= 1
        members.append(Member.of(name, bytes(data)))
    with open(target, "wb") as file:
        for chunk in archive_chunks(members):
            file.write(chunk)
    return target


def test_an_untouched_file_is_verified(logistic_file):
    result = run("verify", logistic_file)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"verified: {logistic_file}\n")
    assert "FAILED" not in result.stdout
    found = run_json("verify", logistic_file)
    assert (found["schema"], found["file"], found["ok"]) == ("perdure.verify/1", logistic_file, True)
    assert found["digest"] == perdure.open(logistic_file).digest
    assert {"integrity", "model", "probe"} <= {finding["check"] for finding in found["findings"]}
    assert all(finding.keys() == {"check", "status", "message", "details"} for finding in found["findings"])


def test_one_changed_coefficient_fails(wide_file, tmp_path):
    assert run("verify", wide_file).exit_code == 0
    changed = with_one_coefficient_changed(wide_file, str(tmp_path / "changed.perdure"))
    result = run("verify", changed)
    assert result.exit_code == 1
    assert " failed: " in result.stdout.splitlines()[0]
    line = next(line for line in result.stdout.splitlines() if line.startswith("integrity"))
    assert "FAILED" in line
    found = run_json("verify", changed)
    assert found["ok"] is False
    assert "failed" in {finding["status"] for finding in found["findings"] if finding["check"] == "integrity"}


def test_what_is_no_file_of_perdure_is_an_error(pickle_file):
    result = run("verify", pickle_file)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "is a pickle" in result.stderr
    assert run_json("verify", pickle_file)["schema"] == "perdure.error/1"


def test_what_is_not_trusted_has_its_own_code(untrusted_file):
    result = run("verify", untrusted_file)
    assert result.exit_code == 4
    assert "their_package.things:Thing" in result.stdout


def test_the_data_are_compared(folder, tmp_path, logistic):
    data = tmp_path / "train.csv"
    data.write_text("a,b\n1,2\n", encoding="utf-8")
    path = str(tmp_path / "m.perdure")
    perdure.dump(logistic, path, data=data)
    assert run("verify", path, "--data", str(data)).exit_code == 0
    data.write_text("a,b\n1,3\n", encoding="utf-8")
    result = run("verify", path, "--data", str(data))
    assert result.exit_code == 1
    assert any(line.startswith("data") and "FAILED" in line for line in result.stdout.splitlines())
