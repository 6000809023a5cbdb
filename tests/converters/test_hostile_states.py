"""A file that is well formed and passes trust may still lie about what is inside: refused, without a crash or a call."""

from __future__ import annotations

import collections
import collections.abc
import dataclasses
import functools
import io
import operator
import re

import numpy as np
import pandas as pd
import pytest
import scipy.interpolate
import scipy.sparse
import scipy.stats
from sklearn.cluster import Birch, BisectingKMeans
from sklearn.datasets import make_blobs
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import Ridge
from sklearn.neighbors import KDTree
from sklearn.preprocessing import FunctionTransformer

import perdure
from converters import own_classes as own
from perdure.build import build
from perdure.build import own as own_building
from perdure.encode import encode
from perdure.errors import PerdureError
from perdure.graph.nodes import Dict, Global, Graph, List, Object, Ref, Tuple
from perdure.graph.structure import ROOT, rewrite
from perdure.trust.policy import Policy, check
from perdure.validate import validate

X, _ = make_blobs(60, 3, random_state=0)
GRID = np.arange(24.0).reshape(4, 6)


def _load(value, change, trusted=()):
    """Encode a value, change its graph, and take it through the doors."""
    encoded = encode(value)
    root = rewrite(encoded.graph.root, change)
    graph = Graph(root, encoded.arrays, encoded.graph.bases)
    names = check(graph, Policy(frozenset(trusted)))
    return build(validate(graph, encoded.arrays, trusted=frozenset(trusted)), encoded.arrays, names)


def _set(kind, /, **changes):
    """Change the state of each object of one type."""

    def change(node):
        if isinstance(node, Object) and node.type == kind:
            return dataclasses.replace(node, state=dict(sorted({**node.state, **changes}.items())))
        return node

    return change


def _entry(key, value):
    def change(node):
        if isinstance(node, Dict):
            return Dict(tuple((k, value if k == key else v) for k, v in node.pairs))
        return node

    return change


METHOD = "types:MethodType/1"
STATES = {
    "attribute that hides a method": (Ridge(), _set("sklearn.linear_model._ridge:Ridge", predict=Global("builtins:len"))),
    "attribute that is a dunder": (Ridge(), _set("sklearn.linear_model._ridge:Ridge", __class__=3)),
    "isotonic with its method replaced": (
        IsotonicRegression().fit(X[:, 0], X[:, 1]),
        _set("sklearn.isotonic:IsotonicRegression", _build_f=Global("builtins:len")),
    ),
    "isotonic with thresholds of two lengths": (
        IsotonicRegression().fit(X[:, 0], X[:, 1]),
        _set("sklearn.isotonic:IsotonicRegression", X_thresholds_=List((1.0,))),
    ),
    "method that trains": (FunctionTransformer(Ridge().predict), _set(METHOD, name="fit")),
    "method of a list": (FunctionTransformer(Ridge().predict), _set(METHOD, self=List(()), name="append")),
    "method of nothing": (FunctionTransformer(Ridge().predict), _set(METHOD, name="__init__")),
    "methodcaller that writes": (
        operator.methodcaller("astype", "f8"),
        _set("operator:methodcaller/1", name="to_csv"),
    ),
    "attrgetter of private names": (operator.attrgetter("a"), _set("operator:attrgetter/1", names=Tuple(("__class__",)))),
    "partial of no function": (functools.partial(len), _set("functools:partial/1", func=3)),
    "strides that reach far": (GRID[:, :3], _set("numpy:strided/1", strides=Tuple((2**40, 1)))),
    "strides that overlap": (GRID[:, :3], _set("numpy:strided/1", strides=Tuple((1, 1)))),
    "strides of nothing": (GRID[:, :3], _set("numpy:strided/1", strides=Tuple((0, 0)))),
    "random position": (np.random.RandomState(0), _entry("pos", 2**30)),
    "random position below": (np.random.RandomState(0), _entry("pos", -1)),
    "Philox position": (np.random.Philox(0), _entry("buffer_pos", 99)),
    "bit generator of no name": (np.random.PCG64(0), _entry("bit_generator", "SystemRandom")),
    "pool of a seed": (np.random.SeedSequence(1), _set("numpy.random:SeedSequence/1", pool_size=2**40)),
    "sparse with a far entry": (
        scipy.sparse.dok_matrix(np.eye(2)),
        _set("scipy.sparse:dok_matrix/1", items=Dict(((Tuple((5, 5)), 1.0),))),
    ),
    "sparse of a great shape": (scipy.sparse.lil_matrix(np.eye(2)), _set("scipy.sparse:lil_matrix/1", shape=Tuple((2**50, 2)))),
    "sparse without its rows": (scipy.sparse.csr_matrix(np.eye(2)), _set("scipy.sparse:csr_matrix/1", shape=Tuple((2**50, 2)))),
    "spline of a negative degree": (scipy.interpolate.make_interp_spline(GRID[0], GRID[0]), _set("scipy.interpolate:BSpline/1", k=-1)),
    "spline of a great degree": (scipy.interpolate.make_interp_spline(GRID[0], GRID[0]), _set("scipy.interpolate:BSpline/1", k=9)),
    "polynomial of another axis": (scipy.interpolate.PPoly(np.ones((2, 5)), GRID[0]), _set("scipy.interpolate:PPoly/1", axis=7)),
    "interpolation of any order": (scipy.interpolate.interp1d(GRID[0], GRID[0]), _set("scipy.interpolate:interp1d/1", kind=10**6)),
    "zone that is a path": (pd.Timestamp("2024", tz="UTC"), _set("pandas:Timestamp/1", zone="dateutil//dev/stdin")),
    "zone above": (pd.Timestamp("2024", tz="UTC"), _set("pandas:Timestamp/1", zone="../../etc/passwd")),
    "dtype that is a path": (pd.DatetimeTZDtype(tz="UTC"), _set("pandas.api.types:pandas_dtype/1", name="datetime64[ns, dateutil//dev/stdin]")),
    "frequency of no name": (pd.offsets.Day(), _set("pandas:DateOffset/1", frequency="\n")),
    "codes beyond the categories": (pd.Categorical(["a"]), _set("pandas:Categorical/1", categories=List(()))),
    "text that is none": (pd.array(["a"]), _set("pandas.arrays:StringArray/1", items=List((1,)))),
    "distribution of no name": (scipy.stats.norm(), _set("scipy.stats:rv_frozen/1", distribution="rv_histogram")),
    "Birch that goes round": (Birch(threshold=0.1, branching_factor=3).fit(X), _entry("children", List((1,)))),
    "Birch with a lost leaf": (Birch(threshold=0.1, branching_factor=3).fit(X), _entry("leaves", List((10**6,)))),
    "bisecting tree that goes round": (BisectingKMeans(4, random_state=0).fit(X), _set("sklearn.cluster._bisect_k_means:_BisectingTree", left=List((0,)))),
    "Counter of a list": (collections.Counter("ab"), _set("collections:Counter/1", items=List(()))),
    "member that an Enum has not": (re.IGNORECASE, _set("re:RegexFlag", name="NOTHING")),
    "regular expression without an end": (re.compile("a"), _set("re:Pattern/1", pattern="(")),
}  # fmt: skip


