"""The house rules that no linter knows: one version, no code from files, nothing imported too early, docs that run."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import inspect
import json
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import perdure
from perdure.cli.exits import EXITS
from perdure.datasets import load_penguins
from perdure.errors import MissingExtraError

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "perdure"
SOURCES = sorted(PACKAGE.rglob("*.py"))
PAGES = [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def run(code: str, **options) -> str:
    """Run code in a fresh interpreter and return what it printed."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


# -- the package ------------------------------------------------------------------------------------------------------


def test_the_version_is_said_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "perdure._version.__version__"}
    said = [path.name for path in SOURCES if f'"{perdure.__version__}"' in path.read_text(encoding="utf-8")]
    assert said == ["_version.py"]


def test_the_installed_distribution_has_that_version():
    try:
        installed = importlib.metadata.version("perdure")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("perdure runs from its sources here, not installed")
    assert installed == perdure.__version__


def test_the_package_is_typed():
    assert files("perdure").joinpath("py.typed").is_file()


def test_importing_perdure_imports_no_heavy_library():
    heavy = ["sklearn", "scipy", "pandas", "joblib", "click", "rich", "fsspec"]
    assert run(f"import sys, perdure; print([name for name in {heavy} if name in sys.modules])").strip() == "[]"


def test_every_exported_name_is_there_and_no_more():
    assert sorted(perdure.__all__) == sorted(set(perdure.__all__))
    assert all(hasattr(perdure, name) for name in perdure.__all__)
    assert set(perdure.__all__) <= set(dir(perdure))


@pytest.mark.parametrize(
    "name", [name for name in perdure.__all__ if inspect.isfunction(inspect.unwrap(getattr(perdure, name)))]
)
def test_public_functions_are_documented(name):
    function = getattr(perdure, name)
    page = inspect.getdoc(function) or ""
    wanted = ["Returns", "Examples"] + (["Parameters"] if inspect.signature(function).parameters else [])
    assert [title for title in wanted if f"{title}\n{'-' * len(title)}\n" not in page] == []
    assert ">>> " in page
    described = set(re.findall(r"\w+", " ".join(re.findall(r"^(\w+(?:, \w+)*)(?: : .*)?$", page, flags=re.MULTILINE))))
    assert [key for key in inspect.signature(function).parameters if key not in described] == []


def test_the_reference_lists_every_public_name():
    page = (ROOT / "docs" / "reference" / "index.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^   (\w+)$", page, flags=re.MULTILINE)
    assert sorted(listed) == sorted(set(perdure.__all__) - {"__version__"})


# -- the penguins -----------------------------------------------------------------------------------------------------


def test_the_penguins_are_the_published_file():
    data = files("perdure.datasets").joinpath("penguins.csv").read_bytes()
    readme = files("perdure.datasets").joinpath("README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(data).hexdigest() in readme
    assert "CC0" in readme
    assert data.count(b"\n") == 345


def test_the_penguins_as_a_frame():
    penguins = load_penguins()
    assert penguins.data.shape == (344, 7)
    assert list(penguins.data.columns) == penguins.feature_names
    assert penguins.target.name == "species"
    assert penguins.target.value_counts().to_dict() == {"Adelie": 152, "Gentoo": 124, "Chinstrap": 68}
    assert penguins.data.isna().sum().to_dict() == {
        "island": 0,
        "bill_length_mm": 2,
        "bill_depth_mm": 2,
        "flipper_length_mm": 2,
        "body_mass_g": 2,
        "sex": 11,
        "year": 0,
    }
    assert Path(penguins.filename).is_file()
    assert "CC0" in penguins.DESCR


def test_the_penguins_as_arrays_hold_the_same_values():
    frame, species = load_penguins(return_X_y=True)
    data, target = load_penguins(return_X_y=True, as_frame=False)
    assert data.shape == (344, 7)
    assert data.dtype == target.dtype == np.dtype(object)
    assert target.tolist() == species.tolist()
    for place, name in enumerate(frame):
        assert [value for value in data[:, place] if value == value] == frame[name].dropna().tolist()


def test_the_penguins_say_what_is_missing_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"perdure\[pandas\]"):
        load_penguins()
    assert load_penguins(as_frame=False).data.shape == (344, 7)


def test_the_datasets_import_neither_pandas_nor_scikit_learn():
    code = "import sys, perdure.datasets; print('pandas' in sys.modules, 'sklearn' in sys.modules)"
    assert run(code).split() == ["False", "False"]


# -- no code from files -----------------------------------------------------------------------------------------------

IMPORTS_BY_NAME = {
    "__import__",
    "exec_module",
    "import_module",
    "load_module",
    "resolve_name",
    "run_module",
    "run_path",
}
RUNS_CODE = {"Unpickler", "eval", "exec", "find_class"}
READERS = {"cloudpickle", "dill", "joblib", "marshal", "pickle", "_pickle", "shelve"}


