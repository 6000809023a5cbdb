"""Pickles as numpy 1 writes them on Windows, where ``int`` of numpy has 32 bits and indices have 64.

Made here: what numpy would have as its ``int_`` there is handed to pickle with 32 bits, in models of every class. That no
such machine was there to write them is so; what it would have written is known (numpy's release notes of 2.0, "NumPy
integer on Windows is 64 bits"). tests/machines has files of i386, whose indices have 32 bits as well.
"""

from __future__ import annotations

import io
import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import perdure
from zoo.outputs import outputs
from zoo.registry import all_cases

INTEGER = np.dtype(np.int64)
SMALL = np.iinfo(np.int32)


class WindowsPickler(pickle.Pickler):
    """Hands on integers of numpy as ``long`` of Windows has them; those inside of compiled objects are indices."""

    changed = 0

    def reducer_override(self, value: Any) -> Any:
        if type(value) is np.int64 and SMALL.min <= value <= SMALL.max:
            self.changed += 1
            return np.int32(value).__reduce__()
        if type(value) is np.ndarray and value.dtype == INTEGER and _fits(value) and id(value) not in self.indices:
            self.changed += 1
            return value.astype(np.int32, order="K").__reduce_ex__(self.protocol)
        if type(value).__module__.startswith("sklearn.") and not hasattr(value, "__dict__"):
            made = value.__reduce__()
            self.note(made)
            return made
        return NotImplemented

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.protocol = protocol
        self.indices: set[int] = set()
        self.kept: list[Any] = []

    def note(self, made: Any) -> None:
        """Keep what a compiled object is made of as it is."""
        waiting = [made]
        while waiting:
            item = waiting.pop()
            self.kept.append(item)
            if isinstance(item, np.ndarray):
                self.indices.add(id(item))
            elif isinstance(item, (tuple, list)):
                waiting += item
            elif isinstance(item, dict):
                waiting += item.values()


def _fits(array: np.ndarray[Any, Any]) -> bool:
    return not array.size or bool(SMALL.min <= array.min() and array.max() <= SMALL.max)


def of_windows(model: Any, protocol: int) -> tuple[bytes, int]:
    file = io.BytesIO()
    pickler = WindowsPickler(file, protocol)
    pickler.dump(model)
    return file.getvalue(), pickler.changed


def one_of_each() -> list[Any]:
    """The first case of every class whose pickle has an integer to change; more of those with compiled parts."""
    found: dict[str, Any] = {}
    for case in all_cases():
        if not case.trusted and "own-code" not in case.tags:
            found.setdefault(case.kind, case)
    return list(found.values())


CASES = one_of_each()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_pickle_of_windows_says_what_the_model_said(case):
    with case.settings(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model, query = case.make()
        data, changed = of_windows(model, 2 + len(case.name) % 4)
        expected = outputs(model, query)
        again = perdure.loads(data)
        found = outputs(again, query)
        assert found.keys() == expected.keys()
        for name, value in expected.items():
            assert values_of(found[name]) == values_of(value), (name, changed)


def values_of(value: Any) -> Any:
    """What a result says, whatever kind of integer says it."""
    if isinstance(value, np.ndarray):
        return value.shape, repr(value.tolist())
    if isinstance(value, np.generic):
        return repr(value.item())
    if hasattr(value, "toarray"):
        return values_of(value.toarray())
    if isinstance(value, dict):
        return {key: values_of(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [values_of(item) for item in value]
    if hasattr(value, "to_numpy"):
        return values_of(value.to_numpy())
    # A part of the model is asked by itself, and objects without an equality of their own are of the same kind.
    return value if isinstance(value, (str, bytes, int, float, complex, type(None))) else type(value).__name__


def test_there_is_something_to_change():
    """A pickler that changes nothing would prove nothing."""
    from sklearn.cluster import KMeans
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    X = np.random.default_rng(0).random((60, 3))
    y = np.arange(60) % 3
    for model in (RandomForestClassifier(3), SVC(), KNeighborsClassifier(algorithm="kd_tree"), KMeans(2, n_init=1)):
        data, changed = of_windows(model.fit(X, y), 4)
        assert changed > 0 or isinstance(model, KMeans)
        again = perdure.loads(data)
        assert np.array_equal(again.predict(X), model.predict(X))
        if hasattr(again, "classes_"):
            assert again.classes_.dtype == np.int32
