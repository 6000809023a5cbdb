"""Every estimator of scikit-learn, saved here and loaded in a fresh process whose ``__main__`` is empty, is the same.

Outputs and fitted attributes bit for bit; ``clone().fit``, a second ``partial_fit``, a ``warm_start`` refit and
``set_params`` as the never-saved model does them; it can be pickled, and saved again the bytes are the same. No
``trusted`` but for the tests' own code. ``tests/zoo`` has the cases; ``tools/write_coverage.py`` runs this file and makes docs/coverage.md of it.
"""

from __future__ import annotations

import io
import pickle
import re
import statistics

import numpy as np
import pytest
import sklearn

import perdure
from zoo.child import survey
from zoo.page import SAME
from zoo.refused import REFUSED
from zoo.registry import Case, all_cases

FAMILIES = sorted({case.family for case in all_cases()})
AT_ONCE = 40

# Before 2.0, numpy's own pickling of a bit generator forgets its seed, but not its state.
FORGOTTEN = re.compile(r"pickle: .*\.seed_seq\." if np.__version__ < "2" else r"(?!)")


def parts(cases: list[Case]) -> list[list[Case]]:
    return [cases[start : start + AT_ONCE] for start in range(0, len(cases), AT_ONCE)]


GROUPS = {
    f"{family}-{number}": group
    for family in FAMILIES
    for number, group in enumerate(parts([case for case in all_cases() if case.family == family]))
}


def differing(cases: list[Case], directory) -> dict[str, list[str]]:
    """Save, load in a fresh process, compare: what is not the same."""
    found = survey(
        cases,
        perdure.dumps,
        "perdure:loads",
        directory,
        options=lambda case: {"trusted": list(case.trusted)},
        dumper="perdure:dumps",
    )
    left = {name: [word for word in words if not FORGOTTEN.match(word)] for name, words in found.items()}
    return {name: words for name, words in left.items() if words}


@pytest.mark.parametrize("group", GROUPS)
def test_it_comes_back_the_same(group, tmp_path, record_property):
    found = differing(GROUPS[group], tmp_path)
    for case in GROUPS[group]:
        words = found.get(case.name)
        record_property("same", (case.name, f"{words[0].splitlines()[0][:80]} …" if words else SAME))
    assert found == {}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_while_the_model_is_in_memory(name, record_property):
    make, place, problem, fix = REFUSED[name]
    with pytest.raises(perdure.UnsupportedError) as refused:
        perdure.dumps(make())
    record_property("refused", (name, (place, refused.value.problem)))
    assert refused.value.path == place
    assert problem in refused.value.problem
    assert fix in str(refused.value)


def test_own_code_is_refused_until_it_is_trusted():
    cases = [case for case in all_cases() if case.trusted]
    assert cases
    for case in cases:
        data = perdure.dumps(case.make()[0])
        with pytest.raises(perdure.UntrustedError) as caught:
            perdure.loads(data)
        assert {item.name for item in caught.value.untrusted} == set(case.trusted), case.name


def test_nothing_else_needs_trust_and_files_are_small():
    sizes: dict[str, tuple[int, int]] = {}
    for case in all_cases():
        model, _ = case.make()
        data = perdure.dumps(model)
        if not case.trusted:
            with perdure.open(io.BytesIO(data)) as file:
                assert file.untrusted == (), case.name
        sizes[case.name] = len(data), len(pickle.dumps(model, 5))
    ours, theirs = (sum(column) for column in zip(*sizes.values(), strict=True))
    # The same models make smaller pickles in older releases, where requests for metadata do not hold their model.
    assert ours <= (0.6 if sklearn.__version__ >= "1.9" else 0.66) * theirs
    assert statistics.median(here / there for here, there in sizes.values()) <= 1.3
    assert [name for name, (here, there) in sizes.items() if here > 2 * there + 1500] == []
