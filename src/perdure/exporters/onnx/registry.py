"""Which converter is for which type, and the way down through a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from ...errors import ExportError
from .graph import Graph, Tensor
from .tables import Table

__all__ = ["METHODS", "Conversion", "Converter", "Place", "Results", "converts", "known_types", "labelled"]

# What a converter says of rows, by method: a tensor, a list of one for each output, or the columns of a transformer.
Results: TypeAlias = dict[str, Any]
Converter: TypeAlias = Callable[[Any, Table, "Conversion"], Results]

METHODS = ("predict", "predict_proba", "decision_function", "score_samples", "transform")
_CONVERTERS: dict[str, Converter] = {}


def converts(*names: str) -> Callable[[Converter], Converter]:
    """Register a converter for classes of scikit-learn, by name."""

    def register(converter: Converter) -> Converter:
        for name in names:
            _CONVERTERS[name] = converter
        return converter

    return register


def known_types() -> tuple[str, ...]:
    """Return the names of the classes that have a converter here."""
    return tuple(sorted(_CONVERTERS))


@dataclass(frozen=True, eq=False)
class Place:
    """An estimator that was converted: where it stands, what goes in and what comes out."""

    path: str
    estimator: Any
    table: Table
    results: Results


@dataclass(eq=False)
class Conversion:
    """One model on its way into a graph.

    Attributes
    ----------
    graph : Graph
    places : list of Place
        Every estimator so far, the inner before the outer.
    path : str
        Where the converter stands that is at work.
    together : bool
        Whether the answer to a row depends on the rows beside it.
    unsettled : list of Tensor
        For each row, whether its answer is an accident of rounding, as that of the nearest of two rows as near.
    """

    graph: Graph
    places: list[Place] = field(default_factory=list)
    path: str = "model"
    together: bool = False
    unsettled: list[Tensor] = field(default_factory=list)

    def __call__(self, estimator: Any, table: Table, step: str = "") -> Results:
        """Convert an estimator within another.

        Parameters
        ----------
        estimator : object
        table : Table
            The rows that it takes.
        step : str
            How it is reached from the one that holds it, such as ``steps[0][1]``.
        """
        outer, self.path = self.path, f"{self.path}.{step}" if step else self.path
        try:
            results = _converter(estimator, self.path)(estimator, table, self)
            self.places.append(Place(self.path, estimator, table, results))
            return results
        except ExportError as error:
            if error.path is None:
                error.path = self.path
                error.args = (error.problem, error.path, error.fix)
            raise
        finally:
            self.path = outer

    def refuse(self, reason: str, fix: str | None = None) -> ExportError:
        """Return the error that says why an estimator cannot be exported."""
        return ExportError(reason, path=self.path, fix=fix)


def _converter(estimator: Any, path: str) -> Converter:
    kind = type(estimator)
    for base in kind.__mro__:
        if base.__module__.partition(".")[0] == "sklearn" and base.__name__ in _CONVERTERS:
            overridden = _own_methods(kind, base)
            if overridden:
                raise ExportError(
                    f"{kind.__name__} has its own {', '.join(overridden)}, which no graph knows", path=path
                )
            return _CONVERTERS[base.__name__]
        if base.__module__.partition(".")[0] == "sklearn" and not base.__name__.startswith("_") and base is kind:
            break
    raise ExportError(
        f"there is no converter for {kind.__module__.partition('.')[0]}'s {kind.__name__}",
        path=path,
        fix="docs/exports.md lists what can be exported; what cannot stays in the .perdure file",
    )


def _own_methods(kind: type, base: type) -> list[str]:
    """Return what a subclass computes otherwise than the class whose converter is used; perdure.compat's is compared."""
    own: set[str] = set()
    for each in kind.__mro__[: kind.__mro__.index(base)]:
        if each.__module__.partition(".")[0] not in ("sklearn", "perdure"):
            own |= {name for name in vars(each) if name in METHODS or name in ("_predict", "__getattribute__")}
    return sorted(own)


def labelled(graph: Graph, classes: Any, places: Tensor) -> Tensor:
    """Return the classes at places."""
    known = np.asarray(classes)
    if known.dtype.kind == "O" and not all(isinstance(item, str) for item in known):
        plain = np.array(known.tolist())
        if plain.dtype.kind not in "iufb":
            raise ExportError("the classes are neither texts nor numbers")
        known = plain
    if known.dtype.kind == "b":
        return graph.constant(known.astype(np.int64)).take(places, axis=0).cast("bool")
    return graph.constant(known).take(places, axis=0)
