"""What a fitted estimator of one release is made of, changed by the rules, is what the next release makes it of."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from perdure.migrate.conditions import Has
from perdure.migrate.migration import Migration
from perdure.migrate.operations import (
    AddAttribute,
    DropAttribute,
    MoveNames,
    Nothing,
    Refuse,
    RenameAttribute,
    RenameType,
    ReplaceObject,
    ReplaceValue,
    Transform,
)
from perdure.migrate.releases import release
from perdure.migrate.rules.common import TAG
from tools import missing_rules, take_old_census
from tools.explained import EXPLAINED, TYPE
from tools.missing_rules import OLD_FOLDER, censuses, differences, due_between, ends, missing

CENSUSES = censuses()
RELEASES = [census["libraries"]["scikit-learn"] for census in CENSUSES]
PAIRS = dict(zip(RELEASES[1:], pairwise(CENSUSES), strict=True))
# Up to 1.2.2 by their files: what those of one release are made of, beside what those of the next are made of.
OLD = {census["libraries"]["scikit-learn"]: census for census in censuses(OLD_FOLDER)}
PAIRS |= dict(zip(list(OLD)[1:], pairwise(OLD.values()), strict=True))
FOUND = {newer: differences(*pair) for newer, pair in PAIRS.items()}
#: Rules of which each says the same of a name, for states that differ in a value.
EITHER = {
    "new-parameters-0-19-pipeline",
    "one-hot-categories-none",
    "column-transformer-fitted-passthrough",
    "column-transformer-no-passthrough",
    "fitted-private-estimator",
    "iterative-imputer-empty-features",
    "iterative-imputer-kept-features",
}
#: Rules for models that are not fitted, which keep what these take away.
NOT_FITTED = {"neighbors-unfitted", "sgd-unfitted", "tree-unfitted"}


def test_every_supported_release_has_its_census():
    pins = Path(missing_rules.FOLDER).parents[2] / "requirements"
    supported = [re.fullmatch(r"scikit-learn-(.+)\.txt", path.name) for path in pins.glob("scikit-learn-*.txt")]
    assert sorted((match[1] for match in supported if match), key=release) == RELEASES


def test_every_older_release_has_its_census():
    assert list(OLD) == list(take_old_census.ARCHIVES)
    assert all(len(told["types"]) >= 190 for told in OLD.values())


@pytest.mark.parametrize("older", ["0.17.1", "1.1.3"])
def test_the_census_of_an_older_release_is_what_its_files_say(older):
    assert take_old_census.take(older, take_old_census.archives_of(older)) == OLD[older]


@pytest.mark.parametrize("newer", PAIRS)
def test_the_older_census_changed_by_the_rules_is_the_newer_one(newer):
    assert [str(finding) for finding in missing(FOUND[newer])] == []


@pytest.mark.parametrize("key", EXPLAINED, ids=" ".join)
def test_every_explanation_is_needed_and_the_only_one(key):
    explained = [list(finding.reasons()) for found in FOUND.values() for finding in found]
    assert [key] in explained
    assert EXPLAINED[key]


def changes_names(rule: Migration, types) -> bool:
    """Whether a rule changes the names in any of its types, and not only what stands under them."""
    effects = [operation.effect() for operation in rule.operations]
    over = any(ends(rule, operation) for operation in rule.operations)
    names = [types[name].get("attributes", {}).keys() for name in rule.types if name in types]
    return any(
        effect.moves.keys() & types.keys()
        or any(effect.sets - held - {TAG} or effect.drops & held for held in names)
        or (over and names)
        for effect in effects
    )


def test_a_rule_that_is_missing_is_noticed():
    looked, unnoticed = set(), set()
    for old, new in PAIRS.values():
        due = due_between(old, new)
        for rule in due:
            types = {name: old["types"][name] for name in rule.types if name in old["types"]}
            if changes_names(rule, types):
                looked.add(rule.name)
                if not missing(
                    differences({**old, "types": types}, new, [other for other in due if other is not rule])
                ):
                    unnoticed.add(rule.name)
    assert unnoticed == EITHER | NOT_FITTED
    assert len(looked) > 200


def census(version: str, **types):
    return {"libraries": {"scikit-learn": version}, "types": {f"library:{name}": told for name, told in types.items()}}


def attributes(**kinds):
    return {"attributes": kinds}


@pytest.mark.parametrize(
    ("old", "new", "operations", "expected"),
    [
        (attributes(a="int"), attributes(a="int"), (), {}),
        (attributes(a="int"), attributes(), (), {"a": "gone"}),
        (attributes(a="int"), attributes(), (DropAttribute("a"),), {}),
        (attributes(a="? int"), attributes(), (), {"a": "gone"}),
        (attributes(a="int"), {"source": ["a"]}, (), {}),
        (attributes(), attributes(a="int"), (), {"a": "new"}),
        (attributes(), attributes(a="? int"), (), {"a": "new"}),
        (attributes(), attributes(a="int"), (AddAttribute("a", 1),), {}),
        (attributes(), attributes(), (AddAttribute("a", 1),), {"a": "a rule sets it"}),
        (attributes(a="int"), attributes(a="int"), (DropAttribute("a"),), {"a": "a rule takes it away"}),
        (attributes(a="? int"), attributes(a="int"), (), {"a": "what some did without"}),
        (attributes(a="? int"), attributes(a="int"), (AddAttribute("a", 1),), {}),
        (attributes(a="int"), attributes(a="? int"), (), {}),
        (attributes(a="int"), attributes(b="int"), (), {"a": "gone", "b": "new"}),
        (attributes(a="int"), attributes(b="int"), (RenameAttribute("a", "b"),), {}),
        (attributes(a="int"), attributes(b="int"), (Transform("", dict, sets=("b",), drops=("a",)),), {}),
        (attributes(a="int"), attributes(a="str"), (), {"a": "it was int and is str"}),
        (attributes(a="int | None"), attributes(a="str | None"), (), {}),
        (attributes(a="int"), attributes(a="str"), (ReplaceValue("a", 1, "one"),), {}),
        (attributes(a="int"), attributes(a="str"), (Nothing(ReplaceValue("a", "one", 1)),), {}),
        (attributes(a="int"), attributes(a="list(int)"), (), {}),
        ({}, {"parameters": {"a": 1}}, (), {"a": "new"}),
        (attributes(a="int"), {"parameters": {"a": 1}}, (), {}),
        ({"parameters": {"a": 1}, **attributes(a="int")}, {}, (), {"a": "gone"}),
    ],
)
def test_what_is_a_difference(old, new, operations, expected):
    rule = Migration("rule", ("library:Type",), "1.5", operations, "")
    early = Migration("early", ("library:Type",), "1.4", (AddAttribute("early", 1),), "")
    found = differences(census("1.4.2", Type=old), census("1.5.0", Type=new), [rule, early])
    assert [finding.type for finding in found] == ["library:Type"] * len(expected)
    assert all(finding.text.startswith(expected[finding.attribute]) for finding in found)
    assert [finding.attribute for finding in found] == sorted(expected)


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ((), [TYPE]),
        ((RenameType("library:Old", "library:New"),), ["b"]),
        ((MoveNames({"library:Old": "library:New"}),), ["b"]),
        ((Transform("", dict, moves={"library:Old": "library:New"}, sets=("b",)),), []),
        ((RenameType("library:Old", "library:Gone"),), [TYPE]),
        ((ReplaceObject("a"),), []),
        ((Refuse("is gone", "fit another one"),), []),
    ],
)
def test_what_becomes_of_a_type(operations, expected):
    when = None if any(isinstance(one, Refuse) for one in operations) else Has("a")
    rule = Migration("rule", ("library:Old",), "1.5", operations, "", when=when)
    old = census("1.4.2", Old=attributes(a="int"), Owner=attributes(old="library:Old"))
    new = census("1.5.0", New=attributes(a="int", b="int"), Owner=attributes(old="library:New"))
    found = differences(old, new, [rule])
    assert [finding.attribute for finding in found if finding.type == "library:Old"] == expected
    moved = any(operation.effect().moves.get("library:Old") == "library:New" for operation in operations)
    assert [finding.attribute for finding in found if finding.type == "library:Owner"] == ([] if moved else ["old"])


def test_a_type_of_which_some_are_refused_goes_on():
    rule = Migration("rule", ("library:Old",), "1.5", (Refuse("is gone", "fit another one"),), "", when=Has("a"))
    old, new = census("1.4.2", Old=attributes(a="int")), census("1.5.0", Old=attributes())
    assert [finding.attribute for finding in differences(old, new, [rule])] == ["a"]


def test_the_tool_prints_what_is_missing(monkeypatch, capsys):
    assert missing_rules.main() == 0
    assert capsys.readouterr().out.endswith(f"to {RELEASES[-1]}: 0 rules are missing\n")
    later = census("1.99.0", Type=attributes(b="int"))
    monkeypatch.setattr(missing_rules, "censuses", lambda: [CENSUSES[0], census("1.98", Type=attributes()), later])
    assert missing_rules.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "scikit-learn 1.98 to 1.99.0: 1 rules are missing",
        "library:Type.b: new, and no rule gives it",
    ]
