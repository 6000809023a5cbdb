"""The tables hold what they promise: plain classes, pure functions, a way for each name, and every estimator."""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import re
import types
from importlib.resources import files

import numpy as np
from sklearn.utils import all_estimators

from perdure.converters import CONVERTERS
from perdure.trust.tables import GLOBAL_WAYS, tables

TABLES = tables()
#: Read, and harmless where an instance is made by ``object.__new__`` and its ``__dict__``.
HOOKS_READ = {
    "FrozenEstimator": {"__getattr__"},
    "MetadataRequest": {"__getattr__"},
    "PassiveAggressiveClassifier": {"__new__"},
    "PassiveAggressiveRegressor": {"__new__"},
}
HOOKS = (
    "__delattr__", "__del__", "__getattr__", "__getattribute__", "__getnewargs__", "__getnewargs_ex__", "__getstate__",
    "__new__", "__reduce__", "__reduce_ex__", "__setattr__", "__setstate__", "__slots__",
)  # fmt: skip
#: A function with such a name reads, writes, draws, asks or runs.
ACTING = re.compile(
    r"(^|_)(open|save|load|dump|read|write|fetch|download|plot|show|display|exec|eval|compile|import|input|print|system|"
    r"memmap|fromfile|tofile|genfromtxt|savetxt|from_estimator|from_predictions|getattr|setattr|vars|globals|frompyfunc|"
    r"vectorize|apply_along_axis)($|_)"
)


@functools.cache
def _found(name):
    """What a name of the tables leads to in the libraries that run; None where this release has no such thing."""
    module, _, path = name.partition(":")
    path = path.partition("/")[0]
    try:
        value = importlib.import_module(module)
        for part in path.split("."):
            value = getattr(value, part)
    except (ImportError, AttributeError):
        return None
    return value


def _names(*ways):
    return sorted(name for name, way in TABLES.ways.items() if way in ways)


def test_most_of_the_tables_is_there_in_this_release():
    before = json.loads(files("perdure.trust").joinpath("tables/sklearn_before_1_2.json").read_text(encoding="utf-8"))
    gone = {name for names in before["ways"].values() for name in names}
    names = [name for name in _names("state", "function", "loss", "distance-metric") if name not in gone]
    assert len([name for name in names if _found(name) is not None]) > 0.7 * len(names)


def _own_hooks(cls):
    """The methods by which a class would act while an instance is made or filled."""
    for base in cls.__mro__[:-1]:
        if base.__module__.partition(".")[0] == "sklearn" and base.__name__ != "BaseEstimator":
            hooks = {hook for hook in HOOKS if hook in vars(base)} - HOOKS_READ.get(base.__name__, set())
            yield from hooks - (set() if vars(base).get("__slots__", True) else {"__slots__"})


def _is_plain(name):
    cls = _found(name)
    if cls is None or f"{cls.__module__}:{cls.__qualname__}" != name:  # this release has it elsewhere, or not at all
        return True
    compiled = not cls.__flags__ & (1 << 9)
    return (
        not compiled and not inspect.isabstract(cls) and not list(_own_hooks(cls)) and vars(object.__new__(cls)) == {}
    )


# A named tuple that models of before 1.2 hold, and that a migration takes out of them: nothing builds one.
GONE = {"sklearn._loss.glm_distribution:DistributionBoundary"}


def test_plain_classes_are_plain():
    assert [name for name in _names("state") if not _is_plain(name) and name not in GONE] == []
    assert not _is_plain("sklearn.isotonic:IsotonicRegression")
    assert not _is_plain("sklearn.tree._tree:Tree")


LIBRARIES = ("builtins", "math", "numpy", "operator", "pandas", "scipy", "sklearn", "statistics")


def _only_computes(name):
    function = _found(name)
    if function is None:
        return True
    module = getattr(function, "__module__", None) or "builtins"
    acts = ACTING.search(name.partition(":")[2].replace(".", "_"))
    foreign = module.partition(".")[0].lstrip("_") not in LIBRARIES
    elsewhere = any(part in module for part in ("datasets", "_plot", "inspection", "tests", "_testing"))
    return callable(function) and not isinstance(function, type) and not acts and not foreign and not elsewhere


def test_functions_compute_and_nothing_else():
    assert [name for name in _names("function") if not _only_computes(name)] == []
    assert not _only_computes("numpy:save")
    assert not _only_computes("builtins:getattr")


def test_classes_as_values_are_classes():
    # numpy has not the same names for C's integers everywhere.
    names = [name for name in _names("class") if not name.startswith("numpy:") or _found(name) is not None]
    assert [name for name in names if not isinstance(_found(name), type)] == []


def test_every_way_is_one_that_can_be_gone():
    known = {*CONVERTERS, *GLOBAL_WAYS, "state", "method"}
    assert {way for way in TABLES.ways.values() if way not in known} == set()
    # And no converter waits for a name that never comes.
    assert set(CONVERTERS) <= set(TABLES.ways.values())


def test_forms_of_our_own_have_a_version_and_lead_to_a_class():
    for name, way in TABLES.ways.items():
        if way in GLOBAL_WAYS or way in ("state", "loss") or "/" not in name:
            continue
        assert re.fullmatch(r"[\w.]+:[\w.]+/1", name)
        if TABLES.classes.get(name, "") is not None and not name.startswith("pandas"):
            found = _found(TABLES.classes.get(name, name))
            assert isinstance(found, type) or found is None


def test_every_estimator_is_known():
    estimators = {f"{cls.__module__}:{cls.__qualname__}" for _, cls in all_estimators()}
    assert {name for name in estimators if TABLES.ways.get(name) not in ("state", "isotonic", "birch")} == set()


def test_nothing_that_computes_can_be_told_to_take_all_memory():
    # Functions that make arrays of any size from a number: none of them is a parameter of a model.
    making = {"arange", "bincount", "empty", "eye", "full", "identity", "linspace", "ones", "repeat", "resize", "tile", "tri", "zeros", "pad", "kron", "fromfunction"}  # fmt: skip
    assert {name for name in _names("function") if name.partition(":")[2] in making} == set()


def test_constants_are_the_values_themselves():
    for name in _names("constant"):
        value = _found(name)
        assert value is None or not isinstance(value, (types.FunctionType, types.ModuleType, type))
    assert _found("numpy.random.mtrand:_rand") is np.random.mtrand._rand
