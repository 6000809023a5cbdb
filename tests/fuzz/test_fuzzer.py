"""The fuzzer itself: it would see what it looks for."""

from __future__ import annotations

import ctypes
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import sklearn

import fuzz.run
import perdure
from fuzz.corpus import kinds
from fuzz.guard import compile_guard, environment
from fuzz.mutate import Corpus
from fuzz.pieces import put_together, take_apart
from fuzz.run import Runner
from fuzz.targets import Target
from perdure.errors import FormatError, LimitError

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def corpus():
    return Corpus(kinds("Ridge,DecisionTreeClassifier,OneHotEncoder,KNeighborsClassifier", 12), 0)


def test_a_file_taken_apart_and_put_together_is_the_same(corpus):
    for kind in corpus.kinds:
        assert put_together(take_apart(kind.data)) == kind.data


def test_a_mutant_can_be_made_again(corpus):
    again = Corpus(corpus.kinds, 0)
    for number in range(60):
        assert again.mutant(number) == corpus.mutant(number)


def test_most_aware_mutants_are_well_formed(corpus):
    refused = 0
    aware = Corpus(corpus.kinds, 1, aware=1.0)
    for number in range(200):
        try:
            assert perdure.open(io.BytesIO(aware.mutant(number).data)).graph is not None
        except (FormatError, LimitError):
            refused += 1
    assert refused < 60


def test_files_of_older_releases_are_among_them():
    """Their states are those of their time, so that what is changed in them goes through the migrations."""
    if tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 4):
        pytest.skip("there are few older releases")
    older = [kind for kind in kinds("RandomForestClassifier") if "-of-" in kind.name]
    assert {kind.name.rpartition("-of-")[2] for kind in older} >= {"1.2.2", "1.3.2"}
    assert {kind.model for kind in older} == {"RandomForestClassifier"}
    aware = Corpus(older, 0, aware=1.0)
    outcomes = Runner(aware, Target(migrations_of, nothing)).run(range(60)).outcomes
    assert outcomes["loaded and used"] > 10
    assert not [how for how in outcomes if not how.startswith(("loaded", "refused"))]


@pytest.mark.parametrize("form", ["pickle", "joblib"])
def test_files_that_old_releases_wrote_are_among_them(form):
    found = kinds("DecisionTree,RandomForest", None, form)
    older = [kind for kind in found if "-of-" in kind.name]
    assert {kind.name.rpartition("-of-")[2] for kind in older} >= {"0.20.4-python-2.7", "0.20.4", "1.1.3"}
    result = Runner(Corpus(older, 0, aware=0.0), Target(perdure.loads, nothing)).run(range(100))
    assert result.findings == []
    assert result.outcomes["loaded and used"] > 5


def test_files_of_skops_are_changed_within():
    pytest.importorskip("skops.io")
    corpus = Corpus(kinds("Ridge,DecisionTreeClassifier", 4, "skops"), 0, aware=0.0, within=True)
    result = Runner(corpus, Target(perdure.loads, nothing)).run(range(200))
    assert result.findings == []
    assert result.outcomes["loaded and used"] > 20
    assert {
        name for mutant in map(corpus.mutant, range(200)) for name in ("schema.json", ".npy") if name in mutant.how[0]
    } == {"schema.json", ".npy"}


def migrations_of(data):
    found = perdure.open(io.BytesIO(data)).migrations
    if not found:
        raise FormatError("nothing was migrated")
    return found


def nothing(model, kind):
    return iter(())


def use(act):
    return lambda model, kind: iter([("act", act)])


def crash():
    ctypes.string_at(0)


def spin():
    while True:
        pass


def much():
    np.ones(1 << 40, np.uint8)


class Stop(BaseException):
    pass


def stop():
    raise Stop


def refuse(data):
    raise RuntimeError("a leak")


PROMISED = (ValueError,)
HARM = {
    "crash": Target(len, use(crash), PROMISED),
    "hang": Target(len, use(spin), PROMISED),
    "memory": Target(len, use(much), PROMISED),
    "leak": Target(refuse, nothing, PROMISED),
    "exit": Target(len, use(lambda: os._exit(3)), PROMISED),
}


@pytest.mark.parametrize("what", HARM)
def test_harm_is_found(what, corpus, monkeypatch):
    monkeypatch.setattr(fuzz.run, "SECONDS", 1)
    result = Runner(corpus, HARM[what]).run(range(2))
    assert [finding.what for finding in result.findings] == [what, what]
    assert result.count == 2


def test_what_an_earlier_mutant_breaks_is_traced_to_it(corpus):
    """The third breaks something, the sixth dies of it."""
    met = []

    def use_third(model, kind):
        def act():
            met.append(model)
            if len(met) > 5 and corpus.mutant(2).data == met[2]:
                os.kill(os.getpid(), signal.SIGSEGV)

        return iter([("act", act)])

    result = Runner(corpus, Target(bytes, use_third, PROMISED)).run(range(6))
    assert [finding.what for finding in result.findings] == ["crash"]


def test_a_target_that_refuses_is_no_finding(corpus):
    def load(data):
        raise ValueError

    result = Runner(corpus, Target(load, nothing, PROMISED)).run(range(3))
    assert dict(result.outcomes) == {"refused: ValueError": 3}


GUARDED = """
import ctypes, sys
import numpy as np
from fuzz.guard import guard, guarded_blocks
guard(sys.argv[1])
values = np.arange(1000)
assert guarded_blocks()[0] > 0
at = ctypes.cast(values.ctypes.data, ctypes.POINTER(ctypes.c_int64))
assert (at[0], at[999]) == (0, 999)
print("inside", flush=True)
at[int(sys.argv[2])]
"""


@pytest.mark.parametrize(("side", "beyond", "within"), [("end", "1000", "999"), ("start", "-1", "0")])
def test_the_guard_sees_a_read_beyond_an_array(side, beyond, within, tmp_path):
    library = compile_guard(str(tmp_path))
    if library is None:
        pytest.skip("no C compiler")
    for index, code in ((within, 0), (beyond, -signal.SIGSEGV)):
        done = subprocess.run(
            [sys.executable, "-c", GUARDED, side, index],
            cwd=ROOT,
            env=environment(library),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.stdout == "inside\n", done.stderr
        assert done.returncode == code


def test_a_run_stops_when_its_time_is_over(corpus):
    started = time.time()
    Runner(corpus, Target(len, nothing, PROMISED)).run(range(10**6), until=started + 1)
    assert time.time() - started < 60
