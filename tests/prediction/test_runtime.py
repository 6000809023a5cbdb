"""perdure-runtime holds what `Predictor` needs, and nothing in it reaches for what is not."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tools.make_runtime import ROOT, contents, lay_out

LIBRARIES = {"numpy", "zstandard", *sys.stdlib_module_names}


def imported(source: Path, package: list[str]):
    """Each module that a source imports, as its full name; not what a type checker alone reads."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            prefix = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{prefix}.{alias.name}" for alias in node.names)


def test_nothing_in_it_imports_what_is_not(tmp_path):
    lay_out(tmp_path)
    source = tmp_path / "src"
    there = {".".join(path.relative_to(source).with_suffix("").parts) for path in source.rglob("*.py")}
    there |= {name.removesuffix(".__init__") for name in there}
    compiled = {"perdure.arrays._native", "perdure.graph._native", "perdure.prediction._trees"}
    missing = set()
    for path in source.rglob("*.py"):
        for name in imported(path, list(path.relative_to(source).parent.parts)):
            if name.partition(".")[0] in LIBRARIES or name in compiled:
                continue
            if name.partition(".")[0] == "cryptography" and path.name == "keys.py":
                continue  # of its extra "sign", and said to be so where it is not installed
            if name not in there and name.rpartition(".")[0] not in there:
                missing.add((path.relative_to(source).as_posix(), name))
    # The public names of the whole package are looked for, and said to be elsewhere.
    assert {pair for pair in missing if not pair[1].startswith("perdure._public")} == set()


def test_its_compiled_code_is_that_of_perdure():
    whole, slim = (
        tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")) for folder in (ROOT, ROOT / "runtime")
    )
    inside = tuple(f"perdure.{name}." for name in contents()[1])
    modules = [module for module in whole["tool"]["setuptools"]["ext-modules"] if module["name"].startswith(inside)]
    assert slim["tool"]["setuptools"]["ext-modules"] == modules
    assert slim["project"]["requires-python"] == whole["project"]["requires-python"]
    assert set(slim["project"]["dependencies"]) < set(whole["project"]["dependencies"])


def test_it_names_every_part_once():
    files, packages = contents()
    source = ROOT / "src" / "perdure"
    assert all((source / name).is_file() for name in files)
    assert all((source / name).is_dir() for name in packages)


@pytest.mark.slow
def test_it_predicts_alone_in_an_empty_environment(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_runtime.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "numpy, perdure-runtime, pip, zstandard: " in done.stdout