def names_used(source: str) -> set[str]:
    """Every bare name, attribute and imported name of a source, as code and not as text; ``module.load`` as a pair."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
            if isinstance(node.value, ast.Name):
                found.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.ImportFrom):
            found.update(alias.name for alias in node.names)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            found.add(f"{node.arg}={node.value.value}")
    return found


def imports_by_name(source: str) -> bool:
    return bool(names_used(source) & IMPORTS_BY_NAME)


def runs_what_a_file_holds(source: str) -> bool:
    used = names_used(source)
    loads = {f"{module}.{name}" for module in READERS for name in ("load", "loads", "open")}
    return bool(used & (RUNS_CODE | loads | {"allow_pickle=True"}))


@pytest.mark.parametrize(
    "source",
    [
        "import importlib\nimportlib.import_module('os')",
        "from importlib import import_module as quiet\nquiet('os')",
        "getattr(__import__('os'), 'system')",
        "import pkgutil\npkgutil.resolve_name('os:system')",
        "spec.loader.exec_module(module)",
    ],
)
def test_the_test_sees_an_import_by_name(source):
    assert imports_by_name(source)
    assert not imports_by_name(f"text = {source!r}")


@pytest.mark.parametrize(
    "source",
    [
        "import pickle\npickle.loads(data)",
        "from pickle import load\nload(file)",
        "import joblib\njoblib.load('m')",
        "class Reader(pickle.Unpickler): pass",
        "eval(text)",
        "exec(text)",
        "import marshal\nmarshal.loads(data)",
        "np.load(file, allow_pickle=True)",
    ],
)
def test_the_test_sees_code_that_would_run(source):
    assert runs_what_a_file_holds(source)
    assert not runs_what_a_file_holds(f"text = {source!r}")


def test_only_build_resolve_imports_by_name():
    found = {path.relative_to(PACKAGE).as_posix() for path in SOURCES if imports_by_name(path.read_text("utf-8"))}
    assert found == {"build/resolve.py"}


def test_nothing_runs_what_a_file_holds():
    found = {
        path.relative_to(PACKAGE).as_posix() for path in SOURCES if runs_what_a_file_holds(path.read_text("utf-8"))
    }
    # One text may run: the one whose digest the reader of a file has repeated (load, run_code=…).
    assert found == {"build/code.py"}


# -- what is committed ------------------------------------------------------------------------------------------------


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git clone")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_nothing_is_left_unfinished():
    words = ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error")
    assert [path.name for path in SOURCES if any(word in path.read_text("utf-8") for word in words)] == []


def test_no_path_of_one_machine_is_committed():
    machine = re.compile("/(" + "|".join(["tmp", "root", "work"]) + r")/|\.\./" + "shared")
    text = {".py", ".md", ".toml", ".txt", ".json", ".yml", ".cff", ".rst", ".svg", ""}
    found = [
        path.relative_to(ROOT).as_posix()
        for path in committed()
        if path.suffix in text and machine.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


# -- the pages --------------------------------------------------------------------------------------------------------


def code_blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if code_blocks(page)], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_the_python_of_the_pages_runs(page, tmp_path):
    script = tmp_path / "page.py"
    script.write_text("\n".join(code_blocks(page)), encoding="utf-8")
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_the_readme_shows_both_commands_first():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert 0 < readme.index("make demo") < readme.index("make test") < readme.index("```python")


def test_the_exit_codes_of_the_page_are_the_programs():
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert re.findall(r"^- \*\*(\d+)\*\*: (.*)$", page, flags=re.MULTILINE) == [
        (str(code), meaning) for code, meaning in EXITS.items()
    ]


def test_links_between_pages_lead_somewhere():
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_the_pins_name_every_release_of_the_matrix():
    pins = {path.stem.removeprefix("scikit-learn-") for path in (ROOT / "requirements").glob("scikit-learn-*.txt")}
    matrix = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    releases = next(
        ast.literal_eval(node.value)
        for node in matrix.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "RELEASES"
    )
    assert pins == set(releases)
    for release in pins:
        lines = (ROOT / "requirements" / f"scikit-learn-{release}.txt").read_text(encoding="utf-8").splitlines()
        assert f"scikit-learn=={release}" in lines


def test_the_tables_are_json():
    for path in PACKAGE.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))


def test_the_compiled_parts_use_no_format_with_a_size():
    """Built with the headers of 3.13, such a format raises SystemError on 3.11 and 3.12, which a wheel for abi3 promises."""
    parts = [*PACKAGE.glob("*/_*.c"), *PACKAGE.glob("*/_*.h")]
    assert len(parts) >= 3
    for part in parts:
        code = re.sub(r"/\*.*?\*/", "", part.read_text(encoding="utf-8"), flags=re.S)
        texts = re.findall(r'"((?:[^"\\\n]|\\.)*)"', code)
        assert not [text for text in texts if re.fullmatch(r"[\w(){}|$*#]*[szy]#[\w(){}|$*#]*", text)], part.name
