"""The census that the package ships is the one that its tools take, of the release that runs here and of all of them."""

from __future__ import annotations

import json

import numpy
import pytest
import scipy
import sklearn

from perdure.trust.tables import tables
from tools import merge_census
from tools.take_census import Row, describe, path_of, take, text
from zoo.registry import all_cases, sample

PATH = path_of(sklearn.__version__)
CENSUS = json.loads(PATH.read_text(encoding="utf-8")) if PATH.is_file() else None

pytestmark = pytest.mark.skipif(CENSUS is None, reason="no census of this release was taken")


def kinds(text: str) -> set[str]:
    """The kinds of an attribute, one by one where they are plain words."""
    text = text.removeprefix("? ")
    return {text} if "(" in text else set(text.split(" | "))


def test_what_the_classes_say_of_themselves_is_in_it():
    wrong = []
    common = set(CENSUS["class"])
    for name, told in CENSUS["types"].items():
        row = Row()
        row.see(told.get("attributes", {}), True)
        found = describe(name, row)
        for part in ("parameters", "source", "estimator"):
            if (found.get(part) or None) != (told.get(part) or None):
                wrong.append((name, part))
        if set(found["class"]) - common != set(told.get("class", ())):
            wrong.append((name, "class"))
    assert wrong == []


def test_what_models_are_made_of_is_in_it():
    missing = []
    for name, row in take(sample())["types"].items():
        told = CENSUS["types"][name]["attributes"] if "attributes" in row else {}
        for attribute, kind in row.get("attributes", {}).items():
            if "(" not in kind + told.get(attribute, "") and not kinds(kind) <= kinds(told.get(attribute, "")):
                missing.append(f"{name}.{attribute}: {kind}")
            assert attribute in told, f"{name}.{attribute}"
    assert missing == []


@pytest.mark.slow
def test_it_is_what_the_tool_writes():
    libraries = {"numpy": numpy, "scipy": scipy}
    if any(CENSUS["libraries"][name] != module.__version__ for name, module in libraries.items()):
        pytest.skip("the census was taken with other releases of numpy and scipy")
    assert text(take(all_cases())) == PATH.read_text(encoding="utf-8")


def test_the_union_is_what_the_tool_writes():
    for name, made in merge_census.union().items():
        assert made == (merge_census.TARGET / name).read_text(encoding="utf-8"), "run tools/merge_census.py"


def test_every_type_of_it_stands_in_the_tables():
    shipped = json.loads((merge_census.TARGET / "attributes.json").read_text(encoding="utf-8"))
    assert shipped.keys() - {"*"} <= tables().ways.keys()
