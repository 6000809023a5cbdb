"""What cannot be saved is refused while the model is still in memory, with its place and what to do."""

from __future__ import annotations

import io
import operator
import re
import sys
import threading
import types

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.preprocessing import FunctionTransformer

import perdure
from perdure.errors import UnsupportedError
from zoo.refused import closure, from_package, function_of_main, local_object


def _deep():
    value = []
    for _ in range(3000):
        value = [value]
    return value


def _raised():
    model = Ridge()
    model.predict = abs
    return model


CASES = {
    "lambda": (lambda: FunctionTransformer(lambda X: X), "a lambda", "def my_function", ".func"),
    "function of a script": (function_of_main, "running script or notebook", "from my_model import of_main", ""),
    "closure": (closure, "defined inside a function", "top level of a module", ""),
    "local class": (local_object, "defined inside a function", "top level of a module", ""),
    "generator": (lambda: (i for i in ()), "a generator", "list(…)", ""),
    "iterator": (lambda: map(len, []), "an iterator", "list(…)", ""),
    "open file": (lambda: open(__file__, encoding="utf-8"), "an open file", "path as text", ""),  # noqa: SIM115
    "buffer": (io.BytesIO, "an open file", "path as text", ""),
    "lock": (threading.Lock, "a lock", "__getstate__", ""),
    "module": (lambda: np.random, "a module", "name as text", ""),
    "memoryview": (lambda: memoryview(b"a"), "a memoryview", "numpy.asarray(view)", ""),
    "exception": (lambda: ValueError("x"), "an exception", "str(error)", ""),
    "method of a builtin": (lambda: "text".split, "a method of a compiled object", "named function", ""),
    "method of an array": (lambda: np.zeros(2).tofile, "a method of a compiled object", "named function", ""),
    "method of a table": (lambda: pd.DataFrame().to_csv, "cannot be saved", "named function", ""),
    "fit as a function": (lambda: Ridge().fit, "the method fit of a Ridge", "named function", ""),
    "cache": (lambda: joblib.Memory(None), "an object of joblib", "set_params(memory=None)", ""),
    "torch": (lambda: from_package("torch", "Tensor"), "torch", ".cpu().numpy()", ""),
    "cupy": (lambda: from_package("cupy", "ndarray"), "cupy", "value.get()", ""),
    "array namespace": (lambda: types.ModuleType("sklearn.externals.array_api_compat.torch"), "arrays other than numpy", "fit with numpy arrays", ""),
    "skorch": (lambda: from_package("skorch", "NeuralNetClassifier"), "skorch", "save_params", ""),
    "keras": (lambda: from_package("scikeras", "KerasClassifier"), "scikeras", "model_.save(path)", ""),
    "ufunc of one's own": (lambda: np.frompyfunc(len, 1, 1), "is not one that can be saved", "named function", ""),
    "methodcaller that writes": (lambda: operator.methodcaller("to_csv", "x"), "may do more than compute", "def my_function", ""),
    "attrgetter of private names": (lambda: operator.attrgetter("__class__.__init__"), "not a public name", None, ""),
    "long double": (lambda: np.zeros(2, np.longdouble), "long double", "", ""),
    "long double scalar": (lambda: np.longdouble(1), "width differs", "float(value)", ""),
    "structured with objects": (lambda: np.zeros(2, [("a", object)]), "holds Python objects", "one array for each field", ""),
    "array of another class": (lambda: np.char.array(["a"]), "an array of the class", "numpy.asarray(array)", ""),
    "RandomState of another kind": (lambda: np.random.RandomState(np.random.PCG64(1)), "RandomState over PCG64", "Generator", ""),
    "key told apart by place": ({object(): 1}.copy, "", "", ""),
    "method hidden": (_raised, "hides a part of the class", "del model.predict", ".predict"),
    "nested without end": (_deep, "nests deeper", "flatten", None),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_refused_with_place_and_fix(case):
    make, problem, fix, place = CASES[case]
    with pytest.raises(perdure.UnsupportedError) as refused:
        perdure.dumps({"steps": [make()]})
    error = refused.value
    assert problem in str(error)
    if fix:
        assert fix in str(error)
    if place is not None:
        assert error.path == f"model['steps'][0]{place}" or (not place and error.path.startswith("model['steps']"))


def test_a_function_that_its_module_no_longer_has(monkeypatch):
    module = types.ModuleType("gone_for_a_while")
    exec("def f(X): return X", module.__dict__)
    monkeypatch.setitem(sys.modules, "gone_for_a_while", module)
    function = module.f
    module.f = None
    with pytest.raises(perdure.UnsupportedError, match=re.escape("gone_for_a_while:f is not what its module has")):
        perdure.dumps([function])


@pytest.mark.parametrize("value", [range(2**70), range(0, -(2**62), -1), range(5_000_001), {"rows": range(2**40)}])
def test_a_range_that_no_reader_takes_is_refused(value):
    with pytest.raises(UnsupportedError, match=r"a range of .* numbers") as caught:
        perdure.dumps(value)
    assert "(start, stop, step)" in str(caught.value)
    assert str(caught.value.path).startswith("model")


def test_long_ranges_that_readers_take_are_saved():
    index = pd.RangeIndex(100_000_000)
    for value in (range(5_000_000), range(2**70, 2**70 + 3), range(3, 3), {"index": index}):
        loaded = perdure.loads(perdure.dumps(value))
        assert loaded["index"].equals(index) if isinstance(value, dict) else loaded == value
    with pytest.raises(UnsupportedError, match="a range of"):
        perdure.dumps(pd.RangeIndex(2**40))
