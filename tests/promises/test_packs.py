"""Packs: the types of a library from outside of perdure, for readers who name it."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap

import pytest

import perdure
from perdure.converters import Converter
from perdure.trust.policy import Policy
from perdure.trust.tables import tables

LIBRARY = """
    class Steps:
        def __init__(self, count):
            self.count = count

    class Sealed:
        __slots__ = ("_inside",)
        def __init__(self, inside):
            self._inside = inside
        def __reduce__(self):
            raise TypeError("sealed")
        def get(self):
            return self._inside
"""
PACK = """
    import perdure
    from perdure.converters import Converter

    def state(value):
        return {"inside": value.get()}

    def made(cls, state):
        if set(state) != {"inside"}:
            raise perdure.InvalidError("not sealed like this")
        return cls(state["inside"])

    PACK = perdure.Pack(
        "sealedlib",
        types=("sealedlib:Steps",),
        forms={"sealedlib:Sealed/1": {"way": "sealedlib-sealed", "class": "sealedlib:Sealed", "stands_for": ["sealedlib:Sealed"]}},
        converters=(Converter("sealedlib-sealed", state, made),),
    )
"""
PROGRAM = """
    import io, sys, perdure, sealedlib
    model = {"a": sealedlib.Sealed([1, 2.5]), "b": sealedlib.Steps(3)}
    data = perdure.dumps(model)
    with perdure.open(io.BytesIO(data)) as file:
        assert file.untrusted == ("sealedlib:Sealed/1", "sealedlib:Steps"), file.untrusted
    try:
        perdure.loads(data)
    except perdure.UntrustedError as error:
        assert 'trusted=["sealedlib"]' in error.fix, error.fix
    else:
        raise SystemExit("loaded unnamed")
    open(sys.argv[1], "wb").write(data)
"""
READER = """
    import sys, perdure
    model = perdure.load(sys.argv[1], trusted=["sealedlib"])
    assert (model["a"].get(), model["b"].count) == ([1, 2.5], 3)
    assert perdure.dumps(model) == open(sys.argv[1], "rb").read()
"""


def installed(folder):
    """A package with an entry point, as pip would have installed it."""
    (folder / "sealedlib.py").write_text(textwrap.dedent(LIBRARY))
    (folder / "sealedlib_perdure.py").write_text(textwrap.dedent(PACK))
    about = folder / "sealedlib_perdure-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: sealedlib-perdure\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[perdure.converters]\nsealedlib = sealedlib_perdure:PACK\n")


def run(folder, program, *arguments):
    code = f"import sys; sys.path.insert(0, {str(folder)!r})\n" + textwrap.dedent(program)
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120)


def test_a_pack_is_found_by_its_entry_point(tmp_path):
    installed(tmp_path)
    path = str(tmp_path / "m.perdure")
    done = run(tmp_path, PROGRAM, path)
    assert done.returncode == 0, done.stderr
    done = run(tmp_path, READER, path)
    assert done.returncode == 0, done.stderr


def test_an_entry_point_is_not_imported_for_a_reader_who_names_nothing(tmp_path):
    installed(tmp_path)
    path = str(tmp_path / "m.perdure")
    assert run(tmp_path, PROGRAM, path).returncode == 0
    look = """
        import sys, perdure
        try:
            perdure.load(sys.argv[1])
        except perdure.UntrustedError:
            print("sealedlib" in sys.modules, "sealedlib_perdure" in sys.modules)
    """
    assert run(tmp_path, look, path).stdout.split() == ["False", "False"]


def nothing(*given):
    return {}


@pytest.mark.parametrize(
    ("pack", "problem"),
    [
        (perdure.Pack("otherlib", types=("sklearn.svm:SVC",)), "cannot have"),
        (perdure.Pack("otherlib", types=("otherlib",)), "cannot have"),
        (perdure.Pack("otherlib", forms={"otherlib:A/1": {"way": "otherlib-a", "stands_for": []}}), "no converter"),
        (perdure.Pack("otherlib", converters=(Converter("tree", nothing, nothing),)), "another converter's"),
        (
            perdure.Pack(
                "otherlib",
                forms={"otherlib:A/1": {"way": "otherlib-a", "stands_for": ["numpy:ndarray"]}},
                converters=(Converter("otherlib-a", nothing, nothing),),
            ),
            "cannot have",
        ),
        ({"library": "otherlib"}, "takes a Pack"),
    ],
)
def test_a_pack_keeps_to_its_library(pack, problem):
    with pytest.raises(perdure.UnsupportedError, match=problem):
        perdure.register(pack)
    assert "otherlib" not in tables().packs


def test_the_names_of_packs_are_nobodys_by_default():
    known = tables()
    assert set(known.packs) >= {"xgboost", "lightgbm", "catboost", "imblearn", "category_encoders", "quantile_forest"}
    for library, names in known.packs.items():
        assert {name.partition(":")[0].partition(".")[0] for name in names} <= {library}
        assert names <= Policy.of([library]).trusted
        assert not names & Policy.of(["sklearn", "numpy"]).trusted


def test_a_form_of_a_library_that_is_not_installed_says_what_is_missing(tmp_path):
    installed(tmp_path)
    path = str(tmp_path / "m.perdure")
    assert run(tmp_path, PROGRAM, path).returncode == 0
    with pytest.raises(perdure.PerdureError):
        perdure.load(path, trusted=["sealedlib"])
    with pytest.raises(perdure.PerdureError), perdure.open(io.BytesIO(open(path, "rb").read())) as file:
        file.load(trusted=["sealedlib:Sealed/1", "sealedlib:Steps"])
