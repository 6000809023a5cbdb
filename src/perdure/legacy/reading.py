"""The bytes of a pickle, by whichever program, to the graph."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from ..arrays.store import ArrayStore
from ..errors import LimitError
from ..graph.batch import batch
from ..graph.limits import Limits
from ..graph.nodes import Graph
from .compression import COMPRESSED, decompress
from .joblib import readers
from .pickle.forms import FORMS
from .pickle.machine import Machine
from .pickle.translate import Translator
from .pickle.values import Call, Name, Pairs, Text2
from .skops import SkopsFile

__all__ = ["Read", "read", "read_pickle"]

_VERSION = "_sklearn_version"
# What scikit-learn wrote before it wrote its release into estimators.
_BEFORE = "0.17"
# Modules whose classes never state a release, since they are no estimators.
_SILENT = ("_loss", "_tree", "kernels", "_split", "_scorer", "scorer", "dist_metrics", "kd_tree", "ball_tree", "utils", "sgd_fast", "_gb_losses", "gradient_boosting", "link", "loss", "_bunch", "binning", "predictor")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """A file, read.

    Attributes
    ----------
    graph : Graph
    arrays : ArrayStore
    names : list of Name
        All classes and functions that the file names, in order, with the byte.
    calls : list of Call
        All that it wants called or made.
    dropped : list of (str, int)
        What it calls though the result is no part of the model, and at which byte.
    not_ascii : int or None
        The byte of the first ``str`` of Python 2 that is no ASCII: there the readers of Python 3 stop.
    """

    graph: Graph
    arrays: ArrayStore
    names: list[Name]
    calls: list[Call]
    dropped: list[tuple[str, int]]
    not_ascii: int | None = None


def read(data: memoryview, kind: str, limits: Limits, *, folder: str | None = None) -> Read:
    """Return the graph of a file of pickle, joblib or skops.

    Parameters
    ----------
    data : memoryview
        The file.
    kind : str
        What it is, as `perdure.container.sniff.kind` tells.
    limits : Limits
    folder : str, optional
        Where the other files of the model lie, if it has any.

    Raises
    ------
    FormatError
        When it is damaged.
    LimitError
        When it asks for more than the limits.
    """
    with _without_collection():
        if kind in COMPRESSED:
            return read_pickle(decompress(data, kind, limits), limits, folder=folder, stored=len(data))
        if kind == "skops":
            return read_skops(data, limits)
        return read_pickle(data, limits, folder=folder)


def read_skops(data: memoryview, limits: Limits) -> Read:
    """Return the graph of a file of skops."""
    file = SkopsFile(data, limits)
    value = file.root()
    translator = Translator(limits, FORMS)
    translator.available += file.size
    return _read(translator, value, file.calls, file.names, file.count, python2=False)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Make millions of small values without looking for garbage among them again and again."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def read_pickle(data: memoryview, limits: Limits, *, folder: str | None = None, stored: int | None = None) -> Read:
    """Return the graph of a pickle, with arrays of joblib in it or not.

    Parameters
    ----------
    data : memoryview
        Decompressed; arrays stay on it.
    limits : Limits
    folder : str, optional
        Where files with arrays lie beside it.
    stored : int, optional
        The size of the file, where it was compressed.

    Raises
    ------
    FormatError
        When it is damaged, with the byte.
    LimitError
        When it asks for more than the limits.
    """
    translator = Translator(limits, FORMS)
    translator.available += len(data)
    machine = Machine(data, limits, readers=readers(translator, folder), stored=stored)
    value = machine.run()
    found = _read(translator, value, machine.calls, machine.names, machine.count, python2=machine.python2)
    return replace(found, not_ascii=machine.not_ascii)


def _read(
    translator: Translator, value: object, calls: list[Call], names: list[Name], count: int, *, python2: bool
) -> Read:
    release = _release(calls)
    root = translator.root(value, count, release, python2=python2)
    if release is None and any(map(_is_estimator, translator.types)):
        release = _BEFORE
    try:
        root = batch(root, translator.arrays)
    except RecursionError:
        raise LimitError("the model nests deeper than this interpreter can follow") from None
    libraries = {"numpy": None, "pandas": None, "python": None, "scikit-learn": release, "scipy": None}
    graph = Graph(root, translator.arrays, {}, libraries)
    return Read(graph, translator.arrays, names, calls, translator.dropped(calls))


def _release(calls: list[Call]) -> str | None:
    """Return the release that the outermost estimator states: it is begun before all others."""
    for call in calls:
        for state in call.states:
            if type(state) is Pairs:
                found = _stated(state.pairs)
                if found is not None:
                    return found
    return None


def _stated(pairs: list[Any]) -> str | None:
    for i in range(0, len(pairs), 2):
        key = pairs[i]
        if key == _VERSION or (type(key) is Text2 and key == _VERSION.encode()):
            version = pairs[i + 1]
            if type(version) is Text2:
                version = version.decode("latin-1")
            return version if type(version) is str and len(version) <= 64 else None
    return None


def _is_estimator(name: str) -> bool:
    module, _, kind = name.partition(":")
    return (
        module.startswith("sklearn.")
        and kind[:1].isupper()
        and not any(part in _SILENT for part in module.split("."))
        and not module.endswith(("dist_metrics", "kd_tree", "ball_tree", "sgd_fast"))
    )
