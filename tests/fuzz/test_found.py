"""Every file that the fuzzer ever found something with, loaded and used again in a child with limits."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest
import sklearn

from fuzz.corpus import kinds
from fuzz.mutate import Mutant
from fuzz.run import Runner
from fuzz.targets import TARGETS

FOUND = sorted((Path(__file__).parent / "found").glob("*.perdure"))


@functools.cache
def kind_of(name):
    found = next((kind for kind in kinds(name) if kind.name == name), None)
    if found is None:
        pytest.skip(f"{name} is of a newer scikit-learn than this one")
    return found


class Single:
    """A corpus of one file."""

    def __init__(self, path):
        self.about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        self.only = Mutant(kind_of(self.about["kind"]), path.read_bytes(), tuple(self.about["how"]), True)

    def mutant(self, number):
        return self.only


def test_there_are_files():
    assert FOUND


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_was_found_does_no_harm_any_more(path):
    single = Single(path)
    result = Runner(single, TARGETS["load"]).run(range(1))
    assert result.findings == []
    assert result.count == 1
    if sklearn.__version__ == single.about["release"]:
        (outcome,) = result.outcomes
        assert outcome.startswith(single.about["now"])
