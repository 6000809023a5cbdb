"""Which migrations are applied, in which order, and what is refused."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perdure.arrays.store import ArrayStore
from perdure.errors import InvalidError, LimitError, MigrationError
from perdure.graph.nodes import Array, Batch, Def, Each, Graph, List, ListOf, Node, Numbers, Object, Ref, Texts, Tuple
from perdure.graph.structure import walk
from perdure.migrate import Applied, migrate
from perdure.migrate.conditions import Has, Is, Lacks, Stated
from perdure.migrate.migration import Migration
from perdure.migrate.operations import (
    ABSENT,
    AddAttribute,
    DropAttribute,
    Inside,
    Operation,
    RenameAttribute,
    ReplaceObject,
    ReplaceValue,
    Transform,
)
from perdure.migrate.rulebook import Rules
from perdure.migrate.rules.common import TAG

TYPE, OTHER = "library:Type", "library:Other"


def rule(name: str, since: str, *operations: Operation, types: tuple[str, ...] = (TYPE,), **more: Any) -> Migration:
    return Migration(name, types, since, operations, "the change log", **more)


def run(
    root: Node,
    rules: list[Migration],
    stored: str,
    running: str,
    *,
    arrays: ArrayStore | None = None,
    bases: Mapping[str, tuple[str, ...]] | None = None,
    **more: Any,
) -> tuple[Any, list[Applied]]:
    libraries = {"python": "3.13.0", "scikit-learn": stored, "numpy": "2.0.0", "scipy": "1.14.0", "pandas": None}
    arrays = arrays or ArrayStore()
    graph = Graph(root, arrays, bases or {}, libraries)
    made, applied = migrate(graph, arrays, {**libraries, "scikit-learn": running}, rules=Rules.of(rules, "1.9"), **more)
    return made, applied


def name_of(state: Any) -> str:
    return ".".join(sorted(state))


# --- order ---


@given(
    st.permutations(["1.3", "1.4", "1.5", "1.6", "1.10"]),
    st.sampled_from(["1.2", "1.4.2", "1.9"]),
    st.sampled_from(["1.9", "1.10"]),
)
def test_migrations_run_release_by_release_whatever_their_order(releases, stored, running):
    chain = {
        since: rule(
            f"to-{since}",
            since,
            Transform("appended", lambda state, since=since: {"log": state.value("log") + since + " "}),
            when=Has("log") & Stated(),
        )
        for since in releases
    }
    made, applied = run(Object(TYPE, {"log": ""}), list(chain.values()), stored, running)
    between = [s for s in ("1.3", "1.4", "1.5", "1.6", "1.10") if _numbers(stored) < _numbers(s) <= _numbers(running)]
    assert made.root.state["log"].split() == between
    assert [item.name for item in applied if item.name != "unknown-release"] == [f"to-{since}" for since in between]


def _numbers(text: str) -> tuple[int, ...]:
    found = [int(part) for part in text.split(".")]
    return tuple(found + [0] * (3 - len(found)))


def test_a_new_object_of_one_release_is_brought_on_by_the_next():
    rules = [
        rule(
            "wrap", "1.4", Transform("wrapped", lambda state: {"inner": Object(OTHER, {"old": 1})}), when=Lacks("inner")
        ),
        rule("rename", "1.5", RenameAttribute("old", "new"), types=(OTHER,)),
    ]
    made, _ = run(Object(TYPE, {}), rules, "1.3", "1.5")
    assert dict(made.root.state["inner"].state) == {"new": 1}


def test_inner_objects_change_before_their_owners():
    rules = [
        rule(
            "owner",
            "1.4",
            Transform("read", lambda state: {"seen": state.value("inner").state["new"]}),
            when=Lacks("seen"),
        ),
        rule("inner", "1.4", RenameAttribute("old", "new"), types=(OTHER,)),
    ]
    made, _ = run(Object(TYPE, {"inner": Object(OTHER, {"old": 7})}), rules, "1.3", "1.4")
    assert made.root.state["seen"] == 7


# --- the state and the stated release ---


@pytest.mark.parametrize("stored", ["1.2.2", "1.5.2", "1.9.1"])
def test_the_state_decides_and_the_release_in_the_file_is_a_claim(stored):
    rules = [rule("rename", "1.5", RenameAttribute("old", "new"))]
    made, applied = run(Object(TYPE, {"old": 1}), rules, stored, "1.9.1")
    assert dict(made.root.state) == {"new": 1}
    assert ("states a newer release" in applied[0].description) is (stored != "1.2.2")
    same, nothing = run(Object(TYPE, {"new": 1}), rules, stored, "1.9.1")
    assert (dict(same.root.state), nothing) == ({"new": 1}, [])


@pytest.mark.parametrize(("stored", "marked"), [("1.2.2", True), ("1.3.0", False), ("1.9.1", False)])
def test_where_the_state_does_not_show_the_release_decides(stored, marked):
    rules = [rule("mark", "1.3", AddAttribute("mark", True), when=Lacks("mark") & Stated())]
    made, applied = run(Object(TYPE, {}), rules, stored, "1.9.1")
    assert ("mark" in made.root.state, len(applied)) == (marked, int(marked))


def test_an_object_may_state_a_release_of_its_own():
    rules = [rule("mark", "1.4", AddAttribute("mark", True), when=Lacks("mark") & Stated())]
    root = List((Object(TYPE, {}, None, "1.3.2"), Object(TYPE, {})))
    made, applied = run(root, rules, "1.8.0", "1.9.1")
    assert [dict(item.state) for item in made.root.items] == [{"mark": True}, {}]
    assert [item.version for item in made.root.items] == [None, None]
    assert applied[0].paths == ("model[0]",)


def test_nothing_to_do_gives_the_graph_itself():
    graph_in = Object(TYPE, {"new": 1})
    made, applied = run(graph_in, [rule("rename", "1.5", RenameAttribute("old", "new"))], "1.9.1", "1.9.1")
    assert made.root is graph_in
    assert applied == []


def test_the_result_says_what_it_is_now():
    made, _ = run(Object(TYPE, {"old": 1}), [rule("rename", "1.5", RenameAttribute("old", "new"))], "1.4.2", "1.9.1")
    assert made.libraries["scikit-learn"] == "1.9.1"
    assert made.libraries["numpy"] == "2.0.0"


def test_a_subclass_follows_the_rules_of_its_known_base():
    rules = [rule("rename", "1.5", RenameAttribute("old", "new"))]
    made, applied = run(Object("mine:Sub", {"old": 1}), rules, "1.4", "1.5", bases={"mine:Sub": (TYPE, "library:Base")})
    assert dict(made.root.state) == {"new": 1}
    assert made.root.type == "mine:Sub"
    assert applied[0].paths == ("model",)


@pytest.mark.parametrize(("stored", "running"), [("1.4", "1.5"), ("1.5", "1.5")])
def test_a_parameter_that_the_base_has_no_more_may_be_one_of_the_subclass(stored, running):
    rules = [rule("gone", "1.5", DropAttribute("algorithm")), rule("state", "1.5", DropAttribute("inner_"))]
    state = {"algorithm": "deprecated", "inner_": 1}
    made, applied = run(Object("mine:Sub", state), rules, stored, running, bases={"mine:Sub": (TYPE,)})
    assert dict(made.root.state) == {"algorithm": "deprecated"}
    assert [done.name for done in applied] == ["state"]
    made, _ = run(Object(TYPE, state), rules, stored, running)
    assert dict(made.root.state) == {}


# --- batches ---


def test_a_batch_whose_objects_differ_is_taken_apart():
    arrays = ArrayStore()
    texts = Texts(*arrays.texts(["old", "new", "old"]))
    batch = Batch(TYPE, 3, {}, {"how": texts})
    rules = [rule("mark", "1.4", AddAttribute("mark", True), when=Is("how", ("old",)) & Lacks("mark"))]
    made, applied = run(ListOf(batch), rules, "1.3", "1.4", arrays=arrays)
    assert isinstance(made.root.items, Each)
    assert ["mark" in item.state for item in made.root.items.nodes] == [True, False, True]
    assert applied[0].paths == ("model[0]", "model[2]")


def test_a_batch_whose_objects_are_alike_stays_one():
    arrays = ArrayStore()
    batch = Batch(TYPE, 3, {"how": "old"}, {"number": Numbers(arrays.numbers([1, 2, 3]))})
    rules = [rule("spell", "1.4", ReplaceValue("how", "old", "new"))]
    made, applied = run(ListOf(batch), rules, "1.3", "1.4", arrays=arrays)
    assert applied[0].paths == ("model[*]",)
    assert isinstance(made.root.items, Batch)
    assert made.root.items.constants["how"] == "new"


def test_objects_that_give_way_leave_their_values_in_place():
    batch = Batch(TYPE, 2, {"data": List((1, 2))}, {})
    made, _ = run(ListOf(batch), [rule("unwrap", "1.7", ReplaceObject("data"))], "1.6", "1.7")
    assert [item.items for item in made.root.items.nodes] == [(1, 2), (1, 2)]


# --- shared values ---


def test_a_shared_value_survives_the_loss_of_its_first_place():
    shared = Object(OTHER, {"old": 1})
    root = Object(TYPE, {"a": Def(0, shared), "b": Ref(0), "c": Ref(0)})
    rules = [
        rule("drop", "1.4", DropAttribute("a")),
        rule("rename", "1.5", RenameAttribute("old", "new"), types=(OTHER,)),
    ]
    made, _ = run(root, rules, "1.3", "1.5")
    assert isinstance(made.root.state["b"], Def)
    assert isinstance(made.root.state["c"], Ref)
    assert dict(made.root.state["b"].node.state) == {"new": 1}


@pytest.mark.parametrize("first", [True, False])
def test_what_two_owners_share_changes_once(first):
    inner = Object(OTHER, {"number": 1})
    owners = [Object(TYPE, {"inner": Def(0, inner)}), Object(TYPE, {"inner": Ref(0)})]
    elsewhere = [Def(0, inner), Object(TYPE, {"inner": Ref(0)}), Object(TYPE, {"inner": Ref(0)})]
    add = Transform("one more", lambda state: {"number": state.value("number") + 1})
    rules = [rule("more", "1.4", Inside("inner", (add,)), when=Has("inner") & Stated())]
    made, _ = run(List(tuple(owners if first else elsewhere)), rules, "1.3", "1.4")
    found = [node.state["number"] for _, node in walk(made) if isinstance(node, Object) and node.type == OTHER]
    assert found == [2]


def test_a_value_that_refers_to_itself_comes_through():
    root = Def(0, Object(TYPE, {"old": 1, "me": Ref(0)}))
    made, _ = run(root, [rule("rename", "1.4", RenameAttribute("old", "new"))], "1.3", "1.4")
    assert dict(made.root.node.state)["new"] == 1
    assert isinstance(made.root.node.state["me"], Ref)


# --- ways back, and refusals ---


def test_a_newer_graph_goes_the_chain_backwards():
    rules = [
        rule("first", "1.4", RenameAttribute("a", "b")),
        rule("second", "1.5", RenameAttribute("b", "c")),
        rule("third", "1.6", AddAttribute("extra", None)),
    ]
    made, applied = run(Object(TYPE, {"c": 1, "extra": None}), rules, "1.6", "1.3")
    assert dict(made.root.state) == {"a": 1}
    assert [item.name for item in applied] == ["third", "second", "first"]


def test_what_the_older_release_cannot_do_is_refused_all_at_once():
    rules = [
        rule("one-way", "1.4", Transform("computed", lambda state: {"new": 1}), when=Lacks("new")),
        rule("meaning", "1.5", AddAttribute("mode", "plain"), types=(OTHER,)),
        rule("fit-only", "1.6", AddAttribute("speed", 1, only_fit=True), types=(OTHER,)),
    ]
    root = Object(TYPE, {"new": 1, "inner": Object(OTHER, {"mode": "fancy", "speed": 9})})
    with pytest.raises(MigrationError) as caught:
        run(root, rules, "1.6.1", "1.3.2")
    text = str(caught.value)
    assert "1.6.1" in text
    assert "1.3.2" in text
    assert "one-way (scikit-learn 1.4) at model: there is no way back" in text
    assert "meaning (scikit-learn 1.5) at model.inner: mode='fancy' is not known there" in text
    assert "fit-only" not in text
    assert "allow_newer=True" in text
    made, applied = run(root, rules, "1.6.1", "1.3.2", allow_newer=True)
    assert {item.name: item.fidelity for item in applied} == dict.fromkeys(["one-way", "meaning", "fit-only"], "lossy")
    assert "speed" not in made.root.state["inner"].state


def test_a_graph_newer_than_every_rule_is_refused_unless_it_may_be_tried():
    rules = [rule("rename", "1.9", RenameAttribute("old", "new"))]
    with pytest.raises(MigrationError, match=r"scikit-learn 1\.10\.0: newer than this perdure knows \(up to 1\.9\)"):
        run(Object(TYPE, {"new": 1}), rules, "1.10.0", "1.9.1")
    _, applied = run(Object(TYPE, {"new": 1}), rules, "1.10.0", "1.9.1", allow_newer=True)
    assert [(item.name, item.fidelity) for item in applied] == [("unknown-release", "lossy")]


@pytest.mark.parametrize(
    ("stored", "running"), [("1.9.7", "1.9.1"), ("1.10.3", "1.10.0"), ("1.9.1", "1.9.7"), ("1.10.0", "1.10.0")]
)
def test_another_patch_of_the_same_release_is_fine(stored, running):
    graph_in = Object(TYPE, {"new": 1})
    made, applied = run(graph_in, [rule("rename", "1.9", RenameAttribute("old", "new"))], stored, running)
    assert made.root is graph_in
    assert applied == []


def test_a_running_release_that_no_rule_knows_is_said():
    rules = [rule("rename", "1.9", RenameAttribute("old", "new"))]
    made, applied = run(Object(TYPE, {"old": 1}), rules, "1.8", "1.11")
    assert dict(made.root.state) == {"new": 1}
    assert [item.name for item in applied] == ["rename", "unknown-release"]
    assert "1.11" in applied[1].description


def test_a_graph_without_a_release_is_taken_as_it_shows():
    rules = [
        rule("rename", "1.5", RenameAttribute("old", "new")),
        rule("mark", "1.5", AddAttribute("mark", 1), when=Lacks("mark") & Stated()),
    ]
    arrays = ArrayStore()
    graph = Graph(Object(TYPE, {"old": 1}), arrays, {}, {"scikit-learn": None})
    made, _ = migrate(graph, arrays, {"scikit-learn": "1.9.1"}, rules=Rules.of(rules, "1.9"))
    assert dict(made.root.state) == {"new": 1}


def test_numbers_that_do_not_fit_together_are_the_fault_of_the_file():
    arrays = ArrayStore()
    root = Object(TYPE, {"inner": Object(OTHER, {"a": 0, "b": "text"})})
    broken = [
        lambda state: {"c": state.value("a") + state.value("b")},
        lambda state: {"c": state.node("missing")},
        lambda state: {"c": state.context.view(state.value("a"))},
        lambda state: {"c": 1 / state.value("a")},
        lambda state: {"c": np.zeros(3)[5]},
    ]
    for function in broken:
        rules = [rule("broken", "1.4", Transform("broken", function), types=(OTHER,), when=Lacks("c"))]
        with pytest.raises(InvalidError) as caught:
            run(root, rules, "1.3", "1.4", arrays=arrays)
        assert caught.value.path == "model.inner"


def test_what_nests_too_deep_is_refused():
    root: Any = Object(TYPE, {"old": 1})
    for _ in range(sys.getrecursionlimit()):
        root = Object(OTHER, {"inner": root})
    with pytest.raises(LimitError, match="deeper"):
        run(root, [rule("rename", "1.4", RenameAttribute("old", "new"))], "1.3", "1.4")


def test_an_array_with_gaps_is_an_array():
    arrays = ArrayStore()
    gaps = Object(
        "numpy:strided/1", {"array": Array(arrays.add(np.arange(6.0).reshape(2, 3))), "strides": Tuple((6, 2))}
    )
    more = Transform("doubled", lambda state: {"b": state.context.array(state.context.view(state.value("a")) * 2)})
    made, _ = run(
        Object(TYPE, {"a": gaps}), [rule("double", "1.4", more, when=Lacks("b"))], "1.3", "1.4", arrays=arrays
    )
    assert arrays.view(made.root.state["b"].index).tolist() == [[0, 2, 4], [6, 8, 10]]


def test_an_unknown_mark_is_refused():
    root = Object("sklearn.ensemble._weight_boosting:AdaBoostClassifier", {TAG: "of the future"})
    with pytest.raises(MigrationError, match="of the future"):
        run(root, [rule("rename", "1.5", RenameAttribute("old", "new"))], "1.9.1", "1.9.1")


def test_a_change_without_operations_is_only_said():
    rules = [rule("code", "1.8", when=Is("how", ("old",)) & Stated(), fidelity="lossy", meaning="the code changed")]
    made, applied = run(Object(TYPE, {"how": "old"}), rules, "1.7", "1.9")
    assert dict(made.root.state) == {"how": "old"}
    assert [(item.name, item.fidelity) for item in applied] == [("code", "lossy")]
    assert "the code changed" in applied[0].description
    assert run(Object(TYPE, {"how": "new"}), rules, "1.7", "1.9")[1] == []


def test_absent_is_not_none():
    made, _ = run(
        Object(TYPE, {"a": 1, "b": 2}),
        [rule("both", "1.4", Transform("both", lambda state: {"a": ABSENT, "b": None}), when=Has("a"))],
        "1.3",
        "1.4",
    )
    assert dict(made.root.state) == {"b": None}


@pytest.mark.parametrize("pair", list(itertools.permutations(["1.2.2", "1.5.2", "1.9.1"], 2)))
def test_states_without_rules_pass_between_any_releases(pair):
    graph_in = Object("library:Unknown", {"a": 1})
    made, applied = run(graph_in, [rule("rename", "1.9", RenameAttribute("old", "new"))], *pair)
    assert made.root is graph_in
    assert applied == []