@pytest.mark.parametrize("case", STATES)
def test_a_lie_about_the_state_is_refused(case):
    value, change = STATES[case]
    with pytest.raises(PerdureError):
        _load({"value": value}, change)
    # And the value as it is loads: it is the change that was refused.
    assert perdure.loads(perdure.dumps({"value": value})) is not None


OWN = {
    "no such member": (own.Colour.RED, "Colour", {"name": "GREEN"}),
    "a property": (own.Plain(a=1), "Plain", {"size": 3}),
    "a method": (own.Plain(a=1), "Plain", {"double": 3}),
    "a state that nobody takes": (own.Plain(a=1), "Plain", {"(state)": 3}),
    "attributes without a dict": (own.Slotted(1), "Slotted", {"other": 3}),
}


@pytest.mark.parametrize("case", OWN)
def test_a_lie_about_an_instance_of_a_trusted_class_is_refused(case):
    value, name, changes = OWN[case]
    kind = f"converters.own_classes:{name}"
    with pytest.raises(PerdureError):
        _load([value], _set(kind, **changes), trusted=[kind])


def test_the_content_of_a_container_of_its_own_is_of_its_base():
    kind = "converters.own_classes:Mapping"

    def change(node):
        return dataclasses.replace(node, args=(List(()),)) if isinstance(node, Object) and node.type == kind else node

    with pytest.raises(PerdureError, match="contains a dict"):
        _load([own.Mapping(a=1)], change, trusted=[kind])


def test_a_method_of_an_untrusted_object_is_not_reached_through_a_trusted_one():
    # The table of pandas is known, but its methods may write: the owner has to be an estimator.

    model = FunctionTransformer(Ridge().predict)
    frame = encode(pd.DataFrame({"a": [1.0]}))

    def change(node):
        if isinstance(node, Object) and node.type == METHOD:
            return dataclasses.replace(node, state={"name": "to_csv", "self": frame.graph.root})
        return node

    encoded = encode(model)
    graph = Graph(rewrite(encoded.graph.root, change), frame.arrays, {})
    with pytest.raises(PerdureError, match="not a method that may be a value"):
        build(graph, frame.arrays, check(graph, Policy()))


def test_claimed_bases_have_to_be_true():
    encoded = encode(own.Scaler().fit(X))
    kind = "converters.own_classes:Scaler"
    graph = dataclasses.replace(encoded.graph, bases={kind: ("sklearn.linear_model._ridge:Ridge",)})
    with pytest.raises(PerdureError, match="derives from"):
        build(graph, encoded.arrays, check(graph, Policy(frozenset((kind,)))))


def test_a_reference_to_what_is_not_there():
    encoded = encode([Ridge()])
    graph = dataclasses.replace(encoded.graph, root=List((Ref(3),)))
    with pytest.raises(PerdureError):
        build(graph, encoded.arrays, frozenset())


def test_only_plain_classes_are_made_without_their_consent():
    assert vars(own_building.empty(Ridge, ROOT)) == {}
    for cls in (KDTree, np.ndarray, collections.abc.Sequence, own.Slotted):
        with pytest.raises(PerdureError, match="can be made here"):
            own_building.empty(cls, ROOT)


def test_nothing_is_called_when_an_object_is_not_trusted():
    data = perdure.dumps(own.Reopening("a"))
    with pytest.raises(perdure.UntrustedError):
        perdure.load(io.BytesIO(data))
