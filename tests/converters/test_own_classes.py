"""Instances of a user's own classes: refused unless trusted, and then as the class itself would have them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from sklearn.preprocessing import FunctionTransformer

import perdure
from converters import own_classes as own
from zoo.compare import same

NAME = "converters.own_classes:"
X = np.arange(12.0).reshape(6, 2)

VALUES = {
    "Plain": own.Plain(a=[1], b=np.arange(3)),
    "Slotted": own.Slotted([1, 2]),
    "SlottedAndMore": own.SlottedAndMore((1,), {"k": None}),
    "Compact": own.Compact(1.5, float("nan")),
    "WithArguments": own.WithArguments("metre"),
    "Mapping": own.Mapping({"b": [1], ("a", 1): 2}),
    "Ordered": own.Ordered(b=1, a=2),
    "Defaulting": own.Defaulting(list, a=[1]),
    "Sequence": own.Sequence([3, [4]]),
    "Pair": own.Pair((1, [2])),
    "Members": own.Members({1, "a"}),
    "Fixed": own.Fixed({(1, 2)}),
    "Text": own.Text("text"),
    "Count": own.Count(7),
    "Ratio": own.Ratio(-0.0),
    "Raw": own.Raw(b"\x00\xff"),
    "Point": own.Point(1.5, [2]),
    "Colour": own.Colour.BLUE,
    "Permission": own.Permission.READ | own.Permission.WRITE,
    "Level": own.Level.LOW,
    "Settings": own.Settings(2, [0.5]),
    "FrozenSettings": own.FrozenSettings(2, (0.5,)),
    "Scaler": own.Scaler().fit(X),
    "Fading": own.Fading().fit(X[:, 0], X[:, 1]),
    "Grouping": own.Grouping(threshold=0.1, n_clusters=None).fit(X),
    "Box": own.Box(a=1, b=[2]),
    "Shifter": own.Shifter(own.Point(1.0)).fit(X),
}


@pytest.mark.parametrize("name", VALUES)
def test_comes_back_the_same_when_trusted(name):
    value = VALUES[name]
    trusted = [NAME + name, NAME + "Point"]
    data = perdure.dumps({"value": value})

    with pytest.raises(perdure.UntrustedError) as refused:
        perdure.loads(data)
    assert NAME + name in str(refused.value)

    found = perdure.loads(data, trusted=trusted)
    assert same({"value": value}, found) == []
    assert perdure.dumps(found) == data


def test_the_classes_own_setstate_acts():
    found = perdure.loads(perdure.dumps(own.Reopening("a.csv")), trusted=[own.Reopening])
    assert (found.path, found.handle) == ("a.csv", "opened again")


def test_what_getstate_leaves_out_stays_out():
    found = perdure.loads(perdure.dumps(own.OnlyLeaving()), trusted=[own.OnlyLeaving])
    assert vars(found) == {"kept": 1}


def test_enum_members_are_the_members_themselves():
    value = {own.Colour.CRIMSON: [own.Colour.BLUE], "flags": {own.Permission.READ}}
    found = perdure.loads(perdure.dumps(value), trusted=[own.Colour, own.Permission])
    assert next(iter(found)) is own.Colour.RED
    assert found[own.Colour.RED][0] is own.Colour.BLUE
    assert found["flags"] == {own.Permission.READ}


def test_many_alike_and_cycles():
    items = [own.Plain(number=i, rows=np.arange(i)) for i in range(6)]
    items[0].all = items
    found = perdure.loads(perdure.dumps(items), trusted=[own.Plain])
    assert same(items, found) == []
    assert found[0].all is found


@pytest.mark.parametrize(
    "shared", [own.Mapping(a=1), own.Sequence([1]), own.Slotted(1)], ids=lambda v: type(v).__name__
)
def test_a_cycle_through_a_container_of_its_own(shared):
    inside = [shared]
    if isinstance(shared, dict):
        dict.__setitem__(shared, "itself", inside)
    elif isinstance(shared, list):
        list.append(shared, inside)
    else:
        shared.right = inside
    found = perdure.loads(perdure.dumps(shared), trusted=[type(shared)])
    assert same(shared, found) == []


def test_a_bound_method_stays_bound_to_its_part():
    owner = own.Plain(a=1)
    model = FunctionTransformer(owner.double)
    found = perdure.loads(perdure.dumps([owner, model]), trusted=[own.Plain])
    assert found[1].func.__self__ is found[0]
    np.testing.assert_array_equal(found[1].transform(X), 2 * X)


def test_a_method_of_the_class_is_a_function_to_trust():
    data = perdure.dumps(FunctionTransformer(own.Plain.of_class))
    with pytest.raises(perdure.UntrustedError, match="Plain.of_class"):
        perdure.loads(data)
    assert perdure.loads(data, trusted=[NAME + "Plain.of_class"]).func == own.Plain.of_class


def test_a_fitted_estimator_lends_its_prediction():
    scaler = own.StandardScaler().fit(X)
    found = perdure.loads(perdure.dumps(FunctionTransformer(scaler.transform)))
    np.testing.assert_array_equal(found.transform(X), scaler.transform(X))


@pytest.mark.parametrize(
    ("value", "problem", "fix"),
    [
        (own.Reduced(), "has a __reduce__", "__getstate__ and __setstate__"),
        (own.Unreadable(), "does not return a dict of attributes", "write a __setstate__"),
        (own.WantsArguments("metre"), "wants arguments", "__getnewargs__"),
        (own.Plain(double=3), "hides a part of the class", "delete it"),
        (own.Plain(size=3), "hides a part of the class", "delete it"),
    ],
    ids=["reduce", "getstate", "new", "method", "property"],
)
def test_what_cannot_be_put_together_is_refused_while_it_is_in_memory(value, problem, fix):
    with pytest.raises(perdure.UnsupportedError) as refused:
        perdure.dumps({"model": [value]})
    assert problem in refused.value.problem
    assert fix in refused.value.fix
    assert refused.value.path.startswith("model['model'][0]")


def test_a_subclass_of_a_stock_estimator_records_its_bases():
    data = perdure.dumps(own.Scaler().fit(X))
    with perdure.open(io.BytesIO(data)) as file:
        assert file.graph.bases == {NAME + "Scaler": ("sklearn.preprocessing._data:StandardScaler",)}
