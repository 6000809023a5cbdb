"""The coverage page: class × configuration → the same after loading, or refused and why."""

from __future__ import annotations

from collections.abc import Mapping

import sklearn

from zoo.registry import COVERED_INSIDE, Case, all_cases

#: What a test run says of a case that comes back the same.
SAME = "same"

_HEAD = """\
# Coverage

Written by the test run (`make coverage`) with scikit-learn {release}: {cases} models, among them all {classes}
estimator classes of `all_estimators()`, experimental ones included. Each is saved, loaded in a fresh process whose
`__main__` is empty, and compared with the one that was never saved: every output and every attribute **bit for bit**,
then again after pickling, `clone().fit`, `set_params`, a second `partial_fit` and a warm start; saved again, it gives
the same bytes. A configuration that is listed passes all of it; what does not would say so here. † holds code of the
user's own, and is loaded with `trusted=[…]`; nothing else needs it.
"""
_REFUSED = """
## Refused at save time

What no file can hold is refused while the model is still in memory, with its place and what to do.

| model | where | why |
|---|---|---|
"""
_INSIDE = """
## What never stands alone

| part | compared inside |
|---|---|
"""


def render(outcomes: Mapping[str, str], refusals: Mapping[str, tuple[str, str]], classes: list[str]) -> str:
    """The page.

    ``outcomes`` has a word for each case, ``refusals`` the place and the reason for each model that is refused;
    ``classes`` are the names that ``all_estimators()`` gives.
    """
    cases = all_cases()
    kinds = {name: [case for case in cases if case.kind == name] for name in classes}
    listed = {case.name for group in kinds.values() for case in group}
    others: dict[str, list[Case]] = {}
    for case in cases:
        if case.name not in listed:
            others.setdefault(case.kind, []).append(case)
    page = _HEAD.format(release=sklearn.__version__, cases=len(cases), classes=len(classes))
    for title, groups in (("Estimators", kinds), ("Dicts, lists and values around models, and own classes", others)):
        page += f"\n## {title}\n\n| class | configurations that come back the same |\n|---|---|\n"
        page += "".join(f"| {kind} | {_cell(groups[kind], outcomes)} |\n" for kind in sorted(groups, key=str.lower))
    page += _REFUSED + "".join(
        f"| {name.replace('-', ', ', 1).replace('-', ' ')} | `{place}` | {reason.replace(' (of zoo.refused)', '')} |\n"
        for name, (place, reason) in refusals.items()
    )
    return page + _INSIDE + "".join(f"| `{part}` | {name} |\n" for part, name in COVERED_INSIDE.items())


def _cell(cases: list[Case], outcomes: Mapping[str, str]) -> str:
    words = []
    for case in cases:
        outcome = outcomes.get(case.name, "not run")
        word = case.name.partition("-")[2].removeprefix("also-").replace("-", " ") or "plain"
        words.append(word + "†" * bool(case.trusted) + ("" if outcome == SAME else f" (**{outcome}**)"))
    return ", ".join(words)
